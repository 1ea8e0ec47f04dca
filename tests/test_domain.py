"""Nouns cannot be built wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from osler.domain.answer import Answer, Claim, Disposition, DoseRow, Role, Section
from osler.domain.concept import Concept, Mention, Quantity
from osler.domain.document import Bibliography, Document, StudyDesign, Via, parse_doi, parse_pmid
from osler.domain.evidence import Directness
from osler.domain.passage import TextSpan
from osler.domain.population import Ages

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
