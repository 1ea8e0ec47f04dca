"""Which format a file is in, from its first bytes; its name is never asked."""

from __future__ import annotations

import csv
import re
from enum import StrEnum

HEAD_BYTES = 65_536


class Format(StrEnum):
    """What a file can be. The first group are containers, the last what nothing here reads."""

    GZIP = "gzip"
    ZIP = "zip"
    TAR = "tar"
    PUBMED = "pubmed"
    JATS = "jats"
    SPL = "spl"
    OPENFDA = "openfda"
    CLINICALTRIALS = "clinicaltrials"
    EUROPEPMC = "europepmc"
    USPSTF = "uspstf"
    EXTRACTIONS = "extractions"
    RETRACTION_WATCH = "retraction_watch"
    PMID_LIST = "pmid_list"
    FORMULARY = "formulary"
    PDF = "pdf"
    DOCX = "docx"
    HTML = "html"
    MARKDOWN = "markdown"
    PLAIN = "plain"
    EMPTY = "empty"
    UNKNOWN = "unknown"


_PUBMED = {
    "pubmedarticleset",
    "pubmedarticle",
    "medlinecitationset",
    "medlinecitation",
    "deletecitation",
    "pubmedbookarticleset",
    "pubmedbookarticle",
}
_JATS = {"pmc-articleset", "oai-pmh"}
_HTML = set("html body head div p h1 h2 h3 h4 table main section ul ol dl header span center font".split())
_ROOT = re.compile(r"<(?:[\w.-]{1,60}:)?([A-Za-z][\w.-]{0,60})(?=[\s/>])")
_PROLOGUE = re.compile(r"\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)", re.S | re.I)
_MARKDOWN = re.compile(r"\A---[ \t]*\n|^#{1,6} \S|^\|[^\n]+\|[ \t]*\n\|[ :|-]+\|", re.M)
_PMID_LINE = re.compile(r"(?:PMID:?\s*)?[1-9]\d{0,8}(?:\s*#.*)?|#.*", re.I)
_NUMBERED_ROW = re.compile(r"(?:PMID:?\s*)?[1-9]\d{0,8}\t.*", re.I)
_PMID_HEADER = re.compile(r"[^\t]{0,20}\b(?:pmids?|pubmed)\b", re.I)
_BOMS = ((b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_UNMARKED = ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be"))
_OFFICE = (b"[Content_Types].xml", b"_rels/.rels", b"docProps/", b"word/")


def recognise(head: bytes) -> Format:
    """The format of a file that begins with `head` (its first 64 KiB, or all of it when it is shorter).

    Never raises, and takes time in proportion to `head`: it runs where nobody can stop it.
    """
    head = head[:HEAD_BYTES]
    if not head.strip():
        return Format.EMPTY
    if head[:2] == b"\x1f\x8b":
        return Format.GZIP
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return Format.DOCX if _is_office(head) else Format.ZIP
    if head[257:262] == b"ustar":
        return Format.TAR
    if head.startswith(b"%PDF-"):
        return Format.PDF
    text = _text(head)
    if re.search(rb"%PDF-[12]\.\d", head[:1024]) and (text is None or " obj" in text):
        return Format.PDF  # readers accept something else in front of it
    if text is None:
        return Format.UNKNOWN
    stripped = text.lstrip("\ufeff \t\r\n")
    if stripped.startswith("<") and (marked := _markup(stripped)) is not None:
        return marked
    if stripped[:1] in ("{", "[") and (found := _json(stripped)) is not None:
        return found
    return _lines(stripped)


def _is_office(head: bytes) -> bool:
    """By the name of the first file inside: a Word file that lies inside a zip does not make the zip one."""
    first = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    return first.startswith(_OFFICE) and (not first.startswith(b"word/") or _OFFICE[0] in head)


def _text(head: bytes) -> str | None:
    """As text, or None for binary data."""
    encoding = next((name for mark, name in (*_BOMS, *_UNMARKED) if head.startswith(mark)), None)
    if encoding is None and b"\x00" in head:
        return None
    text = head.decode(encoding or "utf-8", "replace")
    control = sum(1 for c in text if ord(c) < 32 and c not in "\t\n\r\f\x1b")
    return None if control > len(text) / 50 else text


def _markup(text: str) -> Format | None:
    """None when what follows the "<" is no tag: "<30 mL/min: avoid" is a line of text."""
    at = 0
    while match := _PROLOGUE.match(text, at):
        if re.match(r"\s*<!DOCTYPE\s+html", match[0], re.I):
            return Format.HTML
        at = match.end()
    rest = text[at:].lstrip()
    root = _ROOT.match(rest)
    if root is None:
        return Format.UNKNOWN if at or re.match(r"<[!?]", rest) else None
    name = root[1].lower()
    if name in _PUBMED:
        return Format.PUBMED
    if name == "article":  # also a tag of HTML, which has no <front>
        return Format.JATS if re.search(r"<(?:[\w.-]{1,60}:)?front\b|\b(?:article-type|dtd-version)=", rest) else Format.HTML
    if name in _JATS:
        return Format.JATS
    if name == "document" and ("urn:hl7-org:v3" in rest[:4096] or "<setId" in rest[:16_384]):
        return Format.SPL
    return Format.HTML if name in _HTML else Format.UNKNOWN


def _json(text: str) -> Format | None:
    if re.search(r'"(?:protocolSection|nctId)"\s*:', text) or re.match(r'\s*\{\s*"studies"\s*:', text):
        return Format.CLINICALTRIALS
    if '"statement"' in text and '"population_tags"' in text:
        return Format.EXTRACTIONS
    if '"resultList"' in text:
        return Format.EUROPEPMC
    if '"specificRecommendations"' in text or '"gradeVer"' in text or re.search(r'"(?:clinicalUrl|uspstfAlias|topicType)"', text):
        return Format.USPSTF
    if re.search(r'"(?:openfda|set_id|spl_set_id)"\s*:', text) or '"open.fda.gov' in text or "open.fda.gov" in text[:2000]:
        return Format.OPENFDA
    return Format.UNKNOWN if re.match(r'[\[{]\s*(?:[\[{"\]}]|-?\d)', text) else None


def _lines(text: str) -> Format:
    first = text.partition("\n")[0]
    if "RetractionNature" in first and "OriginalPaperPubMedID" in first:
        return Format.RETRACTION_WATCH
    whole = text if len(text) < HEAD_BYTES // 2 else text[: text.rfind("\n") + 1] or text
    lines = [line.strip() for line in whole.splitlines() if line.strip()]
    if (listed := _pmid_list(lines)) is not None:
        return listed
    if _MARKDOWN.search(whole[:4000]) is None and _is_table(whole[:4000]):
        return Format.FORMULARY
    return Format.MARKDOWN if _MARKDOWN.search(whole) else Format.PLAIN


def _pmid_list(lines: list[str]) -> Format | None:
    """A list of PMIDs says that works are retracted, so other numbers must not be taken for one.

    Bare numbers, one a line, are a list; numbers in front of other columns only under a header that names PMIDs, and
    without one they are nothing that can be read without guessing.
    """
    headed = bool(lines) and _PMID_HEADER.match(lines[0]) is not None and not _PMID_LINE.fullmatch(lines[0])
    body = lines[1:] if headed else lines
    numbers = [line for line in body if not line.startswith("#")]
    if not any(re.search(r"\d{4}", line[:16]) for line in numbers):
        return None
    if all(_PMID_LINE.fullmatch(line) or (headed and _NUMBERED_ROW.fullmatch(line)) for line in numbers):
        return Format.PMID_LIST
    return Format.UNKNOWN if all(_PMID_LINE.fullmatch(line) or _NUMBERED_ROW.fullmatch(line) for line in numbers) else None


def _is_table(text: str) -> bool:
    """Whether the first rows have equally many fields under a header that is no sentence; Excel's "sep=" line is passed over."""
    lines = [line for line in re.sub(r"\Asep=.\r?\n", "", text).splitlines()[:12] if line.strip()]
    if len(lines) < 2 or len(lines[0]) >= 400 or re.search(r"[.!?]\s", lines[0]):
        return False
    for delimiter in "\t;,|":
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        except csv.Error:
            continue
        if widths and widths[0] >= 2 and len(set(widths[:3])) == 1:
            return True
    return False
