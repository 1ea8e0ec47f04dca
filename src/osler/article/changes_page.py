"""How a follow-up was understood and what it changed, as Markdown lines for the top of a page."""

from __future__ import annotations

from collections.abc import Iterator

from osler.answer.views import VIEW_WORDS
from osler.domain.article import Article
from osler.domain.thread import Change, ChangeKind, Edit, EditField, EditKind, View

_WORDS = {ChangeKind.ADDED: "Added", ChangeKind.REPLACED: "Replaced", ChangeKind.REMOVED: "Left out"}
_WORDS_SHOWN = 14
_TAKEN = frozenset({EditField.MEDICINE, EditField.ALLERGY, EditField.CONDITION, EditField.SIGN})


def understood_as(article: Article) -> str:
    """The edits in one line: "+ warfarin; hemodialysis → peritoneal dialysis"; "" for a first question."""
    return "; ".join(edit_words(e) for e in article.question.edits)


def edit_words(edit: Edit) -> str:
    """One edit: "+ warfarin", "− tizanidine", "hemodialysis → peritoneal dialysis", "weight: 48 kg"."""
    if edit.kind is EditKind.ANEW:
        return "a new question; nothing of the ones before it was carried over"
    if edit.field is EditField.VIEW:
        return VIEW_WORDS[View(edit.after)].replace(" was asked for", "").replace(" were asked for", "")
    label = (
        ""
        if edit.field in _TAKEN or edit.field in (EditField.KIDNEYS, EditField.DENIED, EditField.PREGNANCY)
        else f"{edit.field.value}: "
    )
    if edit.kind is EditKind.REPLACED:
        return f"{label}{edit.before} → {edit.after}"
    if edit.kind is EditKind.REMOVED:
        return f"− {label}{edit.before}"
    return (
        f"+ {edit.field.value}: {edit.after}" if edit.field is EditField.ALLERGY else f"{'' if label else '+ '}{label}{edit.after}"
    )


def changes_lines(article: Article) -> Iterator[str]:
    """A section: how the follow-up was understood, then what it changed, by kind and reason. Nothing for a first question.

    Statements are named by their first words, with the numbers of their references where they are still on the page. The lines
    are plain words with list dashes: whoever writes them into a page escapes what follows the dash.
    """
    if article.parent is None:
        return
    yield "## What this follow-up changed"
    if article.question.edits:
        yield f"- Understood as: {understood_as(article)}."
    elif not article.clarifying_questions:
        yield "- Nothing in the question changed."
    kept = [c for c in article.changes if c.kind is ChangeKind.KEPT]
    if kept:
        yield f"- Kept: {len(kept)} statement{'' if len(kept) == 1 else 's'} of the answer before."
    yield from _grouped(article, [c for c in kept if c.reason], "Kept, but ")
    for kind in (ChangeKind.ADDED, ChangeKind.REPLACED, ChangeKind.REMOVED):
        yield from _grouped(article, [c for c in article.changes if c.kind is kind], _WORDS[kind])
    yield ""


def _grouped(article: Article, changes: list[Change], head: str) -> Iterator[str]:
    """One line a reason, in order of first use."""
    by_reason: dict[str, list[str]] = {}
    for change in changes:
        words = _named(article, change)
        if change.before:
            words += f" in place of “{_first_words(change.before)}”"
        by_reason.setdefault(change.reason.removeprefix("left out: "), []).append(words)
    for reason, named in by_reason.items():
        start = f"{head}{reason}" if head.endswith(" ") else f"{head}, {reason}" if reason else head
        yield f"- {start}: {'; '.join(named)}."


def _named(article: Article, change: Change) -> str:
    numbers = {c.reference for c in article.claim(change.claim).citations} if change.claim is not None else set()
    return f"“{_first_words(change.text)}”" + "".join(f"[{n}]" for n in sorted(numbers))


def _first_words(text: str) -> str:
    words = text.split()
    return text if len(words) <= _WORDS_SHOWN else " ".join(words[:_WORDS_SHOWN]).rstrip(",;:") + " …"
