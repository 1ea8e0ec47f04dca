"""Concepts are found longest first, on token boundaries, with offsets that slice back; the hierarchy keeps problems apart."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.domain.concept import Concept
from osler.errors import InputFileError
from osler.language.lexicon import Lexicon, default_lexicon, merge_mesh, read_concepts, read_mesh

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
