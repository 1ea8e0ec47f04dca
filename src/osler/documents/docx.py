"""Word files (DOCX) to documents: headings, lists and tables in document order, from the XML inside.

The XML is read here, for python-docx leaves out text that it has no object for: insertions under tracked changes,
content controls, text boxes, formulas, footnotes and symbols; a "≥" that was inserted as a symbol would be lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from osler.documents.docx_package import HEADING, Package, attribute, value
from osler.documents.local import local_bibliography, local_document, opening, says_draft, usable_title
from osler.documents.markup import local, subscript, superscript
from osler.documents.recommendations import starts_recommendation
from osler.documents.record import Record, Rejected
from osler.documents.symbol_font import UNREADABLE, from_symbol_font
from osler.documents.text import TableCell, TextBuilder, clean
from osler.domain.part import PartKind
from osler.errors import SourceError

_LOSS = "it holds figures and symbols of a font that does not say what they are; left out"
_ORDINAL = frozenset({"st", "nd", "rd", "th", "®", "™"})
_SKIPPED = frozenset(
    {"del", "movefrom", "fallback", "txbxcontent", "instrtext", "deltext", "ppr", "rpr", "sdtpr", "tblpr", "trpr", "tcpr"}
)
_SPACES = frozenset({"tab", "br", "cr", "ptab"})
_OFF = frozenset({"0", "false", "none", "off"})
_MAX_BOLD_HEADING = 120


def parse_docx(data: bytes, name: str) -> Iterator[Record]:
    """One Document, and a Rejected for each passage or table that cannot be read without loss.

    Text that tracked changes insert is in it, text that they delete is not. Numbers that Word counts by itself (of
    lists and headings) are no text of the file and are left out. Raises SourceError for a file that is no DOCX, is
    damaged, locked with a password, has no text, or grows beyond the package's limits when unpacked.
    """
    package = Package(data, name)
    main = package.related("", "officeDocument") or "word/document.xml"
    root = package.xml(main)
    if root is None:
        raise SourceError(f"{name}: not a Word file (DOCX)")
    reader = _Reader(package.styles(main), package.notes(main))
    reader.blocks(root)
    reader.footnotes()
    title = usable_title(package.property("title"), reader.title, *(b.text for b in reader.found if b.level))
    bibliography = local_bibliography(name, title, authors=package.property("creator"))
    builder = TextBuilder()
    builder.add(bibliography.title, PartKind.TITLE)
    yield from reader.write(builder, title)
    if len(builder.parts) < 2:
        raise SourceError(f"{name}: the file has no text")
    yield local_document(name, bibliography, builder, draft=says_draft((*opening(builder), *package.headers(main))))


@dataclass(slots=True)
class _Block:
    """A paragraph, a heading (level 1 and more) or a table's rows."""

    text: str = ""
    kind: PartKind = PartKind.PARAGRAPH
    level: int = 0
    rows: list[list[TableCell]] = field(default_factory=list)


