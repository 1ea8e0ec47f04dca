"""Terms against words: a name of several words that only one of claim and span has as a term of the lexicon."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from osler.verification.reading import Atom, Kind, Reading, folded, word_atom

_MOST_WORDS = 4
_JOINED = re.compile(r"[\s-]*")
_WORD = re.compile(r"[^\W_]+")


def fitted(atoms: Sequence[Atom], span: Reading) -> tuple[Atom, ...]:
    """The claim's atoms cut as the span's are: words joined where the span has their name as a term, an unknown term parted."""
    result: list[Atom] = []
    i = 0
    while i < len(atoms):
        joined = next((j for j in (_join(atoms[i : i + n], span) for n in range(_MOST_WORDS, 1, -1)) if j is not None), None)
        if joined is not None:
            result.append(joined[0])
            i += joined[1]
            continue
        result.extend(_parted(atoms[i], span))
        i += 1
    return tuple(result)


def _join(atoms: Sequence[Atom], span: Reading) -> tuple[Atom, int] | None:
    """One term for several atoms in a row that name one of the span's terms in words of the same meaning."""
    if len(atoms) < 2 or any(a.figure or not _JOINED.fullmatch(a.lead) for a in atoms[1:]) or atoms[0].figure:
        return None
    key = "=" + " ".join(folded(a.text) for a in atoms)
    places = span.index.get(key)
    if places is None:
        return None
    keys = frozenset({key})
    text = " ".join(a.text for a in atoms)
    first = replace(
        atoms[0], text=text, end=atoms[-1].end, kind=Kind.TERM, gives=keys, needs=keys, turn=None, term=span.atoms[places[0]].term
    )
    return first, len(atoms)


def _parted(atom: Atom, span: Reading) -> Iterator[Atom]:
    words = list(_WORD.finditer(atom.text)) if atom.kind is Kind.TERM and not any(k in span.index for k in atom.needs) else []
    if len(words) < 2 or not all(any(k in span.index for k in _word(atom, w).needs) for w in words):
        yield atom
        return
    for w in words:
        yield _word(atom, w)


def _word(atom: Atom, word: re.Match[str]) -> Atom:
    lead = atom.lead if word.start() == 0 else " "
    start = atom.start + word.start()
    make = partial(Atom, word[0], start, start + len(word[0]), lead, atom.sentence, atom.clause, atom.whole, atom.bracket)
    return word_atom(word[0], make)
