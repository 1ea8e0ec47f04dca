"""The evidence drawer: one sentence with the passage it rests on, the cited words marked, and every reason of the check."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from osler.article.page import mismatch_words
from osler.domain.article import Article, ArticleCitation, ArticleClaim, Reference
from osler.domain.document import Document, Via
from osler.domain.evidence import Directness
from osler.domain.verification import Verdict
from osler.library.catalog import Catalog
from osler.web.layout import article_view, line_view, safe_link
from osler.web.library_view import document_address
from osler.web.view import Line, ReferenceView
from osler.web.words import AXIS, VERDICT

AROUND = 900
"""Code points shown before and after the cited words at most; a long passage is cut at a space beyond them."""
_LONG_QUOTE_WORDS = 12
_ENDS_WORDS = 5


@dataclass(frozen=True, slots=True)
class PassageView:
    """before + exact + after is a stretch of the stored text; `cut_*`: the passage goes on there."""

    heading: str
    before: str
    exact: str
    after: str
    cut_before: bool
    cut_after: bool


@dataclass(frozen=True, slots=True)
class CitationView:
    reference: ReferenceView
    passage: PassageView | None
    document_id: str
    version: int
    start: int
    end: int
    is_direct: bool
    axes: tuple[tuple[str, str], ...]
    design: str
    population: str
    extraction: str | None
    note: str | None
    to_check: str | None
    original: str
    here: str


@dataclass(frozen=True, slots=True)
class EvidenceView:
    claim: ArticleClaim
    line: Line
    citations: tuple[CitationView, ...]
    verdict: str
    passes: bool
    is_verbatim: bool
    reasons: tuple[str, ...]
    before: str | None
    after: str | None


def evidence_view(article: Article, claim_id: str, catalog: Catalog) -> EvidenceView:
    """Raises StopIteration for no such claim, UnknownDocument when the library no longer holds the version cited."""
    claim = article.claim(claim_id)
    view = article_view(article)
    numbered = {r.number: r for r in article.references}
    shown = {r.number: r for r in view.references}
    ids = [c.id for c in article.claims]
    at = ids.index(claim_id)
    return EvidenceView(
        claim=claim,
        line=line_view(article, claim),
        citations=tuple(_citation(c, numbered[c.reference], shown[c.reference], catalog) for c in claim.citations),
        verdict=VERDICT[claim.verdict],
        passes=claim.verdict in (Verdict.SUPPORTED, Verdict.INDIRECT),
        is_verbatim=len(claim.citations) == 1 and claim.text in claim.citations[0].span.exact,
        reasons=claim.reasons,
        before=ids[at - 1] if at else None,
        after=ids[at + 1] if at + 1 < len(ids) else None,
    )


def _citation(citation: ArticleCitation, reference: Reference, shown: ReferenceView, catalog: Catalog) -> CitationView:
    span = citation.span
    document = catalog.document(span.document_id, reference.version)
    own_words = span.via is Via.SOURCE
    return CitationView(
        reference=shown,
        passage=passage_around(document, span.start, span.end, span.exact, catalog),
        document_id=span.document_id,
        version=reference.version,
        start=span.start,
        end=span.end,
        is_direct=citation.directness is Directness.DIRECT,
        axes=tuple((AXIS[m.axis], mismatch_words(m)) for m in citation.mismatches),
        design=citation.design,
        population=citation.population,
        extraction=citation.extraction,
        note=citation.note,
        to_check=citation.to_check,
        original=text_fragment(shown.link, span.exact) if own_words else safe_link(shown.link),
        here=document_address(span.document_id, reference.version, span.start, span.end),
    )


def passage_around(document: Document, start: int, end: int, exact: str, catalog: Catalog) -> PassageView | None:
    """The passage that holds [start, end); None when the stored text does not say `exact` there, which a page must not hide."""
    text = document.text
    if text[start:end] != exact:
        return None
    low, high, path = _bounds(document, start, end, catalog)
    first, last = _cut(text, low, high, start, end)
    return PassageView(" › ".join(path), text[first:start], exact, text[end:last], first > low, last < high)


def _bounds(document: Document, start: int, end: int, catalog: Catalog) -> tuple[int, int, tuple[str, ...]]:
    """The passage of the current version; in an older one the part, the recorded statement, or the whole text."""
    for passage in catalog.passages_of(document.id):
        if passage.start <= start and end <= passage.end and document.text[passage.start : passage.end] == passage.text:
            return passage.start, passage.end, passage.path
    for part in document.parts:
        if part.start <= start and end <= part.end:
            return part.start, part.end, ()
    for statement in document.statements:
        if statement.start <= start and end <= statement.end:
            return statement.start, statement.end, ()
    return 0, len(document.text), ()


def _cut(text: str, low: int, high: int, start: int, end: int) -> tuple[int, int]:
    first, last = max(low, start - AROUND), min(high, end + AROUND)
    if first > low:
        space = text.find(" ", first, start)
        first = space + 1 if space >= 0 else first
    if last < high:
        space = text.rfind(" ", end, last)
        last = space if space >= 0 else last
    return first, last


def text_fragment(link: str, exact: str) -> str:
    """The address with a text fragment that a browser scrolls to and marks; long words by their beginning and end.

    `-`, `,` and `&` are the fragment's own signs and are encoded (R-16). "" stays "".
    Source: WICG, URL Fragment Text Directives, "The fragment directive": text=start,end.
    """
    link = safe_link(link)
    words = exact.split()
    if not link or not words:
        return link
    parts: tuple[str, ...]
    if len(words) > _LONG_QUOTE_WORDS:
        parts = (" ".join(words[:_ENDS_WORDS]), " ".join(words[-_ENDS_WORDS:]))
    else:
        parts = (" ".join(words),)
    encoded = ",".join(quote(p, safe="").replace("-", "%2D") for p in parts)
    return f"{link}{'' if '#' in link else '#'}:~:text={encoded}"
