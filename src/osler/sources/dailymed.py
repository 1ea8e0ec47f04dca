"""DailyMed: the list of labels of a drug, then each label as SPL.

Source: https://dailymed.nlm.nih.gov/dailymed/app-support-web-services.cfm (version 2, read 2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from osler.errors import FetchError
from osler.sources.http import DAILYMED, Client, Request
from osler.sources.paging import Fetched, Missing, parse_token, token
from osler.sources.query import Query
from osler.sources.replies import Cut, Format, Reply, check_end, count, dig, json_object, records

BASE = f"https://{DAILYMED}/dailymed/services/v2"
PAGE = 100
"""The most that is allowed."""

_SET_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def fetch_dailymed(query: Query, client: Client, limit: int, since: date | None, resume: str | None) -> Iterator[Fetched | Missing]:
    """since: labels published from that day on; it does not narrow a list of set ids."""
    position, _ = parse_token(resume)
    while position < limit:
        if query.ids:
            listed, total = list(query.ids), len(query.ids)
        else:
            listed, total = _list(query, client, position // PAGE + 1, since)
        start = position if query.ids else position % PAGE
        here = listed[start : start + limit - position]
        for set_id in here:
            position += 1
            onward = token(position, "") if position < min(limit, total) else None
            yield _label(query, client, set_id, position, total, onward)
        if position >= total:
            return
        if not here:
            yield Missing(str(query), f"dailymed announced {total:,} labels and stopped after {position:,}")
            return


def _list(query: Query, client: Client, page: int, since: date | None) -> tuple[list[str], int]:
    """Set ids of one page (1-based), and how many there are in all."""
    params = [("drug_name", query.words), ("pagesize", str(PAGE)), ("page", str(page))]
    if since is not None:
        params += [("published_date", since.isoformat()), ("published_date_comparison", "gte")]

    def read(reply: Reply) -> tuple[list[str], int]:
        answer = json_object(reply.body, DAILYMED)
        ids = [str(dig(entry, "setid")).lower() for entry in records(answer, DAILYMED, "data")]
        total = count(dig(answer, "metadata", "total_elements"))
        if total is None:
            raise FetchError(f"{DAILYMED} sent a list that does not say how long it is")
        return ids[:PAGE], total

    return client.send(Request(f"{BASE}/spls.json", Format.JSON, tuple(params)), read)


def _label(query: Query, client: Client, set_id: str, position: int, total: int, onward: str | None) -> Fetched | Missing:
    if not _SET_ID.fullmatch(set_id):  # it becomes part of an address
        return Missing(set_id[:80], "DailyMed lists it under what is not a set id")
    try:
        reply = client.send(Request(f"{BASE}/spls/{set_id}.xml", Format.XML), lambda reply: check_end(reply, b"document", DAILYMED))
    except Cut as error:  # one label that DailyMed cannot send whole must not bar the way to the others
        return Missing(set_id, str(error))
    except FetchError as error:
        if error.status != 404:
            raise
        return Missing(set_id, "DailyMed has no such label (any more)")
    return Fetched(f"dailymed, {set_id}", reply.body, "spl", query, position, total, reply.url, onward)
