"""Answer + VerificationReport to Article: references numbered in order of use, verdicts, provenance.

A claim that its span contradicts, or that could not be checked, is taken out and named among the gaps.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from osler.domain.answer import Answer, Citation, Claim, Disposition, Role, Section
from osler.domain.article import (
    SCHEMA,
    Article,
    ArticleCitation,
    ArticleClaim,
    AskedQuestion,
    FrameView,
    LeftOut,
    PatientView,
    Provenance,
    Reference,
    Review,
    SpanView,
)
from osler.domain.codec import encode
from osler.domain.document import Via
from osler.domain.evidence import Source
from osler.domain.question import Audience, Question, Term
from osler.domain.request import Request
from osler.domain.verification import Verdict, VerificationReport

DISCLAIMER = (
    "For healthcare professionals and for education. Composed by a machine from the evidence listed below and not reviewed by a person. "
    "It is not a prescription and does not replace clinical judgement, the product label or local policy. In an emergency call emergency services."
)
PATIENT_DISCLAIMER = (
    "This page is for information. A machine made it from the sources listed below. No person has reviewed it. It does not replace your doctor, "
    "pharmacist or nurse. So talk to them before you start, stop or change a medicine. In an emergency call emergency services."
)
HOW_TO_CHECK = (
    "Each sentence is word for word a statement of the cited document, or one row of a table of it with its headers: `osler document ID` shows it, and the offsets slice it out. "
    "Statements marked extraction are our own wording of one finding of the named source, not a quotation of it: follow the link to read the original."
)
PATIENT_HOW_TO_CHECK = (
    "Below “The sources' own words” you see, word for word, what we hold of the source. Above it you see the same in plain words. A program, not a "
    "person, took the plain words from a list. It checked that no figure, medicine, warning, “not” or “may” was changed. Where that check does not "
    "pass, you see the source's own words. Some sources are marked “extraction”. That is one finding of the named source in our own words, "
    "not a quotation of it. Follow the link to read the source."
)
_PASSES = frozenset({Verdict.SUPPORTED, Verdict.INDIRECT})


def assemble(
    question: Question,
    answer: Answer,
    report: VerificationReport,
    provenance: Provenance,
    left_out: tuple[LeftOut, ...] = (),
    request: Request | None = None,
) -> Article:
    """The article. `answer_id` is a hash of all that was put in, snapshot and engine: equal runs have equal ids.

    request: what was put in, for a thread's turns and the facts given; None for a question alone.
    """
    answer, withheld = _only_checked(answer, report)
    references, numbers = _references(answer)
    return Article(
        schema=SCHEMA,
        answer_id=answer_id(question, provenance, request),
        parent=None,
        question=asked_question(question, request),
        disposition=answer.disposition,
        clarifying_questions=answer.clarifying_questions,
        notices=answer.notices,
        title=answer.title,
        bottom_line=answer.bottom_line,
        sections=answer.sections,
        claims=tuple(_claim(c, report, numbers) for c in answer.claims),
        options=answer.options,
        dose_table=answer.dose_table,
        gaps=(*answer.gaps, *withheld),
        conflicts=answer.conflicts,
        references=references,
        byline=f"Composed by {provenance.engine} from its library, without a language model; no author, no reviewer.",
        disclaimer=PATIENT_DISCLAIMER if question.audience is Audience.PATIENT else DISCLAIMER,
        how_to_cite=f"{answer.title}. {provenance.engine}, library snapshot {provenance.library_snapshot}; draft: not reviewed.",
        how_to_check=PATIENT_HOW_TO_CHECK if question.audience is Audience.PATIENT else HOW_TO_CHECK,
        review=Review(),
        provenance=provenance,
        left_out=left_out,
        team_questions=answer.team_questions,
    )


def reading_order(answer: Answer | Article) -> tuple[str, ...]:
    """Claim ids in the order in which a page shows them: dangers, bottom line, the sections, the rest."""
    dangers = [i for s in answer.sections if s.role is Role.RED_FLAG for i in s.claims]
    others = [i for s in answer.sections if s.role is not Role.RED_FLAG for i in s.claims]
    rest = [c.id for c in answer.claims]
    first = dangers if answer.disposition is not Disposition.EMERGENCY else []
    return tuple(dict.fromkeys((*first, *answer.bottom_line, *others, *rest)))


def _only_checked(answer: Answer, report: VerificationReport) -> tuple[Answer, tuple[str, ...]]:
    failed = {c.claim_id for c in report.checks if c.verdict not in _PASSES}
    failed |= {c.id for c in answer.claims} - {c.claim_id for c in report.checks}
    if not failed:
        return answer, ()

    def keep(ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(i for i in ids if i not in failed)

    sections = (Section(s.heading, s.role, keep(s.claims), s.lead) for s in answer.sections)
    kept = replace(
        answer,
        bottom_line=keep(answer.bottom_line),
        sections=tuple(s for s in sections if s.claims),
        claims=tuple(c for c in answer.claims if c.id not in failed),
        options=tuple(replace(o, claims=keep(o.claims)) for o in answer.options),
        dose_table=tuple(r for r in answer.dose_table if keep(r.claims) == r.claims),
        conflicts=tuple(c for c in answer.conflicts if keep(c.claims) == c.claims),
        disposition=Disposition.ANSWER_WITH_CAVEATS if answer.disposition is Disposition.ANSWER else answer.disposition,
    )
    return kept, (f"{len(failed)} statement(s) were withheld because the check against their source did not pass.",)


def _references(answer: Answer) -> tuple[tuple[Reference, ...], dict[str, int]]:
    by_id = {c.id: c for c in answer.claims}
    numbers: dict[str, int] = {}
    references = []
    for claim_id in reading_order(answer):
        for citation in by_id[claim_id].citations:
            source = citation.source
            if source.document_id not in numbers:
                numbers[source.document_id] = len(numbers) + 1
                references.append(_reference(source, numbers[source.document_id]))
    return tuple(references), numbers


def _reference(source: Source, number: int) -> Reference:
    b = source.bibliography
    return Reference(
        number, source.document_id, source.kind, b.title, b.authors, b.container, b.year, b.pmid, b.doi, b.url,
        source.status, source.via, b.title_is_description, source.version, source.status_since, source.authority, source.organisation,
        source.issued,
    )  # fmt: skip


def _claim(claim: Claim, report: VerificationReport, numbers: dict[str, int]) -> ArticleClaim:
    check = next(c for c in report.checks if c.claim_id == claim.id)
    return ArticleClaim(
        id=claim.id,
        text=claim.text,
        role=claim.role,
        verdict=check.verdict,
        certainty=claim.certainty,
        strength=claim.strength,
        calculation=claim.calculation,
        citations=tuple(_citation(c, numbers) for c in claim.citations),
        reasons=check.reasons,
        plain=claim.plain,
    )


def _citation(citation: Citation, numbers: dict[str, int]) -> ArticleCitation:
    span = citation.span
    return ArticleCitation(
        reference=numbers[span.document_id],
        span=SpanView(span.document_id, span.start, span.end, span.exact, citation.via),
        directness=citation.directness,
        mismatches=citation.mismatches,
        design=citation.design,
        population=citation.population,
        extraction=citation.statement_id if citation.via is Via.EXTRACTION else None,
        note=citation.note,
        to_check=citation.to_check,
    )


def asked_question(question: Question, request: Request | None = None) -> AskedQuestion:
    frame, patient = question.frame, question.frame.patient
    return AskedQuestion(
        request.turns[-1] if request is not None else question.text,
        question.audience,
        FrameView(
            intent=frame.intent,
            population=_names(frame.population_terms),
            problem=_names(frame.problem),
            intervention=_names(frame.intervention),
            avoid=_names(frame.avoid),
            patient=PatientView(
                patient.age_years,
                patient.weight_kg,
                patient.egfr,
                patient.dialysis,
                patient.pregnant,
                _names(patient.allergies),
                _names(patient.medicines),
                patient.gestation_weeks,
            ),
        ),
        thread=request.turns[:-1] if request is not None else (),
        edits=question.edits,
        view=question.view,
    )


def _names(terms: tuple[Term, ...]) -> tuple[str, ...]:
    return tuple(t.name for t in terms)


def answer_id(question: Question, provenance: Provenance, request: Request | None = None) -> str:
    """Sixteen hexadecimal digits. A first question without facts beside it hashes as it always did; a thread and facts count too."""
    seed: list[Any] = [
        question.text,
        encode(question.frame.patient),
        question.audience.value,
        provenance.library_snapshot,
        provenance.engine,
        provenance.composer,
    ]
    if request is not None and (len(request.turns) > 1 or request.given):
        seed += [list(request.turns), request.audience.value, encode(request.given)]
    return hashlib.sha256(json.dumps(seed, ensure_ascii=False).encode()).hexdigest()[:16]


def to_json(article: Article) -> str:
    """The published JSON object, two-space indented, ending in a newline."""
    return json.dumps(encode(article), ensure_ascii=False, indent=2) + "\n"
