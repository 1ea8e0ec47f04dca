"""What the words of the question would have found among retracted documents: left out of every answer, and said in the log."""

from __future__ import annotations

from dataclasses import dataclass, replace

from osler.domain.question import Question
from osler.domain.status import PublicationStatus
from osler.evidence.queries import question_queries
from osler.evidence.retrieve import Load
from osler.index.base import EvidenceIndex, Only
from osler.language.lexicon import Lexicon

_GONE = Only(statuses=frozenset({PublicationStatus.RETRACTED}))
_KEPT = Only(statuses=frozenset(PublicationStatus) - {PublicationStatus.RETRACTED})


@dataclass(frozen=True, slots=True)
class Retracted:
    """A retracted document with the number of its passages that would have been among the found ones."""

    document_id: str
    title: str
    since: str | None
    passages: int


def retracted_near(question: Question, index: EvidenceIndex, load: Load, lexicon: Lexicon, limit: int) -> tuple[Retracted, ...]:
    """Retracted documents that the question's main query ranks among its first `limit` passages, best first.

    Their scores are compared with that of the last passage which took a place; a search that brings fewer than `limit` keeps all.
    """
    main = question_queries(question, lexicon).main
    gone = index.search(replace(main, only=_GONE), limit)
    if not gone:
        return ()
    kept = index.search(replace(main, only=_KEPT), limit)
    least = kept[-1].score if len(kept) == limit else 0.0
    near = [hit.row for hit in gone if hit.score >= least]
    loaded = load(near)
    found: dict[str, Retracted] = {}
    for row in near:
        source = loaded[row][1] if row in loaded else None
        if source is None or source.status is not PublicationStatus.RETRACTED:
            continue
        known = found.get(source.document_id)
        found[source.document_id] = Retracted(
            source.document_id, source.bibliography.title, source.status_since, 1 + (known.passages if known else 0)
        )
    return tuple(found.values())
