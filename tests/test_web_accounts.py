"""Accounts on the web: the first admin, signing in and out, cookies, throttling, who may open what."""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI

from osler.accounts.sessions import SESSION_LASTS, setup_link
from osler.pipeline import Library
from osler.settings import load_settings
from osler.upkeep import backup, restore
from osler.web.app import create_app
from osler.web.security import COOKIE
from osler.web.serving import Serving
from osler.web.sessions import NAME, cookie_name
from web_client import BACLOFEN, Reader, text_of
from web_people import PASSWORD, account_id, hire, quick_hashes, signed_in


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with quick_hashes():
        yield


@pytest.fixture
def app(library: Library, tmp_path: Path) -> FastAPI:
    return made(library, tmp_path)


def made(library: Library, tmp_path: Path, **serving: object) -> FastAPI:
    shutil.copytree(library.settings.home, tmp_path / "home", ignore=shutil.ignore_patterns("desk"))
    return create_app(load_settings(tmp_path / "home"), replace(Serving(), **serving))


def test_the_first_admin_comes_from_a_link_that_works_once(app: FastAPI) -> None:
    link = setup_link(app.state.site.desk)
    reader = Reader(app)
    given = {"login": "ada", "name": "Ada Quill", "password": PASSWORD, "again": PASSWORD}
    assert reader.get(f"/setup/{link}").status_code == 200
    refused = reader.post(f"/setup/{link}", **{**given, "again": "another one entirely"})
    assert refused.status_code == 409
    assert "not the same" in refused.text
    assert "at least 12" in reader.post(f"/setup/{link}", **{**given, "password": "short", "again": "short"}).text
    assert reader.post(f"/setup/{link}", **given).headers["location"] == "/people"
    assert "Ada Quill" in reader.get("/people").text
    other = Reader(app)
    assert other.post(f"/setup/{link}", **{**given, "login": "eve"}).status_code == 410
    assert setup_link(app.state.site.desk) is None


def test_nobody_has_a_default_password(app: FastAPI) -> None:
    reader = Reader(app)
    for login in ("admin", "osler", "demo-admin"):
        assert reader.post("/signin", login=login, password=login, to="/").status_code == 401


def test_an_admin_adds_a_person_who_chooses_their_password_by_a_link(app: FastAPI) -> None:
    hire(app)
    admin = signed_in(app, "ada")
    answer = admin.post("/people", login="new", name="New Quill", role="reviewer", credentials="MD")
    link = re.search(r"http://localhost(/password/[\w-]{43})<", answer.text)
    assert link
    assert link[1] not in admin.get("/people").text
    new = Reader(app)
    assert new.get(link[1]).status_code == 200
    assert new.post(link[1], password=PASSWORD, again=PASSWORD).headers["location"] == "/account"
    assert "New Quill" in new.get("/account").text
    assert Reader(app).post(link[1], password=PASSWORD, again=PASSWORD).status_code == 410


