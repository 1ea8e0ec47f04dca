"""Request: all that was put in for an answer. Equal requests to an equal library give equal answers."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

from osler.domain.question import Audience
from osler.errors import QuestionError

DIALYSIS_KINDS = ("hemodialysis", "peritoneal dialysis", "none")
MAX_TURNS = 30
"""Of one thread: every turn is read again for each answer."""


@dataclass(frozen=True, slots=True)
class Given:
    """Facts about the patient beside the text (flags, a form, a record).

    age in years, weight in kg, eGFR in mL/min/1.73 m2, weeks of gestation; names of allergens and medicines as typed.
    Raises QuestionError for a value that no patient has: a slip of a key here would be a wrong dose there.
    """

    age_years: float | None = None
    weight_kg: float | None = None
    egfr: float | None = None
    dialysis: str | None = None
    pregnant: bool | None = None
    gestation_weeks: float | None = None
    allergies: tuple[str, ...] = ()
    medicines: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("age", self.age_years, 0, 120),
            ("weight", self.weight_kg, 0.3, 400),
            ("eGFR", self.egfr, 0, 200),
            ("weeks of gestation", self.gestation_weeks, 1, 45),
        ):
            if value is not None and not low <= value <= high:
                raise QuestionError(f"{name} {value:g} is outside {low:g} to {high:g}")
        for field_name in ("age_years", "weight_kg", "egfr", "gestation_weeks"):
            value = getattr(self, field_name)
            if value is not None:  # 70 equals 70.0, but is written otherwise: equal requests have equal ids
                object.__setattr__(self, field_name, float(value))
        if self.dialysis is not None and self.dialysis not in DIALYSIS_KINDS:
            raise QuestionError(f"dialysis is one of {', '.join(DIALYSIS_KINDS)}, not {self.dialysis!r}")
        if self.gestation_weeks is not None and self.pregnant is False:
            raise QuestionError("weeks of gestation, but not pregnant: one of the two is wrong")

    def __bool__(self) -> bool:
        return self != Given()


@dataclass(frozen=True, slots=True)
class Request:
    """turns: the first question and every follow-up to it, oldest first; the last one is what is asked now.

    Raises QuestionError when there is no turn, or more than MAX_TURNS.
    """

    turns: tuple[str, ...]
    audience: Audience = Audience.CLINICIAN
    given: Given = field(default_factory=Given)

    def __post_init__(self) -> None:
        if not self.turns:
            raise QuestionError("there is no question")
        if len(self.turns) > MAX_TURNS:
            raise QuestionError(f"a thread has at most {MAX_TURNS} questions: ask anew")

    def then(self, text: str, given: Given, audience: Audience | None = None) -> Request:
        """The next turn. The reader and the facts stay where no others are given; allergies and medicines add up."""
        before = self.given
        facts = {f.name: getattr(given, f.name) for f in fields(given) if getattr(given, f.name) not in (None, ())}
        for name in ("allergies", "medicines"):
            facts[name] = tuple(dict.fromkeys((*getattr(before, name), *getattr(given, name))))
        return Request((*self.turns, text), audience or self.audience, replace(before, **facts))
