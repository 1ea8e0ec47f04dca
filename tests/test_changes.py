"""Follow-ups end to end on the starter library: what is kept, added, replaced and removed, why, and what no view hides."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given as some
from hypothesis import settings
from hypothesis import strategies as st

from osler.answer.changes import offered_drugs
from osler.article.assemble import to_json
from osler.article.changes_page import changes_lines, understood_as
from osler.domain.answer import Disposition, NoticeKind, Role
from osler.domain.article import Article
from osler.domain.codec import decode, encode
from osler.domain.question import Audience
from osler.domain.request import Given, Request
from osler.domain.thread import Change, ChangeKind, View
from osler.errors import QuestionError
from osler.evaluate.clinical import shipped_questions
from osler.pipeline import Library, answer_request, ask, follow

MAIN = (
    "What can I give to a patient with end-stage renal disease on hemodialysis who has back spasms, as an alternative to baclofen?"
)
SAFE = "Is tizanidine safe in a 72-year-old woman on hemodialysis with back spasm?"
METFORMIN = "Is metformin safe in type 2 diabetes?"
OTITIS = "What can I give for acute otitis media in a 4-year-old of 16 kg?"
COTRIMOXAZOLE = "Can a 70-year-old woman take co-trimoxazole for a urinary tract infection?"
PARACETAMOL = "How much paracetamol can I give my child?"
KEPT, ADDED, REPLACED, REMOVED = ChangeKind.KEPT, ChangeKind.ADDED, ChangeKind.REPLACED, ChangeKind.REMOVED

# turns, then (kind, words of the claim, words of the reason) that the last follow-up must bring
CASES: list[tuple[tuple[str, ...], list[tuple[ChangeKind, str, str]]]] = [
    ((SAFE, "and if she takes ciprofloxacin?"), [(KEPT, "tizanidine is contraindicated", "rules out tizanidine: the patient takes ciprofloxacin")]),
    ((COTRIMOXAZOLE, "and if she is on warfarin?"), [(ADDED, "co-trimoxazole", "interaction with warfarin")]),
    ((COTRIMOXAZOLE, "and if she is on warfarin?", "and ciprofloxacin?"), [(REPLACED, "ciprofloxacin", "interaction of ciprofloxacin"), (REMOVED, "trimethoprim-sulfamethoxazole", "now about ciprofloxacin")]),
    ((METFORMIN, "eGFR 25"), [(ADDED, "contraindicated", "rules out metformin: the kidneys"), (KEPT, "lactic acidosis", "now direct"), (REMOVED, "SGLT2", "not studied in advanced kidney disease")]),
    ((METFORMIN, "eGFR 25", "eGFR 55"), [(ADDED, "contrast", "now about moderate kidney disease; eGFR 55")]),
    ((OTITIS, "he is allergic to penicillin"), [(REMOVED, "amoxicillin", "an allergy to penicillins is reported")]),
    ((MAIN, "what about peritoneal dialysis?"), [(REMOVED, "140,899 US hemodialysis patients", "studied in hemodialysis, asked for peritoneal dialysis")]),
    ((MAIN, "why not tizanidine?"), [(ADDED, "tizanidine is contraindicated", "contraindication of tizanidine"), (REMOVED, "methocarbamol", "now about tizanidine")]),
    ((MAIN, "why not tizanidine?", "only the doses"), [(KEPT, "tizanidine 2 mg", ""), (KEPT, "tizanidine is contraindicated", ""), (REMOVED, "spasticity", "left out: only the doses were asked for")]),
    ((MAIN, "shorter"), [(REMOVED, "paracetamol", "left out: a shorter answer was asked for"), (KEPT, "cauda equina", "")]),
    ((MAIN, "shorter", "more detail"), [(ADDED, "paracetamol", "more detail was asked for")]),
    ((MAIN, "shorter", "thanks"), [(ADDED, "paracetamol", "shown again: before, a shorter answer was asked for")]),
    ((MAIN, "just the red flags"), [(KEPT, "cauda equina", ""), (REMOVED, "tizanidine", "only the danger signs were asked for")]),
    ((SAFE, "in pregnancy?"), [(KEPT, "140,899", "now indirect: not studied in pregnancy")]),
    ((MAIN, "what dose?"), [(REMOVED, "paracetamol", "the question back has to be answered first")]),
    ((PARACETAMOL, "6 years, 20 kg"), [(ADDED, "6-7 years", "now for age 6 years; now at 20 kg")]),
    ((MAIN, "now he can't feel his legs and wets himself"), [(ADDED, "MRI", "what was said can be an emergency")]),
]  # fmt: skip

EMERGENCIES = [
    (MAIN, "now he can't feel his legs and wets himself"),
    (MAIN, "she has a fever and chills"),
    (SAFE, "I don't want to live"),
    (MAIN, "she took 30 of them"),
    (PARACETAMOL, "she took 30 of them"),
    (SAFE, "she is confused and drowsy on gabapentin"),
    (METFORMIN, "he has crushing chest pain and is sweating"),
    (METFORMIN, "she can't breathe and her lips are blue"),
    (OTITIS, "his face drooped suddenly"),
]


def thread(library: Library, *turns: str, audience: Audience = Audience.CLINICIAN, given: Given | None = None) -> Article:
    return answer_request(library, Request(turns, audience, given or Given())).article


def stable(article: Article) -> object:
    """The published object without its two varying fields."""
    value = encode(article)
    value["provenance"] |= {"answered_at": "", "elapsed_ms": 0}
    return value


@pytest.mark.parametrize(("turns", "expected"), CASES, ids=lambda v: " / ".join(v)[-60:] if isinstance(v, tuple) else None)
def test_a_follow_up_says_what_it_changed_and_why(
    turns: tuple[str, ...], expected: list[tuple[ChangeKind, str, str]], library: Library
) -> None:
    article = thread(library, *turns)

    def found(kind: ChangeKind, words: str, reason: str) -> list[Change]:
        mine = [c for c in article.changes if c.kind is kind and words.lower() in c.text.lower()]
        return [c for c in mine if (reason in c.reason if reason else not c.reason)]

    missing = [e for e in expected if not found(*e)]
    assert not missing, [(c.kind.value, c.text[:70], c.reason) for c in article.changes]


@pytest.mark.parametrize("turns", [c[0] for c in CASES], ids=lambda v: " / ".join(v)[-60:])
def test_every_claim_of_both_answers_is_accounted_for_once(turns: tuple[str, ...], library: Library) -> None:
    parent, article = thread(library, *turns[:-1]), thread(library, *turns)
    assert article.parent == parent.answer_id
    assert article.question.thread == turns[:-1]
    assert Counter(c.claim for c in article.changes if c.claim) == Counter(c.id for c in article.claims)
    assert Counter(c.was for c in article.changes if c.was) == Counter(c.id for c in parent.claims)
    for change in article.changes:
        assert change.kind is KEPT or change.reason
        if change.claim is not None:
            assert change.text == article.claim(change.claim).text
        if change.kind is KEPT:
            assert change.was is not None
            assert change.text == parent.claim(change.was).text
        if change.kind is REPLACED:
            assert change.was is not None
            assert change.before == parent.claim(change.was).text != change.text


@pytest.mark.parametrize("audience", [Audience.CLINICIAN, Audience.PATIENT])
@pytest.mark.parametrize(("first", "text"), EMERGENCIES)
def test_an_emergency_in_a_follow_up_escalates_like_one_in_a_first_question(
    first: str, text: str, audience: Audience, library: Library
) -> None:
    article = thread(library, first, text, audience=audience)
    patient = audience is Audience.PATIENT
    assert article.disposition is (Disposition.EMERGENCY if patient else Disposition.ANSWER_AND_ESCALATE)
    assert article.notices[0].kind is (NoticeKind.EMERGENCY if patient else NoticeKind.RED_FLAG)
    assert "possible emergency" in understood_as(article)
    later = thread(library, first, text, "only the doses", audience=audience)
    assert later.disposition is article.disposition
    assert later.notices[0] == article.notices[0]


@pytest.mark.parametrize("view", ["shorter", "only the doses", "just the red flags", "only the side effects", "just the monitoring", "only the options", "just the interactions"])  # fmt: skip
@pytest.mark.parametrize(
    "first", [MAIN, SAFE, METFORMIN, OTITIS, "Metformin dose with eGFR 25?", str(shipped_questions()[2]["question"])]
)
def test_no_view_hides_a_danger(first: str, view: str, library: Library) -> None:
    whole, less = thread(library, first), thread(library, first, view)
    assert {c.text for c in less.claims} <= {c.text for c in whole.claims}
    dangers = {c.text for s in whole.sections if s.role is Role.RED_FLAG for c in map(whole.claim, s.claims)}
    dangers |= {c.text for c in whole.claims if c.role is Role.RED_FLAG}
    assert dangers <= {c.text for c in less.claims}
    assert less.notices == whole.notices
    assert set(whole.gaps) <= set(less.gaps)
    shown = {t for c in less.claims if c.role in (Role.DOSE, Role.OPTION) for t in drugs_of(library, c.text)}
    shown |= {t for row in less.options for t in drugs_of(library, row.intervention)}
    shown |= set(drugs_of(library, first)) - set(drugs_of(library, " ".join(whole.question.frame.avoid)))
    assert all(row.claims for row in less.options)
    against = {c.text for c in whole.claims if c.role is Role.AVOID and shown & set(drugs_of(library, c.text)[:1])}
    assert against <= {c.text for c in less.claims}
    gone = [c for c in less.changes if c.kind is REMOVED]
    assert all(c.reason.startswith("left out: ") for c in gone)
    assert len(gone) == len(whole.claims) - len(less.claims)


def drugs_of(library: Library, text: str) -> list[str]:
    return [m.concept_id for m in library.lexicon.tag(text) if m.concept_id.startswith("drug/")]


@pytest.mark.parametrize("first", [MAIN, SAFE, METFORMIN, OTITIS, *(str(q["question"]) for q in shipped_questions())])
def test_a_follow_up_that_changes_nothing_keeps_every_claim(first: str, library: Library) -> None:
    parent, article = thread(library, first), thread(library, first, "thanks")
    assert [(c.kind, c.reason) for c in article.changes] == [(KEPT, "")] * len(parent.claims)
    assert [c.text for c in article.claims] == [c.text for c in parent.claims]
    assert (article.disposition, article.notices, article.bottom_line) == (parent.disposition, parent.notices, parent.bottom_line)


@pytest.mark.parametrize("given", [Given(), Given(age_years=66, medicines=("simvastatin",))])
def test_the_parent_at_hand_saves_work_and_changes_nothing(given: Given, library: Library) -> None:
    request = Request((MAIN,), given=given)
    parent = answer_request(library, request).article
    for text in ("and if she is on warfarin?", "the second option", "shorter", "what dose of tizanidine?"):
        with_it, without = follow(library, request, text, parent).article, follow(library, request, text).article
        assert stable(with_it) == stable(without)
        request, parent = replace(request, turns=(*request.turns, text)), with_it


def test_a_parent_of_another_question_library_or_reader_is_not_used(library: Library) -> None:
    wrong = thread(library, METFORMIN)
    right = stable(thread(library, SAFE, "what dose?"))
    old = replace(thread(library, SAFE), answer_id="0123456789abcdef")
    for parent in (wrong, old, thread(library, SAFE, audience=Audience.PATIENT), thread(library, SAFE, given=Given(age_years=40))):
        assert stable(follow(library, Request((SAFE,)), "what dose?", parent).article) == right


def test_the_answer_id_covers_turns_facts_and_reader(library: Library) -> None:
    articles = [
        thread(library, SAFE),
        thread(library, SAFE, "thanks"),
        thread(library, SAFE, "ok"),
        thread(library, SAFE, audience=Audience.NURSE),
        thread(library, SAFE, given=Given(pregnant=False)),
        thread(library, SAFE, given=Given(age_years=72)),
        thread(library, SAFE, "thanks", given=Given(age_years=72)),
    ]
    assert len({a.answer_id for a in articles}) == len(articles)
    assert thread(library, SAFE).answer_id == ask(library, SAFE).answer_id


@settings(max_examples=12)
@some(
    st.permutations(["she weighs 48 kg", "And if she is on warfarin?", "he is allergic to penicillin", "in pregnancy?", "eGFR 8"]),
    st.sampled_from([MAIN, SAFE]),
)
def test_the_order_of_two_independent_facts_does_not_matter(library: Library, facts: list[str], first: str) -> None:
    one, other = thread(library, first, *facts[:2]), thread(library, first, *facts[1::-1])
    assert [c.text for c in one.claims] == [c.text for c in other.claims]
    assert (one.disposition, one.notices, one.gaps) == (other.disposition, other.notices, other.gaps)


def test_the_json_carries_the_thread_and_reads_back(library: Library) -> None:
    article = thread(library, MAIN, "what about peritoneal dialysis?", "And if she is on warfarin?")
    published = json.loads(to_json(article))
    assert published["parent"] == thread(library, MAIN, "what about peritoneal dialysis?").answer_id
    assert published["question"]["text"] == "And if she is on warfarin?"
    assert published["question"]["thread"] == [MAIN, "what about peritoneal dialysis?"]
    assert published["question"]["edits"] == [
        {"kind": "added", "field": "medicine taken", "before": "", "after": "warfarin", "said": "warfarin"}
    ]
    assert published["question"]["frame"]["patient"]["dialysis"] == "peritoneal dialysis"
    assert decode(Article, published) == article


def test_a_first_question_has_no_parent_and_no_changes(library: Library) -> None:
    article = thread(library, MAIN)
    assert (article.parent, article.changes, article.question.thread, article.question.edits) == (None, (), (), ())
    assert article.question.view is View.FULL
    assert list(changes_lines(article)) == []


def test_a_fact_of_which_the_answer_says_nothing_is_named_among_the_gaps(library: Library) -> None:
    article = thread(library, MAIN, "And if she is on warfarin?")
    assert any("speaks of warfarin" in g for g in article.gaps)
    assert not any("speaks of" in g for g in thread(library, COTRIMOXAZOLE, "and if she is on warfarin?").gaps)


def test_an_unknown_medicine_in_a_follow_up_gets_no_answer_of_another_one(library: Library) -> None:
    article = thread(library, SAFE, "and zorbaflexin?")
    assert article.disposition is Disposition.ABSTAIN
    assert article.claims == ()
    assert {c.reason for c in article.changes} == {"left out: nothing in the library carries what is asked now"}


def test_a_new_question_is_compared_with_nothing(library: Library) -> None:
    article = thread(library, MAIN, f"new question: {METFORMIN}")
    assert article.changes == ()
    assert [c.text for c in article.claims] == [c.text for c in thread(library, METFORMIN).claims]
    assert any("a new question" in line for line in changes_lines(article))


def test_the_offered_medicines_are_counted_as_the_page_lists_them(library: Library) -> None:
    article = thread(library, MAIN)
    names = [t.name for t in offered_drugs(article, library.lexicon)]
    assert names == [r.intervention for r in article.options]
    assert "baclofen" not in names
    second = thread(library, MAIN, "what about the second option?")
    assert second.question.frame.intervention == (names[1],)


def test_the_page_says_how_the_follow_up_was_understood_and_what_it_changed(library: Library) -> None:
    lines = list(changes_lines(thread(library, SAFE, "and if she takes ciprofloxacin?")))
    assert lines[:3] == [
        "## What this follow-up changed",
        "- Understood as: + ciprofloxacin.",
        "- Kept: 15 statements of the answer before.",
    ]
    assert lines[3].startswith(
        "- Kept, but rules out tizanidine: the patient takes ciprofloxacin: “US label: tizanidine is contraindicated"
    )
    moved = list(changes_lines(thread(library, MAIN, "what about peritoneal dialysis?")))
    assert moved[1] == "- Understood as: hemodialysis → peritoneal dialysis."


@pytest.mark.parametrize("text", ["", "   ", "48", "\x00"])
def test_a_follow_up_without_words_is_refused(text: str, library: Library) -> None:
    with pytest.raises(QuestionError):
        follow(library, Request((MAIN,)), text)
