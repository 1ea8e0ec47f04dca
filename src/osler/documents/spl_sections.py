"""Sections of an SPL label, with their paragraphs, lists and tables, written into a TextBuilder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field

from lxml import etree

from osler.documents.label_sections import BOXED_WARNING, LEFT_OUT, WARNING_SECTIONS, section_code, title_code
from osler.documents.label_tables import is_emphasised, is_layout, is_skipped, notes_of, read_table
from osler.documents.markup import inline, local
from osler.documents.text import TextBuilder, clean
from osler.domain.part import PartKind

NAMESPACES = {"h": "urn:hl7-org:v3"}
_LOINC = "2.16.840.1.113883.6.1"
_BLOCKS = frozenset({"p", "list", "table"})
_RUN_IN_END = (":", ".", "—", "–")
_NO_HEADING = re.compile(
    r"\b(?:not|never|no|avoid|must|should|stop|only|contraindicated|discontinue)\b|^(?:do|take|use|give|call|keep|tell)\b"
    r"|^(?:figure|table)\s*\d",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")

Path = tuple[str, ...]


@dataclass
class SectionWriter:
    """Writes the sections of one label into a TextBuilder; `notes`: footnotes by their ID."""

    builder: TextBuilder
    notes: dict[str, str] = field(default_factory=dict)

    def section(self, element: etree._Element, path: Path, above: str | None) -> None:
        code_element = next(iter(element.xpath("h:code", namespaces=NAMESPACES)), None)
        own = None if code_element is None or code_element.get("codeSystem", _LOINC) != _LOINC else code_element.get("code")
        if own in LEFT_OUT.values():
            return
        if own == BOXED_WARNING and not self._is_boxed_warning(element, above):
            own = None
        title = "".join(inline(t, is_skipped) for t in element.xpath("h:title", namespaces=NAMESPACES))
        blocks = [b for text in element.xpath("h:text", namespaces=NAMESPACES) for b in _blocks(text)]
        children = element.xpath("h:component/h:section", namespaces=NAMESPACES)
        if not clean(title) and blocks and _is_heading(blocks[0]) and (len(blocks) > 1 or children):
            title = inline(blocks.pop(0), is_skipped)
        title = clean(title)
        code = section_code(own, title, above)
        if title:
            # A subsection that is only a title says what it has to say there ("4.2 Hypersensitivity to any component").
            kind = PartKind.HEADING if blocks or children else PartKind.PARAGRAPH
            self.builder.add(title, kind, path, code=code)
            path = (*path, title)
        self._blocks(blocks, path, code, keep=not title)
        for child in children:
            self.section(child, path, code)

    def _is_boxed_warning(self, element: etree._Element, above: str | None) -> bool:
        """Labels use the code for any box, even around doses: below another section it must be about a warning."""
        return above is None or above in WARNING_SECTIONS or "warning" in " ".join(element.itertext()).lower()

    def _blocks(self, blocks: list[etree._Element], path: Path, code: str, keep: bool = False) -> None:
        """Paragraphs, lists and tables of one text. `keep`: a run-in heading holds until the next one, not for one paragraph."""
        base, base_code = path, code
        lead, in_heading = "", False
        for index, block in enumerate(blocks):
            name = local(block)
            if name == "list":
                self._list(block, (*path, lead) if lead else path, code)
                continue
            if name == "table":
                if block.find("{*}caption") is not None and not in_heading:
                    path, code = base, base_code  # a numbered table belongs to the section, not to a run-in heading
                self._table(block, path, code)
                lead = ""
                continue
            text = self._text(block)
            if not text:
                continue
            if _is_heading(block) and index + 1 < len(blocks):
                self.builder.add(text, PartKind.HEADING, base, code=base_code)
                path, code, lead, in_heading = (*base, text), title_code(text) or base_code, "", True
                continue
            run_in = _run_in(block)
            here, here_code = ((*path, run_in), title_code(run_in) or code) if run_in else (path, code)
            self.builder.add(text, PartKind.PARAGRAPH, here, code=here_code)
            if run_in and keep:
                path, code, in_heading = (*base, run_in), title_code(run_in) or base_code, False
            lead = text if len(text) <= 200 else _SENTENCE.split(text)[-1]

    def _list(self, element: etree._Element, path: Path, code: str) -> None:
        """Each item a piece; what stands below an item (a list in it) has the item's words in its path."""
        for child in element:
            if local(child) == "caption":
                self.builder.add(self._text(child), PartKind.PARAGRAPH, path, code=code)
                path = (*path, self._text(child)) if self._text(child) else path
            if local(child) != "item":
                continue
            words: list[str] = []
            below = path
            for block in [*_blocks(child), None]:
                name = "" if block is None else local(block)
                if block is not None and name not in ("list", "table"):
                    words.append(self._text(block))
                    continue
                text = clean(" ".join(words))
                self.builder.add(text, PartKind.LIST_ITEM, path, code=code)
                below, words = ((*path, text) if text else below), []
                if block is not None:
                    (self._list if name == "list" else self._table)(block, below, code)

    def _table(self, element: etree._Element, path: Path, code: str) -> None:
        rows = [r for r in element.iter("{*}tr") if next(r.iterancestors("{*}table"), element) is element]
        if is_layout(element):
            for caption in element.iterchildren("{*}caption"):
                self.builder.add(self._text(caption), PartKind.CAPTION, path, code=code)
            for cell in (c for r in rows for c in r):
                self._blocks(list(_blocks(cell)), path, code)
            return
        table = read_table(element, self.notes)
        self.builder.table(table.rows, path, caption=table.caption, footnotes=table.footnotes, code=code)

    def _text(self, element: etree._Element) -> str:
        """Running text; a footnote stands behind it in brackets, for it may change what it says."""
        words = clean(inline(element, is_skipped))
        return " ".join([words, *(f"[{n}]" for n in notes_of(element, self.notes))]).strip()


