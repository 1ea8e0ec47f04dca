"""What a person may change of a text: its title, the words of a claim (checked against its span), and whether a claim stands at all."""

from __future__ import annotations

import re
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
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


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
            article = _with(article, _reworded(claim, step, lexicon))
            variants = tuple(_reworded_in(v, claim, step, lexicon) for v in variants)
    if not all(a.claims for a in (article, *variants)):
        raise Refused("no claim would be left: reject or retract the article instead")
    return article, variants


def _reworded_in(variant: Article, like: ArticleClaim, step: Reword, lexicon: Lexicon) -> Article:
    """The same claim in another reader's article, where it has the same words."""
    for claim in variant.claims:
        if claim.text == like.text and _rests_alike(claim, like):
            variant = _with(variant, _reworded(claim, step, lexicon))
    return variant


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
    spans = "\n".join(c.span.exact for c in claim.citations)
    foreign = _not_of_the_source(text, spans, lexicon)
    if foreign:
        raise Refused(*(f"claim {claim.id}: its source does not say “{word}”" for word in foreign))
    verdict, reasons = verify(text, spans, lexicon)
    if verdict is Verdict.CONTRADICTED:
        raise Refused(f"claim {claim.id}: its source says otherwise", *reasons)
    if verdict is not Verdict.SUPPORTED:
        return _marked(
            replace(claim, text=text, plain=None, verdict=Verdict.UNCHECKED, reasons=(NOT_CHECKED, *reasons)), NOT_CHECKED
        )
    if any(c.directness is not Directness.DIRECT for c in claim.citations):
        differing = tuple(f"{m.axis.value}: {m.studied} (asked: {m.asked})" for c in claim.citations for m in c.mismatches)
        return _marked(replace(claim, text=text, plain=None, verdict=Verdict.INDIRECT, reasons=differing), None)
    return _marked(replace(claim, text=text, plain=None, verdict=Verdict.SUPPORTED, reasons=()), None)


def _not_of_the_source(text: str, spans: str, lexicon: Lexicon) -> tuple[str, ...]:
    """Figures, medicines and classes that the cited words do not have: no person's wording may bring in a dose or a drug."""
    figures = set(_FIGURE.findall(spans))
    named = {m.concept_id for m in lexicon.tag(spans)}
    found = [f for f in _FIGURE.findall(text) if f not in figures]
    for m in lexicon.tag(text):
        if m.concept_id.startswith(("drug/", "class/")) and m.concept_id not in named:
            found.append(text[m.start : m.end])
    return tuple(dict.fromkeys(found))


def _marked(claim: ArticleClaim, mark: str | None) -> ArticleClaim:
    """What a reader must know beside the sentence stands with its first source, where every page shows it."""
    first, *rest = claim.citations
    held = [p for p in (first.to_check or "").split("; ") if p and p != NOT_CHECKED]
    told = "; ".join(filter(None, (mark, *held))) or None
    return replace(claim, citations=(replace(first, to_check=told), *rest))


def _with(article: Article, fresh: ArticleClaim) -> Article:
    return replace(article, claims=tuple(fresh if c.id == fresh.id else c for c in article.claims))


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
