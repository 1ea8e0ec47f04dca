"""Lists of retracted, corrected and questioned works (Retraction Watch's CSV, plain lists of PMIDs) to status notices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import PurePath

from osler.documents.delimited import rows
from osler.documents.record import Record, Rejected
from osler.documents.text import clean
from osler.domain.document import parse_doi, parse_pmid
from osler.domain.status import NoticeNature, StatusNotice
from osler.errors import SourceError

RETRACTION_WATCH = "Retraction Watch"

_NEEDED = (
    "Record ID", "RetractionDate", "RetractionDOI", "RetractionPubMedID", "OriginalPaperDOI", "OriginalPaperPubMedID",
    "RetractionNature", "Reason",
)  # fmt: skip
_NATURES = {
    "retraction": NoticeNature.RETRACTION,
    "retract": NoticeNature.RETRACTION,
    "retracted": NoticeNature.RETRACTION,
    "correction": NoticeNature.CORRECTION,
    "expression of concern": NoticeNature.CONCERN,
    "reinstatement": NoticeNature.REINSTATEMENT,
}
_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: \d{1,2}:\d{2}(?::\d{2})?)?")
_FLOAT = re.compile(r"(\d+)\.0*")
_LIST_HEADERS = frozenset({"pmid", "pmids", "pubmed id", "pubmedid", "pubmed_id", "pubmed", "retracted pmid"})


def parse_retraction_watch(data: bytes, name: str) -> Iterator[Record]:
    """A StatusNotice for each row of Retraction Watch's CSV (20 columns, dates as M/D/YYYY 0:00, the month first).

    A row that names neither a PMID nor a DOI of the original paper, or whose nature cannot be read, gives a Rejected; a date
    that cannot be read is left out. Bytes that are no UTF-8 are replaced: an identifier so touched counts as missing.
    Raises SourceError for a file without these columns.
    """
    lines = rows(data.decode("utf-8-sig", errors="replace"))
    _, header = next(lines, (0, ""))
    columns = [clean(column) for column in header] if isinstance(header, list) else []
    if missing := [column for column in _NEEDED if column not in columns]:
        raise SourceError(f"{name}: not Retraction Watch's CSV (no column {missing[0]!r})")
    for number, row in lines:
        where = f"{name}, line {number}"
        if isinstance(row, str):
            yield Rejected(where, row)
        elif len(row) != len(columns):
            yield Rejected(where, f"{len(row)} fields where the header has {len(columns)}")
        else:
            yield _notice(dict(zip(columns, (clean(field) for field in row), strict=True)), where)


def _notice(field: dict[str, str], where: str) -> Record:
    record = f"{where} (record {field['Record ID']})"
    nature = _NATURES.get(field["RetractionNature"].lower())
    if nature is None:
        return Rejected(record, f"unknown nature {field['RetractionNature'][:60]!r}")
    pmid, doi = _pmid(field["OriginalPaperPubMedID"]), _doi(field["OriginalPaperDOI"])
    if pmid is None and doi is None:
        return Rejected(record, "names neither a PMID nor a DOI of the original paper")
    reference = _pmid(field["RetractionPubMedID"]) or _doi(field["RetractionDOI"])
    reasons = "; ".join(filter(None, (clean(code).removeprefix("+") for code in field["Reason"].split(";"))))
    return StatusNotice(nature, RETRACTION_WATCH, pmid, doi, _date(field["RetractionDate"]), reference, reasons or None)


def _pmid(written: str) -> str | None:
    """None for 0 and "" (their mark of no PMID) and for what is no PMID; spreadsheets write "37476288.0"."""
    try:
        return parse_pmid(_FLOAT.sub(r"\1", written) if _FLOAT.fullmatch(written) else written)
    except ValueError:
        return None


def _doi(written: str) -> str | None:
    """None for "unavailable" and for what is no DOI, or has lost a byte."""
    try:
        return None if "\ufffd" in written else parse_doi(written)
    except ValueError:
        return None


def _date(written: str) -> str | None:
    """None for what is no such date: a notice without its date still warns, one left out would not."""
    found = _DATE.fullmatch(written)
    if not found:
        return None
    month, day, year = (int(number) for number in found.groups())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def parse_pmid_list(data: bytes, name: str) -> Iterator[Record]:
    """A retraction notice, undated, for each line's PMID: alone on its line, or in the first tab-separated column.

    A header line, blank lines and what follows a "#" are skipped; a line with anything else gives a Rejected. The notices'
    source is the list's own base name. Raises SourceError when the list does not start with a PMID (or "PMID"): a column
    of other numbers must not retract the papers that happen to bear them.
    """
    source = clean(PurePath(name).name) or "list of PMIDs"
    started = False
    for number, line in enumerate(data.decode("utf-8-sig", errors="replace").splitlines(), start=1):
        first = clean(line.partition("\t")[0].partition("#")[0]).strip('"')
        if not first:
            continue
        pmid = _pmid(first)
        if pmid is not None:
            yield StatusNotice(NoticeNature.RETRACTION, source, pmid)
        elif started:
            yield Rejected(f"{name}, line {number}", f"{first[:60]!r} is no PMID")
        elif first.lower() not in _LIST_HEADERS:
            break
        started = True
    if not started:
        raise SourceError(f"{name}: no list of PMIDs (one a line, or in the first column)")
