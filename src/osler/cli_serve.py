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
    patients: Annotated[bool, typer.Option("--patients", help="Offer answers for patients too.")] = False,
    keys_only: Annotated[
        bool, typer.Option("--keys-only", help="The API wants a key on this machine too, also before one was made.")
    ] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="Start with a few articles that everybody may read; this machine only.")
    ] = False,
) -> None:
    """Serve the pages (ask, read, check) and the API (/api/v1)."""
    from osler.settings import load_settings
    from osler.web.app import create_app
    from osler.web.server import cores, run
    from osler.web.serving import LOOPBACK, Serving

    if demo and host not in _LOOPBACK:
        raise typer.BadParameter("a demonstration is shown on this machine only; leave --host out", param_hint="--demo")
    hosts = tuple(dict.fromkeys((*LOOPBACK, host.lower(), *(n.lower() for n in name or ()))))
    serving = Serving(hosts=hosts, secure=tls, patients=patients, demo=demo, workers=cores(), processes=True, keyless=not keys_only)
    app = create_app(load_settings(), serving)
    run(app, host, port, lambda address: write(f"Osler is at {address} (stop it with Ctrl-C)\n"))
