"""SQLite by SQLAlchemy Core: the tables, one transaction a change, and clear errors for locks and damage.

The standard library's SQLite may be older than 3.51.3, whose WAL can lose commits on reset, so the
rollback journal is used, with `synchronous=FULL`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from osler.errors import LibraryDamaged, LibraryError, LibraryLocked

SCHEMA_VERSION = 2
BUSY_TIMEOUT_S = 30

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
    sa.Column("year", sa.Integer),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("pmid", sa.Text),
    sa.Column("doi", sa.Text),
    sa.Column("revision", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("added_at", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Index("documents_current", "current", "id"),
    sa.Index("documents_pmid", "pmid"),
    sa.Index("documents_doi", "doi"),
    sa.Index("documents_origin", "origin"),
)
"""Every version of every document. `status` is the effective one: the document's own, and every notice about it."""
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
intakes = sa.Table(
    "intakes",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("piece", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
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
    """One SQLite file. Raises LibraryError when it cannot be opened, LibraryDamaged for a foreign schema."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(f"cannot create the library directory {path.parent}: {error.strerror}") from error
        self._engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_S})

        @sa.event.listens_for(self._engine, "connect")
        def _configure(connection, _record):  # type: ignore[no-untyped-def]
            connection.isolation_level = None  # SQLAlchemy's own BEGIN below decides the lock
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA cache_size=-65536")

        with self.writing() as connection:
            self._prepare(connection)

    def _prepare(self, connection: sa.Connection) -> None:
        tables = set(sa.inspect(connection).get_table_names())
        if "meta" not in tables:
            if tables:
                raise LibraryDamaged(f"{self.path} is a database, but not a library of Osler's")
            metadata.create_all(connection)
            connection.execute(meta.insert().values(key="schema", value=str(SCHEMA_VERSION)))
            connection.execute(meta.insert().values(key="library", value=uuid.uuid4().hex[:16]))
            return
        found = get_meta(connection, "schema")
        if found != str(SCHEMA_VERSION):
            raise LibraryDamaged(f"{self.path} has schema {found}; this Osler reads schema {SCHEMA_VERSION}")

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One consistent view of the database."""
        with self._translated(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction, all or nothing; waits for another writer, then raises LibraryLocked."""
        with self._translated(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.OperationalError as error:
            reason = str(error.orig)
            if "locked" in reason:
                raise LibraryLocked(f"another process is writing to {self.path}; try again when it is done") from error
            raise LibraryError(f"{self.path}: {reason}") from error
        except sa.exc.DatabaseError as error:
            raise LibraryDamaged(f"{self.path}: {error.orig}") from error

    def close(self) -> None:
        self._engine.dispose()


def get_meta(connection: sa.Connection, key: str) -> str | None:
    return connection.execute(sa.select(meta.c.value).where(meta.c.key == key)).scalar_one_or_none()


def set_meta(connection: sa.Connection, key: str, value: str) -> None:
    connection.execute(meta.delete().where(meta.c.key == key))
    connection.execute(meta.insert().values(key=key, value=value))


def sqlite_version() -> str:
    """The version of the SQLite library in use."""
    import sqlite3

    return sqlite3.sqlite_version
