"""Workers that can be killed: a task that hangs, eats memory or crashes costs its own files a line in the report, nothing else."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import TimeoutError as TaskTimeout
from dataclasses import dataclass
from types import TracebackType

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from osler.documents.record import Rejected
from osler.ingest import work
from osler.ingest.work import Task, Worked

_WINDOW_A_WORKER = 3
"""Batches handed out beyond those being worked on: enough to keep workers busy, few enough to bound memory."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """timeout_s: of one batch, plus a second for each MB of it. memory_bytes: address space of a worker."""

    workers: int
    timeout_s: float
    memory_bytes: int


class Pool:
    """Works through batches of tasks, yielding results in the order given."""

    def __init__(self, bounds: Bounds, lexicon_file: str | None) -> None:
        self._bounds = bounds
        # spawn: a fork of a process with threads (an index writer) may inherit a lock that nobody will open.
        self._pool = ProcessPool(
            max_workers=bounds.workers,
            context=multiprocessing.get_context("spawn"),
            initializer=work.start,
            initargs=(lexicon_file, bounds.memory_bytes),
        )

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self._pool.close()  # type: ignore[no-untyped-call]
        else:
            self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def results(self, batches: Iterable[tuple[Task, ...]]) -> Iterator[tuple[Task, Worked]]:
        waiting: deque[tuple[tuple[Task, ...], ProcessFuture[tuple[Worked, ...]]]] = deque()
        for batch in batches:
            waiting.append((batch, self._schedule(batch)))
            if len(waiting) > self._bounds.workers * _WINDOW_A_WORKER:
                yield from self._settled(*waiting.popleft())
        while waiting:
            yield from self._settled(*waiting.popleft())

    def _schedule(self, batch: tuple[Task, ...]) -> ProcessFuture[tuple[Worked, ...]]:
        size = sum(len(t.data) for t in batch)
        return self._pool.schedule(work.run, args=(batch,), timeout=self._bounds.timeout_s + size / 1e6)

    def _settled(self, batch: tuple[Task, ...], future: ProcessFuture[tuple[Worked, ...]]) -> Iterator[tuple[Task, Worked]]:
        """The results of a batch; when it failed as a whole, of each task by itself."""
        try:
            yield from zip(batch, future.result(), strict=True)
            return
        except TaskTimeout:
            reason = f"took longer than {self._bounds.timeout_s:.0f} s and was stopped"
        except ProcessExpired:
            reason = "made its worker crash"
        except MemoryError:
            reason = "needs more memory than a worker may use"
        if len(batch) == 1:
            yield batch[0], Worked(rejected=(Rejected(batch[0].name, reason),))
            return
        for task in batch:
            yield from self._settled((task,), self._schedule((task,)))
