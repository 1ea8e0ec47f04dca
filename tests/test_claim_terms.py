"""Drug, population, problem and route of a claim are the span's own: no class for its member, no one for another, nobody left out."""

from __future__ import annotations

import pytest

from osler.domain.verification import Verdict
from osler.language.lexicon import Lexicon
from osler.verification.support import SpanContext, verify


@pytest.mark.parametrize(
    ("claim", "span"),
    [
        ("Paracetamol relieved pain.", "Acetaminophen relieved pain."),
        ("Lioresal eased spasm.", "Baclofen eased spasm."),
        ("It was given to people on haemodialysis.", "It was given to patients on hemodialysis."),
        ("COPD was common.", "Chronic obstructive pulmonary disease was common."),
        ("In adults, gabapentin reduced itch.", "Gabapentin reduced itch in adults."),
        ("Gabapentin reduced itch in adults.", "In adults, gabapentin reduced itch."),
        ("The risk of stroke rose.", "Stroke risk rose."),
        ("Stroke risk rose.", "The risk of stroke rose."),
        ("Itch was reduced by gabapentin.", "Gabapentin reduced itch."),
        ("Gabapentin reduced itch.", "Itch was reduced by gabapentin."),
        ("Nausea and vertigo occurred.", "Vertigo and nausea occurred."),
        ("Ibuprofen raised blood pressure.", "The NSAID ibuprofen raised blood pressure."),
        ("Gabapentin eased itch.", "Gabapentin eased itch and pain."),
    ],
)
def test_the_same_terms_pass(claim: str, span: str, lexicon: Lexicon) -> None:
    assert verify(claim, span, lexicon) == (Verdict.SUPPORTED, ())


@pytest.mark.parametrize(
    ("claim", "span"),
    [
        ("Tizanidine eased spasm.", "Baclofen eased spasm."),
        ("NSAIDs raised blood pressure.", "Ibuprofen raised blood pressure."),
        ("Ibuprofen raised blood pressure.", "NSAIDs raised blood pressure."),
        ("It is safe in CKD G3.", "It is safe in hemodialysis."),
        ("It is safe in peritoneal dialysis.", "It is safe in hemodialysis."),
        ("It is safe in children.", "It is safe in adults."),
        ("It is safe in older men.", "It is safe in older women."),
        ("It is safe in the third trimester.", "It is safe in the first trimester."),
        ("It is safe in CKD 5.", "It is safe in CKD 4."),
        ("It is safe in pregnancy.", "It is safe in lactation."),
        ("It eased back spasm.", "It eased low back pain."),
        ("It eased restless legs.", "It eased pruritus."),
        ("Oral baclofen eased spasm.", "Intrathecal baclofen eased spasm."),
        ("Intravenous paracetamol eased pain.", "Oral paracetamol eased pain."),
        ("Gabapentin beat baclofen for itch.", "Baclofen beat gabapentin for itch."),
        ("Gabapentin was better than baclofen.", "Baclofen was better than gabapentin."),
        ("Gabapentin was better than placebo.", "Gabapentin was better than baclofen."),
        ("Mice lived longer than rats.", "Rats lived longer than mice."),
        ("In women, survival was longer than in men.", "In men, survival was longer than in women."),
        ("With drugy, survival was longer than with drugx.", "With drugx, survival was longer than with drugy."),
        ("Vitamin A helped.", "Vitamin helped."),
        ("In tumours, the index is not related to asthma severity.", "In asthma, the index is not related to tumour severity."),
        ("Nabilone is effective for nausea.", "Cannabinoids are effective for nausea and nabilone is licensed."),
        ("Patients lived longer.", "In rats, drugx was given; they lived longer."),
    ],
)
def test_other_terms_never_pass(claim: str, span: str, lexicon: Lexicon) -> None:
    assert verify(claim, span, lexicon)[0] is not Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("claim", "span", "word"),
    [
        ("Gabapentin reduced itch.", "In hemodialysis, gabapentin reduced itch.", "hemodialysis"),
        ("Gabapentin reduced itch.", "Gabapentin reduced itch in children.", "children"),
        ("Paracetamol eased pain.", "Paracetamol with codeine eased pain.", "codeine"),
        ("Baclofen is used.", "Intrathecal baclofen is used.", "intrathecal"),
    ],
)
def test_who_and_what_the_span_speaks_of_may_not_be_left_out(claim: str, span: str, word: str, lexicon: Lexicon) -> None:
    verdict, reasons = verify(claim, span, lexicon)
    assert verdict is Verdict.NOT_ENOUGH_INFO
    assert word in " ".join(reasons)


IT = "It raised the risk of falls."


@pytest.mark.parametrize(
    ("context", "verdict"),
    [
        (None, Verdict.NOT_ENOUGH_INFO),
        (SpanContext(passage="Gabapentin was studied. " + IT), Verdict.SUPPORTED),
        (SpanContext(terms=("drug/gabapentin",)), Verdict.SUPPORTED),
        (SpanContext(passage="Gabapentin and baclofen were studied. " + IT), Verdict.NOT_ENOUGH_INFO),
        (SpanContext(terms=("drug/baclofen",)), Verdict.NOT_ENOUGH_INFO),
    ],
)
def test_what_the_span_calls_it_may_be_named_from_its_surroundings(
    context: SpanContext | None, verdict: Verdict, lexicon: Lexicon
) -> None:
    assert verify("Gabapentin raised the risk of falls.", IT, lexicon, context)[0] is verdict


def test_surroundings_never_replace_a_drug_that_the_span_names(lexicon: Lexicon) -> None:
    context = SpanContext(terms=("drug/gabapentin",))
    assert verify("Gabapentin eased spasm.", "Baclofen eased spasm.", lexicon, context)[0] is Verdict.NOT_ENOUGH_INFO
