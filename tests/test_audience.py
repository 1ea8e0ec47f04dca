"""One set of facts for four readers: claims, figures and warnings are the same; order and words are the reader's."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from importlib import resources

import pytest

from osler.answer.audience import _LEADS, KINETICS, PATIENT_HEADINGS, for_audience
from osler.answer.patient_words import patient_conflict, patient_gap, patient_notice
from osler.answer.plan import EMERGENCY_PLAN, PLANS, SCREENING_PLAN, URGENT_PLAN
from osler.answer.team_questions import team_questions
from osler.article.assemble import PATIENT_DISCLAIMER, PATIENT_HOW_TO_CHECK
from osler.article.blocks import Boxed, Heading, Listing, Mark, Paragraph
from osler.article.page import article_page
from osler.article.patient_page import LABEL, NOT_A_PLAN, OWN_WORDS, patient_claim_words, reading_text
from osler.article.render import to_text
from osler.domain.answer import Answer, Disposition, NoticeKind, Role, Section
from osler.domain.article import Article, ArticleClaim
from osler.domain.concept import ConceptKind
from osler.domain.question import Audience
from osler.language.lay import plain_words
from osler.language.polarity import negation_count, strengths
from osler.language.readability import grade
from osler.language.skeleton import skeleton
from osler.pipeline import Library, ask, ask_explained
from osler.question.triage import Alarm, emergency_notices, safety_nets
from osler.question.triage_rules import RULES, TriageRule


def _shipped(name: str) -> list[dict[str, str]]:
    file = resources.files("osler.evaluate") / "data" / f"clinical_questions_{name}.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]


QUESTIONS = [(q["id"], q["question"]) for name in ("dev", "check") for q in _shipped(name)]
BACK_SPASM = "What can I give to a patient on hemodialysis who has back spasms, as an alternative to baclofen?"
_DOSE_LIKE = (Role.DOSE, Role.CAUTION)


@pytest.fixture(scope="module")
def asked(library: Library) -> dict[tuple[str, Audience], Article]:
    return {(i, a): ask(library, text, a) for i, text in QUESTIONS for a in Audience}


def _key(claim: ArticleClaim) -> tuple[object, ...]:
    return (claim.text, claim.role, claim.certainty, claim.strength, claim.calculation, tuple(c.span for c in claim.citations))


@pytest.mark.parametrize("question", [i for i, _ in QUESTIONS])
def test_one_set_of_facts(question: str, asked: dict[tuple[str, Audience], Article]) -> None:
    clinician = asked[question, Audience.CLINICIAN]
    for audience in (Audience.PHARMACIST, Audience.NURSE):
        other = asked[question, audience]
        assert {_key(c) for c in other.claims} == {_key(c) for c in clinician.claims}
        assert (other.notices, other.gaps, other.dose_table, other.left_out) == (
            clinician.notices, clinician.gaps, clinician.dose_table, clinician.left_out,
        )  # fmt: skip
    patient = asked[question, Audience.PATIENT]
    if patient.disposition is Disposition.EMERGENCY:
        assert clinician.disposition in (Disposition.ANSWER_AND_ESCALATE, Disposition.ABSTAIN, Disposition.CLARIFY)
        assert not {c.role for c in patient.claims} & {Role.OPTION, Role.DOSE}
        return
    assert {_key(c) for c in patient.claims} == {_key(c) for c in clinician.claims}
    assert patient.bottom_line == clinician.bottom_line
    assert patient.disposition is clinician.disposition
    assert patient.dose_table == clinician.dose_table


@pytest.mark.parametrize("question", [i for i, _ in QUESTIONS])
def test_plain_words_keep_figures_denials_strengths_and_warnings(
    question: str, asked: dict[tuple[str, Audience], Article], library: Library
) -> None:
    for claim in asked[question, Audience.PATIENT].claims:
        if claim.plain is None:
            continue
        assert claim.plain != claim.text
        assert claim.text == "\n".join(c.span.exact for c in claim.citations)
        assert skeleton(claim.plain, library.lexicon) == skeleton(claim.text, library.lexicon)
        assert Counter(re.findall(r"\d[\d.,]*\d|\d", claim.plain)) == Counter(re.findall(r"\d[\d.,]*\d|\d", claim.text))
        read = claim.plain.replace("must not be used", "is contraindicated")
        assert negation_count(read) == negation_count(claim.text) or "nsufficient" in claim.text
        assert strengths(read) == strengths(claim.text)
    for audience in (Audience.CLINICIAN, Audience.PHARMACIST, Audience.NURSE):
        assert all(c.plain is None for c in asked[question, audience].claims)


@pytest.mark.parametrize("question", [i for i, _ in QUESTIONS])
def test_notices_say_the_same_to_everybody(question: str, asked: dict[tuple[str, Audience], Article], library: Library) -> None:
    """A patient gets every notice of a clinician's, and beside them only what sends for help (safety nets)."""
    clinician, patient = asked[question, Audience.CLINICIAN], asked[question, Audience.PATIENT]
    if any(n.kind is NoticeKind.EMERGENCY for n in patient.notices):
        assert patient.notices[0].kind is NoticeKind.EMERGENCY
        assert "emergency services" in patient.notices[0].text
        return
    mine = [(n.kind, skeleton(n.text, library.lexicon)) for n in patient.notices]
    for notice in clinician.notices:
        assert (notice.kind, skeleton(notice.text, library.lexicon)) in mine
    extra = [n for n in patient.notices if n.kind not in {k.kind for k in clinician.notices}]
    assert all(n.kind is NoticeKind.RED_FLAG and n.source for n in extra)


