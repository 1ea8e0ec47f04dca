"""Workers that can be killed: a task that hangs, eats memory or crashes costs its own files a line in the report, nothing else."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import TimeoutError as TaskTimeout
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from types import TracebackType

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from osler.documents.recognise import Format
from osler.errors import OslerError
from osler.ingest import work
from osler.ingest.work import Task, Worked, idle, refused

_WINDOW_A_WORKER = 3
"""Batches handed out beyond those being worked on: enough to keep workers busy, few enough to bound memory."""
MAX_WAITING_BYTES = 128 << 20
"""Of all that is handed out: big files go out singly, or by twos."""
_GRACE_S = 20.0
"""Beyond what all that was handed out may take: then the workers themselves are stuck (one was stopped or died while it held
what they share), and all of them are replaced."""
_MAX_BREAKS = 3
"""In a row, without a single result."""

Batch = tuple[Task, ...]
Done = tuple[tuple[Task, Worked], ...]


@dataclass(frozen=True, slots=True)
class Bounds:
    """timeout_s: of one batch, plus a second for each MB of it. memory_bytes: address space of a worker."""

    workers: int
    timeout_s: float
    memory_bytes: int


@dataclass
class _Sent:
    """A batch on its way; `future` is None when there is nothing in it to be parsed."""

    batch: Batch
    future: ProcessFuture[tuple[Worked, ...]] | None = None
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size = sum(len(t.data) for t in self.batch)


class Pool:
    """Works through batches of tasks, yielding results in the order given. Workers are started when they are first needed."""

    def __init__(self, bounds: Bounds, lexicon_file: str | None, parsers: Mapping[Format, str] | None = None) -> None:
        self._bounds, self._lexicon_file = bounds, lexicon_file
        self._parsers = dict(work.PARSERS if parsers is None else parsers)
        self._pool: ProcessPool | None = None
        self._waiting: deque[_Sent] = deque()
        self._breaks = 0

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._pool is not None and kind is None:
            self._pool.close()  # type: ignore[no-untyped-call]
            self._pool.join()
        else:
            self._stop()

    def results(self, batches: Iterable[Batch]) -> Iterator[Done]:
        """Raises OslerError when workers die before they have done anything at all, again and again."""
        self._waiting.clear()  # what a cut run left
        for batch in batches:
            sent = _Sent(batch)
            while self._waiting and self._is_full(sent.size):
                yield self._settle(self._waiting.popleft())
            self._send(sent)
            self._waiting.append(sent)
        while self._waiting:
            yield self._settle(self._waiting.popleft())

    def _is_full(self, more: int) -> bool:
        many = len(self._waiting) > self._bounds.workers * _WINDOW_A_WORKER
        return many or more + sum(s.size for s in self._waiting) > MAX_WAITING_BYTES

    def _settle(self, sent: _Sent) -> Done:
        """The results of a batch; when it failed as a whole, of each task by itself."""
        worked, reason = self._outcome(sent)
        if worked is not None:
            return tuple(zip(sent.batch, worked, strict=True))
        if len(sent.batch) == 1:
            return ((sent.batch[0], refused(sent.batch[0].name, reason)),)
        settled: list[tuple[Task, Worked]] = []
        for task in sent.batch:
            single = _Sent((task,))
            self._send(single)
            settled += self._settle(single)
        return tuple(settled)

    def _outcome(self, sent: _Sent) -> tuple[tuple[Worked, ...] | None, str]:
        if sent.future is None:
            return tuple(idle(t) or Worked() for t in sent.batch), ""
        while True:
            try:
                worked = sent.future.result(timeout=self._patience_s(sent))
            except TaskTimeout:
                if not sent.future.done():
                    self._replace()
                return None, f"took longer than {self._timeout_s(sent.size):.0f} s and was stopped"
            except ProcessExpired:
                return None, "made its worker crash"
            except MemoryError:
                return None, work.TOO_MUCH_MEMORY
            except BrokenProcessPool:
                self._breaks += 1
                if self._breaks > _MAX_BREAKS:
                    raise OslerError("the processes that read files cannot be started, or die at once") from None
                self._replace()
                self._send(sent)
            else:
                self._breaks = 0
                return worked, ""

    def _timeout_s(self, size: int) -> float:
        return self._bounds.timeout_s + size / 1e6

    def _patience_s(self, sent: _Sent) -> float:
        """It may have been sent last: then all that waits is worked on before it."""
        return _GRACE_S + self._timeout_s(sent.size) + sum(self._timeout_s(s.size) for s in self._waiting)

    def _send(self, sent: _Sent) -> None:
        if all(idle(task) is not None for task in sent.batch):
            return
        try:
            sent.future = self._schedule(sent)
        except RuntimeError:  # the pool broke since the last batch
            self._replace()
            sent.future = self._schedule(sent)

    def _schedule(self, sent: _Sent) -> ProcessFuture[tuple[Worked, ...]]:
        if self._pool is None:
            # spawn: a fork of a process with threads (an index writer) may inherit a lock that nobody will open.
            self._pool = ProcessPool(
                max_workers=self._bounds.workers,
                context=multiprocessing.get_context("spawn"),
                initializer=work.start,
                initargs=(self._lexicon_file, self._bounds.memory_bytes, self._parsers),
            )
        return self._pool.schedule(work.run, args=(sent.batch,), timeout=self._timeout_s(sent.size))

    def _replace(self) -> None:
        """New workers, and what waits unfinished handed to them."""
        self._stop()
        for sent in self._waiting:
            future = sent.future
            if future is not None and not (future.done() and not future.cancelled() and future.exception() is None):
                sent.future = self._schedule(sent)

    def _stop(self) -> None:
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()
            self._pool = None
