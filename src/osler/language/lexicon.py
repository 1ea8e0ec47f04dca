"""The lexicon: concepts with synonyms and parents, and longest-match tagging with offsets.

Matching runs over one Aho-Corasick automaton (all terms at once), on token boundaries, longest first.
Abbreviations of one or two letters match only as written; those with another everyday meaning
also need a word of their own field nearby (HD beside ESRD).
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from osler.domain.concept import Concept, ConceptKind, Mention
from osler.errors import InputFileError

if TYPE_CHECKING:
    from ahocorasick_rs import AhoCorasick

DATA_FILES = ("drugs.tsv", "conditions.tsv", "populations.tsv", "others.tsv")
_COLUMNS = ["id", "name", "synonyms", "brands", "abbreviations", "broader", "mesh"]
_NEEDS_CONTEXT: Mapping[str, re.Pattern[str]] = {
    "hd": re.compile(r"dialy|renal|kidney|esrd|eskd|esrf|ckd|anuri|patient|\bpts?\b|unit|session|thrice|uremic|uraemic|itch|\b(?:on|during|after|before|between|maintenance|chronic)\s+$", re.I),
    "pd": re.compile(r"dialy|renal|kidney|esrd|eskd|ckd|peritone|capd|\b(?:on|during)\s+$", re.I),
    "ms": re.compile(r"sclerosis|spastic|relaps|demyelin|interferon|baclofen|neurolog", re.I),
    "pe": re.compile(r"embol|dvt|thromb|anticoag|clot|warfarin|heparin|apixaban|rivaroxaban|vte|lung", re.I),
    "ra": re.compile(r"arthrit|methotrexate|dmard|rheumat|joint", re.I),
    "hf": re.compile(r"heart|ejection|cardiac|diuretic|sacubitril|spironolactone|nyha", re.I),
    "mi": re.compile(r"infarct|heart|cardiac|stent|troponin|aspirin|coronary|statin", re.I),
    "ca": re.compile(r"cancer|carcinoma|tumou?r", re.I),
    "apd": re.compile(r"dialy|peritone|kidney", re.I),
}  # fmt: skip
_WORD = re.compile(r"\w")
_EFFECT_CLASSES = frozenset(
    f"class/{slug}"
    for slug in """cns-depressants analgesics qt-prolonging-drugs serotonergic-drugs anticholinergics sedatives cyp1a2-inhibitors
    cyp2c19-inhibitors cyp3a4-inhibitors cyp2d6-inhibitors cyp3a4-inducers p-gp-inhibitors ras-inhibitors
    cyp2c9-inhibitors inhalers oral-antibiotics oral-nsaids broad-spectrum-antibiotics sympathomimetics supplements
    recreational-drugs antidotes monoclonal-antibodies biologics antihypertensives central-alpha2-agonists""".split()
)
"""Groups by side effect, enzyme or broad use: sharing one does not make a drug an alternative to another."""


class Lexicon:
    """An immutable set of concepts and the automaton that finds them.

    `tag` is safe from several threads. Raises ValueError on duplicate ids, missing parents or cycles.
    """

    def __init__(self, concepts: Iterable[Concept]) -> None:
        self._concepts: dict[str, Concept] = {}
        for concept in concepts:
            if concept.id in self._concepts:
                raise ValueError(f"concept {concept.id} is defined twice")
            self._concepts[concept.id] = concept
        self._ancestors = _ancestor_table(self._concepts)
        self._terms: list[tuple[str, bool]] = []
        self._ids: list[tuple[str, ...]] = []
        self._automaton = self._build()

    def __len__(self) -> int:
        return len(self._concepts)

    def __contains__(self, concept_id: str) -> bool:
        return concept_id in self._concepts

    def __getitem__(self, concept_id: str) -> Concept:
        return self._concepts[concept_id]

    def concepts(self) -> tuple[Concept, ...]:
        return tuple(self._concepts.values())

    def name(self, concept_id: str) -> str:
        return self._concepts[concept_id].name

    def ancestors(self, concept_id: str) -> frozenset[str]:
        """All broader concepts, at any distance, without the concept itself."""
        return self._ancestors.get(concept_id, frozenset())

    def is_a(self, concept_id: str, other: str) -> bool:
        """Whether the first concept is the second or a narrower one of it."""
        return concept_id == other or other in self.ancestors(concept_id)

    def terms(self) -> frozenset[str]:
        """Every term that tagging knows, in lower case."""
        return frozenset(term.lower() for term, _ in self._terms)

    def therapeutic_classes(self, concept_id: str) -> tuple[str, ...]:
        """The classes a drug belongs to by what it is for, sorted; classes by side effect or enzyme are left out."""
        return tuple(sorted(c for c in self.ancestors(concept_id) if c not in _EFFECT_CLASSES))

    def is_member(self, drug: str, drug_class: str) -> bool:
        """Whether a drug is of a class by what it is for: of muscle relaxants, not of "CNS depressants"."""
        return drug_class not in _EFFECT_CLASSES and self.is_a(drug, drug_class)

    @cached_property
    def fingerprint(self) -> str:
        """A hash over every concept: equal lexicons, equal fingerprints."""
        digest = hashlib.sha256()
        for concept in self._concepts.values():
            digest.update(repr(concept).encode())
        return digest.hexdigest()[:16]

    @cached_property
    def single_words(self) -> tuple[str, ...]:
        """Terms of one word, in lower case and sorted, without abbreviations: what a misspelling may be read as."""
        return tuple(sorted({t.lower() for t, _ in self._terms if t.isalpha() and len(t) > 4 and not t.isupper()}))

    def tag(self, text: str) -> tuple[Mention, ...]:
        """Concepts named in `text`, longest match first where they overlap, left to right.

        One stretch of text may name two concepts only when the lexicon gives both the same term.
        """
        folded = fold(text)
        candidates: list[tuple[int, int, int]] = []
        for index, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            if (start and _is_word(folded[start - 1])) or (end < len(folded) and _is_word(folded[end])):
                continue
            term, cased = self._terms[index]
            if cased and text[start:end] != term and not _context_allows(term, text, start, end):
                continue
            if term.lower() in _NEEDS_CONTEXT and not _context_allows(term, text, start, end):
                continue
            candidates.append((start, end, index))
        candidates.sort(key=lambda c: (c[0], -c[1], c[2]))
        mentions: list[Mention] = []
        covered = 0
        for start, end, index in _longest(candidates):
            if start < covered:
                continue
            covered = end
            mentions.extend(Mention(i, start, end, text[start:end]) for i in self._ids[index])
        return tuple(mentions)

    def _build(self) -> AhoCorasick:
        from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

        by_term: dict[str, tuple[str, bool, list[str]]] = {}
        for concept in self._concepts.values():
            for term, cased in _surface_forms(concept):
                key = fold(term)
                entry = by_term.setdefault(key, (term, cased, []))
                if concept.id not in entry[2]:
                    entry[2].append(concept.id)
        for term, cased, ids in by_term.values():
            self._terms.append((term, cased))
            self._ids.append(tuple(ids))
        return AhoCorasick(
            list(by_term), matchkind=MatchKind.Standard, store_patterns=False, implementation=Implementation.ContiguousNFA
        )


def _longest(candidates: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Drop every candidate that lies inside, or is crossed by, a longer one."""
    chosen: list[tuple[int, int, int]] = []
    for candidate in sorted(candidates, key=lambda c: (c[0] - c[1], c[0], c[2])):
        if all(candidate[1] <= c[0] or candidate[0] >= c[1] for c in chosen):
            chosen.append(candidate)
    return sorted(chosen)


