"""Which appraised statements fill each slot of a plan: ranked, without saying anything twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from osler.answer.plan import Slot
from osler.domain.answer import Role
from osler.domain.concept import ConceptKind
from osler.domain.document import Certainty, Direction, StudyDesign
from osler.domain.evidence import (
    Directness,
    DrugRelation,
    EvidenceItem,
    EvidenceProfile,
    PopulationRelation,
    ProblemRelation,
)
from osler.evidence.appraise import HARM_OUTCOMES
from osler.evidence.patient import is_allergen, only_drug
from osler.language.doses import drug_doses
from osler.language.lexicon import Lexicon
from osler.language.words import STOP_WORDS

_DRUG_KINDS = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS})
_DESIGN_RANK = {
    StudyDesign.GUIDELINE: 0, StudyDesign.LABEL: 1, StudyDesign.SYSTEMATIC_REVIEW: 1, StudyDesign.CONSENSUS: 2,
    StudyDesign.RCT: 2, StudyDesign.COHORT: 3, StudyDesign.CASE_CONTROL: 4, StudyDesign.PHARMACOKINETIC: 4,
    StudyDesign.REVIEW: 5, StudyDesign.CASE_SERIES: 6, StudyDesign.CASE_REPORT: 7,
}  # fmt: skip
"""Order of reading, after the Oxford CEBM levels of evidence; it ranks, it does not grade."""
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
SERIOUS_HARMS = frozenset(
    f"cond/{slug}"
    for slug in """death sudden-death sudden-cardiac-death cardiovascular-death suicide altered-mental-status encephalopathy
    drug-induced-encephalopathy drug-induced-neurotoxicity confusion unconsciousness coma delirium falls fracture
    hip-fracture respiratory-depression respiratory-arrest apnea seizure status-epilepticus
    nonconvulsive-status-epilepticus myoclonus hallucinations bleeding major-bleeding gastrointestinal-bleeding
    upper-gastrointestinal-bleeding peptic-ulcer-bleeding intracranial-hemorrhage stroke ischemic-stroke thrombosis
    thromboembolism valve-thrombosis myocardial-infarction acute-kidney-injury hyperkalemia lactic-acidosis rhabdomyolysis
    serotonin-syndrome qt-prolongation torsades-de-pointes hypotension hypoglycemia severe-hypoglycemia
    drug-induced-liver-injury hepatotoxicity pancytopenia agranulocytosis neutropenia anaphylaxis congenital-malformation
    congenital-heart-defects tardive-dyskinesia nephrogenic-systemic-fibrosis calciphylaxis hospitalization
    cefepime-neurotoxicity ceftriaxone-neurotoxicity antiviral-neurotoxicity colchicine-toxicity kidney-injury
    hemodynamic-instability respiratory-failure dependence heart-failure""".split()
)
_DESCRIBES = frozenset({Direction.ADVERSE, Direction.DIAGNOSIS, Direction.PROGNOSIS})
_POISONINGS = ("toxicity", "poisoning", "overdose", "withdrawal", "excess", "reversal")
_ADULT_YEARS = 18
_DEATHS = frozenset({"cond/death", "cond/sudden-death", "cond/cardiovascular-death"})
_OFFERS = frozenset({Direction.RECOMMENDS, Direction.DOSE, Direction.BENEFIT})
_FIGURES_COUNT = frozenset({Direction.ADVERSE, Direction.PK, Direction.BENEFIT, Direction.NO_BENEFIT})
"""Of two findings of one kind, the one with more figures says more."""
_SAME_WORDS = 0.7
_SAME_DOSE = 0.6
_WORD = re.compile(r"[a-z]{3,}")
_NUMBER = re.compile(r"(?<![\d.,])(?!(?:19|20)\d\d\b(?![,.]\d))\d+(?:[.,]\d+)*")
_NO_HARM_FOUND = re.compile(
    r"\bno (?:significant )?(?:association|difference|link)|\bno serious\b|\bnot? (?:\w+ )?(?:differ|significantly linked)", re.I
)
_ON_SKIN = re.compile(r"\b(?:topical|patch|cream|gel|plaster|ointment)\b", re.I)
_WITHDRAWAL = re.compile(r"\babrupt|\bwithdrawal\b|\bstopping\b", re.IGNORECASE)


@dataclass
class Selection:
    """Items chosen so far, by slot, and the words they already said."""

    profile: EvidenceProfile
    lexicon: Lexicon
    alarm_problems: frozenset[str] = frozenset()
    alarm_library: tuple[str, ...] = ()
    chosen: list[tuple[Slot, EvidenceItem]] = field(default_factory=list)

    @property
    def items(self) -> list[EvidenceItem]:
        return [item for _, item in self.chosen]

    def drugs(self) -> frozenset[str]:
        """Drugs that the answer names so far."""
        return frozenset(i for item in self.items for i in drug_ids(item))


def drug_ids(item: EvidenceItem) -> tuple[str, ...]:
    """The drugs and classes among a finding's interventions."""
    return tuple(i for i in item.passage.finding.interventions if ConceptKind(i.partition("/")[0]) in _DRUG_KINDS)


