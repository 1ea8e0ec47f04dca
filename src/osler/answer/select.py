"""Which appraised statements fill each slot of a plan: ranked, without saying anything twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from osler.answer.picks import PICKS, Selection, drug_ids, harm_count, in_alarm, is_relative, is_serious
from osler.answer.plan import ALARMS, Slot
from osler.answer.relevance import are_versions, is_dose_without_partner, is_outdated, is_silent_on_it, speaks_of
from osler.answer.statements import is_on_the_pair, reassures
from osler.domain.answer import Role
from osler.domain.document import OFFERS, Authority, Direction, StudyDesign, Via
from osler.domain.evidence import (
    Directness,
    DrugRelation,
    EvidenceItem,
    PopulationRelation,
    ProblemRelation,
)
from osler.domain.grade import Certainty
from osler.domain.status import PublicationStatus
from osler.evidence.gate import is_ruled_out
from osler.evidence.patient import is_allergen
from osler.language.quantities import find_timings
from osler.language.words import STOP_WORDS
from osler.passages.empty import without_references

_DESIGN_RANK = {
    StudyDesign.FORMULARY: 0, StudyDesign.GUIDELINE: 0, StudyDesign.LABEL: 1, StudyDesign.SYSTEMATIC_REVIEW: 1, StudyDesign.CONSENSUS: 2,
    StudyDesign.RCT: 2, StudyDesign.TRIAL: 3, StudyDesign.COHORT: 3, StudyDesign.CASE_CONTROL: 4, StudyDesign.PHARMACOKINETIC: 4,
    StudyDesign.CROSS_SECTIONAL: 5, StudyDesign.REVIEW: 5, StudyDesign.ARTICLE: 6, StudyDesign.CASE_SERIES: 6, StudyDesign.CASE_REPORT: 7,
    StudyDesign.REGISTRATION: 8, StudyDesign.COMMENT: 8, StudyDesign.PRECLINICAL: 9, StudyDesign.NOTICE: 9,
}  # fmt: skip
"""Order of reading, after the Oxford CEBM levels of evidence; it ranks, it does not grade."""
_STANDS = frozenset({PublicationStatus.CURRENT, PublicationStatus.CORRECTED})
_STATUS_RANK = {
    PublicationStatus.CURRENT: 0, PublicationStatus.CORRECTED: 1, PublicationStatus.DRAFT: 2, PublicationStatus.SUPERSEDED: 3,
    PublicationStatus.CONCERN: 4, PublicationStatus.RETRACTED: 5,
}  # fmt: skip
"""A draft, a superseded text and one under concern come after everything that stands; a corrected one after its equals."""
_RUNNING_TEXT = frozenset({StudyDesign.GUIDELINE, StudyDesign.CONSENSUS})
_SILENT_LIMIT = 1
"""Sentences of a source that do not name what was asked: at most so many under one heading."""
_AUTHORITY_RANK = {Authority.LOCAL: 0, Authority.NATIONAL: 1, Authority.INTERNATIONAL: 2, None: 2}
"""Whose rules come first where they say something of the same patient and problem; the others are shown after them."""
_CERTAINTY_RANK = {Certainty.HIGH: 0, Certainty.MODERATE: 1, Certainty.LOW: 2, Certainty.NOT_GRADED: 2, Certainty.VERY_LOW: 3}
_POPULATION_RANK = {PopulationRelation.MATCH: 0, PopulationRelation.GENERAL: 1, PopulationRelation.DIFFERENT: 2}
_PROBLEM_RANK = {
    ProblemRelation.SAME: 0, ProblemRelation.NARROWER: 1, ProblemRelation.DANGER: 1, ProblemRelation.BROADER: 2,
    ProblemRelation.OPEN: 3, ProblemRelation.DIFFERENT: 4,
}  # fmt: skip
_DRUG_RANK = {
    DrugRelation.ASKED: 0, DrugRelation.AVOID: 0, DrugRelation.CLASS: 1, DrugRelation.CURRENT: 1, DrugRelation.OTHER: 2,
    DrugRelation.NONE: 2,
}  # fmt: skip
_VERDICT_RANK = {
    Direction.CONTRAINDICATES: 1, Direction.RECOMMENDS_AGAINST: 1, Direction.PK: 0, Direction.ADVERSE: 2, Direction.INTERACTION: 3,
    Direction.MONITOR: 3, Direction.NO_BENEFIT: 4, Direction.BENEFIT: 4, Direction.DEFINITION: 5,
}  # fmt: skip
_ADULT_YEARS = 18
_DEATHS = frozenset({"cond/death", "cond/sudden-death", "cond/cardiovascular-death"})
_ADVISES = frozenset({Direction.RECOMMENDS, Direction.RECOMMENDS_AGAINST, Direction.NO_BENEFIT})
_FORBIDS = frozenset({Direction.CONTRAINDICATES, Direction.RECOMMENDS_AGAINST})
_FIGURES_COUNT = frozenset({Direction.ADVERSE, Direction.PK, Direction.BENEFIT, Direction.NO_BENEFIT})
"""Of two findings of one kind, the one with more figures says more."""
_SAME_WORDS = 0.7
_SAME_WORDS_OF_VERSIONS = 0.5
"""Two versions of one label word the same fact a little differently."""
_SAME_DOSE = 0.6
_WORD = re.compile(r"[a-z]{3,}")
_NUMBERING = re.compile(r"^\d+[.)]\s+")
_STEM = 5
_NUMBER = re.compile(r"(?<![\d.,])(?!(?:19|20)\d\d\b(?![,.]\d))\d+(?:[.,]\d+)*")


def fill(selection: Selection, slots: Iterable[Slot], budget: int) -> Selection:
    """Fill the slots in order, at most `budget` items in all."""
    for slot in slots:
        candidates = [i for i in selection.profile.items if _fits(slot, i, selection)]
        candidates.sort(key=lambda item: _order(slot, item, selection))
        taken: set[str] = set()
        sources: Counter[tuple[str, ...]] = Counter()
        count = silent = 0
        for item in candidates:
            if count == slot.limit or len(selection.chosen) >= budget:
                break
            off_the_point = is_silent_on_it(item, selection.profile.question.frame, selection.lexicon)
            if off_the_point and silent == _SILENT_LIMIT:
                continue
            keys = _keys(slot, item, selection)
            if (slot.one_per and keys <= taken) or is_repeated(item, selection.items):
                continue
            source = (item.passage.document_id, *item.shared_drugs)  # of each drug asked about, not of all together
            if slot.per_source and sources[source] >= slot.per_source:
                continue
            sources[source] += 1
            taken |= keys
            silent += off_the_point
            selection.chosen.append((slot, item))
            count += 1
    return selection


def _fits(slot: Slot, item: EvidenceItem, selection: Selection) -> bool:
    finding = item.finding
    if slot.pick in ALARMS:
        return (
            in_alarm(item, selection)
            and finding.direction in slot.directions
            and not (slot.pick == "alarm_now" and reassures(item))
        )
    if not _is_the_kind(slot, item):
        return False  # the cheap tests first: most statements fail them
    carried_over = slot.problems == {ProblemRelation.DIFFERENT} or slot.pick in (
        "relatives",
        "reconciliation",
        "topical",
        "urgent",
        "barrier",
        "offered",
    )
    if item.directness is Directness.OFF and not carried_over:
        return False
    if slot.role is Role.DOSE and is_dose_without_partner(item, selection.profile):
        return False
    if item.source.status is PublicationStatus.RETRACTED or is_outdated(item, selection.profile):
        return False
    if slot.role is Role.OPTION and not finding.interventions:
        return False  # advice that names no measure decides nothing
    if finding.direction is Direction.DOSE and _is_blurred_for_a_child(item, selection):
        return False
    if finding.direction in OFFERS and (is_offered_allergen(item, selection) or _is_ruled_out(slot, item, selection)):
        return False
    if slot.pick not in ("relatives",) and _outside_problem(slot, item):
        return False
    return PICKS[slot.pick](item, selection)


def _is_the_kind(slot: Slot, item: EvidenceItem) -> bool:
    return (
        item.finding.direction in slot.directions
        and item.drug in slot.drugs
        and item.problem in slot.problems
        and item.population in slot.populations
    )


def _is_ruled_out(slot: Slot, item: EvidenceItem, selection: Selection) -> bool:
    """Whether the item would offer what the library rules out for this patient: a contraindication bars dose and option,
    an advice against bars the option."""
    if slot.role not in (Role.OPTION, Role.DOSE):
        return False
    bars = tuple(b for b in selection.barriers if slot.role is Role.OPTION or b.item.finding.direction is Direction.CONTRAINDICATES)
    return any(is_ruled_out(d, bars, selection.lexicon) for d in drug_ids(item)[:1])


def _is_blurred_for_a_child(item: EvidenceItem, selection: Selection) -> bool:
    """A dose line that mixes adults and children, when the library has one for this very child's age."""
    age, ages = selection.profile.question.frame.patient.age_years, item.finding.population.ages
    if age is None or age >= _ADULT_YEARS or (ages is not None and ages.high <= _ADULT_YEARS):
        return False
    return any(
        other.finding.direction is Direction.DOSE
        and other.drug is item.drug
        and other.population is PopulationRelation.MATCH
        and other.finding.population.ages is not None
        and other.finding.population.ages.high <= _ADULT_YEARS
        for other in selection.profile.items
    )


