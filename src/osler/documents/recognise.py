"""Which format a file is in, from its first bytes; its name is never asked."""

from __future__ import annotations

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
_JATS = {"article", "pmc-articleset", "oai-pmh"}
_ROOT = re.compile(r"<\s*(?:[\w.-]+:)?([A-Za-z][\w.-]*)")
_PROLOGUE = re.compile(r"\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)", re.S | re.I)
_MARKDOWN = re.compile(r"\A---\s*\n|^#{1,6} \S|^\|.+\|\s*\n\|[ :|-]+\|", re.M)
_PMIDS = re.compile(r"(?:[^\n]{0,60}\n)?(?:\s*(?:#[^\n]*|(?:PMID:?\s*)?[1-9]\d{0,8}(?:[\t,;][^\n]*)?)?\s*(?:\n|\Z))+", re.I)


def recognise(head: bytes) -> Format:
    """The format of a file that begins with `head` (its first 64 KiB, or all of it when it is shorter)."""
    if not head.strip():
        return Format.EMPTY
    if head[:2] == b"\x1f\x8b":
        return Format.GZIP
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return Format.DOCX if b"word/" in head or b"[Content_Types].xml" in head[:4096] else Format.ZIP
    if head[257:262] == b"ustar":
        return Format.TAR
    if b"%PDF-" in head[:1024]:
        return Format.PDF
    text = _text(head)
    if text is None:
        return Format.UNKNOWN
    stripped = text.lstrip("\ufeff \t\r\n")
    if stripped.startswith("<"):
        return _markup(stripped)
    if stripped[:1] in "{[" and (found := _json(stripped)) is not None:
        return found
    return _lines(stripped)


def _text(head: bytes) -> str | None:
    """As text, or None for binary data."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head.decode("utf-16", "replace")
    if b"\x00" in head:
        return None
    text = head.decode("utf-8", "replace")
    control = sum(1 for c in text if ord(c) < 32 and c not in "\t\n\r\f\x1b")
    return None if control > len(text) / 50 else text


def _markup(text: str) -> Format:
    rest = text
    while match := _PROLOGUE.match(rest):
        if re.match(r"\s*<!DOCTYPE\s+html", match[0], re.I):
            return Format.HTML
        rest = rest[match.end() :]
    root = _ROOT.match(rest.lstrip())
    name = root[1].lower() if root else ""
    if name in _PUBMED:
        return Format.PUBMED
    if name in _JATS:
        return Format.JATS
    if name == "document" and ("urn:hl7-org:v3" in rest[:4096] or "<setId" in rest[:16_384]):
        return Format.SPL
    if name in ("html", "body", "head", "div", "p", "h1", "table", "main"):
        return Format.HTML
    return Format.UNKNOWN


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
    if re.match(r"\s*[\[{]", text) and re.match(r'[\[{]\s*(?:[\[{"\]}]|-?\d)', text):
        return Format.UNKNOWN
    return None


def _lines(text: str) -> Format:
    first = text.partition("\n")[0]
    if "RetractionNature" in first and "OriginalPaperPubMedID" in first:
        return Format.RETRACTION_WATCH
    whole = text if len(text) < HEAD_BYTES // 2 else text[: text.rfind("\n") + 1]
    if _PMIDS.fullmatch(whole) and re.search(r"^\s*(?:PMID:?\s*)?[1-9]\d{3,8}\b", whole, re.M | re.I):
        return Format.PMID_LIST
    lines = [line for line in whole.splitlines()[:12] if line.strip()]
    if len(lines) > 1 and not _MARKDOWN.search(whole[:4000]):
        for delimiter in "\t;,|":
            counts = [line.count(delimiter) for line in lines]
            if counts[0] >= 1 and len(set(counts[:3])) == 1 and len(first) < 400 and not re.search(r"[.!?]\s", first):
                return Format.FORMULARY
    return Format.MARKDOWN if _MARKDOWN.search(whole) else Format.PLAIN
