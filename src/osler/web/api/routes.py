"""What the routes share: how a reply is written, which problems each can give, where a page of a list ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from osler.domain.codec import encode
from osler.web.answering import Job
from osler.web.api.caller import Caller
from osler.web.api.problems import KINDS
from osler.web.api.replies import Problem
from osler.web.api.strict import StrictRoute
from osler.web.site import site_of

T = TypeVar("T")
MAX_OFFSET = 10_000

Limit = Annotated[int, Query(ge=1, le=100, description="Entries at most.")]
Offset = Annotated[int, Query(ge=0, le=MAX_OFFSET, description="Entries to leave out, from the first.")]


def api_router(tag: str) -> APIRouter:
    return APIRouter(route_class=StrictRoute, tags=[tag])


def noun_reply(noun: Any, headers: dict[str, str] | None = None) -> Response:
    """A noun as the codec writes it. What has no UTF-8 (half a surrogate pair in a document) is a question mark."""
    return json_reply(encode(noun), headers)


def json_reply(value: Any, headers: dict[str, str] | None = None) -> Response:
    body = json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
    return Response(body, 200, headers, "application/json")


def files(media_types: Iterable[str]) -> dict[str, Any]:
    """For a route's documentation: files of these kinds, of which only JSON has a structure."""
    kinds = dict.fromkeys(m.partition(";")[0] for m in media_types)
    return {m: {"schema": {} if m.endswith("json") else {"type": "string", "format": "binary"}} for m in kinds}


def responses(*slugs: str, noun: Any = None, content: dict[str, Any] | None = None) -> dict[int | str, dict[str, Any]]:
    """For a route's documentation: what it gives (a noun, or other content), and its problems beside those of every route."""
    found: dict[int | str, dict[str, Any]] = {}
    for kind in KINDS.values():
        if kind.slug in slugs or kind.slug in ("wrong-host", "failed", "library-unusable"):
            other = found.get(kind.status)
            said = f"`{kind.slug}`: {kind.title}"
            found[kind.status] = {"model": Problem, "description": f"{other['description']}; {said}" if other else said}
    if noun is not None or content is not None:
        found[200] = (
            {"description": "Done"} | ({"model": noun} if noun is not None else {}) | ({"content": content} if content else {})
        )
    return found


ASKS = ("key-in-address", "key-needed", "key-not-valid", "too-many")
"""Problems of every route that needs a key."""
SENDS = ("bad-json", "too-large", "not-json", "not-valid")
"""Problems of every route with a body."""
WORKS = ("busy",)
"""Problems of every route that takes a place in the queue."""


async def queued(http: HttpRequest, who: Caller, job: Callable[[], T]) -> T:
    """Done in the queue of questions, so that no amount of it makes the server slow for others. Raises HTTPException 429, 503."""
    return await asyncio.wrap_future(site_of(http).asking.submit(who.owner, job))


async def worked(http: HttpRequest, who: Caller, job: Job[T]) -> T:
    """The same for work on the library, in a process of its own. Raises HTTPException 429, 503, and what the job raises."""
    return await queued(http, who, lambda: site_of(http).asking.work(job))


def next_page(http: HttpRequest, total: int, limit: int, offset: int) -> str | None:
    after = offset + limit
    return f"{http.url.path}?{urlencode({'limit': limit, 'offset': after})}" if after < min(total, MAX_OFFSET + 1) else None
