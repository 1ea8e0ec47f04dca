"""One question beside one reading of a passage: the axes on which they differ, each in words."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from osler.domain.document import Bibliography, Direction, StudyDesign, Via
from osler.domain.evidence import Axis, Directness, EvidenceItem, Mismatch, ProblemRelation, Run, ScoredPassage, Source
from osler.domain.passage import Finding, Passage
from osler.domain.question import Frame, Question, Term
from osler.domain.status import PublicationStatus
from osler.evaluate.reading import Reading, molecule
from osler.evaluate.reading_words import EFFECTS, LABORATORY
from osler.evidence.appraise import appraise
from osler.language.lexicon import Lexicon
from osler.language.population import CHILD
from osler.language.routes import routes_differ, routes_of

_ASKS_EFFECT = re.compile(
    r"\b(?:useful|effective|efficac\w*|works?\b|worked|helps?\b|helpful|reliev\w+|eases?\b|better than|any good|of (?:any )?(?:use|benefit|value)|worth)",
    re.I,
)
ISSUED = frozenset({StudyDesign.LABEL, StudyDesign.GUIDELINE, StudyDesign.CONSENSUS, StudyDesign.FORMULARY})
_PREVENTS = re.compile(r"\bprevent|\bprophyla|\bavert", re.I)
_GRADES = frozenset("mild moderate severe acute subacute chronic major recurrent uncomplicated primary essential".split())
_OF_CHILDREN = frozenset(
    f"cond/{slug}"
    for slug in """croup bronchiolitis kawasaki-disease febrile-seizure infantile-spasms infant-colic teething bedwetting roseola
    hand-foot-and-mouth-disease juvenile-idiopathic-arthritis neonatal-jaundice neonatal-sepsis neonatal-abstinence-syndrome
    apnea-of-prematurity pyloric-stenosis diaper-rash cradle-cap growing-pains fever-in-children fever-in-young-infants""".split()
)
"""Diseases of childhood: who asks of one asks of a child."""
_FOR = re.compile(
    r"\b(?:for|help(?:s|ful (?:in|for))?|treat(?:s|ing)?|prevent(?:s|ing)?|reliev(?:e|es|ing)|ease|slow|against|in|good for|use(?:d|ful)? (?:for|in))\s+"
    r"(?P<what>[a-z][\w' -]{2,60}?)\s*(?:\?|,|\.|$|\b(?:in|on|with|and|or|after|during|at|by|of|than|from)\b)",
    re.I,
)
_NO_PROBLEM_WORDS = re.compile(
    r"\b(?:\d+|the|a|an|my|his|her|this|that|man|woman|patients?|people|adults?|child(?:ren)?|years?|old|it|me|him|them|use|who|is|life|lives|someone|somebody)\b|-year-old",
    re.I,
)


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """How directly a passage speaks to a question: `axes` are empty unless indirect; `reasons` are for a reader."""

    directness: Directness
    axes: tuple[Axis, ...]
    reasons: tuple[str, ...]


def frame_of_line(frame: Frame, text: str, lexicon: Lexicon) -> Frame:
    """The frame with drugs named without their form, the one drug it names as the one asked about, and children for their diseases."""

    def bare(terms: tuple[Term, ...]) -> tuple[Term, ...]:
        ids = [molecule(t.concept_id, lexicon) for t in terms]
        return tuple(Term(i, lexicon.name(i), t.said) for i, t in zip(ids, terms, strict=True))

    asked, avoid = bare(frame.intervention), bare(frame.avoid)
    if not asked and not avoid and len(frame.patient.medicines) == 1:
        asked = bare(frame.patient.medicines)
    problem = frame.problem
    if _PREVENTS.search(text):
        ids = [without_purpose(t.concept_id, lexicon) for t in problem]
        problem = tuple(Term(i, lexicon.name(i), t.said) for i, t in zip(ids, problem, strict=True))
    population = frame.population
    if population.ages is None and any(t.concept_id in _OF_CHILDREN for t in problem):
        population = replace(population, ages=CHILD)
    return replace(frame, intervention=asked, avoid=avoid, problem=problem, population=population)


def without_purpose(concept_id: str, lexicon: Lexicon) -> str:
    """The condition that is to be prevented: "pre-eclampsia prevention" is of pre-eclampsia."""
    base = re.sub(r"-(?:prevention|prophylaxis)$", "", concept_id)
    return base if base in lexicon else concept_id


def judge(question: Question, passage: str, reading: Reading, lexicon: Lexicon) -> LineVerdict:
    frame, finding = question.frame, _seen_from(question, passage, reading, lexicon)
    item = _appraised(question, passage, finding, lexicon)
    if item.directness is Directness.OFF and finding.direction is Direction.DOSE:
        item = _appraised(question, passage, replace(finding, direction=Direction.BENEFIT), lexicon)
    if item.directness is Directness.OFF and not _of_its_class(frame, finding, lexicon):
        return LineVerdict(Directness.OFF, (), ("it shares neither drug nor problem with the question",))
    found = [m for m in item.mismatches if m.axis not in (Axis.ROUTE, Axis.INTERVENTION)]
    if item.problem is ProblemRelation.DIFFERENT and _only_graded(frame, finding, lexicon):
        found = [m for m in found if m.axis is not Axis.PROBLEM]
    extra = (
        _effect_unsaid(question, item),
        _problem_unread(question, item, lexicon),
        _intervention(frame, reading, lexicon),
        _route(question, reading, lexicon),
    )
    found += [m for m in extra if m is not None]
    if LABORATORY.search(passage):
        found.append(Mismatch(Axis.POPULATION, "people", "animals, cells or a laboratory"))
    axes = tuple(a for a in Axis if any(m.axis is a for m in found))
    if not axes:
        return LineVerdict(Directness.DIRECT, (), (_agreement(frame, item),))
    return LineVerdict(
        Directness.INDIRECT, axes, tuple(f"{m.axis.value}: asked {m.asked}; the passage: {m.studied}" for m in found)
    )


def _appraised(question: Question, passage: str, finding: Finding, lexicon: Lexicon) -> EvidenceItem:
    """An effect must name its problem to be about the asked one; a harm holds whatever the drug was taken for."""
    via = Via.SOURCE if finding.direction in EFFECTS else Via.EXTRACTION
    source = Source("line", finding.kind, via, PublicationStatus.CURRENT, Bibliography("passage", url="line:"))
    held = Passage("line", 0, 0, len(passage), passage, (finding,), finding.mentioned)
    return appraise(question, Run((), (), (ScoredPassage(held, source, 1, 1.0),)), lexicon).items[0]


def _seen_from(question: Question, passage: str, reading: Reading, lexicon: Lexicon) -> Finding:
    """The finding without the outcomes of a harm that nobody asked about; prevention is of its disease when that was asked."""
    finding = reading.finding
    problems = (*finding.problems, *_by_initials(question.frame, passage, finding.problems))
    if _PREVENTS.search(question.text):
        problems = tuple(dict.fromkeys(without_purpose(p, lexicon) for p in problems))
    if finding.direction not in EFFECTS:
        asked = [t.concept_id for t in (*question.frame.problem, *question.frame.symptoms)]
        problems = tuple(
            p for p in problems if p not in reading.came_of_it or any(lexicon.is_a(p, q) or lexicon.is_a(q, p) for q in asked)
        )
    asked_people = question.frame.population
    special = bool(asked_people.kidney) or asked_people.hepatic or asked_people.not_on_dialysis
    asked_drugs = [t.concept_id for t in (*question.frame.intervention, *question.frame.avoid)]
    leading = [i for i in finding.interventions if i not in reading.compared and any(lexicon.is_a(i, q) for q in asked_drugs)]
    drugs = tuple(dict.fromkeys((*leading, *finding.interventions)))
    return replace(
        finding,
        problems=problems,
        problem_labels=tuple(lexicon.name(p) for p in problems),
        interventions=drugs,
        population=finding.population if special or reading.main_population is None else reading.main_population,
        intervention_labels=tuple(lexicon.name(d) for d in drugs),
    )


def _by_initials(frame: Frame, passage: str, problems: tuple[str, ...]) -> tuple[str, ...]:
    """The asked problem where the passage has only its initials: "HS" for hidradenitis suppurativa."""
    found = []
    for term in frame.problem:
        for name in (term.name, term.said):
            initials = "".join(
                w[0] for w in re.findall(r"[^\W\d_]+", name) if w.lower() not in ("of", "and", "the", "with", "in")
            ).upper()
            if len(initials) > 1 and term.concept_id not in problems and re.search(rf"(?<![\w-]){initials}(?![\w-])", passage):
                found.append(term.concept_id)
    return tuple(dict.fromkeys(found))


def _of_its_class(frame: Frame, finding: Finding, lexicon: Lexicon) -> bool:
    """Whether it is of the asked drug's class, or of another member when the question names no problem by which to tell."""
    asked = [t.concept_id for t in frame.intervention]
    if any(lexicon.is_member(q, i) for q in asked for i in finding.interventions):
        return True
    classes = {c for q in asked for c in lexicon.therapeutic_classes(q)}
    return not frame.problem and any(lexicon.is_a(i, c) for i in finding.interventions for c in classes)


