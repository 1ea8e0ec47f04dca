"""After publication: what readers see in every state, what never changes, and what documents and dates do to an article."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from desks import (
    TITLE,
    Hands,
    approved,
    article,
    no_faults,
    patient_variant,
    people_of,
    published,
    staff,
    staffed_desk,
    under_review,
)
from osler.accounts import people as accounts
from osler.casebook.record import Cited
from osler.casebook.standing import Event, Moved
from osler.casebook.store import open_casebook
from osler.deskfile import desk_file
from osler.domain.account import OPERATOR, Actor, Means
from osler.domain.article import ReviewState
from osler.domain.review import Case, Outcome
from osler.domain.status import PublicationStatus
from osler.errors import Conflict, Refused
from osler.language.lexicon import Lexicon
from osler.review import check, flagging, history, public, release, threads
from osler.review import desk as at_desk
from osler.review.steps import Remove, Retitle
from osler.review.store import Desk, open_desk
from osler.settings import load_settings

S = ReviewState
People = dict[str, Actor]
SLUG = "quizol-for-night-cramps-on-hemodialysis"


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


def state(desk: Desk, people: People, case: Case) -> ReviewState:
    return history.case_file(desk, people["ed"], case.id).case.state


def sign(desk: Desk, people: People, case: Case, *who: str) -> Case:
    for reviewer in who or ("rea", "ria"):
        case = at_desk.approve(desk, people[reviewer], case.id, case.content_hash)
    return case


def reopened(desk: Desk, people: People) -> Case:
    case = published(desk, people)
    flagging.flag(desk, people["ed"], case.id, "A reader reported a wrong dose.")
    return release.reopen(desk, people["ed"], case.id)


def retracted_document(cited: Iterable[Cited]) -> tuple[Moved, ...]:
    return tuple(
        Moved(
            c,
            Cited(c.document_id, 1, PublicationStatus.RETRACTED, "2026-04-01"),
            (Event.RETRACTION,),
            "retracted, since 2026-04-01 (was current)",
        )
        for c in cited
        if c.document_id == "pmid:2"
    )


def test_nothing_is_public_before_it_is_published(desk: Desk, people: People) -> None:
    case = approved(desk, people)
    assert public.listing(desk) == public.corrections(desk) == ()
    assert public.published(desk, SLUG) is None
    assert [m.reviewed for m in public.board(desk)] == [()] * 4
    assert history.preview(desk, people["ed"], case.id).review.state is S.APPROVED


def test_what_readers_see_of_a_published_article(desk: Desk, people: People, clock: Hands) -> None:
    accounts.disclose(desk, people["rob"], "Speaker fees, Acme, 2025")
    clock.pass_days(1)
    case = published(desk, people)
    page = public.published(desk, SLUG)
    assert page is not None
    assert page.article is not None
    review = page.article.review
    assert [(r.name, r.credentials, r.approved_on, r.interests, r.disclosed_on) for r in review.reviewers] == [
        ("Rea", "PharmD", "2026-03-03", "", "2026-03-02"),
        ("Rob", "PharmD", "2026-03-03", "Speaker fees, Acme, 2025", "2026-03-02"),
    ]
    assert (review.state, review.published_on, review.review_due_on, review.content_hash, review.address) == (
        S.PUBLISHED, "2026-03-03", "2027-03-03", case.content_hash, SLUG,
    )  # fmt: skip
    assert "not reviewed" not in page.article.disclaimer + page.article.byline + page.article.how_to_cite
    assert page.article.byline.endswith("submitted by Ann; reviewed by Rea, Rob.")
    assert [(e.state, e.note) for e in page.log] == [(S.PUBLISHED, "published")]
    assert [(e.slug, e.title, e.audiences) for e in public.listing(desk)] == [(SLUG, TITLE, ("clinician",))]
    assert {m.name: [e.slug for e in m.reviewed] for m in public.board(desk)} == {
        "Both": [],
        "Rea": [SLUG],
        "Ria": [],
        "Rob": [SLUG],
    }


def test_each_reader_gets_their_variant(desk: Desk, people: People) -> None:
    main = article()
    case = at_desk.submit(desk, people["ann"], main, (patient_variant(main),), TITLE, no_faults)
    for reviewer in ("rea", "rob"):
        at_desk.assign(desk, people["ed"], case.id, reviewer)
    release.publish(desk, people["ed"], case.id, sign(desk, people, case, "rea", "rob").content_hash)
    shown = {a: public.published(desk, SLUG, a) for a in ("patient", "clinician", "nurse")}
    assert {a: p.article.question.audience.value for a, p in shown.items() if p and p.article} == {
        "patient": "patient", "clinician": "clinician", "nurse": "clinician",
    }  # fmt: skip
    assert shown["patient"] is not None
    assert shown["patient"].article is not None
    assert "talk to them" in shown["patient"].article.disclaimer


def test_an_address_is_given_once_and_to_one_article(desk: Desk, people: People, lexicon: Lexicon) -> None:
    first = published(desk, people)
    second = published(desk, people)
    assert (first.slug, second.slug) == (SLUG, f"{SLUG}-{second.id}")
    flagging.flag(desk, people["ed"], first.id, "The title misleads.")
    case = release.reopen(desk, people["ed"], first.id)
    case = at_desk.edit(desk, people["ed"], first.id, case.content_hash, [Retitle("Another title")], lexicon)
    page = public.published(desk, SLUG)
    assert page is not None
    assert (page.listed.title, page.listed.state) == (TITLE, S.RE_REVIEW), "until it is signed readers see what was signed"
    assert page.article is not None
    assert page.article.title == TITLE
    case = release.correct(desk, people["ed"], first.id, sign(desk, people, case).content_hash, "The title named another drug.")
    assert case.slug == SLUG
    assert public.listing(desk)[0].title in ("Another title", TITLE)


def test_signatures_of_the_first_round_do_not_count_in_the_second(desk: Desk, people: People) -> None:
    case = reopened(desk, people)
    assert case.round == 2
    with pytest.raises(Refused, match="0 of 2"):
        release.reaffirm(desk, people["ed"], case.id, case.content_hash)
    sign(desk, people, case, "rea")
    with pytest.raises(Refused, match="1 of 2"):
        release.reaffirm(desk, people["ed"], case.id, case.content_hash)
    sign(desk, people, case, "ria")
    after = release.reaffirm(desk, people["ed"], case.id, case.content_hash)
    assert after.state is S.REAFFIRMED
    page = public.published(desk, SLUG)
    assert page is not None
    assert page.article is not None
    assert [r.name for r in page.article.review.reviewers] == ["Rea", "Ria"]
    assert [e.state for e in page.log] == [S.REAFFIRMED, S.RE_REVIEW, S.FLAGGED, S.PUBLISHED]


def test_a_changed_text_is_corrected_and_an_unchanged_one_reaffirmed_never_the_other_way(
    desk: Desk, people: People, lexicon: Lexicon
) -> None:
    case = sign(desk, people, reopened(desk, people))
    with pytest.raises(Refused, match="reaffirm it instead"):
        release.correct(desk, people["ed"], case.id, case.content_hash, "Nothing.")
    case = at_desk.edit(desk, people["ed"], case.id, case.content_hash, [Remove("c2")], lexicon)
    with pytest.raises(Refused):
        release.correct(desk, people["ed"], case.id, case.content_hash, "The harm was counted twice.")
    case = sign(desk, people, case)
    with pytest.raises(Refused, match="correct it instead"):
        release.reaffirm(desk, people["ed"], case.id, case.content_hash)
    for note in ("", "Mrs Abernathy told us."):
        with pytest.raises(Refused):
            release.correct(desk, people["ed"], case.id, case.content_hash, note)
    after = release.correct(desk, people["ed"], case.id, case.content_hash, "The harm was counted twice.")
    assert (after.state, after.published_version, after.reason) == (S.CORRECTED, 2, "The harm was counted twice.")
    page = public.published(desk, SLUG)
    assert page is not None
    assert page.article is not None
    assert [c.id for c in page.article.claims] == ["c1", "c3"]
    assert public.corrections(desk)[0].note == "The harm was counted twice."


PUBLIC_STATES: dict[str, Callable[[Desk, People, Hands, Case], object]] = {
    "published": lambda d, p, c, k: None,
    "flagged": lambda d, p, c, k: flagging.flag(d, p["rea"], k.id, "A reader reported a wrong dose."),
    "re_review": lambda d, p, c, k: (flagging.flag(d, p["ed"], k.id, "Look again."), release.reopen(d, p["ed"], k.id)),
    "review_due": lambda d, p, c, k: (c.pass_days(366), flagging.keep_time(d)),
    "expired": lambda d, p, c, k: (c.pass_days(500), flagging.keep_time(d)),
}  # fmt: skip


@pytest.mark.parametrize("from_state", PUBLIC_STATES)
def test_a_retraction_is_at_once_from_any_public_state_and_keeps_address_reason_and_date(
    desk: Desk, people: People, clock: Hands, from_state: str
) -> None:
    case = published(desk, people)
    PUBLIC_STATES[from_state](desk, people, clock, case)
    assert state(desk, people, case).value == from_state
    for reason in ("", "  ", "Mrs Abernathy died on 3 March 2026."):
        with pytest.raises(Refused):
            release.retract(desk, people["ed"], case.id, reason)
    for by in (people["rea"], people["ann"], people["adam"], Actor(people["ed"].account_id, Means.KEY), OPERATOR):
        with pytest.raises(Refused):
            release.retract(desk, by, case.id, "The dose was that of another drug.")
    assert state(desk, people, case).value == from_state
    release.retract(desk, people["ed"], case.id, "The dose was that of another drug.")
    page = public.published(desk, SLUG)
    assert page is not None
    assert page.article is None
    assert (page.listed.slug, page.listed.state, page.listed.title, page.listed.reason) == (
        SLUG,
        S.RETRACTED,
        TITLE,
        "The dose was that of another drug.",
    )
    assert (page.log[0].state, page.log[0].at[:10]) == (S.RETRACTED, clock.at.date().isoformat())
    with pytest.raises(Refused):
        release.reopen(desk, people["ed"], case.id)


def test_what_was_never_published_is_not_retracted(desk: Desk, people: People) -> None:
    case = approved(desk, people)
    with pytest.raises(Refused, match="not possible while it is approved"):
        release.retract(desk, people["ed"], case.id, "A reason.")


def test_another_article_takes_its_place(desk: Desk, people: People) -> None:
    old, new, waiting = published(desk, people), published(desk, people, "Quizol, second edition"), approved(desk, people)
    for other in (old.id, waiting.id, "r99"):
        with pytest.raises(Refused):
            release.supersede(desk, people["ed"], old.id, other)
    after = release.supersede(desk, people["ed"], old.id, new.id)
    assert (after.state, after.superseded_by, after.slug) == (S.SUPERSEDED, new.slug, SLUG)
    page = public.published(desk, SLUG)
    assert page is not None
    assert page.article is not None
    assert page.article.review.superseded_by == new.slug


def test_dates_that_pass_are_shown_before_anybody_looks(desk: Desk, people: People, clock: Hands) -> None:
    case = published(desk, people)
    seen = []
    for days in (364, 1, 89, 1):
        clock.pass_days(days)
        seen.append(public.listing(desk)[0].state)
    assert seen == [S.PUBLISHED, S.REVIEW_DUE, S.REVIEW_DUE, S.EXPIRED]
    assert state(desk, people, case) is S.PUBLISHED
    assert flagging.keep_time(desk) == (case.id,)
    assert flagging.keep_time(desk) == ()
    assert state(desk, people, case) is S.EXPIRED
    for reviewer in ("rea", "ria"):
        accounts.disclose(desk, people[reviewer], "")
    case = sign(desk, people, release.reopen(desk, people["ed"], case.id))
    assert release.reaffirm(desk, people["ed"], case.id, case.content_hash).due_on == "2028-05-30"


def test_a_document_that_changed_flags_exactly_the_articles_that_cite_it(desk: Desk, people: People) -> None:
    live = published(desk, people)
    waiting = approved(desk, people)
    other = at_desk.submit(desk, people["ann"], article("Rest eased cramps."), (), "Rest", no_faults)
    assert flagging.flag_moved(desk, retracted_document) == (live.id, waiting.id)
    assert flagging.flag_moved(desk, retracted_document) == ()
    assert [state(desk, people, c) for c in (live, waiting, other)] == [S.FLAGGED, S.UNDER_REVIEW, S.SUBMITTED]
    assert public.corrections(desk)[0].note == "pmid:2: retracted, since 2026-04-01 (was current)"
    for act in (
        lambda: release.publish(desk, people["ed"], waiting.id, waiting.content_hash),
        lambda: sign(desk, people, waiting, "ria"),
    ):
        with pytest.raises(Refused):
            act()
    held = history.case_file(desk, people["ed"], waiting.id)
    assert held.counting == ()
    assert [(t.outcome, t.opened_by, t.comments[0].text) for t in held.threads] == [
        (Outcome.OPEN, "clock", "pmid:2: retracted, since 2026-04-01 (was current)")
    ]
    with pytest.raises(Refused):
        threads.close_thread(desk, people["ann"], held.threads[0].id, Outcome.ANSWERED)
    threads.close_thread(desk, people["ed"], held.threads[0].id, Outcome.ANSWERED, "Cited as retracted.")


def test_while_it_is_reviewed_again_a_changed_document_stops_the_signing(desk: Desk, people: People) -> None:
    case = sign(desk, people, reopened(desk, people), "rea")
    assert flagging.flag_moved(desk, retracted_document) == (case.id,)
    with pytest.raises(Refused, match="open comment thread"):
        sign(desk, people, case, "ria")
    assert history.case_file(desk, people["ed"], case.id).counting == ()


def test_nothing_is_released_from_a_text_that_was_not_read(desk: Desk, people: People, lexicon: Lexicon) -> None:
    case = sign(desk, people, reopened(desk, people))
    for act in (
        lambda: release.reaffirm(desk, people["ed"], case.id, "0" * 64),
        lambda: release.correct(desk, people["ed"], case.id, "0" * 64, "x"),
    ):
        with pytest.raises(Conflict):
            act()
    waiting = under_review(desk, people)
    with pytest.raises(Conflict):
        release.publish(desk, people["ed"], waiting.id, "0" * 64)


def test_a_text_that_is_being_corrected_shows_no_signature_of_the_one_before(desk: Desk, people: People, lexicon: Lexicon) -> None:
    case = reopened(desk, people)
    assert [r.name for r in history.preview(desk, people["ed"], case.id).review.reviewers] == ["Rea", "Rob"]
    at_desk.edit(desk, people["ed"], case.id, case.content_hash, [Remove("c2")], lexicon)
    shown = history.preview(desk, people["rea"], case.id).review
    assert (shown.reviewers, shown.version, shown.state) == ((), 2, S.RE_REVIEW)
    with pytest.raises(Refused, match="there is no case"):
        history.preview(desk, Actor(accounts.add_account(desk, OPERATOR, "out", "Outsider", ()).id, Means.PASSWORD), case.id)


@pytest.mark.parametrize("casebook_first", [True, False])
def test_the_casebook_and_the_desk_share_a_file(tmp_path: Path, casebook_first: bool) -> None:
    settings = load_settings(tmp_path / "shared")
    for opening in (open_casebook, open_desk) if casebook_first else (open_desk, open_casebook):
        opening(settings)
    desk = open_desk(settings)
    assert desk.path == desk_file(settings.home)
    case = published(desk, staff(desk))
    assert public.published(open_desk(settings), case.slug or "") is not None
    assert open_casebook(settings).faults() == ()


def test_a_reviewer_who_left_stays_named_under_what_they_signed(desk: Desk, people: People) -> None:
    published(desk, people)
    accounts.set_active(desk, OPERATOR, "rob", False)
    page = public.published(desk, SLUG)
    assert page is not None
    assert page.article is not None
    assert [r.name for r in page.article.review.reviewers] == ["Rea", "Rob"]
    assert {m.name: m.active for m in public.board(desk)}["Rob"] is False


def test_a_name_or_declaration_that_is_changed_later_does_not_change_what_was_declared(desk: Desk, people: People) -> None:
    published(desk, people)
    accounts.disclose(desk, people["rea"], "Shares in Acme since last week")
    page = public.published(desk, SLUG)
    assert page is not None
    assert page.article is not None
    assert page.article.review.reviewers[0].interests == ""
    assert {m.name: m.disclosure.interests for m in public.board(desk) if m.disclosure}["Rea"] == "Shares in Acme since last week"
