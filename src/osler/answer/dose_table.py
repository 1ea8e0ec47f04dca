"""Dose rows: the words of the source for one drug, with the group and the problem in which the dose was studied."""

from __future__ import annotations

import re
from collections.abc import Mapping

from osler.answer.plan import Slot
from osler.domain.answer import Conflict, DoseRow, Role
from osler.domain.document import Direction, StudyDesign, Via
from osler.domain.evidence import Axis, Directness, DrugRelation, EvidenceItem, PopulationRelation, ProblemRelation
from osler.domain.question import Frame
from osler.evidence.patient import only_drug
from osler.language.doses import DrugDose, drug_doses
from osler.language.lexicon import Lexicon
from osler.language.quantities import find_timings
from osler.passages.empty import without_references

_WITH_DOSES = frozenset({Direction.DOSE, Direction.RECOMMENDS})
_NO_PROBLEM = {"any": "any labelled use", "mixed": "mixed uses"}
_LEADING = re.compile(
    r"(?:(?:(?<![\d.])\d+(?:\.\d+)?(?:,| or| to|-|–)\s*)+|\b(?:one |a )?single |[<>≤≥]\s*|\b(?:up to|at most|at least|no more than|not above|about|limited to|maximum(?: of)?|less than|more than|below|over) )$",
    re.IGNORECASE,
)
"""Words before a dose without which it says something else."""
_TRAILING = re.compile(r"(?:\s+(?:and|or|with|against|versus)(?:\s+[\w/-]*/)?|,)\s*$", re.IGNORECASE)
_CHANGE = re.compile(r"\b(?:by|than|not|never|avoid|instead of|exceed|from)\s+$", re.IGNORECASE)
_SEVERAL_GROUPS = re.compile(
    r"\badults?\b.*\bchildren\b|\bchildren\b.*\badults?\b|\d\s*(?:years?|months?)\b.*\d\s*(?:years?|months?)\b"
    r"|\b(?:e?GFR|clearance)\b|\b(?:at|over|under|below) age\b|\bcreatinine clearance\b.*\bbelow \d+",
    re.IGNORECASE | re.DOTALL,
)
_CLAUSE_END = re.compile(r"[;.](?:\s|$)|, with |, since | \(table| as (?:the|an?|its)\b|, in each case", re.IGNORECASE)


_UNDESCRIBED = "people not further described"
_LABEL_WITHOUT_GROUP = "no special group named"
_LABELLED_USES = "its labelled uses"
_MANY_USES = 3
"""A label's sentence that names no use of its own stands for all of them; more than these are not listed."""
_UNNAMED_PROBLEM = "the use it is written for, not named in this line"


def dose_rows(chosen: Mapping[str, tuple[Slot, EvidenceItem]], frame: Frame, lexicon: Lexicon) -> tuple[DoseRow, ...]:
    """One row for each drug a dose statement gives a dose of; `chosen` maps claim ids to their evidence.

    Only drugs that were asked about get a row; when none was, or others are wanted too, every drug but the ones to be avoided.
    """
    rows = []
    for claim_id, (slot, item) in chosen.items():
        if item.finding.direction not in _WITH_DOSES and slot.role is not Role.DOSE:
            continue
        for concept_id, dose, timing in _doses_of(item, lexicon):
            if not _is_wanted(concept_id, item, frame, lexicon):
                continue
            name = lexicon.name(concept_id)
            rows.append(
                DoseRow(
                    intervention=name,
                    dose=dose,
                    timing=timing,
                    population=item.finding.population.text or _without_group(item),
                    problem_studied=problem_words(item),
                    directness=Directness.INDIRECT if item.mismatches else Directness.DIRECT,
                    claims=(claim_id,),
                    applies=_applies(item),
                )
            )
    return tuple(rows)


def _is_wanted(drug: str, item: EvidenceItem, frame: Frame, lexicon: Lexicon) -> bool:
    if any(lexicon.is_a(drug, t.concept_id) for t in (*frame.avoid, *frame.patient.allergies)):
        return False
    asked = [t.concept_id for t in frame.intervention if t.concept_id.startswith(("drug/", "class/"))]
    others_too = frame.open_ended and item.drug is DrugRelation.OTHER and item.directness is not Directness.OFF
    return not asked or others_too or any(lexicon.is_a(drug, a) or lexicon.is_a(a, drug) for a in asked)


def problem_words(item: EvidenceItem) -> str:
    """The reader's words for the indication, as recorded; a source's own, unless it has too many to list."""
    if item.source.via is Via.SOURCE and item.finding.kind is StudyDesign.LABEL and len(item.finding.problems) > _MANY_USES:
        return _LABELLED_USES
    labels = [_NO_PROBLEM.get(label, label) for label in item.finding.problem_labels]
    return ", ".join(dict.fromkeys(labels)) or _UNNAMED_PROBLEM


