"""Inline markup to characters, so that no quantity changes: 10<sup>9</sup> is 10⁹, never 109."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

_SUPERSCRIPT = str.maketrans("0123456789+-−–=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿⁱ")
_STAYS_UP = frozenset("®™©*†‡§¶#,.")
"""Marks that mean the same on the line, and what separates raised figures."""
_ORDINALS = frozenset({"st", "nd", "rd", "th"})
_SUBSCRIPT = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_SUPER_TAGS = frozenset({"sup", "superscript"})
_SUB_TAGS = frozenset({"sub", "subscript", "inf"})
_BREAK_TAGS = frozenset(
    {"br", "break", "p", "sec", "title", "list-item", "item", "list", "table", "tr", "td", "th", "div", "li", "caption"}
)


def superscript(text: str) -> str:
    """As superscript characters; what has none is written behind ^ ("h^max"). A footnote mark stays apart by its caller."""
    stripped = text.strip()
    if not stripped:
        return text
    if stripped.lower() in _ORDINALS or all(c in _STAYS_UP for c in stripped):
        return stripped
    raised = stripped.translate(_SUPERSCRIPT)
    return raised if all(a != b or a in _STAYS_UP for a, b in zip(stripped, raised, strict=True)) else f"^{stripped}"


def subscript(text: str, before: str) -> str:
    """CO<sub>2</sub> is CO2 as people type it; behind a digit a subscript must not join the number, so it is lowered."""
    stripped = text.strip()
    if not before or not before[-1].isdigit() or not stripped:
        return text
    lowered = stripped.translate(_SUBSCRIPT)
    return lowered if all(a != b for a, b in zip(stripped, lowered, strict=True)) else f"_{stripped}"


def local(element: etree._Element) -> str:
    """The tag without its namespace, in lower case; "" for comments and processing instructions."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def inline(element: etree._Element, skip: Callable[[etree._Element], bool] | None = None) -> str:
    """All text of an element in reading order; `skip` leaves out elements (their tails stay). Not cleaned.

    Block elements and breaks leave a space, other tags none, so that no word is cut or joined.
    """
    out: list[str] = []

    def last() -> str:
        return next((p for p in reversed(out) if p), "")

    # An explicit stack: text from outside may be nested deeper than Python's own.
    stack: list[tuple[str, etree._Element | None, int]] = [("open", element, 0)]
    while stack:
        action, node, mark = stack.pop()
        if action == "raise" and node is not None:
            name, inner = local(node), "".join(out[mark:])
            del out[mark:]
            out.append(superscript(inner) if name in _SUPER_TAGS else subscript(inner, last()))
        elif action == "tail" and node is not None:
            if local(node) in _BREAK_TAGS:
                out.append(" ")
            out.append(node.tail or "")
        elif node is not None:
            name = local(node)
            if name == "" or (skip is not None and node is not element and skip(node)):
                continue
            if name in _BREAK_TAGS:
                out.append(" ")
            if name in _SUPER_TAGS or name in _SUB_TAGS:
                stack.append(("raise", node, len(out)))
            out.append(node.text or "")
            for child in reversed(node):
                stack.append(("tail", child, 0))
                stack.append(("open", child, 0))
    return "".join(out)
