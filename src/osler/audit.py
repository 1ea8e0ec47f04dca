"""The audit: append-only rows, each bound by a hash to the one before, and witnessed line by line in a file outside the database."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa

from osler.errors import LibraryError

GENESIS = "0" * 64
"""What the first row follows."""
_NAME = re.compile(r"[A-Za-z0-9_.:+/-]{1,200}")
"""Ids, hashes and states; no room for a sentence, a question or a name."""

metadata = sa.MetaData()
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("prev", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)
"""seq: from 1 without a gap. detail: a JSON object of ids, hashes, states and counts. hash: over every other column but seq;
the place of a row is proven by `prev`, so that a row that was moved can be told from one that was changed."""
TRIGGERS = {
    "audit_keeps_rows": "BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
    "audit_keeps_all": "BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
    # REPLACE would delete without waking the trigger above.
    "audit_keeps_order": (
        "BEFORE INSERT ON audit WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit) "
        "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
    ),
}


class FaultKind(StrEnum):
    ALTERED = "altered"
    DELETED = "deleted"
    REORDERED = "reordered"
    INSERTED = "inserted"
    BROKEN = "broken"
    TRUNCATED = "truncated"
    WITNESS = "witness"
    TRIGGER = "trigger"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the audit; `seq` is the row it was found at, 0 for the whole."""

    kind: FaultKind
    seq: int
    words: str


@dataclass(frozen=True, slots=True)
class Entry:
    seq: int
    at: str
    actor: str
    action: str
    object: str
    detail: str
    prev: str
    hash: str


def make(connection: sa.Connection) -> None:
    """The table with its triggers, when it is not there. A trigger that somebody took away is not put back: `verify` tells."""
    if sa.inspect(connection).has_table("audit"):
        return
    metadata.create_all(connection)
    for name, rule in TRIGGERS.items():
        connection.exec_driver_sql(f"CREATE TRIGGER {name} {rule}")


def append(
    connection: sa.Connection, at: str, actor: str, action: str, object_: str, detail: Mapping[str, str | int] | None = None
) -> int:
    """One row, in the transaction of what it records; returns its number. `at`: ISO 8601, UTC.

    Raises ValueError for anything but ids, hashes, states and counts: no text that a person typed belongs here.
    """
    values = dict(detail or {})
    for value in (actor, action, object_, *values, *(v for v in values.values() if isinstance(v, str))):
        if not _NAME.fullmatch(value):
            raise ValueError("the audit takes ids, hashes and states, no text")
    last = last_entry(connection)
    seq, prev = (last.seq + 1, last.hash) if last else (1, GENESIS)
    entry = Entry(seq, at, actor, action, object_, _canonical(values), prev, "")
    connection.execute(
        audit.insert().values(
            seq=seq, at=at, actor=actor, action=action, object=object_, detail=entry.detail, prev=prev, hash=_digest(entry)
        )
    )
    return seq


def entries(connection: sa.Connection, after: int = 0) -> Iterator[Entry]:
    """The rows after that number, in order."""
    for row in connection.execute(sa.select(audit).where(audit.c.seq > after).order_by(audit.c.seq)):
        yield Entry(*row)


def last_entry(connection: sa.Connection) -> Entry | None:
    row = connection.execute(sa.select(audit).order_by(audit.c.seq.desc()).limit(1)).one_or_none()
    return None if row is None else Entry(*row)


def last_number(connection: sa.Connection) -> int:
    found: int | None = connection.execute(sa.select(sa.func.max(audit.c.seq))).scalar_one()
    return found or 0


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _digest(entry: Entry) -> str:
    fields = [entry.at, entry.actor, entry.action, entry.object, entry.detail, entry.prev]
    return hashlib.sha256(_canonical([str(f) for f in fields]).encode("utf-8", "surrogatepass")).hexdigest()


