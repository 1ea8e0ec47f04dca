"""Extractions: one source is one document, statements slice back, and a record that contradicts itself is refused."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest

from osler.documents.extraction import parse_extractions
from osler.domain.codec import decode, encode
from osler.domain.document import Document
from osler.errors import ExtractionError


def record(number: int = 1, **changes: Any) -> dict[str, Any]:
    source = {"title": "A study", "year": 2020, "url": "https://example.org/a", "pmid": "123", "doi": "10.1000/A"} | changes.pop(
        "source", {}
    )
    return {
        "id": f"T{number:03}", "statement": f"Statement number {number} says that baclofen did something.", "kind": "cohort",
        "direction": "adverse", "interventions": ["baclofen"], "problem": ["back pain"], "population": "adults on hemodialysis",
        "population_tags": ["hemodialysis", "adult"], "numbers": [], "certainty": None, "strength": None, "source": source,
        "read_on": "2026-01-01",
    } | changes  # fmt: skip


def parse(*records: dict[str, Any]) -> tuple[Document, ...]:
    return parse_extractions((json.dumps(r) for r in records), "file.jsonl")


@pytest.mark.parametrize(
    "other",
    [
        {"pmid": "123", "doi": None, "url": "https://example.org/b"},
        {"pmid": None, "doi": "10.1000/a", "url": "https://example.org/b"},
        {"pmid": None, "doi": None, "url": "https://example.org/a/"},
    ],
)
def test_records_that_share_any_key_are_one_document(other: dict[str, Any]) -> None:
    documents = parse(record(1), record(2, source=other))
    assert [d.id for d in documents] == ["pmid:123"]
    assert [s.id for s in documents[0].statements] == ["T001", "T002"]


def test_other_sources_are_other_documents_with_stable_ids() -> None:
    doi = record(2, source={"pmid": None, "doi": "10.1000/B", "url": "https://example.org/b"})
    web = record(3, source={"pmid": None, "doi": None, "url": "https://example.org/c"})
    forward, backward = parse(record(1), doi, web), parse(web, doi, record(1))
    assert [d.id for d in forward] == [d.id for d in backward]
    assert {d.id.partition(":")[0] for d in forward} == {"pmid", "doi", "web"}


def test_statements_slice_back() -> None:
    document = parse(record(1), record(2))[0]
    assert [document.text[s.start : s.end] for s in document.statements] == [record(1)["statement"], record(2)["statement"]]


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (record(kind="blog"), "kind"),
        (record(direction="maybe"), "direction"),
        (record(statement="short"), "statement"),
        (record(source={"url": "ftp://x"}), "url"),
        (record(certainty="certain"), "certainty"),
        (record(population="adults with CKD, not on dialysis"), "not on dialysis"),
        (record(population="children 6-7 years"), "tagged"),
        (record(surprise=1), "surprise"),
    ],
)
def test_a_bad_record_names_its_line(broken: dict[str, Any], message: str) -> None:
    with pytest.raises(ExtractionError, match=rf"file.jsonl, line 2.*{message}"):
        parse(record(9), broken)


def test_a_repeated_id_and_text_that_is_not_json_are_refused() -> None:
    with pytest.raises(ExtractionError, match="used twice"):
        parse(record(1), record(1))
    with pytest.raises(ExtractionError, match="line 1: not JSON"):
        parse_extractions(["{"], "file.jsonl")


@pytest.fixture(scope="module")
def starter() -> tuple[list[dict[str, Any]], tuple[Document, ...]]:
    lines = (resources.files("osler.library") / "starter" / "extractions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines], parse_extractions(lines, "starter")


def test_the_starter_library_is_valid_and_whole(starter: tuple[list[dict[str, Any]], tuple[Document, ...]]) -> None:
    records, documents = starter
    assert len(records) == sum(len(d.statements) for d in documents) == 655
    by_id = {r["id"]: r for r in records}
    for document in documents:
        assert document.bibliography.url
        for statement in document.statements:
            assert document.text[statement.start : statement.end] == by_id[statement.id]["statement"]
            assert statement.to_check == by_id[statement.id].get("to_check")
            assert "seed" not in (statement.note or "")
    assert sum(1 for r in records if r.get("to_check")) == 26


def test_documents_round_trip(starter: tuple[list[dict[str, Any]], tuple[Document, ...]]) -> None:
    for document in starter[1]:
        assert decode(Document, json.loads(json.dumps(encode(document)))) == document
    with pytest.raises(ValueError, match="unknown fields"):
        decode(Document, encode(starter[1][0]) | {"surprise": 1})
    with pytest.raises(TypeError):
        decode(Document, encode(starter[1][0]) | {"text": 7})
