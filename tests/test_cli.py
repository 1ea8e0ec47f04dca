"""The command line: one object on stdout, documented exit codes, one line on stderr for every mistake, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

QUESTION = "What can I give on hemodialysis for back spasms, as an alternative to baclofen?"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cli") / "library"


def run(home: Path, *arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {"OSLER_HOME": str(home), "PYTHONHASHSEED": "random"} | options.pop("environment", {})
    return subprocess.run(
        [sys.executable, "-m", "osler", *arguments], capture_output=True, env=environment, timeout=60, check=False, **options
    )


def test_ask_json_prints_one_object_whose_spans_slice_back(home: Path) -> None:
    done = run(home, "ask", "--json", QUESTION)
    assert (done.returncode, done.stderr) == (0, b"")
    article = json.loads(done.stdout)
    assert article["schema"] == "osler.answer/1"
    for claim in article["claims"][:3]:
        span = claim["citations"][0]["span"]
        shown = run(home, "document", span["document_id"], "--json")
        assert json.loads(shown.stdout)["text"][span["start"] : span["end"]] == span["exact"]


def test_piped_output_is_plain(home: Path) -> None:
    done = run(home, "ask", QUESTION)
    text = done.stdout.decode()
    assert "\x1b" not in text
    assert "\\[" not in text
    assert text.index("FIRST RULE OUT") < text.index("BOTTOM LINE")
    markdown = run(home, "ask", "--markdown", QUESTION).stdout.decode()
    assert markdown.startswith("# Alternatives to baclofen")


def test_explain_shows_frame_run_and_appraisal(home: Path) -> None:
    text = run(home, "ask", "--explain", QUESTION).stdout.decode()
    assert "How the question was read" in text
    assert "Appraisal" in text


def test_a_closed_pipe_is_silent(home: Path) -> None:
    command = f"{sys.executable} -m osler library list | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, env=os.environ | {"OSLER_HOME": str(home)}, check=False)
    assert done.stdout
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["ask", ""], 2, "empty"),
        (["ask", "   "], 2, "empty"),
        (["ask", "🤒🤒"], 2, "no words"),
        (["ask", "x" * 100_000], 2, "100,000 characters"),
        (["ask"], 2, "Missing argument"),
        (["ask", "--audience", "king", "x"], 2, "king"),
        (["document", "pmid:0"], 2, "library list"),
        (["evaluate", "clinical", "/no/such/file"], 2, "/no/such/file"),
        (["nonsense"], 2, "nonsense"),
    ],
)
def test_mistakes(home: Path, arguments: list[str], code: int, message: str) -> None:
    done = run(home, *arguments)
    text = (done.stderr + done.stdout).decode()
    assert done.returncode == code
    assert message in text
    assert "Traceback" not in text


def test_standard_input(home: Path) -> None:
    assert json.loads(run(home, "ask", "--json", "-", input=b"Is tizanidine safe on dialysis?").stdout)["claims"]
    assert run(home, "ask", "-", input=b"\xff\xfe\x00binary").returncode == 2


def test_library_index_and_doctor(home: Path) -> None:
    stats = json.loads(run(home, "library", "stats", "--json").stdout)
    assert set(stats) == {"documents", "passages", "snapshot"}
    assert stats["passages"] == 655
    assert len(run(home, "library", "list").stdout.splitlines()) == stats["documents"]
    assert run(home, "library", "verify").stdout.startswith(b"sound")
    assert run(home, "index", "rebuild").stdout == b"indexed 655 passages\n"
    doctor = json.loads(run(home, "doctor", "--json").stdout)
    assert doctor["faults"] == []
    assert doctor["snapshot"] == stats["snapshot"]
    assert doctor["language model"].startswith("off")


def test_a_library_that_cannot_be_used(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    done = run(blocked, "library", "stats")
    assert (done.returncode, b"Traceback" in done.stderr) == (4, False)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "library.sqlite").write_bytes(b"this is not a database at all" * 100)
    done = run(broken, "ask", QUESTION)
    assert done.returncode == 4
    assert done.stderr.count(b"\n") == 1
