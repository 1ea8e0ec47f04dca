"""What a worker does with one task: bytes to records, records to rows, inside bounds of memory; a bad record never takes others along."""

from __future__ import annotations

import ctypes
import hashlib
import importlib
import os
import resource
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from osler.documents.recognise import Format
from osler.documents.record import Deletion, Record, Rejected
from osler.domain.document import Document
from osler.domain.passage import Passage
from osler.domain.status import StatusNotice
from osler.errors import OslerError
from osler.index.base import Searched, searched
from osler.language.lexicon import Lexicon, lexicon_with
from osler.library.rows import DocumentRow, document_row
from osler.passages.annotate import annotate

_PR_SET_PDEATHSIG = 1
Parser = Callable[[bytes, str], Iterator[Record]]
PARSERS: dict[Format, str] = {
    Format.PUBMED: "osler.documents.pubmed:parse_pubmed",
    Format.JATS: "osler.documents.jats:parse_jats",
    Format.SPL: "osler.documents.spl:parse_spl",
    Format.OPENFDA: "osler.documents.openfda:parse_openfda",
    Format.CLINICALTRIALS: "osler.documents.clinicaltrials:parse_clinicaltrials",
    Format.EUROPEPMC: "osler.documents.europepmc:parse_europepmc",
    Format.USPSTF: "osler.documents.uspstf:parse_uspstf",
    Format.EXTRACTIONS: "osler.documents.extraction:parse_extraction_file",
    Format.RETRACTION_WATCH: "osler.documents.retractions:parse_retraction_watch",
    Format.PMID_LIST: "osler.documents.retractions:parse_pmid_list",
    Format.FORMULARY: "osler.documents.formulary:parse_formulary",
    Format.PDF: "osler.documents.pdf:parse_pdf",
    Format.DOCX: "osler.documents.docx:parse_docx",
    Format.HTML: "osler.documents.html:parse_html",
    Format.MARKDOWN: "osler.documents.markdown:parse_markdown",
    Format.PLAIN: "osler.documents.plain:parse_plain",
}
"""Module and parser of each format; imported in a worker when first needed, for a PDF library costs what a clinic's laptop notices."""


