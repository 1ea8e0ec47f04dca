"""Adding: who may read the library's pages, and who may add to it from one."""

from __future__ import annotations

from starlette.requests import Request as HttpRequest

from osler.domain.account import Role
from osler.web.roles import require, signed_of
from osler.web.site import site_of

MAY_ADD = (Role.EDITOR, Role.ADMIN)


def may_add(http: HttpRequest) -> bool:
    """Whether this reader may add: an editor or admin, or anybody where the server was told so."""
    signed = signed_of(http)
    return site_of(http).serving.open_uploads or (signed is not None and signed.account.may(*MAY_ADD))


def require_to_add(http: HttpRequest) -> None:
    """A dependency of pages. Raises HTTPException as `roles.require` does."""
    if not site_of(http).serving.open_uploads:
        require(*MAY_ADD)(http)


def require_to_read(http: HttpRequest) -> None:
    """A dependency of pages: where nobody asks without an account, nobody reads the library without one."""
    if not site_of(http).serving.anonymous:
        require()(http)
