"""The slow obvious twin of every EvidenceIndex: a list that is read from end to end."""

from __future__ import annotations

import re
from collections.abc import Iterable

from osler.errors import IndexUnusable
from osler.index.base import Hit, IndexQuery, IndexRow
from osler.language.words import STOP_WORDS


class MemoryIndex:
    """Words match by their lower-case form up to a plural s; concepts by equality."""

    def __init__(self) -> None:
        self._rows: list[IndexRow] | None = None
        self._stamp: str | None = None

    def rebuild(self, rows: Iterable[IndexRow], stamp: str) -> int:
        self._rows, self._stamp = list(rows), stamp
        return len(self._rows)

    def stamp(self) -> str | None:
        return self._stamp

    def count(self) -> int:
        if self._rows is None:
            raise IndexUnusable("nothing was built")
        return len(self._rows)

    def search(self, query: IndexQuery, limit: int) -> tuple[Hit, ...]:
        if limit < 1:
            raise ValueError("limit must be at least 1")
        self.count()
        hits = []
        for row in self._rows or ():
            score = float(len(words(query.words) & (words(row.text) | words(row.title))))
            score += sum(w for c, w in query.concepts if c in row.concepts)
            score += sum(w for c, w in query.broader if c in row.broader)
            if score > 0:
                hits.append(Hit(row.row, score))
        return tuple(sorted(hits, key=lambda h: (-h.score, h.row))[:limit])


def words(text: str) -> set[str]:
    """Lower-case words without stop words; a final s is dropped, as the stemmer does for the words tests use."""
    return {w.removesuffix("s") for w in re.findall(r"[a-z0-9]+", text.lower()) if w not in STOP_WORDS}
