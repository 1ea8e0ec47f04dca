"""What comes before any answer: emergencies, instructions hidden in the text, unknown names, missing facts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from osler.domain.answer import Notice, NoticeKind
from osler.domain.population import DIALYSIS, Kidney
from osler.domain.question import Audience, Frame, Question
from osler.language.lexicon import Lexicon
from osler.language.polarity import negated_before
from osler.language.words import STOP_WORDS
from osler.question.triage_rules import (
    CRISIS_LINES,
    EMERGENCY_NUMBERS,
    NOT_A_CASE,
    POISON_LINES,
    RULES,
    TriageRule,
)

_INSTRUCTION = re.compile(
    r"<\s*(system|assistant|instructions?|prompt|admin)\b[^>]*>.*?(?:<\s*/\s*\1\s*>|$)"
    r"|(?:\[(?:system|inst)\].*?(?:\[/(?:system|inst)\]|$))"
    r"|(?:^|[.\n\"'“‘:]\s*)(?:(?:please\s+)?(?:ignore|disregard|forget|override|bypass)\s+(?:all\s+|any\s+|your\s+|the\s+|previous\s+|prior\s+|above\s+)+(?:\w+\s+){0,3}"
    r"(?:rules?|instructions?|prompts?|guidelines?|safety|restrictions?|sources?|policy|policies)[^.\n]*[.\n]?)"
    r"|(?:\byou are now (?:in|a|an)\b[^.\n]*[.\n]?)|(?:\b(?:hide|omit|do not (?:show|cite|mention)) (?:all |any |the |your )*(?:sources|references|citations|warnings)\b[^.\n]*[.\n]?)"
    r"|(?:\bpretend (?:to be|you are|that you)\b[^.\n]*[.\n]?)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Alarm:
    """A rule that fired, with the asker's own words that made it fire."""

    rule: TriageRule
    said: tuple[str, ...]


def find_instructions(text: str) -> tuple[str, ...]:
    """Stretches of the question that address the system instead of asking (R-33: text is data)."""
    return tuple(m[0].strip() for m in _INSTRUCTION.finditer(text) if m[0].strip())


def find_alarms(question: Question, lexicon: Lexicon) -> tuple[Alarm, ...]:
    """Every emergency rule that the question meets, in the order of the table.

    Signs of all turns of a thread count together; a later turn that denies a sign takes it back. A turn that only asks about a
    danger ("what is the risk of …") is no case: a rule needs at least one sign of a turn that is one.
    """
    frame, turns = question.frame, question.turns or (question.text,)
    cases = frozenset(n for n, turn in enumerate(turns) if not NOT_A_CASE.search(turn))
    if not cases:
        return ()
    alarms = []
    for rule in RULES:
        if rule.needs and rule.key not in question.alarmed and not _has_needed(rule, frame, lexicon):
            continue
        present = [_standing(sign, turns, lexicon) for sign in rule.signs]
        if all(present) and any(n in cases for words in present for n, _ in words):
            alarms.append(Alarm(rule, tuple(dict.fromkeys(words[0][1] for words in present))))
    keys = {a.rule.key for a in alarms}
    redundant = {"poisoning"} if "paracetamol_overdose" in keys else set()
    return tuple(a for a in alarms if a.rule.key not in redundant)


def _has_needed(rule: TriageRule, frame: Frame, lexicon: Lexicon) -> bool:
    if any(n.startswith("pop/") for n in rule.needs):
        named = {t.concept_id for t in frame.population_terms}
        return bool(named & rule.needs)
    drugs = [t.concept_id for t in (*frame.intervention, *frame.patient.medicines)]
    kidneys = frame.population.kidney & (DIALYSIS | {Kidney.CKD_G4_G5, Kidney.CKD_G3})
    return bool(kidneys) and any(lexicon.is_a(d, n) for d in drugs for n in rule.needs)


