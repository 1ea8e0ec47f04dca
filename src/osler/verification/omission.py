"""Omission: what a claim may leave out of its span's sentence and still say what that says."""

from __future__ import annotations

import re

from osler.verification.align import Alignment
from osler.verification.reading import COMBINED, Atom
from osler.verification.vocabulary import LEAVE_OUT, OPENERS, Turn

_SCOPE = re.compile(r"(?<!-)\b(?:in|for|among|only|plus|with)\b(?!-)")
_TOGETHER = re.compile(
    r"\b(?:combin\w*|treat\w* with|therapy with|receiv\w+|given|plus|regimen|co-?administ\w*|alone|between|together|both|either|respectively)\b",
    re.I,
)
_AND_MORE = re.compile(r"\s*,?\s*and\b")
_NEW_PHRASE = re.compile(r"\b(?:without|but|by|to|after|before|than|when|if|is|are|was|were)\b")
_NARROWING = frozenset({Turn.NEGATION, Turn.CONDITION})
_NARROWING_WORDS = frozenset({"all", "any", "few", "rare", "most"})


def is_aside(alignment: Alignment, atom: Atom) -> bool:
    """Whether one of the span's things stands in brackets of its own ("(95 % CI …)", "(MS)"), which a claim may leave out."""
    if not atom.bracket or any(k.bracket == atom.bracket for k in alignment.kept) or _SCOPE.search(atom.lead):
        return False
    if atom.term is not None:
        return atom.lead.rstrip().endswith(("(", "[", ",", "=", "/"))
    return atom.turn not in (Turn.NEGATION, Turn.CONDITION, Turn.STRENGTH, Turn.HEDGE)


def may_leave_out(alignment: Alignment, atom: Atom) -> bool:
    """Whether the claim still says what the span says without this thing of the span."""
    if is_aside(alignment, atom) or _opens(alignment, atom):
        return True
    if any(k.turn in _NARROWING or k.meanings & _NARROWING_WORDS for k in alignment.kept):
        return False  # "not significantly lower" is not "not lower", "only major bleeding" not "only bleeding"
    if atom.term is not None and _is_named_beside(alignment, atom):
        return True
    return atom.text.lower() in LEAVE_OUT or atom in _tail(alignment)


def _is_named_beside(alignment: Alignment, atom: Atom) -> bool:
    """Whether the next thing is kept and is a member of this class ("the tricyclic amitriptyline") or its other name in brackets."""
    atoms = alignment.span.atoms
    i = atoms.index(atom)
    beside = [a for a in (*atoms[max(0, i - 1) : i], *atoms[i + 1 : i + 2]) if a in alignment.kept]
    return any(atom.gives & k.broader or (k.bracket and atom.gives & k.gives) for k in beside)


def _opens(alignment: Alignment, atom: Atom) -> bool:
    text = alignment.span.text
    opens = atom.text.lower() in OPENERS and not text[alignment.span.sentences[atom.sentence][0] : atom.start].strip()
    return opens and (text[atom.end : atom.end + 1] in (",", ":") or atom.text.isupper())


def _tail(alignment: Alignment) -> tuple[Atom, ...]:
    """The last items of a list that ends the clause ("… eased pain and nausea"), where one item holds without the others."""
    used = [p for p in alignment.places if p is not None]
    rest = [i for i in alignment.window if i > max(used, default=-1)]
    if not rest:
        return ()
    atoms = tuple(alignment.span.atoms[i] for i in rest)
    together = _TOGETHER.search(alignment.span.text, alignment.span.atoms[alignment.window[0]].start, atoms[0].start)
    listed = _AND_MORE.match(atoms[0].lead) and not any(k.turn is Turn.COMPARED for k in alignment.kept)
    single = not any(a.turn or a.figure or a.term in COMBINED or _NEW_PHRASE.search(a.lead) for a in atoms)
    return atoms if listed and single and not together else ()
