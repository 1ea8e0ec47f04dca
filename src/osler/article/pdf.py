"""Page to PDF: its HTML set on paper by WeasyPrint, tagged for screen readers, with what composed it in the metadata."""

from __future__ import annotations

import hashlib
import logging
from typing import Any, NoReturn

from osler.article.blocks import Page
from osler.article.html import page_html
from osler.errors import UserError


def page_pdf(page: Page) -> bytes:
    """A tagged PDF (PDF/UA-1); equal pages give equal bytes on one machine. Needs the extra `pdf`. Raises UserError."""
    try:
        import weasyprint
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as error:  # OSError: the package is there, the Pango library that it draws with is not
        raise UserError("PDF needs WeasyPrint and Pango: install Osler with the extra `pdf` (osler[pdf])") from error

    logging.getLogger("weasyprint").disabled = True  # it quotes the words for which it has no glyph, and they may be a patient's

    class Nothing(URLFetcher):  # type: ignore[misc, unused-ignore]
        """Refuses every address: a page holds all that it shows."""

        def fetch(self, url: str, headers: Any = None) -> NoReturn:
            raise ValueError(f"a page fetches nothing, and wanted {url[:100]}")

    text = page_html(page)
    identifier = hashlib.sha256(text.encode("utf-8")).digest()[:16]
    document = weasyprint.HTML(string=text, url_fetcher=Nothing(), base_url=None)
    made: bytes = document.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=identifier, custom_metadata=True)
    return made
