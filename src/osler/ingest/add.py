"""Files and replies of sources into the library: found, cut into tasks, worked on in parallel, written in order; resumable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import BinaryIO

from osler import __version__
from osler.documents.recognise import Format
from osler.documents.record import Rejected
from osler.errors import FetchError
from osler.ingest.places import Place, places
from osler.ingest.report import Report
from osler.ingest.session import Meter, Progress, Session, Tell, session
from osler.ingest.tasks import batches, file_tasks
from osler.ingest.work import Task, Worked
from osler.pipeline import Library
from osler.sources.fetch import fetch
from osler.sources.http import Client, HttpSettings
from osler.sources.paging import Missing
from osler.sources.query import Query, is_query, parse_query

__all__ = ["Progress", "add", "update"]

_OVERLAP = timedelta(days=2)
"""An update asks from two days before the last complete run: a source dates changes by its own clock (NCBI's is that of the US
east coast), and a run may have lasted over midnight. A record that comes again is unchanged."""


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

    limit: records of each query at most. A file that cannot be read and a source that fails cost a line in the report, and
    the rest goes on; what was cut goes on in a later run. Raises UserError, before anything is done, for a path that is not
    there or a query that no source understands; LibraryLocked.
    """
    steps = [_step(argument) for argument in arguments]
    with session(library, "add", tell) as s:
        _add_steps(s, steps, standard_input, limit, client)
    return s.report


def update(library: Library, arguments: Iterable[str] = (), *, tell: Tell | None = None, client: Client | None = None) -> Report:
    """Ask every remembered query again for what changed since its last complete run, then add `arguments` (update files,
    lists of retractions). A query that fails is named in the report, and the others go on. Raises as `add` does."""
    steps = [_step(argument) for argument in arguments]
    with session(library, "update", tell) as s:
        for text, limit, run_at in library.catalog.queries():
            since = date.fromisoformat(run_at[:10]) - _OVERLAP if run_at else None
            with _client(library, client) as asked:
                _ask_source(s, parse_query(text), asked, limit, since)
        _add_steps(s, steps, None, 200, client)
    return s.report


@dataclass(frozen=True, slots=True)
class _Step:
    """One argument: a query, or the places behind it."""

    query: Query | None
    places: tuple[Place, ...] = ()
    hidden: int = 0


def _step(argument: str) -> _Step:
    if argument != "-" and is_query(argument) and not Path(argument).expanduser().exists():
        return _Step(parse_query(argument))
    found = places(argument)
    return _Step(None, found.found, found.hidden)


def _add_steps(s: Session, steps: list[_Step], standard_input: BinaryIO | None, limit: int, client: Client | None) -> None:
    """Each place once, however often it was named."""
    once: dict[str, Place] = {}
    unseen: list[list[Place]] = []
    for step in steps:
        unseen.append([p for p in step.places if p.name not in once])
        once |= {p.name: p for p in step.places}
        s.report.hidden += step.hidden
    known = all(p.path is not None or p.refusal for p in once.values())
    meter = Meter(sum(p.size for p in once.values()) if known else None)
    for step, found in zip(steps, unseen, strict=True):
        if step.query is not None:
            with _client(s.library, client) as asked:
                _ask_source(s, step.query, asked, limit, None)
        elif found:
            s.work_through(batches(file_tasks(s, found, standard_input, meter)), meter)


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


def _ask_source(s: Session, query: Query, client: Client, limit: int, since: date | None) -> None:
    """The replies of one query; that it failed is a line in the report."""
    try:
        _take_replies(s, query, client, limit, since)
    except FetchError as error:
        s.report.failed.append((str(query), f"{error}; run it again, and it goes on there"))


def _take_replies(s: Session, query: Query, client: Client, limit: int, since: date | None) -> None:
    """Each reply is written before the next is asked for, so that a cut run goes on where it stopped."""
    catalog, text, meter = s.library.catalog, str(query), Meter(None)
    s.begin(text)
    taken, total = 0, None
    for reply in fetch(query, client, limit, since, _resume(catalog.resume_point(text), since)):
        if isinstance(reply, Missing):
            missing = Task(text, Format.UNKNOWN, "", -1, b"")
            s.write([(missing, Worked(rejected=(Rejected(reply.record, reply.reason),)))], text)
            continue
        taken, total = reply.position, reply.total
        meter.total, meter.done = min(limit, total) if total is not None else None, taken
        s.work_through([(Task(f"{text} ({reply.name})", Format(reply.format), "", -1, reply.data),)], meter, text)
        with catalog.write(text) as writing:
            writing.remember_query(text, limit, complete=False, resume_from=_mark(reply.resume, since))
    cut = total is not None and total > taken
    if cut:
        s.report.notes.append(f"{text}: {taken:,} of {total:,} records were asked for; `--max` asks for more")
    with catalog.write(text) as writing:
        # Of an update that was not taken whole the rest is not left behind: the next one asks from the same day again.
        writing.remember_query(text, limit, complete=since is None or not cut, resume_from=None)


def _mark(resume: str | None, since: date | None) -> str | None:
    """Where to go on, with the day from which changes were asked for: a place in one list of records is none in another."""
    return None if resume is None else f"{since or ''};{resume}"


def _resume(marked: str | None, since: date | None) -> str | None:
    day, _, resume = (marked or "").partition(";")
    return resume if resume and day == str(since or "") else None
