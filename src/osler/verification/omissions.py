"""What the evidence holds and the answer does not say, and whether the bottom line says what the body says.

A contraindication, a boxed warning, a dose for these kidneys, a withdrawal and a red flag must not be missing beside a drug or
problem that the answer names. What is missing is listed with the reason, so that a reader knows that it was not forgotten.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from osler.answer.picks import is_boxed
from osler.domain.answer import Answer, Claim, Conflict, Role
from osler.domain.document import Direction
from osler.domain.evidence import Directness, DrugRelation, EvidenceItem, EvidenceProfile, PopulationRelation, ProblemRelation
from osler.language.doses import drug_doses
from osler.language.lexicon import Lexicon
from osler.language.quantities import in_mg

_WITHDRAWAL = re.compile(r"\babrupt|\bwithdrawal\b|\bstopp(?:ed|ing) (?:it )?suddenly", re.IGNORECASE)
_WORD = re.compile(r"[a-z]{4,}|\d[\d.,]*")
_SAME_WORDS = 0.6
_OFFERED = frozenset({Role.OPTION, Role.DOSE, Role.BOTTOM_LINE})
_AGAINST = frozenset({Role.AVOID})


class Essential(StrEnum):
    CONTRAINDICATION = "contraindication"
    BOXED_WARNING = "boxed warning"
    KIDNEY_DOSE = "dose for these kidneys"
    WITHDRAWAL = "withdrawal"
    RED_FLAG = "red flag"


@dataclass(frozen=True, slots=True)
class Omission:
    """An essential statement that the answer leaves out. about: the drug or danger; why: one line for a reader."""

    statement_id: str
    document_id: str
    kind: Essential
    about: str
    why: str


def essential_kind(item: EvidenceItem, profile: EvidenceProfile) -> Essential | None:
    """Which kind of essential statement it is for this question, or None. Of another population it is none."""
    finding, frame = item.finding, profile.question.frame
    if item.population is PopulationRelation.DIFFERENT:
        return None
    if item.problem is ProblemRelation.DANGER:
        return Essential.RED_FLAG
    if item.directness is Directness.OFF:
        return None
    if is_boxed(item):
        return Essential.BOXED_WARNING
    if finding.direction is Direction.CONTRAINDICATES:
        return Essential.CONTRAINDICATION
    if finding.direction is Direction.DOSE and frame.population.kidney & finding.population.kidney:
        return Essential.KIDNEY_DOSE
    stops = item.drug in (DrugRelation.AVOID, DrugRelation.CURRENT)
    return Essential.WITHDRAWAL if stops and _WITHDRAWAL.search(item.text) else None


def find_omissions(answer: Answer, profile: EvidenceProfile, lexicon: Lexicon) -> tuple[Omission, ...]:
    """Essential statements about what the answer names that it neither cites nor says otherwise, in order of the evidence."""
    cited = {c.statement_id for claim in answer.claims for c in claim.citations}
    if not cited:
        return ()
    items = {i.finding.statement_id: i for i in profile.items}
    named = [d for s in sorted(cited & items.keys()) for d in items[s].finding.drugs]
    said = [_words(claim.text) for claim in answer.claims]
    dangers = {d for s in sorted(cited & items.keys()) for d in _dangers(items[s], profile, lexicon)}
    found: list[Omission] = []
    for item in profile.items:
        kind = essential_kind(item, profile)
        if kind is None or item.finding.statement_id in cited:
            continue
        about = _about(item, kind, named, lexicon)
        words = _words(item.text)
        if about is None or any(_says_the_same(words, other) for other in said):
            continue
        if kind is Essential.RED_FLAG:
            mine = _dangers(item, profile, lexicon)
            if not mine or mine & dangers:
                continue  # this danger is named already
            dangers |= mine
        said.append(words)
        where = item.passage.document_id
        found.append(Omission(item.finding.statement_id, where, kind, about, _why(kind, about, answer)))
    return tuple(found)


def _dangers(item: EvidenceItem, profile: EvidenceProfile, lexicon: Lexicon) -> frozenset[str]:
    """The dangerous diseases of a red flag, each by its broadest name: not the complaint that was asked about."""
    asked = [t.concept_id for t in profile.question.frame.problem]
    found = set()
    for problem in item.finding.problems:
        if not any(lexicon.is_a(problem, a) or lexicon.is_a(a, problem) for a in asked):
            found.add(min(lexicon.ancestors(problem) | {problem}, key=lambda c: (len(lexicon.ancestors(c)), c)))
    return frozenset(found)


def _about(item: EvidenceItem, kind: Essential, named: list[str], lexicon: Lexicon) -> str | None:
    """The name of what the statement is about, when the answer names it too."""
    if kind is Essential.RED_FLAG:
        return ", ".join(lexicon.name(p) for p in item.finding.problems[:2]) or None
    subject = next(iter(item.finding.drugs), None)
    if subject is None or not any(lexicon.is_a(d, subject) or lexicon.is_member(d, subject) for d in named):
        return None
    return lexicon.name(subject)


def _why(kind: Essential, about: str, answer: Answer) -> str:
    if kind is Essential.RED_FLAG:
        return "the answer shows the first dangers to rule out and leaves this one out"
    return f"the answer of {len(answer.claims)} statements was full, or says other things of {about} first"


def bottom_line_conflicts(answer: Answer, profile: EvidenceProfile, lexicon: Lexicon) -> tuple[Conflict, ...]:
    """Where the bottom line and the body disagree: one drug offered and advised against, or two doses for the same people."""
    by_id = {c.id: c for c in answer.claims}
    subjects = {i.finding.statement_id: next(iter(i.finding.drugs), None) for i in profile.items}

    def subject(claim: Claim) -> str | None:
        return subjects.get(claim.citations[0].statement_id)

    leading = [by_id[i] for i in answer.bottom_line if by_id[i].role in _OFFERED]
    found: list[Conflict] = []
    for claim in leading:
        drug = subject(claim)
        for other in answer.claims:
            if drug and other.role in _AGAINST and other.directness is Directness.DIRECT and subject(other) == drug:
                about = f"{lexicon.name(drug)} is named with a dose or as an option, and advised against: read for whom each holds."
                found.append(Conflict((claim.id, other.id), about))
    for number, claim in enumerate(leading):
        for other in leading[number + 1 :]:
            found += _two_doses(claim, other, lexicon)
    return tuple(dict.fromkeys(found))


def _two_doses(claim: Claim, other: Claim, lexicon: Lexicon) -> list[Conflict]:
    """Doses of one drug for one population in two leading sentences that have no amount in common."""
    if {c.population for c in claim.citations} != {c.population for c in other.citations}:
        return []
    mine, theirs = _amounts(claim, lexicon), _amounts(other, lexicon)
    return [
        Conflict((claim.id, other.id), f"The bottom line gives different doses of {lexicon.name(drug)} for the same people.")
        for drug in sorted(mine.keys() & theirs.keys())
        if not mine[drug] & theirs[drug]
    ]


def _amounts(claim: Claim, lexicon: Lexicon) -> dict[str, set[tuple[float, float]]]:
    found: dict[str, set[tuple[float, float]]] = {}
    for dose in drug_doses(claim.text, lexicon.tag(claim.text)):
        amount = in_mg(dose.quantity)
        if amount is not None:
            found.setdefault(dose.concept_id, set()).add(amount)
    return found


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower()))


def _says_the_same(words: frozenset[str], other: frozenset[str]) -> bool:
    return len(words & other) / max(1, min(len(words), len(other))) >= _SAME_WORDS
