"""openFDA labels: flat fields become sections again, each text once, with tables in place; no other endpoint passes for a label."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.documents.openfda import parse_openfda
from osler.documents.record import Rejected
from osler.domain.document import Document, StudyDesign
from osler.domain.part import Part, PartKind
from osler.errors import SourceError

SET_ID = "0a1b2c3d-0000-4000-8000-00000000000f"
NAMES = {
    "brand_name": ["EXAMPLOL"], "generic_name": ["EXAMPLOLUM SODIUM"], "substance_name": ["EXAMPLOLUM"], "route": ["ORAL"],
    "manufacturer_name": ["Example Works Ltd"], "product_type": ["HUMAN PRESCRIPTION DRUG"],
}  # fmt: skip


def result(**fields: Any) -> dict[str, Any]:
    return {"set_id": SET_ID, "id": "x", "version": "12", "effective_time": "20240229", "openfda": dict(NAMES)} | fields


def answer(*results: Any) -> bytes:
    return json.dumps({"meta": {"results": {"skip": 0, "limit": 9, "total": 9}}, "results": list(results)}).encode()


def parse(**fields: Any) -> Document:
    (document,) = parse_openfda(answer(result(**fields)), "labels.json")
    assert isinstance(document, Document)
    return document


def words(document: Document, part: Part) -> str:
    return document.text[part.start : part.end]


def shown(document: Document) -> list[tuple[str, str | None, tuple[str, ...]]]:
    return [(words(document, p), p.code, p.path) for p in document.parts if p.kind not in (PartKind.TITLE, PartKind.HEADING)]


def test_what_a_label_says_about_itself() -> None:
    document = parse(indications_and_usage=["For spells."])
    assert (document.id, document.kind, document.revision) == (f"spl:{SET_ID}", StudyDesign.LABEL, "00012.0")
    assert (document.issued, document.bibliography.year, document.organisation) == ("2024-02-29", 2024, "Example Works Ltd")
    assert document.bibliography.title == document.text.split("\n")[0] == "EXAMPLOL (examplolum sodium) label"
    assert document.bibliography.title_is_description
    assert document.interventions == ("EXAMPLOLUM", "EXAMPLOLUM SODIUM")
    assert document.keywords == ("EXAMPLOL", "ORAL")
    assert (document.licence, document.jurisdiction) == ("CC0-1.0", "US")


def test_the_xml_of_the_same_version_outranks_it_and_a_later_version_outranks_both() -> None:
    assert parse(indications_and_usage=["x"]).revision < "00012.1" < parse(indications_and_usage=["x"], version="13").revision


def test_a_section_is_cut_at_its_numbered_subsections_and_renal_and_hepatic_ones_get_their_codes() -> None:
    document = parse(
        use_in_specific_populations=[
            "8 USE IN SPECIFIC POPULATIONS Kidneys: halve it ( 8.6 ) 8.1 Pregnancy Risk is unknown [see Data (8.4)]. 8.6 Renal Impairment "
            "No change down to 30 mL/min; below it see 8.7 Table. 8.7 Hepatic Impairment EXAMPLOL was not studied."
        ]
    )
    top = "8 USE IN SPECIFIC POPULATIONS"
    assert shown(document) == [
        ("Kidneys: halve it ( 8.6 )", "43684-0", (top,)),
        ("8.1 Pregnancy Risk is unknown [see Data (8.4)].", "42228-7", (top, "8.1 Pregnancy")),
        ("8.6 Renal Impairment No change down to 30 mL/min; below it see 8.7 Table.", "88828-9", (top, "8.6 Renal Impairment")),
        ("8.7 Hepatic Impairment EXAMPLOL was not studied.", "88829-7", (top, "8.7 Hepatic Impairment")),
    ]
    assert [words(document, p) for p in document.parts if p.kind is PartKind.HEADING] == [top]


@pytest.mark.parametrize(
    "text",
    [
        "2 DOSAGE AND ADMINISTRATION Start with 2.5 MG once or 2.7 Grams.",
        "2 DOSAGE AND ADMINISTRATION The ratio was 2.5 Times higher (2.1) , 2.2 Others.",
        "2 DOSAGE AND ADMINISTRATION A level of 5.1 Units is high.",
        "Take 2.5 Tablets at night.",
    ],
)
def test_a_figure_or_reference_does_not_cut_a_sentence(text: str) -> None:
    document = parse(dosage_and_administration=[text])
    assert len([p for p in document.parts if p.kind is PartKind.PARAGRAPH]) == 1


def test_a_field_that_repeats_a_part_of_another_gives_it_its_code_and_no_second_text() -> None:
    child = "8.4 Pediatric Use Not studied below 12 years."
    document = parse(use_in_specific_populations=[f"8 USE IN SPECIFIC POPULATIONS Overview. {child} End."], pediatric_use=[child])
    assert document.text.count("Not studied below 12 years.") == 1
    assert [(w, c) for w, c, _ in shown(document)] == [("Overview.", "43684-0"), (child, "34081-0"), ("End.", "43684-0")]


def test_a_short_text_that_another_field_happens_to_hold_is_not_dropped() -> None:
    document = parse(contraindications=["None."], overdosage=["Antidote: None. Wait."])
    assert ("None.", "34070-3") in [(w, c) for w, c, _ in shown(document)]
    assert ("Antidote: None. Wait.", "34088-5") in [(w, c) for w, c, _ in shown(document)]


def test_fields_without_numbers_or_heading_are_named_by_the_field() -> None:
    document = parse(
        warnings=["Causes sleep."], mystery_field=["Something new."], dosage_and_administration=["Directions: one daily"]
    )
    assert shown(document) == [
        ("Directions: one daily", "34068-7", ("Dosage and administration",)),
        ("Causes sleep.", "34071-1", ("Warnings",)),
        ("Something new.", "42229-5", ("Mystery field",)),
    ]


def test_product_data_and_package_labels_are_left_out() -> None:
    document = parse(
        warnings=["Causes sleep."], spl_product_data_elements=["STARCH"], package_label_principal_display_panel=["30 tablets"],
        recent_major_changes=["Dosage 1/2024"],
    )  # fmt: skip
    assert document.text.split("\n")[1:] == ["Warnings", "Causes sleep."]


TABLE = (
    '<table ID="t"><caption>Table 1. Doses</caption><thead><tr><th>Clearance</th><th>Dose</th></tr></thead><tbody><tr><td>&lt;30</td>'
    "<td>5 mg</td></tr><tr><td>Dialysis</td><td><paragraph>2.5 mg</paragraph><paragraph>after it</paragraph></td></tr></tbody></table>"
)


@pytest.mark.parametrize(
    "flat",
    ["Table 1. DosesClearanceDose<305 mgDialysis2.5 mgafter it", "Table 1. Doses Clearance Dose <30 5 mg Dialysis 2.5 mg after it"],
)
def test_a_table_replaces_its_flat_words_where_they_stand(flat: str) -> None:
    document = parse(
        dosage_and_administration=[f"2 DOSAGE AND ADMINISTRATION 2.1 Kidneys Reduce it: {flat} Then watch."],
        dosage_and_administration_table=[TABLE],
    )
    assert [w for w, _, _ in shown(document)] == [
        "2.1 Kidneys Reduce it:",
        "Table 1. Doses",
        "Clearance: <30; Dose: 5 mg",
        "Clearance: Dialysis; Dose: 2.5 mg after it",
        "Then watch.",
    ]
    assert [document.text[c.start : c.end] for p in document.parts for c in p.cells if c.column == "Dose"] == [
        "5 mg",
        "2.5 mg after it",
    ]


def test_a_table_whose_words_do_not_stand_in_the_text_follows_it_and_a_repeated_one_is_not_written_twice() -> None:
    child = "12.3 Pharmacokinetics Fast within the first hour."
    document = parse(
        clinical_pharmacology=[f"12 CLINICAL PHARMACOLOGY {child}"], clinical_pharmacology_table=[TABLE],
        pharmacokinetics=[child], pharmacokinetics_table=[TABLE],
    )  # fmt: skip
    assert [w for w, _, _ in shown(document)].count("Clearance: <30; Dose: 5 mg") == 1
    assert shown(document)[0] == (child, "43682-4", ("12 CLINICAL PHARMACOLOGY", "12.3 Pharmacokinetics"))


@pytest.mark.parametrize(
    ("source", "cell"),
    [
        ("<table><tr><td>Age</td><td>Dose</td></tr><tr><td>9&nbsp;years</td><td>5&nbsp;mg<br></td></tr></table>", "5 mg"),
        ('<!DOCTYPE t [<!ENTITY e SYSTEM "file:///etc/passwd">]><table><tr><td>&e;</td><td>b</td></tr></table>', None),
        ("no table at all", None),
        ("", None),
    ],
)
def test_tables_that_are_html_are_read_and_those_that_are_nothing_are_left(source: str, cell: str | None) -> None:
    document = parse(warnings=["Causes sleep."], warnings_table=[source])
    assert [document.text[c.start : c.end] for p in document.parts for c in p.cells][1:] == ([cell] if cell else [])
    assert "root:" not in document.text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("below 1.5 x 10 9 /L", "below 1.5 x 10⁹ /L"),
        ("below 1.5 x 109/L", "below 1.5 x 10⁹/L"),
        ("75 mg/m 2 daily", "75 mg/m² daily"),
        ("200 cells/mm 3 or more", "200 cells/mm³ or more"),
        ("2 x 100/mL", "2 x 100/mL"),
        ("5 x 105/mL", "5 x 105/mL"),
        ("dilute 1/10 9 times", "dilute 1/10 9 times"),
    ],
)
def test_an_exponent_that_the_source_flattened_is_restored_only_where_it_can_be_nothing_else(text: str, kept: str) -> None:
    assert kept in parse(warnings=[text]).text


@given(st.lists(st.text("ab 0159.,;:()[]<>≥µ²", min_size=1, max_size=60).filter(str.strip), min_size=1, max_size=4, unique=True))
def test_no_word_of_a_field_is_lost_or_changed(texts: list[str]) -> None:
    document = parse(warnings=texts)
    for text in texts:
        assert " ".join(text.split()) in document.text


# --- what is no label -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "what"),
    [
        ({"safetyreportid": "1", "patient": {}}, "adverse event"),
        ({"term": "RASH", "count": 3}, "count"),
        ({"k_number": "K1"}, "510"),
        ({"pma_number": "P1"}, "PMA"),
        ({"application_number": "NDA1", "submissions": []}, "Drugs@FDA"),
        ({"product_ndc": "1-2"}, "NDC"),
        ({"recall_number": "D-1"}, "recall"),
        ({"colour": "blue"}, "unknown"),
        (7, "unknown"),
    ],
)
def test_another_endpoints_answer_is_a_source_error_and_among_labels_a_rejected_record(record: Any, what: str) -> None:
    with pytest.raises(SourceError, match=what.replace("(", r"\(")):
        list(parse_openfda(answer(record), "other.json"))
    first, second = parse_openfda(answer(record, result(warnings=["Causes sleep."])), "mixed.json")
    assert isinstance(first, Rejected)
    assert what in first.reason
    assert isinstance(second, Document)


def test_a_single_result_is_read_and_an_empty_answer_holds_nothing() -> None:
    (document,) = parse_openfda(json.dumps(result(warnings=["Causes sleep."])).encode("utf-8-sig"), "one.json")
    assert isinstance(document, Document)
    assert list(parse_openfda(answer(), "none.json")) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "no text"),
        ({"warnings": ["x"], "version": None}, "version"),
        ({"warnings": ["x"], "set_id": "a b"}, "set id"),
        ({"warnings": ["x"], "set_id": ["a"]}, "set id"),
        ({"warnings": ["x"], "veterinary_indications": ["dogs"]}, "animals"),
        ({"warnings": ["x"], "openfda": {"product_type": ["PRESCRIPTION ANIMAL DRUG"]}}, "animals"),
        ({"warnings": ["give \ud835 mg"]}, "lost"),
        ({"warnings": ["\ufffd30 mL/min"]}, "lost"),
        (
            {"warnings": ["x"], "warnings_table": ["<table>" + '<tr><td colspan="9999">x</td><td>y</td></tr>' * 30 + "</table>"]},
            "cells",
        ),
    ],
)
def test_a_label_that_cannot_be_used_is_rejected_and_the_next_is_read(changes: dict[str, Any], reason: str) -> None:
    first, second = parse_openfda(answer(result(**changes), result(warnings=["Causes sleep."])), "labels.json")
    assert isinstance(first, Rejected)
    assert reason in first.reason
    assert isinstance(second, Document)


def test_a_field_that_stands_twice_is_rejected_for_nobody_knows_which_holds() -> None:
    data = answer(result(dosage_and_administration=["5 mg"])).replace(
        b'"5 mg"]', b'"5 mg"], "dosage_and_administration": ["50 mg"]'
    )
    (record,) = parse_openfda(data, "twice.json")
    assert isinstance(record, Rejected)
    assert "dosage_and_administration stands twice" in record.reason


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"{}", b"3", b"null", b"<html></html>", b"\xff\xfe", b'{"results": NaN}', b'{"results": [', b'{"results": 5}',
        b'{"error": {"code": "NOT_FOUND", "message": "No matches found!"}}', b'{"error": 5}', b"[" * 100_000, b'{"results":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000, b'{"results": [1' + b"0" * 6000 + b"]}",
    ],
)  # fmt: skip
def test_what_is_no_openfda_answer_is_a_source_error_that_names_the_file(data: bytes) -> None:
    with pytest.raises(SourceError, match=r"^odd\.json: "):
        list(parse_openfda(data, "odd.json"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["warnings", "openfda", "results", "version"]), inner)
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(st.sampled_from(["set_id", "warnings", "warnings_table", "openfda", "version", "effective_time", "id"]), JSON)
)
def test_any_record_gives_a_document_or_a_reason(record: dict[str, Any]) -> None:
    label, _ = parse_openfda(answer(record, result(warnings=["Causes sleep."])), "any.json")
    assert isinstance(label, Document | Rejected)


def test_the_same_bytes_give_the_same_documents() -> None:
    data = answer(result(warnings=["Causes sleep."], zeta=["z"], alpha=["a"]))
    assert list(parse_openfda(data, "x")) == list(parse_openfda(data, "x"))
