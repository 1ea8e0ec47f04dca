"""One SQLite file by SQLAlchemy Core: opened or made, one transaction a change, clear errors for locks and damage.

The standard library's SQLite may be older than 3.51.3, whose WAL can lose commits on reset, so the
rollback journal is used, with `synchronous=FULL`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import sqlalchemy as sa

from osler.errors import LibraryDamaged, LibraryError, LibraryLocked, LibraryReplaced

PAGE_BYTES = 8192
"""Of a database that is made: an abstract and its record take about 1.5 kB, and do not lie well in pages of 4096."""
BUSY_TIMEOUT_S = 30
COMMIT_TIMEOUT_S = 600
"""A transaction that is ready waits this long for readers to let go: a check of a big library reads for minutes."""


class Database:
    """One SQLite file, made when it is not there. A subclass says which tables it has and how it is recognised.

    Raises LibraryError when it cannot be opened, LibraryDamaged for damage or a foreign file, LibraryLocked when another
    process writes for too long, LibraryReplaced when the file was exchanged for another since it was opened.
    """

    pragmas: ClassVar[tuple[str, ...]] = ()
    """Beside those that every file of Osler's has."""
    advice: ClassVar[str] = "`osler doctor --repair` saves what can be saved"
    """What to do about damage, in words."""
    safe: ClassVar[str] = "nothing that was reported as added is lost: make room, then run the same command again"
    """What a full disk has not taken, in words."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(f"cannot create the directory {path.parent}: {error.strerror}") from error
        self._file: tuple[int, int] | None = None
        self._engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_S}, hide_parameters=True)

        @sa.event.listens_for(self._engine, "connect")
        def _configure(connection, _record):  # type: ignore[no-untyped-def]
            connection.isolation_level = None  # SQLAlchemy's own BEGIN below decides the lock
            for pragma in (f"page_size={PAGE_BYTES}", "synchronous=FULL", "cache_size=-65536", "cell_size_check=ON", *self.pragmas):
                connection.execute(f"PRAGMA {pragma}")

        with self.reading() as connection:
            complete = self.is_complete(connection)
        if not complete:
            with self.writing() as connection:
                if not self.is_complete(connection):  # another process may have been quicker
                    self.make(connection)
        with self.reading() as connection:
            self.recognise(connection)
        self._file = _identity(path)

    def is_complete(self, connection: sa.Connection) -> bool:
        """Whether the file has its tables, or something else that `recognise` will refuse."""
        raise NotImplementedError

    def make(self, connection: sa.Connection) -> None:
        """Make what is missing, inside one transaction."""
        raise NotImplementedError

    def recognise(self, connection: sa.Connection) -> None:
        """Raises LibraryDamaged for a file that is not this one's."""
        raise NotImplementedError

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One consistent view of the database."""
        self._check_file()
        with self._translated(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                _roll_back(connection)

    @contextmanager
    def unbound(self) -> Iterator[sa.Connection]:
        """Outside any transaction, for what SQLite does in one of its own."""
        self._check_file()
        with self._translated(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction, all or nothing; waits for another writer, then raises LibraryLocked."""
        self._check_file()
        with self._translated(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
                _commit(connection)
            except BaseException:
                _roll_back(connection)
                raise

    def _check_file(self) -> None:
        if self._file is not None and _identity(self.path) != self._file:
            raise LibraryReplaced(
                f"{self.path} was replaced (by a restore or a repair) or removed since it was opened; open it again"
            )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.OperationalError as error:
            raise self._named(str(error.orig)) from error
        except sa.exc.DatabaseError as error:
            raise LibraryDamaged(f"{self.path} is damaged ({str(error.orig)[:120]}); {self.advice}") from error
        except UnicodeDecodeError as error:  # SQLite quotes damaged bytes in its own message
            raise LibraryDamaged(f"{self.path} is damaged ({error.reason}); {self.advice}") from error
        except (sa.exc.MultipleResultsFound, sa.exc.NoResultFound) as error:
            raise LibraryDamaged(f"{self.path} contradicts itself ({error}); {self.advice}") from error

    def _named(self, reason: str) -> LibraryError:
        reason = reason.partition(" with text ")[0]  # what cannot be decoded is not printed
        if "locked" in reason:
            return LibraryLocked(f"another process is writing to {self.path}; try again when it is done")
        if "full" in reason or "disk I/O" in reason:
            return LibraryError(f"{self.path}: {reason}; {self.safe}")
        if any(w in reason for w in ("decode", "no such table", "no such column", "malformed", "syntax error")):
            return LibraryDamaged(f"{self.path} is damaged ({reason}); {self.advice}")
        return LibraryError(f"{self.path}: {reason}")

    def close(self) -> None:
        self._engine.dispose()


def _roll_back(connection: sa.Connection) -> None:
    """There is nothing to undo when SQLite did it itself (on a full disk) or SQLAlchemy gave the connection up (on Ctrl-C)."""
    if connection.invalidated:
        return
    raw = connection.connection.dbapi_connection
    if raw is not None and raw.in_transaction:
        connection.exec_driver_sql("ROLLBACK")


def _commit(connection: sa.Connection) -> None:
    """A reader that holds the file longer than the busy timeout delays the commit, it does not undo it."""
    until = time.monotonic() + COMMIT_TIMEOUT_S
    while True:
        try:
            connection.exec_driver_sql("COMMIT")
            return
        except sa.exc.OperationalError as error:
            if "locked" not in str(error.orig) or time.monotonic() >= until:
                raise


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino
