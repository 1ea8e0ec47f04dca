"""DOCX: all text that Word shows, in order and without loss; what grows, is locked or is damaged is refused."""

from __future__ import annotations

import io
import zipfile

import pytest

from osler.documents import docx_package
from osler.documents.docx import parse_docx
from osler.documents.record import Record, Rejected
from osler.domain.document import Document, StudyDesign
from osler.domain.part import PartKind
from osler.domain.status import PublicationStatus
from osler.errors import SourceError

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
M = "http://schemas.openxmlformats.org/officeDocument/2006/math"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
STYLES = """<w:style w:styleId="T"><w:name w:val="Title"/></w:style><w:style w:styleId="H1"><w:name w:val="heading 1"/></w:style>
<w:style w:styleId="H2"><w:name w:val="Heading 2"/></w:style><w:style w:styleId="Own"><w:name w:val="Own"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>
<w:style w:styleId="LB"><w:name w:val="List Bullet"/></w:style>"""


def relations(**targets: str) -> str:
    inner = "".join(f'<Relationship Id="{k}" Type="{R}/{k}" Target="{t}"/>' for k, t in targets.items())
    return f'<Relationships xmlns="{RELATIONS}">{inner}</Relationships>'


def zipped(files: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return out.getvalue()


def make(body: str, **more: str) -> bytes:
    files = {
        "_rels/.rels": relations(officeDocument="word/document.xml", **{"core-properties": "docProps/core.xml"}),
        "word/document.xml": f'<w:document xmlns:w="{W}" xmlns:m="{M}" xmlns:v="urn:v" xmlns:mc="urn:mc"><w:body>{body}</w:body></w:document>',
        "word/_rels/document.xml.rels": relations(styles="styles.xml", footnotes="footnotes.xml", header="header1.xml"),
        "word/styles.xml": f'<w:styles xmlns:w="{W}">{STYLES}</w:styles>',
    }
    return zipped(files | more)


def p(*runs: str, style: str = "", numbered: bool = False) -> str:
    inner = "".join(r if r.startswith("<") else f"<w:r><w:t>{r}</w:t></w:r>" for r in runs)
    properties = (f'<w:pStyle w:val="{style}"/>' if style else "") + ('<w:numPr><w:numId w:val="4"/></w:numPr>' if numbered else "")
    return f"<w:p><w:pPr>{properties}</w:pPr>{inner}</w:p>"


def r(text: str, properties: str) -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


def tc(content: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content if content.startswith('<') else p(content)}</w:tc>"


def tr(*cells: str, header: bool = False) -> str:
    return f"<w:tr><w:trPr>{'<w:tblHeader/>' if header else ''}</w:trPr>{''.join(cells)}</w:tr>"


def records(data: bytes) -> list[Record]:
    return list(parse_docx(data, "ward.docx"))


def read(body: str, **more: str) -> Document:
    document = records(make(body, **more))[-1]
    assert isinstance(document, Document)
    return document


def pieces(document: Document) -> list[tuple[PartKind, str]]:
    return [(part.kind, document.text[part.start : part.end]) for part in document.parts]


def text_of(*runs: str) -> str:
    return read(p(*runs)).text.split("\n", 1)[1]


def test_structure_in_document_order() -> None:
    table = f"<w:tbl>{tr(tc('Drug'), tc('Dose'), header=True)}{tr(tc('Drug A'), tc('5 mg'))}</w:tbl>"
    body = (
        p("The title", style="T") + p("Dosing", style="H1") + p("Give it.") + p("first", style="LB") + p("second", numbered=True) + table
        + p("In adults", style="H2") + p("More.") + p("Monitoring", style="Own") + p("Last.")
    )  # fmt: skip
    document = read(body)
    assert pieces(document) == [
        (PartKind.TITLE, "The title"),
        (PartKind.HEADING, "Dosing"),
        (PartKind.PARAGRAPH, "Give it."),
        (PartKind.LIST_ITEM, "first"),
        (PartKind.LIST_ITEM, "second"),
        (PartKind.TABLE_ROW, "Drug: Drug A; Dose: 5 mg"),
        (PartKind.HEADING, "In adults"),
        (PartKind.PARAGRAPH, "More."),
        (PartKind.HEADING, "Monitoring"),
        (PartKind.PARAGRAPH, "Last."),
    ]
    assert [part.path for part in document.parts if part.kind is PartKind.PARAGRAPH] == [
        ("Dosing",),
        ("Dosing", "In adults"),
        ("Monitoring",),
    ]
    assert (document.id, document.kind) == ("local:ward-docx", StudyDesign.ARTICLE)


@pytest.mark.parametrize(
    ("runs", "text"),
    [
        (("10", r("9", '<w:vertAlign w:val="superscript"/>'), "/L"), "10⁹/L"),
        (("CO", r("2", '<w:vertAlign w:val="subscript"/>')), "CO2"),
        (("the 4", r("th", '<w:vertAlign w:val="superscript"/>'), " day"), "the 4th day"),
        (("dose ", '<w:r><w:sym w:font="Symbol" w:char="F0B3"/></w:r>', " 5 mg"), "dose ≥ 5 mg"),
        (("give 5 ", r("m", '<w:rFonts w:ascii="Symbol"/>'), "g"), "give 5 μg"),
        (("give ", "<w:ins><w:r><w:t>5</w:t></w:r></w:ins>", "<w:del><w:r><w:delText>50</w:delText></w:r></w:del>", " mg"), "give 5 mg"),
        (("give ", "<w:sdt><w:sdtContent><w:r><w:t>5</w:t></w:r></w:sdtContent></w:sdt>", " mg"), "give 5 mg"),
        (("give ", "<w:hyperlink><w:r><w:t>5</w:t></w:r></w:hyperlink>", " mg"), "give 5 mg"),
        (("5", "<w:r><w:noBreakHyphen/></w:r>", "10 mg"), "5-10 mg"),
        (("5 mg", "<w:r><w:tab/></w:r>", "daily"), "5 mg daily"),
        (("5 mg", "<w:r><w:br/></w:r>", "daily"), "5 mg daily"),
        (("seen", r("unseen", "<w:vanish/>")), "seen"),
        (("x", "<m:oMath><m:sSup><m:e><m:r><m:t>10</m:t></m:r></m:e><m:sup><m:r><m:t>6</m:t></m:r></m:sup></m:sSup></m:oMath>"), "x10⁶"),
        (("<m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>b</m:t></m:r></m:den></m:f></m:oMath>", " mg"), "(a)/(b) mg"),
        (("a", "<w:r><w:instrText>PAGE 5</w:instrText></w:r>", "b"), "ab"),
    ],
)  # fmt: skip
def test_what_word_shows_is_the_text(runs: tuple[str, ...], text: str) -> None:
    assert text_of(*runs) == text


def test_text_boxes_and_block_controls_are_read_once() -> None:
    box = f"<w:txbxContent>{p('In a box.')}</w:txbxContent>"
    alternate = (
        f"<w:r><mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r>"
    )
    document = read(p("Before.", alternate) + f"<w:sdt><w:sdtContent>{p('In a control.')}</w:sdtContent></w:sdt>")
    assert document.text.split("\n")[1:] == ["Before.", "In a box.", "In a control."]


def test_merged_cells_hold_for_all_they_span() -> None:
    rows = (
        tr(tc("Drug"), tc("Dose", '<w:gridSpan w:val="2"/>'), header=True)
        + tr(tc("Drug A", '<w:vMerge w:val="restart"/>'), tc("mild"), tc("5 mg"))
        + tr(tc("", "<w:vMerge/>"), tc("severe"), tc("2 mg"))
    )
    document = read(f"<w:tbl>{rows}</w:tbl>")
    assert [t for _, t in pieces(document)][1:] == [
        "Drug: Drug A; Dose: mild; Dose: 5 mg",
        "Drug: Drug A; Dose: severe; Dose: 2 mg",
    ]


def test_a_table_of_one_column_is_a_box_around_text() -> None:
    box = f"<w:tbl>{tr(tc(p('Recommendation 1: Offer drug A.') + p('It is old.')))}</w:tbl>"
    document = read(p("Text.") + box)
    assert pieces(document)[2:] == [
        (PartKind.RECOMMENDATION, "Recommendation 1: Offer drug A."),
        (PartKind.PARAGRAPH, "It is old."),
    ]
    assert document.kind is StudyDesign.GUIDELINE


def test_cells_with_several_paragraphs_keep_them_apart() -> None:
    row = tr(tc("Drug A"), tc(p("5 mg") + p("max 10 mg") + p("Stop then.") + p("Wait.")))
    assert read(f"<w:tbl>{row}</w:tbl>").text.endswith("Drug A: 5 mg; max 10 mg; Stop then. Wait.")


def test_footnotes_are_marked_and_kept() -> None:
    notes = f'<w:footnotes xmlns:w="{W}"><w:footnote w:id="0" w:type="separator">{p("-")}</w:footnote><w:footnote w:id="2">{p("Not in children.")}</w:footnote></w:footnotes>'
    document = read(p("Give 5 mg.", '<w:r><w:footnoteReference w:id="2"/></w:r>'), **{"word/footnotes.xml": notes})
    assert pieces(document)[1:] == [(PartKind.PARAGRAPH, "Give 5 mg.¹"), (PartKind.FOOTNOTE, "¹ Not in children.")]


def test_a_short_bold_paragraph_is_a_heading() -> None:
    document = read(
        p(r("Dosing in adults", "<w:b/>")) + p("Text.") + p(r("Stop now.", "<w:b/>")) + p(r("Not bold", '<w:b w:val="0"/>'))
    )
    assert [k for k, _ in pieces(document)[1:]] == [PartKind.PARAGRAPH, PartKind.PARAGRAPH, PartKind.PARAGRAPH]
    assert document.bibliography.title == "Dosing in adults"


def test_properties_and_running_heads() -> None:
    core = '<c xmlns:dc="urn:dc"><dc:title>Stated title</dc:title><dc:creator>A. Author</dc:creator></c>'
    header = f'<w:hdr xmlns:w="{W}" xmlns:v="urn:v"><w:p><w:r><v:textpath string="DRAFT"/></w:r></w:p></w:hdr>'
    document = read(p("Text."), **{"docProps/core.xml": core, "word/header1.xml": header})
    assert (document.bibliography.title, document.bibliography.authors) == ("Stated title", "A. Author")
    assert document.status is PublicationStatus.DRAFT
    assert read(p("Text.")).status is PublicationStatus.CURRENT


def test_a_figure_beside_a_symbol_that_cannot_be_told_is_left_out_and_said() -> None:
    unknown = '<w:r><w:sym w:font="Wingdings" w:char="F0E0"/></w:r>'
    table = f"<w:tbl>{tr(tc('a'), tc(p(unknown, '5')))}</w:tbl>"
    body = p("The title", style="T") + p("Dosing", style="H1") + p("give ", unknown, " 5 mg") + p("fine ", unknown) + table
    found = records(make(body))
    assert [f.record for f in found if isinstance(f, Rejected)] == ["a passage under 'Dosing'", "table 1"]
    assert isinstance(found[-1], Document)
    assert found[-1].text.endswith("fine \ufffd")


def bomb(size: int) -> bytes:
    return zipped({"_rels/.rels": relations(officeDocument="word/document.xml"), "word/document.xml": "<a>" + " " * size + "</a>"})


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bomb(3_000_000)
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("unpacked"))
    with pytest.raises(SourceError, match="grows beyond measure"):
        records(data)