@dataclass(slots=True)
class _Reader:
    styles: Mapping[str, str]
    notes: Mapping[str, etree._Element]
    found: list[_Block] = field(default_factory=list)
    title: str | None = None
    noted: list[str] = field(default_factory=list)

    def blocks(self, node: etree._Element) -> None:
        """All paragraphs and tables below, through content controls and tracked insertions."""
        for child in node:
            name = local(child)
            if name == "p":
                self.paragraph(child)
            elif name == "tbl":
                self.table(child)
            elif name not in _SKIPPED:
                self.blocks(child)

    def paragraph(self, node: etree._Element) -> None:
        text = clean(self.text(node))
        properties = next((e for e in node if local(e) == "ppr"), None)
        style = self.styles.get(value(properties, "pStyle") or "", "") if properties is not None else ""
        outline = value(properties, "outlineLvl") if properties is not None else None
        heading = HEADING.search(style)
        if style.lower() == "title" and self.title is None:
            self.title = text or None
        if heading is not None or style.lower() == "title":
            self.found.append(_Block(text, PartKind.HEADING, int(heading[1]) + 1 if heading else 1))
        elif outline and outline.isdigit() and int(outline) < 9:
            self.found.append(_Block(text, PartKind.HEADING, int(outline) + 2))
        elif (properties is not None and value(properties, "numId") not in (None, "0")) or style.lower().startswith("list"):
            self.found.append(_Block(text, PartKind.LIST_ITEM))
        elif _is_bold_heading(node, text):
            self.found.append(_Block(text, PartKind.HEADING, 20))
        else:
            self.found.append(_Block(text))
        for box in _below(node, "txbxcontent"):
            self.blocks(box)

    def table(self, node: etree._Element) -> None:
        trs = _below(node, "tr")
        grid = [_placed(tr) for tr in trs]
        if all(len(row) <= 1 for row in grid):  # a frame around text, as around recommendations
            for row in grid:
                for _, _, cell in row:
                    self.blocks(cell)
            return
        headed = bool(trs) and _is_bold(trs[0]) and not any(_is_bold(tr) for tr in trs[1:])
        rows: list[list[TableCell]] = []
        for index, row in enumerate(grid):
            rows.append([])
            header = value(trs[index], "tblHeader") not in (None, *_OFF) or (headed and index == 0)
            if row and row[0][0]:
                rows[-1].append(TableCell("", columns=row[0][0]))
            for column, width, cell in row:
                if value(cell, "vMerge") in ("", "continue") and index:
                    continue
                height = 1
                while index + height < len(grid) and any(
                    c == column and value(e, "vMerge") in ("", "continue") for c, _, e in grid[index + height]
                ):
                    height += 1
                rows[-1].append(TableCell(self.cell(cell), header, height, width))
        self.found.append(_Block(rows=rows))

    def cell(self, node: etree._Element) -> str:
        inner = _Reader(self.styles, self.notes, noted=self.noted)
        inner.blocks(node)
        texts = [b.text or "; ".join(c.text for row in b.rows for c in row if c.text) for b in inner.found]
        out = ""
        for text in filter(None, texts):
            out += f"{'' if not out else ' ' if out[-1] in '.;:,' else '; '}{text}"
        return out

    def text(self, node: etree._Element) -> str:
        """The words of a paragraph or of what is in one; raised and lowered text as such characters."""
        out = ""
        for child in node:
            name = local(child)
            if name in _SKIPPED or name == "":
                continue
            if name == "r":
                out += self.run(child, out)
            elif name == "t":
                out += child.text or ""
            elif name in _SPACES:
                out += " "
            elif name == "nobreakhyphen":
                out += "-"
            elif name == "sym":
                out += _symbol(child)
            elif name in ("footnotereference", "endnotereference"):
                out += self.note(f"{name} {attribute(child, 'id')}")
            elif name in ("ssup", "ssub", "ssubsup", "f", "rad"):
                out += self.formula(child, name, out)
            else:
                out += self.text(child)
        return out

    def run(self, node: etree._Element, before: str) -> str:
        properties = next((e for e in node if local(e) == "rpr"), None)
        text = self.text(node)
        if properties is None:
            return _private(text)
        if value(properties, "vanish") not in (None, *_OFF):
            return ""
        fonts = next((e for e in properties if local(e) == "rfonts"), None)
        symbol = fonts is not None and (attribute(fonts, "ascii") or "").lower() == "symbol"
        has_sym = any(local(e) == "sym" for e in node)
        text = from_symbol_font(text) if symbol and not has_sym else _private(text)
        align = value(properties, "vertAlign")
        if align == "superscript":
            return text if text.strip() in _ORDINAL else superscript(text)
        return subscript(text, before) if align == "subscript" else text

    def note(self, key: str) -> str:
        if key in self.notes and key not in self.noted:
            self.noted.append(key)
        return superscript(str(self.noted.index(key) + 1)) if key in self.noted else ""

    def formula(self, node: etree._Element, name: str, before: str) -> str:
        parts = {local(e): self.text(e) for e in node}
        if name == "f":
            return f"({parts.get('num', '')})/({parts.get('den', '')})"
        if name == "rad":
            return f"{superscript(parts.get('deg', ''))}√({parts.get('e', '')})"
        base = parts.get("e", "")
        low = subscript(parts["sub"], base or before) if "sub" in parts else ""
        return base + low + (superscript(parts["sup"]) if "sup" in parts else "")

    def footnotes(self) -> None:
        index = 0
        while index < len(self.noted):  # a note may hold a note
            text = clean(" ".join(self.text(p) for p in _below(self.notes[self.noted[index]], "p")))
            self.found.append(_Block(f"{superscript(str(index + 1))} {text}", PartKind.FOOTNOTE))
            index += 1

    def write(self, builder: TextBuilder, title: str | None) -> Iterator[Rejected]:
        trail: list[tuple[int, str]] = []
        tables = 0
        for block in self.found:
            path = [t for _, t in trail]
            if block.rows:
                tables += 1
                damaged = any(_is_damaged(c.text) for row in block.rows for c in row)
                try:
                    if not damaged:
                        builder.table(block.rows, path)
                except ValueError as error:
                    yield Rejected(f"table {tables}", str(error))
                if damaged:
                    yield Rejected(f"table {tables}", _LOSS)
            elif _is_damaged(block.text):
                yield Rejected(f"a passage under {path[-1]!r}" if path else "a passage", _LOSS)
            elif block.level:
                trail = [entry for entry in trail if entry[0] < block.level]
                if block.text and block.text != title:
                    builder.add(block.text, PartKind.HEADING, [t for _, t in trail])
                    trail.append((block.level, block.text))
            else:
                builder.add(block.text, block.kind, path)


