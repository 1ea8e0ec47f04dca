"""Page to one HTML file that needs nothing else: style inside, no script, nothing fetched from anywhere."""

from __future__ import annotations

from html import escape

from osler.article.blocks import (
    Block,
    Boxed,
    Heading,
    Listing,
    Mark,
    Page,
    Paragraph,
    Rule,
    Run,
    Table,
    Words,
    cited_number,
    drawable,
    web_link,
)  # fmt: skip
from osler.article.style import STYLE

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""What a browser may load for this file: its own style, nothing else, whatever the text says."""

_TAGS = {Mark.STRONG: "strong", Mark.EMPHASIS: "em", Mark.CODE: "code"}


def page_html(page: Page) -> str:
    """The whole document. Links lead to http and https addresses and to its own references only."""
    meta = "\n".join(f'<meta name="{n}" content="{_attribute(c)}">' for n, c in page_metadata(page) if c)
    blocks = "\n".join(_block(b) for b in page.blocks)
    return f"""<!DOCTYPE html>
<html lang="{_attribute(page.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{_text(page.title)}</title>
{meta}
<style>
{STYLE}</style>
</head>
<body>
<header class="masthead"><span class="composer">{_text(page.composer)}</span><span class="standing">{_text(page.standing)}</span></header>
<main data-standing="{_attribute(page.standing)}">
{blocks}
</main>
</body>
</html>
"""


def page_metadata(page: Page) -> tuple[tuple[str, str], ...]:
    """What a program that reads the file is told: name and value; HTML, PDF and DOCX carry the same."""
    return (
        ("generator", page.composer),
        ("author", f"{page.composer} (a machine)" if page.machine_made else ""),
        ("description", page.standing),
        ("machine-generated", "true" if page.machine_made else "false"),
        ("review-state", page.standing),
        ("identifier", page.identifier),
        ("how-to-cite", page.cite_as),
    )


def _block(block: Block) -> str:
    match block:
        case Heading(level, words):
            return f"<h{level}>{_line(words)}</h{level}>"
        case Paragraph(words):
            return f"<p>{_line(words)}</p>"
        case Boxed(words, urgent):
            kind = "notice urgent" if urgent else "notice"
            return f'<p class="{kind}" role="note">{_line(words)}</p>'
        case Listing():
            return _listing(block)
        case Table():
            return _table(block)
        case Rule():
            return "<hr>"


def _listing(block: Listing) -> str:
    tag = "ol" if block.numbered else "ul"
    kinds = [k for k, has in (("prominent", block.prominent), ("references", block.references)) if has]
    kind = f' class="{" ".join(kinds)}"' if kinds else ""
    items = []
    for number, item in enumerate(block.items, 1):
        anchor = f' id="ref-{number}"' if block.references else ""
        items.append(f"<li{anchor}>{_line(item)}</li>")
    return "\n".join((f"<{tag}{kind}>", *items, f"</{tag}>"))


def _table(block: Table) -> str:
    head = "".join(f'<th scope="col">{_line(c)}</th>' for c in block.head)
    rows = ("".join(f"<td>{_line(c)}</td>" for c in row) for row in block.rows)
    body = "\n".join(f"<tr>{row}</tr>" for row in rows)
    table = f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"
    return f'<div class="wide" tabindex="0">{table}</div>'


def _line(words: Words) -> str:
    return "".join(map(_run, words))


def _run(run: Run) -> str:
    text = _text(run.text)
    number = cited_number(run)
    if number is not None:
        return f'<a class="cite" href="#ref-{number}">{text}</a>'
    link = web_link(run.link)
    if link is not None:
        text = f'<a href="{_attribute(link)}" rel="noreferrer">{text}</a>'
    if run.mark in (Mark.ASIDE, Mark.ALERT):
        return f'<span class="{run.mark.value}">{text}</span>'
    tag = _TAGS.get(run.mark)
    return f"<{tag}>{text}</{tag}>" if tag else text


def _text(text: str) -> str:
    return escape(drawable(text), quote=False)


def _attribute(text: str) -> str:
    return escape(drawable(text), quote=True)
