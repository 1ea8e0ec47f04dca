"""Snapshot: which documents, in which versions, an answer was made from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Counts, and a hash over every (document id, version, status) in the library."""

    id: str
    documents: int
    passages: int
