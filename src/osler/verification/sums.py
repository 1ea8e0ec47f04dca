"""Sums that a claim does in its own words: per kg times weight, amount over strength, a day's total, kidney function."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from osler.domain.concept import Quantity
from osler.language.quantities import MASS_MG, VOLUME_ML, concentration_mg_per_ml, find_doses, find_quantities, in_mg, plain
from osler.verification.arithmetic import kidney_facts
from osler.verification.renal import ckd_epi_2021, cockcroft_gault

_A_SUM = re.compile(r"kg|ml|clearance|crcl|gfr|a day|/day|per day|daily|total", re.IGNORECASE)
_CAP = re.compile(
    r"\b(?:max(?:imum)?|at most|up to|no more than|not exceed\w*|capped?|cap of)\s*(?:of\s*|dose\s*(?:of|is)?\s*|at\s*)?$",
    re.IGNORECASE,
)
_TOTAL = re.compile(r"\b(?:total|altogether|in all)\b", re.IGNORECASE)
_CLEARANCE = re.compile(r"\b(?:crcl|creatinine clearance|cockcroft)\b", re.IGNORECASE)
_EGFR = re.compile(r"\b(?:egfr|ckd-epi)\b", re.IGNORECASE)
_DILUENT = re.compile(r"\b(?:in|into|to|with)\s+(?:at least\s+)?$", re.IGNORECASE)
"""A volume that something is diluted in or made up to is no dose."""
_LAST_DIGIT = re.compile(r"\d[\d,]*(?:\.(?P<decimals>\d+))?")


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum found in a claim: the figure it makes and the facts it takes ([start, end) each), and why it is wrong, or ""."""

    made: tuple[int, int]
    given: tuple[tuple[int, int], ...] = ()
    wrong: str = ""


def find_sums(text: str) -> tuple[Sum, ...]:
    """The sums that `text` does itself, each redone. A figure made by a right sum from facts that were given needs no place in the span."""
    if not _A_SUM.search(text):
        return ()
    quantities = find_quantities(text)
    return (*_per_kg(text, quantities), *_volumes(text, quantities), *_totals(text, quantities), *_kidney(text, quantities))


def _agrees(text: str, q: Quantity, low: float, high: float) -> bool:
    """Whether a written figure is the right one, rounded to the digits it shows."""
    shown = _LAST_DIGIT.match(text, q.start)
    decimals = len(shown["decimals"] or "") if shown else 0
    slack = 0.5 * 10**-decimals * 1.001 if decimals or q.low < 10 else max(0.5, 0.005 * q.low)
    return abs(q.low - low) <= slack and abs(q.high - high) <= slack


def _plain_mass(q: Quantity) -> bool:
    return q.unit in MASS_MG and q.unit != "kg" and all(p == "day" for p in q.per)


def _is_cap(text: str, q: Quantity) -> bool:
    return q.comparator in ("<=", "<") or _CAP.search(text[max(0, q.start - 30) : q.start]) is not None


def _per_kg(text: str, quantities: tuple[Quantity, ...]) -> Iterator[Sum]:
    rates = [q for q in quantities if "kg" in q.per and q.unit in MASS_MG]
    weights = [q for q in quantities if q.unit == "kg" and not q.per and not q.comparator]  # "under 40 kg" is nobody's weight
    amounts = [q for q in quantities if _plain_mass(q) and not _is_cap(text, q)]
    if len(rates) != 1 or len(weights) != 1 or not amounts:
        return
    rate, weight = rates[0], weights[0]
    factor = MASS_MG[rate.unit] * weight.low
    low, high = rate.low * factor, rate.high * factor
    caps = [c[0] for q in quantities if _plain_mass(q) and _is_cap(text, q) and (c := in_mg(q)) is not None]
    if caps:
        low, high = min(low, *caps), min(high, *caps)
    daily = "day" in rate.per
    times = {q.start: t.per_day for q, t in find_doses(text) if t is not None and t.per_day and "day" not in q.per}
    for amount in amounts:
        unit = MASS_MG[amount.unit] * (times.get(amount.start, 1.0) if daily and "day" not in amount.per else 1.0)
        if _agrees(text, amount, low / unit, high / unit):
            yield Sum(_at(amount), (_at(weight),))
            return
    amount = amounts[0]
    unit = MASS_MG[amount.unit] * (times.get(amount.start, 1.0) if daily and "day" not in amount.per else 1.0)
    right = plain(low / unit) if low == high else f"{plain(low / unit)} to {plain(high / unit)}"
    with_cap = " with its maximum" if caps else ""
    share = f", {plain(times[amount.start])} times a day," if daily and amount.start in times else ""
    of = f"{text[rate.start : rate.end]} × {text[weight.start : weight.end]}{with_cap}{share}"
    yield Sum(_at(amount), wrong=f"{of} is {right} {amount.unit}, not {text[amount.start : amount.end]}")


