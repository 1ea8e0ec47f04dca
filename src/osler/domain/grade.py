"""Certainty and Strength: GRADE words, only as a source gave them."""

from __future__ import annotations

from enum import StrEnum


class Certainty(StrEnum):
    """GRADE certainty as the source gave it; a machine never grades."""

    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"
    VERY_LOW = "very_low"
    NOT_GRADED = "not_graded"


class Strength(StrEnum):
    STRONG = "strong"
    CONDITIONAL = "conditional"
