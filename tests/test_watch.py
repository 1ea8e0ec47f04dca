"""Every stored answer that rests on a changed document is found, and no other; asked again, it shows which claims change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from casebooks import DRUGS, added, casebook_in, kept, library_of_studies, notice_file, question_about, study
from libraries import corrections, opened, pubmed_file
from osler.casebook.diff import Change
from osler.casebook.replay import Outcome
from osler.casebook.standing import Event
from osler.casebook.store import Casebook
from osler.pipeline import Library
from osler.review.watch import touched, watch

QUESTIONS = (
    *(question_about(drug) for drug in DRUGS),
    "What can I give on hemodialysis for back pain, as an alternative to methocarbamol?",
    "Which muscle relaxant is safe on hemodialysis for back pain?",
    "Is tizanidine with ciprofloxacin safe?",
    "I took 20 paracetamol tablets, what now?",
)


def retract(folder: Path, pmid: int) -> Path:
    return notice_file(folder / "r.csv", "Retraction", pmid)


def concern(folder: Path, pmid: int) -> Path:
    return notice_file(folder / "c.csv", "Expression of concern", pmid)


def correct(folder: Path, pmid: int) -> Path:
    return notice_file(folder / "e.csv", "Correction", pmid)


def supersede(folder: Path, pmid: int) -> Path:
    """A later record that says it is an update of this one; it is about another drug's number, so that nothing else cites it."""
    newer = study(pmid + 50, year=2024, corrections=corrections("UpdateOf", pmid))
    return pubmed_file(folder / "s.xml", [newer])


def delete(folder: Path, pmid: int) -> Path:
    return pubmed_file(folder / "d.xml", [], deleted=[pmid])


def revise(folder: Path, pmid: int) -> Path:
    return pubmed_file(folder / "v.xml", [study(pmid, did="greatly relieved", year=2024)])


PLANT: dict[Event, Callable[[Path, int], Path]] = {
    Event.RETRACTION: retract,
    Event.CONCERN: concern,
    Event.CORRECTION: correct,
    Event.SUPERSESSION: supersede,
    Event.DELETION: delete,
    Event.NEW_VERSION: revise,
}


def citing(casebook: Casebook) -> dict[str, set[str]]:
    """The slow way: for each document, the keys of the answers that name it anywhere in a citation."""
    found: dict[str, set[str]] = {}
    for stored in casebook.each():
        for claim in stored.published["claims"]:
            for citation in claim["citations"]:
                found.setdefault(citation["span"]["document_id"], set()).add(stored.kept.key)
    return found


def flagged(library: Library, casebook: Casebook) -> set[tuple[str, str]]:
    return {(key, m.cited.document_id) for key, moves in touched(library, casebook).items() for m in moves}


def test_sixty_planted_events_flag_every_affected_answer_and_no_other(tmp_path: Path) -> None:
    library = library_of_studies(tmp_path / "home")
    casebook = casebook_in(library.settings.home)
    for question in QUESTIONS:
        kept(casebook, library, question)
    cites = citing(casebook)
    assert touched(library, casebook) == {}
    for number, plant in enumerate(PLANT.values()):  # changes of documents that nothing cites
        uncited = 100 * (number + 1) + 8
        assert f"pmid:{uncited}" not in cites
        library = added(library, plant(tmp_path, uncited))
    assert touched(library, casebook) == {}
    expected: set[tuple[str, str]] = set()
    planted = 0
    for number, (event, plant) in enumerate(PLANT.items()):
        for drug in range(1, len(DRUGS) + 1):
            document = f"pmid:{100 * drug + number}"
            library = added(library, plant(tmp_path, 100 * drug + number))
            expected |= {(key, document) for key in cites[document]}
            assert flagged(library, casebook) == expected, (event, document)
            moves = [m for found in touched(library, casebook).values() for m in found if m.cited.document_id == document]
            assert {m.events for m in moves} == {(event,)}
            planted += 1
    assert planted == 60
    affected = {key for key, _ in expected}
    assert len(DRUGS) <= len(affected) < len(QUESTIONS)
    assert [f.kept.key for f in watch(library, casebook)] == [s.kept.key for s in casebook.each() if s.kept.key in affected]


