"""What became of each claim between an answer and a follow-up's, and why: kept, added, replaced, removed.

A claim is the same when it rests on the same spans. Another statement in the place of one that is gone (same job, same medicine)
replaces it. Reasons come from what the follow-up changed, from what rules a medicine out for this patient, and from appraisal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from osler.answer.views import VIEW_WORDS
from osler.domain.answer import Disposition, Role
from osler.domain.article import Article, ArticleClaim
from osler.domain.concept import ConceptKind
from osler.domain.document import OFFERS, Direction
from osler.domain.evidence import Directness, EvidenceItem, EvidenceProfile, Mismatch
from osler.domain.question import Question, Term
from osler.domain.thread import Change, ChangeKind, Edit, EditField, EditKind, View
from osler.evidence.gate import Barrier, barriers
from osler.evidence.patient import is_allergen
from osler.language.lexicon import Lexicon

_ALARM_HEADING = "Why this cannot wait"
_NOTHING_ELSE = {
    Disposition.EMERGENCY: "left out: getting help comes first",
    Disposition.CLARIFY: "left out: the question back has to be answered first",
    Disposition.ABSTAIN: "left out: nothing in the library carries what is asked now",
}
_STOPS = frozenset({Direction.CONTRAINDICATES, Direction.RECOMMENDS_AGAINST})
_DOES = {
    Direction.INTERACTION: "interaction", Direction.CONTRAINDICATES: "contraindication", Direction.RECOMMENDS_AGAINST: "advice against",
    Direction.ADVERSE: "harm", Direction.MONITOR: "what to watch", Direction.DOSE: "dose",
}  # fmt: skip
_Key = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Appraised:
    """What the follow-up's evidence says of a claim: the new profile by span, what is ruled out, what a view hides."""

    items: Mapping[tuple[str, int, int], EvidenceItem]
    barriers: tuple[Barrier, ...]
    hidden: frozenset[str]
    question: Question
    lexicon: Lexicon


def offered_drugs(article: Article, lexicon: Lexicon) -> tuple[Term, ...]:
    """The medicines an answer offers, in its order: the rows of its table of alternatives, else those of its options as read.

    What was to be avoided is not among them.
    """
    avoid = frozenset(article.question.frame.avoid)
    order = dict.fromkeys((*article.bottom_line, *(i for s in article.sections for i in s.claims)))
    claims = (article.claim(i) for i in order)
    texts = [r.intervention for r in article.options] or [c.text for c in claims if c.role is Role.OPTION]
    found = (_first_drug(text, lexicon, avoid) for text in texts)
    return tuple(dict.fromkeys(t for t in found if t is not None))


def _first_drug(text: str, lexicon: Lexicon, avoid: frozenset[str] = frozenset()) -> Term | None:
    drugs = (m.concept_id for m in lexicon.tag(text) if m.kind is ConceptKind.DRUG)
    names = ((d, lexicon.name(d)) for d in drugs)
    return next((Term(d, name, name) for d, name in names if name not in avoid), None)


def claim_changes(
    parent: Article, article: Article, question: Question, profile: EvidenceProfile, hidden: frozenset[str], lexicon: Lexicon
) -> tuple[Change, ...]:
    """Every claim of both answers, once: those of the new one in its reading order, then the removed ones in the old one's.

    hidden: statement ids that the asked view leaves out. Nothing is compared with a question that starts afresh.
    """
    if any(e.kind is EditKind.ANEW for e in question.edits):
        return ()
    items = {(i.passage.document_id, i.finding.start, i.finding.end): i for i in reversed(profile.items)}
    known = Appraised(items, barriers(profile, lexicon), hidden, question, lexicon)
    old = {_key(parent.claim(i)): parent.claim(i) for i in _order(parent)}
    new = {_key(article.claim(i)): article.claim(i) for i in _order(article)}
    gone = [c for key, c in old.items() if key not in new and not _is_hidden(c, known)]
    instead = _pairs([c for key, c in new.items() if key not in old], gone, article, parent, known)
    changes = []
    for key, claim in new.items():
        if was := old.get(key):
            changes.append(Change(ChangeKind.KEPT, claim.id, was.id, claim.text, _kept(was, claim, known)))
        elif was := instead.get(claim.id):
            reason = _added(claim, article, parent, known)
            changes.append(Change(ChangeKind.REPLACED, claim.id, was.id, claim.text, reason, was.text))
        else:
            changes.append(Change(ChangeKind.ADDED, claim.id, None, claim.text, _added(claim, article, parent, known)))
    replaced = {c.id for c in instead.values()}
    for key, claim in old.items():
        if key not in new and claim.id not in replaced:
            changes.append(Change(ChangeKind.REMOVED, None, claim.id, claim.text, _removed(claim, article, known)))
    return tuple(changes)


