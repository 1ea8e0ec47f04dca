"""The keys of the API on the command line: key add, list, revoke."""

from __future__ import annotations

from typing import Annotated

import typer

from osler.cli_common import write, write_json
from osler.cli_desk import Login, opened, signed_in

key_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Keys with which programs use the API for a person.")


@key_app.command("add")
def key_add(
    login: Login,
    label: Annotated[str, typer.Option(help="What the key is for, as `key list` shows it.")] = "",
) -> None:
    """Make a key, good for a year; the person's password is asked for. It is shown this once: Osler keeps a hash of it. From then
    on programs on this machine need a key too."""
    from osler.accounts.sessions import make_key

    desk = opened()
    write(make_key(desk, signed_in(desk, login), label) + "\n")


@key_app.command("list")
def key_list(as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
    """The keys that work: number, whose, what for, made on, good until. The keys themselves are nowhere."""
    from osler.accounts.people import list_accounts
    from osler.accounts.sessions import list_keys

    desk = opened()
    for account in list_accounts(desk):
        for number, label, made, until in list_keys(desk, account.id):
            if as_json:
                row = {"number": number, "login": account.login, "label": label, "made": made, "until": until}
                write_json(row, indent=None)
            else:
                write(f"{number}\t{account.login}\t{label or '-'}\tmade {made[:10]}\tuntil {until[:10]}\n")


@key_app.command("revoke")
def key_revoke(number: Annotated[int, typer.Argument(help="The number of the key, as `osler key list` shows it.")]) -> None:
    """Make a key useless, at once."""
    from osler.accounts.sessions import revoke_key
    from osler.domain.account import OPERATOR

    revoke_key(opened(), OPERATOR, number)
    write(f"key {number} is revoked\n")
