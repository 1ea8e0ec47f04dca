"""A stored answer is what was given, with all that it was made from; stored again it is not lost, and nobody else's."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casebooks import asked, casebook_in, kept, request
from libraries import child
from osler.article.assemble import to_json
from osler.casebook import store
from osler.casebook.keep import keep, making, trail
from osler.casebook.record import content_of, pack_trail, unpack_trail
from osler.casebook.store import EVERYONE, Casebook, open_casebook
from osler.domain.codec import encode
from osler.domain.question import Audience
from osler.domain.request import Given
from osler.errors import LibraryDamaged, LibraryError, OslerError, UnknownAnswer, UserError
from osler.pipeline import Library, answer_request
from osler.settings import Settings, load_settings

QUESTION = "Is methocarbamol safe on dialysis?"


@pytest.fixture
def home(library: Library, tmp_path: Path) -> Path:
    """A copy of the starter library, for other processes to keep answers beside."""
    return Path(shutil.copytree(library.settings.home, tmp_path / "home"))


@pytest.fixture
def casebook(tmp_path: Path) -> Iterator[Casebook]:
    made = casebook_in(tmp_path)
    yield made
    made.close()


def test_what_was_given_comes_back_byte_for_byte_with_all_it_was_made_from(casebook: Casebook, library: Library) -> None:
    facts = Given(age_years=70, weight_kg=60.5, medicines=("tizanidine",), pregnant=False)
    wanted = request(QUESTION, audience=Audience.PHARMACIST, given=facts)
    answer = answer_request(library, wanted)
    keep(casebook, library, answer, wanted)
    stored = casebook.find(answer.article.answer_id)
    assert json.dumps(stored.published, ensure_ascii=False, indent=2) + "\n" == to_json(answer.article)
    assert stored.article == answer.article
    assert stored.request == wanted
    assert stored.making == making(library, answer.article.provenance.engine, library.snapshot.id)
    assert stored.making.max_claims == library.settings.max_claims
    back, whole = stored.trail, trail(answer)
    assert back == replace(whole, run=tuple(replace(f, score=float(f"{f.score:.6g}")) for f in whole.run))
    assert (len(back.run), len(back.appraisal)) == (len(answer.profile.run.hits), len(answer.profile.items))
    assert [f.rank for f in back.run] == list(range(1, len(back.run) + 1))


def test_the_same_answer_again_is_the_same_entry_with_a_later_time(casebook: Casebook, library: Library) -> None:
    first = kept(casebook, library, QUESTION)
    before = casebook.find(first.answer_id).published
    second = kept(casebook, library, QUESTION)
    assert (second.key, second.times, second.first_at) == (first.key, 2, first.first_at)
    assert second.last_at >= first.last_at
    assert casebook.find(first.answer_id).published == before
    assert casebook.count() == 1


def test_another_answer_under_the_same_id_does_not_take_its_place(casebook: Casebook, library: Library) -> None:
    """The id does not cover every setting."""
    first = kept(casebook, library, QUESTION)
    fewer = replace(library, settings=replace(library.settings, max_claims=4))
    second = kept(casebook, fewer, QUESTION)
    assert first.answer_id == second.answer_id
    assert first.key != second.key
    assert sorted(len(s.article.claims) for s in casebook.each())[0] == 4
    assert len(casebook.find(first.answer_id).article.claims) == 4


def test_answers_are_listed_the_latest_first_each_owner_s_own(casebook: Casebook, library: Library) -> None:
    here = kept(casebook, library, QUESTION)
    theirs = kept(casebook, library, QUESTION, owner="account:7")
    other = kept(casebook, library, "Is tizanidine with ciprofloxacin safe?", owner="account:8")
    assert [k.key for k in casebook.listed()] == [other.key, theirs.key, here.key]
    assert [k.key for k in casebook.listed(None)] == [here.key]
    assert [k.key for k in casebook.listed("account:7")] == [theirs.key]
    assert casebook.listed(EVERYONE, limit=1)[0].key == other.key
    assert casebook.find(theirs.answer_id, "account:7").kept.owner == "account:7"
    with pytest.raises(UnknownAnswer):
        casebook.find(other.answer_id, "account:7")
    with pytest.raises(UnknownAnswer):
        casebook.find(other.answer_id, None)


def test_directory_and_file_are_for_their_owner_alone_whatever_they_were(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    folder.mkdir()
    folder.chmod(0o755)
    before = os.umask(0)
    try:
        path = casebook_in(tmp_path).path
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    casebook_in(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


_texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=60)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(turns=st.lists(_texts, min_size=1, max_size=4), owner=st.none() | _texts)
def test_any_text_that_can_be_asked_can_be_kept(casebook: Casebook, library: Library, turns: list[str], owner: str | None) -> None:
    answer, _ = asked(library, QUESTION)
    wanted = request(*turns)
    one = keep(casebook, library, answer, wanted, owner)
    assert one.turns == tuple(turns)
    assert [s.request for s in casebook.each_of({one.key})] == [wanted]


def test_a_trail_is_the_same_after_packing(library: Library) -> None:
    answer, _ = asked(library, "What can I give on hemodialysis for back spasms, as an alternative to baclofen?")
    once = unpack_trail(pack_trail(trail(answer)))
    assert unpack_trail(pack_trail(once)) == once
    assert {a.directness for a in once.appraisal} == {i.directness for i in answer.profile.items}


def test_only_the_time_is_left_out_of_a_content(library: Library) -> None:
    article = asked(library, QUESTION)[0].article
    value = encode(article)
    later = encode(replace(article, provenance=replace(article.provenance, answered_at="2030", elapsed_ms=1.0)))
    assert content_of(later) == content_of(value)
    for changed in (
        replace(article, title=article.title + "."),
        replace(article, gaps=()),
        replace(article, claims=article.claims[:-1]),
        replace(article, provenance=replace(article.provenance, library_snapshot="another")),
    ):
        assert content_of(encode(changed)) != content_of(value)


def aged(casebook: Casebook, key: str, days: float) -> None:
    at = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="milliseconds")
    with casebook.writing() as connection:
        connection.execute(store.answers.update().where(store.answers.c.key == key).values(last_at=at))


def test_retention_erases_what_is_older_when_the_store_is_opened_and_nothing_else(library: Library, tmp_path: Path) -> None:
    casebook = casebook_in(tmp_path)
    old, young = kept(casebook, library, QUESTION), kept(casebook, library, "Is tizanidine with ciprofloxacin safe?")
    aged(casebook, old.key, 30.1)
    aged(casebook, young.key, 29.9)
    settings = Settings(tmp_path)
    assert open_casebook(settings).count() == 2  # kept until erased, by default
    assert [k.key for k in open_casebook(replace(settings, retention_days=30)).listed()] == [young.key]


@pytest.mark.parametrize("days", ["0", "-3", "thirty", "1.5", "99999999", "٣"])
def test_a_retention_that_means_nothing_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, days: str) -> None:
    monkeypatch.setenv("OSLER_RETENTION_DAYS", days)
    with pytest.raises(UserError, match="whole number of days"):
        load_settings(tmp_path)


def test_the_settings_of_keeping(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("OSLER_KEEP", "OSLER_RETENTION_DAYS"):
        monkeypatch.delenv(name, raising=False)
    assert (load_settings(tmp_path).keep, load_settings(tmp_path).retention_days) == (True, None)
    monkeypatch.setenv("OSLER_KEEP", "0")
    monkeypatch.setenv("OSLER_RETENTION_DAYS", "365")
    assert (load_settings(tmp_path).keep, load_settings(tmp_path).retention_days) == (False, 365)


KEEPER = """
import itertools, os, signal, sys
from pathlib import Path
import osler.sqlite as sqlite
from casebooks import asked, casebook_in
from libraries import opened
from osler.casebook.keep import keep
home, when, nth = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
library, casebook = opened(home), casebook_in(home)
inner, count = sqlite._commit, itertools.count(1)
def dying(connection):
    last = next(count) == nth
    if last and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    inner(connection)
    if last and when == "after":
        os.kill(os.getpid(), signal.SIGKILL)
