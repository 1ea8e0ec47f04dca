"""Markdown files (CommonMark and pipe tables) to documents; front matter says what a sidecar says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from osler.documents.fragment import add_html, html_text
from osler.documents.local import decode, local_bibliography, local_document, opening, says_draft, usable_title
from osler.documents.record import Record
from osler.documents.sidecar import Sidecar, apply_sidecar, read_sidecar
from osler.documents.text import TextBuilder
from osler.domain.part import PartKind
from osler.errors import SourceError

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)


def parse_markdown(data: bytes, name: str) -> Iterator[Record]:
    """One Document: headings, paragraphs, lists, pipe tables; HTML inside is read as HTML.

    The title is the front matter's, else the first heading. Numbers of lists stay in the text. Raises SourceError for a
    file that is no text or has none, InputFileError for front matter with keys or values that a sidecar would not have.
    """
    text = decode(data, name).replace("\r\n", "\n").replace("\r", "\n")
    matter = _FRONT_MATTER.match(text)
    sidecar = read_sidecar(matter[1] or "", name) if matter else Sidecar()
    parser = MarkdownIt("commonmark").enable("table")
    tokens = parser.parse(text[matter.end() :] if matter else text)
    _keep_numbers(tokens)
    heading = next((i for i, t in enumerate(tokens) if t.type == "heading_open"), None)
    title = sidecar.title
    try:
        if heading is not None:
            found = usable_title(html_text(_html(parser, tokens[heading : heading + 3])))
            if title is None or found == title:
                title = found
                tokens = tokens[:heading] + tokens[heading + 3 :] if found else tokens
        bibliography = local_bibliography(name, title)
        builder = TextBuilder()
        builder.add(bibliography.title, PartKind.TITLE)
        add_html(builder, _html(parser, tokens))
    except SourceError as error:
        raise SourceError(f"{name}: {error}") from error
    if len(builder.parts) < 2:
        raise SourceError(f"{name}: the file has no text")
    yield apply_sidecar(local_document(name, bibliography, builder, draft=says_draft(opening(builder))), sidecar)


def _html(parser: MarkdownIt, tokens: list[Token]) -> str:
    return str(parser.renderer.render(tokens, parser.options, {}))


def _keep_numbers(tokens: list[Token]) -> None:
    """Put the number of an ordered item back into its text: HTML leaves it to the browser, and "2024. …" would lose a year."""
    for index, token in enumerate(tokens):
        if token.type == "list_item_open" and token.info:
            inline = next((t for t in tokens[index + 1 : index + 3] if t.type == "inline"), None)
            if inline is not None and inline.children is not None:
                inline.children.insert(0, Token("text", "", 0, content=f"{token.info}{token.markup} "))
