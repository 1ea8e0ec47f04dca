"""A lone passage, without title or document, read into findings: what it states, of which drug, problem, people and route."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from osler.domain.concept import ConceptKind, Mention
from osler.domain.document import Direction, StudyDesign
from osler.domain.passage import Finding
from osler.domain.population import Kidney, Population
from osler.evaluate.reading_words import (
    ASIDE,
    BETTER,
    CAUSED,
    CLASS_FORMS,
    COMPARED,
    COMPLAINTS,
    DRUGS,
    EFFECT_WORDS,
    EFFECTS,
    EXCLUDED,
    FORMS,
    GIVES_DOSE,
    HARMS,
    HIDES,
    KINDS,
    KINETICS,
    LED_TO,
    LISTED,
    MADE_WITH,
    MEANT_FOR,
    MIXED,
    NO_PROBLEM,
    OF_A_GROUP,
    OF_A_TEST,
    OF_KIDNEYS,
    OPENING,
    OUTCOME,
    PEOPLE_WORD,
    SETTING,
    SUBJECTS,
    UNLESS,
)
from osler.evidence.appraise import HARM_OUTCOMES
from osler.language.lexicon import Lexicon
from osler.language.population import parse_population
from osler.language.routes import routes_of
from osler.language.sentences import sentences
from osler.passages.cues import DOSE_AMOUNT, Section, direction_of


@dataclass(frozen=True, slots=True)
class Reading:
    """One sentence of a passage as a finding.

    routes: route concepts that it names. partners: drugs given together as one treatment. outcomes: conditions that are
    not those that its people had; came_of_it: those of them that the words call a consequence. compared: drugs that are only what another was compared with.
    main_population: the people without those who are named in an aside.
    """

    finding: Finding
    routes: frozenset[str]
    partners: tuple[tuple[str, str], ...]
    outcomes: frozenset[str] = frozenset()
    came_of_it: frozenset[str] = frozenset()
    compared: frozenset[str] = frozenset()
    main_population: Population | None = None


def passage_kind(text: str) -> StudyDesign:
    """What kind of text a passage says it is; `article` when it does not say."""
    return next((kind for kind, pattern in KINDS if pattern.search(text)), StudyDesign.ARTICLE)


def read_passage(text: str, lexicon: Lexicon) -> tuple[Reading, ...]:
    """Every sentence as a finding, in text order; offsets are into `text`.

    A sentence that names no drug or no problem borrows those of the passage. An effect's problem is the one that its people
    have, where the words say so, and what was merely measured in them is not.
    """
    mentions = _with_hidden(text, lexicon)
    kind = passage_kind(text)
    whole = parse_population(text)
    spans = sentences(text) or [(0, len(text))]
    read = []
    for number, (start, end) in enumerate(spans):
        if not text[start:end].strip():
            continue
        within = tuple(m for m in mentions if start <= m.start and m.end <= end)
        read.append(_reading(text, (start, end), number, within, mentions, kind, whole, lexicon))
    return tuple(read)


def _with_hidden(text: str, lexicon: Lexicon) -> tuple[Mention, ...]:
    """Concepts that the words name, with the drug inside a condition's or test's name and the condition inside a therapy's.

    "Cefepime neurotoxicity" speaks of cefepime, "cognitive behavioural therapy for insomnia" of insomnia.
    """
    found = list(lexicon.tag(text))
    for mention in tuple(found):
        wanted = HIDES.get(mention.kind)
        if wanted is None:
            continue
        for word in re.finditer(r"[^\W\d_]{4,}", mention.text):
            found += [
                Mention(inner.concept_id, mention.start + word.start(), mention.start + word.end(), word[0])
                for inner in lexicon.tag(word[0])
                if inner.kind in wanted and inner.concept_id != mention.concept_id
            ]
    return tuple(sorted(found, key=lambda m: (m.start, -m.end, m.concept_id)))


def _reading(
    text: str, span: tuple[int, int], number: int, within: tuple[Mention, ...], mentions: tuple[Mention, ...],
    kind: StudyDesign, whole: Population, lexicon: Lexicon,
) -> Reading:  # fmt: skip
    start, end = span
    sentence = text[start:end]
    drugs = _subjects(within, lexicon) or _subjects(mentions, lexicon)
    named, settled = _problems(text, within)
    everywhere, settled_anywhere = _problems(text, mentions)
    alone = _has_own_people(sentence, within, start)
    settled = settled or (() if alone and named else settled_anywhere)
    problems = tuple(dict.fromkeys((*settled, *(named or everywhere))))
    outcomes = frozenset(problems).difference(settled)
    direction = _direction(sentence, kind, len([m for m in within if m.kind in DRUGS]))
    if direction in (Direction.BENEFIT, Direction.NO_BENEFIT) and problems and outcomes.issuperset(problems):
        harmful = all(_is_harm(p, lexicon) and p != _SEDATION for p in problems) and not EFFECT_WORDS.search(sentence)
        direction = Direction.ADVERSE if harmful else direction
    problems = problems or _meant_for(within, lexicon)
    if direction in EFFECTS and not _is_disease(problems, outcomes, lexicon):
        problems = tuple(p for p in problems if p not in outcomes) or problems
    population = _people(sentence, parse_population(sentence) if alone else whole)
    if population.kidney - {Kidney.NORMAL, Kidney.TRANSPLANT}:
        problems = tuple(dict.fromkeys(p for q in problems for p in (OF_KIDNEYS.get(q, q), q)))
    problems = tuple(dict.fromkeys(p for q in problems for p in (q, *_without_people(q, lexicon))))
    finding = Finding(
        statement_id=f"line.{number}",
        start=start,
        end=end,
        kind=kind,
        direction=direction,
        interventions=drugs,
        intervention_labels=tuple(lexicon.name(d) for d in drugs),
        problems=problems,
        problem_labels=tuple(lexicon.name(p) for p in problems),
        population=population,
        mentioned=tuple(dict.fromkeys(m.concept_id for m in within if m.kind is not ConceptKind.ROUTE)),
    )
    routes = routes_of(sentence, lexicon) or routes_of(text, lexicon)
    compared = frozenset(molecule(m.concept_id, lexicon) for m in within if COMPARED.search(text[max(0, m.start - 40) : m.start]))
    return Reading(
        finding,
        routes,
        _partners(text, within, lexicon),
        outcomes,
        _consequences(text, within, outcomes, lexicon),
        compared,
        _people(ASIDE.sub(" ", sentence), parse_population(ASIDE.sub(" ", sentence if alone else text))),
    )


def _has_own_people(sentence: str, within: tuple[Mention, ...], start: int) -> bool:
    """Whether the sentence opens with whom it is about ("On hemodialysis, …"): what others say of theirs is not its."""
    match = OPENING.match(sentence)
    if match is None:
        return False
    people = any(m.kind is ConceptKind.POPULATION and m.end - start <= match.end() for m in within)
    return people or PEOPLE_WORD.search(match[0]) is not None


def _subjects(mentions: tuple[Mention, ...], lexicon: Lexicon) -> tuple[str, ...]:
    return tuple(dict.fromkeys(molecule(m.concept_id, lexicon) for m in mentions if m.kind in SUBJECTS))


def molecule(concept_id: str, lexicon: Lexicon) -> str:
    """The drug or class without its form: "diclofenac gel" is diclofenac, "topical NSAIDs" are NSAIDs. The route is told apart."""
    kind, _, slug = concept_id.partition("/")
    if kind == "drug":
        for form in FORMS:
            bare = f"drug/{slug.removesuffix(form)}"
            if slug.endswith(form) and bare in lexicon:
                return bare
    elif kind == "class" and slug.startswith(CLASS_FORMS):
        parents = [p for p in lexicon[concept_id].broader if not p.partition("/")[2].startswith(CLASS_FORMS)]
        return parents[0] if parents else concept_id
    return concept_id


def _direction(sentence: str, kind: StudyDesign, drugs: int) -> Direction:
    """What the sentence does; a sentence without a cue is taken for an effect, on which every difference counts."""
    sentence = UNLESS.sub(" ", sentence)
    found = direction_of(sentence, Section.FINDINGS, kind, recommendation=False, against=False, drugs=drugs)
    if found is Direction.PK and OF_A_TEST.search(sentence):
        return Direction.BENEFIT
    if found is Direction.ADVERSE and EFFECT_WORDS.search(sentence):
        return Direction.BENEFIT
    if found is not None and found is not Direction.PROGNOSIS:
        return found
    if DOSE_AMOUNT.search(sentence) and GIVES_DOSE.search(sentence):
        return Direction.DOSE
    if KINETICS.search(sentence):
        return Direction.PK
    return Direction.ADVERSE if HARMS.search(sentence) and not BETTER.search(sentence) else Direction.BENEFIT


@lru_cache(maxsize=4)
def _problems(text: str, mentions: tuple[Mention, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(every condition that is not denied, those among them that the people came with), in order of naming.

    Kept: those of the whole passage are asked for at each of its sentences.
    """
    named = [m for m in mentions if m.kind is ConceptKind.CONDITION and not EXCLUDED.search(text[max(0, m.start - 40) : m.start])]
    named = [m for m in named if m.concept_id not in NO_PROBLEM]
    settled: list[Mention] = []
    for m in named:
        before = text[max(0, m.start - 110) : m.start]
        listed = bool(settled) and LISTED.fullmatch(text[settled[-1].end : m.start]) is not None
        if listed or (SETTING.search(before) and not OUTCOME.search(before) and not LED_TO.search(before)):
            settled.append(m)
    return tuple(dict.fromkeys(m.concept_id for m in named)), tuple(dict.fromkeys(m.concept_id for m in settled))


