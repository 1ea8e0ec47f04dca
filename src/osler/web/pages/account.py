"""Account: signing in and out, the one-time links, and what a person says of themselves."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response

from osler.accounts import people, sessions
from osler.accounts.passwords import MIN_CHARACTERS
from osler.domain.account import Account, Disclosure
from osler.domain.review import DISCLOSURE_MONTHS, Policy
from osler.errors import Refused, SignInRefused
from osler.review.public import policy
from osler.review.store import Desk
from osler.review.turn import is_current
from osler.web.forms import own_form, said
from osler.web.roles import Signed, require, signed_of
from osler.web.sessions import close_session, cookie_name, open_session
from osler.web.site import site_of


def _passwords_are_used(http: HttpRequest) -> None:
    """Where everybody signs in through the provider no password opens anything, and none is chosen."""
    path = http.url.path
    is_of_passwords = path.startswith(("/password/", "/setup/")) or (http.method, path) in _OF_PASSWORDS
    if is_of_passwords and not site_of(http).by_password:
        raise HTTPException(403, "No passwords are used on this server: sign in through your organisation.")


_OF_PASSWORDS = (("POST", "/signin"), ("POST", "/account/password"))
router = APIRouter(include_in_schema=False, dependencies=[Depends(_passwords_are_used)])
SignedIn = Annotated[Signed, Depends(require())]


def own_path(path: str) -> str:
    """A path of this server to go on to; the first page for anything else, so that no link leads elsewhere from here."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else "/"


