"""Which claim of one article is which of another, and which of them stand elsewhere."""

from __future__ import annotations

from difflib import SequenceMatcher

from osler.article.assemble import reading_order
from osler.domain.article import Article, ArticleClaim

ALIKE = 0.6
"""Two claims of one document share this much of their words when one is the other, changed. Our own choice."""
ALIKE_ELSEWHERE = 0.75
"""The same for claims of two documents: a new edition says much the same, another study of the same drug less."""


def claims_in_order(article: Article) -> list[ArticleClaim]:
    """As a page shows them."""
    by_id = {c.id: c for c in article.claims}
    return [by_id[i] for i in reading_order(article)]


def pair_claims(before: Article, after: Article) -> dict[str, str]:
    """Ids of claims of the first article with those of the second that are the same claim, changed or not; each at most once.

    First equal words of equal documents, then the most alike of one document, then the most alike of any.
    """
    pairs: dict[str, str] = {}
    left, right = claims_in_order(before), claims_in_order(after)
    for same in (_words_and_documents, _words):
        waiting: dict[object, list[str]] = {}
        for claim in right:
            if claim.id not in pairs.values():
                waiting.setdefault(same(claim), []).append(claim.id)
        for claim in left:
            if claim.id not in pairs and waiting.get(same(claim)):
                pairs[claim.id] = waiting[same(claim)].pop(0)
    for within, least in ((True, ALIKE), (False, ALIKE_ELSEWHERE)):
        taken = set(pairs.values())
        likely = [
            (-likeness, n, m, a.id, b.id)
            for n, a in enumerate(left) if a.id not in pairs
            for m, b in enumerate(right) if b.id not in taken
            if not within or _documents(a) & _documents(b)
            if (likeness := _likeness(a.text, b.text)) >= least
        ]  # fmt: skip
        for *_, a_id, b_id in sorted(likely):
            if a_id not in pairs and b_id not in taken:
                pairs[a_id] = b_id
                taken.add(b_id)
    return pairs


def _words(claim: ArticleClaim) -> object:
    return claim.text


def _words_and_documents(claim: ArticleClaim) -> object:
    return claim.text, tuple(c.span.document_id for c in claim.citations)


def _documents(claim: ArticleClaim) -> set[str]:
    return {c.span.document_id for c in claim.citations}


def _likeness(a: str, b: str) -> float:
    matcher = SequenceMatcher(None, a.split(), b.split(), autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= ALIKE else 0.0


def displaced(before: Article, after: Article, pairs: dict[str, str]) -> dict[str, str]:
    """Claims of the second article that stand elsewhere than before (by id), with from where to where."""
    found = {}
    old = [pairs[i] for i in reading_order(before) if i in pairs]
    new = [i for i in reading_order(after) if i in pairs.values()]
    kept = {i for a, _, n in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks() for i in old[a : a + n]}
    for was, now in pairs.items():
        here, there = _place(before, was), _place(after, now)
        if here != there:
            found[now] = f"place: {here} → {there}"
        elif now not in kept:
            found[now] = f"place: order within {there}"
    return found


def _place(article: Article, claim_id: str) -> str:
    places = ["bottom line"] if claim_id in article.bottom_line else []
    places += [s.heading for s in article.sections if claim_id in s.claims]
    return " and ".join(places) or "below the sections"
