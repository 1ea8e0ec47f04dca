"""Dense vectors as an extra (`osler[dense]`): passages embedded once by a local ONNX model, searched flat by 1-bit codes.

A search compares the signs of the query's vector with every passage's (Hamming distance over packed bits), then ranks the
nearest 20 × k by dot product with their float16 vectors. One directory a build: its files are written under a temporary
name, fsynced, renamed, and the pointer file is replaced last.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from osler.errors import IndexUnusable
from osler.index.base import Hit
from osler.index.onnx import Encoder, extra

RESCORED = 20
"""Candidates by code for each row asked for (measured in docs/scale.md)."""
SAVED_EVERY = 2_000
"""Passages embedded between two builds on disk: at 20 a second an interruption costs at most 100 seconds."""
_FILES = ("rows.npy", "hashes.npy", "codes.npy", "vectors.npy")  # row, hash of its text, packed signs, float16 vector


class DenseIndex:
    """`folder` holds `dense.json` and the builds. `stamp` says, as for any index, which library and model it is of."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: tuple[str, dict[str, Any]] | None = None

    def build(self, passages: Iterable[tuple[int, str]], encoder: Encoder, stamp: str, saved_every: int = SAVED_EVERY) -> int:
        """Embed what is new; a text embedded before by this model keeps its vector. Returns how many were embedded.

        What was embedded is saved every `saved_every` passages under no stamp, so that a build cut short goes on there.
        """
        np = extra("numpy")
        known = self._known(encoder.identity)
        wanted = sorted(passages)
        hashes = [hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest() for _, text in wanted]
        missing = [n for n, h in enumerate(hashes) if h not in known]
        for start in range(0, len(missing), saved_every):
            some = missing[start : start + saved_every]
            vectors = encoder.passages([wanted[n][1] for n in some]).astype(np.float16)
            known |= {hashes[n]: vector for n, vector in zip(some, vectors, strict=True)}
            if start + saved_every < len(missing):
                ready = [n for n, h in enumerate(hashes) if h in known]
                self._write([wanted[n][0] for n in ready], [hashes[n] for n in ready], known, encoder.identity, "")
        self._write([row for row, _ in wanted], hashes, known, encoder.identity, stamp)
        return len(missing)

    def mark(self) -> str | None:
        """The stamp of a complete build, or None."""
        pointer = self._pointer()
        return (pointer["stamp"] or None) if pointer else None

    def search(self, query: Any, limit: int, rescored: int = RESCORED) -> tuple[Hit, ...]:
        """The rows whose vectors are nearest to `query` (float32, unit length), best first, equal scores by row.

        Raises IndexUnusable when there is no build or it is damaged; ValueError for a limit below 1 or another dimension.
        """
        if limit < 1:
            raise ValueError("limit must be at least 1")
        np, held = extra("numpy"), self._arrays()
        rows, codes, vectors = held["rows.npy"], held["codes.npy"], held["vectors.npy"]
        if not len(rows):
            return ()
        if query.shape != vectors.shape[1:]:
            raise ValueError(f"the query has dimension {query.shape}, the index {vectors.shape[1:]}")
        signs = np.packbits(query > 0)
        distance = np.bitwise_count(codes ^ signs).sum(axis=1, dtype=np.int32)
        count = min(len(rows), limit * rescored)
        furthest = np.partition(distance, count - 1)[count - 1]
        nearer = np.flatnonzero(distance < furthest)
        near = np.concatenate([nearer, np.flatnonzero(distance == furthest)[: count - len(nearer)]])
        scores = vectors[near].astype(np.float32) @ query
        best = sorted(zip((-scores).tolist(), rows[near].tolist(), strict=True))[:limit]
        return tuple(Hit(row, -score) for score, row in best)

    def faults(self) -> list[str]:
        """What a full check of the files finds; empty when sound."""
        pointer = self._pointer()
        if pointer is None:
            return [f"dense index: there is none in {self._folder}"]
        build = self._folder / pointer["build"]
        wrong = [name for name, crc in sorted(pointer["files"].items()) if _crc(build / name) != crc]
        return [f"dense index: {name} does not match its checksum" for name in wrong]

    def _known(self, identity: str) -> dict[bytes, Any]:
        """Vectors of the build on disk by hash of their text; none when it is of another model or damaged."""
        pointer = self._pointer()
        if pointer is None or pointer["model"] != identity or self.faults():
            return {}
        held = self._arrays()
        return {h.tobytes(): vector for h, vector in zip(held["hashes.npy"], held["vectors.npy"], strict=True)}

    def _write(self, rows: list[int], hashes: list[bytes], known: Mapping[bytes, Any], identity: str, stamp: str) -> None:
        np = extra("numpy")
        before, name = self._pointer(), f"build-{uuid.uuid4().hex[:12]}"
        build, temporary = self._folder / name, self._folder / f".{name}.new"
        temporary.mkdir(mode=0o700, parents=True)
        vectors = np.array([known[h] for h in hashes], dtype=np.float16) if hashes else np.zeros((0, 8), dtype=np.float16)
        made = {
            "rows.npy": np.array(rows, dtype=np.int64),
            "hashes.npy": np.frombuffer(b"".join(hashes), dtype=np.uint8).reshape(-1, 8),
            "codes.npy": np.packbits(vectors > 0, axis=1),
            "vectors.npy": vectors,
        }
        for file, array in made.items():
            with (temporary / file).open("wb") as out:
                np.save(out, array)
                _to_disk(out)
        temporary.replace(build)
        files = {file: _crc(build / file) for file in _FILES}
        pointer = {"build": name, "stamp": stamp, "model": identity, "rows": len(rows), "files": files}
        fresh = self._folder / "dense.new"
        with fresh.open("w", encoding="utf-8") as text:
            json.dump(pointer, text)
            _to_disk(text)
        fresh.replace(self._folder / "dense.json")
        _sync_folder(self._folder)
        # The build before this one stays: a reader may have read its name a moment ago and be about to open it.
        for old in (*self._folder.glob("build-*"), *self._folder.glob(".build-*.new")):
            if old.name not in (name, before["build"] if before else name):
                shutil.rmtree(old, ignore_errors=True)

    def _pointer(self) -> dict[str, Any] | None:
        try:
            pointer = json.loads((self._folder / "dense.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return pointer if isinstance(pointer, dict) and {"build", "stamp", "model", "rows", "files"} <= set(pointer) else None

    def _arrays(self) -> dict[str, Any]:
        """The arrays of the current build, mapped from disk; checked against the pointer when first opened."""
        pointer = self._pointer()
        if pointer is None:
            raise IndexUnusable(f"there is no dense index in {self._folder}; `osler index rebuild` makes it")
        if self._opened is None or self._opened[0] != pointer["build"]:
            np, build = extra("numpy"), self._folder / pointer["build"]
            if faults := self.faults():
                raise IndexUnusable(f"the dense index in {self._folder} is damaged ({faults[0]}); `osler index rebuild` mends it")
            mapped = {name: np.load(build / name, mmap_mode="r" if pointer["rows"] else None) for name in _FILES}
            mapped["codes.npy"] = np.array(mapped["codes.npy"])
            self._opened = (pointer["build"], mapped)
        return self._opened[1]


def _crc(path: Path) -> int | None:
    crc = 0
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                crc = zlib.crc32(block, crc)
    except OSError:
        return None
    return crc


def _to_disk(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
