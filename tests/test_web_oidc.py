"""Signing in through an OpenID Connect provider: whom it lets in, and everything that it does not take for a proof."""

from __future__ import annotations

import logging
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from lying_server import LyingServer, answer, as_json, drip, endless
from oidc_provider import CLIENT, SECRET, FakeProvider, rsa
from osler import audit
from osler.accounts import identities
from osler.accounts.people import add_account, get_account, has_admin, list_accounts, set_active, set_roles
from osler.accounts.sessions import make_key, setup_link
from osler.accounts.store import AccountsFile, metadata
from osler.accounts.store import identities as table
from osler.cli_desk import user_app
from osler.domain.account import OPERATOR, Actor, Means, Role
from osler.errors import Refused, SignInRefused, UserError
from osler.pipeline import Library
from osler.settings import Oidc, Settings, is_guarded_address, load_settings
from osler.web import oidc
from osler.web.app import create_app
from osler.web.pages import oidc as pages
from osler.web.serving import Serving
from osler.web.sessions import cookie_name
from web_client import BACLOFEN, Reader, text_of
from web_people import PASSWORD, quick_hashes

ADA = "ada@example.org"
NOBODY = "There is no account here for this sign-in: ask an admin."
BACK = "/signin/oidc/callback"


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with quick_hashes():
        yield


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with LyingServer() as server:
        yield FakeProvider(server)


@pytest.fixture
def settings(library: Library, tmp_path: Path, provider: FakeProvider) -> Settings:
    shutil.copytree(library.settings.home, tmp_path / "home", ignore=shutil.ignore_patterns("desk"))
    return replace(load_settings(tmp_path / "home"), oidc=Oidc(provider.issuer, CLIENT, SECRET, "http://localhost"))


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    made = create_app(settings)
    hire(made, ADA, Role.ADMIN, Role.EDITOR)
    return made


def hire(app: FastAPI, login: str, *roles: Role) -> str:
    return add_account(app.state.site.desk, OPERATOR, login, "Ada Quill", roles).id


def away(app: FastAPI, to: str = "/account") -> tuple[Reader, str]:
    """A browser, and where it was sent."""
    reader = Reader(app)
    sent = reader.get(f"/signin/oidc?to={to}")
    assert sent.status_code == 303, text_of(sent.text)
    return reader, str(sent.headers["location"])


def comes(app: FastAPI, provider: FakeProvider, to: str = "/account") -> tuple[Reader, Any]:
    """Somebody signs in there and comes back."""
    reader, location = away(app, to)
    return reader, reader.get(BACK, params=provider.authorize(location))


def is_signed_in(app: FastAPI, reader: Reader) -> bool:
    held = cookie_name(app.state.site.serving) in reader.client.cookies
    assert held == (reader.get("/account", headers={"accept": "text/html"}).status_code == 200)
    return held


def actions(app: FastAPI, action: str) -> list[audit.Entry]:
    with app.state.site.desk.reading() as connection:
        return [e for e in audit.entries(connection) if e.action == action]


def test_somebody_with_an_account_signs_in_and_is_known_ever_after(app: FastAPI, provider: FakeProvider) -> None:
    assert "Sign in through your organisation" in Reader(app).get("/signin").text
    reader, answered = comes(app, provider, "/desk")
    assert (answered.status_code, answered.headers["location"]) == (303, "/desk")
    assert is_signed_in(app, reader)
    assert "Ada Quill" in reader.get("/account").text
    (linked,) = actions(app, "account.linked")
    assert provider.issuer not in linked.detail
    assert ADA not in linked.detail
    provider.claims |= {"email": "married@example.org"}
    again, answered = comes(app, provider)
    assert is_signed_in(app, again)
    provider.claims |= {"email": None, "email_verified": None}
    assert is_signed_in(app, comes(app, provider)[0])
    assert len(actions(app, "account.linked")) == 1
    assert [a.login for a in list_accounts(app.state.site.desk)] == [ADA]
    assert app.state.site.desk.verify_audit() == ()


def test_the_cookies_are_for_this_browser_and_the_session_is_a_new_one(app: FastAPI, provider: FakeProvider) -> None:
    reader = Reader(app)
    reader.get("/")
    before = dict(reader.client.cookies)
    sent = reader.get("/signin/oidc")
    planted = sent.headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=lax", "Max-Age=600", "Path=/"):
        assert part in planted
    answered = reader.get(BACK, params=provider.authorize(sent.headers["location"]))
    assert pages.NAME not in reader.client.cookies
    assert not set(before.values()) & set(reader.client.cookies.values())
    assert answered.headers["location"] == "/"


