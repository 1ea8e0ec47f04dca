"""Server-sent events whose text cannot forge another event: everything sent is one line of JSON (R-18)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from osler.web.asking import Asking

MEDIA_TYPE = "text/event-stream"
Send = Callable[[str, Any], None]
"""Sends an event, from any thread."""


def event(name: str, value: Any) -> bytes:
    """One event. JSON escapes every line end that the format knows, and U+2028 and U+2029 with the rest of non-ASCII.

    Raises ValueError for a name that is not one word: names are ours, never a reader's.
    """
    if not name.isidentifier():
        raise ValueError(f"not a name of an event: {name!r}")
    return f"event: {name}\ndata: {json.dumps(value)}\n\n".encode("ascii")


def events_of(asking: Asking, owner: str, job: Callable[[Send], None]) -> AsyncIterator[bytes]:
    """The events that `job` sends from its place in the queue. It is taken, or refused with 429 or 503, before the first byte."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[bytes | None] = asyncio.Queue()

    def send(name: str, value: Any) -> None:
        loop.call_soon_threadsafe(queue.put_nowait, event(name, value))

    future = asking.submit(owner, lambda: job(send))

    async def events() -> AsyncIterator[bytes]:
        try:
            while (sent := await queue.get()) is not None:
                yield sent
        finally:
            future.cancel()  # the reader has gone: what has not begun is not begun

    future.add_done_callback(lambda _: loop.call_soon_threadsafe(queue.put_nowait, None))
    return events()
