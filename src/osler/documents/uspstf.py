"""The US Preventive Services Task Force's recommendations (its API's JSON dump) to Documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from osler.documents.fragment import add_html, html_lines, html_text
from osler.documents.json_records import Node, json_values, node, raw, text, texts
from osler.documents.record import Record, Rejected
from osler.documents.text import TextBuilder, clean
from osler.domain.document import Authority, Bibliography, Document, StudyDesign, Via
from osler.domain.grade import Strength
from osler.domain.part import PartKind
from osler.domain.status import PublicationStatus
from osler.errors import SourceError

ORGANISATION = "US Preventive Services Task Force"
LICENCE = "AHRQ terms: may be reproduced with attribution and without alteration"

_SITE = "https://www.uspreventiveservicestaskforce.org/uspstf/recommendation"
_GRADES = frozenset("ABCDI")
_SEXES = {"men and women": "women and men", "female": "female only", "male": "male only"}
_NO_RISK = frozenset({"", "age", "any", "none", "other"})  # what the dump writes where it names no group at risk
_NO_UPPER_AGE = 100
_STRONG = re.compile(r"\bstrongly recommends?\b", re.IGNORECASE)
_STATUS = {"archived": PublicationStatus.SUPERSEDED, "inactive": PublicationStatus.SUPERSEDED, "draft": PublicationStatus.DRAFT}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_SECTIONS = (
    ("rationale", "Rationale"),
    ("clinical", "Clinical considerations"),
    ("pathwayToBenefit", "Pathway to benefit"),
    ("discussion", "Discussion"),
    ("other", "Recommendations of others"),
)


def parse_uspstf(data: bytes, name: str) -> Iterator[Record]:
    """A Document `uspstf:ID` for each graded recommendation, and one `uspstf:topic-ID` for the text of each topic.

    A topic's rationale speaks of everybody it covers; a recommendation only of its own population, so they are kept apart.
    The grade letter stands in the recommendation's text and code; D is against, I says that the evidence is insufficient.
    Strength is set only where the Task Force itself says "strongly". Raises SourceError for a file that is no such dump.
    """
    dump = next(iter(json_values(data, name)))
    if not isinstance(dump, dict) or not isinstance(dump.get("specificRecommendations"), list):
        raise SourceError(f"{name}: no recommendations of the {ORGANISATION} in it")
    topics = node(dump, "generalRecommendations")
    risks = node(dump, "risks")
    for number, specific in enumerate(dump["specificRecommendations"], start=1):
        try:
            yield _recommendation(specific, topics, risks)
        except (ValueError, SourceError) as error:
            yield Rejected(f"{name}, recommendation {text(specific, 'id') or number}", str(error))
    for key, topic in topics.items():
        try:
            yield _topic(key, topic)
        except (ValueError, SourceError) as error:
            yield Rejected(f"{name}, topic {clean(key)}", str(error))


def _recommendation(specific: Any, topics: Node, risks: Node) -> Document:
    topic = node(topics, text(specific, "general"))
    title, grade = html_text(raw(specific, "title")), text(specific, "grade").upper()
    said = html_lines(raw(specific, "text"))
    if not title or not said:
        raise ValueError("no title or no text")
    if grade not in _GRADES:
        raise ValueError(f"{grade!r} is no grade of the Task Force")
    builder = TextBuilder()
    builder.add(title, PartKind.TITLE)
    # What follows the first piece explains it ("See the Practice Considerations …"), or tells of a later search.
    strength = Strength.STRONG if _STRONG.search(said[0]) else None
    code = f"grade {grade}"
    builder.add(f"Grade {grade}: {said[0]}", PartKind.RECOMMENDATION, code=code, strength=strength, against=grade == "D")
    for line in said[1:]:
        builder.add(line)
    _section(builder, specific, "riskText", "Risk")
    _section(builder, specific, "servFreq", "Service and frequency")
    return _document(_id(specific), title, builder, topic or specific, _population(specific, title, risks))


def _topic(key: str, topic: Any) -> Document:
    title = html_text(raw(topic, "title"))
    if not title:
        raise ValueError("no title")
    builder = TextBuilder()
    builder.add(title, PartKind.TITLE)
    for field, heading in _SECTIONS:
        _section(builder, topic, field, heading)
    if not re.fullmatch(r"\d{1,9}", key):
        raise ValueError("no number")
    return _document(f"uspstf:topic-{key}", title, builder, topic, "")


def _id(specific: Node) -> str:
    number = text(specific, "id")
    if not re.fullmatch(r"\d{1,9}", number):
        raise ValueError("no number")
    return f"uspstf:{number}"


def _section(builder: TextBuilder, source: Node, field: str, heading: str) -> None:
    """The field's own first heading, when it has one, stands for `heading`."""
    html = raw(source, field)
    if not html_text(html):
        return
    if re.match(r"\s*<h[12]\b", html, re.IGNORECASE):
        add_html(builder, html, code=field)
    else:
        builder.add(heading, PartKind.HEADING, code=field)
        add_html(builder, html, (heading,), code=field)


def _document(document_id: str, title: str, builder: TextBuilder, topic: Node, population: str) -> Document:
    issued = text(topic, "pubDate")
    issued = issued if _DATE.fullmatch(issued) else ""
    year = text(topic, "topicYear") or issued[:4]
    alias = text(topic, "uspstfAlias")
    keywords = [*text(topic, "keywords").split("|"), *text(topic, "topicType").split(" and ")]
    return Document(
        id=document_id,
        kind=StudyDesign.GUIDELINE,
        via=Via.SOURCE,
        bibliography=Bibliography(
            title=title,
            authors=ORGANISATION,
            year=int(year) if re.fullmatch(r"(?:19|20)\d\d", year) else None,
            url=f"{_SITE}/{alias}" if re.fullmatch(r"[\w-]+", alias) else _SITE,
        ),
        text=builder.text,
        parts=tuple(builder.parts),
        status=_status(topic),
        keywords=tuple(dict.fromkeys(k for word in keywords if (k := word.strip()))),
        population=population,
        organisation=ORGANISATION,
        authority=Authority.NATIONAL,
        jurisdiction="US",
        licence=LICENCE,
        language="en",
        revision=issued,
        issued=issued or None,
    )


def _status(topic: Node) -> PublicationStatus:
    """As given; a topic "in progress" of being updated stands until its update is out."""
    said = (text(topic, "status") or text(topic, "reviewStatus")).lower()
    return PublicationStatus.SUPERSEDED if topic.get("archived") is True else _STATUS.get(said, PublicationStatus.CURRENT)


def _population(specific: Node, title: str, risks: Node) -> str:
    """ "Pregnant women; 11 to 49 years; female only; pregnant": the words behind the dashes of the title, then the fields."""
    who = title.rpartition(" -- ")[2] if " -- " in title else ""
    named = [text(specific, "riskName"), *(text(risks, key, "name") for key in texts(specific, "risk"))]
    at_risk = [risk for risk in dict.fromkeys(n.lower() for n in named) if risk not in _NO_RISK]
    sex = text(specific, "sex").lower() or text(specific, "gender").lower()
    return "; ".join(filter(None, (who.strip(), _ages(specific.get("ageRange")), _SEXES.get(sex, sex), *at_risk)))


def _ages(span: Any) -> str:
    if not (isinstance(span, list) and len(span) == 2 and all(isinstance(n, int) for n in span)):
        return ""
    low, high = span
    if high >= _NO_UPPER_AGE:
        return f"{low} years and older" if low else "all ages"
    return f"{low} to {high} years"
