"""The writing side of one add or update: what was read goes in, a transaction a batch, and into the index in larger lots."""

from __future__ import annotations

import sys
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import chain

from osler.domain.status import PublicationStatus
from osler.errors import OslerError
from osler.index.base import IndexRow, Searched, index_row
from osler.ingest.places import STANDARD_INPUT
from osler.ingest.pool import Bounds, Pool
from osler.ingest.report import Report
from osler.ingest.work import Task, Worked
from osler.library.catalog import Writing
from osler.library.intake import Changes, Written
from osler.library.lock import only_writer
from osler.library.rows import DocumentRow
from osler.passages.annotate import ancestor_table, annotation_key
from osler.pipeline import Library, bring_up_to_date, index_rows_of, index_stamp

INDEX_EVERY_PASSAGES = 25_000
"""Passages held back before the index takes them; what it has not taken when the process dies is replayed from the catalogue."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an add stands. records: read so far in this run, without what was in the library already.

    done_bytes of total_bytes: of files, as they are on disk (0 of 0 for a query). left_s: at the rate so far, None while
    that cannot be told.
    """

    name: str
    records: int
    done_bytes: int
    total_bytes: int
    elapsed_s: float
    left_s: float | None


Tell = Callable[[Progress], None]


@dataclass
class Meter:
    """How much of a known amount is done. What costs nothing (a file that is in already) is taken off the total, for it says
    nothing about how long the rest takes. total None: not known."""

    total: float | None
    done: float = 0
    started: float = field(default_factory=time.monotonic)

    def skip(self, amount: float) -> None:
        if self.total is not None:
            self.total -= amount

    def left_s(self) -> float | None:
        elapsed = time.monotonic() - self.started
        if self.total is None or self.done <= 0 or elapsed < 1:
            return None
        return max(0.0, elapsed * (self.total - self.done) / self.done)


@dataclass
class Session:
    """`marred`: digests of files of which something was refused: they count as not in, so that adding them again tries again."""

    library: Library
    report: Report
    pool: Pool
    tell: Tell | None = None
    started: float = field(default_factory=time.monotonic)
    read: int = 0
    marred: set[str] = field(default_factory=set)
    _listed: list[str] | None = None
    _named: Counter[tuple[str, str]] = field(default_factory=Counter)
    _held: list[IndexRow] = field(default_factory=list)
    _gone: list[int] = field(default_factory=list)
    _restated: set[str] = field(default_factory=set)
    _sequence: int = 0
    _so_far: Changes = field(default_factory=Changes)

    def work_through(self, batches: Iterable[tuple[Task, ...]], meter: Meter, query: str | None = None) -> None:
        """Parse, write, tell. query: what the tasks are replies to; None for files."""
        for done in self.pool.results(batches):
            self.write(done, query)
            if query is None:
                meter.done += sum(task.weight for task, _ in done)
            self._say(done[-1][0].name, meter, query)

    def write(self, done: Sequence[tuple[Task, Worked]], query: str | None = None) -> None:
        """What was parsed, and in the same transactions the notes of what is in and what was refused."""
        for some in _transactions(done):
            with self.library.catalog.write("") as writing:
                for task, worked, last in some:
                    before = writing.intake.counted()
                    place = query or task.name
                    writing.intake.origin = query or f"file:{task.name}"
                    writing.intake.put(worked.documents)
                    writing.intake.retire(worked.deletions, by_source=True)
                    writing.intake.note(worked.notices)
                    changes = _difference(writing.intake.counted(), before)
                    writing.refuse(self._count(place, worked, changes))
                    self._so_far = self._so_far + changes
                    if last:
                        self._note_done(writing, task, worked)
            written = writing.written
            self.report.changes += written.changes
            self.report.passages += len(written.rows)
            self.report.move(written.moved)
            self._hold(some, written)

    def _note_done(self, writing: Writing, task: Task, worked: Worked) -> None:
        changes, self._so_far = self._so_far, Changes()
        if worked.rejected:
            self.marred.add(task.file)
        elif task.file and (task.piece >= 0 or task.file not in self.marred):
            writing.piece_done(task.file, task.piece, task.name, changes)

    def begin(self, name: str) -> None:
        """A file, an archive with all that is in it, or a query is read (again): what was refused of it before is forgotten."""
        if self._listed is None:
            self._listed = sorted({file for file, _, _ in self.library.catalog.quarantined()})
        at = bisect_left(self._listed, name)
        end = bisect_left(self._listed, f"{name}{chr(sys.maxunicode)}")
        own = [n for n in self._listed[at:end] if n == name or n.startswith((f"{name}!", f"{STANDARD_INPUT} "))]
        if own:
            with self.library.catalog.write("") as writing:
                for listed in own:
                    writing.clear_quarantine(listed)
            self._sequence = writing.written.sequence
            self._listed = [n for n in self._listed if n not in set(own)]

    def pass_over(self, done: Iterable[Changes]) -> None:
        """A file, or pieces of one, that are in already: counted, not read."""
        for changes in done:
            documents = changes.added + changes.updated + changes.unchanged + changes.older
            self.report.changes += Changes(unchanged=documents, taken_back=changes.taken_back)
            self.report.notices_known += changes.notices
            self.report.deletions_elsewhere += changes.removed
            self.report.records += documents + changes.taken_back + changes.notices + changes.removed

    def _count(self, place: str, worked: Worked, changes: Changes) -> list[tuple[str, str, str]]:
        report = self.report
        report.notices_known += len(worked.notices) - changes.notices
        report.deletions_elsewhere += len(worked.deletions) - changes.removed
        given = len(worked.documents) + len(worked.deletions) + len(worked.notices) + len(worked.rejected) + worked.unlisted
        report.records += given
        self.read += given
        refused = [(place, self._own_name(place, r.record), r.reason) for r in worked.rejected]
        report.refuse(refused, worked.unlisted)
        more = f"{worked.unlisted:,} more records were refused, for such reasons as those above"
        return [*refused, (place, "…", more)] if worked.unlisted else refused

    def _own_name(self, place: str, record: str) -> str:
        """Each refusal of a file under a name of its own: two broken records without a number are two lines."""
        record = record.removeprefix(f"{place}, ").removeprefix(f"{place}: ")
        self._named[place, record] += 1
        count = self._named[place, record]
        return record if count == 1 else f"{record} ({count})"

    def _hold(self, some: Sequence[tuple[Task, Worked, bool]], written: Written) -> None:
        ancestors = ancestor_table(self.library.lexicon)
        for _, worked, _ in some:
            for document, passages in zip(worked.documents, worked.index, strict=True):
                for passage, found_by in zip(document.passages, passages, strict=True):
                    row = written.rows.get((document.id, passage.number))
                    if row is not None:
                        self._held.append(_index_row(row, document, found_by, written.statuses[document.id], ancestors))
        self._restated |= set(written.restated)
        self._gone += written.gone
        self._sequence = written.sequence
        if len(self._held) >= INDEX_EVERY_PASSAGES:
            self.index()

    def index(self) -> None:
        if not self._sequence:
            return
        gone = set(self._gone)
        stamp = index_stamp(self.library.catalog, annotation_key(self.library.lexicon))
        # After what was held, of which the status may have changed since: of a row that is put twice the last counts.
        restated = index_rows_of(self.library.catalog, self.library.lexicon, self._restated)
        held = (r for r in self._held if r.row not in gone)
        self.library.index.apply(chain(held, restated), self._gone, self._sequence, stamp)
        self._held, self._gone, self._restated = [], [], set()

    def _say(self, name: str, meter: Meter, query: str | None) -> None:
        if self.tell is not None:
            done, total = (0, 0) if query else (int(meter.done), int(meter.total or 0))
            self.tell(Progress(name, self.read, done, total, time.monotonic() - self.started, meter.left_s()))


