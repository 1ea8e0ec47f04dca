"""What a sentence of a source is about: its drug, its problem, its people; and what is never cited as a finding."""

from __future__ import annotations

from dataclasses import replace

import pytest

from osler.documents.text import TextBuilder
from osler.domain.document import Bibliography, Direction, Document, StudyDesign, Via
from osler.domain.part import PartKind
from osler.domain.passage import Finding
from osler.domain.population import Ages, Kidney
from osler.language.lexicon import Lexicon
from osler.passages.annotate import annotate

TRIAL = "Gabapentin for uremic pruritus in adults on hemodialysis: a randomised trial"
Piece = tuple[str, PartKind, tuple[str, ...], str | None]


def paragraph(text: str, code: str | None = "RESULTS", path: tuple[str, ...] = ("Results",)) -> Piece:
    return text, PartKind.PARAGRAPH, path, code


def document(
    *pieces: Piece,
    title: str = TRIAL,
    kind: StudyDesign = StudyDesign.RCT,
    population: str = "",
    interventions: tuple[str, ...] = (),
    organisation: str | None = None,
    against: bool = False,
) -> Document:
    builder = TextBuilder()
    builder.add(title, PartKind.TITLE)
    for text, part_kind, path, code in pieces:
        builder.add(text, part_kind, path, code=code, against=against and part_kind is PartKind.RECOMMENDATION)
    return Document(
        "pmid:5", kind, Via.SOURCE, Bibliography(title, pmid="5"), builder.text, parts=tuple(builder.parts),
        population=population, interventions=interventions, organisation=organisation,
    )  # fmt: skip


def findings(source: Document, lexicon: Lexicon) -> list[Finding]:
    return [f for p in annotate(source, lexicon) for f in p.findings]


def only(source: Document, lexicon: Lexicon) -> Finding:
    (found,) = findings(source, lexicon)
    return found


def label(*pieces: Piece) -> Document:
    uses = ("It is indicated for the treatment of gout in adults.", PartKind.PARAGRAPH, ("1 USES",), "34067-9")
    return document(uses, *pieces, title="ZOLMIN tablets", kind=StudyDesign.LABEL, interventions=("Colchicine sodium",))


def of_label(text: str, code: str, path: tuple[str, ...], lexicon: Lexicon, kind: PartKind = PartKind.PARAGRAPH) -> list[Finding]:
    return [f for f in findings(label((text, kind, path, code)), lexicon) if f.direction is not Direction.DEFINITION]


@pytest.mark.parametrize(
    ("sentence", "title", "drugs", "problems"),
    [
        ("Gabapentin reduced itch by half.", TRIAL, ("drug/gabapentin",), ("cond/uremic-pruritus",)),
        ("Pain was reduced by gabapentin too.", TRIAL, ("drug/gabapentin",), ("cond/uremic-pruritus",)),
        ("Gabapentin reduced pain in gout.", "Gabapentin in rare diseases of unknown name", ("drug/gabapentin",), ()),
        ("Gabapentin and baclofen reduced pain.", "Treatment of gout", ("drug/gabapentin", "drug/baclofen"), ("cond/gout",)),
        ("NSAIDs reduced the pain by half.", "NSAIDs for gout in adults", ("class/nsaids",), ("cond/gout",)),
    ],
)
def test_a_study_is_about_what_its_title_names(
    sentence: str, title: str, drugs: tuple[str, ...], problems: tuple[str, ...], lexicon: Lexicon
) -> None:
    found = only(document(paragraph(f"{sentence} Patients were adults."), title=title), lexicon)
    assert found.interventions == drugs
    assert found.problems == problems


