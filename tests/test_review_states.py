"""The table of states: exactly the steps that are drawn, and a refusal with its reason for each of all others."""

from __future__ import annotations

from itertools import product

import pytest

from osler.domain.account import Role
from osler.domain.article import ReviewState
from osler.review.states import ARCS, LIVE, PENDING, PUBLIC, Action, arc, refusal

S, A = ReviewState, Action
DRAWN = {
    "draft": "edit>draft submit>submitted",
    "submitted": "edit>submitted assign>under_review",
    "under_review": "assign>under_review edit>under_review sign>under_review unsign>under_review request_changes>changes_requested "
    "reject>rejected clear>approved",
    "changes_requested": "edit>changes_requested submit>submitted",
    "rejected": "",
    "approved": "sign>approved edit>under_review unsign>under_review publish>published",
    "published": "fall_due>review_due supersede>superseded flag>flagged",
    "reaffirmed": "fall_due>review_due supersede>superseded flag>flagged",
    "corrected": "fall_due>review_due supersede>superseded flag>flagged",
    "review_due": "supersede>superseded flag>flagged expire>expired reopen>re_review",
    "expired": "supersede>superseded flag>flagged reopen>re_review",
    "flagged": "flag>flagged reopen>re_review",
    "re_review": "assign>re_review edit>re_review sign>re_review unsign>re_review reaffirm>reaffirmed correct>corrected retract>retracted",
    "retracted": "",
    "superseded": "",
}


def test_the_table_is_what_is_drawn_and_nothing_else() -> None:
    assert set(DRAWN) == {s.value for s in S}
    drawn = {(S(state), A(step.split(">")[0])): S(step.split(">")[1]) for state, steps in DRAWN.items() for step in steps.split()}
    assert {(a.state, a.action): a.to for a in ARCS} == drawn
    assert len(ARCS) == len(drawn)


@pytest.mark.parametrize(("state", "action"), [(s, a) for s, a in product(S, A) if arc(s, a) is None])
def test_every_other_step_is_refused_for_everybody(state: ReviewState, action: Action) -> None:
    for own, clock in product((True, False), repeat=2):
        why = refusal(state, action, tuple(Role), own=own, clock=clock)
        assert why is not None
        assert state.value.replace("_", " ") in why


@pytest.mark.parametrize("step", ARCS, ids=lambda a: f"{a.state.value}-{a.action.value}")
def test_every_step_is_for_its_roles_alone(step: object) -> None:
    assert hasattr(step, "roles")
    for role in Role:
        allowed = refusal(step.state, step.action, (role,), own=False) is None  # type: ignore[attr-defined]
        assert allowed == (role in step.roles and role is not Role.AUTHOR)
    assert refusal(step.state, step.action, (Role.AUTHOR,), own=True) is None or Role.AUTHOR not in step.roles  # type: ignore[attr-defined]
    assert (refusal(step.state, step.action, (), own=True, clock=True) is None) == step.clock  # type: ignore[attr-defined]
    assert refusal(step.state, step.action, (), own=True) is not None  # type: ignore[attr-defined]


def test_an_admin_moves_no_article() -> None:
    assert not [a for a in ARCS if Role.ADMIN in a.roles]


def test_there_is_one_way_to_readers_and_it_goes_through_approval() -> None:
    into_public = {(a.state, a.action) for a in ARCS if a.to in PUBLIC and a.state in PENDING}
    assert into_public == {(S.APPROVED, A.PUBLISH)}
    assert {a.state for a in ARCS if a.to is S.APPROVED and a.action is not A.SIGN} == {S.UNDER_REVIEW}
    assert not [a for a in ARCS if a.state in PUBLIC and a.to in PENDING]
    assert set(PENDING) | set(PUBLIC) == set(S)
    assert not set(PENDING) & set(PUBLIC)
    assert set(LIVE) < set(PUBLIC)
