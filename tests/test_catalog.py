"""The catalogue: idempotent by content, every version kept, damage named, two first users at once."""

from __future__ import annotations

import dataclasses
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from osler.domain.document import Bibliography, Direction, Document, Statement, StudyDesign, Via
from osler.errors import LibraryDamaged, UnknownDocument
from osler.language.lexicon import Lexicon
from osler.library.catalog import Catalog
from osler.library.check import faults_of
from osler.library.intake import Changes
from osler.passages.annotate import annotate
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
        ("UPDATE documents SET body = replace(body, '7 of 100', '9 of 100')", "does not match its hash"),
        ("UPDATE documents SET body = '{'", "cannot be read"),
        ("UPDATE passages SET body = replace(body, 'baclofen caused', 'baclofen causes')", "does not match its checksum"),
        ("UPDATE documents SET status = 'retracted'", "snapshot"),
    ],
)
def test_damage_is_named(catalog: Catalog, lexicon: Lexicon, home: Path, damage: str, fault: str) -> None:
    ingest(catalog, lexicon, document(1))
    assert faults_of(catalog) == []
    with sqlite3.connect(home / "library.sqlite") as connection:
        connection.execute(damage)
    connection.close()
    faults = " ".join(faults_of(catalog))
    assert any(part in faults for part in fault.split("|"))


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