def fold(text: str) -> str:
    """Lower case, character by character, so that offsets stay; hyphens and odd spaces become spaces."""
    if text.isascii():
        return text.lower().replace("-", " ")
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered.translate(_FOLDED)
    return "".join(_fold_character(c) for c in text)


_FOLDED = {ord(c): " " for c in "-‐‑‒–—\u00a0\u2009\u202f"} | {ord(c): "'" for c in "’‘"} | {ord("ς"): "σ"}
"""What `str.lower` leaves: dashes and odd spaces, curly quotes, and the sigma that it writes by its place in the word."""


def _fold_character(character: str) -> str:
    if character in "-‐‑‒–—\u00a0\u2009\u202f":
        return " "
    if character in "’‘":
        return "'"
    lowered = character.lower()
    return lowered if len(lowered) == 1 else character


def _is_word(character: str) -> bool:
    return _WORD.match(character) is not None


def _context_allows(term: str, text: str, start: int, end: int) -> bool:
    """Whether an ambiguous abbreviation stands among words of its own field."""
    pattern = _NEEDS_CONTEXT.get(term.lower())
    if pattern is None:
        return len(term) >= 3
    return bool(pattern.search(text[:start]) or pattern.search(text[end:]))


def _surface_forms(concept: Concept) -> Iterable[tuple[str, bool]]:
    """Each way to write the concept, with whether its letter case matters."""
    for term in (concept.name, *concept.synonyms, *concept.brands):
        yield term, False
        plural = _plural(term)
        if plural:
            yield plural, False
    for term in concept.abbreviations:
        yield term, len(term) <= 2
        if len(term) > 2 and not term.endswith("s"):
            yield term + "s", False


def _plural(term: str) -> str | None:
    if len(term) < 4 or not term[-1].isalpha() or term.endswith("s"):
        return None
    if term.endswith("y") and term[-2] not in "aeiou":
        return term[:-1] + "ies"
    if term.endswith(("x", "ch", "sh")):
        return term + "es"
    return term + "s"


def _ancestor_table(concepts: Mapping[str, Concept]) -> dict[str, frozenset[str]]:
    table: dict[str, frozenset[str]] = {}

    def climb(concept_id: str, path: tuple[str, ...]) -> frozenset[str]:
        if concept_id in path:
            raise ValueError(f"broader relations form a circle: {' -> '.join((*path, concept_id))}")
        if concept_id not in table:
            found: set[str] = set()
            for parent in concepts[concept_id].broader:
                if parent not in concepts:
                    raise ValueError(f"{concept_id}: broader concept {parent} does not exist")
                found.add(parent)
                found |= climb(parent, (*path, concept_id))
            table[concept_id] = frozenset(found)
        return table[concept_id]

    for concept_id in concepts:
        climb(concept_id, ())
    return table