def _standing(sign: re.Pattern[str], turns: tuple[str, ...], lexicon: Lexicon) -> tuple[tuple[int, str], ...]:
    """(turn, the asker's words) for each sign that is there and that no later turn denies; the whole word, for showing back."""
    standing: list[tuple[int, str]] = []
    for number, turn in enumerate(turns):
        found = [(m[0].strip(), _is_denied(turn, m)) for m in sign.finditer(turn)]
        for words in (w for w, denied in found if denied):
            standing = [s for s in standing if not _is_same_sign(s[1], words, lexicon)]
        standing += [(number, w) for w, denied in found if not denied]
    return tuple(standing)


def _is_denied(text: str, match: re.Match[str]) -> bool:
    negation_is_the_sign = re.match(r"can['’]?t|cannot|no urine|not |won|don", match[0], re.I)
    return negated_before(text, match.start()) and not negation_is_the_sign


_STEM = 5
_WORD = re.compile(r"[a-z]{3,}")
_ENDING = re.compile(r"(?:(?<=t)ting|ing|ed|s)$")
_NO_SIGN = STOP_WORDS | frozenset({"myself", "himself", "herself", "themselves", "feel", "feels", "cannot", "new", "bad", "right"})


def _is_same_sign(one: str, other: str, lexicon: Lexicon) -> bool:
    """Whether a denial speaks of the very sign: the same concept, or a word in common."""
    concepts = {m.concept_id for m in lexicon.tag(one)} & {m.concept_id for m in lexicon.tag(other)}
    words = [{_ENDING.sub("", w)[:_STEM] for w in _WORD.findall(s.lower()) if w not in _NO_SIGN} for s in (one, other)]
    return bool(concepts or words[0] & words[1])


def emergency_notices(alarms: tuple[Alarm, ...], question: Question) -> tuple[Notice, ...]:
    """What is said first. To a patient: go now. To a professional: act now, and the answer follows."""
    if not alarms:
        return ()
    patient = question.audience is Audience.PATIENT
    urgent_only = all(a.rule.urgent_only for a in alarms)
    dangers = "; ".join(dict.fromkeys(a.rule.danger for a in alarms))
    advice = " ".join(dict.fromkeys(a.rule.advice for a in alarms if a.rule.advice))
    said = ", ".join(dict.fromkeys(f"“{s}”" for a in alarms for s in a.said))
    sources = "; ".join(dict.fromkeys(s for a in alarms for s in a.rule.source.split("; ")))
    keys = {a.rule.key for a in alarms}
    if patient:
        text = f"Go to the emergency department or call emergency services now ({EMERGENCY_NUMBERS}). What you describe can be {dangers}."
        if urgent_only:
            text = f"Call your dialysis unit now, or emergency services ({EMERGENCY_NUMBERS}) if you cannot reach it. What you describe can be {dangers}."
        if advice:
            text += f" {advice}"
        text += f" Tell them what you told us: {said}"
        dialysis = question.frame.patient.dialysis
        text += f", that you are on {dialysis}, and let your dialysis unit know." if dialysis else "."
        if _catheter(question):
            text += " Say that you have a dialysis catheter."
        text += " Do not wait, and do not take a new medicine for it before you have been seen."
    else:
        text = f"{said} can mean {dangers}. Assess and escalate before anything else on this page."
        if advice:
            text += f" {advice}"
    notices = [Notice(NoticeKind.EMERGENCY if patient else NoticeKind.RED_FLAG, text, sources)]
    if "self_harm" in keys or (patient and keys & {"paracetamol_overdose", "poisoning"}):
        lines = CRISIS_LINES + (f" {POISON_LINES}" if keys & {"paracetamol_overdose", "poisoning"} else "")
        stay = "Please do not stay alone with this: tell someone, and let them stay with you. " if patient else ""
        notices.append(Notice(NoticeKind.SELF_HARM, stay + lines, "samhsa.gov; samaritans.org; poisonhelp.hrsa.gov"))
    return tuple(notices)


