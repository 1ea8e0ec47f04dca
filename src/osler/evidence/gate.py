"""Which drugs the library rules out for this very patient, and by which statement: they are never offered.

A statement that contraindicates or advises against a drug is a barrier when what it is about is a fact of the case: the
kidneys, pregnancy, breastfeeding, liver or age of this patient, a condition named in passing, or a medicine already taken.
A bound on eGFR in its words is compared with the patient's own figure. A class that is ruled out rules out its members.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from osler.domain.answer import Notice, NoticeKind
from osler.domain.document import Direction, Via
from osler.domain.evidence import EvidenceItem, EvidenceProfile
from osler.domain.population import Population
from osler.domain.question import Frame, Intent
from osler.language.lexicon import Lexicon

_RULES_OUT = frozenset({Direction.CONTRAINDICATES, Direction.RECOMMENDS_AGAINST})
_BOUND = re.compile(
    r"(?:e?GFR|CrCl|clearance)[^.;]{0,40}?(?:<|≤|below|under|less than|lower than)\s*(\d+(?:\.\d+)?)", re.IGNORECASE
)
_CHILD_YEARS = 18


@dataclass(frozen=True, slots=True)
class Barrier:
    """A drug or class that `item` rules out for this patient; `because` names the fact, in words."""

    drug: str
    item: EvidenceItem
    because: str


def barriers(profile: EvidenceProfile, lexicon: Lexicon) -> tuple[Barrier, ...]:
    """Every barrier among the appraised statements, in their order."""
    frame = profile.question.frame
    found = []
    for item in profile.items:
        if item.finding.direction not in _RULES_OUT:
            continue
        drugs = list(item.finding.drugs)
        taken = _taken(drugs, frame, lexicon)
        if taken and len(drugs) > 1:
            found += [Barrier(d, item, f"the patient takes {taken}") for d in _partners(drugs, frame, lexicon)]
            continue
        because = _state(item, frame) or _condition(item, frame, lexicon)
        if because and not _is_a_pair(item, drugs):
            found += [Barrier(d, item, because) for d in _subjects(item, drugs, lexicon)]
    return tuple(found)


def is_ruled_out(drug: str, found: tuple[Barrier, ...], lexicon: Lexicon) -> bool:
    """Whether a barrier names the drug or a class it belongs to by what it is for."""
    return any(lexicon.is_a(drug, b.drug) or lexicon.is_member(drug, b.drug) for b in found)


def _taken(drugs: list[str], frame: Frame, lexicon: Lexicon) -> str:
    """The name of a medicine of the patient that the statement names, or ""."""
    named = (m.name for m in frame.patient.medicines if any(_is_same(m.concept_id, d, lexicon) for d in drugs))
    return next(named, "")


def _partners(drugs: list[str], frame: Frame, lexicon: Lexicon) -> list[str]:
    """What a contraindicated combination rules out: the others for who takes its first drug, else its first drug."""

    def is_taken(drug: str) -> bool:
        return any(_is_same(m.concept_id, drug, lexicon) for m in frame.patient.medicines)

    if is_taken(drugs[0]):
        return [d for d in drugs[1:] if not is_taken(d)]
    return drugs[:1]


def _is_same(medicine: str, drug: str, lexicon: Lexicon) -> bool:
    return lexicon.is_a(medicine, drug) or lexicon.is_a(drug, medicine)


def _is_a_pair(item: EvidenceItem, drugs: list[str]) -> bool:
    """A contraindicated pair says nothing of a patient who takes only one of the two."""
    return len(drugs) > 1 and "cond/drug-interaction" in item.finding.problems


def _subjects(item: EvidenceItem, drugs: list[str], lexicon: Lexicon) -> list[str]:
    """The drugs that are ruled out: all of a contraindication; of an advice the first, and what is joined to it by "and".

    An advice may name what to take instead.
    """
    if item.finding.direction is Direction.CONTRAINDICATES:
        return drugs
    mentions = [m for m in lexicon.tag(item.text) if m.concept_id in drugs]
    joined = drugs[:1]
    for before, after in pairwise(mentions):
        between = item.text[before.end : after.start]
        if before.concept_id in joined and re.fullmatch(r"\s*(?:,|and|or|,\s*(?:and|or))\s*", between):
            joined.append(after.concept_id)
    return list(dict.fromkeys(joined))


def _state(item: EvidenceItem, frame: Frame) -> str:
    """The state of this patient that the statement's population names, or ""."""
    asked, named = frame.population, item.finding.population
    if asked.kidney & named.kidney or _worse_kidneys(asked, named):
        bounds = [float(b) for b in _BOUND.findall(item.text)]
        egfr = frame.patient.egfr
        if egfr is None or asked.on_dialysis or not bounds or egfr < max(bounds):
            return "the kidneys"
        return ""
    if asked.pregnant and named.pregnant:
        return "pregnancy"
    if asked.lactating and named.lactating:
        return "breastfeeding"
    if asked.hepatic and named.hepatic:
        return "liver disease"
    age = frame.patient.age_years
    limited = named.ages is not None and (named.ages.high <= _CHILD_YEARS or named.ages.low >= _CHILD_YEARS + 1)
    return "age" if age is not None and limited and named.ages is not None and named.ages.contains(age) else ""


