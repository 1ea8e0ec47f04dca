"""Concept, Mention and Quantity: what a piece of clinical text is about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ConceptKind(StrEnum):
    """The part of a concept id before the slash."""

    DRUG = "drug"
    DRUG_CLASS = "class"
    CONDITION = "cond"
    POPULATION = "pop"
    THERAPY = "therapy"
    TEST = "test"
    ROUTE = "route"


@dataclass(frozen=True, slots=True)
class Concept:
    """One entry of the lexicon; `id` is `kind/slug`, `broader` names its parents."""

    id: str
    name: str
    synonyms: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    abbreviations: tuple[str, ...] = ()
    broader: tuple[str, ...] = ()
    mesh: str | None = None

    def __post_init__(self) -> None:
        prefix, slash, slug = self.id.partition("/")
        if not slash or not slug or prefix not in ConceptKind._value2member_map_:
            raise ValueError(f"concept id {self.id!r} is not kind/slug")
        if not self.name:
            raise ValueError(f"concept {self.id} has no name")

    @property
    def kind(self) -> ConceptKind:
        return ConceptKind(self.id.partition("/")[0])


@dataclass(frozen=True, slots=True)
class Mention:
    """A concept found in a text at [start, end) code points."""

    concept_id: str
    start: int
    end: int
    text: str

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"mention [{self.start}, {self.end}) is empty or negative")

    @property
    def kind(self) -> ConceptKind:
        return ConceptKind(self.concept_id.partition("/")[0])


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number or range with its unit, found at [start, end).

    low, high: equal for a single value. unit: canonical (`mg`, `mcg`, `mL`, `%` …, "" when none).
    per: what it is per (`kg`, `day`, `dose`, `h`, `min`, `5 mL` …), in order of writing.
    times_per_day: a frequency that follows ("three times daily" is 3.0), else None.
    comparator: one of "", "<", "<=", ">", ">=".
    """

    low: float
    high: float
    unit: str
    start: int
    end: int
    per: tuple[str, ...] = ()
    times_per_day: float | None = None
    comparator: str = ""

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError(f"range {self.low}-{self.high} runs backwards")
        if self.comparator not in ("", "<", "<=", ">", ">="):
            raise ValueError(f"unknown comparator {self.comparator!r}")
