"""Sentences of a source that state a finding, tied to its drugs, problem and people; what a sentence leaves open, the document says.

The problem of an effect, a dose or an advice is the one that the document studied (its title, its section, its label's
indications), not every condition the sentence names: pain measured in a trial of itch is not a study of pain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from osler.domain.concept import ConceptKind, Mention
from osler.domain.document import Direction, Document, StudyDesign
from osler.domain.grade import Certainty
from osler.domain.part import PartKind
from osler.domain.passage import Finding
from osler.domain.population import Population
from osler.language.lexicon import Lexicon
from osler.language.population import PopulationConflict, merge_tags, parse_population
from osler.passages.cues import Section, direction_of, section_of
from osler.passages.segment import Piece, Unit

_SUBJECTS = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS, ConceptKind.THERAPY})
_DRUGS = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS})
_NAMED_IN_WORDS = frozenset({Direction.CONTRAINDICATES, Direction.DIAGNOSIS, Direction.PROGNOSIS, Direction.DEFINITION})
"""Statements about the condition they name; all others are about the problem that the document studied or advises on."""
_MIN_WORDS, _MAX_CHARACTERS = 5, 900
_LATE_SHARE = 0.5
"""In an abstract without labels, findings stand in its second half; the first sets the scene."""
_POPULATION_WORD = re.compile(
    r"dialys|renal|kidney|nephro|GFR|CrCl|clearance|ESR[DF]|ESKD|CKD|pregnan|trimester|gestation|breast|lactat|hepatic|liver|cirrho"
    r"|child|p(?:a)?ediatric|infant|neonat|newborn|adolescen|elderly|older|\bage|\byears|adult|women|\bmen\b|transplant|anuri",
    re.I,
)
_CHECK_TAGS = {
    "adult": "adult", "middle aged": "adult", "young adult": "adult", "aged": "older_adult", "aged, 80 and over": "older_adult",
    "child": "child", "child, preschool": "child", "adolescent": "adolescent", "infant": "infant", "infant, newborn": "neonate",
    "pregnancy": "pregnancy", "renal dialysis": "hemodialysis",
}  # fmt: skip
"""MeSH check tags (NLM, MEDLINE indexing) as population tags; "Renal Dialysis" covers both kinds, hemodialysis is by far the commoner."""
_ISSUED = frozenset({StudyDesign.GUIDELINE, StudyDesign.LABEL, StudyDesign.FORMULARY, StudyDesign.CONSENSUS})
"""Issued texts speak of their subject throughout; a sentence of a study must name what it is about itself."""
_NOT_THE_ADVICE = frozenset({Direction.RECOMMENDS, Direction.DIAGNOSIS, Direction.PROGNOSIS})
"""Where a guideline marks its recommendations, its running text reports those of others and the state of knowledge."""
_LABORATORY = re.compile(
    r"\b(?:rats?|mice|mouse|murine|rodents?|rabbits?|zebrafish|drosophila|dogs?|canine|feline|pigs?|porcine|bovine|sheep|hamsters?|guinea pigs?|chick(?:en|s)?|monkeys?"
    r"|in vitro|ex vivo|in silico|cell lines?|cultured|xenograft\w*|nanoparticles?|molecular docking|organoids?|on-chip|knock-?out"
    r"|apopto\w*|cytotoxicity|[A-Za-z]{2,}[\w-]*\d[\w-]* cells)\b",
    re.I,
)
_LEANS_BACK = re.compile(
    r"(?:They|It|These|Those|Such|Both|The (?:latter|former|same)|None of (?:them|these)|Among (?:them|these))\b"
)
"""An opening that means nothing without the sentence before it."""
_NO_PROBLEM = frozenset(
    f"cond/{slug}"
    for slug in "adverse-drug-reaction drug-toxicity drug-overdose toxicity overdose death mortality hospitalization drug-interaction".split()
)
"""What a title may name without being the problem that was treated."""
_SHORT_NAME = re.compile(r"\s*\(([A-Z][A-Za-z0-9-]{1,7})\)")
_NOT_SHORT_NAMES = frozenset({"CI", "OR", "RR", "HR", "SD", "SE", "USA", "UK", "RCT", "RCTs"})


@dataclass(frozen=True, slots=True)
class _About:
    """What the document says of itself: its subjects and problems as concepts, its people, the short names it gives to drugs."""

    subjects: tuple[str, ...]
    problems: tuple[str, ...]
    population: Population
    short_names: tuple[tuple[str, str], ...] = ()
    laboratory: bool = False
    silenced: frozenset[Direction] = frozenset()


def source_findings(document: Document, pieces: Sequence[Piece], lexicon: Lexicon) -> list[tuple[tuple[str, ...], list[Finding]]]:
    """For each piece the concepts its words name, and its findings in text order."""
    about = _about(document, lexicon)
    made = []
    for number, piece in enumerate(pieces):
        text = document.text[piece.start : piece.end]
        mentions = lexicon.tag(text)
        findings = []
        for index, unit in enumerate(piece.units):
            within = [m for m in mentions if m.start >= unit.start - piece.start and m.end <= unit.end - piece.start]
            late = len(pieces) > 1 or index >= (len(piece.units) - 1) * _LATE_SHARE
            found = _finding(document, unit, within, about, lexicon, f"{document.id}#{number}.{index}", late=late)
            if found is not None:
                findings.append(found)
        made.append((tuple(dict.fromkeys(m.concept_id for m in mentions)), findings))
    return made


def _about(document: Document, lexicon: Lexicon) -> _About:
    title = lexicon.tag(document.bibliography.title)
    named = [m for label in document.interventions for m in lexicon.tag(label)] if document.kind is StudyDesign.LABEL else []
    subjects = _ids(named, _DRUGS) or _ids(title, _SUBJECTS)
    problems = [m for label in document.problems for m in lexicon.tag(label)]
    if document.kind is StudyDesign.LABEL:
        problems += [
            m
            for p in document.parts
            if section_of(p.code, p.path) is Section.INDICATIONS
            for m in lexicon.tag(document.text[p.start : p.end])
        ]
    conditions = frozenset({ConceptKind.CONDITION})
    words = ". ".join(filter(None, (document.bibliography.title, document.population)))
    tags = sorted({_CHECK_TAGS[t] for t in document.population.lower().split("; ") if t in _CHECK_TAGS})
    if "adult" in tags and "older_adult" in tags:
        tags.remove("older_adult")
    read = parse_population(words) if _POPULATION_WORD.search(words) else Population(words)
    with suppress(PopulationConflict):  # the words outrank the index terms
        read = merge_tags(read, tags)
    found = tuple(i for i in _ids(title, conditions) if i not in _NO_PROBLEM) or _ids(problems, conditions)
    laboratory = _LABORATORY.search(document.bibliography.title) is not None
    advises = any(p.kind is PartKind.RECOMMENDATION for p in document.parts)
    silenced = _NOT_THE_ADVICE if advises else frozenset[Direction]()
    return _About(subjects, found, _named(read, document.population), _short_names(document, lexicon), laboratory, silenced)


def _short_names(document: Document, lexicon: Lexicon) -> tuple[tuple[str, str], ...]:
    """(short name, drug) where the text introduces one: "tocilizumab (TCZ)". Two drugs under one short name are none."""
    text = document.text
    if document.kind is StudyDesign.LABEL or not _SHORT_NAME.search(text):
        return ()
    found: dict[str, str | None] = {}
    for match in _SHORT_NAME.finditer(text):
        short = match[1]
        before = text[max(0, match.start() - 60) : match.start()]
        last = next((m for m in reversed(lexicon.tag(before)) if m.end == len(before) and m.kind in _SUBJECTS), None)
        if last is not None and short not in _NOT_SHORT_NAMES:
            found[short] = last.concept_id if found.get(short, last.concept_id) == last.concept_id else None
    return tuple((short, concept) for short, concept in sorted(found.items()) if concept is not None)


def _by_short_name(text: str, names: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    return tuple(concept for short, concept in names if re.search(rf"(?<![\w-]){re.escape(short)}(?![\w])", text))


def _finding(
    document: Document, unit: Unit, mentions: list[Mention], about: _About, lexicon: Lexicon, identity: str, *, late: bool
) -> Finding | None:
    text = document.text[unit.start : unit.end]
    part = unit.part
    if (
        len(text) > _MAX_CHARACTERS
        or len(text.split()) < _MIN_WORDS
        or (part is not None and part.kind in (PartKind.CAPTION, PartKind.FOOTNOTE, PartKind.TITLE))
    ):
        return None
    section = section_of(part.code, part.path) if part is not None else Section.OPEN
    recommendation = part is not None and part.kind is PartKind.RECOMMENDATION
    if (
        section is Section.OPEN
        and document.kind not in (StudyDesign.GUIDELINE, StudyDesign.LABEL, StudyDesign.FORMULARY, StudyDesign.CONSENSUS)
        and not late
    ):
        return None
    issued = document.kind in _ISSUED
    if not issued and (about.laboratory or _LABORATORY.search(text) or _LEANS_BACK.match(text)):
        return None
    own = tuple(dict.fromkeys((*_ids(mentions, _SUBJECTS), *_by_short_name(text, about.short_names))))
    drugs = len(_ids(mentions, _DRUGS))
    direction = direction_of(
        text, section, document.kind, recommendation=recommendation, against=part is not None and part.against, drugs=drugs
    )
    if direction is None or (direction in about.silenced and not recommendation):
        return None
    subjects = tuple(dict.fromkeys((*about.subjects, *own))) if document.kind is StudyDesign.LABEL else own
    if issued and not subjects:
        subjects = about.subjects
    problems = _problems(direction, mentions, part.path if part is not None else (), about, lexicon, issued=issued)
    if not subjects and not (problems and (issued or direction in (Direction.DIAGNOSIS, Direction.PROGNOSIS))):
        return None
    if document.kind is StudyDesign.LABEL and part is not None and part.path and _POPULATION_WORD.search(part.path[-1]):
        population = _population(f"{part.path[-1]}. {text}", about.population)
    else:
        population = _population(text, about.population)
    return Finding(
        statement_id=identity,
        start=unit.start,
        end=unit.end,
        kind=document.kind,
        direction=direction,
        interventions=subjects,
        intervention_labels=tuple(lexicon.name(i) for i in subjects),
        problems=problems,
        problem_labels=tuple(lexicon.name(i) for i in problems),
        population=population,
        mentioned=tuple(dict.fromkeys(m.concept_id for m in mentions)),
        certainty=part.certainty if part is not None else Certainty.NOT_GRADED,
        strength=part.strength if part is not None else None,
    )


def _problems(
    direction: Direction, mentions: list[Mention], path: tuple[str, ...], about: _About, lexicon: Lexicon, *, issued: bool
) -> tuple[str, ...]:
    """The studied problem (of the section, else of the document); for some directions what the sentence names, else that.

    A study whose own problem the lexicon does not know has none: what a sentence of it names may be an outcome.
    """
    conditions = frozenset({ConceptKind.CONDITION})
    own = _ids(mentions, conditions)
    if direction in _NAMED_IN_WORDS:
        return own or about.problems
    for heading in reversed(path):
        named = _ids(lexicon.tag(heading), conditions)
        if named:
            return named
    return about.problems or (own if issued else ())


def _population(text: str, known: Population) -> Population:
    """The document's people, with every axis that the sentence itself states in its place."""
    if not _POPULATION_WORD.search(text):
        return known
    own = parse_population(text)
    dialysis_settled = own.kidney or own.not_on_dialysis
    return Population(
        text=known.text,
        kidney=own.kidney if dialysis_settled else known.kidney,
        not_on_dialysis=own.not_on_dialysis if dialysis_settled else known.not_on_dialysis,
        ages=own.ages or known.ages,
        pregnant=own.pregnant or known.pregnant,
        lactating=own.lactating or known.lactating,
        hepatic=own.hepatic or known.hepatic,
    )


def _named(population: Population, text: str) -> Population:
    return Population(
        text,
        population.kidney,
        population.not_on_dialysis,
        population.ages,
        population.pregnant,
        population.lactating,
        population.hepatic,
    )


def _ids(mentions: Sequence[Mention], kinds: frozenset[ConceptKind]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(m.concept_id for m in mentions if m.kind in kinds))
