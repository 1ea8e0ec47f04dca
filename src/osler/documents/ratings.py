"""What a recommendation says of itself: which way it points, how strong it is, how certain its evidence is.

Strength and certainty are taken only where the source states them, in brackets or behind a label; anything unclear is None.
- GRADE words: "strong", "conditional" (also "weak") recommendation; certainty, quality or confidence "high", "moderate",
  "low", "very low"; the symbols ⊕⊕⊕⊕ to ⊕○○○. Source: GRADE Handbook (Schünemann et al., 2013), chapters 5 and 6.
- "(1B)", "(Grade 2C)": 1 = strong ("we recommend"), 2 = conditional ("we suggest"); A to D = high, moderate, low, very low.
  Source: KDIGO, "Nomenclature and description for rating guideline recommendations", printed in each KDIGO guideline
  (Uhlig et al., Kidney Int 2006;70:2058-65). ACCP's grades 1A to 2C mean the same (Guyatt et al., Chest 2006;129:174-81).
- Other schemes (CDC's categories and evidence types, SIGN's and USPSTF's grades, AHA's and ESC's classes) are not GRADE:
  they mark a recommendation, but set neither strength nor certainty; their words stay in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from osler.domain.grade import Certainty, Strength

_STRONG = r"strong|conditional|weak"
_LEVEL = r"very[- ]low|low|moderate|high"
_BASIS = r"certainty|quality|confidence"
_STRENGTH = re.compile(
    rf"\b({_STRONG})[- ]+(?:for|against|recommendation)\b"
    rf"|\b(?:strength|recommendation|grade)(?: of (?:the )?recommendation)?\s*[:=–—-]\s*({_STRONG})\b",
    re.IGNORECASE,
)
_CERTAINTY = re.compile(
    rf"\b({_LEVEL})[- ]+(?:{_BASIS})\b|\b(?:{_BASIS})(?:(?: of| in)(?: the)? (?:evidence|effects?|estimates?))?\s*[:=–—-]\s*({_LEVEL})\b",
    re.IGNORECASE,
)
_RANGE = re.compile(rf"\b(?:{_LEVEL})(?: to |[-–/]| or )(?:{_LEVEL})\b", re.IGNORECASE)
_SYMBOLS = re.compile(r"([⊕⨁]{1,4})[○◯⊝⊖]{0,3}")
_KDIGO = re.compile(r"^(?:[Gg]rade|GRADE|[Ll]evel)?\s*:?\s*([12])\s?([ABCD])$")
_SCHEME = re.compile(
    r"\b(?:recommendation category|category (?-i:[A-D]) recommendation|(?:recommendation )?grade(?: of recommendation)?\s*[:=]?\s*(?-i:[A-D])\b"
    r"|(?-i:[A-DI]) (?:recommendation|statement)|not graded|ungraded|(?:good|best) (?:clinical )?practice (?:point|statement))"
    r"|^class (?:I{1,3}|II[ab])\b",
    re.IGNORECASE,
)
_TAG = re.compile(
    r"\((?:[^()\n]|\([^()\n]{0,60}\)){1,200}\)|\[[^\[\]\n]{1,200}\]"
    rf"|(?:(?<=[.;\n])\s*|^)(?:(?:{_STRONG}) recommendation\b|(?:{_LEVEL})[- ](?:{_BASIS})(?: of)?(?: the)?(?: evidence)?(?=\s*(?:[.;\n]|$))|(?:strength|quality|certainty|confidence|grade|class)\b)[^.;\n]{{0,120}}",
    re.IGNORECASE,
)

_VERBS = (
    "add|administer|admit|advise|agree|arrange|ask|assess|base|be aware|carry out|check|combine|consider|continue|diagnose|discuss|"
    "encourage|ensure|explain|follow|give|inform|initiate|involve|make sure|measure|monitor|offer|perform|prescribe|provide|"
    "recognise|recognize|record|reduce|refer|repeat|review|screen|seek|start|stop|support|suspect|switch|take|tell|test|"
    "think about|treat|use"
)
_START = r"(?:^|[.:;\n]\s+|[.:;\n])"
_DIRECTIVE = re.compile(
    rf"(?P<against>{_START}(?:do not|never|avoid)\b|,\s(?:do not|never)(?: \w+ly)? (?:{_VERBS})\b|,\savoid\b"
    r"|\b(?:recommends?|suggests?|advises?)(?: \w+)? against\b|\brecommend(?:ed|ation) against\b"
    r"|\b(?:should|must|ought)(?: \w+ly)? (?:not|never)\b(?! only)|\bshould (?:be avoided|avoid)\b"
    r"|\b(?:is|are) not (?:\w+ly )?(?:recommended|suggested|advised)\b|\b(?:do|does) not (?:recommend|suggest)\b"
    r"|\b(?:recommend|suggest)s? (?:not|avoiding)\b)"
    r"|(?P<not_be>\bnot be\b)"
    r"|(?P<that>\b(?:recommends?|suggests?|advises?) that\b)"
    rf"|(?P<for>\b(?:recommends?|suggests?) (?!for or against)|\b(?:is|are) (?:\w+ly )?(?:recommended|suggested)\b|\b(?:should|must)\b|(?:{_START}|,\s|\bthen )(?:{_VERBS})\b)",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"\b(?:who|whom|whose|which|if|when|where|unless|because|although|while)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"[.,;:\n]")
_NUMBERING = re.compile(r"\s*(?:(?:key )?recommendation\s+(?:no\.?\s*)?#?)?\(?\d[\d.]*(?:[a-z]\b)?[.):–—-]*\s*", re.IGNORECASE)
_CERTAINTIES = {"high": Certainty.HIGH, "moderate": Certainty.MODERATE, "low": Certainty.LOW, "very low": Certainty.VERY_LOW}
_BY_RANK = (Certainty.VERY_LOW, Certainty.LOW, Certainty.MODERATE, Certainty.HIGH)


@dataclass(frozen=True, slots=True)
class Rating:
    """What one bracket or label says, at [start, end). `scheme`: it marks a recommendation, in GRADE's words or others';
    without it, it only says how certain a finding is."""

    start: int
    end: int
    scheme: bool
    strength: Strength | None = None
    certainty: Certainty = Certainty.NOT_GRADED


def ratings(text: str) -> Iterator[Rating]:
    """The ratings in a text, in text order. "(2D)" counts only at the end of a sentence: elsewhere it is two dimensions."""
    for match in _TAG.finditer(text):
        words = match[0].strip().strip("()[]").strip()
        kdigo = _KDIGO.match(words)
        if kdigo is not None and _ends_sentence(text, match.end()):
            strength = Strength.STRONG if kdigo[1] == "1" else Strength.CONDITIONAL
            yield Rating(match.start(), match.end(), True, strength, _BY_RANK["DCBA".index(kdigo[2])])
        elif kdigo is None:
            strong, certainty = _strength(words), _certainty(words)
            scheme = bool(_STRENGTH.search(words) or _SCHEME.search(words))
            if scheme or certainty is not Certainty.NOT_GRADED:
                yield Rating(match.start(), match.end(), scheme, strong, certainty)


def overall(text: str) -> tuple[Strength | None, Certainty]:
    """The one strength and the one certainty that a recommendation's ratings agree on; else None, NOT_GRADED.

    A certainty that is not part of a rating of recommendations, or beside one, counts only at the very end: before, it is
    that of some finding ("It lowered urate (low-certainty evidence).").
    """
    found = _attached(text, list(ratings(text)))
    strengths = {r.strength for r in found if r.strength is not None}
    certainties = {r.certainty for r in found if r.certainty is not Certainty.NOT_GRADED}
    return (
        strengths.pop() if len(strengths) == 1 else None,
        certainties.pop() if len(certainties) == 1 else Certainty.NOT_GRADED,
    )


def _attached(text: str, found: list[Rating]) -> list[Rating]:
    if not any(r.scheme for r in found):
        return [r for r in found[-1:] if not _between(text, r.end, len(text))]
    out: list[Rating] = []
    for index, rating in enumerate(found):
        before = bool(index) and found[index - 1] in out and not _between(text, found[index - 1].end, rating.start)
        after = index + 1 < len(found) and found[index + 1].scheme and not _between(text, rating.end, found[index + 1].start)
        if rating.scheme or before or after:
            out.append(rating)
    return out


def _between(text: str, start: int, end: int) -> str:
    return text[start:end].strip(" .;,:\n")


def is_against(text: str) -> bool | None:
    """Whether the first thing a recommendation asks for is to leave something undone; None when it asks for nothing.

    The first directive decides, for later sentences often add exceptions ("Offer X. Do not offer it to …" is for X). What
    stands in a condition ("people who should not take X") is no directive, unless there is none else.
    """
    number = _NUMBERING.match(text)
    text = (text[number.end() :] if number else text).lstrip()
    spoken_that = False
    in_condition: bool | None = None
    for match in _DIRECTIVE.finditer(text):
        against = match.lastgroup in ("against", "not_be")
        opens = not match.start() or match[0][0] in ",.:;\n"  # a clause of its own: no condition stands before it
        clause = "" if opens else _CLAUSE.split(text[max(0, match.start() - 300) : match.start()])[-1]
        if _CONDITION.search(clause) and not spoken_that:
            in_condition = against if in_condition is None else in_condition
        elif match.lastgroup == "that":
            spoken_that = True
        elif not (_CONDITION.search(clause) or (match.lastgroup == "not_be" and not spoken_that)):
            return against
    return False if spoken_that else in_condition


def is_rating(text: str) -> bool:
    """Whether a whole piece only rates the recommendation above it ("Strong recommendation; low certainty.")."""
    first = next(ratings(text), None)
    return first is not None and not text[: first.start].strip() and len(text) <= 200 and is_against(text[first.end :]) is None


def _strength(words: str) -> Strength | None:
    found = {(m[1] or m[2]).lower() for m in _STRENGTH.finditer(words)}
    if len({w == "strong" for w in found}) != 1:
        return None
    return Strength.STRONG if "strong" in found else Strength.CONDITIONAL


def _certainty(words: str) -> Certainty:
    if _RANGE.search(words):
        return Certainty.NOT_GRADED
    found = {(m[1] or m[2]).lower().replace("-", " ") for m in _CERTAINTY.finditer(words)}
    symbols = _SYMBOLS.search(words)
    if symbols and not found:
        return _BY_RANK[len(symbols[1]) - 1]
    return _CERTAINTIES[found.pop()] if len(found) == 1 else Certainty.NOT_GRADED


def _ends_sentence(text: str, end: int) -> bool:
    return re.match(r"\s*(?:[.;]?\s*$|[.;]?\s*\n|[.;]\s)", text[end : end + 20]) is not None
