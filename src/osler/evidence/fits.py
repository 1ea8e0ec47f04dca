"""Small tests of whether a statement fits the case: parts of combinations, classes by effect, doses of dialysis, ages in bands."""

from __future__ import annotations

import re

from osler.domain.concept import ConceptKind
from osler.domain.document import Direction
from osler.domain.passage import Finding
from osler.domain.population import DIALYSIS, Kidney, Population
from osler.domain.question import Frame
from osler.language.lexicon import Lexicon
from osler.language.population import parse_population

_DRUGS = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS})
_BY_EFFECT = frozenset(
    {Direction.INTERACTION, Direction.CONTRAINDICATES, Direction.RECOMMENDS_AGAINST, Direction.ADVERSE, Direction.MONITOR}
)


def warns_of_effects(finding: Finding) -> bool:
    """Whether a class that the finding names beside another drug stands for all that act so: a "CYP3A4 inhibitor", "another
    QT-prolonging drug". Of such a warning each of them is a partner."""
    return finding.direction in _BY_EFFECT and len(finding.interventions) > 1


WARNS = frozenset({Direction.INTERACTION, Direction.ADVERSE})
"""What is feared of a combination is shown, as indirect, to who asks of one drug in it."""


def is_part_of(drug: str, combination: str, lexicon: Lexicon) -> bool:
    """Whether the drug is one of those that a combination is named after: trimethoprim in trimethoprim-sulfamethoxazole."""
    parts = re.split(r"[-/+]", lexicon.name(combination)) if combination.startswith("drug/") else []
    return len(parts) > 1 and drug != combination and any(m.concept_id == drug for p in parts for m in lexicon.tag(p.strip()))


def is_dose_of_dialysis(frame: Frame, finding: Finding) -> bool:
    """A dose given around dialysis sessions is not one for kidneys as poor without dialysis, whatever else it is filed under."""
    asked = frame.population
    if finding.direction is not Direction.DOSE or asked.on_dialysis or not asked.kidney - {Kidney.NORMAL}:
        return False
    named = parse_population(finding.population.text)
    return named.on_dialysis and not named.kidney - DIALYSIS and bool(asked.kidney & finding.population.kidney)


_AGE_BAND = re.compile(
    r"\b(\d+(?:\.\d+)?)\s*(months?|years?)?\s*(?:-|–|to|and)\s*(\d+(?:\.\d+)?)\s*(months?|years?)\b", re.IGNORECASE
)
_ADULT_YEARS = 18


def is_dose_for_others(frame: Frame, finding: Finding, words: str) -> bool:
    """Whether a dose is for children and the question about an adult, or lists ages of which none is the child's."""
    ages, asked = finding.population.ages, frame.population
    adult = asked.pregnant or (asked.ages is not None and asked.ages.low >= _ADULT_YEARS)
    of_children = ages is not None and ages.high <= _ADULT_YEARS
    return (adult and of_children) or is_outside_listed_ages(frame.patient.age_years, words)


def is_outside_listed_ages(age_years: float | None, words: str) -> bool:
    """Whether a dose line lists ages in bands ("3-12 months … 1-5 years …") and a child of this age is in none of them."""
    if age_years is None or age_years >= _ADULT_YEARS:
        return False
    bands = []
    for match in _AGE_BAND.finditer(words):
        unit = (match[2] or match[4]).lower()
        low = float(match[1]) / (12 if unit.startswith("month") else 1)
        bands.append((low, float(match[3]) / (12 if match[4].lower().startswith("month") else 1)))
    return len(bands) > 1 and not any(low <= age_years <= high + (1 if high >= 1 else 1 / 12) for low, high in bands)


def is_only_of_a_member(frame: Frame, finding: Finding, lexicon: Lexicon) -> bool:
    """Whether a class was asked about and the statement is about one member of it: of all antibiotics' harms, any is "about" them."""
    named = [t.concept_id for t in frame.intervention if any(lexicon.is_a(i, t.concept_id) for i in finding.interventions)]
    return bool(named) and all(q.startswith("class/") and q not in finding.interventions for q in named)


def is_special(population: Population) -> bool:
    organs = bool(population.kidney - {Kidney.NORMAL}) or population.hepatic
    return organs or population.pregnant or population.lactating


def is_of_same_state(asked: Population, studied: Population) -> bool:
    """Whether both name the same state of kidneys, liver, pregnancy or breastfeeding."""
    kidneys = bool((asked.kidney - {Kidney.NORMAL}) & studied.kidney)
    mother = (asked.pregnant and studied.pregnant) or (asked.lactating and studied.lactating)
    return kidneys or mother or (asked.hepatic and studied.hepatic)


_NOT_TAKEN = re.compile(r"\b(?:non-|not (?:on|taking) |without )$", re.IGNORECASE)


def takes_another_medicine(finding: Finding, case: tuple[str, ...], lexicon: Lexicon) -> bool:
    """Whether the studied people all took medicines none of which is in the case: "warfarin users", "people on an ACE inhibitor or ARB"."""
    text = finding.population.text
    named = [m.concept_id for m in lexicon.tag(text) if m.kind in _DRUGS and not _NOT_TAKEN.search(text[: m.start])]
    return bool(named) and not any(
        lexicon.is_a(q, d) or lexicon.is_a(d, q) or is_part_of(q, d, lexicon) for d in named for q in case
    )