def is_offered_allergen(item: EvidenceItem, selection: Selection) -> bool:
    """Whether the item would offer a drug to which the patient is allergic."""
    allergies = selection.profile.question.frame.patient.allergies
    return any(is_allergen(d, a.concept_id, selection.lexicon) for d in drug_ids(item)[:1] for a in allergies)


def _outside_problem(slot: Slot, item: EvidenceItem) -> bool:
    """A red flag is shown as one or not at all; other statements about a danger are not advice on the complaint."""
    return item.problem is ProblemRelation.DANGER and ProblemRelation.DANGER not in slot.problems


def _order(slot: Slot, item: EvidenceItem, selection: Selection) -> tuple[object, ...]:
    finding = item.finding
    safe = harm_count(item, selection) if slot.pick in ("no_harm_here", "least_harm") else 0
    listed = selection.alarm_library.index(finding.statement_id) if finding.statement_id in selection.alarm_library else 99
    verdict = _VERDICT_RANK.get(finding.direction, 6) if slot.pick == "relatives" else 0
    if slot.role is Role.AVOID and slot.pick != "habit":
        verdict = 1 if finding.direction is Direction.ADVERSE else 0
    if slot.pick == "habit":
        verdict = 0 if _DEATHS & {*finding.mentioned, *finding.problems} else 1 if finding.direction is Direction.ADVERSE else 2
    return (
        listed if slot.pick in ALARMS else 0,
        item.source.status not in _STANDS,
        _POPULATION_RANK[item.population],
        slot.pick == "case" and not is_on_the_pair(item) and finding.direction in _FORBIDS,
        finding.recommendation and finding.direction is Direction.NO_BENEFIT,  # that nobody knows comes after advice
        -speaks_of(item, selection.profile.question.frame, selection.lexicon),
        is_running_text(item) if finding.direction in _ADVISES else False,
        _problems_beside(item, selection) if finding.recommendation else 0,
        -_asked_words(item, selection) if finding.recommendation else 0,
        (_DESIGN_RANK[finding.kind], finding.direction is Direction.RECOMMENDS) if slot.role is Role.RED_FLAG else (),
        slot.pick == "relatives" and not finding.population.kidney,
        verdict,
        slot.pick == "case" and item.source.via is Via.SOURCE and finding.direction not in _FORBIDS,
        -len(item.shared_drugs) if slot.pick == "case" else 0,
        _named_by_class(item) if slot.pick == "case" else 0,
        not is_serious(item) if finding.direction is Direction.ADVERSE else False,
        _DRUG_RANK[item.drug],
        safe,
        _problem_rank(slot, item),
        _STATUS_RANK[item.source.status],
        _AUTHORITY_RANK[item.source.authority],
        _design_rank(finding.kind, finding.direction),
        _CERTAINTY_RANK[finding.certainty],
        -len(_numbers(item)) if finding.direction in _FIGURES_COUNT else 0,
        _vagueness(item, selection) if finding.direction is Direction.DOSE else (0.0, False),
        -(item.source.bibliography.year or 0),
        item.rank,
        finding.statement_id,
    )


