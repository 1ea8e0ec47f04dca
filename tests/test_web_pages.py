"""The pages do what the reader came for, without a script: ask, read, check, follow up, take away; each reader alone."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI

from osler.domain.article import Review, Reviewer, ReviewState
from osler.domain.codec import encode
from osler.domain.request import Request
from osler.domain.status import NoticeNature, StatusNotice
from osler.pipeline import Library, ask, open_library
from osler.settings import load_settings
from osler.web.app import create_app
from osler.web.pages.ask import EXAMPLES
from osler.web.serving import Serving
from osler.web.site import EVERYBODY
from web_client import BACLOFEN, Reader, text_of


@pytest.fixture(scope="module")
def app(library: Library) -> FastAPI:
    return create_app(library.settings)


@pytest.fixture
def reader(app: FastAPI) -> Reader:
    return Reader(app)


def test_the_first_page_says_what_an_answer_is_before_there_is_one(reader: Reader) -> None:
    words = text_of(reader.get("/").text)
    for said in ("composed by a machine", "pending human review", "educational", "for healthcare professionals"):
        assert said in words
    assert all(e in words for e in EXAMPLES)


def test_every_sentence_of_the_article_stands_on_its_page_and_opens_its_passage(reader: Reader, library: Library) -> None:
    page = reader.get(reader.ask()).text
    article = ask(library, BACLOFEN)
    words = text_of(page)
    assert article.title in words
    for claim in article.claims:
        assert claim.text in words or any(claim.id in r.claims for r in article.dose_table)
        assert f"/check/{claim.id}" in page
    for reference in article.references:
        assert f'id="ref-{reference.number}"' in page
    for gap in (*article.gaps, article.disclaimer, article.how_to_cite):
        assert gap in words


def test_dangers_come_before_the_bottom_line_and_doses_name_people_and_problem(reader: Reader, library: Library) -> None:
    page = reader.get(reader.ask()).text
    assert page.index('class="section danger"') < page.index('id="bottom-line-h"')
    row = ask(library, BACLOFEN).dose_table[0]
    doses = text_of(page[page.index('id="doses-h"') :])
    for cell in (row.intervention, row.dose, row.population, row.problem_studied):
        assert cell in doses


def test_a_sentence_is_two_steps_from_the_exact_words_it_rests_on(reader: Reader, library: Library) -> None:
    address = reader.ask()
    for claim in ask(library, BACLOFEN).claims:
        page = reader.get(f"{address}/check/{claim.id}").text
        span = claim.citations[0].span
        marked = html.unescape(re.findall(r"<mark>(.*?)</mark>", page, re.S)[0])
        assert marked == span.exact
        assert f"{span.document_id}, version 1, characters {span.start} to {span.end}" in text_of(page)
        if claim.citations[0].mismatches:
            assert claim.citations[0].mismatches[0].studied in text_of(page)


def test_the_drawer_gets_the_same_evidence_as_the_page(reader: Reader) -> None:
    address = reader.ask()
    part, page = (reader.get(f"{address}/check/c1{end}").text for end in ("/part", ""))
    assert "<html" not in part
    assert re.sub(r"\s+", " ", part).strip() in re.sub(r"\s+", " ", page)


def test_an_article_is_its_reader_s_alone(app: FastAPI, reader: Reader) -> None:
    address, stranger = reader.ask(), Reader(app)
    stranger.get("/")
    for path in (address, f"{address}/check/c1", f"{address}/check/c1/part", f"{address}/export/json", f"{address}/related"):
        assert reader.get(path).status_code == 200
        assert stranger.get(path).status_code == 404
    answer = stranger.post("/ask", question="And tizanidine?", parent=address.removeprefix("/a/"))
    assert answer.status_code == 404
    assert "baclofen" not in answer.text.lower()


def test_addresses_cannot_be_guessed_and_hold_nothing_of_the_question(reader: Reader) -> None:
    addresses = {reader.ask(f"Is methocarbamol safe on hemodialysis at {n} years?") for n in range(60, 66)}
    assert len(addresses) == 6
    assert all(re.fullmatch(r"/a/[\w-]{24,32}", a) for a in addresses)


def test_a_reader_finds_the_earlier_questions_again(reader: Reader) -> None:
    address = reader.ask()
    assert f'href="{address}"' in reader.get("/").text


def test_an_unreviewed_article_says_so_and_tells_search_engines_of_no_review(reader: Reader) -> None:
    page = reader.get(reader.ask()).text
    assert "Not reviewed by a person." in page
    assert "ld+json" not in page
    assert 'aria-current="step"' not in page


REVIEWED = Review(
    state=ReviewState.APPROVED,
    reviewers=(Reviewer("Dr A. </script> Example", "MD", "2026-05-04"), Reviewer("B. Example", "PharmD", "2026-05-05")),
    approved_on="2026-05-05",
    last_updated="2026-05-05",
)


@pytest.mark.parametrize(
    ("review", "signed"),
    [
        (REVIEWED, True),
        (replace(REVIEWED, state=ReviewState.PUBLISHED), True),
        (replace(REVIEWED, state=ReviewState.RETRACTED), False),
        (replace(REVIEWED, state=ReviewState.FLAGGED), False),
        (replace(REVIEWED, state=ReviewState.EXPIRED), False),
        (replace(REVIEWED, state=ReviewState.UNDER_REVIEW), False),
        (replace(REVIEWED, reviewers=()), False),
    ],
)
def test_only_a_signed_record_moves_the_stepper_and_the_linked_data(
    app: FastAPI, library: Library, review: Review, signed: bool
) -> None:
    demo = create_app(library.settings, Serving(demo=False))
    demo.state.site.serving = Serving(demo=True)
    article = replace(ask(library, BACLOFEN), review=review)
    demo.state.site.shelf.put(EVERYBODY, "signed-article", article, Request((BACLOFEN,)))
    page = Reader(demo).get("/a/signed-article").text
    assert ("Not reviewed by a person." not in page) is signed
    assert ("lastReviewed" in page and "reviewedBy" in page) is signed
    assert page.count('class="done"') == (
        3 if signed else 1 if review.state in (ReviewState.FLAGGED, ReviewState.EXPIRED, ReviewState.UNDER_REVIEW) else 0
    )
    assert "A. </script> Example" not in page


def test_a_follow_up_carries_the_thread_and_marks_what_it_changed(reader: Reader) -> None:
    first = reader.ask("Is methocarbamol safe on hemodialysis for back spasm?")
    second = reader.ask("What about tizanidine?", parent=first.removeprefix("/a/"))
    page = reader.get(second).text
    assert f'href="{first}"' in page
    words = text_of(page)
    assert "Is methocarbamol safe on hemodialysis for back spasm?" in words
    assert "Tizanidine" in re.search(r"<h1[^>]*>(.*?)</h1>", page)[1]  # type: ignore[index]
    assert "Medicine asked about changed: methocarbamol → tizanidine" in words
    assert 'class="change"' in page


@pytest.mark.parametrize(
    ("fields", "chips"),
    [
        (
            {"axis": "problem", "to": "muscle cramps"},
            {"People hemodialysis", "Problem muscle cramps", "Drug or measure methocarbamol"},
        ),
        ({"axis": "drug", "to": "tizanidine"}, {"People hemodialysis", "Problem back spasm", "Drug or measure tizanidine"}),
        ({"axis": "people", "to": "peritoneal dialysis"}, {"People peritoneal dialysis", "Problem back spasm"}),
        ({"axis": "people", "to": "pregnant"}, {"People hemodialysis", "People pregnancy"}),
        ({"axis": "people", "remove": "hemodialysis"}, {"Problem back spasm", "Drug or measure methocarbamol"}),
        ({"axis": "wanted", "to": "dose"}, {"Wanted a dose", "Drug or measure methocarbamol"}),
        ({"axis": "wanted", "to": "alternative"}, {"Wanted an alternative", "To avoid methocarbamol"}),
        ({"axis": "wanted", "to": "monitoring"}, {"Wanted what to monitor", "Drug or measure methocarbamol"}),
    ],
)
def test_an_edited_chip_asks_again_with_the_change(reader: Reader, fields: dict[str, str], chips: set[str]) -> None:
    first = reader.ask("Is methocarbamol safe on hemodialysis for back spasm?")
    answer = reader.post("/ask", parent=first.removeprefix("/a/"), **fields)
    assert answer.status_code == 303, text_of(answer.text)
    page = reader.get(answer.headers["location"]).text
    found = {
        text_of(c).removesuffix(", change").strip() for c in re.findall(r'(<span class="axis">.*?)</(?:summary|a)>', page, re.S)
    }
    assert chips <= found
    if fields.get("remove") or fields["to"] == "peritoneal dialysis":
        assert "People hemodialysis" not in found


def test_what_cannot_be_changed_is_refused_and_nothing_is_asked(reader: Reader) -> None:
    parent = reader.ask().removeprefix("/a/")
    for fields in ({"axis": "problem", "to": " "}, {"axis": "problem", "remove": "back spasm"}, {"axis": "nonsense", "to": "x"}):
        assert reader.post("/ask", parent=parent, **fields).status_code == 400


def test_another_reader_gets_the_same_question_written_for_them_and_the_choice_is_kept(reader: Reader) -> None:
    parent = reader.ask().removeprefix("/a/")
    answer = reader.post("/ask", parent=parent, audience="pharmacist")
    assert "For: pharmacist" in text_of(reader.get(answer.headers["location"]).text)
    assert re.search(r'value="pharmacist" checked', reader.get("/").text)


def test_patients_are_answered_only_where_the_operator_says_so(app: FastAPI, library: Library) -> None:
    closed, opened = Reader(app), Reader(create_app(library.settings, Serving(patients=True)))
    assert 'value="patient"' not in closed.get("/").text
    assert closed.post("/ask", question=BACLOFEN, audience="patient").status_code == 400
    closed.client.cookies.set("osler_reader", "patient")
    assert re.search(r'value="clinician" checked', closed.get("/").text)
    assert "For: patient" in text_of(opened.get(opened.ask(audience="patient")).text)


def test_facts_beside_the_question_are_used_and_shown(reader: Reader) -> None:
    address = reader.ask(
        "Gabapentin dose for uremic itch?", facts="1", age="71", weight="52.5", dialysis="hemodialysis", medicines="baclofen"
    )
    words = text_of(reader.get(address).text)
    for fact in ("Age 71 years", "Weight 52.5 kg", "hemodialysis", "Takes baclofen"):
        assert fact in words


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"question": "   "}, "empty"),
        ({"question": "x" * 4001}, "at most 4,000"),
        ({"question": BACLOFEN, "facts": "1", "age": "171"}, "outside 0 to 120"),
        ({"question": BACLOFEN, "facts": "1", "weight": "5,25"}, "is a number such as"),
        ({"question": BACLOFEN, "facts": "1", "weight": "1e3"}, "is a number such as"),
        ({"question": BACLOFEN, "facts": "1", "medicines": "qwertyol"}, "not a name that Osler knows"),
    ],
)
def test_what_cannot_be_asked_comes_back_with_its_reason_and_its_words(reader: Reader, fields: dict[str, str], why: str) -> None:
    answer = reader.post("/ask", **fields)
    assert answer.status_code == 400
    assert why in text_of(answer.text)
    if fields["question"] == BACLOFEN:
        assert BACLOFEN in text_of(answer.text)


@pytest.mark.parametrize("form", ["markdown", "text", "html", "json", "docx", "ris", "bibtex", "csl-json", "pdf"])
def test_the_article_leaves_in_every_form(reader: Reader, form: str) -> None:
    if form == "pdf":
        pytest.importorskip("weasyprint")
    address = reader.ask()
    answer = reader.get(f"{address}/export/{form}")
    assert answer.status_code == 200
    assert re.fullmatch(r'attachment; filename="osler-[0-9a-f]{16}\.[\w.]+"', answer.headers["content-disposition"])
    assert len(answer.content) > 500


def test_the_json_that_is_exported_is_the_article(reader: Reader, library: Library) -> None:
    exported = reader.get(f"{reader.ask()}/export/json").json()
    wanted = encode(ask(library, BACLOFEN))
    for value in (exported, wanted):
        value["provenance"]["answered_at"] = value["provenance"]["elapsed_ms"] = None
    assert exported == wanted


def test_related_questions_are_looked_for_when_wanted(reader: Reader) -> None:
    page = reader.get(f"{reader.ask('Gabapentin dose for uremic itch on hemodialysis?')}/related").text
    assert page.count('name="question"') >= 1


def test_a_demonstration_is_open_to_everybody(library: Library) -> None:
    app = create_app(library.settings, Serving(demo=True))
    page = Reader(app).get("/").text
    links = re.findall(r'href="(/a/[\w-]+)"', page)
    assert len(links) == len(EXAMPLES)
    assert Reader(app).get(links[0]).status_code == 200


def test_the_policy_has_its_page(reader: Reader) -> None:
    page = reader.get("/policy")
    assert page.status_code == 200
    assert "draft that no person has reviewed" in text_of(page.text)


def test_an_emergency_is_the_first_thing_on_the_page(library: Library) -> None:
    reader = Reader(create_app(library.settings, Serving(patients=True)))
    question = "I am on dialysis and have chest pain and cannot breathe"
    page = reader.get(reader.ask(question, audience="patient")).text
    main = text_of(page[page.index("<main") :])
    assert main.startswith("Emergency. Go to the emergency department or call emergency services now")
    assert "does not replace your doctor" in main
    first = next(value for name, value in reader.stream(question, audience="patient") if name == "understood")
    assert text_of(first).startswith("Emergency. Go to the emergency department")


def test_what_the_library_cannot_answer_says_how_to_add_it(reader: Reader) -> None:
    page = reader.get(reader.ask("What is the dose of rituximab for pemphigus?")).text
    assert "Not answered" in page
    assert "osler add 'pubmed:rituximab AND pemphigus'" in text_of(page)
    assert "osler add" not in reader.get(reader.ask()).text


def test_an_article_kept_since_before_a_retraction_says_so_before_its_bottom_line(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    own = open_library(settings)
    reader = Reader(create_app(settings))
    address = reader.ask("Is baclofen safe on dialysis?")
    assert "its sources have changed" not in text_of(reader.get(address).text)
    cited = next(r for r in ask(own, "Is baclofen safe on dialysis?").references if r.pmid)
    with own.catalog.write("a list") as writing:
        writing.intake.note([StatusNotice(NoticeNature.RETRACTION, "a list", pmid=cited.pmid, date="2026-10")])
    page = reader.get(address).text
    assert f"Reference [{cited.number}]: retracted, since 2026-10" in text_of(page)
    assert page.index("its sources have changed") < page.index('id="bottom-line-h"')
