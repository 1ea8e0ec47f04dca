"""Arithmetic: a shown calculation is done again from its inputs."""

from __future__ import annotations

from math import isclose

from osler.domain.answer import Calculation
from osler.language.quantities import MASS_MG, concentration_mg_per_ml, find_quantities, plain

_ROUNDING = 1e-3


def check_arithmetic(calculation: Calculation) -> tuple[str, ...]:
    """Reasons against it, with the right figure; a formula that is not known is a reason too."""
    if not calculation.formula.startswith("dose per kg × weight") or len(calculation.inputs) < 2:
        return (f"the formula “{calculation.formula}” cannot be redone",)
    dose = next(iter(find_quantities(calculation.inputs[0])), None)
    weight = next((q for q in find_quantities(calculation.inputs[1]) if q.unit == "kg"), None)
    result = next(iter(find_quantities(calculation.result)), None)
    if dose is None or weight is None or result is None:
        return ("the inputs of the calculation cannot be read",)
    if "kg" not in dose.per:
        return (f"{calculation.inputs[0]} is not a dose per kg",)
    if ("day" in dose.per) != ("a day" in calculation.result):
        return ("a day's total and a single dose are not the same",)
    low, high = dose.low * weight.low, dose.high * weight.low
    right = isclose(result.low, low, rel_tol=_ROUNDING) and isclose(result.high, high, rel_tol=_ROUNDING)
    if result.unit != dose.unit or not right:
        return (f"{calculation.inputs[0]} × {calculation.inputs[1]} is {plain(low)} to {plain(high)} {dose.unit}",)
    return _check_volume(calculation, low * MASS_MG.get(dose.unit, 0), high * MASS_MG.get(dose.unit, 0))


def _check_volume(calculation: Calculation, low_mg: float, high_mg: float) -> tuple[str, ...]:
    """The millilitres of a liquid, when the calculation gives them."""
    if "strength" not in calculation.formula:
        return ()
    strength = concentration_mg_per_ml(calculation.inputs[-1])
    _, equals, words = calculation.result.partition(" = ")
    volume = next(iter(find_quantities(words)), None)
    if strength is None or not equals or volume is None or volume.unit != "mL":
        return ("the volume cannot be redone",)
    low, high = low_mg / strength[0], high_mg / strength[0]
    if not (isclose(volume.low, low, rel_tol=_ROUNDING) and isclose(volume.high, high, rel_tol=_ROUNDING)):
        return (f"the volume is {plain(low)} to {plain(high)} mL",)
    return ()