@pytest.mark.parametrize("audience", list(Audience))
@pytest.mark.parametrize("question", [i for i, _ in QUESTIONS])
def test_dangers_are_first_for_everybody(question: str, audience: Audience, asked: dict[tuple[str, Audience], Article]) -> None:
    article = asked[question, audience]
    roles = [s.role for s in article.sections]
    if Role.RED_FLAG in roles and article.disposition is not Disposition.EMERGENCY and audience is not Audience.CLINICIAN:
        assert roles[: roles.count(Role.RED_FLAG)] == [Role.RED_FLAG] * roles.count(Role.RED_FLAG)
    headings = [b.words[0].text for b in article_page(article).blocks if isinstance(b, Heading) and b.level == 2]
    dangers = [s.heading for s in article.sections if s.role is Role.RED_FLAG]
    if dangers and article.disposition is not Disposition.EMERGENCY and not article.clarifying_questions:
        assert headings[0] in dangers


@pytest.mark.parametrize("question", [i for i, _ in QUESTIONS])
def test_pharmacists_and_nurses_get_their_matters_first(question: str, asked: dict[tuple[str, Audience], Article]) -> None:
    pharmacist = [s for s in asked[question, Audience.PHARMACIST].sections if s.role is not Role.RED_FLAG]
    if any(s.role in _DOSE_LIKE or s.heading in KINETICS for s in pharmacist):
        assert pharmacist[0].role in _DOSE_LIKE or pharmacist[0].heading in KINETICS
    nurse = [s for s in asked[question, Audience.NURSE].sections if s.role is not Role.RED_FLAG]
    if any(s.role in (Role.DOSE, Role.MONITORING) for s in nurse):
        assert nurse[0].role in (Role.DOSE, Role.MONITORING)


def _answer() -> Answer:
    roles = (Role.OPTION, Role.EVIDENCE, Role.HARM, Role.MONITORING, Role.CAUTION, Role.AVOID, Role.DOSE, Role.RED_FLAG)
    headings = ("What is advised", "How it is handled", "Harms", "What to watch", "Interactions to check for", "When not to use it",
                "Doses known only from others", "First rule out")  # fmt: skip
    return Answer("T", Disposition.ANSWER, sections=tuple(Section(h, r, ()) for h, r in zip(headings, roles, strict=True)))


