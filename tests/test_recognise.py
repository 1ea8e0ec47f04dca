"""The format of a file is told by its first bytes, never by its name; look-alikes are told apart; nothing makes it fail or slow."""

from __future__ import annotations

import gzip
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from made import docx, extraction, jats, pdf, pubmed, tarred, zipped
from osler.documents.recognise import HEAD_BYTES, Format, recognise

SPL = '<document xmlns="urn:hl7-org:v3"><setId root="0a1b"/></document>'
WATCH = "Record ID,Title,RetractionNature,OriginalPaperPubMedID\n1,A,Retraction,5\n"
HTML = "<html><head><title>Ward</title></head><body><p>Methocarbamol.</p></body></html>"
CSV = "Drug,Dose,Note\nMethocarbamol,1.5 g,night\nTizanidine,2 mg,\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (pubmed(1), Format.PUBMED),
        (b'<?xml version="1.0"?><!-- a --><!DOCTYPE PubmedArticleSet PUBLIC "x" "y">\n<PubmedArticleSet>', Format.PUBMED),
        (b"<DeleteCitation><PMID>1</PMID></DeleteCitation>", Format.PUBMED),
        (b"<PubmedBookArticleSet/>", Format.PUBMED),
        (jats().encode(), Format.JATS),
        (b"<pmc-articleset><article/></pmc-articleset>", Format.JATS),
        (b'<a:article xmlns:a="x" dtd-version="1.2"><a:front/>', Format.JATS),
        (SPL.encode(), Format.SPL),
        (b'{"meta":{"disclaimer":"see open.fda.gov"},"results":[]}', Format.OPENFDA),
        (b'{"results":[{"set_id":"a","openfda":{}}]}', Format.OPENFDA),
        (b'{"protocolSection":{"identificationModule":{"nctId":"NCT00000001"}}}', Format.CLINICALTRIALS),
        (b'{"studies":[]}', Format.CLINICALTRIALS),
        (b'{"version":"6","resultList":{"result":[]}}', Format.EUROPEPMC),
        (b'[{"specificRecommendations":[]}]', Format.USPSTF),
        (extraction().encode(), Format.EXTRACTIONS),
        (WATCH.encode(), Format.RETRACTION_WATCH),
        (b"12345678\n2345\n# a note\n\n77 # withdrawn\n", Format.PMID_LIST),
        (b"PMID: 12345678\r\nPMID: 2345678\r\n", Format.PMID_LIST),
        (b"PMID\tWhy\n12345678\tfraud\n", Format.PMID_LIST),
        (CSV.encode(), Format.FORMULARY),
        (b'Drug;Dose\n"A; the long name";5\nB;6\n', Format.FORMULARY),
        (b"sep=;\r\nDrug;Dose\r\nA;5\r\n", Format.FORMULARY),
        (b"Drug|Dose\nA|5\n", Format.FORMULARY),
        (pdf(["x"]), Format.PDF),
        (docx(["x"]), Format.DOCX),
        (HTML.encode(), Format.HTML),
        (b"<!DOCTYPE html><p>x", Format.HTML),
        (b'<article class="page"><h1>Ward</h1><p>x</p></article>', Format.HTML),
        (b"# Ward protocol\n\nGive it at night.\n", Format.MARKDOWN),
        (b"Give methocarbamol at night.\n", Format.PLAIN),
        (gzip.compress(b"x"), Format.GZIP),
        (zipped([("a.txt", b"x")]), Format.ZIP),
        (tarred([("a.txt", b"x")]), Format.TAR),
        (b"", Format.EMPTY),
        (b" \r\n\t", Format.EMPTY),
        (b"\x89PNG\r\n\x1a\n\0\0\0", Format.UNKNOWN),
        (b"<eSearchResult><Count>0</Count></eSearchResult>", Format.UNKNOWN),
        (b'{"header":{"type":"esummary"}}', Format.UNKNOWN),
    ],
)
def test_each_format_is_told(data: bytes, expected: Format) -> None:
    assert recognise(data) is expected


