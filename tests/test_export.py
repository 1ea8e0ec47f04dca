"""Every form of an article says that a machine composed it and who reviewed it, if anyone, and what of its sources does not stand."""

from __future__ import annotations

import builtins
import dataclasses
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import docx
import pypdf
import pytest
import rispy

from osler.article.export import export, restated
from osler.article.forms import Format, form_of
from osler.article.page import article_page
from osler.article.standing import REVIEW_WORDS, review_words
from osler.domain.article import Article, Review, Reviewer, ReviewState
from osler.domain.codec import decode
from osler.domain.status import NoticeNature, PublicationStatus, StatusNotice
from osler.errors import UserError
from osler.pipeline import Library, ask, open_library
from osler.settings import load_settings

REFERENCES_ONLY = {Format.RIS, Format.BIBTEX, Format.CSL_JSON, Format.AMA, Format.APA}
SIGNED = Reviewer("Ada Example", "PharmD", "2026-11-01", "none to declare", "2026-10-01")


@pytest.fixture(scope="module")
def article(library: Library) -> Article:
    return ask(library, "What can I give on hemodialysis for back spasms, as an alternative to baclofen?")


def text_of(article: Article, form: Format, since: tuple[str, ...] = ()) -> str:
    """What a reader of the file sees and what its metadata say, white space made even."""
    data = export(article, form, since)
    if form is Format.PDF:
        reader = pypdf.PdfReader(io.BytesIO(data))
        text = " ".join([*(p.extract_text() for p in reader.pages), *map(str, (reader.metadata or {}).values())])
    elif form is Format.DOCX:
        document = docx.Document(io.BytesIO(data))
        body = document.element.body.xpath(".//w:t")
        foot = document.sections[0].footer._element.xpath(".//w:t")
        text = "".join(t.text for t in body) + " " + "".join(t.text for t in foot)
    elif form is Format.HTML:
        text = visible(data.decode())
    else:
        text = data.decode().replace("\\", "")
    return re.sub(r"\s+", "", text)


