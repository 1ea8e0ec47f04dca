"""What a passage is of, and that the index never lags behind a change of status: in the session, after a kill, and in an answer."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from libraries import add_here, child, corrections, library_with, opened, pubmed_file, record
from memory_index import MemoryIndex
from osler.domain.document import Bibliography, Direction, Document, StudyDesign, Via
from osler.domain.evidence import Source
from osler.domain.passage import Finding, Passage
from osler.domain.population import Ages, Kidney, Population
from osler.domain.question import Audience
from osler.domain.status import NoticeNature, PublicationStatus, StatusNotice
from osler.evidence.retrieve import retrieve
from osler.index.base import IndexQuery, IndexRow, Only, index_row, searched
from osler.index.people import populations_of
from osler.index.tantivy import TantivyIndex
from osler.language.lexicon import Lexicon
from osler.library.rows import document_row
from osler.passages.annotate import ancestor_table, annotate
from osler.pipeline import Library, bring_up_to_date, index_rows, verify_index, verify_library
from osler.question.frame import frame_question

CURRENT, RETRACTED, SUPERSEDED = PublicationStatus.CURRENT, PublicationStatus.RETRACTED, PublicationStatus.SUPERSEDED


def passage(text: str, lexicon: Lexicon, *people: Population) -> Passage:
    """A passage with one finding for each population, all of them about its whole text."""
    named = tuple(dict.fromkeys(m.concept_id for m in lexicon.tag(text)))
    findings = tuple(
        Finding(str(n), 0, len(text), StudyDesign.COHORT, Direction.ADVERSE, (), (), (), (), p) for n, p in enumerate(people)
    )
    return Passage("d", 0, 0, len(text), text, findings, named)


@pytest.mark.parametrize(
    ("text", "of", "not_of"),
    [
        ("Thirty adults on hemodialysis took methocarbamol.", "hemodialysis adult", "peritoneal-dialysis"),
        ("Thirty adults not on dialysis took methocarbamol.", "adult", "dialysis"),
        ("Patients not yet on dialysis were followed.", "", "dialysis"),
        ("Non-dialysis chronic kidney disease was studied.", "chronic-kidney-disease", "dialysis"),
        ("We compared 20 hemodialysis patients and 20 people not on dialysis.", "hemodialysis", ""),
        ("People with kidney disease, with or without dialysis, took part.", "dialysis", ""),
        ("Non-pregnant women took it.", "women", "pregnancy"),
        ("Women were neither pregnant nor breastfeeding.", "women", "pregnancy lactation"),
        ("It is not recommended in pregnancy.", "pregnancy", ""),
        ("It should not be used in severe renal impairment.", "advanced-ckd", ""),
        ("No dose adjustment is needed in renal impairment.", "chronic-kidney-disease", ""),
        ("Patients without liver disease took it.", "", "hepatic-impairment"),
        ("No patient on hemodialysis fell.", "hemodialysis", ""),
        ("Baclofen relieved spasm.", "", "adult dialysis pregnancy"),
    ],
)
def test_whom_the_words_of_a_passage_name(lexicon: Lexicon, text: str, of: str, not_of: str) -> None:
    found = populations_of(passage(text, lexicon), lexicon)
    assert {f"pop/{p}" for p in of.split()} <= found
    assert not {f"pop/{p}" for p in not_of.split()} & found


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        (Population(), ""),
        (Population(kidney=frozenset({Kidney.HEMODIALYSIS})), "hemodialysis"),
        (Population(kidney=frozenset({Kidney.CKD_G3, Kidney.TRANSPLANT})), "moderate-ckd kidney-transplant"),
        (Population(kidney=frozenset({Kidney.NORMAL})), ""),
        (Population(kidney=frozenset({Kidney.CKD_G4_G5}), not_on_dialysis=True), "advanced-ckd"),
        (Population(pregnant=True, lactating=True, hepatic=True), "pregnancy lactation hepatic-impairment"),
        (Population(ages=Ages(18)), "adult"),
        (Population(ages=Ages(65)), "adult older-adult"),
        (Population(ages=Ages(70, 80)), "adult older-adult"),
        (Population(ages=Ages(0, 28 / 365)), "child infant neonate"),
        (Population(ages=Ages(12, 18)), "child adolescent"),
        (Population(ages=Ages(2, 18)), "child"),
        (Population(ages=Ages(6)), "child adult"),
    ],
)
def test_whom_a_finding_is_in(lexicon: Lexicon, people: Population, expected: str) -> None:
    """Though no word of the passage names them: a finding takes its people from title and heading too."""
    assert populations_of(passage("Two fell.", lexicon, people), lexicon) == {f"pop/{p}" for p in expected.split()}


def test_a_group_includes_the_narrower_ones(lexicon: Lexicon) -> None:
    by = searched(passage("Falls in hemodialysis.", lexicon, Population(pregnant=True)), lexicon)
    row = index_row(1, by.words, by.concepts, "", ancestor_table(lexicon), populations=by.populations)
    assert {"pop/hemodialysis", "pop/dialysis", "pop/chronic-kidney-disease", "pop/pregnancy"} <= row.populations
    assert "pop/pregnancy" not in row.broader  # a population of the finding is nothing that the words are about


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Records 1 to 6; record 6 is retracted by record 60 of the same file."""
    folder = tmp_path_factory.mktemp("held")
    retraction = record(60, corrections=corrections("RetractionOf", 6), kind="D016440")
    file = pubmed_file(folder / "records.xml", [*(record(n) for n in range(1, 7)), retraction])
    return library_with(folder / "home", file).settings.home


