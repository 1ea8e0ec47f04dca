"""One question in other words that ask the same: spelling, abbreviations, order, manners and slips of the keyboard, made by rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from osler.domain.concept import ConceptKind, Mention
from osler.language.lexicon import Lexicon
from osler.language.words import EVERYDAY_WORDS, STOP_WORDS

_NAMED = frozenset({ConceptKind.DRUG, ConceptKind.CONDITION, ConceptKind.POPULATION, ConceptKind.DRUG_CLASS})
_BRITISH = (
    ("hemodialysis", "haemodialysis"), ("anemia", "anaemia"), ("edema", "oedema"), ("pediatric", "paediatric"), ("diarrhea", "diarrhoea"),
    ("hyperkalemia", "hyperkalaemia"), ("hypoglycemia", "hypoglycaemia"), ("uremic", "uraemic"), ("acetaminophen", "paracetamol"),
    ("epinephrine", "adrenaline"), ("albuterol", "salbutamol"), ("center", "centre"), ("tumor", "tumour"), ("leukemia", "leukaemia"),
    ("valacyclovir", "valaciclovir"), ("acyclovir", "aciclovir"), ("trimethoprim-sulfamethoxazole", "co-trimoxazole"), ("ischemic", "ischaemic"),
)  # fmt: skip
"""American spellings and names beside the British ones. Names: WHO, International Nonproprietary Names, and USAN."""
_SHORT = (
    ("three times daily", "tds"), ("three times a day", "tds"), ("twice daily", "bd"), ("twice a day", "bd"), ("once daily", "od"), ("patient", "pt"), ("with", "w/"),
    ("year-old", "yo"), ("history of", "h/o"), ("blood pressure", "BP"), ("intramuscular", "IM"), ("intravenous", "IV"), ("before", "pre"),
)  # fmt: skip
_LONG = (
    ("tds", "three times daily"), ("bd", "twice daily"), ("od", "once daily"), ("pt", "patient"), ("IM", "intramuscularly"), ("IV", "intravenously"),
    ("ok", "all right"), ("eGFR", "estimated glomerular filtration rate (eGFR)"), ("BP", "blood pressure"),
)  # fmt: skip
_QUESTION_PARTS = re.compile(r"(?<=[.?!])\s+(?=[A-Z])")
_GROUP = re.compile(
    r"^(?P<ask>[^.?!,:]+?)\s+(?P<group>(?:in|for) (?:an? |the )?(?:[\w-]+ ){0,3}(?:patient|woman|man|adult|child|\d+[- ]?(?:year|month)[- ]?old)\b[^.?!,]*|on (?:ha?emo|peritoneal )?dialysis)\s*\?$",
    re.I,
)
_EVERYDAY_LETTERS = 5
_LONG_NAME_LETTERS = 9
"""A slip in a shorter name may be another medicine's name; only longer ones are tried (`question/spelling.py`)."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A question in other words; `rule` says how it was made."""

    rule: str
    text: str


def wordings(question: str, lexicon: Lexicon, limit: int = 10) -> tuple[Wording, ...]:
    """At most `limit` wordings, all different from the question and from each other, in the order of the rules."""
    found: dict[str, str] = {}
    for rule, make in _RULES:
        for text in make(question, lexicon):
            if text != question and text not in found:
                found[text] = rule
                break
        if len(found) == limit:
            break
    return tuple(Wording(rule, text) for text, rule in found.items())


def _mentions(question: str, lexicon: Lexicon) -> list[Mention]:
    return [m for m in lexicon.tag(question) if m.kind in _NAMED]


def _replaced(question: str, mention: Mention, by: str, lexicon: Lexicon, after: str = "") -> str | None:
    """The question with one name exchanged; None when the new name is not read as the same concept there."""
    text = question[: mention.start] + by + after + question[mention.end :]
    same = any(m.concept_id == mention.concept_id and m.start == mention.start and m.text == by for m in lexicon.tag(text))
    return text if same else None


def _swapped(question: str, table: tuple[tuple[str, str], ...]) -> str:
    for old, new in table:
        question = re.sub(rf"(?<![\w-]){re.escape(old)}(?![\w-])", lambda m, new=new: _cased(m[0], new), question, flags=re.I)  # type: ignore[misc]
    return question


def _cased(old: str, new: str) -> str:
    return new[:1].upper() + new[1:] if old[:1].isupper() and not old.isupper() else new


def _lower(question: str, _: Lexicon) -> Iterator[str]:
    yield question.lower()


def _bare(question: str, _: Lexicon) -> Iterator[str]:
    yield " ".join(re.sub(r"(?<!\d)[.,;:?!]|[,;:?!](?!\d)|\.(?=\s|$)", " ", question).split())


def _polite(question: str, _: Lexicon) -> Iterator[str]:
    yield f"Good morning, could you please help me with this? {question} Thank you very much."


def _hurried(question: str, _: Lexicon) -> Iterator[str]:
    yield f"quick q - {question}"


