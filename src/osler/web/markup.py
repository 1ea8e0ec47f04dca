"""Markdown and HTML from anywhere to HTML that is safe to show: known elements only, no picture or script, nothing fetched."""

from __future__ import annotations

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_TAGS = frozenset(
    """a abbr b blockquote br code dd del dl dt em h2 h3 h4 hr i ins li ol p pre q s strong sub sup table tbody td tfoot th
    thead tr ul""".split()
)
_SCHEMES = frozenset({"https", "http", "mailto"})


def safe_html(html: str) -> Markup:
    """HTML of others, cleaned. Pictures go as a whole: a remote one would tell its server who reads (nh3 keeps them unless told)."""
    return Markup(  # noqa: S704 - this is the one place that makes HTML of others safe
        nh3.clean(
            html,
            tags=set(_TAGS),
            attributes={"a": {"href", "title"}, "th": {"scope"}, "td": {"colspan", "rowspan"}, "abbr": {"title"}},
            url_schemes=set(_SCHEMES),
            link_rel="noopener noreferrer nofollow",
            strip_comments=True,
        )
    )


def markdown(text: str) -> Markup:
    """Markdown as a page shows it; HTML inside it is text."""
    return safe_html(_markdown().render(text))


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")
