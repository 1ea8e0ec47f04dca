"""A difference as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from osler.casebook.diff import Change, ClaimChange, Difference
from osler.domain.article import Article, ArticleClaim

_MARK = {Change.SAME: "=", Change.MOVED: ">", Change.CHANGED: "~", Change.ADDED: "+", Change.REMOVED: "-"}
_PART_WORDS = {
    "disposition": "kind of reply", "notices": "notice", "clarifying_questions": "question back", "options": "option",
    "dose_table": "dose", "gaps": "not known", "conflicts": "sources disagree", "left_out": "held and left out",
    "question.text": "question", "question.frame": "how it was read", "question.audience": "reader", "sections": "section",
}  # fmt: skip


def difference_lines(difference: Difference, *, same_too: bool = True) -> Iterator[str]:
    """Counts, then a line for each claim and what differs below it, then references and the other parts of the page."""
    counts = difference.counts()
    yield "claims: " + ", ".join(f"{n} {change.value}" for change, n in counts.items())
    for claim in difference.claims:
        if same_too or claim.change is not Change.SAME:
            yield from _claim_lines(claim)
    for reference in difference.references:
        yield f"{_MARK[reference.change]} reference {reference.document_id}: {reference.title}"
        yield from (f"    {what}" for what in reference.what)
    for part in difference.parts:
        name = _PART_WORDS.get(part.part, part.part)
        yield from (f"- {name}: {line}" for line in part.removed)
        yield from (f"+ {name}: {line}" for line in part.added)
        if not (part.removed or part.added):
            yield f"> {name}: the same in another order"


def _claim_lines(claim: ClaimChange) -> Iterator[str]:
    shown = claim.after or claim.before
    assert shown is not None  # noqa: S101
    yield f"{_MARK[claim.change]} {shown.text}"
    yield from (f"    {what}" for what in claim.what)


def difference_json(difference: Difference) -> dict[str, Any]:
    return {
        "counts": {change.value: n for change, n in difference.counts().items()},
        "claims": [
            {"change": c.change.value, "before": _claim_json(c.before), "after": _claim_json(c.after), "what": list(c.what)}
            for c in difference.claims
        ],
        "references": [
            {"change": r.change.value, "document_id": r.document_id, "title": r.title, "what": list(r.what)}
            for r in difference.references
        ],
        "parts": [{"part": p.part, "removed": list(p.removed), "added": list(p.added)} for p in difference.parts],
    }


def _claim_json(claim: ArticleClaim | None) -> dict[str, str] | None:
    return None if claim is None else {"id": claim.id, "text": claim.text, "role": claim.role.value}


def made_from(article: Article) -> str:
    """One line: which answer this is and what it was made from."""
    p = article.provenance
    return f"{article.answer_id}, {p.answered_at}, {p.engine}, library {p.library_snapshot}, for: {article.question.audience.value}"
