"""A local formulary (CSV or TSV, a row a drug or restriction) to one Document whose rows are complete in themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator

from osler.documents.delimited import rows
from osler.documents.local import local_bibliography, local_id
from osler.documents.record import Record, Rejected
from osler.documents.text import TableCell, TextBuilder, clean
from osler.domain.document import Authority, Document, StudyDesign, Via
from osler.domain.part import PartKind
from osler.errors import SourceError

_DELIMITERS = "\t;|,"  # of equals the first: where decimals have commas, ";" delimits
_DRUG_COLUMN = re.compile(
    r"(?:drug|medicine|medication|generic|product|substance|active ingredient|international non-?proprietary name|inn)"
    r"(?:\s*\(?(?:name|generic|inn)\)?)?|(?:generic |drug |approved )?name",
    re.IGNORECASE,
)
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n")  # Excel's own way to name the delimiter
_SNIFFED_ROWS = 50


def parse_formulary(data: bytes, name: str) -> Iterator[Record]:
    """One Document `local:…` of a table with a header row: text is "Drug: …; Route: …; Maximum dose: …" for each row.

    Lines above the header are kept as paragraphs. A row that has more or fewer fields than the header, or names no drug
    where the others do, gives a Rejected: a limit must never stand beside the wrong drug. Encodings: UTF-8, UTF-16 with a
    byte order mark, else Windows-1252. Raises SourceError for what is no such table.
    """
    text = _decoded(data, name)
    delimiter, text = _delimiter(text, name)
    above, header, body = _split(text, delimiter)
    drug = next((i for i, column in enumerate(header) if _DRUG_COLUMN.fullmatch(column)), None)
    kept: list[list[str]] = []
    for number, row in body:
        reason = row if isinstance(row, str) else _unusable(row, header, drug)
        if reason:
            yield Rejected(f"{name}, line {number}", reason)
        else:
            kept.append([_field(field) for field in row[: len(header)]])
    if not kept:
        raise SourceError(f"{name}: no row of the table can be used")
    yield _document(name, above, header, kept, drug)


def _decoded(data: bytes, name: str) -> str:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    marked = encoding == "utf-16" or data.startswith(b"\xef\xbb\xbf")
    # A file that says it is Unicode and is not was put together from several: no one encoding reads all its rows.
    for candidate in (encoding,) if marked else (encoding, "cp1252"):
        try:
            return data.decode(candidate)
        except UnicodeDecodeError:
            continue
    said = "says that it is Unicode, but is not all of it; save it as UTF-8" if marked else "neither UTF-8 nor Windows-1252 text"
    raise SourceError(f"{name}: {said}")


def _delimiter(text: str, name: str) -> tuple[str, str]:
    """The delimiter that gives most rows the width of their header (then: the widest), and the text without a "sep=" line."""
    if named := _SEPARATOR_LINE.match(text):
        return named[1], text[named.end() :]
    head = "\n".join(text.splitlines()[:_SNIFFED_ROWS])
    found: list[tuple[int, int, int, str]] = []
    for order, delimiter in enumerate(_DELIMITERS):
        _, header, body = _split(head, delimiter)
        even = sum(1 for _, row in body if len(row) == len(header))
        found.append((even, len(header), -order, delimiter))
    _, columns, _, delimiter = max(found)
    if columns < 2:
        raise SourceError(f"{name}: not a table of two or more columns")
    return delimiter, text


def _split(text: str, delimiter: str) -> tuple[list[str], list[str], list[tuple[int, list[str] | str]]]:
    """Lines above the header, the header (the first row with two filled fields), the rows below it."""
    above: list[str] = []
    lines = rows(text, delimiter)
    for _, row in lines:
        if isinstance(row, str):
            continue
        filled = [clean(field) for field in row if clean(field)]
        if len(filled) > 1:
            header = [clean(field) for field in row]
            while not header[-1]:
                header.pop()
            return above, header, list(lines)
        above += filled
    return above, [], []


def _unusable(row: list[str], header: list[str], drug: int | None) -> str | None:
    if len(row) < len(header) or any(clean(field) for field in row[len(header) :]):
        return f"{len(row)} fields where the header has {len(header)}"
    if drug is not None and not clean(row[drug]):
        return f"nothing in the column {header[drug]!r}"
    return None


def _field(written: str) -> str:
    """Lines inside a field are kept apart, so that "5 mg" above "10 mg" does not become "5 mg 10 mg"."""
    return "; ".join(line for part in written.splitlines() if (line := clean(part)))


def _document(name: str, above: list[str], header: list[str], kept: list[list[str]], drug: int | None) -> Document:
    bibliography = local_bibliography(name, None)
    builder = TextBuilder()
    builder.add(bibliography.title, PartKind.TITLE)
    for line in above:
        builder.add(line)
    table = [[TableCell(column, header=True) for column in header], *([TableCell(field) for field in row] for row in kept)]
    try:
        builder.table(table)
    except ValueError as error:
        raise SourceError(f"{name}: {error}") from error
    drugs = [row[drug] for row in kept if sum(map(bool, row)) > 1] if drug is not None else []
    return Document(
        id=local_id(name),
        kind=StudyDesign.FORMULARY,
        via=Via.SOURCE,
        bibliography=bibliography,
        text=builder.text,
        parts=tuple(builder.parts),
        interventions=tuple(dict.fromkeys(drugs)),
        authority=Authority.LOCAL,
    )