def test_all_files_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docx_package, "MAX_BYTES", 400)
    with pytest.raises(SourceError, match="grows beyond measure"):
        records(make(p("Text.")))


def test_a_directory_that_lies_about_sizes_does_not_help(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(bomb(50_000))
    monkeypatch.setattr(docx_package, "MAX_BYTES", 20_000)
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (5).to_bytes(4, "little")
    with pytest.raises(SourceError, match=r"^ward\.docx: "):
        records(bytes(data))


XXE = '<!DOCTYPE w:document [<!ENTITY x SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a Word file"),
        (b"plain text", "not a Word file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100, "locked with a password"),
        (zipped({"a.txt": "hello"}), "not a Word file"),
        (make("<w:p>"), "damaged"),
        (make(""), "no text"),
        (
            make(p("x"), **{"word/document.xml": f'{XXE}<w:document xmlns:w="{W}"><w:body>{p("&x;")}</w:body></w:document>'}),
            "document type",
        ),
        (make("<w:sdt>" * 3000 + "</w:sdt>" * 3000), "damaged"),
    ],
)
def test_files_that_cannot_be_used_are_refused(data: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        records(data)
    assert str(caught.value).startswith("ward.docx: ")


def test_every_cut_and_every_flipped_byte_is_read_or_refused() -> None:
    data = make(p("Give 5 mg.") + p("Title", style="H1"))
    broken = [data[:end] for end in range(0, len(data), 61)]
    broken += [data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :] for at in range(0, len(data), 23)]
    for case in broken:
        try:
            assert records(case)
        except SourceError:
            continue
