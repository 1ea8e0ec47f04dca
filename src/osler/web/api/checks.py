"""Checks for other systems: claims against passages, passages against questions; and requests to drug information."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Query
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from osler.domain.question import Audience
from osler.errors import InputFileError, UserError
from osler.evaluate.directness import about_the_question, appraise_line
from osler.pipeline import Library
from osler.respond.forms import ResponseFormat, draw
from osler.respond.record import ResponseRecord
from osler.respond.record import respond as make_response
from osler.respond.request import read_request
from osler.verification.support import verify_line
from osler.web.api.bodies import Claim, Claims, Enquiry, Pair, Pairs
from osler.web.api.caller import Caller, caller
from osler.web.api.problems import Told
from osler.web.api.replies import Appraised, AppraisedPair, Verified, VerifiedClaim
from osler.web.api.routes import ASKS, SENDS, WORKS, api_router, responses, worked
from osler.web.site import Site, site_of

router = api_router("checks")
Who = Annotated[Caller, Depends(caller)]
_CHECKS = responses(*ASKS, *SENDS, *WORKS, "question")


@router.post("/verify", summary="Check claims against passages", responses=_CHECKS)
async def verify(http: HttpRequest, body: Claims, who: Who) -> Verified:
    """By rules alone, no model: figures, units, drugs, people, problems, negation and strength. `supported` is the only pass;
    what could not be checked is `unchecked`."""
    library = site_of(http).asking.library()
    return Verified(results=await worked(http, who, lambda: [_verified(c, library) for c in body.claims]))


def _verified(claim: Claim, library: Library) -> VerifiedClaim:
    found: Mapping[str, object] = verify_line(claim.model_dump_json(exclude_none=True), library.lexicon)
    if claim.question is not None:
        found = about_the_question(found, claim.question, claim.passage, library.lexicon, library.words)
    return VerifiedClaim.model_validate(found)


@router.post("/appraise", summary="How directly passages speak to questions", responses=_CHECKS)
async def appraise(http: HttpRequest, body: Pairs, who: Who) -> Appraised:
    """`direct`, `indirect` or `off`, with the axes on which the passage differs from the question."""
    library = site_of(http).asking.library()
    return Appraised(results=await worked(http, who, lambda: [_appraised(p, library) for p in body.pairs]))


def _appraised(pair: Pair, library: Library) -> AppraisedPair:
    found = appraise_line(pair.question, pair.passage, library.lexicon, library.words)
    axes = [a.value for a in found.axes]
    return AppraisedPair(id=pair.id, directness=found.directness, axes=axes, reasons=list(found.reasons))


@router.post(
    "/respond",
    summary="Answer a drug-information request",
    responses=responses(
        *ASKS, *SENDS, *WORKS, "question", "input", "not-allowed", "not-installed", noun=ResponseRecord,
        content={f.media_type.partition(";")[0]: {"schema": {"type": "string"}} for f in ResponseFormat if f is not ResponseFormat.JSON},
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
    site = site_of(http)
    made = await worked(http, who, lambda: _response(site, body, form))
    return Response(made, media_type=form.media_type)


def _response(site: Site, body: Enquiry, form: ResponseFormat) -> bytes:
    values: dict[str, Any] = body.model_dump(mode="json", exclude_none=True)
    try:
        enquiry = read_request(json.dumps(values).encode(), "request.json")
    except InputFileError as error:
        raise Told("input", str(error).removeprefix("request.json, ").removeprefix("request.json: ")) from None
    if enquiry.audience not in site.audiences():
        raise Told("not-allowed", f"Responses for a {Audience.PATIENT.value} are not offered on this server.")
    record = make_response(site.asking.library(), enquiry)
    try:
        return draw(record, form)
    except UserError as error:
        raise Told("not-installed", f"{error}.") from None
