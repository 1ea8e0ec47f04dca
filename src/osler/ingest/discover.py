"""Paths, folders, globs, archives and standard input to single files, in a total order, each with its sidecar."""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from osler.documents.recognise import HEAD_BYTES, Format, recognise
from osler.errors import InputFileError
from osler.ingest.archives import Member, contents
from osler.ingest.naming import SIDECAR_ENDINGS, is_hidden, shown, sidecar_names, what_it_is
from osler.ingest.places import Place
from osler.ingest.unpack import (
    BLOCK,
    MAX_EXPANDED_BYTES,
    MAX_FILE_BYTES,
    Unzipped,
    open_file,
    stamp,
    survey,
    unzip,
    unzip_head,
)

MAX_DEPTH = 2
"""An archive in an archive is opened, one more level is not."""
_MAX_SIDECAR = 1 << 20
_NAMED_BY_PATH = frozenset({Format.PDF, Format.DOCX, Format.HTML, Format.MARKDOWN, Format.PLAIN, Format.FORMULARY})
"""Documents of which the file's place says which one they are: the same words in two folders are two documents."""
PARSERS_VERSION = 1
"""Raise it when a parser reads more or other things than before, so that files which are in already are read again."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One file to be parsed: `data` is None for a PubMed file on disk, which `stream` opens afresh.

    digest: of its content and its sidecar (and its name, where that tells which document it is), as Osler parses it today.
    weight: how many bytes of the file on disk it stands for. cut: its gzip data breaks off before its end.
    """

    name: str
    format: Format
    digest: str
    weight: int
    data: bytes | None
    sidecar: str | None = None
    path: Path | None = None
    cut: bool = False
    stamp: tuple[int, int, int] | None = None

    def stream(self) -> BinaryIO:
        """The decompressed content of a file on disk."""
        if self.path is None:
            return io.BytesIO(self.data or b"")
        raw = open_file(self.path)
        zipped = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        return cast(BinaryIO, Unzipped(raw, self.path.stat().st_size)) if zipped else raw

    def position(self, stream: BinaryIO) -> int:
        """How far into the file on disk a stream from `stream` has read, in bytes."""
        return stream.packed_bytes if isinstance(stream, Unzipped) else stream.tell() if self.path else 0

    def has_changed(self) -> bool:
        """Whether the file on disk is another one than the one whose digest this is."""
        return self.path is not None and stamp(self.path) != self.stamp


@dataclass(frozen=True, slots=True)
class Refused:
    """A file or a member of an archive that is not read, and why. weight: as in FoundFile."""

    name: str
    reason: str
    weight: int = 0


def discover(place: Place, standard_input: BinaryIO | None = None) -> Iterator[FoundFile | Refused]:
    """Every file behind a place: itself, or what is packed in it. A file that cannot be read is one Refused."""
    if place.refusal:
        yield Refused(place.name, place.refusal)
    elif place.path is None:
        yield from _from_standard_input(standard_input)
    else:
        yield from _from_path(place.path, place.name)


def _from_standard_input(standard_input: BinaryIO | None) -> Iterator[FoundFile | Refused]:
    """Kept on disk while it is read. What is to be parsed whole is not taken further than such a file may be."""
    if standard_input is None:
        raise InputFileError("there is nothing on standard input")
    head = standard_input.read(HEAD_BYTES)
    packed = recognise(head) in (Format.GZIP, Format.ZIP, Format.TAR, Format.PUBMED)
    limit = MAX_EXPANDED_BYTES if packed else MAX_FILE_BYTES
    with tempfile.NamedTemporaryFile(prefix="osler-") as spool:
        spool.write(head)
        size, sum_ = len(head), hashlib.sha256(head)
        while size <= limit and (block := standard_input.read(BLOCK)):
            spool.write(block)
            sum_.update(block)
            size += len(block)
        spool.flush()
        # A text that has no name of its own is named by its content: two of them are two documents.
        name = f"standard input {sum_.hexdigest()[:8]}"
        if size > limit:
            yield Refused("standard input", f"larger than {limit >> 20:,} MiB")
        else:
            yield from _from_path(Path(spool.name), name, sidecar=False)