def test_behind_tls_the_cookie_is_of_this_host_alone(settings: Settings) -> None:
    assert settings.oidc
    secure = create_app(replace(settings, oidc=replace(settings.oidc, address="https://localhost")), Serving(secure=True))
    planted = Reader(secure, "https://localhost").get("/signin/oidc").headers["set-cookie"]
    assert planted.startswith(f"__Host-{pages.NAME}=")
    assert "Secure" in planted


def test_what_is_asked_of_the_provider_is_bound_and_fresh(app: FastAPI, provider: FakeProvider) -> None:
    provider.authorize(away(app)[1])
    provider.authorize(away(app)[1])
    first, second = provider.codes.values()
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) == 43
        assert first[name] != second[name]
    assert first["redirect_uri"] == f"http://localhost{BACK}"
    assert first["scope"] == "openid email"


def test_at_a_shared_computer_the_next_person_signs_in_anew(app: FastAPI, provider: FakeProvider) -> None:
    page = Reader(app).get("/signin?to=/desk").text
    assert 'href="/signin/oidc?to=/desk"' in page
    assert 'href="/signin/oidc?to=/desk&amp;anew"' in page
    for path, prompt in (("/signin/oidc?to=/desk", None), ("/signin/oidc?to=/desk&anew", "login")):
        provider.authorize(Reader(app).get(path).headers["location"])
        assert list(provider.codes.values())[-1].get("prompt") == prompt


def test_roles_are_this_servers_and_a_key_of_that_person_is_still_a_key(app: FastAPI, provider: FakeProvider) -> None:
    provider.claims |= {"roles": ["admin"], "groups": ["admin"], "sub": "s-2", "email": "new@example.org"}
    person = hire(app, "new@example.org")
    reader, _ = comes(app, provider)
    assert reader.get("/people").status_code == 403
    assert get_account(app.state.site.desk, person).roles == ()
    assert make_key(app.state.site.desk, Actor(person, Means.PASSWORD), "a program").startswith("osler_")
    with pytest.raises(Refused, match="sign in to make a key"):
        make_key(app.state.site.desk, Actor(person, Means.KEY), "another")


# --- who is refused, and in the same words


def _unknown(app: FastAPI, provider: FakeProvider) -> None:
    provider.claims |= {"sub": "s-9", "email": "stranger@example.org"}


def _disabled(app: FastAPI, provider: FakeProvider) -> None:
    set_active(app.state.site.desk, OPERATOR, ADA, False)


def _disabled_later(app: FastAPI, provider: FakeProvider) -> None:
    comes(app, provider)
    set_active(app.state.site.desk, OPERATOR, ADA, False)


def _address_of_the_next_person(app: FastAPI, provider: FakeProvider) -> None:
    comes(app, provider)
    provider.claims |= {"sub": "s-2"}


def _claim(**claims: object) -> Callable[[FastAPI, FakeProvider], None]:
    def change(_: FastAPI, provider: FakeProvider) -> None:
        provider.claims |= claims

    return change


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_unknown, id="unknown"),
        pytest.param(_disabled, id="disabled"),
        pytest.param(_disabled_later, id="disabled-after-linking"),
        pytest.param(_address_of_the_next_person, id="address-given-to-the-next-person"),
        pytest.param(_claim(email_verified=False), id="not-verified"),
        pytest.param(_claim(email_verified=None), id="verified-not-said"),
        pytest.param(_claim(email_verified="true"), id="verified-is-a-word"),
        pytest.param(_claim(email=None), id="no-address"),
        pytest.param(_claim(email=[ADA]), id="address-is-a-list"),
        pytest.param(_claim(email="ada@example.org "), id="another-address"),
        pytest.param(_claim(email="u1"), id="an-id-for-an-address"),
        pytest.param(_claim(email=None, preferred_username=ADA), id="a-name-that-people-choose-themselves"),
    ],
)
def test_nobody_else_comes_in_and_all_read_the_same_words(
    app: FastAPI, provider: FakeProvider, change: Callable[[FastAPI, FakeProvider], None]
) -> None:
    change(app, provider)
    before = len(list_accounts(app.state.site.desk))
    sessions_before = len(actions(app, "session.opened"))
    reader, answered = comes(app, provider)
    assert answered.status_code == 401
    assert NOBODY in text_of(answered.text)
    assert not is_signed_in(app, reader)
    assert len(list_accounts(app.state.site.desk)) == before
    assert len(actions(app, "session.opened")) == sessions_before


def test_letters_that_fold_to_others_are_another_address(app: FastAPI, provider: FakeProvider) -> None:
    hire(app, "kim.s@example.org")
    for address in ("\u212aim.s@example.org", "kim.\u017f@example.org"):
        provider.claims |= {"sub": address[:1].encode().hex(), "email": address}
        assert NOBODY in text_of(comes(app, provider)[1].text)
    provider.claims |= {"sub": "s-3", "email": "Kim.S@Example.org"}
    assert comes(app, provider)[1].status_code == 303


