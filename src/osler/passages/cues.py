"""What a sentence of a source does (advises, doses, warns, reports an effect), read from its section and its words.

The words are cues, not understanding: a sentence without one states no finding and is never cited. The order of the
table matters: a warning outranks advice, advice an effect, "no difference" an effect. Section codes are LOINC document
sections (FDA, "Structured Product Labeling: section headings (LOINC)") and NLM's categories of structured abstracts.
"""

from __future__ import annotations

import re
from enum import StrEnum

from osler.domain.document import Direction, StudyDesign


class Section(StrEnum):
    """What the part of a document is for."""

    CONTRAINDICATIONS = "contraindications"
    BOXED_WARNING = "boxed_warning"
    INDICATIONS = "indications"
    DOSAGE = "dosage"
    WARNINGS = "warnings"
    ADVERSE = "adverse"
    INTERACTIONS = "interactions"
    GROUPS = "groups"
    OVERDOSE = "overdose"
    KINETICS = "kinetics"
    FINDINGS = "findings"
    BACKGROUND = "background"
    OPEN = "open"


_BY_LOINC: dict[str, Section] = {
    "34066-1": Section.BOXED_WARNING, "34067-9": Section.INDICATIONS, "34068-7": Section.DOSAGE, "34070-3": Section.CONTRAINDICATIONS,
    "43685-7": Section.WARNINGS, "34071-1": Section.WARNINGS, "42232-9": Section.WARNINGS, "34072-9": Section.WARNINGS,
    "34084-4": Section.ADVERSE, "34073-7": Section.INTERACTIONS, "43684-0": Section.GROUPS, "42228-7": Section.GROUPS,
    "34080-2": Section.GROUPS, "77290-5": Section.GROUPS, "34081-0": Section.GROUPS, "34082-8": Section.GROUPS, "88828-9": Section.GROUPS, "88829-7": Section.GROUPS,
    "42231-1": Section.BACKGROUND, "42230-3": Section.BACKGROUND, "59845-8": Section.BACKGROUND, "34076-0": Section.BACKGROUND,
    "43680-8": Section.BACKGROUND, "34083-6": Section.BACKGROUND, "34089-3": Section.BACKGROUND, "34069-5": Section.BACKGROUND,
    "34088-5": Section.OVERDOSE, "43682-4": Section.KINETICS, "34090-1": Section.KINETICS,
}  # fmt: skip
_BY_NLM = {
    "BACKGROUND": Section.BACKGROUND, "OBJECTIVE": Section.BACKGROUND, "METHODS": Section.BACKGROUND,
    "RESULTS": Section.FINDINGS, "CONCLUSIONS": Section.FINDINGS,
}  # fmt: skip
_HEADINGS: tuple[tuple[Section, re.Pattern[str]], ...] = (
    (Section.CONTRAINDICATIONS, re.compile(r"contra-?indication", re.I)),
    (Section.BACKGROUND, re.compile(r"^(?:\d[\d.]*\s*)?(?:background|introduction|objectives?|aims?|purpose|(?:patients|materials|subjects)?\s*(?:and|&)?\s*methods?|study design|design|setting|participants|statistical|trial design|abbreviations|competing interests|authors?['’]? contributions?|acknowledge?ments?|references|funding|eligibility|(?:in|ex)clusion criteria|study population)\b", re.I)),
    (Section.FINDINGS, re.compile(r"^(?:\d[\d.]*\s*)?(?:results?|findings|conclusions?|main results|outcomes?|interpretation|discussion|summary)\b", re.I)),
    (Section.DOSAGE, re.compile(r"\bdos(?:e|es|age|ing)\b", re.I)),
    (Section.INTERACTIONS, re.compile(r"\binteractions?\b", re.I)),
    (Section.ADVERSE, re.compile(r"\b(?:adverse (?:reactions|effects|events)|side[- ]effects|undesirable effects)\b", re.I)),
    (Section.KINETICS, re.compile(r"\bpharmacokinetic", re.I)),
    (Section.WARNINGS, re.compile(r"\b(?:warnings?|precautions?)\b", re.I)),
)  # fmt: skip


def section_of(code: str | None, path: tuple[str, ...]) -> Section:
    """The section by its code, else by the innermost heading that says so."""
    if code is not None and (known := _BY_LOINC.get(code) or _BY_NLM.get(code.upper())):
        return known
    for heading in reversed(path):
        for section, pattern in _HEADINGS:
            if pattern.search(heading):
                return section
    return Section.OPEN