_SEDATION = "cond/sedation"
"""A harm of a relaxant and the purpose of an anaesthetic: without a word of harm it is taken for the purpose."""


def _is_harm(problem: str, lexicon: Lexicon) -> bool:
    return problem in HARM_OUTCOMES or not HARM_OUTCOMES.isdisjoint(lexicon.ancestors(problem))


def _consequences(text: str, mentions: tuple[Mention, ...], outcomes: frozenset[str], lexicon: Lexicon) -> frozenset[str]:
    """The outcomes that the words call a consequence of the drug, and those that are harms by themselves."""
    found: set[str] = set()
    last: Mention | None = None
    for m in mentions:
        if m.concept_id not in outcomes:
            continue
        before = text[max(0, m.start - 60) : m.start]
        listed = last is not None and LISTED.fullmatch(text[last.end : m.start]) is not None
        if _is_harm(m.concept_id, lexicon) or listed or CAUSED.search(before) or OUTCOME.search(before):
            found.add(m.concept_id)
            last = m
    return frozenset(found)


def _without_people(problem: str, lexicon: Lexicon) -> tuple[str, ...]:
    match = OF_A_GROUP.fullmatch(problem.partition("/")[2])
    bare = f"cond/{match['of']}" if match else ""
    return (bare,) if bare in lexicon else ()