# --- what proves nothing


def _sign_with_a_stranger(provider: FakeProvider) -> None:
    provider.signing = rsa("two")


def _public_key_as_secret(provider: FakeProvider) -> None:
    provider.header = {"alg": "HS256", "kid": "one"}
    provider.signing = rsa("one").as_pem(private=False)


def _header(**header: object) -> Callable[[FakeProvider], None]:
    return lambda provider: provider.header.update(header)


def _claims(**claims: object) -> Callable[[FakeProvider], None]:
    return lambda provider: provider.claims.update(claims)


LONG_AGO = 1_000_000_000
NO_TOKENS = [
    pytest.param(_sign_with_a_stranger, id="signature-of-a-stranger"),
    pytest.param(_public_key_as_secret, id="HS256-with-the-public-key"),
    pytest.param(_header(alg="none"), id="alg-none"),
    pytest.param(_header(crit=["exp"], exp=1), id="unknown-critical-header"),
    pytest.param(_claims(nonce="another"), id="nonce"),
    pytest.param(_claims(nonce=None), id="no-nonce"),
    pytest.param(_claims(aud="another-client"), id="audience"),
    pytest.param(_claims(aud=None), id="no-audience"),
    pytest.param(_claims(aud=[CLIENT, "another-client"]), id="two-audiences-and-no-party"),
    pytest.param(_claims(azp="another-client"), id="for-another-party"),
    pytest.param(_claims(iss="https://evil.example.org"), id="issuer"),
    pytest.param(_claims(iss=None), id="no-issuer"),
    pytest.param(_claims(exp=LONG_AGO), id="expired"),
    pytest.param(_claims(exp=None), id="never-expires"),
    pytest.param(_claims(exp="9999999999"), id="expiry-is-a-word"),
    pytest.param(_claims(exp=float("nan")), id="expiry-is-no-number"),
    pytest.param(_claims(iat=4_000_000_000, exp=4_000_000_300), id="of-the-future"),
    pytest.param(_claims(nbf=4_000_000_000), id="not-yet"),
    pytest.param(_claims(sub=None), id="no-subject"),
    pytest.param(_claims(sub=""), id="empty-subject"),
    pytest.param(_claims(sub=["s-1"]), id="subject-is-a-list"),
    pytest.param(_claims(sub="s" * 256), id="subject-too-long"),
    pytest.param(_claims(at_hash="AAAAAAAAAAAAAAAAAAAAAA"), id="another-access-token"),
]


@pytest.mark.parametrize("spoil", NO_TOKENS)
def test_a_token_that_proves_nothing_signs_nobody_in(
    app: FastAPI, provider: FakeProvider, spoil: Callable[[FakeProvider], None]
) -> None:
    spoil(provider)
    reader, answered = comes(app, provider)
    assert answered.status_code == 401
    assert pages.NOT_DONE in text_of(answered.text)
    assert not is_signed_in(app, reader)
    assert actions(app, "account.linked") == []


def test_a_refused_algorithm_asks_for_no_keys(app: FastAPI, provider: FakeProvider) -> None:
    provider.header["alg"] = "none"
    comes(app, provider)
    comes(app, provider)
    assert len(provider.asked("/keys")) == 1


def test_a_key_that_is_not_known_is_looked_for_once(app: FastAPI, provider: FakeProvider) -> None:
    provider.header, provider.signing = {"alg": "RS256", "kid": "two"}, rsa("two")
    _, answered = comes(app, provider)
    assert answered.status_code == 401
    assert len(provider.asked("/keys")) == 2


def test_a_key_that_the_provider_has_since_changed_is_found(app: FastAPI, provider: FakeProvider) -> None:
    comes(app, provider)
    provider.header, provider.signing, provider.keys = {"alg": "RS256", "kid": "two"}, rsa("two"), [rsa("one"), rsa("two")]
    assert comes(app, provider)[1].status_code == 303
    assert comes(app, provider)[1].status_code == 303
    assert len(provider.asked("/keys")) == 2
    assert len(provider.asked("/.well-known/openid-configuration")) == 1


