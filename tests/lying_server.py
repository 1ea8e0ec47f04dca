"""A small HTTP server on loopback that answers as it is told, however badly, and remembers what it was asked."""

from __future__ import annotations

import gzip
import json
import socketserver
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request as it arrived; `params` of its address and of its form body together."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    params: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return urlsplit(self.target).path


Piece = bytes | float
"""Bytes to send, or seconds to do nothing."""
Script = bytes | Iterable[Piece] | Callable[[Asked], "Script"]


def answer(
    status: int = 200,
    body: bytes = b"",
    kind: str = "application/json",
    headers: Iterable[tuple[str, str]] = (),
    length: int | None = None,
) -> bytes:
    """A whole answer; `length` makes Content-Length say something else than the truth."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", f"Content-Length: {len(body) if length is None else length}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + body


def as_json(value: object, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> bytes:
    return answer(status, json.dumps(value).encode(), headers=headers)


def as_xml(text: str, headers: Iterable[tuple[str, str]] = ()) -> bytes:
    return answer(200, text.encode(), "text/xml; charset=UTF-8", headers)


def gzipped(body: bytes, kind: str = "application/json", cut: int = 0) -> bytes:
    squeezed = gzip.compress(body)
    return answer(200, squeezed[: len(squeezed) - cut], kind, [("Content-Encoding", "gzip")])


def drip(data: bytes, pause_s: float) -> Iterator[Piece]:
    """One byte at a time."""
    for index in range(len(data)):
        yield data[index : index + 1]
        yield pause_s


def endless(head: bytes, piece: bytes) -> Iterator[Piece]:
    yield head
    while True:
        yield piece


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    owner: LyingServer


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        try:
            asked = self._read()
            if asked is not None:
                self._send(self.server.owner.next_script(asked), asked)
        except OSError:  # the client had enough
            return

    def _read(self) -> Asked | None:
        first = self.rfile.readline().decode("latin-1").split()
        if len(first) != 3:
            return None
        headers = {}
        while line := self.rfile.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        body = self.rfile.read(int(headers.get("content-length", "0")))
        params = dict(parse_qsl(urlsplit(first[1]).query) + parse_qsl(body.decode("latin-1")))
        return Asked(first[0], first[1], headers, body, params)

    def _send(self, script: Script, asked: Asked) -> None:
        if callable(script):
            self._send(script(asked), asked)
            return
        for piece in [script] if isinstance(script, bytes) else script:
            if isinstance(piece, float):
                time.sleep(piece)
            else:
                self.connection.sendall(piece)
                self.server.owner.sent += len(piece)


class LyingServer:
    """Serves one script a request, in order, the last one for ever. `asked` are the requests so far, `sent` the bytes."""

    def __init__(self) -> None:
        self.scripts: list[Script] = []
        self.asked: list[Asked] = []
        self.sent = 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def plays(self, *scripts: Script) -> LyingServer:
        self.scripts = list(scripts)
        self.asked = []
        return self

    def next_script(self, asked: Asked) -> Script:
        with self._lock:
            self.asked.append(asked)
            return self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]

    def __enter__(self) -> LyingServer:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)
