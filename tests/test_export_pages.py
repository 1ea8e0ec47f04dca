"""Text from outside stays text in every kind of page: it adds no markup, leads nowhere new, and breaks no file."""

from __future__ import annotations

import io
from typing import Any

import docx
import pypdf
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from osler.article.blocks import Boxed, Heading, Listing, Mark, Page, Paragraph, Rule, Run, Table, drawable, web_link, words
from osler.article.docx import page_docx
from osler.article.html import page_html
from osler.article.markdown import page_markdown, page_text
from osler.article.pdf import page_pdf
from test_export import read_html

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
NASTY = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style><b>", "]]>", "&lt;b&gt; &nbsp; &#60;", "a\x00b\x08c\x0bd",
    "\ud800 lone", "one\u2028two\nthree", "${x} {{y}} {% z %}", "`code` ``more``", "[a](javascript:x)", "| a | b |", "- a", "1. a", "# a",
    "> a", "---", "***", "\u202eabc", "5 mg < 10 mg & > 3", "'); DROP", "=1+1", "\\", "*a", "_a_", "https://example.org/x",
]  # fmt: skip


def page_of(text: str) -> Page:
    """The text in every kind of block, every mark and the metadata."""
    line = tuple(Run(text, mark) for mark in Mark if mark is not Mark.CITE)
    return Page(
        title=text,
        blocks=(
            Heading(1, words(text)), Paragraph(line), Boxed(words(text), urgent=True), Heading(2, words(text)),
            Listing((words(text), line)), Listing((words(text), (Run(text, link="https://example.org/a"),)), numbered=True, references=True),
            Heading(3, words(text)), Table((words("A"), words(text)), ((words(text), (Run("[1]", Mark.CITE),)),)), Rule(),
            Paragraph((Run("x "), Run(text, link=text))),
        ),
        language="en", standing=text, identifier=text, composer=text, cite_as=text,
    )  # fmt: skip


PLAIN = page_of("word")


@pytest.mark.parametrize("text", NASTY)
def test_html_gains_no_tag_attribute_or_address(text: str) -> None:
    plain, nasty = read_html(page_html(PLAIN)), read_html(page_html(page_of(text)))
    extra = ["a"] if web_link(text) else []
    assert sorted(nasty.tags) == sorted([*plain.tags, *extra])
    links = {v for n, v in nasty.attributes if n == "href"}
    assert links <= {"#ref-1", "https://example.org/a", web_link(text)}
    assert drawable(text) in "".join(nasty.text)


@pytest.mark.parametrize("text", NASTY)
def test_markdown_gains_no_block_or_tag(text: str) -> None:
    kinds = lambda page: [t.type for t in MARKDOWN.parse(page_markdown(page)) if t.type != "inline"]  # noqa: E731
    assert kinds(page_of(text)) == kinds(PLAIN)
    inner: list[Any] = [c for t in MARKDOWN.parse(page_markdown(page_of(text))) for c in t.children or ()]
    assert not [c for c in inner if c.type.startswith(("html", "image"))]


@pytest.mark.parametrize("text", NASTY)
def test_docx_opens_and_holds_the_text(text: str) -> None:
    document = docx.Document(io.BytesIO(page_docx(page_of(text))))
    held = "".join(t.text or "" for t in document.element.body.xpath(".//w:t"))
    assert "".join(drawable(text).split()) in "".join(held.split())
    targets = {r.target_ref for r in document.part.rels.values() if r.is_external}
    assert targets <= {"https://example.org/a", web_link(text)}


@pytest.mark.parametrize(
    "text", ["</style><b>", '"><img src="https://example.org/x.png">', "a\x00b", "透析 спина ß", "url(https://example.org/y)"]
)
def test_pdf_draws_it_and_fetches_nothing(text: str) -> None:
    reader = pypdf.PdfReader(io.BytesIO(page_pdf(page_of(text))))
    assert len(reader.pages) == 1
    assert (reader.metadata or {})["/Title"] == drawable(text)


@given(st.text(min_size=1, max_size=40))
@hypothesis_settings(max_examples=40)
def test_any_text_makes_every_kind_of_page(text: str) -> None:
    page = page_of(text)
    plain = read_html(page_html(PLAIN)).tags
    assert sorted(read_html(page_html(page)).tags) == sorted(plain + (["a"] if web_link(text) else []))
    docx.Document(io.BytesIO(page_docx(page)))
    assert page_text(page).endswith("\n")


@pytest.mark.parametrize(
    ("link", "leads_to"),
    [
        ("https://example.org/a b<c>", "https://example.org/a%20b%3Cc%3E"),
        ("https://doi.org/10.1000/a{b}%c", "https://doi.org/10.1000/a%7Bb%7D%25c"),
        ("https://example.org/%C3%A9?q=1&r=2#s", "https://example.org/%C3%A9?q=1&r=2#s"),
        ('https://example.org/"onclick="x', "https://example.org/%22onclick=%22x"),
        ("HTTP://example.org/", "HTTP://example.org/"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("//example.org/", None),
        ("", None),
        (None, None),
    ],
)
def test_a_page_leads_to_the_web_only(link: str | None, leads_to: str | None) -> None:
    assert web_link(link) == leads_to


def test_a_mark_stands_once_around_neighbours_of_one_style() -> None:
    line = (Run("A "), Run("(b; ", Mark.ASIDE), Run("INDIRECT: c", Mark.ALERT), Run(")", Mark.ASIDE), Run(" [2]", Mark.PLAIN))
    assert page_markdown(Page("t", (Paragraph(line),))) == "A *(b; INDIRECT: c)* \\[2\\]\n"


def test_lists_of_numbers_each_begin_at_one() -> None:
    twice = Page(
        "t", (Listing((words("a"), words("b")), numbered=True), Paragraph(words("x")), Listing((words("c"),), numbered=True))
    )
    document = docx.Document(io.BytesIO(page_docx(twice)))
    ids = [p._p.pPr.numPr.numId.val for p in document.paragraphs if p.style is not None and p.style.name == "List Number"]
    assert ids[0] == ids[1] != ids[2]
    numbering = document.part.numbering_part.element
    for number in set(ids):
        assert numbering.xpath(f"./w:num[@w:numId='{number}']/w:lvlOverride/w:startOverride/@w:val") == ["1"]


def test_what_cannot_be_a_page_is_refused() -> None:
    with pytest.raises(ValueError, match="level"):
        Heading(4, words("x"))
    with pytest.raises(ValueError, match="cells"):
        Table((words("a"), words("b")), ((words("c"),),))
    with pytest.raises(ValueError, match="numbered"):
        Listing((words("a"),), references=True)
