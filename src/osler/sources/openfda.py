"""openFDA drug labels by name, set id or its own search syntax.

Source: https://open.fda.gov/apis/drug/label/, /apis/query-parameters/ and /apis/paging/ (read 2026-11). `skip` ends at
26,000 matches; `search_after`, which the Link header hands out, has no end, so it is used from the first page on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from urllib.parse import parse_qs, urlsplit

from osler.errors import FetchError
from osler.sources.http import OPENFDA, Client, Request
from osler.sources.paging import Fetched, Missing, Page, pages
from osler.sources.query import Query
from osler.sources.replies import Format, Reply, count, dig, json_object, records

URL = f"https://{OPENFDA}/drug/label.json"
PAGE = 25
"""Up to 1,000 are allowed, but one label has up to 1 MB."""
NAME_FIELDS = ("openfda.generic_name", "openfda.brand_name", "openfda.substance_name", "spl_product_data_elements")
"""Unapproved drugs have no openfda part; their names stand in the product data only."""

_NEXT = re.compile(r'<([^<>]*)>\s*;\s*rel="?next"?', re.IGNORECASE)


def fetch_openfda(query: Query, client: Client, limit: int, since: date | None, resume: str | None) -> Iterator[Fetched | Missing]:
    """since: labels in force from that day on."""
    search = search_text(query, since)

    def load(cursor: str, size: int) -> Page:
        params = [("search", search), ("limit", str(size)), ("sort", "effective_time:desc")]
        if cursor:
            params.append(("search_after", cursor))

        def read(reply: Reply) -> Page:
            answer = json_object(reply.body, OPENFDA)
            if reply.status == 404:
                if dig(answer, "error", "code") != "NOT_FOUND":
                    raise FetchError(f"{OPENFDA} answered 404 without saying that nothing matches", status=404)
                return Page(reply, 0, None if cursor else 0, None)
            found = records(answer, OPENFDA, "results")
            return Page(reply, len(found), count(dig(answer, "meta", "results", "total")), next_cursor(reply.links))

        return client.send(Request(URL, Format.JSON, tuple(params), accept=frozenset({200, 404})), read)

    yield from pages(query, "openfda", limit, PAGE, resume, load)


def search_text(query: Query, since: date | None) -> str:
    """The value of `search`. Words with a colon are taken as openFDA's own syntax, others as the name of a drug."""
    if query.ids:
        search = " ".join(f'set_id:"{set_id}"' for set_id in query.ids)
    elif ":" in query.words:
        search = query.words
    else:
        name = re.sub(r'["\\]', " ", query.words).strip()
        search = " ".join(f'{field}:"{name}"' for field in NAME_FIELDS)  # a space is OR
    return search if since is None else f"({search}) AND effective_time:[{since:%Y%m%d} TO 29991231]"


def next_cursor(links: str) -> str | None:
    """`search_after` of the Link header's next page; the address around it is not trusted, only this value is used."""
    found = _NEXT.search(links)
    if found is None:
        return None
    try:
        values = parse_qs(urlsplit(found.group(1)).query).get("search_after")
    except ValueError:
        return None
    return values[0] if values else None
