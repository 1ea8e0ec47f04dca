"""Many at once, and a process that is killed: nothing slips past an approval, nothing is done by half."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from desks import TITLE, approved, people_of, staffed_desk, submitted, under_review
from osler import audit
from osler.domain.account import Actor
from osler.domain.article import ReviewState
from osler.errors import Conflict, Refused
from osler.language.lexicon import Lexicon
from osler.review import check, history, public, release, threads
from osler.review import desk as at_desk
from osler.review.steps import Retitle
from osler.review.store import Desk

S = ReviewState
PLACE = str(Path(__file__).parent)


def race(*acts: Callable[[], object]) -> list[BaseException | object]:
    """All at once, each on its own thread; what each gave or raised, in their order."""
    results: list[BaseException | object] = [None] * len(acts)
    gate = threading.Barrier(len(acts))

    def run(n: int, act: Callable[[], object]) -> None:
        gate.wait()
        try:
            results[n] = act()
        except Refused as error:
            results[n] = error

    racers = [threading.Thread(target=run, args=(n, act)) for n, act in enumerate(acts)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    return results


def agrees(desk: Desk) -> None:
    assert check.faults_of(desk) == ()
    assert desk.verify_audit() == ()


@pytest.mark.parametrize("_again", range(5))
def test_of_an_edit_and_a_last_signature_at_once_no_signature_is_left_under_the_new_text(
    tmp_path: Path, lexicon: Lexicon, _again: int
) -> None:
    desk = staffed_desk(tmp_path)
    people = people_of(desk)
    case = under_review(desk, people)
    at_desk.approve(desk, people["rea"], case.id, case.content_hash)
    signed, edited = race(
        lambda: at_desk.approve(desk, people["rob"], case.id, case.content_hash),
        lambda: at_desk.edit(desk, people["ann"], case.id, case.content_hash, [Retitle("Changed")], lexicon),
    )
    held = history.case_file(desk, people["ed"], case.id)
    assert not isinstance(edited, BaseException)
    assert (held.case.state, held.case.title, held.counting) == (S.UNDER_REVIEW, "Changed", ())
    assert isinstance(signed, Conflict) or len(held.approvals) == 2
    agrees(desk)


@pytest.mark.parametrize("_again", range(5))
def test_what_is_published_while_it_is_edited_is_what_was_signed(tmp_path: Path, lexicon: Lexicon, _again: int) -> None:
    desk = staffed_desk(tmp_path)
    people = people_of(desk)
    case = approved(desk, people)
    edits = [
        (lambda n=n: at_desk.edit(desk, people["ann"], case.id, case.content_hash, [Retitle(f"Changed {n}")], lexicon))
        for n in range(3)
    ]
    out, *edited = race(lambda: release.publish(desk, people["ed"], case.id, case.content_hash), *edits)
    won = [e for e in (out, *edited) if not isinstance(e, BaseException)]
    assert len(won) == 1, "one of them, and everybody else has read another text"
    listed = public.listing(desk)
    assert [e.title for e in listed] == ([TITLE] if won[0] is out else [])
    agrees(desk)


def test_of_many_edits_of_one_text_one_wins(tmp_path: Path, lexicon: Lexicon) -> None:
    desk = staffed_desk(tmp_path)
    people = people_of(desk)
    case = submitted(desk, people)
    results = race(*[
        (lambda n=n: at_desk.edit(desk, people["ann"], case.id, case.content_hash, [Retitle(f"Title {n}")], lexicon)) for n in range(6)
    ])  # fmt: skip
    assert sum(isinstance(r, Conflict) for r in results) == 5
    assert history.case_file(desk, people["ed"], case.id).case.version == 2
    agrees(desk)


def test_one_reviewer_on_many_screens_signs_once(tmp_path: Path) -> None:
    desk = staffed_desk(tmp_path)
    people = people_of(desk)
    case = under_review(desk, people)
    results = race(*[lambda: at_desk.approve(desk, people["rea"], case.id, case.content_hash)] * 6)
    assert sum(isinstance(r, Refused) for r in results) == 5
    held = history.case_file(desk, people["ed"], case.id)
    assert (held.case.state, len(held.approvals)) == (S.UNDER_REVIEW, 1)
    agrees(desk)


def test_a_comment_and_a_last_signature_at_once(tmp_path: Path) -> None:
    desk = staffed_desk(tmp_path)
    people = people_of(desk)
    case = under_review(desk, people)
    at_desk.approve(desk, people["rea"], case.id, case.content_hash)
    race(
        lambda: threads.open_thread(desk, people["ria"], case.id, "Wait."),
        lambda: at_desk.approve(desk, people["rob"], case.id, case.content_hash),
    )
    with pytest.raises(Refused):
        release.publish(desk, people["ed"], case.id, case.content_hash)
    agrees(desk)


EDITOR = """
import sys
from pathlib import Path
from desks import people_of
from osler.errors import Refused
from osler.language.lexicon import default_lexicon
from osler.review import desk as at_desk, history
from osler.review.steps import Retitle
from osler.review.store import Desk
desk = Desk(Path(sys.argv[1]))
people, lexicon = people_of(desk), default_lexicon()
print("ready", flush=True)
sys.stdin.readline()
n = 0
while True:
    seen = history.case_file(desk, people["ann"], "r1").case.content_hash
    try:
        at_desk.edit(desk, people["ann"], "r1", seen, [Retitle(f"Title {sys.argv[2]} {n}")], lexicon)
    except Refused:
        pass
    n += 1
