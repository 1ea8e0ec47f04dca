"""Facts about the patient given beside the question (flags, a form, a record), read by the same reader as facts in its text."""

from __future__ import annotations

from dataclasses import dataclass

from osler.domain.answer import Notice, NoticeKind
from osler.domain.concept import ConceptKind
from osler.domain.question import Patient
from osler.errors import QuestionError
from osler.language.lexicon import Lexicon
from osler.language.quantities import plain

DIALYSIS_KINDS = ("hemodialysis", "peritoneal dialysis", "none")
_MEDICINES = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS})


@dataclass(frozen=True, slots=True)
class Given:
    """age in years, weight in kg, eGFR in mL/min/1.73 m2, weeks of gestation; names of allergens and medicines as typed.

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
                raise QuestionError(f"{name} {plain(value)} is outside {plain(low)} to {plain(high)}")
        if self.dialysis is not None and self.dialysis not in DIALYSIS_KINDS:
            raise QuestionError(f"dialysis is one of {', '.join(DIALYSIS_KINDS)}, not {self.dialysis!r}")
        if self.gestation_weeks is not None and self.pregnant is False:
            raise QuestionError("weeks of gestation, but not pregnant: one of the two is wrong")

    def __bool__(self) -> bool:
        return self != Given()


def given_words(given: Given, lexicon: Lexicon) -> str:
    """The facts as sentences that `frame_question` reads. Raises QuestionError for a medicine or allergen nobody knows."""
    said = []
    if given.age_years is not None:
        said.append(f"The patient is {plain(given.age_years)} years old.")
    if given.weight_kg is not None:
        said.append(f"The weight is {plain(given.weight_kg)} kg.")
    if given.egfr is not None:
        said.append(f"The eGFR is {plain(given.egfr)} mL/min/1.73 m2.")
    if given.dialysis == "none":
        said.append("Not on dialysis.")
    elif given.dialysis is not None:
        said.append(f"On {given.dialysis}.")
    if given.gestation_weeks is not None:
        said.append(f"Pregnant, {plain(given.gestation_weeks)} weeks gestation.")
    elif given.pregnant:
        said.append("Pregnant.")
    said += [f"Allergic to {_known(name, 'allergy', lexicon)}." for name in given.allergies]
    said += [f"Already takes {_known(name, 'medicine', lexicon)}." for name in given.medicines]
    return " ".join(said)


def _known(name: str, what: str, lexicon: Lexicon) -> str:
    if not any(m.kind in _MEDICINES for m in lexicon.tag(name)):
        raise QuestionError(f"{what} {name!r} is not a name that Osler knows: give the generic name")
    return name.strip().rstrip(".")


def differing_facts(given: Given, read: Patient) -> tuple[Notice, ...]:
    """Where the question's own words say something else than the given facts, which are used: said aloud."""
    pairs = (
        ("age", given.age_years, read.age_years, "years"),
        ("weight", given.weight_kg, read.weight_kg, "kg"),
        ("eGFR", given.egfr, read.egfr, "mL/min/1.73 m²"),
    )
    return tuple(
        Notice(
            NoticeKind.MISSING_INFORMATION,
            f"The question says {name} {plain(said)} {unit}, the facts given beside it {plain(fact)} {unit}: {plain(fact)} was used. Check which is right.",
        )
        for name, fact, said, unit in pairs
        if fact is not None and said is not None and abs(fact - said) > 1e-6
    )
