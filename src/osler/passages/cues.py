"""What a sentence of a source does (advises, doses, warns, reports an effect), read from its section and its words.

The words are cues, not understanding: a sentence without one states no finding and is never cited. The order of the
table matters: a warning outranks advice, advice an effect, "no difference" an effect.
"""

from __future__ import annotations

import re

from osler.domain.document import Direction, StudyDesign
from osler.passages.empty import is_fragment, without_references
from osler.passages.sections import Section as Section

DOSE_AMOUNT = re.compile(
    r"(?<![\w.])\d[\d,.]*(?:\s*(?:-|–|to)\s*\d[\d,.]*)?\s*(?:mg|mcg|µg|μg|micrograms?|milligrams?|g|grams?|units?|IU|mL|mmol|mEq|tablets?|capsules?|puffs?|patch(?:es)?|teaspoonfuls?|%)\b"
    r"(?!\s*/\s*(?:d?L|mL|min)\b)",
    re.I,
)
_CONTRA = re.compile(r"(?<!not )(?<!no )(?<!without )\bcontra-?indicat(?:ed|ions?)\b", re.I)
_IF_CONTRA = re.compile(
    r"\b(?:when|if|unless|where|in whom|for whom)\b [^.;,:]{0,60}\b(?:is|are|were|be) (?:\w+ )?contra-?indicat|\bunless (?:\w+ )?contra-?indicat|\bcontra-?indicat\w+ (?:to|for) (?:other|alternative)",
    re.I,
)
"""A condition ("when NSAIDs are contraindicated"), not a statement that something is."""
_KEEP_ON = re.compile(r"\b(?:should|must) not be (?:withheld|denied|delayed)\b|\bdo not (?:withhold|delay|deny)\b", re.I)
"""Advice for, in the words of advice against."""
_STOPPING = re.compile(
    r"\b(?:abrupt|sudden)(?:ly)? (?:\w+ ){0,2}(?:stop|discontinu|withdraw|cessation)|\b(?:stop|discontinu|withdraw)\w* (?:\w+ ){0,3}(?:abrupt|sudden)ly|\b(?:should|must) not be (?:\w+ly )?(?:stopped|discontinued)|\bdo not (?:stop|discontinue)\b",
    re.I,
)
"""What happens on stopping is a harm; it is no advice against the drug."""
_AGAINST = re.compile(
    r"\b(?:should|must|may) (?:not|never) (?:\w+ly )?(?:be |receive|take|use)|\b(?:is|are|was) not (?:\w+ly )?(?:recommended|advised|advisable|indicated)\b"
    r"|\brecommend\w* against\b|\b(?:should|must) be avoided\b|\bshould avoid\b|\b(?=[aA])(?<!\bto )avoid (?:the |its |concomitant |co-?administ|use|using|prescrib|\w+ing\b)"
    r"|\bdo not (?:use|offer|give|prescribe|administer|take|start|routinely)\b|\badvis\w+ against\b|\b(?:best|advised|prudent|recommended|important|wise|reasonable|should|need|needs) to avoid\b|\bnot be used\b|^avoid\b",
    re.I,
)
_NOT_OF_A_DRUG = re.compile(
    r"\bshould not be (?:interpreted|considered|taken as|regarded|assumed|viewed|construed|counted|dismissed|the sole|based|limited|a reason|generali[sz]ed|compared|expected)\b|\bwill not be\b",
    re.I,
)
_MONITOR = re.compile(
    r"\b(?:should be|must be|be|is|are) (?:closely |carefully |regularly )?monitored\b|\bmonitor(?:ing)? (?:of|for|is|the|patients|serum|renal|blood|liver|should)\b"
    r"|\bmonitor\b|\bregular(?:ly)? (?:check|measur|monitor)\w*",
    re.I,
)
_DOSE_ADVICE = re.compile(
    r"\b(?:recommended|maximum|max\.|starting|initial|usual|maintenance|loading|total daily|daily|target|adjusted) (?:\w+ ){0,2}(?:daily )?dos(?:e|es|age)\b"
    r"|\bdos(?:e|age) (?:should|must|may|can|is|of|adjust|reduc|range)|\breduce (?:the )?dos|\bdosage adjust|\b(?:not|do not|never) (?:to )?exceed\b|\bevery \d+|\b(?:once|twice|three times|four times) (?:a day|daily|weekly)\b|\btitrat",
    re.I,
)
_DOSE_ORDER = re.compile(
    r"\b(?:should|recommended|consider|initiat|start|begin|give|given|take|taken|administer|inject|increase|decrease|limit)\w*\b|\bb\.?i\.?d\b|\bt\.?i\.?d\b|/day\b|\bdaily\b|;\s*dose:|\bdose (?:is|range)\b",
    re.I,
)
_ADJUSTMENT = re.compile(
    r"\bdos(?:e|age|ing)? (?:adjustment|reduction|modification)s?\b|\bno (?:dos(?:e|age|ing) )?adjustment\b|\b(?:lower|reduced|smaller|half the) (?:\w+ )?dos(?:e|es|age)s?\b|\breduce the dos|\bdos(?:e|age) (?:should|must) be (?:\w+ly )?(?:reduced|adjusted|halved|lowered)",
    re.I,
)
"""A dose without an amount: "no adjustment is needed", "lower doses are used"."""
_EXAMPLE = re.compile(r"\((?:e\.?g\.?|for example|such as)[^()]*\)", re.I)
_TRIAL_OF_DOSES = re.compile(
    r"\b(?:trials?|stud(?:y|ies)|reviews?|arms?|groups?|compared|versus|vs|evidence type|randomi[sz]ed|placebo|similar to)\b", re.I
)
_INTERACTS = re.compile(
    r"\binteract|\bco-?administ|\bconcomitant|\bconcurrent|\bin combination with\b|\bcombined (?:use|with)\b|\binhibitors? (?:of|increase)|\binduc(?:er|e)",
    re.I,
)
_TAKING = re.compile(
    r"\b(?:patients|individuals|those) (?:\w+ )?(?:taking|receiving|treated with|on)\b|\bwhen (?:\w+ )?(?:given|used|taken|prescribed) with\b",
    re.I,
)
"""Another way in which a label speaks of a partner drug; in a study it only says which arm."""
_CHANGES = re.compile(
    r"\b(?:increas|decreas|reduc|elevat|rais|lower|potentiat|inhibit|induc|prolong|adjust|exceed|risk|exposure|concentration|effect|caution)\w*",
    re.I,
)
_KINETIC = re.compile(
    r"\bhalf-li(?:fe|ves)\b|\bclearance\b|\bAUC\b|\barea under the (?:plasma|curve|concentration)|\bbioavailab|\bC ?max\b|\bpharmacokinetic"
    r"|\bplasma (?:concentration|level)|\bserum (?:concentration|level)s? of\b|\bprotein[- ]bound|\bprotein binding\b|\bvolume of distribution\b"
    r"|\bexcreted\b|\beliminat(?:ed|ion)\b|\bdialy[sz]able\b|\bremoved by (?:h[ae]{1,2}mo)?dialysis\b|\bmetaboli[sz]ed\b|\babsorption\b|\bsystemic exposure\b",
    re.I,
)
_NOT_KINETIC = re.compile(
    r"\b(?:creatinine|viral|sputum|mucociliary|lactate|airway|urea|bacterial|stone|bioequivalence|elimination (?:diet|of (?:disease|hepatitis|malaria|transmission)))\b",
    re.I,
)
_NONE = re.compile(
    r"\bno (?:statistically |clinically )?(?:significant |meaningful |important |overall |apparent |additional |clear |added )?(?:\w+ )?(?:differences?|effects?|benefits?|improvements?|reductions?|advantages?|increase|increased risk|association|influence)\b"
    r"|\bdid not (?:\w+ )?(?:reduce|improve|increase|differ|affect|lower|prevent|decrease|change|alter|show|result|lead|support)\w*|\bdo(?:es)? not (?:\w+ )?(?:reduce|improve|prevent|help|support)\b"
    r"|\b(?:was|were|is|are) not (?:\w+ )?(?:different|superior|effective|better|beneficial|associated|related|significant)\b|\bineffective\b|\bfailed to\b|\bnon-?significant"
    r"|\bnot (?:statistically )?significant(?:ly)?\b|\bno evidence (?:of|that|for)\b|\bno more effective\b|\b(?:evidence|data) (?:is|are|was|were) (?:\w+ )?(?:insufficient|lacking|inadequate)\b|\binsufficient evidence\b|\binsufficient to (?:assess|recommend|determine)\b|\bhave not been established\b",
    re.I,
)
_HARM = re.compile(
    r"\badverse (?:drug |cardiac |cardiovascular |pregnancy |\w+ )?(?:events?|effects?|reactions?|outcomes?|experiences?)\b|\bside[- ]effects?\b|\btoxicit|\bcomplications?\b|\boverdos|\bintoxicat|\bpoisoning\b|\bwithdrawal (?:symptoms|syndrome|reaction)"
    r"|\b(?=[iIhHgGeErR])(?<!\bat )(?<!\bat an )(?<!\bpatients at )(?:increased|higher|greater|elevated|excess|raised) (?:\w+ )?(?:risk|hazard|odds|mortality|incidence|rate)s?\b|\bincreas(?:e[sd]?|ing) (?:the|in) (?:\w+ )?(?:risk|mortality|hazard|incidence)|\bincreas(?:es|ing) (?:risk|mortality|hazard|incidence)"
    r"|\bhepatotoxic|\bnephrotoxic|\bneurotoxic|\bfatal(?:ity|ities)?\b|\bserious (?:\w+ )?(?:infections?|events?|reactions?|harms?|risks?)|\bbleeding\b|\bdiscontinu\w+ (?:due|because)|\bharms?\b(?! reduction)(?= of| from| associated| was| were| are| to|,)|\bfetal harm\b",
    re.I,
)
_CAUSES = re.compile(
    r"\b(?:may|can|could) (?:\w+ly )?(?:cause|lead to|result in|produce|precipitate|worsen|exacerbate|mask)\b|\bcaus(?:ed|es|ing)\b(?! by (?:low|lack|deficien|insufficient))|-induced\b",
    re.I,
)
_MAY_HARM = re.compile(
    r"\bserious\b|\brisks? of\b|\bhazard|\b(?:have|has) been reported\b|\bcases? of\b|\bcaution",
    re.I,
)
"""A harm only where a condition is named that is the harm, and a drug that may do it."""
_LESSENED = re.compile(
    r"\b(?:reduc|decreas|lower|prevent|fewer|less|alleviat|protect|beneficial|improv|minimi[sz])\w* (?:[\w-]+ ){0,6}?(?:adverse|side[- ]effects?|toxicit|complications?|bleeding|mortality|risk|incidence|rates?|overdos|harms?)",
    re.I,
)
_WORSE = re.compile(r"\b(?:increas|higher|greater|more (?:frequent|common|often)|elevat|excess|worse|worsen)\w*", re.I)
_GOOD = re.compile(
    r"\b(?:reduc|improv|alleviat|reliev|ameliorat|lower|shorten|decreas)\w*\b|\bprevent(?:s|ed|ing)?\b|\beffective(?:ly|ness)?\b|\befficac|\bsuperior\b|\bbetter than\b|\bbeneficial\b|\b(?:net|clear|substantial|moderate|small|significant|survival|clinical|greatest|additional|mortality|therapeutic) benefits?\b|\bbenefit(?:s|ed)? (?:from|in|for|of)\b|\b(?:show|demonstrat|provid|offer)\w* (?:\w+ ){0,2}benefits?\b|\bsuccessful\w*",
    re.I,
)
_ADVICE = re.compile(
    r"\brecommend(?:s|ed|ation)?\b|\bshould (?:\w+ly )?(?:be|receive|have|undergo|offer|consider|use|prescribe|start|initiate|discuss|carefully|work)\b|\bfirst[- ]line\b|\bwe suggest\b|\b(?:treatment|drug|therapy) of choice\b|\bis indicated\b|\bare indicated\b|^(?:offer|consider)\b",
    re.I,
)
_ASKS = re.compile(
    r"(?:discuss|review|advise|offer|consider|use|ask|assess|be|establish|ensure|explain|counsel|provide|avoid|taper|start|prescribe|evaluate|inform|encourage|limit|reassess) (?!of\b)",
    re.I,
)
"""A guideline's sentence that begins with what to do."""
_CLINICAL_ADVICE = re.compile(
    r"\b(?:treat|therap|patients?|choice|first-line|dos(?:e|age)|given|administ|monitor|screen|used|prescri|surgery|prophyla)", re.I
)
_DIAGNOSES = re.compile(
    r"\bsensitivit(?:y|ies)\b.*\bspecificit|\bdiagnos(?:is|tic|ed|e)\b|\bpredictive value\b|\bdifferential\b", re.I
)
_COURSE = re.compile(r"\bsurvival\b|\bprognos|\bmortality\b|\bpredict(?:s|ed|or|ors|ive)\b|\brisk factors?\b|\brecurrence\b", re.I)
_INDICATED = re.compile(r"\bindicated\b|\breliev|\b(?:for|in) the (?:treatment|management|prevention) of\b", re.I)
_MODELLED = re.compile(
    r"\bmodel(?:l?ing)? (?:stud|predict|estimat|project|suggest|data|analy)|\bmodels? (?:were|was|estimate|predict)|\bCISNET\b|\bsimulat",
    re.I,
)
_EMPTY_CONTRA = re.compile(r"^\W*(?:none|not applicable|n/a)\b[\w\s]{0,20}\W*$", re.I)
_MAY_ADVISE = frozenset({StudyDesign.GUIDELINE, StudyDesign.CONSENSUS, StudyDesign.LABEL, StudyDesign.FORMULARY})
_OF_PRODUCTS = frozenset({StudyDesign.LABEL, StudyDesign.FORMULARY})
_RUNNING_TEXT = frozenset({StudyDesign.GUIDELINE, StudyDesign.CONSENSUS})
_NOT_FROM_RUNNING_TEXT = frozenset({Direction.DIAGNOSIS, Direction.PROGNOSIS})
"""Beside its recommendations a guideline tells of the disease and of tests: background, not its advice."""
_SILENT = frozenset({StudyDesign.NOTICE, StudyDesign.PRECLINICAL, StudyDesign.COMMENT, StudyDesign.REGISTRATION})
"""A notice, a comment, a registration without results and animal work are found, but nothing is cited from them as a finding."""


