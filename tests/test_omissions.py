"""What the evidence holds of a named drug and the answer leaves out is listed with a reason; the bottom line agrees with the body."""

from __future__ import annotations

from dataclasses import replace

import pytest

from osler.answer.compose import compose
from osler.domain.answer import Answer, Disposition, Role
from osler.evaluate.clinical import shipped_questions
from osler.pipeline import Library, ask, ask_explained
from osler.verification.omissions import Essential, bottom_line_conflicts, find_omissions

MAIN = "What can I give on hemodialysis for back spasms, as an alternative to baclofen?"


@pytest.fixture(scope="module")
def composed(library: Library):  # type: ignore[no-untyped-def]
    def make(question: str, most: int = 25):  # type: ignore[no-untyped-def]
        asked = ask_explained(library, question)
        return compose(asked.profile, (), None, library.lexicon, most), asked.profile

    return make


def test_what_is_cited_is_not_listed_and_every_entry_names_a_reason(composed, library: Library) -> None:  # type: ignore[no-untyped-def]
    answer, profile = composed(MAIN)
    cited = {c.statement_id for k in answer.claims for c in k.citations}
    listed = find_omissions(answer, profile, library.lexicon)
    assert listed
    assert not {o.statement_id for o in listed} & cited
    assert all(o.why and o.about and o.document_id for o in listed)


@pytest.mark.parametrize(
    ("question", "without", "kind"),
    [
        ("Is methocarbamol a reasonable choice on dialysis, oral or IV?", "X007", Essential.CONTRAINDICATION),
        ("Gabapentin dose for uremic itch on hemodialysis?", None, Essential.KIDNEY_DOSE),
        (MAIN, None, Essential.RED_FLAG),
    ],
)
def test_an_essential_statement_that_is_taken_out_is_named(  # type: ignore[no-untyped-def]
    composed, library: Library, question: str, without: str | None, kind: Essential
) -> None:
    answer, profile = composed(question)
    before = {o.statement_id for o in find_omissions(answer, profile, library.lexicon)}
    claims = [k for k in answer.claims if k.role is Role.RED_FLAG] if kind is Essential.RED_FLAG else list(answer.claims)
    kinds = {Essential.CONTRAINDICATION: Role.AVOID, Essential.KIDNEY_DOSE: Role.DOSE, Essential.RED_FLAG: Role.RED_FLAG}
    gone = next(k for k in claims if (k.citations[0].statement_id == without if without else k.role is kinds[kind]))
    kept = tuple(k for k in answer.claims if k.role is not kinds[kind] or (kind is Essential.CONTRAINDICATION and k is not gone))
    ids = {k.id for k in kept}
    shorter = replace(
        answer,
        claims=kept,
        bottom_line=tuple(i for i in answer.bottom_line if i in ids),
        sections=tuple(replace(s, claims=tuple(i for i in s.claims if i in ids)) for s in answer.sections),
        options=(), dose_table=(), conflicts=(),
    )  # fmt: skip
    after = find_omissions(shorter, profile, library.lexicon)
    assert any(o.kind is kind for o in after if o.statement_id not in before)


def test_an_answer_without_claims_leaves_nothing_out(composed, library: Library) -> None:  # type: ignore[no-untyped-def]
    _, profile = composed(MAIN)
    assert find_omissions(Answer("none", Disposition.ABSTAIN), profile, library.lexicon) == ()


def test_a_drug_offered_in_the_bottom_line_and_advised_against_is_a_conflict(composed, library: Library) -> None:  # type: ignore[no-untyped-def]
    answer, profile = composed("Is methocarbamol a reasonable choice on dialysis, oral or IV?")
    against = next(k for k in answer.claims if k.role is Role.AVOID)
    offered = replace(against, id="c99", role=Role.OPTION)
    torn = replace(answer, claims=(*answer.claims, offered), bottom_line=("c99",))
    (conflict,) = [c for c in bottom_line_conflicts(torn, profile, library.lexicon) if "c99" in c.claims and against.id in c.claims]
    assert "methocarbamol" in conflict.about


def test_no_bottom_line_of_the_shipped_questions_gives_two_doses_for_the_same_people(library: Library) -> None:
    for question in shipped_questions():
        article = ask(library, question["question"])
        assert not [c for c in article.conflicts if "bottom line gives different doses" in c.about], question["id"]
