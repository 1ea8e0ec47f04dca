"""The words for the people a finding is about: of the sentence, else of the heading, the title or the source's own field."""

from __future__ import annotations

import re
from dataclasses import replace

from osler.domain.population import Ages, Kidney, Population
from osler.language.population import parse_population

POPULATION_WORD = re.compile(
    r"dialys|renal|kidney|nephro|GFR|CrCl|CLcr|clearance|ESR[DF]|ESKD|CKD|pregnan|trimester|gestation|breast|lactat|nursing (?:mother|wom|infant)|human milk|hepatic|liver|cirrho|Child-?s?[- ]Pugh"
    r"|child|p(?:a)?ediatric|infant|neonat|newborn|adolescen|elderly|geriatric|older|\bage|\byears|adult|women|\bmen\b|transplant|anuri",
    re.I,
)
_NOUN = (
    r"(?:(?:out|in)?patients?|adults?|children|infants|neonates|newborns|adolescents|women|men|people|persons|individuals|subjects|volunteers|participants"
    r"|recipients|veterans|residents|boys|girls|mothers|survivors|carriers)"
)
_WHO = re.compile(
    rf"\b(?:in|among|for|of|to|given to)\s+(?P<who>(?:(?!(?:in|of|for|to|with|by|and|the|a|an|is|was|were|are|than|among|between|from|on|all|most|our|(?!nursing|breast|ag|liv|community|surviv)\w+ing)\b)[\w≥>%/+-]+\s+){{0,4}}{_NOUN}\b"
    r"(?:\s+(?:with|without|on|receiving|undergoing|aged|who|taking|treated|over|under|at|older|younger|not|≥|>|<|from)\b[^.;:,()\[\]]{0,80})?)",
    re.I,
)
_STOPS = re.compile(
    r"\s+(?:is|are|was|were|had|has|should|may|can|could|did|does|do|will|reduces?d?|increases?d?|shows?|showed|resulted|there|because|compared|versus|when|if|while|by|treated with placebo|based|at (?:a|the|an)|in (?:a|the|this)|and (?:is|was|had|the|to)|(?<!older )(?<!younger )(?<!more )(?<!less )than)\b.*$|(?<=years)\s+(?!(?:of age|old|or|and|with|without|on|who|to)\b).*$",
    re.I | re.S,
)
_POINTS = re.compile(r"^(?:(?:this|these|those|other|such|some|many|more|few|fewer|most|several) )+", re.I)
_LOOSE_END = re.compile(r"(?:\s+(?:and|or|who|which|whom|that|with|without|in|of|at|on|not|from|≥|>|<))+$", re.I)
_UP_TO = re.compile(r"(?<![\d.])(\d{1,3})\s*years?(?: of age)?\s*(?:or|and)\s*(?:younger|under|below)\b", re.I)
_TO_UNDER = re.compile(r"(?<![\d.])(\d{1,3})\s*(?:years?\s*)?to (?:under|less than|younger than)\s*(\d{1,3})\s*years?\b", re.I)
_CLEARANCE = re.compile(r"\bCL[-_ ]?cr\b", re.I)
_IN_BETWEEN = re.compile(r"\b(mild|moderate|severe)\s*\([^()]*\)", re.I)
_MILD = re.compile(r"\bmild(?:ly)? (?:\w+ )?(?:renal|kidney|ckd)\b", re.I)
_WORSE_THAN_MILD = re.compile(r"\b(?:moderate|severe|advanced|end[- ]stage|failure|dialysis|ESRD|ESKD)", re.I)
"""Mild impairment is eGFR 60 to 89 (KDIGO 2024, category G2): the kidney state that `Kidney.NORMAL` covers."""
_NUMBERED = re.compile(r"^\d+(?:\.\d+)*\.?\s+")
_MAX_HEADING = 60
_ADULT_YEARS = 18
_TAG_WORDS = {
    "infant, newborn": "newborns", "infant": "infants", "child, preschool": "children", "child": "children", "adolescent": "adolescents",
    "young adult": "adults", "adult": "adults", "middle aged": "adults", "aged": "older adults", "aged, 80 and over": "older adults",
}  # fmt: skip
_CHECK_TAGS = frozenset(
    {*_TAG_WORDS, "humans", "human", "male", "female", "animals", "pregnancy", "renal dialysis", "history", "united states"}
)
_YOUNG = frozenset({"newborns", "infants", "children", "adolescents"})
_AGE_PIECE = re.compile(r"(?:\d+ to \d+ years|\d+ years and older|all ages)")
_SEX_PIECE = {
    "female only": r"\b(?:women|girls|females?|pregnan\w+|mothers)\b",
    "male only": r"\b(?:men|boys|males?)\b",
    "pregnant": r"\bpregnan",
}
_OUTCOME = re.compile(
    r"\b(?:acute|fatal|non-fatal|fulminant) (?:\w+ ){0,2}(?:renal|kidney|hepatic|liver) (?:failure|injury|insufficiency|necrosis|disease)"
    r"|\b(?:reports?|cases?|risks?|development|incidence|rates?) of (?:[\w-]+ ){0,6}?(?:renal|kidney|hepatic|liver) (?:failure|disease|impairment|injury|insufficiency)"
    r"|\b(?:renal|kidney|hepatic|liver) (?:adverse|events?|outcomes?|toxicity|complications?|function (?:tests?|decline))"
    r"|\b(?:decline|decreas\w+|reduc\w+|worsen\w+|loss|changes?) (?:in |of )?(?:renal|kidney|hepatic|liver) function\b"
    r"|\b(?:renal|kidney|hepatic|liver) (?:failure|injury) (?:(?:has|have) been|was|were|is|are|occurred|may)\b",
    re.I,
)
"""A failing organ as what happened, not as who was studied."""
_NURSING = re.compile(r"\bnursing (?:mothers?|women|infants?)\b|\bhuman milk\b", re.I)


