"""Online queries: a cut one goes on, an update asks for what changed, a source that fails is named, and standing follows notices."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lying_server import Asked, LyingServer, answer, as_json, as_xml
from made import pubmed_record, retraction_link
from osler.domain.status import PublicationStatus
from osler.ingest.add import Progress, add, update
from osler.pipeline import Library, open_library, verify_library
from osler.settings import Settings, load_settings
from osler.sources.http import INTERVALS_S, Client, Clock, HttpSettings, Limits

TODAY = datetime.now(UTC).date()


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("starter") / "home"
    open_library(load_settings(home))
    return home


@pytest.fixture
def library(tmp_path: Path, starter: Path) -> Library:
    shutil.copytree(starter, tmp_path / "home")
    return open_library(replace(Settings(tmp_path / "home"), workers=2))


@pytest.fixture
def server() -> Iterator[LyingServer]:
    with LyingServer() as running:
        yield running


@pytest.fixture
def client(server: LyingServer) -> Iterator[Client]:
    """The real client, led to loopback, with time that does not have to pass."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    with Client(
        HttpSettings(),
        Limits(total_s=1e6),
        hosts=dict.fromkeys(INTERVALS_S, 0.0),
        loopback=dict.fromkeys(INTERVALS_S, server.port),
        clock=Clock(monotonic=lambda: now[0], sleep=sleep, jitter=lambda: 0.5),
    ) as made:
        yield made


class PubMed:
    """NCBI with these records (PMID to XML). `changed`: what an update is told; `broken`: batches it fails to hand out."""

    def __init__(self, records: dict[int, str]) -> None:
        self.records = records
        self.changed: dict[int, str] | None = None
        self.broken: set[int] = set()
        self.fetched: list[list[int]] = []
        self.terms: list[str] = []

    def __call__(self, asked: Asked) -> bytes:
        if asked.path.endswith("esearch.fcgi"):
            self.terms.append(asked.params["term"])
            since = "[mdat]" in asked.params["term"]
            key = "2" if since else "1"
            return as_json({"esearchresult": {"count": str(len(self._found(since))), "querykey": key, "webenv": "W", "idlist": []}})
        if "id" in asked.params:
            wanted = [int(i) for i in asked.params["id"].split(",") if int(i) in self.records]
            start = 0
        else:
            start, size = int(asked.params["retstart"]), int(asked.params["retmax"])
            wanted = self._found(asked.params["query_key"] == "2")[start : start + size]
        if start in self.broken:
            return answer(500)
        self.fetched.append(wanted)
        known = {**self.records, **(self.changed or {})}
        return as_xml("<PubmedArticleSet>" + "".join(known[p] for p in wanted) + "</PubmedArticleSet>")

    def _found(self, since: bool) -> list[int]:
        return sorted((self.changed or {}) if since else self.records)


def records(*pmids: int) -> dict[int, str]:
    return {p: pubmed_record(p, f"Record {p} tells of methocarbamol.") for p in pmids}


def pmids(library: Library) -> list[str]:
    return [d.id for d in library.catalog.documents() if d.id.startswith("pmid:")]


def test_a_query_adds_what_the_source_sends(library: Library, server: LyingServer, client: Client) -> None:
    ncbi = PubMed(records(*range(1, 451)))
    server.plays(ncbi)
    said: list[Progress] = []
    report = add(library, ["pubmed:methocarbamol"], limit=1_000, client=client, tell=said.append)
    assert report.changes.added == report.records == report.accounted == 450
    assert len(pmids(library)) == 450
    assert report.failed == report.notes == []
    assert [p.records for p in said] == [200, 400, 450]
    assert library.catalog.queries()[0][:2] == ("pubmed:methocarbamol", 1_000)
    assert library.catalog.queries()[0][2] is not None
    assert verify_library(library) == []


