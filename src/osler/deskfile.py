"""The file beside the library for what people asked and did: one SQLite file, several rooms, for its owner's eyes only.

It lies in a directory of its own (mode 0700, the file 0600): a library can be given away without anybody's questions, and
asking never waits for `osler add`. Each room brings its own tables and makes those that are missing when it opens the file.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

import sqlalchemy as sa

from osler.errors import LibraryDamaged, LibraryError
from osler.sqlite import Database

_FOREIGN = ("passages", "meta")
"""Tables of a library's file, which is not to be taken for this one."""


def desk_file(home: Path) -> Path:
    return home / "desk" / "desk.sqlite"


class DeskFile(Database):
    """A room's view of the file. A subclass names the room, the number of its schema and its tables.

    What is deleted is overwritten with zeros (`secure_delete`). Raises what every Database raises, and LibraryDamaged for a
    room of another schema.
    """

    room: ClassVar[str]
    schema: ClassVar[int]
    tables: ClassVar[tuple[sa.MetaData, ...]]
    pragmas = ("secure_delete=ON", "cache_size=-4096")  # 4 MB: a stored answer is written once and seldom read
    advice: ClassVar[str] = (
        "the library answers without it; move it away to begin a new one, or `osler restore` a backup that has it"
    )
    safe: ClassVar[str] = "what was stored before is as it was: make room"

    def __init__(self, path: Path) -> None:
        _make_private(path)
        super().__init__(path)

    def is_complete(self, connection: sa.Connection) -> bool:
        names = set(sa.inspect(connection).get_table_names())
        return is_of_a_library(names) or _schema_of(connection, names, self.room) is not None

    def make(self, connection: sa.Connection) -> None:
        for metadata in self.tables:
            metadata.create_all(connection)
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS rooms (room TEXT PRIMARY KEY, schema INTEGER NOT NULL)")
        connection.exec_driver_sql("INSERT OR IGNORE INTO rooms VALUES (?, ?)", (self.room, self.schema))

    def recognise(self, connection: sa.Connection) -> None:
        names = set(sa.inspect(connection).get_table_names())
        if is_of_a_library(names):
            raise LibraryDamaged(f"{self.path} is a library, not what belongs beside one; {self.advice}")
        found = _schema_of(connection, names, self.room)
        if found != self.schema:
            raise LibraryDamaged(f"{self.path}: {self.room} has schema {found}; this Osler reads schema {self.schema}")
        missing = sorted({t for metadata in self.tables for t in metadata.tables} - names)
        if missing:
            raise LibraryDamaged(f"{self.path} is damaged (no table {missing[0]}); {self.advice}")


def is_of_a_library(names: set[str]) -> bool:
    return names.issuperset(_FOREIGN)


def _schema_of(connection: sa.Connection, names: set[str], room: str) -> int | None:
    if "rooms" not in names:
        return None
    row = connection.exec_driver_sql("SELECT schema FROM rooms WHERE room = ?", (room,)).one_or_none()
    return None if row is None else int(row[0])


def _make_private(path: Path) -> None:
    """The directory and the file, with modes that keep others out whatever the umask says."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path == desk_file(path.parents[1]) and path.parent.stat().st_mode & 0o077:  # not a folder a copy was put into
            path.parent.chmod(0o700)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise LibraryError(f"cannot use {path}: {error.strerror or error}") from error