def _order(article: Article) -> tuple[str, ...]:
    sections = (i for s in article.sections for i in s.claims)
    return tuple(dict.fromkeys((*article.bottom_line, *sections, *(c.id for c in article.claims))))


def _key(claim: ArticleClaim) -> _Key:
    return tuple((c.span.document_id, c.span.start, c.span.end) for c in claim.citations)


def _pairs(
    added: Sequence[ArticleClaim], gone: Iterable[ArticleClaim], article: Article, parent: Article, known: Appraised
) -> dict[str, ArticleClaim]:
    """New claim id to the claim it stands in place of: same job and medicine, under the same heading before any other."""
    left = [(c, _drug(c, known), _heading(parent, c.id)) for c in gone]
    fresh = [(c, _drug(c, known), _heading(article, c.id)) for c in added]
    found: dict[str, ArticleClaim] = {}
    for same_heading in (True, False):
        for claim, drug, heading in fresh:
            if claim.id in found or drug is None:
                continue
            for entry in left:
                was, its_drug, its_heading = entry
                if was.role is claim.role and its_drug == drug and (its_heading == heading or not same_heading):
                    found[claim.id] = was
                    left.remove(entry)
                    break
    return found


def _drug(claim: ArticleClaim, known: Appraised) -> str | None:
    """The first medicine that the claim is about."""
    item = _item(claim, known)
    if item is not None:
        return next(iter(item.finding.drugs), None)
    term = _first_drug(claim.text, known.lexicon)
    return term.concept_id if term is not None else None


def _heading(article: Article, claim_id: str) -> str:
    return next((s.heading for s in article.sections if claim_id in s.claims), "")


def _kept(was: ArticleClaim, claim: ArticleClaim, known: Appraised) -> str:
    """Empty, unless the same words now rule something out, count for more or less, or their sum is another."""
    now, then = _mismatches(claim), _mismatches(was)
    reasons = [_rules_out(claim, known, newly=True)] if _rules_out(claim, known, newly=True) else []
    if now and _studied(now) != _studied(then):
        reasons.append(f"now indirect: {_differs(now)}" if not then else f"indirect: {_differs(now)}")
    elif then and not now:
        reasons.append("now direct")
    if claim.calculation is not None and claim.calculation != was.calculation:
        reasons.append(f"calculated again: {claim.calculation.result}")
    elif was.calculation is not None and claim.calculation is None:
        reasons.append("no longer calculated")
    return "; ".join(reasons)


def _mismatches(claim: ArticleClaim) -> tuple[Mismatch, ...]:
    return tuple(m for c in claim.citations for m in c.mismatches)


def _studied(mismatches: Iterable[Mismatch]) -> frozenset[tuple[str, str]]:
    return frozenset((m.axis.value, m.studied) for m in mismatches)


def _differs(mismatches: Iterable[Mismatch]) -> str:
    words = (
        m.studied if m.studied.startswith("not studied") else f"studied in {m.studied}, asked for {m.asked}" for m in mismatches
    )
    return "; ".join(dict.fromkeys(words))


def _is_hidden(claim: ArticleClaim, known: Appraised) -> bool:
    item = _item(claim, known)
    return item is not None and item.finding.statement_id in known.hidden


def _item(claim: ArticleClaim, known: Appraised) -> EvidenceItem | None:
    return next((known.items[k] for k in _key(claim) if k in known.items), None)


def _added(claim: ArticleClaim, article: Article, parent: Article, known: Appraised) -> str:
    item, edits = _item(claim, known), known.question.edits
    dangers = [e for e in edits if e.field is EditField.DANGER]
    if _heading(article, claim.id) == _ALARM_HEADING:
        return because(dangers) or "why this cannot wait"
    if stops := _rules_out(claim, known, newly=False):
        return stops
    if item is not None:
        for edit in edits:
            if edit.field in (EditField.MEDICINE, EditField.DRUG) and edit.after and _names(item, edit.after, known.lexicon):
                return f"{_DOES.get(item.finding.direction, 'said')} {'with' if edit.field is EditField.MEDICINE else 'of'} {edit.after}"
    shown_again = f"shown again: before, {VIEW_WORDS[parent.question.view]}"
    cut = parent.question.view not in (View.FULL, View.DETAIL, known.question.view)
    return because(edits) or (shown_again if cut else "")