def words_for(text: str) -> str:
    """The first words of `text` that say who: "patients with severe renal impairment"; "" when it only says "patients"."""
    for match in _WHO.finditer(text):
        who = _STOPS.sub("", match["who"])
        if who == match["who"] and match.end() < len(text) and text[match.end()].isalnum():
            who = who.rpartition(" ")[0]  # cut at the limit, in the middle of a word
        who = _LOOSE_END.sub("", _POINTS.sub("", who)).strip(" -–")
        if len(who.split()) > 1 and re.search(rf"{_NOUN}\b", who, re.I):
            return who
    return ""


def field_words(population: str) -> str:
    """The source's own field for its people, as a reader says it: MeSH check tags become words, repetitions are left out.

    Source of the tags: NLM, "Check tags" (MEDLINE indexing).
    """
    pieces = [p.strip() for p in population.split(";") if p.strip()]
    if pieces and all(p.lower() in _CHECK_TAGS for p in pieces):
        return _tag_words([p.lower() for p in pieces])
    kept = pieces[:1]
    for piece in pieces[1:]:
        if piece.lower() == "women and men" or (_AGE_PIECE.fullmatch(piece) and re.search(r"\d", kept[0])):
            continue
        if (said := _SEX_PIECE.get(piece.lower())) and re.search(said, kept[0], re.I):
            continue
        kept.append(piece)
    return "; ".join(kept)


def people_of(text: str) -> Population:
    """As `parse_population`, with upper ends of ages ("11 years or younger", "4 to under 6 years")."""
    text = _IN_BETWEEN.sub(r"\1", _CLEARANCE.sub("CrCl", text))
    read = parse_population(text)
    if _MILD.search(text) and not _WORSE_THAN_MILD.search(text) and not read.on_dialysis:
        read = replace(read, kidney=frozenset({Kidney.NORMAL}))
    if span := _TO_UNDER.search(text):
        low, high = float(span[1]), float(span[2])
        return replace(read, ages=Ages(low, high)) if low < high else read
    if (top := _UP_TO.search(text)) and not re.search(r"\d\s*(?:to|-|–)\s*$", text[: top.start()]):
        low = float(_ADULT_YEARS) if re.search(r"\badults?\b", text, re.I) and float(top[1]) >= _ADULT_YEARS else 0.0
        return replace(read, ages=Ages(low, float(top[1]) + 1))
    return read


def _heading_words(heading: str) -> str:
    return _NUMBERED.sub("", heading) if len(heading) <= _MAX_HEADING and not heading.endswith(":") else ""


def _tag_words(tags: list[str]) -> str:
    ages = list(dict.fromkeys(word for tag, word in _TAG_WORDS.items() if tag in tags))
    young = any(a in _YOUNG for a in ages)
    male, female = "male" in tags, "female" in tags
    if male and female:
        sexes = "both sexes" if young or not ages else "men and women"
    else:
        sexes = ("male" if young else "men") if male else ("female" if young else "women") if female else ""
    words = [", ".join(ages), sexes, "pregnant" if "pregnancy" in tags else "", "on dialysis" if "renal dialysis" in tags else ""]
    return "; ".join(w for w in words if w)


def narrowed(
    text: str, known: Population, *, heading: str = "", lists_harms: bool = False, said_of_all: bool = False
) -> Population:
    """The document's people, with every axis that the sentence (or its heading) itself states in its place, and its words.

    lists_harms: the line lists what happened ("lactation", "renal failure"), and says nothing of who was treated.
    said_of_all: the source's own field says whom the line is for.
    """
    said = f"{heading}. {text}" if heading else text
    if lists_harms or not POPULATION_WORD.search(said):
        return known
    own = people_of(_OUTCOME.sub(" ", text))
    above = people_of(heading) if heading else Population()
    settled = bool(own.kidney) or own.not_on_dialysis
    return Population(
        text=(known.text if said_of_all else "")
        or words_for(text)
        or (_heading_words(heading) if _says_more(above, known) else "")
        or known.text,
        kidney=own.kidney if settled else above.kidney or known.kidney,
        not_on_dialysis=own.not_on_dialysis if settled else above.not_on_dialysis or (known.not_on_dialysis and not above.kidney),
        ages=own.ages or above.ages or known.ages,
        pregnant=own.pregnant or above.pregnant or known.pregnant,
        lactating=own.lactating or above.lactating or known.lactating or _NURSING.search(said) is not None,
        hepatic=own.hepatic or above.hepatic or known.hepatic,
    )


def _says_more(own: Population, known: Population) -> bool:
    return bool(own.kidney - known.kidney or own.pregnant or own.lactating or own.hepatic or (own.ages and own.ages != known.ages))
