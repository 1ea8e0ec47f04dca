"""The page shows every caveat the object holds, dangers first, and text from a source stays text, whatever is in it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from osler.article.cite import reference_line
from osler.article.render import REVIEW_WORDS, claim_line, to_markdown, to_text
from osler.domain.answer import Calculation, Notice, NoticeKind
from osler.domain.article import Article, Reference
from osler.domain.document import StudyDesign, Via
from osler.domain.evidence import Axis, Directness, Mismatch
from osler.domain.grade import Certainty, Strength
from osler.domain.question import Audience
from osler.domain.status import PublicationStatus
from osler.pipeline import Library, ask

NASTY = [
    "[x](javascript:alert(1))",
    "![i](https://example.org/pixel.png)",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<https://example.org>",
    "5 mg | 10 mg | avoid",
    "**bold** _it_ ~~no~~ `code` # head",
    "a\\*b \\[c\\]",
    "p < 0.05 and q > 3",
    "one\n\n# two\n\n<b>three</b>",
    "***",
    "> quoted",
]
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@pytest.fixture(scope="module")
def article(library: Library) -> Article:
    return ask(library, "What can I give on hemodialysis for back spasms, as an alternative to baclofen?")


def with_text(article: Article, text: str) -> Article:
    """The article with `text` wherever the text of a source or of the asker is printed."""
    claims = tuple(dataclasses.replace(c, text=text) for c in article.claims)
    rows = tuple(dataclasses.replace(r, intervention=text, dose=text, population=text) for r in article.dose_table)
    options = tuple(dataclasses.replace(o, intervention=text, verdict=text) for o in article.options)
    references = tuple(dataclasses.replace(r, title=text, authors=text) for r in article.references)
    notices = (Notice(NoticeKind.UNKNOWN_TERM, text),)
    return dataclasses.replace(
        article, title=text, claims=claims, dose_table=rows, options=options, references=references, notices=notices, gaps=(text,)
    )


def tokens(page: str) -> list[Any]:
    return [t for block in MARKDOWN.parse(page) for t in (block, *(block.children or ()))]


def words(page: str) -> str:
    """What a reader of the rendered page sees."""
    return "".join(t.content for t in tokens(page) if t.type in ("text", "text_special", "code_inline"))


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("text", [*NASTY, "- 5 mg", "+ 5 mg", "1. Take 5 mg", "10) mg", "---", "==="])
def test_source_text_stays_text_in_markdown(article: Article, text: str) -> None:
    plain, nasty = tokens(to_markdown(with_text(article, "word"))), tokens(to_markdown(with_text(article, text)))
    assert [t.type for t in nasty if t.type not in ("text", "text_special")] == [
        t.type for t in plain if t.type not in ("text", "text_special")
    ]
    assert not [t for t in nasty if t.type.startswith(("html", "image"))]
    links = {t.attrs["href"] for t in nasty if t.type == "link_open"}
    assert links == {r.link for r in article.references}
    assert words(to_markdown(with_text(article, text))).count(flat(text)) >= len(article.claims)


def test_an_entity_in_source_text_stays_text(article: Article) -> None:
    assert "5&nbsp;mg &lt;b&gt;" in words(to_markdown(with_text(article, "5&nbsp;mg &lt;b&gt;")))


@given(st.text(min_size=1, max_size=40).filter(lambda t: t.strip() and t.isprintable()))
def test_plain_text_shows_a_statement_character_by_character(article: Article, text: str) -> None:
    claim = dataclasses.replace(article.claims[0], text=text)
    page = to_text(dataclasses.replace(article, claims=(claim, *article.claims[1:])))
    assert f"- {flat(text)} [" in page


def test_plain_text_has_no_markup(article: Article) -> None:
    page = to_text(article)
    assert not [line for line in page.splitlines() if line.startswith(("#", ">", "|--", "*"))]
    assert "**" not in page
    assert "\\" not in page


def test_every_claim_is_on_the_page_as_a_sentence_or_as_a_dose(article: Article) -> None:
    for page in (to_text(article), words(to_markdown(article))):
        doses = {i: row.dose for row in article.dose_table for i in row.claims}
        assert doses
        for claim in article.claims:
            assert flat(claim.text) in page or doses[claim.id] in page
    assert to_text(article).count("INDIRECT") == to_markdown(article).count("INDIRECT") > 0


def test_dangers_stand_before_the_bottom_line(article: Article, library: Library) -> None:
    page = to_text(article)
    danger = next(s for s in article.sections if s.role.value == "red_flag")
    assert page.index(article.claim(danger.claims[0]).text) < page.index("BOTTOM LINE")
    urgent = ask(library, "HD patient on baclofen since Friday is now confused and drowsy. What can I give for her back spasm?")
    page = to_text(urgent)
    assert page.index(urgent.notices[0].text) < page.index("BOTTOM LINE")


def test_an_indirect_claim_says_what_differs(article: Article) -> None:
    for claim in article.claims:
        line = claim_line(claim).replace("\\", "")
        mismatches = [m for c in claim.citations for m in c.mismatches]
        assert ("INDIRECT" in line) is bool(mismatches)
        assert all(m.studied in line for m in mismatches)


def test_a_mismatch_names_both_sides(article: Article) -> None:
    mismatch = Mismatch(Axis.PROBLEM, "muscle spasm", "uremic pruritus")
    citation = dataclasses.replace(article.claims[0].citations[0], directness=Directness.INDIRECT, mismatches=(mismatch,))
    line = claim_line(dataclasses.replace(article.claims[0], citations=(citation,)))
    assert "INDIRECT: studied in uremic pruritus, asked for muscle spasm" in line


def test_design_population_certainty_strength_note_and_doubt_travel_with_the_sentence(article: Article) -> None:
    citation = dataclasses.replace(
        article.claims[0].citations[0], design="rct", population="adults on hemodialysis", note="n = 12", to_check="read in a copy"
    )
    claim = dataclasses.replace(
        article.claims[0], citations=(citation,), certainty=Certainty.VERY_LOW, strength=Strength.CONDITIONAL
    )
    line = claim_line(claim)
    for part in (
        "rct; adults on hemodialysis",
        "certainty very low, as graded by the source",
        "conditional recommendation",
        "n = 12",
        "to check: read in a copy",
    ):
        assert part in line.replace("\\", "")
    ungraded = claim_line(dataclasses.replace(claim, certainty=Certainty.NOT_GRADED, strength=None))
    assert "certainty" not in ungraded


def test_a_calculation_shows_its_inputs_and_its_result(article: Article) -> None:
    calculation = Calculation("dose × weight", ("0.5 mcg/kg", "70 kg"), "35 mcg")
    line = claim_line(dataclasses.replace(article.claims[0], calculation=calculation))
    assert "For this patient: 0.5 mcg/kg × 70 kg = 35 mcg" in line


def test_a_reference_shows_kind_year_identifiers_status_and_how_its_text_came() -> None:
    made = Reference(
        1,
        "pmid:1",
        StudyDesign.SYSTEMATIC_REVIEW,
        "A title.",
        "Doe J",
        "BMJ",
        2019,
        "1",
        "10.1000/x",
        None,
        PublicationStatus.RETRACTED,
        Via.EXTRACTION,
    )
    line = reference_line(made)
    assert line.startswith("Doe J. A title. BMJ. 2019. [")
    for part in (
        "systematic review",
        "status: retracted",
        "cited from an extraction; source not in this library",
        "PMID 1",
        "doi:10.1000/x",
    ):
        assert part in line
    source = reference_line(dataclasses.replace(made, via=Via.SOURCE, year=None, status=PublicationStatus.CURRENT))
    assert "extraction" not in source
    assert "year not shown" in source
    assert "; current]" in source
    assert reference_line(dataclasses.replace(made, title_is_description=True)).startswith("Doe J. [A title.]")


@pytest.mark.parametrize(
    ("doi", "pmid", "link"),
    [
        ("10.1/x", "7", "https://doi.org/10.1/x"),
        (None, "7", "https://pubmed.ncbi.nlm.nih.gov/7/"),
        (None, None, "https://example.org/a"),
    ],
)
def test_a_reference_links_to_the_original(article: Article, doi: str | None, pmid: str | None, link: str) -> None:
    reference = dataclasses.replace(article.references[0], doi=doi, pmid=pmid, url="https://example.org/a")
    assert f"<{link}>" in to_markdown(dataclasses.replace(article, references=(reference, *article.references[1:])))


def test_every_reference_stands_in_the_list(article: Article) -> None:
    listed = to_text(article).split("REFERENCES")[1]
    for reference in article.references:
        assert f"\n{reference.number}. " in listed
        assert reference.link in listed
        assert (str(reference.year) if reference.year else "year not shown") in listed


def test_the_page_never_claims_a_review(library: Library) -> None:
    for audience in Audience:
        page = to_text(ask(library, "Is methocarbamol safe on dialysis?", audience))
        assert page.count(REVIEW_WORDS) >= 2
        assert REVIEW_WORDS == "draft: not reviewed"
        assert "reviewed by our" not in page
        assert "not a quotation of it" in page
