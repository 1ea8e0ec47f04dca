"""Annotate many documents in several processes: after a change of lexicon or rules a library is read anew."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from itertools import chain, islice
from pathlib import Path

from osler.domain.document import Document
from osler.language.lexicon import Lexicon, lexicon_with
from osler.library.rows import PassageRow, passage_row
from osler.passages.annotate import annotate

_LOT = 100
"""Documents handed over at once: about 0.1 s of work."""
_ALONE = 2_000
"""Fewer documents than this are done before other processes would have started."""
_Lot = tuple[Document, ...]
_Rows = list[tuple[PassageRow, ...]]
_lexicon: Lexicon | None = None


def annotator(
    lexicon: Lexicon, mesh: Path | None, workers: int
) -> Callable[[Iterable[Document]], Iterator[tuple[PassageRow, ...]]]:
    """A function that gives the passages of each document, in the order given, made by this many processes.

    mesh: the table that `lexicon` was widened with. When the processes die, this one does what is left by itself.
    """

    def remake(documents: Iterable[Document]) -> Iterator[tuple[PassageRow, ...]]:
        left = iter(documents)
        first = tuple(islice(left, _ALONE))
        if workers == 1 or len(first) < _ALONE:
            yield from _annotate(chain(first, left), lexicon)
        else:
            yield from _spread(chain(first, left), lexicon, mesh, workers)

    return remake


def _spread(documents: Iterator[Document], lexicon: Lexicon, mesh: Path | None, workers: int) -> Iterator[tuple[PassageRow, ...]]:
    waiting: deque[tuple[_Lot, Future[_Rows]]] = deque()
    # spawn: a fork of a process with threads may inherit a lock that nobody will open.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _start, (mesh,)) as pool:
        try:
            while lot := tuple(islice(documents, _LOT)):
                waiting.append((lot, pool.submit(_work, lot)))
                lot = ()
                if len(waiting) > 3 * workers:
                    yield from waiting[0][1].result()
                    waiting.popleft()
            while waiting:
                yield from waiting[0][1].result()
                waiting.popleft()
            return
        except BrokenExecutor:
            left = chain(chain.from_iterable(lot for lot, _ in waiting), lot, documents)
    yield from _annotate(left, lexicon)


def _start(mesh: Path | None) -> None:
    global _lexicon
    _lexicon = lexicon_with(mesh)


def _work(lot: _Lot) -> _Rows:
    if _lexicon is None:
        raise RuntimeError("the worker was not started")
    return list(_annotate(lot, _lexicon))


def _annotate(documents: Iterable[Document], lexicon: Lexicon) -> Iterator[tuple[PassageRow, ...]]:
    return (tuple(passage_row(p) for p in annotate(d, lexicon)) for d in documents)
