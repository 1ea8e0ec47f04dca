"""What all local files share: their id, their bibliography, the word "draft", and the step from parts to a Document."""

from __future__ import annotations

import codecs
import hashlib
import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePath

from osler.documents.recommendations import mark_recommendations
from osler.documents.text import TextBuilder, clean
from osler.domain.document import Bibliography, Document, StudyDesign, Via
from osler.domain.part import PartKind
from osler.domain.status import PublicationStatus
from osler.errors import SourceError

_FILE_TITLE = re.compile(r"\.(?:docx?|pdf|indd|rtf|odt|pptx?|xlsx?|html?|txt|md|qxp)\b|^microsoft word|^(?:untitled|document\d*|title|slide \d+)$", re.IGNORECASE)  # fmt: skip
_DRAFT_LINE = re.compile(
    r"\bdraft\b|\bdo not (?:cite|quote|distribute)\b|\bnot (?:yet )?(?:final|finali[sz]ed|for citation)\b|\bfor (?:public )?consultation only\b",
    re.IGNORECASE,
)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))  # fmt: skip
_OPENING_CHARS = 3000
"""About a printed page."""
_DRAFT_LINE_CHARS = 120
"""A line that labels a document is short; a longer one only tells of some draft."""


def local_id(name: str) -> str:
    """`local:` and the base name in lower case, everything but letters and digits as hyphens; the extension stays, so that
    `a.pdf` and `a.docx` are two documents. Letters of all scripts stay; a name with none is named by its hash."""
    base = PurePath(name).name
    slug = re.sub(r"[\W_]+", "-", unicodedata.normalize("NFKC", base).lower()).strip("-")
    return f"local:{slug or hashlib.sha256(base.encode('utf-8', 'replace')).hexdigest()[:16]}"


def usable_title(*titles: str | None) -> str | None:
    """The first that names a work; the file names and placeholders that editors write into metadata do not."""
    for title in titles:
        cleaned = clean(title or "")
        if any(c.isalpha() for c in cleaned) and not _FILE_TITLE.search(cleaned):
            return cleaned
    return None


def local_bibliography(
    name: str,
    title: str | None,
    *,
    authors: str | None = None,
    year: int | None = None,
    container: str | None = None,
    doi: str | None = None,
    pmid: str | None = None,
) -> Bibliography:
    """`title` None: the file's own name describes it. The address is "file:" and the base name, never a path."""
    base = clean(PurePath(name).name) or "document"
    return Bibliography(
        title=title or base,
        authors=clean(authors or "") or None,
        container=clean(container or "") or None,
        year=year,
        pmid=pmid,
        doi=doi,
        url=f"file:{base}",
        title_is_description=title is None,
    )


def decode(data: bytes, name: str, declared: str | None = None) -> str:
    """The text of a file: by its byte order mark, its declared encoding, UTF-8, else Windows-1252 (what old programs save).

    Raises SourceError for bytes that are no text, or that no encoding reads without loss: a lost "≤" changes a dose.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], name, encoding)
    if b"\x00" in data:
        raise SourceError(f"{name}: not a text file")
    for candidate in (declared or "utf-8", "utf-8", "cp1252"):
        try:
            # The web's rule: who declares Latin-1 or ASCII means Windows-1252.
            known = codecs.lookup(candidate).name
            return data.decode("cp1252" if known in ("iso8859-1", "ascii") else known)
        except (LookupError, UnicodeError):
            continue
    raise SourceError(f"{name}: the characters cannot be told; save the file as UTF-8")


def _decoded(data: bytes, name: str, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeError as error:
        raise SourceError(f"{name}: the text is damaged (not valid {encoding.upper()})") from error


def opening(builder: TextBuilder) -> list[str]:
    """The lines of a document's beginning, about as much as a first page."""
    return builder.text[:_OPENING_CHARS].split("\n")


def says_draft(lines: Iterable[str]) -> bool:
    """Whether one of these lines (a first page, a running header, a watermark) labels the document a draft."""
    return any(len(line) <= _DRAFT_LINE_CHARS and _DRAFT_LINE.search(line) for line in lines)


def local_document(
    name: str,
    bibliography: Bibliography,
    builder: TextBuilder,
    *,
    draft: bool = False,
    language: str | None = None,
    licence: str | None = None,
) -> Document:
    """A guideline when it holds recommendations, else an article. `builder` starts with the title as a TITLE part."""
    text = builder.text
    parts = mark_recommendations(text, builder.parts)
    guideline = any(p.kind is PartKind.RECOMMENDATION for p in parts)
    return Document(
        id=local_id(name),
        kind=StudyDesign.GUIDELINE if guideline else StudyDesign.ARTICLE,
        via=Via.SOURCE,
        bibliography=bibliography,
        text=text,
        status=PublicationStatus.DRAFT if draft else PublicationStatus.CURRENT,
        parts=parts,
        language=language,
        licence=licence,
    )
