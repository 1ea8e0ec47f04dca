"""Everything in the catalogue read back and compared: hashes, slices, sums. Empty when sound."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from osler import store as db
from osler.domain.codec import decode, encode
from osler.domain.document import Document, content_hash
from osler.domain.passage import Passage
from osler.library.catalog import Catalog
from osler.library.rows import digest
from osler.library.snapshot import Tally


def faults_of(catalog: Catalog) -> list[str]:
    """One line a fault, in the order of the tables."""
    faults = []
    with catalog.store.reading() as connection:
        for (message,) in connection.exec_driver_sql("PRAGMA integrity_check").all():
            if message != "ok":
                faults.append(f"database: {message}")
        p = db.passages.c
        for row in connection.execute(sa.select(db.documents).order_by(db.documents.c.id, db.documents.c.version)):
            document = _read(row, faults)
            if row.current and document is not None:
                for passage in connection.execute(sa.select(db.passages).where(p.document_id == row.id).order_by(p.number)).all():
                    faults += _passage_faults(passage, document)
        faults += _orphans(connection)
        stored, counted = Tally.load(connection), Tally.count(connection)
        if (stored.documents_sum, stored.documents) != (counted.documents_sum, counted.documents):
            faults.append("snapshot: the stored hash does not match the documents")
        if (stored.passages_sum, stored.passages) != (counted.passages_sum, counted.passages):
            faults.append(f"passages: {stored.passages} were written, {counted.passages} are there or others than were written")
    return faults


def _read(row: Any, faults: list[str]) -> Document | None:
    try:
        document = decode(Document, json.loads(row.body))
    except (ValueError, TypeError, KeyError) as error:
        faults.append(f"{row.id} version {row.version}: cannot be read ({error})")
        return None
    if content_hash(encode(document)) != row.hash:
        faults.append(f"{row.id} version {row.version}: content does not match its hash")
    return document


def _passage_faults(row: Any, document: Document) -> list[str]:
    name = f"passage {row.document_id}#{row.number}"
    if digest(row.body) != row.digest:
        return [f"{name}: content does not match its checksum"]
    try:
        passage = decode(Passage, json.loads(row.body))
    except (ValueError, TypeError, KeyError) as error:
        return [f"{name}: cannot be read ({error})"]
    if document.text[passage.start : passage.end] != passage.text:
        return [f"{name}: does not slice back from its document"]
    return []


def _orphans(connection: sa.Connection) -> list[str]:
    d, p = db.documents.c, db.passages.c
    living = sa.select(d.id).where(d.current)
    rows = connection.execute(
        sa.select(p.document_id).where(p.document_id.not_in(living)).distinct().order_by(p.document_id)
    ).scalars()
    return [f"passages of {document_id}: their document is not in the library" for document_id in rows]
