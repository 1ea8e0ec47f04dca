"""Document to the pieces that are found and cited as a whole."""

from __future__ import annotations

from osler.domain.document import Document, Statement


def segment(document: Document) -> tuple[Statement, ...]:
    """The statements of a document in text order, each an uncut piece of `document.text`.

    A document of extractions is its statements. Raises ValueError for a document without any.
    """
    if not document.statements:
        raise ValueError(f"{document.id} has no statements")
    return tuple(sorted(document.statements, key=lambda s: (s.start, s.id)))
