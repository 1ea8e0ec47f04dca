"""The published object keeps `osler.answer/1` (ARCHITECTURE, DESIGN section 4) for every disposition, and nothing in it dangles."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema
import pytest

from osler.article.assemble import to_json
from osler.domain.question import Audience
from osler.pipeline import Library, ask

QUESTIONS = {
    "answer": "Gabapentin 300 mg three times daily for an anuric hemodialysis patient with uremic itch. Is this dose acceptable?",
    "answer_with_caveats": "What can I give on hemodialysis for back spasms, as an alternative to baclofen?",
    "answer_and_escalate": "HD patient on baclofen since Friday is now confused and drowsy. What should I do?",
    "clarify": "How much paracetamol can I give my child?",
    "abstain": "What is the hemodialysis dose of Zorbaflexin XR for muscle spasm?",
    "emergency": "I took about 20 paracetamol tablets because of an argument. Can it wait until tomorrow?",
}
AUDIENCES = {"clarify": Audience.PATIENT, "emergency": Audience.PATIENT}


def enum(words: str, *more: None) -> dict[str, Any]:
    return {"enum": [*words.split("|"), *more]}


def record(**fields: Any) -> dict[str, Any]:
    """An object in which every named field is required; additions are fine."""
    return {"type": "object", "required": list(fields), "properties": fields}


def every(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


TEXT = {"type": "string", "minLength": 1}
TEXT_OR_NULL = {"type": ["string", "null"]}
NUMBER_OR_NULL = {"type": ["number", "null"]}
COUNT = {"type": "integer", "minimum": 0}
TEXTS = every(TEXT)
DIRECTNESS = enum("direct|indirect")
STATUS = enum("current|retracted|corrected|concern|superseded|draft")
KIND = enum("guideline|consensus|label|systematic_review|rct|cohort|case_control|pharmacokinetic|case_series|case_report|review")
NOTICE = enum(
    "emergency|self_harm|false_premise|unknown_term|missing_information|unit_error|out_of_scope|"
    "instruction_in_question|interaction|allergy|red_flag"
)
ROLE = enum("bottom_line|avoid|option|dose|monitoring|harm|evidence|red_flag|caution|definition")
MISMATCH = record(axis=enum("population|problem|intervention|route|outcome"), asked=TEXT, studied=TEXT)
CITATION = record(
    reference={"type": "integer", "minimum": 1},
    span=record(document_id=TEXT, start=COUNT, end=COUNT, exact=TEXT, via=enum("source|extraction")),
    directness=DIRECTNESS,
    mismatches=every(MISMATCH),
)
CLAIM = record(
    id=TEXT,
    text=TEXT,
    role=ROLE,
    verdict=enum("supported|indirect|contradicted|not_enough_info|unchecked"),
    certainty=enum("high|moderate|low|very_low|not_graded"),
    strength=enum("strong|conditional", None),
    calculation={"anyOf": [{"type": "null"}, record(formula=TEXT, inputs=TEXTS, result=TEXT)]},
    citations=every(CITATION) | {"minItems": 1},
)
PATIENT = record(
    age_years=NUMBER_OR_NULL,
    weight_kg=NUMBER_OR_NULL,
    egfr=NUMBER_OR_NULL,
    dialysis=TEXT_OR_NULL,
    pregnant={"type": ["boolean", "null"]},
    allergies=TEXTS,
    medicines=TEXTS,
)
FRAME = record(intent=TEXT, population=TEXTS, problem=TEXTS, intervention=TEXTS, avoid=TEXTS, patient=PATIENT)
DOSE = record(
    intervention=TEXT,
    dose=TEXT,
    timing={"type": "string"},
    population=TEXT,
    problem_studied=TEXT,
    directness=DIRECTNESS,
    claims=TEXTS | {"minItems": 1},
)
REFERENCE = record(
    number={"type": "integer", "minimum": 1},
    document_id=TEXT,
    kind=KIND,
    title=TEXT,
    authors=TEXT_OR_NULL,
    container=TEXT_OR_NULL,
    year={"type": ["integer", "null"]},
    pmid=TEXT_OR_NULL,
    doi=TEXT_OR_NULL,
    url=TEXT_OR_NULL,
    status=STATUS,
)
ANSWER = record(
    schema={"const": "osler.answer/1"},
    answer_id=TEXT,
    parent={"type": "null"},
    question=record(text=TEXT, audience=enum("clinician|pharmacist|nurse|patient"), frame=FRAME),
    disposition=enum("answer|answer_with_caveats|answer_and_escalate|clarify|abstain|emergency"),
    clarifying_questions=TEXTS,
    notices=every(record(kind=NOTICE, text=TEXT)),
    title=TEXT,
    bottom_line=TEXTS,
    sections=every(record(heading=TEXT, role=ROLE, claims=TEXTS)),
    claims=every(CLAIM),
    dose_table=every(DOSE),
    gaps=TEXTS,
    conflicts=every(record(claims=TEXTS, about=TEXT)),
    references=every(REFERENCE),
    byline=TEXT,
    disclaimer=TEXT,
    how_to_cite=TEXT,
    review=record(state={"const": "draft"}, reviewers={"const": []}, last_updated={"type": "null"}),
    provenance=record(
        engine=TEXT,
        library_snapshot=TEXT,
        composer={"const": "quotes"},
        model={"type": "null"},
        prompts={"type": "null"},
        answered_at=TEXT,
        elapsed_ms={"type": "number"},
    ),
)


@pytest.fixture(params=list(QUESTIONS))
def answer(request: pytest.FixtureRequest, library: Library) -> dict[str, Any]:
    return answer_to(library, request.param)


@cache
def answer_to(library: Library, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(to_json(ask(library, QUESTIONS[name], AUDIENCES.get(name, Audience.CLINICIAN))))
    assert found["disposition"] == name
    return found


def test_every_field_has_its_type_and_its_allowed_values(answer: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(ANSWER).validate(answer)


def test_no_claim_id_dangles_and_every_claim_is_shown(answer: dict[str, Any]) -> None:
    known = [c["id"] for c in answer["claims"]]
    assert len(known) == len(set(known))
    shown = [*answer["bottom_line"], *(i for s in answer["sections"] for i in s["claims"])]
    others = [i for block in ("dose_table", "conflicts") for row in answer[block] for i in row["claims"]]
    assert set(shown) | set(others) == set(known)
    assert set(others) <= set(known)


def test_references_are_numbered_in_order_of_use_and_all_are_used(answer: dict[str, Any]) -> None:
    claims = {c["id"]: c for c in answer["claims"]}
    dangers = [s for s in answer["sections"] if s["role"] == "red_flag" and answer["disposition"] != "emergency"]
    order = [i for s in dangers for i in s["claims"]] + answer["bottom_line"] + [i for s in answer["sections"] for i in s["claims"]]
    used = list(dict.fromkeys(x["reference"] for i in order for x in claims[i]["citations"]))
    assert used == [r["number"] for r in answer["references"]] == list(range(1, len(used) + 1))


def test_a_citation_s_reference_is_its_span_s_document(answer: dict[str, Any]) -> None:
    documents = {r["number"]: r["document_id"] for r in answer["references"]}
    for claim in answer["claims"]:
        for citation in claim["citations"]:
            assert documents[citation["reference"]] == citation["span"]["document_id"]


def test_every_span_slices_back_and_says_what_the_claim_says(answer: dict[str, Any], library: Library) -> None:
    for claim in answer["claims"]:
        for citation in claim["citations"]:
            span = citation["span"]
            text = library.catalog.document(span["document_id"]).text
            assert text[span["start"] : span["end"]] == span["exact"]
        assert any(claim["text"] in c["span"]["exact"] for c in claim["citations"])


def test_directness_verdict_and_mismatches_agree(answer: dict[str, Any]) -> None:
    for claim in answer["claims"]:
        indirect = [c for c in claim["citations"] if c["directness"] == "indirect"]
        assert all(bool(c["mismatches"]) is (c in indirect) for c in claim["citations"])
        assert claim["verdict"] == ("indirect" if indirect else "supported")


def test_a_dose_row_is_as_direct_as_the_claims_it_rests_on(answer: dict[str, Any]) -> None:
    claims = {c["id"]: c for c in answer["claims"]}
    for row in answer["dose_table"]:
        verdicts = {claims[i]["verdict"] for i in row["claims"]}
        assert row["directness"] == "indirect" or verdicts == {"supported"}
        figures = "".join(claims[i]["text"] for i in row["claims"])
        assert all(number in figures for number in row["dose"].split() if number.isdigit())


def test_a_reference_can_be_opened(answer: dict[str, Any]) -> None:
    for reference in answer["references"]:
        assert reference["doi"] or reference["pmid"] or reference["url"]


def test_what_cannot_be_answered_claims_nothing(library: Library) -> None:
    for name in ("clarify", "abstain"):
        answer = answer_to(library, name)
        assert answer["claims"] == answer["dose_table"] == answer["references"] == answer["bottom_line"] == []
    assert answer_to(library, "clarify")["clarifying_questions"]
    assert answer_to(library, "abstain")["gaps"]
    assert answer_to(library, "emergency")["notices"][0]["kind"] == "emergency"


def test_the_answer_names_the_library_it_was_made_from(answer: dict[str, Any], library: Library) -> None:
    assert answer["provenance"]["library_snapshot"] == library.snapshot.id
    assert library.snapshot.id in answer["how_to_cite"]


def test_the_id_changes_with_question_and_audience(library: Library) -> None:
    question = QUESTIONS["answer_with_caveats"]
    articles = [ask(library, question), ask(library, question, Audience.NURSE), ask(library, question + " Thanks.")]
    assert len({a.answer_id for a in articles}) == len(articles)
