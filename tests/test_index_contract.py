"""Every engine keeps the contract of `index/base.py`, and finds the same rows as the slow twin."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory_index import MemoryIndex
from osler.domain.status import PublicationStatus
from osler.errors import IndexUnusable
from osler.index import tantivy
from osler.index.base import EvidenceIndex, IndexQuery, IndexRow, Only
from osler.index.tantivy import TantivyIndex

WORDS = ["baclofen", "dialysis", "spasm", "itch", "kidney", "fall", "tablet", "heat"]
CONCEPTS = ["drug/baclofen", "drug/tizanidine", "cond/back-spasm", "class/muscle-relaxants"]
ROWS = [
    IndexRow(
        1, "Baclofen", "baclofen in dialysis", frozenset({"drug/baclofen"}), frozenset({"drug/baclofen", "class/muscle-relaxants"})
    ),
    IndexRow(2, "Tizanidine", "tizanidine and falls", frozenset({"drug/tizanidine"}), frozenset({"class/muscle-relaxants"})),
    IndexRow(7, "Heat", "superficial heat for the back", frozenset({"cond/back-spasm"}), frozenset({"cond/back-spasm"})),
]


@pytest.fixture(params=["tantivy", "memory"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> EvidenceIndex:
    made: EvidenceIndex = TantivyIndex(tmp_path / "index") if request.param == "tantivy" else MemoryIndex()
    assert made.rebuild(ROWS, 1, "first") == 3
    return made


def rows(index: EvidenceIndex, query: IndexQuery, limit: int = 10) -> list[int]:
    return [hit.row for hit in index.search(query, limit)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (IndexQuery(words="baclofen"), {1}),
        (IndexQuery(words="BACLOFEN in the DIALYSIS"), {1}),
        (IndexQuery(words="fall"), {2}),
        (IndexQuery(concepts=(("drug/tizanidine", 1.0),)), {2}),
        (IndexQuery(concepts=(("class/muscle-relaxants", 1.0),)), set()),
        (IndexQuery(broader=(("class/muscle-relaxants", 1.0),)), {1, 2}),
        (IndexQuery(words="heat", concepts=(("drug/baclofen", 1.0),)), {1, 7}),
        (IndexQuery(), set()),
        (IndexQuery(words="the of and"), set()),
        (IndexQuery(words='"baclofen" AND (NOT:dialysis*) IN ~heat^2'), {1, 7}),
        (IndexQuery(words="title:baclofen"), {1}),
    ],
)
def test_finds_the_rows_in_which_a_part_occurs(index: EvidenceIndex, query: IndexQuery, expected: set[int]) -> None:
    assert set(rows(index, query)) == expected


def test_best_first_and_ties_by_row(index: EvidenceIndex) -> None:
    assert rows(index, IndexQuery(broader=(("class/muscle-relaxants", 2.0),))) == [1, 2]
    weighted = IndexQuery(concepts=(("drug/tizanidine", 9.0), ("drug/baclofen", 1.0)))
    assert rows(index, weighted) == [2, 1]
    assert rows(index, weighted, limit=1) == [2]


@pytest.mark.parametrize(
    ("word", "count"), [("baclofen", 1), ("BACLOFEN", 1), ("falls", 1), ("heat", 1), ("zzz", 0), ("the", 0), ("", 0), ("a b", 0)]
)
def test_a_word_is_held_by_so_many_rows(index: EvidenceIndex, word: str, count: int) -> None:
    assert index.holds(word) == count


def test_a_limit_below_one_is_refused(index: EvidenceIndex) -> None:
    with pytest.raises(ValueError, match="limit"):
        index.search(IndexQuery(words="baclofen"), 0)


def test_rebuild_replaces_everything(index: EvidenceIndex) -> None:
    index.rebuild(ROWS[:1], 5, "second")
    assert (index.mark(), index.count()) == (("second", 5), 1)
    assert rows(index, IndexQuery(words="heat baclofen")) == [1]


def test_apply_puts_replaces_and_removes_and_may_be_done_twice(index: EvidenceIndex) -> None:
    new = IndexRow(9, "Massage", "massage of the back", frozenset(), frozenset())
    changed = IndexRow(2, "Tizanidine", "tizanidine and drowsiness", frozenset(), frozenset())
    for _ in range(2):
        index.apply([new, changed], [7], 2, "first")
        assert (index.mark(), index.count(), index.rows()) == (("first", 2), 3, {1, 2, 9})
        assert rows(index, IndexQuery(words="back")) == [9]
        assert rows(index, IndexQuery(words="falls")) == []
        assert rows(index, IndexQuery(words="drowsiness")) == [2]
        assert index.prints() == {1: ROWS[0].print, 2: changed.print, 9: new.print}
    assert index.faults() == []


def test_of_a_row_that_is_put_twice_the_last_counts(index: EvidenceIndex) -> None:
    """Two versions of one document in one lot."""
    first, last = (IndexRow(2, "", words, frozenset(), frozenset()) for words in ("massage", "acupuncture"))
    index.apply([first, last], [], 2, "first")
    assert (index.count(), index.prints()[2]) == (3, last.print)
    assert (rows(index, IndexQuery(words="massage")), rows(index, IndexQuery(words="acupuncture"))) == ([], [2])


def test_years_far_down_the_ranking_are_found(index: EvidenceIndex) -> None:
    none = frozenset[str]()
    early = [IndexRow(n, "", "spasm", none, none, "rct", 1990) for n in range(1, 1_500)]
    late = [IndexRow(n, "", f"spasm {'kidney ' * 40}", none, none, "rct", 2020) for n in range(2_000, 2_003)]
    index.rebuild([*early, *late], 1, "first")
    query = IndexQuery(words="spasm", only=Only(kinds=frozenset({"rct"}), year_from=2015))
    assert rows(index, query, limit=5) == [2_000, 2_001, 2_002]
    assert rows(index, IndexQuery(words="spasm", only=Only(year_to=1980)), limit=5) == []


def test_an_index_of_another_library_is_not_added_to(index: EvidenceIndex) -> None:
    with pytest.raises(IndexUnusable):
        index.apply(ROWS, [], 2, "other")
    assert index.mark() == ("first", 1)


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (Only(), [1, 2, 3, 4]),
        (Only(kinds=frozenset({"rct"})), [1, 3]),
        (Only(kinds=frozenset({"rct", "label"})), [1, 2, 3]),
        (Only(year_from=2010), [2, 3]),
        (Only(year_to=2010), [1, 2]),
        (Only(year_from=2010, year_to=2010), [2]),
        (Only(concepts=frozenset({"class/muscle-relaxants"})), [1, 2]),
        (Only(concepts=frozenset({"class/muscle-relaxants", "drug/baclofen"})), [1]),
        (Only(kinds=frozenset({"cohort"})), []),
    ],
)
def test_a_bound_leaves_rows_out_and_scores_alone(index: EvidenceIndex, only: Only, expected: list[int]) -> None:
    muscle, none = frozenset({"class/muscle-relaxants"}), frozenset[str]()
    made = [
        IndexRow(1, "", "spasm", none, muscle | {"drug/baclofen"}, "rct", 2001),
        IndexRow(2, "", "spasm", none, muscle, "label", 2010),
        IndexRow(3, "", "spasm", none, none, "rct", 2020),
        IndexRow(4, "", "spasm", none, none, "", 0),
    ]
    index.rebuild(made, 1, "first")
    free = {h.row: h.score for h in index.search(IndexQuery(words="spasm"), 10)}
    found = index.search(IndexQuery(words="spasm", only=only), 10)
    assert [h.row for h in found] == expected
    assert {h.row: pytest.approx(h.score) for h in found} == {r: free[r] for r in expected}


CURRENT, CORRECTED, CONCERN, RETRACTED, SUPERSEDED, DRAFT = PublicationStatus
HD, DIALYSIS = "pop/hemodialysis", "pop/dialysis"


def made(row: int, status: PublicationStatus = CURRENT, where: str = "", about: str = "", of: str = "", **more: Any) -> IndexRow:
    """A row that every search for "spasm" finds; `about` and `of` are what it is about and of, broader ones included."""
    concepts = frozenset(about.split())
    return IndexRow(
        row, "", "spasm", concepts, concepts, **more, status=status, jurisdiction=where, populations=frozenset(of.split())
    )


BOUNDED = [
    made(1, CURRENT, "US", "drug/baclofen class/muscle-relaxants cond/back-spasm", f"{HD} {DIALYSIS}", kind="label", year=2020),
    made(2, CORRECTED, "US", "drug/tizanidine class/muscle-relaxants", "pop/adult", kind="rct", year=2010),
    made(3, RETRACTED, "Example Region", "drug/baclofen class/muscle-relaxants", DIALYSIS, kind="rct", year=2021),
    made(4, CONCERN, "", "cond/back-spasm pop/hemodialysis", "", kind="cohort", year=0),
    made(5, SUPERSEDED, "uk", "", f"{HD} {DIALYSIS} pop/adult", kind="guideline", year=1999),
    made(6, DRAFT),
]


def among(**bounds: Any) -> Only:
    """Bounds from the words of a table: text is split, years stay."""
    return Only(**{k: frozenset(v.split(";")) if isinstance(v, str) else v for k, v in bounds.items()})


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (among(statuses=frozenset({CURRENT})), [1]),
        (among(statuses=frozenset({RETRACTED})), [3]),
        (among(statuses=frozenset({DRAFT, CONCERN, CORRECTED})), [2, 4, 6]),
        (among(statuses=frozenset(PublicationStatus) - {RETRACTED}), [1, 2, 4, 5, 6]),
        (among(statuses=frozenset(PublicationStatus)), [1, 2, 3, 4, 5, 6]),
        (among(jurisdictions="US"), [1, 2]),
        (among(jurisdictions="us"), [1, 2]),
        (among(jurisdictions="UK;EXAMPLE region"), [3, 5]),
        (among(jurisdictions="US;UK;Example Region;France"), [1, 2, 3, 5]),
        (among(jurisdictions="Example"), []),  # a name is one name, not its words
        (among(jurisdictions="U*"), []),
        (among(drugs="drug/baclofen"), [1, 3]),
        (among(drugs="class/muscle-relaxants"), [1, 2, 3]),
        (among(drugs="drug/baclofen;drug/tizanidine"), []),  # each must be there
        (among(drugs="drug/never-seen"), []),
        (among(problems="cond/back-spasm"), [1, 4]),
        (among(populations=DIALYSIS), [1, 3, 5]),
        (among(populations=HD), [1, 5]),  # not row 4, which only names it among what it is about
        (among(populations=f"{HD};pop/adult"), [5]),
        (among(drugs="drug/baclofen", problems="cond/back-spasm"), [1]),
        (among(drugs="drug/baclofen", populations=DIALYSIS, statuses=frozenset({CURRENT, RETRACTED})), [1, 3]),
        (among(drugs="drug/baclofen", populations=DIALYSIS, statuses=frozenset({CURRENT, RETRACTED}), jurisdictions="us"), [1]),
        (among(kinds="rct", statuses=frozenset(PublicationStatus) - {RETRACTED}), [2]),
        (among(kinds="rct;label", year_from=2015, jurisdictions="US;Example Region"), [1, 3]),
        (among(kinds="rct;label", year_from=2015, jurisdictions="US;Example Region", statuses=frozenset({RETRACTED})), [3]),
        (among(concepts="cond/back-spasm", jurisdictions="US"), [1]),
        (among(year_to=2000, statuses=frozenset({SUPERSEDED})), [5]),
    ],
)
def test_every_bound_alone_and_with_others_leaves_rows_out_and_scores_alone(
    index: EvidenceIndex, only: Only, expected: list[int]
) -> None:
    index.rebuild(BOUNDED, 1, "first")
    free = {h.row: h.score for h in index.search(IndexQuery(words="spasm"), 10)}
    found = index.search(IndexQuery(words="spasm", only=only), 10)
    assert [h.row for h in found] == expected
    assert {h.row: pytest.approx(h.score) for h in found} == {r: free[r] for r in expected}
    assert [h.row for h in index.search(IndexQuery(words="spasm", only=only), 1)] == expected[:1]
    assert index.search(IndexQuery(words="heat", only=only), 10) == ()


@pytest.mark.parametrize(
    "bounds",
    [
        {"drugs": "cond/back-spasm"},
        {"drugs": "drug/baclofen;pop/dialysis"},
        {"problems": "drug/baclofen"},
        {"populations": "cond/back-spasm"},
        {"drugs": "baclofen"},
        {"kinds": ""},
        {"jurisdictions": "US;"},
    ],
)
def test_a_bound_of_the_wrong_kind_or_of_nothing_is_refused(bounds: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"is not a|bounds nothing"):
        among(**bounds)


def test_a_row_has_the_bounds_of_what_it_was_put_as_last(index: EvidenceIndex) -> None:
    index.rebuild(BOUNDED, 1, "first")
    usable = IndexQuery(words="spasm", only=among(statuses=frozenset(PublicationStatus) - {RETRACTED}))
    retracted = IndexQuery(words="spasm", only=among(statuses=frozenset({RETRACTED})))
    index.apply([replace(BOUNDED[0], status=RETRACTED), replace(BOUNDED[2], status=CURRENT)], [5], 2, "first")
    assert (rows(index, usable), rows(index, retracted)) == ([2, 3, 4, 6], [1])
    index.apply([replace(BOUNDED[0], jurisdiction="France", populations=frozenset())], [2], 3, "first")
    assert rows(index, IndexQuery(words="spasm", only=among(jurisdictions="US"))) == []
    assert rows(index, IndexQuery(words="spasm", only=among(jurisdictions="france"))) == [1]
    assert rows(index, IndexQuery(words="spasm", only=among(populations=DIALYSIS))) == [3]
    index.apply([], [1, 3], 4, "first")
    assert (rows(index, usable), rows(index, retracted)) == ([4, 6], [])


@pytest.mark.parametrize("retracted", [60, 700])
def test_what_may_not_be_found_takes_no_places(index: EvidenceIndex, retracted: int) -> None:
    """Few rows are looked up, many are a part of the query; either way the best that may stay are found."""
    best = [replace(made(n, RETRACTED), text="spasm spasm spasm") for n in range(1, retracted + 1)]
    rest = [replace(made(n), text=f"spasm {'kidney ' * 20}") for n in range(1_001, 2_000)]
    index.rebuild([*best, *rest], 1, "first")
    usable = among(statuses=frozenset(PublicationStatus) - {RETRACTED})
    assert rows(index, IndexQuery(words="spasm", only=usable), 5) == [1_001, 1_002, 1_003, 1_004, 1_005]
    assert rows(index, IndexQuery(words="spasm", only=among(statuses=frozenset({RETRACTED}))), 2) == [1, 2]
    assert rows(index, IndexQuery(words="spasm", only=replace(usable, year_from=1990)), 5) == []


def test_every_status_has_a_code_of_its_own() -> None:
    assert set(tantivy._CODES) == set(PublicationStatus)
    assert len(set(tantivy._CODES.values())) == len(PublicationStatus)


@pytest.mark.parametrize(
    ("text", "same"), [("Spasms", "spasm"), ("FALLS", "fall"), ("kidneys", "Kidney"), ("the of", ""), ("", ""), ("...", "")]
)
def test_stems_are_what_words_are_found_by(index: EvidenceIndex, text: str, same: str) -> None:
    assert index.stems(text) == index.stems(same)
    assert (index.stems(text) == ()) == (same == "")
    assert index.stems(f"{text} heat") == (*index.stems(text), *index.stems("heat"))


@pytest.mark.parametrize("name", [".term", ".idx", ".pos", ".store", ".fieldnorm", ".fast", "meta.json"])
def test_a_flipped_byte_is_damage(tmp_path: Path, name: str) -> None:
    TantivyIndex(tmp_path).rebuild(ROWS, 1, "s")
    file = next(f for f in tmp_path.rglob("*") if f.name.endswith(name))
    data = bytearray(file.read_bytes())
    for position in range(0, len(data), max(1, len(data) // 7)):
        flipped = bytearray(data)
        flipped[position] ^= 1
        file.write_bytes(flipped)
        assert TantivyIndex(tmp_path).faults() != []
        with pytest.raises(IndexUnusable):
            TantivyIndex(tmp_path).search(IndexQuery(words="baclofen"), 5)


@pytest.mark.parametrize(
    "other",
    [
        replace(ROWS[0], title="Baclofen."),
        replace(ROWS[0], text="baclofen in the dialysis"),
        replace(ROWS[0], concepts=frozenset()),
        replace(ROWS[0], broader=ROWS[0].concepts),
        replace(ROWS[0], kind="rct"),
        replace(ROWS[0], year=1999),
        replace(ROWS[0], status=PublicationStatus.RETRACTED),
        replace(ROWS[0], jurisdiction="US"),
        replace(ROWS[0], jurisdiction="us"),
        replace(ROWS[0], populations=frozenset({"pop/dialysis"})),
        replace(ROWS[0], broader=ROWS[0].broader | {"pop/dialysis"}),
        replace(ROWS[0], broader=frozenset(), populations=ROWS[0].broader),
        replace(
            ROWS[0], concepts=frozenset(), broader=frozenset(), populations=frozenset({"drug/baclofen", "class/muscle-relaxants"})
        ),
        replace(ROWS[0], title="", text="Baclofen\0baclofen in dialysis"),
    ],
)
def test_a_fingerprint_sees_every_field_but_the_row(other: IndexRow) -> None:
    assert other.print != ROWS[0].print
    assert replace(other, row=5).print == other.print


@pytest.mark.parametrize("when", ["add", "commit", "sum", "point"])
def test_a_change_that_fails_at_any_step_leaves_the_index_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    index = TantivyIndex(tmp_path)
    index.rebuild(ROWS, 1, "s")
    step = {"add": "_document", "commit": "_link", "sum": "_summed", "point": "_write_atomically"}[when]

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(tantivy, step, fail)
        with pytest.raises(IndexUnusable, match="No space left"):
            index.apply([replace(ROWS[0], text="changed")], [2], 2, "s")
    assert (index.mark(), index.prints()) == (("s", 1), {r.row: r.print for r in ROWS})
    assert len(list(tmp_path.glob("build-*"))) == 1
    index.apply([replace(ROWS[0], text="changed")], [2], 2, "s")
    assert TantivyIndex(tmp_path).rows() == {1, 7}


def test_a_reader_goes_on_in_its_build_and_takes_the_next_when_it_asks(tmp_path: Path) -> None:
    writer, reader = TantivyIndex(tmp_path), TantivyIndex(tmp_path)
    writer.rebuild(ROWS, 1, "s")
    for sequence in range(2, 8):
        assert reader.rows() == {r.row for r in ROWS} | set(range(100, 98 + sequence))
        writer.apply([IndexRow(98 + sequence, "", "heat", frozenset(), frozenset())], [], sequence, "s")
        assert reader.faults() == []
    assert len(list(tmp_path.glob("build-*"))) == 2


documents = st.lists(
    st.tuples(st.lists(st.sampled_from(WORDS), max_size=4), st.sets(st.sampled_from(CONCEPTS), max_size=2)), max_size=8
)


@given(documents, st.lists(st.sampled_from(WORDS), max_size=3), st.sets(st.sampled_from(CONCEPTS), max_size=2))
def test_tantivy_and_the_twin_find_the_same_rows(
    tmp_path_factory: pytest.TempPathFactory, made: list[tuple[list[str], set[str]]], asked: list[str], concepts: set[str]
) -> None:
    built = [IndexRow(n, "", " ".join(w), frozenset(c), frozenset(c)) for n, (w, c) in enumerate(made, start=1)]
    query = IndexQuery(" ".join(asked), tuple((c, 2.0) for c in sorted(concepts)))
    folder = tmp_path_factory.mktemp("index")
    fast, slow = TantivyIndex(folder), MemoryIndex()
    fast.rebuild(built, 1, "s")
    slow.rebuild(built, 1, "s")
    assert {h.row for h in fast.search(query, 50)} == {h.row for h in slow.search(query, 50)}
    shutil.rmtree(folder, ignore_errors=True)  # tantivy's reader may be taking a lock in it


some_rows = st.lists(
    st.builds(
        made,
        row=st.just(0),
        status=st.sampled_from(PublicationStatus),
        where=st.sampled_from(["", "US", "us", "UK", "Example Region"]),
        about=st.lists(st.sampled_from(CONCEPTS), max_size=3).map(" ".join),
        of=st.lists(st.sampled_from([HD, DIALYSIS, "pop/adult"]), max_size=2).map(" ".join),
        kind=st.sampled_from(["rct", "label", ""]),
        year=st.sampled_from([0, 1999, 2020]),
    ),
    max_size=12,
)
some_bounds = st.builds(
    Only,
    kinds=st.frozensets(st.sampled_from(["rct", "label"])),
    year_from=st.none() | st.just(2000),
    year_to=st.none() | st.just(2019),
    statuses=st.frozensets(st.sampled_from(PublicationStatus)),
    jurisdictions=st.frozensets(st.sampled_from(["US", "uk", "France"])),
    drugs=st.frozensets(st.sampled_from(["drug/baclofen", "class/muscle-relaxants"]), max_size=1),
    problems=st.frozensets(st.just("cond/back-spasm")),
    populations=st.frozensets(st.sampled_from([HD, DIALYSIS]), max_size=1),
)


@given(some_rows, some_bounds, st.sets(st.integers(1, 12)), some_rows)
def test_tantivy_and_the_twin_keep_the_same_bounds(
    tmp_path_factory: pytest.TempPathFactory, built: list[IndexRow], only: Only, gone: set[int], put: list[IndexRow]
) -> None:
    folder = tmp_path_factory.mktemp("bounds")
    fast, slow = TantivyIndex(folder), MemoryIndex()
    for engine in (fast, slow):
        engine.rebuild([replace(r, row=n) for n, r in enumerate(built, start=1)], 1, "s")
        engine.apply([replace(r, row=n) for n, r in enumerate(put, start=4)], sorted(gone - set(range(4, 4 + len(put)))), 2, "s")
    query = IndexQuery(words="spasm", only=only)
    assert [h.row for h in fast.search(query, 50)] == [h.row for h in slow.search(query, 50)]
    assert fast.prints() == slow.prints()
    shutil.rmtree(folder, ignore_errors=True)


def test_damage_is_an_error_never_fewer_rows(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)
    with pytest.raises(IndexUnusable):
        index.search(IndexQuery(words="baclofen"), 5)
    index.rebuild(ROWS, 1, "s")
    pointer = tmp_path / "current.json"
    value = json.loads(pointer.read_text()) | {"rows": 4}
    pointer.write_text(json.dumps(value))
    assert TantivyIndex(tmp_path).mark() is None  # it does not match its own checksum
    value.pop("check")
    pointer.write_text(json.dumps(value | {"check": tantivy._check(value)}))
    with pytest.raises(IndexUnusable, match="lost rows"):
        TantivyIndex(tmp_path).search(IndexQuery(words="baclofen"), 5)
    build = next(tmp_path.glob("build-*"))
    (build / "meta.json").write_text("{")
    with pytest.raises(IndexUnusable):
        TantivyIndex(tmp_path).count()
    shutil.rmtree(build)
    assert TantivyIndex(tmp_path).mark() is None
