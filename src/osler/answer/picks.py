"""Named tests that a slot uses to pick statements, and the selection they look at."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from osler.answer.plan import Slot
from osler.answer.statements import POISONINGS, is_of_another_poison, is_on_the_pair, lacks_data_for
from osler.domain.concept import ConceptKind
from osler.domain.document import OFFERS, Direction, StudyDesign, Via
from osler.domain.evidence import (
    RELATED,
    DrugRelation,
    EvidenceItem,
    EvidenceProfile,
    PopulationRelation,
    ProblemRelation,
)
from osler.domain.question import Intent
from osler.evidence.appraise import HARM_OUTCOMES
from osler.evidence.fits import is_part_of, warns_of_effects
from osler.evidence.gate import Barrier
from osler.evidence.patient import only_drug
from osler.language.doses import drug_doses
from osler.language.lexicon import Lexicon

_DRUG_KINDS = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS})
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
_AGAINST = frozenset({Direction.CONTRAINDICATES, Direction.RECOMMENDS_AGAINST})
_DESCRIBES = frozenset({Direction.ADVERSE, Direction.DIAGNOSIS, Direction.PROGNOSIS})
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
    barriers: tuple[Barrier, ...] = ()
    chosen: list[tuple[Slot, EvidenceItem]] = field(default_factory=list)

    @cached_property
    def harmful(self) -> tuple[tuple[str, ...], ...]:
        """The drugs of each statement of this patient's group that speaks of a serious harm or against them."""
        return tuple(
            drug_ids(i)
            for i in self.profile.items
            if i.population is PopulationRelation.MATCH
            and (i.finding.direction in _AGAINST or (i.finding.direction is Direction.ADVERSE and is_serious(i)))
        )

    @property
    def items(self) -> list[EvidenceItem]:
        return [item for _, item in self.chosen]

    def drugs(self) -> frozenset[str]:
        """Drugs that the answer names so far."""
        return frozenset(i for item in self.items for i in drug_ids(item))


def drug_ids(item: EvidenceItem) -> tuple[str, ...]:
    """The drugs and classes among a finding's interventions."""
    return item.finding.drugs


def is_serious(item: EvidenceItem) -> bool:
    """Whether a harm is of the kind that kills, disables or brings to hospital (ICH E2A's serious adverse event)."""
    finding = item.finding
    return bool(SERIOUS_HARMS & {*finding.mentioned, *finding.problems}) and not _NO_HARM_FOUND.search(item.text)


def harm_count(item: EvidenceItem, selection: Selection) -> int:
    """How many statements of this patient's group speak of a serious harm of the item's drugs, or against them."""
    mine = drug_ids(item)
    return sum(1 for drugs in selection.harmful if any(selection.lexicon.is_a(m, o) for m in mine for o in drugs))


def _is_of_another_poison(item: EvidenceItem, selection: Selection) -> bool:
    return is_of_another_poison(item, selection.profile.question.frame, selection.lexicon)


def in_alarm(item: EvidenceItem, selection: Selection) -> bool:
    finding = item.finding
    if _is_of_another_poison(item, selection):
        return False
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
    interventions = item.finding.interventions
    if not current and frame.intent is not Intent.INTERACTION and item.finding.direction in _OF_EITHER and not is_on_the_pair(item):
        return False

    by_effect = warns_of_effects(item.finding)

    def naming(drug: str) -> set[str]:
        return {
            i
            for i in interventions
            if lexicon.is_a(i, drug)
            or lexicon.is_member(drug, i)
            or (by_effect and (lexicon.is_a(drug, i) or is_part_of(drug, i, lexicon)))
        }

    return any(len(naming(a) | naming(b)) > 1 and naming(a) and naming(b) for a in asked for b in partners if a != b)


_OF_EITHER = frozenset({Direction.BENEFIT, Direction.NO_BENEFIT, Direction.RECOMMENDS_AGAINST, Direction.CONTRAINDICATES})
"""Of two drugs that are asked about side by side, a comparison or advice on either is no warning of both together."""


def _non_drug(item: EvidenceItem, selection: Selection) -> bool:
    finding = item.finding
    kinds = {ConceptKind(i.partition("/")[0]) for i in finding.interventions}
    return ConceptKind.THERAPY in kinds and not kinds & _DRUG_KINDS


def _no_harm_here(item: EvidenceItem, selection: Selection) -> bool:
    return bool(drug_ids(item)) and harm_count(item, selection) == 0


def _habit(item: EvidenceItem, selection: Selection) -> bool:
    """A drug that does serious harm in this group and has no evidence of benefit for this very problem in it."""
    mine = drug_ids(item)
    helps = any(
        other.finding.direction in (Direction.BENEFIT, Direction.RECOMMENDS)
        and other.population is PopulationRelation.MATCH
        and other.problem in (ProblemRelation.SAME, ProblemRelation.NARROWER)
        and set(mine) & set(drug_ids(other))
        for other in selection.profile.items
    )
    finding = item.finding
    harmful = is_serious(item) or (finding.direction is not Direction.ADVERSE and not _NO_HARM_FOUND.search(item.text))
    return bool(mine) and harmful and not helps


def _topical(item: EvidenceItem, selection: Selection) -> bool:
    """A treatment put on the skin, studied in some kind of pain, when the complaint is a kind of pain."""
    lexicon = selection.lexicon
    asked = [t.concept_id for t in selection.profile.question.frame.problem]
    painful = any(lexicon.is_a(a, "cond/pain") for a in asked)
    finding = item.finding
    on_skin = any(_ON_SKIN.search(label) for label in finding.intervention_labels)
    return painful and on_skin and any(lexicon.is_a(p, "cond/pain") for p in finding.problems)


