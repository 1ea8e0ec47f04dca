"""Questions next to this one: its gaps, the drugs of its answer, and what else the evidence says of its drugs and problem.

These are candidates: `osler.related` asks each and offers only what the library answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, zip_longest

from osler.answer.gaps import describe_group
from osler.domain.answer import Disposition, Role
from osler.domain.article import Article
from osler.domain.document import OFFERS, Direction
from osler.domain.evidence import Directness, DrugRelation, EvidenceItem, EvidenceProfile, PopulationRelation, ProblemRelation
from osler.domain.question import Frame, Intent
from osler.language.lexicon import Lexicon

MAX_CANDIDATES = 12
_OFFERED = frozenset({Role.OPTION, Role.DOSE, Role.BOTTOM_LINE, Role.EVIDENCE})
_EFFECTS = frozenset({Direction.BENEFIT, Direction.NO_BENEFIT})
_TREATS = frozenset({Direction.RECOMMENDS, Direction.BENEFIT})
_DIAGNOSES = frozenset({Direction.DIAGNOSIS})
_DOSES = frozenset({Direction.DOSE})
_STOPS = frozenset({Direction.CONTRAINDICATES, Direction.RECOMMENDS_AGAINST})
_BY_DIRECTION: Mapping[Direction, tuple[frozenset[Intent], str, str]] = {
    Direction.DOSE: (frozenset({Intent.DOSE, Intent.ORDER_CHECK}), "What is the dose of {drug}{group}?", "the dose"),
    Direction.MONITOR: (frozenset({Intent.MONITORING}), "What should be monitored with {drug}{group}?", "monitoring"),
    Direction.INTERACTION: (frozenset({Intent.INTERACTION}), "What does {drug} interact with?", "interactions"),
    Direction.ADVERSE: (frozenset({Intent.SAFETY, Intent.TOXICITY}), "Is {drug} safe{group}?", "harms"),
}
"""What a statement does: the intents that show it already, the question that asks for it, what it is about."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question in words that the frame reader reads, and `why` it is next to this one. Its answer has to say of the first of
    `concepts` something that does one of `wanted`; every one of them is to be read in its words."""

    text: str
    why: str
    concepts: tuple[str, ...]
    wanted: frozenset[Direction]


def related_candidates(article: Article, profile: EvidenceProfile, lexicon: Lexicon) -> tuple[Candidate, ...]:
    """At most MAX_CANDIDATES, kinds in turn, none that asks this question again; nothing in an emergency, where help comes first."""
    if article.disposition in (Disposition.EMERGENCY, Disposition.ANSWER_AND_ESCALATE):
        return ()
    frame = profile.question.frame
    group = describe_group(frame)
    kinds = (
        _without_the_group(frame, group),
        _of_the_answer(article, profile, lexicon, group),
        _of_the_asked(profile, lexicon, group),
        _other_uses(profile, lexicon, group),
        _of_the_avoided(profile, lexicon, group),
        _the_problem_itself(frame, group),
    )
    in_turn = chain.from_iterable(zip_longest(*kinds))
    asked = " ".join(profile.question.text.split()).casefold()
    found = {c.text: c for c in in_turn if c is not None and c.text.casefold() != asked}
    return tuple(list(found.values())[:MAX_CANDIDATES])


def _in(group: str) -> str:
    return f" in {group}" if group else ""


def _without_the_group(frame: Frame, group: str) -> Iterator[Candidate]:
    """Where a group was asked about, and perhaps not studied: what is known of the same problem and drug at large."""
    if not group or not frame.problem:
        return
    problem = frame.problem[0]
    drugs = [t for t in frame.intervention if t.concept_id.startswith("drug/")]
    for drug in drugs[:1]:
        yield Candidate(
            f"Does {drug.name} work for {problem.name}?", f"without {group}", (drug.concept_id, problem.concept_id), _EFFECTS
        )
    if not drugs:
        yield Candidate(f"What works for {problem.name}?", f"without {group}", (problem.concept_id,), _TREATS)


def _of_the_answer(article: Article, profile: EvidenceProfile, lexicon: Lexicon, group: str) -> Iterator[Candidate]:
    """The drugs that the answer offers, each with its dose where the library has one, else its safety."""
    frame = profile.question.frame
    known = {t.concept_id for t in (*frame.intervention, *frame.avoid)}
    named = {lexicon.name(d): d for i in profile.items for d in i.finding.drugs}
    for name in (row.intervention for row in article.options if row.intervention in named):
        yield Candidate(
            f"Is {name} safe{_in(group)}?",
            f"{name} is named in this answer",
            (named[name],),
            frozenset({Direction.ADVERSE, *_STOPS}),
        )
    shown = {c.extraction or c.span.exact: claim.role for claim in article.claims for c in claim.citations}
    items = [i for i in profile.items if (i.finding.statement_id in shown or i.text in shown) and _is_for_it(i)]
    offered = [i for i in items if shown.get(i.finding.statement_id, shown.get(i.text)) in _OFFERED]
    for drug in _drugs(offered):
        if drug in known:
            continue
        about = [i for i in profile.items if drug in i.finding.interventions]
        has_dose = any(i.finding.direction is Direction.DOSE and i.population is not PopulationRelation.DIFFERENT for i in about)
        name = lexicon.name(drug)
        text = f"What is the dose of {name}{_in(group)}?" if has_dose else f"Is {name} safe{_in(group)}?"
        yield Candidate(
            text, f"{name} is named in this answer", (drug,), _DOSES if has_dose else frozenset({Direction.ADVERSE, *_STOPS})
        )


def _of_the_asked(profile: EvidenceProfile, lexicon: Lexicon, group: str) -> Iterator[Candidate]:
    """What else the evidence says of the drug asked about."""
    frame = profile.question.frame
    for drug in (t.concept_id for t in frame.intervention if t.concept_id.startswith("drug/")):
        directions = {i.finding.direction for i in profile.items if drug in i.finding.interventions}
        for direction, (intents, text, what) in _BY_DIRECTION.items():
            if direction in directions and frame.intent not in intents:
                name = lexicon.name(drug)
                wanted = {direction, *(_STOPS if direction in (Direction.ADVERSE, Direction.INTERACTION) else ())}
                yield Candidate(text.format(drug=name, group=_in(group)), f"{what} of {name}", (drug,), frozenset(wanted))


def _other_uses(profile: EvidenceProfile, lexicon: Lexicon, group: str) -> Iterator[Candidate]:
    """What the asked drug was studied for in this group, other than the asked problem."""
    asked = {t.concept_id for t in profile.question.frame.intervention}
    for item in profile.items:
        here = item.population is PopulationRelation.MATCH and item.problem is ProblemRelation.DIFFERENT
        if not (here and item.drug is DrugRelation.ASKED and item.finding.direction in _EFFECTS and item.finding.problems):
            continue
        for drug in asked.intersection(_drugs([item])[:1]):
            problem, name = item.finding.problems[0], lexicon.name(drug)
            text = f"Does {name} work for {lexicon.name(problem)}{_in(group)}?"
            yield Candidate(text, f"what {name} was studied for in this group", (drug, problem), _EFFECTS)


def _of_the_avoided(profile: EvidenceProfile, lexicon: Lexicon, group: str) -> Iterator[Candidate]:
    for term in profile.question.frame.avoid:
        if any(i.finding.direction is Direction.ADVERSE and term.concept_id in i.finding.interventions for i in profile.items):
            yield Candidate(
                f"How is {term.name} toxicity managed{_in(group)}?",
                f"harms of {term.name}",
                (term.concept_id,),
                frozenset({Direction.ADVERSE, *_TREATS}),
            )
            yield Candidate(
                f"Is {term.name} safe{_in(group)}?",
                f"why not {term.name}",
                (term.concept_id,),
                frozenset({Direction.ADVERSE, *_STOPS}),
            )


def _the_problem_itself(frame: Frame, group: str) -> Iterator[Candidate]:
    for term in frame.problem[:1]:
        if frame.intent is not Intent.TREATMENT:
            yield Candidate(f"How is {term.name} treated{_in(group)}?", f"{term.name} itself", (term.concept_id,), _TREATS)
        if frame.intent is not Intent.DIAGNOSIS:
            yield Candidate(
                f"How is {term.name} diagnosed{_in(group)}?", f"recognising {term.name}", (term.concept_id,), _DIAGNOSES
            )


def _is_for_it(item: EvidenceItem) -> bool:
    """Whether the statement offers another drug for the asked problem: a drug named for another problem is not next to this one."""
    return item.drug is DrugRelation.OTHER and item.problem is not ProblemRelation.DIFFERENT and item.finding.direction in OFFERS


def _drugs(items: Iterable[EvidenceItem]) -> list[str]:
    """Single drugs that the findings are about, closest evidence first, in order of rank."""
    ranked = sorted(items, key=lambda i: (i.directness is not Directness.DIRECT, i.rank))
    return list(dict.fromkeys(d for i in ranked for d in i.finding.drugs[:1] if d.startswith("drug/")))
