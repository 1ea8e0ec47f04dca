"""What a follow-up asks of which medicine: another one, "it", "the second option", its dose, something else instead.

A pronoun means the medicine that is asked about. When none is, it means the only one that the last answer offered; when that
offered several or none, nothing is guessed: the reader is asked which. "The second option" counts what the last answer offered,
in its order; "both" means two medicines asked about, else exactly two offered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from osler.domain.concept import ConceptKind, Mention
from osler.domain.question import AskedDose, Frame, Intent, Term
from osler.domain.thread import EditField
from osler.language.doses import drug_doses
from osler.language.lexicon import Lexicon
from osler.question.edits import Draft, add_terms, joined, named, replace_terms
from osler.question.ellipsis import Pointer, find_pointing, is_changed_for, is_refused, is_stopped, is_taken_together
from osler.question.intent import named_intent
from osler.question.roles import DrugRole, drug_roles

Offered = Callable[[], Sequence[Term]]
"""The medicines that the last answer offered, in its order; asked for only when a pronoun needs them."""
_DRUGS = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS})
_OF_A_DRUG = frozenset({Intent.DOSE, Intent.MONITORING, Intent.INTERACTION, Intent.SAFETY, Intent.TOXICITY})
_SHOULD_AVOID = re.compile(
    r"\b(?:should|must|do|does|need to|have to|why)\b[^.?!]{0,30}\bavoid\w*\s+(?:\w+\s+){0,2}$", re.IGNORECASE
)
_COMPARES = re.compile(r"\bthan\b|\bvs\b|\bversus\b|\bcompared (?:with|to)\b|\bor\b", re.IGNORECASE)
_NAMES_SHOWN = 6
WHICH = ("Which medicine", "Of which medicine")
"""How a question back begins that stands until a medicine is named."""
INTENT_WORDS = {
    Intent.ALTERNATIVE: "alternatives", Intent.ORDER_CHECK: "whether the dose is right", Intent.DOSE: "the dose", Intent.INTERACTION: "interactions",
    Intent.SAFETY: "whether it is safe", Intent.TOXICITY: "toxicity", Intent.DIAGNOSIS: "diagnosis", Intent.MONITORING: "monitoring",
    Intent.TREATMENT: "treatment",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Named:
    """The medicines of a follow-up by the part they play in its words."""

    asked: tuple[Term, ...] = ()
    taken: tuple[Term, ...] = ()
    avoid: tuple[Term, ...] = ()
    stopped: tuple[Term, ...] = ()


def read_medicines(text: str, mentions: Sequence[Mention], frame: Frame, lexicon: Lexicon) -> Named:
    """Each medicine's part: asked about unless the words say that it is taken, taken no more, or to be avoided."""
    drugs = [m for m in mentions if m.kind in _DRUGS]
    known = {t.concept_id for t in frame.patient.medicines}
    stopped = [m for m in drugs if is_stopped(text, m) or (m.concept_id in known and is_refused(text, m))]
    changed = [(a, b) for a, b in pairwise(drugs) if is_changed_for(text, a, b)]
    asked = _ids(frame.intervention) - known
    instead = {a.concept_id: b for a, b in changed if a.concept_id in asked}
    beside = [p for p in changed if p[0].concept_id not in asked and (frame.intervention or p[0].concept_id in known)]
    started = [b for _, b in beside]
    stopped += [a for a, _ in beside if a not in stopped]
    parts: dict[DrugRole, list[Mention]] = {role: [] for role in DrugRole}
    swapped = [m for a, b in changed if a.concept_id in instead for m in (a, b)]
    rest = [m for m in drugs if m not in (*stopped, *started, *swapped)]
    parts[DrugRole.CURRENT] += started
    for mention, role in zip(rest, drug_roles(text, rest), strict=True):
        if _SHOULD_AVOID.search(text[: mention.start]):
            role = DrugRole.ASKED
        elif role is not DrugRole.ALLERGY and is_refused(text, mention):
            role = DrugRole.AVOID
        elif role is DrugRole.ASKED and is_taken_together(text, mention):
            role = DrugRole.CURRENT
        parts[role].append(mention)
    return Named(
        asked=joined(_instead(frame.intervention, instead, lexicon), _terms(parts[DrugRole.ASKED], lexicon)),
        taken=_terms(parts[DrugRole.CURRENT], lexicon),
        avoid=_terms(parts[DrugRole.AVOID], lexicon),
        stopped=_terms(stopped, lexicon),
    )


