"""The desk against a slow obvious model of it: every action at every moment is allowed by both or refused by both."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from desks import TITLE, Hands, article, no_faults, people_of, staffed_desk
from osler.accounts import people as accounts
from osler.domain.account import OPERATOR
from osler.domain.article import ReviewState
from osler.domain.review import Outcome, Policy
from osler.errors import Refused
from osler.language.lexicon import default_lexicon
from osler.review import check, flagging, history, public, release, threads
from osler.review import desk as at_desk
from osler.review.steps import Retitle

S = ReviewState
REVIEWERS = ("rea", "rob", "ria")
LIVE = (S.PUBLISHED, S.REAFFIRMED, S.CORRECTED)
PUBLIC = (*LIVE, S.REVIEW_DUE, S.EXPIRED, S.FLAGGED, S.RE_REVIEW, S.RETRACTED)
reviewer = st.sampled_from(REVIEWERS)


class Desk(RuleBasedStateMachine):
    """One article. What the model knows is written out by hand, in plain fields, and never read from the desk."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp())
        self.clock = Hands()
        self.desk = staffed_desk(self.home, self.clock)
        self.people = people_of(self.desk)
        self.lexicon = default_lexicon()
        case = at_desk.submit(self.desk, self.people["ann"], article(), (), TITLE, no_faults)
        self.id, self.hash = case.id, case.content_hash
        self.hashes = {1: case.content_hash}
        self.state, self.version, self.shown = S.SUBMITTED, 1, 0
        self.assigned: set[str] = set()
        self.gone: set[str] = set()
        self.signed: set[str] = set()
        self.declared = dict.fromkeys(REVIEWERS, 0)
        self.disabled: set[str] = set()
        self.open: dict[int, str] = {}
        self.threads = 0
        self.day, self.due = 0, 0
        self.released: dict[int, set[str]] = {}

    def teardown(self) -> None:
        assert check.faults_of(self.desk) == ()
        assert self.desk.verify_audit() == ()
        self.desk.close()
        shutil.rmtree(self.home)

    def do(self, allowed: bool, act: Callable[[], object]) -> bool:
        reasons: tuple[str, ...] = ()
        try:
            act()
        except Refused as error:
            reasons = error.reasons
        assert bool(reasons) is not allowed, reasons
        return allowed

    def good(self, who: str) -> bool:
        return who in self.assigned and who not in self.gone and who not in self.disabled and self.day - self.declared[who] <= 365

    def counting(self) -> set[str]:
        return {r for r in self.signed if self.good(r)}

    def cleared(self) -> bool:
        return len(self.counting()) >= Policy().quorum and not self.open

    @initialize(far=st.integers(0, 3))
    def begin(self, far: int) -> None:
        """At the start, signed by two, published, or flagged and under review again."""
        if far:
            self.forward(2, far > 1)
        if far == 3:
            self.flag()
            self.reopen()

    @rule(who=reviewer)
    def assign(self, who: str) -> None:
        allowed = self.state in (S.SUBMITTED, S.UNDER_REVIEW, S.RE_REVIEW) and who not in self.assigned and who not in self.disabled
        if self.do(allowed, lambda: at_desk.assign(self.desk, self.people["ed"], self.id, who)):
            self.assigned.add(who)
            self.state = S.UNDER_REVIEW if self.state is S.SUBMITTED else self.state

    @rule(signing=st.integers(1, 3), out=st.booleans())
    def forward(self, signing: int, out: bool) -> None:
        """A good stretch of the way, step by step: by chance alone hardly any run would come to publication."""
        for who in sorted(self.disabled):
            self.disable_or_enable(who, 0)
        for number in sorted(self.open):
            threads.close_thread(self.desk, self.people["ed"], number, Outcome.CHANGED)
            del self.open[number]
        self.submit_again()
        for who in REVIEWERS:
            self.assign(who)
            self.declare(who)
        for who in REVIEWERS[:signing]:
            self.approve(who, False)
        if out:
            self.publish(False)
            self.reaffirm()
            self.correct()

    @rule(who=reviewer, really=st.integers(0, 5))
    def step_back(self, who: str, really: int) -> None:
        if really:  # for good, so seldom
            return
        allowed = who in self.assigned and who not in self.gone and who not in self.disabled
        if self.state not in (S.UNDER_REVIEW, S.APPROVED, S.RE_REVIEW) and who in self.signed:
            return
        if self.do(allowed, lambda: at_desk.recuse(self.desk, self.people[who], self.id)):
            self.gone.add(who)
            self.unsigned(who)

    def unsigned(self, who: str) -> None:
        if who in self.signed:
            self.signed.discard(who)
            self.state = S.UNDER_REVIEW if self.state is S.APPROVED else self.state

    @rule(who=reviewer, stale=st.booleans())
    def approve(self, who: str, stale: bool) -> None:
        seen = self.hashes[1] if stale else self.hash
        allowed = (
            self.state in (S.UNDER_REVIEW, S.APPROVED, S.RE_REVIEW) and self.good(who) and not self.open
            and who not in self.signed and seen == self.hash
        )  # fmt: skip
        if self.do(allowed, lambda: at_desk.approve(self.desk, self.people[who], self.id, seen)):
            self.signed.add(who)
            if self.state is S.UNDER_REVIEW and self.cleared():
                self.state = S.APPROVED

    @rule(who=reviewer)
    def unsign(self, who: str) -> None:
        allowed = self.state in (S.UNDER_REVIEW, S.APPROVED, S.RE_REVIEW) and who in self.signed and who not in self.disabled
        if self.do(allowed, lambda: at_desk.unsign(self.desk, self.people[who], self.id)):
            self.unsigned(who)

    @rule()
    def edit(self) -> None:
        allowed = self.state in (S.SUBMITTED, S.UNDER_REVIEW, S.CHANGES_REQUESTED, S.APPROVED, S.RE_REVIEW)
        step = Retitle(f"Version {self.version + 1}")
        if self.do(allowed, lambda: at_desk.edit(self.desk, self.people["ann"], self.id, self.hash, [step], self.lexicon)):
            self.version += 1
            self.signed.clear()
            self.state = S.UNDER_REVIEW if self.state is S.APPROVED else self.state
            self.hash = history.case_file(self.desk, self.people["ed"], self.id).case.content_hash
            assert self.hash not in self.hashes.values()
            self.hashes[self.version] = self.hash

    @rule(who=reviewer)
    def comment(self, who: str) -> None:
        allowed = (
            self.state is not S.RETRACTED and self.state is not S.REJECTED and who in self.assigned - self.gone - self.disabled
        )
        if self.do(allowed, lambda: threads.open_thread(self.desk, self.people[who], self.id, "Why?", "c1")):
            self.threads += 1
            self.open[self.threads] = who

    @rule(who=st.sampled_from((*REVIEWERS, "ann", "ed")), data=st.data())
    def close(self, who: str, data: st.DataObject) -> None:
        if self.open:
            number = data.draw(st.sampled_from(sorted(self.open)))
            allowed = who not in self.disabled and who in (self.open[number], "ed")
            if self.do(allowed, lambda: threads.close_thread(self.desk, self.people[who], number, Outcome.ANSWERED)):
                del self.open[number]

    @rule()
    def ask_for_changes(self) -> None:
        allowed = self.state is S.UNDER_REVIEW and bool(self.open)
        if self.do(allowed, lambda: at_desk.request_changes(self.desk, self.people["ed"], self.id, self.hash)):
            self.state = S.CHANGES_REQUESTED
            self.signed.clear()

    @rule()
    def submit_again(self) -> None:
        if self.do(
            self.state is S.CHANGES_REQUESTED, lambda: at_desk.submit_draft(self.desk, self.people["ann"], self.id, self.hash)
        ):
            self.state = S.SUBMITTED

    @rule(stale=st.booleans())
    def publish(self, stale: bool) -> None:
        seen = self.hashes[1] if stale else self.hash
        allowed = self.state is S.APPROVED and self.cleared() and seen == self.hash
        if self.do(allowed, lambda: release.publish(self.desk, self.people["ed"], self.id, seen)):
            self.show(S.PUBLISHED)

    def show(self, state: ReviewState) -> None:
        self.state, self.shown, self.due = state, self.version, self.day + 365
        self.released[self.version] = self.counting()

    @rule()
    def flag(self) -> None:
        allowed = self.state in (*LIVE, S.REVIEW_DUE, S.EXPIRED, S.FLAGGED)
        if self.do(allowed, lambda: flagging.flag(self.desk, self.people["ed"], self.id, "A reader reported it.")):
            self.state = S.FLAGGED

    @rule()
    def reopen(self) -> None:
        allowed = self.state in (S.REVIEW_DUE, S.EXPIRED, S.FLAGGED)
        if self.do(allowed, lambda: release.reopen(self.desk, self.people["ed"], self.id)):
            self.state = S.RE_REVIEW
            self.signed.clear()

    @rule()
    def reaffirm(self) -> None:
        allowed = self.state is S.RE_REVIEW and self.version == self.shown and self.cleared()
        if self.do(allowed, lambda: release.reaffirm(self.desk, self.people["ed"], self.id, self.hash)):
            self.show(S.REAFFIRMED)

    @rule()
    def correct(self) -> None:
        allowed = self.state is S.RE_REVIEW and self.version != self.shown and self.cleared()
        if self.do(allowed, lambda: release.correct(self.desk, self.people["ed"], self.id, self.hash, "It was wrong.")):
            self.show(S.CORRECTED)

    @rule(really=st.integers(0, 5))
    def retract(self, really: int) -> None:
        if really:  # the end of everything, so seldom
            return
        allowed = self.state in PUBLIC and self.state is not S.RETRACTED
        if self.do(allowed, lambda: release.retract(self.desk, self.people["ed"], self.id, "It was wrong.")):
            self.state = S.RETRACTED
            self.signed.clear()

    @rule(days=st.sampled_from((1, 100, 400)))
    def time_passes(self, days: int) -> None:
        self.clock.pass_days(days)
        self.day += days
        flagging.keep_time(self.desk)
        if self.state in (*LIVE, S.REVIEW_DUE):
            self.state = S.EXPIRED if self.day >= self.due + 90 else S.REVIEW_DUE if self.day >= self.due else self.state

    @rule(who=reviewer)
    def declare(self, who: str) -> None:
        if self.do(who not in self.disabled, lambda: accounts.disclose(self.desk, self.people[who], "")):
            self.declared[who] = self.day

    @rule(who=reviewer, really=st.integers(0, 2))
    def disable_or_enable(self, who: str, really: int) -> None:
        if really:
            return
        accounts.set_active(self.desk, OPERATOR, who, who in self.disabled)
        self.disabled ^= {who}

    @invariant()
    def agree(self) -> None:
        event(self.state.value)
        held = history.case_file(self.desk, self.people["ed"], self.id)
        assert (held.case.state, held.case.version, held.case.content_hash) == (self.state, self.version, self.hash)
        if held.case.state in (S.UNDER_REVIEW, S.APPROVED, S.RE_REVIEW):
            assert {a.reviewer for a in held.counting} == {self.people[r].account_id for r in self.counting()}
        page = public.published(self.desk, held.case.slug) if held.case.slug else None
        assert (page is not None) == (self.state in PUBLIC)
        if page is not None and page.article is not None:
            assert page.article.review.content_hash == self.hashes[self.shown]
            assert len(page.article.review.reviewers) >= Policy().quorum
            assert {r.name for r in page.article.review.reviewers} == {r.title() for r in self.released[self.shown]}


TestDesk = Desk.TestCase
TestDesk.settings = settings(max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck))
