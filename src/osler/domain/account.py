"""Account, Role, Actor and Disclosure: who may act, by which means, and what interests they have declared."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    AUTHOR = "author"
    REVIEWER = "reviewer"
    EDITOR = "editor"
    ADMIN = "admin"


class Means(StrEnum):
    """How the one who acts was recognised. Only `password`, a person who has just signed in (by one, or through a provider), can sign
    an article."""

    PASSWORD = "password"  # noqa: S105
    KEY = "key"
    MACHINE = "machine"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. Roles are looked up when something is done, never carried along: they may have been taken away since."""

    account_id: str
    means: Means


OPERATOR = Actor("operator", Means.MACHINE)
"""Whoever can write to the directory of the desk anyway: adds and disables accounts, signs nothing."""
CLOCK = Actor("clock", Means.CLOCK)
"""Dates that pass and documents that change."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person. `login` is for signing in; name and credentials are public where the person reviewed."""

    id: str
    login: str
    name: str
    credentials: str
    roles: tuple[Role, ...]
    active: bool
    created_at: str
    has_password: bool

    def may(self, *roles: Role) -> bool:
        return self.active and any(r in self.roles for r in roles)


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What a person declares about the 36 months before `dated_on`; `interests` is empty when there are none.

    Source: ICMJE Disclosure of Interest form: the time frame for what lies outside the work itself is the past 36 months.
    """

    id: int
    account_id: str
    dated_on: str
    covers_from: str
    interests: str

    @property
    def has_interests(self) -> bool:
        return bool(self.interests)
