"""A library outlives kill -9, a full disk, flipped bytes, a second writer and readers at work: nothing acknowledged is lost,
and no answer silently rests on less."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from libraries import add_here, answer, child, ids, library_with, opened, pubmed_file, record
from osler.errors import LibraryLocked, OslerError
from osler.index.base import IndexQuery
from osler.library.lock import only_writer
from osler.pipeline import Library, verify_library
from osler.settings import load_settings
from osler.upkeep import mend

FIRST, SECOND = range(1, 61), range(61, 121)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("files")
    return (
        pubmed_file(folder / "first.xml", (record(n) for n in FIRST), deleted=[7]),
        pubmed_file(folder / "second.xml", (record(n, did="eased", year=2021) for n in (*SECOND, *range(20, 30)))),
    )


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, files: tuple[Path, Path]) -> Library:
    """Both files added without any mishap."""
    return library_with(tmp_path_factory.mktemp("undisturbed"), *files)


@pytest.fixture
def copied(undisturbed: Library, tmp_path: Path) -> Path:
    return Path(shutil.copytree(undisturbed.settings.home, tmp_path / "copied"))


CHILD = """
import itertools, os, signal, sys
from pathlib import Path
import osler.index.tantivy as index, osler.sqlite as store
from libraries import add_here, opened
home, step, nth, when, *files = sys.argv[1:]
library = opened(Path(home))
module, name = {"commit": (store, "_commit"), "row": (index, "_document"), "link": (index, "_link"),
                "sum": (index, "_summed"), "point": (index, "_write_atomically")}[step]
inner, count = getattr(module, name), itertools.count(1)
def dying(*given):
    last = next(count) == int(nth)
    if last and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    done = inner(*given)
    if last:
        os.kill(os.getpid(), signal.SIGKILL)
    return done
setattr(module, name, dying)
for file in files:
    add_here(library, Path(file))
    print(file, flush=True)
"""


@pytest.mark.parametrize(
    ("step", "nth", "when"),
    [
        ("commit", 1, "before"),
        ("commit", 1, "after"),
        ("commit", 4, "after"),
        ("commit", 9, "before"),
        ("commit", 12, "after"),
        ("commit", 19, "after"),
        ("row", 5, "before"),
        ("row", 45, "before"),
        ("row", 110, "before"),
        ("link", 1, "after"),
        ("sum", 2, "before"),
        ("point", 1, "before"),
        ("point", 1, "after"),
        ("point", 3, "before"),
    ],
)
def test_killed_at_any_step_nothing_acknowledged_is_lost_and_the_rest_is_taken_up(
    tmp_path: Path, files: tuple[Path, Path], undisturbed: Library, step: str, nth: int, when: str
) -> None:
    process = child(CHILD, tmp_path / "home", step, nth, when, *files)
    reported = process.communicate(timeout=120)[0].splitlines()
    assert process.returncode == -signal.SIGKILL
    library = opened(tmp_path / "home")
    assert verify_library(library) == []
    expected = ids(undisturbed)
    assert ids(library) - {"pmid:7"} <= expected
    if str(files[0]) in reported:
        assert {f"pmid:{n}" for n in FIRST if n != 7} <= ids(library)
    for file in files:
        add_here(library, file)
    resumed = opened(tmp_path / "home")
    assert resumed.snapshot == undisturbed.snapshot
    assert answer(resumed) == answer(undisturbed)
    assert verify_library(resumed) == []


def test_killed_at_a_random_moment_with_real_workers(tmp_path: Path, files: tuple[Path, Path], undisturbed: Library) -> None:
    home, chance = tmp_path / "home", random.Random(20261125)  # noqa: S311
    opened(home)
    environment = os.environ | {"OSLER_HOME": str(home)}
    add = [sys.executable, "-m", "osler", "add", *map(str, files)]
    for _ in range(3):
        process = subprocess.Popen(add, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
        time.sleep(chance.uniform(0.3, 3.0))
        process.kill()
        reported = process.communicate()[0]
        library = opened(home)
        assert verify_library(library) == []
        assert not reported or ids(library) == ids(undisturbed)
    subprocess.run(add, env=environment, check=True, stdout=subprocess.DEVNULL, timeout=120)
    assert opened(home).snapshot == undisturbed.snapshot


LIMITED = """
import resource, sys
from pathlib import Path
from libraries import add_here, opened
from osler.errors import OslerError
home, room, *files = sys.argv[1:]
library = opened(Path(home))
size = (Path(home) / "library.sqlite").stat().st_size + int(room)
resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
for file in files:
    try:
        add_here(library, Path(file))
    except OslerError as error:
        print(f"{error.exit_code} {error}", flush=True)
        sys.exit(error.exit_code)
    print(file, flush=True)
