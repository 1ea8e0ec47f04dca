"""The library: what is in it, search, and its documents in every version."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Depends, Path, Query
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from osler.domain.document import Document, StudyDesign
from osler.domain.status import PublicationStatus
from osler.pipeline import Library
from osler.search import Found, search_library
from osler.search_bounds import read_bounds
from osler.web.answering import Tell
from osler.web.api.bodies import Search
from osler.web.api.caller import Caller, caller
from osler.web.api.replies import FoundDocument, FoundPassage, FoundReply, KindCount, LibraryStats, SearchReply
from osler.web.api.routes import ASKS, SENDS, WORKS, api_router, noun_reply, responses, worked
from osler.web.site import site_of

router = api_router("library")
Who = Annotated[Caller, Depends(caller)]
SEARCH_SCHEMA = "osler.search/1"


@router.get("/library", summary="What is in the library", responses=responses(*ASKS))
def stats(http: HttpRequest, _: Who) -> LibraryStats:
    """Counts of documents in use by kind and status, and the snapshot that answers are made from."""
    library = site_of(http).asking.library()
    held, counts = library.snapshot, library.catalog.summary()
    kinds = [KindCount(kind=StudyDesign(k), status=PublicationStatus(s), documents=n) for k, s, n in counts]
    return LibraryStats(documents=held.documents, passages=held.passages, snapshot=held.id, kinds=kinds)


@router.post("/library/search", summary="Search passages", responses=responses(*ASKS, *SENDS, *WORKS, "input", "question"))
async def search(http: HttpRequest, body: Search, who: Who) -> SearchReply:
    """Passages with these words, or other names of what they name; each with the standing of its document: retracted ones are found
    too, and say so. A search is sent as a body, for it may name a patient's troubles, and addresses are kept in logs."""
    return await worked(http, who, partial(_search, body))


def _search(body: Search, library: Library, _: Tell) -> SearchReply:
    only = read_bounds(
        library.lexicon, kinds=body.kinds, since=body.since, until=body.until, statuses=body.statuses,
        jurisdictions=body.jurisdictions, drugs=body.drugs, problems=body.problems, populations=body.populations,
    )  # fmt: skip
    found = [_reply(f) for f in search_library(library, body.words, only, body.limit)]
    return SearchReply(schema=SEARCH_SCHEMA, snapshot=library.snapshot.id, found=found)


def _reply(found: Found) -> FoundReply:
    s, p, b = found.source, found.passage, found.source.bibliography
    document = FoundDocument(
        id=s.document_id, version=s.version, kind=s.kind, via=s.via, status=s.status, status_since=s.status_since,
        jurisdiction=s.jurisdiction, organisation=s.organisation, title=b.title, authors=b.authors, container=b.container,
        year=b.year, pmid=b.pmid, doi=b.doi, url=b.url,
    )  # fmt: skip
    passage = FoundPassage(id=p.id, start=p.start, end=p.end, path=list(p.path), page=p.page, text=p.text)
    score = round(found.score, 4)
    return FoundReply(rank=found.rank, score=score, document=document, passage=passage, highlights=list(found.highlights))


@router.get(
    "/library/documents/{document_id:path}",
    summary="A document",
    responses=responses(*ASKS, "no-such-document", "not-valid", noun=Document),
    response_model=None,
)
def document(
    http: HttpRequest,
    _: Who,
    document_id: Annotated[str, Path(min_length=1, max_length=400, description="As references name it; it may hold slashes.")],
    version: Annotated[int | None, Query(ge=1, le=1_000_000, description="As references name it; else the current one.")] = None,
) -> Response:
    """With its `text`: `text[start:end]` of a span, counted in code points, is its `exact`."""
    return noun_reply(site_of(http).asking.library().catalog.document(document_id, version))
