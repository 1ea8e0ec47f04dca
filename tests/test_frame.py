"""How questions are read: problem, drugs in their parts, patient facts, intent. Each line is one promise."""

from __future__ import annotations

import pytest

from osler.domain.question import Audience, Frame, Intent
from osler.pipeline import Library
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
