"""Numbers of the library for its pages, counted once a state of it; the slow ones by a thread of their own."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from osler.errors import OslerError
from osler.library.catalog import Catalog
from osler.library.holdings import Counts, Coverage, counts, coverage

WAIT_S = 1.0
"""A page waits this long for what is being counted, and is then shown without it."""
_REST = 10
"""While somebody adds for hours: after a count that took a second, none for ten."""


@dataclass(frozen=True, slots=True)
class _State:
    key: tuple[str, int]
    counts: Counts
    jurisdictions: tuple[str, ...]


class HoldingsShown:
    """Safe to call from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state: _State | None = None
        self._coverage: tuple[str, Coverage] | None = None
        self._counting: threading.Thread | None = None
        self._not_before = 0.0

    def counts(self, catalog: Catalog) -> Counts:
        return self._now(catalog).counts

    def jurisdictions(self, catalog: Catalog) -> tuple[str, ...]:
        """Where rules of its documents hold, sorted."""
        return self._now(catalog).jurisdictions

    def _now(self, catalog: Catalog) -> _State:
        key = catalog.identity(), catalog.sequence()
        with self._lock:
            if self._state is None or self._state.key != key:
                self._state = _State(key, counts(catalog), catalog.jurisdictions())
            return self._state

    def coverage(self, catalog: Catalog, wait_s: float = WAIT_S) -> Coverage | None:
        """What the library covers as of the last count, which may be of an earlier transaction; None until there is one."""
        identity, sequence = catalog.identity(), catalog.sequence()
        with self._lock:
            known = self._coverage if self._coverage and self._coverage[0] == identity else None
            if known and known[1].sequence == sequence:
                return known[1]
            if self._counting is None and time.monotonic() >= self._not_before:
                self._counting = threading.Thread(target=self._count, args=(catalog, identity), name="counting", daemon=True)
                self._counting.start()
            counting = self._counting
        if counting is not None:
            counting.join(wait_s)
        with self._lock:
            return self._coverage[1] if self._coverage and self._coverage[0] == identity else None

    def _count(self, catalog: Catalog, identity: str) -> None:
        began, made = time.monotonic(), None
        try:
            made = coverage(catalog)
        except OslerError:  # the library was replaced meanwhile: the next page counts the new one
            pass
        finally:
            with self._lock:
                self._counting = None
                now = time.monotonic()
                self._not_before = now + _REST * (now - began)
                if made is not None:
                    self._coverage = identity, made
