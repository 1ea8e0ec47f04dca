"""Doses, ranges, frequencies and their arithmetic, read from text with offsets.

Masses are compared in milligrams and volumes in millilitres; a unit is never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from osler.domain.concept import Quantity

UNITS: dict[str, str] = {
    "mg": "mg", "milligram": "mg", "milligrams": "mg", "mgs": "mg",
    "g": "g", "gram": "g", "grams": "g", "gm": "g", "gms": "g",
    "kg": "kg", "kilogram": "kg", "kilograms": "kg", "kilo": "kg", "kilos": "kg", "kgs": "kg",
    "mcg": "mcg", "µg": "mcg", "μg": "mcg", "ug": "mcg", "microg": "mcg", "microgram": "mcg", "micrograms": "mcg",
    "ng": "ng", "nanogram": "ng", "nanograms": "ng",
    "ml": "mL", "milliliter": "mL", "milliliters": "mL", "millilitre": "mL", "millilitres": "mL", "cc": "mL",
    "l": "L", "liter": "L", "liters": "L", "litre": "L", "litres": "L", "dl": "dL",
    "unit": "unit", "units": "unit", "iu": "unit", "u": "unit", "international units": "unit",
    "mmol": "mmol", "µmol": "µmol", "μmol": "µmol", "umol": "µmol", "micromol": "µmol", "nmol": "nmol", "meq": "mEq", "mol": "mol", "kcal": "kcal",
    "%": "%", "percent": "%", "per cent": "%", "percentage points": "%",
    "mmhg": "mmHg", "mm hg": "mmHg", "mm": "mm", "cm": "cm", "msec": "ms", "ms": "ms",
    "year": "year", "years": "year", "yr": "year", "yrs": "year", "month": "month", "months": "month",
    "week": "week", "weeks": "week", "day": "day", "days": "day", "d": "day",
    "hour": "h", "hours": "h", "hr": "h", "hrs": "h", "h": "h", "minute": "min", "minutes": "min", "min": "min",
    "tablet": "tablet", "tablets": "tablet", "tab": "tablet", "tabs": "tablet", "pill": "tablet", "pills": "tablet",
    "capsule": "capsule", "capsules": "capsule", "caps": "capsule", "puff": "puff", "puffs": "puff",
    "patch": "patch", "patches": "patch", "spray": "spray", "drop": "drop", "drops": "drop",
    "dose": "dose", "doses": "dose", "points": "point", "point": "point", "fold": "fold",
}  # fmt: skip
MASS_MG: dict[str, float] = {"kg": 1e6, "g": 1e3, "mg": 1.0, "mcg": 1e-3, "ng": 1e-6}
VOLUME_ML: dict[str, float] = {"L": 1e3, "dL": 100.0, "mL": 1.0}
DOSE_UNITS = frozenset(MASS_MG) - {"kg"} | {"mL", "unit", "mmol", "mEq", "tablet", "capsule", "puff", "patch", "spray", "drop"}

WORD_NUMBERS = {
    "half": 0.5, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30,
}  # fmt: skip

_NUM = r"(?:\d{1,3}(?:[,\u2009\u202f ]\d{3})+(?!\d)(?:\.\d+)?|\d+,\d{1,2}(?!\d)|\d+(?:[.·]\d+)?)"
_UNIT = "|".join(sorted((re.escape(u) for u in UNITS), key=len, reverse=True))
_COMPARATOR = r"(?P<cmp>[<>≤≥]=?|no(?:t)? more than|no(?:t)? less than|not above|not below|less than|below|under|fewer than|more than|over|above|greater than|at least|at most|up to|exceed)?\s*"
_QUANTITY = re.compile(
    rf"(?<![\w.]){_COMPARATOR}(?P<low>{_NUM})(?:\s*(?:-|–|−|to|or)\s*(?P<high>{_NUM})(?![\d/]))?"
    rf"(?:[\s-]?(?P<unit>{_UNIT})(?![\w])"
    rf"(?P<per>(?:\s*(?:/|\bper\b|\ba\b|\beach\b)\s*(?:{_NUM}\s*)?(?:{_UNIT})(?![\w]))*))?",
    re.IGNORECASE,
)
_PER = re.compile(rf"(?:/|\bper\b|\ba\b|\beach\b)\s*(?P<n>{_NUM})?\s*(?P<unit>{_UNIT})(?![\w])", re.IGNORECASE)
_COMPARATORS = {
    "<": "<", "less than": "<", "below": "<", "under": "<", "fewer than": "<",
    "no more than": "<=", "not more than": "<=", "not above": "<=", "no less than": ">=", "not less than": ">=", "not below": ">=",
    "≤": "<=", "<=": "<=", "at most": "<=", "up to": "<=",
    ">": ">", "more than": ">", "over": ">", "above": ">", "greater than": ">", "exceed": ">",
    "≥": ">=", ">=": ">=", "at least": ">=",
}  # fmt: skip

_TIMES = r"(?:once|twice|thrice|one|two|three|four|five|six|seven|eight|nine|ten|twelve|\d+\s*x|\d+)"
_TIMING = re.compile(
    rf"(?P<times>{_TIMES})(?:\s+or\s+(?P<times_high>{_TIMES}))?(?P<word>[\s-]+times?)?[\s-]+(?P<each>(?:a|per|each|every)\s+)?(?P<period>day|daily|d|week|weekly|month|monthly|24 hours|24 h)\b"
    r"|(?:at most|up to)\s+(?P<max_times>\d+|one|two|three|four|five|six)\s+times\s+in\s+24\s+hours"
    rf"|every\s+(?P<every>\d+(?:\s*(?:-|–|to)\s*\d+)?|other|second|{_TIMES})[\s-]*(?P<every_unit>hours?|hrs?|h|days?|weeks?|months?|minutes?|min)\b"
    r"|(?P<alternate>\bon alternate days\b|\balternate-day\b|\bq\.?o\.?d\b)"
    r"|(?P<hourly>\d+)[- ]hourly"
    r"|\bq\s?(?P<q>\d+)\s?h\b"
    r"|\b(?P<latin>bid|b\.i\.d\.|bd|tid|t\.i\.d\.|tds|t\.d\.s\.|qid|qds|od|qd|tiw|nocte|mane)(?!\w|\.\w)"
    r"|(?P<session>(?:after|before|at the end of|during)\s+(?:each|every|the)?\s*(?:\d+ h of )?(?:h[ae]{1,2}mo)?dialysis(?:\s+sessions?)?"
    r"|after (?:each|every|the) session|on (?:non-dialysis|dialysis-free|dialysis|non-h[ae]{1,2}modialysis) days)"
    r"|(?P<plain>\bdaily\b|\b(?:a|per|each|every) day\b|/d(?:ay)?\b|\bat (?:night|bedtime)\b|\bevery night\b|\b(?:once )?weekly\b|\b(?:per|each|every) week\b"
    r"|\bmonthly\b|\b(?:per|each|every) month\b|\bas needed\b|\bimmediately\b)"
    r"|(?P<single>\b(?:single dose|one dose|one single dose|as a single|in a single)\b)",
    re.IGNORECASE,
)
_LATIN_PER_DAY = {"bid": 2.0, "bd": 2.0, "tid": 3.0, "tds": 3.0, "qid": 4.0, "qds": 4.0, "od": 1.0, "qd": 1.0}
_LATIN_PER_DAY |= {"nocte": 1.0, "mane": 1.0}
_HOURS = {"m": 1 / 60, "h": 1.0, "d": 24.0, "w": 168.0}


@dataclass(frozen=True, slots=True)
class Timing:
    """When a dose is given: the words at [start, end), and how often a day, a week or a month when they say so.

    every_h: the interval in hours, low and high, where the words give an interval ("every 4 to 6 hours", "q8h").
    """

    text: str
    start: int
    end: int
    per_day: float | None
    per_week: float | None = None
    per_month: float | None = None
    every_h: tuple[float, float] | None = None


def number(text: str) -> float:
    """The value of a written number: thousands separators dropped, decimal comma and middle dot read as a point."""
    compact = text.replace("\u2009", "").replace("\u202f", "").replace(" ", "").replace("·", ".")
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", compact):
        compact = compact.replace(",", "")
    return float(compact.replace(",", "."))


def find_quantities(text: str) -> tuple[Quantity, ...]:
    """Every number of `text` with its range, unit and 'per' units, left to right.

    Two numbers that would make a range running backwards ("−7.3 to 0.7") are two quantities.
    """
    found = []
    position = 0
    while match := _QUANTITY.search(text, position):
        low = number(match["low"])
        high = number(match["high"]) if match["high"] else low
        position = match.end() if high >= low else match.end("low")
        unit = UNITS.get((match["unit"] or "").lower(), "")
        per = tuple(
            f"{m['n']} {UNITS[m['unit'].lower()]}" if m["n"] else UNITS[m["unit"].lower()]
            for m in _PER.finditer(match["per"] or "")
        )
        comparator = _COMPARATORS.get((match["cmp"] or "").lower(), "")
        found.append(Quantity(low, high if high >= low else low, unit, match.start("low"), position, per, comparator=comparator))
    return tuple(found)


def find_timings(text: str) -> tuple[Timing, ...]:
    """Every frequency or moment of giving in `text`, left to right."""
    return tuple(_timing(m) for m in _TIMING.finditer(text) if not _is_duration(m))


def _is_duration(match: re.Match[str]) -> bool:
    """Whether a count with a bare noun is a length of time ("a 5 day course"), not a frequency ("5 times a day")."""
    bare = match["period"] and match["period"].lower() in ("day", "d", "week", "month") and not match["each"] and not match["word"]
    return bool(bare) and match["times"].lower() not in ("once", "twice", "thrice") and not match["times"].lower().endswith("x")


def _timing(match: re.Match[str]) -> Timing:
    per_week = per_month = None
    period = (match["period"] or "").lower()
    if period.startswith(("week", "month")):
        count = _count(match["times_high"] or match["times"])
        per_week, per_month = (count, None) if period.startswith("week") else (None, count)
    elif match["plain"] and "week" in match["plain"].lower():
        per_week = 1.0
    elif match["plain"] and "month" in match["plain"].lower():
        per_month = 1.0
    elif match["latin"] and match["latin"].lower() == "tiw":
        per_week = 3.0
    return Timing(match[0], match.start(), match.end(), _per_day(match), per_week, per_month, _every_h(match))


def _every_h(match: re.Match[str]) -> tuple[float, float] | None:
    if match["alternate"]:
        return 48.0, 48.0
    if match["hourly"] or match["q"]:
        hours = float(match["hourly"] or match["q"])
        return hours, hours
    if not match["every"] or match["every_unit"].lower().startswith("mo"):
        return None
    if match["every"].lower() in ("other", "second"):
        low = high = 2.0
    else:
        ends = (
            [_count(e.strip()) for e in re.split(r"-|–|to", match["every"])]
            if match["every"][0].isdigit()
            else [_count(match["every"])]
        )
        low, high = ends[0], ends[-1]
    factor = _HOURS[match["every_unit"][0].lower()]
    return low * factor, high * factor


def _per_day(match: re.Match[str]) -> float | None:
    if match["times"]:
        if match["period"].lower().startswith(("week", "month")):
            return None
        return _count(match["times_high"] or match["times"])
    if match["max_times"]:
        return _count(match["max_times"])
    if match["every"] and match["every_unit"].lower().startswith("h"):
        shortest = _every_h(match)
        return 24 / shortest[0] if shortest and shortest[0] else None
    if match["hourly"]:
        return 24 / float(match["hourly"])
    if match["q"]:
        return 24 / float(match["q"])
    if match["latin"]:
        return _LATIN_PER_DAY.get(match["latin"].lower().replace(".", ""))
    if match["plain"] and not re.search("week|month|need", match["plain"], re.IGNORECASE):
        return 1.0
    return None


def _count(word: str) -> float:
    fixed = {"once": 1.0, "twice": 2.0, "thrice": 3.0}
    lowered = re.sub(r"(?<=\d)\s*x$", "", word.lower())  # "3x", but not the end of "six"
    return fixed.get(lowered) or float(WORD_NUMBERS.get(lowered) or float(lowered))


def find_doses(text: str) -> tuple[tuple[Quantity, Timing | None], ...]:
    """Quantities that can be a dose, each with the timing that follows it within 45 characters."""
    timings = find_timings(text)
    doses = []
    quantities = find_quantities(text)
    for index, quantity in enumerate(quantities):
        if quantity.unit not in DOSE_UNITS or _is_concentration(quantity):
            continue
        later = [q.start for q in quantities[index + 1 :] if q.unit in DOSE_UNITS]
        limit = min([quantity.end + 45, *later])
        if "day" in quantity.per:
            timing: Timing | None = Timing("per day", quantity.start, quantity.end, 1.0)
        else:
            timing = next((t for t in timings if quantity.end <= t.start <= limit), None)
        doses.append((quantity, timing))
    return tuple(doses)


def _is_concentration(quantity: Quantity) -> bool:
    return any(p.split()[-1] in VOLUME_ML or (p.split()[-1] == "min" and quantity.unit in VOLUME_ML) for p in quantity.per)


def in_mg(quantity: Quantity) -> tuple[float, float] | None:
    """The range in milligrams (per whatever it is per), or None when it is not a mass."""
    factor = MASS_MG.get(quantity.unit)
    return None if factor is None else (quantity.low * factor, quantity.high * factor)


def concentration_mg_per_ml(text: str) -> tuple[float, str] | None:
    """The strength of a liquid ("250 mg/5 mL" is 50 mg/mL) with the words that gave it, or None."""
    for quantity in find_quantities(text):
        mass = in_mg(quantity)
        if mass is None or mass[0] != mass[1]:
            continue
        for per in quantity.per:
            *amount, unit = per.split()
            if unit in VOLUME_ML:
                volume = (number(amount[0]) if amount else 1.0) * VOLUME_ML[unit]
                if volume > 0:
                    return mass[0] / volume, text[quantity.start : quantity.end]
    return None


def plain(value: float) -> str:
    """A number as a reader writes it: three decimals (ten below a thousandth, never rounded to nothing), no trailing zeros."""
    if 0 < abs(value) < 0.001:
        return f"{value:.10f}".rstrip("0").rstrip(".")
    return f"{value:,.3f}".rstrip("0").rstrip(".")
