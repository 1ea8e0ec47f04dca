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
    """What one statement at [start, end) of its document's text says, tied to concepts.

    interventions, problems: concept ids, in order of naming. population: who was studied.
    mentioned: every concept id in the statement's own words.
    intervention_labels, problem_labels: the reader's words for them. recommendation: the source marks it as one.
    """

    statement_id: str
    start: int
    end: int
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
    recommendation: bool = False

    @property
    def drugs(self) -> tuple[str, ...]:
        """The drugs and classes among the interventions."""
        return tuple(i for i in self.interventions if i.startswith(("drug/", "class/")))


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of one document that is found as a whole; its text slices the document.

    findings: the statements in it that an answer may cite, in text order; none for a piece that states nothing.
    mentioned: every concept id that its words name, in order of naming. path, code, page: as of the parts it is cut from.
    """

    document_id: str
    number: int
    start: int
    end: int
    text: str
    findings: tuple[Finding, ...] = ()
    mentioned: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    code: str | None = None
    page: int | None = None

    def __post_init__(self) -> None:
        if len(self.text) != self.end - self.start:
            raise ValueError(f"{self.id}: passage length and offsets differ")
        if any(f.start < self.start or f.end > self.end for f in self.findings):
            raise ValueError(f"{self.id}: a finding lies outside its passage")

    @property
    def id(self) -> str:
        return f"{self.document_id}#{self.number}"

    def words(self, finding: Finding) -> str:
        """The finding's own words."""
        return self.text[finding.start - self.start : finding.end - self.start]

    def span(self, finding: Finding) -> TextSpan:
        return TextSpan(self.document_id, finding.start, finding.end, self.words(finding))
