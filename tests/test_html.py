"""HTML: the page's own article with its tables and lists; menus, banners and scripts gone; what it says of itself kept."""

from __future__ import annotations

import pytest

from osler.documents.html import parse_html
from osler.domain.document import Document, StudyDesign
from osler.domain.part import PartKind
from osler.domain.status import PublicationStatus
from osler.errors import SourceError

LONG = "Give the first dose by weight and wait for the level. " * 10
PAGE = f"""<!DOCTYPE html><html lang="en-GB"><head><title>Gentamicin | Example Hospital</title>
<meta name="citation_title" content="Gentamicin on the renal ward"><meta name="citation_author" content="A Author">
<meta name="citation_author" content="B Author"><meta name="citation_journal_title" content="Ward Journal">
<meta name="citation_publication_date" content="2021/05/03"><meta name="citation_doi" content="10.1000/ABC">
<meta name="citation_pmid" content="123"><link rel="license" href="https://example.org/by"></head>
<body><header>Site name</header><nav><ul><li><a href="/">Home</a></li></ul></nav>
<div class="cookie-banner">We use cookies.</div>
<main><div class="breadcrumbs"><a href="/">Home</a> / Wards</div>
<article><h1>Gentamicin on the renal ward</h1><p>{LONG}</p>
<h2>Dosing</h2><ul><li>10<sup>9</sup> cells</li><li>2 mg/kg</li></ul>
<table><tr><th>Drug</th><th>Dose</th></tr><tr><td>Drug A</td><td>5 mg</td></tr></table>
<aside class="sidebar"><p>{LONG}</p></aside><p>Give <x-term>5 mg</x-term> daily.</p>
<ul><li><a href="/a">Other wards</a></li><li><a href="/b">Other drugs</a></li><li><a href="/c">Other pages</a></li></ul>
<p hidden>unseen</p></article></main>
<footer>Contact us</footer><script>var dose = "900 mg";</script></body></html>"""


def read(page: str | bytes, name: str = "ward.html") -> Document:
    (document,) = parse_html(page if isinstance(page, bytes) else page.encode(), name)
    assert isinstance(document, Document)
    return document


def pieces(document: Document) -> list[tuple[PartKind, str]]:
    return [(p.kind, document.text[p.start : p.end]) for p in document.parts]


def test_the_article_and_nothing_else() -> None:
    assert pieces(read(PAGE)) == [
        (PartKind.TITLE, "Gentamicin on the renal ward"),
        (PartKind.PARAGRAPH, LONG.strip()),
        (PartKind.HEADING, "Dosing"),
        (PartKind.LIST_ITEM, "10⁹ cells"),
        (PartKind.LIST_ITEM, "2 mg/kg"),
        (PartKind.TABLE_ROW, "Drug: Drug A; Dose: 5 mg"),
        (PartKind.PARAGRAPH, LONG.strip()),
        (PartKind.PARAGRAPH, "Give 5 mg daily."),
    ]


def test_what_the_page_says_of_itself() -> None:
    document = read(PAGE)
    source = document.bibliography
    assert (source.title, source.authors, source.container, source.year) == (
        "Gentamicin on the renal ward",
        "A Author, B Author",
        "Ward Journal",
        2021,
    )
    assert (source.doi, source.pmid, source.url) == ("10.1000/abc", "123", "file:ward.html")
    assert (document.id, document.language, document.licence) == ("local:ward-html", "en", "https://example.org/by")
    assert (document.kind, document.status) == (StudyDesign.ARTICLE, PublicationStatus.CURRENT)


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ('<meta property="og:title" content="From og">', "From og"),
        ("<title>From title</title>", "From heading"),
        ("", "From heading"),
    ],
)
def test_titles(head: str, title: str) -> None:
    assert read(f"<html><head>{head}</head><body><h1>From heading</h1><p>{LONG}</p></body></html>").bibliography.title == title


