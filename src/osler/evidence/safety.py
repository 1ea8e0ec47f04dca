"""What is looked up a second time: what the library says against the drugs that the first look would offer to this patient."""

from __future__ import annotations

from dataclasses import replace

from osler.domain.document import OFFERS
from osler.domain.evidence import RELATED, EvidenceProfile, Run, ScoredPassage
from osler.domain.question import Frame
from osler.domain.status import PublicationStatus
from osler.evidence.appraise import appraise
from osler.evidence.retrieve import USABLE, Load
from osler.index.base import EvidenceIndex, IndexQuery
from osler.language.lexicon import Lexicon

MAX_DRUGS = 24
MAX_PASSAGES = 160


def with_safety(profile: EvidenceProfile, index: EvidenceIndex, load: Load, lexicon: Lexicon) -> EvidenceProfile:
    """The profile, and behind it what else the library says of the drugs it would offer, where the patient has facts that count.

    A question about a complaint finds the drugs that treat it, not always the label that forbids one of them in this patient.
    """
    frame = profile.question.frame
    drugs = _offered(profile)
    facts = _facts(frame)
    if not drugs or not facts:
        return profile
    topics = tuple((d, 2.0) for d in drugs) + tuple((f, 3.0) for f in facts)
    warnings = IndexQuery(words="contraindicated avoid should not be used", concepts=topics, only=USABLE)
    found = index.search(warnings, MAX_PASSAGES)
    known = {hit.passage.id for hit in profile.run.hits}
    loaded = load(hit.row for hit in found)
    fresh = [
        (*loaded[hit.row], hit.score)
        for hit in found
        if hit.row in loaded and loaded[hit.row][0].id not in known and loaded[hit.row][1].status is not PublicationStatus.RETRACTED
    ]
    fresh.sort(key=lambda f: (-f[2], f[0].id))
    first = len(profile.run.hits) + 1
    hits = tuple(ScoredPassage(p, s, rank, score) for rank, (p, s, score) in enumerate(fresh, start=first))
    if not hits:
        return profile
    more = appraise(profile.question, Run(profile.run.terms, profile.run.concepts, hits), lexicon)
    return replace(profile, items=(*profile.items, *more.items))  # the run stays what retrieval returned


def _offered(profile: EvidenceProfile) -> tuple[str, ...]:
    """The drugs that statements about the asked problem offer, in order of the evidence."""
    drugs = (
        i
        for item in profile.items
        if item.finding.direction in OFFERS and item.problem in RELATED
        for i in item.finding.interventions
        if i.startswith("drug/")
    )
    return tuple(dict.fromkeys(drugs))[:MAX_DRUGS]


def _facts(frame: Frame) -> tuple[str, ...]:
    """What may forbid a drug: the patient's groups, other conditions and medicines, as concepts."""
    terms = (*frame.population_terms, *frame.background, *frame.patient.medicines)
    concepts = [t.concept_id for t in terms]
    if frame.population.kidney and not any(c.startswith("pop/") for c in concepts):
        concepts.append("pop/chronic-kidney-disease")
    if frame.population.pregnant:
        concepts.append("pop/pregnancy")
    return tuple(dict.fromkeys(concepts))
