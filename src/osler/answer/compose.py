"""EvidenceProfile to Answer, from the statements themselves: chosen, ordered and attributed, no model."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from osler.answer.disposition import disposition, missing_facts, nearby
from osler.answer.dose_table import dose_conflicts, dose_rows, verdict_conflicts
from osler.answer.gaps import describe_group, find_gaps, silent_facts
from osler.answer.leading import BOTTOM_LINE_SENTENCES, bottom_line
from osler.answer.options import option_rows
from osler.answer.picks import Selection
from osler.answer.plan import ALARMS, EMERGENCY_PLAN, ROLE_OF, URGENT_PLAN, Slot, plan_for
from osler.answer.relevance import asks_for_screening, is_silent_on_it
from osler.answer.select import fill
from osler.answer.views import DETAIL_CLAIMS, widened
from osler.domain.answer import (
    Answer,
    Citation,
    Claim,
    Disposition,
    Notice,
    NoticeKind,
    Role,
    Section,
)
from osler.domain.document import StudyDesign
from osler.domain.evidence import Directness, DrugRelation, EvidenceItem, EvidenceProfile
from osler.domain.question import Audience, Frame, Intent
from osler.domain.thread import View
from osler.evidence.gate import barriers
from osler.evidence.patient import weight_based
from osler.language.lexicon import Lexicon

_DESIGN_WORDS = {
    StudyDesign.RCT: "randomised trial", StudyDesign.SYSTEMATIC_REVIEW: "systematic review",
    StudyDesign.CASE_CONTROL: "case-control study", StudyDesign.CASE_REPORT: "case report",
    StudyDesign.CASE_SERIES: "case series", StudyDesign.PHARMACOKINETIC: "pharmacokinetic study",
    StudyDesign.CONSENSUS: "consensus statement", StudyDesign.TRIAL: "trial, not randomised", StudyDesign.CROSS_SECTIONAL: "cross-sectional study",
    StudyDesign.ARTICLE: "article, design not stated", StudyDesign.FORMULARY: "local formulary", StudyDesign.REGISTRATION: "trial registration",
    StudyDesign.PRECLINICAL: "animal or laboratory study",
}  # fmt: skip


_UNNAMED = re.compile(
    r"\b(?:safe|dose|dosage|give|take|start|stop|prescribe|treat|medicine|medication|drug|tablets?)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Alert:
    """What triage found: the problems and statements that support its advice, and whether nothing but help is the answer."""

    problems: tuple[str, ...]
    library: tuple[str, ...]


def compose(
    profile: EvidenceProfile, notices: tuple[Notice, ...], alert: Alert | None, lexicon: Lexicon, max_claims: int
) -> Answer:
    """The answer to an appraised question. Total order throughout: same profile, same answer."""
    question = profile.question
    frame = question.frame
    if alert is not None and question.audience is Audience.PATIENT:
        return _emergency(profile, notices, alert, lexicon)
    if question.asks and alert is None:
        return Answer(title(frame), Disposition.CLARIFY, notices, clarifying_questions=question.asks)
    refusal = _abstention(profile, notices, lexicon)
    if refusal is not None:
        return _while_in_danger(refusal, alert)
    asks = missing_facts(profile, lexicon) if alert is None else ()  # an emergency waits for no fact
    if asks:
        return Answer(title(frame), Disposition.CLARIFY, notices, clarifying_questions=asks)
    selection = Selection(profile, lexicon, barriers=barriers(profile, lexicon))
    if alert is not None:
        selection.alarm_problems, selection.alarm_library = frozenset(alert.problems), alert.library
        fill(selection, URGENT_PLAN, max_claims)
    slots = plan_for(frame, screening=asks_for_screening(profile, lexicon))
    if question.view is View.DETAIL:
        slots, max_claims = widened(slots), max(max_claims, DETAIL_CLAIMS)
    fill(selection, slots, max_claims)
    if not selection.chosen or (alert is None and _is_all_beside_the_point(selection, frame, lexicon)):
        return _while_in_danger(_nothing_found(profile, notices, lexicon), alert)
    return _write(profile, notices, selection, lexicon, alarmed=alert is not None)


def _while_in_danger(answer: Answer, alert: Alert | None) -> Answer:
    """Where the library has nothing to say of an emergency, getting help is the answer: never a question back or an abstention."""
    return answer if alert is None else replace(answer, disposition=Disposition.EMERGENCY, clarifying_questions=())


def _is_all_beside_the_point(selection: Selection, frame: Frame, lexicon: Lexicon) -> bool:
    """Whether only studies of something else were found. A label's general warnings are worth showing whatever was asked."""
    return all(i.finding.kind is not StudyDesign.LABEL and is_silent_on_it(i, frame, lexicon) for i in selection.items)


