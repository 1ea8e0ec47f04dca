"""Strict: a body is JSON that reads in one way only, and what is wrong with a field is said without repeating what was sent."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from osler.web.api.problems import Told

MAX_DEPTH = 12
"""Arrays and objects in each other; the deepest body that is defined has four."""
MAX_ERRORS = 20
_A_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class StrictRoute(APIRoute):
    """A route whose body, when it has one, is read by `read_json` before anything else looks at it."""

    def get_route_handler(self) -> Callable[[HttpRequest], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()
        has_body = self.body_field is not None

        async def handler(http: HttpRequest) -> Response:
            if has_body:
                if http.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
                    raise Told("not-json")
                read_json(await http.body())
            return await inner(http)

        return handler


def read_json(data: bytes) -> Any:
    """The value. Raises Told `bad-json` for anything that two readers could read differently, or cannot read at all."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite)
        _check(value, MAX_DEPTH)
    except (ValueError, RecursionError):
        raise Told("bad-json") from None
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("too big")
    return value


def _check(value: Any, depth: int) -> None:
    if isinstance(value, str):
        if _SURROGATE.search(value):
            raise ValueError("half of a pair")
    elif isinstance(value, (dict, list)):
        if not depth:
            raise ValueError("nested too deeply")
        for inner in (*value, *value.values()) if isinstance(value, dict) else value:
            _check(inner, depth - 1)


def field_errors(error: RequestValidationError) -> Told:
    """What must be mended, field by field. A name that was sent is repeated only when it looks like one: it may be a question."""
    return Told("not-valid", errors=list(_each(error.errors()[:MAX_ERRORS])))


def _each(errors: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    for e in errors:
        where, *path = e["loc"]
        if e["type"] == "extra_forbidden" and not _A_NAME.fullmatch(str(path[-1])):
            path[-1] = "…"
        said = str(e["msg"]).removeprefix("Value error, ")
        if e["type"] == "extra_forbidden":
            said = "there is no such field"
        place = {"pointer": "#/" + "/".join(map(str, path)) if path else "#"} if where == "body" else {"parameter": str(path[-1])}
        yield {"detail": said, **place}
