"""Sentences of a source that state a finding, tied to its drugs, problem and people; what a sentence leaves open, the document says.

The problem of an effect, a dose or an advice is the one that the document studied (its title, its section, its label's
indications), not every condition the sentence names: pain measured in a trial of itch is not a study of pain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from osler.domain.concept import Mention
from osler.domain.document import Direction, Document, StudyDesign
from osler.domain.grade import Certainty
from osler.domain.part import Part, PartKind
from osler.domain.passage import Finding
from osler.domain.population import Population
from osler.language.lexicon import Lexicon
from osler.passages.about import CONDITIONS, DRUGS, ISSUED, SUBJECTS, About, about, ids_of, is_problem
from osler.passages.cues import direction_of
from osler.passages.empty import is_fragment, is_of_cells, means_nothing_alone, states_nothing
from osler.passages.sections import Section, section_of
from osler.passages.segment import Piece, Unit
from osler.passages.who import POPULATION_WORD, narrowed

_NAMED_IN_WORDS = frozenset({Direction.CONTRAINDICATES, Direction.DIAGNOSIS, Direction.PROGNOSIS, Direction.DEFINITION})
"""Statements of an issued text about the condition they name; all others are about the problem that it advises on."""
_MIN_WORDS, _MAX_CHARACTERS = 5, 900
_MIN_WORDS_OF_A_ROW = 3
_LATE_SHARE = 0.5
"""In an abstract without labels, findings stand in its second half; the first sets the scene."""
_LOOSE = frozenset({PartKind.CAPTION, PartKind.FOOTNOTE, PartKind.TITLE, PartKind.HEADING})
_LISTS = frozenset(
    {Section.CONTRAINDICATIONS, Section.ADVERSE, Section.DOSAGE, Section.GROUPS, Section.INDICATIONS, Section.OVERDOSE}
)
"""Sections whose lines say something without a verb: "Severe renal impairment", "Nervous: ataxia", "Adults: 5 mg daily"."""
_LISTS_HARMS = frozenset({Section.ADVERSE, Section.OVERDOSE})
_OF_THE_ISSUER = frozenset(
    {Direction.RECOMMENDS, Direction.RECOMMENDS_AGAINST, Direction.DOSE, Direction.MONITOR, Direction.CONTRAINDICATES}
)
_RUNNING_TEXT = frozenset({StudyDesign.GUIDELINE, StudyDesign.CONSENSUS})
_BODY = re.compile(
    r"\b(?:American|Canadian|European|British|Australian|National|International|World|Royal|Scottish|Society|Societies|Academy|College|Association|Organi[sz]ations?|Institutes?|Committee"
    r"|Federation|Foundation|Departments?|Centers?|Administration|Council|Task Force|[A-Z]{3,6})\b[^.;]*?\b(?:recommend|suggest|advis|endors|advocat|state|conclude|support)",
)
"""Another body's advice, told in a guideline's running text."""
_AS_OUTCOME = re.compile(
    r"[\s-]+(?:consumption|requirements?|sparing|craving|use disorders?|overuse|misuse|abuse|prescriptions?|prescribing)\b", re.I
)
"""A drug whose use was counted ("opioid consumption"), not one that was given."""
_NUMBERED = re.compile(r"\d+[.)]\s")
_ACTS = re.compile(
    r"\b(?:screen|test(?:s|ed|ing)?\b|harms\b|false[- ]positive|overdiagnos|biops|colonoscop|treat|interven|supplement|therap|medicat|counsel|vaccin|use of)",
    re.I,
)


def source_findings(document: Document, pieces: Sequence[Piece], lexicon: Lexicon) -> list[tuple[tuple[str, ...], list[Finding]]]:
    """For each piece the concepts its words name, and its findings in text order."""
    known = about(document, lexicon)
    made = []
    for number, piece in enumerate(pieces):
        text = document.text[piece.start : piece.end]
        mentions = known.named(lexicon.tag(text))
        findings = []
        for index, unit in enumerate(piece.units):
            late = len(pieces) > 1 or index >= (len(piece.units) - 1) * _LATE_SHARE
            section = _section(document, unit, late=late)
            if section is Section.BACKGROUND or (known.without_people and document.kind not in ISSUED):
                continue
            within = [m for m in mentions if m.start >= unit.start - piece.start and m.end <= unit.end - piece.start]
            found = _finding(
                document, unit, section, within, known, lexicon, f"{document.id}#{number}.{index}", shift=unit.start - piece.start
            )
            if found is not None:
                findings.append(found)
        made.append((tuple(dict.fromkeys(m.concept_id for m in mentions)), findings))
    return made


def _section(document: Document, unit: Unit, *, late: bool) -> Section:
    """What the unit's section is for; the first half of an abstract without labels is background."""
    section = section_of(unit.part.code, unit.part.path) if unit.part is not None else Section.OPEN
    return Section.BACKGROUND if section is Section.OPEN and document.kind not in ISSUED and not late else section