def test_a_page_without_a_title_is_described_by_its_file_name() -> None:
    document = read("<p>Text.</p>", "a page.html")
    assert (document.bibliography.title, document.bibliography.title_is_description) == ("a page.html", True)


@pytest.mark.parametrize(
    ("meta", "year"),
    [
        ('property="article:published_time" content="2019-02-03T10:00"', 2019),
        ('name="dcterms.issued" content="3 May 2018"', 2018),
        ('name="citation_publication_date" content="n.d."', None),
        ('name="viewport" content="width=2020"', None),
    ],
)
def test_years(meta: str, year: int | None) -> None:
    assert read(f"<meta {meta}><p>{LONG}").bibliography.year == year


def test_wrong_identifiers_are_left_out() -> None:
    document = read(f'<meta name="citation_doi" content="none"><meta name="citation_pmid" content="PMC12"><p>{LONG}')
    assert (document.bibliography.doi, document.bibliography.pmid) == (None, None)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("<meta charset=utf-8><p>≥ 5 µg".encode(), "≥ 5 µg"),
        ("<p>≥ 5 µg".encode(), "≥ 5 µg"),
        (b"\xef\xbb\xbf" + "<meta charset=latin-1><p>≥ 5 µg".encode(), "≥ 5 µg"),
        ("<p>≥ 5 µg".encode("utf-16"), "≥ 5 µg"),
        ("<meta charset='iso-8859-1'><p>5 µg – 9 µg".encode("cp1252"), "5 µg – 9 µg"),
        ('<?xml version="1.0" encoding="utf-8"?><html><body><p>≥ 5 µg</p></body></html>'.encode(), "≥ 5 µg"),
        ("<meta charset=utf-8><p>5 µg".encode("cp1252"), "5 µg"),
        (b"<p>5 <font face='Symbol'>m</font>g", "5 μg"),
        (b"<p>5 <span style='font-family: Symbol'>m</span>g", "5 μg"),
    ],
)
def test_characters_are_what_they_were(data: bytes, text: str) -> None:
    assert read(data).text.split("\n")[1] == text


def test_without_landmarks_the_body_is_read() -> None:
    page = f'<body><div id="menu"><a href="/">Home</a></div><div><p>{LONG}</p><table><tr><td>Drug A</td><td>5 mg</td></tr></table></div></body>'
    assert [t for _, t in pieces(read(page))[1:]] == [LONG.strip(), "Drug A: 5 mg"]


def test_a_section_with_an_unlucky_name_and_much_text_stays() -> None:
    assert LONG.strip() in read(f'<body><div class="share menu"><p>{LONG}</p></div></body>').text
    assert "Informed consent" in read('<body><div id="consent"><p>Informed consent is taken.</p></div></body>').text


def test_recommendations_make_a_guideline_and_draft_is_said() -> None:
    document = read("<body><h1>T</h1><p>Draft for consultation</p><p>Recommendation 1: Do not offer drug A.</p></body>")
    assert (document.kind, document.status) == (StudyDesign.GUIDELINE, PublicationStatus.DRAFT)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not an HTML page"),
        (b"plain words", "not an HTML page"),
        (b"%PDF-1.4", "not an HTML page"),
        (b"<html><body><nav>Home</nav></body></html>", "no text of its own"),
        (b"<html><body><p>Loading</p><script>go()</script></body></html>", "a script would load it"),
        (b"\x00\x01<html>", "not a text file"),
    ],
)
def test_pages_that_cannot_be_used_are_refused(data: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        read(data)
    assert str(caught.value).startswith("ward.html: ")


@pytest.mark.parametrize("page", ["<div>" * 5000 + "deep", "<p>" + "<b>" * 5000 + "deep", "<table>" * 2000, "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><p>&e;"])  # fmt: skip
def test_hostile_pages_are_read_or_refused(page: str) -> None:
    try:
        document = read(page)
    except SourceError:
        return
    assert "deep" in document.text or "e;" in document.text
