"""Guard: what holds for every request before and after any page: host, size, session, headers, no trace of a failure's text."""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from osler.errors import OslerError
from osler.web.api.problems import problem_response
from osler.web.roles import Signed
from osler.web.serving import UPLOAD_PATH, Serving

log = logging.getLogger("osler.web")

API = "/api/"
COOKIE = "osler_session"
SESSION_BYTES = 32
ANONYMOUS = "session:"
"""Begins the owner of whoever has not signed in; an account's id has no colon."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "x-robots-tag": "noindex, nofollow",
    "cache-control": "no-store",
}
"""Set where a page has not set its own: only the files in static/ and, one day, published articles may be kept or indexed."""


@dataclass(frozen=True, slots=True)
class Session:
    """owner: whose articles are shown: an account's id, else a hash of the cookie, so that what is stored opens nothing.
    csrf: what forms send back. signed: who has signed in."""

    owner: str
    csrf: str
    signed: Signed | None = None


AccountSessions = Callable[[str], Session | None]
"""The session behind the cookie of an account; None when it has ended. May wait for the disk."""


class Guard:
    """The outermost layer. `secret` signs the tokens of forms and lives as long as the process.

    accounts: the cookie in which the session of an account comes, and how it is looked up.
    """

    def __init__(
        self, app: ASGIApp, serving: Serving, secret: bytes | None = None, accounts: tuple[str, AccountSessions] | None = None
    ) -> None:
        self._app = app
        self._serving = serving
        self._secret = secret or secrets.token_bytes(32)
        self._accounts = accounts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        started, cookie = False, _cookie(headers)
        fresh = secrets.token_urlsafe(SESSION_BYTES) if cookie is None else None
        state = scope.setdefault("state", {})
        state["session"] = self._session(cookie or fresh or "")

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._complete(scope, MutableHeaders(raw=message["headers"]), fresh)
                message["headers"] = message["headers"]
            await send(message)

        refused = self._refusal(scope["path"], headers)
        if refused is not None:
            await refused(scope, receive, guarded)
            return
        try:
            state["session"] = await self._signed(scope, headers) or state["session"]
        except OslerError:  # the desk is being written to, or cannot be read
            await PlainTextResponse("Accounts cannot be read just now. Try again in a moment.", 503)(scope, receive, guarded)
            return
        try:
            await self._app(scope, _bounded(receive, self._limit(scope["path"])), guarded)
        except Exception as error:  # noqa: BLE001 - the edge of the process
            # Type and place only: the message of an unexpected error may hold the words of a question.
            place = traceback.extract_tb(error.__traceback__)[-1]
            log.error("%s at %s:%s", type(error).__name__, place.filename, place.lineno)
            if not started:
                failed = _refused(scope["path"], 500, "Something went wrong on this server. Your question was not kept. Try again.")
                await failed(scope, receive, guarded)

    def _session(self, cookie: str) -> Session:
        csrf = hmac.new(self._secret, cookie.encode(), hashlib.sha256).hexdigest()
        return Session(ANONYMOUS + hashlib.sha256(cookie.encode()).hexdigest(), csrf)

    async def _signed(self, scope: Scope, headers: Headers) -> Session | None:
        """The session of an account, when there is one and it has not ended. Not looked up for files that everybody gets."""
        name, find = self._accounts or ("", None)
        token = cookie_parser(headers.get("cookie", "")).get(name, "")
        if find is None or len(token) != _COOKIE_LENGTH or scope["path"].startswith(("/static/", API)):
            return None
        return await run_in_threadpool(find, token)

    def _limit(self, path: str) -> int:
        """Bytes that a body may have; of files only whoever may add is asked for more (`web.adding`)."""
        if path.startswith(API):
            return self._serving.max_api_body_bytes
        return self._serving.max_upload_bytes if path == UPLOAD_PATH else self._serving.max_body_bytes

    def _refusal(self, path: str, headers: Headers) -> Response | None:
        host = headers.get("host", "")
        name = host[: host.rfind(":")] if host.rfind(":") > host.rfind("]") else host
        if name.lower() not in self._serving.hosts:
            return _refused(path, 421, "This server does not answer to that name.")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._limit(path):
            return _refused(path, 413, "That is more than this server reads at once.")
        return None

    def _complete(self, scope: Scope, headers: MutableHeaders, fresh: str | None) -> None:
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        if self._serving.secure:
            headers.setdefault("strict-transport-security", "max-age=31536000")
        if fresh and scope["method"] == "GET" and headers.get("content-type", "").startswith("text/html"):
            secure = "; Secure" if self._serving.secure else ""
            headers.append("set-cookie", f"{COOKIE}={fresh}; Path=/; HttpOnly; SameSite=Lax{secure}")


def _refused(path: str, status: int, words: str) -> Response:
    """In words for a reader, as a problem for a program."""
    return problem_response(HTTPException(status)) if path.startswith(API) else PlainTextResponse(words, status)


def _cookie(headers: Headers) -> str | None:
    """The session's cookie; None when there is none, or one that cannot be ours."""
    found = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
    return found if len(found) == _COOKIE_LENGTH and found.isascii() else None


_COOKIE_LENGTH = len(secrets.token_urlsafe(SESSION_BYTES))


def _bounded(receive: Receive, limit: int) -> Receive:
    """The same body, cut off with 413 when it is longer than it may be, whatever its length was said to be."""
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise HTTPException(413, "That is more than this server reads at once.")
        return message

    return bounded


def is_own(headers: Headers, sent: str, session: Session) -> bool:
    """Whether a POST comes from a page of this server that this session was shown."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site not in (None, "same-origin", "none"):
        return False
    if origin not in (None, "null") and origin.partition("://")[2] != headers.get("host"):
        return False
    return hmac.compare_digest(sent.encode(), session.csrf.encode())
