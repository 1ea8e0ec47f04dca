"""Open the catalogue of a library directory, bringing a library of the schema before this one up to date first."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from osler import store as db
from osler.domain.codec import decode
from osler.domain.document import Document, content_hash
from osler.domain.passage import Passage
from osler.errors import LibraryDamaged, LibraryOutdated
from osler.library.catalog import Catalog
from osler.library.exchange import exchange, remove_database
from osler.library.lock import only_writer
from osler.library.rows import digest, document_row, passage_row, seal, seal_intake
from osler.library.snapshot import Tally

FILE = "library.sqlite"
_AS_THEY_ARE = (db.removed, db.notices, db.supersessions, db.deletions, db.quarantine, db.queries)
_BATCH = 500


def open_catalog(home: Path, wait_s: float) -> Catalog:
    """The catalogue in `home`; made when there is none. Raises LibraryError and what it is base of."""
    path = home / FILE
    try:
        return Catalog(db.Store(path))
    except LibraryOutdated:
        with only_writer(home, "bringing the library up to date", wait_s):
            try:
                return Catalog(db.Store(path))  # another process was quicker
            except LibraryOutdated:
                _upgrade(path)
    return Catalog(db.Store(path))


def _upgrade(path: Path) -> None:
    """Schema 2 kept bodies uncompressed and unsealed. Everything is proven, written anew, and the old file is kept."""
    made = path.with_name("library.new.sqlite")
    remove_database(made)
    try:
        store = db.Store(made)
        with closing(sqlite3.connect(path)) as old, store.writing() as new:
            old.row_factory = sqlite3.Row
            _carry_over(old, new)
        store.close()
        exchange(path, made, "schema-2")
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise LibraryDamaged(f"{path} cannot be brought up to date ({error}); it is as it was") from error
    finally:
        remove_database(made)


def _carry_over(old: sqlite3.Connection, new: sa.Connection) -> None:
    passages = dict(old.execute("SELECT document_id, count(*) FROM passages GROUP BY document_id").fetchall())
    _insert(new, db.documents, (_document(row, passages) for row in old.execute("SELECT * FROM documents ORDER BY rowid")))
    _insert(new, db.passages, (_passage(row) for row in old.execute("SELECT * FROM passages ORDER BY row")))
    for table in _AS_THEY_ARE:
        _insert(new, table, (dict(row) for row in old.execute(f"SELECT * FROM {table.name}")))  # noqa: S608
    _insert(new, db.intakes, (dict(r) | {"seal": seal_intake(dict(r))} for r in old.execute("SELECT * FROM intakes")))
    facts = dict(old.execute("SELECT key, value FROM meta").fetchall())
    for key in sorted(k for k in facts if k in ("annotation", "library") or k.startswith("origin:")):
        db.set_meta(new, key, facts[key])
    tally = Tally.count(new)
    tally.sequence, tally.next_row = int(facts.get("sequence", 0)), int(facts.get("next_row", 1))
    tally.save(new)


def _insert(connection: sa.Connection, table: sa.Table, rows: Iterator[dict[str, Any]]) -> None:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            connection.execute(table.insert(), batch)
            batch = []
    if batch:
        connection.execute(table.insert(), batch)


def _document(row: sqlite3.Row, passages: dict[str, int]) -> dict[str, Any]:
    try:
        value = json.loads(row["body"])
        if content_hash(value) != row["hash"]:
            raise ValueError("its content does not match its hash")
    except ValueError as error:
        raise LibraryDamaged(
            f"document {row['id']} version {row['version']} is damaged ({error}); the library is as it was"
        ) from error
    made = document_row(decode(Document, value), ())
    kept = {n: row[n] for n in ("id", "version", "status", "status_since", "origin", "added_at")}
    current = bool(row["current"])
    values = kept | {
        "hash": made.hash, "current": current, "kind": made.kind, "via": made.via, "pmid": made.pmid, "doi": made.doi,
        "revision": made.revision, "reference": made.reference, "passages": passages.get(row["id"], 0) if current else 0,
    }  # fmt: skip
    return values | {"seal": seal(values), "body": made.body}


def _passage(row: sqlite3.Row) -> dict[str, Any]:
    if digest(row["body"]) != row["digest"]:
        raise LibraryDamaged(f"passage {row['document_id']}#{row['number']} is damaged: it does not match its checksum")
    made = passage_row(decode(Passage, json.loads(row["body"])))
    return dict(row) | {"digest": made.digest, "body": made.body}
