"""Part and Cell: where in a document's text its sections, tables, list items and recommendations stand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from osler.domain.grade import Certainty, Strength


class PartKind(StrEnum):
    TITLE = "title"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    RECOMMENDATION = "recommendation"
    CAPTION = "caption"
    TABLE_ROW = "table_row"
    FOOTNOTE = "footnote"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table at [start, end) of the document's text, with what its figure is a figure of.

    row, column: the headers it stands under, outermost first, joined by " / "; notes: footnotes it is marked with.
    """

    start: int
    end: int
    row: str
    column: str
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"cell [{self.start}, {self.end}) is empty or negative")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a document at [start, end) of its text; parts stand in text order and do not overlap.

    path: headings above it, outermost first. code: what the source calls its section (a LOINC code, an NLM category,
    a JATS sec-type), else None. page: 1-based page of a paged source. table: number of the table (from 1) to which
    a caption, row or footnote belongs. strength, certainty, against: of a recommendation, as the source states them.
    """

    start: int
    end: int
    kind: PartKind
    path: tuple[str, ...] = ()
    code: str | None = None
    page: int | None = None
    table: int | None = None
    cells: tuple[Cell, ...] = ()
    strength: Strength | None = None
    certainty: Certainty = Certainty.NOT_GRADED
    against: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"part [{self.start}, {self.end}) is empty or negative")
        if any(c.start < self.start or c.end > self.end for c in self.cells):
            raise ValueError(f"part [{self.start}, {self.end}): a cell lies outside its row")
        if self.kind is PartKind.TABLE_ROW and self.table is None:
            raise ValueError("a table row needs the number of its table")
