"""Library: what it holds and covers, what changed since, and its documents as a list, for people and for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response, StreamingResponse

from osler.domain.document import StudyDesign
from osler.domain.evidence import Source
from osler.domain.status import PublicationStatus
from osler.library.catalog import Catalog
from osler.library.holdings import changed_since, listed, written_since
from osler.web.adding import may_add, require_to_read
from osler.web.library_view import document_address, original_address, source_badges, years_view
from osler.web.site import site_of

router = APIRouter(include_in_schema=False, dependencies=[Depends(require_to_read)])

LISTED = 100
REFUSALS_SHOWN = 200
WEEK = timedelta(days=7)
COLUMNS = ("id", "version", "kind", "via", "status", "status since", "year", "title", "authors", "journal or publisher", "jurisdiction",
           "PMID", "DOI", "address")  # fmt: skip


@router.get("/library")
def library_page(http: HttpRequest) -> Response:
    """What is in it. Where files were refused is told to those who may add: names of files can say more than a reader should know."""
    site = site_of(http)
    library = site.asking.library()
    catalog, lexicon = library.catalog, library.lexicon
    held, covered, refused = site.holdings.counts(catalog), site.holdings.coverage(catalog), catalog.quarantined()
    kinds: dict[StudyDesign, list[tuple[str, int]]] = {}
    for kind, status, n in held.kinds:
        kinds.setdefault(StudyDesign(kind), []).append((status, n))
    sequence = catalog.sequence()
    return site.page(
        http, "library.html", snapshot=catalog.snapshot(), sequence=sequence, held=held, years=years_view(held.years),
        kinds=sorted(((k, sum(n for _, n in v), v) for k, v in kinds.items()), key=lambda k: (-k[1], k[0])),
        covered=covered, behind=covered is not None and covered.sequence != sequence,
        names=lambda found: [(lexicon.name(c) if c in lexicon else c, n) for c, n in found],
        refused=refused[:REFUSALS_SHOWN], refused_total=len(refused), queries=catalog.queries(), may_add=may_add(http),
        week_ago=(date.today() - WEEK).isoformat(),
    )  # fmt: skip


@router.get("/library/changes")
def changes_page(http: HttpRequest, since: str = "") -> Response:
    """What changed since a day (2026-01-31), or since a transaction of the library (its number)."""
    site = site_of(http)
    catalog = site.asking.library().catalog
    since = since.strip() or (date.today() - WEEK).isoformat()
    values: dict[str, Any] = {"since": since, "problem": "", "found": None, "written": None, "total": 0}
    if since.isascii() and since.isdecimal() and len(since) <= 9:
        values["written"], values["total"] = written_since(catalog, int(since))
    else:
        try:
            values["found"] = changed_since(catalog, date.fromisoformat(since))
        except ValueError:
            values["problem"] = "A day is written as 2026-01-31, a transaction as a whole number"
    return site.page(
        http, "library_changes.html", 400 if values["problem"] else 200, None, sequence=catalog.sequence(), badges=source_badges,
        address=document_address, **values,
    )  # fmt: skip


@router.get("/library/documents")
def documents_page(http: HttpRequest, kind: str = "", status: str = "", year: int | None = None, page: int = 1) -> Response:
    site = site_of(http)
    _known(kind, status)
    if not 1 <= page <= 1_000_000 or (year is not None and not 0 <= year <= 9999):
        raise HTTPException(404, "There is no such page of the list.")
    found, total = listed(site.asking.library().catalog, kind, status, year, (page - 1) * LISTED, LISTED)
    asked = {"kind": kind, "status": status, "year": "" if year is None else str(year)}
    return site.page(
        http, "library_documents.html", found=found, total=total, number=page, pages=max(1, -(-total // LISTED)), kind=kind,
        standing=status, year=year, asked="&".join(f"{n}={v}" for n, v in asked.items() if v), badges=source_badges,
        address=document_address,
    )  # fmt: skip


@router.get("/library/documents.csv")
def documents_csv(http: HttpRequest, kind: str = "", status: str = "", year: int | None = None) -> Response:
    _known(kind, status)
    if year is not None and not 0 <= year <= 9999:
        raise HTTPException(404, "There is no such list.")
    rows = _rows(site_of(http).asking.library().catalog, kind, status, year)
    named = {"Content-Disposition": 'attachment; filename="osler-library.csv"'}
    return StreamingResponse(rows, media_type="text/csv; charset=utf-8", headers=named)


def _known(kind: str, status: str) -> None:
    """Addresses hold our own words only. Raises HTTPException 404 for others."""
    if (kind and kind not in [k.value for k in StudyDesign]) or (status and status not in [s.value for s in PublicationStatus]):
        raise HTTPException(404, "There is no such kind or status of documents.")


def _rows(catalog: Catalog, kind: str, status: str, year: int | None) -> Iterator[str]:
    yield csv_line(COLUMNS)
    start, total = 0, 1
    while start < total:
        found, total = listed(catalog, kind, status, year, start, 1_000)
        yield "".join(csv_line(_cells(s)) for s in found)
        start += 1_000


def _cells(s: Source) -> tuple[str, ...]:
    b = s.bibliography
    cells = (s.document_id, s.version, s.kind, s.via, s.status, s.status_since, b.year, b.title, b.authors, b.container, s.jurisdiction,
             b.pmid, b.doi, original_address(b))  # fmt: skip
    return tuple("" if c is None else str(c) for c in cells)


def csv_line(cells: tuple[str, ...]) -> str:
    """One line. A cell that a spreadsheet would compute is put after an apostrophe (R-34).

    Source: OWASP, "CSV Injection": cells that begin with =, +, -, @, tab or carriage return.
    """
    line = io.StringIO()
    safe = [f"'{c}" if c.lstrip(" \n").startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")) else c for c in cells]
    csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(safe)
    return line.getvalue()
