"""The embedded engine: tantivy on disk, one directory per build, swapped in by one atomic rename."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import tantivy

from osler.errors import IndexUnusable
from osler.index.base import Hit, IndexQuery, IndexRow
from osler.language.words import STOP_WORDS

_ANALYZER = "osler_en"
_HEAP_BYTES = 50_000_000
_TITLE_WEIGHT = 0.5  # a title boost above 1 hurt ranking in measurements on nfcorpus


class TantivyIndex:
    """`folder` holds `current.json` (name of the build in use, its stamp and row count) and the builds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: tuple[str, tantivy.Index] | None = None
        self._analyzer = _analyzer()

    def rebuild(self, rows: Iterable[IndexRow], stamp: str) -> int:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"build-{uuid.uuid4().hex[:12]}"
        build = self._folder / name
        build.mkdir()
        try:
            count = self._write(build, rows)
            _write_atomically(self._folder / "current.json", {"build": name, "stamp": stamp, "rows": count})
        except BaseException:
            shutil.rmtree(build, ignore_errors=True)
            raise
        self._opened = None
        # The build before this one stays: a reader may have read its name a moment ago and be about to open it.
        older = sorted((b for b in self._folder.glob("build-*") if b.name != name), key=lambda b: b.stat().st_mtime_ns)
        for old in older[:-1]:
            shutil.rmtree(old, ignore_errors=True)
        return count

    def _write(self, build: Path, rows: Iterable[IndexRow]) -> int:
        index = tantivy.Index(_schema(), path=str(build))
        index.register_tokenizer(_ANALYZER, self._analyzer)
        writer = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
        count = 0
        for row in rows:
            writer.add_document(_document(row))
            count += 1
        writer.commit()
        writer.wait_merging_threads()
        return count

    def stamp(self) -> str | None:
        pointer = self._pointer()
        return None if pointer is None else str(pointer["stamp"])

    def count(self) -> int:
        return int(self._index().searcher().num_docs)

    def search(self, query: IndexQuery, limit: int) -> tuple[Hit, ...]:
        if limit < 1:
            raise ValueError("limit must be at least 1")
        index = self._index()
        parts = self._parts(index.schema, query)
        if not parts:
            return ()
        try:
            searcher = index.searcher()
            found = searcher.search(tantivy.Query.boolean_query(parts), limit=min(limit + 50, searcher.num_docs or 1))
            hits = [Hit(int(searcher.doc(address)["row"][0]), float(score)) for score, address in found.hits]
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
        usable = isinstance(pointer, dict) and {"build", "stamp", "rows"} <= set(pointer)
        return pointer if usable and (self._folder / str(pointer["build"])).is_dir() else None

    def _index(self) -> tantivy.Index:
        pointer = self._pointer()
        if pointer is None:
            raise IndexUnusable(f"there is no index in {self._folder}; `osler index rebuild` makes it")
        if self._opened is None or self._opened[0] != pointer["build"]:
            try:
                index = tantivy.Index.open(str(self._folder / pointer["build"]))
                index.register_tokenizer(_ANALYZER, self._analyzer)
                index.reload()
            except (ValueError, OSError) as error:
                raise IndexUnusable(f"the index in {self._folder} cannot be opened ({error})") from error
            if index.searcher().num_docs != pointer["rows"]:
                raise IndexUnusable(f"the index in {self._folder} has lost rows; `osler index rebuild` mends it")
            self._opened = (pointer["build"], index)
        return self._opened[1]


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", stored=True, indexed=True, fast=True)
    builder.add_text_field("title", stored=False, tokenizer_name=_ANALYZER)
    builder.add_text_field("text", stored=False, tokenizer_name=_ANALYZER)
    builder.add_text_field("concept", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("broader", stored=False, tokenizer_name="raw", index_option="basic")
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


def _write_atomically(path: Path, value: dict[str, Any]) -> None:
    temporary = path.with_suffix(".new")
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
