"""PubMed and MEDLINE XML to Documents, notices about standing, and deletions."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator

from lxml import etree

from osler.documents.pubmed_citation import (
    author_names,
    bibliography,
    book_reference,
    date_of,
    journal_reference,
    pmid_of,
    words,
)
from osler.documents.pubmed_designs import Facts, study_design
from osler.documents.pubmed_notices import Link, notices, outdated, retraction_mark
from osler.documents.pubmed_pieces import cut_records, split_pubmed, visible_pmid
from osler.documents.record import Deletion, Record, Rejected
from osler.documents.text import TextBuilder, clean
from osler.domain.document import Bibliography, Document, Via, parse_pmid
from osler.domain.part import PartKind
from osler.domain.status import PublicationStatus

__all__ = ["parse_pubmed", "split_pubmed"]

_LINE = re.compile(r",? line \d+.*", re.DOTALL)
_OLD_TAGS = {"Human": "Humans", "Animal": "Animals"}  # MeSH until 2003
_POPULATION = (
    "Humans", "Animals", "Male", "Female",
    "Infant, Newborn", "Infant", "Child, Preschool", "Child", "Adolescent", "Young Adult", "Adult", "Middle Aged", "Aged",
    "Aged, 80 and over", "Pregnancy", "Renal Dialysis", "Kidney Failure, Chronic", "Renal Insufficiency",
    "Renal Insufficiency, Chronic",
)  # fmt: skip
"""MeSH check tags and age groups that say who was studied, and those for failing kidneys, in the order they are printed."""


def parse_pubmed(data: bytes, name: str) -> Iterator[Record]:
    """The records of one decompressed file, or one piece of `split_pubmed`, in their order.

    Reads PubmedArticleSet (baseline, update, efetch), book sets, MedlineCitationSet and single records. For each article a
    Document, then the StatusNotices its links make; for DeleteCitation a Deletion each; for a record that is not well-formed,
    uses an entity, or cannot be read without loss, one Rejected. Entities are never expanded: the document type is not read.
    Raises SourceError when the data is not PubMed XML at all.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True)
    for namespaces, raw in cut_records(io.BytesIO(data), name):
        pmid = visible_pmid(raw)
        label = f"PMID {pmid}" if pmid else f"{name}: a record without PMID"
        try:
            whole = etree.fromstring(b"<set%s>%s</set>" % (namespaces, raw) if namespaces else raw, parser)
            yield from _records(whole[0] if namespaces else whole, label)
        except etree.XMLSyntaxError as error:
            yield Rejected(label, f"not well-formed: {_LINE.sub('', str(error))}")
        except ValueError as error:
            yield Rejected(label, str(error))


def _records(element: etree._Element, label: str) -> list[Record]:
    match element.tag:
        case "PubmedArticle":
            citation, more = element.find("MedlineCitation"), element.find("PubmedData")
        case "MedlineCitation":
            citation, more = element, None
        case "PubmedBookArticle" | "BookDocument":
            return _book(element, element if element.tag == "BookDocument" else element.find("BookDocument"))
        case "DeleteCitation" | "DeleteDocument":
            return [_deletion(pmid.text or "") for pmid in element.iter("PMID")]
        case "Unreadable":
            return [Rejected(label, element.get("reason", "unreadable"))]
        case _:
            raise ValueError(f"a <{element.tag}> is not a record of PubMed")
    if citation is None:
        raise ValueError("no MedlineCitation in it")
    return _article(citation, more, label)


def _deletion(text: str) -> Record:
    try:
        return Deletion(f"pmid:{parse_pmid(text)}")
    except ValueError as error:
        return Rejected("a deletion", str(error))


def _article(citation: etree._Element, more: etree._Element | None, label: str) -> list[Record]:
    article = citation.find("Article")
    if article is None:
        raise ValueError("no Article in it")
    journal = article.find("Journal")
    pmid = pmid_of(citation.find("PMID"))
    printed = date_of(journal.find("JournalIssue/PubDate")) if journal is not None else None
    online = date_of(article.find("ArticleDate"))
    # ArticleIds of cited works stand deeper, in ReferenceList: only the record's own list counts.
    own = more.find("ArticleIdList") if more is not None else None
    about = bibliography(
        pmid,
        (article.find("ArticleTitle"), article.find("VernacularTitle")),
        author_names(article.find("AuthorList")),
        journal_reference(article, journal, citation.findtext("MedlineJournalInfo/MedlineTA")),
        printed or online,
        [*article.iterchildren("ELocationID"), *(own if own is not None else ())],
    )
    links = list(_links(citation))
    document = _document(citation, article, about, _abstract(article, citation), online or printed, links)
    types = set(_texts(article.iterfind("PublicationTypeList/PublicationType")))
    mark = retraction_mark(about.title, about.container or "", types, links)
    found = notices(links, pmid, about.doi, document.issued, mark)
    return [document, *(Rejected(label, n) if isinstance(n, str) else n for n in found)]


def _book(element: etree._Element, chapter: etree._Element | None) -> list[Record]:
    if chapter is None:
        raise ValueError("no BookDocument in it")
    book = chapter.find("Book")
    issued = date_of(chapter.find("ContributionDate")) or (date_of(book.find("PubDate")) if book is not None else None)
    title = chapter.find("ArticleTitle")
    people = chapter.find("AuthorList[@Type='authors']")
    if people is None and book is not None:
        people = book.find("AuthorList")
    about = bibliography(
        pmid_of(chapter.find("PMID")),
        (title, book.find("BookTitle") if book is not None else None),
        author_names(people),
        book_reference(book, chapter=bool(words(title))),
        issued,
        [*chapter.iterfind("ArticleIdList/ArticleId"), *element.iterfind("PubmedBookData/ArticleIdList/ArticleId")],
    )
    return [_document(chapter, chapter, about, chapter.find("Abstract"), issued, [])]