def _abbreviated(question: str, lexicon: Lexicon) -> Iterator[str]:
    """Names first, then everyday words, as a ward writes: "HD pt w/ back spasm"."""
    text = question
    for mention in reversed(_mentions(text, lexicon)):
        shorts = lexicon[mention.concept_id].abbreviations
        kept = " patient" if mention.text.lower().endswith(" patient") else ""
        news = (_replaced(text, mention, short, lexicon, kept) for short in shorts if mention.text not in shorts)
        text = next((new for new in news if new), text)
    yield _swapped(text, _SHORT)


def _expanded(question: str, lexicon: Lexicon) -> Iterator[str]:
    text = question
    for mention in reversed(_mentions(question, lexicon)):
        concept = lexicon[mention.concept_id]
        if mention.text in concept.abbreviations and (new := _replaced(text, mention, concept.name, lexicon)):
            text = new
    yield _swapped(text, _LONG)


def _british(question: str, _: Lexicon) -> Iterator[str]:
    yield _swapped(question, _BRITISH)


def _american(question: str, _: Lexicon) -> Iterator[str]:
    yield _swapped(question, tuple((b, a) for a, b in _BRITISH))


def _synonym(question: str, lexicon: Lexicon) -> Iterator[str]:
    """One medicine's or problem's name exchanged for the first synonym that stands there as the same concept."""
    for mention in _mentions(question, lexicon):
        if mention.kind is ConceptKind.POPULATION:
            continue  # "month-old" and "infant" are one concept, but not one word
        concept = lexicon[mention.concept_id]
        for name in (concept.name, *concept.synonyms):
            if name.lower().rstrip("s") != mention.text.lower().rstrip("s") and len(name) > 3:
                new = _replaced(question, mention, name, lexicon)
                if new:
                    yield new


def _reordered(question: str, _: Lexicon) -> Iterator[str]:
    """The question first and the case after it; or the group it is about first."""
    parts = _QUESTION_PARTS.split(question)
    if len(parts) > 1 and parts[-1].endswith("?"):
        yield " ".join((parts[-1], *parts[:-1]))
    elif match := _GROUP.match(question):
        yield f"{match['group'][:1].upper()}{match['group'][1:]}, {match['ask'][:1].lower()}{match['ask'][1:]}?"


def _slip_in_a_word(question: str, lexicon: Lexicon) -> Iterator[str]:
    """Two letters of the longest everyday word exchanged; a word like "pressure" or "dosing" is no everyday word."""
    covered = {i for m in lexicon.tag(question) for i in range(m.start, m.end)}
    words = [
        w
        for w in re.finditer(r"[a-z]+", question)
        if w.start() not in covered and len(w[0]) >= _EVERYDAY_LETTERS and w[0] in EVERYDAY_WORDS | STOP_WORDS
    ]
    for word in sorted(words, key=lambda w: (-len(w[0]), w.start())):
        yield _exchange(question, word.start() + len(word[0]) // 2)


def _slip_in_a_drug(question: str, lexicon: Lexicon) -> Iterator[str]:
    """Two letters inside the longest drug name exchanged."""
    names = [
        m for m in lexicon.tag(question) if m.kind is ConceptKind.DRUG and m.text.isalpha() and len(m.text) >= _LONG_NAME_LETTERS
    ]
    for mention in sorted(names, key=lambda m: (-len(m.text), m.start)):
        yield _exchange(question, mention.start + len(mention.text) // 2)


def _exchange(text: str, at: int) -> str:
    """Characters `at` and the next exchanged; the next unequal pair when they are equal."""
    while at + 2 < len(text) and text[at] == text[at + 1]:
        at += 1
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _upper_first(question: str, _: Lexicon) -> Iterator[str]:
    yield question.upper() if len(question) < 60 else f"Please advise: {question[:1].lower()}{question[1:]}"


def _colleague(question: str, _: Lexicon) -> Iterator[str]:
    yield f"A colleague asked me this today. {question}"


def _spaced(question: str, _: Lexicon) -> Iterator[str]:
    yield (
        re.sub(r"(?<=\d) (?=(?:mg|mcg|g|kg|ml|mL)\b)", "", question)
        if re.search(r"\d (?:mg|mcg|g|kg|ml)\b", question)
        else f"  {question.replace(' ', '  ')}\n"
    )


_RULES: tuple[tuple[str, Callable[[str, Lexicon], Iterator[str]]], ...] = (
    ("lower case", _lower),
    ("no punctuation", _bare),
    ("polite", _polite),
    ("abbreviated", _abbreviated),
    ("expanded", _expanded),
    ("British", _british),
    ("American", _american),
    ("synonym", _synonym),
    ("reordered", _reordered),
    ("slip in a word", _slip_in_a_word),
    ("slip in a drug", _slip_in_a_drug),
    ("spaces", _spaced),
    ("hurried", _hurried),
    ("told by another", _colleague),
    ("please advise", _upper_first),
)
