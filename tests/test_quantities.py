"""Numbers, units, frequencies and concentrations are read as a pharmacist reads them, and slice back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.language.doses import drug_doses
from osler.language.lexicon import Lexicon
from osler.language.quantities import concentration_mg_per_ml, find_quantities, find_timings, in_mg, number, plain


@pytest.mark.parametrize(
    ("text", "low", "high", "unit", "per"),
    [
        ("650 mg", 650, 650, "mg", ()),
        ("650mg", 650, 650, "mg", ()),
        ("0.5 mg/kg", 0.5, 0.5, "mg", ("kg",)),
        ("0.5 micrograms/kg", 0.5, 0.5, "mcg", ("kg",)),
        ("0.5 µg per kilogram", 0.5, 0.5, "mcg", ("kg",)),
        ("80 to 90 mg per kg per day", 80, 90, "mg", ("kg", "day")),
        ("300-400 mg", 300, 400, "mg", ()),
        ("140,899 patients", 140899, 140899, "", ()),
        ("134 637 warfarin users", 134637, 134637, "", ()),
        ("1,5 mg", 1.5, 1.5, "mg", ()),
        ("1·5 mg", 1.5, 1.5, "mg", ()),
        ("250 mg/5 mL", 250, 250, "mg", ("5 mL",)),
        ("7.2%", 7.2, 7.2, "%", ()),
        ("2 tablets", 2, 2, "tablet", ()),
        ("10 units", 10, 10, "unit", ()),
    ],
)
def test_quantity(text: str, low: float, high: float, unit: str, per: tuple[str, ...]) -> None:
    found = find_quantities(text)[0]
    assert (found.low, found.high, found.unit, found.per) == (low, high, unit, per)


@pytest.mark.parametrize(
    ("text", "comparator"),
    [
        ("below 30 mL/min", "<"),
        ("≥20 mg/day", ">="),
        ("at least 5 mg", ">="),
        ("up to 4 g", "<="),
        ("more than 10 mg", ">"),
        ("5 mg", ""),
    ],
)
def test_comparator(text: str, comparator: str) -> None:
    assert find_quantities(text)[0].comparator == comparator


@pytest.mark.parametrize(
    ("text", "per_day"),
    [
        ("300 mg three times daily", 3), ("300 mg 3 times a day", 3), ("10 mg tds", 3), ("10 mg bd", 2), ("5 mg once daily", 1),
        ("650 mg every 8 hours", 3), ("q6h", 4), ("four times daily", 4), ("at most 4 times in 24 hours", 4), ("1 g three to four times daily", 4),
        ("100 mg at night", 1), ("300 mg three times weekly", None), ("after each hemodialysis session", None), ("20 mg daily", 1),
    ],
)  # fmt: skip
def test_times_a_day(text: str, per_day: float | None) -> None:
    assert find_timings(text)[-1].per_day == per_day


@pytest.mark.parametrize(
    ("text", "milligrams"),
    [("1 g", 1000), ("500 mcg", 0.5), ("0.5 mg", 0.5), ("250 ng", 0.00025), ("5 mL", None), ("3 tablets", None)],
)
def test_in_mg(text: str, milligrams: float | None) -> None:
    found = in_mg(find_quantities(text)[0])
    assert found == (None if milligrams is None else pytest.approx((milligrams, milligrams)))


@pytest.mark.parametrize(
    ("text", "strength"), [("paracetamol 250mg/5ml syrup", 50), ("400 mg/5 mL", 80), ("10 mg per mL", 10), ("250 mg tablets", None)]
)
def test_strength_of_a_liquid(text: str, strength: float | None) -> None:
    found = concentration_mg_per_ml(text)
    assert (found and found[0]) == strength


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gabapentin at 100 mg at night and pregabalin at 25 mg at night", {"drug/gabapentin": [100], "drug/pregabalin": [25]}),
        ("300 mg of gabapentin", {"drug/gabapentin": [300]}),
        ("colchicine 1.2 mg then 0.6 mg", {"drug/colchicine": [1.2, 0.6]}),
        ("give 5 mg and watch", {}),
    ],
)
def test_each_dose_belongs_to_its_drug(text: str, expected: dict[str, list[float]], lexicon: Lexicon) -> None:
    found: dict[str, list[float]] = {}
    for dose in drug_doses(text, lexicon.tag(text)):
        found.setdefault(dose.concept_id, []).append(dose.quantity.low)
    assert found == expected


@given(st.text(alphabet="0123456789 .,mgkdaytwice/<≥-–", max_size=40))
def test_offsets_slice_back(text: str) -> None:
    for quantity in find_quantities(text):
        assert text[quantity.start].isdigit()
        assert quantity.start < quantity.end <= len(text)


@given(st.integers(0, 10**7))
def test_a_written_number_reads_back(value: int) -> None:
    assert number(plain(value)) == value
