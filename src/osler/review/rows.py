"""Rows of the desk to nouns. Every function works inside the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from osler.domain.article import ReviewState
from osler.domain.review import Approval, Assignment, Case, Comment, Content, Outcome, Policy, Thread, Version
from osler.errors import Refused
from osler.review import store
from osler.review.content import unpack


def policy_of(connection: sa.Connection) -> Policy:
    return Policy(**{r.name: r.value for r in connection.execute(sa.select(store.policy).order_by(store.policy.c.name))})


def case_of(row: Any) -> Case:
    return Case(
        f"r{row.number}", ReviewState(row.state), row.author, row.title, row.version, row.content_hash, row.round, row.slug,
        row.published_version, row.published_at, row.updated_at, row.due_on, row.expires_on, row.reason, row.superseded_by,
        bool(row.erased), row.submitted_at, row.answer_id, row.published_title,
    )  # fmt: skip


def find_case(connection: sa.Connection, case_id: str) -> Case:
    """Raises Refused."""
    number = int(case_id[1:]) if case_id[:1] == "r" and case_id[1:].isascii() and case_id[1:].isdigit() else 0
    row = connection.execute(sa.select(store.cases).where(store.cases.c.number == number)).one_or_none()
    if row is None:
        raise Refused(f"there is no case {case_id!r}")
    return case_of(row)


def cases_in(connection: sa.Connection, states: Sequence[ReviewState]) -> tuple[Case, ...]:
    """Cases in any of these states, oldest first."""
    query = sa.select(store.cases).where(store.cases.c.state.in_([s.value for s in states])).order_by(store.cases.c.number)
    return tuple(case_of(r) for r in connection.execute(query))


def case_at(connection: sa.Connection, slug: str) -> Case | None:
    row = connection.execute(sa.select(store.cases).where(store.cases.c.slug == slug)).one_or_none()
    return None if row is None else case_of(row)


def content_of(connection: sa.Connection, case_id: str, number: int) -> Content:
    """Raises Refused for a text that is not there or was erased, LibraryDamaged for one that is not what was hashed."""
    v = store.versions
    row = connection.execute(sa.select(v.c.body, v.c.hash).where(v.c.case_id == case_id, v.c.number == number)).one_or_none()
    if row is None:
        raise Refused(f"{case_id} has no version {number}")
    if not row.body:
        raise Refused(f"the text of {case_id} was erased")
    return unpack(row.body, row.hash)


def versions_of(connection: sa.Connection, case_id: str) -> tuple[Version, ...]:
    v = store.versions
    query = sa.select(v.c.number, v.c.hash, v.c.at, v.c.by, v.c.steps).where(v.c.case_id == case_id).order_by(v.c.number)
    return tuple(Version(r.number, r.hash, r.at, r.by, tuple(json.loads(r.steps))) for r in connection.execute(query))


def audiences_of(connection: sa.Connection, case_id: str, number: int) -> tuple[str, ...]:
    v = store.versions
    found = connection.execute(sa.select(v.c.audiences).where(v.c.case_id == case_id, v.c.number == number)).scalar_one()
    return tuple(json.loads(found))


def contributors(connection: sa.Connection, case: Case) -> frozenset[str]:
    """The author, and everybody who made one of its texts."""
    return frozenset({case.author, *(v.by for v in versions_of(connection, case.id))})


def approvals_of(connection: sa.Connection, case_id: str) -> tuple[Approval, ...]:
    a = store.approvals
    rows = connection.execute(sa.select(a).where(a.c.case_id == case_id).order_by(a.c.id))
    return tuple(Approval(r.id, r.reviewer, r.version, r.content_hash, r.round, r.at, r.disclosure_id, r.revoked_at) for r in rows)


def assignments_of(connection: sa.Connection, case_id: str) -> tuple[Assignment, ...]:
    a = store.assignments
    rows = connection.execute(sa.select(a).where(a.c.case_id == case_id).order_by(a.c.at, a.c.reviewer))
    return tuple(Assignment(r.reviewer, r.assigned_by, r.at, r.recused_at) for r in rows)


def threads_of(connection: sa.Connection, case_id: str) -> tuple[Thread, ...]:
    t, c = store.threads, store.comments
    joined = sa.select(c).join(t, t.c.id == c.c.thread_id).where(t.c.case_id == case_id).order_by(c.c.id)
    said: dict[int, list[Comment]] = {}
    for row in connection.execute(joined):
        said.setdefault(row.thread_id, []).append(Comment(row.by, row.at, row.text))
    rows = connection.execute(sa.select(t).where(t.c.case_id == case_id).order_by(t.c.id))
    return tuple(
        Thread(
            r.id, r.case_id, r.version, r.claim_id, r.opened_by, r.opened_at, Outcome(r.outcome), r.closed_by,
            tuple(said.get(r.id, ())),
        )
        for r in rows
    )  # fmt: skip


def open_threads(connection: sa.Connection, case_id: str) -> int:
    t = store.threads
    query = sa.select(sa.func.count()).where(t.c.case_id == case_id, t.c.outcome == Outcome.OPEN.value)
    found: int = connection.execute(query).scalar_one()
    return found


def state_on(case: Case, today: date) -> ReviewState:
    """The state with the dates that have passed since somebody last looked."""
    day = today.isoformat()
    if case.state in (ReviewState.PUBLISHED, ReviewState.REAFFIRMED, ReviewState.CORRECTED, ReviewState.REVIEW_DUE):
        if case.expires_on is not None and case.expires_on <= day:
            return ReviewState.EXPIRED
        if case.due_on is not None and case.due_on <= day:
            return ReviewState.REVIEW_DUE
    return case.state
