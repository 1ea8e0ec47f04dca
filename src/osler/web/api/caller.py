"""Caller: whose request this is, by a key in its header, or because it comes from this machine before any key was made."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fastapi import Security
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials
from starlette.requests import Request as HttpRequest

from osler.accounts.sessions import KEY_PREFIX, key_actor, key_was_made
from osler.accounts.throttle import Bucket
from osler.domain.account import Actor
from osler.errors import SignInRefused
from osler.web.api.problems import Told
from osler.web.serving import LOOPBACK
from osler.web.site import Site, site_of

HERE = "local:"
"""Owner of what is asked on this machine without a key; an account's id has no colon."""
_LOOPBACK_ADDRESSES = frozenset({"127.0.0.1", "::1"})
_PASSED_ON = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
_bearer = HTTPBearer(auto_error=False, scheme_name="key", description="A key of `osler key add`, in this header and nowhere else.")


@dataclass(frozen=True, slots=True)
class Caller:
    """owner: whose answers these are: the account of the key, or HERE. actor: who the desk takes it for; None without a key."""

    owner: str
    actor: Actor | None = None


class Rates:
    """How often one caller may come, and how often one address with keys that are not valid."""

    def __init__(self, site: Site) -> None:
        per_minute = site.serving.api_per_minute
        self.calls = Bucket(per_minute, max(1, per_minute // 3))
        self.misses = Bucket(10, 20)


def caller(http: HttpRequest, given: HTTPAuthorizationCredentials | None = Security(_bearer)) -> Caller:  # noqa: B008 - how FastAPI declares it
    """Raises Told: key-in-address, key-needed, key-not-valid, not-allowed, too-many."""
    if any(KEY_PREFIX in value for _, value in http.query_params.multi_items()):
        raise Told("key-in-address")
    site, rates = site_of(http), http.app.state.rates
    found = Caller(HERE) if given is None and _needs_no_key(http, site) else _by_key(site, rates, http, given)
    _wait(rates.calls.take(found.owner))
    return found


def check_key(http: HttpRequest) -> None:
    """For an address outside the API. Raises Told as `caller` does."""
    scheme, _, key = http.headers.get("authorization", "").partition(" ")
    given = HTTPAuthorizationCredentials(scheme=scheme, credentials=key) if scheme.lower() == "bearer" and key else None
    _by_key(site_of(http), http.app.state.rates, http, given)


def _needs_no_key(http: HttpRequest, site: Site) -> bool:
    open_to_all = site.serving.keyless and site.serving.anonymous
    return open_to_all and "authorization" not in http.headers and is_here(http) and not key_was_made(site.desk)


def _by_key(site: Site, rates: Rates, http: HttpRequest, given: HTTPAuthorizationCredentials | None) -> Caller:
    if given is None:
        raise Told("key-needed")
    try:
        actor, account = key_actor(site.desk, given.credentials)
    except SignInRefused:
        _wait(rates.misses.take(http.client.host if http.client else ""))
        raise Told("key-not-valid") from None
    return Caller(account.id, actor)


def _wait(seconds: float) -> None:
    if seconds:
        raise Told("too-many", headers={"Retry-After": str(math.ceil(seconds))})


def is_here(http: HttpRequest) -> bool:
    """Whether a program of this machine asks: from a loopback address, under a loopback name, not through a proxy, and not
    a page of another site in somebody's browser."""
    if http.client is None or http.client.host not in _LOOPBACK_ADDRESSES or any(h in http.headers for h in _PASSED_ON):
        return False
    host = http.headers.get("host", "")
    name = host[: host.rfind(":")] if host.rfind(":") > host.rfind("]") else host
    origin = http.headers.get("origin")
    own = http.headers.get("sec-fetch-site") in (None, "same-origin", "none") and origin in (None, f"{http.url.scheme}://{host}")
    return own and name.lower() in LOOPBACK
