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


def unread(reason: str) -> pytest.MarkDecorator:
    return pytest.mark.xfail(strict=True, reason=reason)


@pytest.mark.parametrize(
    ("text", "low", "high", "unit", "per"),
    [
        ("12,500.5 mg", 12500.5, 12500.5, "mg", ()),
        ("1,234,567", 1234567, 1234567, "", ()),
        ("1\u2009000 mg", 1000, 1000, "mg", ()),
        ("1,234 mg", 1234, 1234, "mg", ()),
        ("0,25 mg", 0.25, 0.25, "mg", ()),
        ("10–20 mg", 10, 20, "mg", ()),
        ("10 − 20 mg", 10, 20, "mg", ()),
        ("5 or 10 mg", 5, 10, "mg", ()),
        ("500 mcg", 500, 500, "mcg", ()),
        ("500 μg", 500, 500, "mcg", ()),
        ("500 ug", 500, 500, "mcg", ()),
        ("500 microgram", 500, 500, "mcg", ()),
        ("90 mg/kg a day", 90, 90, "mg", ("kg", "day")),
        ("5 mL/kg/h", 5, 5, "mL", ("kg", "h")),
        ("250 mg per 5 ml", 250, 250, "mg", ("5 mL",)),
        ("4 g/24 hours", 4, 4, "g", ("24 h",)),
        ("30 mL/min/1.73 m²", 30, 30, "mL", ("min",)),
        ("10 IU", 10, 10, "unit", ()),
        ("50 MG", 50, 50, "mg", ()),
        ("5-mg tablet", 5, 5, "mg", ()),
        pytest.param("1/2 tablet", 0.5, 0.5, "tablet", (), marks=unread("a fraction is read as its upper figure")),
    ],
)
def test_more_ways_to_write_a_quantity(text: str, low: float, high: float, unit: str, per: tuple[str, ...]) -> None:
    found = find_quantities(text)[0]
    assert (found.low, found.high, found.unit, found.per) == (low, high, unit, per)


@pytest.mark.parametrize("text", ["CYP2D6", "vitamin B12", "v2.5", "no figure", ""])
def test_a_figure_inside_a_name_is_no_quantity(text: str) -> None:
    assert find_quantities(text) == ()


@pytest.mark.parametrize(
    ("text", "comparator"),
    [
        ("less than 5 mg", "<"),
        ("≤ 4 g", "<="),
        ("<= 4 g", "<="),
        ("at most 4 g", "<="),
        ("over 4 g", ">"),
        (">= 4 g", ">="),
        ("no more than 4 g", "<="),
        ("not less than 4 g", ">="),
    ],
)
def test_more_comparators(text: str, comparator: str) -> None:
    assert find_quantities(text)[0].comparator == comparator


@pytest.mark.parametrize(
    ("text", "per_day"),
    [
        ("t.i.d.", 3), ("b.i.d.", 2), ("TDS", 3), ("qds", 4), ("od", 1), ("nocte", 1), ("twice a day", 2), ("thrice daily", 3),
        ("q 8 h", 3), ("q12h", 2), ("8-hourly", 3), ("every 48 hours", 0.5), ("every 4 to 6 hours", 6), ("five times daily", 5),
        ("up to four times in 24 hours", 4), ("once weekly", None), ("every 2 days", None), ("as needed", None), ("single dose", None),
        ("3x daily", 3),
        ("ten times daily", 10),
        ("every eight hours", 3), ("every night", 1), ("six times daily", 6),
    ],
)  # fmt: skip
def test_more_frequencies(text: str, per_day: float | None) -> None:
    assert [t.per_day for t in find_timings(text)] == [per_day]


AMOUNTS = st.integers(1, 99999)


@given(AMOUNTS, AMOUNTS, st.sampled_from(["-", "–", " to ", " or "]), st.sampled_from(["mg", "g", "mL", "tablets"]))
def test_a_range_keeps_both_ends(one: int, other: int, between: str, unit: str) -> None:
    low, high = sorted((one, other))
    text = f"Take {low}{between}{high} {unit} now"
    (found,) = find_quantities(text)
    assert (found.low, found.high) == (low, high)
    assert text[found.start : found.end] == f"{low}{between}{high} {unit}"


@given(AMOUNTS, st.sampled_from(["kg", "g", "mg", "mcg", "ng"]))
def test_milligrams_do_not_depend_on_the_unit_of_writing(amount: int, unit: str) -> None:
    smaller = {"kg": "g", "g": "mg", "mg": "mcg", "mcg": "ng", "ng": "ng"}[unit]
    factor = 1 if smaller == unit else 1000
    one, other = (in_mg(find_quantities(text)[0]) for text in (f"{amount} {unit}", f"{amount * factor:,} {smaller}"))
    assert one == pytest.approx(other)


@given(st.integers(0, 10**9))
def test_a_number_of_three_decimals_reads_back(thousandths: int) -> None:
    assert number(plain(thousandths / 1000)) == thousandths / 1000


def test_a_small_amount_is_never_written_as_nothing() -> None:
    assert number(plain(0.00025)) > 0
