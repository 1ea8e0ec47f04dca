"""The picture of the evidence: year against study design, one mark a source and directness; SVG geometry, no pixels of a browser."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from osler.domain.article import Article
from osler.domain.evidence import Directness
from osler.web.words import DESIGN

LEFT, RIGHT, TOP, ROW, LANE_GAP, FOOT, WIDTH = 168, 24, 10, 27, 12, 32, 720
"""User units of the SVG; its height follows from the lanes, a lane's from the marks that would cover one another."""
UNKNOWN_YEAR = 60
"""Width of the column for sources that show no year."""
TARGET = 12.5
"""Radius of what can be hit: 25 units across, over the 24 px of WCAG 2.2 (2.5.8) at the size the page draws it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One source as it was used directly or indirectly. radius grows with the sentences that rest on it."""

    x: float
    y: float
    radius: float
    number: int
    title: str
    design: str
    year: int | None
    is_direct: bool
    sentences: int
    check: str

    @property
    def name(self) -> str:
        how = "direct" if self.is_direct else "indirect"
        many = "1 sentence" if self.sentences == 1 else f"{self.sentences} sentences"
        return f"Reference {self.number}, {self.design.lower()}, {self.year or 'year not shown'}, {how}, {many}: {self.title}"

    @property
    def diamond(self) -> str:
        r = self.radius * 1.2
        return f"{self.x},{self.y - r} {self.x + r},{self.y} {self.x},{self.y + r} {self.x - r},{self.y}"


@dataclass(frozen=True, slots=True)
class Lane:
    """The stripe of one design."""

    name: str
    top: float
    height: float


@dataclass(frozen=True, slots=True)
class Picture:
    width: int
    height: int
    left: int
    lanes: tuple[Lane, ...]
    years: tuple[tuple[str, float], ...]
    marks: tuple[Mark, ...]


def picture(article: Article) -> Picture | None:
    """None when nothing is cited."""
    uses: Counter[tuple[int, bool]] = Counter()
    first: dict[tuple[int, bool], str] = {}
    for claim in article.claims:
        for citation in claim.citations:
            key = (citation.reference, citation.directness is Directness.DIRECT)
            uses[key] += 1
            first.setdefault(key, claim.id)
    if not uses:
        return None
    known = {r.number: r for r in article.references}
    years = [y for n, _ in uses if (y := known[n].year)]
    span = (min(years), max(years)) if years else (0, 0)
    marks, lanes, top = [], [], float(TOP)
    for kind in (k for k in DESIGN if any(known[n].kind is k for n, _ in uses)):
        placed = _rows([(_x(known[n].year, span), n, d) for n, d in sorted(uses) if known[n].kind is kind])
        height = ROW * (1 + max(row for row, _, _, _ in placed)) + LANE_GAP
        lanes.append(Lane(DESIGN[kind], top, height))
        for row, x, n, d in placed:
            middle = top + LANE_GAP / 2 + ROW * (row + 0.5)
            size = 5.5 + 1.8 * min(uses[n, d], 4)
            marks.append(Mark(x, middle, size, n, known[n].title, DESIGN[kind], known[n].year, d, uses[n, d], first[n, d]))
        top += height
    ticks = _ticks(years, span, any(not known[n].year for n, _ in uses))
    return Picture(WIDTH, int(top) + FOOT, LEFT, tuple(lanes), ticks, tuple(sorted(marks, key=lambda m: (m.number, m.is_direct))))


def _x(year: int | None, span: tuple[int, int]) -> float:
    if not year:
        return LEFT + UNKNOWN_YEAR / 2
    low, high = span
    start, end = LEFT + UNKNOWN_YEAR + 2 * TARGET, WIDTH - RIGHT - TARGET
    return (start + end) / 2 if low == high else round(start + (end - start) * (year - low) / (high - low), 1)


def _rows(marks: list[tuple[float, int, bool]]) -> list[tuple[int, float, int, bool]]:
    """(row, x, number, directness): each mark keeps its year and goes to the first row of its lane where it covers no other."""
    ends: list[float] = []
    placed = []
    for x, number, is_direct in sorted(marks):
        row = next((i for i, end in enumerate(ends) if x - TARGET >= end), len(ends))
        ends[row:] = [x + TARGET, *ends[row + 1 :]]
        placed.append((row, x, number, is_direct))
    return placed


def _ticks(years: list[int], span: tuple[int, int], unknown: bool) -> tuple[tuple[str, float], ...]:
    ticks = [("no year", _x(None, span))] if unknown else []
    if years:
        low, high = span
        step = next(s for s in (1, 2, 5, 10, 20, 50, 100) if (high - low) / s <= 7)
        wanted = (y for y in range(low, high + 1) if y % step == 0 or low == high)
        ticks += [(str(y), _x(y, span)) for y in wanted]
    return tuple(ticks)
