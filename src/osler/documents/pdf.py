"""PDF files (pypdfium2) to documents, with the page of every part."""

from __future__ import annotations

import ctypes
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from osler.documents.local import local_bibliography, local_document, says_draft, usable_title
from osler.documents.pdf_blocks import Block, add_blocks, blocks, title_of
from osler.documents.pdf_lines import Glyph, Segment, segments
from osler.documents.pdf_margins import without_line_numbers, without_running_heads
from osler.documents.record import Record, Rejected
from osler.documents.symbol_font import UNREADABLE
from osler.documents.text import TextBuilder
from osler.domain.part import PartKind
from osler.errors import SourceError

MAX_PAGES = 5000
_PASSWORD_ERROR = raw.FPDF_ERR_PASSWORD
_MAX_UNREADABLE = 0.3
"""With a larger part of unreadable characters the fonts do not say what their shapes mean: nothing is usable."""
_BOLD = 600
_TURN = round(2 * math.pi, 2)
_TOUCHING = 0.08
"""Ems between two characters of one word at most."""
_UNMAPPED = "the PDF's fonts do not say which characters they show; it needs text recognition (OCR) first"
_NO_TEXT = "no text was found: the pages seem to be images (a scan); it needs text recognition (OCR) first"
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}


@dataclass(slots=True)
class _Pages:
    """upright: segments of each page; heights: (bottom, top) of each; turned: texts at an angle (watermarks, sideways tables)."""

    upright: list[list[Segment]] = field(default_factory=list)
    heights: list[tuple[float, float]] = field(default_factory=list)
    turned: list[list[list[Segment]]] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def parse_pdf(data: bytes, name: str) -> Iterator[Record]:
    """One Document, and a Rejected for each page or passage that cannot be read without loss ("page 17").

    Lines are joined to paragraphs, also over a page's end; running heads, page numbers and printed line numbers are left
    out. A text with printed line numbers is a manuscript under review, and so a draft, as is one that says so on its first
    page, in a running head or in a watermark. The year is not taken from the file's dates, which tell when it was saved.

    Raises SourceError when the file is no PDF, is damaged, needs a password, has no text (a scan), has more than
    MAX_PAGES pages, or uses fonts whose characters cannot be told.
    """
    pdf = _open(data, name)
    try:
        metadata = pdf.get_metadata_dict(skip_empty=True)
        pages = _read(pdf, name)
    finally:
        pdf.close()
    upright, numbered = without_line_numbers(pages.upright)
    upright, running = without_running_heads(upright, pages.heights)
    found, marks = blocks(upright, pages.turned)
    usable = [b for b in found if not _is_damaged(b)]
    if not usable:
        raise SourceError(f"{name}: {_UNMAPPED if found else _NO_TEXT}")
    yield from pages.rejected
    for block in found:
        if _is_damaged(block):
            yield Rejected(f"page {block.page}", "a passage with figures holds characters that the file does not explain; left out")
    title = usable_title(metadata.get("Title"), title_of(usable))
    bibliography = local_bibliography(name, title, authors=metadata.get("Author"))
    builder = TextBuilder()
    builder.add(bibliography.title, PartKind.TITLE)
    add_blocks(builder, usable, title)
    draft = numbered or says_draft((*running, *marks, *(b.text for b in usable if b.page == usable[0].page)))
    yield local_document(name, bibliography, builder, draft=draft)


def _open(data: bytes, name: str) -> pdfium.PdfDocument:
    if b"%PDF-" not in data[:1024]:
        raise SourceError(f"{name}: not a PDF file")
    try:
        pdf = pdfium.PdfDocument(data)
        count = len(pdf)
    except pdfium.PdfiumError as error:
        if error.err_code == _PASSWORD_ERROR:
            raise SourceError(f"{name}: the PDF is locked with a password; save a copy without one") from error
        raise SourceError(f"{name}: the PDF is damaged and cannot be opened") from error
    if not 1 <= count <= MAX_PAGES:
        pdf.close()
        raise SourceError(f"{name}: {count:,} pages; Osler reads PDFs of 1 to {MAX_PAGES:,}")
    return pdf


