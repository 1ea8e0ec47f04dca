"""What a patient could ask the team: sentences over the fields of question and answer, with no fact of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from osler.domain.answer import Answer, Disposition, Role
from osler.domain.evidence import Directness
from osler.domain.population import Kidney
from osler.domain.question import Question, Term

_MOST = 8
_ADULT_YEARS = 18
_ALWAYS = "What should we do if it gets worse? Who can we call at night?"
_SOMEBODY_ELSE = re.compile(
    r"\bmy (?:\w+ )?(?:mother|father|mum|mom|dad|wife|husband|partner|sister|brother|aunt|uncle|gran\w*|friend|parents?)\b",
    re.IGNORECASE,
)


def team_questions(answer: Answer, question: Question) -> tuple[str, ...]:
    """At most eight questions, the most pressing first; none in an emergency, when the only thing to do is to get help."""
    if answer.disposition in (Disposition.EMERGENCY, Disposition.CLARIFY):
        return ()
    return (*tuple(dict.fromkeys(_asked(answer, question)))[: _MOST - 1], _ALWAYS)


def _person(question: Question) -> tuple[str, str, str]:
    """How the questions call the one whom they are about: the asker, the asker's child, or somebody cared for."""
    ages = question.frame.population.ages
    if ages is not None and ages.high < _ADULT_YEARS:
        return "my child", "my child's", "Does my child"
    if _SOMEBODY_ELSE.search(question.text):
        return "the person I care for", "the", "Do we"
    return "me", "my", "Do I"


def _asked(answer: Answer, question: Question) -> Iterator[str]:
    frame, patient = question.frame, question.frame.patient
    who, whose, have = _person(question)
    roles = {c.role for c in answer.claims}
    typed = {wrong for wrong, _ in frame.read_as}

    def called(term: Term) -> str:
        """The asker's own word ("paracetamol"), unless its spelling had to be guessed."""
        if term.said in typed or not term.said or term.said.lower() == term.name:
            return term.name
        return term.said

    def asked_about(term: Term) -> str:
        """ "the antibiotic" for one of a class; medicines have no article."""
        name = called(term)
        return f"the {name}" if term.concept_id.startswith("class/") and not name.endswith("s") else name

    drugs = [asked_about(t) for t in frame.intervention][:2]
    plural = {called(t) for t in frame.intervention if t.concept_id.startswith("class/") and called(t).endswith("s")}
    for term in patient.allergies[:1]:
        yield f"There is an allergy to {called(term)}. Does that matter here?"
    for drug in drugs:
        yield f"{'Are' if drug in plural else 'Is'} {drug} safe for {who}?"
        for medicine in [called(t) for t in patient.medicines if called(t) != drug][:2]:
            yield f"Is it safe to take {drug} together with {medicine}?"
        if Role.DOSE in roles:
            yield f"Which dose of {drug} is right for {who}, and for how long?"
    for term in frame.avoid[:1]:
        yield f"What can be used in place of {called(term)}?"
    if Role.CAUTION in roles:
        yield f"Here are all {whose} medicines. Do any of them not go together?"
    if frame.population.kidney - {Kidney.NORMAL}:
        yield f"What do {whose} kidneys change about this?"
    if frame.population.pregnant or frame.population.lactating:
        yield "Is this safe for the baby?"
    if roles & {Role.HARM, Role.AVOID}:
        yield "Which side effects should make us call you at once?"
    if Role.MONITORING in roles:
        yield f"{have} need checks or blood tests? How often?"
    if any(c.directness is Directness.INDIRECT for c in answer.claims):
        yield f"Some of this was studied in other people. Does it count for {who}?"
    if answer.conflicts:
        yield "The sources do not agree on all points. Which one do you go by, and why?"
    if answer.gaps:
        yield "Some of this is not known. How do you decide then?"
