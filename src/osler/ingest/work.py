"""What a worker does with one task: bytes to records, records to rows, inside bounds of memory; a bad record never takes others along."""

from __future__ import annotations

import hashlib
import importlib
import resource
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from osler.documents.recognise import Format
from osler.documents.record import Deletion, Record, Rejected
from osler.domain.document import Document
from osler.domain.passage import Passage
from osler.domain.status import StatusNotice
from osler.errors import OslerError
from osler.index.base import concepts_of, words_of
from osler.language.lexicon import Lexicon
from osler.library.rows import DocumentRow, document_row
from osler.passages.annotate import annotate

Parser = Callable[[bytes, str], Iterator[Record]]
_PARSERS: dict[Format, tuple[str, str]] = {
    Format.PUBMED: ("pubmed", "parse_pubmed"),
    Format.JATS: ("jats", "parse_jats"),
    Format.SPL: ("spl", "parse_spl"),
    Format.OPENFDA: ("openfda", "parse_openfda"),
    Format.CLINICALTRIALS: ("clinicaltrials", "parse_clinicaltrials"),
    Format.EUROPEPMC: ("europepmc", "parse_europepmc"),
    Format.USPSTF: ("uspstf", "parse_uspstf"),
    Format.EXTRACTIONS: ("extraction", "parse_extraction_file"),
    Format.RETRACTION_WATCH: ("retractions", "parse_retraction_watch"),
    Format.PMID_LIST: ("retractions", "parse_pmid_list"),
    Format.FORMULARY: ("formulary", "parse_formulary"),
    Format.PDF: ("pdf", "parse_pdf"),
    Format.DOCX: ("docx", "parse_docx"),
    Format.HTML: ("html", "parse_html"),
    Format.MARKDOWN: ("markdown", "parse_markdown"),
    Format.PLAIN: ("plain", "parse_plain"),
}
"""Module of `osler.documents` and its parser; imported when first needed, for a PDF library costs what a clinic's laptop notices."""


@dataclass(frozen=True, slots=True)
class Task:
    """One file, or one piece of a file, to be parsed. `file`: its digest; `piece`: its number in the file, -1 for all of it.
    `weight`: how many bytes of the file as found it stands for.
    """

    name: str
    format: Format
    file: str
    piece: int
    data: bytes
    sidecar: str | None = None
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Worked:
    """A task's yield. `index` holds, for each document, the (words, concepts) of its passages in order."""

    documents: tuple[DocumentRow, ...] = ()
    index: tuple[tuple[tuple[str, tuple[str, ...]], ...], ...] = ()
    notices: tuple[StatusNotice, ...] = ()
    deletions: tuple[str, ...] = ()
    rejected: tuple[Rejected, ...] = ()


_lexicon: Lexicon | None = None


def start(lexicon_file: str | None, memory_bytes: int) -> None:
    """Called once in each worker: bound its memory, load the lexicon that the library is annotated with."""
    global _lexicon
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    _lexicon = load_lexicon(lexicon_file)


@lru_cache(maxsize=2)
def load_lexicon(mesh: str | None) -> Lexicon:
    from osler.language.lexicon import default_lexicon, merge_mesh, read_mesh

    return default_lexicon() if mesh is None else Lexicon(merge_mesh(default_lexicon().concepts(), read_mesh(Path(mesh))))


def run(tasks: tuple[Task, ...]) -> tuple[Worked, ...]:
    """In a worker: each task by itself, in order."""
    if _lexicon is None:
        raise RuntimeError("the worker was not started")
    return tuple(_guarded(task, _lexicon) for task in tasks)


def _guarded(task: Task, lexicon: Lexicon) -> Worked:
    """The edge of the process: a fault of a parser costs its own file, with a line that says so."""
    try:
        return work(task, lexicon)
    except Exception as error:  # noqa: BLE001
        return Worked(
            rejected=(
                Rejected(
                    task.name,
                    f"a fault of Osler's own, please report it ({type(error).__name__}: {_one_line(str(error), task.name)})",
                ),
            )
        )


def work(task: Task, lexicon: Lexicon) -> Worked:
    """Parse, annotate, make rows. A file that cannot be used is one Rejected with its reason."""
    documents: list[DocumentRow] = []
    index = []
    notices: list[StatusNotice] = []
    deletions: list[str] = []
    rejected: list[Rejected] = []
    try:
        for record in _parse(task):
            if isinstance(record, Document):
                made = _rows(record, lexicon)
                if isinstance(made, Rejected):
                    rejected.append(made)
                else:
                    documents.append(made[0])
                    index.append(made[1])
            elif isinstance(record, StatusNotice):
                notices.append(record)
            elif isinstance(record, Deletion):
                deletions.append(record.document_id)
            else:
                rejected.append(record)
    except OslerError as error:
        rejected.append(Rejected(task.name, _one_line(str(error), task.name)))
    except RecursionError:
        rejected.append(Rejected(task.name, "nested too deeply"))
    except MemoryError:
        return Worked(rejected=(Rejected(task.name, "needs more memory than a worker may use"),))
    return Worked(tuple(documents), tuple(index), tuple(notices), tuple(deletions), tuple(rejected))


def _parse(task: Task) -> Iterator[Record]:
    module, function = _PARSERS[task.format]
    parse: Parser = getattr(importlib.import_module(f"osler.documents.{module}"), function)
    records: Iterable[Record] = parse(task.data, task.name)
    if task.sidecar is not None:
        from osler.documents.sidecar import apply_sidecar, read_sidecar

        sidecar = read_sidecar(task.sidecar, f"the sidecar of {task.name}")
        records = (apply_sidecar(r, sidecar) if isinstance(r, Document) else r for r in records)
    for record in records:
        yield _placed(record, task) if isinstance(record, Document) else record


def _placed(document: Document, task: Task) -> Document:
    """A local file's id is its name and its folder: two protocols of one name in two wards are two documents."""
    if not document.id.startswith("local:") or (task.sidecar is not None and "\nid:" in f"\n{task.sidecar}"):
        return document
    folder = Path(task.name).expanduser().absolute().parent.as_posix()
    return replace(document, id=f"{document.id}-{hashlib.sha256(folder.encode()).hexdigest()[:6]}")


def _rows(document: Document, lexicon: Lexicon) -> tuple[DocumentRow, tuple[tuple[str, tuple[str, ...]], ...]] | Rejected:
    try:
        passages: tuple[Passage, ...] = annotate(document, lexicon)
    except ValueError as error:
        return Rejected(document.id, f"cannot be annotated ({_one_line(str(error), document.id)})")
    return document_row(document, passages), tuple((words_of(p), tuple(sorted(concepts_of(p)))) for p in passages)


def _one_line(message: str, name: str) -> str:
    return " ".join(message.split()).removeprefix(f"{name}: ")[:500]