@pytest.mark.parametrize(
    ("what", "data", "expected"),
    [
        ("a web page saved as XML", b'<?xml version="1.0"?>' + HTML.encode(), Format.HTML),
        ("a line that begins with a less-than sign", b"<30 mL/min: avoid baclofen.\nOther patients: halve the dose.\n", Format.PLAIN),
        ("a note about PDF", b"Read the file; it starts with %PDF-1.4 as they all do.\n", Format.PLAIN),
        ("a PDF behind rubbish", b"\0\0rubbish" + pdf(["x"]), Format.PDF),
        ("a zip with a Word file in it", zipped([("a.docx", docx(["x"]))], 0), Format.ZIP),
        ("a zip whose folder is called word", zipped([("word/list.txt", b"x"), ("b.txt", b"y")]), Format.ZIP),
        ("a zip whose folder ends in word", zipped([("crossword/a.txt", b"x")]), Format.ZIP),
        ("numbers in front of other columns, without a header", b"1001\tamoxicillin\n1002\tbaclofen\n", Format.UNKNOWN),
        ("numbers in front of other columns, under another header", b"Code\tDrug\n1001\tamoxicillin\n1002\tbaclofen\n", Format.FORMULARY),
        ("room numbers", b"12\n13\n14\n", Format.PLAIN),
        ("prose with commas", b"One, two. Three, four.\nFive, six. Seven, eight.\n", Format.PLAIN),
        ("a bracket in front of prose", b"[Draft] Give it at night.\n", Format.PLAIN),
        ("JSON of something else", b'{"a": 1}', Format.UNKNOWN),
        ("XML of something else with an entity bomb", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', Format.UNKNOWN),
        ("an unfinished comment", b"<!-- <PubmedArticleSet>", Format.UNKNOWN),
        ("gzip's first byte alone", b"\x1f", Format.UNKNOWN),
    ],
)  # fmt: skip
def test_look_alikes_are_told_apart(what: str, data: bytes, expected: Format) -> None:
    assert recognise(data) is expected, what


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-16-le", "utf-32"])
@pytest.mark.parametrize(("text", "expected"), [(jats().partition("?>")[2], Format.JATS), (CSV, Format.FORMULARY)])
def test_an_encoding_with_its_mark_changes_nothing(encoding: str, text: str, expected: Format) -> None:
    marks = {"utf-16-be": b"\xfe\xff", "utf-16-le": b"\xff\xfe"}
    assert recognise(marks.get(encoding, b"") + text.encode(encoding)) is expected


@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-16-le"])
def test_xml_tells_its_encoding_without_a_mark_too(encoding: str) -> None:
    assert recognise(jats().encode(encoding)) is Format.JATS


def test_windows_letters_are_text() -> None:
    assert recognise("Drug;Dose\nParacétamol;1 g – nuit\n".encode("cp1252")) is Format.FORMULARY


_PIECES = st.sampled_from(
    [b"<", b">", b"<!--", b"-->", b"<?xml ?>", b"<!DOCTYPE x [", b"]>", b"{", b"[", b'"nctId":', b"\n", b" ", b"\t", b",", b"|", b"1234",
     b"PMID", b"PK\x03\x04", b"\x1f\x8b", b"%PDF-1.4", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\0", b"<article", b"# ", b'"', b"ustar"]
)  # fmt: skip


@given(st.one_of(st.binary(max_size=2_000), st.lists(_PIECES, max_size=200).map(b"".join)))
def test_it_never_raises(data: bytes) -> None:
    assert recognise(data) in Format
    assert recognise(data) is recognise(data)


@pytest.mark.parametrize(
    "data",
    [
        b"1234\n" + b"\n" * HEAD_BYTES + b"x",
        b"1234" + b" " * HEAD_BYTES + b"x",
        b"1234 \n \n" * 9_000 + b"x",
        b"<!---->" * 9_000,
        b"<!DOCTYPE x [" + b"]" * HEAD_BYTES,
        b"<?" * 30_000,
        b"|" * HEAD_BYTES,
        b"|a" * 20_000 + b"\n" + b"|-" * 10_000,
        b'"nctId" ' * 8_000,
        b'{"studies"' + b" " * HEAD_BYTES,
        b'"' * HEAD_BYTES,
        b"PMID " * 13_000,
        b",\n" * 30_000,
        b"<a:" * 20_000,
    ],
    ids=lambda data: data[:16].decode("ascii", "replace"),
)
def test_no_beginning_takes_long(data: bytes) -> None:
    started = time.process_time()
    recognise(data)
    assert time.process_time() - started < 2.0