@pytest.mark.parametrize(
    "sentence",
    [
        "The score was reduced by half in all patients.",  # names no drug
        "It reduced itch in patients on gabapentin.",
        "These effects of gabapentin were reduced later in patients.",
        "Such patients benefit from gabapentin.",
        "Therefore, the dose of gabapentin should be reduced.",
        "We aimed to assess whether gabapentin reduces itch in patients.",
        "Further trials of gabapentin in patients are needed to reduce itch.",
        "The safety and efficacy of gabapentin were assessed in patients with reduced kidney function.",
        "Patients on gabapentin were stratified by reduced kidney function.",
        "See Table 2 for how gabapentin reduced itch.",
        "Gabapentin reduced scratching in rats.",
        "Gabapentin reduced mRNA levels of the patients' cells.",
        "The outcomes of gabapentin were reduced to the following:",
        "No cases of falls were reported on gabapentin.",
        "Gabapentin reduced itch (see the next table.",
        "Opioid consumption was reduced by a nerve block in patients.",
    ],
)
def test_what_is_never_a_finding(sentence: str, lexicon: Lexicon) -> None:
    assert findings(document(paragraph(sentence), paragraph("Patients were adults.")), lexicon) == []


def test_a_study_without_a_person_in_it_states_nothing(lexicon: Lexicon) -> None:
    about_lithium = document(paragraph("Lithium reduced the resistance of the cell."), title="Lithium for storage")
    assert findings(about_lithium, lexicon) == []


def test_the_first_half_of_an_abstract_without_labels_sets_the_scene(lexicon: Lexicon) -> None:
    text = "Gabapentin reduces itch. Patients were adults. They were followed up. Gabapentin reduced itch by half."
    (found,) = findings(document(paragraph(text, code=None, path=())), lexicon)
    assert found.start > len(TRIAL) + len(text) // 2


def test_a_short_name_means_what_the_text_says(lexicon: Lexicon) -> None:
    title = "Neoadjuvant chemotherapy for stomach cancer"
    text = "Patients had neoadjuvant chemotherapy (NAC). NAC was followed by a higher rate of anaemia."
    assert all("drug/acetylcysteine" not in f.interventions for f in findings(document(paragraph(text), title=title), lexicon))
    own = document(paragraph("Patients took tocilizumab (TCZX). TCZX reduced pain in gout."), title="Tocilizumab for gout")
    assert "drug/tocilizumab" in findings(own, lexicon)[-1].interventions


@pytest.mark.parametrize(
    ("population", "words"),
    [
        ("Humans; Male; Female; Adult; Middle Aged; Aged", "adults, older adults; men and women"),
        ("Humans; Female; Adult; Pregnancy", "adults; women; pregnant"),
        ("Humans; Male; Child, Preschool; Child", "children; male"),
        ("Humans; Male; Female; Infant, Newborn", "newborns; both sexes"),
        ("Humans", ""),
        ("Humans; Male", "men"),
        ("Pregnant women; 11 to 49 years; female only; pregnant", "Pregnant women; 11 to 49 years"),
        ("Men aged 65 to 75 years; 65 to 75 years; male only", "Men aged 65 to 75 years"),
        ("Adults; 18 years and older; women and men", "Adults; 18 years and older"),
        ("adults with gout", "adults with gout"),
        ("", ""),
    ],
)
def test_index_terms_become_words_and_nothing_is_said_twice(population: str, words: str, lexicon: Lexicon) -> None:
    source = document(paragraph("Colchicine reduced pain by half."), title="Colchicine for gout", population=population or "Humans")
    found = only(replace(source, population=population, text=source.text + "\npatients"), lexicon)
    assert found.population.text == words


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("Gabapentin reduced itch in patients with severe renal impairment.", "patients with severe renal impairment"),
        ("In women aged 20 to 40 years gabapentin reduced itch.", "women aged 20 to 40 years"),
        ("Gabapentin reduced itch in most patients.", "adults on hemodialysis"),
        ("Gabapentin reduced itch by half.", "adults on hemodialysis"),
    ],
)
def test_the_people_are_in_words_of_the_source(sentence: str, words: str, lexicon: Lexicon) -> None:
    source = document(paragraph(sentence), title="Gabapentin for itch in adults on hemodialysis")
    assert only(source, lexicon).population.text == words
    assert words in source.text


