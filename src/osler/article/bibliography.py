"""References as CSL-JSON items, which RIS, BibTeX and the rendered styles are made from. What is not known stays out."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from osler.article.blocks import drawable, web_link
from osler.article.cite import reference_marks
from osler.article.names import Author, Authors, Group, Person, parse_authors
from osler.article.standing import review_words
from osler.domain.article import Article, Reference
from osler.domain.document import StudyDesign

Item = Mapping[str, Any]
"""One CSL-JSON item."""

OTHERS = "et al."
"""The last "author" of a list that the source cut short: CSL has no other word for it."""

_ORGANISATIONS = frozenset({StudyDesign.LABEL, StudyDesign.FORMULARY, StudyDesign.REGISTRATION})
_STUDIES = frozenset(
    {
        StudyDesign.SYSTEMATIC_REVIEW, StudyDesign.RCT, StudyDesign.TRIAL, StudyDesign.COHORT, StudyDesign.CASE_CONTROL,
        StudyDesign.CROSS_SECTIONAL, StudyDesign.PHARMACOKINETIC, StudyDesign.CASE_SERIES, StudyDesign.CASE_REPORT,
    }
)  # fmt: skip
_WHERE = re.compile(r"(?P<title>.*\S) (?P<volume>\d{1,4})(?:\((?P<issue>[^()]{1,20})\))?(?::(?P<page>[A-Za-z]{0,3}\d[\w-]*))?")


def csl_items(article: Article) -> list[Item]:
    """One item a reference, in their order; `note` and `custom` say what a reader, and a program, must know of it."""
    said = composed_note(article)
    return [csl_item(r, f"{said}, reference {r.number}") for r in article.references]


def composed_note(article: Article) -> str:
    """Who composed the list and whether anybody reviewed it: goes with every reference, for references travel alone."""
    made = article.provenance
    return (
        f"Reference list composed by a machine ({made.engine}); {review_words(article.review)}; "
        f"answer {article.answer_id}, library {made.library_snapshot}"
    )


def csl_item(reference: Reference, said: str = "") -> Item:
    """CSL 1.0.2. said: closes the note. type: `article-journal` for what has a PMID, a DOI or a volume, or is a study that
    appeared in something; else `webpage`."""
    where = split_container(reference.container)
    study = reference.kind in _STUDIES and bool(where)
    journal = bool(reference.pmid or reference.doi or where.get("volume") or study)
    title = f"[{reference.title}]" if reference.title_is_description else reference.title
    authors = parse_authors(reference.authors, organisation=reference.kind in _ORGANISATIONS)
    values: dict[str, Any] = {
        "id": citation_key(reference, authors),
        "type": "article-journal" if journal else "webpage",
        "title": title if title.endswith("..") else title.removesuffix("."),
        "author": [_csl_name(a) for a in authors.named] + ([{"literal": OTHERS}] if authors.others else []),
        **where,
        "issued": _issued(reference),
        "DOI": reference.doi,
        "PMID": reference.pmid,
        "URL": web_link(reference.url or reference.link),
        "note": "; ".join(filter(None, (*reference_marks(reference), said))),
        "custom": {"machine_generated": True, "document_id": reference.document_id, "status": reference.status.value},
    }
    return {k: _clean(v) for k, v in values.items() if v}


def split_container(container: str | None) -> dict[str, str]:
    """ "Am J Kidney Dis 71(2):275-280" to container-title, volume, issue and page; anything else is a title as it is."""
    text = " ".join((container or "").split())
    if not text:
        return {}
    match = _WHERE.fullmatch(text)
    if match is None or not (match["issue"] or match["page"]):
        return {"container-title": text}
    found = {"container-title": match["title"], "volume": match["volume"], "issue": match["issue"], "page": match["page"]}
    return {k: v for k, v in found.items() if v}


def citation_key(reference: Reference, authors: Authors) -> str:
    """ "wolf2018-3f9c1a": from the reference alone, so that it is the same in every list; ASCII, for BibTeX."""
    first = authors.named[0] if authors.named else Group(reference.title)
    name = first.family if isinstance(first, Person) else first.name
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    word = next(iter(re.findall(r"[a-z]{2,}", plain.replace("'", ""))), "ref")
    return f"{word}{reference.year or 'nd'}-{hashlib.sha256(reference.document_id.encode()).hexdigest()[:6]}"


def _csl_name(author: Author) -> dict[str, str]:
    if isinstance(author, Group):
        return {"literal": author.name}
    name = {"family": author.family, "given": author.given}
    return {**name, "suffix": author.suffix} if author.suffix else name


def _issued(reference: Reference) -> dict[str, list[list[int]]] | None:
    """The year; the day of issue where the source gives it and the years agree or no year is given. Never a guess."""
    day = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", reference.issued or "")
    if day is not None and reference.year in (None, int(day[1])):
        return {"date-parts": [[int(part) for part in day.groups() if part]]}
    return {"date-parts": [[reference.year]]} if reference.year else None


def _clean(value: Any) -> Any:
    """Text without what no file format can hold, all the way down."""
    if isinstance(value, str):
        return " ".join(drawable(value).split())
    if isinstance(value, dict):
        return {k: _clean(v) for k, v in value.items()}
    return [_clean(v) for v in value] if isinstance(value, list) else value
