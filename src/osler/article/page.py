"""Article to Page: what a reader sees, in reading order, each sentence with its reference and what differs."""

from __future__ import annotations

from collections.abc import Iterator

from osler.article.blocks import Block, Boxed, Heading, Listing, Mark, Page, Paragraph, Rule, Run, Table, Words, words
from osler.article.changes_page import changes_lines
from osler.article.cite import reference_line
from osler.article.standing import review_words, reviewer_line
from osler.domain.answer import Calculation, Disposition, NoticeKind, Role
from osler.domain.article import Article, ArticleClaim
from osler.domain.evidence import Mismatch
from osler.domain.grade import Certainty
from osler.domain.question import Audience
from osler.domain.status import PublicationStatus

_NOTICE_WORDS = {
    NoticeKind.EMERGENCY: "EMERGENCY", NoticeKind.SELF_HARM: "You are not alone", NoticeKind.FALSE_PREMISE: "Check the order",
    NoticeKind.UNKNOWN_TERM: "Name", NoticeKind.MISSING_INFORMATION: "Missing", NoticeKind.UNIT_ERROR: "STOP: unit",
    NoticeKind.OUT_OF_SCOPE: "Out of scope", NoticeKind.INSTRUCTION_IN_QUESTION: "Instructions in the text",
    NoticeKind.INTERACTION: "Interaction", NoticeKind.ALLERGY: "Allergy", NoticeKind.RED_FLAG: "Danger signs",
}  # fmt: skip
_URGENT = frozenset({NoticeKind.EMERGENCY, NoticeKind.SELF_HARM, NoticeKind.UNIT_ERROR, NoticeKind.RED_FLAG})
_DISPOSITION_WORDS = {
    Disposition.ANSWER: "Answered from direct evidence",
    Disposition.ANSWER_WITH_CAVEATS: "Answered with caveats: read what is indirect and what is not known",
    Disposition.ANSWER_AND_ESCALATE: "Answered; somebody must act now",
    Disposition.CLARIFY: "A question back",
    Disposition.ABSTAIN: "Not answered: the library does not carry it",
    Disposition.EMERGENCY: "Get help now",
}
_STANDING_WORDS = {
    PublicationStatus.DRAFT: "A DRAFT", PublicationStatus.SUPERSEDED: "SUPERSEDED", PublicationStatus.CONCERN: "UNDER AN EXPRESSION OF CONCERN",
    PublicationStatus.CORRECTED: "CORRECTED: see its notice", PublicationStatus.RETRACTED: "RETRACTED",
}  # fmt: skip


def article_page(article: Article, since: tuple[str, ...] = ()) -> Page:
    """The whole article as one page. since: what became of its sources after it was composed, one line each.

    Patients have a page of their own.
    """
    from osler.article.patient_page import patient_blocks

    return Page(
        title=article.title,
        blocks=tuple(patient_blocks(article, since) if article.question.audience is Audience.PATIENT else _blocks(article, since)),
        standing=f"Machine-composed; {review_words(article.review)}",
        identifier=article.answer_id,
        composer=article.provenance.engine,
        cite_as=article.how_to_cite,
    )


def _blocks(article: Article, since: tuple[str, ...]) -> Iterator[Block]:
    yield Heading(1, words(article.title))
    state = f"{_DISPOSITION_WORDS[article.disposition]} · {review_words(article.review)} · for: {article.question.audience.value}"
    yield Paragraph(words(state, Mark.EMPHASIS))
    yield from after_composing(since)
    yield from notices_first(article)
    yield from changed(article)
    dangers = [s for s in article.sections if s.role is Role.RED_FLAG]
    first = dangers if article.disposition is not Disposition.EMERGENCY else []
    for section in first:
        yield from _section(article, section.heading, section.claims)
    if article.bottom_line:
        yield from _section(article, "Bottom line", article.bottom_line, prominent=True)
    in_table = {c for row in article.dose_table for c in row.claims}
    doses_first = article.question.audience in (Audience.PHARMACIST, Audience.NURSE)
    if doses_first:
        yield from _doses(article)
    for section in article.sections:
        kept = tuple(c for c in section.claims if not (c in in_table and article.claim(c).role is Role.DOSE))
        if kept and section not in first:
            yield from _section(article, section.heading, kept)
    yield from _options(article)
    if not doses_first:
        yield from _doses(article)
    yield from _unknown(article)
    yield from left_out(article)
    yield from foot(article)


