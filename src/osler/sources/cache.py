"""Replies kept on disk so that an unchanged one need not be sent again (ETag, Last-Modified)."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path

from osler.sources.replies import Reply

_FORMAT = "osler.reply/1"
_FIELDS = ("url", "links", "etag", "last_modified")


class Cache:
    """One file per address: a line of JSON, then the body. Whatever is wrong with a file, it is a miss, never an error.

    It holds what public sources published, no key and no question. Deleting the directory is always safe.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def load(self, url: str) -> Reply | None:
        """The kept reply, if its file is whole and is about this very address."""
        try:
            head, _, body = self._path(url).read_bytes().partition(b"\n")
            meta = json.loads(head)
            if meta["format"] != _FORMAT or meta["asked"] != url or meta["sha256"] != hashlib.sha256(body).hexdigest():
                return None
            fields = {name: str(meta[name]) for name in _FIELDS}
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        if not _sendable(fields["etag"]) or not _sendable(fields["last_modified"]):
            return None
        return Reply(status=200, body=body, from_cache=True, **fields)

    def store(self, url: str, reply: Reply) -> None:
        """Keep a reply that can be asked for conditionally; a full or read-only disk only means no cache."""
        if not (reply.etag or reply.last_modified) or not (_sendable(reply.etag) and _sendable(reply.last_modified)):
            return
        meta = {name: getattr(reply, name) for name in _FIELDS}
        meta |= {"format": _FORMAT, "asked": url, "sha256": hashlib.sha256(reply.body).hexdigest()}
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self._directory, suffix=".part")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(json.dumps(meta).encode() + b"\n" + reply.body)
                os.replace(temporary, self._path(url))  # noqa: PTH105
            except OSError:
                Path(temporary).unlink(missing_ok=True)
        except OSError:
            return

    def forget(self, url: str) -> None:
        """Drop a reply that turned out to be unusable."""
        try:
            self._path(url).unlink(missing_ok=True)
        except OSError:
            return

    def _path(self, url: str) -> Path:
        return self._directory / hashlib.sha256(url.encode()).hexdigest()


def _sendable(value: str) -> bool:
    """A validator goes back as a header: printable ASCII only, and short."""
    return len(value) <= 512 and value.isascii() and value.isprintable()
