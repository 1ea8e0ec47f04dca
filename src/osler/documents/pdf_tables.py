"""Lines of a PDF that are rows of a table: found by their gaps, and taken for rows only where nothing can be mistaken.

A PDF does not say where its cells end. A row that lacks the line below it ("5 mg in the morning" / "and 10 mg at night")
would be a wrong dose, so a table with any such line is given line by line, as printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from osler.documents.pdf_lines import MARKER, Line

_NEAR = 20
"""Lines above in which a cell is looked for that a line may go on with."""
_REGULAR = 1.25
"""Rows stand at one distance; lines within a row are nearer to each other than rows are."""


def is_tabular(line: Line) -> bool:
    """Whether a wide gap parts the line into cells; the gap behind a bullet or an item's number does not count."""
    marked = MARKER.fullmatch(line.cells[0].text) is not None
    return len(line.cells) > (2 if marked else 1)


def continues_table(above: Sequence[Line], line: Line) -> bool:
    """Whether a line of one cell goes on with a cell of the table above: it starts where one starts, and is no prose."""
    last = above[-1]
    near = last.page == line.page and last.column == line.column and 0 <= last.base - line.base < 2 * line.size
    starts = any(abs(c.left - line.left) < line.size for row in above[-_NEAR:] if is_tabular(row) for c in row.cells)
    return near and starts and line.right < line.left + 0.6 * (line.edge - line.left)


def split_table(found: list[Line]) -> tuple[list[list[Line]], list[Line]]:
    """Runs of rows (two and more lines: complete rows in the same columns; one: a line by itself), and what is below.

    What is below starts at the first column, under the last row: a note or a new paragraph.
    """
    end = len(found)
    while end and not is_tabular(found[end - 1]) and found[end - 1].left <= found[0].left + found[0].size:
        end -= 1
    lines, rest = found[:end], found[end:]
    runs: list[list[Line]] = []
    for line in lines:
        if runs and len(line.cells) == len(runs[-1][0].cells) and _in_columns([*runs[-1], line]):
            runs[-1].append(line)
        else:
            runs.append([line])
    if all(is_tabular(line) for line in lines):
        return [piece for run in runs for piece in ([run] if _is_regular(run) else [[line] for line in run])], rest
    return [[line] for line in lines], rest


def _in_columns(run: Sequence[Line]) -> bool:
    spans = [(min(line.cells[k].left for line in run), max(line.cells[k].right for line in run)) for k in range(len(run[0].cells))]
    return all(a[1] < b[0] for a, b in pairwise(spans))


def _is_regular(run: Sequence[Line]) -> bool:
    gaps = [a.base - b.base for a, b in pairwise(run)][1:]  # a header may stand apart
    return not any(line.cells[0].text[:1].islower() for line in run) and (not gaps or max(gaps) <= _REGULAR * min(gaps))
