"""Lines of a paragraph joined to one: hyphens at their ends go only where they cut a word, never out of a dose or range."""

from __future__ import annotations

import re
from collections.abc import Iterable

_HYPHENS = "\x02\u00ad-\u2010\u2011"  # \x02 is what PDFium gives for a hyphen at the end of a line
_LAST_WORD = re.compile(r"[^\W\d_]+$")
_FIRST_WORD = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_CUT_WORD = re.compile(rf"[^\W\d_]+[{_HYPHENS}]$")
_COMPOUNDING = frozenset(
    "all anti co ex half high inter intra long low mid multi near non off on over post pre quasi re self semi short sub un under well".split()
)


class Words:
    """A document's own words and hyphenated compounds, as they stand within its lines: its evidence for what a hyphen is."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.single: set[str] = set()
        self.compounds: set[str] = set()
        for line in lines:
            for match in _WORD.finditer(_CUT_WORD.sub("", line.rstrip()).lower()):
                self.single.update(match[0].split("-"))
                if "-" in match[0]:
                    self.compounds.add(match[0])

    def is_cut(self, stem: str, after: str) -> bool:
        """Whether a hyphen between these only cuts a word: "medica-" / "tion", but not "non-" / "opioid" or "5-" / "10 mg".

        The document decides where it can (it has "medication", or "non-opioid", elsewhere); then a prefix that makes
        compounds, or two words that both stand alone, keep the hyphen.
        """
        head, tail = _LAST_WORD.search(stem), _FIRST_WORD.match(after)
        if head is None or tail is None or not tail[0].islower() or not head[0][-1].islower():
            return False
        if any(c in stem.split()[-1] for c in "/@:") or stem[: head.start()][-1:].isdigit():
            return False  # an address, or "2mg-" something
        first, second = head[0].lower(), tail[0].lower()
        if f"{first}-{second}" in self.compounds:
            return False
        if first + second in self.single:
            return True
        return first not in _COMPOUNDING and not (first in self.single and second in self.single)


def join(before: str, after: str, words: Words) -> str:
    """Two lines of one paragraph, `before` as it ends in the source. Beside a digit or a capital a hyphen stays."""
    last = before[-1:]
    tight = len(before) > 1 and not before[-2].isspace()
    if last in _HYPHENS and tight:
        stem = before[:-1]
        return stem + after if last == "\u00ad" or words.is_cut(stem, after) else f"{stem}-{after}"
    if last in "–—/" and tight:
        return before + after
    if re.match(r"[-–−]\d", after) and last.isdigit():  # "5" / "-10 mg" is a range, not minus ten
        return before + after
    return f"{before} {after}"
