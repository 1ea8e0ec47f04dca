"""Tally: the hash and counts of everything current, kept in step with each change instead of read anew.

The hash is a sum of hashes modulo 2**256, so that it does not depend on order and a document can be taken out again.
It tells equal libraries from unequal ones; it is no defence against somebody who may write to the database.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import sqlalchemy as sa

from osler import store as db
from osler.domain.library import Snapshot

_MODULUS = 1 << 256
_KEY = "tally"


@dataclass
class Tally:
    """Sums over current documents and over stored passages, and their numbers."""

    documents_sum: int = 0
    documents: int = 0
    passages_sum: int = 0
    passages: int = 0

    @classmethod
    def load(cls, connection: sa.Connection) -> Tally:
        stored = db.get_meta(connection, _KEY)
        if stored is None:
            return cls()
        a, b, c, d = stored.split(" ")
        return cls(int(a, 16), int(b), int(c, 16), int(d))

    def save(self, connection: sa.Connection) -> None:
        db.set_meta(connection, _KEY, f"{self.documents_sum:x} {self.documents} {self.passages_sum:x} {self.passages}")

    @classmethod
    def count(cls, connection: sa.Connection) -> Tally:
        """The same, by reading every row."""
        tally = cls()
        t = db.documents.c
        for row in connection.execute(sa.select(t.id, t.hash, t.status).where(t.current)):
            tally.add_document(row.id, row.hash, row.status)
        p = db.passages.c
        for passage in connection.execute(sa.select(p.row, p.digest)):
            tally.add_passage(passage.row, passage.digest)
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


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest(), "big")
