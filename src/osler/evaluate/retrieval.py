"""Osler's ranking beside plain BM25 on a collection with judged queries, in one run (BEIR's layout of files)."""

from __future__ import annotations

import hashlib
import importlib
import json
import math
import re
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from osler.domain.question import Audience
from osler.errors import InputFileError
from osler.evaluate.report import MEASURES, RetrievalReport, System, Values
from osler.evidence.queries import question_queries
from osler.evidence.retrieve import Nearest, rank_rows
from osler.index.base import EvidenceIndex, IndexRow, index_row
from osler.index.dense import DenseIndex
from osler.index.onnx import Encoder
from osler.index.tantivy import TantivyIndex
from osler.language.lexicon import Lexicon, default_lexicon
from osler.passages.annotate import ancestor_table
from osler.question.frame import frame_question, known_words

DEPTH = 100
_CANDIDATES = 450  # as `Settings.candidates`
_K1, _B = 1.2, 0.75
_LUCENE_STOP_WORDS = frozenset(
    """a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was
    will with""".split()
)
Ranker = Callable[[str], Sequence[str]]
"""A query's text to document ids, best first."""


@dataclass(frozen=True, slots=True)
class Collection:
    """documents: id to (title, text), in the file's order. qrels: query id to document id to grade (above 0 is relevant)."""

    name: str
    documents: Mapping[str, tuple[str, str]]
    queries: Mapping[str, str]
    qrels: Mapping[str, Mapping[str, int]]


def evaluate_retrieval(
    folder: Path,
    lexicon: Lexicon | None = None,
    encoder: Encoder | None = None,
    vectors: Path | None = None,
    others: Mapping[str, Callable[[Collection], Ranker]] | None = None,
) -> RetrievalReport:
    """Measure plain BM25, Osler, Osler with dense vectors when there is an `encoder`, and `others` (name to a maker of rankers).

    vectors: a folder to keep the collection's vectors in, so that a later run need not embed them again.
    Queries without a judged document are left out. Raises InputFileError when the folder is not in BEIR's layout.
    """
    collection = read_collection(folder)
    with tempfile.TemporaryDirectory(prefix="osler-retrieval-") as work:
        makers: dict[str, Callable[[Collection], Ranker]] = {
            "plain BM25": Bm25,
            "Osler": lambda c: OslerRanker(c, Path(work), lexicon or default_lexicon()),
            **(others or {}),
        }
        if encoder is not None:
            kept = (vectors or Path(work)) / collection.name
            makers["Osler, dense"] = lambda c: OslerRanker(c, Path(work) / "again", lexicon or default_lexicon(), encoder, kept)
        systems = tuple(_measured(name, make(collection), collection) for name, make in makers.items())
    tuning, testing = (tuple(q for q in sorted(collection.queries) if _half(q) == half) for half in (0, 1))
    return RetrievalReport(collection.name, len(collection.documents), tuning, testing, measured_by(), systems)


def read_collection(folder: Path) -> Collection:
    """corpus.jsonl (`_id`, `title`, `text`), queries.jsonl (`_id`, `text`), qrels/test.tsv (query, document, grade)."""
    documents = {str(d["_id"]): (str(d.get("title") or ""), str(d["text"])) for d in _objects(folder / "corpus.jsonl")}
    asked = {str(q["_id"]): str(q["text"]) for q in _objects(folder / "queries.jsonl")}
    qrels: dict[str, dict[str, int]] = {}
    path = folder / "qrels" / "test.tsv"
    for number, line in _lines(path):
        cells = line.split("\t")
        if number == 1 and cells[-1] == "score":
            continue
        if len(cells) != 3 or not re.fullmatch(r"-?\d+", cells[2]):
            raise InputFileError(f"{path}, line {number}: not a query id, a document id and a grade, tab-separated")
        qrels.setdefault(cells[0], {})[cells[1]] = int(cells[2])
    judged = {q: qrels[q] for q in asked if any(grade > 0 for grade in qrels.get(q, {}).values())}
    if not judged or not documents:
        raise InputFileError(f"{folder}: no query has a relevant document")
    return Collection(folder.resolve().name, documents, {q: asked[q] for q in judged}, judged)


class Bm25:
    """The baseline: BM25 as Lucene scores it (k1 1.2, b 0.75) over words of two letters or more, Lucene's English stop words,
    Snowball's English stemmer; title and text are one field. Equal scores are ordered by id."""

    def __init__(self, collection: Collection) -> None:
        import tantivy

        self._words = (
            tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(r"\w\w+"))
            .filter(tantivy.Filter.lowercase())
            .filter(tantivy.Filter.custom_stopword(sorted(_LUCENE_STOP_WORDS)))
            .filter(tantivy.Filter.stemmer("english"))
            .build()
        )
        counts = {i: Counter(self._words.analyze(f"{title} {text}")) for i, (title, text) in collection.documents.items()}
        lengths = {i: sum(c.values()) for i, c in counts.items()}
        average = sum(lengths.values()) / len(lengths)
        self._norms = {i: _K1 * (1 - _B + _B * length / average) for i, length in lengths.items()}
        self._postings: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for i, count in counts.items():
            for word, times in count.items():
                self._postings[word].append((i, times))

    def __call__(self, query: str) -> Sequence[str]:
        scores: dict[str, float] = defaultdict(float)
        for word in self._words.analyze(query):
            postings = self._postings.get(word, [])
            idf = math.log(1 + (len(self._norms) - len(postings) + 0.5) / (len(postings) + 0.5))
            for i, times in postings:
                scores[i] += idf * times / (times + self._norms[i])
        return sorted(scores, key=lambda i: (-scores[i], i))[:DEPTH]


