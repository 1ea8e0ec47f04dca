"""The catalogue: every document in every version, its passages, and the snapshot they make together."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources

import sqlalchemy as sa

from osler import store as db
from osler.domain.codec import decode, encode
from osler.domain.document import Document, content_hash
from osler.domain.evidence import Source
from osler.domain.library import Snapshot
from osler.domain.passage import Passage
from osler.errors import LibraryDamaged, UnknownDocument

STARTER = "starter"
Annotate = Callable[[Document], tuple[Passage, ...]]


@dataclass(frozen=True, slots=True)
class Changes:
    """What an ingest did, in numbers of documents."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0


class Catalog:
    """Documents and passages in the store. Writes are one transaction each; reads see whole transactions."""

    def __init__(self, store: db.Store) -> None:
        self._store = store

    def ingest(
        self, documents: Sequence[Document], origin: str, annotate: Annotate, annotation_key: str, origin_hash: str = ""
    ) -> Changes:
        """Add or update documents, replacing what `origin` no longer holds; unchanged content is left alone."""
        with self._store.writing() as connection:
            redo = db.get_meta(connection, "annotation") != annotation_key
            if redo:
                connection.execute(db.passages.delete())
            stored = {
                row.id: row
                for row in connection.execute(
                    sa.select(db.documents.c.id, db.documents.c.version, db.documents.c.hash, db.documents.c.origin).where(
                        db.documents.c.current
                    )
                )
            }
            counts: Counter[str] = Counter()
            for document in documents:
                counts[_put(connection, document, origin, stored.get(document.id), annotate, redo)] += 1
            gone = [i for i, row in stored.items() if row.origin == origin and i not in {d.id for d in documents}]
            for document_id in sorted(gone):
                _retire(connection, document_id)
            if redo:
                _annotate_others(connection, {d.id for d in documents}, annotate)
            db.set_meta(connection, "annotation", annotation_key)
            db.set_meta(connection, f"origin:{origin}", origin_hash)
            db.set_meta(connection, "snapshot", _snapshot(connection))
        return Changes(counts["added"], counts["updated"], counts["unchanged"], len(gone))

    def is_current(self, origin: str, origin_hash: str, annotation_key: str) -> bool:
        """Whether `origin` was ingested in this content and annotated with these rules."""
        with self._store.reading() as connection:
            return (
                db.get_meta(connection, f"origin:{origin}") == origin_hash
                and db.get_meta(connection, "annotation") == annotation_key
            )

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep every other writer of this library out, in this process and others; readers go on."""
        with self._store.writing():
            yield

    def snapshot(self) -> Snapshot:
        with self._store.reading() as connection:
            identity = db.get_meta(connection, "snapshot") or _snapshot(connection)
            documents = connection.execute(
                sa.select(sa.func.count()).select_from(db.documents).where(db.documents.c.current)
            ).scalar_one()
            passages = connection.execute(sa.select(sa.func.count()).select_from(db.passages)).scalar_one()
        return Snapshot(identity, documents, passages)

    def document(self, document_id: str) -> Document:
        """The current version. Raises UnknownDocument."""
        with self._store.reading() as connection:
            row = connection.execute(
                sa.select(db.documents.c.body).where(db.documents.c.id == document_id, db.documents.c.current)
            ).one_or_none()
        if row is None:
            raise UnknownDocument(f"no document {document_id!r} in this library; `osler library list` shows them all")
        return decode(Document, json.loads(row.body))

    def documents(self) -> tuple[Document, ...]:
        """All current documents, by id."""
        with self._store.reading() as connection:
            rows = connection.execute(
                sa.select(db.documents.c.body).where(db.documents.c.current).order_by(db.documents.c.id)
            ).all()
        return tuple(decode(Document, json.loads(row.body)) for row in rows)

    def passages(self) -> Iterator[tuple[int, Passage, Source]]:
        """Every passage with its row number and source, in row order."""
        with self._store.reading() as connection:
            sources = _sources(connection, None)
            rows = connection.execute(sa.select(db.passages).order_by(db.passages.c.row)).all()
        for row in rows:
            yield row.row, decode(Passage, json.loads(row.body)), sources[row.document_id]

    def load(self, rows: Iterable[int]) -> dict[int, tuple[Passage, Source]]:
        """The passages of these row numbers; a number that is not there is left out."""
        wanted = list(rows)
        with self._store.reading() as connection:
            found = connection.execute(sa.select(db.passages).where(db.passages.c.row.in_(wanted))).all()
            sources = _sources(connection, {row.document_id for row in found})
        return {
            row.row: (decode(Passage, json.loads(row.body)), sources[row.document_id])
            for row in found
            if row.document_id in sources
        }

    def verify(self) -> list[str]:
        """Faults found by reading everything back: hashes, slices, counts. Empty when sound."""
        faults = []
        with self._store.reading() as connection:
            for (message,) in connection.exec_driver_sql("PRAGMA integrity_check").all():
                if message != "ok":
                    faults.append(f"database: {message}")
            bodies: dict[str, Document] = {}
            for row in connection.execute(sa.select(db.documents)).all():
                try:
                    document = decode(Document, json.loads(row.body))
                except (ValueError, TypeError) as error:
                    faults.append(f"{row.id} version {row.version}: cannot be read ({error})")
                    continue
                if content_hash(encode(document)) != row.hash:
                    faults.append(f"{row.id} version {row.version}: content does not match its hash")
                if row.current:
                    bodies[row.id] = document
            for row in connection.execute(sa.select(db.passages)).all():
                faults.extend(_passage_faults(row, bodies))
            if db.get_meta(connection, "snapshot") != _snapshot(connection):
                faults.append("snapshot: the stored hash does not match the documents")
        return faults


def _put(connection: sa.Connection, document: Document, origin: str, stored: sa.Row | None, annotate: Annotate, redo: bool) -> str:  # type: ignore[type-arg]
    encoded = encode(document)
    digest = content_hash(encoded)
    if stored is not None and stored.hash == digest:
        if redo:
            _write_passages(connection, document, annotate)
        return "unchanged"
    version = 1 if stored is None else stored.version + 1
    connection.execute(db.documents.update().where(db.documents.c.id == document.id, db.documents.c.current).values(current=False))
    connection.execute(
        db.documents.insert().values(
            id=document.id,
            version=version,
            hash=digest,
            current=True,
            kind=document.kind.value,
            status=document.status.value,
            via=document.via.value,
            year=document.bibliography.year,
            title=document.bibliography.title,
            origin=origin,
            body=json.dumps(encoded, ensure_ascii=False, separators=(",", ":")),
        )
    )
    _write_passages(connection, document, annotate)
    return "added" if stored is None else "updated"


def _write_passages(connection: sa.Connection, document: Document, annotate: Annotate) -> None:
    connection.execute(db.passages.delete().where(db.passages.c.document_id == document.id))
    rows = [
        {
            "document_id": p.document_id,
            "number": p.number,
            "body": json.dumps(encode(p), ensure_ascii=False, separators=(",", ":")),
        }
        for p in annotate(document)
    ]
    connection.execute(db.passages.insert(), rows)


def _retire(connection: sa.Connection, document_id: str) -> None:
    connection.execute(db.documents.update().where(db.documents.c.id == document_id, db.documents.c.current).values(current=False))
    connection.execute(db.passages.delete().where(db.passages.c.document_id == document_id))


def _annotate_others(connection: sa.Connection, done: set[str], annotate: Annotate) -> None:
    rows = connection.execute(sa.select(db.documents.c.id, db.documents.c.body).where(db.documents.c.current)).all()
    for row in rows:
        if row.id not in done:
            _write_passages(connection, decode(Document, json.loads(row.body)), annotate)


def _snapshot(connection: sa.Connection) -> str:
    digest = hashlib.sha256()
    rows = connection.execute(
        sa.select(db.documents.c.id, db.documents.c.hash, db.documents.c.status)
        .where(db.documents.c.current)
        .order_by(db.documents.c.id)
    ).all()
    for row in rows:
        digest.update(f"{row.id}\t{row.hash}\t{row.status}\n".encode())
    return digest.hexdigest()[:16]


def _sources(connection: sa.Connection, ids: set[str] | None) -> dict[str, Source]:
    query = sa.select(db.documents.c.body).where(db.documents.c.current)
    if ids is not None:
        query = query.where(db.documents.c.id.in_(sorted(ids)))
    sources = {}
    for row in connection.execute(query).all():
        body = json.loads(row.body)
        # Only the reference is needed here; decoding every statement of the document would triple the time of a query.
        light = {k: body[k] for k in ("kind", "via", "status", "bibliography")} | {"document_id": body["id"]}
        sources[body["id"]] = decode(Source, light)
    return sources


def _passage_faults(row: sa.Row, bodies: dict[str, Document]) -> list[str]:  # type: ignore[type-arg]
    try:
        passage = decode(Passage, json.loads(row.body))
    except (ValueError, TypeError) as error:
        return [f"passage {row.document_id}#{row.number}: cannot be read ({error})"]
    document = bodies.get(row.document_id)
    if document is None:
        return [f"passage {passage.id}: its document is not in the library"]
    if document.text[passage.start : passage.end] != passage.text:
        return [f"passage {passage.id}: does not slice back from its document"]
    return []


def starter_lines() -> tuple[list[str], str]:
    """The lines of the shipped starter library, and a hash of the file."""
    data = (resources.files("osler.library") / "starter" / "extractions.jsonl").read_bytes()
    if not data:
        raise LibraryDamaged("the starter library that ships with Osler is empty: install it again")
    return data.decode("utf-8").splitlines(), hashlib.sha256(data).hexdigest()[:16]