@pytest.mark.parametrize(
    ("keys", "status"),
    [
        ([{"kid": "one"}], 303),
        ([{"kid": "one", "use": "enc"}], 401),
        ([{"kid": "one", "alg": "RS512"}], 401),
        ([{"kid": "one", "kty": "oct", "k": "AAAA"}], 401),
        ([{"kid": "one", "n": "AQAB"}], 401),
        ([{"kid": "one"}, {"kid": "one"}], 401),
        (["no key", {"kid": "one"}, {"kty": "odd"}], 303),
    ],
)
def test_only_a_public_key_for_signatures_that_is_meant_is_used(
    app: FastAPI, provider: FakeProvider, keys: list[Any], status: int
) -> None:
    whole = rsa("one").as_dict(private=False)
    provider.scripts["/keys"] = as_json({"keys": [whole | {"use": "sig"} | k if isinstance(k, dict) else k for k in keys]})
    assert comes(app, provider)[1].status_code == status


def test_a_token_that_names_no_key_is_read_when_there_is_one_alone(app: FastAPI, provider: FakeProvider) -> None:
    provider.header = {"alg": "RS256"}
    assert comes(app, provider)[1].status_code == 303
    provider.scripts["/keys"] = as_json({"keys": [rsa(k).as_dict(private=False) for k in ("one", "two")]})
    fresh = create_app(app.state.site.settings)
    assert comes(fresh, provider)[1].status_code == 401
    for_encryption = rsa("two").as_dict(private=False) | {"use": "enc"}
    provider.scripts["/keys"] = as_json({"keys": [rsa("one").as_dict(private=False), for_encryption]})
    assert comes(create_app(app.state.site.settings), provider)[1].status_code == 303


@pytest.mark.parametrize("odd", [None, 5, "S256", {}])
def test_what_a_provider_says_of_itself_in_an_odd_way_breaks_nothing(app: FastAPI, provider: FakeProvider, odd: object) -> None:
    names = ("code_challenge_methods_supported", "authorization_response_iss_parameter_supported", "grant_types_supported")
    provider.discovery |= dict.fromkeys(names, odd)
    assert comes(app, provider)[1].status_code == 303


# --- whose reply it is


def test_a_reply_with_another_state_is_not_taken_nor_the_right_one_after_it(app: FastAPI, provider: FakeProvider) -> None:
    reader, location = away(app)
    back = provider.authorize(location)
    assert reader.get(BACK, params=back | {"state": "x" * 43}).status_code == 401
    assert reader.get(BACK, params=back).status_code == 401
    assert not is_signed_in(app, reader)
    assert provider.asked("/token") == []


def test_a_reply_to_another_browser_is_not_taken(app: FastAPI, provider: FakeProvider) -> None:
    """Else whoever lures somebody onto a link signs them in as themselves, and reads what they ask."""
    _, location = away(app)
    back = provider.authorize(location)
    for victim in (Reader(app), away(app)[0]):
        assert victim.get(BACK, params=back).status_code == 401
        assert not is_signed_in(app, victim)
    assert provider.asked("/token") == []


def test_a_code_comes_once(app: FastAPI, provider: FakeProvider) -> None:
    reader, location = away(app)
    back = provider.authorize(location)
    held = reader.client.cookies[pages.NAME]
    assert reader.get(BACK, params=back).status_code == 303
    thief = Reader(app)
    thief.client.cookies.set(pages.NAME, held)
    assert thief.get(BACK, params=back).status_code == 401
    other, location = away(app)
    stale = provider.authorize(location) | {"code": back["code"]}
    assert other.get(BACK, params=stale).status_code == 401
    assert not is_signed_in(app, other)


def test_what_is_awaited_is_taken_once_whatever_comes_of_it() -> None:
    awaiting = pages.Awaiting()
    cookie, made = awaiting.begin("/desk")
    assert awaiting.take(cookie, made.state) == made
    assert awaiting.take(cookie, made.state) is None
    cookie, made = awaiting.begin("/desk")
    assert awaiting.take(cookie, "another") is None
    assert awaiting.take(cookie, made.state) is None


def test_a_reply_that_comes_too_late_is_not_taken() -> None:
    now = [0.0]
    awaiting = pages.Awaiting(lambda: now[0])
    cookie, made = awaiting.begin("/")
    now[0] = pages.LASTS_S + 1
    assert awaiting.take(cookie, made.state) is None
    cookie, made = awaiting.begin("/")
    assert awaiting.take(cookie, made.state) == made


def test_what_is_awaited_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MAX_AWAITED", 3)
    awaiting = pages.Awaiting()
    begun = [awaiting.begin("/") for _ in range(5)]
    assert [awaiting.take(cookie, made.state) is not None for cookie, made in begun] == [False, False, True, True, True]


@pytest.mark.parametrize("said", [{"code": ""}, {"code": "x" * 5_000}, {"error": "access_denied", "error_description": "<b>x</b>"}])
def test_a_reply_without_a_code_says_so_in_our_words(app: FastAPI, provider: FakeProvider, said: dict[str, str]) -> None:
    reader, location = away(app)
    answered = reader.get(BACK, params=provider.authorize(location) | said)
    assert answered.status_code == 401
    assert pages.NOT_DONE in text_of(answered.text)
    assert "access_denied" not in answered.text
    assert "<b>x" not in answered.text


