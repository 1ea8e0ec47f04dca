"""Answers: ask, list, read, export, replay and erase them; each is its caller's own, and nobody else's."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from typing import Annotated

from fastapi import Depends, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as HttpRequest
from starlette.responses import Response, StreamingResponse

from osler.article.assemble import asked_question
from osler.article.export import export
from osler.article.forms import Format
from osler.casebook.erase import erase_answer
from osler.casebook.record import Kept, Stored
from osler.casebook.replay import cited_by, replay
from osler.casebook.replay_page import replay_json
from osler.casebook.standing import moved
from osler.casebook.store import Casebook
from osler.casebook.today import as_of_today
from osler.domain.article import Article, Related
from osler.domain.codec import encode
from osler.domain.question import Audience
from osler.domain.request import Request
from osler.errors import OslerError, UnknownAnswer, UserError
from osler.pipeline import Library, Understood, answer_request
from osler.related import related_questions
from osler.review.forgetting import forget
from osler.web.answering import Made, Tell
from osler.web.api.bodies import ANSWER_ID, Ask
from osler.web.api.caller import Caller, caller
from osler.web.api.problems import Told, problem_json, told
from osler.web.api.replies import AnswerPage, Erased, RelatedReply, ReplayReply, StoredAnswer
from osler.web.api.routes import (
    ASKS,
    SENDS,
    WORKS,
    Limit,
    Offset,
    api_router,
    files,
    json_reply,
    next_page,
    noun_reply,
    queued,
    responses,
    worked,
)
from osler.web.found import Found
from osler.web.pages.ask import UNBUFFERED
from osler.web.site import Site, site_of
from osler.web.stream import MEDIA_TYPE, Send, events_of

log = logging.getLogger("osler.web")
router = api_router("answers")

AnswerId = Annotated[str, Path(pattern=ANSWER_ID, description="As in `answer_id`.", examples=["6c1768626ac6e2a1"])]
Who = Annotated[Caller, Depends(caller)]
_STREAM = {
    "schema": {
        "type": "string",
        "description": "`understood`, `evidence`, then `answer` (osler.answer/1) and `kept`, or `problem`.",
    }
}


CHANGED = "Osler-Sources-Changed"
_READ = responses(*ASKS, "no-such-answer", "not-valid", noun=Article)
_READ[200]["headers"] = {CHANGED: {"description": "Cited documents that have changed.", "schema": {"type": "integer", "minimum": 0}, "required": True}}  # fmt: skip


@router.post(
    "/answers",
    summary="Ask",
    responses=responses(
        *ASKS, *SENDS, *WORKS, "not-allowed", "question", "no-such-answer", noun=Article, content={MEDIA_TYPE: _STREAM}
    ),
    response_model=None,
)
async def ask(http: HttpRequest, asked: Ask, who: Who) -> Response:
    """One question, one article (`osler.answer/1`), the same that `osler ask --json` prints. An abstention and a question back are
    answers. With `Accept: text/event-stream` its stages come as events, without related questions. Content-Location is where a stored answer can be read again."""
    site = site_of(http)
    request = await run_in_threadpool(_request, site, who, asked)
    if MEDIA_TYPE in http.headers.get("accept", ""):
        stream = events_of(site.asking, who.owner, lambda send: _tell_all(site, who, asked, request, send))
        return StreamingResponse(stream, media_type=MEDIA_TYPE, headers=UNBUFFERED)
    article, kept = await queued(http, who, lambda: _answered(site, who, asked, request))
    return noun_reply(article, {"Content-Location": f"/api/v1/answers/{article.answer_id}"} if kept else None)


def _request(site: Site, who: Caller, asked: Ask) -> Request:
    """Raises QuestionError, UnknownAnswer, Told not-allowed."""
    given = asked.given.given()
    if asked.follow is not None:
        request = _casebook(site).find(asked.follow, who.owner).request.then(asked.question or "", given, asked.audience)
    else:
        turns = tuple(asked.turns) if asked.turns is not None else (asked.question or "",)
        request = Request(turns, asked.audience or Audience.CLINICIAN, given)
    if request.audience not in site.audiences():
        raise Told("not-allowed", f"Answers for a {request.audience.value} are not offered on this server.")
    return request


def _answered(site: Site, who: Caller, asked: Ask, request: Request) -> tuple[Article, bool]:
    """The article with its related questions, and whether it is stored; stored it is without them, as on the command line."""
    made = site.asking.answer(request, related=asked.related)
    return replace(made.article, related=made.related), _keep(site, who, asked, request, made)


def _keep(site: Site, who: Caller, asked: Ask, request: Request, made: Made) -> bool:
    """Whether it is stored: what hinders that keeps no answer back."""
    if not asked.keep or site.casebook is None:
        return False
    try:
        site.casebook.put(made.article, request, made.making, made.trail, who.owner, asked.follow)
    except OslerError as error:
        log.error("an answer was not stored: %s", type(error).__name__)
        return False
    return True


def _tell_all(site: Site, who: Caller, asked: Ask, request: Request, send: Send) -> None:
    def tell(stage: Understood | Found) -> None:
        if isinstance(stage, Found):
            send("evidence", encode(stage))
        else:
            notices = [encode(n) for n in stage.notices]
            send("understood", {"question": encode(asked_question(stage.question, request)), "notices": notices})

    try:
        made = site.asking.answer(request, tell)
    except OslerError as error:
        send("problem", problem_json(told(error)))
        return
    send("answer", encode(made.article))
    send("kept", {"at": f"/api/v1/answers/{made.article.answer_id}" if _keep(site, who, asked, request, made) else None})


@router.get("/answers", summary="Your stored answers", responses=responses(*ASKS, "not-valid"))
def answers(http: HttpRequest, who: Who, limit: Limit = 20, offset: Offset = 0) -> AnswerPage:
    """The latest first."""
    casebook = site_of(http).casebook
    if casebook is None:
        return AnswerPage(total=0, answers=[], next=None)
    total = casebook.count(who.owner)
    listed = [StoredAnswer(**k.as_json()) for k in casebook.listed(who.owner, offset + limit)[offset:]]
    return AnswerPage(total=total, answers=listed, next=next_page(http, total, limit, offset))


@router.get("/answers/{answer_id}", summary="A stored answer", responses=_READ, response_model=None)
def answer(http: HttpRequest, who: Who, answer_id: AnswerId) -> Response:
    """As it was given. Osler-Sources-Changed counts the documents it cites that are not what they were (retracted, corrected,
    replaced, gone): never show it as today's answer without looking at `replay` or an export when that is not 0."""
    stored = _stored(http, who, answer_id)
    changed = moved(site_of(http).asking.library().catalog, cited_by(stored.article))
    return json_reply(stored.published, {CHANGED: str(len(changed))})


