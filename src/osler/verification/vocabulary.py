"""The English of findings: words that say the same, words that turn a sentence, words that may be left out.

Every table is of stems (see `stem`). A word that stands in no table is content: the claim may neither add it nor leave it out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache


class Turn(StrEnum):
    """What a word does to the sentence it stands in, beside saying something."""

    NEGATION = "negation"
    DIRECTION = "direction"
    STRENGTH = "strength"
    HEDGE = "hedge"
    CONDITION = "condition"
    QUANTIFIER = "quantifier"
    COMPARED = "comparator"


def _table(text: str) -> dict[str, str]:
    """Lines "name: word word" to stem -> name; the first word of a line without a name is the name.

    Raises ValueError when two lines claim one stem.
    """
    table: dict[str, str] = {}
    for line in text.strip().splitlines():
        head, colon, rest = line.strip().rpartition(":")
        words = rest.split()
        name = head if colon else stem(words[0])
        for word in words:
            if table.setdefault(stem(word), name) != name:
                raise ValueError(f"“{word}” stands in two groups: {table[stem(word)]}, {name}")
    return table


_BRITISH = (
    ("ae", "e"),
    ("oe", "e"),
    ("sulph", "sulf"),
    ("tumour", "tumor"),
    ("yse", "yze"),
    ("isation", "ization"),
    ("ise", "ize"),
    ("ising", "izing"),
)
_IRREGULAR = {
    "fell": "fall", "fallen": "fall", "rose": "rise", "risen": "rise", "led": "lead", "gave": "give", "given": "give",
    "took": "take", "taken": "take", "found": "find", "shown": "show", "seen": "see", "saw": "see", "began": "begin",
    "begun": "begin", "got": "get", "kept": "keep", "made": "make", "became": "become", "grew": "grow", "grown": "grow",
    "had": "have", "has": "have", "died": "die", "dies": "die", "dying": "die", "women": "woman", "men": "man",
    "children": "child", "mice": "mouse", "lives": "life", "children's": "child", "criteria": "criterion",
    "reduction": "reduce", "reductions": "reduce", "better": "better", "worsening": "worse", "worsened": "worse",
    "worsen": "worse", "worsens": "worse", "higher": "higher", "lower": "lower", "lowered": "lower", "lowering": "lower",
    "lowers": "lower", "people": "person", "data": "datum", "analyses": "analysis", "used": "use", "using": "use",
    "during": "during", "need": "need", "needed": "need", "needs": "need", "this": "this", "its": "its", "his": "his",
    "as": "as", "is": "is", "was": "was", "does": "does", "perhaps": "perhaps", "always": "always", "less": "less",
    "unless": "unless", "versus": "versus", "nothing": "nothing", "suppression": "suppress", "production": "produce",
    "recommendation": "recommend", "recommendations": "recommend", "prescription": "prescribe", "absorption": "absorb",
    "likely": "likely", "largely": "largely", "mainly": "mainly", "mostly": "mostly", "primarily": "primarily", "giving": "give",
    "taking": "take", "nearly": "nearly", "highly": "highly", "only": "only", "bled": "bleed", "cases": "case", "diseases": "disease", "doses": "dose", "species": "species",
    "series": "series", "diabetes": "diabetes", "people's": "person", "binding": "bind", "bound": "bind", "fewer": "fewer",
}  # fmt: skip


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """One form for the inflections and the British and American spellings of a word; not a word one could print."""
    w = word.lower().removesuffix("'s").removesuffix("'")
    if w in _IRREGULAR:
        return _without_e(_IRREGULAR[w])
    if not w.isalpha() or len(w) < 4:
        return w
    for british, american in _BRITISH:
        w = (
            w.replace(british, american)
            if british in ("ae", "oe", "sulph", "tumour")
            else re.sub(f"{british}(?=[sdr]?$)", american, w)
        )
    w = re.sub(r"(?<=[a-z]{3})our(?=s|ed|al|$)", "or", w)
    w = re.sub(r"(?<=[a-z]{2})tre(?=s?$)", "ter", w)
    if w.endswith("ies"):
        w = w[:-3] + "y"
    elif w.endswith(("sses", "xes", "ches", "shes", "zes")):
        w = w[:-2]
    elif w.endswith("s") and not w.endswith(("ss", "us", "is")):
        w = w[:-1]
    w = _unsuffixed(w)
    return _without_e(_IRREGULAR.get(w, w))


def _without_e(w: str) -> str:
    """Without the mute e that "reduced" and "reduce" differ by; short words keep it ("note" is not "not")."""
    return w.removesuffix("e") if len(w) > 4 else w


def _unsuffixed(w: str) -> str:
    if w.endswith("ied"):
        w = w[:-3] + "y"
    for suffix, least in (("ing", 7), ("ed", 6), ("ment", 8), ("ly", 6), ("ness", 8)):
        if w.endswith(suffix) and len(w) >= least and re.search(r"[aeiouy]", w[: -len(suffix)]):
            w = w[: -len(suffix)]
            break
    if w.endswith(("tion", "sion")) and len(w) >= 8:
        w = w[:-3]
    if len(w) > 3 and w[-1] == w[-2]:
        w = w[:-1]
    if w.endswith("i") and len(w) > 4:
        w = w[:-1] + "y"
    return w


TURNS: Mapping[Turn, Mapping[str, str]] = {
    Turn.NEGATION: _table("""
        not: not no without never nor neither none nobody nothing non lack lacking absence absent fail
    """),
    Turn.DIRECTION: _table("""
        more: increase raise elevate elevation rise augment augmentation higher greater more upregulate upregulation heighten enhance enhancement
        less: decrease reduce lower diminish decline fall drop fewer less lessen downregulate downregulation attenuate attenuation
        better: better superior improve
        worse: worse inferior deteriorate deterioration poorer
    """),
    Turn.STRENGTH: _table("""
        contraindicated: contraindicate
        avoided: avoid avoidance
        given with caution: caution cautious careful
        recommended: recommend advise advocate should
        preferred: prefer preferably preferable preference
        considered: consider consideration option optional
        a must: must mandatory compulsory obligatory
        required: require requirement necessary need
        indicated: indicate indication
        approved: approve approval license licence
    """),
    Turn.HEDGE: _table("""
        may: may might could can would able
        possible: possible possibly perhaps potential
        likely: probable probably likely presumably
        seems: appear seem apparently seemingly
        suggests: suggest suggestion
        tends: tend tendency trend
        unclear: unclear uncertain unknown controversial inconclusive undetermined
        whether: whether
        hypothesis: hypothesize hypothesis speculate postulate propose believe assume assumption putative plausible hypothetical
        aim: aim objective sought seek
        will: will shall
        asks: ?
    """),
    Turn.CONDITION: _table("""
        unless: unless
        except: except exclude
        only: only sole exclusive alone
        if: if
        until: until
        when: when whenever
        despite: despite
    """),
    Turn.QUANTIFIER: _table("""
        all: all every each
        most: most majority mostly largely mainly primarily predominant
        many: many numerous
        several: several multiple various
        some: some certain
        few: few little minority
        half: half
        rare: rare uncommon infrequent seldom
        often: often frequent common
        sometimes: sometimes occasional
        usual: usual general typical
        about: nearly almost approximate roughly
        both: both
        or: either or
    """),
    Turn.COMPARED: _table("""
        than: than versus vs compare comparison
    """),
}  # fmt: skip
TURN_OF: Mapping[str, tuple[Turn, str]] = {s: (turn, name) for turn, table in TURNS.items() for s, name in table.items()}

SAME: Mapping[str, str] = _table("""
    cause induce provoke trigger
    associate link relate correlate connect
    risk likelihood chance probability
    effective efficacious efficacy effectiveness
    similar comparable
    prevent avert
    important crucial key essential vital pivotal
    involve participate implicate
    inhibit suppress
    disease disorder condition illness
    drug medicine medication
    physician doctor clinician
    start initiate commence begin
    stop discontinue cease withdraw halt
    test assess evaluate examine analyze
    include comprise contain
    keep maintain retain preserve
    obtain acquire
    tolerate tolerable tolerability
    occur happen arise
    die death
    survive survival
    aid assist help
    allow enable permit
    safe safety
    quick rapid fast
    mutate mutation
    block blockade
    respond response
    diagnose diagnosis diagnostic
    vaccinate vaccine vaccination
    treat therapy therapeutic
    kid child
    method technique approach
    total overall
    alter change modify
    differ difference different
    sensitive sensitivity
    resist resistance resistant
    toxic toxicity
    inflame inflammation inflammatory
