"""Every setting, frozen; the environment is read here and nowhere else."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

MAX_QUESTION_CHARACTERS = 4_000
"""Longer text is refused: the longest question in the evaluation sets has under 700 characters."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the library lives and the bounds Osler keeps.

    home: the library directory (`OSLER_HOME`, else the user's data directory).
    mesh: a MeSH table to add to the lexicon (`OSLER_MESH`): id, heading, synonyms, tree numbers, tab-separated.
    max_question_characters: Unicode code points.
    candidates: passages retrieved per query before appraisal.
    max_claims: claims in one answer, the bottom line included.
    wait_for_writer_s: how long a second writer waits for the first.
    """

    home: Path
    mesh: Path | None = None
    max_question_characters: int = MAX_QUESTION_CHARACTERS
    candidates: int = 450
    max_claims: int = 25
    wait_for_writer_s: float = 30.0


def load_settings(home: Path | None = None) -> Settings:
    """Settings from the environment; `home` overrides `OSLER_HOME`."""
    if home is None:
        named = os.environ.get("OSLER_HOME", "")
        home = Path(named) if named else _user_data_directory()
    mesh = os.environ.get("OSLER_MESH", "")
    return Settings(home=home.expanduser().absolute(), mesh=Path(mesh).expanduser().absolute() if mesh else None)


def _user_data_directory() -> Path:
    import platformdirs

    return Path(platformdirs.user_data_dir("osler", appauthor=False))