def _instead(asked: Sequence[Term], instead: Mapping[str, Mention], lexicon: Lexicon) -> tuple[Term, ...]:
    """The medicines asked about with others in their place; none when the words put none in place of another."""
    if not instead:
        return ()
    return tuple(_terms([instead[t.concept_id]], lexicon)[0] if t.concept_id in instead else t for t in asked)


def _terms(mentions: Sequence[Mention], lexicon: Lexicon) -> tuple[Term, ...]:
    found = {m.concept_id: Term(m.concept_id, lexicon.name(m.concept_id), m.text) for m in reversed(mentions)}
    return tuple(dict.fromkeys(found[m.concept_id] for m in mentions))


def edit_asked(draft: Draft, read: Frame, drugs: Named, offered: Offered, lexicon: Lexicon) -> tuple[str, ...]:
    """Change what is asked of which medicine. Returns what must be asked back, when a pronoun could mean several."""
    before, wanted = draft.frame.intent, named_intent(draft.text)
    pointing = find_pointing(draft.text)
    named_alone = pointing.to is Pointer.NONE and not drugs.taken
    measures = tuple(t for t in read.intervention if t.concept_id.startswith("therapy/") and named_alone)
    asks: tuple[str, ...] = ()
    if drugs.asked or measures:
        compared = draft.frame.intervention if pointing.to is Pointer.IT and _COMPARES.search(draft.text) else ()
        _ask_about(draft, joined(compared, drugs.asked or measures))
    elif pointing.to in (Pointer.ORDINAL, Pointer.BOTH, Pointer.OTHER):
        asks = _point(draft, pointing.to, pointing.ordinal, pointing.said, offered)
    elif wanted in _OF_A_DRUG and not draft.frame.intervention and (pointing.to is Pointer.IT or wanted is not Intent.SAFETY):
        asks = _point(draft, Pointer.IT, 0, pointing.said, offered) if not _fall_back(draft, wanted) else ()
    changed = _ids(draft.frame.intervention)
    _avoid(draft, drugs.avoid)
    if wanted is Intent.ALTERNATIVE and draft.frame.intervention and not drugs.asked:
        _avoid(draft, draft.frame.intervention)
    doses = _doses(draft, drugs, lexicon)
    if drugs.avoid and not draft.frame.intervention:
        wanted = Intent.ALTERNATIVE
    intent = _intent(
        draft, before, wanted, named_drug=bool(drugs.asked or measures) or pointing.to is not Pointer.NONE, doses=doses
    )
    if drugs.taken and wanted is Intent.SAFETY and draft.frame.intervention and not drugs.asked:
        intent = Intent.INTERACTION
    if intent in _OF_A_DRUG and not draft.frame.intervention and not changed and wanted is Intent.SAFETY:
        intent = before
    draft.set(intent=intent, open_ended=draft.frame.open_ended or read.open_ended)
    draft.note(EditField.INTENT, INTENT_WORDS[before], INTENT_WORDS[intent])
    return asks


def _ids(terms: Sequence[Term]) -> frozenset[str]:
    return frozenset(t.concept_id for t in terms)


def _ask_about(draft: Draft, terms: Sequence[Term], said: str = "") -> None:
    """Another medicine; one that was to be avoided is judged all the same, and the old one's dose is no longer asked about."""
    ids = _ids(terms)
    replace_terms(draft, "intervention", EditField.DRUG, terms, said)
    for term in draft.frame.avoid:
        if term.concept_id in ids:
            draft.note(EditField.AVOID, term.name, "", said)
    doses = tuple(d for d in draft.frame.doses if d.concept_id in ids)
    draft.set(avoid=tuple(t for t in draft.frame.avoid if t.concept_id not in ids), doses=doses)


