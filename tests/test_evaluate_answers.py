"""Yes, no or maybe is read from the words; a quoted span counts only when it is the gold snippet's; files are read or named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.errors import InputFileError
from osler.evaluate.answers import documents_of, evaluate_answers, figures, read_bioasq
from osler.evaluate.yesno import ANSWERS, Decided, decide, evaluate_yesno, half_of, read_pubmedqa, stems
from osler.evaluate.yesno import figures as yesno_figures


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        (
            "Does walking lower blood pressure?",
            "Forty people took part. Walking significantly reduced blood pressure (p < 0.01).",
            "yes",
        ),
        ("Does walking lower blood pressure?", "Forty people took part. Walking did not reduce blood pressure.", "no"),
        ("Does walking lower blood pressure?", "Blood pressure was similar with and without walking (p = 0.40).", "no"),
        ("Is walking associated with sleep?", "There was no association between walking and sleep.", "no"),
        ("Is walking safe in asthma?", "Walking is safe and effective in people with asthma.", "yes"),
        (
            "Does walking lower blood pressure?",
            "Whether walking lowers blood pressure remains unclear, although trials go on in many a country.",
            "maybe",
        ),
        ("Is imaging unnecessary in sprains?", "Imaging did not change the care of sprains.", "yes"),
        ("Anything?", "", "maybe"),
    ],
)
def test_the_stance_of_the_words_decides(question: str, text: str, answer: str) -> None:
    found, why = decide(question, text)
    assert found == answer
    assert why in text


def test_the_sentence_that_shares_the_question_s_words_is_heard() -> None:
    text = "Walking significantly improved sleep in all groups. Diet did not change weight at any time."
    assert decide("Does walking improve sleep?", text)[0] == "yes"
    assert decide("Does diet change weight?", text)[0] == "no"


@given(st.text(max_size=200), st.text(max_size=300))
def test_any_text_gets_one_of_the_three(question: str, text: str) -> None:
    answer, why = decide(question, text)
    assert answer in ANSWERS
    assert why in text


def test_stems_leave_out_what_carries_nothing() -> None:
    assert stems("The predictive value of it is 2.5") == frozenset({"predic", "value", "2.5"})


def test_halves_are_fixed_and_both_used() -> None:
    halves = [half_of(str(n)) for n in range(100)]
    assert set(halves) == {0, 1}
    assert halves == [half_of(str(n)) for n in range(100)]


def pubmedqa(folder: Path, value: Any) -> Path:
    file = folder / "questions.json"
    file.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return file


RECORD = {
    "QUESTION": "Does walking lower blood pressure?",
    "CONTEXTS": ["Forty people walked.", "Walking did not lower blood pressure."],
    "LONG_ANSWER": "Walking lowered blood pressure significantly and is effective.",
    "final_decision": "yes",
}


def test_both_settings_read_their_own_text(tmp_path: Path) -> None:
    required, free = evaluate_yesno(read_pubmedqa(pubmedqa(tmp_path, {"1": RECORD})))
    assert (required.setting, free.setting) == ("reasoning required", "reasoning free")
    assert [d.answer for d in required.decided] == ["no"]
    assert [d.answer for d in free.decided] == ["yes"]
    assert len(required.half(0)) + len(required.half(1)) == 1


@pytest.mark.parametrize(
    "value",
    [
        "not json",
        [],
        {"1": 3},
        {"1": RECORD | {"final_decision": "perhaps"}},
        {"1": RECORD | {"QUESTION": 3}},
        {"1": RECORD | {"CONTEXTS": []}},
    ],
)
def test_what_is_no_pubmedqa_file_is_named(tmp_path: Path, value: Any) -> None:
    with pytest.raises(InputFileError, match=r"questions\.json"):
        read_pubmedqa(pubmedqa(tmp_path, value))


def test_the_baseline_is_the_commonest_answer() -> None:
    decided = [Decided(str(n), gold, given, "") for n, (gold, given) in enumerate([("no", "no"), ("no", "yes"), ("yes", "yes")])]
    found = yesno_figures(decided)
    assert found["accuracy"]["hits"] == 2
    assert (found["baseline"], found["baseline_accuracy"]["hits"]) == ("always no", 2)
    assert found["macro_f1"] == pytest.approx((2 / 3 + 2 / 3 + 0) / 3, abs=1e-4)
    assert found["confusion"] == {"no": {"no": 1, "yes": 1}, "yes": {"no": 0, "yes": 1}}


def golden(folder: Path, *questions: dict[str, Any]) -> Path:
    file = folder / "golden.json"
    file.write_text(json.dumps({"questions": questions}), encoding="utf-8")
    return file


def question(identity: str, body: str, ideal: Any, *snippets: tuple[str, str], kind: str = "summary") -> dict[str, Any]:
    made = [{"document": f"http://www.ncbi.nlm.nih.gov/pubmed/{d}", "text": t} for d, t in snippets]
    return {"id": identity, "type": kind, "body": body, "ideal_answer": ideal, "snippets": made}


MIGRAINE = "Feverfew 120 mg lowered the number of migraine attacks in a randomised trial."
DYSPEPSIA = "Peppermint tea eased bloating in adults with dyspepsia."


@pytest.fixture
def two(tmp_path: Path) -> Path:
    return golden(
        tmp_path,
        question(
            "a",
            "Does feverfew help migraine?",
            ["Yes, feverfew 120 mg lowers attacks."],
            ("11", MIGRAINE),
            ("12", MIGRAINE + " Again."),
        ),
        question("b", "Does peppermint help dyspepsia?", "It eases bloating.", ("11", DYSPEPSIA), kind="yesno"),
        question("c", "What has no snippet?", ["Nothing."]),
    )


def test_questions_without_snippets_are_left_out_and_documents_are_shared(two: Path) -> None:
    questions = read_bioasq([two])
    assert [q.id for q in questions] == ["a", "b"]
    assert questions[1].ideal == ("It eases bloating.",)
    documents = documents_of(questions)
    assert [d.id for d in documents] == ["pmid:11", "pmid:12"]
    assert [documents[0].text[p.start : p.end] for p in documents[0].parts] == [MIGRAINE, DYSPEPSIA]


def test_spans_are_compared_with_the_snippets_of_their_own_question(two: Path) -> None:
    report = evaluate_answers(read_bioasq([two]))
    assert report.documents == 2
    first = report.answered[0]
    assert first.baselines[0].overlaps
    assert first.baselines[0].terms == 0.5  # "120" and "attacks" of four: "yes" and "lowers" are not there
    assert first.baselines[0].figures == (1, 1)
    assert first.osler.spans > 0
    assert first.osler.overlaps
    found = figures(report)
    assert found["questions"] == 2
    assert found["systems"]["first 1 by words"]["quotes_a_gold_snippet"]["hits"] == 2
    assert figures(report, "yesno")["questions"] == 1
    assert sum(found["dispositions"].values()) == 2


@pytest.mark.parametrize("value", ["[]", "{}", '{"questions": [{}]}', '{"questions": 3}', "nonsense"])
def test_what_is_no_bioasq_file_is_named(tmp_path: Path, value: str) -> None:
    file = tmp_path / "x_golden.json"
    file.write_text(value, encoding="utf-8")
    with pytest.raises(InputFileError, match="x_golden"):
        read_bioasq([file])


def test_no_file_at_all_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="no BioASQ file"):
        read_bioasq([tmp_path])
