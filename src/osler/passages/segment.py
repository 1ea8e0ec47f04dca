"""Document to the pieces that are found as a whole, each a run of units that are never cut: sentences, rows, list items."""

from __future__ import annotations

from dataclasses import dataclass

from osler.domain.document import Document, Statement
from osler.domain.part import Part, PartKind
from osler.language.sentences import sentences

TARGET_CHARACTERS = 1_100
"""About 170 words: a passage is closed at the first unit that passes this."""
SECTION_CHARACTERS = 450
"""A new section starts a new passage once the one before holds this much; shorter sections stay together."""
_TABLE = frozenset({PartKind.CAPTION, PartKind.TABLE_ROW, PartKind.FOOTNOTE})


@dataclass(frozen=True, slots=True)
class Unit:
    """One sentence, table row, list item, recommendation or recorded statement at [start, end) of the document's text."""

    start: int
    end: int
    part: Part | None = None
    statement: Statement | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Units in text order; what lies between them (headings) belongs to the piece too."""

    units: tuple[Unit, ...]

    @property
    def start(self) -> int:
        return self.units[0].start

    @property
    def end(self) -> int:
        return self.units[-1].end

    @property
    def part(self) -> Part | None:
        return self.units[0].part


def segment(document: Document) -> tuple[Piece, ...]:
    """The pieces of a document in text order.

    A document of extractions is its statements, one each. A document read from its source is cut at sentences, never
    inside a table row, list item or recommendation; a document without parts is cut at its sentences.
    """
    if document.statements:
        ordered = sorted(document.statements, key=lambda s: (s.start, s.id))
        return tuple(Piece((Unit(s.start, s.end, statement=s),)) for s in ordered)
    pieces: list[Piece] = []
    held: list[Unit] = []
    for unit in _units(document):
        if held and _closes(held, unit):
            pieces.append(Piece(tuple(held)))
            held = []
        held.append(unit)
    if held:
        pieces.append(Piece(tuple(held)))
    return tuple(pieces)


def _units(document: Document) -> list[Unit]:
    """Every unit of the source's text; the title counts only when there is nothing else."""
    text = document.text
    if not document.parts:
        return [Unit(a, b) for a, b in sentences(text)]
    units: list[Unit] = []
    for part in document.parts:
        if part.kind in (PartKind.TITLE, PartKind.HEADING):
            continue
        if part.kind is PartKind.PARAGRAPH:
            units += [Unit(part.start + a, part.start + b, part) for a, b in sentences(text[part.start : part.end])]
        else:
            units.append(Unit(part.start, part.end, part))
    return units or [Unit(p.start, p.end, p) for p in document.parts]


def _closes(held: list[Unit], unit: Unit) -> bool:
    """Whether `unit` begins a new piece."""
    first, last = held[0].part, held[-1].part
    size = held[-1].end - held[0].start
    if size >= TARGET_CHARACTERS:
        return True
    if first is None or last is None or unit.part is None:
        return False
    if (last.kind in _TABLE) is not (unit.part.kind in _TABLE) or last.table != unit.part.table:
        return True
    if first.path[:1] != unit.part.path[:1]:
        return size >= SECTION_CHARACTERS or (first.code != unit.part.code and unit.end - held[0].start > TARGET_CHARACTERS)
    return last.path != unit.part.path and size >= SECTION_CHARACTERS
