"""The catalogue: every document in every version, its passages, and the snapshot they make together."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from osler import store as db
from osler.domain.codec import decode
from osler.domain.document import Document
from osler.domain.evidence import Source
from osler.domain.library import Snapshot
from osler.domain.passage import Passage
from osler.domain.status import PublicationStatus, StatusNotice
from osler.errors import LibraryDamaged, UnknownDocument
from osler.library.intake import Changes, Intake, Written, decode_notice, now
from osler.library.rows import digest, document_row
from osler.library.snapshot import Tally

Annotate = Callable[[Document], tuple[Passage, ...]]
_PAGE = 2_000


@dataclass(frozen=True, slots=True)
class Version:
    """One stored version of a document."""

    number: int
    current: bool
    hash: str
    revision: str
    status: str
    origin: str
    added_at: str


class Catalog:
    """Documents and passages in the store. Writes are one transaction each; reads see whole transactions."""

    def __init__(self, store: db.Store) -> None:
        self.store = store

    @contextmanager
    def write(self, origin: str) -> Iterator[_Writing]:
        """One transaction: what is written in it is all there or not at all. `written` is set when it has ended."""
        writing = _Writing()
        with self.store.writing() as connection:
            writing.intake = Intake(connection, origin)
            writing.connection = connection
            yield writing
            writing.written = writing.intake.finish()

    def ingest(
        self, documents: Sequence[Document], origin: str, annotate: Annotate, annotation_key: str, origin_hash: str = ""
    ) -> Changes:
        """Add or update documents, replacing what `origin` no longer holds; unchanged content is left alone."""
        self.annotate_all(annotate, annotation_key)
        with self.write(origin) as writing:
            intake, connection = writing.intake, writing.connection
            t = db.documents.c
            held = set(connection.execute(sa.select(t.id).where(t.origin == origin, t.current)).scalars())
            intake.put([document_row(d, annotate(d)) for d in documents])
            intake.retire(sorted(held - {d.id for d in documents}), by_source=False)
            db.set_meta(connection, f"origin:{origin}", origin_hash)
        return writing.written.changes

    def annotate_all(self, annotate: Annotate, annotation_key: str) -> bool:
        """Make every passage again when the rules or the lexicon are others; whether it was needed."""
        with self.store.reading() as connection:
            if db.get_meta(connection, "annotation") == annotation_key:
                return False
        with self.write("") as writing:
            ids = writing.connection.execute(sa.select(db.documents.c.id).where(db.documents.c.current)).scalars().all()
            for document_id in sorted(ids):
                document = _document(_current(writing.connection, document_id))
                own = replace(
                    document, status=PublicationStatus(json.loads(_current(writing.connection, document_id).body)["status"])
                )
                writing.intake.annotate_again([document_row(own, annotate(own))])
            db.set_meta(writing.connection, "annotation", annotation_key)
        return True

    def is_current(self, origin: str, origin_hash: str, annotation_key: str) -> bool:
        """Whether `origin` was ingested in this content and annotated with these rules."""
        with self.store.reading() as connection:
            return (
                db.get_meta(connection, f"origin:{origin}") == origin_hash
                and db.get_meta(connection, "annotation") == annotation_key
            )

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep every other writer of this library out, in this process and others; readers go on."""
        with self.store.writing():
            yield

    def snapshot(self) -> Snapshot:
        with self.store.reading() as connection:
            return Tally.load(connection).snapshot()

    def identity(self) -> str:
        """Which library this is: made at random once, so that an index of another is not taken for its own."""
        with self.store.reading() as connection:
            return db.get_meta(connection, "library") or ""

    def sequence(self) -> int:
        """The number of the last transaction; an index that has applied it holds everything."""
        with self.store.reading() as connection:
            return int(db.get_meta(connection, "sequence") or 0)

    def document(self, document_id: str, version: int | None = None) -> Document:
        """The current version (or the one asked for), with its effective status. Raises UnknownDocument, LibraryDamaged."""
        t = db.documents.c
        with self.store.reading() as connection:
            if version is None:
                row = _current(connection, document_id)
            else:
                row = connection.execute(sa.select(db.documents).where(t.id == document_id, t.version == version)).one_or_none()
        if row is None:
            what = f"version {version} of document {document_id!r}" if version else f"document {document_id!r}"
            raise UnknownDocument(f"no {what} in this library; `osler library list` shows them all")
        return _document(row)

    def history(self, document_id: str) -> tuple[tuple[Version, ...], tuple[StatusNotice, ...]]:
        """Every version, oldest first, and every notice about the work. Raises UnknownDocument."""
        t, n = db.documents.c, db.notices.c
        with self.store.reading() as connection:
            rows = connection.execute(sa.select(db.documents).where(t.id == document_id).order_by(t.version)).all()
            pmids, dois = {r.pmid for r in rows if r.pmid}, {r.doi for r in rows if r.doi}
            about = connection.execute(
                sa.select(n.key, n.body).where(sa.or_(n.pmid.in_(sorted(pmids)), n.doi.in_(sorted(dois)))).order_by(n.key)
            ).all()
        if not rows:
            raise UnknownDocument(f"no document {document_id!r} in this library; `osler library list` shows them all")
        versions = tuple(Version(r.version, r.current, r.hash, r.revision, r.status, r.origin, r.added_at) for r in rows)
        return versions, tuple(
            sorted((decode_notice(r.body) for r in about), key=lambda x: (x.date or "", x.nature.value, x.source))
        )

    def documents(self) -> Iterator[Document]:
        """All current documents, by id."""
        last = ""
        t = db.documents.c
        while True:
            with self.store.reading() as connection:
                rows = connection.execute(sa.select(db.documents).where(t.current, t.id > last).order_by(t.id).limit(_PAGE)).all()
            if not rows:
                return
            last = rows[-1].id
            yield from (_document(row) for row in rows)

    def summary(self) -> list[tuple[str, str, int]]:
        """(kind, status, number of current documents), most first."""
        t = db.documents.c
        with self.store.reading() as connection:
            rows = connection.execute(
                sa.select(t.kind, t.status, sa.func.count().label("n")).where(t.current).group_by(t.kind, t.status)
            ).all()
        return sorted(((r.kind, r.status, r.n) for r in rows), key=lambda r: (-r[2], r[0], r[1]))

    def find(self, pmid: str | None, doi: str | None, via: str) -> tuple[str, ...]:
        """Ids of current documents of this work that came this way, sorted."""
        t = db.documents.c
        same = [c == v for c, v in ((t.pmid, pmid), (t.doi, doi)) if v]
        if not same:
            return ()
        with self.store.reading() as connection:
            ids = connection.execute(sa.select(t.id).where(sa.or_(*same), t.current, t.via == via)).scalars().all()
        return tuple(sorted(ids))

    def passages_of(self, document_id: str) -> tuple[Passage, ...]:
        """The passages of a current document, in text order."""
        p = db.passages.c
        with self.store.reading() as connection:
            rows = connection.execute(sa.select(db.passages).where(p.document_id == document_id).order_by(p.number)).all()
        return tuple(_passage(row) for row in rows)

    def passages(self, after_sequence: int = -1) -> Iterator[tuple[int, Passage, Source]]:
        """Every passage written after that transaction, with its row number and source, in row order."""
        last = -1
        p = db.passages.c
        while True:
            with self.store.reading() as connection:
                rows = connection.execute(
                    sa.select(db.passages).where(p.sequence > after_sequence, p.row > last).order_by(p.row).limit(_PAGE)
                ).all()
                sources = _sources(connection, sorted({row.document_id for row in rows}))
            if not rows:
                return
            last = rows[-1].row
            for row in rows:
                yield row.row, _passage(row), sources[row.document_id]

    def rows(self) -> Iterator[int]:
        """Every row number in use, ascending."""
        with self.store.reading() as connection:
            yield from connection.execute(sa.select(db.passages.c.row).order_by(db.passages.c.row)).scalars()

    def removed_since(self, sequence: int) -> tuple[int, ...]:
        """Row numbers that went out of use after that transaction."""
        r = db.removed.c
        with self.store.reading() as connection:
            return tuple(connection.execute(sa.select(r.row).where(r.sequence > sequence).order_by(r.row)).scalars())

    def load(self, rows: Iterable[int]) -> dict[int, tuple[Passage, Source]]:
        """The passages of these row numbers; a number that is not there is left out. Raises LibraryDamaged."""
        wanted = list(rows)
        with self.store.reading() as connection:
            found = [
                row
                for start in range(0, len(wanted), 900)
                for row in connection.execute(sa.select(db.passages).where(db.passages.c.row.in_(wanted[start : start + 900])))
            ]
            sources = _sources(connection, sorted({row.document_id for row in found}))
        return {row.row: (_passage(row), sources[row.document_id]) for row in found if row.document_id in sources}

    def intake_done(self, file_hash: str) -> dict[int, Changes]:
        """Pieces of the file with this content hash that are in the library already (-1: all of it)."""
        t = db.intakes.c
        with self.store.reading() as connection:
            rows = connection.execute(sa.select(t.piece, t.body).where(t.hash == file_hash)).all()
        return {r.piece: Changes(**json.loads(r.body)) for r in rows}

    def quarantined(self, file: str | None = None) -> list[tuple[str, str, str]]:
        """(file, record, reason) of everything that was refused (in one file), in order of file and record."""
        t = db.quarantine.c
        wanted = sa.select(t.file, t.record, t.reason).order_by(t.file, t.record)
        if file is not None:
            wanted = wanted.where(t.file == file)
        with self.store.reading() as connection:
            return [(r.file, r.record, r.reason) for r in connection.execute(wanted).all()]

    def queries(self) -> list[tuple[str, int, str | None]]:
        """(query, limit, time of the last complete run) of everything added online, by query."""
        t = db.queries.c
        with self.store.reading() as connection:
            rows = connection.execute(sa.select(t.text, t.limit, t.run_at).order_by(t.text)).all()
        return [(r.text, r.limit, r.run_at) for r in rows]

    def resume_point(self, query: str) -> str | None:
        """Where an online query that was cut short goes on; None when it is to start at its beginning."""
        t = db.queries.c
        with self.store.reading() as connection:
            return connection.execute(sa.select(t.resume_from).where(t.text == query)).scalar_one_or_none()


