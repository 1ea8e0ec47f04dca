"""A backup is the whole library or nothing; a restore takes only a proven one, keeps what was there, and is another library."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from libraries import add_here, answer, child, ids, library_with, opened, pubmed_file, record
from osler.__main__ import main
from osler.errors import InputFileError, LibraryDamaged, LibraryLocked, LibraryReplaced, OslerError
from osler.library.lock import only_writer
from osler.pipeline import Library, ask, verify_library
from osler.settings import Settings, load_settings
from osler.upkeep import backup, restore


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("held")
    return library_with(folder / "home", pubmed_file(folder / "first.xml", (record(n) for n in range(1, 31)), deleted=[4]))


@pytest.fixture
def settings(held: Library, tmp_path: Path) -> Settings:
    """A library of one's own, to be written to."""
    shutil.copytree(held.settings.home, tmp_path / "home")
    return load_settings(tmp_path / "home")


@pytest.fixture(scope="module")
def saved(held: Library, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("saved") / "library.backup"
    backup(held.settings, file)
    return file


def contents(home: Path) -> dict[str, bytes]:
    """Everything in a library directory but the note in the lock file."""
    return {p.relative_to(home).as_posix(): p.read_bytes() for p in sorted(home.rglob("*")) if p.is_file() and p.suffix != ".lock"}


def test_a_round_trip_gives_the_same_answers_versions_and_standing(held: Library, saved: Path, tmp_path: Path) -> None:
    manifest, kept, library = restore(load_settings(tmp_path / "new"), saved)
    assert kept is None
    assert (manifest.documents, manifest.snapshot) == (held.snapshot.documents, held.snapshot.id)
    assert library.snapshot == held.snapshot
    assert answer(library) == answer(held)
    assert verify_library(library) == []
    assert list(library.catalog.documents()) == list(held.catalog.documents())
    assert library.catalog.history("pmid:4") == held.catalog.history("pmid:4")
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == ["index", "library.sqlite", "writer.lock"]


def test_what_was_there_is_kept_and_can_be_taken_up_again(held: Library, saved: Path, settings: Settings, tmp_path: Path) -> None:
    add_here(opened(settings.home), pubmed_file(tmp_path / "more.xml", [record(77)]))
    newer = answer(opened(settings.home))
    _, kept, library = restore(settings, saved)
    assert "pmid:77" not in ids(library)
    assert kept is not None
    second = tmp_path / "second"
    second.mkdir()
    shutil.copy(kept, second / "library.sqlite")
    assert answer(opened(second)) == newer
    assert answer(opened(settings.home)) == answer(held)


def test_it_is_another_library_so_that_no_index_of_another_history_is_taken_for_its_own(saved: Path, settings: Settings) -> None:
    before = opened(settings.home).catalog.identity()
    old_index = settings.home.parent / "old-index"
    shutil.copytree(settings.home / "index", old_index)
    _, _, library = restore(settings, saved)
    identity = library.catalog.identity()
    assert identity != before
    right = answer(library)
    shutil.rmtree(settings.home / "index")
    shutil.copytree(old_index, settings.home / "index")
    assert answer(opened(settings.home)) == right
    mark = opened(settings.home).index.mark()
    assert mark is not None
    assert mark[0].startswith(identity)


def test_whoever_has_it_open_is_told_and_asks_the_new_one(saved: Path, settings: Settings, tmp_path: Path) -> None:
    add_here(opened(settings.home), pubmed_file(tmp_path / "more.xml", [record(77)]))
    server = opened(settings.home)
    restore(settings, saved)
    with pytest.raises(LibraryReplaced):
        server.catalog.snapshot()
    again = opened(settings.home)
    assert ask(server, "Is methocarbamol safe on dialysis?").provenance.library_snapshot == again.snapshot.id


ADDER = """
import sys
from pathlib import Path
from libraries import add_here, opened, pubmed_file, record
home, folder = map(Path, sys.argv[1:])
for lot in range(100, 180, 10):
    file = pubmed_file(folder / f"{lot}.xml", [record(n) for n in range(lot, lot + 10)])
    add_here(opened(home), file)
"""


def test_backups_while_another_process_adds_are_each_whole(settings: Settings, tmp_path: Path) -> None:
    before = ids(opened(settings.home))
    process = child(ADDER, settings.home, tmp_path)
    made = []
    while process.poll() is None:
        made.append(tmp_path / f"{len(made)}.backup")
        backup(settings, made[-1])
        assert len(answer(opened(settings.home))["claims"]) > 5
    assert process.communicate() == ("", None)
    assert process.returncode == 0
    assert made
    seen = []
    for file in made:
        library = restore(load_settings(tmp_path / "restored"), file)[2]
        assert verify_library(library) == []
        assert before <= ids(library)
        seen.append(len(ids(library)))
    assert seen == sorted(seen)
    assert len(ids(opened(settings.home))) == len(before) + 80


def test_a_flipped_byte_in_a_backup_is_refused_or_does_no_harm(held: Library, saved: Path, settings: Settings) -> None:
    data, chance, refused = saved.read_bytes(), random.Random(5), 0  # noqa: S311
    there, right = contents(settings.home), answer(held)
    places = [*range(0, 200, 20), *(chance.randrange(len(data)) for _ in range(40)), *range(len(data) - 200, len(data), 20)]
    for at in places:
        flipped = bytearray(data)
        flipped[at] ^= 1 << chance.randrange(8)
        file = settings.home.parent / "flipped.backup"
        file.write_bytes(flipped)
        try:
            library = restore(settings, file)[2]
        except OslerError:
            refused += 1
            assert contents(settings.home) == there, at
            continue
        assert answer(library) == right, at
        shutil.rmtree(settings.home)
        shutil.copytree(held.settings.home, settings.home)
        there = contents(settings.home)
    assert refused >= 40


def rezipped(saved: Path, file: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    with zipfile.ZipFile(saved) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file


def manifest(**fields: object) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        members["manifest.json"] = json.dumps(json.loads(members["manifest.json"]) | fields).encode()

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (manifest(format="osler.backup/9"), "osler.backup/9"),
        (manifest(schema=99), "schema 99"),
        (manifest(sha256="0" * 64), "checksum"),
        (manifest(bytes=12), "12"),
        (manifest(snapshot="0" * 16), "another library than it says"),
        (manifest(surprise=1), "not a backup"),
        (lambda m: m.pop("manifest.json"), "not a backup"),
        (lambda m: m.pop("library.sqlite"), "not a backup"),
        (lambda m: m.update({"manifest.json": b"{"}), "not a backup"),
        (lambda m: m.update({"manifest.json": b" " * 100_000}), "too long"),
        (lambda m: m.update({"library.sqlite": m["library.sqlite"] + bytes(9)}), "bytes"),
    ],
)
def test_a_foreign_or_contradictory_backup_is_refused_and_nothing_is_touched(
    saved: Path, settings: Settings, change: Callable[[dict[str, bytes]], None], words: str
) -> None:
    there = contents(settings.home)
    with pytest.raises((InputFileError, LibraryDamaged), match=words):
        restore(settings, rezipped(saved, settings.home.parent / "other.backup", change))
    assert contents(settings.home) == there


