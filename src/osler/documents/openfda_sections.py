"""The flat fields of an openFDA label cut into sections again, each text once, tables in their place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from osler.documents.label_sections import FIELDS, LEFT_OUT, UNCLASSIFIED, section_code
from osler.documents.label_tables import footnotes_by_id, is_layout, normalise, read_table
from osler.documents.text import TextBuilder, clean
from osler.domain.part import PartKind

TWICE = "\0twice"
"""Key under which an object names a key of its own that stood in it twice."""

_NUMBER = re.compile(r"(?<![\w.(,/–-])(?<![(,] )(\d{1,2}\.\d{1,2})(?=\s+[A-Z])(?!\s+(?:MG|MCG|G|KG|ML|L|MEQ|IU|CFU|Gy|MM|CM|M)\b)")
_NO_START = re.compile(
    r"(?:\b(?:see|and|or|to|through|than|table|figure|of|is|was|are|be|least|with|by|from|in|dose|ratio|sections?)|[(\[,;=<>≤≥~±])$",
    re.IGNORECASE,
)
_HEADINGS = {
    "how_supplied": "how supplied/storage and handling",
    "information_for_patients": "patient counseling information",
}
_OPENERS = frozenset({"When", "If", "In", "The", "Because", "Administration", "Coadministration", "Use", "Patients", "Treatment"})
_SMALL = frozenset({"a", "an", "and", "as", "at", "by", "due", "for", "from", "in", "of", "on", "or", "the", "to", "when", "with"})
_EXPONENTS = (
    re.compile(r"([x×]\s?10) (\d{1,2})(?= ?(?:/|cells\b|copies\b|CFU\b))"),
    re.compile(r"([x×]\s?10)(9|12)(?= ?/L\b)"),  # "x 105/mL" stays: it may be a plain 105
    re.compile(r"(/(?:m|cm|mm)) ([23])(?![\d.,]*\d)"),
)
_TELLING = 30
"""Characters from which on a text that stands in another is taken for a part of it."""
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def strings(value: Any) -> list[str]:
    """A field's texts: openFDA gives a list of one, now and then of several, rarely a bare text."""
    values = value if isinstance(value, list) else [value]
    return [clean(v) for v in values if isinstance(v, str) and clean(v)]


@dataclass(frozen=True, slots=True)
class _Piece:
    """[start, end) of a section's text; `table`: what stands there is this table, laid flat."""

    start: int
    end: int
    title: str
    code: str
    table: etree._Element | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """One text of one field, with the fields that repeat parts of it (as spans with their codes) and its tables."""

    field: str
    text: str
    code: str
    within: tuple[tuple[int, int, str], ...]
    tables: tuple[etree._Element, ...]

    def write(self, builder: TextBuilder) -> None:
        heading, start = self._heading()
        builder.add(heading, PartKind.HEADING, code=self.code)
        placed, rest = self._places()
        for piece in self._pieces(start, placed):
            path = (heading, piece.title) if piece.title else (heading,)
            if piece.table is None:
                builder.add(_with_exponents(self.text[piece.start : piece.end]), PartKind.PARAGRAPH, path, code=piece.code)
            else:
                _write_table(builder, piece.table, path, piece.code)
        for table in rest:
            _write_table(builder, table, (heading,), self.code)

    def _heading(self) -> tuple[str, int]:
        """The section's own heading where its text begins with one ("5 WARNINGS AND PRECAUTIONS"), else the field's name."""
        words = self.field.removeprefix("spl_").removesuffix("_section").replace("_", " ")
        spoken = _HEADINGS.get(self.field, words)
        pattern = (
            re.escape(spoken).replace("cautions", "(?:pre)?cautions").replace(r"\ and\ ", r"\s+(?:and|&)\s+").replace(r"\ ", r"\s+")
        )
        found = re.match(rf"(?:\d{{1,2}}\.?\d{{0,2}}\s+)?{pattern}\b:?(?=\s|$)", self.text, re.IGNORECASE)
        if found and (found.group()[0].isdigit() or not found.group()[0].islower()) and found.end() < len(self.text):
            return found.group(), found.end()
        return words.capitalize(), 0

    def _places(self) -> tuple[list[tuple[int, int, etree._Element]], list[etree._Element]]:
        """Where each table stands in the text, laid flat; and the tables that do not stand there."""
        solid = [i for i, c in enumerate(self.text) if not c.isspace()]
        flat = "".join(self.text[i] for i in solid)
        placed: list[tuple[int, int, etree._Element]] = []
        rest: list[etree._Element] = []
        after = 0
        for table in self.tables:
            words = _solid(table)
            at = flat.find(words, after)
            if at < 0:
                rest.append(table)
                continue
            after = at + len(words)
            placed.append((solid[at], solid[after - 1] + 1, table))
        return placed, rest

    def _pieces(self, start: int, placed: list[tuple[int, int, etree._Element]]) -> Iterator[_Piece]:
        heads = _numbered(self.text, start, [(a, b) for a, b, _ in placed])
        cuts = {start, *(a for a, _, _ in placed), *(b for _, b, _ in placed), *(at for at, _ in heads)}
        for a, b, _ in self.within:
            cuts |= {a, b}
        edges = sorted(c for c in cuts if start <= c < len(self.text))
        edges = [e for e in edges if not any(a < e < b for a, b, _ in placed)]
        tables = {a: table for a, _, table in placed}
        for edge, end in zip(edges, [*edges[1:], len(self.text)], strict=True):
            at, title = next(((at, t) for at, t in reversed(heads) if at <= edge), (-1, ""))
            if any(a == at and edge >= b for a, b, _ in self.within):
                title = ""  # a field that repeats the subsection shows where it ends
            own = [(b - a, code) for a, b, code in self.within if a <= edge < b and code != UNCLASSIFIED]
            code = section_code(min(own)[1] if own else None, title, self.code)
            yield _Piece(edge, end, title, code, tables.get(edge))


