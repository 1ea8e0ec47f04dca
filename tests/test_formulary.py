"""A local formulary becomes rows that are complete in themselves; a row that does not fit its header is refused."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.documents.formulary import parse_formulary
from osler.documents.record import Rejected
from osler.domain.document import Authority, Document, StudyDesign
from osler.domain.part import PartKind
from osler.errors import SourceError

TABLE = "Drug;Route;Max dose;Restriction\nalphacillin;oral;2,5 mg/kg;renal team only\nbetamycin;iv;1 g;\n"


def read(data: str | bytes, name: str = "Our List.csv") -> tuple[Document, list[Rejected]]:
    *refused, document = parse_formulary(data if isinstance(data, bytes) else data.encode(), name)
    assert isinstance(document, Document)
    return document, [r for r in refused if isinstance(r, Rejected)]


def lines(document: Document) -> list[str]:
    return [document.text[p.start : p.end] for p in document.parts if p.kind is PartKind.TABLE_ROW]


def test_each_row_names_its_columns() -> None:
    document, refused = read(TABLE)
    assert refused == []
    assert lines(document) == [
        "Drug: alphacillin; Route: oral; Max dose: 2,5 mg/kg; Restriction: renal team only",
        "Drug: betamycin; Route: iv; Max dose: 1 g",
    ]
    assert document.interventions == ("alphacillin", "betamycin")
    assert (document.kind, document.authority) == (StudyDesign.FORMULARY, Authority.LOCAL)
    assert document.id.startswith("local:our-list")
    assert document.bibliography.url == "file:Our List.csv"
    dose = document.parts[1].cells[2]
    assert (document.text[dose.start : dose.end], dose.row, dose.column) == ("2,5 mg/kg", "alphacillin", "Max dose")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_delimiters_and_encodings_that_spreadsheets_write(delimiter: str, encoding: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([["Generic name", "Dose"], ["gammaxin", "50 µg, then 2; or 3 | 4"]])
    document, _ = read(out.getvalue().encode(encoding))
    assert lines(document) == ["Generic name: gammaxin; Dose: 50 µg, then 2; or 3 | 4"]
    assert document.interventions == ("gammaxin",)


@pytest.mark.parametrize(
    ("table", "first"),
    [
        ("Drug;Dose\na;2,5 mg\nb;3,5 mg\nc;1,0 mg\n", "Drug: a; Dose: 2,5 mg"),
        ("Drug;Dose, adults\na;2,5 mg\n", "Drug: a; Dose, adults: 2,5 mg"),
        ("Pain list, June\nDrug;Dose\na;2,5 mg\n", "Drug: a; Dose: 2,5 mg"),
    ],
)
def test_a_decimal_comma_does_not_choose_the_delimiter(table: str, first: str) -> None:
    document, _ = read(table)
    assert lines(document)[0] == first


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("alphacillin;oral", "2 fields"),
        ("alphacillin;oral;1 g;x;y", "5 fields"),
        (";iv;5 mg;", "nothing in the column 'Drug'"),
        ('"alphacillin"x;oral;1 g;', "not readable"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_and_the_rest_goes_on(row: str, reason: str) -> None:
    document, refused = read(TABLE + row + "\ndeltazol;oral;3 mg;\n")
    (only,) = refused
    assert only.record == "Our List.csv, line 4"
    assert reason in only.reason
    assert lines(document)[2:] == ["Drug: deltazol; Route: oral; Max dose: 3 mg"]


def test_formulas_stay_text_and_lines_of_a_field_stay_apart() -> None:
    document, _ = read('Drug,Dose\n=SUM(A1),"5 mg\n10 mg"\n+x,@y\n')
    assert lines(document) == ["Drug: =SUM(A1); Dose: 5 mg; 10 mg", "Drug: +x; Dose: @y"]


def test_words_above_the_header_and_a_named_separator() -> None:
    document, _ = read("sep=|\nPain list, June\n\nMedicine|Note\na|b\n")
    assert document.text.split("\n")[1:] == ["Pain list, June", "Medicine: a; Note: b"]


@pytest.mark.parametrize("data", [b"", b"one column\nonly\n", b"Drug,Dose\n", b"\x81\x8d", b"Drug,Dose\nx\n"])
def test_what_is_no_table_is_refused(data: bytes) -> None:
    with pytest.raises(SourceError):
        list(parse_formulary(data, "x.csv"))


_CELL = st.text(st.characters(categories=("L", "N", "P", "Zs")), min_size=1, max_size=12).filter(lambda t: t.strip())


@given(st.lists(st.tuples(_CELL, _CELL, _CELL), min_size=1, max_size=5))
def test_no_character_of_a_well_formed_row_is_lost(table: list[tuple[str, str, str]]) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter="\t").writerows([("Drug", "Dose", "Note"), *table])
    found = "".join(lines(read(out.getvalue())[0]))
    wanted = "".join(f"Drug: {a}; Dose: {b}; Note: {c}" for a, b, c in table)
    assert _bare(found) == _bare(wanted)


def _bare(text: str) -> str:
    from osler.documents.text import clean

    return clean(text).replace(" ", "")


@given(st.binary(max_size=200))
def test_any_bytes_give_records_or_a_source_error(data: bytes) -> None:
    try:
        records = list(parse_formulary(data, "x.csv"))
    except SourceError:
        return
    assert isinstance(records[-1], Document)
