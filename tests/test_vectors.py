"""Vectors take part in an answer only when they are of the library as it stands, and the answer says so."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from osler import vectors
from osler.errors import UserError
from osler.pipeline import Library, ask, open_library
from osler.settings import load_settings
from osler.vectors import build_vectors, load_encoder, nearest_by_vectors

QUESTION = "Is methocarbamol safe on dialysis?"


class WordEncoder:
    """A stand-in for a model: texts that share words are near."""

    identity = "words.1"

    def passages(self, texts: Sequence[str]) -> Any:
        return np.array([self.query(t) for t in texts], dtype=np.float32)

    def query(self, text: str) -> Any:
        vector = np.full(512, 1e-3, dtype=np.float32)
        for word in text.lower().split():
            vector[int.from_bytes(hashlib.blake2b(word.strip(".,?").encode(), digest_size=2).digest(), "big") % 512] += 1
        return vector / np.linalg.norm(vector)


@pytest.fixture
def embedded(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    home = Path(shutil.copytree(library.settings.home, tmp_path / "library"))
    opened = open_library(load_settings(home))
    monkeypatch.setattr(vectors, "load_encoder", lambda _: WordEncoder())
    assert build_vectors(home, opened.catalog, WordEncoder()) == 655  # type: ignore[arg-type]
    return opened


def test_without_vectors_nothing_changes(library: Library) -> None:
    assert nearest_by_vectors(library.settings.home, library.catalog, None) == (None, "")
    assert "vectors" not in ask(library, QUESTION).provenance.engine


def test_with_vectors_the_answer_says_whose(embedded: Library) -> None:
    nearest, identity = nearest_by_vectors(embedded.settings.home, embedded.catalog, None)
    assert identity == "words.1"
    assert nearest is not None
    rows = [hit.row for hit in nearest("methocarbamol injection renal pathology", 20)]
    assert any("methocarbamol" in p.text for p, _ in embedded.catalog.load(rows).values())
    article = ask(embedded, QUESTION)
    assert article.provenance.engine.endswith("with vectors words.1")
    assert article.claims


def test_another_engine_is_another_answer(embedded: Library, library: Library) -> None:
    assert ask(embedded, QUESTION).answer_id != ask(library, QUESTION).answer_id


def test_vectors_of_an_older_library_are_not_used(embedded: Library) -> None:
    with embedded.catalog.write("test"):
        pass
    assert nearest_by_vectors(embedded.settings.home, embedded.catalog, None) == (None, "")


def test_building_again_embeds_nothing(embedded: Library) -> None:
    assert build_vectors(embedded.settings.home, embedded.catalog, WordEncoder()) == 0  # type: ignore[arg-type]


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        load_encoder(tmp_path)
