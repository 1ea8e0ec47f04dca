"""Article to Markdown and to plain text: its page, drawn."""

from __future__ import annotations

from osler.article.markdown import escape, line_markdown, page_markdown, page_text
from osler.article.page import article_page, claim_words, mismatch_words
from osler.article.standing import REVIEW_WORDS
from osler.domain.article import Article, ArticleClaim

__all__ = ["REVIEW_WORDS", "claim_line", "escape", "mismatch_words", "to_markdown", "to_text"]


def to_markdown(article: Article) -> str:
    """The whole article. Text from sources is escaped: it is data, not markup."""
    return page_markdown(article_page(article))


def to_text(article: Article) -> str:
    """The same page for a pipe or a plain terminal: no markup characters but list dashes and table bars."""
    return page_text(article_page(article))


def claim_line(claim: ArticleClaim, standing: tuple[str, ...] = ()) -> str:
    """One sentence of the article as Markdown, with its reference, kind of evidence and how it differs from the question."""
    return line_markdown(claim_words(claim, standing))
