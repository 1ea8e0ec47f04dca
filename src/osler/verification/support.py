"""All checks on one claim give its verdict; all claims of an answer give its report."""

from __future__ import annotations

import re
from collections.abc import Mapping

from osler.domain.answer import Answer, Claim
from osler.domain.evidence import Directness
from osler.domain.verification import ClaimCheck, Verdict, VerificationReport
from osler.language.lexicon import Lexicon
from osler.verification.arithmetic import check_arithmetic
from osler.verification.figures import check_figures
from osler.verification.stance import check_stance
from osler.verification.terms import check_terms

# A full stop ends a sentence only before white space, so that a decimal point never does, and never in "e.g." and the like.
_SENTENCE_BEFORE = re.compile(r"(?<!e\.g)(?<!i\.e)(?<!\bal)(?<!\bvs)(?<!\bDr)[.!?]\s+$|\n\s*$")
_SENTENCE_AFTER = re.compile(r"[.!?](?:\s|$)|\n")


def verify_answer(answer: Answer, texts: Mapping[str, str], lexicon: Lexicon) -> VerificationReport:
    """Check every claim; `texts` maps document ids to the stored texts that spans must slice."""
    return VerificationReport(tuple(_verify_claim(claim, texts, lexicon) for claim in answer.claims))


def _verify_claim(claim: Claim, texts: Mapping[str, str], lexicon: Lexicon) -> ClaimCheck:
    for citation in claim.citations:
        span = citation.span
        text = texts.get(span.document_id)
        if text is None:
            return ClaimCheck(claim.id, Verdict.UNCHECKED, (f"document {span.document_id} is not in the library",))
        if text[span.start : span.end] != span.exact:
            return ClaimCheck(claim.id, Verdict.CONTRADICTED, ("the cited words are not in the document at that place",))
    verdict, reasons = verify(claim.text, " ".join(c.span.exact for c in claim.citations), lexicon)
    if claim.calculation is not None:
        wrong = check_arithmetic(claim.calculation)
        if wrong:
            return ClaimCheck(claim.id, Verdict.CONTRADICTED, (*reasons, *wrong))
    if verdict is Verdict.SUPPORTED and claim.directness is Directness.INDIRECT:
        differing = tuple(f"{m.axis.value}: {m.studied} (asked: {m.asked})" for c in claim.citations for m in c.mismatches)
        return ClaimCheck(claim.id, Verdict.INDIRECT, differing)
    return ClaimCheck(claim.id, verdict, reasons)


def _stands_whole_in(claim: str, span: str) -> bool:
    """Whether the claim is a whole sentence of the span: words cut out of one may say the opposite ("[Do not] give …")."""
    start = span.find(claim)
    if start < 0:
        return False
    before, after = span[:start], span[start + len(claim) :]
    begins = not before.strip() or _SENTENCE_BEFORE.search(before) is not None
    ends = not after.strip() or _SENTENCE_AFTER.match(after) is not None or (claim[-1] in ".!?" and after[0].isspace())
    return begins and ends


def verify(claim: str, span: str, lexicon: Lexicon) -> tuple[Verdict, tuple[str, ...]]:
    """Whether `span` says what `claim` says, with reasons against it.

    A wrong figure or an opposite stance contradicts; a term the span does not have is not enough info;
    a claim without a single word to check is unchecked.
    """
    if not any(c.isalnum() for c in claim) or not span.strip():
        return Verdict.UNCHECKED, ("nothing to check",)
    if _stands_whole_in(claim.strip(), span):
        return Verdict.SUPPORTED, ()
    figures, stance = check_figures(claim, span), check_stance(claim, span)
    terms = check_terms(claim, span, lexicon)
    if figures or stance:
        return Verdict.CONTRADICTED, (*figures, *stance, *terms)
    if terms:
        return Verdict.NOT_ENOUGH_INFO, terms
    if not (lexicon.tag(claim) and lexicon.tag(span)):
        return Verdict.UNCHECKED, ("no drug, problem or population to compare",)
    return Verdict.NOT_ENOUGH_INFO, ("the claim is not in the span word for word, and paraphrases are not judged",)
