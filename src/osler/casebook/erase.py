"""Take questions and their answers away for good, and prove by search that nothing of them is left."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from osler.casebook.record import Kept
from osler.casebook.store import EVERYONE, Casebook, Owner
from osler.casebook.traces import Traces, traces, windows
from osler.errors import UnknownAnswer, UserError


@dataclass(frozen=True, slots=True)
class Erased:
    """What went, and where words of its questions still stand. others: stored answers of other owners to the same questions,
    which stay theirs; their words are not looked for."""

    gone: tuple[Kept, ...]
    left: Traces
    others: int


Also = Callable[[tuple[Kept, ...]], None]
"""Erases what other rooms hold of these answers, before the search."""


def nothing_else(_: tuple[Kept, ...]) -> None:
    """No other room holds anything."""


def erase_answer(casebook: Casebook, home: Path, answer_id: str, owner: Owner = EVERYONE, also: Also = nothing_else) -> Erased:
    """The question of this answer, every answer to it and every follow-up that repeats it, of the same owner.

    Raises UnknownAnswer, LibraryLocked.
    """
    keys = [k.key for k in casebook.listed(owner) if k.answer_id == answer_id]
    if not keys:
        raise UnknownAnswer("no answer of this id is stored; `osler history` lists those that are")
    return _erased(casebook, home, keys, also)


def erase_before(casebook: Casebook, home: Path, day: str, owner: Owner = EVERYONE, also: Also = nothing_else) -> Erased:
    """Everything that was last given before this day (ISO, UTC), with follow-ups. Raises UserError for another word than a date."""
    try:
        first = date.fromisoformat(day)
    except ValueError as error:
        raise UserError(f"{day[:20]!r} is not a date: give it as 2026-11-30") from error
    old = set(casebook.older_than(first.isoformat()))
    return _erased(casebook, home, [k.key for k in casebook.listed(owner) if k.key in old], also)


def erase_all(casebook: Casebook, home: Path, owner: Owner = EVERYONE, also: Also = nothing_else) -> Erased:
    return _erased(casebook, home, [k.key for k in casebook.listed(owner)], also)


def _erased(casebook: Casebook, home: Path, keys: Iterable[str], also: Also) -> Erased:
    gone = casebook.erase(keys)
    also(gone)
    turns = {turn for kept in gone for turn in kept.turns}
    remaining = [k for k in casebook.listed() if turns.intersection(k.turns)]
    staying = {turn for kept in remaining for turn in kept.turns}
    wanted = sorted(turns - staying)
    return Erased(gone, traces([home], (w for turn in wanted for w in windows(turn))) if gone else traces([], ()), len(remaining))
