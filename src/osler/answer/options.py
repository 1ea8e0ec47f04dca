"""One row for each drug of the avoided drug's class: the verdict that its own evidence carries for this patient."""

from __future__ import annotations

from collections.abc import Mapping

from osler.answer.gaps import describe_group
from osler.answer.picks import is_relative
from osler.answer.plan import Slot
from osler.domain.answer import OptionRow
from osler.domain.document import Direction, StudyDesign
from osler.domain.evidence import EvidenceItem, EvidenceProfile, PopulationRelation
from osler.language.lexicon import Lexicon

_INJECTION = frozenset({"route/parenteral", "route/intravenous", "route/intramuscular"})


def option_rows(
    chosen: Mapping[str, tuple[Slot, EvidenceItem]], profile: EvidenceProfile, lexicon: Lexicon
) -> tuple[OptionRow, ...]:
    """Drugs of the class with a statement in the answer, each with the verdict of all that the library says of it.

    Empty unless the question asks for an alternative to a drug.
    """
    shown: dict[str, list[tuple[str, EvidenceItem]]] = {}
    for claim_id, (slot, item) in chosen.items():
        if slot.pick == "relatives":
            for drug in item.finding.interventions:
                if is_relative(drug, profile, lexicon):
                    shown.setdefault(drug, []).append((claim_id, item))
    everything: dict[str, list[EvidenceItem]] = {drug: [] for drug in shown}
    for item in profile.items:
        for drug in item.finding.interventions:
            if is_relative(drug, profile, lexicon) and item.finding.interventions[0] == drug:
                everything.setdefault(drug, []).append(item)
    group = describe_group(profile.question.frame) or "this group"
    return tuple(
        OptionRow(
            lexicon.name(drug),
            _verdict(items or [item for _, item in shown[drug]], group),
            tuple(dict.fromkeys(claim for claim, _ in shown.get(drug, []))),
        )
        for drug, items in everything.items()
        if drug in shown  # a row without a statement to check it by says nothing; the gaps name these drugs
    )


def _verdict(items: list[EvidenceItem], group: str) -> str:
    """Words for the strongest thing its statements say; never a recommendation of ours."""
    here = [i for i in items if i.population is PopulationRelation.MATCH and i.finding.population.kidney]
    verdicts = []
    for item in here:
        finding = item.finding
        if finding.direction is Direction.CONTRAINDICATES:
            injection = bool(set(finding.mentioned) & _INJECTION)
            verdicts.append("injection contraindicated" if injection else "contraindicated")
        elif finding.direction is Direction.RECOMMENDS_AGAINST:
            verdicts.append("advised against")
        elif finding.direction is Direction.ADVERSE:
            verdicts.append("harm reported")
        elif finding.direction is Direction.PK:
            verdicts.append("only its kinetics are known")
    if verdicts:
        return f"{', '.join(dict.fromkeys(verdicts))} in {group}"
    if any(i.finding.direction is Direction.NO_BENEFIT for i in items):
        return f"no benefit found elsewhere; not studied in {group}"
    if any(i.finding.kind is StudyDesign.LABEL for i in items):
        return f"label only; not studied in {group}"
    return f"not studied in {group}"
