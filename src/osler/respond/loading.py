"""Bytes of a request file (YAML, JSON or Markdown) to a tree of plain texts with the line each stands on.

Every leaf is text as written: YAML would read a telephone number 01234 as an octal number and 16:30 as 990.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from osler.errors import InputFileError

MAX_BYTES = 64 * 1024
MAX_DEPTH = 4
"""The deepest field is a list under a key under a section."""
_PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{t}" for t in ("str", "int", "float", "bool", "null", "timestamp", "value"))
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*")
_QUESTION_HEADING = re.compile(r"^#{1,6}[ \t]+(?:ultimate )?question\b", re.MULTILINE | re.IGNORECASE)
"""What tells Markdown from YAML, whose comments look like headings too."""
_PAIR = re.compile(r"\s*(?:[-*+]\s+)?\*{0,2}([A-Za-z][\w /()-]{0,40}?)\*{0,2}\s*:\*{0,2}\s*(.*)")
_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+(.*)")
SECTIONS = {
    "requestor": "pairs",
    "patient": "pairs",
    "follow_up": "pairs",
    "searched": "items",
    "background": "text",
    "question": "text",
}
"""What stands under a heading of the Markdown form."""

Tree = str | None | list["Tree"] | dict[str, "Tree"]
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """name: of the file, for errors. lines: where each key stands, counted from 1; empty for JSON."""

    name: str
    values: dict[str, Tree]
    lines: dict[Path, int]

    def error(self, path: Path, problem: str) -> InputFileError:
        """ "ward.yaml, line 7, patient.age: …"; names the field, never its neighbours' values."""
        where = f", line {self.lines[path]}" if path in self.lines else ""
        field = f", {'.'.join(path)}" if path else ""
        return InputFileError(f"{self.name}{where}{field}: {problem}")


def load(data: bytes, name: str) -> Loaded:
    """The tree of a request. The name's ending says the format, else the content does.

    Raises InputFileError, with line and field where there is one, for text that is too big, not UTF-8 (or UTF-16 with its
    mark), not in its format, nested too deeply, or that has aliases, tags of its own or a key that stands twice.
    """
    text = _decode(data, name)
    ending = name.rpartition(".")[2].lower()
    if ending == "json" or (ending not in ("yaml", "yml", "md", "markdown") and text.lstrip().startswith("{")):
        return _json(text, name)
    if ending in ("md", "markdown") or (ending not in ("yaml", "yml") and _QUESTION_HEADING.search(text)):
        return _markdown(text, name)
    return _yaml(text, name, 0)


def _decode(data: bytes, name: str) -> str:
    if len(data) > MAX_BYTES:
        raise InputFileError(f"{name}: more than {MAX_BYTES // 1024} KB; a request is a page or two")
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputFileError(f"{name}: not UTF-8 text (byte {error.start})") from error
    if "\x00" in text:
        raise InputFileError(f"{name}: binary data, not text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def normal_key(key: str) -> str:
    """ "Needed by" and "needed-by" are one key."""
    return re.sub(r"[\s/-]+", "_", re.sub(r"\(.*?\)", "", key).strip().lower()).strip("_")


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError(f"line {self.peek_event().start_mark.line + 1}: aliases are not used here")
        return super().compose_node(parent, index)


def _yaml(text: str, name: str, first_line: int) -> Loaded:
    """`first_line`: how many lines stand before the text in its file."""
    loaded = Loaded(name, {}, {})
    try:
        node = yaml.compose(text, _Loader)
    except RecursionError as error:
        raise InputFileError(f"{name}: nested too deeply") from error
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1 + first_line}" if mark is not None else ""
        problem = getattr(error, "problem", None) or str(error)
        raise InputFileError(f"{name}{where}: not YAML that can be used ({' '.join(str(problem).split())})") from error
    if node is None:
        return loaded
    if not isinstance(node, yaml.MappingNode):
        raise InputFileError(f"{name}: not a list of `key: value` lines")
    values = _of_node(node, (), loaded, first_line)
    return Loaded(name, values if isinstance(values, dict) else {}, loaded.lines)


def _of_node(node: Any, path: Path, loaded: Loaded, first_line: int) -> Tree:
    if len(path) > MAX_DEPTH:
        raise loaded.error(path[:-1], "nested too deeply")
    if isinstance(node, yaml.ScalarNode):
        if node.tag not in _PLAIN_TAGS:
            raise loaded.error(path, f"{node.tag.rpartition(':')[2]} is not used here")
        return None if node.style is None and node.value in _NULLS else str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_of_node(child, (*path, str(n)), loaded, first_line) for n, child in enumerate(node.value, start=1)]
    values: dict[str, Tree] = {}
    for key_node, child in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise loaded.error(path, "a key must be a word")
        key = normal_key(str(key_node.value))
        if key in values:
            raise loaded.error((*path, key), "stands twice")
        loaded.lines[(*path, key)] = key_node.start_mark.line + 1 + first_line
        values[key] = _of_node(child, (*path, key), loaded, first_line)
    return values


