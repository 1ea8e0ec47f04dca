"""Figures: every number of a claim must stand in its span with the same unit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from osler.domain.concept import Quantity
from osler.language.quantities import DOSE_UNITS, MASS_MG, VOLUME_ML, Timing, find_quantities, find_timings, number
from osler.verification.wording import plain_text

_TIME_H = {"min": 1 / 60, "h": 1.0, "day": 24.0, "week": 168.0}
_SAME_TIME = {"24 h": "day", "1 day": "day", "1 h": "h", "60 min": "h", "7 day": "week"}
_COMPARATOR_BEFORE = re.compile(
    r"(?:[<>≤≥]=?|\bno(?:t)? (?:more|less|fewer|greater) than|\bnot (?:above|below|exceed(?:ing)?)|\b(?:less|lower|fewer|more|greater|higher) than"
    r"|\bbelow|\bunder|\bover|\babove|\bat least|\bat most|\bup to|\bexceed(?:s|ed|ing)?|\bolder than|\byounger than)\s*$",
    re.IGNORECASE,
)
_COMPARATOR_SYMBOLS = {"<": "<", "<=": "<=", "≤": "<=", ">": ">", ">=": ">=", "≥": ">="}
_MORE = re.compile("great|high|more|over|above|old|exceed", re.IGNORECASE)
_TRAILING_ZERO = re.compile(r"\d+\.\d*0(?!\d)")
_COMPARATOR_AFTER = re.compile(
    r"\s*(?:or|and)\s+(?:(?P<up>more|greater|higher|older|over|above|upwards?)|(?P<down>less|fewer|lower|younger|under|below))\b",
    re.IGNORECASE,
)
_TIMING_GATE = re.compile(
    r"dai|day|week|month|year|hour|\d ?h\b|\bq|\b[bt]\.?i\.?d|\b[bo]d\b|tds|tiw|noct|mane|night|need|dose", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A quantity or (quantity None) a frequency at [start, end), comparator words included.

    gives, needs: keys by which figures are the same, whatever the unit of writing; a span's figure licenses a claim's
    when one of its `gives` is among the claim's `needs`. "Every 8 h" gives "three times a day", never the reverse.
    per_day: the quantity is "per day", kept out of its key so that "20 mg/day" is "20 mg daily".
    """

    start: int
    end: int
    text: str
    gives: frozenset[str]
    needs: frozenset[str]
    quantity: Quantity | None = None
    per_day: bool = False
    measure: str = ""

    @property
    def is_dose(self) -> bool:
        return self.quantity is not None and self.quantity.unit in DOSE_UNITS


def find_figures(text: str) -> list[Figure]:
    """Every quantity and frequency of `text` (as `wording.plain_text` gives it); they may overlap."""
    found = [_figure(q, text) for q in find_quantities(text)]
    if _TIMING_GATE.search(text):
        for timing in find_timings(text):
            keys = timing_keys(timing)
            if keys is not None:
                found.append(Figure(timing.start, timing.end, timing.text, *keys, measure="frequency"))
    return found


def _figure(q: Quantity, text: str) -> Figure:
    before = _COMPARATOR_BEFORE.search(text, max(0, q.start - 24), q.start)
    after = _COMPARATOR_AFTER.match(text, q.end)
    comparator = q.comparator
    start, end = before.start() if before else q.start, q.end
    if before and not comparator:
        comparator = _COMPARATOR_SYMBOLS.get(before[0].strip()) or (">" if _MORE.search(before[0]) else "<")
    if after and not comparator:
        comparator, end = (">=" if after["up"] else "<="), after.end()
    sign = ""
    if start == q.start and text[start - 1 : start] == "-" and not text[max(0, start - 2) : start - 1].isalnum():
        sign, start = "-", start - 1
    low, high, unit, per = _canonical(q, text)
    per_day = "day" in per
    measure = "/".join((unit, *(p for p in per if p != "day")))
    key = f"#{sign}{low:.9g}~{high:.9g} {measure} {comparator}"
    exact = _TRAILING_ZERO.findall(text, q.start, q.end)
    if not exact:
        return Figure(start, end, text[start:end], frozenset({key}), frozenset({key}), q, per_day, measure)
    written = f"{key} as {' '.join(exact)}"  # "1.290" says more than 1.29, and "5.0 mg" has been read as 50
    return Figure(start, end, text[start:end], frozenset({key, written}), frozenset({written}), q, per_day, measure)


