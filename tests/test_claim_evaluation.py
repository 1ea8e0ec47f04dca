"""The evaluation of the claim check: its readers, its rules of change, its arithmetic, its report."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from osler.errors import InputFileError
from osler.evaluate.claim_data import NEITHER, REFUTES, SUPPORTS, Passage, half, read_claim_data
from osler.evaluate.claims import CONTROLS, Rate, as_json, evaluate_claims, suite, to_table
from osler.evaluate.paraphrase import paraphrased
from osler.evaluate.perturb import MAKERS, changed, members_of
from osler.language.lexicon import Lexicon

SENTENCE = (
    "In adults, gabapentin 300 mg twice daily may have reduced pruritus more than placebo (12% versus 30%), "
    "except in smokers, and is recommended with caution."
)


def _kinds(sentence: str, lexicon: Lexicon) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for variant in changed(sentence, sentence, lexicon, members_of(lexicon)):
        found.setdefault(variant.kind, set()).add(variant.claim)
    return found


def test_every_kind_of_change_is_made_and_differs_from_the_sentence(lexicon: Lexicon) -> None:
    found = _kinds(SENTENCE, lexicon)
    assert set(found) == set(MAKERS)
    assert all(SENTENCE not in claims for claims in found.values())


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("dose", "gabapentin 3000 mg"), ("dose", "gabapentin 600 mg"), ("unit", "300 g twice"), ("frequency", "300 mg three times daily"),
        ("drug", "In adults, warfarin 300 mg"), ("population", "In children, gabapentin"), ("problem", "more than"), ("negation", "may not have"),
        ("direction", "have increased pruritus"), ("comparator", "less than placebo"), ("strength", "is contraindicated with caution"),
        ("condition", "(12% versus 30%), and is recommended"), ("exchanged", "(30% versus 12%)"), ("figure", "(120% versus"), ("fabricated number", "with "),
    ],
)  # fmt: skip
def test_a_change_of_each_kind(kind: str, part: str, lexicon: Lexicon) -> None:
    claims = _kinds(SENTENCE, lexicon)[kind]
    if kind == "drug":
        assert any("gabapentin" not in c for c in claims)
    else:
        assert any(part in c for c in claims), sorted(claims)


def test_only_the_kinds_asked_for_are_made(lexicon: Lexicon) -> None:
    made = list(changed(SENTENCE, SENTENCE, lexicon, members_of(lexicon), ["dose"]))
    assert {v.kind for v in made} == {"dose"}


@pytest.mark.parametrize(
    ("sentence", "how", "claim"),
    [
        ("Drugx reduced falls.", "word", "Drugx decreased falls."),
        ("Hemolysis was seen.", "spelling", "Hemolysis was seen."),
        ("It rose by 5%.", "figure", "It rose by 5 percent."),
        ("Give 2000 mg now.", "amount", "Give 2 g now."),
        ("Overall, drugx helped.", "lead dropped", "Drugx helped."),
        ("We show that drugx helped.", "attribution dropped", "Drugx helped."),
        ("Drugx (a pill) helped.", "brackets dropped", "Drugx helped."),
        ("Drugx inhibits drugy.", "passive", "Drugy is inhibited by Drugx."),
        (
            "In children with asthma, the dose is halved at night.",
            "setting moved",
            "The dose is halved at night in children with asthma.",
        ),
    ],
)
def test_paraphrases(sentence: str, how: str, claim: str, lexicon: Lexicon) -> None:
    made = {(v.how, v.claim) for v in paraphrased(sentence, lexicon)}
    assert ((how, claim) in made) is (claim != sentence)
    assert all(c != sentence for _, c in made)


@pytest.mark.parametrize(
    ("right", "n", "low", "high"), [(0, 0, 0.0, 1.0), (600, 600, 0.9936, 1.0), (0, 600, 0.0, 0.0064), (50, 100, 0.4038, 0.5962)]
)
def test_wilson_interval(right: int, n: int, low: float, high: float) -> None:
    found = Rate(right, n).interval
    assert found == pytest.approx((low, high), abs=5e-5)


def test_halves_depend_on_the_document_alone() -> None:
    assert {half(f"pmid:{n}") for n in range(50)} == {0, 1}
    assert half("pmid:7") == half("pmid:7")


def _write_sets(folder: Path) -> list[Path]:
    scifact, nli = folder / "scifact", folder / "nli"
    scifact.mkdir()
    nli.mkdir()
    rows = ["doc_id,title,abstract,structured"]
    claims = ["id,claim,evidence_doc_id,evidence_label,evidence_sentences,cited_doc_ids"]
    for n in range(1, 13):
        rows.append(f"{n},T,\"['Gabapentin {n}00 mg twice daily reduced itch in adults.' 'It isn\\'t known why.']\",False")
        label = ("SUPPORT", "CONTRADICT", "")[n % 3]
        text = ("Gabapentin did not reduce itch in adults.", "Why it reduced itch is known.", "Asthma improved.")[n % 3]
        claims.append(f"{n},{text},{n if label else ''},{label},{'[0]' if label else '[]'},[{n}]")
    (scifact / "corpus.csv").write_text("\n".join(rows), encoding="utf-8")
    (scifact / "claims_train.csv").write_text("\n".join(claims), encoding="utf-8")
    with gzip.open(nli / "trials.jsonl.gz", "wt", encoding="utf-8") as out:
        out.writelines(
            json.dumps({"Clinical Trial ID": f"NCT{n}", "Results": ["Outcome:", f"  {n} of 20 died"]}) + "\n" for n in range(8)
        )
    statements = {
        str(n): {
            "Primary_id": f"NCT{n}",
            "Section_id": "Results",
            "Statement": f"{n} of 20 died",
            "Label": ("Entailment", "Contradiction")[n % 2],
        }
        for n in range(8)
    }
    (nli / "train.json").write_text(json.dumps(statements), encoding="utf-8")
    bioasq = {"questions": [{"id": f"q{n}", "ideal_answer": [f"Yes, baclofen {n} eased spasm."], "snippets": [
        {"text": f"Baclofen {n} eased spasm. Sleep improved after 3 weeks.", "document": f"http://x/pubmed/{n}"}]} for n in range(8)]}  # fmt: skip
    (folder / "golden.json").write_text(json.dumps(bioasq), encoding="utf-8")
    (folder / "qa.json").write_text(
        json.dumps({"5": {"LONG_ANSWER": "Statins lowered mortality. Pain did not change."}}), encoding="utf-8"
    )
    (folder / "pairs.csv").write_text(
        "id,evidence,claim,label\n"
        + "\n".join(
            f"{n},Zinc {n} helped colds.,Zinc helped colds,{lab}" for n, lab in enumerate(["Supports", "Refutes", "Neutral"] * 4)
        ),
        encoding="utf-8",
    )
    (folder / "own.jsonl").write_text(
        '{"id": "F1", "statement": "Oral iron was given to adults every 8 hours."}\n\n', encoding="utf-8"
    )
    return [scifact, nli, *(folder / f for f in ("golden.json", "qa.json", "pairs.csv", "own.jsonl"))]


def test_each_data_set_is_read(tmp_path: Path) -> None:
    data = read_claim_data(tuple(_write_sets(tmp_path)))
    assert {p.source for p in data.passages} == {"scifact", "bioasq", "bioasq answers", "pubmedqa", "starter"}
    assert {i.source for i in data.labelled} == {"scifact", "nli4ct train", "healthver"}
    assert {i.label for i in data.labelled} == {SUPPORTS, REFUTES, NEITHER}
    scifact = next(p for p in data.passages if p.source == "scifact")
    assert scifact.sentences == ("Gabapentin 100 mg twice daily reduced itch in adults.", "It isn't known why.")
    assert {i.source for i in data.human} == {"scifact", "bioasq"}
    assert all(i.label == SUPPORTS for i in data.human)


def test_a_folder_is_its_files(tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_text('{"id": "F1", "statement": "Iron helped."}', encoding="utf-8")
    assert read_claim_data((tmp_path,)).passages == (Passage("starter", "extraction:F1", ("Iron helped.",)),)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.json", "no"),
        ("x.json", "[1]"),
        ("x.jsonl", '{"id": 1}'),
        ("x.csv", "a,b\n1,2\n"),
        ("x.json", '{"questions": [{}]}'),
        ("", ""),
    ],
)
def test_what_is_no_data_set_is_refused(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name if name else tmp_path / "missing.json"
    if name:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(InputFileError, match="not a data set"):
        read_claim_data((path,))


def test_the_suite_keeps_to_its_half_and_its_number_of_cases(tmp_path: Path, lexicon: Lexicon) -> None:
    passages = read_claim_data(tuple(_write_sets(tmp_path))).passages
    for scored in (0, 1):
        mine = {s for p in passages if half(p.id) == scored for s in p.sentences}
        cases = list(suite(passages, lexicon, 4, scored))
        counts: dict[str, int] = {}
        for variant, span in cases:
            counts[variant.kind] = counts.get(variant.kind, 0) + 1
            assert any(s in span for s in mine)
        assert max(counts.values()) <= 4
    assert list(suite(passages, lexicon, 4, 1)) == list(suite(tuple(reversed(passages)), lexicon, 4, 1))


def test_the_report_says_both_error_rates_and_the_baselines(tmp_path: Path, lexicon: Lexicon) -> None:
    report = evaluate_claims(_write_sets(tmp_path), lexicon, cases=20)
    assert report.kept["verbatim"].share == 1.0
    assert all(rate.share == 1.0 for kind, rate in report.blocked.items() if kind in ("dose", "unit", "drug", "figure"))
    assert set(report.kept) <= set(CONTROLS)
    assert [r.source for r in report.labelled] == ["scifact", "nli4ct train", "healthver"]
    assert all(0 <= s.macro_f1 <= 1 for r in report.labelled for s in (r.check, r.majority, r.overlap))
    table = to_table(report)
    for word in ("Wilson", "verbatim", "dose", "scifact", "word overlap", "ms at the median"):
        assert word in table
    encoded = json.loads(json.dumps(as_json(report)))
    assert encoded["schema"] == "osler.claims/1"
    assert encoded["kept"]["verbatim"]["interval"][1] == 1.0
