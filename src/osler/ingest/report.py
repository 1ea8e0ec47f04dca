"""What an `add` or `update` did, for a person and for a program: nothing vanishes without a line."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from osler.library.intake import Changes

_SHOWN_REASONS = 12
_SHOWN_CHANGES = 20
_MAX_LISTED = 100_000
"""Refusals and changes held for `--json`; beyond this they are counted, and the library has them."""
_GRAVE = ("-> retracted", "-> concern", "removed", "retracted ->", "concern ->", "->")


@dataclass
class Report:
    """Counts over everything read so far.

    records: what the files held: every document, notice, deletion and refusal. The parts of `accounted` add up to it.
    refused: (file, record, reason). moved: (document id, what happened to it). failed: (query, reason) of sources that did
    not give what was asked. notes: what a reader should know of a query (it has more records than were asked for).
    """

    changes: Changes = field(default_factory=Changes)
    files: int = 0
    files_known: int = 0
    hidden: int = 0
    records: int = 0
    passages: int = 0
    notices_known: int = 0
    deletions_elsewhere: int = 0
    refusals: int = 0
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    moved: list[tuple[str, str]] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    elapsed_s: float = 0.0

    @property
    def accounted(self) -> int:
        """Records of which the report says what became of them."""
        c = self.changes
        documents = c.added + c.updated + c.unchanged + c.older + c.taken_back
        return documents + c.removed + self.deletions_elsewhere + c.notices + self.notices_known + self.refusals

    def refuse(self, refused: list[tuple[str, str, str]], unlisted: int = 0) -> None:
        """(file, record, reason) each; `unlisted`: how many more there were."""
        self.refusals += len(refused) + unlisted
        self.reasons.update(reason for _, _, reason in refused)
        self.refused += refused[: max(0, _MAX_LISTED - len(self.refused))]

    def move(self, moved: tuple[tuple[str, str], ...]) -> None:
        self.moved += moved[: max(0, _MAX_LISTED - len(self.moved))]

    def as_json(self) -> dict[str, Any]:
        c = self.changes
        return {
            "records": self.records, "added": c.added, "updated": c.updated, "unchanged": c.unchanged, "older": c.older,
            "removed": c.removed, "deletions_elsewhere": self.deletions_elsewhere, "taken_back": c.taken_back,
            "notices": c.notices, "notices_known": self.notices_known, "status_changes": c.status, "passages": self.passages,
            "files": self.files, "files_unchanged": self.files_known, "hidden": self.hidden, "refused": self.refusals,
            "quarantined": [{"file": f, "record": r, "reason": why} for f, r, why in self.refused],
            "changed": [{"document": i, "what": what} for i, what in self.moved],
            "failed": [{"query": q, "reason": why} for q, why in self.failed],
            "notes": self.notes, "elapsed_s": round(self.elapsed_s, 2),
        }  # fmt: skip

    def as_text(self) -> str:
        c = self.changes
        known = f" ({self.files_known:,} of them already in the library, unchanged)" if self.files_known else ""
        lines = [
            f"{self.files:,} {'file' if self.files == 1 else 'files'}{known}, {self.records:,} records in {self.elapsed_s:.1f} s",
            f"  added        {c.added:8,}",
            f"  updated      {c.updated:8,}",
            f"  unchanged    {c.unchanged:8,}",
        ]
        for name, count in (
            ("older versions kept", c.older),
            ("removed (taken back by their source)", c.removed),
            ("taken back by their source, and not in this library", self.deletions_elsewhere),
            ("not added (taken back by their source)", c.taken_back),
            ("notices of retraction, concern, correction, reinstatement", c.notices),
            ("notices that were known", self.notices_known),
            ("documents whose status changed", c.status),
            ("passages made", self.passages),
            ("hidden files and folders passed over", self.hidden),
        ):
            if count:
                lines.append(f"  {name}: {count:,}")
        lines += self._moved() + self._refusals()
        lines += [f"  not complete: {query}: {reason}" for query, reason in self.failed]
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines) + "\n"

    def _moved(self) -> list[str]:
        """The gravest first; what was merely added is counted, not listed."""
        told = [(i, what) for i, what in self.moved if what != "added"]
        told.sort(key=lambda m: next((n for n, mark in enumerate(_GRAVE) if mark in m[1]), len(_GRAVE)))
        lines = [f"    {i}: {what}" for i, what in told[:_SHOWN_CHANGES]]
        more = len(told) - len(lines)
        return (["  changed:", *lines] if lines else []) + ([f"    and {more:,} more (`--json` lists them)"] if more > 0 else [])

    def _refusals(self) -> list[str]:
        if not self.refusals:
            return ["  quarantined         0"]
        lines = [f"  quarantined  {self.refusals:8,}   (`osler library quarantine` lists them)"]
        first = {why: _near(file) if record == file else f"{_near(file)}: {record}" for file, record, why in reversed(self.refused)}
        for reason, count in sorted(self.reasons.items(), key=lambda r: (-r[1], r[0]))[:_SHOWN_REASONS]:
            where = first.get(reason, "") if count == 1 else f"{count:,} records, the first {first.get(reason, '')}"
            lines.append(f"    {where}: {reason}")
        if len(self.reasons) > _SHOWN_REASONS:
            lines.append(f"    and {len(self.reasons) - _SHOWN_REASONS:,} more reasons")
        return lines


def _near(file: str) -> str:
    """A path as it is reached from here."""
    here = f"{os.getcwd()}/"  # noqa: PTH109
    return file.removeprefix(here) if len(here) > 1 else file
