"""How hard a text is to read: its Flesch-Kincaid grade, with and without the names that cannot be put in other words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

_WORD = re.compile(r"[^\W_](?:[^\W_]|[-'’.,/](?=[^\W_]))*[%°]?", re.UNICODE)
"""A word is what stands between spaces; "0.92", "2,5", "100–300" apart, "well-known" and "mg/kg" are one."""
_SENTENCE_END = re.compile(r"[.!?](?:[\"”’)\]]*)(?:\s+|$)|\n+")
_SHORT = re.compile(r"(?:\b(?:e\.g|i\.e|vs|approx|Dr|No|al|i\.v|i\.m|s\.c|p\.o)|\b[A-Z])$")
_VOWELS = re.compile(r"[aeiouy]+")
_APART = re.compile(
    r"(?<![cgstqx])i[ao](?!u)|(?<=[stc])i(?:a[tl](?=[ei])|o(?!n|u))|[^aeiouqg]ua|iu|eo(?!u)|[aeiouy]ing|[^aeioucyt]ie[tnr]|uou|ao(?!$)|eum?s?$|ea(?=c?t(?:i|o))"
    r"|[^aeiou]ea(?=l$)(?<=n.a)|ue(?=[ns]t)|(?<=contr)ai|eyo|luid|nyo"
)
"""Neighbouring vowels that are said one after the other: di-a-betes, pre-o-perative, be-ing, flu-id."""
_SILENT_END = re.compile(
    r"(?<![aeiouy])(?:(?<!l)e|(?<=[aeiouyrw]l)e)$|[^aeiouytdl]ed$|[aeiour]led$|[^aeiouyscxzglrh]es$|[aeiour](?:l|r)es$"
)
_SILENT_INSIDE = re.compile(
    r"(?<=[aeiouyl][bcdfghklmnprstvz])e(?=(?:ments?|ly|ness|less|ful|lines?)$)|(?<=g)e(?=ments?$)|(?<=if)e(?=style)|(?<=[eo]m)e(?=(?:one|thing|times|where)$)"
)
_SPOKEN_END = re.compile(r"sms?$")
_EXCEPTIONS = {
    word: count
    for count, words in {
        1: "whose clothes",
        2: "people being fever every evening clothing mucus quiet diet spasm naive outside inside aspirin centre centres anywhere "
        "therefore breastfed baseline sometimes doubled settled safety frequent request question controlled treating labelled "
        "enrolled herpes fatigue patient patients platelet",
        3: "area areas idea ideas radio created creates medicine medicines hospital nausea museum several outpatient outpatients "
        "inpatient inpatients syncope element elements reaction reactions reactive pneumonia everyone anyone serious previous "
        "acquired specialist averaged",
        4: "diabetes anaemia diarrhoea diarrhea insufficient efficiency deficiency society proactive laboratory duodenal",
        5: "insufficiency myocardial polyethylene angiotensin",
        6: "gastrointestinal osteoarthritis",
        7: "immunodeficiency",
    }.items()
    for word in words.split()
}
"""Words of clinical English that the rule counts wrongly."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the formula needs: how many sentences, words and syllables a text has."""

    sentences: int
    words: int
    syllables: int

    @property
    def grade(self) -> float:
        """Flesch-Kincaid grade: years of US school. 0.0 for a text without words.

        Source: Kincaid JP, Fishburne RP, Rogers RL, Chissom BS. Derivation of new readability formulas for Navy enlisted personnel.
        Research Branch Report 8-75, Naval Technical Training Command, 1975.
        """
        if not self.words:
            return 0.0
        return 0.39 * self.words / max(self.sentences, 1) + 11.8 * self.syllables / self.words - 15.59

    def __add__(self, other: Reading) -> Reading:
        return Reading(self.sentences + other.sentences, self.words + other.words, self.syllables + other.syllables)


def read(text: str, without: Iterable[tuple[int, int]] = ()) -> Reading:
    """Counts of running text. A sentence ends in ".", "!" or "?" or with its line; semicolons and colons do not end one here.

    without: [start, end) stretches whose words are not counted (names of medicines). Headings, tables and lists of references
    are no running text: leave them out before. Source of the counting: Flesch R. How to Write Plain English, 1979, chapter 2
    (a hyphenated word is one word; figures, symbols and abbreviations are words of one syllable). Stricter than Flesch, who
    lets a semicolon or colon end a sentence.
    """
    left_out = sorted(without)
    words = [m for m in _WORD.finditer(text) if not any(a <= m.start() < b for a, b in left_out)]
    ends = sum(1 for a, b in _sentences(text) if any(a <= m.start() < b for m in words))
    return Reading(ends, len(words), sum(syllables(m[0]) for m in words))


def grade(text: str, without: Iterable[tuple[int, int]] = ()) -> float:
    """The Flesch-Kincaid grade of running text."""
    return read(text, without).grade


def _sentences(text: str) -> list[tuple[int, int]]:
    bounds = [0]
    for match in _SENTENCE_END.finditer(text):
        if not (match[0].startswith(".") and _SHORT.search(text, max(0, match.start() - 8), match.start())):
            bounds.append(match.end())
    bounds.append(len(text))
    return [(a, b) for a, b in pairwise(bounds) if a < b]


def syllables(word: str) -> int:
    """Syllables of one word by rule: groups of vowels, less silent endings, more where two vowels are said apart.

    Figures and abbreviations ("5", "eGFR", "NHS", "mg/kg") are one. At least one.
    """
    if any(c.isdigit() for c in word) or (len(word) > 1 and any(c.isupper() for c in word[1:])) or not _VOWELS.search(word.lower()):
        return 1
    return sum(_of_part(p) for p in re.split(r"[^a-zà-ÿ]+", word.lower()) if p)


def _of_part(part: str) -> int:
    if part in _EXCEPTIONS:
        return _EXCEPTIONS[part]
    count = len(_VOWELS.findall(part)) + len(_APART.findall(part)) + bool(_SPOKEN_END.search(part))
    return max(count - bool(_SILENT_END.search(part)) - len(_SILENT_INSIDE.findall(part)), 1)
