"""What a sentence does, by section and cue: a table over all directions, with look-alikes and negations beside each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.domain.document import Direction as D
from osler.domain.document import StudyDesign as K
from osler.passages.cues import direction_of
from osler.passages.sections import Section as S
from osler.passages.sections import section_of

R, L, G, F, A = K.RCT, K.LABEL, K.GUIDELINE, K.FORMULARY, K.ARTICLE
_ROWS: tuple[tuple[str, S, K, int, int, D | None], ...] = (
    # contraindications, and what only has the word
    ("Zolmin is contraindicated in severe liver disease.", S.OPEN, L, 1, 1, D.CONTRAINDICATES),
    ("Severe liver disease is a contraindication to zolmin.", S.WARNINGS, L, 1, 1, D.CONTRAINDICATES),
    ("Giving zolmin to people who take nitrates in any form is therefore contraindicated.", S.INTERACTIONS, L, 2, 0, D.CONTRAINDICATES),
    ("Zolmin is contra-indicated before surgery.", S.OPEN, G, 1, 0, D.CONTRAINDICATES),
    ("Zolmin is not contraindicated in breastfeeding.", S.GROUPS, L, 1, 0, None),
    ("Offer opioids when other analgesics are contraindicated.", S.OPEN, G, 1, 0, D.RECOMMENDS),
    ("Consider zolmin unless contraindicated.", S.OPEN, G, 1, 0, D.RECOMMENDS),
    ("Larger falls were seen on nitrates [see Contraindications (4.1)].", S.OPEN, L, 1, 0, None),
    ("Known hypersensitivity to zolmin", S.CONTRAINDICATIONS, L, 1, 1, D.CONTRAINDICATES),
    ("Acute porphyria", S.CONTRAINDICATIONS, L, 0, 1, D.CONTRAINDICATES),
    ("None.", S.CONTRAINDICATIONS, L, 0, 0, None),
    ("None known", S.CONTRAINDICATIONS, L, 0, 0, None),
    ("It is unknown when zolmin can be given safely again.", S.CONTRAINDICATIONS, L, 1, 0, None),
    ("Rash and wheezing have been reported with zolmin.", S.CONTRAINDICATIONS, L, 1, 2, D.ADVERSE),
    # advice against
    ("Zolmin should not be used in children under 2 years.", S.OPEN, L, 1, 0, D.RECOMMENDS_AGAINST),
    ("Zolmin is not recommended during pregnancy.", S.GROUPS, L, 1, 0, D.RECOMMENDS_AGAINST),
    ("We recommend against zolmin for acute back pain.", S.OPEN, G, 1, 1, D.RECOMMENDS_AGAINST),
    ("Do not offer zolmin for chronic low back pain.", S.OPEN, G, 1, 1, D.RECOMMENDS_AGAINST),
    ("Avoid the use of live vaccines with zolmin [see Warnings (5.10)].", S.INTERACTIONS, L, 2, 0, D.RECOMMENDS_AGAINST),
    ("Concomitant zolmin and ritonavir should be avoided.", S.INTERACTIONS, L, 2, 0, D.RECOMMENDS_AGAINST),
    ("Patients should avoid grapefruit while taking zolmin.", S.OPEN, L, 1, 0, D.RECOMMENDS_AGAINST),
    ("It is best to avoid zolmin in frail people.", S.OPEN, G, 1, 0, D.RECOMMENDS_AGAINST),
    ("Zolmin must never be given into the spine.", S.WARNINGS, L, 1, 0, D.RECOMMENDS_AGAINST),
    ("Methadone should not be withheld from people who take benzodiazepines.", S.OPEN, G, 2, 0, D.RECOMMENDS),
    ("To avoid precipitating withdrawal, clinicians should start buprenorphine late.", S.OPEN, G, 1, 1, D.RECOMMENDS),
    ("Odds ratios should not be interpreted as risk ratios.", S.FINDINGS, R, 0, 0, None),
    ("Do not stop zolmin abruptly: seizures can follow.", S.WARNINGS, L, 1, 1, D.ADVERSE),
    ("Abrupt withdrawal of zolmin led to seizures.", S.FINDINGS, A, 1, 1, D.ADVERSE),
    # doses, with an amount or with an adjustment
    ("The recommended starting dose of zolmin is 10 mg once daily.", S.DOSAGE, L, 1, 0, D.DOSE),
    ("Start with 25 mg in patients with severe renal impairment.", S.GROUPS, L, 0, 0, D.DOSE),
    ("Adults: 2 mg to 5 mg b.i.d.", S.DOSAGE, L, 0, 0, D.DOSE),
    ("Age: 6 to under 12 years; Dose: 10 mL", S.DOSAGE, L, 0, 0, D.DOSE),
    ("No dose adjustment is needed in mild renal impairment.", S.GROUPS, L, 0, 0, D.DOSE),
    ("Lower doses of zolmin are used in older patients.", S.GROUPS, L, 1, 0, D.DOSE),
    ("Zolmin should be titrated to at most 40 mg every 8 hours.", S.OPEN, G, 1, 0, D.DOSE),
    ("A maximum dose of 4 g a day is recommended.", S.OPEN, R, 0, 0, D.DOSE),
    ("After a single oral dose of 50 mg the clearance of zolmin was not altered.", S.GROUPS, L, 1, 0, D.PK),
    ("Zolmin costs 20 mg of salt a day.", S.OPEN, A, 1, 0, None),
    ("A trial of 40 mg against 80 mg daily dose found no difference.", S.OPEN, G, 0, 0, D.NO_BENEFIT),
    ("Long-acting opioids are for people on a daily dose (e.g., 60 mg of morphine).", S.OPEN, G, 2, 0, None),
    ("Zolmin 5 mg tablets", S.DOSAGE, F, 1, 0, D.DOSE),
    ("Second line after paracetamol", S.OPEN, F, 1, 0, D.RECOMMENDS),
    # monitoring
    ("Renal function should be monitored every month.", S.WARNINGS, L, 0, 0, D.MONITOR),
    ("Monitor serum potassium during treatment.", S.OPEN, G, 1, 0, D.MONITOR),
    ("Patients should be closely monitored for bleeding.", S.WARNINGS, L, 0, 1, D.MONITOR),
    ("Blood counts should be monitored on zolmin.", S.FINDINGS, R, 1, 0, D.MONITOR),
    ("Blood pressure was monitored at home.", S.FINDINGS, R, 0, 0, None),
    # kinetics
    ("The half-life of zolmin is 12 hours.", S.KINETICS, L, 1, 0, D.PK),
    ("Zolmin is 98% protein bound.", S.KINETICS, L, 1, 0, D.PK),
    ("Hemodialysis does not remove zolmin, whose clearance is hepatic.", S.OVERDOSE, L, 1, 0, D.PK),
    ("Zolmin exposure (AUC) doubled in kidney disease.", S.FINDINGS, A, 1, 1, D.PK),
    ("Zolmin is taken up by platelets.", S.KINETICS, L, 1, 0, None),
    ("Creatinine clearance fell in both groups.", S.FINDINGS, R, 0, 0, None),
    ("Viral clearance was faster on zolmin.", S.FINDINGS, R, 1, 0, None),
    # interactions
    ("Ritonavir increases the exposure of zolmin.", S.INTERACTIONS, L, 2, 0, D.INTERACTION),
    ("Concomitant clarithromycin raised the AUC of zolmin fourfold.", S.FINDINGS, R, 2, 0, D.INTERACTION),
    ("Use caution when zolmin is co-administered with alpha-blockers.", S.WARNINGS, L, 2, 0, D.INTERACTION),
    ("Patients on zolmin are mostly men.", S.INTERACTIONS, L, 1, 0, None),
    ("Zolmin in combination with exercise improved walking.", S.FINDINGS, R, 1, 0, D.BENEFIT),
    # harms
    ("Dizziness, falls and confusion were the commonest adverse events.", S.FINDINGS, R, 0, 3, D.ADVERSE),
    ("Zolmin caused rhabdomyolysis in two people.", S.FINDINGS, A, 1, 1, D.ADVERSE),
    ("Zolmin caused a shift of the spectrum.", S.FINDINGS, A, 1, 0, None),
    ("The rate of bleeding was 3% with zolmin.", S.FINDINGS, R, 1, 1, D.ADVERSE),
    ("Zolmin was linked to a higher risk of fracture.", S.FINDINGS, K.COHORT, 1, 1, D.ADVERSE),
    ("Women with a sister with the disease are at increased risk of it.", S.FINDINGS, G, 0, 1, None),
    ("Headache: 16% on zolmin, 7% on placebo", S.ADVERSE, L, 1, 1, D.ADVERSE),
    ("Zolmin was given to 3,700 men before it was marketed.", S.ADVERSE, L, 1, 0, None),
    ("Coma has followed large overdoses.", S.OVERDOSE, L, 0, 1, D.ADVERSE),
    ("Zolmin may cause fetal harm.", S.BOXED_WARNING, L, 1, 0, D.ADVERSE),
    ("Zolmin lowers blood pressure in healthy people.", S.WARNINGS, L, 1, 0, None),
    ("Rare cases of hepatitis have been reported.", S.WARNINGS, L, 0, 1, D.ADVERSE),
    ("We describe a patient with zolmin-induced psychosis.", S.FINDINGS, K.CASE_REPORT, 1, 1, D.ADVERSE),
    ("Serious infections were seen on zolmin.", S.FINDINGS, R, 1, 1, D.ADVERSE),
    ("Most cases of gout occur in men.", S.FINDINGS, A, 0, 1, None),
    # fewer harms are a benefit
    ("Zolmin reduced the risk of bleeding by a third.", S.FINDINGS, R, 1, 1, D.BENEFIT),
    ("Fewer complications followed zolmin.", S.FINDINGS, R, 1, 0, D.BENEFIT),
    ("Zolmin reduced pain but was followed by a higher rate of falls.", S.FINDINGS, R, 1, 2, D.ADVERSE),
    # benefit and none
    ("Zolmin relieved pain within an hour.", S.FINDINGS, R, 1, 1, D.BENEFIT),
    ("Zolmin was superior to placebo for itch.", S.FINDINGS, R, 1, 1, D.BENEFIT),
    ("Exercise prevented falls.", S.FINDINGS, R, 0, 1, D.BENEFIT),
    ("Screening has a moderate net benefit in this age group.", S.OPEN, G, 0, 0, D.BENEFIT),
    ("There was no significant difference in pain between zolmin and placebo.", S.FINDINGS, R, 1, 1, D.NO_BENEFIT),
    ("Zolmin did not reduce mortality.", S.FINDINGS, R, 1, 1, D.NO_BENEFIT),
    ("Zolmin was not superior to placebo.", S.FINDINGS, R, 1, 0, D.NO_BENEFIT),
    ("There is no evidence that zolmin prevents gout.", S.FINDINGS, A, 1, 1, D.NO_BENEFIT),
    ("The fall in pain was not statistically significant.", S.FINDINGS, R, 0, 1, D.NO_BENEFIT),
    ("Zolmin failed to improve sleep.", S.FINDINGS, R, 1, 0, D.NO_BENEFIT),
    ("Zolmin does not prevent falls.", S.OPEN, G, 1, 1, D.NO_BENEFIT),
    ("Zolmin was ineffective for migraine.", S.FINDINGS, R, 1, 1, D.NO_BENEFIT),
    ("Pooled trials found no increased risk of myalgia with zolmin.", S.FINDINGS, K.SYSTEMATIC_REVIEW, 1, 1, D.NO_BENEFIT),
    ("Safety in children has not been shown; efficacy and safety have not been established.", S.GROUPS, L, 0, 0, D.NO_BENEFIT),
    ("The evidence is insufficient to assess benefits and harms.", S.OPEN, G, 0, 0, D.NO_BENEFIT),
    # advice
    ("We recommend zolmin as first-line treatment of gout.", S.FINDINGS, A, 1, 1, D.RECOMMENDS),
    ("Clinicians should offer naloxone to people on high doses.", S.OPEN, G, 1, 0, D.RECOMMENDS),
    ("Discuss the risk of respiratory depression before starting opioids.", S.OPEN, G, 1, 1, D.RECOMMENDS),
    ("Zolmin is the drug of choice for cluster headache.", S.FINDINGS, K.REVIEW, 1, 1, D.RECOMMENDS),
    ("The authors recommend the use of log scales.", S.FINDINGS, A, 0, 0, None),
    ("An intravenous fluid should be given to treat hypotension.", S.OVERDOSE, L, 1, 1, D.ADVERSE),
    # indications
    ("Zolmin is indicated for the treatment of gout.", S.INDICATIONS, L, 1, 1, D.DEFINITION),
    ("Temporarily relieves sneezing and runny nose", S.INDICATIONS, L, 0, 2, D.DEFINITION),
    ("Zolmin can be used with other drugs.", S.INDICATIONS, L, 1, 0, None),
    ("Diet should be only one part of care in people with gout.", S.INDICATIONS, L, 0, 1, None),
    # diagnosis and course
    ("Ultrasound had a sensitivity of 90% and a specificity of 80%.", S.FINDINGS, A, 0, 0, D.DIAGNOSIS),
    ("The diagnosis was confirmed by biopsy.", S.FINDINGS, A, 0, 1, D.DIAGNOSIS),
    ("Five-year survival was 66%.", S.FINDINGS, A, 0, 0, D.PROGNOSIS),
    ("Age over 70 years predicted relapse.", S.FINDINGS, K.COHORT, 0, 0, D.PROGNOSIS),
    ("Colorectal cancer is most often diagnosed after the age of 65.", S.OPEN, G, 0, 1, None),
    ("Lung cancer has a poor prognosis.", S.OPEN, G, 0, 1, None),
    # models, trial chapters of a label, silent kinds, background
    ("Modeling studies estimate that annual screening would reduce deaths by a tenth.", S.OPEN, G, 0, 0, None),
    ("Zolmin reduced the risk of stroke by a quarter.", S.STUDIES, L, 1, 1, D.BENEFIT),
    ("Zolmin showed a half-life of 12 hours in this trial.", S.STUDIES, L, 1, 0, None),
    ("Zolmin relieved pain in mice.", S.FINDINGS, K.PRECLINICAL, 1, 1, None),
    ("Zolmin is contraindicated in gout.", S.FINDINGS, K.COMMENT, 1, 1, None),
    ("This article on zolmin has been retracted because it caused harm.", S.FINDINGS, K.NOTICE, 1, 0, None),
    ("Zolmin will reduce pain.", S.FINDINGS, K.REGISTRATION, 1, 1, None),
    ("Zolmin is widely used and reduces pain.", S.BACKGROUND, R, 1, 1, None),
    ("Zolmin should not be given with nitrates.", S.BACKGROUND, L, 2, 0, None),
    ("The tablets are white and round.", S.OPEN, L, 0, 0, None),
    # a figure beside a harm, and a risk that is not the drug's
    ("Zolmin increased the risk of falls.", S.FINDINGS, R, 1, 1, D.ADVERSE),
    ("People at increased risk were enrolled first.", S.FINDINGS, R, 0, 0, None),
    ("The risk of lung cancer rises with age.", S.OPEN, G, 0, 1, None),
    ("Preventive services differ between regions.", S.FINDINGS, A, 0, 0, None),
    ("Zolmin benefits from a slow release.", S.KINETICS, L, 1, 0, None),
    ("Patients with gout may benefit from zolmin.", S.FINDINGS, R, 1, 1, D.BENEFIT),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "section", "kind", "drugs", "conditions", "expected"), _ROWS, ids=[f"{i}-{r[0][:40]}" for i, r in enumerate(_ROWS)]
)
def test_what_a_sentence_does(text: str, section: S, kind: K, drugs: int, conditions: int, expected: D | None) -> None:
    found = direction_of(text, section, kind, recommendation=False, against=False, drugs=drugs, conditions=conditions)
    assert found is expected


def test_the_table_covers_every_direction_and_section() -> None:
    assert {r[5] for r in _ROWS} == {*D, None}
    assert {r[1] for r in _ROWS} == {*S}
    assert len(_ROWS) >= 120


@pytest.mark.parametrize(
    ("text", "against", "expected"),
    [
        ("Grade B: We recommend screening for gout.", False, D.RECOMMENDS),
        ("Grade D: We recommend against screening for gout.", True, D.RECOMMENDS_AGAINST),
        ("Grade I: The evidence is insufficient to weigh benefit and harm of screening.", False, D.NO_BENEFIT),
        ("Offer opioids only when other drugs are contraindicated.", False, D.RECOMMENDS),
        ("Start with 5 mg a day.", False, D.RECOMMENDS),
    ],
)
def test_a_marked_recommendation_points_where_its_source_says(text: str, against: bool, expected: D) -> None:
    found = direction_of(text, S.OPEN, G, recommendation=True, against=against, drugs=1)
    assert found is expected


def test_a_row_of_a_label_s_trial_chapter_states_no_harm() -> None:
    row = "Endpoint: fatal stroke; Zolmin 10 mg: 155; Zolmin 80 mg: 117"
    assert direction_of(row, S.STUDIES, L, recommendation=False, against=False, drugs=1, conditions=1, row=True) is None
    assert (
        direction_of("Nausea: 5%", S.ADVERSE, L, recommendation=False, against=False, drugs=0, conditions=1, row=True) is D.ADVERSE
    )


@pytest.mark.parametrize(
    ("code", "path", "expected"),
    [
        ("34070-3", (), S.CONTRAINDICATIONS),
        ("34092-7", ("14 CLINICAL STUDIES",), S.STUDIES),
        ("43678-2", (), S.BACKGROUND),
        ("50570-1", ("Do not use",), S.CONTRAINDICATIONS),
        ("RESULTS", (), S.FINDINGS),
        ("results", (), S.FINDINGS),
        ("METHODS", (), S.BACKGROUND),
        (None, ("Materials and Methods", "Patients"), S.BACKGROUND),
        (None, ("4 Discussion",), S.FINDINGS),
        (None, ("Recommendations of Others",), S.BACKGROUND),
        (None, ("Research Needs and Gaps",), S.BACKGROUND),
        (None, ("Contra-indications",), S.CONTRAINDICATIONS),
        (None, ("Side effects",), S.ADVERSE),
        (None, ("Drug interactions",), S.INTERACTIONS),
        (None, ("Results", "Dosing"), S.DOSAGE),
        ("UNASSIGNED", ("Anything",), S.OPEN),
        (None, (), S.OPEN),
    ],
)
def test_what_a_section_is_for(code: str | None, path: tuple[str, ...], expected: S) -> None:
    assert section_of(code, path) is expected


@given(st.text(max_size=200), st.sampled_from(S), st.sampled_from(K), st.booleans())
def test_any_text_is_read_without_an_error_and_silent_kinds_say_nothing(text: str, section: S, kind: K, row: bool) -> None:
    found = direction_of(text, section, kind, recommendation=False, against=False, drugs=2, conditions=2, row=row)
    if kind in (K.NOTICE, K.PRECLINICAL, K.COMMENT, K.REGISTRATION) or section is S.BACKGROUND:
        assert found is None
    else:
        assert found is None or isinstance(found, D)
