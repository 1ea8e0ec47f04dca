"""Corrections: an edited chip as the sentence a reader would have typed, so that the thread itself says what was changed."""

from __future__ import annotations

from osler.domain.article import FrameView
from osler.domain.question import Intent
from osler.errors import QuestionError

CHANGE = {
    "people": "The patient: {to}.",
    "problem": "For {to} instead.",
    "drug": "The medicine is {to}.",
    "avoid": "Avoid {to} too.",
}
"""What a field's new value is said as."""
CHANGE_LABEL = {
    "people": "Other people, or more of the patient",
    "problem": "Another problem",
    "drug": "Another drug or measure",
    "avoid": "Avoid this too",
}
_REMOVE = {
    "avoid": "{name} is not to be avoided.",
    "pregnancy": "The patient is not pregnant.",
    "dialysis": "The patient is not on dialysis.",
}
_WANTED = {
    Intent.ALTERNATIVE: "What are the alternatives{to}?",
    Intent.DOSE: "What is the dose{of}?",
    Intent.SAFETY: "Is {it} safe?",
    Intent.INTERACTION: "Does {it} interact with anything?",
    Intent.MONITORING: "What should be monitored{of}?",
}
WANTED = tuple(i.value for i in _WANTED)
"""What may be wanted instead, by a sentence that names it."""


def removal(axis: str, name: str) -> str | None:
    """The sentence that takes this out of the question; None when only another value can take its place."""
    if axis == "people":
        key = "dialysis" if "dialysis" in name else name
        return _REMOVE.get(key)
    return _REMOVE["avoid"].format(name=name[:1].upper() + name[1:]) if axis == "avoid" else None


def correction(frame: FrameView, axis: str, to: str, *, remove: str = "") -> str:
    """The next turn of the thread. axis: of a chip, or "wanted", whose `to` is an intent. Raises QuestionError."""
    if remove:
        said = removal(axis, remove)
        if said is None:
            raise QuestionError(f"{remove[:60]!r} cannot be taken out: say what it should be instead")
        return said
    to = " ".join(to.split()).rstrip(".")
    if not to:
        raise QuestionError("say what it should be instead")
    if axis == "wanted" and to in WANTED:
        drug = next(iter((*frame.intervention, *frame.avoid)), "")
        named = {"to": f" to {drug}" if drug else "", "of": f" of {drug}" if drug else "", "it": drug or "it"}
        return _WANTED[Intent(to)].format(**named)
    if axis not in CHANGE:
        raise QuestionError("that cannot be changed here: ask a follow-up")
    return CHANGE[axis].format(to=to)
