"""JSON is read without losing a digit, and whatever cannot be is refused in Osler's own words."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.documents.json_records import json_values, node, nodes, raw, text, texts
from osler.documents.record import Rejected
from osler.errors import SourceError


def values(data: bytes) -> list[Any]:
    return list(json_values(data, "f"))


def test_a_number_stays_as_it_is_written() -> None:
    (value,) = values(b'\xef\xbb\xbf{"dose": 1.50, "small": 1e-7, "count": 12}')
    assert (text(value, "dose"), text(value, "small"), text(value, "count")) == ("1.50", "1e-7", "12")


def test_lines_are_read_one_by_one() -> None:
    assert values(b'{"a": 1}\n\n{"a": 2}\r\n') == [{"a": 1}, {"a": 2}]
    good, bad = values(b'{"a": 1}\n{"a": NaN}\n')
    assert good == {"a": 1}
    assert bad == Rejected("f, line 2", "not usable JSON (NaN is no number)")


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"\x80abc", b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"a": Infinity}', b'{"dose": 5, "dose": 50}', b"1" * 10_000, b'"x"\n"y"',
    ],
)  # fmt: skip
def test_what_cannot_be_read_without_guessing_is_refused(data: bytes) -> None:
    with pytest.raises(SourceError, match=r"^f: "):
        values(data)


def test_ways_into_a_value() -> None:
    value = {"a": {"b": [{"c": " x\n y "}, 3, {"c": None}], "one": {"c": "z"}}, "words": ["p", 1, "", "p", "q"], "flag": True}
    assert [text(n, "c") for n in nodes(value, "a", "b")] == ["x y", ""]
    assert [raw(n, "c") for n in nodes(value, "a", "b")] == [" x\n y ", ""]
    assert [text(n, "c") for n in nodes(value, "a", "one")] == ["z"]
    assert texts(value, "words") == ("p", "q")
    assert text(value, "flag") == ""
    assert node(value, "a", "b") == {}


@given(st.recursive(st.none() | st.integers() | st.text(), lambda i: st.lists(i) | st.dictionaries(st.sampled_from("ab"), i)))
def test_every_shape_gives_an_answer(value: Any) -> None:
    assert isinstance(text(value, "a", "b"), str)
    assert isinstance(raw(value, "a"), str)
    assert all(isinstance(n, dict) for n in nodes(value, "a", "b"))
    assert all(texts(value, "a"))


@given(st.binary(max_size=100))
def test_any_bytes_give_values_or_a_source_error(data: bytes) -> None:
    with contextlib.suppress(SourceError):
        assert values(data)
