"""What a source answered: a reply under bounds, and the one error for everything that is not one."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

from osler.errors import FetchError

RATIO_FLOOR_BYTES = 1 << 20
"""A short text may compress very well; the ratio is looked at only beyond this size."""


class Cut(FetchError):
    """An XML document came without its end, however often it was asked for."""


class Format(StrEnum):
    """What was asked for."""

    XML = "xml"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Reply:
    """One complete, decoded answer. url: as asked, without keys; after redirects, the last one. links: its Link header."""

    url: str
    status: int
    body: bytes
    links: str = ""
    etag: str = ""
    last_modified: str = ""
    from_cache: bool = False


class Body:
    """Gathers a body chunk by chunk, inflating gzip as it comes, and stops at the bounds (a gzip bomb reached 1,028 to 1).

    Raises FetchError: beyond `max_bytes` (before or after inflation), beyond `max_ratio`, damaged or cut gzip,
    an encoding that was not asked for.
    """

    def __init__(self, encoding: str, host: str, max_bytes: int, max_ratio: int) -> None:
        self._host, self._max_bytes, self._max_ratio = host, max_bytes, max_ratio
        self._pieces: list[bytes] = []
        self._size = self._received = 0
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise FetchError(f"{host} sent an encoding that was not asked for ({encoding[:40]!r})")
        self._gzip = zlib.decompressobj(wbits=31) if encoding.endswith("gzip") else None

    def feed(self, chunk: bytes) -> None:
        self._received += len(chunk)
        if self._gzip is None:
            self._add(chunk)
            return
        while chunk:
            if self._gzip.eof:  # a gzip stream may have several members
                self._gzip = zlib.decompressobj(wbits=31)
            try:
                inflated = self._gzip.decompress(chunk, self._max_bytes - self._size + 1)
            except zlib.error as error:
                raise FetchError(f"{self._host} sent damaged gzip data", retryable=True) from error
            self._add(inflated)
            chunk = self._gzip.unconsumed_tail or self._gzip.unused_data

    def finish(self) -> bytes:
        if self._gzip is not None and not self._gzip.eof and self._received:
            raise FetchError(f"{self._host} broke off in the middle of its answer", retryable=True)
        return b"".join(self._pieces)

    def _add(self, piece: bytes) -> None:
        self._size += len(piece)
        if max(self._size, self._received) > self._max_bytes:
            raise FetchError(f"{self._host} sent more than {self._max_bytes:,} bytes in one answer")
        if self._size > RATIO_FLOOR_BYTES and self._size > self._max_ratio * self._received:
            raise FetchError(f"{self._host} sent data that inflates more than {self._max_ratio}-fold")
        self._pieces.append(piece)


_TYPES = {
    Format.XML: ("application/xml", "text/xml"),
    Format.JSON: ("application/json", "text/json"),
}
_UNSPECIFIC = ("", "text/plain", "application/octet-stream")


def check_type(content_type: str, body: bytes, wanted: Format, host: str) -> None:
    """Raises FetchError unless the answer is labelled and begins as what was asked for.

    A log-in page, a proxy's notice or a maintenance page comes as HTML with status 200.
    """
    media = content_type.partition(";")[0].strip().lower()
    start = body[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if media in ("text/html", "application/xhtml+xml") or start.startswith((b"<!doctype html", b"<html")):
        raise FetchError(f"{host} answered with a web page where {wanted.upper()} was asked for (a log-in or maintenance page?)")
    if not (media in _TYPES[wanted] or media in _UNSPECIFIC or media.endswith(f"+{wanted}")):
        raise FetchError(f"{host} answered with {media[:60]!r} where {wanted.upper()} was asked for")
    if not start:
        raise FetchError(f"{host} sent an empty answer", retryable=True)
    if not start.startswith((b"<",) if wanted is Format.XML else (b"{", b"[")):
        raise FetchError(f"{host} sent something that is not {wanted.upper()}")


def check_end(reply: Reply, tag: bytes, host: str) -> Reply:
    """The reply, if its document ends with the closing tag (any prefix). Raises Cut: a source can fail half way through
    with nothing in HTTP to show it.
    """
    last = reply.body[-512:].rstrip().rpartition(b"</")[2]
    if last.rpartition(b":")[2].replace(b" ", b"") != tag + b">":
        raise Cut(f"{host} sent XML without its end (</{tag.decode()}>)", retryable=True)
    return reply


def json_object(body: bytes, host: str) -> Mapping[str, Any]:
    """The JSON object of a body. Raises FetchError: retryable when it does not parse, for then it may have been cut."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FetchError(f"{host} sent JSON that cannot be read", retryable=True) from error
    if not isinstance(value, dict):
        raise FetchError(f"{host} sent JSON that is not an object")
    return value


def dig(value: Any, *path: str) -> Any:
    """The value at a path of keys, None where anything on the way is absent or is not an object."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def records(value: Any, host: str, *path: str) -> list[Any]:
    """The list at a path; absent or null is an empty one. Raises FetchError for anything else."""
    found = dig(value, *path)
    if found is None:
        return []
    if not isinstance(found, list):
        raise FetchError(f"{host} sent an answer of another shape ({'.'.join(path)} is not a list)")
    return found


def count(value: Any) -> int | None:
    """A count as sources write it (3, "3"), else None."""
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


def retry_after_s(header: str, now_s: float) -> float | None:
    """Seconds to wait by a Retry-After header (RFC 9110, 10.2.3: seconds or an HTTP date); None when it cannot be read."""
    text = header.strip()
    seconds = count(text)
    if seconds is not None:
        return float(seconds)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now_s)
    except (ValueError, OverflowError):
        return None
