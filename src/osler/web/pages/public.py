"""Public: published articles, corrections, the board, the feed. No account is needed, and nothing else is indexed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse, Response

from osler.article.export import export
from osler.article.forms import Format
from osler.article.standing import reviewer_line
from osler.domain.article import Article, ReviewState
from osler.domain.review import Published
from osler.errors import UserError
from osler.review import public
from osler.web.forms import own_form, said
from osler.web.jsonld import linked_data
from osler.web.layout import article_view
from osler.web.pages.article import EXPORTS, evidence_of
from osler.web.picture import picture
from osler.web.published import INDEXED, Hit, feed
from osler.web.site import session_of, site_of

router = APIRouter(include_in_schema=False)

INDEX = {"x-robots-tag": "index, follow"}
ROBOTS = "User-agent: *\n" + "".join(
    f"Disallow: {path}\n" for path in ("/a/", "/account", "/ask", "/desk", "/people", "/questions", "/share/", "/submit/")
)
"""Shared links are not in it: a robot has to read their page to learn that it must not be indexed."""


@router.get("/articles")
def articles_page(http: HttpRequest) -> Response:
    found = [Hit(item) for item in public.listing(site_of(http).desk)]
    return site_of(http).page(http, "articles.html", headers=INDEX, found=found, looked_for="")


@router.post("/articles")
async def search_articles(http: HttpRequest) -> Response:
    """What is looked for may be a question about a patient: it travels in the body, as every question does."""
    looked_for, site = said(await own_form(http), "q")[:200], site_of(http)
    found = await run_in_threadpool(site.published.search, site.desk, looked_for)
    return site.page(http, "articles.html", found=found, looked_for=looked_for)


@router.get("/articles/{slug}")
def published_page(http: HttpRequest, slug: str) -> Response:
    return _published_page(http, slug, "")


@router.get("/articles/{slug}/for/{reader}")
def published_variant(http: HttpRequest, slug: str, reader: str) -> Response:
    return _published_page(http, slug, reader)


def _published_page(http: HttpRequest, slug: str, reader: str) -> Response:
    """The article as it was signed. A retracted one keeps its address (200) with reason and date, and has no text."""
    site, found = site_of(http), _found(http, slug, reader)
    article = found.article
    headers = INDEX if found.listed.state in INDEXED else None
    if article is None:
        return site.page(http, "retracted.html", found=found)
    return site.page(
        http, "published.html", headers=headers, found=found, article=article, view=article_view(article), picture=picture(article),
        linked=linked_data(article), base=_base(slug, reader), reviewers=[reviewer_line(r) for r in article.review.reviewers],
        exports=[(f.value, name) for f, name in EXPORTS.items()], indexed=headers is not None, origin=origin(http),
        changed=[e for e in found.log if e.state is not ReviewState.PUBLISHED],
    )  # fmt: skip


def origin(http: HttpRequest) -> str:
    """This server as the reader reached it; the Guard has checked the name."""
    return f"{'https' if site_of(http).serving.secure else 'http'}://{http.headers['host']}"


def _base(slug: str, reader: str) -> str:
    return f"/articles/{slug}/for/{reader}" if reader else f"/articles/{slug}"


def _found(http: HttpRequest, slug: str, reader: str = "") -> Published:
    found = public.published(site_of(http).desk, slug, reader or None)
    if found is None or (reader and reader not in found.listed.audiences):
        raise HTTPException(404, "No article was ever published at this address.")
    if found.article is None:
        return found
    # The desk knows the last part of the address only; whoever cites the article needs all of it.
    cited = found.article.how_to_cite.replace(f"Address: {slug}.", f"{origin(http)}{_base(slug, reader)}")
    return replace(found, article=replace(found.article, how_to_cite=cited))


def _text(http: HttpRequest, slug: str, reader: str = "") -> Article:
    article = _found(http, slug, reader).article
    if article is None:
        raise HTTPException(410, "The article that stood here was retracted.")
    return article


@router.get("/articles/{slug}/check/{claim}")
def check_page(http: HttpRequest, slug: str, claim: str) -> Response:
    return _check(http, slug, "", claim, "check.html")


@router.get("/articles/{slug}/check/{claim}/part")
def check_part(http: HttpRequest, slug: str, claim: str) -> Response:
    return _check(http, slug, "", claim, "parts/evidence.html")


@router.get("/articles/{slug}/for/{reader}/check/{claim}")
def check_variant_page(http: HttpRequest, slug: str, reader: str, claim: str) -> Response:
    return _check(http, slug, reader, claim, "check.html")


@router.get("/articles/{slug}/for/{reader}/check/{claim}/part")
def check_variant_part(http: HttpRequest, slug: str, reader: str, claim: str) -> Response:
    return _check(http, slug, reader, claim, "parts/evidence.html")


def _check(http: HttpRequest, slug: str, reader: str, claim: str, template: str) -> Response:
    article = _text(http, slug, reader)
    evidence = evidence_of(http, article, claim)
    return site_of(http).page(http, template, base=_base(slug, reader), article=article, evidence=evidence)


@router.get("/articles/{slug}/export/{kind}")
async def export_published(http: HttpRequest, slug: str, kind: str) -> Response:
    return await exported(http, await run_in_threadpool(_text, http, slug), kind, f"osler-{slug}")


@router.get("/articles/{slug}/for/{reader}/export/{kind}")
async def export_variant(http: HttpRequest, slug: str, reader: str, kind: str) -> Response:
    return await exported(http, await run_in_threadpool(_text, http, slug, reader), kind, f"osler-{slug}")


async def exported(http: HttpRequest, article: Article, kind: str, name: str) -> Response:
    """An article as a file. Bounded as questions are: a PDF takes seconds."""
    form = next((f for f in Format if f.value == kind), None)
    if form is None:
        raise HTTPException(404, "There is no such form of the article.")
    try:
        made = await asyncio.wrap_future(site_of(http).asking.submit(session_of(http).owner, lambda: export(article, form)))
    except UserError as error:
        raise HTTPException(501, f"{error}.") from None
    headers = {"Content-Disposition": f'attachment; filename="{name}{form.suffix}"'}
    return Response(made, media_type=form.media_type, headers=headers)


@router.get("/corrections")
def corrections_page(http: HttpRequest) -> Response:
    site = site_of(http)
    log = [e for e in public.corrections(site.desk) if e.state is not ReviewState.PUBLISHED]
    return site.page(http, "corrections.html", headers=INDEX, log=log)


@router.get("/board")
def board_page(http: HttpRequest) -> Response:
    site = site_of(http)
    return site.page(http, "board.html", headers=INDEX, board=public.board(site.desk), held=public.policy(site.desk))


@router.get("/feed.atom")
def feed_file(http: HttpRequest) -> Response:
    desk = site_of(http).desk
    notes = {e.slug: (e.at, e.note) for e in reversed(public.corrections(desk))}
    return Response(feed(origin(http), public.listing(desk), notes), media_type="application/atom+xml", headers=INDEX)


@router.get("/robots.txt")
def robots() -> Response:
    return PlainTextResponse(ROBOTS)
