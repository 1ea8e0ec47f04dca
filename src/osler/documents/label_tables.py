"""A table in SPL markup to the cells, headers and footnotes that TextBuilder.table takes; used by SPL and openFDA.

Labels draw most of their tables without saying what is a header: bold rows, empty corners and full-width lines say it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace

from lxml import etree

from osler.documents.markup import inline, local
from osler.documents.text import TableCell, clean, expand
from osler.errors import SourceError

NOT_INLINE = frozenset({"footnote", "footnoteref", "rendermultimedia"})
_EMPHASIS = frozenset({"b", "strong", "i", "em", "u"})
_MARK = re.compile(r"\^[A-Za-z](?:,[A-Za-z])*\b|\^?[*†‡§¶#]+|[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_FOOT_MARK = re.compile(rf"(?:{_MARK.pattern})|[a-z](?=\s*[=:.)]\s)")
_MEASURE = re.compile(
    r"(?:(?:recommended|starting|initial|maximum|maintenance|daily|total|usual|adult|pediatric|body|patient|renal|hepatic"
    r"|creatinine|active|adverse|inactive|target)\s+)*(?:age|weight|dos(?:e|es|age|ing)|drugs?|populations?|function|clearance"
    r"|crcl|clcr|egfr|gfr|ingredients?|purpose|reactions?|events?|indications?|parameters?|regimens?|strengths?|treatments?"
    r"|responses?|frequency|interval|condition|characteristics?|variable|endpoint)s?\s*(?:\([^)]*\))?[*†‡§:]*",
    re.IGNORECASE,
)
_BULLETS = tuple("•■▪●○◦·")
_TABLE_TITLE = re.compile(r"table\s*[\dA-Z]", re.IGNORECASE)
_LINE = "\u2028"


@dataclass(frozen=True, slots=True)
class LabelTable:
    """`rows` as TextBuilder.table takes them; the notes of a header are notes of every cell below it, too."""

    rows: tuple[tuple[TableCell, ...], ...]
    caption: str
    footnotes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Cell:
    lines: tuple[str, ...]
    header: bool
    emphasised: bool
    rows: int
    columns: int
    notes: tuple[str, ...]

    @property
    def text(self) -> str:
        return clean(" ".join(self.lines))


_Row = list[_Cell]


def is_skipped(element: etree._Element) -> bool:
    """Footnotes and pictures are no running text."""
    return local(element) in NOT_INLINE


def normalise(root: etree._Element) -> None:
    """Two habits of SPL that inline() does not know, mended in place: its p is called paragraph (two of them would run
    together), and a raised ®, * or comma is no exponent."""
    for paragraph in root.iter("{*}paragraph"):
        paragraph.tag = "p"
    for raised in root.iter("{*}sup"):
        if not "".join(raised.itertext()).strip(" \t\n,;®™℠©*†‡§¶#"):
            raised.tag = "content"


def footnotes_by_id(root: etree._Element) -> dict[str, str]:
    """The texts of all footnotes under `root` that a footnoteRef can point to."""
    return {name: clean(inline(e)) for e in root.iter("{*}footnote") if (name := e.get("ID") or e.get("id"))}


def notes_of(element: etree._Element, by_id: Mapping[str, str]) -> tuple[str, ...]:
    """The footnotes that stand in an element or that it refers to, in order, each once."""
    found: dict[str, None] = {}
    for child in element.iter():
        name = local(child)
        if name == "footnote":
            found[clean(inline(child))] = None
        elif name == "footnoteref":
            found[by_id.get(child.get("IDREF") or child.get("idref") or "", "")] = None
    return tuple(n for n in found if n)


def is_layout(table: etree._Element) -> bool:
    """A box or columns of bullets drawn as a table: one column, tables in its cells, or a bullet in every cell."""
    rows = [row for row in table.iter("{*}tr") if next(row.iterancestors("{*}table"), table) is table]
    texts = [t for row in rows for cell in row if (t := clean(inline(cell, is_skipped)))]
    nested = next(table.iterdescendants("{*}table"), None) is not None
    return nested or max((len(row) for row in rows), default=0) < 2 or all(t.startswith(_BULLETS) for t in texts)


def read_table(table: etree._Element, by_id: Mapping[str, str]) -> LabelTable:
    """Header rows, rows under the group they belong to, footnotes resolved. Raises SourceError when it is too big."""
    head, body, foot = _sections(table, by_id)
    if not _spans_rows(body):
        body = [part for row in body for part in _unstack(row)]
    width = max((sum(c.columns for c in row) for row in head + body), default=0)
    while width > 1 and len(body) > 1 and _is_trailing_note(body[-1], width):
        foot.insert(0, body.pop())
    lines = _foot_lines(foot)
    if not head:
        count = _count_headers(body)
        head, body = [[replace(c, header=True) for c in row] for row in body[:count]], body[count:]
    marks = {m.group().lstrip("^"): line for line in lines if (m := _FOOT_MARK.match(line))}
    top = head if head else body
    first = ""
    caption = next((c for c in table if local(c) == "caption"), None)
    if caption is None and len(head + body) > 2 and _is_title(top, width):
        first = top.pop(0)[0].text
    rows = _grouped(head, body, width, marks)
    if not head:  # headers of no words: that the first row holds no figure does not make it one ("Mild | No adjustment")
        rows.insert(0, [TableCell("", header=True)])
    title = first if caption is None else clean(inline(caption, is_skipped))
    about = () if caption is None else notes_of(caption, by_id)
    notes = dict.fromkeys(n for n in (*notes_of(table, by_id), *lines) if n not in about)
    return LabelTable(_below_headers(rows), " ".join([title, *(f"[{n}]" for n in about)]), tuple(notes))


def _sections(table: etree._Element, by_id: Mapping[str, str]) -> tuple[list[_Row], list[_Row], list[_Row]]:
    head: list[_Row] = []
    body: list[_Row] = []
    foot: list[_Row] = []
    for row in table.iter("{*}tr"):
        if next(row.iterancestors("{*}table"), table) is not table:
            continue
        name = local(row.getparent())
        cells = [_cell(c, name == "thead", by_id) for c in row if local(c) in ("td", "th")]
        {"thead": head, "tfoot": foot}.get(name, body).append(cells)
    return _without_blank_rows(head), _without_blank_rows(body), foot


def _without_blank_rows(rows: list[_Row]) -> list[_Row]:
    """Rows that hold words; a cell that reaches down through a blank row reaches one row less."""
    kept: list[_Row] = []
    for row in rows:
        if any(c.text or c.rows > 1 for c in row):
            kept.append(row)
        elif _spans_rows(kept):
            below = len(kept)
            kept = [[replace(c, rows=c.rows - 1) if c.rows > below - i else c for c in r] for i, r in enumerate(kept)]
    return kept


def _spans_rows(rows: list[_Row]) -> bool:
    return any(c.rows > 1 for row in rows for c in row)


def _cell(element: etree._Element, in_head: bool, by_id: Mapping[str, str]) -> _Cell:
    copy = deepcopy(element)
    copy.tail = None
    for child in copy.iter():
        if local(child) == "br":
            child.tail = _LINE + (child.tail or "")
        elif local(child) in ("item", "li") and (child.getprevious() is not None or (child.text or "").strip()):
            child.text = "• " + (child.text or "")
    lines = tuple(clean(line) for line in inline(copy, is_skipped).split(_LINE))
    return _Cell(
        lines=lines if any(lines) else ("",),
        header=in_head or local(element) == "th",
        emphasised=is_emphasised(element),
        rows=_span(element, "rowspan"),
        columns=_span(element, "colspan"),
        notes=notes_of(element, by_id),
    )


def _span(element: etree._Element, name: str) -> int:
    text = element.get(name) or "1"
    return max(1, int(text)) if re.fullmatch(r"[0-9]{1,4}", text) else 1


def is_emphasised(element: etree._Element) -> bool:
    """Whether all its words are bold, italic or underlined."""
    seen = False
    stack = [(element, local(element) == "th")]
    while stack:
        node, strong = stack.pop()
        if local(node) in NOT_INLINE:
            continue
        strong = strong or local(node) in _EMPHASIS or bool(re.search(r"bold|italics|underline", node.get("styleCode") or ""))
        own = (node.text or "").strip()
        if own and not strong:
            return False
        seen = seen or bool(own)
        for child in node:
            if (child.tail or "").strip():
                if not strong:
                    return False
                seen = True
            stack.append((child, strong))
    return seen


def _unstack(row: _Row) -> list[_Row]:
    """A row whose cells stack several lines is several rows, if an empty first line shows that line stands beside line.

    <td>ACR20<br/>Week 52</td><td><br/>63%</td> is such a row ("ACR20 Week 52", "63%"); without the empty line a break
    may be mere wrapping.
    """
    heights = {len(c.lines) for c in row if len(c.lines) > 1}
    if len(heights) != 1 or all(c.lines[0] or len(c.lines) == 1 for c in row):
        return [row]
    height = heights.pop()
    rows: list[_Row] = []
    for index in range(1, height):
        stacked = (replace(c, lines=(c.lines[0], c.lines[index])) if len(c.lines) > 1 else replace(c, rows=height - 1) for c in row)
        rows.append([c for c in stacked if index == 1 or c.rows == 1])
    return rows


def _is_trailing_note(row: _Row, width: int) -> bool:
    filled = [c for c in row if c.text]
    if len(filled) != 1 or filled[0] is not row[0] or filled[0].emphasised:
        return False
    return filled[0].columns >= width or bool(_MARK.match(filled[0].text))


def _is_title(rows: list[_Row], width: int) -> bool:
    """Whether a line across the whole table names the table rather than the first of several groups of rows."""
    across = [row for row in rows if width > 1 and row and row[0].columns == width]
    return bool(across) and across[0] is rows[0] and (len(across) == 1 or bool(_TABLE_TITLE.match(rows[0][0].text)))


def _foot_lines(foot: list[_Row]) -> list[str]:
    """Footnotes, one a mark: a line without a mark goes on with the one before."""
    lines: list[str] = []
    for cell in (c for row in foot for c in row):
        first = True
        for line in filter(None, cell.lines):
            if not first and lines and _FOOT_MARK.match(lines[-1]) and not _FOOT_MARK.match(line):
                lines[-1] += f" {line}"
            else:
                lines.append(line)
            first = False
    return lines


def _count_headers(rows: list[_Row]) -> int:
    """How many leading rows are headers in a table that marks none: bold ones, those beside an empty corner, or a row
    that names a measure ("Age | Dose"). Nothing else: a first row without figures may be the first dose."""
    if not rows or len(rows[0]) < 2 or not any(c.text for c in rows[0]):
        return 0
    corner = not rows[0][0].text
    singles = sum(1 for row in rows if len([c for c in row if c.text]) == 1)
    count = 0
    for index, row in enumerate(rows[:-1]):
        filled = [c for c in row if c.text]
        bold = len(filled) > 1 and all(c.emphasised or c.header for c in filled)
        if bold or (corner and filled and not row[0].text):
            count = index + 1
        elif not corner or count < index or any(ch.isdigit() for c in row[1:] for ch in c.text):
            break
        elif len(filled) == 1 and not filled[0].emphasised and singles == 1:
            count = index + 1
    if not any(len([c for c in row if c.text]) > 1 for row in rows[count:]):
        return 0  # headers of nothing
    named = any(_MEASURE.fullmatch(c.text) for c in rows[0]) and not any(ch.isdigit() for c in rows[0] for ch in c.text)
    return count or int(named and len(rows) > 1)


def _grouped(head: list[_Row], body: list[_Row], width: int, marks: Mapping[str, str]) -> list[list[TableCell]]:
    """Rows under a group line ("Renal impairment" across the table) get it as their outermost header."""
    groups: list[tuple[_Cell | None, list[_Row]]] = [(None, [])]
    for row in body:
        if _is_group(row, width):
            groups.append((row[0], []))
        else:
            groups[-1][1].append(row)
    grouped = any(cell is not None and rows for cell, rows in groups)
    rows: list[list[TableCell]] = []
    for row in head:
        rows.append([TableCell("", header=True)] * grouped + [_made(c, marks, header=True) for c in row])
    for group, members in groups:
        if group is not None and not members:
            rows.append([TableCell("")] * grouped + [_made(group, marks)])
            continue
        for index, row in enumerate(members):
            made = [_made(c, marks) for c in row]
            if grouped and any(c.text for c in row[1:]):
                made[0] = replace(made[0], header=True)
            lead = _lead(group, index, len(members), marks) if grouped else []
            rows.append(lead + made)
    return rows


def _lead(group: _Cell | None, index: int, size: int, marks: Mapping[str, str]) -> list[TableCell]:
    if group is None:
        return [TableCell("")]
    return [replace(_made(group, marks, header=True), rows=size, columns=1)] if index == 0 else []


def _is_group(row: _Row, width: int) -> bool:
    filled = [c for c in row if c.text]
    if width < 2 or len(filled) != 1 or filled[0] is not row[0] or row[0].rows > 1 or sum(c.columns for c in row) != width:
        return False
    return row[0].columns == width or not row[0].text[0].islower()  # a lower-case one goes on with the line above


def _made(cell: _Cell, marks: Mapping[str, str], header: bool = False) -> TableCell:
    found: list[str] = list(cell.notes)
    for mark in _MARK.findall(cell.text):
        found += [marks[m] for m in mark.lstrip("^").split(",") if m in marks]
    return TableCell(cell.text, header or cell.header, cell.rows, cell.columns, tuple(dict.fromkeys(found)))


def _below_headers(rows: list[list[TableCell]]) -> tuple[tuple[TableCell, ...], ...]:
    """Give each cell the notes of the headers above it: "Dose^a" with "a: at most 400 mg" is part of every dose below."""
    try:
        grid = expand(rows)
    except ValueError as error:
        raise SourceError(str(error)) from error
    headers = 0
    while headers < len(grid) and all(c.header or not clean(c.text) for c in grid[headers]):
        headers += 1
    added: dict[int, tuple[str, ...]] = {}
    for row in grid[headers:]:
        for index, cell in enumerate(row):
            above = tuple(n for top in grid[:headers] for n in top[index].notes)
            if clean(cell.text) and id(cell) not in added:
                added[id(cell)] = tuple(dict.fromkeys((*above, *cell.notes)))
    return tuple(tuple(replace(c, notes=added.get(id(c), c.notes)) for c in row) for row in rows)
