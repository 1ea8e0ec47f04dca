"""Sentences from which nothing is cited: they mean nothing alone, announce or ask for work, refer elsewhere, or are about cells."""

from __future__ import annotations

import re

_VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|may|might|can|could|should|must|shall|will|would|does|do|did|needs?|requires?|occurs?|causes?"
    r"|increases?|decreases?|reduces?|improves?|relieves?|avoid|use|give|take|stop|consider|monitor|start|offer|recommends?|suggests?|advises?|shows?|finds?|leads?|affects?|raises?|lowers?|doubles?|inhibits?|induces?|enhances?|works?|helps?|supports?|depends?|reduce|prevents?|includes?|remains?|\w{3,}(?:ed|es)\b)",
    re.I,
)
"""A finite verb or an imperative: what makes a line a sentence."""
_FINITE = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|may|might|can|could|should|must|will|would|does|do|did|(?:increas|decreas|reduc|occurr?|report|result|caus)(?:e|es|ed|s))\b",
    re.I,
)
"""What a heading with a cross reference behind it does not have."""
_LEANS = re.compile(
    r"(?:(?:However|Also|Moreover|Furthermore|Additionally|In addition|Similarly|Likewise|Therefore|Thus|Hence|Consequently|Accordingly|Finally|Indeed|Last(?:ly)?|First|Second|Third),? )?"
    r"(?:(?:the )?(?:use|treatment|administration|combination) of )?"
    r"(?:they|it (?!is (?:recommended|advised|not recommended|contraindicated|important)\b)|these|those|such|both(?! \w+ and)|others?|(?:some|many|most|several|few|all|each) of (?:them|these|those)|(?:given|despite|because of|based on) (?:this|these|that|those)|the (?:latter|former|same|above|following|other \d|other two)"
    r"|none of (?:them|these)|among (?:them|these)|(?:in|for|of|at|on|under|with) (?:this|these|that|those|such|both)\b"
    r"|this (?:is|was|may|might|could|would|should|can|has|had|suggests?|indicates?|means|includes?|applies|combination|effect|finding|result|difference|increase|decrease|reduction|improvement|change|analysis|study|trial|recommendation|dose|event|reaction|group|population|benefit|harm|approach|strategy|method))\b",
    re.I,
)
"""An opening that means nothing without the sentence before it."""
_POINTS_BACK = re.compile(
    r"\b(?:these|those|such) (?:\w+ )?(?:subjects|patients|studies|trials|individuals|women|men|drugs|agents|events|reactions|combinations|groups|results|findings|considerations)\b",
    re.I,
)
_NEAR_THE_START = 60
"""Words that point back this near to the start point out of the sentence."""
_FOLLOWS = re.compile(r"(?:therefore|thus|hence|consequently|accordingly|it is therefore)\b", re.I)
"""A conclusion: who it holds for stands in the sentence before, unless it names that itself."""
_LEAD_WANTED = re.compile(
    r"(?:in|if|for|with|when|who|whom|that|which|or|and|of|to|by|from|on|at|as|than|because|including|unless|there|two or more)\b"
)
"""A list item in lower case that goes on from its lead ("Do not use: in a child …")."""
_RESEARCH = re.compile(
    r"\b(?:research|stud(?:y|ies)|trials?|investigations?|evaluation|work|data) (?:is|are|will be|would be) (?:\w+ )?(?:needed|required|warranted|necessary)\b"
    r"|\b(?:further|more|additional|future|larger|larger-scale|well-designed|prospective) (?:[\w-]+ ){0,3}(?:research|stud(?:y|ies)|trials?|investigations?|work) (?:[\w-]+ ){0,8}?(?:needed|required|warranted|necessary|should)\b"
    r"|\b(?:remains?|is|are) (?:to be (?:determined|established|elucidated)|unclear|unknown|poorly understood|(?:still )?not (?:known|fully understood))\b",
    re.I,
)
_WORK = re.compile(
    r"(?:the )?(?:\w+ )?(?:aims?|purposes?|objectives?|goals?|hypothes[ei]s)\b|(?:in (?:this|the present|our) (?:study|trial|paper|article|review|work|report),? )?(?:here,? )?(?:we|the authors|this (?:study|paper|article|review)) (?:\w+ly )?"
    r"(?:aim|sought|set out|investigate|examine|evaluate|assess|compare|studied|study|review|hypothesi|conduct|perform|search|include|enrol|recruit|use|present|discuss|determine|measure|explore|analy[sz]e|test|propose|describe|summari[sz]e)",
    re.I,
)
_DONE = re.compile(
    r"\b(?:was|were|is|are|will be|has been|have been|being) (?:\w+ly )?(?:studied|investigated|examined|evaluated|assessed|compared|tested|analy[sz]ed|reviewed|measured|determined|randomi[sz]ed|enrolled|recruited|included|discussed|described|searched|administered|treated|considered)\b"
    r"|\b(?:considered|reviewed|included|identified|commissioned|found) (?:\w+ )?(?:\d+|several|all|the|a|two|three|four|five|six) (?:[\w-]+ ){0,4}(?:trials?|RCTs?|stud(?:y|ies)|reviews?)\b"
    r"|\b(?:trials?|RCTs?|stud(?:y|ies))(?: \([^)]*\))? (?:addressed|examined|reported on|met the|evaluated|assessed|focused)\b|\bwill (?:inform|compare|evaluate|assess|investigate|be)\b|\bis a (?:phase|randomi[sz]ed|multi)",
    re.I,
)
_METHOD = re.compile(
    r"\b(?:was|were) (?:\w+ )?(?:stratified|randomi[sz]ed|assigned|allocated|enrolled|recruited|excluded|allowed|permitted|re-?randomi[sz]ed|analy[sz]ed separately)\b"
    r"|\b(?:safety|efficacy|effectiveness)\b[^.;]{0,60}\b(?:was|were|is|are|has been|have been) (?:\w+ )?(?:assessed|evaluated|studied|investigated|examined)\b",
    re.I,
)
_FIGURES = re.compile(r"\d\s*%|\bp\s*[<=>]|\bvs\.?\b|\bversus\b|\b95\b", re.I)
_NONE_SEEN = re.compile(r"no (?:\w+ )?(?:cases?|instances?|reports?|deaths?) of\b", re.I)
"""What did not happen in some trial says nothing without the trial."""
_PANEL_WORK = re.compile(
    r"(?:\w+ ){0,2}(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|several|many|few) (?:[\w-]+,? ){0,5}(?:trials?|RCTs?|studies)(?: \([^)]*\)|[⁰¹²³⁴⁵⁶⁷⁸⁹,⁻–-])* (?:addressed|reported on|met|evaluated|assessed|examined|were included|provided)\b|(?:as in \d{4}, )?(?:the )?(?:USPSTF|Task Force|panel|committee|working group|review(?:ers)?)(?: \([A-Z]+\))? (?:also )?(?:found (?:\d+|one|two|three|four|five|several) (?:[\w-]+ ){0,6}(?:studies|trials|RCTs)|reviewed|assessed|commissioned|considered|examined|evaluated|focused|sought|used|conducted|searched|weighed)\b",
    re.I,
)
"""What a guideline's authors did; what they found and recommend is said otherwise."""
_RESULT = re.compile(
    r"\b(?:reduc|increas|improv|lower|decreas|higher|greater|fewer|less\b|more\b|associated|superior|inferior|effective|ineffective|differ|caus|induc|result(?:ed|s|ing) in|led to|show|found|reveal|demonstrat|observ|report|no\b|not\b|safe|contraindicat|recommend|should|must|avoid|sensitivit|predict)\w*|\d\s*%|[<=]\s*0?\.\d",
    re.I,
)
_ELSEWHERE = re.compile(
    r"\(?(?:see|refer to|for (?:more|further|additional|complete) (?:information|details)|abbreviations?:|supplement\b|(?:table|figure|fig\.|box|appendix) \w{1,3}[.:]|\[\w{1,2}\]\s|[*†‡§]+\s*\w)",
    re.I,
)
_BOILERPLATE = re.compile(
    r"\b(?:is|are) (?:summari[sz]ed|shown|presented|listed|described|discussed|provided|given) in (?:Table|Figure|Section|the|more)\b|\b(?:varies|vary|depends?) (?:by|based on|on)\b|\bconducted under (?:widely )?(?:varying|different) conditions\b|\breported voluntarily\b|\bnot (?:always )?possible to (?:reliably )?(?:estimate|determine)\b|\bcannot be directly compared\b|\bincorporates new evidence\b|\breplaces the \d{4}\b"
    r"|\bthis (?:recommendation|statement|guideline) (?:applies|is consistent|updates|replaces|incorporates)\b|\b(?:has|have) (?:also )?(?:published|made|issued) (?:several|separate|other|a|\w+ recommendations?)\b|\bseparate recommendation|\bwww\.|\bmethods vary\b|\bposted for public comment\b|\brespondents?\b|\bis (?:stratified|described) (?:by|in)\b|\bfunded (?:by|through)\b|\b(?:Instructions for Use|Medication Guide)\b",
    re.I,
)
_HANDLING = re.compile(
    r"\bparticulate|\bdiscolou?r|\bsyringes?\b|\bneedles?\b|\bcartons?\b|\bcontainer\b|\bsafety seal\b|\bbottle cap\b|\bdosing (?:cup|device)\b|\brefrigerat|\bdiscard|\binjection sites?\b(?! (?:reaction|pain))|\binto areas where\b|\bstore\b|\bshake\b"
    r"|\b(?:single|multi)-(?:use|dose) (?:vial|pen)|\binstitutional use\b|\bis (?:supplied|available|dispensed)\b|\b(?:tablets?|capsules?|vials?|ampoules?|bottles?) (?:contain|containing|provide)s?\b|\beach (?:tablet|capsule|mL|vial|teaspoon)",
    re.I,
)
_CELLS = re.compile(
    r"\b(?:rats?|mice|mouse|murine|rodents?|rabbits?|zebrafish|drosophila|dogs?|canine|feline|pigs?|piglets?|porcine|bovine|sheep|hamsters?|guinea pigs?|chick(?:en|s)?|broilers?|monkeys?|pups?|litters?|offspring|dams"
    r"|in vitro|ex vivo|in silico|cell lines?|cultured|xenograft\w*|nanoparticles?|molecular docking|organoids?|on-chip|knock-?(?:out|down)|mRNA|gene expression|upregulat\w+|downregulat\w+|phosphorylat\w+|signal(?:l)?ing pathway"
    r"|apopto\w*|autophag\w*|cytotoxicity|[A-Za-z]{2,}[\w-]*\d[\w-]* cells|cell (?:growth|migration|proliferation|viability|death)|batter(?:y|ies)|electrodes?|electrolytes? (?:for|of) |polymers?|glass transition|piezoelectric|catalys\w+|adsor\w+|wastewater|seedlings?|cultivars?|soil|biofilms?)\b",
    re.I,
)
"""Work on animals, cells, materials and plants."""
_SUBTITLE = re.compile(r"\d+(?:\.\d+)+\.?\s+\S")
_SEE = re.compile(r"\s*\[\s*see [^\[\]]*\]|\s*\(\s*see [^()]*(?:\([^()]*\)[^()]*)*\)", re.I)
_NOTE = re.compile(r"\[[^\[\]]*\]")
_MAX_ROW_CHARACTERS = 320
"""A row that is longer without its footnotes holds paragraphs, not values."""


