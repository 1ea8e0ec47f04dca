"""Small PubMed files in our own words, and what every test of survival asks of a library."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from osler.article.assemble import to_json
from osler.ingest import work
from osler.ingest.add import add
from osler.ingest.pool import Batch, Bounds, Done
from osler.ingest.report import Report
from osler.language.lexicon import lexicon_with
from osler.pipeline import Library, ask, open_library
from osler.settings import load_settings

QUESTION = "Is methocarbamol safe on hemodialysis for back pain?"

_RECORD = """<PubmedArticle><MedlineCitation><PMID Version="1">{n}</PMID>
<DateRevised><Year>{year}</Year><Month>01</Month><Day>02</Day></DateRevised>
<Article><Journal><JournalIssue><PubDate><Year>2019</Year></PubDate></JournalIssue><Title>Made-up Journal</Title></Journal>
<ArticleTitle>Methocarbamol for back pain in adults on hemodialysis: study {n}.</ArticleTitle>
<Abstract><AbstractText Label="RESULTS">In {n} adults on hemodialysis, methocarbamol {did} back pain in {n} percent.</AbstractText>
<AbstractText Label="CONCLUSIONS">In adults on hemodialysis methocarbamol caused drowsiness in {n} of {n}00 people.</AbstractText></Abstract>
<ELocationID EIdType="doi">10.5555/{n}</ELocationID><Language>eng</Language>
<PublicationTypeList><PublicationType UI="{type}">{type}</PublicationType></PublicationTypeList></Article>
{corrections}</MedlineCitation></PubmedArticle>"""


def record(n: int, *, did: str = "relieved", year: int = 2020, corrections: str = "", kind: str = "D016428") -> str:
    """One record; `year` of its last revision orders the versions of it. `kind`: the id of its publication type."""
    return _RECORD.format(n=n, did=did, year=year, corrections=corrections, type=kind)


def pubmed_file(path: Path, records: Iterable[str], deleted: Iterable[int] = ()) -> Path:
    """A PubMed file of these records, with the PMIDs that their source took back."""
    gone = "".join(f'<PMID Version="1">{n}</PMID>' for n in deleted)
    after = f"<DeleteCitation>{gone}</DeleteCitation>" if gone else ""
    head = (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2019//EN" '
        '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_190101.dtd">\n'
    )
    path.write_text(f"{head}<PubmedArticleSet>\n{''.join(records)}\n{after}</PubmedArticleSet>\n", encoding="utf-8")
    return path


def corrections(nature: str, pmid: int) -> str:
    """A link to a notice, as PubMed has it in the record that it is about ("RetractionIn", "ErratumIn", …) or in its own."""
    return (
        f'<CommentsCorrectionsList><CommentsCorrections RefType="{nature}"><RefSource>Made-up Journal. 2021 Mar</RefSource>'
        f'<PMID Version="1">{pmid}</PMID></CommentsCorrections></CommentsCorrectionsList>'
    )


def opened(home: Path) -> Library:
    return open_library(load_settings(home))


def answer(library: Library, question: str = QUESTION) -> dict[str, Any]:
    """An answer without what may differ between two equal ones."""
    value: dict[str, Any] = json.loads(to_json(ask(library, question)))
    for name in ("answered_at", "elapsed_ms"):
        value["provenance"].pop(name)
    return value


def ids(library: Library) -> set[str]:
    return {i for i in library.catalog.current_ids() if not i.startswith("extraction:")}


class Here:
    """The pool of workers without its processes: tasks are worked on where they are handed over."""

    def __init__(self, _bounds: Bounds, lexicon_file: str | None) -> None:
        self._lexicon = lexicon_with(Path(lexicon_file) if lexicon_file else None)

    def __enter__(self) -> Here:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def results(self, batches: Iterable[Batch]) -> Iterator[Done]:
        return (tuple((t, work.idle(t) or work.work(t, self._lexicon)) for t in batch) for batch in batches)


def add_here(library: Library, *files: Path) -> Report:
    """`add` in small transactions and without worker processes."""
    with (
        patch("osler.ingest.session.Pool", Here),
        patch("osler.ingest.session.INDEX_EVERY_PASSAGES", 30),
        patch("osler.ingest.tasks.RECORDS_A_PIECE", 8),
        patch("osler.ingest.tasks._BATCH_FILES", 1),
    ):
        return add(library, [str(f) for f in files])


def library_with(home: Path, *files: Path) -> Library:
    """The starter library and these files."""
    library = opened(home)
    for file in files:
        add_here(library, file)
    return opened(home)


def child(code: str, *arguments: object, **options: Any) -> subprocess.Popen[str]:
    """Another Python process that runs this code; it may import this module."""
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
        **options,
    )
