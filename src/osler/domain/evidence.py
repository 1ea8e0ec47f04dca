"""Run, EvidenceItem and EvidenceProfile: what was found, and how directly it speaks to the question."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from osler.domain.document import Authority, Bibliography, StudyDesign, Via
from osler.domain.passage import Finding, Passage, TextSpan
from osler.domain.question import Question
from osler.domain.status import PublicationStatus


class Directness(StrEnum):
    """GRADE indirectness: `direct` for the asked question; `off` is about something else altogether."""

    DIRECT = "direct"
    INDIRECT = "indirect"
    OFF = "off"


class Axis(StrEnum):
    POPULATION = "population"
    PROBLEM = "problem"
    INTERVENTION = "intervention"
    ROUTE = "route"
    OUTCOME = "outcome"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One axis on which the evidence differs from the question, in words for a reader."""

    axis: Axis
    asked: str
    studied: str


class DrugRelation(StrEnum):
    """How the finding's interventions relate to the question's drugs, closest first."""

    ASKED = "asked"
    AVOID = "avoid"
    CLASS = "class"
    CURRENT = "current"
    OTHER = "other"
    NONE = "none"


class ProblemRelation(StrEnum):
    """How the finding's problem relates to the asked one."""

    SAME = "same"
    NARROWER = "narrower"
    BROADER = "broader"
    DANGER = "danger"
    OPEN = "open"
    DIFFERENT = "different"


RELATED = frozenset({ProblemRelation.SAME, ProblemRelation.NARROWER, ProblemRelation.BROADER})
"""About the asked problem itself, a kind of it, or what it is a kind of."""


class PopulationRelation(StrEnum):
    MATCH = "match"
    GENERAL = "general"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Source:
    """What appraisal needs of a document: its reference, kind, status (with its date), how its text came, whose rules it states,
    and where they hold."""

    document_id: str
    kind: StudyDesign
    via: Via
    status: PublicationStatus
    bibliography: Bibliography
    version: int = 1
    status_since: str | None = None
    authority: Authority | None = None
    organisation: str | None = None
    issued: str | None = None
    jurisdiction: str | None = None


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    """A retrieved passage; rank is 1-based, ties broken by id."""

    passage: Passage
    source: Source
    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class Run:
    """What retrieval returned for a question, best first, with the query that was run."""

    terms: tuple[str, ...]
    concepts: tuple[str, ...]
    hits: tuple[ScoredPassage, ...]


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """One finding of a passage, appraised against the question on every axis."""

    passage: Passage
    finding: Finding
    source: Source
    rank: int
    drug: DrugRelation
    problem: ProblemRelation
    population: PopulationRelation
    directness: Directness
    mismatches: tuple[Mismatch, ...]
    shared_drugs: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The finding's own words."""
        return self.passage.words(self.finding)

    @property
    def span(self) -> TextSpan:
        return self.passage.span(self.finding)


@dataclass(frozen=True, slots=True)
class EvidenceProfile:
    """All appraised items in a total order, and the figures of the library it came from."""

    question: Question
    items: tuple[EvidenceItem, ...]
    run: Run
