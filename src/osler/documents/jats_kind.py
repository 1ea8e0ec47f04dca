"""What kind of study a JATS article is, by its own type, its subject heading and its title; never by its body."""

from __future__ import annotations

import re
from collections.abc import Sequence

from osler.domain.document import StudyDesign as D

_NOTICE = "retraction correction expression-of-concern partial-retraction erratum corrigendum addendum reinstatement".split()
_COMMENT = (
    "letter editorial article-commentary commentary reply discussion news obituary book-review product-review opinion perspective "
    "viewpoint introduction announcement in-brief meeting-report oration"
).split()
_TYPES: dict[str, D] = (
    dict.fromkeys(_NOTICE, D.NOTICE)
    | dict.fromkeys(_COMMENT, D.COMMENT)
    | {
        "systematic-review": D.SYSTEMATIC_REVIEW,
        "meta-analysis": D.SYSTEMATIC_REVIEW,
        "protocol": D.REGISTRATION,
        "study-protocol": D.REGISTRATION,
        "clinical-guideline": D.GUIDELINE,
        "practice-guideline": D.GUIDELINE,
        "case-series": D.CASE_SERIES,
    }
)

_SUBJECTS: list[tuple[str, D]] = [
    (r"(study |trial |clinical trial |review )?protocols?|registered reports?:? ?(stage 1)?|trial design|methods? and design", D.REGISTRATION),
    (r"(retraction|erratum|errata|corrigendum|(author |publisher )?corrections?|expressions? of concern)( note| notice)?", D.NOTICE),
    (r"(clinical )?(practice )?guidelines?", D.GUIDELINE),
    (r"consensus (statement|report|conference)s?", D.CONSENSUS),
    (r"systematic reviews?|meta-?analys[ie]s|systematic reviews? (and|&|/) meta-?analys[ie]s", D.SYSTEMATIC_REVIEW),
    (r"(letters?|correspondence|commentary|comments?|editorials?|viewpoints?|opinion)( to the editor)?", D.COMMENT),
    (r"case reports?", D.CASE_REPORT),
    (r"case series", D.CASE_SERIES),
    (r"(narrative |literature |mini-?)?reviews?( articles?)?", D.REVIEW),
    (r"randomi[sz]ed (controlled|clinical) trials?", D.RCT),
    (r"(controlled )?clinical trials?", D.TRIAL),
]  # fmt: skip