sqlite._commit = dying
for n in range(20):
    answer, request = asked(library, f"Is methocarbamol {n} mg safe on dialysis?")
    keep(casebook, library, answer, request)
    print(n, flush=True)
"""


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_while_keeping_every_answer_is_there_whole_or_not_at_all(home: Path, when: str) -> None:
    process = child(KEEPER, home, when, 4)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    casebook = casebook_in(home)
    assert casebook.faults() == ()
    assert casebook.count() == (3 if when == "before" else 4)
    assert all(s.article.claims for s in casebook.each())


def test_two_processes_that_keep_at_once_both_keep_everything(home: Path) -> None:
    processes = [child(KEEPER, home, "never", 0) for _ in range(2)]
    for process in processes:
        out = process.communicate(timeout=120)[0]
        assert (process.returncode, len(out.splitlines())) == (0, 20)
    casebook = casebook_in(home)
    assert casebook.faults() == ()
    assert casebook.count() == 20
    assert {k.times for k in casebook.listed()} == {2}


def _read_all(home: Path) -> None:
    casebook = casebook_in(home)
    assert casebook.faults()
    list(casebook.each())
    casebook.citations()


@pytest.mark.parametrize("damage", ["garbage", "half", "hole", "a folder", "a library", "newer", "no table"])
def test_a_damaged_file_is_named_with_what_to_do(casebook: Casebook, library: Library, damage: str) -> None:
    for question in (QUESTION, "Is tizanidine with ciprofloxacin safe?"):
        kept(casebook, library, question)
    casebook.close()
    file = casebook.path
    data = file.read_bytes()
    if damage == "garbage":
        file.write_bytes(b"no database" * 500)
    elif damage == "half":
        file.write_bytes(data[: len(data) // 2])
    elif damage == "hole":
        file.write_bytes(data[:9_000] + b"\0" * 30_000 + data[39_000:])
    elif damage == "a folder":
        file.unlink()
        file.mkdir()
    elif damage == "a library":
        file.write_bytes((library.settings.home / "library.sqlite").read_bytes())
    else:
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("UPDATE rooms SET schema = 99" if damage == "newer" else "DROP TABLE cited")
    with pytest.raises(LibraryError) as raised:
        _read_all(file.parents[1])
    assert str(file) in str(raised.value) or "stored answer" in str(raised.value)
    assert QUESTION not in str(raised.value)


@pytest.mark.parametrize("column", ["article", "trail", "request", "title", "answer_id", "content"])
def test_a_changed_column_is_never_shown_as_what_was_given(casebook: Casebook, library: Library, column: str) -> None:
    one = kept(casebook, library, QUESTION)
    other = casebook.find(kept(casebook, library, "Is tizanidine with ciprofloxacin safe?").answer_id)
    with closing(sqlite3.connect(casebook.path)) as connection, connection:
        connection.execute(
            f"UPDATE answers SET {column} = (SELECT {column} FROM answers WHERE key = ?) WHERE key = ?",  # noqa: S608
            (other.kept.key, one.key),
        )
    with pytest.raises(LibraryDamaged, match="is damaged"):
        list(casebook.each_of({one.key}))
    assert len(casebook.faults()) == 1
    assert one.key in {k.key for k in casebook.erase([one.key])}  # and it can still be erased
    assert casebook.faults() == ()


FULL = """
import resource, sys
from pathlib import Path
from casebooks import asked, casebook_in
from libraries import opened
from osler.casebook.keep import keep
from osler.errors import OslerError
home = Path(sys.argv[1])
library, casebook = opened(home), casebook_in(home)
resource.setrlimit(resource.RLIMIT_FSIZE, (casebook.path.stat().st_size + 60_000, resource.RLIM_INFINITY))
for n in range(50):
    answer, request = asked(library, f"Is methocarbamol {n} mg safe on dialysis?")
    try:
        keep(casebook, library, answer, request)
    except OslerError as error:
        print(f"{type(error).__name__}: {error}", flush=True)
        break
    print(n, flush=True)
