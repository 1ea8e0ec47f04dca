"""One turn at the desk: one transaction in which somebody does one thing, is allowed to, and is written down."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from osler import audit
from osler.accounts.people import check_text, find, latest_disclosure
from osler.domain.account import CLOCK, Account, Actor, Disclosure, Means, Role
from osler.domain.article import Article, ReviewState
from osler.domain.review import Approval, Case, Cleared, Policy
from osler.errors import Conflict, Refused
from osler.review import rows, store
from osler.review.content import pack
from osler.review.identifiers import find_identifiers, find_in_article
from osler.review.states import Action, arc, refusal
from osler.review.store import Desk

MAX_NOTE_CHARACTERS = 2_000
MAX_TITLE_CHARACTERS = 200
SEEN_CHARACTERS = 12
"""As much of a hash as a person must give to show which text they have read: 48 bits."""


@dataclass(frozen=True, slots=True)
class Turn:
    connection: sa.Connection
    desk: Desk
    actor: Actor
    account: Account | None
    policy: Policy

    @property
    def today(self) -> date:
        return self.desk.now().date()

    def case(self, case_id: str, seen: str | None = None) -> Case:
        """The case; `seen` is the hash of the text that whoever acts has read. Raises Conflict when it is another by now."""
        case = rows.find_case(self.connection, case_id)
        if seen is not None and (len(seen) < SEEN_CHARACTERS or not case.content_hash.startswith(seen)):
            raise Conflict(
                f"the text of {case_id} is not the one you have read: it is version {case.version}, {case.content_hash[:12]} now"
            )
        return case

    def allow(self, case: Case, action: Action) -> ReviewState:
        """Where this action leads. Raises Refused when it is not in the table, or not for whoever acts."""
        if case.erased:
            raise Refused(f"the text of {case.id} was erased")
        clock = self.actor == CLOCK
        roles = self.account.roles if self.account is not None else ()
        why = refusal(case.state, action, roles, own=self.actor.account_id == case.author, clock=clock)
        if why is not None:
            raise Refused(why)
        found = arc(case.state, action)
        assert found is not None  # noqa: S101 (refusal() has answered for it)
        return found.to

    def move(self, case: Case, action: Action, to: ReviewState, **values: Any) -> Case:
        """Write the new state and what goes with it, and the row of the audit."""
        changed = {"state": to.value, "updated_at": self.desk.stamp(), **values}
        where = store.cases.c.number == int(case.id[1:])
        self.connection.execute(store.cases.update().where(where).values(**changed))
        after = rows.find_case(self.connection, case.id)
        self.record(f"review.{action.value}", after, case.state)
        return after

    def record(self, action: str, case: Case, before: ReviewState) -> None:
        standing = sum(a.revoked_at is None for a in rows.approvals_of(self.connection, case.id))
        detail: dict[str, str | int] = {
            "from": before.value, "to": case.state.value, "version": case.version, "hash": case.content_hash,
            "round": case.round, "signatures": standing,
        }  # fmt: skip
        audit.append(self.connection, self.desk.stamp(), self.actor.account_id, action, case.id, detail)

    def add_version(self, case_id: str, number: int, article: Article, variants: Sequence[Article], steps: Sequence[str]) -> str:
        """Store a text; returns its hash."""
        body, digest = pack(article, variants)
        every = (article, *variants)
        self.connection.execute(
            store.versions.insert().values(
                case_id=case_id, number=number, hash=digest, at=self.desk.stamp(), by=self.actor.account_id, body=body,
                steps=json.dumps(list(steps)), audiences=json.dumps([a.question.audience.value for a in every]),
            )
        )  # fmt: skip
        cited = {r.document_id: r for a in reversed(every) for r in a.references}
        for document_id in sorted(cited):
            r = cited[document_id]
            self.connection.execute(
                store.citations.insert().values(
                    case_id=case_id,
                    number=number,
                    document_id=document_id,
                    version=r.version,
                    status=r.status.value,
                    since=r.status_since,
                )
            )
        return digest

    def revoke_approvals(self, case_id: str, reviewer: str | None = None) -> int:
        a = store.approvals
        where = [a.c.case_id == case_id, a.c.revoked_at.is_(None), *([a.c.reviewer == reviewer] if reviewer else [])]
        return self.connection.execute(a.update().where(*where).values(revoked_at=self.desk.stamp())).rowcount

    def log(self, case_id: str, state: ReviewState, note: str) -> None:
        self.connection.execute(store.log.insert().values(case_id=case_id, state=state.value, at=self.desk.stamp(), note=note))

    def objections(self, case: Case, reviewer: Account) -> list[str]:
        """Every reason why this person's signature under this article does not count."""
        found = []
        if not reviewer.may(Role.REVIEWER):
            found.append("not an active reviewer" if not reviewer.active else "not a reviewer")
        if reviewer.id in rows.contributors(self.connection, case):
            found.append("wrote or edited this article")
        assigned = {a.reviewer: a for a in rows.assignments_of(self.connection, case.id)}
        if reviewer.id not in assigned:
            found.append("not assigned to this article")
        elif assigned[reviewer.id].recused_at is not None:
            found.append("has stepped back from this article")
        disclosure = latest_disclosure(self.connection, reviewer.id)
        if disclosure is None:
            found.append("has not declared their interests")
        elif not is_current(disclosure, self.policy, self.today):
            found.append(f"their declaration of interests is of {disclosure.dated_on}: a new one is due")
        return found

    def standing(self, case: Case) -> tuple[Approval, ...]:
        """The signatures that count now: under this very text, in this round, of people who may still sign."""
        found = []
        for approval in rows.approvals_of(self.connection, case.id):
            current = approval.content_hash == case.content_hash and approval.round == case.round and approval.revoked_at is None
            if current and not self.objections(case, find(self.connection, approval.reviewer)):
                found.append(approval)
        return tuple(found)

    def cleared(self, case: Case) -> Cleared:
        """What release asks for. Raises Refused with every reason."""
        approvals = self.standing(case)
        reasons = []
        if len({a.reviewer for a in approvals}) < self.policy.quorum:
            reasons.append(f"{len(approvals)} of {self.policy.quorum} approvals of this text")
        if waiting := rows.open_threads(self.connection, case.id):
            reasons.append(f"{waiting} open comment thread(s)")
        if reasons:
            raise Refused(*reasons)
        rows.content_of(self.connection, case.id, case.version)  # what was signed is what is stored
        return Cleared(case.id, case.content_hash, self.policy.quorum, approvals)


