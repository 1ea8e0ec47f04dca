"""The bibliography of a PubMed record: its words, authors, journal or book, dates and identifiers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from lxml import etree

from osler.documents.markup import inline
from osler.documents.pubmed_math import flatten_math
from osler.documents.pubmed_notices import iso_date, worded_date
from osler.documents.text import clean
from osler.domain.document import Bibliography, parse_doi, parse_pmid

MAX_AUTHORS = 10
_NO_TITLE = "not available"
_PMCID = re.compile(r"PMC[1-9]\d*")


def words(element: etree._Element | None) -> str:
    """All words of an element on one line, markup written as characters. Raises ValueError for a formula that cannot be."""
    if element is None:
        return ""
    if len(element) == 0:
        text = element.text or ""
        # What `clean` would say, for the plain text that most elements have: a third of the running time less.
        return " ".join(text.split()) if text.isascii() and text.isprintable() else clean(text)
    flatten_math(element)
    return clean(inline(element))


def pmid_of(element: etree._Element | None) -> str:
    """Raises ValueError when there is none or it is no PMID."""
    if element is None:
        raise ValueError("no PMID in it")
    return parse_pmid(element.text or "")


def date_of(element: etree._Element | None) -> str | None:
    """The ISO date of Year/Month/Day or MedlineDate; of a season ("Spring") only the year is known."""
    if element is None:
        return None
    year = element.findtext("Year")
    if year is None:
        return worded_date(element.findtext("MedlineDate", ""))
    return iso_date(year.strip(), element.findtext("Month", "").strip(), element.findtext("Day", "").strip())


def bibliography(
    pmid: str,
    titles: Iterable[etree._Element | None],
    authors: str | None,
    container: str,
    date: str | None,
    ids: Iterable[etree._Element],
) -> Bibliography:
    """titles: in the order of preference. ids: ELocationID and ArticleId elements; an identifier that is not valid is dropped."""
    title = next((t for t in map(words, titles) if t and t.strip(" .[]").lower() != _NO_TITLE), "")
    doi, pmcid = _identifiers(ids)
    return Bibliography(
        title=title or "Article without a title" + (f" in {container}" if container else ""),
        authors=authors,
        container=container or None,
        year=int(date[:4]) if date else None,
        pmid=pmid,
        doi=doi,
        url=f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/",
        title_is_description=not title,
        pmcid=pmcid,
    )


def author_names(people: etree._Element | None) -> str | None:
    """ "Wolf E, Kothari NR, Renal Trials Group": ten at most, then "et al.", which also stands for a list that NLM cut short."""
    if people is None:
        return None
    names = [n for n in map(_name, people.iterchildren("Author")) if n]
    cut = len(names) > MAX_AUTHORS or people.get("CompleteYN") == "N"
    return ", ".join([*names[:MAX_AUTHORS], *(["et al."] if cut else [])]) if names else None


def journal_reference(article: etree._Element, journal: etree._Element | None, abbreviation: str | None) -> str:
    """ "Am J Kidney Dis 71(2):275-280", with whatever of it the record gives."""
    if journal is None:
        return ""
    title = journal.findtext("ISOAbbreviation") or abbreviation or journal.findtext("Title") or ""
    volume, issue = journal.findtext("JournalIssue/Volume"), journal.findtext("JournalIssue/Issue")
    pages = article.findtext("Pagination/MedlinePgn") or "-".join(
        filter(None, (article.findtext("Pagination/StartPage"), article.findtext("Pagination/EndPage")))
    )
    place = ":".join(filter(None, ((volume or "") + (f"({issue})" if issue else ""), pages)))
    return clean(f"{title} {place}")


def book_reference(book: etree._Element | None, *, chapter: bool) -> str:
    """ "StatPearls. StatPearls Publishing": the book's title when the record is a chapter of it, and its publisher."""
    if book is None:
        return ""
    title = words(book.find("BookTitle")) if chapter else ""
    return ". ".join(filter(None, (title.rstrip("."), words(book.find("Publisher/PublisherName")))))


def _name(author: etree._Element) -> str:
    if author.get("ValidYN") == "N":
        return ""
    last = words(author.find("LastName"))
    if not last:
        return words(author.find("CollectiveName"))
    given = words(author.find("Initials")) or words(author.find("ForeName"))
    return " ".join(filter(None, (last, given, words(author.find("Suffix")))))


def _identifiers(ids: Iterable[etree._Element]) -> tuple[str | None, str | None]:
    doi: str | None = None
    pmcid: str | None = None
    for element in ids:
        kind, text = element.get("EIdType") or element.get("IdType"), clean(element.text or "")
        if kind == "doi" and doi is None and element.get("ValidYN") != "N":
            doi = _valid(parse_doi, text)
        elif kind == "pmc" and pmcid is None and _PMCID.fullmatch(text):
            pmcid = text
    return doi, pmcid


def _valid(parse: Callable[[str], str], text: str) -> str | None:
    try:
        return parse(text)
    except ValueError:
        return None
