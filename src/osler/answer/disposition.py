"""What kind of reply this is: answer, with caveats, with escalation, a question back, an abstention, an emergency."""

from __future__ import annotations

from collections.abc import Sequence

from osler.answer.gaps import finds_no_link_only
from osler.answer.plan import intent_of
from osler.answer.relevance import is_silent_on_it
from osler.answer.statements import lacks_data_for
from osler.domain.answer import Disposition, Notice, NoticeKind
from osler.domain.document import Direction as D
from osler.domain.evidence import (
    Directness,
    DrugRelation,
    EvidenceItem,
    EvidenceProfile,
    PopulationRelation,
    ProblemRelation,
)
from osler.domain.population import Kidney
from osler.domain.question import Frame, Intent
from osler.domain.status import PublicationStatus
from osler.language.lexicon import Lexicon

_CAVEATS = frozenset(
    {
        NoticeKind.UNIT_ERROR, NoticeKind.INSTRUCTION_IN_QUESTION, NoticeKind.UNKNOWN_TERM, NoticeKind.ALLERGY,
        NoticeKind.MISSING_INFORMATION,
    }
)  # fmt: skip
_STANDS = frozenset({PublicationStatus.CURRENT, PublicationStatus.CORRECTED})
_NEEDED: dict[Intent, frozenset[D]] = {
    Intent.DOSE: frozenset({D.DOSE}),
    Intent.ORDER_CHECK: frozenset({D.DOSE}),
    Intent.INTERACTION: frozenset({D.INTERACTION, D.CONTRAINDICATES, D.ADVERSE, D.BENEFIT, D.NO_BENEFIT, D.RECOMMENDS_AGAINST}),
    Intent.SAFETY: frozenset({D.RECOMMENDS, D.RECOMMENDS_AGAINST, D.CONTRAINDICATES, D.BENEFIT, D.NO_BENEFIT, D.DOSE}),
    Intent.ALTERNATIVE: frozenset({D.RECOMMENDS, D.BENEFIT}),
    Intent.TREATMENT: frozenset({D.RECOMMENDS, D.BENEFIT, D.RECOMMENDS_AGAINST, D.DOSE}),
    Intent.DIAGNOSIS: frozenset({D.DIAGNOSIS, D.RECOMMENDS, D.MONITOR, D.DEFINITION, D.RECOMMENDS_AGAINST, D.CONTRAINDICATES}),
    Intent.MONITORING: frozenset({D.MONITOR, D.RECOMMENDS, D.DIAGNOSIS}),
    Intent.TOXICITY: frozenset({D.RECOMMENDS, D.BENEFIT, D.ADVERSE, D.DIAGNOSIS, D.DOSE, D.DEFINITION, D.PK}),
}
"""What must be there, direct, for a plain `answer`: a dose question needs a dose."""


def disposition(
    profile: EvidenceProfile,
    notices: Sequence[Notice],
    chosen: Sequence[EvidenceItem],
    conflicts: int,
    alarmed: bool,
    lexicon: Lexicon,
) -> Disposition:
    """The kind of a reply that has evidence to show; emergencies and abstentions are decided before."""
    if alarmed:
        return Disposition.ANSWER_AND_ESCALATE
    if _nobody_knows_the_dose(profile.question.frame, chosen):
        return Disposition.ABSTAIN
    if any(n.kind in _CAVEATS for n in notices):
        return Disposition.ANSWER_WITH_CAVEATS
    if intent_of(profile.question.frame) is Intent.INTERACTION and finds_no_link_only(profile):
        return Disposition.ANSWER_WITH_CAVEATS
    if conflicts or not is_covered(profile.question.frame, chosen, lexicon):
        return Disposition.ANSWER_WITH_CAVEATS
    return Disposition.ANSWER


def _nobody_knows_the_dose(frame: Frame, chosen: Sequence[EvidenceItem]) -> bool:
    """A dose is asked for, a source says that there are no data on the drug in this very group, and no dose fits."""
    if frame.intent not in (Intent.DOSE, Intent.ORDER_CHECK):
        return False
    mine = [i for i in chosen if i.drug is DrugRelation.ASKED]
    fitting = [i for i in mine if i.finding.direction is D.DOSE and i.directness is Directness.DIRECT]
    return not fitting and any(lacks_data_for(i, frame.population) for i in mine)


