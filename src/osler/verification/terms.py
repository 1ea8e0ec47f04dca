"""Terms: drugs, populations, problems and routes of a claim must be those of its span; a class is not its member."""

from __future__ import annotations

from osler.domain.concept import ConceptKind
from osler.language.lexicon import Lexicon

_CHECKED = {
    ConceptKind.DRUG: "drug",
    ConceptKind.DRUG_CLASS: "drug class",
    ConceptKind.POPULATION: "population",
    ConceptKind.CONDITION: "problem",
    ConceptKind.ROUTE: "route",
}


def check_terms(claim: str, span: str, lexicon: Lexicon) -> tuple[str, ...]:
    """Reasons against the claim: each checked concept that it names and the span does not."""
    theirs = {m.concept_id for m in lexicon.tag(span)}
    reasons = []
    for mention in lexicon.tag(claim):
        if mention.kind in _CHECKED and mention.concept_id not in theirs:
            reasons.append(f"the {_CHECKED[mention.kind]} “{mention.text}” is not in the span")
    return tuple(dict.fromkeys(reasons))
