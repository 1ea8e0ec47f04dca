"""What part each drug of a question plays: asked about, to be avoided, already taken, or an allergy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from osler.domain.concept import Mention
from osler.language.polarity import negated_before


class DrugRole(StrEnum):
    ASKED = "asked"
    AVOID = "avoid"
    CURRENT = "current"
    ALLERGY = "allergy"


_WORDS = r"(?:[\w'’%.-]+\s+){0,3}"
_AVOID_BEFORE = re.compile(
    r"(?:\balternatives? (?:to|for)|\binstead of|\bother than|\brather than|\bsubstitutes? for|\breplac(?:e|ing|ement)(?: for| of)?"
    r"|\bin place of|\bdo(?:es)?n['’]?t want|\b(?:do|does) not want|\bwant to avoid|\bavoid(?:ing)?|\bwithout"
    r"|\bcan(?:no|['’]?)t (?:take|have|use|tolerate)|\bnot tolerat\w+|\bintolerant (?:of|to)|\bbesides|\bapart from"
    r"|\bnot (?:to )?(?:use|give|take)|\bkeep (?:him|her|them) off|\bcoming off|\b(?:refractory|unresponsive|not responding|no response) to|\b(?:has|have|had|already) failed)\s+"
    + _WORDS + r"$",
    re.IGNORECASE,
)  # fmt: skip
_AVOID_AFTER = re.compile(
    r"^\s*(?:substitutes?|alternatives?|replacement)\b|^\s+(?:is|was) (?:not an option|out of the question|contraindicated|ruled out)"
    r"|^\s+(?:(?:has|have|had) )?failed\b|^\s+(?:did|do|does) nothing\b|^\s+(?:(?:did|do|does) not|didn['’]?t|doesn['’]?t|don['’]?t) (?:work|help|touch)|^\s+(?:is |are )?not (?:working|helping|holding)",
    re.IGNORECASE,
)
_ALLERGY_BEFORE = re.compile(
    r"\b(?:allerg(?:y|ic|ies)|anaphyla\w+|hypersensitiv\w+) (?:to|with|from|after)\s+" + _WORDS + r"$", re.I
)
_REACTION = r"(?:rash|hives|urticaria|wheals|angio-?o?edema|anaphyla\w+|swelling|swelled|swollen|(?:an? )?(?:allergic )?reaction)"
_ALLERGY_AFTER = re.compile(
    rf"^[\s-]*(?:allerg(?:y|ic)|hypersensitiv)|^s?\s*[-–—:=]\s*(?:\w+\s+){{0,2}}{_REACTION}\b|^s?\s*\((?:\w+\s+){{0,2}}{_REACTION}\)"
    rf"|^s?\s+(?:gave|gives|brought|causes|caused) (?:him|her|me|them|us|my \w+) (?:out )?(?:(?:an?|in an?|to have an?) )?(?:\w+ )?{_REACTION}\b",
    re.IGNORECASE,
)
"""An allergy told in passing: "penicillin - rash as a toddler", "penicillin gave her hives"."""
_ASKED_BEFORE = re.compile(
    r"(?:\b(?:can|could|may|should|shall|would|must|is it (?:ok|okay|safe|fine|all right) (?:to|for \w+ to)|do|does|whether) (?:i|we|he|she|they|it|you|(?:the|my|this) \w+|\w+) "
    r"(?:also )?(?:be )?(?:safely )?(?:give|given|take|have|use|start|started|add|prescribe|prescribed|switch to|try|get|receive|combine|increase|continue|still (?:take|use))"
    r"|\b(?:start|starting|add|adding|prescribed?|prescribing|chose|chosen|ordered|order for|wants? (?:to )?(?:start|add|give|use|take)?|giv(?:e|ing)|consider(?:ing)?|propos\w+|suggest\w+|switch(?:ing)? to|"
    r"dos(?:e|age|ing) of|how much|how many|is|are|does|about|using|use|try(?:ing)?)|\bfor)\s+(?:her |him |them |me |some )?" + _WORDS + r"$",
    re.IGNORECASE,
)  # fmt: skip
_CURRENT_BEFORE = re.compile(
    r"(?:\bon|\bdespite|\btaking|\btakes|(?<!can )(?<!could )(?<!should )(?<!may )(?<!shall )\bi take|\btook|\breceiving|\breceives|\bfinishing|\bfinished|\bmaintained on|\bestablished on|\btreated with|\bcurrent(?:ly)?(?: medic\w+)?:?"
    r"|\bmedic(?:ation|ine)s?(?: are| is| include)?:?|\bdrugs?:|\bmeds?:?|\balready (?:on|takes|taking|has|gets)|\busers? of|\bcourse of|\bwho uses|\b(?:he|she|they|patient) uses|\bpatch of|\bswitch(?:ed|ing)? (?:\w+ )?(?:from|off)|\b(?:is|was|been) given)\s+"
    + _WORDS + r"$",
    re.IGNORECASE,
)  # fmt: skip
_SOMEBODY_ELSE = re.compile(
    r"\bmy (?:friend|brother|sister|neighbou?r|cousin|colleague|mate)\b[^.?!]{0,40}\b(?:takes?|uses?|is on|has|got)\s+$",
    re.IGNORECASE,
)
_CURRENT_AFTER = re.compile(r"^\s+(?:users?|therapy|treatment|patients?|pts?)\b", re.IGNORECASE)
_LIST = re.compile(
    r"(?:(?i:\b(?:drug (?:history|hx|list)|meds?|medications?|medicines|drugs|tablets|takes|taking|on)(?: list)?\s*[:=]|\bmeds\s+[-–—]\s)|\bD/?Hx?\b\s*[:=–—-]?)\s*"
)
"""What opens a list of medicines that are taken. Ward shorthand is in capitals ("DH"), the rest in any case."""
_LIST_END = re.compile(r"[.?!;](?=\s|$)|\n|\s[-–—]\s")
_BARE_ASK, _BARE_ASK_END = re.compile(r"^\s*(?:\w+\s+){0,2}$"), re.compile(r"^[^.!;:\n]{0,30}\?")
_APPOSED = re.compile(r"^\s*\(?\s*$")
_JOINED = re.compile(
    r"^(?:\s*[\d.,/ ]*(?:mg|mcg|g|ml|units?|%)?(?:\s*(?:once|twice|three times|four times)?\s*(?:a day|daily|weekly|bd|tds|od|tid|bid)?)?"
    r"\s*(?:,|/|\+|&|;|\band\b|\bor\b|\bplus\b|\bnor\b)\s*(?:(?:and|or)\s+)?)$",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[.?!;:]\s|\n|, but ")


def drug_roles(text: str, mentions: Sequence[Mention]) -> list[DrugRole]:
    """The role of each drug mention, in the order given.

    Members of a list ("lisinopril and clonidine") share the role of the first.
    """
    listed = _listed_stretches(text)
    roles: list[DrugRole] = []
    open_roles: list[bool] = []
    for index, mention in enumerate(mentions):
        between = text[mentions[index - 1].end : mention.start] if index else "."
        joined = index > 0 and _JOINED.match(between)
        own = _own_role(text, mention, mentions[index - 1].end if index else 0)
        if own is None and any(a <= mention.start < b for a, b in listed):
            own = DrugRole.CURRENT
        if own is None and (joined or _APPOSED.match(between)):
            own = roles[-1]  # "my blood thinner apixaban" speaks of one medicine
        open_roles.append(own is None)
        roles.append(own or DrugRole.ASKED)
        if own is DrugRole.AVOID and joined and _AVOID_AFTER.search(text[mention.end : mention.end + 60]):
            roles[-2] = DrugRole.AVOID  # "Piriton and Benadryl do nothing" speaks of both
    return _with_bare_ask(text, mentions, roles, open_roles)


def _listed_stretches(text: str) -> list[tuple[int, int]]:
    """Where lists of the patient's medicines stand: from "DH:" or "meds:" to the end of the sentence or line."""
    found = []
    for match in _LIST.finditer(text):
        end = _LIST_END.search(text, match.end())
        if end is None or text[end.start()] != "?":  # a list that ends in a question is what is asked: "on: tramadol ok?"
            found.append((match.end(), end.start() if end else len(text)))
    return found


