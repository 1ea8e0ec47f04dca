"""TextBuilder: the plain text of a document and its parts, put together piece by piece with exact offsets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from osler.domain.grade import Certainty, Strength
from osler.domain.part import Cell, Part, PartKind

_SPACES = re.compile(r"[ \t\r\n\f\v\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_WINDOWS = re.compile(r"[\x80-\x9f]")
_MEANT = bytes(range(0x80, 0xA0)).decode("cp1252", "replace")
_INVISIBLE = re.compile(
    r"[\u00ad\u200b-\u200d\u2060\ufeff]|[\x00-\x08\x0e-\x1f\x7f]|[\ud800-\udfff\ufffe\uffff]|[\u202a-\u202e\u2066-\u2069]"
)


def clean(text: str) -> str:
    """One line: white space folded to single spaces; control, zero-width and direction-changing characters taken out; NFC.

    The controls from U+0080 to U+009F are Windows-1252 that was taken for Latin-1 (PubMed has a few): they become what they
    stand for, as in browsers, for "5\\x9610 mg" is "5–10 mg" and shows as "510 mg". No other character is changed, so that
    "10⁹", "≥", "µg" and minus signs stay what they are. Cleaning twice changes nothing.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())  # the same, faster: most text is plain
    visible = _INVISIBLE.sub("", _WINDOWS.sub(lambda m: _MEANT[ord(m[0]) - 0x80], text))
    return _SPACES.sub(" ", unicodedata.normalize("NFC", visible)).strip()


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell of a table as a source gives it, before headers are worked out. `notes`: texts of footnotes it is marked with."""

    text: str
    header: bool = False
    rows: int = 1
    columns: int = 1
    notes: tuple[str, ...] = ()


@dataclass
class TextBuilder:
    """Pieces are joined by a newline; a piece that is empty after `clean` is left out. `path` is the caller's."""

    parts: list[Part] = field(default_factory=list)
    _pieces: list[str] = field(default_factory=list)
    _length: int = 0
    _tables: int = 0

    @property
    def text(self) -> str:
        return "\n".join(self._pieces)

    def add(
        self,
        text: str,
        kind: PartKind = PartKind.PARAGRAPH,
        path: Sequence[str] = (),
        *,
        code: str | None = None,
        page: int | None = None,
        strength: Strength | None = None,
        certainty: Certainty = Certainty.NOT_GRADED,
        against: bool = False,
    ) -> None:
        """One piece of running text, cleaned."""
        cleaned = clean(text)
        if cleaned:
            start, end = self._append(cleaned)
            self.parts.append(
                Part(start, end, kind, tuple(path), code, page, strength=strength, certainty=certainty, against=against)
            )

    def table(
        self,
        rows: Sequence[Sequence[TableCell]],
        path: Sequence[str] = (),
        *,
        caption: str = "",
        footnotes: Sequence[str] = (),
        code: str | None = None,
        page: int | None = None,
    ) -> None:
        """A table, a line a row, each complete in itself: "column: row header; column: cell; column: cell [note]".

        Header rows (all cells headers) are not repeated as lines; a first row that is not marked as one is never taken
        for one ("Mild | No adjustment" is a row). Spanned cells count for every row and column they span. A row that is
        one cell across the whole width ("Renal impairment") names the group of the rows below it, and stands in front of
        each. A cell's notes, and those of the headers above it, stand behind its row in brackets, for a footnote may
        change its meaning.
        """
        grid = expand(rows)
        if not grid:
            return
        self._tables += 1
        number, where = self._tables, tuple(path)
        self._piece(caption, PartKind.CAPTION, where, code, page, number)
        header_rows = _header_rows(grid)
        columns = _column_headers(grid[:header_rows]) if header_rows else [""] * len(grid[0])
        above = _column_notes(grid[:header_rows], len(grid[0]))
        group = ""
        for row in grid[header_rows:]:
            if len(row) > 1 and all(cell is row[0] for cell in row) and clean(row[0].text):
                group = clean(row[0].text)
                self._piece(
                    " ".join((group, *(f"[{clean(n)}]" for n in row[0].notes))), PartKind.CAPTION, where, code, page, number
                )
                continue
            self._row(row, columns, where, code, page, number, above, group)
        if header_rows == len(grid):  # a table of headers only: keep its words
            for row in grid:
                self._row(row, [""] * len(row), where, code, page, number)
        for note in footnotes:
            self._piece(note, PartKind.FOOTNOTE, where, code, page, number)

    def _piece(self, text: str, kind: PartKind, path: tuple[str, ...], code: str | None, page: int | None, table: int) -> None:
        cleaned = clean(text)
        if cleaned:
            start, end = self._append(cleaned)
            self.parts.append(Part(start, end, kind, path, code, page, table))

    def _row(
        self,
        row: list[TableCell],
        columns: list[str],
        path: tuple[str, ...],
        code: str | None,
        page: int | None,
        number: int,
        above: Sequence[tuple[str, ...]] = (),
        group: str = "",
    ) -> None:
        texts = [clean(c.text) for c in row]
        if not any(texts):
            return
        heads = 1 if len(row) > 1 else 0
        while 0 < heads < len(row) - 1 and row[heads].header:
            heads += 1
        label = " / ".join(dict.fromkeys(t for t in (group, *texts[:heads]) if t))
        line = group
        notes: list[str] = []
        previous: TableCell | None = None
        cells: list[tuple[int, int, str, tuple[str, ...]]] = []
        for index, cell in enumerate(row):
            if not texts[index] or cell is previous:
                continue
            first = line == group and not cells
            lead = (
                "" if not line else " / " if first else ": " if index == heads and not columns[index] and not columns[0] else "; "
            )
            column = _spanned(columns, row, index)
            named = f"{column}: " if column else ""
            start = len(line) + len(lead) + len(named)
            line += lead + named + texts[index]
            marked = tuple(dict.fromkeys((*cell.notes, *(above[index] if above else ()))))
            cells.append((start, len(line), column, marked))
            notes += marked
            previous = cell
        for note in dict.fromkeys(clean(n) for n in notes):
            if note:
                line += f" [{note}]"
        start, end = self._append(line)
        made = tuple(Cell(start + a, start + b, label, column, tuple(clean(n) for n in note)) for a, b, column, note in cells)
        self.parts.append(Part(start, end, PartKind.TABLE_ROW, path, code, page, number, made))

    def _append(self, piece: str) -> tuple[int, int]:
        start = self._length + 1 if self._pieces else 0
        self._pieces.append(piece)
        self._length = start + len(piece)
        return start, self._length


