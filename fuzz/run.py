"""Fuzz every parser for a bounded time in all: `python fuzz/run.py --seconds 60`; exit 1 when a promise was broken."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from promise import TARGETS

HERE = Path(__file__).parent
_LOADING_S = 4.0
"""What a process needs before it starts: it is not taken from the time asked for."""


def fuzz(target: str, seconds: int, found: Path) -> tuple[str, int, str]:
    """(target, exit code, last lines). A single input may take ten seconds and two gigabytes."""
    with tempfile.TemporaryDirectory() as grown:
        options = [
            f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-max_len=65536", "-seed=1", "-print_final_stats=1",
            f"-artifact_prefix={found}/{target}-", grown,
        ]  # fmt: skip
        command = [sys.executable, str(HERE / "parsers.py"), target, *options]
        ended = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, timeout=seconds + 120)  # noqa: S603
    said = [line for line in (ended.stdout + ended.stderr).splitlines() if not line.startswith(("INFO", "WARNING", "#", "0x"))]
    return target, ended.returncode, "\n".join(said[-40:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="of all parsers together, on all processors")
    parser.add_argument(
        "--found",
        type=Path,
        default=Path(tempfile.gettempdir()) / "osler-fuzz",
        help="where inputs that break a promise are written",
    )
    parser.add_argument("targets", nargs="*", default=TARGETS)
    asked = parser.parse_args()
    asked.found.mkdir(parents=True, exist_ok=True)
    workers = os.cpu_count() or 1
    each = max(1, int(asked.seconds * workers / len(asked.targets) - _LOADING_S))
    started, failed = time.monotonic(), 0
    with ThreadPoolExecutor(workers) as pool:
        for target, code, said in pool.map(lambda t: fuzz(t, each, asked.found), asked.targets):
            runs = next((line.split()[-1] for line in said.splitlines() if "number_of_executed_units" in line), "?")
            print(f"{target:18} {'held' if code == 0 else 'BROKEN'} after {runs} inputs", flush=True)  # noqa: T201
            if code:
                failed += 1
                print(said)  # noqa: T201
    print(f"{len(asked.targets) - failed} passed, {failed} failed")  # noqa: T201
    print(f"in {time.monotonic() - started:.0f} s, {each} s a parser", file=sys.stderr)  # noqa: T201
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
