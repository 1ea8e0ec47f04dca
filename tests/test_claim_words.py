"""Every content word of a claim is the span's, and no word of the span is left out that limits what it says."""

from __future__ import annotations

import pytest

from osler.domain.verification import Verdict
from osler.language.lexicon import Lexicon
from osler.verification.support import verify
from osler.verification.vocabulary import FREE, OPPOSITES, SAME, TURN_OF, meaning, stem
from osler.verification.wording import plain_text, sentences


@pytest.mark.parametrize(
    ("claim", "span"),
    [
        ("The tumour shrank quickly.", "The tumor shrank rapidly."),
        ("Doctors stopped the medicine.", "Physicians discontinued the drug."),
        ("Drugx shows efficacy.", "Drugx shows effectiveness."),
        ("Drugx is linked to falls.", "Drugx is associated with falls."),
        ("Sleep was poor due to itch.", "Sleep was poor because of itch."),
        ("Drugx blocks kinases.", "Drugx, a new compound, blocks kinases."),
        ("Drugx is an inhibitor of kinases.", "Drugx, an inhibitor of kinases, did not help."),
        ("Gabapentin is an anticonvulsant.", "The anticonvulsant gabapentin did not help."),
        ("Drugx helped sleep.", "Importantly, drugx helped sleep."),
    ],
)
def test_other_words_of_the_same_meaning_pass(claim: str, span: str, lexicon: Lexicon) -> None:
    assert verify(claim, span, lexicon) == (Verdict.SUPPORTED, ())


@pytest.mark.parametrize(
    ("claim", "span", "word"),
    [
        ("Drugx helped sleep overnight.", "Drugx helped sleep.", "overnight"),
        ("Drugx significantly helped sleep.", "Drugx helped sleep.", "significantly"),
        ("Drugx is an inhibitor.", "Drugx, an inhibitor of kinases, helped.", "kinases"),
        ("Drugx helped sleep.", "Drugx slightly helped sleep.", "slightly"),
        ("Overall survival rose.", "Survival rose.", "Overall"),
        ("Survival rose.", "Overall survival rose.", "Overall"),
        ("IL-8 rose.", "IL-6 rose.", "8"),
    ],
)
def test_a_word_too_many_or_too_few_is_named(claim: str, span: str, word: str, lexicon: Lexicon) -> None:
    verdict, reasons = verify(claim, span, lexicon)
    assert verdict is not Verdict.SUPPORTED
    assert word in " ".join(reasons)


@pytest.mark.parametrize(
    ("claim", "span"),
    [
        ("Drugx bit drugy.", "Drugy bit drugx."),
        ("The owner is a dog.", "The dog owner slept."),
        ("Drugx helped. Drugy helped.", "Drugx helped sleep. Drugy helped pain."),
        ("Drugx helped pain.", "Drugx helped sleep. Drugy helped pain."),
    ],
)
def test_words_put_together_otherwise_never_pass(claim: str, span: str, lexicon: Lexicon) -> None:
    assert verify(claim, span, lexicon)[0] is not Verdict.SUPPORTED


@pytest.mark.parametrize("claim", ["", " ", "...", "?!", "Yes"])
def test_a_claim_without_anything_to_compare_is_unchecked(claim: str, lexicon: Lexicon) -> None:
    assert verify(claim, "Drugx helped sleep.", lexicon)[0] is Verdict.UNCHECKED


@pytest.mark.parametrize("span", ["", "  \n"])
def test_without_a_span_nothing_is_checked(span: str, lexicon: Lexicon) -> None:
    assert verify("Drugx helped sleep.", span, lexicon)[0] is Verdict.UNCHECKED


def test_no_word_is_both_free_and_telling() -> None:
    assert not FREE & set(TURN_OF)
    assert not FREE & set(SAME)
    assert not set(SAME) & set(TURN_OF)
    assert all(len(pair) == 2 for pair in OPPOSITES)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("reduces", "reduced", True), ("reduction", "reducing", True), ("tumour", "tumors", True), ("haemoglobin", "hemoglobin", True),
        ("oedema", "edema", True), ("randomised", "randomized", True), ("therapies", "treatment", True), ("inhibits", "inhibition", True),
        ("inhibitor", "inhibition", False), ("not", "note", False), ("rat", "rate", False), ("high", "highly", False), ("dose", "doses", True),
        ("use", "used", True), ("prednisone", "prednisolone", False), ("likely", "like", False), ("increased", "higher", True),
    ],
)  # fmt: skip
def test_which_words_mean_the_same(one: str, other: str, same: bool) -> None:
    assert (meaning(one) == meaning(other)) is same
    assert stem(one) == stem(one.upper())


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("It can't be given.", "It can not be given."),
        ("twenty-one of three hundred", "21 of 300"),
        ("10⁹ µg", "10^9 µg"),
        ("P=.05", "P=0.05"),
        ("between 5 and 10 mg", "5 to 10 mg"),
    ],
)
def test_one_spelling(text: str, plain: str) -> None:
    assert plain_text(text) == plain


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One. Two.", 2),
        ("It fell by 0.5 mg. It rose.", 2),
        ("E.g. one, i.e. two et al. three.", 1),
        ("One?\nTwo", 2),
        ("Fig. 1b vs. two.", 1),
    ],
)
def test_sentences_cover_the_text(text: str, count: int) -> None:
    found = sentences(text)
    assert "".join("".join(text[a:b] for a, b in found).split()) == "".join(text.split())
    assert len(found) == count
