"""Pieces of a document slice it back, cut no unit, and keep sections and tables apart."""

from __future__ import annotations

import itertools
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from osler.documents.text import TextBuilder
from osler.domain.document import Bibliography, Document, StudyDesign, Via
from osler.domain.part import PartKind
from osler.language.lexicon import Lexicon, default_lexicon
from osler.passages.annotate import annotate
from osler.passages.segment import SECTION_CHARACTERS, TARGET_CHARACTERS, segment

BOOK = Bibliography("Zolmin for itch in adults on hemodialysis", pmid="77")
WHOLE = (PartKind.LIST_ITEM, PartKind.RECOMMENDATION)
_WORDS = [
    "gabapentin",
    "itch",
    "in",
    "adults",
    "reduced",
    "by",
    "5 mg",
    "no",
    "difference",
    "e.g.",
    "(a",
    "b)",
    "risk",
    "of",
    "falls",
    "±",
    "²",
]
_SENTENCES = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=14).map(lambda w: " ".join(w).capitalize() + ".")
_PARTS = st.tuples(
    st.sampled_from([PartKind.PARAGRAPH, PartKind.LIST_ITEM, PartKind.RECOMMENDATION, PartKind.HEADING]),
    st.lists(_SENTENCES, min_size=1, max_size=12).map(" ".join),
    st.sampled_from([("Results",), ("Results", "Harms"), ("Methods",), ()]),
)


def document(parts: list[tuple[PartKind, str, tuple[str, ...]]], kind: StudyDesign = StudyDesign.RCT) -> Document:
    builder = TextBuilder()
    for part_kind, text, path in parts:
        builder.add(text, part_kind, path)
    return Document("pmid:77", kind, Via.SOURCE, BOOK, builder.text, parts=tuple(builder.parts))


@given(st.lists(_PARTS, min_size=1, max_size=12))
def test_units_cover_every_paragraph_once_and_cut_no_item(parts: list[tuple[PartKind, str, tuple[str, ...]]]) -> None:
    source = document(parts)
    units = [u for piece in segment(source) for u in piece.units]
    assert all(first.end <= second.start for first, second in itertools.pairwise(units))
    spans = {(u.start, u.end) for u in units}
    covered = {i for u in units for i in range(u.start, u.end)}
    kinds = {p.kind for p in source.parts}
    for part in source.parts:
        if part.kind in WHOLE:
            assert (part.start, part.end) in spans
        if part.kind is PartKind.PARAGRAPH:
            wanted = {i for i in range(part.start, part.end) if not source.text[i].isspace()}
            assert wanted <= covered
        if part.kind is PartKind.HEADING and kinds != {PartKind.HEADING}:
            assert not covered & set(range(part.start, part.end))


@given(st.lists(_PARTS, min_size=1, max_size=12), st.sampled_from([StudyDesign.RCT, StudyDesign.LABEL, StudyDesign.GUIDELINE]))
def test_passages_and_findings_slice_back(parts: list[tuple[PartKind, str, tuple[str, ...]]], kind: StudyDesign) -> None:
    source = document(parts, kind)
    lexicon: Lexicon = default_lexicon()
    passages = annotate(source, lexicon)
    units = {(u.start, u.end) for piece in segment(source) for u in piece.units}
    assert passages == annotate(source, lexicon)
    assert [p.number for p in passages] == list(range(len(passages)))
    ids = [f.statement_id for p in passages for f in p.findings]
    assert len(ids) == len(set(ids))
    for passage in passages:
        assert source.text[passage.start : passage.end] == passage.text
        for finding in passage.findings:
            assert (finding.start, finding.end) in units
            assert source.text[finding.start : finding.end] == passage.words(finding)


def test_a_passage_closes_at_the_first_unit_past_its_size() -> None:
    sentence = "Gabapentin eased itch in adults on hemodialysis in this small trial."
    source = document([(PartKind.PARAGRAPH, " ".join([sentence] * 40), ("Results",))])
    sizes = [p.end - p.start for p in segment(source)]
    assert len(sizes) > 1
    assert all(TARGET_CHARACTERS <= size <= TARGET_CHARACTERS + len(sentence) + 1 for size in sizes[:-1])


def test_short_sections_stay_together_and_long_ones_do_not() -> None:
    short = document(
        [(PartKind.PARAGRAPH, "Gabapentin eased itch.", ("Results",)), (PartKind.PARAGRAPH, "It is safe.", ("Summary",))]
    )
    assert len(segment(short)) == 1
    long = "Gabapentin eased itch in adults. " * (SECTION_CHARACTERS // 30)
    apart = document([(PartKind.PARAGRAPH, long, ("Results",)), (PartKind.PARAGRAPH, "It is safe.", ("Summary",))])
    assert len(segment(apart)) == 2


def test_a_table_stands_by_itself_and_no_row_is_cut() -> None:
    builder = TextBuilder()
    builder.add("Gabapentin eased itch.", PartKind.PARAGRAPH, ("Results",))
    rows = [f"Dose: {n}00 mg; Itch: {n}. Less; Falls: {n}%" for n in (1, 2, 3)]
    for row in rows:
        builder.add(row, PartKind.LIST_ITEM, ("Results",))
    builder.add("It is safe.", PartKind.PARAGRAPH, ("Results",))
    parts = tuple(replace(p, kind=PartKind.TABLE_ROW, table=1) if p.kind is PartKind.LIST_ITEM else p for p in builder.parts)
    source = Document("pmid:77", StudyDesign.RCT, Via.SOURCE, BOOK, builder.text, parts=parts)
    pieces = segment(source)
    assert len(pieces) == 3
    assert [source.text[u.start : u.end] for u in pieces[1].units] == rows


def test_a_document_that_is_only_its_title_is_found_by_it() -> None:
    source = document([(PartKind.TITLE, "Zolmin for itch", ())])
    assert [source.text[p.start : p.end] for p in segment(source)] == ["Zolmin for itch"]
