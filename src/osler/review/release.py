"""From approved to published, and everything after: reopened, reaffirmed, corrected, retracted, superseded.

Only a person who has signed in does any of it. A text reaches readers only as a `Cleared`, which cannot be built without
the quorum's signatures under exactly that text. Every function is one transaction and raises Refused or Conflict.
"""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from osler.domain.account import Actor
from osler.domain.article import ReviewState
from osler.domain.review import Case, Cleared
from osler.errors import Refused
from osler.review import store
from osler.review.states import LIVE, Action
from osler.review.store import Desk
from osler.review.turn import Turn, acting, in_person, public_line

MAX_SLUG_CHARACTERS = 80


def publish(desk: Desk, actor: Actor, case_id: str, seen: str) -> Case:
    """An approved article gets its address, which stays. Signatures, declarations and threads are looked at once more."""
    with acting(desk, actor) as turn:
        in_person(turn)
        case = turn.case(case_id, seen)
        turn.allow(case, Action.PUBLISH)
        cleared = turn.cleared(case)
        return _release(turn, case, cleared, Action.PUBLISH, ReviewState.PUBLISHED, "published")


def reopen(desk: Desk, actor: Actor, case_id: str) -> Case:
    """Review again. Readers see the accepted text, marked, until it ends; signatures of earlier rounds do not count in this one."""
    with acting(desk, actor) as turn:
        in_person(turn)
        return _reopened(turn, turn.case(case_id))


def reaffirm(desk: Desk, actor: Actor, case_id: str, seen: str, note: str = "") -> Case:
    """The text that is public was signed anew as it is."""
    with acting(desk, actor) as turn:
        in_person(turn)
        case = turn.case(case_id, seen)
        turn.allow(case, Action.REAFFIRM)
        if case.version != case.published_version:
            raise Refused("the text has been changed since it was published: correct it instead")
        note = public_line("note", note, needed=False) or "reviewed again, and unchanged"
        return _release(turn, case, turn.cleared(case), Action.REAFFIRM, ReviewState.REAFFIRMED, note)


def correct(desk: Desk, actor: Actor, case_id: str, seen: str, note: str) -> Case:
    """A changed text that was signed takes the place of the public one, with a public note of what was wrong."""
    with acting(desk, actor) as turn:
        in_person(turn)
        case = turn.case(case_id, seen)
        turn.allow(case, Action.CORRECT)
        if case.version == case.published_version:
            raise Refused("the text is the one that is public: reaffirm it instead")
        note = public_line("note", note)
        return _release(turn, case, turn.cleared(case), Action.CORRECT, ReviewState.CORRECTED, note, reason=note)


def retract(desk: Desk, actor: Actor, case_id: str, reason: str) -> Case:
    """Take the text away from readers, at once and from any public state; address, reason and date stay.

    From a state before re-review the steps in between are taken and written down in the same transaction: a wrong dose
    does not wait.
    """
    with acting(desk, actor) as turn:
        in_person(turn)
        reason = public_line("reason", reason)
        case = turn.case(case_id)
        if case.state in LIVE:
            case = turn.move(case, Action.FLAG, turn.allow(case, Action.FLAG))
        if case.state is not ReviewState.RE_REVIEW and case.published_version is not None:
            case = _reopened(turn, case)
        to = turn.allow(case, Action.RETRACT)
        turn.revoke_approvals(case.id)
        turn.log(case.id, to, reason)
        return turn.move(case, Action.RETRACT, to, reason=reason, due_on=None, expires_on=None)


def supersede(desk: Desk, actor: Actor, case_id: str, by_case: str, note: str = "") -> Case:
    """Another public article takes its place; its address leads there."""
    with acting(desk, actor) as turn:
        in_person(turn)
        case, other = turn.case(case_id), turn.case(by_case)
        to = turn.allow(case, Action.SUPERSEDE)
        if other.id == case.id or other.state not in LIVE or other.slug is None:
            raise Refused(f"{by_case} is not another article that is published and in good standing")
        note = public_line("note", note, needed=False) or f"superseded by “{other.title}”"
        turn.log(case.id, to, note)
        return turn.move(case, Action.SUPERSEDE, to, reason=note, superseded_by=other.slug, due_on=None, expires_on=None)


def _reopened(turn: Turn, case: Case) -> Case:
    to = turn.allow(case, Action.REOPEN)
    turn.revoke_approvals(case.id)
    turn.log(case.id, to, "under review again")
    return turn.move(case, Action.REOPEN, to, round=case.round + 1)


def _release(
    turn: Turn, case: Case, cleared: Cleared, action: Action, to: ReviewState, note: str, reason: str | None = None
) -> Case:
    if cleared.case_id != case.id or cleared.content_hash != case.content_hash:
        raise Refused("these signatures are under another text")
    today = turn.today
    due = today + timedelta(days=turn.policy.review_after_days)
    values: dict[str, Any] = {
        "published_version": case.version,
        "published_title": case.title,
        "due_on": due.isoformat(),
        "expires_on": (due + timedelta(days=turn.policy.expires_after_days)).isoformat(),
        "reason": reason,
    }
    if case.slug is None:
        values |= {"slug": _new_slug(turn.connection, case), "published_at": turn.desk.stamp()}
    turn.connection.execute(
        store.releases.insert().values(
            case_id=case.id, version=case.version, content_hash=case.content_hash, at=turn.desk.stamp(), quorum=cleared.quorum,
            approvals=json.dumps([a.id for a in cleared.approvals]),
        )
    )  # fmt: skip
    turn.log(case.id, to, note)
    return turn.move(case, action, to, **values)


def _new_slug(connection: sa.Connection, case: Case) -> str:
    """Words of the title; the case's own number when they are taken or none is left."""
    plain = unicodedata.normalize("NFKD", case.title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MAX_SLUG_CHARACTERS].strip("-")
    held = set(connection.execute(sa.select(store.cases.c.slug).where(store.cases.c.slug.is_not(None))).scalars())
    for candidate in (slug, f"{slug}-{case.id}".strip("-"), *(f"{slug}-{case.id}-{n}".strip("-") for n in range(2, 100))):
        if candidate and candidate not in held:
            return candidate
    raise Refused("no address is free for this title: change the title")