def _json(text: str, name: str) -> Loaded:
    def once(pairs: list[tuple[str, Tree]]) -> dict[str, Tree]:
        found: dict[str, Tree] = {}
        for key, value in pairs:
            if normal_key(key) in found:
                raise InputFileError(f"{name}, {normal_key(key)}: stands twice")
            found[normal_key(key)] = value
        return found

    def refuse(word: str) -> str:
        raise InputFileError(f"{name}: {word} is not a number")

    try:
        value = json.loads(text, object_pairs_hook=once, parse_int=str, parse_float=str, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise InputFileError(f"{name}, line {error.lineno}: not JSON ({error.msg})") from error
    except RecursionError as error:
        raise InputFileError(f"{name}: nested too deeply") from error
    if not isinstance(value, dict):
        raise InputFileError(f"{name}: not a JSON object")
    loaded = Loaded(name, {}, {})
    return Loaded(name, {k: _of_json(v, (k,), loaded) for k, v in value.items()}, {})


def _of_json(value: Any, path: Path, loaded: Loaded) -> Tree:
    if len(path) > MAX_DEPTH:
        raise loaded.error(path[:-1], "nested too deeply")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return {k: _of_json(v, (*path, k), loaded) for k, v in value.items()}
    if isinstance(value, list):
        return [_of_json(v, (*path, str(n)), loaded) for n, v in enumerate(value, start=1)]
    return value if value is None else str(value)


def _markdown(text: str, name: str) -> Loaded:
    lines = text.split("\n")
    start, front = _front_matter(lines, name)
    values, where = dict(front.values), dict(front.lines)
    loaded = Loaded(name, values, where)
    for title, level, first, body in _sections(lines, start):
        filled = [line for line in body if line.strip()]
        key = _SECTION_NAMES.get(normal_key(title), "")
        if not key:
            if (level == 1 or not title) and not filled:
                continue  # the page's own title, or nothing before the first heading
            where[(normal_key(title),)] = first
            asked = f"“{title}” is no heading of a request" if title else "text stands before the first heading"
            raise loaded.error((normal_key(title),) if title else (), f"{asked}; there are {', '.join(SECTIONS)}")
        if not filled:
            continue
        if key in values:
            where[(key,)] = first
            raise loaded.error((key,), "stands twice")
        where[(key,)] = first
        values[key] = _section(key, first, body, loaded)
    return Loaded(name, values, where)


_SECTION_NAMES = {
    **{k: k for k in SECTIONS},
    "ultimate_question": "question", "requester": "requestor", "enquirer": "requestor", "patient_facts": "patient",
    "already_searched": "searched", "sources_already_searched": "searched", "background_information": "background",
}  # fmt: skip


def _front_matter(lines: list[str], name: str) -> tuple[int, Loaded]:
    """Where the text after the front matter begins, and what the front matter says."""
    if not lines or lines[0].strip() != "---":
        return 0, Loaded(name, {}, {})
    for end, line in enumerate(lines[1:], start=1):
        if line.strip() in ("---", "..."):
            return end + 1, _yaml("\n".join(lines[1:end]), name, 1)
    raise InputFileError(f"{name}, line 1: the front matter has no end (a line of ---)")


def _sections(lines: list[str], start: int) -> Iterator[tuple[str, int, int, list[str]]]:
    """Title, level, number of the heading's line, and the lines under it."""
    title, level, first = "", 0, start + 1
    body: list[str] = []
    for number, line in enumerate(lines[start:], start=start + 1):
        heading = _HEADING.fullmatch(line)
        if heading is None:
            body.append(line)
            continue
        yield title, level, first, body
        title, level, first, body = heading[2], len(heading[1]), number, []
    yield title, level, first, body


def _section(key: str, first: int, body: list[str], loaded: Loaded) -> Tree:
    kind = SECTIONS[key]
    if kind == "text":
        return "\n".join(body).strip()
    if kind == "items":
        return [m[1] if (m := _ITEM.fullmatch(line)) else line.strip() for line in body if line.strip()]
    found: dict[str, Tree] = {}
    for number, line in enumerate(body, start=first + 1):
        if not line.strip():
            continue
        pair = _PAIR.fullmatch(line)
        name = normal_key(pair[1]) if pair else ""
        path = (key, name) if pair else (key,)
        loaded.lines[path] = number
        if pair is None:
            raise loaded.error(path, "must be lines of “- name: value”")
        if name in found:
            raise loaded.error(path, "stands twice")
        found[name] = pair[2].strip() or None
    return found
