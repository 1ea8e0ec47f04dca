"""The verb `osler library search`: passages by words and bounds, as text for a reader or as JSON for a program."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from osler.cli_common import open_named_library, write, write_json

if TYPE_CHECKING:
    from osler.index.base import Only
    from osler.pipeline import Library
    from osler.search import Found

SCHEMA = "osler.search/1"
_SENTENCES = 2
"""Sentences of a passage that are shown, each whole: half a sentence can lose whose dose it gives."""
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


def search(
    words: Annotated[str, typer.Argument(help="What to look for. May be left out when a drug or problem is named.")] = "",
    kind: Annotated[
        list[str] | None, typer.Option("--kind", "--design", help="Of document or study: label, rct, guideline …; may be repeated.")
    ] = None,
    since: Annotated[int | None, typer.Option(min=1, max=9999, help="The earliest year.")] = None,
    until: Annotated[int | None, typer.Option(min=1, max=9999, help="The latest year.")] = None,
    status: Annotated[list[str] | None, typer.Option(help="current, corrected, concern, retracted …; may be repeated.")] = None,
    jurisdiction: Annotated[list[str] | None, typer.Option(help="Where its rules hold, as `US`; may be repeated.")] = None,
    drug: Annotated[list[str] | None, typer.Option(help="A drug or class it is about; repeated, each must be there.")] = None,
    problem: Annotated[list[str] | None, typer.Option(help="A problem it is about; repeated, each must be there.")] = None,
    population: Annotated[list[str] | None, typer.Option(help="A group it is of; repeated, each must be there.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Passages at most.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="One osler.search/1 object and nothing else.")] = False,
) -> None:
    """Find passages. Each is shown with the standing of its document; retracted ones are found too, and say so."""
    from osler.search import search_library
    from osler.search_bounds import read_bounds

    library = open_named_library()
    only = read_bounds(
        library.lexicon,
        kinds=kind or (),
        since=since,
        until=until,
        statuses=status or (),
        jurisdictions=jurisdiction or (),
        drugs=drug or (),
        problems=problem or (),
        populations=population or (),
    )
    found = search_library(library, words, only, limit)
    if as_json:
        write_json({"schema": SCHEMA, "snapshot": library.snapshot.id, "found": [_as_json(f) for f in found]})
    elif found:
        write("\n".join(_as_text(f, bold=sys.stdout.isatty()) for f in found))
    else:
        write(_nothing(library, words, only))


def _as_json(found: Found) -> dict[str, Any]:
    s, p, b = found.source, found.passage, found.source.bibliography
    document = {
        "id": s.document_id, "version": s.version, "kind": s.kind.value, "via": s.via.value, "status": s.status.value,
        "status_since": s.status_since, "jurisdiction": s.jurisdiction, "organisation": s.organisation, "title": b.title,
        "authors": b.authors, "container": b.container, "year": b.year, "pmid": b.pmid, "doi": b.doi, "url": b.url,
    }  # fmt: skip
    passage = {"id": p.id, "start": p.start, "end": p.end, "path": p.path, "page": p.page, "text": p.text}
    return {
        "rank": found.rank, "score": round(found.score, 4), "document": document, "passage": passage, "highlights": found.highlights,
    }  # fmt: skip


def _as_text(found: Found, *, bold: bool) -> str:
    s = found.source
    since = f" since {s.status_since}" if s.status_since else ""
    standing = "" if s.status == "current" else f"{s.status.value.upper()}{since} · "
    facts = (s.kind.value.replace("_", " "), str(s.bibliography.year or "year not shown"), s.jurisdiction, found.passage.id)
    lines = [f"{found.rank}. {standing}{s.bibliography.title}", f"   {' · '.join(filter(None, facts))}"]
    if found.passage.path:
        lines.append(f"   {' › '.join(found.passage.path)}")
    if s.via == "extraction":
        lines.append("   from an extraction: the words are a reader's, not the source's")
    return _printable("\n".join(lines)) + "\n   " + _shown(found, bold=bold) + "\n"


def _shown(found: Found, *, bold: bool) -> str:
    """The sentences with most of what was asked for, whole and in text order."""
    from osler.language.sentences import sentences

    text, marks = found.passage.text, found.highlights
    spans = sentences(text)
    counts = {(a, b): sum(a <= start < b for start, _ in marks) for a, b in spans}
    best = sorted(sorted(spans, key=lambda s: (-counts[s], s))[:_SENTENCES])
    pieces, last = [], 0
    for start, end in best:
        if text[last:start].strip():
            pieces.append("…")
        pieces.append(_marked(text, start, end, marks, bold=bold))
        last = end
    if text[last:].strip():
        pieces.append("…")
    return " ".join(pieces)


def _marked(text: str, start: int, end: int, marks: tuple[tuple[int, int], ...], *, bold: bool) -> str:
    out, at = [], start
    for first, last in marks if bold else ():
        if start <= first and last <= end:
            out += [_printable(text[at:first]), _BOLD, _printable(text[first:last]), _PLAIN]
            at = last
    return "".join((*out, _printable(text[at:end])))


def _printable(text: str) -> str:
    """A document's text gives no orders to a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


def _nothing(library: Library, words: str, only: Only) -> str:
    from osler.question.spelling import check_spelling

    said = ["nothing was found"]
    spelling = check_spelling(words, library.words, library.lexicon.single_words, library.index.holds)
    said += [f"{as_typed!r}: did you mean {known!r}?" for as_typed, known in spelling.read_as]
    if only.jurisdictions:
        held = library.catalog.jurisdictions()
        said.append(f"documents of this library hold for: {', '.join(held)}" if held else "no document here names a jurisdiction")
    return "; ".join(said) + "\n"