class Reader(HTMLParser):
    """The text of a page, its tags and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read_html(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


def visible(page: str) -> str:
    return "".join(read_html(page).text)


def even(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("form", Format)
def test_every_form_says_who_composed_it_and_that_nobody_reviewed_it(article: Article, form: Format) -> None:
    text = text_of(article, form)
    provenance = article.provenance
    said = [provenance.engine, article.answer_id, provenance.library_snapshot]
    if form is Format.JSON:
        found = json.loads(export(article, form))
        assert found["machine_generated"] is True
        assert found["review"]["state"] == "draft"
        assert found["review"]["reviewers"] == []
    else:
        said.append(REVIEW_WORDS)
        assert "composedbyamachine" in text.lower()
    for words in said:
        assert even(words) in text
    if form not in (Format.RIS, Format.BIBTEX, Format.CSL_JSON):
        assert even(article.how_to_cite) in text


@pytest.mark.parametrize("form", Format)
def test_every_form_names_who_approved_it(article: Article, form: Format) -> None:
    review = Review(ReviewState.APPROVED, (SIGNED,), "2026-11-01", approved_on="2026-11-01")
    text = text_of(dataclasses.replace(article, review=review), form)
    assert "AdaExample" in text
    assert form is Format.JSON or "approvedbyAdaExample" in text
    assert "draft:notreviewed." not in text.replace(even(article.how_to_cite), "")


@pytest.mark.parametrize("form", Format)
def test_every_form_says_that_a_source_does_not_stand(article: Article, form: Format) -> None:
    first = article.references[0]
    for status, word in (
        (PublicationStatus.RETRACTED, "retracted"),
        (PublicationStatus.CONCERN, "concern"),
        (PublicationStatus.DRAFT, "draft"),
    ):
        changed = restated(article, {first.document_id: (status, "2025-02")})
        text = text_of(changed, form).lower()
        before = text_of(article, form).lower()
        assert text.count(word) > before.count(word)
        assert "2025-02" in text


@pytest.mark.parametrize("form", sorted(set(Format) - REFERENCES_ONLY - {Format.JSON}))
def test_a_page_says_first_what_became_of_its_sources(article: Article, form: Format) -> None:
    line = "Reference [1]: retracted, since 2025-02 (was current)."
    text = text_of(article, form, (line,))
    assert text.index(even(line)) < text.lower().index("bottomline")


@pytest.mark.parametrize("form", sorted(set(Format) - REFERENCES_ONLY))
def test_every_sentence_and_caveat_is_in_every_document(article: Article, form: Format) -> None:
    text = text_of(article, form)
    doses = {i: row.dose for row in article.dose_table for i in row.claims}
    for claim in article.claims:
        assert even(claim.text) in text or even(doses[claim.id]) in text
        for mismatch in (m for c in claim.citations for m in c.mismatches):
            assert even(mismatch.studied) in text
    for gap in article.gaps:
        assert even(gap) in text
    for row in article.dose_table:
        for cell in (row.dose, row.population, row.problem_studied):
            assert even(cell) in text
    for reference in article.references:
        assert even(reference.title) in text


@pytest.mark.parametrize("form", sorted(REFERENCES_ONLY))
def test_a_list_has_every_reference_once(article: Article, form: Format) -> None:
    data = export(article, form).decode()
    if form is Format.RIS:
        titles = [r["title"] for r in rispy.loads(data.replace("\r\n", "\n"))]
    elif form is Format.CSL_JSON:
        titles = [i["title"] for i in json.loads(data)]
    elif form is Format.BIBTEX:
        titles = re.findall(r"^@\w+\{", data, re.MULTILINE)
    else:
        titles = [line for line in data.split("\n\n")[1].splitlines() if line]
    assert len(titles) == len(article.references)
    if form is Format.AMA:
        assert [int(t.split(".")[0]) for t in titles] == [r.number for r in article.references]


def test_json_is_the_article_whole(article: Article) -> None:
    assert decode(Article, json.loads(export(article, Format.JSON))) == article


@pytest.mark.parametrize("form", Format)
def test_equal_articles_give_equal_files(article: Article, form: Format) -> None:
    assert export(article, form) == export(article, form)


def test_an_abstention_leaves_in_every_form(library: Library) -> None:
    nothing = ask(library, "What is the best treatment for a sprained ankle in penguins?")
    assert not nothing.references
    for form in Format:
        assert isinstance(export(nothing, form), bytes)


# --- what each kind of file is -----------------------------------------------------------------------------------------


def test_html_is_one_file_that_fetches_and_runs_nothing(article: Article) -> None:
    page = export(article, Format.HTML).decode()
    reader = read_html(page)
    assert not {"script", "link", "img", "iframe", "object", "embed", "form", "base", "svg"} & set(reader.tags)
    assert not [name for name, _ in reader.attributes if name.startswith("on") or name in ("src", "srcset", "style")]
    assert "url(" not in page
    assert "@import" not in page
    assert "default-src 'none'" in page
    links = [value or "" for name, value in reader.attributes if name == "href"]
    assert all(v.startswith(("https://", "http://", "#ref-")) for v in links)
    targets = {f"#{value}" for name, value in reader.attributes if name == "id"}
    assert {v for v in links if v.startswith("#")} <= targets
    assert reader.tags.count("h1") == 1
    metadata = {("name", "machine-generated"), ("content", "true"), ("content", article.answer_id)}
    assert metadata <= set(reader.attributes)


def test_pdf_is_tagged_titled_and_marked_as_made_by_a_machine(article: Article) -> None:
    reader = pypdf.PdfReader(io.BytesIO(export(article, Format.PDF)))
    metadata: dict[str, Any] = dict(reader.metadata or {})
    assert metadata["/Title"] == article.title
    assert metadata["/machinegenerated"] == "true"
    assert metadata["/identifier"] == article.answer_id
    assert metadata["/Author"] == f"{article.provenance.engine} (a machine)"
    assert REVIEW_WORDS in metadata["/Subject"]
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] is not False
    assert root["/Lang"] == "en"
    for number, page in enumerate(reader.pages, 1):
        text = page.extract_text()
        assert f"Machine-composed; {REVIEW_WORDS}" in text
        assert f"{number} / {len(reader.pages)}" in text


def test_pdf_names_the_extra_when_it_is_missing(article: Article, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("weasyprint"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UserError, match="extra `pdf`"):
        export(article, Format.PDF)


def test_docx_has_real_headings_lists_tables_and_properties(article: Article) -> None:
    data = export(article, Format.DOCX)
    document = docx.Document(io.BytesIO(data))
    styles = [p.style.name for p in document.paragraphs if p.style is not None]
    assert styles.count("Heading 1") == 1
    assert {"Heading 2", "List Bullet", "List Number"} <= set(styles)
    assert styles.count("List Number") == len(article.references)
    headers = document.element.body.xpath(".//w:tblHeader")
    assert len(document.tables) == len(headers) == 2
    core = document.core_properties
    assert (core.title, core.identifier, core.keywords) == (article.title, article.answer_id, "machine-generated")
    assert core.comments == f"Machine-composed; {REVIEW_WORDS}"
    custom = zipfile.ZipFile(io.BytesIO(data)).read("docProps/custom.xml").decode()
    assert re.search(r'name="MachineGenerated"><vt:bool>true</vt:bool>', custom)
    foot = "".join(t.text for t in document.sections[0].footer._element.xpath(".//w:t"))
    assert foot.startswith(f"Machine-composed; {REVIEW_WORDS}")


def test_docx_marks_lead_to_their_references(article: Article) -> None:
    body = docx.Document(io.BytesIO(export(article, Format.DOCX))).element.body
    anchors = set(body.xpath(".//w:hyperlink/@w:anchor"))
    assert anchors
    assert anchors <= set(body.xpath(".//w:bookmarkStart/@w:name"))


# --- review ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ReviewState)
def test_no_state_without_a_named_reviewer_is_called_reviewed(state: ReviewState) -> None:
    words = review_words(Review(state))
    assert not re.search(r"(?<!not )\b(?:approved|reviewed|reaffirmed) by\b", words)
    assert "not" in words.split() or words.startswith(("RETRACTED", "SUPERSEDED", "REJECTED"))


@pytest.mark.parametrize(
    ("review", "words"),
    [
        (Review(), "draft: not reviewed"),
        (Review(ReviewState.SUBMITTED), "submitted for review: not reviewed yet"),
        (Review(ReviewState.UNDER_REVIEW, (SIGNED,)), "under review: not approved"),
        (Review(ReviewState.APPROVED, (SIGNED,), approved_on="2026-11-01"), "approved by Ada Example, 2026-11-01"),
        (Review(ReviewState.EXPIRED, (SIGNED,)), "EXPIRED: its review is overdue; last reviewed by Ada Example"),
        (Review(ReviewState.RETRACTED, (SIGNED,), reason="a dose was wrong"), "RETRACTED (a dose was wrong): do not use"),
        (Review(ReviewState.SUPERSEDED, superseded_by="x7"), "SUPERSEDED by x7: do not use"),
    ],
)
def test_the_review_in_words(review: Review, words: str) -> None:
    assert review_words(review) == words


def test_a_page_lists_its_reviewers_with_their_interests(article: Article) -> None:
    signed = dataclasses.replace(article, review=Review(ReviewState.PUBLISHED, (SIGNED,)))
    text = export(signed, Format.TEXT).decode()
    assert "Ada Example, PharmD; approved on 2026-11-01; interests: none to declare (declared 2026-10-01)" in text
    assert article_page(signed).standing == "Machine-composed; reviewed and approved by Ada Example"


# --- the verb ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "form"),
    [("a.md", Format.MARKDOWN), ("a.PDF", Format.PDF), ("a.csl.json", Format.CSL_JSON), ("a.json", Format.JSON), ("a.bib", Format.BIBTEX),
     ("a.ama.txt", Format.AMA), ("a.txt", Format.TEXT), ("a", None), ("json", None), ("a.odt", None)],
)  # fmt: skip
def test_the_ending_of_a_file_names_its_form(name: str, form: Format | None) -> None:
    assert form_of(Path(name)) is form


def test_every_form_has_an_ending_of_its_own() -> None:
    assert len({f.suffix for f in Format}) == len(Format)
    assert all(form_of(Path(f"x{f.suffix}")) is f for f in Format)
    assert all(f.media_type for f in Format)


def osler(home: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {"OSLER_HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-m", "osler", *arguments], capture_output=True, env=environment, check=check, timeout=120
    )


def test_a_stored_answer_is_exported_and_no_file_is_written_over(home: Path, tmp_path: Path) -> None:
    asked = json.loads(osler(home, "ask", "--json", "Is methocarbamol safe on dialysis?").stdout)
    file = tmp_path / "answer.ris"
    osler(home, "export", asked["answer_id"], "--output", str(file))
    first = file.read_bytes()
    assert first.startswith(b"TY  - ")
    assert len(rispy.loads(first.decode().replace("\r\n", "\n"))) == len(asked["references"])
    refused = osler(home, "export", asked["answer_id"], "--format", "bibtex", "--output", str(file), check=False)
    assert refused.returncode == 2
    assert b"--force" in refused.stderr
    assert file.read_bytes() == first
    osler(home, "export", asked["answer_id"], "--format", "bibtex", "--output", str(file), "--force")
    assert file.read_bytes().startswith(b"% Reference list composed by a machine")
    assert sorted(p.name for p in tmp_path.iterdir() if p != home) == ["answer.ris"]
    assert osler(home, "export", asked["answer_id"], "--format", "pdf").stdout.startswith(b"%PDF-")
    assert osler(home, "export", "nothing", check=False).returncode == 2
    other = osler(home, "export", asked["answer_id"], "--output", str(tmp_path / "answer.odt"), check=False)
    assert (other.returncode, (tmp_path / "answer.odt").exists()) == (2, False)
    assert b"no form ends in .odt" in other.stderr


def test_a_question_is_answered_in_a_form(home: Path) -> None:
    made = osler(home, "ask", "--format", "csl-json", "Is methocarbamol safe on dialysis?").stdout
    assert all(item["custom"]["machine_generated"] for item in json.loads(made))


def test_a_stored_answer_leaves_with_the_standing_that_its_sources_have_today(home: Path) -> None:
    asked = json.loads(osler(home, "ask", "--json", "Is baclofen safe on dialysis?").stdout)
    cited = next(r for r in asked["references"] if r["pmid"])
    with open_library(load_settings(home)).catalog.write("a list") as writing:
        writing.intake.note([StatusNotice(NoticeNature.RETRACTION, "a list", pmid=cited["pmid"], date="2026-10")])
    page = osler(home, "export", asked["answer_id"], "--format", "text").stdout.decode()
    line = f"Since this was composed. Reference [{cited['number']}]: retracted, since 2026-10 (was current)."
    assert line in page
    assert page.index(line) < page.index("BOTTOM LINE")
    assert "SOURCE IS RETRACTED" in page
    items = json.loads(osler(home, "export", asked["answer_id"], "--format", "csl-json").stdout)
    assert [i["custom"]["status"] for i in items].count("retracted") == 1
    assert json.loads(osler(home, "export", asked["answer_id"], "--format", "json").stdout)["references"] != asked["references"]
