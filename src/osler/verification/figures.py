"""Figures: every number of a claim must stand in its span with the same unit."""

from __future__ import annotations

from osler.domain.concept import Quantity
from osler.language.quantities import MASS_MG, find_quantities, find_timings, plain

_TOLERANCE = 1e-9


def check_figures(claim: str, span: str) -> tuple[str, ...]:
    """Reasons against the claim; empty when every figure is in the span.

    A claim's mass may be written in another unit (1 g for 1,000 mg), never as another amount.
    """
    theirs = find_quantities(span)
    reasons = []
    for mine in find_quantities(claim):
        if any(_same(mine, other) for other in theirs):
            continue
        near = [o for o in theirs if _equal(o.low, mine.low) and _equal(o.high, mine.high)]
        if near:
            reasons.append(f"the claim says {_words(mine)}, the span {_words(near[0])}")
        else:
            reasons.append(f"the figure {_words(mine)} is not in the span")
    frequencies = {t.per_day for t in find_timings(span)}
    for timing in find_timings(claim):
        if frequencies and timing.per_day is not None and timing.per_day not in frequencies:
            reasons.append(f"the frequency “{timing.text}” is not the span's")
    return tuple(reasons)


def _same(mine: Quantity, other: Quantity) -> bool:
    if mine.per != other.per or mine.comparator != other.comparator:
        return False
    if mine.unit in MASS_MG and other.unit in MASS_MG:
        mine_mg, other_mg = MASS_MG[mine.unit], MASS_MG[other.unit]
        return _equal(mine.low * mine_mg, other.low * other_mg) and _equal(mine.high * mine_mg, other.high * other_mg)
    return mine.unit == other.unit and _equal(mine.low, other.low) and _equal(mine.high, other.high)


def _equal(a: float, b: float) -> bool:
    return abs(a - b) <= _TOLERANCE * max(1.0, abs(a), abs(b))


def _words(quantity: Quantity) -> str:
    number = plain(quantity.low) if quantity.low == quantity.high else f"{plain(quantity.low)}-{plain(quantity.high)}"
    return " per ".join(filter(None, (f"{number} {quantity.unit}".strip(), *quantity.per)))
