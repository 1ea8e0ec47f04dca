"""Small files of every format, good and bad, in our own words; made where they are needed, so that none lies in the repository."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
import zlib
from collections.abc import Iterable
from typing import Any

GOOD = "Methocarbamol at night eased back spasm in a small group of adults on hemodialysis. Two of thirty felt drowsy."


def pubmed_record(
    pmid: int, abstract: str = GOOD, title: str = "Methocarbamol on dialysis.", year: int = 2018, more: str = ""
) -> str:
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{pmid}</PMID>'
        f"<DateRevised><Year>{year}</Year><Month>12</Month><Day>09</Day></DateRevised>"
        f'<Article PubModel="Print"><Journal><JournalIssue><PubDate><Year>{year}</Year></PubDate></JournalIssue>'
        "<Title>Journal of Tests</Title><ISOAbbreviation>J Test</ISOAbbreviation></Journal>"
        f"<ArticleTitle>{title}</ArticleTitle><Abstract><AbstractText>{abstract}</AbstractText></Abstract><Language>eng</Language>"
        '<PublicationTypeList><PublicationType UI="D016428">Journal Article</PublicationType></PublicationTypeList></Article>'
        f"{more}</MedlineCitation></PubmedArticle>"
    )


def retraction_link(by: int) -> str:
    """What NLM adds to the record of a work that was retracted."""
    return (
        '<CommentsCorrectionsList><CommentsCorrections RefType="RetractionIn"><RefSource>J Test. 2020 Mar 4;1:1</RefSource>'
        f'<PMID Version="1">{by}</PMID></CommentsCorrections></CommentsCorrectionsList>'
    )


def pubmed(*records: str | int) -> bytes:
    """A PubmedArticleSet of whole records, or of numbers for records that say nothing special."""
    inner = "\n".join(r if isinstance(r, str) else pubmed_record(r) for r in records)
    return f'<?xml version="1.0" encoding="utf-8"?>\n<PubmedArticleSet>\n{inner}\n</PubmedArticleSet>\n'.encode()


def jats(pmcid: str = "PMC10", body: str = GOOD, doctype: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{doctype}<article article-type="research-article"><front><journal-meta>'
        "<journal-title-group><journal-title>Journal of Tests</journal-title></journal-title-group></journal-meta><article-meta>"
        f'<article-id pub-id-type="pmc">{pmcid}</article-id><title-group><article-title>Spasm on dialysis</article-title></title-group>'
        f'<pub-date pub-type="epub"><year>2019</year></pub-date></article-meta></front><body><sec><title>Results</title><p>{body}</p></sec>'
        "</body></article>"
    )


def extraction(number: int = 1, **changed: Any) -> str:
    """One line of an extraction file."""
    record = {
        "id": f"T{number:03}", "statement": "Methocarbamol eased back spasm in adults on hemodialysis.", "kind": "cohort",
        "direction": "benefit", "interventions": ["methocarbamol"], "problem": ["back spasm"],
        "population": "adults on hemodialysis", "population_tags": ["adult", "hemodialysis"], "numbers": [], "certainty": None,
        "strength": None, "source": {"title": "A test source", "url": f"https://example.org/{number}", "year": 2020},
        "read_on": "2026-11-01",
    }  # fmt: skip
    return json.dumps(record | changed)


def zipped(files: Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return made.getvalue()


def tarred(files: Iterable[tuple[str, bytes]], *more: tarfile.TarInfo, mode: str = "w") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in more:
            archive.addfile(info)
    return made.getvalue()


def tar_entry(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def locked_zip(name: str = "secret.txt") -> bytes:
    """A zip that says of its one file that it is encrypted."""
    made = bytearray(zipped([(name, b"x" * 40)], zipfile.ZIP_STORED))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        made[made.index(mark) + offset] |= 1
    return bytes(made)


def lying_zip(name: str, real: bytes, claimed: int) -> bytes:
    """A zip that gives another unpacked size of its one file than the true one, at both places where it stands."""
    made = bytearray(zipped([(name, real)]))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = made.index(mark) + offset
        made[at : at + 4] = claimed.to_bytes(4, "little")
    return bytes(made)


def gzip_bomb(mebibytes: int) -> bytes:
    """About a thousandth of what it unpacks to."""
    squeezer, block = zlib.compressobj(9, wbits=31), b"\0" * (1 << 20)
    return b"".join([*(squeezer.compress(block) for _ in range(mebibytes)), squeezer.flush()])


def zip_bomb(mebibytes: int, name: str = "zeros.txt") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w", force_zip64=True) as entry:
        for _ in range(mebibytes):
            entry.write(b"a" * (1 << 20))
    return made.getvalue()


def regzipped(data: bytes, times: int) -> bytes:
    for _ in range(times):
        data = gzip.compress(data, mtime=0)
    return data


ENTITY_BOMB = (
    '<!DOCTYPE {root} [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {c} "{f"&{p};" * 10}">' for p, c in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
"""A billion laughs: each entity is ten of the one before."""


def pdf(pages: Iterable[str], *, marker: str = "%PDF-1.4") -> bytes:
    """A PDF; the lines of a text are lines of its page."""
    texts = list(pages)
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for text in texts:
        shown = " ".join(f"({line}) Tj 0 -16 Td" for line in text.split("\n"))
        content = f"BT /F1 11 Tf 50 700 Td {shown} ET".encode()
        kids.append(f"{len(objects) + 1} 0 R")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {len(objects) + 2} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
    out, at = f"{marker}\n".encode(), []
    for number, body in enumerate(objects, start=1):
        at.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % a for a in at)
    return out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)


def locked_pdf() -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf([GOOD]))))
    writer.encrypt("a password", algorithm="RC4-128")
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def docx(paragraphs: Iterable[str], document_type: str = "") -> bytes:
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = "".join(f"<w:p><w:r><w:t>{p}</w:t></w:r></w:p>" for p in paragraphs)
    main = f'<?xml version="1.0"?>{document_type}<w:document xmlns:w="{w}"><w:body>{body}</w:body></w:document>'
    types = (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/word/document.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
    )
    rels = (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
        "</Relationships>"
    )
    named = [("[Content_Types].xml", types), ("_rels/.rels", rels), ("word/document.xml", main)]
    return zipped((name, text.encode()) for name, text in named)
