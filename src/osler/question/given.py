"""Facts about the patient given beside the question (flags, a form, a record), read by the same reader as facts in its text."""

from __future__ import annotations

from osler.domain.answer import Notice, NoticeKind
from osler.domain.concept import ConceptKind
from osler.domain.question import Patient
from osler.domain.request import Given
from osler.errors import QuestionError
from osler.language.lexicon import Lexicon
from osler.language.quantities import plain

_MEDICINES = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS})


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
    name = name.strip()
    if not name.isprintable() or not any(m.kind in _MEDICINES for m in lexicon.tag(name)):
        raise QuestionError(f"{what} {name!r} is not a name that Osler knows: give the generic name")
    return name.rstrip(".")


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
