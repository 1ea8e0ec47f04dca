"""One way to ask any source: a query in, its raw replies out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from osler.sources.clinicaltrials import fetch_clinicaltrials
from osler.sources.dailymed import fetch_dailymed
from osler.sources.europepmc import fetch_europepmc
from osler.sources.http import Client
from osler.sources.openfda import fetch_openfda
from osler.sources.paging import Fetched, Missing
from osler.sources.pubmed import fetch_pubmed
from osler.sources.query import Query, Source

_Fetcher = Callable[[Query, Client, int, date | None, str | None], Iterator[Fetched | Missing]]

_FETCHERS: dict[Source, _Fetcher] = {
    Source.PUBMED: fetch_pubmed,
    Source.EUROPEPMC: fetch_europepmc,
    Source.OPENFDA: fetch_openfda,
    Source.DAILYMED: fetch_dailymed,
    Source.CLINICALTRIALS: fetch_clinicaltrials,
}


def fetch(
    query: Query, client: Client, limit: int, since: date | None = None, resume_from: str | None = None
) -> Iterator[Fetched | Missing]:
    """Raw replies with together at most `limit` records, and what was asked for but did not come.

    since: only what the source changed from that day on. resume_from: `Fetched.resume` of an earlier fetch of the same query,
    limit and day; a reply may then come again, none is left out.
    Raises FetchError, after which the last `resume` still holds; ValueError for a limit under one.
    """
    if limit < 1:
        raise ValueError(f"a limit of {limit} records")
    return _FETCHERS[query.source](query, client, limit, since, resume_from)
