"""The desk's file: its tables of accounts and the audit, every change witnessed outside it when it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import sqlalchemy as sa

from osler import audit
from osler.deskfile import DeskFile, desk_file, is_of_a_library

HEAD = "audit.head"

metadata = sa.MetaData()
accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("login", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("credentials", sa.Text, nullable=False),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("password", sa.Text),
    sa.Column("created_at", sa.Text, nullable=False),
)
"""password: argon2id with its parameters and salt; none until the person has chosen one."""
disclosures = sa.Table(
    "disclosures",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("account_id", sa.Text, nullable=False, index=True),
    sa.Column("dated_on", sa.Text, nullable=False),
    sa.Column("covers_from", sa.Text, nullable=False),
    sa.Column("interests", sa.Text, nullable=False),
)
sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, nullable=False, index=True),
    sa.Column("expires_at", sa.Text, nullable=False),
)
keys = sa.Table(
    "keys",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
    sa.Column("account_id", sa.Text, nullable=False, index=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("created_at", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Text, nullable=False),
    sa.Column("revoked_at", sa.Text),
)
links = sa.Table(
    "links",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("account_id", sa.Text),
    sa.Column("expires_at", sa.Text, nullable=False),
)
"""One-time links: the first admin, a first or new password. A link that was used is gone."""
identities = sa.Table(
    "identities",
    metadata,
    sa.Column("issuer", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, nullable=False, index=True),
    sa.Column("linked_at", sa.Text, nullable=False),
)
"""Who a provider of sign-in says somebody is, and which account that is here. An account has one at most of each issuer."""
attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last_at", sa.Text, nullable=False),
    sa.Column("until", sa.Text, nullable=False),
)
"""Failed attempts to sign in, by a hash of the login or of the address."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class AccountsFile(DeskFile):
    """The file of accounts and audit, OSLER_HOME/desk/desk.sqlite. `clock` tells the time; tests give their own.

    heads: where the head of the audit is witnessed, beside the file that always is (`desk/audit.head`).
    Raises what any Database raises; LibraryDamaged for a newer schema; LibraryError when a head cannot be written.
    """

    room = "accounts"
    schema = 1
    advice: ClassVar[str] = "`osler restore` brings back the last backup"
    safe: ClassVar[str] = "what was reported as done is kept: make room, then do it again"
    tables: ClassVar[tuple[sa.MetaData, ...]] = (metadata,)
    """What a subclass adds to."""

    def __init__(self, home: Path, clock: Callable[[], datetime] = utc_now, heads: Sequence[Path] = ()) -> None:
        self.clock = clock
        path = desk_file(home)
        self.heads = (path.with_name(HEAD), *heads)
        self._witnessed = -1
        super().__init__(path)
        self.witness()

    def is_complete(self, connection: sa.Connection) -> bool:
        """A table that is missing belongs to a part that came later: it is made."""
        held = set(sa.inspect(connection).get_table_names())
        return is_of_a_library(held) or held >= {"audit", "rooms", *(t for m in self.tables for t in m.tables)}

    def make(self, connection: sa.Connection) -> None:
        audit.make(connection)
        super().make(connection)

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """As any Database's; when it is done, new rows of the audit are witnessed outside the file."""
        with super().writing() as connection:
            yield connection
        self.witness()

    def witness(self) -> None:
        """Bring every head up to the last row. A head behind the rows is no fault: a crash between the two leaves it so."""
        with self.reading() as connection:
            last = audit.last_number(connection)
            if last != self._witnessed:
                for path in self.heads:
                    audit.export_head(connection, path)
                self._witnessed = last

    def now(self) -> datetime:
        return self.clock().astimezone(UTC).replace(microsecond=0)

    def stamp(self) -> str:
        """This moment, ISO 8601 in UTC, to the second."""
        return self.now().isoformat()

    def verify_audit(self) -> tuple[audit.Fault, ...]:
        """Read from the disk: pages that open connections remember prove nothing."""
        self.close()
        with self.reading() as connection:
            return audit.verify(connection, self.heads)
