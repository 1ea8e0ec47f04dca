"""The report holds every figure with its interval, n and baseline; the gate fails when a figure falls; the page loads nothing."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from osler.errors import InputFileError
from osler.evaluate.chapters import Chapter, Figure, answers_chapter, claims_chapter, retrieval_chapter, yesno_chapter
from osler.evaluate.everything import (
    FLOORS,
    Floor,
    Report,
    Sources,
    as_json,
    below_floor,
    evaluate_all,
    evaluate_gated,
    find_sources,
    to_table,
    write_report,
)
from osler.evaluate.page import to_html
from osler.evaluate.statistics import Share
from osler.pipeline import Library

RIGHT = Figure.of("hits <all>", Share(9, 10), 0.95, 0.5, "always & ever")
REPORT = Report(
    "Osler 0",
    "abc",
    3,
    (
        Chapter(
            "one",
            "Chapter <one>",
            "osler one",
            (RIGHT, Figure("F1", 0.4, 7), Figure("none", None, 0)),
            "A note.",
            details={"x": [1]},
        ),
        Chapter("two", "Chapter two", "osler two", missing="no data set was named"),
    ),
)


@pytest.fixture(scope="module")
def gated(library: Library) -> Report:
    return evaluate_gated(library)


def test_no_figure_of_the_gated_subset_is_below_its_floor(gated: Report) -> None:
    """The figures that may never fall without being noticed; the floors are raised with the figures."""
    assert below_floor(gated) == []


def test_every_floor_names_a_figure_that_is_measured(gated: Report) -> None:
    for floor in FLOORS:
        figure = gated.chapter(floor.chapter).figure(floor.figure)
        assert figure.value is not None, floor
        assert 0.5 < floor.least <= 1, floor
        assert figure.n >= 7, floor


def test_a_figure_that_falls_is_named(gated: Report) -> None:
    chapter = gated.chapter("directness")
    name = "all: problem, recall"
    fallen = tuple(replace(f, value=0.5) if f.name == name else f for f in chapter.figures)
    others = tuple(c for c in gated.chapters if c.key != "directness")
    report = replace(gated, chapters=(*others, replace(chapter, figures=fallen)))
    assert below_floor(report) == ["directness, all: problem, recall: 0.5000, at least 0.95"]
    assert len(below_floor(replace(gated, chapters=others))) == sum(f.chapter == "directness" for f in FLOORS)


@pytest.mark.parametrize(
    ("floor", "fault"),
    [
        (Floor("one", "hits <all>", 0.9), []),
        (Floor("one", "hits <all>", 0.91), ["one, hits <all>: 0.9000, at least 0.91"]),
        (Floor("one", "none", 0.1), ["one, none: none, at least 0.1"]),
        (Floor("one", "gone", 0.1), ["one, gone: not measured (one: no figure 'gone')"]),
        (Floor("three", "gone", 0.1), ["three, gone: not measured (no chapter 'three')"]),
    ],
)
def test_a_floor_holds_exactly(floor: Floor, fault: list[str]) -> None:
    assert below_floor(REPORT, [floor]) == fault


def test_a_figure_knows_its_interval_and_its_aim() -> None:
    assert (RIGHT.value, RIGHT.n, RIGHT.reached) == (0.9, 10, False)
    assert RIGHT.low is not None
    assert RIGHT.high is not None
    assert RIGHT.low < 0.9 < RIGHT.high
    assert Figure("x", None, 0, aim=0.5).reached is None


def test_the_table_says_everything() -> None:
    table = to_table(REPORT)
    for words in (
        "Chapter <one>",
        "osler one",
        "0.900",
        "n=10",
        "always & ever 0.500",
        "aim 0.95: MISSED",
        "not measured: no data set was named",
    ):
        assert words in table


def test_the_page_shows_every_figure_and_loads_nothing() -> None:
    page = to_html(REPORT)
    assert "<script" not in page
    assert not re.search(r"(?:src|href)\s*=|url\(|@import|https?://", page)
    assert "Chapter &lt;one&gt;" in page
    assert "<one>" not in page
    assert page.count('class="dot') == 2
    assert 'class="dot low"' in page
    assert page.count('class="base"') == 1
    assert page.count('class="bar"') == 1
    assert "always &amp; ever" in page
    for svg in re.findall(r"<svg.*?</svg>", page, re.S):
        assert ElementTree.fromstring(svg).get("aria-label")  # noqa: S314 our own text


def test_marks_stand_where_their_figures_are() -> None:
    svg = re.search(r"<svg.*?</svg>", to_html(REPORT), re.S)
    assert svg is not None
    drawn = ElementTree.fromstring(svg[0])  # noqa: S314 our own text
    grid = {float(line.get("x1", "")) for line in drawn.iter("line") if line.get("class") == "grid"}
    left, right = min(grid), max(grid)
    places = [(float(dot.get("cx", "")) - left) / (right - left) for dot in drawn.iter("circle")]
    assert places == pytest.approx([0.9, 0.4], abs=0.001)


def test_both_files_are_written_and_read_back(tmp_path: Path) -> None:
    data, page = write_report(REPORT, tmp_path / "new" / "report")
    read = json.loads(data.read_text(encoding="utf-8"))
    assert read == json.loads(json.dumps(as_json(REPORT)))
    assert read["schema"] == "osler.evaluation/1"
    assert read["chapters"][0]["figures"][0]["baseline"] == 0.5
    assert page.read_text(encoding="utf-8") == to_html(REPORT)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputFileError, match="file"):
        write_report(REPORT, tmp_path / "file" / "report")


def test_a_chapter_without_its_data_set_says_so(library: Library, tmp_path: Path) -> None:
    for chapter in (yesno_chapter(None), answers_chapter(()), claims_chapter(library, ())):
        assert chapter.missing == "no data set was named"
        assert chapter.figures == ()
    assert str(tmp_path) in retrieval_chapter(tmp_path).missing or retrieval_chapter(tmp_path).missing


def test_data_sets_are_known_by_their_files(tmp_path: Path) -> None:
    for name in (
        "beir/corpus.jsonl",
        "beir/queries.jsonl",
        "half/corpus.jsonl",
        "b/8B1_golden.json",
        "pubmedqa/dev.json",
        "scifact_claims/x",
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}")
    found = find_sources(tmp_path)
    assert found.retrieval == (tmp_path / "beir",)
    assert found.bioasq == (tmp_path / "b/8B1_golden.json",)
    assert found.pubmedqa == tmp_path / "pubmedqa/dev.json"
    assert tmp_path / "scifact_claims" in found.claims
    with pytest.raises(InputFileError, match="not a folder"):
        find_sources(tmp_path / "nowhere")


def test_every_chapter_stands_in_the_report(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    short = Chapter("consistency", "Consistency", "osler evaluate consistency")
    monkeypatch.setattr("osler.evaluate.everything.consistency_chapter", lambda library: short)
    heard: list[str] = []
    report = evaluate_all(library, Sources(), heard.append)
    assert [c.key for c in report.chapters] == ["clinical", "directness", "consistency", "yesno", "answers", "claims"]
    assert len(heard) == len(report.chapters)
    assert report.snapshot == library.snapshot.id
