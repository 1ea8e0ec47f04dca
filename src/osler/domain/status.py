"""StatusNotice: a published change of a work's standing, and the standing that all its notices make together.

Retraction, concern, correction and reinstatement are four things. An erratum never counts as a retraction;
a reinstatement ends the retraction or concern before it. Sources: ICMJE Recommendations, section III.A
(corrections, retractions, republications); NLM, "Errata, retractions, and other linked citations in PubMed".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class PublicationStatus(StrEnum):
    CURRENT = "current"
    CORRECTED = "corrected"
    CONCERN = "concern"
    RETRACTED = "retracted"
    SUPERSEDED = "superseded"
    DRAFT = "draft"


class NoticeNature(StrEnum):
    RETRACTION = "retraction"
    CONCERN = "concern"
    CORRECTION = "correction"
    REINSTATEMENT = "reinstatement"


_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
_MADE = {
    NoticeNature.RETRACTION: PublicationStatus.RETRACTED,
    NoticeNature.CONCERN: PublicationStatus.CONCERN,
    NoticeNature.CORRECTION: PublicationStatus.CORRECTED,
}
_GRAVITY = [
    PublicationStatus.CURRENT, PublicationStatus.CORRECTED, PublicationStatus.DRAFT, PublicationStatus.SUPERSEDED,
    PublicationStatus.CONCERN, PublicationStatus.RETRACTED,
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class StatusNotice:
    """One notice about the work with this PMID or DOI (canonical forms, at least one of them).

    date: of the notice, ISO, to the day, month or year; None when the source gives none (it then counts as the earliest).
    source: who says so ("PubMed", "Retraction Watch", the name of a list). reference: the notice's own PMID, DOI or citation.
    """

    nature: NoticeNature
    source: str
    pmid: str | None = None
    doi: str | None = None
    date: str | None = None
    reference: str | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        if not (self.pmid or self.doi):
            raise ValueError("a status notice names a PMID or a DOI")
        if self.date is not None and not _DATE.fullmatch(self.date):
            raise ValueError(f"{self.date!r} is not an ISO date")


def standing(own: PublicationStatus, notices: Iterable[StatusNotice]) -> tuple[PublicationStatus, str | None]:
    """The status of a work and the date since which it holds, from its own status and every notice about it.

    Notices are read in the order of their dates, undated ones first; on one date a reinstatement comes last.
    The gravest standing that was not ended by a later reinstatement wins.
    """
    found: dict[PublicationStatus, str | None] = {}
    for notice in sorted(notices, key=lambda n: (n.date or "", n.nature is NoticeNature.REINSTATEMENT, n.nature.value, n.source)):
        if notice.nature is NoticeNature.REINSTATEMENT:
            found.pop(PublicationStatus.RETRACTED, None)
            found.pop(PublicationStatus.CONCERN, None)
        else:
            status = _MADE[notice.nature]
            found[status] = found.get(status) or notice.date
    worst = max((*found, own), key=_GRAVITY.index)
    return worst, found.get(worst)
