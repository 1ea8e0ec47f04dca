"""Problems: every way the API says no, as RFC 9457 has it; the table here is the one that is documented and served."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from osler.errors import (
    IndexUnusable,
    LibraryError,
    LibraryLocked,
    LibraryReplaced,
    OslerError,
    QuestionError,
    Refused,
    SignInRefused,
    UnknownAnswer,
    UnknownDocument,
    UserError,
)

MEDIA_TYPE = "application/problem+json"
PAGE = "/api/v1/problems"
RETRY_AFTER_S = 2


@dataclass(frozen=True, slots=True)
class Kind:
    """slug: the end of its `type`, which never changes. meaning: what it tells, and what to do."""

    slug: str
    status: int
    title: str
    meaning: str

    @property
    def type(self) -> str:
        return f"{PAGE}#{self.slug}"


KINDS = {
    k.slug: k
    for k in (
        Kind("bad-json", 400, "The body is not JSON that can be read", "Not UTF-8, cut off, nested too deeply, a name twice in one object, NaN or Infinity, or half of a surrogate pair. Nothing of it was used."),
        Kind("key-in-address", 400, "A key does not belong in an address", "Addresses are kept in logs and histories. Revoke that key, make another, and send it in the header Authorization."),
        Kind("key-needed", 401, "A key is needed", "Send `Authorization: Bearer KEY`; `osler key add` makes one."),
        Kind("key-not-valid", 401, "The key is not valid", "It was revoked, is too old, was mistyped, or its person was disabled."),
        Kind("not-allowed", 403, "Not allowed here", "The server does not offer this to whoever asks; the detail says why."),
        Kind("not-found", 404, "There is nothing at this address", "See the list of addresses in openapi.json."),
        Kind("no-such-answer", 404, "No such answer", "No answer of this id is stored for you: it is another's, was erased, or was not kept."),
        Kind("no-such-document", 404, "No such document", "The library holds no document of this id, or not in this version."),
        Kind("no-such-article", 404, "No such article", "Nothing was ever published at this address."),
        Kind("wrong-method", 405, "Not this way", "The header Allow names the methods of this address."),
        Kind("too-large", 413, "Too much at once", "The body is longer than this server reads: send less, or in several requests."),
        Kind("not-json", 415, "The body must be JSON", "Send it with `Content-Type: application/json`."),
        Kind("wrong-host", 421, "This server does not answer to that name", "The name in the address is not one it was started with (`osler serve --name`)."),
        Kind("not-valid", 422, "A field cannot be used", "`errors` names each field and what it must be. What was sent is not repeated."),
        Kind("question", 422, "The question cannot be read", "Empty, too long, without words, or with facts that no patient has."),
        Kind("input", 422, "That cannot be used", "A name or a combination is not known; the detail says which."),
        Kind("too-many", 429, "Too many requests of yours", "Wait as many seconds as Retry-After says."),
        Kind("failed", 500, "Something went wrong on this server", "Its log says where, without the question. Try again; tell its operator when it happens again."),
        Kind("not-installed", 501, "Not on this server", "It needs an extra that is not installed."),
        Kind("library-unusable", 503, "The library cannot be used", "It is damaged or cannot be reached; `osler doctor` on the server says more. Nothing is answered from it until then."),
        Kind("busy", 503, "Busy", "Too many questions wait, or the library is being replaced. Nothing was taken: try again after Retry-After seconds."),
    )
}  # fmt: skip
_OF_STATUS = {
    400: "bad-json", 401: "key-needed", 403: "not-allowed", 404: "not-found", 405: "wrong-method", 413: "too-large", 415: "not-json",
    421: "wrong-host", 422: "not-valid", 429: "too-many", 500: "failed", 501: "not-installed", 503: "busy",
}  # fmt: skip
_OF_ERROR: tuple[tuple[type[OslerError], str, bool], ...] = (
    (QuestionError, "question", True),
    (UnknownDocument, "no-such-document", False),
    (UnknownAnswer, "no-such-answer", False),
    (SignInRefused, "key-not-valid", False),
    (Refused, "not-allowed", True),
    (UserError, "input", True),
    (LibraryLocked, "busy", False),
    (LibraryReplaced, "busy", False),
    (LibraryError, "library-unusable", False),
    (IndexUnusable, "library-unusable", False),
    (OslerError, "failed", False),
)
"""The first that fits; with True its own words are told. Those of the others name files of the server, or commands of its operator."""


class Told(HTTPException):
    """A refusal with its kind. errors: for `not-valid`, what is wrong with each field."""

    def __init__(
        self, slug: str, detail: str = "", *, errors: Iterable[Mapping[str, str]] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        kind = KINDS[slug]
        super().__init__(kind.status, detail or kind.meaning, dict(headers or {}))
        self.slug = slug
        self.errors = [dict(e) for e in errors]


def told(error: Exception) -> Told:
    """The refusal that an error is: one of ours, one of the framework's, or anything else, whose words are not repeated."""
    if isinstance(error, Told):
        return error
    if isinstance(error, HTTPException):
        slug = _OF_STATUS.get(error.status_code, "failed")
        ours = slug in ("too-many", "busy")  # the others are the framework's, and say less than the table
        return Told(slug, str(error.detail) if ours else "", headers=error.headers)
    for kind, slug, words in _OF_ERROR:
        if isinstance(error, kind):
            said = f"{str(error)[:1].upper()}{str(error)[1:]}." if words else ""
            return Told(slug, said, headers={"Retry-After": str(RETRY_AFTER_S)} if slug == "busy" else None)
    return Told("failed")


def problem_json(refusal: Told) -> dict[str, Any]:
    kind = KINDS[refusal.slug]
    found: dict[str, Any] = {"type": kind.type, "title": kind.title, "status": kind.status, "detail": refusal.detail}
    return found | ({"errors": refusal.errors} if refusal.errors else {})


def problem_response(error: Exception) -> Response:
    refusal = told(error)
    headers = dict(refusal.headers or {})
    if refusal.status_code == 401:
        headers.setdefault("WWW-Authenticate", 'Bearer realm="osler"')
    body = json.dumps(problem_json(refusal)).encode()
    return Response(body, refusal.status_code, headers, MEDIA_TYPE)
