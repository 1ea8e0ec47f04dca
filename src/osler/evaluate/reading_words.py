"""The words by which a lone passage is read: what kind of text it is, whom it is about, what came of the drug."""

from __future__ import annotations

import re

from osler.domain.concept import ConceptKind
from osler.domain.document import Direction, StudyDesign

KINDS: tuple[tuple[StudyDesign, re.Pattern[str]], ...] = (
    (StudyDesign.LABEL, re.compile(r"\b(?:US|FDA|EU|product|drug|\w+) label\b|\bprescribing information\b|\bproduct (?:text|information)\b|\bboxed warning\b|\bFDA\b|\bpackage insert\b|\bsummary of product characteristics\b", re.I)),
    (StudyDesign.SYSTEMATIC_REVIEW, re.compile(r"\b(?:meta-?analys[ie]s|systematic review|pooled|cochrane|network analysis|(?:\d+|two|three|four|five|six|seven|eight|nine|ten) (?:trials|studies)|reviews?)\b", re.I)),
    (StudyDesign.GUIDELINE, re.compile(r"\bguidelines? (?:recommend|suggest|advis|stat|say|prefer|defin|add|set|list)\w*|\bconsensus (?:says|recommend|statement)|\b(?:NICE|USPSTF|ACP|AAP|ACR|ACOG|CDC|EULAR|KDIGO|NHS|AAN|AASM|EXTRIP|UKKA|HSE|GINA|WHO|ADA|ESC|AHA|IDSA|UCSF)\b(?=[\s:/-])")),
    (StudyDesign.RCT, re.compile(r"\brandomi[sz]ed\b|\bplacebo\b|\bdouble[- ]blind\b|\bcross-?over\b|\btrial\b", re.I)),
    (StudyDesign.PHARMACOKINETIC, re.compile(r"\bpharmacokinetic", re.I)),
    (StudyDesign.CASE_REPORT, re.compile(r"\bcase (?:report|series)\b|\b(?:a|one) \d+-year-old\b", re.I)),
    (StudyDesign.COHORT, re.compile(r"\bcohort\b|\bretrospective\b|\bregist(?:ry|er)\b|\bhazard\b|\bHR \d|\bMedicare\b|\bobservational\b", re.I)),
)  # fmt: skip
"""What a passage says of its own kind; a label is named first, for it may quote a trial."""

