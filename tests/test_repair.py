"""`osler doctor --repair`: what can be proven is kept, what can be derived is made again, everything else is listed and comes back
when its file is added again; nothing older slips into its place."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
import zlib
from contextlib import closing
from pathlib import Path

import pytest

from libraries import add_here, answer, corrections, ids, library_with, opened, pubmed_file, record
from osler.__main__ import main
from osler.errors import LibraryDamaged, LibraryError, OslerError, UnknownDocument
from osler.pipeline import Library, verify_library
from osler.settings import Settings, load_settings
from osler.sqlite import PAGE_BYTES
from osler.upkeep import backup, mend, restore

STARTER_DOCUMENT = "extraction:pmid:28899601"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Record 1 in two revisions; the second file also takes back record 4 and tells of a retraction."""
    folder = tmp_path_factory.mktemp("files")
    newer = [record(1, did="eased", year=2022), record(50, corrections=corrections("RetractionIn", 51))]
    return (
        pubmed_file(folder / "older.xml", (record(n) for n in range(1, 31))),
        pubmed_file(folder / "newer.xml", newer, deleted=[4]),
    )


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory, files: tuple[Path, Path]) -> Library:
    return library_with(tmp_path_factory.mktemp("held") / "home", *files)


@pytest.fixture
def settings(held: Library, tmp_path: Path) -> Settings:
    shutil.copytree(held.settings.home, tmp_path / "home")
    return load_settings(tmp_path / "home")


def edit(settings: Settings, statement: str) -> None:
    with closing(sqlite3.connect(settings.home / "library.sqlite")) as connection, connection:
        connection.create_function(
            "swap", 3, lambda b, old, new: zlib.compress(zlib.decompress(b).replace(old.encode(), new.encode()))
        )
        assert connection.execute(statement).rowcount > 0


def test_a_sound_library_is_left_as_it_is(settings: Settings) -> None:
    before = {p.name: p.read_bytes() for p in settings.home.rglob("*") if p.is_file() and p.suffix != ".lock"}
    mended = mend(settings)
    assert (mended.repair.faults, mended.index_faults, mended.gone) == ((), (), False)
    assert {p.name: p.read_bytes() for p in settings.home.rglob("*") if p.is_file() and p.suffix != ".lock"} == before


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE passages SET body = replace(body, 'drowsiness', 'slumber') WHERE document_id = 'pmid:2'",
        "DELETE FROM passages WHERE document_id IN ('pmid:1', 'pmid:2')",
        "UPDATE passages SET digest = '0' WHERE row % 3 = 0",
        "UPDATE passages SET document_id = 'pmid:99' WHERE document_id = 'pmid:2'",
        "UPDATE documents SET status = 'current' WHERE id = 'pmid:50'",  # its notice says that it is retracted
        "UPDATE documents SET reference = replace(reference, 'study 2', 'study 3') WHERE id = 'pmid:2'",
        "UPDATE documents SET seal = 'x'",
        "UPDATE documents SET current = 1 WHERE id = 'pmid:1'",  # the older revision beside the newer
        "UPDATE documents SET current = 0 WHERE id = 'pmid:2' AND seal = ''",
        "UPDATE notices SET pmid = '3' WHERE pmid = '50'",
        "UPDATE meta SET value = '1 2 3' WHERE key = 'tally'",
        "UPDATE meta SET value = replace(value, 'a', 'b') WHERE key = 'tally'",
        "DELETE FROM meta WHERE key IN ('library', 'annotation', 'origin:starter')",
    ],
)
def test_what_can_be_derived_is_made_again_and_nothing_is_lost(settings: Settings, held: Library, damage: str) -> None:
    if "seal = ''" in damage:
        edit(settings, "UPDATE documents SET seal = '' WHERE id = 'pmid:3'")
    else:
        edit(settings, damage)
    mended = mend(settings)
    assert mended.repair.lost == ()
    library = opened(settings.home)
    assert verify_library(library) == []
    assert library.snapshot == held.snapshot
    if "passages" not in damage or "body" in damage or "digest" in damage:  # their numbers, which settle ties, are kept
        assert answer(library) == answer(held)
    versions = library.catalog.history("pmid:1")[0]
    assert [(v.number, v.current) for v in versions] == [(1, False), (2, True)]
    assert add_here(library, *_again(settings, "older.xml")).changes.added == 0


