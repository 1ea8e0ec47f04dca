"""Real sentences changed in one place: what the claim check must block.

Every change has a name, is made by rule and without chance, and knows nothing of how the check works: its word lists are its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from osler.domain.concept import ConceptKind, Mention
from osler.language.lexicon import Lexicon
from osler.language.quantities import find_quantities, find_timings


@dataclass(frozen=True, slots=True)
class Variant:
    """A claim made from a sentence; `kind` is the change, `how` the rule that made it."""

    kind: str
    how: str
    claim: str


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence with what the rules need to know of it."""

    sentence: str
    passage: str
    mentions: tuple[Mention, ...]
    passage_mentions: tuple[Mention, ...]
    lexicon: Lexicon
    members: Mapping[str, tuple[str, ...]]


_Made = Iterator[tuple[str, str]]


def members_of(lexicon: Lexicon) -> dict[str, tuple[str, ...]]:
    """For each concept the concepts directly below it."""
    below: dict[str, list[str]] = {}
    for concept in lexicon.concepts():
        for parent in concept.broader:
            below.setdefault(parent, []).append(concept.id)
    return {k: tuple(v) for k, v in below.items()}


def changed(
    sentence: str, passage: str, lexicon: Lexicon, members: Mapping[str, tuple[str, ...]], kinds: Sequence[str] | None = None
) -> Iterator[Variant]:
    """Every change of `sentence` that the rules make (of `kinds`, or all); some figures and terms come from elsewhere in its `passage`."""
    place = Place(sentence, passage, lexicon.tag(sentence), lexicon.tag(passage), lexicon, members)
    for kind in MAKERS if kinds is None else kinds:
        seen = {sentence}
        for how, claim in MAKERS[kind](place):
            if claim not in seen:
                seen.add(claim)
                yield Variant(kind, how, claim)


