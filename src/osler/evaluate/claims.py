"""How good the claim check is: what it blocks and what it strips, by kind of change, with intervals; and labelled data beside baselines.

Changed claims and paraphrases are made by rule from real sentences (`perturb`, `paraphrase`); what people wrote themselves
is counted apart. Documents fall into two halves by a hash of their id: rules may be tuned on half 0, half 1 is only scored.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from pathlib import Path
from statistics import median

from osler.domain.verification import Verdict
from osler.evaluate.claim_data import NEITHER, REFUTES, SUPPORTS, ClaimData, Labelled, Passage, half, read_claim_data
from osler.evaluate.paraphrase import paraphrased
from osler.evaluate.perturb import MAKERS, Variant, changed, members_of
from osler.language.lexicon import Lexicon
from osler.language.polarity import negation_count
from osler.language.words import STOP_WORDS
from osler.verification.support import verify

CONTROLS = ("verbatim", "paraphrase")
SCORED_HALF = 1
CASES_PER_KIND = 1000
_PER_SENTENCE = 3
_LENGTH = range(30, 401)
_Z = 1.959964
_TOKEN = re.compile(r"[a-z0-9]+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Rate:
    """`right` of `n`, with a 95 % Wilson interval."""

    right: int
    n: int

    @property
    def share(self) -> float:
        return self.right / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Source: Wilson, J Am Stat Assoc 1927;22:209-212."""
        if not self.n:
            return 0.0, 1.0
        p, z2 = self.share, _Z * _Z
        centre = (p + z2 / (2 * self.n)) / (1 + z2 / self.n)
        spread = _Z / (1 + z2 / self.n) * sqrt(p * (1 - p) / self.n + z2 / (4 * self.n * self.n))
        return max(0.0, centre - spread), min(1.0, centre + spread)


@dataclass(frozen=True, slots=True)
class Miss:
    """A claim that the check got wrong: a change that passed, or a control that did not."""

    kind: str
    how: str
    claim: str
    span: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scores:
    """Accuracy and macro-F1 over the labels of one labelled set."""

    n: int
    accuracy: float
    macro_f1: float


@dataclass(frozen=True, slots=True)
class LabelledResult:
    """One labelled set: the check beside its baselines. with_rationale: label and sentence right, where sentences are given.

    confusion: counts by "label/answer"."""

    source: str
    check: Scores
    majority: Scores
    overlap: Scores
    overlap_threshold: float
    with_rationale: Rate | None
    confusion: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ClaimsReport:
    """blocked: changed claims not passed, by kind; kept: controls passed, by kind; human: people's paraphrases passed, by source."""

    half: int
    blocked: Mapping[str, Rate]
    kept: Mapping[str, Rate]
    by_rule: Mapping[str, Rate]
    human: Mapping[str, Rate]
    labelled: tuple[LabelledResult, ...]
    median_ms: float
    p95_ms: float
    misses: tuple[Miss, ...]


def evaluate_claims(
    paths: Sequence[Path], lexicon: Lexicon, cases: int = CASES_PER_KIND, scored_half: int = SCORED_HALF
) -> ClaimsReport:
    """Score the check on the data sets at `paths`, at most `cases` of each kind. Raises InputFileError."""
    data = read_claim_data(tuple(paths))
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    rules: dict[str, list[int]] = {}
    misses: list[Miss] = []
    times: list[float] = []
    for variant, span in suite(data.passages, lexicon, cases, scored_half):
        started = time.perf_counter()
        verdict, reasons = verify(variant.claim, span, lexicon)
        times.append(time.perf_counter() - started)
        good = (verdict is Verdict.SUPPORTED) is (variant.kind in CONTROLS)
        total[variant.kind] += 1
        right[variant.kind] += good
        rule = rules.setdefault(f"{variant.kind}: {variant.how}", [0, 0])
        rule[0] += good
        rule[1] += 1
        if not good:
            misses.append(Miss(variant.kind, variant.how, variant.claim, span, reasons))
    times.sort()
    return ClaimsReport(
        half=scored_half,
        blocked={k: Rate(right[k], total[k]) for k in MAKERS if total[k]},
        kept={k: Rate(right[k], total[k]) for k in CONTROLS if total[k]},
        by_rule={k: Rate(*v) for k, v in sorted(rules.items())},
        human=_human(data.human, lexicon, scored_half),
        labelled=_labelled(data, lexicon, scored_half),
        median_ms=round(median(times) * 1000, 3) if times else 0.0,
        p95_ms=round(times[int(len(times) * 0.95)] * 1000, 3) if times else 0.0,
        misses=tuple(misses),
    )


