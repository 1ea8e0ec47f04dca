"""The stored answers of a backup into those that are there: what was asked since stays, what was erased since stays away."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from osler.casebook.shares import metadata as shares
from osler.casebook.store import Casebook, metadata
from osler.deskfile import desk_file
from osler.errors import InputFileError, LibraryDamaged
from osler.library.exchange import sync_folder
from osler.settings import Settings

_OURS = frozenset({*metadata.tables, *shares.tables, "rooms"})
"""Links by which answers are shared stay those that are here: one that was revoked since must not work again."""
_PASSING = frozenset({"links", "sessions", "attempts"})
"""Rows of these alone are no history: a server that was only started has made a link for its first admin."""
_ANSWERS = (
    "INSERT OR IGNORE INTO main.erased SELECT * FROM old.erased",
    "INSERT INTO main.answers SELECT * FROM old.answers WHERE key NOT IN (SELECT key FROM main.answers)",
    "UPDATE main.answers SET last_at = o.last_at, times = max(main.answers.times, o.times) FROM old.answers AS o "
    "WHERE o.key = main.answers.key AND o.last_at > main.answers.last_at",
    "INSERT OR IGNORE INTO main.cited SELECT * FROM old.cited",
    "DELETE FROM main.answers WHERE key IN (SELECT key FROM main.erased)",
    "DELETE FROM main.cited WHERE key NOT IN (SELECT key FROM main.answers)",
)


@dataclass(frozen=True, slots=True)
class TakenIn:
    """answers: stored now. back: of them, those that came from the backup and were not there. kept_away: answers in the backup
    that were erased since. others: what became of the tables of other rooms, in words."""

    answers: int
    back: int
    kept_away: int
    others: str

    def as_text(self) -> str:
        """One line for a person, and one about reviews and accounts."""
        line = f"stored answers: {self.answers:,}, of them from the backup: {self.back:,}"
        if self.kept_away:
            line += f"; erased since and left out: {self.kept_away:,}"
        return "\n".join(filter(None, (line, self.others)))


def copy_to(casebook: Casebook) -> Callable[[Path], int]:
    """What a backup takes of the file: a proven copy without a free page; it appears with mode 0600."""

    def copy(path: Path) -> int:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with casebook.unbound() as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(path),))
        made = Casebook(path)
        try:
            faults = made.faults()
            if faults:
                raise LibraryDamaged(f"{casebook.path} has faults, the first is: {faults[0]}")
            return made.count()
        finally:
            made.close()

    return copy


def take_in(settings: Settings, made: Path, tell: Callable[[str], None]) -> TakenIn:
    """The file of a backup, unpacked at `made`, into the one that is there; a damaged one is put aside first.

    Raises InputFileError when the backup's is not what it should be, LibraryLocked.
    """
    try:
        other = Casebook(made)
        faults = other.faults()
        other.close()
    except LibraryDamaged as error:
        raise InputFileError(f"the stored answers in the backup are damaged ({error})") from error
    if faults:
        raise InputFileError(f"the stored answers in the backup are damaged ({faults[0]})")
    path = desk_file(settings.home)
    if not path.exists():
        made.replace(path)
        sync_folder(path.parent)
        count = Casebook(path).count()
        return TakenIn(count, count, 0, "")
    try:
        casebook = Casebook(path)
    except LibraryDamaged:
        kept = _put_aside(path)
        tell(
            f"the stored answers that were there are damaged and kept as {kept}; what was erased since the backup has to be erased again"
        )
        return take_in(settings, made, tell)
    return _united(casebook, made)


def _put_aside(path: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    kept = path.with_name(f"{path.name}.damaged-{stamp}")
    path.replace(kept)
    journal = path.with_name(f"{path.name}-journal")
    if journal.exists():
        shutil.move(journal, kept.with_name(f"{kept.name}-journal"))
    return kept


def _united(casebook: Casebook, made: Path) -> TakenIn:
    before = casebook.count()
    with casebook.unbound() as connection:
        connection.exec_driver_sql("ATTACH ? AS old", (str(made),))
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                for statement in _ANSWERS:
                    connection.exec_driver_sql(statement)
                others = _other_rooms(connection)
                away = connection.exec_driver_sql(
                    "SELECT count(*) FROM old.answers WHERE key IN (SELECT key FROM main.erased)"
                ).scalar_one()
                connection.exec_driver_sql("COMMIT")
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
        finally:
            connection.exec_driver_sql("DETACH old")
    casebook.pack()
    count = casebook.count()
    return TakenIn(count, count - before, int(away), others)


def _other_rooms(connection: sa.Connection) -> str:
    """Reviews and accounts come back whole where there are none; two histories of them cannot be made one."""
    schema = "SELECT type, name, tbl_name, sql FROM {}.sqlite_master WHERE sql IS NOT NULL ORDER BY type = 'table' DESC, rowid"
    old = [r for r in connection.exec_driver_sql(schema.format("old")) if r.tbl_name not in _OURS]
    here = [r for r in connection.exec_driver_sql(schema.format("main")) if r.tbl_name not in _OURS]
    tables = [r.name for r in old if r.type == "table" and not r.name.startswith("sqlite_")]
    if not tables:
        return ""
    if any(
        connection.exec_driver_sql(f'SELECT 1 FROM main."{r.name}" LIMIT 1').first() is not None  # noqa: S608
        for r in here
        if r.type == "table" and r.name not in _PASSING
    ):
        return "reviews and accounts are those that were here; the backup's were not taken: they come back where there are none yet"
    for r in reversed(here):
        if r.type == "table" and not r.name.startswith("sqlite_"):
            connection.exec_driver_sql(f'DROP TABLE main."{r.name}"')
    for kind in ("table", "other"):
        for r in old:
            if (r.type == "table") == (kind == "table") and not r.name.startswith("sqlite_"):
                connection.exec_driver_sql(r.sql)
        if kind == "table":
            for name in tables:
                connection.exec_driver_sql(f'INSERT INTO main."{name}" SELECT * FROM old."{name}"')  # noqa: S608
    connection.exec_driver_sql("INSERT OR REPLACE INTO main.rooms SELECT * FROM old.rooms WHERE room <> ?", (Casebook.room,))
    return "reviews and accounts came back with the backup"
