"""Taking in: the process that reads uploaded files into the library, in a group of its own, so that one signal ends it and its workers."""

from __future__ import annotations

import logging
import os
import signal
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from osler.errors import LibraryError, OslerError
from osler.ingest.places import Place
from osler.ingest.report import Report
from osler.ingest.session import Meter, Progress, session
from osler.ingest.tasks import batches, file_tasks
from osler.ingest.work import die_with_parent
from osler.pipeline import open_library
from osler.settings import Settings

log = logging.getLogger("osler.web")

DEADLINE_S = 1_800.0
"""Of one upload; a gigabyte of PubMed takes about ten minutes on one core."""
WAIT_FOR_WRITER_S = 600.0
TELL_EVERY_S = 0.25
_NICENESS = 10
"""Readers come first."""
_LOST = "the process that read the files is lost; upload them again"


@dataclass(frozen=True, slots=True)
class Incoming:
    """One uploaded file. name: as its sender called it, in the place that tells which document it is, for showing only. path: where
    it is kept until it is read, "" with a refusal. sidecars stand beside `path` and are not listed."""

    name: str
    path: str
    size: int
    refusal: str = ""


class TakingIn:
    """One upload on its way into the library. `run` is called by one thread, `kill` by any."""

    def __init__(self, settings: Settings, files: Sequence[Incoming]) -> None:
        context = get_context("spawn")  # a fork would copy the locks of threads that hold them
        self._connection, self._theirs = context.Pipe()
        workers = max(1, settings.workers // 2)
        bounded = replace(settings, workers=workers, wait_for_writer_s=WAIT_FOR_WRITER_S)
        self._process = context.Process(target=_take_in, args=(self._theirs, bounded, tuple(files)), name="taking in")

    def run(self, tell: Callable[[Progress], None]) -> Report:
        """Raises OslerError: what went wrong, or that it was killed or took longer than DEADLINE_S."""
        self._process.start()
        self._theirs.close()
        until = time.monotonic() + DEADLINE_S
        try:
            with suppress(EOFError, OSError):
                while self._connection.poll(max(0.0, until - time.monotonic())):
                    said = self._connection.recv()
                    if isinstance(said, Report):
                        return said
                    if isinstance(said, OslerError):
                        raise said
                    tell(said)
            if time.monotonic() >= until:
                raise LibraryError(f"reading took longer than {DEADLINE_S / 60:.0f} minutes and was stopped; what was read is in")
            raise LibraryError(_LOST)
        finally:
            self.kill()
            self._process.join()
            self._connection.close()

    def kill(self) -> None:
        """The process, and every worker it started. What it has written in whole transactions stays."""
        pid = self._process.pid
        if pid is None or self._process.exitcode is not None:
            return
        with suppress(ProcessLookupError):  # it has not begun, and has no workers
            os.killpg(pid, signal.SIGKILL)
        self._process.kill()


def _take_in(connection: Connection, settings: Settings, files: tuple[Incoming, ...]) -> None:
    """The process: Progress out, and at its end a Report or an OslerError."""
    os.setsid()
    die_with_parent()
    os.nice(_NICENESS)
    with suppress(EOFError, OSError):
        try:
            connection.send(_read_into(settings, files, connection))
        except OslerError as error:
            connection.send(LibraryError(str(error)))
        except (BrokenPipeError, EOFError):
            raise
        except OSError as error:
            connection.send(LibraryError(f"the library cannot be written: {error.strerror or type(error).__name__}"))
        except Exception as error:  # noqa: BLE001 - the edge of the process
            # Type and place only: the message of an unexpected error may hold the words of a file.
            place = traceback.extract_tb(error.__traceback__)[-1]
            log.error("%s at %s:%s", type(error).__name__, place.filename, place.lineno)
            connection.send(LibraryError("the files could not be read for a fault of Osler's own, please report it"))


def _read_into(settings: Settings, files: tuple[Incoming, ...], connection: Connection) -> Report:
    told = 0.0

    def tell(progress: Progress) -> None:
        nonlocal told
        if time.monotonic() - told >= TELL_EVERY_S:
            told = time.monotonic()
            connection.send(progress)

    library = open_library(settings)
    with session(library, "an upload", tell) as s:
        meter = Meter(sum(f.size for f in files))
        found = [Place(f.name, Path(f.path) if f.path else None, f.size, f.refusal) for f in files]
        s.work_through(batches(file_tasks(s, found, None, meter)), meter)
    return s.report