def suite(passages: Sequence[Passage], lexicon: Lexicon, cases: int, scored_half: int) -> Iterator[tuple[Variant, str]]:
    """Claims with the span they cite: controls and changes, at most `cases` of a kind and three of a kind a sentence.

    In the order of a hash, so that sources mix. Half of the spans are the sentence alone, half have its neighbours too.
    """
    members = members_of(lexicon)
    chosen = [p for p in passages if half(p.id) == scored_half]
    chosen.sort(key=lambda p: (_hash(p.id), p.sentences))
    counts: Counter[str] = Counter()
    seen: set[str] = set()
    for passage in chosen:
        for i, sentence in enumerate(passage.sentences):
            if sentence in seen or not _is_usable(sentence):
                continue
            seen.add(sentence)
            wide = _hash(f"{passage.id}#{i}") % 2 == 1
            span = " ".join(passage.sentences[max(0, i - 1) : i + 2]) if wide else sentence
            for variant in _variants(sentence, " ".join(passage.sentences), lexicon, members, counts, cases):
                counts[variant.kind] += 1
                yield variant, span
        if all(counts[k] >= cases for k in (*CONTROLS, *MAKERS)):
            return


def _is_usable(sentence: str) -> bool:
    return len(sentence) in _LENGTH and sentence[0].isupper() and sentence.endswith(".") and "\n" not in sentence


def _variants(
    sentence: str, passage: str, lexicon: Lexicon, members: Mapping[str, tuple[str, ...]], counts: Counter[str], cases: int
) -> Iterator[Variant]:
    open_kinds = [k for k in MAKERS if counts[k] < cases]
    made = [Variant("verbatim", "verbatim", sentence)]
    if counts["paraphrase"] < cases:
        made.extend(paraphrased(sentence, lexicon))
    made.extend(changed(sentence, passage, lexicon, members, open_kinds))
    by_kind: dict[str, list[Variant]] = {}
    for variant in made:
        by_kind.setdefault(variant.kind, []).append(variant)
    for kind, variants in by_kind.items():
        room = min(_PER_SENTENCE, cases - counts[kind])
        if room > 0:
            yield from sorted(variants, key=lambda v: _hash(v.how + v.claim))[:room]


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[1:9], "big")


def _human(claims: Sequence[Labelled], lexicon: Lexicon, scored_half: int) -> dict[str, Rate]:
    """How many of the claims that people wrote from their sources pass; word-for-word copies are counted apart."""
    found: dict[str, list[int]] = {}
    for item in claims:
        if half(item.id) != scored_half or not item.sentences:
            continue
        copied = any(item.claim.strip(" .") in s for s in item.sentences)
        counts = found.setdefault(f"{item.source}{' (copied)' if copied else ''}", [0, 0])
        counts[0] += verify(item.claim, item.text, lexicon)[0] is Verdict.SUPPORTED
        counts[1] += 1
    return {k: Rate(*v) for k, v in sorted(found.items())}


_ANSWER_OF = {Verdict.SUPPORTED: SUPPORTS, Verdict.CONTRADICTED: REFUTES}


def _labelled(data: ClaimData, lexicon: Lexicon, scored_half: int) -> tuple[LabelledResult, ...]:
    sources = list(dict.fromkeys(item.source for item in data.labelled))
    return tuple(_one_set(s, [i for i in data.labelled if i.source == s], lexicon, scored_half) for s in sources)


def _one_set(source: str, items: Sequence[Labelled], lexicon: Lexicon, scored_half: int) -> LabelledResult:
    tuning = [i for i in items if half(i.id) != scored_half]
    scored = [i for i in items if half(i.id) == scored_half]
    gold = [i.label for i in scored]
    labels = sorted({i.label for i in items})
    answers = [_answer(i, lexicon, labels) for i in scored]
    common = Counter(i.label for i in tuning or scored).most_common(1)[0][0]
    threshold = max(
        (t / 20 for t in range(1, 20)),
        key=lambda t: (_score([i.label for i in tuning], [_by_overlap(i, t, labels) for i in tuning], labels).macro_f1, -t),
    )
    with_sentence = [i for i in scored if i.rationale]
    return LabelledResult(
        source=source,
        check=_score(gold, answers, labels),
        majority=_score(gold, [common] * len(gold), labels),
        overlap=_score(gold, [_by_overlap(i, threshold, labels) for i in scored], labels),
        overlap_threshold=threshold,
        with_rationale=Rate(sum(_with_rationale(i, lexicon) for i in with_sentence), len(with_sentence)) if with_sentence else None,
        confusion=dict(sorted(Counter(f"{g}/{a}" for g, a in zip(gold, answers, strict=True)).items())),
    )


