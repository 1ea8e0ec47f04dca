"""Clinical questions with must-have facts and must-nots, asked and scored.

A question file is JSON Lines; each line has `id`, `audience`, `question`, `safe_action`, `must_have`
(each with `fact` and `library_ids`), `must_not`, `must_do`, optional `machine` rules (see `rules.py`).
A must-have counts only where the library holds it (`library_ids` not empty): it is met when a claim of the
answer cites one of those statements, and in role when that claim's role is the statement's proper job.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from osler.answer.plan import ROLE_OF
from osler.domain.answer import Disposition, Role
from osler.domain.article import ArticleClaim
from osler.domain.document import Direction
from osler.domain.evidence import Directness
from osler.domain.question import Audience
from osler.errors import InputFileError
from osler.evaluate.rules import RuleResult, check_rules
from osler.pipeline import Asked, Library, ask_explained

MAX_CLAIMS = 25
MAX_BOTTOM_LINE = 3
_EXPECTED = {
    "answer": Disposition.ANSWER,
    "answer_with_caveats": Disposition.ANSWER_WITH_CAVEATS,
    "answer_and_escalate": Disposition.ANSWER_AND_ESCALATE,
    "ask_clarify": Disposition.CLARIFY,
    "clarify": Disposition.CLARIFY,
    "abstain": Disposition.ABSTAIN,
    "escalate_emergency": Disposition.EMERGENCY,
    "emergency": Disposition.EMERGENCY,
}
_ROLES_ALSO_RIGHT: Mapping[Role, frozenset[Role]] = {
    Role.MONITORING: frozenset({Role.RED_FLAG}),
    Role.EVIDENCE: frozenset({Role.RED_FLAG, Role.OPTION}),
    Role.OPTION: frozenset({Role.RED_FLAG, Role.EVIDENCE, Role.CAUTION}),
    Role.HARM: frozenset({Role.CAUTION, Role.RED_FLAG}),
}


@dataclass(frozen=True, slots=True)
class MustHave:
    fact: str
    library_ids: tuple[str, ...]
    met_by: tuple[str, ...]
    in_role: bool


@dataclass(frozen=True, slots=True)
class Scored:
    """One question's result. `unflagged`: claims shown as direct that a slow second look finds indirect."""

    id: str
    expected: Disposition
    disposition: Disposition
    must_haves: tuple[MustHave, ...]
    not_in_library: tuple[str, ...]
    unflagged: tuple[str, ...]
    claims: int
    bottom_line: int
    to_the_point: int
    rules: tuple[RuleResult, ...]
    human_read: tuple[str, ...]

    @property
    def right_disposition(self) -> bool:
        return self.expected is self.disposition

    @property
    def met(self) -> int:
        return sum(1 for m in self.must_haves if m.met_by)

    @property
    def in_role(self) -> int:
        return sum(1 for m in self.must_haves if m.met_by and m.in_role)

    @property
    def short_enough(self) -> bool:
        return self.claims <= MAX_CLAIMS and self.bottom_line <= MAX_BOTTOM_LINE

    @property
    def broken_rules(self) -> tuple[RuleResult, ...]:
        return tuple(r for r in self.rules if not r.passed)