def after_composing(since: tuple[str, ...]) -> Iterator[Block]:
    for line in since:
        yield Boxed((Run("Since this was composed.", Mark.STRONG), Run(f" {line}")), urgent=True)


def notices_first(article: Article, *, sourced: bool = True) -> Iterator[Block]:
    """Notices, and what must be asked back. sourced: each with where its rule comes from."""
    for notice in article.notices:
        source = f" (Source: {notice.source})" if notice.source and sourced else ""
        kind = Run(f"{_NOTICE_WORDS[notice.kind]}.", Mark.STRONG)
        yield Boxed((kind, Run(f" {' '.join(notice.text.split())}{source}")), notice.kind in _URGENT)
    if article.clarifying_questions:
        yield Heading(2, words("Before this can be answered"))
        yield Listing(tuple(words(q) for q in article.clarifying_questions))


def changed(article: Article) -> Iterator[Block]:
    """How a follow-up was understood and what it changed; nothing for a first question."""
    heading, *lines = list(changes_lines(article)) or [""]
    items = tuple(words(line.removeprefix("- ")) for line in lines if line)
    if items:
        yield Heading(2, words(heading.removeprefix("## ")))
        yield Listing(items)


def _section(article: Article, heading: str, ids: tuple[str, ...], *, prominent: bool = False) -> Iterator[Block]:
    yield Heading(2, words(heading))
    yield Listing(tuple(claim_words(article.claim(i), standing_of(article, i)) for i in ids), prominent=prominent)


def standing_of(article: Article, claim_id: str) -> tuple[str, ...]:
    """What a reader must know of a source before the sentence: that it is a draft, superseded, corrected or under concern."""
    cited = {c.reference for c in article.claim(claim_id).citations}
    statuses = (r.status for r in article.references if r.number in cited)
    return tuple(dict.fromkeys(f"SOURCE IS {_STANDING_WORDS[s]}" for s in statuses if s in _STANDING_WORDS))


def claim_words(claim: ArticleClaim, standing: tuple[str, ...] = ()) -> Words:
    """The sentence, its reference, what kind of evidence it is, and how it differs from the question."""
    citation = claim.citations[0]
    marks: list[Run] = [Run(s, Mark.ALERT) for s in standing]
    marks.append(Run("; ".join(filter(None, (citation.design, citation.population))), Mark.ASIDE))
    if claim.certainty is not Certainty.NOT_GRADED:
        marks.append(Run(f"certainty {claim.certainty.value.replace('_', ' ')}, as graded by the source", Mark.ASIDE))
    if claim.strength is not None:
        marks.append(Run(f"{claim.strength.value} recommendation", Mark.ASIDE))
    differs = [mismatch_words(m) for c in claim.citations for m in c.mismatches]
    if differs:
        marks.append(Run("INDIRECT: " + "; ".join(differs), Mark.ALERT))
    if citation.to_check:
        marks.append(Run(f"to check: {citation.to_check}", Mark.ALERT))
    aside = (Run("(", Mark.ASIDE), *_separated(marks, Run("; ", Mark.ASIDE)), Run(")", Mark.ASIDE))
    line: list[Run] = [
        Run(" ".join(claim.text.split())),
        Run(" "),
        *(Run(f"[{c.reference}]", Mark.CITE) for c in claim.citations),
        Run(" "),
        *aside,
    ]
    if claim.calculation is not None:
        line += [Run(" "), Run(calculation_words(claim.calculation), Mark.STRONG)]
    if citation.note:
        line += [Run(" "), Run(f"Note: {' '.join(citation.note.split())}.", Mark.EMPHASIS)]
    return tuple(line)