def _answer(item: Labelled, lexicon: Lexicon, labels: Sequence[str]) -> str:
    """The check's verdict in the set's labels; where a set has no "neither", everything not supported is refuted."""
    answer = _ANSWER_OF.get(verify(item.claim, item.text, lexicon)[0], NEITHER)
    return answer if answer in labels else REFUTES


def _with_rationale(item: Labelled, lexicon: Lexicon) -> bool:
    """Whether a single sentence of the rationale gets the right label from the check."""
    return any(_ANSWER_OF.get(verify(item.claim, item.sentences[n], lexicon)[0]) == item.label for n in sorted(item.rationale))


def _tokens(text: str) -> frozenset[str]:
    return frozenset(_TOKEN.findall(text.lower())) - STOP_WORDS


def _by_overlap(item: Labelled, threshold: float, labels: Sequence[str]) -> str:
    """The baseline: enough of the claim's words stand in the text; a denial on one side only refutes."""
    mine = _tokens(item.claim)
    overlap = len(mine & _tokens(item.text)) / max(1, len(mine))
    denied = (negation_count(item.claim) > 0) != (negation_count(item.text) > 0)
    if overlap < threshold:
        return NEITHER if NEITHER in labels else REFUTES
    return REFUTES if denied else SUPPORTS


def _score(gold: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> Scores:
    pairs = list(zip(gold, answers, strict=True))
    f1s = []
    for label in labels:
        hit = sum(g == a == label for g, a in pairs)
        said, was = sum(a == label for a in answers), sum(g == label for g in gold)
        f1s.append(2 * hit / (said + was) if said + was else 0.0)
    accuracy = sum(g == a for g, a in pairs) / len(pairs) if pairs else 0.0
    return Scores(len(pairs), round(accuracy, 4), round(sum(f1s) / len(f1s), 4) if f1s else 0.0)


def _percent(rate: Rate) -> str:
    low, high = rate.interval
    return f"{rate.share:7.2%}  ({low:.2%} to {high:.2%})  n={rate.n}"


def to_table(report: ClaimsReport) -> str:
    """The report as plain text: both error rates by kind, human paraphrases, labelled sets."""
    tuned = "nothing was tuned on it" if report.half == SCORED_HALF else "rules were tuned on it"
    lines = [
        f"Claims of half {report.half} (documents by hash; {tuned})",
        "",
        "Changed claims blocked, 95 % Wilson interval",
    ]
    lines += [f"  {kind:18}{_percent(rate)}" for kind, rate in report.blocked.items()]
    lines += ["", "Controls passed"]
    lines += [f"  {kind:18}{_percent(rate)}" for kind, rate in report.kept.items()]
    lines += [f"    {rule:30}{_percent(rate)}" for rule, rate in report.by_rule.items() if rule.startswith("paraphrase")]
    lines += ["", "Claims that people wrote from their source, passed"]
    lines += [f"  {source:18}{_percent(rate)}" for source, rate in report.human.items()]
    lines += ["", f"{'Labelled claims':18}{'n':>6}  {'check acc / F1':>16}  {'majority':>16}  {'word overlap':>16}  rationale"]
    for r in report.labelled:
        scores = "  ".join(f"{f'{s.accuracy:.3f} / {s.macro_f1:.3f}':>16}" for s in (r.check, r.majority, r.overlap))
        rationale = f"{r.with_rationale.share:.2%} of {r.with_rationale.n}" if r.with_rationale else ""
        lines.append(f"  {r.source:16}{r.check.n:>6}  {scores}  {rationale}")
    lines += ["", f"One check: {report.median_ms} ms at the median, {report.p95_ms} ms at the 95th percentile"]
    return "\n".join(lines) + "\n"


def as_json(report: ClaimsReport) -> dict[str, object]:
    """The report as a JSON value; rates with their intervals."""

    def rates(table: Mapping[str, Rate]) -> dict[str, object]:
        return {
            k: {"right": r.right, "n": r.n, "share": round(r.share, 5), "interval": [round(x, 5) for x in r.interval]}
            for k, r in table.items()
        }

    labelled = []
    for r in report.labelled:
        entry = asdict(r)
        entry["with_rationale"] = rates({"": r.with_rationale})[""] if r.with_rationale else None
        labelled.append(entry)
    return {
        "schema": "osler.claims/1",
        "half": report.half,
        "blocked": rates(report.blocked),
        "kept": rates(report.kept),
        "by_rule": rates(report.by_rule),
        "human": rates(report.human),
        "labelled": labelled,
        "median_ms": report.median_ms,
        "p95_ms": report.p95_ms,
        "misses": [asdict(m) for m in report.misses],
    }
