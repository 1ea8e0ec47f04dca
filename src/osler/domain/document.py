"""Document: one source, whatever it came as, with its bibliography, status and statements."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from enum import StrEnum

from osler.domain.grade import Certainty, Strength
from osler.domain.part import Part
from osler.domain.status import PublicationStatus


class StudyDesign(StrEnum):
    """What kind of document or study it is. `article`: its source does not say; `preclinical`: animals or cells only;
    `notice`: the document only announces a retraction, correction or concern."""

    GUIDELINE = "guideline"
    CONSENSUS = "consensus"
    LABEL = "label"
    FORMULARY = "formulary"
    SYSTEMATIC_REVIEW = "systematic_review"
    RCT = "rct"
    TRIAL = "trial"
    COHORT = "cohort"
    CASE_CONTROL = "case_control"
    CROSS_SECTIONAL = "cross_sectional"
    PHARMACOKINETIC = "pharmacokinetic"
    CASE_SERIES = "case_series"
    CASE_REPORT = "case_report"
    REVIEW = "review"
    REGISTRATION = "registration"
    ARTICLE = "article"
    COMMENT = "comment"
    PRECLINICAL = "preclinical"
    NOTICE = "notice"


class Via(StrEnum):
    """How the text came: the source's own words, or our extraction of a finding of it."""

    SOURCE = "source"
    EXTRACTION = "extraction"


class Direction(StrEnum):
    """What a statement does: which way a finding points."""

    RECOMMENDS = "recommends"
    RECOMMENDS_AGAINST = "recommends_against"
    CONTRAINDICATES = "contraindicates"
    DOSE = "dose"
    PK = "pk"
    ADVERSE = "adverse"
    BENEFIT = "benefit"
    NO_BENEFIT = "no_benefit"
    MONITOR = "monitor"
    INTERACTION = "interaction"
    DIAGNOSIS = "diagnosis"
    PROGNOSIS = "prognosis"
    DEFINITION = "definition"


OFFERS = frozenset({Direction.RECOMMENDS, Direction.DOSE, Direction.BENEFIT})
"""Statements that would have somebody take what they are about."""

_PMID = re.compile(r"[1-9]\d{0,8}")
_DOI = re.compile(r"10\.\d{4,9}/\S+")


def parse_pmid(text: str) -> str:
    """A PubMed id without prefix or leading zeros. Raises ValueError."""
    digits = text.strip().removeprefix("PMID:").strip().lstrip("0")
    if not _PMID.fullmatch(digits):
        raise ValueError(f"not a PMID: {text!r}")
    return digits


def parse_doi(text: str) -> str:
    """A DOI in lower case without resolver prefix (DOIs are case-insensitive). Raises ValueError."""
    doi = re.sub(r"^(https?://(dx\.)?doi\.org/|doi:\s*)", "", text.strip(), flags=re.IGNORECASE)
    if not _DOI.fullmatch(doi):
        raise ValueError(f"not a DOI: {text!r}")
    return doi.lower()


@dataclass(frozen=True, slots=True)
class Bibliography:
    """What a reference list prints. `title_is_description`: the source showed no title, ours describes it."""

    title: str
    authors: str | None = None
    container: str | None = None
    year: int | None = None
    pmid: str | None = None
    doi: str | None = None
    url: str | None = None
    title_is_description: bool = False
    pmcid: str | None = None

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise ValueError("a bibliography needs a title")
        if self.pmid is not None and parse_pmid(self.pmid) != self.pmid:
            raise ValueError(f"PMID {self.pmid!r} is not in canonical form")
        if self.doi is not None and parse_doi(self.doi) != self.doi:
            raise ValueError(f"DOI {self.doi!r} is not in canonical form")
        if not (self.pmid or self.doi or self.url):
            raise ValueError(f"{self.title!r}: a source needs a PMID, a DOI or an address")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as the source gives it, with what it is a number of."""

    value: str
    unit: str = ""
    what: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One finding of the document, at [start, end) of its text, with the fields its reader recorded.

    interventions, problems, population are the reader's own words; `passages.annotate` ties them to concepts.
    to_check: why the figures are not yet confirmed on the source itself, else None.
    """

    id: str
    start: int
    end: int
    kind: StudyDesign
    direction: Direction
    interventions: tuple[str, ...]
    problems: tuple[str, ...]
    population: str
    population_tags: tuple[str, ...]
    numbers: tuple[Figure, ...] = ()
    certainty: Certainty = Certainty.NOT_GRADED
    strength: Strength | None = None
    note: str | None = None
    to_check: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"statement {self.id}: [{self.start}, {self.end}) is empty")


class Authority(StrEnum):
    """Whose rules a document states; a local one outranks a national one, that an international one."""

    LOCAL = "local"
    NATIONAL = "national"
    INTERNATIONAL = "international"


@dataclass(frozen=True, slots=True)
class Document:
    """One source = one document, however many statements it has.

    text: what spans slice. statements: findings that a reader recorded (extractions); parts: the structure of a
    document read from the source itself. Each lists pieces of `text` in text order.
    keywords: index terms the source gives (MeSH headings, registry keywords). interventions, problems: what the source
    itself says it is about (a label's substances, a registration's conditions). population: the source's words on whom
    it is about, where it has a field for it. organisation: who issued a guideline, label or formulary.
    revision: orders the versions of this id (later is greater as text); "" when the source numbers none.
    issued, review_due: ISO dates. supersedes: ids of documents it replaces. language: ISO 639 code. licence: as stated.
    """

    id: str
    kind: StudyDesign
    via: Via
    bibliography: Bibliography
    text: str
    statements: tuple[Statement, ...] = ()
    status: PublicationStatus = PublicationStatus.CURRENT
    read_on: str | None = None
    parts: tuple[Part, ...] = ()
    keywords: tuple[str, ...] = ()
    interventions: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    population: str = ""
    organisation: str | None = None
    authority: Authority | None = None
    jurisdiction: str | None = None
    licence: str | None = None
    language: str | None = None
    revision: str = ""
    issued: str | None = None
    review_due: str | None = None
    supersedes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.id or any(c.isspace() for c in self.id):
            raise ValueError(f"document id {self.id!r} is empty or holds white space")
        if not self.text.strip():
            raise ValueError(f"document {self.id} has no text")
        for statement in self.statements:
            if statement.end > len(self.text):
                raise ValueError(f"{self.id}: statement {statement.id} ends past the text")
        end = 0
        for part in self.parts:
            if part.start < end or part.end > len(self.text):
                raise ValueError(f"{self.id}: part [{part.start}, {part.end}) overlaps another or ends past the text")
            end = part.end


def content_hash(encoded: object) -> str:
    """sha256 of a JSON value in canonical form (sorted keys, no white space, UTF-8)."""
    canonical = json.dumps(encoded, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()