def direction_of(
    text: str,
    section: Section,
    kind: StudyDesign,
    *,
    recommendation: bool,
    against: bool,
    drugs: int,
    conditions: int = 0,
    row: bool = False,
) -> Direction | None:
    """What the sentence does, or None when no cue says so.

    drugs, conditions: how many drugs or classes, and how many conditions it names. row: it is a table row.
    recommendation, against: the source marks it as a recommendation, and which way it points.
    """
    if kind in _SILENT or section is Section.BACKGROUND:
        return None
    text = without_references(text)  # "[see Contraindications (4)]" contraindicates nothing
    if recommendation:
        return _of_recommendation(text, against=against)
    if section is Section.CONTRAINDICATIONS and (_EMPTY_CONTRA.match(text) or is_fragment(text)):
        return None if _EMPTY_CONTRA.match(text) else Direction.CONTRAINDICATES
    warned = _warning(text)
    if warned is not None:
        return warned
    if drugs > 1 and _speaks_of_partners(text, kind) and _interaction_counts(text, section, kind):
        return Direction.INTERACTION
    labelled, settled = _by_label_section(text, section, kind, conditions=conditions, row=row)
    if settled:
        return labelled
    found = _by_words(text, section, kind, drugs=drugs, conditions=conditions)
    if section is Section.STUDIES and (row or found not in _OF_STUDIES):
        return None
    if kind in _RUNNING_TEXT and (found in _NOT_FROM_RUNNING_TEXT or _MODELLED.search(text)):
        return None
    return found