def _worse_kidneys(asked: Population, named: Population) -> bool:
    """What is ruled out in advanced kidney disease is ruled out on dialysis, unless its population excludes dialysis."""
    return (
        asked.on_dialysis
        and bool(named.kidney)
        and not named.not_on_dialysis
        and not named.on_dialysis
        and any(k.value.startswith("ckd_g4") for k in named.kidney)
    )


def _condition(item: EvidenceItem, frame: Frame, lexicon: Lexicon) -> str:
    """A condition of the patient, other than the one to be treated, that the statement's own words name."""
    asked = {t.concept_id for t in frame.problem}
    mentioned = [c for c in item.finding.mentioned if c.startswith("cond/") and c not in asked]
    for term in (*frame.background, *frame.symptoms):
        if any(lexicon.is_a(term.concept_id, c) for c in mentioned):
            return term.name
    return ""


def _is_of_both(item: EvidenceItem) -> bool:
    """Whether a statement on two drugs is about taking both: a recorded one says so by its problem."""
    recorded = item.source.via is Via.EXTRACTION
    return not recorded or item.finding.direction is Direction.INTERACTION or "cond/drug-interaction" in item.finding.problems


_TOGETHER = _RULES_OUT | {Direction.INTERACTION}
MAX_INTERACTION_NOTICES = 3


def interaction_notices(profile: EvidenceProfile, lexicon: Lexicon) -> tuple[Notice, ...]:
    """What the library says of an asked drug together with a medicine the patient takes or with another one asked about:
    its own words, forbidden pairs first. Advice against either drug for something, or a comparison of both, is no interaction."""
    frame = profile.question.frame
    beside = frame.patient.medicines
    found = []
    for number, item in enumerate(profile.items):
        if item.finding.direction not in _TOGETHER or not _is_of_both(item):
            continue
        drugs = item.finding.interventions
        asked = [t for t in frame.intervention if any(_is_same(t.concept_id, d, lexicon) for d in drugs)]
        # Two that are asked about may be alternatives: beside each other only where that is asked, or forbidden.
        together = frame.intent is Intent.INTERACTION or item.finding.direction is Direction.CONTRAINDICATES
        partners = (*beside, *frame.intervention) if together else beside
        taken = [t for t in partners if any(_is_same(t.concept_id, d, lexicon) for d in drugs)]
        pair = next(((a.name, t.name) for a in asked for t in taken if a.concept_id != t.concept_id), None)
        case = (*frame.intervention, *frame.patient.medicines)
        subject = any(_is_same(t.concept_id, drugs[0], lexicon) for t in case) if drugs else False
        if pair is not None and subject:
            title = item.source.bibliography.title
            words = f"{pair[0]} with {pair[1]}: {item.text}"
            found.append((item.finding.direction is Direction.INTERACTION, number, Notice(NoticeKind.INTERACTION, words, title)))
    return tuple(n for _, _, n in sorted(found, key=lambda f: f[:2])[:MAX_INTERACTION_NOTICES])
