"""Checks for other systems: claims against passages, passages against questions; and requests to drug information."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Annotated

from fastapi import Depends, Query
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from osler.errors import InputFileError, UserError
from osler.evaluate.directness import about_the_question, appraise_line
from osler.pipeline import Library
from osler.respond.enquiry import Enquiry as ReadEnquiry
from osler.respond.forms import ResponseFormat, draw
from osler.respond.record import ResponseRecord
from osler.respond.record import respond as make_response
from osler.respond.request import read_request
from osler.verification.support import verify_line
from osler.web.answering import Tell
from osler.web.api.bodies import Claim, Claims, Enquiry, Pair, Pairs
from osler.web.api.caller import Caller, caller
from osler.web.api.problems import Told
from osler.web.api.replies import Appraised, AppraisedPair, Verified, VerifiedClaim
from osler.web.api.routes import ASKS, SENDS, WORKS, api_router, files, responses, worked
from osler.web.site import site_of

router = api_router("checks")
Who = Annotated[Caller, Depends(caller)]
_NAME = "request.json"
_CHECKS = responses(*ASKS, *SENDS, *WORKS, "question")


@router.post("/verify", summary="Check claims against passages", responses=_CHECKS)
async def verify(http: HttpRequest, body: Claims, who: Who) -> Verified:
    """By rules alone, no model: figures, units, drugs, people, problems, negation and strength. `supported` is the only pass;
    what could not be checked is `unchecked`."""
    return Verified(results=await worked(http, who, partial(_verified, body.claims)))


def _verified(claims: list[Claim], library: Library, _: Tell) -> list[VerifiedClaim]:
    return [VerifiedClaim.model_validate(_verdict(claim, library)) for claim in claims]


def _verdict(claim: Claim, library: Library) -> Mapping[str, object]:
    found: Mapping[str, object] = verify_line(claim.model_dump_json(exclude_none=True), library.lexicon)
    if claim.question is None:
        return found
    return about_the_question(found, claim.question, claim.passage, library.lexicon, library.words)


@router.post("/appraise", summary="How directly passages speak to questions", responses=_CHECKS)
async def appraise(http: HttpRequest, body: Pairs, who: Who) -> Appraised:
    """`direct`, `indirect` or `off`, with the axes on which the passage differs from the question."""
    return Appraised(results=await worked(http, who, partial(_appraised, body.pairs)))


def _appraised(pairs: list[Pair], library: Library, _: Tell) -> list[AppraisedPair]:
    found = ((p.id, appraise_line(p.question, p.passage, library.lexicon, library.words)) for p in pairs)
    return [AppraisedPair(id=i, directness=v.directness, axes=[a.value for a in v.axes], reasons=list(v.reasons)) for i, v in found]


@router.post(
    "/respond",
    summary="Answer a drug-information request",
    responses=responses(
        *ASKS, *SENDS, *WORKS, "question", "input", "not-allowed", "not-installed", noun=ResponseRecord,
        content=files(f.media_type for f in ResponseFormat if f is not ResponseFormat.JSON),
    ),
    response_model=None,
)  # fmt: skip
async def respond(
    http: HttpRequest,
    body: Enquiry,
    who: Who,
    form: Annotated[ResponseFormat, Query(alias="format", description="The record, or a document of it.")] = ResponseFormat.JSON,
) -> Response:
    """The seven-step record (`osler.response/1`). It is not stored: it names people."""
    enquiry = _read(body)
    if enquiry.audience not in site_of(http).audiences():
        raise Told("not-allowed", f"Responses for a {enquiry.audience.value} are not offered on this server.")
    made = await worked(http, who, partial(_response, enquiry, form))
    if made is None:
        raise Told("not-installed")
    return Response(made, media_type=form.media_type)


def _read(body: Enquiry) -> ReadEnquiry:
    """By the same rules as a file ("none" is an answer). Raises Told `input`, which names the field."""
    try:
        return read_request(json.dumps(body.model_dump(mode="json", exclude_none=True)).encode(), _NAME)
    except InputFileError as error:
        said = str(error).removeprefix(f"{_NAME}, ").removeprefix(f"{_NAME}: ")
        raise Told("input", f"{said[:1].upper()}{said[1:]}.") from None


def _response(enquiry: ReadEnquiry, form: ResponseFormat, library: Library, _: Tell) -> bytes | None:
    """None when what draws this form is not installed."""
    record = make_response(library, enquiry)
    try:
        return draw(record, form)
    except UserError:
        return None
