"""People: an admin's list of accounts, with their roles and one-time links, and the policy of the desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response

from osler.accounts import people, sessions
from osler.domain.account import Account, Actor, Role
from osler.errors import Refused
from osler.review import desk as at_desk
from osler.review.public import policy
from osler.review.store import Desk
from osler.web.forms import own_form, said
from osler.web.pages.account import sentence
from osler.web.roles import Signed, require
from osler.web.site import site_of

router = APIRouter(include_in_schema=False)
Admin = Annotated[Signed, Depends(require(Role.ADMIN))]

POLICY = {
    "quorum": "People who must sign the same text",
    "disclosure_valid_days": "Days that a declaration of interests holds",
    "review_after_days": "Days from publication until it is reviewed again",
    "expires_after_days": "Days from then until it is out of date",
}


@router.get("/people")
def people_page(http: HttpRequest, _: Admin) -> Response:
    return _page(http)


def _page(http: HttpRequest, status: int = 200, problem: str = "", invited: Account | None = None, link: str = "") -> Response:
    site = site_of(http)
    with site.desk.reading() as connection:
        found = [(a, people.latest_disclosure(connection, a.id)) for a in people.every(connection)]
    held = policy(site.desk)
    rules = [(name, label, getattr(held, name)) for name, label in POLICY.items()]
    return site.page(http, "people.html", status, people=found, roles=tuple(Role), problem=problem, invited=invited, link=link, rules=rules)  # fmt: skip


@router.post("/people")
async def add_person(http: HttpRequest, signed: Admin) -> Response:
    """A new account without a password; the page that answers shows the one-time link, once."""
    form, desk = await own_form(http), site_of(http).desk

    def add() -> tuple[Account, str]:
        made = people.add_account(
            desk, signed.actor, said(form, "login"), said(form, "name"), _roles(form), credentials=said(form, "credentials")
        )
        return made, sessions.password_link(desk, signed.actor, made.login)

    return await _shown(http, add)


@router.post("/people/policy")
async def change_policy(http: HttpRequest, signed: Admin) -> Response:
    form, desk = await own_form(http), site_of(http).desk
    given = {name: said(form, name) for name in POLICY}
    if not all(v.isascii() and v.isdecimal() and len(v) < 6 for v in given.values()):
        return await run_in_threadpool(_page, http, 409, "Each of them is a whole number.")
    held = policy(desk)
    changes = {name: int(v) for name, v in given.items() if int(v) != getattr(held, name)}
    try:
        if changes:
            await run_in_threadpool(lambda: at_desk.set_policy(desk, signed.actor, **changes))
    except Refused as error:
        return await run_in_threadpool(_page, http, 409, sentence(error))
    return RedirectResponse("/people", 303)


@router.post("/people/{person}/{what}")
async def change_person(http: HttpRequest, person: str, what: str, signed: Admin) -> Response:
    """roles, enable, disable, or link: a new one-time link to choose a password."""
    form, desk = await own_form(http), site_of(http).desk
    if what == "link":
        return await _shown(http, lambda: _link(desk, signed.actor, person))
    try:
        if what == "roles":
            await run_in_threadpool(people.set_roles, desk, signed.actor, person, _roles(form))
        elif what in ("enable", "disable"):
            await run_in_threadpool(people.set_active, desk, signed.actor, person, what == "enable")
        else:
            raise HTTPException(404, "There is nothing here.")
    except Refused as error:
        return await run_in_threadpool(_page, http, 409, sentence(error))
    return RedirectResponse("/people", 303)


def _link(desk: Desk, by: Actor, person: str) -> tuple[Account, str]:
    found = people.get_account(desk, person)
    return found, sessions.password_link(desk, by, found.login)


async def _shown(http: HttpRequest, make: Callable[[], tuple[Account, str]]) -> Response:
    try:
        made, token = await run_in_threadpool(make)
    except Refused as error:
        return await run_in_threadpool(_page, http, 409, sentence(error))
    link = f"{http.url.scheme if not site_of(http).serving.secure else 'https'}://{http.headers['host']}/password/{token}"
    return await run_in_threadpool(_page, http, 200, "", made, link)


def _roles(form: FormData) -> tuple[Role, ...]:
    given = {str(v) for v in form.getlist("role")}
    return tuple(r for r in Role if r.value in given)