def _spanned(columns: Sequence[str], row: Sequence[TableCell], index: int) -> str:
    """The heads of every column that the cell at `index` covers: a P value across both arms is not of the first alone."""
    last = index
    while last + 1 < len(row) and row[last + 1] is row[index]:
        last += 1
    return " + ".join(dict.fromkeys(filter(None, columns[index : last + 1])))


MAX_TABLE_CELLS = 200_000
"""A spanned cell may claim any size: beyond this the table is refused rather than expanded."""


def expand(rows: Sequence[Sequence[TableCell]]) -> list[list[TableCell]]:
    """A full grid: every spanned cell stands (the same object) in each place it covers. Raises ValueError when too big."""
    grid: list[dict[int, TableCell]] = [{} for _ in rows]
    filled = 0
    for index, row in enumerate(rows):
        column = 0
        for cell in row:
            while column in grid[index]:
                column += 1
            width, height = max(1, cell.columns), max(1, min(cell.rows, len(rows) - index))
            filled += width * height
            if filled > MAX_TABLE_CELLS:
                raise ValueError(f"a table of more than {MAX_TABLE_CELLS:,} cells")
            for down in range(height):
                for right in range(width):
                    grid[index + down].setdefault(column + right, cell)
            column += width
    width = max((max(row, default=-1) + 1 for row in grid), default=0)
    empty = TableCell("")
    return [[row.get(c, empty) for c in range(width)] for row in grid if row]


def _header_rows(grid: list[list[TableCell]]) -> int:
    count = 0
    for row in grid:
        if not all(c.header or not clean(c.text) for c in row):
            break
        count += 1
    return count


def _column_notes(rows: list[list[TableCell]], width: int) -> list[tuple[str, ...]]:
    """The footnotes of the headers above each column: they hold for every cell under it."""
    return [tuple(dict.fromkeys(note for row in rows for note in row[i].notes)) for i in range(width)]


def _column_headers(rows: list[list[TableCell]]) -> list[str]:
    return [" / ".join(dict.fromkeys(filter(None, (clean(row[i].text) for row in rows)))) for i in range(len(rows[0]))]
