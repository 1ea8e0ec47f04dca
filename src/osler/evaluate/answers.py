"""Answers to BioASQ's questions from a library of its own snippets: does Osler quote a gold snippet, and how much of the ideal answer is quoted.

BioASQ: Krithara et al., Scientific Data 10:170, 2023. The library holds the snippets of all questions, so that a question must
find its own among those of the others. The first passages of a plain word search stand beside it.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from osler.domain.document import Bibliography, Document, StudyDesign, Via
from osler.domain.part import Part, PartKind
from osler.domain.question import Audience
from osler.errors import InputFileError, QuestionError
from osler.evaluate.statistics import Share
from osler.evaluate.yesno import stems
from osler.index.base import IndexQuery
from osler.passages.annotate import annotate, annotation_key
from osler.pipeline import Library, ask, bring_up_to_date, open_library
from osler.settings import Settings

BASELINES = (1, 3)
"""How many of the first passages of the plain search are read as its answer."""
_PMID = re.compile(r"/pubmed/(\d+)")
_ORIGIN = "evaluation"


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """snippets: (document id, text). ideal: every ideal answer that the data set gives."""

    id: str
    kind: str
    text: str
    snippets: tuple[tuple[str, str], ...]
    ideal: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quoted:
    """What one system quoted: whether a span of it overlaps a gold snippet, and how much of the ideal answer its spans hold.

    terms: share of the terms, of the ideal answer that is matched best. figures: (found, there) of the first ideal answer.
    """

    overlaps: bool
    terms: float
    figures: tuple[int, int]
    spans: int


@dataclass(frozen=True, slots=True)
class Answered:
    id: str
    kind: str
    disposition: str
    osler: Quoted
    baselines: tuple[Quoted, ...]


@dataclass(frozen=True, slots=True)
class AnswersReport:
    documents: int
    answered: tuple[Answered, ...]


def read_bioasq(paths: Iterable[Path]) -> tuple[GoldQuestion, ...]:
    """The questions of golden files, or of every .json file of a folder, in order. Raises InputFileError."""
    questions = []
    files = [f for p in paths for f in (sorted(p.glob("*.json")) if p.is_dir() else [p])]
    for path in files:
        try:
            for record in json.loads(path.read_text(encoding="utf-8"))["questions"]:
                snippets = tuple((_document_id(s["document"]), s["text"]) for s in record.get("snippets", ()) if s["text"].strip())
                ideal = record.get("ideal_answer") or []
                ideal = (ideal,) if isinstance(ideal, str) else tuple(ideal)
                questions.append(GoldQuestion(str(record["id"]), str(record.get("type", "")), record["body"], snippets, ideal))
        except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputFileError(f"{path}: not a BioASQ file ({str(error)[:200]})") from error
    if not questions:
        raise InputFileError("no BioASQ file was named")
    return tuple(q for q in questions if q.snippets and q.ideal)


def _document_id(address: str) -> str:
    match = _PMID.search(address)
    return f"pmid:{match[1]}" if match else f"web:{re.sub(r'[^A-Za-z0-9]+', '-', address)}"


def documents_of(questions: Sequence[GoldQuestion]) -> tuple[Document, ...]:
    """One document for each source, its snippets as paragraphs of findings, ordered by id."""
    texts: dict[str, dict[str, None]] = {}
    for question in questions:
        for document_id, text in question.snippets:
            texts.setdefault(document_id, {})[" ".join(text.split())] = None
    return tuple(_document(i, tuple(texts[i])) for i in sorted(texts))


def _document(document_id: str, snippets: tuple[str, ...]) -> Document:
    parts, position = [], 0
    for snippet in snippets:
        parts.append(Part(position, position + len(snippet), PartKind.PARAGRAPH, path=("Results",)))
        position += len(snippet) + 1
    title = snippets[0][:200]
    return Document(
        document_id, StudyDesign.ARTICLE, Via.SOURCE, Bibliography(title, url=document_id), "\n".join(snippets), parts=tuple(parts)
    )


def evaluate_answers(questions: Sequence[GoldQuestion], most: int | None = None) -> AnswersReport:
    """Ask every question (the first `most`) of a temporary library made from the snippets of all of them."""
    documents = documents_of(questions)
    with tempfile.TemporaryDirectory(prefix="osler-answers-") as home:
        library = open_library(Settings(Path(home)))
        lexicon = library.lexicon
        library.catalog.ingest(documents, _ORIGIN, lambda d: annotate(d, lexicon), annotation_key(lexicon))
        bring_up_to_date(library.catalog, library.index, lexicon)
        return AnswersReport(len(documents), tuple(_answered(library, q) for q in questions[:most]))


def _answered(library: Library, question: GoldQuestion) -> Answered:
    gold = {i: " \n ".join(_plain(t) for d, t in question.snippets if d == i) for i, _ in question.snippets}
    try:
        article = ask(library, question.text, Audience.CLINICIAN)
        disposition = article.disposition.value
        spans = [(c.span.document_id, c.span.exact) for claim in article.claims for c in claim.citations]
    except QuestionError:
        disposition, spans = "refused", []
    baselines = []
    for many in BASELINES:
        rows = [hit.row for hit in library.index.search(IndexQuery(words=question.text), many)]
        loaded = library.catalog.load(rows)
        passages = [loaded[r][0] for r in rows if r in loaded]
        baselines.append(_quoted([(p.document_id, p.text) for p in passages], gold, question))
    return Answered(question.id, question.kind, disposition, _quoted(spans, gold, question), tuple(baselines))


def _quoted(spans: Sequence[tuple[str, str]], gold: Mapping[str, str], question: GoldQuestion) -> Quoted:
    overlaps = any(i in gold and _overlap(_plain(text), gold[i]) for i, text in spans)
    words = stems(" ".join(text for _, text in spans))
    asked = stems(question.text)
    wanted = [stems(ideal) - asked for ideal in question.ideal]
    best = max(len(w & words) / len(w) if w else 0.0 for w in wanted)
    numbers = frozenset(w for w in wanted[0] if w[0].isdigit())
    figures = (len(numbers & words), len(numbers))
    return Quoted(overlaps, best, figures, len(spans))


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _overlap(span: str, gold: str) -> bool:
    """Whether five words of the span, or all of a shorter one, stand one after the other in the gold snippets."""
    words = span.split()
    run = min(5, len(words))
    return any(" ".join(words[k : k + run]) in gold for k in range(len(words) - run + 1)) if words else False


def figures(report: AnswersReport, kind: str | None = None) -> dict[str, Any]:
    """Counts and shares over all questions, or those of one type: Osler, then the baselines."""
    rows = [a for a in report.answered if kind is None or a.kind == kind]
    systems = {"osler": [a.osler for a in rows]}
    for place, many in enumerate(BASELINES):
        systems[f"first {many} by words"] = [a.baselines[place] for a in rows]
    return {
        "questions": len(rows),
        "answered": Share(sum(1 for a in rows if a.osler.spans), len(rows)).as_json(),
        "dispositions": {d: sum(1 for a in rows if a.disposition == d) for d in sorted({a.disposition for a in rows})},
        "systems": {name: _system(quoted) for name, quoted in systems.items()},
    }


def _system(quoted: Sequence[Quoted]) -> dict[str, Any]:
    spoke = [q for q in quoted if q.spans]
    found, wanted = sum(q.figures[0] for q in quoted), sum(q.figures[1] for q in quoted)
    return {
        "quotes_a_gold_snippet": Share(sum(q.overlaps for q in quoted), len(quoted)).as_json(),
        "quotes_a_gold_snippet_when_it_answers": Share(sum(q.overlaps for q in spoke), len(spoke)).as_json(),
        "terms_of_the_ideal_answer": round(sum(q.terms for q in quoted) / len(quoted), 4) if quoted else None,
        "figures_of_the_ideal_answer": Share(found, wanted).as_json(),
        "spans_a_question": round(sum(q.spans for q in quoted) / len(quoted), 2) if quoted else None,
    }
