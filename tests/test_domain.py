"""Nouns cannot be built wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.domain.answer import Answer, Citation, Claim, Conflict, Disposition, DoseRow, OptionRow, Role, Section
from osler.domain.concept import Concept, Mention, Quantity
from osler.domain.document import Bibliography, Direction, Document, Statement, StudyDesign, Via, parse_doi, parse_pmid
from osler.domain.evidence import Directness, Source
from osler.domain.passage import Passage, TextSpan
from osler.domain.population import Ages
from osler.domain.status import PublicationStatus

BOOK = Bibliography("Title", pmid="123")


@pytest.mark.parametrize(
    "build",
    [
        lambda: TextSpan("d", 3, 3, ""),
        lambda: TextSpan("d", 0, 2, "abc"),
        lambda: Mention("drug/x", 4, 2, "x"),
        lambda: Quantity(5, 3, "mg", 0, 1),
        lambda: Quantity(1, 1, "mg", 0, 1, comparator="~"),
        lambda: Ages(9, 3),
        lambda: Concept("baclofen", "baclofen"),
        lambda: Concept("drug/x", ""),
        lambda: Bibliography("No address"),
        lambda: Bibliography(" ", pmid="1"),
        lambda: Bibliography("T", pmid="0123"),
        lambda: Bibliography("T", doi="10.1000/ABC"),
        lambda: Document("has space", StudyDesign.RCT, Via.SOURCE, BOOK, "text"),
        lambda: Document("d", StudyDesign.RCT, Via.SOURCE, BOOK, "  "),
        lambda: Claim("c1", "A claim", Role.HARM, ()),
        lambda: DoseRow("baclofen", "5 mg", "", "", "spasm", Directness.DIRECT, ("c1",)),
        lambda: DoseRow("baclofen", "5 mg", "", "adults", "", Directness.DIRECT, ("c1",)),
        lambda: Answer("T", Disposition.ANSWER, bottom_line=("c9",)),
        lambda: Answer("T", Disposition.ANSWER, sections=(Section("H", Role.HARM, ("c9",)),)),
    ],
)
def test_refused(build: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        build()


def test_identifiers_are_normalised() -> None:
    assert parse_pmid(" PMID: 00123 ") == "123"
    assert parse_doi("https://doi.org/10.1000/ABC") == "10.1000/abc"
    for wrong in ("abc", "", "12x"):
        with pytest.raises(ValueError, match="PMID"):
            parse_pmid(wrong)
    with pytest.raises(ValueError, match="DOI"):
        parse_doi("11.1/x")


SPAN = TextSpan("d", 0, 3, "abc")
SOURCE = Source("d", StudyDesign.RCT, Via.SOURCE, PublicationStatus.CURRENT, BOOK)


def citation(directness: Directness = Directness.DIRECT) -> Citation:
    return Citation(SOURCE, SPAN, "s", directness)


def claim(name: str = "c1", *citations: Citation) -> Claim:
    return Claim(name, "A claim", Role.HARM, citations or (citation(),))


def statement(start: int, end: int) -> Statement:
    return Statement("s", start, end, StudyDesign.RCT, Direction.BENEFIT, ("x",), ("y",), "adults", ())


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: TextSpan("d", -1, 2, "abc"), "negative"),
        (lambda: Passage("d", 0, 0, 5, "abc", None), "length and offsets"),  # type: ignore[arg-type]
        (lambda: statement(3, 3), "empty"),
        (lambda: Document("d", StudyDesign.RCT, Via.SOURCE, BOOK, "abc", (statement(0, 9),)), "past the text"),
        (lambda: Document("", StudyDesign.RCT, Via.SOURCE, BOOK, "abc"), "document id"),
        (lambda: Bibliography("T", pmid="12x"), "PMID"),
        (lambda: Bibliography("T", doi="11.1000/a"), "DOI"),
        (lambda: Bibliography("T", doi="10.1000"), "DOI"),
        (lambda: Concept("drug/", "x"), "kind/slug"),
        (lambda: Concept("planet/x", "x"), "kind/slug"),
        (lambda: Claim("c1", "  ", Role.HARM, (citation(),)), "empty"),
        (lambda: DoseRow("x", "5 mg", "", "adults", "spasm", Directness.DIRECT, ()), "rests on no claim"),
        (lambda: Answer("T", Disposition.ANSWER, claims=(claim(), claim())), "share an id"),
        (lambda: Answer("T", Disposition.ANSWER, claims=(claim(),), options=(OptionRow("x", "v", ("c9",)),)), "c9"),
        (lambda: Answer("T", Disposition.ANSWER, claims=(claim(),), conflicts=(Conflict(("c1", "c9"), "dose"),)), "c9"),
        (lambda: Ages(-1, 3), "age range"),
        (lambda: Ages(float("nan"), 3), "age range"),
    ],
)
def test_the_refusal_says_what_is_wrong(build: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()


@pytest.mark.parametrize("noun", [SPAN, BOOK, Ages(18), claim()])
def test_nouns_do_not_change(noun: object) -> None:
    with pytest.raises((AttributeError, TypeError)):
        noun.__setattr__(next(iter(noun.__dataclass_fields__)), "other")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("citations", "directness"),
    [
        ((Directness.DIRECT,), Directness.DIRECT),
        ((Directness.DIRECT, Directness.INDIRECT), Directness.INDIRECT),
        ((Directness.OFF,), Directness.INDIRECT),
    ],
)
def test_a_claim_is_as_direct_as_its_least_direct_citation(citations: tuple[Directness, ...], directness: Directness) -> None:
    assert claim("c1", *map(citation, citations)).directness is directness


@pytest.mark.parametrize(
    ("written", "canonical"),
    [("10.1000/A", "10.1000/a"), ("doi: 10.1000/a", "10.1000/a"), ("http://dx.doi.org/10.1000/a", "10.1000/a")],
)
def test_ways_to_write_a_doi(written: str, canonical: str) -> None:
    assert parse_doi(written) == canonical


@given(st.integers(1, 999_999_999))
def test_a_canonical_pmid_stays_as_it_is(pmid: int) -> None:
    assert parse_pmid(f"PMID: 00{pmid}") == parse_pmid(str(pmid)) == str(pmid)


@pytest.mark.parametrize(
    ("one", "other", "overlap"), [((0, 18), (18, 65), False), ((0, 19), (18, 65), True), ((12, 18), (0, 99), True)]
)
def test_age_ranges_are_half_open(one: tuple[float, float], other: tuple[float, float], overlap: bool) -> None:
    assert Ages(*one).overlaps(Ages(*other)) is Ages(*other).overlaps(Ages(*one)) is overlap
    assert Ages(*one).contains(one[0])
    assert not Ages(*one).contains(one[1])
