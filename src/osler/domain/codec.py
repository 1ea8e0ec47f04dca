"""The only way from nouns to JSON values and back, driven by the nouns' own type hints.

`encode(noun)` gives plain dicts, lists, strings, numbers; `decode(type, value)` gives the equal noun.
Round trip: decode(type(x), encode(x)) == x. Sets are written sorted, so that equal nouns encode to equal text.
Infinity, which JSON lacks, is written as null where the field's type is float.

`encode_lean` leaves out every field that holds its default; `decode` puts the default back. It is what is stored and
hashed, so a noun may gain a field with a default and stored documents stay what they were; the default of a field that
exists already must not change without a new schema of the store.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from typing import Any


def encode(value: Any) -> Any:
    """A JSON value for a noun, enum, tuple, frozenset or primitive."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, tuple):
        return [encode(v) for v in value]
    if isinstance(value, frozenset):
        return sorted((encode(v) for v in value), key=str)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: encode(getattr(value, name)) for name in _fields(type(value))}
    raise TypeError(f"cannot encode {type(value).__name__}")


def encode_lean(value: Any) -> Any:
    """Like `encode`, without the fields that hold their default."""
    kind = type(value)
    if kind is str or value is None or kind is int or kind is bool:
        return value
    if kind is tuple:
        return [encode_lean(v) for v in value]
    if not dataclasses.is_dataclass(kind):
        return encode(value)
    lean = {}
    for name, default in _defaults(kind):
        own = getattr(value, name)
        if own is not default and own != default:
            lean[name] = encode_lean(own)
    return lean


T = typing.TypeVar("T")


def decode(noun: type[T], value: Any) -> T:
    """The noun that `encode` wrote. Raises ValueError or TypeError on anything else."""
    return typing.cast(T, _decoder(typing.cast(Any, noun))(value))


@lru_cache(maxsize=256)
def _fields(noun: type) -> tuple[str, ...]:
    return tuple(f.name for f in dataclasses.fields(noun))


@lru_cache(maxsize=256)
def _defaults(noun: type) -> tuple[tuple[str, Any], ...]:
    """Field names with their defaults; a field without one has MISSING, which equals no value."""
    return tuple((f.name, f.default) for f in dataclasses.fields(noun))


@lru_cache(maxsize=256)
def _decoder(hint: Any) -> Callable[[Any], Any]:
    origin = typing.get_origin(hint)
    arguments = typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        inner = [a for a in arguments if a is not type(None)]
        if len(inner) != 1:
            raise TypeError(f"cannot decode union {hint}")
        some = _decoder(inner[0])
        return lambda v: None if v is None else some(v)
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            item = _decoder(arguments[0])
            return lambda v: tuple(item(x) for x in _list(v))
        items = [_decoder(a) for a in arguments]
        return lambda v: tuple(d(x) for d, x in zip(items, _list(v), strict=True))
    if origin is frozenset:
        item = _decoder(arguments[0])
        return lambda v: frozenset(item(x) for x in _list(v))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if hint is float:
        return _float
    if hint in (str, int, bool):
        return lambda v: _primitive(hint, v)
    if dataclasses.is_dataclass(hint):
        return _dataclass_decoder(typing.cast(type, hint))
    raise TypeError(f"cannot decode {hint}")


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"expected a list, found {type(value).__name__}")
    return value


def _float(value: Any) -> float:
    if value is None:
        return math.inf
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"expected a number, found {type(value).__name__}")
    return float(value)


def _primitive(hint: type, value: Any) -> Any:
    if type(value) is not hint:
        raise TypeError(f"expected {hint.__name__}, found {type(value).__name__}")
    return value


def _dataclass_decoder(noun: type) -> Callable[[Any], Any]:
    hints = typing.get_type_hints(noun)
    fields = {name: _decoder(hints[name]) for name in _fields(noun)}

    def build(value: Any) -> Any:
        if not isinstance(value, dict):
            raise TypeError(f"{noun.__name__}: expected an object, found {type(value).__name__}")
        unknown = sorted(set(value) - set(fields))
        if unknown:
            raise ValueError(f"{noun.__name__}: unknown fields {unknown}")
        return noun(**{name: fields[name](value[name]) for name in fields if name in value})

    return build
