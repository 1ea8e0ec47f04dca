"""A passage is direct only when nothing that counts differs, and says which axis does; the labelled pairs hold what they promise."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.domain.evidence import Axis, Directness
from osler.errors import InputFileError, QuestionError
from osler.evaluate.directness import (
    AXES,
    PARTS,
    appraise_line,
    appraise_lines,
    as_json,
    evaluate_directness,
    read_lines,
    shipped_pairs,
    to_table,
)
from osler.evaluate.judge import LineVerdict
from osler.evaluate.reading import passage_kind, read_passage
from osler.evaluate.statistics import Counts, Share, count_labels, macro_f1
from osler.language.lexicon import Lexicon, default_lexicon
from osler.question.frame import known_words

LEXICON = default_lexicon()
WORDS = known_words(LEXICON, ())


def verdict(question: str, passage: str) -> LineVerdict:
    return appraise_line(question, passage, LEXICON, WORDS)


SPASM = "Can gabapentin be given for back spasm on hemodialysis?"


@pytest.mark.parametrize(
    ("question", "passage", "axes"),
    [
        # the failure this exists to end: right people, wrong problem
        (SPASM, "On hemodialysis, gabapentin 100 mg after each session halved the itch of uremic pruritus.", {"problem"}),
        (SPASM, "On hemodialysis, gabapentin 100 mg after each session calmed restless legs.", {"problem"}),
        (SPASM, "In a trial of itch (not back spasm) on hemodialysis, gabapentin lowered the itch score.", {"problem"}),
        (SPASM, "In hemodialysis patients with pruritus, gabapentin eased itch; pain was measured as well.", {"problem"}),
        ("Is midazolam good for back spasm?", "Midazolam gave good sedation for endoscopy.", {"problem"}),
        ("Pregabalin for low back pain?", "Pregabalin relieved painful diabetic neuropathy.", {"problem"}),
        ("Is baclofen useful for back spasm?", "Baclofen caused confusion in one in ten.", {"problem"}),
        # people
        (SPASM, "In adults with back spasm and normal kidneys, gabapentin helped a little.", {"population"}),
        (
            "Is baclofen safe on hemodialysis?",
            "In adults with eGFR 30 to 59, not on dialysis, baclofen caused confusion.",
            {"population"},
        ),
        ("Is baclofen safe?", "In patients on hemodialysis, baclofen caused encephalopathy.", {"population"}),
        (
            "Ibuprofen for a 30-year-old with migraine?",
            "In children aged 6 to 12 years with migraine, ibuprofen helped.",
            {"population"},
        ),
        ("Is sertraline safe in pregnancy for depression?", "Sertraline eased depression in men aged over 40.", {"population"}),
        ("Does curcumin help low back pain?", "In rats with low back pain, curcumin lowered inflammation.", {"population"}),
        # drugs
        ("Does gabapentin relieve uremic pruritus?", "Pregabalin relieved uremic pruritus.", {"intervention"}),
        ("Does tizanidine help acute low back pain?", "Muscle relaxants eased acute low back pain.", {"intervention"}),
        ("Does tramadol relieve acute pain?", "Tramadol with acetaminophen relieved acute pain.", {"intervention"}),
        # routes
        ("Oral baclofen for spasticity?", "Intrathecal baclofen lowered spasticity.", {"route"}),
        ("Baclofen for spasticity?", "Intrathecal baclofen lowered spasticity.", {"route"}),
        ("Diclofenac tablets for knee osteoarthritis?", "Topical diclofenac eased knee osteoarthritis.", {"route"}),
        ("Vancomycin by mouth for colitis?", "Intravenous vancomycin did not help colitis.", {"route"}),
        # two at once
        (SPASM, "In children with itch, gabapentin helped.", {"population", "problem"}),
    ],
)
def test_what_differs_is_named(question: str, passage: str, axes: set[str]) -> None:
    found = verdict(question, passage)
    assert found.directness is Directness.INDIRECT
    assert {a.value for a in found.axes} == axes
    assert len(found.reasons) >= len(axes)
    assert all(any(r.startswith(a) for r in found.reasons) for a in axes)


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("Does gabapentin help uremic itch on hemodialysis?", "In hemodialysis patients with pruritus, gabapentin lowered itch."),
        ("Is baclofen safe on dialysis for back spasm?", "In patients on dialysis, baclofen was linked to encephalopathy."),
        ("Is baclofen safe for back spasm?", "Baclofen caused confusion in one in ten."),
        ("What can I give for back spasm instead of baclofen?", "Methocarbamol eased back spasm."),
        ("Is tizanidine safe with ciprofloxacin?", "US label: tizanidine is contraindicated with ciprofloxacin."),
        ("Does dexamethasone help croup?", "In children with croup, one dose of dexamethasone by mouth eased breathing."),
        ("Do muscle relaxants harm people on hemodialysis?", "On hemodialysis, muscle relaxants went with more falls."),
        (
            "Carbamazepine for trigeminal neuralgia?",
            "NICE: offer carbamazepine first for trigeminal neuralgia unless it is contraindicated.",
        ),
        ("Is ibuprofen good for fever?", "Ibuprofen lowered fever."),
        ("Does topical diclofenac help knee osteoarthritis?", "A diclofenac gel eased knee osteoarthritis."),
    ],
)
def test_what_does_not_differ_is_direct(question: str, passage: str) -> None:
    found = verdict(question, passage)
    assert (found.directness, found.axes) == (Directness.DIRECT, ())
    assert found.reasons


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        (SPASM, "Breast cancer screening is offered every other year."),
        (SPASM, "In hemodialysis patients, hepatitis B vaccine protected two in three."),
        ("Is metformin safe?", "The cows were milked twice a day."),
        ("Is metformin safe?", "?!"),
    ],
)
def test_what_shares_neither_drug_nor_problem_is_off(question: str, passage: str) -> None:
    assert verdict(question, passage).directness is Directness.OFF


def test_the_sentence_that_speaks_most_directly_decides() -> None:
    both = "In children with itch, gabapentin helped. On hemodialysis, gabapentin eased back spasm. Screening saves lives."
    assert verdict(SPASM, both).directness is Directness.DIRECT


def test_a_harm_in_a_study_of_another_problem_does_not_make_it_direct() -> None:
    passage = "In hemodialysis patients with uremic pruritus, gabapentin eased itch. Dizziness was common."
    assert Axis.PROBLEM in verdict(SPASM, passage).axes


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("US label: do not exceed 4 g.", "label"),
        ("A meta-analysis of nine trials found little.", "systematic_review"),
        ("NICE: offer exercise.", "guideline"),
        ("Forty patients were randomised to placebo.", "rct"),
        ("In a retrospective cohort, deaths were fewer.", "cohort"),
        ("It rained all day.", "article"),
    ],
)
def test_a_passage_tells_what_kind_of_text_it_is(text: str, kind: str) -> None:
    assert passage_kind(text).value == kind


def test_a_reading_s_offsets_slice_the_passage() -> None:
    passage = "On hemodialysis, gabapentin eased itch.  It made two people dizzy."
    readings = read_passage(passage, LEXICON)
    assert [passage[r.finding.start : r.finding.end] for r in readings] == [
        "On hemodialysis, gabapentin eased itch.",
        "It made two people dizzy.",
    ]
    assert readings[1].finding.interventions == ("drug/gabapentin",)


@given(st.text(max_size=200), st.text(max_size=400))
def test_any_text_gets_a_verdict_that_holds_together(question: str, passage: str) -> None:
    try:
        found = verdict(question, passage)
    except QuestionError:
        return
    assert bool(found.axes) is (found.directness is Directness.INDIRECT)
    assert found == verdict(question, passage)
    assert found.reasons


@given(st.sampled_from([p["passage"] for p in shipped_pairs()]))
def test_a_question_about_nothing_medical_has_no_direct_passage(passage: str) -> None:
    assert verdict("Which tyre pressure suits a tractor?", passage).directness is Directness.OFF


def test_lines_are_read_and_answered_in_their_order(tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    rows: list[dict[str, Any]] = [
        {"id": 2, "question": SPASM, "passage": "Gabapentin eased itch on hemodialysis."},
        {"id": "a", "question": SPASM, "passage": "Screening saves lives."},
    ]
    file.write_text("\n".join(json.dumps(r) for r in rows) + "\n\n", encoding="utf-8")
    found = list(appraise_lines(read_lines(file), LEXICON, WORDS))
    assert [f["id"] for f in found] == [2, "a"]
    assert found[0]["directness"] == "indirect"
    assert found[0]["axes"] == ["problem"]
    assert set(found[1]) == {"id", "directness", "axes", "reasons"}


@pytest.mark.parametrize(
    "line",
    ["nonsense", "3", "[]", '{"id": 1}', '{"id": 1, "question": "Q?", "passage": 3}', '{"id": 1, "question": " ", "passage": "P"}'],
)
def test_a_bad_line_is_named_by_its_number(tmp_path: Path, line: str) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text(f'{{"id": 1, "question": "Q?", "passage": "P."}}\n{line}\n', encoding="utf-8")
    with pytest.raises(InputFileError, match=r"lines\.jsonl, line 2"):
        list(read_lines(file))


def test_what_is_no_text_file_is_named(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\x00")
    with pytest.raises(InputFileError, match="binary"):
        list(read_lines(binary))


def test_the_labelled_pairs_are_many_different_and_balanced() -> None:
    pairs = shipped_pairs()
    assert len(pairs) >= 150
    assert len({p["id"] for p in pairs}) == len({(p["question"], p["passage"]) for p in pairs}) == len(pairs)
    assert {p["part"] for p in pairs} == set(PARTS)
    for part in PARTS:
        mine = [p for p in pairs if p["part"] == part]
        axes = Counter(a for p in mine for a in p["axes"])
        assert all(axes[a] >= 7 for a in AXES), part
        kinds = Counter(p["directness"] for p in mine)
        assert min(kinds["direct"], kinds["indirect"]) >= 10, part
        assert kinds["off"] >= 3, part
    for p in pairs:
        assert bool(p["axes"]) is (p["directness"] == "indirect"), p["id"]
        assert p["source"], p["id"]


def test_a_pair_taken_from_the_starter_library_is_word_for_word_what_it_holds() -> None:
    from osler.library.shipped import starter_lines

    held = {r["id"]: r["statement"] for line in starter_lines()[0] if line.strip() for r in (json.loads(line),)}
    named = [p for p in shipped_pairs() if p["source"].startswith("starter ")]
    assert len(named) > 20
    assert [p["id"] for p in named if held[p["source"].split()[1]] != p["passage"]] == []
    after = [p["source"].split()[2] for p in shipped_pairs() if p["source"].startswith("after starter ")]
    assert set(after) <= set(held)


def test_figures_count_what_they_say(lexicon: Lexicon) -> None:
    pairs = [
        {
            "id": "1",
            "part": "dev",
            "question": SPASM,
            "passage": "On hemodialysis, gabapentin eased itch.",
            "directness": "indirect",
            "axes": ["problem"],
        },
        {
            "id": "2",
            "part": "dev",
            "question": SPASM,
            "passage": "On hemodialysis, gabapentin eased back spasm.",
            "directness": "indirect",
            "axes": ["route"],
        },
        {"id": "3", "part": "check", "question": SPASM, "passage": "Screening saves lives.", "directness": "off", "axes": []},
    ]
    report = evaluate_directness(lexicon, WORDS, pairs)
    assert report.axes()["problem"] == Counts(1, 0, 0)
    assert report.axes()["route"] == Counts(0, 0, 1)
    assert report.never_shown_as_direct() == Share(2, 3)
    assert report.verdicts("check")["off"] == Counts(1, 0, 0)
    assert "2 is indirect ['route'], was called direct" in to_table(report)
    parts = as_json(report)["parts"]
    assert parts["dev"]["axes"]["problem"]["recall"]["value"] == 1.0
    assert "fresh" not in parts


@pytest.mark.parametrize("labels", [{"directness": "maybe"}, {"directness": "indirect", "axes": ["weather"]}, {}])
def test_an_unknown_label_is_refused(lexicon: Lexicon, labels: dict[str, Any]) -> None:
    with pytest.raises(InputFileError, match="pair 9"):
        evaluate_directness(lexicon, WORDS, [{"id": 9, "question": SPASM, "passage": "P."} | labels])


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_interval_holds_the_share(a: int, b: int) -> None:
    share = Share(min(a, b), max(a, b))
    if share.value is None or share.interval is None:
        assert share.of == 0
        return
    low, high = share.interval
    assert 0 <= low <= share.value + 1e-12
    assert share.value - 1e-12 <= high <= 1


def test_wilson_s_interval_is_the_published_one() -> None:
    """Newcombe, Stat Med 17:857, 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    for hits, of, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        found = Share(hits, of).interval
        assert found is not None
        assert found == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("hits", "of"), [(-1, 3), (4, 3)])
def test_more_hits_than_cases_are_refused(hits: int, of: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        Share(hits, of)


def test_scores_are_those_worked_by_hand() -> None:
    pairs = [("yes", "yes"), ("yes", "no"), ("no", "no"), ("maybe", "no")]
    counts = count_labels([(frozenset({g}), frozenset({p})) for g, p in pairs], ("yes", "no", "maybe"))
    assert counts == {"yes": Counts(1, 0, 1), "no": Counts(1, 2, 0), "maybe": Counts(0, 0, 1)}
    assert macro_f1(pairs, ("yes", "no", "maybe")) == pytest.approx((2 / 3 + 2 / 4 + 0) / 3)
