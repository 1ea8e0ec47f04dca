"""The forms a response can leave in. Cheap to import: what draws a form is loaded when it is drawn."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from osler.article.forms import Format

if TYPE_CHECKING:
    from osler.respond.record import ResponseRecord


class ResponseFormat(StrEnum):
    """How the response is written."""

    MARKDOWN = "markdown"
    DOCX = "docx"
    PDF = "pdf"
    JSON = "json"

    @property
    def media_type(self) -> str:
        return Format(self.value).media_type


def draw(record: ResponseRecord, to: ResponseFormat) -> bytes:
    """The whole file; Markdown and JSON are UTF-8. PDF needs the extra `pdf`. Raises UserError when that is not installed."""
    from osler.respond.page import response_page
    from osler.respond.record import to_json

    match to:
        case ResponseFormat.JSON:
            return to_json(record).encode()
        case ResponseFormat.MARKDOWN:
            from osler.article.markdown import page_markdown

            return page_markdown(response_page(record)).encode()
        case ResponseFormat.DOCX:
            from osler.article.docx import page_docx

            return page_docx(response_page(record))
        case ResponseFormat.PDF:
            from osler.article.pdf import page_pdf

            return page_pdf(response_page(record))
