"""Page to DOCX: real headings, lists, tables with header rows and links, and in the properties what composed it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

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
from osler.article.docx_parts import (
    add_bookmark,
    add_field,
    add_hyperlink,
    bordered,
    repacked,
    repeat_as_header,
    ruled,
    set_properties,
    shaded,
    unbroken,
    with_new_numbers,
)  # fmt: skip

_ACCENT, _SOFT, _DANGER, _LINK, _LINE = "123F6D", "57606A", "9B1C1C", "0B5CAD", "C9D1D9"
_TINT, _DANGER_TINT, _WARN_TINT, _WARN = "EEF4FA", "FDF0EF", "FFF8E6", "C98A00"
_COLOURS = {Mark.ASIDE: _SOFT, Mark.ALERT: _DANGER}
_TEXT_PT, _SMALL_PT = 10.5, 9


def page_docx(page: Page) -> bytes:
    """The whole document; equal pages give equal bytes."""
    from docx import Document

    document = Document()
    _set_up(document, page)
    for block in page.blocks:
        _add(document, block)
    set_properties(document, page)
    buffer = BytesIO()
    document.save(buffer)
    return repacked(buffer.getvalue())


def _set_up(document: Any, page: Page) -> None:
    """A4, fonts and colours, and the foot of every sheet: the standing and the page's number."""
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt, RGBColor

    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin = section.bottom_margin = Mm(20)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(_TEXT_PT)
    normal.paragraph_format.space_after = Pt(4)
    language = normal.element.get_or_add_rPr().makeelement(qn("w:lang"), {qn("w:val"): drawable(page.language)})
    normal.element.get_or_add_rPr().append(language)
    for level, size in ((1, 20), (2, 13), (3, 11)):
        style = document.styles[f"Heading {level}"]
        style.font.name, style.font.size, style.font.color.rgb = "Calibri", Pt(size), RGBColor.from_string(_ACCENT)
        # The template names its heading font by theme, which would win over ours.
        fonts = style.element.rPr.rFonts
        for name in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(name), None)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(12 if level > 1 else 0), Pt(4)
        style.paragraph_format.keep_with_next = True
    for name in ("List Bullet", "List Number"):
        style = document.styles[name]
        style.paragraph_format.space_after = Pt(3)
        for element in style.element.pPr.xpath("./w:contextualSpacing"):
            style.element.pPr.remove(element)
    _set_foot(section, document.styles["Normal"], drawable(page.standing))


def _set_foot(section: Any, style: Any, standing: str) -> None:
    from docx.enum.text import WD_TAB_ALIGNMENT
    from docx.shared import Pt, RGBColor

    foot = section.footer.paragraphs[0]
    foot.style = style  # the template's own footer style has tab stops at its own widths
    foot.paragraph_format.tab_stops.add_tab_stop(section.page_width - 2 * section.left_margin, WD_TAB_ALIGNMENT.RIGHT)
    runs = [foot.add_run(f"{standing}\t"), add_field(foot, "PAGE"), foot.add_run(" / "), add_field(foot, "NUMPAGES")]
    for run in runs:
        run.font.size, run.font.color.rgb = Pt(8), RGBColor.from_string(_SOFT)


def _add(document: Any, block: Block) -> None:
    match block:
        case Heading(level, words):
            _write(document.add_heading("", level), words)
        case Paragraph(words):
            _write(document.add_paragraph(), words)
        case Boxed(words, urgent):
            paragraph = document.add_paragraph()
            paragraph.paragraph_format.keep_together = True
            bordered(paragraph, _DANGER if urgent else _WARN, "left")
            shaded(paragraph._p.get_or_add_pPr(), _DANGER_TINT if urgent else _WARN_TINT)
            _write(paragraph, words)
        case Listing():
            _listing(document, block)
        case Table():
            _table(document, block)
        case Rule():
            bordered(document.add_paragraph(), _LINE, "bottom")


def _listing(document: Any, block: Listing) -> None:
    number = with_new_numbers(document) if block.numbered else None
    for place, item in enumerate(block.items, 1):
        paragraph = document.add_paragraph(style="List Number" if block.numbered else "List Bullet")
        paragraph.paragraph_format.keep_together = True
        if number is not None:
            paragraph._p.get_or_add_pPr().get_or_add_numPr().get_or_add_numId().val = number
            paragraph._p.pPr.numPr.get_or_add_ilvl().val = 0
        if block.prominent:
            shaded(paragraph._p.get_or_add_pPr(), _TINT)
        _write(paragraph, item)
        if block.references:
            add_bookmark(paragraph, f"ref_{place}", place)


def _table(document: Any, block: Table) -> None:
    from docx.shared import Pt

    table = document.add_table(rows=1 + len(block.rows), cols=len(block.head))
    ruled(table, _LINE)
    section = document.sections[0]
    widths = _widths(block, section.page_width - section.left_margin - section.right_margin)
    for row, cells in zip(table.rows, (block.head, *block.rows), strict=True):
        unbroken(row)
        for place, (cell, words) in enumerate(zip(row.cells, cells, strict=True)):
            cell.width = widths[place]
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
            head = cells is block.head
            paragraph.paragraph_format.keep_with_next = head  # a head never stands alone at the foot of a sheet
            if head:
                shaded(cell._tc.get_or_add_tcPr(), _TINT)
            _write(paragraph, words, size=_SMALL_PT, bold=head or place == 0)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    repeat_as_header(table.rows[0])
    document.add_paragraph().paragraph_format.space_after = 0


def _widths(block: Table, whole: int) -> list[int]:
    """Widths of the columns, in the unit of `whole`: each wide enough for its longest word, the rest shared out by length."""
    columns = list(zip(block.head, *block.rows, strict=True))
    texts = [["".join(r.text for r in cell) for cell in column] for column in columns]
    words = [max(len(w) for text in column for w in (text.split() or [""])) for column in texts]
    lengths = [max(map(len, column)) for column in texts]
    weights = [min(word, 24) + 2 + min(length, 80) ** 0.5 * 2 for word, length in zip(words, lengths, strict=True)]
    return [int(whole * weight / sum(weights)) for weight in weights]


def _write(paragraph: Any, words: Words, *, size: float | None = None, bold: bool = False) -> None:
    for run in words:
        _style(_add_run(paragraph, run), run.mark, size, bold)


def _add_run(paragraph: Any, run: Run) -> Any:
    text, number, link = drawable(run.text), cited_number(run), web_link(run.link)
    if number is not None:
        return add_hyperlink(paragraph, text, anchor=f"ref_{number}")
    if link is not None:
        return add_hyperlink(paragraph, text, address=link)
    return paragraph.add_run(text)


def _style(drawn: Any, mark: Mark, size: float | None, bold: bool) -> None:
    from docx.shared import Pt, RGBColor

    small = mark in (Mark.ASIDE, Mark.ALERT, Mark.CITE)
    if small or size:
        drawn.font.size = Pt(size or _SMALL_PT)
    if bold or mark in (Mark.STRONG, Mark.ALERT):
        drawn.bold = True
    if mark is Mark.EMPHASIS:
        drawn.italic = True
    if mark is Mark.CODE:
        drawn.font.name = "Consolas"
    colour = _COLOURS.get(mark) or (_LINK if drawn._r.getparent().tag.endswith("}hyperlink") else None)
    if colour:
        drawn.font.color.rgb = RGBColor.from_string(colour)
