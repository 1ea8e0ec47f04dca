"""The authors of a reference, printed as one line, to names: persons where they are surely persons, else the words as given.

Sources print authors as PubMed does ("Wolf E, Kothari NR, et al.", "EMPA-KIDNEY Collaborative Group"). Nothing is guessed: a
part that is not a family name with initials stays whole, and so does a whole line that may be one organisation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """given: initials with points ("N. R.") or a first name, as the source has it; suffix: "Jr", "3rd"."""

    family: str
    given: str
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """An organisation, or a name that cannot be taken apart safely."""

    name: str


Author = Person | Group


@dataclass(frozen=True, slots=True)
class Authors:
    """`others`: the source says that there are more ("et al.")."""

    named: tuple[Author, ...] = ()
    others: bool = False


_OTHERS = re.compile(r"[\s,;]*\b(?:et\s+al|and\s+others)\b\.?\s*$", re.IGNORECASE)
_SUFFIX = re.compile(r"\s+(Jr|Sr|[23]rd|2nd|[4-9]th|I{2,3}|IV)\.?$")
_COMPANY = re.compile(
    r"\b(?:inc|llc|l\.l\.c|ltd|limited|corp|corporation|company|gmbh|plc|pharma\w*|laborator\w+|health\w*|hospital\w*|group|"
    r"committee|society|association|college|academy|institute|university|council|board|force|foundation|collaborat\w+|consortium|"
    r"investigators|network|agency|ministry|department|cent(?:er|re)|organi[sz]ation|team|panel|usa)\b",
    re.IGNORECASE,
)  # fmt: skip
_MOST_INITIALS = 5


def parse_authors(line: str | None, *, organisation: bool = False) -> Authors:
    """organisation: what is named is known to be one (a label's maker, a sponsor), whatever it looks like."""
    text = " ".join((line or "").split())
    if not text:
        return Authors()
    if organisation:
        return Authors((Group(text),))
    named = _OTHERS.sub("", text)
    others = named != text
    named = named.rstrip(" ,;") if others else named
    if not named:
        return Authors((Group(text),))
    return Authors(_named(named), others)


def _named(text: str) -> tuple[Author, ...]:
    if ";" in text:
        return tuple(_inverted(part) or _one(part) for p in text.split(";") if (part := p.strip()))
    for pattern in (r"\s*,\s*(?:and\s+|&\s*)?|\s+(?:and|&)\s+", r"\s*,\s*"):
        parts = [p for p in re.split(pattern, text) if p]
        people = [person(p) for p in parts]
        known = [p for p in people if p]
        if parts and len(known) == len(parts):
            return tuple(known)
    # Persons and groups in one list: only where most parts are persons, or one person comes before one group.
    mixed = len(known) * 3 >= len(parts) * 2 or (people[0] is not None and len(parts) == 2)
    companies = [p for p in parts if re.search(r"^(?:inc|llc|ltd|limited|corp|co|gmbh|plc|usa)\b", p, re.IGNORECASE)]
    if len(parts) > 1 and mixed and not companies:
        return tuple(_one(p) for p in parts)
    return (_one(text),)


def _one(text: str) -> Author:
    return person(text) or Group(text)


def _inverted(text: str) -> Person | None:
    """ "Smith, John" between semicolons."""
    family, comma, given = text.partition(",")
    if not comma or "," in given or not family.strip() or not given.strip() or _COMPANY.search(text):
        return None
    return Person(family.strip(), _pointed(given.strip()) or given.strip())


def person(text: str) -> Person | None:
    """ "De Vriese AS", "Doe J-P", "Smith JA Jr": a family name, then capitals only. None for anything else."""
    if _COMPANY.search(text):
        return None
    suffix = _SUFFIX.search(text)
    body = text[: suffix.start()] if suffix else text
    parts = re.fullmatch(r"(.+?) ((?:[^\W\d_]\.[ -]?)+|\S+)", body)
    given = _pointed(parts[2]) if parts else None
    if parts is None or given is None or not _is_family(parts[1]):
        return None
    return Person(parts[1], given, suffix[1] if suffix else "")


def _pointed(initials: str) -> str | None:
    """ "NR" as "N. R.", "J-P" as "J.-P."; None for what are not initials."""
    letters = re.sub(r"[.\s-]", "", initials)
    if not 1 <= len(letters) <= _MOST_INITIALS or not all(c.isalpha() and c.isupper() for c in letters):
        return None
    return re.sub(r"\s*\.?(-?)(\w)\.?", r" \1\2.", initials.replace(" ", "")).replace(" -", "-").strip()


def _is_family(text: str) -> bool:
    """Letters, with the apostrophes, hyphens and points that names have, and a capital (or a script without capitals) in it."""
    words = text.split()
    if not words or len(words) > 4 or any(w.casefold() in ("and", "&", "of", "for", "the") for w in words):
        return False
    if not all(re.fullmatch(r"[^\W\d_]+(?:['’ʼ`.‐‑-]+[^\W\d_]*)*", w) for w in words):
        return False
    # "USA", "WHO EU": capitals alone are an organisation's; a name of one or two letters ("Ng", "LI") may be a person's.
    return not all(w.isupper() and len(w) > 2 for w in words) and any(w[:1].isupper() or not w.islower() for w in words)
