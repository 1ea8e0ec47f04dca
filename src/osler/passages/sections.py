"""What the part of a document is for, by its section code, else by its headings.

Codes are LOINC document sections (FDA, "Structured Product Labeling: section headings (LOINC)") and NLM's categories of
structured abstracts.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache


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
    STUDIES = "studies"
    FINDINGS = "findings"
    BACKGROUND = "background"
    OPEN = "open"


_BY_LOINC: dict[str, Section] = {
    "34066-1": Section.BOXED_WARNING, "34067-9": Section.INDICATIONS, "34068-7": Section.DOSAGE, "34070-3": Section.CONTRAINDICATIONS, "50570-1": Section.CONTRAINDICATIONS,
    "43685-7": Section.WARNINGS, "34071-1": Section.WARNINGS, "42232-9": Section.WARNINGS, "34072-9": Section.WARNINGS, "50569-3": Section.WARNINGS, "50568-5": Section.WARNINGS,
    "50567-7": Section.WARNINGS, "50566-9": Section.WARNINGS, "54433-8": Section.WARNINGS, "42227-9": Section.WARNINGS, "34086-9": Section.WARNINGS, "34087-7": Section.WARNINGS,
    "34084-4": Section.ADVERSE, "34073-7": Section.INTERACTIONS, "34074-5": Section.INTERACTIONS, "43684-0": Section.GROUPS, "42228-7": Section.GROUPS,
    "34077-8": Section.GROUPS, "34078-6": Section.GROUPS, "34079-4": Section.GROUPS, "53414-9": Section.GROUPS,
    "34080-2": Section.GROUPS, "77290-5": Section.GROUPS, "34081-0": Section.GROUPS, "34082-8": Section.GROUPS, "88828-9": Section.GROUPS, "88829-7": Section.GROUPS,
    "42231-1": Section.BACKGROUND, "42230-3": Section.BACKGROUND, "59845-8": Section.BACKGROUND, "34076-0": Section.BACKGROUND, "68498-5": Section.BACKGROUND,
    "43680-8": Section.BACKGROUND, "34083-6": Section.BACKGROUND, "34089-3": Section.BACKGROUND, "34069-5": Section.BACKGROUND, "44425-7": Section.BACKGROUND,
    "43678-2": Section.BACKGROUND, "43679-0": Section.BACKGROUND, "49489-8": Section.BACKGROUND, "34091-9": Section.BACKGROUND, "34093-5": Section.BACKGROUND,
    "55105-1": Section.BACKGROUND, "55106-9": Section.BACKGROUND, "51727-6": Section.BACKGROUND, "53413-1": Section.BACKGROUND, "71744-7": Section.BACKGROUND, "50565-1": Section.BACKGROUND,
    "34088-5": Section.OVERDOSE, "43682-4": Section.KINETICS, "34090-1": Section.KINETICS, "43681-6": Section.KINETICS, "34092-7": Section.STUDIES,
}  # fmt: skip
_BY_NLM = {
    "BACKGROUND": Section.BACKGROUND, "OBJECTIVE": Section.BACKGROUND, "METHODS": Section.BACKGROUND,
    "RESULTS": Section.FINDINGS, "CONCLUSIONS": Section.FINDINGS,
}  # fmt: skip
_HEADINGS: tuple[tuple[Section, re.Pattern[str]], ...] = (
    (Section.CONTRAINDICATIONS, re.compile(r"contra-?indication", re.I)),
    (Section.BACKGROUND, re.compile(r"\brecommendations? of (?:others|other)\b|\bresearch (?:needs|gaps|recommendations)\b|\bresponse to public comment|\bupdate of previous\b|\bcopyright\b|\bbiologic(?:al)? understanding\b|\bdosage forms\b|\bwhere sources of support\b", re.I)),
    (Section.BACKGROUND, re.compile(r"^(?:\d[\d.]*\s*)?(?:background|introduction|objectives?|aims?|purpose|(?:patients|materials|subjects)?\s*(?:and|&)?\s*methods?|study design|design|setting|participants|statistical|trial design|abbreviations|competing interests|authors?['’]? contributions?|acknowledge?ments?|references|funding|eligibility|(?:in|ex)clusion criteria|study population)\b", re.I)),
    (Section.FINDINGS, re.compile(r"^(?:\d[\d.]*\s*)?(?:results?|findings|conclusions?|main results|outcomes?|interpretation|discussion|summary)\b", re.I)),
    (Section.DOSAGE, re.compile(r"\bdos(?:e|es|age|ing)\b", re.I)),
    (Section.INTERACTIONS, re.compile(r"\binteractions?\b", re.I)),
    (Section.ADVERSE, re.compile(r"\b(?:adverse (?:reactions|effects|events)|side[- ]effects|undesirable effects)\b", re.I)),
    (Section.KINETICS, re.compile(r"\bpharmacokinetic", re.I)),
    (Section.WARNINGS, re.compile(r"\b(?:warnings?|precautions?)\b", re.I)),
)  # fmt: skip


@lru_cache(maxsize=4096)
def section_of(code: str | None, path: tuple[str, ...]) -> Section:
    """The section by its code, else by the innermost heading that says so."""
    if code is not None and (known := _BY_LOINC.get(code) or _BY_NLM.get(code.upper())):
        return known
    for heading in reversed(path):
        for section, pattern in _HEADINGS:
            if pattern.search(heading):
                return section
    return Section.OPEN
