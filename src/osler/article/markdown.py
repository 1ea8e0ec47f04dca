"""Page to Markdown and to plain text. Text is data: every control character of Markdown in it is made literal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import groupby

from osler.article.blocks import Block, Boxed, Heading, Listing, Mark, Page, Paragraph, Rule, Run, Table, Words, web_link

_Draw = Callable[[Block], list[str]]
_Change = Callable[[str], str]
_ESCAPES = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]<>#|~"})
_ENTITY = re.compile(r"&(?=#?\w+;)")
_BLOCK_MARK = re.compile(r"^(?:(?=[-+=])|(\d{1,9})(?=[.)]))")
_AROUND = {Mark.STRONG: "**", Mark.EMPHASIS: "*", Mark.ASIDE: "*", Mark.ALERT: "*"}


def escape(text: str) -> str:
    """Markdown control characters made literal, line breaks made spaces."""
    return _ENTITY.sub(r"\&", _flat(text).translate(_ESCAPES))


def page_markdown(page: Page) -> str:
    """CommonMark with tables; ends in a newline."""
    return _joined(page, _markdown_block)


def page_text(page: Page) -> str:
    """The same page for a pipe or a plain terminal: no markup characters but list dashes and table bars."""
    return _joined(page, _text_block)


def _joined(page: Page, draw: _Draw) -> str:
    lines: list[str] = []
    for block in page.blocks:
        lines += draw(block)
        # A section's first block stands directly under its heading, as does what follows a rule.
        if not (isinstance(block, Rule) or (isinstance(block, Heading) and block.level > 1)):
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _markdown_block(block: Block) -> list[str]:
    match block:
        case Heading(level, words):
            return [f"{'#' * level} {line_markdown(words)}"]
        case Paragraph(words):
            return [_started(line_markdown(words))]
        case Boxed(words):
            return [f"> {_started(line_markdown(words))}"]
        case Listing(items, numbered):
            return [f"{f'{n}.' if numbered else '-'} {_started(line_markdown(item))}" for n, item in enumerate(items, 1)]
        case Table(head, rows):
            bars = "|" + "---|" * len(head)
            drawn = ["| " + " | ".join(map(line_markdown, row)) + " |" for row in (head, *rows)]
            return [drawn[0], bars, *drawn[1:]]
        case Rule():
            return ["---"]


def _text_block(block: Block) -> list[str]:
    match block:
        case Heading(level, words):
            line = line_text(words)
            return [line.upper() if level == 2 else line]
        case Paragraph(words) | Boxed(words):
            return [line_text(words)]
        case Listing(items, numbered):
            return [f"{f'{n}.' if numbered else '-'} {line_text(item)}" for n, item in enumerate(items, 1)]
        case Table(head, rows):
            return ["| " + " | ".join(map(line_text, row)) + " |" for row in (head, *rows)]
        case Rule():
            return ["---"]


def _started(line: str) -> str:
    """A line whose own first characters do not begin a list, a heading or a rule."""
    return _BLOCK_MARK.sub(lambda m: f"{m[1] or ''}\\", line, count=1)


def line_markdown(words: Words) -> str:
    """One line; neighbours in one style share its marks."""
    drawn = []
    for around, runs in groupby(words, lambda r: _AROUND.get(r.mark, "")):
        inner = "".join(_run_markdown(r) for r in runs)
        text = inner.strip(" ") if around else inner
        if not text:
            drawn.append(inner)
            continue
        start = inner[: len(inner) - len(inner.lstrip(" "))] if around else ""
        end = inner[len(inner.rstrip(" ")) :] if around else ""
        drawn.append(f"{start}{around}{text}{around}{end}")
    return "".join(drawn).strip(" ")


def _run_markdown(run: Run) -> str:
    if run.mark is Mark.CITE:
        return run.text
    if run.mark is Mark.CODE and "`" not in run.text:
        return f"`{_flat(run.text)}`"
    link = web_link(run.link)
    if link is not None:
        return f"<{link}>" if run.text == run.link else f"[{_edged(run.text, escape)}](<{link}>)"
    return _edged(run.text, escape)


def line_text(words: Words) -> str:
    """The words alone; an address stands in angle brackets."""
    return "".join(_run_text(words)).strip(" ")


def _run_text(words: Words) -> Iterator[str]:
    for run in words:
        text, link = _edged(run.text, _flat), web_link(run.link)
        if run.mark is Mark.CODE:
            yield f"`{text}`"
        elif link is None:
            yield text
        else:
            yield f"<{link}>" if run.text == run.link else f"{text} <{link}>"


def _flat(text: str) -> str:
    return " ".join(text.split())


def _edged(text: str, change: _Change) -> str:
    """The changed text with one space kept on each side where it had some: runs are joined without any."""
    if not text.strip():
        return " " if text else ""
    return f"{' ' * text[0].isspace()}{change(text)}{' ' * text[-1].isspace()}"
