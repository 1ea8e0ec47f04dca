"""Plain text: encodings, paragraphs and headings; a list of doses, one a line, is never run together."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.documents.plain import parse_plain
from osler.domain.document import Document, StudyDesign
from osler.domain.part import PartKind
from osler.domain.status import PublicationStatus
from osler.errors import SourceError

WRAPPED = """Gentamicin on the renal ward

1 Dosing

Give the first dose according to the weight of the patient, and wait for the
level before the second. In people on dialysis the dose is 2 mg/kg, with the
next one given only when the level is below 1 mg/L.

- one thing
- another thing that is long enough that it has to be wrapped over the end of
  its line

1.1 Monitoring

Short note.
"""


def read(data: bytes | str, name: str = "ward.txt") -> Document:
    (document,) = parse_plain(data if isinstance(data, bytes) else data.encode(), name)
    assert isinstance(document, Document)
    return document


def pieces(document: Document) -> list[tuple[PartKind, str]]:
    return [(p.kind, document.text[p.start : p.end]) for p in document.parts]


def test_wrapped_lines_are_paragraphs_and_headings_make_the_path() -> None:
    document = read(WRAPPED)
    assert pieces(document) == [
        (PartKind.TITLE, "Gentamicin on the renal ward"),
        (PartKind.HEADING, "1 Dosing"),
        (
            PartKind.PARAGRAPH,
            "Give the first dose according to the weight of the patient, and wait for the level before the second. In people on "
            "dialysis the dose is 2 mg/kg, with the next one given only when the level is below 1 mg/L.",
        ),
        (PartKind.LIST_ITEM, "one thing"),
        (PartKind.LIST_ITEM, "another thing that is long enough that it has to be wrapped over the end of its line"),
        (PartKind.HEADING, "1.1 Monitoring"),
        (PartKind.PARAGRAPH, "Short note."),
    ]
    assert document.parts[-1].path == ("1 Dosing", "1.1 Monitoring")
    assert (document.id, document.kind) == ("local:ward-txt", StudyDesign.ARTICLE)


def test_a_list_of_doses_one_a_line_stays_one_a_line() -> None:
    document = read(WRAPPED + "\nDrug A 500 mg\nDrug B 400 mg\nDrug C 5 mg\n")
    assert [t for _, t in pieces(document)][-3:] == ["Drug A 500 mg", "Drug B 400 mg", "Drug C 5 mg"]


def test_columns_set_with_spaces_are_not_joined() -> None:
    row = "Drug A                         500 mg             twice daily with food"
    document = read(f"{WRAPPED}\n{row}\n{row.replace('A', 'B')}\n")
    assert len([t for _, t in pieces(document) if t.startswith("Drug")]) == 2


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("dose ≥ 5 µg".encode(), "dose ≥ 5 µg"),
        (codecs.BOM_UTF8 + "dose ≥ 5 µg".encode(), "dose ≥ 5 µg"),
        (codecs.BOM_UTF16_LE + "dose ≥ 5 µg".encode("utf-16-le"), "dose ≥ 5 µg"),
        (codecs.BOM_UTF16_BE + "dose ≥ 5 µg".encode("utf-16-be"), "dose ≥ 5 µg"),
        ("dose 5 µg – 10 µg".encode("cp1252"), "dose 5 µg – 10 µg"),
        (b"one\r\n\r\ntwo\r\rthree", "one\ntwo\nthree"),
    ],
)
def test_encodings(data: bytes, text: str) -> None:
    assert read(data).text.endswith(text)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no text"),
        (b" \n\t\n", "no text"),
        (b"\x89PNG\x00\x00", "not a text file"),
        (b"dose \x81 5 mg", "characters cannot be told"),
        (codecs.BOM_UTF16_LE + b"\x00\xd8", "damaged"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        read(data, "x.txt")
    assert str(caught.value).startswith("x.txt: ")


@pytest.mark.parametrize(
    ("first", "title"),
    [("A ward protocol", "A ward protocol"), ("This is a sentence.", "x.txt"), ("TITLE HERE\n=====", "TITLE HERE")],
)
def test_titles(first: str, title: str) -> None:
    document = read(f"{first}\n\nSome text.\n", "x.txt")
    assert document.bibliography.title == title
    assert document.bibliography.title_is_description == (title == "x.txt")
    assert document.text.count(first.split("\n")[0]) == 1


@pytest.mark.parametrize(("line", "is_heading"), [("MONITORING", True), ("2.1 Dosing", True), ("5 mg daily", False), ("GIVE 5 MG", False), ("2 Give it.", False)])  # fmt: skip
def test_headings(line: str, is_heading: bool) -> None:
    kinds = {t: k for k, t in pieces(read(f"Title\n\nText.\n\n{line}\n\nText.\n"))}
    assert (kinds.get(line) is PartKind.HEADING) == is_heading


def test_drafts_and_recommendations() -> None:
    document = read("Title\n\nDRAFT - do not cite\n\nRecommendation 1: Offer drug A to adults.\n")
    assert (document.status, document.kind) == (PublicationStatus.DRAFT, StudyDesign.GUIDELINE)


@given(st.text(alphabet="ab1.- •\n\t:", max_size=300))
def test_no_letter_or_figure_is_lost(text: str) -> None:
    try:
        document = read(text)
    except SourceError:
        assert not any(c.isalnum() or c in ".:" for c in text)
        return
    kept = [c for c in document.text.removeprefix("ward.txt") if c.isalnum()]
    assert kept == [c for c in text if c.isalnum()]
