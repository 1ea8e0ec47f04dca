"""A backup has the stored answers too, proven; a restore makes one store of both, whatever state the present one is in."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from casebooks import casebook_in, kept
from osler.casebook.store import Casebook
from osler.errors import InputFileError, LibraryError
from osler.library.backup import read_manifest
from osler.pipeline import Library, ask, open_library
from osler.settings import Settings, load_settings
from osler.upkeep import backup, desk_faults, restore

QUESTION = "Is methocarbamol safe on dialysis?"


@pytest.fixture
def settings(library: Library, tmp_path: Path) -> Settings:
    return load_settings(Path(shutil.copytree(library.settings.home, tmp_path / "home")))


@pytest.fixture
def saved(library: Library, settings: Settings, tmp_path: Path) -> Path:
    """A backup with one stored answer, and rows of another room in the same file."""
    casebook = casebook_in(settings.home)
    kept(casebook, library, QUESTION)
    with closing(sqlite3.connect(casebook.path)) as connection, connection:
        connection.execute("CREATE TABLE review_cases (id INTEGER PRIMARY KEY, title TEXT)")
        connection.execute("CREATE TRIGGER keep BEFORE DELETE ON review_cases BEGIN SELECT raise(ABORT, 'kept'); END")
        connection.execute("CREATE INDEX titles ON review_cases (title)")
        connection.execute("INSERT INTO review_cases VALUES (7, 'signed')")
        connection.execute("INSERT INTO rooms VALUES ('review', 3)")
    backup(settings, tmp_path / "b")
    return tmp_path / "b"


def review_rows(home: Path) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(home / "desk" / "desk.sqlite")) as connection:
        return connection.execute("SELECT * FROM review_cases").fetchall()


def test_the_manifest_says_what_is_in_it_and_the_file_is_for_its_owner_alone(saved: Path) -> None:
    manifest = read_manifest(saved)
    assert manifest.answers == 1
    assert len(manifest.desk_sha256) == 64
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert sorted(zipfile.ZipFile(saved).namelist()) == ["desk.sqlite", "library.sqlite", "manifest.json"]
    assert [p.name for p in saved.parent.iterdir() if p.name.startswith(".")] == []


def test_on_a_new_machine_everything_comes_back(saved: Path, tmp_path: Path) -> None:
    new = load_settings(tmp_path / "new")
    said: list[str] = []
    _, _, library = restore(new, saved, said.append)
    assert [k.turns for k in casebook_in(new.home).listed()] == [(QUESTION,)]
    assert said == ["stored answers: 1, of them from the backup: 1"]
    assert review_rows(new.home) == [(7, "signed")]
    assert ask(library, QUESTION).claims
    assert sorted(p.name for p in (new.home / "desk").iterdir()) == ["desk.sqlite"]
    assert stat.S_IMODE((new.home / "desk").stat().st_mode) == 0o700
    assert stat.S_IMODE((new.home / "desk" / "desk.sqlite").stat().st_mode) == 0o600


def test_other_rooms_come_back_where_they_are_empty_with_their_rules_and_are_left_alone_where_they_are_not(
    library: Library, saved: Path, tmp_path: Path
) -> None:
    new = load_settings(tmp_path / "new")
    kept(casebook_in(new.home), library, "Is tizanidine with ciprofloxacin safe?")
    with closing(sqlite3.connect(new.home / "desk" / "desk.sqlite")) as connection, connection:
        connection.execute("CREATE TABLE review_cases (id INTEGER PRIMARY KEY, title TEXT)")
        connection.execute("CREATE INDEX titles ON review_cases (title)")
    said: list[str] = []
    restore(new, saved, said.append)
    assert said[0].splitlines()[1] == "reviews and accounts came back with the backup"
    assert review_rows(new.home) == [(7, "signed")]
    with closing(sqlite3.connect(new.home / "desk" / "desk.sqlite")) as connection:
        with pytest.raises(sqlite3.IntegrityError, match="kept"):
            connection.execute("DELETE FROM review_cases")
        assert connection.execute("SELECT * FROM rooms ORDER BY room").fetchall() == [("casebook", 1), ("review", 3)]
        connection.execute("UPDATE review_cases SET title = 'signed here'")
        connection.commit()
    restore(new, saved, said.append)
    assert "the backup's were not taken" in said[1]
    assert review_rows(new.home) == [(7, "signed here")]
    assert casebook_in(new.home).count() == 2


def test_a_library_can_be_given_away_without_anybody_s_questions(
    library: Library, settings: Settings, saved: Path, tmp_path: Path
) -> None:
    backup(settings, tmp_path / "given", answers=False)
    assert zipfile.ZipFile(tmp_path / "given").namelist() == ["manifest.json", "library.sqlite"]
    restore(load_settings(tmp_path / "new"), tmp_path / "given")
    assert not (tmp_path / "new" / "desk").exists()
    restore(settings, tmp_path / "given")
    assert casebook_in(settings.home).count() == 1  # what is there stays


def test_a_backup_of_before_there_were_stored_answers_is_still_read(settings: Settings, saved: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    with zipfile.ZipFile(saved) as archive, zipfile.ZipFile(old, "w") as made:
        manifest = json.loads(archive.read("manifest.json"))
        for name in ("answers", "desk_bytes", "desk_sha256"):
            del manifest[name]
        made.writestr("manifest.json", json.dumps(manifest))
        made.writestr("library.sqlite", archive.read("library.sqlite"))
    restore(settings, old)
    assert casebook_in(settings.home).count() == 1


@pytest.mark.parametrize("damage", ["flipped", "missing", "longer"])
def test_a_backup_whose_answers_are_damaged_touches_nothing(settings: Settings, saved: Path, tmp_path: Path, damage: str) -> None:
    with zipfile.ZipFile(saved) as archive:
        members = {n: archive.read(n) for n in archive.namelist()}
    desk = bytearray(members["desk.sqlite"])
    desk[len(desk) // 2] ^= 1
    members["desk.sqlite"] = bytes(desk) if damage == "flipped" else members["desk.sqlite"] + b"x"
    bad = tmp_path / "bad"
    with zipfile.ZipFile(bad, "w") as archive:
        for name, data in members.items():
            if not (damage == "missing" and name == "desk.sqlite"):
                archive.writestr(name, data)
    before = open_library(settings).catalog.identity()
    with pytest.raises(InputFileError, match="damaged"):
        restore(settings, bad)
    assert open_library(settings).catalog.identity() == before
    assert casebook_in(settings.home).count() == 1
    assert sorted(p.name for p in (settings.home / "desk").iterdir()) == ["desk.sqlite"]


def test_a_damaged_store_is_put_aside_by_a_restore_and_said(settings: Settings, saved: Path) -> None:
    file = settings.home / "desk" / "desk.sqlite"
    file.write_bytes(b"no database" * 1_000)
    assert desk_faults(settings)
    with pytest.raises(LibraryError, match=r"osler backup --no-answers|is damaged"):
        backup(settings, saved.with_name("c"))
    said: list[str] = []
    restore(settings, saved, said.append)
    assert "are damaged and kept as" in said[0]
    assert desk_faults(settings) == ()
    assert Casebook(file).count() == 1
    (aside,) = [p for p in file.parent.iterdir() if p != file]
    assert aside.read_bytes().startswith(b"no database")
