"""The catalogue: idempotent by content, every version kept, damage named, two first users at once."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from osler.domain.codec import encode
from osler.domain.document import Bibliography, Direction, Document, Statement, StudyDesign, Via, content_hash
from osler.domain.passage import Passage
from osler.domain.status import NoticeNature, StatusNotice
from osler.errors import LibraryDamaged, UnknownDocument
from osler.language.lexicon import Lexicon
from osler.library.catalog import Catalog
from osler.library.check import faults_of
from osler.library.intake import Changes
from osler.library.rows import digest, document_row, passage_row
from osler.library.upgrade import open_catalog
from osler.passages.annotate import annotate
from osler.passages.workers import annotator
from osler.pipeline import open_library
from osler.settings import load_settings
from osler.store import Store


def document(number: int, text: str = "In hemodialysis, baclofen caused encephalopathy in 7 of 100 patients.") -> Document:
    statement = Statement(
        f"T{number}",
        0,
        len(text),
        StudyDesign.COHORT,
        Direction.ADVERSE,
        ("baclofen",),
        ("back pain",),
        "adults on hemodialysis",
        ("hemodialysis",),
    )
    return Document(
        f"pmid:{number}", StudyDesign.COHORT, Via.EXTRACTION, Bibliography(f"Study {number}", pmid=str(number)), text, (statement,)
    )


@pytest.fixture
def catalog(home: Path) -> Catalog:
    return Catalog(Store(home / "library.sqlite"))


def ingest(catalog: Catalog, lexicon: Lexicon, *documents: Document, key: str = "k", origin: str = "test") -> Changes:
    return catalog.ingest(documents, origin, lambda d: annotate(d, lexicon), key)


def test_ingest_is_idempotent_and_versions_what_changes(catalog: Catalog, lexicon: Lexicon) -> None:
    assert ingest(catalog, lexicon, document(1), document(2)) == Changes(added=2)
    first = catalog.snapshot()
    assert ingest(catalog, lexicon, document(1), document(2)) == Changes(unchanged=2)
    assert catalog.snapshot() == first
    changed = dataclasses.replace(document(1), read_on="2026-01-01")
    assert ingest(catalog, lexicon, changed, document(2)) == Changes(updated=1, unchanged=1)
    assert catalog.snapshot().id != first.id
    assert catalog.document("pmid:1") == changed
    assert ingest(catalog, lexicon, document(2)) == Changes(unchanged=1, removed=1)
    with pytest.raises(UnknownDocument):
        catalog.document("pmid:1")
    assert catalog.snapshot().documents == catalog.snapshot().passages == 1


def test_another_origin_is_left_alone(catalog: Catalog, lexicon: Lexicon) -> None:
    ingest(catalog, lexicon, document(1), origin="mine")
    ingest(catalog, lexicon, document(2), origin="yours")
    assert [d.id for d in catalog.documents()] == ["pmid:1", "pmid:2"]


def test_new_rules_annotate_everything_again(catalog: Catalog, lexicon: Lexicon) -> None:
    ingest(catalog, lexicon, document(1), origin="mine", key="old")
    ingest(catalog, lexicon, document(2), origin="yours", key="new")
    assert {p.document_id for _, p, _ in catalog.passages()} == {"pmid:1", "pmid:2"}
    assert faults_of(catalog) == []


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        ("UPDATE documents SET body = swap(body, '7 of 100', '9 of 100')", "does not match its hash"),
        ("UPDATE documents SET body = zeroblob(9)", "version 1: Error -3"),
        ("UPDATE documents SET reference = replace(reference, 'Study 1', 'Study 2')", "reference is not that of its content"),
        ("UPDATE documents SET pmid = '2'", "pmid is not that of its content"),
        ("UPDATE documents SET current = 0", "their document is not in the library"),
        ("DELETE FROM passages", "1 passages were written, 0 are there"),
        ("UPDATE meta SET value = replace(value, '1', '2') WHERE key = 'tally'", "counts"),
        ("DELETE FROM notices", "notices"),
        ("UPDATE notices SET body = replace(body, '1999', '1998')", "content does not match its checksum"),
        ("UPDATE notices SET pmid = '2'", "filed under another work"),
        ("DELETE FROM deletions", "deletions"),
        ("UPDATE passages SET body = replace(body, 'baclofen caused', 'baclofen causes')", "does not match its checksum"),
        ("UPDATE documents SET status = 'retracted'", "snapshot"),
        ("UPDATE documents SET status = 'retracted'", "record does not match its checksum"),
    ],
)
def test_damage_is_named(catalog: Catalog, lexicon: Lexicon, home: Path, damage: str, fault: str) -> None:
    ingest(catalog, lexicon, document(1))
    with catalog.write("list") as writing:
        writing.intake.note([StatusNotice(NoticeNature.CORRECTION, "a list", pmid="7", date="1999")])
        writing.intake.retire(["pmid:8"], by_source=True)
    assert faults_of(catalog) == []
    with sqlite3.connect(home / "library.sqlite") as connection:
        connection.create_function(
            "swap", 3, lambda b, old, new: zlib.compress(zlib.decompress(b).replace(old.encode(), new.encode()))
        )
        assert connection.execute(damage).rowcount == 1
    connection.close()
    assert fault in " ".join(faults_of(catalog))


def test_a_failed_ingest_leaves_nothing(catalog: Catalog, lexicon: Lexicon) -> None:
    ingest(catalog, lexicon, document(1))
    before = catalog.snapshot()

    def fail(_: Document) -> tuple:  # type: ignore[type-arg]
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        catalog.ingest([document(1), document(2)], "test", fail, "k")
    assert catalog.snapshot() == before
    assert faults_of(catalog) == []


def test_a_foreign_database_and_a_newer_schema_are_refused(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.sqlite"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    with pytest.raises(LibraryDamaged, match="not a library"):
        Store(foreign)
    newer = tmp_path / "newer.sqlite"
    Store(newer).close()
    with sqlite3.connect(newer) as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    connection.close()
    with pytest.raises(LibraryDamaged, match="schema 99"):
        Store(newer)


def test_two_first_users_at_once(home: Path) -> None:
    code = "import sys; from pathlib import Path; from osler.pipeline import open_library; from osler.settings import load_settings; print(open_library(load_settings(Path(sys.argv[1]))).snapshot.passages)"
    both = [subprocess.Popen([sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE) for _ in range(2)]
    assert [p.communicate(timeout=60)[0].strip() for p in both] == [b"655", b"655"]
    assert faults_of(open_library(load_settings(home)).catalog) == []


def test_annotating_again_is_taken_up_where_it_was_cut(catalog: Catalog, lexicon: Lexicon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("osler.library.catalog._AGAIN", 2)
    ingest(catalog, lexicon, *(document(n) for n in range(1, 8)), key="old")
    read: list[str] = []

    def cut_short(d: Document) -> tuple[Passage, ...]:
        read.append(d.id)
        if len(read) == 4:
            raise KeyboardInterrupt
        return annotate(d, lexicon)

    with pytest.raises(KeyboardInterrupt):
        catalog.annotate_all(cut_short, "new")
    assert not catalog.is_current("test", "", "new")
    told: list[tuple[int, int]] = []
    again: list[str] = []

    def whole(d: Document) -> tuple[Passage, ...]:
        again.append(d.id)
        return annotate(d, lexicon)

    assert catalog.annotate_all(whole, "new", lambda done, total: told.append((done, total)))
    assert (read[:2], again) == (["pmid:1", "pmid:2"], [f"pmid:{n}" for n in range(3, 8)])
    assert told == [(4, 7), (6, 7), (7, 7)]
    assert catalog.is_current("test", "", "new")
    assert not catalog.annotate_all(whole, "new")
    assert catalog.annotate_all(whole, "newest")  # another key begins at the beginning
    assert again[5:] == [f"pmid:{n}" for n in range(1, 8)]
    assert faults_of(catalog) == []


def test_a_passage_keeps_its_number_while_its_document_has_one(catalog: Catalog, lexicon: Lexicon) -> None:
    """A reader whose index is a moment behind then still finds the document, in its present words."""
    two = "In hemodialysis, baclofen caused falls in 9 of 100 patients. "
    ingest(catalog, lexicon, document(1), document(2))
    held = {p.id: row for row, p, _ in catalog.passages()}
    before = catalog.sequence()
    ingest(catalog, lexicon, document(1, two), document(2))
    assert {p.id: row for row, p, _ in catalog.passages()} == held
    assert [row for row, _, _ in catalog.passages(before)] == [held["pmid:1#0"]]
    assert catalog.removed_since(-1) == ()
    loaded = catalog.load(held.values())
    assert loaded[held["pmid:1#0"]][0].text == two
    ingest(catalog, lexicon, document(2))
    assert catalog.removed_since(-1) == (held["pmid:1#0"],)
    assert set(catalog.load(held.values())) == {held["pmid:2#0"]}
    with pytest.raises(LibraryDamaged, match="row 99 is missing"):
        catalog.load([held["pmid:2#0"], 99])


def test_other_processes_give_the_same_passages_in_the_same_order(lexicon: Lexicon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("osler.passages.workers._ALONE", 10)
    monkeypatch.setattr("osler.passages.workers._LOT", 4)
    made = [document(n) for n in range(1, 31)]
    expected = [tuple(passage_row(p) for p in annotate(d, lexicon)) for d in made]
    assert list(annotator(lexicon, None, 2)(made)) == expected
    assert list(annotator(lexicon, None, 1)(made)) == expected
    assert list(annotator(lexicon, None, 2)(made[:5])) == expected[:5]
    assert list(annotator(lexicon, Path("/no/such/table"), 2)(made)) == expected  # the others die at once: this one does it all


SCHEMA_2 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE documents (id TEXT, version INTEGER, hash TEXT, current BOOLEAN, kind TEXT, status TEXT, status_since TEXT, via TEXT,
  year INTEGER, title TEXT, pmid TEXT, doi TEXT, revision TEXT, origin TEXT, added_at TEXT, body TEXT, PRIMARY KEY (id, version));
CREATE TABLE passages ("row" INTEGER PRIMARY KEY, document_id TEXT, number INTEGER, sequence INTEGER, digest TEXT, body TEXT);
CREATE TABLE removed ("row" INTEGER PRIMARY KEY, sequence INTEGER);
CREATE TABLE notices (key TEXT PRIMARY KEY, pmid TEXT, doi TEXT, origin TEXT, body TEXT);
CREATE TABLE supersessions (old_id TEXT, new_id TEXT, PRIMARY KEY (old_id, new_id));
CREATE TABLE deletions (document_id TEXT PRIMARY KEY, origin TEXT, at TEXT);
CREATE TABLE intakes (hash TEXT, piece INTEGER, name TEXT, at TEXT, body TEXT, PRIMARY KEY (hash, piece));
CREATE TABLE quarantine (file TEXT, record TEXT, reason TEXT, at TEXT, PRIMARY KEY (file, record));
CREATE TABLE queries (text TEXT PRIMARY KEY, "limit" INTEGER, run_at TEXT, resume_from TEXT);
INSERT INTO meta VALUES ('schema', '2'), ('library', 'abc'), ('annotation', 'k'), ('sequence', '5'), ('next_row', '9');
INSERT INTO deletions VALUES ('pmid:8', 'file:x', '2026-01-01');
INSERT INTO intakes VALUES ('h', -1, 'x', '2026-01-01', '{"added": 2}');
"""