""")
"""General words of one meaning for this purpose; each line is one meaning."""

FREE = frozenset(map(stem, """
    a an the this that these those it its he she his her they their them we our us you your i my who whom whose which what
    be is are was were been being am have has had having do does did done doing of in on at to for with by from as into onto within
    upon via through and also then there here than so such between among amongst during under over per up out about around toward towards
    any while whereas although though because since but however thus therefore hence furthermore moreover
    additionally addition consequently accordingly further finally indeed respectively well very both own other
    use administer administration give receive take
    patient subject participant person individual
    show demonstrate find report reveal observe conclude confirm note datum result study finding evidence author
    yes
""".split())) - {stem(w) for w in ("than", "both", "respectively")}  # fmt: skip
"""Words that a claim may have or not have: they carry no finding of their own."""

OPENERS = frozenset(
    """
    overall interestingly notably importantly similarly recently background introduction methods conclusion conclusions findings
    interpretation discussion purpose design setting settings participants
""".split()
)
"""Words that may open a sentence, before a comma or as a heading, and be left out of the claim."""


def meaning(word: str) -> str:
    """The name of the group a word belongs to, else its stem: equal meanings, equal names."""
    root = stem(word)
    turn = TURN_OF.get(root)
    return turn[1] if turn else SAME.get(root, root)


LEAVE_OUT = frozenset("""
    significantly significant markedly substantially strongly highly clearly notably importantly interestingly recently currently
    previously well-known established together particularly especially specifically considerably dramatically statistically
    all every each both trial trials analysis analyses research work paper review article group groups similarly
    hereby herein et al eg ie describe describes described introduce introduces introduced present presents background introduction
    conclusions conclusion novel