@pytest.mark.parametrize(("names_itself", "iss", "status"), [(False, None, 303), (False, "other", 401), (True, None, 401), (True, "own", 303)])  # fmt: skip
def test_a_reply_that_names_its_issuer_names_ours(
    app: FastAPI, provider: FakeProvider, names_itself: bool, iss: str | None, status: int
) -> None:
    provider.discovery["authorization_response_iss_parameter_supported"] = names_itself
    reader, location = away(app)
    back = provider.authorize(location)
    if iss:
        back["iss"] = provider.issuer if iss == "own" else "https://evil.example.org"
    assert reader.get(BACK, params=back).status_code == status


@pytest.mark.parametrize("to", ["https://evil.example.org", "//evil.example.org", "/\\evil.example.org", "javascript:alert(1)"])
def test_no_link_leads_elsewhere_after_signing_in(app: FastAPI, provider: FakeProvider, to: str) -> None:
    reader, location = away(app, to)
    answered = reader.get(BACK, params=provider.authorize(location) | {"to": to, "next": to})
    assert answered.headers["location"] == "/"
    assert reader.get(f"/signin/oidc?to={to}").headers["location"] == "/"


def test_somebody_who_tries_too_often_waits(app: FastAPI, provider: FakeProvider) -> None:
    statuses = {Reader(app).get(BACK).status_code for _ in range(pages.TRIES_PER_MINUTE + 1)}
    assert statuses == {401, 429}
    assert int(Reader(app).get(BACK).headers["retry-after"]) >= 1
    assert provider.server.asked == []


# --- a provider that is not well


def _page() -> bytes:
    return answer(200, b"<!doctype html><title>Log in to the wireless network</title>", "text/html")


HEAD = b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\n\r\n"
UNWELL = [
    pytest.param(_page(), id="a-page-with-200"),
    pytest.param(answer(500, b"{}"), id="500"),
    pytest.param(answer(302, b"", headers=[("Location", "http://127.0.0.1:1/elsewhere")]), id="a-redirect"),
    pytest.param(as_json([1]), id="a-list"),
    pytest.param(answer(200, b'{"issuer": "a", "issuer": "b"}'), id="a-key-twice"),
    pytest.param(answer(200, b"[" * 100_000), id="too-deep"),
    pytest.param(answer(200, b"\xff\xfe"), id="no-text"),
    pytest.param(answer(200, b"{}", headers=[("Content-Encoding", "gzip")]), id="packed"),
    pytest.param(lambda _: endless(HEAD, b" " * 65_536), id="endless"),
    pytest.param(b"", id="hangs-up"),
    pytest.param(lambda _: drip(HEAD + b"{}" * 400, 0.05), id="a-drip"),
    pytest.param(lambda _: [HEAD, 2.0], id="silence"),
]


@pytest.mark.parametrize("script", UNWELL)
@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
def test_a_provider_that_is_not_well_is_said_to_be_so_in_time(
    app: FastAPI, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch, path: str, script: Any
) -> None:
    monkeypatch.setattr(oidc, "TOTAL_S", 0.4)
    provider.scripts[path] = script
    reader, started = Reader(app), time.monotonic()
    answered = reader.get("/signin/oidc")
    if path != "/.well-known/openid-configuration":
        answered = reader.get(BACK, params=provider.authorize(answered.headers["location"]))
    assert answered.status_code == 503
    assert pages.NO_ANSWER in text_of(answered.text)
    assert not is_signed_in(app, reader)
    assert time.monotonic() - started < 8
    assert provider.server.sent < 16 << 20


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
def test_no_redirect_of_the_provider_is_followed(app: FastAPI, provider: FakeProvider, path: str) -> None:
    """Not even to itself."""
    provider.scripts[path] = answer(307, b"", headers=[("Location", f"{provider.issuer}/moved")])
    provider.scripts["/moved"] = as_json(provider.discovery)
    reader = Reader(app)
    sent = reader.get("/signin/oidc")
    if sent.status_code == 303:
        reader.get(BACK, params=provider.authorize(sent.headers["location"]))
    assert provider.asked(path)
    assert provider.asked("/moved") == []
    assert not is_signed_in(app, reader)


def test_a_provider_that_is_away_and_comes_back(app: FastAPI, provider: FakeProvider) -> None:
    provider.scripts["/.well-known/openid-configuration"] = answer(503, b"")
    assert Reader(app).get("/signin/oidc").status_code == 503
    assert "Sign in" in Reader(app).get("/signin").text
    provider.scripts.clear()
    assert comes(app, provider)[1].status_code == 303


