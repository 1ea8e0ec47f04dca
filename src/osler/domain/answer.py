"""Claim, Citation, DoseRow, Notice and Answer: what is said, and what each sentence rests on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from osler.domain.document import Via
from osler.domain.evidence import Directness, Mismatch, Source
from osler.domain.grade import Certainty, Strength
from osler.domain.passage import TextSpan


class Disposition(StrEnum):
    ANSWER = "answer"
    ANSWER_WITH_CAVEATS = "answer_with_caveats"
    ANSWER_AND_ESCALATE = "answer_and_escalate"
    CLARIFY = "clarify"
    ABSTAIN = "abstain"
    EMERGENCY = "emergency"


class Role(StrEnum):
    """The one job of a claim."""

    BOTTOM_LINE = "bottom_line"
    AVOID = "avoid"
    OPTION = "option"
    DOSE = "dose"
    MONITORING = "monitoring"
    HARM = "harm"
    EVIDENCE = "evidence"
    RED_FLAG = "red_flag"
    CAUTION = "caution"
    DEFINITION = "definition"


class NoticeKind(StrEnum):
    EMERGENCY = "emergency"
    SELF_HARM = "self_harm"
    FALSE_PREMISE = "false_premise"
    UNKNOWN_TERM = "unknown_term"
    MISSING_INFORMATION = "missing_information"
    UNIT_ERROR = "unit_error"
    OUT_OF_SCOPE = "out_of_scope"
    INSTRUCTION_IN_QUESTION = "instruction_in_question"
    INTERACTION = "interaction"
    ALLERGY = "allergy"
    RED_FLAG = "red_flag"


@dataclass(frozen=True, slots=True)
class Notice:
    """A message above the answer; `source` names where its rule comes from, when it has one."""

    kind: NoticeKind
    text: str
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Calculation:
    """Arithmetic shown in full, so that it can be redone by hand."""

    formula: str
    inputs: tuple[str, ...]
    result: str


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a claim comes from; `note` and `to_check` travel with it to the page."""

    source: Source
    span: TextSpan
    statement_id: str
    directness: Directness
    mismatches: tuple[Mismatch, ...] = ()
    design: str = ""
    population: str = ""
    note: str | None = None
    to_check: str | None = None

    @property
    def via(self) -> Via:
        return self.source.via


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of the answer. It has a citation or it does not exist.

    plain: the same in plain words for patients, when they differ and passed the comparison with `text`.
    """

    id: str
    text: str
    role: Role
    citations: tuple[Citation, ...]
    certainty: Certainty = Certainty.NOT_GRADED
    strength: Strength | None = None
    calculation: Calculation | None = None
    plain: str | None = None

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError(f"claim {self.id} is empty")
        if not self.citations:
            raise ValueError(f"claim {self.id} cites nothing")

    @property
    def directness(self) -> Directness:
        direct = all(c.directness is Directness.DIRECT for c in self.citations)
        return Directness.DIRECT if direct else Directness.INDIRECT


@dataclass(frozen=True, slots=True)
class DoseRow:
    """A dose, with the population and the problem in which it was studied: never one without the others."""

    intervention: str
    dose: str
    timing: str
    population: str
    problem_studied: str
    directness: Directness
    claims: tuple[str, ...]
    applies: str = ""

    def __post_init__(self) -> None:
        if not self.population or not self.problem_studied:
            raise ValueError(f"dose of {self.intervention} without its population or problem")
        if not self.claims:
            raise ValueError(f"dose of {self.intervention} rests on no claim")


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One candidate with the verdict that its own evidence carries for this patient."""

    intervention: str
    verdict: str
    claims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    role: Role
    claims: tuple[str, ...]
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    claims: tuple[str, ...]
    about: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The composed answer, before verification and review."""

    title: str
    disposition: Disposition
    notices: tuple[Notice, ...] = ()
    clarifying_questions: tuple[str, ...] = ()
    bottom_line: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    claims: tuple[Claim, ...] = ()
    options: tuple[OptionRow, ...] = ()
    dose_table: tuple[DoseRow, ...] = ()
    gaps: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    team_questions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        known = {claim.id for claim in self.claims}
        if len(known) != len(self.claims):
            raise ValueError("two claims share an id")
        used = [*self.bottom_line]
        blocks: tuple[Section | OptionRow | DoseRow | Conflict, ...] = (
            *self.sections,
            *self.options,
            *self.dose_table,
            *self.conflicts,
        )
        for block in blocks:
            used.extend(block.claims)
        dangling = sorted(set(used) - known)
        if dangling:
            raise ValueError(f"claims named but not given: {dangling}")
