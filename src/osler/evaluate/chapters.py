"""One chapter an evaluation: its figures, each with its interval, number of cases, baseline and aim, and its own full report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from osler.errors import OslerError
from osler.evaluate import answers, clinical, consistency, directness, yesno
from osler.evaluate.statistics import Share
from osler.pipeline import Library


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number between 0 and 1. `n`: of how many cases; low, high: its 95 % interval where it has one.

    baseline: what the plain alternative named `against` reaches on the same cases. aim: what it should reach.
    """

    name: str
    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    baseline: float | None = None
    against: str = ""
    aim: float | None = None

    @classmethod
    def of(cls, name: str, share: Share, aim: float | None = None, baseline: float | None = None, against: str = "") -> Figure:
        low, high = share.interval or (None, None)
        return cls(name, share.value, share.of, low, high, baseline, against, aim)

    @property
    def reached(self) -> bool | None:
        """Whether the aim is reached; None without an aim or a value."""
        return None if self.aim is None or self.value is None else self.value >= self.aim


@dataclass(frozen=True, slots=True)
class Chapter:
    """One evaluation. command: how to repeat it. missing: why it was not measured, else "". details: its own full report."""

    key: str
    title: str
    command: str
    figures: tuple[Figure, ...] = ()
    note: str = ""
    missing: str = ""
    details: Any = None

    def figure(self, name: str) -> Figure:
        """The figure of that name. Raises KeyError."""
        found = next((f for f in self.figures if f.name == name), None)
        if found is None:
            raise KeyError(f"{self.key}: no figure {name!r}")
        return found


def clinical_chapter(library: Library) -> Chapter:
    """The development questions that ship with Osler."""
    scored = clinical.evaluate_clinical(library, clinical.shipped_questions())
    s = clinical.summary(scored)
    point = round(s["claims_to_the_point"] * s["claims"]) if s["claims"] else 0
    figures = (
        Figure.of("disposition right", Share(s["disposition_right"], s["questions"]), 1.0),
        Figure.of("must-haves met", Share(s["must_have_met"], s["must_have_in_library"]), 0.8),
        Figure.of("must-haves in their role", Share(s["must_have_in_role"], s["must_have_in_library"]), 1.0),
        Figure.of("claims without unflagged indirectness", Share(s["claims"] - s["unflagged_indirect"], s["claims"]), 1.0),
        Figure.of("claims to the point", Share(point, s["claims"]), 0.8),
        Figure.of("machine rules kept", Share(s["rules_checked"] - s["rules_broken"], s["rules_checked"]), 1.0),
    )
    note = "Questions that Osler was built and tuned on: they show that its aims are met there, not how it does on unseen ones."
    return Chapter("clinical", "Clinical questions", "osler evaluate clinical", figures, note, details=clinical.as_json(scored))


def directness_chapter(library: Library) -> Chapter:
    """The labelled pairs that ship with Osler; indirect evidence by axis, on each part."""
    report = directness.evaluate_directness(library.lexicon, library.words)
    figures = []
    for part in (None, *directness.PARTS):
        name = part or "all"
        for axis, counts in report.axes(part).items():
            figures.append(Figure.of(f"{name}: {axis}, precision", counts.precision, 0.9))
            figures.append(Figure.of(f"{name}: {axis}, recall", counts.recall, 0.9))
        figures.append(Figure.of(f"{name}: not called direct when it is not", report.never_shown_as_direct(part), 0.95))
    note = (
        "dev: the rules were made on it. check: written before the rules; its faults were mended after the first figures "
        "(docs/evaluation.md has those). fresh: written after, and never mended. One author wrote all three."
    )
    command = "osler evaluate directness"
    return Chapter("directness", "Directness by axis", command, tuple(figures), note, details=directness.as_json(report))


def consistency_chapter(library: Library, questions: Sequence[Mapping[str, Any]] | None = None, limit: int = 10) -> Chapter:
    """Every shipped question in `limit` wordings."""
    asked = questions if questions is not None else consistency.shipped_questions()
    report = consistency.evaluate_consistency(library, asked, limit)
    figures = (
        Figure.of("same disposition, first option and dose", report.stable, 0.98),
        Figure.of("the same but for a spelling said aloud", report.stable_but_for_spelling, 0.98),
        Figure.of("questions wholly stable", report.fully_stable),
        Figure.of("same bottom line", report.same_lead),
        *(Figure.of(f"wording: {rule}", share) for rule, share in report.by_rule().items()),
    )
    note = f"{len(asked)} questions, at most {limit} wordings each, made by rule."
    return Chapter("consistency", "Consistency", "osler evaluate consistency", figures, note, details=consistency.as_json(report))


