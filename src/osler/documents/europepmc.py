"""Europe PMC search replies (JSON, result types core and lite) to Documents and status notices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from osler.documents.fragment import add_html, html_text
from osler.documents.json_records import Node, json_values, node, nodes, raw, text, texts
from osler.documents.pubmed_designs import Facts, study_design
from osler.documents.pubmed_notices import REF_TYPES, About, cited_date
from osler.documents.record import Record, Rejected
from osler.documents.text import TextBuilder
from osler.domain.document import Bibliography, Document, StudyDesign, Via, parse_doi, parse_pmid
from osler.domain.part import PartKind
from osler.domain.status import PublicationStatus, StatusNotice
from osler.errors import SourceError

SOURCE = "Europe PMC"

_MEDLINE_TYPES = {
    name.lower(): name
    for name in (
        "Practice Guideline|Guideline|Consensus Development Conference|Consensus Development Conference, NIH|Consensus Statement"
        "|Systematic Review|Meta-Analysis|Network Meta-Analysis|Scoping Review|Review|Randomized Controlled Trial|Clinical Trial"
        "|Clinical Trial, Phase I|Clinical Trial, Phase II|Clinical Trial, Phase III|Clinical Trial, Phase IV|Clinical Trial Protocol"
        "|Controlled Clinical Trial|Adaptive Clinical Trial|Equivalence Trial|Pragmatic Clinical Trial|Observational Study"
        "|Clinical Trial, Veterinary|Observational Study, Veterinary|Randomized Controlled Trial, Veterinary|Case Reports|Letter"
        "|Editorial|Comment|News|Retraction of Publication|Retraction Notice|Published Erratum|Expression of Concern"
    ).split("|")
} | {
    "review-article": "Review",
    "systematic-review": "Systematic Review",
    "case-report": "Case Reports",
    "article-commentary": "Comment",
    "retraction": "Retraction Notice",
    "correction": "Published Erratum",
    "expression-of-concern": "Expression of Concern",
}
"""MEDLINE's publication types by their name in lower case (a lite reply has no capitals), and JATS's names for the same, which
full texts bring along. `pubmed_designs` says what they mean, so that PubMed's record and its copy here are of one kind."""