@contextmanager
def acting(desk: Desk, actor: Actor) -> Iterator[Turn]:
    """All or nothing. Raises Refused when nobody active with a right to the desk acts."""
    with desk.writing() as connection:
        yield _turn(connection, desk, actor)


@contextmanager
def looking(desk: Desk, actor: Actor) -> Iterator[Turn]:
    """As `acting`, for somebody who only reads."""
    with desk.reading() as connection:
        yield _turn(connection, desk, actor)


def _turn(connection: sa.Connection, desk: Desk, actor: Actor) -> Turn:
    account = None
    if actor != CLOCK:
        if actor.means not in (Means.PASSWORD, Means.KEY):
            raise Refused("the desk is for people who have signed in")
        account = find(connection, actor.account_id)
        if not account.active:
            raise Refused("this account is disabled")
    return Turn(connection, desk, actor, account, rows.policy_of(connection))


def is_current(disclosure: Disclosure, policy: Policy, today: date) -> bool:
    """Whether it is young enough. It always covers the 36 months before its date (ICMJE)."""
    return 0 <= (today - date.fromisoformat(disclosure.dated_on)).days <= policy.disclosure_valid_days


def in_person(turn: Turn) -> Account:
    """Raises Refused for anybody but a person who has signed in: no key signs, publishes or retracts."""
    if turn.actor.means is not Means.PASSWORD or turn.account is None:
        raise Refused("only a person who has signed in does this")
    return turn.account


def public_line(what: str, text: str, limit: int = MAX_NOTE_CHARACTERS, *, needed: bool = True) -> str:
    """A line that the public will read. Raises Refused when it is empty, too long, or carries a sign of a patient."""
    text = " ".join(check_text(what, text).split())
    reasons = [str(f) for f in find_identifiers(text, what)]
    if needed and not text:
        reasons.append(f"{what}: say it in words")
    if len(text) > limit:
        reasons.append(f"{what}: at most {limit:,} characters")
    if reasons:
        raise Refused(*reasons)
    return text


def check_public(article: Article, variants: Sequence[Article], private: Sequence[str] = ()) -> None:
    """Raises Refused naming every sign of a patient, by kind and place."""
    public_line("title", article.title, MAX_TITLE_CHARACTERS)
    found = [f for a in (article, *variants) for f in find_in_article(a, private)]
    if found:
        raise Refused(*dict.fromkeys(str(f) for f in found))
