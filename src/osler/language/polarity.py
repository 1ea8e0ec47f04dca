"""Negation and strength: what a sentence denies, and how strongly it advises."""

from __future__ import annotations

import re

_NEGATORS = re.compile(
    r"\b(?:no|not|never|without|denies|denied|denying|negative for|absence of|absent|free of|nor|neither|lack of|"
    r"rules? out|ruled out|non|isn['’]?t|doesn['’]?t|don['’]?t|didn['’]?t|hasn['’]?t|haven['’]?t|wasn['’]?t|can['’]?t rule)\b",
    re.IGNORECASE,
)
_REFUSALS = re.compile(r"\b(?:cannot|can['’]t|won['’]t|shouldn['’]t|couldn['’]t|mustn['’]t)(?! rule)\b", re.IGNORECASE)
"""Negations of an action ("cannot use baclofen for back spasm"): they do not deny the sign that follows."""
_SCOPE_END = re.compile(
    r"[.;:!?]|\bbut\b|\bhowever\b|\balthough\b|\bexcept\b|\byet\b|\bthough\b|\bhas\b|\bwith\b|\bI do\b", re.IGNORECASE
)
NORMAL = re.compile(r"\bnormal\s+(?:\w+\s+)?$", re.IGNORECASE)
_SCOPE_CHARACTERS = 60
"""A negation reaches this far at most; NegEx (Chapman 2001) uses a window of five words."""

STRENGTHS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("contraindicated", re.compile(r"(?<!not )\bcontra-?indicat\w*|\bmust not\b|\bnever give\b|\bshould not be (?:used|given)\b", re.I)),
    ("avoid", re.compile(r"\bavoid\w*|\brecommends? against|\bnot recommended\b|\bdo(?:es)? not (?:offer|give|recommend|use)\b|\badvis\w+ against\b", re.I)),
    ("caution", re.compile(r"\bcaution\w*|\bcareful\w*|\bclose monitoring\b|\bwatch for\b", re.I)),
    ("recommended", re.compile(r"(?<!not )\brecommend(?:s|ed)?\b(?! against)|\bfirst[- ]line\b|\bshould be (?:used|given)\b|\bprefer\w*", re.I)),
    ("consider", re.compile(r"\bconsider\w*|\bmay be\b|\bsuggest\w*|\bcan be\b", re.I)),
)  # fmt: skip


def negated_before(text: str, start: int) -> bool:
    """Whether the words before offset `start` deny what stands there ("no fever", "normal neurology")."""
    window = text[max(0, start - _SCOPE_CHARACTERS) : start]
    if NORMAL.search(window):
        return True
    last = None
    for match in _NEGATORS.finditer(window):
        if match[0].lower() != "non" or match.end() >= len(window) - 1:  # "non-drug" denies its own word only
            last = match
    return last is not None and not _SCOPE_END.search(window, last.end())


def strengths(text: str) -> frozenset[str]:
    """Which grades of advice the words carry: contraindicated, avoid, caution, recommended, consider."""
    return frozenset(name for name, pattern in STRENGTHS if pattern.search(text))


def negation_count(text: str) -> int:
    """How many negating words `text` holds; used to compare a claim with its span."""
    return len(_NEGATORS.findall(text)) + len(_REFUSALS.findall(text))
