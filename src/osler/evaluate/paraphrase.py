"""Real sentences in other words that mean the same: what the claim check must let pass. Made by rule, one or more changes each."""

from __future__ import annotations

import re
from collections.abc import Iterator

from osler.domain.concept import ConceptKind
from osler.evaluate.perturb import Variant
from osler.language.lexicon import Lexicon
from osler.language.quantities import find_quantities, plain

_WORDS = (
    (r"\breduced\b", "decreased"), (r"\bdecreased\b", "reduced"), (r"\breduces\b", "lowers"), (r"\bincreased\b", "raised"), (r"\bincreases\b", "raises"), (r"\bshowed\b", "demonstrated"),
    (r"\bdemonstrated\b", "showed"), (r"\bshows\b", "demonstrates"), (r"\bassociated with\b", "linked to"), (r"\bpatients\b", "people"), (r"\bsubjects\b", "participants"),
    (r"\bcompared with\b", "versus"), (r"\bcompared to\b", "compared with"), (r"\bin order to\b", "to"), (r"\bdrugs\b", "medicines"), (r"\bmay\b", "might"), (r"\brisk\b", "likelihood"),
    (r"\btherapy\b", "treatment"), (r"\btreatment with\b", "the use of"), (r"\bprior to\b", "before"), (r"\bapproximately\b", "roughly"), (r"\bhowever,\s*", ""), (r"\bmoreover,\s*", ""),
    (r"\bhas been shown to\b", "was found to"), (r"\bcaused by\b", "due to"), (r"\bdue to\b", "because of"), (r"\bsimilar\b", "comparable"),
    (r"\beffective\b", "efficacious"), (r"\bhigher\b", "greater"), (r"\blower\b", "reduced"), (r"\bevaluated\b", "assessed"), (r"\bstarted\b", "begun"),
    (r"\bdiscontinued\b", "stopped"), (r"\brecommended\b", "advised"), (r"\bimportant\b", "key"), (r"\brequired\b", "needed"), (r"\bsuggests that\b", "suggests"), (r"\bfrequently\b", "often"),
)  # fmt: skip
_SPELLINGS = (
    (r"\bhemo", "haemo"), (r"\btumor", "tumour"), (r"\brandomized\b", "randomised"), (r"\bhaemo", "hemo"), (r"\btumour", "tumor"), (r"\bpediatric\b", "paediatric"), (r"\bedema\b", "oedema"),
    (r"\banemia\b", "anaemia"), (r"\bleukemia\b", "leukaemia"), (r"ization\b", "isation"), (r"\bischemi", "ischaemi"), (r"\bestrogen", "oestrogen"), (r"\bdiarrhea\b", "diarrhoea"),
    (r"\blabor\b", "labour"), (r"\bbehavior", "behaviour"), (r"\bcenter\b", "centre"), (r"\besophag", "oesophag"), (r"\bgynecolog", "gynaecolog"), (r"\banesth", "anaesth"),
)  # fmt: skip
_FIGURES = (
    (r"(?<=\d)\s?%", " percent"), (r"≥\s?", "at least "), (r"≤\s?", "at most "), (r"\bthree times daily\b", "3 times a day"), (r"\btwice daily\b", "2 times a day"), (r"\btwice a day\b", "twice daily"),
    (r"\bonce daily\b", "once a day"), (r"\bdaily\b", "every day"), (r"\bevery 8 h(?:ours)?\b", "every eight hours"), (r"\bthree times weekly\b", "thrice weekly"), (r"\bweekly\b", "every week"),
    (r"(?<=\d) (?=mg\b)", ""), (r"(?<!-)\btwo\b", "2"), (r"(?<!-)\bthree\b", "3"), (r"(?<!-)\bfour\b", "4"), (r"(?<!-)\bfive\b", "5"), (r"(?<!-)\bsix\b", "6"), (r"\b2\b(?![.,\d-])", "two"), (r"(?<=\d)–(?=\d)", " to "),
    (r"(?<=\d) hours\b", " h"), (r"(?<=\d) years\b", " yrs"), (r"\bmcg\b", "micrograms"), (r"\bµg\b", "mcg"), (r"/day\b", " per day"), (r"/kg\b", " per kg"), (r"(?<=\d)-(?=year)", " "),
)  # fmt: skip
_LEADS = re.compile(
    r"^(?:Conclusions?:|In conclusion,|Overall,|Thus,|Therefore,|Moreover,|Furthermore,|In addition,|Importantly,|Here,|Finally,|Interestingly,)\s*(?=\S)"
)
_THAT = re.compile(
    r"^(?:We|These results|Our results|This study|The results|Our data|These data|Our findings|These findings)(?: \w+)? (?:show|found|showed|demonstrated?|confirm|report|conclude|indicate) that "
)
_BRACKETS = re.compile(r"\s*\((?!(?:not|except|in|for|only|if|with|without|or|and)\b)[^()]{1,60}\)")
_FRONT = re.compile(
    r"^(?P<rest>[A-Z][^,;:()]{25,}?) (?P<setting>in (?:patients|people|adults|children|women|men) with [a-z][^,;:()]{3,40})\.$"
)
_OPENING = re.compile(
    r"^(?P<setting>In (?:patients|people|adults|children|women|men)(?: with [^,;:()]{3,40})?), (?P<rest>[^;:()]{20,})\.$"
)
_PASSIVE = re.compile(
    r"^(?P<one>[A-Z][\w-]*(?: [\w-]+){0,3}) (?P<verb>inhibits|reduces|increases|induces|regulates|activates|prevents|mediates|suppresses|enhances|inhibited|reduced|increased|induced|prevented|suppressed) "
    r"(?P<other>[\w-]+(?: [\w-]+){0,3})\.$"
)
_AVOID_ONE = frozenset({"a", "an", "the", "these", "this", "we", "it", "that", "which", "treatment"})