@pytest.fixture
def home(held: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(held, tmp_path / "home"))


def listed(folder: Path, *pmids: int) -> Path:
    file = folder / "retracted.txt"
    file.write_text("PMID\n" + "".join(f"{p}\n" for p in pmids) + "99999\n")
    return file


def indexed(library: Library, status: PublicationStatus) -> set[str]:
    """Documents of which the index itself holds a passage with this status."""
    query = IndexQuery(words="methocarbamol drowsiness back pain", only=Only(statuses=frozenset({status})))
    passages = library.catalog.load(h.row for h in library.index.search(query, 500))
    return {p.document_id for p, _ in passages.values() if p.document_id.startswith("pmid:")}


def test_a_status_that_changes_in_the_same_file_is_in_the_index(held: Path) -> None:
    library = opened(held)
    assert indexed(library, RETRACTED) == {"pmid:6"}
    assert "pmid:6" not in indexed(library, CURRENT)
    assert verify_index(library) == []


def test_a_list_of_retractions_reaches_the_index_in_the_same_session(home: Path, tmp_path: Path) -> None:
    library = opened(home)
    add_here(library, listed(tmp_path, 2, 3))
    assert indexed(library, RETRACTED) == {"pmid:2", "pmid:3", "pmid:6"}
    assert indexed(library, CURRENT) & {"pmid:1", "pmid:2", "pmid:3"} == {"pmid:1"}
    assert library.index.mark() == opened(home).index.mark()
    assert verify_library(library) == []


def test_a_document_that_was_held_back_when_its_status_changed_is_indexed_with_the_new_one(tmp_path: Path) -> None:
    library = opened(tmp_path / "home")
    add_here(library, pubmed_file(tmp_path / "new.xml", [record(1), record(2)]), listed(tmp_path, 2))
    assert (indexed(library, CURRENT) & {"pmid:1", "pmid:2"}, indexed(library, RETRACTED)) == ({"pmid:1"}, {"pmid:2"})
    assert verify_index(library) == []


def test_a_newer_version_and_a_return_bring_the_status_in_effect(home: Path, tmp_path: Path) -> None:
    library = opened(home)
    add_here(library, listed(tmp_path, 2, 3))
    add_here(library, pubmed_file(tmp_path / "newer.xml", [record(2, did="eased", year=2022)], deleted=[4]))
    assert "pmid:2" in indexed(library, RETRACTED)
    assert "pmid:4" not in indexed(library, CURRENT)
    assert verify_library(library) == []