def _finding(
    document: Document,
    unit: Unit,
    section: Section,
    mentions: list[Mention],
    known: About,
    lexicon: Lexicon,
    identity: str,
    *,
    shift: int,
) -> Finding | None:
    """`shift`: where the unit begins in the text in which the mentions have their offsets."""
    text = document.text[unit.start : unit.end]
    part, issued = unit.part, document.kind in ISSUED
    recommendation = part is not None and part.kind is PartKind.RECOMMENDATION
    row = part is not None and part.kind is PartKind.TABLE_ROW
    if _is_out(text, part, row=row) or not (mentions or known.short_names or issued):
        return None
    direction = direction_of(
        text, section, document.kind, recommendation=recommendation, against=part is not None and part.against,
        drugs=len(ids_of(mentions, DRUGS)), conditions=len(ids_of(mentions, CONDITIONS)), row=row,
    )  # fmt: skip
    if direction is None or not (recommendation or _stands(text, section, direction, part, mentions, known, document.kind)):
        return None
    treated = mentions if issued else [m for m in mentions if not _AS_OUTCOME.match(text, m.end - shift)]
    own = tuple(dict.fromkeys((*ids_of(treated, SUBJECTS), *_by_short_name(text, known.short_names))))
    subjects = tuple(dict.fromkeys((*known.subjects, *own))) if document.kind is StudyDesign.LABEL else own
    if issued and not subjects and (recommendation or _inherits(text, direction, document.kind)):
        subjects = known.subjects
    path = part.path if part is not None else ()
    problems = _problems(direction, mentions, path, known, lexicon, document.kind, marked=recommendation)
    if not subjects and not (problems and (issued or direction in (Direction.DIAGNOSIS, Direction.PROGNOSIS))):
        return None
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
        population=_population(text, section, path, known, document.kind, said_of_all=recommendation),
        mentioned=tuple(dict.fromkeys(m.concept_id for m in mentions)),
        certainty=part.certainty if part is not None else Certainty.NOT_GRADED,
        strength=part.strength if part is not None else None,
        recommendation=recommendation,
    )


def _is_out(text: str, part: Part | None, *, row: bool) -> bool:
    """Too short or too long to be a statement, a caption or footnote, or torn out of its brackets."""
    if len(text) > _MAX_CHARACTERS or len(text.split()) < (_MIN_WORDS_OF_A_ROW if row else _MIN_WORDS):
        return True
    return (part is not None and part.kind in _LOOSE) or text.count("(") != text.count(")")


def _stands(
    text: str, section: Section, direction: Direction, part: Part | None, mentions: list[Mention], known: About, kind: StudyDesign
) -> bool:
    """Whether a sentence that no source marks as a recommendation can be cited by itself, as a finding in people."""
    issued = kind in ISSUED
    row = part is not None and part.kind is PartKind.TABLE_ROW
    names_more = any(m.concept_id not in known.subjects for m in mentions)
    item = part is not None and part.kind is PartKind.LIST_ITEM
    if (
        means_nothing_alone(text, names_more=names_more, item=item)
        or states_nothing(text, row=row, issued=issued)
        or is_of_cells(text)
    ):
        return False
    if not row and section not in _LISTS and is_fragment(text):
        return False
    if item and section is not Section.CONTRAINDICATIONS and text.rstrip().endswith((";", " or", " and", ",")):
        return False
    if kind in _RUNNING_TEXT and _NUMBERED.match(text) and direction not in _OF_THE_ISSUER:
        return False
    if kind in _RUNNING_TEXT and direction in _OF_THE_ISSUER:
        own_voice = text
        for name in known.names:
            own_voice = own_voice.replace(name, "")
        return _BODY.search(own_voice) is None and not text[:1].islower()
    return True


def _by_short_name(text: str, names: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    return tuple(concept for short, concept in names if re.search(rf"(?<![\w-]){re.escape(short)}(?![\w])", text))


def _problems(
    direction: Direction,
    mentions: list[Mention],
    path: tuple[str, ...],
    known: About,
    lexicon: Lexicon,
    kind: StudyDesign,
    *,
    marked: bool,
) -> tuple[str, ...]:
    """What a marked recommendation names, and its document. Else the studied problem: of the document, or of a section within it that names a narrower one.

    In an issued text some directions are about what the sentence names. A study whose own problem the lexicon does not know
    has none: what a sentence of it names may be an outcome, or named in passing.
    """
    own = tuple(i for i in ids_of(mentions, CONDITIONS) if is_problem(i))
    if marked:
        return tuple(dict.fromkeys((*own, *known.problems)))
    warns = kind is StudyDesign.LABEL and direction is Direction.RECOMMENDS_AGAINST
    if kind in ISSUED and (direction in _NAMED_IN_WORDS or warns) and own:
        return own
    for heading in reversed(path):
        named = tuple(i for i in ids_of(lexicon.tag(heading), CONDITIONS) if is_problem(i))
        if kind is not StudyDesign.LABEL and known.problems:
            named = tuple(i for i in named if any(lexicon.is_a(i, p) for p in known.problems))
        if named:
            return named
    return known.problems or (own if kind in ISSUED else ())


def _inherits(text: str, direction: Direction, kind: StudyDesign) -> bool:
    """Whether a sentence that names no drug is about the document's: in a guideline an effect or harm must name some measure."""
    return kind not in _RUNNING_TEXT or direction in _OF_THE_ISSUER or _ACTS.search(text) is not None


def _population(
    text: str, section: Section, path: tuple[str, ...], known: About, kind: StudyDesign, *, said_of_all: bool
) -> Population:
    heading = path[-1] if kind is StudyDesign.LABEL and path and POPULATION_WORD.search(path[-1]) else ""
    listed = is_fragment(text) or (text.count(",") > 2 and ":" in text[:60])
    lists_harms = section is Section.OVERDOSE or (section in _LISTS_HARMS and listed)
    return narrowed(text, known.population, heading=heading, lists_harms=lists_harms, said_of_all=said_of_all)