def _again(settings: Settings, *names: str) -> list[Path]:
    """The files by their names, wherever this module wrote them."""
    with closing(sqlite3.connect(settings.home / "library.sqlite")) as connection:
        origins = {o.removeprefix("file:") for (o,) in connection.execute("SELECT DISTINCT origin FROM documents")}
    return [Path(o) for o in sorted(origins) if Path(o).name in names]


def test_a_damaged_document_is_named_out_of_service_and_back_when_its_file_is_added_again(
    settings: Settings, held: Library, files: tuple[Path, Path]
) -> None:
    edit(settings, "UPDATE documents SET body = swap(body, 'drowsiness', 'slumber') WHERE id = 'pmid:2'")
    with pytest.raises(LibraryDamaged, match="pmid:2 version 1"):
        opened(settings.home).catalog.document("pmid:2")
    mended = mend(settings)
    (lost,) = mended.repair.lost
    assert (lost.document_id, lost.version, lost.origin) == ("pmid:2", 1, f"file:{files[0]}")
    assert mended.gone
    assert f"lost: pmid:2 version 1; add file:{files[0]} again" in mended.as_text()
    library = opened(settings.home)
    assert verify_library(library) == []
    with pytest.raises(UnknownDocument):
        library.catalog.document("pmid:2")
    assert ids(library) == ids(held) - {"pmid:2"}
    assert '"pmid:2"' not in json.dumps(answer(library))
    assert add_here(library, files[0]).changes.added == 1
    again = opened(settings.home)
    assert again.catalog.document("pmid:2") == held.catalog.document("pmid:2")
    assert again.snapshot == held.snapshot
    assert [v.number for v in again.catalog.history("pmid:2")[0]] == [1]
    assert verify_library(again) == []


def test_nothing_older_takes_the_place_of_what_is_lost(settings: Settings, held: Library, files: tuple[Path, Path]) -> None:
    """Version 2 of record 1 is damaged; version 1 says something that has been revised since."""
    edit(settings, "UPDATE documents SET body = swap(body, 'eased', 'cured') WHERE id = 'pmid:1' AND version = 2")
    assert mend(settings).gone
    library = opened(settings.home)
    assert [v.current for v in library.catalog.history("pmid:1")[0]] == [False]
    assert add_here(library, files[0]).changes.added == 0
    with pytest.raises(UnknownDocument):
        library.catalog.document("pmid:1")
    add_here(library, files[1])
    assert opened(settings.home).catalog.document("pmid:1") == held.catalog.document("pmid:1")
    assert [(v.number, v.current) for v in library.catalog.history("pmid:1")[0]] == [(1, False), (2, True)]
    assert opened(settings.home).snapshot == held.snapshot


def test_other_content_does_not_take_the_number_of_what_is_lost(settings: Settings, tmp_path: Path) -> None:
    """A span of an old answer names its version: that number must never slice another text."""
    edit(settings, "UPDATE documents SET body = zeroblob(8) WHERE id = 'pmid:2'")
    mend(settings)
    add_here(opened(settings.home), pubmed_file(tmp_path / "revised.xml", [record(2, did="worsened", year=2024)]))
    library = opened(settings.home)
    assert [v.number for v in library.catalog.history("pmid:2")[0]] == [2]
    with pytest.raises(UnknownDocument):
        library.catalog.document("pmid:2", 1)


def test_a_starter_document_comes_back_from_the_package(settings: Settings, held: Library) -> None:
    edit(settings, f"UPDATE documents SET body = zeroblob(8) WHERE id = '{STARTER_DOCUMENT}'")  # noqa: S608
    mended = mend(settings)
    assert [x.document_id for x in mended.repair.lost] == [STARTER_DOCUMENT]
    assert not mended.gone
    assert "it came back with Osler itself" in mended.as_text()
    assert opened(settings.home).snapshot == held.snapshot


def test_a_lost_notice_is_not_passed_over(settings: Settings, held: Library, files: tuple[Path, Path]) -> None:
    edit(settings, "DELETE FROM notices WHERE pmid = '50'")
    mended = mend(settings)
    assert mended.gone
    assert "notices of retraction" in mended.as_text()
    library = opened(settings.home)
    assert library.catalog.document("pmid:50").status.value == "retracted"  # what it was stays, whatever the list has lost
    for file in files:
        assert add_here(library, file).files_known == 0
    assert library.catalog.history("pmid:50")[1] == held.catalog.history("pmid:50")[1]
    assert verify_library(opened(settings.home)) == []


