"""The study design of a PubMed record, from its publication types, its MeSH headings and, last, the words of its title."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from osler.domain.document import StudyDesign

_NOTICE = frozenset({"Retraction of Publication", "Retraction Notice", "Published Erratum", "Expression of Concern"})
_GUIDELINE = frozenset({"Practice Guideline", "Guideline"})
_CONSENSUS = frozenset({"Consensus Development Conference", "Consensus Development Conference, NIH", "Consensus Statement"})
_SYNTHESIS = frozenset({"Systematic Review", "Meta-Analysis", "Network Meta-Analysis"})
_TRIAL = frozenset({
    "Clinical Trial", "Clinical Trial, Phase I", "Clinical Trial, Phase II", "Clinical Trial, Phase III", "Clinical Trial, Phase IV",
    "Controlled Clinical Trial", "Adaptive Clinical Trial", "Equivalence Trial", "Pragmatic Clinical Trial",
})  # fmt: skip
_VETERINARY = frozenset(
    {"Clinical Trial, Veterinary", "Observational Study, Veterinary", "Randomized Controlled Trial, Veterinary"}
)
_STUDY = _SYNTHESIS | _TRIAL | {"Randomized Controlled Trial", "Observational Study", "Case Reports"}
_COMMENT = frozenset({"Letter", "Editorial", "Comment", "News"})
_COHORT = frozenset({"Cohort Studies", "Follow-Up Studies", "Prospective Studies", "Retrospective Studies", "Longitudinal Studies"})

_ANIMALS = re.compile(
    r"\b(?:rats?|mice|mouse|murine|rodents?|rabbits?|swine|porcine|pigs?|piglets?|canine|dogs?|feline|cats?|equine|horses?|bovine"
    r"|cattle|calves|cows?|ovine|sheep|lambs?|goats?|poultry|broilers?|chickens?|zebrafish|macaques?|animals?|veterinary|in vitro|in silico)\b",
    re.IGNORECASE,
)
_NOT_ITSELF = re.compile(
    r"^\W*(?:re|reply|response|comments?|commentary|letter|editorial|author'?s? reply|corrigendum|erratum|correction|addendum"
    r"|retract\w*|withdrawn|expression of concern|protocol)\b"
    r"|\b(?:study|trial|review) protocols?\b|\bprotocols? (?:for|of)\b|\bprotocol\W*$|\brationale\b|\bstudy design\b|\bdesign (?:and|of)\b|\bstatistical analysis plan\b|\bfeasibility of\b"
    r"|\bsecondary (?:analys|outcome)|\bpost[- ]hoc\b|\bexploratory\b|\bsub-?(?:group|study)\b|\bancillary\b|\bsimulat",
    re.IGNORECASE,
)
"""A title that starts or says so is about a study, or plans one, or looks at a part of one: it is not that study."""
_SEGMENT = re.compile(r"[:.?!–—;]\s+|：|\s-\s+|-(?=an? (?:\w+ ){0,3}(?:review|meta-?analysis))", re.IGNORECASE)
_PREPOSITIONS = "of|from|to|in|for|by|on|about|after|with|within|using|based|and|or|the need"
_RESULTS = r"(?:(?:[\w-]+ )?(?:results|findings|outcomes) (?:of|from) (?:an?|the) )?"
_BEFORE = rf"^\W*{_RESULTS}(?:(?!(?:{_PREPOSITIONS})\b)[\w/'’-]+,? ){{0,8}}"
_BEHIND = (
    r"(?=\W*$|,| \(| (?:of|and|on|in|from|with|comparing|for|including|to|using|based|among|evaluating|assessing|investigating)\b)"
)
_SAID = [
    (StudyDesign.SYSTEMATIC_REVIEW, r"systematic (?:literature |scoping |umbrella )?review|meta-? ?analysis"),
    (StudyDesign.RCT, rf"(?<!non )(?<!quasi )randomi[sz]ed,? (?:(?!(?:{_PREPOSITIONS})\b)[\w/-]+,? ){{0,6}}trial"),
    (StudyDesign.CASE_CONTROL, r"case-?control study"),
    (StudyDesign.CROSS_SECTIONAL, r"cross-?sectional (?:study|survey)"),
    (StudyDesign.COHORT, r"cohort study"),
    (StudyDesign.CASE_SERIES, r"case series"),
    (StudyDesign.CASE_REPORT, r"case reports?"),
    (
        StudyDesign.REVIEW,
        r"(?:narrative|scoping|literature|critical|mini|mini-|updated|state-of-the-art) review|a review(?=\W*$| of the literature)",
    ),
]
_TITLES = [(design, re.compile(f"{_BEFORE}(?:{said}){_BEHIND}", re.IGNORECASE)) for design, said in _SAID]
"""What PRISMA 2020 item 1, CONSORT 2010 item 1a, STROBE item 1 and CARE item 1 ask a title to say: as the head of the title or of
a part of it ("…: a randomised trial"), never behind a preposition ("lessons from a randomised trial")."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a record says of its design. types: PublicationType names; headings: MeSH descriptor names ("Animals", "Humans").

    pharmacokinetics: MeSH marks "/pharmacokinetics" as a major topic.
    """

    types: frozenset[str]
    headings: frozenset[str]
    title: str
    pharmacokinetics: bool = False


def _types(names: frozenset[str]) -> Callable[[Facts], bool]:
    return lambda facts: not names.isdisjoint(facts.types)


def _mesh(names: frozenset[str]) -> Callable[[Facts], bool]:
    return lambda facts: not names.isdisjoint(facts.headings)


def _comments(facts: Facts) -> bool:
    """A letter that reports a trial or a case is that; one without is talk about somebody else's."""
    return not _COMMENT.isdisjoint(facts.types) and _STUDY.isdisjoint(facts.types)


