"""Two articles claim by claim: what is the same, has moved, was changed, added or removed; and every other part of the page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from osler.casebook.pairs import claims_in_order, displaced, pair_claims
from osler.domain.article import Article, ArticleClaim, Reference
from osler.domain.codec import encode

_IDENTITY = frozenset({"schema", "answer_id", "parent", "byline", "how_to_cite", "provenance"})
"""Fields that follow from engine and snapshot; a replay names these two themselves."""
_BY_CLAIM = frozenset({"claims", "references", "bottom_line"})


class Change(StrEnum):
    SAME = "same"
    MOVED = "moved"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class ClaimChange:
    """One claim of the first article, of the second, or of both. what: in which ways it differs, in words."""

    change: Change
    before: ArticleClaim | None
    after: ArticleClaim | None
    what: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReferenceChange:
    change: Change
    document_id: str
    title: str
    what: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartChange:
    """Another part of the page, by its field in the JSON; a part of several lines lists those that went and those that came.
    Both empty: only their order is another."""

    part: str
    removed: tuple[str, ...]
    added: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """claims: in the order of the second article, those it does not have after them. parts, references: only what differs."""

    claims: tuple[ClaimChange, ...]
    references: tuple[ReferenceChange, ...]
    parts: tuple[PartChange, ...]

    def __bool__(self) -> bool:
        return bool(self.references or self.parts or any(c.change is not Change.SAME for c in self.claims))

    def counts(self) -> dict[Change, int]:
        """Of claims, every kind of change named."""
        seen = Counter(c.change for c in self.claims)
        return {change: seen[change] for change in Change}


def compare(before: Article, after: Article) -> Difference:
    """Nothing that a reader is shown differs without being named; ids, how to cite and provenance are left to the caller."""
    return Difference(_claims(before, after), _references(before, after), _parts(before, after))


def _claims(before: Article, after: Article) -> tuple[ClaimChange, ...]:
    pairs = pair_claims(before, after)
    moved = displaced(before, after, pairs)
    old = {c.id: c for c in before.claims}
    back = {new: was for was, new in pairs.items()}
    changes = []
    for claim in claims_in_order(after):
        if claim.id not in back:
            changes.append(ClaimChange(Change.ADDED, None, claim))
            continue
        was = old[back[claim.id]]
        what = _differing(before, was, after, claim)
        kind = Change.CHANGED if what else Change.MOVED if claim.id in moved else Change.SAME
        changes.append(ClaimChange(kind, was, claim, (*what, *((moved[claim.id],) if claim.id in moved else ()))))
    changes += [ClaimChange(Change.REMOVED, c, None) for c in claims_in_order(before) if c.id not in pairs]
    return tuple(changes)


def _differing(before: Article, was: ArticleClaim, after: Article, now: ArticleClaim) -> tuple[str, ...]:
    found = []
    if was.text != now.text:
        found.append(f"wording: {changed_words(was.text, now.text)}")
    old, new = _attributes(before, was), _attributes(after, now)
    found += [f"{name}: {old[name] or 'none'} → {new[name] or 'none'}" for name in old if old[name] != new[name]]
    return tuple(found)


def changed_words(before: str, after: str) -> str:
    """The words that differ, each with what stands in its place."""
    a, b = before.split(), after.split()
    found = []
    for tag, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        old, new = " ".join(a[i:j]), " ".join(b[k:m])
        if tag == "replace":
            found.append(f"“{old}” → “{new}”")
        elif tag == "delete":
            found.append(f"without “{old}”")
        elif tag == "insert":
            found.append(f"with “{new}”")
    return "; ".join(found) or "spaces only"


def _attributes(article: Article, claim: ArticleClaim) -> dict[str, str]:
    """Everything of a claim but its words and its id, for a reader; a claim's span is named when it is not the claim's own words."""
    references = {r.number: r for r in article.references}
    cited = [(c, references[c.reference]) for c in claim.citations]
    return {
        "role": claim.role.value,
        "verdict": claim.verdict.value,
        "reasons": "; ".join(claim.reasons),
        "certainty": claim.certainty.value,
        "strength": claim.strength.value if claim.strength else "",
        "calculation": _line(encode(claim.calculation)),
        "source": ", ".join(r.document_id for _, r in cited),
        "version of the source": ", ".join(str(r.version) for _, r in cited),
        "standing of the source": ", ".join(_standing(r) for _, r in cited),
        "quotation": "; ".join(c.span.exact for c, _ in cited if c.span.exact != claim.text),
        "offsets": ", ".join(f"{c.span.start} to {c.span.end}" for c, _ in cited),
        "text came by": ", ".join(_line([c.span.via.value, c.extraction]) for c, _ in cited),
        "directness": ", ".join(c.directness.value for c, _ in cited),
        "differs from the question in": "; ".join(_line(encode(m)) for c, _ in cited for m in c.mismatches),
        "design": ", ".join(c.design for c, _ in cited),
        "studied in": ", ".join(c.population for c, _ in cited),
        "note": "; ".join(c.note or "" for c, _ in cited),
        "to check": "; ".join(c.to_check or "" for c, _ in cited),
    }


def _standing(reference: Reference) -> str:
    return reference.status.value + (f" since {reference.status_since}" if reference.status_since else "")


def _references(before: Article, after: Article) -> tuple[ReferenceChange, ...]:
    old, new = ({r.document_id: r for r in a.references} for a in (before, after))
    found = []
    for document_id, reference in new.items():
        if document_id not in old:
            found.append(ReferenceChange(Change.ADDED, document_id, reference.title))
        elif what := _fields_differing(old[document_id], reference):
            found.append(ReferenceChange(Change.CHANGED, document_id, reference.title, what))
    found += [ReferenceChange(Change.REMOVED, i, r.title) for i, r in old.items() if i not in new]
    if not found and [*old] != [*new]:
        found = [ReferenceChange(Change.MOVED, i, r.title, (f"number: {old[i].number} → {r.number}",)) for i, r in new.items()]
        return tuple(c for c in found if old[c.document_id].number != new[c.document_id].number)
    return tuple(found)


def _fields_differing(old: Reference, new: Reference) -> tuple[str, ...]:
    a, b = encode(old), encode(new)
    return tuple(f"{n}: {_line(a[n]) or 'none'} → {_line(b[n]) or 'none'}" for n in a if n != "number" and a[n] != b[n])


def _parts(before: Article, after: Article) -> tuple[PartChange, ...]:
    old, new = _values_by_part(before), _values_by_part(after)
    found = []
    for part in dict.fromkeys((*old, *new)):
        a, b = old.get(part, []), new.get(part, [])
        if a != b:
            found.append(PartChange(part, _left(a, b), _left(b, a)))
    return tuple(found)


def _left(of: Sequence[str], without: Iterable[str]) -> tuple[str, ...]:
    """What one part has more than the other, for a reader."""
    rest = Counter(without)
    left = []
    for value in of:
        if rest[value]:
            rest[value] -= 1
        else:
            left.append(_line(json.loads(value)))
    return tuple(left)


def _values_by_part(article: Article) -> dict[str, list[str]]:
    """Each field that is not compared claim by claim, as JSON values of a line each; claims are named by their words, for their
    ids mean nothing in another article."""
    texts = {c.id: c.text for c in article.claims}
    found: dict[str, list[Any]] = {}
    for name, value in encode(article).items():
        if name in _IDENTITY | _BY_CLAIM:
            continue
        if name == "question":
            found |= {f"question.{key}": [inner] for key, inner in value.items()}
        elif name == "sections":
            found[name] = [{k: s[k] for k in ("heading", "role", "lead")} for s in value]
        else:
            found[name] = value if isinstance(value, list) else [value]
    return {name: [json.dumps(_named(v, texts), ensure_ascii=False) for v in values] for name, values in found.items()}


def _named(value: Any, texts: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {k: _named(v, texts) for k, v in value.items()}
    if isinstance(value, list):
        return [_named(v, texts) for v in value]
    return f"“{texts[value]}”" if isinstance(value, str) and value in texts else value


def _line(value: Any) -> str:
    """A JSON value in one line for a reader: what is empty and the words of claims, which are compared above, are left out."""
    if isinstance(value, dict):
        shown = ((k.replace("_", " "), _line(v)) for k, v in value.items() if k != "claims")
        return " · ".join(f"{k}: {v}" for k, v in shown if v)
    if isinstance(value, list):
        return "; ".join(_line(v) for v in value)
    return "" if value is None else str(value)
