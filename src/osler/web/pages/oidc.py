"""Signing in through a provider (OpenID Connect): away to it, back with a code, and a session of the account that it names.

What is awaited is kept in memory, once, for ten minutes, and bound to the browser by a cookie: a reply that this browser
has not asked for, or that comes a second time, signs nobody in.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import math
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response

from osler.accounts import identities
from osler.accounts.throttle import Bucket
from osler.errors import FetchError, Refused, SignInRefused, UserError
from osler.settings import Settings
from osler.web.pages.account import client_address, own_path, sentence
from osler.web.roles import signed_of
from osler.web.serving import Serving
from osler.web.sessions import open_session
from osler.web.site import site_of

if TYPE_CHECKING:
    from osler.web.oidc import Provider

log = logging.getLogger("osler.web")
router = APIRouter(include_in_schema=False)

NAME = "osler_oidc"
LASTS_S = 600
MAX_AWAITED = 5_000
TRIES_PER_MINUTE = 60
"""From one address, both ways together: a hospital may share one, and each try asks something of the provider."""
MAX_CODE_CHARACTERS = 4_096
NOT_DONE = "Signing in was not completed. Start it again."
NO_ANSWER = "The sign-in of your organisation does not answer just now. Try again in a moment."


@dataclass(frozen=True, slots=True)
class Awaited:
    """A reply that may come. browser: hash of the cookie. until: on the clock of `Awaiting`."""

    browser: str
    state: str
    nonce: str
    verifier: str
    to: str
    until: float


class Awaiting:
    """What was begun and has not come back; safe among threads. The oldest gives way when there are too many."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held: OrderedDict[str, Awaited] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, to: str) -> tuple[str, Awaited]:
        """The secret for the browser's cookie, and what is awaited of it. The verifier has 43 characters (RFC 7636, 4.1)."""
        cookie, state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
        made = Awaited(_hash(cookie), state, nonce, verifier, to, self._clock() + LASTS_S)
        with self._lock:
            self._held[made.browser] = made
            while len(self._held) > MAX_AWAITED:
                self._held.popitem(last=False)
        return cookie, made

    def take(self, cookie: str, state: str) -> Awaited | None:
        """What this browser was sent away with; once, whatever comes of it."""
        with self._lock:
            found = self._held.pop(_hash(cookie), None)
        if found is None or found.until < self._clock() or not hmac.compare_digest(found.state.encode(), state.encode()):
            return None
        return found


@dataclass(frozen=True, slots=True)
class _Joined:
    provider: Provider
    awaiting: Awaiting
    tries: Bucket


def join(app: FastAPI, settings: Settings, serving: Serving) -> None:
    """Add the way through the provider, when there is one. Raises UserError for a missing extra or settings that contradict
    how the server is reached: better now than when the first person comes back."""
    oidc = settings.oidc
    if oidc is None:
        return
    try:
        from osler.web.oidc import Provider
    except ImportError as error:
        raise UserError("signing in through a provider needs more packages: `pip install 'osler[oidc]'`") from error
    host = urlsplit(oidc.address).netloc.rpartition("@")[2]
    name = host[: host.rfind(":")] if host.rfind(":") > host.rfind("]") else host
    if name.lower() not in serving.hosts:
        raise UserError(f"OSLER_OIDC_REDIRECT names {name}, which this server does not answer to: serve with --name {name}")
    if oidc.address.startswith("https:") is not serving.secure:
        raise UserError("OSLER_OIDC_REDIRECT is https exactly when the server is reached so: serve with --tls, or name http")
    app.state.oidc = _Joined(Provider(oidc), Awaiting(), Bucket(TRIES_PER_MINUTE, TRIES_PER_MINUTE))
    app.include_router(router)


@router.get("/signin/oidc")
async def begin(http: HttpRequest) -> Response:
    """Away to the provider, with `anew` past whoever is signed in there. A link and no form: browsers hold the policy for forms
    against where a form's answer leads."""
    to = own_path(http.query_params.get("to", "/"))
    if signed_of(http):
        return RedirectResponse(to, 303)
    joined = _joined(http)
    cookie, awaited = joined.awaiting.begin(to)
    try:
        address = await joined.provider.address(awaited.state, awaited.nonce, awaited.verifier, anew="anew" in http.query_params)
    except FetchError as error:
        return _failed(http, to, NO_ANSWER, 503, error)
    answer = RedirectResponse(address, 303)
    answer.set_cookie(value=cookie, max_age=LASTS_S, **_cookie(http))
    return answer


@router.get("/signin/oidc/callback")
async def back(http: HttpRequest) -> Response:
    """Back from the provider: 303 with a session, 401 for a reply that proves nothing or names nobody here, 503 without an answer."""
    joined, said = _joined(http), http.query_params
    awaited = joined.awaiting.take(http.cookies.get(_cookie(http)["key"], ""), said.get("state", ""))
    if awaited is None:
        return _failed(http, "/", NOT_DONE, 401, "nothing was awaited of this browser")
    code = said.get("code", "")
    if "error" in said or not 0 < len(code) <= MAX_CODE_CHARACTERS:
        return _failed(http, awaited.to, NOT_DONE, 401, "the provider sent no code")
    try:
        person = await joined.provider.person(code, awaited.nonce, awaited.verifier, said.get("iss"))
        identities.check_subject(person.subject)
    except FetchError as error:
        return _failed(http, awaited.to, NO_ANSWER, 503, error)
    except (SignInRefused, Refused) as error:
        return _failed(http, awaited.to, NOT_DONE, 401, error)
    site = site_of(http)
    try:
        token = await run_in_threadpool(identities.sign_in_as, site.desk, person.issuer, person.subject, person.email)
    except SignInRefused as error:
        return _failed(http, awaited.to, sentence(error), 401, "no account that may sign in")
    answer = RedirectResponse(awaited.to, 303)
    answer.delete_cookie(**_cookie(http))
    open_session(answer, token, site.serving)
    return answer


def _joined(http: HttpRequest) -> _Joined:
    """Raises HTTPException 429 when somebody tries too often."""
    joined: _Joined = http.app.state.oidc
    wait = math.ceil(joined.tries.take(client_address(http)))
    if wait:
        raise HTTPException(429, f"Too many tries. Wait {wait} s, then try again.", headers={"Retry-After": str(wait)})
    return joined


def _failed(http: HttpRequest, to: str, problem: str, status: int, reason: object) -> Response:
    """The page for signing in. `reason` is for the log: words of ours, nothing of a person, a code or a token."""
    log.warning("sign-in through the provider: %s", reason)
    answer = site_of(http).page(http, "signin.html", status, to=to, problem=problem, login="")
    answer.delete_cookie(**_cookie(http))
    return answer


def _cookie(http: HttpRequest) -> dict[str, Any]:
    """Lax, for the way back begins at another site."""
    secure = site_of(http).serving.secure
    return {
        "key": f"__Host-{NAME}" if secure else NAME, "path": "/", "httponly": True, "samesite": "lax", "secure": secure,
    }  # fmt: skip


def _hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()
