"""Other wordings ask the same; what changes with them is found and named; spelling that is said aloud is told apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.domain.answer import NoticeKind
from osler.domain.article import Article
from osler.domain.question import Audience
from osler.evaluate.consistency import (
    ConsistencyReport,
    Heart,
    Questioned,
    Worded,
    as_json,
    evaluate_consistency,
    heart_of,
    shipped_questions,
    to_table,
)
from osler.evaluate.statistics import Share
from osler.evaluate.wordings import Wording, wordings
from osler.language.lexicon import default_lexicon
from osler.pipeline import Library, ask

LEXICON = default_lexicon()
QUESTION = "What can I give a hemodialysis patient with back spasm? I do not want to use baclofen 10 mg three times daily."


def of(question: str, limit: int = 15) -> dict[str, str]:
    return {w.rule: w.text for w in wordings(question, LEXICON, limit)}


def test_each_rule_does_what_it_says() -> None:
    found = of(QUESTION)
    assert found["lower case"] == QUESTION.lower()
    assert "?" not in found["no punctuation"]
    assert QUESTION in found["polite"]
    assert "HD" in found["abbreviated"]
    assert "tds" in found["abbreviated"]
    assert "haemodialysis" in found["British"]
    assert "  " in found["spaces"] or "10mg" in found["spaces"]


@pytest.mark.parametrize(
    ("question", "rule", "expected"),
    [
        ("Patient on HD, pt has ESRD. Is baclofen ok?", "expanded", "hemodialysis"),
        ("Is paracetamol safe on haemodialysis?", "American", "acetaminophen"),
        ("She is 80. On dialysis. Is baclofen safe?", "reordered", "Is baclofen safe? She is 80. On dialysis."),
        ("Is baclofen safe in a woman of 80?", "reordered", "In a woman of 80, is baclofen safe?"),
        ("Is gabapentin safe because she complained before?", "slip in a word", "gabapentin"),
        ("Is methocarbamol safe?", "slip in a drug", "methocarbaoml"),
    ],
)
def test_a_rule_on_its_example(question: str, rule: str, expected: str) -> None:
    found = of(question)
    if rule == "slip in a drug":
        assert sorted(found[rule]) == sorted(question)
        assert "methocarbamol" not in found[rule]
    else:
        assert expected in found[rule]


def test_short_drug_names_are_never_misspelt() -> None:
    assert "slip in a drug" not in of("Is baclofen safe with warfarin?")


def test_figures_stay_as_they_are() -> None:
    for text in of("Amoxicillin 12.5 mg/kg, eGFR 27.5: is 1.2 mg right?").values():
        for figure in ("12.5", "27.5", "1.2"):
            assert figure in text


@given(st.sampled_from([q["question"] for q in shipped_questions()]), st.integers(1, 15))
def test_wordings_differ_and_are_made_again_the_same(question: str, limit: int) -> None:
    found = wordings(question, LEXICON, limit)
    texts = [w.text for w in found]
    assert len(texts) <= limit
    assert len(set(texts)) == len(texts)
    assert question not in texts
    assert found == wordings(question, LEXICON, limit)
    digits = sorted(c for c in question if c.isdigit())
    assert all(sorted(c for c in t if c.isdigit()) == digits for t in texts)


def test_every_shipped_question_has_ten_wordings_or_nearly() -> None:
    counts = [len(wordings(q["question"], LEXICON)) for q in shipped_questions()]
    assert len(counts) == 44
    assert min(counts) >= 8
    assert sum(counts) >= 0.95 * 10 * len(counts)


class Asked:
    """Gives the article of the first question for every wording, or another where the wording says so."""

    def __init__(self, library: Library, other: dict[str, str]) -> None:
        self.library, self.other = library, other
        self.texts: list[str] = []

    def __call__(self, text: str, audience: Audience) -> Article:
        self.texts.append(text)
        wanted = next((q for mark, q in self.other.items() if mark in text), QUESTION)
        return ask(self.library, wanted, audience)


def test_what_changes_is_found_and_named(library: Library) -> None:
    asking = Asked(library, {"Good morning": "Is Neurobendax 50 mg safe on dialysis?"})
    report = evaluate_consistency(library, [{"id": "Q", "question": QUESTION}], 5, asking)
    assert len(asking.texts) == 6
    assert report.stable == Share(4, 5)
    assert report.fully_stable == Share(0, 1)
    assert [w.wording.rule for _, w in report.unstable()] == ["polite"]
    table = to_table(report)
    assert "Q [polite] Good morning" in table
    assert "disposition: " in table
    found: dict[str, Any] = as_json(report)
    assert found["stable"] == Share(4, 5).as_json()
    assert [w["same"] for w in found["questions"][0]["wordings"]].count(False) == 1


def test_a_spelling_said_aloud_is_told_apart(library: Library) -> None:
    right = heart_of(ask(library, "Is methocarbamol safe on hemodialysis for back spasm?"))
    wrong = ask(library, "Is methocarbaoml safe on hemodialysis for back spasm?")
    assert any(n.kind is NoticeKind.UNKNOWN_TERM for n in wrong.notices)
    assert heart_of(wrong).read_as
    assert not right.read_as


@pytest.mark.parametrize(
    ("change", "excused"),
    [
        ({}, True),
        ({"read_as": False}, False),
        ({"option": "another"}, False),
        ({"dose": "another"}, False),
        ({"disposition": "emergency"}, False),
    ],
)
def test_only_a_caveat_for_a_spelling_said_aloud_is_excused(change: dict[str, Any], excused: bool) -> None:
    before = Heart("answer", "methocarbamol", "10 mg", ("F1",))
    after = replace(replace(before, disposition="answer_with_caveats", read_as=True), **change)
    worded = Worded(Wording("slip in a drug", "?"), after, before.same_as(after), True)
    report = ConsistencyReport((Questioned("Q", "?", before, (worded,)),))
    assert report.stable == Share(0, 1)
    assert report.stable_but_for_spelling == Share(int(excused), 1)
