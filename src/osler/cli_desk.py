"""The desk's people and its audit on the command line: user add, list, …; audit verify, head, renew."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from osler.cli_common import FAULTS_FOUND, write, write_json

if TYPE_CHECKING:
    from osler.domain.account import Actor, Role
    from osler.review.store import Desk

user_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="People who write, review and publish.")
audit_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The record of who did what at the review desk.")

Login = Annotated[str, typer.Argument(help="The login of the person.")]


class Part(StrEnum):
    """What a person may do."""

    author = "author"
    reviewer = "reviewer"
    editor = "editor"
    admin = "admin"


Roles = Annotated[list[Part] | None, typer.Option("--role", help="author, reviewer, editor or admin; may be repeated.")]


def opened() -> Desk:
    from osler.review.store import open_desk
    from osler.settings import load_settings

    return open_desk(load_settings())


def secret(what: str, *, twice: bool = False) -> str:
    """Typed without being shown; from a pipe, the next line of standard input. Never an argument: those are seen by others."""
    if sys.stdin.isatty():
        typed: str = typer.prompt(what, hide_input=True, confirmation_prompt=twice, err=True)
        return typed
    return sys.stdin.readline().rstrip("\r\n")


def signed_in(desk: Desk, login: str) -> Actor:
    """The person, by their password. Raises SignInRefused."""
    from osler.accounts.sessions import prove

    return prove(desk, login, secret(f"Password of {login}"), "command line")


def _roles(roles: list[Part] | None) -> tuple[Role, ...]:
    from osler.domain.account import Role

    return tuple(Role(r.value) for r in roles or ())


@user_app.command("add")
def user_add(
    login: Login,
    name: Annotated[str, typer.Option(help="The name that readers see under what the person signed.")],
    role: Roles = None,
    credentials: Annotated[str, typer.Option(help="Degrees and post, as readers see them.")] = "",
) -> None:
    """Add a person; the password is asked for, or, left empty, chosen by the person through a one-time link."""
    from osler.accounts.people import add_account
    from osler.accounts.sessions import password_link
    from osler.domain.account import OPERATOR

    desk = opened()
    password = secret("Password (empty: by a one-time link)")
    made = add_account(desk, OPERATOR, login, name, _roles(role), credentials=credentials, password=password or None)
    write(f"{made.id}  {made.login}  {', '.join(made.roles) or 'no role'}\n")
    if not password:
        write(f"one-time link, good for seven days: /password/{password_link(desk, OPERATOR, login)}\n")


@user_app.command("list")
def user_list(as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
    """Everybody: id, login, roles, name, and how old their declaration of interests is."""
    from osler.accounts.people import every, latest_disclosure

    with opened().reading() as connection:
        found = [(a, latest_disclosure(connection, a.id)) for a in every(connection)]
    for account, disclosure in found:
        declared = disclosure.dated_on if disclosure else None
        if as_json:
            row = {"id": account.id, "login": account.login, "name": account.name, "credentials": account.credentials}
            write_json({**row, "roles": list(account.roles), "active": account.active, "declared": declared}, indent=None)
            continue
        state = "" if account.active else " (disabled)"
        who = ", ".join(filter(None, (account.name, account.credentials)))
        write(f"{account.id}\t{account.login}{state}\t{', '.join(account.roles) or '-'}\t{who}\tdeclared: {declared or 'never'}\n")


@user_app.command("disable")
def user_disable(login: Login) -> None:
    """Sign a person out everywhere; their keys are revoked and their approvals count no longer."""
    from osler.accounts.people import set_active
    from osler.domain.account import OPERATOR

    write(f"{set_active(opened(), OPERATOR, login, False).login} is disabled\n")


@user_app.command("enable")
def user_enable(login: Login) -> None:
    """Let a disabled person in again."""
    from osler.accounts.people import set_active
    from osler.domain.account import OPERATOR

    write(f"{set_active(opened(), OPERATOR, login, True).login} is enabled\n")


@user_app.command("roles")
def user_roles(login: Login, role: Roles = None) -> None:
    """Give a person exactly these roles."""
    from osler.accounts.people import set_roles
    from osler.domain.account import OPERATOR

    made = set_roles(opened(), OPERATOR, login, _roles(role))
    write(f"{made.login}: {', '.join(made.roles) or 'no role'}\n")


@user_app.command("password")
def user_password(login: Login) -> None:
    """Set a person's password; ends every session and frees a login locked by failed tries."""
    from osler.accounts.people import set_password
    from osler.domain.account import OPERATOR

    set_password(opened(), OPERATOR, login, secret("New password", twice=True))
    write("set\n")


