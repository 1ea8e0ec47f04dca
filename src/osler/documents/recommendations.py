"""Recommendations in running text: which parts of a document are recommendations; text and offsets stay as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from osler.documents.ratings import is_against, is_rating, overall, ratings
from osler.domain.part import Part, PartKind

_LABEL = re.compile(r"(?:[Kk]ey |KEY )?(?:[Rr]ecommendation|RECOMMENDATION)\s+(?:[Nn]o\.?\s*)?#?\d+(?:\.\d+)*[a-z]?(?:\s*[:.–—-](?!\d)|\s*$|\s+(?=[A-Z\n]))")  # fmt: skip
_NICE = re.compile(r"\d{1,2}\.\d{1,2}\.\d{1,3}(?:\.\d{1,3})?\.?\s+(?=[A-Z])")
_ITEM = re.compile(r"\(?(?:[Rr]\s?)?\d{1,3}(?:\.\d{1,3})*[.):]?\s+(?=[A-Z])")
_SPOKEN = re.compile(r"\b(?:we|(?:the )?(?:panel|committee|task force|guideline (?:development )?group|uspstf)) (?:\w+ )?(?:do(?:es)? not )?(?:recommend|suggest)s?\b", re.IGNORECASE)  # fmt: skip
_PASSIVE = re.compile(r"\b(?:is|are) (?:not )?(?:recommended|suggested)\b", re.IGNORECASE)
_RESEARCH = re.compile(r"\b(?:further|future|more|additional) (?:\w+ )?(?:research|stud(?:y|ies)|trials?)\b", re.IGNORECASE)
_UNDER = re.compile(r"\brecommendations?\b", re.IGNORECASE)
_NOT_UNDER = re.compile(r"\bresearch\b|\bmethod|\bdevelop|\brationale\b|\bevidence\b", re.IGNORECASE)
_ENDED = re.compile(r"[.!?:;][)\]\"”’']*$|[)\]]$")
_SENTENCES = re.compile(r"(?<=[.;!?])\s+(?=[A-Z])")
_TEXT = (PartKind.PARAGRAPH, PartKind.LIST_ITEM, PartKind.HEADING)
_MIN_REST_CHARS = 40
"""What stands behind the last rating of a paragraph and is longer than this is its rationale, not its recommendation."""


def starts_recommendation(text: str) -> bool:
    """Whether a piece announces itself as a recommendation: "Recommendation 3: …", "1.2.1 Offer …" (NICE's numbering)."""
    label = _LABEL.match(text)
    if label is not None:
        return label.end() >= len(text.rstrip()) or is_against(text[label.end() :]) is not None
    number = _NICE.match(text)
    return number is not None and _ENDED.search(text) is not None and is_against(text[number.end() :]) is not None


def mark_recommendations(text: str, parts: Sequence[Part]) -> tuple[Part, ...]:
    """The same pieces of `text`, with recommendations as parts of that kind, each with all its pieces and its rating.

    Marked are labelled and NICE-numbered ones, and pieces that ask for something and rate it ("… (1B)", "(recommendation
    category: A, evidence type: 4)"). Only in a document with none of these: numbered items, list items and "We recommend …"
    under a heading that says "recommendations". A paragraph with several rated ones becomes several parts.
    """
    for loose in (False, True):
        out: list[Part] = []
        found = False
        index = 0
        while index < len(parts):
            if _is_recommendation(text, parts, index, loose):
                end = _last(text, parts, index)
                out += _recommendations(text, parts[index : end + 1])
                found, index = True, end + 1
            else:
                out.append(parts[index])
                index += 1
        if found:
            return tuple(out)
    return tuple(parts)


def _is_recommendation(text: str, parts: Sequence[Part], index: int, loose: bool) -> bool:
    part = parts[index]
    piece = text[part.start : part.end]
    if part.kind not in _TEXT:
        return False
    label = _LABEL.match(piece)
    if label is not None and label.end() >= len(piece):  # the label alone: it names what follows
        following = parts[index + 1] if index + 1 < len(parts) else None
        return part.kind is not PartKind.HEADING and following is not None and _asks(text, following)
    if starts_recommendation(piece):
        return True
    if part.kind is PartKind.HEADING:
        return False
    named = _LABEL.fullmatch(part.path[-1]) if part.path else None
    if named is not None and parts[index - 1].kind is PartKind.HEADING:
        return _asks(text, part)
    return _is_rated(piece) or (loose and _is_under_heading(piece, part))


def _asks(text: str, part: Part) -> bool:
    return part.kind in (PartKind.PARAGRAPH, PartKind.LIST_ITEM) and is_against(text[part.start : part.end]) is not None


def _is_rated(piece: str) -> bool:
    """Whether a piece asks for something and rates it. A mere certainty counts behind "we recommend", in its sentence."""
    for rating in ratings(piece):
        before = piece[: rating.start]
        if is_against(before) is None or _RESEARCH.search(before):
            continue
        sentence = _SENTENCES.split(before.strip())[-1]
        if rating.scheme or _SPOKEN.search(sentence) or _PASSIVE.search(sentence):
            return True
    return False


def _is_under_heading(piece: str, part: Part) -> bool:
    headings = [h for h in part.path if _UNDER.search(h)]
    if not headings or _NOT_UNDER.search(part.path[-1]) or _RESEARCH.search(piece) or is_against(piece) is None:
        return False
    return part.kind is PartKind.LIST_ITEM or _ITEM.match(piece) is not None or _SPOKEN.match(piece) is not None


def _last(text: str, parts: Sequence[Part], first: int) -> int:
    """The last part of the recommendation that starts at `first`: pieces are added only when they clearly belong to it."""
    last, listing = first, False
    while last + 1 < len(parts):
        current = text[parts[last].start : parts[last].end]
        following = parts[last + 1]
        piece = text[following.start : following.end]
        if following.kind not in (PartKind.PARAGRAPH, PartKind.LIST_ITEM) or starts_recommendation(piece):
            break
        listing = following.kind is PartKind.LIST_ITEM and (listing or current.endswith(":"))
        label = _LABEL.match(current) if last == first else None
        only_label = label is not None and label.end() >= len(current)
        cut = not _ENDED.search(current) and following.kind is PartKind.PARAGRAPH and (piece[0].islower() or piece[0] in "([")
        if not (only_label or cut or listing or is_rating(piece)):
            break
        last += 1
    return last


def _recommendations(text: str, parts: Sequence[Part]) -> Iterator[Part]:
    """One part, or as many as the pieces' ratings close; what follows the last of several stays a paragraph."""
    start, end = parts[0].start, parts[-1].end
    cuts = [start, *_cuts(text, start, end)]
    for index, cut in enumerate(cuts):
        stop = cuts[index + 1] if index + 1 < len(cuts) else end
        piece = text[cut:stop].rstrip()
        if index and is_against(piece) is None:
            yield replace(parts[-1], start=cut, end=cut + len(piece), kind=PartKind.PARAGRAPH)
            continue
        strength, certainty = overall(piece)
        yield replace(
            parts[0], start=cut, end=cut + len(piece), kind=PartKind.RECOMMENDATION, strength=strength, certainty=certainty,
            against=is_against(piece) or False,
        )  # fmt: skip


def _cuts(text: str, start: int, end: int) -> Iterator[int]:
    """Where a new recommendation, or the rationale, starts behind a rating that closes a sentence."""
    found = [r for r in ratings(text[start:end]) if r.scheme]
    for index, rating in enumerate(found):
        after = re.match(r"[.;]?\s+(?=[A-Z\d])", text[start + rating.end : end])
        if after is None:
            continue
        cut = start + rating.end + after.end()
        stop = start + found[index + 1].start if index + 1 < len(found) else end
        asks = is_against(text[cut:stop]) is not None
        if (index + 1 < len(found) and asks) or (index + 1 == len(found) and not asks and end - cut >= _MIN_REST_CHARS):
            yield cut
