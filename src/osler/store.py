"""SQLite by SQLAlchemy Core: the tables, one transaction a change, and clear errors for locks and damage.

The standard library's SQLite may be older than 3.51.3, whose WAL can lose commits on reset, so the
rollback journal is used, with `synchronous=FULL`.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from osler.errors import LibraryDamaged, LibraryError, LibraryLocked, LibraryOutdated, LibraryReplaced

SCHEMA_VERSION = 3
PAGE_BYTES = 8192
"""Of a database that is made: an abstract and its record take about 1.5 kB, and do not lie well in pages of 4096."""
BUSY_TIMEOUT_S = 30
COMMIT_TIMEOUT_S = 600
"""A transaction that is ready waits this long for readers to let go: a check of a big library reads for minutes."""

metadata = sa.MetaData()

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
documents = sa.Table(
    "documents",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("current", sa.Boolean, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("status_since", sa.Text),
    sa.Column("via", sa.Text, nullable=False),
    sa.Column("pmid", sa.Text),
    sa.Column("doi", sa.Text),
    sa.Column("revision", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("added_at", sa.Text, nullable=False),
    sa.Column("passages", sa.Integer, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("seal", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index("documents_current", "current", "id"),
    sa.Index("documents_pmid", "pmid"),
    sa.Index("documents_doi", "doi"),
    sa.Index("documents_origin", "origin"),
)
"""Every version of every document. `status` is the effective one: the document's own, and every notice about it.
`hash` proves the body (compressed JSON), `seal` every other column; `reference` is what a search result shows of the document;
`passages` their number, 0 when the version is not current."""
passages = sa.Table(
    "passages",
    metadata,
    sa.Column("row", sa.Integer, primary_key=True),
    sa.Column("document_id", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.UniqueConstraint("document_id", "number"),
    sa.Index("passages_sequence", "sequence"),
)
"""Passages of current documents. A row number is never used twice; `sequence` is that of the transaction that wrote it."""
removed = sa.Table(
    "removed",
    metadata,
    sa.Column("row", sa.Integer, primary_key=True),
    sa.Column("sequence", sa.Integer, nullable=False, index=True),
)
"""Rows of passages that are gone, for an index that has to catch up."""
notices = sa.Table(
    "notices",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("pmid", sa.Text, index=True),
    sa.Column("doi", sa.Text, index=True),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
"""Retractions, concerns, corrections and reinstatements, also of works that are not (yet) in the library."""
supersessions = sa.Table(
    "supersessions",
    metadata,
    sa.Column("old_id", sa.Text, primary_key=True),
    sa.Column("new_id", sa.Text, primary_key=True),
)
deletions = sa.Table(
    "deletions",
    metadata,
    sa.Column("document_id", sa.Text, primary_key=True),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
)
"""Documents that their source took back: they do not come back with an older file."""
lost = sa.Table(
    "lost",
    metadata,
    sa.Column("document_id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("revision", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
)
"""Versions that damage took: their number is kept for the same content, should it be added again. Unknown fields are empty."""
intakes = sa.Table(
    "intakes",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("piece", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("seal", sa.Text, nullable=False),
)
"""Pieces of files that are in: content hash of the file, number of the piece (-1: the whole file), its counts."""
quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("file", sa.Text, primary_key=True),
    sa.Column("record", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
)
queries = sa.Table(
    "queries",
    metadata,
    sa.Column("text", sa.Text, primary_key=True),
    sa.Column("limit", sa.Integer, nullable=False),
    sa.Column("run_at", sa.Text),
    sa.Column("resume_from", sa.Text),
)


class Store:
    """One SQLite file, made when it is not there.

    Raises LibraryError when it cannot be opened, LibraryDamaged for a foreign or newer schema, LibraryOutdated for an
    older one, LibraryReplaced when the file was exchanged for another since it was opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(f"cannot create the library directory {path.parent}: {error.strerror}") from error
        self._file: tuple[int, int] | None = None
        self._engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_S})

        @sa.event.listens_for(self._engine, "connect")
        def _configure(connection, _record):  # type: ignore[no-untyped-def]
            connection.isolation_level = None  # SQLAlchemy's own BEGIN below decides the lock
            connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA cache_size=-65536")
            connection.execute("PRAGMA cell_size_check=ON")

        with self.reading() as connection:
            tables = set(sa.inspect(connection).get_table_names())
        if not tables:
            self._make()
        with self.reading() as connection:
            self._recognise(connection)
        self._file = _identity(path)

    def _make(self) -> None:
        """Tables and identity in one transaction; another process may have been quicker."""
        with self.writing() as connection:
            if sa.inspect(connection).get_table_names():
                return
            metadata.create_all(connection)
            connection.execute(meta.insert().values(key="schema", value=str(SCHEMA_VERSION)))
            new_identity(connection)

    def _recognise(self, connection: sa.Connection) -> None:
        if not sa.inspect(connection).has_table("meta"):
            raise LibraryDamaged(f"{self.path} is a database, but not a library of Osler's")
        found = get_meta(connection, "schema")
        if found == "2":
            raise LibraryOutdated(f"{self.path} has schema {found}; this Osler reads schema {SCHEMA_VERSION}")
        if found != str(SCHEMA_VERSION):
            raise LibraryDamaged(f"{self.path} has schema {found}; this Osler reads schema {SCHEMA_VERSION}")

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
            raise LibraryDamaged(
                f"{self.path} is damaged ({str(error.orig)[:120]}); `osler doctor --repair` saves what can be saved"
            ) from error
        except UnicodeDecodeError as error:  # SQLite quotes damaged bytes in its own message
            raise LibraryDamaged(
                f"{self.path} is damaged ({error.reason}); `osler doctor --repair` saves what can be saved"
            ) from error
        except (sa.exc.MultipleResultsFound, sa.exc.NoResultFound) as error:
            raise LibraryDamaged(f"{self.path} contradicts itself ({error}); `osler doctor --repair` mends it") from error

    def _named(self, reason: str) -> LibraryError:
        reason = reason.partition(" with text ")[0]  # what cannot be decoded is not printed
        if "locked" in reason:
            return LibraryLocked(f"another process is writing to {self.path}; try again when it is done")
        if "full" in reason or "disk I/O" in reason:
            return LibraryError(
                f"{self.path}: {reason}; nothing that was reported as added is lost: make room, then run the same command again"
            )
        if any(w in reason for w in ("decode", "no such table", "no such column", "malformed", "syntax error")):
            return LibraryDamaged(f"{self.path} is damaged ({reason}); `osler doctor --repair` saves what can be saved")
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


def new_identity(connection: sa.Connection) -> None:
    """Make this another library than the one it was copied from: an index of that one is then not taken for its own."""
    set_meta(connection, "library", uuid.uuid4().hex[:16])


def get_meta(connection: sa.Connection, key: str) -> str | None:
    return connection.execute(sa.select(meta.c.value).where(meta.c.key == key)).scalar_one_or_none()


def set_meta(connection: sa.Connection, key: str, value: str) -> None:
    connection.execute(meta.delete().where(meta.c.key == key))
    connection.execute(meta.insert().values(key=key, value=value))


def sqlite_version() -> str:
    """The version of the SQLite library in use."""
    import sqlite3

    return sqlite3.sqlite_version
