"""Library document: one source with its standing, its versions and its text, in which every statement can be pointed at."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from osler.domain.document import Document
from osler.domain.evidence import Source
from osler.domain.status import NoticeNature, PublicationStatus, StatusNotice
from osler.errors import UnknownDocument
from osler.library.catalog import Catalog, Version
from osler.web.adding import may_add, require_to_read
from osler.web.document_view import text_page
from osler.web.drawer import text_fragment
from osler.web.layout import safe_link
from osler.web.library_view import badges, document_address, original_address
from osler.web.site import site_of

router = APIRouter(include_in_schema=False, dependencies=[Depends(require_to_read)])

NATURE = {
    NoticeNature.RETRACTION: "Retraction",
    NoticeNature.CONCERN: "Expression of concern",
    NoticeNature.CORRECTION: "Correction",
    NoticeNature.REINSTATEMENT: "Reinstatement",
}


@dataclass(frozen=True, slots=True)
class Held:
    """A document in the version asked for. now: its record as it stands, None when it is out of use."""

    document: Document
    version: Version
    versions: tuple[Version, ...]
    notices: tuple[StatusNotice, ...]
    now: Source | None
    superseded_by: tuple[str, ...]

    @property
    def status(self) -> tuple[PublicationStatus, str | None]:
        """In effect, and since when: of the work as it stands now where it is in use."""
        return (self.now.status, self.now.status_since) if self.now else (PublicationStatus(self.version.status), None)


@router.get("/library/documents/{document_id:path}")
def document_page(http: HttpRequest, document_id: str, version: int | None = None, page: int = 1) -> Response:
    """from, to: a place in the text, which is shown marked. The fragment #s-START-END of the address goes to a statement."""
    site = site_of(http)
    catalog = site.asking.library().catalog
    held = _held(catalog, document_id, version)
    document = held.document
    marked = _marked(http, len(document.text))
    passages = catalog.passages_of(document_id) if held.version.current else ()
    shown = text_page(document, passages, max(1, min(page, 1_000_000)), marked)
    status, since = held.status
    book, original = document.bibliography, safe_link(original_address(document.bibliography))
    return site.page(
        http, "document.html", held=held, document=document, book=book, text=shown, marked=marked, may_add=may_add(http), nature=NATURE,
        badges=badges(document.kind, book.year, status, since, document.authority, document.jurisdiction, document.via), original=original,
        found=text_fragment(original, document.text[marked[0] : marked[1]]) if marked and document.via == "source" else "",
        address=document_address, passages=len(passages), here_version=document_address(document_id, held.version.number),
    )  # fmt: skip


def _held(catalog: Catalog, document_id: str, number: int | None) -> Held:
    """Without a number the current version, and of a document out of use the last. Raises HTTPException 404."""
    try:
        versions, notices = catalog.history(document_id)
        current = next((v.number for v in versions if v.current), versions[-1].number)
        wanted = current if number is None else number
        document = catalog.document(document_id, wanted)
    except UnknownDocument:
        raise HTTPException(404, "This library holds no such document, or no such version of it.") from None
    fate = catalog.fates([document_id])[document_id]
    version = next(v for v in versions if v.number == wanted)
    return Held(document, version, versions, notices, fate.source, fate.superseded_by)


def _marked(http: HttpRequest, length: int) -> tuple[int, int] | None:
    """[from, to) of the address, when it is a place in the text."""
    said = http.query_params.get("from", ""), http.query_params.get("to", "")
    if not all(s.isascii() and s.isdecimal() and len(s) <= 9 for s in said):
        return None
    start, end = int(said[0]), int(said[1])
    return (start, end) if start < end <= length else None
