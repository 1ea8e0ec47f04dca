"""Case, Version, Thread, Approval, Policy and what is public: the nouns of the review desk."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from osler.domain.account import Disclosure
from osler.domain.article import Article, ReviewState

DISCLOSURE_MONTHS = 36
"""What a declaration covers. Source: ICMJE Disclosure of Interest form. No setting shortens it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the desk asks for; kept in the desk, so that every change of it is audited.

    quorum: people who must approve the same text. disclosure_valid_days: how old a reviewer's declaration may be.
    review_after_days: from publication until it is to be looked at again. expires_after_days: from then until it is out of date.
    Raises ValueError for a policy under which something could be published without a person's signature.
    """

    quorum: int = 2
    disclosure_valid_days: int = 365
    review_after_days: int = 365
    expires_after_days: int = 90

    def __post_init__(self) -> None:
        for name, low, high in (
            ("quorum", 1, 20),
            ("disclosure_valid_days", 1, 1096),
            ("review_after_days", 1, 1827),
            ("expires_after_days", 1, 730),
        ):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} is from {low} to {high}, not {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class Content:
    """Exactly what is reviewed: the article and its variants for other readers. `hash` is over the stored bytes of all of it.

    Raises ValueError when two are for the same reader, or were not made from one library snapshot.
    """

    article: Article
    variants: tuple[Article, ...]
    hash: str

    def __post_init__(self) -> None:
        every = (self.article, *self.variants)
        if len({a.question.audience for a in every}) != len(every):
            raise ValueError("two variants are for the same reader")
        if len({a.provenance.library_snapshot for a in every}) != 1:
            raise ValueError("the variants were made from different libraries")


@dataclass(frozen=True, slots=True)
class Case:
    """One article on the desk. `version` and `content_hash` are of its newest text; `published_version` of what readers see.

    `round` counts reviews: 1 until it is published, one more with every review after that.
    """

    id: str
    state: ReviewState
    author: str
    title: str
    version: int
    content_hash: str
    round: int
    slug: str | None
    published_version: int | None
    published_at: str | None
    updated_at: str
    due_on: str | None
    expires_on: str | None
    reason: str | None
    superseded_by: str | None
    erased: bool
    submitted_at: str | None
    answer_id: str
    published_title: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """One stored text of a case: who made it from the one before, and by what steps."""

    number: int
    hash: str
    at: str
    by: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's signature under one exact text. It counts until it is revoked, and only in its round."""

    id: int
    reviewer: str
    version: int
    content_hash: str
    round: int
    at: str
    disclosure_id: int
    revoked_at: str | None


@dataclass(frozen=True, slots=True)
class Cleared:
    """A text that enough people signed. Release takes nothing else, and it cannot be built with less.

    Raises ValueError.
    """

    case_id: str
    content_hash: str
    quorum: int
    approvals: tuple[Approval, ...]

    def __post_init__(self) -> None:
        if any(a.content_hash != self.content_hash or a.revoked_at is not None for a in self.approvals):
            raise ValueError("an approval is revoked, or of another text")
        if self.quorum < 1 or len({a.reviewer for a in self.approvals}) < self.quorum:
            raise ValueError(f"{len({a.reviewer for a in self.approvals})} of {self.quorum} approvals")


class Outcome(StrEnum):
    """What became of a comment thread."""

    OPEN = "open"
    CHANGED = "changed"
    ANSWERED = "answered"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Comment:
    by: str
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Thread:
    """Comments on one claim of one version, or on the whole article when `claim_id` is None."""

    id: int
    case_id: str
    version: int
    claim_id: str | None
    opened_by: str
    opened_at: str
    outcome: Outcome
    closed_by: str | None
    comments: tuple[Comment, ...]


@dataclass(frozen=True, slots=True)
class Assignment:
    reviewer: str
    assigned_by: str
    at: str
    recused_at: str | None


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of the public log of an article: published, reaffirmed, corrected, retracted, superseded, expired …"""

    slug: str
    title: str
    state: ReviewState
    at: str
    note: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A published article in a list or a feed; `state` is of today. `title` is empty once its text was erased."""

    slug: str
    title: str
    state: ReviewState
    published_on: str
    updated_on: str
    due_on: str | None
    audiences: tuple[str, ...]
    reason: str | None = None
    superseded_by: str | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """What stands at a public address: the article as it was signed, or, once retracted, only why and since when."""

    listed: Listed
    article: Article | None
    log: tuple[LogEntry, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """One of the advisory board, from the account itself: what they declare, and the public articles that they signed."""

    name: str
    credentials: str
    active: bool
    disclosure: Disclosure | None
    disclosure_current: bool
    reviewed: tuple[Listed, ...]
