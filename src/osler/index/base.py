"""EvidenceIndex: what every search engine behind Osler promises.

The contract, in prose (tests run it over every engine and over a slow obvious twin):

- An index holds rows; a row is the number the catalogue gave a passage. It returns rows and scores, never text:
  the catalogue is the truth, the index is derived and may be deleted at any time.
- `apply` removes rows and puts rows (a row that is there already is replaced), then remembers `sequence`, the catalogue's
  transaction up to which it is now complete, and `stamp`, which library and rules it is of. When it has returned, all of it
  is on disk; when it was interrupted, `mark()` still gives the mark before, and the same call may be made again.
- `rebuild` replaces everything in one step: a reader sees the old index or the new one, never a part.
- `mark` gives (stamp, sequence), or None when there is no usable index.
- `search` finds rows in which any of the query's parts occurs: words and likely words (stemmed, stop words dropped),
  concepts (the finding is about exactly this concept), broader (about anything narrower than it) and topics (either; like a
  word, a topic that few rows have adds more than one that many have). A likely word that more than one row in twenty has
  may be passed over. Every part adds to the score. Results are best first; equal scores are ordered by row, ascending.
- `only` bounds a search, and never changes the score of what is left. Kinds (of document or study design), statuses and
  jurisdictions (in any letter case): one of those named; a row without a kind or jurisdiction is outside. Years: inclusive; a
  row without one is outside. Concepts, drugs, problems, populations: each must be there, itself or something narrower. Different bounds all hold.
- A row is about the drugs and problems that its findings are about or its words name; it is of the populations its findings
  are in or its words name (`index/people.py`). Its status is the one in effect: a change of it is a change of the row.
- A word is never parsed: operators, quotes and wildcards in a question are ordinary characters.
- A query without any part finds nothing. `limit` bounds the result; a limit below 1 is a ValueError.
- `holds` gives how many rows have a word (stemmed) in their text; `stems` what the words of a text are found by, stop words
  left out.
- `rows` gives every row number held; `prints` the fingerprint of each, so that what the index holds can be compared with
  what the catalogue would give it; `faults` what is wrong with the files, in words.
- A reader beside a writer sees one mark or the next, whole.
- Damage shows as IndexUnusable, never as fewer rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from osler.domain.concept import ConceptKind
from osler.domain.passage import Passage
from osler.domain.status import PublicationStatus
from osler.index.people import populations_of
from osler.language.lexicon import Lexicon

ROW_FORM = 2
"""Raise it when an IndexRow comes to hold something else: an index of rows of another form is made anew."""
DRUGS = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS})
PROBLEMS = frozenset({ConceptKind.CONDITION})
POPULATIONS = frozenset({ConceptKind.POPULATION})
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One passage as the index sees it: `concepts` it is about, `broader` their ancestors and they themselves; `populations` it
    is of, with theirs. `status` and `jurisdiction` are its document's."""

    row: int
    title: str
    text: str
    concepts: frozenset[str]
    broader: frozenset[str]
    kind: str = ""
    year: int = 0
    status: PublicationStatus = PublicationStatus.CURRENT
    jurisdiction: str = ""
    populations: frozenset[str] = frozenset()

    @property
    def print(self) -> int:
        """A 64-bit fingerprint of everything but the row number."""
        words = [self.title, self.text, *sorted(self.concepts), "", *sorted(self.broader), "", *sorted(self.populations), ""]
        words += [self.kind, str(self.year), self.status, self.jurisdiction]
        data = "".join(f"{len(w)}:{w}" for w in words).encode("utf-8", "surrogatepass")
        return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")


@dataclass(frozen=True, slots=True)
class Only:
    """Bounds of a search; what is left empty bounds nothing. Raises ValueError for a concept of another kind than its bound.

    drugs: of drugs and classes; problems: of conditions; populations: of groups of people; concepts: of any kind.
    """

    kinds: frozenset[str] = frozenset()
    year_from: int | None = None
    year_to: int | None = None
    concepts: frozenset[str] = frozenset()
    statuses: frozenset[PublicationStatus] = frozenset()
    jurisdictions: frozenset[str] = frozenset()
    drugs: frozenset[str] = frozenset()
    problems: frozenset[str] = frozenset()
    populations: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if "" in self.kinds or "" in self.jurisdictions:
            raise ValueError("a bound of no kind or no jurisdiction bounds nothing: leave it out")
        for bound, kinds in ((self.drugs, DRUGS), (self.problems, PROBLEMS), (self.populations, POPULATIONS)):
            for concept in sorted(bound):
                if concept.partition("/")[0] not in kinds:
                    raise ValueError(f"{concept} is not a {' or '.join(sorted(kinds))} concept")

    @property
    def about(self) -> frozenset[str]:
        """The concepts of which each must be among what a row is about; what kind one is of is part of its id."""
        return self.concepts | self.drugs | self.problems


