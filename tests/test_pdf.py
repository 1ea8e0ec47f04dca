"""PDF: paragraphs, pages, columns, lists and tables come out as printed; no dose is changed, and what is lost is said."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter

from osler.documents import pdf as module
from osler.documents.joining import Words, join
from osler.documents.pdf import parse_pdf
from osler.documents.record import Rejected
from osler.domain.document import Document, StudyDesign
from osler.domain.part import Part, PartKind
from osler.domain.status import PublicationStatus
from osler.errors import SourceError


@dataclass(frozen=True)
class Put:
    """Text set at a place of a page (points from the lower left corner)."""

    x: float
    y: float
    text: str
    size: float = 10
    font: str = "F1"
    angle: float = 0


def set_page(page: list[Put]) -> bytes:
    out = b"BT\n"
    for put in page:
        cos, sin = math.cos(math.radians(put.angle)), math.sin(math.radians(put.angle))
        text = put.text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        out += (
            f"/{put.font} {put.size} Tf {cos:.4f} {sin:.4f} {-sin:.4f} {cos:.4f} {put.x} {put.y} Tm (".encode() + text + b") Tj\n"
        )
    return out + b"ET"


def make_pdf(*pages: list[Put], title: str = "") -> bytes:
    fonts = b"/Font << /F1 3 0 R /F2 4 0 R >>"
    bodies: dict[int, bytes] = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Count {len(pages)} /Kids [{' '.join(f'{6 + 2 * i} 0 R' for i in range(len(pages)))}] >>".encode(),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        4: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
        5: f"<< /Title ({title}) >>".encode(),
    }
    for index, page in enumerate(pages):
        stream = set_page(page)
        bodies[6 + 2 * index] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {7 + 2 * index} 0 R /Resources << ".encode()
            + fonts
            + b" >> >>"
        )
        bodies[7 + 2 * index] = f"<< /Length {len(stream)} >>\nstream\n".encode() + stream + b"\nendstream"
    out, offsets = b"%PDF-1.4\n", []
    for number in sorted(bodies):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + bodies[number] + b"\nendobj\n"
    table = "".join(f"{o:010} 00000 n \n" for o in offsets)
    tail = (
        f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R /Info 5 0 R >>\n"
    )
    return out + tail.encode() + f"startxref\n{len(out)}\n%%EOF".encode()


def typed(*lines: str, x: float = 72, top: float = 700, step: float = 14, size: float = 10, font: str = "F1") -> list[Put]:
    return [Put(x, top - step * i, line, size, font) for i, line in enumerate(lines)]


WIDE = "This line of the protocol is long enough that the column of this page is full at its end here"
assert len(WIDE) > 80


def read(data: bytes, name: str = "ward protocol.pdf") -> Document:
    document = list(parse_pdf(data, name))[-1]
    assert isinstance(document, Document)
    return document


def pieces(document: Document, *kinds: PartKind) -> list[str]:
    return [document.text[p.start : p.end] for p in document.parts if p.kind in kinds]


def part(document: Document, start: str) -> Part:
    return next(p for p in document.parts if document.text[p.start : p.end].startswith(start))


def test_a_paragraph_is_its_lines_joined_and_a_short_line_with_a_full_stop_ends_it() -> None:
    document = read(make_pdf(typed(WIDE, "and goes on to here.", "The next one starts", "again.")))
    assert pieces(document, PartKind.PARAGRAPH) == [f"{WIDE} and goes on to here.", "The next one starts again."]


def test_id_title_and_address_come_from_the_file_name_when_nothing_else_says_them() -> None:
    document = read(make_pdf(typed(WIDE, "ends.")), "some/where/Ward protocol (v2).pdf")
    assert document.id == "local:ward-protocol-v2-pdf"
    assert (document.bibliography.title, document.bibliography.title_is_description) == ("Ward protocol (v2).pdf", True)
    assert document.bibliography.url == "file:Ward protocol (v2).pdf"
    assert document.text.startswith("Ward protocol (v2).pdf\n")
    assert document.parts[0].kind is PartKind.TITLE
    assert document.bibliography.year is None


@pytest.mark.parametrize("junk", ["", "Microsoft Word - final3.docx", "untitled"])
def test_a_title_that_only_names_a_file_gives_way_to_the_largest_heading(junk: str) -> None:
    page = [Put(72, 740, "Gentamicin on the renal ward", 18, "F2"), *typed(WIDE, "ends.", top=690)]
    assert read(make_pdf(page, title=junk)).bibliography.title == "Gentamicin on the renal ward"
    assert read(make_pdf(page, title="A stated title")).bibliography.title == "A stated title"


def test_a_paragraph_over_a_page_end_is_one_part_on_the_page_it_starts() -> None:
    first = [*typed(WIDE, "stops here.", top=300), *typed(WIDE, WIDE, top=260)]
    document = read(make_pdf(first, typed("and ends on the second page.", WIDE, "is the last.", top=740)))
    found = part(document, f"{WIDE} {WIDE} and ends on the second page.")
    assert found.page == 1
    assert part(document, f"{WIDE} is the last.").page == 2


def test_footnotes_between_do_not_cut_the_paragraph() -> None:
    first = [*typed(WIDE, WIDE, top=300), *typed("* A note of the page in smaller type.", top=100, size=7)]
    document = read(make_pdf(first, typed("and ends there.", top=740)))
    assert pieces(document, PartKind.PARAGRAPH)[0] == f"{WIDE} {WIDE} and ends there."
    assert "* A note of the page in smaller type." in document.text


def test_running_heads_and_page_numbers_are_left_out_and_figures_of_the_text_are_not() -> None:
    def page(number: int) -> list[Put]:
        return [
            Put(72, 760, "Renal unit handbook"),
            Put(300, 40, f"Page {number} of 4"),
            *typed(WIDE, f"Give {number} mg.", top=600),
        ]

    document = read(make_pdf(*(page(n) for n in range(1, 5))))
    assert "Renal unit handbook" not in document.text
    assert "of 4" not in document.text
    assert [f"{WIDE} Give {n} mg." for n in range(1, 5)] == pieces(document, PartKind.PARAGRAPH)


def test_printed_line_numbers_go_and_mark_a_draft() -> None:
    def page(first: int) -> list[Put]:
        lines = typed(*([WIDE] * 5), "where the dose is 15 mg.", top=700)
        return lines + [Put(36, put.y, str(first + i)) for i, put in enumerate(lines)]

    document = read(make_pdf(page(1), page(7)))
    assert document.status is PublicationStatus.DRAFT
    assert document.text.count("15 mg") == 2
    assert not any(f" {n} " in document.text for n in (1, 2, 3, 7, 8))


def test_numbers_of_a_table_on_one_page_are_no_line_numbers() -> None:
    rows = [Put(72, 700 - 14 * i, str(i + 1)) for i in range(6)] + [Put(200, 700 - 14 * i, f"{5 * i + 5} mg") for i in range(6)]
    document = read(make_pdf(rows))
    assert document.status is PublicationStatus.CURRENT
    assert pieces(document, PartKind.TABLE_ROW)[2] == "3: 15 mg"


@pytest.mark.parametrize(
    ("label", "status"),
    [
        ("DRAFT", PublicationStatus.DRAFT),
        ("Draft for consultation, March 2026", PublicationStatus.DRAFT),
        ("Do not cite or distribute", PublicationStatus.DRAFT),
        ("This version is not final", PublicationStatus.DRAFT),
        ("Version 3, approved March 2026", PublicationStatus.CURRENT),
    ],
)
def test_a_first_page_that_says_draft_makes_a_draft(label: str, status: PublicationStatus) -> None:
    assert read(make_pdf([Put(72, 750, label), *typed(WIDE, "ends.", top=700)])).status is status


def test_a_text_that_tells_of_a_draft_is_none() -> None:
    told = typed(
        WIDE + " and the panel", "reviewed a draft of the older edition before its members voted on the text that is printed here."
    )
    assert read(make_pdf(told)).status is PublicationStatus.CURRENT


def test_a_watermark_marks_a_draft_and_is_no_text() -> None:
    pages = [[*typed(WIDE, f"ends, page {n}.", top=600), Put(150, 200, "DRAFT", 60, "F2", 45)] for n in range(3)]
    document = read(make_pdf(*pages))
    assert document.status is PublicationStatus.DRAFT
    assert "DRAFT" not in document.text


def test_a_sideways_table_is_read_along_its_lines() -> None:
    rows = [Put(200 + 20 * i, 100 + 200 * j, text, angle=90) for i, row in enumerate([("Drug A", "5 mg"), ("Drug B", "7 mg")]) for j, text in enumerate(row)]  # fmt: skip
    document = read(make_pdf(rows))
    assert pieces(document, PartKind.TABLE_ROW) == ["Drug A: 5 mg", "Drug B: 7 mg"]


LEFT = [f"left column line {n} fills it up" for n in range(12)]
RIGHT = [f"right column line {n} fills it up" for n in range(12)]


@pytest.mark.parametrize("interleaved", [False, True])
def test_two_columns_are_read_one_after_the_other(interleaved: bool) -> None:
    left, right = typed(*LEFT, x=72), typed(*RIGHT, x=330)
    puts = [p for pair in zip(left, right, strict=True) for p in pair] if interleaved else left + right
    heading = Put(72, 730, "A heading over the whole width of the page and of both of its columns", 15, "F2")
    text = read(make_pdf([heading, *puts])).text
    assert (
        text.index("A heading")
        < text.index("left column line 0")
        < text.index("left column line 11")
        < text.index("right column line 0")
    )
    assert "line 11 fills it up right column line 0" in text.replace("\n", " ")


def test_a_table_keeps_each_dose_with_its_drug() -> None:
    rows = [("Drug", "Usual dose"), *((f"Drug {c}", f"{n} mg twice daily") for n, c in enumerate("ABCDEFGH", start=5))]
    puts = [
        Put(72 + 220 * k, 700 - 14 * i, t, font="F2" if i == 0 else "F1") for i, row in enumerate(rows) for k, t in enumerate(row)
    ]
    document = read(make_pdf(puts))
    assert pieces(document, PartKind.TABLE_ROW)[:2] == [
        "Drug: Drug A; Usual dose: 5 mg twice daily",
        "Drug: Drug B; Usual dose: 6 mg twice daily",
    ]
    row = part(document, "Drug: Drug C")
    assert [(document.text[c.start : c.end], c.row, c.column) for c in row.cells][1] == ("7 mg twice daily", "Drug C", "Usual dose")


def test_a_table_with_a_wrapped_cell_is_never_run_together() -> None:
    puts = [
        Put(72, 700, "Drug A"), Put(300, 700, "5 mg in the morning"),
        Put(300, 688, "and 10 mg at night"),
        Put(72, 676, "Drug B"), Put(300, 676, "20 mg"),
    ]  # fmt: skip
    document = read(make_pdf(puts))
    assert not any("10 mg" in p and ("Drug B" in p or "20 mg" in p) for p in document.text.split("\n"))
    assert any("Drug B" in p and "20 mg" in p for p in document.text.split("\n"))


def test_lines_of_cells_nearer_than_rows_are_no_rows() -> None:
    puts = [Put(72, 700, "Drug A for"), Put(300, 700, "5 mg in the morning,"), Put(72, 689, "Adults"), Put(300, 689, "10 mg at night"),
            Put(72, 670, "Drug B for"), Put(300, 670, "20 mg"), Put(72, 659, "Children"), Put(300, 659, "once")]  # fmt: skip
    assert pieces(read(make_pdf(puts)), PartKind.TABLE_ROW) == []


def test_headings_make_the_path() -> None:
    page = [
        Put(72, 740, "Main title of it", 18, "F2"), Put(72, 700, "1 Treatment", 14, "F2"), *typed(WIDE, "ends.", top=670),
        Put(72, 630, "1.1 Dosing in adults", 11, "F2"), *typed(WIDE, "ends too.", top=610),
        Put(72, 560, "2 Monitoring", 14, "F2"), *typed(WIDE, "is last.", top=540),
    ]  # fmt: skip
    document = read(make_pdf(page))
    assert part(document, f"{WIDE} ends too.").path == ("1 Treatment", "1.1 Dosing in adults")
    assert part(document, f"{WIDE} is last.").path == ("2 Monitoring",)


def test_lists_are_items_without_their_bullets_but_with_their_numbers() -> None:
    puts = [Put(72, 700, "Check these:"), Put(80, 680, "\u2022"), Put(100, 680, "weight"), Put(80, 666, "\u2022"), Put(100, 666, "renal function"),
            Put(80, 640, "1. the first thing"), Put(80, 626, "2. the second thing")]  # fmt: skip
    document = read(make_pdf(puts))
    assert pieces(document, PartKind.LIST_ITEM) == ["weight", "renal function", "1. the first thing", "2. the second thing"]


def test_a_number_that_starts_a_line_of_a_sentence_starts_no_item() -> None:
    line = WIDE + " in patients older than"
    document = read(
        make_pdf(typed(line, "65. They get half of it, which is to say half of what the others on this ward would get of it."))
    )
    assert pieces(document, PartKind.PARAGRAPH)[0].startswith(f"{line} 65. They get half")


def test_raised_and_lowered_figures_stay_apart_from_the_others() -> None:
    puts = [
        Put(72, 700, "above 10"),
        Put(112.5, 704, "9", 6),
        Put(116, 700, "/L and CO"),
        Put(161.5, 697.5, "2", 6),
        Put(72, 650, WIDE),
    ]
    text = read(make_pdf(puts)).text
    assert "above 10⁹/L and CO2" in text
    assert "109" not in text


def test_recommendations_are_marked_and_make_a_guideline() -> None:
    page = [
        *typed("Recommendation 1: Offer drug A to adults (strong recommendation,", "low-certainty evidence)."),
        *typed(WIDE, "ends.", top=600),
    ]
    document = read(make_pdf(page))
    assert document.kind is StudyDesign.GUIDELINE
    assert pieces(document, PartKind.RECOMMENDATION) == [
        "Recommendation 1: Offer drug A to adults (strong recommendation, low-certainty evidence)."
    ]
    assert read(make_pdf(typed(WIDE, "ends."))).kind is StudyDesign.ARTICLE


def encrypted(password: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(make_pdf(typed(WIDE, "ends.")))))
    writer.encrypt(user_password=password, owner_password=password[::-1], algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_locked_file_is_refused_and_one_with_an_empty_password_is_read() -> None:
    with pytest.raises(SourceError, match=r"x\.pdf: the PDF is locked with a password"):
        list(parse_pdf(encrypted("secret"), "x.pdf"))
    assert WIDE in read(encrypted("")).text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a PDF"),
        (b"<html>hello</html>", "not a PDF"),
        (b"%PDF-1.7\n" + b"\x00" * 500, "damaged"),
        (make_pdf([]), "scan"),
    ],
)
def test_files_that_cannot_be_used_are_refused_in_plain_words(data: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        list(parse_pdf(data, "x.pdf"))
    assert str(caught.value).startswith("x.pdf: ")


def test_a_file_with_too_many_pages_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PAGES", 2)
    with pytest.raises(SourceError, match="3 pages"):
        list(parse_pdf(make_pdf(*([typed(WIDE)] * 3)), "x.pdf"))


def test_a_page_that_cannot_be_read_is_named_and_the_rest_goes_on() -> None:
    data = make_pdf(typed(WIDE, "ends."), typed(WIDE, "is page two."), typed(WIDE, "is page three."))
    data = data.replace(b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 9 0 R", b"<< /Type /Nono /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 9 0 R")  # fmt: skip
    records = list(parse_pdf(data, "x.pdf"))
    assert [r.record for r in records if isinstance(r, Rejected)] == ["page 2"]
    assert isinstance(records[-1], Document)
    assert "is page three." in records[-1].text
    assert part(records[-1], f"{WIDE} is page three.").page == 3


IMAGE = b"q 200 0 0 200 72 400 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI Q"


def with_stream(data: bytes, old: bytes, new: bytes) -> bytes:
    """The file with a content stream put in another's place; readers find moved objects again by searching for them."""
    return data.replace(f"/Length {len(old)} >>".encode(), f"/Length {len(new)} >>".encode()).replace(old, new)


