"""Forgetting: what was asked without an account goes after some hours, and everything after the days of retention."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from osler.casebook.store import Casebook
from osler.web.security import ANONYMOUS

EVERY_S = 600.0


class Forgetting:
    """Safe to call from any thread; looks at the casebook once in EVERY_S and otherwise costs nothing."""

    def __init__(self, casebook: Callable[[], Casebook], hours: int, days: int | None) -> None:
        self._casebook = casebook
        self._hours = hours
        self._days = days
        self._looked_at = float("-inf")
        self._lock = threading.Lock()

    def sweep(self) -> int:
        """How many answers were erased. Raises LibraryError."""
        with self._lock:
            if time.monotonic() - self._looked_at < EVERY_S:
                return 0
            self._looked_at = time.monotonic()
        casebook = self._casebook()
        old = set(casebook.older_than(_ago(timedelta(hours=self._hours))))
        gone = {k.key for k in casebook.listed() if k.key in old and (k.owner or "").startswith(ANONYMOUS)} if old else set()
        if self._days is not None:
            gone |= set(casebook.older_than(_ago(timedelta(days=self._days))))
        return len(casebook.erase(sorted(gone))) if gone else 0


def _ago(time_: timedelta) -> str:
    return (datetime.now(UTC) - time_).isoformat(timespec="milliseconds")
