"""Uploads: files that somebody sent, kept in a closed folder until they are read, one upload after another."""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from queue import SimpleQueue

from starlette.exceptions import HTTPException

from osler.errors import OslerError
from osler.ingest.report import Report
from osler.ingest.session import Progress
from osler.settings import Settings
from osler.web.serving import Serving
from osler.web.shelf import new_token
from osler.web.taking_in import Incoming, TakingIn

log = logging.getLogger("osler.web")

WAITING = 8
"""Uploads that may wait, and as many may be sent at one time; beyond it the reply is 503."""
KEPT = 100
"""Reports of uploads that are kept; the oldest goes first. What was refused stays in the library's own list."""


class State(StrEnum):
    WAITING = "waiting"
    READING = "reading"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Upload:
    """As it stands. progress: while it is read; report: when it is done; problem: why it failed."""

    token: str
    owner: str
    files: tuple[Incoming, ...]
    folder: Path
    state: State = State.WAITING
    progress: Progress | None = None
    report: Report | None = None
    problem: str = ""

    @property
    def is_over(self) -> bool:
        return self.state not in (State.WAITING, State.READING)

    @property
    def size(self) -> int:
        """Bytes, as they were sent."""
        return sum(f.size for f in self.files)


Watch = Callable[[Upload], None]


class Uploads:
    """All methods are safe to call from any thread. The folder, the thread and the processes are made when they are first needed."""

    def __init__(self, settings: Settings, serving: Serving) -> None:
        self._settings, self._serving = settings, serving
        self._lock = threading.RLock()
        self._uploads: OrderedDict[str, Upload] = OrderedDict()
        self._watching: dict[str, list[Watch]] = {}
        self._queue: SimpleQueue[str | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._running: tuple[str, TakingIn] | None = None
        self._root: Path | None = None
        self._hold = -1
        self._closed = False

    def new_folder(self) -> Path:
        """Where one upload is put, readable by this server alone, on the library's own disk. Raises HTTPException 507, 503."""
        with self._lock:
            if sum(not u.is_over for u in self._uploads.values()) >= WAITING:
                raise HTTPException(503, "Too many uploads are waiting. Try again when they are read.", {"Retry-After": "60"})
            root = self._root or self._make_root()
            if len(list(root.iterdir())) >= 2 * WAITING:
                raise HTTPException(503, "Too many files are being sent just now. Try again in a moment.", {"Retry-After": "60"})
            if shutil.disk_usage(root).free < 3 * self._serving.max_upload_bytes:
                raise HTTPException(507, "The server has no room for more files. Tell whoever keeps it.")
            folder = root / secrets.token_hex(16)
            folder.mkdir(mode=0o700)
            return folder

    def _make_root(self) -> Path:
        """A folder of this process, held by a lock as long as it lives; what dead ones left behind is removed."""
        above = self._settings.home / "incoming"
        above.mkdir(mode=0o700, exist_ok=True)
        for left in sorted(above.iterdir()):
            if (hold := _held(left)) >= 0:
                shutil.rmtree(left, ignore_errors=True)
                os.close(hold)
        root = above / secrets.token_hex(8)
        root.mkdir(mode=0o700)
        self._root, self._hold = root, _held(root)
        return root

    def put(self, owner: str, folder: Path, files: Sequence[Incoming]) -> Upload:
        """Into the queue. The folder is this object's from now on, and goes when the upload is over."""
        upload = Upload(new_token(), owner, tuple(files), folder)
        with self._lock:
            self._uploads[upload.token] = upload
            for token in [t for t, u in self._uploads.items() if u.is_over][: max(0, len(self._uploads) - KEPT)]:
                del self._uploads[token]
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="uploads", daemon=True)
                self._thread.start()
        self._queue.put(upload.token)
        return upload

    def get(self, owner: str, token: str) -> Upload | None:
        """The owner's upload; a token alone opens nothing."""
        with self._lock:
            upload = self._uploads.get(token)
            return upload if upload and upload.owner == owner else None

    def listed(self, owner: str) -> tuple[Upload, ...]:
        """Newest first."""
        with self._lock:
            return tuple(u for u in reversed(self._uploads.values()) if u.owner == owner)

    def ahead(self, token: str) -> int:
        """How many uploads are read before this one."""
        with self._lock:
            before = list(self._uploads.values())[: list(self._uploads).index(token)]
            return sum(not u.is_over for u in before)

    def cancel(self, token: str) -> None:
        """Not begun: it is not begun. Being read: the process that reads it and its workers are killed."""
        with self._lock:
            upload = self._uploads[token]
            if upload.is_over:
                return
            self._settle(token, state=State.CANCELLED)
            if self._running and self._running[0] == token:
                self._running[1].kill()
            else:
                shutil.rmtree(upload.folder, ignore_errors=True)

    def watch(self, token: str, told: Watch) -> Callable[[], None]:
        """Call `told` at once and at each change; what is returned ends it."""
        with self._lock:
            self._watching.setdefault(token, []).append(told)
            told(self._uploads[token])

        def end() -> None:
            with self._lock:
                self._watching[token].remove(told)
                if not self._watching[token]:
                    del self._watching[token]

        return end

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._running:
                self._running[1].kill()
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join()
        if self._root is not None:
            shutil.rmtree(self._root, ignore_errors=True)
            os.close(self._hold)
            self._root = None

    def _settle(self, token: str, **changes: object) -> None:
        """A change, told to whoever watches; of one that is over nothing changes any more."""
        with self._lock:
            if self._uploads[token].is_over:
                return
            upload = replace(self._uploads[token], **changes)  # type: ignore[arg-type]
            self._uploads[token] = upload
            for told in tuple(self._watching.get(token, ())):
                told(upload)

    def _work(self) -> None:
        while (token := self._queue.get()) is not None:
            with self._lock:
                upload = self._uploads[token]
                if self._closed or upload.is_over:
                    continue
                taking = TakingIn(self._settings, upload.files)
                self._running = token, taking
                self._settle(token, state=State.READING)
            try:
                report = taking.run(lambda p, t=token: self._settle(t, progress=p))  # type: ignore[misc]
                self._settle(token, state=State.DONE, report=report)
            except OslerError as error:
                self._settle(token, state=State.FAILED, problem=str(error))
            except Exception as error:  # noqa: BLE001 - the edge of the thread, which goes on with the next upload
                log.error("%s while an upload was read", type(error).__name__)
                self._settle(token, state=State.FAILED, problem="no process could be started to read the files; try again later")
            finally:
                with self._lock:
                    self._running = None
                shutil.rmtree(upload.folder, ignore_errors=True)


def _held(folder: Path) -> int:
    """A descriptor that holds the folder's lock; -1 when another process holds it, or it is no folder."""
    descriptor = -1
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return descriptor
    if descriptor >= 0:
        os.close(descriptor)
    return -1
