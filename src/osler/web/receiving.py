"""Receiving: the body of an upload, written to files of our own naming while it comes; nothing of it is held in memory or believed."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest

from osler.ingest.naming import SIDECAR_ENDINGS, shown, sidecar_names
from osler.web.taking_in import Incoming

MAX_FILES = 50
MAX_NAME = 120
_MAX_FIELD = 1_000
_FIELDS = frozenset({"csrf", "collection"})
_BROKEN = "The upload came in a form that cannot be read. Send it again from its page."

_NOT_OURS = "This form is no longer valid. Load the page again and send the files once more."


@dataclass(frozen=True, slots=True)
class Received:
    """name: the last part of what the sender called it. path: where it is; the one has nothing to do with the other. digest: sha256."""

    name: str
    path: Path
    size: int
    digest: str


@dataclass
class _Part:
    headers: dict[str, bytes] = field(default_factory=dict)
    name: str = ""
    filename: str | None = None
    text: bytearray = field(default_factory=bytearray)
    file: IO[bytes] | None = None
    size: int = 0
    sum: hashlib._Hash = field(default_factory=hashlib.sha256)


class Receiver:
    """Takes a multipart body piece by piece. `is_own`: asked with the form's token before a file is taken.

    Raises HTTPException 403 for a form that is not our own, 400 for what is no upload, 413 beyond MAX_FILES or `limit` bytes.
    """

    def __init__(self, content_type: str, folder: Path, limit: int, is_own: Callable[[str], bool]) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not 0 < len(boundary) <= 200:
            raise HTTPException(400, _BROKEN)
        self._folder, self._left, self._is_own = folder, limit, is_own
        self._part = _Part()
        self._field, self._value = bytearray(), bytearray()
        self.proven = False
        self.ended = False
        self.fields: dict[str, str] = {}
        self.files: list[Received] = []
        self._parser = MultipartParser(boundary, {
            "on_part_begin": self._begin, "on_part_data": self._data, "on_part_end": self._end, "on_end": self._over,
            "on_header_field": lambda d, a, b: self._field.extend(d[a:b]), "on_header_value": lambda d, a, b: self._value.extend(d[a:b]),
            "on_header_end": self._header, "on_headers_finished": self._named,
        })  # fmt: skip

    def write(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            raise HTTPException(413, "These files are more than this server takes at once.")
        try:
            self._parser.write(data)
        except MultipartParseError:
            raise HTTPException(400, _BROKEN) from None

    def close(self) -> None:
        if self._part.file is not None:
            self._part.file.close()

    def _begin(self) -> None:
        self._part = _Part()

    def _header(self) -> None:
        self._part.headers[self._field.decode("latin-1").lower()] = bytes(self._value)
        self._field.clear()
        self._value.clear()

    def _named(self) -> None:
        _, options = parse_options_header(self._part.headers.get("content-disposition", b""))
        self._part.name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" not in options:
            return
        if not self.proven:
            raise HTTPException(403, _NOT_OURS)
        if len(self.files) >= MAX_FILES:
            raise HTTPException(413, f"At most {MAX_FILES} files at once; a zip archive holds more.")
        self._part.filename = options[b"filename"].decode("utf-8", "replace")
        descriptor = os.open(self._folder / f"f{len(self.files)}", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        self._part.file = os.fdopen(descriptor, "wb")

    def _data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        if part.file is not None:
            part.file.write(data[start:end])
            part.sum.update(data[start:end])
            part.size += end - start
        elif len(part.text) + end - start > _MAX_FIELD:
            raise HTTPException(400, _BROKEN)
        else:
            part.text.extend(data[start:end])

    def _end(self) -> None:
        part = self._part
        if part.file is not None:
            part.file.close()
            path = self._folder / f"f{len(self.files)}"
            if not part.filename and not part.size:  # a field for files that was left empty
                path.unlink()
                return
            self.files.append(Received(base_name(part.filename or ""), path, part.size, part.sum.hexdigest()))
        elif part.name in _FIELDS:
            self.fields[part.name] = part.text.decode("utf-8", "replace")
            self.proven = self.proven or (part.name == "csrf" and self._is_own(self.fields["csrf"]))

    def _over(self) -> None:
        self.ended = True


def base_name(said: str) -> str:
    """A name to be shown and to tell documents apart: no path, one line, at most MAX_NAME characters."""
    last = unicodedata.normalize("NFC", said).replace("\\", "/").rstrip("/").rpartition("/")[2]
    line = " ".join("".join(c if c.isprintable() else " " for c in last).split())
    if len(line) > MAX_NAME:
        stem, dot, ending = line.rpartition(".")
        line = f"{(stem or line)[: MAX_NAME - 12]}{f'.{ending[:8]}' if dot else ''}"
    return line if line.strip(".") else "file without a name"


async def receive(http: HttpRequest, folder: Path, limit: int, is_own: Callable[[str], bool]) -> Receiver:
    """The whole upload, in `folder`. Raises HTTPException as `Receiver` does, ClientDisconnect."""
    receiver = Receiver(http.headers.get("content-type", ""), folder, limit, is_own)
    try:
        async for data in http.stream():
            if data:
                await run_in_threadpool(receiver.write, data)
    finally:
        receiver.close()
    if not receiver.ended:
        raise HTTPException(400, _BROKEN)
    if not receiver.proven:
        raise HTTPException(403, _NOT_OURS)
    return receiver


def incoming(received: list[Received], collection: str) -> tuple[Incoming, ...]:
    """The files with the names under which the library knows them, each sidecar beside its document.

    Raises HTTPException 400 for two files of one name: one would become a version of the other.
    """
    names = [r.name for r in received]
    if twice := next((n for n in names if names.count(n) > 1), None):
        raise HTTPException(
            400, f"Two of the files are called “{twice}”. Send one of them under another name, or in another collection."
        )
    by_name, taken, found = {r.name: r for r in received}, set[str](), []
    place = f"upload/{base_name(collection)}" if collection.strip() else "upload"
    for r in received:
        if r.name.endswith(SIDECAR_ENDINGS):
            continue
        beside = next((by_name[s] for s in sidecar_names(r.name) if s in by_name), None)
        if beside is not None:
            beside.path.rename(r.path.with_name(f"{r.path.name}.osler.yaml"))
            taken.add(beside.name)
        found.append(Incoming(shown(f"{place}/{r.name}"), str(r.path), r.size))
    alone = [r for r in received if r.name.endswith(SIDECAR_ENDINGS) and r.name not in taken]
    refusal = "a sidecar without its document beside it"
    return (*found, *(Incoming(shown(f"{place}/{r.name}"), "", r.size, refusal) for r in alone))
