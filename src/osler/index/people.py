"""The groups of people that a passage is of, as concepts: those its findings are in, and those its words name."""

from __future__ import annotations

import re

from osler.domain.passage import Passage
from osler.domain.population import Ages, Kidney, Population
from osler.language.lexicon import Lexicon
from osler.language.population import ADOLESCENT, ADULT, CHILD, NEONATE, OLDER

_KIDNEY = {
    Kidney.HEMODIALYSIS: "pop/hemodialysis", Kidney.PERITONEAL_DIALYSIS: "pop/peritoneal-dialysis",
    Kidney.CKD_G4_G5: "pop/advanced-ckd", Kidney.CKD_G3: "pop/moderate-ckd", Kidney.TRANSPLANT: "pop/kidney-transplant",
}  # fmt: skip
"""A finding is in every kidney state that directness takes it to be in: "dialysis" alone is both kinds of it."""
_WITHIN = {"pop/neonate": NEONATE, "pop/infant": Ages(0, 2), "pop/adolescent": ADOLESCENT, "pop/older-adult": OLDER}
"""Groups that a finding is in only when all of its people are: a study of adults is not one of older adults."""
_DENIABLE = frozenset(
    f"pop/{slug}"
    for slug in """dialysis hemodialysis peritoneal-dialysis kidney-failure advanced-ckd moderate-ckd chronic-kidney-disease
    kidney-transplant pregnancy lactation hepatic-impairment""".split()
)
"""What is named as often to say who was left out: "adults not on dialysis" are not on dialysis."""
_LEFT_OUT = re.compile(
    r"(?:\b(?:non|pre|never|neither|nor|free of|absence of|no)|(?<!or )\bnot|(?<!with or )(?<!with and )\bwithout"
    r"|\bexclud(?:ing|ed)(?: (?:patients|people|adults|women|those))?(?: with| on)?)[\s-]+"
    r"(?:yet )?(?:(?:on|receiving|requiring|treated (?:with|by)) )?(?:(?:a|an|any|known|current|chronic|maintenance|severe|history of) ){0,2}$",
    re.I,
)
"""Right before the group's name, and of the group itself: "not recommended in pregnancy" and "no dose is known in dialysis" are of it."""
_BEFORE = 60
"""Characters before a name in which it may be denied."""
_MAY_LEAVE_OUT = re.compile(r"\b(?:non|pre|never|neither|nor|free of|absence of|no|not|without|exclud(?:ing|ed))\b", re.I)


def populations_of(passage: Passage, lexicon: Lexicon) -> frozenset[str]:
    """Concept ids; of a group that the words name only to deny it, none. Without their broader ones."""
    stated = {concept for finding in passage.findings for concept in _stated(finding.population)}
    named = {c for c in passage.mentioned if c.startswith("pop/")} - stated
    if named & _DENIABLE and _MAY_LEAVE_OUT.search(passage.text):
        named -= _DENIABLE - _affirmed(passage.text, lexicon)
    return frozenset(c for c in stated | named if c in lexicon)


def _stated(people: Population) -> list[str]:
    found = [_KIDNEY[k] for k in people.kidney if k in _KIDNEY]
    if ages := people.ages:
        found += [c for c, band in _WITHIN.items() if band.low <= ages.low and ages.high <= band.high]
        found += ["pop/child"] * (ages.low < CHILD.high) + ["pop/adult"] * (ages.high > ADULT.low)
    states = (("pop/pregnancy", people.pregnant), ("pop/lactation", people.lactating), ("pop/hepatic-impairment", people.hepatic))
    return found + [concept for concept, holds in states if holds]


def _affirmed(text: str, lexicon: Lexicon) -> set[str]:
    """Groups that the words name at least once without denying it."""
    return {
        m.concept_id
        for m in lexicon.tag(text)
        if m.concept_id in _DENIABLE and not _LEFT_OUT.search(text[max(0, m.start - _BEFORE) : m.start])
    }
