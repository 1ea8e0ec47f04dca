"""Site: what every page needs (library, shelf, templates), and how a page is made from them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any, cast

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from osler import __version__
from osler.casebook.shares import Shares
from osler.casebook.store import Casebook, open_casebook
from osler.domain.question import Audience
from osler.review.store import Desk, open_desk
from osler.settings import Settings
from osler.web import words
from osler.web.asking import Asking
from osler.web.corrections import WANTED
from osler.web.holdings_shown import HoldingsShown
from osler.web.limits import Limits
from osler.web.markup import markdown
from osler.web.published import Index
from osler.web.roles import signed_of
from osler.web.security import Session
from osler.web.serving import Serving
from osler.web.shelf import EVERYBODY, CasebookShelf, Kept, MemoryShelf, Shelf
from osler.web.uploads import Uploads

THEMES = ("auto", "light", "dark")
THEME_COOKIE, READER_COOKIE = "osler_theme", "osler_reader"
A_YEAR_S = 365 * 24 * 3600
__all__ = ["EVERYBODY"]


class Site:
    """One a process. Pages get it with `site_of(request)`."""

    def __init__(self, settings: Settings, serving: Serving, shelf: Shelf | None = None) -> None:
        self.serving = serving
        self.settings = settings
        self.by_password = settings.oidc is None or not settings.oidc.only
        self.asking = Asking(settings, serving)
        self.holdings = HoldingsShown()
        self.uploads = Uploads(settings, serving)
        self.published = Index()
        self.limits = Limits(serving)
        self.open_desk()
        self.shelf: Shelf = shelf or self._shelf()
        self._templates = Environment(
            loader=PackageLoader("osler.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self._templates.filters["markdown"] = markdown
        self._templates.globals |= {
            "words": words,
            "version": __version__,
            "asset": _asset_address,
            "audiences": self.audiences(),
            "wanted": WANTED,
            "by_password": self.by_password,
            "by_provider": settings.oidc is not None,
        }

    def open_desk(self) -> None:
        """Open the desk and the stored answers; again, when a restore has put another file in their place. Raises LibraryError."""
        self.desk: Desk = open_desk(self.settings)
        self.casebook: Casebook | None = open_casebook(self.settings) if self.settings.keep else None
        self.shares: Shares | None = Shares(self.casebook.path) if self.casebook else None

    def _shelf(self) -> Shelf:
        memory = MemoryShelf(self.serving.kept)
        if self.casebook is None:
            return memory
        return CasebookShelf(self._stored, memory, self.serving.anonymous_hours, self.settings.retention_days)

    def _stored(self) -> Casebook:
        assert self.casebook is not None  # noqa: S101 - only a shelf of stored answers calls this
        return self.casebook

    def audiences(self) -> tuple[Audience, ...]:
        """Who may be answered here."""
        return tuple(a for a in Audience if a is not Audience.PATIENT or self.serving.patients)

    def part(self, template: str, **values: Any) -> str:
        """A piece of a page as HTML."""
        return self._templates.get_template(template).render(values)

    def page(self, request: Request, template: str, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any) -> HTMLResponse:  # fmt: skip
        """A whole page with the session's token for its forms and the reader's choices."""
        return HTMLResponse(self.part(template, **self.shared(request), **values), status, headers)

    def shared(self, request: Request) -> dict[str, Any]:
        """What every template may use."""
        theme, signed = request.cookies.get(THEME_COOKIE, "auto"), signed_of(request)
        return {
            "csrf": session_of(request).csrf,
            "reader": self.reader(request),
            "theme": theme if theme in THEMES else "auto",
            "here": request.url.path,
            "account": signed.account if signed else None,
        }

    def reader(self, request: Request) -> Audience:
        """The kept choice of "Which best describes you?"."""
        kept = request.cookies.get(READER_COOKIE, "")
        return next((a for a in self.audiences() if a.value == kept), Audience.CLINICIAN)

    def kept(self, request: Request, token: str) -> Kept | None:
        """The article, when it is this reader's own or the demonstration's."""
        own = self.shelf.get(session_of(request).owner, token)
        return own or (self.shelf.get(EVERYBODY, token) if self.serving.demo else None)


def site_of(request: Request) -> Site:
    return cast(Site, request.app.state.site)


def session_of(request: Request) -> Session:
    return cast(Session, request.state.session)


def keep_choice(response: Response, cookie: str, value: str, serving: Serving) -> None:
    """Remember a choice of how pages look or for whom they are; it says nothing of a question."""
    response.set_cookie(cookie, value, max_age=A_YEAR_S, httponly=True, samesite="lax", secure=serving.secure)


@lru_cache(maxsize=16)
def _asset_address(name: str) -> str:
    """Where a file of static/ is, with a mark of its content, so that a browser may keep it for good."""
    data = (resources.files("osler.web") / "static" / name).read_bytes()
    return f"/static/{name}?{hashlib.sha256(data).hexdigest()[:12]}"