def test_nobody_listens_there(settings: Settings) -> None:
    assert settings.oidc
    app = create_app(replace(settings, oidc=replace(settings.oidc, issuer="http://127.0.0.1:9")))
    assert Reader(app).get("/signin/oidc").status_code == 503


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "http://127.0.0.1:9"},
        {"issuer": None},
        {"authorization_endpoint": "http://evil.example.org/authorize"},
        {"token_endpoint": "file:///etc/passwd"},
        {"token_endpoint": "http://169.254.169.254/"},
        {"jwks_uri": None},
        {"jwks_uri": "https://user:word@example.org/"},
        {"userinfo_endpoint": "gopher://127.0.0.1/"},
        {"code_challenge_methods_supported": ["plain"]},
    ],
)
def test_a_discovery_document_that_leads_astray_is_not_followed(
    app: FastAPI, provider: FakeProvider, change: dict[str, Any]
) -> None:
    provider.discovery |= change
    answered = Reader(app).get("/signin/oidc")
    assert answered.status_code == 503
    assert len(provider.server.asked) == 1


def test_behind_https_no_address_is_less(settings: Settings) -> None:
    assert settings.oidc
    provider = oidc.Provider(replace(settings.oidc, issuer="https://id.example.org"))
    with pytest.raises(oidc.FetchError, match="not https"):
        provider._endpoint("http://127.0.0.1/token", needed=True)


@pytest.mark.parametrize(
    "reply",
    [
        {"id_token": "a.b.c"},
        {"access_token": "a", "token_type": "Bearer"},
        {"access_token": "a", "token_type": "Bearer", "id_token": "a.b.c"},
        {"access_token": "a", "token_type": "Bearer", "id_token": "a.b.c.d.e"},
        {"access_token": "a", "token_type": "Bearer", "id_token": 5},
        {"access_token": "a", "token_type": "Bearer", "expires_in": [], "id_token": "a.b.c"},
        {"access_token": "a", "token_type": "Bearer", "id_token": "\ud800.b.c"},
        {"error": "invalid_grant"},
    ],
)
def test_a_reply_of_the_token_endpoint_that_is_none_signs_nobody_in(
    app: FastAPI, provider: FakeProvider, reply: dict[str, Any]
) -> None:
    provider.scripts["/token"] = as_json(reply)
    reader, answered = comes(app, provider)
    assert answered.status_code in (401, 503)
    assert not is_signed_in(app, reader)


def test_an_address_that_the_token_does_not_hold_is_asked_for(app: FastAPI, provider: FakeProvider) -> None:
    provider.discovery["userinfo_endpoint"] = f"{provider.issuer}/userinfo"
    provider.claims = {"sub": "s-1"}
    provider.userinfo = {"sub": "s-2", "email": ADA, "email_verified": True}
    assert comes(app, provider)[1].status_code == 401
    provider.userinfo = {"sub": "s-1", "email": ADA, "email_verified": False}
    assert NOBODY in text_of(comes(app, provider)[1].text)
    provider.userinfo = {"sub": "s-1", "email": ADA, "email_verified": True}
    assert comes(app, provider)[1].status_code == 303
    provider.scripts["/userinfo"] = answer(500, b"")
    assert comes(app, provider)[1].status_code == 303


def test_the_secret_goes_by_the_way_that_the_provider_knows(app: FastAPI, provider: FakeProvider) -> None:
    comes(app, provider)
    (sent,) = provider.asked("/token")
    assert sent.method == "POST"
    assert SECRET not in sent.target
    assert sent.params["client_secret"] == SECRET
    del provider.discovery["token_endpoint_auth_methods_supported"]
    comes(create_app(app.state.site.settings), provider)
    assert provider.asked("/token")[-1].headers["authorization"].startswith("Basic ")
    assert "client_secret" not in provider.asked("/token")[-1].params


def test_no_token_and_no_secret_is_in_a_log_or_on_a_page(
    app: FastAPI, provider: FakeProvider, caplog: pytest.LogCaptureFixture
) -> None:
    shown = []
    with caplog.at_level(logging.DEBUG):
        for change in ({}, {"aud": "another"}, {"aud": CLIENT, "sub": "s-9", "email": "stranger@example.org"}):
            provider.claims |= change
            reader, answered = comes(app, provider)
            shown += [answered.text, reader.get("/signin").text, reader.get("/account").text, str(dict(answered.headers))]
    assert "the ID token does not hold (InvalidClaimError: aud)" in caplog.text
    assert len(provider.given) == 18
    for held in (*provider.given, SECRET, "stranger@example.org"):
        assert all(held not in page for page in shown)
        ours = [r for r in caplog.records if not r.name.startswith(("httpx2", "asyncio"))]
        assert all(held not in r.getMessage() for r in ours)
    assert SECRET not in repr(app.state.site.settings)
    served = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert all(held not in line for held in provider.given for line in served)


