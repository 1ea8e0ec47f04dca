"""Everything in the catalogue read back and compared: hashes, seals, slices, sums. Empty when sound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from osler import store as db
from osler.domain.document import Document
from osler.errors import LibraryDamaged
from osler.library.catalog import Catalog
from osler.library.rows import before_jurisdictions, document_row, read_document, read_notice, read_passage, seal
from osler.library.snapshot import Tally


def faults_of(catalog: Catalog) -> list[str]:
    """One line a fault, in the order of the tables."""
    faults: list[str] = []
    try:
        with catalog.store.reading() as connection:
            for (message,) in connection.exec_driver_sql("PRAGMA integrity_check").all():
                if message != "ok":
                    faults.append(f"database: {message}")
            _check_documents(connection, faults)
            faults += _orphans(connection)
            faults += _notices(connection)
            faults += _sums(connection)
    except LibraryDamaged as error:
        faults.append(f"database: {error}")
    return faults


def _check_documents(connection: sa.Connection, faults: list[str]) -> None:
    t, p = db.documents.c, db.passages.c
    for row in connection.execute(sa.select(db.documents).order_by(t.id, t.version)):
        document = _checked(row, faults)
        if row.current and document is not None:
            rows = connection.execute(sa.select(db.passages).where(p.document_id == row.id).order_by(p.number)).all()
            faults += passages_faults(row, rows, document)


def _checked(row: Any, faults: list[str]) -> Document | None:
    name = f"{row.id} version {row.version}"
    if seal(row._mapping) != row.seal:
        faults.append(f"{name}: its record does not match its checksum")
    try:
        document = read_document(row)
    except LibraryDamaged as error:
        faults.append(f"{name}: {error.__cause__}")
        return None
    made = document_row(document, ())
    for column in ("kind", "via", "pmid", "doi", "revision", "reference"):
        earlier = {before_jurisdictions(made.reference)} if column == "reference" else set()
        if getattr(row, column) not in {getattr(made, column), *earlier}:
            faults.append(f"{name}: its {column} is not that of its content")
    return document


def passages_faults(row: Any, rows: Sequence[Any], document: Document) -> list[str]:
    """What is wrong with the passages of a current document: each one by itself, and their number."""
    faults = []
    for passage_row in rows:
        name = f"passage {passage_row.document_id}#{passage_row.number}"
        try:
            passage = read_passage(passage_row)
        except LibraryDamaged as error:
            faults.append(f"{name}: {error.__cause__}")
            continue
        if document.text[passage.start : passage.end] != passage.text:
            faults.append(f"{name}: does not slice back from its document")
    if [r.number for r in rows] != list(range(row.passages)):
        faults.append(f"{row.id}: {row.passages} passages were written, {len(rows)} are there")
    return faults


def _orphans(connection: sa.Connection) -> list[str]:
    d, p = db.documents.c, db.passages.c
    living = sa.select(d.id).where(d.current)
    rows = connection.execute(
        sa.select(p.document_id).where(p.document_id.not_in(living)).distinct().order_by(p.document_id)
    ).scalars()
    return [f"passages of {document_id}: their document is not in the library" for document_id in rows]


def _notices(connection: sa.Connection) -> list[str]:
    faults = []
    n = db.notices
    for row in connection.execute(sa.select(n).order_by(n.c.key)):
        try:
            notice = read_notice(row)
        except LibraryDamaged as error:
            faults.append(f"notice {row.key}: {error.__cause__}")
            continue
        if (notice.pmid, notice.doi) != (row.pmid, row.doi):
            faults.append(f"notice {row.key}: it is filed under another work")
    return faults


def _sums(connection: sa.Connection) -> list[str]:
    try:
        stored = Tally.load(connection)
    except LibraryDamaged as error:
        return [f"counts: {error}"]
    counted = Tally.count(connection)
    faults = []
    if (stored.documents_sum, stored.documents) != (counted.documents_sum, counted.documents):
        faults.append("snapshot: the stored hash does not match the documents")
    if (stored.passages_sum, stored.passages) != (counted.passages_sum, counted.passages):
        faults.append(f"passages: {stored.passages} were written, {counted.passages} are there or others than were written")
    if (stored.marks_sum, stored.marks) != (counted.marks_sum, counted.marks):
        faults.append(
            f"records: {stored.marks} versions, notices, deletions and supersessions were written, {counted.marks} are there"
            " or others than were written"
        )
    return faults
