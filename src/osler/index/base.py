"""EvidenceIndex: what every search engine behind Osler promises.

The contract, in prose (tests run it over every engine and over a slow obvious twin):

- An index holds rows; a row is the number the catalogue gave a passage. It returns rows and scores, never text:
  the catalogue is the truth, the index is derived and may be deleted at any time.
- `rebuild` replaces everything in one step: a reader sees the old index or the new one, never a part.
  `stamp` names what it was built from; `stamp()` gives it back, or None when there is no usable index.
- `search` finds rows in which any of the query's parts occurs: words (stemmed, stop words dropped),
  concepts (the finding is about exactly this concept) and broader (about anything narrower than it).
  Every part adds to the score. Results are best first; equal scores are ordered by row, ascending.
- A word is never parsed: operators, quotes and wildcards in a question are ordinary characters.
- A query without any part finds nothing. `limit` bounds the result; a limit below 1 is a ValueError.
- Damage shows as IndexUnusable, never as fewer rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from osler.domain.passage import Passage


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One passage as the index sees it: `concepts` it is about, `broader` their ancestors."""

    row: int
    title: str
    text: str
    concepts: frozenset[str]
    broader: frozenset[str]


@dataclass(frozen=True, slots=True)
class IndexQuery:
    """Words of the question, concepts to match exactly, and concepts whose narrower ones match too.

    Each concept part is (concept id, weight); words weigh 1.
    """

    words: str = ""
    concepts: tuple[tuple[str, float], ...] = ()
    broader: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    row: int
    score: float


class EvidenceIndex(Protocol):
    """See the module's text."""

    def rebuild(self, rows: Iterable[IndexRow], stamp: str) -> int:
        """Replace the whole index; returns the number of rows."""
        ...

    def stamp(self) -> str | None: ...

    def count(self) -> int:
        """Rows in the index. Raises IndexUnusable."""
        ...

    def search(self, query: IndexQuery, limit: int) -> tuple[Hit, ...]:
        """Raises IndexUnusable."""
        ...


def index_row(row: int, passage: Passage, title: str, ancestors: dict[str, frozenset[str]]) -> IndexRow:
    """What the index keeps of a passage; `ancestors` maps each concept id to its broader ones."""
    finding = passage.finding
    concepts = frozenset((*finding.interventions, *finding.problems, *finding.mentioned))
    broader = frozenset(b for c in concepts for b in ancestors.get(c, frozenset())) | concepts
    labels = " ".join((*finding.intervention_labels, *finding.problem_labels, finding.population.text))
    return IndexRow(row, title, f"{passage.text} {labels}", concepts, broader)
