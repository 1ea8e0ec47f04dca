"""Whether plain words say what the quote says: figures, names, denials, strengths and direction both ways; else the quote is shown."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from osler.domain.answer import Answer
from osler.domain.concept import ConceptKind
from osler.language.lexicon import Lexicon
from osler.language.polarity import negation_count, strengths
from osler.verification.figures import check_figures
from osler.verification.stance import check_stance
from osler.verification.wording import plain_text

_DRUGS = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS})
_FIGURE = re.compile(r"\d[\d.,]*\d|\d")
_FORBIDDEN = re.compile(r"\bmust not be used\b", re.IGNORECASE)
_ADVERSE = re.compile(r"\badverse\b", re.IGNORECASE)


def plain_faults(plain: str, quote: str, lexicon: Lexicon) -> tuple[str, ...]:
    """Reasons against showing `plain` for `quote`; empty when every figure, medicine, denial, strength and direction is the same.

    What plain words may do is leave a problem's technical name for a sourced plain one; they may name no other problem, group
    or route than the quote does.
    """
    mine, theirs = _comparable(plain), _comparable(quote)
    reasons = [*check_figures(mine, theirs), *check_figures(theirs, mine), *check_stance(mine, theirs), *check_stance(theirs, mine)]
    if Counter(_FIGURE.findall(plain)) != Counter(_FIGURE.findall(quote)):
        reasons.append("the figures are not written alike")
    if _drugs(mine, lexicon) != _drugs(theirs, lexicon):
        reasons.append("the medicines are not the same")
    if strengths(mine) != strengths(theirs):
        reasons.append("the strength of the advice is not the same")
    if negation_count(mine) != negation_count(theirs):
        reasons.append("there are more or fewer denials")
    return (*dict.fromkeys(reasons), *_name_faults(plain, quote, lexicon))


def keep_faithful(answer: Answer, lexicon: Lexicon) -> Answer:
    """The answer without the plain words that do not pass; there the quote itself is shown."""
    return replace(
        answer,
        claims=tuple(
            replace(c, plain=None) if c.plain is not None and plain_faults(c.plain, c.text, lexicon) else c for c in answer.claims
        ),
    )


def _comparable(text: str) -> str:
    """One spelling; "must not be used" is read as the "is contraindicated" that it stands for."""
    return plain_text(_ADVERSE.sub("harmful", _FORBIDDEN.sub("is contraindicated", text)))


def _drugs(text: str, lexicon: Lexicon) -> list[str]:
    return [m.concept_id for m in lexicon.tag(text) if m.kind in _DRUGS]


def _name_faults(plain: str, quote: str, lexicon: Lexicon) -> list[str]:
    """Groups of people and routes must be the same; a problem that plain words name must be one of the quote's, or hold one of them
    ("itching" beside "uremic", for uremic pruritus)."""
    mine, theirs = lexicon.tag(plain), lexicon.tag(quote)
    faults = []
    for kind, words in ((ConceptKind.POPULATION, "groups of people"), (ConceptKind.ROUTE, "routes")):
        if {m.concept_id for m in mine if m.kind is kind} != {m.concept_id for m in theirs if m.kind is kind}:
            faults.append(f"the {words} are not the same")
    problems = {m.concept_id for m in theirs if m.kind is ConceptKind.CONDITION}
    for mention in mine:
        if mention.kind is ConceptKind.CONDITION and not any(lexicon.is_a(p, mention.concept_id) for p in problems):
            faults.append(f"the problem “{mention.text}” is not in the quote")
    return faults
