"""The parts of a DOCX file that python-docx has no words for: links, bookmarks, fields, shading, numbering, properties."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from osler.article.blocks import Page, drawable

_CUSTOM_PART = "/docProps/custom.xml"
_CUSTOM_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_CUSTOM_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
_CUSTOM_SPACE = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_VALUE_SPACE = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_FORMAT_ID = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
"""Format id of user-defined properties (ECMA-376, part 1, 22.3)."""


def _element(tag: str, /, **attributes: str) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(f"w:{tag}")
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made


def add_hyperlink(paragraph: Any, text: str, *, address: str = "", anchor: str = "") -> Any:
    """A run that leads to an address or to a bookmark of the same document; returns the run."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml.ns import qn
    from docx.text.run import Run

    link = _element("hyperlink", **({"anchor": anchor} if anchor else {}))
    if address:
        link.set(qn("r:id"), paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    run = _element("r")
    link.append(run)
    paragraph._p.append(link)
    made = Run(run, paragraph)
    made.text = text
    return made


def add_bookmark(paragraph: Any, name: str, number: int) -> None:
    """What a link with that anchor leads to; `number` is unique in the document."""
    properties = paragraph._p.get_or_add_pPr()
    properties.addnext(_element("bookmarkStart", id=str(number), name=name))
    paragraph._p.append(_element("bookmarkEnd", id=str(number)))


def add_field(paragraph: Any, code: str) -> Any:
    """PAGE or NUMPAGES: a number that the program that shows the file works out; returns its run."""
    from docx.text.run import Run

    field, run = _element("fldSimple", instr=code), _element("r")
    field.append(run)
    paragraph._p.append(field)
    made = Run(run, paragraph)
    made.text = "1"
    return made


def ruled(table: Any, colour: str) -> None:
    """Lines between the rows only."""
    borders = _element("tblBorders")
    for side in ("top", "bottom", "insideH"):
        borders.append(_element(side, val="single", sz="4", space="0", color=colour))
    properties = table._tbl.tblPr
    after = next((e for e in properties if e.tag.rpartition("}")[2] in ("shd", "tblLayout", "tblCellMar", "tblLook")), None)
    properties.append(borders) if after is None else after.addprevious(borders)


def shaded(properties: Any, colour: str) -> None:
    """A background for the paragraph or cell with these properties."""
    shade = _element("shd", val="clear", color="auto", fill=colour)
    insert = getattr(properties, "insert_element_before", None)
    if insert is not None and properties.tag.endswith("}pPr"):
        # The schema fixes the order of these; Word calls a file with another one damaged.
        insert(shade, "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr", "w:sectPr")
    else:
        properties.append(shade)


def bordered(paragraph: Any, colour: str, side: str) -> None:
    borders = _element("pBdr")
    borders.append(_element(side, val="single", sz="24" if side == "left" else "6", space="6", color=colour))
    paragraph._p.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr", "w:sectPr"
    )


def repeat_as_header(row: Any) -> None:
    """The row is named the table's header: read out with each cell, and repeated on each sheet."""
    row._tr.get_or_add_trPr().append(_element("tblHeader"))


def unbroken(row: Any) -> None:
    """The row is not split between two sheets."""
    row._tr.get_or_add_trPr().append(_element("cantSplit"))


def with_new_numbers(document: Any) -> int:
    """The id of a numbering that starts at 1: lists of one style would otherwise count on from each other."""
    numbering = document.part.numbering_part.element
    style = document.styles["List Number"].element.pPr.numPr.numId.val
    abstract = next(n.abstractNumId.val for n in numbering.num_lst if n.numId == style)
    made = numbering.add_num(abstract)
    made.add_lvlOverride(ilvl=0).add_startOverride(1)
    return int(made.numId)


def set_properties(document: Any, page: Page) -> None:
    """Title, composer and standing where file managers show them, and the machine-readable flag as a custom property."""
    core = document.core_properties
    core.title, core.language, core.identifier = (
        drawable(page.title)[:255],
        drawable(page.language),
        drawable(page.identifier)[:255],
    )
    core.author = core.last_modified_by = drawable(f"{page.composer} (a machine)" if page.machine_made else page.composer)[:255]
    core.comments, core.keywords, core.revision = drawable(page.standing)[:255], "machine-generated" if page.machine_made else "", 1
    # The template's dates are those of the template; a page has none.
    for name in ("created", "modified"):
        for element in core._element.xpath(f"./dcterms:{name}"):
            core._element.remove(element)
    _add_custom(
        document,
        (
            ("MachineGenerated", page.machine_made), ("Composer", page.composer), ("ReviewState", page.standing),
            ("Identifier", page.identifier), ("HowToCite", page.cite_as),
        ),
    )  # fmt: skip


def _add_custom(document: Any, values: tuple[tuple[str, str | bool], ...]) -> None:
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    drawn = []
    for number, (name, value) in enumerate(values, 2):  # 0 and 1 are reserved
        kind, text = ("bool", str(value).lower()) if isinstance(value, bool) else ("lpwstr", escape(drawable(value)))
        drawn.append(f'<property fmtid="{_FORMAT_ID}" pid="{number}" name="{name}"><vt:{kind}>{text}</vt:{kind}></property>')
    blob = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<Properties xmlns="{_CUSTOM_SPACE}" xmlns:vt="{_VALUE_SPACE}">{"".join(drawn)}</Properties>'
    ).encode()
    package = document.part.package
    package.relate_to(Part(PackURI(_CUSTOM_PART), _CUSTOM_TYPE, blob, package), _CUSTOM_RELATION)


def repacked(data: bytes) -> bytes:
    """The same package with one fixed time in it (the earliest that ZIP knows), so that equal pages give equal files."""
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return made.getvalue()
