"""Lists of retracted works become notices: no retraction is dropped for a small fault, none is made up."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.documents.record import Rejected
from osler.documents.retractions import parse_pmid_list, parse_retraction_watch
from osler.domain.status import NoticeNature, PublicationStatus, StatusNotice, standing
from osler.errors import SourceError

COLUMNS = (
    "Record ID,Title,Subject,Institution,Journal,Publisher,Country,Author,URLS,ArticleType,RetractionDate,RetractionDOI,"
    "RetractionPubMedID,OriginalPaperDate,OriginalPaperDOI,OriginalPaperPubMedID,RetractionNature,Reason,Paywalled,Notes"
).split(",")
ROW = {
    "Record ID": "7",
    "Title": "A paper",
    "RetractionDate": "7/12/2023 0:00",
    "RetractionDOI": "10.5555/notice",
    "RetractionPubMedID": "901.0",
    "OriginalPaperDOI": "10.5555/Paper",
    "OriginalPaperPubMedID": "77.0",
    "RetractionNature": "Retraction",
    "Reason": "+Paper Mill;+Unreliable Results;",
}


def watch(*rows: dict[str, str], encoding: str = "utf-8") -> list[object]:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return list(parse_retraction_watch(out.getvalue().encode(encoding), "rw.csv"))


def test_a_row_becomes_a_notice_about_the_original_paper() -> None:
    assert watch(ROW) == [
        StatusNotice(
            NoticeNature.RETRACTION,
            "Retraction Watch",
            "77",
            "10.5555/paper",
            "2023-07-12",
            "901",
            "Paper Mill; Unreliable Results",
        )
    ]


@pytest.mark.parametrize(
    ("nature", "made"),
    [
        ("Retraction", NoticeNature.RETRACTION),
        ("retraction ", NoticeNature.RETRACTION),
        ("Correction", NoticeNature.CORRECTION),
        ("Expression of concern", NoticeNature.CONCERN),
        ("Expression of Concern", NoticeNature.CONCERN),
        ("REINSTATEMENT", NoticeNature.REINSTATEMENT),
    ],
)
def test_each_nature_stays_what_it_is(nature: str, made: NoticeNature) -> None:
    (notice,) = watch(ROW | {"RetractionNature": nature})
    assert isinstance(notice, StatusNotice)
    assert notice.nature is made


@pytest.mark.parametrize(
    ("pmid", "doi", "expected"),
    [
        ("0", "10.5555/x", (None, "10.5555/x")),
        ("0.0", "10.5555/x", (None, "10.5555/x")),
        ("", "10.5555/x", (None, "10.5555/x")),
        ("77", "unavailable", ("77", None)),
        ("77.00", "Unavailable", ("77", None)),
        ("77", "10.5555/caf\u00e9", ("77", None)),
    ],
)
def test_marks_of_no_identifier_are_no_identifiers(pmid: str, doi: str, expected: tuple[str | None, str | None]) -> None:
    (notice,) = watch(ROW | {"OriginalPaperPubMedID": pmid, "OriginalPaperDOI": doi}, encoding="cp1252")
    assert isinstance(notice, StatusNotice)
    assert (notice.pmid, notice.doi) == expected


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"OriginalPaperPubMedID": "0", "OriginalPaperDOI": "unavailable"}, "neither"),
        ({"RetractionNature": "Removal of cover"}, "nature"),
    ],
)
def test_a_row_that_says_nothing_certain_is_refused_and_the_rest_goes_on(change: dict[str, str], reason: str) -> None:
    refused, kept = watch(ROW | change, ROW)
    assert isinstance(refused, Rejected)
    assert reason in refused.reason
    assert "line 2" in refused.record
    assert isinstance(kept, StatusNotice)


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("7/12/2023 0:00", "2023-07-12"),
        ("12/7/2023", "2023-12-07"),
        ("31/12/2023 0:00", None),
        ("2/30/2023 0:00", None),
        ("", None),
    ],
)
def test_the_month_stands_first_and_an_impossible_date_does_not_hide_the_notice(written: str, date: str | None) -> None:
    (notice,) = watch(ROW | {"RetractionDate": written})
    assert isinstance(notice, StatusNotice)
    assert notice.date == date


def test_a_later_reinstatement_ends_a_retraction() -> None:
    rows = watch(ROW | {"RetractionNature": "Reinstatement", "RetractionDate": "1/2/2024 0:00"}, ROW)
    notices = [r for r in rows if isinstance(r, StatusNotice)]
    assert standing(PublicationStatus.CURRENT, notices)[0] is PublicationStatus.CURRENT


def test_a_formula_in_a_field_is_text_and_a_torn_row_is_refused() -> None:
    (notice,) = watch(ROW | {"Reason": '=HYPERLINK("x")'})
    assert isinstance(notice, StatusNotice)
    assert notice.reason == '=HYPERLINK("x")'
    torn = (",".join(COLUMNS) + "\n7,too,short\n").encode()
    (refused,) = parse_retraction_watch(torn, "rw.csv")
    assert refused == Rejected("rw.csv, line 2", "3 fields where the header has 20")


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"{}", b"\x00\xff"])
def test_another_file_is_not_retraction_watch(data: bytes) -> None:
    with pytest.raises(SourceError):
        list(parse_retraction_watch(data, "x"))


def test_a_list_of_pmids_makes_undated_retractions() -> None:
    data = b"\xef\xbb\xbfPMID\ttitle\n# a comment\n12\tone\n\n345.0\nPMID: 0067\nnone\n"
    assert list(parse_pmid_list(data, "folder/old.tsv")) == [
        StatusNotice(NoticeNature.RETRACTION, "old.tsv", "12"),
        StatusNotice(NoticeNature.RETRACTION, "old.tsv", "345"),
        StatusNotice(NoticeNature.RETRACTION, "old.tsv", "67"),
        Rejected("folder/old.tsv, line 7", "'none' is no PMID"),
    ]


@pytest.mark.parametrize("data", [b"", b"# only a comment\n", b"dose\n12\n", b"Drug,Dose\nx,5\n"])
def test_other_numbers_retract_nothing(data: bytes) -> None:
    with pytest.raises(SourceError):
        list(parse_pmid_list(data, "x.tsv"))


@given(st.binary(max_size=200))
def test_any_bytes_give_notices_refusals_or_a_source_error(data: bytes) -> None:
    for parse in (parse_retraction_watch, parse_pmid_list):
        for start in (b"", (",".join(COLUMNS) + "\n").encode()):
            try:
                records = list(parse(start + data, "x"))
            except SourceError:
                continue
            assert all(isinstance(r, (StatusNotice, Rejected)) for r in records)
