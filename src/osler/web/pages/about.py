"""About: what this server is and is not, its editorial policy as its settings have it, and the reader's choice of light or dark."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response

from osler.domain.document import StudyDesign
from osler.domain.review import DISCLOSURE_MONTHS
from osler.review.public import listing, policy
from osler.review.states import LIVE
from osler.web.forms import own_form
from osler.web.site import THEME_COOKIE, THEMES, keep_choice, site_of
from osler.web.words import DESIGN

router = APIRouter(include_in_schema=False)
COMPOSER = "without a language model"
INDEX = {"x-robots-tag": "index, follow"}


@router.get("/policy")
def policy_page(http: HttpRequest) -> Response:
    """Written from the settings in force, so that it cannot promise what the server does not do."""
    site = site_of(http)
    text = site.part(
        "policy.md", held=policy(site.desk), months=DISCLOSURE_MONTHS, composer=COMPOSER, patients=site.serving.patients,
        keep=site.casebook is not None, anonymous=site.serving.anonymous, hours=site.serving.anonymous_hours,
        retention=site.settings.retention_days,
    )  # fmt: skip
    return site.page(http, "policy.html", headers=INDEX, policy=text)


@router.get("/about")
def about_page(http: HttpRequest) -> Response:
    """What the library holds and what Osler cannot do, in figures of this server."""
    site = site_of(http)
    library, listed = site.asking.library(), listing(site.desk)
    kinds = [(DESIGN[StudyDesign(kind)].lower(), status, n) for kind, status, n in library.catalog.summary()]
    text = site.part(
        "about.md", snapshot=library.snapshot, kinds=kinds, longest=library.settings.max_question_characters,
        most=library.settings.max_claims, composer=COMPOSER, published=len(listed), live=sum(a.state in LIVE for a in listed),
    )  # fmt: skip
    return site.page(http, "about.html", headers=INDEX, about=text)


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