CHILD = """
import itertools, os, signal, sys
from pathlib import Path
import osler.index.tantivy as index, osler.sqlite as store
from libraries import add_here, opened
home, step, nth, when, file = sys.argv[1:]
library = opened(Path(home))
module, name = {"commit": (store, "_commit"), "row": (index, "_document"), "link": (index, "_link"),
                "sum": (index, "_summed"), "point": (index, "_write_atomically")}[step]
inner, count = getattr(module, name), itertools.count(1)
def dying(*given):
    last = next(count) == int(nth)
    if last and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    done = inner(*given)
    if last:
        os.kill(os.getpid(), signal.SIGKILL)
    return done
setattr(module, name, dying)
add_here(library, Path(file))
"""


@pytest.mark.parametrize(
    ("step", "nth", "when"),
    [
        ("commit", 1, "after"),
        ("row", 1, "before"),
        ("row", 2, "after"),
        ("link", 1, "before"),
        ("sum", 1, "after"),
        ("point", 1, "before"),
        ("point", 1, "after"),
    ],
)
def test_killed_while_a_status_changes_the_index_takes_it_up(home: Path, tmp_path: Path, step: str, nth: int, when: str) -> None:
    process = child(CHILD, home, step, nth, when, listed(tmp_path, 2, 3))
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    library = opened(home)
    assert library.catalog.document("pmid:2").status is RETRACTED
    assert indexed(library, RETRACTED) == {"pmid:2", "pmid:3", "pmid:6"}
    assert "pmid:2" not in indexed(library, CURRENT)
    assert verify_library(library) == []


