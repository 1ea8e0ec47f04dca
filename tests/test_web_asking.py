"""Asking is bounded and follows the library: 429, 503, recovery, lost processes, documents added meanwhile."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.exceptions import HTTPException

from libraries import pubmed_file, record
from osler.domain.request import Request
from osler.errors import LibraryError, QuestionError
from osler.ingest.add import add
from osler.pipeline import Library, Understood, ask, open_library
from osler.settings import load_settings
from osler.web import keeper
from osler.web.answering import Answerer
from osler.web.app import create_app
from osler.web.asking import Asking
from osler.web.found import Found
from osler.web.keeper import Keeper
from osler.web.serving import Serving
from web_client import BACLOFEN, Reader


@pytest.fixture
def small(library: Library) -> Iterator[tuple[Asking, threading.Event]]:
    """One thread and two places to wait, and what lets the thread go."""
    asking = Asking(library.settings, Serving(workers=1, waiting=2, at_once=2))
    gate = threading.Event()
    yield asking, gate
    gate.set()
    asking.close()


def test_too_many_are_sent_away_at_once_and_told_when_to_come_back(small: tuple[Asking, threading.Event]) -> None:
    asking, gate = small
    waiting = [asking.submit(owner, gate.wait) for owner in ("a", "a", "b")]
    for owner, status in (("a", 429), ("c", 503), ("b", 503)):
        with pytest.raises(HTTPException) as refused:
            asking.submit(owner, gate.wait)
        assert refused.value.status_code == status
        assert int((refused.value.headers or {})["Retry-After"]) >= 1
    gate.set()
    assert all(f.result(10) for f in waiting)
    assert asking.submit("c", lambda: 7).result(10) == 7


def test_a_question_that_breaks_gives_its_place_back(small: tuple[Asking, threading.Event]) -> None:
    asking, _ = small
    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            asking.submit("a", lambda: 1 // 0).result(10)


def test_a_full_server_answers_with_a_page_and_recovers(library: Library) -> None:
    app = create_app(library.settings, Serving(workers=1, waiting=0, at_once=9))
    gate, reader = threading.Event(), Reader(app)
    reader.get("/")
    held = app.state.site.asking.submit("somebody", gate.wait)
    for headers in ({}, {"accept": "text/event-stream"}):
        answer = reader.post("/ask", headers=headers, question=BACLOFEN)
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert "Too many people" in answer.text
    gate.set()
    held.result(10)
    assert reader.ask().startswith("/a/")


def test_a_process_answers_as_the_pipeline_does_with_its_stages(library: Library) -> None:
    answerer = Answerer(library.settings)
    try:
        stages: list[Understood | Found] = []
        article = answerer.answer(Request((BACLOFEN,)), stages.append).article
        assert article.answer_id == ask(library, BACLOFEN).answer_id
        assert [type(s) for s in stages] == [Understood, Found]
        found = stages[1]
        assert isinstance(found, Found)
        assert found.passages >= found.direct + found.indirect > 0
        assert [n.is_direct for n in found.nearest] == sorted((n.is_direct for n in found.nearest), reverse=True)
        with pytest.raises(QuestionError, match="empty"):
            answerer.answer(Request((" ",)), lambda _: None)
        os.kill(answerer._process.pid or 0, signal.SIGKILL)
        with pytest.raises(LibraryError, match="lost"):
            answerer.answer(Request((BACLOFEN,)), lambda _: None)
        assert answerer.answer(Request((BACLOFEN,)), lambda _: None).article.claims
    finally:
        answerer.close()


def test_what_was_added_meanwhile_is_answered_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "REOPEN_PAUSE_S", 0.0)
    settings = load_settings(tmp_path / "home")
    kept = Keeper(settings)
    before = kept.library()
    assert kept.library() is before
    add(open_library(settings), [str(pubmed_file(tmp_path / "made.xml", [record(900)]))])
    after = kept.library()
    assert after.snapshot.documents == before.snapshot.documents + 1
    assert kept.library() is after


def test_the_command_serves_and_leaves_no_process_behind(tmp_path: Path) -> None:
    environment = os.environ | {"OSLER_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "osler", "serve", "--port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.match(r"Osler is at http://127\.0\.0\.1:(\d+)/ ", line)
        assert found, line
        with socket.create_connection(("127.0.0.1", int(found[1])), 10) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"server: uvicorn" not in answer.lower()
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        started = [int(c) for c in children.read_text().split()] if children.exists() else []
        process.terminate()
        assert process.wait(30) in (0, -signal.SIGTERM)
    left = started
    for _ in range(100):  # the process that multiprocessing starts for itself ends a moment after its parent
        left = [c for c in started if Path(f"/proc/{c}").exists() and "(Z)" not in Path(f"/proc/{c}/stat").read_text()]
        if not left:
            break
        time.sleep(0.1)
    assert left == []


def test_a_demonstration_is_not_shown_to_a_network() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "osler", "serve", "--demo", "--host", "192.0.2.1"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "this machine only" in " ".join(done.stderr.split())
