"""Terms: drugs, populations, problems and routes of a claim must be those of its span; a class is not its member."""

from __future__ import annotations

import re

from osler.domain.concept import ConceptKind
from osler.language.lexicon import Lexicon
from osler.verification.align import Alignment, Fault
from osler.verification.omission import may_leave_out
from osler.verification.reading import Kind, read

NAMES = {
    ConceptKind.DRUG: "drug",
    ConceptKind.DRUG_CLASS: "drug class",
    ConceptKind.POPULATION: "population",
    ConceptKind.CONDITION: "problem",
    ConceptKind.ROUTE: "route",
    ConceptKind.THERAPY: "treatment",
    ConceptKind.TEST: "test",
}
_CHECKED = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS, ConceptKind.POPULATION, ConceptKind.CONDITION, ConceptKind.ROUTE})
_PEOPLE = re.compile(r"\b(?:patients?|people|persons?|participants?|individuals?)\b", re.IGNORECASE)
_ANIMALS = re.compile(
    r"\b(?:mice|mouse|rats?|murine|dogs?|rabbits?|zebrafish|piglets?|monkeys?|hamsters?|cell lines?|in vitro)\b", re.IGNORECASE
)
_DRUGS = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS})


def check_terms(claim: str, span: str, lexicon: Lexicon) -> tuple[str, ...]:
    """Reasons against the claim: each checked concept that it names and the span, anywhere, does not."""
    theirs = read(span, lexicon).index
    reasons = []
    for atom in read(claim, lexicon).atoms:
        if atom.term in _CHECKED and not any(key in theirs for key in atom.needs if not key.startswith("=")):
            reasons.append(f"the {NAMES[atom.term]} “{atom.text}” is not in the span")
    return tuple(dict.fromkeys(reasons))


def term_faults(alignment: Alignment, named: frozenset[str] = frozenset()) -> list[Fault]:
    """Terms that the claim has of its own, and those of the span that it leaves out and so speaks of others too.

    named: concepts that the span's surroundings name as the only one of their kind; a claim may name them where the
    span's sentence names none of that kind ("it raised the risk").
    """
    present = {a.term for a in alignment.span.atoms if a.sentence == alignment.sentence}
    dropped = [a for a in alignment.dropped if a.kind is Kind.TERM]
    faults = []
    animal = _ANIMALS.search(alignment.span.sentence(alignment.sentence))
    if (
        animal
        and _PEOPLE.search(" ".join(a.lead for a in alignment.atoms))
        and not _PEOPLE.search(alignment.span.sentence(alignment.sentence))
    ):
        faults.append(Fault(f"the claim speaks of people, the span of {animal[0].lower()}"))
    for atom in alignment.unmatched:
        if atom.term is None or (atom.term not in present and atom.needs & named):
            continue
        alike = [d for d in dropped if d.term is atom.term or {d.term, atom.term} <= _DRUGS]
        says = f"; the span says “{alike[0].text}”" if alike else ""
        faults.append(Fault(f"the {NAMES[atom.term]} “{atom.text}” is not what the span speaks of{says}"))
    for atom in dropped:
        if atom.term is not None and not faults and not may_leave_out(alignment, atom):
            faults.append(Fault(f"the span says it of “{atom.text}” ({NAMES[atom.term]}), which the claim leaves out"))
    return faults
