"""Signing in, sessions, one-time links, API keys and tokens of forms. Secrets are random, shown once, and kept as hashes."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from osler import audit
from osler.accounts import passwords
from osler.accounts.people import find, has_admin, insert_account, keep_password, login_key, new_password_hash, require_admin
from osler.accounts.store import AccountsFile, accounts, keys, links, sessions
from osler.accounts.throttle import count_attempt, forgive
from osler.domain.account import OPERATOR, Account, Actor, Means, Role
from osler.errors import Refused, SignInRefused

SESSION_LASTS = timedelta(hours=12)
"""Source: NIST SP 800-63B, reauthentication: at least once in 12 hours at assurance level 2."""
SETUP_LASTS = timedelta(hours=24)
INVITE_LASTS = timedelta(days=7)
KEY_LASTS = timedelta(days=365)
KEY_PREFIX = "osler_"
_WRONG = "login or password is not right"


def prove(desk: AccountsFile, login: str, password: str, address: str) -> Actor:
    """The person whose login and password these are. Raises SignInRefused, in the same words and time whatever was wrong."""
    count_attempt(desk, login, address)
    with desk.reading() as connection:
        query = sa.select(accounts).where(accounts.c.login == login_key(login))
        row: Any = connection.execute(query).one_or_none()
    right = passwords.matches(row.password if row is not None and row.active else None, password)
    if row is None or not right:
        raise SignInRefused(_WRONG)
    with desk.writing() as connection:
        forgive(connection, login, address)
        if passwords.is_outdated(row.password):
            fresh = passwords.hash_password(password)
            connection.execute(accounts.update().where(accounts.c.number == row.number).values(password=fresh))
    return Actor(f"u{row.number}", Means.PASSWORD)


def sign_in(desk: AccountsFile, login: str, password: str, address: str) -> str:
    """A session's token, for a cookie. Raises SignInRefused."""
    actor = prove(desk, login, password, address)
    with desk.writing() as connection:
        if not find(connection, actor.account_id).active:  # disabled while the password was hashed
            raise SignInRefused(_WRONG)
        return begin_session(connection, desk, actor.account_id)


def session_actor(desk: AccountsFile, token: str) -> tuple[Actor, Account]:
    """Whose session this is. Raises SignInRefused when it ended, or its person was disabled."""
    query = sa.select(sessions).where(sessions.c.hash == _hash(token), sessions.c.expires_at > desk.stamp())
    with desk.reading() as connection:
        row = connection.execute(query).one_or_none()
        account = find(connection, row.account_id) if row is not None else None
    if account is None or not account.active:
        raise SignInRefused("the session has ended: sign in again")
    return Actor(account.id, Means.PASSWORD), account


def sign_out(desk: AccountsFile, token: str) -> None:
    with desk.writing() as connection:
        row = connection.execute(sa.select(sessions).where(sessions.c.hash == _hash(token))).one_or_none()
        if row is not None:
            connection.execute(sessions.delete().where(sessions.c.hash == row.hash))
            audit.append(connection, desk.stamp(), row.account_id, "session.closed", row.account_id)


def form_token(session_token: str, purpose: str = "form") -> str:
    """What a form must carry, so that no other site can send it: derived from the session's secret, never stored."""
    return hmac.new(session_token.encode(), f"osler form {purpose}".encode(), hashlib.sha256).hexdigest()


def check_form_token(session_token: str, given: str, purpose: str = "form") -> None:
    """Raises SignInRefused."""
    if not hmac.compare_digest(form_token(session_token, purpose).encode(), given.encode("utf-8", "surrogatepass")):
        raise SignInRefused("this form is out of date: load the page again")


def setup_link(desk: AccountsFile) -> str | None:
    """The token of a one-time link that makes the first admin; None once somebody can sign in as admin. Replaces the one before."""
    with desk.writing() as connection:
        if has_admin(connection):
            return None
        connection.execute(links.delete().where(links.c.purpose == "setup"))
        return _make_link(connection, desk, "setup", None, SETUP_LASTS)


def use_setup_link(desk: AccountsFile, token: str, login: str, name: str, password: str) -> Account:
    """The first admin, from the one-time link. Raises SignInRefused for a link that was used or is too old; Refused."""
    with desk.reading() as connection:
        _check_link(connection, desk, "setup", token)
    hashed = new_password_hash(password, login, name)
    with desk.writing() as connection:
        _take_link(connection, desk, "setup", token)
        if has_admin(connection):
            raise SignInRefused("there is an admin already")
        return insert_account(connection, desk, OPERATOR, login, name, (Role.ADMIN,), "", hashed)


def password_link(desk: AccountsFile, by: Actor, name: str) -> str:
    """The token of a one-time link by which a person chooses a password; an older one of theirs stops working."""
    with desk.writing() as connection:
        require_admin(connection, by)
        account = find(connection, name)
        if not account.active:
            raise Refused(f"{account.login} is disabled")
        connection.execute(links.delete().where(links.c.account_id == account.id))
        audit.append(connection, desk.stamp(), by.account_id, "account.invited", account.id)
        return _make_link(connection, desk, "password", account.id, INVITE_LASTS)