@pytest.mark.parametrize(
    ("event", "change", "word"),
    [
        (Event.RETRACTION, Change.REMOVED, ""),
        (Event.CONCERN, Change.CHANGED, "standing of the source: current → concern since 2024-03-04"),
        (Event.CORRECTION, Change.CHANGED, "standing of the source: current → corrected since 2024-03-04"),
        (Event.SUPERSESSION, Change.CHANGED, "standing of the source: current → superseded"),
        (Event.DELETION, Change.REMOVED, ""),
        (Event.NEW_VERSION, Change.CHANGED, "wording: with “greatly”"),
    ],
)
def test_it_shows_which_claims_change(tmp_path: Path, event: Event, change: Change, word: str) -> None:
    library = library_of_studies(tmp_path / "home", drugs=1, each=2)
    casebook = casebook_in(library.settings.home)
    kept(casebook, library, question_about(DRUGS[0]))
    kept(casebook, library, "Is tizanidine with ciprofloxacin safe?")
    (one,) = watch(added(library, PLANT[event](tmp_path, 100)), casebook)
    assert one.kept.turns == (question_about(DRUGS[0]),)
    assert [(m.cited.document_id, m.events) for m in one.moved] == [("pmid:100", (event,))]
    assert one.replay.outcome is Outcome.DIFFERENT
    assert one.replay.difference is not None
    touched_claims = [
        c for c in one.replay.difference.claims if c.before and any(s.span.document_id == "pmid:100" for s in c.before.citations)
    ]
    assert change in {c.change for c in touched_claims}
    if word:
        assert any(word in what for c in touched_claims for what in c.what)
    assert {c.change for c in touched_claims} <= {change, Change.REMOVED, Change.CHANGED}


def test_a_standing_that_was_taken_back_flags_nothing_any_more(tmp_path: Path) -> None:
    library = library_of_studies(tmp_path / "home", drugs=1, each=2)
    casebook = casebook_in(library.settings.home)
    kept(casebook, library, question_about(DRUGS[0]))
    library = added(library, retract(tmp_path, 100))
    assert len(touched(library, casebook)) == 1
    library = added(library, notice_file(tmp_path / "b.csv", "Reinstatement", 100))
    assert touched(library, casebook) == {}


def test_an_answer_given_from_a_doubted_work_is_flagged_when_the_doubt_grows_and_when_it_is_lifted(tmp_path: Path) -> None:
    library = added(library_of_studies(tmp_path / "home", drugs=1, each=2), concern(tmp_path, 100))
    casebook = casebook_in(library.settings.home)
    kept(casebook, library, question_about(DRUGS[0]))
    assert touched(library, casebook) == {}
    worse = added(library, retract(tmp_path, 100))
    ((move,),) = touched(worse, casebook).values()
    assert move.words == "retracted, since 2024-03-04 (was concern)"
    lifted = added(worse, notice_file(tmp_path / "b.csv", "Reinstatement", 100))
    ((move,),) = touched(lifted, casebook).values()
    assert move.events == (Event.REINSTATEMENT,)


def test_a_library_that_lost_a_document_without_a_word_of_its_source_says_so(tmp_path: Path) -> None:
    library = library_of_studies(tmp_path / "home", drugs=1, each=2)
    casebook = casebook_in(library.settings.home)
    kept(casebook, library, question_about(DRUGS[0]))
    with library.catalog.write("test") as writing:
        writing.intake.retire(["pmid:100"], by_source=False)
    ((move,),) = touched(opened(library.settings.home), casebook).values()
    assert (move.events, move.words) == ((Event.REMOVAL,), "no longer in the library")