def _without_group(item: EvidenceItem) -> str:
    of_label = item.source.via is Via.SOURCE and item.finding.kind is StudyDesign.LABEL
    return _LABEL_WITHOUT_GROUP if of_label else _UNDESCRIBED


def _applies(item: EvidenceItem) -> str:
    return "; ".join(_difference(m.axis, m.asked, m.studied) for m in item.mismatches)


def _difference(axis: Axis, asked: str, studied: str) -> str:
    if studied.startswith("not studied"):
        return studied
    return f"{axis.value}: studied in {studied}, asked for {asked}"


def _doses_of(item: EvidenceItem, lexicon: Lexicon) -> list[tuple[str, str, str]]:
    """(drug id, dose as worded, timing as worded) for each drug of the finding, in order of the text."""
    text = _cited(item)
    mentions = lexicon.tag(text)
    stated = drug_doses(text, mentions, _subject(item))
    owners = {d.concept_id for d in stated}
    doses = [d for d in stated if d.quantity.comparator not in ("<", ">") and _is_of(d, item, lexicon)]
    by_drug: dict[str, list[DrugDose]] = {}
    for dose in doses:
        by_drug.setdefault(dose.concept_id, []).append(dose)
    of_a_result = item.finding.direction not in _WITH_DOSES
    if _cannot_be_cut(text, by_drug, owners):
        return [] if of_a_result else [(concept_id, text, "") for concept_id in by_drug]
    if of_a_result:
        return [(concept_id, *_regimen(text, group[0])) for concept_id, group in by_drug.items()]
    rows = []
    for concept_id, group in by_drug.items():
        start = group[0].quantity.start
        end = max(max(d.quantity.end, d.timing.end if d.timing else 0) for d in group)
        later = [m.start for m in mentions if m.start > end and m.concept_id in owners and m.concept_id != concept_id]
        stop = _CLAUSE_END.search(text, end)
        end = min([stop.start() if stop else len(text.rstrip(".")), *later])
        if leading := _LEADING.search(text[:start]):
            start = leading.start()
        words = _TRAILING.sub("", text[start:end].strip()).rstrip(" ,;")
        if words.count("(") != words.count(")"):
            words = text
        timing = ", ".join(dict.fromkeys(t.text.strip() for t in find_timings(words)))
        rows.append((concept_id, words, timing))
    return rows


_DURATION = re.compile(
    r"\s*,?\s*for (?:up to )?(?:\d+|one|two|three|four|six|eight|twelve) (?:days?|weeks?|months?)\b", re.IGNORECASE
)
_WITHIN = 60
_BETWEEN_TIMINGS = 2
"""Characters between two parts of one regimen: "400 mg twice weekly after dialysis"."""


def _regimen(text: str, dose: DrugDose) -> tuple[str, str]:
    """(dose with its timings, the timings) of a result's sentence: the amount, how often and how long, and nothing of what came of it."""
    near = dose.timing is not None and dose.timing.start <= dose.quantity.end + _WITHIN
    end = max(dose.quantity.end, dose.timing.end if near and dose.timing else 0)
    leading = _LEADING.search(text[: dose.quantity.start])
    for timing in find_timings(text):
        if end <= timing.start <= end + _BETWEEN_TIMINGS:
            end = timing.end
    if how_long := _DURATION.match(text, end):
        end = how_long.end()
    words = text[leading.start() if leading else dose.quantity.start : end].strip()
    return words, ", ".join(dict.fromkeys(t.text.strip() for t in find_timings(words)))


_EXAMPLE = re.compile(r"\s*\((?:e\.?g\.?|for example|such as)[^()]*\)", re.IGNORECASE)


def _cited(item: EvidenceItem) -> str:
    """The statement's words from which a dose may be cut: of a source, without cross references and examples."""
    return _EXAMPLE.sub("", without_references(item.text)) if item.source.via is Via.SOURCE else item.text


def _subject(item: EvidenceItem) -> str | None:
    """Whose the doses of a sentence without a drug are: of its one drug, in a label of the label's."""
    label = item.source.via is Via.SOURCE and item.finding.kind is StudyDesign.LABEL
    return item.finding.interventions[0] if label and item.finding.interventions else only_drug(item)


