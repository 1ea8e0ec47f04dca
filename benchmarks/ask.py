"""Time `osler ask` on the starter library: warm in one process, cold as a process, beside a bare Python start and plain SQLite FTS5.

Run by hand: python benchmarks/ask.py [rounds]. Prints medians and 95th percentiles in milliseconds, peak memory in MB.
"""

from __future__ import annotations

import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from osler.evaluate.clinical import shipped_questions
from osler.pipeline import Library, ask, open_library
from osler.settings import load_settings


def timed(action: Callable[[], object], rounds: int) -> list[float]:
    """Milliseconds of each round."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        action()
        times.append((time.perf_counter() - started) * 1000)
    return times


def show(name: str, times: list[float]) -> None:
    ordered = sorted(times)
    print(
        f"{name:52} median {statistics.median(ordered):8.1f} ms   p95 {ordered[int(len(ordered) * 0.95) - 1]:8.1f} ms   n {len(ordered)}"
    )


def fts5(library: Library) -> sqlite3.Connection:
    """The peer for the search step: the same passages in SQLite FTS5."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE p USING fts5(text)")
    connection.executemany("INSERT INTO p VALUES (?)", ((p.text,) for _, p, _ in library.catalog.passages()))
    return connection


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        show("first use: make the library and its index", timed(lambda: open_library(load_settings(home)), 1))
        show("open an existing library", timed(lambda: open_library(load_settings(home)), rounds))
        library = open_library(load_settings(home))
        questions = [q["question"] for q in shipped_questions()]
        for question in questions:
            ask(library, question)
        show("warm ask, the shipped questions", [t for q in questions for t in timed(lambda q=q: ask(library, q), rounds)])
        peer = fts5(library)
        query = "SELECT rowid FROM p WHERE p MATCH ? ORDER BY rank LIMIT 100"
        words = [" OR ".join(f'"{w}"' for w in "".join(c if c.isalnum() else " " for c in q).split()) for q in questions]
        show(
            "peer: SQLite FTS5 search only",
            [t for w in words for t in timed(lambda w=w: peer.execute(query, (w,)).fetchall(), rounds)],
        )
        environment = os.environ | {"OSLER_HOME": str(home)}
        command = [sys.executable, "-m", "osler", "ask", "--json", questions[0]]
        cold = timed(lambda: subprocess.run(command, env=environment, capture_output=True, check=True), rounds)
        show("cold: one `osler ask` process", cold)
        bare = timed(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True), rounds)
        show("peer: a bare Python process", bare)
        print(f"{'peak memory, this process':52} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MB")
        print(
            f"{'peak memory, one `osler ask` process':52} {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:8.0f} MB"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
