"""The embedded engine: tantivy on disk, one directory a build, a pointer file swapped in by one atomic rename.

`current.json` names the build, its mark, its number of rows, and size and CRC-32 of every file: tantivy itself would
answer from a file with a flipped byte. Small indexes are checked whole when opened, big ones file by file when their time
or size differs from the pointer's, and whole by `faults`.

Every change is a new build: its files are links to those of the build before (tantivy never writes into a segment that is
there), so that a reader, and whoever comes after a writer that was killed, still has the whole build that the pointer names.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tantivy

from osler.domain.status import PublicationStatus
from osler.errors import IndexUnusable
from osler.index.base import Hit, IndexQuery, IndexRow, Only
from osler.language.words import STOP_WORDS

_ANALYZER = "osler_en"
_HEAP_BYTES = 50_000_000
_TITLE_WEIGHT = 0.5  # a title boost above 1 hurt ranking in measurements on nfcorpus
_COMMON_ROWS, _COMMON_SHARE = 50, 0.05
"""A likely word that more rows have is passed over: it costs most of the time of a search and moved nDCG@10 by less than 0.005."""
_CHECKED_WHOLE_BYTES = 512 << 20
"""Below this (about two million passages), opening reads every byte: 0.1 s where the files are in memory."""
_CODES = {
    PublicationStatus.CURRENT: 1, PublicationStatus.CORRECTED: 2, PublicationStatus.CONCERN: 3, PublicationStatus.RETRACTED: 4,
    PublicationStatus.SUPERSEDED: 5, PublicationStatus.DRAFT: 6,
}  # fmt: skip
"""How a status is written into the index; a change of these is a change of `ROW_FORM`."""
_LOOKED_UP_FROM = 9
"""Statuses that nine rows in ten have are looked up for what was found; rarer ones are a part of the query."""
_READ = 1 << 20
_TRIES = 5
_Files = dict[str, list[int]]


class TantivyIndex:
    """`folder` holds `current.json` and the builds. Not for several threads writing at once; readers go on beside a writer."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: tuple[str, int, tantivy.Index] | None = None  # build, sequence
        self._analyzer = _analyzer()

    def rebuild(self, rows: Iterable[IndexRow], sequence: int, stamp: str) -> int:
        with self._new_build() as build:
            index = tantivy.Index(_schema(), path=str(build))
            count = self._write(index, rows, (), fresh=True)
            self._point(build.name, sequence, stamp, count, {})
        return count

    def apply(self, upserts: Iterable[IndexRow], removals: Iterable[int], sequence: int, stamp: str) -> None:
        pointer = self._pointer()
        if pointer is None or pointer["stamp"] != stamp:
            raise IndexUnusable(f"the index in {self._folder} is of another library; `osler index rebuild` makes it")
        with self._new_build() as build:
            _link(self._folder / pointer["build"], build)
            index = tantivy.Index.open(str(build))
            self._write(index, upserts, removals, fresh=False)
            index.reload()
            self._point(build.name, sequence, stamp, int(index.searcher().num_docs), pointer["files"])

    @contextmanager
    def _new_build(self) -> Iterator[Path]:
        """A directory for a build, gone again when it did not come to be. Raises IndexUnusable."""
        build = self._folder / f"build-{uuid.uuid4().hex[:12]}"
        try:
            build.mkdir(mode=0o700, parents=True)
            yield build
        except (ValueError, OSError) as error:
            raise IndexUnusable(f"the index in {self._folder} cannot be written ({error})") from error
        finally:
            pointer = self._pointer()
            if pointer is None or pointer["build"] != build.name:
                shutil.rmtree(build, ignore_errors=True)
        self._clear(build)

    def _clear(self, build: Path) -> None:
        """The build before this one stays: a reader may have read its name a moment ago and be about to open it."""
        older = sorted((b for b in self._folder.glob("build-*") if b != build), key=lambda b: (b.stat().st_mtime_ns, b.name))
        for old in older[:-1]:
            shutil.rmtree(old, ignore_errors=True)

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

    def _point(self, build: str, sequence: int, stamp: str, rows: int, known: _Files) -> None:
        files = _summed(self._folder / build, known)
        value = {"build": build, "sequence": sequence, "stamp": stamp, "rows": rows, "files": files}
        _write_atomically(self._folder / "current.json", value | {"check": _check(value)})
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

    def stems(self, text: str) -> tuple[str, ...]:
        return tuple(self._analyzer.analyze(text))

    def rows(self) -> frozenset[int]:
        return frozenset(self.prints())

    def prints(self) -> dict[int, int]:
        index = self._index()
        searcher = index.searcher()
        try:
            found = searcher.search(tantivy.Query.all_query(), limit=max(1, searcher.num_docs), count=False)
            addresses = [address for _, address in found.hits]
            rows, prints = (searcher.fast_field_values(name, addresses) for name in ("row", "print"))
        except (ValueError, OSError) as error:
            raise IndexUnusable(f"the index in {self._folder} cannot be read ({error})") from error
        return {int(row or 0): int(value or 0) for row, value in zip(rows, prints, strict=True)}

    def faults(self) -> list[str]:
        pointer = self._pointer()
        if pointer is None:
            return [f"index: there is none in {self._folder}"]
        return [f"index: {fault}" for fault in _differences(self._folder / pointer["build"], pointer["files"], whole=True)]

    def search(self, query: IndexQuery, limit: int) -> tuple[Hit, ...]:
        if limit < 1:
            raise ValueError("limit must be at least 1")
        index = self._index()
        try:
            parts = self._parts(index, query)
            if not parts:
                return ()
            bounds = _bounds(index, query.only)
            wanted = tantivy.Query.boolean_query(parts)
            if bounds:
                wanted = tantivy.Query.boolean_query([(tantivy.Occur.Must, wanted), *bounds])
            hits = _looked_up(index.searcher(), wanted, query.only, limit + 50)
        except (ValueError, OSError) as error:
            raise IndexUnusable(f"the index in {self._folder} cannot be read ({error})") from error
        hits.sort(key=lambda h: (-h.score, h.row))
        return tuple(hits[:limit])

    def _parts(self, index: tantivy.Index, query: IndexQuery) -> list[tuple[tantivy.Occur, tantivy.Query]]:
        should, schema, searcher = tantivy.Occur.Should, index.schema, index.searcher()
        parts = []
        asked = dict.fromkeys(self._analyzer.analyze(query.words), 1.0)
        words = dict(asked)
        common = max(_COMMON_ROWS, searcher.num_docs * _COMMON_SHARE)
        for said, weight in query.likely:
            for word in self._analyzer.analyze(said):
                if searcher.doc_freq("text", word) <= common:
                    words[word] = words.get(word, 0.0) + weight
        named = [("text", word, weight) for word, weight in words.items()]
        named += [("title", word, _TITLE_WEIGHT) for word in asked]
        named += [(field, concept, weight) for concept, weight in query.topics for field in ("concept", "broader")]
        for field, name, weight in named:
            parts.append((should, tantivy.Query.boost_query(tantivy.Query.term_query(schema, field, name), weight)))
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
        if not isinstance(pointer, dict) or pointer.pop("check", None) != _check(pointer):
            return None
        return pointer if (self._folder / str(pointer["build"])).is_dir() else None

    def _index(self) -> tantivy.Index:
        """The build that the pointer names, checked; when a writer put another in its place meanwhile, that one."""
        for _ in range(_TRIES):
            pointer = self._pointer()
            if pointer is None:
                raise IndexUnusable(f"there is no index in {self._folder}; `osler index rebuild` makes it")
            if self._opened is not None and self._opened[:2] == (pointer["build"], pointer["sequence"]):
                return self._opened[2]
            try:
                self._opened = (pointer["build"], pointer["sequence"], self._open(pointer))
            except IndexUnusable:
                if self._pointer() == pointer:
                    raise
        raise IndexUnusable(f"the index in {self._folder} changes faster than it can be opened; try again")

    def _open(self, pointer: dict[str, Any]) -> tantivy.Index:
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
        return index


