"""The published object: its contract, its checks, its equality from run to run, and the project's own aims."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from osler.article.assemble import to_json
from osler.article.render import to_markdown, to_text
from osler.domain.article import Article
from osler.domain.codec import decode
from osler.domain.question import Audience
from osler.errors import InputFileError
from osler.evaluate.clinical import evaluate_clinical, read_questions, shipped_questions, summary
from osler.pipeline import Library, ask, open_library, rebuild
from osler.settings import load_settings

MAIN = (
    "What can I give to a patient with end-stage renal disease on hemodialysis who has back spasms, as an alternative to baclofen?"
)
QUESTIONS = [q["question"] for q in shipped_questions()] + [MAIN, "Is it safe?", "HD patient on baclofen now confused"]
VARYING = ("answered_at", "elapsed_ms")


def stable(article: Article) -> str:
    value = json.loads(to_json(article))
    for name in VARYING:
        value["provenance"].pop(name)
    return json.dumps(value)


@pytest.mark.parametrize("question", QUESTIONS)
def test_contract(question: str, library: Library) -> None:
    article = ask(library, question)
    value: dict[str, Any] = json.loads(to_json(article))
    assert {
        "schema", "answer_id", "parent", "question", "disposition", "clarifying_questions", "notices", "title", "bottom_line", "sections",
        "claims", "dose_table", "gaps", "conflicts", "references", "byline", "disclaimer", "how_to_cite", "review", "provenance",
    } <= set(value)  # fmt: skip
    assert value["review"]["state"] == "draft"
    assert [r["number"] for r in value["references"]] == list(range(1, len(value["references"]) + 1))
    numbers = {r["number"] for r in value["references"]}
    for claim in value["claims"]:
        assert claim["verdict"] in ("supported", "indirect")
        for citation in claim["citations"]:
            span = citation["span"]
            assert citation["reference"] in numbers
            assert library.catalog.document(span["document_id"]).text[span["start"] : span["end"]] == span["exact"]
            assert (citation["directness"] == "indirect") is bool(citation["mismatches"])
    used = {c["reference"] for claim in value["claims"] for c in claim["citations"]}
    assert used == numbers
    for row in value["dose_table"]:
        assert row["population"]
        assert row["problem_studied"]
        assert (row["directness"] == "indirect") is bool(row["applies"])
    assert decode(Article, value) == article


def test_references_are_numbered_in_order_of_use(library: Library) -> None:
    page = to_markdown(ask(library, MAIN)).split("## References")[0]
    first_uses = [page.index(f"[{n}]") for n in range(1, 6)]
    assert first_uses == sorted(first_uses)


def test_red_flags_stand_before_the_bottom_line_and_nothing_is_said_twice(library: Library) -> None:
    article = ask(library, MAIN)
    page = to_text(article)
    assert page.index("FIRST RULE OUT") < page.index("BOTTOM LINE") < page.index("DOSES")
    shown = [c for s in article.sections for c in s.claims] + list(article.bottom_line)
    assert len(shown) == len(set(shown)) == len(article.claims)


@pytest.mark.parametrize(
    "fact",
    [
        "spinal infection", "cauda equina", "superficial heat", "paracetamol 1 g three to four times daily", "650 mg every 8 hours", "topical NSAIDs",
        "methocarbamol clearance was about 40% lower", "methocarbamol injection should not be given", "tizanidine clearance falls", "cyclobenzaprine",
        "metaxalone", "26 of 360", "stopping baclofen abruptly", "gabapentinoids do not help", "HR 1.39", "medication reconciliation",
        "No study in this library has tested any treatment of back spasm in people on hemodialysis", "draft: not reviewed", "extraction",
        "studied in uremic pruritus, asked for back spasm", "not studied in dialysis", "diazepam", "Sources give different doses of acetaminophen",
    ],
)  # fmt: skip
def test_the_main_answer_shows(fact: str, library: Library) -> None:
    assert fact.lower() in to_text(ask(library, MAIN)).lower()


def test_same_question_same_bytes(library: Library, tmp_path: Path) -> None:
    other = open_library(load_settings(tmp_path / "other"))
    for question in QUESTIONS[:6]:
        assert stable(ask(library, question)) == stable(ask(library, question)) == stable(ask(other, question))


def test_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    answers = set()
    for seed in ("0", "1"):
        environment = os.environ | {"OSLER_HOME": str(tmp_path / "home"), "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-m", "osler", "ask", "--json", MAIN], capture_output=True, env=environment, check=True
        )
        value = json.loads(done.stdout)
        for name in VARYING:
            value["provenance"].pop(name)
        answers.add(json.dumps(value))
    assert len(answers) == 1


def test_a_rebuilt_index_gives_the_same_answer(tmp_path: Path) -> None:
    first = open_library(load_settings(tmp_path))
    before = stable(ask(first, MAIN))
    rebuild(first)
    assert stable(ask(first, MAIN)) == before
    for file in (tmp_path / "index").rglob("*"):
        if file.is_file():
            file.unlink()
    assert stable(ask(open_library(load_settings(tmp_path)), MAIN)) == before


def test_text_from_sources_is_not_markup(library: Library) -> None:
    page = to_markdown(ask(library, "Is <b>tizanidine</b> [safe](javascript:x) | on dialysis?"))
    assert "<b>" not in page
    assert "](javascript" not in page


def test_a_record_to_check_says_so_and_a_patient_page_is_labelled(library: Library) -> None:
    assert "to check: figures read in a copy" in to_text(ask(library, "Colchicine for a gout flare on hemodialysis?"))
    page = to_text(ask(library, "How much paracetamol can my 6 year old have for fever?", Audience.PATIENT))
    assert "talk to them before you start, stop or change a medicine" in page


def test_the_project_s_aims_on_the_shipped_questions(library: Library) -> None:
    totals = summary(evaluate_clinical(library, shipped_questions()))
    assert totals["disposition_right"] == totals["questions"] == 14
    assert totals["must_have_recall"] >= 0.8
    assert totals["must_have_in_role"] == totals["must_have_met"]
    assert totals["unflagged_indirect"] == 0
    assert totals["claims_to_the_point"] >= 0.8
    assert totals["too_long"] == 0
    assert totals["rules_broken"] == 0


def test_a_question_file_names_the_bad_line(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text('{"id":"a","question":"x","safe_action":"answer","must_have":[]}\n{"id":"b"}\n')
    with pytest.raises(InputFileError, match="line 2"):
        read_questions(file)
    file.write_text('{"id":"a","question":"Is it safe?","safe_action":"abstain","must_have":[],"machine":{"x":{"magic":"y"}}}\n')
    with pytest.raises(ValueError, match="unknown machine rule"):
        evaluate_clinical(open_library(load_settings(tmp_path / "h")), read_questions(file))
