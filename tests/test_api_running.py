"""The API at work: rates and a full queue, processes, health and figures, and what is not logged."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from api_client import BACLOFEN, Api, key_of, problem
from osler.accounts.throttle import Bucket
from osler.settings import load_settings
from osler.web import asking as asking_module
from osler.web.api.caller import HERE
from osler.web.app import create_app
from osler.web.serving import Serving
from web_client import events

MARKER = "Wigglesworthian"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("api")


@pytest.fixture(scope="module")
def app(home: Path) -> Iterator[FastAPI]:
    made = create_app(load_settings(home), Serving(api_per_minute=1_000_000))
    yield made
    made.state.site.asking.close()


@pytest.fixture(scope="module")
def anna(app: FastAPI) -> Api:
    return Api(app, key_of(app, "anna"))


@pytest.fixture(scope="module")
def ben(app: FastAPI) -> Api:
    return Api(app, key_of(app, "ben"))


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[FastAPI]:
    """A server where no key was ever made."""
    made = create_app(load_settings(tmp_path / "home"))
    yield made
    made.state.site.asking.close()


def test_one_caller_is_held_to_a_rate_and_others_are_not(tmp_path: Path) -> None:
    app = create_app(load_settings(tmp_path), Serving(api_per_minute=9))
    anna, ben = Api(app, key_of(app, "anna")), Api(app, key_of(app, "ben"))
    now = [0.0]
    app.state.rates.calls = Bucket(9, 3, clock=lambda: now[0])
    assert [anna.get("/api/v1/library").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = anna.get("/api/v1/library")
    problem(refused, 429, "too-many")
    assert ben.get("/api/v1/library").status_code == 200
    now[0] += int(refused.headers["retry-after"])
    assert anna.get("/api/v1/library").status_code == 200


def test_a_full_server_says_when_to_come_back_and_recovers(tmp_path: Path) -> None:
    app = create_app(load_settings(tmp_path), Serving(workers=1, waiting=1, at_once=1))
    api, gate = Api(app), threading.Event()
    asking = app.state.site.asking
    held = [asking.submit(who, gate.wait) for who in ("a", "b")]
    for headers in ({}, {"accept": "text/event-stream"}):
        answer = api.post("/api/v1/answers", {"question": BACLOFEN}, headers=headers)
        problem(answer, 503, "busy")
        assert int(answer.headers["retry-after"]) >= 1
    assert "osler_questions_under_way 2.0" in api.get("/metrics").text
    assert "osler_questions_waiting 1.0" in api.get("/metrics").text
    gate.set()
    assert all(f.result(10) for f in held)
    assert api.ask()["claims"]
    gate.clear()
    own = asking.submit(HERE, gate.wait)
    problem(api.post("/api/v1/verify", {"claims": [{"id": "1", "claim": "a", "passage": "a"}]}), 429, "too-many")
    gate.set()
    own.result(10)


def test_work_is_done_in_a_process_of_its_own_and_errors_come_back_as_what_they_are(tmp_path: Path) -> None:
    app = create_app(load_settings(tmp_path), Serving(workers=1, processes=True))
    api = Api(app)
    try:
        article = api.ask()
        place = f"/api/v1/answers/{article['answer_id']}"
        assert api.post(f"{place}/replay").json()["outcome"] == "identical"
        assert api.get(f"{place}/export?format=text").text.startswith(article["title"])
        assert api.post("/api/v1/library/search", {"words": "baclofen"}).json()["found"]
        assert api.post("/api/v1/respond", {"question": BACLOFEN}).json()["schema"] == "osler.response/1"
        assert [n for n, _ in events(api.post("/api/v1/answers", {"question": BACLOFEN}, headers={"accept": "text/event-stream"}).text)][-1] == "kept"  # fmt: skip
        problem(api.post("/api/v1/library/search", {"drugs": ["nosuchdrug"]}), 422, "input")
        problem(api.post("/api/v1/library/search", {"words": "123"}), 422, "question")
    finally:
        app.state.site.asking.close()


def test_health_readiness_and_figures(app: FastAPI, anna: Api) -> None:
    assert anna.get("/healthz").json() == {"status": "ok"}
    ready = anna.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"status": "ready", "library": "sound", "index": "sound", "writer": "none", "desk": "sound"}
    place = f"/api/v1/answers/{anna.ask(f'Is baclofen safe on dialysis for {MARKER}?')['answer_id']}"
    anna.get(place)
    text = anna.get("/metrics").text
    assert 'osler_requests_total{method="GET",route="/api/v1/answers/{answer_id}",status="200"}' in text
    assert 'osler_answers_total{audience="clinician",disposition=' in text
    assert "osler_answer_seconds_bucket" in text
    assert 'osler_info{snapshot="' in text
    assert MARKER not in text
    assert place[-16:] not in text


def test_figures_are_not_for_everybody(app: FastAPI, anna: Api) -> None:
    elsewhere = Api(app, client=("192.0.2.7", 5))
    problem(elsewhere.get("/metrics"), 401, "key-needed")
    elsewhere.headers = anna.headers
    assert elsewhere.get("/metrics").status_code == 200


def test_strange_addresses_and_methods_make_no_new_series(app: FastAPI, anna: Api) -> None:
    for n in range(30):
        anna.get(f"/{MARKER}{n}")
        anna.client.request(f"M{n}", f"/api/v1/{MARKER}{n}")
    text = anna.get("/metrics").text
    assert MARKER not in text
    assert 'method="M1"' not in text


def test_not_ready_without_an_index_or_a_library(fresh: FastAPI) -> None:
    api = Api(fresh)
    home: Path = fresh.state.site.settings.home
    for part in home.joinpath("index").rglob("*"):
        if part.is_file():
            part.write_bytes(b"")
    answer = api.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["index"] == "cannot be used"
    assert answer.json()["library"] == "sound"
    assert str(home) not in answer.text
    assert api.get("/healthz").status_code == 200


def test_nothing_of_a_question_is_logged_or_told_when_something_breaks(
    anna: Api, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(f"cannot read {MARKER}")

    with caplog.at_level(logging.DEBUG):
        article = anna.ask(f"Is baclofen safe on dialysis for Mrs {MARKER} \U0001f9a5\u16a0?")
        anna.get(f"/api/v1/answers/{article['answer_id']}/export", params={"format": "pdf"})
        monkeypatch.setattr(asking_module, "answer", broken)
        answer = anna.post("/api/v1/answers", {"question": f"Is baclofen safe for {MARKER}?"})
    problem(answer, 500, "failed")
    assert MARKER not in answer.text
    assert "RuntimeError at" in caplog.text
    for secret in (MARKER, "\U0001f9a5", "\u16a0"):
        assert secret not in caplog.text
