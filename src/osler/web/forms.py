"""Forms to Requests: a first question, a follow-up, another reader, other facts, a corrected reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest

from osler.domain.question import Audience
from osler.domain.request import Given, Request
from osler.errors import QuestionError
from osler.web.corrections import correction
from osler.web.security import is_own
from osler.web.shelf import Kept
from osler.web.site import session_of

MAX_FIELDS = 60


async def own_form(http: HttpRequest) -> FormData:
    """The form of a POST from one of our own pages. Raises HTTPException 403 for any other, 400 for one with a file."""
    form = await http.form(max_fields=MAX_FIELDS, max_files=0)
    sent = form.get("csrf", "")
    if not isinstance(sent, str) or not is_own(http.headers, sent, session_of(http)):
        raise HTTPException(403, "This form is no longer valid. Go back, load the page again and send it once more.")
    return form


def asked_request(form: Mapping[str, object], offered: tuple[Audience, ...], parent: Kept | None) -> Request:
    """What is asked now. Raises QuestionError.

    question: a first question, or with `parent` the next turn of its thread; without it, the parent's last turn is asked again.
    axis, to, remove: an edited chip, which becomes that turn. audience: who reads, else as in the parent. facts: "1" when the form holds the patient's facts, else they are the parent's.
    """
    question = _text(form, "question")
    if parent and (axis := _text(form, "axis")):
        question = correction(parent.article.question.frame, axis, _text(form, "to"), remove=_text(form, "remove"))
    before = parent.request if parent else Request((question,))
    turns = (*before.turns, question) if parent and question.strip() else before.turns
    given = _given(form) if _text(form, "facts") == "1" else before.given
    return replace(before, turns=turns, audience=_audience(form, offered, before.audience), given=given)


def _audience(form: Mapping[str, object], offered: tuple[Audience, ...], otherwise: Audience) -> Audience:
    named = _text(form, "audience") or otherwise.value
    found = next((a for a in offered if a.value == named), None)
    if found is None:
        raise QuestionError(f"answers for {named!r} are not offered on this server")
    return found


def _given(form: Mapping[str, object]) -> Given:
    pregnant = {"yes": True, "no": False}.get(_text(form, "pregnant"))
    return Given(
        age_years=_number(form, "age"),
        weight_kg=_number(form, "weight"),
        egfr=_number(form, "egfr"),
        dialysis=_text(form, "dialysis") or None,
        pregnant=pregnant,
        gestation_weeks=_number(form, "weeks"),
        allergies=_names(form, "allergies"),
        medicines=_names(form, "medicines"),
    )


def said(form: Mapping[str, object], name: str) -> str:
    """What stands in a field, without space around it; "" when there is no such field."""
    return _text(form, name).strip()


def _text(form: Mapping[str, object], name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _number(form: Mapping[str, object], name: str) -> float | None:
    """A decimal number with a point; a comma could be a thousand or a decimal, and is refused."""
    text = _text(form, name).strip()
    if not text:
        return None
    if not text.replace(".", "", 1).isdecimal():
        raise QuestionError(f"{name} is a number such as 62 or 8.5, not {text[:20]!r}")
    return float(text)


def _names(form: Mapping[str, object], name: str) -> tuple[str, ...]:
    return tuple(n.strip() for n in _text(form, name).split(",") if n.strip())
