"""The patient's page: help first, plain words with the source's own words below, no plan to follow alone, what to ask the team."""

from __future__ import annotations

import re
from collections.abc import Iterator

from osler.article.blocks import Block, Boxed, Heading, Listing, Mark, Page, Paragraph, Run, Table, Words, words
from osler.article.page import after_composing, cells, changed, foot, notices_first, numbers_of, standing_of
from osler.article.standing import review_words
from osler.domain.answer import Disposition, Role
from osler.domain.article import Article, ArticleClaim
from osler.domain.evidence import Mismatch
from osler.domain.grade import Certainty
from osler.language.lay import explained

LABEL = "For patients"
_STATE_WORDS = {
    Disposition.ANSWER: "We found studies or labels on this",
    Disposition.ANSWER_WITH_CAVEATS: "Part of this is not certain. Read what is not known",
    Disposition.ANSWER_AND_ESCALATE: "Call somebody today",
    Disposition.CLARIFY: "We must ask you something first",
    Disposition.ABSTAIN: "We have no answer to this",
    Disposition.EMERGENCY: "Get help now",
}
NOT_A_PLAN = (
    "This page tells you what studies and labels say. It is not a plan to follow alone. Do not start, stop or change a medicine because of "
    "it. Talk with your doctor, nurse or pharmacist first."
)
_LEFT_OUT = {
    "red flag": "a danger sign", "dose for these kidneys": "a dose for these kidneys", "boxed warning": "a boxed warning on the label",
    "contraindication": "a warning against its use", "withdrawal": "what comes when it is stopped",
}  # fmt: skip
"""What `left_out` calls the kinds of statement for which a page had no room."""
_TO_CHECK = {
    "figures read in a copy or a secondary summary, not yet on the source itself": "The figures were read in a copy or a summary. They were "
    "not yet read in the source"
}
"""What `to_check` says most often, in a patient's words."""
_FIGURES = re.compile(r" In numbers: .*?\.(?=$| [A-Z(])")
"""A sentence of statistics that `language.joints` made of a bracket."""
WORDS = "Words on this page"
NOTICE_SOURCES = "Where the notices at the top come from"
OWN_WORDS = "The sources' own words"


def patient_blocks(article: Article, since: tuple[str, ...] = ()) -> Iterator[Block]:
    """The whole page. Up to "Words on this page" it is what a patient reads; behind that are words, quotes and references."""
    yield Heading(1, words(article.title))
    yield Paragraph(words(f"{LABEL} · {_STATE_WORDS[article.disposition]} · {review_words(article.review)}", Mark.EMPHASIS))
    yield from after_composing(since)
    yield from notices_first(article, sourced=False)
    yield from changed(article)
    emergency = article.disposition is Disposition.EMERGENCY
    if article.claims and not emergency:
        yield Boxed((Run("Please note.", Mark.STRONG), Run(f" {NOT_A_PLAN}")))
    dangers = [s for s in article.sections if s.role is Role.RED_FLAG and not emergency]
    for section in dangers:
        yield from _section(article, section.heading, section.claims, section.lead)
    if article.bottom_line:
        yield from _section(article, "In short", article.bottom_line, prominent=True)
    if article.team_questions:
        yield Heading(2, words("What to ask your team"))
        yield Listing(tuple(words(q) for q in article.team_questions))
    for section in article.sections:
        if section not in dangers:
            yield from _section(article, section.heading, section.claims, section.lead)
    yield from _options(article)
    yield from _unknown(article)
    yield from _left_out(article)
    yield from _words_on_this_page(article)
    yield from _own_words(article)
    sources = tuple(dict.fromkeys(n.source for n in article.notices if n.source))
    if sources:
        yield Heading(2, words(NOTICE_SOURCES))
        yield Listing(tuple(words(s) for s in sources))
    yield from foot(article)


def _section(article: Article, heading: str, ids: tuple[str, ...], lead: str = "", *, prominent: bool = False) -> Iterator[Block]:
    yield Heading(2, words(heading))
    if lead:
        yield Paragraph(words(lead))
    claims = (article.claim(i) for i in ids)
    if (
        article.disposition is Disposition.EMERGENCY
    ):  # nothing between the reader and the help; the marks stand below, with the quotes
        items = tuple((*_sentence(c.plain or c.text), Run(" "), *_cites(c)) for c in claims)
    else:
        items = tuple(patient_claim_words(c, standing_of(article, c.id)) for c in claims)
    yield Listing(items, prominent=prominent)


def patient_claim_words(claim: ArticleClaim, standing: tuple[str, ...] = ()) -> Words:
    """Plain words (the quote where there are none) with the reference; then what kind of source, whom it is about, how it differs."""
    line = [
        *_sentence(claim.plain or claim.text),
        Run(" "),
        *_cites(claim),
        *_marks(claim),
        *(Run(f" {s}.", Mark.ALERT) for s in standing),
    ]
    if claim.calculation is not None:
        sum_ = f"{' × '.join(claim.calculation.inputs[:2])} = {claim.calculation.result}"
        line.append(Run(f" Worked out from what you told us: {sum_}. Check this with your team before any use.", Mark.STRONG))
    return (*line, *_note(claim))


def _sentence(text: str) -> Iterator[Run]:
    """The text whole, its sentences of statistics set apart."""
    position = 0
    for figures in _FIGURES.finditer(text):
        yield Run(text[position : figures.start()])
        yield Run(figures[0], Mark.ASIDE)
        position = figures.end()
    if position < len(text):
        yield Run(text[position:])


