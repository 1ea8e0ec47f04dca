"""What a hospital pharmacist would strike out of an answer is not in it, and what the pharmacist would miss is: over the starter library."""

from __future__ import annotations

import re
from functools import cache

import pytest

from osler.domain.answer import Disposition, NoticeKind, Role
from osler.domain.article import Article
from osler.domain.question import Audience
from osler.evidence.fits import is_outside_listed_ages, is_part_of
from osler.language.lexicon import Lexicon
from osler.pipeline import Library, ask


@cache
def answered(library: Library, question: str) -> Article:
    return ask(library, question)


def words_of(article: Article) -> str:
    return " ".join(c.text for c in article.claims).lower()


def led_by(article: Article) -> str:
    return " ".join(article.claim(i).text for i in article.bottom_line).lower()


@pytest.mark.parametrize(
    ("question", "struck"),
    [
        ("Patient took too many baclofen tablets", "lithium"),
        ("Patient took too many baclofen tablets", "paracetamol"),
        ("Spironolactone patient aged 80 needs an antibiotic for UTI, co-trimoxazole prescribed. Any concern?", "tizanidine"),
        ("Spironolactone patient aged 80 needs an antibiotic for UTI, co-trimoxazole prescribed. Any concern?", "cefepime"),
        ("First line antibiotic for an initial C difficile infection in an adult?", "tizanidine"),
        ("First line antibiotic for an initial C difficile infection in an adult?", "levofloxacin"),
        ("Can I take antibiotics for a chest infection while breastfeeding?", "tizanidine"),
        ("Is apixaban safe with ibuprofen?", "on-x"),
        ("Metformin, gabapentin and baclofen doses at eGFR 25?", "after each 4 h of dialysis"),
        ("My baby is 6 weeks old. Paracetamol dose?", "3-12 months"),
    ],
)
def test_is_not_in_the_answer(question: str, struck: str, library: Library) -> None:
    article = answered(library, question)
    named = led_by(article) if struck == "on-x" else words_of(article)
    direct = " ".join(c.text for c in article.claims if c.citations[0].directness.value == "direct").lower()
    assert struck not in (direct if "dialysis" in struck else named)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Can clarithromycin be given with simvastatin?", "cyp3a4-interacting drug"),
        ("74M simva 40 nocte, CAP. Clarithromycin?", "rhabdomyolysis"),
        ("I take sildenafil and was given a GTN spray, can I use both?", "contraindicated with organic nitrates"),
        ("82F CKD4 DH: amlodipine, spironolactone, ramipril. UTI. Trimethoprim ok?", "sudden death"),
        ("82M on glyburide, eGFR 24. Can I switch him to metformin?", "metformin when egfr is below 30"),
        ("K 6.8 on HD, ECG changes, treatment?", "zirconium"),
        ("BP 170/115 in pregnancy: which drug first, what dose, and should magnesium sulfate be added?", "labetalol"),
        ("Recurrent C difficile, should bezlotoxumab be given?", "bezlotoxumab"),
        ("Diabetic ketoacidosis in an adult: insulin, potassium and bicarbonate, what is recommended?", "bicarbonate"),
        ("Starting dose of tapentadol on hemodialysis for back pain?", "no tapentadol data"),
    ],
)
def test_leads_the_answer(question: str, said: str, library: Library) -> None:
    assert said in led_by(answered(library, question))


def test_a_combination_s_warning_is_shown_as_indirect_for_its_part(library: Library) -> None:
    article = answered(library, "82F CKD4 DH: amlodipine, spironolactone, ramipril. UTI. Trimethoprim ok?")
    of_it = [c for c in article.claims if "trimethoprim-sulfamethoxazole" in c.text]
    assert of_it
    for claim in of_it:
        assert "intervention" in [m.axis.value for m in claim.citations[0].mismatches]


@pytest.mark.parametrize(
    ("question", "gap"),
    [
        ("On warfarin. Is paracetamol safe?", "speaks of acetaminophen together with warfarin"),
        ("Can I take ibuprofen with my lithium tablets?", "not evidence that it is safe"),
        ("Prednisolone... how much and how long in a COPD exacerbation?", "gives a dose"),
    ],
)
def test_silence_is_said(question: str, gap: str, library: Library) -> None:
    article = answered(library, question)
    assert any(gap in g for g in article.gaps), article.gaps
    assert article.disposition in (Disposition.ANSWER_WITH_CAVEATS, Disposition.ABSTAIN)


def test_what_the_library_speaks_of_by_class_is_not_called_silence(library: Library) -> None:
    article = answered(library, "HD pt, back spasm, DH: gabapentin. Tramadol?")
    assert not any("together with gabapentin" in g for g in article.gaps)


@pytest.mark.parametrize(
    ("question", "disposition"),
    [
        ("Is zorblaxib safe on dialysis?", Disposition.ABSTAIN),
        ("Is dronaxolam 5 mg safe with warfarin?", Disposition.ABSTAIN),
        ("Starting dose of tapentadol on hemodialysis for back pain?", Disposition.ABSTAIN),
        ("Can I take ibuprofen with my lithium tablets?", Disposition.ANSWER_WITH_CAVEATS),
        ("NVAF, 83 years, 72 kg, creatinine 1.6 µmol/L. Apixaban dose?", Disposition.ANSWER_WITH_CAVEATS),
        ("My baby is 6 weeks old and feels hot, 38.5. Can I give paracetamol?", Disposition.ANSWER_AND_ESCALATE),
    ],
)
def test_kind_of_reply(question: str, disposition: Disposition, library: Library) -> None:
    assert answered(library, question).disposition is disposition


