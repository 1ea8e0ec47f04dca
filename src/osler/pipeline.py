"""The path on one page: library, question, evidence, answer, check, article."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from osler import __version__
from osler.answer.audience import for_audience
from osler.answer.changes import claim_changes, offered_drugs
from osler.answer.compose import Alert, compose
from osler.answer.views import narrowed
from osler.article.assemble import answer_id, assemble
from osler.documents.extraction import parse_extractions
from osler.domain.answer import Notice
from osler.domain.article import Article, LeftOut, Provenance
from osler.domain.document import Document, Via
from osler.domain.evidence import EvidenceProfile, Source
from osler.domain.library import Snapshot
from osler.domain.passage import Passage
from osler.domain.question import Audience, Question
from osler.domain.request import Given, Request
from osler.errors import IndexUnusable, LibraryReplaced, QuestionError
from osler.evidence.appraise import appraise
from osler.evidence.gate import interaction_notices
from osler.evidence.patient import allergy_notices, check_order
from osler.evidence.retrieve import retrieve
from osler.evidence.safety import with_safety
from osler.evidence.sources_of import cite_sources, differences_shown
from osler.index.base import ROW_FORM, EvidenceIndex, IndexRow, index_row, searched
from osler.language.lexicon import Lexicon, lexicon_with
from osler.library.catalog import Catalog, Counted, Remake
from osler.library.check import faults_of
from osler.library.lock import is_being_written, only_writer
from osler.library.shipped import STARTER, starter_lines
from osler.library.upgrade import open_catalog
from osler.passages.annotate import ancestor_table, annotate, annotation_key
from osler.question.facts import laboratory_notices
from osler.question.frame import known_words
from osler.question.given import given_words
from osler.question.reader import Reader
from osler.question.thread import facts_that_differ, read_thread
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
from osler.question.unused import unused_turns
from osler.settings import Settings
from osler.vectors import nearest_by_vectors
from osler.verification.omissions import bottom_line_conflicts, find_omissions
from osler.verification.plain import keep_faithful
from osler.verification.support import verify_answer

ENGINE = f"Osler {__version__}"
COMPOSER = "quotes"


@dataclass(frozen=True, slots=True)
class Library:
    """An opened library: catalogue, index and lexicon, ready to answer.

    snapshot: what answers are made from; its id ends in "+" while another process is adding to the library.
    """

    settings: Settings
    catalog: Catalog
    index: EvidenceIndex
    lexicon: Lexicon
    words: frozenset[str]
    snapshot: Snapshot


def open_library(settings: Settings, lexicon: Lexicon | None = None, tell: Counted | None = None) -> Library:
    """Open the library in `settings.home`; on first use it is made there, with the starter library in it.

    tell: hears how far the documents are when all of them are annotated again, after a change of lexicon or rules.
    """
    from osler.index.tantivy import TantivyIndex

    spread = lexicon is None  # other processes can load what the settings name, and nothing else
    lexicon = lexicon or lexicon_with(settings.mesh)
    key = annotation_key(lexicon)
    catalog = open_catalog(settings.home, settings.wait_for_writer_s)
    index = TantivyIndex(settings.home / "index")
    lines, starter_hash = starter_lines()
    busy = False
    if not (catalog.is_current(STARTER, starter_hash, key) and _is_complete(index, catalog, key)):
        if _is_of(index, catalog) and is_being_written(settings.home):
            busy = True  # an index that lags behind a writer at work answers for what it holds
        else:
            with only_writer(settings.home, "opening", settings.wait_for_writer_s):
                if not catalog.is_current(STARTER, starter_hash, key):
                    catalog.annotate_all(lambda d: annotate(d, lexicon), key, tell, _remake(settings, lexicon) if spread else None)
                    documents = parse_extractions(lines, "starter library")
                    catalog.ingest(documents, STARTER, lambda d: annotate(d, lexicon), key, starter_hash)
                bring_up_to_date(catalog, index, lexicon)
    snapshot = catalog.snapshot()
    if busy:
        snapshot = replace(snapshot, id=f"{snapshot.id}+")
    words = known_words(lexicon, re.findall(r"[a-z][a-z']+", " ".join(lines).lower()))
    return Library(settings, catalog, index, lexicon, words, snapshot)


def _remake(settings: Settings, lexicon: Lexicon) -> Remake:
    from osler.passages.workers import annotator

    return annotator(lexicon, settings.mesh, settings.workers)


def _is_of(index: EvidenceIndex, catalog: Catalog) -> bool:
    """Whether the index is of this library, if perhaps of a moment or of rules before, and in a form that can be searched."""
    mark = index.mark()
    identity, _, rules = ("" if mark is None else mark[0]).partition(".")
    return identity == catalog.identity() and rules.partition(".")[2] == str(ROW_FORM)


def index_stamp(catalog: Catalog, key: str) -> str:
    """Which library, under which rules and in which form, an index is of."""
    return f"{catalog.identity()}.{key}.{ROW_FORM}"


def _is_complete(index: EvidenceIndex, catalog: Catalog, key: str) -> bool:
    """Whether the index is sound and holds every passage up to the last transaction."""
    try:
        complete = index.mark() == (index_stamp(catalog, key), catalog.sequence())
        return complete and index.count() == catalog.snapshot().passages
    except IndexUnusable:
        return False


def bring_up_to_date(catalog: Catalog, index: EvidenceIndex, lexicon: Lexicon) -> None:
    """Replay what the index has not applied; when that does not make it whole, build it anew. The caller is the only writer."""
    key = annotation_key(lexicon)
    if _is_complete(index, catalog, key):
        return
    mark = index.mark()
    stamp, sequence = index_stamp(catalog, key), catalog.sequence()
    if mark is not None and mark[0] == stamp and mark[1] < sequence:
        with suppress(IndexUnusable):
            index.apply(index_rows(catalog, lexicon, mark[1]), catalog.removed_since(mark[1]), sequence, stamp)
    if not _is_complete(index, catalog, key):
        index.rebuild(index_rows(catalog, lexicon), sequence, stamp)


def index_rows(catalog: Catalog, lexicon: Lexicon, after_sequence: int = -1) -> Iterator[IndexRow]:
    """What the index keeps of every passage written after that transaction."""
    return (_index_row(*found, lexicon) for found in catalog.passages(after_sequence))


def index_rows_of(catalog: Catalog, lexicon: Lexicon, document_ids: Iterable[str]) -> Iterator[IndexRow]:
    """What the index keeps of the passages of these documents."""
    return (_index_row(*found, lexicon) for found in catalog.rows_of(document_ids))


def _index_row(row: int, passage: Passage, source: Source, lexicon: Lexicon) -> IndexRow:
    by, book, ancestors, s = searched(passage, lexicon), source.bibliography, ancestor_table(lexicon), source
    return index_row(
        row, by.words, by.concepts, book.title, ancestors, s.kind.value, book.year, s.status, s.jurisdiction, by.populations
    )


def rebuild(library: Library) -> int:
    """Make the derived index again from the catalogue; returns the number of passages. One process at a time."""
    catalog, lexicon = library.catalog, library.lexicon
    with only_writer(library.settings.home, "index rebuild", library.settings.wait_for_writer_s):
        stamp = index_stamp(catalog, annotation_key(lexicon))
        return library.index.rebuild(index_rows(catalog, lexicon), catalog.sequence(), stamp)


@dataclass(frozen=True, slots=True)
class Asked:
    """An article with the stages it came from, for `--explain` and for evaluation.

    withheld: ids of the statements that the article lost because their check did not pass.
    """

    article: Article
    question: Question
    profile: EvidenceProfile
    alarms: tuple[Alarm, ...]
    withheld: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Understood:
    """The first stage: the question as it was read, and what has to be said before any evidence is looked for."""

    question: Question
    notices: tuple[Notice, ...]


Tell = Callable[[Understood | EvidenceProfile], None]
"""Told each stage as soon as it is there: what was understood, then what was found. What it raises ends the answer."""

NOTHING_GIVEN = Given()


def ask(library: Library, text: str, audience: Audience = Audience.CLINICIAN, given: Given = NOTHING_GIVEN) -> Article:
    """One question, one article. `given`: facts about the patient beside the text; where they differ from it, they are used.

    Raises QuestionError for text that is not a question to be read, and for facts that no patient has.
    """
    return ask_explained(library, text, audience, given).article


def ask_explained(library: Library, text: str, audience: Audience = Audience.CLINICIAN, given: Given = NOTHING_GIVEN) -> Asked:
    """Like `ask`, with every stage."""
    return answer_request(library, Request((text,), audience, given))


def follow(library: Library, request: Request, text: str, parent: Article | None = None) -> Asked:
    """A follow-up to what was put in before: "and if she is on warfarin?", "why not tizanidine?", "only the doses".

    parent: the article that `request` got, if it is at hand; it saves making it again. Raises QuestionError as `ask` does.
    """
    return answer_request(library, replace(request, turns=(*request.turns, text)), parent=parent)


def answer_request(library: Library, request: Request, tell: Tell = lambda _: None, parent: Article | None = None) -> Asked:
    """The whole path. When the library is replaced meanwhile (restored, repaired), the new one is asked, stages and all.

    parent: the article of all turns but the last; used only when it is of this library, engine and request.
    """
    try:
        return _answered(library, request, tell, parent)
    except LibraryReplaced:
        return _answered(open_library(library.settings, library.lexicon), request, tell, parent)


def _answered(library: Library, request: Request, tell: Tell, parent: Article | None) -> Asked:
    limit = library.settings.max_question_characters
    request = replace(request, turns=tuple(clean_question(t, limit) for t in request.turns))
    if len(request.turns) == 1:
        reader = _reader(library, request)
        return _made(library, request, read_thread(request, reader, lambda n, q: ()), reader, tell)[0]
    return _followed(library, request, tell, parent)


def _reader(library: Library, request: Request) -> Reader:
    return Reader(library.lexicon, library.words, library.index.holds, given_words(request.given, library.lexicon))


def _followed(library: Library, request: Request, tell: Tell, parent: Article | None) -> Asked:
    """The answer to a follow-up, compared with the one before it; earlier answers are made again only where they are needed."""
    reader, lexicon = _reader(library, request), library.lexicon
    made: dict[int, Article] = {}

    def answer_to(number: int, questions: Sequence[Question]) -> Article:
        earlier = replace(request, turns=request.turns[: number + 1])
        if number not in made:
            last = number == len(request.turns) - 2
            if last and parent is not None and parent.answer_id == answer_id(questions[number], _provenance(library), earlier):
                made[number] = parent
            else:
                made[number] = _made(library, earlier, questions[: number + 1], reader, lambda _: None)[0].article
        return made[number]

    questions = read_thread(request, reader, lambda n, read: offered_drugs(answer_to(n, read), lexicon))
    asked, hidden = _made(library, request, questions, reader, tell)
    before = answer_to(len(questions) - 2, questions)
    changes = claim_changes(before, asked.article, asked.question, asked.profile, hidden, lexicon)
    return replace(asked, article=replace(asked.article, parent=before.answer_id, changes=changes))


def _provenance(library: Library, elapsed_ms: float = 0.0) -> Provenance:
    settings = library.settings
    _, vectors = nearest_by_vectors(settings.home, library.catalog, settings.encoder)
    engine = f"{ENGINE} with vectors {vectors}" if vectors else ENGINE
    answered_at = datetime.now(UTC).isoformat(timespec="seconds")
    return Provenance(engine, library.snapshot.id, COMPOSER, None, None, answered_at, elapsed_ms)


def _made(
    library: Library, request: Request, questions: Sequence[Question], reader: Reader, tell: Tell
) -> tuple[Asked, frozenset[str]]:
    """(the answer to the last of the questions, the statements that the asked view leaves out)."""
    started = time.perf_counter()
    question, lexicon = questions[-1], library.lexicon
    instructions = tuple(dict.fromkeys(i for t in question.turns or request.turns[-1:] for i in find_instructions(t)))
    alarms = find_alarms(question, lexicon)
    first = (
        *language_notice(request.turns[-1]),
        *emergency_notices(alarms, question),
        *instruction_notice(instructions),
        *word_notices(question.frame),
        *laboratory_notices(question.text),
        *facts_that_differ(request, questions, reader),
        *unused_turns(questions, lexicon),
    )
    tell(Understood(question, first))
    extra = tuple(dict.fromkeys(p for a in alarms for p in a.rule.problems if p in lexicon))
    catalog, settings = library.catalog, library.settings
    nearest, _ = nearest_by_vectors(settings.home, catalog, settings.encoder)
    run = retrieve(question, library.index, catalog.load, lexicon, settings.candidates, extra, nearest)
    appraised = with_safety(appraise(question, run, lexicon), library.index, catalog.load, lexicon)
    works = {(i.source.bibliography.pmid, i.source.bibliography.doi) for i in appraised.items if i.source.via is Via.EXTRACTION}
    known = catalog.find_many(works, Via.SOURCE.value)
    profile, differences = cite_sources(
        appraised, lambda pmid, doi, _: known.get((pmid, doi), ()), catalog.document, catalog.passages_of, lexicon
    )
    tell(profile)
    notices = (
        *first,
        *check_order(profile, lexicon),
        *allergy_notices(question, lexicon),
        *interaction_notices(profile, lexicon),
        *(() if alarms else safety_nets(question)),
    )
    alert = Alert(extra, tuple(dict.fromkeys(i for a in alarms for i in a.rule.library))) if alarms else None
    answer = compose(profile, notices, alert, lexicon, library.settings.max_claims)
    answer, hidden = narrowed(answer, question.view, profile, lexicon)
    shown = frozenset(c.statement_id for k in answer.claims for c in k.citations)
    answer = replace(answer, gaps=(*answer.gaps, *differences_shown(differences, shown)))
    versions = {i.source.document_id: i.source.version for i in profile.items}
    cited = sorted({c.span.document_id for k in answer.claims for c in k.citations})
    # In the version that was retrieved: another process may have added a newer one since.
    answer = replace(answer, conflicts=(*answer.conflicts, *bottom_line_conflicts(answer, profile, lexicon)))
    omitted = find_omissions(answer, profile, lexicon)
    left_out = tuple(LeftOut(o.kind.value, o.about, o.document_id, o.statement_id, o.why) for o in omitted)
    texts = {i: library.catalog.document(i, versions.get(i)).text for i in cited}
    answer = keep_faithful(for_audience(answer, question, lexicon), lexicon)
    report = verify_answer(answer, texts, lexicon)
    provenance = _provenance(library, round((time.perf_counter() - started) * 1000, 1))
    article = assemble(question, answer, report, provenance, left_out, request)
    kept = {c.id for c in article.claims}
    withheld = tuple(c.statement_id for k in answer.claims if k.id not in kept for c in k.citations)
    return Asked(article, question, profile, alarms, withheld), hidden


def clean_question(text: str, limit: int) -> str:
    """The question without control characters and outer white space. Raises QuestionError."""
    if "\x00" in text:
        raise QuestionError("the question is binary data, not text")
    printable = "".join(c if c.isprintable() or c in "\n\t" else " " for c in text)
    # Doubled spaces once hid a sign of danger from the rules; line ends stay, for they end clauses.
    cleaned = "\n".join(filter(None, (" ".join(line.split()) for line in printable.split("\n"))))
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
    faults = faults_of(library.catalog)
    return [*faults, *library.index.faults()] if faults else verify_index(library)


def verify_index(library: Library) -> list[str]:
    """Whether the index holds exactly what the catalogue gives it for each passage, and its files are what was written."""
    faults = library.index.faults()
    try:
        held = library.index.prints()
    except IndexUnusable as error:
        return [*faults, f"index: {error}"]
    wanted = {r.row: r.print for r in index_rows(library.catalog, library.lexicon)}
    for rows, what in (
        (sorted(wanted.keys() - held.keys()), "passages of the catalogue are not in it"),
        (sorted(held.keys() - wanted.keys()), "rows are not in the catalogue"),
        (sorted(r for r in wanted.keys() & held.keys() if wanted[r] != held[r]), "rows are not what the catalogue holds"),
    ):
        if rows:
            faults.append(f"index: {len(rows)} {what}, the first is row {rows[0]}; `osler index rebuild` mends it")
    return faults
