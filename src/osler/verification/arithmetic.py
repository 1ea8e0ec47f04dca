"""Arithmetic: a shown calculation is done again from its inputs."""

from __future__ import annotations

from math import isclose

from osler.domain.answer import Calculation
from osler.language.quantities import find_quantities, plain

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
    low, high = dose.low * weight.low, dose.high * weight.low
    if result.unit != dose.unit or not (
        isclose(result.low, low, rel_tol=_ROUNDING) and isclose(result.high, high, rel_tol=_ROUNDING)
    ):
        return (f"{calculation.inputs[0]} × {calculation.inputs[1]} is {plain(low)} to {plain(high)} {dose.unit}",)
    return ()