def _bounds(index: tantivy.Index, only: Only) -> list[tuple[tantivy.Occur, tantivy.Query]]:
    must, schema = tantivy.Occur.Must, index.schema
    bounds = []
    for field, values in (("kind", only.kinds), ("jurisdiction", {j.casefold() for j in only.jurisdictions})):
        if values:
            bounds.append((must, tantivy.Query.term_set_query(schema, field, sorted(values))))
    for field, concepts in (("broader", only.about), ("population", only.populations)):
        bounds += [(must, tantivy.Query.term_query(schema, field, concept)) for concept in sorted(concepts)]
    if only.statuses and not _most_may_stay(index.searcher(), only.statuses):
        some = [tantivy.Query.term_query(schema, "status", _CODES[s]) for s in sorted(only.statuses)]
        bounds.append((must, tantivy.Query.boolean_query([(tantivy.Occur.Should, q) for q in some])))
    return [(occur, tantivy.Query.boost_query(tantivy.Query.const_score_query(q, 0.0), 0.0)) for occur, q in bounds]


def _most_may_stay(searcher: Any, statuses: frozenset[PublicationStatus]) -> bool:
    """Nearly every row is current: to look up what was found then costs a third of what a part of the query costs."""
    held, left = (sum(searcher.doc_freq("status", _CODES[s]) for s in some) for some in (statuses, _CODES.keys() - statuses))
    return bool(left * _LOOKED_UP_FROM <= held)


