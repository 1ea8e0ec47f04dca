"""Your questions: what one reader asked, to open, to erase for good, and to submit for review under a public title."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response

from osler.casebook import erase
from osler.casebook.record import Kept as Stored
from osler.domain.account import Role
from osler.domain.article import Article
from osler.domain.question import Audience
from osler.domain.review import Case
from osler.errors import Refused
from osler.review import desk as at_desk
from osler.review import history
from osler.review.forgetting import forget
from osler.review.recheck import against_library
from osler.web.forms import own_form, said
from osler.web.pages.account import sentence
from osler.web.roles import Signed, require, signed_of
from osler.web.shelf import Kept
from osler.web.site import Site, session_of, site_of

router = APIRouter(include_in_schema=False)
Author = Annotated[Signed, Depends(require(Role.AUTHOR))]


@router.get("/questions")
def questions_page(http: HttpRequest) -> Response:
    site, signed = site_of(http), signed_of(http)
    hours = None if signed else site.serving.anonymous_hours
    own_cases = [c for c in history.cases(site.desk, signed.actor) if c.author == signed.account.id] if signed else []
    at_the_desk: dict[str, list[Case]] = {}
    for case in own_cases:
        at_the_desk.setdefault(case.answer_id, []).append(case)
    return site.page(http, "questions.html", own=site.shelf.listed(session_of(http).owner), hours=hours, retention=site.settings.retention_days, stored=site.casebook is not None, at_the_desk=at_the_desk)  # fmt: skip


@router.post("/questions/erase")
async def erase_questions(http: HttpRequest) -> Response:
    """One thread by its token, or all of them with `every`. The page that answers says what the search for traces found."""
    form, site, owner = await own_form(http), site_of(http), session_of(http).owner
    if site.casebook is None:
        raise HTTPException(404, "This server stores no questions.")
    token, left = said(form, "token"), list[str]()

    def also(gone: tuple[Stored, ...]) -> None:
        if signed := signed_of(http):
            left.extend(forget(site.desk, signed.actor, {k.answer_id for k in gone}, owner))

    done = await run_in_threadpool(_erase, site, owner, None if said(form, "every") == "yes" else token, also)
    return site.page(http, "erased.html", done=done, left=left)


def _erase(site: Site, owner: str, token: str | None, also: erase.Also) -> erase.Erased:
    casebook, home = site.casebook, site.settings.home
    assert casebook is not None  # noqa: S101 - asked before
    if token is None:
        return erase.erase_all(casebook, home, owner, also)
    return erase.erase_answer(casebook, home, casebook.at(token, owner).kept.answer_id, owner, also)


@router.get("/submit/{token}")
def submit_page(http: HttpRequest, token: str, _: Author) -> Response:
    return _submit_page(http, _own(http, token))


def _submit_page(http: HttpRequest, kept: Kept, problems: tuple[str, ...] = (), title: str | None = None) -> Response:
    site = site_of(http)
    others = [a for a in site.audiences() if a is not kept.article.question.audience]
    title = kept.article.title if title is None else title
    return site.page(http, "submit.html", 409 if problems else 200, kept=kept, others=others, problems=problems, title=title)


@router.post("/submit/{token}")
async def submit(http: HttpRequest, token: str, signed: Author) -> Response:
    """The article and, when wanted, the same for other readers, to the desk: as a draft, or for review."""
    form, site, kept = await own_form(http), site_of(http), _own(http, token)
    wanted = {str(v) for v in form.getlist("with")}
    others = tuple(a for a in site.audiences() if a.value in wanted and a is not kept.article.question.audience)
    title, put = said(form, "title"), at_desk.draft if said(form, "as") == "draft" else at_desk.submit

    def do() -> Case:
        library = site.asking.library()
        recheck = against_library(lambda i, v: library.catalog.document(i, v).text, library.lexicon)
        variants = [_for_reader(site, kept, a) for a in others]
        return put(site.desk, signed.actor, kept.article, variants, title, recheck)

    try:
        case = await asyncio.wrap_future(site.asking.submit(signed.account.id, do))
    except Refused as refused:
        return await run_in_threadpool(_submit_page, http, kept, _sentences(refused), title)
    return RedirectResponse(f"/desk/{case.id}", 303)


def _for_reader(site: Site, kept: Kept, audience: Audience) -> Article:
    return site.asking.answer(replace(kept.request, audience=audience)).article


def _sentences(refused: Refused) -> tuple[str, ...]:
    return tuple(f"{r[:1].upper()}{r[1:]}." for r in refused.reasons) or (sentence(refused),)


def _own(http: HttpRequest, token: str) -> Kept:
    """The reader's own article; one of the demonstration is nobody's to submit."""
    kept = site_of(http).shelf.get(session_of(http).owner, token)
    if kept is None:
        raise HTTPException(404, "There is no such article of yours.")
    return kept
