"""What stands around the text of a PDF's pages and is no part of it: printed line numbers, running heads, page numbers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from osler.documents.pdf_lines import Segment

_MARGIN = 0.12
"""Part of the page's height at its top and bottom in which running heads and page numbers stand."""
_LEAST_NUMBERS = 5
_STRAY = 3
"""Of a page, that may stand beyond its line numbers: a running head, a page number."""
_REPEATED = 0.3
"""A running head stands on this part of the pages at least (left and right pages may have different ones), and on three."""


def without_line_numbers(pages: Sequence[Sequence[Segment]]) -> tuple[list[list[Segment]], bool]:
    """The pages without printed line numbers, and whether there were any.

    A manuscript's line numbers would stand in the middle of its sentences ("class 1399 specific"). They are numbers of
    one step beside the text, aligned, on more than half of at least two pages that have text.
    """
    bands = [(index, band) for index, page in enumerate(pages) if (band := _numbered_margin(page)) is not None]
    if len(bands) < 2 or len(bands) * 2 <= sum(1 for page in pages if len(page) >= 5):
        return [list(page) for page in pages], False
    left, right = min(a for _, (a, _) in bands), max(b for _, (_, b) in bands)
    return [
        [s for s in page if not (s.text.isdigit() and left - 2 <= s.left and s.right <= right + 2)] for page in pages
    ], True  # fmt: skip


def _numbered_margin(page: Sequence[Segment]) -> tuple[float, float] | None:
    numbers = sorted((s for s in page if re.fullmatch(r"[0-9]{1,6}", s.text)), key=lambda s: (s.left, -s.base))
    groups: list[list[Segment]] = []
    for segment in numbers:
        if groups and segment.left < max(s.right for s in groups[-1]):
            groups[-1].append(segment)
        else:
            groups.append([segment])
    for group in groups:
        values = [int(s.text) for s in sorted(group, key=lambda s: -s.base)]
        if len(group) < _LEAST_NUMBERS or {b - a for a, b in pairwise(values)} not in ({1}, {5}):
            continue
        left, right = min(s.left for s in group), max(s.right for s in group)
        others = len(page) - len(group)
        after, before = sum(1 for s in page if s.left >= right), sum(1 for s in page if s.right <= left)
        if max(after, before) >= others - _STRAY:
            return left, right
    return None


def without_running_heads(
    pages: Sequence[Sequence[Segment]], heights: Sequence[tuple[float, float]]
) -> tuple[list[list[Segment]], tuple[str, ...]]:
    """The pages without what stands at the same place in the margin of many, and the texts of it. heights: (bottom, top)."""
    places: dict[tuple[str, int], list[tuple[int, Segment]]] = defaultdict(list)
    for index, page in enumerate(pages):
        bottom, top = heights[index]
        zone = (top - bottom) * _MARGIN
        for segment in page:
            if segment.base < bottom + zone or segment.base > top - zone:
                places[_place(segment)].append((index, segment))
    least = max(3, _REPEATED * sum(1 for page in pages if page))
    running = {place for place, found in places.items() if len({i for i, _ in found}) >= least and _runs(found)}
    kept: list[list[Segment]] = [[] for _ in pages]
    for index, page in enumerate(pages):
        bottom, top = heights[index]
        zone = (top - bottom) * _MARGIN
        for segment in page:
            in_margin = segment.base < bottom + zone or segment.base > top - zone
            if not (in_margin and _place(segment) in running):
                kept[index].append(segment)
    return kept, tuple(sorted({places[place][0][1].text for place in running}))


def _place(segment: Segment) -> tuple[str, int]:
    text = "#" if re.fullmatch(r"[ivxl]{1,7}", segment.text) else re.sub(r"\d+", "#", segment.text)
    return text, round(segment.base / 6)


def _runs(found: Sequence[tuple[int, Segment]]) -> bool:
    """Whether it is the same text, or one number in it rises with the pages."""
    if len({s.text for _, s in found}) == 1:
        return True
    numbers = [re.findall(r"\d+", s.text) for _, s in found]
    width = min(len(n) for n in numbers)
    if width == 0:  # roman page numbers
        return True
    return any(all(int(a[k]) < int(b[k]) for a, b in pairwise(numbers)) for k in range(width))
