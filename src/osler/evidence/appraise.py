"""Run to EvidenceProfile: each passage compared with the question on every axis, with reasons.

Directness follows GRADE: a difference in population, problem, intervention or route makes evidence indirect.
Which axis counts depends on what the statement does; the rules are in `_counts_problem` and `_drug_mismatch`.
"""

from __future__ import annotations

import re

from osler.domain.concept import ConceptKind
from osler.domain.document import Direction, StudyDesign, Via
from osler.domain.evidence import (
    Axis,
    Directness,
    DrugRelation,
    EvidenceItem,
    EvidenceProfile,
    Mismatch,
    PopulationRelation,
    ProblemRelation,
    Run,
    ScoredPassage,
)
from osler.domain.passage import Finding
from osler.domain.question import Frame, Intent, Question
from osler.evidence.fits import (
    WARNS,
    is_dose_for_others,
    is_dose_of_dialysis,
    is_of_same_state,
    is_only_of_a_member,
    is_part_of,
    is_special,
    takes_another_medicine,
    warns_of_effects,
)
from osler.evidence.populations import compare_populations, describe_kidney
from osler.language.lexicon import Lexicon
from osler.language.routes import routes_differ, routes_of

_RELATED = frozenset({ProblemRelation.SAME, ProblemRelation.NARROWER, ProblemRelation.BROADER})
_EFFECT = frozenset({Direction.BENEFIT, Direction.NO_BENEFIT, Direction.DOSE, Direction.PK})
_HAS_A_SUBJECT = frozenset({Direction.ADVERSE, Direction.MONITOR, Direction.INTERACTION})
"""Statements whose first drug is what they are about."""
_DRUGS = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS})
HARM_OUTCOMES = frozenset(
    f"cond/{slug}"
    for slug in """drug-interaction encephalopathy altered-mental-status falls fracture acute-kidney-injury hyperkalemia sudden-death
    qt-prolongation hypotension serotonin-syndrome rhabdomyolysis lactic-acidosis drug-induced-liver-injury hepatotoxicity
    congenital-malformation congenital-heart-defects baclofen-withdrawal bleeding major-bleeding gastrointestinal-bleeding
    upper-gastrointestinal-bleeding peptic-ulcer-bleeding pancytopenia respiratory-depression tardive-dyskinesia seizure
    hypoglycemia severe-hypoglycemia metabolic-acidosis sedation lithium-poisoning lithium-toxicity
    nephrogenic-systemic-fibrosis contrast-associated-acute-kidney-injury calciphylaxis stroke death
    cefepime-neurotoxicity ceftriaxone-neurotoxicity antiviral-neurotoxicity colchicine-toxicity intradialytic-hypotension
    baclofen-toxicity hospitalization delirium somnolence dizziness mortality""".split()
)
"""Conditions that a harm statement lists as its outcome, not as the indication that was treated."""


DANGERS = frozenset(
    f"cond/{slug}"
    for slug in """spinal-infection vertebral-osteomyelitis osteomyelitis cauda-equina-syndrome spinal-cord-compression cancer malignancy
    spinal-fracture fracture sepsis meningitis encephalitis stroke intracranial-hemorrhage subarachnoid-hemorrhage
    acute-coronary-syndrome myocardial-infarction pulmonary-embolism aortic-dissection aortic-aneurysm anaphylaxis
    septic-arthritis endocarditis catheter-related-bloodstream-infection necrotizing-fasciitis diabetic-ketoacidosis
    adrenal-crisis giant-cell-arteritis axial-spondyloarthritis status-epilepticus eclampsia pre-eclampsia""".split()
)
"""What a complaint may hide. Back pain: NICE NG59 (cancer, infection, trauma, inflammatory disease) and the cauda
equina pathway, both in the starter library; the rest are the diseases of the triage table in `question/`."""


def appraise(question: Question, run: Run, lexicon: Lexicon) -> EvidenceProfile:
    """Every finding of every hit with its relations, mismatches and directness, in the order of the run and of the text."""
    frame = question.frame
    routes = routes_of(question.text, lexicon) | {t.concept_id for t in frame.routes}
    items = tuple(_appraise_one(frame, routes, hit, finding, lexicon) for hit in run.hits for finding in hit.passage.findings)
    return EvidenceProfile(question, items, run)