def _blocks(container: etree._Element) -> Iterator[etree._Element]:
    """Paragraphs, lists and tables in order, out of whatever wraps them; loose text and inline markup become paragraphs."""
    run = etree.Element("p")
    run.text = container.text
    for child in container:
        name = local(child)
        wraps = name not in _BLOCKS or name == "p"
        if wraps and not any(local(e) in _BLOCKS for e in child.iterdescendants()):
            if name != "p":
                run.append(deepcopy(child))
                continue
            wraps = False
        if _says_something(run):
            yield run
        if wraps:
            yield from _blocks(child)
        elif name != "p" or _says_something(child):
            yield child
        run = etree.Element("p")
        run.text = child.tail
    if _says_something(run):
        yield run


def _says_something(paragraph: etree._Element) -> bool:
    return bool(clean(inline(paragraph)))


def _is_heading(block: etree._Element) -> bool:
    """A short paragraph in bold, italics or underlined that is no sentence and no order ("Do not crush" is one)."""
    text = clean(inline(block, is_skipped))
    if local(block) != "p" or not text or len(text) > 100 or text[-1] in ".;,!" or not text[0].isalnum():
        return False
    return is_emphasised(block) and len(text.split()) <= 12 and (text[-1] == "?" or not _NO_HEADING.search(text))


def _run_in(block: etree._Element) -> str:
    """The heading that a paragraph begins with, in bold, italics or underlined ("Renal Impairment: In …"), else ""."""
    first = next(iter(block), None)
    if first is None or (block.text or "").strip() or local(first) != "content" or not is_emphasised(first):
        return ""
    text, tail = clean(inline(first, is_skipped)), (first.tail or "").lstrip()
    ended = text.endswith(_RUN_IN_END) or tail.startswith(_RUN_IN_END)
    if not ended or not tail or not 2 < len(text) <= 80 or _NO_HEADING.search(text):
        return ""
    return text.rstrip(" :.—–")