_OF_STUDIES = frozenset({Direction.BENEFIT, Direction.NO_BENEFIT, Direction.ADVERSE})


def _of_recommendation(text: str, *, against: bool) -> Direction:
    """A recommendation does what its source says; that the evidence is insufficient is neither for nor against."""
    if against:
        return Direction.RECOMMENDS_AGAINST
    return Direction.NO_BENEFIT if _INSUFFICIENT.search(text) else Direction.RECOMMENDS


_INSUFFICIENT = re.compile(r"\bevidence is insufficient\b|\binsufficient evidence\b", re.I)


def _warning(text: str) -> Direction | None:
    if _STOPPING.search(text):
        return Direction.ADVERSE
    if _KEEP_ON.search(text):
        return Direction.RECOMMENDS
    if _CONTRA.search(text) and not _IF_CONTRA.search(text):
        return Direction.CONTRAINDICATES
    if _AGAINST.search(text) and not _NOT_OF_A_DRUG.search(text):
        return Direction.RECOMMENDS_AGAINST
    return None


def _speaks_of_partners(text: str, kind: StudyDesign) -> bool:
    return bool(_INTERACTS.search(text)) or (kind is StudyDesign.LABEL and bool(_TAKING.search(text)))


def _interaction_counts(text: str, section: Section, kind: StudyDesign) -> bool:
    """Two drugs taken together do something to each other: kinetics or a harm, in a label's warnings also a caution."""
    if _KINETIC.search(text) or _HARM.search(text):
        return not (DOSE_AMOUNT.search(text) and _DOSE_ADVICE.search(text) and section in (Section.DOSAGE, Section.GROUPS))
    return kind is StudyDesign.LABEL and section in _WARNS and bool(_CHANGES.search(text))


