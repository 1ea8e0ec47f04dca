"""What is kept of an answer: the article, its request, what it was made from, what was found and how that was appraised."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from osler.domain.article import Article
from osler.domain.codec import decode, encode, encode_lean
from osler.domain.evidence import Axis, Directness, DrugRelation, Mismatch, PopulationRelation, ProblemRelation
from osler.domain.question import Frame
from osler.domain.request import Request
from osler.domain.status import PublicationStatus
from osler.errors import LibraryDamaged

T = TypeVar("T")
READS_AS_DAMAGE = (ValueError, TypeError, LookupError, AttributeError, zlib.error, RecursionError)


@dataclass(frozen=True, slots=True)
class Making:
    """All that an answer depends on beside its request.

    engine, snapshot: as in its provenance. code: hash of the program's own text, for a version number that was not raised.
    lexicon: key of words and rules. search: what ranked. The rest are settings.
    """

    engine: str
    code: str
    search: str
    lexicon: str
    snapshot: str
    candidates: int
    max_claims: int
    max_question_characters: int


@dataclass(frozen=True, slots=True)
class Found:
    """One retrieved passage; rank is 1-based; score to six digits."""

    passage: str
    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class Appraised:
    """One finding as it was weighed against the question."""

    passage: str
    statement: str
    directness: Directness
    drug: DrugRelation
    problem: ProblemRelation
    population: PopulationRelation
    mismatches: tuple[Mismatch, ...] = ()


@dataclass(frozen=True, slots=True)
class Trail:
    """How the question was read, and what was looked at. terms, concepts: what was searched for."""

    frame: Frame
    terms: tuple[str, ...]
    concepts: tuple[str, ...]
    run: tuple[Found, ...]
    appraisal: tuple[Appraised, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored answer as a list shows it. Times are UTC, ISO; `times`: how often it was given; turns: oldest first.

    key: random, of this stored answer alone. owner: an account, None on the command line. follows: the answer it was asked after.
    """

    key: str
    answer_id: str
    owner: str | None
    follows: str | None
    first_at: str
    last_at: str
    times: int
    turns: tuple[str, ...]
    audience: str
    disposition: str
    title: str
    snapshot: str
    engine: str

    def as_json(self) -> dict[str, Any]:
        """Everything but the key, which is nobody's business but the file's."""
        value: dict[str, Any] = encode(self)
        del value["key"]
        return value


@dataclass(frozen=True, slots=True)
class Cited:
    """A document in the version and standing that a stored answer rests on."""

    document_id: str
    version: int
    status: PublicationStatus
    since: str | None


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored answer, whole. `published` is the JSON object as it was given; content: `content_of` its article."""

    kept: Kept
    request: Request
    making: Making
    content: str
    published: dict[str, Any]
    packed_trail: bytes

    @property
    def article(self) -> Article:
        """Raises LibraryDamaged when this Osler cannot read what another version stored."""
        return self._read(lambda: decode(Article, self.published))

    @property
    def trail(self) -> Trail:
        """Raises LibraryDamaged, as `article` does."""
        return self._read(lambda: unpack_trail(self.packed_trail))

    def _read(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except READS_AS_DAMAGE as error:
            raise LibraryDamaged(
                f"answer {self.kept.answer_id} was stored by {self.kept.engine} and cannot be read by this one"
            ) from error


def content_of(published: dict[str, Any]) -> str:
    """A hash of the published object without the two fields in which equal answers differ."""
    fixed = published["provenance"] | {"answered_at": "", "elapsed_ms": 0.0}
    return hashlib.sha256(_json(published | {"provenance": fixed})).hexdigest()


def making_key(request: Request, making: Making) -> str:
    """Tells one way an answer came about from another, where the answer's id does not."""
    return hashlib.sha256(_json([encode(request), encode(making)])).hexdigest()[:32]


def pack_published(published: dict[str, Any]) -> bytes:
    return zlib.compress(_json(published), 6)


def pack_trail(trail: Trail) -> bytes:
    """Lists instead of objects for the hundreds of passages, each named once: a third of the time and of the bytes."""
    passages = list(dict.fromkeys((*(f.passage for f in trail.run), *(a.passage for a in trail.appraisal))))
    at = {passage: number for number, passage in enumerate(passages)}
    value = {
        "frame": encode_lean(trail.frame),
        "terms": trail.terms,
        "concepts": trail.concepts,
        "passages": passages,
        "run": [[at[f.passage], f.rank, float(f"{f.score:.6g}")] for f in trail.run],
        "appraisal": [
            [
                at[a.passage],
                a.statement,
                a.directness,
                a.drug,
                a.problem,
                a.population,
                [[m.axis, m.asked, m.studied] for m in a.mismatches],
            ]
            for a in trail.appraisal
        ],
    }
    return zlib.compress(_json(value), 6)


def unpack_trail(blob: bytes) -> Trail:
    """Raises ValueError, TypeError, KeyError, IndexError or zlib.error for what is not a packed trail."""
    value = json.loads(zlib.decompress(blob))
    passages = value["passages"]
    appraisal = tuple(
        Appraised(
            passages[at], statement, Directness(directness), DrugRelation(drug), ProblemRelation(problem),
            PopulationRelation(population), tuple(Mismatch(Axis(axis), asked, studied) for axis, asked, studied in mismatches),
        )
        for at, statement, directness, drug, problem, population, mismatches in value["appraisal"]
    )  # fmt: skip
    run = tuple(Found(passages[at], rank, score) for at, rank, score in value["run"])
    return Trail(decode(Frame, value["frame"]), tuple(value["terms"]), tuple(value["concepts"]), run, appraisal)


def unpack_published(blob: bytes) -> dict[str, Any]:
    """Raises ValueError, TypeError or zlib.error for what is not a packed object."""
    value = json.loads(zlib.decompress(blob))
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return value


def to_text(value: Request | Making) -> str:
    return _json(encode(value)).decode("utf-8", "surrogatepass")


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
