"""The steps of an edit, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retitle:
    title: str

    def __str__(self) -> str:
        return "title"


@dataclass(frozen=True, slots=True)
class Reword:
    claim_id: str
    text: str

    def __str__(self) -> str:
        return f"reworded {self.claim_id}"


@dataclass(frozen=True, slots=True)
class Remove:
    claim_id: str

    def __str__(self) -> str:
        return f"removed {self.claim_id}"


Step = Retitle | Reword | Remove