def _separated(runs: list[Run], between: Run) -> Iterator[Run]:
    for n, run in enumerate(runs):
        if n:
            yield between
        yield run


def calculation_words(calculation: Calculation) -> str:
    return f"For this patient: {' × '.join(calculation.inputs[:2])} = {calculation.result}."


def mismatch_words(mismatch: Mismatch) -> str:
    if mismatch.studied.startswith("not studied"):
        return mismatch.studied
    return f"studied in {mismatch.studied}, asked for {mismatch.asked}"


def cells(*texts: str) -> tuple[Words, ...]:
    return tuple(words(t) for t in texts)


def _options(article: Article) -> Iterator[Block]:
    if article.options:
        yield Heading(2, words("The alternatives at a glance"))
        yield Table(
            cells("Drug", "What its evidence says", "See"),
            tuple((*cells(row.intervention, row.verdict), numbers_of(article, row.claims)) for row in article.options),
        )


def _doses(article: Article) -> Iterator[Block]:
    if not article.dose_table:
        return
    yield Heading(2, words("Doses, each with the people and the problem in which it was studied"))
    rows = []
    for row in article.dose_table:
        fits = "direct" if not row.applies else f"INDIRECT: {row.applies}"
        rows.append(
            (*cells(row.intervention, row.dose, row.population, row.problem_studied, fits), numbers_of(article, row.claims))
        )
    yield Table(cells("Drug", "Dose and timing", "Studied in", "For", "Fits this question?", "See"), tuple(rows))
    for claim_id in dict.fromkeys(c for row in article.dose_table for c in row.claims):
        calculation = article.claim(claim_id).calculation
        if calculation is not None and claim_id not in article.bottom_line:
            yield Listing((words(calculation_words(calculation)),))


def numbers_of(article: Article, ids: tuple[str, ...]) -> Words:
    numbers = sorted({c.reference for i in ids for c in article.claim(i).citations})
    return tuple(Run(f"[{n}]", Mark.CITE) for n in numbers)


def _unknown(article: Article) -> Iterator[Block]:
    if article.gaps:
        yield Heading(2, words("What is not known"))
        yield Listing(tuple(words(g) for g in article.gaps))
    if article.conflicts:
        yield Heading(2, words("Where sources disagree"))
        yield Listing(tuple((Run(c.about), Run(" "), *numbers_of(article, c.claims)) for c in article.conflicts))


def left_out(article: Article) -> Iterator[Block]:
    if not article.left_out:
        return
    grouped: dict[tuple[str, str, str], list[str]] = {}
    for o in article.left_out:
        grouped.setdefault((o.kind, o.about, o.why), []).append(o.statement)
    yield Heading(2, words("Held by the library and left out here"))
    yield Listing(
        tuple(words(f"{kind}, {about}: {', '.join(statements)} ({why})") for (kind, about, why), statements in grouped.items())
    )


def foot(article: Article) -> Iterator[Block]:
    if article.references:
        yield Heading(2, words("References"))
        entries = ((Run(reference_line(r)), Run(" "), Run(r.link, link=r.link)) for r in article.references)
        yield Listing(tuple(entries), numbered=True, references=True)
    if article.claims:
        yield Heading(2, words("How to check this"))
        # Commands stand between backquotes there, as in any text of ours.
        pieces = enumerate(article.how_to_check.split("`"))
        yield Paragraph(tuple(Run(piece, Mark.CODE if n % 2 else Mark.PLAIN) for n, piece in pieces))
    yield Rule()
    yield Paragraph((Run(f"Review state: {review_words(article.review)}.", Mark.STRONG), Run(f" {article.byline}")))
    if article.review.reviewers:
        yield Listing(tuple(words(f"Reviewer: {reviewer_line(r)}") for r in article.review.reviewers))
    yield Paragraph(words(article.disclaimer))
    yield Paragraph(words(f"How to cite: {article.how_to_cite}"))
    provenance = article.provenance
    yield Paragraph(words(f"Answer {article.answer_id} · library {provenance.library_snapshot} · composer: {provenance.composer}"))
