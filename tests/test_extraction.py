"""Extractions: one source is one document, statements slice back, and a record that contradicts itself is refused."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    assert [d.id for d in documents] == ["extraction:pmid:123"]
    assert [s.id for s in documents[0].statements] == ["T001", "T002"]


def test_other_sources_are_other_documents_with_stable_ids() -> None:
    doi = record(2, source={"pmid": None, "doi": "10.1000/B", "url": "https://example.org/b"})
    web = record(3, source={"pmid": None, "doi": None, "url": "https://example.org/c"})
    forward, backward = parse(record(1), doi, web), parse(web, doi, record(1))
    assert [d.id for d in forward] == [d.id for d in backward]
    assert {d.id.split(":")[1] for d in forward} == {"pmid", "doi", "web"}


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


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (record(id="1"), "id"),
        (record(statement="two lines of a statement\nthat is one"), "statement"),
        (record(problem=[]), "problem"),
        (record(population_tags=["martian"]), "population_tags"),
        (record(population_tags=["adult", "adult"]), "population_tags"),
        (record(numbers=[{"unit": "mg"}]), "numbers"),
        (record(numbers=["5"]), "numbers"),
        (record(source={"year": 1066}), "year"),
        (record(source={"pmid": "12x"}), "pmid"),
        (record(read_on="yesterday"), "read_on"),
        (record(strength="firm"), "strength"),
        ({"id": "T001"}, "required"),
        (record(source={"pmid": "000"}), "PMID"),
        (record(source={"doi": "10.x"}), "DOI"),
        (record(source={"title": "    ", "pmid": "9", "doi": None, "url": "https://e.example/t"}), "title"),
        (record(read_on="2026-99-99"), "read_on"),
        (record(id="T001\n"), "id"),
        (record(statement="a statement that ends in a line end\n"), "statement"),
    ],
)
def test_more_bad_records(broken: dict[str, Any], message: str) -> None:
    with pytest.raises(ExtractionError, match=rf"file.jsonl, line 2.*{message}"):
        parse(record(9), broken)


@pytest.mark.parametrize(
    ("line", "message"), [("[]", "object"), ("null", "object"), ("7", "object"), ("{]", "not JSON"), ("x", "not JSON")]
)
def test_a_line_that_is_no_record(line: str, message: str) -> None:
    with pytest.raises(ExtractionError, match=rf"file.jsonl, line 2: .*{message}"):
        parse_extractions(["", line], "file.jsonl")


def test_an_empty_file_is_an_empty_library() -> None:
    assert parse_extractions(["", "  \n"], "file.jsonl") == ()


def test_identifiers_are_stored_in_canonical_form() -> None:
    (document,) = parse(record(source={"pmid": "00123", "doi": "10.1000/ABC"}))
    assert (document.id, document.bibliography.pmid, document.bibliography.doi) == ("extraction:pmid:123", "123", "10.1000/abc")


def test_a_third_record_can_show_that_two_are_one_source() -> None:
    by_pmid = record(1, source={"doi": None, "url": "https://a.example"})
    by_doi = record(2, source={"pmid": None, "url": "https://b.example"})
    assert len(parse(by_pmid, by_doi)) == 2
    (document,) = parse(by_pmid, by_doi, record(3, source={"url": "https://c.example"}))
    assert {s.id for s in document.statements} == {"T001", "T002", "T003"}


@given(
    st.permutations([record(n, source={"pmid": str(n // 2 + 1), "doi": None, "url": f"https://e.example/{n}"}) for n in range(6)])
)
def test_ids_and_slices_do_not_depend_on_the_order_of_lines(records: list[dict[str, Any]]) -> None:
    documents = parse(*records)
    assert {d.id: {s.id for s in d.statements} for d in documents} == {
        "extraction:pmid:1": {"T000", "T001"},
        "extraction:pmid:2": {"T002", "T003"},
        "extraction:pmid:3": {"T004", "T005"},
    }
    said = {r["id"]: r["statement"] for r in records}
    assert all(d.text[s.start : s.end] == said[s.id] for d in documents for s in d.statements)


def test_a_final_slash_does_not_name_another_document() -> None:
    plain, slash = (
        record(n, source={"pmid": None, "doi": None, "url": u})
        for n, u in ((1, "https://e.example/a"), (2, "https://e.example/a/"))
    )
    assert [d.id for d in parse(plain, slash)] == [d.id for d in parse(slash, plain)]


@pytest.mark.xfail(strict=True, reason="one address with two PMIDs becomes one document, named after whichever came first")
def test_two_pmids_are_never_one_source() -> None:
    one, other = (record(n, source={"pmid": str(n), "doi": None}) for n in (1, 2))
    try:
        documents = parse(one, other)
    except ExtractionError:
        return
    assert {d.id for d in documents} == {"extraction:pmid:1", "extraction:pmid:2"}