def _with_bare_ask(text: str, mentions: Sequence[Mention], roles: list[DrugRole], unread: list[bool]) -> list[DrugRole]:
    """In a terse note the drug before the question mark is asked about, and what stands in an earlier sentence is taken.

    "74M simvastatin 40 nocte, CAP. Clarithromycin?" Only where no word says what part the earlier ones play.
    """
    if len(mentions) < 2 or not unread[-1]:
        return roles
    last = mentions[-1]
    sentence = max((m.end() for m in _LIST_END.finditer(text, 0, last.start)), default=0)
    if not (sentence and _BARE_ASK.match(text[sentence : last.start]) and _BARE_ASK_END.match(text[last.end :])):
        return roles
    return [
        DrugRole.CURRENT
        if taken and role is DrugRole.ASKED and mention.start < sentence and not _is_in_a_question(text, mention)
        else role
        for mention, role, taken in zip(mentions, roles, unread, strict=True)
    ]


def _is_in_a_question(text: str, mention: Mention) -> bool:
    end = _LIST_END.search(text, mention.end)
    return end is not None and text[end.start()] == "?"


def _own_role(text: str, mention: Mention, previous_end: int) -> DrugRole | None:
    before = _clause_before(text, mention.start, previous_end)
    after = text[mention.end : mention.end + 60]
    if _ALLERGY_AFTER.search(after) or _ALLERGY_BEFORE.search(before):
        return None if negated_before(text, mention.start) else DrugRole.ALLERGY
    if _AVOID_AFTER.search(after) or _AVOID_BEFORE.search(before):
        return DrugRole.AVOID
    if _SOMEBODY_ELSE.search(before):
        return DrugRole.ASKED
    asked, current = _ASKED_BEFORE.search(before), _CURRENT_BEFORE.search(before)
    if asked and current:
        return DrugRole.ASKED if asked.start() > current.start() else DrugRole.CURRENT
    if current or _CURRENT_AFTER.search(after):
        return DrugRole.CURRENT
    return DrugRole.ASKED if asked else None


def _clause_before(text: str, position: int, previous_end: int) -> str:
    """The words between this drug and the last clause boundary or drug before it."""
    start = previous_end
    for match in _CLAUSE.finditer(text, previous_end, position):
        start = match.end()
    return text[max(start, position - 90) : position]
