"""An article that comes to the desk is checked once more against the library: every span, and every verdict it claims."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from osler.domain.article import Article, ArticleClaim
from osler.domain.verification import Verdict
from osler.errors import UnknownDocument
from osler.language.lexicon import Lexicon
from osler.verification.arithmetic import check_arithmetic
from osler.verification.plain import plain_faults
from osler.verification.support import verify

ReadText = Callable[[str, int], str]
"""The text of a document in a version. Raises UnknownDocument."""
Recheck = Callable[[Article], tuple[str, ...]]
"""Faults in words, none for an article that may be reviewed."""

_SHOWN = (Verdict.SUPPORTED, Verdict.INDIRECT)


def against_library(read: ReadText, lexicon: Lexicon) -> Recheck:
    """The check that `desk.submit` and `desk.revise` ask for."""
    return partial(faults_of, read=read, lexicon=lexicon)


def faults_of(article: Article, read: ReadText, lexicon: Lexicon) -> tuple[str, ...]:
    """What an article says of itself and the library does not bear out. An article without claims has nothing to review."""
    if not article.claims:
        return ("it states nothing that could be reviewed",)
    found = []
    versions = {r.number: (r.document_id, r.version) for r in article.references}
    for claim in article.claims:
        found += [f"claim {claim.id}: {fault}" for fault in _claim_faults(claim, versions, read, lexicon)]
    return tuple(found)


def _claim_faults(claim: ArticleClaim, versions: dict[int, tuple[str, int]], read: ReadText, lexicon: Lexicon) -> tuple[str, ...]:
    if not claim.citations:
        return ("it cites nothing",)
    for citation in claim.citations:
        span = citation.span
        document_id, version = versions.get(citation.reference, ("", 0))
        if document_id != span.document_id:
            return (f"reference {citation.reference} is not the document of its span",)
        try:
            text = read(document_id, version)
        except UnknownDocument:
            return (f"{document_id} in version {version} is not in the library",)
        if text[span.start : span.end] != span.exact or not span.exact:
            return ("the cited words are not in the document at that place",)
    verdict, reasons = verify(claim.text, "\n".join(c.span.exact for c in claim.citations), lexicon)
    wrong = tuple(check_arithmetic(claim.calculation)) if claim.calculation is not None else ()
    if claim.verdict in _SHOWN and verdict is not Verdict.SUPPORTED:
        return (f"it is called {claim.verdict.value}, the check says {verdict.value.replace('_', ' ')}", *reasons, *wrong)
    if verdict is Verdict.CONTRADICTED:
        return ("its source says otherwise", *reasons)
    unlike = plain_faults(claim.plain, claim.text, lexicon) if claim.plain is not None else ()
    return (*wrong, *(f"in plain words: {fault}" for fault in unlike))
