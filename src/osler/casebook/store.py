"""The casebook's tables, and what is written to and read from them: each answer is there whole or not at all."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from osler.casebook.record import (
    READS_AS_DAMAGE,
    Cited,
    Kept,
    Making,
    Stored,
    Trail,
    content_of,
    making_key,
    pack_published,
    pack_trail,
    to_text,
    unpack_published,
)
from osler.deskfile import DeskFile, desk_file
from osler.domain.article import Article, Reference
from osler.domain.codec import decode, encode
from osler.domain.request import Request
from osler.domain.status import PublicationStatus
from osler.errors import LibraryDamaged, LibraryLocked, UnknownAnswer
from osler.settings import Settings

metadata = sa.MetaData()
answers = sa.Table(
    "answers",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("answer_id", sa.Text, nullable=False, index=True),
    sa.Column("owner", sa.Text, index=True),
    sa.Column("follows", sa.Text),
    sa.Column("first_at", sa.Text, nullable=False),
    sa.Column("last_at", sa.Text, nullable=False, index=True),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("audience", sa.Text, nullable=False),
    sa.Column("disposition", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("snapshot", sa.Text, nullable=False),
    sa.Column("engine", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("made", sa.Text, nullable=False),
    sa.Column("request", sa.Text, nullable=False),
    sa.Column("making", sa.Text, nullable=False),
    sa.Column("article", sa.LargeBinary, nullable=False),
    sa.Column("trail", sa.LargeBinary, nullable=False),
    sa.Column("seal", sa.Text, nullable=False),
)
"""`content` and `made` tell answers of one id apart; `seal` proves every column that does not change when an answer is given again."""
cited = sa.Table(
    "cited",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("document_id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("status_since", sa.Text),
    sa.Index("cited_document", "document_id"),
)
"""The references of each stored answer, with the standing that they had."""
erased = sa.Table(
    "erased",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
)
"""What was erased, by its random key and nothing else, so that an older backup does not bring it back."""

_SEALED = ("key", "answer_id", "owner", "follows", "first_at", "audience", "disposition", "title", "snapshot", "engine", "content",
           "made", "request", "making")  # fmt: skip
_LISTED = [answers.c[n] for n in (*_SEALED, "last_at", "times")]
_PAGE = 200
_NO_SUCH_ID = "no answer of this id is stored; `osler history` lists those that are"


class Everyone:
    """In the place of an owner: answers of all of them."""


EVERYONE = Everyone()
Owner = str | Everyone | None


class Casebook(DeskFile):
    """Stored answers. Writes are one transaction each. `owner` is an account's id, None on the command line, or EVERYONE."""

    room = "casebook"
    schema = 1
    tables = (metadata,)

    def put(self, article: Article, request: Request, making: Making, trail: Trail, owner: str | None, follows: str | None) -> Kept:
        """Store an answer; one that is there already (same content, request and making) is given a later time."""
        published = encode(article)
        content, made, at = content_of(published), making_key(request, making), now()
        t = answers.c
        same = sa.and_(t.answer_id == article.answer_id, t.owner.is_not_distinct_from(owner), t.content == content, t.made == made)
        with self.writing() as connection:
            key = connection.execute(sa.select(t.key).where(same).order_by(t.key).limit(1)).scalar_one_or_none()
            if key is not None:
                connection.execute(answers.update().where(t.key == key).values(last_at=at, times=t.times + 1))
            else:
                key = uuid.uuid4().hex
                values = {
                    "key": key, "answer_id": article.answer_id, "owner": owner, "follows": follows, "first_at": at,
                    "audience": article.question.audience.value, "disposition": article.disposition.value, "title": article.title,
                    "snapshot": making.snapshot, "engine": making.engine, "content": content, "made": made,
                    "request": to_text(request), "making": to_text(making), "article": pack_published(published),
                    "trail": pack_trail(trail),
                }  # fmt: skip
                connection.execute(answers.insert().values(**values, last_at=at, times=1, seal=_seal(values)))
                if article.references:
                    connection.execute(cited.insert(), [_cited(key, r) for r in article.references])
            return _kept(connection.execute(sa.select(*_LISTED).where(t.key == key)).one())

    def find(self, answer_id: str, owner: Owner = EVERYONE) -> Stored:
        """The stored answer of this id that was given last. Raises UnknownAnswer, LibraryDamaged."""
        t = answers.c
        if not answer_id.isascii():  # half a character cannot be looked for, and no id has one
            raise UnknownAnswer(_NO_SUCH_ID)
        query = sa.select(answers).where(t.answer_id == answer_id, _of(owner)).order_by(t.last_at.desc(), t.key).limit(1)
        with self.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise UnknownAnswer(_NO_SUCH_ID)
        return _stored(row)

    def at(self, key: str, owner: Owner = EVERYONE) -> Stored:
        """The stored answer under this key. Raises UnknownAnswer, LibraryDamaged."""
        with self.reading() as connection:
            row = connection.execute(sa.select(answers).where(answers.c.key == key, _of(owner))).one_or_none()
        if row is None:
            raise UnknownAnswer("no answer is stored under this key")
        return _stored(row)

    def listed(self, owner: Owner = EVERYONE, limit: int | None = None) -> tuple[Kept, ...]:
        """Stored answers without their content, the latest first."""
        t = answers.c
        query = sa.select(*_LISTED).where(_of(owner)).order_by(t.last_at.desc(), t.key).limit(limit)
        with self.reading() as connection:
            return tuple(_kept(row) for row in connection.execute(query))

    def count(self, owner: Owner = EVERYONE) -> int:
        with self.reading() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(answers).where(_of(owner))).scalar_one())

    def each(self) -> Iterator[Stored]:
        """All stored answers, the first stored first. Raises LibraryDamaged."""
        return self._each(self._keys())

    def each_of(self, keys: Collection[str]) -> Iterator[Stored]:
        """Those of these keys, the first stored first. Raises LibraryDamaged."""
        return self._each([key for key in self._keys() if key in keys])

    def _keys(self) -> Sequence[str]:
        t = answers.c
        with self.reading() as connection:
            return connection.execute(sa.select(t.key).order_by(t.first_at, t.key)).scalars().all()

    def _each(self, keys: Sequence[str]) -> Iterator[Stored]:
        """Each page is read by itself; what was erased meanwhile is left out."""
        for some in _slices(keys, _PAGE):
            with self.reading() as connection:
                rows = {r.key: r for r in connection.execute(sa.select(answers).where(answers.c.key.in_(some)))}
            yield from (_stored(rows[k]) for k in some if k in rows)

    def citations(self) -> tuple[Cited, ...]:
        """Every document in every standing that a stored answer cites, once each, by document."""
        t = cited.c
        query = sa.select(t.document_id, t.version, t.status, t.status_since).distinct()
        with self.reading() as connection:
            rows = connection.execute(query.order_by(t.document_id, t.version, t.status, t.status_since)).all()
        return tuple(Cited(r.document_id, r.version, PublicationStatus(r.status), r.status_since) for r in rows)

    def citing(self, what: Cited) -> tuple[str, ...]:
        """Keys of the stored answers that cite this document in this standing."""
        t = cited.c
        since = t.status_since.is_not_distinct_from(what.since)
        same = sa.and_(t.document_id == what.document_id, t.version == what.version, t.status == what.status.value, since)
        with self.reading() as connection:
            return tuple(connection.execute(sa.select(t.key).where(same).order_by(t.key)).scalars())

    def older_than(self, moment: str) -> tuple[str, ...]:
        """Keys of answers that were last given before this moment (UTC, ISO)."""
        t = answers.c
        with self.reading() as connection:
            return tuple(connection.execute(sa.select(t.key).where(t.last_at < moment).order_by(t.key)).scalars())

    def erase(self, keys: Iterable[str]) -> tuple[Kept, ...]:
        """Take these answers away, and with them every answer of the same owner whose thread begins with the same questions,
        for it repeats their words. What is left in the file is a random key and a time for each. Returns what went."""
        wanted, at = set(keys), now()
        with self.writing() as connection:
            every = [_kept(r) for r in connection.execute(sa.select(*_LISTED).order_by(answers.c.first_at, answers.c.key))]
            threads = {(k.owner, k.turns) for k in every if k.key in wanted}
            gone = tuple(k for k in every if k.key in wanted or any((k.owner, begun) in threads for begun in _beginnings(k.turns)))
            for some in _slices([k.key for k in gone], 900):
                connection.execute(answers.delete().where(answers.c.key.in_(some)))
                connection.execute(cited.delete().where(cited.c.key.in_(some)))
                connection.execute(erased.insert().prefix_with("OR IGNORE"), [{"key": key, "at": at} for key in some])
        if gone:
            self.pack()
        return gone

    def pack(self) -> None:
        """Write the file anew without free pages, which hold zeros already: another process at work may hinder it."""
        with suppress(LibraryLocked), self.unbound() as connection:
            connection.exec_driver_sql("VACUUM")

    def faults(self) -> tuple[str, ...]:
        """What is not as it was written; empty when the file is sound."""
        found: list[str] = []
        with self.reading() as connection:
            found += [m for (m,) in connection.exec_driver_sql("PRAGMA integrity_check").all() if m != "ok"]
            for row in connection.execute(sa.select(answers).order_by(answers.c.first_at, answers.c.key)):
                try:
                    _stored(row)
                except LibraryDamaged as error:
                    found.append(str(error))
        return tuple(found)