def without_references(text: str) -> str:
    """The words without "[see Warnings (5.1)]": their figures are section numbers."""
    return _SEE.sub("", text) if "see " in text.lower() else text


def is_of_cells(text: str) -> bool:
    """Whether the words are of animals, cells or materials, not of people."""
    return _CELLS.search(text) is not None


def is_fragment(text: str) -> bool:
    """A line without a verb: a heading, an item of a list, a diagnosis."""
    return _VERB.search(without_references(text)) is None


def means_nothing_alone(text: str, *, names_more: bool, item: bool) -> bool:
    """Whether a reader needs the sentence before.

    names_more: it names a drug, a condition or a group besides the document's own subject. item: it is an item of a list.
    """
    if text.rstrip().endswith(":") or _LEANS.match(text):
        return True
    back = _POINTS_BACK.search(text)
    if back is not None and back.start() < _NEAR_THE_START:
        return True
    if _FOLLOWS.match(text) and not names_more:
        return True
    return item and _LEAD_WANTED.match(text) is not None


def states_nothing(text: str, *, row: bool, issued: bool) -> bool:
    """Whether the sentence only announces work, asks for it, refers elsewhere, handles a product or is a heading.

    row: a table row. issued: of a guideline, label or formulary, whose subtitles and handling stand among its advice.
    """
    bare = without_references(text)
    if row:
        bare = _NOTE.sub("", bare)
        return len(bare) > _MAX_ROW_CHARACTERS
    if _ELSEWHERE.match(text):
        return True
    if issued:
        if _PANEL_WORK.match(text):
            return True
        titled = (bare != text or _SUBTITLE.match(text)) and _FINITE.search(bare) is None and not bare.rstrip().endswith(".")
        return bool(titled or _BOILERPLATE.search(text) or _HANDLING.search(text) or _is_about_work(text))
    return _is_about_work(text)


def _is_about_work(text: str) -> bool:
    if _NONE_SEEN.match(text) or (_METHOD.search(text) and not _FIGURES.search(text)):
        return True
    research = _RESEARCH.search(text)
    if research and (research.start() < 60 or not _RESULT.search(text[: research.start()])):
        return True
    if _WORK.match(text):
        return not re.search(r"\b(?:found|show|observed|and (?:it|they) )", text)
    return bool(_DONE.search(text)) and not _RESULT.search(text)
