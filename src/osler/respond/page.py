"""ResponseRecord to Page: what must be done now, the answer in short, the seven steps, where to sign."""

from __future__ import annotations

from collections.abc import Iterator

from osler.article.bibliography import csl_items
from osler.article.blocks import Block, Boxed, Heading, Listing, Mark, Page, Paragraph, Rule, Run, Table, Words, words
from osler.article.page import article_page, mismatch_words
from osler.domain.answer import Disposition
from osler.domain.article import Article
from osler.domain.document import Via
from osler.respond.enquiry import Urgency
from osler.respond.page_evidence import evaluation_blocks, search_blocks
from osler.respond.page_request import BLANK, facts_table, question_blocks, requestor_blocks
from osler.respond.prepare import Fact
from osler.respond.record import ResponseRecord

RETENTION = (
    "Keep this record as local policy says. The NHS Specialist Pharmacy Service recommends 8 years for records of medicines "
    "information enquiries, 25 years where they concern children, obstetrics or mental health "
    "(sps.nhs.uk, “Medicines information or advice records in hospital pharmacy”)."
)
_NO_LINE = {
    Disposition.CLARIFY: "No answer yet: it depends on what is asked back in step 2.",
    Disposition.ABSTAIN: "No answer: the library does not carry one to this question. Step 5 says what is missing.",
}
_CALL_BACK = {
    Urgency.IMMEDIATE: "The requestor needs the reply at once.",
    Urgency.TODAY: "The requestor needs the reply today.",
    Urgency.ROUTINE: "The requestor marked this as routine.",
}


def response_page(record: ResponseRecord) -> Page:
    """The whole record as one page."""
    article = record.article
    return Page(
        title=f"Drug-information response: {article.title}",
        blocks=tuple(_blocks(record)),
        standing="Machine-composed draft of a drug-information response; not checked, not signed",
        identifier=article.answer_id,
        composer=article.provenance.engine,
        cite_as=article.how_to_cite,
    )


def _blocks(record: ResponseRecord) -> Iterator[Block]:
    article = record.article
    yield Heading(1, words(f"Drug-information response: {article.title}"))
    reference = f"Enquiry {record.enquiry.reference} · " if record.enquiry.reference else ""
    yield Paragraph(
        words(f"{reference}answer {article.answer_id} · machine-composed draft, not checked, not signed", Mark.EMPHASIS)
    )
    yield from _first(record)
    yield from _in_short(record)
    yield from requestor_blocks(record)
    yield from question_blocks(record)
    yield Heading(2, words("3. Search log"))
    yield from search_blocks(record.search)
    yield Heading(2, words("4. Evaluation of the sources"))
    yield from evaluation_blocks(article, record.evaluation)
    yield from _response(record)
    yield from _follow_up(record)
    yield from _documentation(record)


def _first(record: ResponseRecord) -> Iterator[Block]:
    """What a reader must see before the steps: call back now, the answer's notices, what could not be used."""
    prepared = record.prepared
    if record.urgent:
        contact = record.enquiry.requestor.contact or f"{BLANK} (no contact was given: find it now)"
        text = f" Do not finish this record first. Tell the requestor what stands in these boxes, at: {contact}."
        yield Boxed((Run("CALL BACK NOW.", Mark.STRONG), Run(text)), urgent=True)
    yield from (b for b in article_page(record.article).blocks if isinstance(b, Boxed))
    if prepared.unknown:
        text = f" These names are not known here, and nothing was checked against them: {_listed(prepared.unknown)}."
        yield Boxed((Run("Not checked.", Mark.STRONG), Run(text)), urgent=True)
    if prepared.differing:
        text = f" The background says otherwise than the fields of the patient or the question, which were used: {_listed(prepared.differing)}. Find out which is right."
        yield Boxed((Run("Two values.", Mark.STRONG), Run(text)), urgent=True)
    if prepared.not_used:
        text = f" The background names what the patient's fields and the question do not: {_listed(prepared.not_used)}. It was not used. What holds for this patient belongs in the patient's fields; then run this again."
        yield Boxed((Run("Not used.", Mark.STRONG), Run(text)), urgent=any(f.what == "medicine" for f in prepared.not_used))


def _listed(facts: tuple[Fact, ...]) -> str:
    return "; ".join(f"{f.what} {f.value}" for f in facts)


def _in_short(record: ResponseRecord) -> Iterator[Block]:
    """The bottom line for who has a minute; the dangers, the rest and what each sentence rests on are in step 5."""
    article = record.article
    yield Heading(2, words("In short"))
    open_questions = f"{len(record.missing)} question(s) to the requestor are open (step 2)." if record.missing else ""
    if article.bottom_line:
        yield Listing(tuple(_quoted(article, i) for i in article.bottom_line), prominent=True)
    else:
        yield Paragraph(words(_NO_LINE.get(article.disposition, "No bottom line: no statement was fit to lead.")))
    yield Paragraph(words(f"{open_questions} Dangers, doses, harms and what is not known: step 5.".strip()))


