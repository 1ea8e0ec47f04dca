"""Desk: the queue, a case with its comments, and every action on it. Each is the desk's own function; no rule stands here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response

from osler.casebook.diff import Change
from osler.domain.account import Role
from osler.domain.article import Article
from osler.errors import Conflict, Refused
from osler.review import history, public
from osler.review.store import Desk
from osler.web.desk_actions import ACTIONS
from osler.web.desk_view import OUTCOME, candidates, names_of, objections, offered, queue, sections, threads_by_claim
from osler.web.forms import own_form, said
from osler.web.layout import article_view
from osler.web.pages.article import evidence_of
from osler.web.roles import Signed, require
from osler.web.rounds import look_round
from osler.web.site import site_of

router = APIRouter(include_in_schema=False)
Anybody = Annotated[Signed, Depends(require(*Role))]
Editor = Annotated[Signed, Depends(require(Role.EDITOR, Role.ADMIN))]


@router.get("/desk")
def desk_page(http: HttpRequest, signed: Anybody) -> Response:
    desk = site_of(http).desk
    return site_of(http).page(http, "desk.html", groups=queue(desk, signed, history.cases(desk, signed.actor)), flagged=None)


@router.post("/desk/watch")
async def watch(http: HttpRequest, signed: Editor) -> Response:
    """Look at once for documents that changed and dates that passed; the server does so every hour by itself."""
    await own_form(http)
    site = site_of(http)
    flagged = await run_in_threadpool(look_round, site)
    groups = await run_in_threadpool(lambda: queue(site.desk, signed, history.cases(site.desk, signed.actor)))
    return site.page(http, "desk.html", groups=groups, flagged=flagged)


@router.get("/desk/{case_id}")
def case_page(http: HttpRequest, case_id: str, signed: Anybody) -> Response:
    return _case_page(http, case_id, signed)


@router.get("/desk/{case_id}/for/{reader}")
def variant_page(http: HttpRequest, case_id: str, reader: str, signed: Anybody) -> Response:
    """The same for another reader: whoever signs, signs it too."""
    return _case_page(http, case_id, signed, reader)


def _case_page(http: HttpRequest, case_id: str, signed: Signed, reader: str = "", problems: tuple[str, ...] = (), status: int = 200, form: Mapping[str, object] | None = None) -> Response:  # fmt: skip
    site = site_of(http)
    file = _file(site.desk, signed, case_id)
    texts = {} if file.case.erased else _texts(site.desk, signed, case_id)
    article = texts.get(reader) if reader else next(iter(texts.values()), None)
    if reader and article is None:
        raise HTTPException(404, "There is no such text of this case.")
    can = offered(file.case, signed.account)
    return site.page(
        http, "case.html", status, file=file, case=file.case, article=article, view=article_view(article) if article else None,
        base=_base(case_id, reader), variant=reader, texts=texts, sections=sections(article) if article else (), can=can, problems=problems, names=names_of(site.desk), outcome=OUTCOME,
        talk=threads_by_claim(file, [c.id for c in article.claims] if article else ()), me=signed.account,
        objections=objections(site.desk, signed, file.case) if "sign" in can else (),
        has_signed=any(a.reviewer == signed.account.id for a in file.counting),
        is_assigned=any(a.reviewer == signed.account.id and a.recused_at is None for a in file.assignments),
        reviewers=candidates(site.desk, file) if "assign" in can else (),
        log=public.log_of(site.desk, file.case.id),
        written=said(form or {}, "text"),
    )  # fmt: skip


@router.get("/desk/{case_id}/check/{claim}")
def check_page(http: HttpRequest, case_id: str, claim: str, signed: Anybody) -> Response:
    return _check(http, case_id, claim, signed, "check.html")


@router.get("/desk/{case_id}/for/{reader}/check/{claim}")
def check_variant_page(http: HttpRequest, case_id: str, reader: str, claim: str, signed: Anybody) -> Response:
    return _check(http, case_id, claim, signed, "check.html", reader)


@router.get("/desk/{case_id}/for/{reader}/check/{claim}/part")
def check_variant_part(http: HttpRequest, case_id: str, reader: str, claim: str, signed: Anybody) -> Response:
    return _check(http, case_id, claim, signed, "parts/evidence.html", reader)


@router.get("/desk/{case_id}/check/{claim}/part")
def check_part(http: HttpRequest, case_id: str, claim: str, signed: Anybody) -> Response:
    return _check(http, case_id, claim, signed, "parts/evidence.html")


def _check(http: HttpRequest, case_id: str, claim: str, signed: Signed, template: str, reader: str = "") -> Response:
    site = site_of(http)
    _file(site.desk, signed, case_id)
    texts = _texts(site.desk, signed, case_id)
    article = texts.get(reader) if reader else next(iter(texts.values()))
    if article is None:
        raise HTTPException(404, "There is no such text of this case.")
    return site.page(http, template, base=_base(case_id, reader), article=article, evidence=evidence_of(http, article, claim))


def _base(case_id: str, reader: str) -> str:
    return f"/desk/{case_id}/for/{reader}" if reader else f"/desk/{case_id}"


def _texts(desk: Desk, signed: Signed, case_id: str) -> dict[str, Article]:
    """The newest text for each reader, the article itself first, all with the case's standing."""
    main = history.preview(desk, signed.actor, case_id)
    found = {main.question.audience.value: main}
    for variant in history.content(desk, signed.actor, case_id).variants:
        found[variant.question.audience.value] = replace(
            variant, review=main.review, byline=main.byline, how_to_cite=main.how_to_cite, disclaimer=main.disclaimer
        )
    return found


@router.get("/desk/{case_id}/changes/{before}/{after}")
def changes_page(http: HttpRequest, case_id: str, before: int, after: int, signed: Anybody) -> Response:
    """What differs between two versions, claim by claim."""
    site = site_of(http)
    file = _file(site.desk, signed, case_id)
    found = history.changes(site.desk, signed.actor, case_id, before, after)
    claims = [c for c in found.claims if c.change is not Change.SAME]
    same = len(found.claims) - len(claims)
    return site.page(http, "changes.html", case=file.case, found=found, claims=claims, same=same, before=before, after=after)


@router.post("/desk/{case_id}/{action}")
async def act(http: HttpRequest, case_id: str, action: str, signed: Anybody) -> Response:
    """Do it, then 303 to the case; 409 with every reason when the desk refuses, or when the text has changed meanwhile."""
    form, site = await own_form(http), site_of(http)
    await run_in_threadpool(_file, site.desk, signed, case_id)
    do = ACTIONS.get(action)
    if do is None:
        raise HTTPException(404, "There is nothing here.")
    try:
        await run_in_threadpool(do, site, signed.actor, case_id, form)
    except Conflict as error:
        return await run_in_threadpool(
            _case_page, http, case_id, signed, "", (f"{error}. Nothing was done: read it again.",), 409, form
        )
    except Refused as error:
        reasons = tuple(f"{r[:1].upper()}{r[1:]}." for r in error.reasons)
        return await run_in_threadpool(_case_page, http, case_id, signed, "", reasons, 409, form)
    claim = said(form, "claim")
    return RedirectResponse(f"/desk/{case_id}{f'#{claim}' if claim.isalnum() else ''}", 303)


def _file(desk: Desk, signed: Signed, case_id: str) -> history.File:
    try:
        return history.case_file(desk, signed.actor, case_id)
    except Refused:
        raise HTTPException(404, "There is no such case, or you have no part in it.") from None
