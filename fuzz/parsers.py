"""Fuzz one parser with atheris: `python fuzz/parsers.py TARGET [libFuzzer options] [FOLDER…]`; a broken promise is written to a file."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["osler"], enable_loader_override=False):
    from promise import TARGETS, check


def main() -> None:
    target = sys.argv[1] if len(sys.argv) > 1 else ""
    if target not in TARGETS:
        sys.exit(f"one of {', '.join(TARGETS)}")
    seeds = Path(__file__).parent / "corpus" / target
    atheris.Setup([sys.argv[0], *sys.argv[2:], str(seeds)], lambda data: check(target, data))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