""".split())  # fmt: skip
"""Words that a claim may leave out, but not add, where nothing is denied."""

_PAIRS = """
    more/less better/worse better/inferior superior/worse effective/ineffective safe/unsafe safe/harmful safe/dangerous benefit/harm
    beneficial/harmful activate/inhibit activate/suppress induce/prevent induce/inhibit promote/prevent promote/inhibit promote/suppress
    stimulate/inhibit inhibit/enhance prevent/cause cause/protect protective/risk increase/prevent positive/negative high/low
    higher/low lower/high common/rare before/after above/below early/late presence/absence
    gain/loss agonist/antagonist upregulate/downregulate start/stop essential/dispensable required/dispensable sensitive/resistant
    necessary/unnecessary similar/different acute/chronic fast/slow more/protect less/cause less/promote more/inhibit less/induce
    more/suppress improve/impair better/impair slow/accelerate less/accelerate delay/accelerate worse/protect strong/weak
    major/minor primary/secondary men/women male/female short/long old/young adult/child recommended/avoid recommended/contraindicated
    allow/avoid safe/contraindicated
"""


OPPOSITES: frozenset[frozenset[str]] = frozenset(frozenset(map(meaning, pair.split("/"))) for pair in _PAIRS.split())
"""Pairs of meanings that deny each other when one stands where the other should."""
