"""A document and its passages as the rows that are stored: made by workers, written by the one process that holds the lock."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from osler.domain.codec import decode, encode_lean
from osler.domain.document import Document
from osler.domain.evidence import Source
from osler.domain.passage import Passage
from osler.domain.status import StatusNotice
from osler.errors import LibraryDamaged

SEALED = (
    "id", "version", "hash", "current", "kind", "status", "status_since", "via", "pmid", "doi", "revision", "origin",
    "added_at", "passages", "reference",
)  # fmt: skip
"""The columns of a document that its `seal` proves; the body is proven by `hash`."""
REFERENCE = ("kind", "via", "bibliography", "authority", "organisation", "issued", "jurisdiction")
"""What a search result needs of a document: decompressing and decoding all of it would triple a query's time. When a name is added,
raise `RULES_VERSION` in `passages/annotate.py`: what a library has is then written anew when it is opened."""
_READS_AS_DAMAGE = (ValueError, TypeError, KeyError, AttributeError, zlib.error, RecursionError)


@dataclass(frozen=True, slots=True)
class PassageRow:
    """`digest` proves the body when it is read back."""

    number: int
    digest: str
    body: str


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """The columns of one version of a document, its compressed JSON, and its passages."""

    id: str
    hash: str
    kind: str
    status: str
    via: str
    year: int | None
    title: str
    pmid: str | None
    doi: str | None
    revision: str
    supersedes: tuple[str, ...]
    reference: str
    body: bytes
    passages: tuple[PassageRow, ...]
    jurisdiction: str | None = None


def document_row(document: Document, passages: tuple[Passage, ...]) -> DocumentRow:
    lean = encode_lean(document)
    canonical = json.dumps(lean, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    book = document.bibliography
    return DocumentRow(
        id=document.id,
        hash=hashlib.sha256(canonical).hexdigest(),
        kind=document.kind.value,
        status=document.status.value,
        via=document.via.value,
        year=book.year,
        title=book.title,
        pmid=book.pmid,
        doi=book.doi,
        revision=document.revision,
        supersedes=document.supersedes,
        reference=_reference(lean),
        body=zlib.compress(canonical, 6),
        passages=tuple(passage_row(p) for p in passages),
        jurisdiction=document.jurisdiction,
    )


def reference(document: Document) -> str:
    """The column of that name."""
    return _reference(encode_lean(document))


def before_jurisdictions(reference: str) -> str:
    """A reference as it was written until it had a jurisdiction: an earlier version of a document keeps it in that form."""
    return to_json({name: value for name, value in json.loads(reference).items() if name != "jurisdiction"})


def _reference(lean: Mapping[str, Any]) -> str:
    return to_json({name: lean[name] for name in REFERENCE if name in lean})


def passage_row(passage: Passage) -> PassageRow:
    body = to_json(encode_lean(passage))
    return PassageRow(passage.number, digest(body), body)


def read_document(row: Any) -> Document:
    """The document in a row, as its source has it (its own status). Raises LibraryDamaged when it is not what was written."""
    try:
        canonical = zlib.decompress(row.body)
        if hashlib.sha256(canonical).hexdigest() != row.hash:
            raise ValueError("content does not match its hash")
        document = _small_document(canonical) if len(canonical) <= _SMALL_BYTES else _read(canonical)
        if document.id != row.id:
            raise ValueError(f"it is {document.id}")
    except _READS_AS_DAMAGE as error:
        raise LibraryDamaged(
            f"document {row.id} version {row.version} is damaged ({error}); `osler doctor --repair` says what can be done"
        ) from error
    return document


_SMALL_BYTES = 1 << 16


@lru_cache(maxsize=256)
def _small_document(canonical: bytes) -> Document:
    """By content, after its hash was proven: the same bytes are the same document, whatever became of the library meanwhile."""
    return _read(canonical)


def _read(canonical: bytes) -> Document:
    return decode(Document, json.loads(canonical))


@lru_cache(maxsize=4096)
def _passage(body: str) -> Passage:
    """By content, as documents: reading the found passages from JSON was two fifths of the time of an answer."""
    return decode(Passage, json.loads(body))


@lru_cache(maxsize=2048)
def read_source(reference: str, document_id: str, version: int, status: str, status_since: str | None) -> Source:
    """What a search result shows of a document, from its `reference` column and its standing. Raises ValueError, KeyError, TypeError."""
    value = {"document_id": document_id, "version": version, "status": status, "status_since": status_since}
    return decode(Source, json.loads(reference) | value)


def read_passage(row: Any) -> Passage:
    """The passage in a row. Raises LibraryDamaged when it is not what was written."""
    try:
        if digest(row.body) != row.digest:
            raise ValueError("content does not match its checksum")
        passage = _passage(row.body)
        if (passage.document_id, passage.number) != (row.document_id, row.number):
            raise ValueError(f"it is {passage.id}")
    except _READS_AS_DAMAGE as error:
        raise LibraryDamaged(
            f"passage {row.document_id}#{row.number} is damaged ({error}); `osler doctor --repair` makes it again"
        ) from error
    return passage


def read_notice(row: Any) -> StatusNotice:
    """The notice in a row. Raises LibraryDamaged when it is not what was written."""
    try:
        if digest(row.body) != row.key:
            raise ValueError("content does not match its checksum")
        return decode(StatusNotice, json.loads(row.body))
    except _READS_AS_DAMAGE as error:
        raise LibraryDamaged(f"notice {row.key} is damaged ({error}); `osler doctor --repair` says what can be done") from error


def seal_intake(values: Mapping[Any, Any]) -> str:
    """The checksum of the note that a piece of a file is in."""
    return digest(json.dumps([values[name] for name in ("hash", "piece", "name", "body")], default=repr))


def seal(values: Mapping[Any, Any]) -> str:
    """The checksum of the sealed columns of a document's row."""
    return digest(json.dumps([values[name] for name in SEALED], ensure_ascii=False, default=repr))  # damage may change a type


def proven(row: Any) -> Any:
    """The row itself. Raises LibraryDamaged when a column of it is not what was written."""
    if seal(row._mapping) != row.seal:
        raise LibraryDamaged(
            f"the record of document {row.id} version {row.version} is damaged; `osler doctor --repair` says what can be done"
        )
    return row


def to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def digest(text: str) -> str:
    """A short checksum: it finds damage, it does not keep out forgery."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
