"""Replies: the shapes that the API gives back, beside the nouns that it gives as they are."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from osler.casebook.diff import Change
from osler.casebook.replay import Cause, Outcome
from osler.casebook.standing import Event
from osler.domain.answer import Disposition, Role
from osler.domain.article import AskedQuestion, Related
from osler.domain.document import StudyDesign, Via
from osler.domain.evidence import Directness
from osler.domain.question import Audience
from osler.domain.status import PublicationStatus
from osler.domain.verification import Verdict


class Wrong(BaseModel):
    """pointer: the field of the body (RFC 6901); parameter: of the address or its query."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None


class Problem(BaseModel):
    """RFC 9457. `type` never changes; `detail` is for people."""

    type: str = Field(examples=["/api/v1/problems#not-valid"])
    title: str
    status: int
    detail: str
    errors: list[Wrong] = []


class StoredAnswer(BaseModel):
    """A stored answer as a list shows it. Times are UTC; `times`: how often it was given; `follows`: the answer it was asked after."""

    answer_id: str
    owner: str
    follows: str | None
    first_at: str
    last_at: str
    times: int
    turns: list[str]
    audience: Audience
    disposition: Disposition
    title: str
    snapshot: str
    engine: str


class AnswerPage(BaseModel):
    """The latest first. next: the address of the page after this one, null on the last."""

    total: int
    answers: list[StoredAnswer]
    next: str | None


class Erased(BaseModel):
    """erased: this answer and every follow-up that repeats its question. traces: files of the desk in which words of them are left
    (there should be none). others: stored answers to the same questions that are somebody else's, and stay. at_the_desk: cases that
    you made from it and that stay, for a key erases nothing there: sign in to do it."""

    erased: list[str]
    files_searched: int
    traces: list[str]
    others: int
    at_the_desk: list[str]


class CitedNow(BaseModel):
    document_id: str
    version: int
    status: PublicationStatus
    since: str | None


class MovedDocument(BaseModel):
    """A cited document that is not what it was; `now` is null when it is out of use."""

    document_id: str
    cited: CitedNow
    now: CitedNow | None
    events: list[Event]
    words: str


class ClaimWords(BaseModel):
    id: str
    text: str
    role: Role


class ChangedClaim(BaseModel):
    change: Change
    before: ClaimWords | None
    after: ClaimWords | None
    what: list[str]


class ChangedReference(BaseModel):
    change: Change
    document_id: str
    title: str
    what: list[str]


class ChangedPart(BaseModel):
    part: str
    removed: list[str]
    added: list[str]


class DifferenceReply(BaseModel):
    counts: dict[Change, int]
    claims: list[ChangedClaim]
    references: list[ChangedReference]
    parts: list[ChangedPart]


class WhyReply(BaseModel):
    cause: Cause
    words: str


class ReplayReply(BaseModel):
    """now: id of today's answer, null when it is refused. documents: cited ones that have moved."""

    answer_id: str
    outcome: Outcome
    now: str | None
    why: list[WhyReply]
    documents: list[MovedDocument]
    difference: DifferenceReply | None


class RelatedReply(BaseModel):
    """Questions next to this one; each was asked, and is answered with something new."""

    related: list[Related]


class VerifiedClaim(BaseModel):
    """`supported` is the only pass."""

    id: str
    verdict: Verdict
    reasons: list[str]


class Verified(BaseModel):
    results: list[VerifiedClaim]


class AppraisedPair(BaseModel):
    id: str
    directness: Directness
    axes: list[str]
    reasons: list[str]


class Appraised(BaseModel):
    results: list[AppraisedPair]


class KindCount(BaseModel):
    kind: StudyDesign
    status: PublicationStatus
    documents: int


class LibraryStats(BaseModel):
    """snapshot: what answers are made from; it ends in "+" while something is being added."""

    documents: int
    passages: int
    snapshot: str
    kinds: list[KindCount]


class FoundDocument(BaseModel):
    id: str
    version: int
    kind: StudyDesign
    via: Via
    status: PublicationStatus
    status_since: str | None
    jurisdiction: str | None
    organisation: str | None
    title: str
    authors: str | None
    container: str | None
    year: int | None
    pmid: str | None
    doi: str | None
    url: str | None


class FoundPassage(BaseModel):
    """start, end: code points of the document's text."""

    id: str
    start: int
    end: int
    path: list[str]
    page: int | None
    text: str


class FoundReply(BaseModel):
    """highlights: [start, end) code points of the passage's text."""

    rank: int
    score: float
    document: FoundDocument
    passage: FoundPassage
    highlights: list[tuple[int, int]]


class SearchReply(BaseModel):
    """`osler.search/1`, as `osler library search --json` prints it."""

    schema_: str = Field(alias="schema")
    snapshot: str
    found: list[FoundReply]


class ArticleLine(BaseModel):
    """A published article in the list. address: where its text is."""

    slug: str
    title: str
    state: str
    published_on: str
    updated_on: str
    due_on: str | None
    audiences: list[str]
    reason: str | None
    superseded_by: str | None
    address: str


class ArticlePage(BaseModel):
    total: int
    articles: list[ArticleLine]
    next: str | None


class Understood(BaseModel):
    """The first event of a stream: how the question was read, and what is said before any evidence is looked for."""

    question: AskedQuestion
    notices: list[dict[str, Any]]
