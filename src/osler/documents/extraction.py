"""Evidence extractions (JSON Lines) to Documents: one source, one Document; one record, one statement of it.

An extraction is our own wording of one finding of one named source. Records that share a PMID, a DOI or an
address are the same source. The schema is `extraction.schema.json`; a record whose population text and tags
contradict each other is refused, for the text outranks the tags and nobody may guess which is right.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any

from osler.documents.record import Record as SourceRecord
from osler.documents.record import Rejected
from osler.documents.text import clean
from osler.domain.document import Bibliography, Direction, Document, Figure, Statement, StudyDesign, Via, parse_doi, parse_pmid
from osler.domain.grade import Certainty, Strength
from osler.errors import ExtractionError
from osler.language.population import PopulationConflict, merge_tags, parse_population

Record = Mapping[str, Any]


def parse_extractions(lines: Iterable[str], name: str) -> tuple[Document, ...]:
    """Documents of an extraction file, ordered by id.

    Raises ExtractionError with the file's name and line for text that is not JSON, breaks the schema,
    repeats an id, or contradicts itself.
    """
    records: list[Record] = []
    seen: set[str] = set()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{name}, line {number}"
        try:
            record = json.loads(line)
        except ValueError as error:
            raise ExtractionError(f"{where}: not JSON ({error})") from error
        _check(record, where)
        if record["id"] in seen:
            raise ExtractionError(f"{where}: id {record['id']} is used twice")
        seen.add(record["id"])
        records.append(record)
    return tuple(sorted((_document(group) for group in _by_source(records)), key=lambda d: d.id))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return made


def _cleaned(value: Any) -> Any:
    """Every text of a record on one line, without what cannot be seen or stored."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_cleaned(v) for v in value]
    return {k: _cleaned(v) for k, v in value.items()} if isinstance(value, dict) else value


def parse_extraction_file(data: bytes, name: str) -> Iterator[SourceRecord]:
    """Documents of a file that a user adds; a line that cannot be used is Rejected, and the rest goes on.

    Its ids carry the file's name, so that it never replaces what the starter library says of the same source.
    """
    lines: list[str] = []
    seen: set[str] = set()
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            record = _cleaned(json.loads(line.decode("utf-8"), object_pairs_hook=_object))
            _check(record, f"line {number}")
            if record["id"] in seen:
                raise ExtractionError(f"line {number}: id {record['id']} is used twice")
        except (ValueError, RecursionError) as error:
            yield Rejected(f"line {number}", f"not JSON ({str(error)[:200]})")
        except ExtractionError as error:
            yield Rejected(f"line {number}", str(error).removeprefix(f"line {number}: "))
        else:
            seen.add(record["id"])
            lines.append(json.dumps(record))
    of = re.sub(r"[^a-z0-9]+", "-", name.replace("\\", "/").rpartition("/")[2].partition(".")[0].lower()).strip("-") or "file"
    for document in parse_extractions(lines, name):
        yield replace(document, id=document.id.replace("extraction:", f"extraction.{of}:", 1))


def _check(record: Any, where: str) -> None:
    problem = next(iter(_validator().iter_errors(record)), None)
    if problem is not None:
        path = "/".join(str(p) for p in problem.absolute_path) or "the record"
        raise ExtractionError(f"{where}: {path}: {problem.message}")
    source = record["source"]
    for field, text in (("id", record["id"]), ("statement", record["statement"]), ("title", source["title"])):
        if text != text.strip():
            raise ExtractionError(f"{where}: {field}: white space around it")
    for field, parse, value in (
        ("source/pmid", parse_pmid, source.get("pmid")),
        ("source/doi", parse_doi, source.get("doi")),
        ("read_on", date.fromisoformat, record["read_on"]),
    ):
        try:
            if value:
                parse(value)
        except ValueError as error:
            raise ExtractionError(f"{where}: {field}: {error}") from error
    try:
        merge_tags(parse_population(record["population"]), record["population_tags"])
    except PopulationConflict as error:
        raise ExtractionError(f"{where}: {record['id']}: {error}") from error


@lru_cache(maxsize=1)
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    schema = json.loads((resources.files("osler.documents") / "extraction.schema.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema)


def _source_keys(record: Record) -> tuple[str, ...]:
    source = record["source"]
    keys = []
    if source.get("pmid"):
        keys.append("pmid:" + parse_pmid(source["pmid"]))
    if source.get("doi"):
        keys.append("doi:" + parse_doi(source["doi"]))
    keys.append("url:" + source["url"].rstrip("/"))
    return tuple(keys)


def _by_source(records: list[Record]) -> list[list[Record]]:
    """Group records that share any key (union-find), in order of first appearance."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while parent.setdefault(key, key) != key:
            key = parent[key]
        return key

    for record in records:
        first, *others = _source_keys(record)
        for other in others:
            parent[root(other)] = root(first)
    groups: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        groups[root(_source_keys(record)[0])].append(record)
    return list(groups.values())


def _document(records: list[Record]) -> Document:
    bibliography = _bibliography(records)
    statements: list[Statement] = []
    position = 0
    for record in records:
        text = record["statement"]
        statements.append(_statement(record, position))
        position += len(text) + 1
    kinds = Counter(StudyDesign(r["kind"]) for r in records)
    kind = max(kinds, key=lambda k: (kinds[k], -list(StudyDesign).index(k)))
    return Document(
        id=_document_id(bibliography),
        kind=kind,
        via=Via.EXTRACTION,
        bibliography=bibliography,
        text="\n".join(r["statement"] for r in records),
        statements=tuple(statements),
        read_on=max(r["read_on"] for r in records),
    )


def _document_id(source: Bibliography) -> str:
    if source.pmid:
        return f"extraction:pmid:{source.pmid}"
    if source.doi:
        return f"extraction:doi:{source.doi}"
    return "extraction:web:" + hashlib.sha256((source.url or "").rstrip("/").encode()).hexdigest()[:16]


def _bibliography(records: list[Record]) -> Bibliography:
    """The fullest description any record of the source gives; the first record wins a tie."""

    def first(field: str) -> Any:
        return next((r["source"][field] for r in records if r["source"].get(field)), None)

    pmid, doi = first("pmid"), first("doi")
    return Bibliography(
        title=first("title"),
        authors=first("authors"),
        container=first("container"),
        year=first("year"),
        pmid=parse_pmid(pmid) if pmid else None,
        doi=parse_doi(doi) if doi else None,
        url=first("url"),
        title_is_description=bool(records[0]["source"].get("title_is_description")),
    )


def _statement(record: Record, start: int) -> Statement:
    return Statement(
        id=record["id"],
        start=start,
        end=start + len(record["statement"]),
        kind=StudyDesign(record["kind"]),
        direction=Direction(record["direction"]),
        interventions=tuple(record["interventions"]),
        problems=tuple(record["problem"]),
        population=record["population"],
        population_tags=tuple(record["population_tags"]),
        numbers=tuple(Figure(str(n["value"]), n.get("unit") or "", n.get("what") or "") for n in record["numbers"]),
        certainty=Certainty(record["certainty"]) if record["certainty"] else Certainty.NOT_GRADED,
        strength=Strength(record["strength"]) if record["strength"] else None,
        note=record.get("note"),
        to_check=record.get("to_check"),
    )
