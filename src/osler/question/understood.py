"""Whether a follow-up was understood at all: nothing that it may have meant is passed over in silence."""

from __future__ import annotations

import re
from dataclasses import replace

from osler.domain.population import Population
from osler.domain.question import Patient, Question
from osler.domain.thread import View
from osler.language.words import STOP_WORDS
from osler.question.edits import Draft
from osler.question.ellipsis import Pointer, find_pointing, is_polite
from osler.question.intent import named_intent
from osler.question.reader import Read, Reader
from osler.question.spelling import check_spelling, strange_words

NOT_UNDERSTOOD = (
    "It was not understood what this changes. Say it with a fact about the patient (“she weighs 48 kg”), a medicine (“why not tizanidine?”), "
    "a group (“in pregnancy?”) or what is to be shown (“only the doses”); “new question: …” starts afresh."
)
_ASKS_ABOUT = re.compile(
    r"^\W*(?:and |but |or |so |then |also |ok |what about |how about |why not |try |maybe |is |what of )*(?:the )?([A-Za-z][\w-]{3,})(?: (?:then|instead|too|ok|safe|please))?\W*$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[a-z]{3,}")
_FIGURE = re.compile(r"\d+(?:\.\d+)?")


def unknown_medicine(draft: Draft, read: Read, reader: Reader) -> tuple[str, ...]:
    """A word that nobody knows where the name of a medicine stands, and that looks like one: "and zorbaflexin?"."""
    match = _ASKS_ABOUT.match(read.text)
    if match is None or read.mentions or draft.edits:
        return ()
    return check_spelling(f"taking {match[1]}", reader.known_words, reader.lexicon.single_words, reader.in_library).unknown


def is_understood(text: str, read: Read, reader: Reader, parent: Question, view: View) -> bool:
    """Whether words that change nothing were read all the same: a fact known already, the same thing asked again, a courtesy.

    A figure or a word that nobody knows may be the very thing that was meant: with one of them nothing was understood.
    """
    if is_polite(text) or view is not View.FULL:
        return True
    # Not of every turn: a figure that was not understood is no better known when it is said again.
    said = set(_FIGURE.findall(" ".join((parent.text, *parent.turns[:1]))))
    if set(_FIGURE.findall(read.text)) - said or strange_words(read.text, reader.known_words, reader.in_library):
        return False
    frame = read.frame
    known = bool(read.mentions) or frame.patient != Patient() or replace(frame.population, text="") != Population()
    pointed = find_pointing(read.text).to not in (Pointer.NONE, Pointer.IT)
    return known or pointed or named_intent(read.text) is not None


def asks_in_new_words(read: Read, parent: Question) -> bool:
    """Whether the follow-up asks, of the same frame, with words that the thread has not: "does it work?"."""
    if named_intent(read.text) is None and not read.text.rstrip().endswith("?"):
        return False
    words = {w for w in _WORD.findall(read.text.lower()) if w not in STOP_WORDS}
    return bool(words - set(_WORD.findall(" ".join((parent.text, *parent.turns)).lower())))