def test_a_page_that_is_an_image_is_named_and_an_empty_one_is_not() -> None:
    image = [Put(1, 1, "x")]
    data = with_stream(make_pdf(typed(WIDE, "ends."), image, []), set_page(image), IMAGE)
    records = list(parse_pdf(data, "x.pdf"))
    assert [r for r in records if isinstance(r, Rejected)] == [Rejected("page 2", "the page is an image without text")]
    assert isinstance(records[-1], Document)


def test_a_scan_is_refused_and_told_what_it_needs() -> None:
    image = [Put(1, 1, "x")]
    with pytest.raises(SourceError, match="OCR"):
        list(parse_pdf(with_stream(make_pdf(image), set_page(image), IMAGE), "x.pdf"))


def unmapped(*lines: str) -> bytes:
    """A file in whose font "~" is a shape that the file does not explain."""
    font = b"/BaseFont /Helvetica /Encoding << /BaseEncoding /WinAnsiEncoding /Differences [126 /g77] >> >>"
    return make_pdf(typed(*lines)).replace(b"/BaseFont /Helvetica /Encoding /WinAnsiEncoding >>", font)


def test_a_figure_beside_a_shape_that_is_not_explained_is_left_out_and_said() -> None:
    records = list(parse_pdf(unmapped(WIDE + " and", "ends here.", "~ 5 mg is what it takes.", "No figure ~ here."), "x.pdf"))
    assert [r.record for r in records if isinstance(r, Rejected)] == ["page 1"]
    document = records[-1]
    assert isinstance(document, Document)
    assert "5 mg" not in document.text
    assert "No figure" in document.text


