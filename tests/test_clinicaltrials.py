"""A registered study: what was planned, whom it kept out, why it stopped, and what it posted, each figure under its header."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.documents.clinicaltrials import parse_clinicaltrials
from osler.documents.clinicaltrials_results import MAX_EVENTS
from osler.documents.record import Record, Rejected
from osler.domain.document import Document, StudyDesign
from osler.domain.part import PartKind
from osler.domain.status import NoticeNature, StatusNotice
from osler.errors import SourceError
from osler.language.population import parse_population

CRITERIA = (
    "Inclusion Criteria:\n\n1. Adults with itch\n2. One of the following\n\n   * hemodialysis\n   * eGFR \\< 15 mL/min\n\n"
    "Exclusion Criteria:\n\n* Pregnant\n* Allergy to\n  betamycin"
)


def study(**changes: Any) -> dict[str, Any]:
    protocol: dict[str, Any] = {
        "identificationModule": {"nctId": "NCT00000001", "briefTitle": "Alphacillin for Itch", "officialTitle": "A Trial of It"},
        "statusModule": {
            "overallStatus": "TERMINATED",
            "whyStopped": "Two serious falls",
            "startDateStruct": {"date": "2020-01", "type": "ACTUAL"},
            "studyFirstPostDateStruct": {"date": "2019-12-01", "type": "ACTUAL"},
            "lastUpdatePostDateStruct": {"date": "2022-03-04", "type": "ACTUAL"},
        },
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": "A Hospital"}},
        "descriptionModule": {"briefSummary": "First paragraph.\n\nDoses tried:\n\n* 5 mg\n* 10 mg"},
        "conditionsModule": {"conditions": ["Pruritus", "Kidney Failure"], "keywords": ["itch"]},
        "designModule": {
            "studyType": "INTERVENTIONAL",
            "phases": ["PHASE2", "PHASE3"],
            "designInfo": {"allocation": "RANDOMIZED", "maskingInfo": {"masking": "DOUBLE", "whoMasked": ["PARTICIPANT"]}},
            "enrollmentInfo": {"count": 60, "type": "ACTUAL"},
        },
        "armsInterventionsModule": {
            "armGroups": [{"label": "Low", "type": "EXPERIMENTAL", "description": "5 mg after each session"}],
            "interventions": [
                {"type": "DRUG", "name": "Alphacillin", "description": "5 mg by mouth", "otherNames": ["AC-1"]},
                {"type": "DRUG", "name": "Placebo"},
            ],
        },
        "outcomesModule": {"primaryOutcomes": [{"measure": "Itch score", "timeFrame": "4 weeks"}]},
        "eligibilityModule": {
            "eligibilityCriteria": CRITERIA,
            "sex": "ALL",
            "minimumAge": "18 Years",
            "maximumAge": "75 Years",
            "stdAges": ["ADULT", "OLDER_ADULT"],
            "healthyVolunteers": False,
        },
    }
    return {"protocolSection": {**protocol, **changes}, "hasResults": False}


def results(events: int = 1) -> dict[str, Any]:
    def stats(low: int, high: int) -> list[dict[str, Any]]:
        return [
            {"groupId": "E0", "numAffected": low, "numAtRisk": 30},
            {"groupId": "E1", "numAffected": high, "numAtRisk": 29},
        ]

    groups = [{"id": "O0", "title": "Drug", "description": "5 mg"}, {"id": "O1", "title": "Placebo"}]
    return {
        "outcomeMeasuresModule": {
            "outcomeMeasures": [
                {
                    "type": "PRIMARY",
                    "title": "Itch score",
                    "paramType": "MEAN",
                    "dispersionType": "STANDARD_DEVIATION",
                    "unitOfMeasure": "points",
                    "timeFrame": "4 weeks",
                    "groups": groups,
                    "denoms": [
                        {"units": "Participants", "counts": [{"groupId": "O0", "value": "30"}, {"groupId": "O1", "value": "29"}]}
                    ],
                    "classes": [
                        {
                            "title": "Week 4",
                            "categories": [
                                {
                                    "measurements": [
                                        {"groupId": "O0", "value": "-2.10", "spread": "0.50"},
                                        {"groupId": "O1", "value": "NA", "comment": "not measured"},
                                    ]
                                }
                            ],
                        }
                    ],
                    "analyses": [
                        {
                            "groupIds": ["O0", "O1"],
                            "statisticalMethod": "ANCOVA",
                            "paramType": "Mean Difference",
                            "paramValue": "-1.1",
                            "ciPctValue": "95",
                            "ciLowerLimit": "-1.9",
                            "ciUpperLimit": "-0.3",
                            "pValue": "<0.01",
                        }
                    ],
                }
            ]
        },
        "adverseEventsModule": {
            "timeFrame": "8 weeks",
            "frequencyThreshold": "5",
            "eventGroups": [
                {
                    "id": "E0",
                    "title": "Drug",
                    "seriousNumAffected": 2,
                    "seriousNumAtRisk": 30,
                    "deathsNumAffected": 0,
                    "deathsNumAtRisk": 30,
                },
                {"id": "E1", "title": "Placebo", "seriousNumAffected": 0, "seriousNumAtRisk": 29},
            ],
            "seriousEvents": [{"term": "Fall", "organSystem": "Injury", "stats": stats(2, 0)}],
            "otherEvents": [{"term": f"Event {n}", "organSystem": "General", "stats": stats(n, 1)} for n in range(events)],
        },
    }


def read(*studies: Any) -> list[Record]:
    return list(parse_clinicaltrials(json.dumps({"studies": list(studies)}).encode(), "page.json"))


def one(made: Any) -> Document:
    (document,) = read(made)
    assert isinstance(document, Document)
    return document


def said(document: Document, *path: str, kind: PartKind | None = None) -> list[str]:
    parts = [p for p in document.parts if p.path == path and (kind is None or p.kind is kind)]
    return [document.text[p.start : p.end] for p in parts]


def test_what_the_document_is_about_and_who_registered_it() -> None:
    document = one(study())
    assert (document.id, document.kind) == ("nct:NCT00000001", StudyDesign.REGISTRATION)
    assert document.text.startswith("Alphacillin for Itch\nOfficial title: A Trial of It\n")
    assert document.parts[0].kind is PartKind.TITLE
    assert document.interventions == ("Alphacillin", "AC-1")
    assert document.problems == ("Pruritus", "Kidney Failure")
    assert document.keywords == ("itch",)
    assert (document.issued, document.revision, document.authority) == ("2019-12-01", "2022-03-04", None)
    assert document.bibliography.url == "https://clinicaltrials.gov/study/NCT00000001"
    assert document.bibliography.authors == "A Hospital"


def test_a_stopped_study_says_why() -> None:
    lines = said(one(study()), "Study status")
    assert "Overall status: terminated" in lines
    assert "Why stopped: Two serious falls" in lines
    assert "Results: none posted" in lines


def test_design_arms_and_doses_are_kept() -> None:
    document = one(study())
    assert said(document, "Design") == [
        "Study type: interventional",
        "Phase: phase 2, phase 3",
        "Allocation: randomized",
        "Masking: double (participant)",
        "Enrollment: 60 participants (actual)",
    ]
    assert said(document, "Arms") == ["Low (experimental): 5 mg after each session"]
    assert said(document, "Interventions")[0] == "Drug: Alphacillin (AC-1): 5 mg by mouth"
    assert said(document, "Summary", "Doses tried:") == ["5 mg", "10 mg"]


def test_who_was_kept_out_never_reads_as_who_was_studied() -> None:
    document = one(study())
    inclusion, exclusion = ("Eligibility criteria", "Inclusion Criteria"), ("Eligibility criteria", "Exclusion Criteria")
    assert said(document, *inclusion) == ["Adults with itch", "One of the following"]
    assert said(document, *inclusion, "One of the following") == ["hemodialysis", "eGFR < 15 mL/min"]
    assert said(document, *exclusion) == ["Pregnant", "Allergy to betamycin"]
    assert said(document, "Eligibility criteria", kind=PartKind.HEADING) == ["Inclusion Criteria", "Exclusion Criteria"]
    assert not parse_population(document.population).pregnant


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"minimumAge": "18 Years", "maximumAge": "75 Years", "sex": "ALL", "healthyVolunteers": True},
            "18 to 75 years; all sexes; healthy volunteers accepted",
        ),
        ({"minimumAge": "18 Years", "stdAges": ["ADULT"], "sex": "FEMALE"}, "adults, 18 years and older; female only"),
        ({"minimumAge": "6 Months", "maximumAge": "5 Years", "stdAges": ["CHILD"]}, "children, 6 months to 5 years"),
        ({"maximumAge": "28 Days", "healthyVolunteers": False}, "28 days and younger; no healthy volunteers"),
        ({"minimumAge": "N/A"}, ""),
        ({}, ""),
    ],
)
def test_the_population_is_the_fields_in_words_and_nothing_else(fields: dict[str, Any], words: str) -> None:
    assert one(study(eligibilityModule=fields)).population == words


@pytest.mark.parametrize(
    ("design", "kind"),
    [
        ({"studyType": "INTERVENTIONAL", "designInfo": {"allocation": "RANDOMIZED"}}, StudyDesign.RCT),
        ({"studyType": "INTERVENTIONAL", "designInfo": {"allocation": "NA"}}, StudyDesign.TRIAL),
        ({"studyType": "OBSERVATIONAL", "designInfo": {"observationalModel": "COHORT"}}, StudyDesign.COHORT),
        ({"studyType": "OBSERVATIONAL", "designInfo": {"observationalModel": "CASE_ONLY"}}, StudyDesign.REGISTRATION),
    ],
)
def test_only_posted_results_make_a_registration_evidence(design: dict[str, Any], kind: StudyDesign) -> None:
    planned = study(designModule=design)
    assert one(planned).kind is StudyDesign.REGISTRATION
    assert one(planned | {"resultsSection": results()}).kind is kind
    assert one(planned | {"resultsSection": {"participantFlowModule": {"groups": []}}}).kind is StudyDesign.REGISTRATION


def test_a_result_keeps_unit_spread_group_and_the_reason_for_a_missing_value() -> None:
    document = one(study() | {"resultsSection": results()})
    path = ("Outcome results", "Itch score")
    assert said(document, *path, kind=PartKind.TABLE_ROW) == [
        "Mean: Participants analyzed; Drug: 30; Placebo: 29",
        "Mean: Week 4; Drug: -2.10 points (standard deviation 0.50); Placebo: NA [not measured]",
    ]
    row = next(p for p in document.parts if "Week 4" in document.text[p.start : p.end])
    assert [(c.row, c.column) for c in row.cells] == [("Week 4", "Mean"), ("Week 4", "Drug"), ("Week 4", "Placebo")]
    assert said(document, *path, kind=PartKind.LIST_ITEM) == ["Drug: 5 mg"]
    assert said(document, *path)[-1] == (
        "Analysis, Drug versus Placebo: ANCOVA; Mean Difference -1.1 (95% confidence interval -1.9 to -0.3); p-value <0.01"
    )


def test_harms_stand_serious_ones_first() -> None:
    document = one(study() | {"resultsSection": results()})
    assert said(document, "Adverse events", kind=PartKind.TABLE_ROW) == [
        "Participants with: Death from any cause; Drug: 0 of 30 participants",
        "Participants with: Any serious event; Drug: 2 of 30 participants; Placebo: 0 of 29 participants",
        "Event: Fall; Organ system: Injury; Drug: 2 of 30 participants; Placebo: 0 of 29 participants",
        "Event: Event 0; Organ system: General; Drug: 0 of 30 participants; Placebo: 1 of 29 participants",
    ]


def test_a_long_list_of_events_is_cut_at_the_rarest_and_says_so() -> None:
    document = one(study() | {"resultsSection": results(events=MAX_EVENTS + 3)})
    rows = said(document, "Adverse events", kind=PartKind.TABLE_ROW)
    assert "Event: Fall; " in rows[2]
    assert not any("Event: Event 2;" in row for row in rows)
    assert any(f"Event: Event {MAX_EVENTS + 2};" in row for row in rows)
    assert said(document, "Adverse events", kind=PartKind.FOOTNOTE) == ["The registry lists 3 more events, of fewer participants."]


def test_two_groups_of_one_title_stay_two_columns() -> None:
    posted = results()
    for group in posted["outcomeMeasuresModule"]["outcomeMeasures"][0]["groups"]:
        group["title"] = "Drug"
    document = one(study() | {"resultsSection": posted})
    assert "Mean: Participants analyzed; Drug: 30; Drug (O1): 29" in said(document, "Outcome results", "Itch score")


def test_a_cited_work_that_was_retracted_gives_a_notice() -> None:
    references = {"references": [{"pmid": "12", "retractions": [{"pmid": "34", "source": "J"}]}, {"pmid": "56"}]}
    _, notice = read(study(referencesModule=references))
    assert notice == StatusNotice(NoticeNature.RETRACTION, "ClinicalTrials.gov", pmid="12", reference="34")


def test_every_shape_of_file() -> None:
    whole = json.dumps(study())
    line = whole.replace("\n", " ")
    for data in (whole, f"[{whole}]", f'{{"studies": [{whole}]}}', f"{line}\n{line}\n"):
        records = list(parse_clinicaltrials(data.encode(), "x.json"))
        assert records
        assert all(isinstance(r, Document) and r.id == "nct:NCT00000001" for r in records)
    assert list(parse_clinicaltrials(b'{"studies": [], "totalCount": 0}', "x.json")) == []


def test_a_bad_record_is_refused_and_the_rest_goes_on() -> None:
    untitled = {"protocolSection": {"identificationModule": {"nctId": "NCT00000002"}}}
    nameless, named, good = read({"protocolSection": {}}, untitled, study())
    assert nameless == Rejected("page.json, study 1", "no NCT number")
    assert named == Rejected("NCT00000002", "no title")
    assert isinstance(good, Document)
    lines = json.dumps(study()) + "\n{broken\n"
    _, refused = parse_clinicaltrials(lines.encode(), "x.jsonl")
    assert isinstance(refused, Rejected)
    assert refused.record == "x.jsonl, line 2"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nothing",
        b"{}",
        b"[1, 2]",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"studies": [NaN]}',
        b'{"studies":1,"studies":[]}',
    ],
)
def test_another_file_is_a_source_error(data: bytes) -> None:
    with pytest.raises(SourceError):
        list(parse_clinicaltrials(data, "x.json"))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["title", "groups", "classes", "date", "value"]), inner)
    ),
    max_leaves=10,
)


@given(
    st.dictionaries(st.sampled_from(sorted(study()["protocolSection"])), _JSON),
    st.dictionaries(st.sampled_from(sorted(results())), _JSON),
)
def test_fields_of_the_wrong_shape_break_nothing(changes: dict[str, Any], posted: dict[str, Any]) -> None:
    for record in read(study(**changes) | {"resultsSection": posted}):
        assert isinstance(record, (Document, Rejected))
