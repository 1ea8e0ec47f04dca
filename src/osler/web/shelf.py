"""Shelf: where answered articles are kept for the reader who asked for them, and for nobody else."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

from osler.domain.article import Article
from osler.domain.request import Request

TOKEN_BYTES = 18
"""144 bits: an address that cannot be guessed (OWASP asks for 64 at least)."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An article at its address, with what was put in for it."""

    token: str
    article: Article
    request: Request


class Shelf(Protocol):
    """Every look-up names the owner: a token alone opens nothing."""

    def put(self, owner: str, token: str, article: Article, request: Request) -> None: ...

    def get(self, owner: str, token: str) -> Kept | None: ...

    def listed(self, owner: str) -> tuple[Kept, ...]:
        """Newest first."""
        ...


def new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


class MemoryShelf:
    """A shelf that forgets: the oldest article goes when `capacity` is reached, and all of them with the process."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[tuple[str, str], Kept] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, owner: str, token: str, article: Article, request: Request) -> None:
        with self._lock:
            self._kept[owner, token] = Kept(token, article, request)
            while len(self._kept) > self._capacity:
                self._kept.popitem(last=False)

    def get(self, owner: str, token: str) -> Kept | None:
        with self._lock:
            return self._kept.get((owner, token))

    def listed(self, owner: str) -> tuple[Kept, ...]:
        with self._lock:
            return tuple(k for (o, _), k in reversed(self._kept.items()) if o == owner)
