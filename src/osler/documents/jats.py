"""PMC full text (JATS and the NLM DTDs before it) to Documents and notices of retraction, correction and concern."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from osler.documents.jats_front import Front, text_of
from osler.documents.jats_inline import BREAK, Unreadable, prepare, words
from osler.documents.jats_kind import study_design
from osler.documents.jats_notes import read_notes
from osler.documents.jats_notices import notices
from osler.documents.jats_tables import add_table
from osler.documents.record import Record, Rejected
from osler.documents.text import TextBuilder, clean
from osler.domain.document import Document, Via
from osler.domain.part import PartKind
from osler.domain.status import NoticeNature, PublicationStatus, StatusNotice
from osler.errors import SourceError

_Path = tuple[str, ...]

_FLOATS = frozenset({"table-wrap", "table-wrap-group", "fig", "fig-group", "fn"})
_OUT = frozenset(
    "ack ref-list supplementary-material media graphic related-article related-object object-id sec-meta kwd-group".split()
)
_SPLITTING = frozenset("list def-list disp-quote boxed-text statement preformat verse-group speech".split())
_TOLD = frozenset({"title", "label", "caption", "alt-text", "long-desc", "permissions", "attrib"})
_BLOCKS = _FLOATS | _OUT | _SPLITTING
_ABSTRACTS = frozenset(
    "normal summary executive-summary longsummary plain-language-summary author-summary key-points author-highlights highlights".split()
)
_ACKNOWLEDGEMENT = re.compile(r"[\d.\s]*acknowledge?ments?\W*", re.IGNORECASE)
IMAGE_ONLY = "[The table is an image in the source.]"


def parse_jats(data: bytes, name: str) -> Iterator[Record]:
    """Every `article` of one file, whatever wraps it (an efetch set, an OAI-PMH reply), in file order.

    Each gives its Document, then the StatusNotice records of its links; an article without a PMC id, PMID or DOI, or one
    that cannot be read without loss, gives a Rejected. The title opens the text; abstract, body, appendices and floating
    tables and figures follow. Left out: reference list, citation marks, acknowledgements, supplements, peer reviews.
    Raises SourceError when the file is not XML from its start or holds no article.
    """
    start = data.lstrip()
    # No DTD is loaded, no entity expanded, nothing fetched; without huge_tree libxml2 also bounds depth and sizes.
    events = etree.iterparse(
        io.BytesIO(start), events=("end",), tag="{*}article", resolve_entities=False, no_network=True, load_dtd=False
    )
    found = 0
    try:
        for _, article in events:
            found += 1
            yield from _records(article, f"{name}, article {found}")
            article.clear()
    except etree.XMLSyntaxError as error:
        reason = f"broken XML: {str(error.msg or 'unreadable')[:200]}"
        if not found:
            raise SourceError(f"{name}: {reason}") from error
        yield Rejected(name, f"{reason}; the {found} articles before it were read")
    if not found:
        raise SourceError(f"{name}: no JATS article in it")


def _records(article: etree._Element, where: str) -> Iterator[Record]:
    record = where
    try:
        prepare(article)
        front = Front(article)
        if front.document_id is None:
            yield Rejected(where, "the article has no PMC id, PMID or DOI")
            return
        record = front.document_id
        about = list(notices(front, where))
        yield _document(article, front, about)
        yield from about
    except Unreadable as error:
        yield Rejected(record, str(error))


def _document(article: etree._Element, front: Front, about: list[StatusNotice | Rejected]) -> Document:
    bibliography = front.bibliography()
    reader = _Reader(_footnotes(article))
    reader.builder.add(bibliography.title, PartKind.TITLE)
    reader.article(article, front.meta)
    retracted = any(
        isinstance(n, StatusNotice) and n.nature is NoticeNature.RETRACTION and (n.pmid, n.doi) == (front.pmid, front.doi)
        for n in about
    )
    return Document(
        id=front.document_id or "",
        kind=study_design(front.article_type, front.subjects(), front.title),
        via=Via.SOURCE,
        bibliography=bibliography,
        text=reader.builder.text,
        status=PublicationStatus.RETRACTED if retracted else PublicationStatus.CURRENT,
        parts=tuple(reader.builder.parts),
        keywords=front.keywords(),
        licence=front.licence(),
        language=front.language,
        revision=front.revision(),
        issued=front.issued(),
    )


def _footnotes(article: etree._Element) -> dict[str, str]:
    """Texts of the footnotes outside tables, by id."""
    found: dict[str, str] = {}
    for part in article.iterchildren("body", "back"):
        for note in part.iter("fn"):
            if note.get("id") and next(note.iterancestors("table-wrap"), None) is None:
                found[note.get("id", "")] = clean(words(note, lambda e: e.tag == "label"))
    return found


@dataclass(slots=True)
class _Reader:
    """Walks the sections of one prepared article into a builder. `code` is the sec-type of the nearest section that has one."""

    footnotes: dict[str, str]
    builder: TextBuilder = field(default_factory=TextBuilder)
    printed: set[str] = field(default_factory=set)

    def article(self, article: etree._Element, meta: etree._Element) -> None:
        for abstract in meta.findall("abstract"):
            kind = (abstract.get("abstract-type") or "normal").lower()
            if kind in _ABSTRACTS:
                self.section(abstract, (), "abstract", default="Abstract")
        for part in article.iterchildren("body", "back", "floats-group", "floats-wrap"):
            if part.tag == "back":
                for extra in part.iter("app", "sec"):
                    if extra.getparent() is not None and extra.getparent().tag in {"back", "app-group"}:
                        self.section(extra, (), None)
            else:
                self.blocks(part, (), None)

    def section(self, section: etree._Element, path: _Path, code: str | None, default: str = "") -> None:
        own = clean(section.get("sec-type") or "")
        label, title = text_of(section, "label"), text_of(section, "title") or text_of(section, "caption/title")
        heading = " ".join(filter(None, (label, title))) or default
        if own.lower() == "supplementary-material" or _ACKNOWLEDGEMENT.fullmatch(heading):
            return
        code = own or code
        if heading:
            self.builder.add(heading, PartKind.HEADING, path, code=code)
            path = (*path, heading)
        self.blocks(section, path, code)

    def blocks(self, parent: etree._Element, path: _Path, code: str | None) -> None:
        for child in parent.iterchildren(etree.Element):
            self.block(child, path, code)

    def block(self, element: etree._Element, path: _Path, code: str | None) -> None:
        match element.tag:
            case "sec" | "app" | "boxed-text" | "statement":
                self.section(element, path, code)
            case "list":
                self.items(element, path, code)
            case "def-list":
                self.definitions(element, path, code)
            case "table-wrap":
                self.table(element, path, code)
            case "fig" | "fig-group" | "table-wrap-group":
                self.builder.add(_caption(element), PartKind.CAPTION, path, code=code)
                self.blocks(element, path, code)
            case "disp-quote" | "fn-group" | "speech" | "alternatives":
                self.blocks(element, path, code)
            case "fn":
                self.footnote(element.get("id", ""), clean(words(element)), path, code)
            case tag if tag not in _OUT and tag not in _TOLD:
                self.flow(element, path, code)

    def flow(self, element: etree._Element, path: _Path, code: str | None, kind: PartKind = PartKind.PARAGRAPH) -> None:
        """A paragraph or list item: its text, cut where a list or box stands in it; its tables, figures and notes behind it."""
        inner = [b for b in element.iter(*_BLOCKS) if b is not element and _outermost(b, element)]
        cuts = [b for b in inner if b.tag in _SPLITTING]
        for block in cuts:
            block.tail = BREAK + (block.tail or "")
        own_label = element.find("label") if kind is PartKind.LIST_ITEM else None
        text = words(element, lambda e: e.tag in _BLOCKS or e is own_label)
        if own_label is not None:
            text = _item_label(own_label) + text
        for index, piece in enumerate(text.split(BREAK)):
            self.builder.add(piece, kind, path, code=code)
            if index < len(cuts):
                self.block(cuts[index], path, code)
        for block in inner:
            if block.tag in _FLOATS:
                self.block(block, path, code)
        for xref in element.iter("xref"):
            for target in (xref.get("rid") or "").split() if xref.get("ref-type") in {"fn", "table-fn"} else ():
                self.footnote(target, self.footnotes.get(target, ""), path, code)

    def footnote(self, identifier: str, text: str, path: _Path, code: str | None) -> None:
        if identifier not in self.printed:
            self.builder.add(text, PartKind.FOOTNOTE, path, code=code)
            self.printed |= {identifier} if identifier else set()

    def items(self, element: etree._Element, path: _Path, code: str | None) -> None:
        self.builder.add(text_of(element, "title"), PartKind.PARAGRAPH, path, code=code)
        for item in element.iterchildren("list-item"):
            self.flow(item, path, code, PartKind.LIST_ITEM)

    def definitions(self, element: etree._Element, path: _Path, code: str | None) -> None:
        self.builder.add(text_of(element, "title"), PartKind.PARAGRAPH, path, code=code)
        for item in element.iter("def-item"):
            term, meaning = text_of(item, "term"), " ".join(words(d) for d in item.iterchildren("def"))
            self.builder.add(f"{term}: {meaning}" if term else meaning, PartKind.LIST_ITEM, path, code=code)

    def table(self, wrap: etree._Element, path: _Path, code: str | None) -> None:
        notes = read_notes(wrap)
        for named in wrap.iterchildren("label", "caption"):
            notes.take(named)  # its footnotes follow the table; "after 60 min¹" must not read as a power
        caption = _caption(wrap)
        tables = [t for t in wrap.iter("table") if next(t.iterancestors("td", "th"), None) is None]
        for table in tables:
            try:
                add_table(self.builder, table, notes, path, caption, code)
            except ValueError as error:
                raise Unreadable(f"{caption[:80] or 'a table'}: {error}") from error
        if tables:
            return
        self.builder.add(caption, PartKind.CAPTION, path, code=code)
        if next(wrap.iter("graphic", "inline-graphic", "media"), None) is not None:
            self.builder.add(IMAGE_ONLY, PartKind.FOOTNOTE, path, code=code)
        for child in wrap.iterchildren(etree.Element):
            if child.tag != "table-wrap-foot":
                self.block(child, path, code)
        for note in notes.all:
            self.builder.add(note, PartKind.FOOTNOTE, path, code=code)


def _outermost(block: etree._Element, top: etree._Element) -> bool:
    for ancestor in block.iterancestors():
        if ancestor is top:
            return True
        if ancestor.tag in _BLOCKS:
            return False
    return False


def _item_label(label: etree._Element) -> str:
    """ "1. " of a numbered item: a bare "1" would read as part of its text. Bullets say nothing and go."""
    text = clean(words(label))
    if not any(ch.isalnum() for ch in text):
        return ""
    return f"{text}. " if text[-1:].isalnum() else f"{text} "


def _caption(element: etree._Element) -> str:
    """ "Table 2. Title. Text": each piece closed by a full stop if it has no sign of its own."""
    caption = element.find("caption")
    pieces = [text_of(element, "label")]
    if caption is not None:
        pieces += [
            text_of(caption, "title"),
            clean(" ".join(words(p) for p in caption.iterchildren(etree.Element) if p.tag != "title")),
        ]
    pieces = [p for p in pieces if p]
    closed = [p if p[-1] in ".:;?!" else p + "." for p in pieces[:-1]]
    return " ".join([*closed, *pieces[-1:]])
