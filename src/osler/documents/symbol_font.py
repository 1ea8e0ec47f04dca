"""The Symbol font's places as characters: "m" in it is a μ, and a microgram read as a milligram is a thousandfold dose."""

from __future__ import annotations

UNREADABLE = "\ufffd"
_PLACES = dict(zip("abcdeghklmpqrstwxDFGLPQSWY", "αβχδεγηκλμπθρστωξΔΦΓΛΠΘΣΩΨ", strict=True)) | {
    "\xa3": "≤", "\xb3": "≥", "\xb1": "±", "\xb0": "°", "\xb4": "×", "\xb9": "≠", "\xbb": "≈", "\xa5": "∞", "\xae": "→", "\xac": "←",
    "\xad": "↑", "\xaf": "↓", "\xb7": "•", "\xb8": "÷", "\xd6": "√", "\xa4": "/", "\xa2": "′", "\xb2": "″", "\x2d": "−",
}  # fmt: skip


def from_symbol_font(text: str) -> str:
    """What text in the Symbol font shows (Adobe Symbol encoding; Word adds U+F000 to the place).

    Digits, spaces and common signs have their usual places; a place that is not known gives U+FFFD, never a wrong letter.
    """
    return "".join(_shown(chr(ord(c) - 0xF000) if 0xF020 <= ord(c) <= 0xF0FF else c) for c in text)


def _shown(place: str) -> str:
    if place in _PLACES:
        return _PLACES[place]
    return place if place.isdigit() or place.isspace() or place in "()[]{}.,:;/+<>=%!?|_" else UNREADABLE
