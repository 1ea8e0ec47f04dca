"""The pieces that pages are made of: picture, passage, address of the original, words, shelf."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.domain.article import Article
from osler.domain.document import Bibliography, Document, StudyDesign, Via
from osler.domain.evidence import Directness
from osler.domain.request import Request
from osler.pipeline import Library, ask
from osler.web import words
from osler.web.drawer import AROUND, evidence_view, passage_around, text_fragment
from osler.web.layout import article_view, safe_link
from osler.web.picture import TARGET, WIDTH, picture
from osler.web.shelf import MemoryShelf, new_token
from web_client import BACLOFEN


@pytest.fixture(scope="module")
def article(library: Library) -> Article:
    return ask(library, BACLOFEN)


def test_every_member_has_its_words() -> None:
    tables = {n: t for n, t in vars(words).items() if isinstance(t, dict) and n.isupper()}
    assert len(tables) == 10
    for name, table in tables.items():
        kind = type(next(iter(table)))
        assert set(table) == set(kind), name


def test_the_picture_has_a_mark_for_every_source_as_it_was_used(article: Article) -> None:
    drawn = picture(article)
    assert drawn is not None
    uses = [(k.reference, k.directness is Directness.DIRECT) for c in article.claims for k in c.citations]
    assert {(m.number, m.is_direct) for m in drawn.marks} == set(uses)
    for mark in drawn.marks:
        reference = article.references[mark.number - 1]
        assert mark.sentences == uses.count((mark.number, mark.is_direct))
        assert mark.year == reference.year
        assert any(k.reference == mark.number for k in article.claim(mark.check).citations)
        lane = next(lane for lane in drawn.lanes if lane.name == mark.design)
        assert lane.top < mark.y < lane.top + lane.height
        assert reference.title in mark.name
        assert ("indirect" in mark.name) is not mark.is_direct


def test_marks_never_cover_one_another_and_years_keep_their_order(article: Article) -> None:
    same_year = replace(article, references=tuple(replace(r, year=2019, kind=StudyDesign.COHORT) for r in article.references))
    for drawn in (picture(article), picture(same_year)):
        assert drawn is not None
        for a in drawn.marks:
            assert a.x - TARGET > 0
            assert a.x + TARGET <= WIDTH
            assert a.y + TARGET < drawn.height
            for b in drawn.marks:
                if a != b:
                    assert abs(a.x - b.x) >= 2 * TARGET or abs(a.y - b.y) >= 2 * TARGET
                if a.year and b.year and a.year < b.year:
                    assert a.x < b.x


def test_more_sentences_make_a_larger_mark(article: Article) -> None:
    drawn = picture(article)
    assert drawn is not None
    ordered = sorted(drawn.marks, key=lambda m: m.sentences)
    assert all(a.radius <= b.radius <= TARGET for a, b in pairwise(ordered))


def test_nothing_cited_is_no_picture(article: Article) -> None:
    assert picture(replace(article, claims=(), references=())) is None


WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=200)


@given(WORDS)
def test_a_text_fragment_names_words_of_the_quote_and_hides_its_own_signs(exact: str) -> None:
    address = text_fragment("https://example.org/a?b=c", exact)
    if not exact.split():
        assert address == "https://example.org/a?b=c"
        return
    head, _, directive = address.partition("#:~:text=")
    assert head == "https://example.org/a?b=c"
    assert not set(directive) & set("-& #")
    parts = [unquote(p) for p in directive.split(",")]
    assert len(parts) <= 2
    for part in parts:
        assert part in " ".join(exact.split())


def test_text_fragments_as_the_standard_has_them() -> None:
    assert (
        text_fragment("https://doi.org/10.1/x", "low-dose, 5 mg & more")
        == "https://doi.org/10.1/x#:~:text=low%2Ddose%2C%205%20mg%20%26%20more"
    )
    long = " ".join(f"w{n}" for n in range(30))
    assert text_fragment("https://a.example/#results", long).endswith(
        "#results:~:text=w0%20w1%20w2%20w3%20w4,w25%20w26%20w27%20w28%20w29"
    )


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "ftp://a", "//a.example", "", "vbscript:x", " https://a"]
)
def test_only_pages_are_linked(link: str) -> None:
    assert safe_link(link) == text_fragment(link, "some words") == ""


def test_an_extraction_is_not_sought_in_the_original(library: Library, article: Article) -> None:
    evidence = evidence_view(article, article.claims[0].id, library.catalog)
    assert evidence.citations[0].extraction
    assert ":~:text=" not in evidence.citations[0].original


def document(text: str) -> Document:
    return Document("made:1", StudyDesign.RCT, Via.SOURCE, Bibliography("A made-up trial", pmid="1"), text)


@given(st.text(min_size=1, max_size=3000), st.data())
def test_the_passage_shown_is_a_stretch_of_the_document_with_the_exact_words_in_it(
    library: Library, text: str, data: st.DataObject
) -> None:
    if not text.strip():
        return
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    shown = passage_around(document(text), start, end, text[start:end], library.catalog)
    assert shown is not None
    assert shown.exact == text[start:end]
    assert text[start - len(shown.before) : end + len(shown.after)] == shown.before + shown.exact + shown.after
    assert len(shown.before) <= AROUND
    assert len(shown.after) <= AROUND
    assert shown.cut_before is (len(shown.before) < start)
    assert shown.cut_after is (end + len(shown.after) < len(text))


def test_words_that_are_not_where_they_should_be_are_not_shown(library: Library) -> None:
    assert passage_around(document("Give 5 mg daily."), 5, 9, "6 mg", library.catalog) is None


def test_a_dose_of_the_table_is_not_said_twice(article: Article) -> None:
    view = article_view(article)
    lines = [line.id for s in (*view.dangers, *view.sections) for line in s.lines]
    assert len(lines) == len(set(lines))
    assert not {c for r in article.dose_table for c in r.claims} & {i for i in lines if article.claim(i).role.value == "dose"}


def test_a_shelf_opens_nothing_without_its_owner(article: Article) -> None:
    shelf, request, token = MemoryShelf(3), Request((BACLOFEN,)), new_token()
    shelf.put("a", token, article, request)
    assert shelf.get("b", token) is None
    assert shelf.listed("b") == ()
    kept = shelf.get("a", token)
    assert kept is not None
    assert kept.article == article
    assert kept.request == request


def test_a_shelf_forgets_the_oldest_and_lists_the_newest_first(article: Article) -> None:
    shelf, request = MemoryShelf(3), Request((BACLOFEN,))
    for n in range(5):
        shelf.put("a", str(n), article, request)
    assert [k.token for k in shelf.listed("a")] == ["4", "3", "2"]
