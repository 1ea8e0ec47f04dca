"""Less of an answer, when less was asked for; never less of its dangers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from osler.answer.picks import is_boxed
from osler.answer.plan import Slot
from osler.domain.answer import Answer, Claim, Disposition, Role, Section
from osler.domain.document import Direction
from osler.domain.evidence import EvidenceItem, EvidenceProfile
from osler.domain.thread import View
from osler.language.lexicon import Lexicon

DETAIL_CLAIMS = 40
"""Of an answer in detail; the usual bound is the settings' `max_claims`."""
_SHOWN: Mapping[View, frozenset[Role]] = {
    View.SHORT: frozenset(),
    View.DOSES: frozenset({Role.DOSE}),
    View.RED_FLAGS: frozenset({Role.RED_FLAG}),
    View.HARMS: frozenset({Role.HARM, Role.AVOID, Role.CAUTION}),
    View.MONITORING: frozenset({Role.MONITORING}),
    View.INTERACTIONS: frozenset({Role.CAUTION}),
    View.OPTIONS: frozenset({Role.OPTION}),
}
VIEW_WORDS: Mapping[View, str] = {
    View.FULL: "the whole answer was asked for", View.DETAIL: "more detail was asked for", View.SHORT: "a shorter answer was asked for",
    View.DOSES: "only the doses were asked for", View.RED_FLAGS: "only the danger signs were asked for",
    View.HARMS: "only the harms were asked for", View.MONITORING: "only the monitoring was asked for",
    View.INTERACTIONS: "only the interactions were asked for", View.OPTIONS: "only the options were asked for",
}  # fmt: skip
_WITH_TABLE = frozenset({View.SHORT, View.OPTIONS})
_STOPS = frozenset({Direction.CONTRAINDICATES, Direction.RECOMMENDS_AGAINST})
_WHOLE = frozenset({Disposition.EMERGENCY, Disposition.CLARIFY, Disposition.ABSTAIN})


def widened(slots: tuple[Slot, ...]) -> tuple[Slot, ...]:
    """The plan of an answer in detail: room for twice as many statements in each part."""
    return tuple(replace(s, limit=s.limit * 2, per_source=s.per_source * 2) for s in slots)


def narrowed(answer: Answer, view: View, profile: EvidenceProfile, lexicon: Lexicon) -> tuple[Answer, frozenset[str]]:
    """(the answer with what the view shows, the statement ids it leaves out).

    Always kept: danger signs, notices, gaps, what speaks against a drug that is shown or asked about, or warns of it in a box,
    the interactions of a shown one with the patient's medicines, and both sides of a disagreement one of which is shown.
    """
    if view not in _SHOWN or answer.disposition in _WHOLE or not answer.claims:
        return answer, frozenset()
    items = {(i.source.document_id, i.finding.statement_id): i for i in profile.items}
    of_claim = {c.id: items.get((c.citations[0].span.document_id, c.citations[0].statement_id)) for c in answer.claims}
    kept = {c.id for c in answer.claims if _is_shown(c, view, answer)}
    if view is View.OPTIONS:  # a row stands by its statements, "contraindicated" too
        kept |= {i for o in answer.options for i in o.claims if i in of_claim}
    asked = {t.concept_id for t in profile.question.frame.intervention}
    kept |= {c.id for c in answer.claims if _stops(c, of_claim[c.id]) and _shares(asked, _drugs(of_claim[c.id]), lexicon)}
    drugs = {d for i in kept for d in _drugs(of_claim[i])}
    kept |= {c.id for c in answer.claims if _warns(c, of_claim[c.id]) and _shares(drugs, _drugs(of_claim[c.id]), lexicon)}
    kept |= {i for conflict in answer.conflicts if kept & set(conflict.claims) for i in conflict.claims}
    hidden = frozenset(k.statement_id for c in answer.claims if c.id not in kept for k in c.citations)
    return _only(answer, kept, view), hidden


def _is_shown(claim: Claim, view: View, answer: Answer) -> bool:
    dangers = {i for s in answer.sections if s.role is Role.RED_FLAG for i in s.claims}
    if claim.role is Role.RED_FLAG or claim.id in dangers:
        return True
    if view is View.SHORT:
        return claim.id in answer.bottom_line
    in_table = view is View.DOSES and any(claim.id in row.claims for row in answer.dose_table)
    return claim.role in _SHOWN[view] or in_table


def _drugs(item: EvidenceItem | None) -> tuple[str, ...]:
    return item.finding.drugs if item is not None else ()


def _warns(claim: Claim, item: EvidenceItem | None) -> bool:
    """A contraindication, advice against, an interaction, or a boxed warning; what cannot be traced counts as one."""
    if claim.role in (Role.AVOID, Role.CAUTION) or item is None:
        return True
    return item.finding.direction in _STOPS or item.finding.direction is Direction.INTERACTION or is_boxed(item)


def _stops(claim: Claim, item: EvidenceItem | None) -> bool:
    """What speaks against a drug: to somebody who asks for its dose alone it is the answer."""
    return claim.role is Role.AVOID or (item is not None and (item.finding.direction in _STOPS or is_boxed(item)))


def _shares(shown: set[str], named: tuple[str, ...], lexicon: Lexicon) -> bool:
    return any(lexicon.is_a(s, n) or lexicon.is_member(s, n) or lexicon.is_a(n, s) for s in shown for n in named)


def _only(answer: Answer, kept: set[str], view: View) -> Answer:
    def among(ids: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(i for i in ids if i in kept)

    sections = tuple(Section(s.heading, s.role, among(s.claims), s.lead) for s in answer.sections)
    none = () if kept else (f"The answer holds nothing of that kind: {VIEW_WORDS[view]}. Ask for the whole answer.",)
    return replace(
        answer,
        bottom_line=among(answer.bottom_line),
        sections=tuple(s for s in sections if s.claims),
        claims=tuple(c for c in answer.claims if c.id in kept),
        options=tuple(replace(o, claims=among(o.claims)) for o in answer.options if among(o.claims)) if view in _WITH_TABLE else (),
        dose_table=tuple(r for r in answer.dose_table if set(r.claims) <= kept),
        conflicts=tuple(c for c in answer.conflicts if set(c.claims) <= kept),
        gaps=(*none, *answer.gaps),
    )
