"""Concepts are found longest first, on token boundaries, with offsets that slice back; the hierarchy keeps problems apart."""

from __future__ import annotations

import json
from importlib import resources
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.domain.concept import Concept
from osler.errors import InputFileError
from osler.language.lexicon import Lexicon, default_lexicon, fold, merge_mesh, read_concepts, read_mesh

NOT_A_TOPIC = {"none", "any", "mixed", "healthy", "pharmacokinetics", "medication safety", "symptom management"}


def ids(lexicon: Lexicon, text: str) -> list[str]:
    return [m.concept_id for m in lexicon.tag(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("back spasms", ["cond/back-spasm"]),
        ("acute low-back pain", ["cond/acute-low-back-pain"]),
        ("haemodialysis and hemodialysis", ["pop/hemodialysis", "pop/hemodialysis"]),
        ("co-trimoxazole", ["drug/trimethoprim-sulfamethoxazole"]),
        ("Lioresal", ["drug/baclofen"]),
        ("paracetamol", ["drug/acetaminophen"]),
        ("uraemic itch", ["cond/uremic-pruritus"]),
        ("ESRD on HD", ["pop/kidney-failure", "pop/hemodialysis"]),
        ("an HD video", []),
        ("IN vitro AND in vivo OR not", []),
        ("baclofenes", []),
        ("prebaclofen", []),
        ("NSAIDs", ["class/nsaids"]),
        ("shingles", ["cond/herpes-zoster"]),
    ],
)
def test_tagging(text: str, expected: list[str], lexicon: Lexicon) -> None:
    assert ids(lexicon, text) == expected


@given(
    st.lists(
        st.one_of(st.sampled_from(["baclofen", "back spasms", "end-stage renal disease", "ESRD"]), st.text(max_size=8)), max_size=6
    )
)
def test_offsets_slice_back_and_never_overlap(parts: list[str]) -> None:
    text = " ".join(parts)
    end = 0
    for mention in default_lexicon().tag(text):
        assert text[mention.start : mention.end] == mention.text
        assert mention.start >= end or mention.start == end
        end = max(end, mention.start)


@pytest.mark.parametrize(
    ("narrow", "broad"),
    [
        ("cond/back-spasm", "cond/low-back-pain"), ("cond/back-spasm", "cond/muscle-spasm"), ("cond/acute-low-back-pain", "cond/pain"),
        ("drug/baclofen", "class/muscle-relaxants"), ("drug/methocarbamol", "class/muscle-relaxants"), ("drug/ramipril", "class/ace-inhibitors"),
        ("drug/gabapentin", "class/gabapentinoids"), ("pop/hemodialysis", "pop/dialysis"), ("cond/uremic-pruritus", "cond/pruritus"),
    ],
)  # fmt: skip
def test_is_a(narrow: str, broad: str, lexicon: Lexicon) -> None:
    assert lexicon.is_a(narrow, broad)
    assert not lexicon.is_a(broad, narrow)


@pytest.mark.parametrize(
    "other",
    ["cond/spasticity", "cond/muscle-cramps", "cond/uremic-pruritus", "cond/restless-legs-syndrome", "cond/neuropathic-pain"],
)
def test_problems_that_must_never_count_as_back_spasm(other: str, lexicon: Lexicon) -> None:
    assert not lexicon.is_a("cond/back-spasm", other)
    assert not lexicon.is_a(other, "cond/back-spasm")


def test_an_effect_class_does_not_make_an_alternative(lexicon: Lexicon) -> None:
    assert "class/cns-depressants" not in lexicon.therapeutic_classes("drug/baclofen")
    assert "class/muscle-relaxants" in lexicon.therapeutic_classes("drug/baclofen")


def test_it_is_large_and_its_mesh_ids_look_like_mesh_ids(lexicon: Lexicon) -> None:
    assert len(lexicon) > 1500
    named = [c.mesh for c in lexicon.concepts() if c.mesh]
    assert len(named) > 1500
    assert all(m[0] == "D" and m[1:].isdigit() for m in named)


