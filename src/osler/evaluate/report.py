"""What a retrieval evaluation found, as a table to read and an object to keep."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MEASURES = ("nDCG@10", "R@100", "RR")
"""Normalised discounted cumulative gain at 10, recall at 100, reciprocal rank: names as `ir-measures` has them."""
_RESAMPLES, _SEED = 1_000, 20
Values = Mapping[str, Mapping[str, float]]
"""Measure to query to value."""


@dataclass(frozen=True, slots=True)
class System:
    """One ranking: its values, each query's, and the time of a query (ms, median and 95th percentile)."""

    name: str
    values: Values
    median_ms: float
    p95_ms: float

    def mean(self, measure: str, queries: Sequence[str]) -> float:
        return sum(self.values[measure][q] for q in queries) / len(queries) if queries else 0.0


@dataclass(frozen=True, slots=True)
class RetrievalReport:
    """Systems over one collection; the first is the baseline. `tuning`, `testing`: the queries of the two halves, which a
    hash of the query's id chose; weights may be chosen on the first only."""

    collection: str
    documents: int
    tuning: tuple[str, ...]
    testing: tuple[str, ...]
    measured_by: str
    systems: tuple[System, ...]

    @property
    def queries(self) -> tuple[str, ...]:
        return tuple(sorted((*self.tuning, *self.testing)))


def to_table(report: RetrievalReport) -> str:
    """A table in Markdown: one row a system and measure."""
    base, halves = report.systems[0], f"tuning half ({len(report.tuning)}) | other half ({len(report.testing)})"
    lines = [
        f"{report.collection}: {report.documents:,} documents, {len(report.queries):,} queries; measured by {report.measured_by}",
        "",
        f"| ranking | measure | all | {halves} | against {base.name} | 95 % interval | better, worse, same | ms a query: median, 95 % |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for system in report.systems:
        for measure in MEASURES:
            values = [system.mean(measure, queries) for queries in (report.queries, report.tuning, report.testing)]
            cells = [system.name, measure, *(f"{v:.4f}" for v in values), *_against(report, system, measure)]
            cells.append(f"{system.median_ms:.1f}, {system.p95_ms:.1f}")
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def as_json(report: RetrievalReport) -> dict[str, Any]:
    """The same figures, and each query's."""
    parts = {"all": report.queries, "tuning": report.tuning, "testing": report.testing}
    return {
        "collection": report.collection,
        "documents": report.documents,
        "queries": len(report.queries),
        "measured_by": report.measured_by,
        "systems": [
            {
                "name": s.name,
                "ms": {"median": round(s.median_ms, 3), "p95": round(s.p95_ms, 3)},
                "mean": {m: {part: round(s.mean(m, queries), 6) for part, queries in parts.items()} for m in MEASURES},
                "difference_95": {m: [round(x, 6) for x in interval(report, s, m)] for m in MEASURES},
                "by_query": {q: {m: round(s.values[m][q], 6) for m in MEASURES} for q in report.queries},
            }
            for s in report.systems
        ],
    }


def interval(report: RetrievalReport, system: System, measure: str) -> tuple[float, float]:
    """The 95 % percentile interval of the mean difference to the baseline: paired bootstrap over queries, fixed seed."""
    base, queries = report.systems[0], report.queries
    differences = [system.values[measure][q] - base.values[measure][q] for q in queries]
    if not any(differences):
        return 0.0, 0.0
    choose = random.Random(_SEED)  # noqa: S311
    means = sorted(sum(choose.choices(differences, k=len(differences))) / len(differences) for _ in range(_RESAMPLES))
    return means[int(_RESAMPLES * 0.025)], means[int(_RESAMPLES * 0.975) - 1]


def _against(report: RetrievalReport, system: System, measure: str) -> list[str]:
    base = report.systems[0]
    if system is base:
        return ["", "", ""]
    was = base.mean(measure, report.queries)
    change = f"{(system.mean(measure, report.queries) / was - 1) * 100:+.1f} %" if was else ""
    low, high = interval(report, system, measure)
    pairs = [(system.values[measure][q], base.values[measure][q]) for q in report.queries]
    better, worse = sum(a > b for a, b in pairs), sum(a < b for a, b in pairs)
    return [change, f"{low:+.4f} to {high:+.4f}", f"{better}, {worse}, {len(pairs) - better - worse}"]
