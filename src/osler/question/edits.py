"""What a follow-up's own words change in a frame, field by field, each change recorded with the words it was read from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from osler.domain.population import DIALYSIS, Kidney, Population
from osler.domain.question import Frame, Patient, Term
from osler.domain.thread import Edit, EditField, EditKind
from osler.language.population import kidney_from_egfr
from osler.language.quantities import plain
from osler.question.facts import dialysis_name

KIDNEY_GROUPS = frozenset(
    f"pop/{slug}"
    for slug in "dialysis hemodialysis peritoneal-dialysis kidney-failure advanced-ckd moderate-ckd chronic-kidney-disease kidney-transplant".split()
)
_DIALYSIS_GROUPS = frozenset({"pop/dialysis", "pop/hemodialysis", "pop/peritoneal-dialysis", "pop/arteriovenous-fistula"})
AGE_GROUPS = frozenset(f"pop/{slug}" for slug in "adult child infant neonate adolescent older-adult".split())
_SEXES = frozenset({"pop/men", "pop/women"})
STATE_GROUPS = {"pregnant": "pop/pregnancy", "lactating": "pop/lactation", "hepatic": "pop/hepatic-impairment"}
_KIDNEY_WORDS = {
    Kidney.CKD_G4_G5: "advanced kidney disease",
    Kidney.CKD_G3: "moderate kidney disease",
    Kidney.NORMAL: "normal kidney function",
    Kidney.TRANSPLANT: "kidney transplant",
}


@dataclass
class Draft:
    """A frame being edited; every change of a field goes through `note`, so that none is silent."""

    frame: Frame
    text: str
    edits: list[Edit] = field(default_factory=list)

    def note(self, what: EditField, before: str, after: str, said: str = "") -> None:
        """Record a change; equal values are none."""
        if before != after:
            kind = EditKind.REPLACED if before and after else EditKind.ADDED if after else EditKind.REMOVED
            self.edits.append(Edit(kind, what, before, after, said or self.text.strip()))

    def set(self, **fields: Any) -> None:
        self.frame = replace(self.frame, **fields)

    def set_patient(self, **fields: Any) -> None:
        self.set(patient=replace(self.frame.patient, **fields))

    def set_population(self, **fields: Any) -> None:
        self.set(population=replace(self.frame.population, **fields))

    def drop_groups(self, ids: Iterable[str]) -> None:
        gone = frozenset(ids)
        self.set(population_terms=tuple(t for t in self.frame.population_terms if t.concept_id not in gone))

    def add_groups(self, terms: Iterable[Term]) -> None:
        self.set(population_terms=joined(self.frame.population_terms, terms))


def joined(terms: Sequence[Term], more: Iterable[Term]) -> tuple[Term, ...]:
    """The terms with what is new at the end, one a concept."""
    found = {t.concept_id: t for t in reversed((*terms, *more))}
    return tuple(dict.fromkeys(found[t.concept_id] for t in (*terms, *more)))


def named(terms: Iterable[Term]) -> str:
    return ", ".join(t.name for t in terms)


def kidney_words(population: Population) -> str:
    """Words for the state of the kidneys, "" when nothing was said of them."""
    on = dialysis_name(population)
    if on:
        return on
    states = population.kidney
    if {Kidney.CKD_G3, Kidney.CKD_G4_G5} <= states:
        return "chronic kidney disease"
    words = [w for k, w in _KIDNEY_WORDS.items() if k in states]
    return ", ".join([*words, *(["not on dialysis"] if population.not_on_dialysis else [])])


def edit_kidneys(draft: Draft, read: Frame) -> None:
    """Dialysis outranks a figure or a name of the disease: "eGFR 8" does not end it; "not on dialysis" does.

    Another kind of dialysis, sound kidneys, a transplant or a stage of the disease replaces what was there.
    """
    frame, now = draft.frame, read.population
    old = frame.population
    terms = tuple(t for t in read.population_terms if t.concept_id in KIDNEY_GROUPS)
    before, said = kidney_words(old), ", ".join(t.said for t in terms)
    if now.not_on_dialysis:
        draft.drop_groups(_DIALYSIS_GROUPS)
        failed = any(t.concept_id == "pop/kidney-failure" for t in draft.frame.population_terms)
        kept = (old.kidney - DIALYSIS) | (frozenset({Kidney.CKD_G4_G5}) if failed else frozenset())
        draft.set_population(kidney=now.kidney or kept, not_on_dialysis=True)
    elif now.on_dialysis and (now.kidney != DIALYSIS or not old.on_dialysis):
        draft.drop_groups(_DIALYSIS_GROUPS)
        draft.set_population(kidney=now.kidney, not_on_dialysis=False)
    elif now.kidney and not now.on_dialysis and not (old.on_dialysis and _only_names_the_disease(read, terms)):
        draft.drop_groups(KIDNEY_GROUPS)
        draft.set_population(kidney=now.kidney, not_on_dialysis=False)
    changed = draft.frame.population
    if (changed.kidney, changed.not_on_dialysis) == (old.kidney, old.not_on_dialysis):
        draft.frame = frame  # said again
        return
    draft.add_groups(terms)
    draft.set_patient(dialysis=dialysis_name(draft.frame.population))
    draft.note(EditField.KIDNEYS, before, kidney_words(draft.frame.population), said)
    egfr = draft.frame.patient.egfr
    if egfr is not None and read.patient.egfr is None and not _fits(egfr, changed):
        draft.note(EditField.EGFR, plain(egfr), "", said)  # the old figure is not of these kidneys
        draft.set_patient(egfr=None)


def _fits(egfr: float, people: Population) -> bool:
    """Whether a figure said before can be of these kidneys: one that is low stays with dialysis and with "not on dialysis"."""
    states = kidney_from_egfr(egfr, egfr + 0.01)
    return bool(states & people.kidney) or (people.on_dialysis and Kidney.CKD_G4_G5 in states) or not people.kidney


def _only_names_the_disease(read: Frame, terms: Sequence[Term]) -> bool:
    generic = {"pop/kidney-failure", "pop/chronic-kidney-disease"}
    return read.patient.egfr is not None or (bool(terms) and {t.concept_id for t in terms} <= generic)


def edit_states(draft: Draft, read: Frame, text: str) -> None:
    """Pregnancy, breastfeeding and liver disease, said or denied."""
    denied = {
        "pregnant": re.search(r"\b(?:not|isn['’]?t|never|non-?) ?pregnant\b", text, re.I),
        "lactating": re.search(r"\b(?:not|isn['’]?t|no longer|stopped) breast-?\s?feed\w*", text, re.I),
        "hepatic": re.search(r"\b(?:no|without) (?:liver|hepatic) \w+|\bliver (?:is|are) (?:fine|normal|ok|healthy)\b", text, re.I),
    }
    fields = {"pregnant": EditField.PREGNANCY, "lactating": EditField.BREASTFEEDING, "hepatic": EditField.LIVER}
    words = {"pregnant": "pregnancy", "lactating": "breastfeeding", "hepatic": "liver disease"}
    for state, what in fields.items():
        was, group = bool(getattr(draft.frame.population, state)), STATE_GROUPS[state]
        if match := denied[state]:
            draft.set_population(**{state: False})
            draft.drop_groups({group})
            news = state == "pregnant" and draft.frame.patient.pregnant is None
            draft.note(what, words[state] if was else "", "no pregnancy" if news and not was else "", match[0])
        elif getattr(read.population, state):
            terms = [t for t in read.population_terms if t.concept_id == group]
            draft.set_population(**{state: True})
            draft.add_groups(terms)
            draft.note(what, words[state] if was else "", words[state], ", ".join(t.said for t in terms))
    population = draft.frame.population
    known = draft.frame.patient.pregnant
    draft.set_patient(pregnant=True if population.pregnant else False if denied["pregnant"] else known)
    if not population.pregnant and draft.frame.patient.gestation_weeks is not None:
        draft.note(EditField.GESTATION, plain(draft.frame.patient.gestation_weeks), "")
        draft.set_patient(gestation_weeks=None)


def edit_figures(draft: Draft, read: Frame) -> None:
    """Weight, eGFR and weeks of gestation, each replaced by the newest one said."""
    new, old = read.patient, draft.frame.patient
    for name, what, unit in (
        ("weight_kg", EditField.WEIGHT, " kg"),
        ("egfr", EditField.EGFR, ""),
        ("gestation_weeks", EditField.GESTATION, ""),
    ):
        value, was = getattr(new, name), getattr(old, name)
        if value is not None and value != was:
            draft.set_patient(**{name: value})
            draft.note(what, f"{plain(was)}{unit}" if was is not None else "", f"{plain(value)}{unit}", _clause(draft.text, value))


def _clause(text: str, value: float) -> str:
    """The clause that names the figure, else the whole text."""
    match = re.search(rf"[^,.;?!]*(?<![\d.]){re.escape(plain(value))}(?![\d])[^,;?!]*", text)
    return (match[0] if match else text).strip()


def edit_groups(draft: Draft, read: Frame) -> None:
    """Any other group ("smokers", "a dialysis catheter"); man and woman replace each other."""
    handled = KIDNEY_GROUPS | AGE_GROUPS | frozenset(STATE_GROUPS.values())
    new = [t for t in read.population_terms if t.concept_id not in handled]
    sexes = [t for t in new if t.concept_id in _SEXES]
    if len(sexes) == 1:
        before = [t for t in draft.frame.population_terms if t.concept_id in _SEXES]
        draft.drop_groups(_SEXES)
        draft.add_groups(sexes)
        draft.note(EditField.GROUP, named(before), named(sexes), sexes[0].said)
    for term in new:
        if term.concept_id not in _SEXES and term not in draft.frame.population_terms:
            known = {t.concept_id for t in draft.frame.population_terms}
            draft.add_groups([term])
            if term.concept_id not in known:
                draft.note(EditField.GROUP, "", term.name, term.said)


def add_to_patient(draft: Draft, attribute: str, what: EditField, terms: Iterable[Term]) -> None:
    """Medicines or allergies that are new to the patient."""
    known: tuple[Term, ...] = getattr(draft.frame.patient, attribute)
    new = [t for t in terms if t.concept_id not in {k.concept_id for k in known}]
    draft.set_patient(**{attribute: joined(known, new)})
    for term in new:
        draft.note(what, "", term.name, term.said)


def take_from_patient(draft: Draft, attribute: str, what: EditField, gone: Iterable[Term]) -> None:
    """Medicines no longer taken, allergies that are none."""
    ids = {t.concept_id: t for t in gone}
    known: tuple[Term, ...] = getattr(draft.frame.patient, attribute)
    for term in known:
        if term.concept_id in ids:
            draft.note(what, term.name, "", ids[term.concept_id].said)
    draft.set_patient(**{attribute: tuple(t for t in known if t.concept_id not in ids)})


def replace_terms(draft: Draft, attribute: str, what: EditField, terms: Sequence[Term], said: str = "") -> None:
    """Other terms in the place of those there: the medicine asked about, the problem, the route."""
    old: tuple[Term, ...] = getattr(draft.frame, attribute)
    if {t.concept_id for t in old} == {t.concept_id for t in terms}:
        return
    draft.set(**{attribute: tuple(terms)})
    draft.note(what, named(old), named(terms), said or ", ".join(t.said for t in terms))


def add_terms(draft: Draft, attribute: str, what: EditField, terms: Iterable[Term]) -> None:
    """Conditions or signs beside those there."""
    old: tuple[Term, ...] = getattr(draft.frame, attribute)
    new = [t for t in terms if t.concept_id not in {o.concept_id for o in old}]
    draft.set(**{attribute: joined(old, new)})
    for term in new:
        draft.note(what, "", term.name, term.said)


def deny_signs(draft: Draft, denied: Sequence[Term]) -> None:
    """Signs and conditions that the follow-up denies are taken out, and kept as denied."""
    ids = {t.concept_id: t for t in denied}
    for attribute, what in (("symptoms", EditField.SIGN), ("background", EditField.CONDITION)):
        old: tuple[Term, ...] = getattr(draft.frame, attribute)
        for term in old:
            if term.concept_id in ids:
                draft.note(what, term.name, "", ids[term.concept_id].said)
        draft.set(**{attribute: tuple(t for t in old if t.concept_id not in ids)})
    known = {t.concept_id for t in draft.frame.denied}
    for term in denied:
        if term.concept_id not in known:
            draft.note(EditField.DENIED, "", f"no {term.name}", term.said)
    draft.set(denied=joined(draft.frame.denied, denied))


def has_facts(patient: Patient, population: Population) -> bool:
    """Whether anything is known of the patient that another question would have to carry over."""
    return replace(patient, pregnant=patient.pregnant or None) != Patient() or replace(population, text="") != Population()