def _has_dose(item: EvidenceItem, selection: Selection) -> bool:
    if item.source.via is Via.SOURCE and item.finding.kind is StudyDesign.LABEL:
        return False  # a label states its doses; those of the trials it retells are not them
    asked = [t.concept_id for t in selection.profile.question.frame.intervention]
    lexicon, text = selection.lexicon, item.text
    return any(lexicon.is_a(d.concept_id, a) for d in drug_doses(text, lexicon.tag(text), only_drug(item)) for a in asked)


def _toxicity(item: EvidenceItem, selection: Selection) -> bool:
    return not _is_of_another_poison(item, selection) and any(
        p in HARM_OUTCOMES or p.endswith(POISONINGS) for p in item.finding.problems
    )


def _urgent(item: EvidenceItem, selection: Selection) -> bool:
    problems = item.finding.problems
    of_it = any(selection.lexicon.is_a(p, a) for p in problems for a in selection.alarm_problems)
    return of_it and item.population is not PopulationRelation.DIFFERENT and not _is_of_another_poison(item, selection)


def _no_data(item: EvidenceItem, selection: Selection) -> bool:
    return lacks_data_for(item, selection.profile.question.frame.population)


def _shows(item: EvidenceItem, selection: Selection) -> bool:
    return not _WITHDRAWAL.search(item.text) or bool(_WITHDRAWAL.search(selection.profile.question.text))


def _against(item: EvidenceItem, selection: Selection) -> bool:
    if item.finding.direction is Direction.NO_BENEFIT:
        return any(p.endswith(POISONINGS) for p in item.finding.problems)
    here = item.population is PopulationRelation.MATCH and bool(item.finding.population.kidney)
    return here or _toxicity(item, selection)


def _offered(item: EvidenceItem, selection: Selection) -> bool:
    """What a medicine that is taken does with a drug that the library offers for the asked problem."""
    lexicon, drugs = selection.lexicon, drug_ids(item)
    if len(drugs) < 2 or not is_on_the_pair(item):
        return False

    def same(one: str, other: str) -> bool:
        return lexicon.is_a(one, other) or lexicon.is_a(other, one)

    taken = {d for d in drugs for t in selection.profile.question.frame.patient.medicines if same(t.concept_id, d)}
    others = [d for d in drugs if d not in taken]
    offers = [o for o in selection.profile.items if o.finding.direction in (*OFFERS, Direction.DOSE) and o.problem in RELATED]
    return bool(taken) and any(same(d, x) for o in offers for x in drug_ids(o) for d in others)


def _label(item: EvidenceItem, selection: Selection) -> bool:
    return item.finding.kind is StudyDesign.LABEL


def _withdrawal(item: EvidenceItem, selection: Selection) -> bool:
    return bool(_WITHDRAWAL.search(item.text))


def _marked(item: EvidenceItem, selection: Selection) -> bool:
    """A recommendation that its source marks as one, not a sentence of its running text."""
    return item.finding.recommendation and item.source.via is Via.SOURCE


def _screening(item: EvidenceItem, selection: Selection) -> bool:
    finding = item.finding
    named = any(selection.lexicon.is_a(i, "therapy/screening") for i in (*finding.interventions, *finding.mentioned))
    return named or "screen" in item.text.lower()


def _reconciliation(item: EvidenceItem, selection: Selection) -> bool:
    return "therapy/medication-reconciliation" in item.finding.interventions


_BOXED = re.compile(r"\bboxed warning\b", re.IGNORECASE)
_BOXED_SECTION = "34066-1"
"""LOINC's code of a label's boxed warning."""


def is_boxed(item: EvidenceItem) -> bool:
    """Whether a statement is of a label's boxed warning."""
    return item.passage.code == _BOXED_SECTION or bool(_BOXED.search(item.text))


def _barrier(item: EvidenceItem, selection: Selection) -> bool:
    """Rules out, for this patient, a drug that the evidence would otherwise offer for the asked problem."""
    mine = [b.drug for b in selection.barriers if b.item is item]
    return any(
        other.finding.direction in OFFERS
        and other.problem in RELATED
        and any(selection.lexicon.is_a(d, m) or selection.lexicon.is_member(d, m) for d in drug_ids(other)[:1] for m in mine)
        for other in selection.profile.items
    )


PICKS: Mapping[str, Callable[[EvidenceItem, Selection], bool]] = {
    "": lambda item, selection: True,
    "drug": lambda item, selection: bool(drug_ids(item)),
    "non_drug": _non_drug,
    "no_harm_here": _no_harm_here,
    "least_harm": lambda item, selection: bool(drug_ids(item)),
    "habit": _habit,
    "has_dose": _has_dose,
    "toxicity": _toxicity,
    "urgent": _urgent,
    "topical": _topical,
    "relatives": _relatives,
    "chosen": _chosen,
    "barrier": _barrier,
    "no_data": _no_data,
    "shows": _shows,
    "against": _against,
    "offered": _offered,
    "boxed": lambda item, selection: is_boxed(item),
    "case": _case,
    "marked_case": lambda item, selection: _marked(item, selection) and _case(item, selection),
    "case_source": lambda item, selection: item.source.via is Via.SOURCE and _case(item, selection),
    "label": _label,
    "marked": _marked,
    "screening": _screening,
    "marked_screening": lambda item, selection: _marked(item, selection) and _screening(item, selection),
    "withdrawal": _withdrawal,
    "reconciliation": _reconciliation,
}
