"""The library's pages: what it holds, covers and changed; search by POST; a document with every statement to be pointed at."""

from __future__ import annotations

import csv
import html
import io
import re
from collections import Counter
from datetime import date

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from osler.domain.document import Bibliography, Direction, Document, Statement, StudyDesign, Via
from osler.domain.part import Part, PartKind
from osler.domain.population import Kidney
from osler.ingest.add import add
from osler.library.holdings import changed_since, counts, coverage, listed, written_since
from osler.pipeline import Library, open_library
from osler.settings import load_settings
from osler.web.app import create_app
from osler.web.document_view import PAGE_CHARACTERS, text_page
from osler.web.holdings_shown import HoldingsShown
from osler.web.library_view import document_address, marked, years_view
from osler.web.pages.library import csv_line
from osler.web.serving import Serving
from web_client import BACLOFEN, Reader, text_of

PROTOCOL = (
    "Ward protocol for itch\n\n{}Gabapentin 100 mg after each hemodialysis session is recommended for uremic pruritus in adults.\n"
)
LONG = "".join(f"Paragraph {n} of the protocol speaks of nothing that anybody would cite or look for.\n\n" for n in range(900))
HOSTILE = "<script>alert(1)</script> Methocarbamol <b>must</b> be avoided in adults on hemodialysis.\n"


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The starter library, a short protocol in two versions, a long one, one with markup in it, and a list that retracts a paper."""
    home, files = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("files")
    library = open_library(load_settings(home))
    pmid = next(d.bibliography.pmid for d in library.catalog.documents() if d.bibliography.pmid and d.kind is StudyDesign.RCT)
    (files / "itch.txt").write_text(PROTOCOL.format(""))
    (files / "long.txt").write_text(PROTOCOL.format(LONG))
    (files / "markup.txt").write_text(f"Markup in a text\n\n{HOSTILE}")
    (files / "list.txt").write_text(f"{pmid}\n")
    (files / "broken.bin").write_bytes(bytes(range(256)) * 9)
    add(library, [str(files)])
    (files / "itch.txt").write_text(PROTOCOL.format("Changed since.\n\n"))
    add(library, [str(files / "itch.txt")])
    return open_library(library.settings)


@pytest.fixture(scope="module")
def app(held: Library) -> FastAPI:
    return create_app(held.settings, Serving(open_uploads=True))


@pytest.fixture
def reader(app: FastAPI) -> Reader:
    return Reader(app)


def named(held: Library, title: str) -> str:
    return next(d.id for d in held.catalog.documents() if d.bibliography.title.startswith(title) or title in d.id)


def test_counts_are_those_of_the_documents(held: Library) -> None:
    documents = list(held.catalog.documents())
    found = counts(held.catalog)
    assert Counter({(k, s): n for k, s, n in found.kinds}) == Counter((d.kind.value, d.status.value) for d in documents)
    years = Counter(d.bibliography.year for d in documents)
    assert found.without_year == years.pop(None, 0)
    assert dict(found.years) == years


def test_coverage_agrees_with_a_count_of_every_finding(held: Library) -> None:
    """The slow and obvious way."""
    findings = [f for _, p, _ in held.catalog.passages() for f in p.findings]
    drugs, problems = Counter(i for f in findings for i in f.interventions), Counter(p for f in findings for p in f.problems)
    covered = coverage(held.catalog)
    assert covered.findings == len(findings)
    assert covered.sequence == held.catalog.sequence()
    assert all(drugs[concept] == n for concept, n in covered.interventions)
    assert all(problems[concept] == n for concept, n in covered.problems)
    assert [n for _, n in covered.interventions] == sorted(drugs.values(), reverse=True)[: len(covered.interventions)]
    people = dict(covered.people)
    assert people["hemodialysis"] == sum(Kidney.HEMODIALYSIS in f.population.kidney for f in findings)
    assert people["pregnancy"] == sum(f.population.pregnant for f in findings)
    assert people["children and adolescents only"] == sum(
        f.population.ages is not None and f.population.ages.high <= 18 for f in findings
    )


def test_numbers_are_counted_once_a_state_of_the_library(held: Library) -> None:
    shown = HoldingsShown()
    assert shown.coverage(held.catalog, wait_s=20) is shown.coverage(held.catalog, wait_s=20) is not None
    assert shown.counts(held.catalog) is shown.counts(held.catalog)


def test_the_first_page_says_what_it_holds_and_what_was_refused(reader: Reader, held: Library) -> None:
    words = text_of(reader.get("/library").text)
    assert f"{held.snapshot.documents:,} documents" in words
    assert held.snapshot.id in words
    assert "broken.bin" in words
    assert "1 retracted" in words
    assert "hemodialysis" in words


def test_names_of_refused_files_are_for_those_who_may_add(held: Library) -> None:
    other = Reader(create_app(held.settings))
    words = text_of(other.get("/library").text)
    assert "broken.bin" not in words
    assert "1 file or record could not be used" in words
    page = other.get(document_address(named(held, "itch"))).text
    assert "itch.txt" not in page


def test_the_list_of_documents_is_whole_in_pages_and_as_csv(reader: Reader, held: Library) -> None:
    sources, total = listed(held.catalog, limit=10_000)
    assert {s.document_id for s in sources} == held.catalog.current_ids()
    assert total == len(sources)
    years = [s.bibliography.year or 0 for s in sources]
    assert years == sorted(years, reverse=True)
    paged = [s for n in range(0, total, 100) for s in listed(held.catalog, start=n)[0]]
    assert [s.document_id for s in paged] == [s.document_id for s in sources]
    rows = list(csv.DictReader(io.StringIO(reader.get("/library/documents.csv").text)))
    assert [r["id"] for r in rows] == [s.document_id for s in sources]
    only = list(csv.DictReader(io.StringIO(reader.get("/library/documents.csv?status=retracted").text)))
    assert [r["status"] for r in only] == ["retracted"]
    assert reader.get("/library/documents?kind=nonsense").status_code == 404
    assert reader.get("/library/documents?page=0").status_code == 404


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n=1"])
def test_a_spreadsheet_computes_nothing(cell: str) -> None:
    read = next(csv.reader(io.StringIO(csv_line((cell, "plain"))), strict=True))
    assert read[1] == "plain"
    assert read[0].startswith("'")


def test_what_changed_since_a_day_and_since_a_transaction(reader: Reader, held: Library) -> None:
    today = date.fromisoformat(max(v.added_at for v in held.catalog.history(named(held, "itch"))[0])[:10])
    since = changed_since(held.catalog, today, limit=10_000)
    assert {c.document_id for c in since.versions} == held.catalog.current_ids()
    itch = [c.what for c in since.versions if c.document_id == named(held, "itch")]
    assert sorted(itch) == ["version 1, not the current one", "version 2"]
    written, total = written_since(held.catalog, held.catalog.sequence() - 1)
    assert [c.document_id for c in written] == [named(held, "itch")]
    assert total == 1
    assert written_since(held.catalog, held.catalog.sequence()) == ((), 0)
    page = reader.get(f"/library/changes?since={held.catalog.sequence() - 1}")
    assert "Ward protocol for itch" in text_of(page.text)
    assert "version 2" in text_of(reader.get(f"/library/changes?since={today}").text)
    assert reader.get("/library/changes?since=<script>").status_code == 400


def test_a_search_goes_by_post_and_leaves_its_words_in_no_address(reader: Reader) -> None:
    page = reader.get("/library/search")
    assert 'method="post" action="/library/search"' in page.text
    found = reader.post("/library/search", words="gabapentin itch hemodialysis")
    assert found.status_code == 200
    assert "<mark>" in found.text
    assert not any("gabapentin" in a.lower() for a in re.findall(r'(?:href|action)="([^"]*)"', found.text))
    assert "Gabapentin 100 mg after each hemodialysis session" in text_of(found.text)
    assert "gabapentin" not in reader.get("/library/search?words=gabapentin").text.lower()


def test_what_is_found_leads_to_its_place_in_the_document(reader: Reader) -> None:
    found = reader.post("/library/search", words="gabapentin itch hemodialysis").text
    address = html.unescape(re.findall(r'<h3><a href="([^"]+)"', found)[0])
    start, end = re.findall(r"(?:from|to)=(\d+)", address)
    page = reader.get(address).text
    assert f'id="s-{start}-{end}"' in page
    assert "<mark>" in page[page.index('class="text"') :]


def test_bounds_hold_and_what_cannot_be_read_is_said(reader: Reader) -> None:
    labels = reader.post("/library/search", words="dose", kind="label").text
    badges = re.findall(r'<p class="badges"><span class="badge kind">([^<]+)<', labels)
    assert badges
    assert set(badges) == {"Label"}
    wrong = reader.post("/library/search", words="dose", drug="nosuchdrug")
    assert wrong.status_code == 400
    assert "nosuchdrug" in text_of(wrong.text)
    for bad in ({"since": "199"}, {"since": "2020", "until": "2010"}, {"kind": "novel"}, {"words": ""}, {"words": "x" * 5_000}):
        assert reader.post("/library/search", **{"words": "dose", **bad}).status_code == 400, bad


def test_a_retracted_document_says_so_where_it_is_found_and_on_its_page(reader: Reader, held: Library) -> None:
    source = listed(held.catalog, status="retracted")[0][0]
    page = text_of(reader.get(document_address(source.document_id)).text)
    assert "This document is retracted" in page
    assert "Retraction , not dated, told by list.txt" in page
    found = text_of(reader.post("/library/search", words=source.bibliography.title, status="retracted").text)
    assert source.bibliography.title in found


def test_text_of_a_document_is_text_and_never_markup(reader: Reader, held: Library) -> None:
    page = reader.get(document_address(named(held, "markup"))).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    found = reader.post("/library/search", words="methocarbamol alert").text
    assert "<script>alert" not in found


def test_every_version_can_be_read_and_says_which_it_is(reader: Reader, held: Library) -> None:
    itch = named(held, "itch")
    first, second = (text_of(reader.get(document_address(itch, n)).text) for n in (1, 2))
    assert "Changed since." in second
    assert "Changed since." not in first
    assert "An earlier version. Answers rest on version 2" in first
    assert "An earlier version" not in second
    assert reader.get(document_address(itch, 3)).status_code == 404
    assert reader.get("/library/documents/none").status_code == 404


def test_a_long_document_comes_in_pages_with_all_its_text(reader: Reader, held: Library) -> None:
    long = named(held, "long")
    text = held.catalog.document(long).text
    assert len(text) > 3 * PAGE_CHARACTERS
    first = reader.get(document_address(long)).text
    total = int(re.findall(r"Page 1 of (\d+)", first)[0])
    pages = [reader.get(f"{document_address(long, 1)}&page={n}").text for n in range(1, total + 1)]
    assert all(len(p) < 5 * PAGE_CHARACTERS for p in pages)
    assert [n for n in range(900) if not any(f"Paragraph {n} of" in p for p in pages)] == []
    at = text.index("Gabapentin 100 mg")
    opened = reader.get(document_address(long, 1, at, at + 17)).text
    assert "<mark>Gabapentin 100 mg</mark>" in opened


def test_the_drawer_leads_to_the_very_words_in_the_document(reader: Reader) -> None:
    page = reader.get(f"{reader.ask(BACLOFEN)}/check/c1").text
    exact = html.unescape(re.findall(r"<mark>([^<]+)</mark>", page)[0])
    address = html.unescape(re.findall(r'<dd class="place"><a href="([^"]+)"', page)[0])
    document = reader.get(address).text
    assert html.unescape("".join(re.findall(r"<mark>([^<]+)</mark>", document[document.index('class="text"') :]))) == exact


def test_nobody_reads_the_library_where_nobody_asks_without_an_account(held: Library) -> None:
    closed = Reader(create_app(held.settings, Serving(anonymous=False)))
    for path in ("/library", "/library/search", "/library/documents", document_address(named(held, "itch"))):
        assert closed.client.get(path).status_code == 401
        signin = closed.client.get(path, headers={"accept": "text/html"})
        assert signin.status_code == 303
        assert signin.headers["location"].startswith("/signin")


@given(st.lists(st.tuples(st.integers(1850, 2030), st.integers(1, 500)), max_size=90, unique_by=lambda y: y[0]))
def test_bars_of_years_add_up_and_stay_in_the_picture(years: list[tuple[int, int]]) -> None:
    view = years_view(sorted(years))
    if view is None:
        assert not years
        return
    assert sum(b.count for b in view.bars) == sum(n for _, n in years)
    assert all(b.x >= 0 and b.x + b.width <= view.width + 1 and b.y >= 0 and b.height >= 0 for b in view.bars)
    assert all(sum(n for y, n in years if b.first <= y <= b.last) == b.count for b in view.bars)
    assert all(b.height >= 2 for b in view.bars if b.count)


@given(st.text(max_size=60), st.data())
def test_marked_pieces_joined_are_the_text(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    marks = [(a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=False) if a < b]
    pieces = marked(text, 0, len(text), marks)
    assert "".join(p for p, _ in pieces) == text
    assert [p for p, is_marked in pieces if is_marked] == [text[a:b] for a, b in marks]


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A text of lines, some of them parts, with statements anywhere, also over the ends of parts and over one another."""
    lines = draw(st.lists(st.text("ab .,é\U0001f48a", min_size=1, max_size=40).filter(str.strip), min_size=1, max_size=12))
    big = draw(st.sampled_from((1, 1, 700)))
    lines = [line * big for line in lines]
    text, parts, at = "\n".join(lines), [], 0
    for line in lines:
        kind = draw(st.sampled_from((None, PartKind.HEADING, PartKind.PARAGRAPH, PartKind.LIST_ITEM)))
        parts += [Part(at, at + len(line), kind)] if kind else []
        at += len(line) + 1
    places = st.tuples(st.integers(0, len(text) - 1), st.integers(1, 60))
    spans = [(a, min(len(text), a + n)) for a, n in draw(st.lists(places, max_size=5))]
    statements = tuple(
        Statement(f"E{n}", a, b, StudyDesign.RCT, Direction.DOSE, (), (), "", ()) for n, (a, b) in enumerate(sorted(spans))
    )
    return Document("x:1", StudyDesign.RCT, Via.SOURCE, Bibliography("t", pmid="1"), text, statements, parts=tuple(parts))


