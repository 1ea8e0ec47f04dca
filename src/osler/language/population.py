"""Read a Population from words: kidney function, dialysis, age, pregnancy, lactation, liver.

One reader for the population a study reports and for the patient a question describes, so that both are
compared in the same terms. KDIGO 2024 GFR categories: G3 is eGFR 30-59, G4-G5 below 30 mL/min/1.73 m2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from osler.domain.population import DIALYSIS, Ages, Kidney, Population

_NOT_DIALYSIS = re.compile(
    r"\b(?:not|non|without|never)[ -]?(?:yet )?(?:on |receiving |requiring |treated (?:with|by) )?(?:maintenance |long-term )?"
    r"(?:h[ae]{1,2}mo)?dialysis\b(?![- ](?:free )?days?\b)|\boutside (?:of )?dialysis\b|\bpre-?dialysis (?=ckd|patients)|\bmanaged without dialysis\b"
    r"|\bwithout maintenance dialysis\b",
    re.IGNORECASE,
)
_WITH_OR_WITHOUT = re.compile(r"\bwith or without (?:maintenance )?(?:h[ae]{1,2}mo)?dialysis\b", re.IGNORECASE)
_HEMODIALYSIS = re.compile(r"\bh[ae]{1,2}modialy[sz]\w*|\bsustained low-efficiency dialysis\b", re.IGNORECASE)
_HD_ABBREVIATION = re.compile(r"\bHD\b")
_PERITONEAL = re.compile(r"\bperitoneal dialysis\b|\bCAPD\b|\bAPD\b", re.IGNORECASE)
_PD_ABBREVIATION = re.compile(r"\bPD\b(?=.{0,40}(?:dialysis|ESRD|ESKD|CKD|kidney|renal))")
_ANY_DIALYSIS = re.compile(
    r"\bdialysis\b|\bCKD ?(?:stage )?G?5D\b|\bdialyzed\b|\bdialysed\b|\b(?:renal|kidney) replacement therapy\b", re.IGNORECASE
)
_END_STAGE = re.compile(
    r"\bESRD\b|\bESKD\b|\bESRF\b|\bend[- ]stage (?:renal|kidney)\b|\banuri[ac]\b|\banephric\b|\bkidney failure\b"
    r"|\brenal failure\b(?! from)",
    re.IGNORECASE,
)
_ADVANCED = re.compile(
    r"\b(?:severe|advanced)(?:ly)? (?:\w+ ){0,2}(?:ckd|kidney|renal)\b|\bseverely impaired renal\b|\bsignificant renal\b"
    r"|\bCKD ?(?:stages? )?G?[45]\b|\bstages? [45] (?:chronic|ckd|kidney)|\bkidney disease stage [45]\b|\bstage 4 CKD\b"
    r"|\bstages? 3(?:, 4| to 5|-5|, 4 or 5| or (?:worse|higher))|\bG3 to G5\b|\bCKD G3.G5\b",
    re.IGNORECASE,
)
_MODERATE = re.compile(
    r"\b(?:mild to )?moderate(?:ly)? (?:\w+ ){0,2}(?:ckd|kidney|renal)\b|\bCKD ?(?:stage )?G?3\b|\bstage 3 (?:chronic|ckd|kidney)"
    r"|\bkidney disease stage 3\b|\bmild/moderate/severe CKD\b|\bCKD stage 3\b|\bG3 to G5\b|\bCKD G3.G5\b",
    re.IGNORECASE,
)
_ANY_CKD = re.compile(
    r"\bCKD\b|\b(?:chronic )?(?:kidney|renal) (?:disease|impairment|insufficiency|dysfunction|pathology)\b"
    r"|\b(?:reduced|impaired|poor) (?:kidney|renal)\b|\b(?:kidney|renal) function (?:is|was|are) (?:impaired|reduced|poor)\b|\b(?:reduced|low|lower) e?GFR\b|\bimpaired kidneys?\b",
    re.IGNORECASE,
)
_GFR = (
    r"(?:e?GFR|CrCl|creatinine clearance|clearance)(?: \((?:e?GFR|CrCl)\))?"
    r"(?: (?:is|of|was|at|under|groups?|rate))?(?: about| \(?median(?: of)?)?"
)
_GFR_RANGE = re.compile(_GFR + r"\s*\(?\s*(\d+(?:\.\d+)?)\s*(?:-|–|to|and)\s*<?\s*(\d+(?:\.\d+)?)", re.IGNORECASE)
_GFR_BELOW = re.compile(_GFR + r"\s*(?:<|≤|<=|below|under|less than|lower than)\s*(\d+(?:\.\d+)?)", re.IGNORECASE)
_GFR_ABOVE = re.compile(_GFR + r"\s*(?:>|≥|>=|above|over|at least|greater than)\s*(\d+(?:\.\d+)?)", re.IGNORECASE)
_GFR_VALUE = re.compile(_GFR + r"\s*(?:=|:)?\s*(\d+(?:\.\d+)?)", re.IGNORECASE)
_NORMAL = re.compile(
    r"\b(?:normal|preserved|intact) (?:kidney|renal)\b|\b(?:healthy|normal) kidneys\b|\bnormal to severely impaired\b",
    re.IGNORECASE,
)
_TRANSPLANT = re.compile(r"\b(?:kidney|renal) transplant\w*", re.IGNORECASE)

_NOT_PREGNANT = re.compile(r"\bnon-?\s?pregnant\b|\bnot pregnant\b|\bnever pregnant\b", re.IGNORECASE)
_PREGNANT = re.compile(
    r"\bpregnan(?:t|cy|cies)\b|\btrimesters?\b|\bin utero\b|\bgestational diabetes\b|\bpre-?eclampsia\b"
    r"|\b[1-4]\d/40\b|\b(?:weeks|wks)['’]? gestation\b|\bmaternity\b|\bantenatal\b",
    re.IGNORECASE,
)
_LACTATING = re.compile(
    r"\b(?:breast-?\s?feed(?:s|ing)?|breast-?fed|lactat(?:ing|ion)|nursing (?:mothers?|women|infants?))\b", re.IGNORECASE
)
_HEPATIC = re.compile(r"\b(?:hepatic|liver) (?:impairment|disease|failure|insufficiency)\b|\bcirrho(?:sis|tic)\b", re.IGNORECASE)

_YEARS = r"(?:years?|yrs?|y|yo)"
_NUMBER = r"(\d+(?:\.\d+)?)"
_AGE_RANGE_MONTHS_YEARS = re.compile(_NUMBER + r"\s*months?\s*(?:to|through|-|–)\s*" + _NUMBER + r"\s*" + _YEARS + r"\b", re.I)
_AGE_RANGE_MONTHS = re.compile(_NUMBER + r"\s*(?:to|through|-|–)\s*" + _NUMBER + r"\s*months?\b", re.I)
_AGE_MONTHS = re.compile(r"\baged? " + _NUMBER + r"\s*months?\b", re.I)
_AGE_RANGE_DAYS = re.compile(_NUMBER + r"\s*(?:to|through|-|–)\s*" + _NUMBER + r"\s*days\b", re.I)
_AGE_RANGE_YEARS = re.compile(
    r"(?:\bage[ds]?\s+)?(?<![\d.])" + _NUMBER + r"-?\s*(?:to|through|-|–)\s*" + _NUMBER + r"[\s-]*" + _YEARS + r"\b"
    r"|\bage[ds]?\s+(?:between\s+)?" + _NUMBER + r"\s*(?:to|through|and|-|–)\s*" + _NUMBER + r"\b(?!\s*(?:months|days))"
    r"|\bbetween\s+" + _NUMBER + r"\s+and\s+" + _NUMBER + r"\s*" + _YEARS + r"\b(?!\s+(?:ago|after|before|later|of follow))",
    re.I,
)
_AGE_AT_LEAST = re.compile(
    r"(?:≥|>=)\s*"
    + _NUMBER
    + r"\s*"
    + _YEARS
    + r"\b|\baged?\s+"
    + _NUMBER
    + r"(?:\s*"
    + _YEARS
    + r")?\s*(?:and|or)\s*(?:over|older|above|more|upwards)"
    r"|\b(?:women|men|adults|people)\s+"
    + _NUMBER
    + r"(?:\s*"
    + _YEARS
    + r")?\s*or older|\b"
    + _NUMBER
    + r"\s*"
    + _YEARS
    + r"\s*(?:and|or)\s*(?:over|older)"
    + r"|\b(?:aged?\s+"
    + _NUMBER
    + r"\s*\+|(?:aged?|ages)\s*(?:≥|>=)\s*"
    + _NUMBER
    + r"|(?:patients|people|adults|women|men|those)\s+(?:aged\s+)?"
    + _NUMBER
    + r"\s+and\s+(?:over|older))",
    re.I,
)
_AGE_OVER = re.compile(
    r"(?<!\w)>\s*"
    + _NUMBER
    + r"\s*"
    + _YEARS
    + r"\b|\b(?:older than|over|above age|above)\s*"
    + _NUMBER
    + r"(?=\s*"
    + _YEARS
    + r"\b|\s*$)"
    + r"|\b(?:over the age of|above the age of|aged over|aged above)\s*"
    + _NUMBER
    + r"\b(?!\s*(?:months|days|weeks))",
    re.I,
)
_AGE_UNDER = re.compile(
    r"<\s*" + _NUMBER + r"\s*" + _YEARS + r"\b|\b(?:under|younger than|below)\s*(?:age\s*)?" + _NUMBER + r"\s*" + _YEARS + r"\b"
    r"|\b(?:children|boys|girls|infants|aged)\s+(?:under|below|younger than)\s+(?:the age of\s+)?"
    + _NUMBER
    + r"\b(?!\s*(?:months|days|weeks|kg))",
    re.I,
)
_AGE_UNDER_MONTHS = re.compile(r"\b(?:under|younger than|below)\s*" + _NUMBER + r"\s*months\b", re.I)
_OF_THE_YOUNG = re.compile(
    r"\bage[ds]?\b|\bold\b|\binfants?\b|\bbab(?:y|ies)\b|\bchild(?:ren)?\b|\btoddlers?\b|\bboys?\b|\bgirls?\b|\bnewborns?\b", re.I
)
"""A range of months is an age only among words of the young: "1 to 2 months after the last dose" is not."""
_AGE_OF_ONE = re.compile(r"(?<![\d.])" + _NUMBER + r"[\s-]*(year|month)s?[\s-]*olds?\b", re.I)
_ADULT = re.compile(r"\badults?\b|\bveterans?\b|\bpost-?menopausal\b|\bwomen\b|\bmen\b|\bmale outpatients\b", re.IGNORECASE)
_OLDER = re.compile(
    r"\bolder (?:adults?|people|patients?|women|men)\b|\belderly\b|\boctogenarians?\b|\bnonagenarians?\b|\bnursing[- ]home residents?\b",
    re.IGNORECASE,
)
_CHILDREN = re.compile(
    r"\bchild(?:ren)?\b(?![- ]pugh)|\bschoolchildren\b|\bpre-?schoolers?\b|\bp(?:a)?ediatric\b|\bboys?\b|\bgirls?\b|\btoddlers?\b",
    re.IGNORECASE,
)
_INFANTS = re.compile(r"\binfants?\b|\bbab(?:y|ies)\b", re.IGNORECASE)
_NEONATES = re.compile(r"\bneonat\w+|\bnewborns?\b", re.IGNORECASE)
_ADOLESCENTS = re.compile(r"\badolescents?\b|\bteenage\w*", re.IGNORECASE)
_OF_MOTHER = re.compile(r"\bbreastfeeding a baby\b|\binfants of women\b|\bchildren exposed\b", re.IGNORECASE)

ADULT = Ages(18)
OLDER = Ages(65)
CHILD = Ages(0, 18)
INFANT = Ages(0, 1)
NEONATE = Ages(0, 28 / 365)
ADOLESCENT = Ages(12, 18)

_TAG_AGES = {
    "adult": ADULT, "older_adult": OLDER, "child": CHILD, "infant": Ages(0, 2), "neonate": NEONATE,
    "adolescent": ADOLESCENT,
}  # fmt: skip
KNOWN_TAGS = frozenset(_TAG_AGES) | {k.value for k in Kidney} | {
    "pregnancy", "lactation", "hepatic_impairment", "heart_failure", "emergency", "any",
}  # fmt: skip


class PopulationConflict(ValueError):
    """Words and tags of one population say opposite things."""


def kidney_from_egfr(low: float, high: float) -> frozenset[Kidney]:
    """KDIGO categories that [low, high) mL/min/1.73 m2 touches. Source: KDIGO 2024 CKD guideline, GFR categories."""
    states = set()
    if low < 30:
        states.add(Kidney.CKD_G4_G5)
    if low < 60 and high > 30:
        states.add(Kidney.CKD_G3)
    if high > 60:
        states.add(Kidney.NORMAL)
    return frozenset(states)


def parse_population(text: str) -> Population:
    """The population that `text` describes; an axis that it does not mention stays empty."""
    not_on_dialysis = bool(_NOT_DIALYSIS.search(text)) and not _WITH_OR_WITHOUT.search(text)
    pregnant = bool(_PREGNANT.search(text)) and not _NOT_PREGNANT.search(text)
    return Population(
        text=text,
        kidney=_kidney(_NOT_DIALYSIS.sub(" ", text) if not_on_dialysis else text, not_on_dialysis),
        not_on_dialysis=not_on_dialysis,
        ages=parse_ages(text),
        pregnant=pregnant,
        lactating=_stated(_LACTATING, text),
        hepatic=_stated(_HEPATIC, text),
    )


_DENIED = re.compile(r"\b(?:without|no|not|never|non|free of|excluding|neither)[\s-]+(?:\w+\s+){0,2}$", re.IGNORECASE)


def _stated(pattern: re.Pattern[str], text: str) -> bool:
    """Whether the words name the state at least once without denying it."""
    return any(not _DENIED.search(text[: m.start()]) for m in pattern.finditer(text))


_HEALTHY_KIDNEYS = re.compile(
    r"\b(?:without|no)\s+(?:\w+\s+)?(?:kidney|renal) (?:disease|impairment|insufficiency|failure|dysfunction)\b", re.IGNORECASE
)


def _kidney(text: str, not_on_dialysis: bool) -> frozenset[Kidney]:
    text = _HEALTHY_KIDNEYS.sub(" ", text)
    states: set[Kidney] = set()
    if not not_on_dialysis:
        if _HEMODIALYSIS.search(text) or _HD_ABBREVIATION.search(text):
            states.add(Kidney.HEMODIALYSIS)
        if _PERITONEAL.search(text) or _PD_ABBREVIATION.search(text):
            states.add(Kidney.PERITONEAL_DIALYSIS)
        if not states and _ANY_DIALYSIS.search(text):
            states |= DIALYSIS
    if _END_STAGE.search(text) or _ADVANCED.search(text):
        states.add(Kidney.CKD_G4_G5)
    if _MODERATE.search(text):
        states.add(Kidney.CKD_G3)
    for match in _GFR_RANGE.finditer(text):
        low, high = sorted((float(match[1]), float(match[2])))
        states |= kidney_from_egfr(low, high)
    for match in _GFR_BELOW.finditer(text):
        states |= kidney_from_egfr(0, float(match[1])) - {Kidney.NORMAL}
    for match in _GFR_ABOVE.finditer(text):
        states |= kidney_from_egfr(float(match[1]), 200)
    if egfr := parse_egfr(text):
        states |= kidney_from_egfr(egfr, egfr + 0.01)
    graded = {Kidney.CKD_G3, Kidney.CKD_G4_G5} & states
    if _ANY_CKD.search(text) and not graded and not states & DIALYSIS:
        states |= {Kidney.CKD_G3, Kidney.CKD_G4_G5}
    if _NORMAL.search(text):
        states.add(Kidney.NORMAL)
    if _TRANSPLANT.search(text):
        states.add(Kidney.TRANSPLANT)
    return frozenset(states)


MOST_EGFR = 200.0
"""mL/min: a higher figure is a slip of the key or of the unit, and says nothing of the kidneys."""


def parse_egfr(text: str) -> float | None:
    """A single eGFR or creatinine clearance in mL/min, when one is stated as a value and not as a bound; at most MOST_EGFR."""
    value = stated_egfr(text)
    return None if value is None or value > MOST_EGFR else value


def stated_egfr(text: str) -> float | None:
    """The same, as it stands, whether or not anybody can have it."""
    for match in _GFR_VALUE.finditer(text):
        if not _GFR_RANGE.match(text, match.start()):
            return float(match[1])
    return None


def parse_ages(text: str) -> Ages | None:
    """The ages `text` names, explicit numbers before words; None when it names none."""
    if _OF_MOTHER.search(text):
        return None
    explicit = _explicit_ages(text)
    if explicit is not None:
        return explicit
    bands = [
        band
        for pattern, band in (
            (_OLDER, OLDER),
            (_ADULT, ADULT),
            (_ADOLESCENTS, ADOLESCENT),
            (_CHILDREN, CHILD),
            (_NEONATES, NEONATE),
            (_INFANTS, INFANT),
        )
        if pattern.search(text)
    ]
    if OLDER in bands and ADULT in bands and not re.search(r"\badults and (?:older|elderly)\b", text, re.I):
        bands.remove(ADULT)
    if not bands:
        return None
    return Ages(min(b.low for b in bands), max(b.high for b in bands))


def _explicit_ages(text: str) -> Ages | None:
    if m := _AGE_RANGE_MONTHS_YEARS.search(text):
        return Ages(float(m[1]) / 12, float(m[2]) + 1)
    if (m := _AGE_RANGE_MONTHS.search(text)) and _OF_THE_YOUNG.search(text):
        return Ages(float(m[1]) / 12, (float(m[2]) + 1) / 12)
    if m := _AGE_MONTHS.search(text):
        return Ages(float(m[1]) / 12, (float(m[1]) + 1) / 12)
    if (m := _AGE_RANGE_DAYS.search(text)) and _INFANTS.search(text):
        return Ages(float(m[1]) / 365, (float(m[2]) + 1) / 365)
    if m := _AGE_RANGE_YEARS.search(text):
        low, high = (g for g in m.groups() if g is not None)
        if float(low) < float(high):
            return Ages(float(low), float(high) + 1)
    if m := _AGE_AT_LEAST.search(text):
        return Ages(float(next(g for g in m.groups() if g is not None)))
    if (m := _AGE_OVER.search(text)) and not _CHILDREN.search(text):
        return Ages(float(next(g for g in m.groups() if g is not None)))
    if m := _AGE_UNDER.search(text):
        high = float(next(g for g in m.groups() if g is not None))
        return Ages(0, high) if high > 0 else None
    if (m := _AGE_UNDER_MONTHS.search(text)) and _INFANTS.search(text):
        return Ages(0, float(m[1]) / 12) if float(m[1]) else None
    return _age_of_one(text)


def _age_of_one(text: str) -> Ages | None:
    """A child of a stated age is of that age; an adult stands for adults, from 65 on for older ones."""
    if not (m := _AGE_OF_ONE.search(text)):
        return None
    years = float(m[1]) / (12 if m[2].lower() == "month" else 1)
    if years >= OLDER.low:
        return OLDER
    return ADULT if years >= ADULT.low else Ages(years, years + (1 / 12 if m[2].lower() == "month" else 1))


def merge_tags(population: Population, tags: Iterable[str]) -> Population:
    """Add what the reader's tags say and the words leave open; the words outrank the tags.

    Raises PopulationConflict when a tag contradicts the words.
    """
    tags = tuple(tags)
    unknown = sorted(set(tags) - KNOWN_TAGS)
    if unknown:
        raise PopulationConflict(f"unknown population tags {unknown}")
    tagged = frozenset(k for k in Kidney if k.value in tags)
    if population.not_on_dialysis and tagged & DIALYSIS:
        raise PopulationConflict(f"tagged {sorted(tagged & DIALYSIS)}, but the text says {population.text!r}")
    of_mother_and_child = population.pregnant or population.lactating
    if population.ages is not None and not of_mother_and_child:
        for tag in tags:
            if tag in _TAG_AGES and not _TAG_AGES[tag].overlaps(population.ages):
                raise PopulationConflict(f"tagged {tag!r}, but the text says {population.text!r}")
    ages = population.ages
    if ages is None and "any" not in tags and not of_mother_and_child:
        bands = [_TAG_AGES[t] for t in tags if t in _TAG_AGES]
        if bands:
            ages = Ages(min(b.low for b in bands), max(b.high for b in bands))
    return Population(
        text=population.text,
        kidney=population.kidney | tagged,
        not_on_dialysis=population.not_on_dialysis,
        ages=ages,
        pregnant=population.pregnant or "pregnancy" in tags,
        lactating=population.lactating or "lactation" in tags,
        hepatic=population.hepatic or "hepatic_impairment" in tags,
    )