DRUGS = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS})
SUBJECTS = DRUGS | {ConceptKind.THERAPY}
EXCLUDED = re.compile(
    r"(?:\(not|\bnot (?:in|for|of)|, not|\brather than|\bother than|\bunlike|\bexcluding|\binstead of|\bwithout|\bno|\bfree of)\s+(?:[\w-]+\s+){0,2}$",
    re.I,
)
"""Before a condition that the passage says it is not about."""
PEOPLE = (
    r"(?:patients?|people|persons?|adults?|children|adolescents|infants|newborns|babies|women|men|boys|girls|subjects|participants|those|volunteers|veterans"
    r"|trials?|stud(?:y|ies)|analys[ie]s|reviews?|cohort|cases?|indicated|used|given|offered?|choose|treat(?:s|ed|ing|ment)?|management|therapy|first|care)"
)
SETTING = re.compile(
    rf"(?:\b{PEOPLE}\b[^.;:]{{0,60}}?\b(?:with|for|of|in|having|whose)|^\W*(?:In|For|After)|(?<!risk )(?<!ratio )(?<!need )(?<!odds )(?<!evidence )(?<!score )\bfor)\s+(?:[\w-]+\s+){{0,3}}$",
    re.I,
)
COMPARED = re.compile(
    r"\b(?:versus|vs\.?|against|than(?: on| with| after)?|compared (?:with|to)|instead of|rather than|not responded to|resisted|refractory to|on top of)\s+(?:[\w-]+\s+){0,2}$",
    re.I,
)
"""Before a drug that the sentence is not about."""
OUTCOME = re.compile(
    r"\b(?:risks?|rates?|numbers?|incidence|odds|hazards?|frequency|occurrence|relief|attacks?|admi\w+|hospitali\w+) (?:of|with|for)\s+(?:[\w-]+\s+){0,3}$",
    re.I,
)
CAUSED = re.compile(
    r"\b(?:caus(?:es?|ed|ing)|develop(?:s|ed)?|led to|leads to|result(?:s|ed)? in|associated with|linked to|tied to|went with|rais(?:es?|ed)|increas(?:es?|ed)|more|had|became"
    r"|warns? of|such as|including|include|induced|predict\w*|occurr?ed?|were|was)\s+(?:[\w-]+\s+){0,3}$",
    re.I,
)
"""Before a condition that came of the drug."""
LED_TO = re.compile(
    r"\b(?:caus(?:es?|ed|ing)|develop(?:s|ed)?|(?:led|leads) to|result(?:s|ed)? in|associat\w+ [^.;:]{0,40}?with|association (?:with|between)|linked to|tied to|went with|induced)\s+(?:[\w-]+\s+){0,6}$",
    re.I,
)
"""Before a condition that the people did not come with."""
LABORATORY = re.compile(
    r"\b(?:rats?|mice|mouse|murine|rodents?|rabbits?|zebrafish|drosophila|dogs?|canine|feline|pigs?|porcine|bovine|cows?|sheep|hamsters?|guinea pigs?|monkeys?"
    r"|in vitro|ex vivo|in silico|cell lines?|cultured|xenograft\w*|nanoparticles?|molecular docking|organoids?|knock-?out|astrocytes?|apoptosis|cytotoxicity|cellular uptake|signal?ling pathways?|gene expression|mRNA)\b",
    re.I,
)
LISTED = re.compile(r"\s*(?:,|,? and|,? or|/|,? with|,? plus)\s+(?:[\w-]+\s+){0,2}", re.I)
NO_PROBLEM = frozenset(
    f"cond/{slug}"
    for slug in "emergency-department-visit hospitalization adverse-drug-reaction drug-toxicity poor-quality-of-life".split()
)
"""Use of care and harm in general, which are nobody's indication."""
COMPLAINTS = tuple(
    f"cond/{slug}"
    for slug in "pain pruritus restless-legs-syndrome muscle-spasm muscle-cramps spasticity insomnia nausea vomiting cough anxiety "
    "depression headache dizziness fatigue constipation diarrhea sedation hiccups".split()
)
HIDES = {
    ConceptKind.CONDITION: DRUGS, ConceptKind.TEST: DRUGS, ConceptKind.THERAPY: frozenset({ConceptKind.CONDITION, *DRUGS}),
}  # fmt: skip
MEANT_FOR = {
    "class/analgesics": "cond/pain", "class/non-opioid-analgesics": "cond/pain", "class/antiemetics": "cond/vomiting", "class/antihypertensives": "cond/hypertension",
    "class/antipruritics": "cond/pruritus",
}  # fmt: skip
"""A class that is named for its problem names it: "the preferred analgesic" is one for pain."""
EFFECTS = frozenset({Direction.BENEFIT, Direction.NO_BENEFIT, Direction.DOSE, Direction.RECOMMENDS})
UNLESS = re.compile(r"\bcontra-?indications? to\b|\b(?:if|when|unless|where)\b[^.;]*\bcontra-?indicated\b[^.;,]*", re.I)
"""\"… if it is contraindicated\" contraindicates nothing."""
EFFECT_WORDS = re.compile(r"\bbenefits?\b|\bimprov|\breliev|\beffective|\bcut pain\b|\bhelp", re.I)
BETTER = re.compile(r"\b(?:shorter|milder|fewer|lowered|lessened)\b", re.I)
ASIDE = re.compile(
    r"\bdos(?:e|age) (?:changes|adjust\w+|reductions?) (?:in|for) [^.;]*|\brisk factors (?:are|were|include) [^.;]*|\b\d[\d.]*% (?:of (?:the )?\w+ )?(?:had|have|with) [^.,;]*"
    r"|[;(][^.;()]*\b(?:hepatic|liver)\b[^.;()]*|\b(?:rising|but) [^.;]*\b(?:when|if) eGFR\b[^.;]*|\bmainly in [^.;]*|\blisted risk factors\b",
    re.I,
)
"""Where a text names people who are only some of those, or only at special risk."""
OF_A_TEST = re.compile(r"\b(?:predict\w*|diagnos\w*|regression|biomarkers?|ROC|bootstrap\w*)\b", re.I)
"""An "area under the curve" among these is not a drug's."""
OF_A_GROUP = re.compile(r"(?:severe-)?(?P<of>[\w-]+)-in-(?:pregnancy|children|adults|men|women|older-adults)")
"""A problem that is named with its people: the people are compared by themselves."""
GIVES_DOSE = re.compile(
    r"\b(?:dos(?:e|es|age|ing)|is given|are given|usual|daily|every \d|times (?:a|daily)|at night|after each|max(?:imum|\.)?)\b",
    re.I,
)
HARMS = re.compile(
    r"\b(?:harm|unsafe|dangerous|deaths?\b|died|mortality|toxic|confus|encephalopath|hospitali|falls?\b|fractures?\b|bleed|clots?\b|myoclonus|drows|hypoglyc|poison"
    r"|neurotoxic|commoner|warn(?:s|ed|ing)?\b|caution|not appropriate|unconscious|(?:hepatic|liver|kidney|renal) injury)",
    re.I,
)
KINETICS = re.compile(
    r"\b(?:build(?:s|ing)? up|accumulat|kinetics|dialy[sz]ed\b|removed by|removal by|plasma \w+ (?:stayed|was|were)|half-li(?:fe|ves))",
    re.I,
)
FORMS = ("-topical", "-gel", "-cream", "-patch", "-ointment", "-nasal-spray", "-rectal", "-oral", "-enema", "-eye-gel")
CLASS_FORMS = ("topical-", "oral-", "intravenous-", "inhaled-", "nasal-", "intra-articular-")
OF_KIDNEYS = {
    "cond/pruritus": "cond/uremic-pruritus", "cond/restless-legs-syndrome": "cond/uremic-restless-legs-syndrome",
    "cond/muscle-cramps": "cond/intradialytic-muscle-cramps", "cond/anemia": "cond/anemia-of-chronic-kidney-disease",
}  # fmt: skip
"""Complaints that go by a name of their own in people with kidney disease."""
MADE_WITH = re.compile(r"\s*(?:/|\+|-|\bwith\b|\bplus\b|\bcombined with\b|\bin combination with\b)\s*(?:low-dose\s+)?", re.I)
MIXED = re.compile(r"\b(?:combination|mixture|together|fixed-dose|combined)\b", re.I)
OPENING = re.compile(r"\W*(?:In|On|Among|For|During)\b[^,.;]{3,100},", re.I)
PEOPLE_WORD = re.compile(
    r"\b(?:patients?|people|adults?|children|adolescents|infants|newborns|women|men|boys|girls|volunteers|veterans)\b", re.I
)
