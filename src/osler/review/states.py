"""The states of an article as a table: who may do what in which state, and where it leads. What is not in it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from osler.domain.account import Role
from osler.domain.article import ReviewState


class Action(StrEnum):
    SUBMIT = "submit"
    ASSIGN = "assign"
    EDIT = "edit"
    REQUEST_CHANGES = "request_changes"
    REJECT = "reject"
    SIGN = "sign"
    CLEAR = "clear"
    UNSIGN = "unsign"
    PUBLISH = "publish"
    FALL_DUE = "fall_due"
    EXPIRE = "expire"
    FLAG = "flag"
    REOPEN = "reopen"
    REAFFIRM = "reaffirm"
    CORRECT = "correct"
    RETRACT = "retract"
    SUPERSEDE = "supersede"


@dataclass(frozen=True, slots=True)
class Arc:
    """One permitted step. `roles`: any of them; an author only in an article of their own. No roles: the clock, or what follows
    from another step, and nobody by hand. `clock`: the clock may too."""

    state: ReviewState
    action: Action
    roles: tuple[Role, ...]
    to: ReviewState
    clock: bool = False


_S, _A = ReviewState, Action
_AUTHOR, _WRITERS, _EDITOR = (Role.AUTHOR,), (Role.AUTHOR, Role.EDITOR), (Role.EDITOR,)
_REVIEWER, _JUDGES = (Role.REVIEWER,), (Role.REVIEWER, Role.EDITOR)

LIVE = (_S.PUBLISHED, _S.REAFFIRMED, _S.CORRECTED)
"""Readers see the newest accepted text, and nothing speaks against it."""
PUBLIC = (*LIVE, _S.REVIEW_DUE, _S.EXPIRED, _S.FLAGGED, _S.RE_REVIEW, _S.RETRACTED, _S.SUPERSEDED)
"""States in which an article has a public address."""
SIGNED = (_S.UNDER_REVIEW, _S.APPROVED, _S.RE_REVIEW)
"""States in which approvals are given."""
PENDING = (_S.DRAFT, _S.SUBMITTED, _S.UNDER_REVIEW, _S.CHANGES_REQUESTED, _S.APPROVED, _S.REJECTED)
"""Never published."""

ARCS: tuple[Arc, ...] = (
    Arc(_S.DRAFT, _A.EDIT, _WRITERS, _S.DRAFT),
    Arc(_S.DRAFT, _A.SUBMIT, _AUTHOR, _S.SUBMITTED),
    Arc(_S.SUBMITTED, _A.EDIT, _WRITERS, _S.SUBMITTED),
    Arc(_S.SUBMITTED, _A.ASSIGN, _EDITOR, _S.UNDER_REVIEW),
    Arc(_S.UNDER_REVIEW, _A.ASSIGN, _EDITOR, _S.UNDER_REVIEW),
    Arc(_S.UNDER_REVIEW, _A.EDIT, _WRITERS, _S.UNDER_REVIEW),
    Arc(_S.UNDER_REVIEW, _A.SIGN, _REVIEWER, _S.UNDER_REVIEW),
    Arc(_S.UNDER_REVIEW, _A.UNSIGN, _REVIEWER, _S.UNDER_REVIEW),
    Arc(_S.UNDER_REVIEW, _A.REQUEST_CHANGES, _JUDGES, _S.CHANGES_REQUESTED),
    Arc(_S.UNDER_REVIEW, _A.REJECT, _JUDGES, _S.REJECTED),
    Arc(_S.UNDER_REVIEW, _A.CLEAR, (), _S.APPROVED),
    Arc(_S.CHANGES_REQUESTED, _A.EDIT, _WRITERS, _S.CHANGES_REQUESTED),
    Arc(_S.CHANGES_REQUESTED, _A.SUBMIT, _AUTHOR, _S.SUBMITTED),
    # Approved: one more signature is welcome; an edit or a signature taken back leads back to review.
    Arc(_S.APPROVED, _A.SIGN, _REVIEWER, _S.APPROVED),
    Arc(_S.APPROVED, _A.EDIT, _WRITERS, _S.UNDER_REVIEW),
    Arc(_S.APPROVED, _A.UNSIGN, _REVIEWER, _S.UNDER_REVIEW),
    Arc(_S.APPROVED, _A.PUBLISH, _EDITOR, _S.PUBLISHED),
    *(Arc(s, _A.FALL_DUE, (), _S.REVIEW_DUE, clock=True) for s in LIVE),
    *(Arc(s, _A.SUPERSEDE, _EDITOR, _S.SUPERSEDED) for s in (*LIVE, _S.REVIEW_DUE, _S.EXPIRED)),
    *(Arc(s, _A.FLAG, _JUDGES, _S.FLAGGED, clock=True) for s in (*LIVE, _S.REVIEW_DUE, _S.EXPIRED, _S.FLAGGED)),
    Arc(_S.REVIEW_DUE, _A.EXPIRE, (), _S.EXPIRED, clock=True),
    *(Arc(s, _A.REOPEN, _EDITOR, _S.RE_REVIEW) for s in (_S.REVIEW_DUE, _S.EXPIRED, _S.FLAGGED)),
    Arc(_S.RE_REVIEW, _A.ASSIGN, _EDITOR, _S.RE_REVIEW),
    Arc(_S.RE_REVIEW, _A.EDIT, _WRITERS, _S.RE_REVIEW),
    Arc(_S.RE_REVIEW, _A.SIGN, _REVIEWER, _S.RE_REVIEW),
    Arc(_S.RE_REVIEW, _A.UNSIGN, _REVIEWER, _S.RE_REVIEW),
    Arc(_S.RE_REVIEW, _A.REAFFIRM, _EDITOR, _S.REAFFIRMED),
    Arc(_S.RE_REVIEW, _A.CORRECT, _EDITOR, _S.CORRECTED),
    Arc(_S.RE_REVIEW, _A.RETRACT, _EDITOR, _S.RETRACTED),
)
_BY_STEP = {(a.state, a.action): a for a in ARCS}


def arc(state: ReviewState, action: Action) -> Arc | None:
    """The one step that this action is in this state; None when there is none."""
    return _BY_STEP.get((state, action))


def refusal(state: ReviewState, action: Action, roles: tuple[Role, ...], *, own: bool, clock: bool = False) -> str | None:
    """Why somebody with these roles may not; None when they may. `own`: it is an article of their own."""
    found = arc(state, action)
    words = action.value.replace("_", " ")
    if found is None:
        return f"{words}: not possible while it is {state.value.replace('_', ' ')}"
    if clock:
        return None if found.clock else f"{words}: only a person does this"
    if any(r in roles and (own or r is not Role.AUTHOR) for r in found.roles):
        return None
    if not found.roles:
        return f"{words}: nobody does this by hand"
    who = " or ".join("its own author" if r is Role.AUTHOR else r.value for r in found.roles)
    return f"{words}: only for {who}"