def _quoted(article: Article, claim_id: str) -> Words:
    """The sentence with its references, and whether it is indirect."""
    claim = article.claim(claim_id)
    differs = dict.fromkeys(mismatch_words(m) for c in claim.citations for m in c.mismatches)
    alert = (Run(f" (INDIRECT: {'; '.join(differs)})", Mark.ALERT),) if differs else ()
    return (Run(claim.text), Run(" "), *(Run(f"[{c.reference}]", Mark.CITE) for c in claim.citations), *alert)


def _response(record: ResponseRecord) -> Iterator[Block]:
    """The article's own page between its notices and its references, one level deeper."""
    yield Heading(2, words("5. Response"))
    yield Paragraph(
        words(
            f"For the requestor as a {record.article.question.audience.value}. Sentences are the sources' own, numbered as in the references."
        )
    )
    yield from _article_body(record.article)
    yield Heading(3, words("Response as given"))
    yield Paragraph(
        words(
            "What the requestor was told, in the words used, is for the person who answers; the above is evidence, not yet advice."
        )
    )
    yield Table((words("Response given"), words("To whom, how, when, by whom")), ((words(BLANK * 6), words(BLANK * 4)),))


def _article_body(article: Article) -> Iterator[Block]:
    blocks = article_page(article).blocks
    for n, block in enumerate(blocks):
        after = blocks[n + 1] if n + 1 < len(blocks) else None
        ends = isinstance(block, Rule) or (isinstance(after, Listing) and after.references)
        if ends or (isinstance(block, Heading) and block.words == words("How to check this")):
            return
        if isinstance(block, Heading):
            if block.level > 1:
                yield Heading(3, block.words)
        elif not isinstance(block, Boxed):
            yield block


def _follow_up(record: ResponseRecord) -> Iterator[Block]:
    enquiry, article = record.enquiry, record.article
    yield Heading(2, words("6. Follow-up plan"))
    if enquiry.urgency is not None:
        yield Paragraph(words(_CALL_BACK[enquiry.urgency]))
    agreed = enquiry.follow_up
    rows = (
        ("Who calls back", agreed.who),
        ("When", agreed.when or enquiry.needed_by),
        ("How", agreed.how or enquiry.requestor.contact),
    )
    yield Table(
        (words("Call back"), words("Agreed")), tuple((words(label, Mark.STRONG), words(value or BLANK)) for label, value in rows)
    )
    watched = [article.claim(i) for i in record.follow_up.monitoring]
    if watched:
        yield Paragraph(words("What to watch, as the sources say:", Mark.STRONG))
        yield Listing(tuple((Run(k.text), Run(" "), *(Run(f"[{c.reference}]", Mark.CITE) for c in k.citations)) for k in watched))
    if record.follow_up.changes:
        yield Paragraph(words("What would change this answer:", Mark.STRONG))
        yield Listing(tuple(words(c) for c in record.follow_up.changes))
    yield _to_fill("Outcome for the patient", "Open questions answered", "Further contact")


def _documentation(record: ResponseRecord) -> Iterator[Block]:
    article = record.article
    made = article.provenance
    yield Heading(2, words("7. Documentation"))
    yield facts_table(
        "This record",
        ("Answer", article.answer_id), ("Library snapshot", made.library_snapshot), ("Composed", made.answered_at),
        ("Prepared by", f"{made.engine}, a machine; no author"),
    )  # fmt: skip
    yield _to_fill("Time spent", "Completed by (name, role)", "Checked by (name, role)", "Signature", "Date")
    if article.references:
        yield Heading(3, words("References"))
        yield Listing(tuple(_references(article)), numbered=True, references=True)
        # Commands stand between backquotes there, as in any text of ours.
        pieces = enumerate(article.how_to_check.split("`"))
        yield Paragraph(tuple(Run(piece, Mark.CODE if n % 2 else Mark.PLAIN) for n, piece in pieces))
    yield Rule()
    yield Paragraph(words(article.disclaimer))
    yield Paragraph(words(RETENTION))


def _references(article: Article) -> Iterator[Words]:
    """In AMA style, each with what kind of source it is, its standing and how its text came; the address last."""
    from osler.article.styled import Style, styled

    for r, line in zip(article.references, styled(csl_items(article), Style.AMA), strict=True):
        since = f" since {r.status_since}" if r.status_since else ""
        via = "; cited from an extraction, source not in this library" if r.via is Via.EXTRACTION else ""
        pmid = f" PMID {r.pmid}" if r.pmid and r.pmid not in line else ""
        mark = f" [{r.kind.value.replace('_', ' ')}; {r.status.value}{since}{via}]{pmid}"
        said = line.removesuffix(r.link).rstrip() if r.link else line
        yield (Run(said), Run(mark), Run(" "), Run(r.link, link=r.link))


def _to_fill(*labels: str) -> Table:
    return Table(
        (words("To be filled in by hand"), words("")), tuple((words(label, Mark.STRONG), words(BLANK)) for label in labels)
    )
