"""Article: the page of one answer, and the passage behind each of its sentences."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from osler.article.export import export
from osler.article.forms import Format
from osler.casebook.today import as_of_today
from osler.domain.article import Article, Related
from osler.errors import UnknownDocument, UserError
from osler.pipeline import answer_request
from osler.related import related_questions
from osler.review import history
from osler.web.drawer import EvidenceView, evidence_view
from osler.web.jsonld import linked_data
from osler.web.layout import article_view
from osler.web.picture import picture
from osler.web.roles import signed_of
from osler.web.shelf import Item, Kept
from osler.web.site import Site, session_of, site_of

router = APIRouter(include_in_schema=False)

PIECES = ("top", "bottom_line", "sections", "tables", "unknown", "picture", "references", "next")
"""The parts of the page in order, each a template; a stream sends them one by one."""

EXPORTS = {
    Format.MARKDOWN: "Markdown",
    Format.PDF: "PDF",
    Format.DOCX: "Word",
    Format.JSON: "JSON",
    Format.RIS: "References: RIS",
    Format.BIBTEX: "BibTeX",
    Format.CSL_JSON: "CSL-JSON",
}
"""What the page offers; every other Format can be had at its address too."""


def pieces(site: Site, kept: Kept, own: tuple[Item, ...], shared: Mapping[str, Any], since: tuple[str, ...] = ()) -> Iterator[str]:
    """The article's page, part by part; a part with nothing to show is left out. own: all articles of this reader. since: what
    became of its sources after it was composed."""
    values = {
        "at_desk": (),
        **shared,
        "kept": kept,
        "base": f"/a/{kept.token}",
        "article": kept.article,
        "view": article_view(kept.article),
        "picture": picture(kept.article),
        "since": since,
        "thread": _thread(kept, own),
        "exports": [(f.value, name) for f, name in EXPORTS.items()],
    }
    for name in PIECES:
        piece = site.part(f"parts/{name}.html", **values)
        if piece.strip():
            yield piece


def _thread(kept: Kept, own: tuple[Item, ...]) -> tuple[tuple[str, str | None], ...]:
    """(earlier question, token of its article when it is still there), oldest first."""
    turns = kept.request.turns
    tokens = {k.turns: k.token for k in reversed(own)}
    return tuple((turns[i], tokens.get(turns[: i + 1])) for i in range(len(turns) - 1))


@router.get("/a/{token}")
async def article_page(http: HttpRequest, token: str) -> Response:
    site, kept = site_of(http), _kept(http, token)
    own = site.shelf.listed(session_of(http).owner)
    today, since = as_of_today(site.asking.library().catalog, kept.article)  # it may have been kept since before a retraction
    kept = replace(kept, article=today)
    signed = signed_of(http)
    at_desk = [c for c in history.cases(site.desk, signed.actor) if c.answer_id == today.answer_id and c.author == signed.account.id] if signed else []  # fmt: skip
    return site.page(
        http,
        "article.html",
        kept=kept,
        article=kept.article,
        linked=linked_data(kept.article),
        pieces=list(pieces(site, kept, own, {**site.shared(http), "at_desk": at_desk}, since)),
    )


@router.get("/a/{token}/check/{claim}")
def check_page(http: HttpRequest, token: str, claim: str) -> Response:
    """The passage behind a sentence, as a page by itself: what a browser without scripts shows."""
    kept = _kept(http, token)
    evidence = evidence_of(http, kept.article, claim)
    return site_of(http).page(http, "check.html", base=f"/a/{token}", article=kept.article, evidence=evidence)


@router.get("/a/{token}/check/{claim}/part")
def check_part(http: HttpRequest, token: str, claim: str) -> Response:
    """The same for the drawer."""
    kept = _kept(http, token)
    evidence = evidence_of(http, kept.article, claim)
    return site_of(http).page(http, "parts/evidence.html", base=f"/a/{token}", article=kept.article, evidence=evidence)


@router.get("/a/{token}/export/{kind}")
async def export_file(http: HttpRequest, token: str, kind: str) -> Response:
    """The article as a file. Bounded as questions are: a PDF takes seconds."""
    kept = _kept(http, token)
    form = next((f for f in Format if f.value == kind), None)
    if form is None:
        raise HTTPException(404, "There is no such form of the article.")
    catalog = site_of(http).asking.library().catalog

    def drawn() -> bytes:
        article, since = as_of_today(catalog, kept.article)  # it may have been kept since before a retraction
        return export(article, form, since)

    try:
        made = await asyncio.wrap_future(site_of(http).asking.submit(session_of(http).owner, drawn))
    except UserError as error:
        raise HTTPException(501, f"{error}.") from None
    name = f"osler-{kept.article.answer_id}{form.suffix}"
    return Response(made, media_type=form.media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.get("/a/{token}/related")
async def related_page(http: HttpRequest, token: str) -> Response:
    """Questions next to this one. Each of them is asked before it is offered, so they are looked for when somebody wants them."""
    return await _related(http, token, "related.html")


@router.get("/a/{token}/related/part")
async def related_part(http: HttpRequest, token: str) -> Response:
    return await _related(http, token, "parts/related.html")


async def _related(http: HttpRequest, token: str, template: str) -> Response:
    site, kept = site_of(http), _kept(http, token)
    found = kept.article.related or await asyncio.wrap_future(
        site.asking.submit(session_of(http).owner, lambda: _look_for_related(site, kept))
    )
    return site.page(http, template, base=f"/a/{token}", article=kept.article, related=found)


def _look_for_related(site: Site, kept: Kept) -> tuple[Related, ...]:
    library = site.asking.library()
    return related_questions(library, answer_request(library, kept.request))


def evidence_of(http: HttpRequest, article: Article, claim: str) -> EvidenceView:
    """What a sentence rests on. Raises HTTPException 404 for no such sentence, 410 when its document is no longer there."""
    try:
        return evidence_view(article, claim, site_of(http).asking.library().catalog)
    except StopIteration:
        raise HTTPException(404, "The article has no such sentence.") from None
    except UnknownDocument:
        raise HTTPException(410, "The library no longer holds the version of the document that this sentence rests on.") from None


def _kept(http: HttpRequest, token: str) -> Kept:
    kept = site_of(http).kept(http, token)
    if kept is None:
        raise HTTPException(404, "There is no such article here. Articles are private to the reader who asked for them.")
    return kept
