"""What a follow-up says of conditions: a sign, a disease beside the one treated, another problem, or that there is none."""

from __future__ import annotations

import re
from collections.abc import Sequence

from osler.domain.concept import Mention
from osler.domain.question import Frame, Intent, Term
from osler.domain.thread import EditField
from osler.language.lexicon import Lexicon
from osler.language.polarity import negated_before
from osler.question.asked import INTENT_WORDS
from osler.question.edits import Draft, add_terms, deny_signs, replace_terms
from osler.question.frame import CONFUSION, LONG_TERM, SIGNS
from osler.question.intent import named_intent

_FOR = re.compile(
    r"\b(?:for|treat(?:ing|s)?|manag(?:e|ing)|reliev(?:e|ing)|against|if it(?:['’]s| is| was)|in case of)\s+(?:\w+\s+){0,2}$", re.I
)
_COULD_BE = re.compile(r"\b(?:is|could|might|can|may) (?:it|this|that) (?:also )?(?:be )?(?:an? |the )?$", re.I)
_CAUSES = re.compile(
    r"\b(?:caus(?:e|es|ing)|risk of|leads? to|prolongs?|worsens?|increases?|chance of|induces?|triggers?)\s+(?:\w+\s+){0,3}$", re.I
)
_CANNOT = re.compile(r"(?:can['’]?t|cannot|can not|unable|not able|trouble|difficulty|problems?)\b", re.I)
_HISTORY = re.compile(r"\b(?:PMHx?|past (?:medical )?history|medical history|hx|comorbid\w*|co-morbid\w*)\b[^.\n]*$", re.I)
_WHAT_IF = re.compile(r"^\W*(?:and |but |so )?(?:what )?if (?:s?he|they|i|(?:the|my) \w+)\b", re.I)
_HAS = re.compile(
    r"\b(?:has|have|had|with|in|known|history of|develop(?:s|ed)?|gets?|got|suffers? from|diagnosed with|and|also|is|he['’]s|she['’]s|because of|despite|plus)\s+(?:\w+\s+){0,2}$",
    re.I,
)


def edit_conditions(draft: Draft, read: Frame, mentions: Sequence[Mention], lexicon: Lexicon) -> None:
    """Each condition: a sign, another condition of the patient, or what is to be treated instead.

    It is the new problem after "for" or "does it cause", and where it stands alone and is no lasting disease; else it is the patient's,
    as is what a laboratory figure means, and what the patient cannot do.
    """
    present = [t for t in (*read.problem, *read.background, *read.symptoms) if not _is_no_disease(t, read)]
    asked = [t.concept_id for t in draft.frame.problem]
    present = [t for t in present if not any(lexicon.is_a(a, t.concept_id) for a in asked)]  # "the pain" is the back pain
    problems, others, signs = [], [], []
    place = {m.concept_id: m for m in reversed(mentions) if not negated_before(draft.text, m.start)}
    for term in present:
        before = draft.text[: place[term.concept_id].start] if term.concept_id in place else ""
        is_found = term.concept_id not in place or _CANNOT.match(term.said) or _WHAT_IF.match(draft.text) or _HISTORY.search(before)
        if _COULD_BE.search(before):
            _ask_whether(draft, term)
        elif _FOR.search(before) or _CAUSES.search(before):
            problems.append(term)
        elif term.concept_id in SIGNS:
            signs.append(term)
        elif is_found and draft.frame.problem:
            others.append(term)
        elif not draft.frame.problem and not _HAS.search(before) and not draft.frame.background:
            problems.append(term)
        elif _HAS.search(before) or term.concept_id in LONG_TERM:
            others.append(term)
        else:
            problems.append(term)
    if problems:
        replace_terms(draft, "problem", EditField.PROBLEM, problems)
    known = {t.concept_id for t in draft.frame.problem}
    add_terms(draft, "background", EditField.CONDITION, [t for t in others if t.concept_id not in known])
    add_terms(draft, "symptoms", EditField.SIGN, [t for t in signs if t.concept_id not in known])
    draft.set(denied=tuple(t for t in draft.frame.denied if t.concept_id not in {s.concept_id for s in signs}))
    deny_signs(draft, [t for t in read.denied if not t.concept_id.endswith("-allergy") and not _is_word_for_allergy(t)])
    _edit_poisoning(draft, signs)


def _is_no_disease(term: Term, read: Frame) -> bool:
    """Allergies are facts of their own; "side effects" and "interactions" are what is asked, of no disease in particular."""
    reaction = term.concept_id == "cond/allergic-reaction" and bool(read.patient.allergies)
    allergy = term.concept_id.endswith("-allergy") or reaction or _is_word_for_allergy(term)
    return allergy or term.concept_id in ("cond/adverse-drug-reaction", "cond/drug-interaction")


def _is_word_for_allergy(term: Term) -> bool:
    """ "Allergic", "allergies": of something, which `allergies` reads; "an allergic reaction" is an event."""
    return term.concept_id == "cond/allergic-reaction" and term.said.lower() in ("allergic", "allergy", "allergies")


def _ask_whether(draft: Draft, term: Term) -> None:
    """ "Could it be cancer?" asks for a diagnosis; nobody has said that the patient has it."""
    before = draft.frame.intent
    if before is Intent.DIAGNOSIS:
        return
    draft.set(intent=Intent.DIAGNOSIS)
    draft.note(EditField.INTENT, INTENT_WORDS[before], f"{INTENT_WORDS[Intent.DIAGNOSIS]}: {term.name}", term.said)


def _edit_poisoning(draft: Draft, signs: Sequence[Term]) -> None:
    """New confusion in somebody who takes a medicine of the case asks about that medicine's toxicity, as in a first question."""
    frame = draft.frame
    asked = tuple(t for t in frame.intervention if t.concept_id.startswith(("drug/", "class/")))
    drugs = asked or frame.patient.medicines
    if not drugs or not CONFUSION & {t.concept_id for t in signs} or named_intent(draft.text) is not None:
        return
    before = next((e.before for e in draft.edits if e.field is EditField.INTENT), INTENT_WORDS[frame.intent])
    draft.edits[:] = [e for e in draft.edits if e.field is not EditField.INTENT]
    replace_terms(draft, "intervention", EditField.DRUG, drugs)
    draft.set(intent=Intent.TOXICITY)
    draft.note(EditField.INTENT, before, INTENT_WORDS[Intent.TOXICITY], ", ".join(t.said for t in signs))
