"""Lines of a PDF to paragraphs, list items, headings and tables, also over the ends of columns and pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from osler.documents.joining import Words, join
from osler.documents.pdf_lines import MARKER, Line, Segment, lines
from osler.documents.pdf_tables import continues_table, is_tabular, split_table
from osler.documents.recommendations import starts_recommendation
from osler.documents.text import TableCell, TextBuilder
from osler.domain.part import PartKind

_BULLET = re.compile(r"(?:[•●○◦▪■□◆►▶➢✓❖‣⁃\uf0b7\uf0a7\uf0d8\uf0fc]|[∙·–—o-](?=\s+\D))\s*")
_NUMBER = re.compile(r"\(?(\d{1,3}|[a-z]|[ivx]{1,4})[.)]\s+\S")
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2}){1,3})\.?\s+[A-Z][a-z]{2}")
_ENDED = re.compile(r"[.!?:;][)\]\"”’']*[⁰¹²³⁴-⁹]*$")
_LEADERS = re.compile(r"(?:\. ?){4}|…{2}")  # of a table of contents
_LABEL = re.compile(r"(?:recommendation|box|table|figure)\s+#?\d+", re.IGNORECASE)
_NOTE_MARKS = "⁰¹²³⁴⁵⁶⁷⁸⁹*†‡§¶¥"
_LARGER = 1.12
"""Headings are this much larger than the body's text at least, if they are told by their size."""
_MAX_HEADING_CHARS = 200
_SHORT = 0.82
"""A line that ends before this part of the column's width is the last of its paragraph, or stands by itself."""


@dataclass(slots=True)
class Block:
    """A piece of text that starts on `page`; `rows`: of a table, whose `text` is then only its words;
    `closed`: no line goes on with it."""

    text: str
    kind: PartKind
    page: int
    size: float
    bold: bool
    lines: list[Line] = field(default_factory=list)
    rows: list[list[TableCell]] = field(default_factory=list)
    closed: bool = False

    @property
    def centred(self) -> bool:
        return all(
            line.left - line.start > 2 * line.size and abs(line.left - line.start - (line.edge - line.right)) < 2 * line.size
            for line in self.lines
        )


def blocks(
    pages: Sequence[Sequence[Segment]], turned: Sequence[Sequence[Sequence[Segment]]]
) -> tuple[list[Block], tuple[str, ...]]:
    """All blocks in reading order (of each page: upright text, then what stands at an angle), and the watermarks' texts.

    A text at an angle that stands on three pages or more is a watermark and no part of the text.
    """
    counts = Counter(s.text for page in turned for group in page for s in group)
    marks = tuple(sorted(t for t, n in counts.items() if n >= 3))
    edge = _edge(pages)
    flows = [lines(page, index + 1, edge) for index, page in enumerate(pages)]
    out = _Assembler(Words(s.text for page in pages for s in page), _body_size(pages), _leading(flows))
    for index, flow in enumerate(flows):
        out.page(flow)
        for group in turned[index]:
            rest = [s for s in group if s.text not in marks]
            out.page(lines(rest, index + 1, max((s.right for s in rest), default=0.0)))
    return out.finish(), marks if marks else tuple(t for t in counts if len(counts) <= 3)


def title_of(found: Sequence[Block]) -> str | None:
    """The largest heading of the first page that has any text, if there is one that is not a label."""
    first = [b for b in found if b.page == found[0].page and b.kind is PartKind.HEADING]
    return max(first, key=lambda b: b.size).text if first else None


def add_blocks(builder: TextBuilder, found: Sequence[Block], title: str | None) -> None:
    """Append the blocks with their heading trail; the heading that repeats the title is left out."""
    levels = _levels(found)
    trail: list[tuple[tuple[int, int], str]] = []
    for block in found:
        path = [text for _, text in trail]
        if block.rows:
            builder.table(block.rows, path, page=block.page)
        elif block.kind is not PartKind.HEADING:
            builder.add(block.text, block.kind, path, page=block.page)
        elif block.text != title:
            number = _NUMBERED.match(block.text)
            level = levels[_style(block)], number[1].count(".") if number else 0
            trail = [entry for entry in trail if entry[0] < level]
            builder.add(block.text, PartKind.HEADING, [text for _, text in trail], page=block.page)
            trail.append((level, block.text))


