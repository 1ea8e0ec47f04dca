"""What a parser gives back for each record of a source: a document, a notice, a deletion or a refusal with its reason."""

from __future__ import annotations

from dataclasses import dataclass

from osler.domain.document import Document
from osler.domain.status import StatusNotice


@dataclass(frozen=True, slots=True)
class Deletion:
    """The source took this document back (PubMed's DeleteCitation)."""

    document_id: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that cannot be used: it is listed in the report, and the rest goes on. `reason` is one line for a person."""

    record: str
    reason: str


Record = Document | StatusNotice | Deletion | Rejected