def _write(
    profile: EvidenceProfile, notices: tuple[Notice, ...], selection: Selection, lexicon: Lexicon, *, alarmed: bool
) -> Answer:
    frame = profile.question.frame
    chosen = {f"c{n}": pair for n, pair in enumerate(selection.chosen, start=1)}
    claims = tuple(_claim(i, slot, item, profile, lexicon) for i, (slot, item) in chosen.items())
    rows = dose_rows(chosen, frame, lexicon)
    leading = bottom_line(claims, chosen, frame, lexicon, frozenset(c for row in rows for c in row.claims))
    if alarmed:
        urgent = tuple(i for i, (slot, _) in chosen.items() if slot.pick in ALARMS)[:2]
        leading = (*urgent, *(i for i in leading if i not in urgent))[:BOTTOM_LINE_SENTENCES]
    conflicts = (*dose_conflicts(chosen, lexicon), *verdict_conflicts(chosen, lexicon))
    return Answer(
        title=title(frame),
        disposition=disposition(profile, notices, selection.items, len(conflicts), alarmed, lexicon),
        notices=notices,
        bottom_line=leading,
        sections=_sections(chosen, leading),
        claims=claims,
        options=option_rows(chosen, profile, lexicon) if frame.intent is Intent.ALTERNATIVE else (),
        dose_table=rows,
        gaps=(*find_gaps(profile, lexicon), *silent_facts(profile, selection.items, lexicon)),
        conflicts=conflicts,
    )


def _claim(claim_id: str, slot: Slot, item: EvidenceItem, profile: EvidenceProfile, lexicon: Lexicon) -> Claim:
    finding = item.finding
    directness = Directness.INDIRECT if item.mismatches else Directness.DIRECT
    role = Role.RED_FLAG if slot.role is Role.RED_FLAG else ROLE_OF[finding.direction]
    if slot.role is Role.CAUTION and role in (Role.HARM, Role.OPTION):
        role = Role.CAUTION if slot.pick in ("withdrawal", "reconciliation") else role
    return Claim(
        id=claim_id,
        text=item.text,
        role=role,
        citations=(
            Citation(
                source=item.source,
                span=item.span,
                statement_id=finding.statement_id,
                directness=directness,
                mismatches=item.mismatches,
                design=_DESIGN_WORDS.get(finding.kind, finding.kind.value),
                population=finding.population.text,
                note=finding.note,
                to_check=finding.to_check,
            ),
        ),
        certainty=finding.certainty,
        strength=finding.strength,
        calculation=weight_based(item, profile.question, lexicon)
        if item.drug is DrugRelation.ASKED and not item.mismatches
        else None,
    )


def _sections(chosen: dict[str, tuple[Slot, EvidenceItem]], leading: tuple[str, ...]) -> tuple[Section, ...]:
    """Each slot's statements under its heading; what the bottom line says is not said again."""
    grouped: dict[tuple[str, Role], list[str]] = {}
    for claim_id, (slot, _) in chosen.items():
        if claim_id not in leading:
            grouped.setdefault((slot.heading, slot.role), []).append(claim_id)
    return tuple(Section(heading, role, tuple(ids)) for (heading, role), ids in grouped.items())


def _emergency(profile: EvidenceProfile, notices: tuple[Notice, ...], alert: Alert, lexicon: Lexicon) -> Answer:
    """Get help: the notice first, then why; no medicine and no dose is offered."""
    selection = Selection(profile, lexicon, frozenset(alert.problems), alert.library)
    fill(selection, EMERGENCY_PLAN, 5)
    chosen = {f"c{n}": pair for n, pair in enumerate(selection.chosen, start=1)}
    claims = tuple(_claim(i, slot, item, profile, lexicon) for i, (slot, item) in chosen.items())
    leading = tuple(c.id for c in claims[:2])
    kept = tuple(n for n in notices if n.kind not in (NoticeKind.FALSE_PREMISE, NoticeKind.UNIT_ERROR))
    return Answer("Get medical help now", Disposition.EMERGENCY, kept, (), leading, _sections(chosen, leading), claims)