def _meant_for(mentions: tuple[Mention, ...], lexicon: Lexicon) -> tuple[str, ...]:
    """The problem that a class or a vaccine is named for."""
    found = []
    for m in mentions:
        slug = m.concept_id.partition("/")[2]
        disease = f"cond/{slug.removesuffix('-vaccine')}"
        if m.concept_id in MEANT_FOR:
            found.append(MEANT_FOR[m.concept_id])
        elif slug.endswith("-vaccine") and disease in lexicon:
            found.append(disease)
    return tuple(dict.fromkeys(found))


def _is_disease(problems: tuple[str, ...], outcomes: frozenset[str], lexicon: Lexicon) -> bool:
    """Whether what the people have is a disease, whose symptoms may be what was treated; of a complaint only itself was."""
    return not any(lexicon.is_a(p, c) for p in problems if p not in outcomes for c in COMPLAINTS if c in lexicon)


def _people(sentence: str, whole: Population) -> Population:
    """The sentence's people, with what it leaves open as the passage says it."""
    own = parse_population(sentence)
    ages = own.ages or whole.ages
    of_mother = own.pregnant or own.lactating or whole.pregnant or whole.lactating
    if of_mother and ages is not None and ages.high <= 2:
        ages = None  # the child of a mother who takes the drug is not whom it was given to
    settled = own.kidney or own.not_on_dialysis
    return Population(
        text=whole.text,
        kidney=own.kidney if settled else whole.kidney,
        not_on_dialysis=own.not_on_dialysis if settled else whole.not_on_dialysis,
        ages=ages,
        pregnant=own.pregnant or whole.pregnant,
        lactating=own.lactating or whole.lactating,
        hepatic=own.hepatic or whole.hepatic,
    )


def _partners(text: str, mentions: tuple[Mention, ...], lexicon: Lexicon) -> tuple[tuple[str, str], ...]:
    """(drug, partner) for two drugs given as one treatment: "tramadol with paracetamol", "a midazolam and fentanyl mixture"."""
    drugs = [m for m in mentions if m.kind is ConceptKind.DRUG]
    pairs = []
    for one, other in pairwise(drugs):
        between = text[one.end : other.start]
        around = text[max(0, one.start - 30) : one.start] + " " + text[other.end : other.end + 25]
        mixed = re.fullmatch(r"\s*,?\s*(?:and|/)\s*", between) and MIXED.search(around)
        if one.concept_id != other.concept_id and (MADE_WITH.fullmatch(between) or mixed):
            pairs += [(one.concept_id, other.concept_id), (other.concept_id, one.concept_id)]
    return tuple((molecule(a, lexicon), molecule(b, lexicon)) for a, b in pairs)
