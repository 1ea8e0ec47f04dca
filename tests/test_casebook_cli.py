"""The verbs of stored answers: what they print, their exit codes, and that nothing of the store ever keeps an answer back."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from casebooks import WORDS, casebook_in, notice_file
from libraries import add_here, opened
from osler.__main__ import main
from osler.casebook.traces import traces
from osler.pipeline import Library

QUESTION = "Is methocarbamol safe on dialysis?"
OTHER = "Is tizanidine with ciprofloxacin safe?"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def home(library: Library, tmp_path: Path) -> Path:
    return Path(shutil.copytree(library.settings.home, tmp_path / "home"))


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The whole program in this process: exit code, stdout, stderr."""
    for name in ("OSLER_KEEP", "OSLER_RETENTION_DAYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OSLER_HOME", str(home))

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["osler", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), *capsys.readouterr()

    return call


def ask(run: Run, *arguments: str) -> dict[str, Any]:
    code, out, err = run("ask", "--json", *arguments)
    assert (code, err) == (0, "")
    value: dict[str, Any] = json.loads(out)
    return value


def test_an_answer_is_stored_listed_shown_and_replayed(run: Run) -> None:
    article = ask(run, QUESTION)
    code, out, _ = run("history", "--json")
    (row,) = [json.loads(line) for line in out.splitlines()]
    assert (row["answer_id"], row["turns"], row["times"], row["owner"]) == (article["answer_id"], [QUESTION], 1, None)
    assert "key" not in row
    code, out, err = run("show", article["answer_id"], "--json")
    assert (code, json.loads(out), err) == (0, article, "")
    code, out, _ = run("show", article["answer_id"])
    assert out.startswith("Stored answer of ")
    assert article["claims"][0]["text"] in out
    assert run("show", article["answer_id"], "--markdown")[1].startswith("> Stored answer of ")
    assert run("replay", article["answer_id"])[:2] == (0, f"{article['answer_id']}: identical, byte for byte but for the time\n")
    assert run("replay", "--all")[:2] == (0, "stored answers: 1; 1 identical, 0 same words, 0 different, 0 refused\n")
    assert run("watch")[:2] == (0, "0 of 1 stored answers rest on documents that have changed since\n")


def test_a_question_with_half_a_character_or_a_command_to_the_terminal_is_stored_as_it_was_read(run: Run) -> None:
    given = ask(run, "Is methocarbamol\udcff\x1b[31m safe\u202e on dialysis?")
    code, out, _ = run("history")
    assert code == 0
    assert "Is methocarbamol [31m safe on dialysis?" in out
    assert "\x1b" not in out
    assert run("replay", given["answer_id"])[0] == 0


@pytest.mark.parametrize(
    "verb", [("show",), ("export",), ("replay",), ("erase",), ("ask", "and warfarin?", "--follow")], ids=" ".join
)
def test_an_id_that_is_no_text_is_an_unknown_one(run: Run, verb: tuple[str, ...]) -> None:
    code, out, err = run(*verb, "\udcff")
    assert (code, out) == (2, "")
    assert "no answer of this id is stored" in err


def test_the_history_is_short_for_a_reader_and_says_what_it_leaves_out(run: Run, home: Path) -> None:
    assert run("history")[1] == "no answers are stored\n"
    first = ask(run, QUESTION)["answer_id"]
    ask(run, OTHER)
    ask(run, OTHER)
    with closing(sqlite3.connect(home / "desk" / "desk.sqlite")) as connection, connection:
        connection.execute("UPDATE answers SET owner = 'account:9' WHERE answer_id = ?", (first,))
    lines = run("history")[1].splitlines()
    assert len(lines) == 2
    assert lines[0].endswith(f"{OTHER} (given 2 times)")
    assert lines[1] == "and 1 of accounts; --everyone shows them"
    lines = run("history", "--everyone", "--limit", "1")[1].splitlines()
    assert lines[1] == "and 1 more; --limit shows more"
    assert "[account:9]" in run("history", "--everyone")[1]


