"""HTML fragments become parts: no character of a quantity is lost, nothing runs together, headings stand over what follows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.documents.fragment import add_html, html_lines, html_text
from osler.documents.text import TextBuilder, clean
from osler.domain.part import Part, PartKind
from osler.errors import SourceError


def parts(html: str) -> list[tuple[PartKind, tuple[str, ...], str]]:
    builder = TextBuilder()
    add_html(builder, html, ("Base",), code="c")
    assert all(p.code == "c" for p in builder.parts)
    return [(p.kind, p.path, _slice(builder, p)) for p in builder.parts]


def _slice(builder: TextBuilder, part: Part) -> str:
    return builder.text[part.start : part.end]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("dose <5 mg, INR<target &amp; eGFR < 30", "dose <5 mg, INR<target & eGFR < 30"),
        ("10<sup>9</sup>/L and 10<sup>–9</sup> g", "10⁹/L and 10⁻⁹ g"),
        ("<mml:msup><mml:mn>10</mml:mn><mml:mn>9</mml:mn></mml:msup>", "10⁹"),
        ("<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>", "(1)/(2)"),
        ("in children.<sup>1, 2</sup>", "in children.¹,²"),
        ("in 12<sup>a</sup> women <sup><a id='x'></a>b </sup>Of all ages", "in 12 [a] women [b] Of all ages"),
        ("h<sup>max</sup> and CO<sub>2</sub>", "h^max and CO2"),
        ("the 25<sup>th</sup> day of Drug<sup>®</sup>", "the 25th day of Drug®"),
        ("Give <del>50</del> 5 mg<script>0</script>", "Give 5 mg"),
        ("a<!-- hidden --> b <!-- never closed 7 mg", "a b <!-- never closed 7 mg"),
        ("5&nbsp;mg &ge; 2\x00\x08&#8;\ud800", "5 mg ≥ 2"),
        ("</div></div>4 mg <b", "4 mg <b"),
        ('see <img src="https://example.org/x.png" alt="a curve">', "see [image: a curve]"),
        ("<p> </p>", ""),
        ("", ""),
    ],
)
def test_no_quantity_changes_and_no_less_than_sign_is_taken_for_a_tag(html: str, text: str) -> None:
    assert html_text(html) == text


def test_headings_make_the_path_of_what_follows() -> None:
    assert parts("<h2>Dosing</h2><p>first</p><h3>Renal</h3>second<h2>Harms</h2><div>third</div>") == [
        (PartKind.HEADING, ("Base",), "Dosing"),
        (PartKind.PARAGRAPH, ("Base", "Dosing"), "first"),
        (PartKind.HEADING, ("Base", "Dosing"), "Renal"),
        (PartKind.PARAGRAPH, ("Base", "Dosing", "Renal"), "second"),
        (PartKind.HEADING, ("Base",), "Harms"),
        (PartKind.PARAGRAPH, ("Base", "Harms"), "third"),
    ]


def test_a_list_keeps_the_words_it_hangs_on() -> None:
    assert parts("<p>Do not use in:</p><ul><li>infants</li></ul><p>Or ever.</p><ul><li>adults</li></ul>") == [
        (PartKind.PARAGRAPH, ("Base",), "Do not use in:"),
        (PartKind.LIST_ITEM, ("Base", "Do not use in:"), "infants"),
        (PartKind.PARAGRAPH, ("Base",), "Or ever."),
        (PartKind.LIST_ITEM, ("Base",), "adults"),
    ]
    assert parts("<ul><li>Never with:<ul><li>drug A</li><li><p>drug B</p></li></ul></li><li>Fine with drug C</li></ul>") == [
        (PartKind.LIST_ITEM, ("Base",), "Never with:"),
        (PartKind.LIST_ITEM, ("Base", "Never with:"), "drug A"),
        (PartKind.LIST_ITEM, ("Base", "Never with:"), "drug B"),
        (PartKind.LIST_ITEM, ("Base",), "Fine with drug C"),
    ]


def test_breaks_end_a_piece_only_where_a_sentence_or_a_paragraph_ends() -> None:
    assert html_lines("One.<br>Two of<br>5 mg<br> <br>Three<br>• Four") == ("One.", "Two of 5 mg", "Three", "• Four")


def test_a_table_keeps_its_headers_and_a_cell_its_lines() -> None:
    html = (
        "<table><caption>Doses</caption><thead><tr><td>Drug</td><td>Dose</td></tr></thead>"
        "<tr><th>A</th><td>5<br>mg</td></tr><tr><td>B</td><td><p>1 mg</p><p>then 2 mg</p></td></tr></table>"
    )
    assert parts(html) == [
        (PartKind.CAPTION, ("Base",), "Doses"),
        (PartKind.TABLE_ROW, ("Base",), "Drug: A; Dose: 5 mg"),
        (PartKind.TABLE_ROW, ("Base",), "Drug: B; Dose: 1 mg; then 2 mg"),
    ]


@pytest.mark.parametrize(
    "html",
    [
        "<table><tr><td><p>first</p><ul><li>second</li></ul></td></tr></table>",
        "<table>first<tr><td>second</td></tr></table>",
        "<table><tr><td>first</td><td><table><tr><td>second</td></tr></table></td></tr></table>",
    ],
)
def test_a_table_that_only_places_text_is_read_as_text(html: str) -> None:
    assert html_lines(html) == ("first", "second")


@pytest.mark.parametrize(
    "html",
    ["<div>" * 100_000 + "5 mg", "<table>" + "<tr>" + "<td rowspan=999999 colspan=1000>1</td>" * 300 + "</tr>" * 300 + "</table>"],
)
def test_what_cannot_be_read_without_loss_is_refused(html: str) -> None:
    with pytest.raises(SourceError):
        html_lines(html)


def test_deep_but_legal_nesting_is_read() -> None:
    assert html_lines("<div>" * 200 + "5 mg" + "</div>" * 200) == ("5 mg",)


_WORD = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Co", "Cn", "M"), exclude_characters="<>&\u2028"), min_size=1)

_TAGGED = st.recursive(
    _WORD,
    lambda inner: st.tuples(st.sampled_from(["p", "div", "li", "ul", "b", "span", "h3", "td"]), st.lists(inner, max_size=3)).map(
        lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}>"
    ),
    max_leaves=8,
)


@given(st.lists(st.tuples(st.sampled_from(["p", "li", "h2", "div", "blockquote"]), _WORD), max_size=6))
def test_every_character_of_the_text_is_kept_in_order(blocks: list[tuple[str, str]]) -> None:
    found = "".join(html_lines("".join(f"<{tag}>{text}</{tag}>" for tag, text in blocks)))
    wanted = "".join(clean(text) for _, text in blocks)
    assert found.replace(" ", "") == wanted.replace(" ", "")


@given(st.text() | _TAGGED)
def test_any_text_gives_parts_that_slice_or_is_refused(html: str) -> None:
    builder = TextBuilder()
    try:
        add_html(builder, html)
    except SourceError:
        return
    assert [_slice(builder, p) for p in builder.parts] == [line for line in builder.text.split("\n") if line]
