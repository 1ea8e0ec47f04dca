"""A request file is read exactly or refused with the line and the field: nothing ignored, nothing guessed."""

from __future__ import annotations

import json
import unicodedata
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from osler.domain.question import Audience
from osler.domain.request import Given
from osler.errors import InputFileError
from osler.respond.enquiry import Enquiry, FollowUp, Purpose, Requestor, Urgency
from osler.respond.loading import MAX_BYTES
from osler.respond.request import read_request

FULL = {
    "reference": "DI-7",
    "requestor": {"name": "A. Example", "role": "ward doctor", "organisation": "St Example", "contact": "01234"},
    "received": "2026-03-04 10:15",
    "needed_by": "16:30",
    "urgency": "today",
    "purpose": "patient",
    "background": "Sore back.\nWalks with a stick.",
    "question": "Is tizanidine safe on hemodialysis?",
    "patient": {
        "age_years": 67,
        "weight_kg": 72.5,
        "egfr": 8,
        "dialysis": "HD",
        "pregnant": False,
        "allergies": ["penicillin"],
        "medicines": ["amlodipine 5 mg", "sertraline"],
        "conditions": ["type 2 diabetes"],
    },
    "searched": ["label", "formulary"],
    "follow_up": {"who": "pharmacist", "when": "tomorrow", "how": "by telephone"},
}
READ = Enquiry(
    question="Is tizanidine safe on hemodialysis?",
    requestor=Requestor("A. Example", "ward doctor", "St Example", "01234"),
    background="Sore back.\nWalks with a stick.",
    given=Given(67, 72.5, 8, "hemodialysis", False, None, ("penicillin",), ("amlodipine 5 mg", "sertraline")),
    conditions=("type 2 diabetes",),
    stated=("age_years", "allergies", "conditions", "dialysis", "egfr", "medicines", "pregnant", "weight_kg"),
    searched=("label", "formulary"),
    audience=Audience.CLINICIAN,
    audience_from="from the requestor's role",
    purpose=Purpose.PATIENT,
    urgency=Urgency.TODAY,
    received="2026-03-04 10:15",
    needed_by="16:30",
    follow_up=FollowUp("pharmacist", "tomorrow", "by telephone"),
    reference="DI-7",
)
YAML = """
reference: DI-7
requestor: {name: A. Example, role: ward doctor, organisation: St Example, contact: 01234}
received: 2026-03-04 10:15
needed by: 16:30
urgency: today
purpose: patient
background: |
  Sore back.
  Walks with a stick.
question: Is tizanidine safe on hemodialysis?
patient:
  age: 67 years
  weight: 72.5 kg
  egfr: 8
  dialysis: HD
  pregnant: no
  allergies: penicillin
  medicines: amlodipine 5 mg, sertraline
  conditions: [type 2 diabetes]
already_searched: [label, formulary]
follow-up: {who: pharmacist, when: tomorrow, how: by telephone}
"""
MARKDOWN = """---
reference: DI-7
received: 2026-03-04 10:15
needed_by: 16:30
urgency: today
purpose: patient
---
# A request

## Requestor
- **Name:** A. Example
- Role: ward doctor
* Organisation: St Example
Contact: 01234

## Background
Sore back.

Walks with a stick.

## Ultimate question ##
Is tizanidine safe on hemodialysis?

### Patient facts
- Age (years): 67
- Weight: 72.5 kg
- eGFR: 8
- Dialysis: HD
- Pregnant: no
- Allergies: penicillin
- Medicines: amlodipine 5 mg; sertraline
- Conditions: type 2 diabetes

## Already searched
1. label
2. formulary

## Follow-up
- Who: pharmacist
- When: tomorrow
- How: by telephone
"""


def read(text: str | bytes, name: str = "ward.yaml") -> Enquiry:
    return read_request(text.encode() if isinstance(text, str) else text, name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (json.dumps(FULL), "ward.json"),
        (json.dumps(FULL, indent="\t"), "standard input"),
        (YAML, "ward.yaml"),
        (YAML, "standard input"),
        (YAML.replace("\n", "\r\n"), "ward.yml"),
        (MARKDOWN, "ward.md"),
        (MARKDOWN, "standard input"),
    ],
)
def test_three_formats_say_the_same(text: str, name: str) -> None:
    assert read(text, name) == READ


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_mark_of_the_encoding_is_understood(encoding: str) -> None:
    assert read("question: Is 5 µg safe?\nbackground: “café”".encode(encoding)).background == "“café”"