def _looked_up(searcher: Any, wanted: tantivy.Query, only: Only, enough: int) -> list[Hit]:
    """The best `enough` hits whose year and status are in bounds, if there are so many.

    Both are looked up for what was found: as a part of the query, the set of all rows of some years is built first, which at
    a million passages took longer than the search. When too few are left, four times as many are searched for.
    """
    dated = only.year_from is not None or only.year_to is not None
    low, high = max(1, only.year_from or 1), only.year_to or 9_999
    codes = frozenset(_CODES[s] for s in only.statuses)
    most = searcher.num_docs or 1
    limit = min((5 if dated else 1) * (enough + enough // (_LOOKED_UP_FROM - 1) if codes else enough), most)
    while True:
        found = searcher.search(wanted, limit=limit, count=False)
        addresses = [address for _, address in found.hits]
        rows = searcher.fast_field_values("row", addresses)
        years = searcher.fast_field_values("year", addresses) if dated else [low] * len(addresses)
        statuses = searcher.fast_field_values("status", addresses) if codes else [0] * len(addresses)
        hits = [
            Hit(int(row or 0), float(score))
            for row, year, status, (score, _) in zip(rows, years, statuses, found.hits, strict=True)
            if low <= int(year or 0) <= high and (not codes or int(status or 0) in codes)
        ]
        if not (dated or codes) or len(hits) >= enough or len(addresses) < limit or limit == most:
            return hits
        limit = min(4 * limit, most)


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", stored=True, indexed=True, fast=True)
    builder.add_unsigned_field("print", stored=False, indexed=False, fast=True)
    builder.add_text_field("title", stored=False, tokenizer_name=_ANALYZER)
    builder.add_text_field("text", stored=False, tokenizer_name=_ANALYZER)
    builder.add_text_field("concept", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("broader", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("kind", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("year", stored=False, indexed=True, fast=True)
    builder.add_unsigned_field("status", stored=False, indexed=True, fast=True)
    for name in ("jurisdiction", "population"):
        builder.add_text_field(name, stored=False, tokenizer_name="raw", index_option="basic")
    return builder.build()


def _document(row: IndexRow) -> tantivy.Document:
    document = tantivy.Document()
    document.add_unsigned("row", row.row)
    document.add_unsigned("print", row.print)
    document.add_text("title", row.title)
    document.add_text("text", row.text)
    for concept in sorted(row.concepts):
        document.add_text("concept", concept)
    for concept in sorted(row.broader):
        document.add_text("broader", concept)
    document.add_text("kind", row.kind)
    document.add_unsigned("year", row.year)
    document.add_unsigned("status", _CODES[row.status])
    if row.jurisdiction:
        document.add_text("jurisdiction", row.jurisdiction.casefold())
    for concept in sorted(row.populations):
        document.add_text("population", concept)
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


def _link(old: Path, new: Path) -> None:
    """Every file of the old build in the new one: segments as links, tantivy's own lists of them as copies."""
    for file in sorted(p for p in old.iterdir() if p.is_file() and not p.name.endswith(".lock")):
        if file.name.endswith(".json"):
            shutil.copy2(file, new / file.name)
            continue
        try:
            os.link(file, new / file.name)
        except OSError:  # a file system without links
            shutil.copy2(file, new / file.name)


def _check(pointer: dict[str, Any]) -> int:
    """The checksum of what a pointer says."""
    return zlib.crc32(json.dumps(pointer, sort_keys=True).encode())


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
