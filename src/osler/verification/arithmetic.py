"""Arithmetic: a shown calculation is done again from its inputs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import isclose

from osler.domain.answer import Calculation
from osler.domain.concept import Quantity
from osler.language.quantities import MASS_MG, concentration_mg_per_ml, find_quantities, find_timings, in_mg, plain
from osler.verification.renal import UMOL_PER_MG_DL, ckd_epi_2021, cockcroft_gault

_ROUNDING = 1e-3
_Reasons = tuple[str, ...]


def check_arithmetic(calculation: Calculation) -> _Reasons:
    """Reasons against it, with the right figure; a formula that is not known is a reason too.

    Formulas, by their first words: "dose per kg × weight" (with "÷ strength" for millilitres, with a cap as a last input
    "at most …"), "dose ÷ strength", "daily dose ÷ doses a day", "dose × doses a day", "Cockcroft–Gault", "CKD-EPI 2021".
    """
    for name, check in _FORMULAS.items():
        if calculation.formula.startswith(name):
            return check(calculation)
    return (f"the formula “{calculation.formula}” cannot be redone",)


_UNREADABLE = ("the inputs of the calculation cannot be read",)


def _per_kg(calculation: Calculation) -> _Reasons:
    if len(calculation.inputs) < 2:
        return (f"the formula “{calculation.formula}” cannot be redone",)
    dose = _first(calculation.inputs[0])
    weight = next((q for q in find_quantities(calculation.inputs[1]) if q.unit == "kg"), None)
    result = _first(calculation.result)
    if dose is None or weight is None or result is None:
        return _UNREADABLE
    if "kg" not in dose.per:
        return (f"{calculation.inputs[0]} is not a dose per kg",)
    if ("day" in dose.per) != ("a day" in calculation.result or "day" in result.per):
        return ("a day's total and a single dose are not the same",)
    low, high = dose.low * weight.low, dose.high * weight.low
    cap = _cap(calculation.inputs[2:], dose.unit)
    if cap is not None:
        low, high = min(low, cap), min(high, cap)
    if result.unit != dose.unit or not _close(result, low, high):
        capped = f", at most {plain(cap)} {dose.unit}" if cap is not None else ""
        return (f"{calculation.inputs[0]} × {calculation.inputs[1]}{capped} is {_range(low, high)} {dose.unit}",)
    factor = MASS_MG.get(dose.unit, 0)
    return _check_volume(calculation, low * factor, high * factor)


def _cap(inputs: tuple[str, ...], unit: str) -> float | None:
    """The largest dose among further inputs ("at most 1 g"), in `unit`."""
    for words in inputs:
        found = _first(words)
        if (
            found is not None
            and re.match(r"\s*(?:at most|max)", words, re.IGNORECASE)
            and found.unit in MASS_MG
            and unit in MASS_MG
        ):
            return found.low * MASS_MG[found.unit] / MASS_MG[unit]
    return None


def _check_volume(calculation: Calculation, low_mg: float, high_mg: float) -> _Reasons:
    """The millilitres of a liquid, when the calculation gives them."""
    if "strength" not in calculation.formula:
        return ()
    strength = next((s for s in map(concentration_mg_per_ml, calculation.inputs[1:]) if s is not None), None)
    _, equals, words = calculation.result.partition(" = ")
    volume = _first(words)
    if strength is None or not equals or volume is None or volume.unit != "mL":
        return ("the volume cannot be redone",)
    return _volume(volume, low_mg / strength[0], high_mg / strength[0])


def _volume(volume: Quantity, low: float, high: float) -> _Reasons:
    return () if _close(volume, low, high) else (f"the volume is {_range(low, high)} mL",)


def _dose_by_strength(calculation: Calculation) -> _Reasons:
    dose, volume = _first(calculation.inputs[0]), _first(calculation.result)
    mass = in_mg(dose) if dose is not None and not dose.per else None
    strength = concentration_mg_per_ml(calculation.inputs[-1])
    if mass is None or strength is None or volume is None or volume.unit != "mL":
        return _UNREADABLE
    return _volume(volume, mass[0] / strength[0], mass[1] / strength[0])


def _by_day(calculation: Calculation) -> _Reasons:
    dose, result = _first(calculation.inputs[0]), _first(calculation.result)
    timing = next(iter(find_timings(calculation.inputs[1])), None) if len(calculation.inputs) > 1 else None
    if dose is None or result is None or timing is None or not timing.per_day:
        return _UNREADABLE
    factor = 1 / timing.per_day if calculation.formula.startswith("daily") else timing.per_day
    low, high = dose.low * factor, dose.high * factor
    if result.unit != dose.unit or not _close(result, low, high):
        return (f"{calculation.inputs[0]}, {calculation.inputs[1]}: {_range(low, high)} {dose.unit}",)
    return ()


def _kidney(calculation: Calculation) -> _Reasons:
    words = "; ".join(calculation.inputs)
    facts = kidney_facts(words)
    result = _first(calculation.result)
    if facts is None or result is None:
        return _UNREADABLE
    age, weight, creatinine, female = facts
    try:
        if calculation.formula.startswith("CKD"):
            right = ckd_epi_2021(age, creatinine, female)
        elif weight is not None:
            right = cockcroft_gault(age, weight, creatinine, female)
        else:
            return _UNREADABLE
    except ValueError as error:
        return (str(error),)
    return () if abs(result.low - right) <= max(0.51, 0.005 * right) else (f"it is {right:.0f} mL/min",)


_FEMALE = re.compile(r"\b(?:female|woman|women|she|her|lady|girl)\b", re.IGNORECASE)
_MALE = re.compile(r"\b(?:male|man|men|he|his|gentleman|boy)\b", re.IGNORECASE)


def kidney_facts(words: str) -> tuple[float, float | None, float, bool] | None:
    """Age in years, weight in kg (or None), creatinine in mg/dL and whether female, where all are in `words` and clear; else None."""
    age = weight = creatinine = None
    for q in find_quantities(words):
        if q.unit == "year":
            age = q.low
        elif q.unit == "kg" and not q.per:
            weight = q.low
        elif q.unit == "mg" and q.per == ("dL",):
            creatinine = q.low
        elif q.unit == "µmol":
            creatinine = q.low / UMOL_PER_MG_DL
    female, male = bool(_FEMALE.search(words)), bool(_MALE.search(words))
    if age is None or creatinine is None or female == male:
        return None
    return age, weight, creatinine, female


def _first(words: str) -> Quantity | None:
    return next(iter(find_quantities(words)), None)


def _close(result: Quantity, low: float, high: float) -> bool:
    return isclose(result.low, low, rel_tol=_ROUNDING) and isclose(result.high, high, rel_tol=_ROUNDING)


def _range(low: float, high: float) -> str:
    return plain(low) if isclose(low, high) else f"{plain(low)} to {plain(high)}"


_FORMULAS: Mapping[str, Callable[[Calculation], _Reasons]] = {
    "dose per kg × weight": _per_kg,
    "dose ÷ strength": _dose_by_strength,
    "daily dose ÷ doses a day": _by_day,
    "dose × doses a day": _by_day,
    "Cockcroft–Gault": _kidney,
    "CKD-EPI 2021": _kidney,
}
