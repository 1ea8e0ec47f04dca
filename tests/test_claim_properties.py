"""What holds of the claim check for any text: it ends, agrees with itself, passes whole sentences and never a changed figure."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.domain.verification import Verdict
from osler.errors import InputFileError
from osler.language.lexicon import Lexicon, default_lexicon
from osler.verification.reading import read
from osler.verification.support import verify, verify_line

TEXT = st.text(max_size=200)
CLINICAL = st.lists(
    st.sampled_from(
        "baclofen 5 mg twice daily not in adults with pain ; , . ( ) reduced falls by 20% unless children may avoid every 8 h than".split()
    ),
    max_size=25,
).map(" ".join)
WORDS = st.sampled_from(["Baclofen", "Drugx", "Gabapentin"])


@given(TEXT | CLINICAL, TEXT | CLINICAL)
def test_any_two_texts_get_a_verdict_and_the_same_one_again(claim: str, span: str) -> None:
    first = verify(claim, span, default_lexicon())
    assert first == verify(claim, span, default_lexicon())
    assert (first[0] is Verdict.SUPPORTED) is (first[1] == ())


@given(TEXT | CLINICAL)
def test_atoms_slice_the_text_they_were_read_from(text: str) -> None:
    reading = read(text, default_lexicon())
    for atom in reading.atoms:
        assert 0 <= atom.start < atom.end <= len(reading.text)
    assert [a.start for a in reading.atoms] == sorted(a.start for a in reading.atoms)


@given(CLINICAL)
def test_a_text_supports_itself(text: str) -> None:
    expected = Verdict.SUPPORTED if any(c.isalnum() for c in text) else Verdict.UNCHECKED
    assert verify(text, text, default_lexicon())[0] is expected


@given(WORDS, st.integers(1, 99999), st.integers(1, 99999), st.sampled_from(["mg", "g", "mL", "%", "units", "hours", "mg/kg", ""]))
def test_a_number_supports_only_itself(drug: str, one: int, other: int, unit: str) -> None:
    verdict = verify(f"{drug} {one} {unit} eased pain.", f"{drug} {other} {unit} eased pain.", default_lexicon())[0]
    assert (verdict is Verdict.SUPPORTED) is (one == other)


@given(st.integers(1, 999), st.sampled_from([("kg", "g"), ("g", "mg"), ("mg", "mcg"), ("mcg", "ng")]))
def test_a_mass_in_another_unit_is_the_same_and_a_thousandfold_is_not(amount: int, units: tuple[str, str]) -> None:
    large, small = units
    claim = f"Drugx {amount} {large} eased pain."
    assert verify(claim, f"Drugx {amount * 1000} {small} eased pain.", default_lexicon())[0] is Verdict.SUPPORTED
    assert verify(claim, f"Drugx {amount} {small} eased pain.", default_lexicon())[0] is Verdict.CONTRADICTED


@given(st.permutations(["drugx", "drugy", "drugz"]))
def test_names_that_change_places_never_pass(order: list[str]) -> None:
    claim = "{} eased pain more than {} but less than {}.".format(*order)
    passed = verify(claim, "Drugx eased pain more than drugy but less than drugz.", default_lexicon())[0] is Verdict.SUPPORTED
    assert passed is (order == ["drugx", "drugy", "drugz"])


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        ({"id": "a", "claim": "Baclofen eased spasm.", "passage": "Baclofen eased spasm."}, "supported"),
        ({"id": "b", "claim": "Baclofen eased spasm.", "passage": "Baclofen did not ease spasm."}, "contradicted"),
        ({"id": 3, "claim": "Baclofen eased spasm.", "passage": "Tizanidine eased spasm."}, "not_enough_info"),
        ({"id": None, "claim": "Baclofen eased spasm.", "passage": None}, "unchecked"),
        ({"claim": "Baclofen eased spasm."}, "unchecked"),
    ],
)
def test_a_line_of_a_claim_file(record: dict[str, object], verdict: str, lexicon: Lexicon) -> None:
    found = verify_line(json.dumps(record), lexicon)
    assert found["verdict"] == verdict
    assert found["id"] == record.get("id")
    assert bool(found["reasons"]) is (verdict != "supported")
    json.dumps(found)


@pytest.mark.parametrize(
    "line",
    ["", "no", "[]", "3", "null", '{"id": 1}', '{"claim": 5, "passage": "x"}', '{"claim": "x", "passage": [1]}', "[" * 100_000],
)
def test_a_line_that_is_no_claim_is_refused(line: str, lexicon: Lexicon) -> None:
    with pytest.raises(InputFileError):
        verify_line(line, lexicon)
