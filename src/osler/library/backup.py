"""The library in one file, and back: a zip archive of a manifest and proven copies of the library and of what lies beside it."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from osler import store as db
from osler.errors import InputFileError, LibraryDamaged, LibraryError
from osler.library.catalog import Catalog
from osler.library.check import faults_of
from osler.library.exchange import remove_database, sync_folder

FORMAT = "osler.backup/1"
_MANIFEST, _DATABASE, _DESK = "manifest.json", "library.sqlite", "desk.sqlite"
_BLOCK = 1 << 20
_MAX_MANIFEST_BYTES = 1 << 16
_DAMAGE = (zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, NotImplementedError, RuntimeError, EOFError)
"""What zipfile and json raise for a file that is not what it should be."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself: sha256 and bytes are those of the library in it, made_at is UTC. answers, desk_bytes and
    desk_sha256 are of the file beside the library; zeros and nothing when it is not in the backup."""

    format: str
    schema: int
    library: str
    snapshot: str
    documents: int
    passages: int
    made_at: str
    bytes: int
    sha256: str
    answers: int = 0
    desk_bytes: int = 0
    desk_sha256: str = ""


Beside = Callable[[Path], int]
"""Writes a proven copy of the file beside the library to a path, and returns how many answers are in it."""


def back_up(catalog: Catalog, file: Path, beside: Beside | None = None) -> Manifest:
    """Write the library as it stands now, and what lies beside it, into one file, which appears only when it is whole and proven.

    Others ask and add meanwhile. A backup that is there is replaced; any other file is not.
    Raises InputFileError, LibraryDamaged when the library has faults (nothing is written then).
    """
    if not file.parent.is_dir():
        raise InputFileError(f"there is no directory {file.parent}")
    if file.exists():
        read_manifest(file)  # do not write over anything else
    copy = file.with_name(f".{file.name}.{uuid.uuid4().hex[:8]}.sqlite")
    part, desk = copy.with_suffix(".part"), copy.with_suffix(".desk")
    try:
        _copy(catalog, copy)
        manifest = _prove(copy)
        if beside is not None:
            answers = beside(desk)
            manifest = replace(manifest, answers=answers, desk_bytes=desk.stat().st_size, desk_sha256=_sha256(desk))
        mode = 0o666 if beside is None else 0o600  # answers are for their owner's eyes
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as out, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(_MANIFEST, json.dumps(asdict(manifest), indent=1))
            archive.write(copy, _DATABASE)
            if beside is not None:
                archive.write(desk, _DESK)
        _sync(part)
        part.replace(file)
        sync_folder(file.parent)
    except OSError as error:
        raise InputFileError(f"cannot write {file}: {error.strerror or error}") from error
    finally:
        remove_database(copy)
        remove_database(desk)
        part.unlink(missing_ok=True)
    return manifest


def _copy(catalog: Catalog, copy: Path) -> None:
    """One consistent state, made by SQLite itself; writers wait for their commit until it is done."""
    with catalog.store.unbound() as connection:
        connection.exec_driver_sql("VACUUM INTO ?", (str(copy),))


def _prove(copy: Path) -> Manifest:
    store = db.Store(copy)
    try:
        catalog = Catalog(store)
        faults = faults_of(catalog)
        if faults:
            raise LibraryDamaged(f"the library has faults, the first is: {faults[0]}; `osler doctor --repair` mends them")
        snapshot, identity = catalog.snapshot(), catalog.identity()
    finally:
        store.close()
    at, size, sha256 = datetime.now(UTC).isoformat(timespec="seconds"), copy.stat().st_size, _sha256(copy)
    return Manifest(FORMAT, db.SCHEMA_VERSION, identity, snapshot.id, snapshot.documents, snapshot.passages, at, size, sha256)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_manifest(file: Path) -> Manifest:
    """What the backup says of itself. Raises InputFileError for anything that is not a backup of Osler's."""
    try:
        with zipfile.ZipFile(file) as archive:
            if archive.getinfo(_MANIFEST).file_size > _MAX_MANIFEST_BYTES:
                raise ValueError("its manifest is too long")
            manifest = Manifest(**json.loads(archive.read(_MANIFEST)))
            stored = archive.getinfo(_DATABASE).file_size
            desk = archive.getinfo(_DESK).file_size if manifest.desk_bytes else 0
    except FileNotFoundError as error:
        raise InputFileError(f"there is no file {file}") from error
    except (*_DAMAGE, OSError) as error:
        raise InputFileError(f"{file} is not a backup of Osler's, or it is damaged ({error})") from error
    if manifest.format != FORMAT or manifest.schema != db.SCHEMA_VERSION:
        raise InputFileError(
            f"{file} has format {manifest.format}, schema {manifest.schema}; this Osler reads {FORMAT}, schema {db.SCHEMA_VERSION}"
        )
    if stored != manifest.bytes:
        raise InputFileError(f"{file} is damaged: its database has {stored:,} bytes, not {manifest.bytes:,}")
    if desk != manifest.desk_bytes:
        raise InputFileError(f"{file} is damaged: its stored answers have {desk:,} bytes, not {manifest.desk_bytes:,}")
    return manifest


def unpack(file: Path, made: Path) -> Manifest:
    """The library of a backup as a new library file at `made`, proven, under an identity of its own.

    Raises InputFileError, LibraryDamaged; then there is nothing at `made`.
    """
    manifest = read_manifest(file)
    remove_database(made)
    try:
        _extract(file, made, _DATABASE, manifest.bytes, manifest.sha256)
        store = db.Store(made)
        try:
            with store.writing() as connection:
                db.new_identity(connection)
            catalog = Catalog(store)
            faults = faults_of(catalog)
            snapshot = catalog.snapshot()
        finally:
            store.close()
        if faults or (snapshot.id, snapshot.documents) != (manifest.snapshot, manifest.documents):
            raise LibraryDamaged(f"{file} is damaged: {faults[0] if faults else 'it holds another library than it says'}")
    except BaseException:
        remove_database(made)
        raise
    return manifest


def unpack_desk(file: Path, made: Path) -> bool:
    """What lay beside the library of a backup, as a new file at `made`; False when the backup has none. Raises InputFileError."""
    manifest = read_manifest(file)
    remove_database(made)
    if not manifest.desk_bytes:
        return False
    try:
        made.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _extract(file, made, _DESK, manifest.desk_bytes, manifest.desk_sha256)
    except BaseException:
        remove_database(made)
        raise
    return True


def _extract(file: Path, made: Path, member: str, size: int, sha256: str) -> None:
    seen = hashlib.sha256()
    try:
        with zipfile.ZipFile(file) as archive, archive.open(member) as packed, made.open("xb") as out:
            os.fchmod(out.fileno(), 0o600)
            _pour(packed, out, seen, size)
            os.fsync(out.fileno())
    except _DAMAGE as error:
        raise InputFileError(f"{file} is damaged ({error})") from error
    except OSError as error:
        raise LibraryError(f"cannot write {made}: {error.strerror or error}") from error
    if seen.hexdigest() != sha256:
        raise InputFileError(f"{file} is damaged: its database does not match its checksum")


def _pour(packed: IO[bytes], out: IO[bytes], seen: hashlib._Hash, size: int) -> None:
    """At most `size` bytes and one: an archive that unpacks to more than it says does not fill the disk."""
    left = size + 1
    while left and (block := packed.read(min(_BLOCK, left))):
        seen.update(block)
        out.write(block)
        left -= len(block)


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
