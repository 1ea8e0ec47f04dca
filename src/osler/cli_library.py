"""The library's verbs on the command line: add, update, library, index, backup, restore, doctor."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from osler.cli_common import FAULTS_FOUND, annotating, open_named_library, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from osler.ingest.add import Progress
    from osler.ingest.report import Report

library_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="What is in the library.")
index_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The search index, derived from the library.")


def add(
    paths: Annotated[
        list[str],
        typer.Argument(help='Files, folders, globs, archives, `-` for standard input, or online queries such as pubmed:"…".'),
    ],
    limit: Annotated[int, typer.Option("--max", min=1, help="Records of each online query at most.")] = 200,
    as_json: Annotated[bool, typer.Option("--json", help="The report as one JSON object.")] = False,
) -> None:
    """Add documents to the library; the format is recognised by content. Adding the same again changes nothing."""
    from osler.ingest.add import add as add_to

    report = add_to(open_named_library(), paths, limit=limit, standard_input=sys.stdin.buffer, tell=_progress())
    _show_report(report, as_json=as_json)


def update(
    paths: Annotated[
        list[str] | None, typer.Argument(help="Update files and lists of retractions to apply after the queries.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as one JSON object.")] = False,
) -> None:
    """Ask every online query of the library again for what changed, apply update files, and print what changed."""
    from osler.ingest.add import update as update_from

    report = update_from(open_named_library(), paths or [], tell=_progress())
    _show_report(report, as_json=as_json)


@library_app.command("quarantine")
def library_quarantine(as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
    """Records and files that were refused, and why."""
    for file, record, reason in open_named_library().catalog.quarantined():
        row = {"file": file, "record": record, "reason": reason}
        write((json.dumps(row, ensure_ascii=False) if as_json else "\t".join(row.values())) + "\n")


@library_app.command("stats")
def library_stats(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Counts, and the snapshot that answers are made from."""
    library = open_named_library()
    snapshot = library.snapshot
    if as_json:
        write(json.dumps({"documents": snapshot.documents, "passages": snapshot.passages, "snapshot": snapshot.id}) + "\n")
        return
    lines = [f"{snapshot.documents} documents, {snapshot.passages} passages, snapshot {snapshot.id}"]
    lines += [
        f"  {count:7}  {kind}{'' if status == 'current' else f' ({status})'}" for kind, status, count in library.catalog.summary()
    ]
    write("\n".join(lines) + "\n")


@library_app.command("list")
def library_list(as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
    """Every document: id, kind, year, status, title."""
    for d in open_named_library().catalog.documents():
        row = {
            "id": d.id,
            "kind": d.kind.value,
            "year": d.bibliography.year,
            "status": d.status.value,
            "title": d.bibliography.title,
        }
        line = json.dumps(row, ensure_ascii=False) if as_json else "\t".join(str(v or "") for v in row.values())
        write(line + "\n")


@library_app.command("verify")
def library_verify() -> None:
    """Read every document and passage back and compare hashes, slices and counts."""
    from osler.pipeline import verify_library

    library = open_named_library()
    faults = verify_library(library)
    if faults:
        write("\n".join(faults) + "\n")
        raise typer.Exit(FAULTS_FOUND)
    write(f"sound: {library.snapshot.documents} documents, {library.snapshot.passages} passages\n")


@index_app.command("embed")
def index_embed() -> None:
    """Make vectors of all passages (the `dense` extra); `ask` uses them as long as nothing is added. About 25 a second on a core."""
    from osler.vectors import build_vectors, load_encoder

    library = open_named_library()
    encoder = load_encoder(library.settings.encoder)
    write(f"embedded {build_vectors(library.settings.home, library.catalog, encoder):,} passages\n")


@index_app.command("rebuild")
def index_rebuild() -> None:
    """Make the search index again from the library."""
    from osler.pipeline import rebuild

    library = open_named_library()
    write(f"indexed {rebuild(library)} passages\n")


@index_app.command("verify")
def index_verify() -> None:
    """Compare the index with the library row by row; when it differs in anything it is named and made again (exit code 6)."""
    from osler.settings import load_settings
    from osler.upkeep import prove_index

    faults = prove_index(load_settings())
    write(
        "".join(f"{f}\n" for f in faults) + ("the index was made again\n" if faults else "sound: it holds exactly the passages\n")
    )
    if faults:
        raise typer.Exit(FAULTS_FOUND)


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; an older backup there is replaced.")],
    no_answers: Annotated[bool, typer.Option("--no-answers", help="Without stored answers: a library to give away.")] = False,
) -> None:
    """Write the whole library and the stored answers into one file, proven, while others ask and add."""
    from osler.settings import load_settings
    from osler.upkeep import backup as back_up

    m = back_up(load_settings(), file, answers=not no_answers)
    counts = f"{m.documents:,} documents, {m.passages:,} passages, stored answers: {m.answers:,}"
    write(f"{counts}, snapshot {m.snapshot}, {file.stat().st_size:,} bytes in {file}\n")