def _appraise_one(frame: Frame, routes: frozenset[str], hit: ScoredPassage, finding: Finding, lexicon: Lexicon) -> EvidenceItem:
    drug, shared = drug_relation(frame, finding, lexicon)
    problem = problem_relation(frame, finding, lexicon)
    read_by_rule = hit.source.via is Via.SOURCE
    if read_by_rule:
        drug = _of_source_drug(drug, finding)
        problem = _of_source_problem(
            _prevented(problem, frame, finding, hit.passage.words(finding)), frame, finding, hit.passage.words(finding)
        )
    if problem is ProblemRelation.DIFFERENT and not _counts_problem(finding, read_by_rule=read_by_rule):
        problem = ProblemRelation.OPEN
    population, mismatches = compare_populations(frame, finding)
    found = [*mismatches]
    if is_dose_of_dialysis(frame, finding):
        population = PopulationRelation.DIFFERENT
        found.append(Mismatch(Axis.POPULATION, describe_kidney(frame.population), finding.population.text))
    case = tuple(t.concept_id for t in (*frame.intervention, *frame.avoid, *frame.patient.medicines))
    if finding.direction is Direction.ADVERSE and len(finding.interventions) > 1 and takes_another_medicine(finding, case, lexicon):
        found.append(Mismatch(Axis.POPULATION, "no such medicine named", finding.population.text))
    if problem is ProblemRelation.DIFFERENT:
        asked = ", ".join(t.name for t in frame.problem)
        found.append(Mismatch(Axis.PROBLEM, asked, ", ".join(_indications(finding, lexicon)) or "a problem that it does not name"))
    found += [
        m
        for m in (_drug_mismatch(frame, finding, drug, lexicon), _route_mismatch(drug, routes, hit.passage.words(finding), lexicon))
        if m
    ]
    directness = Directness.INDIRECT if found else Directness.DIRECT
    if not _on_topic(frame, finding, drug, problem, population, shared, hit.passage.words(finding), lexicon):
        directness = Directness.OFF
    if read_by_rule and is_of_another_combination(frame, finding, lexicon):
        directness = Directness.OFF
    return EvidenceItem(
        hit.passage, finding, hit.source, hit.rank, drug, problem, population, directness, tuple(found), tuple(sorted(shared))
    )


def drug_relation(frame: Frame, finding: Finding, lexicon: Lexicon) -> tuple[DrugRelation, frozenset[str]]:
    """The closest relation of the finding's interventions to the question's drugs, and the question's drugs it names.

    A class names its members ("ACE inhibitors" names lisinopril); a member never names its class.
    """
    asked = [t.concept_id for t in frame.intervention]
    avoid = [t.concept_id for t in frame.avoid]
    current = [t.concept_id for t in frame.patient.medicines]
    by_effect = warns_of_effects(finding)
    shared = frozenset(
        q
        for q in (*asked, *avoid, *current)
        if any(
            lexicon.is_a(i, q) or lexicon.is_member(q, i) or (by_effect and (lexicon.is_a(q, i) or is_part_of(q, i, lexicon)))
            for i in finding.interventions
        )
    )
    subjects = finding.interventions
    if finding.direction in _HAS_A_SUBJECT and len(subjects) > 1 and not _names(subjects[0], (*asked, *avoid, *current), lexicon):
        subjects = ()  # it is about another drug; the asked one is only what it was compared or combined with
    if any(lexicon.is_a(i, q) for i in subjects for q in asked):
        return DrugRelation.ASKED, shared
    if any(lexicon.is_a(i, q) for i in subjects for q in avoid):
        return DrugRelation.AVOID, shared
    if any(lexicon.is_member(q, i) for i in subjects for q in (*asked, *avoid)):
        return DrugRelation.CLASS, shared
    if finding.direction in WARNS and any(is_part_of(q, i, lexicon) for i in subjects for q in asked):
        return DrugRelation.CLASS, shared
    if shared & frozenset(current):
        return DrugRelation.CURRENT, shared
    return (DrugRelation.OTHER if finding.interventions else DrugRelation.NONE), shared