def _canonical(q: Quantity, text: str) -> tuple[float, float, str, tuple[str, ...]]:
    """The range in mg, mL or h where it can be, and what it is per; 250 mg per 5 mL is 50 mg per mL."""
    low, high, unit = q.low, q.high, q.unit
    for table, base in ((MASS_MG, "mg"), (VOLUME_ML, "mL"), (_TIME_H, "h")):
        if unit in table and (high or base != "h"):  # "0 days" is not "0 hours": an age or a date is being told
            low, high, unit = low * table[unit], high * table[unit], base
            break
    if unit == "%" and text[q.start : q.end].lower().endswith("points"):
        unit = "percentage point"
    per = []
    for p in q.per:
        p = _SAME_TIME.get(p, p)
        *amount, measure = p.split()
        if measure in VOLUME_ML:
            volume = (number(amount[0]) if amount else 1.0) * VOLUME_ML[measure]
            if volume > 0:
                low, high, p = low / volume, high / volume, "mL"
        per.append(p)
    return low, high, unit, tuple(per)


def timing_keys(timing: Timing) -> tuple[frozenset[str], frozenset[str]] | None:
    """What a frequency gives and needs; None for a moment of giving ("after dialysis"), which is compared as words."""
    if timing.every_h is not None:
        low, high = timing.every_h
        own = f"every {low:g}-{high:g} h"
        gives = {own}
        if low == high and low <= 24 and 24 % low == 0:
            gives.add(f"{24 / low:g} a day")
        if own == "every 168-168 h":
            gives.add("1 a week")
        return frozenset(gives), frozenset({own})
    if timing.per_week is not None:
        keys = {f"{timing.per_week:g} a week"} | ({"every 168-168 h"} if timing.per_week == 1 else set())
        return frozenset(keys), frozenset(keys)
    lowered = timing.text.lower().strip()
    if timing.per_day is not None:
        keys = {f"{timing.per_day:g} a day"}
        if re.fullmatch(r"daily|(?:a|per|each|every) day|/d(?:ay)?", lowered):
            keys.add("per day")
        if re.search(r"night|bedtime|nocte|mane", lowered):
            return frozenset(keys | {lowered.split()[-1]}), frozenset({lowered.split()[-1]})
        return frozenset(keys), frozenset(keys)
    if "need" in lowered or "dose" in lowered:
        keys = {"as needed" if "need" in lowered else "single dose"}
        return frozenset(keys), frozenset(keys)
    if timing.per_month is not None:
        return (keys_ := frozenset({f"{timing.per_month:g} a month"})), keys_
    return None


def check_figures(claim: str, span: str) -> tuple[str, ...]:
    """Reasons against the claim; empty when every figure is somewhere in the span.

    A claim's mass may be written in another unit (1 g for 1,000 mg), never as another amount.
    """
    theirs = _apart(find_figures(plain_text(span)))
    reasons = []
    for mine in _apart(find_figures(plain_text(claim))):
        if not any(mine.needs & other.gives and (mine.per_day == other.per_day or mine.quantity is None) for other in theirs):
            reasons.append(difference(mine, theirs))
    return tuple(reasons)


def _apart(figures: list[Figure]) -> list[Figure]:
    """Figures that do not overlap, the earliest and longest first."""
    kept: list[Figure] = []
    for figure in sorted(figures, key=lambda f: (f.start, -f.end)):
        if not kept or figure.start >= kept[-1].end:
            kept.append(figure)
    return kept


def difference(mine: Figure, theirs: Sequence[Figure]) -> str:
    """Why a claim's figure is not the span's, naming the span's nearest one: of the same measure, else of the same number."""
    alike = [t for t in theirs if t.measure == mine.measure] or [t for t in theirs if _same_number(mine, t)]
    if not alike:
        return f"the figure {mine.text} is not in the span"
    return f"the claim says {mine.text}, the span {' and '.join(dict.fromkeys(t.text for t in alike[:3]))}"


def _same_number(a: Figure, b: Figure) -> bool:
    return (
        a.quantity is not None and b.quantity is not None and (a.quantity.low, a.quantity.high) == (b.quantity.low, b.quantity.high)
    )
