"""Free text to a Question: who, what problem, which drugs in which part, what is wanted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from osler.domain.concept import ConceptKind, Mention
from osler.domain.population import Population
from osler.domain.question import AskedDose, Audience, Frame, Intent, Patient, Question, Term
from osler.language.doses import drug_doses
from osler.language.lexicon import Lexicon
from osler.language.polarity import negated_before
from osler.language.population import parse_egfr, parse_population
from osler.question.facts import age_years, asked_population, dialysis_name, gestation_weeks, high_potassium, weight_kg
from osler.question.intent import decide_intent, is_open_ended
from osler.question.parts import CHANGE_IT, are_alternatives, is_partner, of_what_is_taken, wanted_instead, without_classes
from osler.question.roles import DrugRole, drug_roles
from osler.question.spelling import check_spelling

_DRUGS = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS})
_BACKGROUND = re.compile(
    r"(?:\bhistory of|\bbackground of|\bknown|\bpmh:?|\bh/o|\bhx of|\balso (?:has|have)|\bcomorbid\w*|\bwho (?:also )?has|\bprevious|\bpast"
    r"|\b\d+[\w-]* (?:\w+ )?with|\b(?:man|woman|patient|person|child|boy|girl|adult) with)\s+(?:\w+\s+){0,3}$",
    re.I,
)
LONG_TERM = frozenset(
    f"cond/{slug}"
    for slug in """type-2-diabetes type-1-diabetes diabetes-mellitus hypertension heart-failure atrial-fibrillation asthma
    chronic-obstructive-pulmonary-disease coronary-artery-disease epilepsy osteoporosis obesity bipolar-disorder
    schizophrenia depression hypothyroidism ischemic-heart-disease coronary-heart-disease glaucoma myasthenia-gravis
    parkinson-disease dementia heart-failure-with-reduced-ejection-fraction heart-failure-with-preserved-ejection-fraction""".split()
)
SIGNS = frozenset(
    f"cond/{slug}"
    for slug in """fever chills confusion altered-mental-status drowsiness somnolence sedation unconsciousness coma encephalopathy
    myoclonus hallucinations seizure seizures urinary-retention urinary-incontinence fecal-incontinence saddle-anesthesia
    leg-weakness weakness numbness weight-loss night-sweats chest-pain shortness-of-breath dyspnea vomiting nausea
    diarrhea rash dizziness syncope falls death mortality hospitalization bleeding trauma agitation lethargy fatigue
    paralysis hypotension facial-droop slurred-speech suicidal-thoughts self-harm neck-stiffness non-blanching-rash
    drug-interaction back-injury muscle-weakness palpitations bradycardia respiratory-depression""".split()
)
CONFUSION = frozenset(
    f"cond/{s}"
    for s in (
        "confusion",
        "somnolence",
        "altered-mental-status",
        "encephalopathy",
        "myoclonus",
        "unconsciousness",
        "coma",
        "hallucinations",
        "agitation",
    )
)
_PRESSURE = re.compile(r"\b(?:blood pressure|BP)\b[^.?!]{0,25}?\b(\d{2,3})\s*/\s*(\d{2,3})", re.I)
_HYPERKALEMIA = "cond/hyperkalemia"
_SIDE_EFFECTS = "cond/adverse-drug-reaction"
"""Asked about, never what is to be treated."""
_SEVERE_IN_PREGNANCY = "cond/severe-hypertension-in-pregnancy"
_SEVERE_SYSTOLIC_MMHG, _SEVERE_DIASTOLIC_MMHG = 160, 110  # SOGC 2008 as extracted in G173
_RAISED_SYSTOLIC_MMHG, _RAISED_DIASTOLIC_MMHG = 130, 80  # ACC/AHA 2025 treatment goal is below 130/80


def frame_question(
    text: str,
    audience: Audience,
    lexicon: Lexicon,
    known_words: frozenset[str],
    instructions: Sequence[str] = (),
    in_library: Callable[[str], int] = lambda _: 0,
) -> Question:
    """Read a question. `instructions` are stretches that try to steer the system: their words name topics only."""
    spelling = check_spelling(text, known_words, lexicon.single_words, in_library)
    read = spelling.text
    plain = read
    for instruction in instructions:
        plain = plain.replace(instruction, " ")
    mentions = lexicon.tag(read)
    drugs = [m for m in mentions if m.kind in _DRUGS and not _is_denied(read, m)]
    roles = _outside(drugs, drug_roles(read, drugs), instructions, read)
    drugs, roles = _with_hidden_drugs(drugs, roles, mentions, read, lexicon)
    by_role = {role: _terms((m for m, r in zip(drugs, roles, strict=True) if r is role), lexicon) for role in DrugRole}
    taken = {t.concept_id for role in (DrugRole.AVOID, DrugRole.ALLERGY) for t in by_role[role]}
    asked = tuple(t for t in by_role[DrugRole.ASKED] if t.concept_id not in taken)
    current = without_classes(by_role[DrugRole.CURRENT], by_role[DrugRole.CURRENT], lexicon)
    asked = asked if is_open_ended(plain) else without_classes(asked, asked, lexicon)
    current = tuple(t for t in current if t.concept_id not in {a.concept_id for a in asked})
    avoid = by_role[DrugRole.AVOID]
    if current and CHANGE_IT.search(plain):
        asked, current, avoid = wanted_instead(asked, current, avoid, lexicon)
    if spelling.unknown and len(asked) == 1 and not current and is_partner(read, asked[0]):
        asked, current = (), asked
    therapies = _terms((m for m in mentions if m.kind in (ConceptKind.THERAPY, ConceptKind.TEST)), lexicon)
    population = asked_population(read, mentions, age_years(read))
    problem, background, symptoms, denied = _conditions(read, mentions, lexicon)
    if high_potassium(read) and _HYPERKALEMIA in lexicon and not problem:
        problem = (Term(_HYPERKALEMIA, lexicon.name(_HYPERKALEMIA), "potassium"),)
    if by_role[DrugRole.ALLERGY]:
        problem = tuple(t for t in problem if t.concept_id not in _REACTIONS)
    if asked and problem and background and _OUTCOME_ASKED.search(plain) and all(t.concept_id in _OUTCOMES for t in problem):
        problem, background, symptoms = background, (), (*problem, *symptoms)  # "AF on HD: stroke and bleeding" is about AF
    doses = _doses(read, drugs)
    signs_only = bool(problem) and all(t.concept_id in SIGNS for t in problem)
    asked_doses = [d for d in doses if not asked or d.concept_id not in {t.concept_id for t in current}]
    intent = decide_intent(
        plain,
        drugs_asked=len(asked),
        drugs_current=len(current),
        avoid=bool(avoid),
        doses=bool(asked_doses),
        alternatives=not current and are_alternatives(read, [m for m, r in zip(drugs, roles, strict=True) if r is DrugRole.ASKED]),
    )
    poisoned = bool(CONFUSION & {t.concept_id for t in (*problem, *symptoms)})
    if current and not asked and (signs_only or poisoned) and intent in (Intent.TREATMENT, Intent.DIAGNOSIS):
        intent = Intent.TOXICITY
        if not signs_only:
            problem, background = (), (*background, *problem)
    if asked and signs_only and poisoned and intent in (Intent.DOSE, Intent.SAFETY) and _CAME_AFTER.search(plain):
        intent = Intent.TOXICITY
    if intent is Intent.TOXICITY and signs_only:
        problem, symptoms = (), (*problem, *symptoms)
    if not asked and current and not avoid and not spelling.unknown:
        asked, intent = of_what_is_taken(plain, current, problem, intent)
        if intent is Intent.MONITORING:  # of the medicine, whatever else brought the patient in
            problem, background = (), (*background, *problem)
    frame = Frame(
        intent=intent,
        population=population,
        population_terms=_terms(
            (m for m in mentions if m.kind is ConceptKind.POPULATION and not negated_before(read, m.start)), lexicon
        ),
        problem=problem,
        background=background,
        intervention=asked or (() if problem else therapies),
        avoid=avoid,
        routes=_terms((m for m in mentions if m.kind is ConceptKind.ROUTE), lexicon),
        doses=doses,
        symptoms=symptoms,
        denied=denied,
        unknown=spelling.unknown,
        read_as=spelling.read_as,
        open_ended=is_open_ended(plain),
        patient=_patient(read, population, by_role[DrugRole.ALLERGY], current),
    )
    return Question(text, audience, frame)


_REACTIONS = frozenset(
    f"cond/{s}" for s in ("allergic-reaction", "drug-allergy", "rash", "urticaria", "hives", "angioedema", "drug-hypersensitivity")
)
"""Signs of an allergy: told beside the medicine that caused it, they are not what is to be treated."""
_OUTCOMES = frozenset(
    f"cond/{s}" for s in ("stroke", "ischemic-stroke", "major-bleeding", "thromboembolism", "myocardial-infarction", "death")
)
_OUTCOME_ASKED = re.compile(r"\b(?:compar\w+|versus|vs|risks?|rates?|outcomes?|bleeding|prevent\w*|difference)\b", re.IGNORECASE)
"""Words of a comparison, in which such a condition is what happened to the treated, not what they were treated for."""
_CAME_AFTER = re.compile(
    r"\b(?:became|becomes|become|becoming|developed|develops|turned|went|now|gone|getting|got|since|after starting)\b",
    re.IGNORECASE,
)


def _patient(text: str, population: Population, allergies: tuple[Term, ...], medicines: tuple[Term, ...]) -> Patient:
    return Patient(
        age_years=age_years(text),
        weight_kg=weight_kg(text),
        egfr=parse_egfr(text),
        dialysis=dialysis_name(population),
        pregnant=True if population.pregnant else None,
        allergies=allergies,
        medicines=medicines,
        gestation_weeks=gestation_weeks(text) if population.pregnant else None,
    )


def _with_hidden_drugs(
    drugs: list[Mention], roles: list[DrugRole], mentions: Sequence[Mention], text: str, lexicon: Lexicon
) -> tuple[list[Mention], list[DrugRole]]:
    """Drugs inside the name of a condition: "penicillin allergy" is an allergy, "cefepime neurotoxicity" asks of cefepime."""
    found, parts = list(drugs), list(roles)
    for mention in mentions:
        if mention.kind is not ConceptKind.CONDITION or negated_before(text, mention.start):
            continue
        allergy = mention.concept_id.endswith("-allergy")
        if not allergy and not mention.concept_id.endswith(_NAMES_ITS_DRUG):
            continue
        for word in re.finditer(r"[^\W\d_]{4,}", mention.text):
            for inner in lexicon.tag(word[0]):
                if inner.kind in _DRUGS:
                    start = mention.start + word.start()
                    found.append(Mention(inner.concept_id, start, start + len(inner.text), inner.text))
                    parts.append(DrugRole.ALLERGY if allergy else DrugRole.ASKED)
    return found, parts


_NAMES_ITS_DRUG = ("-toxicity", "-neurotoxicity", "-poisoning", "-overdose", "-withdrawal", "-prophylaxis", "-prevention")


def _is_denied(text: str, mention: Mention) -> bool:
    """ "No antibiotics this month" names no medicine of the case."""
    return bool(
        re.search(r"\b(?:no|never had|without any|not (?:on|taking)(?: any)?)\s+(?:\w+\s+)?$", text[: mention.start], re.IGNORECASE)
    )


def _outside(drugs: Sequence[Mention], roles: list[DrugRole], instructions: Sequence[str], text: str) -> list[DrugRole]:
    """Drugs named only inside an instruction are topics: asked about, whatever the instruction says of them."""
    spans = [(text.find(i), text.find(i) + len(i)) for i in instructions if i in text]
    inside = [any(a <= m.start < b for a, b in spans) for m in drugs]
    outside = {m.concept_id: role for m, role, within in zip(drugs, roles, inside, strict=True) if not within}
    return [
        outside.get(m.concept_id, DrugRole.ASKED) if within else role for m, role, within in zip(drugs, roles, inside, strict=True)
    ]


def _terms(mentions: Iterable[Mention], lexicon: Lexicon) -> tuple[Term, ...]:
    """One term a concept, in order of naming; a class named beside its own member is kept."""
    found: dict[str, Term] = {}
    for mention in mentions:
        found.setdefault(mention.concept_id, Term(mention.concept_id, lexicon.name(mention.concept_id), mention.text))
    return tuple(found.values())


def _conditions(
    text: str, mentions: Sequence[Mention], lexicon: Lexicon
) -> tuple[tuple[Term, ...], tuple[Term, ...], tuple[Term, ...], tuple[Term, ...]]:
    """(problems, background, symptoms, denied): signs are the problem only when nothing else is."""
    conditions = [m for m in mentions if m.kind is ConceptKind.CONDITION and m.concept_id != _SIDE_EFFECTS]
    allergies = [m for m in conditions if m.concept_id.endswith("-allergy")]
    allergies += [m for m in conditions if m.concept_id == "cond/allergic-reaction"]
    if len(allergies) < len(conditions):
        conditions = [m for m in conditions if m not in allergies]
    denied = [m for m in conditions if negated_before(text, m.start)]
    present = [m for m in conditions if m not in denied]
    absent = {m.concept_id for m in denied}
    present = [m for m in present if m.concept_id not in absent]
    signs = [m for m in present if m.concept_id in SIGNS]
    diseases = [m for m in present if m.concept_id not in SIGNS]
    background = [
        m
        for m in diseases
        if (_BACKGROUND.search(text[: m.start]) and m.concept_id in LONG_TERM)
        or (m.concept_id in LONG_TERM and any(o.concept_id not in LONG_TERM for o in diseases))
    ]
    background = [m for m in background if not re.search(r"\bfor\s+(?:\w+\s+)?$", text[: m.start])]
    problems = [m for m in diseases if m not in background]
    pressure = _PRESSURE.search(text)
    severe = pressure and (int(pressure[1]) >= _SEVERE_SYSTOLIC_MMHG or int(pressure[2]) >= _SEVERE_DIASTOLIC_MMHG)
    if severe and pressure and parse_population(text).pregnant and _SEVERE_IN_PREGNANCY in lexicon:
        return (
            (Term(_SEVERE_IN_PREGNANCY, lexicon.name(_SEVERE_IN_PREGNANCY), pressure[0]),),
            _terms(background, lexicon),
            _terms(signs, lexicon),
            _terms(denied, lexicon),
        )
    raised = pressure and (int(pressure[1]) >= _RAISED_SYSTOLIC_MMHG or int(pressure[2]) >= _RAISED_DIASTOLIC_MMHG)
    terms = _terms(problems, lexicon)
    if raised and pressure and "cond/hypertension" in lexicon and all(m.concept_id in LONG_TERM for m in problems):
        background = [*background, *problems]
        terms = (Term("cond/hypertension", lexicon.name("cond/hypertension"), pressure[0]),)
    if not terms:
        terms, signs = (_terms(signs, lexicon), []) if not background else (terms, signs)
    if not terms and background:
        terms, background = _terms(background, lexicon), []
    terms = tuple(t for t in terms if not any(t.concept_id in lexicon.ancestors(o.concept_id) for o in terms))
    return terms, _terms(background, lexicon), _terms(signs, lexicon), _terms(denied, lexicon)


def _doses(text: str, mentions: Sequence[Mention]) -> tuple[AskedDose, ...]:
    """The doses the question names; counts of tablets are not doses."""
    return tuple(
        AskedDose(d.concept_id, d.quantity, d.text)
        for d in drug_doses(text, mentions)
        if d.quantity.unit not in ("tablet", "capsule")
    )


def known_words(lexicon: Lexicon, library_words: Iterable[str]) -> frozenset[str]:
    """Every word, in lower case, that the lexicon or the library uses."""
    words = {w for term in lexicon.terms() for w in re.findall(r"[a-z][a-z']*", term)}
    words.update(library_words)
    return frozenset(words)
