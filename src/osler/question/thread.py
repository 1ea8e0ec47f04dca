"""A request's turns to one question each: the first read as it stands, every other as a follow-up to the one before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from osler.domain.answer import Notice, NoticeKind
from osler.domain.question import Question, Term
from osler.domain.request import Given, Request
from osler.language.quantities import plain
from osler.question.followup import follow_up
from osler.question.given import differing_facts
from osler.question.reader import Reader

Offers = Callable[[int, Sequence[Question]], Sequence[Term]]
"""A turn's number, from 0, and the questions read so far, to the medicines that its answer offered."""


def read_thread(request: Request, reader: Reader, offers: Offers) -> tuple[Question, ...]:
    """One question a turn, oldest first. `offers` is called only where a pronoun needs it."""
    questions = [reader.read(request.turns[0], request.audience)]
    for number, turn in enumerate(request.turns[1:]):
        questions.append(follow_up(questions[-1], turn, reader, partial(offers, number, tuple(questions))))
    return tuple(questions)


def facts_that_differ(request: Request, questions: Sequence[Question], reader: Reader) -> tuple[Notice, ...]:
    """Where the first turn says something else than the facts given beside it (these are used), and where a later turn does
    (the turn is used: it was said last)."""
    given = request.given
    if not given:
        return ()
    first = replace(reader, told="").read(request.turns[0], request.audience)
    return (*differing_facts(given, first.frame.patient), *(_later(given, questions[-1]) if len(questions) > 1 else ()))


def _later(given: Given, question: Question) -> tuple[Notice, ...]:
    patient = question.frame.patient
    pairs = (
        ("age", given.age_years, patient.age_years, "years"),
        ("weight", given.weight_kg, patient.weight_kg, "kg"),
        ("eGFR", given.egfr, patient.egfr, "mL/min/1.73 m²"),
    )
    return tuple(
        Notice(
            NoticeKind.MISSING_INFORMATION,
            f"The facts given beside the question say {name} {plain(fact)} {unit}, a later turn {plain(said)} {unit}: {plain(said)} {unit} was used. Check which is right.",
        )
        for name, fact, said, unit in pairs
        if fact is not None and said is not None and abs(fact - said) > 1e-6
    )