@dataclass(frozen=True, slots=True)
class IndexQuery:
    """Words of the question, concepts to match exactly, and concepts whose narrower ones match too.

    Each concept part is (concept id, weight); words weigh 1; likely words, searched in the text only, are (word, weight).
    A concept or broader part adds its weight; a topic adds what a word would, times its weight, in each of the two fields.
    """

    words: str = ""
    concepts: tuple[tuple[str, float], ...] = ()
    broader: tuple[tuple[str, float], ...] = ()
    only: Only = Only()
    likely: tuple[tuple[str, float], ...] = ()
    topics: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    row: int
    score: float


class EvidenceIndex(Protocol):
    """See the module's text."""

    def apply(self, upserts: Iterable[IndexRow], removals: Iterable[int], sequence: int, stamp: str) -> None:
        """Bring the index to `sequence`. Raises IndexUnusable when it is missing or of another stamp."""
        ...

    def rebuild(self, rows: Iterable[IndexRow], sequence: int, stamp: str) -> int:
        """Replace the whole index; returns the number of rows."""
        ...

    def mark(self) -> tuple[str, int] | None: ...

    def count(self) -> int:
        """Rows in the index. Raises IndexUnusable."""
        ...

    def holds(self, word: str) -> int:
        """Rows whose text has this one word; 0 for a stop word. Raises IndexUnusable."""
        ...

    def stems(self, text: str) -> tuple[str, ...]:
        """In text order; two words are one to a search when they have one stem."""
        ...

    def rows(self) -> frozenset[int]:
        """Raises IndexUnusable."""
        ...

    def prints(self) -> dict[int, int]:
        """Fingerprint by row number. Raises IndexUnusable."""
        ...

    def faults(self) -> list[str]:
        """What a full check of the files finds; empty when sound."""
        ...

    def search(self, query: IndexQuery, limit: int) -> tuple[Hit, ...]:
        """Raises IndexUnusable."""
        ...


def words_of(passage: Passage) -> str:
    """What is searched by words: the passage, its headings, and the names of what its findings are about."""
    labels = [w for f in passage.findings for w in (*f.intervention_labels, *f.problem_labels, f.population.text)]
    return " ".join(dict.fromkeys((passage.text, *passage.path, *labels)))


def concepts_of(passage: Passage) -> frozenset[str]:
    """What is searched by concept: what its findings are about and what its words name."""
    return frozenset((*(i for f in passage.findings for i in (*f.interventions, *f.problems)), *passage.mentioned))


@dataclass(frozen=True, slots=True)
class Searched:
    """What a passage is found by: words, concepts it is about, populations it is of (without their broader ones)."""

    words: str
    concepts: tuple[str, ...]
    populations: tuple[str, ...]


def searched(passage: Passage, lexicon: Lexicon) -> Searched:
    return Searched(words_of(passage), tuple(sorted(concepts_of(passage))), tuple(sorted(populations_of(passage, lexicon))))


def index_row(
    row: int,
    words: str,
    concepts: Iterable[str],
    title: str,
    ancestors: Mapping[str, frozenset[str]],
    kind: str = "",
    year: int | None = None,
    status: PublicationStatus = PublicationStatus.CURRENT,
    jurisdiction: str | None = None,
    populations: Collection[str] = (),
) -> IndexRow:
    """What the index keeps of a passage; `ancestors` maps each concept id to its broader ones."""
    about = frozenset(concepts)
    broader = about.union(*[ancestors.get(c, _NONE) for c in about])
    of = _NONE.union(populations, *[ancestors.get(c, _NONE) for c in populations]) if populations else _NONE
    return IndexRow(row, title, words, about, broader, kind, year or 0, status, jurisdiction or "", of)
