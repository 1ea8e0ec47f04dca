"""What the desk forgets when stored answers are erased: the cases that came from them, of the same person, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable, Collection

from osler.domain.account import Actor
from osler.domain.article import ReviewState
from osler.errors import Refused
from osler.review import rows
from osler.review.erase import erase_case
from osler.review.store import Desk


def forget(
    desk: Desk,
    by: Actor,
    answer_ids: Collection[str],
    author: str | None,
    holds: Callable[[str, str], bool] = lambda author, answer_id: False,
) -> tuple[str, ...]:
    """Erase every case that `author` put on the desk from one of these answers; sorted ids of those that stay: readers can
    still see them, or they were retracted and only an admin or the operator erases them.

    author: whose answers went; None for those of the command line, from which anybody may have submitted. holds: whether an
    author still has a stored answer of that id: it follows from question and library, so several people may hold the same,
    and nobody's case goes because somebody else erased theirs.
    """
    with desk.reading() as connection:
        found = [
            c
            for c in rows.cases_in(connection, tuple(ReviewState))
            if c.answer_id in answer_ids
            and not c.erased
            and (c.author == author or (author is None and not holds(c.author, c.answer_id)))
        ]
    left = []
    for case in found:
        try:
            erase_case(desk, by, case.id)
        except Refused:
            left.append(case.id)
    return tuple(sorted(left))
