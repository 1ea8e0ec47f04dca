"""The standing of a work: a table of what notices make of it, and the same through a library, in whatever order things arrive."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libraries import add_here, answer, corrections, library_with, opened, pubmed_file, record
from osler.domain.document import Bibliography, Document, StudyDesign, Via
from osler.domain.status import NoticeNature, PublicationStatus, StatusNotice, standing
from osler.library.catalog import Catalog
from osler.library.check import faults_of
from osler.library.rows import document_row
from osler.store import Store

R, C, E, B = NoticeNature.RETRACTION, NoticeNature.CONCERN, NoticeNature.CORRECTION, NoticeNature.REINSTATEMENT
CURRENT, CORRECTED, CONCERN, RETRACTED = (
    PublicationStatus.CURRENT, PublicationStatus.CORRECTED, PublicationStatus.CONCERN, PublicationStatus.RETRACTED,
)  # fmt: skip
SUPERSEDED, DRAFT = PublicationStatus.SUPERSEDED, PublicationStatus.DRAFT


def notice(nature: NoticeNature, date: str | None = None, **fields: str) -> StatusNotice:
    return StatusNotice(nature, fields.pop("source", "a list"), date=date, **({"pmid": "1"} | fields))


@pytest.mark.parametrize(
    ("own", "notices", "expected"),
    [
        (CURRENT, [], (CURRENT, None)),
        (CURRENT, [(E, "2020")], (CORRECTED, "2020")),
        (CURRENT, [(E, "2020"), (E, "2021"), (E, "2022")], (CORRECTED, "2020")),  # any number of errata is no retraction
        (CURRENT, [(C, "2020")], (CONCERN, "2020")),
        (CURRENT, [(R, "2020")], (RETRACTED, "2020")),
        (CURRENT, [(R, None)], (RETRACTED, None)),
        (CURRENT, [(C, "2019"), (R, "2020")], (RETRACTED, "2020")),  # first a concern, then the retraction
        (CURRENT, [(R, "2019"), (C, "2020")], (RETRACTED, "2019")),  # a later concern takes nothing back
        (CURRENT, [(R, "2019"), (E, "2020")], (RETRACTED, "2019")),  # nor does a later erratum
        (CURRENT, [(R, "2019"), (B, "2020")], (CURRENT, None)),
        (CURRENT, [(C, "2019"), (B, "2020")], (CURRENT, None)),
        (CURRENT, [(E, "2018"), (R, "2019"), (B, "2020")], (CORRECTED, "2018")),  # a reinstatement leaves the erratum
        (CURRENT, [(R, "2019"), (B, "2020"), (R, "2021")], (RETRACTED, "2021")),
        (CURRENT, [(R, "2019"), (B, "2020"), (C, "2021")], (CONCERN, "2021")),
        (CURRENT, [(B, "2018"), (R, "2019")], (RETRACTED, "2019")),  # an earlier reinstatement ends no later retraction
        (CURRENT, [(R, "2020-05-01"), (B, "2020-05-01")], (CURRENT, None)),  # on one day the reinstatement comes last
        (CURRENT, [(R, "2020-05-02"), (B, "2020-05-01")], (RETRACTED, "2020-05-02")),
        (CURRENT, [(R, None), (B, "2020")], (CURRENT, None)),  # undated counts as the earliest
        (CURRENT, [(R, "2020"), (B, None)], (RETRACTED, "2020")),  # so an undated reinstatement ends nothing that is dated
        (CURRENT, [(R, None), (R, "2019")], (RETRACTED, "2019")),  # the date is the first that is known
        (CURRENT, [(R, "2021"), (R, "2019")], (RETRACTED, "2019")),
        (RETRACTED, [], (RETRACTED, None)),
        (RETRACTED, [(R, "2020")], (RETRACTED, "2020")),
        (RETRACTED, [(E, "2020")], (RETRACTED, None)),
        (DRAFT, [], (DRAFT, None)),
        (DRAFT, [(E, "2020")], (DRAFT, None)),
        (DRAFT, [(R, "2020")], (RETRACTED, "2020")),
        (SUPERSEDED, [(E, "2020")], (SUPERSEDED, None)),
        (SUPERSEDED, [(C, "2020")], (CONCERN, "2020")),
        (SUPERSEDED, [(R, "2020")], (RETRACTED, "2020")),
    ],
)
def test_what_notices_make_of_a_work(
    own: PublicationStatus, notices: list[tuple[NoticeNature, str | None]], expected: tuple[PublicationStatus, str | None]
) -> None:
    for order in permutations(notices):
        assert standing(own, [notice(n, d) for n, d in order]) == expected


NOTICES = st.lists(
    st.builds(notice, st.sampled_from(NoticeNature), st.none() | st.sampled_from(["2019", "2019-06", "2020-01-05", "2021"])),
    max_size=6,
)


@given(NOTICES, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(notices: list[StatusNotice], chance: object) -> None:
    mixed = sorted(notices, key=lambda _: chance.random())  # type: ignore[attr-defined]
    assert standing(CURRENT, mixed) == standing(CURRENT, notices)


@given(NOTICES)
def test_without_a_retraction_nothing_is_retracted(notices: list[StatusNotice]) -> None:
    assert standing(CURRENT, [n for n in notices if n.nature is not R])[0] is not RETRACTED


@given(NOTICES)
def test_a_retraction_that_nothing_reinstates_stays(notices: list[StatusNotice]) -> None:
    left = [n for n in notices if n.nature is not B]
    assert standing(CURRENT, [*left, notice(R, "2020")])[0] is RETRACTED


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(Store(tmp_path / "library.sqlite"))


def work(number: int = 1, *, pmid: str | None = "1", doi: str | None = "10.5555/one", supersedes: tuple[str, ...] = ()) -> Document:
    book = Bibliography(f"Work {number}", pmid=pmid, doi=doi, url="https://example.org/")
    return Document(f"work:{number}", StudyDesign.RCT, Via.SOURCE, book, "Words.", supersedes=supersedes)


def put(catalog: Catalog, *documents: Document) -> None:
    with catalog.write("a file") as writing:
        writing.intake.put([document_row(d, ()) for d in documents])


def note(catalog: Catalog, *notices: StatusNotice) -> int:
    with catalog.write("a list") as writing:
        writing.intake.note(notices)
    return writing.written.changes.status


@pytest.mark.parametrize(
    "found_by",
    [
        StatusNotice(R, "a list", pmid="1", date="2021-03"),
        StatusNotice(R, "a list", doi="10.5555/one", date="2021-03"),
        StatusNotice(R, "a list", pmid="1", doi="10.5555/one", date="2021-03"),
        StatusNotice(R, "a list", pmid="1", doi="10.5555/another", date="2021-03"),  # one of the two is enough
    ],
)
@pytest.mark.parametrize("first", ["the document", "the notice"])
def test_a_notice_meets_its_document_whichever_comes_first(catalog: Catalog, found_by: StatusNotice, first: str) -> None:
    if first == "the document":
        put(catalog, work())
        assert note(catalog, found_by) == 1
    else:
        assert note(catalog, found_by) == 0
        put(catalog, work())
    assert catalog.document("work:1").status is RETRACTED
    (version,), notices = catalog.history("work:1")
    assert (version.status, notices) == ("retracted", (found_by,))
    assert faults_of(catalog) == []


@pytest.mark.parametrize(
    "of_another",
    [StatusNotice(R, "a list", pmid="11"), StatusNotice(R, "a list", doi="10.5555/one.b"), StatusNotice(R, "a list", pmid="2")],
)
def test_a_notice_about_another_work_changes_nothing(catalog: Catalog, of_another: StatusNotice) -> None:
    put(catalog, work())
    assert note(catalog, of_another) == 0
    assert catalog.document("work:1").status is CURRENT


def test_a_notice_strikes_every_document_of_the_work(catalog: Catalog) -> None:
    """The source and our extraction of it are two documents of one work."""
    put(catalog, work(1), work(2), work(3, pmid=None), work(4, pmid="4", doi=None))
    assert note(catalog, notice(R, doi="10.5555/one")) == 3
    assert [catalog.document(f"work:{n}").status for n in (1, 2, 3, 4)] == [RETRACTED, RETRACTED, RETRACTED, CURRENT]


def test_the_snapshot_changes_with_a_status_and_comes_back_with_it(catalog: Catalog) -> None:
    put(catalog, work(1), work(2, pmid="2", doi=None))
    before = catalog.snapshot()
    note(catalog, notice(R, "2020"))
    retracted = catalog.snapshot()
    assert retracted.id != before.id
    assert note(catalog, notice(R, "2020")) == 0  # the same again
    assert note(catalog, notice(R, "2020", source="another list")) == 0  # and somebody else saying so
    assert catalog.snapshot() == retracted
    assert note(catalog, notice(B, "2021")) == 1
    assert catalog.snapshot() == before


def test_a_new_version_does_not_shake_off_a_notice(catalog: Catalog) -> None:
    put(catalog, work())
    note(catalog, notice(R, "2020"))
    put(catalog, Document("work:1", StudyDesign.RCT, Via.SOURCE, work().bibliography, "Other words.", revision="2"))
    assert catalog.document("work:1").status is RETRACTED
    assert [v.status for v in catalog.history("work:1")[0]] == ["retracted", "retracted"]


@pytest.mark.parametrize("first", ["old", "new"])
def test_what_is_superseded_says_so(catalog: Catalog, first: str) -> None:
    old, new = work(1), work(2, pmid="2", doi=None, supersedes=("work:1",))
    for document in (old, new) if first == "old" else (new, old):
        put(catalog, document)
    assert (catalog.document("work:1").status, catalog.document("work:2").status) == (SUPERSEDED, CURRENT)
    note(catalog, notice(R, "2020"))
    assert catalog.document("work:1").status is RETRACTED
    assert faults_of(catalog) == []


@pytest.mark.parametrize("order", ["list first", "list last"])
def test_a_list_of_pmids_and_pubmed_s_own_link(tmp_path: Path, order: str) -> None:
    """Record 3 is on a list only, record 5 links to its retraction, record 6 to an erratum, 8 is retracted by another's link."""
    listed = tmp_path / "retracted.txt"
    listed.write_text("PMID\n3\n99999\n")
    records = [
        *(record(n) for n in (1, 2, 3)),
        record(5, corrections=corrections("RetractionIn", 50)),
        record(6, corrections=corrections("ErratumIn", 60)),
        record(7, corrections=corrections("ExpressionOfConcernIn", 70)),
        record(8),
        record(80, corrections=corrections("RetractionOf", 8), kind="D016440"),
    ]
    file = pubmed_file(tmp_path / "records.xml", records)
    arguments = (listed, file) if order == "list first" else (file, listed)
    library = library_with(tmp_path / "home", *arguments)
    status = {n: library.catalog.document(f"pmid:{n}").status for n in (1, 2, 3, 5, 6, 7, 8)}
    assert status == {1: CURRENT, 2: CURRENT, 3: RETRACTED, 5: RETRACTED, 6: CORRECTED, 7: CONCERN, 8: RETRACTED}
    assert faults_of(library.catalog) == []


def test_a_retraction_takes_a_claim_out_of_the_answer(tmp_path: Path) -> None:
    file = pubmed_file(tmp_path / "records.xml", (record(n) for n in (1, 2, 3)))
    library = library_with(tmp_path / "home", file)
    assert "pmid:2" in cited(answer(library))
    listed = tmp_path / "retracted.txt"
    listed.write_text("PMID\n2\n99999\n")
    add_here(library, listed)
    assert cited(answer(opened(tmp_path / "home"))) & {"pmid:1", "pmid:2", "pmid:3"} == {"pmid:1", "pmid:3"}


def cited(article: dict) -> set[str]:  # type: ignore[type-arg]
    return {c["span"]["document_id"] for claim in article["claims"] for c in claim["citations"]}
