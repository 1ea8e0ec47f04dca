"""Facts given beside the question: bounded, read like facts in its text, shown back, and said aloud where the two differ."""

from __future__ import annotations

import pytest
from hypothesis import given as property_of
from hypothesis import strategies as st

from osler.domain.answer import NoticeKind
from osler.domain.request import Given
from osler.errors import QuestionError
from osler.language.lexicon import Lexicon
from osler.pipeline import Library, ask
from osler.question.given import given_words


@pytest.mark.parametrize(
    "facts",
    [
        {"age_years": -1}, {"age_years": 121}, {"weight_kg": 0}, {"weight_kg": 4800}, {"egfr": -3}, {"egfr": 900},
        {"gestation_weeks": 46}, {"gestation_weeks": 0}, {"dialysis": "sometimes"}, {"gestation_weeks": 20, "pregnant": False},
    ],
)  # fmt: skip
def test_a_value_that_no_patient_has_is_refused(facts: dict[str, object]) -> None:
    with pytest.raises(QuestionError):
        Given(**facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "facts",
    [
        {"medicines": ("zorbaflexin",)},
        {"allergies": ("plumbus",)},
        {"medicines": ("back pain",)},
        {"allergies": ("penicillin \udcff",)},
    ],
)
def test_a_medicine_nobody_knows_is_refused(facts: dict[str, tuple[str, ...]], lexicon: Lexicon) -> None:
    with pytest.raises(QuestionError, match="not a name that Osler knows"):
        given_words(Given(**facts), lexicon)  # type: ignore[arg-type]


def test_nothing_given_is_false_and_says_nothing(lexicon: Lexicon) -> None:
    assert not Given()
    assert given_words(Given(), lexicon) == ""


def test_facts_are_shown_back(library: Library) -> None:
    facts = Given(48, 62.5, 24, "hemodialysis", None, None, ("penicillin",), ("warfarin", "lisinopril"))
    patient = ask(library, "Is methocarbamol safe?", given=facts).question.frame.patient
    assert (patient.age_years, patient.weight_kg, patient.dialysis) == (48, 62.5, "hemodialysis")
    assert patient.allergies == ("penicillins",) or patient.allergies == ("penicillin",)
    assert set(patient.medicines) == {"warfarin", "lisinopril"}


@pytest.mark.parametrize(("weeks", "expected"), [(30, 30.0), (8.5, 8.5)])
def test_weeks_of_gestation_mean_pregnant(library: Library, weeks: float, expected: float) -> None:
    patient = ask(library, "Is ibuprofen safe?", given=Given(gestation_weeks=weeks)).question.frame.patient
    assert (patient.pregnant, patient.gestation_weeks) == (True, expected)


@property_of(st.integers(1, 110), st.integers(3, 300), st.integers(1, 120))
def test_given_numbers_are_read_as_given(library: Library, age: int, weight: int, egfr: int) -> None:
    patient = ask(library, "Is methocarbamol safe?", given=Given(age, weight, egfr)).question.frame.patient
    assert (patient.age_years, patient.weight_kg, patient.egfr) == (age, weight, egfr)


def test_a_difference_is_said_aloud_and_the_given_fact_is_used(library: Library) -> None:
    article = ask(library, "A 60 year old of 80 kg: is ibuprofen safe?", given=Given(age_years=70))
    assert article.question.frame.patient.age_years == 70
    (notice,) = [n for n in article.notices if n.kind is NoticeKind.MISSING_INFORMATION]
    assert "60" in notice.text
    assert "70" in notice.text


def test_the_asker_s_own_words_stay_the_question(library: Library) -> None:
    text = "Is methocarbamol safe?"
    assert ask(library, text, given=Given(age_years=70)).question.text == text


def test_other_facts_are_another_answer(library: Library) -> None:
    text = "Is methocarbamol safe?"
    ids = {ask(library, text, given=g).answer_id for g in (Given(), Given(age_years=70), Given(dialysis="hemodialysis"))}
    assert len(ids) == 3
    assert ask(library, text, given=Given(age_years=70)).answer_id == ask(library, text, given=Given(age_years=70)).answer_id


def test_given_dialysis_answers_as_if_it_had_been_asked(library: Library) -> None:
    given = ask(library, "Is methocarbamol a reasonable choice, oral or IV?", given=Given(dialysis="hemodialysis"))
    asked = ask(library, "On hemodialysis. Is methocarbamol a reasonable choice, oral or IV?")
    assert [c.text for c in given.claims] == [c.text for c in asked.claims]
