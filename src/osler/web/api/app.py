"""The API as an application of its own, mounted by the site: its routes, what it says when something is wrong, its description."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Match, Route

from osler import __version__
from osler.errors import LibraryReplaced, OslerError
from osler.web.api import answers, articles, checks, library
from osler.web.api.caller import Rates
from osler.web.api.problems import KINDS, MEDIA_TYPE, problem_response
from osler.web.api.strict import field_errors
from osler.web.site import Site

API = "/api/v1"
PARTS = (answers, checks, library, articles)
ABOUT = (
    "Clinical questions to articles in which every sentence is tied to the exact passage it rests on. Composed by a machine without a "
    "language model, not reviewed by a person unless `review` says so, and never a prescription.\n\n"
    "Send a key of `osler key add` as `Authorization: Bearer KEY`; on the machine of the server itself none is needed until one has been "
    "made. Bodies are strict JSON, UTF-8; unknown fields are refused. What goes wrong is `application/problem+json` (RFC 9457), and "
    "its kinds are at [problems](/api/v1/problems)."
)


def create_api(site: Site, rates: Rates) -> FastAPI:
    api = FastAPI(
        title="Osler", version=__version__, description=ABOUT, docs_url=None, redoc_url=None, openapi_url="/openapi.json",
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"}, servers=[{"url": API}], root_path_in_servers=False,
        redirect_slashes=False,
    )  # fmt: skip
    api.state.site, api.state.rates = site, rates
    for part in PARTS:
        api.include_router(part.router)
    api.add_api_route("/problems", _problems_page, include_in_schema=False)
    api.add_exception_handler(HTTPException, _problem)
    api.add_exception_handler(RequestValidationError, _wrong_fields)
    api.add_exception_handler(LibraryReplaced, _opened_again(site))
    api.add_exception_handler(OslerError, _problem)
    api.add_exception_handler(Exception, _problem)  # raised on afterwards, to the Guard, which logs its type and place
    plain = api.openapi
    api.openapi = lambda: _described(plain())  # type: ignore[method-assign]
    return api


async def _problem(http: HttpRequest, error: Exception) -> Response:
    response = problem_response(error)
    if response.status_code == 405:  # the framework names the methods of the first route that has this address
        response.headers["allow"] = ", ".join(_methods(http))
    return response


def _methods(http: HttpRequest) -> list[str]:
    routes = [*http.app.routes, *(route for part in PARTS for route in part.router.routes)]
    here = (r for r in routes if isinstance(r, Route) and r.matches(http.scope)[0] is not Match.NONE)
    return sorted({method for route in here for method in route.methods or ()})


async def _wrong_fields(_: HttpRequest, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    return problem_response(field_errors(error))


def _opened_again(site: Site) -> Callable[[HttpRequest, Exception], Awaitable[Response]]:
    """After a restore there is another file in the place of the one that was open."""

    async def handler(_: HttpRequest, error: Exception) -> Response:
        site.open_desk()
        return problem_response(error)

    return handler


def _problems_page(http: HttpRequest) -> Response:
    site: Site = http.app.state.site
    routes = [
        (method.upper(), API + path, said["summary"])
        for path, methods in http.app.openapi()["paths"].items()
        for method, said in methods.items()
    ]
    return site.page(http, "problems.html", kinds=KINDS.values(), routes=routes)


def _described(found: dict[str, Any]) -> dict[str, Any]:
    """Refusals are problems, and not plain JSON, in every reply of the description."""
    for methods in found["paths"].values():
        for said in methods.values():
            for status, reply in said["responses"].items():
                if int(status) >= 400 and "application/json" in reply.get("content", {}):
                    reply["content"] = {MEDIA_TYPE: reply["content"]["application/json"]}
    return found