# --- passwords beside it, or not at all


def test_passwords_go_on_beside_it(app: FastAPI) -> None:
    add_account(app.state.site.desk, OPERATOR, "rea", "Rea Quill", (), password=PASSWORD)
    reader = Reader(app)
    assert 'name="password"' in reader.get("/signin").text
    assert reader.post("/signin", login="rea", password=PASSWORD, to="/account").status_code == 303


def test_no_password_opens_anything_where_the_provider_alone_does(settings: Settings, provider: FakeProvider) -> None:
    assert settings.oidc
    app = create_app(replace(settings, oidc=replace(settings.oidc, only=True)))
    add_account(app.state.site.desk, OPERATOR, ADA, "Ada Quill", (Role.ADMIN,), password=PASSWORD)
    reader = Reader(app)
    page = reader.get("/signin").text
    assert 'name="password"' not in page
    assert "/signin/oidc" in page
    refused = reader.post("/signin", login=ADA, password=PASSWORD, to="/account")
    assert (refused.status_code, is_signed_in(app, reader)) == (403, False)
    for path in ("/password/abc", "/setup/abc"):
        assert reader.get(path).status_code == 403
        assert reader.post(path, password=PASSWORD, again=PASSWORD).status_code == 403
    person, _ = comes(app, provider)
    assert "Present password" not in person.get("/account").text
    assert person.post("/account/password", now=PASSWORD, password="x" * 20, again="x" * 20).status_code == 403
    assert person.post("/signout").status_code == 303
    assert not is_signed_in(app, person)


def test_without_it_nothing_of_it_is_there(library: Library, tmp_path: Path) -> None:
    app = create_app(replace(load_settings(library.settings.home), home=library.settings.home, oidc=None))
    reader = Reader(app)
    assert "organisation" not in text_of(reader.get("/signin").text)
    assert reader.get("/signin/oidc").status_code == 404
    assert reader.get(BACK).status_code == 404


def test_the_last_admin_may_be_one_of_the_provider(app: FastAPI, provider: FakeProvider) -> None:
    desk = app.state.site.desk
    comes(app, provider)
    with desk.reading() as connection:
        assert has_admin(connection)
    assert setup_link(desk) is None
    ada = Actor(get_account(desk, ADA).id, Means.PASSWORD)
    rea = hire(app, "rea")
    set_roles(desk, ada, rea, (Role.REVIEWER,))
    with pytest.raises(Refused, match="last admin"):
        set_roles(desk, ada, ADA, ())


def test_somebody_who_came_through_the_provider_asks_under_their_account(app: FastAPI, provider: FakeProvider) -> None:
    reader, _ = comes(app, provider)
    path = reader.ask(BACLOFEN)
    assert reader.get(path).status_code == 200
    assert Reader(app).get(path).status_code == 404
    assert comes(app, provider)[0].get(path).status_code == 200


# --- linking by hand


def test_an_account_is_linked_by_hand_and_let_go(app: FastAPI, provider: FakeProvider) -> None:
    desk = app.state.site.desk
    hire(app, "rea")
    provider.claims = {"sub": "s-7"}
    assert NOBODY in text_of(comes(app, provider)[1].text)
    identities.link(desk, OPERATOR, "rea", provider.issuer, "s-7")
    assert comes(app, provider)[1].status_code == 303
    for name, subject in (("rea", "s-8"), (ADA, "s-7")):
        with pytest.raises(Refused, match="linked already"):
            identities.link(desk, OPERATOR, name, provider.issuer, subject)
    identities.unlink(desk, OPERATOR, "rea")
    assert NOBODY in text_of(comes(app, provider)[1].text)
    with pytest.raises(Refused, match="linked to nobody"):
        identities.unlink(desk, OPERATOR, "rea")
    rea = Actor(get_account(desk, "rea").id, Means.PASSWORD)
    with pytest.raises(Refused, match="only an admin"):
        identities.link(desk, rea, "rea", provider.issuer, "s-7")
    assert len(actions(app, "account.unlinked")) == 1


def test_the_operator_links_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSLER_HOME", str(tmp_path))
    add_account(AccountsFile(tmp_path), OPERATOR, "rea", "Rea Quill", ())
    run = CliRunner()
    assert "OSLER_OIDC_ISSUER" in str(run.invoke(user_app, ["link", "rea", "s-7"]).exception)
    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)
    assert run.invoke(user_app, ["link", "rea", "s-7"]).output == "rea is linked\n"
    assert identities.sign_in_as(AccountsFile(tmp_path), GIVEN["OSLER_OIDC_ISSUER"], "s-7", None)
    assert run.invoke(user_app, ["unlink", "rea"]).output == "rea is linked to nobody\n"


