"""The cases of the desk as its people see them: lists, one case whole, its versions and what changed between them claim by claim."""

from __future__ import annotations

from dataclasses import dataclass, replace

from osler.accounts.people import find
from osler.casebook.diff import Difference, compare
from osler.domain.account import Actor, Role
from osler.domain.article import Article, ReviewState
from osler.domain.review import Approval, Assignment, Case, Content, Thread, Version
from osler.errors import Refused
from osler.review import rows
from osler.review.public import accepted, review_of, signed_form
from osler.review.store import Desk
from osler.review.turn import Turn, looking


@dataclass(frozen=True, slots=True)
class File:
    """All that the desk holds of one case but its texts."""

    case: Case
    versions: tuple[Version, ...]
    assignments: tuple[Assignment, ...]
    approvals: tuple[Approval, ...]
    counting: tuple[Approval, ...]
    threads: tuple[Thread, ...]
    quorum: int


def cases(desk: Desk, actor: Actor) -> tuple[Case, ...]:
    """Cases that this person may see, the last changed first: their own, those they review, and all for editors and admins."""
    with looking(desk, actor) as turn:
        found = [c for c in rows.cases_in(turn.connection, tuple(ReviewState)) if _may_see(turn, c)]
    return tuple(sorted(found, key=lambda c: (c.updated_at, int(c.id[1:])), reverse=True))


def case_file(desk: Desk, actor: Actor, case_id: str) -> File:
    """Raises Refused for somebody who has no part in it."""
    with looking(desk, actor) as turn:
        case = _seen_case(turn, case_id)
        c = turn.connection
        return File(
            case, rows.versions_of(c, case.id), rows.assignments_of(c, case.id), rows.approvals_of(c, case.id), turn.standing(case),
            rows.threads_of(c, case.id), turn.policy.quorum,
        )  # fmt: skip


def content(desk: Desk, actor: Actor, case_id: str, number: int | None = None) -> Content:
    """One text, the newest unless a number is given. Raises Refused."""
    with looking(desk, actor) as turn:
        case = _seen_case(turn, case_id)
        return rows.content_of(turn.connection, case.id, case.version if number is None else number)


def preview(desk: Desk, actor: Actor, case_id: str) -> Article:
    """The newest text as its page would show it now; signed only once it is approved or public. Raises Refused."""
    with looking(desk, actor) as turn:
        case = _seen_case(turn, case_id)
        found = rows.content_of(turn.connection, case.id, case.version)
        signed = turn.standing(case) if case.state is ReviewState.APPROVED else ()
        if case.version == case.published_version:
            signed = accepted(turn.connection, case)
        review = review_of(turn.connection, desk, case, case.version, found, signed)
        if review.reviewers:  # what is signed must not go on saying that nobody has reviewed it
            return signed_form(found.article, review, find(turn.connection, case.author))
        return replace(found.article, review=review)


def changes(desk: Desk, actor: Actor, case_id: str, before: int, after: int) -> Difference:
    """What differs between two texts of a case, claim by claim. Raises Refused."""
    return compare(content(desk, actor, case_id, before).article, content(desk, actor, case_id, after).article)


def _seen_case(turn: Turn, case_id: str) -> Case:
    case = turn.case(case_id)
    if not _may_see(turn, case):
        raise Refused(f"there is no case {case_id!r}")  # nobody learns what others are working on
    return case


def _may_see(turn: Turn, case: Case) -> bool:
    account = turn.account
    if account is None:
        return False
    if account.may(Role.EDITOR, Role.ADMIN) or account.id == case.author:
        return True
    return any(a.reviewer == account.id and a.recused_at is None for a in rows.assignments_of(turn.connection, case.id))
