"""What a sentence denies, and how strongly it advises, is read from its words and reaches no further than they do."""

from __future__ import annotations

import pytest

from osler.language.polarity import negated_before, negation_count, strengths


@pytest.mark.parametrize(
    ("before", "sign", "denied"),
    [
        ("no ", "fever", True),
        ("without ", "fever", True),
        ("denies any ", "chest pain", True),
        ("neither cough nor ", "fever", True),
        ("does not have ", "fever", True),
        ("doesn’t have ", "fever", True),
        ("never had ", "fever", True),
        ("no fever, chills or ", "rash", True),
        ("negative for ", "saddle numbness", True),
        ("normal ", "neurology", True),
        ("has ", "fever", False),
        ("no cough but ", "fever", False),
        ("no cough. Now ", "fever", False),
        ("no change in pain; new ", "numbness", False),
        ("no cough, however ", "fever", False),
        ("not able to sleep and has ", "fever", False),
        ("notable ", "fever", False),
        ("nonetheless ", "fever", False),
        ("afebrile, ", "chest pain", False),
    ],
)
def test_denied(before: str, sign: str, denied: bool) -> None:
    assert negated_before(before + sign, len(before)) is denied


@pytest.mark.parametrize(("words_between", "denied"), [(3, True), (40, False)])
def test_a_denial_does_not_reach_far(words_between: int, denied: bool) -> None:
    before = "no " + "very " * words_between
    assert negated_before(before + "fever", len(before)) is denied


@pytest.mark.parametrize(
    ("text", "grades"),
    [
        ("baclofen is contraindicated", {"contraindicated"}),
        ("contra-indicated in dialysis", {"contraindicated"}),
        ("must not be combined", {"contraindicated"}),
        ("should not be used", {"contraindicated"}),
        ("avoid baclofen", {"avoid"}),
        ("the panel recommends against it", {"avoid"}),
        ("do not use", {"avoid"}),
        ("use with caution", {"caution"}),
        ("close monitoring is needed", {"caution"}),
        ("is recommended", {"recommended"}),
        ("a first-line option", {"recommended"}),
        ("may be considered", {"consider"}),
        ("use with caution and consider a lower dose", {"caution", "consider"}),
        ("the half-life was 4 hours", set()),
        ("is not recommended", {"avoid"}),
        ("it was not contraindicated", set()),
    ],
)
def test_strength_of_advice(text: str, grades: set[str]) -> None:
    assert strengths(text) == grades


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("it helped", 0),
        ("it did not help", 1),
        ("no benefit and no harm", 2),
        ("it didn't help", 1),
        ("it isn’t safe", 1),
        ("neither helped nor harmed", 2),
        ("another notable nodule", 0),
        ("it cannot be given", 1),
    ],
)
def test_negating_words_are_counted(text: str, count: int) -> None:
    assert negation_count(text) == count
