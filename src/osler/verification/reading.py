"""A text as the sequence of things that can be compared: figures, frequencies, terms, turning words, plain words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache, partial

from osler.domain.concept import ConceptKind, Mention
from osler.language.lexicon import Lexicon
from osler.verification.figures import Figure, find_figures
from osler.verification.vocabulary import FREE, TURN_OF, Turn, meaning, stem
from osler.verification.wording import plain_text, sentences

COMBINED = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS, ConceptKind.THERAPY, ConceptKind.ROUTE})
"""What acts together with others: of two of these, one does not stand without the other."""


class Kind(StrEnum):
    FIGURE = "figure"
    TIMING = "frequency"
    TERM = "term"
    TURN = "turn"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Atom:
    """One comparable thing at [start, end) of the reading's text.

    gives: what it can stand for in a span; needs: what a claim that has it must find there (any one is enough).
    lead: the lower-case text between the atom before and this one (function words, punctuation).
    clause: number of the clause, counted through the text; whole: that clause has a subject of its own. bracket: number of the innermost bracket around it, 0 for none.
    turn, term, figure: set for that kind of atom. broader: the concepts above a term.
    """

    text: str
    start: int
    end: int
    lead: str
    sentence: int
    clause: int
    whole: bool
    bracket: int
    kind: Kind
    gives: frozenset[str]
    needs: frozenset[str]
    turn: Turn | None = None
    term: ConceptKind | None = None
    figure: Figure | None = None
    broader: frozenset[str] = frozenset()

    @property
    def meanings(self) -> frozenset[str]:
        """The names of what a word means, without the mark of its table."""
        return frozenset(k.rpartition(":")[2].removeprefix("=") for k in self.gives)


@dataclass(frozen=True, slots=True)
class Reading:
    """`index`: for each key the numbers of the atoms that give it, ascending."""

    text: str
    atoms: tuple[Atom, ...]
    sentences: tuple[tuple[int, int], ...]
    index: dict[str, tuple[int, ...]] = field(compare=False, repr=False)

    def sentence(self, number: int) -> str:
        start, end = self.sentences[number]
        return self.text[start:end].strip()


_Found = tuple[Mention, ...] | Figure | str
_Make = Callable[..., Atom]
_PER_DAY = frozenset({"per day"})
_TOKEN = re.compile(
    r"(?=[A-Za-z0-9-]*\d)(?=[A-Za-z0-9-]*[A-Za-z])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\+?|[^\W\d_]+(?:'[a-z]+)?\+?|\d[\d.,]*\d|\d|\?|[<>≤≥]=?|[%‰]"
)
_CLAUSE = re.compile(
    r"[;:]|\b(?:while|whereas|although|though|because|since|yet)\b|,\s*(?:so|and|but|which|who|whose)\b|\bbut\b"
    r"|\b(?:show|shows|shown|showed|showing|demonstrat\w+|found|finds?|report\w*|reveal\w*|observ\w+|conclud\w+|confirm\w*|noted?|findings?|evidence)\s+(?:\w+\s+)?that\b"
)
_AFTER_HEDGE = re.compile(r"\s*that\b")
_WITH_SUBJECT = re.compile(
    r"[;:]|\b(?:while|whereas|although|though|because|since|yet|that)\b|,\s*so\b"
    r"|\b(?:and|but)\s+(?:the|an?|this|these|those|there|it|they|we|he|she|in|among|for|its|their|his|her|our|all|both)\b"
)
"""A clause that opens so has a subject of its own; "…, and lived longer" has that of the clause before."""
_BRACKET = re.compile(r"[()\[\]]")
_APPOSITION = re.compile(
    r",\s(?:an?|the|also (?:known|called|termed)|formerly|which (?:is|was|are))\s[^,;:()\[\].]{3,120},(?!\s*(?:and|or|but)\b)",
    re.IGNORECASE,
)
"""An aside between commas ("X, a calcium-channel blocker, lowered …") is bracketed as much as one in parentheses."""
_SEXES = {
    "men": "male", "man": "male", "male": "male", "males": "male", "boy": "male", "boys": "male", "son": "male", "gentleman": "male",
    "women": "female", "woman": "female", "female": "female", "females": "female", "girl": "female", "girls": "female",
    "daughter": "female", "lady": "female",
}  # fmt: skip
_FINER = re.compile(r"\d+[a-z]?|\b(?:first|second|third|preterm|premature|schoolchild|toddler|preschooler)\b")
"""Words inside a population's name that the lexicon does not tell apart, and a claim must ("CKD 4" is not "CKD 5")."""
_ROUTES = {
    "oral": "oral", "orally": "oral", "iv": "intravenous", "intravenous": "intravenous", "intrathecal": "intrathecal",
    "topical": "topical", "inhaled": "inhaled", "rectal": "rectal", "subcutaneous": "subcutaneous", "epidural": "epidural",
    "intramuscular": "intramuscular", "intranasal": "intranasal", "sublingual": "sublingual", "transdermal": "transdermal",
    "vaginal": "vaginal",
}  # fmt: skip
_ACRONYM_TURNS = frozenset({"NOT", "NO", "NOR", "WITHOUT", "NEVER", "ONLY", "UNLESS", "EXCEPT", "AND"})


