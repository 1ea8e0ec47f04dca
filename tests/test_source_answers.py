"""Answers from sources: labels, guidelines and studies of small documents written for the test, beside the starter library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from osler.article.render import to_text
from osler.documents.text import TextBuilder
from osler.domain.answer import Disposition
from osler.domain.article import Article
from osler.domain.document import Authority, Bibliography, Direction, Document, Statement, StudyDesign, Via
from osler.domain.part import PartKind
from osler.domain.status import NoticeNature, PublicationStatus, StatusNotice
from osler.language.lexicon import Lexicon
from osler.passages.annotate import annotate, annotation_key
from osler.pipeline import Library, ask, bring_up_to_date, open_library
from osler.settings import load_settings

P, REC, ITEM = PartKind.PARAGRAPH, PartKind.RECOMMENDATION, PartKind.LIST_ITEM
Piece = tuple[str, PartKind, tuple[str, ...], str | None]


def source(document_id: str, kind: StudyDesign, title: str, *pieces: Piece, against: bool = False, **fields: Any) -> Document:
    builder = TextBuilder()
    builder.add(title, PartKind.TITLE)
    for text, part_kind, path, code in pieces:
        builder.add(text, part_kind, path, code=code, against=against and part_kind is REC)
    year = fields.pop("year", 2020)
    pmid, doi = fields.pop("pmid", None), fields.pop("doi", None)
    book = Bibliography(title, year=year, pmid=pmid, doi=doi, url=f"https://example.org/{document_id}")
    return Document(document_id, kind, Via.SOURCE, book, builder.text, parts=tuple(builder.parts), **fields)


def label(document_id: str = "spl:a", *more: Piece) -> Document:
    return source(
        document_id, StudyDesign.LABEL, "ZOLMIR tablets, for oral use",
        ("ZOLMIR is indicated for the treatment of overactive bladder in adults.", P, ("1 USES",), "34067-9"),
        ("The recommended dose of ZOLMIR is 50 mg once daily.", P, ("2 DOSAGE", "2.1 Overactive Bladder"), "34068-7"),
        ("A starting dose of 25 mg should be used in patients with severe renal impairment [see Clinical Pharmacology (12.3)].", P,
         ("2 DOSAGE", "2.2 Renal Impairment"), "34068-7"),
        ("The recommended dose of mirabegron in patients who take propafenone is 10 mg once daily.", P, ("2 DOSAGE", "2.3 With Propafenone"), "34068-7"),
        ("4.2 Hypersensitivity to any component of the tablet", P, ("4 CONTRAINDICATIONS",), "34070-3"),
        ("Mirabegron is contraindicated with thioridazine in any form.", P, ("4 CONTRAINDICATIONS",), "34070-3"),
        ("Mirabegron is not recommended in uncontrolled hypertension.", P, ("5 WARNINGS",), "43685-7"),
        ("Urinary retention has been reported with mirabegron.", P, ("5 WARNINGS",), "43685-7"),
        ("Concomitant use of mirabegron and propafenone raised the exposure of propafenone twofold.", P, ("7 INTERACTIONS",), "34073-7"),
        ("Therefore, the use of such combinations is not recommended.", P, ("7 INTERACTIONS",), "34073-7"),
        ("The half-life of mirabegron is 50 hours.", P, ("12 PHARMACOLOGY",), "34090-1"),
        *more,
        interventions=("MIRABEGRON",), organisation="Zolco", authority=Authority.NATIONAL,
    )  # fmt: skip


def recommendation(number: int, text: str, who: str, *, against: bool = False, **fields: Any) -> Document:
    fields = {"organisation": "Gland Society", "authority": Authority.NATIONAL, "issued": "2021-05-01", "year": 2021} | fields
    return source(
        f"gland:{number}", StudyDesign.GUIDELINE, f"Hay fever: screening -- {who}", (text, REC, (), "grade"),
        against=against, population=who, **fields,
    )  # fmt: skip


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory, lexicon: Lexicon) -> Callable[..., Library]:
    def build(*documents: Document, notices: tuple[StatusNotice, ...] = ()) -> Library:
        settings = load_settings(tmp_path_factory.mktemp("sources"))
        library = open_library(settings, lexicon)
        key = annotation_key(lexicon)
        library.catalog.ingest(list(documents), "test", lambda d: annotate(d, lexicon), key)
        if notices:
            with library.catalog.write("test") as writing:
                writing.intake.note(list(notices))
        bring_up_to_date(library.catalog, library.index, lexicon)
        return open_library(settings, lexicon)

    return build


@pytest.fixture(scope="module")
def labels(make: Callable[..., Library]) -> Library:
    return make(label(), label("spl:b"))


def page(article: Article) -> str:
    return to_text(article).split("REFERENCES")[0]


def lead(article: Article) -> list[str]:
    return [article.claim(c).text for c in article.bottom_line]


def texts(article: Article) -> list[str]:
    return [c.text for c in article.claims]


def sources_slice(library: Library, article: Article) -> bool:
    spans = [c.span for claim in article.claims for c in claim.citations]
    return all(library.catalog.document(s.document_id).text[s.start : s.end] == s.exact for s in spans)


# labels


def test_the_dose_for_the_asked_kidneys_leads_and_its_cell_holds_the_dose_alone(labels: Library) -> None:
    article = ask(labels, "What is the dose of mirabegron in severe renal impairment?")
    assert "25 mg" in lead(article)[0]
    row = article.dose_table[0]
    assert row.population == "patients with severe renal impairment"
    assert "see" not in row.dose
    assert "25 mg" in row.dose
    assert row.problem_studied == "overactive bladder"
    assert all("50 mg" not in r.dose or r.applies for r in article.dose_table)
    assert sources_slice(labels, article)


def test_a_dose_for_people_on_another_drug_is_nobody_else_s(labels: Library) -> None:
    assert not any("10 mg" in t for t in texts(ask(labels, "What is the dose of mirabegron for overactive bladder?")))
    together = ask(labels, "Can mirabegron be taken with propafenone?")
    assert any("10 mg" in t for t in lead(together))
    assert not any("50 mg once daily" in t for t in texts(together))


def test_the_forbidden_combination_leads(labels: Library) -> None:
    article = ask(labels, "Is mirabegron safe with thioridazine?")
    assert lead(article)[0] == "Mirabegron is contraindicated with thioridazine in any form."
    assert article.disposition is Disposition.ANSWER


def test_the_bottom_line_speaks_of_what_was_asked(labels: Library) -> None:
    article = ask(labels, "Is mirabegron safe in hypertension?")
    assert "hypertension" in lead(article)[0]
    about_gout = ask(labels, "Does mirabegron work for gout?")
    assert lead(about_gout) == []
    assert any("whether mirabegron works for gout" in g for g in about_gout.gaps)
    assert about_gout.disposition is Disposition.ANSWER_WITH_CAVEATS


def test_two_versions_of_one_label_are_cited_once(labels: Library) -> None:
    said = texts(ask(labels, "Is mirabegron safe in hypertension?"))
    assert len(said) == len(set(said))


def test_what_means_nothing_alone_is_not_shown(labels: Library) -> None:
    for question in ("Is mirabegron safe with propafenone?", "Is mirabegron safe in hypertension?", "Is mirabegron safe?"):
        shown = page(ask(labels, question))
        assert "such combinations" not in shown
        assert "4.2 Hypersensitivity" not in shown


def test_many_uses_are_not_listed(make: Callable[..., Library]) -> None:
    uses = "ZOLMIR is indicated for the treatment of gout, alopecia, migraine and psoriasis in adults."
    library = make(
        label("spl:c", (uses, P, ("1 USES",), "34067-9"), ("Take 50 mg of mirabegron every 12 hours.", P, ("2 HOW",), "34068-7"))
    )
    rows = ask(library, "What is the dose of mirabegron for adults?").dose_table
    assert {r.problem_studied for r in rows} <= {"its labelled uses", "overactive bladder"}
    assert any(r.problem_studied == "its labelled uses" for r in rows)


# guidelines


@pytest.fixture(scope="module")
def screening(make: Callable[..., Library]) -> Library:
    topic = source(
        "gland:topic", StudyDesign.GUIDELINE, "Hay fever: screening",
        ("The American College of Noses recommends screening for hay fever from birth.", P, ("Discussion",), None),
        ("See Table 1 for recommended screening for hay fever.", P, ("Practice",), None),
        ("Clinicians should offer screening for hay fever with a form.", P, ("Practice",), None),
        ("False-positive results of screening were a complication in 5% of adults with hay fever.", P, ("Harms",), None),
        organisation="Gland Society", authority=Authority.NATIONAL, issued="2021-05-01",
    )  # fmt: skip
    return make(
        topic,
        recommendation(1, "Grade B: We recommend screening for hay fever in adults aged 45 to 49 years.", "Adults aged 45 to 49 years"),
        recommendation(2, "Grade A: We recommend screening for hay fever in adults aged 50 to 75 years.", "Adults aged 50 to 75 years"),
        recommendation(
            3, "Grade D: We recommend against screening for hay fever in women older than 75 years.", "Women older than 75 years", against=True
        ),
        recommendation(
            4, "Grade C: We recommend screening for hay fever in adults aged 40 to 60 years.", "Adults aged 40 to 60 years", issued="2009-01-01", year=2009
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("question", "grade"),
    [
        ("Should I screen for hay fever at age 47?", "Grade B"),
        ("Should I screen a 60 year old man for hay fever?", "Grade A"),
        ("Should an 80 year old woman be screened for hay fever?", "Grade D"),
    ],
)
def test_the_marked_recommendation_for_the_asked_age_leads(question: str, grade: str, screening: Library) -> None:
    article = ask(screening, question)
    assert lead(article)[0].startswith(grade)
    shown = page(article)
    assert "American College of Noses" not in shown
    assert "See Table 1" not in shown
    for claim in article.claims:
        if claim.text.startswith("Grade") and not claim.text.startswith(grade):
            assert claim.verdict.value == "indirect"


def test_near_a_band_is_outside_it(screening: Library) -> None:
    article = ask(screening, "Should I screen for hay fever at age 47?")
    grade_a = next(c for c in article.claims if c.text.startswith("Grade A"))
    assert [m.axis.value for m in grade_a.citations[0].mismatches] == ["population"]
    assert grade_a.id not in article.bottom_line


def test_an_older_recommendation_of_the_same_body_gives_way(screening: Library) -> None:
    assert not any(t.startswith("Grade C") for t in texts(ask(screening, "Should I screen for hay fever at age 47?")))


def test_advice_for_women_is_not_for_a_man(screening: Library) -> None:
    article = ask(screening, "Should an 80 year old man be screened for hay fever?")
    assert not any(t.startswith("Grade D") for t in lead(article))


# studies


def study(number: int, title: str, *results: str, kind: StudyDesign = StudyDesign.RCT, **fields: Any) -> Document:
    pieces = tuple((r, P, ("Results",), "RESULTS") for r in ("Patients were adults.", *results))
    return source(f"pmid:{number}", kind, title, *pieces, pmid=str(number), **fields)


def test_a_problem_named_in_passing_is_no_evidence_about_it(make: Callable[..., Library]) -> None:
    library = make(
        study(900001, "Vilazodone for alopecia", "Vilazodone reduced hair loss also in patients who had migraine."),
        study(900002, "Vilazodone for the disease of Nowhere", "Vilazodone reduced the attacks of patients with migraine by half."),
    )
    article = ask(library, "Does vilazodone work for migraine?")
    assert article.disposition in (Disposition.ABSTAIN, Disposition.ANSWER_WITH_CAVEATS)
    assert not [c for c in article.claims if c.verdict.value == "supported"]
    assert any("vilazodone" in g and "migraine" in g for g in article.gaps)
    assert ask(library, "Does vilazodone work for alopecia?").disposition is Disposition.ANSWER


def test_a_retracted_study_supports_nothing(make: Callable[..., Library]) -> None:
    good = study(900011, "Vilazodone for alopecia in adults", "Vilazodone reduced hair loss by 10%.")
    bad = study(900012, "Vilazodone for alopecia in women", "Vilazodone reduced hair loss by 90%.")
    library = make(good, replace(bad, status=PublicationStatus.RETRACTED))
    said = texts(ask(library, "Does vilazodone work for alopecia?"))
    assert any("10%" in t for t in said)
    assert not any("90%" in t for t in said)
    by_notice = make(good, bad, notices=(StatusNotice(NoticeNature.RETRACTION, "a list", pmid="900012", date="2022-01-01"),))
    assert not any("90%" in t for t in texts(ask(by_notice, "Does vilazodone work for alopecia?")))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (PublicationStatus.DRAFT, "A DRAFT"),
        (PublicationStatus.SUPERSEDED, "SUPERSEDED"),
        (PublicationStatus.CONCERN, "UNDER AN EXPRESSION OF CONCERN"),
        (PublicationStatus.CORRECTED, "CORRECTED"),
    ],
)
def test_a_source_that_does_not_stand_alone_says_so_and_comes_after(
    status: PublicationStatus, words: str, make: Callable[..., Library]
) -> None:
    standing = study(900021, "Vilazodone for alopecia: one", "Vilazodone reduced the itch of the scalp.", year=2001)
    other = study(900022, "Vilazodone for alopecia: two", "Vilazodone shortened the time to regrowth.", year=2024, status=status)
    article = ask(make(standing, other), "Does vilazodone work for alopecia?")
    assert texts(article) == ["Vilazodone reduced the itch of the scalp.", "Vilazodone shortened the time to regrowth."]
    assert lead(article)[0] == "Vilazodone reduced the itch of the scalp."
    line = next(x for x in page(article).splitlines() if "regrowth" in x)
    assert words in line


def test_local_advice_comes_before_national_before_international(make: Callable[..., Library]) -> None:
    where = {
        Authority.INTERNATIONAL: "Offer vilazodone tablets to adults with alopecia.",
        Authority.NATIONAL: "Vilazodone capsules should be started by a specialist for alopecia.",
        Authority.LOCAL: "Prescribe vilazodone drops from the hospital pharmacy for alopecia.",
    }
    documents = [
        source(
            f"advice:{authority.value}", StudyDesign.GUIDELINE, "Vilazodone for alopecia",
            (advice, REC, (), None),
            authority=authority, organisation=f"Body {authority.value}", issued="2020-01-01",
        )
        for authority, advice in where.items()
    ]  # fmt: skip
    article = ask(make(*documents), "Should I give vilazodone for alopecia?")
    assert "drops" in lead(article)[0]
    assert "capsules" in lead(article)[1]


# extractions and their own sources


def extraction(text: str, pmid: str, direction: Direction = Direction.BENEFIT) -> Document:
    statement = Statement(
        f"X{pmid}", 0, len(text), StudyDesign.RCT, direction, ("vilazodone",), ("alopecia",), "adults with alopecia", ("adult",)
    )
    return Document(
        f"extraction:pmid:{pmid}", StudyDesign.RCT, Via.EXTRACTION, Bibliography("A trial", pmid=pmid), text, (statement,)
    )


def own_source(number: int, sentence: str, **fields: Any) -> Document:
    return study(number, "Vilazodone for alopecia", sentence, **fields)


ASKED = "Does vilazodone work for alopecia?"


def test_an_extraction_gives_way_to_its_source_s_own_sentence(make: Callable[..., Library]) -> None:
    own = "After 12 weeks alopecia had improved in 31.0% of patients on vilazodone and in 12% on placebo."
    library = make(extraction("Vilazodone improved alopecia in 31% against 12% at 12 weeks.", "900031"), own_source(900031, own))
    article = ask(library, ASKED)
    assert texts(article) == [own]
    (citation,) = article.claims[0].citations
    assert citation.span.via is Via.SOURCE
    assert citation.span.document_id == "pmid:900031"
    assert sources_slice(library, article)
    assert not any("does not say" in g for g in article.gaps)


@pytest.mark.parametrize(
    ("extracted", "own", "said"),
    [
        ("Vilazodone improved alopecia in 41% of 80 adults.", "Vilazodone improved alopecia in 31% of 80 patients.", "not found in it: 41"),
        ("Vilazodone 5 mg improved alopecia in 31%.", "Alopecia: 5 g improved it in 31% of patients.", "not found in it: 5 mg"),
        ("Vilazodone improved alopecia in 31%.", "Vilazodone did not reduce alopecia: 31% of patients on both arms had it.", "says otherwise"),
    ],
)  # fmt: skip
def test_a_disagreement_with_the_source_is_said(extracted: str, own: str, said: str, make: Callable[..., Library]) -> None:
    article = ask(make(extraction(extracted, "900041"), own_source(900041, own)), ASKED)
    claim = next(c for c in article.claims if c.text == extracted)
    assert "the source in this library does not say this" in (claim.citations[0].to_check or "")
    assert any(said in g and extracted in g for g in article.gaps)
    assert claim.id not in article.bottom_line


@pytest.mark.parametrize(
    ("extracted", "own"),
    [
        ("Vilazodone 5 mg improved alopecia in 31%.", "Vilazodone 5 g improved alopecia in 31% of patients."),
        ("Vilazodone improved alopecia and migraine in 31%.", "Vilazodone improved alopecia in 31% of patients."),
    ],
)
def test_the_source_s_own_sentence_stands_where_the_extraction_differs(
    extracted: str, own: str, make: Callable[..., Library]
) -> None:
    article = ask(make(extraction(extracted, "900042"), own_source(900042, own)), ASKED)
    assert texts(article) == [own]


def test_what_stands_in_several_sentences_is_kept_and_labelled(make: Callable[..., Library]) -> None:
    two = "Vilazodone improved alopecia in 31% of patients. Placebo improved alopecia in 12% of patients."
    article = ask(
        make(extraction("Alopecia improved in 31% on vilazodone, 12% on placebo.", "900051"), own_source(900051, two)), ASKED
    )
    kept = [c for c in article.claims if c.citations[0].span.via is Via.EXTRACTION]
    assert len(kept) == 1
    assert all("in no one sentence" in (c.citations[0].to_check or "") for c in kept)
    assert not any("does not say" in g for g in article.gaps)


def test_an_extraction_of_a_retracted_source_is_left_out_and_said(make: Callable[..., Library]) -> None:
    mine = extraction("Vilazodone improved alopecia in 31% of adults.", "900061")
    gone = own_source(900061, "Vilazodone improved alopecia in 31% of patients.", status=PublicationStatus.RETRACTED)
    other = study(900062, "Vilazodone for alopecia: another", "Vilazodone reduced hair loss by 10%.")
    article = ask(make(mine, gone, other), ASKED)
    assert not any("31%" in t for t in texts(article))
    assert any("retracted" in g and "31%" in g for g in article.gaps)


def test_without_its_source_an_extraction_is_as_before(make: Callable[..., Library]) -> None:
    article = ask(make(extraction("Vilazodone improved alopecia in 31% of adults.", "900071")), ASKED)
    assert article.claims[0].citations[0].span.via is Via.EXTRACTION
    assert article.claims[0].citations[0].to_check is None


def test_advice_for_milder_kidneys_is_no_answer_for_worse_ones(make: Callable[..., Library]) -> None:
    mild = (
        "No dose adjustment of mirabegron is needed in mild (CLcr 60-89 mL/min) and moderate (CLcr 30-49 mL/min) renal impairment."
    )
    library = make(label("spl:d", (mild, P, ("8 GROUPS", "8.6 Renal Impairment"), "88828-9")))
    article = ask(library, "What is the dose of mirabegron in severe renal impairment?")
    assert "25 mg" in lead(article)[0]
    assert not any(c.text == mild and c.verdict.value == "supported" for c in article.claims)