@user_app.command("link")
def user_link(
    login: Login,
    subject: Annotated[str, typer.Argument(help="What the provider calls the person for good: the `sub` of their tokens.")],
) -> None:
    """Let a person sign in through the provider (OSLER_OIDC_ISSUER) as this account, where it verifies no addresses."""
    from osler.accounts.identities import link
    from osler.domain.account import OPERATOR
    from osler.errors import UserError
    from osler.settings import load_settings

    oidc = load_settings().oidc
    if oidc is None:
        raise UserError("no provider is set: OSLER_OIDC_ISSUER")
    write(f"{link(opened(), OPERATOR, login, oidc.issuer, subject).login} is linked\n")


@user_app.command("unlink")
def user_unlink(login: Login) -> None:
    """Forget whom a provider of sign-in named as this account, so that somebody else can be linked to it."""
    from osler.accounts.identities import unlink
    from osler.domain.account import OPERATOR

    write(f"{unlink(opened(), OPERATOR, login).login} is linked to nobody\n")


@user_app.command("disclose")
def user_disclose(
    login: Login,
    interests: Annotated[str, typer.Option(help="Interests of the last 36 months, in words; empty: none.")] = "",
) -> None:
    """Declare one's own interests of the last 36 months (ICMJE); the person's password is asked for."""
    from osler.accounts.people import disclose

    desk = opened()
    made = disclose(desk, signed_in(desk, login), interests)
    write(f"declared on {made.dated_on} for the time since {made.covers_from}: {made.interests or 'no interests'}\n")


@audit_app.command("verify")
def audit_verify(
    head: Annotated[
        Path | None, typer.Option(help="One more file of heads to compare with, for example a copy kept elsewhere.")
    ] = None,
) -> None:
    """Find every deleted, reordered, altered, inserted or cut off row, and whatever the desk says and the audit does not (exit code 6)."""
    from osler import audit
    from osler.review.check import faults_of

    desk = opened()
    faults = [f.words for f in desk.verify_audit()]
    with desk.reading() as connection:
        rows = audit.last_number(connection)
        if head is not None:
            faults += [f.words for f in audit.verify(connection, (head,)) if f.words not in faults]
    faults += faults_of(desk)
    if faults:
        write("\n".join(faults) + "\n")
        raise typer.Exit(FAULTS_FOUND)
    write(f"whole: {rows} rows\n")


@audit_app.command("head")
def audit_head() -> None:
    """The number, hash and time of the last row; written down elsewhere, it proves that nothing before it was changed."""
    from osler import audit

    with opened().reading() as connection:
        last = audit.last_entry(connection)
    write(f"{last.seq} {last.hash} {last.at}\n" if last else f"0 {audit.GENESIS} -\n")


@audit_app.command("renew")
def audit_renew() -> None:
    """After a backup was restored: keep the old file of heads under another name, and begin a new one. Itself a row of the audit."""
    from osler import audit
    from osler.domain.account import OPERATOR

    desk = opened()
    with desk.writing() as connection:
        kept = [audit.renew_head(connection, desk.stamp(), OPERATOR.account_id, path) for path in desk.heads]
    write("".join(f"kept: {path}\n" for path in kept))
