"""Stance: negation, direction of effect and strength of advice must be those of the span."""

from __future__ import annotations

import re

from osler.language.polarity import negation_count, strengths

_UP = re.compile(r"\b(?:increas\w+|rais\w+|rose|rise[sn]?|higher|more|greater|worse\w*|elevat\w+)\b", re.IGNORECASE)
_DOWN = re.compile(r"\b(?:decreas\w+|lower\w*|reduc\w+|fell|fewer|less|declin\w+|improv\w+|shorten\w*)\b", re.IGNORECASE)


def check_stance(claim: str, span: str) -> tuple[str, ...]:
    """Reasons against the claim; empty when it denies, directs and advises as the span does."""
    reasons = []
    if (negation_count(claim) > 0) != (negation_count(span) > 0):
        reasons.append("one of claim and span is negated, the other is not")
    added = strengths(claim) - strengths(span)
    if added:
        reasons.append(f"the claim advises “{sorted(added)[0]}”, which the span does not say")
    for name, pattern, opposite in (("more", _UP, _DOWN), ("less", _DOWN, _UP)):
        if pattern.search(claim) and not pattern.search(span) and opposite.search(span):
            reasons.append(f"the claim says {name}, the span the opposite")
    return tuple(reasons)