_ANIMAL = r"(rats?|mice|mouse|dogs?|cats?|pigs?|piglets?|rabbits?|sheep|monkeys|macaques|zebrafish|cattle|cows?|horses|broilers?|chickens?)"
_HUMAN = r"humans?|healthy|volunteers?|patients?|subjects?|participants?|children|adults|women|men"
_OTHER_STUDY = (
    r"qualitative|process evaluation|\bcosts?\b|economic|recruit|\bbaseline\b|nested|alongside|embedded|within an? .*trial|"
    r"\bsurvey|\binterviews?\b|rationale|simulation|mendelian|cohort (study|analysis)|case-control|cross-sectional|"
    r"secondary (and \w+ )?(analys|outcome|data|endpoint)|post[- ]?hoc|ancillary|exploratory analysis|sub-?(study|group|analysis)|re-?analys|"
    r"predict|prognostic|mediat(?!e care)|moderator|associat|"
    r"pooled|combined|integrated|sub-?population|RCT cohorts|non-?\s?randomi[sz]ed|quasi-?\s?(randomi[sz]ed|experiment)"
)
_RANDOMISED = (
    r"\brandomi[sz]ed\b.*\b(trial|cross-?over|study|comparison|evaluation|experiment|investigation|placebo)\b|"
    r"\b(trial|study|comparison)\b.*\brandomi[sz]ed\b|\b(two|three) .*randomi[sz]ed .*trials\b|\bRCT\b"
)
_TITLES: list[tuple[str, D]] = [
    (r"\bprotocol (for|of) (an?|the|two)\b|\b(study|trial|review) protocol\b|[:\-–—.] ?(an? )?(study )?protocol\W*$|"
     r"\brationale(,| and| &) (\w+ )?design\b|\bdesign(,| and| &) (study )?(rationale|protocol)\b|"
     r"\bstudy design and methods?\b|[:\-–—.] ?(study|trial) design\b", D.REGISTRATION),
    (rf"^(?!.*\b({_HUMAN})\b).*(\bin (\w[\w-]* ){{0,3}}{_ANIMAL}\b(?!['’])|\b(rat|mouse|murine|animal|porcine|canine|rodent|ovine) models?\b|"
     rf"\bin vitro\b(?! (fertili|matur)))", D.PRECLINICAL),
    (r"\bmeta-?\s?(analys[ie]s|analytic|regression)\b|\bsystematic (literature )?review\b", D.SYSTEMATIC_REVIEW),
    (r"\b(scoping|narrative|literature|critical|integrative) review\b|[:\-–—] an? review\W*$", D.REVIEW),
    # A subtitle that names the design is judged alone: "Costs of X: a randomised controlled trial" is one.
    (rf"(^|[:;.?!–—] |—|[–-]{{2,}})(?!.*[:?!–—] .*randomi[sz]ed)(?!.*({_OTHER_STUDY})).*({_RANDOMISED})", D.RCT),
    (r"\bcase[- ]control\b", D.CASE_CONTROL),
    (r"\bcross[- ]sectional\b", D.CROSS_SECTIONAL),
    (r"\bcohort (study|studies|analysis)\b|\b(prospective|retrospective|population-based|birth) cohort\b", D.COHORT),
    (r"\bcase series\b", D.CASE_SERIES),
    (r"\bcase reports?\b|\breport of (a|one|two|three) cases?\b", D.CASE_REPORT),
    (r"^(?!.*\b(qualitative|process evaluation|cost|economic|recruit\w*|baseline|survey|interviews?|simulation)\b)"
     r".*(\b(clinical|controlled|pilot|feasibility|single-arm|open-label|crossover|cross-over|phase [iv\d/ab]+|randomi[sz]ed|masked|blind(ed)?"
     r"|intervention|placebo-controlled) (\w+[- ]){0,2}trial\b|\bphase [iv\d/ab]+ (\w+ )?study\b|\bdouble[- ]blind)", D.TRIAL),
    (r"\b(pharmacokinetics?|bioequivalence)\b", D.PHARMACOKINETIC),
]  # fmt: skip
_IGNORE_CASE = [(re.compile(pattern, re.IGNORECASE | re.DOTALL), design) for pattern, design in _TITLES]
_SUBJECT = [(re.compile(pattern, re.IGNORECASE), design) for pattern, design in _SUBJECTS]


def study_design(article_type: str, subjects: Sequence[str], title: str) -> D:
    """The design that the article claims for itself. subjects: its top-level subject headings.

    In order: an article-type that settles it; a subject heading that settles it; for a case report, review or research
    article the title; else what the type says. A protocol has no results, so it is a registration. Work beside or after a
    randomised trial (secondary and post hoc analyses, costs, interviews, baseline data) is no randomised comparison of its
    own: it is a trial at most. Terms: CONSORT 2010 item 1a and PRISMA 2020 item 1 ask that the title names the design.
    """
    kind = article_type.strip().lower()
    if kind in _TYPES:
        return _TYPES[kind]
    settled = next((d for s in subjects for pattern, d in _SUBJECT if pattern.fullmatch(s.strip())), None)
    titled = next((d for pattern, d in _IGNORE_CASE if pattern.search(title)), None)
    if settled is not None and settled not in _REFINED:
        return settled
    if kind == "review-article":
        return titled if titled in {D.SYSTEMATIC_REVIEW, D.REGISTRATION} else D.REVIEW
    if kind == "case-report":
        return D.CASE_SERIES if titled is D.CASE_SERIES else D.CASE_REPORT
    if settled is not None:
        return titled if titled in _REFINED[settled] else settled
    return titled or D.ARTICLE


_REFINED: dict[D, frozenset[D]] = {
    D.REVIEW: frozenset({D.SYSTEMATIC_REVIEW, D.REGISTRATION}),
    D.CASE_REPORT: frozenset({D.CASE_SERIES}),
    D.TRIAL: frozenset({D.RCT, D.REGISTRATION, D.PRECLINICAL}),
    D.RCT: frozenset({D.REGISTRATION, D.PRECLINICAL}),
}
"""Headings that a title may make more exact."""
