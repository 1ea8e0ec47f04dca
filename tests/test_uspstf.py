"""Task Force recommendations: the grade goes with the words, against is against, insufficient is not against."""

from __future__ import annotations

import json
from typing import Any

import pytest

from osler.documents.record import Record, Rejected
from osler.documents.uspstf import parse_uspstf
from osler.domain.document import Authority, Document, StudyDesign
from osler.domain.grade import Strength
from osler.domain.part import Part, PartKind
from osler.domain.status import PublicationStatus
from osler.errors import SourceError

SPECIFIC: dict[str, Any] = {
    "id": 11,
    "title": "Itch: Screening -- Pregnant women",
    "grade": "B",
    "sex": "female",
    "ageRange": [12, 100],
    "text": "The Task Force recommends asking about itch. <br> <br>See the table.",
    "servFreq": "<p>Once a year.</p>",
    "riskName": "Pregnant",
    "risk": ["39"],
    "riskText": "<p>Risk rises with:</p><ul><li>dialysis</li></ul>",
    "general": "5",
}
TOPIC: dict[str, Any] = {
    "topicType": "Screening and Counseling",
    "topicYear": 2020,
    "uspstfAlias": "itch-screening",
    "title": "Itch: Screening",
    "rationale": "<h2>Rationale</h2><h3>Harms</h3><p>Few: 3 per 10<sup>4</sup>.<sup>1</sup></p>",
    "other": "<p>Others agree.</p><table><tr><th>Body</th><th>Advice</th></tr><tr><td>A</td><td>ask</td></tr></table>",
    "pubDate": "2020-02-03",
    "keywords": "itch|skin",
}


def read(specific: dict[str, Any], topic: dict[str, Any] | None = None, **more: Any) -> list[Record]:
    dump = {
        "specificRecommendations": [specific],
        "generalRecommendations": {} if topic is None else {"5": topic},
        "risks": {"39": {"name": "Pregnant"}},
    }
    return list(parse_uspstf(json.dumps(dump | more).encode(), "dump.json"))


def first(**changes: Any) -> Document:
    document, *_ = read(SPECIFIC | changes, TOPIC)
    assert isinstance(document, Document)
    return document


def recommendation(document: Document) -> Part:
    (part,) = (p for p in document.parts if p.kind is PartKind.RECOMMENDATION)
    return part


def test_a_recommendation_carries_its_grade_and_its_explanation() -> None:
    document = first()
    assert document.text.split("\n") == [
        "Itch: Screening -- Pregnant women",
        "Grade B: The Task Force recommends asking about itch.",
        "See the table.",
        "Risk",
        "Risk rises with:",
        "dialysis",
        "Service and frequency",
        "Once a year.",
    ]
    assert recommendation(document).code == "grade B"
    assert document.parts[5].path == ("Risk", "Risk rises with:")


def test_who_says_it_when_and_for_whom() -> None:
    document = first()
    assert (document.id, document.kind) == ("uspstf:11", StudyDesign.GUIDELINE)
    assert (document.authority, document.jurisdiction) == (Authority.NATIONAL, "US")
    assert document.organisation == "US Preventive Services Task Force"
    assert (document.issued, document.revision, document.bibliography.year) == ("2020-02-03", "2020-02-03", 2020)
    assert document.bibliography.url == "https://www.uspreventiveservicestaskforce.org/uspstf/recommendation/itch-screening"
    assert document.population == "Pregnant women; 12 years and older; female only; pregnant"
    assert document.keywords == ("itch", "skin", "Screening", "Counseling")
    assert document.licence is not None
    assert "attribution" in document.licence


@pytest.mark.parametrize(
    ("grade", "text", "against", "strength"),
    [
        ("A", "The Task Force recommends it.", False, None),
        ("A", "The Task Force strongly recommends it.", False, Strength.STRONG),
        ("C", "The decision should be an individual one, after a strong talk.", False, None),
        ("D", "The Task Force recommends against it.", True, None),
        ("I", "The evidence is insufficient to recommend for or against it.", False, None),
    ],
)
def test_only_d_is_against_and_strength_is_what_the_source_says(
    grade: str, text: str, against: bool, strength: Strength | None
) -> None:
    document = first(grade=grade, text=text)
    part = recommendation(document)
    assert document.text[part.start : part.end] == f"Grade {grade}: {text}"
    assert (part.against, part.strength, part.code) == (against, strength, f"grade {grade}")


@pytest.mark.parametrize(
    ("changes", "population"),
    [
        (
            {"ageRange": [45, 49], "sex": "men and women", "risk": [], "riskName": ""},
            "Pregnant women; 45 to 49 years; women and men",
        ),
        ({"title": "Itch", "ageRange": [0, 100], "sex": "male", "risk": [], "riskName": "Age"}, "all ages; male only"),
        ({"title": "Itch", "ageRange": None, "sex": "", "risk": [], "riskName": "Other"}, ""),
    ],
)
def test_the_population_is_what_the_fields_say(changes: dict[str, Any], population: str) -> None:
    assert first(**changes).population == population


def test_a_topic_is_a_document_of_its_own() -> None:
    _, topic = read(SPECIFIC, TOPIC)
    assert isinstance(topic, Document)
    assert (topic.id, topic.population) == ("uspstf:topic-5", "")
    assert [(p.kind, p.path, topic.text[p.start : p.end]) for p in topic.parts] == [
        (PartKind.TITLE, (), "Itch: Screening"),
        (PartKind.HEADING, (), "Rationale"),
        (PartKind.HEADING, ("Rationale",), "Harms"),
        (PartKind.PARAGRAPH, ("Rationale", "Harms"), "Few: 3 per 10⁴.¹"),
        (PartKind.HEADING, (), "Recommendations of others"),
        (PartKind.PARAGRAPH, ("Recommendations of others",), "Others agree."),
        (PartKind.TABLE_ROW, ("Recommendations of others",), "Body: A; Advice: ask"),
    ]
    assert [p.code for p in topic.parts[1:5]] == ["rationale", "rationale", "rationale", "other"]


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, PublicationStatus.CURRENT),
        ({"status": "In progress"}, PublicationStatus.CURRENT),
        ({"status": "Archived"}, PublicationStatus.SUPERSEDED),
        ({"archived": True}, PublicationStatus.SUPERSEDED),
        ({"status": "draft"}, PublicationStatus.DRAFT),
    ],
)
def test_the_status_is_as_given(given: dict[str, Any], status: PublicationStatus) -> None:
    assert [r.status for r in read(SPECIFIC, TOPIC | given) if isinstance(r, Document)] == [status, status]


def test_a_dump_without_topics_still_gives_its_recommendations() -> None:
    (document,) = read(SPECIFIC)
    assert isinstance(document, Document)
    assert (document.revision, document.issued) == ("", None)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"grade": "X"}, "'X' is no grade"),
        ({"grade": ""}, "'' is no grade"),
        ({"text": "<p> </p>"}, "no title or no text"),
        ({"id": "a b"}, "no number"),
        ({"text": "<div>" * 5000 + "deep"}, "without loss"),
    ],
)
def test_a_bad_recommendation_is_refused_and_the_rest_goes_on(changes: dict[str, Any], reason: str) -> None:
    refused, topic = read(SPECIFIC | changes, TOPIC)
    assert isinstance(refused, Rejected)
    assert reason in refused.reason
    assert isinstance(topic, Document)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"specificRecommendations": 1}', b"[" * 100_000, b'{"specificRecommendations":[' * 100_000]
)
def test_another_file_is_a_source_error(data: bytes) -> None:
    with pytest.raises(SourceError):
        list(parse_uspstf(data, "x.json"))
