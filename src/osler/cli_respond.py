"""The verb `respond`: a request file to a drug-information response as Markdown, DOCX, PDF or JSON."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from osler.cli_common import open_named_library, save, write
from osler.respond.forms import ResponseFormat, draw

_BY_ENDING = {
    ".md": ResponseFormat.MARKDOWN,
    ".markdown": ResponseFormat.MARKDOWN,
    ".docx": ResponseFormat.DOCX,
    ".pdf": ResponseFormat.PDF,
    ".json": ResponseFormat.JSON,
}
_NEEDS_A_FILE = frozenset({ResponseFormat.DOCX, ResponseFormat.PDF})


def respond(
    file: Annotated[
        Path, typer.Argument(help="The request: YAML, JSON or Markdown (docs/responding.md); `-` reads standard input.")
    ],
    to: Annotated[
        ResponseFormat | None, typer.Option("--format", help="What to write; else what the ending of --output says; else markdown.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", help="The file to write; DOCX and PDF need one.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Turn a drug-information request into the seven-step record, with missing facts listed as questions to the requestor."""
    from osler.errors import UserError
    from osler.respond.record import respond as answer
    from osler.respond.request import read_request

    chosen = to or (_BY_ENDING.get(output.suffix.lower()) if output else None)
    if chosen is None and output is not None and output.suffix:
        raise UserError(
            f"no form ends in {output.suffix}: name one with --format, or end the file in one of {', '.join(_BY_ENDING)}"
        )
    chosen = chosen or ResponseFormat.MARKDOWN
    if output is None and chosen in _NEEDS_A_FILE:
        raise UserError(f"a {chosen.value} file needs --output FILE")
    if output is not None and not force and output.exists():
        raise UserError(f"{output} is there already: --force writes over it")
    enquiry = read_request(*_read(file))
    drawn = draw(answer(open_named_library(), enquiry), chosen)
    if output is None:
        write(drawn.decode())
    else:
        save(output, drawn, force=force)


def _read(file: Path) -> tuple[bytes, str]:
    """At most a little more than a request may have: the reader then says that it is too big."""
    from osler.errors import InputFileError
    from osler.respond.loading import MAX_BYTES

    if str(file) == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1), "standard input"
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_BYTES + 1), file.name
    except OSError as error:
        raise InputFileError(f"{file}: {error.strerror or error}") from error
