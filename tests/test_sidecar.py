"""Sidecars: every key is read or refused with the file and the key; nothing misspelt is passed over."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.documents.local import local_bibliography, local_document
from osler.documents.sidecar import Sidecar, apply_sidecar, read_sidecar
from osler.documents.text import TableCell, TextBuilder
from osler.domain.document import Authority, Document, StudyDesign
from osler.domain.part import PartKind
from osler.domain.status import PublicationStatus
from osler.errors import InputFileError

FULL = """
id: local:renal-gentamicin
title: Gentamicin on the renal ward
organisation: Example Hospital
authors: [A. Author, B. Author]
year: 2025
jurisdiction: Example Region
authority: local
status: draft
kind: guideline
issued: 2025-03-01
review_due: "2027-03-01"
supersedes: [local:renal-gentamicin-2022]
licence: CC BY 4.0
url: https://example.org/gentamicin
doi: https://doi.org/10.1000/ABC
pmid: 12345
"""


def test_all_keys_are_read() -> None:
    assert read_sidecar(FULL, "x.osler.yaml") == Sidecar(
        id="local:renal-gentamicin", title="Gentamicin on the renal ward", organisation="Example Hospital", authors="A. Author, B. Author",
        year=2025, jurisdiction="Example Region", authority=Authority.LOCAL, status=PublicationStatus.DRAFT, kind=StudyDesign.GUIDELINE,
        issued="2025-03-01", review_due="2027-03-01", supersedes=("local:renal-gentamicin-2022",), licence="CC BY 4.0",
        url="https://example.org/gentamicin", doi="10.1000/abc", pmid="12345",
    )  # fmt: skip


@pytest.mark.parametrize("text", ["", "# only a comment\n", "title:\nyear: null\n"])
def test_an_empty_sidecar_says_nothing(text: str) -> None:
    assert read_sidecar(text, "x.yaml") == Sidecar()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("statuss: draft", "statuss: no such key"),
        ("status: retracted", "status: must be one of current, draft, superseded"),
        ("status: [draft]", "status: must be one of"),
        ("authority: regional", "authority: must be one of local, national, international"),
        ("kind: poster", "kind: must be one of"),
        ("year: '2025'", "year: must be a year"),
        ("year: true", "year: must be a year"),
        ("year: 25", "year: must be a year"),
        ("title: 5", "title: must be text"),
        ("title: ''", "title: must be text"),
        ("authors: {a: b}", "authors: must be text"),
        ("issued: 2025-13-01", "issued"),
        ("issued: March 2025", "issued"),
        ("issued: 2025-03-01 10:00:00", "issued: must be a date"),
        ("pmid: 0", "pmid: not a PMID"),
        ("doi: abc", "doi: not a DOI"),
        ("url: javascript:alert(1)", "url: must be an address"),
        ("id: two words", "id: "),
        ("supersedes: [plain]", "supersedes: "),
        ("status: draft\nstatus: current", "status: stands twice"),
        ("title: &a text\nlicence: *a", "aliases"),
        ("a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]", "aliases"),
        ("title: !!python/object/apply:os.getcwd []", "not YAML"),
        ("title: [", "not YAML"),
        ("- a\n- b", "not a list of `key: value`"),
        ("just text", "not a list of `key: value`"),
        ("1: a", "not a list of `key: value`"),
        ("? [a]\n: b", "not YAML"),
        ("[" * 5000, "not YAML"),
        ("title: " + "x" * 200_000, "more than"),
    ],
)
def test_what_cannot_be_used_is_refused_with_file_and_key(text: str, words: str) -> None:
    with pytest.raises(InputFileError) as caught:
        read_sidecar(text, "ward.pdf.osler.yaml")
    assert str(caught.value).startswith("ward.pdf.osler.yaml: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        sidecar = read_sidecar(text, "x")
    except InputFileError:
        return
    assert isinstance(sidecar, Sidecar)


def document(title: str | None = None) -> Document:
    builder = TextBuilder()
    bibliography = local_bibliography("ward.pdf", title)
    builder.add(bibliography.title, PartKind.TITLE)
    builder.add("Dosing", PartKind.HEADING)
    builder.table([[TableCell("Drug A"), TableCell("5 mg")]], ["Dosing"])
    return local_document("ward.pdf", bibliography, builder)


def slices(made: Document) -> list[Any]:
    return [(made.text[p.start : p.end], [made.text[c.start : c.end] for c in p.cells]) for p in made.parts]


def test_what_it_says_goes_into_the_document() -> None:
    made = apply_sidecar(document(), read_sidecar(FULL, "x"))
    assert (made.id, made.kind, made.status) == ("local:renal-gentamicin", StudyDesign.GUIDELINE, PublicationStatus.DRAFT)
    assert (made.organisation, made.jurisdiction, made.authority) == ("Example Hospital", "Example Region", Authority.LOCAL)
    assert (made.issued, made.review_due, made.licence) == ("2025-03-01", "2027-03-01", "CC BY 4.0")
    assert made.supersedes == ("local:renal-gentamicin-2022",)
    assert (made.bibliography.year, made.bibliography.doi, made.bibliography.pmid) == (2025, "10.1000/abc", "12345")
    assert made.bibliography.url == "https://example.org/gentamicin"


@pytest.mark.parametrize("title", ["A", "Gentamicin on the renal ward, a much longer title than the name"])
def test_a_title_takes_the_place_of_the_file_name_and_every_piece_still_slices_back(title: str) -> None:
    before = document()
    made = apply_sidecar(before, Sidecar(title=title))
    assert made.text.startswith(f"{title}\n")
    assert slices(made) == [(title, []), *slices(before)[1:]]
    assert not made.bibliography.title_is_description


def test_a_title_that_the_source_shows_stays_in_its_text() -> None:
    made = apply_sidecar(document("Shown title"), Sidecar(title="Said title"))
    assert made.bibliography.title == "Said title"
    assert made.text.startswith("Shown title\n")


def test_saying_nothing_changes_nothing() -> None:
    assert apply_sidecar(document(), Sidecar()) == document()


def test_a_sidecar_can_say_that_a_text_is_no_draft_any_more() -> None:
    builder = TextBuilder()
    bibliography = local_bibliography("ward.pdf", "T")
    builder.add("T", PartKind.TITLE)
    draft = local_document("ward.pdf", bibliography, builder, draft=True)
    assert apply_sidecar(draft, Sidecar()).status is PublicationStatus.DRAFT
    assert apply_sidecar(draft, Sidecar(status=PublicationStatus.CURRENT)).status is PublicationStatus.CURRENT