def _preclinical(facts: Facts) -> bool:
    return not _VETERINARY.isdisjoint(facts.types) or ("Animals" in facts.headings and "Humans" not in facts.headings)


ROWS: list[tuple[StudyDesign, Callable[[Facts], bool]]] = [
    (StudyDesign.NOTICE, _types(_NOTICE)),
    (StudyDesign.GUIDELINE, _types(_GUIDELINE)),
    (StudyDesign.COMMENT, _comments),
    (StudyDesign.PRECLINICAL, _preclinical),
    (StudyDesign.CONSENSUS, _types(_CONSENSUS)),
    (StudyDesign.SYSTEMATIC_REVIEW, _types(_SYNTHESIS)),
    # A protocol promises a trial and has no result, whatever else it is indexed as.
    (StudyDesign.ARTICLE, _types(frozenset({"Clinical Trial Protocol"}))),
    (StudyDesign.RCT, _types(frozenset({"Randomized Controlled Trial"}))),
    (StudyDesign.TRIAL, _types(_TRIAL)),
    # MeSH puts "Follow-Up Studies" and "Retrospective Studies" on single cases and on case-control studies too:
    # of two designs the one that claims less comes first.
    (StudyDesign.CASE_REPORT, _types(frozenset({"Case Reports"}))),
    (StudyDesign.CASE_CONTROL, _mesh(frozenset({"Case-Control Studies"}))),
    (StudyDesign.CROSS_SECTIONAL, _mesh(frozenset({"Cross-Sectional Studies"}))),
    (StudyDesign.COHORT, lambda f: "Observational Study" in f.types or not _COHORT.isdisjoint(f.headings)),
    (StudyDesign.REVIEW, _types(frozenset({"Review", "Scoping Review"}))),
    (StudyDesign.PHARMACOKINETIC, lambda f: f.pharmacokinetics and "Humans" in f.headings),
]
"""The first row that holds decides; where none does, or only "Review", the title is asked. Sources: NLM, "Publication
Characteristics (Publication Types) with Scope Notes"; NLM indexing of check tags (Animals, Humans)."""


def study_design(facts: Facts) -> StudyDesign:
    """The design of a record; ARTICLE when neither its types, its headings nor its title say one."""
    design = next((design for design, holds in ROWS if holds(facts)), None)
    if design is None or design is StudyDesign.REVIEW:
        said = titled_design(facts.title, indexed=bool(facts.headings))
        if design is None:
            return said or StudyDesign.ARTICLE
        return said if said is StudyDesign.SYSTEMATIC_REVIEW else design
    return design


def titled_design(title: str, *, indexed: bool) -> StudyDesign | None:
    """The design that a title gives itself. Without MeSH, a title that names animals is not believed: it may be theirs."""
    if _NOT_ITSELF.search(title) or (not indexed and _ANIMALS.search(title)):
        return None
    segments = _SEGMENT.split(title.strip(" .[]"))
    return next((design for design, said in _TITLES for segment in segments if said.match(segment)), None)
