"""An answer as it was made, into the casebook: the article, the request, and everything it depends on."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from osler.casebook.code import code_key, search_engine
from osler.casebook.record import Appraised, Found, Kept, Making, Trail
from osler.casebook.store import Casebook
from osler.passages.annotate import annotation_key

if TYPE_CHECKING:
    from osler.domain.request import Request
    from osler.pipeline import Asked, Library


_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


def keep(
    casebook: Casebook, library: Library, asked: Asked, request: Request, owner: str | None = None, follows: str | None = None
) -> Kept:
    """Store an answer with its trail; the same answer again is only given a later time.

    owner: the account that asked, None on the command line. follows: id of the stored answer that this was asked after.
    Raises LibraryError when it cannot be stored (disk full, damaged file): the caller shows the answer all the same.
    """
    p = asked.article.provenance
    # Half a character, from a command line in another encoding, is read as a space and cannot be stored as text.
    request = replace(request, turns=tuple(_HALF_CHARACTER.sub(" ", t) for t in request.turns))
    return casebook.put(asked.article, request, making(library, p.engine, p.library_snapshot), trail(asked), owner, follows)


def making(library: Library, engine: str, snapshot: str) -> Making:
    """What an answer of this library depends on, now."""
    s = library.settings
    key = annotation_key(library.lexicon)
    return Making(engine, code_key(), search_engine(), key, snapshot, s.candidates, s.max_claims, s.max_question_characters)


def trail(asked: Asked) -> Trail:
    """How the question was read, what was found and how it was weighed."""
    run = asked.profile.run
    found = tuple(Found(h.passage.id, h.rank, h.score) for h in run.hits)
    appraisal = tuple(
        Appraised(i.passage.id, i.finding.statement_id, i.directness, i.drug, i.problem, i.population, i.mismatches)
        for i in asked.profile.items
    )
    return Trail(asked.question.frame, run.terms, run.concepts, found, appraisal)
