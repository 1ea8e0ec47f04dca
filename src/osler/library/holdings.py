"""Holdings: what the library holds in numbers, what it covers, which documents, and what changed since a day or a transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from osler import store as db
from osler.domain.evidence import Source
from osler.domain.status import PublicationStatus
from osler.library.catalog import Catalog

COVERAGE_SHOWN = 15
"""Of drugs and measures, and of problems; a reader looks for one of them by searching."""
_STEP = 20_000
"""Passages counted in one reading transaction: about two thirds of a second."""
_YEAR = sa.func.json_extract(db.documents.c.reference, "$.bibliography.year")


@dataclass(frozen=True, slots=True)
class Counts:
    """Current documents. kinds: (kind, status, number). years: (year, number), ascending; `without_year` have none."""

    kinds: tuple[tuple[str, str, int], ...]
    years: tuple[tuple[int, int], ...]
    without_year: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the findings of all passages are about, as of transaction `sequence`: (concept id or group of people, findings), most first.

    people: findings that state the group; a finding may state several, or none.
    """

    sequence: int
    findings: int
    interventions: tuple[tuple[str, int], ...]
    problems: tuple[tuple[str, int], ...]
    people: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One document. what: in words. at: when (ISO date or time), "" where only the transaction is known. source: as it is now, None
    when it is out of use."""

    document_id: str
    what: str
    at: str
    source: Source | None


@dataclass(frozen=True, slots=True)
class Since:
    """What changed; each list newest first and cut, with its whole length beside it.

    versions: added documents and versions. standing: documents of which the standing changed by a notice dated since.
    gone: documents that their source took back.
    """

    versions: tuple[Change, ...]
    versions_total: int
    standing: tuple[Change, ...]
    standing_total: int
    gone: tuple[Change, ...]
    gone_total: int


def counts(catalog: Catalog) -> Counts:
    t = db.documents.c
    with catalog.store.reading() as connection:
        rows = connection.execute(sa.select(_YEAR.label("year"), sa.func.count()).where(t.current).group_by("year")).all()
    years = {r[0]: r[1] for r in rows}
    unknown = sum(n for year, n in years.items() if not year)
    return Counts(tuple(catalog.summary()), tuple(sorted((y, n) for y, n in years.items() if y)), unknown)


def coverage(catalog: Catalog) -> Coverage:
    """Reads every passage, in SQLite alone, while other threads go on: about 35 ms a thousand passages.

    In steps, for a writer cannot commit while somebody reads; what is written meanwhile is counted or not.
    """
    sequence, findings = catalog.sequence(), 0
    about: dict[str, Counter[str]] = {name: Counter() for name in ("interventions", "problems", "people")}
    last = -1
    while True:
        with catalog.store.reading() as connection:
            p = db.passages.c
            rows = connection.execute(sa.select(p.row).where(p.row > last).order_by(p.row).limit(_STEP)).scalars().all()
            if not rows:
                break
            bounds = {"low": rows[0], "high": rows[-1]}
            for name in ("interventions", "problems"):
                about[name].update(_concepts(connection, name, bounds))
            number, people = _people(connection, bounds)
        findings += number
        about["people"].update(people)
        last = rows[-1]
    return Coverage(sequence, findings, *(_most(about[name]) for name in ("interventions", "problems", "people")))


def _most(counted: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(((name, n) for name, n in counted.items() if n), key=lambda c: (-c[1], c[0])))[:COVERAGE_SHOWN]


_FINDINGS = "FROM passages p, json_each(p.body, '$.findings') f"
_WITHIN = "WHERE p.row BETWEEN :low AND :high"


def _concepts(connection: sa.Connection, name: str, bounds: dict[str, int]) -> dict[str, int]:
    query = sa.text(f"SELECT c.value, count(*) {_FINDINGS}, json_each(f.value, :path) c {_WITHIN} GROUP BY c.value")
    return {r[0]: r[1] for r in connection.execute(query, {"path": f"$.{name}", **bounds})}


_PEOPLE = {
    "hemodialysis": "k LIKE '%\"hemodialysis\"%'",
    "peritoneal dialysis": "k LIKE '%\"peritoneal_dialysis\"%'",
    "eGFR below 30, or CKD G4 to G5": "k LIKE '%\"ckd_g4_g5\"%'",
    "eGFR 30 to 59, or CKD G3": "k LIKE '%\"ckd_g3\"%'",
    "kidney transplant": "k LIKE '%\"kidney_transplant\"%'",
    "pregnancy": "json_extract(q, '$.pregnant')",
    "breastfeeding": "json_extract(q, '$.lactating')",
    "liver disease": "json_extract(q, '$.hepatic')",
    "children and adolescents only": "json_extract(q, '$.ages.high') <= 18",
    "65 years and older only": "json_extract(q, '$.ages.low') >= 65",
}
"""Groups that change a dose or a harm, as `domain.population` has them, each with how it shows in a stored finding."""


def _people(connection: sa.Connection, bounds: dict[str, int]) -> tuple[int, dict[str, int]]:
    sums = ", ".join(f"total({test})" for test in _PEOPLE.values())
    query = sa.text(
        f"SELECT count(*), {sums} FROM (SELECT q, json_extract(q, '$.kidney') AS k FROM"  # noqa: S608 - our own constants
        f" (SELECT json_extract(f.value, '$.population') AS q {_FINDINGS} {_WITHIN}))"
    )
    found, *numbers = connection.execute(query, bounds).one()
    return found, {name: int(n) for name, n in zip(_PEOPLE, numbers, strict=True)}


def listed(
    catalog: Catalog, kind: str = "", status: str = "", year: int | None = None, start: int = 0, limit: int = 100
) -> tuple[tuple[Source, ...], int]:
    """(current documents, newest first and then by id, from number `start` on; how many there are). year 0: those without one."""
    t = db.documents.c
    bounds: list[sa.ColumnElement[bool]] = [t.current]
    bounds += [t.kind == kind] if kind else []
    bounds += [t.status == status] if status else []
    bounds += [] if year is None else [sa.func.coalesce(_YEAR, 0) == year]
    with catalog.store.reading() as connection:
        total = connection.execute(sa.select(sa.func.count()).where(*bounds)).scalar_one()
        wanted = sa.select(t.id).where(*bounds).order_by(sa.func.coalesce(_YEAR, 0).desc(), t.id).limit(limit).offset(start)
        ids = list(connection.execute(wanted).scalars())
    return tuple(s for s in _now(catalog, ids) if s is not None), total


def changed_since(catalog: Catalog, day: date, limit: int = 200) -> Since:
    """By when a version came, by the date of a notice about the work, and by when its source took it back."""
    t, gone, since = db.documents.c, db.deletions.c, day.isoformat()
    restated = (t.current, t.status != PublicationStatus.CURRENT.value, t.status_since >= since)
    with catalog.store.reading() as connection:
        first = sa.select(sa.func.min(db.documents.alias("v").c.version)).where(sa.text("v.id = documents.id")).scalar_subquery()
        columns = (t.id, t.version, t.current, t.added_at, first.label("first"))
        came = connection.execute(
            sa.select(*columns).where(t.added_at >= since).order_by(t.added_at.desc(), t.id, t.version.desc()).limit(limit)
        ).all()
        moved = connection.execute(
            sa.select(t.id, t.status, t.status_since).where(*restated).order_by(t.status_since.desc(), t.id).limit(limit)
        ).all()
        back = connection.execute(
            sa.select(gone.document_id, gone.at).where(gone.at >= since).order_by(gone.at.desc(), gone.document_id).limit(limit)
        ).all()
        totals = [
            connection.execute(sa.select(sa.func.count()).where(*bounds)).scalar_one()
            for bounds in ((t.added_at >= since,), restated, (gone.at >= since,))
        ]
    return Since(
        _changes(catalog, [(r.id, _came(r), r.added_at) for r in came]), totals[0],
        _changes(catalog, [(r.id, r.status, r.status_since) for r in moved]), totals[1],
        _changes(catalog, [(r.document_id, "taken back by its source", r.at) for r in back]), totals[2],
    )  # fmt: skip


def _came(row: Any) -> str:
    if not row.current:
        return f"version {row.version}, not the current one"
    return "added" if row.version == row.first else f"version {row.version}"


def written_since(catalog: Catalog, sequence: int, limit: int = 200) -> tuple[tuple[Change, ...], int]:
    """(documents of which passages were written after that transaction, or whose standing changed in one, latest first; how many)."""
    p = db.passages.c
    with catalog.store.reading() as connection:
        touched = (
            sa.select(p.document_id, sa.func.max(p.sequence).label("last")).where(p.sequence > sequence).group_by(p.document_id)
        )
        total = connection.execute(sa.select(sa.func.count()).select_from(touched.subquery())).scalar_one()
        rows = connection.execute(touched.order_by(sa.text("last DESC"), p.document_id).limit(limit)).all()
    return _changes(catalog, [(r.document_id, f"in transaction {r.last}", "") for r in rows]), total


def _changes(catalog: Catalog, rows: Iterable[tuple[str, str, str | None]]) -> tuple[Change, ...]:
    rows = list(rows)
    sources = _now(catalog, [r[0] for r in rows])
    return tuple(Change(i, what, at or "", source) for (i, what, at), source in zip(rows, sources, strict=True))


def _now(catalog: Catalog, ids: Sequence[str]) -> list[Source | None]:
    """Each document as it is now, in this order."""
    fates = catalog.fates(ids)
    return [fates[i].source for i in ids]
