"""Writing to the library: documents with their versions, notices, deletions; one transaction a batch, all or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy as sa

from osler import store as db
from osler.domain.codec import encode
from osler.domain.status import PublicationStatus, StatusNotice, standing
from osler.library.rows import SEALED, DocumentRow, PassageRow, digest, proven, read_document, read_notice, seal, to_json
from osler.library.snapshot import Tally


@dataclass(frozen=True, slots=True)
class Changes:
    """What a batch did, in numbers of documents; `older`: kept as an earlier version of one that is current;
    `taken_back`: deleted by their source; `notices`: new ones; `status`: documents whose status changed with them."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    older: int = 0
    taken_back: int = 0
    notices: int = 0
    status: int = 0

    def __add__(self, other: Changes) -> Changes:
        return Changes(*(getattr(self, n) + getattr(other, n) for n in self.__slots__))


@dataclass(frozen=True, slots=True)
class Written:
    """The outcome of a batch: its counts, its sequence number, the row numbers of written passages (document id, number -> row)
    and of those that are gone, and what happened to which document, as (id, words). statuses: in effect, of each document that
    was written or whose status changed; restated: the ids of the latter, whose passages the index has to take anew."""

    changes: Changes
    sequence: int
    rows: dict[tuple[str, int], int]
    gone: tuple[int, ...]
    moved: tuple[tuple[str, str], ...] = ()
    statuses: Mapping[str, PublicationStatus] = field(default_factory=dict)
    restated: tuple[str, ...] = ()


_RECORD = [db.documents.c[name] for name in (*SEALED, "seal")]
"""A document's row without its body."""
_Rows = dict[str, list[sa.Row]]  # type: ignore[type-arg]
"""Rows by document."""


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


