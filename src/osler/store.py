"""The library's tables, and the file they are in."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from osler.errors import LibraryDamaged, LibraryOutdated
from osler.sqlite import Database

SCHEMA_VERSION = 3

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


class Store(Database):
    """The library's file.

    Raises, beside what any Database raises, LibraryDamaged for a foreign or newer schema, LibraryOutdated for an older one.
    """

    def is_complete(self, connection: sa.Connection) -> bool:
        return bool(sa.inspect(connection).get_table_names())

    def make(self, connection: sa.Connection) -> None:
        metadata.create_all(connection)
        connection.execute(meta.insert().values(key="schema", value=str(SCHEMA_VERSION)))
        new_identity(connection)

    def recognise(self, connection: sa.Connection) -> None:
        if not sa.inspect(connection).has_table("meta"):
            raise LibraryDamaged(f"{self.path} is a database, but not a library of Osler's")
        found = get_meta(connection, "schema")
        if found == "2":
            raise LibraryOutdated(f"{self.path} has schema {found}; this Osler reads schema {SCHEMA_VERSION}")
        if found != str(SCHEMA_VERSION):
            raise LibraryDamaged(f"{self.path} has schema {found}; this Osler reads schema {SCHEMA_VERSION}")


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