@pytest.mark.parametrize(("secure", "name"), [(False, NAME), (True, f"__Host-{NAME}")])
def test_the_cookie_of_an_account(library: Library, tmp_path: Path, secure: bool, name: str) -> None:
    app = made(library, tmp_path, secure=secure)
    hire(app)
    reader = Reader(app, "https://localhost" if secure else "http://localhost")
    reader.get("/signin")
    answer = reader.post("/signin", login="ann", password=PASSWORD, to="/")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(f"{name}="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert ("Secure" in cookie) is secure
    assert "Max-Age" not in cookie


def test_a_session_known_before_signing_in_is_worth_nothing_after(app: FastAPI) -> None:
    """Session fixation: both cookies are new, and the planted one never becomes the person's."""
    hire(app)
    reader = Reader(app)
    reader.get("/")
    planted = reader.client.cookies[COOKIE]
    reader.client.cookies.set(cookie_name(Serving()), "a" * 43)
    reader.post("/signin", login="ann", password=PASSWORD, to="/")
    assert [c.value for c in reader.client.cookies.jar if c.name == NAME and c.value != "a" * 43]
    assert COOKIE not in reader.client.cookies
    address = signed_in(app, "ann").ask()
    thief = Reader(app)
    thief.client.cookies.set(COOKIE, planted)
    assert thief.get(address).status_code == 404
    thief.client.cookies.set(NAME, "a" * 43)
    assert thief.get("/account").status_code == 401


def test_signing_out_ends_the_session_on_the_server_too(app: FastAPI) -> None:
    hire(app)
    reader = signed_in(app, "ann")
    kept = reader.client.cookies[NAME]
    assert reader.post("/signout").status_code == 303
    assert NAME not in reader.client.cookies
    again = Reader(app)
    again.client.cookies.set(NAME, kept)
    assert again.get("/account").status_code == 401


def test_a_session_ends_by_itself_and_with_its_account(app: FastAPI) -> None:
    hire(app)
    reader, other = signed_in(app, "ann"), signed_in(app, "rob")
    admin = signed_in(app, "ada")
    admin.get("/people")
    assert admin.post(f"/people/{account_id(app, 'rob')}/disable").status_code == 303
    assert other.get("/account").status_code == 401
    desk = app.state.site.desk
    now = desk.now()
    desk.clock = lambda: now + SESSION_LASTS + timedelta(seconds=1)
    assert reader.get("/account").status_code == 401


def test_too_many_tries_have_to_wait_and_the_right_password_too(app: FastAPI) -> None:
    hire(app)
    reader = Reader(app)
    answers = [reader.post("/signin", login="ann", password=f"wrong {n}", to="/") for n in range(6)]
    assert [a.status_code for a in answers] == [401] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert reader.post("/signin", login="ann", password=PASSWORD, to="/").status_code == 429
    assert len({text_of(a.text) for a in answers[:5]}) == 1
    assert reader.post("/signin", login="nobody", password=f"wrong {1}", to="/").status_code == 401


def test_accounts_come_back_to_a_server_that_was_only_started(app: FastAPI, tmp_path: Path) -> None:
    hire(app)
    ann = signed_in(app, "ann")
    address = ann.ask()
    ann.post(address.replace("/a/", "/share/"))
    backup(app.state.site.settings, tmp_path / "backup.tar")
    fresh = load_settings(tmp_path / "fresh")
    started = create_app(fresh)
    assert setup_link(started.state.site.desk)
    stranger = Reader(started)
    stranger.post(stranger.ask().replace("/a/", "/share/"))
    restore(fresh, tmp_path / "backup.tar")
    again = create_app(fresh)
    assert signed_in(again, "ann").get(address).status_code == 200
    assert again.state.site.desk.verify_audit() == ()


def test_a_restored_backup_takes_the_place_of_the_desk_while_it_is_served(app: FastAPI) -> None:
    hire(app)
    reader, home = signed_in(app, "ann"), app.state.site.settings.home
    shutil.copy(home / "desk" / "desk.sqlite", home / "copy")
    (home / "copy").replace(home / "desk" / "desk.sqlite")
    assert reader.get("/account").status_code == 200
    shutil.copy(home / "desk" / "desk.sqlite", home / "copy")
    (home / "copy").replace(home / "desk" / "desk.sqlite")
    assert Reader(app).get("/articles").status_code == 503
    assert Reader(app).get("/articles").status_code == 200


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "/\r\nx: y"])
def test_signing_in_leads_nowhere_else(app: FastAPI, to: str) -> None:
    hire(app)
    reader = Reader(app)
    answer = reader.post("/signin", login="ann", password=PASSWORD, to=to)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    assert "evil" not in Reader(app).get("/signin", params={"to": to}).text


GATES = [
    ("/account", "", 200),
    ("/desk", "ann", 200),
    ("/desk", "ada", 200),
    ("/people", "ann", 403),
    ("/people", "ed", 403),
    ("/people", "ada", 200),
    ("/submit/x", "rea", 403),
    ("/submit/x", "ann", 404),
]


@pytest.mark.parametrize(("path", "login", "status"), GATES)
def test_who_may_open_what(app: FastAPI, path: str, login: str, status: int) -> None:
    hire(app)
    browser = {"accept": "text/html"}
    sent = Reader(app).get(path, headers=browser)
    assert (sent.status_code, sent.headers["location"]) == (303, f"/signin?to={path}")
    assert Reader(app).get(path).status_code == 401
    assert signed_in(app, login or "ann").get(path).status_code == status


