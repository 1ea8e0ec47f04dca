"""Files into the library: found, cut into tasks, worked on in parallel, written in order, indexed; resumable at every batch."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from osler import __version__
from osler.documents.recognise import Format
from osler.documents.record import Rejected
from osler.errors import FetchError
from osler.index.base import IndexRow, index_row
from osler.ingest.discover import FoundFile, Refused, discover
from osler.ingest.pool import Bounds, Pool
from osler.ingest.report import Report
from osler.ingest.work import Task, Worked
from osler.library.intake import Changes, Written
from osler.library.lock import only_writer
from osler.passages.annotate import ancestor_table, annotation_key
from osler.pipeline import Library, bring_up_to_date, index_stamp
from osler.sources.fetch import fetch
from osler.sources.http import Client, HttpSettings
from osler.sources.paging import Missing
from osler.sources.query import Query, is_query, parse_query

RECORDS_A_PIECE = 400
_BATCH_BYTES = 2_000_000
_BATCH_FILES = 24
INDEX_EVERY_PASSAGES = 25_000
"""Passages held back before the index takes them; what it has not taken when the process dies is replayed from the catalogue."""
_MAX_MOVED = 100_000


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an add stands. total_bytes is 0 until all is known; done_bytes counts what has been read."""

    name: str
    records: int
    done_bytes: int
    total_bytes: int
    elapsed_s: float


Tell = Callable[[Progress], None]


@dataclass
class _Session:
    """The writing side of one add: what was read goes in, batch by batch, and into the index in larger lots."""

    library: Library
    report: Report
    started: float = field(default_factory=time.monotonic)
    held: list[IndexRow] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    sequence: int = 0
    done_bytes: int = 0
    total_bytes: int = 0

    def write(self, task: Task, worked: Worked, origin: str) -> Written:
        """One transaction: everything of the task, and the note that it is in."""
        with self.library.catalog.write(origin) as writing:
            intake = writing.intake
            intake.put(worked.documents)
            intake.retire(worked.deletions, by_source=True)
            intake.note(worked.notices)
            refused = _refusals(task.name, worked.rejected)
            writing.refuse(refused)
            writing.piece_done(task.file, task.piece, task.name, intake.counted())
        written = writing.written
        self.report.changes += written.changes
        self.report.refused += refused
        self.report.records += len(worked.documents) + len(worked.deletions) + len(worked.notices) + len(worked.rejected)
        self.report.passages += len(written.rows)
        self.report.moved += written.moved[: max(0, _MAX_MOVED - len(self.report.moved))]
        self._hold(worked, written)
        return written

    def _hold(self, worked: Worked, written: Written) -> None:
        ancestors = ancestor_table(self.library.lexicon)
        for document, passages in zip(worked.documents, worked.index, strict=True):
            for passage, (words, concepts) in zip(document.passages, passages, strict=True):
                row = written.rows.get((document.id, passage.number))
                if row is not None:
                    self.held.append(index_row(row, words, concepts, document.title, ancestors, document.kind, document.year))
        self.gone += written.gone
        self.sequence = written.sequence
        if len(self.held) >= INDEX_EVERY_PASSAGES:
            self.index()

    def index(self) -> None:
        if not self.sequence:
            return
        gone = set(self.gone)
        stamp = index_stamp(self.library.catalog, annotation_key(self.library.lexicon))
        self.library.index.apply([r for r in self.held if r.row not in gone], self.gone, self.sequence, stamp)
        self.held, self.gone = [], []


def add(
    library: Library,
    arguments: Iterable[str],
    *,
    limit: int = 200,
    standard_input: BinaryIO | None = None,
    tell: Tell | None = None,
    client: Client | None = None,
) -> Report:
    """Everything behind the arguments (paths, globs, archives, "-", online queries), into the library, in their order.

    limit: records of each query at most. Raises UserError for a path that is not there or a query that no source
    understands, LibraryLocked, and FetchError when a source fails (what came before it stays, and a later run goes on there).
    """
    steps = [_Step(a, parse_query(a) if not Path(a).expanduser().exists() and is_query(a) else None) for a in arguments]
    with _session(library, "add") as session:
        for step in steps:
            if step.query is None:
                _work_through(session, _file_tasks(session, discover([step.argument], standard_input)), tell)
            else:
                with _client(library, client) as asked:
                    _ask_source(session, step.query, asked, limit, None, tell)
    return session.report


def update(library: Library, arguments: Iterable[str] = (), *, tell: Tell | None = None, client: Client | None = None) -> Report:
    """Ask every remembered query again for what changed since its last complete run, then add `arguments` (update files,
    lists of retractions). A query that fails is named in the report, and the others go on."""
    with _session(library, "update") as session:
        for text, limit, run_at in library.catalog.queries():
            since = date.fromisoformat(run_at[:10]) if run_at else None
            try:
                with _client(library, client) as asked:
                    _ask_source(session, parse_query(text), asked, limit, since, tell)
            except FetchError as error:
                session.report.refused.append((text, text, str(error)))
        _work_through(session, _file_tasks(session, discover(arguments)), tell)
    return session.report


@dataclass(frozen=True, slots=True)
class _Step:
    argument: str
    query: Query | None


