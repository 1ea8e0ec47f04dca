"""Facts about the patient, read from the question: age, weight, kidney function, pregnancy."""

from __future__ import annotations

import re

from osler.domain.answer import Notice, NoticeKind
from osler.domain.concept import Mention
from osler.domain.population import DIALYSIS, Ages, Kidney, Population
from osler.language.polarity import negated_before
from osler.language.population import MOST_EGFR, kidney_from_egfr, parse_egfr, parse_population, stated_egfr

_N = r"(\d{1,3}(?:\.\d+)?)"
_HALF = re.compile(r"\b" + _N + r"\s+and\s+a\s+half\b(?!\s*(?:hours?|days?|weeks?|months?|tablets?|mg|ml))", re.I)
_AGE = (
    (re.compile(_N + r"[\s-]*(?:years?|yrs?)[\s-]*old|" + _N + r"[\s-]*(?:y/?o|yo)\b", re.I), 1.0),
    (re.compile(_N + r"[\s-]*months?[\s-]*old|" + _N + r"[\s-]*mo(?:nth)?s?\b[\s-]*old", re.I), 1 / 12),
    (re.compile(_N + r"[\s-]*weeks?[\s-]*old", re.I), 7 / 365),
    (re.compile(_N + r"[\s-]*days?[\s-]*old", re.I), 1 / 365),
    (re.compile(_N + r"\s?y(?:rs?|ears?)?\s+(?:man|woman|male|female|boy|girl|lady|gentleman|M|F)\b", re.I), 1.0),
    (re.compile(r"\b(?:child|boy|girl|kid|man|woman|patient|son|daughter),?\s+" + _N + r"\s?(?:y|yrs?|years?)\b(?!\s*(?:of|ago|later|after|on|with|history|post))", re.I), 1.0),
    (re.compile(r"(?<![\d./-])\b(\d{2,3})\s?(?:M|F)\b(?![\w/+-])|\baged\s+(\d{1,3})\b(?!\s*(?:months?|weeks?|days?|to|and (?:over|above|under|older|younger)|or (?:over|older|under))\b|\s*[-–+])"), 1.0),
    (re.compile(r"\b(?:aged?|age is|age of|age:|who is|she is|he is|patient is|boy is|girl is|son is|daughter is|baby is|child is|(?:mum|mom|mother|dad|father|nan|gran|granny|grandma|grandpa|grandad|grandmother|grandfather|husband|wife|partner|uncle|aunt) is|(?:child|boy|girl|man|woman) of|i am|i['’]m)\s+" + _N + r"(?=\s*(?:years?|yrs?|,|\.(?!\d)|;|\?|and\b|on\b|with\b|take\b|have\b|be\b|$))(?!\s*(?:years?|yrs?)\s+(?:of|ago)|\s+and\s+(?:over|above|older|under|younger)\b)", re.I), 1.0),
)  # fmt: skip
_WEIGHT = re.compile(r"(?<![\d/.])" + _N + r"\s*(?:kgs?|kilos?|kilograms?)\b(?!\s*/)", re.I)
_POUNDS = re.compile(r"\b" + _N + r"\s*(?:lbs?|pounds)\b", re.I)
_DIALYSIS_NAMES = {
    "pop/hemodialysis": frozenset({Kidney.HEMODIALYSIS}),
    "pop/peritoneal-dialysis": frozenset({Kidney.PERITONEAL_DIALYSIS}),
    "pop/dialysis": DIALYSIS,
}
_KIDNEY_NAMES = {
    "pop/kidney-failure": frozenset({Kidney.CKD_G4_G5}),
    "pop/advanced-ckd": frozenset({Kidney.CKD_G4_G5}),
    "pop/moderate-ckd": frozenset({Kidney.CKD_G3}),
    "pop/chronic-kidney-disease": frozenset({Kidney.CKD_G3, Kidney.CKD_G4_G5}),
    "pop/kidney-transplant": frozenset({Kidney.TRANSPLANT}),
}
_KILOGRAMS_PER_POUND = 0.45359237


def age_years(text: str) -> float | None:
    """The patient's age, or None; numbers above 120 are not ages."""
    if half := _HALF.search(text):
        return float(half[1]) + 0.5
    for pattern, factor in _AGE:
        if match := pattern.search(text):
            value = float(next(g for g in match.groups() if g is not None)) * factor
            return value if value <= 120 else None
    return None


def weight_kg(text: str) -> float | None:
    """The patient's weight; 0.3 to 400 kg count as weights, other numbers do not."""
    if match := _WEIGHT.search(text):
        value = float(match[1])
    elif match := _POUNDS.search(text):
        value = round(float(match[1]) * _KILOGRAMS_PER_POUND, 1)
    else:
        return None
    return value if 0.3 <= value <= 400 else None


def without_age(text: str) -> str:
    """The words without those that say how old the patient is."""
    for pattern in (_HALF, *(p for p, _ in _AGE)):
        text = pattern.sub(" ", text)
    return text


def without_weight(text: str) -> str:
    """The words without those that say what the patient weighs."""
    return _POUNDS.sub(" ", _WEIGHT.sub(" ", text))


_GESTATION = re.compile(
    r"\b"
    + _N
    + r"\s*(?:weeks?|wks?)['’]?\s*(?:of\s+)?(?:gestation|pregnan\w+)|\bpregnan\w+,?\s*(?:at|of|for)?\s*"
    + _N
    + r"\s*(?:weeks?|wks?)\b|\b([1-4]?\d)/40\b",
    re.I,
)