def read_questions(path: Path) -> tuple[dict[str, Any], ...]:
    """The lines of a question file. Raises InputFileError with the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputFileError(f"{path}: {error}") from error
    questions = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            question = json.loads(line)
            if not {"id", "question", "safe_action", "must_have"} <= set(question) or question["safe_action"] not in _EXPECTED:
                raise ValueError("id, question, safe_action or must_have is missing or unknown")
        except (ValueError, TypeError) as error:
            raise InputFileError(f"{path}, line {number}: {error}") from error
        questions.append(question)
    return tuple(questions)


def shipped_questions() -> tuple[dict[str, Any], ...]:
    """The development questions that ship with Osler."""
    with resources.as_file(resources.files("osler.evaluate") / "data" / "clinical_questions_dev.jsonl") as path:
        return read_questions(path)


def evaluate_clinical(library: Library, questions: Sequence[dict[str, Any]]) -> tuple[Scored, ...]:
    """Ask and score each question, in file order."""
    return tuple(_score(q, ask_explained(library, q["question"], Audience(q.get("audience", "clinician")))) for q in questions)


def _score(question: dict[str, Any], asked: Asked) -> Scored:
    article = asked.article
    must_haves, absent = [], []
    for must in question["must_have"]:
        ids = tuple(must.get("library_ids", ()))
        if not ids:
            absent.append(must["fact"])
            continue
        claims = [c for c in article.claims if any(x.extraction in ids for x in c.citations)]
        must_haves.append(MustHave(must["fact"], ids, tuple(c.id for c in claims), any(_in_role(c, asked) for c in claims)))
    rules = check_rules(question, article)
    return Scored(
        id=question["id"],
        expected=_EXPECTED[question["safe_action"]],
        disposition=article.disposition,
        must_haves=tuple(must_haves),
        not_in_library=tuple(absent),
        unflagged=_unflagged(asked),
        claims=len(article.claims),
        bottom_line=len(article.bottom_line),
        to_the_point=sum(1 for c in article.claims if _to_the_point(c, asked)),
        rules=rules,
        human_read=tuple(
            t for t in (*question.get("must_not", ()), *question.get("must_do", ())) if t not in {r.text for r in rules}
        ),
    )


def _finding_of(claim: ArticleClaim, asked: Asked) -> Any:
    wanted = claim.citations[0].extraction
    return next(i.finding for i in asked.profile.items if i.finding.statement_id == wanted)


def _in_role(claim: ArticleClaim, asked: Asked) -> bool:
    finding = _finding_of(claim, asked)
    proper = ROLE_OF[finding.direction]
    if finding.direction is Direction.DOSE and not any(claim.id in row.claims for row in asked.article.dose_table):
        return False
    return claim.role is proper or claim.role in _ROLES_ALSO_RIGHT.get(proper, frozenset())


def _unflagged(asked: Asked) -> tuple[str, ...]:
    """Claims called direct whose raw extraction fields differ from the question: a plain second look, by words alone.

    It shares no code with appraisal: it compares the recorded tags and problem labels with the frame's names.
    """
    frame = asked.question.frame
    unflagged = []
    for claim in asked.article.claims:
        if claim.citations[0].directness is not Directness.DIRECT:
            continue
        finding = _finding_of(claim, asked)
        effect = finding.direction in (Direction.BENEFIT, Direction.NO_BENEFIT, Direction.DOSE, Direction.RECOMMENDS)
        words = " ".join(finding.problem_labels).lower()
        itch = any(w in words for w in ("prurit", "itch", "restless"))
        pain_asked = any(any(w in t.name for w in ("spasm", "pain", "gout")) for t in frame.problem)
        if effect and itch and pain_asked and "pain" not in words:
            unflagged.append(claim.id)
        text = finding.population.text.lower()
        kidney_words = (
            "dialysis",
            "renal",
            "kidney",
            "ckd",
            "egfr",
            "gfr",
            "crcl",
            "creatinine clearance",
            "esrd",
            "eskd",
            "anephric",
        )
        if effect and frame.population.on_dialysis and not any(w in text for w in kidney_words):
            unflagged.append(claim.id)
        child_asked = frame.patient.age_years is not None and frame.patient.age_years < 18
        if effect and child_asked and text.startswith("adults") and "child" not in text:
            unflagged.append(claim.id)
    return tuple(dict.fromkeys(unflagged))


def _to_the_point(claim: ArticleClaim, asked: Asked) -> bool:
    """About a drug or a problem that the question names (or a relative or a danger of it): by concept, as framed."""
    item = next(i for i in asked.profile.items if i.finding.statement_id == claim.citations[0].extraction)
    named = item.drug.value in ("asked", "avoid", "class", "current")
    related = item.problem.value in ("same", "narrower", "broader", "danger")
    return named or related or bool(asked.alarms)


def summary(scored: Iterable[Scored]) -> dict[str, Any]:
    """Totals over all questions: counts and their denominators, and shares rounded to three decimals."""
    rows = list(scored)
    must, met = sum(len(r.must_haves) for r in rows), sum(r.met for r in rows)
    claims = sum(r.claims for r in rows)
    point = sum(r.to_the_point for r in rows)
    return {
        "questions": len(rows),
        "disposition_right": sum(1 for r in rows if r.right_disposition),
        "must_have_in_library": must,
        "must_have_met": met,
        "must_have_recall": round(met / must, 3) if must else None,
        "must_have_in_role": sum(r.in_role for r in rows),
        "must_have_not_in_library": sum(len(r.not_in_library) for r in rows),
        "unflagged_indirect": sum(len(r.unflagged) for r in rows),
        "claims": claims,
        "claims_to_the_point": round(point / claims, 3) if claims else None,
        "too_long": sum(1 for r in rows if not r.short_enough),
        "rules_checked": sum(len(r.rules) for r in rows),
        "rules_broken": sum(len(r.broken_rules) for r in rows),
        "human_read": sum(len(r.human_read) for r in rows),
    }


def to_table(scored: Sequence[Scored]) -> str:
    """The report as plain text: a line a question, what is missing under it, totals at the end."""
    lines = [f"{'id':5} {'expected':20} {'got':20} {'must':>6} {'role':>5} {'claims':>6} {'lead':>4} {'unflagged':>9} {'rules':>6}"]
    for r in scored:
        passed = len(r.rules) - len(r.broken_rules)
        lines.append(
            f"{r.id:5} {r.expected.value:20} {r.disposition.value:20} {f'{r.met}/{len(r.must_haves)}':>6} {r.in_role:>5} "
            f"{r.claims:>6} {r.bottom_line:>4} {len(r.unflagged):>9} {f'{passed}/{len(r.rules)}':>6}"
        )
        lines += [f"      missing: {m.fact}" for m in r.must_haves if not m.met_by]
        lines += [f"      broken rule: {b.text} ({b.why})" for b in r.broken_rules]
    lines += ["", *(f"{k.replace('_', ' '):26} {v}" for k, v in summary(scored).items())]
    return "\n".join(lines) + "\n"


def as_json(scored: Sequence[Scored]) -> dict[str, Any]:
    """The whole report as JSON values."""
    return {
        "summary": summary(scored),
        "questions": [
            {
                "id": r.id,
                "expected": r.expected.value,
                "disposition": r.disposition.value,
                "must_have": [
                    {"fact": m.fact, "library_ids": list(m.library_ids), "met_by": list(m.met_by), "in_role": m.in_role}
                    for m in r.must_haves
                ],
                "not_in_library": list(r.not_in_library),
                "unflagged_indirect": list(r.unflagged),
                "claims": r.claims,
                "bottom_line": r.bottom_line,
                "to_the_point": r.to_the_point,
                "rules": [{"text": x.text, "passed": x.passed, "why": x.why} for x in r.rules],
                "human_read": list(r.human_read),
            }
            for r in scored
        ],
    }