def open_casebook(settings: Settings) -> Casebook:
    """The stored answers beside the library in `settings.home`; those older than the retention are erased first."""
    casebook = Casebook(desk_file(settings.home))
    if settings.retention_days is not None:
        limit = (datetime.now(UTC) - timedelta(days=settings.retention_days)).isoformat(timespec="milliseconds")
        old = casebook.older_than(limit)
        if old:
            casebook.erase(old)
    return casebook


def now() -> str:
    """UTC to the millisecond, so that two answers of one second have an order."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _of(owner: Owner) -> sa.ColumnElement[bool]:
    return sa.true() if isinstance(owner, Everyone) else answers.c.owner.is_not_distinct_from(owner)


def _cited(key: str, r: Reference) -> dict[str, object]:
    return {
        "key": key, "document_id": r.document_id, "version": r.version, "status": r.status.value, "status_since": r.status_since,
    }  # fmt: skip


def _seal(values: Mapping[Any, Any]) -> str:
    """A checksum against damage, not against forgery."""
    plain = json.dumps([values[n] for n in _SEALED], ensure_ascii=False, default=repr).encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(plain, digest_size=8)
    for name in ("article", "trail"):
        digest.update(values[name] if isinstance(values[name], bytes) else b"?")
    return digest.hexdigest()


def _kept(row: Any) -> Kept:
    """As a list shows it; a request that cannot be read has no turns here, and is refused where the answer is read."""
    try:
        turns = tuple(str(t) for t in json.loads(row.request)["turns"])
    except READS_AS_DAMAGE:
        turns = ()
    return Kept(
        row.key, row.answer_id, row.owner, row.follows, row.first_at, row.last_at, row.times, turns, row.audience,
        row.disposition, row.title, row.snapshot, row.engine,
    )  # fmt: skip


def _stored(row: Any) -> Stored:
    try:
        if _seal(row._mapping) != row.seal:
            raise ValueError("it is not what was written")
        request, making = decode(Request, json.loads(row.request)), decode(Making, json.loads(row.making))
        return Stored(_kept(row), request, making, row.content, unpack_published(row.article), row.trail)
    except READS_AS_DAMAGE as error:
        raise LibraryDamaged(f"the stored answer {row.answer_id} is damaged; {Casebook.advice}") from error


def _beginnings(turns: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    return (turns[:n] for n in range(1, len(turns) + 1))


def _slices(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """SQLite binds 999 values a statement in old builds."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
