"""MathML in a title or abstract, written on one line so that no number changes: 10<msup>9 is 10⁹, a fraction keeps its bar."""

from __future__ import annotations

import re

from lxml import etree

from osler.documents.markup import local, subscript, superscript

_ROWS = frozenset({"math", "mrow", "mstyle", "mpadded", "semantics", "dispformula"})
_WORDS = frozenset({"mi", "mn", "mo", "mtext", "ms"})
_NOTES = frozenset({"annotation", "annotation-xml"})
_SPACED = frozenset("=±∓<>≤≥≈≠∼~≅≡→⇒×⋅∈∝≪≫")
_INVISIBLE = {"\u2061": "", "\u2062": "·", "\u2063": ",", "\u2064": " "}
_SIMPLE = re.compile(r"[\w.,%′]*|[([{][^()\[\]{}]*[)\]}]")
MAX_DEPTH = 64


def flatten_math(element: etree._Element) -> None:
    """Put the linear form of each formula inside `element` in its place; a formula that is plain text already stays.

    Raises ValueError for what has no such form (matrices, struck-out terms, anything unknown) or is nested too deeply.
    """
    for node in [n for n in element.iter() if local(n) == "math" and len(n)]:
        text = _linear(node, 0)
        parent = node.getparent()
        if parent is not None and local(parent) == "dispformula":
            text = f" {text} "
        for child in list(node):
            node.remove(child)
        node.text = text


def _linear(node: etree._Element, depth: int) -> str:
    name = local(node)
    if depth > MAX_DEPTH:
        raise ValueError("a formula nested too deeply")
    if name in _WORDS:
        return _word(name, node)
    if name == "mmultiscripts":
        return _scripts(node, depth)
    children = [_linear(c, depth + 1) for c in node if local(c) not in _NOTES and local(c)]
    if name in _ROWS:
        return _row(children)
    match name, children:
        case "mspace", []:
            return " "
        case "msup", [base, power]:
            return _group(base) + _raised(power)
        case "msub", [base, index]:
            return _group(base) + _lowered(index, base)
        case "msubsup", [base, index, power]:
            return _group(base) + _lowered(index, base) + _raised(power)
        case "mfrac", [above, below]:
            return f"{_group(above)}/{_group(below)}"
        case "msqrt", _:
            return f"√{_group(_row(children))}"
        case "mroot", [base, degree]:
            return f"{_group(base)}^(1/{degree})"
        case "mover", [base, sign]:
            accent = sign.strip()
            return base + accent if len(accent) == 1 and not accent.isalnum() else f"{_group(base)}^({accent})"
        case "munder", [base, sign]:
            return f"{base}_({sign})"
        case "munderover", [base, under, over]:
            return f"{base}_({under})^({over})"
        case "mfenced", _:
            separator = (node.get("separators", ",").strip() or ",")[0]
            return f"{node.get('open', '(')}{separator.join(children)}{node.get('close', ')')}"
    raise ValueError(f"a formula with <{name}> cannot be written on one line")


def _scripts(node: etree._Element, depth: int) -> str:
    """A base with (index, power) pairs behind it and, after <mprescripts>, before it: ³He."""
    parts = [c for c in node if local(c)]
    if not parts:
        raise ValueError("a formula with <mmultiscripts> of nothing")
    sides: list[list[str]] = [[]]
    for mark in parts[1:]:
        if local(mark) == "mprescripts":
            sides.append([])
        else:
            sides[-1].append("" if local(mark) == "none" else _linear(mark, depth + 1))
    behind, before = (*sides, [])[:2]
    core = _linear(parts[0], depth + 1)
    return _marks(before, "0") + _group(core) + _marks(behind, core)


def _marks(pairs: list[str], base: str) -> str:
    return "".join(_raised(text) if place % 2 else _lowered(text, base) for place, text in enumerate(pairs) if text)


def _word(name: str, node: etree._Element) -> str:
    text = "".join(_INVISIBLE.get(c, c) for c in " ".join("".join(node.itertext()).split()))
    if name == "mtext":
        # Spaces at the ends of words are meant; those of the layout, with a line break in them, are not.
        raw = node.text or ""
        before, after = raw[: len(raw) - len(raw.lstrip())], raw[len(raw.rstrip()) :]
        return (" " if before and "\n" not in before else "") + text + (" " if after and "\n" not in after else "")
    return f" {text} " if name == "mo" and text in _SPACED and text else text


def _row(pieces: list[str]) -> str:
    """Pieces side by side; two that would run together to another number stay apart (1½ is never 11/2)."""
    row = ""
    for piece in pieces:
        row += (" " if row[-1:].isdigit() and piece[:1].isdigit() else "") + piece
    return re.sub(r" {2,}", " ", row)


def _group(text: str) -> str:
    stripped = text.strip()
    return stripped if _SIMPLE.fullmatch(stripped) or len(stripped) == 1 else f"({stripped})"


def _raised(text: str) -> str:
    raised = superscript(text.strip())
    return f"^{_group(text)}" if raised.startswith("^") else raised


def _lowered(text: str, before: str) -> str:
    lowered = subscript(text.strip(), before or "0")  # without a base it stands behind we do not know what
    return f"_{_group(text)}" if lowered.startswith("_") else lowered
