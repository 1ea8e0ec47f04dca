"""One set of facts, four readers: other order, other headings, plain words and questions to ask for patients; never another claim.

What a reader's page may leave out is nothing. Two differences are made elsewhere, and on purpose: a patient in an emergency gets
help and its reasons only (`compose._emergency`), and a patient or parent also gets safety nets (`triage.safety_nets`); both
send for help sooner, neither hides a fact from somebody who could use it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from osler.answer.patient_words import patient_conflict, patient_gap, patient_note, patient_notice
from osler.answer.team_questions import team_questions
from osler.domain.answer import Answer, Citation, Claim, Disposition, Notice, NoticeKind, Role, Section
from osler.domain.question import Audience, Question
from osler.language.lay import plain_words
from osler.language.lexicon import Lexicon

KINETICS = frozenset({"How this group handles it", "How this group handles them", "How it is handled", "Removal and kinetics"})
"""Headings of `plan.py` under which kinetics stand: their role alone does not say so."""
_PHARMACIST = (Role.RED_FLAG, Role.DOSE, "kinetics", Role.CAUTION, Role.AVOID, Role.HARM, Role.MONITORING)
_NURSE = (Role.RED_FLAG, Role.DOSE, Role.MONITORING, Role.CAUTION, Role.AVOID, Role.HARM)
_PATIENT = (Role.RED_FLAG, Role.AVOID, Role.CAUTION, Role.HARM, Role.MONITORING, Role.OPTION, Role.EVIDENCE, Role.DOSE)
ORDER: dict[Audience, tuple[Role | str, ...]] = {
    Audience.CLINICIAN: (Role.RED_FLAG,),
    Audience.PHARMACIST: _PHARMACIST,
    Audience.NURSE: _NURSE,
    Audience.PATIENT: _PATIENT,
}
"""Which sections come first; what is not named keeps the plan's order behind them. Dangers are first for everybody.

A pharmacist settles dose, kinetics and interactions; a nurse gives (dose, time, route) and watches; a patient hears first what is
dangerous, and doses last, for they are not a plan to follow alone."""

NURSE_HEADINGS = {
    "Doses studied or advised in this group": "Giving it: doses studied or advised in this group",
    "Doses used in studies of this group": "Giving it: doses used in studies of this group",
    "Doses known only from others": "Giving it: doses known only from others",
    "Doses when they are taken together": "Giving them together: doses",
    "Doses": "Giving it: doses",
}
PATIENT_HEADINGS = {
    "First rule out": "Danger signs to rule out first",
    "What to look for": "Signs to look for",
    "Why this cannot wait": "Why this cannot wait",
    "Do not take together": "Do not take together",
    "What is given for it": "What hospitals give for it",
    "With the patient's other medicines": "With other medicines",
    "What the patient's medicine does with related drugs": "What the medicine does with others like it",
    "Doses when they are taken together": "Doses when taken together",
    "When not to use it": "When it should not be used",
    "What it is labelled for": "What it is meant for",
    "Doses studied or advised in this group": "Doses that were studied or advised in this group",
    "Doses used in studies of this group": "Doses used in studies of this group",
    "Doses known only from others": "Doses known only from other people",
    "Doses": "Doses",
    "How this group handles it": "What the body does with it",
    "How this group handles them": "What the body does with them",
    "How it is handled": "What the body does with it, in other people",
    "Removal and kinetics": "How it leaves the body",
    "Harms": "What can go wrong",
    "Harms seen in others": "What went wrong in other people",
    "Harms of what is named here": "What can go wrong with the medicines named here",
    "Harms of screening": "What can go wrong with screening",
    "Does it work?": "Does it work?",
    "Does it work? Evidence from others": "Does it work? What studies of other people say",
    "Interactions to check for": "Other medicines to check for",
    "What to watch": "What to watch for",
    "Other options in this group": "Other ways to treat it",
    "Not a safe way out": "Not a safe way out",
    "Before writing the order": "What the team checks first",
    "What guidelines recommend": "What guidelines say",
    "Not for this patient": "Not for this person",
    "Boxed warning": "The strongest warning on the label",
    "What to do first": "What comes first",
    "Options advised for this group": "What is advised for this group",
    "Put on the skin, with its limits": "Put on the skin, with its limits",
    "The other drugs of the same class, one by one": "The other medicines of this kind, one by one",
    "What the class does in this group": "What this kind of medicine does in this group",
    "Evidence from others": "What studies of other people say",
    "Why not the drug to be avoided": "Why not the medicine to be avoided",
    "If it is already being taken": "If it is already being taken",
    "Carried over from other problems: not evidence for this one": "From other problems: no proof for this one",
    "For the problem itself": "For the problem itself",
    "What to do": "What sources tell doctors and nurses to do",
    "How it shows": "How it shows",
    "Stopping it": "If it is stopped",
    "What to avoid": "What to avoid",
    "Course": "How it goes on",
    "What it means": "What it means",
    "What is advised": "What is advised",
    "What has worked in this group": "What has worked in this group",
    "What not to use": "What should not be used",
    "Advice and evidence from others": "Advice and studies for other people",
    "Background": "More to know",
    "What is recommended": "What is recommended",
    "What has been found for it": "What studies have found",
    "What nobody has studied": "What nobody has studied",
    "Recommended for other groups, not for this patient": "Advice for other groups, not for this person",
}
"""Every heading of `plan.py` in a patient's words; a heading neither drops nor adds a warning."""
_LEADS = {
    Role.RED_FLAG: "Does any of this fit? Then call the team or emergency services now.",
    Role.DOSE: "These are doses that studies or labels used. They are not a plan to follow alone. Your team decides.",
    Role.OPTION: "This is what sources tell doctors and nurses. It is not advice to act on alone.",
    Role.MONITORING: "This is what sources tell doctors and nurses to check.",
}