_WARNS = frozenset({Section.WARNINGS, Section.BOXED_WARNING, Section.CONTRAINDICATIONS, Section.INTERACTIONS})


def _by_words(text: str, section: Section, kind: StudyDesign, *, drugs: int, conditions: int) -> Direction | None:
    advises = kind in _MAY_ADVISE
    if _MONITOR.search(text) and (advises or "should" in text):
        return Direction.MONITOR
    if (
        DOSE_AMOUNT.search(_EXAMPLE.sub("", text) if kind in _RUNNING_TEXT else text)
        and _DOSE_ADVICE.search(text)
        and (advises or section is not Section.FINDINGS or "recommended" in text)
        and not (kind in _RUNNING_TEXT and _TRIAL_OF_DOSES.search(text))
        and not _describes_kinetics(text)
    ):
        return Direction.DOSE
    if kind in _RUNNING_TEXT and (_ASKS.match(text) or _ADVICE.search(text)):
        return Direction.RECOMMENDS
    if _NONE.search(text):
        return Direction.NO_BENEFIT
    if _KINETIC.search(text) and not _NOT_KINETIC.search(text):
        return Direction.PK
    if _HARM.search(text) or (conditions and (drugs or kind is StudyDesign.LABEL) and _may_harm(text, kind)):
        lessened = _LESSENED.search(text) and not _WORSE.search(text)
        return Direction.BENEFIT if lessened else Direction.ADVERSE
    if _ADVICE.search(text) and (advises or _CLINICAL_ADVICE.search(text)):
        return Direction.RECOMMENDS
    for direction, pattern in (
        (Direction.BENEFIT, _GOOD),
        (Direction.DIAGNOSIS, _DIAGNOSES),
        (Direction.PROGNOSIS, _COURSE),
    ):
        if pattern.search(text):
            return direction
    return None


