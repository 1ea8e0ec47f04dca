"""A JATS table-wrap to rows whose labels and footnotes are complete: spans, group headings, panels, marks.

What belongs to a row is put into the row: the headings above it in front of its label ("Sex / Male"), and the texts
of the footnotes with which its cells or its columns are marked behind it (TextBuilder does that from `TableCell.notes`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from osler.documents.jats_inline import words
from osler.documents.jats_notes import Notes
from osler.documents.text import TableCell, TextBuilder, clean, expand

_INDENT = re.compile(r"[\u00a0\u2000-\u200a\u3000]*")
_EMPHASIS = frozenset({"bold", "italic", "underline"})
_COUNTED = re.compile(r"\(?\s*\bn\s*=\s*[\d,. ]+\)?|\b9[059]\s*%", re.IGNORECASE)
_STATISTIC = re.compile(
    r"(?:\W|\b(?:n|no|number|mean|median|sd|se|sem|iqr|range|min|max|minimum|maximum|p|value|ci|9[059]|or|rr|hr|md|b|beta|test)\b)+",
    re.IGNORECASE,
)
_MAX_SPAN = 1_000


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell on its way: `indent` is the number of hard spaces before its text, `strong` that all of it is emphasised."""

    cell: TableCell
    indent: int = 0
    strong: bool = False

    @property
    def text(self) -> str:
        return self.cell.text


_Row = list[_Cell]


def add_table(
    builder: TextBuilder, table: etree._Element, notes: Notes, path: Sequence[str], caption: str, code: str | None
) -> None:
    """One `table` element (XHTML model) into the builder. Raises ValueError when its spans claim too many cells.

    A row of column headings in the middle of the body opens a panel: the rows under it stand under those headings, and
    the panel is added as a table of its own under the same caption. Footnotes follow the last panel.
    """
    head, body = _sections(table, notes)
    body = [row for row in head if _wide(row)] + body  # a heading over the whole table heads rows, not columns
    head = [row for row in head if not _wide(row)]
    if not head:
        head, body = _untagged_head(body)
    columns = [_column(head, i) for i in range(max((len(row) for row in (*head, *body)), default=0))]
    lead = _lead(head, body)
    panels = list(_panels(columns, body))
    for number, (header, rows) in enumerate(panels):
        # A row of headings even if all are empty: else the builder would look for one among the rows.
        lines = [[header[0], *header[lead:]], *_rows(rows, header, lead)] if header else []
        builder.table(lines, path, caption=caption, footnotes=notes.all if number == len(panels) - 1 else (), code=code)


def _sections(table: etree._Element, notes: Notes) -> tuple[list[_Row], list[_Row]]:
    """Rows of the head and of the bodies, spans written out; a span ends with its section (HTML 4.9.12).

    An empty row stands between two bodies.
    """
    head: list[_Row] = []
    body: list[_Row] = []
    loose = table.iterchildren("tr")
    for section in table.iterchildren("thead", "tbody", "tfoot"):
        rows = _grid(section.iterchildren("tr"), notes)
        if section.tag == "thead":
            head += rows
        else:
            body += [[], *rows] if body else rows
    return head, body + _grid(loose, notes)


def _grid(rows: Iterator[etree._Element], notes: Notes) -> list[_Row]:
    read = [[_cell(td, notes) for td in row.iterchildren("td", "th")] for row in rows]
    known = {id(c.cell): c for row in read for c in row}
    # `expand` gives the same object for every place a cell covers; as single cells they may be changed one by one.
    single = {key: replace(c, cell=replace(c.cell, rows=1, columns=1)) for key, c in known.items()}
    empty = _Cell(TableCell(""))
    return [[single.get(id(cell), empty) for cell in row] for row in expand([[c.cell for c in row] for row in read])]


def _cell(td: etree._Element, notes: Notes) -> _Cell:
    found = notes.take(td)
    raw = words(td)
    text, trailing = notes.trailing(clean(raw))
    indent = _INDENT.match(raw.lstrip(" \t\r\n"))
    down, right = (min(_number(td.get(name)), _MAX_SPAN) for name in ("rowspan", "colspan"))
    cell = TableCell(text, td.tag == "th", down, right, tuple(dict.fromkeys((*found, *trailing))))
    strong = len(td) > 0 and not (td.text or "").strip() and all(_emphasised(child) for child in td)
    return _Cell(cell, len(indent.group()) if indent else 0, strong or td.tag == "th")


