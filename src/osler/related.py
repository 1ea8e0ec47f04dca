"""Related questions: candidates next to a question, each of them asked, and only what the library answers is offered."""

from __future__ import annotations

from dataclasses import replace

from osler.answer.related import Candidate, related_candidates
from osler.domain.answer import Disposition
from osler.domain.article import Article, Related
from osler.domain.evidence import Directness
from osler.domain.request import Request
from osler.errors import QuestionError
from osler.pipeline import Asked, Library, answer_request

MAX_RELATED = 5
_ANSWERED = frozenset({Disposition.ANSWER, Disposition.ANSWER_WITH_CAVEATS})


def with_related(library: Library, asked: Asked) -> Article:
    """The article with at most MAX_RELATED questions that this library answers; a tenth of a second for each one tried."""
    return replace(asked.article, related=related_questions(library, asked))


def related_questions(library: Library, asked: Asked) -> tuple[Related, ...]:
    """Candidates in their order, each asked for the same reader, until MAX_RELATED are found that are answered with something new."""
    said = {c.text for c in asked.article.claims}
    found: list[Related] = []
    for candidate in related_candidates(asked.article, asked.profile, library.lexicon):
        new = _says(library, candidate, asked)
        if new is None or new <= said:
            continue
        said |= new
        found.append(Related(candidate.text, candidate.why))
        if len(found) == MAX_RELATED:
            break
    return tuple(found)


def _says(library: Library, candidate: Candidate, asked: Asked) -> frozenset[str] | None:
    """The direct statements that answer the candidate; None when it is not answered, or read as something else."""
    try:
        other = answer_request(library, Request((candidate.text,), asked.question.audience))
    except QuestionError:
        return None
    article, frame = other.article, other.question.frame
    read = {t.concept_id for t in (*frame.intervention, *frame.problem, *frame.avoid, *frame.symptoms, *frame.background)}
    if article.disposition not in _ANSWERED or not read.issuperset(candidate.concepts):
        return None
    cited = {(c.span.document_id, c.span.start) for claim in article.claims for c in claim.citations}
    subject = candidate.concepts[0]
    answering = {
        i.text
        for i in other.profile.items
        if (i.span.document_id, i.span.start) in cited
        and i.directness is Directness.DIRECT
        and i.finding.direction in candidate.wanted
        and any(library.lexicon.is_a(x, subject) for x in (*i.finding.interventions, *i.finding.problems))
    }
    return frozenset(answering) or None
