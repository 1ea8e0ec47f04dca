"""A Europe PMC record: its abstract under its headings, its kind, its notices, and never above PubMed's own record."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.documents.europepmc import parse_europepmc
from osler.documents.record import Record, Rejected
from osler.domain.document import Document, StudyDesign
from osler.domain.part import PartKind
from osler.domain.status import NoticeNature, PublicationStatus, StatusNotice
from osler.errors import SourceError

CORE: dict[str, Any] = {
    "id": "123",
    "source": "MED",
    "pmid": "123",
    "pmcid": "PMC45",
    "doi": "10.5555/ABC",
    "title": "Effect of <i>alphacillin</i> on 10<sup>9</sup> cells.",
    "authorString": "One A, Two B.",
    "journalInfo": {"journal": {"title": "Journal of Tests"}, "yearOfPublication": 2021},
    "pubYear": "2021",
    "abstractText": "<h4>Background</h4>Why we did it. <h4>Results</h4>Counts fell by 2 × 10<sup>9</sup>/L (P&lt;0.05).",
    "language": "eng",
    "pubTypeList": {"pubType": ["Randomized Controlled Trial", "Journal Article"]},
    "keywordList": {"keyword": ["itch"]},
    "meshHeadingList": {"meshHeading": [{"descriptorName": "Humans"}]},
    "isOpenAccess": "Y",
    "license": "cc by",
    "firstPublicationDate": "2021-03-04",
}


def read(*results: Any) -> list[Record]:
    return list(parse_europepmc(json.dumps({"hitCount": 1, "resultList": {"result": list(results)}}).encode(), "page.json"))


def one(**changes: Any) -> Document:
    document, *_ = read(CORE | changes)
    assert isinstance(document, Document)
    return document


def test_a_core_record_keeps_its_headings_and_its_figures() -> None:
    document = one()
    assert [(p.kind, p.path, document.text[p.start : p.end]) for p in document.parts] == [
        (PartKind.TITLE, (), "Effect of alphacillin on 10⁹ cells."),
        (PartKind.HEADING, (), "Background"),
        (PartKind.PARAGRAPH, ("Background",), "Why we did it."),
        (PartKind.HEADING, (), "Results"),
        (PartKind.PARAGRAPH, ("Results",), "Counts fell by 2 × 10⁹/L (P<0.05)."),
    ]
    book = document.bibliography
    assert (book.authors, book.container, book.year) == ("One A, Two B", "Journal of Tests", 2021)
    assert (book.pmid, book.doi, book.pmcid) == ("123", "10.5555/abc", "PMC45")
    assert book.url == "https://europepmc.org/article/MED/123"
    assert document.keywords == ("open access", "Humans", "itch")
    assert (document.licence, document.language, document.issued) == ("cc by", "en", "2021-03-04")


def test_pubmed_outranks_this_copy() -> None:
    document = one()
    assert (document.id, document.revision) == ("pmid:123", "")


@pytest.mark.parametrize(
    ("types", "kind"),
    [
        (["Journal Article"], StudyDesign.ARTICLE),
        (["research-article", "Randomized Controlled Trial"], StudyDesign.RCT),
        (["Clinical Trial, Phase III"], StudyDesign.TRIAL),
        (["Review", "Meta-Analysis"], StudyDesign.SYSTEMATIC_REVIEW),
        (["review-article"], StudyDesign.REVIEW),
        (["Practice Guideline"], StudyDesign.GUIDELINE),
        (["case-report"], StudyDesign.CASE_REPORT),
        (["Editorial"], StudyDesign.COMMENT),
        (["Published Erratum"], StudyDesign.NOTICE),
        (["Randomized Controlled Trial, Veterinary"], StudyDesign.PRECLINICAL),
    ],
)
def test_the_kind_is_the_same_from_a_core_and_a_lite_reply(types: list[str], kind: StudyDesign) -> None:
    assert one(pubTypeList={"pubType": types}).kind is kind
    lite = {k: v for k, v in CORE.items() if k not in ("pubTypeList", "abstractText", "journalInfo")}
    document, *_ = read(lite | {"pubType": "; ".join(types).lower(), "journalTitle": "J Tests"})
    assert isinstance(document, Document)
    assert (document.kind, document.bibliography.container) == (kind, "J Tests")


def test_a_preprint_says_that_it_is_one() -> None:
    document, *_ = read(
        {
            "id": "PPR9",
            "source": "PPR",
            "doi": "10.5555/pre",
            "title": "Early <b>results</b>",
            "bookOrReportDetails": {"publisher": "a server"},
            "pubTypeList": {"pubType": ["Preprint"]},
            "firstPublicationDate": "2024-05-06",
        }
    )
    assert isinstance(document, Document)
    assert (document.id, document.revision) == ("epmc:PPR-PPR9", "2024-05-06")
    assert document.bibliography.container == "a server (preprint)"
    assert "preprint" in document.keywords
    assert document.bibliography.url == "https://europepmc.org/article/PPR/PPR9"


@pytest.mark.parametrize("named", ["Retracted Publication", "Preprint-withdrawal", "preprint removal"])
def test_a_withdrawn_work_is_marked(named: str) -> None:
    assert one(pubTypeList={"pubType": [named]}).status is PublicationStatus.RETRACTED
    assert one().status is PublicationStatus.CURRENT


@pytest.mark.parametrize(
    ("kind", "nature", "about"),
    [
        ("Retraction in", NoticeNature.RETRACTION, "123"),
        ("Erratum in", NoticeNature.CORRECTION, "123"),
        ("Corrected and republished in", NoticeNature.CORRECTION, "123"),
        ("Expression of concern in", NoticeNature.CONCERN, "123"),
        ("Retraction of", NoticeNature.RETRACTION, "999"),
        ("Erratum for", NoticeNature.CORRECTION, "999"),
        ("Expression of concern for", NoticeNature.CONCERN, "999"),
    ],
)
def test_a_link_speaks_about_this_work_or_about_the_other(kind: str, nature: NoticeNature, about: str) -> None:
    link = {"id": "999", "source": "MED", "type": kind, "reference": "J Tests. 2022 Feb;1(2):3"}
    _, notice = read(CORE | {"commentCorrectionList": {"commentCorrection": [link]}})
    assert isinstance(notice, StatusNotice)
    assert (notice.nature, notice.pmid, notice.source) == (nature, about, "Europe PMC")
    if about == "123":
        assert (notice.doi, notice.reference, notice.date) == ("10.5555/abc", "999", "2022-02")
    else:
        assert (notice.doi, notice.reference, notice.date) == (None, "123", "2021-03-04")


@pytest.mark.parametrize("kind", ["Comment in", "Comment on", "Preprint of", "Update in", "", "Something new"])
def test_other_links_change_nothing(kind: str) -> None:
    link = {"id": "999", "source": "MED", "type": kind}
    assert len(read(CORE | {"commentCorrectionList": {"commentCorrection": [link]}})) == 1


def test_escaped_tags_are_tags() -> None:
    assert one(title="About 10&lt;sup&gt;9&lt;/sup&gt; &lt;i&gt;cells&lt;/i&gt; &lt; 5").bibliography.title == "About 10⁹ cells < 5"


def test_a_bad_record_is_refused_and_the_rest_goes_on() -> None:
    nameless, untitled, good = read({"title": "x"}, {"id": "5", "source": "MED", "title": " "}, CORE)
    assert nameless == Rejected("page.json, result 1", "no PMID, and no source and id of Europe PMC")
    assert untitled == Rejected("MED:5", "no title")
    assert isinstance(good, Document)


def test_a_doi_that_is_none_is_left_out() -> None:
    assert one(doi="not a doi").bibliography.doi is None


def test_an_empty_page_is_no_error_and_another_file_is() -> None:
    assert read() == []
    for data in (b"", b"[]", b"{}", b'{"studies": []}', b"<xml/>", b"[" * 100_000, b'{"resultList":' * 100_000):
        with pytest.raises(SourceError):
            list(parse_europepmc(data, "x.json"))


_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["pubType", "id", "type", "keyword", "journal"]), inner)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*sorted(CORE), "commentCorrectionList", "pubType"]), _VALUE))
def test_fields_of_the_wrong_shape_break_nothing(changes: dict[str, Any]) -> None:
    assert all(isinstance(r, (Document, Rejected, StatusNotice)) for r in read(CORE | changes))
