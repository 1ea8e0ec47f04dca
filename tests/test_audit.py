# ruff: noqa: S608 (the statements are this file's own)
"""The audit: nothing in it can be changed through the desk, and whatever is changed behind its back is found at its row."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from desks import Hands, open_desk
from osler import audit
from osler.audit import Fault, FaultKind
from osler.review.store import Desk

ROWS = 30


def filled(home: Path, rows: int = ROWS) -> Desk:
    desk = open_desk(home)
    for n in range(1, rows + 1):
        with desk.writing() as connection:
            audit.append(connection, f"2026-03-02T09:00:{n:02}+00:00", f"u{n % 3}", "review.sign", f"r{n}", {"version": n})
    return desk


def tampered(desk: Desk, *statements: str, triggers: bool = True) -> sqlite3.Connection:
    """The file behind the desk's back: triggers away, raw SQL, triggers back."""
    raw = sqlite3.connect(desk.path)
    for name in audit.TRIGGERS:
        raw.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        raw.execute(statement)
    for name, rule in audit.TRIGGERS.items() if triggers else ():
        raw.execute(f"CREATE TRIGGER {name} {rule}")
    raw.commit()
    return raw


def rehash(raw: sqlite3.Connection, first: int, last: int = ROWS) -> None:
    """What somebody who knows the code does: give the rows from `first` on new hashes that fit each other."""
    for name in audit.TRIGGERS:
        raw.execute(f"DROP TRIGGER IF EXISTS {name}")
    found = raw.execute("SELECT hash FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT 1", (first,)).fetchone()
    prev = found[0] if found else audit.GENESIS
    for seq, *fields in raw.execute(
        "SELECT seq, at, actor, action, object, detail FROM audit WHERE seq BETWEEN ? AND ? ORDER BY seq", (first, last)
    ).fetchall():
        text = json.dumps([*fields, prev], ensure_ascii=False, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()
        raw.execute("UPDATE audit SET prev = ?, hash = ? WHERE seq = ?", (prev, digest, seq))
        prev = digest
    for name, rule in audit.TRIGGERS.items():
        raw.execute(f"CREATE TRIGGER {name} {rule}")
    raw.commit()


def found(desk: Desk) -> tuple[Fault, ...]:
    return desk.verify_audit()


def test_a_whole_chain_has_no_fault(tmp_path: Path) -> None:
    desk = filled(tmp_path)
    assert found(desk) == ()
    assert len((tmp_path / "desk" / "audit.head").read_text().splitlines()) == ROWS
    assert found(open_desk(tmp_path)) == ()


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x' WHERE seq = 3", "DELETE FROM audit WHERE seq = 3",
    "INSERT OR REPLACE INTO audit SELECT seq, at, 'x', action, object, detail, prev, hash FROM audit WHERE seq = 3",
    "INSERT INTO audit SELECT 90, at, actor, action, object, detail, prev, hash FROM audit WHERE seq = 3"])  # fmt: skip
