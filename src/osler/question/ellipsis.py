"""The short words of follow-ups: another view, another reader, a new question, a pronoun, a medicine that was stopped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from osler.domain.concept import Mention
from osler.domain.question import Audience
from osler.domain.thread import View

_NEW = re.compile(
    r"^\W*(?:(?:(?:a |an )?(?:new|another|different|separate|unrelated|next) (?:question|patient|case|topic))|start (?:again|over|afresh))"
    r"\b(?:\s+now)?\s*[:;,.\-–—]*\s*",
    re.IGNORECASE,
)
_CONTINUES = re.compile(
    r"^\W*(?:and|but|so|or|then|also|what (?:about|if)|how about|why|why not|what else|even|same)\b"
    r"|\b(?:it|that|this|these|those|they|them|he|she|him|his|her|both|either|one|ones|other|instead|again|still|now)\b",
    re.IGNORECASE,
)
_NAMES_SOMEBODY = re.compile(
    r"\b(?:an?|my|our|the) (?:[\w-]+ ){0,3}(?:patient|m[ae]n|wom[ae]n|child|baby|infant|newborn|boy|girl|person|son|daughter|wife|husband|mother|father|adult|teenager)\b",
    re.IGNORECASE,
)
_POLITE = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|thanks?(?: you)?(?: very much| a lot)?|cheers|got it|i see|good|great|fine|right|yes|please|(?:please )?(?:say|show|tell me) (?:it|that) again|repeat(?: (?:it|that))?"
    r"|again|same again|are you sure|really)\W*)+$",
    re.IGNORECASE,
)

_LEAD = r"(?:(?:please|just|only|can you|could you|give me|show me|i (?:only )?(?:want|need)|make it|now|and|ok|a|an|the|in|keep it|be|more)\s+)*"
_ONLY = r"(?:just|only|nothing but|show me only|limit (?:it|this) to)\s+(?:(?:show|give|list|tell)\s+(?:me\s+)?)?(?:the\s+|its\s+)?"
_PARTS: tuple[tuple[str, View], ...] = (
    (r"(?:dos(?:e|es|ages?|ing)|dose table)", View.DOSES),
    (r"(?:red flags?|danger signs?|warning signs?|alarm (?:signs?|symptoms?))", View.RED_FLAGS),
    (r"(?:harms?|risks?|side[- ]effects?|adverse effects?|warnings?)", View.HARMS),
    (r"(?:monitoring|checks?|what to (?:watch|monitor))", View.MONITORING),
    (r"(?:interactions?)", View.INTERACTIONS),
    (r"(?:options?|alternatives?|choices?)", View.OPTIONS),
)
_VIEWS: tuple[tuple[re.Pattern[str], View], ...] = (
    *((re.compile(rf"\b{_ONLY}{part}\b(?:\s+please)?|^\W*(?:the )?{part} only\b", re.I), view) for part, view in _PARTS),
    (re.compile(rf"^\W*{_LEAD}(?:short(?:er|en(?: it)?)?|brief(?:er|ly)?|concise(?:ly)?|summar(?:y|i[sz]e)(?: (?:it|this|that))?|sum (?:it )?up|tl;?dr|less(?: detail)?|bottom line(?: only)?)"
                r"(?:\s+(?:version|answer|form|please|one))*\W*$|\b(?:shorter|more briefly|in short|tl;?dr|in one (?:line|sentence)|in a nutshell)\b|\b(?:just|only) the bottom line\b", re.I), View.SHORT),
    (re.compile(rf"^\W*{_LEAD}(?:details?|longer|expand|everything|tell me more|more|full(?: (?:answer|version|detail))?|the (?:full|whole|long) (?:answer|version|thing)|why)"
                r"(?:\s+(?:please|on (?:this|that|it)))*\W*$|\b(?:more detail|in (?:full|more) detail|tell me more|show (?:me )?everything|full answer)\b", re.I), View.DETAIL),
)  # fmt: skip

_TELL = r"\b(?:explain|say|tell|write|rephrase|reword|translate|summari[sz]e|word|version)\b[^.?!]*?\b(?:to|for)\s+"
_READERS: tuple[tuple[re.Pattern[str], Audience], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), audience)
    for pattern, audience in (
        (rf"{_TELL}(?:the |my |a |our |her |his )?(?:patients?|famil(?:y|ies)|parents?|mother|father|relatives?|carers?|lay ?\w*)\b"
         r"|\bin (?:plain|simple|lay|easy)(?: \w+)? (?:words|language|terms|english)\b|\blay(?:man['’]?s)? (?:terms|version|words)\b|\bpatient (?:version|leaflet|information)\b"
         r"|^\W*for (?:the|my|a) patient\W*$|\bwhat (?:can|should|do) (?:i|we) tell (?:the|my|her|him|this) ?(?:patient|family|parents?|mother)?", Audience.PATIENT),
        (rf"{_TELL}(?:the |a |our )?nurses?\b|\bnurs(?:e|ing) version\b|^\W*for (?:the |a )?nurses?\W*$", Audience.NURSE),
        (rf"{_TELL}(?:the |a |our )?pharmacists?\b|\bpharmacist version\b|^\W*for (?:the |a )?pharmacists?\W*$", Audience.PHARMACIST),
        (rf"{_TELL}(?:the |a |our )?(?:clinicians?|doctors?|physicians?|prescribers?|professionals?)\b|\bclinician version\b|^\W*for (?:the |a )?(?:clinician|doctor|physician)s?\W*$", Audience.CLINICIAN),
    )
)  # fmt: skip

_STOPPED_BEFORE = re.compile(
    r"(?:\bno longer (?:on|takes?|taking|us(?:es|ing)|gets?|has|have)|\b(?:is|are|was|been|now|taken|come|came|coming|weaned|get|gets|got) off"
    r"|(?:(?<!can )\bnot|(?<!ca)n['’]t)(?: any ?more| actually| really)? (?:on|taking|take|using|use|getting)"
    r"|\b(?:stops|stopped|has stopped|discontinue[sd]|quit|dropped|finished)(?: taking| using)?|\bforget(?: about)?|\bignore|\bleave out|\bwithout|\bminus)"
    r"\s+(?:(?:the|her|his|any|my|their)\s+)?$",
    re.IGNORECASE,
)
_STOPPED_AFTER = re.compile(
    r"^\s+(?:(?:has|have|had) been|was|were|is|are|has|had)?\s*(?:now\s+)?(?:stopped|discontinued|withdrawn|dropped|finished|completed|ended)\b|^\s+any ?more\b",
    re.IGNORECASE,
)
_TOGETHER_BEFORE = re.compile(
    r"(?:\b(?:interact\w*|combin\w+|together|(?:combin\w+|tak\w+|giv\w+|use|mix\w*) (?:it|that|this|them|these)(?: together| along)?|taken|given|used|mixed|ok|okay|fine|safe|compatible|allowed)\s+with|^\W*(?:and |also |what (?:about|if) |or |even |but )*(?:\w+ ){0,2}(?:with|plus|alongside|on top of|together with)"
    r"|\b(?:has to|must|needs? to|also) take|\b(?:plus|alongside|on top of|together with|combined with|while (?:on|taking)|if (?:i|we|you|they) (?:also )?(?:add|start|give)|adding))"
    r"\s+(?:(?:the|her|his|a|some|any)\s+)?$",
    re.IGNORECASE,
)
_ADDED_AFTER = re.compile(
    r"^\s+(?:is|was|were|gets?|has been|is to be)\s+(?:also\s+)?(?:added|started|co-?prescribed|given too)\b", re.IGNORECASE
)
_CHANGES = tuple(
    (re.compile(first + r"\s+(?:(?:the|her|his|my|their)\s+)?$", re.I), re.compile(then + r"\s+(?:(?:her|him|the|a|on|with)\s+)*$", re.I))
    for first, then in (
        (r"\b(?:stop|stops|stopping|stopped|hold|withdraw|discontinue)", r"^\W*(?:and|then|&)?\s*(?:start|starts|started|starting|begin|give|use|add|try|put)"),
        (r"\b(?:switch|change|swap|convert)\w*(?: from)?", r"^\s+(?:to|for)"),
        (r"\breplac\w+", r"^\s+(?:with|by)"),
    )
)  # fmt: skip
_TRIED = re.compile(
    r"\b(?:tried|failed|(?:no|without) (?:benefit|relief|effect|success) (?:from|with|on|of))\s+(?:the\s+)?$", re.IGNORECASE
)
_NOT_X = re.compile(r"^\W*(?:but |and |no,? )?not\s+(?:the\s+)?$", re.IGNORECASE)

_ORDINALS = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3, "fifth": 4, "5th": 4, "last": -1}  # fmt: skip
_ORDINAL = re.compile(
    r"\b(?:the )?(" + "|".join(_ORDINALS) + r")(?: (?:one|option|alternative|drug|medicine|choice)\b)"
    r"|\bthe (" + "|".join(_ORDINALS) + r")(?=\s*[?.!]?\s*$)"
    r"|\b(?:option|alternative|number|no\.?|#)\s*([1-9])\b",
    re.IGNORECASE,
)
_BOTH = re.compile(r"\bboth\b|\bthe two\b|\beither(?: of (?:them|those|these))?\b", re.IGNORECASE)
_OTHER = re.compile(r"\bthe other(?: one| option| drug| medicine)?\b(?! (?:medicines|drugs|options))", re.IGNORECASE)
_IT = re.compile(r"\b(?:it|its|this|that|that one|this one|the (?:drug|medicine|medication)|them|these|those)\b", re.IGNORECASE)
_NOT_A_DRUG = re.compile(
    r"\b(?:is|was) (?:it|this|that) (?:true|so|right|enough|all)\b|\bthat (?:is|she|he|the)\b|\bif (?:it|that|this) (?:is|does|gets)\b"
    r"|\b(?:that|this) (?:dose|patient|problem|answer|group|man|woman|child|case)\b",
    re.IGNORECASE,
)


class Pointer(StrEnum):
    """What a pronoun points at."""

    NONE = "none"
    IT = "it"
    BOTH = "both"
    OTHER = "other"
    ORDINAL = "ordinal"


@dataclass(frozen=True, slots=True)
class Pointing:
    """ordinal: 0-based, -1 for the last; said: the words."""

    to: Pointer = Pointer.NONE
    ordinal: int = 0
    said: str = ""


def without_new_question(text: str) -> str | None:
    """The question after "new question:" or "another patient:", or None when the words do not say so."""
    match = _NEW.match(text)
    return text[match.end() :] if match else None


def continues(text: str) -> bool:
    """Whether the words lean on what was asked before: "and …", "what about …", "it", "she"."""
    return bool(_CONTINUES.search(text))


def names_somebody(text: str) -> bool:
    """Whether the words bring a patient of their own: "a 4-year-old boy", "my wife"."""
    return bool(_NAMES_SOMEBODY.search(text))


def is_polite(text: str) -> bool:
    """Whether the words ask for nothing new: "thanks", "again"."""
    return bool(_POLITE.match(text))


def find_view(text: str) -> tuple[View, str] | None:
    """The view asked for, and the words that ask for it."""
    for pattern, view in _VIEWS:
        if match := pattern.search(text):
            return view, match[0].strip()
    return None


def find_reader(text: str) -> tuple[Audience, str] | None:
    """The reader asked for, and the words that ask for it."""
    for pattern, audience in _READERS:
        if match := pattern.search(text):
            return audience, match[0].strip()
    return None


def is_stopped(text: str, mention: Mention) -> bool:
    """Whether the medicine is said to be taken no more. "Should we stop it?" is a question, not a fact."""
    before, after = text[max(0, mention.start - 60) : mention.start], text[mention.end : mention.end + 40]
    return bool(_STOPPED_BEFORE.search(before) or _STOPPED_AFTER.search(after))


def is_changed_for(text: str, one: Mention, other: Mention) -> bool:
    """Whether the words put one medicine in the place of another: "stop X, start Y", "switch X to Y", "replace X with Y"."""
    before, between = text[max(0, one.start - 40) : one.start], text[one.end : other.start]
    return any(first.search(before) and then.match(between) for first, then in _CHANGES)


def is_taken_together(text: str, mention: Mention) -> bool:
    """Whether the medicine is named as a partner of the one asked about."""
    before, after = text[max(0, mention.start - 60) : mention.start], text[mention.end : mention.end + 40]
    return bool(_TOGETHER_BEFORE.search(before) or _ADDED_AFTER.search(after))


def is_refused(text: str, mention: Mention) -> bool:
    """ "Not gabapentin", "he already tried gabapentin": named only to be left out."""
    return bool(_NOT_X.match(text[: mention.start]) or _TRIED.search(text[: mention.start]))


def find_pointing(text: str) -> Pointing:
    """What the words point at, the most exact pointer first: "the second option", "both", "the other one", "it"."""
    if match := _ORDINAL.search(text):
        return Pointing(
            Pointer.ORDINAL, int(match[3]) - 1 if match[3] else _ORDINALS[(match[1] or match[2]).lower()], match[0].strip()
        )
    for to, pattern in ((Pointer.BOTH, _BOTH), (Pointer.OTHER, _OTHER)):
        if match := pattern.search(text):
            return Pointing(to, said=match[0].strip())
    if (match := _IT.search(text)) and not _NOT_A_DRUG.search(text):
        return Pointing(Pointer.IT, said=match[0].strip())
    return Pointing()
