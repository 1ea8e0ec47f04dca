"""JATS full text: nothing of a quantity changes, every table row is complete in itself, notices say whom they are about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.documents.jats import IMAGE_ONLY, parse_jats
from osler.documents.jats_kind import study_design
from osler.documents.record import Record, Rejected
from osler.domain.document import Document, StudyDesign, Via
from osler.domain.part import Part, PartKind
from osler.domain.status import NoticeNature, PublicationStatus, StatusNotice
from osler.errors import SourceError

IDS = '<article-id pub-id-type="pmc">77</article-id><article-id pub-id-type="pmid">901</article-id>'
TITLE = "<title-group><article-title>Zemolin for cramps</article-title></title-group>"
NAMESPACES = (
    'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/MathML" '
    'xmlns:ali="http://www.niso.org/schemas/ali/1.0/"'
)


def article(body: str = "<p>Text.</p>", *, meta: str = "", ids: str = IDS, title: str = TITLE, kind: str = "research-article",
            after: str = "", journal: str = "") -> str:  # fmt: skip
    front = f"<front>{journal}<article-meta>{ids}{title}{meta}</article-meta></front>"
    return f'<article {NAMESPACES} article-type="{kind}">{front}<body>{body}</body>{after}</article>'


def records(xml: str) -> list[Record]:
    return list(parse_jats(xml.encode(), "file.nxml"))


def document(xml: str) -> Document:
    found = records(xml)
    assert isinstance(found[0], Document), found
    return found[0]


def lines(found: Document, *kinds: PartKind) -> list[str]:
    return [found.text[p.start : p.end] for p in found.parts if not kinds or p.kind in kinds]


def paragraph(inner: str) -> str:
    return lines(document(article(f"<p>{inner}</p>")), PartKind.PARAGRAPH)[0]


def rows(table: str, foot: str = "", wrap: str = "<label>Table 1</label>") -> list[str]:
    xml = f"<table-wrap>{wrap}<table>{table}</table><table-wrap-foot>{foot}</table-wrap-foot></table-wrap>"
    return lines(document(article(xml)), PartKind.TABLE_ROW)


def tr(*cells: str) -> str:
    return "<tr>" + "".join(c if c.startswith("<t") else f"<td>{c}</td>" for c in cells) + "</tr>"


HEAD = "<thead>" + tr("Item", "Zemolin", "Placebo") + "</thead>"


# --- text and structure


def test_an_article_becomes_title_abstract_and_sections_with_their_trail() -> None:
    found = document(
        article(
            '<sec sec-type="methods"><title>Methods</title><sec><label>2.1</label><title>Doses</title><p>First.</p>'
            '<list list-type="bullet"><list-item><label>•</label><p>one</p></list-item><list-item><label>2</label><p>two</p>'
            "<list><list-item><p>deeper</p></list-item></list></list-item></list></sec></sec>"
            "<sec><title>Acknowledgements</title><p>We thank all.</p></sec>"
            '<sec sec-type="supplementary-material"><title>Files</title><p>Extra.</p></sec>',
            meta="<abstract><sec><title>Aim</title><p>To see.</p></sec></abstract>"
            '<abstract abstract-type="toc"><p>Blurb.</p></abstract>',
            after="<back><ack><p>Thanks.</p></ack><ref-list><ref><mixed-citation>Someone 1999</mixed-citation></ref></ref-list>"
            "<app-group><app><title>Appendix</title><p>More.</p></app></app-group></back>",
        )
    )
    assert found.text.split("\n") == [
        "Zemolin for cramps", "Abstract", "Aim", "To see.", "Methods", "2.1 Doses", "First.", "one", "2. two", "deeper",
        "Appendix", "More.",
    ]  # fmt: skip
    by_text = {found.text[p.start : p.end]: p for p in found.parts}
    assert by_text["Zemolin for cramps"].kind is PartKind.TITLE
    assert (by_text["To see."].path, by_text["To see."].code) == (("Abstract", "Aim"), "abstract")
    assert (by_text["First."].path, by_text["First."].code) == (("Methods", "2.1 Doses"), "methods")
    assert (by_text["2.1 Doses"].kind, by_text["2.1 Doses"].path) == (PartKind.HEADING, ("Methods",))
    assert by_text["deeper"].kind is PartKind.LIST_ITEM
    assert (found.id, found.via) == ("pmc:PMC77", Via.SOURCE)


def test_a_list_cuts_its_paragraph_and_a_float_does_not() -> None:
    found = document(
        article(
            "<p>Give <list><list-item><p>5 mg</p></list-item></list> daily <fig><label>Figure 1</label><caption><title>Flow</title>"
            "<p>Who took part.</p></caption></fig>with food.</p>"
        )
    )
    assert lines(found)[1:] == ["Give", "5 mg", "daily with food.", "Figure 1. Flow. Who took part."]


def test_boxes_quotations_definitions_and_footnotes_are_kept() -> None:
    found = document(
        article(
            "<boxed-text><caption><title>Box</title></caption><p>Key.</p></boxed-text><disp-quote><p>Said.</p></disp-quote>"
            "<def-list><def-item><term>HD</term><def><p>hemodialysis</p></def></def-item></def-list>"
            '<p>Slow<xref ref-type="fn" rid="n1">1</xref> infusion.</p>',
            after='<back><fn-group><fn id="n1"><label>1</label><p>Over 2 h.</p></fn><fn id="n2"><p>No conflict.</p></fn></fn-group></back>',
        )
    )
    assert lines(found)[1:] == ["Box", "Key.", "Said.", "HD: hemodialysis", "Slow infusion.", "Over 2 h."]


BIBR = '<xref ref-type="bibr" rid="r{0}">{0}</xref>'


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (f"Give 5 mg<sup>{BIBR.format(12)}</sup> daily.", "Give 5 mg daily."),
        (f"Give 5 mg<sup>{BIBR.format(1)},{BIBR.format(2)}–{BIBR.format(5)}</sup>.", "Give 5 mg."),
        (f"Give 5 mg [{BIBR.format(1)}, {BIBR.format(2)} and {BIBR.format(4)}]. Then", "Give 5 mg. Then"),
        (f"Give 5 mg [[{BIBR.format(1)}], and [{BIBR.format(2)}]].", "Give 5 mg."),
        (f"Give 5 mg <bold>[</bold>{BIBR.format(1)}<bold>]</bold>", "Give 5 mg"),
        (f"Give 5 mg (see {BIBR.format(1)}) daily", "Give 5 mg daily"),
        (f"shown.{BIBR.format(1)} We", "shown. We"),
        (f"shown {BIBR.format(1)}. We {BIBR.format(2)} saw", "shown. We saw"),
        (f"5{BIBR.format(3)}6", "5 6"),
        (f"10<sup>9{BIBR.format(3)}</sup> cells", "10^9 cells"),
        ('<xref ref-type="bibr" rid="r1">Oduya et al. (2010)</xref> gave 5 mg', "Oduya et al. (2010) gave 5 mg"),
        ('Oduya et al. (<xref ref-type="bibr" rid="r1">2010</xref>)', "Oduya et al. (2010)"),
        ('see <xref ref-type="table" rid="t1">Table 2</xref> (–)', "see Table 2 (–)"),
        ("10<sup>9</sup>/L, CO<sub>2</sub>, 1.73 m<sup>2</sup>", "10⁹/L, CO2, 1.73 m²"),
        ("Zemolin<sup>®</sup> on the 5<sup>th</sup> day at 37 <sup>o</sup>C", "Zemolin® on the 5th day at 37 °C"),
        ("was <strike>50</strike> 5 mg", "was [struck out: 50] 5 mg"),
        ("p <inline-graphic/> 0.05", "p [image] 0.05"),
    ],
)
def test_citation_marks_go_and_quantities_stay(inner: str, expected: str) -> None:
    assert paragraph(inner) == expected


def test_a_mark_whose_type_does_not_say_citation_is_known_by_its_target() -> None:
    body = '<p>Give 5 mg<xref rid="b7" ref-type="other">7</xref> or as in <xref rid="t7">Box 7</xref>.</p>'
    found = document(article(body, after='<back><ref-list><ref id="b7"><mixed-citation>X</mixed-citation></ref></ref-list></back>'))
    assert lines(found, PartKind.PARAGRAPH) == ["Give 5 mg or as in Box 7."]


MATH = "<inline-formula><mml:math>{}</mml:math></inline-formula>"


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (MATH.format("<mml:mfrac><mml:mn>1</mml:mn><mml:mn>2</mml:mn></mml:mfrac>"), "1/2"),
        (MATH.format("<mml:mfrac><mml:mrow><mml:mi>a</mml:mi><mml:mo>+</mml:mo><mml:mn>1</mml:mn></mml:mrow><mml:mn>2</mml:mn></mml:mfrac>"),
         "(a+1)/2"),
        (MATH.format("<mml:msup><mml:mn>10</mml:mn><mml:mn>9</mml:mn></mml:msup>"), "10⁹"),
        (MATH.format("<mml:msub><mml:mi>C</mml:mi><mml:mi>max</mml:mi></mml:msub><mml:mo>=</mml:mo><mml:mn>2</mml:mn>"), "C_max=2"),
        (MATH.format("<mml:mn>5</mml:mn><mml:mn>6</mml:mn>"), "5 6"),
        (MATH.format("<mml:msqrt><mml:mn>2</mml:mn><mml:mi>n</mml:mi></mml:msqrt>"), "√(2n)"),
        ("<inline-formula><alternatives><tex-math>\\documentclass{x}\\begin{document}$$k = 0.7$$\\end{document}</tex-math>"
         "<graphic/></alternatives></inline-formula>", "k = 0.7"),
        ("<inline-formula><inline-graphic/></inline-formula>", "[formula]"),
        ("<disp-formula><label>(1)</label><tex-math>y = 2</tex-math></disp-formula>", "y = 2 (1)"),
        ("<disp-formula><italic>y</italic> = 2x<sup>2</sup></disp-formula>", "y = 2x²"),
    ],
)  # fmt: skip
def test_a_formula_is_never_silently_nothing(inner: str, expected: str) -> None:
    assert paragraph(f"so {inner} holds") == f"so {expected} holds"


# --- tables


def test_headings_over_rows_go_in_front_of_their_labels() -> None:
    body = "<tbody>" + tr("<td colspan='3'>Sex</td>") + tr("Male", "4", "5") + tr("Female", "6", "7") + "</tbody>"
    body += "<tbody>" + tr("<td colspan='3'>Dose</td>") + tr("5 mg", "8", "9") + "</tbody>"
    assert rows(HEAD + body) == [
        "Item: Sex / Male; Zemolin: 4; Placebo: 5",
        "Item: Sex / Female; Zemolin: 6; Placebo: 7",
        "Item: Dose / 5 mg; Zemolin: 8; Placebo: 9",
    ]


@pytest.mark.parametrize(
    ("body", "labels"),
    [
        # an indent shows what belongs to the heading, so what stands no deeper does not
        ([("Sex", "", ""), ("\u2003Male", "1", "2"), ("Age", "3", "4")], ["Sex / Male", "Age"]),
        # a row with figures heads only rows that are set deeper
        (
            [("All deaths", "9", "8"), ("\u2003Cardiac", "1", "2"), ("Falls", "3", "4")],
            ["All deaths", "All deaths / Cardiac", "Falls"],
        ),
        # without indents an empty row tells where what a label heads ends
        ([("Sex", "", ""), ("Male", "1", "2"), ("", "", ""), ("Total", "3", "4")], ["Sex / Male", "Total"]),
        # emphasised like the heading, after other rows: no longer under it
        ([("<bold>Sex</bold>", "", ""), ("Male", "1", "2"), ("<bold>Age</bold>", "3", "4")], ["Sex / Male", "Age"]),
        # a heading that nothing stands under is kept as a row
        ([("Male", "1", "2"), ("Not assessed", "", "")], ["Male", "Not assessed"]),
    ],
)
def test_which_rows_a_heading_heads(body: list[tuple[str, str, str]], labels: list[str]) -> None:
    found = rows(HEAD + "<tbody>" + "".join(tr(*row) for row in body) + "</tbody>")
    assert [r.removeprefix("Item: ").split(";")[0] for r in found] == labels


def test_a_row_that_only_stands_under_a_label_is_not_said_to_belong_to_it() -> None:
    body = [("Sex", "", ""), ("Male", "1", "2"), ("Age", "3", "4"), ("Dose", "", ""), ("5 mg", "5", "6")]
    assert rows(HEAD + "<tbody>" + "".join(tr(*row) for row in body) + "</tbody>") == [
        "Item: Male; Zemolin: 1; Placebo: 2 [Listed under the heading “Sex”.]",
        "Item: Age; Zemolin: 3; Placebo: 4 [Listed under the heading “Sex”.]",
        "Item: 5 mg; Zemolin: 5; Placebo: 6 [Listed under the heading “Dose”.]",
    ]


def test_a_column_that_only_indents_is_no_column() -> None:
    head = "<thead>" + tr("<td colspan='2'>Item</td>", "Zemolin") + "</thead>"
    body = tr("Infants", "", "") + tr("", "Weight", "700 g") + tr("", "Age", "25 wk") + tr("Mothers", "", "31")
    assert rows(head + body) == [
        "Item: Infants / Weight; Zemolin: 700 g",
        "Item: Infants / Age; Zemolin: 25 wk",
        "Item: Mothers; Zemolin: 31",
    ]


def test_spans_count_for_every_row_and_column_they_cover() -> None:
    head = "<thead>" + tr("<td rowspan='2'>Item</td>", "<td colspan='2'>Week 4</td>") + tr("Zemolin", "Placebo") + "</thead>"
    body = tr("<td rowspan='2'>Pain</td>", "1", "2") + tr("3", "<td rowspan='99'>4</td>")
    assert rows(head + f"<tbody>{body}</tbody><tbody>{tr('Sleep', '5', '6')}</tbody>") == [
        "Item: Pain; Week 4 / Zemolin: 1; Week 4 / Placebo: 2",
        "Item: Pain; Week 4 / Zemolin: 3; Week 4 / Placebo: 4",
        "Item: Sleep; Week 4 / Zemolin: 5; Week 4 / Placebo: 6",
    ]


def test_a_heading_over_the_whole_head_heads_rows_and_no_figure_is_merged_away() -> None:
    head = "<thead>" + tr("<td colspan='3'>Reasons</td>") + "</thead>"
    body = tr("<bold>Item</bold>", "<bold>North</bold>", "<bold>South</bold>") + tr("No time", "0", "0") + tr("Moved", "0", "1")
    assert rows(head + body) == ["Item: Reasons / No time; North: 0; South: 0", "Item: Reasons / Moved; North: 0; South: 1"]


def test_column_headings_in_the_middle_of_a_table_hold_for_the_rows_under_them() -> None:
    strong = [f"<bold>{t}</bold>" for t in ("Week 52", "Zemolin (n = 28)", "Placebo (n = 30)")]
    found = document(
        article(
            "<table-wrap><label>Table 1</label><caption><p>Pain</p></caption><table><thead>"
            + tr("Week 4", "Zemolin (n = 31)", "Placebo (n = 33)") + "</thead><tbody>" + tr("Mild", "1", "2")
            + tr(*strong) + tr("Mild", "3", "4") + "</tbody></table></table-wrap>"
        )
    )  # fmt: skip
    assert lines(found)[1:] == [
        "Table 1. Pain",
        "Week 4: Mild; Zemolin (n = 31): 1; Placebo (n = 33): 2",
        "Table 1. Pain",
        "Week 52: Mild; Zemolin (n = 28): 3; Placebo (n = 30): 4",
    ]


def test_a_second_line_of_headings_stands_below_the_first() -> None:
    def strong(*cells: str) -> str:
        return tr(*(c if c.startswith("<t") else f"<bold>{c}</bold>" for c in cells))

    first = strong("", "<td colspan='2'><bold>Adults (n = 9)</bold></td>", "<td colspan='2'><bold>Children (n = 8)</bold></td>")
    second = strong("", "n", "%", "n", "%")
    assert rows(first + second + tr("Pain", "1", "2", "3", "4")) == [
        "Pain; Adults (n = 9) / n: 1; Adults (n = 9) / %: 2; Children (n = 8) / n: 3; Children (n = 8) / %: 4"
    ]


def test_headings_that_repeat_themselves_stand_below_the_head_and_others_replace_it() -> None:
    repeated = tr("<bold>At birth</bold>", "<bold>n = 8 (%)</bold>", "<bold>n = 9 (%)</bold>")
    other = tr("<bold>Model</bold>", "<bold>Odds ratio</bold>", "<bold>P</bold>")
    found = rows(HEAD + tr("Pain", "1", "2") + repeated + tr("Weight", "3", "4") + other + tr("Age", "5", "6"))
    assert found == [
        "Item: Pain; Zemolin: 1; Placebo: 2",
        "Item / At birth: Weight; Zemolin / n = 8 (%): 3; Placebo / n = 9 (%): 4",
        "Model: Age; Odds ratio: 5; P: 6",
    ]


def test_headings_that_divide_a_span_of_the_head_stand_below_it() -> None:
    head = "<thead>" + tr("", "<td colspan='2'>Zemolin</td>", "<td colspan='2'>Placebo</td>") + "</thead>"
    span = tr("Age", "<td colspan='2'>40</td>", "<td colspan='2'>41</td>")
    answers = tr("", *(f"<bold>{t}</bold>" for t in ("Better", "Worse") * 2))
    assert rows(head + span + answers + tr("Pain", "1", "2", "3", "4")) == [
        "Age; Zemolin: 40; Placebo: 41",
        "Pain; Zemolin / Better: 1; Zemolin / Worse: 2; Placebo / Better: 3; Placebo / Worse: 4",
    ]


@pytest.mark.parametrize(
    ("cell", "foot", "expected"),
    [
        ('5<xref ref-type="table-fn" rid="f1">a</xref>', '<fn id="f1"><label>a</label><p>Adjusted.</p></fn>', "5 [Adjusted.]"),
        ('5<sup><xref ref-type="table-fn" rid="f1">*</xref></sup>', '<fn id="f1"><p><sup>*</sup> Adjusted.</p></fn>', "5 [Adjusted.]"),
        ("5<sup>a,b</sup>", "<fn><label>a</label><p>Adjusted.</p></fn><fn><label>b</label><p>Rounded.</p></fn>", "5 [Adjusted.] [Rounded.]"),
        ("5<sup>b</sup>", "<p><sup>a</sup>Adjusted. <sup>b</sup>Rounded.</p>", "5 [Rounded.]"),
        ("5**", "<p>*P &lt; 0.05; **P &lt; 0.01</p>", "5 [P < 0.01]"),
        ("5 †", "<p>† Rounded.</p>", "5 [Rounded.]"),
        ("Visit<sup>1</sup>", "<fn><label>1</label><p>First.</p></fn>", "Visit [First.]"),
        ("10<sup>3</sup>", "<fn><label>3</label><p>Third.</p></fn>", "10³"),
        ("24 kg/m<sup>2</sup>", "<fn><label>2</label><p>Second.</p></fn>", "24 kg/m²"),
        ("5<sup>c</sup>", "<fn><label>a</label><p>Adjusted.</p></fn>", "5^c"),
        ('5.3<xref ref-type="table-fn" rid="gone">1</xref>', "", "5.3¹"),
        ("28<sup>a</sup>", "<fn><label>abc</label><p>Other letters differ.</p></fn>", "28^a [Other letters differ.]"),
        ("5*", "", "5*"),
        ("1<break/>2<hr/>3", "", "1 2 3"),
    ],
)  # fmt: skip
def test_a_cell_carries_the_footnotes_it_is_marked_with(cell: str, foot: str, expected: str) -> None:
    assert rows(HEAD + tr("Dose", "0", cell), foot) == [f"Item: Dose; Zemolin: 0; Placebo: {expected}"]


def test_a_footnote_of_a_heading_holds_for_what_stands_under_it() -> None:
    head = "<thead>" + tr("Item", "Dose<sup>a</sup>", "n") + "</thead>"
    body = tr("<td colspan='3'>Children<sup>b</sup></td>") + tr("First", "5 mg", "3")
    foot = "<fn><label>a</label><p>Per kg.</p></fn><fn><label>b</label><p>Under 12 years.</p></fn>"
    assert rows(head + body, foot) == ["Item: Children / First; Dose: 5 mg; n: 3 [Under 12 years.] [Per kg.]"]


def test_cells_slice_back_and_know_their_headers_and_table() -> None:
    wrap = (
        "<table-wrap><label>Table 3</label><table>"
        + HEAD
        + tr("Nausea", "3", "1")
        + "</table><table-wrap-foot><p>n</p></table-wrap-foot></table-wrap>"
    )
    found = document(article(wrap + wrap.replace("Table 3", "Table 4")))
    row: Part = next(p for p in found.parts if p.kind is PartKind.TABLE_ROW)
    assert [(found.text[c.start : c.end], c.row, c.column) for c in row.cells] == [
        ("Nausea", "Nausea", "Item"), ("3", "Nausea", "Zemolin"), ("1", "Nausea", "Placebo"),
    ]  # fmt: skip
    assert [(p.kind.value, p.table) for p in found.parts if p.table] == [
        (kind, n) for n in (1, 2) for kind in ("caption", "table_row", "footnote")
    ]


def test_marks_of_titles_and_captions_do_not_read_as_powers() -> None:
    title = TITLE.replace("cramps", 'cramps after 60 min<xref ref-type="author-notes" rid="a1"><sup>2</sup></xref>')
    caption = "<label>Table 1</label><caption><p>Pain after rest<sup>1</sup></p></caption>"
    foot = "<table-wrap-foot><fn><label>1</label><p>Means.</p></fn></table-wrap-foot>"
    found = document(article(f"<table-wrap>{caption}<table>{HEAD}{tr('Legs', '1', '2')}</table>{foot}</table-wrap>", title=title))
    assert lines(found) == [
        "Zemolin for cramps after 60 min",
        "Table 1. Pain after rest",
        "Item: Legs; Zemolin: 1; Placebo: 2",
        "1 Means.",
    ]


def test_a_table_that_is_only_an_image_says_so() -> None:
    found = document(article("<table-wrap><label>Table 2</label><caption><title>Doses</title></caption><graphic/></table-wrap>"))
    assert lines(found)[1:] == ["Table 2. Doses", IMAGE_ONLY]


SPAN = st.integers(0, 3)
NAMED = st.lists(st.lists(st.tuples(SPAN, SPAN, st.booleans(), st.sampled_from(["", "A", "B"])), max_size=4), max_size=3)
FILLED = st.lists(
    st.lists(st.tuples(SPAN, SPAN, st.booleans(), st.integers(0, 999).map(str) | st.just("")), max_size=4), max_size=4
)


@given(NAMED, st.lists(FILLED, min_size=1, max_size=3))
def test_no_figure_of_a_table_is_lost(
    head: list[list[tuple[int, int, bool, str]]], bodies: list[list[list[tuple[int, int, bool, str]]]]
) -> None:
    def cell(down: int, right: int, bold: bool, text: str) -> str:
        return f"<td rowspan='{down}' colspan='{right}'>" + (f"<bold>{text}</bold>" if bold else text) + "</td>"

    def section(tag: str, body: list[list[tuple[int, int, bool, str]]]) -> str:
        return f"<{tag}>" + "".join(tr(*(cell(*c) for c in row)) for row in body) + f"</{tag}>"

    table = section("thead", head) + "".join(section("tbody", body) for body in bodies)
    found = document(article(f"<table-wrap><label>Table A</label><table>{table}</table></table-wrap>"))
    words = found.text.translate(dict.fromkeys(map(ord, "“”;:/"), " ")).split()
    assert {text for body in bodies for row in body for *_, text in row if text} <= set(words)


# --- front matter


def test_bibliography_dates_licence_and_keywords() -> None:
    found = document(
        article(
            journal='<journal-meta><journal-id journal-id-type="nlm-ta">J Cramp</journal-id></journal-meta>',
            ids='<article-id pub-id-type="pmcid">PMC88</article-id><article-id pub-id-type="pmcid-ver">PMC88.2</article-id>'
            '<article-id pub-id-type="pmid">902</article-id><article-id pub-id-type="doi">10.5555/ABC</article-id>',
            meta="<contrib-group><contrib contrib-type='author'><name><surname>Müller</surname><given-names>Ana J.-P.</given-names></name></contrib>"
            "<contrib contrib-type='author'><collab>CRAMP Group</collab></contrib>"
            "<contrib contrib-type='editor'><name><surname>Gone</surname></name></contrib></contrib-group>"
            "<pub-date pub-type='epub'><day>30</day><month>12</month><year>2019</year></pub-date>"
            "<pub-date pub-type='collection'><year>2020</year></pub-date><pub-date pub-type='pmc-release'><year>2021</year></pub-date>"
            "<volume>7</volume><issue>2</issue><fpage>11</fpage><lpage>19</lpage>"
            "<history><date date-type='rev-recd'><day>31</day><month>02</month><year>2019</year></date></history>"
            "<permissions><license><license-p>Under <ext-link xlink:href='https://creativecommons.org/licenses/by-nc-nd/4.0/'>this</ext-link>."
            "</license-p></license></permissions>"
            "<kwd-group><kwd>cramp</kwd><kwd> zemolin </kwd><kwd>cramp</kwd></kwd-group>",
        )
    )
    source = found.bibliography
    assert (source.authors, source.container, source.year) == ("Müller AJP, CRAMP Group", "J Cramp 7(2):11-19", 2020)
    assert (source.pmid, source.doi, source.pmcid) == ("902", "10.5555/abc", "PMC88")
    assert source.url == "https://pmc.ncbi.nlm.nih.gov/articles/PMC88/"
    assert (found.issued, found.revision, found.licence) == ("2019-12-30", "002.2020", "CC BY-NC-ND 4.0")
    assert (found.keywords, found.language) == (("cramp", "zemolin"), "en")


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ('<article-id pub-id-type="pmc">PMC5</article-id>', "pmc:PMC5"),
        ('<article-id pub-id-type="pmc-uid">5</article-id>', "pmc:PMC5"),
        ('<article-id pub-id-type="pmcaid">5</article-id>', "pmc:PMC5"),
        ('<article-id pub-id-type="pmc">plosone</article-id><article-id pub-id-type="pmid">6</article-id>', "pmid:6"),
        ('<article-id pub-id-type="doi">10.5555/X</article-id>', "doi:10.5555/x"),
    ],
)
def test_the_id(ids: str, expected: str) -> None:
    assert document(article(ids=ids)).id == expected


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        ("<license xlink:href='http://creativecommons.org/licenses/by/2.0'><p>Free.</p></license>", "CC BY 2.0"),
        ("<license><ali:license_ref>https://creativecommons.org/licenses/by-sa/3/</ali:license_ref></license>", "CC BY-SA 3.0"),
        ("<license xlink:href='https://creativecommons.org/publicdomain/zero/1.0/'/>", "CC0"),
        ("<license xlink:href='https://creativecommons.org/licenses/by/4.0/'><p>Data: creativecommons.org/publicdomain/zero/1.0/</p></license>",
         "CC BY 4.0"),
        # link and words disagree: the narrower counts
        ("<license xlink:href='https://creativecommons.org/licenses/by/4.0/'><p>creativecommons.org/licenses/by-nc/4.0/</p></license>",
         "CC BY-NC 4.0"),
        ("<license><p>A Creative Commons Attribution Non-Commercial License 3.0 holds.</p></license>", "CC BY-NC 3.0"),
        ("<license><p>A Creative Commons Attribution License holds.</p></license>", "CC BY"),
        ("<license><p>" + "All rights are kept. " * 20 + "</p></license>", ("All rights are kept. " * 6)[:120].strip()),
        ("<copyright-statement>© Us</copyright-statement>", None),
        ("", None),
    ],
)  # fmt: skip
def test_the_licence(permissions: str, expected: str | None) -> None:
    assert document(article(meta=f"<permissions>{permissions}</permissions>")).licence == expected


@pytest.mark.parametrize(
    ("kind", "subject", "title", "expected"),
    [
        ("retraction", "", "Retraction: a randomised trial", StudyDesign.NOTICE),
        ("correction", "", "Zemolin", StudyDesign.NOTICE),
        ("expression-of-concern", "", "Zemolin", StudyDesign.NOTICE),
        ("research-article", "Author Correction", "Zemolin: a randomised trial", StudyDesign.NOTICE),
        ("letter", "", "Zemolin: a randomised trial", StudyDesign.COMMENT),
        ("editorial", "", "Zemolin", StudyDesign.COMMENT),
        ("systematic-review", "", "Zemolin", StudyDesign.SYSTEMATIC_REVIEW),
        ("review-article", "", "Zemolin", StudyDesign.REVIEW),
        ("review-article", "", "Zemolin: a systematic review and meta-analysis", StudyDesign.SYSTEMATIC_REVIEW),
        ("review-article", "", "What a randomised trial is", StudyDesign.REVIEW),
        ("case-report", "", "Zemolin and falls", StudyDesign.CASE_REPORT),
        ("case-report", "", "Falls after zemolin: a case series", StudyDesign.CASE_SERIES),
        ("research-article", "Practice Guideline", "Care of cramps", StudyDesign.GUIDELINE),
        ("research-article", "Study Protocol", "Zemolin: a randomised controlled trial", StudyDesign.REGISTRATION),
        ("research-article", "", "Zemolin: study protocol for a randomised trial", StudyDesign.REGISTRATION),
        ("research-article", "", "Rationale and design of the ZEM trial", StudyDesign.REGISTRATION),
        ("research-article", "Research", "Zemolin for cramps: a randomised, double-blind trial", StudyDesign.RCT),
        ("research-article", "Review", "Zemolin for cramps: a randomized crossover study", StudyDesign.REVIEW),
        ("research-article", "", "Effect of a fixed weaning protocol: an RCT", StudyDesign.RCT),
        ("research-article", "", "Costs of interviews: a randomised controlled trial", StudyDesign.RCT),
        ("research-article", "", "Serum salt, associated with cramps—Randomized Controlled Trial", StudyDesign.RCT),
        ("research-article", "", "Zemolin: a pooled analysis of three randomised studies", StudyDesign.ARTICLE),
        ("research-article", "", "Zemolin: a non-randomised trial", StudyDesign.TRIAL),
        ("research-article", "", "Zemolin: post hoc analysis of a randomised trial", StudyDesign.TRIAL),
        ("research-article", "", "Living with cramps: interviews within a randomised trial", StudyDesign.ARTICLE),
        ("research-article", "", "Sample size in randomised trials", StudyDesign.ARTICLE),
        ("research-article", "", "Cramps and height: a mendelian randomization study", StudyDesign.ARTICLE),
        ("research-article", "", "A phase II study of zemolin", StudyDesign.TRIAL),
        ("research-article", "", "Cramps at sea: a cohort study", StudyDesign.COHORT),
        ("research-article", "", "Cramps at sea: a nested case-control study", StudyDesign.CASE_CONTROL),
        ("research-article", "", "Cramps: a cross-sectional survey", StudyDesign.CROSS_SECTIONAL),
        ("research-article", "", "Pharmacokinetics of zemolin", StudyDesign.PHARMACOKINETIC),
        ("research-article", "", "Zemolin in aged rats: a randomised study", StudyDesign.PRECLINICAL),
        ("research-article", "", "Zemolin in cow's milk allergy", StudyDesign.ARTICLE),
        ("research-article", "", "Random thoughts on cramps", StudyDesign.ARTICLE),
    ],
)  # fmt: skip
def test_the_design_is_what_type_heading_and_title_say(kind: str, subject: str, title: str, expected: StudyDesign) -> None:
    assert study_design(kind, [subject] if subject else [], title) is expected


def test_a_body_that_says_random_makes_no_trial() -> None:
    assert document(article("<p>Patients were randomised in a trial.</p>")).kind is StudyDesign.ARTICLE


def test_topics_are_no_subject_headings() -> None:
    groups = (
        '<article-categories><subj-group subj-group-type="heading"><subject>Article</subject></subj-group>'
        '<subj-group subj-group-type="Discipline"><subject>Clinical trials</subject></subj-group></article-categories>'
    )
    assert document(article(meta=groups)).kind is StudyDesign.ARTICLE


# --- notices

DATE = "<pub-date pub-type='epub'><day>2</day><month>3</month><year>2021</year></pub-date>"


def link(kind: str, target: str = "10.5555/old", by: str = "doi") -> str:
    return f'<related-article related-article-type="{kind}" ext-link-type="{by}" xlink:href="{target}"/>'


@pytest.mark.parametrize(
    ("article_type", "links", "nature"),
    [
        ("retraction", link("retracted-article"), NoticeNature.RETRACTION),
        ("correction", link("corrected-article"), NoticeNature.CORRECTION),
        ("correction", link("retracted-article"), NoticeNature.RETRACTION),
        ("expression-of-concern", link("object-of-concern"), NoticeNature.CONCERN),
        ("retraction", link("retraction"), NoticeNature.RETRACTION),
        ("correction", link(""), NoticeNature.CORRECTION),
        ("partial-retraction", link("article-reference"), NoticeNature.CONCERN),
        ("letter", link("corrected-article"), NoticeNature.CORRECTION),
    ],
)
def test_a_notice_is_about_the_other_work(article_type: str, links: str, nature: NoticeNature) -> None:
    found, *notices = records(article(kind=article_type, meta=DATE + links))
    assert notices == [StatusNotice(nature, "PMC", doi="10.5555/old", date="2021-03-02", reference="PMID 901")]
    assert isinstance(found, Document)
    assert found.status is PublicationStatus.CURRENT


@pytest.mark.parametrize(
    ("kind", "nature", "status"),
    [
        ("retraction-forward", NoticeNature.RETRACTION, PublicationStatus.RETRACTED),
        ("correction-forward", NoticeNature.CORRECTION, PublicationStatus.CURRENT),
        ("expression-of-concern", NoticeNature.CONCERN, PublicationStatus.CURRENT),
    ],
)
def test_a_forward_link_is_about_this_work(kind: str, nature: NoticeNature, status: PublicationStatus) -> None:
    found, *notices = records(article(meta=link(kind, "333", "pmid")))
    assert notices == [StatusNotice(nature, "PMC", pmid="901", reference="PMID 333")]
    assert isinstance(found, Document)
    assert found.status is status


@pytest.mark.parametrize("kind", ["companion", "commentary-article", "article-reference", "peer-reviewed-article"])
def test_other_links_say_nothing_about_standing(kind: str) -> None:
    assert len(records(article(meta=link(kind)))) == 1


def test_a_title_that_says_retracted_is_a_notice() -> None:
    found, notice = records(article(title=TITLE.replace("Zemolin", "RETRACTED: Zemolin")))
    assert isinstance(found, Document)
    assert isinstance(notice, StatusNotice)
    assert (found.status, notice.nature, notice.pmid) == (PublicationStatus.RETRACTED, NoticeNature.RETRACTION, "901")
    assert len(records(article(title=TITLE.replace("Zemolin", "Retracted hips and zemolin")))) == 1


def test_a_retraction_of_a_work_without_pmid_or_doi_is_reported() -> None:
    _, refusal = records(article(kind="retraction", meta=link("retracted-article", "PMC12", "pmc")))
    assert isinstance(refusal, Rejected)
    assert "retraction" in refusal.reason


# --- files, wrappers, hostile input


def test_wrapped_articles_are_read_one_by_one_and_a_bad_one_does_not_stop_the_rest() -> None:
    one, two, nameless = article(), article(ids=IDS.replace("77", "78")), article(ids="")
    wrapped = f"\n<?xml version='1.0'?><!DOCTYPE pmc-articleset PUBLIC 'x' 'http://127.0.0.1:1/x.dtd'><pmc-articleset>{one}{nameless}{two}</pmc-articleset>"
    first, refusal, last = records(wrapped)
    assert isinstance(first, Document)
    assert isinstance(last, Document)
    assert isinstance(refusal, Rejected)
    assert [first.id, last.id] == ["pmc:PMC77", "pmc:PMC78"]
    assert "no PMC id" in refusal.reason


def test_a_namespace_of_a_wrapper_is_no_hindrance() -> None:
    inner = article("<p>5 mg<sup>2</sup></p>").replace(
        "<article ", '<article xmlns="https://jats.nlm.nih.gov/ns/archiving/1.3/" ', 1
    )
    found = document(
        f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><record><metadata>{inner}</metadata></record></OAI-PMH>'
    )
    assert found.text == "Zemolin for cramps\n5 mg²"


def test_a_file_that_breaks_off_keeps_what_was_whole() -> None:
    first, refusal = records(f"<pmc-articleset>{article()}<article><front>")
    assert isinstance(first, Document)
    assert isinstance(refusal, Rejected)
    assert "broken XML" in refusal.reason


@pytest.mark.parametrize("data", [b"", b"not xml", b"<OA><error>no</error></OA>", b"<article><front>", b"\x00\x01", b"%PDF-1.4"])
def test_a_file_without_a_single_article_is_an_error(data: bytes) -> None:
    with pytest.raises(SourceError, match=r"file\.nxml"):
        list(parse_jats(data, "file.nxml"))


def test_character_entities_of_old_files_are_characters() -> None:
    xml = "<!DOCTYPE article PUBLIC 'x' 'archivearticle.dtd'>" + article("<p>5&thinsp;&micro;g &plusmn; 2</p>")
    assert document(xml).text.endswith("5 µg ± 2")


@pytest.mark.parametrize(
    ("declared", "used"),
    [
        ('<!ENTITY secret SYSTEM "file:///etc/passwd">', "&secret;"),
        ('<!ENTITY dose "500 mg">', "&dose;"),
        ('<!ENTITY micro "m">', "5 &micro;g"),
        ('<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">', "&c;"),
    ],
)
def test_entities_of_the_file_itself_are_never_expanded(declared: str, used: str) -> None:
    (refusal,) = records(f"<!DOCTYPE article [{declared}]>" + article(f"<p>Give {used}</p>"))
    assert isinstance(refusal, Rejected)
    assert "entity" in refusal.reason


@pytest.mark.parametrize("tag", ["sec", "list", "p", "bold"])
def test_depth_is_bounded(tag: str) -> None:
    deep = article(f"<{tag}>" * 150 + "x" + f"</{tag}>" * 150)
    (refusal,) = records(deep)
    assert isinstance(refusal, Rejected)
    assert "deep" in refusal.reason
    with pytest.raises(SourceError):
        records(article(f"<{tag}>" * 5000 + "x" + f"</{tag}>" * 5000))


def test_a_table_that_claims_too_many_cells_is_refused() -> None:
    huge = "".join(tr("<td rowspan='999999' colspan='999999'>x</td>") for _ in range(400))
    (refusal,) = records(article(f"<table-wrap><table>{huge}</table></table-wrap>"))
    assert isinstance(refusal, Rejected)
    assert (refusal.record, "cells" in refusal.reason) == ("pmc:PMC77", True)


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="<&>\ufffe\uffff"), min_size=1)
)
def test_every_part_slices_the_text_and_words_survive(inner: str) -> None:
    found = document(article(f"<sec><title>Dose</title><p>Give {inner} 5 mg</p></sec>"))
    assert "\n".join(lines(found)) == found.text
    assert found.text.endswith("5 mg")


def test_the_same_file_gives_the_same_records() -> None:
    xml = article(
        HEAD.join(["<table-wrap><table>", tr("a", "1", "2") + "</table></table-wrap>"]), meta=DATE + link("correction-forward")
    )
    assert records(xml) == records(xml)
