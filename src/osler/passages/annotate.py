"""Documents to Passages whose findings are tied to concepts and populations, once, at ingest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache

from osler.domain.concept import ConceptKind
from osler.domain.document import Direction, Document, Statement
from osler.domain.passage import Finding, Passage
from osler.language.lexicon import Lexicon
from osler.language.population import merge_tags, parse_population
from osler.passages.findings import source_findings
from osler.passages.segment import Piece, segment

RULES_VERSION = 7
"""Raise it when the rules below change what a stored passage would hold, or a document's reference comes to hold more."""

_INTERVENTION_KINDS = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS, ConceptKind.THERAPY, ConceptKind.TEST})
_NO_INTERVENTION = frozenset({"none", ""})


def annotate(document: Document, lexicon: Lexicon) -> tuple[Passage, ...]:
    """The document's passages in text order, numbered from 0."""
    pieces = segment(document)
    if document.statements:
        read = [_recorded(document, piece, lexicon) for piece in pieces]
    else:
        read = source_findings(document, pieces, lexicon)
    return tuple(
        Passage(
            document_id=document.id,
            number=number,
            start=piece.start,
            end=piece.end,
            text=document.text[piece.start : piece.end],
            findings=tuple(findings),
            mentioned=mentioned,
            path=piece.part.path if piece.part else (),
            code=piece.part.code if piece.part else None,
            page=piece.part.page if piece.part else None,
        )
        for number, (piece, (mentioned, findings)) in enumerate(zip(pieces, read, strict=True))
    )


def _recorded(document: Document, piece: Piece, lexicon: Lexicon) -> tuple[tuple[str, ...], list[Finding]]:
    """The finding that a reader recorded, and the concepts of its words."""
    text = document.text[piece.start : piece.end]
    mentioned = tuple(dict.fromkeys(m.concept_id for m in lexicon.tag(text)))
    return mentioned, [_finding(u.statement, mentioned, lexicon) for u in piece.units if u.statement is not None]


def _finding(statement: Statement, mentioned: tuple[str, ...], lexicon: Lexicon) -> Finding:
    labels = tuple(i for i in statement.interventions if i.lower() not in _NO_INTERVENTION)
    interventions = _concepts(labels, lexicon, _INTERVENTION_KINDS)
    if "hemodialysis" in statement.interventions and statement.direction is not Direction.ADVERSE:
        interventions = tuple(dict.fromkeys((*interventions, "therapy/extracorporeal-treatment")))
    return Finding(
        statement_id=statement.id,
        start=statement.start,
        end=statement.end,
        kind=statement.kind,
        direction=statement.direction,
        interventions=interventions,
        intervention_labels=labels,
        problems=_concepts(statement.problems, lexicon, frozenset({ConceptKind.CONDITION})),
        problem_labels=statement.problems,
        population=merge_tags(parse_population(statement.population), statement.population_tags),
        mentioned=mentioned,
        certainty=statement.certainty,
        strength=statement.strength,
        note=statement.note,
        to_check=statement.to_check,
    )


def _concepts(labels: tuple[str, ...], lexicon: Lexicon, kinds: frozenset[ConceptKind]) -> tuple[str, ...]:
    found = (m.concept_id for label in labels for m in lexicon.tag(label) if m.kind in kinds)
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=4)
def annotation_key(lexicon: Lexicon) -> str:
    """Changes whenever the lexicon or the rules do: stored passages of another key are redone."""
    digest = hashlib.sha256(f"rules {RULES_VERSION} {lexicon.fingerprint}".encode())
    return digest.hexdigest()[:16]


@lru_cache(maxsize=4)
def ancestor_table(lexicon: Lexicon) -> Mapping[str, frozenset[str]]:
    """The broader concepts of each concept, for indexing."""
    return {c.id: lexicon.ancestors(c.id) for c in lexicon.concepts()}
