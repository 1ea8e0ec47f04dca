"""SPL labels: every section keeps its code, its words and its tables' meaning; what repeats or cannot be read is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.documents.label_sections import FIELDS, LEFT_OUT, loinc_is_valid, section_code, title_code
from osler.documents.record import Rejected
from osler.documents.spl import label_title, parse_spl
from osler.domain.document import Authority, Document, StudyDesign
from osler.domain.part import Part, PartKind
from osler.errors import SourceError

SET_ID = "0A1B2C3D-0000-4000-8000-00000000000F"
TITLE = (
    "These highlights do not include all the information needed to use EXAMPLOL safely and effectively. See full prescribing "
    "information for EXAMPLOL.<br/>EXAMPLOL<sup>®</sup> (examplolum) tablets, for oral use<br/>Initial U.S. Approval: 2001"
)
PRODUCT = """<subject><manufacturedProduct><manufacturedProduct><name>Examplol<suffix>XR</suffix></name>
<formCode displayName="TABLET"/><asEntityWithGeneric><genericMedicine><name>examplolum sodium</name></genericMedicine></asEntityWithGeneric>
<ingredient classCode="ACTIB"><ingredientSubstance><name>EXAMPLOLUM SODIUM</name><activeMoiety><activeMoiety><name>EXAMPLOLUM</name>
</activeMoiety></activeMoiety></ingredientSubstance></ingredient>
<ingredient classCode="IACT"><ingredientSubstance><name>STARCH</name></ingredientSubstance></ingredient></manufacturedProduct>
<consumedIn><substanceAdministration><routeCode displayName="ORAL"/></substanceAdministration></consumedIn></manufacturedProduct></subject>"""


def section(code: str | None, title: str = "", text: str = "", *nested: str, extra: str = "") -> str:
    coded = f'<code code="{code}" codeSystem="2.16.840.1.113883.6.1"/>' if code else ""
    inner = "".join(nested)
    body = f"<text>{text}</text>" if text else ""
    head = f"<title>{title}</title>" if title else ""
    return f"<component><section>{coded}{head}{body}{extra}{inner}</section></component>"


def label(
    *sections: str, title: str = TITLE, version: str = "7", set_id: str = SET_ID, kind: str = "34391-3", prolog: str = ""
) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{prolog}<document xmlns="urn:hl7-org:v3"><code code="{kind}"/><title>{title}</title>'
        f'<effectiveTime value="20240229"/><setId root="{set_id}"/><versionNumber value="{version}"/>'
        "<author><assignedEntity><representedOrganization><name>Example Works Ltd</name></representedOrganization></assignedEntity>"
        f"</author><component><structuredBody>{section('48780-1', '', '', extra=PRODUCT)}{''.join(sections)}</structuredBody></component>"
        "</document>"
    ).encode()


def parse(*sections: str, **changes: str) -> Document:
    (document,) = parse_spl(label(*sections, **changes), "label.xml")
    assert isinstance(document, Document)
    return document


def words(document: Document, part: Part) -> str:
    return document.text[part.start : part.end]


def pieces(document: Document, *kinds: PartKind) -> Iterator[tuple[str, Part]]:
    return ((words(document, p), p) for p in document.parts if not kinds or p.kind in kinds)


def rows(document: Document) -> list[str]:
    return [w for w, _ in pieces(document, PartKind.TABLE_ROW)]


# --- LOINC ------------------------------------------------------------------------------------------------------------------


def test_the_manuals_own_example_has_check_digit_5() -> None:
    assert loinc_is_valid("12345-5")


@pytest.mark.parametrize("code", sorted({*FIELDS.values(), *LEFT_OUT.values(), "88828-9", "88829-7", "77290-5"}))
def test_every_code_we_know_is_valid_and_no_neighbour_is(code: str) -> None:
    assert loinc_is_valid(code)
    assert not loinc_is_valid(f"{code[:-1]}{(int(code[-1]) + 1) % 10}")


@pytest.mark.parametrize("text", ["", "34068", "34068-", "-7", "34068-77", "34068–7", "٣٤٠٦٨-7", "34068-7 ", "123456789-0"])
def test_what_is_no_loinc_code_is_not_valid(text: str) -> None:
    assert not loinc_is_valid(text)


@given(st.integers(1, 9_999_999), st.integers(0, 6), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(number: int, place: int, added: int) -> None:
    digits = str(number)
    check = next(d for d in range(10) if loinc_is_valid(f"{digits}-{d}"))
    place %= len(digits)
    wrong = digits[:place] + str((int(digits[place]) + added) % 10) + digits[place + 1 :]
    assert not loinc_is_valid(f"{wrong}-{check}")


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("8.6 Renal Impairment", "88828-9"),
        ("2.4 Dosage Adjustments by Renal Function", "88828-9"),
        ("Use in Patients with Kidney Disease", "88828-9"),
        ("Hemodialysis:", "88828-9"),
        ("8.7 Hepatic Impairment", "88829-7"),
        ("Hepatic Insufficiency", "88829-7"),
        ("Renal and Hepatic Impairment", "43684-0"),
        ("Pediatric Patients with Renal Impairment", "43684-0"),
        ("Use in Pregnancy", "42228-7"),
        ("8.4 Pediatric Use", "34081-0"),
        ("8.5 Geriatric Use", "34082-8"),
        ("5.4 Acute Renal Failure", None),
        ("5.2 Hepatotoxicity", None),
        ("Dose Changes for Hepatic Adverse Reactions", None),
        ("Adrenal Insufficiency", None),
        ("13.1 Carcinogenesis, Mutagenesis, Impairment of Fertility", None),
        ("2.1 Recommended Dosage", None),
    ],
)
def test_a_title_names_a_population_or_not(title: str, code: str | None) -> None:
    assert title_code(title) == code


@pytest.mark.parametrize(
    ("own", "title", "above", "expected"),
    [
        ("34068-7", "Renal Impairment", None, "34068-7"),
        ("42229-5", "2.5 Renal Impairment", "34068-7", "88828-9"),
        ("42229-5", "2.1 Starting Dose", "34068-7", "34068-7"),
        ("34068-8", "2.1 Starting Dose", "34070-3", "34070-3"),
        (None, "", None, "42229-5"),
        ("43684-0", "8.6 Renal Impairment", "43684-0", "88828-9"),
    ],
)
def test_a_section_has_its_own_code_or_its_titles_or_its_parents(
    own: str | None, title: str, above: str | None, expected: str
) -> None:
    assert section_code(own, title, above) == expected


# --- the document -----------------------------------------------------------------------------------------------------------


def test_what_a_label_says_about_itself() -> None:
    document = parse(section("34067-9", "1 INDICATIONS", "<paragraph>For spells.</paragraph>"))
    assert document.id == f"spl:{SET_ID.lower()}"
    assert (document.kind, document.authority, document.jurisdiction) == (StudyDesign.LABEL, Authority.NATIONAL, "US")
    assert (document.revision, document.issued, document.organisation) == ("00007.1", "2024-02-29", "Example Works Ltd")
    assert document.interventions == ("EXAMPLOLUM", "EXAMPLOLUM SODIUM")
    assert document.keywords == ("Examplol XR", "examplolum sodium", "ORAL", "TABLET")
    assert document.bibliography.title == "EXAMPLOL® (examplolum) tablets, for oral use"
    assert (document.bibliography.year, document.bibliography.title_is_description) == (2024, False)
    assert document.bibliography.url == f"https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid={SET_ID.lower()}"
    assert (words(document, document.parts[0]), document.parts[0].kind) == (document.bibliography.title, PartKind.TITLE)


@pytest.mark.parametrize("title", ["", "Drug Facts", "  Drug Facts (continued) "])
def test_a_label_without_a_title_of_its_own_is_described(title: str) -> None:
    document = parse(section("34067-9", "Uses", "<paragraph>For spells.</paragraph>"), title=title)
    assert document.bibliography.title == "Examplol XR (examplolum) label"
    assert document.bibliography.title_is_description


def test_a_figure_in_a_product_name_does_not_end_the_sentence_that_is_dropped() -> None:
    title = (
        "These highlights do not include all the information needed to use 0.9% SALT safely and effectively. 0.9% SALT injection"
    )
    assert label_title(title) == "0.9% SALT injection"


def test_later_versions_have_later_revisions() -> None:
    body = section("34067-9", "Uses", "<paragraph>For spells.</paragraph>")
    assert parse(body, version="9").revision < parse(body, version="10").revision < parse(body, version="1560").revision


def test_a_swab_in_the_kit_is_no_intervention() -> None:
    swab = (
        PRODUCT.replace("EXAMPLOLUM SODIUM", "SWAB ALCOHOL")
        .replace("EXAMPLOLUM", "SWAB ALCOHOL")
        .replace("examplolum sodium", "swab alcohol")
    )
    part = re.sub(r"</?(?:subject|manufacturedProduct)>", "", swab).replace("Examplol", "Swab")
    kit = f"<subject><manufacturedProduct><part><partProduct>{part}</partProduct></part></manufacturedProduct></subject>"
    document = parse(section("48780-1", extra=kit), section("34067-9", "Uses", "<paragraph>For spells.</paragraph>"))
    assert not any("SWAB" in name.upper() for name in document.interventions)
    assert "SWAB ALCOHOL" in [k.upper() for k in document.keywords]


# --- sections ---------------------------------------------------------------------------------------------------------------


def test_sections_nest_and_unclassified_ones_inherit_or_are_named_by_their_title() -> None:
    document = parse(
        section(
            "34068-7", "2 DOSAGE", "<paragraph>Swallow whole.</paragraph>",
            section("42229-5", "2.1 Adults", "<paragraph>20 mg daily.</paragraph>"),
            section("42229-5", "2.2 Renal Impairment", "<paragraph>5 mg daily.</paragraph>",
                    section("42229-5", "", "<paragraph>After dialysis.</paragraph>")),
        ),
        section("34068-0", "Odd", "<paragraph>Wrong check digit.</paragraph>"),
    )  # fmt: skip
    assert [(w, p.code, p.path) for w, p in pieces(document, PartKind.PARAGRAPH)] == [
        ("Swallow whole.", "34068-7", ("2 DOSAGE",)),
        ("20 mg daily.", "34068-7", ("2 DOSAGE", "2.1 Adults")),
        ("5 mg daily.", "88828-9", ("2 DOSAGE", "2.2 Renal Impairment")),
        ("After dialysis.", "88828-9", ("2 DOSAGE", "2.2 Renal Impairment")),
        ("Wrong check digit.", "42229-5", ("Odd",)),
    ]


def test_highlights_product_data_and_package_labels_are_left_out() -> None:
    highlight = "<excerpt><highlight><text><paragraph>Short form.</paragraph></text></highlight></excerpt>"
    document = parse(
        section("34067-9", "1 INDICATIONS", "<paragraph>Long form.</paragraph>", extra=highlight),
        section("43683-2", "CHANGES", "<paragraph>Dosage, 01/2024</paragraph>"),
        section("51945-4", "PANEL", "<paragraph>30 tablets</paragraph>"),
    )
    assert document.text.split("\n")[1:] == ["1 INDICATIONS", "Long form."]


def test_a_subsection_that_is_only_a_title_is_a_statement() -> None:
    document = parse(section("34070-3", "4 CONTRAINDICATIONS", "", section("42229-5", "4.1 Untreated sleepwalking", " ")))
    assert [(w, p.code) for w, p in pieces(document, PartKind.PARAGRAPH)] == [("4.1 Untreated sleepwalking", "34070-3")]


@pytest.mark.parametrize(
    ("above", "text", "code"),
    [
        ("34068-7", "Moderate spells: 5 mg.", "34068-7"),
        ("34068-7", "WARNING: falls.", "34066-1"),
        ("34071-1", "Falls were fatal.", "34066-1"),
        ("42229-5", "Do not use if the seal is broken.", "42229-5"),
    ],
)
def test_a_box_around_a_dose_is_no_boxed_warning(above: str, text: str, code: str) -> None:
    document = parse(section(above, "OUTER", "", section("34066-1", "", f"<paragraph>{text}</paragraph>")))
    assert [p.code for _, p in pieces(document, PartKind.PARAGRAPH)] == [code]


def test_a_top_level_boxed_warning_is_one_whatever_it_says() -> None:
    assert parse(section("34066-1", "", "<paragraph>Falls.</paragraph>")).parts[-1].code == "34066-1"


def test_run_in_and_bold_headings_reach_the_path_and_the_code_and_stay_in_the_text() -> None:
    document = parse(
        section(
            "43682-4", "12.3 Pharmacokinetics", "<paragraph>Half-life 9 h.</paragraph>",
            section("42229-5", "", '<paragraph><content styleCode="bold">Renal Impairment:</content> AUC doubles.</paragraph>'
                                   "<paragraph>Dialysis removes none.</paragraph>"),
            section("42229-5", "", '<paragraph><content styleCode="underline">Food</content></paragraph><paragraph>No effect.</paragraph>'),
        )
    )  # fmt: skip
    top = "12.3 Pharmacokinetics"
    assert [(w, p.kind.value, p.code, p.path) for w, p in pieces(document)][2:] == [
        ("Half-life 9 h.", "paragraph", "43682-4", (top,)),
        ("Renal Impairment: AUC doubles.", "paragraph", "88828-9", (top, "Renal Impairment")),
        ("Dialysis removes none.", "paragraph", "88828-9", (top, "Renal Impairment")),
        ("Food", "heading", "43682-4", (top,)),
        ("No effect.", "paragraph", "43682-4", (top, "Food")),
    ]


def test_a_bold_heading_alone_in_its_section_heads_the_sections_in_it() -> None:
    heading = ' <paragraph><content styleCode="bold">Effects on Other Drugs</content></paragraph> '
    document = parse(
        section("43682-4", "12.3 PK", "", section("42229-5", "", heading, section("42229-5", "", "<paragraph>None.</paragraph>")))
    )
    assert [(w, p.path) for w, p in pieces(document, PartKind.PARAGRAPH)] == [("None.", ("12.3 PK", "Effects on Other Drugs"))]


def test_a_bold_line_with_nothing_below_it_is_a_statement() -> None:
    line = ' <paragraph>Text.</paragraph> <paragraph><content styleCode="bold">Rx only</content></paragraph> <paragraph/> '
    assert [w for w, _ in pieces(parse(section("34068-7", "DOSAGE", line)), PartKind.PARAGRAPH)] == ["Text.", "Rx only"]


def test_in_a_titled_section_a_run_in_heading_holds_for_its_own_paragraph() -> None:
    text = '<paragraph><content styleCode="bold">Hepatic Impairment:</content> Halve it.</paragraph><paragraph>Others: as usual.</paragraph>'
    document = parse(section("34068-7", "DOSAGE", text))
    assert [p.code for _, p in pieces(document, PartKind.PARAGRAPH)] == ["88829-7", "34068-7"]


def test_a_numbered_table_does_not_belong_to_the_run_in_heading_before_it() -> None:
    text = (
        '<paragraph><content styleCode="bold">Hepatic Impairment:</content> AUC rises.</paragraph><table><caption>Table 1. Other drugs'
        "</caption><thead><tr><th>Drug</th><th>AUC</th></tr></thead><tbody><tr><td>A</td><td>+5%</td></tr></tbody></table>"
    )
    document = parse(section("43682-4", "12.3 PK", "<paragraph>x.</paragraph>", section("42229-5", "", text)))
    assert [(p.code, p.path) for _, p in pieces(document, PartKind.TABLE_ROW)] == [("43682-4", ("12.3 PK",))]


@pytest.mark.parametrize("order", ["Do not crush or chew", "Avoid alcohol", "Take with food", "Never inject twice"])
def test_a_bold_order_is_no_heading(order: str) -> None:
    text = f'<paragraph><content styleCode="bold">{order}</content></paragraph><paragraph>More.</paragraph>'
    document = parse(section("34068-7", "DOSAGE", text))
    assert order in [w for w, _ in pieces(document, PartKind.PARAGRAPH)]


# --- paragraphs and lists ---------------------------------------------------------------------------------------------------


def test_words_and_quantities_survive_markup() -> None:
    text = (
        "loose words <content>run on</content><paragraph>10<sup>9</sup>/L, C<sub>max</sub>, CO<sub>2</sub>, Brand<sup>®</sup>"
        '<br/>see <linkHtml href="#s">Dosage (2.1)</linkHtml></paragraph><renderMultiMedia referencedObject="m"/>tail'
    )
    document = parse(section("34089-3", "11 DESCRIPTION", text))
    assert document.text.split("\n")[2:] == ["loose words run on", "10⁹/L, Cmax, CO2, Brand® see Dosage (2.1)", "tail"]


def test_a_footnote_in_a_paragraph_stands_behind_it() -> None:
    document = parse(section("34068-7", "D", "<paragraph>Give 5 mg<footnote>with food</footnote> daily.</paragraph>"))
    assert document.text.endswith("Give 5 mg daily. [with food]")


def test_a_list_item_says_what_it_is_about() -> None:
    text = (
        "<paragraph>Reduce the dose by clearance:</paragraph><list><item>CrCl &lt;30: 5 mg<list><item>on dialysis: 2.5 mg</item></list></item>"
        "<item><paragraph>CrCl 30 to 60:</paragraph><paragraph>10 mg</paragraph></item></list>"
    )
    document = parse(section("34068-7", "DOSAGE", text))
    lead = "Reduce the dose by clearance:"
    assert [(w, p.path) for w, p in pieces(document, PartKind.LIST_ITEM)] == [
        ("CrCl <30: 5 mg", ("DOSAGE", lead)),
        ("on dialysis: 2.5 mg", ("DOSAGE", lead, "CrCl <30: 5 mg")),
        ("CrCl 30 to 60: 10 mg", ("DOSAGE", lead)),
    ]


@given(st.lists(st.text("abc 0123456789.,;:<>&≥µ²-()[]", min_size=1, max_size=40), min_size=1, max_size=6))
def test_every_character_of_every_paragraph_is_kept_in_order(texts: list[str]) -> None:
    body = "".join(f"<paragraph>{escape(t)}</paragraph>" for t in texts)
    document = parse(section("34068-7", "DOSAGE", f"{body}<paragraph>end</paragraph>"))
    kept = [" ".join(t.split()) for t in texts if t.split()]
    assert document.text.split("\n")[2:] == [*kept, "end"]


# --- tables -----------------------------------------------------------------------------------------------------------------


def table(body: str, caption: str = "") -> Document:
    return parse(section("34068-7", "DOSAGE", f"<table>{caption and f'<caption>{caption}</caption>'}{body}</table>"))


def row(*cells: str, tag: str = "td") -> str:
    return "<tr>" + "".join(c if c.startswith("<td") else f"<{tag}>{c}</{tag}>" for c in cells) + "</tr>"


def test_a_dosing_table_with_header_and_footnotes() -> None:
    document = table(
        "<thead>" + row("Clearance", '<footnote ID="a">at most 40 mg</footnote>Dose', tag="th") + "</thead><tbody>"
        + row("&lt;30 mL/min", "5 mg")
        + row('Dialysis<footnoteRef IDREF="b"/>', '2.5 mg<footnote ID="b">after each session</footnote>') + "</tbody>",
        "Table 1. Doses",
    )  # fmt: skip
    assert rows(document) == [
        "Clearance: <30 mL/min; Dose: 5 mg [at most 40 mg]",
        "Clearance: Dialysis; Dose: 2.5 mg [after each session] [at most 40 mg]",
    ]
    cells = [c for p in document.parts for c in p.cells]
    assert [(document.text[c.start : c.end], c.row, c.column) for c in cells if c.column == "Dose"] == [
        ("5 mg", "<30 mL/min", "Dose"),
        ("2.5 mg", "Dialysis", "Dose"),
    ]
    assert [w for w, _ in pieces(document, PartKind.CAPTION)] == ["Table 1. Doses"]
    assert [w for w, _ in pieces(document, PartKind.FOOTNOTE)] == ["at most 40 mg", "after each session"]


def test_rows_under_a_group_line_carry_the_group() -> None:
    document = table(
        row("Age", "Dose")
        + row('<td colspan="2">Adults</td>') + row("18 to 64", "20 mg") + row("65 and over", "10 mg")
        + row("Children", "") + row("6 to 17", "5 mg")
    )  # fmt: skip
    assert rows(document) == [
        "Adults; Age: 18 to 64; Dose: 20 mg",
        "Adults; Age: 65 and over; Dose: 10 mg",
        "Children; Age: 6 to 17; Dose: 5 mg",
    ]
    assert [c.row for p in document.parts for c in p.cells if c.column == "Dose"] == [
        "Adults / 18 to 64", "Adults / 65 and over", "Children / 6 to 17",
    ]  # fmt: skip


def test_the_first_dose_is_not_taken_for_a_header() -> None:
    assert rows(table(row("Mild", "No adjustment") + row("Severe", "Avoid"))) == ["Mild: No adjustment", "Severe: Avoid"]


@pytest.mark.parametrize(
    "first",
    [
        row("Kidney", "Amount").replace("<td>", '<td><content styleCode="bold">').replace("</td>", "</content></td>"),
        row("Clearance (mL/min)", "Recommended Dosage"),
    ],
)
def test_a_header_that_the_markup_hides_is_found(first: str) -> None:
    (line,) = rows(table(first + row("30", "5 mg")))
    assert re.fullmatch(r"(?:Kidney|Clearance \(mL/min\)): 30; (?:Amount|Recommended Dosage): 5 mg", line)


def test_header_rows_beside_an_empty_corner_are_headers_though_they_hold_figures() -> None:
    document = table(row("", "Drug 40 mg", "Placebo") + row("", "(N=70)", "(N=69)") + row("Rash", "12%", "6%"))
    assert rows(document) == ["Rash; Drug 40 mg / (N=70): 12%; Placebo / (N=69): 6%"]


def test_marks_find_their_footnotes_in_the_last_line() -> None:
    document = table(
        f"<thead>{row('Age', 'Dose<sup>a</sup>', tag='th')}</thead>{row('2', '5 mg*')}{row('9', '8 mg')}"
        '<tr><td colspan="2"><sup>a</sup> once daily<br/>* with food</td></tr>'
    )
    assert rows(document) == ["Age: 2; Dose^a: 5 mg* [^a once daily] [* with food]", "Age: 9; Dose^a: 8 mg [^a once daily]"]
    assert [w for w, _ in pieces(document, PartKind.FOOTNOTE)] == ["^a once daily", "* with food"]


def test_stacked_lines_are_rows_where_an_empty_line_aligns_them_and_never_where_they_may_be_wrapping() -> None:
    stacked = table(row("Dose", "Effect") + row("Pain<br/>Week 1<br/>Week 2", "<br/>3%<br/>4%"))
    assert rows(stacked) == ["Dose: Pain Week 1; Effect: 3%", "Dose: Pain Week 2; Effect: 4%"]
    wrapped = table(row("Dose", "Effect") + row("Severe<br/>pain", "3%<br/>of all"))
    assert rows(wrapped) == ["Dose: Severe pain; Effect: 3% of all"]


def test_spans_count_for_every_row_and_column() -> None:
    document = table(
        f'<thead><tr><th rowspan="2">Age</th><th colspan="2">Dose</th></tr>{row("day", "night", tag="th")}</thead>'
        + '<tr><td rowspan="2">9</td><td>1 mg</td><td>2 mg</td></tr>' + row("3 mg", "4 mg")
    )  # fmt: skip
    assert rows(document) == ["Age: 9; Dose / day: 1 mg; Dose / night: 2 mg", "Age: 9; Dose / day: 3 mg; Dose / night: 4 mg"]


def test_a_cell_that_reaches_through_a_blank_row_reaches_no_further() -> None:
    body = (
        '<tr><td rowspan="3">Mild</td><td>day</td><td>1 mg</td></tr><tr/>' + row("night", "2 mg") + row("Severe", "day", "0.5 mg")
    )
    assert rows(table(body)) == ["Mild: day; 1 mg", "Mild: night; 2 mg", "Severe: day; 0.5 mg"]


def test_a_box_drawn_as_a_table_is_read_as_text() -> None:
    document = table("<tr><td><paragraph>WARNING</paragraph><list><item>Falls</item></list></td></tr>")
    assert [(w, p.kind) for w, p in pieces(document)][-2:] == [("WARNING", PartKind.PARAGRAPH), ("Falls", PartKind.LIST_ITEM)]


def test_words_of_two_paragraphs_in_a_cell_do_not_run_together() -> None:
    assert rows(table(row("Age", "Dose") + row("9", "<paragraph>5 mg</paragraph><paragraph>daily</paragraph>"))) == [
        "Age: 9; Dose: 5 mg daily"
    ]


# --- faults -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not xml",
        b"<document/>",
        b"<barcodes xmlns='x'/>",
        b"<a/><b/>",
        b"\xff\xfe\x00",
        b"<document xmlns='urn:hl7-org:v3'>",
        b"{}",
    ],
)
def test_what_is_no_label_is_a_source_error_that_names_the_file(data: bytes) -> None:
    with pytest.raises(SourceError, match=r"^odd\.xml: "):
        list(parse_spl(data, "odd.xml"))


BODY = section("34068-7", "DOSAGE", "<paragraph>5 mg</paragraph>")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (label(BODY, set_id=""), "set id"),
        (label(BODY, set_id="a b"), "set id"),
        (label(BODY, version=""), "version"),
        (label(BODY, version="123456"), "version"),
        (label(), "no label text"),
        (label(BODY, kind="50578-4"), "animals"),
        (label(BODY.replace("5 mg", "\ufffd5 mg")), "U\\+FFFD"),
        (label(BODY.replace("5 mg", "&dose;"), prolog='<!DOCTYPE document [<!ENTITY dose "5 mg">]>'), "entities"),
        (label(BODY.replace("5 mg", "&dose;"), prolog='<!DOCTYPE document [<!ENTITY dose SYSTEM "file:///etc/passwd">]>'), "entities"),
        (label(section("34068-7", "D", "<table>" + '<tr><td colspan="9999">x</td><td>y</td></tr>' * 30 + "</table>")), "cells"),
    ],
)  # fmt: skip
def test_a_label_that_cannot_be_used_is_rejected_with_its_reason(data: bytes, reason: str) -> None:
    (record,) = parse_spl(data, "label.xml")
    assert isinstance(record, Rejected)
    assert re.search(reason, record.reason)
    assert "\n" not in record.reason


def test_markup_nested_too_deeply_is_a_source_error() -> None:
    deep = section("34068-7", "D", "<list><item>" * 5000 + "x" + "</item></list>" * 5000)
    with pytest.raises(SourceError):
        list(parse_spl(label(deep), "deep.xml"))


def test_markup_as_deep_as_the_reader_allows_is_read() -> None:
    document = parse(section("34068-7", "D", "<list><item>a" * 100 + "</item></list>" * 100))
    assert document.text.count("a") >= 100


def test_the_same_bytes_give_the_same_document() -> None:
    data = label(BODY, section("34070-3", "4 CONTRAINDICATIONS", "<paragraph>None.</paragraph>"))
    assert list(parse_spl(data, "x")) == list(parse_spl(data, "x"))
