"""The desk: who signs what, what a signature binds, what an edit undoes, and every reason for which something is refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from desks import (
    FIRST,
    SECOND,
    TITLE,
    Hands,
    approved,
    article,
    no_faults,
    patient_variant,
    people_of,
    published,
    staffed_desk,
    submitted,
    under_review,
)
from osler.accounts import people as accounts
from osler.article.render import to_text
from osler.domain.account import CLOCK, OPERATOR, Actor, Means, Role
from osler.domain.article import ReviewState
from osler.domain.question import Audience
from osler.domain.review import Approval, Cleared, Outcome, Policy
from osler.domain.verification import Verdict
from osler.errors import Conflict, LibraryDamaged, Refused
from osler.language.lexicon import Lexicon
from osler.review import check, erase, history, release, threads
from osler.review import desk as at_desk
from osler.review.forgetting import forget
from osler.review.steps import Remove, Retitle, Reword
from osler.review.store import Desk

S = ReviewState
People = dict[str, Actor]


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def desk(tmp_path: Path, clock: Hands) -> Iterator[Desk]:
    """After every test the desk agrees with its audit."""
    made = staffed_desk(tmp_path, clock)
    yield made
    assert check.faults_of(made) == ()
    assert made.verify_audit() == ()


@pytest.fixture
def people(desk: Desk) -> People:
    return people_of(desk)


def test_from_submission_to_publication(desk: Desk, people: People) -> None:
    case = submitted(desk, people)
    assert (case.state, case.title, case.version, case.slug) == (S.SUBMITTED, TITLE, 1, None)
    case = at_desk.assign(desk, people["ed"], case.id, "rea")
    assert case.state is S.UNDER_REVIEW
    case = at_desk.assign(desk, people["ed"], case.id, "rob")
    case = at_desk.approve(desk, people["rea"], case.id, case.content_hash)
    assert case.state is S.UNDER_REVIEW
    case = at_desk.approve(desk, people["rob"], case.id, case.content_hash[:12])
    assert case.state is S.APPROVED
    case = release.publish(desk, people["ed"], case.id, case.content_hash)
    assert (case.state, case.slug, case.published_version, case.due_on, case.expires_on) == (
        S.PUBLISHED, "quizol-for-night-cramps-on-hemodialysis", 1, "2027-03-02", "2027-05-31",
    )  # fmt: skip


def _disclosed_long_ago(desk: Desk, people: People, clock: Hands) -> None:
    clock.pass_days(366)
    for other in ("rob", "ria"):
        accounts.disclose(desk, people[other], "")


OBJECTIONS: dict[str, tuple[Callable[[Desk, People, Hands, str], Actor | None], str]] = {
    "no role": (lambda d, p, c, i: (accounts.set_roles(d, OPERATOR, "rea", (Role.ADMIN,)), None)[1], "only for reviewer"),
    "author of it": (lambda d, p, c, i: (accounts.set_roles(d, OPERATOR, "ann", (Role.AUTHOR, Role.REVIEWER)), p["ann"])[1], "wrote or edited"),
    "disabled": (lambda d, p, c, i: (accounts.set_active(d, OPERATOR, "rea", False), None)[1], "disabled"),
    "not assigned": (lambda d, p, c, i: p["both"], "not assigned"),
    "stepped back": (lambda d, p, c, i: (at_desk.recuse(d, p["rea"], i), None)[1], "stepped back"),
    "declaration too old": (lambda d, p, c, i: _disclosed_long_ago(d, p, c), "a new one is due"),
    "open thread": (lambda d, p, c, i: (threads.open_thread(d, p["rob"], i, "Which dose?"), None)[1], "open comment thread"),
    "by key": (lambda d, p, c, i: Actor(p["rea"].account_id, Means.KEY), "only a person who has signed in"),
    "by the operator": (lambda d, p, c, i: OPERATOR, "signed in"),
    "by the clock": (lambda d, p, c, i: CLOCK, "only a person"),
    "signed already": (lambda d, p, c, i: (at_desk.approve(d, p["rea"], i, _hash(d, p, i)), None)[1], "signed this text already"),
}  # fmt: skip


def _hash(desk: Desk, people: People, case_id: str) -> str:
    return history.case_file(desk, people["ed"], case_id).case.content_hash


@pytest.mark.parametrize("why", OBJECTIONS)
def test_whose_signature_does_not_count(desk: Desk, people: People, clock: Hands, why: str) -> None:
    case = under_review(desk, people)
    prepare, words = OBJECTIONS[why]
    actor = prepare(desk, people, clock, case.id) or people["rea"]
    before = history.case_file(desk, people["ed"], case.id)
    with pytest.raises(Refused, match=words):
        at_desk.approve(desk, actor, case.id, case.content_hash)
    assert history.case_file(desk, people["ed"], case.id) == before


def test_nobody_signs_who_never_declared(desk: Desk, people: People) -> None:
    case = submitted(desk, people)
    new = accounts.add_account(desk, OPERATOR, "new", "New One", (Role.REVIEWER,))
    at_desk.assign(desk, people["ed"], case.id, "new")
    with pytest.raises(Refused, match="has not declared"):
        at_desk.approve(desk, Actor(new.id, Means.PASSWORD), case.id, case.content_hash)


def test_every_reason_is_told_at_once(desk: Desk, people: People, clock: Hands) -> None:
    case = under_review(desk, people)
    threads.open_thread(desk, people["rob"], case.id, "Which dose?")
    clock.pass_days(400)
    with pytest.raises(Refused) as error:
        at_desk.approve(desk, people["both"], case.id, case.content_hash)
    assert len(error.value.reasons) == 3


@pytest.mark.parametrize("reviewer", ["ann", "both", "nobody", "ed"])
def test_who_cannot_be_assigned(desk: Desk, people: People, lexicon: Lexicon, reviewer: str) -> None:
    accounts.set_roles(desk, OPERATOR, "ann", (Role.AUTHOR, Role.REVIEWER))
    case = submitted(desk, people)
    at_desk.edit(desk, people["both"], case.id, case.content_hash, [Remove("c3")], lexicon)
    with pytest.raises(Refused):
        at_desk.assign(desk, people["ed"], case.id, reviewer)


def test_an_assignment_is_made_once_and_stepping_back_is_for_good(desk: Desk, people: People) -> None:
    case = under_review(desk, people)
    for prepare in (lambda: None, lambda: at_desk.recuse(desk, people["rea"], case.id)):
        prepare()
        with pytest.raises(Refused):
            at_desk.assign(desk, people["ed"], case.id, "rea")


# What a signature binds


def test_any_edit_revokes_every_approval(desk: Desk, people: People, lexicon: Lexicon) -> None:
    for step in (Retitle("Quizol for cramps"), Reword("c2", "Of thirty adults, quizol made four drowsy."), Remove("c3")):
        case = approved(desk, people)
        after = at_desk.edit(desk, people["ann"], case.id, case.content_hash, [step], lexicon)
        assert (after.state, after.version) == (S.UNDER_REVIEW, 2)
        assert after.content_hash != case.content_hash
        held = history.case_file(desk, people["ed"], case.id)
        assert held.counting == ()
        assert all(a.revoked_at for a in held.approvals)
        with pytest.raises(Refused):
            release.publish(desk, people["ed"], case.id, after.content_hash)


def test_an_edit_back_to_the_signed_words_brings_no_signature_back(desk: Desk, people: People, lexicon: Lexicon) -> None:
    case = approved(desk, people)
    away = at_desk.edit(desk, people["ann"], case.id, case.content_hash, [Retitle("Another title")], lexicon)
    back = at_desk.edit(desk, people["ann"], case.id, away.content_hash, [Retitle(TITLE)], lexicon)
    assert back.content_hash == case.content_hash
    assert back.state is S.UNDER_REVIEW
    assert history.case_file(desk, people["ed"], case.id).counting == ()


def test_the_hash_binds_text_claims_snapshot_and_variants(desk: Desk, people: People) -> None:
    main = article()
    patient = patient_variant(main)
    cited = replace(main.claims[0].citations[0], population="children")
    different = [
        (main, ()), (article(FIRST, SECOND), ()), (article(snapshot="s2"), ()), (main, (patient,)),
        (main, (replace(patient, gaps=("nothing on children",)),)),
        (replace(main, claims=(replace(main.claims[0], citations=(cited,)), *main.claims[1:])), ()),
        (replace(main, references=(replace(main.references[0], version=2), *main.references[1:])), ()),
        (replace(main, gaps=("one more",)), ()), (replace(main, disposition=main.disposition.ABSTAIN), ()),
    ]  # fmt: skip
    hashes = {at_desk.submit(desk, people["ann"], a, v, TITLE, no_faults).content_hash for a, v in different}
    assert len(hashes) == len(different)


def test_variants_of_another_library_or_of_one_reader_twice_are_refused(desk: Desk, people: People) -> None:
    main = article()
    for variant in (main, replace(article(snapshot="s2"), question=patient_variant(main).question)):
        with pytest.raises(Refused):
            at_desk.submit(desk, people["ann"], main, (variant,), TITLE, no_faults)


def test_whoever_has_read_another_text_moves_nothing(desk: Desk, people: People, lexicon: Lexicon) -> None:
    case = under_review(desk, people)
    old = case.content_hash
    at_desk.edit(desk, people["ann"], case.id, old, [Remove("c3")], lexicon)
    for act in (
        lambda: at_desk.approve(desk, people["rea"], case.id, old), lambda: at_desk.edit(desk, people["ann"], case.id, old, [Remove("c2")], lexicon),
        lambda: at_desk.reject(desk, people["rea"], case.id, old), lambda: at_desk.request_changes(desk, people["rea"], case.id, old),
        lambda: at_desk.revise(desk, people["ann"], case.id, old, article(), (), no_faults),
        lambda: at_desk.approve(desk, people["rea"], case.id, ""), lambda: at_desk.approve(desk, people["rea"], case.id, _hash(desk, people, case.id)[:11]),
    ):  # fmt: skip
        with pytest.raises(Conflict):
            act()
    assert history.case_file(desk, people["ed"], case.id).case.version == 2


@pytest.mark.parametrize("quorum", [1, 2, 3])
def test_the_quorum_is_the_policys(desk: Desk, people: People, quorum: int) -> None:
    at_desk.set_policy(desk, OPERATOR, quorum=quorum)
    case = under_review(desk, people)
    states = [at_desk.approve(desk, people[r], case.id, case.content_hash).state for r in ("rea", "rob", "ria")]
    assert states == [S.UNDER_REVIEW] * (quorum - 1) + [S.APPROVED] * (4 - quorum)


@pytest.mark.parametrize(
    "changes",
    [{"quorum": 0}, {"quorum": -1}, {"quorum": 21}, {"disclosure_valid_days": 0}, {"review_after_days": 9999}, {"unknown": 1}],
)
def test_no_policy_lets_a_text_out_without_a_signature(desk: Desk, people: People, changes: dict[str, int]) -> None:
    with pytest.raises(Refused):
        at_desk.set_policy(desk, OPERATOR, **changes)
    with pytest.raises(Refused):
        at_desk.set_policy(desk, people["ed"], quorum=1)
    assert Policy().quorum == 2


UNDONE: dict[str, Callable[[Desk, People, Hands, str], object]] = {
    "a signer was disabled": lambda d, p, c, i: accounts.set_active(d, OPERATOR, "rob", False),
    "a signer is a reviewer no more": lambda d, p, c, i: accounts.set_roles(d, OPERATOR, "rob", ()),
    "a declaration ran out": lambda d, p, c, i: c.pass_days(366),
    "a thread was opened": lambda d, p, c, i: threads.open_thread(d, p["ria"], i, "Wait: which salt?", "c1"),
    "a signer stepped back": lambda d, p, c, i: at_desk.recuse(d, p["rob"], i),
    "a signature was taken back": lambda d, p, c, i: at_desk.unsign(d, p["rob"], i),
    "the quorum was raised": lambda d, p, c, i: at_desk.set_policy(d, OPERATOR, quorum=3),
}


@pytest.mark.parametrize("what", UNDONE)
def test_between_approval_and_publication_everything_is_looked_at_again(
    desk: Desk, people: People, clock: Hands, what: str
) -> None:
    case = approved(desk, people)
    UNDONE[what](desk, people, clock, case.id)
    with pytest.raises(Refused):
        release.publish(desk, people["ed"], case.id, case.content_hash)
    assert history.case_file(desk, people["ed"], case.id).case.slug is None


def _approval(reviewer: str, digest: str = "h", revoked: str | None = None) -> Approval:
    return Approval(1, reviewer, 1, digest, 1, "2026-03-02", 1, revoked)


@pytest.mark.parametrize(
    ("quorum", "approvals"),
    [(2, ()), (2, (_approval("u1"),)), (2, (_approval("u1"), _approval("u1"))), (2, (_approval("u1"), _approval("u2", "other"))),
     (2, (_approval("u1"), _approval("u2", revoked="2026-03-03"))), (0, (_approval("u1"),)), (0, ())],
)  # fmt: skip
def test_what_release_takes_cannot_be_built_with_less(quorum: int, approvals: tuple[Approval, ...]) -> None:
    with pytest.raises(ValueError, match="approval"):
        Cleared("r1", "h", quorum, approvals)
    assert Cleared("r1", "h", 2, (_approval("u1"), _approval("u2")))


@pytest.mark.parametrize("sql", [
    "UPDATE review_cases SET state = 'approved'", "UPDATE review_cases SET state = 'published', slug = 'x', published_version = 1",
    "INSERT INTO review_approvals SELECT 99, id, 'u5', 1, hash, 1, at, 1, NULL FROM (SELECT case_id AS id, hash, at FROM review_versions)",
    "UPDATE review_versions SET body = x'00'", "UPDATE review_versions SET hash = 'x'", "DELETE FROM review_cases", "UPDATE review_cases SET content_hash = 'x'",
])  # fmt: skip
def test_a_state_or_signature_that_nobody_gave_is_found(tmp_path: Path, sql: str) -> None:
    desk = staffed_desk(tmp_path)
    people = people_of(desk)
    under_review(desk, people)
    raw = sqlite3.connect(desk.path)
    raw.execute(sql)
    raw.commit()
    raw.close()
    assert check.faults_of(desk) != ()


def test_a_text_that_was_exchanged_behind_the_signatures_is_not_published(tmp_path: Path) -> None:
    desk = staffed_desk(tmp_path)
    people = people_of(desk)
    case, other = approved(desk, people), submitted(desk, people, article(FIRST))
    raw = sqlite3.connect(desk.path)
    raw.execute(
        "UPDATE review_versions SET body = (SELECT body FROM review_versions WHERE case_id = ?) WHERE case_id = ?",
        (other.id, case.id),
    )
    raw.commit()
    raw.close()
    with pytest.raises(LibraryDamaged):
        release.publish(desk, people["ed"], case.id, case.content_hash)


# What a person may write


def test_a_wording_that_its_source_contradicts_is_refused(desk: Desk, people: People, lexicon: Lexicon) -> None:
    main = article("Baclofen 5 mg daily was given to adults on hemodialysis. Four of them fell asleep.", SECOND)
    case = submitted(desk, people, main)
    with pytest.raises(Refused, match="its source says otherwise"):
        at_desk.edit(
            desk,
            people["ann"],
            case.id,
            case.content_hash,
            [Reword("c1", "Baclofen 5 mg daily was not given to adults on hemodialysis.")],
            lexicon,
        )
    for text, verdict in (
        ("Baclofen 5 mg daily was given to adults on hemodialysis.", Verdict.SUPPORTED),
        ("Baclofen is pleasant and well known.", Verdict.UNCHECKED),
    ):
        case = at_desk.edit(desk, people["ann"], case.id, case.content_hash, [Reword("c1", text)], lexicon)
        claim = history.content(desk, people["ann"], case.id).article.claim("c1")
        assert (claim.text, claim.verdict) == (text, verdict)
        assert (verdict is Verdict.UNCHECKED) == ("a person's wording, not confirmed by the check" in claim.reasons)


@pytest.mark.parametrize(
    ("text", "word"),
    [("Quizol 50 mg at night is kind to most people.", "50"), ("Baclofen is kind to most people.", "Baclofen"), ("Give it 5.5 times.", "5.5"),
     ("Opioids are kinder.", "Opioids")],
)  # fmt: skip
def test_no_wording_brings_in_a_figure_or_a_drug(desk: Desk, people: People, lexicon: Lexicon, text: str, word: str) -> None:
    case = submitted(desk, people)
    with pytest.raises(Refused, match=f"its source does not say “{word}”"):
        at_desk.edit(desk, people["ann"], case.id, case.content_hash, [Reword("c1", text)], lexicon)


def test_a_wording_that_was_not_confirmed_says_so_on_every_page_until_it_is(desk: Desk, people: People, lexicon: Lexicon) -> None:
    main = article()
    plain = replace(patient_variant(main), claims=tuple(replace(c, plain="In plain words.") for c in main.claims))
    case = at_desk.submit(desk, people["ann"], main, (plain,), TITLE, no_faults)
    case = at_desk.edit(desk, people["ann"], case.id, case.content_hash, [Reword("c1", "It is kind to most people.")], lexicon)
    content = history.content(desk, people["ann"], case.id)
    for one in (content.article, *content.variants):
        assert (one.claim("c1").verdict, one.claim("c1").plain) == (Verdict.UNCHECKED, None)
        assert "It is kind to most people. [1]" in to_text(one)
        assert "to check: a person's wording, not confirmed by the check" in to_text(one).casefold()
    case = at_desk.edit(desk, people["ann"], case.id, case.content_hash, [Reword("c1", FIRST)], lexicon)
    for one in (lambda c: (c.article, *c.variants))(history.content(desk, people["ann"], case.id)):
        assert one.claim("c1").verdict is Verdict.SUPPORTED
        assert "not confirmed" not in to_text(one)


def test_a_claim_that_is_removed_leaves_nothing_dangling_in_any_variant(desk: Desk, people: People, lexicon: Lexicon) -> None:
    main = article()
    case = at_desk.submit(desk, people["ann"], main, (patient_variant(main),), TITLE, no_faults)
    case = at_desk.edit(desk, people["ann"], case.id, case.content_hash, [Remove("c1")], lexicon)
    content = history.content(desk, people["ann"], case.id)
    for one in (content.article, *content.variants):
        assert [c.id for c in one.claims] == ["c2", "c3"]
        assert one.bottom_line == ()
        assert one.dose_table == ()
        assert [r.number for r in one.references] == [1, 2]
        assert {c.reference: c.span.document_id for k in one.claims for c in k.citations} == {
            r.number: r.document_id for r in one.references
        }
        assert {i for s in one.sections for i in s.claims} == {"c2", "c3"}
    with pytest.raises(Refused, match="no claim would be left"):
        at_desk.edit(desk, people["ann"], case.id, case.content_hash, [Remove("c2"), Remove("c3")], lexicon)
    with pytest.raises(Refused, match="no claim c9"):
        at_desk.edit(desk, people["ann"], case.id, case.content_hash, [Remove("c9")], lexicon)
    with pytest.raises(Refused, match="changes nothing"):
        at_desk.edit(desk, people["ann"], case.id, case.content_hash, [Retitle(TITLE)], lexicon)


def test_what_changed_between_versions_is_told_claim_by_claim(desk: Desk, people: People, lexicon: Lexicon) -> None:
    case = submitted(desk, people)
    case = at_desk.edit(
        desk,
        people["ann"],
        case.id,
        case.content_hash,
        [Remove("c3"), Reword("c2", "Quizol made four of the thirty adults drowsy.")],
        lexicon,
    )
    changed = history.changes(desk, people["ann"], case.id, 1, 2)
    assert [(c.change.value, (c.after or c.before).id) for c in changed.claims if c.change.value != "same"] == [
        ("changed", "c2"),
        ("removed", "c3"),
    ]  # type: ignore[union-attr]
    assert [v.steps for v in history.case_file(desk, people["ann"], case.id).versions] == [
        ("first text",),
        ("removed c3", "reworded c2"),
    ]


@pytest.mark.parametrize(
    "title", ["", "   ", "Quizol for Mrs Abernathy", "Seen on 14 March 2024", "x" * 201, "Call 212-555-0143", "\ud800", "a\x00b"]
)
def test_a_title_with_a_patient_in_it_is_not_submitted(desk: Desk, people: People, title: str) -> None:
    with pytest.raises(Refused) as error:
        at_desk.submit(desk, people["ann"], article(), (), title, no_faults)
    assert "Abernathy" not in str(error.value)
    assert history.cases(desk, people["ed"]) == ()


def test_a_draft_may_hold_what_a_submission_may_not(desk: Desk, people: People, lexicon: Lexicon) -> None:
    case = at_desk.draft(desk, people["ann"], article(), (), "Quizol for Mrs Abernathy", no_faults)
    with pytest.raises(Refused, match="name in title"):
        at_desk.submit_draft(desk, people["ann"], case.id, case.content_hash)
    case = at_desk.edit(desk, people["ann"], case.id, case.content_hash, [Retitle(TITLE)], lexicon)
    case = at_desk.submit_draft(desk, people["ann"], case.id, case.content_hash)
    assert case.state is S.SUBMITTED
    with pytest.raises(Refused, match="name in title"):
        at_desk.edit(desk, people["ann"], case.id, case.content_hash, [Retitle("For Mrs Abernathy")], lexicon)


def test_the_askers_words_never_reach_the_desk(desk: Desk, people: People) -> None:
    asked = "Wigglesworthian patient of mine, may she have quizol?"
    at_desk.submit(desk, people["ann"], article(asked=asked), (), TITLE, no_faults)
    assert asked not in str(history.content(desk, people["ann"], "r1"))
    assert b"Wigglesworthian" not in desk.path.read_bytes()


def test_an_article_that_the_library_does_not_bear_out_is_refused(desk: Desk, people: People) -> None:
    for act in (at_desk.submit, at_desk.draft):
        with pytest.raises(Refused, match="claim c1: it is not so"):
            act(desk, people["ann"], article(), (patient_variant(article()),), TITLE, lambda a: ("claim c1: it is not so",))


# Threads


def test_a_thread_is_closed_by_who_opened_it_or_by_an_editor_without_a_hand_in_it(
    desk: Desk, people: People, lexicon: Lexicon
) -> None:
    case = under_review(desk, people)
    thread = threads.open_thread(desk, people["rea"], case.id, "Is 5 mg right?", "c1")
    threads.reply(desk, people["ann"], thread, "It is what the trial gave.")
    for outsider in ("ann", "rob", "ria"):
        with pytest.raises(Refused):
            threads.close_thread(desk, people[outsider], thread, Outcome.ANSWERED)
    at_desk.edit(desk, people["ed"], case.id, case.content_hash, [Remove("c3")], lexicon)
    with pytest.raises(Refused):
        threads.close_thread(desk, people["ed"], thread, Outcome.ANSWERED)
    with pytest.raises(Refused, match="say why"):
        threads.close_thread(desk, people["rea"], thread, Outcome.DECLINED)
    with pytest.raises(Refused):
        threads.close_thread(desk, people["rea"], thread, Outcome.OPEN)
    threads.close_thread(desk, people["rea"], thread, Outcome.DECLINED, "Out of scope.")
    for again in (
        lambda: threads.close_thread(desk, people["rea"], thread, Outcome.CHANGED),
        lambda: threads.reply(desk, people["ann"], thread, "But"),
    ):
        with pytest.raises(Refused):
            again()
    held = history.case_file(desk, people["rea"], case.id).threads[0]
    assert (held.claim_id, held.version, held.outcome) == ("c1", 1, Outcome.DECLINED)
    assert [c.text for c in held.comments] == ["Is 5 mg right?", "It is what the trial gave.", "Out of scope."]


@pytest.mark.parametrize(
    ("who", "claim", "text"),
    [("adam", None, "x"), ("rea", "c9", "x"), ("rea", None, " \n "), ("rea", None, "x" * 4001), ("rea", None, "\ud800")],
)
def test_comments_that_are_refused(desk: Desk, people: People, who: str, claim: str | None, text: str) -> None:
    case = under_review(desk, people)
    with pytest.raises(Refused):
        threads.open_thread(desk, people[who], case.id, text, claim)


def test_changes_are_asked_for_with_a_comment_and_the_author_submits_again(desk: Desk, people: People) -> None:
    case = under_review(desk, people)
    for act in (at_desk.request_changes, at_desk.reject):
        with pytest.raises(Refused, match="say in a comment"):
            act(desk, people["rea"], case.id, case.content_hash)
        accounts.set_roles(desk, OPERATOR, "both", (Role.REVIEWER,))
        with pytest.raises(Refused, match="not assigned"):
            act(desk, people["both"], case.id, case.content_hash)
    at_desk.approve(desk, people["rob"], case.id, case.content_hash)
    threads.open_thread(desk, people["rea"], case.id, "Say for whom.", "c1")
    case = at_desk.request_changes(desk, people["rea"], case.id, case.content_hash)
    assert case.state is S.CHANGES_REQUESTED
    with pytest.raises(Refused, match="its own author"):
        at_desk.submit_draft(desk, people["both"], case.id, case.content_hash)
    case = at_desk.submit_draft(desk, people["ann"], case.id, case.content_hash)
    case = at_desk.assign(desk, people["ed"], case.id, "both")
    assert history.case_file(desk, people["ed"], case.id).counting == ()
    assert at_desk.reject(desk, people["both"], case.id, case.content_hash).state is S.REJECTED


# Who sees what; erasing


def test_a_case_is_seen_by_its_people_alone(desk: Desk, people: People) -> None:
    case = submitted(desk, people)
    at_desk.assign(desk, people["ed"], case.id, "rea")
    for who, sees in {"ann": True, "ed": True, "adam": True, "rea": True, "rob": False, "ria": False}.items():
        assert bool(history.cases(desk, people[who])) == sees
        if not sees:
            for look in (history.case_file, history.content):
                with pytest.raises(Refused, match="there is no case"):
                    look(desk, people[who], case.id)


def test_erasing_takes_every_word_and_leaves_the_record(desk: Desk, people: People) -> None:
    case = submitted(desk, people, article("Zanthorpine eased cramps."), "Zanthorpine at night")
    threads.open_thread(desk, people["ann"], case.id, "Zanthorpine is new to me")
    for stranger in ("rea", "ed", "both"):
        with pytest.raises(Refused):
            erase.erase_case(desk, people[stranger], case.id)
    after = erase.erase_case(desk, people["ann"], case.id)
    assert (after.erased, after.title, after.state) == (True, "", S.SUBMITTED)
    assert b"anthorpine" not in desk.path.read_bytes()
    with pytest.raises(Refused, match="erased"):
        history.content(desk, people["ann"], case.id)
    with pytest.raises(Refused, match="erased"):
        at_desk.assign(desk, people["ed"], case.id, "rea")
    with pytest.raises(Refused, match="already"):
        erase.erase_case(desk, OPERATOR, case.id)


def test_what_readers_see_is_retracted_before_it_is_erased(desk: Desk, people: People) -> None:
    case = published(desk, people)
    for by in (people["ann"], people["adam"], OPERATOR):
        with pytest.raises(Refused):
            erase.erase_case(desk, by, case.id)
    assert forget(desk, OPERATOR, ["a1"], None) == (case.id,)
    release.retract(desk, people["ed"], case.id, "The dose was that of another drug.")
    with pytest.raises(Refused):
        erase.erase_case(desk, people["ann"], case.id)
    assert forget(desk, OPERATOR, ["a1"], None) == ()
    after = history.case_file(desk, people["ed"], case.id).case
    assert (after.erased, after.slug, after.reason) == (
        True,
        "quizol-for-night-cramps-on-hemodialysis",
        "The dose was that of another drug.",
    )


def test_retention_takes_what_lies_unpublished_for_long(desk: Desk, people: People, clock: Hands) -> None:
    old, kept = submitted(desk, people), published(desk, people)
    clock.pass_days(100)
    young = submitted(desk, people)
    assert erase.erase_before(desk, OPERATOR, "2026-04-01T00:00:00+00:00") == (old.id,)
    assert [c.erased for c in reversed(history.cases(desk, people["ed"]))] != [True, True, True]
    assert {c.id for c in history.cases(desk, people["ed"]) if not c.erased} == {kept.id, young.id}


def test_patients_are_readers_like_others(desk: Desk, people: People) -> None:
    main = article()
    case = at_desk.submit(desk, people["ann"], main, (patient_variant(main),), TITLE, no_faults)
    assert [v.question.audience for v in history.content(desk, people["ann"], case.id).variants] == [Audience.PATIENT]