def paraphrased(sentence: str, lexicon: Lexicon) -> Iterator[Variant]:
    """The sentence in other words, one variant for each rule that applies."""
    makers = (
        ("word", _each(sentence, _WORDS)),
        ("spelling", _each(sentence, _SPELLINGS)),
        ("figure", _each(sentence, _FIGURES)),
        ("amount", _amounts(sentence)),
        ("synonym", _synonyms(sentence, lexicon)),
        ("lead dropped", _dropped(_LEADS, sentence)),
        ("attribution dropped", _dropped(_THAT, sentence)),
        ("brackets dropped", _brackets(sentence)),
        ("setting moved", _settings(sentence)),
        ("passive", _passives(sentence)),
    )
    seen = {sentence}
    for how, claims in makers:
        for claim in claims:
            if claim not in seen:
                seen.add(claim)
                yield Variant("paraphrase", how, claim)
    together = sentence
    for table in (_WORDS[::3], _SPELLINGS, _FIGURES):
        for pattern, new in table:
            together = re.sub(pattern, new, together, count=1)
    if together not in seen:
        yield Variant("paraphrase", "several", together)


def _each(sentence: str, table: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for pattern, new in table:
        yield re.sub(pattern, new, sentence, count=1)


def _amounts(sentence: str) -> Iterator[str]:
    """Grams for milligrams and back, thousands separators."""
    for q in find_quantities(sentence):
        if q.unit in ("mg", "g", "mcg") and q.low == q.high and not q.per and q.low:
            factor, unit = {"mg": (1e-3, "g") if q.low >= 1000 else (1e3, "mcg"), "g": (1e3, "mg"), "mcg": (1e-3, "mg")}[q.unit]
            yield f"{sentence[: q.start]}{plain(q.low * factor)} {unit}{sentence[q.end :]}"


def _synonyms(sentence: str, lexicon: Lexicon) -> Iterator[str]:
    for mention in lexicon.tag(sentence):
        concept = lexicon[mention.concept_id]
        if mention.kind in (ConceptKind.DRUG, ConceptKind.CONDITION, ConceptKind.POPULATION):
            names = [concept.name, *concept.synonyms[:2], *concept.abbreviations[:1]]
            other = next((n for n in names if n.lower().rstrip("s") != mention.text.lower().rstrip("s") and len(n) > 3), None)
            if other:
                yield f"{sentence[: mention.start]}{other}{sentence[mention.end :]}"


def _dropped(pattern: re.Pattern[str], sentence: str) -> Iterator[str]:
    match = pattern.match(sentence)
    if match:
        rest = sentence[match.end() :]
        yield rest[:1].upper() + rest[1:]


def _brackets(sentence: str) -> Iterator[str]:
    for match in _BRACKETS.finditer(sentence):
        yield sentence[: match.start()] + sentence[match.end() :]


def _settings(sentence: str) -> Iterator[str]:
    if match := _FRONT.match(sentence):
        yield f"I{match['setting'][1:]}, {match['rest'][:1].lower()}{match['rest'][1:]}."
    if match := _OPENING.match(sentence):
        yield f"{match['rest'][:1].upper()}{match['rest'][1:]} i{match['setting'][1:]}."


def _passives(sentence: str) -> Iterator[str]:
    match = _PASSIVE.match(sentence)
    if match and match["one"].split()[0].lower() not in _AVOID_ONE:
        past = (
            match["verb"]
            if match["verb"].endswith("ed")
            else re.sub(r"s$", "d", match["verb"])
            if match["verb"].endswith("es")
            else match["verb"][:-1] + "ed"
        )
        yield f"{match['other'][:1].upper()}{match['other'][1:]} {'was' if match['verb'].endswith('ed') else 'is'} {past} by {match['one']}."