@dataclass(frozen=True, slots=True)
class Task:
    """One file, or one piece of a file, to be parsed.

    name: as it is shown. file: its digest, "" for what is not to be remembered; piece: its number in the file, -1 for all of
    it (of a file in pieces: the note that all of them are in, with no data). weight: bytes of the file on disk it stands for.
    refusal: why there is nothing to parse, "" when there is.
    """

    name: str
    format: Format
    file: str
    piece: int
    data: bytes
    sidecar: str | None = None
    weight: int = 0
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Worked:
    """A task's yield. `index` holds, for each document, what its passages are found by, in order.

    unlisted: records that were refused beyond the MAX_REJECTED that `rejected` names.
    """

    documents: tuple[DocumentRow, ...] = ()
    index: tuple[tuple[Searched, ...], ...] = ()
    notices: tuple[StatusNotice, ...] = ()
    deletions: tuple[str, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    unlisted: int = 0


MAX_REJECTED = 10_000
"""Of one task: a file of a hundred million broken lines fills neither memory nor library."""
MAX_TEXT_CHARS = 32_000_000
"""Of one document: a PDF of 5,000 pages has about half of it. Its passages take about ten times as much memory."""

TOO_MUCH_MEMORY = "needs more memory than a worker may use"

_lexicon: Lexicon | None = None
_parsers: Mapping[Format, str] = PARSERS


def start(lexicon_file: str | None, memory_bytes: int, parsers: Mapping[Format, str]) -> None:
    """Called once in each worker: bound its memory, load the lexicon that the library is annotated with."""
    global _lexicon, _parsers
    die_with_parent()
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash is reported; a copy of what somebody read is not left on disk
    try:
        _lexicon, _parsers = lexicon_with(Path(lexicon_file) if lexicon_file else None), parsers
    except MemoryError:
        os._exit(1)  # the parent says so, in a sentence; a traceback here would be printed over it


def die_with_parent() -> None:
    """A worker that hangs when its parent is killed has nobody left to stop it: on Linux the kernel does."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def run(tasks: tuple[Task, ...]) -> tuple[Worked, ...]:
    """In a worker: each task by itself, in order."""
    if _lexicon is None:
        raise RuntimeError("the worker was not started")
    return tuple(_guarded(task, _lexicon) for task in tasks)


def idle(task: Task) -> Worked | None:
    """The yield of a task that has nothing to parse, None for any other."""
    if task.refusal:
        return refused(task.name, task.refusal)
    return Worked() if not task.data else None


def refused(name: str, reason: str) -> Worked:
    """The yield of a task that is refused as a whole."""
    return Worked(rejected=(Rejected(name, reason),))


def _guarded(task: Task, lexicon: Lexicon) -> Worked:
    """The edge of the process: a fault of a parser costs its own file, with a line that says so."""
    try:
        return idle(task) or work(task, lexicon)
    except MemoryError:
        return refused(task.name, TOO_MUCH_MEMORY)
    except Exception as error:  # noqa: BLE001
        said = _one_line(str(error), task.name)
        return refused(task.name, f"a fault of Osler's own, please report it ({type(error).__name__}: {said})")


@dataclass
class _Yield:
    """What a task has given so far."""

    documents: list[DocumentRow] = field(default_factory=list)
    index: list[tuple[Searched, ...]] = field(default_factory=list)
    notices: list[StatusNotice] = field(default_factory=list)
    deletions: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    unlisted: int = 0

    def take(self, record: Record, lexicon: Lexicon) -> None:
        if isinstance(record, Document):
            made = _rows(record, lexicon)
            if isinstance(made, Rejected):
                self.reject(made)
            else:
                self.documents.append(made[0])
                self.index.append(made[1])
        elif isinstance(record, StatusNotice):
            self.notices.append(record)
        elif isinstance(record, Deletion):
            self.deletions.append(record.document_id)
        else:
            self.reject(record)

    def reject(self, rejected: Rejected) -> None:
        if len(self.rejected) < MAX_REJECTED:
            self.rejected.append(Rejected(rejected.record, _one_line(rejected.reason, "")))
        else:
            self.unlisted += 1

    def worked(self) -> Worked:
        return Worked(
            tuple(self.documents),
            tuple(self.index),
            tuple(self.notices),
            tuple(self.deletions),
            tuple(self.rejected),
            self.unlisted,
        )


def work(task: Task, lexicon: Lexicon) -> Worked:
    """Parse, annotate, make rows. What cannot be used is Rejected with its reason; what came before it stays."""
    given = _Yield()
    try:
        for record in _parse(task):
            given.take(record, lexicon)
    except OslerError as error:
        given.reject(Rejected(task.name, _one_line(str(error), task.name)))
    except RecursionError:
        given.reject(Rejected(task.name, "nested too deeply"))
    return given.worked()


def _parse(task: Task) -> Iterator[Record]:
    module, _, function = _parsers[task.format].partition(":")
    parse: Parser = getattr(importlib.import_module(module), function)
    records: Iterable[Record] = parse(task.data, task.name)
    if task.sidecar is not None:
        from osler.documents.sidecar import apply_sidecar, read_sidecar

        sidecar = read_sidecar(task.sidecar, f"the sidecar of {task.name}")
        records = (apply_sidecar(r, sidecar) if isinstance(r, Document) else r for r in records)
    for record in records:
        yield _placed(record, task) if isinstance(record, Document) else record


def _placed(document: Document, task: Task) -> Document:
    """A local file's id is its name and its place: two protocols of one name in two wards are two documents, and so are
    "dose 0.5.txt" and "dose 0-5.txt", whose names read alike in an id."""
    if not document.id.startswith("local:") or (task.sidecar is not None and "\nid:" in f"\n{task.sidecar}"):
        return document
    return replace(document, id=f"{document.id}-{hashlib.sha256(task.name.encode()).hexdigest()[:6]}")


def _rows(document: Document, lexicon: Lexicon) -> tuple[DocumentRow, tuple[Searched, ...]] | Rejected:
    if len(document.text) > MAX_TEXT_CHARS:
        return Rejected(document.id, f"its text has {len(document.text):,} characters; a document has at most {MAX_TEXT_CHARS:,}")
    try:
        passages: tuple[Passage, ...] = annotate(document, lexicon)
    except ValueError as error:
        return Rejected(document.id, f"cannot be annotated ({_one_line(str(error), document.id)})")
    return document_row(document, passages), tuple(searched(p, lexicon) for p in passages)


def _one_line(message: str, name: str) -> str:
    return " ".join(message.split()).removeprefix(f"{name}: ")[:500]
