"""Does a statement of a source speak of what was asked: the problem, the other medicine, what is special about the patient?

A label has hundreds of true sentences; the one that answers is the one that names what the question named.
"""

from __future__ import annotations

import re

from osler.domain.document import Direction, StudyDesign, Via
from osler.domain.evidence import EvidenceItem, EvidenceProfile, PopulationRelation
from osler.domain.population import Kidney, Population
from osler.domain.question import Frame
from osler.evidence.appraise import asked_problems
from osler.language.lexicon import Lexicon

_ADULT_YEARS, _OLDER_YEARS = 18, 60
_MANY_USES = 3
"""A label's sentence that only inherits more uses than these names none of them."""
RECORDED = 2
"""A finding that a reader recorded was chosen by a person for what it says: it counts as speaking of one thing asked."""
_SCREENS = re.compile(r"\bscreen(?:ed|ing|s)?\b", re.IGNORECASE)


def asks_for_something(frame: Frame) -> bool:
    """Whether the question names more than a drug: a problem, a second medicine or a special group."""
    return bool(frame.problem) or len(_case(frame)) > 1 or _is_special(frame.population)


def speaks_of(item: EvidenceItem, frame: Frame, lexicon: Lexicon) -> int:
    """How much of what was asked the statement names: two for each of problem, partner and group.

    A problem in its own words counts three (two where only its section or document names it), a broader one counts one.
    """
    if item.source.via is Via.EXTRACTION:
        return RECORDED
    finding = item.finding
    own = {c for c in finding.mentioned if c.startswith("cond/")}
    of_all_uses = finding.kind is StudyDesign.LABEL and len(finding.problems) > _MANY_USES
    named = own if of_all_uses else own | set(finding.problems)
    asked = asked_problems(frame, lexicon)
    score = 0
    if any(lexicon.is_a(n, a) for n in named for a in asked):
        score += 3 if any(lexicon.is_a(n, a) for n in own for a in asked) else 2
    elif any(lexicon.is_a(a, n) for n in named for a in asked):
        score += 1
    if len(_case(frame)) > 1 and len(item.shared_drugs) > 1:
        score += 2
    return score + (2 if _same_group(frame.population, finding.population) else 0)


def is_silent_on_it(item: EvidenceItem, frame: Frame, lexicon: Lexicon) -> bool:
    """Whether the question asks for something that this statement of a source does not name."""
    return asks_for_something(frame) and not speaks_of(item, frame, lexicon)


def asks_for_screening(profile: EvidenceProfile, lexicon: Lexicon) -> bool:
    """Whether the question is about screening and the library has a recommendation on its problem."""
    frame = profile.question.frame
    asked = set(asked_problems(frame, lexicon))
    on_it = any(i.finding.recommendation and set(i.finding.problems) & asked for i in profile.items)
    return bool(_SCREENS.search(profile.question.text)) and not frame.symptoms and on_it


def is_outdated(item: EvidenceItem, profile: EvidenceProfile) -> bool:
    """Whether the same issuer has a later recommendation on the same thing that fits this patient."""
    mine, source = item.finding, item.source
    if not mine.recommendation or source.organisation is None:
        return False
    return any(
        other.finding.recommendation
        and other.source.organisation == source.organisation
        and other.population is PopulationRelation.MATCH
        and _edition(other) > _edition(item)
        and set(other.finding.problems) & set(mine.problems)
        and other.finding.interventions[:1] == mine.interventions[:1]
        for other in profile.items
    )


def _edition(item: EvidenceItem) -> str:
    year = item.source.bibliography.year
    return item.source.issued or (str(year) if year else "")


def is_dose_without_partner(item: EvidenceItem, profile: EvidenceProfile) -> bool:
    """Whether a label's dose names one of two asked drugs, where a source speaks of both together: then it is not this patient's."""
    label = item.source.via is Via.SOURCE and item.finding.kind is StudyDesign.LABEL
    if not label or len(item.shared_drugs) > 1 or len(_case(profile.question.frame)) < 2:
        return False
    return any(o.source.via is Via.SOURCE and len(o.shared_drugs) > 1 and o.finding.direction in _TOGETHER for o in profile.items)


_TOGETHER = frozenset(
    {Direction.CONTRAINDICATES, Direction.RECOMMENDS_AGAINST, Direction.INTERACTION, Direction.DOSE, Direction.MONITOR}
)


def are_versions(one: EvidenceItem, other: EvidenceItem) -> bool:
    """Whether both are of a label of one and the same drug: an original's and a repackager's."""
    labels = one.finding.kind is StudyDesign.LABEL is other.finding.kind
    sources = one.source.via is Via.SOURCE is other.source.via
    return labels and sources and one.finding.interventions[:1] == other.finding.interventions[:1]


def _case(frame: Frame) -> tuple[str, ...]:
    return tuple(dict.fromkeys(t.concept_id for t in (*frame.intervention, *frame.avoid, *frame.patient.medicines)))


def _is_special(population: Population) -> bool:
    child = population.ages is not None and population.ages.high <= _ADULT_YEARS
    organs = bool(population.kidney - {Kidney.NORMAL}) or population.hepatic
    return organs or population.pregnant or population.lactating or child


def _same_group(asked: Population, studied: Population) -> bool:
    """Whether the statement's people share something special with the asked ones; a kidney state fits by any impairment."""
    if asked.kidney - {Kidney.NORMAL} and studied.kidney - {Kidney.NORMAL}:
        return True
    if (asked.pregnant and studied.pregnant) or (asked.lactating and studied.lactating) or (asked.hepatic and studied.hepatic):
        return True
    if asked.ages is None or studied.ages is None or not asked.ages.overlaps(studied.ages):
        return False
    return studied.ages.high <= _ADULT_YEARS or (studied.ages.low >= _OLDER_YEARS and asked.ages.low >= _OLDER_YEARS)