def sentence(error: Exception) -> str:
    """An error of ours as a sentence."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


def client_address(http: HttpRequest) -> str:
    return http.client.host if http.client else "nowhere"


@router.get("/signin")
async def sign_in_page(http: HttpRequest) -> Response:
    if signed_of(http):
        return RedirectResponse(own_path(http.query_params.get("to", "/")), 303)
    return _sign_in_page(http, http.query_params.get("to", "/"))


def _sign_in_page(http: HttpRequest, to: str, problem: str = "", login: str = "", status: int = 200, wait_s: int | None = None) -> Response:  # fmt: skip
    headers = {"Retry-After": str(wait_s)} if wait_s is not None else None
    return site_of(http).page(http, "signin.html", status, headers, to=own_path(to), problem=problem, login=login)


@router.post("/signin")
async def sign_in(http: HttpRequest) -> Response:
    """303 to where the person wanted to go; 401 for a wrong login or password, 429 while it has to wait."""
    form, site = await own_form(http), site_of(http)
    login, password, to = said(form, "login"), str(form.get("password", "")), said(form, "to")
    try:
        token = await run_in_threadpool(sessions.sign_in, site.desk, login, password, client_address(http))
    except SignInRefused as refused:
        wait_s = refused.retry_after_s
        problem = sentence(refused) if wait_s is None else f"Too many tries. Wait {wait_s} seconds, then try once more."
        return _sign_in_page(http, to, problem, login, 401 if wait_s is None else 429, wait_s)
    answer = RedirectResponse(own_path(to), 303)
    open_session(answer, token, site.serving)
    return answer


@router.post("/signout")
async def sign_out(http: HttpRequest) -> Response:
    await own_form(http)
    site = site_of(http)
    await run_in_threadpool(sessions.sign_out, site.desk, http.cookies.get(cookie_name(site.serving), ""))
    answer = RedirectResponse("/", 303)
    close_session(answer, site.serving)
    return answer


@router.get("/setup/{token}")
async def setup_page(http: HttpRequest, token: str) -> Response:
    return site_of(http).page(http, "setup.html", token=token, problem="", given={"login": "", "name": ""}, shortest=MIN_CHARACTERS)


@router.post("/setup/{token}")
async def setup(http: HttpRequest, token: str) -> Response:
    """Make the first admin, once, and sign them in."""
    form, site = await own_form(http), site_of(http)
    login, password = said(form, "login"), str(form.get("password", ""))
    try:
        if password != form.get("again"):
            raise Refused("the two passwords are not the same")
        await run_in_threadpool(sessions.use_setup_link, site.desk, token, login, said(form, "name"), password)
    except (Refused, SignInRefused) as error:
        status = 409 if isinstance(error, Refused) else 410
        given = {"login": login, "name": said(form, "name")}
        return site.page(http, "setup.html", status, token=token, problem=sentence(error), given=given, shortest=MIN_CHARACTERS)
    return await _signed_in(http, login, password, "/people")


@router.get("/password/{token}")
async def password_page(http: HttpRequest, token: str) -> Response:
    return site_of(http).page(http, "password.html", token=token, problem="", shortest=MIN_CHARACTERS)


@router.post("/password/{token}")
async def choose_password(http: HttpRequest, token: str) -> Response:
    """A first or new password, by a one-time link."""
    form, site = await own_form(http), site_of(http)
    password = str(form.get("password", ""))
    try:
        if password != form.get("again"):
            raise Refused("the two passwords are not the same")
        made: Account = await run_in_threadpool(sessions.use_password_link, site.desk, token, password)
    except (Refused, SignInRefused) as error:
        status = 409 if isinstance(error, Refused) else 410
        return site.page(http, "password.html", status, token=token, problem=sentence(error), shortest=MIN_CHARACTERS)
    return await _signed_in(http, made.login, password, "/account")


async def _signed_in(http: HttpRequest, login: str, password: str, to: str) -> Response:
    site = site_of(http)
    token = await run_in_threadpool(sessions.sign_in, site.desk, login, password, client_address(http))
    answer = RedirectResponse(to, 303)
    open_session(answer, token, site.serving)
    return answer


@router.get("/account")
def account_page(http: HttpRequest, signed: SignedIn) -> Response:
    return _account_page(http, signed)


def _account_page(http: HttpRequest, signed: Signed, status: int = 200, problem: str = "", key: str = "") -> Response:
    site = site_of(http)
    declared, held = _declared(site.desk, signed.account), policy(site.desk)
    return site.page(
        http, "account.html", status, problem=problem, key=key, declared=declared, months=DISCLOSURE_MONTHS, held=held,
        current=_is_current(site.desk, declared, held), keys=sessions.list_keys(site.desk, signed.account.id),
        person=people.get_account(site.desk, signed.account.id), shortest=MIN_CHARACTERS,
    )  # fmt: skip


def _declared(desk: Desk, account: Account) -> Disclosure | None:
    with desk.reading() as connection:
        return people.latest_disclosure(connection, account.id)


def _is_current(desk: Desk, declared: Disclosure | None, held: Policy) -> bool:
    return declared is not None and is_current(declared, held, desk.now().date())


@router.post("/account/{what}")
async def change_account(http: HttpRequest, what: str, signed: SignedIn) -> Response:
    """profile, interests, password, key, or revoke (a key). A new key is shown on the page that answers, and never again."""
    form = await own_form(http)
    desk, actor = site_of(http).desk, signed.actor
    try:
        if what == "profile":
            await run_in_threadpool(
                people.set_profile, desk, actor, actor.account_id, said(form, "name"), said(form, "credentials")
            )
        elif what == "interests":
            await run_in_threadpool(people.disclose, desk, actor, _interests(said(form, "has"), said(form, "interests")))
        elif what == "password":
            return await _change_password(http, signed, str(form.get("now", "")), str(form.get("password", "")), form.get("again"))
        elif what == "key":
            made = await run_in_threadpool(sessions.make_key, desk, actor, said(form, "label") or "a program")
            return await run_in_threadpool(_account_page, http, signed, 200, "", made)
        elif what == "revoke" and said(form, "number").isdecimal():
            await run_in_threadpool(sessions.revoke_key, desk, actor, int(said(form, "number")[:9]))
    except (Refused, SignInRefused) as error:
        return await run_in_threadpool(_account_page, http, signed, 409, sentence(error))
    return RedirectResponse("/account", 303)


def _interests(has: str, text: str) -> str:
    """An empty declaration says "none": it must be chosen, and never be what somebody forgot to write."""
    if has not in ("yes", "no"):
        raise Refused("choose whether you have interests to declare")
    if (has == "yes") is not bool(text):
        raise Refused("declare your interests in words, or choose that you have none")
    return text


async def _change_password(http: HttpRequest, signed: Signed, now: str, password: str, again: object) -> Response:
    """Asks for the present password: an unlocked screen is not enough to take an account over."""
    desk, login = site_of(http).desk, signed.account.login
    if password != again:
        raise Refused("the two passwords are not the same")
    await run_in_threadpool(sessions.prove, desk, login, now, client_address(http))
    await run_in_threadpool(people.set_password, desk, signed.actor, login, password)
    return await _signed_in(http, login, password, "/account")
