"""Plain text files to documents: paragraphs, list items and headings as people type them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from osler.documents.joining import Words, join
from osler.documents.local import decode, local_bibliography, local_document, opening, says_draft, usable_title
from osler.documents.recommendations import starts_recommendation
from osler.documents.record import Record
from osler.documents.text import TextBuilder, clean
from osler.domain.part import PartKind
from osler.errors import SourceError

_ITEM = re.compile(r"\s*(?:[•●○◦▪■‣⁃]\s*|[-*–—+·]\s+|(?=\(?(?:\d{1,3}|[a-z])[.)]\s))")
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,3})\.?\s+[^\W\d_]{2}")
_RULE = re.compile(r"([=\-~^])\1{2,}")
_ENDED = re.compile(r"[.;:,?!)]$")
_MAX_HEADING_CHARS = 120
_MIN_WIDTH = 50
"""Shorter lines than this nobody wraps: their ends are meant."""


def parse_plain(data: bytes, name: str) -> Iterator[Record]:
    """One Document. Blank lines part paragraphs; within one, lines are joined only where the next word did not fit the line.

    So a wrapped sentence is one paragraph, and a list of drugs with their doses, one a line, stays so. Headings are
    numbered ("2.1 Dosing"), in capitals, or underlined. Raises SourceError for a file that is no text or has none.
    """
    text = decode(data, name)
    lines = [line.rstrip() for line in re.split(r"\r\n|[\n\r\f\v\x85\u2028\u2029]", text)]
    pieces = list(_pieces(lines))
    if not pieces:
        raise SourceError(f"{name}: the file has no text")
    kind, first = pieces[0]
    title = usable_title(first if kind is PartKind.HEADING or _may_be_title(first, pieces) else None)
    bibliography = local_bibliography(name, title)
    builder = TextBuilder()
    builder.add(bibliography.title, PartKind.TITLE)
    trail: list[tuple[int, str]] = []
    for kind, piece in pieces[1:] if title else pieces:
        if kind is PartKind.HEADING:
            number = _NUMBERED.match(piece)
            level = number[1].count(".") + 1 if number else 0
            trail = [entry for entry in trail if entry[0] < level]
            builder.add(piece, kind, [t for _, t in trail])
            trail.append((level, piece))
        else:
            builder.add(piece, kind, [t for _, t in trail])
    yield local_document(name, bibliography, builder, draft=says_draft(opening(builder)))


def _may_be_title(first: str, pieces: Sequence[tuple[PartKind, str]]) -> bool:
    return len(pieces) > 1 and pieces[0][0] is PartKind.PARAGRAPH and len(first) <= _MAX_HEADING_CHARS and not _ENDED.search(first)


def _pieces(lines: Sequence[str]) -> Iterator[tuple[PartKind, str]]:
    words, width = Words(lines), _width(lines)
    index = 0
    while index < len(lines):
        line = lines[index]
        if not clean(line):
            index += 1
            continue
        alone = (index == 0 or not clean(lines[index - 1])) and (index + 1 == len(lines) or not clean(lines[index + 1]))
        underlined = index + 1 < len(lines) and _RULE.fullmatch(lines[index + 1].strip()) is not None
        if underlined or (alone and _is_heading(clean(line))):
            yield PartKind.HEADING, clean(line)
            index += 2 if underlined else 1
            continue
        start = index
        piece = line.strip()
        while index + 1 < len(lines) and _wraps(lines[index], lines[index + 1], width):
            index += 1
            piece = join(piece, lines[index].strip(), words)
        index += 1
        marker = _ITEM.match(lines[start])
        if marker is not None:
            yield PartKind.LIST_ITEM, clean(piece[len(marker[0].strip()) :])
        elif not _RULE.fullmatch(piece):
            yield PartKind.PARAGRAPH, clean(piece)


def _wraps(line: str, following: str, width: int) -> bool:
    """Whether `following` goes on with the sentence of `line`: its first word would not have fitted behind it."""
    words = following.split(None, 1)
    if not words or not width or _ITEM.match(following) or "\t" in line.strip() or re.search(r"\S {3,}\S", line):
        return False
    return len(line) + 1 + len(words[0]) > width and not starts_recommendation(clean(following))


def _width(lines: Sequence[str]) -> int:
    """The length that lines are wrapped at, 0 when they are not: nine tenths of those with a line below are no longer."""
    lengths = sorted(len(a) for a, b in pairwise(lines) if clean(a) and clean(b))
    width = lengths[int(0.9 * (len(lengths) - 1))] if lengths else 0
    return width if width >= _MIN_WIDTH else 0


def _is_heading(line: str) -> bool:
    if len(line) > _MAX_HEADING_CHARS or _ENDED.search(line) or starts_recommendation(line):
        return False
    letters = [c for c in line if c.isalpha()]
    capitals = len(letters) >= 4 and all(c.isupper() for c in letters) and not any(c.isdigit() for c in line)
    return capitals or (_NUMBERED.match(line) is not None and line.split(None, 1)[1][0].isupper())