class Intake:
    """One open transaction's worth of writing; `finish` settles counters and snapshot. Used through `Catalog.write`.

    A passage keeps its row number while its document keeps a passage of that number: a reader whose index is a moment
    behind then still finds the document, in its present words.
    """

    def __init__(self, connection: sa.Connection, origin: str) -> None:
        self._connection = connection
        self.origin = origin  # of what is put next; may be set anew between two files
        self._tally = Tally.load(connection)
        self._tally.sequence += 1
        self._counts: Counter[str] = Counter()
        self._rows: dict[tuple[str, int], int] = {}
        self._gone: list[int] = []
        self._moved: list[tuple[str, str]] = []
        self._statuses: dict[str, PublicationStatus] = {}
        self._restated: list[str] = []
        self._at = now()

    def put(self, documents: Sequence[DocumentRow]) -> None:
        """Add or update documents; the newest revision of an id is current, every version is kept. Raises LibraryDamaged."""
        ids = sorted({d.id for d in documents})
        versions: _Rows = {}
        deleted: set[str] = set()
        t, gone = db.documents.c, db.deletions.c.document_id
        for some in _slices(ids):
            for row in self._connection.execute(sa.select(*_RECORD).where(t.id.in_(some)).order_by(t.id, t.version)):
                versions.setdefault(row.id, []).append(proven(row))
            deleted |= set(self._connection.execute(sa.select(gone).where(gone.in_(some))).scalars())
        fresh: list[DocumentRow] = []
        back: list[tuple[DocumentRow, sa.Row]] = []  # type: ignore[type-arg]
        for document in {d.id: d for d in documents}.values():  # of two in one batch the last counts
            if document.id in deleted:
                self._counts["taken_back"] += 1
            elif any(v.hash == document.hash for v in versions.get(document.id, ())):
                current = next((v for v in versions[document.id] if v.current), None)
                if current is not None:
                    self._counts["unchanged"] += 1
                else:
                    back.append((document, next(v for v in versions[document.id] if v.hash == document.hash)))
            else:
                fresh.append(document)
        lost = self._lost(set(ids))
        for document, row in back:  # it was removed, and is back as it was
            self._restore(document, row, lost.get(document.id, []))
        self._insert(fresh, versions, lost)

    def _insert(self, documents: list[DocumentRow], versions: _Rows, lost: _Rows) -> None:
        notices = self._notices_about(documents)
        superseded = self._superseded({d.id for d in documents})
        rows = []
        current_now = []
        for document in documents:
            known = versions.get(document.id, [])
            current = next((v for v in known if v.current), None)
            number, newest = _place(document, known, lost.get(document.id, [])), _newest(lost.get(document.id, []))
            is_current = document.revision >= (newest if current is None else max(newest, current.revision))
            status, since = self._standing(document, notices, superseded)
            if current is not None and is_current:
                self._withdraw(current)
            what = "older" if not is_current else "updated" if known else "added"
            self._counts[what] += 1
            self._moved.append((document.id, what if what != "older" else "an older version was kept"))
            rows.append(self._columns(document, number, is_current, status.value, since))
            self._tally.add_mark("version", document.id, number, document.hash)
            if is_current:
                self._tally.add_document(document.id, document.hash, status.value)
                self._statuses[document.id] = status
                current_now.append(document)
        if rows:
            self._connection.execute(db.documents.insert(), rows)
        self._write_passages([(d.id, d.passages) for d in current_now], held=bool(versions))
        for document in current_now:
            self._supersede(document)

    def _columns(self, d: DocumentRow, version: int, current: bool, status: str, since: str | None) -> dict[str, object]:
        values: dict[str, object] = {
            "id": d.id, "version": version, "hash": d.hash, "current": current, "kind": d.kind, "status": status,
            "status_since": since, "via": d.via, "pmid": d.pmid, "doi": d.doi, "revision": d.revision, "origin": self.origin,
            "added_at": self._at, "passages": len(d.passages) if current else 0, "reference": d.reference,
        }  # fmt: skip
        return values | {"seal": seal(values), "body": d.body}

    def _lost(self, ids: set[str]) -> _Rows:
        """Versions that damage took, by document."""
        found: _Rows = {}
        t = db.lost
        for some in _slices(sorted(ids)):
            for row in self._connection.execute(
                sa.select(t).where(t.c.document_id.in_(some)).order_by(t.c.document_id, t.c.version)
            ):
                found.setdefault(row.document_id, []).append(row)
        return found

    def _alter(self, row: sa.Row, **values: object) -> None:  # type: ignore[type-arg]
        """Change columns of one version, whose row this is, and seal it anew."""
        t = db.documents.c
        before = {name: getattr(row, name) for name in SEALED}
        self._connection.execute(
            db.documents.update().where(t.id == row.id, t.version == row.version).values(**values, seal=seal(before | values))
        )

    def _withdraw(self, row: sa.Row) -> None:  # type: ignore[type-arg]
        """A version that was current is so no more; its passages are another's to replace or to drop."""
        self._tally.remove_document(row.id, row.hash, row.status)
        self._alter(row, current=False, passages=0)

    def _restore(self, document: DocumentRow, row: sa.Row, lost: Sequence[sa.Row]) -> None:  # type: ignore[type-arg]
        if document.revision < _newest(lost):
            self._counts["older"] += 1
            return
        status, since = self._standing(document, self._notices_about([document]), self._superseded({document.id}))
        values = {"passages": len(document.passages), "reference": document.reference}
        self._alter(row, current=True, status=status.value, status_since=since, **values)
        self._statuses[document.id] = status
        self._tally.add_document(document.id, document.hash, status.value)
        self._write_passages([(document.id, document.passages)], held=False)
        self._counts["added"] += 1
        self._moved.append((document.id, "added again"))

    def _write_passages(self, documents: Sequence[tuple[str, Sequence[PassageRow]]], *, held: bool, same: bool = True) -> None:
        """Put these passages in the place of those that are held (if any). `same`: also write those that have not changed,
        for the index has to take them anew."""
        before = self._held_passages([i for i, _ in documents]) if held else {}
        new, changed = [], []
        for document_id, passages in documents:
            for passage in passages:
                old = before.pop((document_id, passage.number), None)
                if old is not None and old[1] == passage.digest and not same:
                    continue
                row = self._tally.next_row if old is None else old[0]
                value = {
                    "row": row, "document_id": document_id, "number": passage.number,
                    "sequence": self._tally.sequence, "digest": passage.digest, "body": passage.body,
                }  # fmt: skip
                if old is None:
                    self._tally.next_row += 1
                    new.append(value)
                else:
                    self._tally.remove_passage(*old)
                    changed.append(value)
                self._rows[(document_id, passage.number)] = row
                self._tally.add_passage(row, passage.digest)
        self._drop(before.values())
        t = db.passages
        if changed:
            names = ("sequence", "digest", "body")
            query = t.update().where(t.c.row == sa.bindparam("b_row")).values({n: sa.bindparam(f"b_{n}") for n in names})
            self._connection.execute(query, [{f"b_{n}": v[n] for n in ("row", *names)} for v in changed])
        if new:
            self._connection.execute(t.insert(), new)

    def _held_passages(self, ids: Sequence[str]) -> dict[tuple[str, int], tuple[int, str]]:
        t = db.passages.c
        query = sa.select(t.document_id, t.number, t.row, t.digest)
        return {
            (r.document_id, r.number): (r.row, r.digest)
            for some in _slices(ids)
            for r in self._connection.execute(query.where(t.document_id.in_(some)))
        }

    def annotate_again(self, documents: Sequence[tuple[str, int, str, Sequence[PassageRow]]]) -> None:
        """Replace the passages of current documents, as after a change of lexicon or rules. Each is (id, version, reference,
        passages); one that is of another version by now is left alone."""
        t = db.documents.c
        query = sa.select(*_RECORD).where(t.id == sa.bindparam("wanted"), t.current)
        written = []
        for document_id, version, reference, passages in documents:
            row = self._connection.execute(query, {"wanted": document_id}).one_or_none()
            if row is None or proven(row).version != version:
                continue
            if (row.passages, row.reference) != (len(passages), reference):
                self._alter(row, passages=len(passages), reference=reference)
            if row.reference != reference:
                self._show_anew(row.id)
            written.append((document_id, passages))
        self._write_passages(written, held=True, same=False)

    def carry(self, document: DocumentRow, version: int, origin: str, at: str, passages: Sequence[PassageRow] | None) -> None:
        """Write a version anew under its number, with the status that the notices give it; current when it has passages."""
        status, since = self._standing(document, self._notices_about([document]), self._superseded({document.id}))
        values = self._columns(document, version, passages is not None, status.value, since)
        values |= {"origin": origin, "added_at": at, "passages": len(passages or ())}
        self._connection.execute(db.documents.insert(), [values | {"seal": seal(values)}])
        self._tally.add_mark("version", document.id, version, document.hash)
        if passages is not None:
            self._tally.add_document(document.id, document.hash, status.value)
            self._write_passages([(document.id, passages)], held=True)

    def drop_orphans(self) -> None:
        """Take passages out of use whose document is not current."""
        t, d = db.passages.c, db.documents.c
        query = sa.select(t.row, t.digest).where(t.document_id.not_in(sa.select(d.id).where(d.current)))
        self._drop([(r.row, r.digest) for r in self._connection.execute(query)])

    def _drop(self, passages: Iterable[tuple[int, str]]) -> None:
        """Take passages, as (row, digest), out of use."""
        gone = sorted(passages)
        for row, content in gone:
            self._tally.remove_passage(row, content)
        numbers = [row for row, _ in gone]
        self._gone += numbers
        if numbers:
            self._connection.execute(db.removed.insert(), [{"row": row, "sequence": self._tally.sequence} for row in numbers])
            self._connection.execute(
                db.passages.delete().where(db.passages.c.row == sa.bindparam("b")), [{"b": n} for n in numbers]
            )

    def retire(self, document_ids: Iterable[str], *, by_source: bool) -> None:
        """Take documents out of use; their versions stay. `by_source`: they do not come back with an older file."""
        t, gone = db.documents.c, db.deletions.c.document_id
        for document_id in document_ids:
            if by_source and self._connection.execute(sa.select(gone).where(gone == document_id)).one_or_none() is None:
                self._connection.execute(db.deletions.insert().values(document_id=document_id, origin=self.origin, at=self._at))
                self._tally.add_mark("deletion", document_id)
            row = self._connection.execute(sa.select(*_RECORD).where(t.id == document_id, t.current)).one_or_none()
            if row is None:
                continue
            self._withdraw(proven(row))
            self._drop(self._held_passages([document_id]).values())
            self._counts["removed"] += 1
            self._moved.append((document_id, "removed: its source took it back" if by_source else "removed"))

    def note(self, notices: Sequence[StatusNotice]) -> None:
        """Keep notices and change the status of documents they are about; a notice that is known changes nothing."""
        keyed = {digest(to_json(encode(n))): n for n in notices}
        known: set[str] = set()
        for some in _slices(sorted(keyed)):
            known |= set(self._connection.execute(sa.select(db.notices.c.key).where(db.notices.c.key.in_(some))).scalars())
        fresh = {k: n for k, n in sorted(keyed.items()) if k not in known}
        if not fresh:
            return
        self._connection.execute(
            db.notices.insert(),
            [{"key": k, "pmid": n.pmid, "doi": n.doi, "origin": self.origin, "body": to_json(encode(n))} for k, n in fresh.items()],
        )
        for key in fresh:
            self._tally.add_mark("notice", key)
        self._counts["notices"] += len(fresh)
        self._settle(sorted({n.pmid for n in fresh.values() if n.pmid}), sorted({n.doi for n in fresh.values() if n.doi}))

    def _settle(self, pmids: Sequence[str], dois: Sequence[str]) -> None:
        """Work out again the standing of the current documents with these ids."""
        t = db.documents.c
        found: dict[str, sa.Row] = {}  # type: ignore[type-arg]
        for column, values in ((t.pmid, pmids), (t.doi, dois)):
            for some in _slices(values):
                for row in self._connection.execute(sa.select(*_RECORD, t.body).where(column.in_(some), t.current)):
                    found[row.id] = proven(row)
        self._restate([found[i] for i in sorted(found)])

    def _restate(self, rows: Sequence[sa.Row]) -> None:  # type: ignore[type-arg]
        notices = self._notices_about(rows)
        superseded = self._superseded({r.id for r in rows})
        for row in rows:
            own = read_document(row).status
            status, since = _standing_of(row, own, notices, superseded)
            if (status.value, since) == (row.status, row.status_since):
                continue
            self._alter(row, status=status.value, status_since=since)
            if status.value != row.status:
                self._show_anew(row.id)
                self._statuses[row.id] = status
                self._restated.append(row.id)
                self._tally.remove_document(row.id, row.hash, row.status)
                self._tally.add_document(row.id, row.hash, status.value)
                self._moved.append((row.id, f"{row.status} -> {status.value}{f', since {since}' if since else ''}"))
                self._counts["status"] += 1

    def _show_anew(self, document_id: str) -> None:
        """The index holds a document's status and jurisdiction: it follows the catalogue by sequence number, and has to take
        the passages again when one of them changes."""
        p = db.passages
        self._connection.execute(p.update().where(p.c.document_id == document_id).values(sequence=self._tally.sequence))

    def _supersede(self, document: DocumentRow) -> None:
        for old in document.supersedes:
            exists = self._connection.execute(
                sa.select(db.supersessions.c.old_id).where(
                    db.supersessions.c.old_id == old, db.supersessions.c.new_id == document.id
                )
            ).one_or_none()
            if exists is None:
                self._connection.execute(db.supersessions.insert().values(old_id=old, new_id=document.id))
                self._tally.add_mark("supersession", old, document.id)
            t = db.documents.c
            row = self._connection.execute(sa.select(*_RECORD, t.body).where(t.id == old, t.current)).one_or_none()
            if row is not None:
                self._restate([proven(row)])

    def _standing(
        self, document: DocumentRow, notices: Sequence[StatusNotice], superseded: set[str]
    ) -> tuple[PublicationStatus, str | None]:
        return _standing_of(document, PublicationStatus(document.status), notices, superseded)

    def _superseded(self, ids: set[str]) -> set[str]:
        found: set[str] = set()
        for some in _slices(sorted(ids)):
            found |= set(
                self._connection.execute(sa.select(db.supersessions.c.old_id).where(db.supersessions.c.old_id.in_(some))).scalars()
            )
        return found

    def _notices_about(self, documents: Sequence[DocumentRow | sa.Row]) -> list[StatusNotice]:  # type: ignore[type-arg]
        found: dict[str, StatusNotice] = {}
        t = db.notices.c
        for column, values in ((t.pmid, {d.pmid for d in documents}), (t.doi, {d.doi for d in documents})):
            for some in _slices(sorted(v for v in values if v)):
                for row in self._connection.execute(sa.select(t.key, t.body).where(column.in_(some))):
                    found[row.key] = read_notice(row)
        return [found[k] for k in sorted(found)]

    def counted(self) -> Changes:
        """What was done so far."""
        return Changes(**{n: self._counts[n] for n in Changes.__slots__})

    def finish(self) -> Written:
        """Settle counters and snapshot, still inside the transaction."""
        self._tally.save(self._connection)
        moved, restated = tuple(self._moved), tuple(dict.fromkeys(self._restated))
        return Written(self.counted(), self._tally.sequence, self._rows, tuple(self._gone), moved, self._statuses, restated)


