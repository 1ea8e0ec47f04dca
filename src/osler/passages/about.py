"""What a document says of itself: its drugs and problems as concepts, its people, and the short names it gives to things."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache

from osler.domain.concept import ConceptKind, Mention
from osler.domain.document import Document, StudyDesign
from osler.domain.population import Population
from osler.language.lexicon import Lexicon
from osler.language.population import PopulationConflict, merge_tags
from osler.passages.empty import is_of_cells
from osler.passages.sections import Section, section_of
from osler.passages.who import POPULATION_WORD, field_words, people_of, words_for

SUBJECTS = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS, ConceptKind.THERAPY})
DRUGS = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS})
CONDITIONS = frozenset({ConceptKind.CONDITION})
ISSUED = frozenset({StudyDesign.GUIDELINE, StudyDesign.LABEL, StudyDesign.FORMULARY, StudyDesign.CONSENSUS})
"""Issued texts speak of their subject throughout; a sentence of a study must name what it is about itself."""
_NO_PROBLEM = frozenset(
    f"cond/{slug}"
    for slug in "adverse-drug-reaction drug-toxicity drug-overdose toxicity overdose death mortality hospitalization drug-interaction".split()
)
"""What a title or heading may name without being the problem that was treated."""
_SALTS = frozenset(
    f"drug/{slug}" for slug in "calcium sodium potassium magnesium zinc phosphate sodium-chloride potassium-chloride".split()
)
_CHECK_TAGS = {
    "adult": "adult", "middle aged": "adult", "young adult": "adult", "aged": "older_adult", "aged, 80 and over": "older_adult",
    "child": "child", "child, preschool": "child", "adolescent": "adolescent", "infant": "infant", "infant, newborn": "neonate",
    "pregnancy": "pregnancy", "renal dialysis": "hemodialysis",
}  # fmt: skip
"""MeSH check tags (NLM, MEDLINE indexing) as population tags; "Renal Dialysis" covers both kinds, hemodialysis is by far the commoner."""
_PEOPLE = re.compile(
    r"\b(?:patients?|participants?|subjects?|volunteers?|wom[ae]n|m[ae]n|adults?|child(?:ren)?|infants?|neonates?|newborns?|people|persons?|individuals?|humans?|adolescents?|mothers?"
    r"|veterans?|students|residents?|boys?|girls?|(?:year|month)s?[- ]old|males?|females?|cohort|respondents|clinicians?)\b",
    re.I,
)
_SHORT_NAME = re.compile(r"\s*\(([A-Z][A-Za-z0-9-]{1,7})\)")
_NOT_SHORT_NAMES = frozenset({"CI", "OR", "RR", "HR", "SD", "SE", "USA", "UK", "RCT", "RCTs"})


@dataclass(frozen=True, slots=True)
class About:
    """subjects, problems: concept ids. short_names: (short name, drug id). redefined: short names that the text gives another meaning
    than the lexicon. without_people: no word of it is of people. names: what the issuer calls itself."""

    subjects: tuple[str, ...]
    problems: tuple[str, ...]
    population: Population
    short_names: tuple[tuple[str, str], ...] = ()
    redefined: frozenset[str] = frozenset()
    without_people: bool = False
    names: tuple[str, ...] = ()

    def named(self, mentions: Sequence[Mention]) -> list[Mention]:
        """The mentions without short names that mean something else here, and without the salt of a drug's name."""
        kept: list[Mention] = []
        for mention in mentions:
            salt = mention.concept_id in _SALTS and kept and kept[-1].kind is ConceptKind.DRUG and mention.start - kept[-1].end == 1
            if not salt and mention.text not in self.redefined:
                kept.append(mention)
        return kept


def about(document: Document, lexicon: Lexicon) -> About:
    """Read from title, index terms and, for a label, its substances and its indications."""
    short_names, redefined = _short_names(document, lexicon)
    title = About((), (), Population(), (), redefined).named(lexicon.tag(document.bibliography.title))
    issued = document.kind in ISSUED
    without_people = not issued and (
        is_of_cells(document.bibliography.title)
        or not any(_PEOPLE.search(t) for t in (document.bibliography.title, document.population, document.text))
    )
    return About(
        subjects=_subjects(document, title, lexicon),
        problems=_problems(document, title, lexicon),
        population=_population(document),
        short_names=short_names,
        redefined=redefined,
        without_people=without_people,
        names=_own_names(document) if issued else (),
    )


def ids_of(mentions: Iterable[Mention], kinds: frozenset[ConceptKind]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(m.concept_id for m in mentions if m.kind in kinds))


