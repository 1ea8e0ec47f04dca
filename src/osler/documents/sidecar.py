"""Sidecar files (YAML beside a local document): what a person says of a document that the file itself does not tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import Enum
from typing import Any, TypeVar

import yaml

from osler.documents.text import clean
from osler.domain.document import Authority, Document, StudyDesign, parse_doi, parse_pmid
from osler.domain.part import Part, PartKind
from osler.domain.status import PublicationStatus
from osler.errors import InputFileError

MAX_CHARS = 100_000
_ID = re.compile(r"[a-z]+:\S+")
_STATUSES = (PublicationStatus.CURRENT, PublicationStatus.DRAFT, PublicationStatus.SUPERSEDED)


@dataclass(frozen=True, slots=True)
class Sidecar:
    """Only what was said; None and () leave the document as it is. issued, review_due: ISO dates. supersedes: document ids."""

    id: str | None = None
    title: str | None = None
    organisation: str | None = None
    authors: str | None = None
    year: int | None = None
    jurisdiction: str | None = None
    authority: Authority | None = None
    status: PublicationStatus | None = None
    kind: StudyDesign | None = None
    issued: str | None = None
    review_due: str | None = None
    supersedes: tuple[str, ...] = ()
    licence: str | None = None
    url: str | None = None
    doi: str | None = None
    pmid: str | None = None


def read_sidecar(text: str, name: str) -> Sidecar:
    """The sidecar `name`. Nothing is ignored: a misspelt "status: draft" would show a draft as current.

    Raises InputFileError, with the file and the key, for text that is not YAML, keys that do not exist or stand twice,
    values of the wrong type, and aliases (which a small file can use to grow without end).
    """
    values = _load(text, name)
    given: dict[str, Any] = {}
    for key, value in values.items():
        read = _READERS.get(key)
        if read is None:
            raise InputFileError(f"{name}: {key}: no such key; there are {', '.join(_READERS)}")
        if value is None:
            continue
        try:
            given[key] = read(value)
        except ValueError as error:
            raise InputFileError(f"{name}: {key}: {error}") from error
    return Sidecar(**given)


def apply_sidecar(document: Document, sidecar: Sidecar) -> Document:
    """The document with what the sidecar says of it. The text changes only where its title was the mere file name."""
    said = {f.name: getattr(sidecar, f.name) for f in fields(Sidecar) if getattr(sidecar, f.name)}
    bibliography: dict[str, Any] = {k: said.pop(k) for k in ("title", "authors", "year", "url", "doi", "pmid") if k in said}
    if "title" in bibliography:
        if document.bibliography.title_is_description:
            document = _retitled(document, bibliography["title"])
        bibliography["title_is_description"] = False
    return replace(document, bibliography=replace(document.bibliography, **bibliography), **said)


def _retitled(document: Document, title: str) -> Document:
    first = document.parts[0] if document.parts else None
    if first is None or first.kind is not PartKind.TITLE:
        return document
    shift = len(title) - first.end + first.start
    parts = (replace(first, end=first.end + shift), *(_shifted(p, shift) for p in document.parts[1:]))
    statements = tuple(replace(s, start=s.start + shift, end=s.end + shift) for s in document.statements)
    return replace(document, text=title + document.text[first.end :], parts=parts, statements=statements)


def _shifted(part: Part, shift: int) -> Part:
    cells = tuple(replace(c, start=c.start + shift, end=c.end + shift) for c in part.cells)
    return replace(part, start=part.start + shift, end=part.end + shift, cells=cells)


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    # Dates stay text, so that a wrong one is an error of its key.
    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not used here")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.YAMLError(f"{key}: stands twice")
        made: dict[Any, Any] = super().construct_mapping(node, deep)
        return made


def _load(text: str, name: str) -> Mapping[str, Any]:
    if len(text) > MAX_CHARS:
        raise InputFileError(f"{name}: more than {MAX_CHARS:,} characters")
    try:
        values = yaml.load(text, _Loader)  # noqa: S506 (a SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        problem = getattr(error, "problem", None) or str(error) or "nested too deeply"
        raise InputFileError(f"{name}: not YAML that can be used ({' '.join(str(problem).split())})") from error
    if values is None:
        return {}
    if not isinstance(values, dict) or not all(isinstance(k, str) for k in values):
        raise InputFileError(f"{name}: not a list of `key: value` lines")
    return values


def _text(value: object) -> str:
    cleaned = clean(value) if isinstance(value, str) else ""
    if not cleaned:
        raise ValueError("must be text")
    return cleaned


def _texts(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(_text(v) for v in items)


def _authors(value: object) -> str:
    return ", ".join(_texts(value))


def _year(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1800 <= value <= 2200:
        raise ValueError("must be a year, as 2026")
    return value


def _date(value: object) -> str:
    try:
        return date.fromisoformat(_text(value)).isoformat()
    except ValueError as error:
        raise ValueError("must be a date, as 2026-01-31") from error


def _id(value: object) -> str:
    text = _text(value)
    if not _ID.fullmatch(text):
        raise ValueError(f"{text!r} is not a document id, as local:my-guideline")
    return text


def _ids(value: object) -> tuple[str, ...]:
    return tuple(_id(v) for v in _texts(value))


def _url(value: object) -> str:
    text = _text(value)
    if not re.fullmatch(r"(?:https?://|file:)\S+", text):
        raise ValueError("must be an address that starts with https://")
    return text


def _pmid(value: object) -> str:
    return parse_pmid(str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(value))


_E = TypeVar("_E", bound=Enum)


def _one_of(*allowed: _E) -> Callable[[object], _E]:
    def read(value: object) -> _E:
        for member in allowed:
            if member.value == value:
                return member
        raise ValueError(f"must be one of {', '.join(m.value for m in allowed)}")

    return read


_READERS: Mapping[str, Callable[[object], object]] = {
    "id": _id,
    "title": _text,
    "organisation": _text,
    "authors": _authors,
    "year": _year,
    "jurisdiction": _text,
    "authority": _one_of(*Authority),
    "status": _one_of(*_STATUSES),
    "kind": _one_of(*StudyDesign),
    "issued": _date,
    "review_due": _date,
    "supersedes": _ids,
    "licence": _text,
    "url": _url,
    "doi": lambda value: parse_doi(_text(value)),
    "pmid": _pmid,
}
