"""Sessions in cookies: who a request comes from, the cookie of an account, and a new session at every change of person."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from osler.accounts.sessions import form_token, session_actor
from osler.accounts.store import AccountsFile
from osler.errors import LibraryReplaced, SignInRefused
from osler.web.roles import Signed
from osler.web.security import COOKIE, Session
from osler.web.serving import Serving

NAME = "osler_account"


def cookie_name(serving: Serving) -> str:
    """Behind TLS a browser takes a `__Host-` cookie from this very host only: no neighbour can plant a session of its own."""
    return f"__Host-{NAME}" if serving.secure else NAME


def account_sessions(desk: Callable[[], AccountsFile], open_again: Callable[[], None]) -> Callable[[str], Session | None]:
    """For the Guard: the session behind the cookie of an account; None when it has ended. Reads the desk's file, and the one
    that a restore has put in its place. Raises LibraryError."""

    def found(token: str) -> Session | None:
        try:
            try:
                actor, account = session_actor(desk(), token)
            except LibraryReplaced:
                open_again()
                actor, account = session_actor(desk(), token)
        except SignInRefused:
            return None
        return Session(account.id, form_token(token), Signed(actor, account))

    return found


def open_session(response: Response, token: str, serving: Serving) -> None:
    """Give the browser the session of an account, for as long as the browser is open; what it asked before stays behind."""
    response.set_cookie(cookie_name(serving), token, path="/", httponly=True, samesite="lax", secure=serving.secure)
    _leave_anonymous(response, serving)


def close_session(response: Response, serving: Serving) -> None:
    response.delete_cookie(cookie_name(serving), path="/", httponly=True, samesite="lax", secure=serving.secure)
    _leave_anonymous(response, serving)


def _leave_anonymous(response: Response, serving: Serving) -> None:
    """The next page begins a new anonymous session: nobody who knew the old cookie reads on after a change of person."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=serving.secure)
