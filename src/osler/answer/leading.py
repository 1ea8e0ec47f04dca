"""Which sentences make the bottom line: the decision first, never one that does not speak of what was asked."""

from __future__ import annotations

from collections.abc import Sequence

from osler.answer.gaps import asks_whether_it_works
from osler.answer.plan import Slot, intent_of
from osler.answer.relevance import is_silent_on_it
from osler.answer.select import is_running_text
from osler.answer.statements import is_on_the_pair
from osler.domain.answer import Claim, Role
from osler.domain.document import Direction, StudyDesign, Via
from osler.domain.evidence import Directness, DrugRelation, EvidenceItem, PopulationRelation, ProblemRelation
from osler.domain.question import Frame, Intent
from osler.evidence.sources_of import NOT_THERE
from osler.language.lexicon import Lexicon

BOTTOM_LINE_SENTENCES = 3
_ADULT_YEARS = 18
_OTHERS = PopulationRelation.DIFFERENT
_LEADING: dict[Intent, tuple[tuple[Role, int], ...]] = {
    Intent.ALTERNATIVE: ((Role.OPTION, 1), (Role.AVOID, 1), (Role.HARM, 1)),
    Intent.ORDER_CHECK: ((Role.AVOID, 1), (Role.DOSE, 1), (Role.HARM, 1)),
    Intent.DOSE: ((Role.DOSE, 1), (Role.AVOID, 1)),
    Intent.INTERACTION: ((Role.CAUTION, 2), (Role.AVOID, 1)),
    Intent.SAFETY: ((Role.AVOID, 1), (Role.EVIDENCE, 1), (Role.HARM, 1), (Role.DOSE, 1)),
    Intent.TOXICITY: ((Role.OPTION, 2), (Role.HARM, 1)),
    Intent.DIAGNOSIS: ((Role.RED_FLAG, 2), (Role.OPTION, 1)),
    Intent.MONITORING: ((Role.MONITORING, 2), (Role.AVOID, 1)),
    Intent.TREATMENT: ((Role.OPTION, 2), (Role.EVIDENCE, 1)),
}
"""Which jobs lead the article, and with how many sentences each."""


def bottom_line(
    claims: Sequence[Claim], chosen: dict[str, tuple[Slot, EvidenceItem]], frame: Frame, lexicon: Lexicon, with_dose: frozenset[str]
) -> tuple[str, ...]:
    """The decision: a recommendation for such a patient first, direct before indirect; never a danger sign, an indirect dose,
    evidence of another problem, or a sentence that does not name what was asked. It may be empty: then the gaps speak."""

    def fit(claim: Claim) -> bool:
        slot, item = chosen[claim.id]
        other_problem = item.problem is ProblemRelation.DIFFERENT and item.directness is not Directness.DIRECT
        indirect_dose = claim.role is Role.DOSE and claim.directness is Directness.INDIRECT
        unfit = (
            other_problem
            or indirect_dose
            or slot.pick in ("relatives", "chosen", "habit")
            or (_is_a_child(frame) and item.population is _OTHERS)
            or is_silent_on_it(item, frame, lexicon)
            or (intent_of(frame) is Intent.INTERACTION and _is_of_one_drug_for_something_else(item, frame))
            or NOT_THERE in (item.finding.to_check or "")
            or (claim.role is Role.DOSE and item.source.via is Via.SOURCE and not _names_asked(item, frame))
        )
        return slot.role is not Role.RED_FLAG and not unfit

    by_id = {c.id: c for c in claims}
    usable = [c for c in claims if fit(c)]
    if frame.intent is Intent.DIAGNOSIS:
        usable = [c for c in claims if chosen[c.id][1].problem is not ProblemRelation.DIFFERENT]
    doses_first = frame.intent in (Intent.DOSE, Intent.ORDER_CHECK) and any(c.role is Role.DOSE for c in usable)
    leading: list[str] = []
    if not doses_first:
        leading = [c.id for c in usable if chosen[c.id][0].pick.startswith("marked") and c.directness is Directness.DIRECT][:2]
    if leading:
        usable = [c for c in usable if not (c.role in (Role.OPTION, Role.AVOID) and is_running_text(chosen[c.id][1]))]
    leading += [c.id for c in usable if chosen[c.id][0].pick == "no_data"][:1]
    leading += [c.id for c in usable if _is_the_asked_use(chosen[c.id][1], frame)][:1]
    leading += [c.id for c in usable if c.role is Role.AVOID and _forbids_together(*chosen[c.id])][:1]
    leading += [c.id for c in usable if c.role is Role.DOSE and chosen[c.id][0].pick == "case_source"][:1]
    for role, count in _LEADING[intent_of(frame)]:
        ordered = sorted((c for c in usable if c.role is role), key=lambda c: _lead_order(c, chosen, with_dose))
        others = all(chosen[c.id][1].drug is DrugRelation.OTHER for c in ordered)
        several = role is Role.DOSE and frame.open_ended and bool(frame.problem) and others  # "which drug, and how much"
        leading += [c.id for c in ordered[: BOTTOM_LINE_SENTENCES if several else count]]
        if role is Role.AVOID:
            leading += _one_a_drug(ordered, chosen, frame)
    if not leading:
        leading = [c.id for c in usable[:2]] or _recorded_at_least(claims[0], chosen[claims[0].id][1], frame)
    before: list[str] = [] if any(by_id[i].directness is Directness.DIRECT for i in leading) else _first_direct(usable)
    return tuple(dict.fromkeys((*before, *leading)))[:BOTTOM_LINE_SENTENCES]


