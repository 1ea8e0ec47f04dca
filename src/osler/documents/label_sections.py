"""Sections of a US drug label: their LOINC codes, the openFDA fields that carry them, and the code a heading stands for.

Sources: FDA, "Section Headings (LOINC)", Structured Product Labeling Resources; openFDA, drug label field reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

BOXED_WARNING = "34066-1"
UNCLASSIFIED = "42229-5"
SPECIFIC_POPULATIONS = "43684-0"
WARNING_SECTIONS = frozenset({"34071-1", "43685-7", "42232-9", "34072-9"})

FIELDS: Mapping[str, str] = {
    "boxed_warning": BOXED_WARNING,
    "active_ingredient": "55106-9",
    "purpose": "55105-1",
    "indications_and_usage": "34067-9",
    "dosage_and_administration": "34068-7",
    "dosage_forms_and_strengths": "43678-2",
    "contraindications": "34070-3",
    "warnings": "34071-1",
    "warnings_and_cautions": "43685-7",
    "do_not_use": "50570-1",
    "ask_doctor": "50569-3",
    "ask_doctor_or_pharmacist": "50568-5",
    "when_using": "50567-7",
    "stop_use": "50566-9",
    "pregnancy_or_breast_feeding": "53414-9",
    "keep_out_of_reach_of_children": "50565-1",
    "user_safety_warnings": "54433-8",
    "precautions": "42232-9",
    "general_precautions": "34072-9",
    "adverse_reactions": "34084-4",
    "drug_interactions": "34073-7",
    "drug_and_or_laboratory_test_interactions": "34074-5",
    "laboratory_tests": "34075-2",
    "use_in_specific_populations": SPECIFIC_POPULATIONS,
    "pregnancy": "42228-7",
    "teratogenic_effects": "34077-8",
    "nonteratogenic_effects": "34078-6",
    "labor_and_delivery": "34079-4",
    "nursing_mothers": "34080-2",
    "pediatric_use": "34081-0",
    "geriatric_use": "34082-8",
    "drug_abuse_and_dependence": "42227-9",
    "controlled_substance": "34085-1",
    "abuse": "34086-9",
    "dependence": "34087-7",
    "overdosage": "34088-5",
    "description": "34089-3",
    "clinical_pharmacology": "34090-1",
    "mechanism_of_action": "43679-0",
    "pharmacodynamics": "43681-6",
    "pharmacokinetics": "43682-4",
    "microbiology": "49489-8",
    "pharmacogenomics": "66106-6",
    "nonclinical_toxicology": "43680-8",
    "carcinogenesis_and_mutagenesis_and_impairment_of_fertility": "34083-6",
    "animal_pharmacology_and_or_toxicology": "34091-9",
    "clinical_studies": "34092-7",
    "references": "34093-5",
    "how_supplied": "34069-5",
    "storage_and_handling": "44425-7",
    "information_for_patients": "34076-0",
    "instructions_for_use": "59845-8",
    "patient_medication_information": "68498-5",
    "spl_medguide": "42231-1",
    "spl_patient_package_insert": "42230-3",
    "inactive_ingredient": "51727-6",
    "other_safety_information": "60561-8",
    "questions": "53413-1",
    "health_care_provider_letter": "71744-7",
    "spl_unclassified_section": UNCLASSIFIED,
}
"""openFDA field -> LOINC code, in the order in which a label has its sections."""

LEFT_OUT: Mapping[str, str] = {
    "spl_product_data_elements": "48780-1",
    "spl_indexing_data_elements": "48779-3",
    "package_label_principal_display_panel": "51945-4",
    "recent_major_changes": "43683-2",
}
"""Sections whose words say nothing that a reader of evidence needs, or repeat the full text (field -> LOINC code)."""

ANIMAL_LABELS = frozenset({"50577-6", "50578-4", "50576-8", "50574-3"})
"""Document types of labels for animals and their feed: a dose for a dog must never be read as one for a person."""


def _organ(names: str, more: str) -> re.Pattern[str]:
    """Headings about patients whose organ fails, or dosing by it; not those about harm to it ("5.4 Acute Renal Failure")."""
    impaired = rf"\b(?:{names})(?:\s+(?:and|or|and/or)\s+\w+)?\s+(?:impairment|insufficiency)\b"
    function = rf"\bimpaired\s+(?:\w+\s+(?:and|or)\s+)?(?:{names})\s+function\b"
    alone = rf"^(?:[\d.]+\s*)?(?:{names})(?:\s+function)?\W*$"
    dose = rf"^(?!.*(?:toxicit|adverse))(?=.*\bdos(?:e|es|age|ing)\b).*\b(?:{names})\b"
    care = rf"^(?=.*\b(?:use\s+in|patients?)\b).*\b(?:{names})\s+(?:disease|dysfunction|failure)\b"
    return re.compile("|".join([impaired, function, alone, dose, care, more]), re.IGNORECASE)


_TITLES: tuple[tuple[re.Pattern[str], str], ...] = (
    (_organ("renal|kidney", r"\b(?:ha?emo)?dialysis\b|\besrd\b|end[- ]stage renal disease"), "88828-9"),
    (_organ("hepatic|liver", r"\bcirrhosis\b|\bchild[- ]pugh\b"), "88829-7"),
    (re.compile(r"\bpregnancy\b|\bpregnant\s+(?:women|patients)\b", re.IGNORECASE), "42228-7"),
    (re.compile(r"\bp(?:a?)ediatrics?\b", re.IGNORECASE), "34081-0"),
    (re.compile(r"\bgeriatrics?\b", re.IGNORECASE), "34082-8"),
    (re.compile(r"\bnursing\s+mothers\b", re.IGNORECASE), "34080-2"),
    (re.compile(r"\blactation\b|\bbreast-?\s?feeding\b", re.IGNORECASE), "77290-5"),
)
_BOTH_ORGANS = re.compile(r"\b(?:renal|kidney)\b.*\b(?:hepatic|liver)\b|\b(?:hepatic|liver)\b.*\b(?:renal|kidney)\b", re.IGNORECASE)


def loinc_is_valid(code: str) -> bool:
    """Whether the last digit is the mod-10 check digit of the digits before the hyphen.

    Fourteen old, deprecated laboratory codes carry a wrong digit for good; none of them is a section of a label.
    Source: LOINC Users' Guide, "Calculating Mod 10 Check Digits".
    """
    if not re.fullmatch(r"[0-9]{1,7}-[0-9]", code):
        return False
    number, _, check = code.partition("-")
    odd, even = number[::-1][::2], number[::-1][1::2]
    total = sum(map(int, even + str(int(odd) * 2)))
    return (10 - total % 10) % 10 == int(check)


def title_code(title: str) -> str | None:
    """The population whose section a heading names, for labels that leave such a subsection unclassified; else None.

    A heading that names two of them ("Renal and Hepatic Impairment") stands for use in specific populations.
    """
    title = title[:300]
    found = [code for pattern, code in _TITLES if pattern.search(title)]
    if len(found) > 1 or (found and found[0] in {"88828-9", "88829-7"} and _BOTH_ORGANS.search(title)):
        return SPECIFIC_POPULATIONS
    return found[0] if found else None


def section_code(own: str | None, title: str, inherited: str | None) -> str:
    """The code of a section: its own if that is a LOINC code that says something, else its title's, else its parent's."""
    if own and own not in {UNCLASSIFIED, inherited} and loinc_is_valid(own):
        return own
    return title_code(title) or inherited or UNCLASSIFIED
