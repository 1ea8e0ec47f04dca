"""HTML fragments, as registries and guideline data carry them, to the parts of a document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lxml import etree

from osler.documents.markup import inline, superscript
from osler.documents.text import TableCell, TextBuilder, clean
from osler.domain.part import PartKind
from osler.errors import SourceError

_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dir div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
_TABLE_TAGS = frozenset("caption col colgroup tbody td tfoot th thead tr".split())
_NAMES = _BLOCKS | frozenset(
    "a abbr acronym b base basefont bdi bdo big blink br button cite code col colgroup data del dfn em embed font head i iframe "
    "img input ins kbd label link map mark math menclose meta mfrac mi mn mo mover mrow mspace msqrt mstyle msub msubsup msup "
    "mtable mtd mtext mtr munder noscript o:p object option param picture q rp rt ruby s samp script select semantics small "
    "source span strike strong style sub sup svg template textarea time title tt u var video wbr".split()
)
# What the source struck out is not its word any more; the rest is no text.
_DROPPED = ("script", "style", "template", "title", "select", "del", "s", "strike")
_STRAY = re.compile(rf"<(?!/?(?:{'|'.join(sorted(_NAMES))}|[a-z]+:[a-z]+)(?:[\s/][^<>]*)?>)", re.IGNORECASE)
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PREFIX = re.compile(r"(</?)mml:", re.IGNORECASE)
_BREAK = "\u2028"  # Unicode's line separator stands for <br>
_PARAGRAPH_BREAK = re.compile(rf"{_BREAK}\s*{_BREAK}[\s{_BREAK}]*|(?<=[.;!?])\s*{_BREAK}|{_BREAK}(?=\s*[•·▪◦‣])")
_MARKS = re.compile(r"[\d\s,;–−-]+")
_FOOTNOTE = re.compile(r"[a-h](?:\s*,\s*[a-h])*")
_ORDINAL = frozenset({"st", "nd", "rd", "th"})
_MAX_SPAN = 1000  # the HTML standard's own limit on colspan


def add_html(builder: TextBuilder, html: str, path: Sequence[str] = (), *, code: str | None = None) -> None:
    """Append a fragment's headings, paragraphs, list items and tables; headings extend `path` for what follows them.

    A "<" that opens no HTML tag is a less-than sign ("INR<target"). Items of a list carry in their path the words that
    the list hangs on: those of the item it is nested in, or of a paragraph before it that ends with a colon. Text inside
    <del>, <s> and <strike> is left out, and so are scripts and comments.
    Raises SourceError when the fragment is nested too deeply or a table is too big to be read without loss.
    """
    _Reader(builder, tuple(path), code).read(_parse(html), PartKind.PARAGRAPH, ())


def html_lines(html: str) -> tuple[str, ...]:
    """The pieces of a fragment as plain lines, in reading order. Raises SourceError as `add_html` does."""
    scratch = TextBuilder()
    add_html(scratch, html)
    return tuple(scratch.text.split("\n")) if scratch.parts else ()


def html_text(html: str) -> str:
    """The whole fragment as one line ("" when it says nothing). Raises SourceError as `add_html` does."""
    return " ".join(html_lines(html))


def _parse(html: str) -> etree._Element:
    head, *others = _PREFIX.sub(r"\1", _UNREADABLE.sub("", html).replace(_BREAK, " ")).split("<!--")
    for other in others:  # not left to the parser: it swallows all that follows an unclosed comment
        _, closed, after = other.partition("-->")
        head += after if closed else f"&lt;!--{other}"
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    root = etree.fromstring(f"<div>{_STRAY.sub('&lt;', head)}</div>".encode(), parser)
    fatal = next((e.message for e in parser.error_log if e.level_name == "FATAL"), None)
    if fatal is not None:
        raise SourceError(f"the HTML cannot be read without loss: {fatal}")
    etree.strip_elements(root, *_DROPPED, with_tail=False)
    for element in root.iter():  # a reference such as &#8; makes characters that no tree can be given again
        element.text, element.tail = (text and _UNREADABLE.sub("", text) for text in (element.text, element.tail))
    for element in list(root.iter("br", "img", "sup", "msup", "msub", "msubsup", "mfrac", "msqrt")):
        _plain(element)
    return root


def _plain(element: etree._Element) -> None:
    """Say in characters what this element says by its place; MathML's 10<msup> must not become 109."""
    tag, children = element.tag, list(element)
    if tag == "br":
        element.tag, element.tail = "span", _BREAK + (element.tail or "")
    elif tag == "img" and (words := clean(element.get("alt") or "")):
        element.tag, element.text = "span", f" [image: {words}] "
    elif tag == "sup":
        _sup(element)
    elif tag in ("msup", "msub", "msubsup"):
        for child, name in zip(children[1:], ("sub", "sup") if tag == "msubsup" else (tag[1:],), strict=False):
            child.tag = name
    elif tag == "mfrac" and len(children) == 2:
        element.text, children[0].tail, children[1].tail = "(", ")/(", ")"
    elif tag == "msqrt" and children:
        element.text, children[-1].tail = f"√({element.text or ''}", f"{children[-1].tail or ''})"


