"""References set as AMA and APA set them, by citeproc-py and the two style files that ship with Osler."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from importlib import resources

from osler.article.bibliography import Item, composed_note, csl_items
from osler.domain.article import Article
from osler.domain.document import Via
from osler.domain.status import PublicationStatus


class Style(StrEnum):
    AMA = "ama"
    APA = "apa"


_NOT_FOR_PRINT = ("note", "custom", "PMID")


def to_styled(article: Article, style: Style) -> str:
    """The reference list as text. AMA keeps the article's numbers; APA sorts by author. Each says if it does not stand."""
    items = csl_items(article)
    set_lines = (
        f"{line}{_standing(r.status, r.status_since)}" for r, line in zip(article.references, styled(items, style), strict=True)
    )
    if style is Style.AMA:
        lines = [f"{r.number}. {line}" for r, line in zip(article.references, set_lines, strict=True)]
    else:
        lines = sorted(set_lines, key=_sort_key)
    extracted = sum(r.via is Via.EXTRACTION for r in article.references)
    head = [f"References for “{article.title}” ({style.value.upper()} style)", f"{composed_note(article)}."]
    if extracted:
        head.append(f"Cited from extractions, their sources not being in the library: {extracted} of {len(lines)}.")
    return "\n".join([*head, "", *lines, "", f"How to cite the answer: {article.how_to_cite}", ""])


def styled(items: list[Item], style: Style) -> Iterator[str]:
    """One line an item, in their order."""
    from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
    from citeproc.source.json import CiteProcJSON

    with resources.as_file(resources.files("osler.article") / "styles" / f"{style.value}.csl") as path:
        rules = CitationStylesStyle(str(path), validate=False)
    for item in items:
        shown = {k: v for k, v in item.items() if k not in _NOT_FOR_PRINT}
        one = CitationStylesBibliography(rules, CiteProcJSON([shown]), formatter.plain)
        one.register(Citation([CitationItem(item["id"])]))
        yield _tidied("".join(str(part) for part in one.bibliography()))


def _tidied(line: str) -> str:
    """A list that the source cut short ends in "et al.", without the "&" of a last author; no point follows "?" or "!"."""
    line = re.sub(r",? (?:&|and) et al\.", ", et al.", line)
    return re.sub(r"([?!])\. ", r"\1 ", line)


def _standing(status: PublicationStatus, since: str | None) -> str:
    if status is PublicationStatus.CURRENT:
        return ""
    return f" [{status.value.upper()}{f' since {since}' if since else ''}]"


def _sort_key(line: str) -> tuple[str, str]:
    plain = unicodedata.normalize("NFKD", line).casefold()
    return "".join(c for c in plain if c.isalnum() or c.isspace()), line
