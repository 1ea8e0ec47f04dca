"""Index and search of 10,000 to a million passages, made by drawing real sentences: cost per passage, speed, memory.

Run by hand: python benchmarks/scale.py HOME [SIZE …] [--work DIR] [--rounds N]. HOME is a library with real documents in it
(`OSLER_HOME` of an `osler add`), read only. Each size is indexed twice: once annotated (concepts known), and a sample from raw
text. A process of its own then answers 25-word clinical questions, top 100, with bounds on kind and year.
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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from osler.domain.question import Audience
from osler.domain.status import PublicationStatus
from osler.evaluate.clinical import shipped_questions
from osler.evidence.queries import Queries, fed_back, question_queries
from osler.evidence.retrieve import USABLE, rank_rows, within_usable
from osler.index.base import IndexQuery, IndexRow, Only, index_row
from osler.index.tantivy import TantivyIndex
from osler.language.lexicon import default_lexicon
from osler.language.sentences import sentences
from osler.library.catalog import Catalog
from osler.passages.annotate import ancestor_table
from osler.question.frame import frame_question, known_words
from osler.store import Store

WORDS = 150
SENTENCES = 120_000
RAW_SAMPLE = 20_000
TOP = 100
KINDS = ("rct", "systematic_review", "cohort", "guideline", "review", "article")
CLASS = Only(concepts=frozenset({"class/antihypertensives"}))
BOUNDS = Only(kinds=frozenset({"rct", "systematic_review", "guideline"}), year_from=2000, year_to=2024)
STANDING = replace(BOUNDS, statuses=USABLE.statuses, jurisdictions=frozenset({"US"}), populations=frozenset({"pop/women"}))
JURISDICTIONS = ("US", "UK", "EU")
RETRACTED_SHARE = 0.002
"""A little more than there is among the 20,788 records of a PubMed update file of 2021."""
SEED = 7


@dataclass(frozen=True, slots=True)
class Pool:
    """Real sentences with their number of words, and the concepts each names."""

    texts: Sequence[str]
    words: Sequence[int]
    concepts: Sequence[tuple[str, ...]]
    titles: Sequence[str]


def make_pool(home: Path, limit: int = SENTENCES) -> Pool:
    """The first `limit` sentences of the library's passages, tagged."""
    catalog, lexicon = Catalog(Store(home / "library.sqlite")), default_lexicon()
    texts: list[str] = []
    titles: list[str] = []
    for _, passage, source in catalog.passages():
        if source.via.value == "source":
            texts += [passage.text[a:b] for a, b in sentences(passage.text) if b - a > 30]
            titles.append(source.bibliography.title)
        if len(texts) >= limit:
            break
    concepts = [tuple(dict.fromkeys(m.concept_id for m in lexicon.tag(t))) for t in texts]
    return Pool(texts, [len(t.split()) for t in texts], concepts, titles)


def drawn(pool: Pool, row: int) -> tuple[list[int], random.Random]:
    """Which sentences passage number `row` is made of: the same each time it is asked."""
    choose = random.Random(SEED * 1_000_003 + row)  # noqa: S311
    picked: list[int] = []
    words = 0
    while words < WORDS - 10:
        number = int(choose.random() * len(pool.texts))
        picked.append(number)
        words += pool.words[number]
    return picked, choose


def text_of(pool: Pool, row: int) -> str:
    return " ".join(pool.texts[n] for n in drawn(pool, row)[0])


def annotated_rows(pool: Pool, count: int) -> Iterator[IndexRow]:
    """Rows whose concepts are known already."""
    ancestors = ancestor_table(default_lexicon())
    for row in range(1, count + 1):
        picked, choose = drawn(pool, row)
        concepts = {c for n in picked for c in pool.concepts[n]}
        title = pool.titles[int(choose.random() * len(pool.titles))]
        kind, year = KINDS[int(choose.random() * len(KINDS))], 1975 + int(choose.random() * 50)
        status = PublicationStatus.RETRACTED if choose.random() < RETRACTED_SHARE else PublicationStatus.CURRENT
        where = JURISDICTIONS[int(choose.random() * len(JURISDICTIONS))] if kind == "guideline" else None
        of = {c for c in concepts if c.startswith("pop/")}
        words = " ".join(pool.texts[n] for n in picked)
        yield index_row(row, words, concepts, title, ancestors, kind, year, status, where, of)


def raw_rows(pool: Pool, count: int) -> Iterator[IndexRow]:
    """Rows whose concepts are tagged here, from the text."""
    lexicon = default_lexicon()
    ancestors = ancestor_table(lexicon)
    for row in range(1, count + 1):
        text = text_of(pool, row)
        yield index_row(row, text, {m.concept_id for m in lexicon.tag(text)}, pool.titles[row % len(pool.titles)], ancestors)


