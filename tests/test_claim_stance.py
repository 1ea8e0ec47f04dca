"""What the span denies, directs, advises, hedges and limits, the claim denies, directs, advises, hedges and limits."""

from __future__ import annotations

import pytest

from osler.domain.verification import Verdict
from osler.language.lexicon import Lexicon
from osler.verification.support import verify

DENIED = [
    ("Baclofen helped spasm.", "Baclofen did not help spasm."),
    ("Baclofen did not help spasm.", "Baclofen helped spasm."),
    ("Baclofen is not safe.", "Baclofen is safe."),
    ("Baclofen is unsafe.", "Baclofen is safe."),
    ("Baclofen is ineffective for spasm.", "Baclofen is effective for spasm."),
    ("A difference in falls was found.", "No difference in falls was found."),
    ("Falls increased with baclofen.", "Falls decreased with baclofen."),
    ("Baclofen raised the risk of falls.", "Baclofen lowered the risk of falls."),
    ("Baclofen was better for spasm.", "Baclofen was worse for spasm."),
    ("Baclofen is contraindicated in dialysis.", "Baclofen should be given with caution in dialysis."),
    ("Baclofen is recommended in dialysis.", "Baclofen may be considered in dialysis."),
    ("Baclofen should be avoided in dialysis.", "Baclofen is recommended in dialysis."),
]
UNSAID = [
    ("Baclofen causes falls.", "Baclofen may cause falls."),
    ("Baclofen causes falls.", "The results suggest that baclofen causes falls."),
    ("Baclofen causes falls.", "Whether baclofen causes falls is open."),
    ("Baclofen causes falls.", "Does baclofen cause falls?"),
    ("Baclofen causes falls.", "It is not true that baclofen causes falls."),
    ("Baclofen causes falls.", "No study showed that baclofen causes falls."),
    ("Baclofen causes falls.", "It was hypothesized that baclofen causes falls."),
    ("Baclofen causes falls.", "Baclofen is associated with falls."),
    ("Give baclofen.", "Give baclofen unless the patient is on dialysis."),
    ("Give baclofen.", "Give baclofen, except in dialysis."),
    ("Give baclofen.", "Give baclofen only if spasm persists."),
    ("Give baclofen.", "Give baclofen; use with caution."),
    ("Give baclofen to adults.", "Give baclofen to adults but not to children."),
    ("Give baclofen unless asleep.", "Give baclofen."),
    ("All people improved.", "Most people improved."),
    ("People improved.", "Some people improved."),
    ("Pain fell with baclofen.", "Pain fell more with baclofen than with placebo."),
    ("Baclofen did not lower falls.", "Baclofen did not significantly lower falls."),
    ("Only one case showed bleeding.", "Only one case showed severe bleeding."),
    ("Drugx is inferior to drugy.", "Drugx is non-inferior to drugy."),
    ("Drugx is superior to drugy.", "Drugx is noninferior to drugy."),
    ("Drugx and drugy work.", "Drugx or drugy work."),
    ("Those who received drugx lived longer.", "Rats that received drugx lived longer."),
    ("Drugx lowered mortality.", "Drugy raised weight, and lowered mortality."),
]
SAME = [
    ("Baclofen lowers the risk of falls.", "Baclofen reduces the risk of falls."),
    ("Baclofen is not effective for spasm.", "Baclofen is ineffective for spasm."),
    ("Baclofen isn't safe.", "Baclofen is not safe."),
    ("Baclofen might cause falls.", "Baclofen may cause falls."),
    ("Drugx is non-inferior to drugy.", "Drugx is noninferior to drugy."),
    ("Baclofen is advised for spasm.", "Baclofen is recommended for spasm."),
    ("Baclofen causes falls.", "We found that baclofen causes falls."),
    ("Baclofen causes falls.", "These results show that baclofen causes falls."),
    ("Baclofen lowered pain.", "Baclofen significantly lowered pain."),
    ("Drugy lowered mortality.", "Drugx raised weight; drugy lowered mortality."),
    ("Drugx raised weight.", "Drugx raised weight, but drugy lowered it."),
    ("Yes, baclofen causes falls.", "Baclofen causes falls."),
]


@pytest.mark.parametrize(("claim", "span"), DENIED)
def test_the_opposite_is_contradicted(claim: str, span: str, lexicon: Lexicon) -> None:
    assert verify(claim, span, lexicon)[0] is Verdict.CONTRADICTED


@pytest.mark.parametrize(("claim", "span"), UNSAID)
def test_what_is_surer_or_wider_than_the_span_never_passes(claim: str, span: str, lexicon: Lexicon) -> None:
    assert verify(claim, span, lexicon)[0] is not Verdict.SUPPORTED


@pytest.mark.parametrize(("claim", "span"), SAME)
def test_the_same_stance_in_other_words_passes(claim: str, span: str, lexicon: Lexicon) -> None:
    assert verify(claim, span, lexicon) == (Verdict.SUPPORTED, ())


FOUR = ("is contraindicated", "should be avoided", "should be given with caution", "may be considered", "is recommended")


@pytest.mark.parametrize("said", FOUR)
@pytest.mark.parametrize("claimed", FOUR)
def test_no_strength_of_advice_stands_for_another(said: str, claimed: str, lexicon: Lexicon) -> None:
    verdict = verify(f"Baclofen {claimed} in dialysis", f"Baclofen {said} in dialysis.", lexicon)[0]
    assert (verdict is Verdict.SUPPORTED) is (said == claimed)