@pytest.mark.parametrize("what", ["missing", "empty", "text", "half", "a folder", "a database"])
def test_what_is_no_backup_is_refused(saved: Path, settings: Settings, what: str) -> None:
    file, there = settings.home.parent / "x.backup", contents(settings.home)
    if what == "a folder":
        file.mkdir()
    elif what != "missing":
        made = {"empty": b"", "text": b"words", "half": saved.read_bytes()[: saved.stat().st_size // 2]}
        file.write_bytes(made.get(what, (settings.home / "library.sqlite").read_bytes()))
    with pytest.raises(InputFileError):
        restore(settings, file)
    assert contents(settings.home) == there


def test_a_backup_takes_the_place_of_an_older_one_and_of_nothing_else(held: Library, tmp_path: Path) -> None:
    file = tmp_path / "library.backup"
    first = backup(held.settings, file)
    assert backup(held.settings, file).snapshot == first.snapshot
    letter = tmp_path / "letter.txt"
    letter.write_text("dear colleague")
    with pytest.raises(InputFileError, match="not a backup"):
        backup(held.settings, letter)
    assert letter.read_text() == "dear colleague"
    with pytest.raises(InputFileError):
        backup(held.settings, tmp_path / "no such folder" / "library.backup")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["letter.txt", "library.backup"]


def test_a_damaged_library_makes_no_backup_and_spoils_no_older_one(saved: Path, settings: Settings, tmp_path: Path) -> None:
    file = Path(shutil.copy(saved, tmp_path / "library.backup"))
    with closing(sqlite3.connect(settings.home / "library.sqlite")) as connection, connection:
        assert connection.execute("UPDATE passages SET body = replace(body, 'drowsiness', 'sleep')").rowcount
    with pytest.raises(LibraryDamaged, match="does not match its checksum"):
        backup(settings, file)
    assert file.read_bytes() == saved.read_bytes()


def test_a_damaged_library_is_replaced_and_kept_too(held: Library, saved: Path, settings: Settings) -> None:
    (settings.home / "library.sqlite").write_bytes(b"no database" * 1_000)
    _, kept, library = restore(settings, saved)
    assert answer(library) == answer(held)
    assert kept is not None
    assert kept.read_bytes() == b"no database" * 1_000


def test_a_restore_waits_for_the_writer_and_says_who_it_is(saved: Path, settings: Settings) -> None:
    there = contents(settings.home)
    with only_writer(settings.home, "add", 1), pytest.raises(LibraryLocked, match=r"\(add\)"):
        restore(replace(settings, wait_for_writer_s=0.1), saved)
    assert contents(settings.home) == there


KILLED = """
import os, signal, sys
from pathlib import Path
import osler.library.exchange as exchange, osler.upkeep as upkeep
from osler.settings import load_settings
home, file, step = sys.argv[1:]
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
if step == "unpacked":
    upkeep.exchange = die
elif step == "kept":
    Path.replace = die
else:
    exchange.sync_folder = die
upkeep.restore(load_settings(Path(home)), Path(file))
"""


@pytest.mark.parametrize("step", ["unpacked", "kept", "replaced"])
def test_a_restore_that_was_killed_left_one_library_or_the_other(
    held: Library, saved: Path, settings: Settings, tmp_path: Path, step: str
) -> None:
    add_here(opened(settings.home), pubmed_file(tmp_path / "more.xml", [record(77)]))
    newer = answer(opened(settings.home))
    done = subprocess.run([sys.executable, "-c", KILLED, settings.home, saved, step], check=False, timeout=60)
    assert done.returncode < 0
    library = opened(settings.home)
    assert verify_library(library) == []
    assert answer(library) == (answer(held) if step == "replaced" else newer)
    assert answer(restore(settings, saved)[2]) == answer(held)
    assert not list(settings.home.glob("library.restored*"))


def test_the_commands_say_what_they_did(
    held: Library, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OSLER_HOME", str(settings.home))
    file = tmp_path / "library.backup"
    for arguments, code, words in (
        (["backup", str(file)], 0, f"snapshot {held.snapshot.id}"),
        (["restore", str(file)], 0, "is kept as"),
        (["restore", str(tmp_path / "none")], 2, "there is no file"),
        (["index", "verify"], 0, "sound: it holds exactly"),
        (["doctor", "--repair"], 0, "in service:"),
    ):
        monkeypatch.setattr(sys, "argv", ["osler", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert int(ended.value.code or 0) == code
        assert words in said.out + said.err
