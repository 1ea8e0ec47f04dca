"""Of the medicines a question names: which of them it asks about, once their parts are read word by word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from osler.domain.concept import Mention
from osler.domain.question import Intent, Term
from osler.language.lexicon import Lexicon


def without_classes(terms: tuple[Term, ...], named: tuple[Term, ...], lexicon: Lexicon) -> tuple[Term, ...]:
    """Without a class that only introduces its own member: "an antibiotic, co-trimoxazole", "my blood thinner apixaban"."""
    ids = [t.concept_id for t in named]
    return tuple(t for t in terms if not any(i != t.concept_id and lexicon.is_a(i, t.concept_id) for i in ids))


def wanted_instead(
    asked: tuple[Term, ...], current: tuple[Term, ...], avoid: tuple[Term, ...], lexicon: Lexicon
) -> tuple[tuple[Term, ...], tuple[Term, ...], tuple[Term, ...]]:
    """(asked, taken, to be avoided) where something else is wanted instead of what is taken: of the class asked about, or the only one."""
    classes = [t for t in asked if t.concept_id.startswith("class/")]
    left = tuple(t for t in current if any(lexicon.is_a(t.concept_id, c.concept_id) for c in classes))
    if not left and not asked and len(current) == 1:
        left = current
    if not left or len(classes) < len(asked):
        return asked, current, avoid
    return (), tuple(t for t in current if t not in left), (*left, *avoid)


CHANGE_IT = re.compile(
    r"\binstead\b(?! of)|\b(?:want|need|like|plan\w*|going) to (?:change|switch|swap|replace)\b|\b(?:change|switch|swap) (?:it|him|her|them|this)\b|\bsomething else\b",
    re.IGNORECASE,
)


def are_alternatives(text: str, drugs: Sequence[Mention]) -> bool:
    """Whether each drug is named instead of the one before it, or in another sentence: not to be taken together."""
    between = [text[one.end : other.start] for one, other in pairwise(sorted(drugs, key=lambda m: m.start))]
    return any(_INSTEAD.search(b) for b in between) and not any(_TOGETHER.search(b) for b in between)


_INSTEAD = re.compile(r"\bor\b|\b(?:someone|somebody) else\b|\bvs\b|\bversus\b|[.?!;](?:\s|$)", re.IGNORECASE)
_TOGETHER = re.compile(r"\bwith\b|\band\b|\bplus\b|\+|&|\btogether\b|\bto\b", re.IGNORECASE)


def is_partner(text: str, term: Term) -> bool:
    """Whether the medicine is only what another one is to be taken with: "is X safe with warfarin"."""
    return bool(re.search(rf"\b(?:with|alongside|on top of|and)\s+(?:\w+\s+)?{re.escape(term.said)}\b", text, re.IGNORECASE))


def of_what_is_taken(
    text: str, current: tuple[Term, ...], problem: tuple[Term, ...], intent: Intent
) -> tuple[tuple[Term, ...], Intent]:
    """(what is asked about, the intent) when only medicines that are taken are named: of them, where the words ask of them."""
    if intent in (Intent.TOXICITY, Intent.DOSE, Intent.ORDER_CHECK, Intent.MONITORING):
        return current, intent
    if _STOP_OR_GO_ON.search(text):
        return current, Intent.SAFETY if len(current) == 1 or problem else Intent.INTERACTION
    if len(current) > 1 and (intent is Intent.INTERACTION or not problem):
        return current, Intent.INTERACTION
    if intent is Intent.TREATMENT and not problem:
        return current, Intent.SAFETY
    return (), intent


_STOP_OR_GO_ON = re.compile(
    r"\b(?:stop|hold|withhold|continue|restart|pause|omit|reduce|change|carry on (?:with|taking))\s+(?:it|them|this|that|taking|one|any|her|his|my|the)\b"
    r"|\b(?:stop|hold|withhold|continue|restart|omit|change)(?:ped)?\s*(?:\?|$)",
    re.IGNORECASE,
)
