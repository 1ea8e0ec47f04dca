"""Read what can be read from a damaged database file: row by row around bad pages, with a good first page where that is bad."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any

import sqlalchemy as sa

from osler import store as db
from osler.errors import LibraryDamaged
from osler.library.exchange import remove_database
from osler.library.rows import read_document, read_passage
from osler.sqlite import PAGE_BYTES

_WINDOW = 512
_PROBED = 50
_UNREADABLE = (sqlite3.Error, UnicodeDecodeError)
"""The second comes where SQLite quotes damaged bytes in its own message."""
_LEAST_ROW_BYTES = 40
"""No row of a table that counts is smaller: bounds the row numbers that are tried when a table does not tell its last."""


class Salvage:
    """A copy of the damaged file, read around its bad pages; the file itself is not touched."""

    def __init__(self, damaged: Path) -> None:
        self._damaged = damaged
        self._copy = damaged.with_name("library.salvage.sqlite")
        self._pattern = damaged.with_name("library.pattern.sqlite")
        self._pages = damaged.stat().st_size // PAGE_BYTES
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Salvage:
        try:
            self._open()
        except BaseException:
            self._clear()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._clear()

    def _clear(self) -> None:
        if self._connection is not None:
            self._connection.close()
        for file in (self._copy, self._pattern, _rewritten(self._pattern)):
            remove_database(file)

    def _open(self) -> None:
        """The file as it is, else with a first page that every library begins with; with what reads documents and passages,
        else with what reads documents."""
        firsts = [None, *_first_pages(self._pattern)]
        for first in firsts:
            if self._opens(first) and self._reads(db.documents, read_document) and self._reads(db.passages, read_passage):
                return
        for first in firsts:
            if self._opens(first) and self._reads(db.documents, read_document):
                return
        self._connection = None

    def _opens(self, first: bytes | None) -> bool:
        """Open a copy that begins with this page."""
        if self._connection is not None:
            self._connection.close()
        remove_database(self._copy)
        shutil.copy2(self._damaged, self._copy)
        if first is not None:
            _put_first_page(self._copy, first, self._pages)
        elif (journal := self._damaged.with_name(f"{self._damaged.name}-journal")).exists():
            shutil.copy2(journal, self._copy.with_name(f"{self._copy.name}-journal"))
        self._connection = sqlite3.connect(self._copy, isolation_level=None)
        self._connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        with suppress(*_UNREADABLE):
            self._connection.execute("PRAGMA writable_schema=ON")  # SQLite then reads files that it would refuse
            return True
        return False

    def _reads(self, table: sa.Table, read: Callable[[Any], object]) -> bool:
        """Whether one of the first rows of the table is what was written."""
        for row in islice(self.rows(table), _PROBED):
            with suppress(LibraryDamaged):
                read(row)
                return True
        return False

    def rows(self, table: sa.Table) -> Iterator[Any]:
        """Every row that can be read, in order of row number, its columns as attributes."""
        names = [c.name for c in table.columns]
        if self._connection is None:
            return
        for low in range(0, self._last(table) + 1, _WINDOW):
            for values in self._between(table.name, names, low, low + _WINDOW - 1):
                yield SimpleNamespace(**dict(zip(names, values, strict=True)))

    def _between(self, table: str, names: list[str], low: int, high: int) -> list[tuple[Any, ...]]:
        columns = ", ".join(f'"{n}"' for n in names)
        query = f'SELECT {columns} FROM "{table}" NOT INDEXED WHERE rowid BETWEEN ? AND ? ORDER BY rowid'  # noqa: S608
        try:
            return self._execute(query, (low, high))
        except _UNREADABLE:
            if low == high:
                return []
        middle = (low + high) // 2
        return [*self._between(table, names, low, middle), *self._between(table, names, middle + 1, high)]

    def _last(self, table: sa.Table) -> int:
        """No row number of the table is greater. What the table says is not trusted alone."""
        last = self._pages * PAGE_BYTES // _LEAST_ROW_BYTES
        with suppress(*_UNREADABLE, TypeError):
            last = max(last, min(int(self._execute(f'SELECT max(rowid) FROM "{table.name}"', ())[0][0]), 20 * last))  # noqa: S608
        return last

    def listed(self) -> set[tuple[str, int]]:
        """(document id, version) of everything that the index over them lists: it may name what the table has lost."""
        query = "SELECT id, version FROM documents INDEXED BY sqlite_autoindex_documents_1"
        found: set[tuple[str, int]] = set()
        for document_id, version in self._each(query):
            if isinstance(document_id, str) and isinstance(version, int):
                found.add((document_id, version))
        return found

    def numbered(self) -> dict[tuple[str, int], int]:
        """Row number by (document id, number) of the passages that the index over them lists."""
        query = "SELECT document_id, number, rowid FROM passages INDEXED BY sqlite_autoindex_passages_1"
        return {(i, n): row for i, n, row in self._each(query) if isinstance(i, str) and isinstance(n, int)}

    def _each(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Rows up to the first bad page."""
        with suppress(*_UNREADABLE):
            if self._connection is not None:
                yield from self._connection.execute(query)

    def fact(self, key: str) -> str | None:
        """A value of the table of facts, as read."""
        return next((str(r.value) for r in self.rows(db.meta) if r.key == key), None)

    def _execute(self, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        if self._connection is None:
            return []
        return self._connection.execute(query, values).fetchall()


def _first_pages(pattern: Path) -> Iterator[bytes]:
    """The first page of a library as it is made, and as it is after SQLite has written it anew (a restored one)."""
    remove_database(pattern)
    db.Store(pattern).close()
    yield pattern.read_bytes()[:PAGE_BYTES]
    rewritten = _rewritten(pattern)
    remove_database(rewritten)
    with closing(sqlite3.connect(pattern)) as connection:
        connection.execute("VACUUM INTO ?", (str(rewritten),))
    yield rewritten.read_bytes()[:PAGE_BYTES]
    remove_database(rewritten)


def _rewritten(pattern: Path) -> Path:
    return pattern.with_suffix(".rewritten")


def _put_first_page(copy: Path, first: bytes, pages: int) -> None:
    page = bytearray(first)
    page[28:32] = pages.to_bytes(4, "big")  # size in pages; https://www.sqlite.org/fileformat2.html, section 1.3
    page[32:40] = bytes(8)  # no list of free pages: nothing is written to this copy
    with copy.open("rb+") as file:
        file.write(page)
