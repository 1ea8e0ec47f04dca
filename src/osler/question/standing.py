"""The standing question of a thread in words: what retrieval, routes and strengths are read from."""

from __future__ import annotations

import re
from collections.abc import Callable

from osler.domain.question import Frame, Question
from osler.domain.thread import Edit, EditField
from osler.language.lexicon import Lexicon
from osler.question.edits import Draft
from osler.question.facts import without_age, without_weight

_SAID = {
    EditField.KIDNEYS: "Kidneys: {}.", EditField.MEDICINE: "Already takes {}.", EditField.ALLERGY: "Allergic to {}.", EditField.AGE: "Age: {}.",
    EditField.WEIGHT: "The weight is {}.", EditField.EGFR: "The eGFR is {} mL/min/1.73 m2.", EditField.CONDITION: "Has {}.", EditField.SIGN: "Has {}.",
    EditField.PROBLEM: "For {}.", EditField.GESTATION: "{} weeks gestation.",
}  # fmt: skip
_SPACES = re.compile(r"[ \t]+")
_NOT_SAID = frozenset({EditField.AUDIENCE, EditField.VIEW, EditField.INTENT, EditField.AVOID, EditField.DENIED, EditField.WORDS})
_ASKING = frozenset({EditField.DRUG, EditField.INTENT, EditField.PROBLEM, EditField.DOSE, EditField.ROUTE, EditField.WORDS})
_WITHOUT: dict[EditField, Callable[[str], str]] = {EditField.AGE: without_age, EditField.WEIGHT: without_weight}


def standing_words(parent: Question, frame: Frame, draft: Draft, lexicon: Lexicon) -> tuple[str, str]:
    """(the whole text, the end of it that asks): the parent's words without what is no longer so, then what is new.

    The parent's own words when nothing of the question changed.
    """
    edits = [e for e in draft.edits if e.field not in (EditField.AUDIENCE, EditField.VIEW)]
    if not edits:
        return parent.text, parent.asking
    gone = frozenset(_everything(parent.frame)) - frozenset(_everything(frame))
    facts = parent.text.removesuffix(parent.asking)
    for edit in edits:
        if edit.before:
            facts = facts.replace(_sentence(edit, edit.before), "")
            facts = _WITHOUT.get(edit.field, str)(facts)
            if edit.field is EditField.DOSE:
                facts = facts.replace(edit.before, "")  # two doses would be two orders
    said = [_without(facts, gone, lexicon)]
    said += [_sentence(e, e.after) for e in edits if e.after and e.field not in _NOT_SAID]
    asking = draft.text if any(e.field in _ASKING for e in edits) else parent.asking
    asking = _without(asking, gone, lexicon)
    return " ".join(filter(None, (*said, asking))), asking


def _sentence(edit: Edit, words: str) -> str:
    return _SAID.get(edit.field, "{}.").format(words)


def _without(text: str, gone: frozenset[str], lexicon: Lexicon) -> str:
    """The text without the words for these concepts."""
    kept, end = [], 0
    for mention in lexicon.tag(text):
        if mention.concept_id in gone:
            kept.append(text[end : mention.start])
            end = mention.end
    return _SPACES.sub(" ", "".join((*kept, text[end:]))).strip()  # line ends stay: they end clauses


def _everything(frame: Frame) -> tuple[str, ...]:
    return (*concepts_of(frame), *(t.concept_id for t in (*frame.symptoms, *frame.routes)))


def concepts_of(frame: Frame) -> tuple[str, ...]:
    """What a question is about: problems, medicines, groups, allergies, as concept ids."""
    patient = frame.patient
    terms = (*frame.problem, *frame.background, *frame.intervention, *frame.avoid, *frame.population_terms, *patient.medicines, *patient.allergies)  # fmt: skip
    return tuple(t.concept_id for t in terms)
