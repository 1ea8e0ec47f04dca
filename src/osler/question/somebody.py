"""Whether a follow-up speaks of somebody else than the patient of the thread: facts of two people are never put together."""

from __future__ import annotations

import re

from osler.domain.population import DIALYSIS, Population
from osler.domain.question import Frame, Patient, Question
from osler.question.edits import has_facts, named

_CHILDREN = "son|daughter|child|baby|infant|newborn|boy|girl|toddler"
_RELATIVES = (
    "wife|husband|spouse|partner|mother|mum|mom|father|dad|brother|sister|twin|sibling|grand(?:mother|father|ma|pa|dad)|nan|gran|granny"
    "|uncle|aunt|cousin|nephew|niece|friend|neighbou?r|room-?mate|colleague|carer"
)
_SOMEBODY = re.compile(
    rf"\b(?P<whose>my|our|his|her|their|the patient['’]s|an ?other|the other|a second|the second|same for (?:an?|the))\s+(?:[\w-]+\s+){{0,2}}?"
    rf"(?P<who>{_RELATIVES}|{_CHILDREN}|patient|m[ae]n|wom[ae]n|person)\b",
    re.IGNORECASE,
)
_WHO = re.compile(rf"\b(?:{_RELATIVES}|{_CHILDREN})\b", re.IGNORECASE)
_OTHER = re.compile(r"other|second|same", re.IGNORECASE)
_CARRIES_OVER = re.compile(
    r"\bsame\b|^\W*(?:and|or|also|what about|how about|and what about|and how about)\s+(?:for |in |with )?(?:my|our|his|her|their)\b",
    re.IGNORECASE,
)
_ADULT_YEARS = 18
_ASKED = "somebody else than the patient of this thread"
_SETTLED = re.compile(r"\b(?:the |this |same )patient\b|\b(?:no|yes)\b|\bsame (?:person|man|woman|child)\b", re.IGNORECASE)


def who_is_meant(parent: Question, read: Frame, text: str) -> tuple[str, ...]:
    """The question back when the words bring another person, with facts of that person or for the same question; else none.

    Not another person: "my patient"; one that the thread has named; a child where the patient is one; the baby of a pregnant or nursing woman.
    Relatives without a fact ("her husband gives it") change nothing.
    """
    frame, match = parent.frame, _SOMEBODY.search(text)
    if parent.asks and _ASKED in parent.asks[0] and match is None and _has_anything(read) and not _is_the_patient(parent, text):
        return parent.asks  # "her weight is 14 kg": whose?
    if match is None or not _is_known(frame) or not (_has_anything(read) or _CARRIES_OVER.search(text)):
        return ()
    who, people = match["who"].lower(), frame.population
    other = _OTHER.search(match["whose"]) is not None
    thread = " ".join(
        (parent.text, *parent.turns[:1])
    )  # not the turns that were asked back: the same words again name nobody known
    if not other and (not _WHO.fullmatch(who) or re.search(rf"\b{re.escape(who)}\b", thread, re.I)):
        return ()
    child_known = people.ages is not None and people.ages.low < _ADULT_YEARS
    if not other and re.fullmatch(_CHILDREN, who) and (child_known or people.pregnant or people.lactating):
        return ()
    said = f"“{match[0].strip()}”"
    return (
        f"Is {said} {_ASKED}{_known_words(frame)}? Nothing that was said of {said} has been used. For somebody else "
        "write “another patient: …” with the whole question; for the same patient say it of “the patient” (“the patient is 80 years old”).",
    )


def _is_the_patient(parent: Question, text: str) -> bool:
    """Whether the words name the patient of the thread, by "the patient" or as the first question did ("mum")."""
    named_first = {w.lower() for w in _WHO.findall((parent.turns or (parent.text,))[0])}
    return _SETTLED.search(text) is not None or any(w.lower() in named_first for w in _WHO.findall(text))


def _is_known(frame: Frame) -> bool:
    return has_facts(frame.patient, frame.population) or bool(frame.background or frame.symptoms or frame.population_terms)


def _has_anything(read: Frame) -> bool:
    """Whether the words hold a fact of a patient: figures, groups, allergies, medicines taken, conditions, signs."""
    conditions = (*read.problem, *read.background, *read.symptoms, *read.denied)
    return read.patient != Patient() or read.population != Population(text=read.population.text) or bool(conditions)


def _known_words(frame: Frame) -> str:
    patient = frame.patient
    known = [f"{patient.age_years:g} years old"] if patient.age_years is not None else []
    known += [f"{patient.weight_kg:g} kg"] if patient.weight_kg is not None else []
    known += [t.name for t in frame.population_terms]
    if frame.population.kidney & DIALYSIS and patient.dialysis and patient.dialysis not in known:
        known.append(patient.dialysis)
    known += [f"takes {named(patient.medicines)}"] if patient.medicines else []
    known += [f"allergic to {named(patient.allergies)}"] if patient.allergies else []
    return f" ({', '.join(known)})" if known else ""
