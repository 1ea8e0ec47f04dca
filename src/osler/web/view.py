"""ArticleView and its parts: what the templates of an article lay out, in the words of the page."""

from __future__ import annotations

from dataclasses import dataclass

from osler.domain.article import Article


@dataclass(frozen=True, slots=True)
class NoticeView:
    heading: str
    text: str
    source: str | None
    grave: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that was understood. change: what its field is asked for, "" when the facts' own form changes it;
    removable: it may be taken out, and the question asked again without it."""

    axis: str
    label: str
    name: str
    change: str = ""
    removable: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence. about: design and people; standing: what is wrong with its source; differs: why it is indirect."""

    id: str
    text: str
    references: tuple[int, ...]
    about: str
    graded: str
    standing: tuple[str, ...]
    differs: tuple[str, ...]
    note: str | None
    to_check: str | None
    extraction: bool
    calculation: str
    is_direct: bool
    plain: str = ""
    change: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class SectionView:
    id: str
    heading: str
    lead: str
    lines: tuple[Line, ...]
    is_danger: bool


@dataclass(frozen=True, slots=True)
class Row:
    """cells: of an option or a dose; check: the claim that opens its passage, when it has one; differs: why it is indirect."""

    cells: tuple[str, ...]
    references: tuple[int, ...]
    check: str | None
    differs: str = ""
    is_direct: bool = True


@dataclass(frozen=True, slots=True)
class ReferenceView:
    number: int
    authors: str
    title: str
    is_ours: bool
    where: str
    badges: tuple[tuple[str, str], ...]
    identifiers: str
    link: str
    check: str


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class ArticleView:
    article: Article
    chips: tuple[Chip, ...]
    notices: tuple[NoticeView, ...]
    dangers: tuple[SectionView, ...]
    bottom_line: SectionView | None
    sections: tuple[SectionView, ...]
    options: tuple[Row, ...]
    doses: tuple[Row, ...]
    sums: tuple[str, ...]
    conflicts: tuple[tuple[str, tuple[int, ...], str | None], ...]
    left_out: tuple[str, ...]
    references: tuple[ReferenceView, ...]
    steps: tuple[Step, ...]
    last_updated: str
    review: str
    is_reviewed: bool
    edits: tuple[str, ...]
    removed: tuple[str, ...]
    contents: tuple[tuple[str, str], ...]
    add: str
