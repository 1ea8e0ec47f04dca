"""What is sent is read in one way only, bounded in every field, and never repeated in a refusal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from api_client import Api
from osler.errors import OslerError
from osler.settings import load_settings
from osler.web.api.bodies import MAX_CLAIMS, MAX_PAIRS
from osler.web.api.problems import KINDS, PAGE, Told, told
from osler.web.api.strict import MAX_DEPTH, read_json
from osler.web.app import create_app
from osler.web.serving import Serving

PRIVATE = "Mrs Wigglesworthian has cramps"
ASK = "/api/v1/answers"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    made = create_app(load_settings(tmp_path_factory.mktemp("strict")), Serving(api_per_minute=1_000_000))
    yield made
    made.state.site.asking.close()


@pytest.fixture(scope="module")
def api(app: FastAPI) -> Api:
    return Api(app)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"nul", b"[1,]", b"{'question': 'a'}", b'{"question": NaN}', b'{"given": {"age_years": Infinity}}', b'{"a": -Infinity}',
        b'{"given": {"age_years": 1e999}}', b'{"question": "a", "question": "b"}', b'{"given": {"egfr": 5, "egfr": 50}, "question": "a"}',
        b'{"question": "\\ud800"}', b'{"\\udfff": 1}', b'{"question": "\xff"}', b"\xef\xbb\xbf{}", b'{"question": "a"}x',
        '{"question": "a"}'.encode("utf-16"), b"[" * 100_000, b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1), b"9" * 5_000,
    ],
)  # fmt: skip
def test_what_reads_in_two_ways_or_in_none_is_not_read(api: Api, body: bytes) -> None:
    answer = api.post(ASK, body)
    assert answer.status_code == 400
    assert answer.json()["type"] == f"{PAGE}#bad-json"


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters(exclude_categories=["Cs"])), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3), max_leaves=8))  # fmt: skip
def test_every_other_json_is_read_as_it_is(value: Any) -> None:
    assert read_json(json.dumps(value).encode()) == value
    assert read_json(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(Told):  # anything else that it raised would be a fault of ours
        assert read_json(data) == json.loads(data)


def test_only_json_is_taken(api: Api) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx", ""):
        answer = api.post(ASK, b'{"question": "Is baclofen safe on dialysis?"}', headers={"content-type": kind})
        assert answer.status_code == 415, kind
        assert answer.json()["type"].endswith("#not-json")
    answer = api.post(ASK, b'{"question": "Is baclofen safe?"}', headers={"content-type": "Application/JSON; charset=utf-8"})  # fmt: skip
    assert answer.status_code == 200


def test_too_much_is_not_read_however_it_is_sent(api: Api) -> None:
    assert api.post(ASK, b"x" * (1 << 20 | 1)).json()["type"].endswith("#too-large")
    endless = (b"x" * 65_536 for _ in range(40))
    answer = api.client.post(ASK, content=endless, headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["type"].endswith("#too-large")


LONG = "a" * 4_001
BOUNDS = [
    (ASK, {"question": LONG}, "#/question"), (ASK, {"question": ""}, "#/question"), (ASK, {"question": "12?"}, "#/question"),
    (ASK, {"question": 5}, "#/question"), (ASK, {"turns": []}, "#/turns"), (ASK, {"turns": ["a"] * 31}, "#/turns"),
    (ASK, {"turns": ["a", LONG]}, "#/turns/1"), (ASK, {}, "#"), (ASK, {"question": "a", "turns": ["b"]}, "#"),
    (ASK, {"turns": ["b"], "follow": "0" * 16}, "#"), (ASK, {"question": "a", "follow": "../../etc"}, "#/follow"),
    (ASK, {"question": "a", "audience": "vet"}, "#/audience"), (ASK, {"question": "a", "keep": "yes"}, "#/keep"),
    (ASK, {"question": "a", "given": {"age_years": 121}}, "#/given/age_years"),
    (ASK, {"question": "a", "given": {"age_years": "71"}}, "#/given/age_years"),
    (ASK, {"question": "a", "given": {"age_years": True}}, "#/given/age_years"),
    (ASK, {"question": "a", "given": {"weight_kg": 0.2}}, "#/given/weight_kg"),
    (ASK, {"question": "a", "given": {"egfr": -1}}, "#/given/egfr"),
    (ASK, {"question": "a", "given": {"dialysis": "home"}}, "#/given/dialysis"),
    (ASK, {"question": "a", "given": {"pregnant": "no"}}, "#/given/pregnant"),
    (ASK, {"question": "a", "given": {"medicines": ["a"] * 61}}, "#/given/medicines"),
    (ASK, {"question": "a", "given": {"allergies": ["a" * 201]}}, "#/given/allergies/0"),
    (ASK, {"question": "a", "given": {"alergies": ["penicillin"]}}, "#/given/alergies"),
    (ASK, {"question": "a", PRIVATE: 1}, "#/…"),
    ("/api/v1/verify", {"claims": []}, "#/claims"),
    ("/api/v1/verify", {"claims": [{"id": "1", "claim": "a", "passage": "a"}] * 101}, "#/claims"),
    ("/api/v1/verify", {"claims": [{"id": "1", "claim": "a", "passage": LONG}]}, "#/claims/0/passage"),
    ("/api/v1/appraise", {"pairs": [{"id": "1", "question": "a", "passage": "a"}] * 21}, "#/pairs"),
    ("/api/v1/library/search", {"limit": 201}, "#/limit"), ("/api/v1/library/search", {"limit": "5"}, "#/limit"),
    ("/api/v1/library/search", {"since": 0}, "#/since"), ("/api/v1/library/search", {"kinds": ["poem"]}, "#/kinds/0"),
    ("/api/v1/respond", {"question": "a", "background": "a" * 8_001}, "#/background"),
    ("/api/v1/respond", {"question": "a", "patient": {"age": 5}}, "#/patient/age"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body", "pointer"), BOUNDS, ids=[f"{p[8:]}-{q}-{n}" for n, (p, _, q) in enumerate(BOUNDS)])
def test_a_field_out_of_bounds_is_named_and_not_repeated(api: Api, path: str, body: dict[str, Any], pointer: str) -> None:
    answer = api.post(path, body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    value = answer.json()
    assert value["type"] == f"{PAGE}#not-valid"
    assert pointer in [e["pointer"] for e in value["errors"]]
    assert LONG not in answer.text
    assert PRIVATE not in answer.text


@pytest.mark.parametrize(
    "field", ["question", "audience", "follow", "turns", "given.dialysis", "given.pregnant", "given.egfr", "given.allergies"]
)
def test_a_refusal_never_holds_what_was_sent(api: Api, field: str) -> None:
    body: dict[str, Any] = {"question": "Is baclofen safe?"}
    *above, last = field.split(".")
    (body.setdefault(above[0], {}) if above else body)[last] = {PRIVATE: PRIVATE}
    answer = api.post(ASK, body)
    assert answer.status_code == 422
    assert "Wigglesworthian" not in answer.text


@pytest.mark.parametrize(
    "path", ["?limit=0", "?limit=101", "?limit=a", "?offset=-1", "?offset=10001", "?offset=1e3", "/xyz", "/6C1768626AC6E2A1"]
)
def test_parameters_are_bounded_too(api: Api, path: str) -> None:
    answer = api.get(f"{ASK}{path}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] in ("limit", "offset", "answer_id")


def test_facts_that_contradict_each_other_are_a_question_that_cannot_be_read(api: Api) -> None:
    answer = api.post(ASK, {"question": "Is baclofen safe?", "given": {"pregnant": False, "gestation_weeks": 12}})
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("#question")


def test_every_error_of_ours_is_a_problem_and_none_tells_a_path() -> None:
    def below(kind: type[OslerError]) -> Iterator[type[OslerError]]:
        yield kind
        for inner in kind.__subclasses__():
            yield from below(inner)

    for kind in below(OslerError):
        refusal = told(kind("/home/x/desk.sqlite is not readable"))
        assert refusal.slug in KINDS
        user = 400 <= refusal.status_code < 500 and refusal.slug in ("question", "input", "not-allowed")
        assert ("/home/x" in refusal.detail) is user, kind.__name__


def test_every_kind_of_problem_is_on_the_page_that_its_type_names(api: Api) -> None:
    page = api.get(PAGE)
    assert page.status_code == 200
    assert [s for s in KINDS if f'id="{s}"' not in page.text] == []
    described = api.get("/api/v1/openapi.json").json()
    assert all(f"/api/v1{path}" in page.text for path in described["paths"])


def test_addresses_that_are_not_there_and_wrong_methods_are_problems(api: Api) -> None:
    assert api.get("/api/v1/none").json()["type"].endswith("#not-found")
    refused = api.client.patch(ASK)
    assert refused.status_code == 405
    assert refused.headers["allow"] == "GET, POST"
    assert refused.json()["type"].endswith("#wrong-method")
    elsewhere = api.get("/api/v1/library", headers={"host": "evil.example"})
    assert elsewhere.status_code == 421
    assert elsewhere.json()["type"].endswith("#wrong-host")


def test_the_description_says_all_of_every_operation(api: Api) -> None:
    described = api.get("/api/v1/openapi.json").json()
    assert described["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    public = []
    for path, methods in described["paths"].items():
        for method, said in methods.items():
            assert said["summary"], path
            assert said["description"], path
            public += [] if said.get("security") else [path]
            refusals = {s: r for s, r in said["responses"].items() if int(s) >= 400}
            assert {"421", "500", "503"} <= set(refusals), (method, path)
            assert all(list(r["content"]) == ["application/problem+json"] for r in refusals.values())
            if "requestBody" in said:
                name = said["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
                assert described["components"]["schemas"][name]["examples"], name
    assert sorted(public) == ["/articles", "/articles/{slug}"]


def test_every_example_of_the_description_is_answered(api: Api) -> None:
    described = api.get("/api/v1/openapi.json").json()
    for path, methods in described["paths"].items():
        body = methods.get("post", {}).get("requestBody")
        if body is None:
            continue
        schema = described["components"]["schemas"][body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]]
        for example in schema["examples"]:
            answer = api.post(f"/api/v1{path}", example)
            assert answer.status_code == (404 if "follow" in example else 200), answer.text


def test_nothing_of_the_api_is_kept_or_indexed_by_others(api: Api) -> None:
    headers = api.get("/api/v1/library").headers
    assert headers["cache-control"] == "no-store"
    assert "noindex" in headers["x-robots-tag"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in headers
    assert "access-control-allow-origin" not in headers


def test_the_documentation_names_every_address_and_every_problem(api: Api) -> None:
    text = (Path(__file__).parents[1] / "docs" / "api.md").read_text(encoding="utf-8")
    for kind in KINDS.values():
        assert f"| `{kind.slug}` | {kind.status} | {kind.title}. {kind.meaning} |" in text
    for path in api.get("/api/v1/openapi.json").json()["paths"]:
        plain = path.replace("{answer_id}", "{id}").replace("{document_id}", "{id}")
        assert plain in text, plain
    limit = Serving()
    for figure in (f"{limit.api_per_minute} requests a minute ({limit.api_per_minute // 3} at once)", f"takes {MAX_CLAIMS} claims", f"`appraise` {MAX_PAIRS} pairs"):  # fmt: skip
        assert figure in text
