"""Passage, TextSpan and Finding: the addressable piece of a document and what it says."""

from __future__ import annotations

from dataclasses import dataclass

from osler.domain.document import Direction, StudyDesign
from osler.domain.grade import Certainty, Strength
from osler.domain.population import Population


@dataclass(frozen=True, slots=True)
class TextSpan:
    """[start, end) code points of a document's text; `exact` is that slice."""

    document_id: str
    start: int
    end: int
    exact: str

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"span [{self.start}, {self.end}) is empty or negative")
        if len(self.exact) != self.end - self.start:
            raise ValueError("span length and exact text differ")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one statement says, tied to concepts.

    interventions, problems: concept ids, in order of naming. population: who was studied.
    mentioned: every concept id in the statement's own words.
    intervention_labels, problem_labels: the reader's words for them.
    """

    statement_id: str
    kind: StudyDesign
    direction: Direction
    interventions: tuple[str, ...]
    intervention_labels: tuple[str, ...]
    problems: tuple[str, ...]
    problem_labels: tuple[str, ...]
    population: Population
    mentioned: tuple[str, ...] = ()
    certainty: Certainty = Certainty.NOT_GRADED
    strength: Strength | None = None
    note: str | None = None
    to_check: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of one document that is found and cited as a whole; its text slices the document."""

    document_id: str
    number: int
    start: int
    end: int
    text: str
    finding: Finding

    def __post_init__(self) -> None:
        if len(self.text) != self.end - self.start:
            raise ValueError(f"{self.id}: passage length and offsets differ")

    @property
    def id(self) -> str:
        return f"{self.document_id}#{self.number}"

    @property
    def span(self) -> TextSpan:
        return TextSpan(self.document_id, self.start, self.end, self.text)
