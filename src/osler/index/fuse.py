"""Several ranked lists of rows into one, by reciprocal rank."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby

from osler.index.base import Hit

RECIPROCAL_RANK_K = 60
"""Cormack, Clarke & Büttcher, SIGIR 2009: reciprocal rank fusion with k = 60."""


def fuse(lists: Iterable[tuple[float, Sequence[Hit]]]) -> tuple[Hit, ...]:
    """(weight, hits best first) to one list, best first; equal scores are ordered by row, ascending.

    A row scores weight / (60 + rank) in each list that holds it. Hits of one score share the mean of their ranks: their order
    says only which was added to the library first. Raises ValueError for a weight below 0.
    """
    fused: dict[int, float] = defaultdict(float)
    for weight, hits in lists:
        if weight < 0:
            raise ValueError("a weight below 0 would rank the worst first")
        before = 0
        for _, group in groupby(hits, key=lambda hit: hit.score):
            tied = [hit.row for hit in group]
            for row in tied:
                fused[row] += weight / (RECIPROCAL_RANK_K + before + (len(tied) + 1) / 2)
            before += len(tied)
    return tuple(Hit(row, fused[row]) for row in sorted(fused, key=lambda row: (-fused[row], row)))
