"""What was searched, what was found, and for every statement that is not cited why not: counts that add up.

Passages are what is found; statements (findings) are what is appraised and cited. `found` statements stand in the passages of the
run; `taken_out` of them rest on a retracted source; `looked_up` more came from the second look for what rules a drug out; what is
left is `appraised`, and each of those is cited or in exactly one group of `rejected`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from osler.answer.picks import Selection
from osler.answer.relevance import is_outdated
from osler.answer.select import is_offered_allergen, is_repeated
from osler.domain.answer import Disposition
from osler.domain.article import Article
from osler.domain.document import OFFERS, Direction
from osler.domain.evidence import (
    Axis,
    Directness,
    DrugRelation,
    EvidenceItem,
    EvidenceProfile,
    PopulationRelation,
    ProblemRelation,
)
from osler.domain.status import PublicationStatus
from osler.evidence.gate import barriers, is_ruled_out
from osler.language.lexicon import Lexicon
from osler.respond.retracted import Retracted

EXAMPLES = 2
"""Shown of each group; the count is of all."""


class Reason(StrEnum):
    """Why an appraised statement is not cited; each statement has the first of these that holds."""

    WITHHELD = "withheld: the check against its source did not pass"
    OTHER_PROBLEM = "about another problem and another drug than those asked about"
    OTHER_DRUG = "about another drug, or none, and not about the problem asked about"
    NO_PARTNER = "an interaction or combination that was not recognised as this case's"
    OTHER_AGE = "a dose for another age"
    RETRACTED = "its source is retracted"
    OUTDATED = "its issuer has a later recommendation on the same thing"
    ALLERGEN = "would offer what the patient is allergic to"
    RULED_OUT = "would offer what an appraised statement rules out for this patient"
    ESSENTIAL = "essential and left out: named under “Held by the library and left out here”"
    REPEATED = "says what a cited statement says already"
    NO_ANSWER = "not used: the reply is a question back, an abstention or an emergency"
    OTHER_PEOPLE = "on topic, but not studied in people like this patient; not taken"
    OTHER_USE = "on topic, but studied for another problem; not taken"
    NOT_TAKEN = "on topic and not taken: the answer takes a few statements for each of its headings"


@dataclass(frozen=True, slots=True)
class Example:
    """One statement with what it differs in, in words; `differs` is empty where it does not."""

    document_id: str
    title: str
    text: str
    differs: str


@dataclass(frozen=True, slots=True)
class Rejected:
    reason: Reason
    count: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of one kind or year; `name` "not shown" where the source shows no year."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class SearchLog:
    """See the module: passages ≥ documents; found − taken_out + looked_up = appraised = direct + indirect + off = cited + rejected.

    words: the texts that were searched with. concepts: names looked up beside them. limit: passages a search may bring.
    kinds, years: of the passages found; each adds up to `passages`. retracted: documents that the words would have found; none of
    their passages is counted anywhere else.
    """

    snapshot: str
    engine: str
    words: tuple[str, ...]
    concepts: tuple[str, ...]
    limit: int
    passages: int
    documents: int
    kinds: tuple[Tally, ...]
    years: tuple[Tally, ...]
    found: int
    taken_out: int
    looked_up: int
    appraised: int
    direct: int
    indirect: int
    off: int
    cited: int
    rejected: tuple[Rejected, ...]
    retracted: tuple[Retracted, ...] = ()


def search_log(
    article: Article,
    profile: EvidenceProfile,
    withheld: Iterable[str],
    retracted: tuple[Retracted, ...],
    lexicon: Lexicon,
    limit: int,
) -> SearchLog:
    """The log of one run. withheld: ids of statements that the answer lost to its check. limit: `Settings.candidates`."""
    run, items = profile.run, profile.items
    found = sum(len(hit.passage.findings) for hit in run.hits)
    looked_up = sum(1 for i in items if i.rank > len(run.hits))
    directness = Counter(i.directness for i in items)
    cited, rejected = _sorted_out(article, profile, frozenset(withheld), lexicon)
    return SearchLog(
        snapshot=article.provenance.library_snapshot,
        engine=article.provenance.engine,
        words=run.terms,
        concepts=tuple(lexicon.name(c) for c in run.concepts if c in lexicon),
        limit=limit,
        passages=len(run.hits),
        documents=len({h.source.document_id for h in run.hits}),
        kinds=_tallied(h.source.kind.value.replace("_", " ") for h in run.hits),
        years=_by_year(h.source.bibliography.year for h in run.hits),
        found=found,
        taken_out=found + looked_up - len(items),
        looked_up=looked_up,
        appraised=len(items),
        direct=directness[Directness.DIRECT],
        indirect=directness[Directness.INDIRECT],
        off=directness[Directness.OFF],
        cited=cited,
        rejected=rejected,
        retracted=retracted,
    )


def _tallied(names: Iterable[str]) -> tuple[Tally, ...]:
    return tuple(Tally(name, n) for name, n in sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0])))


def _by_year(years: Iterable[int | None]) -> tuple[Tally, ...]:
    """Newest first; what shows no year comes last."""
    counted = Counter(years)
    known = sorted((y for y in counted if y is not None), reverse=True)
    unknown = (Tally("not shown", counted[None]),) if counted[None] else ()
    return (*(Tally(str(y), counted[y]) for y in known), *unknown)


def _sorted_out(
    article: Article, profile: EvidenceProfile, withheld: frozenset[str], lexicon: Lexicon
) -> tuple[int, tuple[Rejected, ...]]:
    """How many items are cited, and all others by the first reason that holds, in the order of `Reason`."""
    spans = {(c.span.document_id, c.span.start, c.span.end) for claim in article.claims for c in claim.citations}
    cited: list[EvidenceItem] = []
    others: list[EvidenceItem] = []
    for item in profile.items:
        place = (item.span.document_id, item.span.start, item.span.end)
        if place in spans:
            cited.append(item)
            spans.discard(place)  # a second statement at the same place is a repetition
        else:
            others.append(item)
    why = _Why(article, profile, cited, withheld, lexicon)
    groups: dict[Reason, list[EvidenceItem]] = {reason: [] for reason in Reason}
    for item in others:
        groups[why.of(item)].append(item)
    rejected = (Rejected(r, len(g), tuple(_example(i) for i in g[:EXAMPLES])) for r, g in groups.items() if g)
    return len(cited), tuple(rejected)


def _example(item: EvidenceItem) -> Example:
    differs = "; ".join(f"{m.axis.value}: {m.studied}" for m in item.mismatches)
    return Example(item.passage.document_id, item.source.bibliography.title, item.text, differs)


class _Why:
    """The reasons, with what they are worked out from once."""

    def __init__(
        self, article: Article, profile: EvidenceProfile, cited: Sequence[EvidenceItem], withheld: frozenset[str], lexicon: Lexicon
    ) -> None:
        self._profile, self._cited, self._withheld, self._lexicon = profile, cited, withheld, lexicon
        self._answered = article.disposition not in (Disposition.CLARIFY, Disposition.ABSTAIN, Disposition.EMERGENCY)
        self._essential = frozenset(o.statement for o in article.left_out)
        self._selection = Selection(profile, lexicon)
        self._bars = tuple(b for b in barriers(profile, lexicon) if b.item.finding.direction is Direction.CONTRAINDICATES)

    def of(self, item: EvidenceItem) -> Reason:
        if item.finding.statement_id in self._withheld:
            return Reason.WITHHELD
        if item.finding.statement_id in self._essential:
            return Reason.ESSENTIAL
        if item.directness is Directness.OFF:
            return self._off(item)
        return self._unfit(item) or self._passed_over(item)

    def _off(self, item: EvidenceItem) -> Reason:
        if item.drug in (DrugRelation.OTHER, DrugRelation.NONE, DrugRelation.CURRENT) and item.problem is ProblemRelation.DIFFERENT:
            return Reason.OTHER_PROBLEM
        if item.finding.direction is Direction.DOSE and item.population is PopulationRelation.DIFFERENT:
            return Reason.OTHER_AGE if item.drug not in (DrugRelation.OTHER, DrugRelation.NONE) else Reason.OTHER_DRUG
        return Reason.OTHER_DRUG if item.drug in (DrugRelation.OTHER, DrugRelation.NONE) else Reason.NO_PARTNER

    def _unfit(self, item: EvidenceItem) -> Reason | None:
        """What must not be said to this patient, or not any more."""
        if item.source.status is PublicationStatus.RETRACTED:
            return Reason.RETRACTED
        if is_outdated(item, self._profile):
            return Reason.OUTDATED
        if item.finding.direction not in OFFERS:
            return None
        if is_offered_allergen(item, self._selection):
            return Reason.ALLERGEN
        if any(is_ruled_out(d, self._bars, self._lexicon) for d in item.finding.drugs[:1]):
            return Reason.RULED_OUT
        return None

    def _passed_over(self, item: EvidenceItem) -> Reason:
        if not self._answered:
            return Reason.NO_ANSWER
        if is_repeated(item, self._cited):
            return Reason.REPEATED
        if any(m.axis is Axis.POPULATION for m in item.mismatches):
            return Reason.OTHER_PEOPLE
        return Reason.OTHER_USE if any(m.axis is Axis.PROBLEM for m in item.mismatches) else Reason.NOT_TAKEN
