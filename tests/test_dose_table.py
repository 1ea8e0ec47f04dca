"""A dose in the table is the source's own words, and never loses whose it is, its bound, or what it changes (F10, F12, F27)."""

from __future__ import annotations

import pytest

from osler.answer.dose_table import _doses_of
from osler.domain.document import Direction
from osler.domain.evidence import EvidenceItem
from osler.pipeline import Library, ask_explained


def rows(library: Library, question: str, statement: str) -> dict[str, str]:
    items = ask_explained(library, question).profile.items
    item = next(i for i in items if i.finding.statement_id == statement)
    return {concept: words for concept, words, _ in _doses_of(item, library.lexicon)}


@pytest.mark.parametrize(
    ("question", "statement", "drug", "words"),
    [
        ("Colchicine for a gout flare on dialysis?", "X118", "drug/colchicine", "a single 0.6 mg dose, not repeated more than once every 2 weeks"),
        ("Gabapentin on dialysis?", "F077", "drug/gabapentin", "300-400 mg load, then 200-300 mg after each 4 h of dialysis, and nothing on dialysis-free days"),
        ("Gabapentin on dialysis?", "F132", "drug/gabapentin", "100 mg at night on dialysis days"),
        ("Valacyclovir on dialysis?", "K118", "drug/valacyclovir", "≤500 mg valacyclovir three times a week on hemodialysis or ≤500 mg a day on peritoneal dialysis"),
        ("Acetaminophen for pain on dialysis?", "F138", "drug/acetaminophen", "650 mg every 8 hours as needed for dialysis (table maximum 4 g/day; 2 g/day with liver disease or daily alcohol)"),
        ("Paracetamol for my 2 year old", "F203", "drug/acetaminophen", "7.5 mL of infant syrup (120 mg/5 mL) up to four times in 24 hours"),
    ],
)  # fmt: skip
def test_what_is_cut_out(question: str, statement: str, drug: str, words: str, library: Library) -> None:
    assert rows(library, question, statement)[drug] == words


@pytest.mark.parametrize(
    ("question", "statement"),
    [
        ("Paracetamol maximum dose?", "G162"),
        ("Paracetamol syrup dose", "X157"),
        ("Levetiracetam dose in renal impairment?", "K166"),
        ("Levothyroxine dose in pregnancy?", "G110"),
        ("Levofloxacin dose with eGFR 20?", "K192"),
        ("Tizanidine dose for back pain?", "K304"),
        ("Atenolol dose on hemodialysis?", "K272"),
    ],
)
def test_what_cannot_be_cut_is_shown_whole(question: str, statement: str, library: Library) -> None:
    items = ask_explained(library, question).profile.items
    item = next(i for i in items if i.finding.statement_id == statement)
    assert {words for _, words, _ in _doses_of(item, library.lexicon)} == {item.text}


def test_a_drug_without_a_dose_gets_no_row(library: Library) -> None:
    assert set(rows(library, "Hydrocortisone dose in adrenal crisis?", "G113")) == {"drug/hydrocortisone"}


def test_every_dose_of_the_library_is_in_its_source_s_words(library: Library) -> None:
    checked = 0
    template = ask_explained(library, "Gabapentin on dialysis?").profile.items[0]
    for _, passage, source in library.catalog.passages():
        (finding,) = passage.findings
        if finding.direction is not Direction.DOSE:
            continue
        item = EvidenceItem(
            passage, finding, source, 1, template.drug, template.problem, template.population, template.directness, ()
        )
        for _, words, timing in _doses_of(item, library.lexicon):
            assert words in passage.text
            assert words.count("(") == words.count(")")
            assert all(part in words for part in timing.split(", "))
            checked += 1
    assert checked > 80
