"""What must not change when words change: the figures, names and turning words of a text, in their order."""

from __future__ import annotations

import re

from osler.domain.concept import ConceptKind
from osler.language.lexicon import Lexicon
from osler.language.quantities import find_quantities, find_timings

_NAMES = frozenset({ConceptKind.DRUG, ConceptKind.DRUG_CLASS, ConceptKind.POPULATION, ConceptKind.ROUTE})
_FIGURE = re.compile(r"\d[\d.,:/–−-]*\d|\d|[<>≤≥±×%‰]")
_TURNS: tuple[tuple[str, str], ...] = (
    ("contraindicated", r"(?:is|are|was|were) contra-?indicated|contra-?indicat\w*|must not be (?:used|given)|must not|never give|should not be (?:used|given)"),
    ("not recommended", r"(?:is|are|was|were) not recommended|recommend\w* against|do(?:es)? not (?:offer|give|recommend|use)|advis\w+ against"),
    ("avoid", r"avoid\w*"),
    ("caution", r"caution\w*|careful\w*|close (?:monitoring|checking)|watch(?:ing)? for"),
    ("not", r"insufficient\w*|not enough|ineffective\w*|inadequate\w*|in the absence of|absence of|lack of|free of|without|no longer|cannot|can['’]t|not|no|none|nor|"
            r"neither|never|nothing|\w+n['’]t|non(?=-)|unlikely|unsafe|denie[sd]"),
    ("recommend", r"recommend\w*|first[- ]line|second[- ]line|should be (?:used|given)|prefer\w*"),
    ("consider", r"consider\w*|suggest\w*|offer\w*"),
    ("must", r"must"), ("should", r"should"), ("shall", r"shall"), ("need", r"needs?|needed|needing|requires?|required|requiring"),
    ("may", r"may|might|can be|can|could"),
    ("perhaps", r"possibl[ey]|potential(?:ly)?|perhaps|probabl[ey]|likely|appears?|appeared|seems?|seemed|uncertain|unclear|suspected|presumed|"
                r"estimated?|tends?|limited|whether|controversial|thought|expected"),
    ("about", r"about|approximately|around|nearly|almost|roughly|some"),
    ("if", r"if|in the event of"), ("unless", r"unless"), ("except", r"except|other than|apart from"), ("only", r"only|alone"),
    ("until", r"until"), ("when", r"when"), ("whatever", r"whatever|regardless"), ("before", r"before|prior to"), ("after", r"after"),
    ("certainty", r"certainty|quality|evidence"), ("weak", r"weak\w*|conditional\w*"), ("strong", r"strong\w*"),
    ("first", r"first|initial(?:ly)?"), ("low", r"very low|low(?= (?:certainty|quality|doses?|risk|grade|level))"), ("moderate", r"moderate\w*"), ("severe", r"severe\w*|serious\w*|major"), ("mild", r"mild\w*"),
    ("death", r"deaths?|died|die|fatal\w*|mortality|deadly|kill\w*|lethal"),
    ("stop", r"stop\w*|discontinu\w+|terminat\w+|ceas\w+|cessation|withdr[ae]w\w*|withh[oe]ld\w*"), ("start", r"start\w*|commenc\w+|initiat\w+|began|begin\w*"),
    ("warning", r"warn\w*|danger\w*|emergenc\w+|urgent\w*|life-threatening|boxed|immediately|at once|toxic\w*|poison\w*|overdos\w+|alert"),
    ("harm", r"adverse|harm\w*"),
    ("more than", r"more than|in excess of"), ("less than", r"less than|fewer than"), ("at least", r"at least|no less than"), ("at most", r"at most|up to|no more than"),
    ("more", r"more|most|greater|higher|highest|increas\w+|rais\w+|rose|ris(?:e[ns]?|ing)|elevat\w+|doubl\w+|above|over|exceed\w*|maxim\w+|largest"),
    ("less", r"less|least|fewer|lower\w*|lowest|decreas\w+|reduc\w+|fell|fall(?:s|ing)?|drop\w*|below|under|halv\w+|minim\w+"),
    ("worse", r"wors\w+|exacerbat\w+|deteriorat\w+|got worse|gets? worse|flare(?:-ups?|s)?"), ("better", r"better|improv\w+|benefi\w+|relie[fv]\w*|eas(?:e[sd]?|ing)|alleviat\w+"),
    ("all", r"all|every|each|both|half|many|several|few|any|either"),
    ("versus", r"versus|vs|than|compared|against"),
    ("daily", r"daily|weekly|monthly|yearly|annual(?:ly)?|every year|once|twice|thrice|hourly|night\w*|bedtime|as needed"),
    ("number", r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|third|quarter|dozen|hundred|thousand|million"),
)  # fmt: skip
"""Turning words by name; a swap may exchange words of one name only. The first name that fits a place takes it."""
_DESIGN = re.compile(r"-(?:cent(?:er|re)|site|arm|blind)\b")
"""Behind "single": a study's kind, not how often something is given."""
_TURN = re.compile(
    r"(?<![\w-])(?:" + "|".join(f"(?P<t{n}>{pattern})" for n, (_, pattern) in enumerate(_TURNS)) + r")(?!\w)", re.IGNORECASE
)


def skeleton(text: str, lexicon: Lexicon) -> tuple[str, ...]:
    """The figures as written, the quantities and times, the drugs, classes, groups of people and routes, and the turning words, in order.

    Two wordings with one skeleton have the same numbers, units, names, negations, hedges, conditions, strengths and warnings in the
    same order. What it cannot see is the rest: nouns of problems and verbs without direction.
    """
    found: list[tuple[int, str]] = [(m.start(), f"#{m[0].rstrip('.,:/')}") for m in _FIGURE.finditer(text)]
    for q in find_quantities(text):
        found.append((q.start, f"={q.low:.9g}~{q.high:.9g} {q.unit}/{'/'.join(q.per)} {q.comparator}"))
    found += [(t.start, f"@{t.text.lower()}") for t in find_timings(text) if not _DESIGN.match(text, t.end)]
    found += [(m.start, m.concept_id) for m in lexicon.tag(text) if _kind(m.concept_id, lexicon) in _NAMES]
    for match in _TURN.finditer(text):
        found.append((match.start(), _TURNS[int(str(match.lastgroup)[1:])][0]))
    return tuple(word for _, word in sorted(found, key=lambda f: f[0]))


def _kind(concept_id: str, lexicon: Lexicon) -> ConceptKind:
    return lexicon[concept_id].kind
