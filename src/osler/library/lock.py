"""One writer a library: a lock file that says who holds it; it falls when its process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from osler.errors import LibraryError, LibraryLocked

_POLL_S = 0.05


@contextmanager
def only_writer(home: Path, what: str, wait_s: float) -> Iterator[None]:
    """Hold the library's writing lock; wait for another holder at most `wait_s`, then raise LibraryLocked naming it."""
    path = home / "writer.lock"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise LibraryError(f"cannot write in {home}: {error.strerror}") from error
    try:
        _take(descriptor, path, wait_s)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()} ({what}) since {time.strftime('%Y-%m-%d %H:%M:%S')}".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def is_being_written(home: Path) -> bool:
    """Whether another process (or another holder in this one) is writing to the library now."""
    try:
        descriptor = os.open(home / "writer.lock", os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _take(descriptor: int, path: Path, wait_s: float) -> None:
    until = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            if time.monotonic() >= until:
                holder = os.pread(descriptor, 200, 0).decode("utf-8", "replace") or "another process"
                raise LibraryLocked(f"{holder} is writing to the library in {path.parent}; try again when it is done") from error
            time.sleep(_POLL_S)
