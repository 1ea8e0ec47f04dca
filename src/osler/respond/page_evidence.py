"""Steps four and five as blocks: the search log with its sums, and what each source is worth here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from osler.article.blocks import Block, Heading, Listing, Mark, Paragraph, Run, Table, Words, words
from osler.domain.article import Article
from osler.respond.evaluation import OLD_YEARS, Evaluated
from osler.respond.retracted import Retracted
from osler.respond.search_log import SearchLog, Tally

SHOWN_WORDS = 45
"""Of a rejected statement; the document has the rest."""
DETAILED = 6
"""Sources shown in full; the rest stand in one table."""
CLASSES = (
    "Class: primary is an original study; secondary appraises and pools studies (systematic review, guideline, consensus); tertiary "
    "compiles (label, formulary, narrative review)."
)
MARKS = (
    "Certainty is the source's own grading, never ours. “From an extraction”: cited in our wording of one finding, so read the original "
    f"before relying on it. “Old”: published more than {OLD_YEARS} years before this answer."
)
_SPAN_YEARS = 5


def search_blocks(log: SearchLog) -> Iterator[Block]:
    yield Table(
        (words("Search"), words("This run")),
        tuple(
            (words(label, Mark.STRONG), words(value))
            for label, value in (
                ("Library snapshot", log.snapshot),
                ("Engine", log.engine),
                ("Words searched with", " | ".join(log.words) or "none"),
                ("Concepts looked up", ", ".join(log.concepts) or "none"),
                ("Filters", f"retracted documents never come back; at most {log.limit:,} passages"),
                ("Found", f"{_passages(log.passages)} of {log.documents:,} documents"),
                ("By kind", _tallies(log.kinds)),
                ("By year", _tallies(_in_spans(log.years))),
            )
        ),
    )
    yield Paragraph(words(_sum(log)))
    yield Table(
        (words("Statements appraised"), words("Number")),
        tuple((words(name), words(f"{n:,}")) for name, n in _counted(log)),
    )
    if log.retracted:
        yield Paragraph(words("Retracted, and left out of the search although the words would have found them:", Mark.STRONG))
        yield Listing(tuple(words(_retracted(r)) for r in log.retracted))
    if log.rejected:
        yield Heading(3, words("Not cited, and why: examples"))
        yield Table(tuple(words(h) for h in ("Why not cited", "Statement", "Where, and what differs")), tuple(_examples(log)))


def _retracted(r: Retracted) -> str:
    since = f" since {r.since}" if r.since else ""
    return f"{r.title} ({r.document_id}; retracted{since}; {_passages(r.passages)})"


def _passages(n: int) -> str:
    return f"{n:,} passage" if n == 1 else f"{n:,} passages"


def _sum(log: SearchLog) -> str:
    taken = f", less {log.taken_out:,} whose source is retracted" if log.taken_out else ""
    more = f", and {log.looked_up:,} more from a second look for what rules out the drugs on offer" if log.looked_up else ""
    return (
        f"{log.found:,} statements stand in the passages found{taken}{more}: {log.appraised:,} were appraised "
        f"({log.direct:,} direct, {log.indirect:,} indirect, {log.off:,} off the question). Each is cited or counted below once."
    )


def _counted(log: SearchLog) -> Iterator[tuple[str, int]]:
    yield "cited in the response", log.cited
    for group in log.rejected:
        yield group.reason.value, group.count
    yield "together", log.appraised


def _examples(log: SearchLog) -> Iterator[tuple[Words, ...]]:
    for group in log.rejected:
        for n, example in enumerate(group.examples):
            why = words(f"{group.reason.value} ({group.count:,})" if n == 0 else "as above")
            yield (
                why,
                words(f"“{_shortened(example.text)}”"),
                words("; ".join(filter(None, (example.document_id, example.differs)))),
            )


def _shortened(text: str) -> str:
    """The first words, with a sign that it goes on."""
    parts = text.split()
    return " ".join(parts) if len(parts) <= SHOWN_WORDS else f"{' '.join(parts[:SHOWN_WORDS])} […]"


def _tallies(tallies: tuple[Tally, ...]) -> str:
    return "; ".join(f"{t.name} {t.count:,}" for t in tallies) or "none"


def _in_spans(years: tuple[Tally, ...]) -> tuple[Tally, ...]:
    """Years put together by fives, newest first; what shows none comes last."""
    spans: Counter[int] = Counter()
    for t in years:
        if t.name.isdigit():
            spans[int(t.name) // _SPAN_YEARS * _SPAN_YEARS] += t.count
    named = tuple(Tally(f"{y} to {y + _SPAN_YEARS - 1}:", spans[y]) for y in sorted(spans, reverse=True))
    return (*named, *(t for t in years if not t.name.isdigit()))


def evaluation_blocks(article: Article, sources: tuple[Evaluated, ...]) -> Iterator[Block]:
    if not sources:
        yield Paragraph(words("No source is cited: there is nothing to evaluate."))
        return
    if len(sources) == 1:
        yield Paragraph(words("One source is cited: no second one could confirm or contradict it."))
    yield Paragraph(words(f"{CLASSES} {MARKS}"))
    detailed = sorted(sources, key=lambda s: (not s.leads, s.reference))[:DETAILED]
    for source in sorted(detailed, key=lambda s: s.reference):
        yield from _in_full(article, source)
    rest = [s for s in sources if s not in detailed]
    if rest:
        yield Heading(3, words("The other sources cited"))
        yield Table(
            tuple(words(h) for h in ("No.", "Class and design", "Year", "Directness", "Certainty", "Limits")),
            tuple(_in_short(s) for s in rest),
        )
    yield Heading(3, words("Agreement"))
    yield from _agreement(article, len(sources))


def _in_full(article: Article, source: Evaluated) -> Iterator[Block]:
    title = article.references[source.reference - 1].title
    yield Heading(3, (Run(f"[{source.reference}]", Mark.CITE), Run(f" {title}")))
    yield Paragraph(words(f"{source.source_class} · {source.design} · {source.year or 'year not shown'} · {source.status}"))
    pairs = (
        ("People", "; ".join(source.populations) or "not stated"),
        ("Directness", "; ".join((source.directness, *source.differs))),
        ("Certainty", "; ".join(source.certainty)),
        ("Limits", "; ".join(source.limitations) or "none that can be computed"),
    )
    found = tuple((Run("Found: ", Mark.STRONG), Run(f"“{article.claim(i).text}”")) for i in source.claims)
    yield Listing((*((Run(f"{label}: ", Mark.STRONG), Run(value)) for label, value in pairs), *found))


def _in_short(source: Evaluated) -> tuple[Words, ...]:
    return (
        (Run(f"[{source.reference}]", Mark.CITE),),
        words(f"{source.source_class}, {source.design}"),
        words(str(source.year or "not shown")),
        words("; ".join((source.directness, *source.differs))),
        words("; ".join(source.certainty)),
        words("; ".join(source.limitations) or "none that can be computed"),
    )


def _agreement(article: Article, count: int) -> Iterator[Block]:
    if article.conflicts:
        yield Paragraph(words("The cited statements disagree here:"))
        yield Listing(tuple(words(c.about) for c in article.conflicts))
    elif count > 1:
        yield Paragraph(
            words(
                "The rules found no disagreement between the cited statements; they compare doses and verdicts, not whole studies."
            )
        )
    else:
        yield Paragraph(words("With one source there is nothing to compare."))