def safety_nets(question: Question) -> tuple[Notice, ...]:
    """What a patient or parent is told beside a dose: when to get help, and what else to check on the bottle."""
    if question.audience is not Audience.PATIENT:
        return ()
    frame = question.frame
    named = {t.concept_id for t in (*frame.problem, *frame.symptoms, *frame.background)}
    ages = frame.population.ages
    child = ages is not None and ages.low < _ADULT_YEARS
    notices = []
    if child and "cond/fever" in named:
        notices.append(Notice(NoticeKind.RED_FLAG, _FEVERISH_CHILD, "Fever, NHS Healthier Together (what0-18.nhs.uk)"))
    if any(t.concept_id == "drug/acetaminophen" for t in frame.intervention):
        notices.append(
            Notice(NoticeKind.RED_FLAG, _PARACETAMOL_TWICE, "About paracetamol for children, NHS (nhs.uk); library X157, X158")
        )
    return tuple(notices)


_ADULT_YEARS = 18
_FEVERISH_CHILD = (
    "Get emergency help for a child with fever who is under 3 months with 38 °C or more, is pale, mottled or blue, is hard to wake, has a fit, "
    "has a rash that does not fade under pressure, or is too breathless. Get advice the same day if the child is drowsy, finds it hard to breathe, "
    "shows signs of dehydration, or is not better after 5 days, or if you are worried."
)
_PARACETAMOL_TWICE = (
    "Other medicines, such as some for coughs and colds, contain paracetamol too: do not give both. Syrups come in different strengths "
    "(120 mg/5 mL for infants, 250 mg/5 mL for six years and over): check that the bottle has the strength named here, and ask a pharmacist "
    "if the child is small for the age."
)


def _catheter(question: Question) -> bool:
    return any(t.concept_id == "pop/dialysis-catheter" for t in question.frame.population_terms)


def instruction_notice(instructions: tuple[str, ...]) -> tuple[Notice, ...]:
    if not instructions:
        return ()
    return (
        Notice(
            NoticeKind.INSTRUCTION_IN_QUESTION,
            "The text contains instructions to this system. They were treated as data and not followed; "
            "the clinical question is answered below with its sources.",
        ),
    )


def language_notice(text: str) -> tuple[Notice, ...]:
    """Osler reads English; a sentence without a single English function word is not guessed at."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    if len(words) < 4 or any(w in _FUNCTION_WORDS for w in words):
        return ()
    foreign = sum(1 for w in words if w in _OTHER_LANGUAGES or not w.isascii())
    if foreign < 2:
        return ()
    return (
        Notice(
            NoticeKind.OUT_OF_SCOPE,
            "The question does not seem to be in English. Osler reads English only; please ask again in English.",
        ),
    )


_FUNCTION_WORDS = frozenset(
    """the is are was can could should would what which how when why who where do does did with for to of my his her their
    not and or if""".split()
)
_OTHER_LANGUAGES = frozenset(
    """le la les des une est que quelle quel pour dans avec du et ou sont pas puis je peut el los las una es cual cuál para
    con por qué que puedo dosis der die das ist und oder mit für bei welche wie kann ich ein eine auf della il lo gli che
    di quale posso con per uma qual os as não pode doente patient patienten paciente""".split()
)


def word_notices(frame: Frame) -> tuple[Notice, ...]:
    """Corrected spellings, aloud, and names that nobody knows."""
    notices = [
        Notice(NoticeKind.UNKNOWN_TERM, f"Read “{typed}” as “{meant}”. If another word was meant, ask again with its full name.")
        for typed, meant in frame.read_as
    ]
    notices += [
        Notice(
            NoticeKind.UNKNOWN_TERM,
            f"No product or substance named “{name}” is in this library or its lexicon. No dose is given and no similar "
            "name is put in its place. Please give the generic name, the spelling, the country, or the text on the box.",
        )
        for name in frame.unknown
    ]
    return tuple(notices)
