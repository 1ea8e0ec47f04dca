"""Accounts: added, disabled, given roles; what a person says of themselves; interests declared. Each change is one audited transaction."""

from __future__ import annotations

import calendar
import hashlib
import re
from collections.abc import Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa

from osler import audit
from osler.accounts.passwords import check_new_password, hash_password
from osler.accounts.store import AccountsFile, accounts, attempts, disclosures, identities, keys, links, sessions
from osler.accounts.throttle import account_key
from osler.domain.account import OPERATOR, Account, Actor, Disclosure, Means, Role
from osler.domain.review import DISCLOSURE_MONTHS
from osler.errors import Refused

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,79}")
MAX_NAME_CHARACTERS = 120
MAX_INTERESTS_CHARACTERS = 4_000


def add_account(
    desk: AccountsFile,
    by: Actor,
    login: str,
    name: str,
    roles: Iterable[Role],
    *,
    credentials: str = "",
    password: str | None = None,
) -> Account:
    """A new person. Without a password they choose one by a one-time link. Raises Refused for a login that is taken."""
    hashed = new_password_hash(password, login, name) if password is not None else None
    with desk.writing() as connection:
        require_admin(connection, by)
        return insert_account(connection, desk, by, login, name, roles, credentials, hashed)


def new_password_hash(password: str, login: str, name: str) -> str:
    """Raises Refused for a password that breaks a rule."""
    check_new_password(password, login, name)
    return hash_password(password)


def insert_account(
    connection: sa.Connection,
    desk: AccountsFile,
    by: Actor,
    login: str,
    name: str,
    roles: Iterable[Role],
    credentials: str,
    hashed: str | None,
) -> Account:
    """Inside a transaction of somebody who may. Raises Refused."""
    login, held = _login(login), _roles(roles)
    name, credentials = _line("name", name), _line("credentials", credentials, needed=False)
    if connection.execute(sa.select(accounts.c.number).where(accounts.c.login == login)).first():
        raise Refused(f"the login {login} is taken")
    values = {"login": login, "name": name, "credentials": credentials, "roles": held, "password": hashed}
    insert = accounts.insert().values(active=True, created_at=desk.stamp(), **values)
    account_id = f"u{connection.execute(insert.returning(accounts.c.number)).scalar_one()}"
    audit.append(connection, desk.stamp(), by.account_id, "account.added", account_id, {"roles": held or "none"})
    return find(connection, account_id)


def list_accounts(desk: AccountsFile) -> tuple[Account, ...]:
    with desk.reading() as connection:
        return every(connection)


def get_account(desk: AccountsFile, name: str) -> Account:
    """By id or login. Raises Refused."""
    with desk.reading() as connection:
        return find(connection, name)


def set_active(desk: AccountsFile, by: Actor, name: str, active: bool) -> Account:
    """Disable or enable. A disabled person is signed out everywhere, their keys are revoked, and their approvals count no longer."""
    with desk.writing() as connection:
        require_admin(connection, by)
        found = find(connection, name)
        _change(connection, found, active=active)
        if not active:
            _keep_an_admin(connection, by)
            _sign_out(connection, found.id)
            _revoke_keys(connection, found.id, desk.stamp())
        audit.append(connection, desk.stamp(), by.account_id, "account.enabled" if active else "account.disabled", found.id)
        return find(connection, found.id)


def set_roles(desk: AccountsFile, by: Actor, name: str, roles: Iterable[Role]) -> Account:
    with desk.writing() as connection:
        require_admin(connection, by)
        found = find(connection, name)
        _change(connection, found, roles=_roles(roles))
        _keep_an_admin(connection, by)
        audit.append(connection, desk.stamp(), by.account_id, "account.roles", found.id, {"roles": _roles(roles) or "none"})
        return find(connection, found.id)


def set_profile(desk: AccountsFile, by: Actor, name: str, public_name: str, credentials: str) -> Account:
    """What the public reads of a reviewer: the person's own to change, or an admin's."""
    public_name, credentials = _line("name", public_name), _line("credentials", credentials, needed=False)
    with desk.writing() as connection:
        found = find(connection, name)
        if not _is_self(connection, by, found):
            require_admin(connection, by)
        _change(connection, found, name=public_name, credentials=credentials)
        audit.append(connection, desk.stamp(), by.account_id, "account.profile", found.id)
        return find(connection, found.id)


def set_password(desk: AccountsFile, by: Actor, name: str, password: str) -> None:
    """The person's own to set, or the operator's. Ends every session and frees a login locked by failed tries."""
    with desk.writing() as connection:
        found = find(connection, name)
        if by != OPERATOR and not _is_self(connection, by, found):
            raise Refused("only the person sets their password: give them a one-time link")
        keep_password(connection, desk, by, found, password)


def keep_password(connection: sa.Connection, desk: AccountsFile, by: Actor, account: Account, password: str) -> None:
    """Inside a transaction. Raises Refused for a password that breaks a rule."""
    check_new_password(password, account.login, account.name)
    _change(connection, account, password=hash_password(password))
    _sign_out(connection, account.id)
    connection.execute(attempts.delete().where(attempts.c.key == account_key(account.login)))
    audit.append(connection, desk.stamp(), by.account_id, "account.password", account.id)


