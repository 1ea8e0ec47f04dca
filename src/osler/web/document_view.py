"""The text of a document as a page shows it: in pieces that joined are the stored text, with a place to point at for every statement."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from osler.domain.document import Document, Via
from osler.domain.part import PartKind
from osler.domain.passage import Passage
from osler.web.words import DESIGN

PAGE_CHARACTERS = 24_000
"""About eight printed pages; a label of 150,000 characters has seven such pages, each of some 60 kB."""
CONTENTS_SHOWN = 80
_HEADINGS = frozenset({PartKind.TITLE, PartKind.HEADING})


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text. ids: of the anchors before it."""

    text: str
    ids: tuple[str, ...]
    is_statement: bool
    is_marked: bool


@dataclass(frozen=True, slots=True)
class Block:
    """One part, or text between parts. id: its anchor. source_page: of a paged source, where it changes. notes: what a reader recorded."""

    kind: str
    id: str
    pieces: tuple[Piece, ...]
    source_page: int | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextPage:
    """number: 1-based, of `total`. statements: on this page. contents: (heading, number of its page, anchor, depth)."""

    blocks: tuple[Block, ...]
    number: int
    total: int
    statements: int
    contents: tuple[tuple[str, int, str, int], ...]


@dataclass(frozen=True, slots=True)
class _Stretch:
    kind: str
    start: int
    end: int
    depth: int
    source_page: int | None


def text_page(document: Document, passages: Sequence[Passage], number: int = 1, marked: tuple[int, int] | None = None) -> TextPage:
    """Page `number` of the text, or with `marked` = [start, end) the one that holds its start; beyond the last, the last.

    passages: of this version, with their findings; without them the statements that a reader recorded are shown.
    """
    stretches = list(_stretches(document))
    starts = _page_starts(stretches)
    total = len(starts)
    offsets = [stretches[i].start for i in starts]
    number = bisect_right(offsets, marked[0]) if marked else number
    number = max(1, min(number, total))
    shown = stretches[starts[number - 1] : starts[number] if number < total else len(stretches)]
    spans = sorted({(f.start, f.end) for p in passages for f in p.findings} or {(s.start, s.end) for s in document.statements})
    here = [s for s in spans if shown[0].start <= s[0] < shown[-1].end]
    notes = _notes(document)
    blocks, page, used = [], None, set[str]()
    for stretch in shown:
        pieces = tuple(_pieces(document.text, stretch, spans, marked, used))
        changed = stretch.source_page if stretch.source_page != page else None
        page = stretch.source_page or page
        said = tuple(words for start, words in notes if stretch.start <= start < stretch.end)
        blocks.append(Block(stretch.kind, f"t-{stretch.start}", pieces, changed, said))
    return TextPage(tuple(blocks), number, total, len(here), _contents(document.text, stretches, offsets))


def _stretches(document: Document) -> Iterable[_Stretch]:
    """The whole text in order, white space between parts aside; nothing else of it is left out."""
    at = 0
    for part in document.parts:
        yield from _plain(document.text, at, part.start)
        depth = len(part.path) if part.kind in _HEADINGS else 0
        yield from _cut(document.text, _Stretch(part.kind.value, part.start, part.end, depth, part.page))
        at = part.end
    yield from _plain(document.text, at, len(document.text))


def _plain(text: str, start: int, end: int) -> Iterable[_Stretch]:
    """Lines of text outside any part, as paragraphs."""
    while start < end:
        line = text.find("\n", start, end)
        line = end if line < 0 else line
        if text[start:line].strip():
            yield from _cut(text, _Stretch(PartKind.PARAGRAPH.value, start, line, 0, None))
        start = line + 1


def _cut(text: str, stretch: _Stretch) -> Iterable[_Stretch]:
    """A stretch longer than a page, cut at spaces."""
    start = stretch.start
    while stretch.end - start > PAGE_CHARACTERS:
        space = text.rfind(" ", start, start + PAGE_CHARACTERS)
        end = space + 1 if space > start else start + PAGE_CHARACTERS
        yield _Stretch(stretch.kind, start, end, stretch.depth, stretch.source_page)
        start = end
    yield _Stretch(stretch.kind, start, stretch.end, stretch.depth, stretch.source_page)


def _page_starts(stretches: Sequence[_Stretch]) -> list[int]:
    """Indexes of the stretches that begin a page; a heading goes with what stands under it."""
    starts, begun = [0], stretches[0].start
    for i, stretch in enumerate(stretches[1:], 1):
        if stretch.end - begun > PAGE_CHARACTERS:
            while i - 1 > starts[-1] and stretches[i - 1].kind in _HEADINGS:
                i -= 1
            starts.append(i)
            begun = stretches[i].start
    return starts


def _pieces(
    text: str, stretch: _Stretch, spans: Sequence[tuple[int, int]], marked: tuple[int, int] | None, used: set[str]
) -> Iterable[Piece]:
    """used: the anchors that are on the page already, each stands once."""
    within = [s for s in spans if s[0] < stretch.end and s[1] > stretch.start]
    placed = [*within, *([marked] if marked else [])]
    cuts = {stretch.start, stretch.end} | {x for span in placed for x in span if stretch.start < x < stretch.end}
    for start, end in zip(sorted(cuts), sorted(cuts)[1:], strict=False):
        ids = [f"s-{a}-{b}" for a, b in placed if a == start or (a < start == stretch.start)]
        fresh = tuple(i for i in dict.fromkeys(ids) if i not in used)
        used.update(fresh)
        is_statement = any(a <= start and end <= b for a, b in within)
        yield Piece(text[start:end], fresh, is_statement, marked is not None and marked[0] <= start and end <= marked[1])


def _notes(document: Document) -> list[tuple[int, str]]:
    """(where, words) of what the reader of an extraction recorded beside its words."""
    if document.via is not Via.EXTRACTION:
        return []
    return [
        (s.start, ". ".join(filter(None, (
            s.id, DESIGN[s.kind], f"People: {s.population}" if s.population else "",
            f"To check: {s.to_check}" if s.to_check else "", f"Note: {s.note}" if s.note else "",
        ))))
        for s in document.statements
    ]  # fmt: skip


def _contents(text: str, stretches: Sequence[_Stretch], offsets: Sequence[int]) -> tuple[tuple[str, int, str, int], ...]:
    headings = [s for s in stretches if s.kind == PartKind.HEADING.value]
    for depth in (1, 0):
        chosen = [s for s in headings if s.depth <= depth]
        if len(chosen) <= CONTENTS_SHOWN:
            break
    return tuple(
        (" ".join(text[s.start : s.end].split())[:120], bisect_right(offsets, s.start), f"t-{s.start}", s.depth)
        for s in chosen[:CONTENTS_SHOWN]
    )
