"""What an `add` or `update` did, for a person and for a program: nothing vanishes without a line."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from osler.library.intake import Changes

_SHOWN_REASONS = 12
_SHOWN_CHANGES = 20


@dataclass
class Report:
    """Counts over everything read so far. refused: (file, record, reason). moved: (document id, what happened to it)."""

    changes: Changes = field(default_factory=Changes)
    files: int = 0
    files_known: int = 0
    records: int = 0
    passages: int = 0
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    moved: list[tuple[str, str]] = field(default_factory=list)
    elapsed_s: float = 0.0

    def as_json(self) -> dict[str, Any]:
        c = self.changes
        return {
            "added": c.added, "updated": c.updated, "unchanged": c.unchanged, "older": c.older, "removed": c.removed,
            "taken_back": c.taken_back, "notices": c.notices, "status_changes": c.status, "passages": self.passages,
            "files": self.files, "files_unchanged": self.files_known,
            "quarantined": [{"file": f, "record": r, "reason": why} for f, r, why in self.refused],
            "changed": [{"document": i, "what": what} for i, what in self.moved],
            "elapsed_s": round(self.elapsed_s, 2),
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
            ("not added (taken back by their source)", c.taken_back),
            ("notices of retraction, concern, correction, reinstatement", c.notices),
            ("documents whose status changed", c.status),
            ("passages made", self.passages),
        ):
            if count:
                lines.append(f"  {name}: {count:,}")
        lines += self._moved() + self._refusals()
        return "\n".join(lines) + "\n"

    def _moved(self) -> list[str]:
        shown = [f"    {i}: {what}" for i, what in self.moved if what != "added"][:_SHOWN_CHANGES]
        more = sum(1 for _, what in self.moved if what != "added") - len(shown)
        return (["  changed:", *shown] if shown else []) + (
            [f"    and {more:,} more (`--json` lists them all)"] if more > 0 else []
        )

    def _refusals(self) -> list[str]:
        if not self.refused:
            return ["  quarantined         0"]
        lines = [f"  quarantined  {len(self.refused):8,}   (`osler library quarantine` lists them)"]
        reasons = Counter(reason for _, _, reason in self.refused)
        first = {reason: f"{file}: {record}" if record != file else file for file, record, reason in reversed(self.refused)}
        for reason, count in sorted(reasons.items(), key=lambda r: (-r[1], r[0]))[:_SHOWN_REASONS]:
            where = first[reason] if count == 1 else f"{count:,} records, the first {first[reason]}"
            lines.append(f"    {where}: {reason}")
        if len(reasons) > _SHOWN_REASONS:
            lines.append(f"    and {len(reasons) - _SHOWN_REASONS:,} more reasons")
        return lines
