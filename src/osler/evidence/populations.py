"""Does evidence from one population speak about another? Each axis compared, each difference put in words."""

from __future__ import annotations

import re

from osler.domain.document import Direction, StudyDesign
from osler.domain.evidence import Axis, Mismatch, PopulationRelation
from osler.domain.passage import Finding
from osler.domain.population import DIALYSIS, Ages, Kidney, Population
from osler.domain.question import Frame

AGE_TOLERANCE_YEARS = 10
"""Two adult ages within ten years count as one group: our own choice, stated in SAFETY.md; children never do."""
_ADULT_YEARS = 18
_FOR_EVERYBODY = frozenset({Direction.CONTRAINDICATES, Direction.INTERACTION})
"""A contraindication or interaction without a named group holds for everyone who takes the drug."""
_SETS_A_BOUND = frozenset({Direction.CONTRAINDICATES, Direction.RECOMMENDS_AGAINST})
"""Advice against a drug "below eGFR 30" holds on dialysis too; a study below eGFR 30 need not."""
_WARNINGS = _SETS_A_BOUND | {Direction.MONITOR, Direction.ADVERSE}
"""A label's caution for milder kidney impairment holds on dialysis too; its doses do not."""

_DEPENDS_ON_CLEARANCE = frozenset({Direction.DOSE, Direction.PK})
"""At eGFR 30 to 59 evidence in people at large is taken to hold, but for doses and kinetics: our own choice, in SAFETY.md."""

_GENERAL, _DIFFERENT, _MATCH = PopulationRelation.GENERAL, PopulationRelation.DIFFERENT, PopulationRelation.MATCH


def compare_populations(frame: Frame, finding: Finding) -> tuple[PopulationRelation, tuple[Mismatch, ...]]:
    """How the finding's population relates to the asked one, with one mismatch a differing axis.

    GENERAL: the evidence is of people in general and says nothing of what is special about this patient.
    DIFFERENT: it is of a group to which this patient does not belong.
    """
    results = [
        _kidney(frame.population, finding),
        _age(frame, finding.population, exact=finding.recommendation),
        _sex(frame.population.text, finding.population.text),
        _state("pregnancy", frame.population.pregnant, finding.population.pregnant, finding),
        _state("breastfeeding", frame.population.lactating, finding.population.lactating, finding),
        _state("liver disease", frame.population.hepatic, finding.population.hepatic, finding),
    ]
    mismatches = tuple(Mismatch(Axis.POPULATION, asked, studied) for _, asked, studied in results if studied)
    relations = {relation for relation, _, _ in results}
    worst = _DIFFERENT if _DIFFERENT in relations else _GENERAL if _GENERAL in relations else _MATCH
    return worst, mismatches


_Result = tuple[PopulationRelation, str, str]


def _kidney(asked: Population, finding: Finding) -> _Result:
    studied = finding.population
    if asked.on_dialysis:
        return _kidney_on_dialysis(asked, finding)
    impaired = asked.kidney - {Kidney.NORMAL}
    if impaired:
        named = describe_kidney(asked)
        if studied.kidney & impaired:
            return _MATCH, "", ""
        if studied.kidney:
            return _DIFFERENT, named, describe_kidney(studied)
        if impaired == {Kidney.CKD_G3} and finding.direction not in _DEPENDS_ON_CLEARANCE:
            return _MATCH, "", ""
        return (_MATCH, "", "") if _for_everybody(finding) else (_GENERAL, named, f"not studied in {named}")
    if studied.kidney and Kidney.NORMAL not in studied.kidney:
        asked_name = "kidney function not impaired" if asked.kidney else "no kidney disease named"
        return _DIFFERENT, asked_name, describe_kidney(studied)
    return _MATCH, "", ""


def _kidney_on_dialysis(asked: Population, finding: Finding) -> _Result:
    studied, named = finding.population, describe_kidney(asked)
    if studied.kidney & asked.kidney:
        return _MATCH, "", ""
    if studied.on_dialysis:
        return _DIFFERENT, named, describe_kidney(studied)
    if studied.not_on_dialysis:
        return _DIFFERENT, named, f"{describe_kidney(studied)}, not on dialysis"
    if Kidney.CKD_G4_G5 in studied.kidney:
        if finding.direction in _SETS_A_BOUND or finding.kind is StudyDesign.LABEL:
            return _MATCH, "", ""
        return _DIFFERENT, named, f"{describe_kidney(studied)}, dialysis not stated"
    if studied.kidney:
        warns = finding.kind is StudyDesign.LABEL and finding.direction in _WARNINGS
        return (_MATCH, "", "") if warns else (_DIFFERENT, named, describe_kidney(studied))
    if _for_everybody(finding):
        return _MATCH, "", ""
    return _GENERAL, named, "not studied in dialysis"