def _put(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


_NUMBER = re.compile(r"(?<![\w.,-])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\d,]*\d)")
_DOSE_UNITS = frozenset({"mg", "g", "mcg", "ng", "mL", "unit", "mmol", "mEq", "tablet", "capsule", "puff"})


def _other_numbers(written: str) -> Iterator[tuple[str, str]]:
    digits = written.replace(",", "")
    value, decimals = float(digits), len(digits.partition(".")[2])
    yield "ten times", _written(value * 10, decimals)
    yield "a tenth", _written(value / 10, decimals + 1)
    yield "double", _written(value * 2, decimals)
    yield "plus one", _written(value + 1, decimals)
    if len(digits) > 1 and digits[-2:].isdigit() and digits[-1] != digits[-2]:
        yield "digits exchanged", digits[:-2] + digits[-1] + digits[-2]


def _written(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".") if decimals else str(int(value))


def _numbers(place: Place, dose: bool) -> _Made:
    sentence = place.sentence
    elsewhere = find_quantities(place.passage)
    for q in find_quantities(sentence):
        number = _NUMBER.match(sentence, q.start)
        if (q.unit in _DOSE_UNITS) is not dose or number is None or number.end() > q.end or not q.low:
            continue
        for how, new in _other_numbers(number[0]):
            yield how, _put(sentence, number.start(), number.end(), new)
        for other in elsewhere:
            if (other.unit, other.per) == (q.unit, q.per) and (other.low, other.high) != (q.low, q.high):
                yield "another figure of the passage", _put(sentence, q.start, q.end, place.passage[other.start : other.end])
                break


_UNIT_CHANGES = {
    "mg": ("g", "mcg", "mL"), "milligrams": ("grams", "micrograms"), "g": ("mg", "kg"), "mcg": ("mg", "g"), "µg": ("mg", "ng"), "μg": ("mg", "ng"),
    "ug": ("mg",), "micrograms": ("milligrams",), "ng": ("µg", "mg"), "ml": ("L", "mg"), "l": ("mL",), "dl": ("L",), "mmol": ("mol", "µmol"),
    "kg": ("g", "lb"), "iu": ("mg",), "units": ("mg",), "%": (" mg", "‰"), "percent": ("per mille",), "hours": ("minutes", "days"), "h": ("min",),
    "minutes": ("hours",), "min": ("h",), "days": ("weeks", "hours"), "day": ("week",), "weeks": ("days", "months"), "week": ("month",),
    "months": ("weeks", "years"), "month": ("year",), "years": ("months",), "year": ("month",), "mmhg": ("cmHg",), "mm": ("cm",), "cm": ("mm",),
}  # fmt: skip
_UNIT_AT = re.compile(
    rf"\d\s?-?(?P<unit>{'|'.join(sorted(map(re.escape, _UNIT_CHANGES), key=len, reverse=True))})(?![\w])", re.IGNORECASE
)
_PER_AT = re.compile(r"(?<=[a-zA-Z])(?:/| per )(kg|day|dose|h|hour|week|mL|ml|L|dL)\b")
_PER_CHANGES = {
    "kg": "m2",
    "day": "dose",
    "dose": "day",
    "h": "day",
    "hour": "day",
    "week": "day",
    "mL": "L",
    "ml": "L",
    "L": "mL",
    "dL": "L",
}


def _units(place: Place) -> _Made:
    for match in _UNIT_AT.finditer(place.sentence):
        for new in _UNIT_CHANGES[match["unit"].lower()]:
            yield f"{match['unit'].lower()} to {new.strip()}", _put(place.sentence, match.start("unit"), match.end("unit"), new)
    for match in _PER_AT.finditer(place.sentence):
        yield "per another", _put(place.sentence, match.start(1), match.end(1), _PER_CHANGES[match[1]])
        yield "per nothing", _put(place.sentence, match.start(), match.end(), "")


_FREQUENCIES = (
    "once daily",
    "twice daily",
    "three times daily",
    "every 6 hours",
    "every 12 hours",
    "once weekly",
    "three times weekly",
)
_LATIN = {
    "bid": "tid",
    "tid": "qid",
    "qid": "bid",
    "b.i.d.": "t.i.d.",
    "t.i.d.": "b.i.d.",
    "bd": "tds",
    "tds": "bd",
    "od": "bd",
    "qd": "bid",
}
_A_FREQUENCY = re.compile(r"dai|day|week|month|every|hourly|^q|[btq]\.?i\.?d|^bd$|^tds$|^od$|night", re.IGNORECASE)


def _timings(place: Place) -> _Made:
    for timing in find_timings(place.sentence):
        if not _A_FREQUENCY.search(timing.text) or "dialysis" in timing.text.lower() or timing.text.startswith("/"):
            continue
        if timing.text.lower() in _LATIN:
            yield "another abbreviation", _put(place.sentence, timing.start, timing.end, _LATIN[timing.text.lower()])
        for new in _FREQUENCIES:
            mine = find_timings(new)[0]
            if (mine.per_day, mine.per_week) != (timing.per_day, timing.per_week):
                yield f"to {new}", _put(place.sentence, timing.start, timing.end, new)


_FABRICATED = (
    "37%",
    "a median of 412 mg",
    "an odds ratio of 3.71",
    "1,834 patients",
    "P=0.0173",
    "48.6 months",
    "a dose of 2.75 mg/kg",
    "nearly 900 mL",
)


def _fabricated(place: Place) -> _Made:
    body = place.sentence.rstrip(" .")
    chosen = sum(map(ord, body)) % len(_FABRICATED)
    for figure in (_FABRICATED[chosen], _FABRICATED[chosen - 3]):
        yield "appended in brackets", f"{body} ({figure})."
        yield "appended", f"{body}, with {figure}."


_UNRELATED: Mapping[ConceptKind, tuple[str, ...]] = {
    ConceptKind.DRUG: ("warfarin", "metoprolol", "zolpidem", "colistin", "zanubrutinib", "tirzepatide"),
    ConceptKind.DRUG_CLASS: ("loop diuretics", "statins", "aminoglycosides", "triptans"),
    ConceptKind.CONDITION: ("gout", "asthma", "epilepsy", "psoriasis", "hiccups", "cystinosis"),
    ConceptKind.POPULATION: ("kidney transplant recipients", "infants", "smokers", "lactating women"),
}


def _exchanged_terms(place: Place, kinds: frozenset[ConceptKind]) -> _Made:
    """A term replaced by its class, a member, a sibling, another of the passage, or an unrelated one."""
    for mention in place.mentions:
        if mention.kind not in kinds:
            continue
        concept = place.lexicon[mention.concept_id]
        pick = sum(map(ord, mention.text))
        siblings = [s for parent in concept.broader for s in place.members.get(parent, ()) if s != concept.id]
        others = [m.text for m in place.passage_mentions if m.kind is mention.kind and m.concept_id != concept.id]
        unrelated = _UNRELATED[mention.kind]
        names = {
            "the class": [place.lexicon.name(p) for p in concept.broader],
            "a member": [place.lexicon.name(m) for m in place.members.get(concept.id, ())],
            "a sibling": [place.lexicon.name(s) for s in siblings],
            "another of the passage": others,
            "an unrelated one": [u for u in unrelated if u.lower() not in mention.text.lower()],
        }
        for how, found in names.items():
            if found and place.lexicon.tag(new := found[pick % len(found)])[:1] != (mention,):
                yield how, _put(place.sentence, mention.start, mention.end, new)


def _drugs(place: Place) -> _Made:
    return _exchanged_terms(place, frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS}))


