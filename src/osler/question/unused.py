"""What a thread's follow-ups seem to state and no answer uses: said with every later answer, so that no fact is lost in silence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from osler.domain.answer import Notice, NoticeKind
from osler.domain.concept import ConceptKind
from osler.domain.question import Question
from osler.domain.thread import EditField, EditKind
from osler.language.lexicon import Lexicon
from osler.question.asked import WHICH
from osler.question.understood import NOT_UNDERSTOOD
from osler.question.wording import allergens_named

_FIGURE = re.compile(
    r"(?<![\d.,/+-])(?P<figure>\d+(?:\.\d+)?)"
    r"(?P<unit>[\s-]*(?:years?(?:[\s-]+old)?|yrs?|y/?o|kgs?|kilos?|kilograms?|lbs?|pounds?|stone|weeks?|wks?|months?)\b)?(?![\d/]|\.\d)",
    re.IGNORECASE,
)
_NO_FACT = re.compile(
    r"\b(?:for|in|after|every|over|last|past|within|since|next|each|per|another|of|to|x|not)\s+(?:about |the )?$", re.IGNORECASE
)
_AGO = re.compile(r"^\s*(?:ago|later|apart|before|from now|course|supply)\b", re.IGNORECASE)
_FACTORS = (1.0, 1 / 12, 7 / 365, 0.45359237)
"""Years, months and weeks to years; pounds to kilograms."""
_NEAR = 0.06
_SHOWN = 80
_MEDICINES = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS})


def unused_turns(questions: Sequence[Question], lexicon: Lexicon) -> tuple[Notice, ...]:
    """One notice a turn, since the thread last began anew, until a later turn says the same in words that are understood.

    Such turns are: an allergy or another person that was asked back and left open; a figure of age, weight or weeks (of a turn that
    was not understood: any figure) that is none of the patient's. An allergy to what nobody knows is said too, of any turn.
    """
    began = max((n for n, q in enumerate(questions) if any(e.kind is EditKind.ANEW for e in q.edits)), default=0)
    turns = questions[began + 1 :]
    said = (questions[began].turns[-1:] or (questions[began].text,), *(q.turns[-1:] for q in turns))
    names = dict.fromkeys(n for (text,) in said for n in allergens_named(text))
    strange = [f"“{n}”" for n in names if not any(m.kind in _MEDICINES for m in lexicon.tag(n))]
    notices = []
    if strange:
        words = f"Nothing was checked against an allergy to {', '.join(strange)}: no medicine or class of that name is known. Give the generic name or the class."
        notices.append(Notice(NoticeKind.MISSING_INFORMATION, words))
    for number, question in enumerate(turns):
        after = turns[number + 1 :]
        if question.asks and not after:
            continue  # it is being asked back now
        figures = _unused_figures(question, " ".join(q.turns[-1] for q in after))
        if figures or _is_left_open(question, after):
            what = ", ".join(f"“{f}”" for f in figures) or "what was asked back"
            words = f"Not used in this answer: {what}, of the turn “{_short(question.turns[-1])}”. If it is a fact about the patient, say it again in other words."
            notices.append(Notice(NoticeKind.MISSING_INFORMATION, words))
    return tuple(notices)


def _unused_figures(question: Question, later: str) -> tuple[str, ...]:
    """Figures of the last turn, in its words, that are no fact of its frame and that no later turn repeats."""
    text = question.turns[-1]
    found = (m for m in _FIGURE.finditer(text) if m["unit"] or question.asks == (NOT_UNDERSTOOD,))
    facts = (m for m in found if not _NO_FACT.search(text[: m.start()]) and not _AGO.match(text[m.end() :]))
    unused = (m for m in facts if not _is_used(m["figure"], question))
    return tuple(dict.fromkeys(m[0].strip() for m in unused if not re.search(rf"(?<![\d.]){re.escape(m['figure'])}(?!\d)", later)))


def _is_used(figure: str, question: Question) -> bool:
    frame, value = question.frame, float(figure)
    patient = frame.patient
    used = (patient.age_years, patient.weight_kg, patient.egfr, patient.gestation_weeks)
    as_fact = any(u is not None and abs(u - value * factor) < _NEAR for u in used for factor in _FACTORS)
    return as_fact or any(figure in d.text for d in frame.doses)


def _is_left_open(question: Question, after: Sequence[Question]) -> bool:
    """Whether another person, an allergy or an impossible figure was asked back and the next turn did not settle it."""
    asks = question.asks
    if not asks or asks == (NOT_UNDERSTOOD,) or asks[0].startswith(WHICH):
        return False
    settles = EditField.EGFR if asks[0].startswith("eGFR") else EditField.ALLERGY
    return not any(e.field is settles for q in after for e in q.edits)


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _SHOWN else words[: _SHOWN - 1] + "…"
