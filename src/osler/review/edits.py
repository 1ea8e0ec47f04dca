"""What a person may change of a text: its title, the words of a claim (checked against its span), and whether a claim stands at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from osler.accounts.people import check_text
from osler.domain.answer import Section
from osler.domain.article import Article, ArticleClaim
from osler.domain.evidence import Directness
from osler.domain.review import Content
from osler.domain.verification import Verdict
from osler.errors import Refused
from osler.language.lexicon import Lexicon
from osler.review.steps import Remove, Retitle, Reword, Step
from osler.verification.support import verify

NOT_CHECKED = "a person's wording, not confirmed by the check"
MAX_WORDING_CHARACTERS = 1_000


def apply_steps(content: Content, steps: Sequence[Step], lexicon: Lexicon) -> tuple[Article, tuple[Article, ...]]:
    """The article and its variants after all steps. Claims are named by their ids in the article; in a variant the same
    claim is the one that rests on the same spans.

    Raises Refused for an unknown claim, for a wording that its span contradicts, and when no claim would be left.
    """
    article, variants = content.article, content.variants
    for step in steps:
        if isinstance(step, Retitle):
            title = " ".join(check_text("title", step.title).split())
            article, variants = _retitled(article, title), tuple(_retitled(v, title) for v in variants)
            continue
        claim = next((c for c in article.claims if c.id == step.claim_id), None)
        if claim is None:
            raise Refused(f"there is no claim {step.claim_id}")
        if isinstance(step, Remove):
            article = _without(article, frozenset({claim.id}))
            variants = tuple(_without(v, frozenset(c.id for c in v.claims if _rests_alike(c, claim))) for v in variants)
        else:
            fresh = _reworded(claim, step, lexicon)
            article = _with(article, claim.id, fresh)
            for old in [c.id for v in variants for c in v.claims if c.text == claim.text and _rests_alike(c, claim)]:
                variants = tuple(_with(v, old, fresh) if _holds(v, old, claim) else v for v in variants)
    if not all(a.claims for a in (article, *variants)):
        raise Refused("no claim would be left: reject or retract the article instead")
    return article, variants


def _holds(article: Article, claim_id: str, like: ArticleClaim) -> bool:
    return any(c.id == claim_id and c.text == like.text and _rests_alike(c, like) for c in article.claims)


def _retitled(article: Article, title: str) -> Article:
    return replace(article, title=title, question=replace(article.question, text=title))


def _rests_alike(a: ArticleClaim, b: ArticleClaim) -> bool:
    return [(c.span.document_id, c.span.start, c.span.end) for c in a.citations] == [
        (c.span.document_id, c.span.start, c.span.end) for c in b.citations
    ]


def _reworded(claim: ArticleClaim, step: Reword, lexicon: Lexicon) -> ArticleClaim:
    """The claim in a person's words, with the verdict of the check; never one that the span contradicts."""
    text = " ".join(check_text("claim", step.text).split())
    if not text or len(text) > MAX_WORDING_CHARACTERS:
        raise Refused(f"a claim has 1 to {MAX_WORDING_CHARACTERS:,} characters")
    verdict, reasons = verify(text, "\n".join(c.span.exact for c in claim.citations), lexicon)
    if verdict is Verdict.CONTRADICTED:
        raise Refused(f"claim {claim.id}: its source says otherwise", *reasons)
    if verdict is not Verdict.SUPPORTED:
        return replace(claim, text=text, verdict=Verdict.UNCHECKED, reasons=(NOT_CHECKED, *reasons))
    if any(c.directness is not Directness.DIRECT for c in claim.citations):
        differing = tuple(f"{m.axis.value}: {m.studied} (asked: {m.asked})" for c in claim.citations for m in c.mismatches)
        return replace(claim, text=text, verdict=Verdict.INDIRECT, reasons=differing)
    return replace(claim, text=text, verdict=Verdict.SUPPORTED, reasons=())


def _with(article: Article, claim_id: str, fresh: ArticleClaim) -> Article:
    claims = tuple(
        replace(c, text=fresh.text, verdict=fresh.verdict, reasons=fresh.reasons) if c.id == claim_id else c for c in article.claims
    )
    return replace(article, claims=claims)


def _without(article: Article, gone: frozenset[str]) -> Article:
    """Nothing may point to a claim that is gone, and no reference stay that nothing cites."""

    def keep(ids: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(i for i in ids if i not in gone)

    claims = tuple(c for c in article.claims if c.id not in gone)
    cited = {c.reference for k in claims for c in k.citations}
    numbers = {r.number: n for n, r in enumerate((r for r in article.references if r.number in cited), start=1)}
    sections = (Section(s.heading, s.role, keep(s.claims), s.lead) for s in article.sections)
    return replace(
        article,
        bottom_line=keep(article.bottom_line),
        sections=tuple(s for s in sections if s.claims),
        claims=tuple(replace(k, citations=tuple(replace(c, reference=numbers[c.reference]) for c in k.citations)) for k in claims),
        options=tuple(replace(o, claims=keep(o.claims)) for o in article.options if keep(o.claims)),
        dose_table=tuple(r for r in article.dose_table if keep(r.claims) == r.claims),
        conflicts=tuple(c for c in article.conflicts if keep(c.claims) == c.claims),
        references=tuple(replace(r, number=numbers[r.number]) for r in article.references if r.number in numbers),
    )
