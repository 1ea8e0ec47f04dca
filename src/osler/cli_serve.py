"""`osler serve`: the pages, on this machine unless told otherwise."""

from __future__ import annotations

from typing import Annotated

import typer

from osler.cli_common import write

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8090,
    host: Annotated[str, typer.Option(help="Address to listen on; the default is this machine alone.")] = "127.0.0.1",
    name: Annotated[list[str] | None, typer.Option(help="A name under which readers reach the server; may be repeated.")] = None,
    tls: Annotated[bool, typer.Option("--tls", help="Readers reach it over https: cookies travel over nothing else.")] = False,
    proxy: Annotated[
        str | None, typer.Option(help="Address of a proxy in front: whom it names in X-Forwarded-For counts as the reader.")
    ] = None,
    patients: Annotated[bool, typer.Option("--patients", help="Offer answers for patients too.")] = False,
    keys_only: Annotated[
        bool, typer.Option("--keys-only", help="The API wants a key on this machine too, also before one was made.")
    ] = False,
    anonymous: Annotated[
        bool | None,
        typer.Option("--anonymous/--accounts-only", help="Whether asking needs no account; by default only on this machine alone."),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Start with fictional people and articles in every state of review; this machine only.")
    ] = False,
) -> None:
    """Serve the pages (ask, read, check) and the API (/api/v1)."""
    from osler.accounts.sessions import setup_link
    from osler.settings import load_settings
    from osler.web.app import create_app
    from osler.web.demo import is_seeded, seed
    from osler.web.server import cores, run
    from osler.web.serving import LOOPBACK, Serving

    if demo and host not in _LOOPBACK:
        raise typer.BadParameter("a demonstration is shown on this machine only; leave --host out", param_hint="--demo")
    open_to_all = host in _LOOPBACK if anonymous is None else anonymous
    hosts = tuple(dict.fromkeys((*LOOPBACK, host.lower(), *(n.lower() for n in name or ()))))
    serving = Serving(
        hosts=hosts,
        secure=tls,
        patients=patients,
        demo=demo,
        workers=cores(),
        processes=True,
        keyless=not keys_only,
        anonymous=open_to_all,
    )
    app = create_app(load_settings(), serving)
    people = seed(app.state.site) if demo else ()
    if not demo and host not in _LOOPBACK and is_seeded(app.state.site.desk):
        raise typer.BadParameter("this library has the fictional people of a demonstration; serve another one", param_hint="--host")
    setup = setup_link(app.state.site.desk) if app.state.site.by_password else None

    def tell(address: str) -> None:
        write(f"Osler is at {address} (stop it with Ctrl-C)\n")
        if setup:
            write(f"First run: make the first admin at {address}setup/{setup} (works once, for a day)\n")
        write("".join(f"{p.login}  {p.password}\n" for p in people))

    run(app, host, port, tell, proxy)
