"""Which stored answers rest on documents that have changed since, and what they say now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from osler.casebook.record import Kept
from osler.casebook.replay import Replay, replay_all
from osler.casebook.standing import Moved, moved
from osler.casebook.store import Casebook
from osler.pipeline import Library


@dataclass(frozen=True, slots=True)
class Flagged:
    """A stored answer that cites documents which are not what they were, and the same request answered today."""

    kept: Kept
    moved: tuple[Moved, ...]
    replay: Replay


def touched(library: Library, casebook: Casebook) -> dict[str, tuple[Moved, ...]]:
    """Keys of exactly those stored answers that cite a document whose version, status or date of status is another now, or
    which is out of use; with what happened, by document. Nothing is asked again. Raises LibraryDamaged."""
    found: dict[str, list[Moved]] = {}
    for what in moved(library.catalog, casebook.citations()):
        for key in casebook.citing(what.cited):
            found.setdefault(key, []).append(what)
    return {key: tuple(found[key]) for key in sorted(found)}


def watch(library: Library, casebook: Casebook) -> Iterator[Flagged]:
    """The stored answers that `touched` names, the first stored first, each asked again. Raises LibraryDamaged."""
    found = touched(library, casebook)
    for replay in replay_all(library, casebook.each_of(found)):
        yield Flagged(replay.kept, found[replay.kept.key], replay)
