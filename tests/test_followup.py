"""Frame editing: a first question, its follow-ups, and what the last of them changes, as a table; then what always holds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given as some
from hypothesis import strategies as st

from osler.domain.population import Kidney
from osler.domain.question import Audience, Intent, Question, Term
from osler.domain.request import Given, Request
from osler.domain.thread import Edit, EditField, EditKind, View
from osler.language.lexicon import Lexicon
from osler.pipeline import Library
from osler.question.followup import follow_up
from osler.question.given import given_words
from osler.question.reader import Reader
from osler.question.thread import facts_that_differ, read_thread
from osler.question.triage import find_alarms
from osler.question.understood import NOT_UNDERSTOOD
from osler.question.unused import unused_turns

MAIN = (
    "What can I give to a patient with end-stage renal disease on hemodialysis who has back spasms, as an alternative to baclofen?"
)
SAFE = "Is tizanidine safe in a 72-year-old woman on hemodialysis with back spasm?"
CHILD = "How much amoxicillin for otitis media in a 3-year-old child weighing 14 kg?"
DOSE = "What dose of gabapentin for uremic itch in a hemodialysis patient who takes warfarin?"
UTI = "How do I treat a urinary tract infection in a 30-year-old woman?"
ORDER = "Is gabapentin 300 mg three times a day acceptable for itch in a hemodialysis patient?"
OFFERED = ("drug/methocarbamol", "drug/tizanidine")

# first question, follow-ups, edits of the last one (field: before → after), and what the frame then says
CASES: list[tuple[str, tuple[str, ...], tuple[str, ...], dict[str, object]]] = [
    # a new fact about the patient
    (MAIN, ("And if she is on warfarin?",), ("MEDICINE:  → warfarin",), {"intent": Intent.ALTERNATIVE, "medicines": ["warfarin"]}),
    (MAIN, ("what if she is on warfrin and amiodarone?",), ("MEDICINE:  → warfarin", "MEDICINE:  → amiodarone"), {"read_as": ["warfrin"]}),
    (MAIN, ("in pregnancy?",), ("PREGNANCY:  → pregnancy",), {"pregnant": True}),
    (MAIN, ("in prgnancy?",), ("PREGNANCY:  → pregnancy",), {"pregnant": True, "read_as": ["prgnancy"]}),
    (MAIN, ("she weighs 48 kg",), ("WEIGHT:  → 48 kg",), {"weight": 48.0, "intent": Intent.ALTERNATIVE}),
    (MAIN, ("48kg",), ("WEIGHT:  → 48 kg",), {"weight": 48.0}),
    (MAIN, ("he's 82",), ("AGE:  → 82 years",), {"age": 82.0}),
    (MAIN, ("in the elderly?",), ("AGE:  → older adult",), {}),
    (MAIN, ("he is allergic to penicillin",), ("ALLERGY:  → penicillins",), {"allergies": ["penicillins"]}),
    (MAIN, ("he also has epilepsy and heart failure",), ("CONDITION:  → epilepsy", "CONDITION:  → heart failure"), {"problem": ["back spasm"]}),
    (MAIN, ("with liver disease?",), ("LIVER:  → liver disease",), {"hepatic": True}),
    (SAFE, ("is that safe in liver disease?",), ("LIVER:  → liver disease",), {"intent": Intent.SAFETY, "asked": ["tizanidine"]}),
    (SAFE, ("she is breastfeeding",), ("BREASTFEEDING:  → breastfeeding",), {"lactating": True}),
    (MAIN, ("eGFR 8",), ("EGFR:  → 8",), {"kidney": {Kidney.HEMODIALYSIS}}),
    (MAIN, ("she is already on baclofen",), ("MEDICINE:  → baclofen",), {"medicines": ["baclofen"], "avoid": ["baclofen"]}),
    (MAIN, ("she feels dizzy",), ("SIGN:  → dizziness",), {}),
    (MAIN, ("she is a smoker",), ("GROUP:  → smokers",), {}),
    (DOSE, ("she's 30 weeks pregnant",), ("PREGNANCY:  → pregnancy", "GESTATION:  → 30"), {"pregnant": True, "intent": Intent.DOSE}),
    # a fact replaced
    (MAIN, ("what about peritoneal dialysis?",), ("KIDNEYS: hemodialysis → peritoneal dialysis",), {"kidney": {Kidney.PERITONEAL_DIALYSIS}, "dialysis": "peritoneal dialysis"}),
    (MAIN, ("she is on PD",), ("KIDNEYS: hemodialysis → peritoneal dialysis",), {"intent": Intent.ALTERNATIVE}),
    (MAIN, ("what about PD instead?",), ("KIDNEYS: hemodialysis → peritoneal dialysis",), {"avoid": ["baclofen"]}),
    (MAIN, ("what about peritoneal dialysis?", "and on HD?"), ("KIDNEYS: peritoneal dialysis → hemodialysis",), {"kidney": {Kidney.HEMODIALYSIS}}),
    (MAIN, ("not on dialysis",), ("KIDNEYS: hemodialysis → advanced kidney disease, not on dialysis",), {"kidney": {Kidney.CKD_G4_G5}, "dialysis": None}),
    (MAIN, ("her kidneys are normal",), ("KIDNEYS: hemodialysis → normal kidney function",), {"kidney": {Kidney.NORMAL}}),
    (MAIN, ("CKD 3 instead?",), ("KIDNEYS: hemodialysis → moderate kidney disease",), {"kidney": {Kidney.CKD_G3}}),
    (UTI, ("eGFR 25", "eGFR 55"), ("KIDNEYS: advanced kidney disease → moderate kidney disease", "EGFR: 25 → 55"), {"kidney": {Kidney.CKD_G3}}),
    (UTI, ("eGFR 25", "her kidneys are fine"), ("KIDNEYS: advanced kidney disease → normal kidney function", "EGFR: 25 → "), {"egfr": None}),
    (CHILD, ("he weighs 16 kg",), ("WEIGHT: 14 kg → 16 kg",), {"weight": 16.0, "age": 3.0}),
    (CHILD, ("she is 5 years old, 18 kg",), ("AGE: 3 years → 5 years", "WEIGHT: 14 kg → 18 kg"), {"age": 5.0}),
    (SAFE, ("what about it in children?",), ("AGE: 72 years → child",), {"asked": ["tizanidine"], "age": None, "intent": Intent.SAFETY}),
    # a fact that belonged to somebody else is not carried over
    (CHILD, ("what about in adults?",), ("AGE: 3 years → adult", "WEIGHT: 14 kg → "), {"weight": None}),
    (UTI, ("she is pregnant", "and in a 4-year-old?"), ("AGE: 30 years → 4 years", "PREGNANCY: pregnancy → "), {"pregnant": False}),
    # a fact removed or denied
    (DOSE, ("she is no longer on warfarin",), ("MEDICINE: warfarin → ",), {"medicines": []}),
    (DOSE, ("she stopped the warfarin",), ("MEDICINE: warfarin → ",), {"medicines": []}),
    (DOSE, ("the warfarin was stopped",), ("MEDICINE: warfarin → ",), {"medicines": []}),
    (DOSE, ("without the warfarin?",), ("MEDICINE: warfarin → ",), {"medicines": [], "avoid": []}),
    (DOSE, ("not on warfarin any more",), ("MEDICINE: warfarin → ",), {"medicines": []}),
    (DOSE, ("should we stop the warfarin?",), ("DRUG: gabapentin → warfarin",), {"medicines": ["warfarin"]}),
    (UTI, ("she is pregnant", "no, she is not pregnant"), ("PREGNANCY: pregnancy → ",), {"pregnant": False}),
    (MAIN, ("he is allergic to penicillin", "no penicillin allergy after all"), ("ALLERGY: penicillins → ",), {"allergies": []}),
    (MAIN, ("she feels dizzy", "no dizziness now"), ("SIGN: dizziness → ", "DENIED:  → no dizziness"), {}),
    (MAIN, ("no fever",), ("DENIED:  → no fever",), {}),
    # another medicine
    (MAIN, ("why not tizanidine?",), ("DRUG:  → tizanidine", "INTENT: alternatives → whether it is safe"), {"asked": ["tizanidine"], "avoid": ["baclofen"]}),
    (MAIN, ("and cyclobenzaprine?",), ("DRUG:  → cyclobenzaprine", "INTENT: alternatives → whether it is safe"), {"asked": ["cyclobenzaprine"]}),
    (SAFE, ("what about methocarbamol?",), ("DRUG: tizanidine → methocarbamol",), {"intent": Intent.SAFETY, "age": 72.0}),
    (DOSE, ("and pregabalin?",), ("DRUG: gabapentin → pregabalin",), {"intent": Intent.DOSE, "medicines": ["warfarin"]}),
    (ORDER, ("and pregabalin?",), ("DRUG: gabapentin → pregabalin", "INTENT: whether the dose is right → whether it is safe"), {"doses": []}),
    (ORDER, ("100 mg three times a day?",), ("DOSE: 300 mg three times a day → 100 mg three times a day",), {"intent": Intent.ORDER_CHECK}),
    (MAIN, ("why not baclofen?",), ("DRUG:  → baclofen", "AVOID: baclofen → ", "INTENT: alternatives → whether it is safe"), {"avoid": []}),
    (MAIN, ("he can't take gabapentin",), ("AVOID:  → gabapentin",), {"avoid": ["baclofen", "gabapentin"], "intent": Intent.ALTERNATIVE}),
    (SAFE, ("what else could I give instead?",), ("AVOID:  → tizanidine", "DRUG: tizanidine → ", "INTENT: whether it is safe → alternatives"), {"asked": []}),
    (SAFE, ("should she avoid tizanidine?",), ("WORDS:  → should she avoid tizanidine?",), {"avoid": [], "asked": ["tizanidine"]}),
    (MAIN, ("what about heat?",), ("DRUG:  → superficial heat", "INTENT: alternatives → whether it is safe"), {}),
    (SAFE, ("tizandine 2 mg?",), ("DOSE:  → 2 mg", "INTENT: whether it is safe → whether the dose is right"), {"read_as": ["tizandine"]}),
    # something else of the same medicine
    (SAFE, ("what dose?",), ("INTENT: whether it is safe → the dose",), {"asked": ["tizanidine"]}),
    (SAFE, ("how do I monitor it?",), ("INTENT: whether it is safe → monitoring",), {"asked": ["tizanidine"]}),
    (SAFE, ("does it interact with ciprofloxacin?",), ("MEDICINE:  → ciprofloxacin", "INTENT: whether it is safe → interactions"), {"asked": ["tizanidine"], "medicines": ["ciprofloxacin"]}),
    (SAFE, ("can she take it on warfarin?",), ("MEDICINE:  → warfarin", "INTENT: whether it is safe → interactions"), {}),
    (SAFE, ("what about withdrawal?",), ("INTENT: whether it is safe → toxicity",), {"asked": ["tizanidine"]}),
    (SAFE, ("does it cause hypotension?",), ("PROBLEM: back spasm → hypotension",), {"asked": ["tizanidine"], "intent": Intent.SAFETY}),
    (MAIN, ("for neck pain?",), ("PROBLEM: back spasm → neck pain",), {"avoid": ["baclofen"]}),
    (SAFE, ("by injection?",), ("ROUTE:  → parenteral",), {}),
    (DOSE, ("she's confused now",), ("SIGN:  → confusion", "INTENT: the dose → toxicity"), {"asked": ["gabapentin"]}),
    (SAFE, ("is it better than methocarbamol?",), ("DRUG: tizanidine → tizanidine, methocarbamol",), {"intent": Intent.SAFETY}),
    (SAFE, ("can I combine it with gabapentin?",), ("MEDICINE:  → gabapentin", "INTENT: whether it is safe → interactions"), {"asked": ["tizanidine"]}),
    (SAFE, ("what if warfarin is added?",), ("MEDICINE:  → warfarin",), {"asked": ["tizanidine"]}),
    (MAIN, ("he already tried tizanidine",), ("AVOID:  → tizanidine",), {"intent": Intent.ALTERNATIVE}),
    (MAIN, ("could it be cancer?",), ("INTENT: alternatives → diagnosis: cancer",), {"intent": Intent.DIAGNOSIS, "problem": ["back spasm"]}),
    (MAIN, ("the pain is worse at night",), (), {"problem": ["back spasm"]}),
    (SAFE, ("And in peritonal dialysis?",), ("KIDNEYS: hemodialysis → peritoneal dialysis",), {}),
    (SAFE, ("sorry, she is 62 not 72",), ("AGE: 72 years → 62 years",), {"age": 62.0}),
    (SAFE, ("and if her eGFR improves to 40?",), ("EGFR:  → 40",), {"kidney": {Kidney.HEMODIALYSIS}}),
    (SAFE, ("what are the side effects?",), ("WORDS:  → what are the side effects?",), {"problem": ["back spasm"], "intent": Intent.SAFETY}),
    # pronouns
    (MAIN, ("what about the second option?",), ("DRUG:  → tizanidine", "INTENT: alternatives → whether it is safe"), {"asked": ["tizanidine"]}),
    (MAIN, ("what dose of the first one?",), ("DRUG:  → methocarbamol", "INTENT: alternatives → the dose"), {"asked": ["methocarbamol"]}),
    (MAIN, ("both together?",), ("DRUG:  → methocarbamol, tizanidine", "INTENT: alternatives → interactions"), {}),
    (MAIN, ("why not tizanidine?", "and the other one?"), ("DRUG: tizanidine → methocarbamol",), {"intent": Intent.SAFETY}),
    (MAIN, ("why not tizanidine?", "what dose of it?"), ("INTENT: whether it is safe → the dose",), {"asked": ["tizanidine"]}),
    # another reader, another view
    (MAIN, ("explain it to the patient",), ("AUDIENCE: clinician → patient",), {"audience": Audience.PATIENT}),
    (MAIN, ("explain it to the patient", "in pregnancy?"), ("PREGNANCY:  → pregnancy",), {"audience": Audience.PATIENT}),
    (MAIN, ("for the nurse",), ("AUDIENCE: clinician → nurse",), {"audience": Audience.NURSE}),
    (MAIN, ("shorter",), ("VIEW: full → short",), {"view": View.SHORT}),
    (MAIN, ("only the doses",), ("VIEW: full → doses",), {"view": View.DOSES}),
    (MAIN, ("just the red flags please",), ("VIEW: full → red_flags",), {"view": View.RED_FLAGS}),
    (MAIN, ("more detail",), ("VIEW: full → detail",), {"view": View.DETAIL}),
    (MAIN, ("what else?",), ("VIEW: full → detail",), {"intent": Intent.ALTERNATIVE}),
    (MAIN, ("only the doses, she weighs 48 kg",), ("VIEW: full → doses", "WEIGHT:  → 48 kg"), {"weight": 48.0, "view": View.DOSES}),
    (MAIN, ("shorter", "in pregnancy?"), ("PREGNANCY:  → pregnancy",), {"view": View.FULL}),
    # chains of three and four
    (MAIN, ("And if she is on warfarin?", "she stopped the warfarin", "what about peritoneal dialysis?", "why not tizanidine?"), ("DRUG:  → tizanidine", "INTENT: alternatives → whether it is safe"), {"medicines": [], "kidney": {Kidney.PERITONEAL_DIALYSIS}}),
    (MAIN, ("why not tizanidine?", "what dose?", "and methocarbamol?"), ("DRUG: tizanidine → methocarbamol",), {"intent": Intent.DOSE}),
    (CHILD, ("allergic to penicillin", "azithromycin?", "he weighs 16 kg"), ("WEIGHT: 14 kg → 16 kg",), {"asked": ["azithromycin"], "allergies": ["penicillins"], "intent": Intent.DOSE}),
    # the words of another condition, allergy, figure or person do not take away what was known
    (MAIN, ("what if she can't swallow",), ("CONDITION:  → dysphagia",), {"problem": ["back spasm"]}),
    (MAIN, ("Na 132, K 6.8, creat 780, CRP 210",), ("CONDITION:  → hyperkalemia",), {"problem": ["back spasm"]}),
    (MAIN, ("he is allergic to penicillin", "no other allergies"), (), {"allergies": ["penicillins"]}),
    (MAIN, ("he is allergic to penicillin", "not allergic to latex"), (), {"allergies": ["penicillins"]}),
    (MAIN, ("he is allergic to penicillin", "he is not allergic after all"), ("ALLERGY: penicillins → ",), {"allergies": []}),
    (SAFE, ("she is allergic to it",), ("ALLERGY:  → tizanidine",), {"asked": ["tizanidine"]}),
    (SAFE, ("she is allergic", "to tizanidine"), ("ALLERGY:  → tizanidine",), {"asked": ["tizanidine"]}),
    (UTI, ("eGFR 20", "she is not on dialysis"), ("KIDNEYS: advanced kidney disease → advanced kidney disease, not on dialysis",), {"egfr": 20.0}),
    (UTI, ("eGFR 55", "she is on hemodialysis"), ("KIDNEYS: moderate kidney disease → hemodialysis", "EGFR: 55 → "), {"egfr": None}),
    (UTI, ("eGFR 45", "eGFR now 28"), ("KIDNEYS: moderate kidney disease → advanced kidney disease", "EGFR: 45 → 28"), {"egfr": 28.0}),
    (UTI, ("she is 28 weeks pregnant", "now 34 weeks"), ("GESTATION: 28 → 34",), {"age": 30.0, "pregnant": True}),
    (UTI, ("she is 34 weeks pregnant", "not 34, 24 weeks"), ("GESTATION: 34 → 24",), {"pregnant": True}),
    (UTI, ("she is 28 weeks pregnant", "she has had the baby and is breastfeeding"), ("PREGNANCY: pregnancy → ", "BREASTFEEDING:  → breastfeeding", "GESTATION: 28 → "), {"age": 30.0, "lactating": True}),
    (MAIN, ("hes 82 yrs 51 kilos",), ("AGE:  → 82 years", "WEIGHT:  → 51 kg"), {}),
    (CHILD, ("he weighs 16000 g",), ("WEIGHT: 14 kg → 16 kg",), {"doses": []}),
    (CHILD, ("no, 16 kg not 61 kg",), ("WEIGHT: 14 kg → 16 kg",), {}),
    # as it is written in a chart, or in a hurry
    (MAIN, ("allergies: penicillin, NSAIDs",), ("ALLERGY:  → nsaids", "ALLERGY:  → penicillins"), {"asked": [], "problem": ["back spasm"]}),
    (MAIN, ("Allergies: penicillin, codeine, NSAIDs",), ("ALLERGY:  → codeine", "ALLERGY:  → nsaids", "ALLERGY:  → penicillins"), {"asked": []}),
    (MAIN, ("allergic to penicillin/codeine, takes warfarin",), ("MEDICINE:  → warfarin", "ALLERGY:  → codeine", "ALLERGY:  → penicillins"), {"asked": []}),
    (MAIN, ("Allergy: codeine",), ("ALLERGY:  → codeine",), {"asked": []}),
    (MAIN, ("PMH: AF, GI bleed",), ("CONDITION:  → gastrointestinal bleeding", "CONDITION:  → atrial fibrillation"), {"problem": ["back spasm"]}),
    (MAIN, ("allergic to penicillin", "she is not allergic to penicillin but to codeine"), ("ALLERGY: penicillins → ", "ALLERGY:  → codeine"), {"allergies": ["codeine"]}),
    (SAFE, ("pt is allergc to it",), ("ALLERGY:  → tizanidine",), {}),
    (MAIN, ("hes nt on dialysis",), ("KIDNEYS: hemodialysis → advanced kidney disease, not on dialysis",), {"dialysis": None}),
    (DOSE, ("warfarin finished last week",), ("MEDICINE: warfarin → ",), {"asked": ["gabapentin"]}),
    # one medicine in the place of another
    (DOSE, ("stop warfarin start apixaban",), ("MEDICINE:  → apixaban", "MEDICINE: warfarin → "), {"asked": ["gabapentin"], "medicines": ["apixaban"]}),
    (DOSE, ("switch warfarin to apixaban",), ("MEDICINE:  → apixaban", "MEDICINE: warfarin → "), {"asked": ["gabapentin"]}),
    (SAFE, ("replace tizanidine with methocarbamol",), ("DRUG: tizanidine → methocarbamol",), {"medicines": []}),
    # nothing new
    (MAIN, ("thanks",), (), {"intent": Intent.ALTERNATIVE}),
    (MAIN, ("she is on hemodialysis",), (), {"kidney": {Kidney.HEMODIALYSIS}}),
    (SAFE, ("is tizanidine safe?",), (), {"asked": ["tizanidine"]}),
]  # fmt: skip

ASKED_BACK = [
    (MAIN, ("what dose?",), "methocarbamol, tizanidine"),
    (MAIN, ("how do I monitor it?",), "“it”"),
    (MAIN, ("is it safe?",), "methocarbamol, tizanidine"),
    (MAIN, ("what about the fourth option?",), "the fourth option"),
    (SAFE, ("both?",), "“both”"),
    (MAIN, ("blah blah",), NOT_UNDERSTOOD),
    (MAIN, ("weight 48",), NOT_UNDERSTOOD),
    (SAFE, ("BP 90/50",), NOT_UNDERSTOOD),
    (SAFE, ("and hemodiafilteration instead of dialysis?",), NOT_UNDERSTOOD),
    (MAIN, ("what do I do first?",), NOT_UNDERSTOOD),
    (MAIN, ("the cheapest?",), NOT_UNDERSTOOD),
    (MAIN, ("what dose?", "she weighs 48 kg"), "methocarbamol, tizanidine"),
    (SAFE, ("creatinine 160", "creatinine 160"), NOT_UNDERSTOOD),
    (SAFE, ("eGFR 350",), "eGFR 350 is outside 0 to 200"),
    (SAFE, ("she is allergic",), "Allergic to what?"),
    (SAFE, ("she's allergic to eggs",), "Allergic to what?"),
    (SAFE, ("allergic to penicillin", "no known allergies"), "allergy to penicillins was named before"),
    (SAFE, ("allergic to penicillin", "NKDA"), "allergy to penicillins was named before"),
    (SAFE, ("allergic to penicillin", "allergies: none"), "allergy to penicillins was named before"),
    (SAFE, ("same for my father, 80, on warfarin",), "“my father”"),
    (SAFE, ("her husband, 75, eGFR 50, wants it too",), "(72 years old, women, hemodialysis)"),
    (SAFE, ("what about her sister?",), "“her sister”"),
    (SAFE, ("same for my father, 80, on warfarin", "my father is 80 years old"), "“my father”"),
    (SAFE, ("her sister is 60 years old", "her weight is 50 kg"), "“her sister”"),
    (CHILD, ("his brother, 6 years old, 20 kg",), "“his brother”"),
]

EMERGENCIES = [
    (MAIN, ("now he can't feel his legs and wets himself",), {"cauda_equina", "cord_compression"}),
    (MAIN, ("she has a fever and chills since yesterday",), {"spinal_infection"}),
    (MAIN, ("I don't want to live",), {"self_harm"}),
    (MAIN, ("she took 30 of them",), {"poisoning"}),
    ("How much paracetamol can I give my 6-year-old child?", ("she took 30 of them",), {"paracetamol_overdose"}),
    (DOSE, ("now she is hallucinating and jerking",), {"dialysis_drug_toxicity"}),
    (UTI, ("she can't breathe and her lips are blue",), {"breathing"}),
    (UTI, ("she has chest pain and is sweating",), {"heart_attack"}),
    (DOSE, ("he hit his head this morning",), {"head_injury_anticoagulant"}),
    (UTI, ("suddenly one side of his face has drooped",), {"stroke"}),
    (MAIN, ("what dose?", "he has a fever"), {"spinal_infection"}),
    ("What is the maximum dose of paracetamol?", ("she took a whole packet",), {"paracetamol_overdose"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def reader(library: Library) -> Reader:
    return Reader(library.lexicon, library.words, library.index.holds)


def offered(lexicon: Lexicon) -> tuple[Term, ...]:
    return tuple(Term(i, lexicon.name(i), lexicon.name(i)) for i in OFFERED)


def asked(reader: Reader, first: str, *turns: str, audience: Audience = Audience.CLINICIAN) -> Question:
    question = reader.read(first, audience)
    for turn in turns:
        question = follow_up(question, turn, reader, lambda: offered(reader.lexicon))
    return question


def shown(edit: Edit) -> str:
    return f"{edit.field.name}: {edit.before} → {edit.after}"


def facts(question: Question) -> dict[str, object]:
    frame = question.frame
    patient, people = frame.patient, frame.population
    names = {
        "asked": frame.intervention, "avoid": frame.avoid, "problem": frame.problem, "medicines": patient.medicines, "allergies": patient.allergies,
    }  # fmt: skip
    return {name: [t.name for t in terms] for name, terms in names.items()} | {
        "intent": frame.intent, "age": patient.age_years, "weight": patient.weight_kg, "egfr": patient.egfr, "dialysis": patient.dialysis,
        "pregnant": people.pregnant, "lactating": people.lactating, "hepatic": people.hepatic, "kidney": set(people.kidney),
        "doses": [d.text for d in frame.doses], "read_as": [typed for typed, _ in frame.read_as], "audience": question.audience, "view": question.view,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("first", "turns", "edits", "expected"), CASES, ids=lambda v: " / ".join(v) if isinstance(v, tuple) else None
)
def test_a_follow_up_edits_the_frame(
    first: str, turns: tuple[str, ...], edits: tuple[str, ...], expected: dict[str, object], reader: Reader
) -> None:
    question = asked(reader, first, *turns)
    content = [e for e in question.edits if e.field is not EditField.DANGER]
    assert [shown(e) for e in content] == list(edits)
    assert {name: facts(question)[name] for name in expected} == expected
    assert question.asks == ()


@pytest.mark.parametrize(("first", "turns", "expected"), ASKED_BACK)
def test_what_cannot_be_told_is_asked_back(first: str, turns: tuple[str, ...], expected: str, reader: Reader) -> None:
    question = asked(reader, first, *turns)
    assert len(question.asks) == 1
    assert expected in question.asks[0]
    assert question.frame.intervention == reader.read(first, Audience.CLINICIAN).frame.intervention


def test_the_answer_to_a_question_back_is_what_was_asked_for(reader: Reader) -> None:
    question = asked(reader, MAIN, "what dose?", "tizanidine")
    assert (question.frame.intent, [t.name for t in question.frame.intervention], question.asks) == (
        Intent.DOSE,
        ["tizanidine"],
        (),
    )


@pytest.mark.parametrize(("first", "turns", "keys"), EMERGENCIES)
def test_a_follow_up_can_turn_the_case_into_an_emergency(
    first: str, turns: tuple[str, ...], keys: set[str], reader: Reader
) -> None:
    question = asked(reader, first, *turns)
    assert keys <= {a.rule.key for a in find_alarms(question, reader.lexicon)}
    assert question.asks == ()
    assert any(e.field is EditField.DANGER and e.kind is EditKind.ADDED and e.said for e in question.edits)


@pytest.mark.parametrize(("first", "turns", "keys"), EMERGENCIES)
def test_an_emergency_stays_through_what_is_asked_next(first: str, turns: tuple[str, ...], keys: set[str], reader: Reader) -> None:
    for later in ("thanks", "only the doses", "what dose of tizanidine?", "she weighs 48 kg"):
        assert keys <= {a.rule.key for a in find_alarms(asked(reader, first, *turns, later), reader.lexicon)}, later


def test_an_emergency_ends_when_its_sign_is_denied_and_only_then(reader: Reader) -> None:
    fever = asked(reader, MAIN, "she has a fever", "she has no fever")
    assert find_alarms(fever, reader.lexicon) == ()
    assert next(shown(e) for e in fever.edits if e.field is EditField.DANGER).startswith("DANGER: a spinal infection")
    other = asked(reader, MAIN, "she has a fever and chills", "she has no rash")
    assert find_alarms(other, reader.lexicon) != ()
    one_of_two = asked(reader, MAIN, "she has a fever and chills", "she has no fever")
    assert find_alarms(one_of_two, reader.lexicon) != ()
    wet = asked(reader, MAIN, "he wets himself", "he does not soil himself")
    assert find_alarms(wet, reader.lexicon) != ()


@pytest.mark.parametrize("denial", ["no fever", "she denies any fever or chills", "without bladder problems, no leg weakness"])
def test_a_denied_sign_in_a_follow_up_is_no_emergency(denial: str, reader: Reader) -> None:
    assert find_alarms(asked(reader, MAIN, denial), reader.lexicon) == ()


SAME_PERSON = [
    ("Is metformin safe at eGFR 35 in my father?", "my father is 80 years old", {"age": 80.0, "egfr": 35.0}),
    (CHILD, "my son weighs 15 kg", {"weight": 15.0, "age": 3.0}),
    (SAFE, "the patient is 80 years old", {"age": 80.0}),
    (SAFE, "my patient weighs 50 kg", {"weight": 50.0}),
    ("Is tramadol safe in breastfeeding? She is 30 years old, 62 kg.", "is it safe for her baby?", {"age": 30.0, "weight": 62.0, "lactating": True}),
]  # fmt: skip


@pytest.mark.parametrize(("first", "text", "expected"), SAME_PERSON)
def test_the_patient_of_the_thread_is_not_asked_about_again(
    first: str, text: str, expected: dict[str, object], reader: Reader
) -> None:
    question = asked(reader, first, text)
    assert question.asks == ()
    assert {name: facts(question)[name] for name in expected} == expected


@pytest.mark.parametrize("text", ["the baby is 3 weeks old and weighs 3.5 kg", "her newborn is 2 days old"])
def test_a_nursing_mother_does_not_become_her_baby(text: str, reader: Reader) -> None:
    question = asked(reader, "Is tramadol safe in breastfeeding? She is 30 years old, 62 kg.", text)
    patient = question.frame.patient
    assert (patient.age_years, patient.weight_kg, question.frame.population.lactating) == (30.0, 62.0, True)


@pytest.mark.parametrize(
    ("first", "text"), [(SAFE, "her sister, 60, is on warfarin and allergic to penicillin"), (SAFE, "eGFR 350")]
)
def test_what_was_asked_back_changes_nothing(first: str, text: str, reader: Reader) -> None:
    before, after = asked(reader, first), asked(reader, first, text)
    assert (after.frame, after.edits) == (before.frame, ())


def test_two_doses_do_not_stand_side_by_side(reader: Reader) -> None:
    words = asked(reader, ORDER, "100 mg three times a day?").text
    assert "300 mg" not in words
    assert "100 mg three times a day" in words


CHARTED = [
    (
        "What can I give for back spasm in hemodialysis? Allergies: penicillin, codeine, NSAIDs",
        ["codeine", "nsaids", "penicillins"],
    ),
    (
        "Back spasm on hemodialysis, what can I give? Allergic to penicillin, codeine and tramadol.",
        ["codeine", "penicillins", "tramadol"],
    ),
    ("Is naproxen safe? She is allergic to aspirin, takes warfarin", ["aspirin"]),
    ("Allergic to penicillin, ceftriaxone ok?", ["penicillins"]),
    ("Is naproxen safe in a woman with NKDA?", []),
]


@pytest.mark.parametrize(("text", "allergies"), CHARTED)
def test_a_list_of_allergies_is_read_whole_in_a_first_question_too(text: str, allergies: list[str], reader: Reader) -> None:
    question = reader.read(text, Audience.CLINICIAN)
    assert sorted(t.name for t in question.frame.patient.allergies) == allergies
    assert not {t.name for t in question.frame.intervention} & set(allergies)
    assert question.frame.unknown == ()


UNUSED = [
    ((SAFE, "and 12 stone", "what dose?"), ["“12 stone”"]),
    ((SAFE, "her sister is 60 years old", "what dose?"), ["“60 years old”"]),
    ((SAFE, "she's allergic to eggs", "what dose?"), ["allergy to “eggs”", "what was asked back"]),
    ((SAFE, "Allergies: penicillin, plumbus", "what dose?"), ["allergy to “plumbus”"]),
    (("Is naproxen safe? Allergic to plumbus and penicillin.",), ["allergy to “plumbus”"]),
    ((SAFE, "she is allergic to it"), []),
    ((SAFE, "she is allergic", "to methocarbamol", "what dose?"), []),
    ((SAFE, "BP 90/50", "what dose?"), []),
    ((SAFE, "weight 48", "what dose?"), ["“48”"]),
    ((SAFE, "weight 48", "she weighs 48 kg"), []),
    ((SAFE, "eGFR 350", "eGFR 35"), []),
    ((SAFE, "weight 48", "new question: what dose of amoxicillin for otitis media?"), []),
    ((SAFE, "she weighs 48 kg", "she has had it for 5 years"), []),
    ((SAFE, "weight 48"), []),
]  # fmt: skip


@pytest.mark.parametrize(("turns", "expected"), UNUSED)
def test_a_fact_that_was_not_used_is_said_with_every_later_answer(
    turns: tuple[str, ...], expected: list[str], reader: Reader
) -> None:
    questions = read_thread(Request(turns), reader, lambda n, q: offered(reader.lexicon))
    notices = [n.text for n in unused_turns(questions, reader.lexicon)]
    assert len(notices) == len(expected)
    assert all(e in n for e, n in zip(expected, notices, strict=True))


FRESH = [
    (MAIN, "new question: what dose of amoxicillin for otitis media in a 4-year-old?", ["amoxicillin"]),
    (MAIN, "Another patient: is metformin safe at eGFR 25?", ["metformin"]),
    (MAIN, "What dose of amoxicillin for otitis media in my 4-year-old son?", ["amoxicillin"]),
    ("Does gabapentin help sciatica?", "What dose of amoxicillin for otitis media?", ["amoxicillin"]),
]


@pytest.mark.parametrize(("first", "text", "drugs"), FRESH)
def test_a_question_of_its_own_starts_afresh_and_says_so(first: str, text: str, drugs: list[str], reader: Reader) -> None:
    question = asked(reader, first, text)
    assert [e.kind for e in question.edits] == [EditKind.ANEW]
    assert facts(question)["asked"] == drugs
    assert not question.frame.population.on_dialysis
    assert question.turns == ()


@pytest.mark.parametrize(
    "text",
    [
        "Can I give ibuprofen for gout?",
        "What dose of gabapentin for restless legs in hemodialysis?",
        "and amoxicillin for otitis media in a 4-year-old?",
    ],
)
def test_a_patient_is_not_forgotten_for_want_of_a_word(text: str, reader: Reader) -> None:
    """Without another patient in its words, another question is still about this one: the kidneys count."""
    question = asked(reader, MAIN, text)
    assert question.frame.population.on_dialysis
    assert EditKind.ANEW not in {e.kind for e in question.edits}


def test_an_emergency_is_not_lost_to_a_question_of_its_own_unless_it_is_said_to_be_one(reader: Reader) -> None:
    unsaid = asked(reader, MAIN, "she has a fever", "What dose of amoxicillin for otitis media in my 4-year-old son?")
    assert "spinal_infection" in {a.rule.key for a in find_alarms(unsaid, reader.lexicon)}
    said = asked(reader, MAIN, "she has a fever", "new question: what dose of amoxicillin for otitis media in my 4-year-old son?")
    assert find_alarms(said, reader.lexicon) == ()


@pytest.mark.parametrize("text", ["and zorbaflexin?", "why not Zorbaflexin?", "what about zorbaflexin then?"])
def test_an_unknown_medicine_is_asked_about_and_nothing_in_its_place(text: str, reader: Reader) -> None:
    question = asked(reader, SAFE, text)
    assert [u.lower() for u in question.frame.unknown] == ["zorbaflexin"]
    assert question.frame.intervention == ()


@pytest.mark.parametrize(
    ("first", "turns", "gone", "there"),
    [
        (MAIN, ("what about peritoneal dialysis?",), ["hemodialysis"], ["peritoneal dialysis", "back spasms", "baclofen"]),
        (DOSE, ("she stopped the warfarin",), ["warfarin"], ["gabapentin", "uremic itch"]),
        (SAFE, ("what about methocarbamol?",), ["tizanidine"], ["methocarbamol", "hemodialysis"]),
        (CHILD, ("he weighs 16 kg",), ["14 kg"], ["16 kg", "amoxicillin"]),
        (MAIN, ("And if she is on warfarin?", "she is off the warfarin"), ["warfarin", "Already takes"], ["baclofen"]),
        (MAIN, ("why not tizanidine?", "what dose?"), ["why not"], ["tizanidine", "what dose?"]),
    ],
)
def test_the_standing_words_say_what_is_so_now(
    first: str, turns: tuple[str, ...], gone: list[str], there: list[str], reader: Reader
) -> None:
    words = asked(reader, first, *turns).text
    assert not [w for w in gone if w in words]
    assert [w for w in there if w in words] == there


def test_facts_given_beside_the_question_hold_for_the_thread_and_the_newer_word_counts(reader: Reader) -> None:
    given = Given(weight_kg=60, medicines=("warfarin",))
    told = replace(reader, told=given_words(given, reader.lexicon))
    request = Request((SAFE, "what dose?", "she weighs 48 kg"), given=given)
    questions = read_thread(request, told, lambda n, read: ())
    assert [q.frame.patient.weight_kg for q in questions] == [60, 60, 48]
    assert [t.name for t in questions[-1].frame.patient.medicines] == ["warfarin"]
    assert "48 kg was used" in facts_that_differ(request, questions, told)[-1].text
    assert facts_that_differ(request, questions[:2], told) == ()


# ---- what always holds

INDEPENDENT = {
    "she weighs 48 kg": "weight", "And if she is on warfarin?": "medicines", "in pregnancy?": "pregnant", "what about peritoneal dialysis?": "kidney",
    "he is allergic to penicillin": "allergies", "with liver disease?": "hepatic", "she feels dizzy": "symptoms",
}  # fmt: skip


@some(st.permutations(sorted(INDEPENDENT)).map(lambda p: p[:3]), st.sampled_from([MAIN, SAFE, DOSE]))
def test_independent_facts_in_any_order_give_the_same_frame(reader: Reader, turns: list[str], first: str) -> None:
    def frame(order: list[str]) -> object:
        question = asked(reader, first, *order)
        people = replace(question.frame.population, text="")
        groups = frozenset(question.frame.population_terms)
        return replace(question.frame, population=people, population_terms=()), groups, sorted(question.text.split())

    assert frame(turns) == frame(turns[::-1])


@some(st.sampled_from([c[1] for c in CASES]), st.sampled_from([MAIN, SAFE, CHILD, DOSE, UTI, ORDER]))
def test_a_thread_is_read_the_same_way_twice_and_no_edit_is_silent(reader: Reader, turns: tuple[str, ...], first: str) -> None:
    question = asked(reader, first, *turns)
    assert question == asked(reader, first, *turns)
    before = asked(reader, first, *turns[:-1])
    if not question.edits:
        assert replace(question.frame, population=before.frame.population, read_as=(), unknown=()) == replace(
            before.frame, read_as=(), unknown=()
        )
        assert question.text == before.text
    assert all(e.said for e in question.edits)


@some(st.text(max_size=80))
def test_any_text_can_follow(reader: Reader, text: str) -> None:
    if text.strip():
        question = asked(reader, MAIN, text)
        assert question.turns[-1] == text or question.edits[0].kind is EditKind.ANEW


@some(st.sampled_from([c[1][-1] for c in CASES if "VIEW" not in str(c[2]) and "other one" not in c[1][-1]]))
def test_asking_the_same_twice_changes_nothing_the_second_time(reader: Reader, turn: str) -> None:
    once = asked(reader, SAFE, turn)
    again = follow_up(once, turn, reader, lambda: offered(reader.lexicon))
    numbers = {e.field for e in again.edits} - {EditField.VIEW}
    assert not numbers or again.asks, [shown(e) for e in again.edits]
