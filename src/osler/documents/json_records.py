"""JSON of a registry's reply, read without losing a digit: its values, and typed ways into them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from osler.documents.record import Rejected
from osler.documents.text import clean
from osler.errors import SourceError

Node = Mapping[str, Any]


def json_values(data: bytes, name: str) -> Iterator[Any | Rejected]:
    """The one value of a JSON text, or a value for each line of JSON Lines (a bad line gives a Rejected).

    Numbers with a fraction or an exponent stay text, so that 1.50 is not 1.5. Raises SourceError for what is not JSON
    at all, is nested too deeply, repeats a key of an object or holds NaN or Infinity: none of it can be read without guessing.
    """
    try:
        yield _value(data)
        return
    except ValueError as error:
        lines = [(n, line) for n, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1) if line.strip()]
        whole = error
    if len(lines) < 2 or not isinstance(_line(lines[0][1]), dict):
        raise SourceError(f"{name}: {whole}") from whole
    for number, line in lines:
        value = _line(line)
        yield Rejected(f"{name}, line {number}", str(value)) if isinstance(value, ValueError) else value


def _line(line: bytes) -> Any:
    try:
        return _value(line)
    except ValueError as error:
        return error


def _value(data: bytes) -> Any:
    try:
        return json.loads(data, parse_float=str, parse_constant=_constant, object_pairs_hook=_object)
    except RecursionError as error:
        raise ValueError("not usable JSON (nested too deeply)") from error
    except UnicodeDecodeError as error:
        raise ValueError("not JSON (not a Unicode encoding)") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON ({error})") from error


def _constant(text: str) -> Any:
    raise ValueError(f"not usable JSON ({text} is no number)")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise ValueError(f"not usable JSON (the key {clean(twice)[:60]!r} stands twice in one object)")
    return made


def node(value: Any, *keys: str) -> Node:
    """The object below these keys; an empty one when there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def nodes(value: Any, *keys: str) -> list[Node]:
    """The objects of the list below these keys (an object that stands alone counts as a list of one)."""
    *above, last = keys
    found = node(value, *above).get(last)
    return [item for item in (found if isinstance(found, list) else [found]) if isinstance(item, Mapping)]


def raw(value: Any, *keys: str) -> str:
    """The text or number below these keys as it is written, line ends kept; "" when there is none."""
    *above, last = keys
    found = node(value, *above).get(last)
    return str(found) if isinstance(found, (str, int)) and not isinstance(found, bool) else ""


def text(value: Any, *keys: str) -> str:
    """As `raw`, cleaned to one line."""
    return clean(raw(value, *keys))


def texts(value: Any, *keys: str) -> tuple[str, ...]:
    """The texts of the list below these keys (or the one text there), cleaned, without empty ones and repeats."""
    *above, last = keys
    found = node(value, *above).get(last)
    items = found if isinstance(found, list) else [found]
    return tuple(dict.fromkeys(cleaned for item in items if isinstance(item, str) and (cleaned := clean(item))))