def _for_everybody(finding: Finding) -> bool:
    label_warning = finding.kind is StudyDesign.LABEL and finding.direction in (Direction.ADVERSE, Direction.MONITOR)
    return finding.direction in _FOR_EVERYBODY or label_warning


def _age(frame: Frame, studied: Population, *, exact: bool) -> _Result:
    """`exact`: the ages are the band of a recommendation, not of who happened to be studied: near it is outside it."""
    if studied.ages is None:
        return _MATCH, "", ""
    age = frame.patient.age_years
    if age is None:
        asked = frame.population.ages
        if asked is None:
            child_only = studied.ages.high <= _ADULT_YEARS and not frame.population.pregnant
            return (_DIFFERENT, "age not stated", describe_ages(studied.ages)) if child_only else (_MATCH, "", "")
        overlap = asked.overlaps(studied.ages)
        return (_MATCH, "", "") if overlap else (_DIFFERENT, describe_ages(asked), describe_ages(studied.ages))
    if studied.ages.contains(age):
        return _MATCH, "", ""
    if not exact and age >= _ADULT_YEARS and studied.ages.low >= _ADULT_YEARS:
        distance = studied.ages.low - age if age < studied.ages.low else age - studied.ages.high
        if distance <= AGE_TOLERANCE_YEARS:
            return _MATCH, "", ""
    return _DIFFERENT, describe_age(age), describe_ages(studied.ages)


_WOMAN = re.compile(r"\b(?:wom[ae]n|female|girls?|she|her|wife|mother|lady)\b", re.IGNORECASE)
_MAN = re.compile(r"\b(?:m[ae]n|male|boys?|he|his|husband|father|gentleman)\b", re.IGNORECASE)


def _sex(asked: str, studied: str) -> _Result:
    """Only where both sides name one sex, and not the same; words of a question that name both or none decide nothing."""
    asked_woman, asked_man = bool(_WOMAN.search(asked)), bool(_MAN.search(asked))
    woman, man = bool(_WOMAN.search(studied)), bool(_MAN.search(studied))
    if asked_woman in (asked_man, woman) or woman == man:
        return _MATCH, "", ""
    return _DIFFERENT, "women" if asked_woman else "men", "women" if woman else "men"


def _state(name: str, asked: bool, studied: bool, finding: Finding) -> _Result:
    if asked == studied:
        return _MATCH, "", ""
    if studied:
        return _DIFFERENT, f"{name} not stated", name
    return (_MATCH, "", "") if _for_everybody(finding) else (_GENERAL, name, f"not studied in {name}")


def describe_kidney(population: Population) -> str:
    """Words for the kidney states of a population."""
    states = population.kidney
    if states & DIALYSIS:
        on = states & DIALYSIS
        return "dialysis" if on == DIALYSIS else next(iter(on)).value.replace("_", " ")
    if {Kidney.CKD_G3, Kidney.CKD_G4_G5} <= states:
        return "chronic kidney disease"
    if Kidney.CKD_G4_G5 in states:
        return "advanced kidney disease (eGFR below 30)"
    if Kidney.CKD_G3 in states:
        return "moderate kidney disease (eGFR 30 to 59)"
    if Kidney.TRANSPLANT in states:
        return "kidney transplant"
    return "normal kidney function" if states else "kidney function not stated"


def describe_age(years: float) -> str:
    if years >= 2:
        return f"{years:g} years"
    return (
        f"{round(years * 12)} months"
        if years >= 2 / 12
        else f"{round(years * 365 / 7)} weeks"
        if years >= 2 * 7 / 365
        else f"{round(years * 365)} days"
    )


def describe_ages(ages: Ages) -> str:
    if ages.high == float("inf"):
        return f"{describe_age(ages.low)} and over" if ages.low else "all ages"
    if ages.low == 0:
        return f"under {describe_age(ages.high)}"
    return f"{describe_age(ages.low)} to under {describe_age(ages.high)}"
