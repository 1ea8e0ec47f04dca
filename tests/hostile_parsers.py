"""Parsers that behave badly on demand, to be put in the place of a real one: what the text says is what they do."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

from osler.documents.plain import parse_plain
from osler.documents.record import Record, Rejected
from osler.domain.status import NoticeNature, StatusNotice


def parse(data: bytes, name: str) -> Iterator[Record]:
    """Does what the first word says; any other text is parsed as the plain text that it is."""
    match data.split()[0].decode():
        case "HANG":
            while True:
                time.sleep(1)
        case "STOP":  # as a debugger or a full machine does to a process
            os.kill(os.getpid(), signal.SIGSTOP)
        case "DIE":
            os.kill(os.getpid(), signal.SIGKILL)
        case "EAT":
            held = [b""]
            while True:
                held.append(bytes(32 << 20))
        case "RAISE":
            raise KeyError("a fault\nof two lines")
        case "REFUSE":
            for _ in range(int(data.split()[1])):
                yield Rejected("a record", "it is broken")
            return
        case "NOTICE":
            for pmid in data.split()[1:]:
                yield StatusNotice(NoticeNature.RETRACTION, "a test", pmid.decode())
            return
    yield from parse_plain(data, name)
