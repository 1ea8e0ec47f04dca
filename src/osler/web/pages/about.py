"""About: the editorial policy, and the reader's choice of light or dark."""

from __future__ import annotations

from importlib import resources

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response

from osler.web.forms import own_form
from osler.web.site import THEME_COOKIE, THEMES, keep_choice, site_of

router = APIRouter(include_in_schema=False)


@router.get("/policy")
async def policy_page(http: HttpRequest) -> Response:
    text = (resources.files("osler.web") / "templates" / "policy.md").read_text(encoding="utf-8")
    return site_of(http).page(http, "policy.html", policy=text)


@router.post("/choices")
async def choose(http: HttpRequest) -> Response:
    """Back to the first page: where the reader came from is not told, so that no address of an article leaves it."""
    form = await own_form(http)
    theme = form.get("theme")
    if theme not in THEMES:
        raise HTTPException(400, "There is no such choice.")
    back = str(form.get("back", "/"))
    answer = RedirectResponse(back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/", 303)
    keep_choice(answer, THEME_COOKIE, str(theme), site_of(http).serving)
    return answer