def _numbered(text: str, start: int, tables: list[tuple[int, int]]) -> list[tuple[int, str]]:
    """Subsections "5.1 Hypotension …": where each begins and its title as far as capitals show it.

    Only numbers of the section's own chapter that rise one after the other count; a number in brackets, after "see" or
    "is", before a unit or in a table is a reference or a figure. Where a title ends is not marked: its words stay with
    the text that follows.
    """
    own = re.match(r"\d{1,2}(?=[. ])", text)
    found: list[tuple[int, str]] = []
    last = 0
    for match in _NUMBER.finditer(text, start) if own else ():
        chapter, number = match.group(1).split(".")
        before = text[max(0, match.start() - 12) : match.start()].rstrip()
        in_table = any(a <= match.start() < b for a, b in tables)
        if own and chapter == own.group() and not in_table and last < int(number) <= last + 6 and not _NO_START.search(before):
            last = int(number)
            found.append((match.start(), f"{match.group(1)} {_title(text[match.end() : match.end() + 160])}".strip()))
    return found


def _title(text: str) -> str:
    """The capitalised words that begin a subsection, less the last one, which begins its first sentence."""
    words: list[str] = []
    at_brand = False
    for word in text.split():
        at_brand = len(word) > 3 and word.isupper() and bool(words)  # a brand name: it stands in the sentence
        if at_brand or not (word[0].isupper() or word[0].isdigit() or word in _SMALL):
            break
        words.append(word)
        if word[-1] == ":":
            return " ".join(words)
        if word[-1] in ".;":
            break
    while len(words) > 1 and words[-1] in _SMALL:
        words.pop()
    if len(words) > 1 and (not at_brand or words[-1] in _OPENERS):
        words.pop()
    while len(words) > 1 and words[-1] in _SMALL:
        words.pop()
    return " ".join(words)


def sections(result: dict[str, Any]) -> Iterator[Section]:
    """Every text that no other field holds, in a label's order; fields of unknown name last, as unclassified."""
    known = set(FIELDS) | set(LEFT_OUT) | {"id", "set_id", "version", "effective_time", "openfda", TWICE}
    unknown = sorted(k for k in result if k not in known and not k.endswith("_table") and isinstance(result[k], list))
    texts = [(field, text) for field in [*FIELDS, *unknown] for text in dict.fromkeys(strings(result.get(field)))]
    seen: set[str] = set()
    for index, (field, text) in enumerate(texts):
        if any(_place(text, t) >= 0 and (len(text) < len(t) or i < index) for i, (_, t) in enumerate(texts) if i != index):
            continue
        inner = [(f, t) for i, (f, t) in enumerate(texts) if i != index and _place(t, text) >= 0]
        within = tuple((at, at + len(t), FIELDS.get(f, UNCLASSIFIED)) for f, t in inner if (at := _place(t, text)) >= 0)
        tables: list[etree._Element] = []
        for name in dict.fromkeys([field, *(f for f, _ in inner)]):
            for source in strings(result.get(f"{name}_table")):
                table = _parse_table(source)
                if table is not None and not is_layout(table) and _solid(table) not in seen:
                    seen.add(_solid(table))
                    tables.append(table)
        yield Section(field, text, FIELDS.get(field, UNCLASSIFIED), within, tuple(tables))


def _place(text: str, whole: str) -> int:
    """Where a field's text stands in another's, -1 if nowhere; a short one ("None.") may stand anywhere by chance."""
    if len(text) < _TELLING or len(text) > len(whole):
        return -1
    at = whole.find(text)
    end = at + len(text)
    cut = at >= 0 and (whole[at - 1 : at].isalnum() or (whole[end : end + 1].isalnum() and text[-1].isalnum()))
    return -1 if cut else at


def _parse_table(source: str) -> etree._Element | None:
    """A *_table field is SPL markup as XML, seldom as HTML; None when neither reads it (its words stand in the text)."""
    if re.search(r"<!(?:DOCTYPE|ENTITY)", source, re.IGNORECASE):
        return None
    parsers = (
        etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True),
        etree.HTMLParser(no_network=True, remove_comments=True, remove_pis=True),
    )
    for parser in parsers:
        try:
            root = etree.fromstring(source, parser)
        except (etree.XMLSyntaxError, ValueError):  # ValueError: a text that declares its encoding
            continue
        table = None if root is None else next(root.iter("{*}table"), None)
        if table is not None:
            return table
    return None


def _solid(table: etree._Element) -> str:
    return "".join(clean("".join(table.itertext())).split())


def _write_table(builder: TextBuilder, table: etree._Element, path: tuple[str, ...], code: str) -> None:
    normalise(table)
    read = read_table(table, footnotes_by_id(table))
    builder.table(read.rows, path, caption=read.caption, footnotes=read.footnotes, code=code)


def _with_exponents(text: str) -> str:
    """openFDA drops the <sup> of "10<sup>9</sup>/L" and "mg/m<sup>2</sup>": restored where nothing else can be meant."""
    for pattern in _EXPONENTS:
        text = pattern.sub(lambda m: m.group(1) + m.group(2).translate(_RAISED), text)
    return text
