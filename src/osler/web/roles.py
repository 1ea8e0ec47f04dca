"""Roles at the door: who is signed in with this request, and who may come in. What they may do there the desk decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest

from osler.domain.account import Account, Actor, Role


@dataclass(frozen=True, slots=True)
class Signed:
    """Somebody who has proved who they are: by a session here, by a key where programs come in."""

    actor: Actor
    account: Account


def signed_of(http: HttpRequest) -> Signed | None:
    """Who is signed in; None for a reader without an account."""
    found: Signed | None = http.state.session.signed
    return found


def require(*roles: Role) -> Callable[[HttpRequest], Signed]:
    """A dependency of a page (`Depends(require(Role.EDITOR))`): somebody signed in, who has one of these roles when any is named.

    Raises HTTPException: 303 to the page for signing in when a browser opens a page, 401 otherwise, 403 for the wrong role.
    """

    def dependency(http: HttpRequest) -> Signed:
        signed = signed_of(http)
        if signed is None:
            if http.method in ("GET", "HEAD") and "text/html" in http.headers.get("accept", ""):
                raise HTTPException(303, "Sign in first.", headers={"Location": f"/signin?to={quote(http.url.path)}"})
            raise HTTPException(401, "Sign in first.")
        if roles and not signed.account.may(*roles):
            raise HTTPException(403, f"This is for {' or '.join(f'{r.value}s' for r in roles)} only.")
        return signed

    return dependency