def _sup(element: etree._Element) -> None:
    """An exponent or reference numbers become "10⁻⁹" and "children.¹,²"; a footnote's letter stands apart: "women [a]"."""
    text = "".join(element.itertext()).strip()
    if not text:
        return
    if _MARKS.fullmatch(text):
        plain = re.sub(r"[^,;]+", lambda m: superscript(m[0]), re.sub(r"\s+", "", text.replace("–", "-")))
    elif _FOOTNOTE.fullmatch(text):
        plain = f" [{text}] "
    elif text in _ORDINAL or not any(c.isalnum() for c in text):  # 25th, ®, †
        plain = text
    else:
        return
    for child in list(element):
        element.remove(child)
    element.tag, element.text = "span", plain


def _flow(node: etree._Element) -> Iterator[str | etree._Element]:
    """The node's content in order: runs of inline text, cut at paragraph breaks, and block elements (or what holds one)."""
    run = etree.Element("span")
    run.text = node.text
    for child in list(node):
        if child.tag in _BLOCKS or next(child.iter(*_BLOCKS), None) is not None:
            yield from _PARAGRAPH_BREAK.split(inline(run))
            yield child
            run = etree.Element("span")
            run.text = child.tail
        else:
            run.append(child)
    yield from _PARAGRAPH_BREAK.split(inline(run))


@dataclass(slots=True)
class _Reader:
    builder: TextBuilder
    base: tuple[str, ...]
    code: str | None
    headings: list[tuple[int, str]] = field(default_factory=list)

    def path(self, lead: tuple[str, ...]) -> tuple[str, ...]:
        return (*self.base, *(text for _, text in self.headings), *lead)

    def read(self, node: etree._Element, kind: PartKind, lead: tuple[str, ...]) -> str:
        """Append the node's content, runs of text as pieces of `kind`; gives the last run. The parser bounds the depth (256)."""
        spoken = ""
        for item in _flow(node):
            if isinstance(item, str):
                self.builder.add(item, kind, self.path(lead), code=self.code)
                spoken = clean(item) or spoken
            elif re.fullmatch(r"h[1-6]", item.tag):
                self.heading(int(item.tag[1]), " ".join(_lines(item)), lead)
            elif item.tag == "table" and not _is_layout(item):
                self.table(item, lead)
            elif item.tag == "li":
                self.read(item, PartKind.LIST_ITEM, lead)
            elif item.tag in ("ul", "ol"):
                hangs = bool(spoken) and (kind is PartKind.LIST_ITEM or spoken.endswith(":"))
                self.read(item, kind, (*lead, spoken) if hangs else lead)
            else:
                spoken = self.read(item, kind, lead) or spoken
        return spoken

    def heading(self, level: int, text: str, lead: tuple[str, ...]) -> None:
        if not text:
            return
        while self.headings and self.headings[-1][0] >= level:
            self.headings.pop()
        self.builder.add(text, PartKind.HEADING, self.path(lead), code=self.code)
        self.headings.append((level, text))

    def table(self, node: etree._Element, lead: tuple[str, ...]) -> None:
        rows = [[_cell(c) for c in tr if c.tag in ("td", "th")] for tr in node.iter("tr")]
        captions = [line for caption in node.iter("caption") for line in _lines(caption)]
        try:
            self.builder.table(rows, self.path(lead), caption=" ".join(captions), code=self.code)
        except ValueError as error:
            raise SourceError(f"a table cannot be read: {error}") from error


def _is_layout(table: etree._Element) -> bool:
    """A table that only places text: it holds another table or text outside its cells, or is one column without a header."""
    if sum(1 for _ in table.iter("table")) > 1:
        return True
    for element in table.iter("table", "thead", "tbody", "tfoot", "tr"):
        if any(clean(text or "") for text in (element.text, *(child.tail for child in element))):
            return True
        if any(child.tag not in _TABLE_TAGS for child in element):
            return True
    return all(len(tr) <= 1 for tr in table.iter("tr")) and next(table.iter("th", "thead"), None) is None


def _lines(node: etree._Element) -> list[str]:
    scratch = TextBuilder()
    _Reader(scratch, (), None).read(node, PartKind.PARAGRAPH, ())
    return scratch.text.split("\n") if scratch.parts else []


def _cell(node: etree._Element) -> TableCell:
    text = ""
    for line in _lines(node):
        text += f"{'' if not text else ' ' if text[-1] in '.;:,' else '; '}{line}"
    parent = node.getparent().getparent()
    header = node.tag == "th" or (parent is not None and parent.tag == "thead")
    return TableCell(text, header, _span(node, "rowspan"), _span(node, "colspan"))


def _span(node: etree._Element, name: str) -> int:
    value = (node.get(name) or "").strip()
    return min(int(value), _MAX_SPAN) if re.fullmatch(r"[1-9]\d{0,5}", value) else 1