def _document(
    citation: etree._Element,
    article: etree._Element,
    about: Bibliography,
    abstract: etree._Element | None,
    issued: str | None,
    links: list[Link],
) -> Document:
    """citation holds MeSH, keywords and chemicals; article holds the language and publication types; both may be one element."""
    builder = TextBuilder()
    builder.add(about.title, PartKind.TITLE)
    _add_abstract(builder, abstract)
    headings, keywords, pharmacokinetics = _mesh(citation.find("MeshHeadingList"))
    types = _texts([*article.iterfind("PublicationTypeList/PublicationType"), *article.iterchildren("PublicationType")])
    pmid = about.pmid or ""
    replaced = any(n.kind == "UpdateIn" for n in links) or outdated(about.title, about.container or "")
    return Document(
        id=f"pmid:{pmid}",
        kind=study_design(Facts(frozenset(types), frozenset(headings), about.title, pharmacokinetics)),
        via=Via.SOURCE,
        bibliography=about,
        text=builder.text,
        status=PublicationStatus.SUPERSEDED if replaced else PublicationStatus.CURRENT,
        parts=tuple(builder.parts),
        keywords=_unique([
            *keywords, *_texts(citation.iterfind("SupplMeshList/SupplMeshName")), *_texts(citation.iterfind("KeywordList/Keyword")),
        ]),
        interventions=_unique(_texts(citation.iterfind("ChemicalList/Chemical/NameOfSubstance"))),
        population="; ".join(tag for tag in _POPULATION if tag in headings),
        language=clean(article.findtext("Language", "")) or None,
        revision=_revision(citation),
        issued=issued,
        supersedes=_unique(f"pmid:{n.pmid}" for n in links if n.kind == "UpdateOf" and n.pmid and n.pmid != pmid),
    )  # fmt: skip


def _abstract(article: etree._Element, citation: etree._Element) -> etree._Element | None:
    """The abstract; else the best of the other ones: English before other languages, a summary for lay people last."""
    abstract = article.find("Abstract")
    if abstract is not None and any(len(t) or (t.text or "").strip() for t in abstract):
        return abstract
    others = list(citation.iterchildren("OtherAbstract"))
    return min(
        others, key=lambda o: (o.get("Language", "eng") != "eng", o.get("Type") == "plain-language-summary"), default=abstract
    )


def _add_abstract(builder: TextBuilder, abstract: etree._Element | None) -> None:
    """CopyrightInformation stands beside the AbstractTexts and is left out."""
    last = ""
    for piece in abstract.iterchildren("AbstractText") if abstract is not None else ():
        text = words(piece)
        label = clean(piece.get("Label", ""))
        code = piece.get("NlmCategory", "").strip().upper() or None
        if not text:
            continue
        if label.upper() in ("", "UNLABELLED"):
            label = ""
        elif label != last:
            builder.add(label, PartKind.HEADING, code=code)
        builder.add(text, PartKind.PARAGRAPH, (label,) if label else (), code=code)
        last = label


def _mesh(listed: etree._Element | None) -> tuple[set[str], list[str], bool]:
    """Headings; keywords "Heading/subheading", those that are the point of the article first; whether pharmacokinetics is one."""
    headings: set[str] = set()
    major: list[str] = []
    minor: list[str] = []
    pharmacokinetics = False
    for heading in listed if listed is not None else ():
        name, is_major = "", False
        pairs: list[tuple[str, bool]] = []
        for element in heading:
            text, starred = clean(element.text or ""), element.get("MajorTopicYN") == "Y"
            if element.tag == "DescriptorName":
                name, is_major = _OLD_TAGS.get(text, text), starred
            else:
                pairs.append((text, starred))
        headings.add(name)
        for subheading, starred in pairs or [("", False)]:
            point = is_major or starred
            (major if point else minor).append(f"{name}/{subheading}" if subheading else name)
            pharmacokinetics = pharmacokinetics or (point and subheading == "pharmacokinetics")
    return headings, major + minor, pharmacokinetics


def _links(citation: etree._Element) -> Iterator[Link]:
    for entry in citation.iterfind("CommentsCorrectionsList/CommentsCorrections"):
        yield _link(entry, entry.get("RefType", ""))
    # Until 2008 the kind of a link was its tag, and "Republished" stood for "corrected and republished".
    for entry in citation.iterfind("CommentsCorrections/*"):
        yield _link(entry, str(entry.tag).replace("Republished", "CorrectedandRepublished"))


def _link(entry: etree._Element, kind: str) -> Link:
    try:
        return Link(kind, words(entry.find("RefSource")), pmid_of(entry.find("PMID")))
    except ValueError:
        return Link(kind, words(entry.find("RefSource")))


def _revision(citation: etree._Element) -> str:
    version = citation.find("PMID")
    number = version.get("Version", "1") if version is not None else "1"
    date = date_of(citation.find("DateRevised")) or date_of(citation.find("DateCompleted")) or ""
    return f"{int(number) if number.isdecimal() else 1:03d}.{date}"


def _texts(elements: Iterable[etree._Element]) -> list[str]:
    return [text for text in map(words, elements) if text]


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(t for t in texts if t))
