"""PubMed records by PMID or by search, through NCBI's E-utilities.

Source: The E-utilities In-Depth, https://www.ncbi.nlm.nih.gov/books/NBK25499/, and usage rules, /books/NBK25497/
(read 2026-11). Every request is a POST: an address never holds a key, nor a search of any length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from osler.errors import FetchError, InputFileError
from osler.sources.http import NCBI, Client, Request
from osler.sources.paging import Fetched, Missing, parse_token, token
from osler.sources.query import Query
from osler.sources.replies import Format, Reply, check_end, count, dig, json_object

BASE = f"https://{NCBI}/entrez/eutils"
BATCH = 200
REACH = 9_999
"""PubMed hands out no more of one search, whatever retstart says (seen since 2022; NBK25499, ESearch, retmax)."""

_ANSWERS = frozenset({200, 400})
_RECORD = re.compile(rb"<(?:MedlineCitation|BookDocument)\b[^>]*>\s*<PMID\b[^>]*>\s*(\d{1,9})\s*<")


@dataclass(frozen=True, slots=True)
class _Search:
    """A search that NCBI keeps for us (its history server): how many match, and the two keys to it."""

    total: int
    key: str
    webenv: str
    ignored: tuple[str, ...] = ()


class _HistoryLost(FetchError):
    """NCBI has not got the search: no longer (it keeps one for some hours), or not yet on the machine that was asked."""


def fetch_pubmed(query: Query, client: Client, limit: int, since: date | None, resume: str | None) -> Iterator[Fetched | Missing]:
    """since: records changed from that day on (it does not narrow a list of PMIDs)."""
    if query.ids:
        yield from _by_number(query, client, limit, resume)
    else:
        yield from _by_search(query, client, limit, since, resume)


def _by_number(query: Query, client: Client, limit: int, resume: str | None) -> Iterator[Fetched | Missing]:
    position, _ = parse_token(resume)
    wanted = query.ids[:limit]
    while position < len(wanted):
        batch = wanted[position : position + BATCH]
        reply, sent = _fetch(client, (("id", ",".join(batch)),))
        first, position = position + 1, position + len(batch)
        if sent:
            onward = token(position, "") if position < len(wanted) else None
            yield Fetched(
                f"pubmed, records {first} to {position}", reply.body, "pubmed", query, position, len(wanted), reply.url, onward
            )
        yield from (Missing(f"pmid:{pmid}", "PubMed sent no such record") for pmid in batch if pmid not in sent)


def _by_search(query: Query, client: Client, limit: int, since: date | None, resume: str | None) -> Iterator[Fetched | Missing]:
    """A search that NCBI has forgotten since is made anew and read from the beginning, for its order may have changed."""
    position, cursor = parse_token(resume)
    search = _remembered(cursor) if cursor else _search(query, client, since)
    yield from (Missing(str(query), note) for note in search.ignored)
    last = min(limit, search.total, REACH)
    while position < last:
        size = min(BATCH, last - position)
        history = (("query_key", search.key), ("WebEnv", search.webenv), ("retstart", str(position)), ("retmax", str(size)))
        try:
            reply, sent = _fetch(client, history)
        except _HistoryLost:
            if not cursor:
                raise
            yield from _by_search(query, client, limit, since, None)
            return
        first, position = position + 1, position + size
        onward = token(position, f"{search.total},{search.key},{search.webenv}") if position < last else None
        name = f"pubmed, records {first} to {position}"
        if sent:
            yield Fetched(name, reply.body, "pubmed", query, position, search.total, reply.url, onward)
        if len(sent) < size:
            yield Missing(name, f"PubMed sent {len(sent)} of {size} records")
    if min(limit, search.total) > REACH:
        reason = f"PubMed hands out {REACH:,} of the {search.total:,} records of one search; ask by year (2024[dp]) for the others"
        yield Missing(str(query), reason)


def _search(query: Query, client: Client, since: date | None) -> _Search:
    words = query.words if since is None else f'({query.words}) AND ("{since:%Y/%m/%d}"[mdat] : "3000"[mdat])'
    form = (("db", "pubmed"), ("term", words), ("usehistory", "y"), ("retmax", "0"), ("retmode", "json"))

    def read(reply: Reply) -> _Search:
        _refused(reply)
        found = dig(json_object(reply.body, NCBI), "esearchresult")
        if dig(found, "ERROR") is not None:  # status 200, and usually gone at the next try
            raise FetchError(f"{NCBI} could not make the search just now", retryable=True)
        total = count(dig(found, "count"))
        key, webenv = dig(found, "querykey"), dig(found, "webenv")
        if total is None or not _is_key(str(key)) or not isinstance(webenv, str) or not webenv:
            raise FetchError(f"{NCBI} sent an answer of another shape (no count, querykey or webenv)")
        return _Search(total, str(key), webenv, tuple(_ignored(found)))

    return client.send(Request(f"{BASE}/esearch.fcgi", Format.JSON, form=form, accept=_ANSWERS), read)


def _ignored(found: object) -> Iterator[str]:
    """PubMed leaves out what it does not know and answers the rest: a misspelt drug widens the search, so it is said."""
    for path in (("errorlist", "phrasesnotfound"), ("errorlist", "fieldsnotfound"), ("warninglist", "quotedphrasesnotfound")):
        phrases = dig(found, *path)
        for phrase in phrases if isinstance(phrases, list) else []:
            yield f"PubMed does not know {str(phrase)[:100]!r} and searched without it"


def _fetch(client: Client, which: tuple[tuple[str, str], ...]) -> tuple[Reply, frozenset[str]]:
    """One batch, and the PMIDs of the records in it."""

    def read(reply: Reply) -> tuple[Reply, frozenset[str]]:
        _refused(reply)
        if b"<ERROR>" in reply.body[:2_000]:  # with status 200
            lost = re.search(rb"history|query|webenv", reply.body[:2_000], re.IGNORECASE)
            raise (_HistoryLost if lost else FetchError)(f"{NCBI} could not hand out the records", retryable=True)
        check_end(reply, b"PubmedArticleSet", NCBI)
        return reply, frozenset(pmid.decode().lstrip("0") for pmid in _RECORD.findall(reply.body))

    form = (("db", "pubmed"), ("retmode", "xml"), *which)
    return client.send(Request(f"{BASE}/efetch.fcgi", Format.XML, form=form, accept=_ANSWERS), read)


def _refused(reply: Reply) -> None:
    """Raises FetchError for status 400, by what NCBI says is wrong: a bad key, a search it has not got, or the request."""
    if reply.status != 400:
        return
    said = reply.body[:2_000].lower()
    if b"api key" in said or b"api-key" in said:
        raise FetchError(f"{NCBI} does not accept the NCBI key in the settings", status=400)
    if b"history" in said or b"webenv" in said or b"query" in said:
        raise _HistoryLost(f"{NCBI} has not got the search (any more)", retryable=True, status=400)
    raise FetchError(f"{NCBI} refused the request (400)", status=400)


def _remembered(cursor: str) -> _Search:
    total, _, rest = cursor.partition(",")
    key, _, webenv = rest.partition(",")
    if count(total) is None or not _is_key(key) or not webenv:
        raise InputFileError("that is not a token to resume a PubMed search with")
    return _Search(count(total) or 0, key, webenv)


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 6
