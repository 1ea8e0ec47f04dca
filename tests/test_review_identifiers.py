"""Signs of a patient: what is found in which text, what is left alone, and that nothing found is repeated in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desks import article
from osler.domain.answer import Notice, NoticeKind
from osler.library.shipped import starter_lines
from osler.review.content import public_form
from osler.review.identifiers import Identifier, find_identifiers, find_in_article

FOUND = [
    (Identifier.NAME, "Mrs Abernathy"), (Identifier.NAME, "Mr. J. Okafor"), (Identifier.NAME, "mr smith"), (Identifier.NAME, "Dr Lindqvist"),
    (Identifier.NAME, "Ms O’Hara"), (Identifier.NAME, "Frau Müller"), (Identifier.NAME, "patient named Ruth Adeyemi"),
    (Identifier.NAME, "woman called Edith"), (Identifier.NAME, "patient's name is Karl"), (Identifier.NAME, "Surname: Ivanov"),
    (Identifier.NAME, "my mother Ingrid"), (Identifier.NAME, "J.S., 54 y"),
    (Identifier.PLACE, "14 Mulberry Lane"), (Identifier.PLACE, "221B Baker Street"), (Identifier.PLACE, "SW1A 2AA"), (Identifier.PLACE, "TX 75001"),
    (Identifier.PLACE, "lives in Springfield"),
    (Identifier.DATE, "2024-03-09"), (Identifier.DATE, "3/14/2024"), (Identifier.DATE, "14/03/24"), (Identifier.DATE, "9.3.2024"),
    (Identifier.DATE, "14 March 2024"), (Identifier.DATE, "14th of March"), (Identifier.DATE, "March 14, 2024"), (Identifier.DATE, "Sept. 3rd"),
    (Identifier.DATE, "admitted in March 2024"), (Identifier.DATE, "DOB 1954"), (Identifier.DATE, "date of birth: 1.2.54"),
    (Identifier.AGE, "91-year-old"), (Identifier.AGE, "aged 93"), (Identifier.AGE, "102 years old"), (Identifier.AGE, "95 y/o"), (Identifier.AGE, "93F"),
    (Identifier.AGE, "age: 97"),
    (Identifier.PHONE, "+44 20 7946 0958"), (Identifier.PHONE, "(212) 555-0143"), (Identifier.PHONE, "212-555-0143"), (Identifier.PHONE, "020 7946 0958"),
    (Identifier.PHONE, "tel. 5550143"), (Identifier.PHONE, "fax: 555 01 43"), (Identifier.PHONE, "bleep 12345678"),
    (Identifier.EMAIL, "r.adeyemi@example.org"), (Identifier.SOCIAL_SECURITY, "078-05-1120"),
    (Identifier.RECORD, "MRN 0048812"), (Identifier.RECORD, "hospital number: K448812"), (Identifier.RECORD, "NHS no. 12345"),
    (Identifier.RECORD, "943 476 5919"), (Identifier.RECORD, "9434765919"), (Identifier.RECORD, "policy number AB-12345678"),
    (Identifier.RECORD, "serial number SN20441177"), (Identifier.RECORD, "passport 533380006"),
    (Identifier.URL, "https://example.org/ruth"), (Identifier.URL, "www.example.org"), (Identifier.NETWORK, "192.0.2.17"),
    (Identifier.NUMBER, "483920174"),
]  # fmt: skip
CLEAN = [
    "Gabapentin 100 mg after each dialysis session in adults aged 65 to 95 years",
    "adults aged 90 or older", "people over 90 years old", "patients ≥ 90 years", "age > 95 years", "aged 90 and over", "a 89-year-old",
    "MS and MR imaging", "MR angiography of the spine", "Miss a dose: do not double the next one",
    "5/10/20 mg tablets", "blood pressure 120/80 mmHg", "ratio 1/2/3", "PMID 12345678", "NCT01234567", "doi:10.1000/12345678",
    "heparin 5000000 units", "vitamin B12 5 mg", "eGFR 15 mL/min/1.73 m2", "May 10 mg be given?", "in May 2023 the label changed", "since 1998",
    "call 988", "call 1-800-222-1222", "call 116 123", "0800 1111", "in 2024", "94 % of patients", "96 hours", "INR 2.0-3.0", "943 476 5918",
    "Dose in renal failure: 250 mg every 24-48 hours", "95 patients", "IV 10000 units", "Parkinson's disease", "St John's wort",
    "COVID-19", "1,25-dihydroxyvitamin D", "hospital policy 2024", "registration 2020",
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), FOUND, ids=[t for _, t in FOUND])
@pytest.mark.parametrize("around", ["{}", "Baclofen in {}, on dialysis", "({})", "Before. {}\nAfter"])
def test_what_is_found_and_where(kind: Identifier, text: str, around: str) -> None:
    whole = around.format(text)
    found = find_identifiers(whole, "title")
    assert [f.kind for f in found] == [kind]
    assert found[0].start < whole.index(text) + len(text)
    assert found[0].end > whole.index(text)
    assert text not in str(found[0])
    assert str(found[0]) == f"{kind.value} in title at {found[0].start} to {found[0].end}"


@pytest.mark.parametrize("text", CLEAN)
def test_what_is_left_alone(text: str) -> None:
    assert find_identifiers(text) == ()


def test_no_statement_of_the_starter_library_is_taken_for_a_patients() -> None:
    lines = starter_lines()[0]
    assert len(lines) > 500
    import json

    assert [s for s in (json.loads(line)["statement"] for line in lines) if find_identifiers(s)] == []


def test_a_published_quotation_is_no_patient_of_the_asker() -> None:
    case = "A 94-year-old woman was admitted on 3 March 2011 with quizol toxicity."
    assert find_in_article(article(case)) == ()
    reworded = article(case)
    claims = tuple(replace(c, text=f"As reported, {case}") for c in reworded.claims)
    assert [(f.kind, f.field) for f in find_in_article(replace(reworded, claims=claims))] == [
        (Identifier.AGE, "claims[0].text"), (Identifier.DATE, "claims[0].text"),
    ]  # fmt: skip


def test_notices_gaps_and_headings_are_looked_through() -> None:
    told = replace(
        article(), notices=(Notice(NoticeKind.UNKNOWN_TERM, "Mrs Abernathy is no medicine"),), gaps=("nothing on 14 March 2024",)
    )
    assert [(f.kind, f.field) for f in find_in_article(told)] == [
        (Identifier.NAME, "notices[0].text"), (Identifier.DATE, "gaps[0]"),
    ]  # fmt: skip


def test_a_name_of_the_question_must_not_be_left_anywhere_without_its_title() -> None:
    told = replace(article(), notices=(Notice(NoticeKind.UNKNOWN_TERM, "“abernathy” is not known here"),))
    assert find_in_article(told) == ()
    assert [f.kind for f in find_in_article(told, ("Can Mrs Ruth Abernathy have quizol?",))] == [Identifier.NAME]


def test_the_askers_words_and_an_exact_great_age_stay_behind() -> None:
    private = article(asked="Mrs Abernathy is 94, may she have quizol?")
    patient = replace(private.question.frame.patient, age_years=94.0)
    question = replace(private.question, thread=("and her sister?",), frame=replace(private.question.frame, patient=patient))
    made = public_form(replace(private, question=question, parent="a0"), "Quizol in the very old")
    assert made.question.text == made.title == "Quizol in the very old"
    assert (made.parent, made.question.thread, made.question.edits, made.changes) == (None, (), (), ())
    assert made.question.frame.patient.age_years == 90
    assert find_in_article(made) == ()