@pytest.mark.parametrize("made", ["by adding", "by restoring"])
@pytest.mark.parametrize("hit", ["first page", "header", "first bytes"])
def test_a_destroyed_beginning_loses_nothing(settings: Settings, held: Library, tmp_path: Path, hit: str, made: str) -> None:
    """Every library begins with the same page, so that it can be put back."""
    if made == "by restoring":
        backup(settings, tmp_path / "b")
        restore(settings, tmp_path / "b")
    file = settings.home / "library.sqlite"
    size = {"first page": PAGE_BYTES, "header": 100, "first bytes": 16}[hit]
    file.write_bytes(b"\xa5" * size + file.read_bytes()[size:])
    with pytest.raises(OslerError):
        answer(opened(settings.home))
    mended = mend(settings)
    assert mended.repair.lost == ()
    assert not mended.gone
    assert answer(opened(settings.home)) == answer(held)
    assert opened(settings.home).snapshot == held.snapshot


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_half_a_file_gives_what_is_proven_and_the_rest_comes_back(
    settings: Settings, held: Library, files: tuple[Path, Path], kept: float
) -> None:
    file = settings.home / "library.sqlite"
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * kept)])
    mended = mend(settings)
    library = opened(settings.home)
    assert verify_library(library) == []
    for document in library.catalog.documents():
        assert document.text == held.catalog.document(document.id).text
    if ids(library) != ids(held):
        assert mended.gone
    for again in files:
        add_here(library, again)
    assert opened(settings.home).snapshot == held.snapshot


def test_a_hole_in_the_middle_is_read_around_and_what_is_gone_is_listed(settings: Settings, held: Library) -> None:
    file = settings.home / "library.sqlite"
    data = bytearray(file.read_bytes())
    middle = len(data) // 2 // PAGE_BYTES * PAGE_BYTES
    data[middle : middle + 6 * PAGE_BYTES] = bytes(6 * PAGE_BYTES)
    file.write_bytes(data)
    before = held.catalog.current_ids()
    mended = mend(settings)
    after = opened(settings.home).catalog.current_ids()
    assert before - after <= {x.document_id for x in mended.repair.lost} or mended.repair.unsure
    assert len(after) > 0.8 * len(before)
    assert verify_library(opened(settings.home)) == []


def test_a_file_of_which_nothing_is_left_is_kept_and_a_new_library_made(settings: Settings) -> None:
    (settings.home / "library.sqlite").write_bytes(b"rubbish" * 4_000)
    mended = mend(settings)
    assert mended.gone
    assert mended.repair.kept is not None
    assert mended.repair.kept.read_bytes() == b"rubbish" * 4_000
    library = opened(settings.home)
    assert (library.snapshot.passages, ids(library)) == (655, set())


def test_a_damaged_index_is_named_and_made_again(settings: Settings, held: Library) -> None:
    build = max((settings.home / "index").glob("build-*"), key=lambda b: b.stat().st_mtime_ns)
    file = max((f for f in build.iterdir() if f.suffix == ".pos"), key=lambda f: f.stat().st_size)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    mended = mend(settings)
    assert (mended.repair.faults, mended.gone) == ((), False)
    assert any("does not match its checksum" in f for f in mended.index_faults)
    assert verify_library(mended.library) == []
    assert answer(opened(settings.home)) == answer(held)


def test_no_room_to_mend_leaves_everything_as_it_is(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(settings, "UPDATE documents SET seal = 'x' WHERE id = 'pmid:2'")
    damaged = (settings.home / "library.sqlite").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copy2", full)
        with pytest.raises(LibraryError, match="No space left"):
            mend(settings)
    assert (settings.home / "library.sqlite").read_bytes() == damaged
    assert not [
        p.name for p in settings.home.iterdir() if p.name.startswith(("library.mended", "library.salvage", "library.pattern"))
    ]
    assert not mend(settings).gone


def test_the_command_says_what_is_out_of_service_with_its_exit_code(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OSLER_HOME", str(settings.home))
    monkeypatch.setattr(sys, "argv", ["osler", "doctor", "--repair", "--json"])
    edit(settings, "UPDATE documents SET body = zeroblob(8) WHERE id = 'pmid:3'")
    for code, lost in ((6, ["pmid:3"]), (0, [])):
        with pytest.raises(SystemExit) as ended:
            main()
        said = json.loads(capsys.readouterr().out)
        assert (int(ended.value.code or 0), [x["document_id"] for x in said["lost"]]) == (code, lost)
