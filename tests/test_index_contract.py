"""Every engine keeps the contract of `index/base.py`, and finds the same rows as the slow twin."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory_index import MemoryIndex
from osler.errors import IndexUnusable
from osler.index.base import EvidenceIndex, IndexQuery, IndexRow
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
    assert made.rebuild(ROWS, "first") == 3
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


def test_a_limit_below_one_is_refused(index: EvidenceIndex) -> None:
    with pytest.raises(ValueError, match="limit"):
        index.search(IndexQuery(words="baclofen"), 0)


def test_rebuild_replaces_everything(index: EvidenceIndex) -> None:
    index.rebuild(ROWS[:1], "second")
    assert (index.stamp(), index.count()) == ("second", 1)
    assert rows(index, IndexQuery(words="heat baclofen")) == [1]


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
    fast.rebuild(built, "s")
    slow.rebuild(built, "s")
    assert {h.row for h in fast.search(query, 50)} == {h.row for h in slow.search(query, 50)}
    shutil.rmtree(folder)


def test_damage_is_an_error_never_fewer_rows(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)
    with pytest.raises(IndexUnusable):
        index.search(IndexQuery(words="baclofen"), 5)
    index.rebuild(ROWS, "s")
    pointer = tmp_path / "current.json"
    pointer.write_text(json.dumps(json.loads(pointer.read_text()) | {"rows": 4}))
    with pytest.raises(IndexUnusable, match="lost rows"):
        TantivyIndex(tmp_path).search(IndexQuery(words="baclofen"), 5)
    build = next(tmp_path.glob("build-*"))
    (build / "meta.json").write_text("{")
    with pytest.raises(IndexUnusable):
        TantivyIndex(tmp_path).count()
    shutil.rmtree(build)
    assert TantivyIndex(tmp_path).stamp() is None