@router.delete("/answers/{answer_id}", summary="Erase an answer", responses=responses(*ASKS, *WORKS, "no-such-answer", "not-valid"))
async def erase(http: HttpRequest, who: Who, answer_id: AnswerId) -> Erased:
    """The question, all your answers to it and every follow-up that repeats it, for good; then the desk's files are searched for
    words of it. Backups made before keep what they have; restoring one does not bring it back."""
    site, stay = site_of(http), list[str]()
    casebook = _casebook(site)

    def also(gone: tuple[Kept, ...]) -> None:
        if who.actor is not None:
            stay.extend(forget(site.desk, who.actor, {k.answer_id for k in gone}, who.owner))

    folder = casebook.path.parent  # where questions are kept; `osler erase` searches the library too, which may take minutes
    done = await queued(http, who, lambda: erase_answer(casebook, folder, answer_id, who.owner, also))
    places = [*done.left.places, *(f"{name} (could not be searched)" for name in done.left.unread)]
    gone = [k.answer_id for k in done.gone]
    return Erased(erased=gone, files_searched=done.left.files, traces=places, others=done.others, at_the_desk=stay)


@router.get(
    "/answers/{answer_id}/export",
    summary="A stored answer as a file",
    responses=responses(
        *ASKS, *WORKS, "no-such-answer", "not-valid", "not-installed",
        content=files(f.media_type for f in Format),
    ),
    response_model=None,
)  # fmt: skip
async def exported(
    http: HttpRequest,
    who: Who,
    answer_id: AnswerId,
    form: Annotated[Format, Query(alias="format", description="The article, or its references alone (ris … apa).")],
) -> Response:
    """With the standing that its sources have today; what became of them is said at the top."""
    article = (await run_in_threadpool(_stored, http, who, answer_id)).article
    made = await worked(http, who, partial(_file, article, form))
    if made is None:
        raise Told("not-installed")
    name = f"osler-{answer_id}{form.suffix}"
    return Response(made, media_type=form.media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _file(article: Article, form: Format, library: Library, _: Tell) -> bytes | None:
    """None when what draws this form is not installed."""
    today, since = as_of_today(library.catalog, article)
    try:
        return export(today, form, since)
    except UserError:
        return None


@router.post("/answers/{answer_id}/replay", summary="Ask a stored answer again", responses=responses(*ASKS, *WORKS, "no-such-answer", "not-valid"))  # fmt: skip
async def replayed(http: HttpRequest, who: Who, answer_id: AnswerId) -> ReplayReply:
    """The same bytes, or what differs and why. The new answer is not stored."""
    stored = await run_in_threadpool(_stored, http, who, answer_id)
    return await worked(http, who, partial(_replayed, stored))


def _replayed(stored: Stored, library: Library, _: Tell) -> ReplayReply:
    return ReplayReply.model_validate(replay_json(replay(library, stored)))


@router.get("/answers/{answer_id}/related", summary="Questions next to it", responses=responses(*ASKS, *WORKS, "no-such-answer", "not-valid", "question"))  # fmt: skip
async def related(http: HttpRequest, who: Who, answer_id: AnswerId) -> RelatedReply:
    """At most five, each of them asked of the library as it is today before it is offered: it takes up to a second."""
    request = (await run_in_threadpool(_stored, http, who, answer_id)).request
    return RelatedReply(related=list(await worked(http, who, partial(_related, request))))


def _related(request: Request, library: Library, _: Tell) -> tuple[Related, ...]:
    return related_questions(library, answer_request(library, request))


def _casebook(site: Site) -> Casebook:
    """Raises UnknownAnswer where nothing is ever stored."""
    if site.casebook is None:
        raise UnknownAnswer("answers are not stored on this server")
    return site.casebook


def _stored(http: HttpRequest, who: Caller, answer_id: str) -> Stored:
    return _casebook(site_of(http)).find(answer_id, who.owner)
