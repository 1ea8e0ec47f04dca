"""What kind of help a question wants; each intent has its own plan of an answer."""

from __future__ import annotations

import re

from osler.domain.question import Intent

_TOXICITY = re.compile(
    r"\b(?:overdos\w+|poison\w*|antidotes?|toxic\w*|neurotoxic\w*|took too (?:much|many)|accidentally (?:took|taken|swallowed)|ingest\w+"
    r"|revers(?:e|al)\b|withdrawal)\b",
    re.I,
)
_OPEN_ENDED = re.compile(
    r"\bwhich (?:drug|medicine|medication|antibiotic|antihypertensive|analgesic|painkiller|opioid|agent|option|treatment|one)s?\b|\bfirst[- ]line\b|\bwhat (?:can|could|should|would|do|else|are|is) (?:i|we|you|the|a|else|be|my)?\s*(?:\w+ )?(?:give|use|take|do|suggest|recommend|advise|prescribe|offer|start|add|buy|alternatives?|options?|first[- ]line|best|safest|treatment)"
    r"|\bwhich (?:\w+ ){1,4}(?:can|could|should|would|is|are|do|to|has)\b|\bwhat (?:do|would) you (?:suggest|recommend|advise)|\balternatives?\b|\boptions\b|\bhow (?:do|should|would|to|can) (?:i |we |you )?(?:best )?(?:treat|manage|prevent)",
    re.I,
)
_CHECK = re.compile(
    r"\b(?:is (?:this|that|it|the)\b.*\b(?:dose|acceptable|right|correct|ok|okay|safe|appropriate|too (?:much|high|low))|acceptable|correct\b|confirm|appropriate dose|right dose|too (?:much|high|low)|dose ok"
    r"|can (?:i|we|she|he|they) (?:start|give|take|have|use|get)|should (?:i|we) (?:start|give|use)|is .{1,60}(?:correct|right|ok|okay|safe|acceptable|appropriate|enough))\b",
    re.I,
)
_DOSE = re.compile(
    r"\b(?:dos(?:e|es|age|ing)|how much|how many (?:mg|ml|tablets|puffs|times)|how often (?:can|should|do) (?:i|we|she|he|it|you) (?:give|take|be given)|starting dose|maximum|supplement after|titrat\w+)\b",
    re.I,
)
_INTERACTION = re.compile(
    r"\b(?:interact\w*|combination|combin(?:e|ed|ing)|together|co-?prescri\w+|co-?administ\w+|at the same time|while (?:on|taking)|adding|alongside|on top of|(?:taken|used|given|prescribed|started|added|safe) (?:together )?with)\b",
    re.I,
)
_MONITORING = re.compile(
    r"\b(?:monitor\w*|check(?:ed|ing)? (?:levels?|bloods?|inr|potassium)|how often should .{1,60} (?:be )?(?:checked|measured|tested)|levels? (?:needed|be measured|be checked)|blood tests?|recheck\w*)\b|\blevels?\s*\?",
    re.I,
)
_DIAGNOSIS = re.compile(
    r"\b(?:diagnos\w+|red flags?|suspect\w*|rule out|work-?up|what causes|investigat\w+|criteria|screen(?:ed|ing)?|signs? of|symptoms? of|differential|how (?:do|would) (?:i|you) (?:recogni[sz]e|tell)|imaging|mri|contrast)\b",
    re.I,
)
_SAFETY = re.compile(
    r"\b(?:safe(?:ty|ly|st|r)?|can (?:i|we|she|he|they|my|a|you)|contra-?indicat\w*|risks?|harm\w*|side[- ]effects?|adverse|reasonable|allowed|ok to|okay to|dangerous|avoid\w*|should .{1,40} be (?:stopped|avoided|given))\b",
    re.I,
)


def decide_intent(
    text: str, *, drugs_asked: int, drugs_current: int, avoid: bool, doses: bool, alternatives: bool = False
) -> Intent:
    """The intent of `text`, given how many drugs it asks about and how many the patient takes.

    alternatives: the drugs asked about are named instead of each other ("A or B"), not to be taken together.
    """
    if _TOXICITY.search(text):
        return Intent.TOXICITY
    if avoid and not drugs_asked:
        return Intent.ALTERNATIVE
    if doses and drugs_asked and _CHECK.search(text):
        return Intent.ORDER_CHECK
    if _MONITORING.search(text) and not _DOSE.search(text) and not (drugs_asked and _SAFETY.search(text)):
        return Intent.MONITORING
    together = drugs_asked + drugs_current > 1 and (_INTERACTION.search(text) or (_SAFETY.search(text) and not alternatives))
    if ((drugs_asked and drugs_current) or together) and not _DOSE.search(text):
        return Intent.INTERACTION
    if _DOSE.search(text):
        return Intent.DOSE
    if drugs_asked:
        return Intent.SAFETY
    return Intent.DIAGNOSIS if _DIAGNOSIS.search(text) else Intent.TREATMENT


def is_open_ended(text: str) -> bool:
    """Whether other options than the named one are wanted too."""
    return bool(_OPEN_ENDED.search(text))


def named_intent(text: str) -> Intent | None:
    """What a follow-up's own words ask for, or None when they only add a fact. "Why not X?" asks whether X is safe."""
    for pattern, intent in _NAMED:
        if pattern.search(text):
            return intent
    return None


_NAMED = (
    (_TOXICITY, Intent.TOXICITY),
    (re.compile(r"\b(?:what|anything|something|who|which) else\b|\balternatives?\b|\b(?:other|another|more|different) (?:options?|choices?|drugs?|medicines?)\b"
                r"|\banything (?:safer|better)\b|\bsomething (?:safer|better|different|weaker|stronger)\b|\b(?:what|give|use|take|offer|try|do) (?:\w+ ){0,3}instead\b(?! of)|\bwhat (?:should|would|can|do) (?:i|we|you) (?:give|use|prescribe|suggest|recommend|offer)\b", re.I), Intent.ALTERNATIVE),
    (re.compile(_MONITORING.pattern + r"|\bhow often (?:should|do|must) (?:i|we|you) (?:check|measure|test|monitor)\b|\bwhat (?:should|do) (?:i|we) (?:watch|look out) for\b|\bfollow[- ]?up (?:tests?|bloods?)\b", re.I), Intent.MONITORING),
    (_DOSE, Intent.DOSE),
    (_INTERACTION, Intent.INTERACTION),
    (_DIAGNOSIS, Intent.DIAGNOSIS),
    (re.compile(_SAFETY.pattern + r"|\bwhy not\b|\bdoes (?:it|that|this) (?:cause|work|help)\b|\b(?:risks?|harms?)\b|\bevidence\b|\beffective\b|\bhow well\b|\b(?:cause|prolong)s?\b", re.I), Intent.SAFETY),
)  # fmt: skip
