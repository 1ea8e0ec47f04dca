"""The record: made from the answer alone, its counts add up, nobody's name is searched with, danger comes first."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from libraries import QUESTION, add_here, corrections, opened, pubmed_file, record
from osler.article.blocks import Boxed, Heading, Page
from osler.article.markdown import line_text, page_text
from osler.domain.answer import Disposition
from osler.domain.codec import decode, encode
from osler.domain.document import StudyDesign
from osler.domain.question import Audience, Question
from osler.domain.request import Given
from osler.pipeline import Asked, Library, answer_request
from osler.question.frame import frame_question
from osler.respond.enquiry import Enquiry, Purpose, Requestor
from osler.respond.evaluation import source_class
from osler.respond.missing import FACTS
from osler.respond.page import RETENTION, response_page
from osler.respond.page_evidence import CLASSES, MARKS
from osler.respond.page_request import BLANK
from osler.respond.prepare import Fact, Prepared, prepare
from osler.respond.record import ResponseRecord, make_record, respond, to_json
from osler.respond.request import read_request
from osler.respond.search_log import Reason, SearchLog

EXAMPLES = Path(__file__).parents[1] / "docs" / "responding"
QUESTIONS = (
    "What can I give to a patient on hemodialysis who has back spasms, as an alternative to baclofen?",
    "What dose of gabapentin should I give?",
    "Can clarithromycin be given with simvastatin?",
    "Is tizanidine safe on hemodialysis?",
    "Is valproate safe in pregnancy?",
    "He took too many baclofen tablets on dialysis. What now?",
    "What is the weather like?",
)


def prepared(library: Library, enquiry: Enquiry) -> Prepared:
    def read(text: str, audience: Audience) -> Question:
        return frame_question(text, audience, library.lexicon, library.words, (), library.index.holds)

    return prepare(enquiry, read, library.lexicon)


def asked_for(library: Library, enquiry: Enquiry) -> tuple[Prepared, Asked]:
    ready = prepared(library, enquiry)
    return ready, answer_request(library, ready.request)


def adds_up(log: SearchLog) -> None:
    assert sum(t.count for t in log.kinds) == sum(t.count for t in log.years) == log.passages
    assert log.documents <= log.passages <= log.limit
    assert log.found - log.taken_out + log.looked_up == log.appraised
    assert log.direct + log.indirect + log.off == log.appraised
    assert log.cited + sum(g.count for g in log.rejected) == log.appraised
    assert len({g.reason for g in log.rejected}) == len(log.rejected)
    assert all(1 <= len(g.examples) <= g.count for g in log.rejected)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("audience", [Audience.CLINICIAN, Audience.PATIENT])
def test_every_statement_is_cited_or_rejected_once(library: Library, question: str, audience: Audience) -> None:
    record = respond(library, Enquiry(question, audience=audience))
    adds_up(record.search)
    spans = {(c.span.document_id, c.span.start, c.span.end) for k in record.article.claims for c in k.citations}
    assert record.search.cited == len(spans)


def test_a_statement_that_failed_its_check_is_named_as_withheld(library: Library) -> None:
    enquiry = Enquiry("Is tizanidine safe on hemodialysis?")
    ready, asked = asked_for(library, enquiry)
    lost = asked.article.claims[-1]
    span = lost.citations[0].span
    item = next(i for i in asked.profile.items if (i.span.document_id, i.span.start) == (span.document_id, span.start))
    article = replace(asked.article, claims=asked.article.claims[:-1], sections=())
    log = make_record(library, enquiry, ready, replace(asked, article=article, withheld=(item.finding.statement_id,))).search
    adds_up(log)
    (group,) = [g for g in log.rejected if g.reason is Reason.WITHHELD]
    assert (group.count, group.examples[0].text) == (1, item.text)


def test_the_pipeline_says_what_it_withheld(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    from osler import pipeline
    from osler.domain.verification import Verdict

    real = pipeline.verify_answer

    def failing(*arguments: object) -> object:
        report = real(*arguments)  # type: ignore[arg-type]
        first = replace(report.checks[0], verdict=Verdict.CONTRADICTED)
        return replace(report, checks=(first, *report.checks[1:]))

    request = prepared(library, Enquiry("Is tizanidine safe on hemodialysis?")).request
    assert answer_request(library, request).withheld == ()
    monkeypatch.setattr(pipeline, "verify_answer", failing)
    asked = answer_request(library, request)
    assert len(asked.withheld) == 1
    assert any("withheld" in g for g in asked.article.gaps)


def test_what_was_lost_to_a_retracted_source_is_counted(library: Library) -> None:
    enquiry = Enquiry("Is tizanidine safe on hemodialysis?")
    ready, asked = asked_for(library, enquiry)
    fewer = replace(asked.profile, items=asked.profile.items[:-2])
    log = make_record(library, enquiry, ready, replace(asked, profile=fewer)).search
    adds_up(log)
    assert log.taken_out == 2
    assert "2 whose source is retracted" in page_text(
        response_page(make_record(library, enquiry, ready, replace(asked, profile=fewer)))
    )


def test_a_retracted_study_is_named_in_the_log_and_nowhere_else(home: Path) -> None:
    gone = corrections("RetractionIn", 900)
    library = opened(home)
    add_here(library, pubmed_file(home.parent / "two.xml", [record(1), record(2, corrections=gone)]))
    made = respond(opened(home), Enquiry(QUESTION))
    assert [(r.document_id, r.passages > 0) for r in made.search.retracted] == [("pmid:2", True)]
    adds_up(made.search)
    text = page_text(response_page(made))
    assert "pmid:2; retracted" in text
    assert "pmid:2" not in {r.document_id for r in made.article.references}
    assert len(re.findall(r"pmid:2\b", text)) == 1


def test_nobodys_name_is_searched_with_or_logged(library: Library, caplog: pytest.LogCaptureFixture) -> None:
    who = Requestor("Wilhelmina Quartz", "doctor", "Fennimore Clinic", "bleep 90817")
    enquiry = Enquiry(
        "What can I give for back spasm?", who, background="Jon Quibble of 4 Elm Row is on hemodialysis.", reference="REF-5521"
    )
    with caplog.at_level(logging.DEBUG):
        ready, asked = asked_for(library, enquiry)
        record = make_record(library, enquiry, ready, asked)
    run = asked.profile.run
    searched = " ".join((*ready.request.turns, asked.profile.question.text, *run.terms, *run.concepts, str(ready.request.given)))
    for secret in ("Wilhelmina", "Quartz", "Fennimore", "90817", "Jon", "Quibble", "Elm", "5521"):
        assert secret not in searched
        assert secret not in caplog.text
        assert secret not in json.dumps(encode(record.article))
    assert ready.request.given.dialysis == "hemodialysis"


@pytest.mark.parametrize(
    ("background", "taken", "not_used", "differing"),
    [
        ("eGFR 22. Allergic to penicillin.", {Fact("eGFR", "22 mL/min/1.73 m²"), Fact("allergy", "penicillins")}, set(), set()),
        ("She is breastfeeding.", {Fact("state", "breastfeeding")}, set(), set()),
        ("Her mother is 67 years old and weighs 60 kg.", set(), {Fact("age", "67 years"), Fact("weight", "60 kg")}, set()),
        ("Takes amlodipine and sertraline.", set(), {Fact("medicine", "amlodipine"), Fact("medicine", "sertraline")}, set()),
        ("No drug allergies. Seen on the ward round.", set(), set(), set()),
    ],
)
def test_prose_makes_the_answer_more_careful_and_never_gives_a_weight(
    library: Library, background: str, taken: set[Fact], not_used: set[Fact], differing: set[Fact]
) -> None:
    ready = prepared(library, Enquiry("Is tizanidine safe?", background=background))
    assert (set(ready.taken), set(ready.not_used), set(ready.differing)) == (taken, not_used, differing)
    assert ready.request.given.age_years is None
    assert ready.request.given.weight_kg is None
    assert ready.request.given.medicines == ()


def test_fields_outrank_prose_and_the_difference_is_shown(library: Library) -> None:
    enquiry = Enquiry("Is tizanidine safe?", background="Last eGFR 22.", given=Given(egfr=60), stated=("egfr",))
    record = respond(library, enquiry)
    assert record.prepared.request.given.egfr == 60
    assert record.prepared.differing == (Fact("eGFR", "22 mL/min/1.73 m²"),)
    assert any("eGFR 22" in b and "otherwise" in b for b in boxes(response_page(record)))


def test_a_name_nobody_knows_stops_nothing_and_is_said(library: Library) -> None:
    enquiry = Enquiry("Is tizanidine safe on hemodialysis?", given=Given(allergies=("latex", "penicillin")), stated=("allergies",))
    record = respond(library, enquiry)
    assert record.prepared.request.given.allergies == ("penicillin",)
    assert any("allergy latex" in b for b in boxes(response_page(record)))


def test_danger_in_the_background_comes_first_with_the_call_back(library: Library) -> None:
    enquiry = Enquiry(
        "What can I give for back spasm?",
        Requestor(contact="bleep 42"),
        background="On hemodialysis by catheter. Fever since last night.",
    )
    record = respond(library, enquiry)
    assert record.urgent
    assert record.article.disposition is Disposition.ANSWER_AND_ESCALATE
    page = response_page(record)
    first = [b for b in page.blocks if isinstance(b, (Boxed, Heading))][1:3]
    assert all(isinstance(b, Boxed) and b.urgent for b in first)
    assert line_text(first[0].words).startswith("CALL BACK NOW. Do not finish this record first.")
    assert "bleep 42" in line_text(first[0].words)
    assert "fever" in line_text(first[1].words)


DIALYSIS = "What can I use instead of baclofen for back spasm in a patient on hemodialysis?"
TOGETHER = [
    (DIALYSIS, "Fever and chills since yesterday.", ("Fever",), ()),
    (DIALYSIS, "No fever. New leg weakness and cannot pass urine.", ("cannot pass urine", "New leg weakness"), ()),
    ("What helps itch in a patient on hemodialysis?", "Started gabapentin on Monday. Now confused and jerking.", ("confused",), ("gabapentin",)),
    ("What can I give for a headache?", "Takes warfarin. Hit his head this morning.", ("Hit his head",), ()),
]  # fmt: skip


@pytest.mark.parametrize(("question", "background", "signs", "medicines"), TOGETHER)
def test_signs_in_the_background_count_with_what_the_question_says(
    question: str, background: str, signs: tuple[str, ...], medicines: tuple[str, ...], library: Library
) -> None:
    record = respond(library, Enquiry(question, background=background))
    assert record.urgent
    assert set(signs) <= set(record.prepared.signs)
    assert record.prepared.request.given.medicines == medicines
    said_unused = " ".join(f.value for f in record.prepared.not_used)
    assert not [m for m in (*medicines, "confusion", "leg weakness", "urinary retention") if m in said_unused]


@pytest.mark.parametrize(
    "background",
    ["No fever, no weakness.", "Was given baclofen once and became confused.", "Her mother had a stroke. She hopes for advice."],
)
def test_what_is_denied_past_or_of_another_is_no_emergency(background: str, library: Library) -> None:
    record = respond(library, Enquiry(DIALYSIS, background=background))
    assert not record.urgent
    assert record.prepared.signs == ()


def test_to_a_patient_in_danger_no_dose_is_offered(library: Library) -> None:
    enquiry = Enquiry(
        "What can I take for back spasm?", background="I am on hemodialysis. Fever since last night.", audience=Audience.PATIENT
    )
    record = respond(library, enquiry)
    assert record.article.disposition is Disposition.EMERGENCY
    assert record.article.dose_table == ()


def test_an_ordinary_question_raises_no_alarm(library: Library) -> None:
    record = respond(library, Enquiry("Can clarithromycin be given with simvastatin?"))
    assert not record.urgent
    assert not any("CALL BACK" in b for b in boxes(response_page(record)))


@pytest.mark.parametrize(
    ("enquiry", "asked", "not_asked"),
    [
        (Enquiry("What dose of gabapentin should I give?"), ["kidneys", "used for", "route", "allergies", "other medicines"], ["How many weeks"]),
        (
            Enquiry("What dose of gabapentin should I give?", given=Given(egfr=25), stated=("egfr", "medicines")),
            ["route"],
            ["kidneys", "other medicines"],
        ),
        (Enquiry("He took too many baclofen tablets. What now?"), ["how much of it", "When was it taken", "patient now", "weigh"], ["route"]),
        (
            Enquiry("He took 200 mg of baclofen two hours ago and is drowsy. What now?", given=Given(weight_kg=70), stated=("weight_kg",)),
            [],
            ["how much of it", "When was it taken", "patient now", "weigh"],
        ),
        (Enquiry("Can clarithromycin be given with simvastatin?"), ["already taking both", "each medicine for"], ["allergies"]),
        (Enquiry("Is valproate safe in pregnancy?"), ["weeks pregnant", "When was the medicine started"], ["could she be"]),
        (Enquiry("Is ibuprofen safe while breastfeeding?"), ["How old is the infant"], ["weeks pregnant"]),
        (Enquiry("Can midazolam and cyclizine be mixed in the same syringe driver?"), ["concentrations"], ["Where do they mix"]),
        (Enquiry("Is valproate safe in pregnancy?", purpose=Purpose.GENERAL), [], ["weeks", "medicine", "allergies", "old"]),
    ],
)  # fmt: skip
def test_what_is_missing_is_asked_and_what_is_given_is_not(
    library: Library, enquiry: Enquiry, asked: list[str], not_asked: list[str]
) -> None:
    questions = [m.question for m in respond(library, enquiry).missing]
    assert [a for a in asked if not any(a in q for q in questions)] == []
    assert [n for n in not_asked if any(n in q for q in questions)] == []
    assert len(set(questions)) == len(questions)


def test_every_fact_names_the_list_it_is_on() -> None:
    assert all(f.question.endswith("?") and f.source and f.why for f in FACTS)
    assert len({f.question for f in FACTS}) == len(FACTS)


def test_each_cited_source_is_evaluated_with_limits_that_can_be_computed(library: Library) -> None:
    record = respond(library, Enquiry(QUESTIONS[0]))
    assert [e.reference for e in record.evaluation] == [r.number for r in record.article.references]
    assert len(record.evaluation) >= 2
    by_id = {k.id: k for k in record.article.claims}
    for source in record.evaluation:
        citations = [c for i in source.claims for c in by_id[i].citations if c.reference == source.reference]
        assert citations
        assert (
            (source.directness == "direct") == (not any(c.mismatches for c in citations)) == ("indirect" not in source.limitations)
        )
        assert ("from an extraction" in source.limitations) == all(c.extraction is not None for c in citations)
        assert set(source.certainty) == {by_id[i].certainty.value.replace("_", " ") for i in source.claims}
    limits = {e.design: e.limitations for e in record.evaluation}
    assert "observational: not randomised" in limits["cohort"]
    assert "no comparison group" in limits["case series"]


def test_a_source_is_old_by_the_date_of_the_answer(library: Library) -> None:
    enquiry = Enquiry("Can clarithromycin be given with simvastatin?")
    ready, asked = asked_for(library, enquiry)
    year = next(r.year for r in asked.article.references if r.year)

    def limits(today: int) -> tuple[str, ...]:
        made = replace(asked.article.provenance, answered_at=f"{today}-01-01T00:00:00+00:00")
        record = make_record(library, enquiry, ready, replace(asked, article=replace(asked.article, provenance=made)))
        return next(e.limitations for e in record.evaluation if e.year == year)

    assert "old" not in limits(year + 10)
    assert "old" in limits(year + 11)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (StudyDesign.RCT, "primary"),
        (StudyDesign.CASE_REPORT, "primary"),
        (StudyDesign.SYSTEMATIC_REVIEW, "secondary"),
        (StudyDesign.GUIDELINE, "secondary"),
        (StudyDesign.LABEL, "tertiary"),
        (StudyDesign.ARTICLE, "not classed"),
    ],
)
def test_classes_of_sources(kind: StudyDesign, said: str) -> None:
    assert source_class(kind) == said


def boxes(page: Page) -> list[str]:
    return [line_text(b.words) for b in page.blocks if isinstance(b, Boxed)]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_seven_steps_stand_in_order_and_nothing_is_signed(library: Library, question: str) -> None:
    page = response_page(respond(library, Enquiry(question)))
    steps = [line_text(b.words) for b in page.blocks if isinstance(b, Heading) and b.level == 2][1:]
    assert steps == [
        "1. Requestor and background",
        "2. Ultimate question",
        "3. Search log",
        "4. Evaluation of the sources",
        "5. Response",
        "6. Follow-up plan",
        "7. Documentation",
    ]
    text = page_text(page)
    for line in ("Checked by (name, role)", "Signature", "Date", "Time spent", "Who calls back", "When"):
        assert f"| {line} | {BLANK} |" in text
    assert "| Response given | To whom, how, when, by whom |" in text


FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


def figures(texts: Iterable[str]) -> set[str]:
    return {n for text in texts for n in FIGURE.findall(text)}


def sources_of_figures(record: ResponseRecord) -> Iterable[str]:
    """Every text that the page may take a figure from: claims and their marks, the request, counts of the run, fixed words."""
    a, log = record.article, record.search
    yield from (k.text for k in a.claims)
    for k in a.claims:
        yield from (json.dumps(encode(k.calculation), ensure_ascii=False),)
        for c in k.citations:
            yield from (c.population, c.design, c.note or "", c.to_check or "", *(f"{m.asked} {m.studied}" for m in c.mismatches))
    yield from (
        json.dumps(encode(x), ensure_ascii=False)
        for x in (*a.references, *a.dose_table, *a.options, *a.conflicts, *a.left_out, *a.notices)
    )
    yield from (*a.gaps, *a.clarifying_questions, a.title, a.answer_id, a.provenance.library_snapshot, a.provenance.answered_at)
    yield from (a.provenance.engine, a.question.text, json.dumps(encode(a.question.frame)))
    yield json.dumps(encode(record.enquiry), ensure_ascii=False)
    yield json.dumps(encode(record.prepared), ensure_ascii=False)
    yield from (f"{v:g}" for v in encode(record.enquiry.given).values() if isinstance(v, float))
    yield from (f"{n:,}" for n in (log.limit, log.passages, log.documents, log.found, log.looked_up, log.appraised, log.direct))
    yield from (f"{n:,}" for n in (log.indirect, log.off, log.cited, len(record.missing), *(g.count for g in log.rejected)))
    yield from (f"{t.name} {t.count:,}" for t in (*log.kinds, *log.years))
    yield from (f"{e.text} {e.document_id} {e.differs}" for g in log.rejected for e in g.examples)
    yield from (*log.words, *log.concepts, RETENTION, CLASSES, MARKS, "1 2 3 4 5 6 7")


SPANS_OF_YEARS = re.compile(r"\d{4} to \d{4}: ([\d,]+)")


@pytest.mark.parametrize("name", ["back-spasm-on-dialysis.yaml", "clarithromycin-with-simvastatin.md"])
def test_every_figure_comes_from_a_claim_the_request_or_a_count(library: Library, name: str) -> None:
    record = respond(library, read_request((EXAMPLES / name).read_bytes(), name))
    text = page_text(response_page(record))
    spans = SPANS_OF_YEARS.findall(text)
    unknown = sum(t.count for t in record.search.years if t.name == "not shown")
    assert sum(int(n.replace(",", "")) for n in spans) + unknown == record.search.passages
    found = figures([SPANS_OF_YEARS.sub("", text)])
    assert len(found) > 60
    assert found - figures(sources_of_figures(record)) == set()


def test_equal_requests_give_equal_bytes_apart_from_the_times(library: Library) -> None:
    enquiry = read_request((EXAMPLES / "back-spasm-on-dialysis.yaml").read_bytes(), "back.yaml")

    def drawn() -> str:
        record = respond(library, enquiry)
        made = replace(record.article.provenance, answered_at="2026-01-01T00:00:00+00:00", elapsed_ms=0.0)
        return to_json(replace(record, article=replace(record.article, provenance=made)))

    assert drawn() == drawn()


def test_the_json_form_is_the_record(library: Library) -> None:
    record = respond(library, Enquiry("Is tizanidine safe on hemodialysis?"))
    value = json.loads(to_json(record))
    assert value["schema"] == "osler.response/1"
    assert list(value) == ["schema", "urgent", "enquiry", "prepared", "missing", "search", "evaluation", "follow_up", "article"]
    assert value["article"]["schema"] == "osler.answer/1"
    assert decode(ResponseRecord, value) == record


def test_text_of_a_request_is_data(library: Library) -> None:
    enquiry = Enquiry(
        "Is tizanidine safe on hemodialysis?", Requestor("| a | <b> **c** [d](http://x)"), background="# not a heading"
    )
    from osler.article.markdown import page_markdown

    drawn = page_markdown(response_page(respond(library, enquiry)))
    assert "| **Name** | \\| a \\| \\<b\\> \\*\\*c\\*\\* \\[d\\](http://x) |" in drawn
    assert "\n# not a heading" not in drawn
