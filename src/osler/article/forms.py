"""The forms an article can leave in: their names, the ends of their files, their media types. Cheap to import."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path


class Format(StrEnum):
    """The forms, by the name that is typed; `ris` to `apa` hold the references alone."""

    MARKDOWN = "markdown"
    TEXT = "text"
    HTML = "html"
    JSON = "json"
    PDF = "pdf"
    DOCX = "docx"
    RIS = "ris"
    BIBTEX = "bibtex"
    CSL_JSON = "csl-json"
    AMA = "ama"
    APA = "apa"

    @property
    def suffix(self) -> str:
        """The end of a file's name."""
        return _SUFFIXES.get(self, f".{self.value}")

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self]

    @property
    def is_text(self) -> bool:
        """Whether it can be shown on a terminal; it is UTF-8 then."""
        return self not in (Format.PDF, Format.DOCX)


_SUFFIXES = {
    Format.MARKDOWN: ".md", Format.TEXT: ".txt", Format.BIBTEX: ".bib", Format.CSL_JSON: ".csl.json",
    Format.AMA: ".ama.txt", Format.APA: ".apa.txt",
}  # fmt: skip
_MEDIA_TYPES = {
    Format.MARKDOWN: "text/markdown; charset=utf-8",
    Format.TEXT: "text/plain; charset=utf-8",
    Format.HTML: "text/html; charset=utf-8",
    Format.JSON: "application/json",
    Format.PDF: "application/pdf",
    Format.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Format.RIS: "application/x-research-info-systems",
    Format.BIBTEX: "application/x-bibtex; charset=utf-8",
    Format.CSL_JSON: "application/vnd.citationstyles.csl+json",
    Format.AMA: "text/plain; charset=utf-8",
    Format.APA: "text/plain; charset=utf-8",
}


def form_of(output: Path) -> Format | None:
    """The form that a file's name ends in, the longest end first; None when it ends in none of them."""
    name = output.name.lower()
    known = sorted(Format, key=lambda f: (-len(f.suffix), f.value))
    return next((f for f in known if name.endswith(f.suffix)), None)
