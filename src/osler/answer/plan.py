"""For each intent, the parts an expert would write, in order: one slot a job, as a table.

A slot picks appraised statements by what they do (`directions`), whom and what they are about
(`drugs`, `problems`, `populations`) and how many are worth a reader's time (`limit`). The outline of each
plan follows how a drug-information pharmacist answers: dangers first, then the decision, why, how much,
what can go wrong, what to watch, what nobody knows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from osler.domain.answer import Role
from osler.domain.document import Direction as D
from osler.domain.evidence import DrugRelation as R
from osler.domain.evidence import PopulationRelation as P
from osler.domain.evidence import ProblemRelation as Q
from osler.domain.population import Kidney
from osler.domain.question import Frame, Intent

_ANY_DRUG = frozenset(R)
_ANY_PROBLEM = frozenset(Q)
_ANY_POPULATION = frozenset(P)
_RELATED = frozenset({Q.SAME, Q.NARROWER, Q.BROADER})
_RELATED_OR_OPEN = _RELATED | {Q.OPEN}
_FITS = frozenset({P.MATCH})
_NOT_OTHER_GROUP = frozenset({P.MATCH, P.GENERAL})


@dataclass(frozen=True, slots=True)
class Slot:
    """One job. `one_per`: at most one statement for each "drug" or "danger". `pick` narrows by a named test.

    per_source: at most so many statements of one document (0: no bound).
    pick: "" none; "non_drug" only measures without a drug; "drug" only with a drug; "no_harm_here" only drugs without
    a serious harm, contraindication or advice against them in this patient's group; "least_harm" sorts by these;
    "urgent" only statements about the danger that triage saw; "toxicity" only statements about a poisoning, a withdrawal or a harm; "has_dose" only statements with a dose of the asked drug; "habit" only drugs that do serious harm in this group; "relatives" only members of the class of the drug to be
    avoided; "topical" only what is put on the skin, for pain; "chosen" only drugs that are already in the answer; "boxed" only a label's boxed warning; "barrier" only what rules out, for this patient, a drug that would be offered; "case" only statements that name two drugs of the case;
    "marked" only recommendations that their source marks as such; "screening" only statements about screening; "marked_screening" both;
    "marked_case" both "marked" and "case"; "case_source" as "case", read from a source; "no_data" only that nobody has studied it;
    "offered" only what a medicine of the patient does with a drug that would be offered; "shows" all but withdrawal, unless that is asked;
    "against" what speaks against the drug in a poisoning or in this patient's group, not for some other complaint.
    """

    heading: str
    role: Role
    directions: frozenset[D]
    limit: int
    drugs: frozenset[R] = _ANY_DRUG
    problems: frozenset[Q] = _ANY_PROBLEM
    populations: frozenset[P] = _ANY_POPULATION
    one_per: str = ""
    pick: str = ""
    per_source: int = 0


def _slot(heading: str, role: Role, directions: set[D], limit: int, **more: object) -> Slot:
    return Slot(heading, role, frozenset(directions), limit, **more)  # type: ignore[arg-type]


_SUBJECT = frozenset({R.ASKED, R.CLASS})
_ASKED = frozenset({R.ASKED})

RED_FLAGS = _slot(
    "First rule out", Role.RED_FLAG, {D.DIAGNOSIS, D.MONITOR, D.RECOMMENDS}, 3,
    problems=frozenset({Q.DANGER}), one_per="danger",
)  # fmt: skip
_CASE_INTERACTIONS = _slot(
    "With the patient's other medicines", Role.CAUTION, {D.INTERACTION, D.CONTRAINDICATES, D.ADVERSE, D.RECOMMENDS_AGAINST, D.BENEFIT, D.NO_BENEFIT}, 5, pick="case",
)  # fmt: skip
_CASE_DOSES = _slot("Doses when they are taken together", Role.DOSE, {D.DOSE}, 2, pick="case_source")
_STOPS = _slot(
    "When not to use it", Role.AVOID, {D.CONTRAINDICATES, D.RECOMMENDS_AGAINST}, 4, drugs=_ASKED, problems=_RELATED_OR_OPEN, populations=_NOT_OTHER_GROUP,
)  # fmt: skip
_LABELLED_FOR = _slot("What it is labelled for", Role.DEFINITION, {D.DEFINITION}, 1, drugs=_ASKED, pick="label")
_DOSES_HERE = _slot(
    "Doses studied or advised in this group", Role.DOSE, {D.DOSE}, 5, drugs=_ASKED, problems=_RELATED_OR_OPEN, populations=_FITS,
)  # fmt: skip
_DOSES_IN_STUDIES = _slot(
    "Doses used in studies of this group", Role.DOSE, {D.BENEFIT, D.NO_BENEFIT, D.DEFINITION}, 2, drugs=_ASKED, problems=_RELATED_OR_OPEN, populations=_FITS, pick="has_dose", per_source=1,
)  # fmt: skip
_DOSES_ELSEWHERE = _slot(
    "Doses known only from others", Role.DOSE, {D.DOSE}, 2, drugs=_ASKED, problems=_RELATED_OR_OPEN, populations=frozenset({P.GENERAL, P.DIFFERENT}),
)  # fmt: skip
_KINETICS = _slot("How this group handles it", Role.EVIDENCE, {D.PK}, 2, drugs=_ASKED, populations=_FITS)
_KINETICS_ELSEWHERE = _slot(
    "How it is handled", Role.EVIDENCE, {D.PK}, 1, drugs=_ASKED, populations=frozenset({P.GENERAL, P.DIFFERENT})
)
_HARMS = _slot("Harms", Role.HARM, {D.ADVERSE}, 6, drugs=_SUBJECT, populations=_FITS, per_source=2)
_HARMS_ELSEWHERE = _slot(
    "Harms seen in others",
    Role.HARM,
    {D.ADVERSE},
    2,
    drugs=_SUBJECT,
    problems=_RELATED_OR_OPEN,
    populations=frozenset({P.GENERAL, P.DIFFERENT}),
)
_WORKS = _slot(
    "Does it work?",
    Role.EVIDENCE,
    {D.BENEFIT, D.NO_BENEFIT, D.RECOMMENDS},
    5,
    drugs=_ASKED,
    problems=_RELATED_OR_OPEN,
    populations=_FITS,
    per_source=1,
)
_CHECK_INTERACTIONS = _slot(
    "Interactions to check for", Role.CAUTION, {D.INTERACTION}, 2, drugs=_ASKED, populations=_NOT_OTHER_GROUP
)
_WORKS_ELSEWHERE = _slot(
    "Does it work? Evidence from others",
    Role.EVIDENCE,
    {D.BENEFIT, D.NO_BENEFIT},
    3,
    drugs=_SUBJECT,
    problems=_RELATED_OR_OPEN,
    populations=frozenset({P.GENERAL, P.DIFFERENT}),
)
_NO_DATA = _slot(
    "What nobody has studied", Role.EVIDENCE, {D.MONITOR, D.DEFINITION, D.PK, D.PROGNOSIS, D.NO_BENEFIT}, 1, drugs=_ASKED, pick="no_data",
)  # fmt: skip
_ADVISED = _slot("What is advised", Role.OPTION, {D.RECOMMENDS}, 3, problems=_RELATED, populations=_FITS)
_DOSES_OF_OPTIONS = _slot("Doses studied or advised in this group", Role.DOSE, {D.DOSE}, 4, problems=_RELATED, populations=_FITS)
_WITH_WHAT_IS_OFFERED = _slot(
    "With the patient's other medicines", Role.CAUTION, {D.INTERACTION, D.CONTRAINDICATES}, 3, pick="offered",
)  # fmt: skip
_MONITOR = _slot("What to watch", Role.MONITORING, {D.MONITOR}, 3, drugs=_ASKED, populations=_NOT_OTHER_GROUP)
_OTHER_OPTIONS = _slot(
    "Other options in this group", Role.OPTION, {D.RECOMMENDS, D.BENEFIT}, 3, drugs=frozenset({R.OTHER}), problems=_RELATED, populations=_FITS, one_per="drug", pick="least_harm",
)  # fmt: skip
_HARMFUL_HABITS = _slot(
    "Not a safe way out", Role.AVOID, {D.ADVERSE, D.CONTRAINDICATES, D.RECOMMENDS_AGAINST}, 2, drugs=frozenset({R.OTHER}), problems=frozenset({Q.BROADER, Q.SAME}), populations=_FITS, one_per="drug", pick="habit",
)  # fmt: skip
_RECONCILE = _slot(
    "Before writing the order", Role.CAUTION, {D.RECOMMENDS}, 1, drugs=frozenset({R.OTHER}), problems=frozenset({Q.DIFFERENT, Q.OPEN}), populations=_FITS, pick="reconciliation",
)  # fmt: skip

_ADVICE = frozenset({D.RECOMMENDS, D.RECOMMENDS_AGAINST, D.NO_BENEFIT})
"""What a marked recommendation may do: that the evidence is insufficient is one of them."""
_MARKED = _slot(
    "What guidelines recommend", Role.OPTION, set(_ADVICE), 2, drugs=_SUBJECT, problems=_RELATED_OR_OPEN, populations=_FITS, pick="marked",
)  # fmt: skip

_NOT_FOR_THIS_PATIENT = _slot(
    "Not for this patient", Role.AVOID, {D.CONTRAINDICATES, D.RECOMMENDS_AGAINST}, 4, one_per="drug", pick="barrier"
)

_BOXED = _slot(
    "Boxed warning", Role.HARM, {D.ADVERSE, D.CONTRAINDICATES, D.RECOMMENDS_AGAINST, D.MONITOR}, 2,
    drugs=_ASKED, populations=_NOT_OTHER_GROUP, pick="boxed",
)  # fmt: skip

_ABOUT_A_DRUG = (
    _NO_DATA, _CASE_INTERACTIONS, _BOXED, _MARKED, _STOPS, _DOSES_HERE, _LABELLED_FOR, _WORKS, _KINETICS, _HARMS, _CHECK_INTERACTIONS, _DOSES_ELSEWHERE, _WORKS_ELSEWHERE, _HARMS_ELSEWHERE, _MONITOR,
)  # fmt: skip

PLANS: dict[Intent, tuple[Slot, ...]] = {
    Intent.ALTERNATIVE: (
        RED_FLAGS,
        _slot("What to do first", Role.OPTION, {D.RECOMMENDS}, 1, drugs=frozenset({R.OTHER, R.NONE}), problems=_RELATED, pick="non_drug"),
        _slot(
            "Options advised for this group", Role.OPTION, {D.RECOMMENDS, D.DOSE}, 2, drugs=frozenset({R.OTHER, R.CLASS}),
            problems=_RELATED_OR_OPEN, populations=_FITS, pick="no_harm_here",
        ),
        _slot("How this group handles them", Role.EVIDENCE, {D.PK}, 1, drugs=frozenset({R.OTHER}), problems=_RELATED, populations=_FITS, one_per="drug", pick="no_harm_here"),
        _slot(
            "Put on the skin, with its limits", Role.OPTION, {D.PK, D.RECOMMENDS, D.BENEFIT, D.DEFINITION}, 1, drugs=frozenset({R.OTHER}), one_per="drug", pick="topical",
        ),
        _slot(
            "The other drugs of the same class, one by one", Role.OPTION,
            {D.PK, D.CONTRAINDICATES, D.ADVERSE, D.MONITOR, D.INTERACTION, D.DEFINITION, D.NO_BENEFIT, D.BENEFIT, D.RECOMMENDS_AGAINST}, 5,
            one_per="drug", pick="relatives",
        ),
        _slot("What the class does in this group", Role.HARM, {D.ADVERSE}, 1, drugs=frozenset({R.CLASS}), populations=_FITS),
        _slot(
            "Evidence from others", Role.EVIDENCE, {D.BENEFIT, D.NO_BENEFIT}, 3, drugs=frozenset({R.OTHER, R.CLASS}), per_source=1,
            problems=_RELATED, populations=frozenset({P.GENERAL, P.DIFFERENT, P.MATCH}), one_per="drug", pick="drug",
        ),
        _slot("Why not the drug to be avoided", Role.AVOID, {D.RECOMMENDS_AGAINST, D.CONTRAINDICATES}, 1, drugs=frozenset({R.AVOID}), populations=_FITS),
        _slot("Why not the drug to be avoided", Role.AVOID, {D.ADVERSE}, 1, drugs=frozenset({R.AVOID}), populations=_FITS),
        _slot("If it is already being taken", Role.CAUTION, {D.ADVERSE}, 1, drugs=frozenset({R.AVOID}), pick="withdrawal"),
        _slot(
            "Carried over from other problems: not evidence for this one", Role.EVIDENCE, {D.BENEFIT}, 1,
            drugs=frozenset({R.OTHER}), problems=frozenset({Q.DIFFERENT}), populations=_FITS, one_per="drug", pick="chosen",
        ),
        _slot("Harms of what is named here", Role.HARM, {D.ADVERSE}, 2, drugs=frozenset({R.OTHER}), populations=_FITS, one_per="drug", pick="chosen"),
        replace(_HARMFUL_HABITS, limit=1),
        _RECONCILE,
        replace(_NOT_FOR_THIS_PATIENT, limit=2),
    ),
    Intent.ORDER_CHECK: (RED_FLAGS, *_ABOUT_A_DRUG, _OTHER_OPTIONS, _HARMFUL_HABITS),
    Intent.DOSE: (
        _NO_DATA, _CASE_INTERACTIONS, _STOPS, _DOSES_HERE, _MARKED, _DOSES_IN_STUDIES, _slot("What to do", Role.OPTION, {D.RECOMMENDS}, 3, drugs=frozenset({R.ASKED, R.OTHER}), problems=_RELATED, populations=_NOT_OTHER_GROUP),
        _WORKS, _KINETICS, _HARMS, _CHECK_INTERACTIONS, _DOSES_ELSEWHERE, _HARMS_ELSEWHERE, _MONITOR,
    ),
    Intent.INTERACTION: (
        replace(_MARKED, drugs=_ANY_DRUG, problems=_ANY_PROBLEM, pick="marked_case"), _CASE_INTERACTIONS, _CASE_DOSES, _STOPS,
        _slot("What the patient's medicine does with related drugs", Role.CAUTION, {D.INTERACTION}, 2, drugs=frozenset({R.CURRENT, R.ASKED}), populations=_NOT_OTHER_GROUP),
        _HARMS, _MONITOR,
        _slot("For the problem itself", Role.OPTION, {D.RECOMMENDS, D.BENEFIT}, 2, problems=frozenset({Q.SAME}), populations=_FITS, drugs=frozenset({R.OTHER, R.ASKED})),
    ),
    Intent.SAFETY: (RED_FLAGS, *_ABOUT_A_DRUG, _OTHER_OPTIONS),
    Intent.TOXICITY: (
        _slot("What to do", Role.OPTION, {D.RECOMMENDS, D.BENEFIT, D.RECOMMENDS_AGAINST}, 6, problems=_RELATED_OR_OPEN, drugs=frozenset({R.ASKED, R.CLASS, R.OTHER, R.NONE}), pick="toxicity"),
        _slot("How it shows", Role.HARM, {D.ADVERSE, D.DIAGNOSIS}, 4, problems=frozenset({Q.SAME, Q.NARROWER})),
        _slot("How it shows", Role.HARM, {D.ADVERSE, D.DIAGNOSIS}, 4, drugs=_ASKED, per_source=2, pick="shows"),
        _slot("How it shows", Role.HARM, {D.ADVERSE, D.DIAGNOSIS}, 1, drugs=frozenset({R.CLASS}), per_source=2, pick="shows"),
        _slot("Removal and kinetics", Role.EVIDENCE, {D.PK}, 3, drugs=_ASKED),
        _slot("Doses", Role.DOSE, {D.DOSE}, 3, problems=_RELATED),
        _slot("Stopping it", Role.CAUTION, {D.ADVERSE}, 1, drugs=_ASKED, pick="withdrawal"),
        _slot("What to avoid", Role.AVOID, {D.CONTRAINDICATES, D.RECOMMENDS_AGAINST, D.NO_BENEFIT}, 3, drugs=_ASKED, pick="against"),
        _slot("Course", Role.EVIDENCE, {D.PROGNOSIS, D.MONITOR, D.DEFINITION}, 3, problems=_RELATED),
    ),
    Intent.DIAGNOSIS: (
        _slot("What to look for", Role.RED_FLAG, {D.DIAGNOSIS, D.MONITOR}, 7, problems=_RELATED_OR_OPEN | {Q.DANGER}, one_per=""),
        _slot("What to do", Role.OPTION, {D.RECOMMENDS, D.RECOMMENDS_AGAINST, D.CONTRAINDICATES}, 6, problems=_RELATED_OR_OPEN | {Q.DANGER}),
        _slot("What it means", Role.DEFINITION, {D.DEFINITION}, 2, problems=_RELATED),
        _slot("Harms", Role.HARM, {D.ADVERSE}, 3, drugs=_SUBJECT, populations=_FITS),
        _slot("Course", Role.EVIDENCE, {D.PROGNOSIS}, 3, problems=_RELATED),
    ),
    Intent.MONITORING: (
        _slot("What to watch", Role.MONITORING, {D.MONITOR, D.DIAGNOSIS}, 6, problems=_RELATED_OR_OPEN, populations=_NOT_OTHER_GROUP),
        _CASE_INTERACTIONS, _STOPS,
        _slot("What to do", Role.OPTION, {D.RECOMMENDS}, 4, problems=_RELATED_OR_OPEN, populations=_NOT_OTHER_GROUP),
        _DOSES_HERE, _HARMS, _KINETICS,
    ),
    Intent.TREATMENT: (
        RED_FLAGS,
        replace(_MARKED, drugs=_ANY_DRUG, problems=_RELATED),
        _slot("What is advised", Role.OPTION, {D.RECOMMENDS}, 5, problems=_RELATED, populations=_FITS),
        _slot("What has worked in this group", Role.EVIDENCE, {D.BENEFIT}, 5, problems=_RELATED, populations=_FITS),
        _slot("Doses studied or advised in this group", Role.DOSE, {D.DOSE}, 4, problems=_RELATED, populations=_FITS),
        _NOT_FOR_THIS_PATIENT, _WITH_WHAT_IS_OFFERED,
        _slot("What not to use", Role.AVOID, {D.RECOMMENDS_AGAINST, D.CONTRAINDICATES, D.NO_BENEFIT}, 4, problems=_RELATED, populations=_NOT_OTHER_GROUP),
        _slot("Advice and evidence from others", Role.OPTION, {D.RECOMMENDS, D.BENEFIT}, 4, problems=_RELATED, populations=frozenset({P.GENERAL, P.DIFFERENT})),
        _slot("Harms", Role.HARM, {D.ADVERSE}, 4, problems=_RELATED_OR_OPEN, populations=_FITS, pick="chosen"),
        _slot("What to watch", Role.MONITORING, {D.MONITOR}, 2, problems=_RELATED, populations=_FITS),
        _slot("Background", Role.EVIDENCE, {D.PROGNOSIS, D.DIAGNOSIS, D.DEFINITION}, 2, problems=frozenset({Q.SAME, Q.NARROWER}), populations=_FITS),
    ),
}  # fmt: skip

SCREENING_PLAN: tuple[Slot, ...] = (
    _slot("What is recommended", Role.OPTION, set(_ADVICE), 3, problems=_RELATED, populations=_FITS, pick="marked_screening"),
    _slot("What has been found for it", Role.EVIDENCE, {D.BENEFIT, D.NO_BENEFIT}, 3, problems=_RELATED, populations=_FITS, pick="screening", per_source=2),
    _slot("Harms of screening", Role.HARM, {D.ADVERSE}, 3, problems=_RELATED, populations=_FITS, pick="screening", per_source=2),
    _slot("Recommended for other groups, not for this patient", Role.OPTION, set(_ADVICE), 3, problems=_RELATED, populations=frozenset({P.GENERAL, P.DIFFERENT}), pick="marked_screening"),
)  # fmt: skip
"""Whether to screen: the recommendation for such a patient first, what it rests on, what it does to people."""

_WHY_NOW = _slot("Why this cannot wait", Role.RED_FLAG, set(D) - {D.DOSE}, 5, pick="alarm")
_DO_NOT_COMBINE = _slot("Do not take together", Role.AVOID, {D.CONTRAINDICATES}, 1, pick="case")
ALARMS = frozenset({"alarm", "alarm_now"})
EMERGENCY_PLAN: tuple[Slot, ...] = (replace(_WHY_NOW, pick="alarm_now"), _DO_NOT_COMBINE)
"""For a patient: why help is needed now (nothing that speaks of going without it), and what must not be added to what was taken. No option, no dose."""
URGENT_PLAN: tuple[Slot, ...] = (
    _WHY_NOW,
    _slot("What is given for it", Role.OPTION, {D.RECOMMENDS, D.DOSE, D.BENEFIT}, 4, pick="urgent", per_source=2),
)
"""For a professional: the same, and what treats the danger itself."""


def _needs_care(frame: Frame) -> bool:
    """Whether the dose depends on who the patient is, whatever else is taken."""
    population = frame.population
    organs = bool(population.kidney - {Kidney.NORMAL}) or population.hepatic
    return organs or population.pregnant or population.lactating


_OR = re.compile(r"\bor\b", re.IGNORECASE)


def intent_of(frame: Frame) -> Intent:
    """The intent, but that two drugs asked about together without a problem are a question of what they do to each other."""
    drugs = [t for t in frame.intervention if t.concept_id.startswith(("drug/", "class/"))]
    if frame.intent is Intent.DOSE and not frame.intervention and frame.problem:
        return Intent.TREATMENT  # "how much, for how long" of what is given for it
    both = len(drugs) > 1 and not frame.problem and not frame.avoid and not frame.population_terms
    return Intent.INTERACTION if frame.intent is Intent.SAFETY and both and not _OR.search(frame.population.text) else frame.intent


def plan_for(frame: Frame, *, screening: bool = False) -> tuple[Slot, ...]:
    """The slots for this question; other options are left out unless they were asked for."""
    if screening and frame.intent is Intent.DIAGNOSIS:
        return SCREENING_PLAN
    slots = PLANS[intent_of(frame)]
    if frame.intent in (Intent.ORDER_CHECK, Intent.SAFETY) and not frame.open_ended and not frame.avoid:
        slots = tuple(s for s in slots if s is not _OTHER_OPTIONS)
    if frame.open_ended and frame.problem and frame.intervention and intent_of(frame) in (Intent.DOSE, Intent.INTERACTION):
        at = slots.index(_STOPS) + 1  # "which drug first, what dose, and should magnesium be added?"
        slots = (*slots[:at], _ADVISED, _DOSES_OF_OPTIONS, _NOT_FOR_THIS_PATIENT, *slots[at:])
    if intent_of(frame) is Intent.INTERACTION and frame.intervention and (_needs_care(frame) or frame.problem):
        slots = (RED_FLAGS, *slots[:-1], _DOSES_HERE, _KINETICS, _DOSES_ELSEWHERE, slots[-1])
    return slots


ROLE_OF: dict[D, Role] = {
    D.RECOMMENDS: Role.OPTION,
    D.RECOMMENDS_AGAINST: Role.AVOID,
    D.CONTRAINDICATES: Role.AVOID,
    D.DOSE: Role.DOSE,
    D.PK: Role.EVIDENCE,
    D.ADVERSE: Role.HARM,
    D.BENEFIT: Role.EVIDENCE,
    D.NO_BENEFIT: Role.EVIDENCE,
    D.MONITOR: Role.MONITORING,
    D.INTERACTION: Role.CAUTION,
    D.DIAGNOSIS: Role.RED_FLAG,
    D.PROGNOSIS: Role.EVIDENCE,
    D.DEFINITION: Role.DEFINITION,
}
"""The job of a statement wherever it is shown: a harm stays a harm under any heading."""
