"""How directly one passage speaks to one question, and how often that verdict is right on a labelled set of pairs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from osler.domain.evidence import Axis, Directness
from osler.domain.question import Audience
from osler.domain.verification import Verdict
from osler.errors import InputFileError
from osler.evaluate.judge import LineVerdict, frame_of_line, judge
from osler.evaluate.reading import read_passage
from osler.evaluate.statistics import Counts, Share, confusion, count_labels
from osler.language.lexicon import Lexicon
from osler.pipeline import clean_question
from osler.question.frame import frame_question
from osler.question.triage import find_instructions
from osler.settings import MAX_QUESTION_CHARACTERS

MAX_PASSAGE_CHARACTERS = 20_000
AXES = tuple(a.value for a in (Axis.POPULATION, Axis.PROBLEM, Axis.INTERVENTION, Axis.ROUTE))
PARTS = ("dev", "check", "fresh")
"""dev: rules were made on it; check: written before the rules, its faults mended after the first figures; fresh: written after, never mended."""
_ORDER = {Directness.DIRECT: 0, Directness.INDIRECT: 1, Directness.OFF: 2}


def appraise_line(question: str, passage: str, lexicon: Lexicon, words: frozenset[str]) -> LineVerdict:
    """The verdict of the sentence of `passage` that speaks most directly. `words`: every word that lexicon and library know.

    Raises QuestionError for text that is no question.
    """
    text = clean_question(question, MAX_QUESTION_CHARACTERS)
    framed = frame_question(text, Audience.CLINICIAN, lexicon, words, find_instructions(text))
    asked = replace(framed, frame=frame_of_line(framed.frame, text, lexicon))
    passage = passage[:MAX_PASSAGE_CHARACTERS]
    readings = read_passage(passage, lexicon)
    found = [judge(asked, passage, reading, lexicon) for reading in readings]
    if not found:
        return LineVerdict(Directness.OFF, (), ("the passage has no words to compare",))
    if any(Axis.PROBLEM in v.axes for v in found):  # a sentence that names no problem speaks of the one that the others name
        named = [v for v, r in zip(found, readings, strict=True) if r.finding.problems or Axis.PROBLEM in v.axes]
        found = named or found
    return min(enumerate(found), key=lambda n: (_ORDER[n[1].directness], len(n[1].axes), n[0]))[1]


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a file of `{"id","question","passage"}`. Raises InputFileError with the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputFileError(f"{path}: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputFileError(f"{path}, line {number}: not JSON ({str(error)[:200]})") from error
        if (
            not isinstance(row, dict)
            or "id" not in row
            or not all(isinstance(row.get(k), str) and row[k].strip() for k in ("question", "passage"))
        ):
            raise InputFileError(f"{path}, line {number}: id, question and passage are needed, the last two as text")
        yield row


def appraise_lines(rows: Iterable[Mapping[str, Any]], lexicon: Lexicon, words: frozenset[str]) -> Iterator[dict[str, Any]]:
    """`{"id","directness","axes","reasons"}` for each line, in its order."""
    for row in rows:
        verdict = appraise_line(row["question"], row["passage"], lexicon, words)
        yield {
            "id": row["id"],
            "directness": verdict.directness.value,
            "axes": [a.value for a in verdict.axes],
            "reasons": list(verdict.reasons),
        }


def about_the_question(
    verdict: Mapping[str, object], question: str, passage: str, lexicon: Lexicon, words: frozenset[str]
) -> dict[str, object]:
    """The verdict of `verify_line`, where a supported claim is `indirect` when its passage is about something else than the question."""
    if verdict["verdict"] != Verdict.SUPPORTED.value:
        return dict(verdict)
    found = appraise_line(question, passage, lexicon, words)
    if found.directness is Directness.DIRECT:
        return dict(verdict)
    return {**verdict, "verdict": Verdict.INDIRECT.value, "reasons": list(found.reasons)}


def shipped_pairs() -> tuple[dict[str, Any], ...]:
    """The labelled pairs that ship with Osler."""
    with resources.as_file(resources.files("osler.evaluate") / "data" / "directness.jsonl") as path:
        return tuple(read_lines(path))


@dataclass(frozen=True, slots=True)
class Judged:
    """One labelled pair with the verdict on it."""

    id: str
    part: str
    gold: Directness
    gold_axes: tuple[str, ...]
    verdict: LineVerdict

    @property
    def axes(self) -> tuple[str, ...]:
        return tuple(a.value for a in self.verdict.axes)

    @property
    def right(self) -> bool:
        return self.gold is self.verdict.directness and set(self.gold_axes) == set(self.axes)


@dataclass(frozen=True, slots=True)
class DirectnessReport:
    judged: tuple[Judged, ...]

    def of(self, part: str | None) -> tuple[Judged, ...]:
        """The pairs of one part, or all of them."""
        return tuple(j for j in self.judged if part is None or j.part == part)

    def axes(self, part: str | None = None) -> dict[str, Counts]:
        """Counts of *indirect* by axis."""
        return count_labels([(frozenset(j.gold_axes), frozenset(j.axes)) for j in self.of(part)], AXES)

    def verdicts(self, part: str | None = None) -> dict[str, Counts]:
        """Counts of direct, indirect and off."""
        pairs = [(frozenset({j.gold.value}), frozenset({j.verdict.directness.value})) for j in self.of(part)]
        return count_labels(pairs, tuple(d.value for d in Directness))

    def never_shown_as_direct(self, part: str | None = None) -> Share:
        """Of the pairs that are indirect, how many are not called direct: what must never fail."""
        indirect = [j for j in self.of(part) if j.gold is not Directness.DIRECT]
        return Share(sum(1 for j in indirect if j.verdict.directness is not Directness.DIRECT), len(indirect))


def evaluate_directness(
    lexicon: Lexicon, words: frozenset[str], pairs: Sequence[Mapping[str, Any]] | None = None
) -> DirectnessReport:
    """The verdict on every labelled pair. A pair is a line to appraise with `part`, `directness` and `axes`.

    Raises InputFileError for a pair whose labels are unknown.
    """
    judged = []
    for pair in shipped_pairs() if pairs is None else pairs:
        axes = tuple(pair.get("axes", ()))
        if pair.get("directness") not in tuple(d.value for d in Directness) or not set(axes) <= set(AXES):
            raise InputFileError(f"pair {pair.get('id')}: directness or axes are missing or unknown")
        verdict = appraise_line(pair["question"], pair["passage"], lexicon, words)
        judged.append(Judged(str(pair["id"]), str(pair.get("part", "")), Directness(pair["directness"]), axes, verdict))
    return DirectnessReport(tuple(judged))


def to_table(report: DirectnessReport) -> str:
    """The figures of each part as plain text, then every pair that was judged otherwise."""
    lines = []
    for part in (*[p for p in PARTS if report.of(p)], None):
        rows = report.of(part)
        right = Share(sum(1 for j in rows if j.right), len(rows))
        lines.append(
            f"{part or 'all'}: {len(rows)} pairs, {_say(right)} wholly right; not shown as direct when it is not: {_say(report.never_shown_as_direct(part))}"
        )
        lines += [
            f"  {label:13} precision {_say(c.precision):24} recall {_say(c.recall):24} F1 {c.f1:.3f}"
            for table in (report.axes(part), report.verdicts(part))
            for label, c in table.items()
        ]
    for j in report.judged:
        if not j.right:
            lines.append(
                f"{j.id} is {j.gold.value} {list(j.gold_axes)}, was called {j.verdict.directness.value} {list(j.axes)}: {'; '.join(j.verdict.reasons)}"
            )
    return "\n".join(lines) + "\n"


def _say(share: Share) -> str:
    low_high = share.interval
    return "of none" if low_high is None or share.value is None else f"{share.value:.3f} ({share.hits}/{share.of})"


def as_json(report: DirectnessReport) -> dict[str, Any]:
    """Every figure with its counts and interval, and every pair."""
    parts: dict[str, Any] = {}
    for part in (*[p for p in PARTS if report.of(p)], None):
        parts[part or "all"] = {
            "pairs": len(report.of(part)),
            "not_shown_as_direct": report.never_shown_as_direct(part).as_json(),
            "confusion": confusion([(j.gold.value, j.verdict.directness.value) for j in report.of(part)]),
            **{
                name: {
                    label: {"precision": c.precision.as_json(), "recall": c.recall.as_json(), "f1": round(c.f1, 4)}
                    for label, c in table.items()
                }
                for name, table in (("axes", report.axes(part)), ("verdicts", report.verdicts(part)))
            },
        }
    return {
        "parts": parts,
        "pairs": [
            {
                "id": j.id,
                "part": j.part,
                "gold": j.gold.value,
                "gold_axes": list(j.gold_axes),
                "directness": j.verdict.directness.value,
                "axes": list(j.axes),
                "reasons": list(j.verdict.reasons),
            }
            for j in report.judged
        ],
    }
