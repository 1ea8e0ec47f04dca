"""Search beside peers in one run: the passages of a library in Osler's index, SQLite FTS5 and bm25s, the same questions.

Run by hand: python benchmarks/search.py HOME [--limit N] [--rounds N]. Each engine builds and answers in a process of its own;
25-word clinical questions, top 100. Osler alone is also bounded by kind and year, and ranks with concepts and feedback.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from scale import BOUNDS, TOP, memory_mb, percentile, questions, size_of

from osler.domain.question import Audience
from osler.evidence.queries import question_queries
from osler.evidence.retrieve import rank_rows
from osler.index.base import IndexQuery, concepts_of, index_row, words_of
from osler.index.tantivy import TantivyIndex
from osler.language.lexicon import default_lexicon
from osler.library.catalog import Catalog
from osler.passages.annotate import ancestor_table
from osler.question.frame import frame_question, known_words
from osler.store import Store

Search = Callable[[int], object]
"""The number of a question to whatever the engine returns."""


def passages(home: Path, limit: int) -> Iterator[tuple[int, object, object]]:
    yield from islice(Catalog(Store(home / "library.sqlite")).passages(), limit)


def osler(home: Path, limit: int, work: Path) -> dict[str, Search]:
    lexicon = default_lexicon()
    ancestors = ancestor_table(lexicon)
    catalog, index = Catalog(Store(home / "library.sqlite")), TantivyIndex(work)
    index.rebuild(
        (
            index_row(row, words_of(p), concepts_of(p), s.bibliography.title, ancestors, s.kind.value, s.bibliography.year)
            for row, p, s in islice(catalog.passages(), limit)
        ),
        1,
        "search",
    )
    known = known_words(lexicon, ())
    framed = [question_queries(frame_question(q, Audience.CLINICIAN, lexicon, known), lexicon) for q in questions()]

    def texts(rows: object) -> dict[int, str]:
        return {row: passage.text for row, (passage, _) in catalog.load(rows).items()}  # type: ignore[arg-type]

    return {
        "words only": lambda n: index.search(IndexQuery(framed[n].main.words), TOP),
        "words and concepts": lambda n: index.search(framed[n].main, TOP),
        "words and concepts, bounded": lambda n: index.search(replace(framed[n].main, only=BOUNDS), TOP),
        "whole ranking: feedback, facets, 450 candidates": lambda n: rank_rows(framed[n], index, texts, 450),
    }


def fts5(home: Path, limit: int, work: Path) -> dict[str, Search]:
    connection = sqlite3.connect(work / "fts5.sqlite")
    connection.execute("CREATE VIRTUAL TABLE p USING fts5(title, text, tokenize='porter')")
    rows = ((row, s.bibliography.title, p.text) for row, p, s in passages(home, limit))  # type: ignore[attr-defined]
    connection.executemany("INSERT INTO p (rowid, title, text) VALUES (?, ?, ?)", rows)
    connection.commit()
    asked = [" OR ".join(f'"{w}"' for w in "".join(c if c.isalnum() else " " for c in q).split()) for q in questions()]
    statement = f"SELECT rowid FROM p WHERE p MATCH ? ORDER BY rank LIMIT {TOP}"  # noqa: S608 a constant
    return {"words only": lambda n: connection.execute(statement, (asked[n],)).fetchall()}


def bm25s(home: Path, limit: int, work: Path) -> dict[str, Search]:
    import bm25s as library

    texts = [f"{s.bibliography.title} {p.text}" for _, p, s in passages(home, limit)]  # type: ignore[attr-defined]
    index = library.BM25(k1=1.2, b=0.75)
    index.index(library.tokenize(texts, stopwords="en", show_progress=False), show_progress=False)
    index.save(str(work / "bm25s"))
    asked, count = questions(), min(TOP, len(texts))

    def search(n: int) -> object:
        return index.retrieve(library.tokenize([asked[n]], stopwords="en", show_progress=False), k=count, show_progress=False)

    return {"words only": search}


ENGINES = {"osler": osler, "fts5": fts5, "bm25s": bm25s}


def measure(engine: str, home: Path, limit: int, rounds: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        searches = ENGINES[engine](home, limit, Path(folder))
        figures: dict[str, object] = {"build_s": round(time.perf_counter() - started, 1), "bytes": size_of(Path(folder))}
        for name, search in searches.items():
            times = []
            for lap in range(rounds + 1):
                for n in range(len(questions())):
                    began = time.perf_counter()
                    search(n)
                    if lap:
                        times.append((time.perf_counter() - began) * 1000)
            figures[name] = {"median_ms": round(percentile(times, 0.5), 2), "p95_ms": round(percentile(times, 0.95), 2)}
        figures["peak_mb"] = round(memory_mb("VmHWM"))
        return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--limit", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--engine", choices=ENGINES)
    arguments = parser.parse_args()
    if arguments.engine:
        print(json.dumps(measure(arguments.engine, arguments.home, arguments.limit, arguments.rounds)))
        return
    for engine in ENGINES:
        if engine == "bm25s" and not importlib.util.find_spec("bm25s"):
            continue
        command = [
            sys.executable,
            __file__,
            str(arguments.home),
            "--limit",
            str(arguments.limit),
            "--rounds",
            str(arguments.rounds),
        ]
        done = subprocess.run([*command, "--engine", engine], check=True, capture_output=True, text=True)
        print(f"{engine:6} load {os.getloadavg()[0]:.1f}  {done.stdout.strip()}", flush=True)


if __name__ == "__main__":
    main()
