"""Keys of the API: who needs one, whose answers it opens, where it may travel, how it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from api_client import Api, key_of, osler, problem
from osler.accounts.people import set_active
from osler.accounts.sessions import list_keys, revoke_key
from osler.domain.account import OPERATOR
from osler.settings import load_settings
from osler.web.api.caller import HERE
from osler.web.app import create_app
from osler.web.serving import Serving

MARKER = "Wigglesworthian"


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[FastAPI]:
    """A server where no key was ever made."""
    made = create_app(load_settings(tmp_path / "home"))
    yield made
    made.state.site.asking.close()


def test_this_machine_needs_no_key_until_one_was_made(fresh: FastAPI) -> None:
    here, elsewhere = Api(fresh), Api(fresh, client=("192.0.2.7", 5))
    assert here.ask()["claims"]
    assert here.get("/api/v1/answers").json()["answers"][0]["owner"] == HERE
    answer = elsewhere.get("/api/v1/library")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    problem(answer, 401, "key-needed")
    key = key_of(fresh, "anna")
    problem(here.get("/api/v1/library"), 401, "key-needed")
    assert Api(fresh, key, client=("192.0.2.7", 5)).get("/api/v1/library").status_code == 200
    desk = fresh.state.site.desk
    revoke_key(desk, OPERATOR, list_keys(desk, "u1")[0][0])
    problem(here.get("/api/v1/library"), 401, "key-needed")


@pytest.mark.parametrize(
    "header",
    [
        {"x-forwarded-for": "192.0.2.7"}, {"forwarded": "for=192.0.2.7"}, {"via": "1.1 proxy"}, {"origin": "https://evil.example"},
        {"origin": "null"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"authorization": "Basic eDp5"},
        {"authorization": "Bearer"},
    ],
    ids=lambda h: "-".join(*h.items()),
)  # fmt: skip
def test_a_proxy_and_pages_of_other_sites_are_not_this_machine(fresh: FastAPI, header: dict[str, str]) -> None:
    assert Api(fresh).get("/api/v1/library").status_code == 200
    problem(Api(fresh).get("/api/v1/library", headers=header), 401, "key-needed")


@pytest.mark.parametrize("serving", [Serving(keyless=False), Serving(anonymous=False)])
def test_the_operator_may_want_keys_from_the_first_day(tmp_path: Path, serving: Serving) -> None:
    problem(Api(create_app(load_settings(tmp_path), serving)).get("/api/v1/library"), 401, "key-needed")


def test_a_key_ends_with_its_person_and_is_stored_hashed(fresh: FastAPI) -> None:
    key = key_of(fresh, "cleo")
    api = Api(fresh, key)
    assert api.get("/api/v1/library").status_code == 200
    set_active(fresh.state.site.desk, OPERATOR, "cleo", False)
    problem(api.get("/api/v1/library"), 401, "key-not-valid")
    folder = fresh.state.site.settings.home
    assert not [f for f in folder.rglob("*") if f.is_file() and key.encode() in f.read_bytes()]


def test_a_key_in_an_address_is_refused_even_when_it_is_right(fresh: FastAPI) -> None:
    key = key_of(fresh, "anna")
    problem(Api(fresh, key).get("/api/v1/library", params={"key": key}), 400, "key-in-address")
    problem(Api(fresh).get("/api/v1/answers", params={"access_token": key}), 400, "key-in-address")


def test_guessing_keys_is_slowed_down(fresh: FastAPI) -> None:
    key_of(fresh, "anna")
    answers = [Api(fresh, f"osler_{n}").get("/api/v1/library") for n in range(25)]
    assert [a.status_code for a in answers[:20]] == [401] * 20
    problem(answers[-1], 429, "too-many")


def test_keys_on_the_command_line(fresh: FastAPI) -> None:
    home, app = fresh.state.site.settings.home, fresh
    key_of(app, "anna")
    made = osler(home, "key", "add", "anna", "--label", "ward tool", sent="anna waters the ferns\n").strip()
    assert Api(app, made).get("/api/v1/library").status_code == 200
    rows = [json.loads(line) for line in osler(home, "key", "list", "--json").splitlines()]
    (mine,) = [r for r in rows if r["label"] == "ward tool"]
    assert mine["login"] == "anna"
    assert made not in json.dumps(rows)
    osler(home, "key", "revoke", str(mine["number"]))
    problem(Api(app, made).get("/api/v1/library"), 401, "key-not-valid")