DOSE_AMOUNT = re.compile(
    r"(?<![\w.])\d[\d,.]*(?:\s*(?:-|–|to)\s*\d[\d,.]*)?\s*(?:mg|mcg|µg|μg|micrograms?|milligrams?|g|grams?|units?|IU|mL|mmol|mEq|tablets?|capsules?|puffs?|patch(?:es)?|%)\b"
    r"(?!\s*/\s*(?:d?L|mL|min)\b)",
    re.I,
)
_CONTRA = re.compile(r"(?<!not )(?<!no )\bcontra-?indicat(?:ed|ion)", re.I)
_AGAINST = re.compile(
    r"\b(?:should|must|may) (?:not|never) (?:be |receive|take|use)|\b(?:is|are|was) not (?:recommended|advised|advisable|indicated)\b"
    r"|\brecommend\w* against\b|\b(?:should|must) be avoided\b|\bavoid (?:the |its |concomitant |co-?administ|use|using|prescrib|\w+ing\b)"
    r"|\bdo not (?:use|offer|give|prescribe|administer|take|start|exceed|routinely)\b|\badvis\w+ against\b|\bnot be used\b|^avoid\b",
    re.I,
)
_MONITOR = re.compile(
    r"\b(?:should be|must be|be|is|are) (?:closely |carefully |regularly )?monitored\b|\bmonitor(?:ing)? (?:of|for|is|the|patients|serum|renal|blood|liver|should)\b"
    r"|\bmonitor\b|\bregular(?:ly)? (?:check|measur|monitor)\w*",
    re.I,
)
_DOSE_ADVICE = re.compile(
    r"\b(?:recommended|maximum|max\.|starting|initial|usual|maintenance|loading|total daily|daily|target|adjusted) (?:\w+ )?(?:daily )?dos(?:e|es|age)\b"
    r"|\bdos(?:e|age) (?:should|must|may|can|is|of|adjust|reduc)|\breduce (?:the )?dos|\bdosage adjust|\bnot exceed\b|\bevery \d+|\b(?:once|twice|three times|four times) (?:a day|daily|weekly)\b|\btitrat",
    re.I,
)
_INTERACTS = re.compile(
    r"\binteract|\bco-?administ|\bconcomitant|\bconcurrent|\bin combination with\b|\bcombined (?:use|with)\b|\binhibitors? (?:of|increase)|\binduc(?:er|e)",
    re.I,
)
_CHANGES = re.compile(
    r"\b(?:increas|decreas|reduc|elevat|rais|lower|potentiat|inhibit|induc|prolong|adjust|exceed|risk|exposure|concentration)\w*",
    re.I,
)
_KINETIC = re.compile(
    r"\bhalf-li(?:fe|ves)\b|\bclearance\b|\bAUC\b|\barea under the (?:plasma|curve|concentration)|\bbioavailab|\bC ?max\b|\bpharmacokinetic"
    r"|\bplasma (?:concentration|level)|\bserum (?:concentration|level)s? of\b|\bprotein[- ]bound|\bprotein binding\b|\bvolume of distribution\b"
    r"|\bexcreted\b|\beliminat(?:ed|ion)\b|\bdialy[sz]able\b|\bremoved by (?:h[ae]{1,2}mo)?dialysis\b|\bmetaboli[sz]ed\b|\babsorption\b|\bsystemic exposure\b",
    re.I,
)
_NONE = re.compile(
    r"\bno (?:statistically |clinically )?(?:significant |meaningful |important |overall |apparent |additional )?(?:\w+ )?(?:differences?|effects?|benefits?|improvements?|reductions?|advantages?)\b"
    r"|\bdid not (?:\w+ )?(?:reduce|improve|increase|differ|affect|lower|prevent|decrease|change|alter|show|result|lead)\w*"
    r"|\b(?:was|were|is|are) not (?:\w+ )?(?:different|superior|effective|better|beneficial|associated|related|significant)\b|\bineffective\b|\bfailed to\b|\bnon-?significant"
    r"|\bnot significantly\b|\bno evidence (?:of|that|for)\b|\bno more effective\b",
    re.I,
)
_HARM = re.compile(
    r"\badverse\b|\bside[- ]effects?\b|\btoxicit|\bcomplications?\b|\boverdos|\bintoxicat|\bpoisoning\b|\bwithdrawal (?:symptoms|syndrome|reaction)"
    r"|\b(?:increased|higher|greater|elevated|excess|raised) (?:the )?(?:risk|hazard|odds|mortality|incidence|rate)s? of\b|\bincreas\w+ (?:the |in )?(?:risk|mortality|hazard)"
    r"|\b(?:may|can) (?:cause|lead to|result in|increase|produce)\b|\bcaused\b|\b-induced\b|\bhepatotoxic|\bnephrotoxic|\bneurotoxic|\bfatal\b|\bserious\b|\bbleeding\b|\bdiscontinu\w+ (?:due|because)",
    re.I,
)
_GOOD = re.compile(
    r"\b(?:reduc|improv|alleviat|reliev|ameliorat|prevent|lower|shorten|decreas)\w*\b|\beffective(?:ly|ness)?\b|\befficac|\bsuperior\b|\bbetter than\b|\bbeneficial\b|\bbenefit\b|\bsuccessful\w*",
    re.I,
)
_ADVICE = re.compile(
    r"\brecommend(?:s|ed|ation)?\b|\bshould (?:be|receive|have|undergo)\b|\bfirst[- ]line\b|\bwe suggest\b|\b(?:treatment|drug|therapy) of choice\b|\bis indicated\b|\bare indicated\b|\boffer\b|\bconsider\b",
    re.I,
)
_DIAGNOSES = re.compile(
    r"\bsensitivit(?:y|ies)\b.*\bspecificit|\bdiagnos(?:is|tic|ed|e)\b|\bpredictive value\b|\bdifferential\b", re.I
)
_COURSE = re.compile(r"\bsurvival\b|\bprognos|\bmortality\b|\bpredict(?:s|ed|or|ors|ive)\b|\brisk factors?\b|\brecurrence\b", re.I)
_EMPTY_CONTRA = re.compile(r"^\W*(?:none|not applicable|n/a)\b[\w\s]{0,20}\W*$", re.I)
_MAY_ADVISE = frozenset({StudyDesign.GUIDELINE, StudyDesign.CONSENSUS, StudyDesign.LABEL, StudyDesign.FORMULARY})
_SILENT = frozenset({StudyDesign.NOTICE, StudyDesign.PRECLINICAL, StudyDesign.COMMENT, StudyDesign.REGISTRATION})
"""A notice, a comment, a registration without results and animal work are found, but nothing is cited from them as a finding."""


