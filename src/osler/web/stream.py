"""Server-sent events whose text cannot forge another event: everything sent is one line of JSON (R-18)."""

from __future__ import annotations

import json
from typing import Any

MEDIA_TYPE = "text/event-stream"


def event(name: str, value: Any) -> bytes:
    """One event. JSON escapes every line end that the format knows, and U+2028 and U+2029 with the rest of non-ASCII.

    Raises ValueError for a name that is not one word: names are ours, never a reader's.
    """
    if not name.isidentifier():
        raise ValueError(f"not a name of an event: {name!r}")
    return f"event: {name}\ndata: {json.dumps(value)}\n\n".encode("ascii")