def _vagueness(item: EvidenceItem, selection: Selection) -> tuple[float, bool]:
    """Of two doses alike, the one for the narrower ages around this patient's comes first, then one that says how often."""
    ages = item.finding.population.ages
    known = selection.profile.question.frame.patient.age_years is not None and ages is not None
    width = min(120.0, ages.high) - ages.low if known and ages is not None else 120.0
    return width, not find_timings(item.text)


def _named_by_class(item: EvidenceItem) -> int:
    """How many of the case's drugs a source's sentence names only by a class ("immunosuppressants")."""
    if item.source.via is Via.EXTRACTION:
        return 0
    return sum(1 for d in item.shared_drugs if d not in item.finding.interventions)


def _asked_words(item: EvidenceItem, selection: Selection) -> int:
    """How many of the question's own words a recommendation has: of several on one drug, the one on tapering if that was asked."""
    asked = {w[:_STEM] for w in _WORD.findall(selection.profile.question.text.lower()) if w not in STOP_WORDS}
    return len(asked & {w[:_STEM] for w in _WORD.findall(item.text.lower())})


def _problems_beside(item: EvidenceItem, selection: Selection) -> int:
    """How many problems a recommendation is about besides the asked one: the one for it alone comes first."""
    asked = [t.concept_id for t in selection.profile.question.frame.problem]
    lexicon = selection.lexicon
    if not asked:
        return 0
    return sum(1 for p in item.finding.problems if not any(lexicon.is_a(p, a) or lexicon.is_a(a, p) for a in asked))


