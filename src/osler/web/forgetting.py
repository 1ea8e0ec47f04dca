"""Forgetting: what was asked without an account is erased after some hours, whether or not anybody asks for it."""

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

    def __init__(self, casebook: Callable[[], Casebook], hours: int) -> None:
        self._casebook = casebook
        self._hours = hours
        self._looked_at = float("-inf")
        self._lock = threading.Lock()

    def sweep(self) -> int:
        """How many answers were erased. Raises LibraryError."""
        with self._lock:
            if time.monotonic() - self._looked_at < EVERY_S:
                return 0
            self._looked_at = time.monotonic()
        limit = (datetime.now(UTC) - timedelta(hours=self._hours)).isoformat(timespec="milliseconds")
        casebook = self._casebook()
        old = set(casebook.older_than(limit))
        gone = [k.key for k in casebook.listed() if k.key in old and (k.owner or "").startswith(ANONYMOUS)] if old else []
        return len(casebook.erase(gone)) if gone else 0
