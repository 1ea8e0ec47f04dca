"""Article to Markdown: the page a person reads, in reading order, each sentence with its reference and what differs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from osler.article.cite import reference_line
from osler.domain.answer import Calculation, Disposition, NoticeKind, Role, Section
from osler.domain.article import Article, ArticleClaim
from osler.domain.evidence import Mismatch
from osler.domain.grade import Certainty
from osler.domain.status import PublicationStatus

_NOTICE_WORDS = {
    NoticeKind.EMERGENCY: "EMERGENCY", NoticeKind.SELF_HARM: "You are not alone", NoticeKind.FALSE_PREMISE: "Check the order",
    NoticeKind.UNKNOWN_TERM: "Name", NoticeKind.MISSING_INFORMATION: "Missing", NoticeKind.UNIT_ERROR: "STOP: unit",
    NoticeKind.OUT_OF_SCOPE: "Out of scope", NoticeKind.INSTRUCTION_IN_QUESTION: "Instructions in the text",
    NoticeKind.INTERACTION: "Interaction", NoticeKind.ALLERGY: "Allergy", NoticeKind.RED_FLAG: "Danger signs",
}  # fmt: skip
_DISPOSITION_WORDS = {
    Disposition.ANSWER: "Answered from direct evidence",
    Disposition.ANSWER_WITH_CAVEATS: "Answered with caveats: read what is indirect and what is not known",
    Disposition.ANSWER_AND_ESCALATE: "Answered; somebody must act now",
    Disposition.CLARIFY: "A question back",
    Disposition.ABSTAIN: "Not answered: the library does not carry it",
    Disposition.EMERGENCY: "Get help now",
}
_MARKS = re.compile(r"(?<!\\)\*+|^> ")
_UNESCAPE = re.compile(r"\\([\\`*_{}\[\]<>#|~])")
_STANDING_WORDS = {
    PublicationStatus.DRAFT: "A DRAFT", PublicationStatus.SUPERSEDED: "SUPERSEDED", PublicationStatus.CONCERN: "UNDER AN EXPRESSION OF CONCERN",
    PublicationStatus.CORRECTED: "CORRECTED: see its notice", PublicationStatus.RETRACTED: "RETRACTED",
}  # fmt: skip
REVIEW_WORDS = "draft: not reviewed"


def to_markdown(article: Article) -> str:
    """The whole article. Text from sources is escaped: it is data, not markup."""
    return "\n".join(_lines(article)).rstrip() + "\n"


def to_text(article: Article) -> str:
    """The same page for a pipe or a plain terminal: no markup characters but list dashes and table bars."""
    lines = []
    for line in to_markdown(article).splitlines():
        if re.fullmatch(r"\|(?:-+\|)+", line):
            continue
        heading = line.startswith("#")
        plain = _UNESCAPE.sub(r"\1", _MARKS.sub("", line.lstrip("# ") if heading else line))
        lines.append(plain.upper() if line.startswith("## ") else plain)
    return "\n".join(lines) + "\n"


def _lines(article: Article) -> Iterator[str]:
    yield f"# {escape(article.title)}"
    yield ""
    yield f"*{_DISPOSITION_WORDS[article.disposition]} · {REVIEW_WORDS} · for: {article.question.audience.value}*"
    yield ""
    for notice in article.notices:
        source = f" (Source: {escape(notice.source)})" if notice.source else ""
        yield f"> **{_NOTICE_WORDS[notice.kind]}.** {escape(notice.text)}{source}"
        yield ""
    if article.clarifying_questions:
        yield "## Before this can be answered"
        yield from (f"- {escape(q)}" for q in article.clarifying_questions)
        yield ""
    dangers = [s for s in article.sections if s.role is Role.RED_FLAG]
    first = dangers if article.disposition is not Disposition.EMERGENCY else []
    for section in first:
        yield from _section(article, section)
    if article.bottom_line:
        yield "## Bottom line"
        yield from _claims(article, article.bottom_line)
        yield ""
    in_table = {c for row in article.dose_table for c in row.claims}
    for section in article.sections:
        if section in first:
            continue
        kept = tuple(c for c in section.claims if not (c in in_table and article.claim(c).role is Role.DOSE))
        if kept:
            yield from _section(article, Section(section.heading, section.role, kept))
    yield from _options(article)
    yield from _doses(article)
    if article.gaps:
        yield "## What is not known"
        yield from (f"- {escape(g)}" for g in article.gaps)
        yield ""
    if article.conflicts:
        yield "## Where sources disagree"
        for conflict in article.conflicts:
            numbers = sorted({c.reference for i in conflict.claims for c in article.claim(i).citations})
            yield f"- {escape(conflict.about)} {''.join(f'[{n}]' for n in numbers)}"
        yield ""
    if article.left_out:
        yield "## Held by the library and left out here"
        grouped: dict[tuple[str, str, str], list[str]] = {}
        for o in article.left_out:
            grouped.setdefault((o.kind, o.about, o.why), []).append(o.statement)
        for (kind, about, why), statements in grouped.items():
            yield f"- {escape(f'{kind}, {about}')}: {escape(', '.join(statements))} ({escape(why)})"
        yield ""
    yield from _foot(article)


def _section(article: Article, section: Section) -> Iterator[str]:
    yield f"## {section.heading}"
    yield from _claims(article, section.claims)
    yield ""


def _claims(article: Article, ids: tuple[str, ...]) -> Iterator[str]:
    for claim_id in ids:
        yield f"- {claim_line(article.claim(claim_id), _standing(article, claim_id))}"


def _standing(article: Article, claim_id: str) -> tuple[str, ...]:
    """What a reader must know of a source before the sentence: that it is a draft, superseded, corrected or under concern."""
    cited = {c.reference for c in article.claim(claim_id).citations}
    statuses = (r.status for r in article.references if r.number in cited)
    return tuple(dict.fromkeys(f"SOURCE IS {_STANDING_WORDS[s]}" for s in statuses if s in _STANDING_WORDS))


def claim_line(claim: ArticleClaim, standing: tuple[str, ...] = ()) -> str:
    """The sentence, its reference, what kind of evidence it is, and how it differs from the question."""
    citation = claim.citations[0]
    numbers = "".join(f"[{c.reference}]" for c in claim.citations)
    marks = [*standing, "; ".join(filter(None, (citation.design, citation.population)))]
    if claim.certainty is not Certainty.NOT_GRADED:
        marks.append(f"certainty {claim.certainty.value.replace('_', ' ')}, as graded by the source")
    if claim.strength is not None:
        marks.append(f"{claim.strength.value} recommendation")
    differs = [mismatch_words(m) for c in claim.citations for m in c.mismatches]
    if differs:
        marks.append("INDIRECT: " + "; ".join(differs))
    if citation.to_check:
        marks.append(f"to check: {citation.to_check}")
    line = f"{escape(claim.text)} {numbers} *({escape('; '.join(marks))})*"
    if claim.calculation is not None:
        line += f" **{_calculation_words(claim.calculation)}**"
    if citation.note:
        line += f" *Note: {escape(citation.note)}.*"
    return line


def _calculation_words(calculation: Calculation) -> str:
    return f"For this patient: {escape(' × '.join(calculation.inputs[:2]))} = {escape(calculation.result)}."


def mismatch_words(mismatch: Mismatch) -> str:
    if mismatch.studied.startswith("not studied"):
        return mismatch.studied
    return f"studied in {mismatch.studied}, asked for {mismatch.asked}"


def _options(article: Article) -> Iterator[str]:
    if not article.options:
        return
    yield "## The alternatives at a glance"
    yield "| Drug | What its evidence says | See |"
    yield "|---|---|---|"
    for row in article.options:
        yield f"| {escape(row.intervention)} | {escape(row.verdict)} | {_numbers(article, row.claims)} |"
    yield ""


def _doses(article: Article) -> Iterator[str]:
    if not article.dose_table:
        return
    yield "## Doses, each with the people and the problem in which it was studied"
    yield "| Drug | Dose and timing | Studied in | For | Fits this question? | See |"
    yield "|---|---|---|---|---|---|"
    for row in article.dose_table:
        fits = "direct" if not row.applies else f"INDIRECT: {row.applies}"
        cells = (row.intervention, row.dose, row.population, row.problem_studied, fits)
        yield "| " + " | ".join(escape(c) for c in cells) + f" | {_numbers(article, row.claims)} |"
    yield ""
    for claim_id in dict.fromkeys(c for row in article.dose_table for c in row.claims):
        calculation = article.claim(claim_id).calculation
        if calculation is not None and claim_id not in article.bottom_line:
            yield f"- {_calculation_words(calculation)}"
            yield ""


def _numbers(article: Article, ids: tuple[str, ...]) -> str:
    return "".join(f"[{n}]" for n in sorted({c.reference for i in ids for c in article.claim(i).citations}))


def _foot(article: Article) -> Iterator[str]:
    if article.references:
        yield "## References"
        for reference in article.references:
            yield f"{reference.number}. {escape(reference_line(reference))} <{reference.link}>"
        yield ""
    if article.claims:
        yield "## How to check this"
        yield article.how_to_check
        yield ""
    yield "---"
    yield f"**Review state: {REVIEW_WORDS}.** {escape(article.byline)}"
    yield ""
    yield escape(article.disclaimer)
    yield ""
    yield f"How to cite: {escape(article.how_to_cite)}"
    provenance = article.provenance
    yield ""
    yield f"Answer {article.answer_id} · library {provenance.library_snapshot} · composer: {provenance.composer}"


_ESCAPES = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]<>#|~"})


def escape(text: str) -> str:
    """Markdown control characters made literal, line breaks made spaces."""
    return " ".join(text.split()).translate(_ESCAPES)
