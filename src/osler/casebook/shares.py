"""Links by which the owner of a stored answer lets others read it: unguessable, kept as hashes, revoked one by one or with the answer."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

import sqlalchemy as sa

from osler.casebook.store import now
from osler.deskfile import DeskFile

SECRET_BYTES = 32
MOST = 20
"""Links of one answer that work at a time."""

metadata = sa.MetaData()
shares = sa.Table(
    "shares",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False, index=True),
    sa.Column("made_at", sa.Text, nullable=False),
    sa.Column("revoked_at", sa.Text),
)
"""key: of the stored answer. A row holds no word of it, and stays when the answer is erased: its link says that it is gone."""


@dataclass(frozen=True, slots=True)
class Share:
    """One link. Times are UTC, ISO."""

    number: int
    owner: str
    key: str
    made_at: str
    revoked_at: str | None


class Shares(DeskFile):
    """The room of the desk's file for links."""

    room = "shares"
    schema = 1
    tables = (metadata,)

    def make_link(self, owner: str, key: str) -> str | None:
        """The secret of a new link, told this once; None when the answer has MOST of them already."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        with self.writing() as connection:
            held = sa.select(sa.func.count()).select_from(shares).where(_of(owner, key), shares.c.revoked_at.is_(None))
            if connection.execute(held).scalar_one() >= MOST:
                return None
            connection.execute(shares.insert().values(hash=_hash(secret), owner=owner, key=key, made_at=now()))
        return secret

    def of(self, owner: str, key: str) -> tuple[Share, ...]:
        """The links of a stored answer that work, oldest first."""
        query = sa.select(shares).where(_of(owner, key), shares.c.revoked_at.is_(None)).order_by(shares.c.number)
        with self.reading() as connection:
            return tuple(_share(row) for row in connection.execute(query))

    def revoke(self, owner: str, key: str, number: int) -> bool:
        """Whether there was such a link that worked."""
        where = (_of(owner, key), shares.c.number == number, shares.c.revoked_at.is_(None))
        with self.writing() as connection:
            return connection.execute(shares.update().where(*where).values(revoked_at=now())).rowcount > 0

    def find(self, secret: str) -> Share | None:
        """The link of this secret, revoked ones among them; None when there never was one."""
        with self.reading() as connection:
            row = connection.execute(sa.select(shares).where(shares.c.hash == _hash(secret))).one_or_none()
        return None if row is None else _share(row)


def _of(owner: str, key: str) -> sa.ColumnElement[bool]:
    return sa.and_(shares.c.owner == owner, shares.c.key == key)


def _share(row: sa.Row[tuple[object, ...]]) -> Share:
    return Share(row.number, row.owner, row.key, row.made_at, row.revoked_at)


def _hash(secret: str) -> str:
    """A random 256-bit secret needs no slow hash: it cannot be guessed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