@lru_cache(maxsize=256)
def read(text: str, lexicon: Lexicon) -> Reading:
    """The comparable things of `text`, left to right."""
    text = plain_text(text)
    bounds = sentences(text)
    brackets = [(m.start(), m[0] in "([") for m in _BRACKET.finditer(text)]
    for aside in _APPOSITION.finditer(text):
        brackets += [(aside.start(), True), (aside.end() - 1, False)]
    brackets.sort()
    opened = [0]
    atoms: list[Atom] = []
    index: dict[str, list[int]] = {}
    position = sentence = clause = passed = 0
    whole = True
    for start, end, found in _things(text, lexicon):
        lead = text[position:start].lower()
        if _CLAUSE.search(lead) or (atoms and atoms[-1].turn is Turn.HEDGE and _AFTER_HEDGE.match(lead)):
            clause, whole = clause + 1, _WITH_SUBJECT.search(lead) is not None
        while sentence + 1 < len(bounds) and start >= bounds[sentence][1]:
            sentence += 1
            clause, whole = clause + 1, True
        while passed < len(brackets) and brackets[passed][0] < start:
            passed += 1
            if brackets[passed - 1][1]:
                opened.append(passed)
            elif len(opened) > 1:
                opened.pop()
        position = end
        make = partial(Atom, text[start:end], start, end, lead, sentence, clause, whole, opened[-1])
        for atom in _atoms(found, make, lexicon):
            for key in atom.gives:
                index.setdefault(key, []).append(len(atoms))
            atoms.append(atom)
    return Reading(text, tuple(atoms), bounds, {k: tuple(v) for k, v in index.items()})


def _atoms(found: _Found, make: _Make, lexicon: Lexicon) -> Iterator[Atom]:
    if isinstance(found, Figure):
        yield make(Kind.FIGURE if found.quantity else Kind.TIMING, found.gives, found.needs, figure=found)
        if found.per_day:
            yield _named(make(Kind.TIMING, _PER_DAY, _PER_DAY, figure=found), "per day")
    elif isinstance(found, tuple):
        yield from _terms(found, make, lexicon)
    else:
        yield word_atom(found, make)


def _terms(found: tuple[Mention, ...], make: _Make, lexicon: Lexicon) -> Iterator[Atom]:
    """The term, and the route that its name may hold ("intrathecal baclofen")."""
    text, kind = found[0].text, found[0].kind
    finer = _finer(text.lower(), kind)
    keys = frozenset((*(m.concept_id + finer for m in found), "=" + folded(text)))
    yield make(Kind.TERM, keys, keys, term=kind, broader=lexicon.ancestors(found[0].concept_id))
    if kind is not ConceptKind.ROUTE:
        for route in dict.fromkeys(_ROUTES[w] for w in text.lower().split() if w in _ROUTES):
            keys = frozenset({f"route/{route}"})
            yield _named(make(Kind.TERM, keys, keys, term=ConceptKind.ROUTE), route)


def _named(atom: Atom, text: str) -> Atom:
    """A second atom of the same place, under a name of its own."""
    return replace(atom, text=text, lead="")


def word_atom(word: str, make: _Make) -> Atom:
    """The atom of one content word."""
    root = stem(word)
    turn = TURN_OF.get(root)
    if turn is not None:
        keys = frozenset({f"{turn[0]}:{turn[1]}"})
        return make(Kind.TURN, keys, keys, turn=turn[0])
    keys = frozenset({meaning(word), "=" + root})
    return make(Kind.WORD, keys, keys)


def _finer(text: str, kind: ConceptKind) -> str:
    """What a population's words say beyond its concept: sex, stage, trimester."""
    if kind is not ConceptKind.POPULATION:
        return ""
    words = text.replace("-", " ").split()
    return "".join(sorted({f" {_SEXES[w]}" for w in words if w in _SEXES} | {f" {w}" for w in _FINER.findall(text)}))


def folded(text: str) -> str:
    """A phrase by the meanings of its words."""
    return " ".join(meaning(w) for w in text.lower().replace("-", " ").split())


def _things(text: str, lexicon: Lexicon) -> Iterator[tuple[int, int, _Found]]:
    """Terms, figures and content words, left to right, none overlapping."""
    shouted = sum(map(str.isupper, text)) > 0.6 * max(1, sum(map(str.isalpha, text)))
    position = 0
    for start, end, found in _stretches(text, lexicon):
        yield from _content_words(text, position, start, shouted)
        yield start, end, found
        position = end
    yield from _content_words(text, position, len(text), shouted)


def _stretches(text: str, lexicon: Lexicon) -> list[tuple[int, int, _Found]]:
    """Terms and figures that do not overlap, left to right; the longer first where two start together."""
    mentions: dict[tuple[int, int], list[Mention]] = {}
    for mention in lexicon.tag(text):
        mentions.setdefault((mention.start, mention.end), []).append(mention)
    found: list[tuple[int, int, _Found]] = [(a, b, tuple(ms)) for (a, b), ms in mentions.items()]
    found.extend((f.start, f.end, f) for f in find_figures(text))
    found.sort(key=lambda f: (f[0], -f[1]))
    kept: list[tuple[int, int, _Found]] = []
    for stretch in found:
        if not kept or stretch[0] >= kept[-1][1]:
            kept.append(stretch)
    return kept


def _content_words(text: str, start: int, end: int, shouted: bool) -> Iterator[tuple[int, int, str]]:
    for token in _TOKEN.finditer(text, start, end):
        word = token[0]
        if word.isupper() and not shouted and word not in _ACRONYM_TURNS:
            is_letter = word not in "AI" or text[: token.start()].rstrip(" ")[-1:].isalnum()  # "vitamin A", not "A trial"
            if is_letter:
                yield token.start(), token.end(), word.lower() + "·"
        elif any(c.isdigit() for c in word):
            yield token.start(), token.end(), word.lower().replace("-", "")
        elif stem(word) not in FREE:
            yield token.start(), token.end(), word
