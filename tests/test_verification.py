"""The check of a claim against its span: a wrong figure, drug, population, direction or strength never passes."""

from __future__ import annotations

import re

import pytest

from osler.domain.answer import Calculation
from osler.domain.verification import Verdict
from osler.language.lexicon import Lexicon
from osler.pipeline import Library
from osler.verification.arithmetic import check_arithmetic
from osler.verification.support import verify

SPAN = "In hemodialysis, gabapentin 100 mg after each session reduced itch; use with caution. Falls were more common (HR 1.26)."


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (SPAN, Verdict.SUPPORTED),
        ("gabapentin 100 mg after each session reduced itch", Verdict.SUPPORTED),
        ("gabapentin 300 mg after each session reduced itch", Verdict.CONTRADICTED),
        ("gabapentin 100 g after each session reduced itch", Verdict.CONTRADICTED),
        ("gabapentin 100 mg/kg after each session reduced itch", Verdict.CONTRADICTED),
        ("gabapentin 100 mg after each session did not reduce itch", Verdict.CONTRADICTED),
        ("gabapentin is contraindicated in hemodialysis", Verdict.CONTRADICTED),
        ("pregabalin 100 mg after each session reduced itch", Verdict.NOT_ENOUGH_INFO),
        ("gabapentinoids reduced itch", Verdict.NOT_ENOUGH_INFO),
        ("gabapentin reduced itch in peritoneal dialysis", Verdict.NOT_ENOUGH_INFO),
        ("gabapentin reduced back pain in hemodialysis", Verdict.NOT_ENOUGH_INFO),
        ("", Verdict.UNCHECKED),
        ("...", Verdict.UNCHECKED),
    ],
)
def test_verdict(claim: str, verdict: Verdict, lexicon: Lexicon) -> None:
    found, reasons = verify(claim, SPAN, lexicon)
    assert found is verdict
    assert bool(reasons) is (verdict is not Verdict.SUPPORTED)


@pytest.mark.parametrize(
    ("claim", "span"),
    [
        ("Falls were less common (HR 1.26)", "Falls were more common (HR 1.26)"),
        ("baclofen lowered the risk of encephalopathy", "baclofen raised the risk of encephalopathy"),
        ("baclofen should be avoided", "baclofen may be considered with caution"),
        ("no difference in falls was found", "a difference in falls was found"),
    ],
)
def test_the_opposite_is_contradicted(claim: str, span: str, lexicon: Lexicon) -> None:
    assert verify(claim, span, lexicon)[0] is Verdict.CONTRADICTED


def test_changing_any_number_of_any_statement_is_never_supported(library: Library) -> None:
    checked = 0
    for document in library.catalog.documents():
        for statement in document.statements:
            text = document.text[statement.start : statement.end]
            assert verify(text, text, library.lexicon)[0] is Verdict.SUPPORTED
            number = re.search(r"\d+", text)
            if number:
                changed = text[: number.start()] + str(int(number[0]) + 7919) + text[number.end() :]
                assert verify(changed, text, library.lexicon)[0] is not Verdict.SUPPORTED
                checked += 1
    assert checked > 500


@pytest.mark.parametrize(
    ("dose", "weight", "result", "right"),
    [
        ("80 to 90 mg per kg per day", "11 kg", "880 to 990 mg a day in total", True),
        ("0.5 micrograms/kg", "70 kg", "35 mcg a dose", True),
        ("0.5 micrograms/kg", "70 kg", "35 mg a dose", False),
        ("15 mg/kg", "20 kg", "250 mg a dose", False),
    ],
)
def test_arithmetic_is_done_again(dose: str, weight: str, result: str, right: bool) -> None:
    assert (check_arithmetic(Calculation("dose per kg × weight", (dose, weight), result)) == ()) is right


def test_an_unknown_formula_is_not_a_pass() -> None:
    assert check_arithmetic(Calculation("by feel", ("1 mg/kg", "2 kg"), "2 mg"))
