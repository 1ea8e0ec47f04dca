"""Shared fixtures: one starter library a session, and the lexicon."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from osler.language.lexicon import Lexicon, default_lexicon
from osler.pipeline import Library, open_library
from osler.settings import load_settings

hypothesis_settings.register_profile("osler", deadline=None, max_examples=60)
hypothesis_settings.load_profile("osler")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run long checks too")


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    return default_lexicon()


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return open_library(load_settings(tmp_path_factory.mktemp("home")))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "library"
