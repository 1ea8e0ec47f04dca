"""Plain words for patients: sourced swaps of terms and safe cuts of long sentences, undone exactly, with nothing else changed."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib import resources

from osler.domain.concept import ConceptKind
from osler.errors import InputFileError
from osler.language.joints import Edit, find_cuts, source_at_head
from osler.language.lexicon import Lexicon
from osler.language.quantities import find_quantities, find_timings
from osler.language.skeleton import skeleton

_COLUMNS = ["use", "term", "plain", "source"]
_GUARDED = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS, ConceptKind.THERAPY, ConceptKind.TEST})
"""Names inside which nothing is swapped: half a name is another thing."""


class Use(StrEnum):
    """swap: the plain words stand in the place of the term. explain: the term stays, a list below says what it means. keep: a name
    whose parts are not swapped."""

    SWAP = "swap"
    KEEP = "keep"
    EXPLAIN = "explain"


@dataclass(frozen=True, slots=True)
class LayTerm:
    """One row of `data/lay_terms.tsv`: the forms of a term, plain words (for a swap, one for each form), the key of their source."""

    use: Use
    forms: tuple[str, ...]
    plain: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class PlainText:
    """A text and the edits, left to right and apart, that made it from the quoted one."""

    quote: str
    edits: tuple[Edit, ...]

    @property
    def text(self) -> str:
        return _applied(self.quote, self.edits)

    def undone(self) -> str:
        """The plain text with every edit taken back; equal to the quote, or something else was changed."""
        text, back, shift = self.text, [], 0
        for edit in self.edits:
            start = edit.start + shift
            back.append(Edit(start, start + len(edit.words), self.quote[edit.start : edit.end]))
            shift += len(edit.words) - (edit.end - edit.start)
        return _applied(text, back)


def plain_words(text: str, lexicon: Lexicon) -> PlainText:
    """The text with sourced plain words for its terms and long sentences cut at safe joints.

    Each edit stays only if the skeleton of the text stays; nothing is swapped inside the name of a medicine, class, treatment
    or test, or inside a figure. Without a fitting edit it is the text itself.
    """
    edits = _edits(text, lexicon)
    wanted = skeleton(text, lexicon)
    if skeleton(_applied(text, edits), lexicon) != wanted:
        kept: list[Edit] = []
        for group in _groups(edits):
            tried = sorted([*kept, *group], key=lambda e: (e.start, e.end))
            if skeleton(_applied(text, tried), lexicon) == wanted:
                kept = tried
        edits = kept
    return PlainText(text, tuple(edits))


def explained(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """(term as written, what it means) for each difficult term that these texts still hold, text by text."""
    found: dict[str, tuple[str, str]] = {}
    for text in texts:
        for pattern, meanings in (_matcher(Use.EXPLAIN), _matcher(Use.SWAP)):  # a term that could not be swapped here is explained
            for match in pattern.finditer(text):
                meaning = _looked_up(match[0], meanings)
                if meaning is not None and meaning != match[0].lower():
                    found.setdefault(meaning, (match[0] if match[0][1:] != match[0][1:].lower() else match[0].lower(), meaning))
    return tuple(found.values())


def _applied(text: str, edits: Iterable[Edit]) -> str:
    pieces, position = [], 0
    for edit in edits:
        pieces += [text[position : edit.start], edit.words]
        position = edit.end
    return "".join([*pieces, text[position:]])


def _edits(text: str, lexicon: Lexicon) -> list[Edit]:
    """Swaps and cuts, left to right; a word that now opens a sentence gets its capital."""
    cuts = find_cuts(text, lexicon)
    openers = {c.end for c in cuts if c.opens and c.end < len(text)}
    swaps = [s for s in _swaps(text, lexicon) if all(s.end <= c.start or s.start >= c.end for c in cuts)]
    capitals = [
        Edit(o, o + 1, text[o].upper()) for o in sorted(openers) if text[o].islower() and not re.match(r"\w[A-Z]", text[o:])
    ]
    capitals = [c for c in capitals if all(c.start != s.start for s in swaps)]
    swaps = [Edit(s.start, s.end, _capital(s.words)) if s.start in openers else s for s in swaps]
    return sorted([*cuts, *capitals, *swaps], key=lambda e: (e.start, e.end))


def _groups(edits: list[Edit]) -> list[list[Edit]]:
    """Edits that stand or fall together, in the order of the first of each."""
    groups: dict[tuple[int, int], list[Edit]] = {}
    for number, edit in enumerate(edits):
        groups.setdefault((1, edit.group) if edit.group else (0, number), []).append(edit)
    return list(groups.values())


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _swaps(text: str, lexicon: Lexicon) -> Iterable[Edit]:
    pattern, plain = _matcher(Use.SWAP)
    matches = list(pattern.finditer(text))
    if not matches:
        return
    guarded = [(m.start, m.end) for m in lexicon.tag(text) if m.kind in _GUARDED]
    head = source_at_head(text)
    figures = [(q.start, q.end) for q in find_quantities(text)] + [(t.start, t.end) for t in find_timings(text)]
    figures += [m.span() for m in re.finditer(r"“[^”]*”", text)]  # the asker's own words stay theirs
    for match in matches:
        start, end = match.span()
        words = _looked_up(match[0], plain)
        inside = any(a < end and start < b and (a, b) != (start, end) for a, b in guarded)
        if words is None or words == match[0] or start < head or inside or any(a < end and start < b for a, b in figures):
            continue
        if match[0][0].isupper():
            words = _capital(words)
        article = re.search(r"\b([Aa]n?) $", text[:start])
        if article:
            right = article[1][0] + ("n" if words[0].lower() in "aeiou" else "")
            if words.startswith("a ") or right != article[1]:
                start, words = article.start(1), words if words.startswith("a ") else f"{right} {words}"
        yield Edit(start, end, words)


@lru_cache(maxsize=2)
def _matcher(use: Use) -> tuple[re.Pattern[str], dict[str, str]]:
    """A pattern over all forms, longest first, and what each becomes. Forms with capitals match only as written."""
    plain = {}
    for row in lay_terms():
        if row.use is use or (row.use is Use.KEEP and use is Use.SWAP):
            for n, form in enumerate(row.forms):
                plain[form] = row.plain[n if use is Use.SWAP else 0]
    forms = sorted(plain, key=lambda f: (-len(f), f))
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, forms))})(?![\w-])", re.IGNORECASE), plain


def _looked_up(said: str, plain: dict[str, str]) -> str | None:
    if said in plain:
        return plain[said]
    if said.lower() in plain and not (len(said) > 1 and said[1:] != said[1:].lower()):
        return plain[said.lower()]
    return None


@lru_cache(maxsize=1)
def lay_terms() -> tuple[LayTerm, ...]:
    """The table that ships with Osler. Raises InputFileError naming the line."""
    file = resources.files("osler.language") / "data" / "lay_terms.tsv"
    return read_lay_terms(file.read_text(encoding="utf-8").splitlines(), "lay_terms.tsv")


def read_lay_terms(lines: Iterable[str], name: str) -> tuple[LayTerm, ...]:
    """Rows of a table (use, term, plain, source; forms divided by "|"), each with a source that the head of the table names.

    Raises InputFileError naming file and line.
    """
    lines = list(lines)
    sources = {line[2:].split(":")[0] for line in lines if line.startswith("# ")}
    terms: list[LayTerm] = []
    header: list[str] | None = None
    for number, line in enumerate(lines, start=1):
        if line.startswith("#") or not line:
            continue
        row = next(csv.reader([line], delimiter="\t", quoting=csv.QUOTE_NONE))
        if header is None:
            header = row
            if header != _COLUMNS:
                raise InputFileError(f"{name}: the first line must be {' / '.join(_COLUMNS)}")
            continue
        if len(row) != len(_COLUMNS) or row[0] not in Use._value2member_map_ or not all(row):
            raise InputFileError(f"{name}, line {number}: not use, term, plain and source")
        term = LayTerm(Use(row[0]), tuple(row[1].split("|")), tuple(row[2].split("|")), row[3])
        if term.use is not Use.EXPLAIN and len(term.forms) != len(term.plain):
            raise InputFileError(f"{name}, line {number}: {len(term.forms)} forms, {len(term.plain)} plain words")
        if term.source not in sources:
            raise InputFileError(f"{name}, line {number}: the source {term.source} is not named at the head")
        terms.append(term)
    return tuple(terms)
