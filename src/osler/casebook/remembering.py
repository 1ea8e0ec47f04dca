"""A catalogue that remembers the passages it has read, for many questions in a row: decoding them is a third of each answer."""

from __future__ import annotations

from collections.abc import Iterable

from osler.domain.evidence import Source
from osler.domain.passage import Passage
from osler.library.catalog import Catalog

MOST = 50_000
"""Passages held: about 100 MB."""


class Remembering(Catalog):
    """Reads what the catalogue reads. What it remembers is of one state of the library, and forgotten when that is another."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(catalog.store)
        self._state: tuple[str, int] | None = None
        self._known: dict[int, tuple[Passage, Source]] = {}

    def load(self, rows: Iterable[int]) -> dict[int, tuple[Passage, Source]]:
        """As the catalogue's own. Raises LibraryDamaged."""
        wanted = list(rows)
        state = (self.identity(), self.sequence())
        if state != self._state or len(self._known) > MOST:
            self._state, self._known = state, {}
        found = super().load(row for row in wanted if row not in self._known)
        if (self.identity(), self.sequence()) != state:  # somebody wrote meanwhile: the two parts may be of two states
            return super().load(wanted)
        self._known |= found
        return {row: self._known[row] for row in wanted if row in self._known}
