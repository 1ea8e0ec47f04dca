"""The desk as its people see it: who can do what with a case now, asked of the table of states; comments at their sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from osler.accounts.people import every, latest_disclosure, list_accounts
from osler.domain.account import CLOCK, OPERATOR, Account, Role
from osler.domain.article import Article, ReviewState
from osler.domain.review import Case, Outcome, Thread
from osler.review import rows
from osler.review.history import File
from osler.review.states import SIGNED, Action, refusal
from osler.review.store import Desk
from osler.review.turn import Turn, looking
from osler.web.layout import line_view
from osler.web.roles import Signed
from osler.web.view import Line

GROUPS = (
    ("Waiting for reviewers", (ReviewState.SUBMITTED,)),
    ("Under review", (ReviewState.UNDER_REVIEW, ReviewState.RE_REVIEW)),
    ("Approved, to be published", (ReviewState.APPROVED,)),
    ("Something speaks against them", (ReviewState.FLAGGED,)),
    ("Review due", (ReviewState.REVIEW_DUE, ReviewState.EXPIRED)),
    ("Changes requested", (ReviewState.CHANGES_REQUESTED,)),
    ("Drafts", (ReviewState.DRAFT,)),
    ("Published", (ReviewState.PUBLISHED, ReviewState.REAFFIRMED, ReviewState.CORRECTED)),
    ("Closed", (ReviewState.REJECTED, ReviewState.RETRACTED, ReviewState.SUPERSEDED)),
)
"""The queue, in the order in which somebody has to act."""
OUTCOME = {
    Outcome.OPEN: "Open",
    Outcome.CHANGED: "Closed: the text was changed",
    Outcome.ANSWERED: "Closed: answered",
    Outcome.DECLINED: "Closed: declined",
}


@dataclass(frozen=True, slots=True)
class Item:
    """A case in the queue. todo: what this person has to do there, "" for nothing."""

    case: Case
    state: ReviewState
    author: str
    todo: str


def names_of(desk: Desk) -> Mapping[str, str]:
    """Name of every account by its id, and of who is nobody."""
    known = {OPERATOR.account_id: "the operator", CLOCK.account_id: "the library watch"}
    return known | {a.id: a.name for a in list_accounts(desk)}


def queue(desk: Desk, signed: Signed, cases: Iterable[Case]) -> list[tuple[str, list[Item]]]:
    """The cases of this person by state; groups without any are left out."""
    names, today = names_of(desk), desk.now().date()
    with looking(desk, signed.actor) as turn:
        found = [
            Item(c, rows.state_on(c, today), names[c.author], _todo(c, signed.account, _unsigned(turn, c, signed.account)))
            for c in cases
        ]
    return [(heading, held) for heading, states in GROUPS if (held := [i for i in found if i.state in states])]


def _unsigned(turn: Turn, case: Case, account: Account) -> bool:
    """Whether this person is to review the text and has not signed it."""
    if case.state not in SIGNED or case.erased:
        return False
    assigned = any(a.reviewer == account.id and a.recused_at is None for a in rows.assignments_of(turn.connection, case.id))
    held = rows.approvals_of(turn.connection, case.id)
    return assigned and not any(
        a.reviewer == account.id and a.content_hash == case.content_hash and a.round == case.round and a.revoked_at is None
        for a in held
    )


def _todo(case: Case, account: Account, to_sign: bool) -> str:
    if to_sign:
        return "for you to review"
    if case.state is ReviewState.CHANGES_REQUESTED and case.author == account.id:
        return "for you to change"
    if case.state is ReviewState.SUBMITTED and account.may(Role.EDITOR):
        return "for you to assign"
    if case.state is ReviewState.APPROVED and account.may(Role.EDITOR):
        return "for you to publish"
    return ""


def candidates(desk: Desk, file: File) -> tuple[tuple[Account, str], ...]:
    """Who may still be assigned, by name, each with what they declared: the editor sees who should not be asked."""
    known = {a.reviewer for a in file.assignments} | {file.case.author, *(v.by for v in file.versions)}
    with desk.reading() as connection:
        found = [(a, latest_disclosure(connection, a.id)) for a in every(connection) if a.may(Role.REVIEWER) and a.id not in known]
    words = [(a, "interests not declared" if d is None else f"interests: {d.interests or 'none'}") for a, d in found]
    return tuple(sorted(words, key=lambda w: (w[0].name, w[0].id)))


def offered(case: Case, account: Account) -> frozenset[str]:
    """Names of the actions that the table of states gives this person now. What it cannot know (a quorum, a declaration, an
    open comment) is asked when the action is done."""
    if case.erased:
        return frozenset()
    own = account.id == case.author
    found = {a.value for a in Action if refusal(case.state, a, account.roles, own=own) is None}
    # A retraction does not wait for the steps before it: `release.retract` takes them itself.
    if Role.EDITOR in account.roles and case.published_version is not None and case.state not in _ENDED:
        found.add(Action.RETRACT.value)
    return frozenset(found)


_ENDED = (ReviewState.RETRACTED, ReviewState.SUPERSEDED)


def objections(desk: Desk, signed: Signed, case: Case) -> tuple[str, ...]:
    """Why this person's signature would not count now."""
    with looking(desk, signed.actor) as turn:
        found = turn.objections(case, signed.account)
        waiting = rows.open_threads(turn.connection, case.id)
    return (*found, *([f"{waiting} open comment thread(s)"] if waiting else []))


def sections(article: Article) -> tuple[tuple[str, tuple[Line, ...]], ...]:
    """Every sentence once, under its heading: whoever signs has read the rows of the tables too."""
    shown: set[str] = set()
    found = []
    parts = [
        ("Bottom line", article.bottom_line),
        *((s.heading, s.claims) for s in article.sections),
        ("Others", [c.id for c in article.claims]),
    ]
    for heading, ids in parts:
        fresh = [i for i in dict.fromkeys(ids) if i not in shown]
        shown.update(fresh)
        if fresh:
            found.append((heading, tuple(line_view(article, article.claim(i)) for i in fresh)))
    return tuple(found)


def threads_by_claim(file: File, claims: Iterable[str]) -> Mapping[str, tuple[Thread, ...]]:
    """Comments at each sentence of the newest text; under "" those on the whole, and those whose sentence is gone."""
    held = set(claims)
    found: dict[str, tuple[Thread, ...]] = dict.fromkeys((*held, ""), ())
    for thread in file.threads:
        at = thread.claim_id if thread.claim_id in held else ""
        found[at or ""] = (*found.get(at or "", ()), thread)
    return found
