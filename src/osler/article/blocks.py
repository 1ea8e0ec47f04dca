"""Page: headings, paragraphs, lists and tables of one document, before they become Markdown, HTML, DOCX or PDF."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How words are set. `aside`: said about the sentence before it; `alert`: an aside that must not be overlooked;
    `cite`: "[3]", which leads to the third entry of the list of references; `code`: what is typed word for word."""

    PLAIN = "plain"
    STRONG = "strong"
    EMPHASIS = "emphasis"
    ASIDE = "aside"
    ALERT = "alert"
    CITE = "cite"
    CODE = "code"


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
    """A notice that must be seen before what follows it; `urgent`: somebody may have to act now."""

    words: Words
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """`references`: the numbered list that `cite` marks lead to. `prominent`: what a reader in a hurry reads."""

    items: tuple[Words, ...]
    numbered: bool = False
    references: bool = False
    prominent: bool = False

    def __post_init__(self) -> None:
        if self.references and not self.numbered:
            raise ValueError("references are cited by number: their list is a numbered one")


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
    """title and language go into the file's metadata; `machine_made` says there that a machine composed it.

    standing: one line for the foot of every sheet and the metadata: who composed it and whether anybody reviewed it.
    identifier: the answer's id. composer: the program that composed it. cite_as: how to cite it.
    """

    title: str
    blocks: tuple[Block, ...]
    language: str = "en"
    machine_made: bool = True
    standing: str = "Machine-composed, not reviewed"
    identifier: str = ""
    composer: str = "Osler"
    cite_as: str = ""


def words(text: str, mark: Mark = Mark.PLAIN) -> Words:
    """One run of text as a line."""
    return (Run(text, mark),)


_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def drawable(text: str) -> str:
    """The text without what no page can hold: control characters and lone surrogates (not `Char` of XML 1.0), and with
    line breaks as spaces."""
    return re.sub(r"[\t\n\r\x85\u2028\u2029]+", " ", _NOT_XML.sub("", text))


def web_link(link: str | None) -> str | None:
    """An address that a page may lead to, with what would end it early percent-encoded; None unless it is http or https."""
    if link is None or not re.match(r"https?://\S", link, re.IGNORECASE):
        return None
    return re.sub(
        r"[\s<>\"\\^`{|}]|%(?![0-9A-Fa-f]{2})|[^\x21-\U0010ffff]",
        lambda m: "".join(f"%{b:02X}" for b in m[0].encode("utf-8", "replace")),
        link,
    )


def cited_number(run: Run) -> int | None:
    """The reference that a `cite` mark names, from its text "[3]"."""
    match = re.fullmatch(r"\[(\d+)\]", run.text) if run.mark is Mark.CITE else None
    return int(match[1]) if match else None
