"""Routes by which a drug is given, also where they are part of its name ("intrathecal baclofen", "diclofenac gel")."""

from __future__ import annotations

import re
from functools import lru_cache

from osler.domain.concept import ConceptKind
from osler.language.lexicon import Lexicon

_NOT_THIS_WAY = re.compile(
    r"\b(?:(?:not|cannot|can't|unable to) (?:use|take|tolerate|have|swallow)|instead of|rather than|without|failed)\s+(?:[\w-]+\s+){0,2}$",
    re.I,
)
"""Before a route by which the drug was not given."""
ONLY_WHEN_ASKED = frozenset({"route/intrathecal", "route/epidural"})
"""Routes that nobody means who names none."""


@lru_cache(maxsize=2)
def _routes_only(lexicon: Lexicon) -> Lexicon:
    # The whole lexicon takes the longest term, and the drug's name would swallow the route.
    return Lexicon(c for c in lexicon.concepts() if c.kind is ConceptKind.ROUTE)


@lru_cache(maxsize=4_096)
def routes_of(text: str, lexicon: Lexicon) -> frozenset[str]:
    """Route concepts that the words name, save those they rule out."""
    named = _routes_only(lexicon).tag(text)
    return frozenset(m.concept_id for m in named if not _NOT_THIS_WAY.search(text[max(0, m.start - 40) : m.start]))


def routes_differ(asked: frozenset[str], studied: frozenset[str], lexicon: Lexicon) -> bool:
    """Whether the studied routes are none of the asked ones; who asks for none does not mean one into the spine."""
    if not studied or any(lexicon.is_a(a, s) or lexicon.is_a(s, a) for a in asked for s in studied):
        return False
    return bool(asked) or studied <= ONLY_WHEN_ASKED
