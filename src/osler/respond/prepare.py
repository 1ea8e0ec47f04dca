"""Enquiry to the Request that is asked: the question and facts about the patient, never who asks.

The background is prose and may name people, so its words are not searched with. The reader of questions reads it:
- signs of an emergency in it are added to the question, so that they are answered like any other;
- an allergy, kidney function, dialysis, pregnancy, breastfeeding and liver disease are taken over where neither the patient's
  fields nor the question say anything, for they only make the answer more careful; each is listed for confirmation;
- an age, a weight, a medicine or a condition is listed and not used: prose also speaks of mothers and of tablets long stopped,
  and a dose by the wrong weight kills.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from osler.domain.concept import ConceptKind
from osler.domain.question import Audience, Frame, Patient, Question, Term
from osler.domain.request import Given, Request
from osler.errors import QuestionError
from osler.language.lexicon import Lexicon
from osler.language.quantities import plain
from osler.question.triage import find_alarms
from osler.respond.enquiry import Enquiry

Read = Callable[[str, Audience], Question]
"""A text to the question it is, as the library's reader reads it."""
_MEDICINES = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS})
_FIELDS = (
    ("age_years", "age", "years"),
    ("weight_kg", "weight", "kg"),
    ("egfr", "eGFR", "mL/min/1.73 m²"),
    ("dialysis", "dialysis", ""),
    ("gestation_weeks", "weeks of gestation", ""),
    ("pregnant", "pregnant", ""),
)
_SAID = {"breastfeeding": "is breastfeeding", "liver disease": "has liver disease"}
_NOT_USED = frozenset({"age_years", "weight_kg"})


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that was read out of the background, in words."""

    what: str
    value: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """request: what is asked. Read out of the background: `taken` was used, `not_used` was not, `differing` says otherwise than
    the patient's fields or the question (which were used), `signs` were added to the question. unknown: names under allergies
    and medicines that the lexicon does not know; nothing was checked against them."""

    request: Request
    taken: tuple[Fact, ...] = ()
    not_used: tuple[Fact, ...] = ()
    differing: tuple[Fact, ...] = ()
    signs: tuple[str, ...] = ()
    unknown: tuple[Fact, ...] = ()


def prepare(enquiry: Enquiry, read: Read, lexicon: Lexicon) -> Prepared:
    """What is asked for an enquiry. Raises QuestionError for a question that cannot be read."""
    allergies, strange = _split(enquiry.given.allergies, lexicon)
    medicines, stranger = _split(enquiry.given.medicines, lexicon)
    given = replace(enquiry.given, allergies=allergies, medicines=medicines)
    unknown = (*(Fact("allergy", n) for n in strange), *(Fact("medicine", n) for n in stranger))
    asked = enquiry.question
    if enquiry.conditions:
        asked = f"{asked}\nThe patient has: {'; '.join(enquiry.conditions)}."
    if not enquiry.background:
        return Prepared(Request((asked,), enquiry.audience, given), unknown=unknown)
    own, found = read(asked, enquiry.audience), read(enquiry.background, enquiry.audience)
    given, taken, not_used, differing = _facts(enquiry, given, own.frame.patient, found.frame.patient)
    states = _states(own, found)
    signs = _signs(own, found, lexicon)
    told = " ".join(
        (asked, *(f"The patient {_SAID[s.value]}." for s in states), *((f"Signs now: {', '.join(signs)}.",) if signs else ()))
    )
    return Prepared(
        request=Request((told,), enquiry.audience, given),
        taken=(*taken, *states),
        not_used=(*not_used, *(f for f in _named(own.frame, found.frame, given) if f.value not in signs)),
        differing=differing,
        signs=signs,
        unknown=unknown,
    )


def _split(names: tuple[str, ...], lexicon: Lexicon) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names that the lexicon knows as a medicine or class, and the others."""
    known = tuple(n for n in names if any(m.kind in _MEDICINES for m in lexicon.tag(n)))
    return known, tuple(n for n in names if n not in known)


def _facts(
    enquiry: Enquiry, given: Given, own: Patient, found: Patient
) -> tuple[Given, tuple[Fact, ...], tuple[Fact, ...], tuple[Fact, ...]]:
    """The given facts with what is taken over; what was taken, not used, and says otherwise."""
    taken: list[Fact] = []
    not_used: list[Fact] = []
    differing: list[Fact] = []
    for name, label, unit in _FIELDS:
        value = getattr(found, name)
        known = getattr(given, name) if name in enquiry.stated else getattr(own, name)
        fact = Fact(label, _said(value, unit))
        if value is None or value == known:
            continue
        if known is not None:
            differing.append(fact)
        elif name in _NOT_USED:
            not_used.append(fact)
        else:
            try:
                given = replace(given, **{name: value})
                taken.append(fact)
            except QuestionError:  # of a value that no patient has
                not_used.append(fact)
    for allergy in found.allergies:
        if not _is_among(allergy, given.allergies) and allergy.concept_id not in {t.concept_id for t in own.allergies}:
            given = replace(given, allergies=(*given.allergies, allergy.name))
            taken.append(Fact("allergy", allergy.name))
    return given, tuple(taken), tuple(not_used), tuple(differing)


def _said(value: Any, unit: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{plain(value) if isinstance(value, (int, float)) else value} {unit}".strip()


def _is_among(term: Term, names: tuple[str, ...]) -> bool:
    words = "; ".join(names).lower()
    return term.name.lower() in words or term.said.lower() in words


def _states(own: Question, found: Question) -> tuple[Fact, ...]:
    """Breastfeeding and liver disease have no field of their own: they are said in words."""
    mine, theirs = own.frame.population, found.frame.population
    states = []
    if theirs.lactating and not mine.lactating:
        states.append(Fact("state", "breastfeeding"))
    if theirs.hepatic and not mine.hepatic:
        states.append(Fact("state", "liver disease"))
    return tuple(states)


def _signs(own: Question, found: Question, lexicon: Lexicon) -> tuple[str, ...]:
    """The background's words that set off an alarm which the question alone does not."""
    known = {a.rule.key for a in find_alarms(own, lexicon)}
    return tuple(dict.fromkeys(s for a in find_alarms(found, lexicon) if a.rule.key not in known for s in a.said))


def _named(own: Frame, found: Frame, given: Given) -> tuple[Fact, ...]:
    """Medicines and conditions that the background names and nothing else does."""
    mine = {t.concept_id for t in (*_drugs(own), *own.problem, *own.background, *own.symptoms, *own.denied)}
    taken = (*given.medicines, *given.allergies)
    drugs = [t for t in _drugs(found) if t.concept_id not in mine and not _is_among(t, taken)]
    named = (*found.problem, *found.background, *found.symptoms)
    # An allergy is read as a problem too; as an allergy it was taken over already.
    others = [t for t in named if t.concept_id not in mine and not (found.patient.allergies and t.name.endswith(" allergy"))]
    facts = [*(Fact("medicine", t.name) for t in drugs), *(Fact("condition", t.name) for t in others)]
    return tuple(dict.fromkeys(facts))


def _drugs(frame: Frame) -> tuple[Term, ...]:
    return (*frame.intervention, *frame.avoid, *frame.patient.medicines)
