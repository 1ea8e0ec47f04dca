"""ClinicalTrials.gov studies by words or NCT numbers.

Source: https://clinicaltrials.gov/data-api/api (API version 2, read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from osler.sources.http import CLINICALTRIALS, Client, Request
from osler.sources.paging import Fetched, Missing, Page, pages, parse_token, token
from osler.sources.query import Query
from osler.sources.replies import Format, Reply, count, dig, json_object, records

URL = f"https://{CLINICALTRIALS}/api/v2/studies"
PAGE = 20
"""Up to 1,000 are allowed, but one study with posted results has up to several MB."""


def fetch_clinicaltrials(
    query: Query, client: Client, limit: int, since: date | None, resume: str | None
) -> Iterator[Fetched | Missing]:
    """since: studies whose last update was posted from that day on; it does not narrow a list of numbers."""
    if query.ids:
        yield from _by_number(query, client, limit, resume)
        return
    asked = [("format", "json"), ("query.term", query.words), ("countTotal", "true")]
    if since is not None:
        asked.append(("filter.advanced", f"AREA[LastUpdatePostDate]RANGE[{since.isoformat()},MAX]"))

    def load(cursor: str, size: int) -> Page:
        params = [*asked, ("pageSize", str(size)), *([("pageToken", cursor)] if cursor else [])]

        def read(reply: Reply) -> Page:
            answer = json_object(reply.body, CLINICALTRIALS)
            onward = dig(answer, "nextPageToken")
            cursor = onward if isinstance(onward, str) and onward else None
            return Page(reply, len(records(answer, CLINICALTRIALS, "studies")), count(dig(answer, "totalCount")), cursor)

        return client.send(Request(URL, Format.JSON, tuple(params)), read)

    yield from pages(query, "clinicaltrials", limit, PAGE, resume, load)


def _by_number(query: Query, client: Client, limit: int, resume: str | None) -> Iterator[Fetched | Missing]:
    position, _ = parse_token(resume)
    wanted = query.ids[:limit]

    def read(reply: Reply) -> tuple[Reply, frozenset[str]]:
        studies = records(json_object(reply.body, CLINICALTRIALS), CLINICALTRIALS, "studies")
        return reply, frozenset(name for study in studies for name in _names(study))

    while position < len(wanted):
        batch = wanted[position : position + PAGE]
        params = (("format", "json"), ("filter.ids", ",".join(batch)), ("pageSize", str(PAGE)))
        reply, sent = client.send(Request(URL, Format.JSON, params), read)
        first, position = position + 1, position + len(batch)
        onward = token(position, "") if position < len(wanted) else None
        if sent:
            name = f"clinicaltrials, records {first} to {position}"
            yield Fetched(name, reply.body, "clinicaltrials", query, position, len(wanted), reply.url, onward)
        yield from (Missing(f"nct:{nct}", "ClinicalTrials.gov sent no such study") for nct in batch if nct not in sent)


def _names(study: object) -> list[str]:
    """The study's number, and those it had before (a number asked for may have been merged into another)."""
    names = [dig(study, "protocolSection", "identificationModule", "nctId")]
    aliases = dig(study, "protocolSection", "identificationModule", "nctIdAliases")
    names += aliases if isinstance(aliases, list) else []
    return [name for name in names if isinstance(name, str)]
