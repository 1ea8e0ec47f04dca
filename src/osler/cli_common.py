"""What every verb of the command line needs: the library named by the environment, and a way to print."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from osler.pipeline import Library

FAULTS_FOUND = 6
"""Exit code of a check that found faults."""


def open_named_library() -> Library:
    from osler.pipeline import open_library
    from osler.settings import load_settings

    return open_library(load_settings(), tell=annotating())


def annotating() -> Callable[[int, int], None]:
    """Says on standard error that all documents are read anew, every five seconds."""
    started, last = time.monotonic(), [0.0]

    def tell(done: int, total: int) -> None:
        elapsed = time.monotonic() - started
        if elapsed - last[0] >= 5:
            last[0] = elapsed
            sys.stderr.write(f"rules or words have changed: {done:,} of {total:,} documents read anew\n")
            sys.stderr.flush()

    return tell


def write(text: str) -> None:
    sys.stdout.write(text)


def write_json(value: Any, *, indent: int | None = 2) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=indent) + "\n")


def input_lines(path: Path) -> list[str]:
    """The lines of a text file that are not empty; `-` is standard input. Raises InputFileError."""
    from osler.errors import InputFileError

    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        return [line for line in data.decode("utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputFileError(f"{path}: {error}") from error


def save(output: Path, data: bytes, *, force: bool) -> None:
    """Write a file all or nothing: half an article would look whole. Raises UserError where it is there already, InputFileError."""
    import os
    import tempfile

    from osler.errors import InputFileError, UserError

    try:
        handle, name = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
        beside = Path(name)  # readable by its owner alone, as mkstemp makes it: it names a patient
        try:
            with os.fdopen(handle, "wb") as opened:
                opened.write(data)
            if not force:
                output.open("xb").close()  # takes the name, or finds that it is taken
            beside.replace(output)
        finally:
            beside.unlink(missing_ok=True)
    except FileExistsError as error:
        raise UserError(f"{output} is there already: --force writes over it") from error
    except OSError as error:
        raise InputFileError(f"{output}: {error.strerror or error}") from error
