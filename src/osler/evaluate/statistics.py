"""Shares with their intervals, and precision, recall and F1 from counts: the few figures every report needs."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

Z_95 = 1.959963984540054
"""The 97.5th percentile of the standard normal distribution."""


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `of`, with the 95 % interval of Wilson (J Am Stat Assoc 22:209, 1927), which holds near 0 and 1 and for few cases."""

    hits: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.hits <= self.of:
            raise ValueError(f"{self.hits} of {self.of} is no share")

    @property
    def value(self) -> float | None:
        """The share, or None of nothing."""
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """(low, high), or None of nothing."""
        if not self.of:
            return None
        p, n, z = self.hits / self.of, self.of, Z_95
        middle = p + z * z / (2 * n)
        half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        scale = 1 + z * z / n
        return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)

    def as_json(self) -> dict[str, object]:
        low_high = self.interval
        return {
            "hits": self.hits,
            "of": self.of,
            "value": None if self.value is None else round(self.value, 4),
            "interval_95": None if low_high is None else [round(x, 4) for x in low_high],
        }


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives and false negatives of one label."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    @property
    def precision(self) -> Share:
        return Share(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> Share:
        return Share(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> float:
        """0 when nothing was found and nothing was there to find."""
        below = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / below if below else 0.0


def count_labels(pairs: Sequence[tuple[frozenset[str], frozenset[str]]], labels: Sequence[str]) -> dict[str, Counts]:
    """Counts of each label over (true labels, given labels)."""
    return {
        label: Counts(
            tp=sum(1 for gold, given in pairs if label in gold and label in given),
            fp=sum(1 for gold, given in pairs if label not in gold and label in given),
            fn=sum(1 for gold, given in pairs if label in gold and label not in given),
        )
        for label in labels
    }


def macro_f1(pairs: Sequence[tuple[str, str]], labels: Sequence[str]) -> float:
    """The plain mean of the labels' F1 over (true label, given label)."""
    counts = count_labels([(frozenset({g}), frozenset({p})) for g, p in pairs], labels)
    return sum(c.f1 for c in counts.values()) / len(labels) if labels else 0.0


def confusion(pairs: Sequence[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """How often each true label was given each label; labels in alphabetical order."""
    table: dict[str, dict[str, int]] = {}
    for gold in sorted({g for g, _ in pairs}):
        table[gold] = {p: sum(1 for g, q in pairs if g == gold and q == p) for p in sorted({q for _, q in pairs})}
    return table


def most_common(values: Sequence[Hashable], counts: Mapping[Hashable, int] | None = None) -> Hashable:
    """The commonest value; of equally common ones the first named. Raises ValueError of nothing."""
    if not values:
        raise ValueError("nothing to count")
    tally: dict[Hashable, int] = dict(counts or {})
    for v in values:
        tally[v] = tally.get(v, 0) + 1
    return max(tally, key=lambda v: tally[v])