def read_concepts(lines: Iterable[str], name: str) -> tuple[Concept, ...]:
    """Concepts of one TSV file (columns: id, name, synonyms, brands, abbreviations, broader, mesh).

    Raises InputFileError naming file and line.
    """
    rows = csv.reader((line for line in lines if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE)
    header = next(rows, None)
    if header != _COLUMNS:
        raise InputFileError(f"{name}: the first line must be {' / '.join(_COLUMNS)}")
    concepts = []
    for number, row in enumerate(rows, start=2):
        if not row:
            continue
        if len(row) != len(_COLUMNS):
            raise InputFileError(f"{name}, line {number}: {len(row)} columns, expected {len(_COLUMNS)}")
        synonyms, brands, abbreviations, broader = (tuple(p for p in cell.split("|") if p) for cell in row[2:6])
        try:
            concepts.append(Concept(row[0], row[1], synonyms, brands, abbreviations, broader, row[6] or None))
        except ValueError as error:
            raise InputFileError(f"{name}, line {number}: {error}") from error
    return tuple(concepts)


def read_mesh(path: Path) -> tuple[Concept, ...]:
    """Concepts of a MeSH table (id, heading, synonyms, tree numbers): tree C and F are conditions, D drugs.

    Broader relations follow the tree numbers. Other trees are left out. Raises InputFileError.
    """
    rows: list[tuple[str, str, tuple[str, ...], list[str]]] = []
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputFileError(f"{path}: cannot be read as a MeSH table ({error})") from error
    if text:
        for number, line in enumerate(text.splitlines(), start=1):
            cells = line.rstrip("\n").split("\t")
            if len(cells) < 4 or not re.fullmatch(r"D\d{6,9}", cells[0]):
                raise InputFileError(f"{path}, line {number}: not a MeSH row (id, heading, synonyms, tree numbers)")
            rows.append((cells[0], cells[1], tuple(s for s in cells[2].split("|") if s), cells[3].split("|")))
    kinds = {"C": ConceptKind.CONDITION, "F": ConceptKind.CONDITION, "D": ConceptKind.DRUG}
    by_tree: dict[str, str] = {}
    kept = []
    for mesh, heading, synonyms, trees in rows:
        kind = next((kinds[t[0]] for t in trees if t and t[0] in kinds), None)
        if kind is None:
            continue
        concept_id = f"{kind}/mesh-{mesh.lower()}"
        kept.append((concept_id, mesh, heading, synonyms, trees))
        by_tree.update({t: concept_id for t in trees if t and kinds.get(t[0]) is kind})
    concepts = []
    for concept_id, mesh, heading, synonyms, trees in kept:
        parents = {by_tree.get(t.rpartition(".")[0]) for t in trees} - {None, concept_id}
        parents = {p for p in parents if p is not None and p.split("/")[0] == concept_id.split("/")[0]}
        concepts.append(Concept(concept_id, heading, synonyms, (), (), tuple(sorted(map(str, parents))), mesh))
    return tuple(concepts)


def merge_mesh(curated: Iterable[Concept], mesh: Iterable[Concept]) -> tuple[Concept, ...]:
    """Curated concepts plus those MeSH headings that no curated concept holds; curated parents win.

    A MeSH heading whose id a curated concept carries lends it nothing: curation decides what a word means.
    """
    curated = tuple(curated)
    held = {c.mesh for c in curated if c.mesh}
    twin = {c.mesh: c.id for c in curated if c.mesh}
    terms = {fold(t) for c in curated for t, _ in _surface_forms(c)}
    added = []
    mesh = tuple(mesh)
    renamed = {c.id: twin[c.mesh] for c in mesh if c.mesh in twin}
    known = {c.id for c in mesh} - set(renamed)
    for concept in mesh:
        if concept.mesh in held:
            continue
        synonyms = tuple(s for s in concept.synonyms if fold(s) not in terms and len(s) > 3)
        broader = tuple(dict.fromkeys(renamed.get(b, b) for b in concept.broader if b in renamed or b in known))
        added.append(Concept(concept.id, concept.name, synonyms, (), (), broader, concept.mesh))
    return (*curated, *added)


@lru_cache(maxsize=1)
def default_lexicon() -> Lexicon:
    """The curated lexicon that ships with Osler."""
    folder = resources.files("osler.language") / "data"
    concepts: list[Concept] = []
    for name in DATA_FILES:
        with (folder / name).open(encoding="utf-8") as lines:
            concepts.extend(read_concepts((line.rstrip("\n") for line in lines), name))
    return Lexicon(concepts)


@lru_cache(maxsize=2)
def lexicon_with(mesh: Path | None) -> Lexicon:
    """The curated lexicon, with a MeSH table on top where one is named. Raises InputFileError."""
    return default_lexicon() if mesh is None else Lexicon(merge_mesh(default_lexicon().concepts(), read_mesh(mesh)))
