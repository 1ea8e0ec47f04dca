"""Settings are read from the environment in one place, are frozen, and every bound they name is kept."""

from __future__ import annotations

import ast
import dataclasses
from pathlib import Path

import pytest

import osler
from osler.errors import InputFileError, QuestionError
from osler.pipeline import Library, ask, ask_explained, open_library
from osler.settings import MAX_QUESTION_CHARACTERS, Settings, load_settings

QUESTION = "What can I give on hemodialysis for back spasms, as an alternative to baclofen?"


def test_osler_home_names_the_library_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OSLER_HOME", str(tmp_path))
    assert load_settings().home == tmp_path


def test_an_argument_outranks_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OSLER_HOME", "/elsewhere")
    assert load_settings(tmp_path).home == tmp_path


@pytest.mark.parametrize("value", [None, ""])
def test_without_it_the_user_s_data_directory_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str | None) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    if value is None:
        monkeypatch.delenv("OSLER_HOME", raising=False)
    else:
        monkeypatch.setenv("OSLER_HOME", value)
    home = load_settings().home
    assert home.name == "osler"
    assert home.is_relative_to(tmp_path)


def test_a_relative_home_is_fixed_where_it_was_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings(Path("here"))
    monkeypatch.chdir("/")
    assert settings.home == tmp_path / "here"


def test_a_tilde_is_the_user_s_own_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("OSLER_HOME", "~/library")
    monkeypatch.setenv("OSLER_MESH", "~/mesh.tsv")
    settings = load_settings()
    assert (settings.home, settings.mesh) == (tmp_path / "library", tmp_path / "mesh.tsv")


def test_a_mesh_table_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match=r"nowhere\.tsv"):
        open_library(Settings(home=tmp_path, mesh=tmp_path / "nowhere.tsv"))


def test_settings_are_frozen(tmp_path: Path) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings(tmp_path).max_claims = 99  # type: ignore[misc]


def test_reading_settings_makes_nothing(tmp_path: Path) -> None:
    load_settings(tmp_path / "library")
    assert not list(tmp_path.iterdir())


def test_the_environment_is_read_in_settings_and_nowhere_else() -> None:
    root = Path(osler.__file__).parent
    readers = set()
    for file in root.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
            if name in ("environ", "environb", "getenv"):
                readers.add(file.relative_to(root).as_posix())
    assert readers == {"settings.py"}


def bounded(library: Library, **bounds: int) -> Library:
    return dataclasses.replace(library, settings=dataclasses.replace(library.settings, **bounds))


@pytest.mark.parametrize("bound", [4, 8, 25])
def test_max_claims_is_kept(library: Library, bound: int) -> None:
    article = ask(bounded(library, max_claims=bound), QUESTION)
    assert 0 < len(article.claims) <= bound


@pytest.mark.parametrize("bound", [1, 5, 50])
def test_candidates_is_kept(library: Library, bound: int) -> None:
    hits = ask_explained(bounded(library, candidates=bound), QUESTION).profile.run.hits
    assert len(hits) == bound
    assert [h.rank for h in hits] == list(range(1, bound + 1))


def test_the_longest_question_is_read_and_one_character_more_is_not(library: Library) -> None:
    longest = QUESTION + " Thank you." * 400
    assert ask(library, longest[:MAX_QUESTION_CHARACTERS].strip().ljust(MAX_QUESTION_CHARACTERS, "."))
    with pytest.raises(QuestionError, match="4,001 characters"):
        ask(library, longest[:MAX_QUESTION_CHARACTERS].strip().ljust(MAX_QUESTION_CHARACTERS + 1, "."))
    with pytest.raises(QuestionError, match="at most 20"):
        ask(bounded(library, max_question_characters=20), QUESTION)