def _abstention(profile: EvidenceProfile, notices: tuple[Notice, ...], lexicon: Lexicon) -> Answer | None:
    """Nothing to stand on: an unknown product, no clinical term at all, or a drug of which the library holds nothing."""
    question = profile.question
    frame = question.frame
    if any(n.kind is NoticeKind.OUT_OF_SCOPE for n in notices):
        return _abstain(frame, notices, ())
    if frame.unknown and not frame.intervention:
        offer = ", ".join(nearby(profile, lexicon)[:4])
        more = f"For a named medicine that the library covers, such as {offer}, ask again." if offer else ""
        return _abstain(frame, notices, (f"Nothing is known here about {', '.join(frame.unknown)}.", more))
    terms = (*frame.intervention, *frame.problem, *frame.avoid, *frame.background, *frame.symptoms, *frame.patient.medicines)
    if not terms and not frame.population_terms and _is_about_something_unnamed(question.text):
        ask = "Which medicine, problem and patient do you mean? For example: “Is tizanidine safe on hemodialysis?”"
        return Answer("Which medicine or problem?", Disposition.CLARIFY, notices, clarifying_questions=(ask,))
    if len(question.text.split()) <= 2 and frame.intervention and not frame.problem and not frame.population_terms:
        ask = f"What do you want to know about {frame.intervention[0].name}: its dose, its safety in some group, or what it may not be taken with?"
        return Answer(title(frame), Disposition.CLARIFY, notices, clarifying_questions=(ask,))
    if not terms and not frame.population_terms:
        notice = Notice(
            NoticeKind.OUT_OF_SCOPE,
            "No medicine, condition or patient group was recognised in the question. Osler answers clinical questions in English: "
            "name the medicine or the problem, and who it is for.",
        )
        return _abstain(frame, (*notices, notice), ())
    if not terms:
        ask = f"What do you want to know about {' and '.join(t.name for t in frame.population_terms)}: a medicine, its dose, or a complaint to treat?"
        return Answer(title(frame), Disposition.CLARIFY, notices, clarifying_questions=(ask,))
    drugs = frame.intervention
    about = (DrugRelation.ASKED, DrugRelation.CLASS)
    if drugs and not any(i.drug in about for i in profile.items):
        return _nothing_found(profile, notices, lexicon)
    return None


def _is_about_something_unnamed(text: str) -> bool:
    """A clinical question whose subject is left out: "is it safe?", "what dose should I give?"."""
    return bool(_UNNAMED.search(text)) and len(text.split()) <= 14


def _nothing_found(profile: EvidenceProfile, notices: tuple[Notice, ...], lexicon: Lexicon) -> Answer:
    frame = profile.question.frame
    terms = frame.intervention or frame.problem or frame.avoid or frame.patient.medicines
    subject = " and ".join(t.name for t in terms) or "this question"
    if frame.intervention and frame.problem:
        subject += f" for {' and '.join(t.name for t in frame.problem)}"
    group = describe_group(frame)
    covered = ", ".join(nearby(profile, lexicon))
    gaps = [f"No document in this library answers a question about {subject}{f' in {group}' if group else ''}."]
    if covered:
        gaps.append(f"Nearest to it, the library covers: {covered}.")
    return _abstain(frame, notices, tuple(gaps))


def _abstain(frame: Frame, notices: tuple[Notice, ...], gaps: tuple[str, ...]) -> Answer:
    return Answer(title(frame), Disposition.ABSTAIN, notices, gaps=tuple(g for g in gaps if g))


def title(frame: Frame) -> str:
    """A heading in the field's terms: what, for which problem, in whom."""
    drugs = " and ".join(t.name for t in frame.intervention)
    problem = " and ".join(t.name for t in frame.problem)
    group = describe_group(frame)
    avoid = " and ".join(t.name for t in frame.avoid)
    if frame.intent is Intent.ALTERNATIVE and avoid:
        head = f"Alternatives to {avoid}"
    elif frame.intent is Intent.INTERACTION and frame.patient.medicines:
        beside = " and ".join(t.name for t in frame.patient.medicines if t not in frame.intervention)
        head = f"{drugs or 'Medicines'} with {beside}" if beside else drugs
    elif drugs:
        head = drugs
    else:
        head = problem or "Clinical question"
        problem = ""
    words = head + (f" for {problem}" if problem else "")
    words += f" in {group}" if group and not words.endswith(f" in {group}") else ""
    return words[:1].upper() + words[1:]