class _Writing:
    """What `Catalog.write` hands out: the intake, its connection, and, when the block has ended, what was written."""

    intake: Intake
    connection: sa.Connection
    written: Written

    def piece_done(self, file_hash: str, piece: int, name: str, changes: Changes) -> None:
        """Note in the same transaction that this piece of the file is in."""
        t = db.intakes
        self.connection.execute(t.delete().where(t.c.hash == file_hash, t.c.piece == piece))
        body = json.dumps({n: getattr(changes, n) for n in Changes.__slots__})
        self.connection.execute(t.insert().values(hash=file_hash, piece=piece, name=name, at=now(), body=body))

    def refuse(self, refused: Sequence[tuple[str, str, str]]) -> None:
        """Keep (file, record, reason); a record refused again replaces its older reason."""
        t = db.quarantine
        for file, record, reason in refused:
            self.connection.execute(t.delete().where(t.c.file == file, t.c.record == record))
            self.connection.execute(t.insert().values(file=file, record=record, reason=reason, at=now()))

    def remember_query(self, text: str, limit: int, *, complete: bool, resume_from: str | None) -> None:
        t = db.queries
        before = self.connection.execute(sa.select(t.c.run_at).where(t.c.text == text)).scalar_one_or_none()
        self.connection.execute(t.delete().where(t.c.text == text))
        run_at = now() if complete else before
        self.connection.execute(t.insert().values(text=text, limit=limit, run_at=run_at, resume_from=resume_from))


