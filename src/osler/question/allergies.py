"""What a follow-up says of allergies: one more, one that is none; never one lost to words about another."""

from __future__ import annotations

import re
from collections.abc import Sequence

from osler.domain.concept import ConceptKind, Mention
from osler.domain.question import Frame, Term
from osler.domain.thread import EditField
from osler.language.lexicon import Lexicon
from osler.question.edits import Draft, add_to_patient, named, take_from_patient
from osler.question.ellipsis import Pointer, find_pointing

ALLERGIC_TO_WHAT = "Allergic to what? No medicine was understood. Name it; “not allergic” takes it back."
_DENIED = re.compile(r"\b(?:no|not|isn['’]?t|wasn['’]?t|never|without)\s+(?:\w+\s+){0,3}allerg\w+", re.IGNORECASE)
_NONE_AT_ALL = re.compile(r"\b(?:not|isn['’]?t|wasn['’]?t|never)\s+(?:(?!to\b)\w+\s+){0,2}allergic\b(?!\s+to\b)", re.IGNORECASE)
_OF_OTHERS = re.compile(
    r"\ballerg\w+\s+(?:to|against)\b|\b(?:other|others|further|new|more|else|additional|food|latex|nut|pollen)\b", re.IGNORECASE
)
_CLAUSE_END = re.compile(r"[.;\n]|\bbut\b", re.IGNORECASE)
_SAID = re.compile(
    r"\b(?:is|are|was|am|be|has|have|had|got|he['’]s|she['’]s|with|an?|also|very|now)\s+(?:\w+\s+)?allerg(?:ic|y)\b(?! (?:rhinitis|conjunctivitis|asthma|dermatitis|rash))",
    re.IGNORECASE,
)


def edit_allergies(draft: Draft, read: Frame, lexicon: Lexicon) -> tuple[str, ...]:
    """Add, or take back by name; without a name only "not allergic" takes all back. Returns what must be asked back.

    "No other allergies" and "not allergic to eggs" are of others. "No known allergies" after one was named is a contradiction.
    """
    known, text = draft.frame.patient.allergies, draft.text
    denials = [c for c in _CLAUSE_END.split(text) if _DENIED.search(c)]
    none = tuple(t for clause in denials for t in _allergens(lexicon.tag(clause), lexicon))
    gone = none or (known if any(_NONE_AT_ALL.search(c) for c in denials) else ())
    take_from_patient(draft, "allergies", EditField.ALLERGY, gone)
    found = tuple(t for t in read.patient.allergies if t.concept_id not in {n.concept_id for n in none})
    if not denials and not found and _SAID.search(text) and "?" not in text:
        found = _pointed_at(draft)
        if not found:
            return (ALLERGIC_TO_WHAT,)
    add_to_patient(draft, "allergies", EditField.ALLERGY, found)
    if denials and known and not gone and not found and not _OF_OTHERS.search(text):
        return (
            f"An allergy to {named(known)} was named before, and it still counts. If it is none, say “not allergic to {named(known)}”.",
        )
    return ()


def as_reply(text: str) -> str:
    """Words after ALLERGIC_TO_WHAT as the allergy that was asked for: "to methocarbamol", "penicillin"."""
    if "?" in text or re.search(r"allerg|\bno(?:t|ne|thing)?\b", text, re.I):
        return text
    return re.sub(r"^\W*(?:to\s+)?", "allergic to ", text)


def _pointed_at(draft: Draft) -> tuple[Term, ...]:
    """ "Allergic to it": the one medicine that is asked about."""
    asked, to = draft.frame.intervention, find_pointing(draft.text)
    of_it = to.to is Pointer.IT and re.search(r"\ballerg(?:ic|y)\s+to\s+(?:it|that|this)\b", draft.text, re.I)
    return asked if of_it and len(asked) == 1 else ()


def _allergens(mentions: Sequence[Mention], lexicon: Lexicon) -> tuple[Term, ...]:
    """Medicines in the words, those inside the name of an allergy too."""
    found = []
    for mention in mentions:
        for word in (mention.text, *mention.text.split()):
            found += [m for m in lexicon.tag(word) if m.kind in (ConceptKind.DRUG, ConceptKind.DRUG_CLASS)]
    return tuple(Term(m.concept_id, lexicon.name(m.concept_id), m.text) for m in found)
