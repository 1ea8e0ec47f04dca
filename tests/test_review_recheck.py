"""What comes to the desk is what the library holds: every span, figure and verdict of an article is looked at once more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from desks import article
from osler.domain.article import Article, ArticleClaim
from osler.domain.question import Audience
from osler.domain.verification import Verdict
from osler.errors import UnknownDocument
from osler.language.lexicon import Lexicon
from osler.pipeline import Library, ask
from osler.review.recheck import Recheck, against_library, faults_of

QUESTION = "Is methocarbamol safe on hemodialysis for back pain?"


@pytest.fixture
def recheck(library: Library) -> Recheck:
    return against_library(lambda i, v: library.catalog.document(i, v).text, library.lexicon)


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("question", [QUESTION, "Gabapentin 300 mg after dialysis for uremic itch, is this dose acceptable?"])
def test_an_answer_of_the_library_has_no_fault(library: Library, recheck: Recheck, question: str, audience: Audience) -> None:
    found = ask(library, question, audience)
    assert found.claims
    assert recheck(found) == ()


def first(found: Article, change: Callable[[ArticleClaim], ArticleClaim]) -> Article:
    return replace(found, claims=(change(found.claims[0]), *found.claims[1:]))


def moved(claim: ArticleClaim) -> ArticleClaim:
    cited = claim.citations[0]
    span = replace(cited.span, start=cited.span.start + 1, end=cited.span.end + 1)
    return replace(claim, citations=(replace(cited, span=span), *claim.citations[1:]))


FORGED: dict[str, tuple[Callable[[ArticleClaim], ArticleClaim], str]] = {
    "span moved by one": (moved, "not in the document at that place"),
    "cites nothing": (lambda c: replace(c, citations=()), "cites nothing"),
    "words of its own called supported": (lambda c: replace(c, text="Zolpidem 40 mg is safe."), "called supported|called indirect"),
    "a reference that is another document": (
        lambda c: replace(c, citations=(replace(c.citations[0], reference=99),)), "reference 99 is not the document of its span",
    ),
    "a plain sentence that says something else": (lambda c: replace(c, plain="Take 40 mg of zolpidem."), "in plain words"),
}  # fmt: skip


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_claim_is_named(library: Library, recheck: Recheck, how: str) -> None:
    change, words = FORGED[how]
    found = first(ask(library, QUESTION), change)
    faults = recheck(found)
    assert any(any(w in f for w in words.split("|")) for f in faults), faults
    assert all(f.startswith(f"claim {found.claims[0].id}: ") for f in faults)


def test_a_version_that_the_library_never_had_is_named(library: Library, recheck: Recheck) -> None:
    found = ask(library, QUESTION)
    faults = recheck(replace(found, references=tuple(replace(r, version=7) for r in found.references)))
    assert len(faults) == len(found.claims)
    assert all("in version 7 is not in the library" in f for f in faults)


def test_nothing_to_review_is_a_fault(recheck: Recheck) -> None:
    assert recheck(replace(article(), claims=(), bottom_line=(), sections=(), dose_table=())) != ()


def test_an_unchecked_claim_is_let_through_as_such_and_a_contradicted_one_never(lexicon: Lexicon) -> None:
    text = "Baclofen 5 mg daily was given to adults on hemodialysis."
    main = article(text)

    def read(document_id: str, _version: int) -> str:
        if document_id != "pmid:1":
            raise UnknownDocument(document_id)
        return text

    for said, verdict, sound in (
        (text, Verdict.SUPPORTED, True), ("It is kind.", Verdict.UNCHECKED, True), ("It is kind.", Verdict.SUPPORTED, False),
        ("Baclofen 50 mg daily was given to adults on hemodialysis.", Verdict.UNCHECKED, False),
    ):  # fmt: skip
        changed = first(main, lambda c, s=said, v=verdict: replace(c, text=s, verdict=v))  # type: ignore[misc]
        assert (faults_of(changed, read, lexicon) == ()) is sound
