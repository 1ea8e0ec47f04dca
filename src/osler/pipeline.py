"""The path on one page: library, question, evidence, answer, check, article."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from osler import __version__
from osler.answer.compose import Alert, compose
from osler.article.assemble import assemble
from osler.documents.extraction import parse_extractions
from osler.domain.article import Article, Provenance
from osler.domain.document import Document
from osler.domain.evidence import EvidenceProfile
from osler.domain.library import Snapshot
from osler.domain.question import Audience, Question
from osler.errors import IndexUnusable, QuestionError
from osler.evidence.appraise import appraise
from osler.evidence.patient import allergy_notices, check_order
from osler.evidence.retrieve import retrieve
from osler.index.base import EvidenceIndex, index_row
from osler.language.lexicon import Lexicon, default_lexicon, merge_mesh, read_mesh
from osler.library.catalog import STARTER, Catalog, starter_lines
from osler.passages.annotate import annotate, annotation_key
from osler.question.frame import frame_question, known_words
from osler.question.triage import (
    Alarm,
    emergency_notices,
    find_alarms,
    find_instructions,
    instruction_notice,
    language_notice,
    safety_nets,
    word_notices,
)
from osler.settings import Settings
from osler.store import Store
from osler.verification.support import verify_answer

ENGINE = f"Osler {__version__}"
COMPOSER = "quotes"


@dataclass(frozen=True, slots=True)
class Library:
    """An opened library: catalogue, index and lexicon, ready to answer."""

    settings: Settings
    catalog: Catalog
    index: EvidenceIndex
    lexicon: Lexicon
    words: frozenset[str]
    snapshot: Snapshot


def open_library(settings: Settings, lexicon: Lexicon | None = None) -> Library:
    """Open the library in `settings.home`; on first use it is made there, with the starter library in it."""
    from osler.index.tantivy import TantivyIndex

    lexicon = lexicon or _lexicon(settings)
    key = annotation_key(lexicon)
    catalog = Catalog(Store(settings.home / "library.sqlite"))
    lines, starter_hash = starter_lines()
    if not catalog.is_current(STARTER, starter_hash, key):
        documents = parse_extractions(lines, "starter library")
        catalog.ingest(documents, STARTER, lambda d: annotate(d, lexicon), key, starter_hash)
    snapshot = catalog.snapshot()
    index = TantivyIndex(settings.home / "index")
    if not _is_sound(index, _stamp(snapshot, lexicon), snapshot.passages):
        with catalog.exclusive():
            if not _is_sound(index, _stamp(snapshot, lexicon), snapshot.passages):  # another process may have been first
                _build(catalog, index, lexicon)
    words = known_words(lexicon, re.findall(r"[a-z][a-z']+", " ".join(lines).lower()))
    return Library(settings, catalog, index, lexicon, words, snapshot)


def _lexicon(settings: Settings) -> Lexicon:
    """The curated lexicon, with a MeSH table on top when the user names one."""
    if settings.mesh is None:
        return default_lexicon()
    return Lexicon(merge_mesh(default_lexicon().concepts(), read_mesh(settings.mesh)))


def _stamp(snapshot: Snapshot, lexicon: Lexicon) -> str:
    return f"{snapshot.id}.{annotation_key(lexicon)}"


def _is_sound(index: EvidenceIndex, stamp: str, passages: int) -> bool:
    try:
        return index.stamp() == stamp and index.count() == passages
    except IndexUnusable:
        return False


def rebuild(catalog: Catalog, index: EvidenceIndex, lexicon: Lexicon) -> int:
    """Make the derived index again from the catalogue; returns the number of passages. One process at a time."""
    with catalog.exclusive():
        return _build(catalog, index, lexicon)


def _build(catalog: Catalog, index: EvidenceIndex, lexicon: Lexicon) -> int:
    ancestors = {c.id: lexicon.ancestors(c.id) for c in lexicon.concepts()}
    rows = (index_row(row, p, s.bibliography.title, ancestors) for row, p, s in catalog.passages())
    return index.rebuild(rows, _stamp(catalog.snapshot(), lexicon))


@dataclass(frozen=True, slots=True)
class Asked:
    """An article with the stages it came from, for `--explain` and for evaluation."""

    article: Article
    question: Question
    profile: EvidenceProfile
    alarms: tuple[Alarm, ...]


def ask(library: Library, text: str, audience: Audience = Audience.CLINICIAN) -> Article:
    """One question, one article. Raises QuestionError for text that is not a question to be read."""
    return ask_explained(library, text, audience).article


def ask_explained(library: Library, text: str, audience: Audience = Audience.CLINICIAN) -> Asked:
    """Like `ask`, with every stage."""
    started = time.perf_counter()
    text = clean_question(text, library.settings.max_question_characters)
    lexicon = library.lexicon
    instructions = find_instructions(text)
    question = frame_question(text, audience, lexicon, library.words, instructions)
    alarms = find_alarms(question, lexicon)
    extra = tuple(dict.fromkeys(p for a in alarms for p in a.rule.problems if p in lexicon))
    run = retrieve(question, library.index, library.catalog.load, lexicon, library.settings.candidates, extra)
    profile = appraise(question, run, lexicon)
    notices = (
        *language_notice(text),
        *emergency_notices(alarms, question),
        *instruction_notice(instructions),
        *word_notices(question.frame),
        *check_order(profile, lexicon),
        *allergy_notices(question, lexicon),
        *(() if alarms else safety_nets(question)),
    )
    alert = Alert(extra, tuple(dict.fromkeys(i for a in alarms for i in a.rule.library))) if alarms else None
    answer = compose(profile, notices, alert, lexicon, library.settings.max_claims)
    texts = {i: library.catalog.document(i).text for i in {c.span.document_id for k in answer.claims for c in k.citations}}
    report = verify_answer(answer, texts, lexicon)
    elapsed_ms = round((time.perf_counter() - started) * 1000, 1)
    provenance = Provenance(
        ENGINE, library.snapshot.id, COMPOSER, None, None, datetime.now(UTC).isoformat(timespec="seconds"), elapsed_ms
    )
    return Asked(assemble(question, answer, report, provenance), question, profile, alarms)


def clean_question(text: str, limit: int) -> str:
    """The question without control characters and outer white space. Raises QuestionError."""
    if "\x00" in text:
        raise QuestionError("the question is binary data, not text")
    cleaned = "".join(c if c.isprintable() or c in "\n\t" else " " for c in text).strip()
    if not cleaned:
        raise QuestionError("the question is empty: ask in a sentence, for example “Is methocarbamol safe on dialysis?”")
    if len(cleaned) > limit:
        raise QuestionError(f"the question has {len(cleaned):,} characters; at most {limit:,} are read")
    if not any(c.isalpha() for c in cleaned):
        raise QuestionError("the question has no words: name a medicine or a problem, and who it is for")
    return cleaned


def read_document(library: Library, document_id: str) -> Document:
    """A stored document. Raises UnknownDocument."""
    return library.catalog.document(document_id)


def verify_library(library: Library) -> list[str]:
    """Everything read back and compared; faults in words, empty when sound."""
    faults = library.catalog.verify()
    if library.index.count() != library.snapshot.passages:
        faults.append("index: it does not hold as many passages as the catalogue; `osler index rebuild` mends it")
    return faults