@pytest.mark.parametrize("how", ["flag", "setting"])
def test_keeping_can_be_switched_off(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    if how == "setting":
        monkeypatch.setenv("OSLER_KEEP", "0")
    ask(run, *(["--no-keep"] if how == "flag" else []), f"Is methocarbamol safe on dialysis for Mrs {WORDS}?")
    assert not (home / "desk").exists()
    assert traces([home], WORDS.split()).places == ()


def test_a_follow_up_asks_on_with_the_facts_and_reader_of_the_answer_before(run: Run, home: Path) -> None:
    first = ask(run, "--audience", "nurse", "--age", "70", "--medicine", "tizanidine", QUESTION)
    second = ask(run, "--follow", first["answer_id"], "--egfr", "20", "--medicine", "ciprofloxacin", "Is tizanidine safe?")
    assert second["question"]["audience"] == "nurse"
    stored = casebook_in(home).find(second["answer_id"])
    assert stored.kept.follows == first["answer_id"]
    assert stored.request.turns == (QUESTION, "Is tizanidine safe?")
    given = stored.request.given
    assert (given.age_years, given.egfr, given.medicines) == (70, 20, ("tizanidine", "ciprofloxacin"))
    other = ask(run, "--follow", first["answer_id"], "--audience", "patient", "Is tizanidine safe?")
    assert other["question"]["audience"] == "patient"
    assert "follow-up 1: Is tizanidine safe?" in run("history")[1]


def test_two_answers_side_by_side(run: Run) -> None:
    first, second = ask(run, QUESTION)["answer_id"], ask(run, OTHER)["answer_id"]
    code, out, _ = run("diff", first, second)
    assert code == 0
    assert out.startswith(f"before: {first}, ")
    assert "- question: Is methocarbamol safe on dialysis?" in out
    assert f"+ question: {OTHER}" in out
    value = json.loads(run("diff", first, second, "--json")[1])
    assert (value["before"], value["after"], value["counts"]["same"]) == (first, second, 0)
    assert json.loads(run("diff", first, first, "--json")[1])["parts"] == []


def test_a_retraction_is_flagged_shown_first_and_replayed_with_its_cause(run: Run, home: Path, tmp_path: Path) -> None:
    article = ask(run, QUESTION)
    ask(run, "Suspected cauda equina syndrome: what now?")
    cited = next(r for r in article["references"] if r["pmid"])
    add_here(opened(home), notice_file(tmp_path / "r.csv", "Retraction", int(cited["pmid"])))
    document = cited["document_id"]
    code, out, err = run("show", article["answer_id"])
    assert code == 0
    assert out.splitlines()[1].startswith(f"SINCE THEN [{cited['number']}] {document}: retracted, since 2024-03-04")
    code, out, err = run("show", article["answer_id"], "--json")
    assert json.loads(out) == article
    assert f"{document}: retracted" in err
    code, out, _ = run("watch", "--json")
    flagged = json.loads(out)["flagged"]
    assert code == 6
    assert [(f["answer_id"], [d["document_id"] for d in f["documents"]]) for f in flagged] == [(article["answer_id"], [document])]
    assert flagged[0]["difference"]["counts"]["removed"] > 0
    code, out, _ = run("watch")
    assert (code, out.splitlines()[0]) == (6, "1 of 2 stored answers rest on documents that have changed since")
    assert "asked again it differs:" in out
    code, out, _ = run("replay", article["answer_id"])
    assert code == 6
    assert f"why: library: snapshot {article['provenance']['library_snapshot']} → " in out
    assert f"{document} retracted" in out
    code, out, _ = run("replay", "--all", "--json")
    assert json.loads(out)["counts"] == {"identical": 0, "same words": 1, "different": 1, "refused": 0}


def test_erasing_proves_it_and_asks_before_it_takes_all(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ask(run, f"Is methocarbamol safe on dialysis for Mrs {WORDS}?")["answer_id"]
    ask(run, OTHER)
    code, out, _ = run("erase", first)
    assert code == 0
    assert out.splitlines()[:2] == ["erased: 1", f"  {first}"]
    assert out.splitlines()[2].startswith("traces left: 0, in ")
    assert traces([home], WORDS.split()).places == ()
    assert run("show", first)[0] == 2
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert run("erase", "--all")[0] == 1
    assert len(run("history")[1].splitlines()) == 1
    assert json.loads(run("erase", "--all", "--yes", "--json")[1])["traces"] == []
    assert run("history")[1] == "no answers are stored\n"


def test_words_that_are_left_anywhere_are_named_by_place_with_an_exit_code(run: Run, home: Path) -> None:
    question = f"Is methocarbamol safe on dialysis for Mrs {WORDS} of Lower Wallop?"
    first = ask(run, question)["answer_id"]
    (home / "notes.txt").write_text(question, encoding="utf-8")
    code, out, err = run("erase", first)
    assert (code, err) == (6, "")
    assert out.splitlines()[-1] == "  notes.txt"
    assert WORDS not in out


@pytest.mark.parametrize("damage", ["garbage", "a folder", "locked out"])
def test_an_answer_is_shown_whatever_ails_the_store(run: Run, home: Path, damage: str) -> None:
    desk = home / "desk"
    if damage == "locked out":
        desk.write_text("in the way")
    else:
        desk.mkdir()
        if damage == "a folder":
            (desk / "desk.sqlite").mkdir()
        else:
            (desk / "desk.sqlite").write_bytes(b"no database" * 500)
    marked = f"Is methocarbamol safe on dialysis for Mrs {WORDS}?"
    code, out, err = run("ask", "--json", marked)
    assert code == 0
    assert json.loads(out)["claims"]
    assert err.startswith("osler: this answer was not stored: ")
    assert err.count("\n") == 1
    assert not [w for w in WORDS.split() if w in err]
    for verb in (("history",), ("show", "x"), ("replay", "--all"), ("watch",), ("erase", "--all", "--yes")):
        code, out, err = run(*verb)
        assert (code, out, err.count("\n")) == (4, "", 1)
    code, out, _ = run("doctor", "--json")
    assert code == 6
    assert "stored answers: " in json.loads(out)["faults"][0]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("show", "no such"), 2),
        (("replay", "no such"), 2),
        (("replay",), 2),
        (("replay", "x", "--all"), 2),
        (("diff", "no", "such"), 2),
        (("erase",), 2),
        (("erase", "no such"), 2),
        (("erase", "x", "--all"), 2),
        (("erase", "--before", "tomorrow"), 2),
        (("ask", "--follow", "no such", "And in pregnancy?"), 2),
        (("history", "--limit", "0"), 2),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(run: Run, arguments: tuple[str, ...], code: int) -> None:
    got, out, err = run(*arguments)
    assert (got, out) == (code, "")
    assert "Traceback" not in err
    assert "no such" not in err  # what was typed may be a question
    assert err


def test_retention_is_kept_by_every_verb_that_opens_the_store(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(run, f"Is methocarbamol safe on dialysis for Mrs {WORDS}?")
    with closing(sqlite3.connect(home / "desk" / "desk.sqlite")) as connection, connection:
        connection.execute("UPDATE answers SET last_at = '2020-01-01T00:00:00.000+00:00'")
    monkeypatch.setenv("OSLER_RETENTION_DAYS", "365")
    ask(run, OTHER)
    assert len(run("history")[1].splitlines()) == 1
    assert traces([home], WORDS.split()).places == ()
    monkeypatch.setenv("OSLER_RETENTION_DAYS", "soon")
    assert run("history")[0] == 2


def test_a_backup_and_a_restore_say_what_became_of_stored_answers(run: Run, tmp_path: Path) -> None:
    ask(run, QUESTION)
    assert "stored answers: 1, snapshot" in run("backup", str(tmp_path / "b"))[1]
    assert "stored answers: 0, snapshot" in run("backup", str(tmp_path / "c"), "--no-answers")[1]
    run("erase", "--all", "--yes")
    out = run("restore", str(tmp_path / "b"))[1]
    assert out.splitlines()[-1] == "stored answers: 0, of them from the backup: 0; erased since and left out: 1"