def _emphasised(child: etree._Element) -> bool:
    """Emphasis or nothing, and no text behind it."""
    return not (child.tail or "").strip() and (child.tag in _EMPHASIS or not words(child).strip())


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else 1


def _untagged_head(body: list[_Row]) -> tuple[list[_Row], list[_Row]]:
    """Without a thead: leading rows of th cells; else the first row, if it names several columns and holds no figure,
    with the rows behind it that name the columns under its spans. Headings over the whole table stay with the rows."""
    start = next((i for i, row in enumerate(body) if _texts(row) and not _heads_rows(row)), len(body))
    count, rest = 0, [row for row in body[start:] if _texts(row)]
    while count < len(rest) and not _wide(rest[count]) and all(c.cell.header or not c.text for c in rest[count]):
        count += 1
    if count == 0 and len(rest) > 1 and len({id(c) for c in rest[0] if c.text}) > 1 and not _figures(rest[0]):
        count = 1
        while count < len(rest) - 1 and _names_columns(rest[count]):
            count += 1
    return rest[:count], body[:start] + (rest[count:] if count else body[start:])


def _wide(row: _Row) -> bool:
    return len(row) > 1 and bool(row[0].text) and all(c is row[0] for c in row)


def _figures(row: _Row) -> bool:
    return any(ch.isdigit() for c in row for ch in _COUNTED.sub("", c.text))


def _names_columns(row: _Row) -> bool:
    """A row under a heading row that has no label and names statistics only ("N", "%")."""
    texts = [_COUNTED.sub("", c.text) or "n" for c in row if c.text]
    return bool(texts) and not row[0].text and all(_STATISTIC.fullmatch(t) for t in texts)


def _texts(row: _Row) -> list[str]:
    return [c.text for c in row if c.text]


def _column(head: list[_Row], index: int) -> TableCell:
    """The headings of one column, outermost first, with their footnotes."""
    cells = [row[index].cell for row in head if index < len(row)]
    text = " / ".join(dict.fromkeys(c.text for c in cells if c.text))
    return TableCell(text, header=True, notes=tuple(dict.fromkeys(n for c in cells for n in c.notes)))


def _lead(head: list[_Row], body: list[_Row]) -> int:
    """How many columns the row labels take: some publishers indent by a column of its own, under a heading that
    spans both or under none. Only where no row fills two of these columns, so that none is merged away.
    """
    width = 1
    for row in head:
        while width < len(row) - 1 and all(r[width] is r[0] or not r[width].text for r in head):
            width += 1
        break
    while width > 1 and any(len({id(c) for c in row[:width] if c.text}) > 1 for row in body):
        width -= 1
    return width


def _panels(columns: list[TableCell], body: list[_Row]) -> Iterator[tuple[list[TableCell], list[_Row]]]:
    """Body rows with the headings they stand under. Headings in the body replace those of the head, unless they divide a
    span of it or only name statistics ("n (%)"): then they stand below them, as does a second line of headings."""
    header, rows = columns, list[_Row]()
    for index, row in enumerate(body):
        fresh = any(c.text for c in header) and not any(_texts(r) and not _heads_rows(r) for r in rows)
        heading = _is_heading_row(row) and any(_texts(r) for r in body[index + 1 :])
        if fresh and (heading or _names_columns(row)):
            header = _under(header, row, joined=True)
        elif heading and index:
            above: list[_Row] = []
            while rows and (_heads_rows(rows[-1]) or not _texts(rows[-1])):
                above.insert(0, rows.pop())
            if rows:
                yield header, rows
            pairs = list(zip(columns, columns[1:], row, row[1:], strict=False))
            divides = any(a.text == b.text != "" and c is not d and c.text and d.text for a, b, c, d in pairs)
            header, rows = _under(columns, row, joined=divides), above
        else:
            rows.append(row)
    yield header, rows