def _only_graded(frame: Frame, finding: Finding, lexicon: Lexicon) -> bool:
    """Whether the studied problem is the asked one without its grade: asthma for mild asthma, depression for mild depression."""
    for term in frame.problem:
        for studied in finding.problems:
            concept = lexicon[studied]
            for name in (concept.name, *concept.synonyms):
                for said in (term.name.lower(), term.said.lower()):
                    left = said.replace(name.lower(), " ", 1).split()
                    if name.lower() in said and all(w in _GRADES for w in left):
                        return True
    return False


def _agreement(frame: Frame, item: EvidenceItem) -> str:
    """What makes it direct, in words."""
    parts = []
    if item.drug.value in ("asked", "avoid", "class", "current"):
        named = ", ".join(t.name for t in (*frame.intervention, *frame.avoid, *frame.patient.medicines))
        parts.append(f"about {named or 'the drug asked about'}")
    if item.problem.value in ("same", "narrower", "broader", "danger"):
        parts.append(f"about {', '.join(t.name for t in frame.problem)}")
    parts.append("nothing in its population or route differs from the question")
    return "; ".join(parts)


def _intervention(frame: Frame, reading: Reading, lexicon: Lexicon) -> Mismatch | None:
    """A question that names its drug is not answered by another one, by the class's effect, or by a combination."""
    asked = tuple(t.concept_id for t in frame.intervention)
    if not asked or frame.avoid:
        return None
    studied = reading.finding.interventions
    named = ", ".join(t.name for t in frame.intervention)
    hits = [q for q in asked if any(lexicon.is_a(i, q) for i in studied)]
    if hits:
        known = (*asked, *(t.concept_id for t in frame.patient.medicines))
        for one, other in reading.partners if reading.finding.direction in EFFECTS else ():
            if any(lexicon.is_a(one, q) for q in hits) and not any(lexicon.is_a(other, q) for q in known):
                return Mismatch(Axis.INTERVENTION, named, f"{lexicon.name(one)} together with {lexicon.name(other)}")
        return None
    of_class = any(lexicon.is_member(q, i) for i in studied for q in asked)
    others = any(
        lexicon.is_a(i, c) for i in studied if i.startswith("drug/") for q in asked for c in lexicon.therapeutic_classes(q)
    )
    if of_class and not others and reading.finding.direction not in EFFECTS | {Direction.PK}:
        return None
    return Mismatch(Axis.INTERVENTION, named, ", ".join(reading.finding.intervention_labels) or "no treatment named")