def _problems(place: Place) -> _Made:
    return _exchanged_terms(place, frozenset({ConceptKind.CONDITION}))


_PEOPLE = {
    "children": ("adults", "infants"), "adults": ("children", "adolescents"), "infants": ("adults",), "women": ("men",), "men": ("women",), "male": ("female",),
    "female": ("male",), "elderly": ("young",), "pregnant": ("postmenopausal", "lactating"), "adolescents": ("infants",), "neonates": ("adults",),
    "hemodialysis": ("peritoneal dialysis", "CKD G3"), "haemodialysis": ("peritoneal dialysis",), "smokers": ("non-smokers",), "humans": ("mice",), "mice": ("humans",),
    "rats": ("patients",), "boys": ("girls",), "girls": ("boys",), "females": ("males",), "males": ("females",), "infant": ("adult",), "adult": ("pediatric",),
    "pediatric": ("adult",), "newborns": ("adults",), "patients": ("healthy volunteers", "children", "pregnant women"),
}  # fmt: skip
_PEOPLE_AT = re.compile(rf"\b(?:{'|'.join(sorted(_PEOPLE, key=len, reverse=True))})\b", re.IGNORECASE)


def _populations(place: Place) -> _Made:
    yield from _exchanged_terms(place, frozenset({ConceptKind.POPULATION}))
    for match in _PEOPLE_AT.finditer(place.sentence):
        for new in _PEOPLE[match[0].lower()]:
            yield f"{match[0].lower()} to {new}", _put(place.sentence, match.start(), match.end(), new)


_AUXILIARY = re.compile(r"\b(is|are|was|were|has been|have been|can|could|may|might|should|will|did|does)\b(?! not)(?=\s+\w)")
_FINITE = re.compile(
    r"\b(increases|reduces|decreases|improves|causes|prevents|inhibits|shows|leads|requires|provides|supports|remains|plays|"
    r"increased|reduced|decreased|improved|prevented|inhibited|showed|led|demonstrated|provided|remained|occurred|caused|suggests)\b"
)
_NOT = re.compile(r"\b(?:not|no|without|never)\s+", re.IGNORECASE)


def _negations(place: Place) -> _Made:
    s = place.sentence
    for match in list(_AUXILIARY.finditer(s))[:2]:
        yield "not inserted", _put(s, match.end(), match.end(), " not")
    for match in list(_FINITE.finditer(s))[:1]:
        auxiliary = "does not " if match[0].endswith("s") else "did not "
        base = re.sub(r"(?<=[^e])s$|(?<=e)s$", "", match[0]) if match[0].endswith("s") else re.sub(r"d$", "", match[0])
        yield "did not", _put(s, match.start(), match.end(), auxiliary + base)
    for match in _NOT.finditer(s):
        new = "with " if match[0].lower().startswith("without") else ""
        yield "denial taken out", _put(s, match.start(), match.end(), new)
    yield "it is not true that", f"It is not true that {s[:1].lower()}{s[1:]}"


