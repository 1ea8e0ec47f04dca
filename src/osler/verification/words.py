"""Words: what a claim says beyond figures, terms and turns must be said by its span too, in an order that means the same."""

from __future__ import annotations

from osler.verification.align import Alignment, Fault
from osler.verification.omission import may_leave_out
from osler.verification.reading import Kind
from osler.verification.stance import opposite


def word_faults(alignment: Alignment) -> list[Fault]:
    """Content words that only one side has, and an order that may say another thing."""
    faults = []
    for atom in alignment.unmatched:
        if atom.kind is Kind.WORD and opposite(atom, alignment.dropped) is None:
            faults.append(Fault(f"“{atom.text}” is not in the span"))
    if faults:
        return faults
    left_out = [a for a in alignment.dropped if a.kind is Kind.WORD and not may_leave_out(alignment, a)]
    if left_out:
        words = " … ".join(a.text for a in left_out[:6])
        faults.append(Fault(f"the claim leaves out “{words}”"))
    elif alignment.moved:
        faults.append(Fault("the same words stand in another order, which may say another thing"))
    return faults
