"""What PubMed's links between records (CommentsCorrections) say about the standing of a work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum

from osler.domain.document import parse_doi
from osler.domain.status import NoticeNature, StatusNotice

SOURCE = "PubMed"


class About(Enum):
    """Whose standing a link changes: that of the record that carries it, or of the work it names."""

    ME = "me"
    OTHER = "other"


_ME, _OTHER = About.ME, About.OTHER

REF_TYPES: dict[str, tuple[NoticeNature | None, About]] = {
    "RetractionIn": (NoticeNature.RETRACTION, _ME),
    "RetractionOf": (NoticeNature.RETRACTION, _OTHER),
    "RetractedandRepublishedIn": (NoticeNature.RETRACTION, _ME),
    "RetractedandRepublishedFrom": (NoticeNature.RETRACTION, _OTHER),
    "PartialRetractionIn": (NoticeNature.CONCERN, _ME),
    "PartialRetractionOf": (NoticeNature.CONCERN, _OTHER),
    "CorrectedandRepublishedIn": (NoticeNature.CORRECTION, _ME),
    "CorrectedandRepublishedFrom": (NoticeNature.CORRECTION, _OTHER),
    "ErratumIn": (NoticeNature.CORRECTION, _ME),
    "ErratumFor": (NoticeNature.CORRECTION, _OTHER),
    "ExpressionOfConcernIn": (NoticeNature.CONCERN, _ME),
    "ExpressionOfConcernFor": (NoticeNature.CONCERN, _OTHER),
    # An update supersedes; that is said by Document.supersedes and Document.status.
    "UpdateIn": (None, _ME),
    "UpdateOf": (None, _OTHER),
    # A second printing of the same words. (Before 2006 NLM wrote Republished for CorrectedandRepublished.)
    "RepublishedIn": (None, _ME),
    "RepublishedFrom": (None, _OTHER),
    "ReprintIn": (None, _ME),
    "ReprintOf": (None, _OTHER),
    "CommentIn": (None, _ME),
    "CommentOn": (None, _OTHER),
    "SummaryForPatientsIn": (None, _ME),
    "OriginalReportIn": (None, _ME),
    "AssociatedDataset": (None, _OTHER),
    "AssociatedPublication": (None, _OTHER),
    "Cites": (None, _OTHER),
}
"""Every RefType of NLM's DTDs (pubmed_250101 and, for partial retractions, nlmmedlinecitationset_110101). Definitions: NLM,
"MEDLINE/PubMed XML Element Descriptions" and "Errata, retractions, and other linked citations in PubMed". An erratum is never
a retraction; a partial retraction is a concern, as in `jats_notices`:
part of the work still stands, but nobody here can tell which."""

_MONTHS = {m: i for i, m in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)}
_DATE = rf"(?<!\d)((?:1[5-9]|20)\d\d)(?!\d)(?:(-\d{{4}})|[ -]({'|'.join(_MONTHS)})[a-z]*\.?(?: (\d{{1,2}})(?!\d))?)?"
_WORDED = re.compile(_DATE, re.IGNORECASE)
_CITED = re.compile(rf"(?:^|\.\s){_DATE}[^;.]{{0,24}}(?:;|\.|$)", re.IGNORECASE)
_TAKEN_BACK = re.compile(r"\W*(?:RETRACTED|WITHDRAWN)(?: ARTICLE| PAPER)?\s*:", re.IGNORECASE)
_DOI = re.compile(r"\bdoi:?\s*(10\.\d{4,9}/\S+?)[.,;]?(?:\s|$)", re.IGNORECASE)


def iso_date(year: str, month: str = "", day: str = "") -> str | None:
    """An ISO date as far as the parts are real: "2021", "Feb", "30" is "2021-02". None without a year of four digits."""
    if not re.fullmatch(r"(?:1[5-9]|20)\d\d", year):
        return None
    number = int(month) if re.fullmatch(r"\d{1,2}", month) else _MONTHS.get(month[:3].lower(), 0)
    if not 1 <= number <= 12:
        return year
    if re.fullmatch(r"\d{1,2}", day):
        try:
            return date(int(year), number, int(day)).isoformat()
        except ValueError:
            pass
    return f"{year}-{number:02d}"


def worded_date(text: str) -> str | None:
    """The beginning of a period as NLM words it: "1998 Dec 24-31" is 1998-12-24, "2000 Nov-Dec" 2000-11, "1979-1980" 1979."""
    found = _WORDED.search(text)
    return iso_date(found[1], found[3] or "", found[4] or "") if found else None


def cited_date(reference: str) -> str | None:
    """The date inside a citation such as "Authors. Journal. 2010 Mar 3;340:c696"."""
    found = _CITED.search(reference)
    return iso_date(found[1], found[3] or "", found[4] or "") if found else None


@dataclass(frozen=True, slots=True)
class Link:
    """One CommentsCorrections entry: its RefType, its citation, and the PMID it gives (canonical) or None."""

    kind: str
    citation: str
    pmid: str | None = None


def retraction_mark(title: str, journal: str, types: set[str], links: list[Link]) -> str | None:
    """How a record says, other than by a link, that it is retracted; None when it does not.

    A title "RETRACTED: …" or "WITHDRAWN: …" counts, for publishers rename before NLM indexes; but not that of a retraction
    notice, which some publishers title like the work, nor that of a Cochrane review (see `outdated`).
    """
    if "Retracted Publication" in types:
        return "marked as a retracted publication"
    notice = not types.isdisjoint({"Retraction of Publication", "Retraction Notice"}) or any(
        n.kind == "RetractionOf" for n in links
    )
    if _TAKEN_BACK.match(title) and not notice and not outdated(title, journal):
        return "its title says so"
    return None


def outdated(title: str, journal: str) -> bool:
    """Cochrane titles a review WITHDRAWN when it is out of date, mostly without any fault in it."""
    return journal.startswith("Cochrane Database") and _TAKEN_BACK.match(title) is not None and "WITHDRAWN" in title[:12].upper()


def notices(links: list[Link], pmid: str, doi: str | None, issued: str | None, mark: str | None) -> Iterator[StatusNotice | str]:
    """The notices that a record's links make, each once, in their order.

    mark: from `retraction_mark`; it makes a notice when no link does. What cannot be told comes back as a sentence that says
    so: a RefType NLM had not written when this was, or one that changes the standing of a work named by no PMID and no DOI.
    """
    made: dict[StatusNotice, None] = {}
    for link in links:
        if link.kind not in REF_TYPES:
            yield f"unknown link {link.kind[:40]!r}: {link.citation[:80]}"
            continue
        nature, about = REF_TYPES[link.kind]
        if nature is None:
            continue
        named = _DOI.search(link.citation)
        other = _canonical(named[1]) if named else None
        if about is _ME:
            reference = link.pmid or other or link.citation or None
            made[StatusNotice(nature, SOURCE, pmid, doi, cited_date(link.citation), reference)] = None
        elif link.pmid or other:
            made[StatusNotice(nature, SOURCE, link.pmid, other, issued, pmid)] = None
        else:
            yield f"{link.kind} names no PMID or DOI: {link.citation[:80]}"
    if mark and not any(n.nature is NoticeNature.RETRACTION and n.pmid == pmid for n in made):
        made[StatusNotice(NoticeNature.RETRACTION, SOURCE, pmid, doi, reason=mark)] = None
    yield from made


def _canonical(doi: str) -> str | None:
    try:
        return parse_doi(doi)
    except ValueError:
        return None
