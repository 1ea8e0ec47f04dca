"""What the patient's own facts and the order itself change: dose checks, weight-based sums, allergies.

Every figure compared comes from a statement of the library whose population fits this patient.
"""

from __future__ import annotations

from dataclasses import dataclass

from osler.domain.answer import Calculation, Notice, NoticeKind
from osler.domain.concept import Quantity
from osler.domain.document import Direction
from osler.domain.evidence import DrugRelation, EvidenceItem, EvidenceProfile, PopulationRelation
from osler.domain.question import AskedDose, Intent, Question
from osler.evidence.populations import describe_kidney
from osler.language.doses import DrugDose, drug_doses
from osler.language.lexicon import Lexicon
from osler.language.quantities import MASS_MG, concentration_mg_per_ml, in_mg, plain

UNIT_ERROR_RATIO = 100.0
"""A dose a hundred times the library's is a slip of unit (mg for micrograms is 1,000), not a matter of dosing."""
IMPOSSIBLE_DOSE_MG = 500_000.0
"""No medicine of the library is given in single doses near 500 g; used only when the library has no dose at all."""


@dataclass(frozen=True, slots=True)
class KnownDose:
    """A dose of the library that fits this patient, and the item it stands in."""

    item: EvidenceItem
    dose: DrugDose


def known_doses(profile: EvidenceProfile, lexicon: Lexicon, *, matching: bool) -> tuple[KnownDose, ...]:
    """Doses of the asked drugs from dose statements; `matching` keeps those whose population is this patient's."""
    asked = [t.concept_id for t in profile.question.frame.intervention]
    found = []
    for item in profile.items:
        if item.drug is not DrugRelation.ASKED or item.finding.direction is not Direction.DOSE:
            continue
        if matching and item.population is not PopulationRelation.MATCH:
            continue
        text = item.text
        for dose in drug_doses(text, lexicon.tag(text), only_drug(item)):
            if any(lexicon.is_a(dose.concept_id, a) for a in asked):
                found.append(KnownDose(item, dose))
    return tuple(found)


def only_drug(item: EvidenceItem) -> str | None:
    """The one drug a finding is about, or None."""
    drugs = [i for i in item.finding.interventions if i.startswith(("drug/", "class/"))]
    return drugs[0] if len(drugs) == 1 else None


def check_order(profile: EvidenceProfile, lexicon: Lexicon) -> tuple[Notice, ...]:
    """Compare each dose the question names with the doses the library has for such a patient.

    One notice at most: a slip of unit before a dose that is too high, the last dose named before earlier ones
    (an order stands at the end: "0.5 mg/kg, so 35 mg").
    """
    question = profile.question
    notices = []
    for asked in question.frame.doses:
        notice = _check_one(asked, profile, lexicon)
        if notice is not None and notice not in notices:
            notices.append(notice)
    slips = [n for n in notices if n.kind is NoticeKind.UNIT_ERROR]
    return tuple((slips or notices)[-1:])


def _check_one(asked: AskedDose, profile: EvidenceProfile, lexicon: Lexicon) -> Notice | None:
    mass = in_mg(asked.quantity)
    name = lexicon.name(asked.concept_id)
    if mass is None:
        return None
    if mass[1] <= 0:
        return Notice(NoticeKind.UNIT_ERROR, f"A dose of {asked.text} of {name} is not a dose. Check the order.")
    weight = profile.question.frame.patient.weight_kg
    fitting = [k for k in known_doses(profile, lexicon, matching=True) if k.dose.concept_id == asked.concept_id]
    everywhere = [k for k in known_doses(profile, lexicon, matching=False) if k.dose.concept_id == asked.concept_id]
    highest = _highest(asked.quantity, fitting or everywhere, weight)
    if highest is None:
        if mass[1] >= IMPOSSIBLE_DOSE_MG:
            return Notice(
                NoticeKind.UNIT_ERROR,
                f"{asked.text} of {name} cannot be meant: check the number and its unit before anything is given.",
            )
        return None
    limit, known, shown = highest
    amount = _amount(asked.quantity)
    ratio = amount / limit
    if ratio >= UNIT_ERROR_RATIO:
        return Notice(
            NoticeKind.UNIT_ERROR,
            f"Do not give {asked.text} of {name}: it is about {plain(_rounded(ratio))} times the library's dose, {shown}. "
            f"A slip of unit is likely (mg is 1,000 micrograms): an order as written would be a {plain(_rounded(ratio))}-fold overdose.",
            known.item.source.bibliography.title,
        )
    if ratio > 1 and fitting and profile.question.frame.intent is Intent.ORDER_CHECK:
        return Notice(
            NoticeKind.FALSE_PREMISE, _too_high(asked, name, known, shown, profile.question), known.item.source.bibliography.title
        )
    return None