"""


@pytest.mark.parametrize("room", [0, 40_000, 150_000])
def test_a_file_that_may_not_grow_is_said_and_nothing_is_lost(
    tmp_path: Path, files: tuple[Path, Path], undisturbed: Library, room: int
) -> None:
    """RLIMIT_FSIZE bounds every file of the process, as a quota would."""
    before = opened(tmp_path / "home").snapshot
    process = child(LIMITED, tmp_path / "home", room, *files)
    *reported, last = process.communicate(timeout=120)[0].splitlines()
    assert process.returncode in (4, 5)
    assert "make room" in last
    _still_whole_and_goes_on(tmp_path / "home", files, reported, undisturbed)
    assert before.documents < undisturbed.snapshot.documents


@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="only the superuser can make a small disk")
@pytest.mark.parametrize("spare_kb", [60, 300])
def test_a_full_disk_is_said_and_nothing_is_lost(
    tmp_path: Path, files: tuple[Path, Path], undisturbed: Library, spare_kb: int
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", disk], check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        library = opened(disk / "home")
        asked = answer(library)
        left = os.statvfs(disk)
        (disk / "ballast").write_bytes(bytes(left.f_bavail * left.f_frsize - spare_kb * 1024))
        with pytest.raises(OslerError, match="make room"):
            add_here(library, *files)
        held = opened(disk / "home")
        if held.snapshot == library.snapshot:
            assert answer(held) == asked  # a full disk does not keep anybody from asking
        (disk / "ballast").unlink()
        _still_whole_and_goes_on(disk / "home", files, [], undisturbed)
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def _still_whole_and_goes_on(home: Path, files: tuple[Path, Path], reported: list[str], undisturbed: Library) -> None:
    library = opened(home)
    assert verify_library(library) == []
    if reported:
        assert {f"pmid:{n}" for n in FIRST if n != 7} <= ids(library)
    add_here(library, *files)
    assert opened(home).snapshot == undisturbed.snapshot
    assert answer(opened(home)) == answer(undisturbed)


def positions(size: int, count: int, chance: random.Random) -> list[int]:
    """Some in the first two pages, where a database says what it is, the others anywhere."""
    near = [chance.randrange(min(size, 16_384)) for _ in range(count // 4)]
    return sorted({*near, *(chance.randrange(size) for _ in range(count - len(near)))})


def test_a_flipped_byte_anywhere_is_no_other_answer_and_is_mended(copied: Path, undisturbed: Library) -> None:
    right, chance = answer(undisturbed), random.Random(7)  # noqa: S311
    seen = {"same": 0, "refused": 0}
    for name in sorted(p.relative_to(copied).as_posix() for p in copied.rglob("*") if p.is_file() and p.stat().st_size):
        data = (copied / name).read_bytes()
        for at in positions(len(data), {"library.sqlite": 32, "index/current.json": 4}.get(name, 1), chance):
            home = Path(shutil.copytree(undisturbed.settings.home, copied.parent / "flipped"))
            flipped = bytearray(data)
            flipped[at] ^= 1 << chance.randrange(8)
            (home / name).write_bytes(flipped)
            where = f"byte {at} of {name}"
            try:
                got = answer(opened(home))
            except OslerError:
                seen["refused"] += 1
            else:
                seen["same"] += 1
                assert got == right, where
                if seen["same"] % 8:
                    shutil.rmtree(home)
                    continue
            mended = mend(load_settings(home))
            assert mended.gone or answer(opened(home)) == right, where
            assert verify_library(opened(home)) == [], where
            shutil.rmtree(home)
    assert seen["refused"] > 3
    assert seen["same"] > 20


HOLDER = """
import sys, time
from pathlib import Path
from osler.library.lock import only_writer
with only_writer(Path(sys.argv[1]), "add", 5):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def test_a_second_writer_waits_or_says_who_holds_the_lock(tmp_path: Path, files: tuple[Path, Path]) -> None:
    library = opened(tmp_path / "home")
    process = child(HOLDER, tmp_path / "home", 1.5)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    hasty = replace(library, settings=replace(library.settings, wait_for_writer_s=0.1))
    with pytest.raises(LibraryLocked, match=rf"process {process.pid} \(add\) since .* is writing"):
        add_here(hasty, files[0])
    assert add_here(library, files[0]).changes.added == len(FIRST)
    process.communicate(timeout=30)
    with only_writer(tmp_path / "home", "test", 0.1):
        pass


