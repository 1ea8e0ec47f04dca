"""A replay, and what became of the documents of an answer, as JSON."""

from __future__ import annotations

from typing import Any

from osler.casebook.diff_page import difference_json
from osler.casebook.replay import Replay
from osler.casebook.standing import Moved
from osler.domain.codec import encode


def replay_json(done: Replay) -> dict[str, Any]:
    return {
        "answer_id": done.kept.answer_id,
        "outcome": done.outcome.value,
        "now": done.now.answer_id if done.now else None,
        "why": [{"cause": w.cause.value, "words": w.words} for w in done.why],
        "documents": [moved_json(m) for m in done.moved],
        "difference": difference_json(done.difference) if done.difference else None,
    }


def moved_json(moved: Moved) -> dict[str, Any]:
    value: dict[str, Any] = encode(moved)
    return {"document_id": moved.cited.document_id, **value}