def _current(connection: sa.Connection, document_id: str) -> Any:
    t = db.documents.c
    return connection.execute(sa.select(db.documents).where(t.id == document_id, t.current)).one_or_none()


def _document(row: Any) -> Document:
    try:
        document = decode(Document, json.loads(row.body))
    except (ValueError, TypeError, KeyError) as error:
        raise LibraryDamaged(
            f"document {row.id} version {row.version} is damaged ({error}); `osler doctor --repair` says what can be done"
        ) from error
    return replace(document, status=PublicationStatus(row.status))


def _passage(row: Any) -> Passage:
    if digest(row.body) != row.digest:
        raise LibraryDamaged(f"passage {row.document_id}#{row.number} is damaged; `osler doctor --repair` makes it again")
    try:
        return decode(Passage, json.loads(row.body))
    except (ValueError, TypeError, KeyError) as error:
        raise LibraryDamaged(
            f"passage {row.document_id}#{row.number} is damaged ({error}); `osler doctor --repair` makes it again"
        ) from error


def _sources(connection: sa.Connection, ids: Sequence[str]) -> dict[str, Source]:
    t = db.documents.c
    fields = ("kind", "via", "bibliography", "authority", "organisation", "issued")
    # Only the reference is needed; SQLite cuts it out of the JSON, for decoding a whole document would triple a query's time.
    light = [sa.func.json_extract(t.body, f"$.{name}").label(name) for name in fields]
    sources = {}
    for start in range(0, len(ids), 900):
        query = sa.select(t.id, t.version, t.status, t.status_since, *light).where(t.current, t.id.in_(ids[start : start + 900]))
        for row in connection.execute(query):
            try:
                value = {n: getattr(row, n) for n in fields} | {
                    "document_id": row.id, "version": row.version, "status": row.status, "status_since": row.status_since,
                    "bibliography": json.loads(row.bibliography),
                }  # fmt: skip
                sources[row.id] = decode(Source, value)
            except (ValueError, TypeError, KeyError) as error:
                raise LibraryDamaged(
                    f"document {row.id} is damaged ({error}); `osler doctor --repair` says what can be done"
                ) from error
    return sources