def _at(q: Quantity) -> tuple[int, int]:
    return q.start, q.end


def _volumes(text: str, quantities: tuple[Quantity, ...]) -> Iterator[Sum]:
    strengths = [q for q in quantities if q.unit in MASS_MG and any(p.split()[-1] in VOLUME_ML for p in q.per)]
    amounts = [q for q in quantities if _plain_mass(q)]
    volumes = [q for q in quantities if q.unit == "mL" and not q.per and not _DILUENT.search(text[max(0, q.start - 12) : q.start])]
    if len(strengths) != 1 or not amounts or not volumes:
        return
    strength = concentration_mg_per_ml(text[strengths[0].start : strengths[0].end])
    if strength is None:
        return
    for volume in volumes:
        rights = [(m[0] / strength[0], m[1] / strength[0]) for a in amounts if (m := in_mg(a)) is not None]
        if any(_agrees(text, volume, *r) for r in rights):
            yield Sum(_at(volume), (_at(strengths[0]),))
        else:
            low, high = rights[-1]
            right = plain(low) if low == high else f"{plain(low)} to {plain(high)}"
            of = text[amounts[-1].start : amounts[-1].end]
            yield Sum(_at(volume), wrong=f"{of} of {strength[1]} is {right} mL, not {text[volume.start : volume.end]}")


def _totals(text: str, quantities: tuple[Quantity, ...]) -> Iterator[Sum]:
    """ "5 mg three times daily (15 mg/day)", "a total of 15 mg a day"."""
    doses = [
        (q, t.per_day) for q, t in find_doses(text) if t is not None and t.per_day and "day" not in q.per and "kg" not in q.per
    ]
    totals = [q for q in quantities if _plain_mass(q) and "day" in q.per]
    if len(doses) != 1 or len(totals) != 1 or not doses[0][1] or _is_cap(text, totals[0]):
        return
    dose, times = doses[0]
    total = totals[0]
    mass = in_mg(dose)
    if mass is None or dose.start == total.start:
        return
    unit = MASS_MG[total.unit]
    low, high = mass[0] * times / unit, mass[1] * times / unit
    if _agrees(text, total, low, high):
        yield Sum(_at(total))
    elif total.start > dose.start and (
        _TOTAL.search(text) or "(" in text[dose.end : total.start] or "=" in text[dose.end : total.start]
    ):
        right = plain(low) if low == high else f"{plain(low)} to {plain(high)}"
        yield Sum(
            _at(total),
            wrong=f"{text[dose.start : dose.end]}, {plain(times)} times a day, is {right} {total.unit} a day, not {text[total.start : total.end]}",
        )


def _kidney(text: str, quantities: tuple[Quantity, ...]) -> Iterator[Sum]:
    rates = [q for q in quantities if q.unit == "mL" and "min" in q.per]
    facts = kidney_facts(text)
    if len(rates) != 1 or facts is None:
        return
    age, weight, creatinine, female = facts
    try:
        if _CLEARANCE.search(text) and weight is not None:
            right = cockcroft_gault(age, weight, creatinine, female)
        elif _EGFR.search(text):
            right = ckd_epi_2021(age, creatinine, female)
        else:
            return
    except ValueError:
        return
    rate = rates[0]
    if abs(rate.low - right) > max(1.0, 0.02 * right):
        yield Sum(_at(rate), wrong=f"from the facts given it is {right:.0f} mL/min, not {text[rate.start : rate.end]}")
    else:
        yield Sum(_at(rate), tuple(_at(q) for q in quantities if q.unit in ("year", "kg", "µmol") or q.per == ("dL",)))
