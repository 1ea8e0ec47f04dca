"""Facts that a pharmacist would ask for before answering, that the request does not give and that this answer depends on.

Which facts each kind of question needs:
- in general, and for doses: C. Kirkwood, "Background information from requestors", in Malone PM et al., Drug Information: A Guide
  for Pharmacists; NHS Medicines Learning Portal, "Drug handling: Suggested questions" (age, weight, kidneys, liver, current dose);
- interactions, pregnancy, breastfeeding, adverse reactions, injections that are mixed: NHS Medicines Learning Portal, "Suggested
  questions" of each tutorial (medicineslearningportal.org);
- kidneys: NHS Specialist Pharmacy Service, "Questions to ask when giving medicines advice in renal impairment";
- poisoning: risk assessment by agent, dose, time, clinical features and patient (Therapeutic Guidelines: Toxicology, "Overview of
  risk assessment for poisonings"; LITFL, "RRSIDEAD: Risk assessment").
Whether the answer depends on a fact is computed from the appraised evidence, never assumed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from osler.domain.article import Article
from osler.domain.document import Direction
from osler.domain.evidence import Directness, DrugRelation, EvidenceItem, EvidenceProfile
from osler.domain.population import Kidney
from osler.domain.question import Frame, Intent
from osler.respond.enquiry import Enquiry, Purpose

_PORTAL = "NHS Medicines Learning Portal"
GENERAL = "Kirkwood, Background information from requestors"
HANDLING = f"{_PORTAL}, Drug handling"
INTERACTIONS = f"{_PORTAL}, Interactions"
PREGNANCY = f"{_PORTAL}, Pregnancy"
BREASTFEEDING = f"{_PORTAL}, Breastfeeding"
REACTIONS = f"{_PORTAL}, Adverse reactions"
INJECTIONS = f"{_PORTAL}, Injection compatibility"
KIDNEYS = "NHS Specialist Pharmacy Service, Questions to ask in renal impairment"
POISONING = "Therapeutic Guidelines: Toxicology, risk assessment"

_CHILD_YEARS = 18
_OFFERS_INTENTS = frozenset({Intent.ALTERNATIVE, Intent.TREATMENT, Intent.DOSE, Intent.ORDER_CHECK, Intent.SAFETY})
_DOSES = frozenset({Intent.DOSE, Intent.ORDER_CHECK})
_PER_WEIGHT = re.compile(r"/\s*kg\b|\bper (?:kg|kilogram)\b", re.IGNORECASE)
_MIXING = re.compile(
    r"\bcompatib|\bincompatib|\by-?site\b|\bsame (?:line|syringe|bag)\b|\bsyringe driver\b|\bmix(?:ed|ing)? with\b", re.IGNORECASE
)
_REACTION = re.compile(r"\b(?:caused?|due to|side effects?|adverse|reaction to|because of)\b", re.IGNORECASE)
_TIME = re.compile(
    r"\b(?:\d+|an?|one|two|few) (?:minutes?|hours?|hrs?|days?|weeks?|months?|years?) ago\b|\bat \d{1,2}[:.]\d\d\b|\bsince\b|\b(?:this|last|yester)\s?(?:morning|night|evening|day)\b|\btoday\b",
    re.IGNORECASE,
)
_HOW_LONG = re.compile(
    r"\b(?:for|since)(?: the)?(?: last| past)? (?:\d+|an?|one|two|three|several|many|some) (?:days?|weeks?|months?|years?)\b"
    r"|\bstarted\b|\blong[- ]term\b|\bnewly\b|\bfor years\b",
    re.IGNORECASE,
)
_AMOUNT = re.compile(r"\b\d[\d.,]*\s*(?:mg|g|micrograms?|mcg|mL|ml|tablets?|capsules?|units?|sachets?)\b", re.IGNORECASE)
_MALE = re.compile(r"\b(?:man|male|boy|he|his|him|father|son)\b", re.IGNORECASE)
_TRIED = re.compile(
    r"\btried\b|\bfailed\b|\bdid not (?:help|work|tolerate)\b|\bwithout (?:effect|benefit)\b|\bintoleran", re.IGNORECASE
)
_INFANT = re.compile(r"\b(?:baby|infant|newborn|neonate|premature|preterm|term)\b", re.IGNORECASE)
_LINE = re.compile(r"\b(?:bag|syringe|line|y-?site|lumen|cannula|catheter)\b", re.IGNORECASE)
_STRENGTH = re.compile(
    r"\bmg\s*(?:/|per)\s*mL\b|\bglucose\b|\bdextrose\b|\bsaline\b|\bsodium chloride\b|\bwater for injection", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Missing:
    """A question to the requestor, why this answer depends on it, and whose list it is on ("" for one the answer itself asks)."""

    question: str
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class Case:
    """What the table looks at. text: question and background. used: statements that count here and are about a drug that the question or the answer names."""

    enquiry: Enquiry
    frame: Frame
    text: str
    used: tuple[EvidenceItem, ...]

    def lacks(self, field: str) -> bool:
        """Whether neither the patient's fields nor any text give a fact that has a field."""
        return field not in self.enquiry.stated and not getattr(self.frame.patient, field)

    def any(self, test: Callable[[EvidenceItem], bool]) -> bool:
        return any(test(i) for i in self.used)

    @property
    def is_child(self) -> bool:
        ages = self.frame.population.ages
        return ages is not None and ages.high <= _CHILD_YEARS


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the table: asked when `needed` holds."""

    question: str
    why: str
    source: str
    needed: Callable[[Case], bool]


def _kidney(case: Case) -> bool:
    told = bool(case.frame.population.kidney) or case.frame.population.not_on_dialysis
    return case.lacks("egfr") and case.lacks("dialysis") and not told and case.any(lambda i: bool(i.finding.population.kidney))


def _kidney_degree(case: Case) -> bool:
    kidney = case.frame.population.kidney - {Kidney.NORMAL}
    return bool(kidney) and not case.frame.population.on_dialysis and case.lacks("egfr")


def _could_be_pregnant(case: Case) -> bool:
    patient, population = case.frame.patient, case.frame.population
    age = patient.age_years
    excluded = patient.pregnant is not None or population.pregnant or _MALE.search(case.text) or case.is_child
    of_age = age is None or 12 <= age <= 55
    return not excluded and of_age and case.any(lambda i: i.finding.population.pregnant)


def _weight(case: Case) -> bool:
    return case.lacks("weight_kg") and (case.is_child or case.any(_is_per_weight)) and case.frame.intent is not Intent.TOXICITY


def _is_per_weight(item: EvidenceItem) -> bool:
    return item.finding.direction is Direction.DOSE and bool(_PER_WEIGHT.search(item.text))


def _age(case: Case) -> bool:
    known = case.frame.patient.age_years is not None or case.frame.population.ages is not None
    return not known and "age_years" not in case.enquiry.stated and case.any(lambda i: i.finding.population.ages is not None)


def _is(*intents: Intent) -> Callable[[Case], bool]:
    return lambda case: case.frame.intent in intents


FACTS: tuple[Fact, ...] = (
    Fact("What was taken, and how much of it at most?", "the risk is judged by agent and dose", POISONING,
         lambda c: c.frame.intent is Intent.TOXICITY and not _AMOUNT.search(c.text)),
    Fact("When was it taken, and all at once or over time?", "what can still be done depends on the time", POISONING,
         lambda c: c.frame.intent is Intent.TOXICITY and not _TIME.search(c.text)),
    Fact("How is the patient now: consciousness, breathing, pulse, other signs?", "the signs decide how urgent this is", POISONING,
         lambda c: c.frame.intent is Intent.TOXICITY and not c.frame.symptoms),
    Fact("How old is the patient, and what does the patient weigh?", "toxic doses are counted by weight", POISONING,
         lambda c: c.frame.intent is Intent.TOXICITY and c.lacks("weight_kg")),
    Fact("How well do the kidneys work (eGFR or creatinine clearance), or which kind of dialysis?",
         "the library has statements for particular kidney functions here", KIDNEYS, _kidney),
    Fact("What is the eGFR or creatinine clearance, is it stable, and is the patient on dialysis?",
         "kidney disease is named without its degree", KIDNEYS, _kidney_degree),
    Fact("How old is the patient?", "the library has statements for particular ages here", HANDLING, _age),
    Fact("What does the patient weigh?", "a dose here goes by weight", HANDLING, _weight),
    Fact("What is it to be used for?", "dose and directness depend on the problem treated", GENERAL,
         lambda c: c.frame.intent in (Intent.DOSE, Intent.ORDER_CHECK, Intent.SAFETY, Intent.MONITORING) and not c.frame.problem),
    Fact("By which route and in which form is it to be given?", "a dose holds for its route", GENERAL,
         lambda c: c.frame.intent in _DOSES and not c.frame.routes),
    Fact("Does the patient have liver disease?", "the library has statements about liver disease here", HANDLING,
         lambda c: not c.frame.population.hepatic and not re.search(r"\bliver\b|\bhepat|\bcirrho", c.text, re.IGNORECASE)
         and c.any(lambda i: i.finding.population.hepatic)),
    Fact("How many weeks pregnant is the patient, or is a pregnancy planned?", "the risk depends on the time of exposure", PREGNANCY,
         lambda c: c.frame.population.pregnant and c.lacks("gestation_weeks")),
    Fact("When was the medicine started, and has it been stopped?", "it tells the exposure so far", PREGNANCY,
         lambda c: c.frame.population.pregnant and bool(c.frame.intervention) and not _HOW_LONG.search(c.text)),
    Fact("Is the patient pregnant, or could she be?", "the library has statements about pregnancy here", PREGNANCY, _could_be_pregnant),
    Fact("How old is the infant, born at term or early, and is the infant well?", "the infant's risk depends on it", BREASTFEEDING,
         lambda c: c.frame.population.lactating and not _INFANT.search(c.text)),
    Fact("Is the patient already taking both medicines, and for how long?", "a new drug is changed more easily; a stable pair may need no change",
         INTERACTIONS, lambda c: c.frame.intent is Intent.INTERACTION and not _HOW_LONG.search(c.text)),
    Fact("What is each medicine for, and could another be used?", "an alternative may not interact", INTERACTIONS,
         lambda c: c.frame.intent is Intent.INTERACTION and not c.frame.problem),
    Fact("When did the reaction begin, and when was each medicine started, changed or stopped?", "the order in time points to the cause", REACTIONS,
         lambda c: bool(_REACTION.search(c.text)) and bool(c.frame.intervention or c.frame.avoid) and not _TIME.search(c.text)
         and c.frame.intent in (Intent.SAFETY, Intent.DIAGNOSIS)),
    Fact("What are the concentrations and the diluents?", "compatibility depends on both", INJECTIONS,
         lambda c: bool(_MIXING.search(c.text)) and not _STRENGTH.search(c.text)),
    Fact("Where do they mix (bag, syringe or line), and for how long?", "compatibility depends on the contact", INJECTIONS,
         lambda c: bool(_MIXING.search(c.text)) and not _LINE.search(c.text)),
    Fact("What was tried already, at which dose and for how long?", "it decides what is left to offer", GENERAL,
         lambda c: c.frame.intent in (Intent.ALTERNATIVE, Intent.TREATMENT) and not _TRIED.search(c.text)),
    Fact("What is the present dose, since when, and what was the last level or result?", "it is what monitoring starts from", HANDLING,
         lambda c: c.frame.intent is Intent.MONITORING and not _AMOUNT.search(c.text)),
    Fact("Which allergies and intolerances does the patient have?", "nothing can be checked against allergies that were not given", GENERAL,
         lambda c: c.frame.intent in _OFFERS_INTENTS and c.lacks("allergies")),
    Fact("Which other medicines does the patient take, bought and herbal ones included?",
         "interactions with medicines that were not given cannot be seen", GENERAL, lambda c: "medicines" not in c.enquiry.stated),
)  # fmt: skip
"""Most urgent first. Every `why` is about the record's own computation or stands in the named source."""
_ABOUT_NOBODY = frozenset({INJECTIONS})
"""What is asked of a general enquiry too."""


