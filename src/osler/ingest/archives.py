"""The files inside zip and tar archives, in order of name, each read by itself and inside bounds; nothing is written to disk by name."""

from __future__ import annotations

import io
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from osler.errors import InputFileError
from osler.ingest.unpack import (
    BLOCK,
    MAX_EXPANDED_BYTES,
    MAX_FILE_BYTES,
    MAX_RATIO,
    RATIO_FROM_BYTES,
    Unzipped,
    open_file,
)

MAX_MEMBERS = 1_000_000
"""PubMed Central's own bundles hold up to some hundred thousand articles."""
_MAX_ZIP_DIRECTORY = 96 << 20
"""Bytes of a zip's table of contents, which is read whole: a million entries with names of 50 characters."""
_MAX_TAR_HEADER = 8 << 20
_ZIP_TAIL = 22 + 65_535

_FAULTS = (OSError, EOFError, zlib.error, tarfile.TarError, zipfile.BadZipFile, RuntimeError, ValueError, NotImplementedError)
"""What the standard library raises for archives that are damaged, encrypted or packed by a method it does not know."""


@dataclass(frozen=True, slots=True)
class Member:
    """One entry. size: unpacked bytes as the archive says. `refusal`: why it is not read, "" when it can be."""

    name: str
    size: int
    refusal: str
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Contents:
    """members: in order of name (of equal names in the order of the archive). fault: why there may have been more of them."""

    members: tuple[Member, ...]
    fault: str = ""


@contextmanager
def contents(source: Path | io.BytesIO, *, tar: bool) -> Iterator[Contents]:
    """What is in an archive, folders aside.

    `Member.read` raises InputFileError for an entry that is damaged or larger than it says.
    Raises InputFileError when nothing of the archive can be read.
    """
    with _opened(source) as (file, cut):
        found: list[Member] = []
        fault = "the archive breaks off before its end" if cut else ""
        try:
            found.extend(_tar_members(file) if tar else _zip_members(file))  # what came before a fault stays
        except _FAULTS as error:
            fault = fault or f"the archive is damaged ({_said(error)})"
        if fault and not found:
            raise InputFileError(fault)
        most = MAX_EXPANDED_BYTES if tar else min(MAX_EXPANDED_BYTES, MAX_RATIO * _size(file))
        if sum(m.size for m in found) > max(most, RATIO_FROM_BYTES):
            raise InputFileError("the archive would unpack to more than is read")
        yield Contents(tuple(sorted(found, key=lambda m: m.name)), fault)


@contextmanager
def _opened(source: Path | io.BytesIO) -> Iterator[tuple[BinaryIO, bool]]:
    """The archive for random access, and whether its gzip stream was cut."""
    if isinstance(source, io.BytesIO):
        yield source, False
        return
    with open_file(source) as raw:
        if raw.read(2) != b"\x1f\x8b":
            yield raw, False
            return
        raw.seek(0)
        # Random access into a gzip stream starts over for each member: unpack it once, to disk, bounded.
        with tempfile.TemporaryFile() as spool:
            stream = Unzipped(raw, source.stat().st_size)
            while block := stream.read(BLOCK):
                spool.write(block)
            yield cast(BinaryIO, spool), stream.cut


def _size(file: BinaryIO) -> int:
    return file.seek(0, io.SEEK_END)


def _zip_members(file: BinaryIO) -> Iterator[Member]:
    if _directory_bytes(file) > _MAX_ZIP_DIRECTORY:
        raise ValueError(f"its table of contents is larger than {_MAX_ZIP_DIRECTORY >> 20} MiB")
    archive = zipfile.ZipFile(file)
    entries = archive.infolist()
    if len(entries) > MAX_MEMBERS:
        raise ValueError(f"more than {MAX_MEMBERS:,} files")
    for info in entries:
        if not info.filename:  # a damaged directory may name nothing, and zipfile trips over that
            yield Member("(without a name)", 0, "it has no name", partial(_unpacked, archive, info))
            continue
        if info.is_dir():
            continue
        refusal = _too_large(info.file_size)
        if info.flag_bits & 1:
            refusal = "locked with a password"
        elif info.file_size > RATIO_FROM_BYTES and info.file_size > MAX_RATIO * max(1, info.compress_size):
            refusal = f"it would unpack to more than {MAX_RATIO} times its size"
        yield Member(info.filename, 0 if refusal else info.file_size, refusal, partial(_unpacked, archive, info))


def _directory_bytes(file: BinaryIO) -> int:
    """The size that the end of a zip gives for its table of contents; the larger one of the two places where it may stand."""
    start = max(0, _size(file) - _ZIP_TAIL)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    size = int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0
    if size < 0xFFFFFFFF:
        return size
    at = tail.rfind(b"PK\x06\x06")
    return int.from_bytes(tail[at + 40 : at + 48], "little") if at >= 0 else size


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(info) as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except _FAULTS as error:
        raise InputFileError(f"cannot be unpacked ({_said(error)})") from error
    if len(data) != info.file_size:
        raise InputFileError(f"unpacks to {len(data):,} bytes where the archive says {info.file_size:,}")
    return data


def _tar_members(file: BinaryIO) -> Iterator[Member]:
    """Only name, place and size of each are kept: a TarInfo takes a kilobyte, and a tar of empty files packs a thousandfold."""
    file.seek(0)
    count = 0
    with tarfile.open(fileobj=cast(BinaryIO, _Headers(file)), mode="r:") as archive:
        while (info := archive.next()) is not None:
            archive.members = []  # type: ignore[attr-defined]
            count += 1
            if count > MAX_MEMBERS:
                raise ValueError(f"more than {MAX_MEMBERS:,} files")
            if info.isdir():
                continue
            refusal = _too_large(info.size)
            if not info.isreg() or info.issparse():
                refusal = "a link inside an archive, not a file" if info.issym() or info.islnk() else "not an ordinary file"
            yield Member(info.name, 0 if refusal else info.size, refusal, partial(_cut_out, file, info.offset_data, info.size))


class _Headers:
    """The tar as its headers are read from it: one that claims to be a gigabyte long is not read into memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int) -> bytes:
        if not 0 <= size <= _MAX_TAR_HEADER:
            raise ValueError(f"a header larger than {_MAX_TAR_HEADER >> 20} MiB")
        return self._file.read(size)


def _cut_out(file: BinaryIO, start: int, size: int) -> bytes:
    file.seek(start)
    data = file.read(size)
    if len(data) < size:
        raise InputFileError("the archive breaks off in the middle of it")
    return data


def _too_large(size: int) -> str:
    return f"larger than {MAX_FILE_BYTES >> 20} MiB" if size > MAX_FILE_BYTES else ""


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