def direction_of(
    text: str, section: Section, kind: StudyDesign, *, recommendation: bool, against: bool, drugs: int
) -> Direction | None:
    """What the sentence does, or None when no cue says so. `drugs`: how many drugs or classes it names."""
    if kind in _SILENT or section is Section.BACKGROUND:
        return None
    if against:
        return Direction.RECOMMENDS_AGAINST
    if section is Section.CONTRAINDICATIONS:
        return None if _EMPTY_CONTRA.match(text) else Direction.CONTRAINDICATES
    if _CONTRA.search(text):
        return Direction.CONTRAINDICATES
    if _AGAINST.search(text):
        return Direction.RECOMMENDS_AGAINST
    labelled = _by_label_section(text, section, kind)
    if labelled is not None:
        return labelled
    if recommendation:
        return Direction.RECOMMENDS
    if _MONITOR.search(text) and (kind in _MAY_ADVISE or "should" in text):
        return Direction.MONITOR
    if (
        DOSE_AMOUNT.search(text)
        and _DOSE_ADVICE.search(text)
        and (kind in _MAY_ADVISE or section is not Section.FINDINGS or "recommended" in text)
    ):
        return Direction.DOSE
    if drugs > 1 and _INTERACTS.search(text) and (_KINETIC.search(text) or _HARM.search(text)):
        return Direction.INTERACTION
    for direction, pattern in (
        (Direction.NO_BENEFIT, _NONE),
        (Direction.PK, _KINETIC),
        (Direction.ADVERSE, _HARM),
        (Direction.RECOMMENDS, _ADVICE),
        (Direction.BENEFIT, _GOOD),
        (Direction.DIAGNOSIS, _DIAGNOSES),
        (Direction.PROGNOSIS, _COURSE),
    ):
        if pattern.search(text):
            return direction
    return None


def _by_label_section(text: str, section: Section, kind: StudyDesign) -> Direction | None:
    """What the sections of a label, formulary or monograph are for; None where the words must decide."""
    if section is Section.INDICATIONS:
        return Direction.DEFINITION
    if section is Section.INTERACTIONS:
        return Direction.INTERACTION if _INTERACTS.search(text) or _CHANGES.search(text) else None
    if section is Section.ADVERSE or section is Section.OVERDOSE:
        return Direction.ADVERSE
    if section is Section.KINETICS:
        return Direction.PK if _KINETIC.search(text) else None
    if kind in _MAY_ADVISE and section in (Section.DOSAGE, Section.GROUPS) and DOSE_AMOUNT.search(text):
        return Direction.DOSE
    if kind is StudyDesign.FORMULARY:
        return Direction.DOSE if DOSE_AMOUNT.search(text) else Direction.RECOMMENDS
    if section in (Section.WARNINGS, Section.BOXED_WARNING):
        return Direction.MONITOR if _MONITOR.search(text) else Direction.ADVERSE
    return None
