"""The parsers' promise (records or a SourceError, parts that slice, clean text, an end in time) over seeds that were damaged."""

from __future__ import annotations

import importlib.util
import io
import time
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from made import docx, extraction, zipped
from osler.documents.recognise import Format
from osler.documents.record import Rejected
from osler.documents.text import clean
from osler.ingest import work

FUZZ = Path(__file__).parent.parent / "fuzz"
LONGEST_S = 10.0


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("promise", FUZZ / "promise.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


promise = _load()
SEEDS = {target: [p.read_bytes() for p in sorted((FUZZ / "corpus" / target).iterdir())] for target in promise.TARGETS}
_INSERTED = st.sampled_from(
    [b"", b"\0", b"\x02", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"&#8;", b"&#0;", b"&x;", b"<", b"</", b"]]>", b"<!--", b"<!DOCTYPE x [",
     b"<table>", b"<tr>", b"<td rowspan=99999999>", b'"', b"\\ud800", b"\\u0000", b"[" * 2_000, b"{" * 2_000, b"1e999", b"NaN", b"null", b"[]", b"{}",
     b"-1", b"9" * 400, b"\r", b"\n", b"\t", b" " * 500, "\u202e".encode(), "\u0301".encode() * 40, b"/*", b"%PDF-1.4", b"<b>" * 600]
)  # fmt: skip
_EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 300), st.one_of(_INSERTED, st.binary(max_size=8))), min_size=1, max_size=4
)


def damaged(seed: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """Each edit: where (as a part of the length), how many bytes go, what comes in their place."""
    for where, gone, put in edits:
        at = int(where * len(seed))
        seed = seed[:at] + put + seed[at + gone :]
    return seed


def checked(target: str, data: bytes) -> None:
    started = time.process_time()
    promise.check(target, data)
    assert time.process_time() - started < LONGEST_S


def test_every_parser_has_a_seed_that_it_reads() -> None:
    assert {f.value for f in work.PARSERS} <= set(promise.TARGETS)
    for form in work.PARSERS:
        assert any(promise.read(form.value, seed) for seed in SEEDS[form.value]), form
    assert Format.UNKNOWN not in work.PARSERS


@pytest.mark.parametrize("target", promise.TARGETS)
def test_whole_seeds_and_cut_ones_keep_the_promise(target: str) -> None:
    for seed in SEEDS[target]:
        for part in (
            seed,
            seed[: len(seed) // 2],
            seed[len(seed) // 3 :],
            seed * 2,
            b"\xef\xbb\xbf" + seed,
            seed.replace(b"<", b"&lt;"),
        ):
            checked(target, part)


@pytest.mark.parametrize("target", promise.TARGETS)
@given(st.data())
def test_damaged_seeds_keep_the_promise(target: str, data: st.DataObject) -> None:
    checked(target, damaged(data.draw(st.sampled_from(SEEDS[target])), data.draw(_EDITS)))


@given(st.sampled_from(["word/document.xml", "_rels/.rels", "[Content_Types].xml"]), _EDITS)
def test_a_word_file_that_is_damaged_inside_keeps_the_promise(name: str, edits: list[tuple[float, int, bytes]]) -> None:
    with zipfile.ZipFile(io.BytesIO(docx(["Ward protocol", "Give it at night."]))) as archive:
        files = [(n, archive.read(n)) for n in archive.namelist()]
    checked("docx", zipped((n, damaged(d, edits) if n == name else d) for n, d in files))


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=60))
def test_cleaning_twice_changes_nothing_and_leaves_no_control(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in cleaned)


@pytest.mark.parametrize(
    ("text", "expected"), [("5\x9610 mg", "5–10 mg"), ("e\u200d\u0301", "é"), ("a\x81b", "a\ufffdb"), ("\x80 5", "€ 5")]
)
def test_what_cannot_be_seen_never_joins_two_figures(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (extraction(1).replace('"statement":', '"statement": "Another.", "statement":').encode(), "stands twice"),
        (extraction(1).replace("eased", "e\xe4sed").encode("latin-1"), "not JSON"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_an_extraction_that_can_be_read_in_two_ways_is_refused(line: bytes, said: str) -> None:
    good = extraction(2).encode()
    document, refused = sorted(promise.read("extractions", line + b"\n" + good), key=lambda r: type(r).__name__)
    assert isinstance(refused, Rejected)
    assert said in refused.reason
    assert document.statements[0].id == "T002"


def test_a_broken_promise_is_seen() -> None:
    with pytest.raises(AssertionError, match="not clean"):
        promise._document(next(iter(_unclean())))


def _unclean() -> list[object]:
    from dataclasses import replace

    (document,) = promise.read("plain", b"Give it at night. Then stop.")
    return [replace(document, text=document.text.replace(" ", "  ", 1))]
