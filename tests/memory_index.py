"""The slow obvious twin of every EvidenceIndex: a list that is read from end to end."""

from __future__ import annotations

import re
from collections.abc import Iterable

from osler.errors import IndexUnusable
from osler.index.base import Hit, IndexQuery, IndexRow, Only
from osler.language.words import STOP_WORDS


class MemoryIndex:
    """Words match by their lower-case form up to a plural s; concepts by equality."""

    def __init__(self) -> None:
        self._rows: dict[int, IndexRow] | None = None
        self._mark: tuple[str, int] | None = None

    def rebuild(self, rows: Iterable[IndexRow], sequence: int, stamp: str) -> int:
        self._rows, self._mark = {r.row: r for r in rows}, (stamp, sequence)
        return len(self._rows)

    def apply(self, upserts: Iterable[IndexRow], removals: Iterable[int], sequence: int, stamp: str) -> None:
        if self._rows is None or self._mark is None or self._mark[0] != stamp:
            raise IndexUnusable("of another library")
        for row in removals:
            self._rows.pop(row, None)
        self._rows |= {r.row: r for r in upserts}
        self._mark = (stamp, sequence)

    def mark(self) -> tuple[str, int] | None:
        return self._mark

    def count(self) -> int:
        return len(self.rows())

    def prints(self) -> dict[int, int]:
        if self._rows is None:
            raise IndexUnusable("nothing was built")
        return {n: r.print for n, r in self._rows.items()}

    def rows(self) -> frozenset[int]:
        if self._rows is None:
            raise IndexUnusable("nothing was built")
        return frozenset(self._rows)

    def stems(self, text: str) -> tuple[str, ...]:
        return tuple(stem for word in re.findall(r"[a-z0-9]+", text.lower()) for stem in words(word))

    def holds(self, word: str) -> int:
        self.count()
        wanted = words(word)
        return sum(1 for row in (self._rows or {}).values() if len(wanted) == 1 and wanted <= words(row.text))

    def faults(self) -> list[str]:
        return [] if self._rows is not None else ["index: nothing was built"]

    def search(self, query: IndexQuery, limit: int) -> tuple[Hit, ...]:
        if limit < 1:
            raise ValueError("limit must be at least 1")
        self.count()
        hits = []
        for row in (self._rows or {}).values():
            score = float(len(words(query.words) & (words(row.text) | words(row.title))))
            score += sum(w for word, w in query.likely if words(word) & words(row.text))
            score += sum(w for c, w in query.topics for held in (row.concepts, row.broader) if c in held)
            score += sum(w for c, w in query.concepts if c in row.concepts)
            score += sum(w for c, w in query.broader if c in row.broader)
            if score > 0 and allowed(row, query.only):
                hits.append(Hit(row.row, score))
        return tuple(sorted(hits, key=lambda h: (-h.score, h.row))[:limit])


def allowed(row: IndexRow, only: Only) -> bool:
    if only.kinds and row.kind not in only.kinds:
        return False
    if only.year_from is not None and row.year < only.year_from:
        return False
    if only.year_to is not None and not 0 < row.year <= only.year_to:
        return False
    if only.statuses and row.status not in only.statuses:
        return False
    if only.jurisdictions and row.jurisdiction.lower() not in {j.lower() for j in only.jurisdictions}:
        return False
    return only.concepts <= row.broader and only.drugs | only.problems <= row.broader and only.populations <= row.populations


def words(text: str) -> set[str]:
    """Lower-case words without stop words; a final s is dropped, as the stemmer does for the words tests use."""
    return {w.removesuffix("s") for w in re.findall(r"[a-z0-9]+", text.lower()) if w not in STOP_WORDS}
