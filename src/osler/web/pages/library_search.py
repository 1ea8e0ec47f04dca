"""Library search: passages by words and bounds. It goes by POST as questions do, for its words may tell of a patient."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from osler.domain.document import StudyDesign
from osler.domain.status import PublicationStatus
from osler.errors import QuestionError, UserError
from osler.pipeline import Library
from osler.question.spelling import check_spelling
from osler.search import Found, search_library
from osler.search_bounds import read_bounds
from osler.web.adding import require_to_read
from osler.web.forms import own_form
from osler.web.library_view import found_view
from osler.web.site import session_of, site_of

router = APIRouter(include_in_schema=False, dependencies=[Depends(require_to_read)])

SHOWN = (20, 50, 100)
"""Passages on the first page, and how many a reader may ask for instead."""
_LONGEST_NAME = 200
_TEXTS = ("words", "kind", "status", "since", "until", "jurisdiction", "drug", "problem", "population")
_Values = dict[str, str]


@router.get("/library/search")
def search_page(http: HttpRequest) -> Response:
    return _page(http, dict.fromkeys(_TEXTS, ""))


@router.post("/library/search")
async def search(http: HttpRequest) -> Response:
    site = site_of(http)
    form = await own_form(http)
    values = {name: _text(form, name) for name in _TEXTS}
    limit = next((n for n in SHOWN if str(n) == form.get("limit")), SHOWN[0])
    library = site.asking.library()
    try:
        found, hints = await asyncio.wrap_future(
            site.asking.submit(session_of(http).owner, lambda: _search(library, values, limit))
        )
    except UserError as error:
        return _page(http, values, problem=f"{str(error)[:1].upper()}{str(error)[1:]}.", status=400)
    more = next((n for n in SHOWN if n > limit), None) if len(found) == limit else None
    return _page(http, values, found=found, hints=hints, more=more)


def _page(
    http: HttpRequest,
    values: _Values,
    *,
    found: tuple[Found, ...] | None = None,
    hints: tuple[str, ...] = (),
    more: int | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    site = site_of(http)
    library = site.asking.library()
    return site.page(
        http, "library_search.html", status, values=values, problem=problem, more=more, hints=hints, kinds=tuple(StudyDesign),
        found=None if found is None else [found_view(f) for f in found], documents=len({f.source.document_id for f in found or ()}),
        statuses=tuple(PublicationStatus), jurisdictions=site.holdings.jurisdictions(library.catalog),
        limit=library.settings.max_question_characters, bounded=any(values[n] for n in _TEXTS[1:]),
    )  # fmt: skip


def _search(library: Library, values: _Values, limit: int) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    """(what is found, what a reader may have meant when nothing is). Raises UserError."""
    only = read_bounds(
        library.lexicon, since=_year(values["since"]), until=_year(values["until"]), kinds=_one(values["kind"]),
        statuses=_one(values["status"]), jurisdictions=_one(values["jurisdiction"]), drugs=_names(values["drug"]),
        problems=_names(values["problem"]), populations=_names(values["population"]),
    )  # fmt: skip
    found = search_library(library, values["words"], only, limit)
    if found or not values["words"].strip():
        return found, ()
    spelling = check_spelling(values["words"], library.words, library.lexicon.single_words, library.index.holds)
    return found, tuple(known for _, known in spelling.read_as)


def _text(form: FormData, name: str) -> str:
    said = form.get(name, "")
    return said if isinstance(said, str) else ""


def _one(said: str) -> tuple[str, ...]:
    return (said,) if said.strip() else ()


def _names(said: str) -> tuple[str, ...]:
    """Several names, each of which must be there, have commas between them. Raises UserError."""
    names = tuple(n.strip() for n in said.split(",") if n.strip())
    if any(len(n) > _LONGEST_NAME for n in names) or len(names) > 10:
        raise QuestionError("at most ten names are looked for, none longer than 200 characters")
    return names


def _year(said: str) -> int | None:
    """Raises UserError."""
    said = said.strip()
    if said and not (said.isascii() and said.isdecimal() and len(said) == 4):
        raise UserError(f"a year has four digits, as 2019, unlike {said[:20]!r}")
    return int(said) if said else None
