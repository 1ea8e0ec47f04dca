"""Question and index to a Run: ranked by the words and concepts of the question and of what they find first, topped up by facet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from osler.domain.evidence import Run, ScoredPassage, Source
from osler.domain.passage import Passage
from osler.domain.question import Question
from osler.domain.status import PublicationStatus
from osler.evidence.queries import FEEDBACK_PASSAGES, Queries, fed_back, question_queries
from osler.index.base import EvidenceIndex, Hit, IndexQuery, Only
from osler.index.fuse import fuse
from osler.language.lexicon import Lexicon

FACET_SHARE = 2
"""One in this many of the places is kept for what facets find."""
FACET_WEIGHT = 0.03
"""Of a facet's rank beside the main query's. At 1, nDCG@10 falls below plain BM25 on all three collections (docs/scale.md)."""
DENSE_WEIGHT = 1.0
"""Of a dense rank beside a lexical one: the best of 0.25, 0.5, 1 and 2 on nfcorpus_dev, within 0.004 of it on med1033."""

USABLE = Only(statuses=frozenset(PublicationStatus) - {PublicationStatus.RETRACTED})
"""Bounds of every search whose finds an answer may rest on: retracted documents take no places."""

Load = Callable[[Iterable[int]], Mapping[int, tuple[Passage, Source]]]
Texts = Callable[[Sequence[int]], Mapping[int, str]]
"""The text of each of these rows; a row that must not count is left out."""
Nearest = Callable[[str, int], Sequence[Hit]]
"""Words of a question and a limit to the rows whose vectors are nearest, best first."""


def retrieve(
    question: Question,
    index: EvidenceIndex,
    load: Load,
    lexicon: Lexicon,
    limit: int,
    extra: tuple[str, ...] = (),
    nearest: Nearest | None = None,
) -> Run:
    """At most `limit` passages, best first; retracted documents never come back. `extra`: concepts to look up too.
    `nearest`: a dense index over the same rows, where there is one.

    The index leaves retracted documents out; what it gives is compared with the catalogue all the same, for it may be a moment
    behind, and vectors know of no status.
    """

    def texts(rows: Sequence[int]) -> Mapping[int, str]:
        return {row: passage.text for row, (passage, source) in load(rows).items() if _usable(source)}

    queries = within_usable(question_queries(question, lexicon, extra))
    ranked = rank_rows(queries, index, texts, limit, nearest)
    loaded = load(hit.row for hit in ranked)
    usable = [hit for hit in ranked if hit.row in loaded and _usable(loaded[hit.row][1])]
    usable.sort(key=lambda hit: (-hit.score, loaded[hit.row][0].id))  # a row number says only what was added first
    hits = tuple(ScoredPassage(*loaded[h.row], rank=rank, score=h.score) for rank, h in enumerate(usable, start=1))
    parts = [c for q in queries.all for c, _ in (*q.topics, *q.concepts, *q.broader)]
    return Run(terms=tuple(q.words for q in queries.all if q.words), concepts=tuple(dict.fromkeys(parts)), hits=hits)


def within_usable(queries: Queries) -> Queries:
    """The same queries within the bounds of what an answer may rest on."""
    return Queries(replace(queries.main, only=USABLE), tuple(replace(facet, only=USABLE) for facet in queries.facets))


def rank_rows(queries: Queries, index: EvidenceIndex, texts: Texts, limit: int, nearest: Nearest | None = None) -> tuple[Hit, ...]:
    """At most `limit` rows, best first: the main query and, far below it, the facets, fused by reciprocal rank.

    Half of the places go to the main query first, the rest to what the facets found best; what either leaves goes to
    the other. Facets fused as equals ranked worse than plain BM25 (docs/scale.md), yet a drug of the avoided one's class
    that shares no word with the question is found by its facet alone.
    """
    main = index.search(_widened(queries, index, texts), limit)
    if nearest is not None:
        main = fuse([(1.0, main), (DENSE_WEIGHT, nearest(queries.main.words, limit))])[:limit]
    found = [index.search(query, limit) for query in queries.facets]
    order = fuse([(1.0, main), *((FACET_WEIGHT, hits) for hits in found)])
    places = [*main[: limit - limit // FACET_SHARE], *fuse((1.0, hits) for hits in found), *main]
    kept = frozenset(islice(dict.fromkeys(hit.row for hit in places), limit))
    return tuple(hit for hit in order if hit.row in kept)


def _widened(queries: Queries, index: EvidenceIndex, texts: Texts) -> IndexQuery:
    first = index.search(queries.main, FEEDBACK_PASSAGES)
    known = texts([hit.row for hit in first])
    return fed_back(queries.main, [(hit.score, known[hit.row]) for hit in first if hit.row in known])


def _usable(source: Source) -> bool:
    return source.status is not PublicationStatus.RETRACTED
