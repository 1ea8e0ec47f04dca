"""Formulae of a JATS article on one line of characters: from MathML, or the TeX itself."""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree

from osler.documents.markup import local, superscript


def tex_source(element: etree._Element) -> str:
    """The formula itself: PMC wraps each in a whole LaTeX document."""
    text = "".join(element.itertext())
    inner = re.search(r"\\begin\{document\}(.*)\\end\{document\}", text, re.DOTALL)
    return " ".join((inner.group(1) if inner else text).replace("$", " ").split())


_OPERATORS = str.maketrans({"\u2061": "", "\u2062": "·", "\u2063": ",", "\u2064": " "})
"""MathML's invisible signs: function application, times, comma, plus of a mixed number (1½ as "1 1/2")."""
_ATOM = re.compile(r"\w+|\([^()]*\)|[\d.,]+")


def linear(node: etree._Element) -> str:
    """MathML on one line. Structure becomes signs: a fraction is (a)/(b), a power x², an index x_i; nothing is joined."""
    name = local(node)
    parts = [] if name in {"mtable", "semantics"} else [linear(child) for child in node.iterchildren(etree.Element)]
    if name in {"mi", "mn", "mo", "mtext", "ms"}:
        return " ".join("".join(node.itertext()).split()).translate(_OPERATORS)
    if name in {"mspace", "none", "mprescripts", "annotation", "annotation-xml"}:
        return " " if name == "mspace" else ""
    if name == "semantics":
        return next((linear(child) for child in node.iterchildren(etree.Element)), "")
    if name == "mtable":
        rows = ([linear(cell).strip() for cell in row.iterchildren(etree.Element)] for row in node.iterchildren(etree.Element))
        return "; ".join(", ".join(filter(None, row)) for row in rows)
    if name == "mfenced":
        return f"{node.get('open', '(')}{(node.get('separators') or ',')[0].join(parts)}{node.get('close', ')')}"
    if name == "msqrt":
        return f"√({_joined(parts)})"
    if name in _SCRIPTS and len(parts) >= 2:
        return _SCRIPTS[name](parts)
    return _joined(parts)


def _joined(parts: list[str]) -> str:
    """Side by side, with a space where two numbers would become one."""
    text = ""
    for part in parts:
        text += " " + part if text[-1:].isdigit() and part[:1].isdigit() else part
    return text


def _atom(text: str) -> str:
    stripped = text.strip()
    return stripped if not stripped or _ATOM.fullmatch(stripped) else f"({stripped})"


def _power(text: str) -> str:
    raised = superscript(text.strip())
    return f"^({text.strip()})" if raised.startswith("^") and not _ATOM.fullmatch(text.strip()) else raised


_SCRIPTS: dict[str, Callable[[list[str]], str]] = {
    "mfrac": lambda p: f"{_atom(p[0])}/{_atom(p[1])}",
    "mroot": lambda p: f"({p[1]})√({p[0]})",
    "msup": lambda p: _atom(p[0]) + _power(p[1]),
    "msub": lambda p: f"{_atom(p[0])}_{_atom(p[1])}",
    "msubsup": lambda p: f"{_atom(p[0])}_{_atom(p[1])}" + (_power(p[2]) if len(p) > 2 else ""),
    "mmultiscripts": lambda p: f"{p[0]}_{' '.join(filter(None, p[1:]))}",
    "munderover": lambda p: f"{p[0]}_{_atom(p[1])}" + (f"^{_atom(p[2])}" if len(p) > 2 else ""),
    "munder": lambda p: f"{p[0]}_{_atom(p[1])}",
    "mover": lambda p: "".join(p),
}
