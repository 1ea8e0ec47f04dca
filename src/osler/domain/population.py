"""Population: who was studied, or who is asked about, on the axes that change a dose or a harm."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kidney(StrEnum):
    """Kidney function; G3 and G4-G5 are the KDIGO 2024 GFR categories (eGFR 30-59 and below 30)."""

    HEMODIALYSIS = "hemodialysis"
    PERITONEAL_DIALYSIS = "peritoneal_dialysis"
    CKD_G4_G5 = "ckd_g4_g5"
    CKD_G3 = "ckd_g3"
    NORMAL = "normal_kidney"
    TRANSPLANT = "kidney_transplant"


DIALYSIS = frozenset({Kidney.HEMODIALYSIS, Kidney.PERITONEAL_DIALYSIS})


@dataclass(frozen=True, slots=True)
class Ages:
    """Ages in years, [low, high); an open end is 0 or infinity."""

    low: float = 0.0
    high: float = float("inf")

    def __post_init__(self) -> None:
        if not 0 <= self.low < self.high:
            raise ValueError(f"age range {self.low}-{self.high} is empty")

    def contains(self, age_years: float) -> bool:
        return self.low <= age_years < self.high

    def overlaps(self, other: Ages) -> bool:
        return self.low < other.high and other.low < self.high


@dataclass(frozen=True, slots=True)
class Population:
    """One group of people.

    text: the words it was read from. kidney: empty when kidney function is not stated.
    not_on_dialysis: dialysis was excluded in so many words.
    ages: None when not stated. pregnant, lactating, hepatic: stated to be so.
    """

    text: str = ""
    kidney: frozenset[Kidney] = frozenset()
    not_on_dialysis: bool = False
    ages: Ages | None = None
    pregnant: bool = False
    lactating: bool = False
    hepatic: bool = False

    def __post_init__(self) -> None:
        if self.not_on_dialysis and self.kidney & DIALYSIS:
            raise ValueError(f"population {self.text!r} is both on and not on dialysis")

    @property
    def on_dialysis(self) -> bool:
        return bool(self.kidney & DIALYSIS)