def disclose(desk: AccountsFile, by: Actor, interests: str) -> Disclosure:
    """The person's own declaration of the last 36 months, dated today; empty: none. Nobody declares for another."""
    interests = " ".join(check_text("interests", interests).split())
    if len(interests) > MAX_INTERESTS_CHARACTERS:
        raise Refused(f"a declaration has at most {MAX_INTERESTS_CHARACTERS:,} characters")
    with desk.writing() as connection:
        account = find(connection, by.account_id)
        if by.means is not Means.PASSWORD or not account.active:
            raise Refused("only the person who has signed in declares their interests")
        today = desk.now().date()
        insert = disclosures.insert().values(
            account_id=account.id, dated_on=today.isoformat(), interests=interests,
            covers_from=months_before(today, DISCLOSURE_MONTHS).isoformat(),
        )  # fmt: skip
        made = _disclosure(connection.execute(insert.returning(*disclosures.c)).one())
        detail: dict[str, str | int] = {"disclosure": made.id, "hash": hashlib.sha256(interests.encode()).hexdigest()}
        audit.append(connection, desk.stamp(), by.account_id, "account.disclosed", account.id, detail)
        return made


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier; the last of the month where there is no such day."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def latest_disclosure(connection: sa.Connection, account_id: str) -> Disclosure | None:
    query = sa.select(disclosures).where(disclosures.c.account_id == account_id).order_by(disclosures.c.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _disclosure(row)


def disclosure_of(connection: sa.Connection, disclosure_id: int) -> Disclosure:
    return _disclosure(connection.execute(sa.select(disclosures).where(disclosures.c.id == disclosure_id)).one())


def every(connection: sa.Connection) -> tuple[Account, ...]:
    """All accounts, oldest first."""
    return tuple(_account(r) for r in connection.execute(sa.select(accounts).order_by(accounts.c.number)))


def find(connection: sa.Connection, name: str) -> Account:
    """By id ("u3") or login. Raises Refused."""
    number = int(name[1:]) if re.fullmatch(r"u\d{1,9}", name) else 0
    where = accounts.c.number == number if number else accounts.c.login == login_key(name)
    row = connection.execute(sa.select(accounts).where(where)).one_or_none()
    if row is None:
        raise Refused(f"there is no account {name[:80]!r}")
    return _account(row)


def require_admin(connection: sa.Connection, by: Actor) -> None:
    """The operator at the machine, or an admin who has signed in. Raises Refused."""
    if by == OPERATOR:
        return
    if by.means is not Means.PASSWORD or not find(connection, by.account_id).may(Role.ADMIN):
        raise Refused("only an admin who has signed in changes accounts")


def has_admin(connection: sa.Connection) -> bool:
    """Whether somebody can sign in as admin: by a password, or as the one that a provider has named."""
    linked = set(connection.execute(sa.select(identities.c.account_id)).scalars())
    return any(a.may(Role.ADMIN) and (a.has_password or a.id in linked) for a in every(connection))


def _is_self(connection: sa.Connection, by: Actor, account: Account) -> bool:
    return by.means is Means.PASSWORD and by.account_id == account.id and find(connection, by.account_id).active


def _keep_an_admin(connection: sa.Connection, by: Actor) -> None:
    if by != OPERATOR and not has_admin(connection):
        raise Refused("the last admin stays one: make another admin first")


def _sign_out(connection: sa.Connection, account_id: str) -> None:
    for table in (sessions, links):
        connection.execute(table.delete().where(table.c.account_id == account_id))


def _revoke_keys(connection: sa.Connection, account_id: str, at: str) -> None:
    connection.execute(keys.update().where(keys.c.account_id == account_id, keys.c.revoked_at.is_(None)).values(revoked_at=at))


def _change(connection: sa.Connection, account: Account, **values: Any) -> None:
    connection.execute(accounts.update().where(accounts.c.number == int(account.id[1:])).values(**values))


def _account(row: Any) -> Account:
    roles = tuple(Role(r) for r in row.roles.split("+") if r)
    return Account(
        f"u{row.number}", row.login, row.name, row.credentials, roles, bool(row.active), row.created_at, row.password is not None
    )


def _disclosure(row: Any) -> Disclosure:
    return Disclosure(row.id, row.account_id, row.dated_on, row.covers_from, row.interests)


def _roles(roles: Iterable[Role]) -> str:
    given = set(roles)
    return "+".join(r.value for r in Role if r in given)


def login_key(login: str) -> str:
    """A login as it is kept; empty for what cannot be one."""
    login = login.strip().casefold()
    return "" if not _LOGIN.fullmatch(login) or re.fullmatch(r"u\d+", login) else login


def check_text(what: str, text: str) -> str:
    """The text, when it is text. Raises Refused for control characters and halves of characters."""
    if any(not (c.isprintable() or c in "\n\t" or c.isspace()) for c in text) or "\x00" in text:
        raise Refused(f"{what}: this is not plain text")
    return text


def _login(login: str) -> str:
    login = login_key(login)
    if not login:
        raise Refused("a login has 2 to 80 letters, digits or . _ @ + -, and begins with a letter or digit")
    return login


def _line(what: str, text: str, needed: bool = True) -> str:
    text = " ".join(text.split())
    if (needed and not text) or len(text) > MAX_NAME_CHARACTERS or not text.isprintable():
        raise Refused(f"{what}: one line of at most {MAX_NAME_CHARACTERS} characters")
    return text
