"""Golden articles: a person reads them in the diff. `OSLER_GOLDEN=write pytest tests/test_golden.py` renews them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from osler.article.render import to_text
from osler.domain.question import Audience
from osler.evaluate.clinical import shipped_questions
from osler.pipeline import Library, ask

FOLDER = Path(__file__).parent / "golden"
MAIN = {
    "id": "MAIN",
    "audience": "clinician",
    "question": "What can I give to a patient with end-stage renal disease on hemodialysis who has back spasms, as an alternative to baclofen?",
}


@pytest.mark.parametrize("question", [MAIN, *shipped_questions()], ids=lambda q: str(q["id"]))
def test_golden(question: dict[str, str], library: Library) -> None:
    page = to_text(ask(library, question["question"], Audience(question["audience"])))
    kept = "\n".join(line for line in page.splitlines() if not line.startswith(("Answer ", "How to cite"))) + "\n"
    file = FOLDER / f"{question['id']}.txt"
    if os.environ.get("OSLER_GOLDEN") == "write":
        FOLDER.mkdir(exist_ok=True)
        file.write_text(f"QUESTION: {question['question']}\n\n{kept}", encoding="utf-8")
    assert file.read_text(encoding="utf-8") == f"QUESTION: {question['question']}\n\n{kept}"
