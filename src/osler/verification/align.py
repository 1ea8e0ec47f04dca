"""The claim laid on its span: which thing of the span each thing of the claim stands for, what is left over, what changed place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from osler.verification.order import definition, in_order
from osler.verification.phrases import fitted
from osler.verification.reading import Atom, Kind, Reading

_SKIP = 10.0
_BACK = 3.0
_BEAM = 8
_SENTENCES_TRIED = 3


@dataclass(frozen=True, slots=True)
class Fault:
    """A reason against a claim; `denies`: the span says otherwise, rather than nothing."""

    reason: str
    denies: bool = False


@dataclass(frozen=True)
class Alignment:
    """One sentence of the claim on one sentence of the span.

    atoms: the claim's, in order; places: for each the number of the span's atom it stands for, or None.
    window: numbers of the span's atoms in every clause that is used, and between its ends; before, after: the others
    of that sentence. moved: the words stand in another order that may say another thing.
    """

    atoms: tuple[Atom, ...]
    places: tuple[int | None, ...]
    span: Reading
    sentence: int
    window: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    moved: bool

    @property
    def unmatched(self) -> tuple[Atom, ...]:
        return tuple(a for a, p in zip(self.atoms, self.places, strict=True) if p is None)

    @property
    def dropped(self) -> tuple[Atom, ...]:
        """The span's things in the window that the claim leaves out."""
        used = {p for p in self.places if p is not None}
        return tuple(self.span.atoms[i] for i in self.window if i not in used)

    @property
    def cut(self) -> tuple[Atom, ...]:
        """What stands in the same sentence outside the window."""
        return tuple(self.span.atoms[i] for i in (*self.before, *self.after))

    @property
    def on_topic(self) -> bool:
        """Whether the span is about the claim's matter, so that a difference is a contradiction."""
        solid = [a for a, p in zip(self.atoms, self.places, strict=True) if p is not None and a.kind in (Kind.TERM, Kind.WORD)]
        subject = sum(a.kind in (Kind.TERM, Kind.WORD) for a in self.atoms)
        return len(solid) >= 0.5 * subject and bool(solid)

    @property
    def kept(self) -> tuple[Atom, ...]:
        return tuple(self.span.atoms[p] for p in self.places if p is not None)


def alignments(atoms: Sequence[Atom], span: Reading) -> tuple[Alignment, ...]:
    """The claim's atoms (one sentence of it, not empty) on the sentences of the span that hold most of them, the cheapest first."""
    atoms = fitted(atoms, span)
    candidates = [sorted({i for key in a.needs for i in span.index.get(key, ())}) for a in atoms]
    hits: dict[int, int] = {}
    for found in candidates:
        for sentence in {span.atoms[i].sentence for i in found}:
            hits[sentence] = hits.get(sentence, 0) + 1
    if not hits:
        return (Alignment(tuple(atoms), (None,) * len(atoms), span, 0, (), (), (), False),)
    tried = sorted(hits, key=lambda s: (-hits[s], s))[:_SENTENCES_TRIED]
    placed = [(*_place([_in_sentence(a, c, span, s) for a, c in zip(atoms, candidates, strict=True)]), s) for s in tried]
    return tuple(
        _alignment(tuple(atoms), places, span, sentence) for _, places, sentence in sorted(placed, key=lambda p: (p[0], p[2]))
    )


def _in_sentence(atom: Atom, candidates: Sequence[int], span: Reading, sentence: int) -> Sequence[int]:
    """The candidates in a sentence. Where it calls one concept by two names, outside brackets, each name stands for itself."""
    inside = [i for i in candidates if span.atoms[i].sentence == sentence]
    if atom.term is None or len(inside) < 2 or any(span.atoms[i].bracket for i in inside):
        return inside
    own = {k for k in atom.needs if k.startswith("=")}
    return [i for i in inside if span.atoms[i].gives & own] or inside


def _place(candidates: Sequence[Sequence[int]]) -> tuple[float, tuple[int | None, ...]]:
    """The cheapest assignment: each place used once, small gaps and few steps back (a beam search, so not always the best)."""
    states: list[tuple[float, int, tuple[int | None, ...]]] = [(0.0, -1, ())]
    for found in candidates:
        grown = [(cost + _SKIP, last, (*path, None)) for cost, last, path in states]
        for cost, last, path in states:
            for place in found:
                if place not in path:
                    gap = place - last
                    step = (0.3 * min(gap - 1, 8) if last >= 0 else 0.0) if gap > 0 else _BACK + 0.1 * min(-gap, 20)
                    grown.append((cost + step, place, (*path, place)))
        best: dict[int, tuple[float, int, tuple[int | None, ...]]] = {}
        for state in grown:
            if state[1] not in best or state[0] < best[state[1]][0]:
                best[state[1]] = state
        states = sorted(best.values(), key=lambda s: (s[0], s[1]))[:_BEAM]
    return states[0][0], states[0][2]


def _alignment(atoms: tuple[Atom, ...], places: tuple[int | None, ...], span: Reading, sentence: int) -> Alignment:
    used = sorted(p for p in places if p is not None)
    inside = [i for i, a in enumerate(span.atoms) if a.sentence == sentence]
    if not used:
        return Alignment(atoms, places, span, sentence, (), (), tuple(inside), False)
    clauses = {span.atoms[i].clause for i in used}
    low = min((i for i in inside if span.atoms[i].clause in clauses), default=used[0])
    while low > inside[0] and not span.atoms[low].whole:
        low -= 1  # its subject stands in the clause before
    high = max((i for i in inside if span.atoms[i].clause in clauses), default=used[-1])
    window = tuple(i for i in inside if low <= i <= high)
    pairs = [(a, p) for a, p in zip(atoms, places, strict=True) if p is not None]
    if len(pairs) == len(atoms) and (defined := definition(pairs, span, inside)):
        return Alignment(atoms, places, span, sentence, defined, (), (), False)
    moved = not in_order(pairs, span, atoms[0])
    return Alignment(
        atoms, places, span, sentence, window, tuple(i for i in inside if i < low), tuple(i for i in inside if i > high), moved
    )
