"""What was erased is in no byte of the library's directory and of no backup made afterwards, and no older backup brings it back."""

from __future__ import annotations

import gzip
import json
import shutil
import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from casebooks import WORDS, casebook_in, kept, request
from made import zipped
from osler.casebook import store
from osler.casebook.erase import Erased, erase_all, erase_answer, erase_before
from osler.casebook.keep import keep
from osler.casebook.store import Casebook
from osler.casebook.traces import Traces, traces, windows
from osler.domain.request import Given
from osler.errors import UnknownAnswer, UserError
from osler.pipeline import Library, answer_request
from osler.settings import Settings, load_settings
from osler.upkeep import backup, restore

FIRST = f"Is methocarbamol safe on dialysis for Mrs {WORDS}, who lives behind the mill?"
SECOND = "Is tizanidine with ciprofloxacin safe?"


@pytest.fixture
def settings(library: Library, tmp_path: Path) -> Settings:
    """A library of one's own."""
    return load_settings(Path(shutil.copytree(library.settings.home, tmp_path / "home")))


@pytest.fixture
def casebook(settings: Settings) -> Casebook:
    return casebook_in(settings.home)


def found(*roots: Path) -> tuple[str, ...]:
    return traces(roots, WORDS.split()).places


def erased(casebook: Casebook, answer_id: str) -> Erased:
    return erase_answer(casebook, casebook.path.parents[1], answer_id)


def test_a_question_with_its_facts_and_answer_is_gone_from_every_byte_and_from_a_new_backup(
    library: Library, settings: Settings, casebook: Casebook, tmp_path: Path
) -> None:
    others = [kept(casebook, library, f"Is methocarbamol {n} mg safe on dialysis?") for n in range(12)]
    wanted = request(FIRST, given=Given(weight_kg=61.75))
    one = keep(casebook, library, answer_request(library, wanted), wanted)
    backup(settings, tmp_path / "before.backup")
    assert "desk/desk.sqlite" in found(settings.home)  # the search can find it
    assert "desk/desk.sqlite (table answers)" in found(settings.home)
    assert "before.backup (desk.sqlite (table answers))" in found(tmp_path / "before.backup")
    done = erased(casebook, one.answer_id)
    assert ([k.key for k in done.gone], done.left.places, done.left.unread, done.others) == ([one.key], (), (), 0)
    assert done.left.files > 5
    backup(settings, tmp_path / "after.backup")
    assert found(settings.home, tmp_path / "after.backup") == ()
    assert "61.75" not in casebook.path.read_bytes().decode("latin-1")
    assert {k.key for k in casebook.listed()} == {k.key for k in others}
    assert casebook.faults() == ()
    with pytest.raises(UnknownAnswer):
        casebook.find(one.answer_id)


def test_what_is_left_of_it_is_a_random_key_and_a_time(library: Library, casebook: Casebook) -> None:
    one = kept(casebook, library, FIRST)
    erased(casebook, one.answer_id)
    with closing(sqlite3.connect(casebook.path)) as connection:
        rows = connection.execute("SELECT * FROM erased").fetchall()
        assert [r[0] for r in rows] == [one.key]
        assert len(rows[0]) == 2
        assert connection.execute("SELECT count(*) FROM cited").fetchone() == (0,)
    assert one.answer_id.encode() not in casebook.path.read_bytes()