def is_running_text(item: EvidenceItem) -> bool:
    """Beside its marked recommendations a guideline's text only explains."""
    return item.finding.kind in _RUNNING_TEXT and item.source.via is Via.SOURCE and not item.finding.recommendation


def _design_rank(kind: StudyDesign, direction: Direction) -> int:
    """Harms are found by large cohorts as well as by trials; single cases come last."""
    if direction is Direction.ADVERSE:
        return 1 if kind in (StudyDesign.CASE_REPORT, StudyDesign.CASE_SERIES, StudyDesign.REVIEW) else 0
    return _DESIGN_RANK[kind]


def _problem_rank(slot: Slot, item: EvidenceItem) -> int:
    return 0 if slot.pick == "relatives" else _PROBLEM_RANK[item.problem]


def _keys(slot: Slot, item: EvidenceItem, selection: Selection) -> frozenset[str]:
    if slot.one_per == "danger":
        asked = [t.concept_id for t in selection.profile.question.frame.problem]
        lexicon = selection.lexicon
        others = [p for p in item.finding.problems if not any(lexicon.is_a(p, a) or lexicon.is_a(a, p) for a in asked)]
        what = "do" if item.finding.direction is Direction.RECOMMENDS else "find"
        return frozenset(f"{what}:{min(lexicon.ancestors(p) | {p}, key=lambda c: (len(lexicon.ancestors(c)), c))}" for p in others)
    if slot.one_per == "drug":
        drugs = drug_ids(item)
        if slot.pick == "relatives":
            stops = item.finding.direction is Direction.CONTRAINDICATES and bool(item.finding.population.kidney)
            return frozenset(
                f"{'stop' if stops else 'say'}:{d}" for d in drugs if is_relative(d, selection.profile, selection.lexicon)
            )
        return frozenset(drugs)
    return frozenset({item.finding.statement_id})


def is_repeated(item: EvidenceItem, chosen: Sequence[EvidenceItem]) -> bool:
    """Whether the chosen items already say it: the same statement, the same figures of one source, or the same words."""
    mine, numbers = _words(item), _numbers(item)
    same_source: set[str] = set()
    for other in chosen:
        if other.finding.statement_id == item.finding.statement_id:
            return True
        theirs = _words(other)
        overlap = len(mine & theirs) / max(1, min(len(mine), len(theirs)))
        same_figures = numbers == _numbers(other) or not numbers
        if _is_same_dose(item, other):
            return True
        same_direction = other.finding.direction is item.finding.direction
        alike = _SAME_WORDS_OF_VERSIONS if are_versions(item, other) else _SAME_WORDS
        if overlap >= alike and same_direction and (same_figures or other.passage.document_id == item.passage.document_id):
            return True
        if other.passage.document_id == item.passage.document_id and other.finding.direction is item.finding.direction:
            same_source |= _numbers(other)
    return bool(numbers) and numbers <= same_source


def _is_same_dose(item: EvidenceItem, other: EvidenceItem) -> bool:
    """Two dose statements of one drug that mostly give the same figures."""
    if not (item.finding.direction is Direction.DOSE is other.finding.direction) or drug_ids(item) != drug_ids(other):
        return False
    mine, theirs = _numbers(item), _numbers(other)
    return len(mine & theirs) > 1 and len(mine & theirs) / min(len(mine), len(theirs)) >= _SAME_DOSE


def _words(item: EvidenceItem) -> frozenset[str]:
    return frozenset(w[:6] for w in _WORD.findall(without_references(item.text).lower()) if w not in STOP_WORDS)


def _numbers(item: EvidenceItem) -> frozenset[str]:
    return frozenset(_NUMBER.findall(_NUMBERING.sub("", without_references(item.text))))
