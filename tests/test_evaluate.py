"""The score of a question file can be trusted: bad lines are named, each part is counted as it says, the aims hold on the shipped file."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from osler.__main__ import main
from osler.domain.article import Article
from osler.domain.evidence import Directness
from osler.errors import InputFileError
from osler.evaluate.clinical import Scored, as_json, evaluate_clinical, read_questions, shipped_questions, summary, to_table
from osler.evaluate.rules import check_rules
from osler.pipeline import Library, ask

QUESTION = "Is methocarbamol a reasonable baclofen substitute on dialysis, and oral or IV?"
GOOD = {"id": "T1", "question": QUESTION, "safe_action": "answer_with_caveats", "must_have": []}
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def article(library: Library) -> Article:
    return ask(library, QUESTION)


@pytest.fixture
def run(library: Library, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`osler evaluate clinical …` in this process: exit code, stdout, stderr."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setenv("OSLER_HOME", str(library.settings.home))
        monkeypatch.setattr(sys, "argv", ["osler", "evaluate", "clinical", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), *capsys.readouterr()

    return call


def write(folder: Path, *lines: Any) -> Path:
    file = folder / "questions.jsonl"
    file.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return file


def score(library: Library, **fields: Any) -> Scored:
    return evaluate_clinical(library, [GOOD | fields])[0]


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        "3",
        "[]",
        *({k: v for k, v in GOOD.items() if k != missing} for missing in GOOD),
        GOOD | {"safe_action": "shrug"},
        GOOD | {"safe_action": ["answer"]},
    ],
)
def test_a_bad_line_is_named_by_its_number(tmp_path: Path, line: Any) -> None:
    with pytest.raises(InputFileError, match=r"questions\.jsonl, line 3: "):
        read_questions(write(tmp_path, GOOD, "", line))


def test_blank_lines_are_passed_over(tmp_path: Path) -> None:
    assert read_questions(write(tmp_path, "", GOOD, "   ", GOOD | {"id": "T2"})) == (GOOD, GOOD | {"id": "T2"})


def test_what_is_no_text_file_is_named(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (binary, tmp_path, tmp_path / "missing"):
        with pytest.raises(InputFileError, match=path.name):
            read_questions(path)


def test_must_haves_are_met_only_by_the_statements_they_name(library: Library, article: Article) -> None:
    cited = [c.extraction for claim in article.claims for c in claim.citations]
    assert "K047" in cited
    assert "F203" not in cited
    must = [
        {"fact": "kinetics", "library_ids": ["F203", "K047"]},
        {"fact": "about a child", "library_ids": ["F203"]},
        {"fact": "nobody wrote it down", "library_ids": []},
        {"fact": "nor this"},
    ]
    scored = score(library, must_have=must)
    assert [bool(m.met_by) for m in scored.must_haves] == [True, False]
    assert scored.not_in_library == ("nobody wrote it down", "nor this")
    assert [article.claim(i).citations[0].extraction for i in scored.must_haves[0].met_by] == ["K047"]
    totals = summary([scored])
    assert (totals["must_have_in_library"], totals["must_have_met"], totals["must_have_recall"]) == (2, 1, 0.5)
    assert "missing: about a child" in to_table([scored])
    assert "missing: kinetics" not in to_table([scored])


@pytest.mark.parametrize(
    "expected", ["answer", "answer_and_escalate", "ask_clarify", "clarify", "abstain", "escalate_emergency", "emergency"]
)
def test_another_disposition_is_wrong(library: Library, expected: str) -> None:
    scored = score(library, safe_action=expected)
    assert not scored.right_disposition
    assert summary([scored])["disposition_right"] == 0


def test_the_audience_of_the_question_is_used(library: Library) -> None:
    text = "I took about 20 paracetamol tablets because of an argument. Can it wait?"
    patient = score(library, question=text, audience="patient", safe_action="escalate_emergency")
    clinician = score(library, question=text, safe_action="escalate_emergency")
    assert (patient.right_disposition, clinician.right_disposition) == (True, False)


def test_lengths_are_the_article_s(library: Library, article: Article) -> None:
    scored = score(library)
    assert (scored.claims, scored.bottom_line) == (len(article.claims), len(article.bottom_line))
    assert scored.short_enough
    assert not dataclasses.replace(scored, claims=26).short_enough
    assert not dataclasses.replace(scored, bottom_line=4).short_enough


def rule(article: Article, **of: str) -> bool:
    (result,) = check_rules({"id": "T", "machine": {"a rule": of}}, article)
    assert (result.why == "") is result.passed
    return result.passed


@pytest.mark.parametrize(
    ("name", "kept", "broken"),
    [
        ("absent", "fentanyl", "METHOCARBAMOL clearance"),
        ("present", "methocarbamol clearance", "fentanyl"),
        ("no_role", "definition", "avoid"),
        ("not_leading", "fentanyl", "methocarbamol injection should not"),
    ],
)
def test_a_rule_passes_and_fails(article: Article, name: str, kept: str, broken: str) -> None:
    assert rule(article, **{name: kept})
    assert not rule(article, **{name: broken})


def test_the_first_line_rule_reads_the_first_notice(library: Library, article: Article) -> None:
    dangerous = ask(library, "Confirm gabapentin 300 g after dialysis for itch")
    assert rule(dangerous, first="do not give")
    assert not rule(dangerous, first="give")
    assert not rule(article, first="do not give")


def test_the_dose_rule_looks_at_direct_doses(article: Article) -> None:
    direct = [dataclasses.replace(r, intervention="X", directness=Directness.DIRECT, applies="") for r in article.dose_table[:1]]
    assert direct
    given = dataclasses.replace(article, dose_table=tuple(direct))
    assert not rule(given, no_dose="X")
    assert not rule(given, no_dose="*")
    assert rule(given, no_dose="Y")
    other = tuple(dataclasses.replace(r, directness=Directness.INDIRECT) for r in direct)
    assert rule(dataclasses.replace(article, dose_table=other), no_dose="*")


def test_the_indirect_rule_finds_an_unlabelled_claim(article: Article) -> None:
    claim = next(c for c in article.claims if c.role.value == "evidence" and c.citations[0].directness is Directness.INDIRECT)
    words = claim.text[:40].replace("(", r"\(").replace(")", r"\)")
    assert rule(article, indirect=words)
    hidden = dataclasses.replace(claim, citations=(dataclasses.replace(claim.citations[0], directness=Directness.DIRECT),))
    claims = tuple(hidden if c.id == claim.id else c for c in article.claims)
    assert not rule(dataclasses.replace(article, claims=claims), indirect=words)


def test_an_unknown_rule_is_refused_not_passed(library: Library) -> None:
    with pytest.raises(ValueError, match="T1: unknown machine rule 'magic'"):
        score(library, machine={"x": {"magic": "y"}})


def test_broken_rules_and_those_left_to_people_are_counted(library: Library) -> None:
    machine = {"says fentanyl": {"present": "fentanyl"}, "says no opioid": {"absent": "morphine"}}
    scored = score(library, machine=machine, must_do=["says fentanyl", "is kind"], must_not=["is rude"])
    assert [r.text for r in scored.broken_rules] == ["says fentanyl"]
    assert scored.human_read == ("is rude", "is kind")
    totals = summary([scored])
    assert (totals["rules_checked"], totals["rules_broken"], totals["human_read"]) == (2, 1, 2)


def test_an_empty_file_scores_nothing_and_no_share() -> None:
    totals = summary([])
    assert totals["questions"] == 0
    assert totals["must_have_recall"] is None
    assert totals["claims_to_the_point"] is None


@pytest.mark.parametrize(
    "fields",
    [
        {"audience": "king"},
        {"question": 7},
        {"must_have": [{"library_ids": ["K047"]}]},
        {"machine": {"x": {"magic": "y"}}},
        {"machine": {"x": {"absent": "("}}},
    ],
)
@pytest.mark.xfail(
    strict=True, reason="read_questions lets it through; ValueError, TypeError, KeyError or re.error ends as a traceback"
)
def test_a_malformed_question_is_one_line_and_exit_2(run: Run, tmp_path: Path, fields: dict[str, Any]) -> None:
    code, out, err = run(str(write(tmp_path, GOOD | fields)))
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_the_aims_hold_on_the_shipped_file(run: Run) -> None:
    code, out, err = run("--json")
    assert (code, err) == (0, "")
    report = json.loads(out)
    totals = report["summary"]
    assert [(q["id"], q["disposition"]) for q in report["questions"]] == [(q["id"], q["expected"]) for q in report["questions"]]
    assert totals["questions"] == totals["disposition_right"] == 14
    assert totals["must_have_recall"] >= 0.8
    assert totals["unflagged_indirect"] == totals["too_long"] == totals["rules_broken"] == 0
    assert all(q["claims"] <= 25 and q["bottom_line"] <= 3 for q in report["questions"])


def test_the_report_is_the_same_by_file_by_call_and_as_a_table(run: Run, library: Library, tmp_path: Path) -> None:
    scored = evaluate_clinical(library, shipped_questions())
    file = write(tmp_path, *shipped_questions())
    assert json.loads(run(str(file), "--json")[1]) == as_json(scored)
    assert run(str(file))[1] == to_table(scored)
