"""Osler's own sentences (notices, gaps, disagreements) in a patient's words: same figures, names, denials and warnings, shorter."""

from __future__ import annotations

import re

_NOTICES: tuple[tuple[str, str], ...] = (
    # An emergency: who to call, what it can be, what to say, what not to do; a sentence each.
    (r"(or call emergency services now) \((911 [^()]*)\)\.", r"\1. Call \2."),
    (r"(Call your dialysis unit now), or emergency services \((911 [^()]*)\) if", r"\1. Or call emergency services (\2) if"),
    (r"toxicity of a medicine that builds up when", "poisoning by a medicine. It builds up when"),
    (r", which in dialysis also comes without", ". In dialysis it also comes without"),
    (r"overdose, which can harm", "overdose. It can harm"),
    (r"until a clinician has judged it", "until a doctor or nurse has judged it"),
    (r"(“), that you are on (\w+), and let your", r"\1. Tell them that you are on \2. Let your"),
    (r"(”), that you are on (\w+), and let your", r"\1. Tell them that you are on \2. Let your"),
    (r"Do not wait, and do not take", "Do not wait. Do not take"),
    (r"Please do not stay alone with this: tell someone, and let", "Please do not stay alone with this. Tell someone. Let"),
    (r"(911 in the US|988 in the US); ", r"\1. "),
    # A child with fever, and paracetamol twice.
    (r"with fever who is under 3 months", "with fever in these cases: under 3 months"),
    (r"or more, is pale, mottled or blue, is hard to wake, has a fit, has a rash that does not fade under pressure, or is too breathless\.",
     "or more. Or pale, mottled or blue. Or hard to wake. Or with a fit. Or with a rash that does not fade under pressure. Or too breathless."),
    (r"the same day if the child is drowsy, finds it hard to breathe, shows signs of dehydration, or is not better after 5 days, or if you",
     "the same day if you see this: the child is drowsy. Or finds it hard to breathe. Or shows signs of dehydration. "
     "Or is not better after 5 days. Or if you"),
    (r"(Other medicines, such as some for coughs and colds), contain paracetamol too: do not", r"\1, hold paracetamol too. Do not"),
    (r"Syrups come in different strengths \((120 mg/5 mL for infants), (250 mg/5 mL for six years and over)\): check that the bottle has the "
     r"strength named here, and ask a pharmacist if",
     r"Syrups come in different strengths. There is \1. There is \2. Check that the bottle has the strength named here. Ask a pharmacist if"),
    # What was asked or typed.
    (r"The text contains instructions to this system\. They were treated as data and not followed[;.] [Tt]he clinical question is",
     "The text holds orders to this program. They were treated as data and not followed. Your question is"),
    (r"is in this library or its lexicon\.", "is in our library or word list."),
    (r"No dose is given and no similar name is put in its place\.", "No dose is given. No name like it is put in its place."),
    (r"Please give the generic name, the spelling, the country, or the text on the box\.",
     "Please give the name of the drug in it, the spelling, the country, or the text on the box."),
    (r"(Do not give [^:.]*(?:\.\d[^:.]*)*): it is", r"\1. It is"),
    (r"(\(mg is 1,000 micrograms\)): an order", r"\1. An order"),
    (r"cannot be meant: check", "cannot be meant. Check"),
)  # fmt: skip
_GAPS: tuple[tuple[str, str], ...] = (
    (r"^No study in this library has tested (any treatment of .*) What is said of treatment here is carried over from other groups or problems, "
     r"and says from which\.$",
     r"No study in our library has tested \1 What we say of treatment is carried over from other groups or problems. We say from which."),
    (r"^No study in this library has tested", "No study in our library has tested"),
    (r"^No document in this library gives a dose of", "Nothing in our library gives a dose of"),
    (r"^No document in this library says", "Nothing in our library says"),
    (r"^Nothing in this library says how these behave in", "Nothing in our library says how these act in"),
    (r"^No statement of this answer speaks of (.*): what that changes is not", r"Nothing on this page speaks of \1. What that changes is not"),
    (r"^For a named medicine that the library covers, such as (.*), ask again\.$", r"Ask again for a medicine that we cover, such as \1."),
)  # fmt: skip
_CONFLICTS: tuple[tuple[str, str], ...] = (
    (r"^(.*) is named with a dose or as an option, and advised against: read for whom each holds\.$",
     r"\1 is named with a dose or as an option. It is also advised against. Read for whom each holds."),
    (r"^The bottom line gives different doses of (.*) for the same people\.$", r"The short answer gives different doses of \1 for the same people."),
    (r": report the disagreement\.?$", ". The sources disagree."),
)  # fmt: skip
_DOSES = re.compile(r"(Sources give different doses of [^:]*): (.*)", re.DOTALL)


def patient_notice(text: str) -> str:
    """A notice in a patient's words; what is not known here stays as it is."""
    head, can_be, rest = text.partition("What you describe can be ")
    dangers, stop, tail = rest.partition(". ")
    return _put(head + can_be + dangers.replace("; ", ". It can be ") + stop + tail, _NOTICES)


def patient_gap(text: str) -> str:
    """What is not known, in a patient's words."""
    return _put(text, _GAPS)


def patient_conflict(text: str, claims: int) -> str:
    """A disagreement in a patient's words. claims: how many sentences disagree; with one dose for each, a sentence each."""
    doses = _DOSES.fullmatch(text)
    if doses is None:
        return _put(text, _CONFLICTS)
    listed = [d.strip().rstrip(".") for d in re.split(r"; (?![^()]*\))", doses[2])]
    if len(listed) != claims:
        return text
    return f"{doses[1]}. " + " ".join(f"One says: {d}." for d in listed)


def patient_note(text: str) -> str:
    """A note that an extraction carries, a sentence for each of its parts."""
    parts = re.sub(r": report the disagreement\.?$", ". The sources disagree", text).split("; ")
    return ". ".join(p[:1].upper() + p[1:] if n else p for n, p in enumerate(parts))


def _put(text: str, table: tuple[tuple[str, str], ...]) -> str:
    for pattern, words in table:
        text = re.sub(pattern, words, text)
    return text