def _below(node: etree._Element, wanted: str) -> list[etree._Element]:
    """The nearest elements of that name below, not those inside another table or text box."""
    out: list[etree._Element] = []
    for child in node:
        name = local(child)
        if name == wanted:
            out.append(child)
        elif name not in (_SKIPPED | {"tbl"}) or (name == "tbl" and wanted == "txbxcontent"):
            out += _below(child, wanted)
    return out


def _placed(row: etree._Element) -> list[tuple[int, int, etree._Element]]:
    """Column, width and cell of each cell of a table row."""
    column = _number(value(row, "gridBefore"), 0)
    out: list[tuple[int, int, etree._Element]] = []
    for cell in _below(row, "tc"):
        properties = next((e for e in cell if local(e) == "tcpr"), None)
        width = _number(value(properties, "gridSpan"), 1) if properties is not None else 1
        out.append((column, width, cell))
        column += width
    return out


def _number(text: str | None, default: int) -> int:
    return min(int(text), 1000) if text and re.fullmatch(r"\d{1,6}", text) else default


def _symbol(node: etree._Element) -> str:
    font, code = (attribute(node, "font") or "").lower(), attribute(node, "char") or ""
    if not re.fullmatch(r"[0-9A-Fa-f]{2,5}", code):
        return UNREADABLE
    return from_symbol_font(chr(int(code, 16))) if font == "symbol" else _private(chr(int(code, 16)))


def _private(text: str) -> str:
    """Private characters mean something only in their font (Wingdings and such): what they show cannot be told."""
    return re.sub("[\ue000-\uf8ff]", UNREADABLE, text)


def _is_damaged(text: str) -> bool:
    return UNREADABLE in text and any(c.isdigit() for c in text)


def _is_bold_heading(node: etree._Element, text: str) -> bool:
    """A short paragraph all in bold, without a sentence's end: how headings are made without styles."""
    if not 0 < len(text) <= _MAX_BOLD_HEADING or re.search(r"[.;,:!?]$", text) or starts_recommendation(text):
        return False
    return _is_bold(node)


def _is_bold(node: etree._Element) -> bool:
    runs = [r for r in node.iter() if local(r) == "r" and any(local(t) == "t" and (t.text or "").strip() for t in r)]
    return bool(runs) and all(value(r, "b") not in (None, *_OFF) for r in runs)