def test_it_covers_every_label_of_the_starter_library(lexicon: Lexicon) -> None:
    lines = (resources.files("osler.library") / "starter" / "extractions.jsonl").read_text(encoding="utf-8").splitlines()
    labels = {label for line in lines for field in ("interventions", "problem") for label in json.loads(line)[field]}
    assert {label for label in labels if not lexicon.tag(label)} <= NOT_A_TOPIC


@pytest.mark.parametrize(
    ("concepts", "message"),
    [
        ([Concept("drug/a", "aaaa"), Concept("drug/a", "bbbb")], "twice"),
        ([Concept("drug/a", "aaaa", broader=("class/none",))], "does not exist"),
        ([Concept("drug/a", "aaaa", broader=("drug/b",)), Concept("drug/b", "bbbb", broader=("drug/a",))], "circle"),
    ],
)
def test_a_broken_lexicon_is_refused(concepts: list[Concept], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Lexicon(concepts)


HEADER = "id\tname\tsynonyms\tbrands\tabbreviations\tbroader\tmesh"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["id\tname"], "first line"),
        ([HEADER, "drug/a\taaaa"], "line 2: 2 columns"),
        ([HEADER, "nothing\taaaa\t\t\t\t\t"], "line 2: concept id"),
    ],
)
def test_a_broken_file_names_its_line(lines: list[str], message: str) -> None:
    with pytest.raises(InputFileError, match=message):
        read_concepts(lines, "file.tsv")


def test_a_mesh_table_adds_headings_and_curation_wins(tmp_path: Path) -> None:
    table = tmp_path / "mesh.tsv"
    table.write_text(
        "D001418\tBaclofen\tBaclophen\tD02.065.070\t\nD900001\tWobblestatin\tWobble Statin\tD02.065.070.100\t\n"
        "D900002\tShelving Fever\tFever, Shelving\tC01.100\t\nD900003\tShelves\t\tJ01.5\t\n",
        encoding="utf-8",
    )
    curated = default_lexicon().concepts()
    merged = Lexicon(merge_mesh(curated, read_mesh(table)))
    assert len(merged) == len(curated) + 2
    assert ids(merged, "wobblestatin and shelving fever") == ["drug/mesh-d900001", "cond/mesh-d900002"]
    assert merged.is_a("drug/mesh-d900001", "drug/baclofen")
    table.write_text("not a table\n", encoding="utf-8")
    with pytest.raises(InputFileError, match="line 1"):
        read_mesh(table)
    with pytest.raises(InputFileError, match="cannot be read"):
        read_mesh(tmp_path / "absent.tsv")


FOUND = ["baclofen", "Lioresal", "back spasms", "low back pain", "end-stage renal disease", "ESRD", "NSAIDs", "co-trimoxazole"]


@given(st.text(max_size=15), st.sampled_from(FOUND), st.text(max_size=15))
def test_a_term_set_off_by_punctuation_is_found_where_it_stands(before: str, term: str, after: str) -> None:
    text = f"{before}; ({term}). {after}"
    start = len(before) + 3
    assert (start, start + len(term), term) in [(m.start, m.end, m.text) for m in default_lexicon().tag(text)]


@given(st.lists(st.one_of(st.sampled_from(FOUND), st.text(max_size=8)), max_size=6))
def test_stretches_of_text_never_overlap(parts: list[str]) -> None:
    stretches = sorted({(m.start, m.end) for m in default_lexicon().tag(" ".join(parts))})
    assert all(a[1] <= b[0] for a, b in pairwise(stretches))


