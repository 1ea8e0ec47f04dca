"""The embedded engine: tantivy on disk, one directory a build, a pointer file swapped in by one atomic rename.

`current.json` names the build, its mark, its number of rows, and size and CRC-32 of every file: tantivy itself would
answer from a file with a flipped byte. Small indexes are checked whole when opened, big ones file by file when their time
or size differs from the pointer's, and whole by `faults`.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import tantivy

from osler.errors import IndexUnusable
from osler.index.base import Hit, IndexQuery, IndexRow, Only
from osler.language.words import STOP_WORDS

_ANALYZER = "osler_en"
_HEAP_BYTES = 50_000_000
_TITLE_WEIGHT = 0.5  # a title boost above 1 hurt ranking in measurements on nfcorpus
_CHECKED_WHOLE_BYTES = 64_000_000
"""Below this, opening reads every byte: about 0.05 s."""
_READ = 1 << 20
_Files = dict[str, list[int]]


class TantivyIndex:
    """`folder` holds `current.json` and the builds. Not for several threads writing at once; readers go on beside a writer."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: tuple[str, int, tantivy.Index] | None = None  # build, sequence
        self._analyzer = _analyzer()

    def rebuild(self, rows: Iterable[IndexRow], sequence: int, stamp: str) -> int:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"build-{uuid.uuid4().hex[:12]}"
        build = self._folder / name
        build.mkdir()
        try:
            index = tantivy.Index(_schema(), path=str(build))
            count = self._write(index, rows, (), fresh=True)
            self._point(name, sequence, stamp, count)
        except BaseException:
            shutil.rmtree(build, ignore_errors=True)
            raise
        # The build before this one stays: a reader may have read its name a moment ago and be about to open it.
        older = sorted((b for b in self._folder.glob("build-*") if b.name != name), key=lambda b: b.stat().st_mtime_ns)
        for old in older[:-1]:
            shutil.rmtree(old, ignore_errors=True)
        return count

    def apply(self, upserts: Iterable[IndexRow], removals: Iterable[int], sequence: int, stamp: str) -> None:
        pointer = self._pointer()
        if pointer is None or pointer["stamp"] != stamp:
            raise IndexUnusable(f"the index in {self._folder} is of another library; `osler index rebuild` makes it")
        try:
            index = tantivy.Index.open(str(self._folder / pointer["build"]))
            self._write(index, upserts, removals, fresh=False)
            index.reload()
            count = int(index.searcher().num_docs)
        except (ValueError, OSError) as error:
            raise IndexUnusable(f"the index in {self._folder} cannot be written ({error})") from error
        self._point(pointer["build"], sequence, stamp, count)

    def _write(self, index: tantivy.Index, upserts: Iterable[IndexRow], removals: Iterable[int], *, fresh: bool) -> int:
        index.register_tokenizer(_ANALYZER, self._analyzer)
        writer = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
        count = 0
        schema = index.schema
        for row in removals:
            writer.delete_documents_by_query(tantivy.Query.term_query(schema, "row", row))
        for document in upserts:
            if not fresh:
                # delete_documents_by_term takes a Python int for a signed term and silently deletes nothing (tantivy-py 0.27)
                writer.delete_documents_by_query(tantivy.Query.term_query(schema, "row", document.row))
            writer.add_document(_document(document))
            count += 1
        writer.commit()
        writer.wait_merging_threads()
        return count

    def _point(self, build: str, sequence: int, stamp: str, rows: int) -> None:
        before = self._pointer() or {}
        known = before.get("files", {}) if before.get("build") == build else {}
        files = _summed(self._folder / build, known)
        value = {"build": build, "sequence": sequence, "stamp": stamp, "rows": rows, "files": files}
        _write_atomically(self._folder / "current.json", value)
        self._opened = None

    def mark(self) -> tuple[str, int] | None:
        pointer = self._pointer()
        return None if pointer is None else (str(pointer["stamp"]), int(pointer["sequence"]))

    def count(self) -> int:
        return int(self._index().searcher().num_docs)

    def holds(self, word: str) -> int:
        stems = self._analyzer.analyze(word)
        if len(stems) != 1:
            return 0
        return int(self._index().searcher().doc_freq("text", stems[0]))

    def rows(self) -> frozenset[int]:
        index = self._index()
        searcher = index.searcher()
        try:
            found = searcher.search(tantivy.Query.all_query(), limit=max(1, searcher.num_docs), count=False)
            return frozenset(int(row or 0) for row in searcher.fast_field_values("row", [address for _, address in found.hits]))
        except (ValueError, OSError) as error:
            raise IndexUnusable(f"the index in {self._folder} cannot be read ({error})") from error

    def faults(self) -> list[str]:
        pointer = self._pointer()
        if pointer is None:
            return [f"index: there is none in {self._folder}"]
        return [f"index: {fault}" for fault in _differences(self._folder / pointer["build"], pointer["files"], whole=True)]

    def search(self, query: IndexQuery, limit: int) -> tuple[Hit, ...]:
        if limit < 1:
            raise ValueError("limit must be at least 1")
        index = self._index()
        parts = self._parts(index.schema, query)
        if not parts:
            return ()
        bounds = _bounds(index.schema, query.only)
        wanted = tantivy.Query.boolean_query(parts)
        if bounds:
            wanted = tantivy.Query.boolean_query([(tantivy.Occur.Must, wanted), *bounds])
        try:
            searcher = index.searcher()
            found = searcher.search(wanted, limit=min(limit + 50, searcher.num_docs or 1), count=False)
            rows = searcher.fast_field_values("row", [address for _, address in found.hits])
            hits = [Hit(int(row or 0), float(score)) for row, (score, _) in zip(rows, found.hits, strict=True)]
        except (ValueError, OSError) as error:
            raise IndexUnusable(f"the index in {self._folder} cannot be read ({error})") from error
        hits.sort(key=lambda h: (-h.score, h.row))
        return tuple(hits[:limit])

    def _parts(self, schema: Any, query: IndexQuery) -> list[tuple[tantivy.Occur, tantivy.Query]]:
        should = tantivy.Occur.Should
        parts = []
        for word in dict.fromkeys(self._analyzer.analyze(query.words)):
            parts.append((should, tantivy.Query.term_query(schema, "text", word)))
            title = tantivy.Query.term_query(schema, "title", word)
            parts.append((should, tantivy.Query.boost_query(title, _TITLE_WEIGHT)))
        for field, wanted in (("concept", query.concepts), ("broader", query.broader)):
            for concept, weight in wanted:
                term = tantivy.Query.term_query(schema, field, concept)
                parts.append((should, tantivy.Query.boost_query(tantivy.Query.const_score_query(term, 1.0), weight)))
        return parts

    def _pointer(self) -> dict[str, Any] | None:
        try:
            pointer = json.loads((self._folder / "current.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        usable = isinstance(pointer, dict) and {"build", "sequence", "stamp", "rows", "files"} <= set(pointer)
        return pointer if usable and (self._folder / str(pointer["build"])).is_dir() else None

    def _index(self) -> tantivy.Index:
        pointer = self._pointer()
        if pointer is None:
            raise IndexUnusable(f"there is no index in {self._folder}; `osler index rebuild` makes it")
        if self._opened is None or self._opened[:2] != (pointer["build"], pointer["sequence"]):
            build = self._folder / pointer["build"]
            differing = _differences(build, pointer["files"], whole=False)
            if differing:
                raise IndexUnusable(f"the index in {self._folder} is damaged ({differing[0]}); `osler index rebuild` mends it")
            try:
                index = tantivy.Index.open(str(build))
                index.register_tokenizer(_ANALYZER, self._analyzer)
                index.reload()
            except (ValueError, OSError) as error:
                raise IndexUnusable(f"the index in {self._folder} cannot be opened ({error})") from error
            if index.searcher().num_docs != pointer["rows"]:
                raise IndexUnusable(f"the index in {self._folder} has lost rows; `osler index rebuild` mends it")
            self._opened = (pointer["build"], pointer["sequence"], index)
        return self._opened[2]


def _bounds(schema: Any, only: Only) -> list[tuple[tantivy.Occur, tantivy.Query]]:
    must = tantivy.Occur.Must
    bounds = []
    if only.kinds:
        bounds.append((must, tantivy.Query.term_set_query(schema, "kind", sorted(only.kinds))))
    if only.year_from is not None or only.year_to is not None:
        low, high = max(1, only.year_from or 1), only.year_to or 9_999
        bounds.append((must, tantivy.Query.range_query(schema, "year", tantivy.FieldType.Unsigned, low, high)))
    bounds += [(must, tantivy.Query.term_query(schema, "broader", concept)) for concept in sorted(only.concepts)]
    return [(occur, tantivy.Query.boost_query(tantivy.Query.const_score_query(q, 0.0), 0.0)) for occur, q in bounds]


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", stored=True, indexed=True, fast=True)
    builder.add_text_field("title", stored=False, tokenizer_name=_ANALYZER)
    builder.add_text_field("text", stored=False, tokenizer_name=_ANALYZER)
    builder.add_text_field("concept", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("broader", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("kind", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("year", stored=False, indexed=True, fast=True)
    return builder.build()


def _document(row: IndexRow) -> tantivy.Document:
    document = tantivy.Document()
    document.add_unsigned("row", row.row)
    document.add_text("title", row.title)
    document.add_text("text", row.text)
    for concept in sorted(row.concepts):
        document.add_text("concept", concept)
    for concept in sorted(row.broader):
        document.add_text("broader", concept)
    document.add_text("kind", row.kind)
    document.add_unsigned("year", row.year)
    return document


def _analyzer() -> tantivy.TextAnalyzer:
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(60))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.custom_stopword(sorted(STOP_WORDS)))
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )


def _summed(build: Path, known: _Files) -> _Files:
    """[size, CRC-32, modification time in ns] of each file; a file that `known` has with that size and time is not read again."""
    files: _Files = {}
    for path in sorted(p for p in build.iterdir() if p.is_file() and not p.name.endswith(".lock")):
        stat = path.stat()
        old = known.get(path.name)
        unchanged = old is not None and old[0] == stat.st_size and old[2] == stat.st_mtime_ns
        files[path.name] = [stat.st_size, old[1] if old is not None and unchanged else _crc(path), stat.st_mtime_ns]
    return files


def _differences(build: Path, files: _Files, *, whole: bool) -> list[str]:
    """Files that are not what the pointer says. A file that is not in it (a writer at work) does not matter."""
    whole = whole or sum(size for size, _, _ in files.values()) <= _CHECKED_WHOLE_BYTES
    found = []
    for name, (size, crc, time) in sorted(files.items()):
        try:
            stat = (build / name).stat()
            if stat.st_size != size:
                found.append(f"{name} has {stat.st_size:,} bytes, not {size:,}")
            elif (whole or stat.st_mtime_ns != time) and _crc(build / name) != crc:
                found.append(f"{name} does not match its checksum")
        except OSError as error:
            found.append(f"{name}: {error.strerror}")
    return found


def _crc(path: Path) -> int:
    crc = 0
    with path.open("rb") as file:
        while block := file.read(_READ):
            crc = zlib.crc32(block, crc)
    return crc


def _write_atomically(path: Path, value: dict[str, Any]) -> None:
    temporary = path.with_suffix(".new")
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