def _names(intervention: str, drugs: tuple[str, ...], lexicon: Lexicon) -> bool:
    return any(
        lexicon.is_a(intervention, q) or lexicon.is_member(q, intervention) or is_part_of(q, intervention, lexicon) for q in drugs
    )


def problem_relation(frame: Frame, finding: Finding, lexicon: Lexicon) -> ProblemRelation:
    """The closest relation of the finding's problems to the asked ones."""
    asked = asked_problems(frame, lexicon)
    if not asked:
        return ProblemRelation.OPEN
    studied = _studied_problems(finding, asked)
    if not studied:
        return ProblemRelation.OPEN
    related = [p for p in studied if any(lexicon.is_a(p, q) or lexicon.is_a(q, p) for q in asked)]
    near = [p for p in related if p in asked or lexicon.ancestors(p)]  # "pain" alone is nobody's red flag
    if near and _is_danger(finding, [p for p in studied if p not in related], lexicon):
        return ProblemRelation.DANGER
    if any(p in asked for p in studied):
        return ProblemRelation.SAME
    if any(lexicon.is_a(p, q) for p in studied for q in asked):
        return ProblemRelation.NARROWER
    return ProblemRelation.BROADER if related else ProblemRelation.DIFFERENT


_PREVENTS = re.compile(r"\bprevent|\bprophyla", re.IGNORECASE)


def asked_problems(frame: Frame, lexicon: Lexicon) -> list[str]:
    """The asked problems; where preventing one is asked, its prevention, and where screening for one is, the disease."""
    asked = [t.concept_id for t in frame.problem]
    more = [p.removesuffix("-screening") for p in asked if p.endswith("-screening")]
    if _PREVENTS.search(frame.population.text):
        more += [f"{p}-prevention" for p in asked]
    return list(dict.fromkeys((*asked, *(p for p in more if p in lexicon))))


def _studied_problems(finding: Finding, asked: list[str]) -> list[str]:
    """The problems that count: outcomes of harm are left out unless they are what was asked."""
    harm = finding.direction in (
        Direction.ADVERSE, Direction.INTERACTION, Direction.CONTRAINDICATES, Direction.PROGNOSIS, Direction.MONITOR,
        Direction.RECOMMENDS_AGAINST, Direction.PK,
    )  # fmt: skip
    if not harm:
        return list(finding.problems)
    return [p for p in finding.problems if p not in HARM_OUTCOMES or p in asked]


def _is_danger(finding: Finding, others: list[str], lexicon: Lexicon) -> bool:
    """A statement that ties the asked complaint to a dangerous disease to be ruled out, without treating it by a drug."""
    about_finding_out = finding.direction in (Direction.DIAGNOSIS, Direction.MONITOR, Direction.RECOMMENDS)
    treats = any(ConceptKind(i.partition("/")[0]) in _DRUGS for i in finding.interventions)
    red_flags = any("red flag" in label for label in finding.problem_labels)
    dangerous = any(lexicon.is_a(o, d) for o in others for d in DANGERS if d in lexicon)
    return about_finding_out and not treats and (dangerous or red_flags)


def _indications(finding: Finding, lexicon: Lexicon) -> list[str]:
    kept = [p for p in finding.problems if p not in HARM_OUTCOMES] or list(finding.problems)
    return [lexicon.name(p) for p in kept]


_ISSUED = frozenset({StudyDesign.LABEL, StudyDesign.GUIDELINE, StudyDesign.CONSENSUS, StudyDesign.FORMULARY})
_SPEAKS_OF_CLASSES = _ISSUED | {StudyDesign.SYSTEMATIC_REVIEW, StudyDesign.REVIEW}
_DANGER_WORDS = re.compile(r"\bred flags?\b|\bruled? out\b|\bexclud|\bsuspect|\burgent|\bemergenc|\bimmediate", re.IGNORECASE)


