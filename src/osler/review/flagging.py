"""What speaks against an article: documents that changed, reports, dates that pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import sqlalchemy as sa

from osler.casebook.record import Cited
from osler.casebook.standing import Moved
from osler.domain.account import CLOCK, Actor
from osler.domain.article import ReviewState
from osler.domain.review import Case
from osler.domain.status import PublicationStatus
from osler.errors import Refused
from osler.review import rows, store
from osler.review.states import LIVE, Action
from osler.review.store import Desk
from osler.review.threads import insert_thread
from osler.review.turn import Turn, acting, public_line

_FLAGGABLE = (*LIVE, ReviewState.REVIEW_DUE, ReviewState.EXPIRED, ReviewState.FLAGGED)
_IN_WORK = (
    ReviewState.DRAFT, ReviewState.SUBMITTED, ReviewState.UNDER_REVIEW, ReviewState.CHANGES_REQUESTED, ReviewState.APPROVED,
    ReviewState.RE_REVIEW,
)  # fmt: skip
WatchDocuments = Callable[[Iterable[Cited]], tuple[Moved, ...]]
"""Which of these cited documents are not what they were: `casebook.standing.moved` of a catalogue."""


def flag(desk: Desk, actor: Actor, case_id: str, why: str) -> Case:
    """Something speaks against a public article. `why` is public, in words."""
    with acting(desk, actor) as turn:
        case = turn.case(case_id)
        to = turn.allow(case, Action.FLAG)
        return _flagged(turn, case, to, None, public_line("reason", why))


def flag_moved(desk: Desk, watch: WatchDocuments) -> tuple[str, ...]:
    """Flag every article whose text cites a document that was retracted, corrected, replaced … since; ids of those, sorted.

    A public one becomes *flagged*. One that is being reviewed gets an open thread instead, which blocks approval, and its
    signatures are revoked. The same change of the same document is not flagged twice for one text.
    """
    with desk.reading() as connection:
        wanted = _citations(connection)
    moved: Mapping[Cited, Moved] = {
        m.cited: m for m in watch(sorted(wanted, key=lambda c: (c.document_id, c.version, c.status, c.since or "")))
    }
    found = []
    with acting(desk, CLOCK) as turn:
        for cited, case_id, number in sorted(
            ((c, i, n) for c, held in wanted.items() if c in moved for i, n in held), key=lambda x: (x[1], x[2], x[0].document_id)
        ):
            case = turn.case(case_id)
            if number in _watched(case) and _flag_once(turn, case, number, moved[cited]):
                found.append(case_id)
    return tuple(sorted(set(found)))


def keep_time(desk: Desk) -> tuple[str, ...]:
    """Move what is due for review, and what is past it; ids, sorted. Readers are shown the right state even when nobody calls this."""
    done = []
    with acting(desk, CLOCK) as turn:
        for case in rows.cases_in(turn.connection, (*LIVE, ReviewState.REVIEW_DUE)):
            reached = rows.state_on(case, turn.today)
            if reached is case.state:
                continue
            done.append(case.id)
            if case.state in LIVE:
                case = turn.move(case, Action.FALL_DUE, turn.allow(case, Action.FALL_DUE))
            if reached is ReviewState.EXPIRED:
                to = turn.allow(case, Action.EXPIRE)
                turn.log(case.id, to, "its review is overdue")
                turn.move(case, Action.EXPIRE, to)
    return tuple(sorted(done))


def _watched(case: Case) -> set[int]:
    """The numbers of the texts of a case that matter: what readers see, and what is being worked on."""
    held = {case.published_version} if case.state in (*_FLAGGABLE, ReviewState.RE_REVIEW) else set()
    held |= {case.version} if case.state in _IN_WORK else set()
    return {n for n in held if n is not None}


def _citations(connection: sa.Connection) -> dict[Cited, list[tuple[str, int]]]:
    """Every cited document with the texts that cite it."""
    watched = {c.id: _watched(c) for c in rows.cases_in(connection, (*_FLAGGABLE, *_IN_WORK)) if not c.erased}
    found: dict[Cited, list[tuple[str, int]]] = {}
    for r in connection.execute(sa.select(store.citations).order_by(store.citations.c.case_id, store.citations.c.number)):
        if r.number in watched.get(r.case_id, ()):
            cited = Cited(r.document_id, r.version, PublicationStatus(r.status), r.since)
            found.setdefault(cited, []).append((r.case_id, r.number))
    return found


def _flag_once(turn: Turn, case: Case, number: int, moved: Moved) -> bool:
    f = store.flags
    document_id, why = moved.cited.document_id, moved.words
    same = (f.c.case_id == case.id, f.c.version == number, f.c.document_id == document_id, f.c.why == why)
    if turn.connection.execute(sa.select(f.c.id).where(*same)).first():
        return False
    if case.state in _FLAGGABLE:
        _flagged(turn, case, turn.allow(case, Action.FLAG), document_id, why)
        return True
    _write_flag(turn, case, number, document_id, why)
    insert_thread(turn, case, f"{document_id}: {why}", None)
    if turn.revoke_approvals(case.id):
        to = ReviewState.UNDER_REVIEW if case.state is ReviewState.APPROVED else case.state
        turn.move(case, Action.UNSIGN, to)
    return True


def _flagged(turn: Turn, case: Case, to: ReviewState, document_id: str | None, why: str) -> Case:
    if case.published_version is None:
        raise Refused(f"{case.id} is not published")
    _write_flag(turn, case, case.published_version, document_id, why)
    turn.log(case.id, to, f"{document_id}: {why}" if document_id else why)
    return turn.move(case, Action.FLAG, to)


def _write_flag(turn: Turn, case: Case, number: int, document_id: str | None, why: str) -> None:
    turn.connection.execute(
        store.flags.insert().values(
            case_id=case.id, at=turn.desk.stamp(), by=turn.actor.account_id, document_id=document_id, version=number, why=why
        )
    )