def fill(selection: Selection, slots: Iterable[Slot], budget: int) -> Selection:
    """Fill the slots in order, at most `budget` items in all."""
    for slot in slots:
        candidates = [i for i in selection.profile.items if _fits(slot, i, selection)]
        candidates.sort(key=lambda item: _order(slot, item, selection))
        taken: set[str] = set()
        sources: Counter[str] = Counter()
        count = 0
        for item in candidates:
            if count == slot.limit or len(selection.chosen) >= budget:
                break
            keys = _keys(slot, item, selection)
            if (slot.one_per and keys <= taken) or is_repeated(item, selection.items):
                continue
            if slot.per_source and sources[item.passage.document_id] >= slot.per_source:
                continue
            sources[item.passage.document_id] += 1
            taken |= keys
            selection.chosen.append((slot, item))
            count += 1
    return selection


def _fits(slot: Slot, item: EvidenceItem, selection: Selection) -> bool:
    finding = item.passage.finding
    if slot.pick == "alarm":
        return _in_alarm(item, selection) and finding.direction in slot.directions
    carried_over = slot.problems == {ProblemRelation.DIFFERENT} or slot.pick in ("relatives", "reconciliation", "topical")
    if item.directness is Directness.OFF and not carried_over:
        return False
    if slot.role is Role.OPTION and not finding.interventions:
        return False  # advice that names no measure decides nothing
    if finding.direction is Direction.DOSE and _is_blurred_for_a_child(item, selection):
        return False
    if finding.direction in _OFFERS and is_offered_allergen(item, selection):
        return False
    if slot.pick not in ("relatives",) and _outside_problem(slot, item):
        return False
    return (
        finding.direction in slot.directions
        and item.drug in slot.drugs
        and item.problem in slot.problems
        and item.population in slot.populations
        and _PICKS[slot.pick](item, selection)
    )


