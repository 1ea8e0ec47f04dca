"""Rounds: once an hour what no reader asks for: documents that changed, dates that passed, answers to be forgotten."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from functools import partial

from osler.accounts.sessions import tidy
from osler.casebook.standing import moved
from osler.domain.account import OPERATOR
from osler.errors import OslerError
from osler.review.erase import erase_before
from osler.review.flagging import flag_moved, keep_time
from osler.web.shelf import CasebookShelf
from osler.web.site import Site

log = logging.getLogger("osler.web")
EVERY_S = 3600.0


def look_round(site: Site) -> tuple[str, ...]:
    """Flag what rests on documents that changed, move what is due; ids of the cases that were touched. Raises LibraryError."""
    flagged = flag_moved(site.desk, partial(moved, site.asking.library().catalog))
    due = keep_time(site.desk)
    tidy(site.desk)
    if isinstance(site.shelf, CasebookShelf):
        site.shelf.sweep()
    if site.settings.retention_days is not None:  # what lies on the desk unpublished is kept no longer than an answer
        erase_before(site.desk, OPERATOR, (site.desk.now() - timedelta(days=site.settings.retention_days)).isoformat())
    return tuple(sorted({*flagged, *due}))


class Rounds:
    """A thread that looks round at the start and then every EVERY_S, until it is stopped."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go, name="rounds", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()

    def _go(self) -> None:
        while not self._stop.is_set():
            try:
                look_round(self._site)
            except OslerError as error:  # the next round tries again
                log.error("%s while looking round", type(error).__name__)
            self._stop.wait(EVERY_S)
