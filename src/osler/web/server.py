"""Server: uvicorn, told what not to log, saying its address once it listens."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.types import ASGIApp

KEEP_ALIVE_S = 15
CONNECTIONS = 400
"""Beyond this many at once uvicorn answers 503 by itself."""


def cores() -> int:
    """How many questions to answer at one time: as many as this process may use cores, and four at most, for memory's sake."""
    return max(1, min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1))


class _Announcing(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, tell: Callable[[str], None]) -> None:
        super().__init__(config)
        self._tell = tell

    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._tell(f"http://{f'[{host}]' if ':' in host else host}:{port}/")
            sys.stdout.flush()


def run(app: ASGIApp, host: str, port: int, tell: Callable[[str], None], proxy: str | None = None) -> None:
    """Serve until stopped. No access log: addresses of articles are as private as the articles.

    proxy: the address of a proxy in front, whose word on who asks (X-Forwarded-For) is taken; nobody else's is.
    """
    config = uvicorn.Config(
        app, host=host, port=port, access_log=False, log_level="warning", server_header=False, date_header=False,
        proxy_headers=proxy is not None, forwarded_allow_ips=proxy or [], timeout_keep_alive=KEEP_ALIVE_S, limit_concurrency=CONNECTIONS,
    )  # fmt: skip
    _Announcing(config, tell).run()
