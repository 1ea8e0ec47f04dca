"""Share: a link by which others read one article of mine, without the question's own words, until I revoke it."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response

from osler.accounts.people import get_account
from osler.casebook.shares import Share, Shares
from osler.casebook.today import as_of_today
from osler.domain.account import Actor, Means
from osler.domain.article import Article, ReviewState
from osler.errors import Refused
from osler.review import history
from osler.review.content import public_form
from osler.review.states import PUBLIC
from osler.review.turn import check_public
from osler.web.forms import own_form, said
from osler.web.layout import article_view, is_reviewed
from osler.web.pages.article import EXPORTS, evidence_of
from osler.web.pages.public import exported, origin
from osler.web.picture import picture
from osler.web.security import ANONYMOUS
from osler.web.shelf import Kept
from osler.web.site import Site, session_of, site_of

router = APIRouter(include_in_schema=False)


@router.get("/share/{token}")
def share_page(http: HttpRequest, token: str) -> Response:
    return _share_page(http, _own(http, token))


def _share_page(http: HttpRequest, kept: Kept, link: str = "", problems: tuple[str, ...] = (), status: int = 200) -> Response:
    links = _shares(http).of(session_of(http).owner, kept.token)
    hours = site_of(http).serving.anonymous_hours if session_of(http).owner.startswith(ANONYMOUS) else None
    return site_of(http).page(http, "share.html", status, kept=kept, links=links, link=link, problems=problems, hours=hours)


@router.post("/share/{token}")
async def share(http: HttpRequest, token: str) -> Response:
    """A new link, shown on the page that answers and never again; 409 when the text carries a sign of a patient."""
    await own_form(http)
    kept = await run_in_threadpool(_own, http, token)
    try:
        check_public(_without_question(kept.article), (), [kept.article.question.text])
        secret = await run_in_threadpool(_shares(http).make_link, session_of(http).owner, token)
        if secret is None:
            raise Refused("there are many links to this article already: revoke one")
    except Refused as refused:
        reasons = tuple(f"{r[:1].upper()}{r[1:]}." for r in refused.reasons)
        return await run_in_threadpool(_share_page, http, kept, "", reasons, 409)
    return await run_in_threadpool(_share_page, http, kept, f"{origin(http)}/s/{secret}")


@router.post("/share/{token}/revoke")
async def revoke(http: HttpRequest, token: str) -> Response:
    number = said(await own_form(http), "number")
    kept = await run_in_threadpool(_own, http, token)
    if number.isascii() and number.isdecimal():
        await run_in_threadpool(_shares(http).revoke, session_of(http).owner, kept.token, int(number[:9]))
    return RedirectResponse(f"/share/{token}", 303)


@router.get("/s/{secret}")
def shared_page(http: HttpRequest, secret: str) -> Response:
    """What stands behind a link now: the article with its banner; its public page once it has one."""
    site, (article, slug) = site_of(http), _shared(http, secret)
    if slug:
        return RedirectResponse(f"/articles/{slug}", 303)
    article, since = as_of_today(site.asking.library().catalog, article)
    return site.page(
        http, "shared.html", since=since, article=article, view=article_view(article), picture=picture(article), base=f"/s/{secret}",
        exports=[(f.value, name) for f, name in EXPORTS.items()], reviewed=is_reviewed(article.review),
    )  # fmt: skip


@router.get("/s/{secret}/check/{claim}")
def check_page(http: HttpRequest, secret: str, claim: str) -> Response:
    return _check(http, secret, claim, "check.html")


@router.get("/s/{secret}/check/{claim}/part")
def check_part(http: HttpRequest, secret: str, claim: str) -> Response:
    return _check(http, secret, claim, "parts/evidence.html")


@router.get("/s/{secret}/export/{kind}")
async def export_shared(http: HttpRequest, secret: str, kind: str) -> Response:
    article, _ = await run_in_threadpool(_shared, http, secret)
    return await exported(http, article, kind, f"osler-{article.answer_id}")


def _check(http: HttpRequest, secret: str, claim: str, template: str) -> Response:
    article, _ = _shared(http, secret)
    return site_of(http).page(http, template, base=f"/s/{secret}", article=article, evidence=evidence_of(http, article, claim))


def _shared(http: HttpRequest, secret: str) -> tuple[Article, str | None]:
    """The article without the question's own words, and its public address when it has one. Raises HTTPException 404, 410."""
    site = site_of(http)
    found = None if site.shares is None else site.shares.find(secret)
    if found is None:
        raise HTTPException(404, "There is no such link.")
    kept = site.shelf.get(found.owner, found.key) if found.revoked_at is None else None
    if kept is None:
        raise HTTPException(410, "Who shared this article has taken the link back, or erased the article.")
    return _as_shown(site, found, kept)


def _as_shown(site: Site, share: Share, kept: Kept) -> tuple[Article, str | None]:
    """As its case stands, when its owner has put it on the desk: a reader of an old link must not miss a review or a retraction."""
    article = _without_question(kept.article)
    if share.owner.startswith(ANONYMOUS):
        return article, None
    actor = Actor(share.owner, Means.PASSWORD)
    try:
        held = [c for c in history.cases(site.desk, actor) if c.answer_id == article.answer_id and c.author == share.owner]
        owner = get_account(site.desk, share.owner)
    except Refused:  # the owner's account was disabled
        return article, None
    for case in held:
        if case.state in PUBLIC:
            return article, case.slug
    article = replace(article, byline=f"Asked for by {owner.name}. {article.byline}")
    approved = next((c for c in held if c.state is ReviewState.APPROVED and not c.erased), None)
    return (history.preview(site.desk, actor, approved.id) if approved else article), None


def _without_question(article: Article) -> Article:
    return public_form(article, article.title)


def _shares(http: HttpRequest) -> Shares:
    shares = site_of(http).shares
    if shares is None:
        raise HTTPException(404, "This server stores no articles, so there is nothing that a link could open.")
    return shares


def _own(http: HttpRequest, token: str) -> Kept:
    kept = site_of(http).shelf.get(session_of(http).owner, token)
    if kept is None:
        raise HTTPException(404, "There is no such article of yours.")
    return kept