def _of_source_drug(drug: DrugRelation, finding: Finding) -> DrugRelation:
    """A single study that names a class in passing ("chemotherapy") says nothing of each of its members."""
    if drug is DrugRelation.CLASS and finding.kind not in _SPEAKS_OF_CLASSES:
        return DrugRelation.OTHER
    return drug


def _of_source_problem(problem: ProblemRelation, frame: Frame, finding: Finding, words: str) -> ProblemRelation:
    """A sentence read by rule must name its problem to be about the asked one, and a danger to be a red flag.

    A label speaks of all its uses at once; a guideline's sentence without a problem, or a study of a broader one, does not.
    """
    if problem is ProblemRelation.DANGER and not (finding.kind in _ISSUED and _DANGER_WORDS.search(words)):
        return ProblemRelation.DIFFERENT
    open_ended = problem is ProblemRelation.OPEN and bool(frame.problem) and finding.kind is not StudyDesign.LABEL
    vague = problem is ProblemRelation.BROADER and finding.kind not in _ISSUED
    return ProblemRelation.DIFFERENT if open_ended or vague else problem


_MEASURED = frozenset(
    f"drug/{slug}" for slug in "creatine glucose oxygen calcium potassium sodium magnesium phosphate iron nitric-oxide".split()
)
"""Substances of the body that a sentence may name without meaning a medicine taken beside the label's."""
_PREVENTION = re.compile(r"(?:(?P<which>primary|secondary)-)?prevention-of-|-prevention$")


def _prevented(problem: ProblemRelation, frame: Frame, finding: Finding, words: str) -> ProblemRelation:
    """ "For the primary prevention of CVD" is about preventing it, though its words name only the disease."""
    if problem is not ProblemRelation.DIFFERENT:
        return problem
    for term in frame.problem:
        slug = term.concept_id.partition("/")[2]
        found = _PREVENTION.search(slug)
        if (
            found
            and f"cond/{_PREVENTION.sub('', slug)}" in finding.problems
            and re.search(f"{found['which'] or 'prevent'}\\w*", words, re.IGNORECASE)
        ):
            return ProblemRelation.SAME if re.search("prevent", words, re.IGNORECASE) else problem
    return problem


_HOLDS_FOR_THE_COMBINATION = frozenset(
    {Direction.DOSE, Direction.PK, Direction.MONITOR, Direction.ADVERSE, Direction.RECOMMENDS_AGAINST, Direction.RECOMMENDS}
)


def is_of_another_combination(frame: Frame, finding: Finding, lexicon: Lexicon) -> bool:
    """Whether a label's sentence is about its drug together with another one, which this patient does not take.

    "25 mg in patients on ritonavir" is nobody else's dose. Contraindications and interactions stay: they say what not to add.
    """
    if finding.kind is not StudyDesign.LABEL or finding.direction not in _HOLDS_FOR_THE_COMBINATION:
        return False
    case = [t.concept_id for t in (*frame.intervention, *frame.avoid, *frame.patient.medicines)]
    partners = [
        d
        for d in finding.mentioned
        if ConceptKind(d.partition("/")[0]) in _DRUGS and not _names(d, tuple(finding.interventions[:1]), lexicon)
    ]
    partners = [d for d in partners if d not in _MEASURED and not any(lexicon.is_a(s, d) for s in finding.interventions[:1])]
    return bool(partners) and not any(_names(d, tuple(case), lexicon) for d in partners)


def _counts_problem(finding: Finding, *, read_by_rule: bool) -> bool:
    """Kinetics, contraindications and interactions hold whatever the drug is taken for; so do a label's warnings.

    In a study read by rule, only kinetics and interactions do: its contraindication may be of its own patients. In a label read by
    rule so does its advice against a use.
    """
    if read_by_rule and finding.kind not in _ISSUED and finding.direction is Direction.CONTRAINDICATES:
        return True
    if read_by_rule and finding.kind is StudyDesign.LABEL and finding.direction is Direction.RECOMMENDS_AGAINST:
        return False
    if finding.direction in (Direction.PK, Direction.CONTRAINDICATES, Direction.INTERACTION):
        return False
    return not (finding.kind is StudyDesign.LABEL and finding.direction in (Direction.ADVERSE, Direction.MONITOR))


