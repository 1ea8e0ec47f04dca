"""A question as index queries: one that ranks, and one a facet (drugs, problem) that keeps a passage from being missed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from osler.domain.question import Frame, Intent, Question
from osler.index.base import IndexQuery
from osler.language.lexicon import Lexicon
from osler.language.polarity import negated_before
from osler.language.words import STOP_WORDS

TOPIC_WEIGHT = 0.7
"""Of a concept of the question beside one of its words. nDCG@10 on nfcorpus_dev, med1033 and the bioasq pool moves by less
than 0.008 from 0.3 to 1 (docs/scale.md)."""
FEEDBACK_PASSAGES, FEEDBACK_WORDS, FEEDBACK_WEIGHT = 10, 20, 1.0
"""Relevance feedback after Lavrenko & Croft, SIGIR 2001 (relevance models; RM3 of Abdul-Jaleel et al., TREC 2004): the likely
words of the first passages join the query, and together weigh as much as one word of the question. More weight finds more
on short questions and ranks long ones worse (docs/scale.md)."""
FACET_WORDS_WEIGHT = 0.05
"""The question's words only decide between rows with the same concepts: without them such rows stand in the order they came."""
_RECONCILIATION = "therapy/medication-reconciliation"
_WORD = re.compile(r"[^\W_]+")
_Weights = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Queries:
    """`main` decides the order; each of `facets` brings in what `main` would miss."""

    main: IndexQuery
    facets: tuple[IndexQuery, ...]

    @property
    def all(self) -> tuple[IndexQuery, ...]:
        return (self.main, *self.facets)


def question_queries(question: Question, lexicon: Lexicon, extra: tuple[str, ...] = ()) -> Queries:
    """Every query of a question. `extra`: concepts to look up beside those it names."""
    frame = question.frame
    population = tuple((t.concept_id, 1.0) for t in frame.population_terms)
    facets = [_drug_query(frame, lexicon, population)]
    if frame.problem:
        facets.append(_problem_query(frame, lexicon, population))
    if frame.intent in (Intent.ALTERNATIVE, Intent.TREATMENT, Intent.ORDER_CHECK, Intent.SAFETY) and population:
        facets.append(IndexQuery(concepts=((_RECONCILIATION, 2.0), *population)))
    relatives = tuple((c, 1.0) for t in frame.avoid for c in lexicon.therapeutic_classes(t.concept_id))
    if frame.intent is Intent.ALTERNATIVE and relatives:
        facets.append(IndexQuery(broader=relatives))
    if extra:
        facets.append(IndexQuery(concepts=tuple((c, 3.0) for c in extra), broader=tuple((c, 2.0) for c in extra)))
    topics = tuple((c, TOPIC_WEIGHT) for c in _topics(question, lexicon))
    said = ((question.text, FACET_WORDS_WEIGHT),)
    return Queries(IndexQuery(words=question.text, topics=topics), tuple(replace(f, likely=said) for f in facets if f is not None))


def fed_back(query: IndexQuery, found: Sequence[tuple[float, str]]) -> IndexQuery:
    """The query with the likely words of what it found first: (score, text), scores above 0.

    A word counts by its share of each text, and each text by its share of the scores. Numbers, single letters and stop
    words are left out. Equal weights are ordered by the word.
    """
    total = sum(score for score, _ in found)
    weights: dict[str, float] = defaultdict(float)
    for score, text in found:
        words = [w for w in _WORD.findall(text.lower()) if len(w) > 1 and not w.isdigit() and w not in STOP_WORDS]
        for word in words:
            weights[word] += score / total / len(words)
    best = sorted(weights, key=lambda w: (-weights[w], w))[:FEEDBACK_WORDS]
    mass = sum(weights[w] for w in best)
    return replace(query, likely=tuple((w, FEEDBACK_WEIGHT * weights[w] / mass) for w in best))


def _topics(question: Question, lexicon: Lexicon) -> tuple[str, ...]:
    """Every concept that the question names as present, in its frame (misspellings read) or by its words."""
    frame = question.frame
    terms = (
        *frame.population_terms,
        *frame.problem,
        *frame.background,
        *frame.intervention,
        *frame.avoid,
        *frame.patient.medicines,
        *frame.symptoms,
    )
    named = (m.concept_id for m in lexicon.tag(question.text) if not negated_before(question.text, m.start))
    return tuple(dict.fromkeys((*(t.concept_id for t in terms), *named)))


def _drug_query(frame: Frame, lexicon: Lexicon, population: _Weights) -> IndexQuery | None:
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


def _problem_query(frame: Frame, lexicon: Lexicon, population: _Weights) -> IndexQuery:
    weighted: dict[str, float] = {}
    for term in frame.problem:
        weighted.setdefault(term.concept_id, 6.0)
        for parent in sorted(lexicon.ancestors(term.concept_id)):
            weighted.setdefault(parent, 3.0)
    return IndexQuery(concepts=(*weighted.items(), *population), broader=tuple((t.concept_id, 4.0) for t in frame.problem))
