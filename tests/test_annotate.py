"""A document is cut at its statements, and each passage says what its statement is about, in concepts and populations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from osler.domain.concept import Concept
from osler.domain.document import Bibliography, Direction, Document, Statement, StudyDesign, Via
from osler.domain.grade import Certainty, Strength
from osler.domain.population import Ages, Kidney
from osler.language.lexicon import Lexicon
from osler.language.population import PopulationConflict
from osler.passages.annotate import annotate, annotation_key
from osler.passages.segment import segment

FIRST = "Baclofen caused encephalopathy in hemodialysis."
SECOND = "Gabapentin 100 mg eased itch."
BOOK = Bibliography("A study", pmid="123")


def statement(text: str = FIRST, start: int = 0, **changes: Any) -> Statement:
    whole = Statement(
        "T001", start, start + len(text), StudyDesign.COHORT, Direction.ADVERSE, ("baclofen",), ("muscle spasm",), "adults", ()
    )
    return replace(whole, **changes)


def document(*statements: Statement) -> Document:
    return Document("pmid:123", StudyDesign.COHORT, Via.EXTRACTION, BOOK, f"{FIRST}\n{SECOND}", statements)


SECOND_STATEMENT = statement(SECOND, len(FIRST) + 1, id="T002", interventions=("gabapentin",), problems=("uremic pruritus",))


def test_passages_are_the_statements_in_text_order(lexicon: Lexicon) -> None:
    passages = annotate(document(SECOND_STATEMENT, statement()), lexicon)
    assert [p.id for p in passages] == ["pmid:123#0", "pmid:123#1"]
    assert [p.text for p in passages] == [FIRST, SECOND]
    assert [f.statement_id for p in passages for f in p.findings] == ["T001", "T002"]


def test_a_passage_slices_its_document(lexicon: Lexicon) -> None:
    source = document(statement(), SECOND_STATEMENT)
    for passage in annotate(source, lexicon):
        (finding,) = passage.findings
        span = passage.span(finding)
        assert source.text[span.start : span.end] == span.exact == passage.text == passage.words(finding)


def test_a_document_without_statements_or_parts_is_cut_at_its_sentences() -> None:
    source = document()
    assert [source.text[u.start : u.end] for piece in segment(source) for u in piece.units] == [FIRST, SECOND]


@pytest.mark.parametrize(
    ("labels", "concepts"),
    [
        (("baclofen",), ("drug/baclofen",)),
        (("Lioresal", "baclofen"), ("drug/baclofen",)),
        (("gabapentin", "baclofen"), ("drug/gabapentin", "drug/baclofen")),
        (("NSAIDs",), ("class/nsaids",)),
        (("none",), ()),
        (("None",), ()),
        (("back pain",), ()),
    ],
)
def test_interventions_become_concepts_in_order_of_naming(
    labels: tuple[str, ...], concepts: tuple[str, ...], lexicon: Lexicon
) -> None:
    (passage,) = annotate(document(statement(interventions=labels)), lexicon)
    assert passage.findings[0].interventions == concepts


@pytest.mark.parametrize(
    ("labels", "concepts"),
    [
        (("muscle spasm",), ("cond/muscle-spasm",)),
        (("back spasm", "low back pain"), ("cond/back-spasm", "cond/low-back-pain")),
        (("baclofen",), ()),
        (("pharmacokinetics",), ()),
    ],
)
def test_problems_become_conditions(labels: tuple[str, ...], concepts: tuple[str, ...], lexicon: Lexicon) -> None:
    (passage,) = annotate(document(statement(problems=labels)), lexicon)
    assert passage.findings[0].problems == concepts
    assert passage.findings[0].problem_labels == labels


@pytest.mark.parametrize(
    ("direction", "is_treatment"), [(Direction.BENEFIT, True), (Direction.RECOMMENDS, True), (Direction.ADVERSE, False)]
)
def test_hemodialysis_is_a_treatment_where_it_is_given_as_one(direction: Direction, is_treatment: bool, lexicon: Lexicon) -> None:
    (passage,) = annotate(document(statement(interventions=("hemodialysis",), direction=direction)), lexicon)
    assert ("therapy/extracorporeal-treatment" in passage.findings[0].interventions) is is_treatment


def test_population_words_and_tags_are_read_together(lexicon: Lexicon) -> None:
    (passage,) = annotate(document(statement(population="older people", population_tags=("hemodialysis",))), lexicon)
    assert passage.findings[0].population.kidney == {Kidney.HEMODIALYSIS}
    assert passage.findings[0].population.ages == Ages(65)


def test_tags_that_contradict_the_words_are_refused(lexicon: Lexicon) -> None:
    with pytest.raises(PopulationConflict):
        annotate(document(statement(population="adults not on dialysis", population_tags=("hemodialysis",))), lexicon)


def test_concepts_of_the_statement_itself_are_kept_once(lexicon: Lexicon) -> None:
    (passage,) = annotate(document(statement()), lexicon)
    assert passage.findings[0].mentioned == ("drug/baclofen", "cond/encephalopathy", "pop/hemodialysis")


def test_what_the_reader_recorded_travels_along(lexicon: Lexicon) -> None:
    recorded: dict[str, Any] = {
        "certainty": Certainty.LOW, "strength": Strength.CONDITIONAL, "note": "small", "to_check": "page not open",
        "direction": Direction.RECOMMENDS, "kind": StudyDesign.GUIDELINE,
    }  # fmt: skip
    (passage,) = annotate(document(statement(**recorded)), lexicon)
    assert {name: getattr(passage.findings[0], name) for name in recorded} == recorded


def test_another_lexicon_asks_for_another_annotation() -> None:
    one, same, other = (Lexicon([Concept("drug/x", name)]) for name in ("xxxx", "xxxx", "yyyy"))
    assert annotation_key(one) == annotation_key(same)
    assert annotation_key(one) != annotation_key(other)
