"""What every parser promises for every input: records or a SourceError, parts that slice, clean text, and an end in time."""

from __future__ import annotations

import importlib
from functools import lru_cache

from osler.documents.recognise import recognise
from osler.documents.record import Deletion, Record, Rejected
from osler.documents.text import clean
from osler.domain.codec import decode, encode
from osler.domain.document import Document
from osler.domain.part import PartKind
from osler.domain.status import StatusNotice
from osler.errors import InputFileError, SourceError
from osler.ingest.work import PARSERS
from osler.language.lexicon import Lexicon, default_lexicon
from osler.library.rows import document_row
from osler.passages.annotate import annotate

TARGETS = (*sorted(f.value for f in PARSERS), "sidecar", "recognise", "split_pubmed")


@lru_cache(maxsize=1)
def _lexicon() -> Lexicon:
    return default_lexicon()


def read(target: str, data: bytes) -> list[Record]:
    """The records that a parser makes of these bytes; a SourceError is an answer too. Raises what the parser must not raise."""
    if target == "recognise":
        recognise(data)
        return []
    try:
        if target == "sidecar":
            importlib.import_module("osler.documents.sidecar").read_sidecar(data.decode("utf-8", "replace"), "a sidecar")
            return []
        if target == "split_pubmed":
            return _pieces(data)
        module, _, function = next(where for form, where in PARSERS.items() if form.value == target).partition(":")
        return list(getattr(importlib.import_module(module), function)(data, "a file"))
    except SourceError as error:
        said = str(error)
    except InputFileError as error:
        if target not in ("sidecar", "markdown"):  # which has front matter, read as a sidecar is
            raise
        said = str(error)
    if not said.strip():
        raise AssertionError("an error without a reason")
    return []


def _pieces(data: bytes) -> list[Record]:
    import io

    from osler.documents.pubmed import parse_pubmed
    from osler.documents.pubmed_pieces import split_pubmed

    return [r for piece in split_pubmed(io.BytesIO(data), 2) for r in parse_pubmed(piece, "a piece")]


def check(target: str, data: bytes) -> None:
    """Raises AssertionError, or whatever the parser let through, when the promise is broken."""
    for record in read(target, data):
        if isinstance(record, Document):
            _document(record)
        elif isinstance(record, Rejected):
            _require(bool(record.record.strip()) and bool(record.reason.strip()), f"a refusal without words: {record}")
        else:
            _require(isinstance(record, StatusNotice | Deletion), f"not a record: {record!r}")


def _document(document: Document) -> None:
    text = document.text
    _require(document.via.value in ("source", "extraction"), "a document from nowhere")
    for line in (*text.split("\n"), document.bibliography.title):
        _require(line == clean(line), f"not clean: {line[:80]!r}")
    end = 0
    for part in document.parts:
        _require(end <= part.start < part.end <= len(text), f"a part that does not slice: {part}")
        _require(bool(text[part.start : part.end].strip()), f"an empty part: {part}")
        _require(all(part.start <= c.start < c.end <= part.end for c in part.cells), f"a cell outside its row: {part}")
        _require(part.kind is not PartKind.TABLE_ROW or "\n" not in text[part.start : part.end], "a row of two lines")
        end = part.end
    _require(decode(Document, encode(document)) == document, "it does not come back from JSON as it was")
    passages = annotate(document, _lexicon())
    for passage in passages:
        _require(text[passage.start : passage.end] == passage.text, f"a passage that does not slice: {passage.number}")
    _require(bool(document_row(document, passages).body), "a row that cannot be written")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)
