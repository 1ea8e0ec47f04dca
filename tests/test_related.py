"""Related questions: each was asked and is answered with something new; none in an emergency, none that asks the same again."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from osler.answer.related import MAX_CANDIDATES, related_candidates
from osler.domain.answer import Disposition
from osler.domain.evidence import Directness
from osler.pipeline import Library, ask, ask_explained
from osler.related import MAX_RELATED, related_questions, with_related

DATA = resources.files("osler.evaluate") / "data"
QUESTIONS = [
    json.loads(line)["question"]
    for name in ("clinical_questions_dev.jsonl", "clinical_questions_check.jsonl")
    for line in (DATA / name).read_text(encoding="utf-8").splitlines()
]
SPASM = (
    "What can I give to a patient with end-stage renal disease on hemodialysis who has back spasms, as an alternative to baclofen?"
)


@pytest.mark.parametrize("text", QUESTIONS)
def test_what_is_offered_is_answered_directly_and_says_something_new(library: Library, text: str) -> None:
    asked = ask_explained(library, text)
    related = related_questions(library, asked)
    assert len(related) <= MAX_RELATED
    assert len({r.question for r in related}) == len(related)
    said = {c.text for c in asked.article.claims}
    for offered in related:
        article = ask(library, offered.question)
        assert article.disposition in (Disposition.ANSWER, Disposition.ANSWER_WITH_CAVEATS), offered
        direct = {c.text for c in article.claims if any(k.directness is Directness.DIRECT for k in c.citations)}
        assert direct - said, offered


def test_the_options_of_an_answer_and_the_drug_avoided_are_next_to_it(library: Library) -> None:
    offered = [r.question for r in related_questions(library, ask_explained(library, SPASM))]
    assert "How is baclofen toxicity managed in people on hemodialysis?" in offered
    assert "Is tizanidine safe in people on hemodialysis?" in offered


def test_a_drug_named_for_another_problem_is_not_offered(library: Library) -> None:
    """Gabapentin stands in that answer as studied for itch: its dose is not the next question of back spasm."""
    offered = [r.question for r in related_questions(library, ask_explained(library, SPASM))]
    assert not any("gabapentin" in q for q in offered)


@pytest.mark.parametrize(
    "text",
    [
        "I took about 20 paracetamol tablets over the whole day because of an argument. I feel fine now.",
        "I'm on dialysis. My back got much worse, I have shivers, my legs feel weak and I can't feel when I need the toilet.",
        "ESRD on HD, taking baclofen 10 mg tds for spasticity. Now drowsy and confused. How do I manage?",
    ],
)
def test_an_emergency_offers_help_and_nothing_else(library: Library, text: str) -> None:
    asked = ask_explained(library, text)
    assert asked.article.disposition in (Disposition.EMERGENCY, Disposition.ANSWER_AND_ESCALATE)
    assert related_questions(library, asked) == ()


def test_a_question_that_was_not_understood_has_none(library: Library) -> None:
    assert related_questions(library, ask_explained(library, "What dose should I give?")) == ()


@pytest.mark.parametrize("text", QUESTIONS[:14])
def test_candidates_are_bounded_in_a_fixed_order_and_never_the_question_itself(library: Library, text: str) -> None:
    asked = ask_explained(library, text)
    first, again = (related_candidates(asked.article, asked.profile, library.lexicon) for _ in range(2))
    assert first == again
    assert len(first) <= MAX_CANDIDATES
    assert text not in {c.text for c in first}


def test_the_article_carries_them_and_is_otherwise_the_same(library: Library) -> None:
    asked = ask_explained(library, SPASM)
    article = with_related(library, asked)
    assert article.related
    assert [c.id for c in article.claims] == [c.id for c in asked.article.claims]
