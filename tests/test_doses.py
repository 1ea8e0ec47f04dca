"""Every dose is tied to the drug it belongs to, with how often it is given; a number that is no dose is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.language.doses import drug_doses
from osler.language.lexicon import Lexicon, default_lexicon
from osler.language.quantities import find_doses

BACLOFEN, GABAPENTIN, PREGABALIN = "drug/baclofen", "drug/gabapentin", "drug/pregabalin"
TIZANIDINE, PARACETAMOL, IBUPROFEN = "drug/tizanidine", "drug/acetaminophen", "drug/ibuprofen"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gabapentin at 100 mg at night and pregabalin at 25 mg", [(GABAPENTIN, 100, "mg", 1), (PREGABALIN, 25, "mg", None)]),
        ("baclofen 5 mg tds, tizanidine 2 mg at bedtime", [(BACLOFEN, 5, "mg", 3), (TIZANIDINE, 2, "mg", 1)]),
        ("300 mg gabapentin and 75 mg pregabalin", [(GABAPENTIN, 300, "mg", None), (PREGABALIN, 75, "mg", None)]),
        ("500 mg of paracetamol then 200 mg of ibuprofen", [(PARACETAMOL, 500, "mg", None), (IBUPROFEN, 200, "mg", None)]),
        ("ibuprofen (400 mg three times daily) plus baclofen 5 mg bd", [(IBUPROFEN, 400, "mg", 3), (BACLOFEN, 5, "mg", 2)]),
        ("paracetamol 1 g every 6 hours, max 4 g", [(PARACETAMOL, 1, "g", 4), (PARACETAMOL, 4, "g", None)]),
        ("stop baclofen 10 mg; start tizanidine 2 mg qid", [(BACLOFEN, 10, "mg", None), (TIZANIDINE, 2, "mg", 4)]),
        ("Lioresal 10mg", [(BACLOFEN, 10, "mg", None)]),
        ("morphine 0.1 mg/kg every 4 hours", [("drug/morphine", 0.1, "mg", 6)]),
        ("methotrexate 15 mg once weekly", [("drug/methotrexate", 15, "mg", None)]),
        ("insulin 10 units at night", [("class/insulins", 10, "unit", 1)]),
        ("amoxicillin 250 mg/5 mL, 10 mL tds", [("drug/amoxicillin", 10, "mL", 3)]),
        ("creatinine clearance 30 mL/min: gabapentin 300 mg daily", [(GABAPENTIN, 300, "mg", 1)]),
    ],
)
def test_each_dose_has_its_drug_and_frequency(
    text: str, expected: list[tuple[str, float, str, float | None]], lexicon: Lexicon
) -> None:
    found = drug_doses(text, lexicon.tag(text))
    assert [(d.concept_id, d.quantity.low, d.quantity.unit, d.quantity.times_per_day) for d in found] == expected


@pytest.mark.parametrize(
    "text",
    [
        "warfarin, INR 2.5",
        "NSAIDs for 10 days",
        "gabapentin when creatinine clearance is 30 mL/min",
        "baclofen, systolic pressure 120 mmHg",
        "baclofen in 1,200 patients",
        "baclofen syrup 5 mg/5 mL",
        "baclofen reduced pain by 20%",
        "give 5 mg three times daily",
    ],
)
def test_what_is_not_a_dose_of_a_drug(text: str, lexicon: Lexicon) -> None:
    assert drug_doses(text, lexicon.tag(text)) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gabapentin at 100 mg at night and pregabalin at 25 mg", ["100 mg at night", "25 mg"]),
        ("gabapentin 100 mg after each hemodialysis session", ["100 mg after each hemodialysis session"]),
        ("amoxicillin 80 to 90 mg/kg/day", ["80 to 90 mg/kg/day"]),
        ("methotrexate 15 mg once weekly", ["15 mg once weekly"]),
    ],
)
def test_a_dose_keeps_its_own_words(text: str, words: list[str], lexicon: Lexicon) -> None:
    assert [d.text for d in drug_doses(text, lexicon.tag(text))] == words


def test_a_range_per_kilogram_and_day_keeps_both(lexicon: Lexicon) -> None:
    text = "amoxicillin 80 to 90 mg/kg/day"
    (dose,) = drug_doses(text, lexicon.tag(text))
    assert (dose.quantity.low, dose.quantity.high, dose.quantity.per) == (80, 90, ("kg", "day"))


def test_a_frequency_belongs_to_the_dose_before_it() -> None:
    doses = find_doses("5 mg, then 10 mg twice daily")
    assert [(q.low, t and t.per_day) for q, t in doses] == [(5, None), (10, 2)]


@given(
    st.permutations(["baclofen", "gabapentin", "pregabalin", "tizanidine"]),
    st.lists(st.integers(1, 900), min_size=4, max_size=4),
    st.sampled_from([" and ", "; ", ", then ", " plus "]),
)
def test_in_a_list_of_drugs_no_dose_changes_hands(drugs: list[str], amounts: list[int], between: str) -> None:
    text = between.join(f"{drug} {amount} mg" for drug, amount in zip(drugs, amounts, strict=True))
    found = drug_doses(text, default_lexicon().tag(text))
    assert [(d.concept_id, d.quantity.low) for d in found] == [(f"drug/{d}", a) for d, a in zip(drugs, amounts, strict=True)]
    assert all(text[d.quantity.start : d.quantity.end] == d.text for d in found)
