"""How old the patient of a follow-up is: another age takes away what belonged to another body; a nursing woman is not her baby."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from osler.domain.question import Frame, Term
from osler.domain.thread import EditField
from osler.language.quantities import plain
from osler.question.edits import AGE_GROUPS, STATE_GROUPS, Draft, named

_ADULT_YEARS = 18


def edit_age(draft: Draft, read: Frame) -> None:
    """Another age, or an age group. From adult to child or back, the old weight, pregnancy and breastfeeding are not carried over:
    they were somebody else's."""
    old, patient = draft.frame.population.ages, draft.frame.patient
    age, ages = read.patient.age_years, read.population.ages
    if ages is None:
        return
    terms = tuple(t for t in read.population_terms if t.concept_id in AGE_GROUPS)
    if age is None and patient.age_years is not None and ages.contains(patient.age_years):
        return  # "the child" of six years is still six
    before = _age_words(patient.age_years, draft.frame.population_terms)
    draft.drop_groups(AGE_GROUPS)
    draft.add_groups(terms)
    draft.set_population(ages=ages)
    draft.set_patient(age_years=age)
    draft.note(EditField.AGE, before, _age_words(age, terms) or "another age", ", ".join(t.said for t in terms))
    was_child = old is not None and old.high <= _ADULT_YEARS
    was_adult = (old is not None and old.low >= _ADULT_YEARS) or draft.frame.population.pregnant
    is_child = ages.high <= _ADULT_YEARS
    grew = (was_child and ages.low >= _ADULT_YEARS) or (is_child and (was_adult or (old is None and patient.weight_kg is not None)))
    if grew:
        _forget_the_body(draft, read)


_HER_BABY = re.compile(r"\b(?:the|her|my|our|their)\s+(?:\w+\s+)?(?:baby|babies|newborn|infant)\b", re.IGNORECASE)


def without_her_baby(draft: Draft, read: Frame) -> Frame:
    """The words of a pregnant or nursing woman's follow-up without the age and weight of her baby, which are not hers."""
    states = (draft.frame.population, read.population)
    mother = any(p.pregnant or p.lactating for p in states) or draft.frame.patient.pregnant is not None
    if not mother or not _HER_BABY.search(draft.text):
        return read
    patient = replace(read.patient, age_years=None, weight_kg=None)
    return replace(read, patient=patient, population=replace(read.population, ages=None))


def _forget_the_body(draft: Draft, read: Frame) -> None:
    if draft.frame.patient.weight_kg is not None and read.patient.weight_kg is None:
        draft.note(EditField.WEIGHT, f"{plain(draft.frame.patient.weight_kg)} kg", "", "another age group")
        draft.set_patient(weight_kg=None)
    for state, what in (("pregnant", EditField.PREGNANCY), ("lactating", EditField.BREASTFEEDING)):
        if getattr(draft.frame.population, state) and not getattr(read.population, state):
            draft.note(what, "pregnancy" if state == "pregnant" else "breastfeeding", "", "another age group")
            draft.set_population(**{state: False})
            draft.drop_groups({STATE_GROUPS[state]})
    if not draft.frame.population.pregnant:
        draft.set_patient(pregnant=None, gestation_weeks=None)


def _age_words(age: float | None, terms: Sequence[Term]) -> str:
    if age is None:
        return named(t for t in terms if t.concept_id in AGE_GROUPS)
    return f"{age:.3g} years" if age >= 2 else f"{round(age * 12)} months" if age >= 1 / 12 else f"{round(age * 365)} days"