def restore(file: Annotated[Path, typer.Argument(help="A backup that `osler backup` wrote.")]) -> None:
    """Put the library of a backup in the place of the present one, which is kept beside it. Its stored answers come back beside
    those that are there; what was erased since stays away."""
    from osler.settings import load_settings
    from osler.upkeep import restore as put_back

    said: list[str] = []
    m, kept, library = put_back(load_settings(), file, said.append)
    write(f"restored {library.snapshot.documents:,} documents, {library.snapshot.passages:,} passages as of {m.made_at}\n")
    if kept:
        write(f"the library that was there is kept as {kept}\n")
    write("".join(f"{line}\n" for line in said))


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Mend the library; list what could not be kept.")] = False,
) -> None:
    """Versions, paths, the library's state, and what is switched off."""
    if repair:
        _mend(as_json=as_json)
        return
    import platform
    from importlib.metadata import version

    from osler.pipeline import ENGINE, verify_library
    from osler.store import sqlite_version
    from osler.upkeep import desk_faults

    library = open_named_library()
    faults = [*verify_library(library), *(f"stored answers: {f}" for f in desk_faults(library.settings))]
    facts: dict[str, Any] = {
        "engine": ENGINE,
        "python": platform.python_version(),
        "sqlite": sqlite_version(),
        "tantivy": version("tantivy"),
        "home": str(library.settings.home),
        "documents": library.snapshot.documents,
        "passages": library.snapshot.passages,
        "snapshot": library.snapshot.id,
        "concepts": len(library.lexicon),
        "language model": "off: none is installed or called",
        "network": "off: nothing is fetched",
        "faults": faults,
    }
    if as_json:
        write(json.dumps(facts, ensure_ascii=False) + "\n")
    else:
        write("\n".join(f"{k:16} {v if v != [] else 'none'}" for k, v in facts.items()) + "\n")
    if faults:
        raise typer.Exit(FAULTS_FOUND)


def _mend(*, as_json: bool) -> None:
    """`doctor --repair`: exit code 6 when something is out of service now."""
    from osler.settings import load_settings
    from osler.upkeep import mend

    mended = mend(load_settings(), annotating())
    if as_json:
        facts = asdict(mended.repair) | {"index_faults": mended.index_faults, "gone": mended.gone}
        write(json.dumps(facts, ensure_ascii=False, default=str) + "\n")
    else:
        write(mended.as_text())
    if mended.gone:
        raise typer.Exit(FAULTS_FOUND)


def _show_report(report: Report, *, as_json: bool) -> None:
    """Exits as for an error of a source when one did not give what was asked; what was refused of files is in the report."""
    from osler.errors import FetchError

    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    write(json.dumps(report.as_json(), ensure_ascii=False, indent=2) + "\n" if as_json else report.as_text())
    if report.failed:
        raise typer.Exit(FetchError.exit_code)


def _progress() -> Callable[[Progress], None]:
    """A line on standard error: rewritten on a terminal, every ten seconds elsewhere."""
    live, last = sys.stderr.isatty(), [0.0]

    def tell(p: Progress) -> None:
        pause = 0.2 if live else 10.0
        if p.elapsed_s - last[0] < pause:
            return
        last[0] = p.elapsed_s
        rate = p.records / p.elapsed_s if p.elapsed_s else 0.0
        left = "" if p.left_s is None else f", about {p.left_s:,.0f} s left"
        line = f"{p.records:,} records, {rate:,.0f} a second{left} · {p.name}"
        sys.stderr.write(f"\r\x1b[K{line[:110]}" if live else f"{line}\n")
        sys.stderr.flush()

    return tell
