"""The emergency rules, as a table: what must be in the question, what is said, and where the rule comes from.

A rule fires when every group of its signs is present and not denied. `needs` names drugs or populations
(concept ids) that must be in the frame too. `library` lists statements of the starter library that carry
the same advice; the web sources were read on 2026-11-22.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from osler.domain.answer import NoticeKind


@dataclass(frozen=True, slots=True)
class TriageRule:
    """signs: one group per fact that must be present. problems: concepts whose evidence supports the advice."""

    key: str
    danger: str
    signs: tuple[re.Pattern[str], ...]
    source: str
    problems: tuple[str, ...] = ()
    library: tuple[str, ...] = ()
    needs: frozenset[str] = field(default_factory=frozenset)
    kind: NoticeKind = NoticeKind.EMERGENCY
    urgent_only: bool = False
    advice: str = ""


def _sign(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{a})" for a in alternatives), re.IGNORECASE)


_BACK = _sign(
    r"\bback\b", r"\bspin(?:e|al)\b", r"\bsciatica\b", r"\blumbar\b", r"\blower back\b", r"\bslipped disc\b", r"\bdisc herniation\b"
)
_BLADDER = _sign(
    r"can['’]?t (?:feel|tell) when i need (?:the toilet|to (?:go|pee|wee|poo))", r"(?:can['’]?t|cannot|unable to) (?:pee|wee|urinate|pass (?:urine|water))",
    r"\burinary (?:retention|incontinence)\b", r"\bincontinen\w+", r"\b(?:bladder|bowel) (?:\w+ ){0,3}(?:change|loss|problem|control|dysfunction|disturbance)",
    r"\bloss of (?:bladder|bowel)", r"\bwet(?:s|ting)? (?:myself|herself|himself|themselves|the bed)", r"\bsaddle\b", r"\bnumb\w* (?:\w+ ){0,4}(?:groin|genital|bottom|buttock|between (?:the|my|her|his) legs)",
    r"(?:groin|genitals?|between (?:the|my|her|his) legs|bottom|buttocks) (?:\w+ ){0,3}numb", r"\bretention\b", r"\bcauda equina\b",
    r"can['’]?t (?:hold|control) (?:my )?(?:urine|pee|bladder|bowels?)", r"\bsoiled? (?:my|him|her)self", r"\bnumb\w* (?:\w+ ){0,3}(?:down below|down there|when i wipe)", r"can['’]?t (?:\w+ ){0,3}(?:start|stop|hold) (?:weeing|peeing|urinating|my wee)",
)  # fmt: skip
_LEG_WEAK = _sign(
    r"\blegs? (?:\w+ ){0,3}(?:weak|numb|give way|gave way|heavy|paralys)", r"\b(?:weak|numb)\w* (?:\w+ ){0,4}(?:both )?legs?\b", r"can(?:['’]?t|not) (?:walk|(?:move|feel) (?:my|his|her|their|the|both) legs?|stand)",
    r"\bfoot drop\b", r"\bparaplegi\w+", r"\bnew (?:leg )?weakness\b", r"\bprogressive weakness\b", r"\bbilateral (?:leg )?(?:weakness|numbness)",
)  # fmt: skip
_FEVER = _sign(
    r"\bfever\w*",
    r"\bfebrile\b",
    r"\bchills?\b",
    r"\bshiver\w*",
    r"\brigors?\b",
    r"\bhigh temperature\b",
    r"\btemp(?:erature)?(?: of| is| was)? (?:38|39|4[01])",
    r"\b(?:38|39|40)(?:\.\d)? ?(?:°|degrees|C\b)",
    r"\b(?:hot|burning up)\b[^.?!]{0,20}\b(?:38|39|40)(?:\.\d)?\b",
)
_CONFUSED = _sign(
    r"\bconfus\w+", r"\bdrows\w+", r"\bsomnolen\w+", r"\bvery sleepy\b", r"\blethargic\b", r"\bunconscious\b", r"\bunrousable\b", r"\bunresponsive\b", r"\bobtunded\b", r"\bcoma\w*\b",
    r"\baltered mental\b", r"\bencephalopath\w+", r"\bhallucinat\w+", r"\bagitat\w+", r"\bmyoclon\w+", r"\bjerk\w+", r"\btwitch\w+", r"\bseizures?\b", r"\bfitting\b", r"\bdisorient\w+", r"\bhard to wake\b", r"\b(?:seeing|sees) (?:things|people|children|animals|someone)", r"\bdoes(?:n['’]?t| not) (?:know|recogni[sz]e) (?:me|us|where|who|her|his)", r"\bdozing off\b", r"\btalking nonsense\b", r"\b(?:not making|makes no) sense\b", r"\bmute\b", r"can['’]?t (?:be woken|wake)",
)  # fmt: skip
_UNCONSCIOUS = _sign(
    r"\bunconscious\b", r"\bunresponsive\b", r"can(?:no|['’])t (?:be woken|wake (?:him|her|them|up))", r"\bpassed out and\b", r"\bcollapsed\b", r"\bnot waking up\b", r"\bwon['’]?t wake\b", r"\bnot breathing\b", r"\bstopped breathing\b",
)  # fmt: skip
_SELF = _sign(
    r"\b(?:want|wanted|going|plan\w*|thinking (?:of|about)) (?:to )?(?:kill(?:ing)? my ?self|die|end(?:ing)? (?:it|my life)|hurt(?:ing)? my ?self)",
    r"\bsuicid\w+",
    r"\bself[- ]harm\w*",
    r"\bkill(?:ing)? my ?self\b",
    r"\bending my life\b",
    r"\btake my (?:own )?life\b",
    r"\bend my life\b",
    r"\bbetter off dead\b",
    r"\bdon['’]?t want to (?:live|be alive)\b",
)
_TOOK_MANY = _sign(
    r"\b(?:took|taken|swallowed|swallow|ate|drank) (?:\w+ ){0,4}(?:(?:about |around |over )?\d{2,}(?!\s*(?:mg|mcg|g|ml|mL|units?|%|years?|days?|weeks?|months?|hours?|minutes?)\b)|twenty|thirty|forty|fifty|a (?:whole )?(?:box|bottle|packet|handful|lot)|the whole|too (?:many|much)|all (?:my|the|of))",
    r"\boverdos\w+", r"\btaken too (?:many|much)\b", r"\bswallowed (?:\w+ ){0,3}(?:bleach|battery|batteries|poison|detergent)",
)  # fmt: skip
NOT_A_CASE = re.compile(
    r"\b(?:what is the risk of|could i (?:overdose)|how much is an? overdose|maximum dose|to (?:avoid|prevent) (?:an )?overdose|risk of overdose|naloxone to (?:take )?home)\b",
    re.I,
)

RULES: tuple[TriageRule, ...] = (
    TriageRule(
        "self_harm", "thoughts of suicide or self-harm", (_SELF,),
        "SAMHSA, 988 Frequently Asked Questions (samhsa.gov); Samaritans, Contact us (samaritans.org)",
        ("cond/suicidal-thoughts", "cond/self-harm"), kind=NoticeKind.SELF_HARM,
    ),
    TriageRule(
        "paracetamol_overdose", "a paracetamol (acetaminophen) overdose, which can harm the liver before any symptom shows",
        (_TOOK_MANY, _sign(r"\bparacetamol\b", r"\bacetaminophen\b", r"\btylenol\b", r"\bpanadol\b", r"\bcalpol\b", r"\bco-?codamol\b")),
        "NHS Greater Glasgow & Clyde, Treatment of Paracetamol Overdose (handbook.ggcmedicines.org.uk)",
        ("cond/paracetamol-overdose",), ("F188", "F189", "G159", "G161"),
        advice="Damage can come late, so feeling well does not mean that it can wait.",
    ),
    TriageRule(
        "poisoning", "a possible overdose or poisoning", (_TOOK_MANY,),
        "HRSA, Poison Help (poisonhelp.hrsa.gov); NHS, Poisoning", ("cond/poisoning", "cond/overdose"),
        advice="Do not make the person sick. Keep the packets to show.",
    ),
    TriageRule(
        "cauda_equina", "pressure on the nerves at the base of the spine (cauda equina syndrome)",
        (_BACK, _BLADDER), "Cauda equina pathway as extracted in the library (BMJ Best Practice)",
        ("cond/cauda-equina-syndrome", "cond/spinal-infection"), ("Z004", "Z005", "F090", "F092"),
    ),
    TriageRule(
        "cord_compression", "pressure on the spinal cord or its nerves", (_BACK, _LEG_WEAK),
        "Cauda equina pathway as extracted in the library (BMJ Best Practice); Malignant spinal cord compression, NHS Scotland (rightdecisions.scot.nhs.uk)",
        ("cond/cauda-equina-syndrome", "cond/spinal-infection"), ("Z004", "Z005"),
    ),
    TriageRule(
        "spinal_infection", "a spinal infection, which in dialysis also comes without fever", (_BACK, _FEVER),
        "Spondylodiscitis in hemodialysis patients, G Ital Nefrol 2020 (library F090, F091); spine imaging timing: library F092",
        ("cond/spinal-infection", "cond/spondylodiscitis", "cond/vertebral-osteomyelitis"), ("F090", "F091", "F092", "X038"),
    ),
    TriageRule(
        "dialysis_line_fever", "an infection of the blood from the dialysis access", (_FEVER,),
        "Bradford Teaching Hospitals NHS, Looking after your dialysis line; library K183",
        ("cond/catheter-related-bloodstream-infection",), ("K183",),
        needs=frozenset({"pop/dialysis-catheter", "pop/hemodialysis"}), urgent_only=True,
    ),
    TriageRule(
        "stroke", "a stroke",
        (_sign(r"\bface (?:has |is )?droop\w*", r"\bfacial droop\b", r"\bslurred speech\b", r"\bcan['’]?t speak\b", r"\bsudden(?:ly)? (?:\w+ ){0,4}(?:weak|numb|paralys)\w*", r"\bone side (?:\w+ ){0,4}(?:weak|numb)", r"\bone[- ]sided (?:weakness|numbness)", r"\barm (?:\w+ ){0,3}weak", r"\bsudden(?:ly)? (?:\w+ ){0,3}(?:vision loss|blind)", r"\bworst headache\b", r"\bthunderclap\b"),),
        "Signs of a stroke: FAST, NHS Wales (bcuhb.nhs.wales)", ("cond/ischemic-stroke", "cond/stroke"),
    ),
    TriageRule(
        "heart_attack", "a heart attack",
        (_sign(r"\bchest (?:pain|tightness|pressure)\b", r"\bcrushing (?:\w+ ){0,2}chest\b", r"\bpain in (?:my|the|his|her) chest\b", r"\bchest (?:feels|is) (?:tight|heavy)", r"\b(?:tightness|pressure|heaviness|pain) (?:\w+ ){0,4}chest\b"),
         _sign(r"\bsweat\w*", r"\bleft arm\b", r"\bdown (?:my|his|her|the|one|both) arms?\b", r"\bjaw\b", r"\bbreathless\w*", r"\bshort(?:ness)? of breath\b", r"\bcrushing\b", r"\btight\b", r"\bheavy\b", r"\bright now\b", r"\bsudden\w*", r"\bspreading\b", r"\bnow\b", r"\bclammy\b", r"\bfaint\w*")),
        "Don't be afraid to seek help for chest pain, West Midlands Ambulance Service NHS 2020", ("cond/acute-coronary-syndrome",),
    ),
    TriageRule(
        "anaphylaxis", "anaphylaxis",
        (_sign(r"\banaphyla\w+", r"\b(?:throat|tongue|lips?|face) (?:\w+ ){0,3}(?:swell\w*|swollen|closing|tight)", r"\bswell(?:ing|ed)? (?:\w+ ){0,3}(?:throat|tongue|lips?|face)", r"\bswollen (?:throat|tongue|lips?|face)"),
         _sign(r"\bnow\b", r"\bjust\b", r"\bafter (?:eating|a|the|taking|being|my|his|her|first)", r"\bwheez\w*", r"\bbreath\w*", r"\bhives\b", r"\bstung\b", r"\bsting\b", r"\bcollaps\w*", r"\bhypotens\w*", r"\bhas\b", r"\bhaving\b", r"\bfaint\w*")),
        "What to do in an emergency, Anaphylaxis UK (anaphylaxis.org.uk); library F176",
        ("cond/anaphylaxis",), ("F176", "F177", "F178"), advice="Use an adrenaline (epinephrine) injector at once if there is one. Lie flat; do not stand.",
    ),
    TriageRule(
        "breathing", "severe breathing difficulty",
        (_sign(r"\bcan['’]?t breathe\b", r"\bcannot breathe\b", r"\bgasping\b", r"\bstruggling to breathe\b", r"\b(?:lips|skin|face) (?:\w+ ){0,3}(?:blue|grey|gray)\b", r"\bblue lips\b", r"\btoo breathless\b", r"\bstopped breathing\b", r"\bnot breathing\b", r"\bcan['’]?t get (?:my|her|his) breath\b"),),
        "Shortness of breath, NHS", (),
    ),
    TriageRule(
        "opioid_breathing", "an opioid or sedative overdose",
        (_sign(r"\b(?:slow|shallow|weak) breath\w*", r"\bbreathing (?:\w+ ){0,3}(?:slow|shallow|weak)", r"\bpinpoint\b", r"\bgurgling\b", r"\brespiratory (?:depression|rate (?:of )?[4-8]\b)"),
         _sign(r"\bopioids?\b", r"\bmorphine\b", r"\boxycodone\b", r"\bfentanyl\b", r"\bheroin\b", r"\bmethadone\b", r"\bcodeine\b", r"\btramadol\b", r"\bgabapentin\b", r"\bpregabalin\b", r"\bhydromorphone\b", r"\bbaclofen\b", r"\bdiazepam\b", r"\bbenzo\w*", r"\bsedat\w*")),
        "What to Do if You Think Someone is Overdosing, CDC (cdc.gov/stop-overdose); library F079, F080",
        ("cond/respiratory-depression", "cond/opioid-overdose"), ("F079", "F080"), advice="Give naloxone if it is at hand and an opioid was taken.",
    ),
    TriageRule(
        "seizure", "a seizure that does not stop",
        (_sign(r"\b(?:seizure|fit|fitting|convuls\w+)\b"), _sign(r"\bmore than (?:5|five) min\w*", r"\b(?:[6-9]|[1-9]\d) min\w*", r"\b(?:still|keeps?) (?:seizing|fitting)", r"\bwon['’]?t stop\b", r"\bnot stop\w*", r"\bstatus epilepticus\b", r"\bpregnan\w+", r"\bfirst (?:ever )?(?:seizure|fit)\b")),
        "Get Seizure Smart!, CDC (cdc.gov/epilepsy)", ("cond/status-epilepticus",),
    ),
    TriageRule(
        "unconscious", "loss of consciousness", (_UNCONSCIOUS,),
        "When to call 999, South Western Ambulance Service NHS (swast.nhs.uk)", (),
    ),
    TriageRule(
        "sepsis", "sepsis",
        (_FEVER, _sign(r"\bmottled\b", r"\bno urine\b", r"\b(?:hasn['’]?t|not) (?:passed|peed|weed)", r"\bconfus\w+", r"\bslurred\b", r"\bsystolic (?:of )?(?:[5-8]\d|90)\b", r"\bhypotensi\w+", r"\b(?:blood pressure|BP) (?:is |of )?(?:[5-8]\d|90)\s*/", r"\blactate\b", r"\bdrows\w+", r"\bextremely unwell\b", r"\bfeel(?:s|ing)? like (?:i am |i['’]m |she is |he is )?dying\b")),
        "Spotting the signs of sepsis (UK Sepsis Trust), Essex Partnership University NHS 2023; library G059",
        ("cond/sepsis", "cond/septic-shock"), ("G055", "G059"),
    ),
    TriageRule(
        "meningitis", "meningitis or blood poisoning",
        (_sign(r"\brash (?:\w+ ){0,5}(?:not|doesn['’]?t|won['’]?t|does not) (?:fade|blanch|disappear)", r"\bnon-?blanching\b", r"\bstiff neck\b", r"\bneck (?:is )?stiff", r"\bpurple (?:rash|spots)\b"), _sign(_FEVER.pattern, r"\bheadache\b", r"\bdrows\w+", r"\bvomit\w*", r"\brash\b")),
        "Common concerns: Meningitis, Hackney and City NHS", ("cond/meningitis",),
    ),
    TriageRule(
        "febrile_baby", "a serious infection in a young baby",
        (_FEVER, _sign(r"\bnewborn\b", r"\b(?:[1-9]|1[0-2])[- ]?weeks?[- ]old\b", r"\b(?:1|2|one|two)[- ]months?[- ]old\b", r"\b\d{1,2}[- ]days?[- ]old\b", r"\bneonate\b")),
        "Fever, Healthier Together NHS (what0-18.nhs.uk); library G216", ("cond/fever-in-young-infants",), ("G216",),
    ),
    TriageRule(
        "severe_bleeding", "severe bleeding",
        (_sign(r"\bbleeding (?:\w+ ){0,4}(?:won['’]?t|not|doesn['’]?t|can['’]?t|heavily|badly|a lot)", r"\b(?:heavy|severe|massive|profuse) bleed\w*", r"\bcan['’]?t stop (?:the )?bleed\w*", r"\bvomit(?:ing|ed)? blood\b", r"\bcough(?:ing|ed)? up (?:\w+ ){0,2}blood\b", r"\bfistula (?:\w+ ){0,4}bleed\w*", r"\bbleeding (?:\w+ ){0,3}fistula\b", r"\bblack (?:tarry )?stools?\b", r"\bspurting\b"),),
        "How to treat severe bleeding, St John Ambulance; Controlling bleeds from a fistula or graft, Kidney Care UK", ("cond/major-bleeding", "cond/anticoagulant-reversal"),
        advice="Press firmly on a wound or access site while help comes.",
    ),
    TriageRule(
        "head_injury_anticoagulant", "bleeding inside the head",
        (_sign(r"\b(?:hit|banged|bumped|knocked|struck) (?:\w+ ){0,3}head\b", r"\bhead injury\b", r"\bfell (?:\w+ ){0,5}head\b"),
         _sign(r"\bwarfarin\b", r"\bapixaban\b", r"\brivaroxaban\b", r"\bdabigatran\b", r"\bedoxaban\b", r"\bblood thinner\w*", r"\banticoag\w+", r"\beliquis\b", r"\bxarelto\b", r"\bheparin\b", r"\benoxaparin\b")),
        "Head injury and concussion, NHS", ("cond/anticoagulant-reversal",),
    ),
    TriageRule(
        "hyperkalemia", "dangerously high potassium",
        (_sign(r"\b(?:potassium|K\+?)\b[^.?!]{0,20}?\b(?:6\.[5-9]|[7-9]\.\d|[789])\b", r"\bhyperkal(?:a)?emia\b[^.?!]{0,60}\b(?:ecg|ekg|peaked|wide qrs|arrhythm)", r"\bpeaked t\b"),),
        "UK Kidney Association 2023 hyperkalaemia guideline as reported by GPnotebook (6.5 mmol/L and above is an emergency); library K241",
        ("cond/hyperkalemia",), ("K241", "K242"),
    ),
    TriageRule(
        "severe_hypoglycemia", "severe hypoglycemia",
        (_sign(r"\bhypoglyc(?:a)?emi\w+", r"\blow (?:blood )?sugar\b", r"\b(?:glucose|sugar)\b[^.?!]{0,15}\b(?:[01]\.\d|2\.\d|[1-4]\d mg)"), _sign(r"\bunconscious\b", r"\bunresponsive\b", r"\bseizure\b", r"\bfitting\b", r"\bpassed out\b", r"can['’]?t swallow", r"\bcollaps\w+", r"\bnot responding\b", r"\bsevere\b", r"\bconfused\b")),
        "Severe hypoglycemia treatment, Cincinnati Children's; library G097", ("cond/severe-hypoglycemia", "cond/hypoglycemia"), ("G097", "G098", "G100"),
    ),
    TriageRule(
        "dka", "diabetic ketoacidosis",
        (_sign(r"\bketones? (?:\w+ ){0,3}(?:[3-9]|\d{2})", r"\bfruity breath\b", r"\bketoacidosis\b", r"\bdka\b", r"\bdiabet\w+"), _sign(r"\bvomit\w+", r"\bdeep breath\w*", r"\bfruity\b", r"\bketones?\b"), _sign(r"\bdrows\w+", r"\bconfus\w+", r"\bdeep breath\w*", r"\bfruity\b", r"\bketones? (?:\w+ ){0,3}(?:[3-9]|\d{2})", r"\bvery thirsty\b")),
        "Diabetic ketoacidosis, NHS; library G093", ("cond/diabetic-ketoacidosis",), ("G093",),
    ),
    TriageRule(
        "pregnancy", "an emergency of pregnancy",
        (_sign(r"\bpregnan\w+", r"\bweeks gestation\b", r"\b[1-4]\d/40\b", r"\bmidwife\b"), _sign(r"\bheavy bleed\w*", r"\bbleeding heavily\b", r"\b(?:seizure|fit|fitting|convuls\w+)\b", r"\bsevere headache\b", r"\b(?:vision|sight) (?:change|loss|problem)\w*", r"\bflashing lights\b", r"\bbaby (?:\w+ ){0,3}(?:not moving|moving less|stopped moving)", r"(?:can['’]?t|cannot|not|haven['’]?t|hasn['’]?t) (?:\w+ ){0,2}(?:feel|felt) (?:the |my |her )?baby", r"\breduced (?:fetal|foetal)? ?movements?\b", r"\bsevere (?:belly|abdominal|tummy) pain\b")),
        "Recognizing urgent pregnancy-related warning signs, CDC (cdc.gov/hearher)", ("cond/severe-hypertension-in-pregnancy", "cond/pre-eclampsia", "cond/eclampsia"), ("G283",),
    ),
    TriageRule(
        "pregnancy_pressure", "a blood pressure that can cause a stroke in pregnancy or after birth",
        (_sign(r"\bpregnan\w+", r"\b\d+ weeks gestation\b", r"\b[1-4]\d/40\b", r"\bpost-?partum\b", r"\bgravid\w*", r"\bjust (?:gave birth|had (?:a|my|her) baby)\b"), _sign(r"\b(?:blood pressure|BP)\b[^.?!\d]{0,25}(?:1[6-9]\d|2\d\d) ?(?:/|over) ?\d{2,3}\b", r"\b(?:blood pressure|BP)\b[^.?!\d]{0,25}\d{2,3} ?(?:/|over) ?(?:1[1-9]\d)\b")),
        "Emergent therapy for acute-onset, severe hypertension during pregnancy and the postpartum period, ACOG Committee Opinion 767 (2019): 160 systolic or 110 diastolic, treated within 30 to 60 minutes", ("cond/severe-hypertension-in-pregnancy", "cond/pre-eclampsia"),
    ),
    TriageRule(
        "dialysis_drug_toxicity", "toxicity of a medicine that builds up when the kidneys do not clear it", (_CONFUSED,),
        "Library F004, F001 (baclofen), F019, F150 (gabapentin), K116, K117 (valacyclovir), K006 (cefepime)",
        ("cond/baclofen-toxicity", "cond/encephalopathy", "cond/altered-mental-status", "cond/antiviral-neurotoxicity", "cond/cefepime-neurotoxicity"),
        ("F004", "F150", "K116", "K006"),
        needs=frozenset({"drug/baclofen", "drug/gabapentin", "drug/pregabalin", "drug/valacyclovir", "drug/acyclovir", "drug/cefepime", "drug/ceftriaxone", "class/opioids", "class/muscle-relaxants"}),
        advice="Hold the medicine until a clinician has judged it.",
    ),
    TriageRule(
        "baclofen_withdrawal", "baclofen withdrawal",
        (_sign(r"\bbaclofen\b"), _sign(r"\b(?:stopped|ran out|run out|suddenly stopp\w+|abrupt\w*|missed|pump (?:failure|empty|problem))\b"), _sign(_FEVER.pattern, r"\brigid\w*", r"\bstiff\w*", r"\bconfus\w+", r"\bhallucinat\w+", r"\bseizures?\b", r"\bagitat\w+")),
        "Baclofen intrathecal, boxed warning (US label); oral: library Z001, X013", ("cond/baclofen-withdrawal",), ("Z001", "X013"),
    ),
    TriageRule(
        "lithium_toxicity", "lithium toxicity",
        (_sign(r"\blithium\b"), _sign(r"\btremor\b", r"\bataxi\w+", r"\bunsteady\b", r"\bslurred\b", r"\bconfus\w+", r"\bdrows\w+", r"\bvomit\w+", r"\bdiarrh\w+", r"\bseizures?\b", r"\blevel (?:is |of |was )?(?:1\.[5-9]|[2-9])", r"\b(?:1\.[5-9]|[2-9]\.\d) ?(?:mmol|mEq)")),
        "Early identification and management of lithium toxicity, NHS Greater Glasgow & Clyde 2023; library K167, K168", ("cond/lithium-poisoning", "cond/lithium-toxicity"), ("K167", "K168", "K169"),
    ),
    TriageRule(
        "adrenal_crisis", "adrenal crisis",
        (_sign(r"\badrenal (?:crisis|insufficiency)\b", r"\baddison\w*", r"\bsteroid[- ]dependent\b", r"\bhydrocortisone\b"), _sign(r"\bvomit\w+", r"\bcollaps\w+", r"\bhypotens\w+", r"\bdizz\w+", r"\bconfus\w+", r"\bdrows\w+", r"\bunwell\b", r"\bcrisis\b", r"\bshock\b")),
        "Adrenal insufficiency and adrenal crisis, The Pituitary Foundation; library G113, G114", ("cond/adrenal-crisis",), ("G113", "G114"),
    ),
    TriageRule(
        "sjs", "a severe skin reaction",
        (_sign(r"\brash\b", r"\bblister\w*", r"\bpeeling\b"), _sign(r"\b(?:mouth|eyes?|genital\w*|lips?) (?:\w+ ){0,4}(?:sores?|blister\w*|ulcer\w*)", r"\bblister\w* (?:\w+ ){0,5}(?:mouth|eyes?|lips?|genital\w*)", r"\bsores? (?:\w+ ){0,4}(?:mouth|eyes?|lips?)", r"\bskin (?:\w+ ){0,2}peel\w*", r"\bstevens\b")),
        "Stevens-Johnson syndrome, NHS (nhs.uk)", ("cond/stevens-johnson-syndrome",),
    ),
    TriageRule(
        "testicular_torsion", "torsion of a testicle",
        (_sign(r"\btestic\w+", r"\bscrot\w+", r"\bballs?\b"), _sign(r"\bsudden\w*", r"\bsevere\b")),
        "Torsion, Healthier Together South Yorkshire NHS", (),
    ),
    TriageRule(
        "limb_ischemia", "a blocked artery of a limb",
        (_sign(r"\b(?:leg|foot|arm|hand)\b"), _sign(r"\bsudden\w*"), _sign(r"\bcold\b", r"\bpale\b", r"\bwhite\b", r"\bno pulse\b", r"\bpulseless\b")),
        "Acute limb ischaemia, NHS Highland (rightdecisions.scot.nhs.uk)", (),
    ),
    TriageRule(
        "clozapine_neutropenia", "a fall of the white blood cells on clozapine",
        (_sign(r"\bclozapine\b", r"\bclozaril\b"), _sign(r"\b(?:ANC|neutrophils?|absolute neutrophil count)\b[^.?!]{0,20}?\b(?:[1-9]\d{2}|0\.\d+)\b(?![,.]?\d)")),
        "Clozapine ANC monitoring, as extracted in the library (F205, F206)", ("cond/neutropenia",), ("F205", "F206"),
    ),
    TriageRule(
        "neutropenic_sepsis", "an infection while the white blood cells are low", (_FEVER, _sign(r"\bchemo\w*", r"\bclozapine\b", r"\bneutropeni\w+", r"\bcancer treatment\b", r"\bcarbimazole\b")),
        "Neutropenic sepsis, NICE CG151; clozapine: Medsafe, library F205", ("cond/neutropenia",), ("F205", "F206"),
    ),
)  # fmt: skip

EMERGENCY_NUMBERS = "911 in the US, 999 in the UK, 112 in the EU"
"""CDC and HRSA pages (911); South Western Ambulance Service NHS (999); European Commission (112)."""

CRISIS_LINES = "Crisis lines: call or text 988 in the US; Samaritans, 116 123, in the UK."
"""samhsa.gov 988 FAQ; samaritans.org."""

POISON_LINES = "Poison Help in the US: 1-800-222-1222."
"""poisonhelp.hrsa.gov."""
