"""Enquiry: who asks what, about whom, and what is agreed about the reply; nothing in it is guessed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from osler.domain.question import Audience
from osler.domain.request import Given


class Urgency(StrEnum):
    """How soon the reply is wanted, as the requestor said."""

    IMMEDIATE = "immediate"
    TODAY = "today"
    ROUTINE = "routine"


class Purpose(StrEnum):
    """Whether the enquiry is about one patient or about no patient in particular."""

    PATIENT = "patient"
    GENERAL = "general"


@dataclass(frozen=True, slots=True)
class Requestor:
    """Who asks; `contact` is how to reach them (telephone, bleep, mail). None where it was not said."""

    name: str | None = None
    role: str | None = None
    organisation: str | None = None
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What was agreed about calling back: who does it, when, and how. Free text, as written."""

    who: str | None = None
    when: str | None = None
    how: str | None = None


@dataclass(frozen=True, slots=True)
class Enquiry:
    """The request as it was written.

    given: facts of the patient in the fields that have one; conditions: other facts in the requestor's words.
    stated: names of the patient fields that were filled in, "none" included, sorted: an empty field is a question, a stated
    "none" is an answer. received, needed_by: as written. reference: the requestor's or the service's own number.
    """

    question: str
    requestor: Requestor = field(default_factory=Requestor)
    background: str = ""
    given: Given = field(default_factory=Given)
    conditions: tuple[str, ...] = ()
    stated: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()
    audience: Audience = Audience.CLINICIAN
    audience_from: str = "not stated: a clinician is assumed"
    purpose: Purpose | None = None
    urgency: Urgency | None = None
    received: str | None = None
    needed_by: str | None = None
    follow_up: FollowUp = field(default_factory=FollowUp)
    reference: str | None = None
