"""Ask: the first page, and every question, as a page at once or as a stream of its stages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response, StreamingResponse

from osler.article.assemble import asked_question
from osler.domain.article import Article
from osler.domain.document import StudyDesign
from osler.domain.request import Request
from osler.errors import OslerError, QuestionError
from osler.pipeline import Understood
from osler.web.answering import Tell
from osler.web.forms import asked_request, own_form
from osler.web.found import Found
from osler.web.layout import chips
from osler.web.pages.article import pieces
from osler.web.shelf import Kept, new_token
from osler.web.site import EVERYBODY, READER_COOKIE, Site, keep_choice, session_of, site_of
from osler.web.stream import MEDIA_TYPE, event
from osler.web.view import NoticeView
from osler.web.words import DESIGN, GRAVE, NOTICE

router = APIRouter(include_in_schema=False)

EXAMPLES = (
    "What can I give a patient on hemodialysis for back spasm instead of baclofen?",
    "Is methocarbamol safe on hemodialysis?",
    "Gabapentin dose for uremic itch on hemodialysis?",
    "How is restless legs syndrome treated in people on dialysis?",
)


UNBUFFERED = {"X-Accel-Buffering": "no"}
"""A proxy that collects a stream before it passes it on makes stages pointless; nginx reads this."""


@router.get("/")
async def ask_page(http: HttpRequest) -> Response:
    return _ask_page(http, "", "")


def _ask_page(http: HttpRequest, question: str, problem: str, status: int = 200) -> Response:
    site = site_of(http)
    own = site.shelf.listed(session_of(http).owner)
    shown = site.shelf.listed(EVERYBODY) if site.serving.demo else ()
    library = site.asking.library()
    return site.page(
        http, "ask.html", status, question=question, problem=problem, examples=EXAMPLES, own=own, shown=shown,
        may_ask=site.limits.may_ask(http),
        snapshot=library.snapshot, kinds=[(DESIGN[StudyDesign(kind)].lower(), status, n) for kind, status, n in library.catalog.summary()[:5]],
        limit=library.settings.max_question_characters,
    )  # fmt: skip


@router.post("/ask")
async def ask(http: HttpRequest) -> Response:
    """A question with its facts; `parent`: the token of the article that it follows. Answers 303 to the article, or streams."""
    site, owner = site_of(http), session_of(http).owner
    form = await own_form(http)
    site.limits.check(http)
    token, shared = str(form.get("parent", "")), site.shared(http)
    parent = site.kept(http, token) if token else None
    if token and parent is None:
        raise HTTPException(404, "The article that this follows is no longer here. Ask the question anew.")
    try:
        request = asked_request(form, site.audiences(), parent)
        before = parent.article if parent else None
        if MEDIA_TYPE in http.headers.get("accept", ""):
            streamed = StreamingResponse(_stages(site, owner, request, shared, before), media_type=MEDIA_TYPE, headers=UNBUFFERED)
            keep_choice(streamed, READER_COOKIE, request.audience.value, site.serving)
            return streamed
        kept = await asyncio.wrap_future(site.asking.submit(owner, lambda: answered(site, owner, request, parent=before)))
    except QuestionError as error:
        if parent is None:
            return _ask_page(http, str(form.get("question", "")), str(error), 400)
        raise HTTPException(400, f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    answer = RedirectResponse(f"/a/{kept.token}", 303)
    keep_choice(answer, READER_COOKIE, request.audience.value, site.serving)
    return answer


def answered(site: Site, owner: str, request: Request, tell: Tell = lambda _: None, parent: Article | None = None) -> Kept:
    """Ask, and put the article on the owner's shelf. parent: the article that is followed."""
    made = site.asking.answer(request, tell, parent=parent)
    token = site.shelf.put(owner, new_token(), made.article, request, made)
    return Kept(token, made.article, request)


def _stages(site: Site, owner: str, request: Request, shared: dict[str, object], parent: Article | None) -> AsyncIterator[bytes]:
    """The events of one answer. The question is taken (or refused with 429 or 503) before the first byte is sent."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[bytes | None] = asyncio.Queue()

    def send(name: str, value: object) -> None:
        loop.call_soon_threadsafe(queue.put_nowait, event(name, value))

    future = site.asking.submit(owner, lambda: _tell_all(site, owner, request, shared, send, parent))

    async def events() -> AsyncIterator[bytes]:
        try:
            while (sent := await queue.get()) is not None:
                yield sent
        finally:
            future.cancel()  # the reader has gone: what has not begun is not begun

    future.add_done_callback(lambda _: loop.call_soon_threadsafe(queue.put_nowait, None))
    return events()


def _tell_all(
    site: Site,
    owner: str,
    request: Request,
    shared: dict[str, object],
    send: Callable[[str, object], None],
    parent: Article | None,
) -> None:
    def tell(stage: Understood | Found) -> None:
        if isinstance(stage, Understood):
            send("understood", _understood(site, stage))
        else:
            send("evidence", site.part("parts/live_evidence.html", found=stage))

    try:
        kept = answered(site, owner, request, tell, parent)
    except OslerError as error:
        said = str(error) if isinstance(error, QuestionError) else "The library cannot be used just now. Try again in a moment."
        send("problem", said)
        return
    for piece in pieces(site, kept, site.shelf.listed(owner), shared):
        send("piece", piece)
    send("done", {"url": f"/a/{kept.token}", "title": kept.article.title})


def _understood(site: Site, stage: Understood) -> str:
    asked = asked_question(stage.question)
    notices = [NoticeView(NOTICE[n.kind], n.text, n.source, n.kind in GRAVE) for n in stage.notices]
    return site.part("parts/live_understood.html", asked=asked, chips=chips(asked.frame), notices=notices)