def _too_high(asked: AskedDose, name: str, known: KnownDose, shown: str, question: Question) -> str:
    times = asked.quantity.times_per_day
    total = ""
    if times and times > 1:
        daily = asked.quantity.high * times
        total = (
            f" ({plain(asked.quantity.high)} {asked.quantity.unit} × {plain(times)} = {plain(daily)} {asked.quantity.unit} a day)"
        )
    group = describe_kidney(question.frame.population) if question.frame.population.kidney else "a patient like this"
    return (
        f"The order as asked, {name} {asked.text}{total}, is above every dose in this library for {group}; "
        f"the highest is {shown}. Do not give it as written without a reason on record."
    )


def _highest(asked: Quantity, known: list[KnownDose], weight: float | None) -> tuple[float, KnownDose, str] | None:
    """The largest comparable dose in mg (per kg when the order is per kg), its source, and how it reads."""
    best: tuple[float, KnownDose, str] | None = None
    for candidate in known:
        quantity = candidate.dose.quantity
        mass = in_mg(quantity)
        if mass is None or mass[1] <= 0:
            continue
        timing = candidate.dose.timing
        shown = candidate.dose.text if timing and timing.per_day else candidate.dose.text.partition(" dose,")[0]
        per_kg, asked_per_kg = "kg" in quantity.per, "kg" in asked.per
        if per_kg and not asked_per_kg:
            if weight is None:
                continue
            value = mass[1] * weight
            shown = f"{shown} × {plain(weight)} kg = {_in_unit(value, quantity.unit)}"
        elif asked_per_kg and not per_kg:
            continue
        else:
            value = mass[1]
        value *= _daily_factor(asked, quantity)
        if best is None or value > best[0]:
            best = (value, candidate, shown)
    return best


def _daily_factor(asked: Quantity, known: Quantity) -> float:
    """Both orders with a frequency are compared a day; otherwise dose with dose."""
    if asked.times_per_day is None or known.times_per_day is None or "day" in known.per:
        return 1.0
    return known.times_per_day


def _amount(asked: Quantity) -> float:
    mass = in_mg(asked)
    if mass is None:
        raise ValueError(f"{asked.unit!r} is not a mass")
    if asked.times_per_day is None or "day" in asked.per:
        return mass[1]
    return mass[1] * asked.times_per_day


def _rounded(ratio: float) -> float:
    return float(f"{ratio:.2g}")


def _in_unit(milligrams: float, unit: str) -> str:
    factor = MASS_MG.get(unit, 1.0)
    return f"{plain(milligrams / factor)} {unit if unit in MASS_MG else 'mg'}"


def weight_based(item: EvidenceItem, question: Question, lexicon: Lexicon) -> Calculation | None:
    """The sum for a dose per kg when the weight is known: "80-90 mg/kg/day × 11 kg = 880-990 mg a day"."""
    weight = question.frame.patient.weight_kg
    if weight is None or item.finding.direction is not Direction.DOSE:
        return None
    text = item.text
    for dose in drug_doses(text, lexicon.tag(text), only_drug(item)):
        quantity = dose.quantity
        if "kg" not in quantity.per or quantity.unit not in MASS_MG:
            continue
        per = "a day in total, before it is divided into doses" if "day" in quantity.per else "a dose"
        low, high = plain(quantity.low * weight), plain(quantity.high * weight)
        amount = low if quantity.low == quantity.high else f"{low} to {high}"
        result = f"{amount} {quantity.unit} {per}"
        strength = concentration_mg_per_ml(question.text)
        inputs = [text[quantity.start : quantity.end], f"{plain(weight)} kg"]
        formula = "dose per kg × weight"
        if strength is not None and "day" not in quantity.per:
            factor = MASS_MG[quantity.unit] * weight / strength[0]
            result += f" = {plain(quantity.low * factor)} to {plain(quantity.high * factor)} mL of {strength[1]}"
            inputs.append(strength[1])
            formula += " ÷ strength"
        return Calculation(formula, tuple(inputs), result)
    return None


def allergy_notices(question: Question, lexicon: Lexicon) -> tuple[Notice, ...]:
    """A drug asked about that is what the patient is allergic to, or of the same class."""
    notices = []
    for allergy in question.frame.patient.allergies:
        for drug in question.frame.intervention:
            if is_allergen(drug.concept_id, allergy.concept_id, lexicon):
                notices.append(
                    Notice(
                        NoticeKind.ALLERGY,
                        f"{drug.name} belongs with {allergy.name}, to which an allergy is reported. It is not offered here.",
                    )
                )
    return tuple(notices)


def is_allergen(drug: str, allergy: str, lexicon: Lexicon) -> bool:
    """Whether a drug is the allergen, one of its members, or a member of a class the allergen belongs to directly."""
    if lexicon.is_a(drug, allergy):
        return True
    return any(
        lexicon.is_a(drug, parent)
        for parent in lexicon[allergy].broader
        if parent.startswith("class/") and parent.endswith(_ALLERGY_CLASSES)
    )


_ALLERGY_CLASSES = ("penicillins", "sulfonamides", "sulfonamide-antibiotics", "cephalosporins", "nsaids", "opioids-phenanthrene")
