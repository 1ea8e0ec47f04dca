"""Glyphs of a PDF page to lines of text in reading order, one column after the other."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from osler.documents.markup import subscript, superscript


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character where it stands; points, y upwards. `base`: its baseline; `spaced`: white space stands before it."""

    char: str
    left: float
    right: float
    base: float
    size: float
    bold: bool
    spaced: bool


@dataclass(frozen=True, slots=True)
class Segment:
    """Glyphs in a row without a wide gap, in the order in which the file draws them."""

    text: str
    left: float
    right: float
    base: float
    size: float
    bold: bool


@dataclass(frozen=True, slots=True)
class Line:
    """Segments beside each other: `cells` are those that a wide gap parts. start, edge: left and right end of its column."""

    cells: tuple[Segment, ...]
    page: int
    column: int
    start: float
    edge: float

    @property
    def text(self) -> str:
        return " ".join(c.text for c in self.cells)

    @property
    def left(self) -> float:
        return self.cells[0].left

    @property
    def right(self) -> float:
        return self.cells[-1].right

    @property
    def base(self) -> float:
        return self.cells[0].base

    @property
    def size(self) -> float:
        return max(self.cells, key=lambda c: len(c.text)).size

    @property
    def bold(self) -> bool:
        return all(c.bold for c in self.cells)


_GAP = 1.0
"""Ems: no justified line has a wider gap between two words; a column, a cell, a bullet or a margin has."""
_MAX_SEGMENTS = 1000
"""Of a page whose columns are looked for; the search takes the square of it."""
_PLAIN_RAISED = frozenset({"st", "nd", "rd", "th", "TM", "SM"})
MARKER = re.compile(
    r"[•●○◦▪■□◆►▶➢✓❖‣⁃∙·–—*\uf0b7\uf0a7\uf0d8\uf0fc-]|o|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)]|\d{1,2}(?:\.\d{1,3}){1,3}\.?"
)


def segments(glyphs: Sequence[Glyph]) -> list[Segment]:
    """Runs of glyphs on one baseline (raised and lowered marks included), in drawing order."""
    out: list[Segment] = []
    run: list[Glyph] = []
    for glyph in glyphs:
        if run and not _continues(run[-1], glyph):
            out += _segment(run)
            run = []
        if run and _is_overprint(run[-1], glyph):
            continue
        run.append(glyph)
    return out + _segment(run)


def _continues(last: Glyph, glyph: Glyph) -> bool:
    size = max(last.size, glyph.size)
    rise = 0.7 if min(last.size, glyph.size) < 0.85 * size else 0.5
    return abs(glyph.base - last.base) < rise * size and -0.6 * size < glyph.left - last.right < _GAP * size


def _is_overprint(last: Glyph, glyph: Glyph) -> bool:
    """Some programs print a letter twice, a little apart, to make it bold."""
    return (
        glyph.char == last.char
        and abs(glyph.left - last.left) < 0.1 * glyph.size
        and abs(glyph.base - last.base) < 0.1 * glyph.size
    )


def _segment(run: list[Glyph]) -> list[Segment]:
    if not run:
        return []
    size = Counter(g.size for g in run).most_common(1)[0][0]
    base = Counter(g.base for g in run if g.size == size).most_common(1)[0][0]
    text = ""
    for level, piece, spaced in _by_level(run, base, size):
        shown = _raise(piece) if level > 0 else subscript(piece, text) if level < 0 else piece
        text += f"{' ' if spaced and text else ''}{shown}"
    letters = [g for g in run if g.char.isalnum()] or run
    return [Segment(text.strip(), run[0].left, run[-1].right, base, size, all(g.bold for g in letters))]


def _by_level(run: list[Glyph], base: float, size: float) -> Iterator[tuple[int, str, bool]]:
    """Stretches of raised (1), plain (0) and lowered (-1) text, with whether a space stands before each."""
    piece, current, before = "", 0, False
    for glyph in run:
        offset = (glyph.base - base) / size
        small = glyph.size < 0.85 * size
        level = 1 if offset > (0.12 if small else 0.25) else -1 if offset < (-0.05 if small else -0.25) else 0
        if piece and level != current:
            yield current, piece, before
            piece = ""
        if not piece:
            current, before = level, glyph.spaced
            piece = glyph.char
        else:
            piece += f"{' ' if glyph.spaced else ''}{glyph.char}"
    if piece:
        yield current, piece, before


def _raise(text: str) -> str:
    """10⁹ must not become 109; ordinals and trade marks stay plain, and reference numbers are raised one by one."""
    if text.strip() in _PLAIN_RAISED or not any(c.isalnum() or c in "+-−" for c in text):
        return text
    return re.sub(r"[^,;–\s]+", lambda m: superscript(m[0]), text)


def lines(page: Sequence[Segment], number: int, edge: float) -> list[Line]:
    """The page's lines, one column after the other. edge: where the text of a page without columns ends at the right."""
    out: list[Line] = []
    for column, block in enumerate(_columns(page)):
        end = max(s.right for s in block) if len(block) < len(page) else edge
        start = min(s.left for s in block)
        out += (Line(tuple(cells), number, column, start, end) for cells in _rows(block))
    return out


