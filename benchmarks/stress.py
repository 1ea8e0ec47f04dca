"""Kill `osler add` at random moments, again and again, and after each time ask whether anything acknowledged is lost.

    python benchmarks/stress.py --rounds 100 --seed 1 FILE…

A round starts `osler add FILE…` with kill -9 after a random time. After each: the library opens, index and catalogue hold
the same rows, every file that was reported is wholly there, and no document is lost that was there before. Every
`--verify-every` rounds and at the end, everything is read back and compared. A run that completes is compared with an
undisturbed one (same snapshot, same answers), and the next round begins with an empty library. Exit code 1 names the first
round that failed; seed and round repeat it, as far as a machine's timing allows.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from osler.article.assemble import to_json
from osler.pipeline import Library, ask, open_library, verify_library
from osler.settings import load_settings

QUESTIONS = (
    "Is methocarbamol safe on hemodialysis?",
    "Does metformin lower mortality in heart failure?",
    "Treatment of hypertension in pregnancy",
)


@dataclass(frozen=True)
class Expected:
    """What an undisturbed run gives."""

    snapshot: str
    ids: frozenset[str]
    answers: tuple[str, ...]
    took_s: float


def answers(library: Library) -> tuple[str, ...]:
    """Each answer without what may differ between two equal ones."""
    given = []
    for question in QUESTIONS:
        value: dict[str, Any] = json.loads(to_json(ask(library, question)))
        for name in ("answered_at", "elapsed_ms"):
            value["provenance"].pop(name)
        given.append(json.dumps(value, sort_keys=True))
    return tuple(given)


def start(home: Path, files: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "osler", "add", "--json", *files],
        env=os.environ | {"OSLER_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def undisturbed(home: Path, files: list[str]) -> Expected:
    open_library(load_settings(home))
    began = time.monotonic()
    process = start(home, files)
    process.communicate()
    assert process.returncode == 0, "the undisturbed run failed"
    took_s = time.monotonic() - began
    library = open_library(load_settings(home))
    return Expected(library.snapshot.id, library.catalog.current_ids(), answers(library), took_s)


def check(library: Library, before: frozenset[str], expected: Expected, *, reported: bool, whole: bool) -> list[str]:
    """What is wrong after a round, in words."""
    wrong = []
    ids = library.catalog.current_ids()
    if not ids <= expected.ids | before:
        wrong.append("documents that no file holds")
    if lost := (before & expected.ids) - ids:
        wrong.append(f"{len(lost)} documents are lost, among them {min(lost)}")
    if library.index.rows() != frozenset(library.catalog.rows()):
        wrong.append("the index does not hold the catalogue's passages")
    if reported and ids != expected.ids:
        wrong.append("a report was printed and documents are missing")
    if whole:
        wrong += verify_library(library)
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest-s", type=float, default=None, help="longest life of an add; default: an eighth of a whole one")
    parser.add_argument("--verify-every", type=int, default=20)
    options = parser.parse_args()
    chance = random.Random(options.seed)  # noqa: S311
    folder = Path(tempfile.mkdtemp(prefix="osler-stress-"))
    expected = undisturbed(folder / "undisturbed", options.files)
    shutil.rmtree(folder / "undisturbed")
    longest_s = options.longest_s or max(3.0, expected.took_s / 8)
    print(f"undisturbed: {len(expected.ids):,} documents in {expected.took_s:.0f} s; kills within {longest_s:.1f} s", flush=True)
    home, killed, completed, slowest_s = folder / "home", 0, 0, 0.0
    before = open_library(load_settings(home)).catalog.current_ids()
    for number in range(1, options.rounds + 1):
        process = start(home, options.files)
        try:
            report = process.communicate(timeout=chance.uniform(0.2, longest_s))[0]
        except subprocess.TimeoutExpired:
            process.kill()
            report = process.communicate()[0]
        killed += process.returncode < 0
        began = time.monotonic()
        library = open_library(load_settings(home))
        slowest_s = max(slowest_s, time.monotonic() - began)
        done = library.catalog.current_ids() == expected.ids
        whole = done or number % options.verify_every == 0 or number == options.rounds
        wrong = check(library, before, expected, reported=bool(report), whole=whole)
        if done and (library.snapshot.id != expected.snapshot or answers(library) != expected.answers):
            wrong.append("the resumed library is not the undisturbed one")
        print(
            f"round {number}: exit {process.returncode}, {len(library.catalog.current_ids()):,} documents {wrong or ''}", flush=True
        )
        if wrong:
            print(f"failed in round {number}; the library is in {home}")
            return 1
        before = library.catalog.current_ids()
        library.catalog.store.close()
        if done:
            completed += 1
            shutil.rmtree(home)
            before = open_library(load_settings(home)).catalog.current_ids()
    print(f"{options.rounds} rounds, {killed} killed, {completed} completed and equal; slowest opening {slowest_s:.1f} s")
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