ADDER = """
import sys
from pathlib import Path
from libraries import add_here, opened
for file in sys.argv[2:]:
    add_here(opened(Path(sys.argv[1])), Path(file))
"""


def found(library: Library) -> set[str]:
    """The documents behind every passage that speaks of methocarbamol."""
    hits = library.index.search(IndexQuery(words="methocarbamol"), 2_000)
    return {source.document_id for _, source in library.catalog.load(h.row for h in hits).values()}


def test_readers_go_on_beside_a_writer_and_never_find_less(tmp_path: Path, files: tuple[Path, Path]) -> None:
    home = tmp_path / "home"
    before = found(library_with(home, files[0]))
    assert len(before) > len(FIRST) - 2
    newer = [
        pubmed_file(tmp_path / f"{year}.xml", (record(n, did="helped", year=year) for n in range(2, 90) if n != 7))
        for year in (2022, 2023, 2024)
    ]
    process = child(ADDER, home, *newer)
    kept_open, seen = opened(home), 0
    while process.poll() is None:
        for library in (kept_open, opened(home)):
            assert before <= found(library)
            assert len(answer(library)["claims"]) > 10
            seen += 1
    assert process.communicate() == ("", None)
    assert process.returncode == 0
    assert seen >= 4
    assert "helped" in json.dumps(answer(opened(home)))


def test_a_library_that_is_read_for_long_delays_a_commit_and_does_not_undo_it(
    tmp_path: Path, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("osler.sqlite.BUSY_TIMEOUT_S", 0.05)
    home = tmp_path / "home"
    reader, writer = opened(home), opened(home)

    def finish_reading() -> Iterator[None]:
        with reader.catalog.store.reading() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM documents").scalar_one()
            yield

    reading = finish_reading()
    next(reading)
    monkeypatch.setattr("osler.sqlite.COMMIT_TIMEOUT_S", 0.2)
    with pytest.raises(LibraryLocked), writer.catalog.write("test"):
        pass
    with pytest.raises(StopIteration):
        next(reading)
    with writer.catalog.write("test") as writing:
        pass
    assert writing.written.sequence == writer.catalog.sequence()


@pytest.mark.parametrize("how", ["reading", "writing"])
def test_an_interrupted_statement_ends_as_an_interruption_and_the_library_goes_on(tmp_path: Path, how: str) -> None:
    library = opened(tmp_path / "home")
    before = library.catalog.snapshot()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with (
        pytest.raises(KeyboardInterrupt),
        getattr(library.catalog.store, how)() as connection,
        patch.object(connection.dialect, "do_execute", interrupted),
    ):
        connection.exec_driver_sql("SELECT 1")
    assert library.catalog.snapshot() == before
    with library.catalog.write("test") as writing:
        writing.intake.retire(["pmid:1"], by_source=True)
    assert verify_library(opened(tmp_path / "home")) == []