def _point(draft: Draft, to: Pointer, ordinal: int, said: str, offered: Offered) -> tuple[str, ...]:
    """Let a pronoun name the medicine; ask back when it does not name exactly what it says."""
    asked, options = draft.frame.intervention, tuple(offered())
    meant: tuple[Term, ...] = ()
    if to is Pointer.ORDINAL and -1 <= ordinal < len(options):
        meant = options[ordinal:][:1] if ordinal >= 0 else options[-1:]
    elif to is Pointer.BOTH:
        meant = asked if len(asked) == 2 else options if len(options) == 2 and not asked else ()
    elif to is Pointer.OTHER and len(options) == 2:
        meant = tuple(t for t in options if t.concept_id not in _ids(asked)) if len(asked) == 1 else ()
    elif to is Pointer.IT and len(options) == 1:
        meant = options
    if len(meant) == (2 if to is Pointer.BOTH else 1):
        _ask_about(draft, meant, said)
        return ()
    names = named(options[:_NAMES_SHOWN]) or named(asked)
    which = f"{WHICH[0]} do you mean by “{said}”" if said else WHICH[1]
    return (f"{which}: {names}?" if names else f"{which}? Name it.",)


def _fall_back(draft: Draft, wanted: Intent | None) -> bool:
    """Toxicity or withdrawal without a name is of what the patient takes, or was meant to avoid."""
    if wanted is not Intent.TOXICITY:
        return False
    terms = draft.frame.patient.medicines or draft.frame.avoid
    if terms:
        _ask_about(draft, terms)
    return bool(terms)


def _avoid(draft: Draft, terms: Sequence[Term]) -> None:
    ids = _ids(terms)
    add_terms(draft, "avoid", EditField.AVOID, terms)
    kept = tuple(t for t in draft.frame.intervention if t.concept_id not in ids)
    if terms and kept != draft.frame.intervention:
        replace_terms(draft, "intervention", EditField.DRUG, kept, draft.text)
        draft.set(doses=tuple(d for d in draft.frame.doses if d.concept_id not in ids))


def _doses(draft: Draft, drugs: Named, lexicon: Lexicon) -> bool:
    """Doses in the words, of the medicine they name or of the one asked about. Returns whether the asked one has a new dose."""
    frame = draft.frame
    subject = frame.intervention[0].concept_id if len(frame.intervention) == 1 else None
    stopped = _ids(drugs.stopped)
    found = tuple(
        AskedDose(d.concept_id, d.quantity, d.text)
        for d in drug_doses(draft.text, lexicon.tag(draft.text), subject)
        if d.quantity.unit not in ("tablet", "capsule") and d.concept_id not in stopped
    )
    if not found:
        return False
    ids = frozenset(d.concept_id for d in found)
    kept = tuple(d for d in frame.doses if d.concept_id not in ids)
    before = ", ".join(d.text for d in frame.doses if d.concept_id in ids)
    draft.set(doses=(*kept, *found))
    draft.note(EditField.DOSE, before, ", ".join(d.text for d in found))
    return bool(ids & _ids(draft.frame.intervention))


def _intent(draft: Draft, before: Intent, wanted: Intent | None, *, named_drug: bool, doses: bool) -> Intent:
    """What is asked now: what the words name, else what was asked before, of another medicine too where it can be."""
    frame = draft.frame
    if doses:
        return Intent.ORDER_CHECK
    if wanted is Intent.ALTERNATIVE and not frame.intervention:
        return Intent.ALTERNATIVE if frame.avoid else before
    partners = len(frame.intervention) + len(frame.patient.medicines) > 1
    if wanted is Intent.INTERACTION and not partners:
        return Intent.SAFETY
    if wanted is not None and wanted is not Intent.ALTERNATIVE:
        return wanted
    changed = {e.field for e in draft.edits} & {EditField.DRUG}
    if changed and frame.intervention and named_drug:
        carries = before in _OF_A_DRUG and (before is not Intent.INTERACTION or partners)
        return before if carries else Intent.SAFETY
    if before is Intent.ORDER_CHECK and not frame.doses:
        return Intent.SAFETY
    return before


def fit_dose_to_drug(frame: Frame) -> Frame:
    """Doses only of medicines that are still part of the case."""
    ids = _ids((*frame.intervention, *frame.avoid, *frame.patient.medicines))
    return replace(frame, doses=tuple(d for d in frame.doses if d.concept_id in ids))