def test_fonts_that_explain_nothing_are_refused() -> None:
    with pytest.raises(SourceError, match="fonts do not say"):
        list(parse_pdf(unmapped("~~~~~ ~~~~ ab"), "x.pdf"))


def test_every_cut_of_a_file_is_read_or_refused_but_never_breaks() -> None:
    data = make_pdf(typed(WIDE, "ends."), typed(WIDE, "ends too."))
    for end in range(0, len(data), 97):
        try:
            assert list(parse_pdf(data[:end], "x.pdf"))
        except SourceError:
            continue


WORDS = Words(["the medication of non-opioid kind is evidence-based", "an antidepressant, well controlled; mind and body"])


@pytest.mark.parametrize(
    ("before", "after", "joined"),
    [
        ("give medica-", "tion now", "give medication now"),
        ("give medica\u00ad", "tion now", "give medication now"),
        ("the pharma-", "cology of it", "the pharmacology of it"),
        ("give 5-", "10 mg", "give 5-10 mg"),
        ("give 5\u2013", "10 mg", "give 5\u201310 mg"),
        ("give 5", "-10 mg", "give 5-10 mg"),
        ("give 5 -", "10 mg", "give 5 - 10 mg"),
        ("a 2-", "week course", "a 2-week course"),
        ("COVID-", "19", "COVID-19"),
        ("the non-", "opioid kind", "the non-opioid kind"),
        ("evidence-", "based", "evidence-based"),
        ("a post-", "operative day", "a post-operative day"),
        ("an anti-", "depressant", "an antidepressant"),
        ("the mind-", "body practice", "the mind-body practice"),
        ("Hodgkin-", "Lymphom", "Hodgkin-Lymphom"),
        ("at https://example.org/drug-", "safety", "at https://example.org/drug-safety"),
        ("400 mg/", "5 mL", "400 mg/5 mL"),
        ("plain", "words", "plain words"),
    ],
)
def test_lines_are_joined_without_changing_a_word_or_a_dose(before: str, after: str, joined: str) -> None:
    assert join(before, after, WORDS) == joined


@given(st.integers(0, 9999), st.integers(0, 9999), st.sampled_from("-\u2010\u2013"))
def test_a_range_cut_at_its_hyphen_keeps_both_numbers_and_the_hyphen(low: int, high: int, dash: str) -> None:
    joined = join(f"give {low}{dash}", f"{high} mg", WORDS)
    assert joined in (f"give {low}-{high} mg", f"give {low}\u2013{high} mg")


# A lone "o" at the start of a line is the bullet of a list that a word processor wrote, not text.
@given(st.lists(st.from_regex(r"[a-z0-9.,%<>]{1,12}", fullmatch=True).filter(lambda w: w != "o"), min_size=1, max_size=40))
def test_no_character_of_a_text_is_lost(words: list[str]) -> None:
    lines = [" ".join(words[i : i + 8]) for i in range(0, len(words), 8)]
    document = read(make_pdf([Put(72, 750, "Start:"), *typed(*lines)]))
    assert "".join(words) in document.text.replace("\n", "").replace(" ", "").replace("|", "")