def test_only_the_question_is_needed_and_nothing_else_is_made_up() -> None:
    assert read("question: Is tizanidine safe?") == Enquiry("Is tizanidine safe?")


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("", "w.yaml", "w.yaml, question: there is none"),
        ("question:", "w.yaml", "question: there is none"),
        ("background: x", "w.yaml", "question: there is none"),
        ("- question", "w.yaml", "not a list of `key: value` lines"),
        ("question: Q?\nalergies: x", "w.yaml", "w.yaml, line 2, alergies: no such field; there are reference, requestor"),
        ("question: Q?\npatient:\n  alergies: x", "w.yaml", "line 3, patient.alergies: no such field; there are age_years"),
        ("question: Q?\npatient:\n  age: 7\n  age_years: 70", "w.yaml", "line 4, patient.age_years: age_years stands twice"),
        ("question: Q?\nquestion: R?", "w.yaml", "question: stands twice"),
        ("question: Q?\npatient:\n  age: old", "w.yaml", "line 3, patient.age_years: must be a number, as 67 or 8 months"),
        ("question: Q?\npatient: {age: -3}", "w.yaml", "must be a number"),
        ("question: Q?\npatient: {age: .nan}", "w.yaml", "must be a number"),
        ("question: Q?\npatient: {age: 400}", "w.yaml", "age 400 is outside 0 to 120"),
        ("question: Q?\npatient: {weight: 154 lb}", "w.yaml", "must be a number, as 72.5 (in kg)"),
        ("question: Q?\npatient: {weight: 3500 g}", "w.yaml", "must be a number, as 72.5 (in kg)"),
        ("question: Q?\npatient: {weight: '72,5'}", "w.yaml", "must be a number"),
        ("question: Q?\npatient: {weight: 0.1}", "w.yaml", "weight 0.1 is outside 0.3 to 400"),
        ("question: Q?\npatient: {dialysis: yes}", "w.yaml", "must be hemodialysis, peritoneal dialysis or none"),
        ("question: Q?\npatient: {pregnant: maybe}", "w.yaml", "must be yes or no"),
        ("question: Q?\npatient: {pregnant: no, weeks: 9}", "w.yaml", "one of the two is wrong"),
        ("question: Q?\npatient: {allergies: {a: b}}", "w.yaml", "must be a list"),
        ("question: Q?\npatient: {medicines: [[a]]}", "w.yaml", "entry 1 must be text"),
        ("question: Q?\npatient: 67 years", "w.yaml", "patient: must be fields of their own"),
        ("question: [a, b]", "w.yaml", "question: must be text"),
        ("question: Q?\nurgency: soon", "w.yaml", "line 2, urgency: must be one of immediate, today, routine"),
        ("question: Q?\naudience: vet", "w.yaml", "must be one of clinician, pharmacist, nurse, patient"),
        ("question: Q?\nrequestor: {role: patient safety pharmacist}", "w.yaml", "can be read in two ways; say audience"),
        ("question: &a Q?\nbackground: *a", "w.yaml", "aliases are not used here"),
        ("question: !!python/object:os.system x", "w.yaml", "is not used here"),
        ("question: !!binary aGk=", "w.yaml", "binary is not used here"),
        ("question: Q?\n  bad: [", "w.yaml", "w.yaml, line 2: not YAML"),
        ("question: Q?\n---\nquestion: R?", "w.yaml", "not YAML that can be used"),
        ("? [a]\n: b", "w.yaml", "a key must be a word"),
        ("question: " + "[" * 3000 + "]" * 3000, "w.yaml", "nested too deeply"),
        ('{"question": "Q?", "question": "R?"}', "w.json", "w.json, question: stands twice"),
        ('{"question": "Q?", "patient": {"age": NaN}}', "w.json", "NaN is not a number"),
        ('{"question": "Q?",}', "w.json", "w.json, line 1: not JSON"),
        ('{"question": ' + "[" * 20_000, "w.json", "nested too deeply"),
        ('{"question": "Q?", "patient": {"a": {"b": {"c": {"d": 1}}}}}', "w.json", "nested too deeply"),
        ("[]", "w.json", "not a JSON object"),
        ("## Question\nQ?\n## Alergies\n- x", "w.md", "w.md, line 3, alergies: “Alergies” is no heading of a request"),
        ("Hello\n## Question\nQ?", "w.md", "text stands before the first heading"),
        ("## Question\nQ?\n## Patient\nold and frail", "w.md", "line 4, patient: must be lines of “- name: value”"),
        ("## Question\nQ?\n## Patient\n- Age: 7\n- Age: 70", "w.md", "line 5, patient.age: stands twice"),
        ("## Question\nQ?\n## Patient\n- Blood group: A", "w.md", "line 4, patient.blood_group: no such field"),
        ("## Question\nQ?\n## Question\nR?", "w.md", "line 3, question: stands twice"),
        ("---\nurgency: today\n## Question\nQ?", "w.md", "the front matter has no end"),
        ("---\nreference: 1\nurgency: soon\n---\n## Question\nQ?", "w.md", "w.md, line 3, urgency: must be one of"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_by_field(text: str, name: str, said: str) -> None:
    with pytest.raises(InputFileError) as refused:
        read(text, name)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"question: \xe9", "not UTF-8 text (byte 10)"),
        (b"question: a\x00b", "binary data"),
        (b"question: " + b"x" * MAX_BYTES, "more than 64 KB"),
        (b"question: " + b"x" * 9000, "question: has 9,000 characters; at most 8,000 are read"),
        (b"question: Q?\nreference: " + b"x" * 400, "reference: has 400 characters"),
        (b"question: Q?\npatient: {medicines: [" + b", ".join(b"m%d" % n for n in range(61)) + b"]}", "has 61 entries"),
    ],
)
def test_what_is_too_big_or_no_text_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(InputFileError, match=r"^ward\.yaml") as refused:
        read(data)
    assert said in str(refused.value)


