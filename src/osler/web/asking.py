"""Asking: a bounded number of threads, each with a process that answers, and how many may wait for them."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

from starlette.exceptions import HTTPException

from osler.domain.article import Article
from osler.domain.request import Request
from osler.pipeline import Library
from osler.settings import Settings
from osler.web.answering import Answerer, Job, Made, Tell, answer
from osler.web.keeper import Keeper
from osler.web.serving import Serving

T = TypeVar("T")
RETRY_AFTER_S = 2


class Asking:
    """Answers come from here. All of it is safe to call from any thread."""

    def __init__(self, settings: Settings, serving: Serving) -> None:
        self._serving = serving
        self._keeper = Keeper(settings)
        self._threads = ThreadPoolExecutor(serving.workers, thread_name_prefix="asking")
        self._answerers: SimpleQueue[Answerer] = SimpleQueue()
        self._counting = threading.Lock()
        self.on_answer: Callable[[Article, float], None] = lambda _article, _seconds: None
        self._under_way: Counter[str] = Counter()
        if serving.processes:  # as many as threads, so that a thread never waits for one
            for _ in range(serving.workers):
                self._answerers.put(Answerer(settings))

    def library(self) -> Library:
        return self._keeper.library()

    def answer(self, request: Request, tell: Tell = lambda _: None, related: bool = False, parent: Article | None = None) -> Made:
        """To be called in a job only. Raises QuestionError, LibraryError."""
        started = time.perf_counter()
        made = self._made(request, tell, related, parent)
        self.on_answer(made.article, time.perf_counter() - started)
        return made

    def _made(self, request: Request, tell: Tell, related: bool, parent: Article | None) -> Made:
        if not self._serving.processes:
            return answer(self.library(), request, tell, related, parent)
        answerer = self._answerers.get()
        try:
            return answerer.answer(request, tell, related, parent)
        finally:
            self._answerers.put(answerer)

    def work(self, job: Job[T]) -> T:
        """Work on the library that may take long, where it holds nobody up and ends after DEADLINE_S. To be called in a job only.

        Raises what the job does, LibraryError.
        """
        if not self._serving.processes:
            return job(self.library(), lambda _: None)
        answerer = self._answerers.get()
        try:
            return answerer.done(job)
        finally:
            self._answerers.put(answerer)

    def load(self) -> tuple[int, int]:
        """(what was taken and is not done, what of it waits for a thread)."""
        with self._counting:
            total = self._under_way.total()
        return total, max(0, total - self._serving.workers)

    def submit(self, owner: str, job: Callable[[], T]) -> Future[T]:
        """Do it on one of the threads. Raises HTTPException 503 when too many wait, 429 when too many of them are this owner's."""
        with self._counting:
            if self._under_way[owner] >= self._serving.at_once:
                raise _later(429, "You have several questions under way. Wait for one of them, then ask again.")
            if self._under_way.total() >= self._serving.workers + self._serving.waiting:
                raise _later(503, "Too many people are asking just now. Your question was not taken: ask again in a moment.")
            self._under_way[owner] += 1
        future = self._threads.submit(job)
        future.add_done_callback(lambda _: self._done(owner))
        return future

    def _done(self, owner: str) -> None:
        with self._counting:
            self._under_way[owner] -= 1
            if not self._under_way[owner]:
                del self._under_way[owner]

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        while not self._answerers.empty():
            self._answerers.get().close()


def _later(status: int, why: str) -> HTTPException:
    return HTTPException(status, why, headers={"Retry-After": str(RETRY_AFTER_S)})
