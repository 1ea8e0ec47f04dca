"""Found: what the second stage of an answer tells a reader of the evidence, small enough to send between processes."""

from __future__ import annotations

from dataclasses import dataclass

from osler.domain.document import StudyDesign
from osler.domain.evidence import Directness, EvidenceItem, EvidenceProfile

NEAREST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Near:
    title: str
    kind: StudyDesign
    year: int | None
    is_direct: bool


@dataclass(frozen=True, slots=True)
class Found:
    """passages: read; direct, indirect: sources that fit directly, and those that fit only indirectly; nearest: direct ones first."""

    passages: int
    direct: int
    indirect: int
    nearest: tuple[Near, ...]


def found(profile: EvidenceProfile) -> Found:
    near = [i for i in profile.items if i.directness is not Directness.OFF]
    near.sort(key=lambda i: (i.directness is not Directness.DIRECT, i.rank, i.finding.start))
    sources: dict[str, EvidenceItem] = {}
    for item in near:
        sources.setdefault(item.source.document_id, item)
    direct = sum(i.directness is Directness.DIRECT for i in sources.values())
    return Found(
        len(profile.run.hits), direct, len(sources) - direct, tuple(_near(i) for i in list(sources.values())[:NEAREST_SHOWN])
    )


def _near(item: EvidenceItem) -> Near:
    source = item.source
    return Near(source.bibliography.title, source.kind, source.bibliography.year, item.directness is Directness.DIRECT)
