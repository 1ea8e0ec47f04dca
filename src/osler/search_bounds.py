"""What a person types as bounds of a search, read: names of things to concepts, words to kinds and statuses, or a clear error."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from osler.domain.concept import Concept, ConceptKind
from osler.domain.document import StudyDesign
from osler.domain.status import PublicationStatus
from osler.errors import UserError
from osler.index.base import DRUGS, POPULATIONS, PROBLEMS, Only
from osler.language.lexicon import Lexicon, fold

_OPTIONS = ((DRUGS, "drug"), (PROBLEMS, "problem"), (POPULATIONS, "population"))
_E = TypeVar("_E", bound=StrEnum)
_LISTED = 5
_NEAR = 3


def read_bounds(
    lexicon: Lexicon,
    *,
    kinds: Iterable[str] = (),
    since: int | None = None,
    until: int | None = None,
    statuses: Iterable[str] = (),
    jurisdictions: Iterable[str] = (),
    drugs: Iterable[str] = (),
    problems: Iterable[str] = (),
    populations: Iterable[str] = (),
) -> Only:
    """Bounds from words as they are typed. since, until: years, inclusive. Raises UserError for what is not known, with what is."""
    if since is not None and until is not None and since > until:
        raise UserError(f"no year is since {since} and until {until}: the earlier year comes first")
    return Only(
        kinds=frozenset(_one_of(StudyDesign, name, "kind").value for name in kinds),
        year_from=since,
        year_to=until,
        statuses=frozenset(_one_of(PublicationStatus, name, "status") for name in statuses),
        jurisdictions=frozenset(filter(None, (j.strip() for j in jurisdictions))),
        drugs=frozenset(concept_named(name, DRUGS, lexicon).id for name in drugs),
        problems=frozenset(concept_named(name, PROBLEMS, lexicon).id for name in problems),
        populations=frozenset(concept_named(name, POPULATIONS, lexicon).id for name in populations),
    )


def _one_of(values: type[_E], name: str, what: str) -> _E:
    try:
        return values(name.strip().lower().replace("-", "_").replace(" ", "_"))
    except ValueError:
        raise UserError(f"{name!r} is not a {what}; there are {', '.join(values)}") from None


def concept_named(name: str, kinds: frozenset[ConceptKind], lexicon: Lexicon) -> Concept:
    """The one concept of these kinds with this name, synonym, brand, abbreviation or id. Raises UserError."""
    said, what = fold(name).strip(), next((option for of, option in _OPTIONS if of == kinds), "concept")
    called = [c for c in lexicon.concepts() if c.id == name.strip() or said in _names(c)] or _tagged(name, lexicon)
    fitting = [c for c in called if c.kind in kinds]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        shown = "; ".join(f"{c.name} ({c.id})" for c in fitting[:_LISTED])
        raise UserError(f"{name!r} names more than one {what}: {shown}. Give the id of one")
    for concept in called:
        other = next((option for of, option in _OPTIONS if concept.kind in of), None)
        raise UserError(f"{name!r} is not a {what} here" + (f" but a {other}: name it as a {other}" if other else ""))
    near = _near(said, kinds, lexicon)
    raise UserError(f"{name!r} is not a {what} that Osler knows" + (f"; near it: {', '.join(near)}" if near else ""))


def _names(concept: Concept) -> set[str]:
    return {fold(n) for n in (concept.name, *concept.synonyms, *concept.brands, *concept.abbreviations)}


def _tagged(name: str, lexicon: Lexicon) -> list[Concept]:
    """What the whole of a name is read as in a text: a plural, for one."""
    whole = name.strip()
    return [lexicon[m.concept_id] for m in lexicon.tag(whole) if (m.start, m.end) == (0, len(whole))]


def _near(said: str, kinds: frozenset[ConceptKind], lexicon: Lexicon) -> list[str]:
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import extract

    names = sorted({fold(c.name) for c in lexicon.concepts() if c.kind in kinds})
    limit = max(1, len(said) // 4)
    return [
        n
        for n, _, _ in sorted(
            extract(said, names, scorer=OSA.distance, score_cutoff=limit, limit=_NEAR), key=lambda x: (x[1], x[0])
        )
    ]
