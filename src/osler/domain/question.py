"""Question, Frame and Patient: what was asked, as Osler understood it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from osler.domain.concept import Quantity
from osler.domain.population import Population
from osler.domain.thread import Edit, View


class Audience(StrEnum):
    CLINICIAN = "clinician"
    PHARMACIST = "pharmacist"
    NURSE = "nurse"
    PATIENT = "patient"


class Intent(StrEnum):
    """What kind of help is wanted; each has its own plan in `answer/plan.py`."""

    ALTERNATIVE = "alternative"
    ORDER_CHECK = "order_check"
    DOSE = "dose"
    INTERACTION = "interaction"
    SAFETY = "safety"
    TOXICITY = "toxicity"
    DIAGNOSIS = "diagnosis"
    MONITORING = "monitoring"
    TREATMENT = "treatment"


@dataclass(frozen=True, slots=True)
class Term:
    """A concept of the question with the asker's own words for it."""

    concept_id: str
    name: str
    said: str


@dataclass(frozen=True, slots=True)
class Patient:
    """Facts about this patient, as the question states them; None or empty when it does not."""

    age_years: float | None = None
    weight_kg: float | None = None
    egfr: float | None = None
    dialysis: str | None = None
    pregnant: bool | None = None
    allergies: tuple[Term, ...] = ()
    medicines: tuple[Term, ...] = ()
    gestation_weeks: float | None = None


@dataclass(frozen=True, slots=True)
class AskedDose:
    """A dose the question names for a drug: `Quantity` of one dose, with its frequency if given."""

    concept_id: str
    quantity: Quantity
    text: str


@dataclass(frozen=True, slots=True)
class Frame:
    """PICO, intent and patient.

    problem: what is to be treated or explained. background: other conditions of the patient.
    intervention: drugs or measures asked about. avoid: what must not be used ("instead of X").
    symptoms: signs that the question reports as present. denied: signs it reports as absent.
    unknown: words that look like a medicine's name and are in neither lexicon nor library.
    read_as: (typed, understood as) for corrected spellings.
    """

    intent: Intent
    population: Population
    population_terms: tuple[Term, ...] = ()
    problem: tuple[Term, ...] = ()
    background: tuple[Term, ...] = ()
    intervention: tuple[Term, ...] = ()
    avoid: tuple[Term, ...] = ()
    routes: tuple[Term, ...] = ()
    doses: tuple[AskedDose, ...] = ()
    symptoms: tuple[Term, ...] = ()
    denied: tuple[Term, ...] = ()
    unknown: tuple[str, ...] = ()
    read_as: tuple[tuple[str, str], ...] = ()
    open_ended: bool = False
    patient: Patient = field(default_factory=Patient)


@dataclass(frozen=True, slots=True)
class Question:
    """The asker's text, who asks, and the frame read from it.

    text: what every stage reads: a first question as typed, a follow-up's standing question in words.
    turns: of a follow-up, every turn as typed that counts for danger signs, oldest first; empty for a first question.
    edits: what the last turn changed. view: how much of the answer is wanted. asks: what must be asked back first.
    alarmed: keys of the emergency rules that the turns before met: they hold while their signs stand, whatever is asked now.
    asking: the end of a follow-up's text, its own words for what is asked now; they go when something else is asked.
    """

    text: str
    audience: Audience
    frame: Frame
    turns: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    view: View = View.FULL
    asks: tuple[str, ...] = ()
    asking: str = ""
    alarmed: tuple[str, ...] = ()
