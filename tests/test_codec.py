"""Every noun survives JSON and back unchanged; unknown fields and wrong types are refused, sets are written sorted."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.domain.answer import Calculation, DoseRow, Notice, Section
from osler.domain.codec import decode, encode
from osler.domain.concept import Quantity
from osler.domain.document import Bibliography, Document, Statement, StudyDesign, Via, content_hash
from osler.domain.evidence import Directness, Mismatch
from osler.domain.library import Snapshot
from osler.domain.passage import Finding, Passage, TextSpan
from osler.domain.population import Ages, Kidney, Population
from osler.domain.question import AskedDose, Audience, Frame, Intent, Patient, Question, Term
from osler.domain.verification import ClaimCheck, VerificationReport

WORDS = st.text(max_size=12)
NAMES = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=12)
YEARS = st.floats(0, 120, allow_nan=False)
TERMS = st.builds(Term, WORDS, WORDS, WORDS)
AGES = st.one_of(
    st.builds(Ages, YEARS),
    st.tuples(YEARS, YEARS).filter(lambda a: a[0] < a[1]).map(lambda a: Ages(*a)),
)
POPULATIONS = st.builds(
    lambda text, kidney, excluded, ages, flags: Population(
        text, kidney, excluded and not Population(kidney=kidney).on_dialysis, ages, *flags
    ),
    WORDS,
    st.frozensets(st.sampled_from(Kidney)),
    st.booleans(),
    st.none() | AGES,
    st.tuples(st.booleans(), st.booleans(), st.booleans()),
)
QUANTITIES = st.builds(
    lambda low, more, unit, per, times, sign: Quantity(low, low + more, unit, 0, 5, per, times, sign),
    YEARS,
    YEARS,
    st.sampled_from(["mg", "mL", ""]),
    st.lists(st.sampled_from(["kg", "day", "5 mL"])).map(tuple),
    st.none() | YEARS,
    st.sampled_from(["", "<", "<=", ">", ">="]),
)
PATIENTS = st.builds(Patient, age_years=st.none() | YEARS, pregnant=st.none() | st.booleans(), allergies=st.lists(TERMS).map(tuple))
FRAMES = st.builds(
    Frame,
    intent=st.sampled_from(Intent),
    population=POPULATIONS,
    problem=st.lists(TERMS, max_size=2).map(tuple),
    doses=st.lists(st.builds(AskedDose, WORDS, QUANTITIES, WORDS), max_size=2).map(tuple),
    unknown=st.lists(WORDS, max_size=2).map(tuple),
    read_as=st.lists(st.tuples(WORDS, WORDS), max_size=2).map(tuple),
    patient=PATIENTS,
)
BOOKS = st.builds(
    Bibliography, title=NAMES, authors=st.none() | WORDS, year=st.none() | st.integers(1900, 2100), pmid=st.just("123")
)
FINDINGS = st.builds(Finding, population=POPULATIONS, intervention_labels=st.lists(WORDS, max_size=2).map(tuple))


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text = draw(NAMES)
    whole = st.builds(Statement, start=st.just(0), end=st.just(len(text)))
    return Document(
        draw(NAMES),
        draw(st.sampled_from(StudyDesign)),
        draw(st.sampled_from(Via)),
        draw(BOOKS),
        text,
        tuple(draw(st.lists(whole, max_size=2))),
    )


PASSAGES = st.builds(
    lambda number, text, finding: Passage("d", number, 3, 3 + len(text), text, (replace(finding, start=3, end=3 + len(text)),)),
    st.integers(0),
    NAMES,
    FINDINGS,
)
SPANS = st.builds(lambda start, exact: TextSpan("d", start, start + len(exact), exact), st.integers(0, 999), NAMES)
NOUNS = st.one_of(
    documents(), PASSAGES, SPANS, AGES, POPULATIONS, QUANTITIES, BOOKS,
    st.builds(Question, WORDS, st.sampled_from(Audience), FRAMES),
    st.builds(Notice), st.builds(Calculation), st.builds(Section), st.builds(Mismatch), st.builds(Snapshot),
    st.builds(VerificationReport, st.lists(st.builds(ClaimCheck), max_size=3).map(tuple)),
    st.builds(DoseRow, population=NAMES, problem_studied=NAMES, claims=st.just(("c1",)), directness=st.sampled_from(Directness)),
)  # fmt: skip


@given(NOUNS)
def test_a_noun_comes_back_equal(noun: Any) -> None:
    written = json.dumps(encode(noun), ensure_ascii=False, allow_nan=False)
    assert decode(type(noun), json.loads(written)) == noun


@given(st.permutations(list(Kidney)))
def test_equal_nouns_are_written_alike(order: list[Kidney]) -> None:
    written = encode(Population("p", frozenset(order)))
    assert written["kidney"] == sorted(k.value for k in Kidney)


def test_the_hash_of_a_value_ignores_key_order_and_sees_every_change() -> None:
    assert content_hash({"a": 1, "b": [1, 2]}) == content_hash({"b": [1, 2], "a": 1})
    assert content_hash({"a": 1, "b": [1, 2]}) != content_hash({"a": 1, "b": [2, 1]})


def test_an_open_age_is_written_as_null() -> None:
    assert encode(Ages(18.0)) == {"low": 18.0, "high": None}
    assert decode(Ages, {"low": 18.0, "high": None}) == Ages(18.0)


SECTION = {"heading": "H", "role": "harm", "claims": ["c1"], "lead": ""}


@pytest.mark.parametrize(
    ("noun", "value"),
    [
        (Section, SECTION | {"surprise": 1}),
        (Section, SECTION | {"heading": 7}),
        (Section, SECTION | {"heading": None}),
        (Section, SECTION | {"role": "villain"}),
        (Section, SECTION | {"claims": 7}),
        (Section, SECTION | {"claims": [7]}),
        (Section, {"heading": "H"}),
        (Section, [SECTION]),
        (Section, "H"),
        (Snapshot, {"id": "s", "documents": "3", "passages": 4}),
        (Snapshot, {"id": "s", "documents": True, "passages": 4}),
        (Population, {"kidney": ["liver"]}),
        (Population, {"pregnant": "yes"}),
        (Ages, {"low": "old"}),
        (TextSpan, {"document_id": "d", "start": 0, "end": 9, "exact": "four"}),
        (Section, SECTION | {"claims": "c1"}),
        (Section, SECTION | {"claims": {"c1": 1}}),
        (Ages, {"low": "1.5"}),
        (Ages, {"low": False, "high": True}),
    ],
)
def test_what_encode_never_wrote_is_refused(noun: type, value: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        decode(noun, value)


def test_only_nouns_and_their_parts_are_encoded() -> None:
    for value in ([1], {"a": 1}, object(), Ages):
        with pytest.raises(TypeError, match="cannot encode"):
            encode(value)