def _read(pdf: pdfium.PdfDocument, name: str) -> _Pages:
    pages = _Pages()
    shown = unreadable = 0
    for index in range(len(pdf)):
        by_angle: dict[float, list[Glyph]] = {}
        height = (0.0, 0.0)
        try:
            page = pdf[index]
            _, bottom, _, top = page.get_bbox()
            height = (bottom, top)
            text = page.get_textpage()
            by_angle = _glyphs(text)
            if not by_angle and next(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]), None) is not None:
                pages.rejected.append(Rejected(f"page {index + 1}", "the page is an image without text"))
            text.close()
            page.close()
        except pdfium.PdfiumError:
            pages.rejected.append(Rejected(f"page {index + 1}", "the page is damaged and cannot be read"))
        shown += sum(len(glyphs) for glyphs in by_angle.values())
        unreadable += sum(1 for glyphs in by_angle.values() for g in glyphs if g.char == UNREADABLE)
        main = max(by_angle, key=lambda a: (len(by_angle[a]), -a), default=0.0)
        if main:  # a page that stands sideways as a whole: its margins are not where a page's margins are
            height = (-math.inf, math.inf)
        pages.upright.append(segments(by_angle.pop(main, [])))
        pages.heights.append(height)
        pages.turned.append([segments(by_angle[angle]) for angle in sorted(by_angle)])
    if unreadable > _MAX_UNREADABLE * shown:
        raise SourceError(f"{name}: {_UNMAPPED}")
    return pages


def _glyphs(text: pdfium.PdfTextPage) -> dict[float, list[Glyph]]:
    """The page's characters by the angle (radians, rounded) they stand at, each turned upright, in drawing order."""
    out: dict[float, list[Glyph]] = defaultdict(list)
    box, x, y = raw.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    blank = guessed = bold = False
    high = ""
    for index in range(text.count_chars()):
        code = raw.FPDFText_GetUnicode(text, index)
        char = chr(code)
        if raw.FPDFText_IsGenerated(text, index):
            guessed = True
            continue
        if char.isspace():
            blank = True
            continue
        if 0xD800 <= code < 0xDC00:  # PDFium gives characters beyond 16 bits in two halves
            high = char
            continue
        if high:
            char, high = (high + char).encode("utf-16", "surrogatepass").decode("utf-16", "replace"), ""
        raw.FPDFText_GetLooseCharBox(text, index, box)
        raw.FPDFText_GetCharOrigin(text, index, x, y)
        angle = round(-raw.FPDFText_GetCharAngle(text, index), 2) % _TURN
        if blank or guessed or not out[angle]:
            bold = _is_bold(text, index)
        if code == 0 or raw.FPDFText_HasUnicodeMapError(text, index) == 1:
            char = UNREADABLE
        left, right, base, size = _upright(box, x.value, y.value, angle)
        last = out[angle][-1] if out[angle] else None
        # PDFium also supposes a space where a raised figure follows without one.
        spaced = blank or (guessed and last is not None and not -0.5 * size < left - last.right < _TOUCHING * size)
        letters = _LIGATURES.get(char, char)
        width = (right - left) / len(letters)
        for nth, letter in enumerate(letters):
            out[angle].append(Glyph(letter, left + nth * width, left + (nth + 1) * width, base, size, bold, spaced and not nth))
        blank = guessed = False
    return out


def _is_bold(text: pdfium.PdfTextPage, index: int) -> bool:
    """By its weight, or its name: the fourteen standard fonts have no description that gives a weight."""
    if raw.FPDFText_GetFontWeight(text, index) >= _BOLD:
        return True
    name = ctypes.create_string_buffer(200)
    raw.FPDFText_GetFontInfo(text, index, name, len(name), None)
    return b"bold" in name.value.lower() or b"black" in name.value.lower()


def _upright(box: raw.FS_RECTF, x: float, y: float, angle: float) -> tuple[float, float, float, float]:
    """Left, right, baseline and height of a character's box, turned by -angle around the origin; tenths of a point."""
    if not angle:
        return box.left, box.right, round(y, 1), _size(box.top - box.bottom)
    cos, sin = math.cos(angle), math.sin(angle)
    corners = [(a * cos + b * sin, b * cos - a * sin) for a in (box.left, box.right) for b in (box.bottom, box.top)]
    across, up = [c[0] for c in corners], [c[1] for c in corners]
    start, base = x * cos + y * sin, round(y * cos - x * sin, 1)
    if min(abs(cos), abs(sin)) > 0.05:  # the box around a slanted letter is larger than the letter
        size = _size((box.top - box.bottom) / (abs(cos) + abs(sin)))
        return start, start + 0.6 * size, base, size
    return min(across), max(across), base, _size(max(up) - min(up))


def _size(height: float) -> float:
    return max(0.1, round(height, 1))


def _is_damaged(block: Block) -> bool:
    return UNREADABLE in block.text and any(c.isdigit() for c in block.text)
