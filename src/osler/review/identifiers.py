"""Signs of a real patient in what is to be made public, each with its place. A rule cannot see everything: reviewers look too.

Source: 45 CFR 164.514(b)(2)(i), the identifiers of the HIPAA Privacy Rule's Safe Harbor; the letter of each is with its rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from osler.domain.article import Article
from osler.domain.codec import encode


class Identifier(StrEnum):
    NAME = "name"
    PLACE = "address or place"
    DATE = "exact date"
    AGE = "age over 89"
    PHONE = "telephone or fax number"
    EMAIL = "e-mail address"
    SOCIAL_SECURITY = "social security number"
    RECORD = "number of a record, plan, account, licence or device"
    URL = "web address"
    NETWORK = "network address"
    NUMBER = "long number"


@dataclass(frozen=True, slots=True)
class Found:
    """[start, end) code points of the text named by `field`."""

    kind: Identifier
    start: int
    end: int
    field: str = ""

    def __str__(self) -> str:
        """Where, and never what: this goes to logs and error messages."""
        return f"{self.kind.value} in {self.field or 'the text'} at {self.start} to {self.end}"


_MONTH = r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
_UNIT = r"\s?(?:mg|mcg|µg|μg|g|kg|mL|ml|L|mmol|mEq|units?|IU|%|mmHg|cells?|days?|weeks?|months?|hours?|h|min|patients?|people|adults?|women|men|participants|tablets?|per|to|or|and)\b"
_BIG_GROUP = (
    r"(?<![≥>=–-])(?<!≥\s)(?<!>\s)(?<!\bover\s)(?<!\babove\s)(?<!\bthan\s)(?<!\bleast\s)(?<!\bto\s)(?<!\band\s)(?<!\bfrom\s)"
)
_OVER_89 = r"(?:9\d|1[0-2]\d)"
_NAME = r"[A-ZÀ-ÖØ-Þ][\w'’-]+"
_STATE = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|RI|SC|SD|"
    "TN|TX|UT|VT|VA|WA|WV|WI|WY|DC|PR"
)


def _nhs(digits: str) -> bool:
    """The check digit of a number of the English health service: weights 10 to 2, modulo 11."""
    plain = re.sub(r"\D", "", digits)
    check = (11 - sum(int(d) * w for d, w in zip(plain[:9], range(10, 1, -1), strict=True)) % 11) % 11
    return check != 10 and check == int(plain[9])


def _day_exists(text: str) -> bool:
    numbers = [int(n) for n in re.split(r"[/.]", text)]
    return 1 <= min(numbers[0], numbers[1]) <= 12 and 1 <= max(numbers[0], numbers[1]) <= 31


def _address(text: str) -> bool:
    return all(int(n) <= 255 for n in text.split("."))


_Rule = tuple[Identifier, "re.Pattern[str]", "Callable[[str], bool] | None"]
_RULES: tuple[_Rule, ...] = (
    # (A) names: after a title, after "patient named", initials beside an age
    (Identifier.NAME, re.compile(rf"\b(?:Mr|Mrs|Ms|(?<![Mm]ay )(?<!to )Miss|Mx|Dr|Prof|Professor|Herr|Frau|Sr|Sra|Señora?|Mme|Monsieur|Madame)\b\.?\s+(?:[A-Z]\.?\s+)?{_NAME}(?:\s+{_NAME})?"), None),
    (Identifier.NAME, re.compile(r"\b(?:mr|mrs|MRS)\b\.?\s+[A-Za-z][\w'’-]+"), None),
    (Identifier.NAME, re.compile(rf"\b(?i:patient|pt|man|woman|boy|girl|lady|gentleman|client)\b,?\s+(?i:is\s+)?(?i:named|called)\s+{_NAME}(?:\s+{_NAME})?"), None),
    (Identifier.NAME, re.compile(rf"\b(?i:(?:patient|first|last|full|family)(?:['’]s)?\s+name|surname)\s*(?:is|:|=)?\s+{_NAME}"), None),
    (Identifier.NAME, re.compile(rf"\b(?i:my|her|his|the patient['’]s|their)\s+(?i:husband|wife|mother|father|son|daughter|sister|brother|mum|mom|dad|partner|carer)\s+{_NAME}"), None),
    (Identifier.NAME, re.compile(r"\b[A-Z]\.\s?[A-Z]\.,?\s+(?:is\s+)?(?:an?\s+)?\d{1,3}[\s-]?(?:y|year)"), None),
    # (B) places smaller than a state
    (Identifier.PLACE, re.compile(rf"\b\d{{1,5}}[A-Za-z]?\s+(?:{_NAME}\s+){{1,3}}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Boulevard|Blvd|Court|Close|Way|Place|Terrace|Crescent|Square)\b"), None),
    (Identifier.PLACE, re.compile(r"\b(?:[A-Z]{1,2}\d[A-Z]|[A-Z]{2}\d{1,2}|[A-Z]\d{2})\s\d[ABD-HJLNP-UW-Z]{2}\b"), None),
    (Identifier.PLACE, re.compile(rf"\b(?:{_STATE})\s+\d{{5}}(?:-\d{{4}})?\b(?!{_UNIT})"), None),
    (Identifier.PLACE, re.compile(rf"\b(?i:lives?|living|resides?|resident)\s+(?:in|at)\s+{_NAME}"), None),
    # (C) dates but the year; ages above 89
    (Identifier.DATE, re.compile(r"\b(?:19|20)\d\d[-/.](?:0[1-9]|1[0-2])[-/.](?:0[1-9]|[12]\d|3[01])\b"), None),
    (Identifier.DATE, re.compile(rf"(?<![\d/.])\d{{1,2}}/\d{{1,2}}/(?:\d{{4}}|\d\d)(?![\d/])(?!{_UNIT})"), _day_exists),
    (Identifier.DATE, re.compile(r"(?<![\d/.])\d{1,2}\.\d{1,2}\.(?:19|20)\d\d\b"), _day_exists),
    (Identifier.DATE, re.compile(rf"\b(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?(?:\s+of)?[\s-]+{_MONTH}(?![a-z])(?:,?[\s-]+(?:\d{{4}}|\d\d)\b)?"), None),
    (Identifier.DATE, re.compile(rf"\b{_MONTH}\s+(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?\b(?!{_UNIT})(?!\s*[.,/–-]?\d(?!\d{{3}}))(?:,?\s+\d{{4}}\b)?"), None),
    (Identifier.DATE, re.compile(rf"\b(?i:born|admitted|discharged|died|seen|operated|transplanted|diagnosed)\s+(?:on\s+|in\s+)?{_MONTH}\s+(?:of\s+)?\d{{4}}"), None),
    (Identifier.DATE, re.compile(r"\b(?i:d\.?o\.?b\.?|date\s+of\s+birth|birth\s?date|birthday)\b\s*(?:is|[:=])?\s*\S*\d\S*"), None),
    (Identifier.AGE, re.compile(rf"{_BIG_GROUP}\b{_OVER_89}[\s-]?(?:years?|yrs?|y)?[\s-]?(?:old|o|of age)\b(?!\s+(?:or|and)\s+(?:older|over|above))"), None),
    (Identifier.AGE, re.compile(rf"\b(?i:aged?|age\s+is|age:)\s*:?\s*{_OVER_89}\b(?!\s*(?:mg|%|days|weeks|months|hours|minutes|mL|or\s|and\s|to\s|[-–+]))"), None),
    (Identifier.AGE, re.compile(rf"(?<![\d.])\b{_OVER_89}\s?(?:yo|y/o|y\.o\.|YO|Y/O)(?![a-z])|(?<![\d.])\b9\d[MF]\b"), None),
    # (D, E) telephone and fax; numbers anybody may call for nothing are not a person's
    (Identifier.PHONE, re.compile(r"\b(?i:tel|phone|telephone|mobile|cell|fax|pager|bleep)\b\D{0,12}\+?\d[\d\s().-]{5,}\d"), None),
    (Identifier.PHONE, re.compile(r"(?<![\w+])\+\d{1,3}(?:[\s.-]?\(?\d{1,5}\)?){2,5}(?!\w)"), lambda t: sum(c.isdigit() for c in t) >= 8),
    (Identifier.PHONE, re.compile(r"(?<![\d-])(?:1[\s.-])?(?:\((?!8(?:00|33|44|55|66|77|88)\b)\d{3}\)\s?|(?!8(?:00|33|44|55|66|77|88)\b)\d{3}[-.])\d{3}[-.]\d{4}(?!\d)"), lambda t: not re.match(r"1[\s.-]\(?8(?:00|33|44|55|66|77|88)\b", t)),
    (Identifier.PHONE, re.compile(r"(?<![\d-])0(?!800|808|300)\d{2,4}[\s-]\d{3,4}[\s-]?\d{3,4}(?!\d)"), None),
    # (F)
    (Identifier.EMAIL, re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b"), None),
    # (G)
    (Identifier.SOCIAL_SECURITY, re.compile(r"(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])"), None),
    # (H to M) by the word before it, or by its check digit
    (Identifier.RECORD, re.compile(
        r"\b(?i:mrn|medical\s+record|hospital|chart|patient|nhs|chi|ssn|insurance|policy|member|beneficiary|account|accession|admission|"
        r"encounter|serial|licen[cs]e|passport|medicare|medicaid|registration)\b\.?\s*(?i:no\.?|number|nr\.?|id|identifier|#)?\s*(?:is|[:=#])?\s*"
        r"(?=[A-Z0-9/-]*\d{4})[A-Z0-9][A-Z0-9/-]{4,}\b"), lambda t: not re.search(r"\s(?:19|20)\d\d$", t)),
    (Identifier.RECORD, re.compile(r"(?<![\d-])\d{3}[\s-]?\d{3}[\s-]?\d{4}(?![\d-])"), _nhs),
    # (N, O)
    (Identifier.URL, re.compile(r"\bhttps?://\S+|\bwww\.\S+"), None),
    (Identifier.NETWORK, re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"), _address),
    # (R) any other number that could be somebody's
    (Identifier.NUMBER, re.compile(rf"(?<![\w.,/-])(?<!PMID )(?<!PMID: )(?<!NCT)\d{{8,}}(?![\w.-]?\d)(?!{_UNIT})"), None),
)  # fmt: skip

_NOT_OURS = frozenset(
    "schema answer_id source citations references provenance byline disclaimer how_to_cite how_to_check review intent audience role "
    "verdict id document_id statement claims bottom_line kind axis url link".split()
)
"""Fields that hold ids, addresses of sources, or standing text of ours."""


def find_identifiers(text: str, field: str = "") -> tuple[Found, ...]:
    """What looks like a sign of a real person, in order of place; the longest of what overlaps."""
    found = []
    for kind, pattern, holds in _RULES:
        for match in pattern.finditer(text):
            if holds is None or holds(match[0]):
                found.append(Found(kind, match.start(), match.end(), field))
    found.sort(key=lambda f: (f.start, -f.end))
    kept: list[Found] = []
    for one in found:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return tuple(kept)


def find_in_article(article: Article, private: Iterable[str] = ()) -> tuple[Found, ...]:
    """The same in everything of an article that is not a source's own words.

    private: what the asker wrote. A name that stands there must not stand in the article, even without its title.
    """
    quoted = frozenset(c.span.exact for k in article.claims for c in k.citations)
    published = " ".join(quoted).casefold()
    named = (text[f.start : f.end] for text in private for f in find_identifiers(text) if f.kind is Identifier.NAME)
    names = {w for words in named for w in _surnames(words) if w.casefold() not in published}
    age = article.question.frame.patient.age_years
    found = [Found(Identifier.AGE, 0, 0, "question.frame.patient.age_years")] if age is not None and age > 90 else []
    for field, text in _texts(encode(article), ""):
        if any(text in q for q in quoted):
            continue  # published words of a source, which the check against the span holds to it
        found += find_identifiers(text, field)
        for name in sorted(names):
            found += [Found(Identifier.NAME, m.start(), m.end(), field) for m in re.finditer(rf"(?i)\b{re.escape(name)}\b", text)]
    return tuple(dict.fromkeys(found))


def _surnames(words: str) -> list[str]:
    return [w for w in re.findall(r"[\w'’-]{3,}", words.split(".")[-1])[-2:] if w[0].isupper() and w.casefold() not in _TITLES]


_TITLES = frozenset("mrs miss master prof professor herr frau señora monsieur madame named called patient name surname".split())


def _texts(value: Any, field: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in _NOT_OURS or (key == "claims" and not field):
                yield from _texts(inner, f"{field}.{key}".lstrip("."))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(inner, f"{field}[{number}]")