def test_a_query_that_is_cut_goes_on_where_it_stopped(library: Library, server: LyingServer, client: Client) -> None:
    ncbi = PubMed(records(*range(1, 651)))
    ncbi.broken = {400}
    server.plays(ncbi)
    report = add(library, ["pubmed:methocarbamol"], limit=1_000, client=client)
    assert [query for query, _ in report.failed] == ["pubmed:methocarbamol"]
    assert "answered 500" in report.failed[0][1]
    assert "not complete: pubmed:methocarbamol" in report.as_text()
    assert (report.changes.added, len(pmids(library))) == (400, 400)
    assert library.catalog.queries() == [("pubmed:methocarbamol", 1_000, None)]
    ncbi.broken, ncbi.fetched, ncbi.terms = set(), [], []
    again = add(library, ["pubmed:methocarbamol"], limit=1_000, client=client)
    assert (again.changes.added, again.changes.unchanged, again.failed) == (250, 0, [])
    assert [len(f) for f in ncbi.fetched] == [200, 50]
    assert ncbi.terms == []
    assert library.catalog.queries()[0][2] is not None


def test_a_source_that_fails_costs_a_line_and_files_and_others_go_on(
    library: Library, server: LyingServer, client: Client, tmp_path: Path
) -> None:
    ncbi = PubMed(records(5))
    server.plays(lambda asked: ncbi(asked) if "eutils" in asked.path else answer(404))
    (tmp_path / "a.xml").write_text(f"<PubmedArticleSet>{pubmed_record(7)}</PubmedArticleSet>")
    report = add(library, ["europepmc:methocarbamol", str(tmp_path / "a.xml"), "pubmed:5", "openfda:label:x"], client=client)
    assert [query for query, _ in report.failed] == ["europepmc:methocarbamol", "openfda:label:x"]
    assert pmids(library) == ["pmid:5", "pmid:7"]


def test_an_update_asks_only_for_what_changed_and_says_what_did(library: Library, server: LyingServer, client: Client) -> None:
    ncbi = PubMed(records(1, 2, 3))
    server.plays(ncbi)
    add(library, ["pubmed:methocarbamol"], client=client)
    before = library.catalog.document("pmid:2").text
    newer = pubmed_record(2, "Record 2 was rewritten.", year=2024)
    ncbi.changed = {2: newer, 3: ncbi.records[3], 4: pubmed_record(4)}
    ncbi.fetched = []
    report = update(library, client=client)
    (term,) = ncbi.terms[1:]
    day = re.search(r'"(\d{4}/\d\d/\d\d)"\[mdat\]', term)
    assert day is not None
    assert day[1] == f"{TODAY - timedelta(days=2):%Y/%m/%d}"
    assert ncbi.fetched == [[2, 3, 4]]
    assert (report.changes.added, report.changes.updated, report.changes.unchanged) == (1, 1, 1)
    assert report.moved == [("pmid:2", "updated"), ("pmid:4", "added")]
    assert "pmid:2: updated" in report.as_text()
    assert library.catalog.document("pmid:2").text != before
    assert library.catalog.document("pmid:2", 1).text == before


def test_a_retraction_that_comes_with_an_update_changes_standing_with_a_line(
    library: Library, server: LyingServer, client: Client
) -> None:
    ncbi = PubMed(records(1, 2))
    server.plays(ncbi)
    add(library, ["pubmed:methocarbamol"], client=client)
    snapshot = library.catalog.snapshot().id
    ncbi.changed = {2: pubmed_record(2, "Record 2 tells of methocarbamol.", more=retraction_link(99))}
    report = update(library, client=client)
    assert library.catalog.document("pmid:2").status is PublicationStatus.RETRACTED
    assert library.catalog.document("pmid:1").status is PublicationStatus.CURRENT
    assert any(i == "pmid:2" and "retracted" in what for i, what in report.moved), report.moved
    assert "retracted" in report.as_text()
    assert library.catalog.snapshot().id != snapshot


@pytest.mark.parametrize("wrap", [lambda d: d, gzip.compress])
def test_a_list_of_retracted_pmids_is_applied_with_an_update(
    library: Library, server: LyingServer, client: Client, tmp_path: Path, wrap: Callable[[bytes], bytes]
) -> None:
    server.plays(PubMed(records(1001, 1002)))
    add(library, ["pubmed:methocarbamol"], client=client)
    (tmp_path / "retracted.txt").write_bytes(wrap(b"PMID\r\n1002\r\n8888\r\n"))
    report = update(library, [str(tmp_path / "retracted.txt")], client=client)
    assert report.moved == [("pmid:1002", "current -> retracted")]
    assert (report.changes.notices, report.changes.status) == (2, 1)
    assert library.catalog.document("pmid:1002").status is PublicationStatus.RETRACTED
    again = update(library, [str(tmp_path / "retracted.txt")], client=client)
    assert (again.moved, again.notices_known, again.changes.notices) == ([], 2, 0)


