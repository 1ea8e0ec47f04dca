"""What nobody has studied, as far as this library knows: said in so many words, for this question."""

from __future__ import annotations

import re
from collections.abc import Sequence

from osler.answer.statements import is_on_the_pair
from osler.domain.document import Direction, StudyDesign, Via
from osler.domain.evidence import (
    Directness,
    DrugRelation,
    EvidenceItem,
    EvidenceProfile,
    PopulationRelation,
    ProblemRelation,
)
from osler.domain.question import Frame, Intent
from osler.evidence.populations import describe_age, describe_kidney
from osler.language.lexicon import Lexicon

_TESTED = frozenset({Direction.BENEFIT, Direction.NO_BENEFIT})
_TRIALS = frozenset({StudyDesign.RCT, StudyDesign.SYSTEMATIC_REVIEW, StudyDesign.COHORT, StudyDesign.CASE_CONTROL})
_WORKS = re.compile(
    r"\b(?:works?|effective|helps?|helpful|treat|reduces?|improves?|prevents?|useful|beneficial|benefits?)\b", re.IGNORECASE
)
_ABOUT_THE_PROBLEM = frozenset({ProblemRelation.SAME, ProblemRelation.NARROWER, ProblemRelation.BROADER})
_SAME_PROBLEM = frozenset({ProblemRelation.SAME, ProblemRelation.NARROWER})


def describe_group(frame: Frame) -> str:
    """Words for who is asked about: "people on hemodialysis", "pregnancy", "a child of 6 years"; empty for adults at large."""
    population = frame.population
    parts = []
    if population.kidney - {k for k in population.kidney if k.value == "normal_kidney"}:
        words = describe_kidney(population)
        parts.append(f"people on {words}" if population.on_dialysis else f"people with {words}")
    age = frame.patient.age_years
    if age is not None and age < 18:
        parts.append(f"children of {describe_age(age)}")
    if population.pregnant:
        parts.append("pregnancy")
    if population.lactating:
        parts.append("breastfeeding")
    if population.hepatic:
        parts.append("people with liver disease")
    return ", ".join(parts)


def find_gaps(profile: EvidenceProfile, lexicon: Lexicon) -> tuple[str, ...]:
    """The questions of this case that no document of the library answers."""
    frame = profile.question.frame
    group = describe_group(frame)
    gaps = []
    if frame.problem and group and frame.intent in (Intent.ALTERNATIVE, Intent.TREATMENT, Intent.SAFETY, Intent.ORDER_CHECK):
        gaps += _untested_problem(profile, frame, group)
    for term in frame.intervention:
        gaps += _about_drug(profile, frame, term.concept_id, lexicon, group)
    if frame.intent is Intent.DOSE and frame.problem and not frame.intervention:
        doses = [i for i in profile.items if i.finding.direction is Direction.DOSE and i.problem in _ABOUT_THE_PROBLEM]
        if not any(i.population is PopulationRelation.MATCH for i in doses):
            what = " or ".join(t.name for t in frame.problem)
            gaps.append(f"No document in this library gives a dose for {what}{f' in {group}' if group else ''}.")
    if frame.intent is Intent.INTERACTION:
        gaps += _silent_pairs(profile, frame, lexicon)
        gaps += _only_no_link(profile, lexicon)
    if frame.intent is Intent.ALTERNATIVE:
        gaps += _silent_relatives(profile, frame, lexicon, group)
    return tuple(dict.fromkeys(gaps))


def silent_facts(profile: EvidenceProfile, shown: Sequence[EvidenceItem], lexicon: Lexicon) -> tuple[str, ...]:
    """Of a thread: the medicines and other conditions of the patient that no statement of the answer names."""
    frame = profile.question.frame
    if not profile.question.turns:
        return ()
    named = {c for i in shown for c in (*i.finding.interventions, *i.finding.problems, *i.finding.mentioned)}
    asked = {t.concept_id for t in (*frame.intervention, *frame.avoid)}
    facts = [t for t in (*frame.patient.medicines, *frame.background) if t.concept_id not in asked]
    silent = [t.name for t in facts if not any(lexicon.is_a(n, t.concept_id) or lexicon.is_member(t.concept_id, n) for n in named)]
    return (f"No statement of this answer speaks of {_listed(silent)}: what that changes is not answered here.",) if silent else ()


def asks_whether_it_works(frame: Frame) -> bool:
    """Whether the question's words ask for an effect: "does it work", "is it effective"."""
    return _WORKS.search(frame.population.text) is not None


def _untested_problem(profile: EvidenceProfile, frame: Frame, group: str) -> list[str]:
    problem = " or ".join(t.name for t in frame.problem)
    tested = [
        i
        for i in profile.items
        if i.directness is Directness.DIRECT
        and i.problem in _SAME_PROBLEM
        and i.population is PopulationRelation.MATCH
        and i.finding.direction in _TESTED
        and i.finding.kind in _TRIALS
    ]
    if tested:
        return []
    return [
        f"No study in this library has tested any treatment of {problem} in {group}. "
        "What is said of treatment here is carried over from other groups or problems, and says from which."
    ]


