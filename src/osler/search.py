"""Search the library itself: passages by words, within bounds, and where in each passage what was asked for stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from osler.domain.evidence import Source
from osler.domain.passage import Passage
from osler.errors import LibraryReplaced, UserError
from osler.evidence.queries import TOPIC_WEIGHT
from osler.index.base import EvidenceIndex, IndexQuery, Only
from osler.language.lexicon import Lexicon
from osler.language.polarity import negated_before
from osler.pipeline import Library, clean_question, open_library

ANYTHING = Only()
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that was found, and the document it is of, with its status as the catalogue has it now.

    rank: 1-based, equal scores by passage id. highlights: [start, end) code points of `passage.text`, in text order and apart
    from each other, of the words and names that were asked for; none when only title, headings or other names matched.
    """

    source: Source
    passage: Passage
    rank: int
    score: float
    highlights: tuple[tuple[int, int], ...]


def search_library(library: Library, text: str, only: Only = ANYTHING, limit: int = 20) -> tuple[Found, ...]:
    """At most `limit` passages with the words of `text`, other names of what it names, or narrower things; best first.

    Without words, the names of the drugs and problems of `only` are looked for. Every status is found unless `only` names some: whoever looks
    for a retracted paper must see that it is one. Raises UserError when there is nothing to search for, IndexUnusable;
    ValueError for a limit below 1.
    """
    try:
        return _search(library, text, only, limit)
    except LibraryReplaced:
        return _search(open_library(library.settings, library.lexicon), text, only, limit)


def _search(library: Library, text: str, only: Only, limit: int) -> tuple[Found, ...]:
    lexicon, index = library.lexicon, library.index
    said = text if text.strip() else " ".join(lexicon.name(c) for c in sorted(only.about) if c in lexicon)
    if not said:
        raise UserError("nothing to search for: give words, or name a drug or a problem")
    words = clean_question(said, library.settings.max_question_characters)
    topics = sorted({m.concept_id for m in lexicon.tag(words) if not negated_before(words, m.start)})
    hits = index.search(IndexQuery(words, topics=tuple((t, TOPIC_WEIGHT) for t in topics), only=only), limit)
    loaded = library.catalog.load(hit.row for hit in hits)
    held = [(hit.score, *loaded[hit.row]) for hit in hits if hit.row in loaded and _is_within(loaded[hit.row][1], only)]
    held.sort(key=lambda h: (-h[0], h[1].id))  # a row number says only what was added first
    stems, concepts = frozenset(index.stems(words)), frozenset(topics) | only.about | only.populations
    return tuple(
        Found(source, passage, rank, score, _highlights(passage.text, stems, concepts, index, lexicon))
        for rank, (score, passage, source) in enumerate(held, start=1)
    )


def _is_within(source: Source, only: Only) -> bool:
    """The index may be a moment behind the catalogue: what a document is now decides."""
    year = source.bibliography.year or 0
    return (
        (not only.statuses or source.status in only.statuses)
        and (not only.kinds or source.kind.value in only.kinds)
        and (only.year_from is None or year >= only.year_from)
        and (only.year_to is None or 0 < year <= only.year_to)
        and (not only.jurisdictions or (source.jurisdiction or "").casefold() in {j.casefold() for j in only.jurisdictions})
    )


def _highlights(
    text: str, stems: frozenset[str], concepts: frozenset[str], index: EvidenceIndex, lexicon: Lexicon
) -> tuple[tuple[int, int], ...]:
    """Where the words stand, and names of the concepts or of narrower ones; what overlaps is one."""
    spans = [(m.start(), m.end()) for m in _WORD.finditer(text) if stems.intersection(index.stems(m[0]))]
    spans += [(m.start, m.end) for m in lexicon.tag(text) if any(lexicon.is_a(m.concept_id, c) for c in concepts)]
    return tuple(_joined(sorted(spans)))


def _joined(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    held: tuple[int, int] | None = None
    for start, end in spans:
        if held is not None and start < held[1]:
            held = held[0], max(held[1], end)
            continue
        if held is not None:
            yield held
        held = start, end
    if held is not None:
        yield held
