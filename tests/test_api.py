"""The API: the same answers as the command line, each its caller's own; keys, limits, streams, and no word of a question where it does not belong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from api_client import BACLOFEN, Api, key_of, osler, problem, without_times
from casebooks import notice_file
from desks import no_faults
from libraries import add_here, opened
from osler.accounts.people import get_account, set_roles
from osler.domain.account import OPERATOR, Actor, Means, Role
from osler.domain.article import Article
from osler.domain.codec import decode
from osler.domain.question import Audience
from osler.review.desk import submit
from osler.settings import load_settings
from osler.web import asking as asking_module
from osler.web import keeper
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


def test_a_key_erases_nothing_at_the_desk_and_says_so(app: FastAPI) -> None:
    api = Api(app, key_of(app, "dora"))
    question = "Is methocarbamol safe on hemodialysis?"
    api.ask(question)
    desk, stored = app.state.site.desk, app.state.site.casebook.find(api.ask(question)["answer_id"])
    set_roles(desk, OPERATOR, "dora", (Role.AUTHOR,))
    account = get_account(desk, "dora")
    case = submit(desk, Actor(account.id, Means.PASSWORD), stored.article, (), "Methocarbamol on hemodialysis", no_faults)
    told = api.delete(f"/api/v1/answers/{stored.kept.answer_id}").json()
    assert told["erased"] == [stored.kept.answer_id]
    assert told["at_the_desk"] == [case.id]


def test_a_stored_answer_says_that_a_source_was_retracted_since(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "REOPEN_PAUSE_S", 0.0)
    settings = load_settings(tmp_path / "home")
    api = Api(create_app(settings))
    article = api.ask("Is methocarbamol safe on dialysis?")
    place = f"/api/v1/answers/{article['answer_id']}"
    assert api.get(place).headers["osler-sources-changed"] == "0"
    cited = next(r for r in article["references"] if r["pmid"])
    add_here(opened(settings.home), notice_file(tmp_path / "r.csv", "Retraction", int(cited["pmid"])))
    told = api.get(place)
    assert told.headers["osler-sources-changed"] == "1"
    assert told.json() == article
    shown = api.get(f"{place}/export?format=text").text
    assert f"Reference [{cited['number']}]: retracted, since 2024-03-04" in shown
    done = api.post(f"{place}/replay").json()
    assert done["outcome"] == "different"
    assert [d["document_id"] for d in done["documents"]] == [cited["document_id"]]


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


def test_published_articles_are_for_everybody_and_none_is_none(app: FastAPI) -> None:
    elsewhere = Api(app, client=("192.0.2.7", 5))
    assert elsewhere.get("/api/v1/articles").json() == {"total": 0, "articles": [], "next": None}
    problem(elsewhere.get("/api/v1/articles/none"), 404, "no-such-article")
