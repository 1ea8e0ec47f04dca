"""Published articles, as the public reads them: what people have signed, and what became of it. No key is needed."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from osler.domain.codec import encode
from osler.domain.question import Audience
from osler.domain.review import Published
from osler.review.public import listing, published
from osler.web.api.problems import Told
from osler.web.api.replies import ArticleLine, ArticlePage
from osler.web.api.routes import Limit, Offset, api_router, next_page, noun_reply, responses
from osler.web.site import site_of

router = api_router("articles")


@router.get("/articles", summary="Published articles", responses=responses("not-valid"))
def articles(http: HttpRequest, limit: Limit = 20, offset: Offset = 0) -> ArticlePage:
    """The last changed first; retracted and superseded ones are among them, and say so."""
    every = listing(site_of(http).desk)
    lines = [ArticleLine(**encode(a), address=f"{http.url.path}/{a.slug}") for a in every[offset : offset + limit]]
    return ArticlePage(total=len(every), articles=lines, next=next_page(http, len(every), limit, offset))


@router.get("/articles/{slug}", summary="A published article", responses=responses("no-such-article", "not-valid", noun=Published), response_model=None)  # fmt: skip
def article(
    http: HttpRequest,
    slug: Annotated[str, Path(min_length=1, max_length=200)],
    audience: Annotated[Audience | None, Query(description="The variant for this reader, where there is one.")] = None,
) -> Response:
    """The text as it was signed (`article`), with who signed it and the log of its life. Of a retracted one only the reason is left."""
    found = published(site_of(http).desk, slug, audience.value if audience else None)
    if found is None:
        raise Told("no-such-article")
    return noun_reply(found)
