"""Cut a PubMed XML stream of any size into its records, and group them into small files that can be parsed in parallel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import BinaryIO

from osler.errors import SourceError

MAX_RECORD = 8 * 2**20
"""Of 50,788 real records the largest has 0.5 MiB; libxml2 refuses a text of more than 10 MB."""
MAX_PIECE = 16 * 2**20
_READ = 2**20
_PROLOG = 2**16
_LONGEST_TAG = 1024
_STRAY = 4096
_SETS = frozenset({b"PubmedArticleSet", b"PubmedBookArticleSet", b"MedlineCitationSet", b"BookDocumentSet"})
_RECORDS = frozenset({
    b"PubmedArticle", b"PubmedBookArticle", b"MedlineCitation", b"BookDocument", b"DeleteCitation", b"DeleteDocument", b"Unreadable",
})  # fmt: skip
_INNER = {b"PubmedArticle": b"MedlineCitation", b"PubmedBookArticle": b"BookDocument"}
_TAG = re.compile(rb"<(/?)(%s)((?:\s[^<>]{0,900})?/?)>" % b"|".join(sorted(_SETS | _RECORDS)))
_MISC = re.compile(rb"\s++|<!--(?:[^-]|-[^-])*+-->|<\?(?:[^?]|\?(?!>))*+\?>|<!DOCTYPE\s(?:[^\[\]<>\"']|\"[^\"]*\"|'[^']*')*+>")
_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*+)>")
_ENCODING = re.compile(rb"\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([^\"'>]*)")
_NAMESPACE = re.compile(rb"\sxmlns:[\w.-]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*')")
_PMID = re.compile(rb"<PMID(?:\s[^<>]*)?>\s*(\d{1,9})\s*</PMID>")


def split_pubmed(stream: BinaryIO, records: int = 500) -> Iterator[bytes]:
    """Small PubmedArticleSets of at most `records` records each, which together hold every record of the stream, in order.

    stream: decompressed UTF-8 XML of any size; no more than a few records (8 MiB each) and one piece (16 MiB) are held in
    memory. The document type is dropped. A broken record goes into its piece as it stands; in place of one that is too big,
    and at the end of a stream that is cut off, goes an <Unreadable> element. `parse_pubmed` refuses each of these alone.
    Raises SourceError when the stream is not PubMed XML.
    """
    if records < 1:
        raise ValueError("a piece holds at least one record")
    piece: list[bytes] = []
    size, root = 0, b""
    for namespaces, record in cut_records(stream, "the stream"):
        root = b"<PubmedArticleSet%s>\n" % namespaces
        if piece and (len(piece) == records or size + len(record) > MAX_PIECE):
            yield root + b"\n".join(piece) + b"\n</PubmedArticleSet>\n"
            piece, size = [], 0
        piece.append(record)
        size += len(record)
    if piece:
        yield root + b"\n".join(piece) + b"\n</PubmedArticleSet>\n"


def cut_records(stream: BinaryIO, name: str) -> Iterator[tuple[bytes, bytes]]:
    """(namespace declarations of the root element, bytes of one record) for each record of the stream.

    Cuts at the tags of records alone, in linear time and without parsing: a record that lacks its end tag ends where the
    next one begins. NLM writes neither comments nor CDATA (none in 50,788 records); tags inside them count as tags, so that
    a record which holds any comes out broken and is refused, never misread. Raises SourceError for what is not PubMed XML.
    """
    namespaces, rest, ended = _prolog(stream, name)
    parts: list[bytes] = []
    size, opened = 0, b""
    for text, tag in _segments(stream, rest):
        found = tag[2] if tag else b""
        ends = bool(tag and opened and tag[1] and found == opened)
        inside = bool(opened) and found == _INNER.get(opened)
        for piece in (text, tag[0]) if tag and (ends or inside) else (text,):
            if size <= MAX_RECORD:
                parts.append(piece)
            size += len(piece)
        if inside:
            continue
        whole = b"".join(parts).strip()
        made = _record(whole) if opened else _stray(whole)
        if made:
            yield namespaces, made
        parts, size, opened = [], 0, b""
        if tag is None or ends:
            continue
        if found in _SETS:
            ended = bool(tag[1]) or tag[3].endswith(b"/")
        elif tag[1] or tag[3].endswith(b"/"):
            yield namespaces, tag[0] if not tag[1] else unreadable(f"an end tag {tag[0].decode()} without its record")
        else:
            parts, size, opened = [tag[0]], len(tag[0]), found
    if not ended:
        yield namespaces, unreadable("the file breaks off before its end tag: records may be missing")


def visible_pmid(record: bytes) -> str | None:
    """The first PMID in the bytes of a record, well-formed or not."""
    found = _PMID.search(record)
    return found[1].decode() if found else None


def unreadable(reason: str, record: bytes = b"") -> bytes:
    """The element that stands for what could not be read."""
    pmid = visible_pmid(record)
    inner = f"<PMID>{pmid}</PMID>" if pmid else ""
    return f'<Unreadable reason="{escape(reason)}">{inner}</Unreadable>'.encode()


def _record(whole: bytes) -> bytes:
    return whole if len(whole) <= MAX_RECORD else unreadable(f"larger than {MAX_RECORD // 2**20} MiB", whole[:_PROLOG])


def _stray(between: bytes) -> bytes | None:
    """What stands between records is nothing, a comment or (files put together) another prolog; anything else is told."""
    left = _MISC.sub(b"", between[:_STRAY])
    if not left and len(between) <= _STRAY:
        return None
    shown = " ".join(left[:60].decode("utf-8", "replace").split())
    return unreadable(f"text outside any record: {shown}", between[:_STRAY])


def _segments(stream: BinaryIO, buffer: bytes) -> Iterator[tuple[bytes, re.Match[bytes] | None]]:
    """The text up to each tag of a record or set, with that tag; last, the text behind the last one, with None.

    Of a text longer than MAX_RECORD only so much is kept that its length still tells.
    """
    start = at = 0
    while True:
        tag = _TAG.search(buffer, at)
        if tag is not None:
            yield buffer[start : tag.start()], tag
            start = at = tag.end()
            continue
        chunk = stream.read(_READ)
        if not chunk:
            yield buffer[start:], None
            return
        tail = max(start, len(buffer) - _LONGEST_TAG)
        kept = buffer[start : min(tail, start + MAX_RECORD + 1)]
        at = len(kept)
        buffer, start = kept + buffer[tail:] + chunk, 0


def _prolog(stream: BinaryIO, name: str) -> tuple[bytes, bytes, bool]:
    """Namespace declarations of the root, the bytes read behind its start tag, and whether no end tag is to come."""
    buffer = b""
    while len(buffer) < _PROLOG and (chunk := stream.read(_PROLOG - len(buffer))):
        buffer += chunk
    buffer = buffer.removeprefix(b"\xef\xbb\xbf")
    if b"\0" in buffer[:4] or buffer[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise SourceError(f"{name}: PubMed XML is UTF-8, this is not")
    encoding = _ENCODING.match(buffer)
    if encoding and encoding[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii"):
        raise SourceError(f"{name}: PubMed XML is UTF-8, this says {encoding[1][:40].decode('ascii', 'replace')}")
    at = 0
    while misc := _MISC.match(buffer, at):
        at = misc.end()
    if buffer.startswith(b"<!DOCTYPE", at):
        raise SourceError(f"{name}: its document type declares markup of its own, which PubMed's never does")
    root = _ROOT.match(buffer, at)
    if root is None:
        raise SourceError(f"{name}: not XML")
    if root[1] in _RECORDS:
        return b"", buffer[at:], True
    if root[1] not in _SETS:
        raise SourceError(f"{name}: a <{root[1][:60].decode('utf-8', 'replace')}> file is not PubMed XML")
    return b"".join(_NAMESPACE.findall(root[2])), buffer[root.end() :], root[2].rstrip().endswith(b"/")
