"""Running text of a JATS element: citation marks out, formulae and odd characters in, so that no quantity changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.entities import html5

from lxml import etree

from osler.documents.jats_math import linear, tex_source
from osler.documents.markup import inline, local

MAX_DEPTH = 100
"""Levels of elements above the deepest one. Published articles stay under 40; Python's own stack is safe far beyond 100."""

BREAK = "\ufdd1"
"""Stands where a block was cut out of a paragraph. Like `_MARK` a Unicode noncharacter: no text may use it as text."""
_MARK = "\ufdd0"
_SEPARATOR = r"(?:[\s,;&^–—−‐‑\u200b-\u200f-]|and\b|to\b)"
_SEE = r"(?:(?:see(?: also)?|e\.g\.,?|cf\.?|reviewed in|refs?\.?|references?)\s*)?"
_BRACKETED = re.compile(rf"[\[(]{_SEE}{_SEPARATOR}*{_MARK}(?:{_SEPARATOR}*{_MARK})*{_SEPARATOR}*[\])]", re.IGNORECASE)
_MARKS = re.compile(rf"\s*\^?{_MARK}(?:{_SEPARATOR}*{_MARK})*", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}|\b(?:1[89]|20)\d\d[a-z]?\b")
_NOTE_TYPES = frozenset({"fn", "table-fn", "author-notes", "aff", "corresp"})
_FORMULAE = ("inline-formula", "disp-formula")


class Unreadable(ValueError):
    """The article cannot be turned into text without loss; the message is one line for a person."""


def words(element: etree._Element, skip: Callable[[etree._Element], bool] | None = None) -> str:
    """Text of a prepared element without its citation marks. White space is as it came: `clean` it, or let the builder."""
    text = inline(element, skip)
    return _unmarked(text) if _MARK in text else text


def _unmarked(text: str) -> str:
    for _ in range(3):  # "([12])" and "[[12], and [13]]" are found too
        text = _BRACKETED.sub(_MARK, text)

    def gap(match: re.Match[str]) -> str:
        before, after = text[max(0, match.start() - 1) : match.start()], text[match.end() : match.end() + 1]
        return " " if before.isalnum() and after.isalnum() else ""  # "5<mark>6" must never become 56

    return _MARKS.sub(gap, text)


def prepare(article: etree._Element) -> None:
    """Make a freshly parsed article ready for `words`, in place.

    Tags lose their namespaces, the reference list goes, citation marks become `_MARK`, formulae become characters,
    images that stand for a character become "[image]". Raises Unreadable.
    """
    if article.xpath("boolean(descendant::*[count(ancestor::*) > $limit])", limit=MAX_DEPTH):
        raise Unreadable(f"elements are nested more than {MAX_DEPTH} deep")
    for element in list(article.iter(etree.Element)):
        element.tag = local(element).rpartition(":")[2]  # "mml:math" where the file does not declare what mml is
    references: dict[str, None] = {}
    for entries in list(article.iter("ref-list")):
        references |= {ref.get("id", ""): None for ref in entries.iter("ref")}
        _cut(entries)
    for entity in list(article.iter(etree.Entity)):
        _expand(entity)
    for xref in article.iter("xref"):
        _citation(xref, references)
    for element in list(article.iter(*_SPECIAL)):
        _SPECIAL[element.tag](element)


def _cut(element: etree._Element) -> None:
    """Take an element out of its tree; the text behind it stays."""
    parent = element.getparent()
    if parent is None:
        return
    before = element.getprevious()
    if before is None:
        parent.text = (parent.text or "") + (element.tail or "")
    else:
        before.tail = (before.tail or "") + (element.tail or "")
    parent.remove(element)


def _become(element: etree._Element, text: str) -> None:
    """Let an element hold this text and nothing else; what follows it stays."""
    tail = element.tail
    element.clear(keep_tail=False)
    element.text, element.tail = text, tail