@pytest.mark.parametrize(
    ("sentence", "kidney", "ages", "hepatic"),
    [
        ("Gabapentin reduced itch in dialysis patients under 40 years.", {Kidney.HEMODIALYSIS, Kidney.PERITONEAL_DIALYSIS}, Ages(0, 40), False),
        ("Gabapentin reduced itch in children 11 years or younger.", {Kidney.HEMODIALYSIS}, Ages(0, 12), False),
        ("Gabapentin reduced itch in patients with cirrhosis.", {Kidney.HEMODIALYSIS}, Ages(18), True),
        ("A case of acute liver failure was a complication of gabapentin.", {Kidney.HEMODIALYSIS}, Ages(18), False),
    ],
)  # fmt: skip
def test_a_sentence_narrows_its_document_s_people(
    sentence: str, kidney: set[Kidney], ages: Ages, hepatic: bool, lexicon: Lexicon
) -> None:
    found = only(document(paragraph(sentence)), lexicon).population
    assert (set(found.kidney), found.ages, found.hepatic) == (kidney, ages, hepatic)


def test_a_label_is_about_its_substance_and_not_its_salt(lexicon: Lexicon) -> None:
    (found,) = of_label("Colchicine sodium may cause diarrhea.", "43685-7", ("5 WARNINGS",), lexicon)
    assert found.interventions == ("drug/colchicine",)


def test_a_label_s_heading_says_for_whom_and_for_what(lexicon: Lexicon) -> None:
    (found,) = of_label("The recommended dose is 0.3 mg once daily.", "34068-7", ("2 DOSAGE", "2.4 Renal Impairment"), lexicon)
    assert found.direction is Direction.DOSE
    assert found.population.text == "Renal Impairment"
    assert found.population.kidney == {Kidney.CKD_G3, Kidney.CKD_G4_G5}
    (found,) = of_label("The recommended dose is 1.2 mg once daily.", "34068-7", ("2 DOSAGE", "2.1 Pericarditis"), lexicon)
    assert found.problems == ("cond/pericarditis",)


@pytest.mark.parametrize(
    ("text", "code", "kind"),
    [
        ("4.2 Hypersensitivity to any component", "43685-7", PartKind.PARAGRAPH),
        ("Effects on Bleeding [see Warnings and Precautions (5.8)]", "34084-4", PartKind.LIST_ITEM),
        ("in a child who takes warfarin and is under 4 years", "50569-3", PartKind.LIST_ITEM),
        ("Patients with resting hypotension or angina;", "43685-7", PartKind.LIST_ITEM),
        ("Tablets contain 0.6 mg of colchicine and should be kept dry.", "34068-7", PartKind.PARAGRAPH),
        ("Do not use the syringe if the liquid is cloudy or has particulates.", "34068-7", PartKind.PARAGRAPH),
        (
            "Because trials are conducted under widely varying conditions, rates of adverse reactions differ.",
            "34084-4",
            PartKind.PARAGRAPH,
        ),
        ("Therefore, the use of such combinations is not recommended.", "34073-7", PartKind.PARAGRAPH),
        ("Pup weight was reduced at 100 mg/kg/day and deaths occurred.", "42228-7", PartKind.PARAGRAPH),
    ],
)
def test_what_a_label_says_to_nobody(text: str, code: str, kind: PartKind, lexicon: Lexicon) -> None:
    assert of_label(text, code, ("Section",), lexicon, kind) == []


def test_a_marked_recommendation_is_one_and_running_text_is_not(lexicon: Lexicon) -> None:
    source = document(
        ("Grade B: We recommend screening for gout in adults aged 45 to 49 years.", PartKind.RECOMMENDATION, (), "grade B"),
        paragraph("Clinicians should offer gout screening from the age of 45 years.", None, ("Practice",)),
        title="Gout: screening",
        kind=StudyDesign.GUIDELINE,
        population="Adults aged 45 to 49 years",
    )
    marked, running = findings(source, lexicon)
    assert (marked.recommendation, running.recommendation) == (True, False)
    assert marked.population.text == "Adults aged 45 to 49 years"
    assert marked.population.ages == Ages(45, 50)
    assert marked.problems == ("cond/gout",)


