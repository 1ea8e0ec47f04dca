"""The cells of a JATS table with their spans written out, and what their looks tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lxml import etree

from osler.documents.jats_inline import words
from osler.documents.jats_notes import Notes
from osler.documents.text import TableCell, clean, expand

_INDENT = re.compile(r"[\u00a0\u2000-\u200a\u3000]*")
_EMPHASIS = frozenset({"bold", "italic", "underline"})
COUNTED = re.compile(r"\(?\s*\bn\s*=\s*[\d,. ]+\)?|\b9[059]\s*%", re.IGNORECASE)
_MAX_SPAN = 1_000


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell on its way: `indent` is the number of hard spaces before its text, `strong` that all of it is emphasised."""

    cell: TableCell
    indent: int = 0
    strong: bool = False

    @property
    def text(self) -> str:
        return self.cell.text


Row = list[GridCell]


def read_sections(table: etree._Element, notes: Notes) -> tuple[list[Row], list[Row]]:
    """Rows of the head and of the bodies, all of one width, spans written out; a span ends with its section (HTML 4.9.12).

    An empty row stands between two bodies. Raises ValueError when the spans claim too many cells.
    """
    head: list[Row] = []
    body: list[Row] = []
    loose = table.iterchildren("tr")
    for section in table.iterchildren("thead", "tbody", "tfoot"):
        rows = _grid(section.iterchildren("tr"), notes)
        if section.tag == "thead":
            head += rows
        else:
            body += [[], *rows] if body else rows
    body += _grid(loose, notes)
    width = max((len(row) for row in (*head, *body)), default=0)
    for row in (*head, *body):
        row += [GridCell(TableCell(""))] * (width - len(row))
    return head, body


def _grid(rows: Iterator[etree._Element], notes: Notes) -> list[Row]:
    read = [[_cell(td, notes) for td in row.iterchildren("td", "th")] for row in rows]
    known = {id(c.cell): c for row in read for c in row}
    # `expand` gives the same object for every place a cell covers; as single cells they may be changed one by one.
    single = {key: replace(c, cell=replace(c.cell, rows=1, columns=1)) for key, c in known.items()}
    empty = GridCell(TableCell(""))
    return [[single.get(id(cell), empty) for cell in row] for row in expand([[c.cell for c in row] for row in read])]


def _cell(td: etree._Element, notes: Notes) -> GridCell:
    found = notes.take(td)
    raw = words(td)
    text, trailing = notes.trailing(clean(raw))
    indent = _INDENT.match(raw.lstrip(" \t\r\n"))
    down, right = (min(_number(td.get(name)), _MAX_SPAN) for name in ("rowspan", "colspan"))
    cell = TableCell(text, td.tag == "th", down, right, tuple(dict.fromkeys((*found, *trailing))))
    strong = len(td) > 0 and not (td.text or "").strip() and all(_emphasised(child) for child in td)
    return GridCell(cell, len(indent.group()) if indent else 0, strong or td.tag == "th")


def _emphasised(child: etree._Element) -> bool:
    """Emphasis or nothing, and no text behind it."""
    return not (child.tail or "").strip() and (child.tag in _EMPHASIS or not words(child).strip())


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else 1


def texts_of(row: Row) -> list[str]:
    return [c.text for c in row if c.text]


def wide(row: Row) -> bool:
    return len(row) > 1 and bool(row[0].text) and all(c is row[0] for c in row)


def figures(row: Row) -> bool:
    return any(ch.isdigit() for c in row for ch in COUNTED.sub("", c.text))
