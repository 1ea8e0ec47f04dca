"""The check of a claim against its span: a wrong figure, drug, population, direction or strength never passes."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from osler.domain.answer import Answer, Calculation, Citation, Claim, Disposition, Role
from osler.domain.document import Bibliography, StudyDesign, Via
from osler.domain.evidence import Directness, Source
from osler.domain.passage import TextSpan
from osler.domain.status import PublicationStatus
from osler.domain.verification import Verdict
from osler.language.lexicon import Lexicon
from osler.pipeline import Library
from osler.verification.arithmetic import check_arithmetic
from osler.verification.figures import check_figures
from osler.verification.stance import check_stance
from osler.verification.support import verify, verify_answer
from osler.verification.terms import check_terms

SPAN = "In hemodialysis, gabapentin 100 mg after each session reduced itch; use with caution. Falls were more common (HR 1.26)."


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (SPAN, Verdict.SUPPORTED),
        ("gabapentin 100 mg after each session reduced itch", Verdict.NOT_ENOUGH_INFO),
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


@pytest.mark.parametrize(
    ("claim", "span"),
    [
        ("tizanidine eased spasm", "baclofen eased spasm"),
        ("baclofen 5 mg three times daily eased spasm", "baclofen 5 mg once daily eased spasm"),
        ("oral baclofen eased spasticity", "intrathecal baclofen eased spasticity"),
        ("ibuprofen raised blood pressure", "NSAIDs raised blood pressure"),
        ("the weather was fine", "baclofen eased spasm"),
        ("give baclofen", "Do not give baclofen"),
        ("baclofen is safe in dialysis", "it is not true that baclofen is safe in dialysis"),
        ("5 mg of baclofen", "25 mg of baclofen"),
        ("5 mg of baclofen", "0.5 mg of baclofen"),
        ("Give baclofen 5", "Give baclofen 5.5 mg"),
        ("give baclofen", "Do not, e.g. give baclofen"),
        ("give baclofen 5 mg", "give baclofen 5 mg/kg"),
        ("recommended in adults", "not recommended in adults"),
    ],
)
def test_never_supported(claim: str, span: str, lexicon: Lexicon) -> None:
    assert verify(claim, span, lexicon)[0] is not Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("claim", "span", "agrees"),
    [
        ("1 g", "1,000 mg", True), ("0.5 mg", "500 mcg", True), ("500 mcg", "500 mg", False), ("5 mg", "5 mg/kg", False),
        ("5 mg/kg", "5 mg/kg/day", False), ("10 mL", "10 mg", False), ("5 to 10 mg", "5 mg", False), ("5 mg", "5 to 10 mg", False),
        ("7%", "7", False), ("HR 1.26", "HR 1.62", False), ("every 8 hours", "every 12 hours", False), ("250 mg/5 mL", "250 mg/mL", False),
        ("5 mg per day", "5 mg per week", False), ("no figure", "5 mg", True), ("5 mg", "5 mg twice, then 10 mg", True),
        ("above 30 mL/min", "below 30 mL/min", False),
        ("5 mg three times daily", "5 mg once daily", False),
    ],
)  # fmt: skip
def test_figures(claim: str, span: str, agrees: bool) -> None:
    assert (check_figures(claim, span) == ()) is agrees


@pytest.mark.parametrize(
    ("claim", "span", "agrees"),
    [
        ("Lioresal", "baclofen", True), ("haemodialysis", "hemodialysis", True), ("baclofen", "tizanidine", False),
        ("NSAIDs", "ibuprofen", False), ("ibuprofen", "NSAIDs", False), ("in children", "in adults", False),
        ("hemodialysis", "peritoneal dialysis", False), ("back spasm", "low back pain", False), ("intravenous paracetamol", "oral paracetamol", False),
        ("oral baclofen", "intrathecal baclofen", False), ("older men", "older women", False), ("CKD 4", "CKD 5", False),
    ],
)  # fmt: skip
def test_terms(claim: str, span: str, agrees: bool, lexicon: Lexicon) -> None:
    assert (check_terms(claim, span, lexicon) == ()) is agrees


@pytest.mark.parametrize(
    ("claim", "span", "agrees"),
    [
        ("it increased falls", "it decreased falls", False), ("it lowered risk", "it raised risk", False), ("it helped", "it did not help", False),
        ("contraindicated", "use with caution", False), ("is recommended", "may be considered", False), ("avoid it", "it can be used", False),
        ("is recommended", "is not recommended", False), ("it did not help", "it did not help", True), ("it reduced pain", "it reduced pain", True),
        ("it was better", "it was worse", False),
    ],
)  # fmt: skip
def test_stance(claim: str, span: str, agrees: bool) -> None:
    assert (check_stance(claim, span) == ()) is agrees


PER_KG = "dose per kg × weight"


@pytest.mark.parametrize(
    ("formula", "inputs", "result"),
    [
        (PER_KG, ("15 mg/kg", "20 lb"), "300 mg a dose"),
        (PER_KG, ("15 mg/kg",), "300 mg a dose"),
        (PER_KG, ("a little", "20 kg"), "300 mg a dose"),
        (PER_KG, ("15 mg", "20 kg"), "300 mg a dose"),
        (PER_KG, ("15 mg/kg/day", "20 kg"), "300 mg a dose"),
        pytest.param(
            f"{PER_KG} ÷ strength", ("15 mg/kg", "20 kg", "250 mg/5 mL"), "300 mg a dose = 60 to 60 mL of 250 mg/5 mL"),
    ],
)  # fmt: skip
def test_a_wrong_calculation_is_refused(formula: str, inputs: tuple[str, ...], result: str) -> None:
    assert check_arithmetic(Calculation(formula, inputs, result))


TEXT = "Baclofen 5 mg caused confusion in hemodialysis."
BY_KG = "Give gabapentin 5 mg/kg."


@pytest.mark.parametrize(
    ("document_id", "exact", "text", "directness", "total", "verdict"),
    [
        ("d", TEXT, TEXT, Directness.DIRECT, "", Verdict.SUPPORTED),
        ("d", TEXT, TEXT, Directness.INDIRECT, "", Verdict.INDIRECT),
        ("d", TEXT, TEXT.replace("5", "50"), Directness.INDIRECT, "", Verdict.CONTRADICTED),
        ("d", TEXT.replace("5", "7"), TEXT.replace("5", "7"), Directness.DIRECT, "", Verdict.CONTRADICTED),
        ("elsewhere", TEXT, TEXT, Directness.DIRECT, "", Verdict.UNCHECKED),
        ("kg", BY_KG, BY_KG, Directness.DIRECT, "350 mg a dose", Verdict.SUPPORTED),
        ("kg", BY_KG, BY_KG, Directness.DIRECT, "700 mg a dose", Verdict.CONTRADICTED),
    ],
)
def test_the_report_of_an_answer(
    document_id: str, exact: str, text: str, directness: Directness, total: str, verdict: Verdict, lexicon: Lexicon
) -> None:
    source = Source(document_id, StudyDesign.RCT, Via.SOURCE, PublicationStatus.CURRENT, Bibliography("T", pmid="1"))
    citation = Citation(source, TextSpan(document_id, 0, len(exact), exact), "s", directness)
    calculation = Calculation(PER_KG, ("5 mg/kg", "70 kg"), total) if total else None
    answer = Answer("T", Disposition.ANSWER, claims=(Claim("c1", text, Role.HARM, (citation,), calculation=calculation),))
    report = verify_answer(answer, {"d": TEXT, "kg": BY_KG}, lexicon)
    assert report.verdict("c1") is verdict
    assert report.verdict("never given") is Verdict.UNCHECKED


@pytest.mark.parametrize("change", [lambda n: n + 1, lambda n: n * 10, lambda n: n + 7919])
def test_no_changed_number_of_the_starter_library_is_supported(change: Callable[[int], int], library: Library) -> None:
    for document in library.catalog.documents():
        for statement in document.statements:
            text = document.text[statement.start : statement.end]
            for number in (n for n in re.finditer(r"\d+", text) if change(int(n[0])) != int(n[0])):
                changed = f"{text[: number.start()]}{change(int(number[0]))}{text[number.end() :]}"
                assert verify(changed, text, library.lexicon)[0] is not Verdict.SUPPORTED, changed
