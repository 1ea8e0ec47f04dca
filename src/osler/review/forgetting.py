"""What the desk forgets when stored answers are erased: the cases that came from them, of the same person, and nobody else's."""

from __future__ import annotations

from collections.abc import Collection

from osler.domain.account import Actor
from osler.domain.article import ReviewState
from osler.errors import Refused
from osler.review import rows
from osler.review.erase import erase_case
from osler.review.store import Desk


def forget(desk: Desk, by: Actor, answer_ids: Collection[str], author: str | None) -> tuple[str, ...]:
    """Erase every case that `author` (None: anybody) put on the desk from one of these answers; sorted ids of those that stay:
    readers can still see them, or they were retracted and only an admin or the operator erases them.

    An answer's id follows from question and library, so two people may hold the same: an author's cases never go because
    somebody else erased theirs.
    """
    with desk.reading() as connection:
        found = [
            c
            for c in rows.cases_in(connection, tuple(ReviewState))
            if c.answer_id in answer_ids and not c.erased and author in (None, c.author)
        ]
    left = []
    for case in found:
        try:
            erase_case(desk, by, case.id)
        except Refused:
            left.append(case.id)
    return tuple(sorted(left))
