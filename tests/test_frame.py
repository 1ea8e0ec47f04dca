"""How questions are read: problem, drugs in their parts, patient facts, intent. Each line is one promise."""

from __future__ import annotations

import pytest

from osler.domain.answer import NoticeKind
from osler.domain.question import Audience, Frame, Intent
from osler.pipeline import Library
from osler.question.facts import laboratory_notices
from osler.question.frame import frame_question


@pytest.fixture
def frame(library: Library):  # type: ignore[no-untyped-def]
    def read(text: str) -> Frame:
        return frame_question(text, Audience.CLINICIAN, library.lexicon, library.words).frame

    return read


def names(terms) -> list[str]:  # type: ignore[no-untyped-def]
    return [t.name for t in terms]


@pytest.mark.parametrize(
    ("question", "problem", "asked", "avoid", "current"),
    [
        ("What can I give instead of baclofen for back spasms?", ["back spasm"], [], ["baclofen"], []),
        ("I do not want to use baclofen. What else for lumbar muscle spasm?", ["back spasm"], [], ["baclofen"], []),
        ("Is methocarbamol a reasonable baclofen substitute?", [], ["methocarbamol"], ["baclofen"], []),
        (
            "On lisinopril and clonidine, back spasm. Can I start tizanidine?",
            ["back spasm"],
            ["tizanidine"],
            [],
            ["lisinopril", "clonidine"],
        ),
        ("She is also finishing ciprofloxacin. Is tizanidine ok?", [], ["tizanidine"], [], ["ciprofloxacin"]),
        (
            "78-year-old on warfarin has cystitis; prescriber chose co-trimoxazole.",
            ["cystitis"],
            ["trimethoprim-sulfamethoxazole"],
            [],
            ["warfarin"],
        ),
        (
            "Blood pressure is 150/92 on ramipril with diabetes. Would adding losartan help?",
            ["hypertension"],
            ["losartan"],
            [],
            ["ramipril"],
        ),
        ("Can I take ibuprofen? I take warfarin.", [], ["ibuprofen"], [], ["warfarin"]),
        ("Switch from warfarin to apixaban?", [], ["apixaban"], [], ["warfarin"]),
        ("Otitis media, no antibiotics this month. Amoxicillin dose?", ["otitis media"], ["amoxicillin"], [], []),
        ("Cefepime neurotoxicity: how does it present?", ["cefepime neurotoxicity"], ["cefepime"], [], []),
    ],
)
def test_parts(frame, question: str, problem: list[str], asked: list[str], avoid: list[str], current: list[str]) -> None:  # type: ignore[no-untyped-def]
    read = frame(question)
    assert (names(read.problem), names(read.intervention), names(read.avoid), names(read.patient.medicines)) == (
        problem,
        asked,
        avoid,
        current,
    )


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("What can I give instead of baclofen?", Intent.ALTERNATIVE),
        ("Is gabapentin 300 mg tds acceptable on dialysis?", Intent.ORDER_CHECK),
        ("Pregabalin dose for neuropathic pain in hemodialysis?", Intent.DOSE),
        ("Patient on warfarin. Is co-trimoxazole safe?", Intent.INTERACTION),
        ("Is tizanidine safe on dialysis?", Intent.SAFETY),
        ("Metformin with eGFR 28: continue or stop?", Intent.SAFETY),
        ("How do I treat baclofen overdose?", Intent.TOXICITY),
        ("HD patient on baclofen now confused", Intent.TOXICITY),
        ("What are the red flags of back pain?", Intent.DIAGNOSIS),
        ("first line treatment of restless legs", Intent.TREATMENT),
    ],
)
def test_intent(frame, question: str, intent: Intent) -> None:  # type: ignore[no-untyped-def]
    assert frame(question).intent is intent


@pytest.mark.parametrize(
    ("question", "age", "weight", "egfr", "dialysis"),
    [
        ("62-year-old on thrice-weekly hemodialysis", 62, None, None, "hemodialysis"),
        ("18-month-old, 11 kg", 1.5, 11, None, None),
        ("My 6-year-old weighs 20kg", 6, 20, None, None),
        ("eGFR 55, aged 66", 66, None, 55, None),
        ("on CAPD for ESRD", None, None, None, "peritoneal dialysis"),
        ("CKD, not on dialysis", None, None, None, None),
        ("difelikefalin is 0.5 mg/kg after dialysis for 70 kg", None, 70, None, "dialysis"),
        ("INR is 3 today", None, None, None, None),
    ],
)
def test_patient(frame, question: str, age: float | None, weight: float | None, egfr: float | None, dialysis: str | None) -> None:  # type: ignore[no-untyped-def]
    patient = frame(question).patient
    assert (patient.age_years, patient.weight_kg, patient.egfr, patient.dialysis) == (age, weight, egfr, dialysis)


