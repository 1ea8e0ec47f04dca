"""Stance: negation, direction of effect, strength, hedges and conditions must be those of the span."""

from __future__ import annotations

import re

from osler.language.polarity import negation_count, strengths
from osler.verification.align import Alignment, Fault
from osler.verification.omission import may_leave_out
from osler.verification.reading import Atom, Kind
from osler.verification.vocabulary import OPPOSITES, Turn

_UP = re.compile(r"\b(?:increas\w+|rais\w+|rose|rise[sn]?|higher|more|greater|elevat\w+)\b", re.IGNORECASE)
_DOWN = re.compile(r"\b(?:decreas\w+|lower\w*|reduc\w+|fell|fewer|less|declin\w+|shorten\w*)\b", re.IGNORECASE)
_GOOD = re.compile(r"\b(?:better|improv\w+|superior|benefi\w+)\b", re.IGNORECASE)
_BAD = re.compile(r"\b(?:worse\w*|deteriorat\w+|inferior|harm\w*)\b", re.IGNORECASE)
_ALWAYS_BINDING = frozenset({"unless", "except", "only", "if", "until", "avoided", "given with caution", "contraindicated"})
"""Turns that hold for a whole sentence: cutting their clause off changes what is advised."""
_GOVERNING = frozenset({Turn.NEGATION, Turn.HEDGE, Turn.CONDITION})
"""Turns before the claimed clause that govern it: "no evidence that", "whether"."""
_WORDS = {
    Turn.NEGATION: "the span denies it (“{}”), the claim does not",
    Turn.DIRECTION: "the span says “{}”, the claim does not",
    Turn.STRENGTH: "the span says “{}”, the claim leaves that out",
    Turn.HEDGE: "the span only says “{}”; the claim is surer",
    Turn.CONDITION: "the span makes a condition or exception (“{}”), which the claim leaves out",
    Turn.QUANTIFIER: "the span says “{}”, the claim leaves that out",
    Turn.COMPARED: "the span compares (“{}”), the claim leaves that out",
}
_MINE = {
    Turn.NEGATION: "the claim denies it (“{}”), the span does not",
    Turn.DIRECTION: "the claim says “{}”, the span does not",
    Turn.STRENGTH: "the claim advises “{}”, which the span does not say",
    Turn.HEDGE: "the claim says “{}”, the span does not",
    Turn.CONDITION: "the claim makes a condition or exception (“{}”) that the span does not",
    Turn.QUANTIFIER: "the claim says “{}”, the span does not",
    Turn.COMPARED: "the claim compares (“{}”), the span does not",
}


def check_stance(claim: str, span: str) -> tuple[str, ...]:
    """Reasons against the claim; empty when it denies, directs and advises as the span does, taken as a whole."""
    reasons = []
    if (negation_count(claim) > 0) != (negation_count(span) > 0):
        reasons.append("one of claim and span is negated, the other is not")
    added = strengths(claim) - strengths(span)
    if added:
        reasons.append(f"the claim advises “{sorted(added)[0]}”, which the span does not say")
    for name, pattern, opposite in (("more", _UP, _DOWN), ("less", _DOWN, _UP), ("better", _GOOD, _BAD), ("worse", _BAD, _GOOD)):
        if pattern.search(claim) and not pattern.search(span) and opposite.search(span):
            reasons.append(f"the claim says {name}, the span the opposite")
    return tuple(reasons)


def stance_faults(alignment: Alignment) -> list[Fault]:
    """Turning words and their opposites that claim and span do not share."""
    faults = []
    dropped = [a for a in alignment.dropped if a.turn is not None]
    strengths_of_span = [a for a in (*dropped, *alignment.cut) if a.turn is Turn.STRENGTH]
    for atom in alignment.unmatched:
        denying = opposite(atom, alignment.dropped)
        if denying is not None:
            faults.append(Fault(f"the claim says “{atom.text}”, the span “{denying.text}”", denies=True))
        elif atom.turn is Turn.STRENGTH and strengths_of_span:
            faults.append(Fault(f"the claim says “{atom.text}”, the span “{strengths_of_span[0].text}”", denies=True))
        elif atom.turn is not None:
            faults.append(Fault(_MINE[atom.turn].format(atom.text), denies=atom.turn is Turn.NEGATION))
    for atom in dropped:
        named = any(f"“{atom.text}”" in f.reason for f in faults)
        if atom.turn is not None and not named and not may_leave_out(alignment, atom):
            faults.append(Fault(_WORDS[atom.turn].format(atom.text), denies=atom.turn is Turn.NEGATION))
    faults.extend(_cut_faults(alignment))
    return faults


def opposite(atom: Atom, others: tuple[Atom, ...]) -> Atom | None:
    """The first of `others` that denies `atom` ("raised" for "lowered"), or None."""
    if atom.kind not in (Kind.TURN, Kind.WORD):
        return None
    for other in others:
        if other.kind in (Kind.TURN, Kind.WORD) and any(
            frozenset({a, b}) in OPPOSITES for a in atom.meanings for b in other.meanings
        ):
            return other
    return None


def _cut_faults(alignment: Alignment) -> list[Fault]:
    """Turns outside the clauses that the claim uses, which still bear on them."""
    span = alignment.span.atoms
    faults = []
    for i in (*alignment.before, *alignment.after):
        atom = span[i]
        if atom.turn is None or atom.bracket:
            continue
        governs = i in alignment.before and atom.turn in _GOVERNING
        but_not = atom.turn is Turn.NEGATION and re.search(r"\b(?:but|although|and|or)\s*$", atom.lead)
        if governs or but_not or atom.meanings & _ALWAYS_BINDING:
            faults.append(Fault(_WORDS[atom.turn].format(atom.text)))
    return faults