FORMS = (
    "/signin", "/signout", "/setup/x", "/password/x", "/account/profile", "/account/interests", "/account/password", "/account/key",
    "/people", "/people/u1/roles", "/people/u1/link", "/people/policy", "/questions/erase", "/submit/x", "/share/x",
    "/share/x/revoke", "/articles", "/desk/watch", "/desk/r1/sign", "/desk/r1/publish",
)  # fmt: skip


@pytest.mark.parametrize("path", FORMS)
def test_every_form_wants_the_token_of_its_own_session(app: FastAPI, path: str) -> None:
    hire(app)
    people = {"/people": "ada", "/submit": "ann", "/desk": "ed"}
    reader = signed_in(app, next((login for start, login in people.items() if path.startswith(start)), "ann"))
    other = signed_in(app, "bea")
    for sent in ("", "0" * 64, other.csrf):
        assert reader.client.post(path, data={"csrf": sent}).status_code == 403
    foreign = reader.client.post(path, data={"csrf": reader.csrf}, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403


def test_a_declaration_of_no_interests_is_never_what_somebody_forgot_to_write(app: FastAPI) -> None:
    hire(app)
    reader = signed_in(app, "rea")
    for fields in ({}, {"has": "yes"}, {"has": "yes", "interests": " "}, {"has": "no", "interests": "Shares"}):
        assert reader.post("/account/interests", **fields).status_code == 409
    assert "Not declared" in reader.get("/account").text
    assert reader.post("/account/interests", has="yes", interests="Speaker fees from Acme").status_code == 303
    assert "Speaker fees from Acme" in text_of(reader.get("/account").text)


def test_a_new_password_needs_the_old_one_and_ends_every_other_session(app: FastAPI) -> None:
    hire(app)
    reader, elsewhere = signed_in(app, "ann"), signed_in(app, "ann")
    new = {"password": "eleven loud storks", "again": "eleven loud storks"}
    assert reader.post("/account/password", now="not the password", **new).status_code == 409
    assert reader.post("/account/password", now=PASSWORD, **new).status_code == 303
    assert reader.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 401
    assert signed_in(app, "ann", "eleven loud storks").get("/account").status_code == 200


def test_a_key_is_shown_once_and_can_be_revoked(app: FastAPI) -> None:
    hire(app)
    reader = signed_in(app, "ann")
    key = re.search(r"osler_[\w-]{43}", reader.post("/account/key", label="ward script").text)
    assert key
    page = reader.get("/account").text
    assert key[0] not in page
    assert "ward script" in page
    assert reader.post("/account/revoke", number="1").status_code == 303
    assert "ward script" not in reader.get("/account").text


def test_the_last_admin_stays_one(app: FastAPI) -> None:
    hire(app)
    admin = signed_in(app, "ada")
    me = account_id(app, "ada")
    for path, fields in ((f"/people/{me}/disable", {}), (f"/people/{me}/roles", {"role": "author"})):
        answer = admin.post(path, **fields)
        assert answer.status_code == 409
        assert "last admin" in answer.text


def test_the_policy_is_an_admins_to_change_within_its_bounds(app: FastAPI) -> None:
    hire(app)
    admin = signed_in(app, "ada")
    rules = {"quorum": "3", "disclosure_valid_days": "100", "review_after_days": "200", "expires_after_days": "30"}
    assert admin.post("/people/policy", **rules).status_code == 303
    shown = text_of(Reader(app).get("/policy").text)
    for words in ("3 people sign", "100 days ago at most", "200 days after publication", "30 days later"):
        assert words in shown
    for name, value in (("quorum", "0"), ("quorum", "-1"), ("quorum", "two"), ("review_after_days", "99999")):
        assert admin.post("/people/policy", **{**rules, name: value}).status_code == 409
    assert "3 people sign" in text_of(Reader(app).get("/policy").text)


def test_threads_belong_to_their_account_and_move_with_nobody(app: FastAPI) -> None:
    hire(app)
    ann, bea, stranger = signed_in(app, "ann"), signed_in(app, "bea"), Reader(app)
    before = stranger.ask("Is baclofen safe on hemodialysis?")
    address = ann.ask()
    for reader in (bea, stranger):
        for path in (address, f"{address}/check/c1", f"{address}/check/c1/part", f"{address}/export/json", f"{address}/related",
                     address.replace("/a/", "/share/")):  # fmt: skip
            assert reader.get(path).status_code == 404
        assert reader.post("/ask", question="And if pregnant?", parent=address[3:]).status_code == 404
        assert address not in reader.get("/questions").text
    assert signed_in(app, "ann").get(address).status_code == 200
    assert signed_in(app, "ann").get(before).status_code == 404
    assert BACLOFEN in text_of(ann.get("/questions").text)


def test_an_account_finds_its_questions_after_a_restart_and_erases_them_for_good(app: FastAPI) -> None:
    marker = "Wigglesworthian"
    hire(app)
    ann = signed_in(app, "ann")
    address = ann.ask(f"Is methocarbamol safe on hemodialysis for the {marker} patient?")
    again = create_app(app.state.site.settings)
    assert signed_in(again, "ann").get(address).status_code == 200
    home = app.state.site.settings.home
    assert any(marker.encode() in f.read_bytes() for f in home.rglob("*") if f.is_file())
    answer = ann.post("/questions/erase", token=address[3:])
    assert answer.status_code == 200
    assert "none has them" in text_of(answer.text)
    assert not any(marker.encode() in f.read_bytes() for f in home.rglob("*") if f.is_file())
    assert ann.get(address).status_code == 404
    assert ann.post("/questions/erase", token=address[3:]).status_code == 404


def test_nobody_erases_what_is_anothers(app: FastAPI) -> None:
    hire(app)
    ann, bea = signed_in(app, "ann"), signed_in(app, "bea")
    address, same = ann.ask(), bea.ask()
    assert bea.post("/questions/erase", token=address[3:]).status_code == 404
    assert bea.post("/questions/erase", every="yes").status_code == 200
    assert bea.get(same).status_code == 404
    assert ann.get(address).status_code == 200


def test_what_was_asked_without_an_account_is_forgotten(library: Library, tmp_path: Path) -> None:
    app = made(library, tmp_path, anonymous_hours=24)
    hire(app)
    reader, ann = Reader(app), signed_in(app, "ann")
    address, kept = reader.ask(), ann.ask()
    site = app.state.site
    with site.casebook.writing() as connection:
        connection.exec_driver_sql("UPDATE answers SET last_at = '2001-01-01T00:00:00.000+00:00'")
    create_app(site.settings, site.serving).state.site.shelf.sweep()
    assert reader.get(address).status_code == 404
    assert ann.get(kept).status_code == 200


def test_asking_without_an_account_is_a_setting(library: Library, tmp_path: Path) -> None:
    app = made(library, tmp_path, anonymous=False)
    hire(app)
    reader = Reader(app)
    assert "needs an account" in reader.get("/").text
    assert reader.post("/ask", question=BACLOFEN).status_code == 401
    assert reader.post("/ask", headers={"accept": "text/event-stream"}, question=BACLOFEN).status_code == 401
    ann = signed_in(app, "ann")
    assert "needs an account" not in ann.get("/").text
    assert ann.get(ann.ask()).status_code == 200


def test_questions_that_come_too_fast_wait(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("osler.web.limits.ADDRESSES", 2)  # few: the bucket fills again while many questions are answered
    app = made(library, tmp_path, per_minute=2)
    hire(app)
    ann = signed_in(app, "ann")
    answers = [ann.post("/ask", question=BACLOFEN) for _ in range(3)]
    assert [a.status_code for a in answers] == [303, 303, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 30
    fresh = [Reader(app).post("/ask", question=BACLOFEN).status_code for _ in range(5)]
    assert fresh == [303] * 4 + [429]


def test_no_secret_and_no_question_is_logged_or_in_an_address(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    marker = "Wigglesworthian"
    hire(app)
    with caplog.at_level(logging.DEBUG):
        ann = signed_in(app, "ann")
        address = ann.ask(f"Is methocarbamol safe on hemodialysis for {marker} patients?")
        ann.post("/signin", login=marker, password=f"{marker} herons", to="/")
        ann.post("/articles", q=marker)
        answer = ann.post(address.replace("/a/", "/submit/"), title=f"Mrs {marker}")
    sent = [str(r.message) for r in caplog.records if r.name.startswith("osler")]
    assert answer.status_code == 409
    assert marker not in " ".join(sent)
    assert PASSWORD not in caplog.text
    assert ann.client.cookies[NAME] not in " ".join(sent)
    assert marker not in address
    assert answer.headers["referrer-policy"] == "no-referrer"
