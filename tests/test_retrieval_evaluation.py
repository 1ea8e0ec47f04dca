"""Retrieval: the queries of a question, feedback, fusion, and the evaluation that measures them beside plain BM25."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory_index import MemoryIndex
from osler.domain.question import Audience
from osler.errors import InputFileError
from osler.evaluate.report import MEASURES, RetrievalReport, System, as_json, interval, to_table
from osler.evaluate.retrieval import Bm25, Collection, by_definition, evaluate_retrieval, measure, read_collection
from osler.evidence.queries import FEEDBACK_WORDS, fed_back, question_queries
from osler.evidence.retrieve import FACET_SHARE, rank_rows
from osler.index.base import EvidenceIndex, Hit, IndexQuery, IndexRow
from osler.index.fuse import RECIPROCAL_RANK_K, fuse
from osler.index.tantivy import TantivyIndex
from osler.language.lexicon import Lexicon
from osler.question.frame import frame_question, known_words

NONE = frozenset[str]()
DOCUMENTS = {
    "a": "Baclofen caused confusion in people on hemodialysis.",
    "b": "Gabapentin eased the itch of people on hemodialysis.",
    "c": "Swimming eased back pain in gardeners.",
    "d": "Lioresal left gardeners drowsy and confused.",
    "e": "Tulips flower in spring.",
}
QUERIES = {"q1": "Is baclofen safe on dialysis?", "q2": "back pain", "q3": "nobody judged this"}
QRELS = {"q1": {"a": 2, "d": 1, "e": 0}, "q2": {"c": 1}}


def write(folder: Path, documents: Mapping[str, str], queries: Mapping[str, str], qrels: Mapping[str, Mapping[str, int]]) -> Path:
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text(
        "".join(json.dumps({"_id": i, "title": "", "text": t}) + "\n" for i, t in documents.items())
    )
    (folder / "queries.jsonl").write_text("".join(json.dumps({"_id": i, "text": t}) + "\n" for i, t in queries.items()))
    lines = ["query-id\tcorpus-id\tscore", *(f"{q}\t{d}\t{g}" for q, grades in qrels.items() for d, g in grades.items())]
    (folder / "qrels" / "test.tsv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, lexicon: Lexicon) -> RetrievalReport:
    folder = write(tmp_path_factory.mktemp("small") / "small", DOCUMENTS, QUERIES, QRELS)
    return evaluate_retrieval(folder, lexicon, others={"worst": lambda c: lambda query: sorted(c.documents, reverse=True)})


def test_a_brand_name_is_found_by_its_concept_where_words_miss_it(report: RetrievalReport) -> None:
    bm25, osler, _ = report.systems
    assert (bm25.name, osler.name) == ("plain BM25", "Osler")
    assert (bm25.values["R@100"]["q1"], osler.values["R@100"]["q1"]) == (0.5, 1)
    assert osler.values["nDCG@10"]["q1"] > bm25.values["nDCG@10"]["q1"] == pytest.approx(2 / (2 + 1 / math.log2(3)))
    assert {s.values["RR"]["q2"] for s in (bm25, osler)} == {1}


def test_only_judged_queries_count_and_each_is_in_one_half(report: RetrievalReport) -> None:
    assert report.queries == ("q1", "q2")
    assert not set(report.tuning) & set(report.testing)


def test_the_report_says_the_same_as_table_and_as_object(report: RetrievalReport) -> None:
    table, made = to_table(report), as_json(report)
    assert made["queries"] == 2
    for system in made["systems"]:
        for name in MEASURES:
            value = system["mean"][name]["all"]
            assert value == pytest.approx(sum(system["by_query"][q][name] for q in ("q1", "q2")) / 2, abs=2e-6)
            assert any(f"| {system['name']} | {name} | {value:.4f} |" in line for line in table.splitlines())
    json.dumps(made, allow_nan=False)


@pytest.mark.parametrize(
    ("run", "ndcg", "recall", "rr"),
    [
        (["a", "d"], 1.0, 1.0, 1.0),
        (["d", "a"], (1 + 2 / math.log2(3)) / (2 + 1 / math.log2(3)), 1.0, 1.0),
        (["e", "b", "d"], (1 / 2) / (2 + 1 / math.log2(3)), 0.5, 1 / 3),
        (["e"], 0.0, 0.0, 0.0),
        ([], 0.0, 0.0, 0.0),
        ([f"x{n}" for n in range(10)] + ["a"], 0.0, 0.5, 1 / 11),
        ([f"x{n}" for n in range(100)] + ["a"], 0.0, 0.0, 1 / 101),
    ],
)
def test_measures_are_as_defined(run: list[str], ndcg: float, recall: float, rr: float) -> None:
    for values in (by_definition(QRELS, {"q1": run}), measure(QRELS, {"q1": run})):
        assert [values[m]["q1"] for m in MEASURES] == pytest.approx([ndcg, recall, rr])
        assert [values[m]["q2"] for m in MEASURES] == [0, 0, 0]


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 3), min_size=1).filter(lambda g: any(g.values())),
    st.permutations(list("abcdefghij")).flatmap(lambda p: st.integers(0, 10).map(lambda n: p[:n])),
)
def test_our_definitions_agree_with_ir_measures(grades: dict[str, int], run: list[str]) -> None:
    pytest.importorskip("ir_measures")
    ours, theirs = by_definition({"q": grades}, {"q": run}), measure({"q": grades}, {"q": run})
    assert [ours[m]["q"] for m in MEASURES] == pytest.approx([theirs[m]["q"] for m in MEASURES])


def test_plain_bm25_is_the_formula_worked_by_hand() -> None:
    texts = {"1": ("", "fever fever cough"), "2": ("Fever", "rash"), "3": ("", "the cough of an old smoker")}
    ranked = Bm25(Collection("c", texts, {}, {}))
    idf = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))  # two of three documents hold each word
    lengths = {"1": 3, "2": 2, "3": 3}  # "the", "of", "an" are stop words
    average = 8 / 3

    def weight(times: int, document: str) -> float:
        return idf * times / (times + 1.2 * (0.25 + 0.75 * lengths[document] / average))

    scores = {"1": weight(2, "1") + weight(1, "1"), "2": weight(1, "2"), "3": weight(1, "3")}
    assert ranked("fevers, coughing") == sorted(scores, key=lambda d: -scores[d])
    assert ranked("the of an") == []


def test_the_interval_is_of_the_paired_difference_and_repeats() -> None:
    queries = tuple(f"q{n}" for n in range(40))
    low = {m: dict.fromkeys(queries, 0.2) for m in MEASURES}
    high = {m: {q: 0.3 + 0.1 * (n % 2) for n, q in enumerate(queries)} for m in MEASURES}
    made = RetrievalReport("c", 1, queries[:20], queries[20:], "us", (System("base", low, 1, 1), System("new", high, 1, 1)))
    bounds = interval(made, made.systems[1], "RR")
    assert 0.1 < bounds[0] < 0.15 < bounds[1] < 0.2
    assert bounds == interval(made, made.systems[1], "RR")
    assert interval(made, made.systems[0], "RR") == (0, 0)
    assert "| +75.0 % |" in to_table(made)


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("corpus.jsonl", None, "cannot be read"),
        ("corpus.jsonl", "{]\n", "line 1: not JSON"),
        ("corpus.jsonl", '{"_id": "a"}\n', "line 1: an object with"),
        ("queries.jsonl", "[1]\n", "line 1: an object with"),
        ("qrels/test.tsv", "q1\ta\n", "line 1: not a query id"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\ta\tgood\n", "line 2: not a query id"),
        ("qrels/test.tsv", "q1\te\t0\n", "no query has a relevant document"),
        ("queries.jsonl", b"\xff\xfe", "cannot be read"),
    ],
)
def test_a_folder_in_another_layout_is_refused_with_its_place(
    tmp_path: Path, file: str, content: str | bytes | None, says: str
) -> None:
    folder = write(tmp_path / "c", DOCUMENTS, QUERIES, QRELS)
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputFileError, match=says):
        read_collection(folder)


scored = st.dictionaries(st.integers(1, 20), st.integers(1, 6), max_size=12)


@given(st.lists(st.tuples(st.floats(0, 2), scored), max_size=4))
def test_fusion_is_the_sum_of_reciprocal_ranks_and_ties_share_the_mean(lists: list[tuple[float, dict[int, int]]]) -> None:
    fused = fuse((w, [Hit(r, float(s)) for r, s in sorted(found.items(), key=lambda x: (-x[1], x[0]))]) for w, found in lists)
    assert {h.row for h in fused} == {row for _, found in lists for row in found}
    for hit in fused:
        holding = [(w, found, found[hit.row]) for w, found in lists if hit.row in found]
        ranks = [(w, sum(v > s for v in f.values()) + (sum(v == s for v in f.values()) + 1) / 2) for w, f, s in holding]
        assert hit.score == pytest.approx(sum(w / (RECIPROCAL_RANK_K + rank) for w, rank in ranks))
    assert list(fused) == sorted(fused, key=lambda h: (-h.score, h.row))


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="below 0"):
        fuse([(-1.0, [Hit(1, 1.0)])])


def test_feedback_takes_the_words_of_the_best_texts_and_weighs_them_as_one_word() -> None:
    query = fed_back(IndexQuery("itch"), [(3.0, "Gabapentin gabapentin eased the itch 300 x"), (1.0, "heat eased it")])
    weights = dict(query.likely)
    assert sum(weights.values()) == pytest.approx(1)
    assert list(weights) == ["gabapentin", "eased", "itch", "heat"]
    assert weights["gabapentin"] / weights["itch"] == pytest.approx(2)
    assert replace(query, likely=()) == IndexQuery("itch")


@given(st.lists(st.tuples(st.floats(0.1, 9), st.text(max_size=60)), max_size=4))
def test_feedback_never_fails_on_what_a_text_holds(found: list[tuple[float, str]]) -> None:
    likely = fed_back(IndexQuery("itch"), found).likely
    assert len(likely) <= FEEDBACK_WORDS
    assert all(weight > 0 and not word.isdigit() and len(word) > 1 for word, weight in likely)


def queries_of(text: str, lexicon: Lexicon) -> Sequence[IndexQuery]:
    return question_queries(frame_question(text, Audience.CLINICIAN, lexicon, known_words(lexicon, ())), lexicon).all


def test_the_main_query_holds_what_the_question_names_and_not_what_it_denies(lexicon: Lexicon) -> None:
    main, *facets = queries_of("Alternative to baclofen for back spasm on hemodialysis, no fever?", lexicon)
    topics = {concept for concept, _ in main.topics}
    assert {"drug/baclofen", "pop/hemodialysis"} <= topics
    assert "cond/fever" not in topics
    assert any("class/muscle-relaxants" in dict(f.broader) for f in facets)
    assert queries_of("what now", lexicon) == (IndexQuery("what now"),)


@pytest.fixture(params=["tantivy", "memory"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> EvidenceIndex:
    return TantivyIndex(tmp_path / "index") if request.param == "tantivy" else MemoryIndex()


def test_likely_words_and_topics_find_and_add_by_weight(index: EvidenceIndex) -> None:
    drug = frozenset({"drug/baclofen"})
    rows = [IndexRow(1, "", "heat", NONE, NONE), IndexRow(2, "heat", "cold", NONE, NONE), IndexRow(3, "", "tea", drug, drug)]
    index.rebuild([*rows, *(IndexRow(n, "", "filler", NONE, NONE) for n in range(4, 9))], 1, "s")
    assert [h.row for h in index.search(IndexQuery(likely=(("heat", 0.5),)), 5)] == [1]
    assert [h.row for h in index.search(IndexQuery(topics=(("drug/baclofen", 0.5),)), 5)] == [3]
    both = IndexQuery(likely=(("heat", 0.5),), topics=(("drug/baclofen", 5.0),))
    assert [h.row for h in index.search(both, 5)] == [3, 1]
    half, whole = (index.search(IndexQuery(likely=(("heat", w),)), 1)[0].score for w in (0.5, 1.0))
    assert whole == pytest.approx(2 * half)


def test_a_row_that_only_a_facet_finds_keeps_a_place_behind_the_main_query(lexicon: Lexicon) -> None:
    index = MemoryIndex()
    relaxant = frozenset({"class/muscle-relaxants"})
    many = [IndexRow(n, "", "baclofen spasm dialysis", NONE, NONE) for n in range(1, 31)]
    index.rebuild([*many, IndexRow(99, "", "not in renal disease", frozenset({"drug/methocarbamol"}), relaxant)], 1, "s")
    queries = question_queries(
        frame_question("Instead of baclofen for spasm on dialysis?", Audience.CLINICIAN, lexicon, known_words(lexicon, ())), lexicon
    )
    found = [h.row for h in rank_rows(queries, index, lambda rows: dict.fromkeys(rows, ""), 12)]
    assert len(found) == 12
    assert 99 in found
    assert found.index(99) >= 12 - 12 // FACET_SHARE
    assert 99 not in [h.row for h in rank_rows(replace(queries, facets=()), index, lambda rows: {}, 12)]


def test_a_text_that_must_not_count_gives_no_feedback(lexicon: Lexicon) -> None:
    index = MemoryIndex()
    index.rebuild([IndexRow(1, "", "itch ketotifen", NONE, NONE), IndexRow(2, "", "ketotifen syrup", NONE, NONE)], 1, "s")
    queries = replace(question_queries(frame_question("itch", Audience.CLINICIAN, lexicon, NONE), lexicon), facets=())
    texts = {1: "itch ketotifen"}
    assert [h.row for h in rank_rows(queries, index, lambda rows: {r: texts[r] for r in rows}, 5)] == [1, 2]
    assert [h.row for h in rank_rows(queries, index, lambda rows: {}, 5)] == [1]


def test_what_only_vectors_find_is_ranked_beside_the_words(lexicon: Lexicon) -> None:
    index = MemoryIndex()
    index.rebuild([IndexRow(1, "", "itch cream", NONE, NONE), IndexRow(2, "", "pruritus", NONE, NONE)], 1, "s")
    queries = replace(question_queries(frame_question("itch", Audience.CLINICIAN, lexicon, NONE), lexicon), facets=())
    asked: list[tuple[str, int]] = []

    def nearest(words: str, limit: int) -> list[Hit]:
        asked.append((words, limit))
        return [Hit(2, 0.9), Hit(1, 0.8)]

    assert [h.row for h in rank_rows(queries, index, lambda rows: {}, 5, nearest)] == [1, 2]
    assert asked == [("itch", 5)]
