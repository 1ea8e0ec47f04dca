"""Words that Osler does not know: near misses of known terms are read as them, aloud; the rest are named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from osler.language.words import EVERYDAY_WORDS, STOP_WORDS

_TOKEN = re.compile(r"[A-Za-z][A-Za-z'’-]*[A-Za-z]|[A-Za-z]")
_FORM = re.compile(r"^\s*(?:XR|SR|ER|CR|MR|LA|XL|IR|retard|depot)\b", re.IGNORECASE)
_AMOUNT = re.compile(
    r"^\s*\d+(?:\.\d+)?\s*(?:mg|mcg|g|ml|units?)\b|^\s+(?:tablets?|capsules?|pills?|injections?|syrup|patch(?:es)?)\b", re.I
)
_DOSE_OF = re.compile(r"\b(?:dose|dosage|dosing|strength|side effects?|interactions?|effects?) (?:of|for|with)\s+$", re.IGNORECASE)
_GIVEN = re.compile(
    r"\b(?:take|taking|takes|took|give|given|giving|start|started|starting|prescribed?|add|adding|switch(?:ed)? to|using|on)\s+$",
    re.IGNORECASE,
)
_DRUG_LIKE = re.compile(
    r"(?:mab|nib|pril|sartan|olol|statin|azole|cillin|mycin|micin|cycline|floxacin|gliptin|gliflozin|glutide|xaban|gatran|afil|"
    r"triptan|setron|prazole|caine|barbital|azepam|zolam|oxetine|triptyline|dronate|dipine|parin|vir|formin|lukast|terol|"
    r"sone|solone|onide|relin|tide|ximab|zumab|flexin|flex|fen|profen|coxib|codone|morphone|gesic|dryl|zine|zepine|mide|thiazide|"
    r"uridine|platin|taxel|rubicin|poetin|stim|kinra|cept|oxin|oxine|amine|idine|rin|zol|xin|lin|pam|cet|dol)$",
    re.IGNORECASE,
)
_ASKED_OF = re.compile(r"(?:^|[.?!,;:]\s*|\b(?:is|are|does|do|was|about|and|or)\s+)(?:the\s+)?$", re.IGNORECASE)
_WHETHER_SAFE = re.compile(
    r"^\s+(?:(?:be |is |also )?(?:safe|ok|okay|fine|all right|allowed|suitable|contraindicated|dialy[sz]ed|cleared|removed|licen[sc]ed|indicated"
    r"|recommended|interact\w*)|dos(?:e|es|age|ing)|(?:in|on|during) (?:pregnancy|dialysis|h(?:a)?emodialysis|breast-?feeding|CKD|ESRD|HD))\b",
    re.IGNORECASE,
)
"""What is asked of a medicine: a word before it that nobody knows is named as unknown, whatever it may be."""
_NO_NAME = re.compile(r"(?:ing|ed|ly|ness|ment)$", re.IGNORECASE)
_COUNT = re.compile(r"^\s*\d+(?:\.\d+)?\b(?!\s*(?:years?|yrs?|weeks?|days?|months?|hours?|kg|%))")
_BEGUN_LETTERS = 5
_MINIMUM_LETTERS = 6
_TWO_EDITS_LETTERS = 10


@dataclass(frozen=True, slots=True)
class Spelling:
    """text: the question with near misses replaced; read_as: what was replaced; unknown: medicines nobody knows."""

    text: str
    read_as: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]


SETTLED_ROWS = 10
"""A word that so many passages of the library use is a word, however near it is to another."""


def check_spelling(
    text: str, known_words: frozenset[str], terms: Iterable[str], in_library: Callable[[str], int] = lambda _: 0
) -> Spelling:
    """Find words that are in neither lexicon nor library.

    known_words: every lower-case word of the lexicon and the starter library. in_library: how many passages use a word. terms: the single-word terms a near miss may be read as.
    The first five letters or more of one term stand for it where an amount follows.
    A near miss is one edit (two from ten letters up) from exactly one term, and starts with the same letter.
    A sound-alike further away is never substituted: it is named as unknown when it stands where a medicine stands.
    """
    read_as: list[tuple[str, str]] = []
    unknown: list[str] = []
    replaced = text
    for match in _TOKEN.finditer(text):
        word = match[0]
        lowered = word.lower().replace("’", "'")
        if len(word) < 4 or _is_known(lowered, known_words):
            continue
        used = in_library(lowered)
        near = (_nearest(lowered, terms) or _begun(lowered, text[match.end() :], terms)) if used < SETTLED_ROWS else None
        if near is not None:
            read_as.append((word, near))
            replaced = re.sub(rf"\b{re.escape(word)}\b", near, replaced)
        elif not used and _is_medicine_position(text, match.start(), match.end()):
            unknown.append(_with_form(text, match.end(), word))
    return Spelling(replaced, tuple(dict.fromkeys(read_as)), tuple(dict.fromkeys(unknown)))


def strange_words(text: str, known_words: frozenset[str], in_library: Callable[[str], int] = lambda _: 0) -> tuple[str, ...]:
    """Words of four letters and more that neither lexicon, library nor everyday English has."""
    words = (m[0] for m in _TOKEN.finditer(text) if len(m[0]) > 3)
    lowered = ((w, w.lower().replace("’", "'")) for w in words)
    return tuple(dict.fromkeys(w for w, low in lowered if not _is_known(low, known_words) and not in_library(low)))


def _is_known(word: str, known_words: frozenset[str]) -> bool:
    if word in known_words or word in STOP_WORDS or word in EVERYDAY_WORDS:
        return True
    parts = re.split(r"['-]", word)
    if len(parts) > 1 and all(len(p) < 3 or _is_known(p, known_words) for p in parts):
        return True
    for ending in ("s", "es", "ed", "d", "ing", "ly", "er", "'s"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 2 and any(s in known_words or s in EVERYDAY_WORDS for s in (stem, stem + "e", stem[:-1])):
            return True
    return False


def _nearest(word: str, terms: Iterable[str]) -> str | None:
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import extract

    if len(word) < _MINIMUM_LETTERS:
        return None
    limit = 2 if len(word) >= _TWO_EDITS_LETTERS else 1
    candidates = [t for t in terms if t[0] == word[0] and abs(len(t) - len(word)) <= limit]
    found = sorted(
        (distance, term) for term, distance, _ in extract(word, candidates, scorer=OSA.distance, score_cutoff=limit, limit=3)
    )
    if not found or (len(found) > 1 and found[0][0] == found[1][0] and found[0][1] + "s" != found[1][1]):
        return None
    return found[0][1]


def _begun(word: str, after: str, terms: Iterable[str]) -> str | None:
    """The one term that the word begins, where an amount follows: "simva 40" is simvastatin, and that is said aloud."""
    if len(word) < _BEGUN_LETTERS or not _COUNT.match(after):
        return None
    found = sorted(t for t in terms if t.startswith(word) and len(t) > len(word) + 1)
    return found[0] if found and all(t == found[0] or t == found[0] + "s" for t in found) else None


def _is_medicine_position(text: str, start: int, end: int) -> bool:
    before, after, word = text[max(0, start - 40) : start], text[end : end + 20], text[start:end]
    if _FORM.match(after) or _DOSE_OF.search(before) or _AMOUNT.match(after):
        return True
    if _ASKED_OF.search(before) and _WHETHER_SAFE.match(text[end:]) and not _NO_NAME.search(word):
        return True
    capitalised = word[0].isupper() and start > 0 and not re.search(r"[.?!:'\"‘“(]\s*$", text[:start])
    return bool(_GIVEN.search(before) and (_DRUG_LIKE.search(word) or capitalised)) or bool(
        _DRUG_LIKE.search(word) and len(word) >= 8 and capitalised
    )


def _with_form(text: str, end: int, word: str) -> str:
    form = _FORM.match(text[end : end + 12])
    return word + form[0] if form else word