def _standing_of(
    document: DocumentRow | sa.Row,  # type: ignore[type-arg]
    own: PublicationStatus,
    notices: Sequence[StatusNotice],
    superseded: set[str],
) -> tuple[PublicationStatus, str | None]:
    about = [n for n in notices if (n.pmid and n.pmid == document.pmid) or (n.doi and n.doi == document.doi)]
    if document.id in superseded and own in (PublicationStatus.CURRENT, PublicationStatus.CORRECTED):
        own = PublicationStatus.SUPERSEDED
    return standing(own, about)


def _place(document: DocumentRow, known: Sequence[sa.Row], lost: Sequence[sa.Row]) -> int:  # type: ignore[type-arg]
    """The version number of new content; content that damage took takes its old number again."""
    taken = {v.version for v in known}
    same = next((v.version for v in lost if v.hash == document.hash and v.version not in taken), None)
    return same or max((v.version for v in (*known, *lost)), default=0) + 1


def _newest(lost: Sequence[sa.Row]) -> str:  # type: ignore[type-arg]
    """The latest revision that damage took: nothing older than it becomes current in its place."""
    return max((v.revision for v in lost), default="")


def _slices(values: Sequence[str], size: int = 900) -> Iterable[Sequence[str]]:
    """SQLite binds 999 values a statement in old builds."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
