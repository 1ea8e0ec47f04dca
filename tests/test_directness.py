"""Evidence about another problem, population, drug or route is indirect, with the axis that differs named."""

from __future__ import annotations

import pytest

from osler.domain.evidence import Axis, Directness, EvidenceItem
from osler.language.lexicon import Lexicon
from osler.language.routes import routes_differ, routes_of
from osler.pipeline import Library, ask_explained

HD_SPASM = "What can I give for back spasm on hemodialysis instead of baclofen?"


def item(library: Library, question: str, statement: str) -> EvidenceItem:
    profile = ask_explained(library, question).profile
    return next(i for i in profile.items if i.finding.statement_id == statement)


@pytest.mark.parametrize(
    ("question", "statement", "axes"),
    [
        (HD_SPASM, "K041", set()),
        (HD_SPASM, "K044", set()),
        (HD_SPASM, "K061", {Axis.POPULATION}),
        (HD_SPASM, "X096", {Axis.POPULATION}),
        (HD_SPASM, "F131", set()),
        ("Is baclofen safe on hemodialysis for back spasm?", "K038", {Axis.POPULATION}),
        ("Is baclofen safe on hemodialysis?", "F227", {Axis.POPULATION}),
        ("Gabapentin for back spasm on hemodialysis?", "F046", {Axis.PROBLEM}),
        ("Gabapentin for back spasm on hemodialysis?", "F051", {Axis.PROBLEM}),
        ("Gabapentin for uremic itch on hemodialysis?", "F046", set()),
        ("Gabapentin for uremic itch on hemodialysis?", "F051", {Axis.PROBLEM}),
        ("Is methocarbamol injection ok on hemodialysis?", "X007", set()),
        ("Is methocarbamol ok on hemodialysis?", "F100", {Axis.POPULATION, Axis.INTERVENTION}),
        ("Is tizanidine ok with ciprofloxacin on hemodialysis?", "X002", set()),
        ("Colchicine for a gout flare on hemodialysis?", "X118", set()),
        ("Colchicine for a gout flare on hemodialysis?", "X049", {Axis.POPULATION}),
        ("Colchicine for a gout flare?", "X118", {Axis.POPULATION}),
        ("How much paracetamol for a 6-year-old with fever?", "F202", set()),
        ("Amoxicillin for otitis media in an 18-month-old?", "X072", set()),
    ],
)
def test_axes(question: str, statement: str, axes: set[Axis], library: Library) -> None:
    found = item(library, question, statement)
    assert {m.axis for m in found.mismatches} == axes
    assert found.directness is (Directness.INDIRECT if axes else Directness.DIRECT)


def test_every_mismatch_says_what_was_asked_and_what_was_studied(library: Library) -> None:
    found = item(library, "Gabapentin for back spasm on hemodialysis?", "F046")
    assert [(m.asked, m.studied) for m in found.mismatches] == [("back spasm", "uremic pruritus")]


def test_indication_drift_never_leads(library: Library) -> None:
    """F1: itch and restless-legs evidence is never the answer to a question of spasm."""
    article = ask_explained(library, HD_SPASM).article
    for claim_id in article.bottom_line:
        assert "prurit" not in article.claim(claim_id).text
    for claim in article.claims:
        if "prurit" in claim.text or "restless" in claim.text:
            assert claim.citations[0].directness is Directness.INDIRECT
            assert Axis.PROBLEM in {m.axis for m in claim.citations[0].mismatches}


def test_a_dose_of_another_age_is_never_offered(library: Library) -> None:
    article = ask_explained(library, "My 6-year-old has a fever. How much paracetamol 250mg/5ml?").article
    assert article.dose_table
    for row in article.dose_table:
        assert "6" in row.population


@pytest.mark.parametrize(
    ("question", "words", "differs"),
    [
        ("Oral baclofen for spasticity?", "Intrathecal baclofen reduced spasticity.", True),
        ("Baclofen for spasticity?", "Intrathecal baclofen reduced spasticity.", True),
        ("Intrathecal baclofen for spasticity?", "Intrathecal baclofen reduced spasticity.", False),
        ("Oral or IV methocarbamol?", "Methocarbamol injection was given.", False),
        ("Topical diclofenac for knee pain?", "Diclofenac tablets eased knee pain.", True),
        ("Diclofenac for knee pain?", "Diclofenac gel eased knee pain.", False),
        ("Oral magnesium?", "Patients who could not take oral magnesium had it by vein.", False),
    ],
)
def test_a_route_of_another_kind_differs(lexicon: Lexicon, question: str, words: str, differs: bool) -> None:
    assert routes_differ(routes_of(question, lexicon), routes_of(words, lexicon), lexicon) is differs