def _rules_out(claim: ArticleClaim, known: Appraised, *, newly: bool) -> str:
    """What the claim rules out for this patient, and by which fact. newly: only by a fact that this follow-up brought."""
    item = _item(claim, known)
    stops = [b for b in known.barriers if b.item is item] if item is not None and item.finding.direction in _STOPS else []
    brought = [e.after for e in known.question.edits if e.after and e.field is not EditField.DRUG]
    if newly:
        stops = [b for b in stops if any(name in b.because for name in brought)]
    names = ", ".join(dict.fromkeys(known.lexicon.name(b.drug) for b in stops))
    return f"rules out {names}: {stops[0].because}" if stops else ""


def _names(item: EvidenceItem, names: str, lexicon: Lexicon) -> bool:
    wanted = frozenset(names.split(", "))
    return any(lexicon.name(d) in wanted for d in item.finding.drugs)


def _removed(claim: ArticleClaim, article: Article, known: Appraised) -> str:
    item, lexicon = _item(claim, known), known.lexicon
    if article.disposition in _NOTHING_ELSE:
        return _NOTHING_ELSE[article.disposition]
    if _is_hidden(claim, known):
        return f"left out: {VIEW_WORDS[known.question.view]}"
    why = because(known.question.edits)
    if item is None or item.directness is Directness.OFF:
        return f"left out: {why}" if why else "left out: not about what is asked now"
    offers = item.finding.direction in OFFERS
    drug = item.finding.drugs[0] if item.finding.drugs else None
    if offers and drug is not None:
        for allergy in known.question.frame.patient.allergies:
            if is_allergen(drug, allergy.concept_id, lexicon):
                return f"left out: an allergy to {allergy.name} is reported"
        for barrier in known.barriers:
            if lexicon.is_a(drug, barrier.drug) or lexicon.is_member(drug, barrier.drug):
                return f"left out: {lexicon.name(barrier.drug)} is ruled out ({barrier.because})"
    if item.mismatches and item.mismatches != _mismatches(claim):
        return f"gave way: {'; '.join(filter(None, (why, _differs(item.mismatches))))}"
    return f"gave way to what fits better: {why}" if why else "gave way to other statements"


_NOW = {
    EditField.KIDNEYS: "now about {}", EditField.EGFR: "eGFR {}", EditField.PREGNANCY: "now in {}", EditField.BREASTFEEDING: "now in {}",
    EditField.LIVER: "now with {}", EditField.AGE: "now for age {}", EditField.WEIGHT: "now at {}", EditField.GROUP: "now about {}",
    EditField.MEDICINE: "now with {}", EditField.ALLERGY: "allergic to {}", EditField.CONDITION: "now with {}", EditField.SIGN: "now with {}",
    EditField.DENIED: "{}", EditField.DRUG: "now about {}", EditField.AVOID: "{} is to be avoided", EditField.PROBLEM: "now for {}",
    EditField.DOSE: "now the dose {}", EditField.ROUTE: "now {}", EditField.INTENT: "what is asked now is {}", EditField.GESTATION: "now at {} weeks",
    EditField.AUDIENCE: "now for a {}", EditField.WORDS: "asked: {}", EditField.DANGER: "what was said can be an emergency",
}  # fmt: skip
_NO_LONGER = {EditField.MEDICINE: "no longer with {}", EditField.AVOID: "{} is no longer to be avoided", EditField.DRUG: "no longer about {}", EditField.DANGER: "what could be an emergency was denied"}  # fmt: skip


def because(edits: Sequence[Edit]) -> str:
    """What the follow-up changed, in a few words: "now about peritoneal dialysis; now with warfarin"."""
    words = []
    for edit in edits:
        if edit.field is EditField.VIEW:
            words.append(VIEW_WORDS[View(edit.after)])
        elif edit.after and edit.field in _NOW:
            words.append(_NOW[edit.field].format(edit.after))
        elif edit.before:
            words.append(_NO_LONGER.get(edit.field, "no longer {}").format(edit.before))
    return "; ".join(dict.fromkeys(words))
