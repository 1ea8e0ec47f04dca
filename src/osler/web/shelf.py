"""Shelf: where answered articles are kept for the reader who asked for them, and for nobody else."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from osler.casebook.store import Casebook
from osler.domain.article import Article
from osler.domain.request import Request
from osler.errors import LibraryError, UnknownAnswer
from osler.web.answering import Made
from osler.web.forgetting import Forgetting
from osler.web.words import DISPOSITION

TOKEN_BYTES = 18
"""144 bits: an address that cannot be guessed (OWASP asks for 64 at least)."""
EVERYBODY = "everybody"
"""Owner of the articles of a demonstration."""
LISTED = 200
"""Articles of one reader that a page shows at most."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An article at its address, with what was put in for it."""

    token: str
    article: Article
    request: Request


@dataclass(frozen=True, slots=True)
class Item:
    """The same as a list shows it. asked_on: the day (UTC) it was last asked, "" when it is in memory only. answer_id: names
    it at the desk."""

    token: str
    title: str
    disposition: str
    turns: tuple[str, ...]
    asked_on: str = ""
    answer_id: str = ""


class Shelf(Protocol):
    """Every look-up names the owner: a token alone opens nothing."""

    def put(self, owner: str, token: str, article: Article, request: Request, made: Made | None = None) -> str:
        """The token at which it stands: the one proposed, or another when it has one already."""
        ...

    def get(self, owner: str, token: str) -> Kept | None: ...

    def listed(self, owner: str) -> tuple[Item, ...]:
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

    def put(self, owner: str, token: str, article: Article, request: Request, made: Made | None = None) -> str:
        with self._lock:
            self._kept[owner, token] = Kept(token, article, request)
            while len(self._kept) > self._capacity:
                self._kept.popitem(last=False)
        return token

    def get(self, owner: str, token: str) -> Kept | None:
        with self._lock:
            return self._kept.get((owner, token))

    def listed(self, owner: str) -> tuple[Item, ...]:
        with self._lock:
            own = [k for (o, _), k in reversed(self._kept.items()) if o == owner]
        return tuple(Item(k.token, k.article.title, DISPOSITION[k.article.disposition], k.request.turns) for k in own)


class CasebookShelf:
    """A shelf that keeps: answers lie in the casebook, each for its owner, under the casebook's own random key.

    What nobody asked here (the articles of a demonstration) stays in memory. Answers of readers without an account are erased
    when they were last given more than `anonymous_hours` ago, those of accounts after `days` when there are any.
    """

    def __init__(self, casebook: Callable[[], Casebook], memory: MemoryShelf, anonymous_hours: int, days: int | None) -> None:
        self._casebook = casebook
        self._memory = memory
        self._forgetting = Forgetting(casebook, anonymous_hours, days)

    def put(self, owner: str, token: str, article: Article, request: Request, made: Made | None = None) -> str:
        if made is None or owner == EVERYBODY:
            return self._memory.put(owner, token, article, request)
        try:
            self.sweep()
            return self._casebook().put(article, request, made.making, made.trail, owner, None).key
        except LibraryError:  # a full disk, a file in use: the answer is shown all the same
            return self._memory.put(owner, token, article, request)

    def sweep(self) -> int:
        """Forget what is due; how many answers went. Raises LibraryError."""
        return self._forgetting.sweep()

    def get(self, owner: str, token: str) -> Kept | None:
        in_memory = self._memory.get(owner, token)
        if in_memory is not None:
            return in_memory
        try:
            stored = self._casebook().at(token, owner)
        except UnknownAnswer:
            return None
        return Kept(token, stored.article, stored.request)

    def listed(self, owner: str) -> tuple[Item, ...]:
        stored = self._casebook().listed(owner, LISTED)
        kept = tuple(Item(k.key, k.title, _DISPOSITION[k.disposition], k.turns, k.last_at[:10], k.answer_id) for k in stored)
        return (*self._memory.listed(owner), *kept)


_DISPOSITION = {d.value: words for d, words in DISPOSITION.items()}
