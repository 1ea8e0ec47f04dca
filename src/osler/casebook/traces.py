"""Search every byte of a directory for words that should be in it no more: as they are, and inside what is compressed."""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

WINDOW = 6
"""Consecutive words that are looked for together: fewer stand in many a document, more may be cut in two by a page of a database."""
_BLOCK = 1 << 20
_UNREADABLE = (OSError, EOFError, ValueError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError, sqlite3.Error)


@dataclass(frozen=True, slots=True)
class Traces:
    """files: how many were searched. places: the files (and tables or members in them) in which words were found, sorted.
    unread: files that could not be searched whole. The words themselves are not repeated here."""

    files: int
    places: tuple[str, ...]
    unread: tuple[str, ...]


def traces(roots: Iterable[Path], words: Iterable[str]) -> Traces:
    """Where any of these words stand in the files below (or at) these paths.

    Looked at: the names of files; their raw bytes (UTF-8, and as JSON and UTF-16 write them); every value of an SQLite file,
    unpacked when it is compressed; members of zip archives, and what lies in them; gzip files. Upper and lower case of ASCII letters count as one.
    """
    needles = _needles(words)
    found: set[str] = set()
    unread: set[str] = set()
    files = 0
    for root in roots:
        for path in [root] if root.is_file() else sorted(p for p in root.rglob("*") if p.is_file() and not p.is_symlink()):
            files += 1
            name = path.name if path == root else path.relative_to(root).as_posix()
            if _in(name.encode(), needles):
                found.add(name)
            try:
                found |= {name + place for place in _places(path, needles)}
            except _UNREADABLE:
                unread.add(name)
    return Traces(files, tuple(sorted(found)), tuple(sorted(unread)))


def windows(text: str) -> tuple[str, ...]:
    """Every run of WINDOW words of a text, to be looked for, with the spaces it has and with single ones; all of a shorter text."""
    words = [m.span() for m in re.finditer(r"\S+", text)]
    ends = zip(words, words[WINDOW - 1 :], strict=False) if len(words) > WINDOW else [(words[0], words[-1])] if words else []
    runs = [text[first[0] : last[1]] for first, last in ends]
    return tuple(dict.fromkeys(r for run in runs for r in (run, " ".join(run.split()))))


def _needles(words: Iterable[str]) -> tuple[bytes, ...]:
    found = set()
    for word in words:
        found |= {
            word.encode("utf-8", "surrogatepass"),
            json.dumps(word)[1:-1].encode(),
            json.dumps(word, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass"),
            word.encode("utf-16-le", "surrogatepass"),
        }
    return tuple(sorted({n.lower() for n in found if n}))  # as bytes: no more than ASCII letters change


def _in(data: bytes, needles: tuple[bytes, ...]) -> bool:
    small = data.lower()
    return any(n in small for n in needles)


def _places(path: Path, needles: tuple[bytes, ...]) -> Iterator[str]:
    """Where in the file: "" for its raw bytes."""
    if path.stat().st_size == 0:
        return
    with path.open("rb") as file:
        head = file.read(16)
        if _in_stream(file, needles):
            yield ""
    if head == b"SQLite format 3\0":
        yield from _in_database(path, needles)
    elif head[:4] == b"PK\x03\x04":
        with path.open("rb") as file:
            yield from _in_archive(file, needles, path.parent)
    elif head[:2] == b"\x1f\x8b":
        with gzip.open(path) as inner:
            if _in_stream(inner, needles):
                yield " (inside)"
    elif head[:1] == b"\x78":
        with suppress(zlib.error):
            if _in(zlib.decompress(path.read_bytes()), needles):
                yield " (inside)"


def _in_stream(file: IO[bytes] | gzip.GzipFile, needles: tuple[bytes, ...]) -> bool:
    """Block by block, each with the end of the one before."""
    longest = max((len(n) for n in needles), default=1)
    file.seek(0)
    tail = b""
    while block := file.read(_BLOCK):
        if _in(tail + block, needles):
            return True
        tail = (tail + block)[-longest:]
    return False


def _in_database(path: Path, needles: tuple[bytes, ...]) -> Iterator[str]:
    """Values are put together again here that lie in pieces on pages, and unpacked."""
    with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
        connection.text_factory = bytes
        names = [n.decode() for (n,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        for table in names:
            rows = connection.execute('SELECT * FROM "{}"'.format(table.replace('"', '""')))  # noqa: S608
            if any(_in(_plain(value), needles) for row in rows for value in row if isinstance(value, bytes)):
                yield f" (table {table})"


def _plain(value: bytes) -> bytes:
    if value[:1] == b"\x78":
        with suppress(zlib.error):
            return zlib.decompress(value)
    return value


def _in_archive(file: IO[bytes], needles: tuple[bytes, ...], folder: Path) -> Iterator[str]:
    """A database in an archive is unpacked beside it, for SQLite opens files only."""
    import tempfile

    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            if _in(info.filename.encode(), needles):
                yield f" (name of {info.filename})"
            with tempfile.NamedTemporaryFile(dir=folder, prefix=".traces.") as unpacked:
                with archive.open(info) as member:
                    while block := member.read(_BLOCK):
                        unpacked.write(block)
                unpacked.flush()
                yield from (f" ({info.filename}{place})" for place in _places(Path(unpacked.name), needles))
