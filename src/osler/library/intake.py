"""Writing to the library: documents with their versions, notices, deletions; one transaction a batch, all or nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from osler import store as db
from osler.domain.codec import decode, encode
from osler.domain.status import PublicationStatus, StatusNotice, standing
from osler.library.rows import DocumentRow, digest, to_json
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
    """The outcome of a batch: its counts, its sequence number, the row numbers of new passages (document id, number -> row)
    and of those that are gone, and what happened to which document, as (id, words)."""

    changes: Changes
    sequence: int
    rows: dict[tuple[str, int], int]
    gone: tuple[int, ...]
    moved: tuple[tuple[str, str], ...] = ()


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


class Intake:
    """One open transaction's worth of writing; `finish` settles counters and snapshot. Used through `Catalog.write`."""

    def __init__(self, connection: sa.Connection, origin: str) -> None:
        self._connection = connection
        self._origin = origin
        self._tally = Tally.load(connection)
        self._sequence = int(db.get_meta(connection, "sequence") or 0) + 1
        self._next_row = int(db.get_meta(connection, "next_row") or 1)
        self._counts: Counter[str] = Counter()
        self._rows: dict[tuple[str, int], int] = {}
        self._gone: list[int] = []
        self._moved: list[tuple[str, str]] = []
        self._at = now()

    def put(self, documents: Sequence[DocumentRow]) -> None:
        """Add or update documents; the newest revision of an id is current, every version is kept."""
        ids = sorted({d.id for d in documents})
        versions: dict[str, list[sa.Row]] = {}  # type: ignore[type-arg]
        deleted: set[str] = set()
        t = db.documents.c
        for some in _slices(ids):
            for row in self._connection.execute(
                sa.select(t.id, t.version, t.hash, t.current, t.revision, t.status).where(t.id.in_(some)).order_by(t.id, t.version)
            ):
                versions.setdefault(row.id, []).append(row)
            deleted |= set(
                self._connection.execute(
                    sa.select(db.deletions.c.document_id).where(db.deletions.c.document_id.in_(some))
                ).scalars()
            )
        fresh: list[DocumentRow] = []
        for document in {d.id: d for d in documents}.values():  # of two in one batch the last counts
            if document.id in deleted:
                self._counts["taken_back"] += 1
            elif any(v.hash == document.hash for v in versions.get(document.id, ())):
                current = next((v for v in versions[document.id] if v.current), None)
                if current is not None:
                    self._counts["unchanged"] += 1
                else:  # it was removed, and is back as it was
                    same = next(v for v in versions[document.id] if v.hash == document.hash)
                    self._restore(document, same.version)
            else:
                fresh.append(document)
        self._insert(fresh, versions)

    def _insert(self, documents: list[DocumentRow], versions: dict[str, list[sa.Row]]) -> None:  # type: ignore[type-arg]
        notices = self._notices_about(documents)
        superseded = self._superseded({d.id for d in documents})
        rows = []
        current_now = []
        for document in documents:
            known = versions.get(document.id, [])
            current = next((v for v in known if v.current), None)
            is_current = current is None or document.revision >= current.revision
            status, since = self._standing(document, notices, superseded)
            if current is not None and is_current:
                self._tally.remove_document(document.id, current.hash, current.status)
                self._connection.execute(
                    db.documents.update().where(db.documents.c.id == document.id, db.documents.c.current).values(current=False)
                )
                self._drop_passages(document.id)
            what = "added" if not known else "updated" if is_current else "older"
            self._counts[what] += 1
            self._moved.append((document.id, what if what != "older" else "an older version was kept"))
            rows.append(self._columns(document, known[-1].version + 1 if known else 1, is_current, status.value, since))
            if is_current:
                self._tally.add_document(document.id, document.hash, status.value)
                current_now.append(document)
        if rows:
            self._connection.execute(db.documents.insert(), rows)
        self._write_passages(current_now)
        for document in current_now:
            self._supersede(document)

    def _columns(self, d: DocumentRow, version: int, current: bool, status: str, since: str | None) -> dict[str, object]:
        return {
            "id": d.id, "version": version, "hash": d.hash, "current": current, "kind": d.kind, "status": status,
            "status_since": since, "via": d.via, "year": d.year, "title": d.title, "pmid": d.pmid, "doi": d.doi,
            "revision": d.revision, "origin": self._origin, "added_at": self._at, "body": d.body,
        }  # fmt: skip

    def _restore(self, document: DocumentRow, version: int) -> None:
        status, since = self._standing(document, self._notices_about([document]), self._superseded({document.id}))
        t = db.documents.c
        self._connection.execute(
            db.documents.update()
            .where(t.id == document.id, t.version == version)
            .values(current=True, status=status.value, status_since=since)
        )
        self._tally.add_document(document.id, document.hash, status.value)
        self._write_passages([document])
        self._counts["added"] += 1
        self._moved.append((document.id, "added again"))

    def _write_passages(self, documents: Iterable[DocumentRow]) -> None:
        rows = []
        for document in documents:
            for passage in document.passages:
                rows.append(
                    {
                        "row": self._next_row, "document_id": document.id, "number": passage.number,
                        "sequence": self._sequence, "digest": passage.digest, "body": passage.body,
                    }
                )  # fmt: skip
                self._rows[(document.id, passage.number)] = self._next_row
                self._tally.add_passage(self._next_row, passage.digest)
                self._next_row += 1
        if rows:
            self._connection.execute(db.passages.insert(), rows)

    def annotate_again(self, documents: Sequence[DocumentRow]) -> None:
        """Replace the passages of documents that are already current, as after a change of lexicon or rules."""
        for document in documents:
            self._drop_passages(document.id)
        self._write_passages(documents)

    def _drop_passages(self, document_id: str) -> None:
        t = db.passages.c
        gone = self._connection.execute(sa.select(t.row, t.digest).where(t.document_id == document_id)).all()
        if not gone:
            return
        for row in gone:
            self._tally.remove_passage(row.row, row.digest)
        self._gone += [r.row for r in gone]
        self._connection.execute(db.removed.insert(), [{"row": r.row, "sequence": self._sequence} for r in gone])
        self._connection.execute(db.passages.delete().where(t.document_id == document_id))

    def retire(self, document_ids: Iterable[str], *, by_source: bool) -> None:
        """Take documents out of use; their versions stay. `by_source`: they do not come back with an older file."""
        t = db.documents.c
        for document_id in document_ids:
            row = self._connection.execute(sa.select(t.hash, t.status).where(t.id == document_id, t.current)).one_or_none()
            if by_source:
                known = self._connection.execute(
                    sa.select(db.deletions.c.document_id).where(db.deletions.c.document_id == document_id)
                ).one_or_none()
                if known is None:
                    self._connection.execute(
                        db.deletions.insert().values(document_id=document_id, origin=self._origin, at=self._at)
                    )
            if row is None:
                continue
            self._tally.remove_document(document_id, row.hash, row.status)
            self._connection.execute(db.documents.update().where(t.id == document_id, t.current).values(current=False))
            self._drop_passages(document_id)
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
            [
                {"key": k, "pmid": n.pmid, "doi": n.doi, "origin": self._origin, "body": to_json(encode(n))}
                for k, n in fresh.items()
            ],
        )
        self._counts["notices"] += len(fresh)
        self._settle(sorted({n.pmid for n in fresh.values() if n.pmid}), sorted({n.doi for n in fresh.values() if n.doi}))

    def _settle(self, pmids: Sequence[str], dois: Sequence[str]) -> None:
        """Work out again the standing of the current documents with these ids."""
        t = db.documents.c
        found: dict[str, sa.Row] = {}  # type: ignore[type-arg]
        for column, values in ((t.pmid, pmids), (t.doi, dois)):
            for some in _slices(values):
                for row in self._connection.execute(
                    sa.select(t.id, t.hash, t.status, t.status_since, t.pmid, t.doi, t.body).where(column.in_(some), t.current)
                ):
                    found[row.id] = row
        self._restate([found[i] for i in sorted(found)])

    def _restate(self, rows: Sequence[sa.Row]) -> None:  # type: ignore[type-arg]
        notices = self._notices_about(rows)
        superseded = self._superseded({r.id for r in rows})
        t = db.documents.c
        for row in rows:
            own = PublicationStatus(_own_status(row.body))
            status, since = _standing_of(row, own, notices, superseded)
            if (status.value, since) == (row.status, row.status_since):
                continue
            self._connection.execute(
                db.documents.update().where(t.id == row.id, t.current).values(status=status.value, status_since=since)
            )
            if status.value != row.status:
                self._tally.remove_document(row.id, row.hash, row.status)
                self._tally.add_document(row.id, row.hash, status.value)
                self._moved.append((row.id, f"{row.status} -> {status.value}{f', since {since}' if since else ''}"))
                self._counts["status"] += 1

    def _supersede(self, document: DocumentRow) -> None:
        for old in document.supersedes:
            exists = self._connection.execute(
                sa.select(db.supersessions.c.old_id).where(
                    db.supersessions.c.old_id == old, db.supersessions.c.new_id == document.id
                )
            ).one_or_none()
            if exists is None:
                self._connection.execute(db.supersessions.insert().values(old_id=old, new_id=document.id))
            t = db.documents.c
            row = self._connection.execute(
                sa.select(t.id, t.hash, t.status, t.status_since, t.pmid, t.doi, t.body).where(t.id == old, t.current)
            ).one_or_none()
            if row is not None:
                self._restate([row])

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
        bodies: dict[str, str] = {}
        t = db.notices.c
        for column, values in ((t.pmid, {d.pmid for d in documents}), (t.doi, {d.doi for d in documents})):
            for some in _slices(sorted(v for v in values if v)):
                for row in self._connection.execute(sa.select(t.key, t.body).where(column.in_(some))):
                    bodies[row.key] = row.body
        return [decode_notice(bodies[k]) for k in sorted(bodies)]

    def counted(self) -> Changes:
        """What was done so far."""
        return Changes(**{n: self._counts[n] for n in Changes.__slots__})

    def finish(self) -> Written:
        """Settle counters and snapshot, still inside the transaction."""
        self._tally.save(self._connection)
        db.set_meta(self._connection, "sequence", str(self._sequence))
        db.set_meta(self._connection, "next_row", str(self._next_row))
        return Written(
            self.counted(),
            self._sequence,
            self._rows,
            tuple(self._gone),
            tuple(self._moved),
        )


def decode_notice(body: str) -> StatusNotice:
    return decode(StatusNotice, json.loads(body))


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


def _own_status(body: str) -> str:
    return str(json.loads(body)["status"])


def _slices(values: Sequence[str], size: int = 900) -> Iterable[Sequence[str]]:
    """SQLite binds 999 values a statement in old builds."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
