"""One spelling for what can be written in several ways: characters, number words, contractions, set phrases; and sentence ends."""

from __future__ import annotations

import re
from itertools import pairwise

_GREEK = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "κ": "kappa", "ε": "epsilon", "λ": "lambda", "ω": "omega"}
_SUPERSCRIPTS = {c: f"^{n}" for n, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
"""A superscript stays apart from the figure before it: 10⁹ is not 109."""
_CHARACTERS = str.maketrans(
    {**_GREEK, **_SUPERSCRIPTS, "−": "-", "‐": "-", "‑": "-", "–": "-", "—": " ; ", "\u2009": " ", "\u202f": " ", "\u00a0": " ",
     "’": "'", "‘": "'", "“": '"', "”": '"', "μ": "µ", "⩾": "≥", "⩽": "≤", "·": ".", "×": " x ", "\u200b": None, "\u00ad": None}
)  # fmt: skip
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_NUMBER_WORD = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(_TENS)})(?:[- ](?P<unit>{'|'.join(_ONES[1:10])}))?|(?P<one>{'|'.join(_ONES)}))\b(?!')(?P<hundred> hundred\b)?",
    re.IGNORECASE,
)
_REWRITES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), by)
    for pattern, by in (
        (r"\bcan't\b|\bcannot\b", "can not"),
        (r"\bwon't\b", "will not"),
        (r"n't\b", " not"),
        (r"\bnon(?=[a-z]{6,})(?!etheless|agenarian)", "non "),
        (r"\bin(?=(?:effective|effectiveness|efficacious|sufficient|adequate|appropriate|significant)(?:ly)?\b)", "not "),
        (r"\bun(?=(?:safe|changed|affected|altered|likely|necessary|related|associated|able|treated|successful|recommended)\b)", "not "),
        (r"(?<![\w.])\.(?=\d)", "0."),
        (r"\b(?:when|if|as) compared\b|\bin comparison\b|\brelative to\b", "compared"),
        (r"\b(?:due to|because of|owing to|as a result of|attributable to)\b", "caused by"),
        (r"\b(?:treatment|therapy) with\b", "with"),
        (r"\bshould be (?=avoided|contraindicated|(?:used|given) with caution)", "is "),
        (r"\bprior to\b", "before"),
        (r"\bin order to\b", "to"),
        (r"\b(?:as well as|along with|together with)\b", "and"),
        (r"\bsuch as\b|\bincluding\b|\bfor example\b|\be\.g\.", "including"),
        (r"\bprovided that\b|\bas long as\b|\bon condition that\b", "if"),
        (r"\bindicat(?:e|es|ed|ing) that\b", "show that"),
        (r"\bwith or without\b", "with/without"),
        (r"\bbetween (?=\d[\d.,]* ?[a-z%]{0,5} and \d)(\S+(?: [a-z%]+)?) and ", r"\1 to "),
        (r"(?<=\d)-(?=(?:mg|g|kg|mcg|ml|year|month|week|day|hour|minute|fold|point|cm|mm)s?\b)", " "),
        (r"\b(\d+(?:\.\d+)?) ?(?:times|x) (?=(?:more|higher|greater|less|lower|the)\b)", r"\1 fold "),
        (r"\bfirst[- ]line\b", "firstline"),
        (r"\bsecond[- ]line\b", "secondline"),
        (r"\bfollow[- ]ups?\b", "followup"),
        (r"\bside[- ]effects?\b|\badverse (?:effects?|events?|reactions?)\b", "adverse event"),
    )
)  # fmt: skip
_GATE = re.compile(
    r"should be|y with|t with|\.\d|can|due|because|owing|as a|attrib|prior|order|as well|along|togeth|such as|includ|example|e\.g|provided|as long|on cond|won|n't|non|\bin|\bun|compar|relative|indicat|with or|between|\d-|\d ?(?:times|x) |line|follow|side|adverse",
    re.I,
)
_ANSWER_WORD = re.compile(r"\s*(?:yes|no)\s*[,.!]\s*(?=\w)", re.IGNORECASE)
"""The "Yes," or "No," before a claim answers a question that is not part of it."""
_SENTENCE = re.compile(
    r"(?<!\be\.g)(?<!\bi\.e)(?<!\bal)(?<!\bvs)(?<!\bDr)(?<!\bNo)(?<!\bFig)(?<!\bapprox)[.!](?=\s+[^a-z\s]|\s*$|[A-Z][a-z]+:)|(?<=[a-z)]{2})\.(?=[A-Z][A-Za-z]{2})|\n+|\?"
)


def plain_text(text: str) -> str:
    """The text in one spelling; its length may change."""
    text = _ANSWER_WORD.sub("", text, count=1) if _ANSWER_WORD.match(text) else text
    if not text.isascii():
        text = text.translate(_CHARACTERS)
    text = _NUMBER_WORD.sub(_digits, text)
    if _GATE.search(text):
        for pattern, by in _REWRITES:
            text = pattern.sub(by, text)
    return text


def _digits(match: re.Match[str]) -> str:
    if match["one"]:
        value = _ONES.index(match["one"].lower())
    else:
        value = _TENS[match["tens"].lower()] + (_ONES.index(match["unit"].lower()) if match["unit"] else 0)
    return str(value * 100 if match["hundred"] else value)


def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """[start, end) of each sentence, covering all but white space; a question mark belongs to its sentence."""
    ends = [m.end() for m in _SENTENCE.finditer(text)]
    bounds = [0, *(e for e in ends if e < len(text)), len(text)]
    return tuple((a, b) for a, b in pairwise(bounds) if text[a:b].strip()) or ((0, len(text)),)
