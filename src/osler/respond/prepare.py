"""Enquiry to the Request that is asked: the question and facts about the patient, never who asks.

The background is prose and may name people, so its words are not searched with. The reader of questions reads it:
- signs of an emergency in it are added to the question, so that they are answered like any other;
- an allergy, kidney function, dialysis, pregnancy, breastfeeding and liver disease are taken over where neither the patient's
  fields nor the question say anything, for they only make the answer more careful; each is listed for confirmation;
- a medicine is taken over where an emergency hangs on it (confusion, on dialysis, with a medicine that builds up), unless its
  sentence tells of another time; listed for confirmation too;
- an age, a weight, any other medicine or a condition is listed and not used: prose also speaks of mothers and of tablets long
  stopped, and a dose by the wrong weight kills.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from osler.domain.concept import ConceptKind
from osler.domain.question import Audience, Frame, Patient, Question, Term
from osler.domain.request import Given, Request
from osler.errors import QuestionError
from osler.language.lexicon import Lexicon
from osler.language.quantities import plain
from osler.question.given import given_words
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
    signs, needed = _signs(read(_with_facts(asked, given, lexicon), enquiry.audience), found, enquiry, read, lexicon)
    given = replace(given, medicines=(*given.medicines, *(t.name for t in needed)))
    taken = (*taken, *(Fact("medicine", t.name) for t in needed))
    told = " ".join(
        (asked, *(f"The patient {_SAID[s.value]}." for s in states), *((f"Signs now: {', '.join(signs)}.",) if signs else ()))
    )
    return Prepared(
        request=Request((told,), enquiry.audience, given),
        taken=(*taken, *states),
        not_used=(*not_used, *_named(own.frame, found.frame, given, signs)),
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


def _with_facts(asked: str, given: Given, lexicon: Lexicon) -> str:
    return f"{asked}\n{given_words(given, lexicon)}".strip()


def _signs(
    own: Question, found: Question, enquiry: Enquiry, read: Read, lexicon: Lexicon
) -> tuple[tuple[str, ...], tuple[Term, ...]]:
    """The background's words that set off an alarm which the question and the patient's fields alone do not; and the medicines of
    the background that it needs, of those that it does not put into the past.

    All three are taken together: back pain and dialysis in the question, the fever in the background are one emergency.
    """
    known = {a.rule.key for a in find_alarms(own, lexicon)}
    whole = replace(read(f"{own.text}\n{enquiry.background}", enquiry.audience), turns=(own.text, enquiry.background))
    without = replace(whole, frame=_with_drugs(whole.frame, own.frame, ()))
    fired = [a for a in find_alarms(without, lexicon) if a.rule.key not in known]
    known |= {a.rule.key for a in fired}
    now = tuple(t for t in (*found.frame.intervention, *found.frame.patient.medicines) if not _is_past(t.said, enquiry.background))
    needed: tuple[Term, ...] = ()
    for term in dict.fromkeys(now):
        more = find_alarms(replace(whole, frame=_with_drugs(whole.frame, own.frame, (term,))), lexicon)
        if any(a.rule.key not in known for a in more):
            fired += [a for a in more if a.rule.key not in known]
            needed = (*needed, term)
    said = (s for a in fired for s in a.said)
    return tuple(dict.fromkeys(s for s in said if s in enquiry.background)), needed


def _with_drugs(whole: Frame, own: Frame, more: tuple[Term, ...]) -> Frame:
    medicines = (*own.patient.medicines, *more)
    return replace(whole, intervention=own.intervention, patient=replace(whole.patient, medicines=medicines))


_SENTENCE_END = re.compile(r"(?<=[.;!?])\s|\n")
_PAST = re.compile(
    r"\b(?:once|previously|formerly|in the past|years? ago|months? ago|stopped|no longer|history of|was given|used to)\b",
    re.IGNORECASE,
)


def _is_past(said: str, text: str) -> bool:
    """Whether every sentence with these words tells of another time."""
    sentences = [s for s in _SENTENCE_END.split(text) if said.lower() in s.lower()]
    return bool(sentences) and all(_PAST.search(s) for s in sentences)


def _named(own: Frame, found: Frame, given: Given, signs: tuple[str, ...]) -> tuple[Fact, ...]:
    """Medicines and conditions that the background names and nothing else does; `signs` were used."""
    mine = {t.concept_id for t in (*_drugs(own), *own.problem, *own.background, *own.symptoms, *own.denied)}
    taken = (*given.medicines, *given.allergies)
    drugs = [t for t in _drugs(found) if t.concept_id not in mine and not _is_among(t, taken)]
    used = "; ".join(signs).lower()
    named = [t for t in (*found.problem, *found.background, *found.symptoms) if t.said.lower() not in used and t.name not in used]
    # An allergy is read as a problem too; as an allergy it was taken over already.
    others = [t for t in named if t.concept_id not in mine and not (found.patient.allergies and t.name.endswith(" allergy"))]
    facts = [*(Fact("medicine", t.name) for t in drugs), *(Fact("condition", t.name) for t in others)]
    return tuple(dict.fromkeys(facts))


def _drugs(frame: Frame) -> tuple[Term, ...]:
    return (*frame.intervention, *frame.avoid, *frame.patient.medicines)
