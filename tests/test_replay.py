"""A stored answer asked again is the same byte for byte, or what differs is named with its cause."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from casebooks import added, asked, casebook_in, kept, library_of_studies, notice_file, question_about, request, study
from libraries import pubmed_file
from osler.casebook import keep as keeping
from osler.casebook.keep import keep
from osler.casebook.remembering import Remembering
from osler.casebook.replay import Cause, Outcome, Replay, replay, replay_all
from osler.casebook.store import Casebook
from osler.domain.question import Audience
from osler.domain.request import Given
from osler.evaluate.clinical import shipped_questions
from osler.language.lexicon import Lexicon
from osler.pipeline import Library, answer_request

QUESTION = question_about("methocarbamol")


@pytest.fixture
def casebook(tmp_path: Path) -> Iterator[Casebook]:
    made = casebook_in(tmp_path)
    yield made
    made.close()


def again(library: Library, casebook: Casebook) -> Replay:
    (stored,) = casebook.each()
    return replay(library, stored)


def causes(done: Replay) -> dict[Cause, str]:
    return {w.cause: w.words for w in done.why}


def test_every_shipped_question_for_its_reader_replays_to_the_same_bytes(library: Library, casebook: Casebook) -> None:
    for q in shipped_questions():
        wanted = request(q["question"], audience=Audience(q["audience"]))
        keep(casebook, library, answer_request(library, wanted), wanted)
    done = list(replay_all(library, casebook.each()))
    assert len(done) == len(shipped_questions())
    assert {(d.outcome, d.difference, d.why, d.moved) for d in done} == {(Outcome.IDENTICAL, None, (), ())}


def test_facts_beside_the_question_and_earlier_turns_are_asked_again_too(library: Library, casebook: Casebook) -> None:
    facts = Given(age_years=70, dialysis="hemodialysis", medicines=("ciprofloxacin",))
    for wanted in (request("Can I give tizanidine?", given=facts), request("Is tizanidine safe?", "And with ciprofloxacin?")):
        keep(casebook, library, answer_request(library, wanted), wanted)
    assert [d.outcome for d in replay_all(library, casebook.each())] == [Outcome.IDENTICAL] * 2


def test_a_document_that_it_does_not_cite_leaves_its_words(tmp_path: Path, casebook: Casebook) -> None:
    library = library_of_studies(tmp_path / "home", drugs=2, each=2)
    before = kept(casebook, library, "Is baclofen safe on dialysis?")
    library = added(library, pubmed_file(tmp_path / "more.xml", [study(150)]))
    done = again(library, casebook)
    assert done.outcome is Outcome.SAME_WORDS
    assert causes(done) == {
        Cause.LIBRARY: f"snapshot {before.snapshot} → {library.snapshot.id}: no document that it cites has changed"
    }
    assert done.moved == ()


def test_a_retracted_source_is_named_with_what_it_took_away(tmp_path: Path, casebook: Casebook) -> None:
    library = library_of_studies(tmp_path / "home", drugs=1, each=2)
    kept(casebook, library, QUESTION)
    library = added(library, notice_file(tmp_path / "r.csv", "Retraction", 100))
    done = again(library, casebook)
    assert done.outcome is Outcome.DIFFERENT
    assert "pmid:100 retracted, since 2024-03-04 (was current)" in causes(done)[Cause.LIBRARY]
    assert done.difference is not None
    assert "pmid:100" in {r.document_id for r in done.difference.references}


def test_a_new_version_is_named(tmp_path: Path, casebook: Casebook) -> None:
    library = library_of_studies(tmp_path / "home", drugs=1, each=2)
    kept(casebook, library, QUESTION)
    library = added(library, pubmed_file(tmp_path / "v.xml", [study(101, did="greatly relieved", year=2023)]))
    done = again(library, casebook)
    assert done.outcome is Outcome.DIFFERENT
    assert "pmid:101 version 2 is current (cited: version 1)" in causes(done)[Cause.LIBRARY]


@pytest.mark.parametrize(
    ("changed", "cause", "words"),
    [
        ({"engine": "Osler 0.0.9"}, Cause.ENGINE, "Osler 0.0.9 → Osler "),
        ({"code": "0123"}, Cause.ENGINE, "the program's own text, hash 0123 → "),
        ({"search": "tantivy 0.1"}, Cause.ENGINE, "tantivy 0.1 → tantivy "),
        ({"lexicon": "abcd"}, Cause.LEXICON, "key abcd → "),
        ({"max_claims": 3}, Cause.SETTINGS, "max_claims: 3 → 25"),
        ({"candidates": 7}, Cause.SETTINGS, "candidates: 7 → 450"),
    ],
)
def test_each_other_cause_is_named(
    library: Library, casebook: Casebook, changed: dict[str, str | int], cause: Cause, words: str
) -> None:
    kept(casebook, library, QUESTION)
    (stored,) = casebook.each()
    other = replace(stored, content="another", making=replace(stored.making, **changed))
    done = replay(library, other)
    assert done.outcome is Outcome.SAME_WORDS
    assert list(causes(done)) == [cause]
    assert words in causes(done)[cause]


def test_fewer_claims_by_a_setting_differ_because_of_the_setting(library: Library, casebook: Casebook) -> None:
    kept(casebook, replace(library, settings=replace(library.settings, max_claims=4)), QUESTION)
    done = again(library, casebook)
    assert done.outcome is Outcome.DIFFERENT
    assert causes(done) == {Cause.SETTINGS: "max_claims: 4 → 25"}


def test_another_lexicon_is_named(library: Library, casebook: Casebook, lexicon: Lexicon, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(casebook, library, QUESTION)
    (stored,) = casebook.each()
    monkeypatch.setattr(keeping, "annotation_key", lambda _: "another")
    done = replay(library, replace(stored, content="another"))
    assert causes(done) == {Cause.LEXICON: f"words and rules of annotation, key {stored.making.lexicon} → another"}


def test_what_nothing_explains_is_not_passed_over(library: Library, casebook: Casebook) -> None:
    kept(casebook, library, QUESTION)
    (stored,) = casebook.each()
    value = stored.published | {"gaps": ["Nothing is known."]}
    done = replay(library, replace(stored, content="tampered", published=value))
    assert done.outcome is Outcome.DIFFERENT
    assert list(causes(done)) == [Cause.UNEXPLAINED]
    assert done.difference is not None
    assert "gaps" in {p.part for p in done.difference.parts}


def test_a_question_that_is_refused_now_is_said_to_be(library: Library, casebook: Casebook) -> None:
    kept(casebook, library, QUESTION)
    strict = replace(library, settings=replace(library.settings, max_question_characters=20))
    done = again(strict, casebook)
    assert (done.outcome, done.now, done.difference) == (Outcome.REFUSED, None, None)
    assert "at most 20 are read" in done.why[-1].words


def test_the_code_of_a_checkout_is_part_of_what_made_it(library: Library, casebook: Casebook) -> None:
    from osler.casebook.code import code_key

    assert keep(casebook, library, *asked(library, QUESTION)).engine.startswith("Osler ")
    (stored,) = casebook.each()
    assert stored.making.code == code_key()
    assert len(code_key()) == 16


def test_what_is_remembered_between_answers_is_never_of_an_older_library(tmp_path: Path) -> None:
    library = library_of_studies(tmp_path / "home", drugs=1, each=3)
    remembering = Remembering(library.catalog)
    rows = list(library.catalog.rows())
    assert remembering.load(rows) == library.catalog.load(rows)
    assert remembering.load(iter(rows[:5])) == library.catalog.load(rows[:5])
    added(library, notice_file(tmp_path / "r.csv", "Retraction", 100))
    added(library, pubmed_file(tmp_path / "v.xml", [study(101, did="eased", year=2024)], deleted=[102]))
    assert remembering.load(rows) == library.catalog.load(rows)
    assert len(remembering.load(rows)) < len(rows)
    assert "retracted" in {s.status.value for _, s in remembering.load(rows).values()}
