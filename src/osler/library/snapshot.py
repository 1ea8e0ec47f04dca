"""Tally: the hash and counts of everything stored, kept in step with each change instead of read anew.

The hash is a sum of hashes modulo 2**256, so that it does not depend on order and a document can be taken out again.
It tells equal libraries from unequal ones; it is no defence against somebody who may write to the database.
"""

from __future__ import annotations

import hashlib
from dataclasses import astuple, dataclass

import sqlalchemy as sa

from osler import store as db
from osler.domain.library import Snapshot
from osler.errors import LibraryDamaged
from osler.library.rows import digest

_MODULUS = 1 << 256
_KEY = "tally"


@dataclass
class Tally:
    """Sums and numbers of current documents, of passages, and of marks: versions, notices, deletions, supersessions.

    sequence: number of the last transaction. next_row: the row number that the next new passage gets.
    """

    documents_sum: int = 0
    documents: int = 0
    passages_sum: int = 0
    passages: int = 0
    marks_sum: int = 0
    marks: int = 0
    sequence: int = 0
    next_row: int = 1

    @classmethod
    def load(cls, connection: sa.Connection) -> Tally:
        """As stored; all zeros in a library that nothing was written to. Raises LibraryDamaged."""
        stored = db.get_meta(connection, _KEY)
        if stored is None:
            if connection.execute(sa.select(db.documents.c.id).limit(1)).first() is not None:
                raise LibraryDamaged("the library has lost its counts; `osler doctor --repair` makes them again")
            return cls()
        tally = cls.read(stored)
        if tally is None:
            raise LibraryDamaged("the counts of the library are damaged; `osler doctor --repair` makes them again")
        return tally

    @classmethod
    def read(cls, stored: str) -> Tally | None:
        """From its written form; None when that is damaged."""
        line, _, check = str(stored).rpartition(" ")
        return cls(*(int(n, 16) for n in line.split(" "))) if digest(line) == check else None

    def save(self, connection: sa.Connection) -> None:
        line = " ".join(f"{n:x}" for n in astuple(self))
        db.set_meta(connection, _KEY, f"{line} {digest(line)}")

    @classmethod
    def count(cls, connection: sa.Connection) -> Tally:
        """The sums and numbers by reading every row; sequence and next_row are left as in a new library."""
        tally = cls()
        t, p = db.documents.c, db.passages.c
        for row in connection.execute(sa.select(t.id, t.version, t.hash, t.status, t.current)):
            tally.add_mark("version", row.id, row.version, row.hash)
            if row.current:
                tally.add_document(row.id, row.hash, row.status)
        for passage in connection.execute(sa.select(p.row, p.digest)):
            tally.add_passage(passage.row, passage.digest)
        for key in connection.execute(sa.select(db.notices.c.key)).scalars():
            tally.add_mark("notice", key)
        for document_id in connection.execute(sa.select(db.deletions.c.document_id)).scalars():
            tally.add_mark("deletion", document_id)
        for pair in connection.execute(sa.select(db.supersessions.c.old_id, db.supersessions.c.new_id)):
            tally.add_mark("supersession", *pair)
        return tally

    def snapshot(self) -> Snapshot:
        identity = hashlib.sha256(f"{self.documents_sum:x} {self.documents}".encode()).hexdigest()[:16]
        return Snapshot(identity, self.documents, self.passages)

    def add_document(self, document_id: str, content: str, status: str) -> None:
        self.documents_sum = (self.documents_sum + _number(f"{document_id}\t{content}\t{status}")) % _MODULUS
        self.documents += 1

    def remove_document(self, document_id: str, content: str, status: str) -> None:
        self.documents_sum = (self.documents_sum - _number(f"{document_id}\t{content}\t{status}")) % _MODULUS
        self.documents -= 1

    def add_passage(self, row: int, digest: str) -> None:
        self.passages_sum = (self.passages_sum + _number(f"{row}\t{digest}")) % _MODULUS
        self.passages += 1

    def remove_passage(self, row: int, digest: str) -> None:
        self.passages_sum = (self.passages_sum - _number(f"{row}\t{digest}")) % _MODULUS
        self.passages -= 1

    def add_mark(self, *words: str | int) -> None:
        """Marks are never taken out again: versions, notices, deletions and supersessions are kept for good."""
        self.marks_sum = (self.marks_sum + _number("\t".join(map(str, words)))) % _MODULUS
        self.marks += 1


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest(), "big")
