"""The claim check for other people's systems: `osler.verify(claim, passage)` with the lexicon that ships with Osler.

No model takes part in a verdict. `supported` is the only pass; whatever could not be checked is `unchecked`.
"""

from __future__ import annotations

from osler.domain.verification import Verdict
from osler.language.lexicon import default_lexicon
from osler.verification.support import SpanContext
from osler.verification.support import verify as _verify
from osler.verification.support import verify_line as _verify_line


def verify(claim: str, passage: str, *, facts: str = "") -> tuple[Verdict, tuple[str, ...]]:
    """Whether `passage` says what `claim` says, with reasons a person can read; about a millisecond.

    facts: what is known of the patient ("weight 18 kg; syrup 250 mg/5 mL"): figures that may enter a sum of the claim.

    >>> verify("Baclofen 5 mg is given daily.", "Baclofen 10 mg is given daily.")[0].value
    'contradicted'
    """
    return _verify(claim, passage, default_lexicon(), SpanContext(facts=facts) if facts else None)


def verify_line(line: str) -> dict[str, object]:
    """One line of JSON, {"id", "claim", "passage"}, to {"id", "verdict", "reasons"}. Raises InputFileError."""
    return _verify_line(line, default_lexicon())
