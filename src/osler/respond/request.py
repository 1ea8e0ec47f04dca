"""A request file to an Enquiry: every field named, nothing ignored, nothing guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, TypeVar

from osler.documents.text import clean
from osler.domain.question import Audience
from osler.domain.request import Given
from osler.errors import InputFileError, QuestionError
from osler.respond.enquiry import Enquiry, FollowUp, Purpose, Requestor, Urgency
from osler.respond.loading import Loaded, Path, Tree, load

MAX_LINE = 300
MAX_TEXT = 8_000
MAX_ITEMS = 60
_TOP = (
    "reference", "requestor", "audience", "purpose", "urgency", "received", "needed_by", "background", "question", "patient", "searched",
    "follow_up",
)  # fmt: skip
_PATIENT = (
    "age_years", "weight_kg", "egfr", "dialysis", "pregnant", "gestation_weeks", "allergies", "medicines", "conditions",
)  # fmt: skip
_REQUESTOR = ("name", "role", "organisation", "contact")
_FOLLOW_UP = ("who", "when", "how")
_OTHER_NAMES = {
    "age": "age_years", "weight": "weight_kg", "weeks": "gestation_weeks", "ultimate_question": "question", "organization": "organisation",
    "already_searched": "searched", "requester": "requestor", "enquirer": "requestor", "followup": "follow_up", "allergy": "allergies",
    "medicine": "medicines", "medications": "medicines", "phone": "contact", "telephone": "contact", "email": "contact",
}  # fmt: skip
_NONE_WORDS = frozenset({"none", "no", "nil", "none known", "nkda", "no known drug allergies", "no known allergies", "false", "[]"})
_NUMBER = re.compile(r"(\d{1,4}(?:\.\d{1,3})?)\s*([^\d\s].*)?")
_DIALYSIS = {
    "hemodialysis": "hemodialysis", "haemodialysis": "hemodialysis", "hd": "hemodialysis",
    "peritoneal dialysis": "peritoneal dialysis", "pd": "peritoneal dialysis",
    "none": "none", "no": "none", "false": "none", "not on dialysis": "none",
}  # fmt: skip
_ROLES = (
    (Audience.PATIENT, re.compile(r"\b(?:patient|carer|caregiver|parent|mother|father|public|relative|family)\b", re.IGNORECASE)),
    (Audience.NURSE, re.compile(r"\b(?:nurse|midwife|health visitor)\b", re.IGNORECASE)),
    (Audience.PHARMACIST, re.compile(r"\bpharmac", re.IGNORECASE)),
    (
        Audience.CLINICIAN,
        re.compile(r"\b(?:doctor|dr|physician|consultant|registrar|GP|surgeon|prescriber|resident|dentist|dietitian|\w+ologist)\b", re.IGNORECASE),
    ),
)  # fmt: skip
"""First match wins among professions; a role that names a patient too ("patient safety pharmacist") is not guessed at."""
_E = TypeVar("_E", bound=StrEnum)


def read_request(data: bytes, name: str) -> Enquiry:
    """The enquiry in a file called `name`. Raises InputFileError that names line and field."""
    loaded = load(data, name)
    values = _known(loaded, loaded.values, (), _TOP)
    question = _text(loaded, values, ("question",), MAX_TEXT, one_line=False)
    if question is None:
        raise InputFileError(f"{name}, question: there is none; it is the one thing a request must have")
    requestor = _section(loaded, values, "requestor", _REQUESTOR)
    who = Requestor(*(_text(loaded, requestor, ("requestor", k)) for k in _REQUESTOR))
    audience, audience_from = _audience(loaded, values, who.role)
    patient = _section(loaded, values, "patient", _PATIENT)
    follow_up = _section(loaded, values, "follow_up", _FOLLOW_UP)
    return Enquiry(
        question=question,
        requestor=who,
        background=_text(loaded, values, ("background",), MAX_TEXT, one_line=False) or "",
        given=_given(loaded, patient),
        conditions=_items(loaded, patient, ("patient", "conditions")),
        stated=tuple(sorted(k for k in _PATIENT if patient.get(k) not in (None, ""))),
        searched=_items(loaded, values, ("searched",)),
        audience=audience,
        audience_from=audience_from,
        purpose=_one_of(Purpose, loaded, values, "purpose"),
        urgency=_one_of(Urgency, loaded, values, "urgency"),
        received=_text(loaded, values, ("received",)),
        needed_by=_text(loaded, values, ("needed_by",)),
        follow_up=FollowUp(*(_text(loaded, follow_up, ("follow_up", k)) for k in _FOLLOW_UP)),
        reference=_text(loaded, values, ("reference",)),
    )


def _known(loaded: Loaded, values: Mapping[str, Tree], path: Path, allowed: tuple[str, ...]) -> dict[str, Tree]:
    """The values under the names used here. An unknown name is an error: a misspelt "alergies" would hide an allergy."""
    found: dict[str, Tree] = {}
    for key, value in values.items():
        name = key if key in allowed else _OTHER_NAMES.get(key, key)
        if name not in allowed:
            raise loaded.error((*path, key), f"no such field; there are {', '.join(allowed)}")
        if name in found:
            raise loaded.error((*path, key), f"{name} stands twice, under two names")
        if (*path, key) in loaded.lines:
            loaded.lines.setdefault((*path, name), loaded.lines[(*path, key)])
        found[name] = value
    return found


def _section(loaded: Loaded, values: Mapping[str, Tree], name: str, allowed: tuple[str, ...]) -> dict[str, Tree]:
    value = values.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise loaded.error((name,), f"must be fields of their own: {', '.join(allowed)}")
    return _known(loaded, value, (name,), allowed)


def _text(loaded: Loaded, values: Mapping[str, Tree], path: Path, limit: int = MAX_LINE, *, one_line: bool = True) -> str | None:
    value = values.get(path[-1])
    if value is None:
        return None
    if not isinstance(value, str):
        raise loaded.error(path, "must be text, not a list or fields")
    cleaned = clean(value) if one_line else "\n".join(filter(None, (clean(line) for line in value.split("\n"))))
    if len(cleaned) > limit:
        raise loaded.error(path, f"has {len(cleaned):,} characters; at most {limit:,} are read")
    return cleaned or None


def _items(loaded: Loaded, values: Mapping[str, Tree], path: Path) -> tuple[str, ...]:
    """A list, or one line with its parts between commas or semicolons; "none" is the empty list."""
    value = values.get(path[-1])
    if value is None or value == []:
        return ()
    if isinstance(value, dict):
        raise loaded.error(path, "must be a list, or one line with commas")
    pieces: list[Tree] = re.split(r"[;\n]|,\s+", value) if isinstance(value, str) else value
    found = []
    for n, piece in enumerate(pieces, start=1):
        if not isinstance(piece, str):
            raise loaded.error(path, f"entry {n} must be text")
        cleaned = clean(piece).rstrip(".")
        if len(cleaned) > MAX_LINE:
            raise loaded.error(path, f"entry {n} has {len(cleaned):,} characters; at most {MAX_LINE:,} are read")
        if cleaned:
            found.append(cleaned)
    if len(found) > MAX_ITEMS:
        raise loaded.error(path, f"has {len(found)} entries; at most {MAX_ITEMS} are read")
    return () if len(found) == 1 and found[0].lower() in _NONE_WORDS else tuple(dict.fromkeys(found))


def _one_of(enum: type[_E], loaded: Loaded, values: Mapping[str, Tree], name: str) -> _E | None:
    said = _text(loaded, values, (name,))
    if said is None:
        return None
    for member in enum:
        if member.value == said.lower():
            return member
    raise loaded.error((name,), f"must be one of {', '.join(m.value for m in enum)}")


def _audience(loaded: Loaded, values: Mapping[str, Tree], role: str | None) -> tuple[Audience, str]:
    """For whom the response is worded, and how that is known."""
    said = _one_of(Audience, loaded, values, "audience")
    if said is not None:
        return said, "as the request says"
    found = [audience for audience, words in _ROLES if role is not None and words.search(role)]
    if Audience.PATIENT in found and len(found) > 1:
        raise loaded.error(("requestor", "role"), f"can be read in two ways; say audience: {', '.join(a.value for a in found)}")
    if found:
        return found[0], "from the requestor's role"
    if role is not None:
        return Audience.CLINICIAN, "the role tells no reader: a clinician is assumed"
    return Audience.CLINICIAN, "not stated: a clinician is assumed"


def _given(loaded: Loaded, patient: Mapping[str, Tree]) -> Given:
    """Facts in their fields. Each is tried on its own, so that an impossible value is an error of its field."""
    given = Given()
    for name, read in _READERS.items():
        value = patient.get(name)
        if value in (None, ""):
            continue
        path = ("patient", name)
        try:
            given = replace(given, **{name: read(loaded, patient, path)})
        except QuestionError as error:
            raise loaded.error(path, str(error)) from error
    return given


def _number(units: Mapping[str, float], example: str) -> Callable[[Loaded, Mapping[str, Tree], Path], float]:
    def read(loaded: Loaded, values: Mapping[str, Tree], path: Path) -> float:
        said = _text(loaded, values, path) or ""
        match = _NUMBER.fullmatch(said)
        unit = (match[2] or "").lower().rstrip(".") if match else ""
        if match is None or unit not in units:
            raise loaded.error(path, f"must be a number, as {example}")
        return float(match[1]) * units[unit]

    return read


def _dialysis(loaded: Loaded, values: Mapping[str, Tree], path: Path) -> str:
    said = (_text(loaded, values, path) or "").lower()
    if said not in _DIALYSIS:
        raise loaded.error(path, "must be hemodialysis, peritoneal dialysis or none")
    return _DIALYSIS[said]


def _yes_or_no(loaded: Loaded, values: Mapping[str, Tree], path: Path) -> bool:
    said = (_text(loaded, values, path) or "").lower()
    if said not in ("yes", "true", "no", "false"):
        raise loaded.error(path, "must be yes or no")
    return said in ("yes", "true")


_GFR_UNITS = dict.fromkeys(("", "ml/min/1.73 m2", "ml/min/1.73 m²", "ml/min/1.73m2", "ml/min/1.73m²"), 1.0)
_READERS: Mapping[str, Callable[[Loaded, Mapping[str, Tree], Path], Any]] = {
    "age_years": _number(
        {"": 1, "y": 1, "years": 1, "year": 1, "years old": 1, "months": 1 / 12, "month": 1 / 12}, "67 or 8 months"
    ),
    "weight_kg": _number({"": 1, "kg": 1}, "72.5 (in kg)"),
    "egfr": _number(_GFR_UNITS, "22 (in mL/min/1.73 m²)"),
    "dialysis": _dialysis,
    "pregnant": _yes_or_no,
    "gestation_weeks": _number({"": 1, "weeks": 1, "week": 1}, "9"),
    "allergies": _items,
    "medicines": _items,
}