@pytest.mark.parametrize(
    "text",
    [
        "The American College of Somewhere recommends screening for gout.",
        "See Table 1 for recommended screening strategies for gout.",
        "Gout is most often diagnosed after the age of 65.",
        "Modeling studies estimate that gout screening would reduce deaths.",
        "The panel reviewed 12 trials of screening for gout and its benefits in adults.",
        "Twelve trials (n = 99) addressed the benefits of screening for gout.",
        "Women with a mother with gout are at increased risk of gout.",
        "This recommendation replaces the 2010 recommendation on screening for gout.",
        "Screening for gout should be done where harms are few, as said elsewhere (",
        "continued screening for gout should be offered",
    ],
)
def test_running_text_of_a_guideline_that_is_not_its_advice(text: str, lexicon: Lexicon) -> None:
    source = document(paragraph(text, None, ("Discussion of gout",)), title="Gout: screening", kind=StudyDesign.GUIDELINE)
    assert findings(source, lexicon) == []


def test_advice_of_the_issuer_itself_stays(lexicon: Lexicon) -> None:
    source = document(
        paragraph("The American College of Gout (ACG) recommends screening for gout.", None, ("Practice",)),
        title="Gout: screening", kind=StudyDesign.GUIDELINE, organisation="American College of Gout",
    )  # fmt: skip
    assert only(source, lexicon).direction is Direction.RECOMMENDS


def test_a_heading_narrows_a_study_s_problem_and_never_changes_it(lexicon: Lexicon) -> None:
    other = document(
        paragraph("Gabapentin reduced it.", "RESULTS", ("Results", "Effect on gout")), paragraph("Patients were adults.")
    )
    assert [f.problems for f in findings(other, lexicon)] in ([("cond/uremic-pruritus",)], [])
    back = document(
        paragraph("Heat wraps and NSAIDs reduced pain.", "RESULTS", ("Results", "Acute low back pain")),
        paragraph("Patients were adults."),
        title="NSAIDs for low back pain",
    )
    assert findings(back, lexicon)[0].problems == ("cond/acute-low-back-pain",)


def test_a_row_that_holds_a_paragraph_is_no_finding(lexicon: Lexicon) -> None:
    builder = TextBuilder()
    builder.add("Gout: screening", PartKind.TITLE)
    long = "Rationale: Benefit; Adults: " + "Screening for gout reduces pain and is beneficial in adults of all ages. " * 6
    builder.add(long, PartKind.LIST_ITEM)
    builder.add("Screening: yearly; Benefit: reduces pain in gout", PartKind.LIST_ITEM)
    parts = tuple(replace(p, kind=PartKind.TABLE_ROW, table=1) if p.kind is PartKind.LIST_ITEM else p for p in builder.parts)
    book = Bibliography("Gout: screening", pmid="5")
    source = Document("pmid:5", StudyDesign.GUIDELINE, Via.SOURCE, book, builder.text, parts=parts)
    assert [f.end - f.start for f in findings(source, lexicon)] == [len("Screening: yearly; Benefit: reduces pain in gout")]


@pytest.mark.parametrize(
    ("text", "kidney"),
    [
        (
            "No dose adjustment is needed in mild (CLcr 60-89 mL/min) and moderate (CLcr 30-49 mL/min) renal impairment.",
            {Kidney.CKD_G3},
        ),
        ("No dose adjustment is needed in mild renal impairment.", {Kidney.NORMAL}),
        ("The dose is 0.3 mg once daily in severe (CLcr below 30 mL/min) renal impairment.", {Kidney.CKD_G4_G5}),
        ("No dose adjustment is needed.", {Kidney.CKD_G3, Kidney.CKD_G4_G5}),
    ],
)
def test_milder_kidneys_are_never_read_as_worse_ones(text: str, kidney: set[Kidney], lexicon: Lexicon) -> None:
    (found,) = of_label(text, "88828-9", ("8 GROUPS", "8.6 Renal Impairment"), lexicon)
    assert found.direction is Direction.DOSE
    assert set(found.population.kidney) == kidney
