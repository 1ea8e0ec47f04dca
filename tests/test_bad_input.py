"""Whatever is typed gets an article or one clear error; nothing is ever invented."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from osler.domain.answer import Disposition, NoticeKind
from osler.errors import QuestionError
from osler.pipeline import Library, ask


@pytest.mark.parametrize(
    "text",
    [
        "什么药可以代替巴氯芬?",
        "ما هي جرعة الغابابنتين؟",
        "Какая доза габапентина на гемодиализе?",
        "Quelle est la dose de gabapentine en hémodialyse?",
        "SELECT * FROM documents; DROP TABLE documents --",
        'baclofen AND "back spasm" OR (dialysis) NOT IN [x] title:y~2',
        "Is 'tizanidine' IN dialysis \"safe\"?",
        "a" * 3000,
        "?" * 50 + " baclofen",
        "\u202eenofolcab\u202c on dialysis",
        "baclofen\x07 on\x1b[31m dialysis",
        "What is the capital of France?",
        "123 456 mg",
    ],
)
def test_odd_text_gets_an_article(text: str, library: Library) -> None:
    article = ask(library, text)
    assert article.disposition in set(Disposition)
    for claim in article.claims:
        assert claim.citations[0].span.exact == claim.text


@pytest.mark.parametrize("text", ["", "  \n ", "\x00\x01\x02binary", "💊💊💊", "12345", "x" * 4001])
def test_what_is_not_a_question_is_refused_with_a_reason(text: str, library: Library) -> None:
    with pytest.raises(QuestionError, match="question"):
        ask(library, text)


@pytest.mark.parametrize(
    "text",
    [
        "paracetamol 5000 g ok?",
        "Is baclofen 0 mg right on dialysis?",
        "Confirm gabapentin 300 g after dialysis",
        "difelikefalin 35 mg for 70 kg on hemodialysis, confirm?",
    ],
)
def test_an_impossible_dose_is_stopped(text: str, library: Library) -> None:
    article = ask(library, text)
    assert article.notices[0].kind is NoticeKind.UNIT_ERROR


@pytest.mark.parametrize("name", ["Zorbaflexin XR", "Quintazolam", "Neurelaxine 20 mg"])
def test_a_drug_that_does_not_exist_gets_no_dose(name: str, library: Library) -> None:
    article = ask(library, f"What is the hemodialysis dose of {name} for muscle spasm?")
    assert article.disposition is Disposition.ABSTAIN
    assert not article.claims
    assert not article.dose_table
    assert article.notices[0].kind is NoticeKind.UNKNOWN_TERM


def test_a_known_drug_outside_the_library_is_not_answered(library: Library) -> None:
    article = ask(library, "Can I prescribe colistin for a hemodialysis patient with pneumonia?")
    assert article.disposition is Disposition.ABSTAIN
    assert any("Nearest to it" in g for g in article.gaps)


@pytest.mark.parametrize(
    "text", ["How much paracetamol can I give my child?", "What dose of apixaban should I give?", "Is it safe?", "baclofen"]
)
def test_a_missing_fact_is_asked_for(text: str, library: Library) -> None:
    article = ask(library, text)
    assert article.disposition is Disposition.CLARIFY
    assert article.clarifying_questions
    assert not article.claims


fragments = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "baclofen",
                "300 mg",
                "on HD",
                "no fever",
                "alternative to",
                "mg/kg",
                "6-year-old",
                "eGFR 12",
                "allergic to penicillin",
                "instead of",
                "?",
                ".",
            ]
        ),
        st.text(max_size=12),
    ),
    max_size=9,
).map(" ".join)


@hypothesis_settings(max_examples=150)
@given(fragments)
def test_any_text_gives_an_article_or_a_question_error(library: Library, text: str) -> None:
    try:
        article = ask(library, text)
    except QuestionError:
        return
    assert all(c.citations for c in article.claims)
    assert len(article.claims) <= 25
    assert len(article.bottom_line) <= 3
