"""What a fetch hands on, and the one loop over a source's pages: bounded, resumable, honest about what did not come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from osler.errors import FetchError, InputFileError
from osler.sources.query import Query
from osler.sources.replies import Reply


@dataclass(frozen=True, slots=True)
class Fetched:
    """One raw reply of a source.

    name: for messages. format: which parser of `documents/` reads it ("pubmed", "jats", "europepmc", "openfda", "spl",
    "clinicaltrials"). position: records handed on up to and with this reply, of `total` (None: the source does not say).
    url: where it came from, without keys. resume: hand it to `fetch` to go on behind this reply; None after the last.
    """

    name: str
    data: bytes
    format: str
    query: Query
    position: int
    total: int | None
    url: str
    resume: str | None


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that was asked for and did not come, or was not asked as typed; `reason` is one line for a person."""

    record: str
    reason: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page: how many records, how many match in all, and the cursor of the next page (None: this is the last)."""

    reply: Reply
    records: int
    total: int | None
    cursor: str | None


def token(position: int, cursor: str) -> str:
    return f"{position}|{cursor}"


def parse_token(text: str | None) -> tuple[int, str]:
    """Position and cursor of a resume token; the beginning without one. Raises InputFileError."""
    position, bar, cursor = (text if text is not None else "0|").partition("|")
    if not bar or not position.isdecimal() or len(position) > 12 or len(cursor) > 20_000:
        raise InputFileError("that is not a token to resume a fetch with")
    return int(position), cursor


def pages(
    query: Query, style: str, limit: int, size: int, resume: str | None, load: Callable[[str, int], Page]
) -> Iterator[Fetched | Missing]:
    """All pages up to `limit` records. load(cursor, how many) gets one; the cursor of the first is "".

    A source that stops before the number it announced is reported. Raises FetchError when it hands out the same cursor
    again, or a page larger than asked for.
    """
    position, cursor = parse_token(resume)
    total: int | None = None
    while position < limit:
        wanted = min(size, limit - position)
        page = load(cursor, wanted)
        if page.total is not None:  # a count that shrinks on the way is no reason to keep silent about the rest
            total = max(total or 0, page.total)
        if page.records > wanted:
            raise FetchError(f"{query.source} sent {page.records} records where {wanted} were asked for")
        if page.cursor is not None and page.cursor == cursor and page.records:
            raise FetchError(f"{query.source} sent the same page twice")
        first, position = position + 1, position + page.records
        more = page.cursor is not None and page.records > 0 and position < limit
        if page.records:
            resume = token(position, page.cursor) if more and page.cursor is not None else None
            name = f"{query.source}, records {first} to {position}"
            yield Fetched(name, page.reply.body, style, query, position, total, page.reply.url, resume)
        if not more:
            break
        cursor = page.cursor or ""
    short = min(limit, total or 0) - position
    if short > 0:
        yield Missing(str(query), f"{query.source} announced {total:,} records and stopped after {position:,}")