def _drug_mismatch(frame: Frame, finding: Finding, drug: DrugRelation, lexicon: Lexicon) -> Mismatch | None:
    """An effect shown for a class is not shown for each member; a warning about a class holds for its members."""
    if drug is not DrugRelation.CLASS or not frame.intervention:
        return None
    named = [t for t in frame.intervention if any(is_part_of(t.concept_id, i, lexicon) for i in finding.interventions)]
    if finding.direction not in _EFFECT and not (named and finding.direction in WARNS):
        return None
    asked = ", ".join(t.name for t in (named or frame.intervention))
    return Mismatch(Axis.INTERVENTION, asked, ", ".join(finding.intervention_labels))


def _route_mismatch(drug: DrugRelation, asked: frozenset[str], words: str, lexicon: Lexicon) -> Mismatch | None:
    if drug not in (DrugRelation.ASKED, DrugRelation.AVOID):
        return None  # the question's route is that of its own drug: who swallowed tablets may get an infusion
    studied = routes_of(words, lexicon)
    if not routes_differ(asked, studied, lexicon):
        return None
    said = ", ".join(sorted(lexicon.name(a) for a in asked)) or "no special route"
    return Mismatch(Axis.ROUTE, said, ", ".join(sorted(lexicon.name(s) for s in studied)))


def _on_topic(
    frame: Frame,
    finding: Finding,
    drug: DrugRelation,
    problem: ProblemRelation,
    population: PopulationRelation,
    shared: frozenset[str],
    words: str,
    lexicon: Lexicon,
) -> bool:
    """Whether an expert would look at it at all."""
    if finding.direction is Direction.INTERACTION and not _partners_present(frame, finding, shared, lexicon):
        return False
    if finding.direction is Direction.DOSE and population is PopulationRelation.DIFFERENT and frame.patient.age_years:
        ages = finding.population.ages
        if ages is not None and not ages.contains(frame.patient.age_years):
            return False
    if finding.direction is Direction.DOSE and is_dose_for_others(frame, finding, words):
        return False
    if drug is DrugRelation.ASKED and is_only_of_a_member(frame, finding, lexicon):
        asks = frame.problem or is_special(frame.population)
        elsewhere = problem is ProblemRelation.BROADER and population is PopulationRelation.DIFFERENT
        about_it = problem in _RELATED and not elsewhere
        if asks and len(shared) < 2 and not about_it and not is_of_same_state(frame.population, finding.population):
            return False
    named = drug in (DrugRelation.ASKED, DrugRelation.AVOID, DrugRelation.CLASS)
    if drug is DrugRelation.CURRENT:
        named = finding.direction in (Direction.INTERACTION, Direction.CONTRAINDICATES) or len(shared) > 1
    return named or problem in _RELATED or problem is ProblemRelation.DANGER


def _partners_present(frame: Frame, finding: Finding, shared: frozenset[str], lexicon: Lexicon) -> bool:
    """An interaction matters when both its drugs are in the case, or one is and the other is of the asked drug's class.

    A label's interactions of the drug asked about count too when the question names no other medicine.
    """
    case = (*frame.intervention, *frame.avoid, *frame.patient.medicines)
    if not shared or not _names(finding.interventions[0], tuple(t.concept_id for t in case), lexicon):
        return False
    if takes_another_medicine(finding, tuple(t.concept_id for t in case), lexicon):
        return False
    if len(shared) > 1 or len(finding.interventions) == 1:
        return True
    current = {t.concept_id for t in frame.patient.medicines}
    if shared & current:
        classes = {c for t in frame.intervention for c in lexicon.therapeutic_classes(t.concept_id)}
        return any(lexicon.is_a(i, c) for i in finding.interventions if i not in current for c in classes)
    return frame.intent is not Intent.INTERACTION and finding.kind is StudyDesign.LABEL and not current
