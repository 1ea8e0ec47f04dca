"""One article in every form it can leave in; each says that a machine composed it, and who reviewed it, if anyone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from osler.article.assemble import to_json
from osler.article.bibliography import composed_note, csl_items
from osler.article.blocks import Page
from osler.article.forms import Format
from osler.article.markdown import page_markdown, page_text
from osler.article.page import article_page
from osler.domain.article import Article
from osler.domain.status import PublicationStatus


def export(article: Article, form: Format, since: tuple[str, ...] = ()) -> bytes:
    """The whole file. since: what became of its sources after it was composed, shown above everything else on a page.

    PDF needs the extra `pdf`. Raises UserError when that is not installed.
    """
    made = _PAGES[form](article_page(article, since)) if form in _PAGES else _LISTS[form](article)
    # A lone surrogate, which JSON from outside can hold, has no UTF-8.
    return made if isinstance(made, bytes) else made.encode("utf-8", "replace")


def restated(article: Article, now: Mapping[str, tuple[PublicationStatus, str | None]]) -> Article:
    """The article with the standing that its references have now, by document id: a stored one may be older than a retraction."""
    references = (
        replace(r, status=now[r.document_id][0], status_since=now[r.document_id][1]) if r.document_id in now else r
        for r in article.references
    )
    return replace(article, references=tuple(references))


def _html(page: Page) -> str:
    from osler.article.html import page_html

    return page_html(page)


def _pdf(page: Page) -> bytes:
    from osler.article.pdf import page_pdf

    return page_pdf(page)


def _docx(page: Page) -> bytes:
    from osler.article.docx import page_docx

    return page_docx(page)


def _ris(article: Article) -> str:
    from osler.article.ris import to_ris

    return to_ris(csl_items(article))


def _bibtex(article: Article) -> str:
    from osler.article.bibtex import to_bibtex

    return to_bibtex(csl_items(article), composed_note(article))


def _csl_json(article: Article) -> str:
    return json.dumps(csl_items(article), ensure_ascii=False, indent=2) + "\n"


def _ama(article: Article) -> str:
    from osler.article.styled import Style, to_styled

    return to_styled(article, Style.AMA)


def _apa(article: Article) -> str:
    from osler.article.styled import Style, to_styled

    return to_styled(article, Style.APA)


_PAGES: dict[Format, Callable[[Page], str | bytes]] = {
    Format.MARKDOWN: page_markdown, Format.TEXT: page_text, Format.HTML: _html, Format.PDF: _pdf, Format.DOCX: _docx,
}  # fmt: skip
_LISTS: dict[Format, Callable[[Article], str]] = {
    Format.JSON: to_json, Format.RIS: _ris, Format.BIBTEX: _bibtex, Format.CSL_JSON: _csl_json, Format.AMA: _ama, Format.APA: _apa,
}  # fmt: skip
