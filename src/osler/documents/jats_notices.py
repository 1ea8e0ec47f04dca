"""What a JATS article's links say about the standing of another work, or of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from osler.documents.jats_front import XLINK_HREF, Front, doi_or_none, pmid_or_none
from osler.documents.record import Rejected
from osler.documents.text import clean
from osler.domain.status import NoticeNature, StatusNotice

_N = NoticeNature
_ABOUT_OTHER = {
    "retracted-article": _N.RETRACTION, "corrected-article": _N.CORRECTION, "object-of-concern": _N.CONCERN,
    "partially-retracted-article": _N.CONCERN, "reinstated-article": _N.REINSTATEMENT,
}  # fmt: skip
_ABOUT_SELF = {
    "retraction-forward": _N.RETRACTION, "retraction": _N.RETRACTION, "correction-forward": _N.CORRECTION,
    "correction": _N.CORRECTION, "erratum": _N.CORRECTION, "concern-forward": _N.CONCERN, "expression-of-concern": _N.CONCERN,
    "expression-of-concern-forward": _N.CONCERN, "partial-retraction": _N.CONCERN, "partial-retraction-forward": _N.CONCERN,
    "reinstatement-forward": _N.REINSTATEMENT,
}  # fmt: skip
_NOTICE_TYPES = {
    "retraction": _N.RETRACTION, "correction": _N.CORRECTION, "erratum": _N.CORRECTION, "expression-of-concern": _N.CONCERN,
    "partial-retraction": _N.CONCERN, "reinstatement": _N.REINSTATEMENT,
}  # fmt: skip
_RETRACTED_TITLE = re.compile(r"\W*(retracted|withdrawn)( article| paper| chapter)?\W*[:\]–—-]", re.IGNORECASE)


def notices(front: Front, name: str) -> Iterator[StatusNotice | Rejected]:
    """What the article's links say about the standing of another work, or of itself.

    An article that is itself a notice speaks of the other work, also through a link that only repeats its own type; a link
    of another kind (companion, commentary) says nothing. A title "RETRACTED: …" is a notice of its own without a date.
    A partial retraction is a concern: part of the work still stands, but nobody here can tell which.
    """
    own = _NOTICE_TYPES.get(front.article_type)
    if own is None and _RETRACTED_TITLE.match(front.title) and (front.pmid or front.doi):
        yield StatusNotice(_N.RETRACTION, "PMC", front.pmid, front.doi, reason="its title says so")
    links = front.meta.findall("related-article")
    for link in links:
        kind = (link.get("related-article-type") or "").strip().lower()
        pmid, doi = _target(link)
        about_other = _ABOUT_OTHER.get(kind)
        if (
            about_other is None
            and own is not None
            and (kind in _ABOUT_SELF or (len(links) == 1 and kind in {"", "article-reference"}))
        ):
            about_other = own
        if about_other is not None:
            if pmid or doi:
                reference = f"PMID {front.pmid}" if front.pmid else f"doi:{front.doi}" if front.doi else front.pmcid
                yield StatusNotice(about_other, "PMC", pmid, doi, front.issued(), reference)
            else:
                yield Rejected(front.document_id or name, f"{about_other} of an article that is named by neither PMID nor DOI")
        elif own is None and kind in _ABOUT_SELF and (front.pmid or front.doi):
            reference = f"PMID {pmid}" if pmid else f"doi:{doi}" if doi else None
            yield StatusNotice(_ABOUT_SELF[kind], "PMC", front.pmid, front.doi, reference=reference)


def _target(link: etree._Element) -> tuple[str | None, str | None]:
    """PMID and DOI of a linked article: from the link, its text or its pub-id elements."""
    kind = (link.get("ext-link-type") or "").lower()
    values = [link.get(XLINK_HREF) or "", clean("".join(link.itertext()))]
    values += [clean("".join(e.itertext())) for e in link.iter("pub-id", "ext-link", "object-id")]
    doi = next((d for v in values if (d := doi_or_none(v))), None)
    numbers = values[:2] if kind in {"pmid", "pubmed"} else []
    numbers += [clean("".join(e.itertext())) for e in link.iter("pub-id") if e.get("pub-id-type") == "pmid"]
    numbers += [m[1] for v in values if (m := re.search(r"pubmed(?:\.ncbi\.nlm\.nih\.gov)?/(\d+)", v))]
    return next((p for v in numbers if (p := pmid_or_none(v))), None), doi
