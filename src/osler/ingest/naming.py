"""Names of files as a person and a database can take them, names of sidecars, and what a file is that nothing here reads."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath

SIDECAR_ENDINGS = (".osler.yaml", ".osler.yml")
_MAX_SHOWN = 1_000
_KNOWN = (
    (b"BZh", "compressed with bzip2; unpack it first, or use gzip"),
    (b"\xfd7zXZ", "compressed with xz; unpack it first, or use gzip"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd; unpack it first, or use gzip"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; pack it as zip"),
    (b"Rar!", "a RAR archive; pack it as zip"),
    (b"\xd0\xcf\x11\xe0", "an old Office file (.doc, .xls) or one locked with a password; save it as DOCX or CSV without one"),
    (b"{\\rtf", "an RTF file; save it as DOCX"),
    (b"\x89PNG", "an image; it needs text recognition (OCR) first"),
    (b"\xff\xd8\xff", "an image; it needs text recognition (OCR) first"),
    (b"II*\0", "an image; it needs text recognition (OCR) first"),
    (b"MM\0*", "an image; it needs text recognition (OCR) first"),
    (b"SQLite format 3", "a database; export what is in it"),
)


def shown(name: str) -> str:
    """A name on one line of printable characters: what is none, or no character at all, as an escape; a long one shortened."""
    text = name.encode("utf-8", "backslashreplace").decode()
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    if len(text) <= _MAX_SHOWN:
        return text
    mark = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{text[: _MAX_SHOWN // 2]}…{mark}…{text[-_MAX_SHOWN // 4 :]}"


def is_hidden(member: str) -> bool:
    """Whether a path inside a folder or an archive is, or lies in, what its system does not show (".git", "._copy.pdf")."""
    return any(part.startswith(".") and part not in (".", "..") for part in PurePosixPath(member).parts)


def sidecar_names(name: str) -> list[str]:
    """What the sidecar of this file may be called, the most exact first."""
    stem = name.rpartition(".")[0]
    return [f"{base}{ending}" for base in (name, stem) if base for ending in SIDECAR_ENDINGS]


def what_it_is(head: bytes) -> str:
    """Why a file with this beginning is not read, and what to do about it."""
    return next((reason for mark, reason in _KNOWN if head.startswith(mark)), "not a format that Osler reads")