@pytest.mark.parametrize(
    ("audience", "order"),
    [
        (Audience.CLINICIAN, "option evidence harm monitoring caution avoid dose red_flag"),
        (Audience.PHARMACIST, "red_flag dose evidence caution avoid harm monitoring option"),
        (Audience.NURSE, "red_flag dose monitoring caution avoid harm option evidence"),
        (Audience.PATIENT, "red_flag avoid caution harm monitoring option evidence dose"),
    ],
)
def test_the_order_of_sections(audience: Audience, order: str, library: Library) -> None:
    question = replace(ask_explained(library, "Is methocarbamol safe on dialysis?").question, audience=audience)
    ordered = for_audience(_answer(), question, library.lexicon)
    assert " ".join(s.role.value for s in ordered.sections) == order
    if audience is Audience.CLINICIAN:
        assert ordered == _answer()


def test_every_heading_of_the_plans_has_words_for_patients() -> None:
    slots = [s for plan in (*PLANS.values(), SCREENING_PLAN, URGENT_PLAN, EMERGENCY_PLAN) for s in plan]
    assert {s.heading for s in slots} <= set(PATIENT_HEADINGS)
    assert {s.heading for s in slots if s.role is Role.EVIDENCE and "andle" in s.heading} <= KINETICS


def test_the_patients_page(library: Library) -> None:
    article = ask(library, BACK_SPASM, Audience.PATIENT)
    page = article_page(article)
    assert isinstance(page.blocks[1], Paragraph)
    assert page.blocks[1].words[0].text.startswith(LABEL)
    boxes = [b.words[-1].text.strip() for b in page.blocks if isinstance(b, Boxed)]
    assert NOT_A_PLAN in boxes
    text = to_text(article)
    assert "WHAT TO ASK YOUR TEAM" in text
    assert "talk to them before you start, stop or change a medicine" in text
    own = text.split(OWN_WORDS.upper())[1]
    for claim in article.claims:
        assert (claim.plain or claim.text) in text
        assert claim.text in (own if claim.plain else text)
    assert sum(c.plain is not None for c in article.claims) > 10


def test_emergency_pages_say_go_first_and_offer_no_plan(asked: dict[tuple[str, Audience], Article]) -> None:
    emergencies = [a for (_, who), a in asked.items() if who is Audience.PATIENT and a.disposition is Disposition.EMERGENCY]
    assert emergencies
    for article in emergencies:
        first = next(b for b in article_page(article).blocks if isinstance(b, Boxed))
        assert first.urgent
        assert "emergency services now" in first.words[-1].text or "dialysis unit now" in first.words[-1].text
        assert not article.team_questions
        assert not article.dose_table
        assert not [s for s in article.sections if s.lead]


_ORDERS = re.compile(r"(?:^|[.!?] )(?:start|stop|take|increase|reduce|change|double|halve|switch|skip|give) ", re.IGNORECASE)


@pytest.mark.parametrize("question", [i for i, _ in QUESTIONS])
def test_our_own_words_never_tell_a_patient_to_start_stop_or_change(
    question: str, asked: dict[tuple[str, Audience], Article]
) -> None:
    """What is not a source's sentence: leads, labels, questions, gaps, disclaimer. (Emergency notices send for help: triage's rules.)"""
    article = asked[question, Audience.PATIENT]
    said = {c.plain or c.text for c in article.claims}
    for block in article_page(article).blocks:
        lines = block.items if isinstance(block, Listing) else (block.words,) if isinstance(block, Paragraph) else ()
        for line in lines:
            if line[0].text not in said and not line[0].text.startswith("["):
                assert not _ORDERS.search("".join(r.text for r in line if not r.link).split("Note:")[0]), line


def test_questions_for_the_team_have_no_figures_and_end_as_questions(library: Library) -> None:
    result = ask_explained(library, BACK_SPASM, Audience.PATIENT)
    questions = result.article.team_questions
    assert 3 <= len(questions) <= 8
    assert all(q.endswith("?") and not re.search(r"\d", q) for q in questions)
    assert "What can be used in place of baclofen?" in questions
    assert "What should we do if it gets worse?" in questions[-1]
    child = ask_explained(library, "My 6 year old has a fever. How much paracetamol can I give?", Audience.PATIENT).article
    assert any("my child" in q for q in child.team_questions)