def yesno_chapter(path: Path | None) -> Chapter:
    command = "osler evaluate answers --pubmedqa FILE"
    if path is None:
        return Chapter("yesno", "Yes, no or maybe (PubMedQA)", command, missing="no data set was named")
    figures: list[Figure] = []
    details: dict[str, Any] = {}
    for report in yesno.evaluate_yesno(yesno.read_pubmedqa(path)):
        for name, decided in (("all", report.decided), ("half 1", report.half(1))):
            found = yesno.figures(decided)
            details[f"{report.setting}, {name}"] = found
            hits, base = found["accuracy"], found["baseline_accuracy"]
            against = found["baseline"]
            label = f"{report.setting}, {name}"
            figures.append(Figure.of(f"{label}: accuracy", Share(hits["hits"], hits["of"]), None, base["value"], against))
            f1 = found["macro_f1"]
            figures.append(Figure(f"{label}: macro-F1", f1, hits["of"], baseline=found["baseline_macro_f1"], against=against))
    note = "Without a model, from the stance of the sentences that speak of the question's terms. Rules were made on half 0."
    return Chapter("yesno", "Yes, no or maybe (PubMedQA)", command, tuple(figures), note, details=details)


def answers_chapter(paths: Sequence[Path]) -> Chapter:
    title, command = "Answers from quotes (BioASQ)", "osler evaluate answers --bioasq DIR"
    if not paths:
        return Chapter("answers", title, command, missing="no data set was named")
    report = answers.evaluate_answers(answers.read_bioasq(paths))
    details = {kind or "all": answers.figures(report, kind) for kind in (None, *sorted({a.kind for a in report.answered}))}
    found = details["all"]
    osler, plain = found["systems"]["osler"], found["systems"][f"first {answers.BASELINES[0]} by words"]
    against, n = "first passage by words", found["questions"]
    quotes = osler["quotes_a_gold_snippet"]
    spoke = osler["quotes_a_gold_snippet_when_it_answers"]
    base = plain["quotes_a_gold_snippet"]["value"]
    number = osler["figures_of_the_ideal_answer"]
    figures = (
        Figure.of("answered", Share(found["answered"]["hits"], n)),
        Figure.of("quotes a gold snippet", Share(quotes["hits"], quotes["of"]), None, base, against),
        Figure.of("quotes one, of those answered", Share(spoke["hits"], spoke["of"]), None, base, against),
        Figure(
            "terms of the ideal answer",
            osler["terms_of_the_ideal_answer"],
            n,
            baseline=plain["terms_of_the_ideal_answer"],
            against=against,
        ),
        Figure.of(
            "figures of the ideal answer",
            Share(number["hits"], number["of"]),
            None,
            plain["figures_of_the_ideal_answer"]["value"],
            against,
        ),
    )
    note = "Most questions are of molecular biology, outside Osler's scope; an abstention counts as nothing quoted."
    return Chapter("answers", title, command, figures, note, details=details)


def retrieval_chapter(folder: Path) -> Chapter:
    """The other rankings' figures beside plain BM25's, as `retrieval` measures them."""
    key, title, command = f"retrieval-{folder.name}", f"Retrieval ({folder.name})", "osler evaluate retrieval DIR"
    try:
        from osler.evaluate.report import MEASURES, as_json
        from osler.evaluate.retrieval import evaluate_retrieval

        report = evaluate_retrieval(folder)
    except (ImportError, OslerError) as error:
        return Chapter(key, title, command, missing=str(error))
    base, queries = report.systems[0], report.queries
    figures = tuple(
        Figure(f"{s.name}, {m}", s.mean(m, queries), len(queries), baseline=base.mean(m, queries), against=base.name)
        for s in report.systems[1:]
        for m in MEASURES
    )
    return Chapter(key, title, command, figures, f"{report.documents:,} documents.", details=as_json(report))


def claims_chapter(library: Library, paths: Sequence[Path]) -> Chapter:
    """The claim check on changed and kept claims, as `claims` measures it."""
    title, command = "Claim check", "osler evaluate claims DIR…"
    if not paths:
        return Chapter("claims", title, command, missing="no data set was named")
    try:
        from osler.evaluate.claims import as_json, evaluate_claims

        report = evaluate_claims(paths, library.lexicon)
    except (ImportError, OslerError) as error:
        return Chapter("claims", title, command, missing=str(error))
    figures = tuple(
        Figure(f"{what}: {kind}", rate.share, rate.n, *rate.interval)
        for what, table in (("changed, blocked", report.blocked), ("kept, passed", report.kept))
        for kind, rate in table.items()
    )
    return Chapter("claims", title, command, figures, details=as_json(report))
