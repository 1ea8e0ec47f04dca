"""A figure of a claim holds only where the span gives that amount, unit, range, comparator and frequency for the same thing."""

from __future__ import annotations

import pytest

from osler.domain.verification import Verdict
from osler.language.lexicon import Lexicon
from osler.verification.support import verify

SAME = [
    ("Give drugx 1 g daily.", "Give drugx 1,000 mg daily."),
    ("Give drugx 500 mcg daily.", "Give drugx 0.5 mg daily."),
    ("Give drugx 500 µg daily.", "Give drugx 0.5 milligrams daily."),
    ("Give drugx 50 mg/mL.", "Give drugx 250 mg/5 mL."),
    ("Give drugx 2.5 mg daily.", "Give drugx 2,5 mg daily."),
    ("Give drugx 20 mg/day.", "Give drugx 20 mg daily."),
    ("Give drugx three times weekly.", "Give drugx thrice weekly."),
    ("Give drugx TIW.", "Give drugx three times a week."),
    ("Give drugx bid.", "Give drugx twice daily."),
    ("Give drugx three times daily.", "Give drugx every 8 h."),
    ("Give drugx every eight hours.", "Give drugx q8h."),
    ("Give drugx every 48 hours.", "Give drugx every other day."),
    ("Give drugx for seven days.", "Give drugx for one week."),
    ("It helped twenty-five people.", "It helped 25 people."),
    ("It fell by 5 percent.", "It fell by 5%."),
    ("It needs at least 5 mg.", "It needs ≥5 mg."),
    ("It needs less than 5 mg.", "It needs <5 mg."),
    ("It needs 65 years or older.", "It needs ≥65 years."),
    ("The range was 5 to 10 mg.", "The range was between 5 and 10 mg."),
    ("The range was 5-10 mg.", "The range was 5–10 mg."),
    ("The change was -5 points.", "The change was −5 points."),
    ("The count was 10^9 cells.", "The count was 10⁹ cells."),
]
OTHER = [
    ("Give drugx 2 g daily.", "Give drugx 1,000 mg daily."),
    ("Give drugx 0.5 g daily.", "Give drugx 0.5 mg daily."),
    ("Give drugx 0.5 mcg/kg.", "Give drugx 0.5 mg/kg."),
    ("Give drugx 5 mg.", "Give drugx 5 mg/kg."),
    ("Give drugx 5 mg/kg.", "Give drugx 5 mg/kg/day."),
    ("Give drugx 5 mg a day.", "Give drugx 5 mg a dose."),
    ("Give drugx 250 mg/mL.", "Give drugx 250 mg/5 mL."),
    ("Give drugx 10 units.", "Give drugx 10 mg."),
    ("Give drugx 10 mmol.", "Give drugx 10 mg."),
    ("Give drugx 5 to 10 mg.", "Give drugx 5 mg."),
    ("Give drugx 5 mg.", "Give drugx 5 to 10 mg."),
    ("Give drugx every 8 h.", "Give drugx three times daily."),
    ("Give drugx twice daily.", "Give drugx twice weekly."),
    ("Give drugx three times daily.", "Give drugx three times weekly."),
    ("Give drugx every 6 hours.", "Give drugx every 8 hours."),
    ("Give drugx every 4 hours.", "Give drugx every 4 to 6 hours."),
    ("Give drugx once daily.", "Give drugx 4 mg/day."),
    ("It needs ≤5 mg.", "It needs ≥5 mg."),
    ("It needs 5 mg.", "It needs at least 5 mg."),
    ("It needs more than 5 mg.", "It needs at least 5 mg."),
    ("The risk was P>0.05.", "The risk was P<0.05."),
    ("It fell to 5%.", "It fell by 5%."),
    ("It fell by 5%.", "It fell by 5 percentage points."),
    ("The change was 5 points.", "The change was −5 points."),
    ("The count was 109 cells.", "The count was 10⁹ cells."),
    ("The pressure was 160/90 mmHg.", "The pressure was 160/110 mmHg."),
    ("The mean was 1.290.", "The mean was 1.29."),
    ("Give drugx 5.0 mg.", "Give drugx 5 mg."),
    ("It helped fifteen people.", "It helped fifty people."),
    ("It helped 12 people.", "It helped people."),
    ("AFP-L3‰ rose.", "AFP-L3% rose."),
    ("It starts at 15 weeks, 0 hours.", "It starts at 15 weeks, 0 days."),
    ("It was ≤ grade 3.", "It was ≥ grade 3."),
    ("It was −7.3 to 0.9.", "It was −7.3 to 0.7."),
]


