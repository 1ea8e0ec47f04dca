"""Paths, folders, globs, archives and standard input to single files, in a total order, each with its sidecar."""

from __future__ import annotations

import glob
import gzip
import hashlib
import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from osler.documents.recognise import HEAD_BYTES, Format, recognise
from osler.errors import InputFileError

MAX_FILE_BYTES = 256 << 20
"""A file that is parsed as one piece; multi-record PubMed files are cut while they are read and may be of any size."""
MAX_EXPANDED_BYTES = 8 << 30
MAX_RATIO = 400
"""Gzip can reach 1,032 to 1; the densest real file seen here (a PubMed update) has 12. Checked from 64 MiB on."""
_RATIO_FROM_BYTES = 64 << 20
MAX_DEPTH = 2
"""An archive in an archive is opened, one more level is not."""
SIDECAR_ENDINGS = (".osler.yaml", ".osler.yml")
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One file to be parsed: `data` is None for a PubMed file, which `stream` opens afresh.

    digest: sha256 of its content and its sidecar. size: in bytes as found.
    """

    name: str
    format: Format
    digest: str
    size: int
    data: bytes | None
    sidecar: str | None = None
    path: Path | None = None

    def packed_position(self, stream: BinaryIO) -> int:
        """How far into the file as found a stream from `stream` has read, in bytes."""
        return stream.packed_position() if isinstance(stream, _Bounded) else stream.tell()

    def stream(self) -> BinaryIO:
        """The decompressed content of a file on disk."""
        if self.path is None:
            return io.BytesIO(self.data or b"")
        with self.path.open("rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
        return cast(BinaryIO, _Bounded(self.path)) if zipped else self.path.open("rb")


@dataclass(frozen=True, slots=True)
class Refused:
    """A file or a member of an archive that is not read, and why."""

    name: str
    reason: str


def discover(arguments: Iterable[str], standard_input: BinaryIO | None = None) -> Iterator[FoundFile | Refused]:
    """Every file behind the arguments; folders and globs are sorted. Raises InputFileError for a path that is not there."""
    for argument in arguments:
        if argument == "-":
            if standard_input is None:
                raise InputFileError("there is nothing on standard input")
            data = standard_input.read(MAX_FILE_BYTES + 1)
            yield from _from_bytes("standard input", data, None, 0)
            continue
        for path in _paths(argument):
            yield from _from_path(path)


def _paths(argument: str) -> list[Path]:
    path = Path(argument).expanduser()
    if path.is_dir():
        return sorted(
            p for p in path.rglob("*") if p.is_file() and not _is_hidden(p, path) and not p.name.endswith(SIDECAR_ENDINGS)
        )
    if path.exists():
        return [path]
    matched = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207 (an absolute pattern is one too)
    if not matched:
        raise InputFileError(f"{argument}: no such file or folder, and no file matches it")
    return [p for m in matched for p in _paths(m) if not p.name.endswith(SIDECAR_ENDINGS)]


def _is_hidden(path: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(root).parts)


def _from_path(path: Path) -> Iterator[FoundFile | Refused]:
    name = path.as_posix()
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        kind = recognise(head)
        if kind is Format.GZIP:
            kind = recognise(_gunzip_head(head))
        if kind is Format.PUBMED:
            size = path.stat().st_size
            yield FoundFile(name, kind, _digest_of(path), size, None, path=path)
        elif kind is Format.TAR or recognise(head) is Format.ZIP:
            yield from _archive(name, path, 0)
        else:
            data = _read_bounded(path)
            yield from _from_bytes(name, data, _sidecar(path), 0)
    except OSError as error:
        yield Refused(name, f"cannot be read ({error.strerror or error})")
    except (EOFError, zlib.error, ValueError) as error:
        yield Refused(name, f"cannot be decompressed ({error})")


def _from_bytes(name: str, data: bytes, sidecar: str | None, depth: int) -> Iterator[FoundFile | Refused]:
    if len(data) > MAX_FILE_BYTES:
        yield Refused(name, f"larger than {MAX_FILE_BYTES >> 20} MiB")
        return
    kind = recognise(data[:HEAD_BYTES])
    if kind is Format.GZIP:
        try:
            inner = _gunzip(data)
        except (EOFError, OSError, zlib.error, ValueError) as error:
            yield Refused(name, f"cannot be decompressed ({error})")
            return
        if depth < MAX_DEPTH:
            yield from _from_bytes(name, inner, sidecar, depth + 1)
        else:
            yield Refused(name, "compressed more than once too often")
    elif kind in (Format.ZIP, Format.TAR):
        yield from _archive(name, io.BytesIO(data), depth)
    elif kind is Format.EMPTY:
        yield Refused(name, "empty")
    elif kind is Format.UNKNOWN:
        yield Refused(name, "not a format that Osler reads")
    else:
        digest = hashlib.sha256(data + b"\0" + (sidecar or "").encode()).hexdigest()
        yield FoundFile(name, kind, digest, len(data), data, sidecar)


def _archive(name: str, source: Path | io.BytesIO, depth: int) -> Iterator[FoundFile | Refused]:
    """The members of a zip or tar, in order of name; sidecars go with their files. Sizes are checked while reading."""
    if depth >= MAX_DEPTH:
        yield Refused(name, "an archive inside an archive inside an archive")
        return
    try:
        with _opened(source) as archive:
            members = sorted(archive.members())
            beside = {m for m, _ in members if m.endswith(SIDECAR_ENDINGS)}
            total = 0
            for member, size in members:
                whole = f"{name}!{member}"
                if member in beside or any(p.startswith(".") for p in Path(member).parts):
                    continue
                total += size
                if size > MAX_FILE_BYTES or total > MAX_EXPANDED_BYTES:
                    yield Refused(whole, "larger than an archive may unpack to")
                    continue
                data = archive.read(member)
                text = next((archive.read(s).decode("utf-8", "replace") for s in _sidecar_names(member) if s in beside), None)
                yield from _from_bytes(whole, data, text, depth + 1)
    except (
        OSError,
        EOFError,
        zlib.error,
        tarfile.TarError,
        zipfile.BadZipFile,
        RuntimeError,
        ValueError,
        NotImplementedError,
    ) as error:
        yield Refused(name, f"the archive cannot be read ({error})")


class _Zip:
    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file

    def __enter__(self) -> _Zip:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def members(self) -> list[tuple[str, int]]:
        found = []
        for info in self._file.infolist():
            if info.is_dir():
                continue
            if info.file_size > _RATIO_FROM_BYTES and info.file_size > MAX_RATIO * max(1, info.compress_size):
                raise ValueError(f"{info.filename} would unpack to {info.file_size:,} bytes from {info.compress_size:,}")
            found.append((info.filename, info.file_size))
        return found

    def read(self, member: str) -> bytes:
        with self._file.open(member) as file:
            return file.read(MAX_FILE_BYTES + 1)


class _Tar:
    def __init__(self, file: tarfile.TarFile) -> None:
        self._file = file

    def __enter__(self) -> _Tar:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def members(self) -> list[tuple[str, int]]:
        return [(m.name, m.size) for m in self._file.getmembers() if m.isfile()]

    def read(self, member: str) -> bytes:
        file = self._file.extractfile(member)
        return file.read(MAX_FILE_BYTES + 1) if file is not None else b""


def _opened(source: Path | io.BytesIO) -> _Zip | _Tar:
    if isinstance(source, Path):
        with source.open("rb") as file:
            head = file.read(4)
        if head[:2] == b"\x1f\x8b":
            # Random access into a gzip stream starts over for each member: unpack it once, to disk, bounded.
            return _Tar(tarfile.open(fileobj=_spooled(source)))
        if head == b"PK\x03\x04":
            return _Zip(zipfile.ZipFile(source))
        return _Tar(tarfile.open(source))
    head = source.getvalue()[:4]
    return _Zip(zipfile.ZipFile(source)) if head[:2] == b"PK" else _Tar(tarfile.open(fileobj=source))


def _spooled(path: Path) -> BinaryIO:
    import tempfile

    spool = tempfile.TemporaryFile()  # noqa: SIM115
    with _Bounded(path) as stream:
        while block := stream.read(_BLOCK):
            spool.write(block)
    spool.seek(0)
    return cast(BinaryIO, spool)


def _sidecar_names(name: str) -> list[str]:
    stem = name.rpartition(".")[0]
    return [f"{base}{ending}" for base in (name, stem) if base for ending in SIDECAR_ENDINGS]


def _sidecar(path: Path) -> str | None:
    for name in _sidecar_names(path.name):
        beside = path.with_name(name)
        if beside.is_file():
            return beside.read_bytes()[: 1 << 20].decode("utf-8", "replace")
    return None


def _read_bounded(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_FILE_BYTES + 1)


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _gunzip_head(head: bytes) -> bytes:
    return zlib.decompressobj(wbits=31).decompress(head, HEAD_BYTES)


def _gunzip(data: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        out = file.read(MAX_FILE_BYTES + 1)
    if len(out) > _RATIO_FROM_BYTES and len(out) > MAX_RATIO * len(data):
        raise ValueError(f"it unpacks to more than {MAX_RATIO} times its size")
    return out


class _Bounded(gzip.GzipFile):
    """A gzip stream that stops at the bounds instead of filling the disk or the memory."""

    def close(self) -> None:
        super().close()
        self._raw.close()

    def __init__(self, path: Path) -> None:
        self._raw = path.open("rb")
        super().__init__(fileobj=self._raw)
        self._packed = path.stat().st_size
        self._given = 0

    def packed_position(self) -> int:
        return self._raw.tell() if not self._raw.closed else self._packed

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self._given += len(data)
        if self._given > MAX_EXPANDED_BYTES or (self._given > _RATIO_FROM_BYTES and self._given > MAX_RATIO * self._packed):
            raise ValueError(f"it unpacks to more than {MAX_RATIO} times its size")
        return data
