"""The order of words: where a claim may put the span's words otherwise and still say the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from osler.domain.concept import ConceptKind
from osler.verification.reading import COMBINED, Atom, Kind, Reading
from osler.verification.vocabulary import Turn

_PREPOSITION = re.compile(r"\b(in|among|amongst|for|with|during|at|on|of|by|from|to|under|within|through|via|over)\b")
_PLACES = frozenset({"in", "among", "amongst", "for", "within"})
_OF = re.compile(r"\s*(?:of|in|for)\s+(?:(?:the|a|an|their|its|his|her)\s+)?")
_COMPOUND = re.compile(r"[\s-]*")
_AND = re.compile(r"\s*(?:,|,?\s*and)\s+(?:the\s+)?")
_TIMES = frozenset({"h", "month", "year"})
_PEOPLE = re.compile(r"\b(?:patients|people|persons|participants|subjects|individuals)\b")
_IS_A = re.compile(r"\b(?:is|are|was|were)\s+(?:an?|the)?\s*$")
_NAMED = re.compile(r"\s*[,(]\s*(?:an?|the)\s")
_BE = re.compile(r"\b(?:is|are|was|were|be|been|being)\b")


Pair = tuple[Atom, int]


def in_order(pairs: Sequence[Pair], span: Reading, opening: Atom) -> bool:
    """Whether the claim's order says what the span's does: the same, or changed by fronting, passive, "of" or a list."""
    places = [p for _, p in pairs]
    if all(a < b for a, b in pairwise(places)):
        return True
    if _is_passive(pairs, span):
        return True
    for k in range(1, len(pairs)):
        if max(places[:k]) < min(places[k:]):
            return in_order(pairs[:k], span, opening) and in_order(pairs[k:], span, opening)
    for k in range(1, len(pairs)):
        if min(places[:k]) > max(places[k:]):
            return (
                _may_turn(pairs[:k], pairs[k:], span, opening)
                and in_order(pairs[:k], span, opening)
                and in_order(pairs[k:], span, opening)
            )
    return False


def definition(pairs: Sequence[Pair], span: Reading, inside: Sequence[int]) -> tuple[int, ...]:
    """The window of a claim "X is a Y" where the span calls X a Y in passing ("X, a Y, …" or "the Y X"); () when it does not.

    What a sentence says beside such a naming, even a denial, does not touch it; every word of the naming counts.
    """
    k = next((i for i, (a, _) in enumerate(pairs) if i and _IS_A.search(a.lead)), None)
    if k is None or not (_is_run(pairs[:k]) and all(a < b for (_, a), (_, b) in zip(pairs[k:], pairs[k + 1 :], strict=False))):
        return ()
    atoms, last = span.atoms, inside[-1]
    x_start, x_end, y_start, y_end = pairs[0][1], pairs[k - 1][1], pairs[k][1], pairs[-1][1]
    if y_start > x_end and _NAMED.match(atoms[x_end + 1].lead):
        end = y_end
        while end < last and not re.search(r"[,;:)\]]", atoms[end + 1].lead):
            end += 1
        return tuple(range(x_start, end + 1))
    x = pairs[0][0]
    is_drug = x.term is ConceptKind.DRUG and all(a.term not in COMBINED or a.gives & x.broader for a, _ in pairs[k:])
    if is_drug and y_end == x_start - 1 and _COMPOUND.fullmatch(atoms[x_start].lead):
        start = y_start
        while start > inside[0] and _COMPOUND.fullmatch(atoms[start].lead):
            start -= 1
        return tuple(range(start, x_end + 1))
    return ()


def _may_turn(first: Sequence[Pair], second: Sequence[Pair], span: Reading, opening: Atom) -> bool:
    """Whether `first`, which follows `second` in the span, may stand before it."""
    first_place, second_place = min(p for _, p in first), min(p for _, p in second)
    first_in_span, other = span.atoms[first_place], second[0][0]
    both = (*first, *second)
    small = len(first) <= 3 and len(second) <= 3 and not any(a.kind is Kind.FIGURE for a, _ in both)
    if small and _is_run(first) and _is_run(second) and not any(a.turn not in (None, Turn.DIRECTION) for a, _ in both):
        of_to_compound = _OF.fullmatch(first_in_span.lead) and _COMPOUND.fullmatch(other.lead)
        compound_to_of = _COMPOUND.fullmatch(first_in_span.lead) and _OF.fullmatch(other.lead)
        if of_to_compound or compound_to_of:
            return True
        whole = second_place == 0 or span.atoms[second_place].lead.strip(" -") != ""
        if whole and _AND.fullmatch(first_in_span.lead) and _AND.fullmatch(other.lead):
            return "respectively" not in span.sentence(first_in_span.sentence).lower()
    if sum(a.figure is not None and a.figure.measure not in _TIMES for a, _ in both) > 1:
        return False  # two figures and a setting that moves: whose is which?
    fronted = (
        first[0][0] is opening
        and _same_preposition(first[0][0].lead, first_in_span.lead)
        and not _is_compared(span.atoms[first_place - 1])
    )
    opens_span = second_place == 0 or span.atoms[second_place - 1].clause != span.atoms[second_place].clause
    trailed = opens_span and _same_preposition(other.lead, span.atoms[second_place].lead) and not _is_compared(first[-1][0])
    return bool((fronted and _is_setting(first)) or (trailed and _is_setting(second)))


def _is_run(block: Sequence[Pair]) -> bool:
    """Whether the block stands in the span as it does in the claim, without a gap."""
    return all(b == a + 1 for (_, a), (_, b) in pairwise(block))


def _is_compared(atom: Atom) -> bool:
    return atom.turn is Turn.COMPARED


def _same_preposition(one: str, other: str) -> bool:
    a, b = (_PREPOSITION.findall(lead.rpartition(",")[2]) for lead in (one, other))
    if not a or not b:
        return False
    return a[0] == b[0] or {a[0], b[0]} <= _PLACES


def _is_setting(block: Sequence[Pair]) -> bool:
    """Whether a block only says when or in whom: a population, a problem or a time; no drug, nothing that turns a sentence."""
    named = any(a.term in (ConceptKind.POPULATION, ConceptKind.CONDITION) or a.figure is not None for a, _ in block)
    if not named and not _PEOPLE.search(block[0][0].lead):
        return False
    for atom, _ in block:
        if atom.term in (ConceptKind.DRUG, ConceptKind.DRUG_CLASS) or atom.turn is not None:
            return False
        if atom.figure is not None and atom.figure.measure not in _TIMES:
            return False
    return True


def _is_passive(pairs: Sequence[Pair], span: Reading) -> bool:
    """Subject and object exchanged around one verb that became, or ceased to be, passive with "by"."""
    places = [p for _, p in pairs]
    drops = [i for i in range(1, len(places)) if places[i] < places[i - 1]]
    if len(drops) != 2:
        return False
    objects, verbs, subjects = pairs[: drops[0]], pairs[drops[0] : drops[1]], pairs[drops[1] :]
    if (
        not (min(p for _, p in objects) > max(p for _, p in verbs) and min(p for _, p in verbs) > max(p for _, p in subjects))
        or len(verbs) > 3
    ):
        return False
    verb, subject = verbs[0][0], subjects[0][0]
    verb_in_span, object_in_span = span.atoms[verbs[0][1]], span.atoms[min(p for _, p in objects)]
    to_passive = (
        _has_by(subject.lead) and _BE.search(verb.lead) and not _has_by(object_in_span.lead) and not _BE.search(verb_in_span.lead)
    )
    to_active = (
        _has_by(object_in_span.lead) and _BE.search(verb_in_span.lead) and not _has_by(subject.lead) and not _BE.search(verb.lead)
    )
    return bool(to_passive or to_active)


def _has_by(lead: str) -> bool:
    return re.search(r"\bby\b", lead) is not None
