"""Every evaluation in one report: each figure with its interval, its number of cases, its baseline and the aim it is held to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from osler import __version__
from osler.errors import InputFileError
from osler.evaluate import clinical, directness
from osler.evaluate.chapters import (
    Chapter,
    Figure,
    answers_chapter,
    claims_chapter,
    clinical_chapter,
    consistency_chapter,
    directness_chapter,
    retrieval_chapter,
    yesno_chapter,
)
from osler.pipeline import Library

SCHEMA = "osler.evaluation/1"
GATED_WORDINGS = 3
GATED_QUESTIONS = 14
"""The gate asks the development questions in three wordings each, so that it takes seconds."""


@dataclass(frozen=True, slots=True)
class Report:
    """snapshot, documents: the library that was asked."""

    engine: str
    snapshot: str
    documents: int
    chapters: tuple[Chapter, ...]

    def chapter(self, key: str) -> Chapter:
        """The chapter of that key. Raises KeyError."""
        found = next((c for c in self.chapters if c.key == key), None)
        if found is None:
            raise KeyError(f"no chapter {key!r}")
        return found


@dataclass(frozen=True, slots=True)
class Sources:
    """Where data sets lie that are not part of Osler; a chapter without its data set says so."""

    pubmedqa: Path | None = None
    bioasq: tuple[Path, ...] = ()
    retrieval: tuple[Path, ...] = ()
    claims: tuple[Path, ...] = ()


def find_sources(folder: Path) -> Sources:
    """Data sets below a folder, known by their files: BEIR's layout, BioASQ's golden files, PubMedQA's, and the claim sets.

    Raises InputFileError when the folder cannot be read.
    """
    if not folder.is_dir():
        raise InputFileError(f"{folder}: not a folder of data sets")
    beir = tuple(sorted(p.parent for p in folder.rglob("corpus.jsonl") if (p.parent / "queries.jsonl").is_file()))
    golden = sorted(p for p in folder.rglob("*golden*.json") if p.is_file())
    pubmedqa = next((p for p in sorted(folder.rglob("*.json")) if p.parent.name == "pubmedqa"), None)
    names = ("scifact_claims", "healthver", "nli4ct")
    sets = [p for name in names for p in sorted(folder.rglob(name)) if p.is_dir()]
    claims = tuple(sorted(p for s in sets for p in (s.glob("*.csv") if s.name == "healthver" else [s])))
    claims += (pubmedqa,) if pubmedqa and claims else ()
    return Sources(pubmedqa, tuple(golden), beir, claims)


def evaluate_all(library: Library, sources: Sources, tell: Callable[[str], None] = lambda _: None) -> Report:
    """Every chapter, in a fixed order; `tell` hears the title of each before it begins."""
    makers: list[tuple[str, Callable[[], Chapter]]] = [
        ("clinical questions", lambda: clinical_chapter(library)),
        ("directness", lambda: directness_chapter(library)),
        ("consistency", lambda: consistency_chapter(library)),
        ("yes, no or maybe", lambda: yesno_chapter(sources.pubmedqa)),
        ("answers", lambda: answers_chapter(sources.bioasq)),
        *[(f"retrieval, {p.name}", lambda p=p: retrieval_chapter(p)) for p in sources.retrieval],
        ("claims", lambda: claims_chapter(library, sources.claims)),
    ]
    chapters = []
    for title, make in makers:
        tell(title)
        chapters.append(make())
    return _report(library, chapters)


def evaluate_gated(library: Library) -> Report:
    """The part that needs no data set and takes seconds; `below_floor` compares it with the stored floors."""
    questions = clinical.shipped_questions()[:GATED_QUESTIONS]
    chapters = [clinical_chapter(library), directness_chapter(library), consistency_chapter(library, questions, GATED_WORDINGS)]
    return _report(library, chapters)


def _report(library: Library, chapters: Sequence[Chapter]) -> Report:
    return Report(f"Osler {__version__}", library.snapshot.id, library.snapshot.documents, tuple(chapters))


def as_json(report: Report) -> dict[str, Any]:
    """The whole report as JSON values."""
    return {"schema": SCHEMA, **asdict(report)}


def to_table(report: Report) -> str:
    """Every figure as a line of plain text."""
    head = f"{report.engine}, library {report.snapshot} ({report.documents:,} documents)\n\n"
    return head + chapters_table(report.chapters)


def chapters_table(chapters: Sequence[Chapter]) -> str:
    """The figures of some chapters as lines of plain text."""
    lines: list[str] = []
    for chapter in chapters:
        lines += ["", f"{chapter.title}   [{chapter.command}]"] if lines else [f"{chapter.title}   [{chapter.command}]"]
        if chapter.missing:
            lines.append(f"  not measured: {chapter.missing}")
        lines += [f"  {line}" for line in _lines(chapter.figures)]
    return "\n".join(lines) + "\n"


def _lines(figures: Sequence[Figure]) -> Iterator[str]:
    for f in figures:
        value = "-" if f.value is None else f"{f.value:.3f}"
        between = "" if f.low is None or f.high is None else f"({f.low:.3f} to {f.high:.3f})"
        beside = "" if f.baseline is None else f"  {f.against} {f.baseline:.3f}"
        aim = "" if f.aim is None else f"  aim {f.aim:g}{'' if f.reached is not False else ': MISSED'}"
        yield f"{f.name:48} {value:>6} {between:18} n={f.n:<6}{beside}{aim}"


def write_report(report: Report, folder: Path) -> tuple[Path, Path]:
    """`report.json` and `index.html` in the folder, which is made when it is not there. Raises InputFileError."""
    from osler.evaluate.page import to_html

    try:
        folder.mkdir(parents=True, exist_ok=True)
        data, page = folder / "report.json", folder / "index.html"
        data.write_text(json.dumps(as_json(report), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        page.write_text(to_html(report), encoding="utf-8")
    except OSError as error:
        raise InputFileError(f"{folder}: the report cannot be written ({error})") from error
    return data, page


@dataclass(frozen=True, slots=True)
class Floor:
    """The least that a figure of the gated subset may be."""

    chapter: str
    figure: str
    least: float


FLOORS = (
    Floor("clinical", "disposition right", 1.0),
    Floor("clinical", "must-haves met", 0.97),
    Floor("clinical", "claims without unflagged indirectness", 1.0),
    Floor("clinical", "machine rules kept", 1.0),
    *(
        Floor("directness", f"{part}: {axis}, {measure}", least)
        for part, least in (("all", 0.95), ("dev", 0.95), ("check", 0.9), ("fresh", 0.85))
        for axis in directness.AXES
        for measure in ("precision", "recall")
    ),
    *(Floor("directness", f"{p}: not called direct when it is not", least) for p, least in (("all", 0.98), ("fresh", 0.94))),
    Floor("consistency", "the same but for a spelling said aloud", 0.97),
)
"""A floor stands below the figure measured when it was set by what a few cases may move; it is raised when the figure rises, never lowered to pass.

The fresh part has at most nine pairs an axis: one of them is 0.11.
"""


def below_floor(report: Report, floors: Sequence[Floor] = FLOORS) -> list[str]:
    """Every figure under its floor, in words; a figure that is missing is under it."""
    faults = []
    for floor in floors:
        try:
            value = report.chapter(floor.chapter).figure(floor.figure).value
        except KeyError as error:
            faults.append(f"{floor.chapter}, {floor.figure}: not measured ({error.args[0]})")
            continue
        if value is None or value < floor.least:
            faults.append(
                f"{floor.chapter}, {floor.figure}: {'none' if value is None else f'{value:.4f}'}, at least {floor.least:g}"
            )
    return faults