@pytest.mark.parametrize(
    ("question", "pair"),
    [
        ("Nitrofurantoin or ciprofloxacin for cystitis at eGFR 70?", "nitrofurantoin with ciprofloxacin"),
        ("Is apixaban safe with warfarin?", "PROACT"),
    ],
)
def test_alternatives_and_comparisons_are_no_interaction(question: str, pair: str, library: Library) -> None:
    notices = [n.text for n in answered(library, question).notices if n.kind is NoticeKind.INTERACTION]
    assert not [n for n in notices if pair in n]


def test_every_option_row_has_its_reference(library: Library) -> None:
    article = answered(library, "Hemodialysis and back spasm: alternative to baclofen?")
    assert article.options
    assert all(row.claims for row in article.options)


@pytest.mark.parametrize("question", ["Gabapentin dose for itch on hemodialysis?", "Apixaban dose in AF on hemodialysis?"])
def test_a_dose_cell_tells_no_outcome(question: str, library: Library) -> None:
    article = answered(library, question)
    results = {c.id for c in article.claims if c.role is Role.EVIDENCE}
    cells = [row.dose for row in article.dose_table if results & set(row.claims)]
    assert cells
    assert not [c for c in cells if any(w in c for w in ("lowered", "score", "%", "against", "placebo", "brought"))]


def test_an_emergency_names_each_source_once(library: Library) -> None:
    text = "Slipped disc, can't feel when I need the toilet and both legs are weak"
    sources = [n.source for n in answered(library, text).notices if n.source]
    assert sources
    for source in sources:
        parts = source.split("; ")
        assert len(parts) == len(set(parts))


def test_doses_listed_by_age() -> None:
    line = "children 6-12 years 500 mg; 1-5 years 240 mg; infants 3-12 months 120 mg"
    inside = [is_outside_listed_ages(age, line) for age in (0.1, 0.3, 0.9, 3, 5.5, 8, 12, 14, 40, None)]
    assert inside == [True, False, False, False, False, False, False, True, False, False]


@pytest.mark.parametrize(
    ("drug", "combination", "part"),
    [
        ("drug/trimethoprim", "drug/trimethoprim-sulfamethoxazole", True),
        ("drug/amoxicillin", "drug/amoxicillin-clavulanate", True),
        ("drug/trimethoprim-sulfamethoxazole", "drug/trimethoprim-sulfamethoxazole", False),
        ("drug/warfarin", "drug/trimethoprim-sulfamethoxazole", False),
        ("drug/trimethoprim", "drug/trimethoprim", False),
    ],
)
def test_parts_of_a_combination(drug: str, combination: str, part: bool, lexicon: Lexicon) -> None:
    assert is_part_of(drug, combination, lexicon) is part


@pytest.mark.parametrize(
    "text", ["My 3 week old has a fever of 38.5, can I give paracetamol?", "my 5 week old feels hot, temperature 39"]
)
def test_a_patients_emergency_shows_nothing_of_people_who_go_without_care(library: Library, text: str) -> None:
    article = ask(library, text, Audience.PATIENT)
    assert article.disposition is Disposition.EMERGENCY
    shown = " ".join(c.text for c in article.claims)
    assert not re.search(r"may avoid|low risk|at home|outpatient", shown)


@pytest.mark.parametrize(
    ("text", "age", "dialysis"),
    [
        ("can i give baclofen on hd", None, "hemodialysis"),
        ("55 y man on warfarin, is ibuprofen ok?", 55, None),
        ("child 6 years 20 kg amoxicillin dose for otitis media", 6, None),
        ("woman 40 years after a transplant, is ibuprofen safe?", None, None),
    ],
)
def test_terse_facts_are_read(library: Library, text: str, age: float | None, dialysis: str | None) -> None:
    patient = ask(library, text).question.frame.patient
    assert (patient.age_years, patient.dialysis) == (age, dialysis)


def test_an_egfr_that_nobody_has_is_said_and_makes_no_kidneys_normal(library: Library) -> None:
    article = ask(library, "Dose of dabigatran with an eGFR of 350?")
    assert article.question.frame.patient.egfr is None
    assert any(n.kind is NoticeKind.UNIT_ERROR and "350" in n.text for n in article.notices)


def test_an_emergency_that_the_library_does_not_know_is_help_and_no_question_back(library: Library) -> None:
    article = ask(library, "Pregnant 30 weeks, I can't feel the baby move")
    assert article.disposition is Disposition.EMERGENCY
    assert not article.clarifying_questions


def test_sulfa_is_an_allergen(library: Library) -> None:
    frame = ask(library, "allergic to sulfa, cystitis, what antibiotic?").question.frame
    assert frame.patient.allergies == ("sulfonamide antibiotics",)