def _is_blurred_for_a_child(item: EvidenceItem, selection: Selection) -> bool:
    """A dose line that mixes adults and children, when the library has one for this very child's age."""
    age, ages = selection.profile.question.frame.patient.age_years, item.passage.finding.population.ages
    if age is None or age >= _ADULT_YEARS or (ages is not None and ages.high <= _ADULT_YEARS):
        return False
    return any(
        other.passage.finding.direction is Direction.DOSE
        and other.drug is item.drug
        and other.population is PopulationRelation.MATCH
        and other.passage.finding.population.ages is not None
        and other.passage.finding.population.ages.high <= _ADULT_YEARS
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
    finding = item.passage.finding
    safe = harm_count(item, selection) if slot.pick in ("no_harm_here", "least_harm") else 0
    listed = selection.alarm_library.index(finding.statement_id) if finding.statement_id in selection.alarm_library else 99
    verdict = _VERDICT_RANK.get(finding.direction, 6) if slot.pick == "relatives" else 0
    if slot.role is Role.AVOID and slot.pick != "habit":
        verdict = 1 if finding.direction is Direction.ADVERSE else 0
    if slot.pick == "habit":
        verdict = 0 if _DEATHS & {*finding.mentioned, *finding.problems} else 1 if finding.direction is Direction.ADVERSE else 2
    return (
        listed if slot.pick == "alarm" else 0,
        _POPULATION_RANK[item.population],
        (_DESIGN_RANK[finding.kind], finding.direction is Direction.RECOMMENDS) if slot.role is Role.RED_FLAG else (),
        slot.pick == "relatives" and not finding.population.kidney,
        verdict,
        -len(item.shared_drugs) if slot.pick == "case" else 0,
        not is_serious(item) if finding.direction is Direction.ADVERSE else False,
        _DRUG_RANK[item.drug],
        safe,
        _problem_rank(slot, item),
        _design_rank(finding.kind, finding.direction),
        _CERTAINTY_RANK[finding.certainty],
        -len(_numbers(item)) if finding.direction in _FIGURES_COUNT else 0,
        -(item.source.bibliography.year or 0),
        item.rank,
        finding.statement_id,
    )


def _design_rank(kind: StudyDesign, direction: Direction) -> int:
    """Harms are found by large cohorts as well as by trials; single cases come last."""
    if direction is Direction.ADVERSE:
        return 1 if kind in (StudyDesign.CASE_REPORT, StudyDesign.CASE_SERIES, StudyDesign.REVIEW) else 0
    return _DESIGN_RANK[kind]


def is_serious(item: EvidenceItem) -> bool:
    """Whether a harm is of the kind that kills, disables or brings to hospital (ICH E2A's serious adverse event)."""
    finding = item.passage.finding
    return bool(SERIOUS_HARMS & {*finding.mentioned, *finding.problems}) and not _NO_HARM_FOUND.search(item.passage.text)


def _problem_rank(slot: Slot, item: EvidenceItem) -> int:
    return 0 if slot.pick == "relatives" else _PROBLEM_RANK[item.problem]


def harm_count(item: EvidenceItem, selection: Selection) -> int:
    """How many statements of this patient's group speak of a serious harm of the item's drugs, or against them."""
    mine = drug_ids(item)
    against = (Direction.CONTRAINDICATES, Direction.RECOMMENDS_AGAINST)
    return sum(
        1
        for other in selection.profile.items
        if (
            other.passage.finding.direction in against
            or (other.passage.finding.direction is Direction.ADVERSE and is_serious(other))
        )
        and other.population is PopulationRelation.MATCH
        and any(selection.lexicon.is_a(m, o) for m in mine for o in drug_ids(other))
    )


def _keys(slot: Slot, item: EvidenceItem, selection: Selection) -> frozenset[str]:
    if slot.one_per == "danger":
        asked = [t.concept_id for t in selection.profile.question.frame.problem]
        lexicon = selection.lexicon
        others = [p for p in item.passage.finding.problems if not any(lexicon.is_a(p, a) or lexicon.is_a(a, p) for a in asked)]
        what = "do" if item.passage.finding.direction is Direction.RECOMMENDS else "find"
        return frozenset(f"{what}:{min(lexicon.ancestors(p) | {p}, key=lambda c: (len(lexicon.ancestors(c)), c))}" for p in others)
    if slot.one_per == "drug":
        drugs = drug_ids(item)
        if slot.pick == "relatives":
            stops = item.passage.finding.direction is Direction.CONTRAINDICATES and bool(item.passage.finding.population.kidney)
            return frozenset(
                f"{'stop' if stops else 'say'}:{d}" for d in drugs if is_relative(d, selection.profile, selection.lexicon)
            )
        return frozenset(drugs)
    return frozenset({item.passage.id})


def is_repeated(item: EvidenceItem, chosen: Sequence[EvidenceItem]) -> bool:
    """Whether the chosen items already say it: the same statement, the same figures of one source, or the same words."""
    mine, numbers = _words(item), _numbers(item)
    same_source: set[str] = set()
    for other in chosen:
        if other.passage.id == item.passage.id:
            return True
        theirs = _words(other)
        overlap = len(mine & theirs) / max(1, min(len(mine), len(theirs)))
        same_figures = numbers == _numbers(other) or not numbers
        if _is_same_dose(item, other):
            return True
        same_direction = other.passage.finding.direction is item.passage.finding.direction
        if overlap >= _SAME_WORDS and same_direction and (same_figures or other.passage.document_id == item.passage.document_id):
            return True
        if (
            other.passage.document_id == item.passage.document_id
            and other.passage.finding.direction is item.passage.finding.direction
        ):
            same_source |= _numbers(other)
    return bool(numbers) and numbers <= same_source


def _is_same_dose(item: EvidenceItem, other: EvidenceItem) -> bool:
    """Two dose statements of one drug that mostly give the same figures."""
    if not (item.passage.finding.direction is Direction.DOSE is other.passage.finding.direction) or drug_ids(item) != drug_ids(
        other
    ):
        return False
    mine, theirs = _numbers(item), _numbers(other)
    return len(mine & theirs) > 1 and len(mine & theirs) / min(len(mine), len(theirs)) >= _SAME_DOSE


def _words(item: EvidenceItem) -> frozenset[str]:
    return frozenset(w[:6] for w in _WORD.findall(item.passage.text.lower()) if w not in STOP_WORDS)


def _numbers(item: EvidenceItem) -> frozenset[str]:
    return frozenset(_NUMBER.findall(item.passage.text))


def _in_alarm(item: EvidenceItem, selection: Selection) -> bool:
    finding = item.passage.finding
    if finding.statement_id in selection.alarm_library:
        of_another_drug = finding.direction in _DESCRIBES and item.drug is DrugRelation.OTHER and bool(drug_ids(item))
        return not (of_another_drug and selection.profile.question.frame.intervention)
    advises = finding.direction in (Direction.DIAGNOSIS, Direction.RECOMMENDS) and not drug_ids(item)
    if not advises or item.population is PopulationRelation.DIFFERENT:
        return False
    return any(selection.lexicon.is_a(p, a) for p in finding.problems for a in selection.alarm_problems)


def is_relative(drug: str, profile: EvidenceProfile, lexicon: Lexicon) -> bool:
    """A member of a class that the drug to be avoided belongs to, and not that drug or a whole class."""
    avoid = [t.concept_id for t in profile.question.frame.avoid]
    classes = {parent for a in avoid for parent in lexicon.therapeutic_classes(a)}
    return drug not in avoid and drug.startswith("drug/") and any(lexicon.is_a(drug, c) for c in classes)


def _relatives(item: EvidenceItem, selection: Selection) -> bool:
    return any(is_relative(d, selection.profile, selection.lexicon) for d in drug_ids(item)[:1])


def _chosen(item: EvidenceItem, selection: Selection) -> bool:
    drugs = selection.drugs()
    avoid = {t.concept_id for t in selection.profile.question.frame.avoid}
    mine = [d for d in drug_ids(item) if d not in avoid]
    return any(selection.lexicon.is_a(m, d) or selection.lexicon.is_a(d, m) for m in mine for d in drugs)


def _case(item: EvidenceItem, selection: Selection) -> bool:
    """About two drugs of the case as two: not about one class to which both belong."""
    frame, lexicon = selection.profile.question.frame, selection.lexicon
    asked = [t.concept_id for t in frame.intervention]
    current = [t.concept_id for t in frame.patient.medicines]
    partners = current or asked
    interventions = item.passage.finding.interventions

    def naming(drug: str) -> set[str]:
        return {i for i in interventions if lexicon.is_a(i, drug) or lexicon.is_member(drug, i)}

    return any(len(naming(a) | naming(b)) > 1 and naming(a) and naming(b) for a in asked for b in partners if a != b)


def _non_drug(item: EvidenceItem, selection: Selection) -> bool:
    finding = item.passage.finding
    kinds = {ConceptKind(i.partition("/")[0]) for i in finding.interventions}
    return ConceptKind.THERAPY in kinds and not kinds & _DRUG_KINDS


def _no_harm_here(item: EvidenceItem, selection: Selection) -> bool:
    return bool(drug_ids(item)) and harm_count(item, selection) == 0


def _habit(item: EvidenceItem, selection: Selection) -> bool:
    """A drug that does serious harm in this group and has no evidence of benefit for this very problem in it."""
    mine = drug_ids(item)
    helps = any(
        other.passage.finding.direction in (Direction.BENEFIT, Direction.RECOMMENDS)
        and other.population is PopulationRelation.MATCH
        and other.problem in (ProblemRelation.SAME, ProblemRelation.NARROWER)
        and set(mine) & set(drug_ids(other))
        for other in selection.profile.items
    )
    finding = item.passage.finding
    harmful = is_serious(item) or (finding.direction is not Direction.ADVERSE and not _NO_HARM_FOUND.search(item.passage.text))
    return bool(mine) and harmful and not helps


def _topical(item: EvidenceItem, selection: Selection) -> bool:
    """A treatment put on the skin, studied in some kind of pain, when the complaint is a kind of pain."""
    lexicon = selection.lexicon
    asked = [t.concept_id for t in selection.profile.question.frame.problem]
    painful = any(lexicon.is_a(a, "cond/pain") for a in asked)
    finding = item.passage.finding
    on_skin = any(_ON_SKIN.search(label) for label in finding.intervention_labels)
    return painful and on_skin and any(lexicon.is_a(p, "cond/pain") for p in finding.problems)


def _has_dose(item: EvidenceItem, selection: Selection) -> bool:
    asked = [t.concept_id for t in selection.profile.question.frame.intervention]
    lexicon, text = selection.lexicon, item.passage.text
    return any(lexicon.is_a(d.concept_id, a) for d in drug_doses(text, lexicon.tag(text), only_drug(item)) for a in asked)


def _toxicity(item: EvidenceItem, selection: Selection) -> bool:
    return any(p in HARM_OUTCOMES or p.endswith(_POISONINGS) for p in item.passage.finding.problems)


def _label(item: EvidenceItem, selection: Selection) -> bool:
    return item.passage.finding.kind is StudyDesign.LABEL


def _withdrawal(item: EvidenceItem, selection: Selection) -> bool:
    return bool(_WITHDRAWAL.search(item.passage.text))


def _reconciliation(item: EvidenceItem, selection: Selection) -> bool:
    return "therapy/medication-reconciliation" in item.passage.finding.interventions


_PICKS: Mapping[str, Callable[[EvidenceItem, Selection], bool]] = {
    "": lambda item, selection: True,
    "drug": lambda item, selection: bool(drug_ids(item)),
    "non_drug": _non_drug,
    "no_harm_here": _no_harm_here,
    "least_harm": lambda item, selection: bool(drug_ids(item)),
    "habit": _habit,
    "has_dose": _has_dose,
    "toxicity": _toxicity,
    "topical": _topical,
    "relatives": _relatives,
    "chosen": _chosen,
    "case": _case,
    "label": _label,
    "withdrawal": _withdrawal,
    "reconciliation": _reconciliation,
}