def _route(question: Question, reading: Reading, lexicon: Lexicon) -> Mismatch | None:
    asked, studied = routes_of(question.text, lexicon), reading.routes
    if not routes_differ(asked, studied, lexicon):
        return None
    said = ", ".join(sorted(lexicon.name(a) for a in asked)) or "no special route"
    return Mismatch(Axis.ROUTE, said, ", ".join(sorted(lexicon.name(s) for s in studied)))


def _effect_unsaid(question: Question, item: EvidenceItem) -> Mismatch | None:
    """Who asks whether a drug helps a problem is not answered by its harms or kinetics in a study that does not name the problem."""
    asked = question.frame.problem
    if (
        not asked
        or item.problem is not ProblemRelation.OPEN
        or not _ASKS_EFFECT.search(question.text)
        or item.finding.kind in ISSUED
    ):
        return None
    return Mismatch(Axis.PROBLEM, ", ".join(t.name for t in asked), "its harms or kinetics, and no problem that it names")


def _problem_unread(question: Question, item: EvidenceItem, lexicon: Lexicon) -> Mismatch | None:
    """A problem in words that the lexicon does not know: only a passage that uses those words is about it."""
    frame, finding = question.frame, item.finding
    if frame.problem or frame.background or frame.symptoms or finding.direction not in EFFECTS or not finding.problems:
        return None
    for match in _FOR.finditer(question.text):
        phrase = match["what"]
        known = {i for m in lexicon.tag(phrase) for i in range(m.start, m.end)}
        words = [
            w for w in re.finditer(r"[^\W\d_]{4,}", phrase) if w.start() not in known and not _NO_PROBLEM_WORDS.fullmatch(w[0])
        ]
        if words and not any(w[0].lower()[:6] in item.passage.text.lower() for w in words):
            return Mismatch(Axis.PROBLEM, phrase, ", ".join(lexicon.name(p) for p in finding.problems))
    return None
