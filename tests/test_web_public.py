"""What the public reads: published articles and nothing else, their corrections, who stands behind them, and shared links."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from fastapi import FastAPI

from osler.pipeline import Library
from osler.settings import load_settings
from osler.web.app import create_app
from osler.web.published import ATOM
from web_client import Reader, text_of
from web_people import QUESTION, TITLE, Staff, account_id, quick_hashes

CONTRADICTIONS = ("not reviewed", "no reviewer", "pending human review", "not approved")


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with quick_hashes():
        yield


@pytest.fixture
def app(library: Library, tmp_path: Path) -> FastAPI:
    shutil.copytree(library.settings.home, tmp_path / "home", ignore=shutil.ignore_patterns("desk"))
    return create_app(load_settings(tmp_path / "home"))


@pytest.fixture
def staff(app: FastAPI) -> Staff:
    return Staff(app)


def indexed(answer: object) -> bool:
    return "noindex" not in answer.headers["x-robots-tag"] and "noindex" not in answer.text  # type: ignore[attr-defined]


def test_a_published_article_says_who_stands_behind_it_and_does_not_contradict_itself(staff: Staff) -> None:
    _, public = staff.published()
    reader = Reader(staff.app)
    answer = reader.get(public)
    page = text_of(answer.text)
    for words in ("reviewed and approved by Rea Quill, Rob Quill", "submitted by Ann Quill", "PharmD", "interests: none declared",
                  "How to cite", "Who reviewed it"):  # fmt: skip
        assert words in page
    assert not [w for w in CONTRADICTIONS if w in page.lower()]
    assert f"http://localhost{public}" in page.split("How to cite")[1]
    assert QUESTION not in page
    for kind in ("text", "markdown", "json", "docx", "html"):
        made = reader.get(f"{public}/export/{kind}")
        assert made.status_code == 200, kind
        if kind != "docx":
            assert not [w for w in CONTRADICTIONS if w in made.text.lower()], kind


def test_an_approved_text_that_is_not_public_yet_does_not_contradict_itself_either(staff: Staff) -> None:
    case = staff.approved()
    page = text_of(staff["ed"].get(case).text)
    assert "approved by Rea Quill, Rob Quill" in page
    assert not [w for w in CONTRADICTIONS if w in page.lower()]
    assert "None" not in page.split("How to cite")[1][:300]


def test_linked_data_names_the_review_only_while_it_stands(staff: Staff) -> None:
    def linked(path: str) -> dict[str, object] | None:
        found = re.search(r'<script type="application/ld\+json">(.*?)</script>', Reader(staff.app).get(path).text, re.S)
        return json.loads(found[1]) if found else None

    case, public = staff.published()
    data = linked(public)
    assert data is not None
    assert data["@type"] == "MedicalWebPage"
    assert [p["name"] for p in data["reviewedBy"]] == ["Rea Quill", "Rob Quill"]  # type: ignore[attr-defined]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", str(data["lastReviewed"]))
    address = staff["ann"].ask()
    assert "ld+json" not in staff["ann"].get(address).text
    staff["ed"].post(f"{case}/flag", text="Is it still so?")
    assert linked(public) is None
    staff["ed"].post(f"{case}/retract", text="It is not")
    assert linked(public) is None


def test_a_retracted_article_keeps_address_reason_and_date_and_loses_its_text(staff: Staff) -> None:
    case, public = staff.published()
    words = re.search(r'data-claim="c1">(.*?)</a>', Reader(staff.app).get(public).text, re.S)
    assert words
    staff["ed"].post(f"{case}/retract", text="The trial it rests on was retracted")
    reader = Reader(staff.app)
    answer = reader.get(public)
    day = staff.app.state.site.desk.now().date().isoformat()
    assert answer.status_code == 200
    assert f"Retracted on {day}: do not use. The trial it rests on was retracted" in text_of(answer.text)
    assert words[1] not in answer.text
    assert not indexed(answer)
    for path in (f"{public}/check/c1", f"{public}/check/c1/part", f"{public}/export/json"):
        assert reader.get(path).status_code == 410
    assert "The trial it rests on was retracted" in reader.get("/corrections").text
    assert "RETRACTED" in reader.get("/articles").text
    assert staff["ed"].get(case).status_code == 200


@pytest.mark.parametrize(
    ("days", "state", "is_indexed"),
    [(0, "reviewed and approved by", True), (365, "review due", True), (365 + 90, "EXPIRED: its review is overdue", False)],
)
def test_a_page_tells_its_age_even_when_nobody_has_looked(staff: Staff, days: int, state: str, is_indexed: bool) -> None:
    _, public = staff.published()
    now = staff.app.state.site.desk.now()
    staff.app.state.site.desk.clock = lambda: now + timedelta(days=days)
    answer = Reader(staff.app).get(public)
    assert state in text_of(answer.text)
    assert indexed(answer) is is_indexed


def test_only_what_is_public_may_be_indexed(staff: Staff) -> None:
    case, public = staff.published()
    ann = staff["ann"]
    address = ann.ask()
    reader = Reader(staff.app)
    for path in ("/articles", public, "/about", "/policy", "/board", "/corrections"):
        assert indexed(reader.get(path)), path
    for path in ("/", "/signin", "/questions", f"{public}/check/c1", "/articles/none", "/none"):
        assert not indexed(reader.get(path)), path
    for path in ("/account", address, address.replace("/a/", "/share/"), address.replace("/a/", "/submit/"), case):
        assert not indexed(ann.get(path)), path
    assert not indexed(reader.post("/articles", q="methocarbamol"))
    assert "Disallow: /a/" in reader.get("/robots.txt").text


@pytest.mark.parametrize("state", ["submitted", "under review", "approved"])
def test_what_is_not_published_has_no_public_trace(staff: Staff, state: str) -> None:
    case = {"submitted": staff.submit, "under review": lambda: staff.under_review("rea"), "approved": staff.approved}[state]()
    assert staff.state(case) == state
    reader = Reader(staff.app)
    for path in ("/articles", "/corrections", "/board", "/feed.atom", "/about"):
        assert TITLE not in reader.get(path).text
    assert reader.get("/articles/methocarbamol-on-hemodialysis").status_code == 404
    assert TITLE not in reader.post("/articles", q="methocarbamol").text


SEARCHES = [
    ("methocarbamol", True),
    ("METHOCARBAMOL hemodialysis", True),
    ("polyethylene glycol", True),
    ("methocarbamol insulin", False),
    ("%", False),
    ("methocarb' DROP TABLE", False),
    ("thocarbamol", False),
    ("", False),
]


@pytest.mark.parametrize(("looked_for", "found"), SEARCHES)
def test_search_wants_every_word_in_title_or_text(staff: Staff, looked_for: str, found: bool) -> None:
    _, public = staff.published()
    answer = Reader(staff.app).post("/articles", q=looked_for)
    assert answer.status_code == 200
    assert (f'href="{public}"' in answer.text) is found


def test_search_finds_what_was_published_since(staff: Staff) -> None:
    reader = Reader(staff.app)
    assert "0 articles have" in reader.post("/articles", q="methocarbamol").text
    case, public = staff.published()
    assert public in reader.post("/articles", q="methocarbamol").text
    assert "polyethylene" in reader.post("/articles", q="polyethylene").text
    staff["ed"].post(f"{case}/retract", text="Out of use")
    assert public not in reader.post("/articles", q="polyethylene").text


def test_what_is_looked_for_is_shown_as_text(staff: Staff) -> None:
    hostile = '"><script>alert(1)</script>{{7*7}}'
    page = Reader(staff.app).post("/articles", q=hostile).text
    assert "<script>alert" not in page
    assert "{{7*7}}" in page


def test_the_board_is_made_from_the_accounts(staff: Staff) -> None:
    staff["rob"].post("/account/interests", has="yes", interests="Shares in Acme <Dialysis>")
    _, public = staff.published()
    page = Reader(staff.app).get("/board").text
    board = text_of(page)
    assert "Shares in Acme" not in board  # `published` declares again, and the latest counts
    for words in ("Rea Quill", "Rob Quill", "Ria Quill", "not declared yet, so that they sign nothing", f"Reviewed: {TITLE}"):
        assert words in board
    assert "Ann Quill" not in board
    assert page.count(public) == 2
    staff["rob"].post("/account/interests", has="yes", interests="Shares in Acme <Dialysis>")
    assert "Shares in Acme &lt;Dialysis&gt;" in Reader(staff.app).get("/board").text
    staff["ada"].get("/people")
    staff["ada"].post(f"/people/{account_id(staff.app, 'rob')}/disable")
    assert "reviews here no longer" in Reader(staff.app).get("/board").text


def test_the_feed_tells_of_publications_and_of_what_became_of_them(staff: Staff) -> None:
    case, public = staff.published()
    root = ET.fromstring(Reader(staff.app).get("/feed.atom").content)  # noqa: S314 - our own
    entry = root.find(f"{{{ATOM}}}entry")
    assert entry is not None
    assert entry.findtext(f"{{{ATOM}}}id") == f"http://localhost{public}"
    assert entry.findtext(f"{{{ATOM}}}title") == TITLE
    staff["ed"].post(f"{case}/retract", text="A dose & a unit < were wrong")
    root = ET.fromstring(Reader(staff.app).get("/feed.atom").content)  # noqa: S314 - our own
    assert root.find(f"{{{ATOM}}}entry").findtext(f"{{{ATOM}}}summary") == "retracted: A dose & a unit < were wrong"  # type: ignore[union-attr]
    for name in ("id", "title", "updated"):
        assert root.findtext(f"{{{ATOM}}}{name}")


def test_about_gives_the_figures_of_this_library(app: FastAPI) -> None:
    page = text_of(Reader(app).get("/about").text)
    snapshot = app.state.site.asking.library().snapshot
    assert f"{snapshot.documents:,} documents with {snapshot.passages:,} passages" in page
    assert snapshot.id in page
    assert "0 of 0 published" in page


def test_variants_have_addresses_of_their_own(staff: Staff) -> None:
    staff.declare("rea", "rob")
    case = staff.submit(**{"with": "nurse"})
    for login in ("rea", "rob"):
        staff["ed"].post(f"{case}/assign", reviewer=account_id(staff.app, login))
        staff[login].post(f"{case}/sign", seen=staff.seen(case))
    staff["ed"].post(f"{case}/publish", seen=staff.seen(case))
    public, reader = "/articles/methocarbamol-on-hemodialysis", Reader(staff.app)
    assert f"{public}/for/nurse" in reader.get(public).text
    nurse = reader.get(f"{public}/for/nurse")
    assert nurse.status_code == 200
    assert f"{public}/for/nurse/check/" in nurse.text
    assert reader.get(f"{public}/for/nurse/export/json").json()["question"]["audience"] == "nurse"
    assert reader.get(f"{public}/for/patient").status_code == 404


def shared(reader: Reader, address: str) -> str:
    answer = reader.post(address.replace("/a/", "/share/"))
    found = re.search(r"http://localhost(/s/[\w-]{43})<", answer.text)
    assert found, text_of(answer.text)
    return found[1]


@pytest.mark.parametrize("signed", [True, False])
def test_a_shared_link_opens_one_article_until_it_is_revoked(staff: Staff, signed: bool) -> None:
    owner = staff["ann"] if signed else Reader(staff.app)
    address = owner.ask("Our lady with the purple hat takes methocarbamol on hemodialysis; is it safe?")
    link, other = shared(owner, address), shared(owner, address)
    stranger = Reader(staff.app)
    answer = stranger.get(link)
    assert answer.status_code == 200
    assert "No named person has approved it" in answer.text
    assert "purple hat" not in answer.text
    assert not indexed(answer)
    assert "ld+json" not in answer.text
    assert ("Asked for by Ann Quill" in answer.text) is signed
    check = re.search(rf'"({link}/check/\w+)"', answer.text)
    assert check
    assert stranger.get(check[1]).status_code == 200
    assert stranger.get(f"{check[1]}/part").status_code == 200
    assert "purple hat" not in stranger.get(f"{link}/export/json").text
    assert stranger.get(address).status_code == 404
    assert stranger.post(address.replace("/a/", "/share/") + "/revoke", number="1").status_code == 404
    assert owner.post(address.replace("/a/", "/share/") + "/revoke", number="1").status_code == 303
    for path in (link, check[1], f"{check[1]}/part", f"{link}/export/json"):
        assert stranger.get(path).status_code == 410
    assert stranger.get(other).status_code == 200
    owner.post("/questions/erase", every="yes")
    assert stranger.get(other).status_code == 410
    assert stranger.get("/s/" + "a" * 43).status_code == 404


def test_no_link_is_made_to_an_article_with_a_sign_of_a_patient(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    from osler.review import turn
    from osler.review.identifiers import Found, Identifier

    address = staff["ann"].ask()
    monkeypatch.setattr(turn, "find_in_article", lambda *_: (Found(Identifier.NAME, 3, 9, "gaps[0]"),))
    answer = staff["ann"].post(address.replace("/a/", "/share/"))
    assert answer.status_code == 409
    assert "Name in gaps[0] at 3 to 9" in answer.text
    assert "/s/" not in answer.text


def test_a_shared_link_follows_its_article_to_review_publication_and_retraction(staff: Staff) -> None:
    address = staff["ann"].ask(QUESTION)
    link, stranger = shared(staff["ann"], address), Reader(staff.app)
    staff.declare("rea", "rob")
    case = staff["ann"].post(address.replace("/a/", "/submit/"), title=TITLE).headers["location"]
    for login in ("rea", "rob"):
        assert "No named person has approved it" in stranger.get(link).text
        staff["ed"].post(f"{case}/assign", reviewer=account_id(staff.app, login))
        staff[login].post(f"{case}/sign", seen=staff.seen(case))
    page = text_of(stranger.get(link).text)
    assert "approved by Rea Quill, Rob Quill" in page
    assert not [w for w in CONTRADICTIONS if w in page.lower()]
    staff["ed"].post(f"{case}/publish", seen=staff.seen(case))
    assert stranger.get(link).headers["location"] == "/articles/methocarbamol-on-hemodialysis"
    staff["ed"].post(f"{case}/retract", text="Out of use")
    assert stranger.get(link).headers["location"] == "/articles/methocarbamol-on-hemodialysis"


def test_secrets_of_links_are_kept_as_hashes(staff: Staff) -> None:
    link = shared(staff["ann"], staff["ann"].ask())
    home = staff.app.state.site.settings.home
    assert not any(link[3:].encode() in f.read_bytes() for f in home.rglob("*") if f.is_file())