def _may_harm(text: str, kind: StudyDesign) -> bool:
    return bool(_CAUSES.search(text)) or (kind in _TELLS_OF_CASES and bool(_MAY_HARM.search(text)))


_TELLS_OF_CASES = _MAY_ADVISE | {StudyDesign.CASE_REPORT, StudyDesign.CASE_SERIES}
_Settled = tuple[Direction | None, bool]
"""A direction, and whether the section settles it: (None, True) is a sentence that states nothing there."""


def _by_label_section(text: str, section: Section, kind: StudyDesign, *, conditions: int, row: bool) -> _Settled:
    """What the sections of a label, formulary or monograph are for; (None, False) where the words must decide."""
    harmful = bool(conditions) or bool(_HARM.search(text))
    if section is Section.INDICATIONS:
        return (Direction.DEFINITION if _INDICATED.search(text) and conditions else None), True
    if section is Section.INTERACTIONS:
        return (Direction.INTERACTION if _INTERACTS.search(text) or _CHANGES.search(text) else None), True
    if section is Section.ADVERSE:
        return (Direction.ADVERSE if harmful else None), True
    if section is Section.OVERDOSE:
        kinetic = _KINETIC.search(text) is not None
        return (
            Direction.PK if kinetic else Direction.ADVERSE if harmful else Direction.RECOMMENDS if _ADVICE.search(text) else None
        ), True
    if section is Section.KINETICS:
        return (Direction.PK if _KINETIC.search(text) else None), True
    if kind in _OF_PRODUCTS and section in (Section.DOSAGE, Section.GROUPS):
        if DOSE_AMOUNT.search(text) and (_DOSE_ADVICE.search(text) or _DOSE_ORDER.search(text)) and not _describes_kinetics(text):
            return Direction.DOSE, True
        if _ADJUSTMENT.search(text):
            return Direction.DOSE, True
    if kind is StudyDesign.FORMULARY:
        return (Direction.DOSE if DOSE_AMOUNT.search(text) else Direction.RECOMMENDS), True
    if section in (Section.WARNINGS, Section.BOXED_WARNING):
        if _MONITOR.search(text):
            return Direction.MONITOR, True
        return (Direction.ADVERSE if harmful or _may_harm(text, kind) else None), True
    if section is Section.CONTRAINDICATIONS and not harmful:
        return None, True
    return None, False


def _describes_kinetics(text: str) -> bool:
    """A dose that was given to measure something ("a single dose of 50 mg was not altered"), not one that is advised."""
    return bool(_KINETIC.search(text)) and not re.search(r"\bshould\b|\brecommended\b|\bconsider\b|\binitiat", text, re.I)
