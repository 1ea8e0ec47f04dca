"""What one statement is, whatever the slot: about both drugs, about another poison, or that there is nothing to go by."""

from __future__ import annotations

import re

from osler.domain.concept import ConceptKind, Mention
from osler.domain.document import Direction, Via
from osler.domain.evidence import EvidenceItem
from osler.domain.population import Kidney, Population
from osler.domain.question import Frame
from osler.language.lexicon import Lexicon
from osler.language.population import parse_population

_DRUG_KINDS = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS})
POISONINGS = ("toxicity", "poisoning", "overdose", "withdrawal", "excess", "reversal")


_GOES_WITHOUT = re.compile(
    r"\blow(?:er)?[- ]risk\b|\b(?:may|can|could|safely) (?:be )?(?:avoid|omit|defer|forgo|discharged|sent home|managed (?:at home|as outpatients?))"
    r"|\b(?:not|no) (?:need|require|necessar|routinely)\w*|\bwithout (?:admission|referral|hospital\w*|imaging|tests?)\b|\bout-?patients?\b|\bat home\b"
    r"|\bself-limit\w+|\bbenign\b|\bwatchful\b",
    re.IGNORECASE,
)


def reassures(item: EvidenceItem) -> bool:
    """Whether a statement speaks of people who go without care: true of them, and no word for somebody who is to get help now.

    The words are ours, from reading what the triage rules bring up from the starter library.
    """
    return _GOES_WITHOUT.search(item.text) is not None


def is_of_another_poison(item: EvidenceItem, frame: Frame, lexicon: Lexicon) -> bool:
    """Whether a statement is about the overdose of a drug that the question does not name, though it names one.

    What is done for lithium or paracetamol says nothing of baclofen; what is done for any poisoning does.
    """
    named = [t.concept_id for t in (*frame.intervention, *frame.patient.medicines, *frame.avoid)]
    poisons = [p for p in item.finding.problems if p.endswith(POISONINGS)]
    if not named or not poisons:
        return False
    drugs = [m.concept_id for p in poisons for m in _drugs_in(lexicon.name(p), lexicon)]
    general = len(poisons) > sum(1 for p in poisons if _drugs_in(lexicon.name(p), lexicon))
    return bool(drugs) and not general and not any(lexicon.is_a(d, n) or lexicon.is_a(n, d) for d in drugs for n in named)


def _drugs_in(name: str, lexicon: Lexicon) -> list[Mention]:
    """The drugs that the name of a condition has in it: "lithium poisoning"."""
    words = (m for w in re.findall(r"[^\W\d_]{4,}", name) for m in lexicon.tag(w))
    return [m for m in words if m.kind in _DRUG_KINDS]


_NOBODY_KNOWS = re.compile(
    r"\bno (?:[\w-]+ ){0,3}(?:data|trials?|studies|evidence)\b|\b(?:has|have|had) not been (?:studied|tested)\b|\binsufficient (?:data|evidence)\b",
    re.IGNORECASE,
)


def says_no_data(item: EvidenceItem) -> bool:
    """Whether a statement says that there is nothing to go by: an absence that the source itself states."""
    return bool(_NOBODY_KNOWS.search(item.text))


def lacks_data_for(item: EvidenceItem, asked: Population) -> bool:
    """Whether a statement says that there is nothing to go by in the asked state of the kidneys: its own words count."""
    kidneys = item.finding.population.kidney | parse_population(item.text).kidney
    return says_no_data(item) and bool((asked.kidney - {Kidney.NORMAL}) & kidneys)


def is_on_the_pair(item: EvidenceItem) -> bool:
    """Whether a statement that names two drugs is about taking both: not a comparison, nor advice against either of them for something."""
    finding = item.finding
    return (
        finding.direction is Direction.INTERACTION or "cond/drug-interaction" in finding.problems or item.source.via is Via.SOURCE
    )
