"""A document and its passages as the rows that are stored: made by workers, written by the one process that holds the lock."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from osler.domain.codec import encode
from osler.domain.document import Document, content_hash
from osler.domain.passage import Passage


@dataclass(frozen=True, slots=True)
class PassageRow:
    """`digest` proves the body when it is read back."""

    number: int
    digest: str
    body: str


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """The columns of one version of a document, its JSON, and its passages."""

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
    body: str
    passages: tuple[PassageRow, ...]


def document_row(document: Document, passages: tuple[Passage, ...]) -> DocumentRow:
    encoded = encode(document)
    book = document.bibliography
    return DocumentRow(
        id=document.id,
        hash=content_hash(encoded),
        kind=document.kind.value,
        status=document.status.value,
        via=document.via.value,
        year=book.year,
        title=book.title,
        pmid=book.pmid,
        doi=book.doi,
        revision=document.revision,
        supersedes=document.supersedes,
        body=to_json(encoded),
        passages=tuple(passage_row(p) for p in passages),
    )


def passage_row(passage: Passage) -> PassageRow:
    body = to_json(encode(passage))
    return PassageRow(passage.number, digest(body), body)


def to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def digest(text: str) -> str:
    """A short checksum: it finds damage, it does not keep out forgery."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
