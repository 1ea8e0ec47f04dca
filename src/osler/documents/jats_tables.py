"""A JATS table-wrap to rows whose labels and footnotes are complete: spans, group headings, panels, marks.

What belongs to a row is put into the row: the headings above it in front of its label ("Sex / Male"), and the texts
of the footnotes with which its cells or its columns are marked behind it (TextBuilder does that from `TableCell.notes`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from osler.documents.jats_grid import COUNTED, Row, figures, read_sections, texts_of, wide
from osler.documents.jats_notes import Notes
from osler.documents.text import TableCell, TextBuilder

_STATISTIC = re.compile(
    r"(?:\W|\b(?:n|no|number|mean|median|sd|se|sem|iqr|range|min|max|minimum|maximum|p|value|ci|9[059]|or|rr|hr|md|b|beta|test)\b)+",
    re.IGNORECASE,
)


def add_table(
    builder: TextBuilder, table: etree._Element, notes: Notes, path: Sequence[str], caption: str, code: str | None
) -> None:
    """One `table` element (XHTML model) into the builder. Raises ValueError when its spans claim too many cells.

    A row of column headings in the middle of the body opens a panel: the rows under it stand under those headings, and
    the panel is added as a table of its own under the same caption. Footnotes follow the last panel.
    """
    head, body = read_sections(table, notes)
    body = [row for row in head if wide(row)] + body  # a heading over the whole table heads rows, not columns
    head = [row for row in head if not wide(row)]
    if not head:
        head, body = _untagged_head(body)
    columns = [_column(head, i) for i in range(len((head + body)[0]) if head or body else 0)]
    lead = _lead(head, body)
    panels = list(_panels(columns, body))
    for number, (header, rows) in enumerate(panels):
        # A row of headings even if all are empty: else the builder would look for one among the rows.
        lines = [[header[0], *header[lead:]], *_rows(rows, header, lead)] if header else []
        builder.table(lines, path, caption=caption, footnotes=notes.all if number == len(panels) - 1 else (), code=code)


def _untagged_head(body: list[Row]) -> tuple[list[Row], list[Row]]:
    """Without a thead: leading rows of th cells; else the first row, if it names several columns and holds no figure,
    with the rows behind it that name the columns under its spans. Headings over the whole table stay with the rows."""
    start = next((i for i, row in enumerate(body) if texts_of(row) and not _heads_rows(row)), len(body))
    count, rest = 0, [row for row in body[start:] if texts_of(row)]
    while count < len(rest) and not wide(rest[count]) and all(c.cell.header or not c.text for c in rest[count]):
        count += 1
    if count == 0 and len(rest) > 1 and len({id(c) for c in rest[0] if c.text}) > 1 and not figures(rest[0]):
        count = 1
        while count < len(rest) - 1 and _names_columns(rest[count]):
            count += 1
    return rest[:count], body[:start] + (rest[count:] if count else body[start:])


def _names_columns(row: Row) -> bool:
    """A row under a heading row that has no label and names statistics only ("N", "%")."""
    texts = [COUNTED.sub("", c.text) or "n" for c in row if c.text]
    return bool(texts) and not row[0].text and all(_STATISTIC.fullmatch(t) for t in texts)


def _column(head: list[Row], index: int) -> TableCell:
    """The headings of one column, outermost first, with their footnotes."""
    cells = [row[index].cell for row in head]
    text = " / ".join(dict.fromkeys(c.text for c in cells if c.text))
    return TableCell(text, header=True, notes=tuple(dict.fromkeys(n for c in cells for n in c.notes)))


def _lead(head: list[Row], body: list[Row]) -> int:
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


def _panels(columns: list[TableCell], body: list[Row]) -> Iterator[tuple[list[TableCell], list[Row]]]:
    """Body rows with the headings they stand under. Headings in the body replace those of the head, unless they divide a
    span of it or repeat themselves ("n (%)", "n (%)"): then they stand below them, as does a second line of headings."""
    header, rows = columns, list[Row]()
    for index, row in enumerate(body):
        following = next((r for r in body[index + 1 :] if texts_of(r)), None)
        fresh = any(c.text for c in header) and not any(texts_of(r) and not _heads_rows(r) for r in rows)
        heading = following is not None and _is_heading_row(row, second=fresh and header is not columns)
        if fresh and (heading or _names_columns(row)):
            header = _under(header, row, joined=True)
        elif heading and index:
            above: list[Row] = []
            while rows and (_heads_rows(rows[-1]) or not texts_of(rows[-1])):
                above.insert(0, rows.pop())
            if rows:
                yield header, rows
            header, rows = _under(columns, row, joined=_divides(columns, row) or _repeats(row)), above
        else:
            rows.append(row)
    yield header, rows


def _divides(columns: list[TableCell], row: Row) -> bool:
    pairs = zip(columns, columns[1:], row, row[1:], strict=False)
    return any(a.text == b.text != "" and c is not d and c.text and d.text for a, b, c, d in pairs)


def _repeats(row: Row) -> bool:
    texts = [COUNTED.sub("", c.text).strip() for c in {id(c): c for c in row[1:] if c.text}.values()]
    return len(set(texts)) < len(texts)


def _heads_rows(row: Row) -> bool:
    """One cell over the whole table, or over all but an empty first column if it is emphasised and holds no figure."""
    return wide(row) or (len(row) > 2 and not row[0].text and row[1].strong and wide(row[1:]) and not figures(row))


def _is_heading_row(row: Row, *, second: bool) -> bool:
    """Two or more emphasised cells without figures, where the label is emphasised too, a cell is spanned, or the row is the
    second line of headings."""
    filled = [c for c in row[1:] if c.text]
    different = len({id(c) for c in filled})
    if different < 2 or not all(c.strong for c in filled) or figures(filled):
        return False
    return second or different < len(filled) or all(c.strong for c in row if c.text)


def _under(headings: list[TableCell], row: Row, *, joined: bool) -> list[TableCell]:
    made: list[TableCell] = []
    for old, new in zip(headings, (c.cell for c in row), strict=True):
        text = new.text or old.text
        if joined and old.text and new.text:
            text = old.text if old.text.endswith(new.text) else f"{old.text} / {new.text}"
        kept = old.notes if old.text in text else ()
        made.append(TableCell(text, header=True, notes=tuple(dict.fromkeys((*kept, *new.notes)))))
    return made


@dataclass(slots=True, eq=False)
class _Line:
    """A body row with its label columns merged, and what tells whether the rows under it belong to it.

    depth: column and indent of its first text. bare: it has a label only. wide: one cell over the whole table.
    indented: a row under it was set deeper. used: some row was put under it. closed: an empty row ended what it heads.
    above: the rows it belongs to.
    """

    label: TableCell
    cells: list[TableCell]
    depth: tuple[int, int]
    bare: bool
    wide: bool
    strong: bool
    indented: bool = False
    used: bool = False
    closed: bool = False
    above: tuple[_Line, ...] = ()


def _rows(rows: list[Row], header: list[TableCell], lead: int) -> list[list[TableCell]]:
    """Body rows, each with the labels of the rows it belongs to in front of its own.

    A row belongs to a row that it is set deeper than, to a row of one cell over the whole table, and, as far as place alone
    can tell, to a row with a label only. A bare row that others belong to is not repeated as a row of its own.
    """
    lines: list[_Line] = []
    stack: list[_Line] = []
    for row in rows:
        if not texts_of(row):  # an empty row ends what only its place held together
            for heading in stack:
                heading.closed |= heading.used and not (heading.wide or heading.indented)
            stack = [h for h in stack if not h.closed]
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


def _line(row: Row, header: list[TableCell], lead: int) -> _Line:
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
    """The row with the headings it certainly belongs to in its label; of one that merely stands above it, a note says so.

    "Sex" over "Male", "Female", "Age" in one column without indents: nothing tells that Age is not under it.
    """
    certain = [h for h in line.above if h.wide or h.closed or line.depth > h.depth or (h.strong and not line.strong)]
    stated = [f"Listed under the heading “{h.label.text}”." for h in line.above if h not in certain]
    labels = [h.label for h in certain] + [line.label]
    text = " / ".join(dict.fromkeys(c.text for c in labels if c.text))
    notes = [n for c in labels for n in c.notes]
    return [TableCell(text, notes=tuple(dict.fromkeys((*stated, *notes)))), *line.cells]
