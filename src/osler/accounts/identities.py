"""Identities: which account somebody has whom a provider of sign-in (OpenID Connect) has named. It makes no account and no role.

Source: OpenID Connect Core 1.0, 5.7: only issuer and subject together name a person for good; an address or a name may pass to another.
"""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

from osler import audit
from osler.accounts.people import find, login_key, require_admin
from osler.accounts.sessions import begin_session
from osler.accounts.store import AccountsFile, accounts, identities
from osler.domain.account import Account, Actor
from osler.errors import Refused, SignInRefused

MAX_SUBJECT_CHARACTERS = 255
"""Source: OpenID Connect Core 1.0, section 2, `sub`: at most 255 ASCII characters."""
NOBODY = "there is no account here for this sign-in: ask an admin"


def sign_in_as(desk: AccountsFile, issuer: str, subject: str, email: str | None) -> str:
    """A session's token for the account that this person is linked to; or that an admin has made under their address as its login,
    which is linked to them now. email: one that the provider has verified, else None.

    Raises SignInRefused, in the same words for nobody, a disabled person and an account that is somebody else's already.
    """
    with desk.writing() as connection:
        account_id = _linked(connection, issuer, subject) or _invited(connection, issuer, email)
        if account_id is None or not find(connection, account_id).active:
            raise SignInRefused(NOBODY)
        if _linked(connection, issuer, subject) is None:
            _link(connection, desk, account_id, account_id, issuer, subject)
        return begin_session(connection, desk, account_id)


def link(desk: AccountsFile, by: Actor, name: str, issuer: str, subject: str) -> Account:
    """Link an account by hand, for a provider that verifies no addresses. Raises Refused when either is linked already."""
    check_subject(subject)
    with desk.writing() as connection:
        require_admin(connection, by)
        account = find(connection, name)
        if _linked(connection, issuer, subject) is not None or _is_taken(connection, issuer, account.id):
            raise Refused("the account or the subject is linked already: unlink it first")
        _link(connection, desk, by.account_id, account.id, issuer, subject)
        return account


def unlink(desk: AccountsFile, by: Actor, name: str) -> Account:
    """Forget who may sign in as this account through any provider. Sessions that are open stay. Raises Refused when there is nothing."""
    with desk.writing() as connection:
        require_admin(connection, by)
        account = find(connection, name)
        if not connection.execute(identities.delete().where(identities.c.account_id == account.id)).rowcount:
            raise Refused(f"{account.login} is linked to nobody")
        audit.append(connection, desk.stamp(), by.account_id, "account.unlinked", account.id)
        return account


def check_subject(subject: str) -> None:
    """Raises Refused for what no provider may send."""
    if not (0 < len(subject) <= MAX_SUBJECT_CHARACTERS and subject.isascii() and subject.isprintable()):
        raise Refused(f"a subject has 1 to {MAX_SUBJECT_CHARACTERS} ASCII characters")


def _linked(connection: sa.Connection, issuer: str, subject: str) -> str | None:
    where = (identities.c.issuer == issuer, identities.c.subject == subject)
    found: str | None = connection.execute(sa.select(identities.c.account_id).where(*where)).scalar_one_or_none()
    return found


def _invited(connection: sa.Connection, issuer: str, email: str | None) -> str | None:
    """The account whose login is this very address, unless somebody was linked to it: an address may be given to the next person."""
    # ASCII alone: the Kelvin sign and the long s would fold to k and s, and a stranger's address to an admin's.
    is_address = email and email.isascii() and "@" in email and email == email.strip()
    login = login_key(email) if email and is_address else ""
    number = connection.execute(sa.select(accounts.c.number).where(accounts.c.login == login)).scalar_one_or_none()
    return None if number is None or _is_taken(connection, issuer, f"u{number}") else f"u{number}"


def _is_taken(connection: sa.Connection, issuer: str, account_id: str) -> bool:
    where = (identities.c.issuer == issuer, identities.c.account_id == account_id)
    return connection.execute(sa.select(identities.c.subject).where(*where).limit(1)).first() is not None


def _link(connection: sa.Connection, desk: AccountsFile, by: str, account_id: str, issuer: str, subject: str) -> None:
    connection.execute(identities.insert().values(issuer=issuer, subject=subject, account_id=account_id, linked_at=desk.stamp()))
    named = hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()
    audit.append(connection, desk.stamp(), by, "account.linked", account_id, {"identity": named})
