"""The catalogue: every document in every version, its passages, and the snapshot they make together."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from osler import store as db
from osler.domain.document import Document
from osler.domain.evidence import Source
from osler.domain.library import Snapshot
from osler.domain.passage import Passage
from osler.domain.status import PublicationStatus, StatusNotice
from osler.errors import LibraryDamaged, UnknownDocument
from osler.library.intake import Changes, Intake, Written, now
from osler.library.rows import (
    SEALED,
    PassageRow,
    document_row,
    passage_row,
    proven,
    read_document,
    read_notice,
    read_passage,
    read_source,
    reference,
    seal_intake,
)
from osler.library.snapshot import Tally

Annotate = Callable[[Document], tuple[Passage, ...]]
Remake = Callable[[Iterable[Document]], Iterable[tuple[PassageRow, ...]]]
"""The passages of each document, in the order given; it may work ahead, and in other processes."""
Counted = Callable[[int, int], None]
"""Told how many are done, and of how many."""
_PAGE = 2_000
_AGAIN = 400
"""Documents annotated again in one transaction: about half a second's work, lost at most when the process dies."""


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


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a document. source: as it is now, None when it is out of use; taken_back: deleted by its source;
    superseded_by: ids of the documents that say they replace it, sorted."""

    source: Source | None
    taken_back: bool
    superseded_by: tuple[str, ...]


class Catalog:
    """Documents and passages in the store. Writes are one transaction each; reads see whole transactions."""

    def __init__(self, store: db.Store) -> None:
        self.store = store

    @contextmanager
    def write(self, origin: str) -> Iterator[Writing]:
        """One transaction: what is written in it is all there or not at all. `written` is set when it has ended."""
        writing = Writing()
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

    def annotate_all(
        self, annotate: Annotate, annotation_key: str, tell: Counted | None = None, remake: Remake | None = None
    ) -> bool:
        """Make every passage again when the rules or the lexicon are others; whether it was needed.

        In batches, each a transaction: what was done when the process died is not done again.
        """
        with self.store.reading() as connection:
            if db.get_meta(connection, "annotation") == annotation_key:
                return False
            key, _, last = (db.get_meta(connection, "annotating") or "").partition("\t")
            last = last if key == annotation_key else ""
            t = db.documents.c
            done, total = (
                connection.execute(sa.select(sa.func.count()).where(t.current, bound)).scalar_one()
                for bound in (t.id <= last, sa.true())
            )
        again = remake or (lambda some: (tuple(passage_row(p) for p in annotate(d)) for d in some))
        for batch in self._remade(again, last):
            with self.write("") as writing:
                writing.intake.annotate_again(batch)
                db.set_meta(writing.connection, "annotating", f"{annotation_key}\t{batch[-1][0]}")
            done += len(batch)
            if tell is not None:
                tell(done, total)
        with self.write("") as writing:
            db.set_meta(writing.connection, "annotation", annotation_key)
            db.set_meta(writing.connection, "annotating", "")
        return True

    def _remade(self, remake: Remake, after: str) -> Iterator[list[tuple[str, int, str, tuple[PassageRow, ...]]]]:
        """(id, version, reference, passages) of current documents after this id, in batches."""
        handed: deque[tuple[str, int, str]] = deque()

        def hand_out() -> Iterator[Document]:
            for row in self._current_rows(after):
                document = read_document(row)
                handed.append((row.id, row.version, reference(document)))
                yield document

        batch = []
        for passages in remake(hand_out()):
            batch.append((*handed.popleft(), passages))
            if len(batch) == _AGAIN:
                yield batch
                batch = []
        if batch:
            yield batch

    def _current_rows(self, after: str = "") -> Iterator[Any]:
        """Rows of current documents, by id, each page read by itself."""
        t = db.documents.c
        while True:
            with self.store.reading() as connection:
                query = sa.select(db.documents).where(t.current, t.id > after).order_by(t.id).limit(_PAGE)
                rows = connection.execute(query).all()
            if not rows:
                return
            yield from (proven(row) for row in rows)
            after = rows[-1].id

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
            return Tally.load(connection).sequence

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
        return _document(proven(row))

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
        for row in rows:
            proven(row)
        versions = tuple(Version(r.version, r.current, r.hash, r.revision, r.status, r.origin, r.added_at) for r in rows)
        return versions, tuple(sorted((read_notice(r) for r in about), key=lambda x: (x.date or "", x.nature.value, x.source)))

    def documents(self) -> Iterator[Document]:
        """All current documents, by id. Raises LibraryDamaged."""
        return (_document(row) for row in self._current_rows())

    def current_ids(self) -> frozenset[str]:
        """Ids of all current documents."""
        t = db.documents.c
        with self.store.reading() as connection:
            return frozenset(connection.execute(sa.select(t.id).where(t.current)).scalars())

    def fates(self, document_ids: Iterable[str]) -> dict[str, Fate]:
        """What became of each of these documents. Raises LibraryDamaged."""
        ids = sorted(set(document_ids))
        t, gone, newer = db.documents.c, db.deletions.c.document_id, db.supersessions.c
        current: list[str] = []
        back: set[str] = set()
        by: dict[str, list[str]] = {}
        with self.store.reading() as connection:
            for start in range(0, len(ids), 900):
                some = ids[start : start + 900]
                current += connection.execute(sa.select(t.id).where(t.current, t.id.in_(some))).scalars()
                back |= set(connection.execute(sa.select(gone).where(gone.in_(some))).scalars())
                for row in connection.execute(
                    sa.select(newer.old_id, newer.new_id).where(newer.old_id.in_(some)).order_by(newer.new_id)
                ):
                    by.setdefault(row.old_id, []).append(row.new_id)
            sources = _sources(connection, current)
        return {i: Fate(sources.get(i), i in back, tuple(by.get(i, ()))) for i in ids}

    def summary(self) -> list[tuple[str, str, int]]:
        """(kind, status, number of current documents), most first."""
        t = db.documents.c
        with self.store.reading() as connection:
            rows = connection.execute(
                sa.select(t.kind, t.status, sa.func.count().label("n")).where(t.current).group_by(t.kind, t.status)
            ).all()
        return sorted(((r.kind, r.status, r.n) for r in rows), key=lambda r: (-r[2], r[0], r[1]))

    def jurisdictions(self) -> tuple[str, ...]:
        """Where the rules of current documents hold, as their sources name it, sorted. Reads every document's record."""
        t = db.documents.c
        where = sa.func.json_extract(t.reference, "$.jurisdiction")
        with self.store.reading() as connection:
            named = connection.execute(sa.select(where).where(t.current, where.is_not(None)).distinct()).scalars()
            return tuple(sorted(str(j) for j in named))

    def find(self, pmid: str | None, doi: str | None, via: str) -> tuple[str, ...]:
        """Ids of current documents of this work that came this way, sorted."""
        t = db.documents.c
        same = [c == v for c, v in ((t.pmid, pmid), (t.doi, doi)) if v]
        if not same:
            return ()
        with self.store.reading() as connection:
            ids = connection.execute(sa.select(t.id).where(sa.or_(*same), t.current, t.via == via)).scalars().all()
        return tuple(sorted(ids))

    def find_many(
        self, works: Iterable[tuple[str | None, str | None]], via: str
    ) -> dict[tuple[str | None, str | None], tuple[str, ...]]:
        """`find` for many (PMID, DOI) at once, in two look-ups instead of one a work."""
        wanted = set(works)
        t = db.documents.c
        by: dict[str, dict[str, set[str]]] = {"pmid": {}, "doi": {}}
        with self.store.reading() as connection:
            for name, column, values in (
                ("pmid", t.pmid, sorted({p for p, _ in wanted if p})),
                ("doi", t.doi, sorted({d for _, d in wanted if d})),
            ):
                for start in range(0, len(values), 900):
                    some = values[start : start + 900]
                    for row in connection.execute(
                        sa.select(t.id, column.label("key")).where(column.in_(some), t.current, t.via == via)
                    ):
                        by[name].setdefault(row.key, set()).add(row.id)
        return {
            (pmid, doi): tuple(sorted(by["pmid"].get(pmid or "", set()) | by["doi"].get(doi or "", set()))) for pmid, doi in wanted
        }

    def passages_of(self, document_id: str) -> tuple[Passage, ...]:
        """The passages of a current document, in text order."""
        p = db.passages.c
        with self.store.reading() as connection:
            rows = connection.execute(sa.select(db.passages).where(p.document_id == document_id).order_by(p.number)).all()
        return tuple(read_passage(row) for row in rows)

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
                yield row.row, read_passage(row), sources[row.document_id]

    def rows_of(self, document_ids: Iterable[str]) -> Iterator[tuple[int, Passage, Source]]:
        """The passages of these documents, as `passages` gives them; of one that is not current, none."""
        p = db.passages.c
        wanted = sorted(set(document_ids))
        for start in range(0, len(wanted), 900):
            query = sa.select(db.passages).where(p.document_id.in_(wanted[start : start + 900])).order_by(p.row)
            with self.store.reading() as connection:
                rows = connection.execute(query).all()
                sources = _sources(connection, sorted({row.document_id for row in rows}))
            for row in rows:
                yield row.row, read_passage(row), sources[row.document_id]

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
        """The passages of these row numbers; a number that went out of use is left out. Raises LibraryDamaged, also for a
        number that should be there and is not: an answer never rests on fewer passages than the index found."""
        wanted = list(rows)
        found: list[Any] = []
        gone: set[int] = set()
        p, r = db.passages.c, db.removed.c
        with self.store.reading() as connection:
            for start in range(0, len(wanted), 900):
                some = wanted[start : start + 900]
                found += connection.execute(sa.select(db.passages).where(p.row.in_(some))).all()
                gone |= set(connection.execute(sa.select(r.row).where(r.row.in_(some))).scalars())
            sources = _sources(connection, sorted({row.document_id for row in found}))
        missing = sorted(set(wanted) - gone - {row.row for row in found})
        if missing:
            raise LibraryDamaged(f"passage in row {missing[0]} is missing; `osler doctor --repair` makes it again")
        return {row.row: (read_passage(row), sources[row.document_id]) for row in found}

    def intake_done(self, file_hash: str) -> dict[int, Changes]:
        """Pieces of the file with this content hash that are in the library already (-1: all of it)."""
        t = db.intakes.c
        with self.store.reading() as connection:
            rows = connection.execute(sa.select(db.intakes).where(t.hash == file_hash)).all()
        # A note that is damaged does not count: the piece is then read again, which changes nothing when it was in.
        return {r.piece: Changes(**json.loads(r.body)) for r in rows if seal_intake(r._mapping) == r.seal}

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


