"""Limits: how often one reader asks, and who may ask at all without an account."""

from __future__ import annotations

import math

from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest

from osler.accounts.throttle import Bucket
from osler.web.roles import require, signed_of
from osler.web.serving import Serving

ADDRESSES = 20
"""As many readers without an account as may ask from one address at full speed: a hospital shares one, a flood comes from one. How
many are answered at one time is bounded elsewhere."""


class Limits:
    """One a process; safe among threads."""

    def __init__(self, serving: Serving) -> None:
        self._anonymous = serving.anonymous
        self._readers = Bucket(serving.per_minute, serving.per_minute)
        self._addresses = Bucket(serving.per_minute * ADDRESSES, serving.per_minute * ADDRESSES)

    def may_ask(self, http: HttpRequest) -> bool:
        return self._anonymous or signed_of(http) is not None

    def check(self, http: HttpRequest) -> None:
        """Before a question is taken. Raises HTTPException 401 when it needs an account here, 429 when they come too fast.

        A reader without an account can drop their cookie, so they are counted by address too.
        """
        if not self.may_ask(http):
            require()(http)
        wait = self._readers.take(http.state.session.owner)
        if not wait and signed_of(http) is None:
            wait = self._addresses.take(http.client.host if http.client else "")
        if wait:
            seconds = math.ceil(wait)
            raise HTTPException(
                429, f"Questions come too fast. Wait {seconds} s, then ask again.", headers={"Retry-After": str(seconds)}
            )
