"""Comments on a claim or on the whole article: opened, answered, closed with what became of them."""

from __future__ import annotations

import sqlalchemy as sa

from osler import audit
from osler.accounts.people import check_text
from osler.domain.account import Actor, Role
from osler.domain.article import ReviewState
from osler.domain.review import Case, Outcome
from osler.errors import Refused
from osler.review import rows, store
from osler.review.states import PENDING
from osler.review.store import Desk
from osler.review.turn import Turn, acting

MAX_COMMENT_CHARACTERS = 4_000
_CLOSED_CASES = (ReviewState.REJECTED, ReviewState.RETRACTED, ReviewState.SUPERSEDED)


def open_thread(desk: Desk, actor: Actor, case_id: str, text: str, claim_id: str | None = None) -> int:
    """A comment on one claim of the newest text, or on all of it; returns the thread's number. It blocks approval until it is closed."""
    with acting(desk, actor) as turn:
        case = turn.case(case_id)
        _may_speak(turn, case)
        if claim_id is not None:
            content = rows.content_of(turn.connection, case.id, case.version)
            if not any(c.id == claim_id for a in (content.article, *content.variants) for c in a.claims):
                raise Refused(f"version {case.version} of {case_id} has no claim {claim_id}")
        return insert_thread(turn, case, _words(text), claim_id)


def insert_thread(turn: Turn, case: Case, text: str, claim_id: str | None) -> int:
    """Inside a turn."""
    insert = store.threads.insert().values(
        case_id=case.id, version=case.version, claim_id=claim_id, opened_by=turn.actor.account_id,
        opened_at=turn.desk.stamp(), outcome=Outcome.OPEN.value,
    )  # fmt: skip
    thread_id: int = turn.connection.execute(insert.returning(store.threads.c.id)).scalar_one()
    _say(turn, thread_id, text)
    detail: dict[str, str | int] = {"thread": thread_id, "version": case.version}
    audit.append(turn.connection, turn.desk.stamp(), turn.actor.account_id, "review.comment", case.id, detail)
    return thread_id


def reply(desk: Desk, actor: Actor, thread_id: int, text: str) -> None:
    with acting(desk, actor) as turn:
        case, _, outcome = _thread(turn, thread_id)
        _may_speak(turn, case)
        if outcome is not Outcome.OPEN:
            raise Refused("this thread is closed: open another")
        _say(turn, thread_id, _words(text))
        audit.append(turn.connection, desk.stamp(), actor.account_id, "review.reply", case.id, {"thread": thread_id})


def close_thread(desk: Desk, actor: Actor, thread_id: int, outcome: Outcome, text: str = "") -> None:
    """What became of it: changed, answered, or declined with a reason. Closed by who opened it, or by an editor who has no
    hand in the text: an author cannot close a reviewer's doubt."""
    with acting(desk, actor) as turn:
        case, opened_by, held = _thread(turn, thread_id)
        account = turn.account
        if held is not Outcome.OPEN or outcome is Outcome.OPEN:
            raise Refused("a thread is closed once, with what became of it")
        free_editor = (
            account is not None and account.may(Role.EDITOR) and account.id not in rows.contributors(turn.connection, case)
        )
        if actor.account_id != opened_by and not free_editor:
            raise Refused("only who opened a thread, or an editor who did not write or edit the text, closes it")
        if outcome is Outcome.DECLINED and not text.strip():
            raise Refused("declined: say why")
        if text.strip():
            _say(turn, thread_id, _words(text))
        where = store.threads.c.id == thread_id
        turn.connection.execute(store.threads.update().where(where).values(outcome=outcome.value, closed_by=actor.account_id))
        detail: dict[str, str | int] = {"thread": thread_id, "outcome": outcome.value}
        audit.append(turn.connection, desk.stamp(), actor.account_id, "review.thread_closed", case.id, detail)


def _thread(turn: Turn, thread_id: int) -> tuple[Case, str, Outcome]:
    row = turn.connection.execute(sa.select(store.threads).where(store.threads.c.id == thread_id)).one_or_none()
    if row is None:
        raise Refused(f"there is no thread {thread_id}")
    return turn.case(row.case_id), row.opened_by, Outcome(row.outcome)


def _may_speak(turn: Turn, case: Case) -> None:
    """Its author, its assigned reviewers, editors. Nobody else sees an article before it is published."""
    account = turn.account
    if case.state in _CLOSED_CASES or case.erased:
        raise Refused(f"{case.id} is closed")
    assigned = {a.reviewer for a in rows.assignments_of(turn.connection, case.id) if a.recused_at is None}
    if account is None or not (account.may(Role.EDITOR) or account.id == case.author or account.id in assigned):
        raise Refused(
            "only its author, its reviewers and editors comment" + (" before it is published" if case.state in PENDING else "")
        )


def _say(turn: Turn, thread_id: int, text: str) -> None:
    values = {"thread_id": thread_id, "by": turn.actor.account_id, "at": turn.desk.stamp(), "text": text}
    turn.connection.execute(store.comments.insert().values(**values))


def _words(text: str) -> str:
    text = "\n".join(" ".join(line.split()) for line in check_text("comment", text).strip().splitlines())
    if not text or len(text) > MAX_COMMENT_CHARACTERS:
        raise Refused(f"a comment has 1 to {MAX_COMMENT_CHARACTERS:,} characters")
    return text
