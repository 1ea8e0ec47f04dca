"""Files to tasks: what is left to do of each, cut into pieces that can be parsed in parallel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from osler.documents.pubmed_pieces import split_pubmed
from osler.documents.recognise import Format
from osler.errors import OslerError
from osler.ingest.discover import FoundFile, Refused, discover
from osler.ingest.places import Place
from osler.ingest.session import Meter, Session
from osler.ingest.work import Task
from osler.library.intake import Changes

RECORDS_A_PIECE = 400
_BATCH_BYTES = 2_000_000
_BATCH_FILES = 24


def file_tasks(s: Session, found: Iterable[Place], standard_input: BinaryIO | None, meter: Meter) -> Iterator[Task]:
    """What is left to do of each file, in their order. A file of which all is in under the same digest costs nothing."""
    taken: set[str] = set()
    for place in found:
        s.begin(place.name)
        for file in discover(place, standard_input):
            s.report.files += 1
            if isinstance(file, Refused):
                yield _refusal(file.name, file.reason, file.weight)
                continue
            done = s.library.catalog.intake_done(file.digest)
            if -1 in done and file.digest not in taken:
                meter.skip(file.weight)
                s.report.files_known += 1
                s.pass_over(done.values())
                continue
            # Of two equal files in one run both are read, so that the report does not hang on which was faster.
            taken.add(file.digest)
            if file.format is Format.PUBMED:
                yield from _pubmed_tasks(s, file, done, meter)
            else:
                yield Task(file.name, file.format, file.digest, -1, file.data or b"", file.sidecar, file.weight)


def _pubmed_tasks(s: Session, file: FoundFile, done: dict[int, Changes], meter: Meter) -> Iterator[Task]:
    """A PubMed file piece by piece; pieces that are in already are passed over. The last task notes that all of it is in."""
    weighed = 0
    try:
        with file.stream() as stream:
            for number, piece in enumerate(split_pubmed(stream, RECORDS_A_PIECE)):
                weight = file.position(stream) - weighed
                weighed += weight
                if number in done:
                    meter.skip(weight)
                    s.pass_over((done[number],))
                else:
                    yield Task(file.name, file.format, file.digest, number, piece, None, weight)
        if file.has_changed():
            yield _refusal(file.name, "it changed while it was read; add it again when it is whole", 0, file.digest)
            return
    except (OslerError, OSError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error).removeprefix("the stream: ")
        yield _refusal(file.name, said or type(error).__name__, file.weight - weighed, file.digest)
        return
    if file.cut:
        yield _refusal(file.name, "the compressed data breaks off before its end", 0, file.digest)
    yield Task(file.name, file.format, file.digest, -1, b"")


def _refusal(name: str, reason: str, weight: int, digest: str = "") -> Task:
    return Task(name, Format.UNKNOWN, digest, -1, b"", None, weight, reason)


def batches(tasks: Iterable[Task]) -> Iterator[tuple[Task, ...]]:
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