def _from_path(path: Path, name: str, *, sidecar: bool = True) -> Iterator[FoundFile | Refused]:
    before = size = None
    try:
        before = stamp(path)
        size = before[0]
        with open_file(path) as file:
            head = file.read(HEAD_BYTES)
        kind = outer = recognise(head)
        if outer is Format.GZIP:
            kind = recognise(unzip_head(head))
        if kind is Format.PUBMED:
            seen = survey(path, zipped=outer is Format.GZIP)
            digest = _digest(kind, name, seen.digest.encode(), None)
            yield FoundFile(name, kind, digest, size, None, None, path, seen.cut, before)
        elif kind is Format.TAR or outer is Format.ZIP:
            yield from _archive(name, path, kind is Format.TAR, 0, size)
        else:
            with open_file(path) as file:
                data = file.read(min(size, MAX_FILE_BYTES) + 1)
            if stamp(path) != before:
                raise InputFileError("it changed while it was read; add it again when it is whole")
            yield from _from_bytes(name, data, _sidecar(path) if sidecar else None, 0, size)
    except OSError as error:
        yield Refused(name, f"cannot be read ({error.strerror or error})", size or 0)
    except InputFileError as error:
        yield Refused(name, str(error), size or 0)


def _from_bytes(name: str, data: bytes, sidecar: str | None, depth: int, weight: int) -> Iterator[FoundFile | Refused]:
    if len(data) > MAX_FILE_BYTES:
        yield Refused(name, f"larger than {MAX_FILE_BYTES >> 20} MiB", weight)
        return
    kind = recognise(data[:HEAD_BYTES])
    if kind is Format.GZIP:
        if depth >= MAX_DEPTH:
            yield Refused(name, "compressed several times over", weight)
            return
        try:
            inner = unzip(io.BytesIO(data), len(data))
        except InputFileError as error:
            yield Refused(name, str(error), weight)
            return
        yield from _from_bytes(name, inner, sidecar, depth + 1, weight)
    elif kind in (Format.ZIP, Format.TAR):
        yield from _archive(name, io.BytesIO(data), kind is Format.TAR, depth, weight)
    elif kind is Format.EMPTY:
        yield Refused(name, "empty", weight)
    elif kind is Format.UNKNOWN:
        yield Refused(name, what_it_is(data[:HEAD_BYTES]), weight)
    else:
        yield FoundFile(name, kind, _digest(kind, name, data, sidecar), weight, data, sidecar)


def _digest(kind: Format, name: str, content: bytes, sidecar: str | None) -> str:
    made = hashlib.sha256(f"{PARSERS_VERSION}\0{kind}\0{name if kind in _NAMED_BY_PATH else ''}\0{sidecar or ''}\0".encode())
    made.update(content)
    return made.hexdigest()


def _archive(name: str, source: Path | io.BytesIO, tar: bool, depth: int, weight: int) -> Iterator[FoundFile | Refused]:
    """The members of a zip or tar, each with its sidecar and its share of the archive's weight."""
    if depth >= MAX_DEPTH:
        yield Refused(name, "an archive inside an archive inside an archive", weight)
        return
    try:
        with contents(source, tar=tar) as packed:
            seen = [m for m in packed.members if not is_hidden(m.name)]
            sidecars = {m.name: m for m in seen if m.name.endswith(SIDECAR_ENDINGS)}
            total = sum(m.size for m in seen) or 1
            if not seen:
                yield Refused(name, packed.fault or "an archive without files", weight)
                return
            for member in seen:
                if member.name not in sidecars:
                    yield from _member(name, member, sidecars, depth, weight * member.size // total)
            taken = {s for m in seen for s in sidecar_names(m.name)}
            for alone in sorted(set(sidecars) - taken):
                yield Refused(f"{name}!{shown(alone)}", "a sidecar without its document beside it")
            if packed.fault:
                yield Refused(name, packed.fault)
    except OSError as error:
        yield Refused(name, f"cannot be read ({error.strerror or error})", weight)
    except InputFileError as error:
        yield Refused(name, str(error), weight)


def _member(name: str, member: Member, sidecars: dict[str, Member], depth: int, weight: int) -> Iterator[FoundFile | Refused]:
    whole = f"{name}!{shown(member.name)}"
    if member.refusal:
        yield Refused(whole, member.refusal, weight)
        return
    try:
        data = member.read()
        beside = next((sidecars[s] for s in sidecar_names(member.name) if s in sidecars), None)
        if beside is not None and beside.refusal:
            raise InputFileError(f"its sidecar cannot be read: {beside.refusal}")
        sidecar = beside.read()[:_MAX_SIDECAR].decode("utf-8", "replace") if beside is not None else None
    except InputFileError as error:
        yield Refused(whole, str(error), weight)
        return
    yield from _from_bytes(whole, data, sidecar, depth + 1, weight)


def _sidecar(path: Path) -> str | None:
    for name in sidecar_names(path.name):
        beside = path.with_name(name)
        if beside.exists():
            with closing(open_file(beside)) as file:
                return file.read(_MAX_SIDECAR).decode("utf-8", "replace")
    return None