def _note(claim: ArticleClaim) -> Words:
    note = claim.citations[0].note
    return (Run(f" Note: {' '.join(note.split())}.", Mark.EMPHASIS),) if note else ()


def _cites(claim: ArticleClaim) -> Iterator[Run]:
    return (Run(f"[{c.reference}]", Mark.CITE) for c in claim.citations)


def _marks(claim: ArticleClaim) -> Iterator[Run]:
    """A short sentence for each: kind of source, whom it is about, what the source itself graded, how it differs from the question."""
    citation = claim.citations[0]
    aside = [f"From: {citation.design}" if citation.design else "", f"About: {citation.population}" if citation.population else ""]
    if claim.certainty is not Certainty.NOT_GRADED:
        aside.append(f"The source rates how certain this is as {claim.certainty.value.replace('_', ' ')}")
    if claim.strength is not None:
        aside.append(f"The source calls its advice {claim.strength.value}")
    yield Run(f" ({'. '.join(filter(None, aside))}.)", Mark.ASIDE)
    differs = tuple(dict.fromkeys(_differs(m) for c in claim.citations for m in c.mismatches))
    if differs:
        yield Run(f" NOT A DIRECT MATCH. {' '.join(differs)}", Mark.ALERT)
    if citation.to_check:
        yield Run(f" To check: {_TO_CHECK.get(citation.to_check, citation.to_check)}.", Mark.ALERT)


def _differs(mismatch: Mismatch) -> str:
    if mismatch.studied.startswith("not studied"):
        return f"{_capital(mismatch.studied)}."
    unnamed = mismatch.asked.startswith("no ") or mismatch.asked.endswith("not stated")
    return f"Studied in {mismatch.studied}. Your question {'does not name this' if unnamed else f'is about {mismatch.asked}'}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _options(article: Article) -> Iterator[Block]:
    if article.options:
        yield Heading(2, words("The other medicines at a glance"))
        rows = tuple((*cells(o.intervention, o.verdict), numbers_of(article, o.claims)) for o in article.options)
        yield Table(cells("Medicine", "What studies and labels say", "See"), rows)


def _unknown(article: Article) -> Iterator[Block]:
    if article.gaps:
        yield Heading(2, words("What is not known"))
        yield Listing(tuple(words(g) for g in article.gaps))
    if article.conflicts:
        yield Heading(2, words("Where sources do not agree"))
        yield Listing(tuple((Run(c.about), Run(" "), *numbers_of(article, c.claims)) for c in article.conflicts))


def _left_out(article: Article) -> Iterator[Block]:
    if article.left_out:
        yield Heading(2, words("In our library, but not on this page"))
        yield Paragraph(words("This page holds only so many sentences. These did not fit, or other things come first."))
        lines = dict.fromkeys((_LEFT_OUT.get(o.kind, o.kind), o.about, o.statement) for o in article.left_out)
        yield Listing(tuple(words(f"{_capital(kind)}, {about}: see {statement}.") for kind, about, statement in lines))


def _words_on_this_page(article: Article) -> Iterator[Block]:
    shown = [c.plain or c.text for c in article.claims] + [k.population for c in article.claims for k in c.citations]
    terms = explained([*shown, *(k.design for c in article.claims for k in c.citations), *article.gaps])
    if terms:
        yield Heading(2, words(WORDS))
        yield Listing(tuple((Run(term, Mark.STRONG), Run(f": {meaning}.")) for term, meaning in terms))


def _own_words(article: Article) -> Iterator[Block]:
    """The quotes for which plain words stand above, in the order of their references; in an emergency all, with their marks."""
    emergency = article.disposition is Disposition.EMERGENCY
    quoted = sorted((c for c in article.claims if emergency or c.plain is not None), key=lambda c: c.citations[0].reference)
    if quoted:
        yield Heading(2, words(OWN_WORDS))
        marks = {c.id: _all_marks(article, c) if emergency else () for c in quoted}
        yield Listing(tuple((*_cites(c), Run(f" “{c.text}”"), *marks[c.id]) for c in quoted))


def _all_marks(article: Article, claim: ArticleClaim) -> Words:
    return (*_marks(claim), *(Run(f" {s}.", Mark.ALERT) for s in standing_of(article, claim.id)), *_note(claim))


def reading_text(page: Page, *, sentences_only: bool = False) -> str:
    """The running text that a patient reads: boxes, paragraphs and lists up to the words, quotes and references at the end, a line
    each. Headings, tables and the label line are no running text (see `language.readability`).

    sentences_only: without what is set apart from the sentences (statistics; kind of source and people), which is short and lowers a grade.
    """
    lines = []
    for block in page.blocks:
        if isinstance(block, Heading) and block.words[0].text in (WORDS, OWN_WORDS, NOTICE_SOURCES, "References"):
            break
        if isinstance(block, Boxed | Paragraph) and not block.words[0].text.startswith(LABEL):
            lines.append(_text(block.words))
        elif isinstance(block, Listing):
            lines += [_text(tuple(r for r in item if not (sentences_only and r.mark is Mark.ASIDE))) for item in block.items]
    return "\n".join(lines)


def _text(line: Words) -> str:
    return "".join(run.text for run in line if run.mark is not Mark.CITE)
