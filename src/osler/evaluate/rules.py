"""Machine rules for must-nots and must-dos: small tests on the article, written beside the question they judge.

A question's `machine` field maps the exact text of a must-not or must-do to a rule:
  {"absent": "regex"}      no claim, dose row or notice matches
  {"present": "regex"}     some notice, claim, gap or dose row matches
  {"first": "regex"}       the first notice matches
  {"no_role": "option"}    no claim has that role
  {"no_dose": "drug"}      no direct dose row names the drug ("*" for any)
  {"indirect": "regex"}    every option or evidence claim that matches is labelled indirect
  {"not_leading": "regex"} no bottom-line claim matches
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from osler.domain.article import Article
from osler.domain.evidence import Directness


@dataclass(frozen=True, slots=True)
class RuleResult:
    text: str
    passed: bool
    why: str


def check_rules(question: Mapping[str, Any], article: Article) -> tuple[RuleResult, ...]:
    """The result of every machine rule of the question. Raises ValueError for an unknown rule."""
    results = []
    for text, rule in (question.get("machine") or {}).items():
        for name, argument in rule.items():
            if name not in _RULES:
                raise ValueError(f"question {question['id']}: unknown machine rule {name!r}")
            why = _RULES[name](argument, article)
            results.append(RuleResult(text, why == "", why))
    return tuple(results)


def _shown(article: Article) -> list[str]:
    rows = [f"{r.intervention} {r.dose} {r.timing}" for r in article.dose_table]
    return [
        *(n.text for n in article.notices),
        *(c.text for c in article.claims),
        *(c.calculation.result for c in article.claims if c.calculation),
        *article.gaps,
        *rows,
        *article.clarifying_questions,
    ]


def _absent(pattern: str, article: Article) -> str:
    found = next((s for s in _shown(article) if re.search(pattern, s, re.I)), None)
    return f"found: {found}" if found else ""


def _present(pattern: str, article: Article) -> str:
    return "" if any(re.search(pattern, s, re.I) for s in _shown(article)) else f"nothing matches {pattern}"


def _first(pattern: str, article: Article) -> str:
    text = article.notices[0].text if article.notices else ""
    return "" if re.match(pattern, text, re.I) else f"the first line is: {text[:80]}"


def _no_role(role: str, article: Article) -> str:
    found = next((c.text for c in article.claims if c.role.value == role), None)
    return f"found: {found}" if found else ""


def _no_dose(drug: str, article: Article) -> str:
    rows = [r for r in article.dose_table if r.directness is Directness.DIRECT and (drug == "*" or r.intervention == drug)]
    return f"found: {rows[0].intervention} {rows[0].dose}" if rows else ""


def _indirect(pattern: str, article: Article) -> str:
    for claim in article.claims:
        matches = claim.role.value in ("option", "evidence", "dose") and re.search(pattern, claim.text, re.I)
        if matches and any(c.directness is Directness.DIRECT for c in claim.citations):
            return f"shown as direct: {claim.text}"
    return ""


def _not_leading(pattern: str, article: Article) -> str:
    leading = [article.claim(i).text for i in article.bottom_line]
    found = next((t for t in leading if re.search(pattern, t, re.I)), None)
    return f"found: {found}" if found else ""


_RULES: Mapping[str, Callable[[str, Article], str]] = {
    "absent": _absent,
    "present": _present,
    "first": _first,
    "no_role": _no_role,
    "no_dose": _no_dose,
    "indirect": _indirect,
    "not_leading": _not_leading,
}
