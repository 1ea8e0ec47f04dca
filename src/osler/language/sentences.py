"""Sentences with exact offsets; a number, an abbreviation or an open bracket is never cut off from what follows it."""

from __future__ import annotations

import re

from sentencex import get_sentence_boundaries

_ENDS_SHORT = re.compile(
    r"(?:^|[\s(\[])(?:approx|ca|c|no|nos|fig|figs|vs|resp|incl|max|min|tab|tabs|cap|caps|vol|al|e\.g|i\.e|cf|dr|prof|st|"
    r"b\.?i\.?d|t\.?i\.?d|q\.?i\.?d|q\.?d|o\.?d|b\.?d|p\.?o|p\.?r\.?n|i\.?v|i\.?m|s\.?c|wt|yr|yrs|hr|hrs|mo|wk|wks|eq|ref|refs|sp|spp|subsp|var|"
    r"temp|conc|avg|est|dept|med|sect|sec|ch|p|pp|art|para|inj|sol|oz|lb|lbs|lab|temp)\.\s*$",
    re.IGNORECASE,
)
"""What ends in a full stop without ending a sentence; sentencex 1.0.32 cuts "approx. 5 mg/kg" in two."""
_GOES_ON = re.compile(r"[\s\"'“‘(\[]*(?:[a-zµα-ω]|[%‰°±×/,;:)\]])")
_REFERENCE_MARKS = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹][⁰¹²³⁴⁵⁶⁷⁸⁹,⁻–-]*(?=\s)")
"""Raised reference numbers behind a full stop belong to the sentence that they end."""
_SPACE = re.compile(r"\s*")


def sentences(text: str) -> list[tuple[int, int]]:
    """[start, end) of each sentence, white space around it left out, in text order; lines are split first.

    Every character that is not white space is in exactly one sentence.
    """
    found: list[tuple[int, int]] = []
    start = 0
    for line in text.split("\n"):
        if line.strip():
            found.extend((start + a, start + b) for a, b in _of_line(line))
        start += len(line) + 1
    return found


def _of_line(line: str) -> list[tuple[int, int]]:
    cuts: list[int] = []
    for boundary in get_sentence_boundaries("en", line):
        end = boundary["end_index"]
        if marks := _REFERENCE_MARKS.match(line, end):
            end = marks.end()
        if 0 < end < len(line) and not _is_joined(line, cuts[-1] if cuts else 0, end):
            cuts.append(end)
    spans = []
    for start, end in zip([0, *cuts], [*cuts, len(line)], strict=True):
        piece = line[start:end]
        lead = _SPACE.match(piece)
        a = start + (lead.end() if lead else 0)
        b = start + len(piece.rstrip())
        if a < b:
            spans.append((a, b))
    return spans


def _is_joined(line: str, start: int, end: int) -> bool:
    """Whether a cut at `end` would tear a sentence that began at `start`."""
    piece = line[start:end]
    if _ENDS_SHORT.search(piece) and not re.match(r"\s*[A-Z][a-z]", line[end:]):
        return True
    if _GOES_ON.match(line, end):
        return True
    return piece.count("(") > piece.count(")") and ")" in line[end : end + 200]
