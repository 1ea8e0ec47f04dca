"""The grade is the published formula; syllables and sentences are counted as a person counts them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.language.readability import Reading, grade, read, syllables


def test_a_published_example() -> None:
    """13 words, 24 syllables, grade 11.3: Flesch-Kincaid readability tests, Wikipedia."""
    text = "The Australian platypus is seemingly a hybrid of a mammal and reptilian creature."
    reading = read(text)
    assert (reading.sentences, reading.words) == (1, 13)
    assert Reading(1, 13, 24).grade == pytest.approx(11.3, abs=0.05)
    assert abs(reading.syllables - 24) <= 2  # "-ian" is one syllable there, two here


def test_hand_counts() -> None:
    assert read("The cat sat on the mat.") == Reading(1, 6, 6)
    assert grade("The cat sat on the mat.") == pytest.approx(0.39 * 6 + 11.8 - 15.59)
    assert read("Call your team. Do not stop the medicine!") == Reading(2, 8, 10)
    assert grade("") == 0.0


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("pain", 1), ("stopped", 1), ("needed", 2), ("doses", 2), ("tables", 2), ("muscle", 2), ("people", 2), ("patient", 2), ("kidney", 2),
        ("medicine", 3), ("dialysis", 4), ("hemodialysis", 6), ("diabetes", 4), ("hypertension", 4), ("encephalopathy", 6), ("pneumonia", 3),
        ("treatment", 2), ("safely", 2), ("moderately", 4), ("recommends", 3), ("contraindicated", 6), ("baclofen", 3), ("fluid", 2),
        ("being", 2), ("reaction", 3), ("serious", 3), ("once", 1), ("metabolism", 5), ("gabapentin", 4), ("cardiovascular", 6),
    ],
)  # fmt: skip
def test_syllables(word: str, count: int) -> None:
    assert syllables(word) == count


@pytest.mark.parametrize("word", ["5", "0.92", "mg", "eGFR", "NHS", "mg/kg", "95%", "10,615", "X"])
def test_figures_and_abbreviations_are_one_syllable(word: str) -> None:
    assert syllables(word) == 1


def test_a_hyphenated_word_is_one_word_with_the_syllables_of_its_parts() -> None:
    assert read("well-known").words == 1
    assert syllables("well-known") == 2


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Pain fell by 2.5 points.", 1),
        ("It fell, e.g. in children. It rose later.", 2),
        ("Signs are: fever; chills; weakness.", 1),
        ("First line\nSecond line", 2),
        ("C. difficile came back.", 1),
        ("Why? Nobody knows. Ask!", 3),
        ("...", 0),
    ],
)
def test_sentences(text: str, sentences: int) -> None:
    assert read(text).sentences == sentences


def test_names_can_be_left_out_and_the_rest_counts_alike() -> None:
    text = "Take cyclobenzaprine at night."
    start = text.index("cyclo")
    without = read(text, [(start, start + len("cyclobenzaprine"))])
    assert without == Reading(1, 3, 3)
    assert read(text).words == 4


@given(
    st.lists(st.sampled_from(["The dose was small.", "Nobody fell.", "Ask your nurse about the tablets."]), min_size=1, max_size=8)
)
def test_the_whole_is_the_sum_of_its_sentences(parts: list[str]) -> None:
    whole = read(" ".join(parts))
    assert whole == sum((read(p) for p in parts), start=Reading(0, 0, 0))
