"""Extractions checked against their own source once that is in the library: the source's sentence is cited, a difference is said.

An extraction is our wording of one finding. When one sentence of its source has every figure and every term of it, that
sentence takes its place (without a figure to tell by, only if the sentence also does the same by its cues). When the source lacks a figure, or says the opposite, the reader is told; a retracted source
carries nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from osler.domain.concept import ConceptKind
from osler.domain.document import Bibliography, Direction, Document, Via
from osler.domain.evidence import Directness, EvidenceItem, EvidenceProfile, Source
from osler.domain.passage import Passage
from osler.domain.status import PublicationStatus
from osler.language.lexicon import Lexicon
from osler.language.quantities import find_quantities
from osler.passages.cues import direction_of
from osler.passages.sections import Section
from osler.passages.segment import Unit, segment

Find = Callable[[str | None, str | None, str], Sequence[str]]
"""PMID, DOI and "source" or "extraction" to the ids of current documents of that work (`Catalog.find`)."""

_NUMBER = re.compile(r"(?<![\w.,·-])\d+(?:[.,·]\d+)*(?![\w-]*[A-Za-z])")
_TERMS = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS, ConceptKind.CONDITION})
_OPPOSITES = (
    ({Direction.BENEFIT, Direction.ADVERSE}, {Direction.NO_BENEFIT}),
    ({Direction.RECOMMENDS, Direction.DOSE}, {Direction.RECOMMENDS_AGAINST, Direction.CONTRAINDICATES}),
)
IN_SEVERAL = "its figures and terms stand in the source in this library, but in no one sentence of it"
NOT_THERE = "the source in this library does not say this"


@dataclass(frozen=True, slots=True)
class Difference:
    """What the source of an extraction does not say, in words for a reader.

    statement_id: of the extraction. taken_out: it would have been direct evidence, and is not shown.
    """

    statement_id: str
    text: str
    taken_out: bool = False


@dataclass(frozen=True, slots=True)
class _Text:
    """A source with its sentences, each with what it says in figures and terms."""

    document: Document
    source: Source
    passages: tuple[Passage, ...]
    sentences: tuple[tuple[Unit, frozenset[str], frozenset[str]], ...]


def cite_sources(
    profile: EvidenceProfile,
    find: Find,
    document: Callable[[str], Document],
    passages: Callable[[str], tuple[Passage, ...]],
    lexicon: Lexicon,
) -> tuple[EvidenceProfile, tuple[Difference, ...]]:
    """The profile with each extraction replaced by its source's sentence where there is one, and what sources do not say.

    `find`, `document`, `passages`: of the catalogue. Order and everything else of the profile stay as they are.
    """
    loaded: dict[str, _Text | None] = {}
    items: list[EvidenceItem] = []
    differences: list[Difference] = []
    for item in profile.items:
        if item.source.via is not Via.EXTRACTION:
            items.append(item)
            continue
        if item.source.document_id not in loaded:
            loaded[item.source.document_id] = _load(item.source.bibliography, find, document, passages, lexicon)
        text = loaded[item.source.document_id]
        kept, difference = (item, None) if text is None else _check(item, text, lexicon)
        if kept is not None:
            items.append(kept)
        if difference is not None:
            taken_out = kept is None and item.directness is Directness.DIRECT
            differences.append(Difference(item.finding.statement_id, difference, taken_out))
    return replace(profile, items=tuple(items)), tuple(differences)


def differences_shown(differences: Sequence[Difference], shown: frozenset[str]) -> tuple[str, ...]:
    """The words of those differences whose extraction is in the answer (`shown`: its statement ids) or was taken out, each once."""
    return tuple(dict.fromkeys(d.text for d in differences if d.taken_out or d.statement_id in shown))


def _load(
    book: Bibliography,
    find: Find,
    document: Callable[[str], Document],
    passages: Callable[[str], tuple[Passage, ...]],
    lexicon: Lexicon,
) -> _Text | None:
    """The first source document of the work (by id), read once; None when the library has only the extraction."""
    ids = find(book.pmid, book.doi, Via.SOURCE.value)
    if not ids:
        return None
    found = document(ids[0])
    source = Source(
        found.id, found.kind, found.via, found.status, found.bibliography,
        authority=found.authority, organisation=found.organisation, issued=found.issued,
    )  # fmt: skip
    sentences = tuple(
        (unit, figures_of(said), terms_of(said, lexicon))
        for piece in segment(found)
        for unit in piece.units
        for said in (found.text[unit.start : unit.end],)
    )
    return _Text(found, source, passages(found.id), sentences)


def _check(item: EvidenceItem, text: _Text, lexicon: Lexicon) -> tuple[EvidenceItem | None, str | None]:
    """The item to show (None: nothing) and what is to be said of it."""
    quoted = f"“{item.text}”"
    if text.source.status is PublicationStatus.RETRACTED:
        return None, f"Left out because its source is retracted: {quoted}"
    figures, terms = figures_of(item.text), terms_of(item.text, lexicon)
    for unit, theirs, named in text.sentences:
        if figures <= theirs and _are_named(terms, named, lexicon):
            said = _in_source(item, text, unit)
            if said is None:
                continue
            found = _direction(item, said.text, lexicon)
            if _opposes(item.finding.direction, found):
                return _labelled(item, NOT_THERE), f"The source in this library says otherwise than {quoted}: “{said.text}”"
            if figures or found is item.finding.direction:
                return said, None
    everything = frozenset[str]().union(*(theirs for _, theirs, _ in text.sentences))
    every_term = frozenset[str]().union(*(named for _, _, named in text.sentences))
    missing = sorted(figures - everything)
    if not missing and _are_named(terms, every_term, lexicon):
        return _labelled(item, IN_SEVERAL), None
    what = f" (not found in it: {', '.join(missing)})" if missing else ""
    return _labelled(item, NOT_THERE), f"The source in this library does not say this{what}: {quoted}"


def figures_of(text: str) -> frozenset[str]:
    """Every number of a text in one form ("1,200" is "1200", "0·75" is "0.75"), and every quantity with its unit."""
    numbers = {_plain(m[0]) for m in _NUMBER.finditer(text)}
    units = {
        f"{q.low:g} {q.unit}" if q.low == q.high else f"{q.low:g}-{q.high:g} {q.unit}"
        for q in find_quantities(text)
        if q.unit and q.unit != "%"
    }
    return frozenset(numbers | units)


def _plain(number: str) -> str:
    compact = number.replace("·", ".")
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", compact):
        compact = compact.replace(",", "")
    return compact.rstrip("0").rstrip(".") if "." in compact else compact


def terms_of(text: str, lexicon: Lexicon) -> frozenset[str]:
    """The drugs, classes and conditions that a text names."""
    return frozenset(m.concept_id for m in lexicon.tag(text) if m.kind in _TERMS)


def _are_named(terms: frozenset[str], named: frozenset[str], lexicon: Lexicon) -> bool:
    """Whether each term, or a narrower one, is among the named ones."""
    return all(any(lexicon.is_a(n, t) for n in named) for t in terms)


def _in_source(item: EvidenceItem, text: _Text, unit: Unit) -> EvidenceItem | None:
    """The same finding in the source's own words; None when no passage holds them."""
    passage = next((p for p in text.passages if p.start <= unit.start and unit.end <= p.end), None)
    if passage is None:
        return None
    same = next((f for f in passage.findings if f.start == unit.start), None)
    finding = replace(
        item.finding,
        statement_id=same.statement_id if same else f"{passage.id}@{unit.start}",
        start=unit.start,
        end=unit.end,
        note=None,
        to_check=None,
    )
    return replace(item, passage=passage, finding=finding, source=text.source)


def _direction(item: EvidenceItem, said: str, lexicon: Lexicon) -> Direction | None:
    terms = terms_of(said, lexicon)
    conditions = sum(1 for t in terms if t.startswith("cond/"))
    return direction_of(
        said, Section.FINDINGS, item.finding.kind,
        recommendation=False, against=False, drugs=len(terms) - conditions, conditions=conditions,
    )  # fmt: skip


def _opposes(mine: Direction, found: Direction | None) -> bool:
    """Whether the sentence points the other way than the extraction: a benefit against none, advice for against advice against."""
    return any((mine in a and found in b) or (mine in b and found in a) for a, b in _OPPOSITES)


def _labelled(item: EvidenceItem, why: str) -> EvidenceItem:
    known = item.finding.to_check
    return replace(item, finding=replace(item.finding, to_check=f"{known}; {why}" if known else why))