def questions(count: int = 40, words: int = 25) -> list[str]:
    """Clinical questions of 25 words: longer ones cut, shorter ones joined with the next."""
    stream = " ".join(q["question"] for q in shipped_questions()).split()
    starts = range(0, len(stream) - words, max(1, (len(stream) - words) // count))
    return [" ".join(stream[s : s + words]) for s in list(starts)[:count]]


def size_of(folder: Path) -> int:
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())


def percentile(times: list[float], share: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def memory_mb(field: str) -> float:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field + ":"))
    return int(line.split()[1]) / 1024


def serve(index_folder: Path, pool_file: Path, rounds: int) -> dict[str, object]:
    """In a process of its own: open, answer, measure. Text of found passages is drawn again, as the catalogue would give it."""
    lexicon = default_lexicon()
    pool = Pool(*json.loads(pool_file.read_text()), concepts=(), titles=())  # type: ignore[misc]
    own_mb = memory_mb("VmRSS")
    index = TantivyIndex(index_folder)
    known = known_words(lexicon, ())
    framed = [question_queries(frame_question(q, Audience.CLINICIAN, lexicon, known), lexicon) for q in questions()]

    def texts(rows: Sequence[int]) -> dict[int, str]:
        return {row: text_of(pool, row) for row in rows}

    def timed(search: Callable[[Queries], object]) -> dict[str, float]:
        times, work = [], []
        for lap in range(rounds + 1):
            for query in framed:
                started, at_work = time.perf_counter(), time.process_time()
                search(query)
                if lap:  # the first round warms
                    times.append((time.perf_counter() - started) * 1000)
                    work.append((time.process_time() - at_work) * 1000)
        shares = {
            f"{name}_{unit}": round(percentile(of, share), 1)
            for name, share in (("median", 0.5), ("p95", 0.95))
            for unit, of in (("ms", times), ("cpu_ms", work))
        }
        return {**shares, "n": len(times)}

    def widened(query: IndexQuery) -> IndexQuery:
        return fed_back(query, [(hit.score, text_of(pool, hit.row)) for hit in index.search(query, 10)])

    result: dict[str, object] = {
        "search, bounded by kind and year": timed(lambda q: index.search(replace(q.main, only=BOUNDS), TOP)),
        "search, bounded by a class of drug": timed(lambda q: index.search(replace(q.main, only=CLASS), TOP)),
        "search, bounded by kind, year, status, jurisdiction and population": timed(
            lambda q: index.search(replace(q.main, only=STANDING), TOP)
        ),
        "search, without what is retracted": timed(lambda q: index.search(within_usable(q).main, TOP)),
        "search": timed(lambda q: index.search(q.main, TOP)),
        "search with feedback": timed(lambda q: index.search(widened(q.main), TOP)),
        "whole ranking: feedback, facets, 450 candidates": timed(lambda q: rank_rows(within_usable(q), index, texts, 450)),
    }
    fields = {"peak": "VmHWM", "now": "VmRSS", "now, without mapped files": "RssAnon"}
    result["memory_mb"] = {"before the index": round(own_mb), **{name: round(memory_mb(field)) for name, field in fields.items()}}
    return result


def run(home: Path, sizes: Sequence[int], work: Path, rounds: int) -> None:
    started = time.perf_counter()
    pool = make_pool(home)
    pool_file = work / "pool.json"
    pool_file.write_text(json.dumps([list(pool.texts), list(pool.words)]))
    print(
        f"{len(pool.texts):,} sentences tagged in {time.perf_counter() - started:.1f} s; load {os.getloadavg()[0]:.1f}", flush=True
    )
    for size in sizes:
        folder = work / f"index-{size}"
        index = TantivyIndex(folder)
        started = time.perf_counter()
        for _ in annotated_rows(pool, min(size, 20_000)):
            pass
        drawing = (time.perf_counter() - started) / min(size, 20_000) * size
        started = time.perf_counter()
        index.rebuild(annotated_rows(pool, size), 1, "scale")
        took = time.perf_counter() - started
        raw = TantivyIndex(work / "raw")
        started = time.perf_counter()
        raw.rebuild(raw_rows(pool, min(size, RAW_SAMPLE)), 1, "raw")
        raw_rate = min(size, RAW_SAMPLE) / (time.perf_counter() - started)
        shutil.rmtree(work / "raw")
        command = [sys.executable, __file__, "--serve", str(folder), str(pool_file), "--rounds", str(rounds)]
        served = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        figures = {
            "passages": size,
            "indexed_per_s": round(size / took),
            "of_which_drawing_s": round(drawing, 1),
            "took_s": round(took, 1),
            "from_raw_text_per_s": round(raw_rate),
            "index_bytes_per_passage": round(size_of(folder) / size),
            "load": round(os.getloadavg()[0], 1),
            **served,
        }
        print(json.dumps(figures, indent=1), flush=True)
        shutil.rmtree(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", nargs="?", type=Path)
    parser.add_argument("sizes", nargs="*", type=int, default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--work", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", nargs=2, type=Path)
    arguments = parser.parse_args()
    if arguments.serve:
        print(json.dumps(serve(*arguments.serve, arguments.rounds)))
        return
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        run(arguments.home, arguments.sizes, Path(work), arguments.rounds)


if __name__ == "__main__":
    main()