def _index_row(
    row: int, document: DocumentRow, found_by: Searched, status: PublicationStatus, ancestors: Mapping[str, frozenset[str]]
) -> IndexRow:
    d, f = document, found_by
    return index_row(row, f.words, f.concepts, d.title, ancestors, d.kind, d.year, status, d.jurisdiction, f.populations)


@contextmanager
def session(library: Library, what: str, tell: Tell | None) -> Iterator[Session]:
    """The only writer, with an index that holds all there is; it also takes up what was written when the session is cut short."""
    settings = library.settings
    bounds = Bounds(settings.workers, settings.parse_timeout_s, settings.parse_memory_bytes)
    with only_writer(settings.home, what, settings.wait_for_writer_s):
        bring_up_to_date(library.catalog, library.index, library.lexicon)
        with Pool(bounds, str(settings.mesh) if settings.mesh else None) as pool:
            made = Session(library, Report(), pool, tell)
            try:
                yield made
            except BaseException:
                with suppress(OslerError, OSError):  # the next opening replays what the index lacks
                    made.index()
                raise
            made.index()
        made.report.elapsed_s = time.monotonic() - made.started


def _transactions(done: Sequence[tuple[Task, Worked]]) -> Iterator[list[tuple[Task, Worked, bool]]]:
    """Cut so that no document stands twice in a transaction: each of two versions in one file is put by itself, and neither
    is lost. The flag tells the last part of a task, which carries everything but documents."""
    held: list[tuple[Task, Worked, bool]] = []
    ids: set[str] = set()
    for task, worked in done:
        for part, last in _parts(worked):
            own = {d.id for d in part.documents}
            if ids & own:
                yield held
                held, ids = [], set()
            held.append((task, part, last))
            ids |= own
    if held:
        yield held


def _parts(worked: Worked) -> Iterator[tuple[Worked, bool]]:
    start, ids = 0, set[str]()
    for at, document in enumerate(worked.documents):
        if document.id in ids:
            yield Worked(worked.documents[start:at], worked.index[start:at]), False
            start, ids = at, set()
        ids.add(document.id)
    yield replace(worked, documents=worked.documents[start:], index=worked.index[start:]), True


def _difference(after: Changes, before: Changes) -> Changes:
    return Changes(*(getattr(after, n) - getattr(before, n) for n in Changes.__slots__))
