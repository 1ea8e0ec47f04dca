"""A whole review on the command line, each step by a person with a password; nothing of a secret on the screen."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from osler.accounts import passwords
from osler.article.assemble import to_json
from osler.cli import app
from osler.cli_common import FAULTS_FOUND
from osler.errors import Refused, SignInRefused
from osler.pipeline import ask, open_library
from osler.settings import load_settings

PASSWORD = "seven quiet herons"  # noqa: S105
TITLE = "Methocarbamol for back pain on hemodialysis"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    passwords._hasher.cache_clear()
    passwords._nobody.cache_clear()
    monkeypatch.setattr(passwords, "COST", {"time_cost": 1, "memory_cost": 64, "parallelism": 1})
    monkeypatch.setenv("OSLER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OSLER_AUDIT_HEAD", str(tmp_path / "elsewhere" / "head"))
    yield tmp_path
    passwords._hasher.cache_clear()
    passwords._nobody.cache_clear()


def run(*words: str, typed: str = PASSWORD) -> str:
    """What it prints; its own errors are raised."""
    done: Result = CliRunner().invoke(app, [*words], input=f"{typed}\n", catch_exceptions=True)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert typed == "" or typed not in done.output
    assert done.exit_code in (0, FAULTS_FOUND)
    return done.output


def refused(*words: str) -> str:
    with pytest.raises(Refused) as error:
        run(*words)
    return str(error.value)


def test_from_an_answer_to_a_retraction(home: Path) -> None:
    for login, role in (("ann", "author"), ("rea", "reviewer"), ("rob", "reviewer"), ("ed", "editor")):
        run("user", "add", login, "--name", f"{login.title()} Quill", "--role", role, "--credentials", "PharmD")
    assert "/password/" in run("user", "add", "ria", "--name", "Ria Stone", "--role", "reviewer", typed="")
    file = home / "answer.json"
    file.write_text(to_json(ask(open_library(load_settings()), "Is methocarbamol safe on hemodialysis for back pain?")))
    assert refused("review", "submit", str(file), "--title", "For Mrs Jones", "--as", "ann") == "name in title at 4 to 13"
    assert run("review", "submit", str(file), "--title", TITLE, "--as", "ann").startswith("r1  submitted  version 1")
    for reviewer in ("rea", "rob"):
        shown = run("review", "assign", "r1", reviewer, "--as", "ed")
        assert "declared on" in run("user", "disclose", reviewer)
    seen = shown.split("version 1  ")[1][:12]
    assert run("review", "comment", "r1", "For whom?", "--claim", "c1", "--as", "rob") == "comment 1\n"
    assert "open comment" in refused("review", "approve", "r1", seen, "--as", "rea")
    run("review", "close", "1", "answered", "--as", "rob")
    assert "under review" in run("review", "approve", "r1", seen, "--as", "rea")
    assert "approved" in run("review", "approve", "r1", seen, "--as", "rob")
    assert "only for editor" in refused("review", "publish", "r1", seen, "--as", "rob")
    assert "address methocarbamol-for-back-pain-on-hemodialysis" in run("review", "publish", "r1", seen, "--as", "ed")
    assert "signatures that count: 2 of 2" in run("review", "show", "r1", "--as", "rea")
    assert run("audit", "verify").startswith("whole: ")
    run("review", "flag", "r1", "A reader reported a wrong dose", "--as", "rea")
    run("review", "reopen", "r1", "--as", "ed")
    run("review", "edit", "r1", seen, "--remove", "c2", "--as", "ann")
    assert "removed: " in run("review", "diff", "r1", "1", "2", "--as", "ed")
    assert "retracted" in run("review", "retract", "r1", "--reason", "The dose was that of another drug", "--as", "ed")
    assert "r1" in run("review", "erase", "r1")
    assert run("audit", "verify").startswith("whole: ")
    raw = sqlite3.connect(home / "home" / "desk" / "desk.sqlite")
    raw.execute("DROP TRIGGER audit_keeps_all")
    raw.execute("DELETE FROM audit WHERE seq = 9")
    raw.commit()
    raw.close()
    assert "row 9 is gone" in run("audit", "verify")
    assert len((home / "elsewhere" / "head").read_text().splitlines()) == len(
        (home / "home" / "desk" / "audit.head").read_text().splitlines()
    )


def test_people_are_listed_changed_and_kept_out(home: Path) -> None:
    run("user", "add", "rea", "--name", "Rea Quill", "--role", "reviewer", "--role", "author")
    with pytest.raises(SignInRefused):
        run("review", "list", "--as", "rea", typed="another password")
    assert run("review", "list", "--as", "rea") == ""
    run("user", "roles", "rea", "--role", "reviewer")
    assert json.loads(run("user", "list", "--json")) == {
        "id": "u1", "login": "rea", "name": "Rea Quill", "credentials": "", "roles": ["reviewer"], "active": True, "declared": None,
    }  # fmt: skip
    run("user", "disable", "rea")
    with pytest.raises(SignInRefused):
        run("review", "list", "--as", "rea")
    run("user", "enable", "rea")
    run("user", "password", "rea", typed="nine loud kestrels here")
    run("review", "list", "--as", "rea", typed="nine loud kestrels here")
    head = run("audit", "head")
    assert head.split()[0] == str(len((home / "elsewhere" / "head").read_text().splitlines()))


def test_the_policy_is_shown_changed_and_bounded(home: Path) -> None:
    assert run("review", "policy").splitlines()[0] == "quorum: 2"
    assert run("review", "policy", "--quorum", "3", "--review-days", "180").splitlines()[::2] == [
        "quorum: 3",
        "review_after_days: 180",
    ]
    assert "quorum is from 1" in refused("review", "policy", "--quorum", "0")
    assert run("review", "watch") == ""
