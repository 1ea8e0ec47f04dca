"""A follow-up's own way to write facts ("now 34 weeks", "NKDA", "hes 82 yrs") as words that the frame reader reads."""

from __future__ import annotations

import re

_BARE_AGE = re.compile(
    r"^\W*(?:(?:s?he(?:['’]?s| is)?|age|about|only)\s+)?(\d{1,3}(?:\.\d+)?)\s*(?:years?|yrs?|y)\b\W*(?=$|,|and\b|;|\d+(?:\.\d+)?\s*k)",
    re.I,
)
_BARE_MONTHS = re.compile(r"^\W*(\d{1,2})\s*(months?|weeks?|days?)\b\W*(?=$|,|and\b|;)", re.I)
_DELIVERED = re.compile(
    r"\b(?:no longer|isn['’]?t|is not|not)\s+(?:\w+ )?pregnant\b|\bno(?:t a)? pregnancy\b|\b(?:has|have) delivered\b|\bgave birth\b|\b(?:has|have|just|already) (?:just |already )?had (?:the|her|a|my|our) baby\b|\b(?:baby|child) (?:is|was|has been) born\b",
    re.I,
)
_SOUND_KIDNEYS = re.compile(
    r"\b(?:kidneys?|kidney function|renal function) (?:are|is|work(?:s)?|were|was) (?:fine|normal|ok|okay|healthy|well|good)\b",
    re.I,
)
_PD, _HD = re.compile(r"\bPD\b"), re.compile(r"\bHD\b")  # fmt: skip


_NOT_BUT = re.compile(r"\bnot\s+\d+(?:\.\d+)?\s*[a-z]{0,5},?\s+(?:but\s+)?(?=\d)", re.IGNORECASE)
_WEEKS = re.compile(
    r"^\W*(?:(?:now|s?he(?:['’]?s| is)(?: now)?|at|about|sorry|no|only)\W+)*(\d{1,2})(?:\+\d)?\s*(?:weeks?|wks?)(?:\s+now)?\W*(?=$|,|and\b|;)",
    re.I,
)
_WEIGHT_IN_GRAMS = re.compile(r"\b(weigh(?:s|ing)?|weight(?: is| of|:)?)\s+(\d{3,6})\s*(?:g|grams?)\b", re.IGNORECASE)
_AS_CHARTED = (
    (re.compile(r"\b(?:NKDA|NKA)\b"), "no known allergies"),
    (
        re.compile(r"\b(?:not|nt)\s+al+er?g\w*\s+to\s+([\w\s,-]+?)\s+but\s+(?:al+er?g\w*\s+)?to\b", re.I),
        r"not allergic to \1. Allergic to",
    ),
    (re.compile(r"\bal+er?g(?:y|ies|ys)\s*[:=](?!\s*(?:no|none|nil|not|nka|nkda)\b)\s*", re.I), "Allergic to "),
    (re.compile(r"\bal+er?g(?:y|ies|ys)\s*[:=]\s*(?:none|nil)\b", re.I), "no known allergies"),
    (re.compile(r"\b(?:alergic|al+er?gi?[ck]+)\b", re.I), "allergic"),
    (re.compile(r"\bnt\b", re.I), "not"),
)
"""Ways to write it in a chart or in a hurry, and the words that are read."""
_CORRECTED = re.compile(r"(\d+(?:\.\d+)?)(\s*[a-z]{0,5}),?\s+(?:and )?not\s+\d+(?:\.\d+)?", re.IGNORECASE)
_EGFR_TO = re.compile(
    r"\b(e?GFR|CrCl|creatinine clearance)\s+(?:[a-z]+\s+){0,3}(?:to|at|of|was|now|today|still)\s+(\d+(?:\.\d+)?)", re.IGNORECASE
)
_PERITONEAL = re.compile(r"\bper[io]{1,2}t\w{2,6}l\s+dial\w+", re.IGNORECASE)
_IS = re.compile(r"\b(s?he)['’]?s\s+(?=\d)", re.IGNORECASE)


_ALLERGENS = re.compile(r"(?<!not )\ballergic to\s+([^.;?!\n]+)(?=[.;!\n]|$)", re.IGNORECASE)
_ITEM_END = re.compile(r"\s*(?:,|/|&|\band\b)\s*", re.IGNORECASE)
_NO_NAME = re.compile(
    r"\d|\b(?:takes?|taking|on|has|have|had|is|was|are|with|weighs?|weight|aged?|no|not|but|so|she|he|they|what|how|can|should|ok|okay|safe|instead|then|also|already|for)\b",
    re.IGNORECASE,
)
_WORDS_OF_A_NAME = 2


def _each_allergen(match: re.Match[str]) -> str:
    """ "Allergic to penicillin, codeine, takes warfarin" with a sentence for each allergen; what is no name ends the list."""
    items = _ITEM_END.split(match[1])
    names = 0
    while names < len(items) and len(items[names].split()) <= _WORDS_OF_A_NAME and not _NO_NAME.search(items[names]):
        names += 1
    if names < 2:
        return match[0]
    return ". ".join([f"allergic to {n}" for n in items[:names]] + [", ".join(items[names:])]).strip(" .")


_ALLERGIC_TO = re.compile(r"(?<!not )\ballergic to\s+([^.,;?!\n]+)", re.IGNORECASE)
_POINTS = re.compile(r"^(?:it|that|this|them|these|those|the|any|both|one)\b", re.IGNORECASE)


def allergens_named(text: str) -> tuple[str, ...]:
    """What the words say somebody is allergic to, as written; no pronouns, nothing longer than a name."""
    names = (m[1].strip() for m in _ALLERGIC_TO.finditer(as_charted(text)))
    return tuple(dict.fromkeys(n for n in names if n and not _POINTS.match(n) and not _NO_NAME.search(n)))


def as_charted(text: str) -> str:
    """Allergies as charts list them ("Allergies: penicillin, codeine", "NKDA") in sentences: a list that is not read as one is
    read as medicines that are asked about."""
    for written, meant in _AS_CHARTED:
        text = written.sub(meant, text)
    return _ALLERGENS.sub(_each_allergen, text)


def spelled_out(text: str, *, kidneys: bool, pregnant: bool) -> str:
    """The words with bare facts made into ones that the frame reader reads. kidneys: the thread is about bad ones."""
    text = as_charted(text)
    text = _NOT_BUT.sub("", text)
    if pregnant:  # "now 34 weeks" is of the pregnancy, not an age
        text = _WEEKS.sub(lambda m: f"{m[1]} weeks pregnant. ", text)
    text = _WEIGHT_IN_GRAMS.sub(lambda m: f"{m[1]} {float(m[2]) / 1000:g} kg", text)
    text = _IS.sub(lambda m: f"{m[1]} is ", text)
    text = _BARE_AGE.sub(lambda m: f"The patient is {m[1]} years old. ", text)
    text = _BARE_MONTHS.sub(lambda m: f"The patient is {m[1]} {m[2]} old. ", text)
    text = _CORRECTED.sub(r"\1\2", text)
    text = _EGFR_TO.sub(lambda m: f"{m[1]} is {m[2]}", text)
    text = _PERITONEAL.sub("peritoneal dialysis", text)
    text = _DELIVERED.sub("not pregnant", text)
    text = _SOUND_KIDNEYS.sub("normal kidney function", text)
    if kidneys:
        text = _HD.sub("hemodialysis", _PD.sub("peritoneal dialysis", text))
    return text.strip()
