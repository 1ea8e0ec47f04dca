"""All checks on one claim give its verdict; all claims of an answer give its report."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from osler.domain.answer import Answer, Claim
from osler.domain.evidence import Directness
from osler.domain.verification import ClaimCheck, Verdict, VerificationReport
from osler.errors import InputFileError
from osler.language.lexicon import Lexicon
from osler.verification.align import Alignment, Fault, alignments
from osler.verification.arithmetic import check_arithmetic
from osler.verification.bound import figure_faults
from osler.verification.reading import Reading, read
from osler.verification.stance import stance_faults
from osler.verification.sums import find_sums
from osler.verification.terms import term_faults
from osler.verification.words import word_faults

# A full stop ends a sentence only before white space, so that a decimal point never does, and never in "e.g." and the like.
_SENTENCE_BEFORE = re.compile(r"(?<!e\.g)(?<!i\.e)(?<!\bal)(?<!\bvs)(?<!\bDr)[.!?]\s+$|\n\s*$")
_SENTENCE_AFTER = re.compile(r"[.!?](?:\s|$)|\n")
_MAX_REASONS = 6


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
    verdict, reasons = verify(claim.text, "\n".join(c.span.exact for c in claim.citations), lexicon)
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


@dataclass(frozen=True, slots=True)
class SpanContext:
    """What stands around a span.

    terms: concept ids that the document's annotations say it is about (drugs, problems, population); passage: the text that
    the span was cut from. Either may name what the span only calls "it" or "the drug". facts: the question's own words;
    the weights and strengths in them may enter a sum.
    """

    passage: str = ""
    terms: tuple[str, ...] = ()
    facts: str = ""


def verify(claim: str, span: str, lexicon: Lexicon, context: SpanContext | None = None) -> tuple[Verdict, tuple[str, ...]]:
    """Whether `span` says what `claim` says, with reasons against it.

    Supported: each sentence of the claim is a whole sentence of the span, or says nothing that one sentence of the span does
    not say and leaves nothing out that would change its meaning. Contradicted: the span speaks of the same and says otherwise,
    or a sum is wrong. Not enough info: the span does not say it. Unchecked: there is nothing that could be compared.
    """
    claim = claim.strip()
    if not any(c.isalnum() for c in claim) or not span.strip():
        return Verdict.UNCHECKED, ("nothing to check",)
    if _stands_whole_in(claim, span):
        return Verdict.SUPPORTED, ()
    mine, theirs = read(claim, lexicon), read(span, lexicon)
    if not mine.atoms:
        return Verdict.UNCHECKED, ("no word to compare",)
    context = context or SpanContext()
    wrong, made = _sums(mine, theirs, context, lexicon)
    named = _named(context, lexicon)
    faults = [Fault(w, denies=True) for w in wrong]
    denied = bool(wrong)
    for number in range(len(mine.sentences)):
        atoms = [a for a in mine.atoms if a.sentence == number and a.start not in made]
        if atoms:
            found, on_topic = _least_faulty(alignments(atoms, theirs), named)
            denied = denied or (on_topic and any(f.denies for f in found))
            faults.extend(found)
    reasons = tuple(dict.fromkeys(f.reason for f in sorted(faults, key=lambda f: not f.denies)))[:_MAX_REASONS]
    if denied:
        return Verdict.CONTRADICTED, reasons
    return (Verdict.NOT_ENOUGH_INFO, reasons) if faults else (Verdict.SUPPORTED, ())


def _least_faulty(candidates: Sequence[Alignment], named: frozenset[str]) -> tuple[list[Fault], bool]:
    """The faults of the first place without any, else those of the cheapest place, and whether that is on the claim's topic."""
    first: list[Fault] | None = None
    for alignment in candidates:
        found = [*figure_faults(alignment), *stance_faults(alignment), *term_faults(alignment, named), *word_faults(alignment)]
        if not found:
            return [], True
        first = found if first is None else first
    return first or [], candidates[0].on_topic


def _sums(claim: Reading, span: Reading, context: SpanContext, lexicon: Lexicon) -> tuple[tuple[str, ...], frozenset[int]]:
    """What is wrong in the claim's own sums, and where the figures start that right sums make from facts that were given."""
    sums = find_sums(claim.text)
    if not sums:
        return (), frozenset()
    given = read(context.facts, lexicon).index if context.facts else {}
    needs = {a.start: a.needs for a in claim.atoms if a.figure is not None}
    made: set[int] = set()
    for found in sums:
        facts = [start for start, _ in found.given]
        if not found.wrong and all(any(k in given or k in span.index for k in needs.get(f, ())) for f in facts):
            made.update((found.made[0], *facts))
    return tuple(s.wrong for s in sums if s.wrong), frozenset(made)


def _named(context: SpanContext, lexicon: Lexicon) -> frozenset[str]:
    """Concepts that the surroundings name as the only one of their kind."""
    found = {*context.terms, *(m.concept_id for m in lexicon.tag(context.passage))} if context.passage else {*context.terms}
    kinds: dict[str, set[str]] = {}
    for concept_id in found:
        kinds.setdefault(concept_id.partition("/")[0], set()).add(concept_id)
    return frozenset(c for ids in kinds.values() if len(ids) == 1 for c in ids)


def verify_line(line: str, lexicon: Lexicon) -> dict[str, object]:
    """One line of a claim file, `{"id", "claim", "passage"}`, to `{"id", "verdict", "reasons"}`.

    `document`, a text or an object of texts (title, section …), may name what the passage only calls "it" or "the drug".

    Raises InputFileError when the line is not such an object. A passage that is missing or empty leaves the claim unchecked.
    """
    try:
        record = json.loads(line)
        claim, passage = record["claim"], record.get("passage") or ""
        if not isinstance(claim, str) or not isinstance(passage, str):
            raise TypeError("claim and passage must be text")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputFileError(f'not a claim of the form {{"id", "claim", "passage"}}: {error}') from error
    document = record.get("document")
    around = (
        document
        if isinstance(document, str)
        else " ".join(v for v in document.values() if isinstance(v, str))
        if isinstance(document, dict)
        else ""
    )
    verdict, reasons = verify(claim, passage, lexicon, SpanContext(passage=around) if around else None)
    return {"id": record.get("id"), "verdict": verdict.value, "reasons": list(reasons)}
