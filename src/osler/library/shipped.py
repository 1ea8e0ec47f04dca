"""The starter library that ships with Osler: where it is and what identifies it."""

from __future__ import annotations

import hashlib
from importlib import resources

from osler.errors import LibraryDamaged

STARTER = "starter"


def starter_lines() -> tuple[list[str], str]:
    """The lines of the shipped starter library, and a hash of the file."""
    data = (resources.files("osler.library") / "starter" / "extractions.jsonl").read_bytes()
    if not data:
        raise LibraryDamaged("the starter library that ships with Osler is empty: install it again")
    return data.decode("utf-8").splitlines(), hashlib.sha256(data).hexdigest()[:16]