def _rows(block: Sequence[Segment]) -> Iterator[list[Segment]]:
    rows: list[list[Segment]] = []
    for segment in sorted(block, key=lambda s: (-s.base, s.left)):
        if rows and abs(rows[-1][0].base - segment.base) < 0.35 * min(segment.size, rows[-1][0].size):
            rows[-1].append(segment)
        else:
            rows.append([segment])
    for row in _with_marks(rows):
        yield _cells(sorted(row, key=lambda s: s.left))


def _with_marks(rows: list[list[Segment]]) -> Iterator[list[Segment]]:
    """Rows that hold only small raised or lowered text beside a neighbouring row's ("1 Division of …"), put into that row."""
    marks: dict[int, list[Segment]] = defaultdict(list)
    for index, row in enumerate(rows):
        for other in (index + 1, index - 1):
            host = rows[other] if 0 <= other < len(rows) else []
            if host and all(any(_marks(small, segment) for segment in host) for small in row):
                marks[other] += [_set(small, host[0]) for small in row]
                rows[index] = []
                break
    for index, row in enumerate(rows):
        if row:
            yield row + marks[index]


def _marks(small: Segment, large: Segment) -> bool:
    near = min(abs(small.right - large.left), abs(large.right - small.left)) < 0.5 * large.size
    return near and small.size < 0.85 * large.size and abs(small.base - large.base) < 0.7 * large.size


def _set(small: Segment, host: Segment) -> Segment:
    raised = small.base > host.base
    return replace(small, text=_raise(small.text) if raised else small.text, base=host.base, size=host.size)


def _cells(row: list[Segment]) -> list[Segment]:
    """Neighbours joined unless a gap of 1.5 ems parts them; a bullet or number keeps its own cell."""
    cells = [row[0]]
    for segment in row[1:]:
        last = cells[-1]
        if segment.left - last.right < 1.5 * segment.size and not MARKER.fullmatch(last.text):
            close = segment.left - last.right < 0.15 * segment.size
            text = f"{last.text}{'' if close else ' '}{segment.text}"
            cells[-1] = Segment(text, last.left, segment.right, last.base, max(last.size, segment.size), last.bold and segment.bold)
        else:
            cells.append(segment)
    return cells


def _columns(block: Sequence[Segment], depth: int = 0) -> list[list[Segment]]:
    """The block cut at a gutter: bands between full-width lines, in each the left column before the right one."""
    gutter = _gutter(block) if depth < 2 and 12 <= len(block) <= _MAX_SEGMENTS else None
    if gutter is None:
        return [list(block)] if block else []
    crossing = sorted((s for s in block if s.left < gutter < s.right), key=lambda s: -s.base)
    left = [s for s in block if s.right <= gutter]
    right = [s for s in block if s.left >= gutter]
    out: list[list[Segment]] = []
    tops = [float("inf"), *(s.base for s in crossing)]
    for index, top in enumerate(tops):
        bottom = tops[index + 1] if index + 1 < len(tops) else float("-inf")
        for side in (left, right):
            out += _columns([s for s in side if bottom < s.base <= top], depth + 1)
        if index < len(crossing):
            if out and index and out[-1][-1] is crossing[index - 1]:
                out[-1].append(crossing[index])
            else:
                out.append([crossing[index]])
    return out


def _gutter(block: Sequence[Segment]) -> float | None:
    """An x that parts two columns of prose, or None. Cells of a table are drawn row by row and do not fill their columns."""
    size = Counter(s.size for s in block).most_common(1)[0][0]
    least, most = min(s.left for s in block), max(s.right for s in block)
    best: tuple[int, float] | None = None
    for x in sorted({s.left - 0.3 * size for s in block if least + 0.2 * (most - least) < s.left < least + 0.8 * (most - least)}):
        left = [s for s in block if s.right <= x]
        right = [s for s in block if s.left >= x]
        crossing = len(block) - len(left) - len(right)
        if min(len(left), len(right)) < 6 or crossing > 0.25 * len(block):
            continue
        if _is_prose(block, x, left, right) and (best is None or crossing < best[0]):
            best = crossing, x
    return None if best is None else best[1]


def _is_prose(block: Sequence[Segment], x: float, left: Sequence[Segment], right: Sequence[Segment]) -> bool:
    sides = [s.left >= x for s in block if s.right <= x or s.left >= x]
    switches = sum(1 for a, b in pairwise(sides) if a != b)
    bands = 1 + len(block) - len(left) - len(right)
    if switches <= 2 * bands + 0.15 * min(len(left), len(right)) and _fill(left) > 0.5 and _fill(right) > 0.5:
        return True
    return _fill(left) > 0.75 and _fill(right) > 0.75 and min(len(left), len(right)) >= 10


def _fill(column: Sequence[Segment]) -> float:
    """Mean part of the column's width that its rows fill."""
    width = max(s.right for s in column) - min(s.left for s in column)
    rows = list(_filled(column))
    return sum(rows) / len(rows) / width if width > 0 else 0.0


def _filled(column: Sequence[Segment]) -> Iterator[float]:
    by_row: dict[int, list[Segment]] = defaultdict(list)
    for segment in column:
        by_row[round(segment.base / 4)].append(segment)
    for row in by_row.values():
        yield max(s.right for s in row) - min(s.left for s in row)