@given(st.text(max_size=60))
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_every_name_synonym_and_brand_is_found(lexicon: Lexicon) -> None:
    for concept in lexicon.concepts():
        for term in (concept.name, *concept.synonyms, *concept.brands):
            assert concept.id in ids(lexicon, f"Give {term}, please"), term


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("low back pain", "low-back pain"), ("low back pain", "low‑back pain"), ("low back pain", "LOW BACK PAIN"), ("muscle cramp", "muscle cramps"),
        ("anaemia", "anemia"), ("oedema", "edema"), ("diarrhoea", "diarrhea"), ("paediatric", "pediatric"), ("tumour", "tumor"),
        ("haemorrhage", "hemorrhage"), ("Tylenol", "paracetamol"), ("Advil", "ibuprofen"), ("Neurontin", "gabapentin"), ("ACE inhibitors", "ACE inhibitor"),
    ],
)  # fmt: skip
def test_two_spellings_are_one_concept(one: str, other: str, lexicon: Lexicon) -> None:
    assert ids(lexicon, one) == ids(lexicon, other) != []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PE after DVT", ["cond/pulmonary-embolism", "cond/deep-vein-thrombosis"]),
        ("PE class", []),
        ("type 2 diabetes", ["cond/type-2-diabetes"]),
        ("back muscle spasms", ["cond/back-spasm"]),
        ("baclofen/tizanidine", ["drug/baclofen", "drug/tizanidine"]),
        ("it had all", []),
    ],
)
def test_the_longest_term_wins_and_context_decides(text: str, expected: list[str], lexicon: Lexicon) -> None:
    assert ids(lexicon, text) == expected


def test_no_concept_is_its_own_ancestor(lexicon: Lexicon) -> None:
    assert [c.id for c in lexicon.concepts() if c.id in lexicon.ancestors(c.id)] == []
    assert all(lexicon.ancestors(b) < lexicon.ancestors(c.id) for c in lexicon.concepts() for b in c.broader)


def test_a_longer_term_wins_over_an_earlier_one_that_crosses_it() -> None:
    crossing = Lexicon([Concept("cond/a", "alpha beta"), Concept("cond/b", "beta gamma delta")])
    assert ids(crossing, "alpha beta gamma delta") == ["cond/b"]


@pytest.mark.xfail(strict=True, reason="comment lines are dropped before lines are counted")
def test_a_comment_does_not_shift_the_line_that_is_named() -> None:
    with pytest.raises(InputFileError, match="line 3"):
        read_concepts([HEADER, "# a comment", "nothing\taaaa\t\t\t\t\t"], "file.tsv")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param(
            "D900001\tBaclofen\t\tD02.1",
            "curation decides what a word means",
            marks=pytest.mark.xfail(strict=True, reason="a heading that is a curated term shares it"),
        ),
        ("D900001\tZorble\tBaclofen|Lioresal\tD02.1", "a synonym that is a curated term is dropped"),
    ],
)
def test_mesh_takes_no_word_from_the_curated_lexicon(row: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "mesh.tsv").write_text(row + "\n", encoding="utf-8")
    merged = Lexicon(merge_mesh(default_lexicon().concepts(), read_mesh(tmp_path / "mesh.tsv")))
    assert ids(merged, "baclofen") == ["drug/baclofen"], reason


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param("D900001\t\t\tD01.1\n", id="no heading"),
        pytest.param("D900001\tZorble\t\tD01.1\nD900001\tZorble\t\tD01.1\n", id="the same id twice"),
        pytest.param("D900001\tAlpha\t\tD01.1|D02.1.1\nD900002\tBeta\t\tD01.1.1|D02.1\n", id="each above the other"),
    ],
)
@pytest.mark.xfail(strict=True, raises=ValueError, reason="a plain ValueError comes out of a file that the user named")
def test_a_broken_mesh_table_is_an_input_error(rows: str, tmp_path: Path) -> None:
    (tmp_path / "mesh.tsv").write_text(rows, encoding="utf-8")
    with pytest.raises(InputFileError):
        Lexicon(read_mesh(tmp_path / "mesh.tsv"))