def is_problem(concept_id: str) -> bool:
    """Whether a heading or title that names this condition says what was treated."""
    return concept_id not in _NO_PROBLEM


def _subjects(document: Document, title: list[Mention], lexicon: Lexicon) -> tuple[str, ...]:
    """A label's substances, the first name of each ("atorvastatin calcium" is atorvastatin); else the title's drugs and measures."""
    if document.kind is StudyDesign.LABEL:
        firsts = (next((m for m in lexicon.tag(label) if m.kind in DRUGS), None) for label in document.interventions)
        if named := tuple(dict.fromkeys(m.concept_id for m in firsts if m is not None)):
            return named
    return ids_of(title, SUBJECTS)


def _problems(document: Document, title: list[Mention], lexicon: Lexicon) -> tuple[str, ...]:
    if found := tuple(i for i in ids_of(title, CONDITIONS) if is_problem(i)):
        return found
    named = [m for label in document.problems for m in lexicon.tag(label)]
    if document.kind is StudyDesign.LABEL:
        named += [
            m
            for p in document.parts
            if section_of(p.code, p.path) is Section.INDICATIONS
            for m in lexicon.tag(document.text[p.start : p.end])
        ]
    return tuple(i for i in ids_of(named, CONDITIONS) if is_problem(i))


def _population(document: Document) -> Population:
    title = document.bibliography.title
    words = ". ".join(filter(None, (title, document.population)))
    read = people_of(words) if POPULATION_WORD.search(words) else Population(words)
    tags = sorted({_CHECK_TAGS[t] for t in document.population.lower().split("; ") if t in _CHECK_TAGS})
    if "adult" in tags and "older_adult" in tags:
        tags.remove("older_adult")
    with suppress(PopulationConflict):  # the words outrank the index terms
        read = merge_tags(read, tags)
    field = field_words(document.population)
    from_title = "" if document.kind is StudyDesign.LABEL or (field and not tags) else words_for(title)
    return replace(read, text=from_title or field)


@lru_cache(maxsize=4)
def _abbreviations(lexicon: Lexicon) -> frozenset[str]:
    return frozenset(a for c in lexicon.concepts() for a in c.abbreviations)


def _short_names(document: Document, lexicon: Lexicon) -> tuple[tuple[tuple[str, str], ...], frozenset[str]]:
    """Short names that the text gives to a drug ("tocilizumab (TCZ)"), and those of the lexicon that it gives to something else
    ("neoadjuvant chemotherapy (NAC)"). Two drugs under one short name are none."""
    text = document.text
    if document.kind is StudyDesign.LABEL or not _SHORT_NAME.search(text):
        return (), frozenset()
    found: dict[str, str | None] = {}
    redefined = set()
    for match in _SHORT_NAME.finditer(text):
        short = match[1]
        before = text[max(0, match.start() - 60) : match.start()]
        known = short in _abbreviations(lexicon)
        last = next((m for m in reversed(lexicon.tag(before)) if m.end == len(before)), None)
        if last is not None and last.kind in SUBJECTS and short not in _NOT_SHORT_NAMES:
            found[short] = last.concept_id if found.get(short, last.concept_id) == last.concept_id else None
        if known and _stands_for(short, before) and (last is None or short not in lexicon[last.concept_id].abbreviations):
            redefined.add(short)
    return tuple((short, concept) for short, concept in sorted(found.items()) if concept is not None), frozenset(redefined)


def _stands_for(short: str, before: str) -> bool:
    """Whether the words before the brackets spell the short name: its letters in order, the first at the start of a word.

    Source: Schwartz & Hearst, "A simple algorithm for identifying abbreviation definitions", PSB 2003.
    """
    letters = [c for c in short.lower() if c.isalnum()]
    words = before.lower()
    at = len(words)
    for position, letter in reversed(list(enumerate(letters))):
        at = words.rfind(letter, 0, at)
        while position == 0 and at > 0 and words[at - 1].isalnum():
            at = words.rfind(letter, 0, at)
        if at < 0:
            return False
    return True


def _own_names(document: Document) -> tuple[str, ...]:
    """The issuer's name and its initials, and the capital words of the title ("CDC Clinical Practice Guideline")."""
    organisation = document.organisation or document.bibliography.authors or ""
    initials = "".join(w if w.isupper() else w[0] for w in re.findall(r"[A-Z][A-Za-z]*", organisation))
    capitals = re.findall(r"\b[A-Z]{2,8}\b", document.bibliography.title)
    return tuple(dict.fromkeys(n for n in (organisation, initials, *capitals) if len(n) > 1))
