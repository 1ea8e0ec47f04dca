"""Erasing texts from the desk: what was never published, or is retracted. State, dates, address and reason stay; so does the audit."""

from __future__ import annotations

import sqlalchemy as sa

from osler import audit
from osler.accounts.people import find, require_admin
from osler.domain.account import Actor, Means
from osler.domain.article import ReviewState
from osler.domain.review import Case
from osler.errors import Refused
from osler.review import rows, store
from osler.review.states import PENDING
from osler.review.store import Desk

_ERASABLE = (*PENDING, ReviewState.RETRACTED)


def erase_case(desk: Desk, by: Actor, case_id: str) -> Case:
    """Remove every text, title and comment of a case: its author before publication, an admin or the operator also after retraction.

    Raises Refused for an article that readers can still see: retract it first.
    """
    with desk.writing() as connection:
        case = rows.find_case(connection, case_id)
        own = by.means is Means.PASSWORD and by.account_id == case.author and find(connection, by.account_id).active
        if not (own and case.state in PENDING):
            require_admin(connection, by)
        return _erased(connection, desk, by, case)


def erase_before(desk: Desk, by: Actor, moment: str) -> tuple[str, ...]:
    """Retention: erase what was rejected, or lies unpublished and untouched since before `moment` (ISO, UTC); ids, sorted."""
    states = [s for s in PENDING if s is not ReviewState.APPROVED]
    with desk.writing() as connection:
        require_admin(connection, by)
        old = [c for c in rows.cases_in(connection, states) if c.updated_at < moment and not c.erased]
        for case in old:
            _erased(connection, desk, by, case)
    return tuple(c.id for c in old)


def _erased(connection: sa.Connection, desk: Desk, by: Actor, case: Case) -> Case:
    if case.state not in _ERASABLE:
        raise Refused(f"{case.id} is {case.state.value.replace('_', ' ')}: readers can see it; retract it first")
    if case.erased:
        raise Refused(f"the text of {case.id} is erased already")
    t = store.threads
    ids = sa.select(t.c.id).where(t.c.case_id == case.id)
    connection.execute(store.comments.update().where(store.comments.c.thread_id.in_(ids)).values(text=""))
    connection.execute(store.versions.update().where(store.versions.c.case_id == case.id).values(body=b"", steps="[]"))
    connection.execute(store.citations.delete().where(store.citations.c.case_id == case.id))
    values = {"title": "", "published_title": None, "answer_id": "", "erased": True, "updated_at": desk.stamp()}
    connection.execute(store.cases.update().where(store.cases.c.number == int(case.id[1:])).values(**values))
    audit.append(connection, desk.stamp(), by.account_id, "review.erase", case.id, {"state": case.state.value})
    return rows.find_case(connection, case.id)