def missing_facts(enquiry: Enquiry, article: Article, profile: EvidenceProfile) -> tuple[Missing, ...]:
    """The answer's own questions first, then the table's, nothing twice. A general enquiry is asked nothing about a patient."""
    asked = [Missing(q, "the answer depends on it", "") for q in article.clarifying_questions]
    facts = FACTS
    if enquiry.purpose is Purpose.GENERAL:
        facts = tuple(f for f in FACTS if f.source in _ABOUT_NOBODY)
    case = _case(enquiry, article, profile)
    for fact in facts:
        if fact.needed(case) and not any(_same_thing(fact.question, m.question) for m in asked):
            asked.append(Missing(fact.question, fact.why, fact.source))
    return tuple(asked)


def _same_thing(one: str, other: str) -> bool:
    """Whether both ask for the kidneys, the age, the weight or the use."""
    return any(t in one and t in other for t in ("kidneys", "eGFR", "How old is the patient", "weigh", "used for"))


def _case(enquiry: Enquiry, article: Article, profile: EvidenceProfile) -> Case:
    cited = {(c.span.document_id, c.span.start) for claim in article.claims for c in claim.citations}
    near = (DrugRelation.ASKED, DrugRelation.AVOID)
    used = tuple(
        i
        for i in profile.items
        if (i.span.document_id, i.span.start) in cited or (i.drug in near and i.directness is not Directness.OFF)
    )
    text = "\n".join((profile.question.text, enquiry.background, *enquiry.conditions))
    return Case(enquiry, profile.question.frame, text, used)
