"""A hash of the program text that makes answers: two checkouts of one version number can answer differently."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

_ROOMS = ("answer", "article", "domain", "evidence", "index", "language", "passages", "question", "verification")


@lru_cache(maxsize=1)
def code_key() -> str:
    """Changes with every change of a room on the path from question to article; about 2 ms, once a process."""
    root = Path(__file__).parents[1]
    files = [root / "pipeline.py", root / "vectors.py", *(f for room in _ROOMS for f in sorted((root / room).rglob("*.py")))]
    digest = hashlib.blake2b(digest_size=8)
    for file in files:
        digest.update(f"{file.relative_to(root).as_posix()}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def search_engine() -> str:
    return f"tantivy {version('tantivy')}"
