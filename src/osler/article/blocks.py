"""Page: headings, paragraphs, lists and tables of one document, before they become Markdown, HTML, DOCX or PDF."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    PLAIN = "plain"
    STRONG = "strong"
    EMPHASIS = "emphasis"


@dataclass(frozen=True, slots=True)
class Run:
    """Words in one style; `link` is an address that they lead to, when there is one. Text is data: renderers escape it."""

    text: str
    mark: Mark = Mark.PLAIN
    link: str | None = None


Words = tuple[Run, ...]
"""One line of text, however it is styled."""


@dataclass(frozen=True, slots=True)
class Heading:
    """level 1 is the page's title, given once; sections are 2, parts of them 3."""

    level: int
    words: Words

    def __post_init__(self) -> None:
        if not 1 <= self.level <= 3:
            raise ValueError(f"a heading has level 1 to 3, not {self.level}")


@dataclass(frozen=True, slots=True)
class Paragraph:
    words: Words


@dataclass(frozen=True, slots=True)
class Boxed:
    """A notice that must be seen before what follows it."""

    words: Words


@dataclass(frozen=True, slots=True)
class Listing:
    items: tuple[Words, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Every row has as many cells as `head`. Raises ValueError."""

    head: tuple[Words, ...]
    rows: tuple[tuple[Words, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.head) for row in self.rows):
            raise ValueError("a row of the table has another number of cells than its head")


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the page."""


Block = Heading | Paragraph | Boxed | Listing | Table | Rule


@dataclass(frozen=True, slots=True)
class Page:
    """title and language go into the file's metadata; `machine_made` says there that a machine composed it."""

    title: str
    blocks: tuple[Block, ...]
    language: str = "en"
    machine_made: bool = True


def words(text: str, mark: Mark = Mark.PLAIN) -> Words:
    """One run of text as a line."""
    return (Run(text, mark),)