def test_denied_signs_are_not_problems(frame) -> None:  # type: ignore[no-untyped-def]
    read = frame("Back spasm on hemodialysis. No fever, normal neurology.")
    assert names(read.problem) == ["back spasm"]
    assert names(read.denied) == ["fever"]


def test_allergies(frame) -> None:  # type: ignore[no-untyped-def]
    assert names(frame("Allergic to penicillin. Amoxicillin for otitis media?").patient.allergies) == ["penicillins"]
    assert not frame("Otitis media, no penicillin allergy. Amoxicillin?").patient.allergies


@pytest.mark.parametrize(
    ("question", "read_as", "unknown"),
    [
        ("Is gabapentine safe?", (("gabapentine", "gabapentin"),), ()),
        ("metocarbamol on dialysis", (("metocarbamol", "methocarbamol"),), ()),
        ("Dose of Zorbaflexin XR for muscle spasm?", (), ("Zorbaflexin XR",)),
        ("dose of zorbaflexin for muscle spasm?", (), ("zorbaflexin",)),
        ("What is the capital of France?", (), ()),
        ("Can she start tizanidine on Monday?", (), ()),
    ],
)
def test_unknown_words(frame, question: str, read_as: tuple[tuple[str, str], ...], unknown: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    read = frame(question)
    assert (read.read_as, read.unknown) == (read_as, unknown)


@pytest.mark.parametrize(
    "wording",
    [
        "What can I give to a patient with ESRD on HD who has back spasms, instead of baclofen?",
        "what can i give to a patient with esrd on hd who has back spasms, instead of baclofen?",
        "Back spasms in a haemodialysis patient with end-stage kidney disease: alternative to baclofen?",
        "Alternatives to Lioresal for a dialysis-dependent patient on hemodialysis with spasm of the back",
    ],
)
def test_one_question_in_several_wordings(frame, wording: str) -> None:  # type: ignore[no-untyped-def]
    read = frame(wording)
    assert (read.intent, names(read.problem), names(read.avoid)) == (Intent.ALTERNATIVE, ["back spasm"], ["baclofen"])
    assert read.patient.dialysis == "hemodialysis"


def test_what_cannot_be_used_does_not_deny_the_complaint(frame) -> None:  # type: ignore[no-untyped-def]
    read = frame("He can't use baclofen for his back spasm on hemodialysis. Options?")
    assert names(read.problem) == ["back spasm"]
    assert names(read.avoid) == ["baclofen"]


@pytest.mark.parametrize(
    ("question", "asked", "current", "avoid", "allergies"),
    [
        ("Takes amlodipine and sertraline.", ["amlodipine", "sertraline"], ["amlodipine", "sertraline"], [], []),
        ("DH: amlodipine, sertraline", ["amlodipine", "sertraline"], ["amlodipine", "sertraline"], [], []),
        ("82F. DH: amlodipine, ramipril. UTI. Nitrofurantoin ok?", ["nitrofurantoin"], ["amlodipine", "ramipril"], [], []),
        ("HD, back spasm, DH sertraline, gabapentin. Tramadol?", ["tramadol"], ["sertraline", "gabapentin"], [], []),
        ("Current medicines: warfarin 3 mg od, digoxin. Can I start clarithromycin?", ["clarithromycin"], ["warfarin", "digoxin"], [], []),
        ("Meds: citalopram 40 mg, omeprazole\nIs tramadol ok?", ["tramadol"], ["citalopram", "omeprazole"], [], []),
        ("Which of these medicines: gabapentin, pregabalin or baclofen is safest on HD?", ["gabapentin", "pregabalin", "baclofen"], [], [], []),
        ("74M simvastatin 40 nocte, CAP. Clarithromycin?", ["clarithromycin"], ["simvastatin"], [], []),
        ("4 yr old, croup, dexamethasone dose? Also salbutamol?", ["dexamethasone", "albuterol"], [], [], []),
        ("I took my blood thinner apixaban. Can I have ibuprofen?", ["ibuprofen"], ["apixaban"], [], []),
        ("Needs an antibiotic for UTI, co-trimoxazole prescribed", ["trimethoprim-sulfamethoxazole"], [], [], []),
        ("Spironolactone patient with UTI. Is co-trimoxazole ok?", ["trimethoprim-sulfamethoxazole"], ["spironolactone"], [], []),
        ("HD, itch, antihistamine failed. Gabapentin dose?", ["gabapentin"], [], ["antihistamines"], []),
        ("Itch refractory to antihistamines on HD. Gabapentin?", ["gabapentin"], [], ["antihistamines"], []),
        ("On morphine for cancer pain on HD. I want to change it. Which opioid instead?", [], [], ["morphine"], []),
        ("Hip tomorrow, 'penicillin - rash as a toddler' on the chart. Can she have cefazolin?", ["cefazolin"], [], [], ["penicillins"]),
        ("Amoxicillin gave her hives. Is cefalexin ok?", ["cephalexin"], [], [], ["amoxicillin"]),
        ("Is amoxicillin (rash risk) ok in mononucleosis?", ["amoxicillin"], [], [], []),
        ("Allopurinol and colchicine prophylaxis dose in CKD 3?", ["allopurinol", "colchicine"], [], [], []),
        ("Is dronaxolam 5 mg safe with warfarin?", [], ["warfarin"], [], []),
        ("On metformin, CT with contrast tomorrow. Do we stop it?", ["metformin"], ["metformin"], [], []),
    ],
)  # fmt: skip
def test_what_part_each_medicine_plays(
    frame, question: str, asked: list[str], current: list[str], avoid: list[str], allergies: list[str]
) -> None:  # type: ignore[no-untyped-def]
    read = frame(question)
    patient = read.patient
    assert [names(terms) for terms in (read.intervention, patient.medicines, read.avoid, patient.allergies)] == [asked, current, avoid, allergies]  # fmt: skip


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("DH: amlodipine, sertraline", Intent.INTERACTION),
        ("Current medicines: warfarin 3 mg od. Can I start clarithromycin?", Intent.INTERACTION),
        ("HD and back pain: can I use methocarbamol, tizanidine, or cyclobenzaprine?", Intent.SAFETY),
        ("Can methocarbamol and tizanidine be given together?", Intent.INTERACTION),
        ("Patient on clozapine with pneumonia, stopped smoking. Levels?", Intent.MONITORING),
        ("Cefepime in a dialysis patient who became confused: what dose caused it?", Intent.TOXICITY),
        ("Haloperidol dose for confusion on dialysis?", Intent.DOSE),
        ("On metformin, CT with contrast tomorrow. Do we stop it?", Intent.SAFETY),
    ],
)
def test_what_is_asked_of_the_medicines(frame, question: str, intent: Intent) -> None:  # type: ignore[no-untyped-def]
    assert frame(question).intent is intent


