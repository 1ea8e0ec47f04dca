"""Keeper: the open library of one process, opened again when something was written to it."""

from __future__ import annotations

import threading
import time

from osler.errors import LibraryReplaced
from osler.pipeline import Library, open_library
from osler.settings import Settings

REOPEN_PAUSE_S = 5.0
"""While somebody adds for hours, the library is looked at this often and not for every question."""


class Keeper:
    """Safe to call from any thread."""

    def __init__(self, settings: Settings) -> None:
        self._library = open_library(settings)
        self._sequence = self._library.catalog.sequence()
        self._looked_at = time.monotonic()
        self._lock = threading.Lock()

    def library(self) -> Library:
        """The library as it was REOPEN_PAUSE_S ago at most; another one when it was restored or repaired meanwhile."""
        with self._lock:
            if time.monotonic() - self._looked_at >= REOPEN_PAUSE_S:
                if self._has_changed():
                    self._library = open_library(self._library.settings, self._library.lexicon)
                    self._sequence = self._library.catalog.sequence()
                self._looked_at = time.monotonic()
            return self._library

    def _has_changed(self) -> bool:
        try:
            return self._library.catalog.sequence() != self._sequence
        except LibraryReplaced:
            return True
