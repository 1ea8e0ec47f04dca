"""Doses tied to the drug they belong to, in any text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from osler.domain.concept import ConceptKind, Mention, Quantity
from osler.language.quantities import Timing, find_doses

_DRUGS = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS})
_FOLLOWS = re.compile(r"\s*(?:of\s+)?")


@dataclass(frozen=True, slots=True)
class DrugDose:
    """A dose of one drug: `quantity` carries the frequency when it is known; `text` is the stretch it stands in."""

    concept_id: str
    quantity: Quantity
    timing: Timing | None
    text: str


def drug_doses(text: str, mentions: Sequence[Mention], subject: str | None = None) -> tuple[DrugDose, ...]:
    """Each dose with its drug: the one it is directly followed by ("200 mg hydrocortisone"), the last one named
    before it, else the first after.

    `subject` owns the doses of a text that names no drug at all; without it they are left out.
    """
    drugs = [m for m in mentions if m.kind in _DRUGS]
    found = []
    for quantity, timing in find_doses(text):
        before = [m for m in drugs if m.end <= quantity.start]
        after = [m for m in drugs if m.start >= quantity.end]
        next_to_it = [m for m in after[:1] if _FOLLOWS.fullmatch(text[quantity.end : m.start])]
        owner = next_to_it[0] if next_to_it else before[-1] if before else after[0] if after else None
        concept_id = owner.concept_id if owner else subject if not drugs else None
        if concept_id is None:
            continue
        per_day = timing.per_day if timing else None
        end = max(quantity.end, timing.end if timing else 0)
        dose = replace(quantity, times_per_day=per_day) if per_day is not None else quantity
        found.append(DrugDose(concept_id, dose, timing, text[quantity.start : end].strip()))
    return tuple(found)
