"""Each cited source with what it is, what was taken from it, how directly it speaks, and the limits that can be computed.

Class of source: primary is an original study; secondary appraises and pools studies (systematic review, guideline, consensus);
tertiary compiles (label, formulary, narrative review). Textbooks of drug information keep "secondary" for indexing services such
as PubMed, which are not cited here; the class is said in the record so that nobody has to know which use is meant.
Limits of a design follow the Oxford CEBM Levels of Evidence 2011 and GRADE: no randomisation, no comparison group, single cases.
"""

from __future__ import annotations

from dataclasses import dataclass

from osler.article.page import mismatch_words
from osler.domain.answer import Role
from osler.domain.article import Article, ArticleCitation, ArticleClaim, Reference
from osler.domain.document import StudyDesign as S
from osler.domain.document import Via
from osler.domain.grade import Certainty
from osler.domain.status import PublicationStatus

OLD_YEARS = 10
"""A source older than this at the date of the answer is named as old: a convention of the record, not a verdict."""
_CLASSES = {
    **dict.fromkeys(
        (
            S.RCT, S.TRIAL, S.COHORT, S.CASE_CONTROL, S.CROSS_SECTIONAL, S.PHARMACOKINETIC, S.CASE_SERIES, S.CASE_REPORT, S.REGISTRATION,
            S.PRECLINICAL,
        ),
        "primary",
    ),
    **dict.fromkeys((S.SYSTEMATIC_REVIEW, S.GUIDELINE, S.CONSENSUS), "secondary"),
    **dict.fromkeys((S.LABEL, S.FORMULARY, S.REVIEW), "tertiary"),
}  # fmt: skip
_DESIGN_LIMITS = {
    S.TRIAL: "not randomised",
    S.COHORT: "observational: not randomised",
    S.CASE_CONTROL: "observational: not randomised",
    S.CROSS_SECTIONAL: "observational: one point in time, no comparison over time",
    S.PHARMACOKINETIC: "kinetics, not patient outcomes",
    S.CASE_SERIES: "no comparison group",
    S.CASE_REPORT: "single case, no comparison group",
    S.REGISTRATION: "a registration, not a report of results",
    S.REVIEW: "narrative review",
    S.COMMENT: "a comment, not a study",
    S.ARTICLE: "its design is not stated",
    S.PRECLINICAL: "animals or cells only",
}
_LEADS = frozenset({Role.OPTION, Role.DOSE, Role.AVOID})


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One reference. claims: ids of the sentences that rest on it. leads: it carries the bottom line, a dose or an option."""

    reference: int
    source_class: str
    design: str
    year: int | None
    populations: tuple[str, ...]
    claims: tuple[str, ...]
    directness: str
    differs: tuple[str, ...]
    certainty: tuple[str, ...]
    status: str
    limitations: tuple[str, ...]
    leads: bool


def evaluate_sources(article: Article) -> tuple[Evaluated, ...]:
    """Every reference of the article, in its order."""
    return tuple(_evaluated(article, reference) for reference in article.references)


def source_class(kind: S) -> str:
    """primary, secondary or tertiary; "not classed" where its source does not say what it is."""
    return _CLASSES.get(kind, "not classed")


def _evaluated(article: Article, reference: Reference) -> Evaluated:
    pairs = [(k, c) for k in article.claims for c in k.citations if c.reference == reference.number]
    citations = [c for _, c in pairs]
    differs = tuple(dict.fromkeys(mismatch_words(m) for c in citations for m in c.mismatches))
    indirect = sum(1 for c in citations if c.mismatches)
    directness = "direct" if not indirect else "indirect" if indirect == len(citations) else "direct in part"
    since = f" since {reference.status_since}" if reference.status_since else ""
    claims = tuple(dict.fromkeys(k.id for k, _ in pairs))
    return Evaluated(
        reference=reference.number,
        source_class=source_class(reference.kind),
        design=reference.kind.value.replace("_", " "),
        year=reference.year,
        populations=tuple(dict.fromkeys(c.population for c in citations if c.population)),
        claims=claims,
        directness=directness,
        differs=differs,
        certainty=_certainties([k for k, _ in pairs]),
        status=f"{reference.status.value}{since}",
        limitations=tuple(dict.fromkeys(_limitations(article, reference, pairs, differs))),
        leads=any(i in article.bottom_line for i in claims) or any(k.role in _LEADS for k, _ in pairs),
    )


def _certainties(claims: list[ArticleClaim]) -> tuple[str, ...]:
    """As the source graded them; a machine never grades."""
    words = ("not graded" if k.certainty is Certainty.NOT_GRADED else k.certainty.value.replace("_", " ") for k in claims)
    return tuple(dict.fromkeys(words))


def _limitations(
    article: Article, reference: Reference, pairs: list[tuple[ArticleClaim, ArticleCitation]], differs: tuple[str, ...]
) -> list[str]:
    found = []
    if reference.status is not PublicationStatus.CURRENT:
        found.append(f"status: {reference.status.value}")
    designs = [c.design for _, c in pairs]
    if reference.kind in _DESIGN_LIMITS:
        found.append(_DESIGN_LIMITS[reference.kind])
    elif any(d == "case report" for d in designs):
        found.append(_DESIGN_LIMITS[S.CASE_REPORT])
    if differs:
        found.append("indirect")
    if any(k.certainty in (Certainty.LOW, Certainty.VERY_LOW) for k, _ in pairs):
        found.append("graded low or very low by the source")
    if reference.via is Via.EXTRACTION:
        found.append("from an extraction")
    found += [f"to check: {c.to_check}" for _, c in pairs if c.to_check]
    year = int(article.provenance.answered_at[:4])
    if reference.year is None:
        found.append("year not shown")
    elif year - reference.year > OLD_YEARS:
        found.append("old")
    return found
