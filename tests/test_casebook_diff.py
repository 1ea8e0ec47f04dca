"""Two articles claim by claim: each kind of change is named, and nothing that a reader is shown differs without being named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.article.assemble import reading_order
from osler.casebook.diff import Change, changed_words, compare
from osler.casebook.diff_page import difference_json, difference_lines
from osler.domain.answer import Notice, NoticeKind
from osler.domain.article import Article
from osler.domain.grade import Certainty
from osler.domain.question import Audience
from osler.domain.status import PublicationStatus
from osler.domain.verification import Verdict
from osler.pipeline import Library, ask

QUESTION = "What can I give on hemodialysis for back spasms, as an alternative to baclofen?"


@pytest.fixture(scope="module")
def article(library: Library) -> Article:
    return ask(library, QUESTION)


def with_claim(article: Article, number: int, **fields: Any) -> Article:
    claims = list(article.claims)
    claims[number] = replace(claims[number], **fields)
    return replace(article, claims=tuple(claims))


def without_claim(article: Article, claim_id: str) -> Article:
    """As assembly leaves one out, references and all."""
    claims = tuple(c for c in article.claims if c.id != claim_id)
    used = {c.reference for k in claims for c in k.citations}

    def keep(ids: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(i for i in ids if i != claim_id)

    return replace(
        article,
        claims=claims,
        bottom_line=keep(article.bottom_line),
        sections=tuple(replace(s, claims=keep(s.claims)) for s in article.sections),
        references=tuple(r for r in article.references if r.number in used),
        options=tuple(replace(o, claims=keep(o.claims)) for o in article.options),
        dose_table=tuple(r for r in article.dose_table if claim_id not in r.claims),
        conflicts=tuple(c for c in article.conflicts if claim_id not in c.claims),
    )


def test_an_article_does_not_differ_from_itself(article: Article) -> None:
    found = compare(article, article)
    assert not found
    assert found.counts() == dict.fromkeys(Change, 0) | {Change.SAME: len(article.claims)}
    assert list(difference_lines(found, same_too=False)) == [
        f"claims: {len(article.claims)} same, 0 moved, 0 changed, 0 added, 0 removed"
    ]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"certainty": Certainty.HIGH}, "certainty: "),
        ({"verdict": Verdict.INDIRECT}, "verdict: "),
        ({"reasons": ("it was looked at",)}, "reasons: none → it was looked at"),
    ],
)
def test_what_stands_beside_a_claim_is_named(article: Article, fields: dict[str, Any], words: str) -> None:
    plain = with_claim(article, 3, certainty=Certainty.NOT_GRADED, verdict=Verdict.SUPPORTED, reasons=())
    found = compare(plain, with_claim(plain, 3, **fields))
    (changed,) = [c for c in found.claims if c.change is not Change.SAME]
    assert changed.change is Change.CHANGED
    assert [w for w in changed.what if w.startswith(words)]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("give 5 mg twice daily", "give 10 mg twice daily", "“5” → “10”"),
        ("give 5 mg twice daily", "give 5 mcg twice daily", "“mg” → “mcg”"),
        ("do not give it", "do give it", "without “not”"),
        ("give it", "never give it", "with “never”"),
        ("give 5 mg at night", "give 10 mg at noon", "“5” → “10”; “night” → “noon”"),
        ("give  it", "give it", "spaces only"),
    ],
)
def test_a_changed_figure_unit_or_negation_is_shown_as_it_is(before: str, after: str, words: str) -> None:
    assert changed_words(before, after) == words


def test_another_wording_of_one_source_is_one_changed_claim(article: Article) -> None:
    number = next(n for n, c in enumerate(article.claims) if len(c.text.split()) > 12)
    words = article.claims[number].text.split()
    found = compare(article, with_claim(article, number, text=" ".join([*words[:-1], "tomorrow."])))
    (changed,) = [c for c in found.claims if c.change is not Change.SAME]
    assert changed.change is Change.CHANGED
    assert changed.what == (f"wording: “{words[-1]}” → “tomorrow.”", f"quotation: none → {' '.join(words)}")


def test_a_claim_left_out_is_removed_and_the_other_way_round_added(article: Article) -> None:
    gone = reading_order(article)[5]
    text = article.claim(gone).text
    shorter = without_claim(article, gone)
    for pair, change in (((article, shorter), Change.REMOVED), ((shorter, article), Change.ADDED)):
        found = compare(*pair)
        assert [((c.before or c.after).text, c.change) for c in found.claims if c.change in (Change.ADDED, Change.REMOVED)] == [  # type: ignore[union-attr]
            (text, change)
        ]


def test_ids_mean_nothing_from_one_article_to_another(article: Article) -> None:
    def renamed(ids: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(f"x{i}" for i in ids)

    other = replace(
        article,
        claims=tuple(replace(c, id=f"x{c.id}") for c in article.claims),
        bottom_line=renamed(article.bottom_line),
        sections=tuple(replace(s, claims=renamed(s.claims)) for s in article.sections),
        options=tuple(replace(o, claims=renamed(o.claims)) for o in article.options),
        dose_table=tuple(replace(r, claims=renamed(r.claims)) for r in article.dose_table),
        conflicts=tuple(replace(c, claims=renamed(c.claims)) for c in article.conflicts),
    )
    assert not compare(article, other)


def test_a_claim_that_left_the_bottom_line_has_moved(article: Article) -> None:
    first, *rest = article.bottom_line
    section = replace(article.sections[-1], claims=(*article.sections[-1].claims, first))
    found = compare(article, replace(article, bottom_line=tuple(rest), sections=(*article.sections[:-1], section)))
    moved = [c for c in found.claims if c.after and c.after.id == first]
    assert [c.change for c in moved] == [Change.MOVED]
    assert "place: bottom line" in moved[0].what[0]


def test_another_order_alone_is_said(article: Article) -> None:
    lines = article.bottom_line
    assert len(lines) > 1
    found = compare(article, replace(article, bottom_line=(*lines[1:], lines[0])))
    assert [c.what for c in found.claims if c.change is Change.MOVED]
    assert {c.change for c in found.claims} == {Change.SAME, Change.MOVED}


def test_a_reference_that_was_retracted_is_named_at_the_reference_and_at_its_claims(article: Article) -> None:
    first = article.references[0]
    doubted = replace(first, status=PublicationStatus.RETRACTED, status_since="2026-01-02")
    found = compare(article, replace(article, references=(doubted, *article.references[1:])))
    assert [(r.change, r.document_id, r.what) for r in found.references] == [
        (Change.CHANGED, first.document_id, ("status: current → retracted", "status_since: none → 2026-01-02"))
    ]
    citing = {c.id for c in article.claims if any(s.reference == 1 for s in c.citations)}
    assert {c.after.id for c in found.claims if c.change is Change.CHANGED and c.after} == citing
    assert citing


PARTS: list[tuple[str, Callable[[Article], Article]]] = [
    ("title", lambda a: replace(a, title="Another title")),
    ("gaps", lambda a: replace(a, gaps=(*a.gaps, "Whether it helps."))),
    ("notices", lambda a: replace(a, notices=(Notice(NoticeKind.ALLERGY, "Allergic."), *a.notices))),
    ("clarifying_questions", lambda a: replace(a, clarifying_questions=("How old?",))),
    ("options", lambda a: replace(a, options=a.options[1:])),
    ("options", lambda a: replace(a, options=(replace(a.options[0], verdict="avoid"), *a.options[1:]))),
    ("dose_table", lambda a: replace(a, dose_table=(replace(a.dose_table[0], dose="a thousand mg"), *a.dose_table[1:]))),
    ("conflicts", lambda a: replace(a, conflicts=())),
    ("disclaimer", lambda a: replace(a, disclaimer="None.")),
    ("how_to_check", lambda a: replace(a, how_to_check="Do not.")),
    ("question.text", lambda a: replace(a, question=replace(a.question, text="Another?"))),
    ("question.audience", lambda a: replace(a, question=replace(a.question, audience=Audience.PATIENT))),
    ("sections", lambda a: replace(a, sections=(replace(a.sections[0], lead="First:"), *a.sections[1:]))),
    ("left_out", lambda a: replace(a, left_out=())),
]


@pytest.mark.parametrize(("part", "edit"), PARTS, ids=[f"{n} {p}" for n, (p, _) in enumerate(PARTS)])
def test_every_other_part_of_the_page_is_compared(article: Article, part: str, edit: Callable[[Article], Article]) -> None:
    other = edit(article)
    found = compare(article, other)
    if other == article:
        pytest.skip("this article has none")
    assert [p.part for p in found.parts] == [part]
    value = difference_json(found)
    assert value["parts"][0]["removed"] or value["parts"][0]["added"]
    assert len(list(difference_lines(found, same_too=False))) > 1


@given(order=st.permutations(range(12)), drop=st.sets(st.integers(0, 24), max_size=6))
def test_each_claim_of_either_article_is_named_once(library: Library, order: list[int], drop: set[int]) -> None:
    before = ask(library, QUESTION) if not _CACHE else _CACHE[0]
    _CACHE[:] = [before]
    after = before
    for number in sorted(drop):
        if number < len(before.claims):
            after = without_claim(after, before.claims[number].id)
    claims = list(after.claims)
    after = replace(after, claims=tuple([claims[i] for i in order if i < len(claims)] + claims[12:]))
    found = compare(before, after)
    assert sorted(c.before.id for c in found.claims if c.before) == sorted(c.id for c in before.claims)
    assert sorted(c.after.id for c in found.claims if c.after) == sorted(c.id for c in after.claims)
    assert found.counts()[Change.ADDED] == 0
    assert all(c.before.text == c.after.text for c in found.claims if c.before and c.after and c.change is Change.SAME)


_CACHE: list[Article] = []
