"""`osler add`: every record is accounted for, the order is kept, adding again changes nothing, a cut run goes on, memory is bounded."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from made import GOOD, extraction, gzip_bomb, jats, pubmed, pubmed_record, retraction_link, tarred, zipped
from osler.documents.recognise import Format
from osler.errors import InputFileError, LibraryLocked, OslerError
from osler.ingest import work
from osler.ingest.add import Progress, add
from osler.ingest.discover import FoundFile
from osler.ingest.pool import MAX_WAITING_BYTES, Batch, Bounds, Pool
from osler.ingest.session import Meter
from osler.ingest.work import Task
from osler.library.lock import only_writer
from osler.pipeline import Library, open_library, verify_library
from osler.settings import Settings, load_settings

DELETION = "<DeleteCitation><PMID Version='1'>11</PMID><PMID Version='1'>999</PMID></DeleteCitation>"


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("starter") / "home"
    open_library(load_settings(home))
    return home


@pytest.fixture
def new_library(tmp_path: Path, starter: Path) -> Callable[..., Library]:
    def make(name: str = "home", **changed: object) -> Library:
        if not (tmp_path / name).exists():
            shutil.copytree(starter, tmp_path / name)
        return open_library(replace(Settings(tmp_path / name, workers=2), **changed))

    return make


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "files").mkdir()
    return tmp_path / "files"


def many(first: int, count: int) -> bytes:
    """Records whose texts do not pack well, so that a packed file has a middle to be cut in."""
    noise = random.Random(first)  # noqa: S311
    return pubmed(*(pubmed_record(n, f"{GOOD} {noise.randbytes(40).hex()}") for n in range(first, first + count)))


def ids(library: Library) -> list[str]:
    return [d.id for d in library.catalog.documents() if d.id.startswith(("pmid:", "pmc:", "local:"))]


# --- the report -----------------------------------------------------------------------------------------------------------


def test_every_record_of_a_file_is_accounted_for(new_library: Callable[..., Library], folder: Path) -> None:
    library = new_library()
    older, newer = pubmed_record(11, year=2015), pubmed_record(11, "Another abstract, as corrected.", year=2019)
    broken = "<PubmedArticle><MedlineCitation></PubmedArticle>"
    (folder / "a.xml").write_bytes(
        pubmed(newer, pubmed_record(12, more=retraction_link(13)), older, newer, broken, broken, pubmed_record(14), DELETION)
    )
    report = add(library, [str(folder / "a.xml")])
    c = report.changes
    assert (c.added, c.updated, c.unchanged, c.older) == (3, 0, 1, 1)
    assert (c.removed, report.deletions_elsewhere) == (1, 1)
    assert (c.notices, report.notices_known) == (1, 0)
    assert report.records == report.accounted == 10
    assert len({record for _, record, _ in report.refused}) == report.refusals == 2
    assert sorted(library.catalog.quarantined()) == sorted(report.refused)
    assert ids(library) == ["pmid:12", "pmid:14"]
    assert verify_library(library) == []


@pytest.mark.parametrize("order", ["older first", "newer first"])
def test_of_two_versions_in_one_file_the_newer_is_current_and_found(
    new_library: Callable[..., Library], folder: Path, order: str
) -> None:
    library = new_library()
    versions = [pubmed_record(11, "The older words.", year=2015), pubmed_record(11, "The newer words.", year=2019)]
    (folder / "a.xml").write_bytes(pubmed(*(versions if order == "older first" else versions[::-1])))
    add(library, [str(folder / "a.xml")])
    assert "newer words" in library.catalog.document("pmid:11").text
    assert [("newer" in library.catalog.document("pmid:11", v.number).text) for v in library.catalog.history("pmid:11")[0]] == [
        order == "newer first", order == "older first",
    ]  # fmt: skip
    assert verify_library(library) == []


def test_the_order_of_the_report_is_the_order_of_the_files(new_library: Callable[..., Library], folder: Path) -> None:
    for n in range(60):
        (folder / f"{n:02}.txt").write_text(f"Note {n}. {GOOD}" if n % 3 else "")
    report = add(new_library(), [str(folder)])
    assert [Path(file).name for file, _, _ in report.refused] == [f"{n:02}.txt" for n in range(0, 60, 3)]
    assert [i[:9] for i, _ in report.moved] == [f"local:{n:02}-" for n in range(60) if n % 3]


def test_the_report_can_be_read_by_a_person_and_a_program(new_library: Callable[..., Library], folder: Path) -> None:
    (folder / "a.xml").write_bytes(pubmed(pubmed_record(11), pubmed_record(12, more=retraction_link(13))))
    (folder / "b.txt").write_bytes(b"")
    (folder / ".hidden").write_bytes(b"x")
    report = add(new_library(), [str(folder)])
    text = report.as_text()
    for line in (
        "2 files, 4 records",
        "added               2",
        "quarantined         1",
        "b.txt: empty",
        "hidden files and folders passed over: 1",
    ):
        assert line in text
    made = json.loads(json.dumps(report.as_json()))
    assert (made["records"], made["added"], made["refused"], made["hidden"], made["notices"]) == (4, 2, 1, 1, 1)
    assert made["quarantined"] == [{"file": str(folder / "b.txt"), "record": str(folder / "b.txt"), "reason": "empty"}]


# --- again, and changed -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrap", [lambda d: d, gzip.compress], ids=["plain", "gz"])
def test_a_file_that_is_in_costs_nothing_under_any_name(
    new_library: Callable[..., Library], folder: Path, wrap: Callable[[bytes], bytes]
) -> None:
    library = new_library()
    (folder / "a.xml").write_bytes(wrap(many(1, 30)))
    first = add(library, [str(folder / "a.xml")])
    (folder / "a.xml").rename(folder / "b.xml")
    before = library.catalog.snapshot()
    again = add(library, [str(folder / "b.xml"), str(folder / "b.xml"), str(folder)])
    assert (again.files, again.files_known, again.changes.unchanged, again.changes.added) == (1, 1, 30, 0)
    assert again.records == again.accounted == first.records == 30
    assert library.catalog.snapshot() == before


def test_two_equal_articles_in_one_run_are_one_document(new_library: Callable[..., Library], folder: Path) -> None:
    for name in ("a.xml", "b.xml"):
        (folder / name).write_bytes(jats().encode())
    report = add(new_library(), [str(folder)])
    assert (report.changes.added, report.changes.unchanged, report.files_known) == (1, 1, 0)


def test_local_files_keep_apart_what_names_make_alike(new_library: Callable[..., Library], folder: Path) -> None:
    for name in ("ward a/dose 0.5.txt", "ward a/dose 0-5.txt", "ward b/dose 0.5.txt"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(GOOD)
    library = new_library()
    assert add(library, [str(folder)]).changes.added == 3
    (folder / "ward b/dose 0.5.txt").write_text(GOOD.replace("Two", "Four"))
    report = add(library, [str(folder)])
    assert (report.changes.added, report.changes.updated, report.files_known) == (0, 1, 2)


def test_a_file_that_is_mended_leaves_the_quarantine(new_library: Callable[..., Library], folder: Path) -> None:
    library = new_library()
    path = folder / "a.xml"
    path.write_bytes(pubmed(pubmed_record(11), "<PubmedArticle><MedlineCitation></PubmedArticle>"))
    (folder / "b.txt").write_bytes(b"")
    assert add(library, [str(folder)]).refusals == 2
    assert len(library.catalog.quarantined()) == 2
    path.write_bytes(pubmed(pubmed_record(11), pubmed_record(12)))
    report = add(library, [str(path)])
    assert (report.changes.added, report.changes.unchanged, report.refusals) == (1, 1, 0)
    assert [file for file, _, _ in library.catalog.quarantined()] == [str(folder / "b.txt")]


def test_a_file_in_place_of_a_bad_one_clears_it_even_when_its_content_is_known(
    new_library: Callable[..., Library], folder: Path
) -> None:
    library = new_library()
    (folder / "good.xml").write_bytes(pubmed(11))
    (folder / "bad.xml").write_bytes(b"<PubmedArticleSet>")
    add(library, [str(folder)])
    assert library.catalog.quarantined() != []
    shutil.copy(folder / "good.xml", folder / "bad.xml")
    assert add(library, [str(folder)]).files_known == 2
    assert library.catalog.quarantined() == []
    assert verify_library(library) == []


def test_an_archive_that_is_mended_leaves_the_quarantine_with_all_that_was_in_it(
    new_library: Callable[..., Library], folder: Path
) -> None:
    library = new_library()
    path, beside = folder / "a.zip", folder / "a.zip-notes.txt"
    path.write_bytes(zipped([("a.txt", GOOD.encode()), ("b.txt", b"")]))
    beside.write_bytes(b"")
    add(library, [str(folder)])
    assert [file for file, _, _ in library.catalog.quarantined()] == [f"{path}!b.txt", str(beside)]
    path.write_bytes(b"PK\x03\x04 and no more")
    add(library, [str(path)])
    assert [file for file, _, _ in library.catalog.quarantined()] == [str(beside), str(path)][::-1]
    path.write_bytes(zipped([("a.txt", GOOD.encode())]))
    assert add(library, [str(path)]).files_known == 1
    assert [file for file, _, _ in library.catalog.quarantined()] == [str(beside)]
    assert verify_library(library) == []


def test_pieces_without_fault_are_not_read_again_when_another_has_one(
    new_library: Callable[..., Library], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("osler.ingest.tasks.RECORDS_A_PIECE", 10)
    library = new_library()
    records = [pubmed_record(n) for n in range(1, 31)]
    (folder / "a.xml").write_bytes(pubmed(*records[:25], "<PubmedArticle><MedlineCitation></PubmedArticle>", *records[25:]))
    said: list[Progress] = []
    assert add(library, [str(folder / "a.xml")]).refusals == 1
    again = add(library, [str(folder / "a.xml")], tell=said.append)
    assert (again.changes.unchanged, again.refusals, again.records, again.accounted) == (30, 1, 31, 31)
    assert said[-1].records == 10  # the piece that the broken record is in


def test_nothing_of_a_packed_file_with_a_flipped_bit_comes_in(new_library: Callable[..., Library], folder: Path) -> None:
    library = new_library()
    packed = gzip.compress(pubmed(*(pubmed_record(n, "Give 5 mg at night.") for n in range(1, 900))), compresslevel=0)
    assert packed.count(b"Give 5 mg") > 800
    (folder / "a.xml.gz").write_bytes(packed.replace(b"Give 5 mg", b"Give 7 mg", 1))
    report = add(library, [str(folder)])
    assert [why for _, _, why in report.refused] == ["the compressed data is damaged (its checksum or its form is wrong)"]
    assert ids(library) == []


def test_a_packed_file_that_begins_as_pubmed_and_goes_on_as_a_bomb_is_refused_whole(
    new_library: Callable[..., Library], folder: Path
) -> None:
    library = new_library()
    (folder / "a.xml.gz").write_bytes(gzip.compress(pubmed(1)) + gzip_bomb(100))
    assert ["400 times its size" in why for _, _, why in add(library, [str(folder)]).refused] == [True]
    assert ids(library) == []


def test_a_file_that_changes_while_it_is_read_is_read_again_next_time(
    new_library: Callable[..., Library], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = new_library()
    (folder / "a.xml").write_bytes(pubmed(11))
    with monkeypatch.context() as changing:
        changing.setattr(FoundFile, "has_changed", lambda _: True)
        assert ["changed while it was read" in why for _, _, why in add(library, [str(folder)]).refused] == [True]
    again = add(library, [str(folder)])
    assert (again.files_known, again.changes.unchanged, again.refusals) == (0, 1, 0)
    assert library.catalog.quarantined() == []


# --- standard input -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "added"),
    [
        (pubmed(11, 12), 2),
        (gzip.compress(pubmed(11)), 1),
        (jats().encode(), 1),
        (f"{extraction(1)}\n{extraction(2)}\n".encode(), 2),
        (zipped([("a.xml", jats().encode()), ("b.txt", GOOD.encode())]), 2),
        (gzip.compress(tarred([("a.xml", jats().encode())])), 1),
        (GOOD.encode(), 1),
        (b"# Ward\n\n" + GOOD.encode(), 1),
        (b"<html><body><p>" + GOOD.encode() + b"</p></body></html>", 1),
        (b"Drug;Dose\nMethocarbamol;1.5 g\n", 1),
        (b"12345678\r\n23456789\r\n", 0),
    ],
)  # fmt: skip
def test_standard_input_takes_every_format(new_library: Callable[..., Library], data: bytes, added: int) -> None:
    reader, writer = os.pipe()
    if os.fork() == 0:
        with os.fdopen(writer, "wb") as out:
            out.write(data)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as standard_input:
        report = add(new_library(), ["-"], standard_input=standard_input)
    os.wait()
    assert (report.changes.added, report.refusals) == (added, 0)
    assert report.records == report.accounted
    assert report.changes.notices == (2 if not added else 0)


# --- what cannot go on --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", ["nothing.xml", "pubmd:baclofen", "pubmed:"])
def test_a_slip_in_one_argument_is_told_before_any_work(new_library: Callable[..., Library], folder: Path, wrong: str) -> None:
    library = new_library()
    (folder / "a.xml").write_bytes(pubmed(11))
    with pytest.raises(InputFileError):
        add(library, [str(folder / "a.xml"), str(folder / wrong) if "." in wrong else wrong])
    assert ids(library) == []


def test_a_second_writer_is_told_who_is_writing(new_library: Callable[..., Library], folder: Path) -> None:
    library = new_library(wait_for_writer_s=0.1)
    (folder / "a.xml").write_bytes(pubmed(11))
    with only_writer(library.settings.home, "add", 1), pytest.raises(LibraryLocked, match="is writing"):
        add(library, [str(folder / "a.xml")])


def osler_add(home: Path, *arguments: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "OSLER_HOME": str(home)}
    return subprocess.Popen(
        [sys.executable, "-m", "osler", "add", *arguments],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def wait_for_records(library: Library, process: subprocess.Popen[bytes], count: int) -> None:
    until = time.monotonic() + 120
    while sum(1 for i in ids(library) if i.startswith("pmid:")) < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.02)


def children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()] if Path("/proc").exists() else []


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)], ids=["interrupted", "killed"])
def test_a_cut_run_keeps_what_was_written_and_goes_on(
    new_library: Callable[..., Library], folder: Path, sent: signal.Signals, code: int
) -> None:
    library = new_library()
    (folder / "a.xml.gz").write_bytes(gzip.compress(many(1, 9_000)))
    process = osler_add(library.settings.home, str(folder))
    wait_for_records(library, process, 400)
    workers = children(process.pid)
    os.killpg(process.pid, sent) if sent is signal.SIGINT else process.kill()
    _, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert b"Traceback" not in err
    until = time.monotonic() + 10
    while any(Path(f"/proc/{w}").exists() for w in workers) and time.monotonic() < until:
        time.sleep(0.1)
    assert [w for w in workers if Path(f"/proc/{w}").exists()] == []
    cut = open_library(library.settings)
    kept = sum(1 for i in ids(cut) if i.startswith("pmid:"))
    assert 400 <= kept < 9_000
    said: list[Progress] = []
    report = add(cut, [str(folder)], tell=said.append)
    assert report.records == report.accounted == 9_000
    assert (report.changes.added, report.changes.unchanged) == (9_000 - kept, kept)
    assert said[-1].records == 9_000 - kept
    assert verify_library(cut) == []


# --- progress -------------------------------------------------------------------------------------------------------------------


def test_progress_knows_the_whole_from_its_start_and_ends_there(new_library: Callable[..., Library], folder: Path) -> None:
    (folder / "a.xml").write_bytes(many(1, 900))
    (folder / "b.xml.gz").write_bytes(gzip.compress(many(2_000, 900)))
    (folder / "c.tar").write_bytes(tarred((f"{n}.xml", jats(f"PMC{n}").encode()) for n in range(1, 40)))
    (folder / "d.txt").write_text(GOOD)
    total = sum(p.stat().st_size for p in folder.iterdir())
    said: list[Progress] = []
    report = add(new_library(), [str(folder)], tell=said.append)
    assert {p.total_bytes for p in said} == {total}
    assert [p.done_bytes for p in said] == sorted(p.done_bytes for p in said)
    assert 0.98 * total <= said[-1].done_bytes <= total
    assert said[-1].records == report.records
    assert [p.records for p in said] == sorted(p.records for p in said)


def test_what_is_in_already_does_not_make_the_rest_look_faster(new_library: Callable[..., Library], folder: Path) -> None:
    library = new_library()
    (folder / "a.xml").write_bytes(many(1, 400))
    add(library, [str(folder)])
    (folder / "b.xml").write_bytes(many(1_000, 400))
    said: list[Progress] = []
    add(library, [str(folder)], tell=said.append)
    assert said[-1].total_bytes == (folder / "b.xml").stat().st_size
    assert said[-1].records == 400


@pytest.mark.parametrize(
    ("total", "done", "seconds", "left"),
    [(100, 25, 10, 30), (100, 100, 10, 0), (100, 120, 10, 0), (100, 0, 10, None), (None, 25, 10, None), (100, 25, 0.5, None)],
)
def test_time_left_is_said_only_when_it_can_be_told(total: float | None, done: float, seconds: float, left: float | None) -> None:
    told = Meter(total, done, time.monotonic() - seconds).left_s()
    assert told is None if left is None else told == pytest.approx(left, abs=1)


# --- the pool -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Pool]:
    monkeypatch.setitem(work.PARSERS, Format.PLAIN, "hostile_parsers:parse")
    return lambda **changed: Pool(replace(Bounds(2, 3.0, 1 << 30), **changed), None)


def task(text: str, n: int = 0) -> Task:
    return Task(f"{n}.txt", Format.PLAIN, f"digest {n}", -1, text.encode())


def test_workers_are_started_only_for_what_is_to_be_parsed(hostile: Callable[..., Pool]) -> None:
    with hostile() as pool:
        refused = replace(task(""), refusal="empty")
        ((done,),) = pool.results([(refused,)])
        assert [r.reason for r in done[1].rejected] == ["empty"]
        assert pool._pool is None


def test_results_keep_their_order_when_workers_die_among_them(hostile: Callable[..., Pool]) -> None:
    texts = [f"Text {n}. {GOOD}" for n in range(40)]
    for n in (5, 17, 29):
        texts[n] = "DIE now."
    batches = [tuple(task(texts[n], n) for n in range(start, start + 4)) for start in range(0, 40, 4)]
    with hostile() as pool:
        done = [pair for some in pool.results(batches) for pair in some]
    assert [t.name for t, _ in done] == [f"{n}.txt" for n in range(40)]
    assert [n for n, (_, worked) in enumerate(done) if worked.rejected] == [5, 17, 29]


def test_a_worker_that_is_stopped_while_it_waits_holds_nobody_up(hostile: Callable[..., Pool]) -> None:
    with hostile(workers=1) as pool:
        assert list(pool.results([(task(GOOD),)]))
        assert pool._pool is not None
        (worker,) = pool._pool._pool_manager.worker_manager.workers.values()
        os.kill(worker.pid, signal.SIGKILL)
        ((done,),) = pool.results([(task(GOOD, 1),)])
        assert len(done[1].documents) == 1


def test_workers_that_hold_what_they_share_are_replaced(hostile: Callable[..., Pool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("osler.ingest.pool._GRACE_S", 1.0)
    with hostile() as pool:
        assert list(pool.results([(task(GOOD),)]))
        assert pool._pool is not None
        channel = pool._pool._pool_manager.worker_manager.workers_channel
        channel.mutex.reader_mutex.acquire()  # as a worker does that is killed at the wrong moment
        started = time.monotonic()
        done = [pair for some in pool.results([(task(GOOD, n),) for n in range(3)]) for pair in some]
        assert time.monotonic() - started < 30
    assert [len(worked.documents) for _, worked in done][1:] == [1, 1]


def test_workers_that_cannot_start_are_an_error_and_not_a_heap_of_refusals(hostile: Callable[..., Pool]) -> None:
    with hostile(memory_bytes=16 << 20) as pool, pytest.raises(OslerError, match="cannot be started"):
        list(pool.results([(task(GOOD),)]))


def test_what_waits_is_bounded_in_bytes(hostile: Callable[..., Pool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("osler.ingest.pool.MAX_WAITING_BYTES", 5_000)
    taken: list[int] = []

    def batches() -> Iterator[Batch]:
        for n in range(12):
            taken.append(n)
            yield (task(GOOD * 10, n),)

    with hostile() as pool:
        for n, _ in enumerate(pool.results(batches())):
            waiting = taken[-1] - n
            assert waiting * len(GOOD * 10) <= 5_000 + 2 * len(GOOD * 10)
    assert MAX_WAITING_BYTES >= 100 << 20


def test_many_small_files_take_little_time_each(
    new_library: Callable[..., Library], folder: Path, pytestconfig: pytest.Config
) -> None:
    count = 10_000 if pytestconfig.getoption("--long") else 600
    for n in range(count):
        (folder / f"{n}.txt").write_text(f"Note {n}. {GOOD}")
    started = time.monotonic()
    report = add(new_library(), [str(folder)])
    assert report.changes.added == report.records == count
    assert time.monotonic() - started < 10 + count * 0.03
