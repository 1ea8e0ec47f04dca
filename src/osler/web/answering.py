"""Answering: work on the library in a process of its own, its stages sent back as they come; Python runs one thread at a time."""

from __future__ import annotations

import logging
import signal
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import TypeVar, cast

from osler.casebook.keep import making, trail
from osler.casebook.record import Making, Trail
from osler.domain.article import Article, Related
from osler.domain.evidence import EvidenceProfile
from osler.domain.request import Request
from osler.errors import InputFileError, LibraryError, OslerError, QuestionError, UserError
from osler.pipeline import Library, Understood, answer_request
from osler.related import related_questions
from osler.settings import Settings
from osler.web.found import Found, found
from osler.web.keeper import Keeper

log = logging.getLogger("osler.web")

Tell = Callable[[Understood | Found], None]
DEADLINE_S = 60.0
"""The slowest question of the evaluation sets takes under a second; a process that is silent for this long is ended."""


@dataclass(frozen=True, slots=True)
class Made:
    """An article with what the casebook keeps beside it: all that it depends on, and how it came about. related: where wanted."""

    article: Article
    making: Making
    trail: Trail
    related: tuple[Related, ...] = ()


def answer(
    library: Library, request: Request, tell: Tell = lambda _: None, related: bool = False, parent: Article | None = None
) -> Made:
    """The article, made in this process; with `related`, the questions next to it too. parent: the article that is followed, which
    is else made again. Raises QuestionError, LibraryError."""
    asked = answer_request(library, request, lambda s: tell(found(s) if isinstance(s, EvidenceProfile) else s), parent)
    p = asked.article.provenance
    others = related_questions(library, asked) if related else ()
    return Made(asked.article, making(library, p.engine, p.library_snapshot), trail(asked), others)


T = TypeVar("T")
Job = Callable[[Library, Tell], T]
"""Work on the library that can be sent to a process: a function of a module, with `partial` for what it is to work on."""


def _answer(request: Request, related: bool, parent: Article | None, library: Library, tell: Tell) -> Made:
    return answer(library, request, tell, related, parent)


@dataclass(frozen=True, slots=True)
class _Done:
    value: object


class Answerer:
    """A process that answers, for one thread at a time; it is started again when it has died."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._start()

    def _start(self) -> None:
        context = get_context("spawn")  # a fork would copy the locks of threads that hold them
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_answer_all, args=(theirs, self._settings), daemon=True)
        self._process.start()
        theirs.close()

    def answer(self, request: Request, tell: Tell, related: bool = False, parent: Article | None = None) -> Made:
        """Raises what `answer` does, and what `done` does."""
        return self.done(partial(_answer, request, related, parent), tell)

    def done(self, job: Job[T], tell: Tell = lambda _: None) -> T:
        """What the job gives. Raises the OslerError that it raises, and LibraryError when the process was lost or was silent for
        longer than DEADLINE_S."""
        said = self._heard(job, tell)
        if isinstance(said, _Done):
            return cast(T, said.value)
        if isinstance(said, OslerError):
            raise said
        self.close()
        self._start()
        raise LibraryError("the process that was answering is lost; ask again")

    def _heard(self, job: Job[T], tell: Tell) -> _Done | OslerError | None:
        """The last thing it says; None when it fell silent or died. `tell` must not raise: the rest would be left unheard."""
        with suppress(EOFError, OSError):
            self._connection.send(job)
            while self._connection.poll(DEADLINE_S):
                said = self._connection.recv()
                if isinstance(said, (_Done, OslerError)):
                    return said
                tell(said)
        return None

    def close(self) -> None:
        self._process.kill()
        self._process.join()
        self._connection.close()


def _answer_all(connection: Connection, settings: Settings) -> None:
    """The process: jobs in, stages and a _Done or an OslerError out, until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keeper = Keeper(settings)
    with suppress(EOFError, OSError):
        while True:
            job = connection.recv()
            try:
                connection.send(_Done(job(keeper.library(), connection.send)))
            except (QuestionError, InputFileError) as error:
                connection.send(type(error)(str(error)))
            except UserError as error:
                connection.send(UserError(str(error)))
            except OslerError as error:
                connection.send(LibraryError(str(error)))
            except (EOFError, OSError):
                raise
            except Exception as error:  # noqa: BLE001 - the edge of the process
                # Type and place only: the message of an unexpected error may hold the words of a question.
                place = traceback.extract_tb(error.__traceback__)[-1]
                log.error("%s at %s:%s", type(error).__name__, place.filename, place.lineno)
                connection.send(LibraryError("the question could not be answered"))