_DIRECTIONS = {
    "increased": "decreased", "increases": "decreases", "increase": "decrease", "increasing": "decreasing", "decreased": "increased", "decreases": "increases", "decrease": "increase",
    "reduced": "increased", "reduces": "increases", "reduce": "increase", "reduction": "increase", "reducing": "increasing", "higher": "lower", "lower": "higher", "improved": "worsened",
    "improves": "worsens", "improve": "worsen", "improvement": "deterioration", "worse": "better", "better": "worse", "greater": "smaller", "elevated": "reduced", "positive": "negative",
    "negative": "positive", "inhibits": "activates", "inhibited": "stimulated", "inhibition": "activation", "activates": "inhibits", "activation": "inhibition", "promotes": "prevents",
    "prevents": "promotes", "induces": "suppresses", "induced": "suppressed", "suppressed": "induced", "beneficial": "harmful", "effective": "ineffective", "ineffective": "effective",
    "safe": "unsafe", "superior": "inferior", "inferior": "superior", "upregulated": "downregulated", "downregulated": "upregulated", "loss": "gain", "enhanced": "impaired",
    "high": "low", "low": "high", "longer": "shorter", "shorter": "longer", "more": "less", "less": "more", "rare": "common", "common": "rare", "before": "after", "after": "before",
    "agonist": "antagonist", "antagonist": "agonist", "protective": "harmful", "favorable": "unfavorable", "survival": "death", "significant": "insignificant",
}  # fmt: skip
_DIRECTION_AT = re.compile(rf"\b(?:{'|'.join(sorted(_DIRECTIONS, key=len, reverse=True))})\b", re.IGNORECASE)


def _directions(place: Place) -> _Made:
    for match in _DIRECTION_AT.finditer(place.sentence):
        yield f"{match[0].lower()} turned", _put(place.sentence, match.start(), match.end(), _DIRECTIONS[match[0].lower()])


_COMPARATORS = {
    "more than": "less than", "less than": "more than", "greater than": "less than", "at least": "at most", "up to": "at least", "higher than": "lower than", "lower than": "higher than",
    "≥": "≤", "≤": "≥", "<": ">", ">": "<", "fewer than": "more than", "over": "under", "above": "below", "below": "above", "at most": "at least", "within": "after",
}  # fmt: skip
_COMPARATOR_AT = re.compile(
    r"more than|less than|greater than|at least|up to|higher than|lower than|fewer than|at most|≥|≤|<(?=\s?\d)|>(?=\s?\d)|\b(?:over|above|below|within)\b(?= \d)",
    re.I,
)
_AGAINST = re.compile(
    r"\b(?:compared (?:with|to)|versus|vs\.?|than|relative to|over)\s+(?:the\s+)?(?P<other>placebo|controls?|standard \w+|usual care|[a-z]+(?= (?:and|in|for|at|on)\b|[.,;]))"
)
_AROUND = re.compile(r"\b(?P<one>\w[\w-]{2,}) (?P<link>versus|vs\.?|compared with|compared to|than) (?P<other>\w[\w-]{2,})\b")


_LITTLE = frozenset(
    "and that the were was are is those any with for had has did does this these their its been it who which other others patients individuals common frequent".split()
)


def _comparators(place: Place) -> _Made:
    s = place.sentence
    for match in _COMPARATOR_AT.finditer(s):
        yield f"{match[0].lower()} turned", _put(s, match.start(), match.end(), _COMPARATORS[match[0].lower()])
    for match in _AGAINST.finditer(s):
        new = "no treatment" if "placebo" in match["other"] else "placebo"
        yield "another comparator", _put(s, match.start("other"), match.end("other"), new)
    for match in _AROUND.finditer(s):
        if (
            match["one"].lower() not in ("more", "less", "rather", "other", "greater", "higher", "lower", "better", "when", "worse")
            and not {match["one"], match["other"]} & _LITTLE
        ):
            yield "sides exchanged", _put(s, match.start(), match.end(), f"{match['other']} {match['link']} {match['one']}")