class Writing:
    """What `Catalog.write` hands out: the intake, its connection, and, when the block has ended, what was written."""

    intake: Intake
    connection: sa.Connection
    written: Written

    def piece_done(self, file_hash: str, piece: int, name: str, changes: Changes) -> None:
        """Note in the same transaction that this piece of the file is in."""
        t = db.intakes
        self.connection.execute(t.delete().where(t.c.hash == file_hash, t.c.piece == piece))
        body = json.dumps({n: getattr(changes, n) for n in Changes.__slots__})
        values = {"hash": file_hash, "piece": piece, "name": name, "body": body}
        self.connection.execute(t.insert().values(**values, at=now(), seal=seal_intake(values)))

    def clear_quarantine(self, file: str) -> None:
        """Forget what was refused of a file: it is being read again."""
        self.connection.execute(db.quarantine.delete().where(db.quarantine.c.file == file))

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
    """The document with its effective status."""
    return replace(read_document(row), status=PublicationStatus(row.status))


def _sources(connection: sa.Connection, ids: Sequence[str]) -> dict[str, Source]:
    """What a search result shows of each of these documents. Raises LibraryDamaged for one that is not there."""
    t = db.documents.c
    columns = [t[name] for name in (*SEALED, "seal")]
    sources = {}
    for start in range(0, len(ids), 900):
        for row in connection.execute(sa.select(*columns).where(t.current, t.id.in_(ids[start : start + 900]))):
            sources[row.id] = read_source(proven(row).reference, row.id, row.version, row.status, row.status_since)
    missing = sorted(set(ids) - set(sources))
    if missing:
        raise LibraryDamaged(f"the record of document {missing[0]} is missing; `osler doctor --repair` says what can be done")
    return sources
