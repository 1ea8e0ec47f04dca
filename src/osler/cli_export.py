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
    from osler.casebook.today import as_of_today

    chosen = form or form_to_write(output)
    library = open_named_library()
    stored = open_casebook(library.settings).find(answer_id)
    emit(*as_of_today(library.catalog, stored.article), chosen, output, force=force)


def form_to_write(output: Path | None) -> Format:
    """What the ending of the file says; Markdown without one. Raises UserError for an ending of something else."""
    from osler.errors import UserError

    if output is None or not output.suffix:
        return Format.MARKDOWN
    found = form_of(output)
    if found is None:
        endings = ", ".join(sorted(f.suffix for f in Format))
        raise UserError(f"no form ends in {output.suffix}: name one with --format, or end the file in one of {endings}")
    return found


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
