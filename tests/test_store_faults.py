"""A damaged, blocked or half-made library is mended or named in one line with its exit code; it never answers from less."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from osler import sqlite
from osler.__main__ import main
from osler.errors import LibraryLocked
from osler.library.intake import Changes
from osler.pipeline import Library, open_library
from osler.settings import load_settings

QUESTION = "Is methocarbamol safe on dialysis?"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def damaged(library: Library, tmp_path: Path) -> Path:
    """A copy of the starter library, to be damaged."""
    return Path(shutil.copytree(library.settings.home, tmp_path / "library"))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The whole program in this process: exit code, stdout, stderr."""

    def call(home: Path, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setenv("OSLER_HOME", str(home))
        monkeypatch.setattr(sys, "argv", ["osler", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), *capsys.readouterr()

    return call


def answer(run: Run, home: Path) -> dict[str, object]:
    code, out, err = run(home, "ask", "--json", QUESTION)
    assert (code, err) == (0, "")
    value = json.loads(out)
    for name in ("answered_at", "elapsed_ms"):
        value["provenance"].pop(name)
    return dict(value)


def edit(home: Path, statement: str) -> int:
    """The number of rows that the statement changed in the library file. `swap` is `replace` inside a compressed body."""
    with closing(sqlite3.connect(home / "library.sqlite")) as connection, connection:
        connection.create_function(
            "swap", 3, lambda b, old, new: zlib.compress(zlib.decompress(b).replace(old.encode(), new.encode()))
        )
        return connection.execute(statement).rowcount


def refused(run: Run, home: Path, *arguments: str) -> int:
    """The exit code, after making sure that there is one line of reason and nothing else."""
    code, out, err = run(home, *(arguments or ("ask", "--json", QUESTION)))
    assert out == ""
    assert err.startswith("osler: ")
    assert err.count("\n") == 1
    return code


@pytest.mark.parametrize("damage", ["garbage", "half", "hole", "no schema", "no passages", "a folder"])
def test_a_damaged_database_is_named(run: Run, damaged: Path, damage: str) -> None:
    file = damaged / "library.sqlite"
    data = file.read_bytes()
    if damage == "garbage":
        file.write_bytes(b"this is not a database" * 200)
    elif damage == "half":
        file.write_bytes(data[: len(data) // 2])
    elif damage == "hole":
        file.write_bytes(data[:40_960] + b"\0" * 400_000 + data[440_960:])
    elif damage == "no schema":
        edit(damaged, "DELETE FROM meta WHERE key = 'schema'")
    elif damage == "no passages":
        edit(damaged, "DROP TABLE passages")
    else:
        file.unlink()
        file.mkdir()
    assert refused(run, damaged) == 4


@pytest.mark.parametrize("command", [("ask", QUESTION), ("document", "extraction:pmid:28899601")])
@pytest.mark.parametrize("body", ["'{'", "x'7b7d'", "NULL", "7"])
def test_a_damaged_document_is_named(run: Run, damaged: Path, body: str, command: tuple[str, ...]) -> None:
    assert edit(damaged, f"UPDATE OR IGNORE documents SET body = coalesce({body}, zeroblob(3))") > 300  # noqa: S608
    assert refused(run, damaged, *command) == 4


def test_a_damaged_passage_is_named(run: Run, damaged: Path) -> None:
    assert edit(damaged, "UPDATE passages SET body = '{'") == 655
    assert refused(run, damaged) == 4


def test_an_emptied_database_is_made_again(run: Run, damaged: Path) -> None:
    before = answer(run, damaged)
    (damaged / "library.sqlite").write_bytes(b"")
    assert answer(run, damaged) == before


def test_verify_reports_faults_with_their_own_exit_code(run: Run, damaged: Path) -> None:
    assert (
        edit(damaged, "UPDATE documents SET body = swap(body, 'baclofen', 'Baclofen') WHERE id = 'extraction:pmid:28899601'") == 1
    )
    for command in (("library", "verify"), ("doctor", "--json")):
        code, out, err = run(damaged, *command)
        assert (code, err) == (6, "")
        assert "extraction:pmid:28899601 version 1: content does not match its hash" in out


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM passages WHERE row = 5",
        "DELETE FROM passages WHERE document_id = 'extraction:pmid:28899601'",
        """UPDATE passages SET body = replace(body, '"adverse"', '"benefit"')""",
        """UPDATE passages SET body = replace(body, '"drug/baclofen"', '"drug/tizanidine"')""",
    ],
)
def test_verify_finds_lost_and_changed_passages(run: Run, damaged: Path, statement: str) -> None:
    assert edit(damaged, statement) > 0
    assert run(damaged, "library", "verify")[0] == 6


def test_a_home_that_cannot_be_made_is_named(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    assert refused(run, file) == 4
    assert refused(run, file / "below") == 4
    assert file.read_text() == "in the way"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_home_that_is_not_writable_is_named(run: Run, damaged: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        assert refused(run, tmp_path / "new") == 4
    finally:
        tmp_path.chmod(0o700)


def test_another_writer_is_waited_for_and_then_named_and_readers_need_not_wait(
    damaged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.05)
    with closing(sqlite3.connect(damaged / "library.sqlite")) as other:
        other.execute("BEGIN IMMEDIATE")
        library = open_library(load_settings(damaged))
        assert library.snapshot.passages == 655
        with pytest.raises(LibraryLocked, match="another process is writing"), library.catalog.write("test"):
            pytest.fail("a second writer was let in")
        other.rollback()
    with library.catalog.write("test") as writing:
        pass
    assert writing.written.changes == Changes()


@pytest.mark.parametrize("step", ["annotate", "add_document"])
def test_a_first_use_that_was_killed_is_done_again(run: Run, library: Library, tmp_path: Path, step: str) -> None:
    home = tmp_path / "library"
    code = """
import itertools, os, signal, sys
from pathlib import Path
import osler.index.tantivy as index, osler.pipeline as pipeline
from osler.settings import load_settings
calls = itertools.count()
def killing(inner):
    return lambda *a: os.kill(os.getpid(), signal.SIGKILL) if next(calls) == 100 else inner(*a)
if sys.argv[2] == "annotate":
    pipeline.annotate = killing(pipeline.annotate)
else:
    index._document = killing(index._document)
pipeline.open_library(load_settings(Path(sys.argv[1])))
"""
    killed = subprocess.run([sys.executable, "-c", code, str(home), step], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert answer(run, home) == answer(run, library.settings.home)
    assert run(home, "library", "verify")[0] == 0


@pytest.mark.parametrize(
    "damage", ["deleted", "no pointer", "torn pointer", "pointer to nothing", "old stamp", "lost files", "emptied"]
)
def test_a_lost_index_is_made_again_with_the_same_answer(run: Run, damaged: Path, damage: str) -> None:
    before = answer(run, damaged)
    index = damaged / "index"
    pointer = index / "current.json"
    build = next(index.glob("build-*"))
    if damage == "deleted":
        shutil.rmtree(index)
    elif damage == "no pointer":
        pointer.unlink()
    elif damage == "torn pointer":
        pointer.write_text(pointer.read_text()[:20])
    elif damage == "pointer to nothing":
        pointer.write_text(json.dumps({"build": "build-gone", "stamp": "x", "rows": 655}))
    elif damage == "old stamp":
        pointer.write_text(json.dumps(json.loads(pointer.read_text()) | {"stamp": "another library"}))
    elif damage == "lost files":
        shutil.rmtree(build)
        build.mkdir()
    else:
        for file in [f for f in build.iterdir() if f.is_file()]:
            file.write_bytes(b"")
    assert answer(run, damaged) == before


@pytest.mark.parametrize("suffix", [".term", ".idx", ".pos", ".store", ".fieldnorm", ".fast", "meta.json"])
@pytest.mark.parametrize("kept", [0.5, 0.98])
def test_a_truncated_index_file_is_mended_or_named(run: Run, damaged: Path, suffix: str, kept: float) -> None:
    before = answer(run, damaged)
    file = next(f for f in (damaged / "index").rglob("*") if f.name.endswith(suffix))
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * kept)])
    code, out, _ = run(damaged, "ask", "--json", QUESTION)
    assert code in (0, 5)
    if code == 0:
        assert json.loads(out)["claims"] == before["claims"]
    assert run(damaged, "index", "rebuild")[0] == 0
    assert answer(run, damaged) == before


def test_a_file_where_the_index_should_be_is_named(run: Run, damaged: Path) -> None:
    shutil.rmtree(damaged / "index")
    (damaged / "index").write_text("in the way")
    assert refused(run, damaged) != 0
