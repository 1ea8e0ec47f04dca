"""Sentences with offsets: nothing is lost, nothing is torn that only makes sense whole."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.language.sentences import sentences


def cut(text: str) -> list[str]:
    return [text[a:b] for a, b in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One thing. Another thing.", ["One thing.", "Another thing."]),
        ("First line\nSecond line", ["First line", "Second line"]),
        ("Give approx. 5 mg/kg of zolmin. Then wait.", ["Give approx. 5 mg/kg of zolmin.", "Then wait."]),
        ("Take 1 tab. daily with food. Rest.", ["Take 1 tab. daily with food.", "Rest."]),
        ("Clearance fell by 0.5 mL/min. It rose again.", ["Clearance fell by 0.5 mL/min.", "It rose again."]),
        (
            "It fell (see Fig. 2. and Table 3) by half. Then it rose.",
            ["It fell (see Fig. 2. and Table 3) by half.", "Then it rose."],
        ),
        ("Given b.i.d. for a week. Then stopped.", ["Given b.i.d. for a week.", "Then stopped."]),
        ("Risk rises with age.¹²,¹³ Men have more of it.", ["Risk rises with age.¹²,¹³", "Men have more of it."]),
        ("It worked.⁷ In trials it did not.", ["It worked.⁷", "In trials it did not."]),
        ("Area grew to 10 m² Then it shrank.", ["Area grew to 10 m² Then it shrank."]),
        ("   ", []),
        ("", []),
    ],
)
def test_where_sentences_end(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


@given(st.text(alphabet=st.sampled_from("ab .,()\n1²³⁴5mg%;:?!—é\t"), max_size=120) | st.text(max_size=120))
def test_every_character_that_is_not_space_is_in_exactly_one_sentence(text: str) -> None:
    spans = sentences(text)
    assert all(a < b and text[a:b] == text[a:b].strip() for a, b in spans)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(spans))
    covered = {i for a, b in spans for i in range(a, b)}
    assert {i for i, c in enumerate(text) if not c.isspace()} <= covered


@given(st.floats(min_value=0.001, max_value=999).map(lambda x: f"{x:.3f}"), st.sampled_from(["mg", "mL", "%", "mg/kg"]))
def test_a_decimal_point_ends_no_sentence(number: str, unit: str) -> None:
    assert cut(f"Give {number} {unit} of zolmin.") == [f"Give {number} {unit} of zolmin."]
