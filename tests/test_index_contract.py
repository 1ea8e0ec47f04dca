"""Every engine keeps the contract of `index/base.py`, and finds the same rows as the slow twin."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory_index import MemoryIndex
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
