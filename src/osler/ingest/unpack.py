"""gzip as a stream that stops at its bounds, and says when it was cut or damaged."""

from __future__ import annotations

import hashlib
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from osler.documents.recognise import HEAD_BYTES
from osler.errors import InputFileError

MAX_FILE_BYTES = 256 << 20
"""A file that is parsed as one piece; multi-record PubMed files are cut while they are read and may be of any size."""
MAX_EXPANDED_BYTES = 8 << 30
MAX_RATIO = 400
"""Gzip can reach 1,032 to 1; the densest real file seen here (a PubMed update) has 12. Checked from 64 MiB on."""
RATIO_FROM_BYTES = 64 << 20
BLOCK = 1 << 20


def open_file(path: Path) -> BinaryIO:
    """An ordinary file for reading; a pipe or a device that took its place is not waited for. Raises OSError, InputFileError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    file = open(descriptor, "rb")  # noqa: PTH123, SIM115 (the caller closes it)
    if not path.is_file():
        file.close()
        raise InputFileError("not a file, but a pipe, a socket or a device")
    return file


def stamp(path: Path) -> tuple[int, int, int]:
    """Changes when the file does: size in bytes, time of change in ns, inode."""
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns, stat.st_ino


class Unzipped:
    """The content of a gzip stream of one or more members, block by block.

    `read` raises InputFileError when the data is damaged (its checksum is checked) or unpacks beyond the bounds.
    Data that ends before its end is given as far as it goes, and `cut` is then true. `packed_bytes`: read so far.
    """

    def __init__(self, raw: BinaryIO, packed_size: int) -> None:
        self._raw, self._size = raw, packed_size
        self._member: zlib._Decompress | None = None
        self._pending = b""
        self._full = self._ended = False
        self._given = self.packed_bytes = 0
        self.cut = False

    def __enter__(self) -> Unzipped:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._raw.close()

    def read(self, size: int = BLOCK) -> bytes:
        """At least one byte and at most `size`; b"" at the end."""
        while not self._ended:
            if not self._pending and not self._full and not self._fill():
                break
            if self._member is None:
                self._pending = self._pending.lstrip(b"\0")  # a tape's padding between and behind members
                if not self._pending:
                    continue
                self._member = zlib.decompressobj(wbits=31)
            given = self._inflate(self._member, size)
            if given:
                return given
        return b""

    def _fill(self) -> bool:
        self._pending = self._raw.read(BLOCK)
        self.packed_bytes += len(self._pending)
        if not self._pending:
            self._ended, self.cut = True, self._member is not None
        return not self._ended

    def _inflate(self, member: zlib._Decompress, size: int) -> bytes:
        try:
            given = member.decompress(self._pending, size)
        except zlib.error as error:
            self._ended = True
            raise InputFileError("the compressed data is damaged (its checksum or its form is wrong)") from error
        self._full = len(given) == size and not member.eof
        self._pending = member.unused_data if member.eof else member.unconsumed_tail
        if member.eof:
            self._member = None
        self._given += len(given)
        if self._given > MAX_EXPANDED_BYTES:
            raise InputFileError(f"it unpacks to more than {MAX_EXPANDED_BYTES >> 30} GiB")
        if self._given > RATIO_FROM_BYTES and self._given > MAX_RATIO * self._size:
            raise InputFileError(f"it unpacks to more than {MAX_RATIO} times its size")
        return given


def unzip(raw: BinaryIO, packed_size: int) -> bytes:
    """All of it, up to MAX_FILE_BYTES. Raises InputFileError, also for data that is cut."""
    stream, blocks, size = Unzipped(raw, packed_size), [], 0
    while block := stream.read():
        blocks.append(block)
        size += len(block)
        if size > MAX_FILE_BYTES:
            raise InputFileError(f"it unpacks to more than {MAX_FILE_BYTES >> 20} MiB")
    if stream.cut:
        raise InputFileError("the compressed data breaks off before its end")
    return b"".join(blocks)


def unzip_head(head: bytes) -> bytes:
    """The first of what a gzip stream with this beginning holds, b"" when it cannot be told."""
    try:
        return zlib.decompressobj(wbits=31).decompress(head, HEAD_BYTES)
    except zlib.error:
        return b""


@dataclass(frozen=True, slots=True)
class Survey:
    """A file read once from end to end before anything of it is used. digest: sha256 of it as found. cut: its gzip data
    breaks off."""

    digest: str
    cut: bool


class _Hashed:
    def __init__(self, raw: BinaryIO) -> None:
        self._raw, self.sum = raw, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._raw.read(size)
        self.sum.update(block)
        return block


def survey(path: Path, *, zipped: bool) -> Survey:
    """A flipped bit shows only in the checksum at the end: nothing of a damaged file may be in the library by then.

    Raises OSError, and InputFileError for a damaged gzip file or one beyond the bounds.
    """
    with open_file(path) as raw:
        hashed = _Hashed(raw)
        reader = Unzipped(hashed, path.stat().st_size) if zipped else None  # type: ignore[arg-type]
        while (reader or hashed).read(BLOCK):
            pass
        return Survey(hashed.sum.hexdigest(), reader is not None and reader.cut)