def _recorded_at_least(claim: Claim, item: EvidenceItem, frame: Frame) -> list[str]:
    """The first statement when none is fit to lead, if a reader recorded it; never a dose of others, what was found in adults for a
    child, or what one of two drugs does for something else."""
    citation = claim.citations[0]
    beside = intent_of(frame) is Intent.INTERACTION and _is_of_one_drug_for_something_else(item, frame)
    of_others = (_is_a_child(frame) and item.population is _OTHERS) or (
        claim.role is Role.DOSE and claim.directness is Directness.INDIRECT
    )
    unfit = beside or of_others or NOT_THERE in (citation.to_check or "") or citation.via is not Via.EXTRACTION
    return [] if unfit else [claim.id]


def _first_direct(usable: Sequence[Claim]) -> list[str]:
    """The first direct sentence of a source: none that is indirect leads before it."""
    return [c.id for c in usable if c.directness is Directness.DIRECT and c.citations[0].via is Via.SOURCE and c.role in _DECIDES][
        :1
    ]


_DECIDES = frozenset({Role.OPTION, Role.AVOID, Role.EVIDENCE, Role.DOSE, Role.MONITORING})


def _one_a_drug(ordered: Sequence[Claim], chosen: dict[str, tuple[Slot, EvidenceItem]], frame: Frame) -> list[str]:
    """Of several drugs asked about, the first warning of each, direct ones only: that of one does not stand for the others."""
    found: dict[str, str] = {}
    for claim in ordered:
        item = chosen[claim.id][1]
        of_a_pair = "cond/drug-interaction" in item.finding.problems and len(item.shared_drugs) < 2  # with what is not taken
        for term in frame.intervention if len(frame.intervention) > 1 and not of_a_pair else ():
            if item.finding.interventions[:1] == (term.concept_id,) and claim.directness is Directness.DIRECT:
                found.setdefault(term.concept_id, claim.id)
    return list(found.values())


def _is_a_child(frame: Frame) -> bool:
    """What was found in adults never leads for a child."""
    return frame.patient.age_years is not None and frame.patient.age_years < _ADULT_YEARS


def _is_the_asked_use(item: EvidenceItem, frame: Frame) -> bool:
    """A label that names the asked problem among its uses, when the question is whether the drug works for it."""
    label = (
        item.source.via is Via.SOURCE and item.finding.kind is StudyDesign.LABEL and item.finding.direction is Direction.DEFINITION
    )
    return label and asks_whether_it_works(frame) and item.problem in (ProblemRelation.SAME, ProblemRelation.NARROWER)


def _names_asked(item: EvidenceItem, frame: Frame) -> bool:
    """Whether the very drug or class that was asked about is named, not only a member of it: "opioids" is not buprenorphine."""
    asked = {t.concept_id for t in (*frame.intervention, *frame.patient.medicines)}
    return not asked or bool(asked & set(item.finding.interventions))


def _is_of_one_drug_for_something_else(item: EvidenceItem, frame: Frame) -> bool:
    """Where two drugs are asked about together and no problem is: what one of them does for a problem is not the answer."""
    alone = len(item.shared_drugs) < 2 or (not is_on_the_pair(item) and item.finding.direction in _FORBIDS)
    return not frame.problem and alone and bool(item.finding.problems) and not _rules_out_here(item, frame)


def _rules_out_here(item: EvidenceItem, frame: Frame) -> bool:
    """A warning against the drug in the patient's own state of kidneys or pregnancy holds whatever else is asked."""
    asked, named = frame.population, item.finding.population
    state = bool(asked.kidney & named.kidney) or (asked.pregnant and named.pregnant) or (asked.lactating and named.lactating)
    return item.finding.direction in _FORBIDS and state and item.population is PopulationRelation.MATCH


def _forbids_together(slot: Slot, item: EvidenceItem) -> bool:
    """A source that forbids the very combination that was asked about."""
    together = slot.pick == "case" and len(item.shared_drugs) > 1
    return together and item.source.via is Via.SOURCE and item.finding.direction in _FORBIDS


_FORBIDS = frozenset({Direction.CONTRAINDICATES, Direction.RECOMMENDS_AGAINST})


def _lead_order(claim: Claim, chosen: dict[str, tuple[Slot, EvidenceItem]], with_dose: frozenset[str]) -> tuple[object, ...]:
    """Of doses, one that fits the weight first, then one that names an amount; of the rest, direct first."""
    item = chosen[claim.id][1]
    slot = chosen[claim.id][0]
    non_drug_first = slot.pick != "non_drug"
    return (
        len(item.shared_drugs) < 2 and slot.pick == "case",
        claim.role is Role.DOSE and claim.calculation is None,
        claim.role is Role.DOSE and claim.id not in with_dose,
        non_drug_first and claim.directness is Directness.INDIRECT,
        int(claim.id[1:]),
    )