def _cannot_be_cut(text: str, by_drug: Mapping[str, list[DrugDose]], owners: set[str]) -> bool:
    """Lines that are shown whole, because a dose cut out of them would lose whose or what it is.

    Several ages or kidney functions; several drugs that share a timing or have more than one dose; a change ("by 25 mcg").
    """
    several_groups = sum(len(g) for g in by_drug.values()) > 1 and _SEVERAL_GROUPS.search(text)
    shared = len(owners) > 1 and any(len(g) > 1 or g[0].timing is None for g in by_drug.values())
    changed = any(_CHANGE.search(text[: d.quantity.start]) for g in by_drug.values() for d in g[:1])
    return bool(several_groups or shared or changed)


def _is_of(dose: DrugDose, item: EvidenceItem, lexicon: Lexicon) -> bool:
    return any(lexicon.is_a(dose.concept_id, i) or lexicon.is_a(i, dose.concept_id) for i in item.finding.interventions)


def dose_conflicts(chosen: Mapping[str, tuple[Slot, EvidenceItem]], lexicon: Lexicon) -> tuple[Conflict, ...]:
    """Two sources that give this patient's group different doses of one drug for the same problem."""
    seen: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for claim_id, (_, item) in chosen.items():
        fits = item.population is PopulationRelation.MATCH
        if item.finding.direction not in _WITH_DOSES or not fits:
            continue
        for concept_id, dose, _timing in _doses_of(item, lexicon):
            name = lexicon.name(concept_id)
            seen.setdefault((name, problem_words(item)), []).append((claim_id, dose, item.passage.document_id))
    conflicts = []
    for (name, problem), doses in seen.items():
        sources = {document for _, _, document in doses}
        figures = {tuple(re.findall(r"[\d.]+", dose)) for _, dose, _ in doses}
        if len(sources) > 1 and len(figures) > 1:
            claims = tuple(dict.fromkeys(claim for claim, _, _ in doses))
            listed = "; ".join(dict.fromkeys(dose for _, dose, _ in doses))
            conflicts.append(Conflict(claims, f"Sources give different doses of {name} for {problem}: {listed}."))
    return tuple(conflicts)


def verdict_conflicts(chosen: Mapping[str, tuple[Slot, EvidenceItem]], lexicon: Lexicon) -> tuple[Conflict, ...]:
    """Sources that point opposite ways on one drug in this patient's group, and disagreements that a reader noted."""
    conflicts = []
    for words, good, bad in (
        ("advise for and against", Direction.RECOMMENDS, Direction.RECOMMENDS_AGAINST),
        ("find a benefit and no benefit of", Direction.BENEFIT, Direction.NO_BENEFIT),
    ):
        drugs = dict.fromkeys(d for _, i in chosen.values() for d in i.finding.interventions[:1] if d.startswith("drug/"))
        for drug in drugs:
            sides = [[c for c, (_, i) in chosen.items() if _speaks(i, drug, d)] for d in (good, bad)]
            if all(sides) and _disagree([chosen[c][1] for c in sides[0]], [chosen[c][1] for c in sides[1]]):
                conflicts.append(Conflict((*sides[0], *sides[1]), f"Sources {words} {lexicon.name(drug)} in this group."))
    for claim_id, (_, item) in chosen.items():
        note = item.finding.note
        if note and _DISAGREES.search(note) and item.population is PopulationRelation.MATCH:
            conflicts.append(Conflict((claim_id,), note + "."))
    return tuple(conflicts)


def _are_two_voices(one: EvidenceItem, other: EvidenceItem) -> bool:
    """Two documents, not of one issuer: what one body advises for two groups is no disagreement."""
    issuers = {one.source.organisation, other.source.organisation}
    return one.passage.document_id != other.passage.document_id and (len(issuers) == 2 or issuers == {None})


def _disagree(good: list[EvidenceItem], bad: list[EvidenceItem]) -> bool:
    """Sentences of one source on several outcomes are no disagreement; two sources on one problem are, and any recorded findings."""
    pairs = [(g, b) for g in good for b in bad]
    return any(
        (g.source.via is Via.EXTRACTION is b.source.via)
        or (_are_two_voices(g, b) and bool(set(g.finding.problems) & set(b.finding.problems)))
        for g, b in pairs
        if StudyDesign.LABEL not in (g.finding.kind, b.finding.kind) or g.source.via is Via.EXTRACTION is b.source.via
    )


def _speaks(item: EvidenceItem, drug: str, direction: Direction) -> bool:
    finding = item.finding
    fits = item.population is PopulationRelation.MATCH and item.problem is not ProblemRelation.DIFFERENT
    return fits and finding.direction is direction and finding.interventions[:1] == (drug,)


_DISAGREES = re.compile(r"\bconflicts? (?:in part )?with\b|\bdisagree|\bcontrasts? with\b", re.IGNORECASE)