"""


def test_a_full_disk_is_said_and_what_was_kept_stays(home: Path) -> None:
    process = child(FULL, home)
    *done, last = process.communicate(timeout=60)[0].splitlines()
    casebook = casebook_in(home)
    assert process.returncode == 0
    assert "make room" in last
    assert "methocarbamol" not in last
    assert casebook.faults() == ()
    assert casebook.count() == len(done) > 0


def test_an_error_of_the_file_holds_no_word_of_the_question(
    casebook: Casebook, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even in what a log of the whole chain of causes would show."""
    answer, wanted = asked(library, "Is methocarbamol safe on dialysis for Mrs Wigglesworthian?")
    with closing(sqlite3.connect(casebook.path)) as connection, connection:
        connection.execute("CREATE TRIGGER no BEFORE INSERT ON answers BEGIN SELECT raise(ABORT, 'refused'); END")
    with pytest.raises(OslerError) as raised:
        keep(casebook, library, answer, wanted)
    error: BaseException | None = raised.value
    chain = list(itertools.takewhile(lambda e: e is not None, _causes(error)))
    assert len(chain) > 1
    assert not [e for e in chain if "igglesworth" in str(e) or "igglesworth" in repr(e)]


def _causes(error: BaseException | None) -> Iterator[BaseException | None]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def test_help_and_settings_do_not_load_the_store() -> None:
    code = "import sys, osler.cli, json; print(json.dumps(list(sys.modules)))"
    loaded = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout)
    assert not {"osler.casebook.store", "osler.review.watch", "sqlalchemy"} & set(loaded)
