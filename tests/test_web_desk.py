"""The review desk on the web: from a private answer to a published article, and everything that is refused on the way."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from osler.accounts.sessions import make_key
from osler.cli import app as command_line
from osler.domain.account import OPERATOR, Actor, Means
from osler.pipeline import Library
from osler.review.forgetting import forget
from osler.review.states import ARCS, Action
from osler.settings import load_settings
from osler.web.app import create_app
from osler.web.desk_actions import ACTIONS
from osler.web.rounds import look_round
from web_client import Reader, text_of
from web_people import QUESTION, TITLE, Staff, account_id, quick_hashes, signed_in


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with quick_hashes():
        yield


@pytest.fixture
def staff(library: Library, tmp_path: Path) -> Staff:
    shutil.copytree(library.settings.home, tmp_path / "home", ignore=shutil.ignore_patterns("desk"))
    return Staff(create_app(load_settings(tmp_path / "home")))


def said(answer: Any) -> str:
    """The reasons that the page gives."""
    found = re.search(r'role="alert">(.*?)</div>', answer.text, re.S)
    return text_of(found[1]).lower() if found else ""


def test_from_a_question_to_a_published_article_and_back_by_an_edit(staff: Staff) -> None:
    staff.declare("rea", "rob")
    case = staff.submit()
    assert staff.state(case) == "submitted"
    for login in ("rea", "rob"):
        assert staff["ed"].post(f"{case}/assign", reviewer=account_id(staff.app, login)).status_code == 303
    assert staff.state(case) == "under review"
    seen = staff.seen(case)
    assert staff["rea"].post(f"{case}/sign", seen=seen).status_code == 303
    assert staff.state(case) == "under review"
    assert staff["rob"].post(f"{case}/sign", seen=seen).status_code == 303
    assert staff.state(case) == "approved"
    assert staff["ann"].post(f"{case}/edit", seen=seen, step="title", text="Methocarbamol in dialysis").status_code == 303
    assert staff.state(case) == "under review"
    page = text_of(staff["ed"].get(case).text)
    assert "0 of 2 signatures" in page
    assert page.count("revoked on") == 2
    assert "1 of 2 approvals" not in said(staff["ed"].post(f"{case}/publish", seen=staff.seen(case)))
    for login in ("rea", "rob"):
        assert staff[login].post(f"{case}/sign", seen=staff.seen(case)).status_code == 303
    assert staff["ed"].post(f"{case}/publish", seen=staff.seen(case)).status_code == 303
    public = Reader(staff.app).get("/articles/methocarbamol-in-dialysis")
    assert public.status_code == 200
    assert "Rea Quill" in public.text


def test_the_stepper_moves_by_signed_record_only(staff: Staff) -> None:
    def steps(case: str) -> list[str]:
        return re.findall(r'<li class="(done|now|to-come)"', staff["ed"].get(case).text)

    staff.declare("rea", "rob")
    case = staff.under_review("rea", "rob")
    assert steps(case) == ["done", "now", "to-come"]
    staff["rea"].post(f"{case}/sign", seen=staff.seen(case))
    assert steps(case) == ["done", "now", "to-come"]
    staff["rob"].post(f"{case}/sign", seen=staff.seen(case))
    assert steps(case) == ["done"] * 3
    staff["rob"].post(f"{case}/unsign")
    assert steps(case) == ["done", "now", "to-come"]


Refusal = tuple[str, Callable[[Staff], tuple[str, str, dict[str, str]]], str]
"""What is tried, by whom and how, and what the page says."""


def _stale(staff: Staff) -> tuple[str, str, dict[str, str]]:
    staff.declare("rea")
    case = staff.under_review("rea")
    seen = staff.seen(case)
    staff["ann"].post(f"{case}/edit", seen=seen, step="title", text="Another title")
    return "rea", f"{case}/sign", {"seen": seen}


def _own(staff: Staff) -> tuple[str, str, dict[str, str]]:
    case = staff.submit("ria")
    staff.declare("ria")
    staff["ed"].post(f"{case}/assign", reviewer=account_id(staff.app, "rea"))
    return "ria", f"{case}/sign", {"seen": staff.seen(case)}


def _assign_author(staff: Staff) -> tuple[str, str, dict[str, str]]:
    return "ed", f"{staff.submit('ria')}/assign", {"reviewer": account_id(staff.app, "ria")}


def _undeclared(staff: Staff) -> tuple[str, str, dict[str, str]]:
    case = staff.under_review("rea")
    return "rea", f"{case}/sign", {"seen": staff.seen(case)}


def _old_declaration(staff: Staff) -> tuple[str, str, dict[str, str]]:
    staff.declare("rea")
    case = staff.under_review("rea")
    desk = staff.app.state.site.desk
    later = desk.now() + timedelta(days=366)
    desk.clock = lambda: later
    staff.by.clear()  # their sessions have ended
    return "rea", f"{case}/sign", {"seen": staff.seen(case)}


def _open_thread(staff: Staff) -> tuple[str, str, dict[str, str]]:
    staff.declare("rea", "rob")
    case = staff.under_review("rea", "rob")
    staff["rob"].post(f"{case}/comment", text="For whom?", claim="c1")
    return "rea", f"{case}/sign", {"seen": staff.seen(case)}


def _one_signature(staff: Staff) -> tuple[str, str, dict[str, str]]:
    staff.declare("rea")
    case = staff.under_review("rea")
    staff["rea"].post(f"{case}/sign", seen=staff.seen(case))
    return "ed", f"{case}/publish", {"seen": staff.seen(case)}


def _twice(staff: Staff) -> tuple[str, str, dict[str, str]]:
    staff.declare("rea")
    case = staff.under_review("rea")
    staff["rea"].post(f"{case}/sign", seen=staff.seen(case))
    return "rea", f"{case}/sign", {"seen": staff.seen(case)}


def _stepped_back(staff: Staff) -> tuple[str, str, dict[str, str]]:
    case = staff.under_review("rea")
    staff["rea"].post(f"{case}/recuse")
    return "ed", f"{case}/assign", {"reviewer": account_id(staff.app, "rea")}


def _as(login: str, action: str, state: str = "under_review", **fields: str) -> Callable[[Staff], tuple[str, str, dict[str, str]]]:
    def tried(staff: Staff) -> tuple[str, str, dict[str, str]]:
        case = staff.approved() if state == "approved" else staff.under_review("rea")
        return login, f"{case}/{action}", {"seen": staff.seen(case), **fields}

    return tried


REFUSED: tuple[Refusal, ...] = (
    ("an old text is signed", _stale, "the text of r1 is not the one you have read"),
    ("an author approves their own", _own, "wrote or edited this article"),
    ("an author is assigned their own", _assign_author, "wrote or edited this article"),
    ("a reviewer has not declared interests", _undeclared, "has not declared their interests"),
    ("a declaration is too old", _old_declaration, "a new one is due"),
    ("a comment is open", _open_thread, "1 open comment thread"),
    ("one signature is not two", _one_signature, "not possible while it is under review"),
    ("the same person signs twice", _twice, "you have signed this text already"),
    ("whoever stepped back is assigned again", _stepped_back, "has stepped back"),
    ("an author signs", _as("ann", "sign"), "only for reviewer"),
    ("an editor signs", _as("ed", "sign"), "only for reviewer"),
    ("an admin signs", _as("ada", "sign"), "only for reviewer"),
    ("an author assigns", _as("ann", "assign", reviewer="rob"), "only for editor"),
    ("a reviewer publishes", _as("rea", "publish", "approved"), "only for editor"),
    ("an admin publishes", _as("ada", "publish", "approved"), "only for editor"),
    ("what is not approved is published", _as("ed", "publish"), "not possible while it is under review"),
    ("what is not public is retracted", _as("ed", "retract", text="Wrong"), "not possible while it is under review"),
    ("a reviewer edits", _as("rea", "edit", step="title", text="X"), "only for its own author or editor"),
    ("changes are asked for without a word", _as("rea", "request_changes"), "say in a comment"),
    ("it is rejected without a word", _as("rea", "reject"), "say in a comment"),
    ("an edit that changes nothing", _as("ann", "edit", step="title", text=TITLE), "that changes nothing"),
    ("an edit of no kind", _as("ann", "edit", step="delete"), "say what is to be changed"),
    ("a dose that the source does not give", _as("ann", "edit", step="reword", claim="c1", text="Give 750 mg."), "source does not say"),
    ("a name in the title", _as("ann", "edit", step="title", text="Methocarbamol for Mrs Jones"), "name in title at 18 to 27"),
    ("a comment of nothing", _as("rea", "comment", text=" "), "a comment has 1 to 4,000 characters"),
    ("a comment on no sentence", _as("rea", "comment", text="Why?", claim="c99"), "has no claim c99"),
    ("a comment of another page is closed", _as("rea", "close", thread="7", outcome="answered"), "no such comment here"),
)  # fmt: skip


@pytest.mark.parametrize(("what", "tried", "words"), REFUSED, ids=[r[0] for r in REFUSED])
def test_refused_with_the_reason(staff: Staff, what: str, tried: Callable[[Staff], Any], words: str) -> None:
    login, path, fields = tried(staff)
    before = staff.state(path.rsplit("/", 1)[0])
    answer = staff[login].post(path, **fields)
    assert answer.status_code == 409
    assert re.search(words, said(answer)), said(answer)
    assert staff.state(path.rsplit("/", 1)[0]) == before


@pytest.mark.parametrize("login", ["bea", "rob", "ria"])
def test_a_case_is_not_there_for_who_has_no_part_in_it(staff: Staff, login: str) -> None:
    case = staff.under_review("rea")
    for path in (case, f"{case}/check/c1", f"{case}/check/c1/part", f"{case}/changes/1/1", f"{case}/for/nurse"):
        assert staff[login].get(path).status_code == 404
    for action in ACTIONS:
        answer = staff[login].post(f"{case}/{action}", seen="0" * 64, text="x")
        assert answer.status_code == 404
        assert TITLE not in answer.text
    assert TITLE not in staff[login].get("/desk").text
    assert Reader(staff.app).get(case).status_code == 401


def test_a_key_opens_no_page_and_signs_nothing(staff: Staff) -> None:
    case = staff.under_review("rea")
    key = make_key(staff.app.state.site.desk, Actor(account_id(staff.app, "rea"), Means.PASSWORD), "script")
    reader = Reader(staff.app)
    reader.get("/")
    sent = {"authorization": f"Bearer {key}"}
    assert reader.get(case, headers=sent).status_code == 401
    assert reader.post(f"{case}/sign", headers=sent, seen=staff.seen(case)).status_code == 401


def test_every_action_of_a_person_has_a_button_on_the_page_of_its_state(staff: Staff) -> None:
    """The page asks the table of states what to offer: what is offered works or says why, what is not there is refused."""
    by_hand = {a.action for a in ARCS if a.roles} | {Action.RETRACT}
    assert {a.value for a in by_hand} <= set(ACTIONS)
    case = staff.approved()
    offered = set(re.findall(rf'action="{case}/(\w+)"', staff["ed"].get(case).text))
    assert {"publish", "edit", "comment"} <= offered
    assert not {"sign", "assign", "retract", "reaffirm", "correct"} & offered


def test_comments_stand_at_their_sentence_and_are_closed_with_what_became_of_them(staff: Staff) -> None:
    staff.declare("rea", "rob")
    case = staff.under_review("rea", "rob")
    claim = re.search(r'<li class="claim" id="(\w+)"', staff["rea"].get(case).text)
    assert claim
    answer = staff["rea"].post(f"{case}/comment", text="In whom was it studied?", claim=claim[1])
    assert answer.headers["location"] == f"{case}#{claim[1]}"
    page = staff["ann"].get(case).text
    at = page.index("In whom was it studied?")
    assert page.rindex('class="claim"', 0, at) == page.index(f'class="claim" id="{claim[1]}"')
    assert staff["ann"].post(f"{case}/reply", thread="1", text="In volunteers <b>only</b>.").status_code == 303
    assert "In volunteers &lt;b&gt;only&lt;/b&gt;." in staff["rea"].get(case).text
    assert "only who opened" in said(staff["ann"].post(f"{case}/close", thread="1", outcome="answered"))
    assert "say why" in said(staff["rea"].post(f"{case}/close", thread="1", outcome="declined"))
    assert staff["rea"].post(f"{case}/close", thread="1", outcome="changed").status_code == 303
    assert "Closed: the text was changed by Rea Quill" in text_of(staff["ann"].get(case).text)
    assert staff["rea"].post(f"{case}/sign", seen=staff.seen(case)).status_code == 303


def test_a_comment_is_not_left_on_a_text_that_was_not_read(staff: Staff) -> None:
    case = staff.under_review("rea")
    seen = staff.seen(case)
    staff["ann"].post(f"{case}/edit", seen=seen, step="title", text="Another title")
    answer = staff["rea"].post(f"{case}/request_changes", seen=seen, text="Say for whom")
    assert answer.status_code == 409
    assert "Reply or close" not in answer.text
    assert staff["rea"].post(f"{case}/request_changes", seen=staff.seen(case), text="Say for whom").status_code == 303
    assert staff.state(case) == "changes requested"
    assert "for you to change" in staff["ann"].get("/desk").text
    assert staff["ann"].post(f"{case}/submit", seen=staff.seen(case)).status_code == 303
    assert staff.state(case) == "submitted"


def test_history_says_what_changed_claim_by_claim(staff: Staff) -> None:
    case = staff.submit()
    page = staff["ann"].get(case).text
    claim = re.findall(r'<li class="claim" id="(\w+)"', page)[-1]
    words = re.search(rf'data-claim="{claim}">(.*?)</a>', page, re.S)
    assert words
    assert staff["ann"].post(f"{case}/edit", seen=staff.seen(case), step="remove", claim=claim).status_code == 303
    assert f"{case}/changes/1/2" in staff["ann"].get(case).text
    shown = staff["ann"].get(f"{case}/changes/1/2")
    assert "Sentence removed" in text_of(shown.text)
    assert f"<del>{words[1]}</del>" in shown.text


def test_what_is_signed_is_signed_for_every_reader_it_was_made_for(staff: Staff) -> None:
    case = staff.submit(**{"with": "nurse"})
    page = staff["ed"].get(case).text
    assert f'href="{case}/for/nurse"' in page
    nurse = staff["ed"].get(f"{case}/for/nurse")
    assert nurse.status_code == 200
    assert f"{case}/for/nurse/check/" in nurse.text
    check = re.search(rf'"({case}/for/nurse/check/\w+)"', nurse.text)
    assert check
    assert staff["ed"].get(check[1]).status_code == 200
    assert staff["ed"].get(f"{check[1]}/part").status_code == 200
    assert staff["ed"].get(f"{case}/for/patient").status_code == 404


@pytest.mark.parametrize(
    ("title", "place"),
    [("Methocarbamol for Mrs Jones", "name in title at 18 to 27"), ("Back pain, seen 12 March 2024", "exact date in title"), ("", "say it in words")],
)  # fmt: skip
def test_a_public_title_is_checked_for_signs_of_a_patient(staff: Staff, title: str, place: str) -> None:
    address = staff["ann"].ask(QUESTION)
    answer = staff["ann"].post(address.replace("/a/", "/submit/"), title=title)
    assert answer.status_code == 409
    assert place in said(answer)
    assert staff["ed"].get("/desk").text.count("/desk/r") == 0


def test_the_words_of_the_question_stay_with_the_author(staff: Staff) -> None:
    question = "Our lady with the purple hat takes methocarbamol on hemodialysis; is it safe?"
    case = staff.submit(question=question)
    for login in ("ed", "ann"):
        assert "purple hat" not in staff[login].get(case).text
    assert "purple hat" in staff["ann"].get("/questions").text


def test_an_answer_without_claims_is_not_submitted(staff: Staff) -> None:
    address = staff["ann"].ask("What is the dose of xylophone-42 for gout?")
    answer = staff["ann"].post(address.replace("/a/", "/submit/"), title="Nothing")
    assert answer.status_code == 409
    assert "states nothing" in said(answer)


def test_the_page_of_an_answer_says_that_it_is_at_the_desk_and_for_nobody_else(staff: Staff) -> None:
    address = staff["ann"].ask()
    assert "On the review desk" not in text_of(staff["ann"].get(address).text)
    submitted = staff["ann"].post(address.replace("/a/", "/submit/"), title="Back spasm on hemodialysis")
    page = staff["ann"].get(address).text
    assert "On the review desk: submitted" in text_of(page)
    assert f'href="{submitted.headers["location"]}"' in page
    other = staff["ed"].ask()
    assert "On the review desk" not in text_of(staff["ed"].get(other).text)


def test_a_draft_is_its_authors_until_it_is_submitted(staff: Staff) -> None:
    case = staff.submit(**{"as": "draft"})
    assert staff.state(case) == "draft"
    assert staff["ann"].post(f"{case}/submit", seen=staff.seen(case)).status_code == 303
    assert staff.state(case) == "submitted"


def test_after_publication_flag_review_again_correct_retract(staff: Staff) -> None:
    case, public = staff.published()
    assert staff["rea"].post(f"{case}/flag", text="A reader reported a wrong figure").status_code == 303
    assert "Read with care" in Reader(staff.app).get(public).text
    assert staff["ed"].post(f"{case}/reopen").status_code == 303
    page = staff["ann"].get(case).text
    claim = re.findall(r'<li class="claim" id="(\w+)"', page)[-1]
    staff["ann"].post(f"{case}/edit", seen=staff.seen(case), step="remove", claim=claim)
    assert "0 of 2 approvals" in said(staff["ed"].post(f"{case}/correct", seen=staff.seen(case), text="One sentence was wrong"))
    for login in ("rea", "rob"):
        assert staff[login].post(f"{case}/sign", seen=staff.seen(case)).status_code == 303
    assert staff["ed"].post(f"{case}/correct", seen=staff.seen(case), text="One sentence was wrong").status_code == 303
    assert "One sentence was wrong" in Reader(staff.app).get(public).text
    assert staff["ed"].post(f"{case}/retract", text="The whole rests on a retracted trial").status_code == 303
    assert staff.state(case) == "retracted"


def test_reaffirmed_and_superseded(staff: Staff) -> None:
    case, public = staff.published()
    other = staff.submit(question="Gabapentin dose for uremic itch on hemodialysis?", title="Gabapentin for itch on hemodialysis")
    for login in ("rea", "rob"):
        staff["ed"].post(f"{other}/assign", reviewer=account_id(staff.app, login))
        staff[login].post(f"{other}/sign", seen=staff.seen(other))
    assert staff["ed"].post(f"{other}/publish", seen=staff.seen(other)).status_code == 303
    staff["ed"].post(f"{case}/flag", text="Is it still so?")
    staff["ed"].post(f"{case}/reopen")
    for login in ("rea", "rob"):
        staff[login].post(f"{case}/sign", seen=staff.seen(case))
    assert staff["ed"].post(f"{case}/reaffirm", seen=staff.seen(case)).status_code == 303
    assert staff.state(case) == "reaffirmed"
    assert staff["ed"].post(f"{case}/supersede", by=other.removeprefix("/desk/")).status_code == 303
    page = Reader(staff.app).get(public)
    assert "Superseded: do not use" in text_of(page.text)
    assert "/articles/gabapentin-for-itch-on-hemodialysis" in page.text
    assert "ld+json" not in page.text


def test_dates_and_documents_are_looked_at(staff: Staff) -> None:
    case, _ = staff.published()
    site = staff.app.state.site
    assert look_round(site) == ()
    assert staff["ann"].post("/desk/watch").status_code == 403
    assert "nothing has changed" in staff["ed"].post("/desk/watch").text
    now = site.desk.now()
    site.desk.clock = lambda: now + timedelta(days=365)
    staff.by.clear()  # their sessions have ended
    assert "1 moved (r1)" in text_of(staff["ed"].post("/desk/watch").text)
    assert staff.state(case) == "review due"


def test_answered_anew_takes_every_signature_back(staff: Staff) -> None:
    staff.declare("rea")
    case = staff.under_review("rea")
    claim = re.findall(r'<li class="claim" id="(\w+)"', staff["ann"].get(case).text)[-1]
    staff["ann"].post(f"{case}/edit", seen=staff.seen(case), step="remove", claim=claim)
    assert f'id="{claim}"' not in staff["ann"].get(case).text
    staff["rea"].post(f"{case}/sign", seen=staff.seen(case))
    assert "1 of 2 signatures" in staff["ed"].get(case).text
    assert "only for" in said(staff["rea"].post(f"{case}/revise", seen=staff.seen(case)))
    assert staff["ann"].post(f"{case}/revise", seen=staff.seen(case)).status_code == 303
    page = staff["ann"].get(case).text
    assert f'id="{claim}"' in page
    assert "0 of 2 signatures" in page
    assert TITLE in page


def test_erasing_a_question_erases_what_came_from_it_but_nobody_elses(staff: Staff) -> None:
    mine, theirs = staff.submit("ann"), staff.submit("bea")
    assert staff["ann"].post("/questions/erase", every="yes").status_code == 200
    assert "its text was erased" in text_of(staff["ed"].get(mine).text).lower()
    assert TITLE in staff["ed"].get(theirs).text


def test_erasing_on_the_command_line_reaches_the_desk_too(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    case = staff.submit()
    assert f"On the desk as {case[6:]}" in text_of(staff["ann"].get("/questions").text)
    monkeypatch.setenv("OSLER_HOME", str(staff.app.state.site.settings.home))
    done = CliRunner().invoke(command_line, ["erase", "--all", "--yes"])
    assert done.exit_code == 0, done.output
    assert "traces left: 0" in done.output
    assert "its text was erased" in text_of(staff["ed"].get(case).text).lower()


def test_what_the_command_line_erases_of_its_own_takes_nobodys_case(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    case = staff.submit()
    monkeypatch.setenv("OSLER_HOME", str(staff.app.state.site.settings.home))
    assert CliRunner().invoke(command_line, ["ask", QUESTION]).exit_code == 0
    answer = staff.app.state.site.casebook.listed(None)[0]
    site = staff.app.state.site
    gone = site.casebook.erase([answer.key])
    held = {(k.owner, k.answer_id) for k in site.casebook.listed()}
    assert forget(site.desk, OPERATOR, {k.answer_id for k in gone}, None, lambda a, i: (a, i) in held) == ()
    assert TITLE in staff["ed"].get(case).text
    assert forget(site.desk, OPERATOR, {k.answer_id for k in gone}, None) == ()
    assert TITLE not in staff["ed"].get(case).text


def test_what_readers_can_see_is_not_erased_with_the_question(staff: Staff) -> None:
    case, public = staff.published()
    assert "these stay: r1" in text_of(staff["ann"].post("/questions/erase", every="yes").text)
    assert Reader(staff.app).get(public).status_code == 200
    staff["ed"].post(f"{case}/flag", text="Is it still so?")
    staff["ed"].post(f"{case}/reopen")
    assert "cannot be asked again" in said(staff["ed"].post(f"{case}/revise", seen=staff.seen(case)))
    assert "retract it first" in said(staff["ada"].post(f"{case}/erase"))
    staff["ed"].post(f"{case}/retract", text="Out of use")
    assert staff["ada"].post(f"{case}/erase").status_code == 303
    assert "text was erased" in text_of(Reader(staff.app).get(public).text)


def test_an_article_of_the_demonstration_is_nobodys_to_submit(library: Library, tmp_path: Path) -> None:
    from osler.web.demo import PEOPLE, seed
    from osler.web.serving import Serving

    shutil.copytree(library.settings.home, tmp_path / "home", ignore=shutil.ignore_patterns("desk"))
    app = create_app(load_settings(tmp_path / "home"), Serving(demo=True))
    logins = {p.login: p.password for p in seed(app.state.site)}
    assert sorted(logins) == sorted(p[0] for p in PEOPLE)
    author = signed_in(app, "demo-author", logins["demo-author"])
    shown = re.search(r"/a/([\w-]+)", Reader(app).get("/").text)
    assert shown
    assert author.get(f"/submit/{shown[1]}").status_code == 404
    queue = text_of(signed_in(app, "demo-editor", logins["demo-editor"]).get("/desk").text)
    for state in ("Waiting for reviewers 1", "Under review 1", "Approved, to be published 1", "Published 1"):
        assert state in queue
    again = {p.login: p.password for p in seed(app.state.site)}
    assert not set(logins.values()) & set(again.values())
    assert "Published 1" in text_of(signed_in(app, "demo-editor", again["demo-editor"]).get("/desk").text)


def test_a_demonstration_keeps_away_from_a_desk_of_real_people(staff: Staff) -> None:
    from osler.errors import Refused
    from osler.web.demo import is_seeded, seed

    with pytest.raises(Refused, match="real people"):
        seed(staff.app.state.site)
    assert not is_seeded(staff.app.state.site.desk)