def export_head(connection: sa.Connection, path: Path) -> int:
    """Write every row that the file does not witness yet as a line "seq hash at", to the disk; returns the last number.

    A line cut short by a crash is written again. Raises LibraryError when the file cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            last, end = _last_line(descriptor)
            lines = "".join(f"{e.seq} {e.hash} {e.at}\n" for e in entries(connection, last))
            if lines:
                os.ftruncate(descriptor, end)
                os.pwrite(descriptor, lines.encode(), end)
                os.fsync(descriptor)
                last += lines.count("\n")
        finally:
            os.close(descriptor)
    except OSError as error:
        raise LibraryError(f"the head of the audit cannot be written to {path}: {error.strerror}") from error
    return last


def _last_line(descriptor: int) -> tuple[int, int]:
    """The number of the last whole line, 0 when there is none, and where it ends. A line has under 200 bytes."""
    size = os.fstat(descriptor).st_size
    start = max(0, size - 400)
    tail = os.pread(descriptor, size - start, start)
    end = tail.rfind(b"\n") + 1
    lines = tail[:end].splitlines()
    number = lines[-1].split(b" ")[0] if lines else b"0"
    return (int(number) if number.isdigit() else 0), start + end


def verify(connection: sa.Connection, heads: Sequence[Path]) -> tuple[Fault, ...]:
    """Every fault of the chain, each at its row; empty when it is whole and every head outside the database agrees with it."""
    rows = tuple(entries(connection))
    found = [*_missing_triggers(connection)]
    if not heads:
        found += _compare(rows, {})
    for path in heads:
        witnessed, wrong = _read_head(path, bool(rows))
        found += [*wrong, *_compare(rows, witnessed)]
    return tuple(dict.fromkeys(found))


def _missing_triggers(connection: sa.Connection) -> Iterator[Fault]:
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    held = {row.name: row.sql for row in connection.exec_driver_sql(query)}
    for name, rule in TRIGGERS.items():
        if held.get(name) != f"CREATE TRIGGER {name} {rule}":
            yield Fault(FaultKind.TRIGGER, 0, f"the trigger {name}, which refuses changes, is gone or another one")


def _read_head(path: Path, needed: bool) -> tuple[dict[int, str], tuple[Fault, ...]]:
    try:
        text = path.read_text(encoding="ascii", errors="replace")
    except OSError:
        missing = Fault(FaultKind.WITNESS, 0, f"{path} cannot be read: without it nobody can tell whether rows are cut off")
        return {}, (missing,) if needed else ()
    witnessed: dict[int, str] = {}
    wrong = []
    for number, line in enumerate(text.split("\n")[:-1], start=1):  # what follows the last line end is a line cut by a crash
        match = re.fullmatch(r"(\d{1,18}) ([0-9a-f]{64}) \S+", line)
        if match is None or int(match[1]) != number:
            wrong.append(Fault(FaultKind.WITNESS, number, f"line {number} of {path} is not that of row {number}"))
        if match is not None:
            witnessed.setdefault(int(match[1]), match[2])
    return witnessed, tuple(wrong)


def _compare(rows: Sequence[Entry], witnessed: Mapping[int, str]) -> list[Fault]:
    """The rows against their own hashes, against each other, and against the lines that were written down when they were new."""
    places = {h: seq for seq, h in witnessed.items()}
    held = {row.hash for row in rows}
    found: list[Fault] = []
    last, prev, highest = 0, GENESIS, 0
    for row in rows:
        gap = row.seq > last + 1
        if gap:
            found.append(Fault(FaultKind.DELETED, last + 1, f"{_rows(last + 1, row.seq - 1)} gone"))
        place = places.get(row.hash)
        if _digest(row) != row.hash:
            found.append(Fault(FaultKind.ALTERED, row.seq, f"row {row.seq} was altered: its hash is not that of what it says"))
        elif place is not None and place < highest:
            found.append(Fault(FaultKind.REORDERED, row.seq, f"row {row.seq} was moved: it was row {place}"))
        elif place is None and row.seq in witnessed:
            found.append(_stranger(row, witnessed, held))
        elif place is None and row.prev != prev and not gap:
            found.append(_unwitnessed(row, held))
        last, prev, highest = row.seq, row.hash, max(highest, place or 0)
    told = {f.seq for f in found}
    end = max(witnessed, default=0)
    if end > last and not any(witnessed[s] in held for s in witnessed if s > last):
        found.append(Fault(FaultKind.TRUNCATED, last + 1, f"{_rows(last + 1, end)} cut off: the head names {end}"))
    for seq in sorted(witnessed):
        if witnessed[seq] not in held and seq <= last and seq not in told:
            found.append(Fault(FaultKind.DELETED, seq, f"row {seq} gone, and the numbers after it changed"))
    return found


def _rows(first: int, last: int) -> str:
    return f"row {first} is" if first == last else f"rows {first} to {last} are"


def _stranger(row: Entry, witnessed: Mapping[int, str], held: set[str]) -> Fault:
    """A row that was not there when the head was written, though its hash is right: in the place of another, or between two."""
    if witnessed[row.seq] in held:
        return Fault(FaultKind.INSERTED, row.seq, f"row {row.seq} was put in: the head knows another in its place")
    return Fault(FaultKind.ALTERED, row.seq, f"row {row.seq} was rewritten with a new hash: the head knows another")


def _unwitnessed(row: Entry, held: set[str]) -> Fault:
    if row.prev in held:
        return Fault(FaultKind.REORDERED, row.seq, f"row {row.seq} was moved: it follows another row than the one before it")
    return Fault(
        FaultKind.BROKEN, row.seq, f"row {row.seq} does not follow row {row.seq - 1}: one was rewritten, or one between is gone"
    )


def renew_head(connection: sa.Connection, at: str, actor: str, path: Path) -> Path:
    """After a restore: keep the old head beside the new one, and begin anew with what the database holds. Itself a row.

    Returns where the old head is. The caller's transaction; the new head is written when it is exported next.
    """
    old = path.with_name(f"{path.name}.{re.sub(r'[^0-9T]', '', at)}")
    append(connection, at, actor, "audit.head_renewed", "audit", {"kept_rows": last_number(connection)})
    try:
        path.rename(old)
    except OSError as error:
        raise LibraryError(f"{path} cannot be moved to {old}: {error.strerror}") from error
    return old