def test_the_database_itself_refuses_changes(tmp_path: Path, statement: str) -> None:
    desk = filled(tmp_path, 5)
    raw = sqlite3.connect(desk.path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(statement)
    raw.close()
    assert found(desk) == ()


TAMPERING: dict[str, tuple[Callable[[int], list[str]], FaultKind]] = {
    "deleted": (lambda n: [f"DELETE FROM audit WHERE seq = {n}"], FaultKind.DELETED),
    "deleted and renumbered": (
        lambda n: [f"DELETE FROM audit WHERE seq = {n}", f"UPDATE audit SET seq = -seq WHERE seq > {n}", "UPDATE audit SET seq = -seq - 1 WHERE seq < 0"],
        FaultKind.DELETED,
    ),
    **{
        f"{column} altered": (lambda n, c=column: [f"UPDATE audit SET {c} = {c} || 'x' WHERE seq = {n}"], FaultKind.ALTERED)
        for column in ("at", "actor", "action", "object", "detail", "prev", "hash")
    },
    "altered to another type": (lambda n: [f"UPDATE audit SET detail = x'00ff' WHERE seq = {n}"], FaultKind.ALTERED),
}  # fmt: skip


@pytest.mark.parametrize("row", range(1, ROWS + 1))
def test_every_tampering_of_every_row_is_found_at_it(tmp_path: Path, row: int) -> None:
    desk = filled(tmp_path)
    whole = desk.path.read_bytes()
    for name, (statements, kind) in TAMPERING.items():
        desk.path.write_bytes(whole)
        tampered(desk, *statements(row)).close()
        wanted = FaultKind.TRUNCATED if kind is FaultKind.DELETED and row == ROWS else kind
        assert (wanted, row) in [(f.kind, f.seq) for f in found(desk)], name
    for other in {1, ROWS // 2, ROWS} - {row}:
        desk.path.write_bytes(whole)
        swap = [
            "UPDATE audit SET seq = -1 WHERE seq = {a}",
            "UPDATE audit SET seq = {a} WHERE seq = {b}",
            "UPDATE audit SET seq = {b} WHERE seq = -1",
        ]
        tampered(desk, *(s.format(a=row, b=other) for s in swap)).close()
        faults = found(desk)
        assert {f.kind for f in faults} == {FaultKind.REORDERED}
        assert max(row, other) in {f.seq for f in faults}
    for kept in (row - 1,):
        desk.path.write_bytes(whole)
        tampered(desk, f"DELETE FROM audit WHERE seq > {kept}").close()
        assert [(f.kind, f.seq) for f in found(desk)] == [(FaultKind.TRUNCATED, row)]
    desk.path.write_bytes(whole)
    raw = tampered(desk, f"UPDATE audit SET actor = 'mallory' WHERE seq = {row}")
    rehash(raw, row)
    raw.close()
    assert (FaultKind.ALTERED, row) in [(f.kind, f.seq) for f in found(desk)], "with new hashes all the way to the end"


def test_a_row_put_in_between_is_found(tmp_path: Path) -> None:
    desk = filled(tmp_path)
    raw = tampered(
        desk,
        "UPDATE audit SET seq = -seq WHERE seq > 10",
        "UPDATE audit SET seq = -seq + 1 WHERE seq < 0",
        "INSERT INTO audit VALUES (11, 'a', 'b', 'c', 'd', '{}', '', '')",
    )
    rehash(raw, 11, 11)
    raw.close()
    assert [(f.kind, f.seq) for f in found(desk)] == [(FaultKind.INSERTED, 11)]


def test_without_the_head_the_chain_alone_still_finds_what_it_can(tmp_path: Path) -> None:
    desk = filled(tmp_path)
    (tmp_path / "desk" / "audit.head").unlink()
    assert [f.kind for f in found(desk)] == [FaultKind.WITNESS]
    raw = tampered(desk, "UPDATE audit SET actor = 'mallory' WHERE seq = 7")
    rehash(raw, 7, 7)
    raw.close()
    assert [(f.kind, f.seq) for f in found(desk)] == [(FaultKind.WITNESS, 0), (FaultKind.BROKEN, 8)]


def test_a_trigger_that_was_taken_away_is_missed_and_not_put_back(tmp_path: Path) -> None:
    desk = filled(tmp_path, 3)
    tampered(desk, triggers=False).close()
    assert [f.kind for f in found(open_desk(tmp_path))] == [FaultKind.TRIGGER] * 3


@pytest.mark.parametrize(
    "change",
    [lambda t: t.replace(t.splitlines()[4] + "\n", ""), lambda t: "rubbish\n" + t, lambda t: t.replace(" 2026", "2026", 1)],
)
def test_a_head_that_was_tampered_with_is_itself_a_fault(tmp_path: Path, change: Callable[[str], str]) -> None:
    desk = filled(tmp_path)
    head = tmp_path / "desk" / "audit.head"
    head.write_text(change(head.read_text()))
    assert FaultKind.WITNESS in {f.kind for f in found(desk)}


def test_a_head_behind_the_rows_or_cut_by_a_crash_is_brought_up_to_date(tmp_path: Path) -> None:
    desk = filled(tmp_path)
    head = tmp_path / "desk" / "audit.head"
    whole = head.read_bytes()
    for size in (0, 1, len(whole) // 2, len(whole) - 1):
        head.write_bytes(whole[:size])
        assert found(desk) == ()
        open_desk(tmp_path)
        assert head.read_bytes() == whole


def test_a_second_head_elsewhere_is_witness_too(tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "head"
    desk = Desk(tmp_path / "home", Hands(), (other,))
    with desk.writing() as connection:
        audit.append(connection, desk.stamp(), "u1", "desk.policy", "policy", {})
    assert other.read_bytes() == (tmp_path / "home" / "desk" / "audit.head").read_bytes() != b""


def test_after_a_restore_the_head_is_renewed_and_the_old_one_kept(tmp_path: Path) -> None:
    desk = filled(tmp_path)
    tampered(desk, "DELETE FROM audit WHERE seq > 20").close()
    head = tmp_path / "desk" / "audit.head"
    before = head.read_bytes()
    with desk.writing() as connection:
        old = audit.renew_head(connection, desk.stamp(), "operator", head)
    assert old.read_bytes() == before
    assert found(desk) == ()
    with desk.reading() as connection:
        last = list(audit.entries(connection))[-1]
    assert (last.seq, last.action, last.detail) == (21, "audit.head_renewed", '{"kept_rows":20}')


@pytest.mark.parametrize("value", ["Mrs Smith", "", "what is the dose?", "x" * 201, "a\nb", "é"])
def test_no_text_gets_into_it(tmp_path: Path, value: str) -> None:
    desk = open_desk(tmp_path)
    for place in range(4):
        fields = ["u1", "a", "r1", {"k": "v"}]
        fields[place] = value if place < 3 else {"k": value}
        with pytest.raises(ValueError, match="no text"), desk.writing() as connection:
            audit.append(connection, desk.stamp(), *fields)  # type: ignore[arg-type]
    with desk.reading() as connection:
        assert audit.last_number(connection) == 0


def _half(desk: Desk, connection: sa.Connection) -> None:
    audit.append(connection, desk.stamp(), "u1", "a", "b", {})
    connection.execute(sa.text("CREATE TABLE half (x)"))
    raise RuntimeError


def test_a_row_is_there_with_what_it_records_or_not_at_all(tmp_path: Path) -> None:
    desk = filled(tmp_path, 2)
    with pytest.raises(RuntimeError), desk.writing() as connection:
        _half(desk, connection)
    with desk.reading() as connection:
        assert audit.last_number(connection) == 2
        assert not sa.inspect(connection).has_table("half")