class OslerRanker:
    """Osler's own path: the corpus tagged and indexed as passages are, a query framed and searched as a question is."""

    def __init__(
        self, collection: Collection, work: Path, lexicon: Lexicon, encoder: Encoder | None = None, vectors: Path | None = None
    ) -> None:
        self._ids = tuple(collection.documents)
        self._texts = tuple(text for _, text in collection.documents.values())
        self._lexicon = lexicon
        self._index: EvidenceIndex = TantivyIndex(work / "index")
        self._index.rebuild(self._rows(collection), 1, "evaluation")
        words = (w for text in self._texts for w in re.findall(r"[a-z][a-z']+", text.lower()))
        self._known = known_words(lexicon, words)
        self._nearest: Nearest | None = None
        if encoder is not None:
            dense = DenseIndex(vectors or work / "dense")
            dense.build(
                [(row, f"{t} {text}".strip()) for row, (t, text) in enumerate(collection.documents.values())], encoder, "evaluation"
            )
            self._nearest = lambda words, limit: dense.search(encoder.query(words), limit)

    def _rows(self, collection: Collection) -> Iterator[IndexRow]:
        ancestors = ancestor_table(self._lexicon)
        for row, (title, text) in enumerate(collection.documents.values()):
            concepts = {m.concept_id for m in self._lexicon.tag(f"{title} {text}")}
            yield index_row(row, text, concepts, title, ancestors)

    def __call__(self, query: str) -> Sequence[str]:
        question = frame_question(query, Audience.CLINICIAN, self._lexicon, self._known)
        queries = question_queries(question, self._lexicon)
        hits = rank_rows(queries, self._index, lambda rows: {r: self._texts[r] for r in rows}, _CANDIDATES, self._nearest)
        return [self._ids[hit.row] for hit in hits[:DEPTH]]


def measured_by() -> str:
    """Who computes the measures: `ir-measures` where it is installed, else the definitions below, which agree with it."""
    library = _ir_measures()
    return f"ir-measures {library.__version__}" if library else "Osler's own definitions"


def measure(qrels: Mapping[str, Mapping[str, int]], run: Mapping[str, Sequence[str]]) -> Values:
    """Each measure of each query of `qrels`. `run`: query to document ids, best first, none twice."""
    library = _ir_measures()
    if library is None:
        return by_definition(qrels, run)
    scored = {q: {d: float(-rank) for rank, d in enumerate(documents)} for q, documents in run.items()}
    values: dict[str, dict[str, float]] = {m: dict.fromkeys(qrels, 0.0) for m in MEASURES}
    asked = [library.parse_measure(m) for m in MEASURES]
    for metric in library.iter_calc(asked, {q: dict(g) for q, g in qrels.items()}, scored):
        values[str(metric.measure)][metric.query_id] = float(metric.value)
    return values


def _ir_measures() -> Any:
    try:
        return importlib.import_module("ir_measures")
    except ImportError:
        return None


def by_definition(qrels: Mapping[str, Mapping[str, int]], run: Mapping[str, Sequence[str]]) -> Values:
    """Source: trec_eval's ndcg_cut (linear gain, log2 discount), recall and recip_rank."""
    values: dict[str, dict[str, float]] = {m: {} for m in MEASURES}
    for query, grades in qrels.items():
        found = [max(0, grades.get(d, 0)) for d in run.get(query, ())]
        relevant = sum(grade > 0 for grade in grades.values())
        best = _gain(sorted((max(0, g) for g in grades.values()), reverse=True)[:10])
        first = next((rank for rank, grade in enumerate(found, start=1) if grade > 0), 0)
        values["nDCG@10"][query] = _gain(found[:10]) / best if best else 0.0
        values["R@100"][query] = sum(grade > 0 for grade in found[:100]) / relevant if relevant else 0.0
        values["RR"][query] = 1 / first if first else 0.0
    return values


def _gain(grades: Sequence[int]) -> float:
    return sum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades, start=1))


def _measured(name: str, rank: Ranker, collection: Collection) -> System:
    run, times = {}, []
    for query, text in collection.queries.items():
        started = time.perf_counter()
        run[query] = rank(text)
        times.append((time.perf_counter() - started) * 1000)
    times.sort()
    return System(name, measure(collection.qrels, run), times[len(times) // 2], times[min(len(times) - 1, int(len(times) * 0.95))])


def _half(query: str) -> int:
    return hashlib.sha256(query.encode()).digest()[-1] % 2


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding="utf-8") as lines:
            yield from ((n, line.rstrip("\n")) for n, line in enumerate(lines, start=1) if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise InputFileError(f"{path}: cannot be read ({error})") from error


def _objects(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in _lines(path):
        try:
            value = json.loads(line)
        except ValueError as error:
            raise InputFileError(f"{path}, line {number}: not JSON ({error})") from error
        if not isinstance(value, dict) or not {"_id", "text"} <= value.keys():
            raise InputFileError(f"{path}, line {number}: an object with `_id` and `text` is wanted")
        yield value
