"""Library upload: files from a browser into the library, with progress, a report, and a way to stop."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response, StreamingResponse

from osler import audit
from osler.ingest.report import Report
from osler.library.catalog import Catalog
from osler.web.adding import require_to_add
from osler.web.forms import own_form
from osler.web.library_view import document_address
from osler.web.pages.ask import UNBUFFERED
from osler.web.receiving import MAX_FILES, Received, incoming, receive
from osler.web.roles import signed_of
from osler.web.security import is_own
from osler.web.site import Site, session_of, site_of
from osler.web.stream import MEDIA_TYPE, event
from osler.web.uploads import Upload

router = APIRouter(include_in_schema=False, dependencies=[Depends(require_to_add)])

SHOWN = 100
"""Documents and reasons of refusals that a report lists; all of them are counted, and refusals stay in the library's list."""


@router.get("/library/upload")
def upload_page(http: HttpRequest) -> Response:
    site = site_of(http)
    return site.page(
        http, "library_upload.html", limit=site.serving.max_upload_bytes, most=MAX_FILES, uploads=site.uploads.listed(session_of(http).owner),
        problem="",
    )  # fmt: skip


@router.post("/library/upload")
async def upload(http: HttpRequest) -> Response:
    """Who may add is settled before anything of the body is read, the form's token before anything of a file is."""
    site, session = site_of(http), session_of(http)
    folder = site.uploads.new_folder()
    try:
        got = await receive(http, folder, site.serving.max_upload_bytes, lambda sent: is_own(http.headers, sent, session))
        if not got.files:
            raise HTTPException(400, "No file was chosen. Go back and choose one.")
        files = incoming(got.files, got.fields.get("collection", ""))
        await asyncio.to_thread(_note, http, got.files)
        put = site.uploads.put(session.owner, folder, files)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise HTTPException(507, "The server could not keep the files. Tell whoever keeps it.") from None
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return RedirectResponse(f"/library/uploads/{put.token}", 303)


def _note(http: HttpRequest, files: list[Received]) -> None:
    """In the audit before anything is read: who sent files, which content, how much. Names of files may tell of a patient."""
    signed, desk = signed_of(http), site_of(http).desk
    if signed is None:
        return
    mark = hashlib.sha256("".join(f.digest for f in files).encode()).hexdigest()
    detail: dict[str, str | int] = {"files": len(files), "bytes": sum(f.size for f in files), "hash": mark}
    with desk.writing() as connection:
        audit.append(connection, desk.stamp(), signed.actor.account_id, "library.upload", f"upload:{mark[:16]}", detail)


@router.get("/library/uploads/{token}")
def report_page(http: HttpRequest, token: str) -> Response:
    """What became of it. While it is not over the page loads itself again, for browsers without scripts."""
    site, found = site_of(http), _own(http, token)
    return site.page(http, "library_report.html", **_values(site, found))


@router.post("/library/uploads/{token}/cancel")
async def cancel(http: HttpRequest, token: str) -> Response:
    await own_form(http)
    _own(http, token)
    await asyncio.to_thread(site_of(http).uploads.cancel, token)
    return RedirectResponse(f"/library/uploads/{token}", 303)


@router.get("/library/uploads/{token}/events")
async def progress(http: HttpRequest, token: str) -> Response:
    """The page's changing part at each change, until it is over."""
    site = site_of(http)
    _own(http, token)
    return StreamingResponse(_events(site, token), media_type=MEDIA_TYPE, headers=UNBUFFERED)


async def _events(site: Site, token: str) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    changes: asyncio.Queue[Upload] = asyncio.Queue()

    def tell(changed: Upload) -> None:
        loop.call_soon_threadsafe(changes.put_nowait, changed)

    end = site.uploads.watch(token, tell)
    try:
        while True:
            found = await changes.get()
            while not changes.empty():  # a slow reader sees the last of them
                found = changes.get_nowait()
            yield event("done" if found.is_over else "progress", await asyncio.to_thread(_piece, site, found))
            if found.is_over:
                return
    finally:
        end()


def _piece(site: Site, upload: Upload) -> str:
    return site.part("parts/upload.html", **_values(site, upload))


def _values(site: Site, upload: Upload) -> dict[str, Any]:
    """What the page's changing part lays out; what was merely read again as it was is counted, not listed."""
    report = upload.report
    # A standing that changed comes first, and what was merely added last.
    moved = sorted(report.moved, key=lambda m: ("->" not in m[1], m[1] == "added"))[:SHOWN] if report else []
    titles = _titles(site.asking.library().catalog, [i for i, _ in moved])
    return {
        "upload": upload,
        "ahead": 0 if upload.is_over else site.uploads.ahead(upload.token),
        "most": SHOWN,
        "report": report,
        "refused": _by_reason(report) if report else [],
        "moved": [(i, titles.get(i, i), what, document_address(i)) for i, what in moved],
    }


def _by_reason(report: Report) -> list[tuple[str, int, str]]:
    """(why, how many records, the first of them), the most frequent reason first: a broken file refuses thousands for one."""
    first: dict[str, str] = {}
    for file, record, why in report.refused:
        first.setdefault(why, file if record in (file, "") else f"{file}: {record}")
    return [(why, n, first.get(why, "")) for why, n in sorted(report.reasons.items(), key=lambda r: (-r[1], r[0]))[:SHOWN]]


def _titles(catalog: Catalog, ids: list[str]) -> dict[str, str]:
    fates = catalog.fates(ids)
    return {i: f.source.bibliography.title for i, f in fates.items() if f.source is not None}


def _own(http: HttpRequest, token: str) -> Upload:
    found = site_of(http).uploads.get(session_of(http).owner, token)
    if found is None:
        raise HTTPException(
            404, "There is no such upload here. Its report is shown to whoever sent it, until the server is restarted."
        )
    return found