def use_password_link(desk: AccountsFile, token: str, password: str) -> Account:
    """Raises SignInRefused for a link that was used or is too old; Refused for a password that breaks a rule (the link stays)."""
    with desk.writing() as connection:
        account = find(connection, _take_link(connection, desk, "password", token) or "")
        if not account.active:
            raise SignInRefused("the link was used already, or is too old")
        keep_password(connection, desk, Actor(account.id, Means.PASSWORD), account, password)
        return account


def make_key(desk: AccountsFile, by: Actor, label: str) -> str:
    """An API key of one's own, shown this once. Raises Refused for anybody who has not signed in by password."""
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    with desk.writing() as connection:
        if by.means is not Means.PASSWORD or not find(connection, by.account_id).active:
            raise Refused("sign in to make a key")
        insert = keys.insert().values(
            hash=_hash(key), account_id=by.account_id, label=" ".join(label.split())[:80],
            created_at=desk.stamp(), expires_at=(desk.now() + KEY_LASTS).isoformat(),
        )  # fmt: skip
        number = connection.execute(insert.returning(keys.c.number)).scalar_one()
        audit.append(connection, desk.stamp(), by.account_id, "key.made", f"k{number}")
    return key


def key_actor(desk: AccountsFile, key: str) -> tuple[Actor, Account]:
    """Whose key this is. Raises SignInRefused when it was revoked or ended, or its person was disabled."""
    query = sa.select(keys).where(keys.c.hash == _hash(key), keys.c.revoked_at.is_(None), keys.c.expires_at > desk.stamp())
    with desk.reading() as connection:
        row = connection.execute(query).one_or_none()
        account = find(connection, row.account_id) if row is not None else None
    if account is None or not account.active:
        raise SignInRefused("the key is not valid")
    return Actor(account.id, Means.KEY), account


def key_was_made(desk: AccountsFile) -> bool:
    """Whether there has ever been a key, one that works no more among them."""
    with desk.reading() as connection:
        return connection.execute(sa.select(keys.c.number).limit(1)).first() is not None


def list_keys(desk: AccountsFile, account_id: str) -> tuple[tuple[int, str, str, str], ...]:
    """(number, label, made, valid until) of the keys that work."""
    query = sa.select(keys.c.number, keys.c.label, keys.c.created_at, keys.c.expires_at).where(
        keys.c.account_id == account_id, keys.c.revoked_at.is_(None), keys.c.expires_at > desk.stamp()
    )
    with desk.reading() as connection:
        return tuple((r[0], r[1], r[2], r[3]) for r in connection.execute(query.order_by(keys.c.number)))


def revoke_key(desk: AccountsFile, by: Actor, number: int) -> None:
    """The person's own, or an admin's to revoke."""
    with desk.writing() as connection:
        row = connection.execute(sa.select(keys).where(keys.c.number == number)).one_or_none()
        if row is None:
            raise Refused(f"there is no key {number}")
        if row.account_id != by.account_id:
            require_admin(connection, by)
        connection.execute(keys.update().where(keys.c.number == number).values(revoked_at=desk.stamp()))
        audit.append(connection, desk.stamp(), by.account_id, "key.revoked", f"k{number}")


def tidy(desk: AccountsFile) -> None:
    """Forget sessions and links that have ended."""
    with desk.writing() as connection:
        for table in (sessions, links):
            connection.execute(table.delete().where(table.c.expires_at <= desk.stamp()))


def begin_session(connection: sa.Connection, desk: AccountsFile, account_id: str) -> str:
    """A session's token, for somebody who has just proved who they are. Inside a transaction."""
    token = secrets.token_urlsafe(32)
    until = (desk.now() + SESSION_LASTS).isoformat()
    connection.execute(sessions.insert().values(hash=_hash(token), account_id=account_id, expires_at=until))
    audit.append(connection, desk.stamp(), account_id, "session.opened", account_id)
    return token


def _make_link(connection: sa.Connection, desk: AccountsFile, purpose: str, account_id: str | None, lasts: timedelta) -> str:
    token = secrets.token_urlsafe(32)
    until = (desk.now() + lasts).isoformat()
    connection.execute(links.insert().values(hash=_hash(token), purpose=purpose, account_id=account_id, expires_at=until))
    return token


def _check_link(connection: sa.Connection, desk: AccountsFile, purpose: str, token: str) -> str | None:
    """Whose link it is. Raises SignInRefused."""
    query = sa.select(links).where(links.c.hash == _hash(token), links.c.purpose == purpose, links.c.expires_at > desk.stamp())
    row = connection.execute(query).one_or_none()
    if row is None:
        raise SignInRefused("the link was used already, or is too old")
    owner: str | None = row.account_id
    return owner


def _take_link(connection: sa.Connection, desk: AccountsFile, purpose: str, token: str) -> str | None:
    """As `_check_link`, and it works no more once the transaction is done."""
    owner = _check_link(connection, desk, purpose, token)
    connection.execute(links.delete().where(links.c.hash == _hash(token)))
    return owner


def _hash(secret: str) -> str:
    """A random 256-bit secret needs no slow hash: it cannot be guessed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
