"""The library that ships with Osler is valid, whole, linked to its sources, and every statement of it can be cited."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from importlib import resources
from typing import Any

import pytest

from osler.documents.extraction import parse_extractions
from osler.domain.codec import decode, encode
from osler.domain.document import Document, Statement, Via
from osler.language.lexicon import Lexicon
from osler.passages.annotate import annotate

RECORDS_SHIPPED = 655
NOT_A_TOPIC = {"none", "any", "mixed", "healthy", "pharmacokinetics", "medication safety", "symptom management"}
LINES = (resources.files("osler.library") / "starter" / "extractions.jsonl").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def records() -> dict[str, dict[str, Any]]:
    return {r["id"]: r for r in map(json.loads, LINES)}


@pytest.fixture(scope="module")
def documents() -> tuple[Document, ...]:
    return parse_extractions(LINES, "extractions.jsonl")


@pytest.fixture(scope="module")
def statements(documents: tuple[Document, ...]) -> dict[str, tuple[Document, Statement]]:
    return {s.id: (d, s) for d in documents for s in d.statements}


def test_every_record_is_a_statement_of_one_document(
    records: dict[str, dict[str, Any]], statements: dict[str, tuple[Document, Statement]], documents: tuple[Document, ...]
) -> None:
    assert len(LINES) == len(records) == RECORDS_SHIPPED
    assert set(statements) == set(records)
    assert sum(len(d.statements) for d in documents) == RECORDS_SHIPPED


def test_every_statement_slices_back_to_its_record(
    records: dict[str, dict[str, Any]], statements: dict[str, tuple[Document, Statement]]
) -> None:
    for name, (document, statement) in statements.items():
        assert document.text[statement.start : statement.end] == records[name]["statement"]


def test_statements_of_a_document_do_not_overlap(documents: tuple[Document, ...]) -> None:
    for document in documents:
        ordered = sorted(document.statements, key=lambda s: s.start)
        assert all(a.end < b.start for a, b in itertools.pairwise(ordered))


def test_every_field_of_a_record_is_kept(
    records: dict[str, dict[str, Any]], statements: dict[str, tuple[Document, Statement]]
) -> None:
    for name, (_, statement) in statements.items():
        record = records[name]
        assert statement.to_check == record.get("to_check")
        assert statement.note == record.get("note")
        assert (statement.kind, statement.direction) == (record["kind"], record["direction"])
        assert statement.population == record["population"]
        assert [n.value for n in statement.numbers] == [str(n["value"]) for n in record["numbers"]]
        assert (statement.strength and statement.strength.value) == record["strength"]
        assert statement.certainty == (record["certainty"] or "not_graded")


def test_some_statements_are_still_to_be_checked(statements: dict[str, tuple[Document, Statement]]) -> None:
    waiting = [s for _, s in statements.values() if s.to_check]
    assert 0 < len(waiting) < RECORDS_SHIPPED / 10


def test_every_source_can_be_opened(documents: tuple[Document, ...]) -> None:
    for document in documents:
        assert (document.bibliography.url or "").startswith(("https://", "http://")), document.id
        assert document.via is Via.EXTRACTION
        assert document.read_on


def test_no_two_documents_are_the_same_source(documents: tuple[Document, ...]) -> None:
    for field in ("pmid", "doi", "url"):
        keys = Counter(getattr(d.bibliography, field) for d in documents)
        keys.pop(None, None)
        assert [k for k, n in keys.items() if n > 1] == []
    assert len({d.id for d in documents}) == len(documents)


def test_no_note_tells_how_the_library_was_made(records: dict[str, dict[str, Any]]) -> None:
    told = [n for n, r in records.items() if "seed" in f"{r.get('note', '')} {r.get('to_check', '')}".lower()]
    assert told == []


def test_no_statement_stands_twice(records: dict[str, dict[str, Any]]) -> None:
    words = Counter(r["statement"] for r in records.values())
    assert [w for w, n in words.items() if n > 1] == []


def test_every_label_is_in_the_lexicon(records: dict[str, dict[str, Any]], lexicon: Lexicon) -> None:
    labels = {label for r in records.values() for label in (*r["interventions"], *r["problem"])}
    assert sorted(label for label in labels - NOT_A_TOPIC if not lexicon.tag(label)) == []


def test_every_document_can_be_annotated_and_cited(documents: tuple[Document, ...], lexicon: Lexicon) -> None:
    passages = [(d, p) for d in documents for p in annotate(d, lexicon)]
    assert len(passages) == RECORDS_SHIPPED
    spans = [(d, p.span(f)) for d, p in passages for f in p.findings]
    assert len(spans) == RECORDS_SHIPPED
    assert all(d.text[s.start : s.end] == s.exact for d, s in spans)


def test_documents_do_not_depend_on_the_order_of_lines(documents: tuple[Document, ...]) -> None:
    backward = parse_extractions(reversed(LINES), "extractions.jsonl")
    assert [d.id for d in backward] == [d.id for d in documents]
    assert [{s.id for s in d.statements} for d in backward] == [{s.id for s in d.statements} for d in documents]


def test_every_document_survives_json(documents: tuple[Document, ...]) -> None:
    for document in documents:
        assert decode(Document, json.loads(json.dumps(encode(document)))) == document
