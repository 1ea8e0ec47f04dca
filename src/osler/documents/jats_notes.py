"""The footnotes of a JATS table, and which of them a cell is marked with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from osler.documents.jats_inline import words
from osler.documents.markup import superscript
from osler.documents.text import clean

_SYMBOLS = "*⁎∗†‡§¶#‖∥|$+"
_SYMBOL = re.compile(rf"[{re.escape(_SYMBOLS)}]{{1,4}}")
_LETTERS = re.compile(r"[A-Za-z]|[a-z]{2,5}")
_DIGIT = re.compile(r"\d{1,2}")
_OPEN, _CLOSE = "\ufdd2", "\ufdd3"  # noncharacters around a raised mark, as in jats_inline
_RAISED = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}")
_STARTS = re.compile(
    rf"(?:^|(?<=[.;,:])\s*){_OPEN}(?P<raised>[^{_CLOSE}]+){_CLOSE}\s*[:=.]?"
    rf"|^\(?(?P<letter>[a-z])[):]\s"
    rf"|(?:^|(?<=[.;,:]\s))(?P<symbol>[{re.escape(_SYMBOLS)}]{{1,4}})\s?(?=[A-Z<>=≤]|[pP]\b)"
    rf"|^(?P<first>[{re.escape(_SYMBOLS)}]{{1,4}})\s*(?=\S)"
)
_TRAILING = re.compile(rf"\s*(?P<marks>[{re.escape(_SYMBOLS)}]{{1,4}})$")
_LETTERS_COMPARE = re.compile(r"\b(letters?|superscripts?)\b", re.IGNORECASE)
"""A footnote on what equal or different letters mean: then the letters are data and stay ("28.1^a")."""
_MARK_ENDS = re.compile(r"[a-z]{4}|[)%]", re.IGNORECASE)


def _is_mark(text: str) -> bool:
    return any(pattern.fullmatch(text) for pattern in (_SYMBOL, _LETTERS, _DIGIT))


def _marks(text: str) -> list[str]:
    """The marks that a footnote's label names: "a, b" two of them, "abc" three."""
    pieces = re.split(r"[\s,;]+", text.strip())
    return [
        m
        for p in pieces
        for m in (p if len(p) > 1 and p.isalpha() and p == "".join(sorted(set(p))) and _LETTERS.fullmatch(p) else [p])
    ]


@dataclass(frozen=True, slots=True)
class Notes:
    """all: the footnotes as the table prints them, in order. by_id, by_label: their texts without the mark."""

    all: tuple[str, ...]
    by_id: dict[str, str]
    by_label: dict[str, str]

    def take(self, cell: etree._Element) -> tuple[str, ...]:
        """Footnotes a cell is marked with; their marks are taken out of the cell, in place.

        A link tells its footnote. A raised mark without a link counts when a footnote bears it; a raised figure only behind
        a word, for behind a number or a unit it is a power (10³, kg/m²).
        """
        found: list[str] = []
        for note in list(cell.iter("fn")):
            found.append(clean(words(note)))
            _blank(note)
        for xref in list(cell.iter("xref")):
            if xref.get("ref-type") in {"fn", "table-fn"} or xref.get("rid") in self.by_id:
                found += self._linked(xref)
        for sup in list(cell.iter("sup")):
            found += self._raised(sup)
        return tuple(dict.fromkeys(n for n in found if n))

    def trailing(self, text: str) -> tuple[str, tuple[str, ...]]:
        """A cell's text without the symbols at its end that mark footnotes ("0.03*"), and these footnotes."""
        match = _TRAILING.search(text)
        found = self._labelled(match["marks"]) if match and match.start() else []
        return (text[: match.start()], tuple(found)) if match and found else (text, ())

    def _linked(self, xref: etree._Element) -> list[str]:
        mark = "".join(xref.itertext()).strip()
        found = [self.by_id[target] for target in (xref.get("rid") or "").split() if target in self.by_id]
        found = found or self._labelled(mark)
        _blank(xref)
        if not found or _LETTERS_COMPARE.search(" ".join(found)):  # a mark that stays must not join the figure before it
            raised = next(xref.iterancestors("sup"), None) is not None
            xref.text = mark if raised else superscript(mark)
        return found

    def _raised(self, sup: etree._Element) -> list[str]:
        text = clean("".join(sup.itertext()))
        if not text.strip(" ,;"):
            _blank(sup)
            return []
        found = self._labelled(text.strip("()[]"))
        if found and any(ch.isdigit() for ch in text):
            before = _before(sup)
            if not _MARK_ENDS.fullmatch(before[-4:].strip()) and not _MARK_ENDS.fullmatch(before[-1:]):
                return []
        if found and not _LETTERS_COMPARE.search(" ".join(found)):
            _blank(sup)
        return found

    def _labelled(self, marks: str) -> list[str]:
        """Footnotes of "a", "a,b", "ab", "*†", "**": all of the marks are known, or none counts."""
        for pieces in ([marks.strip()], re.split(r"[\s,;]+", marks.strip()), list(re.sub(r"[\s,;]", "", marks))):
            found = [self.by_label[p] for p in pieces if p in self.by_label]
            if found and len(found) == len(pieces):
                return found
        return []


