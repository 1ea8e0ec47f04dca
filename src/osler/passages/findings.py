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
_STUDIED = frozenset({
    Direction.BENEFIT, Direction.NO_BENEFIT, Direction.DOSE, Direction.RECOMMENDS, Direction.RECOMMENDS_AGAINST,
})  # fmt: skip
"""What holds only for the problem that was studied or advised on."""
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
_UNDESCRIBED = "people not further described"


@dataclass(frozen=True, slots=True)
class _About:
    """What the document says of itself: its subjects and problems as concepts, its people."""

    subjects: tuple[str, ...]
    problems: tuple[str, ...]
    population: Population


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
    return _About(
        subjects, _ids(title, conditions) or _ids(problems, conditions), _named(read, document.population or _UNDESCRIBED)
    )


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
    own = _ids(mentions, _SUBJECTS)
    drugs = len(_ids(mentions, _DRUGS))
    direction = direction_of(
        text, section, document.kind, recommendation=recommendation, against=part is not None and part.against, drugs=drugs
    )
    if direction is None:
        return None
    subjects = tuple(dict.fromkeys((*about.subjects, *own))) if document.kind is StudyDesign.LABEL else own or about.subjects
    problems = _problems(direction, mentions, part.path if part is not None else (), about, lexicon)
    if not subjects and not problems:
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
    direction: Direction, mentions: list[Mention], path: tuple[str, ...], about: _About, lexicon: Lexicon
) -> tuple[str, ...]:
    """The studied problem for effects, doses and advice (section before title); otherwise what the sentence names, else that."""
    conditions = frozenset({ConceptKind.CONDITION})
    own = _ids(mentions, conditions)
    if direction not in _STUDIED:
        return own or about.problems
    for heading in reversed(path):
        named = _ids(lexicon.tag(heading), conditions)
        if named:
            return named
    return about.problems or own


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
