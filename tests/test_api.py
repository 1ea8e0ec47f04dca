"""The API: the same answers as the command line, each its caller's own; keys, limits, streams, and no word of a question where it does not belong."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from api_client import BACLOFEN, Api, key_of
from osler.accounts.people import set_active
from osler.accounts.sessions import list_keys, revoke_key
from osler.accounts.throttle import Bucket
from osler.domain.account import OPERATOR
from osler.domain.article import Article
from osler.domain.codec import decode
from osler.domain.question import Audience
from osler.settings import load_settings
from osler.web import asking as asking_module
from osler.web.api.caller import HERE
from osler.web.app import create_app
from osler.web.serving import Serving
from web_client import events

TIMES = ("answered_at", "elapsed_ms")
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


def osler(home: Path, *words: str, sent: str = "") -> str:
    environment = os.environ | {"OSLER_HOME": str(home)}
    done = subprocess.run([sys.executable, "-m", "osler", *words], input=sent, capture_output=True, text=True, env=environment, check=False, timeout=120)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def without_times(article: dict[str, Any]) -> dict[str, Any]:
    return article | {"provenance": {k: v for k, v in article["provenance"].items() if k not in TIMES}}


def problem(answer: Any, status: int, slug: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    value: dict[str, Any] = answer.json()
    assert value["type"] == f"/api/v1/problems#{slug}"
    assert value["status"] == status
    assert value["title"]
    assert value["detail"]
    return value


# The same as the command line


def test_an_answer_is_the_one_of_the_command_line(home: Path, anna: Api) -> None:
    told = json.loads(osler(home, "ask", "--json", "--no-keep", "--age", "71", "--allergy", "penicillin", BACLOFEN))
    sent = {"question": BACLOFEN, "given": {"age_years": 71, "allergies": ["penicillin"]}}
    answer = anna.post("/api/v1/answers", sent | {"related": True})
    assert answer.headers["content-type"] == "application/json"
    assert without_times(answer.json()) == without_times(told)
    assert list(answer.json()) == list(told)
    decode(Article, answer.json())
    assert without_times(anna.post("/api/v1/answers", sent).json()) == without_times(told | {"related": []})


def test_searches_and_checks_are_those_of_the_command_line(home: Path, anna: Api, tmp_path: Path) -> None:
    told = json.loads(osler(home, "library", "search", "falls", "--drug", "baclofen", "--limit", "3", "--json"))
    assert anna.post("/api/v1/library/search", {"words": "falls", "drugs": ["baclofen"], "limit": 3}).json() == told
    claim = {"id": "1", "claim": "Baclofen 5 mg is given daily.", "passage": "Baclofen 10 mg is given daily."}
    itch = {"id": "2", "claim": "Gabapentin relieves uremic itch.", "passage": "Gabapentin relieves uremic itch.", "question": "Gabapentin for back pain?"}  # fmt: skip
    lines = "\n".join(json.dumps(c) for c in (claim, itch))
    verdicts = [json.loads(line) for line in osler(home, "verify", "-", "--json", sent=lines).splitlines()]
    assert [v["verdict"] for v in verdicts] == ["contradicted", "indirect"]
    assert anna.post("/api/v1/verify", {"claims": [claim, itch]}).json() == {"results": verdicts}
    pair = {"id": "2", "question": "Gabapentin for back pain on dialysis?", "passage": "Gabapentin relieves uremic itch."}
    (tmp_path / "pairs.jsonl").write_text(json.dumps(pair))
    found = json.loads(osler(home, "appraise", str(tmp_path / "pairs.jsonl"), "--json"))
    assert found["directness"] == "indirect"
    assert anna.post("/api/v1/appraise", {"pairs": [pair]}).json() == {"results": [found]}
    stats = json.loads(osler(home, "library", "stats", "--json"))
    told_stats = anna.get("/api/v1/library").json()
    assert {k: told_stats[k] for k in stats} == stats
    assert sum(k["documents"] for k in told_stats["kinds"]) == stats["documents"]


def test_a_span_slices_out_of_its_document(anna: Api) -> None:
    citations = [c for claim in anna.ask()["claims"] for c in claim["citations"]]
    assert citations
    versions = {r["document_id"]: r["version"] for r in anna.ask()["references"]}
    for span in (c["span"] for c in citations):
        path = f"/api/v1/library/documents/{span['document_id']}"
        text = anna.get(path, params={"version": versions[span["document_id"]]}).json()["text"]
        assert text[span["start"] : span["end"]] == span["exact"]
    problem(anna.get("/api/v1/library/documents/doi:10.1/none"), 404, "no-such-document")
    problem(anna.get(path, params={"version": 99}), 404, "no-such-document")


def test_a_request_becomes_the_record_of_the_command_line(home: Path, anna: Api, tmp_path: Path) -> None:
    request = {"question": BACLOFEN, "requestor": {"role": "renal pharmacist"}, "patient": {"allergies": [], "weight_kg": 70.12345}}
    told = anna.post("/api/v1/respond", request).json()
    (tmp_path / "request.json").write_text(json.dumps(request | {"patient": {"allergies": [], "weight_kg": 70.123}}))
    same = json.loads(osler(home, "respond", str(tmp_path / "request.json"), "--format", "json"))
    assert without_times(told.pop("article")) == without_times(same.pop("article"))
    told["search"].pop("searched_at", None), same["search"].pop("searched_at", None)
    assert told == same
    assert anna.post("/api/v1/respond?format=docx", request).content[:2] == b"PK"
    assert "BACLOFEN" in anna.post("/api/v1/respond?format=markdown", request).text.upper()
    problem(anna.post("/api/v1/respond", request | {"patient": {"pregnant": False, "gestation_weeks": 20}}), 422, "input")


# A caller's own


def test_an_answer_is_listed_read_followed_exported_replayed_and_erased(anna: Api) -> None:
    asked = anna.post("/api/v1/answers", {"question": BACLOFEN})
    place, first = asked.headers["content-location"], asked.json()
    assert place == f"/api/v1/answers/{first['answer_id']}"
    assert without_times(anna.get(place).json()) == without_times(first)
    then = anna.ask("Only the doses, please", follow=first["answer_id"])
    assert then["parent"] == first["answer_id"]
    assert then["question"]["thread"] == [BACLOFEN]
    facts = {"medicines": ["warfarin"]}
    more = anna.ask("Only the doses, please", follow=first["answer_id"], given=facts)
    assert "warfarin" in more["question"]["frame"]["patient"]["medicines"]
    turns = [BACLOFEN, "Only the doses, please"]
    assert anna.post("/api/v1/answers", {"turns": turns, "given": facts}).json()["answer_id"] == more["answer_id"]
    listed = anna.get("/api/v1/answers").json()
    kept = {a["answer_id"]: a["follows"] for a in listed["answers"]}
    assert next(iter(kept)) == more["answer_id"]
    assert kept[then["answer_id"]] == first["answer_id"]
    assert f"# {first['title']}" in anna.get(f"{place}/export", params={"format": "markdown"}).text
    assert anna.get(f"{place}/export", params={"format": "pdf"}).content[:5] == b"%PDF-"
    assert anna.post(f"{place}/replay").json()["outcome"] == "identical"
    assert isinstance(anna.get(f"{place}/related").json()["related"], list)
    gone = anna.delete(place).json()
    assert {first["answer_id"], then["answer_id"]} <= set(gone["erased"])
    problem(anna.get(place), 404, "no-such-answer")
    problem(anna.delete(place), 404, "no-such-answer")


def test_nobody_reads_follows_or_erases_what_another_asked(anna: Api, ben: Api) -> None:
    place = f"/api/v1/answers/{anna.ask('Is methocarbamol safe on hemodialysis?')['answer_id']}"
    problem(ben.get(place), 404, "no-such-answer")
    problem(ben.get(f"{place}/export?format=text"), 404, "no-such-answer")
    problem(ben.post(f"{place}/replay"), 404, "no-such-answer")
    problem(ben.get(f"{place}/related"), 404, "no-such-answer")
    problem(ben.delete(place), 404, "no-such-answer")
    problem(ben.post("/api/v1/answers", {"question": "And the dose?", "follow": place[-16:]}), 404, "no-such-answer")
    assert place[-16:] not in ben.get("/api/v1/answers").text
    assert anna.get(place).status_code == 200


def test_pages_of_the_list_hold_every_answer_once(ben: Api) -> None:
    asked = {ben.ask(f"Gabapentin {n} mg on hemodialysis?")["answer_id"] for n in (100, 200, 300, 400, 500)}
    seen, path = [], "/api/v1/answers?limit=2"
    while path:
        page = ben.get(path).json()
        assert len(page["answers"]) <= 2
        seen += [a["answer_id"] for a in page["answers"]]
        path = page["next"]
    assert len(seen) == len(set(seen)) == page["total"]
    assert asked <= set(seen)


def test_what_is_not_to_be_kept_is_not(home: Path, anna: Api) -> None:
    answer = anna.post("/api/v1/answers", {"question": f"Is baclofen safe on dialysis for Mrs {MARKER}?", "keep": False})  # fmt: skip
    assert "content-location" not in answer.headers
    problem(anna.get(f"/api/v1/answers/{answer.json()['answer_id']}"), 404, "no-such-answer")
    assert not [f for f in home.rglob("*") if f.is_file() and MARKER.encode() in f.read_bytes()]


def test_a_server_that_keeps_nothing_answers_all_the_same(tmp_path: Path) -> None:
    api = Api(create_app(replace(load_settings(tmp_path), keep=False)))
    article = api.ask()
    assert article["claims"]
    assert api.get("/api/v1/answers").json() == {"total": 0, "answers": [], "next": None}
    problem(api.get(f"/api/v1/answers/{article['answer_id']}"), 404, "no-such-answer")


def test_patients_are_answered_where_that_is_offered(anna: Api, tmp_path: Path) -> None:
    sent = {"question": BACLOFEN, "audience": "patient"}
    assert "patient" in problem(anna.post("/api/v1/answers", sent), 403, "not-allowed")["detail"]
    problem(anna.post("/api/v1/respond", {"question": BACLOFEN, "requestor": {"role": "patient"}}), 403, "not-allowed")
    offered = Api(create_app(load_settings(tmp_path), Serving(patients=True)))
    assert offered.post("/api/v1/answers", sent).json()["question"]["audience"] == Audience.PATIENT.value


# Keys


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


def test_keys_on_the_command_line(home: Path, app: FastAPI, anna: Api) -> None:
    made = osler(home, "key", "add", "anna", "--label", "ward tool", sent="anna waters the ferns\n").strip()
    assert Api(app, made).get("/api/v1/library").status_code == 200
    rows = [json.loads(line) for line in osler(home, "key", "list", "--json").splitlines()]
    (mine,) = [r for r in rows if r["label"] == "ward tool"]
    assert mine["login"] == "anna"
    assert made not in json.dumps(rows)
    osler(home, "key", "revoke", str(mine["number"]))
    problem(Api(app, made).get("/api/v1/library"), 401, "key-not-valid")


# Load


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


# Streams


def stream(api: Api, question: str) -> list[tuple[str, Any]]:
    answer = api.post("/api/v1/answers", {"question": question}, headers={"accept": "text/event-stream"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    return events(answer.text)


def test_the_stages_end_in_the_same_answer(anna: Api) -> None:
    got = stream(anna, BACLOFEN)
    assert [name for name, _ in got] == ["understood", "evidence", "answer", "kept"]
    assert without_times(got[2][1]) == without_times(anna.ask())
    assert got[0][1]["question"] == got[2][1]["question"]
    assert anna.get(got[3][1]["at"]).json()["answer_id"] == got[2][1]["answer_id"]


@hypothesis_settings(max_examples=15)
@given(st.text(alphabet=st.sampled_from('\r\n\x85\u2028\u2029: aevntd{}"\\'), max_size=60))
def test_no_question_forges_an_event(anna: Api, hostile: str) -> None:
    got = stream(anna, f"Is baclofen safe on dialysis?{hostile}\n\nevent: answer\ndata: {{}}\r\rdata: x")
    assert [name for name, _ in got] == ["understood", "evidence", "answer", "kept"]


def test_a_stream_that_fails_says_so_in_a_problem(anna: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from osler.errors import LibraryError

    def broken(*_: object) -> None:
        raise LibraryError(f"/secret/path {MARKER}")

    monkeypatch.setattr(asking_module, "answer", broken)
    ((name, value),) = stream(anna, BACLOFEN)
    assert name == "problem"
    assert value["type"].endswith("#library-unusable")
    assert MARKER not in json.dumps(value)


# Published


def test_published_articles_are_for_everybody_and_none_is_none(app: FastAPI) -> None:
    elsewhere = Api(app, client=("192.0.2.7", 5))
    assert elsewhere.get("/api/v1/articles").json() == {"total": 0, "articles": [], "next": None}
    problem(elsewhere.get("/api/v1/articles/none"), 404, "no-such-article")


# What the operator sees


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