def gestation_weeks(text: str) -> float | None:
    """How far a pregnancy is; 1 to 45 weeks count, other numbers do not."""
    if match := _GESTATION.search(text):
        value = float(next(g for g in match.groups() if g is not None))
        return value if 1 <= value <= 45 else None
    return None


_THEN = re.compile(
    r"\b(?:as an?|when (?:\w+ ){1,3}an?|since (?:being )?an?|was an?) (?:toddler|child|baby|kid|infant|teenager|boy|girl)\b|\b(?:in|since|from) (?:\w+ )?childhood\b",
    re.IGNORECASE,
)
"""How old the patient was once, not how old the patient is."""


def asked_population(text: str, mentions: tuple[Mention, ...], age: float | None) -> Population:
    """Who the question is about. Dialysis outranks any other kidney state named beside it."""
    text = _THEN.sub(lambda past: " " * len(past[0]), text)
    read = parse_population(text)
    kidney: set[Kidney] = set(read.kidney)
    names = [m for m in mentions if m.concept_id in _DIALYSIS_NAMES or m.concept_id in _KIDNEY_NAMES]
    dialysis: set[Kidney] = set()
    specific = {m.concept_id for m in names} & {"pop/hemodialysis", "pop/peritoneal-dialysis"}
    for mention in names:
        if negated_before(text, mention.start):
            continue
        if mention.concept_id == "pop/dialysis" and specific:
            continue
        dialysis |= _DIALYSIS_NAMES.get(mention.concept_id, frozenset())
        kidney |= _KIDNEY_NAMES.get(mention.concept_id, frozenset())
    egfr = parse_egfr(text)
    if egfr is not None and not dialysis:
        kidney = set(kidney_from_egfr(egfr, egfr + 0.01))
    if dialysis and not read.not_on_dialysis:
        kidney = dialysis
    elif not read.not_on_dialysis and kidney & DIALYSIS:
        kidney &= DIALYSIS
    ages = Ages(age, age + 0.001) if age is not None else read.ages
    return Population(
        text=read.text,
        kidney=frozenset(kidney - DIALYSIS if read.not_on_dialysis else kidney),
        not_on_dialysis=read.not_on_dialysis,
        ages=ages,
        pregnant=read.pregnant and not re.search(r"\b(?:not|isn['’]?t|never) pregnant\b", text, re.I),
        lactating=read.lactating,
        hepatic=read.hepatic,
    )


def dialysis_name(population: Population) -> str | None:
    """`hemodialysis`, `peritoneal dialysis`, `dialysis` (kind not stated) or None."""
    states = population.kidney & DIALYSIS
    if not states:
        return None
    return "dialysis" if states == DIALYSIS else next(iter(states)).value.replace("_", " ")


_POTASSIUM = re.compile(
    r"(?<!vitamin )(?:\bpotassium|\bK\+?)\s*(?:level )?(?:of|is|was|=|:|at)?\s*(\d{1,2}(?:\.\d+)?)\b(?!\s*(?:mg|mcg|g|units?|tablets?))"
)
_HIGH_POTASSIUM_MMOL = 5.5
"""UK Kidney Association, hyperkalaemia in adults, October 2023, as given by primarycarenotebook.com: 5.5 mmol/L and above."""
_HIGHEST_POTASSIUM_MMOL = 15.0


def high_potassium(text: str) -> bool:
    """Whether the text gives a serum potassium of 5.5 mmol/L or more."""
    return any(_HIGH_POTASSIUM_MMOL <= float(m[1]) <= _HIGHEST_POTASSIUM_MMOL for m in _POTASSIUM.finditer(text))


_CREATININE = re.compile(
    r"\b(?:(?:serum )?creatinine|s?Cr|SCr)\b\s*(?:of|is|was|=|:|at)?\s*(\d{1,4}(?:\.\d+)?)\s*((?:µ|μ|u|micro)mol(?:es)?(?:/l(?:it(?:er|re))?)?|mg/dl)",
    re.IGNORECASE,
)
_UMOL_PER_MG_DL = 88.4
_LEAST_UMOL, _MOST_MG_DL = 10.0, 37.0
"""Davis's Lab & Diagnostic Tests (creatinine, blood): lowest reference limit 27 µmol/L, critical finding 7.4 mg/dL, × 88.4. The bounds
are far outside both, by our own choice: what lies beyond them is a figure in the other unit."""


def laboratory_notices(text: str) -> tuple[Notice, ...]:
    """A creatinine or an eGFR that nobody has: its unit is said to be wrong, and what it would be in the other one; nothing is corrected."""
    notices = []
    for match in _CREATININE.finditer(text):
        value, conventional = float(match[1]), "mg" in match[2].lower()
        if conventional and value > _MOST_MG_DL:
            other = f"{value:g} µmol/L would be {value / _UMOL_PER_MG_DL:.1f} mg/dL"
        elif not conventional and value < _LEAST_UMOL:
            other = f"{value:g} mg/dL would be {value * _UMOL_PER_MG_DL:.0f} µmol/L"
        else:
            continue
        words = f"“{match[0]}” is not a creatinine that a person can have: the unit may be wrong ({other}). Check it before a dose rests on it."
        notices.append(Notice(NoticeKind.UNIT_ERROR, words, "Davis's Lab & Diagnostic Tests: creatinine, blood"))
    egfr = stated_egfr(text)
    if egfr is not None and egfr > MOST_EGFR:
        words = f"An eGFR of {egfr:g} mL/min is above {MOST_EGFR:g}: it was not used. Check the figure and its unit before a dose rests on it."
        notices.append(Notice(NoticeKind.UNIT_ERROR, words))
    return tuple(notices)
