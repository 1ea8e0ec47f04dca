"""What the starter library rules out for a patient is ruled out for that patient, and not for the patient next door."""

from __future__ import annotations

from functools import cache

import pytest

from osler.domain.request import Given
from osler.evidence.gate import barriers, is_ruled_out
from osler.pipeline import Library, ask_explained

HD = {"dialysis": "hemodialysis"}
PD = {"dialysis": "peritoneal dialysis"}
ADULT = {"age_years": 50}
OLD = {"age_years": 78}
G5 = {"egfr": 12, "age_years": 60}
G4 = {"egfr": 25, "age_years": 60}
G3B = {"egfr": 38, "age_years": 60}
G3A = {"egfr": 52, "age_years": 60}
WELL = {"egfr": 95, "age_years": 40}
PREGNANT = {"pregnant": True, "age_years": 30}
CHILD = {"age_years": 6}
TEEN = {"age_years": 16}
INFANT = {"age_years": 1}


def takes(*medicines: str) -> dict[str, object]:
    return {"medicines": medicines, "age_years": 50}


# drug, problem asked, facts of the patient, whether the starter library rules it out, the record that does (or does not)
CASES = [
    ("metformin", "type 2 diabetes", G5, True, "X053"), ("metformin", "type 2 diabetes", G4, True, "X053"),
    ("metformin", "type 2 diabetes", G3B, False, "X053"), ("metformin", "type 2 diabetes", WELL, False, "X053"),
    ("metformin", "type 2 diabetes", G3A, False, "F121"), ("metformin", "type 2 diabetes", ADULT, False, "F121"),
    ("codeine", "pain", CHILD, True, "F164"), ("tramadol", "pain", CHILD, True, "F164"), ("codeine", "cough", INFANT, True, "F164"),
    ("codeine", "pain", ADULT, False, "F164"), ("tramadol", "pain", ADULT, False, "F164"),
    ("codeine", "pain", HD, True, "F136"), ("codeine", "pain", G5, True, "K094"), ("codeine", "pain", G4, True, "K094"),
    ("codeine", "pain", WELL, False, "K094"),
    ("morphine", "pain", HD, True, "F137"), ("morphine", "pain", G5, True, "X083"), ("morphine", "pain", G4, True, "X083"),
    ("morphine", "pain", WELL, False, "X083"), ("morphine", "pain", ADULT, False, "X083"), ("morphine", "chronic pain", HD, True, "X075"),
    ("fentanyl", "pain", HD, True, "F221"), ("fentanyl", "pain", WELL, False, "F221"), ("fentanyl", "pain", ADULT, False, "F221"),
    ("meperidine", "pain", G5, True, "K093"), ("meperidine", "pain", HD, True, "K093"), ("meperidine", "pain", WELL, False, "K093"),
    ("meperidine", "pain", ADULT, False, "K093"),
    ("tizanidine", "spasticity", takes("ciprofloxacin"), True, "X002"), ("tizanidine", "spasticity", takes("fluvoxamine"), True, "X002"),
    ("tizanidine", "spasticity", takes("warfarin"), False, "X002"), ("tizanidine", "spasticity", takes("lisinopril"), False, "X002"),
    ("tizanidine", "spasticity", ADULT, False, "X002"), ("tizanidine", "back spasm", takes("ciprofloxacin"), True, "X002"),
    ("ciprofloxacin", "cystitis", takes("tizanidine"), True, "X002"), ("ciprofloxacin", "cystitis", takes("lisinopril"), False, "X002"),
    ("fluvoxamine", "depression", takes("tizanidine"), True, "X002"),
    ("methocarbamol", "muscle spasm", HD, True, "X007"), ("methocarbamol", "muscle spasm", G5, True, "X007"),
    ("methocarbamol", "muscle spasm", WELL, False, "X007"), ("methocarbamol", "muscle spasm", ADULT, False, "X007"),
    ("ketorolac", "acute pain", G5, True, "X058"), ("ketorolac", "acute pain", G4, True, "X058"), ("ketorolac", "acute pain", HD, True, "X058"),
    ("ketorolac", "acute pain", WELL, False, "X058"), ("ketorolac", "acute pain", ADULT, False, "X058"),
    ("lisinopril", "hypertension", PREGNANT, True, "X064"), ("lisinopril", "hypertension", ADULT, False, "X064"),
    ("enalapril", "hypertension", PREGNANT, True, "X064"), ("lisinopril", "hypertension", OLD, False, "X064"),
    ("lisinopril", "heart failure", takes("sacubitril/valsartan"), True, "X065"), ("lisinopril", "heart failure", takes("bisoprolol"), False, "X065"),
    ("sacubitril/valsartan", "heart failure", takes("lisinopril"), True, "X065"),
    ("nitrofurantoin", "cystitis", G5, True, "X067"), ("nitrofurantoin", "cystitis", G4, True, "X067"), ("nitrofurantoin", "cystitis", G3A, True, "X067"),
    ("nitrofurantoin", "cystitis", WELL, False, "X067"), ("nitrofurantoin", "cystitis", ADULT, False, "X067"), ("nitrofurantoin", "cystitis", HD, True, "X067"),
    ("cyclobenzaprine", "muscle spasm", takes("phenelzine"), True, "X151"), ("cyclobenzaprine", "muscle spasm", takes("warfarin"), False, "X151"),
    ("cyclobenzaprine", "muscle spasm", ADULT, False, "X151"),
    ("sodium phosphate enema", "constipation", INFANT, True, "K215"), ("sodium phosphate enema", "constipation", ADULT, False, "K215"),
    ("sodium phosphate enema", "constipation", OLD, False, "K215"),
    ("zoledronic acid", "osteoporosis", G5, True, "K298"), ("zoledronic acid", "osteoporosis", G4, True, "K298"),
    ("zoledronic acid", "osteoporosis", WELL, False, "K298"), ("zoledronic acid", "osteoporosis", ADULT, False, "K298"),
    ("sildenafil", "erectile dysfunction", takes("nitroglycerin"), True, "G270"), ("sildenafil", "erectile dysfunction", takes("metformin"), False, "G270"),
    ("sildenafil", "erectile dysfunction", ADULT, False, "G270"),
    ("baclofen", "muscle spasm", HD, True, "F024"), ("baclofen", "muscle spasm", G5, True, "F002"), ("baclofen", "muscle spasm", G4, True, "F002"),
    ("baclofen", "muscle spasm", PD, True, "F227"), ("baclofen", "muscle spasm", WELL, False, "F002"), ("baclofen", "muscle spasm", ADULT, False, "F002"),
    ("baclofen", "back spasm", {**HD, **OLD}, True, "K043"), ("baclofen", "muscle spasm", TEEN, False, "F002"),
    ("glyburide", "type 2 diabetes", G4, True, "F198"), ("glyburide", "type 2 diabetes", G5, True, "F198"), ("glyburide", "type 2 diabetes", G3B, True, "F198"),
    ("glyburide", "type 2 diabetes", WELL, False, "F198"), ("glyburide", "type 2 diabetes", ADULT, False, "F198"),
    ("methotrexate", "rheumatoid arthritis", HD, True, "X051"), ("methotrexate", "rheumatoid arthritis", PD, True, "X051"),
    ("methotrexate", "rheumatoid arthritis", ADULT, False, "X051"), ("methotrexate", "rheumatoid arthritis", WELL, False, "X051"),
    ("dabigatran", "atrial fibrillation", G4, True, "K016"), ("dabigatran", "atrial fibrillation", G5, True, "K016"),
    ("dabigatran", "atrial fibrillation", ADULT, False, "K016"), ("dabigatran", "atrial fibrillation", WELL, False, "K016"),
    ("warfarin", "atrial fibrillation", HD, True, "K284"), ("warfarin", "atrial fibrillation", ADULT, False, "K284"), ("warfarin", "atrial fibrillation", WELL, False, "K284"),
    ("nitrofurantoin", "cystitis", PREGNANT, True, "X126"),
    ("salbutamol", "bronchiolitis", INFANT, True, "G202"), ("salbutamol", "asthma", ADULT, False, "G202"),
    ("celecoxib", "pain", G5, True, "F139"), ("celecoxib", "pain", WELL, False, "F139"),
    ("colchicine", "gout flare", G5, True, "X120"), ("colchicine", "gout flare", WELL, False, "X120"), ("colchicine", "gout flare", ADULT, False, "X120"),
    ("codeine", "pain", {"age_years": 11}, True, "F164"), ("tramadol", "pain", {"age_years": 3}, True, "F164"),
]  # fmt: skip