def _heads_rows(row: _Row) -> bool:
    """One cell over the whole table, or over all but an empty first column if it is emphasised and holds no figure."""
    return _wide(row) or (len(row) > 2 and not row[0].text and row[1].strong and _wide(row[1:]) and not _figures(row))


def _is_heading_row(row: _Row) -> bool:
    filled = [c for c in row[1:] if c.text]
    return len({id(c) for c in filled}) >= 2 and all(c.strong for c in row if c.text) and not _figures(filled)


def _under(headings: list[TableCell], row: _Row, *, joined: bool) -> list[TableCell]:
    made: list[TableCell] = []
    for index, old in enumerate(headings):
        new = row[index].cell if index < len(row) else TableCell("")
        text = new.text or old.text
        if old.text and new.text and (joined or _STATISTIC.fullmatch(_COUNTED.sub("", new.text) or "n")):
            text = old.text if old.text.endswith(new.text) else f"{old.text} / {new.text}"
        kept = old.notes if old.text in text else ()
        made.append(TableCell(text, header=True, notes=tuple(dict.fromkeys((*kept, *new.notes)))))
    return made


@dataclass(slots=True)
class _Line:
    """A body row with its label columns merged, and what tells whether the rows under it belong to it.

    depth: column and indent of its first text. bare: it has a label only. wide: one cell over the whole table.
    indented: a row under it was set deeper. used: some row was put under it. above: the rows it belongs to.
    """

    label: TableCell
    cells: list[TableCell]
    depth: tuple[int, int]
    bare: bool
    wide: bool
    strong: bool
    indented: bool = False
    used: bool = False
    above: tuple[_Line, ...] = ()


def _rows(rows: list[_Row], header: list[TableCell], lead: int) -> list[list[TableCell]]:
    """Body rows, each with the labels of the rows it belongs to in front of its own.

    A bare row that others belong to is not repeated as a row of its own.
    """
    lines: list[_Line] = []
    stack: list[_Line] = []
    for row in rows:
        if not _texts(row):  # an empty row ends what only its place held together
            stack = [h for h in stack if h.wide or h.indented or not h.used]
            continue
        line = _line(row, header, lead)
        while stack and _ends(stack[-1], line):
            stack.pop()
        for heading in stack:
            heading.used = True
            heading.indented |= line.depth > heading.depth
        line.above = tuple(stack)
        lines.append(line)
        stack.append(line)
    return [_complete(line) for line in lines if not (line.bare and line.used)]


def _line(row: _Row, header: list[TableCell], lead: int) -> _Line:
    first = next(i for i, c in enumerate(row) if c.text)
    wide = _heads_rows(row)
    labels = [c.cell for i, c in enumerate([row[first]] if wide else row[:lead]) if c.text and (i == 0 or c is not row[i - 1])]
    label = TableCell(
        " / ".join(dict.fromkeys(c.text for c in labels)),
        notes=tuple(dict.fromkeys(n for c in (*labels, header[0]) for n in c.notes)),
    )
    cells: list[TableCell] = []
    for index, cell in enumerate(row[lead:] if not wide else (), start=lead):
        if cells and cell is row[index - 1]:
            cells.append(cells[-1])
        else:
            notes = tuple(dict.fromkeys((*cell.cell.notes, *header[index].notes)))
            cells.append(replace(cell.cell, header=False, notes=notes))
    bare = wide or (first < lead < len(row) and not any(c.text for c in cells))
    return _Line(label, cells, (0 if wide else first, row[first].indent), bare, wide, row[first].strong)


def _ends(heading: _Line, line: _Line) -> bool:
    """Whether the rows that belong to `heading` stop before `line`."""
    if line.wide:
        return not heading.wide or heading.used
    if heading.wide:
        return heading.indented and line.depth <= heading.depth
    if line.depth != heading.depth:
        return line.depth < heading.depth
    return not heading.bare or line.bare or heading.indented or (heading.strong and line.strong and heading.used)


def _complete(line: _Line) -> list[TableCell]:
    labels = [h.label for h in line.above] + [line.label]
    text = " / ".join(dict.fromkeys(c.text for c in labels if c.text))
    return [TableCell(text, notes=tuple(dict.fromkeys(n for c in labels for n in c.notes))), *line.cells]