def _expand(entity: etree._Element) -> None:
    """A character entity of the public sets (ISO, HTML) becomes its character; any other is unknown and refused.

    Old PMC files name entities that only their DTD declares, and no DTD is read. The file's own declarations are ignored.
    """
    name = str(entity.name)
    character = html5.get(f"{name};")
    declared = entity.getroottree().docinfo.internalDTD
    if character is None or (declared is not None and any(e.name == name for e in declared.iterentities())):
        raise Unreadable(f"the entity &{name[:40]}; stands for text that is not in the file")
    entity.tail = character + (entity.tail or "")
    _cut(entity)


def _citation(xref: etree._Element, references: dict[str, None]) -> None:
    """A numbered mark goes, also when only its target tells that it is one; names and years stay ("Smith et al. (2010)")."""
    kind = xref.get("ref-type")
    if kind in _NOTE_TYPES:
        if next(xref.iterancestors("table-wrap"), None) is None:
            _become_mark(xref, "")
        return
    if kind != "bibr" and not any(target in references for target in (xref.get("rid") or "").split()):
        return
    text = "".join(xref.itertext())
    if not _WORD.search(re.sub(r"\b(and|to|refs?)\b", "", text)):
        _become_mark(xref, text)


def _become_mark(xref: etree._Element, text: str) -> None:
    rid, kind = xref.get("rid", ""), xref.get("ref-type", "")
    opening, closing = ("".join(c for c in text if c in group) for group in ("([", ")]"))
    _become(xref, opening + _MARK + closing)
    xref.set("rid", rid)
    xref.set("ref-type", kind)


def _formula(formula: etree._Element) -> None:
    """One reading of a formula: MathML if there is any, else TeX, else its characters, else "[formula]"."""
    label = formula.find("label")
    number = "" if label is None else "".join(label.itertext()).strip().strip("()[]")
    if label is not None:
        _cut(label)
    math, tex = next(formula.iter("math"), None), next(formula.iter("tex-math"), None)
    if math is not None:
        text = linear(math).strip()
    elif tex is not None:
        text = tex_source(tex)
    else:
        text = " ".join(inline(formula, lambda e: e.tag in {"alt-text", "object-id"}).split())
    text = text or "[formula]"
    if formula.tag == "disp-formula":
        text = f" {text} ({number}) " if number else f" {text} "  # a bare number of the formula would read as a factor
    _become(formula, text)


def _loose_math(math: etree._Element) -> None:
    if next(math.iterancestors(*_FORMULAE), None) is None:
        _become(math, (linear(math) if math.tag == "math" else tex_source(math)).strip() or "[formula]")


def _image(element: etree._Element) -> None:
    """An image in running text stands for a character: say that it is there, with its words if it has any."""
    if next(element.iterancestors(*_FORMULAE), None) is None:
        alternative = " ".join("".join(element.itertext()).split())
        _become(element, f"[{alternative or 'image'}]")


def _rule(element: etree._Element) -> None:
    element.tag = "break"  # a line drawn in a cell stands between two figures


def _plain(element: etree._Element) -> None:
    """A raised trade mark or ordinal is no power: "Nurofen®", "5th". A raised o before C or F is the degree sign."""
    text = "".join(element.itertext()).strip()
    if text == "o" and re.match(r"\s*[CF]\b", element.tail or ""):
        _become(element, "°")
        element.tag = "raised"
    elif text in _NOT_RAISED:
        element.tag = "raised"


def _cell_image(element: etree._Element) -> None:
    if next(element.iterancestors("td", "th"), None) is not None:
        _image(element)


_NOT_RAISED = frozenset({"®", "™", "©", "°", "TM", "SM", "st", "nd", "rd", "th"})


def _struck(element: etree._Element) -> None:
    element.text = "[struck out: " + (element.text or "")
    last = element[-1] if len(element) else None
    if last is None:
        element.text += "]"
    else:
        last.tail = (last.tail or "") + "]"


_SPECIAL: dict[str, Callable[[etree._Element], None]] = {
    "inline-formula": _formula,
    "disp-formula": _formula,
    "math": _loose_math,
    "tex-math": _loose_math,
    "inline-graphic": _image,
    "graphic": _cell_image,
    "hr": _rule,
    "sup": _plain,
    "private-char": _image,
    "strike": _struck,
}