@pytest.fixture(scope="module")
def ruled_out(library: Library):  # type: ignore[no-untyped-def]
    @cache
    def ask(drug: str, problem: str, facts: tuple[tuple[str, object], ...]) -> bool:
        asked = ask_explained(library, f"Is {drug} an option for {problem}?", given=Given(**dict(facts)))  # type: ignore[arg-type]
        concept = library.lexicon.tag(drug)[0].concept_id
        return is_ruled_out(concept, barriers(asked.profile, library.lexicon), library.lexicon)

    return ask


def test_there_are_at_least_a_hundred_cases() -> None:
    assert len(CASES) >= 100
    assert len({(c[0], c[1], str(c[2])) for c in CASES}) == len(CASES)


@pytest.mark.parametrize(("drug", "problem", "facts", "expected", "record"), CASES)
def test_a_drug_is_ruled_out_for_this_patient_only(ruled_out, drug, problem, facts, expected, record) -> None:  # type: ignore[no-untyped-def]
    assert ruled_out(drug, problem, tuple(sorted(facts.items()))) is expected, record


OFFERS = {"option", "dose"}


@pytest.mark.parametrize(
    ("question", "facts", "drug"),
    [
        ("What can I give for a urinary tract infection?", G5, "drug/nitrofurantoin"),
        ("What can I give for pain?", HD, "drug/morphine"),
        ("What can I give for pain?", G4, "drug/codeine"),
        ("What can I give for acute pain?", G5, "drug/ketorolac"),
        ("Which drug for type 2 diabetes?", G5, "drug/metformin"),
        ("Which drug for type 2 diabetes?", G4, "drug/glyburide"),
        ("What can I give for muscle spasm?", HD, "drug/baclofen"),
        ("Which drug for hypertension?", PREGNANT, "drug/lisinopril"),
        ("What can I give for spasticity?", takes("ciprofloxacin"), "drug/tizanidine"),
        ("Which anticoagulant for atrial fibrillation?", HD, "drug/warfarin"),
        ("What can I give my child for cough?", CHILD, "drug/codeine"),
        ("What helps bronchiolitis?", INFANT, "drug/albuterol"),
    ],
)
def test_what_is_ruled_out_is_never_listed_as_an_option(
    library: Library, question: str, facts: dict[str, object], drug: str
) -> None:
    asked = ask_explained(library, question, given=Given(**facts))  # type: ignore[arg-type]
    findings = {i.finding.statement_id: i.finding for i in asked.profile.items}
    for claim in asked.article.claims:
        if claim.role.value in OFFERS:
            finding = findings[claim.citations[0].extraction or ""]
            assert drug not in finding.interventions[:1], claim.text


def test_an_interaction_with_a_current_medicine_is_a_notice(library: Library) -> None:
    article = ask_explained(library, "Can I add ciprofloxacin?", given=Given(medicines=("tizanidine",))).article
    texts = [n.text for n in article.notices if n.kind.value == "interaction"]
    assert texts
    assert all("tizanidine" in t.lower() for t in texts)
    assert not [n for n in ask_explained(library, "Can I add ciprofloxacin?").article.notices if n.kind.value == "interaction"]
