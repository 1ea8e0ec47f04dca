"""What the library's pages lay out: addresses of documents, badges, bars of years, sentences of a found passage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from osler.domain.document import Authority, Bibliography, StudyDesign, Via
from osler.domain.evidence import Source
from osler.domain.status import PublicationStatus
from osler.language.sentences import sentences
from osler.search import Found
from osler.web.words import AUTHORITY, DESIGN, STATUS

SENTENCES_SHOWN = 3
"""Of a found passage, each whole: half a sentence can lose whose dose it gives."""
WIDTH, HEIGHT, FOOT = 360, 110, 18
"""User units of the SVG of years, which is drawn as wide as a phone or half a desk: about 1 to 1.5 px each."""
_MOST_BARS = 60


def document_address(document_id: str, version: int | None = None, start: int | None = None, end: int | None = None) -> str:
    """The page of a document; with a place in its text, opened there, with the place marked."""
    asked: dict[str, int] = {} if version is None else {"version": version}
    if start is not None and end is not None:
        asked |= {"from": start, "to": end}
    place = f"#s-{start}-{end}" if "from" in asked else ""
    return f"/library/documents/{quote(document_id, safe=':')}{'?' if asked else ''}{urlencode(asked)}{place}"


def badges(
    kind: StudyDesign,
    year: int | None,
    status: PublicationStatus,
    since: str | None,
    authority: Authority | None,
    jurisdiction: str | None,
    via: Via,
) -> tuple[tuple[str, str], ...]:
    """(class, words) of what a reader has to know of a document before its text."""
    standing = STATUS[status] + (f" since {since}" if since else "")
    found = [("kind", DESIGN[kind]), ("year", str(year) if year else "year not shown")]
    found.append(("sound" if status is PublicationStatus.CURRENT else "unsound", standing))
    found += [("kind", AUTHORITY[authority])] if authority else []
    found += [("kind", jurisdiction)] if jurisdiction else []
    found += [("extraction", "extraction: source not in this library")] if via is Via.EXTRACTION else []
    return tuple(found)


def source_badges(s: Source) -> tuple[tuple[str, str], ...]:
    return badges(s.kind, s.bibliography.year, s.status, s.status_since, s.authority, s.jurisdiction, s.via)


def original_address(book: Bibliography) -> str:
    """Where the original is: DOI before PMID before address, as in a list of references."""
    if book.doi:
        return f"https://doi.org/{quote(book.doi, safe='/:;().,-_')}"
    return f"https://pubmed.ncbi.nlm.nih.gov/{book.pmid}/" if book.pmid else book.url or ""


@dataclass(frozen=True, slots=True)
class Bar:
    """Documents of the years `first` to `last`."""

    first: int
    last: int
    count: int
    x: float
    y: float
    width: float
    height: float

    @property
    def name(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first} to {self.last}"


@dataclass(frozen=True, slots=True)
class Years:
    """The bars, and (x, year) of the labels under them."""

    bars: tuple[Bar, ...]
    labels: tuple[tuple[float, int], ...]
    most: int
    width: int = WIDTH
    height: int = HEIGHT


def years_view(years: Sequence[tuple[int, int]]) -> Years | None:
    """Bars of one, five or ten years, as many as the years need. years: (year, documents), ascending; None without any."""
    if not years:
        return None
    low, high = years[0][0], years[-1][0]
    step = next((s for s in (1, 5, 10, 50) if (high - low) // s < _MOST_BARS), high - low + 1)
    first = low - low % step
    counts = [0] * ((high - first) // step + 1)
    for year, count in years:
        counts[(year - first) // step] += count
    most, wide, top = max(counts), WIDTH / len(counts), HEIGHT - FOOT
    bars = tuple(
        Bar(first + i * step, min(high, first + (i + 1) * step - 1), n, round(i * wide + 0.5, 1), round(top - _tall(n, most, top), 1),
            round(max(1.0, wide - 1), 1), round(_tall(n, most, top), 1))
        for i, n in enumerate(counts)
    )  # fmt: skip
    every = max(1, -(-len(counts) // 7))
    labels = tuple((round(i * wide + wide / 2, 1), first + i * step) for i in range(0, len(counts), every) if i * wide + 24 < WIDTH)
    return Years(bars, labels, most)


def _tall(count: int, most: int, top: int) -> float:
    """A year with a single document is to be seen."""
    return max(2.0, count / most * (top - 6)) if count else 0.0


@dataclass(frozen=True, slots=True)
class FoundView:
    """rows: (words, is it what was asked for) in text order, None where something is left out."""

    title: str
    address: str
    badges: tuple[tuple[str, str], ...]
    where: str
    path: str
    words: tuple[tuple[str, bool] | None, ...]


def found_view(found: Found) -> FoundView:
    source, passage = found.source, found.passage
    text, marks = passage.text, found.highlights
    shown = _best(text, marks)
    words: list[tuple[str, bool] | None] = []
    last = 0
    for start, end in shown:
        words += [None] if text[last:start].strip() else []
        words += marked(text, start, end, marks)
        last = end
    words += [None] if text[last:].strip() else []
    first, end = next(((a, b) for a, b in shown if any(a <= m < b for m, _ in marks)), shown[0])
    book = source.bibliography
    return FoundView(
        title=book.title,
        address=document_address(source.document_id, source.version, passage.start + first, passage.start + end),
        badges=source_badges(source),
        where=". ".join(filter(None, (book.container, source.organisation))),
        path=" › ".join((*passage.path, *([f"page {passage.page}"] if passage.page else []))),
        words=tuple(words),
    )


def _best(text: str, marks: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The sentences with most of what was asked for, in text order."""
    spans = sentences(text) or [(0, len(text))]
    firsts = [start for start, _ in marks]
    counts = {(a, b): sum(a <= f < b for f in firsts) for a, b in spans}
    return sorted(sorted(spans, key=lambda s: (-counts[s], s))[:SENTENCES_SHOWN])


def marked(text: str, start: int, end: int, marks: Iterable[tuple[int, int]]) -> list[tuple[str, bool]]:
    """text[start:end] in pieces, each with whether it is marked; the pieces joined are the text."""
    pieces, at = [], start
    for first, last in marks:
        first, last = max(first, at), min(last, end)
        if first < last:
            pieces += [(text[at:first], False)] if at < first else []
            pieces.append((text[first:last], True))
            at = last
    return pieces + ([(text[at:end], False)] if at < end else [])