def test_one_query_that_fails_in_an_update_is_named_and_the_others_go_on(
    library: Library, server: LyingServer, client: Client
) -> None:
    ncbi = PubMed(records(1, 2))
    server.plays(ncbi)
    add(library, ["pubmed:methocarbamol", "pubmed:2"], client=client)
    ncbi.changed = {1: pubmed_record(1, "Rewritten.", year=2024)}
    server.plays(lambda asked: answer(403) if asked.params.get("id") == "2" else ncbi(asked))
    run_at = {text: at for text, _, at in library.catalog.queries()}
    report = update(library, client=client)
    assert [query for query, _ in report.failed] == ["pubmed:2"]
    assert report.changes.updated == 1
    assert json.loads(json.dumps(report.as_json()))["failed"][0]["query"] == "pubmed:2"
    assert {text: at for text, _, at in library.catalog.queries()}["pubmed:2"] == run_at["pubmed:2"]


def test_more_than_was_asked_for_is_said_and_an_update_does_not_leave_it_behind(
    library: Library, server: LyingServer, client: Client
) -> None:
    ncbi = PubMed(records(*range(1, 31)))
    server.plays(ncbi)
    report = add(library, ["pubmed:methocarbamol"], limit=10, client=client)
    assert report.notes == ["pubmed:methocarbamol: 10 of 30 records were asked for; `--max` asks for more"]
    assert "10 of 30 records" in report.as_text()
    (before,) = library.catalog.queries()
    assert before[2] is not None
    ncbi.changed = records(*range(101, 131))
    assert len(update(library, client=client).notes) == 1
    (after,) = library.catalog.queries()
    assert after == before


def test_where_an_update_was_cut_is_no_place_in_a_whole_query(library: Library, server: LyingServer, client: Client) -> None:
    ncbi = PubMed(records(*range(1, 251)))
    server.plays(ncbi)
    add(library, ["pubmed:methocarbamol"], limit=300, client=client)
    ncbi.changed, ncbi.broken = records(*range(1_001, 1_251)), {200}
    assert update(library, client=client).failed != []
    ncbi.broken, ncbi.fetched = set(), []
    add(library, ["pubmed:methocarbamol"], limit=300, client=client)
    assert [f[0] for f in ncbi.fetched] == [1, 201]


def test_what_did_not_come_is_refused_once_and_leaves_when_it_comes(library: Library, server: LyingServer, client: Client) -> None:
    ncbi = PubMed(records(5))
    server.plays(ncbi)
    for _ in range(2):
        report = add(library, ["pubmed:5,7"], client=client)
        assert report.refused == [("pubmed:5,7", "pmid:7", "PubMed sent no such record")]
        assert library.catalog.quarantined() == report.refused
        assert report.records == report.accounted == 2
    ncbi.records = records(5, 7)
    assert add(library, ["pubmed:5,7"], client=client).changes.added == 1
    assert library.catalog.quarantined() == []


def test_a_broken_record_in_a_reply_is_kept_under_its_query(library: Library, server: LyingServer, client: Client) -> None:
    broken = "<PubmedArticle><MedlineCitation><PMID>6</PMID><Article></MedlineCitation></PubmedArticle>"
    server.plays(PubMed({**records(5), 6: broken}))
    report = add(library, ["pubmed:methocarbamol"], client=client)
    assert [(file, record) for file, record, _ in report.refused] == [("pubmed:methocarbamol", "PMID 6")]
    assert pmids(library) == ["pmid:5"]
    assert library.catalog.history("pmid:5")[0][0].origin == "pubmed:methocarbamol"


def test_without_anything_remembered_an_update_does_nothing(library: Library, client: Client, server: LyingServer) -> None:
    server.plays(answer(500))
    before = library.catalog.snapshot()
    report = update(library, client=client)
    assert (report.records, report.files, server.asked) == (0, 0, [])
    assert library.catalog.snapshot() == before


def test_offline_is_said_and_nothing_is_asked(library: Library, server: LyingServer) -> None:
    report = add(
        Library(
            replace(library.settings, offline=True),
            *(getattr(library, n) for n in ("catalog", "index", "lexicon", "words", "snapshot")),
        ),
        ["pubmed:x"],
    )
    assert "switched off" in report.failed[0][1]
    assert server.asked == []
