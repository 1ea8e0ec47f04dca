"""ClinicalTrials.gov's own ways of writing: enumerated values and Markdown, to words, paragraphs and list items."""

from __future__ import annotations

import re
from collections.abc import Iterator

from osler.documents.text import TextBuilder, clean
from osler.domain.part import PartKind

_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_BULLET = re.compile(r"(\s*)(?:[*+•-]|\d{1,3}[.)])\s+(?=\S)")
_CRITERIA = re.compile(r"(?=.*(?:criteria|:$))[^.;:]{0,40}\b(?:inclusion|exclusion)\b[^.;:]{0,60}:?", re.IGNORECASE)
_CONFIDENCE = re.compile(r"CONFIDENCE_(\d\d)(\d?)")


def said(value: str) -> str:
    """An enumerated value in words ("ACTIVE_NOT_RECRUITING", "CONFIDENCE_975"); other text stays as it is."""
    if level := _CONFIDENCE.fullmatch(value):
        return f"{level[1]}{'.' if level[2] else ''}{level[2]}% confidence interval"
    return value.replace("_", " ").lower() if re.fullmatch(r"[A-Z][A-Z0-9_]+", value) else value


def unescaped(written: str) -> str:
    r"""The registry's Markdown escapes taken off: "\< 30 mL/min" is "< 30 mL/min"."""
    return _ESCAPED.sub(r"\1", written)


def add_prose(builder: TextBuilder, heading: str, written: str) -> None:
    """Append the paragraphs and (nested) lists of Markdown under `heading`.

    "Inclusion criteria" and "Exclusion criteria" become headings: who was kept out must never read as who was studied.
    An item carries in its path the item it is nested in, or the line ending in a colon that introduces its list.
    """
    if not clean(written):
        return
    builder.add(heading, PartKind.HEADING)
    path: tuple[str, ...] = (heading,)
    above: list[tuple[int, str]] = []  # indent and words of what the next item may hang on
    for indent, line in _pieces(written):
        if _CRITERIA.fullmatch(line):
            words = line.rstrip(": ")
            builder.add(words, PartKind.HEADING, (heading,))
            path, above = (heading, words), []
        elif indent is None:
            builder.add(line, path=path)
            above = [(-1, line)] if line.endswith(":") else []
        else:
            while above and above[-1][0] >= indent:
                above.pop()
            builder.add(line, PartKind.LIST_ITEM, (*path, *(words for _, words in above)))
            above.append((indent, line))


def _pieces(written: str) -> Iterator[tuple[int | None, str]]:
    """(indent of a list item or None, its text) for each paragraph and item; wrapped lines are put together."""
    indent: int | None = None
    held = ""
    for line in [*written.replace("\r\n", "\n").split("\n"), ""]:
        bullet = _BULLET.match(line)
        if bullet or not line.strip():
            if words := clean(unescaped(held)):
                yield indent, words
            indent, held = (len(bullet[1].expandtabs(4)), line[bullet.end() :]) if bullet else (None, "")
        else:
            held += f" {line}"
