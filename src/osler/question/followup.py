"""A follow-up edits the question it follows: the same reader reads its words, and every change of the frame is recorded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from osler.domain.population import Population
from osler.domain.question import Audience, Frame, Intent, Question
from osler.domain.request import Given
from osler.domain.thread import Edit, EditField, EditKind, View
from osler.errors import QuestionError
from osler.language.lexicon import Lexicon
from osler.language.population import stated_egfr
from osler.language.quantities import plain
from osler.question.ages import edit_age, without_her_baby
from osler.question.allergies import ALLERGIC_TO_WHAT, as_reply, edit_allergies
from osler.question.asked import WHICH, Named, Offered, edit_asked, fit_dose_to_drug, read_medicines
from osler.question.conditions import edit_conditions
from osler.question.edits import (
    Draft,
    add_to_patient,
    edit_figures,
    edit_groups,
    edit_kidneys,
    edit_states,
    has_facts,
    replace_terms,
    take_from_patient,
)
from osler.question.ellipsis import (
    continues,
    find_reader,
    find_view,
    is_polite,
    names_somebody,
    without_new_question,
)
from osler.question.intent import named_intent
from osler.question.reader import Read, Reader
from osler.question.somebody import who_is_meant
from osler.question.standing import concepts_of, standing_words
from osler.question.triage import Alarm, find_alarms
from osler.question.understood import NOT_UNDERSTOOD, asks_in_new_words, is_understood, unknown_medicine
from osler.question.wording import spelled_out


def follow_up(parent: Question, text: str, reader: Reader, offered: Offered = lambda: ()) -> Question:
    """The question that `text` makes of its parent.

    offered: the medicines of the parent's answer, for "it" and "the second option". What cannot be told for sure is asked back
    (`asks`), except in an emergency. A question of its own ("new question: …", or one that names its own problem and medicine and
    shares nothing with the thread) starts afresh, and its only edit says so.
    """
    opened = without_new_question(text)
    if opened is not None:
        another_patient = re.match(r"\W*\w*\s*\w*\s*(?:patient|case)\b", text, re.I) is not None
        return _anew(parent, text, reader.read(opened or text, parent.audience, told=not another_patient), ())
    draft, people = Draft(replace(parent.frame), text), parent.frame.population
    audience, view = _reader_and_view(draft, parent)
    if parent.asks == (ALLERGIC_TO_WHAT,):
        draft.text = as_reply(draft.text)
    read = reader.read_alone(spelled_out(draft.text, kidneys=_is_about_kidneys(people), pregnant=people.pregnant), audience)
    if _is_its_own(parent.frame, read.frame, text, reader.lexicon):
        return _anew_but_alarmed(parent, text, audience, reader)
    if who := who_is_meant(parent, read.frame, text):
        return _settled(Draft(parent.frame, text), parent, text, parent.audience, View.FULL, who, reader)
    if impossible := _impossible(read.text):
        return _settled(Draft(parent.frame, text), parent, text, audience, View.FULL, impossible, reader)
    draft.text = read.text
    asks = _edit(draft, read, parent, reader, offered)
    unknown = read.frame.unknown or unknown_medicine(draft, read, reader)
    _edit_unknown(draft, unknown, parent.frame, named=any(e.after for e in draft.edits if e.field in _NAMES_A_MEDICINE))
    if not draft.edits and not unknown and not asks:
        if not is_understood(text, read, reader, parent, view):
            asks = (NOT_UNDERSTOOD,)
        elif view is View.FULL and _wants_more(parent, read.text):
            view = View.DETAIL
            draft.note(EditField.VIEW, parent.view.value, view.value, text)
        elif not is_polite(text) and asks_in_new_words(read, parent):
            draft.note(EditField.WORDS, "", read.text)
    if parent.asks and parent.asks[0].startswith(WHICH) and not draft.frame.intervention and not asks:
        asks = parent.asks
    return _settled(draft, parent, text, audience, view, asks, reader)


def _impossible(text: str) -> tuple[str, ...]:
    """A figure that is refused beside a question is not taken from a follow-up either: an eGFR of 350 is no sound kidney."""
    egfr = stated_egfr(text)
    try:
        Given(egfr=egfr)
    except QuestionError as error:
        return (
            f"{error}: no patient has that figure. Was a point left out, or another unit meant? Nothing of “{plain(egfr or 0)}” was used.",
        )
    return ()


_NAMES_A_MEDICINE = frozenset({EditField.MEDICINE, EditField.DRUG})


def _edit(draft: Draft, read: Read, parent: Question, reader: Reader, offered: Offered) -> tuple[str, ...]:
    """Everything that the words change, in an order in which each sees what it needs. Returns what must be asked back."""
    named = read_medicines(read.text, read.mentions, parent.frame, reader.lexicon)
    doubts = _edit_patient(draft, read.frame, named, reader.lexicon)
    asks = edit_asked(draft, read.frame, named, offered, reader.lexicon)
    edit_conditions(draft, read.frame, read.mentions, reader.lexicon)
    if read.frame.routes:
        replace_terms(draft, "routes", EditField.ROUTE, read.frame.routes)
    draft.set(read_as=tuple(dict.fromkeys((*parent.frame.read_as, *read.read_as))))
    return doubts or asks


def _settled(
    draft: Draft, parent: Question, text: str, audience: Audience, view: View, asks: tuple[str, ...], reader: Reader
) -> Question:
    """The edited question with its standing words, and what it means for triage: an emergency waits for no question back."""
    frame = fit_dose_to_drug(draft.frame)
    standing, asking = standing_words(parent, frame, draft, reader.lexicon)
    frame = replace(frame, population=replace(frame.population, text=standing))
    before = find_alarms(parent, reader.lexicon)
    keys = tuple(a.rule.key for a in before)
    turns = (*(parent.turns or (parent.text,)), text)
    question = Question(standing, audience, frame, turns, view=view, asking=asking, alarmed=keys)
    alarms = find_alarms(question, reader.lexicon)
    edits = (*draft.edits, *_dangers(before, alarms, text))
    return replace(question, edits=edits, asks=() if alarms else asks)


def _dangers(before: Sequence[Alarm], now: Sequence[Alarm], text: str) -> list[Edit]:
    """Emergencies that the words bring, or take back."""
    keys = [{a.rule.key for a in alarms} for alarms in (before, now)]
    said = [(a, ", ".join(a.said)) for a in now if a.rule.key not in keys[0]]
    gone = [a for a in before if a.rule.key not in keys[1]]
    edits = [Edit(EditKind.ADDED, EditField.DANGER, "", a.rule.danger, words) for a, words in said]
    return edits + [Edit(EditKind.REMOVED, EditField.DANGER, a.rule.danger, "", text) for a in gone]


def _anew_but_alarmed(parent: Question, text: str, audience: Audience, reader: Reader) -> Question:
    """A question of its own that does not say so: an emergency of the thread is still in the room."""
    active = find_alarms(parent, reader.lexicon)
    question = replace(reader.read(text, audience), alarmed=tuple(a.rule.key for a in active))
    return _anew(parent, text, question, (*(parent.turns or (parent.text,)), text) if active else ())


def _anew(parent: Question, text: str, question: Question, turns: tuple[str, ...]) -> Question:
    edit = Edit(EditKind.ANEW, EditField.QUESTION, parent.text, question.text, text)
    return replace(question, turns=turns, edits=(edit,))


def _is_about_kidneys(population: Population) -> bool:
    return bool(population.kidney) or population.not_on_dialysis


def _reader_and_view(draft: Draft, parent: Question) -> tuple[Audience, View]:
    """Another reader stays for the rest of the thread; another view is of this one answer. Their words ask for nothing else."""
    audience, view = parent.audience, View.FULL
    if reader := find_reader(draft.text):
        audience, said = reader
        draft.note(EditField.AUDIENCE, parent.audience.value, audience.value, said)
        draft.text = draft.text.replace(said, " ")
    if wanted := find_view(draft.text):
        view, said = wanted
        draft.note(EditField.VIEW, parent.view.value, view.value, said)
        draft.text = draft.text.replace(said, " ")
    return audience, view


def _is_its_own(parent: Frame, read: Frame, text: str, lexicon: Lexicon) -> bool:
    """Whether the words are a question of their own: own problem, own medicine, own patient (or none known before), nothing shared."""
    drugs = (*read.intervention, *read.avoid, *read.patient.medicines)
    if not read.problem or not any(t.concept_id.startswith(("drug/", "class/")) for t in drugs) or continues(text):
        return False
    if has_facts(parent.patient, parent.population) and not names_somebody(text):
        return False
    before = concepts_of(parent)
    return not any(lexicon.is_a(a, b) or lexicon.is_a(b, a) for a in concepts_of(read) for b in before)


def _edit_patient(draft: Draft, read: Frame, named: Named, lexicon: Lexicon) -> tuple[str, ...]:
    """Who the patient is and what the patient takes. Returns what must be asked back."""
    read = without_her_baby(draft, read)
    edit_kidneys(draft, read)
    edit_states(draft, read, draft.text)
    edit_age(draft, read)
    edit_figures(draft, read)
    edit_groups(draft, read)
    asked = {t.concept_id for t in draft.frame.intervention}
    add_to_patient(draft, "medicines", EditField.MEDICINE, (t for t in named.taken if t.concept_id not in asked))
    take_from_patient(draft, "medicines", EditField.MEDICINE, named.stopped)
    return edit_allergies(draft, read, lexicon)


def _edit_unknown(draft: Draft, unknown: tuple[str, ...], parent: Frame, *, named: bool) -> None:
    """An unknown name is asked about instead of what was asked before: nothing is said of another medicine in its place."""
    if unknown and not named:
        replace_terms(draft, "intervention", EditField.DRUG, (), ", ".join(unknown))
    draft.set(unknown=unknown or (() if named else parent.unknown))


def _wants_more(parent: Question, text: str) -> bool:
    """ "What else?" about a complaint asks for more of the same."""
    return named_intent(text) is Intent.ALTERNATIVE and parent.frame.intent in (Intent.ALTERNATIVE, Intent.TREATMENT)
