"""Query: what to ask which source, as typed ("pubmed:baclofen AND dialysis") and as stored to be asked again."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from osler.domain.document import parse_pmid
from osler.errors import InputFileError

MAX_WORDS_CHARACTERS = 2_000
"""The longest published search strategies are longer, but a source refuses them in one request."""
MAX_IDS = 10_000

_PREFIX = re.compile(r"([A-Za-z]{2,}):(?!//)")
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class Source(StrEnum):
    """Who can be asked; the value is the prefix."""

    PUBMED = "pubmed"
    EUROPEPMC = "europepmc"
    OPENFDA = "openfda"
    DAILYMED = "dailymed"
    CLINICALTRIALS = "clinicaltrials"


@dataclass(frozen=True, slots=True)
class Query:
    """Either `ids` (each once, in order) or `words` in the source's own search language; never both.

    `str(query)` is the canonical text: parsing it gives the same query.
    """

    source: Source
    words: str = ""
    ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if bool(self.words) == bool(self.ids):
            raise ValueError("a query has either words or ids")

    def __str__(self) -> str:
        dataset = "label:" if self.source is Source.OPENFDA else ""
        return f"{self.source}:{dataset}{','.join(self.ids) or self.words}"


def is_query(text: str) -> bool:
    """Whether the text has a source's prefix, or one that looks like it: two letters or more and a colon, no "//".

    A file may have such a name too: ask whether it exists first.
    """
    return _PREFIX.match(text.strip()) is not None


def parse_query(text: str) -> Query:
    """The query that was typed. PMIDs, set ids, NCT and PMC numbers may be listed with commas or spaces.

    Raises InputFileError for an unknown source, nothing to ask, control characters, or too long a text.
    """
    prefix = _PREFIX.match(text.strip())
    name = prefix.group(1).lower() if prefix else ""
    if prefix is None or name not in list(Source):
        known = ", ".join(f"{source}:" for source in Source)
        raise InputFileError(f"{text.strip()[:60]!r} names no source that can be asked; known are {known}")
    source = Source(name)
    rest = " ".join(text.strip()[prefix.end() :].split())
    if source is Source.OPENFDA:
        rest = _label(rest)
    if not rest:
        raise InputFileError(f"{source}: needs something to ask for, as in {_EXAMPLES[source]}")
    if not rest.isprintable():
        raise InputFileError(f"{source}: the text to ask for has control characters in it")
    ids = _ids(source, rest)
    if ids is None and len(rest) > MAX_WORDS_CHARACTERS:
        raise InputFileError(f"{source}: at most {MAX_WORDS_CHARACTERS:,} characters can be asked for")
    if ids is not None and len(ids) > MAX_IDS:
        raise InputFileError(f"{source}: at most {MAX_IDS:,} records can be asked for by number")
    return Query(source, ids=ids) if ids else Query(source, words=rest)


_EXAMPLES = {
    Source.PUBMED: "pubmed:baclofen AND renal insufficiency, or pubmed:12345678",
    Source.EUROPEPMC: "europepmc:gabapentin dialysis, or europepmc:PMC1234567",
    Source.OPENFDA: "openfda:label:gabapentin",
    Source.DAILYMED: "dailymed:gabapentin",
    Source.CLINICALTRIALS: "clinicaltrials:uremic pruritus, or clinicaltrials:NCT01234567",
}


def _label(rest: str) -> str:
    """What follows "label:", the one openFDA data set that is read."""
    dataset, colon, words = rest.partition(":")
    if not colon or dataset.strip().lower() != "label":
        raise InputFileError(f"openfda: only drug labels can be asked for, as in {_EXAMPLES[Source.OPENFDA]}")
    return words.strip()


_IDS: dict[Source, tuple[str, Callable[[str], str]]] = {
    Source.PUBMED: (r"0*[1-9]\d{0,8}", parse_pmid),
    Source.EUROPEPMC: (r"PMC[1-9]\d{0,8}", str.upper),
    Source.OPENFDA: (_UUID, str.lower),
    Source.DAILYMED: (_UUID, str.lower),
    Source.CLINICALTRIALS: (r"NCT\d{8}", str.upper),
}


def _ids(source: Source, text: str) -> tuple[str, ...] | None:
    """The record numbers, if the text is nothing else; each once, shorter and smaller first."""
    pattern, canonical = _IDS[source]
    pieces = [piece for piece in re.split(r"[,\s]+", text) if piece]
    if not pieces or not all(re.fullmatch(pattern, piece, re.IGNORECASE | re.ASCII) for piece in pieces):
        return None
    return tuple(sorted({canonical(piece) for piece in pieces}, key=lambda i: (len(i), i)))