@pytest.mark.parametrize(("claim", "span"), SAME)
def test_the_same_figure_written_otherwise_passes(claim: str, span: str, lexicon: Lexicon) -> None:
    assert verify(claim, span, lexicon) == (Verdict.SUPPORTED, ())


@pytest.mark.parametrize(("claim", "span"), OTHER)
def test_another_figure_never_passes(claim: str, span: str, lexicon: Lexicon) -> None:
    verdict, reasons = verify(claim, span, lexicon)
    assert verdict is not Verdict.SUPPORTED
    assert reasons


TWO_DOSES = "Give drugx 5 mg twice daily; reduce the dose to 2.5 mg twice daily in patients with two of three criteria."
TWO_ARMS = "Mortality was 14% with drugx versus 22% with drugy."


@pytest.mark.parametrize(
    ("claim", "span", "verdict"),
    [
        ("Give drugx 5 mg twice daily in patients with two of three criteria.", TWO_DOSES, Verdict.CONTRADICTED),
        ("Give drugx 5 mg twice daily.", TWO_DOSES, Verdict.NOT_ENOUGH_INFO),
        ("Mortality was 22% with drugx.", TWO_ARMS, Verdict.CONTRADICTED),
        ("Mortality was 22% with drugx versus 14% with drugy.", TWO_ARMS, Verdict.CONTRADICTED),
        ("The dose is 5 mg in adults.", "The dose is 2.5 mg in children and 5 mg in adults.", Verdict.NOT_ENOUGH_INFO),
        (
            "Drugx and drugy reached 2 and 5 mg, respectively.",
            "Drugx and drugy reached 5 and 2 mg, respectively.",
            Verdict.CONTRADICTED,
        ),
    ],
)
def test_a_figure_belongs_to_what_the_span_gives_it_for(claim: str, span: str, verdict: Verdict, lexicon: Lexicon) -> None:
    if verdict is Verdict.CONTRADICTED:
        assert verify(claim, span, lexicon)[0] in (Verdict.CONTRADICTED, Verdict.NOT_ENOUGH_INFO)
    assert verify(claim, span, lexicon)[0] is not Verdict.SUPPORTED


def test_the_reason_shows_both_figures_and_what_the_span_gives_its_own_for(lexicon: Lexicon) -> None:
    verdict, reasons = verify("Give drugx 5 mg twice daily in patients with two of three criteria.", TWO_DOSES, lexicon)
    assert verdict is Verdict.CONTRADICTED
    assert "2.5 mg" in reasons[0]
    assert "criteria" in reasons[0]
    assert "the claim says 5 mg" in reasons[0]


@pytest.mark.parametrize(
    ("claim", "span"),
    [
        ("Drugx lowered pain.", "Drugx lowered pain (by 5 points, 95% CI 2 to 8)."),
        ("Drugx lowered pain (by 5 points).", "Drugx lowered pain (by 5 points) in all."),
    ],
)
def test_figures_in_brackets_may_be_left_out(claim: str, span: str, lexicon: Lexicon) -> None:
    assert verify(claim, span, lexicon)[0] is Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("claim", "span"),
    [
        ("Drugx is safe.", "Drugx 5 mg is safe."),
        ("Patients died.", "20% of patients died."),
        ("It applies to patients with eGFR.", "It applies to patients with eGFR below 30."),
    ],
)
def test_a_figure_that_limits_the_statement_may_not_be_left_out(claim: str, span: str, lexicon: Lexicon) -> None:
    assert verify(claim, span, lexicon)[0] is Verdict.NOT_ENOUGH_INFO
