"""A sum, shown or written in a claim's own words, is done again; a wrong one is contradicted with the right figure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.domain.answer import Calculation
from osler.domain.verification import Verdict
from osler.language.lexicon import Lexicon
from osler.verification.arithmetic import check_arithmetic, kidney_facts
from osler.verification.renal import ckd_epi_2021, cockcroft_gault
from osler.verification.sums import find_sums
from osler.verification.support import SpanContext, verify


@pytest.mark.parametrize(
    ("formula", "inputs", "result", "right"),
    [
        ("dose per kg × weight", ("15 mg/kg", "80 kg", "at most 1 g"), "1,000 mg a dose", None),
        ("dose per kg × weight", ("15 mg/kg", "80 kg", "at most 1 g"), "1,200 mg a dose", "1,000 mg"),
        ("dose per kg × weight ÷ strength", ("15 mg/kg", "20 kg", "250 mg/5 mL"), "300 mg a dose = 6 mL of 250 mg/5 mL", None),
        ("dose per kg × weight ÷ strength", ("15 mg/kg", "20 kg", "250 mg/5 mL"), "300 mg a dose = 7.5 mL of 250 mg/5 mL", "6 mL"),
        ("dose ÷ strength", ("660 mg", "400 mg/5 mL"), "8.25 mL", None),
        ("dose ÷ strength", ("660 mg", "400 mg/5 mL"), "6.6 mL", "8.25 mL"),
        ("daily dose ÷ doses a day", ("1,500 mg a day", "three times daily"), "500 mg a dose", None),
        ("daily dose ÷ doses a day", ("1,500 mg a day", "twice daily"), "500 mg a dose", "750 mg"),
        ("dose × doses a day", ("5 mg", "three times daily"), "15 mg a day", None),
        ("dose × doses a day", ("5 mg", "three times daily"), "10 mg a day", "15 mg"),
        ("Cockcroft–Gault", ("70 years", "60 kg", "creatinine 1.5 mg/dL", "female"), "33 mL/min", None),
        ("Cockcroft–Gault", ("70 years", "60 kg", "creatinine 1.5 mg/dL", "male"), "33 mL/min", "39 mL/min"),
        ("CKD-EPI 2021", ("60 years", "creatinine 106 µmol/L", "female"), "52 mL/min/1.73 m2", None),
        ("CKD-EPI 2021", ("60 years", "creatinine 106 µmol/L", "female"), "70 mL/min/1.73 m2", "52 mL/min"),
    ],
)
def test_a_shown_calculation(formula: str, inputs: tuple[str, ...], result: str, right: str | None, lexicon: Lexicon) -> None:
    reasons = check_arithmetic(Calculation(formula, inputs, result))
    assert bool(reasons) is (right is not None)
    assert right is None or right in reasons[0]


@pytest.mark.parametrize(
    ("formula", "inputs"),
    [
        ("by feel", ("5 mg", "20 kg")),
        ("dose ÷ strength", ("some", "400 mg/5 mL")),
        ("daily dose ÷ doses a day", ("5 mg",)),
        ("Cockcroft–Gault", ("70 years", "creatinine 1.5 mg/dL", "female")),
        ("Cockcroft–Gault", ("7 years", "60 kg", "creatinine 1.5 mg/dL", "female")),
        ("CKD-EPI 2021", ("60 years", "creatinine 1 mg/dL")),
    ],
)
def test_what_cannot_be_redone_is_a_reason(formula: str, inputs: tuple[str, ...]) -> None:
    assert check_arithmetic(Calculation(formula, inputs, "30 mL"))


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Give 660 mg of the 400 mg/5 mL syrup, which is 6.6 mL.", "8.25 mL"),
        ("Give 660 mg of the 400 mg/5 mL syrup, which is 8.3 mL.", None),
        ("At 20 kg, 15 mg/kg is 300 mg.", None),
        ("At 20 kg, 15 mg/kg is 250 mg.", "300 mg"),
        ("At 20 kg, 15 mcg/kg is 300 mg.", "0.3 mg"),
        ("At 80 kg, 15 mg/kg is 1,000 mg (maximum 1 g).", None),
        ("At 80 kg, 15 mg/kg is 1,200 mg (maximum 1 g).", "1,000 mg"),
        ("At 10 kg, 90 mg/kg/day is 450 mg twice daily.", None),
        ("At 10 kg, 90 mg/kg/day is 900 mg twice daily.", "450 mg"),
        ("Under 40 kg give 15 mg/kg, above it 500 mg.", None),
        ("Put 5 mg of the 10 mg/mL vial in 50 mL of saline.", None),
        ("Take 5 mg three times daily (15 mg/day).", None),
        ("Take 5 mg three times daily (20 mg/day).", "15 mg"),
        ("A woman of 70 years, 60 kg, creatinine 1.5 mg/dL: creatinine clearance 33 mL/min.", None),
        ("A woman of 70 years, 60 kg, creatinine 1.5 mg/dL: creatinine clearance 60 mL/min.", "33 mL/min"),
        ("A man of 50 years, creatinine 1.0 mg/dL: eGFR 60 mL/min.", "92 mL/min"),
    ],
)
def test_a_sum_in_words(text: str, right: str | None) -> None:
    wrong = [s.wrong for s in find_sums(text) if s.wrong]
    assert bool(wrong) is (right is not None)
    assert right is None or right in wrong[0]


RULE = "Give paracetamol 15 mg/kg to a child."


@pytest.mark.parametrize(
    ("claim", "facts", "verdict"),
    [
        ("Give paracetamol 15 mg/kg (300 mg at 20 kg) to a child.", "My child weighs 20 kg.", Verdict.SUPPORTED),
        ("Give paracetamol 15 mg/kg (300 mg at 20 kg) to a child.", "", Verdict.NOT_ENOUGH_INFO),
        ("Give paracetamol 15 mg/kg (400 mg at 20 kg) to a child.", "My child weighs 20 kg.", Verdict.CONTRADICTED),
    ],
)
def test_a_right_sum_from_given_facts_needs_no_place_in_the_span(
    claim: str, facts: str, verdict: Verdict, lexicon: Lexicon
) -> None:
    assert verify(claim, RULE, lexicon, SpanContext(facts=facts))[0] is verdict


@given(st.integers(1, 200), st.integers(2, 120))
def test_a_sum_that_is_right_is_never_called_wrong(per_kg: int, weight: int) -> None:
    assert [s.wrong for s in find_sums(f"At {weight} kg, {per_kg} mg/kg is {per_kg * weight} mg.")] == [""]
    assert find_sums(f"At {weight} kg, {per_kg} mg/kg is {per_kg * weight * 2} mg.")[0].wrong


@pytest.mark.parametrize(
    ("words", "facts"),
    [
        ("woman, 70 years, 60 kg, creatinine 1.5 mg/dL", (70, 60, 1.5, True)),
        ("man, 70 years, creatinine 88.4 µmol/L", (70, None, 1.0, False)),
        ("70 years, creatinine 1.5 mg/dL", None),
        ("woman, creatinine 1.5 mg/dL", None),
    ],
)
def test_facts_for_kidney_function(words: str, facts: tuple[float, float | None, float, bool] | None) -> None:
    assert kidney_facts(words) == facts


@pytest.mark.parametrize(
    ("age", "creatinine", "female", "egfr"), [(50, 1.0, False, 92), (50, 1.0, True, 69), (80, 2.0, False, 33), (25, 0.6, True, 128)]
)
def test_ckd_epi_2021(age: float, creatinine: float, female: bool, egfr: int) -> None:
    assert round(ckd_epi_2021(age, creatinine, female)) == egfr


def test_cockcroft_gault_and_its_limits() -> None:
    assert cockcroft_gault(40, 72, 1.0, False) == pytest.approx(100)
    assert cockcroft_gault(40, 72, 1.0, True) == pytest.approx(85)
    for age, weight, creatinine in ((10, 72, 1), (40, 0, 1), (40, 72, 0)):
        with pytest.raises(ValueError, match="adult"):
            cockcroft_gault(age, weight, creatinine, False)
    with pytest.raises(ValueError, match="adult"):
        ckd_epi_2021(130, 1, True)
