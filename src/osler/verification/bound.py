"""Figures where they stand: each of the claim's must be the span's for the same thing, not only somewhere in it."""

from __future__ import annotations

import re

from osler.verification.align import Alignment, Fault
from osler.verification.figures import difference
from osler.verification.omission import may_leave_out
from osler.verification.reading import Atom, Kind

_BY_TO = re.compile(r"\b(by|to|from)\b(?=\s*(?:(?:the|a|an|about|only|approximately)\s+)?$)")
_AROUND = 40


def figure_faults(alignment: Alignment) -> list[Fault]:
    """Figures and frequencies that are other than the span's, bound to another thing, or left out where they limit it."""
    faults = []
    spare = [a for a in (*alignment.dropped, *alignment.cut) if a.figure is not None]
    for atom in alignment.unmatched:
        if atom.figure is None:
            continue
        near = [a.figure for a in spare if a.figure is not None]
        reason = difference(atom.figure, near)
        unit = atom.figure.measure.partition("/")[0]
        alike = [a for a in spare if a.figure is not None and a.figure.measure.partition("/")[0] == unit]
        alike.sort(key=lambda a: a.figure is None or atom.figure is None or a.figure.measure != atom.figure.measure)
        if alike:
            reason = f"the claim says {atom.text}, the span “{_around(alike[0], alignment)}”"
        faults.append(Fault(reason, denies=bool(alike)))
    faults.extend(_misbound(alignment))
    for mine, place in zip(alignment.atoms, alignment.places, strict=True):
        if place is not None and mine.kind is Kind.FIGURE:
            other = alignment.span.atoms[place]
            ours, theirs = _BY_TO.search(mine.lead), _BY_TO.search(other.lead)
            if ours and theirs and ours[1] != theirs[1]:
                faults.append(Fault(f"the claim says {ours[1]} {mine.text}, the span {theirs[1]} {other.text}", denies=True))
    doses = {k.figure.measure for k in alignment.kept if k.figure is not None and k.figure.is_dose}
    for atom in alignment.cut:
        if atom.figure is not None and atom.figure.measure in doses and not atom.bracket and not faults:
            faults.append(Fault(f"the span goes on “{_around(atom, alignment)}”, which the claim leaves out"))
    for atom in alignment.dropped:
        if atom.figure is not None and not faults and not may_leave_out(alignment, atom):
            faults.append(Fault(f"the span says it of “{_around(atom, alignment)}”; the claim leaves the figure out"))
    return faults


def _misbound(alignment: Alignment) -> list[Fault]:
    """Figures of the claim that the span gives for another thing: another figure of that measure stands nearer to what follows.

    "5 mg …; 2.5 mg in patients with two criteria" says 2.5 mg, not 5 mg, of those patients.
    """
    left_out = [a for a in alignment.dropped if a.kind is Kind.FIGURE and not may_leave_out(alignment, a)]
    rivals = [i for i in alignment.window if alignment.span.atoms[i] in left_out]
    placed = [(a, p) for a, p in zip(alignment.atoms, alignment.places, strict=True) if p is not None]
    faults = []
    for k, (mine, place) in enumerate(placed):
        target = next((p for a, p in placed[k + 1 :] if a.kind in (Kind.TERM, Kind.WORD)), None)
        if mine.figure is None or mine.kind is not Kind.FIGURE or target is None:
            continue
        for i in rivals:
            rival = alignment.span.atoms[i]
            same = rival.figure is not None and rival.figure.measure == mine.figure.measure
            if same and abs(i - target) < abs(place - target):
                what = alignment.span.atoms[target].text
                faults.append(
                    Fault(
                        f"the span says {rival.text} where it speaks of “{what}” (“{_around(rival, alignment)}”); the claim says {mine.text}",
                        denies=True,
                    )
                )
                break
    return faults


def _around(atom: Atom, alignment: Alignment) -> str:
    """The span's words around a figure, to show what it is a figure of."""
    start, end = alignment.span.sentences[atom.sentence]
    text = alignment.span.text
    low, high = max(start, atom.start - _AROUND), min(end, atom.end + _AROUND)
    low = text.rfind(" ", start, low) + 1 if low > start else start
    high = text.find(" ", high, end) if high < end else end
    return text[low : high if high > 0 else end].strip(" .,;")