def _style(block: Block) -> tuple[float, bool, bool]:
    return -block.size, not block.bold, not block.centred


def _levels(found: Sequence[Block]) -> dict[tuple[float, bool, bool], int]:
    """The level of each style of heading: larger before smaller (a tenth makes no difference), bold, then centred first."""
    styles = sorted({_style(b) for b in found if b.kind is PartKind.HEADING})
    group: dict[float, float] = {}
    for size, _, _ in styles:
        largest = next(reversed(group.values()), size)
        group[size] = largest if size <= 0.9 * largest else size
    ranks = sorted({(group[size], *rest) for size, *rest in styles})
    return {style: ranks.index((group[style[0]], *style[1:])) for style in styles}


@dataclass(slots=True)
class _Assembler:
    words: Words
    body: float
    leading: float
    out: list[Block] = field(default_factory=list)

    def page(self, found: Sequence[Line]) -> None:
        pending: list[Line] = []
        for line in found:
            if is_tabular(line) or (pending and continues_table(pending, line)):
                pending.append(line)
                continue
            self.table(pending)
            pending = []
            self.line(line)
        self.table(pending)

    def table(self, found: list[Line]) -> None:
        rows, rest = split_table(found)
        for run in rows:
            first = run[0]
            if len(run) > 1:
                headed = first.bold and not any(line.bold for line in run[1:])  # else it may be a row like the others
                cells = [[TableCell(c.text, headed and line is first) for c in line.cells] for line in run]
                text = "\n".join(line.text for line in run)
                self.out.append(Block(text, PartKind.TABLE_ROW, first.page, first.size, False, run, cells))
            else:
                text = " | ".join(c.text for c in first.cells)
                self.out.append(Block(text, PartKind.PARAGRAPH, first.page, first.size, False, run, [], True))
        for line in rest:
            self.line(line)

    def line(self, line: Line) -> None:
        block = self.open_block(line)
        if block is None:
            kind = PartKind.LIST_ITEM if _marker(line) else PartKind.PARAGRAPH
            self.out.append(Block(line.text, kind, line.page, line.size, line.bold, [line]))
        else:
            block.text = join(block.text, line.text, self.words)
            block.bold = block.bold and line.bold
            block.lines.append(line)

    def open_block(self, line: Line) -> Block | None:
        """The block that this line continues, if any: the last one, or over a page's end the one before its footnotes."""
        last = self.out[-1] if self.out else None
        if last is None or not last.lines:
            return None
        if last.lines[-1].page == line.page and last.lines[-1].column == line.column:
            return last if not (last.rows or last.closed) and _continues(last, line, self.body, self.leading) else None
        for block in reversed(self.out):
            if block.rows or block.closed or not block.lines or block.lines[-1].page < line.page - 1:
                return None
            if block.size >= 0.95 * line.size:
                return block if _runs_over(block, line) else None
        return None

    def finish(self) -> list[Block]:
        for block in self.out:
            if not block.rows and not block.closed and _is_heading(block, self.body):
                block.kind = PartKind.HEADING
            elif block.kind is PartKind.LIST_ITEM:
                block.text = _BULLET.sub("", block.text, count=1) if _BULLET.match(block.text) else block.text
            block.text = block.text.replace("\x02", "-").replace("\u00ad", "-")
        return [b for b in self.out if b.text.strip()]


def _continues(block: Block, line: Line, body: float, leading: float) -> bool:
    last, size = block.lines[-1], line.size
    if abs(size - block.size) > 0.1 * block.size:
        return False
    pitch = last.base - line.base
    usual = block.lines[-2].base - last.base if len(block.lines) > 1 and block.lines[-2].page == last.page else leading * size
    if pitch > max(1.25 * usual, 1.2 * size) or pitch < 0:
        return False
    if size > _LARGER * body and block.size > _LARGER * body and line.bold == last.bold:
        return True  # a heading over several lines may be centred
    ended, short = _ENDED.search(last.text) is not None, _is_short(last)
    if _LABEL.match(line.text) and (ended or short):
        return False
    if _marker(line) and (ended or short or not _is_aligned(block, line) or _bullet(line) or _follows(block, line)):
        return False
    moved = abs(line.left - last.left) > 0.8 * size
    if last.bold != line.bold and (ended or short or moved or line.text[:1].isupper()):
        return False
    if short and (ended or line.text[:1].isupper() or line.text[:1] in _NOTE_MARKS):
        return False
    if block.kind is PartKind.LIST_ITEM and line.left < block.lines[0].left - 0.5 * size:
        return False
    return _is_aligned(block, line)


