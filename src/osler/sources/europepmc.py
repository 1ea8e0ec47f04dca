"""Europe PMC: searches as its own JSON, and open-access full texts by PMC number.

Source: Articles RESTful API, https://europepmc.org/RestfulWebService (version 6.9, read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from osler.errors import FetchError
from osler.sources.http import EUROPEPMC, Client, Request
from osler.sources.paging import Fetched, Missing, Page, pages, parse_token, token
from osler.sources.query import Query
from osler.sources.replies import Cut, Format, Reply, check_end, count, dig, json_object, records

BASE = f"https://{EUROPEPMC}/europepmc/webservices/rest"
PAGE = 100
"""Up to 1,000 are allowed; a core record has up to 50 kB."""


def fetch_europepmc(
    query: Query, client: Client, limit: int, since: date | None, resume: str | None
) -> Iterator[Fetched | Missing]:
    """since: records updated from that day on; it does not narrow a list of numbers."""
    if query.ids:
        yield from _full_texts(query, client, limit, resume)
        return
    # With a trailing date a query has to be put in brackets, for OR binds less than AND.
    words = query.words if since is None else f"({query.words}) AND UPDATE_DATE:[{since.isoformat()} TO 3000-12-31]"

    def load(cursor: str, size: int) -> Page:
        params = (
            ("query", words),
            ("resultType", "core"),
            ("format", "json"),
            ("pageSize", str(size)),
            ("cursorMark", cursor or "*"),
        )

        def read(reply: Reply) -> Page:
            answer = json_object(reply.body, EUROPEPMC)
            found = records(answer, EUROPEPMC, "resultList", "result")
            onward = dig(answer, "nextCursorMark")
            last = not isinstance(onward, str) or onward == (cursor or "*")  # the last page repeats its own mark, or has none
            return Page(reply, len(found), count(dig(answer, "hitCount")), None if last else onward)

        return client.send(Request(f"{BASE}/search", Format.JSON, params), read)

    yield from pages(query, "europepmc", limit, PAGE, resume, load)


def _full_texts(query: Query, client: Client, limit: int, resume: str | None) -> Iterator[Fetched | Missing]:
    """One JATS article a reply; what is not open access has none (status 404)."""
    begin, _ = parse_token(resume)
    last = min(len(query.ids), limit)
    for position, pmcid in enumerate(query.ids[begin:last], start=begin + 1):
        try:
            reply = client.send(
                Request(f"{BASE}/{pmcid}/fullTextXML", Format.XML), lambda reply: check_end(reply, b"article", EUROPEPMC)
            )
        except Cut as error:
            yield Missing(pmcid, str(error))
            continue
        except FetchError as error:
            if error.status != 404:
                raise
            yield Missing(pmcid, "Europe PMC has no open full text of it")
            continue
        onward = token(position, "") if position < last else None
        yield Fetched(f"europepmc, {pmcid}", reply.body, "jats", query, position, len(query.ids), reply.url, onward)
