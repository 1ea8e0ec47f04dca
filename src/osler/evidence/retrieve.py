"""Question and index to a Run: one query a facet (drugs, problem, words), fused by reciprocal rank."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from osler.domain.evidence import Run, ScoredPassage, Source
from osler.domain.passage import Passage
from osler.domain.question import Frame, Intent, Question
from osler.domain.status import PublicationStatus
from osler.index.base import EvidenceIndex, IndexQuery
from osler.language.lexicon import Lexicon

RECIPROCAL_RANK_K = 60
"""Cormack, Clarke & Büttcher, SIGIR 2009: reciprocal rank fusion with k = 60."""
_RECONCILIATION = "therapy/medication-reconciliation"

Load = Callable[[Iterable[int]], Mapping[int, tuple[Passage, Source]]]


def retrieve(
    question: Question, index: EvidenceIndex, load: Load, lexicon: Lexicon, limit: int, extra: tuple[str, ...] = ()
) -> Run:
    """At most `limit` passages, best first; retracted documents never come back. `extra`: concepts to look up too."""
    queries = _queries(question, lexicon, extra)
    fused: dict[int, float] = defaultdict(float)
    for query in queries:
        for rank, hit in enumerate(index.search(query, limit), start=1):
            fused[hit.row] += 1 / (RECIPROCAL_RANK_K + rank)
    best = sorted(fused, key=lambda row: (-fused[row], row))[: limit + 50]
    loaded = load(best)
    usable = [row for row in best if row in loaded and loaded[row][1].status is not PublicationStatus.RETRACTED]
    hits = tuple(ScoredPassage(*loaded[row], rank=rank, score=fused[row]) for rank, row in enumerate(usable[:limit], start=1))
    return Run(
        terms=tuple(q.words for q in queries if q.words),
        concepts=tuple(dict.fromkeys(c for q in queries for c, _ in (*q.concepts, *q.broader))),
        hits=hits,
    )


def _queries(question: Question, lexicon: Lexicon, extra: tuple[str, ...]) -> list[IndexQuery]:
    frame = question.frame
    population = tuple((t.concept_id, 1.0) for t in frame.population_terms)
    queries = [IndexQuery(words=question.text, concepts=population)]
    drugs = _drug_query(frame, lexicon, population)
    if drugs is not None:
        queries.append(drugs)
    if frame.problem:
        queries.append(_problem_query(frame, lexicon, population))
    if frame.intent in (Intent.ALTERNATIVE, Intent.TREATMENT, Intent.ORDER_CHECK, Intent.SAFETY) and population:
        queries.append(IndexQuery(concepts=((_RECONCILIATION, 2.0), *population)))
    if extra:
        queries.append(IndexQuery(concepts=tuple((c, 3.0) for c in extra), broader=tuple((c, 2.0) for c in extra)))
    return queries


def _drug_query(frame: Frame, lexicon: Lexicon, population: tuple[tuple[str, float], ...]) -> IndexQuery | None:
    weighted: dict[str, float] = {}
    narrower: dict[str, float] = {}
    for terms, weight in ((frame.intervention, 8.0), (frame.avoid, 6.0), (frame.patient.medicines, 4.0)):
        for term in terms:
            weighted.setdefault(term.concept_id, weight)
            narrower.setdefault(term.concept_id, weight / 2)
            for parent in sorted(lexicon.ancestors(term.concept_id)):
                weighted.setdefault(parent, weight / 4)
                if terms is not frame.patient.medicines and parent in lexicon.therapeutic_classes(term.concept_id):
                    narrower.setdefault(parent, weight / 4)
    if not weighted:
        return None
    return IndexQuery(concepts=(*weighted.items(), *population), broader=tuple(narrower.items()))


def _problem_query(frame: Frame, lexicon: Lexicon, population: tuple[tuple[str, float], ...]) -> IndexQuery:
    weighted: dict[str, float] = {}
    for term in frame.problem:
        weighted.setdefault(term.concept_id, 6.0)
        for parent in sorted(lexicon.ancestors(term.concept_id)):
            weighted.setdefault(parent, 3.0)
    return IndexQuery(concepts=(*weighted.items(), *population), broader=tuple((t.concept_id, 4.0) for t in frame.problem))