def _is_aligned(block: Block, line: Line) -> bool:
    """Whether the line starts where the block's lines start; the second line may start anywhere near (an indent)."""
    if len(block.lines) == 1:
        first = block.lines[0]
        indented = line.left > first.left + 0.8 * line.size
        return not (indented and _ENDED.search(first.text) and not _marker(first) and _is_short(first))
    return abs(line.left - block.lines[1].left) <= 0.8 * line.size


def _runs_over(block: Block, line: Line) -> bool:
    if _marker(line) or abs(block.size - line.size) > 0.1 * line.size or block.bold != line.bold:
        return False
    text = block.text.rstrip()
    return not _ENDED.search(text) and (line.text[:1].islower() or not _is_short(block.lines[-1]))


def _is_short(line: Line) -> bool:
    return line.right < line.left + _SHORT * (line.edge - line.left)


def _marker(line: Line) -> bool:
    first = line.cells[0].text
    return (MARKER.fullmatch(first) is not None and len(line.cells) > 1) or _bullet(line) or _NUMBER.match(line.text) is not None


def _follows(block: Block, line: Line) -> bool:
    """Whether the line's marker stands where the item's does, left of its text, or is the next: "(10)" after "(9)"."""
    first = block.lines[0]
    if len(first.cells) > 1 and block.kind is PartKind.LIST_ITEM and line.left < first.cells[1].left - 0.3 * line.size:
        return True
    last, number = _NUMBER.match(block.text), _NUMBER.match(line.text)
    if last is None or number is None:
        return False
    if last[1].isdigit() and number[1].isdigit():
        return int(number[1]) == int(last[1]) + 1
    return len(last[1]) == len(number[1]) == 1 and ord(number[1]) == ord(last[1]) + 1


def _bullet(line: Line) -> bool:
    first = line.cells[0].text
    return _BULLET.match(f"{first} " if len(line.cells) > 1 else first) is not None and not re.match(r"[-–—]\d", first)


def _is_heading(block: Block, body: float) -> bool:
    text = block.text
    if len(text) > _MAX_HEADING_CHARS or not any(c.isalpha() for c in text) or starts_recommendation(text):
        return False
    if (block.kind is PartKind.LIST_ITEM and _BULLET.match(text)) or _LEADERS.search(text):
        return False
    numbered = _NUMBERED.match(text) is not None
    if block.kind is PartKind.LIST_ITEM and not numbered and not block.size > _LARGER * body:
        return False
    ended = re.search(r"[.;,)]$", text) is not None
    if block.size > _LARGER * body:
        return True
    return not ended and (block.bold or numbered) and len(block.lines) <= 3


def _body_size(pages: Sequence[Sequence[Segment]]) -> float:
    counts: Counter[float] = Counter()
    for page in pages:
        for segment in page:
            counts[segment.size] += len(segment.text)
    return max(counts, key=lambda s: (counts[s], -s), default=1.0)


def _edge(pages: Sequence[Sequence[Segment]]) -> float:
    """Where lines of full width end: nearly the largest right end of all."""
    ends = sorted(s.right for page in pages for s in page)
    return ends[-1 - len(ends) // 50] if ends else 0.0


def _leading(flows: Sequence[Sequence[Line]]) -> float:
    """From one line to the next, in ems, as it mostly is below a full line; 1.5 where there is none."""
    counts: Counter[float] = Counter()
    for flow in flows:
        for last, line in pairwise(flow):
            same = last.column == line.column and abs(last.size - line.size) < 0.1 * line.size
            if same and last.base > line.base and not _is_short(last):
                counts[round((last.base - line.base) / line.size, 1)] += 1
    return max(counts, key=lambda p: (counts[p], -p), default=1.5)