def test_no_questions_in_an_emergency(library: Library) -> None:
    question = ask_explained(library, BACK_SPASM, Audience.PATIENT).question
    assert team_questions(Answer("Get help", Disposition.EMERGENCY), question) == ()


def test_reading_grade_of_patients_pages(asked: dict[tuple[str, Audience], Article], library: Library) -> None:
    """Aimed at 8 and 6. Measured with names of medicines: median 6.7, 90th percentile 7.8, highest 9.8, 41 % up to 6, 95 % up to 8;
    sentences alone, without statistics and what stands in brackets behind them: median 6.7, 90th percentile 8.2, 89 % up to 8."""
    pages = {i: article_page(a) for (i, who), a in asked.items() if who is Audience.PATIENT}
    texts = [reading_text(p) for p in pages.values()]
    grades = sorted(grade(t) for t in texts)
    assert grades[len(grades) // 2] <= 7.0
    assert grades[int(0.9 * len(grades))] <= 8.1
    assert sum(g <= 8 for g in grades) >= 0.88 * len(grades)
    assert max(grade(t, _medicines(t, library)) for t in texts) <= 8
    alone = sorted(grade(reading_text(p, sentences_only=True)) for p in pages.values())
    assert alone[len(alone) // 2] <= 7.0
    assert alone[int(0.9 * len(alone))] <= 8.8
    quotes = sorted(
        grade("\n".join(c.text for c in a.claims)) for (_, who), a in asked.items() if who is Audience.PATIENT and a.claims
    )
    assert quotes[len(quotes) // 2] > 15


def _medicines(text: str, library: Library) -> list[tuple[int, int]]:
    return [(m.start, m.end) for m in library.lexicon.tag(text) if m.kind in (ConceptKind.DRUG, ConceptKind.DRUG_CLASS)]


def test_emergency_pages_are_as_easy_as_the_others(asked: dict[tuple[str, Audience], Article]) -> None:
    """Measured: 3.1 to 7.6, the sources' sentences among them; 4.4 to 9.6 before."""
    emergencies = [
        article_page(a) for (_, who), a in asked.items() if who is Audience.PATIENT and a.disposition is Disposition.EMERGENCY
    ]
    assert max(grade(reading_text(p)) for p in emergencies) <= 8


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.key)
@pytest.mark.parametrize("text", ["My back hurts.", "I am on dialysis through a chest catheter and my back hurts."])
def test_words_that_send_for_help_are_the_plainest(rule: TriageRule, text: str, library: Library) -> None:
    """The same numbers to call, signs, times and denials in the same order, below the sixth grade."""
    question = ask_explained(library, text, Audience.PATIENT).question
    for notice in emergency_notices((Alarm(rule, ("back pain", "fever")),), question):
        plain = plain_words(patient_notice(notice.text), library.lexicon).text
        assert skeleton(plain, library.lexicon) == skeleton(notice.text, library.lexicon)
        assert re.findall(r"“[^”]*”", plain) == re.findall(r"“[^”]*”", notice.text)
        assert grade(plain) <= 5.0


@pytest.mark.parametrize("text", ["My 6 year old has a fever. How much paracetamol can I give?"])
def test_safety_nets_keep_every_sign_in_shorter_sentences(text: str, library: Library) -> None:
    nets = safety_nets(ask_explained(library, text, Audience.PATIENT).question)
    assert len(nets) == 2
    for net in nets:
        plain = patient_notice(net.text)
        assert skeleton(plain, library.lexicon) == skeleton(net.text, library.lexicon)
        assert grade(plain) <= 4 < grade(net.text)
        words = set(re.findall(r"[a-z]{4,}", net.text.lower())) - {"contain"}
        assert words <= set(re.findall(r"[a-z]{4,}", plain.lower()))


_OWN_NAMES = "cyclobenzaprine and diazepam"


@pytest.mark.parametrize(
    ("ours", "plain"),
    [
        (
            "No study in this library has tested any treatment of gout in people on hemodialysis. What is said of treatment here is carried over from "
            "other groups or problems, and says from which.",
            "No study in our library has tested any treatment of gout in people on hemodialysis. What we say of treatment is carried over from other groups "
            "or problems. We say from which.",
        ),
        ("No document in this library gives a dose of citalopram.", "Nothing in our library gives a dose of citalopram."),
        (
            f"Nothing in this library says how these behave in people on dialysis: {_OWN_NAMES}.",
            f"Nothing in our library says how these act in people on dialysis: {_OWN_NAMES}.",
        ),
        ("What nobody foresaw stays as it is.", "What nobody foresaw stays as it is."),
    ],
)
def test_gaps_say_the_same_in_fewer_hard_words(ours: str, plain: str, library: Library) -> None:
    assert patient_gap(ours) == plain
    assert skeleton(plain, library.lexicon) == skeleton(ours, library.lexicon)


def test_every_gap_of_the_questions_keeps_its_skeleton(asked: dict[tuple[str, Audience], Article], library: Library) -> None:
    for (_, who), article in asked.items():
        for gap in article.gaps if who is Audience.CLINICIAN else ():
            assert skeleton(patient_gap(gap), library.lexicon) == skeleton(gap, library.lexicon)


@pytest.mark.parametrize(
    ("ours", "claims", "plain"),
    [
        (
            "Sources give different doses of acetaminophen for pain: 1 g daily; 650 mg (at most 4 g; 2 g with alcohol).",
            2,
            "Sources give different doses of acetaminophen for pain. One says: 1 g daily. One says: 650 mg (at most 4 g; 2 g with alcohol).",
        ),
        (
            "Sources give different doses of it for pain: 1 g; or 2 g; 3 g.",
            2,
            "Sources give different doses of it for pain: 1 g; or 2 g; 3 g.",
        ),
        (
            "colchicine is named with a dose or as an option, and advised against: read for whom each holds.",
            2,
            "colchicine is named with a dose or as an option. It is also advised against. Read for whom each holds.",
        ),
        ("Other sources cap at 3 g/day: report the disagreement.", 1, "Other sources cap at 3 g/day. The sources disagree."),
    ],
)
def test_disagreements_in_a_patients_words(ours: str, claims: int, plain: str) -> None:
    assert patient_conflict(ours, claims) == plain
    assert re.findall(r"\d+", plain) == re.findall(r"\d+", ours)


def test_our_own_words_are_easy() -> None:
    """By themselves, not hidden in an average: the fifth grade at most."""
    for text in (PATIENT_DISCLAIMER, PATIENT_HOW_TO_CHECK, NOT_A_PLAN, *_LEADS.values()):
        assert grade(text) <= 5.5, text
    assert grade("\n".join(PATIENT_HEADINGS.values())) <= 5


def test_figures_are_set_apart_and_nothing_is_lost(library: Library) -> None:
    """What stands in "In numbers: …" is an aside; the runs of a line together are the plain words."""
    article = ask(library, BACK_SPASM, Audience.PATIENT)
    apart = 0
    for claim in article.claims:
        line = patient_claim_words(claim)
        text = claim.plain or claim.text
        assert "".join(r.text for r in line).startswith(text)
        figures = [r.text for r in line if r.mark is Mark.ASIDE and r.text.startswith(" In numbers: ")]
        assert len(figures) == text.count(" In numbers: ")
        assert all(re.search(r"\d", f) for f in figures)
        apart += len(figures)
    assert apart


def test_the_same_question_gives_the_same_page(library: Library) -> None:
    pages = {article_page(ask(library, BACK_SPASM, Audience.PATIENT)).blocks for _ in range(2)}
    assert len(pages) == 1


def test_a_claim_is_never_shown_in_words_that_failed(library: Library) -> None:
    claim = next(c for c in ask(library, BACK_SPASM, Audience.PATIENT).claims if c.plain)
    assert claim.plain == plain_words(claim.text, library.lexicon).text