@contextmanager
def _session(library: Library, what: str) -> Iterator[_Session]:
    """The only writer, with an index that holds all there is; it also takes up what was written when the session is cut short."""
    with only_writer(library.settings.home, what, library.settings.wait_for_writer_s):
        bring_up_to_date(library.catalog, library.index, library.lexicon)
        session = _Session(library, Report())
        try:
            yield session
        finally:
            session.index()
            session.report.elapsed_s = time.monotonic() - session.started


@contextmanager
def _client(library: Library, client: Client | None) -> Iterator[Client]:
    if client is not None:
        yield client
        return
    s = library.settings
    settings = HttpSettings(
        product=f"Osler/{__version__}",
        email=s.email,
        ncbi_key=s.ncbi_key,
        openfda_key=s.openfda_key,
        cache=s.home / "cache" / "http",
        offline=s.offline,
    )
    with Client(settings) as made:
        yield made


def _ask_source(session: _Session, query: Query, client: Client, limit: int, since: date | None, tell: Tell | None) -> None:
    """The replies of one query, each written before the next is asked for, so that a cut run goes on where it stopped."""
    catalog, text = session.library.catalog, str(query)
    for reply in fetch(query, client, limit, since, catalog.resume_point(text)):
        if isinstance(reply, Missing):
            session.write(
                Task(text, Format.UNKNOWN, f"query:{text}", -1, b""), Worked(rejected=(Rejected(reply.record, reply.reason),)), text
            )
            continue
        digest = hashlib.sha256(reply.data).hexdigest()
        task = Task(reply.name, Format(reply.format), digest, -1, reply.data)
        progress = _Reply(reply.position, reply.total)
        _work_through(session, [task], tell, origin=text, reply=progress)
        with catalog.write(text) as writing:
            writing.remember_query(text, limit, complete=False, resume_from=reply.resume)
    with catalog.write(text) as writing:
        writing.remember_query(text, limit, complete=True, resume_from=None)


@dataclass(frozen=True, slots=True)
class _Reply:
    position: int
    total: int | None


def _work_through(
    session: _Session, tasks: Iterable[Task], tell: Tell | None, *, origin: str | None = None, reply: _Reply | None = None
) -> None:
    settings = session.library.settings
    bounds = Bounds(settings.workers, settings.parse_timeout_s, settings.parse_memory_bytes)
    batches = _batches(tasks)
    first = next(batches, None)
    if first is None:
        return
    with Pool(bounds, str(settings.mesh) if settings.mesh else None) as pool:
        for task, worked in pool.results(chain([first], batches)):
            session.write(task, worked, origin or f"file:{task.name}")
            session.done_bytes += task.weight
            if tell is not None:
                done, total = (reply.position, reply.total or 0) if reply else (session.done_bytes, session.total_bytes)
                tell(Progress(task.name, session.report.records, done, total, time.monotonic() - session.started))


def _file_tasks(session: _Session, found: Iterable[FoundFile | Refused]) -> Iterator[Task]:
    """What is left to do of each file. A file of which all is in under the same digest costs nothing."""
    report, catalog = session.report, session.library.catalog
    for file in found:
        report.files += 1
        if isinstance(file, Refused):
            task = Task(file.name, Format.UNKNOWN, f"refused:{file.name}", -1, b"")
            session.write(task, Worked(rejected=(Rejected(file.name, file.reason),)), "")
            continue
        session.total_bytes += file.size
        done = catalog.intake_done(file.digest)
        if -1 in done:
            session.done_bytes += file.size
            report.files_known += 1
            report.changes += sum((_as_unchanged(c) for c in done.values()), Changes())
            report.refused += catalog.quarantined(file.name)
        elif file.format is Format.PUBMED:
            yield from _pubmed_tasks(file, done, report)
        else:
            yield Task(file.name, file.format, file.digest, -1, file.data or b"", file.sidecar, file.size)


def _pubmed_tasks(file: FoundFile, done: dict[int, Changes], report: Report) -> Iterator[Task]:
    """A PubMed file piece by piece; pieces that are in already are passed over. The last one notes that all of it is in."""
    from osler.documents.pubmed_pieces import split_pubmed

    weighed = 0
    with file.stream() as stream:
        for number, piece in enumerate(split_pubmed(stream, RECORDS_A_PIECE)):
            if number in done:
                report.changes += _as_unchanged(done[number])
            else:
                weight = file.packed_position(stream) - weighed
                weighed += weight
                yield Task(file.name, file.format, file.digest, number, piece, None, weight)
    yield Task(file.name, file.format, file.digest, -1, b"<PubmedArticleSet/>")


def _batches(tasks: Iterable[Task]) -> Iterator[tuple[Task, ...]]:
    """Small files travel together: handing one over costs more than reading it."""
    held: list[Task] = []
    size = 0
    for task in tasks:
        if held and (size + len(task.data) > _BATCH_BYTES or len(held) == _BATCH_FILES):
            yield tuple(held)
            held, size = [], 0
        held.append(task)
        size += len(task.data)
    if held:
        yield tuple(held)


def _refusals(name: str, rejected: Iterable[Rejected]) -> list[tuple[str, str, str]]:
    return [(name, r.record, r.reason) for r in rejected]


def _as_unchanged(changes: Changes) -> Changes:
    return Changes(unchanged=changes.added + changes.updated + changes.unchanged + changes.older)