def is_covered(frame: Frame, chosen: Sequence[EvidenceItem], lexicon: Lexicon) -> bool:
    """Whether direct evidence of the needed kind is in the answer, and speaks of what was asked."""
    needed = _NEEDED[Intent.DOSE if frame.intent is Intent.DOSE else intent_of(frame)]
    for item in chosen:
        if item.finding.direction not in needed or item.directness is not Directness.DIRECT:
            continue
        if is_silent_on_it(item, frame, lexicon) or item.source.status not in _STANDS:
            continue
        if intent_of(frame) is Intent.INTERACTION and len(item.shared_drugs) < 2:
            continue
        if (
            frame.intent in (Intent.DOSE, Intent.ORDER_CHECK, Intent.SAFETY)
            and frame.intervention
            and item.drug is not DrugRelation.ASKED
        ):
            continue
        if frame.intent is Intent.SAFETY and not _is_of_this_group(frame, item):
            continue
        if frame.problem and item.problem not in (
            ProblemRelation.SAME,
            ProblemRelation.NARROWER,
            ProblemRelation.OPEN,
            ProblemRelation.BROADER,
        ):
            continue
        if frame.intent is Intent.ALTERNATIVE and item.problem is ProblemRelation.BROADER:
            continue
        if frame.intent is Intent.SAFETY and frame.avoid and item.finding.direction not in (D.RECOMMENDS, D.BENEFIT, D.NO_BENEFIT):
            continue
        return True
    return False


def _is_of_this_group(frame: Frame, item: EvidenceItem) -> bool:
    """Whether the evidence names what is special about this patient, and is not about another way of giving the drug."""
    asked, studied = frame.population, item.finding.population
    special = bool(asked.kidney - {Kidney.NORMAL}) or asked.pregnant or asked.lactating or asked.hepatic
    named = bool(studied.kidney) or studied.pregnant or studied.lactating or studied.hepatic
    injection = "route/parenteral" in item.finding.mentioned
    asked_routes = {t.concept_id for t in frame.routes}
    return (named or not special) and not (
        injection and asked_routes != {"route/parenteral"} and asked_routes != {"route/intravenous"}
    )


def missing_facts(profile: EvidenceProfile, lexicon: Lexicon) -> tuple[str, ...]:
    """Questions back, when a fact that is not given decides between doses or answers the library holds.

    Only a dose question without any fact of the patient asks back: with some facts the answer shows what it has.
    """
    frame = profile.question.frame
    if frame.intent not in (Intent.DOSE, Intent.ORDER_CHECK) or not frame.intervention:
        return ()
    patient = frame.patient
    vague = frame.population.kidney == {Kidney.CKD_G3, Kidney.CKD_G4_G5} and patient.egfr is None
    doses = [
        i
        for i in profile.items
        if i.drug is DrugRelation.ASKED
        and i.finding.direction is D.DOSE
        and (
            not frame.problem
            or i.problem in (ProblemRelation.SAME, ProblemRelation.NARROWER, ProblemRelation.BROADER, ProblemRelation.OPEN)
        )
    ]
    depends = any(i.finding.population.kidney and not frame.population.kidney <= i.finding.population.kidney for i in doses)
    if vague and depends:
        return ("How well do the kidneys work: eGFR or creatinine clearance, or which kind of dialysis? The dose depends on it.",)
    if frame.intent is not Intent.DOSE:
        return ()
    child = frame.population.ages is not None and frame.population.ages.high <= 18
    asks = []
    name = frame.intervention[0].name
    if patient.age_years is None and child and len(doses) > 0:
        asks.append("How old is the child, and how much does the child weigh?")
    described = frame.population.kidney or frame.population.ages is not None or frame.population.hepatic
    combined = len({t.concept_id for t in (*frame.intervention, *patient.medicines)}) > 1
    facts_given = patient.age_years is not None or described or combined or patient.pregnant or patient.egfr is not None
    if not asks and not facts_given and not child:
        kidneys = any(i.finding.population.kidney for i in doses)
        if kidneys and len(doses) > 1:
            asks.append("How well do the kidneys work (eGFR or creatinine clearance, or which kind of dialysis)?")
        problems = {p for i in doses for p in i.finding.problems}
        if not frame.problem and len(problems) > 1:
            asks.append(f"What is {name} to be used for?")
        if not frame.problem and any(i.finding.population.ages and i.finding.population.ages.high <= 18 for i in doses):
            asks.append("How old is the patient, and what does the patient weigh?")
    return tuple(asks) if asks and (not frame.problem or child) else ()


def nearby(profile: EvidenceProfile, lexicon: Lexicon) -> tuple[str, ...]:
    """What the library does cover near the question: problems and drugs of the best hits, at most eight names."""
    names: dict[str, None] = {}
    for item in profile.items[:40]:
        if item.population is PopulationRelation.DIFFERENT:
            continue
        for concept in (*item.finding.interventions[:1], *item.finding.problems[:1]):
            names.setdefault(lexicon.name(concept))
    return tuple(names)[:8]