@pytest.mark.parametrize(
    ("question", "problem"),
    [
        ("K 6.8 on HD, ECG changes, treatment?", ["hyperkalemia"]),
        ("Vitamin K 6 mg?", []),
        ("Potassium 4.1, gout flare, what to give?", ["gout flare"]),
        ("First line for H pylori in a penicillin allergic adult?", ["Helicobacter pylori infection"]),
        ("Compare apixaban and warfarin in atrial fibrillation on HD: bleeding and stroke", ["atrial fibrillation"]),
        ("Apixaban for stroke prevention, what dose?", ["stroke prevention"]),
        ("Difelikefalin on HD: dose and side effects?", []),
    ],
)
def test_what_is_to_be_treated(frame, question: str, problem: list[str]) -> None:  # type: ignore[no-untyped-def]
    assert names(frame(question).problem) == problem


@pytest.mark.parametrize(
    ("question", "age"),
    [
        ("82F CKD4, UTI", 82),
        ("71M. Back spasm", 71),
        ("aged 80 needs an antibiotic", 80),
        ("My nan is 85 and weak", 85),
        ("children aged 6 to 12", None),
        ("aged 65 and over", None),
        ("take 40 mg", None),
    ],
)
def test_ages_in_ward_shorthand(frame, question: str, age: float | None) -> None:  # type: ignore[no-untyped-def]
    assert frame(question).patient.age_years == age


@pytest.mark.parametrize(
    ("question", "read_as", "unknown"),
    [
        ("Is zorblaxib safe on dialysis?", (), ("zorblaxib",)),
        ("zorblaxib dose in CKD?", (), ("zorblaxib",)),
        ("Is kayaking safe in pregnancy?", (), ()),
        ("simva 40 nocte and clarithromycin?", (("simva", "simvastatin"),), ()),
        ("clarithro 500 mg bd with warfarin", (("clarithro", "clarithromycin"),), ()),
        ("simva was stopped", (), ()),
    ],
)
def test_names_nobody_knows_and_names_cut_short(
    frame, question: str, read_as: tuple[tuple[str, str], ...], unknown: tuple[str, ...]
) -> None:  # type: ignore[no-untyped-def]
    read = frame(question)
    assert (read.read_as, read.unknown) == (read_as, unknown)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("creatinine 1.6 µmol/L", "1.6 mg/dL would be 141 µmol/L"),
        ("Cr 1.6 umol/l", "1.6 mg/dL would be 141 µmol/L"),
        ("creatinine of 141 mg/dL", "141 µmol/L would be 1.6 mg/dL"),
        ("creatinine 141 µmol/L", None),
        ("creatinine 1.6 mg/dL", None),
        ("creatinine 27 µmol/L", None),
        ("creatinine 12.5 mg/dL", None),
        ("creatinine clearance 12 mL/min", None),
    ],
)
def test_a_creatinine_in_the_wrong_unit_is_said(text: str, said: str | None) -> None:
    notices = laboratory_notices(text)
    assert [n.kind for n in notices] == ([NoticeKind.UNIT_ERROR] if said else [])
    assert all(said is not None and said in n.text for n in notices)