def test_without_packing_the_freed_pages_hold_nothing_either(
    library: Library, casebook: Casebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process that reads can hinder the packing."""
    monkeypatch.setattr(Casebook, "pack", lambda _: None)
    one = kept(casebook, library, FIRST)
    assert erased(casebook, one.answer_id).left.places == ()
    assert found(casebook.path) == ()


def test_follow_ups_repeat_the_question_and_go_with_it_and_what_only_shares_a_follow_up_stays(
    library: Library, casebook: Casebook
) -> None:
    first = kept(casebook, library, FIRST)
    kept(casebook, library, FIRST, "And in pregnancy?")
    kept(casebook, library, FIRST, "And in pregnancy?", "And at night?")
    kept(casebook, library, SECOND, "And in pregnancy?")
    kept(casebook, library, FIRST, owner="account:1")
    done = erase_answer(casebook, casebook.path.parents[1], first.answer_id, owner=None)
    assert len(done.gone) == 3
    assert (done.left.places, done.others) == ((), 2)
    assert sorted((k.owner or "", k.turns) for k in casebook.listed()) == [
        ("", (SECOND, "And in pregnancy?")),
        ("account:1", (FIRST,)),
    ]


def test_a_follow_up_goes_alone(library: Library, casebook: Casebook) -> None:
    first = kept(casebook, library, SECOND)
    later = kept(casebook, library, SECOND, f"And for Mr {WORDS}?")
    done = erased(casebook, later.answer_id)
    assert [k.key for k in casebook.listed()] == [first.key]
    assert (done.left.places, found(casebook.path.parents[1])) == ((), ())


def test_everything_before_a_day_goes_by_when_it_was_last_given(library: Library, casebook: Casebook) -> None:
    old, young = kept(casebook, library, FIRST), kept(casebook, library, SECOND)
    at = (datetime.now(UTC) - timedelta(days=3)).isoformat(timespec="milliseconds")
    with casebook.writing() as connection:
        connection.execute(store.answers.update().where(store.answers.c.key == old.key).values(last_at=at))
    home = casebook.path.parents[1]
    assert erase_before(casebook, home, at[:10]).gone == ()
    assert [k.key for k in erase_before(casebook, home, datetime.now(UTC).date().isoformat()).gone] == [old.key]
    assert [k.key for k in casebook.listed()] == [young.key]
    with pytest.raises(UserError, match="is not a date"):
        erase_before(casebook, home, "yesterday")


def test_all_means_all(library: Library, casebook: Casebook) -> None:
    kept(casebook, library, FIRST)
    kept(casebook, library, SECOND, owner="account:1")
    done = erase_all(casebook, casebook.path.parents[1])
    assert (len(done.gone), done.left.places, casebook.count()) == (2, (), 0)


def test_an_older_backup_does_not_bring_it_back_and_what_was_asked_since_stays(
    library: Library, settings: Settings, casebook: Casebook, tmp_path: Path
) -> None:
    gone, both = kept(casebook, library, FIRST), kept(casebook, library, SECOND)
    lost = kept(casebook, library, "Is baclofen safe on dialysis?")
    backup(settings, tmp_path / "b")
    erased(casebook, gone.answer_id)
    later = kept(casebook, library, "Is gabapentin safe on dialysis?")
    kept(casebook, library, SECOND)
    with casebook.writing() as connection:  # an answer that got lost, but was never erased
        connection.execute(store.answers.delete().where(store.answers.c.key == lost.key))
    casebook.close()
    said: list[str] = []
    restore(settings, tmp_path / "b", said.append)
    after = casebook_in(settings.home)
    assert {k.key: k.times for k in after.listed()} == {both.key: 2, later.key: 1, lost.key: 1}
    assert said == ["stored answers: 3, of them from the backup: 1; erased since and left out: 1"]
    assert after.faults() == ()
    assert found(settings.home) == ()
    assert {c.document_id for c in after.citations()} >= {
        r["document_id"] for r in after.find(lost.answer_id).published["references"]
    }


def test_the_same_question_asked_again_after_erasing_is_another_entry_that_a_restore_leaves_alone(
    library: Library, settings: Settings, casebook: Casebook, tmp_path: Path
) -> None:
    kept(casebook, library, FIRST)
    backup(settings, tmp_path / "b")
    erase_all(casebook, settings.home)
    again = kept(casebook, library, FIRST)
    casebook.close()
    restore(settings, tmp_path / "b")
    assert [k.key for k in casebook_in(settings.home).listed()] == [again.key]


def in_sqlite(path: Path, value: object) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute('CREATE TABLE "a ""t" (x)')
        connection.execute('INSERT INTO "a ""t" VALUES (?)', (value,))


HIDING: dict[str, tuple[Callable[[Path, str], object], str]] = {
    "a.txt": (lambda p, w: p.write_text(f"…{w}…"), ""),
    "case.txt": (lambda p, w: p.write_text(w.upper()), ""),
    "block.bin": (lambda p, w: p.write_bytes(b"." * ((1 << 20) - 5) + w.encode()), ""),
    "escaped.json": (lambda p, w: p.write_text(json.dumps(f"Ä {w}")), ""),
    "wide.txt": (lambda p, w: p.write_bytes(w.encode("utf-16-le")), ""),
    "packed.z": (lambda p, w: p.write_bytes(zlib.compress(f"so {w}".encode())), " (inside)"),
    "log.gz": (lambda p, w: p.write_bytes(gzip.compress(f"so {w}".encode())), " (inside)"),
    "a.zip": (lambda p, w: p.write_bytes(zipped([("in/b.txt", w.encode())])), " (in/b.txt)"),
    "c.zip": (lambda p, w: p.write_bytes(zipped([("b.zip", zipped([("d", w.encode())]))])), " (b.zip (d))"),
    "x.sqlite": (lambda p, w: in_sqlite(p, zlib.compress(w.encode())), ' (table a "t)'),
}


@pytest.mark.parametrize("name", HIDING)
@pytest.mark.parametrize("word", ["Quetzalcoatlus", "Frau Süß-Łukasiewicz", 'said "no"\n twice'])
def test_the_search_finds_a_word_wherever_it_is_hidden(tmp_path: Path, name: str, word: str) -> None:
    if name == "case.txt" and not word.isascii():
        pytest.skip("only ASCII letters count as one in upper and lower case")
    hide, where = HIDING[name]
    hide(tmp_path / name, word)
    assert name + where in traces([tmp_path], [word]).places
    assert traces([tmp_path], ["Archaeopteryx"]) == Traces(1, (), ())
    assert sorted(p.name for p in tmp_path.iterdir()) == [name]


def test_a_name_of_a_file_counts_and_what_cannot_be_searched_is_said(tmp_path: Path) -> None:
    (tmp_path / "Quetzalcoatlus.txt").touch()
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 and nothing more")
    assert traces([tmp_path], ["quetzalcoatlus"]) == Traces(2, ("Quetzalcoatlus.txt",), ("broken.zip",))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("one two", ("one two",)),
        ("a b c d e f", ("a b c d e f",)),
        ("a b c d e f g", ("a b c d e f", "b c d e f g")),
        ("a  b\nc d e f", ("a  b\nc d e f", "a b c d e f")),
    ],
)
def test_a_question_is_looked_for_in_runs_of_six_words(text: str, expected: tuple[str, ...]) -> None:
    assert windows(text) == expected
