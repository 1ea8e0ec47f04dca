"""Health: is the process alive, can it answer, and its figures; for whoever watches the server."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response

from osler.errors import OslerError
from osler.library.lock import is_being_written
from osler.pipeline import Library
from osler.web.api.caller import check_key, is_here
from osler.web.api.problems import Told, problem_response
from osler.web.metrics import MEDIA_TYPE, Metrics
from osler.web.site import Site, site_of

router = APIRouter(include_in_schema=False)
SOUND = "sound"


@router.get("/healthz")
async def alive() -> Response:
    """The process answers; nothing else is looked at."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
def ready(http: HttpRequest) -> Response:
    """200 when questions can be answered, 503 when not; which part it is, in a word each. No path, no text of an error."""
    site = site_of(http)
    parts = {name: _said(look, site) for name, look in _PARTS}
    good = all(said != _BROKEN for said in parts.values())
    return JSONResponse({"status": "ready" if good else "not ready"} | parts, 200 if good else 503)


@router.get("/metrics")
def figures(http: HttpRequest) -> Response:
    """For this machine, or with a key: how many emergencies were asked about is not for everybody."""
    try:
        if not is_here(http):
            check_key(http)
    except Told as refusal:
        return problem_response(refusal)
    metrics: Metrics = http.app.state.metrics
    return Response(metrics.text(), media_type=MEDIA_TYPE)


_BROKEN = "cannot be used"


def _said(look: Callable[[Site], str], site: Site) -> str:
    try:
        return look(site)
    except OslerError:
        return _BROKEN


def _library(site: Site) -> str:
    site.asking.library().catalog.sequence()
    return SOUND


def _index(site: Site) -> str:
    library = site.asking.library()
    writing = is_being_written(library.settings.home)
    if _is_whole(library):
        return SOUND
    return "behind a writer at work" if writing else _BROKEN


def _is_whole(library: Library) -> bool:
    """It can be opened and holds as many passages as the catalogue does: a look of a millisecond, not the check of `osler index verify`.

    Raises IndexUnusable.
    """
    return library.index.count() == library.catalog.snapshot().passages


def _writer(site: Site) -> str:
    return "at work" if is_being_written(site.settings.home) else "none"


def _desk(site: Site) -> str:
    with site.desk.reading():
        return SOUND


_PARTS: tuple[tuple[str, Callable[[Site], str]], ...] = (
    ("library", _library), ("index", _index), ("writer", _writer), ("desk", _desk),
)  # fmt: skip