"""


def process(home: Path, name: str) -> subprocess.Popen[str]:
    made = subprocess.Popen(
        [sys.executable, "-c", EDITOR, str(home), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": PLACE},
    )  # fmt: skip
    assert made.stdout is not None
    assert made.stdout.readline() == "ready\n"
    return made


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_another_process_that_edits_all_the_time_gets_nothing_past_an_approval(tmp_path: Path) -> None:
    desk = staffed_desk(tmp_path)
    people = people_of(desk)
    case = under_review(desk, people)
    other = process(tmp_path, "x")
    go(other)
    until = time.monotonic() + 3
    try:
        while history.case_file(desk, people["ed"], case.id).case.version == 1 and time.monotonic() < until + 20:
            time.sleep(0.01)
        while time.monotonic() < until:
            _sign_and_publish(desk, people, case.id)
    finally:
        end(other)
    assert history.case_file(desk, people["ed"], case.id).case.version > 1
    for entry in public.listing(desk):
        page = public.published(desk, entry.slug)
        assert page is not None
        assert page.article is not None
        assert len(page.article.review.reviewers) == 2
        assert page.article.review.content_hash is not None
    agrees(desk)


def _sign_and_publish(desk: Desk, people: dict[str, Actor], case_id: str) -> None:
    """Two signatures and a publication of one text, as far as they come."""
    seen = history.case_file(desk, people["ed"], case_id).case.content_hash
    with suppress(Refused):
        at_desk.approve(desk, people["rea"], case_id, seen)
        at_desk.approve(desk, people["rob"], case_id, seen)
        release.publish(desk, people["ed"], case_id, seen)


@pytest.mark.parametrize("after_s", [0.05, 0.12, 0.21, 0.33])
def test_a_process_that_is_killed_leaves_no_half_of_anything(tmp_path: Path, after_s: float) -> None:
    desk = staffed_desk(tmp_path)
    people = people_of(desk)
    submitted(desk, people)
    desk.close()
    editors = [process(tmp_path, name) for name in "ab"]
    for editor in editors:
        go(editor)
    time.sleep(after_s)
    for editor in editors:
        end(editor)
    again = Desk(tmp_path)
    agrees(again)
    held = history.case_file(again, people["ed"], "r1")
    assert [v.number for v in held.versions] == list(range(1, held.case.version + 1))
    assert history.content(again, people["ed"], "r1").article.title == held.case.title
    with again.reading() as connection:
        edits = sum(e.action == "review.edit" for e in audit.entries(connection))
        rows = audit.last_number(connection)
    assert edits == held.case.version - 1
    assert len((tmp_path / "desk" / "audit.head").read_text().splitlines()) == rows


def test_killed_between_commit_and_head_the_next_opening_witnesses_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = staffed_desk(tmp_path)
    people = people_of(desk)

    def killed(_self: Desk) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Desk, "witness", killed)
    with pytest.raises(KeyboardInterrupt):
        submitted(desk, people)
    monkeypatch.undo()
    assert desk.verify_audit() == ()
    assert sqlite3.connect(desk.path).execute("SELECT count(*) FROM review_cases").fetchone() == (1,)
    head = tmp_path / "desk" / "audit.head"
    before = len(head.read_text().splitlines())
    Desk(tmp_path)
    assert len(head.read_text().splitlines()) == before + 2