def write_schema_2(path: Path, lexicon: Lexicon, damage: str = "") -> None:
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as connection:
        connection.executescript(SCHEMA_2)
        for n, version, current in ((1, 1, 0), (1, 2, 1), (2, 1, 1)):
            d = dataclasses.replace(document(n), read_on=f"2026-01-0{version}")
            values = encode(d)
            row = [d.id, version, content_hash(values), current, "cohort", "retracted" if n == 2 else "current", None, "extraction"]
            body = json.dumps(values) + damage
            connection.execute(
                f"INSERT INTO documents VALUES ({', '.join('?' * 16)})",  # noqa: S608
                [*row, None, f"Study {n}", str(n), None, "", "file:x", f"2026-01-0{version}", body],
            )
            if current:
                (passage,) = annotate(d, lexicon)
                body = json.dumps(encode(passage))
                connection.execute("INSERT INTO passages VALUES (?, ?, 0, ?, ?, ?)", [n + 3, d.id, n, digest(body), body])
    connection.close()


def test_a_library_of_the_schema_before_is_brought_up_to_date_and_kept(home: Path, lexicon: Lexicon) -> None:
    write_schema_2(home / "library.sqlite", lexicon)
    old = (home / "library.sqlite").read_bytes()
    catalog = open_catalog(home, 1)
    assert faults_of(catalog) == []
    assert (catalog.identity(), catalog.sequence()) == ("abc", 5)
    assert [d.status.value for d in catalog.documents()] == ["current", "retracted"]
    versions = catalog.history("pmid:1")[0]
    assert [(v.number, v.current, v.added_at) for v in versions] == [(1, False, "2026-01-01"), (2, True, "2026-01-02")]
    assert catalog.document("pmid:1", 1).read_on == "2026-01-01"
    assert [(row, p.document_id) for row, p, _ in catalog.passages()] == [(4, "pmid:1"), (5, "pmid:2")]
    assert catalog.intake_done("h") == {-1: Changes(added=2)}
    with catalog.write("test") as writing:
        writing.intake.put([document_row(dataclasses.replace(document(1), read_on="2026-01-02"), ())])
        writing.intake.put([document_row(document(8), ())])
    assert writing.written.changes == Changes(unchanged=1, taken_back=1)
    (kept,) = home.glob("library.sqlite.schema-2-*")
    assert kept.read_bytes() == old


def test_a_damaged_library_of_the_schema_before_is_named_and_left(home: Path, lexicon: Lexicon) -> None:
    write_schema_2(home / "library.sqlite", lexicon, damage="}")
    old = (home / "library.sqlite").read_bytes()
    with pytest.raises(LibraryDamaged, match="pmid:1 version 1"):
        open_catalog(home, 1)
    assert (home / "library.sqlite").read_bytes() == old
