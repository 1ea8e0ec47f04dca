"""Make a sound library from a damaged one: what can be proven is carried over, what can be derived is made again, the rest is listed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from osler import store as db
from osler.domain.document import Document
from osler.errors import LibraryDamaged, LibraryError, LibraryOutdated
from osler.library.catalog import Annotate, Catalog
from osler.library.check import faults_of, passages_faults
from osler.library.exchange import exchange, remove_database
from osler.library.intake import Intake, now
from osler.library.rows import SEALED, document_row, passage_row, read_document, read_notice, read_passage, reference, seal
from osler.library.salvage import Salvage
from osler.library.shipped import STARTER
from osler.library.snapshot import Tally

_FILE = "file:"


@dataclass(frozen=True, slots=True)
class Lost:
    """A version that could not be proven; origin: where it was added from, empty when that is lost too."""

    document_id: str
    version: int
    hash: str
    revision: str
    origin: str


@dataclass(frozen=True, slots=True)
class Repair:
    """faults: what was found, empty when the catalogue was sound and is untouched. versions: of documents, carried over.
    mended: documents whose record or passages were made again. unsure: other records that may be gone, in words.
    kept: the damaged file.
    """

    faults: tuple[str, ...] = ()
    versions: int = 0
    mended: tuple[str, ...] = ()
    lost: tuple[Lost, ...] = ()
    unsure: tuple[str, ...] = ()
    kept: Path | None = None


def repair(path: Path, annotate: Annotate) -> Repair:
    """Check the library file at `path`; when it has faults, put a sound one in its place and keep the damaged one beside it.

    Nothing becomes current that was not: of a document whose current version is lost no other version is shown.
    The new library has an identity of its own, so that its index is made anew. The caller holds the writer's lock.
    Raises LibraryError when the file cannot be read or there is no room; it is then as it was.
    """
    faults = _faults(path)
    if not faults:
        return Repair()
    made = path.with_name("library.mended.sqlite")
    try:
        remove_database(made)
        with Salvage(path) as old:
            store = db.Store(made)
            with store.writing() as connection:
                carried = _Carried(old, connection, annotate)
                carried.everything()
        left = faults_of(Catalog(store))
        store.close()
        if left:
            raise LibraryDamaged(f"{path} could not be mended: {left[0]}")
        kept = exchange(path, made, "damaged")
    except OSError as error:
        raise LibraryError(f"{path} could not be mended ({error}); it is as it was") from error
    finally:
        remove_database(made)
    return Repair(tuple(faults), carried.versions, tuple(sorted(carried.mended)), tuple(carried.lost), tuple(carried.unsure), kept)


def _faults(path: Path) -> list[str]:
    try:
        store = db.Store(path)
        try:
            return faults_of(Catalog(store))
        finally:
            store.close()
    except LibraryOutdated:
        raise
    except LibraryDamaged as error:
        return [str(error)]


class _Carried:
    """What has come over from the damaged file into the new one, in one transaction."""

    def __init__(self, old: Salvage, connection: sa.Connection, annotate: Annotate) -> None:
        self._old = old
        self._connection = connection
        self._annotate = annotate
        self._have: set[tuple[str, int]] = set()
        self._current: set[str] = set()
        self._unsealed: list[tuple[Any, Document]] = []
        self.versions = 0
        self.mended: set[str] = set()
        self.lost: list[Lost] = []
        self.unsure: list[str] = []

    def everything(self) -> None:
        self._notices()
        for table, types in _PLAIN:
            self._plain(table, types)
        self._documents()
        self._passages()
        self._settle_counts()
        self._mend_records()
        self._mend_passages()
        self._judge_the_rest()

    def _notices(self) -> None:
        for row in self._old.rows(db.notices):
            with suppress(LibraryDamaged):
                notice = read_notice(row)
                values = {"key": row.key, "pmid": notice.pmid, "doi": notice.doi, "origin": str(row.origin), "body": row.body}
                self._connection.execute(db.notices.insert(), [values])

    def _plain(self, table: sa.Table, types: tuple[type, ...]) -> None:
        """Rows without a checksum of their own: as they are when their values are of the right kind."""
        keys = [c.name for c in table.primary_key.columns]
        seen = set()
        for row in self._old.rows(table):
            values = vars(row)
            key = tuple(values[k] for k in keys)
            right = all(v is None or isinstance(v, types) for v in values.values())
            required = all(values[c.name] is not None for c in table.columns if not c.nullable)
            if right and required and key not in seen:
                seen.add(key)
                self._connection.execute(table.insert(), [values])

    def _documents(self) -> None:
        for row in self._old.rows(db.documents):
            sealed = _is_sealed(row)
            try:
                document = read_document(row)
            except LibraryDamaged:
                self._lose(row, sealed=sealed)
                continue
            key = (document.id, row.version)
            if key in self._have or not isinstance(row.version, int):
                continue
            self._have.add(key)
            if not sealed:
                self._unsealed.append((row, document))
                continue
            values = {c.name: getattr(row, c.name) for c in db.documents.columns} | {"current": bool(row.current)}
            self._connection.execute(db.documents.insert(), [values])
            if row.current:
                self._current.add(document.id)
            self.versions += 1
        known = {(x.document_id, x.version) for x in self.lost} | self._have
        listed = self._old.listed()
        if len(listed) > len(known):  # else the table is whole, and a name that is only in the list is itself damage
            self.lost += [Lost(i, v, "", "", "") for i, v in sorted(listed - known)]
        if self.lost:
            keys = ("document_id", "version", "hash", "revision", "origin")
            held = {(r.document_id, r.version) for r in self._connection.execute(sa.select(db.lost))}
            for lost in self.lost:
                if (lost.document_id, lost.version) not in held:
                    self._connection.execute(db.lost.insert(), [{k: getattr(lost, k) for k in keys} | {"at": now()}])

    def _lose(self, row: Any, *, sealed: bool) -> None:
        if sealed:
            self.lost.append(Lost(row.id, row.version, row.hash, row.revision, row.origin))
        elif (row.id, row.version) in self._old.listed():
            self.lost.append(Lost(row.id, row.version, "", "", ""))

    def _passages(self) -> None:
        seen: set[tuple[str, int]] = set()
        unsealed = {d.id for _, d in self._unsealed}
        for row in self._old.rows(db.passages):
            try:
                passage = read_passage(row)
            except LibraryDamaged:
                continue
            key = (passage.document_id, passage.number)
            if (passage.document_id in self._current or passage.document_id in unsealed) and key not in seen:
                seen.add(key)
                self._connection.execute(db.passages.insert(), [vars(row)])
        self._keep_places(seen)

    def _keep_places(self, seen: set[tuple[str, int]]) -> None:
        """An empty row in the place of each passage that is to be made again: it keeps its number, by which ties are settled."""
        taken = set(self._connection.execute(sa.select(db.passages.c.row)).scalars())
        for (document_id, number), row in sorted(self._old.numbered().items()):
            if document_id in self._current and (document_id, number) not in seen and row not in taken:
                taken.add(row)
                values = {"row": row, "document_id": document_id, "number": number, "sequence": 0, "digest": "", "body": ""}
                self._connection.execute(db.passages.insert(), [values])

    def _settle_counts(self) -> None:
        """Facts and counts of the new library: what was annotated with which rules, and where numbers go on."""
        starter_lost = any(x.origin in (STARTER, "") for x in self.lost) or not self._have
        for row in self._old.rows(db.meta):
            if row.key == "annotation" or (str(row.key).startswith("origin:") and not starter_lost):
                db.set_meta(self._connection, str(row.key), str(row.value))
        tally = Tally.count(self._connection)
        last = self._connection.execute(sa.select(sa.func.max(db.passages.c.row))).scalar_one()
        tally.next_row = max(last or 0, *(r.row for r in self._old.rows(db.removed) if isinstance(r.row, int)), 0) + 1
        tally.save(self._connection)

    def _mend_records(self) -> None:
        """Versions whose content is proven but whose record is not: all is read from the content, status from the notices."""
        intake = Intake(self._connection, "")
        for row, document in sorted(self._unsealed, key=lambda x: (x[1].id, x[0].version)):
            was = row.current if isinstance(row.current, int) else 1
            current = bool(was) and document.id not in self._current
            if current:
                self._current.add(document.id)
            passages = tuple(passage_row(p) for p in self._annotate(document)) if current else ()
            made = document_row(document, ())
            intake.carry(made, row.version, str(row.origin), str(row.added_at), passages if current else None)
            self.mended.add(document.id)
            self.versions += 1
        intake.finish()

    def _mend_passages(self) -> None:
        """Passages of current documents that are not all there are made again."""
        p = db.passages.c
        intake = Intake(self._connection, "")
        for row in self._current_rows():
            document = read_document(row)
            held = self._connection.execute(sa.select(db.passages).where(p.document_id == row.id).order_by(p.number)).all()
            if passages_faults(row, held, document):
                again = tuple(passage_row(x) for x in self._annotate(document))
                intake.annotate_again([(row.id, row.version, reference(document), again)])
                self.mended.add(row.id)
        intake.drop_orphans()
        intake.finish()

    def _current_rows(self) -> Iterator[Any]:
        last, t = "", db.documents.c
        while True:
            query = sa.select(db.documents).where(t.current, t.id > last).order_by(t.id).limit(500)
            rows = self._connection.execute(query).all()
            if not rows:
                return
            last = rows[-1].id
            yield from rows

    def _judge_the_rest(self) -> None:
        """Whether notices, deletions and supersessions are all there; and files are taken anew where something is not."""
        marks = Tally.count(self._connection)
        for lost in self.lost:
            marks.add_mark("version", lost.document_id, lost.version, lost.hash)
        stored = _stored_tally(self._old)
        if stored is None or (stored.marks, stored.marks_sum) != (marks.marks, marks.marks_sum):
            self.unsure.append(
                "notices of retraction, concern or correction, deletions or versions may be missing:"
                " add the files and lists of this library again"
            )
        names = {x.origin.removeprefix(_FILE) for x in self.lost}
        t, q = db.intakes, db.queries
        if self.unsure or "" in names:
            self._connection.execute(t.delete())
            self._connection.execute(q.update().values(run_at=None, resume_from=None))
            return
        for name in sorted(names):
            self._connection.execute(t.delete().where(t.c.hash.in_(sa.select(t.c.hash).where(t.c.name == name))))
            self._connection.execute(q.update().where(q.c.text == name).values(run_at=None, resume_from=None))


_PLAIN: tuple[tuple[sa.Table, tuple[type, ...]], ...] = (
    (db.supersessions, (str,)),
    (db.deletions, (str,)),
    (db.removed, (int,)),
    (db.intakes, (str, int)),
    (db.quarantine, (str,)),
    (db.queries, (str, int)),
    (db.lost, (str, int)),
)


def _is_sealed(row: Any) -> bool:
    try:
        values = {name: getattr(row, name) for name in SEALED} | {"current": {0: False, 1: True}[row.current]}
        return bool(seal(values) == row.seal)
    except (TypeError, ValueError, KeyError):
        return False


def _stored_tally(old: Salvage) -> Tally | None:
    stored = old.fact("tally")
    return None if stored is None else Tally.read(stored)