_LINKS = {name.lower(): meaning for name, meaning in REF_TYPES.items()}
_WITHDRAWN = frozenset(
    {"retracted publication", "preprint-withdrawal", "preprint withdrawal", "preprint-removal", "preprint removal"}
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
# Some titles and abstracts arrive with their own tags escaped once more.
_TWICE_ESCAPED = re.compile(r"&lt;(/?(?:i|b|em|strong|sup|sub|u|h4|p))&gt;", re.IGNORECASE)


def parse_europepmc(data: bytes, name: str) -> Iterator[Record]:
    """Documents `pmid:N` (else `epmc:SRC-ID`) of a search page, a single article's reply or JSON Lines of them.

    `revision` is "" for what PubMed has too, so that PubMed's own record outranks this copy of it. A preprint says so in
    its container and its keywords. Raises SourceError when nothing in the file is a reply of Europe PMC.
    """
    usable = False
    for value in json_values(data, name):
        if isinstance(value, Rejected):
            yield value
            continue
        articles = _articles(value)
        if articles is None:
            yield Rejected(name, "not a reply of Europe PMC")
            continue
        usable = True
        for number, article in enumerate(articles, start=1):
            yield from _article(article, f"{name}, result {number}")
    if not usable:
        raise SourceError(f"{name}: no reply of Europe PMC (JSON) in it")


def _articles(value: Any) -> list[Any] | None:
    if not isinstance(value, dict):
        return None
    if "resultList" in value:
        return list(nodes(value, "resultList", "result"))
    if isinstance(value.get("result"), dict):
        return [value["result"]]
    return [value] if "source" in value and "id" in value and "title" in value else None


def _article(article: Any, where: str) -> Iterator[Record]:
    source, own = text(article, "source").upper(), text(article, "id")
    record = f"{source}:{own}" if source and own else where
    pmid, doi = _pmid(text(article, "pmid") or (own if source == "MED" else "")), _doi(text(article, "doi"))
    if not pmid and not re.fullmatch(r"[A-Z]+:[^\s:]+", record):
        yield Rejected(where, "no PMID, and no source and id of Europe PMC")
        return
    try:
        yield _document(article, f"pmid:{pmid}" if pmid else f"epmc:{source}-{own}", source, pmid, doi)
    except (ValueError, SourceError) as error:
        yield Rejected(record, str(error))
    yield from _notices(article, pmid, doi)


def _pmid(written: str) -> str | None:
    try:
        return parse_pmid(written)
    except ValueError:
        return None


def _doi(written: str) -> str | None:
    try:
        return parse_doi(written)
    except ValueError:
        return None


def _types(article: Node) -> list[str]:
    """Publication types in lower case: a list in a core reply, one text with semicolons in a lite one (types hold commas)."""
    listed = texts(article, "pubTypeList", "pubType") or tuple(text(article, "pubType").split(";"))
    return [t.strip().lower() for t in listed if t.strip()]


def _kind(article: Node, types: list[str], title: str) -> StudyDesign:
    headings = frozenset(text(heading, "descriptorName") for heading in nodes(article, "meshHeadingList", "meshHeading"))
    return study_design(Facts(frozenset(_MEDLINE_TYPES[t] for t in types if t in _MEDLINE_TYPES), headings, title))


def _document(article: Node, document_id: str, source: str, pmid: str | None, doi: str | None) -> Document:
    title = html_text(_markup(article, "title"))
    if not title:
        raise ValueError("no title")
    builder = TextBuilder()
    builder.add(title, PartKind.TITLE)
    add_html(builder, _markup(article, "abstractText"))
    types = _types(article)
    preprint = source == "PPR" or "preprint" in types
    year = text(article, "pubYear") or text(article, "journalInfo", "yearOfPublication")
    issued = _issued(article)
    language = text(article, "language").lower()
    return Document(
        id=document_id,
        kind=_kind(article, types, title),
        via=Via.SOURCE,
        bibliography=Bibliography(
            title=title,
            authors=text(article, "authorString").rstrip(".") or None,
            container=_container(article, preprint),
            year=int(year) if re.fullmatch(r"[12]\d{3}", year) else None,
            pmid=pmid,
            doi=doi,
            url=f"https://europepmc.org/article/{source}/{text(article, 'id')}" if source else None,
            pmcid=pmcid if re.fullmatch(r"PMC\d+", pmcid := text(article, "pmcid").upper()) else None,
        ),
        text=builder.text,
        parts=tuple(builder.parts),
        status=PublicationStatus.RETRACTED if _WITHDRAWN.intersection(types) else PublicationStatus.CURRENT,
        keywords=_keywords(article, preprint),
        licence=text(article, "license") or None,
        language="en" if language == "eng" else language or None,
        revision="" if pmid else text(article, "dateOfRevision") or issued or "",
        issued=issued,
    )


def _markup(article: Node, key: str) -> str:
    return _TWICE_ESCAPED.sub(r"<\1>", raw(article, key))


def _container(article: Node, preprint: bool) -> str | None:
    details = node(article, "bookOrReportDetails")
    journal = text(article, "journalInfo", "journal", "title") or text(article, "journalTitle")
    container = journal or text(details, "publisher") or text(details, "comprisingTitle")
    return f"{container} (preprint)".strip() if preprint else container or None


def _keywords(article: Node, preprint: bool) -> tuple[str, ...]:
    found = [
        *(["preprint"] if preprint else []),
        *(["open access"] if text(article, "isOpenAccess") == "Y" else []),
        *(text(heading, "descriptorName") for heading in nodes(article, "meshHeadingList", "meshHeading")),
        *texts(article, "keywordList", "keyword"),
        *(text(chemical, "name") for chemical in nodes(article, "chemicalList", "chemical")),
    ]
    return tuple(dict.fromkeys(word for word in found if word))


def _notices(article: Node, pmid: str | None, doi: str | None) -> Iterator[StatusNotice]:
    """What the record's links say of this work ("Retraction in") and of others ("Erratum for"), in PubMed's own words for them.

    The date of a notice about this work stands in its citation, if at all; that of one about another is this record's own.
    """
    for link in nodes(article, "commentCorrectionList", "commentCorrection"):
        kind = text(link, "type").lower()
        nature, about = _LINKS.get(kind.replace(" ", ""), (None, About.OTHER))
        if nature is None:
            continue
        other = _pmid(text(link, "id")) if text(link, "source").upper() in ("MED", "") else None
        citation = text(link, "reference")
        reason = "partial retraction" if kind.startswith("partial") else None
        if about is About.ME and (pmid or doi):
            reference = other or citation or text(link, "id") or None
            yield StatusNotice(nature, SOURCE, pmid, doi, cited_date(citation), reference, reason)
        elif about is About.OTHER and other:
            yield StatusNotice(nature, SOURCE, other, date=_issued(article), reference=pmid or doi, reason=reason)


def _issued(article: Node) -> str | None:
    date = text(article, "firstPublicationDate")
    return date if _DATE.fullmatch(date) else None