def _blank(element: etree._Element) -> None:
    tail = element.tail
    element.clear(keep_tail=False)
    element.tail = tail


def _before(element: etree._Element) -> str:
    previous, parent = element.getprevious(), element.getparent()
    text = previous.tail if previous is not None else parent.text if parent is not None else ""
    return (text or "").rstrip()


def read_notes(wrap: etree._Element) -> Notes:
    """Footnotes of a prepared `table-wrap`: labelled or not, one to a paragraph or several in one."""
    shown: list[str] = []
    by_id: dict[str, str] = {}
    by_label: dict[str, str] = {}
    for foot in wrap.iterchildren("table-wrap-foot"):
        for item in foot.iter("fn", "p", "attrib"):
            if item.tag == "p" and next(item.iterancestors("fn"), None) is not None:
                continue
            label, text, pieces = _note(item)
            shown.append(clean(f"{label} {text}" if label else text))
            for mark, piece in pieces:
                by_label.setdefault(mark, piece)
            identifier = item.get("id")
            if identifier:
                by_id[identifier] = pieces[0][1] if len(pieces) == 1 and text.endswith(pieces[0][1]) else clean(text)
    return Notes(tuple(s for s in shown if s), by_id, by_label)


def _note(item: etree._Element) -> tuple[str, str, list[tuple[str, str]]]:
    """(its label element's mark, its text, the (mark, text) pairs it holds)."""
    label = item.find("label")
    mark = "" if label is None else clean("".join(label.itertext())).strip("()[].:")
    for sup in item.iter("sup"):
        raised = clean("".join(sup.itertext()))
        if all(_is_mark(m) for m in re.split(r"[\s,;]+", raised) if m) and raised:
            _blank(sup)
            sup.tag, sup.text = "raised", f"{_OPEN}{raised}{_CLOSE}"
    marked = clean(words(item, lambda e: e is label))
    if mark:
        text = _lowered(marked)
        return mark, text, [(m, text) for m in dict.fromkeys([mark, *_marks(mark)])]
    starts = [m for m in _STARTS.finditer(marked) if not _DIGIT.fullmatch(m["raised"] or "") or not m.start()]
    shown = marked
    for match in reversed(starts):
        if match["raised"]:
            shown = f"{shown[: match.start()]} {match['raised']} {shown[match.end() :]}"
    return "", _lowered(shown), list(_pairs(marked, starts))


def _pairs(marked: str, starts: list[re.Match[str]]) -> Iterator[tuple[str, str]]:
    """("a", "Adjusted for age.") of "a Adjusted for age. b Mean." where a and b are raised or are symbols."""
    for index, match in enumerate(starts):
        end = starts[index + 1].start() if index + 1 < len(starts) else len(marked)
        text = _lowered(marked[match.end() : end]).strip(" ;,")
        if text:
            for mark in _marks(match[match.lastgroup or 0]):
                yield mark, text


def _lowered(marked: str) -> str:
    return _RAISED.sub(lambda m: superscript(m[1]), marked)
