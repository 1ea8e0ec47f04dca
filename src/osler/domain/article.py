"""Article: the checked answer as readers and other programs get it (`osler.answer/1`).

Field names and order are the JSON contract: `codec.encode(article)` is the published object.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from osler.domain.answer import Calculation, Conflict, Disposition, DoseRow, Notice, OptionRow, Role, Section
from osler.domain.document import Authority, StudyDesign, Via
from osler.domain.evidence import Directness, Mismatch
from osler.domain.grade import Certainty, Strength
from osler.domain.question import Audience, Intent
from osler.domain.status import PublicationStatus
from osler.domain.thread import Change, Edit, View
from osler.domain.verification import Verdict

SCHEMA = "osler.answer/1"


class ReviewState(StrEnum):
    """`draft` until a named person submits it; `review/states.py` says who may move it from one to the next."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    UNDER_REVIEW = "under_review"
    APPROVED = "approved"
    CHANGES_REQUESTED = "changes_requested"
    REJECTED = "rejected"
    PUBLISHED = "published"
    REVIEW_DUE = "review_due"
    EXPIRED = "expired"
    FLAGGED = "flagged"
    RE_REVIEW = "re_review"
    REAFFIRMED = "reaffirmed"
    CORRECTED = "corrected"
    RETRACTED = "retracted"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class PatientView:
    age_years: float | None
    weight_kg: float | None
    egfr: float | None
    dialysis: str | None
    pregnant: bool | None
    allergies: tuple[str, ...]
    medicines: tuple[str, ...]
    gestation_weeks: float | None = None


@dataclass(frozen=True, slots=True)
class FrameView:
    """How the question was understood, in names a reader knows."""

    intent: Intent
    population: tuple[str, ...]
    problem: tuple[str, ...]
    intervention: tuple[str, ...]
    avoid: tuple[str, ...]
    patient: PatientView


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """text: what was asked now. thread: the turns before it, oldest first. edits: how it was understood to change them."""

    text: str
    audience: Audience
    frame: FrameView
    thread: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    view: View = View.FULL


@dataclass(frozen=True, slots=True)
class SpanView:
    document_id: str
    start: int
    end: int
    exact: str
    via: Via


@dataclass(frozen=True, slots=True)
class ArticleCitation:
    """`extraction`: id of the extraction the span is, when it is one."""

    reference: int
    span: SpanView
    directness: Directness
    mismatches: tuple[Mismatch, ...]
    design: str
    population: str
    extraction: str | None = None
    note: str | None = None
    to_check: str | None = None


@dataclass(frozen=True, slots=True)
class ArticleClaim:
    id: str
    text: str
    role: Role
    verdict: Verdict
    certainty: Certainty
    strength: Strength | None
    calculation: Calculation | None
    citations: tuple[ArticleCitation, ...]
    reasons: tuple[str, ...] = ()
    plain: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """`version` is the stored version of the document that the spans slice; `osler document ID --version N` shows it."""

    number: int
    document_id: str
    kind: StudyDesign
    title: str
    authors: str | None
    container: str | None
    year: int | None
    pmid: str | None
    doi: str | None
    url: str | None
    status: PublicationStatus
    via: Via
    title_is_description: bool = False
    version: int = 1
    status_since: str | None = None
    authority: Authority | None = None
    organisation: str | None = None
    issued: str | None = None

    @property
    def link(self) -> str:
        """Where the original is: DOI before PMID before address."""
        if self.doi:
            return f"https://doi.org/{self.doi}"
        if self.pmid:
            return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/"
        return self.url or ""


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who signed this exact text, as the public reads it. `interests`: as declared, empty when there are none."""

    name: str
    credentials: str
    approved_on: str
    interests: str = ""
    disclosed_on: str | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """Where the article stands with the people who review it; only the desk writes it. Dates are ISO days.

    version: of the text on the desk; content_hash: what the reviewers signed; address: the last part of its public address;
    reason: why it was corrected or retracted; superseded_by: the address of the one that took its place.
    """

    state: ReviewState = ReviewState.DRAFT
    reviewers: tuple[Reviewer, ...] = ()
    last_updated: str | None = None
    submitted_on: str | None = None
    approved_on: str | None = None
    published_on: str | None = None
    review_due_on: str | None = None
    expires_on: str | None = None
    version: int | None = None
    content_hash: str | None = None
    address: str | None = None
    reason: str | None = None
    superseded_by: str | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """What made this answer. `answered_at` and `elapsed_ms` are the only fields that differ between equal runs."""

    engine: str
    library_snapshot: str
    composer: str
    model: str | None
    prompts: str | None
    answered_at: str
    elapsed_ms: float


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An essential statement of the evidence that the article does not show. kind: contraindication, boxed warning, dose for
    these kidneys, withdrawal or red flag; about: the drug or danger; why: in words."""

    kind: str
    about: str
    document_id: str
    statement: str
    why: str


@dataclass(frozen=True, slots=True)
class Related:
    """A question next to this one that the library answers: it was asked. `why` it is next to it."""

    question: str
    why: str


@dataclass(frozen=True, slots=True)
class Article:
    schema: str
    answer_id: str
    parent: str | None
    question: AskedQuestion
    disposition: Disposition
    clarifying_questions: tuple[str, ...]
    notices: tuple[Notice, ...]
    title: str
    bottom_line: tuple[str, ...]
    sections: tuple[Section, ...]
    claims: tuple[ArticleClaim, ...]
    options: tuple[OptionRow, ...]
    dose_table: tuple[DoseRow, ...]
    gaps: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    references: tuple[Reference, ...]
    byline: str
    disclaimer: str
    how_to_cite: str
    how_to_check: str
    review: Review
    provenance: Provenance
    left_out: tuple[LeftOut, ...] = ()
    team_questions: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    changes: tuple[Change, ...] = ()
    machine_generated: bool = True

    def claim(self, claim_id: str) -> ArticleClaim:
        return next(c for c in self.claims if c.id == claim_id)
