"""Every version is kept: the newest revision is current whatever comes when, and a span of an old answer slices back for good."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import permutations
from pathlib import Path

import pytest

from libraries import add_here, answer, library_with, opened, pubmed_file, record
from osler.errors import UnknownDocument
from osler.library.catalog import Catalog
from osler.library.check import faults_of
from osler.library.intake import Changes
from osler.pipeline import Library


@pytest.fixture
def revisions(tmp_path: Path) -> dict[int, Path]:
    """Record 1 as three files have it, and a neighbour that never changes."""
    return {
        year: pubmed_file(tmp_path / f"{year}.xml", [record(1, did=did, year=year), record(2)])
        for year, did in ((2020, "relieved"), (2021, "eased"), (2022, "worsened"))
    }


def texts(library: Library) -> list[str]:
    versions, _ = library.catalog.history("pmid:1")
    return [library.catalog.document("pmid:1", v.number).text for v in versions]


@pytest.mark.parametrize("order", list(permutations((2020, 2021, 2022))), ids=str)
def test_the_newest_revision_is_current_whatever_comes_when(
    tmp_path: Path, revisions: dict[int, Path], order: tuple[int, ...]
) -> None:
    library = library_with(tmp_path / "home", *(revisions[year] for year in order))
    assert "worsened" in library.catalog.document("pmid:1").text
    versions, notices = library.catalog.history("pmid:1")
    assert [v.number for v in versions] == [1, 2, 3]
    assert [v.revision[4:8] for v in versions] == [str(year) for year in order]
    assert [v.current for v in versions] == [year == 2022 for year in order]
    assert notices == ()
    assert faults_of(library.catalog) == []
    assert {p.document_id for _, p, _ in library.catalog.passages() if "worsened" in p.text} == {"pmid:1"}
    assert not any("eased" in p.text or "relieved" in p.text for _, p, _ in library.catalog.passages() if p.document_id == "pmid:1")


def test_the_snapshot_is_of_what_is_current_not_of_how_it_came(tmp_path: Path, revisions: dict[int, Path]) -> None:
    forwards = library_with(tmp_path / "a", *(revisions[y] for y in (2020, 2021, 2022)))
    backwards = library_with(tmp_path / "b", *(revisions[y] for y in (2022, 2021, 2020)))
    only = library_with(tmp_path / "c", revisions[2022])
    assert forwards.snapshot.id == backwards.snapshot.id == only.snapshot.id


def test_what_each_file_did_is_said(tmp_path: Path, revisions: dict[int, Path]) -> None:
    library = opened(tmp_path / "home")
    assert add_here(library, revisions[2021]).changes == Changes(added=2)
    assert add_here(library, revisions[2020]).changes == Changes(older=1, unchanged=1)
    assert add_here(library, revisions[2022]).changes == Changes(updated=1, unchanged=1)
    before = library.catalog.history("pmid:1")
    again = add_here(library, *revisions.values())
    assert (again.changes.added, again.changes.updated, again.changes.older, again.files_known) == (0, 0, 0, 3)
    renamed = revisions[2021].with_name("renamed.xml")
    renamed.write_text(revisions[2021].read_text() + "\n<!-- the same records in another file -->\n")
    assert add_here(library, renamed).changes == Changes(unchanged=2)
    assert library.catalog.history("pmid:1") == before


def test_an_old_answer_slices_back_after_everything(tmp_path: Path, revisions: dict[int, Path]) -> None:
    home = tmp_path / "home"
    old = answer(library_with(home, revisions[2020]))
    spans = [c["span"] for claim in old["claims"] for c in claim["citations"] if c["span"]["document_id"] == "pmid:1"]
    assert spans
    gone = pubmed_file(tmp_path / "gone.xml", [record(3)], deleted=[1])
    for file in (revisions[2022], revisions[2021], gone):
        add_here(opened(home), file)
    for span in spans:
        shown = subprocess.run(
            [sys.executable, "-m", "osler", "document", "pmid:1", "--version", "1", "--json"],
            env=os.environ | {"OSLER_HOME": str(home)}, capture_output=True, check=True, timeout=60,
        )  # fmt: skip
        assert json.loads(shown.stdout)["text"][span["start"] : span["end"]] == span["exact"]


def test_what_its_source_took_back_stays_away(tmp_path: Path, revisions: dict[int, Path]) -> None:
    home = tmp_path / "home"
    library = library_with(home, revisions[2021])
    gone = pubmed_file(tmp_path / "gone.xml", [record(3)], deleted=[1, 77])
    assert add_here(library, gone).changes == Changes(added=1, removed=1)
    for file, changes in (
        (revisions[2020], Changes(taken_back=1, unchanged=1)),
        (revisions[2022], Changes(taken_back=1, unchanged=1)),
        (pubmed_file(tmp_path / "unknown.xml", [record(77)]), Changes(taken_back=1)),
    ):
        assert add_here(library, file).changes == changes
    with pytest.raises(UnknownDocument):
        library.catalog.document("pmid:1")
    assert len(texts(library)) == 1
    assert '"pmid:1"' not in json.dumps(answer(opened(home)))
    assert faults_of(library.catalog) == []


def test_what_was_removed_comes_back_as_the_version_it_was(tmp_path: Path, revisions: dict[int, Path]) -> None:
    library = library_with(tmp_path / "home", revisions[2020], revisions[2021])
    before = library.catalog.snapshot()
    with library.catalog.write("by hand") as writing:
        writing.intake.retire(["pmid:1"], by_source=False)
    assert writing.written.changes == Changes(removed=1)
    assert library.catalog.passages_of("pmid:1") == ()
    again = revisions[2021].with_name("again.xml")
    again.write_text(revisions[2021].read_text() + "\n")
    assert add_here(library, again).changes == Changes(added=1, unchanged=1)
    assert [(v.number, v.current) for v in library.catalog.history("pmid:1")[0]] == [(1, False), (2, True)]
    assert library.catalog.snapshot().id == before.id
    assert faults_of(library.catalog) == []


def test_of_two_in_one_file_the_last_counts(tmp_path: Path) -> None:
    file = pubmed_file(tmp_path / "twice.xml", [record(1, did="eased", year=2021), record(1, did="worsened", year=2021)])
    library = library_with(tmp_path / "home", file)
    assert "worsened" in library.catalog.document("pmid:1").text
    assert faults_of(library.catalog) == []


def test_versions_that_are_not_there_are_named(library: Library) -> None:
    catalog: Catalog = library.catalog
    known = min(catalog.current_ids())
    for document_id, version, words in ((known, 9, "version 9"), ("pmid:0", None, "pmid:0"), ("pmid:0", 1, "version 1")):
        with pytest.raises(UnknownDocument, match=words):
            catalog.document(document_id, version)
    with pytest.raises(UnknownDocument):
        catalog.history("pmid:0")