@given(documents(), st.data())
def test_pages_hold_the_whole_text_and_a_place_for_each_statement(document: Document, data: st.DataObject) -> None:
    total = text_page(document, ()).total
    pages = [text_page(document, (), n) for n in range(1, total + 1)]
    shown = "".join(p.text for page in pages for b in page.blocks for p in b.pieces)
    assert "".join(shown.split()) == "".join(document.text.split())
    ids = [i for page in pages for b in page.blocks for p in b.pieces for i in p.ids]
    assert len({i for page in pages for b in page.blocks for i in [b.id]}) == sum(len(page.blocks) for page in pages)
    for s in document.statements:
        if document.text[s.start : s.end].strip():
            assert f"s-{s.start}-{s.end}" in ids
    for page in pages:
        own = [i for b in page.blocks for p in b.pieces for i in p.ids]
        assert len(own) == len(set(own))
    start = data.draw(st.integers(0, len(document.text) - 1))
    end = min(len(document.text), start + data.draw(st.integers(1, 50)))
    if document.text[start].strip():
        here = text_page(document, (), 1, (start, end))
        said = "".join(p.text for b in here.blocks for p in b.pieces if p.is_marked)
        exact = "".join(document.text[start:end].split())
        assert "".join(said.split()) == exact if here.number == total else exact.startswith("".join(said.split()))


def test_a_document_has_one_address_whatever_its_id_holds() -> None:
    assert document_address("doi:10.1/a?b#c/../d") == "/library/documents/doi:10.1%2Fa%3Fb%23c%2F..%2Fd"
    assert document_address("x", 2, 5, 9) == "/library/documents/x?version=2&from=5&to=9#s-5-9"