def test_an_error_never_repeats_what_other_fields_say() -> None:
    text = "question: Q?\nrequestor: {name: Wilhelmina Quartz}\npatient: {age: old, conditions: [secret illness]}"
    with pytest.raises(InputFileError) as refused:
        read(text)
    assert "Quartz" not in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("word", ["none", "No", "nil", "NKDA", "[]", "no known drug allergies"])
def test_none_is_an_answer_and_an_empty_field_is_not(word: str) -> None:
    said = read(f"question: Q?\npatient:\n  allergies: {word}\n  medicines:")
    assert said.given.allergies == ()
    assert said.stated == ("allergies",)


@pytest.mark.parametrize(
    ("role", "audience"),
    [
        ("ward doctor", Audience.CLINICIAN),
        ("Dr", Audience.CLINICIAN),
        ("nurse prescriber", Audience.NURSE),
        ("clinical pharmacist", Audience.PHARMACIST),
        ("mother of the patient", Audience.PATIENT),
        ("inpatient pharmacist", Audience.PHARMACIST),
        ("librarian", Audience.CLINICIAN),
    ],
)
def test_the_reader_follows_the_role(role: str, audience: Audience) -> None:
    assert read(f"question: Q?\nrequestor: {{role: {role}}}").audience is audience


@pytest.mark.parametrize(("said", "years"), [("67", 67), ("67 years", 67), ("6 months", 0.5), ("0", 0), ("1.5 years", 1.5)])
def test_an_age_in_years_or_months(said: str, years: float) -> None:
    assert read(f"question: Q?\npatient: {{age: {said}}}").given.age_years == years


_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp")), min_size=1, max_size=40)


@for_all(_WORDS, _WORDS)
def test_any_text_comes_back_as_it_was_written(name: str, background: str) -> None:
    value: dict[str, Any] = {"question": "Is it safe?", "requestor": {"name": name}, "background": background}
    said = read(json.dumps(value), "w.json")
    assert (said.requestor.name or "").split() == " ".join(_normal(name)).split()
    assert said.background.split() == " ".join(_normal(background)).split()


def _normal(text: str) -> list[str]:
    return unicodedata.normalize("NFC", text).split()


@for_all(st.binary(max_size=400), st.sampled_from(["w.yaml", "w.json", "w.md", "standard input"]))
def test_no_bytes_bring_another_error(data: bytes, name: str) -> None:
    with suppress(InputFileError):
        assert read_request(data, name).question
