"""Another library file in the place of the present one: in one step, and the present one is kept beside it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from osler.errors import LibraryError, LibraryLocked

_WAIT_S = 30


def exchange(library: Path, made: Path, why: str) -> Path | None:
    """Put `made` where `library` is; returns where the old file is kept, None when there was none.

    Whoever reads the old file reads on in it; who writes to it is waited for. The caller holds the writer's lock.
    Raises LibraryLocked, LibraryError.
    """
    kept = None
    try:
        if library.exists():
            with closing(sqlite3.connect(library, timeout=_WAIT_S, isolation_level=None)) as old:
                _lock(old, library)
                kept = _keep(library, why)
                made.replace(library)
        else:
            made.replace(library)
        sync_folder(library.parent)
    except (OSError, sqlite3.Error) as error:
        raise LibraryError(f"{library} cannot be replaced ({error}); it is as it was") from error
    return kept


def _lock(old: sqlite3.Connection, library: Path) -> None:
    """Keep writers out of a file that can be read; a transaction that was cut off is undone on the way."""
    try:
        old.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise LibraryLocked(f"another process is writing to {library}; try again when it is done") from error
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        pass  # damaged: there is nothing to write to


def _keep(library: Path, why: str) -> Path:
    """A second name for the present file. Its journal goes along: beside another file it would be replayed into that one."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    number, kept = 1, library.with_name(f"{library.name}.{why}-{stamp}")
    while kept.exists():
        number, kept = number + 1, library.with_name(f"{library.name}.{why}-{stamp}.{number}")
    try:
        os.link(library, kept)
    except OSError:  # a file system without links
        shutil.copy2(library, kept)
    journal = library.with_name(f"{library.name}-journal")
    if journal.exists():
        journal.replace(kept.with_name(f"{kept.name}-journal"))
    return kept


def sync_folder(folder: Path) -> None:
    """Make renames in this directory outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_database(path: Path) -> None:
    """A database that is not needed any more, with its journal."""
    for file in (path, path.with_name(f"{path.name}-journal")):
        file.unlink(missing_ok=True)
