"""A stored answer asked again: the same bytes, or what differs and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache, partial

from osler.casebook.diff import Difference, compare
from osler.casebook.keep import making
from osler.casebook.record import Cited, Kept, Making, Stored, content_of
from osler.casebook.remembering import Remembering
from osler.casebook.standing import Moved, moved
from osler.domain.article import Article
from osler.domain.codec import encode
from osler.domain.request import Request
from osler.errors import QuestionError
from osler.pipeline import Library, answer_request


class Outcome(StrEnum):
    """identical: every byte but `answered_at` and `elapsed_ms`. same words: everything a reader is shown, from another library,
    engine or lexicon. different: something that a reader is shown. refused: it is not answered at all any more."""

    IDENTICAL = "identical"
    SAME_WORDS = "same words"
    DIFFERENT = "different"
    REFUSED = "refused"


class Cause(StrEnum):
    LIBRARY = "library"
    ENGINE = "engine"
    LEXICON = "lexicon"
    SETTINGS = "settings"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True)
class Why:
    cause: Cause
    words: str


@dataclass(frozen=True, slots=True)
class Replay:
    """now: the answer of today, None when it was refused. difference: None when identical or refused. moved: cited documents
    that are not what they were."""

    kept: Kept
    outcome: Outcome
    now: Article | None
    difference: Difference | None
    why: tuple[Why, ...]
    moved: tuple[Moved, ...]


_REMEMBERED = 64
"""Answers that are held while many are replayed: each takes some 100 kB."""
_Answer = tuple[Article | None, str, str]
"""The article or None, the hash of its content, and why there is none."""


def replay(library: Library, stored: Stored) -> Replay:
    """Ask again, today, from this library. Raises LibraryDamaged."""
    return _compared(library, stored, _asked(library, stored.request))


def replay_all(library: Library, answers: Iterator[Stored]) -> Iterator[Replay]:
    """`replay` of each; a request that was stored several times (by several people, from several libraries) is asked once when
    the others lie not too far away."""
    library = replace(library, catalog=Remembering(library.catalog))
    asked = lru_cache(maxsize=_REMEMBERED)(partial(_asked, library))
    for stored in answers:
        yield _compared(library, stored, asked(stored.request))


def cited_by(article: Article) -> tuple[Cited, ...]:
    return tuple(Cited(r.document_id, r.version, r.status, r.status_since) for r in article.references)


def _asked(library: Library, request: Request) -> _Answer:
    try:
        article = answer_request(library, request).article
    except QuestionError as error:
        return None, "", str(error)
    return article, content_of(encode(article)), ""


def _compared(library: Library, stored: Stored, answer: _Answer) -> Replay:
    article, content, refusal = answer
    if content == stored.content:
        return Replay(stored.kept, Outcome.IDENTICAL, article, None, (), ())
    before = stored.article
    gone = moved(library.catalog, cited_by(before))
    if article is None:
        present = making(library, stored.making.engine, library.snapshot.id)
        return Replay(
            stored.kept, Outcome.REFUSED, None, None, (*_why(stored.making, present, gone), Why(Cause.SETTINGS, refusal)), gone
        )
    present = making(library, article.provenance.engine, article.provenance.library_snapshot)
    difference = compare(before, article)
    outcome = Outcome.DIFFERENT if difference else Outcome.SAME_WORDS
    return Replay(stored.kept, outcome, article, difference, _why(stored.making, present, gone) or (_UNEXPLAINED,), gone)


_UNEXPLAINED = Why(
    Cause.UNEXPLAINED,
    "library, engine, lexicon and settings are the same, so the answer should be: `osler library verify` and `osler index verify` look for damage",
)


def _why(then: Making, now: Making, gone: Sequence[Moved]) -> tuple[Why, ...]:
    found = []
    if then.snapshot != now.snapshot:
        half = " (it was made while another process was adding)" if then.snapshot.endswith("+") else ""
        cited = "; ".join(f"{m.cited.document_id} {m.words}" for m in gone) or "no document that it cites has changed"
        found.append(Why(Cause.LIBRARY, f"snapshot {then.snapshot}{half} → {now.snapshot}: {cited}"))
    elif gone:
        found.append(Why(Cause.LIBRARY, "; ".join(f"{m.cited.document_id} {m.words}" for m in gone)))
    for name, words in (("engine", ""), ("code", "the program's own text, hash "), ("search", "")):
        if getattr(then, name) != getattr(now, name):
            found.append(Why(Cause.ENGINE, f"{words}{getattr(then, name)} → {getattr(now, name)}"))
    if then.lexicon != now.lexicon:
        found.append(Why(Cause.LEXICON, f"words and rules of annotation, key {then.lexicon} → {now.lexicon}"))
    for name in ("candidates", "max_claims", "max_question_characters"):
        if getattr(then, name) != getattr(now, name):
            found.append(Why(Cause.SETTINGS, f"{name}: {getattr(then, name)} → {getattr(now, name)}"))
    return tuple(found)
