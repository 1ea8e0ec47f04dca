"""Does the same question in other words get the same answer: disposition, first option, first dose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from osler.domain.answer import Disposition, NoticeKind, Role
from osler.domain.article import Article
from osler.domain.question import Audience
from osler.evaluate.clinical import read_questions
from osler.evaluate.statistics import Share
from osler.evaluate.wordings import Wording, wordings
from osler.language.lexicon import Lexicon
from osler.pipeline import Library, ask

Ask = Callable[[str, Audience], Article]


@dataclass(frozen=True, slots=True)
class Heart:
    """What must not change with the wording.

    option: the first option's name, else what the first claim with an option's role cites. dose: the first row of the dose table.
    lead: the statements that the bottom line cites; recorded, but not required to be the same.
    read_as: whether the article says that it read a misspelt word as another, which is a caveat by itself.
    """

    disposition: str
    option: str
    dose: str
    lead: tuple[str, ...]
    read_as: bool = False

    def same_as(self, other: Heart) -> bool:
        return (self.disposition, self.option, self.dose) == (other.disposition, other.option, other.dose)


@dataclass(frozen=True, slots=True)
class Worded:
    wording: Wording
    heart: Heart
    same: bool
    same_lead: bool


@dataclass(frozen=True, slots=True)
class Questioned:
    """One question with its wordings."""

    id: str
    text: str
    heart: Heart
    others: tuple[Worded, ...]


@dataclass(frozen=True, slots=True)
class ConsistencyReport:
    questions: tuple[Questioned, ...]

    @property
    def stable(self) -> Share:
        """Wordings with the same disposition, first option and first dose as the question as it was written."""
        worded = [w for q in self.questions for w in q.others]
        return Share(sum(1 for w in worded if w.same), len(worded))

    @property
    def same_lead(self) -> Share:
        worded = [w for q in self.questions for w in q.others]
        return Share(sum(1 for w in worded if w.same_lead), len(worded))

    @property
    def fully_stable(self) -> Share:
        """Questions whose every wording is the same."""
        return Share(sum(1 for q in self.questions if all(w.same for w in q.others)), len(self.questions))

    @property
    def stable_but_for_spelling(self) -> Share:
        """The same, where `answer` may become `answer_with_caveats` when the article says that it read a misspelt word as another."""
        worded = [(q, w) for q in self.questions for w in q.others]
        return Share(sum(1 for q, w in worded if w.same or _said_aloud(q.heart, w.heart)), len(worded))

    def by_rule(self) -> dict[str, Share]:
        rules = dict.fromkeys(w.wording.rule for q in self.questions for w in q.others)
        of = {r: [w for q in self.questions for w in q.others if w.wording.rule == r] for r in rules}
        return {r: Share(sum(1 for w in ws if w.same), len(ws)) for r, ws in of.items()}

    def unstable(self) -> Iterator[tuple[Questioned, Worded]]:
        yield from ((q, w) for q in self.questions for w in q.others if not w.same)


def _said_aloud(before: Heart, after: Heart) -> bool:
    caveat = (before.disposition, after.disposition) == (Disposition.ANSWER.value, Disposition.ANSWER_WITH_CAVEATS.value)
    return after.read_as and caveat and (before.option, before.dose) == (after.option, after.dose)


def heart_of(article: Article) -> Heart:
    options = [c for c in article.claims if c.role is Role.OPTION]
    first = article.options[0].intervention if article.options else "".join(_cited(c) for c in options[:1])
    dose = "".join(f"{r.intervention} {r.dose} {r.timing} ({r.population}; {r.problem_studied})" for r in article.dose_table[:1])
    lead = tuple(_cited(article.claim(i)) for i in article.bottom_line)
    read_as = any(n.kind is NoticeKind.UNKNOWN_TERM and n.text.startswith("Read “") for n in article.notices)
    return Heart(article.disposition.value, first, dose, lead, read_as)


def _cited(claim: Any) -> str:
    return next((c.extraction or f"{c.span.document_id}:{c.span.start}" for c in claim.citations), claim.id)


def shipped_questions() -> tuple[dict[str, Any], ...]:
    """The development and the check questions that ship with Osler."""
    found: tuple[dict[str, Any], ...] = ()
    for name in ("dev", "check"):
        with resources.as_file(resources.files("osler.evaluate") / "data" / f"clinical_questions_{name}.jsonl") as path:
            found += read_questions(path)
    return found


def evaluate_consistency(
    library: Library, questions: Sequence[Mapping[str, Any]], limit: int = 10, asking: Ask | None = None
) -> ConsistencyReport:
    """Ask each question as it is written and in `limit` wordings. `asking`: in place of the library's own `ask`, for tests."""
    asking = asking or (lambda text, audience: ask(library, text, audience))
    return ConsistencyReport(tuple(_questioned(q, library.lexicon, limit, asking) for q in questions))


def _questioned(question: Mapping[str, Any], lexicon: Lexicon, limit: int, asking: Ask) -> Questioned:
    audience = Audience(question.get("audience", "clinician"))
    heart = heart_of(asking(question["question"], audience))
    others = []
    for wording in wordings(question["question"], lexicon, limit):
        other = heart_of(asking(wording.text, audience))
        others.append(Worded(wording, other, heart.same_as(other), heart.lead == other.lead))
    return Questioned(str(question["id"]), question["question"], heart, tuple(others))


def to_table(report: ConsistencyReport) -> str:
    """The share that is stable, by rule, and every wording that is not, with what changed."""
    lines = [
        f"{'stable':28} {_say(report.stable)}",
        f"{'stable but for spelling':28} {_say(report.stable_but_for_spelling)}",
        f"{'questions wholly stable':28} {_say(report.fully_stable)}",
        f"{'same bottom line':28} {_say(report.same_lead)}",
        *(f"  {rule:26} {_say(share)}" for rule, share in report.by_rule().items()),
    ]
    for question, worded in report.unstable():
        lines += ["", f"{question.id} [{worded.wording.rule}] {worded.wording.text}"]
        for name in ("disposition", "option", "dose"):
            before, after = getattr(question.heart, name), getattr(worded.heart, name)
            if before != after:
                lines.append(f"  {name}: {before or 'none'} -> {after or 'none'}")
    return "\n".join(lines) + "\n"


def _say(share: Share) -> str:
    low_high = share.interval
    return (
        "none"
        if share.value is None or low_high is None
        else f"{share.value:.3f} ({share.hits} of {share.of}; {low_high[0]:.3f} to {low_high[1]:.3f})"
    )


def as_json(report: ConsistencyReport) -> dict[str, Any]:
    return {
        "stable": report.stable.as_json(),
        "stable_but_for_spelling": report.stable_but_for_spelling.as_json(),
        "questions_wholly_stable": report.fully_stable.as_json(),
        "same_bottom_line": report.same_lead.as_json(),
        "by_rule": {rule: share.as_json() for rule, share in report.by_rule().items()},
        "questions": [
            {
                "id": q.id,
                "question": q.text,
                **_heart_json(q.heart),
                "wordings": [
                    {
                        "rule": w.wording.rule,
                        "text": w.wording.text,
                        "same": w.same,
                        "same_bottom_line": w.same_lead,
                        **_heart_json(w.heart),
                    }
                    for w in q.others
                ],
            }
            for q in report.questions
        ],
    }


def _heart_json(heart: Heart) -> dict[str, Any]:
    return {
        "disposition": heart.disposition,
        "first_option": heart.option,
        "first_dose": heart.dose,
        "bottom_line": list(heart.lead),
    }
