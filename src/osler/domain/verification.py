"""Verdict, ClaimCheck and VerificationReport: what the check of each claim against its span found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """`supported` is the only pass; `indirect` is a faithful claim about evidence that differs from the question."""

    SUPPORTED = "supported"
    INDIRECT = "indirect"
    CONTRADICTED = "contradicted"
    NOT_ENOUGH_INFO = "not_enough_info"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class ClaimCheck:
    """The verdict on one claim, with reasons that a person can read."""

    claim_id: str
    verdict: Verdict
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VerificationReport:
    checks: tuple[ClaimCheck, ...]

    def verdict(self, claim_id: str) -> Verdict:
        for check in self.checks:
            if check.claim_id == claim_id:
                return check.verdict
        return Verdict.UNCHECKED