_STRENGTHS = (
    (r"\bcontraindicated\b", ("recommended", "to be used with caution")), (r"\brecommended\b", ("contraindicated", "optional", "mandatory")), (r"\brecommend\b", ("consider", "require")),
    (r"\bshould not\b", ("may not need to",)), (r"\bshould be\b", ("may be", "must never be")), (r"\bshould\b", ("may", "must")), (r"\bmust\b", ("may",)),
    (r"\b(?:may|might|could) be\b", ("is", "should be")), (r"\b(?:may|might|could|can)\b", ("will", "must")), (r"\bsuggests?\b", ("prove",)), (r"\bsuggesting\b", ("proving",)),
    (r"\bavoid(?:ed)?\b", ("considered", "used with caution")), (r"\bcaution\b", ("confidence", "contraindication")), (r"\bconsider(?:ed)?\b", ("avoided", "mandatory")),
    (r"\bpossible\b", ("certain",)), (r"\bpossibly\b", ("certainly",)), (r"\bprobably\b", ("certainly",)), (r"\blikely\b", ("certain",)), (r"\bappears? to\b", ("was proven to",)),
    (r"\bseems? to\b", ("was proven to",)), (r"\bpotentially\b", ("certainly",)), (r"\bpreferred\b", ("contraindicated",)), (r"\bfirst-line\b", ("last-resort",)), (r"\brequired\b", ("optional",)),
    (r"\bnecessary\b", ("optional",)), (r"\bassociated with\b", ("caused by",)), (r"\bis indicated\b", ("is contraindicated",)), (r"\bsome\b", ("all",)), (r"\bmost\b", ("all",)), (r"\boften\b", ("always",)),
    (r"\bmay\s+", ("",)), (r"\bpotential\s+", ("",)),
)  # fmt: skip


def _strengths(place: Place) -> _Made:
    for pattern, news in _STRENGTHS:
        for match in re.finditer(pattern, place.sentence, re.IGNORECASE):
            for new in news:
                yield f"{match[0].strip().lower()} to {new or 'nothing'}", _put(place.sentence, match.start(), match.end(), new)


_CONDITION_AT = re.compile(
    r"[,;]?\s*\b(?:unless|except(?: (?:in|for))?|only (?:if|when|in)|if|but not|provided that|until|excluding|other than|apart from)\b[^,.;()]*",
    re.IGNORECASE,
)


def _conditions(place: Place) -> _Made:
    s = place.sentence
    for match in _CONDITION_AT.finditer(s):
        if match.start() > 20 and len(s) - (match.end() - match.start()) > 30:
            yield "taken out", _put(s, match.start(), match.end(), "")
    body = s.rstrip(" .")
    yield "exception added", f"{body}, except in older adults."
    yield "condition added", f"{body}, but only if kidney function is normal."


def _exchanges(place: Place) -> _Made:
    """Two figures of one measure, or two terms of one kind, exchanged within the sentence."""
    s = place.sentence
    quantities = [q for q in find_quantities(s) if s[q.start].isdigit()]
    for one, other in pairwise(quantities):
        a, b = s[one.start : one.end], s[other.start : other.end]
        if one.unit == other.unit and (one.low, one.high) != (other.low, other.high):
            yield "figures", s[: one.start] + b + s[one.end : other.start] + a + s[other.end :]
    kinds = (ConceptKind.DRUG, ConceptKind.CONDITION, ConceptKind.POPULATION)
    for kind in kinds:
        mine = [m for m in place.mentions if m.kind is kind]
        for left, right in pairwise(mine):
            between = s[left.end : right.start]
            if left.concept_id != right.concept_id and not _LISTED.fullmatch(between):
                yield f"{kind.value}s", s[: left.start] + right.text + between + left.text + s[right.end :]


_LISTED = re.compile(
    r"[\s,/()+-]*(?:and|or|and/or|plus)?[\s,/()+-]*|,(?:(?! (?:in|of|for|with|to|by|than|was|were|is|are|but|which) )[^.;:()])*(?:,|,? and|,? or)\s*"
)
"""Between the items of a list: exchanging those says the same."""

MAKERS: Mapping[str, Callable[[Place], _Made]] = {
    "dose": lambda p: _numbers(p, dose=True),
    "figure": lambda p: _numbers(p, dose=False),
    "unit": _units,
    "frequency": _timings,
    "drug": _drugs,
    "population": _populations,
    "problem": _problems,
    "negation": _negations,
    "direction": _directions,
    "comparator": _comparators,
    "strength": _strengths,
    "fabricated number": _fabricated,
    "condition": _conditions,
    "exchanged": _exchanges,
}
"""Each kind of change with its rule; `condition` and `exchanged` come on top of the kinds asked for."""
