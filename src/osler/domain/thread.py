"""Edit, View and Change: what a follow-up does to a question, and what that does to its answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EditKind(StrEnum):
    """`anew`: the words are a question of their own, and nothing of the thread was carried over."""

    ADDED = "added"
    REPLACED = "replaced"
    REMOVED = "removed"
    ANEW = "anew"


class EditField(StrEnum):
    """What of the question an edit changes, in words for a reader."""

    QUESTION = "question"
    INTENT = "what is asked"
    DRUG = "medicine asked about"
    AVOID = "medicine to avoid"
    PROBLEM = "problem"
    DOSE = "dose"
    ROUTE = "route"
    KIDNEYS = "kidneys"
    EGFR = "eGFR"
    PREGNANCY = "pregnancy"
    GESTATION = "weeks of gestation"
    BREASTFEEDING = "breastfeeding"
    LIVER = "liver"
    AGE = "age"
    WEIGHT = "weight"
    GROUP = "group"
    MEDICINE = "medicine taken"
    ALLERGY = "allergy"
    CONDITION = "other condition"
    SIGN = "sign"
    DENIED = "sign denied"
    DANGER = "possible emergency"
    WORDS = "asked in words"
    AUDIENCE = "reader"
    VIEW = "how much is shown"


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of the frame. before, after: in words, "" for nothing. said: the asker's words it was read from."""

    kind: EditKind
    field: EditField
    before: str
    after: str
    said: str

    def __post_init__(self) -> None:
        filled = (bool(self.before), bool(self.after))
        wanted = {EditKind.ADDED: (False, True), EditKind.REMOVED: (True, False), EditKind.REPLACED: (True, True)}
        if self.kind in wanted and filled != wanted[self.kind]:
            raise ValueError(f"{self.kind} {self.field}: before {self.before!r}, after {self.after!r}")


class View(StrEnum):
    """How much of an answer is shown. No view hides a danger sign, a notice, or a contraindication of what it shows."""

    FULL = "full"
    DETAIL = "detail"
    SHORT = "short"
    DOSES = "doses"
    RED_FLAGS = "red_flags"
    HARMS = "harms"
    MONITORING = "monitoring"
    INTERACTIONS = "interactions"
    OPTIONS = "options"


class ChangeKind(StrEnum):
    KEPT = "kept"
    ADDED = "added"
    REPLACED = "replaced"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one claim between an answer and the follow-up's.

    claim: its id in this answer, None when it is gone. was: its id in the parent's, None when it is new.
    text: the claim's words (of a removed one: its last words); before: what it replaces. reason: in words.
    """

    kind: ChangeKind
    claim: str | None
    was: str | None
    text: str
    reason: str
    before: str = ""

    def __post_init__(self) -> None:
        if (self.claim is None) != (self.kind is ChangeKind.REMOVED) or (self.was is None) != (self.kind is ChangeKind.ADDED):
            raise ValueError(f"a {self.kind} claim with claim {self.claim} and was {self.was}")