def _about_drug(profile: EvidenceProfile, frame: Frame, drug: str, lexicon: Lexicon, group: str) -> list[str]:
    name = lexicon.name(drug)
    mine = [
        i for i in profile.items if i.drug is DrugRelation.ASKED and any(lexicon.is_a(x, drug) for x in i.finding.interventions)
    ]
    fitting = [i for i in mine if i.population is PopulationRelation.MATCH and i.problem is not ProblemRelation.DIFFERENT]
    problem = " or ".join(t.name for t in frame.problem)
    gaps = []
    wants_dose = frame.intent in (Intent.DOSE, Intent.ORDER_CHECK)
    if wants_dose and not any(i.finding.direction is Direction.DOSE for i in fitting):
        whom = f" in {group}" if group else ""
        what = f" for {problem}" if problem else ""
        gaps.append(f"No document in this library gives a dose of {name}{what}{whom}.")
    effects = (*_TESTED, Direction.RECOMMENDS, Direction.RECOMMENDS_AGAINST)
    about_it = [i for i in mine if i.problem in _ABOUT_THE_PROBLEM or (i.source.via is Via.EXTRACTION and i in fitting)]
    if (
        problem
        and frame.intent is Intent.SAFETY
        and asks_whether_it_works(frame)
        and not any(i.finding.direction in (*effects, Direction.CONTRAINDICATES) for i in about_it)
    ):
        gaps.append(f"No document in this library says whether {name} works for {problem}{f' in {group}' if group else ''}.")
    if frame.intent in (Intent.SAFETY, Intent.ORDER_CHECK) and group and not any(i.finding.direction in effects for i in fitting):
        gaps.append(f"No study in this library has tested whether {name} works in {group}{f' for {problem}' if problem else ''}.")
    return gaps


def _silent_pairs(profile: EvidenceProfile, frame: Frame, lexicon: Lexicon) -> list[str]:
    """Of each medicine asked about, those of the case that no statement names together with it: silence is not safety."""
    named = [
        {*i.finding.interventions, *(c for c in i.finding.mentioned if c.startswith(("drug/", "class/")))}
        for i in profile.items
        if i.finding.direction is not Direction.DEFINITION  # it may name two drugs without a word on taking both
    ]

    def is_spoken_of(one: str, other: str) -> bool:
        for ids in named:
            ones = {d for d in ids if lexicon.is_a(one, d) or lexicon.is_a(d, one)}
            others = {d for d in ids if lexicon.is_a(other, d) or lexicon.is_a(d, other)}
            if ones and others and len(ones | others) > 1:
                return True
        return False

    drugs = [t for t in frame.intervention if t.concept_id.startswith(("drug/", "class/"))]
    said: set[frozenset[str]] = set()
    gaps = []
    for term in drugs:
        partners = dict.fromkeys(frame.patient.medicines or drugs)
        silent = []
        for other in partners:
            pair = frozenset({term.concept_id, other.concept_id})
            if len(pair) > 1 and pair not in said and not is_spoken_of(term.concept_id, other.concept_id):
                said.add(pair)
                silent.append(lexicon.name(other.concept_id))
        if silent:
            gaps.append(
                f"No document in this library speaks of {lexicon.name(term.concept_id)} together with {_listed(silent, 'or')}: that is not a sign that it is safe."
            )
    return gaps


_NO_LINK = re.compile(r"\b(?:neither|not?)\b[^.;]{0,60}\b(?:linked|associat\w+|link|differ\w*|higher risk)\b", re.IGNORECASE)


def finds_no_link_only(profile: EvidenceProfile) -> bool:
    """Whether every statement on the asked drugs together only says that a study saw no harm."""
    together = [i for i in profile.items if i.directness is not Directness.OFF and len(i.shared_drugs) > 1 and is_on_the_pair(i)]
    warns = [i for i in together if not _NO_LINK.search(i.text)]
    return bool(together) and not warns


def _only_no_link(profile: EvidenceProfile, lexicon: Lexicon) -> list[str]:
    if not finds_no_link_only(profile):
        return []
    return [
        "All that this library holds on taking these together is a study that saw no link with the harm it looked for. "
        "That is not evidence that it is safe: check the product labels."
    ]


def _silent_relatives(profile: EvidenceProfile, frame: Frame, lexicon: Lexicon, group: str) -> list[str]:
    """Drugs of the avoided drug's class that the library holds, but not for this group."""
    if not group:
        return []
    avoid = {t.concept_id for t in frame.avoid}
    classes = {c for a in avoid for c in lexicon.therapeutic_classes(a)}
    named = dict.fromkeys(
        d
        for i in profile.items
        for d in i.finding.interventions[:1]
        if d.startswith("drug/") and d not in avoid and any(lexicon.is_a(d, c) for c in classes)
    )
    known = {
        d
        for i in profile.items
        for d in i.finding.interventions
        if i.finding.population.kidney and i.population is PopulationRelation.MATCH
    }
    silent = [lexicon.name(d) for d in named if d not in known]
    return [f"Nothing in this library says how these behave in {group}: {_listed(silent)}."] if silent else []


def _listed(names: Sequence[str], last: str = "and") -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"
