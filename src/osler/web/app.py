"""The application: the site, its pages, its files, and what is said when something goes wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from osler.domain.request import Request
from osler.errors import LibraryReplaced, OslerError, QuestionError, Refused, SignInRefused, UnknownAnswer
from osler.settings import Settings
from osler.web.api import health
from osler.web.api.app import API, create_api
from osler.web.api.caller import Rates
from osler.web.metrics import Measured, Metrics
from osler.web.pages import (
    about,
    account,
    article,
    ask,
    library,
    library_document,
    library_search,
    library_upload,
    people,
    public,
    questions,
    share,
)
from osler.web.pages import desk as desk_pages
from osler.web.pages import oidc as oidc_pages
from osler.web.rounds import Rounds
from osler.web.security import Guard
from osler.web.serving import Serving
from osler.web.sessions import account_sessions, cookie_name
from osler.web.shelf import Shelf
from osler.web.site import EVERYBODY, Site, site_of

HEADINGS = {
    400: "That cannot be asked",
    401: "Not signed in",
    409: "That was not done",
    403: "Not accepted",
    404: "Not here",
    405: "Not here",
    410: "No longer here",
    413: "Too much at once",
    429: "One at a time",
    501: "Not on this server",
    503: "Busy",
    507: "No room",
}
_FOR_GOOD = "public, max-age=31536000, immutable"


class Files(StaticFiles):
    """The files of static/, kept by browsers for good: their addresses carry a mark of their content."""

    async def get_response(self, path: str, scope: MutableMapping[str, Any]) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = _FOR_GOOD
        return response


def create_app(settings: Settings, serving: Serving | None = None, shelf: Shelf | None = None) -> FastAPI:
    """A server of the library in `settings.home`, which is opened here, once. Raises LibraryError when it cannot be."""
    serving = serving or Serving()
    site = Site(settings, serving, shelf)

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        rounds = Rounds(site)
        rounds.start()
        yield
        rounds.stop()
        site.asking.close()
        await run_in_threadpool(site.uploads.close)

    app = FastAPI(title="Osler", lifespan=running, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.site = site
    app.state.rates, app.state.metrics = Rates(site), Metrics(site.asking)
    app.mount(API, create_api(site, app.state.rates))
    app.include_router(health.router)
    app.mount("/static", Files(directory=Path(str(resources.files("osler.web") / "static"))))
    for pages in (ask, article, about, account, people, library, library_search, library_upload, library_document):
        app.include_router(pages.router)
    for pages in (questions, desk_pages, public, share):
        app.include_router(pages.router)
    oidc_pages.join(app, settings, serving)
    app.add_exception_handler(HTTPException, _said(lambda e: (getattr(e, "status_code", 500), str(getattr(e, "detail", "")))))
    app.add_exception_handler(QuestionError, _said(lambda e: (400, f"{e}.")))
    app.add_exception_handler(UnknownAnswer, _said(lambda _: (404, "There is no such article here.")))
    app.add_exception_handler(Refused, _said(lambda e: (409, f"{str(e)[:1].upper()}{str(e)[1:]}.")))
    app.add_exception_handler(SignInRefused, _said(_not_signed_in))
    app.add_exception_handler(LibraryReplaced, _said(lambda _: (503, _open_again(site))))
    app.add_exception_handler(OslerError, _said(lambda _: (503, "The library cannot be used just now. Try again in a moment.")))
    app.add_middleware(Guard, serving=serving, accounts=(cookie_name(serving), account_sessions(lambda: site.desk, site.open_desk)))
    app.add_middleware(Measured, metrics=app.state.metrics)  # outside the Guard: what it refuses counts too
    if serving.demo:
        _answer_examples(site)
    return app


def _said(of: Callable[[Exception], tuple[int, str]]) -> Callable[[HttpRequest, Exception], Awaitable[Response]]:
    async def page(http: HttpRequest, error: Exception) -> Response:
        status, detail = of(error)
        heading = HEADINGS.get(status, "That did not work")
        return site_of(http).page(http, "error.html", status, getattr(error, "headers", None), heading=heading, detail=detail)

    return page


def _not_signed_in(error: Exception) -> tuple[int, str]:
    wait = getattr(error, "retry_after_s", None)
    text = f"{str(error)[:1].upper()}{str(error)[1:]}"
    return (401, f"{text}.") if wait is None else (429, f"{text} {wait} seconds.")


def _open_again(site: Site) -> str:
    """After a restore there is another file in the place of the one that was open."""
    site.open_desk()
    return "The library was restored meanwhile. Load the page again."


def _answer_examples(site: Site) -> None:
    for question in reversed(ask.EXAMPLES):
        ask.answered(site, EVERYBODY, Request((question,)))