@pytest.mark.parametrize("subject", ["", "s" * 256, "é", "a\nb"])
def test_what_no_provider_may_send_is_no_subject(subject: str) -> None:
    with pytest.raises(Refused):
        identities.check_subject(subject)


def test_the_same_subject_of_another_issuer_is_somebody_else(app: FastAPI) -> None:
    desk = app.state.site.desk
    identities.sign_in_as(desk, "https://one.example.org", "s-1", ADA)
    with pytest.raises(SignInRefused):
        identities.sign_in_as(desk, "https://two.example.org", "s-1", None)


def test_a_desk_from_before_gets_its_table(tmp_path: Path) -> None:
    desk = AccountsFile(tmp_path)
    with desk.writing() as connection:
        table.drop(connection)
    desk.close()
    with AccountsFile(tmp_path).reading() as connection:
        assert not connection.execute(table.select()).all()
    assert "identities" in metadata.tables


# --- settings, and what is said at the start

GIVEN = {
    "OSLER_OIDC_ISSUER": "https://id.example.org/realms/ward",
    "OSLER_OIDC_CLIENT_ID": CLIENT,
    "OSLER_OIDC_CLIENT_SECRET": SECRET,
    "OSLER_OIDC_REDIRECT": "https://osler.example.org/",
}


def read(monkeypatch: pytest.MonkeyPatch, **changes: str) -> Oidc | None:
    for name, value in {**GIVEN, "OSLER_OIDC_ONLY": "", **changes}.items():
        monkeypatch.setenv(name, value)
    return load_settings(Path("/nowhere")).oidc


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(monkeypatch)
    assert found == Oidc("https://id.example.org/realms/ward", CLIENT, SECRET, "https://osler.example.org", only=False)
    assert SECRET not in repr(found)
    only = read(monkeypatch, OSLER_OIDC_ONLY="1")
    assert only
    assert only.only
    assert read(monkeypatch, **dict.fromkeys(GIVEN, "")) is None


@pytest.mark.parametrize("name", list(GIVEN))
def test_half_of_the_settings_is_none(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with pytest.raises(UserError, match=name):
        read(monkeypatch, **{name: ""})


def test_passwords_are_not_switched_off_with_nothing_in_their_place(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="OSLER_OIDC_ISSUER"):
        read(monkeypatch, **dict.fromkeys(GIVEN, ""), OSLER_OIDC_ONLY="1")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OSLER_OIDC_ISSUER", "http://id.example.org"),
        ("OSLER_OIDC_ISSUER", "https://id.example.org/?a=b"),
        ("OSLER_OIDC_ISSUER", "https://a:b@id.example.org"),
        ("OSLER_OIDC_ISSUER", "id.example.org"),
        ("OSLER_OIDC_REDIRECT", "http://osler.example.org"),
        ("OSLER_OIDC_REDIRECT", "https://osler.example.org/path"),
        ("OSLER_OIDC_REDIRECT", "https://osler.example.org?x"),
        ("OSLER_OIDC_CLIENT_SECRET", "gehëim"),
    ],
)
def test_an_address_that_others_can_listen_to_is_refused_and_no_secret_is_said(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(UserError, match=name) as refused:
        read(monkeypatch, **{name: value})
    assert SECRET not in str(refused.value)
    assert "gehëim" not in str(refused.value)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_addresses(text: str) -> None:
    for address in (text, f"https://{text}", f"http://{text}"):
        if is_guarded_address(address):
            assert address.lower().startswith(("https://", "http://localhost", "http://127.0.0.1", "http://[::1]"))


@pytest.mark.parametrize(
    ("address", "serving", "said"),
    [
        ("https://osler.example.org", Serving(secure=True), "--name osler.example.org"),
        ("https://localhost", Serving(), "--tls"),
        ("http://localhost:8090", Serving(secure=True), "--tls"),
    ],
)
def test_an_address_under_which_nobody_could_come_back_is_said_at_the_start(
    settings: Settings, address: str, serving: Serving, said: str
) -> None:
    assert settings.oidc
    with pytest.raises(UserError, match=said):
        create_app(replace(settings, oidc=replace(settings.oidc, address=address)), serving)


@pytest.mark.parametrize("missing", ["authlib", "httpx2", "joserfc"])
def test_without_the_extra_the_start_says_what_to_install(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    for name in [n for n in sys.modules if n.partition(".")[0] == missing]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    for name in ("osler.web.oidc", "osler.web.id_token"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(UserError, match=r"pip install 'osler\[oidc\]'"):
        create_app(settings)