def test_a_change_that_the_index_could_not_take_is_replayed(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = opened(home)
    with monkeypatch.context() as patched:
        patched.setattr(TantivyIndex, "apply", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            add_here(library, listed(tmp_path, 1))
    assert "pmid:1" in indexed(library, CURRENT)  # the index is behind; the catalogue is not
    assert library.catalog.document("pmid:1").status is RETRACTED
    assert any("not what the catalogue holds" in fault for fault in verify_index(library))
    assert "pmid:1" in indexed(opened(home), RETRACTED)
    assert verify_index(opened(home)) == []


def test_only_what_changed_is_replayed(home: Path) -> None:
    library = opened(home)
    before = library.catalog.sequence()
    with library.catalog.write("a list") as writing:
        writing.intake.note([StatusNotice(NoticeNature.RETRACTION, "a list", pmid="3")])
    again = {r.row: r.status for r in index_rows(library.catalog, library.lexicon, before)}
    assert set(again.values()) == {RETRACTED}
    assert {p.document_id for p, _ in library.catalog.load(again).values()} == {"pmid:3"}
    assert writing.written.restated == ("pmid:3",)
    with library.catalog.write("another list") as writing:
        writing.intake.note([StatusNotice(NoticeNature.RETRACTION, "another list", pmid="3")])  # nothing new
    assert (writing.written.restated, list(index_rows(library.catalog, library.lexicon, before + 1))) == ((), [])


def test_what_is_superseded_is_so_in_the_index_after_a_replay(home: Path) -> None:
    library = opened(home)
    book = Bibliography("Newer advice on methocarbamol", url="https://example.org/newer")
    newer = Document("web:newer", StudyDesign.GUIDELINE, Via.SOURCE, book, "Methocarbamol and back pain.", supersedes=("pmid:1",))
    with library.catalog.write("a file") as writing:
        writing.intake.put([document_row(newer, annotate(newer, library.lexicon))])
    bring_up_to_date(library.catalog, library.index, library.lexicon)
    assert indexed(library, SUPERSEDED) == {"pmid:1"}
    assert verify_index(library) == []


@pytest.mark.parametrize("stale", [{"status": RETRACTED}, {"jurisdiction": "US"}, {"populations": frozenset({"pop/pregnancy"})}])
def test_an_index_with_a_stale_bound_is_found_out(home: Path, stale: dict[str, object]) -> None:
    library = opened(home)
    mark = library.index.mark()
    assert mark is not None
    first = next(iter(index_rows(library.catalog, library.lexicon)))
    library.index.apply([replace(first, **stale)], [], mark[1], mark[0])  # type: ignore[arg-type]
    assert any("1 rows are not what the catalogue holds" in fault for fault in verify_index(library))


def test_a_jurisdiction_goes_from_the_document_to_the_index_and_back(tmp_path: Path) -> None:
    (tmp_path / "protocol.md").write_text("# Methocarbamol on our ward\n\nMethocarbamol eased back pain in adults.\n")
    (tmp_path / "protocol.md.osler.yaml").write_text(
        "title: Ward protocol\njurisdiction: Example Region\nurl: https://example.org/w\n"
    )
    library = library_with(tmp_path / "home", tmp_path / "protocol.md")
    hits = library.index.search(IndexQuery(words="methocarbamol", only=Only(jurisdictions=frozenset({"example region"}))), 10)
    (found,) = library.catalog.load(h.row for h in hits).values()
    assert (found[1].jurisdiction, found[1].bibliography.title) == ("Example Region", "Ward protocol")
    assert library.catalog.jurisdictions() == ("Example Region",)
    assert verify_library(library) == []


def test_a_library_from_before_jurisdictions_were_kept_is_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "protocol.md").write_text("# Methocarbamol on our ward\n\nMethocarbamol eased back pain in adults.\n")
    (tmp_path / "protocol.md.osler.yaml").write_text(
        "title: Ward protocol\njurisdiction: Example Region\nurl: https://example.org/w\n"
    )
    with monkeypatch.context() as before:
        before.setattr("osler.library.rows.REFERENCE", ("kind", "via", "bibliography", "authority", "organisation", "issued"))
        before.setattr("osler.passages.annotate.RULES_VERSION", 6)
        before.setattr("osler.pipeline.ROW_FORM", 1)
        _forget_keys()
        old = library_with(tmp_path / "home", tmp_path / "protocol.md")
        assert old.catalog.jurisdictions() == ()
    _forget_keys()
    assert not [f for f in verify_library(old) if not f.startswith("index")]  # sound, in the form of its time
    library = opened(tmp_path / "home")
    assert library.catalog.jurisdictions() == ("Example Region",)
    assert library.index.search(IndexQuery(words="methocarbamol", only=Only(jurisdictions=frozenset({"Example Region"}))), 10)
    assert verify_library(library) == []


def _forget_keys() -> None:
    from osler.passages.annotate import annotation_key

    annotation_key.cache_clear()


def source(name: str, status: PublicationStatus) -> Source:
    book = Bibliography(f"Study {name}", url="https://example.org/")
    return Source(name, StudyDesign.RCT, Via.SOURCE, status, book)


def built(
    statuses: Iterable[tuple[PublicationStatus, PublicationStatus]], lexicon: Lexicon
) -> tuple[MemoryIndex, dict[int, tuple[Passage, Source]]]:
    """Rows of one text each; a status as the index has it, and one as the catalogue has it."""
    index, held = MemoryIndex(), {}
    text = "Ketotifen eased itch."
    rows = []
    for row, (in_index, in_catalogue) in enumerate(statuses, start=1):
        rows.append(IndexRow(row, "", text, frozenset(), frozenset(), "rct", 2020, in_index))
        held[row] = (replace(passage(text, lexicon), document_id=f"d{row}"), source(f"d{row}", in_catalogue))
    index.rebuild(rows, 1, "s")
    return index, held


def test_retracted_documents_take_no_places_and_never_come_back(lexicon: Lexicon) -> None:
    """The index leaves them out; where it is a moment behind, the catalogue decides."""
    behind, known, usable = (CURRENT, RETRACTED), (RETRACTED, RETRACTED), (CURRENT, CURRENT)
    index, held = built([*[known] * 40, behind, *[usable] * 3, (PublicationStatus.CONCERN,) * 2], lexicon)
    question = frame_question("Does ketotifen help itch?", Audience.CLINICIAN, lexicon, frozenset())
    run = retrieve(question, index, lambda rows: {r: held[r] for r in rows}, lexicon, 5)
    assert sorted(h.passage.document_id for h in run.hits) == ["d42", "d43", "d44", "d45"]
    assert {h.source.status for h in run.hits} == {CURRENT, PublicationStatus.CONCERN}
