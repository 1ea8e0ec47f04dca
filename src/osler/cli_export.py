"""The verb `export`: a stored answer as a document, as data, or as its references."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from osler.article.forms import Format, form_of
from osler.cli_common import open_named_library, save

if TYPE_CHECKING:
    from osler.domain.article import Article
    from osler.pipeline import Library


def export(
    answer_id: Annotated[str, typer.Argument(help="The answer's id, as the foot of its page and `osler history` show it.")],
    form: Annotated[
        Format | None, typer.Option("--format", help="The form; else what the ending of --output says; else markdown.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", help="The file to write; else standard output.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write a stored answer, or its references, with the standing that its sources have today."""
    from osler.casebook.store import open_casebook

    library = open_named_library()
    stored = open_casebook(library.settings).find(answer_id)
    chosen = form or (form_of(output) if output else None) or Format.MARKDOWN
    emit(*_today(library, stored.article), chosen, output, force=force)


def _today(library: Library, article: Article) -> tuple[Article, tuple[str, ...]]:
    """The article with its references as they stand now, and what became of them since it was composed."""
    from osler.article.export import restated
    from osler.casebook.record import Cited
    from osler.casebook.standing import moved

    cited = [Cited(r.document_id, r.version, r.status, r.status_since) for r in article.references]
    numbers = {r.document_id: r.number for r in article.references}
    changed = moved(library.catalog, cited)
    now = {m.cited.document_id: (m.now.status, m.now.since) for m in changed if m.now is not None}
    since = tuple(f"Reference [{numbers[m.cited.document_id]}]: {m.words}." for m in changed)
    return restated(article, now), since


def emit(article: Article, since: tuple[str, ...], form: Format, output: Path | None = None, *, force: bool = False) -> None:
    """The export to a file, or to standard output. Raises UserError where that is a terminal and the form is not text."""
    from osler.article.export import export as exported
    from osler.errors import UserError

    if output is None and not form.is_text and sys.stdout.isatty():
        raise UserError(f"{form.value} is not text for a terminal: name a file with --output, or send it on with > or |")
    if output is not None and not force and output.exists():
        raise UserError(f"{output} is there already: --force writes over it")
    data = exported(article, form, since)
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
    else:
        save(output, data, force=force)