_VERDICTS = (
    ("injection contraindicated", "the injection must not be used"),
    (" contraindicated", " must not be used"),
    ("only its kinetics are known", "known only: how the body handles it"),
    ("label only;", "only a label speaks of it;"),
    ("no benefit found elsewhere", "no benefit found in other people"),
)
"""What `options.py` says of a drug, in a patient's words."""
_DESIGNS = {
    "randomised trial": "trial where chance picked the groups",
    "systematic review": "review of many studies",
    "cohort": "study of a group of people",
    "case-control study": "study that looks back",
    "cross-sectional study": "study at one point in time",
    "case series": "report on some patients",
    "case report": "report on one patient",
    "pharmacokinetic study": "study of how the body handles it",
}
"""What `compose.py` calls a kind of study, in a patient's words; the others are plain enough or explained on the page."""


def for_audience(answer: Answer, question: Question, lexicon: Lexicon) -> Answer:
    """The same claims, ordered and worded for the one who asks. A clinician's answer is the answer itself."""
    audience = question.audience
    if audience is Audience.CLINICIAN:
        return answer
    led = answer.disposition is not Disposition.EMERGENCY  # there the first word is "go", and nothing softer comes behind it
    ordered = replace(answer, sections=tuple(_headed(s, audience, led=led) for s in _in_order(answer, audience)))
    return _for_patient(ordered, question, lexicon) if audience is Audience.PATIENT else ordered


def _in_order(answer: Answer, audience: Audience) -> list[Section]:
    if answer.disposition is Disposition.EMERGENCY:
        return list(answer.sections)  # help first, in the order of its plan
    order = ORDER[audience]

    def rank(section: Section) -> int:
        own: Role | str = "kinetics" if section.heading in KINETICS and "kinetics" in order else section.role
        return order.index(own) if own in order else len(order)

    return sorted(answer.sections, key=rank)


def _headed(section: Section, audience: Audience, *, led: bool) -> Section:
    if audience is Audience.PATIENT:
        return replace(
            section,
            heading=PATIENT_HEADINGS.get(section.heading, section.heading),
            lead=_LEADS.get(section.role, "") if led else "",
        )
    return replace(section, heading=NURSE_HEADINGS.get(section.heading, section.heading)) if audience is Audience.NURSE else section


def _for_patient(answer: Answer, question: Question, lexicon: Lexicon) -> Answer:
    """Claims keep their quote and get plain words beside it; what is ours (title, gaps, verdicts, marks) is put in plain words."""

    def say(text: str) -> str:
        return plain_words(text, lexicon).text

    return replace(
        answer,
        title=say(answer.title),
        notices=tuple(replace(n, text=_plain_notice(n, say)) for n in answer.notices),
        claims=tuple(_plain_claim(c, say) for c in answer.claims),
        options=tuple(replace(o, verdict=_plain_verdict(say(o.verdict))) for o in answer.options),
        gaps=tuple(say(patient_gap(g)) for g in answer.gaps),
        conflicts=tuple(replace(c, about=say(patient_conflict(c.about, len(c.claims)))) for c in answer.conflicts),
        team_questions=team_questions(answer, question),
    )


def _plain_notice(notice: Notice, say: Callable[[str], str]) -> str:
    """An interaction names its two medicines, then quotes its source; the quote is put in plain words as anywhere."""
    pair, colon, quote = notice.text.partition(": ")
    if notice.kind is NoticeKind.INTERACTION and colon:
        return f"{pair[:1].upper()}{pair[1:]}. {say(quote)}"
    return say(patient_notice(notice.text))


def _plain_verdict(verdict: str) -> str:
    for words, plain in _VERDICTS:
        verdict = verdict.replace(words, plain)
    return verdict


def _plain_claim(claim: Claim, say: Callable[[str], str]) -> Claim:
    plain = say(claim.text)
    return replace(
        claim, plain=plain if plain != claim.text else None, citations=tuple(_plain_citation(c, say) for c in claim.citations)
    )


def _plain_citation(citation: Citation, say: Callable[[str], str]) -> Citation:
    differs = tuple(replace(m, asked=say(m.asked), studied=say(m.studied)) for m in citation.mismatches)
    design = _DESIGNS.get(citation.design, citation.design)
    note = say(patient_note(citation.note)) if citation.note else citation.note
    return replace(citation, mismatches=differs, population=say(citation.population), design=design, note=note)
